/* Requests in, answers out: the way of a request from its bytes to the core and back.
 *
 * Refused here, leaving no trace: what is not an operation or whose DE 33 is not its link's owner
 * (30), a wrong MAC (A0), more than can be worked on at once (96). All else is the core's. */
#include "party/party_state.h"

#include "base/date.h"
#include "base/mutant.h"
#include "security/digest.h"

#include <string.h>

enum { CLOCK_SLACK_HOURS = 24 }; /* a 0100 or 0200 is not older or newer than this */

/* Whose DE 7 is looked at: what is stored and forwarded may come days later. */
static bool is_timely(enum operation_kind kind)
{
    return kind == OPERATION_FREEZE || kind == OPERATION_CLAIM || kind == OPERATION_DEBIT ||
           kind == OPERATION_CREDIT || kind == OPERATION_PURCHASE;
}

/* The body without its MAC: what a repeat must repeat. */
static void digest_of(struct party *party, const struct iso_message *message, struct bytes bytes,
                      uint8_t digest[CONTENT_DIGEST_LEN])
{
    size_t header = message->header.data != NULL ? message->header.len : 0;
    size_t end = bytes.len;
    struct iso_value mac = iso_message_get(message, 128);
    if (mac.data != NULL)
        end -= mac.len;
    struct bytes body = bytes_of(bytes.data + header, end - header);
    digest_content(party->digest, &body, 1, digest);
}

/* What an answer says beyond what it repeats and its code. */
struct addition {
    struct bytes private_data;   /* DE 48 in place of the request's; len 0: none */
    char settlement_code;        /* DE 66; 0: none */
    const struct totals *totals; /* NULL: none */
};
static const struct addition NOTHING;

static void add(const struct addition *addition, struct totals_text *text,
                struct iso_message *message)
{
    if (addition->private_data.len > 0)
        iso_message_set(message, 48, addition->private_data.data, addition->private_data.len);
    if (addition->settlement_code != '\0')
        iso_message_set(message, TOTALS_CODE_DE, &addition->settlement_code, 1);
    if (addition->totals != NULL)
        totals_write(addition->totals, text, message);
}

/* Builds the answer from the request's own elements and sends it. */
static void send_answer(struct party *party, const struct origin *to,
                        const struct iso_message *request, const struct answer *answer,
                        const struct addition *addition)
{
    char mti[5], code[3], settlement[4];
    struct totals_text totals;
    struct iso_message message;
    uint64_t echo[3];
    memcpy(mti, request->mti, sizeof mti);
    mti[2]++;
    iso_message_init(&message, party->config.spec, mti);
    iso_spec_answer_echo(party->config.spec, echo);
    for (unsigned word = 0; word < sizeof echo / sizeof echo[0]; word++)
        for (uint64_t bits = echo[word] & request->present[word]; bits != 0; bits &= bits - 1) {
            unsigned de = word * 64 + (unsigned)__builtin_ctzll(bits);
            iso_message_set(&message, de, request->de[de].data, request->de[de].len);
        }
    /* What totals are of is no affair of a dialect's. */
    static const unsigned of_totals[] = {15, 33, 50, 100};
    for (size_t i = 0; i < sizeof of_totals / sizeof of_totals[0] && mti[1] == '5'; i++) {
        struct iso_value value = iso_message_get(request, of_totals[i]);
        if (value.data != NULL)
            iso_message_set(&message, of_totals[i], value.data, value.len);
    }
    add(addition, &totals, &message);
    code_format(answer->code, code);
    iso_message_set(&message, 39, code, 2);
    if (answer->settlement != 0) {
        digits_format(answer->settlement, settlement, sizeof settlement);
        iso_message_set(&message, 15, settlement, sizeof settlement);
    }
    if (answer->authorisation[0] != 0)
        iso_message_set(&message, 38, answer->authorisation, sizeof answer->authorisation);
    if (!wire_answer(party, to, &message))
        party_log_peer(party, to->peer, LOG_INFO, "answer_not_sent",
                       "%s %s to %s: it will be asked for again", mti, code,
                       party->peers[to->peer].name);
}

static void refuse(struct party *party, const struct origin *from,
                   const struct iso_message *message, uint16_t code, const char *why)
{
    char text[3];
    code_format(code, text);
    party_log_peer(party, from->peer, LOG_WARNING, "refused", "%s from %s: %s: %s", message->mti,
                   party->peers[from->peer].name, text, why);
    send_answer(party, from, message, &(struct answer){.code = code}, &NOTHING);
}

/* Too old or too new to be taken for the first time: the core refuses it with 30. A repeat of one
 * that was taken in time gets its stored answer all the same, so the core asks this after the
 * records. */
static bool is_untimely(const struct party *party, const struct operation *operation)
{
    int64_t sent_us = date_nearest_de7(operation->transmission, party->now.wall_us);
    int64_t slack_us = (int64_t)CLOCK_SLACK_HOURS * 3600 * 1000000;
    int64_t apart_us = sent_us - party->now.wall_us;
    return is_timely(operation->kind) && (apart_us > slack_us || apart_us < -slack_us);
}

/* What can be said before any record is read; CODE_APPROVED when nothing is wrong. */
static uint16_t check_envelope(struct party *party, unsigned peer,
                               const struct iso_message *message, struct operation *operation,
                               struct fault *fault)
{
    if (operation_read(message, operation, fault) != RESULT_OK)
        return CODE_FORMAT;
    if (party->config.is_centre && operation->forwarder.number != party->peers[peer].id.number) {
        fault_set(fault, RESULT_INPUT, "DE 33: expected %llu, the owner of this link, got %llu",
                  (unsigned long long)party->peers[peer].id.number,
                  (unsigned long long)operation->forwarder.number);
        return CODE_FORMAT;
    }
    if (date_nearest_de7(operation->transmission, party->now.wall_us) == INT64_MIN) {
        fault_set(fault, RESULT_INPUT, "DE 7: expected a time, got %010llu",
                  (unsigned long long)operation->transmission);
        return CODE_FORMAT;
    }
    return CODE_APPROVED;
}

/* A repeat of a request that is being worked on right now: its connection becomes the one that gets
 * the answer. Returns false when the request is not open. */
static bool adopt_repeat(struct party *party, const struct origin *from,
                         const struct iso_message *message, struct bytes bytes,
                         const uint8_t key[TRANSACTION_KEY_LEN])
{
    struct request *open = map_find(&party->open_requests, key);
    if (open == NULL)
        return false;
    uint8_t digest[CONTENT_DIGEST_LEN];
    digest_of(party, message, bytes, digest);
    if (memcmp(digest, open->digest, sizeof digest) == 0) {
        party->peers[open->from.peer].request_count--;
        party->peers[from->peer].request_count++;
        open->from = *from;
    } else
        refuse(party, from, message, CODE_DUPLICATE, "another request is open under the same key");
    return true;
}

void answering_receive(struct party *party, const struct origin *from,
                       const struct iso_message *message, struct bytes bytes)
{
    struct operation operation;
    struct fault fault = {RESULT_OK, ""};
    if (!wire_mac_is_good(party, from->peer, message)) {
        refuse(party, from, message, CODE_MAC, "DE 128 is not this message's MAC");
        return;
    }
    uint16_t code = check_envelope(party, from->peer, message, &operation, &fault);
    if (code != CODE_APPROVED) {
        refuse(party, from, message, code, fault.text);
        return;
    }
    struct transaction_key key = operation_key(&operation);
    uint8_t key_bytes[TRANSACTION_KEY_LEN];
    transaction_key_encode(&key, key_bytes);
    if (adopt_repeat(party, from, message, bytes, key_bytes))
        return;
    if (!quota_takes_request(party, from->peer)) {
        refuse(party, from, message, CODE_CENTRE_FAULT,
               "as many of its requests are being worked on as it may have");
        return;
    }
    struct request *request = bytes.len <= PARTY_MESSAGE_MAX ? pool_take(&party->requests) : NULL;
    if (request == NULL) {
        refuse(party, from, message, CODE_CENTRE_FAULT, "too many requests are being worked on");
        return;
    }
    request->party = party;
    request->from = *from;
    request->signed_on = party->peers[from->peer].signed_on;
    request->is_untimely = is_untimely(party, &operation);
    request->at = party->now;
    request->operation = operation;
    memcpy(request->key, key_bytes, sizeof request->key);
    digest_of(party, message, bytes, request->digest);
    request->bytes = (uint8_t *)(request + 1);
    request->work = request->bytes + PARTY_MESSAGE_MAX;
    memcpy(request->bytes, bytes.data, bytes.len);
    request->len = bytes.len;
    request->journal = wire_for_journal(party, message, bytes_of(request->bytes, request->len));
    MUST(map_put(&party->open_requests, request->key, request));
    party->request_count++;
    party->peers[from->peer].request_count++;
    party->core.request(party->core.core, request);
}

void party_drop(struct party *party, struct request *request)
{
    map_remove(&party->open_requests, request->key);
    party->request_count--;
    party->peers[request->from.peer].request_count--;
    pool_give(&party->requests, request);
}

static void answer_request(struct party *party, struct request *request,
                           const struct answer *answer, const struct addition *addition)
{
    struct iso_message message;
    struct iso_fault fault;
    MUST(iso_message_unpack(party->config.spec, ISO_HEADER_AUTO, request->bytes, request->len,
                            &message, &fault) == ISO_OK);
    send_answer(party, &request->from, &message, answer, addition);
    party_drop(party, request);
}

void party_answer(struct party *party, struct request *request, const struct answer *answer)
{
    answer_request(party, request, answer, &NOTHING);
}

void party_answer_private(struct party *party, struct request *request, const struct answer *answer,
                          struct bytes private_data)
{
    answer_request(party, request, answer, &(struct addition){.private_data = private_data});
}

void answering_totals(struct party *party, struct request *request)
{
    const struct totals_reply *reply = &request->reply;
    bool differs = reply->state == TOTALS_DIFFERS;
    struct totals own = reply->own;
    answer_request(party, request, &(struct answer){.code = CODE_APPROVED},
                   &(struct addition){.settlement_code = differs ? '2' : '1',
                                      .totals = differs ? &own : NULL});
}

enum seen request_judge(const struct request *request, struct store_tx *tx, unsigned index,
                        struct answer *answer)
{
    struct bytes record = {NULL, 0};
    struct duplicate known;
    store_tx_get(tx, index, &record);
    duplicate_decode(record, &known, NULL);
    enum seen seen = duplicate_judge(&known, request->digest);
    if (seen == SEEN_ANSWERED)
        *answer = known.answer;
    else if (seen == SEEN_DIFFERENT)
        *answer = (struct answer){.code = CODE_DUPLICATE};
    else if (seen == SEEN_REVERSED)
        *answer = (struct answer){.code = CODE_STATE};
    return seen;
}

void request_remember(const struct request *request, struct store_tx *tx, unsigned index,
                      enum duplicate_state state, const struct answer *answer)
{
    uint8_t record[DUPLICATE_RECORD_LEN];
    struct duplicate known = {.state = state,
                              .wall_us = request->at.wall_us,
                              .freeze = request->operation.reference,
                              .answer = *answer};
    if (mutant_is(MUTANT_REFUSAL_FORGOTTEN) && code_verdict(answer->code) == VERDICT_REFUSED)
        return;
    memcpy(known.digest, request->digest, sizeof known.digest);
    struct writer w = writer_to(record, sizeof record);
    duplicate_encode(&w, &known);
    MUST(!w.bad);
    store_tx_put(tx, index, record, w.len);
}
