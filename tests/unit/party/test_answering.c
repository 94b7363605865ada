/* Requests in, answers out: what is refused at the door, what is answered, what a repeat gets. */
#include "rig.h"

static struct rig rig;

/* Records of the store's table of remembered requests. */
static bool count_record(void *context, struct bytes key, struct bytes value)
{
    (void)key;
    (void)value;
    ++*(unsigned *)context;
    return true;
}

static unsigned remembered(void)
{
    uint8_t first[] = {TABLE_DUPLICATE}, end[] = {TABLE_DUPLICATE + 1};
    unsigned count = 0;
    CU_ASSERT_EQUAL(
        store_scan(rig.store, bytes_of(first, 1), bytes_of(end, 1), count_record, &count, NULL),
        RESULT_OK);
    return count;
}

static void open_answering(void)
{
    rig_open_signed_on(&rig);
    rig.answers = true;
}

static struct iso_message freeze_message(const struct operation *op, struct operation_text *text)
{
    struct iso_message message;
    operation_write(op, text, rig_spec(), &message);
    return message;
}

/* --- a good request --------------------------------------------------------------------------- */

static void answers_a_request_out_of_its_own_elements(void)
{
    static const unsigned echo[] = {2,  3,  4,  7,  11, 12, 13, 18, 25,
                                    32, 33, 37, 41, 42, 48, 49, 102};
    struct operation_text text;
    open_answering();
    struct operation freeze = freeze_of(&rig, 1);
    struct iso_message request = freeze_message(&freeze, &text);
    rig_deliver(&rig, PEER_WALLET, &request);
    CU_ASSERT_EQUAL(rig.request_count, 1);
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, 1);
    struct iso_message answer = rig_latest(&rig);
    CU_ASSERT_STRING_EQUAL(answer.mti, "0110");
    for (size_t i = 0; i < sizeof echo / sizeof echo[0]; i++)
        ASSERT_DE(&answer, echo[i], text_of(&request, echo[i]));
    ASSERT_DE(&answer, 15, "1231");
    ASSERT_DE(&answer, 38, "246810");
    ASSERT_DE(&answer, 39, "00");
    CU_ASSERT_TRUE(mac_verify(rig_recipe(), rig.keys[PEER_WALLET], &answer, NULL));
    struct iso_value to = iso_header_find(rig_spec(), answer.header, "destination");
    struct iso_value from = iso_header_find(rig_spec(), answer.header, "source");
    ASSERT_BYTES(to.data, to.len, "00091230001", 11);
    ASSERT_BYTES(from.data, from.len, "00010000   ", 11);
    CU_ASSERT_EQUAL(party_view(rig.party).requests, 0);
    rig_close(&rig);
}

static void flags_a_request_before_sign_on(void)
{
    rig_open_centre(&rig);
    struct operation freeze = freeze_of(&rig, 1);
    rig_deliver_operation(&rig, PEER_WALLET, &freeze);
    CU_ASSERT_EQUAL_FATAL(rig.open_count, 1);
    CU_ASSERT_FALSE(rig.open[0]->signed_on);
    party_answer(rig.party, rig.open[0], &(struct answer){.code = CODE_PARTY_DOWN});
    ASSERT_LATEST(&rig, "0110", "91");
    rig_sign_on(&rig, PEER_WALLET, "00091230001");
    freeze = freeze_of(&rig, 2);
    rig_deliver_operation(&rig, PEER_WALLET, &freeze);
    CU_ASSERT_TRUE(rig.open[1]->signed_on);
    party_drop(rig.party, rig.open[1]);
    rig_close(&rig);
}

static void gives_the_core_what_may_be_stored(void)
{
    struct operation_text text;
    rig_open_signed_on(&rig);
    struct operation freeze = freeze_of(&rig, 1);
    struct iso_message request = freeze_message(&freeze, &text);
    rig_deliver(&rig, PEER_WALLET, &request);
    CU_ASSERT_EQUAL(rig.open[0]->journal.len, rig.open[0]->len - 46);
    ASSERT_BYTES(rig.open[0]->journal.data, 4, "0100", 4);
    freeze = freeze_of(&rig, 2);
    request = freeze_message(&freeze, &text);
    iso_message_set(&request, 52, "\1\2\3\4\5\6\7\10", 8);
    rig_deliver(&rig, PEER_WALLET, &request);
    CU_ASSERT_EQUAL_FATAL(rig.open_count, 2);
    CU_ASSERT_EQUAL(rig.open[1]->journal.len, 0);
    party_drop(rig.party, rig.open[0]);
    party_drop(rig.party, rig.open[1]);
    rig_close(&rig);
}

/* --- refused at the door, without a trace ----------------------------------------------------- */

static void expect_no_trace(const char *code)
{
    ASSERT_LATEST(&rig, "0110", code);
    CU_ASSERT_EQUAL(rig.sent_count, 1);
    CU_ASSERT_EQUAL(rig.request_count, 0);
    CU_ASSERT_EQUAL(remembered(), 0);
    CU_ASSERT_EQUAL(party_view(rig.party).requests, 0);
}

static void refuses_a_wrong_mac_with_A0(void)
{
    struct operation_text text;
    open_answering();
    struct operation freeze = freeze_of(&rig, 1);
    struct iso_message request = freeze_message(&freeze, &text);
    iso_message_set(&request, 128, "00000000", 8);
    rig_deliver(&rig, PEER_WALLET, &request);
    expect_no_trace("A0");
    CU_ASSERT_EQUAL(party_view(rig.party).mac_failures, 1);
    rig_deliver_operation(&rig, PEER_WALLET, &freeze); /* the same with the right one is fresh */
    ASSERT_LATEST(&rig, "0110", "00");
    rig_close(&rig);
}

static void refuses_a_mac_under_another_members_key_with_A0(void)
{
    struct operation_text text;
    open_answering();
    struct operation freeze = freeze_of(&rig, 1);
    struct iso_message request = freeze_message(&freeze, &text);
    CU_ASSERT_TRUE(rig_deliver_bytes(&rig, PEER_WALLET, rig_pack(&rig, PEER_ISSUER, &request)));
    expect_no_trace("A0");
    rig_close(&rig);
}

static void refuses_a_request_without_mac_with_A0(void)
{
    struct operation_text text;
    uint8_t header[ISO_HEADER_MAX];
    struct packed packed;
    open_answering();
    struct operation freeze = freeze_of(&rig, 1);
    struct iso_message request = freeze_message(&freeze, &text);
    iso_header_init(rig_spec(), header);
    request.header = (struct iso_value){header, iso_spec_header_len(rig_spec())};
    CU_ASSERT_EQUAL_FATAL(
        iso_message_pack(&request, packed.bytes, sizeof packed.bytes, &packed.len, NULL), ISO_OK);
    CU_ASSERT_TRUE(rig_deliver_bytes(&rig, PEER_WALLET, packed));
    expect_no_trace("A0");
    rig_close(&rig);
}

/* The freeze reference, the whole of DE 90 and DE 49 are under the MAC. */
static void notices_an_exchanged_freeze_reference(void)
{
    struct operation_text text;
    char other[sizeof text.reference];
    open_answering();
    struct operation freeze = freeze_of(&rig, 1);
    struct iso_message request = freeze_message(&freeze, &text);
    rig_pack(&rig, PEER_WALLET, &request); /* leaves the MAC of what is now exchanged */
    struct iso_value mac = iso_message_get(&request, 128);
    char kept[8];
    memcpy(kept, mac.data, sizeof kept);
    memcpy(other, text.reference, sizeof other);
    other[20] = (char)(other[20] == '9' ? '8' : other[20] + 1);
    iso_message_set(&request, 48, other, sizeof other);
    iso_message_set(&request, 128, kept, sizeof kept);
    rig_deliver(&rig, PEER_WALLET, &request);
    expect_no_trace("A0");
    rig_close(&rig);
}

static void refuses_another_forwarder_than_the_links_owner_with_30(void)
{
    static const char *const others[] = {"00095550001", "00010000", "91230002"};
    for (size_t i = 0; i < 3; i++) {
        open_answering();
        struct operation freeze = freeze_of(&rig, 1);
        freeze.forwarder = id_of(others[i]);
        rig_deliver_operation(&rig, PEER_WALLET, &freeze);
        expect_no_trace("30");
        rig_close(&rig);
    }
}

static void takes_the_owners_id_in_another_width(void)
{
    open_answering();
    struct operation freeze = freeze_of(&rig, 1);
    freeze.forwarder = id_of("91230001");
    rig_deliver_operation(&rig, PEER_WALLET, &freeze);
    ASSERT_LATEST(&rig, "0110", "00");
    struct iso_message answer = rig_latest(&rig);
    ASSERT_DE(&answer, 33, "91230001");
    rig_close(&rig);
}

static void refuses_a_request_that_lacks_an_element_with_30(void)
{
    struct operation_text text;
    open_answering();
    struct operation freeze = freeze_of(&rig, 1);
    struct iso_message request = freeze_message(&freeze, &text);
    iso_message_remove(&request, 48);
    rig_deliver(&rig, PEER_WALLET, &request);
    expect_no_trace("30");
    rig_close(&rig);
}

static void refuses_what_is_no_operation_with_30(void)
{
    struct operation_text text;
    open_answering();
    struct operation freeze = freeze_of(&rig, 1);
    struct iso_message request = freeze_message(&freeze, &text);
    iso_message_set(&request, 3, "990000", 6);
    rig_deliver(&rig, PEER_WALLET, &request);
    expect_no_trace("30");
    rig_close(&rig);
}

static const int64_t DAY_US = INT64_C(24) * 3600 * 1000000;

static void refuses_a_freeze_more_than_a_day_from_the_clock_with_30(void)
{
    static const int64_t off_s[] = {-1, 1};
    for (size_t i = 0; i < 2; i++) {
        open_answering();
        struct operation freeze = freeze_of(&rig, 1);
        freeze.transmission = date_de7(rig.now.wall_us + off_s[i] * (DAY_US + 1000000));
        rig_deliver_operation(&rig, PEER_WALLET, &freeze);
        ASSERT_LATEST(&rig, "0110", "30");
        CU_ASSERT_EQUAL(remembered(), 1);
        /* It stays refused when the clock has been put right. */
        rig.now.wall_us += off_s[i] * DAY_US;
        rig_deliver_operation(&rig, PEER_WALLET, &freeze);
        ASSERT_LATEST(&rig, "0110", "30");
        CU_ASSERT_EQUAL(rig.sent_count, 2);
        rig_close(&rig);
    }
    open_answering();
    struct operation freeze = freeze_of(&rig, 1);
    freeze.transmission = 1399999999; /* no time at all */
    rig_deliver_operation(&rig, PEER_WALLET, &freeze);
    expect_no_trace("30");
    rig_close(&rig);
}

static void takes_a_freeze_a_day_from_the_clock_across_the_year(void)
{
    open_answering();
    for (uint32_t stan = 1; stan <= 2; stan++) {
        struct operation freeze = freeze_of(&rig, stan);
        freeze.transmission = date_de7(rig.now.wall_us + (stan == 1 ? -DAY_US : DAY_US));
        rig_deliver_operation(&rig, PEER_WALLET, &freeze);
        ASSERT_LATEST(&rig, "0110", "00");
    }
    rig_close(&rig);
}

static void takes_an_old_notice_reversal_or_inquiry(void)
{
    static const enum operation_kind kinds[] = {OPERATION_UNFREEZE, OPERATION_FREEZE_REVERSAL,
                                                OPERATION_INQUIRY};
    static const char *const mtis[] = {"0230", "0430", "0610"};
    open_answering();
    for (size_t i = 0; i < 3; i++) {
        struct operation notice = unfreeze_of(&rig, 1);
        notice.kind = kinds[i];
        notice.forwarder = id_of("00091230001");
        notice.transmission = date_de7(rig.now.wall_us - 30 * DAY_US);
        rig_deliver_operation(&rig, PEER_WALLET, &notice);
        ASSERT_LATEST(&rig, mtis[i], "00");
    }
    rig_close(&rig);
}

static void answers_with_private_data_under_its_mac(void)
{
    static const char told[] = "ASHB039202612310000000000420009123000100000003"
                               "HS05000000001000000000000000000000000000000000000000002";
    struct answer approved = {.code = CODE_APPROVED};
    rig_open_signed_on(&rig);
    struct operation inquiry = unfreeze_of(&rig, 1);
    inquiry.kind = OPERATION_INQUIRY;
    inquiry.forwarder = id_of("00091230001");
    rig_deliver_operation(&rig, PEER_WALLET, &inquiry);
    CU_ASSERT_EQUAL_FATAL(rig.open_count, 1);
    party_answer_private(rig.party, rig.open[0], &approved, bytes_text(told));
    ASSERT_LATEST(&rig, "0610", "00");
    struct iso_message answer = rig_latest(&rig);
    ASSERT_DE(&answer, 48, told);
    CU_ASSERT_TRUE(mac_verify(rig_recipe(), rig.keys[PEER_WALLET], &answer, NULL));
    CU_ASSERT_EQUAL(party_view(rig.party).requests, 0);
    rig_close(&rig);
}

/* A member has one peer, the switch, which also forwards what others sent. */
static void member_takes_requests_of_other_forwarders_from_the_switch(void)
{
    rig_open_member(&rig);
    rig.answers = true;
    party_link_up(rig.party, 0, 0, rig.now);
    rig_answer_network(&rig, 0, "00");
    struct operation freeze = freeze_of(&rig, 1);
    freeze.forwarder = id_of("91230002");
    rig_deliver_operation(&rig, 0, &freeze);
    ASSERT_LATEST(&rig, "0110", "00");
    rig_close(&rig);
}

/* --- repeats ---------------------------------------------------------------------------------- */

static void gives_a_repeat_the_same_answer_and_no_second_effect(void)
{
    open_answering();
    struct operation freeze = freeze_of(&rig, 1);
    rig_deliver_operation(&rig, PEER_WALLET, &freeze);
    rig_pass(&rig, 60000);
    rig_deliver_operation(&rig, PEER_WALLET, &freeze);
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, 2);
    ASSERT_BYTES(rig.sent[0].bytes, rig.sent[0].len, rig.sent[1].bytes, rig.sent[1].len);
    CU_ASSERT_EQUAL(remembered(), 1);
    rig_close(&rig);
}

static void gives_a_repeat_the_same_answer_after_a_restart_under_a_new_key(void)
{
    uint8_t key[16];
    open_answering();
    struct operation freeze = freeze_of(&rig, 1);
    rig_deliver_operation(&rig, PEER_WALLET, &freeze);
    struct rig_sent first = rig.sent[0];
    memset(key, 0x77, sizeof key);
    mac_key_close(rig.keys[PEER_WALLET]);
    CU_ASSERT_EQUAL_FATAL(
        mac_key_open(MAC_SM4, bytes_of(key, sizeof key), &rig.keys[PEER_WALLET], NULL), RESULT_OK);
    rig.peers[PEER_WALLET].key = rig.keys[PEER_WALLET];
    rig_restart(&rig);
    party_link_up(rig.party, PEER_WALLET, 0, rig.now);
    rig_sign_on(&rig, PEER_WALLET, "00091230001");
    rig_deliver_operation(&rig, PEER_WALLET, &freeze);
    struct rig_sent *second = &rig.sent[rig.sent_count - 1];
    CU_ASSERT_EQUAL_FATAL(second->len, first.len);
    ASSERT_BYTES(second->bytes, second->len - 8, first.bytes, first.len - 8);
    CU_ASSERT_NOT_EQUAL(memcmp(second->bytes + first.len - 8, first.bytes + first.len - 8, 8), 0);
    CU_ASSERT_EQUAL(remembered(), 1);
    rig_close(&rig);
}

static void refuses_other_content_under_the_same_key_with_94(void)
{
    open_answering();
    struct operation freeze = freeze_of(&rig, 1);
    rig_deliver_operation(&rig, PEER_WALLET, &freeze);
    struct operation other = freeze;
    other.amount_minor++;
    rig_deliver_operation(&rig, PEER_WALLET, &other);
    ASSERT_LATEST(&rig, "0110", "94");
    other = freeze;
    memcpy(other.terminal, "WALLET02", 8); /* not part of key, card or amount */
    rig_deliver_operation(&rig, PEER_WALLET, &other);
    ASSERT_LATEST(&rig, "0110", "94");
    rig_deliver_operation(&rig, PEER_WALLET, &freeze);
    ASSERT_LATEST(&rig, "0110", "00");
    rig_close(&rig);
}

static void gives_the_answer_to_the_link_of_the_latest_repeat(void)
{
    rig_open_signed_on(&rig);
    struct operation freeze = freeze_of(&rig, 1);
    rig_deliver_operation(&rig, PEER_WALLET, &freeze);
    rig_deliver_operation(&rig, PEER_TWIN, &freeze);
    rig_deliver_operation(&rig, PEER_TWIN, &freeze);
    CU_ASSERT_EQUAL_FATAL(rig.open_count, 1);
    CU_ASSERT_EQUAL(rig.sent_count, 0);
    party_answer(rig.party, rig.open[0], &(struct answer){.code = CODE_APPROVED});
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, 1);
    CU_ASSERT_EQUAL(rig.sent[0].peer, PEER_TWIN);
    rig_close(&rig);
}

static void answers_once_on_a_link_that_came_back(void)
{
    rig_open_signed_on(&rig);
    struct operation freeze = freeze_of(&rig, 1);
    rig_deliver_operation(&rig, PEER_WALLET, &freeze);
    party_link_down(rig.party, PEER_WALLET, 0, 0, rig.now);
    party_link_up(rig.party, PEER_WALLET, 0, rig.now);
    rig_sign_on(&rig, PEER_WALLET, "00091230001");
    rig_deliver_operation(&rig, PEER_WALLET, &freeze);
    size_t before = rig.sent_count;
    CU_ASSERT_EQUAL_FATAL(rig.open_count, 1);
    party_answer(rig.party, rig.open[0], &(struct answer){.code = CODE_APPROVED});
    CU_ASSERT_EQUAL(rig.sent_count, before + 1);
    rig_close(&rig);
}

static void refuses_other_content_while_the_first_is_open_with_94(void)
{
    rig_open_signed_on(&rig);
    struct operation freeze = freeze_of(&rig, 1), other = freeze;
    other.amount_minor++;
    rig_deliver_operation(&rig, PEER_WALLET, &freeze);
    rig_deliver_operation(&rig, PEER_TWIN, &other);
    ASSERT_LATEST(&rig, "0110", "94");
    CU_ASSERT_EQUAL(rig.open_count, 1);
    party_answer(rig.party, rig.open[0], &(struct answer){.code = CODE_APPROVED});
    CU_ASSERT_EQUAL(rig.sent[1].peer, PEER_WALLET);
    rig_close(&rig);
}

static void goes_on_when_an_answer_cannot_be_sent(void)
{
    rig_open_signed_on(&rig);
    struct operation freeze = freeze_of(&rig, 1);
    rig_deliver_operation(&rig, PEER_WALLET, &freeze);
    party_link_down(rig.party, PEER_WALLET, 0, 0, rig.now);
    party_answer(rig.party, rig.open[0], &(struct answer){.code = CODE_APPROVED});
    CU_ASSERT_EQUAL(rig.sent_count, 0);
    CU_ASSERT_TRUE(rig_logged(&rig, "answer_not_sent"));
    CU_ASSERT_EQUAL(party_view(rig.party).requests, 0);
    rig_close(&rig);
}

/* --- limits ----------------------------------------------------------------------------------- */

static void takes_requests_up_to_the_maximum_and_refuses_one_more_with_96(void)
{
    rig_open_signed_on(&rig);
    uint32_t stan = 1;
    for (; stan <= rig.config.requests_max; stan++) {
        struct operation freeze = freeze_of(&rig, stan);
        rig_deliver_operation(&rig, PEER_WALLET, &freeze);
    }
    CU_ASSERT_EQUAL(rig.open_count, rig.config.requests_max);
    CU_ASSERT_EQUAL(party_view(rig.party).requests, rig.config.requests_max);
    CU_ASSERT_EQUAL(rig.sent_count, 0);
    struct operation more = freeze_of(&rig, stan), first = freeze_of(&rig, 1);
    rig_deliver_operation(&rig, PEER_WALLET, &more);
    ASSERT_LATEST(&rig, "0110", "96");
    CU_ASSERT_EQUAL(rig.open_count, rig.config.requests_max);
    /* A repeat needs no room of its own. */
    rig_deliver_operation(&rig, PEER_TWIN, &first);
    CU_ASSERT_EQUAL(rig.sent_count, 1);
    party_answer(rig.party, rig.open[0], &(struct answer){.code = CODE_APPROVED});
    rig_deliver_operation(&rig, PEER_WALLET, &more);
    CU_ASSERT_EQUAL(rig.open_count, rig.config.requests_max + 1);
    for (unsigned i = 1; i < rig.open_count; i++)
        party_drop(rig.party, rig.open[i]);
    CU_ASSERT_EQUAL(party_view(rig.party).requests, 0);
    rig_close(&rig);
}

/* --- what is remembered ----------------------------------------------------------------------- */

static void judges_what_it_remembers(void)
{
    static const uint8_t same[CONTENT_DIGEST_LEN] = {1}, other[CONTENT_DIGEST_LEN] = {2};
    struct duplicate known = {.state = DUPLICATE_NONE, .digest = {1}};
    CU_ASSERT_EQUAL(duplicate_judge(&known, same), SEEN_NEVER);
    known.state = DUPLICATE_OPEN;
    CU_ASSERT_EQUAL(duplicate_judge(&known, same), SEEN_OPEN);
    CU_ASSERT_EQUAL(duplicate_judge(&known, other), SEEN_DIFFERENT);
    known.state = DUPLICATE_ANSWERED;
    CU_ASSERT_EQUAL(duplicate_judge(&known, same), SEEN_ANSWERED);
    CU_ASSERT_EQUAL(duplicate_judge(&known, other), SEEN_DIFFERENT);
    known.state = DUPLICATE_TOMBSTONE;
    CU_ASSERT_EQUAL(duplicate_judge(&known, same), SEEN_REVERSED);
    CU_ASSERT_EQUAL(duplicate_judge(&known, other), SEEN_REVERSED);
}

static void reads_back_a_remembered_request_and_what_follows_it(void)
{
    struct duplicate before = {.state = DUPLICATE_ANSWERED,
                               .digest = {1, 2, 3},
                               .wall_us = 123456789,
                               .answer = {.code = CODE_TO_BE_CONFIRMED, .settlement = 1231}},
                     after;
    uint8_t record[DUPLICATE_RECORD_LEN + 4];
    struct bytes rest;
    memcpy(before.answer.authorisation, "246810", 6);
    struct writer w = writer_to(record, sizeof record);
    duplicate_encode(&w, &before);
    CU_ASSERT_EQUAL(w.len, DUPLICATE_RECORD_LEN);
    write_bytes(&w, "more", 4);
    CU_ASSERT_FALSE(w.bad);
    duplicate_decode(bytes_of(record, w.len), &after, &rest);
    CU_ASSERT_EQUAL(after.state, DUPLICATE_ANSWERED);
    ASSERT_BYTES(after.digest, sizeof after.digest, before.digest, sizeof before.digest);
    CU_ASSERT_EQUAL(after.wall_us, 123456789);
    CU_ASSERT_EQUAL(after.answer.code, CODE_TO_BE_CONFIRMED);
    CU_ASSERT_EQUAL(after.answer.settlement, 1231);
    ASSERT_BYTES(after.answer.authorisation, 6, "246810", 6);
    ASSERT_BYTES(rest.data, rest.len, "more", 4);
    duplicate_decode(bytes_of(NULL, 0), &after, &rest);
    CU_ASSERT_EQUAL(after.state, DUPLICATE_NONE);
    CU_ASSERT_EQUAL(rest.len, 0);
}

SUITE(CASE(answers_a_request_out_of_its_own_elements), CASE(flags_a_request_before_sign_on),
      CASE(gives_the_core_what_may_be_stored), CASE(refuses_a_wrong_mac_with_A0),
      CASE(refuses_a_mac_under_another_members_key_with_A0),
      CASE(refuses_a_request_without_mac_with_A0), CASE(notices_an_exchanged_freeze_reference),
      CASE(refuses_another_forwarder_than_the_links_owner_with_30),
      CASE(takes_the_owners_id_in_another_width),
      CASE(refuses_a_request_that_lacks_an_element_with_30),
      CASE(refuses_what_is_no_operation_with_30),
      CASE(refuses_a_freeze_more_than_a_day_from_the_clock_with_30),
      CASE(takes_a_freeze_a_day_from_the_clock_across_the_year),
      CASE(takes_an_old_notice_reversal_or_inquiry), CASE(answers_with_private_data_under_its_mac),
      CASE(member_takes_requests_of_other_forwarders_from_the_switch),
      CASE(gives_a_repeat_the_same_answer_and_no_second_effect),
      CASE(gives_a_repeat_the_same_answer_after_a_restart_under_a_new_key),
      CASE(refuses_other_content_under_the_same_key_with_94),
      CASE(gives_the_answer_to_the_link_of_the_latest_repeat),
      CASE(answers_once_on_a_link_that_came_back),
      CASE(refuses_other_content_while_the_first_is_open_with_94),
      CASE(goes_on_when_an_answer_cannot_be_sent),
      CASE(takes_requests_up_to_the_maximum_and_refuses_one_more_with_96),
      CASE(judges_what_it_remembers), CASE(reads_back_a_remembered_request_and_what_follows_it))
