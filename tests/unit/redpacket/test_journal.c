/* Journal entries, written inside a store step and read back from the log. */
#include "redpacket/journal.h"
#include "sample.h"
#include "store/store_memory.h"

static struct journal_entry written, seen;
static uint8_t message[JOURNAL_MESSAGE_MAX + 1];

static void apply(struct store_step *step, struct store_tx *tx)
{
    (void)step;
    journal_write(tx, &written);
}

static void done(struct store_step *step, void *context)
{
    (void)step;
    (void)context;
}

static bool read_one(void *context, const struct store_log_record *record)
{
    static uint8_t kept[STORE_LOG_MAX];
    (void)context;
    memcpy(kept, record->data.data, record->data.len);
    CU_ASSERT_EQUAL(record->settlement_date, written.settlement_date);
    CU_ASSERT_TRUE(journal_read(bytes_of(kept, record->data.len), &seen));
    for (size_t len = 0; len < record->data.len; len++) {
        struct journal_entry cut;
        CU_ASSERT_FALSE(journal_read(bytes_of(kept, len), &cut));
    }
    kept[0]++;
    struct journal_entry other;
    CU_ASSERT_FALSE(journal_read(bytes_of(kept, record->data.len), &other));
    return true;
}

static void write_and_read(void)
{
    struct store *store;
    struct store_step step = {.apply = apply, .done = done};
    CU_ASSERT_EQUAL_FATAL(store_open_memory(&store, NULL), RESULT_OK);
    store_step_key(&step, key_of_name(TABLE_BATCH, "x"));
    store_submit(store, &step);
    CU_ASSERT_EQUAL(store_drain(store, NULL), RESULT_OK);
    CU_ASSERT_EQUAL(store_log_scan(store, 1, 0, read_one, NULL, NULL), RESULT_OK);
    store_close(store);
}

static void reads_back_what_it_writes(void)
{
    struct operation claim = sample_of(OPERATION_CLAIM);
    memset(message, 'm', sizeof message);
    journal_begin(&written, JOURNAL_SHARE, &claim, 1234567);
    written.from = SHARE_RESERVED;
    written.to = SHARE_CREDITING;
    written.code = CODE_APPROVED;
    written.settlement_date = DATE;
    written.sender_issuer = SENDER_ISSUER;
    written.receiver_issuer = RECEIVER_ISSUER;
    written.moved_minor = 2500;
    written.available_minor = -1;
    written.frozen_minor = 7;
    written.count = 70000;
    memcpy(written.authorisation, "123456", 6);
    memset(written.note, 'n', JOURNAL_NOTE_MAX);
    written.message = bytes_of(message, JOURNAL_MESSAGE_MAX);
    write_and_read();
    CU_ASSERT_EQUAL(seen.event, JOURNAL_SHARE);
    CU_ASSERT_STRING_EQUAL(journal_state_name(&seen, seen.from), "RESERVED");
    CU_ASSERT_STRING_EQUAL(journal_state_name(&seen, seen.to), "CREDITING");
    CU_ASSERT_EQUAL(seen.code, CODE_APPROVED);
    CU_ASSERT_EQUAL(seen.wall_us, 1234567);
    CU_ASSERT_EQUAL(seen.sender_issuer, SENDER_ISSUER);
    CU_ASSERT_EQUAL(seen.receiver_issuer, RECEIVER_ISSUER);
    CU_ASSERT_EQUAL(seen.moved_minor, 2500);
    CU_ASSERT_EQUAL(seen.available_minor, -1);
    CU_ASSERT_EQUAL(seen.frozen_minor, 7);
    CU_ASSERT_EQUAL(seen.count, 70000);
    ASSERT_BYTES(seen.authorisation, 6, "123456", 6);
    CU_ASSERT_STRING_EQUAL(seen.note, written.note);
    CU_ASSERT_TRUE(same_operation(&seen.operation, &claim));
    CU_ASSERT_TRUE(bytes_equal(seen.message, written.message));
}

static void reads_back_a_step_of_a_purchase(void)
{
    struct operation purchase = sample_purchase();
    journal_begin(&written, JOURNAL_PURCHASE, &purchase, 1234567);
    written.from = PURCHASE_PURCHASING;
    written.to = PURCHASE_PURCHASED;
    written.code = CODE_APPROVED;
    written.settlement_date = DATE;
    written.sender_issuer = SENDER_ISSUER;
    written.moved_minor = purchase.amount_minor;
    write_and_read();
    CU_ASSERT_EQUAL(seen.event, JOURNAL_PURCHASE);
    CU_ASSERT_STRING_EQUAL(journal_event_name(seen.event), "purchase");
    CU_ASSERT_STRING_EQUAL(journal_state_name(&seen, seen.from), "PURCHASING");
    CU_ASSERT_STRING_EQUAL(journal_state_name(&seen, seen.to), "PURCHASED");
    CU_ASSERT_EQUAL(seen.moved_minor, 4200);
    CU_ASSERT_EQUAL(seen.sender_issuer, SENDER_ISSUER);
    CU_ASSERT_TRUE(same_operation(&seen.operation, &purchase));
}

static void leaves_out_a_message_over_the_maximum(void)
{
    journal_begin(&written, JOURNAL_REFUSED, NULL, 1);
    written.message = bytes_of(message, JOURNAL_MESSAGE_MAX + 1);
    write_and_read();
    CU_ASSERT_EQUAL(seen.event, JOURNAL_REFUSED);
    CU_ASSERT_EQUAL(seen.message.len, 0);
    CU_ASSERT_EQUAL(seen.operation.kind, OPERATION_NONE);
    ASSERT_BYTES(seen.authorisation, 6, "      ", 6);
}

static void does_not_read_other_bytes(void)
{
    static const uint8_t garbage[200] = {1, JOURNAL_EVENTS};
    CU_ASSERT_FALSE(journal_read(bytes_of(NULL, 0), &seen));
    CU_ASSERT_FALSE(journal_read(bytes_of(garbage, sizeof garbage), &seen));
}

static void names_states_by_their_event(void)
{
    struct journal_entry entry = {.event = JOURNAL_FREEZE};
    CU_ASSERT_STRING_EQUAL(journal_state_name(&entry, FREEZE_CLOSING), "CLOSING");
    entry.event = JOURNAL_FORGOTTEN;
    CU_ASSERT_STRING_EQUAL(journal_state_name(&entry, FREEZE_CLOSED), "CLOSED");
    entry.operation.kind = OPERATION_PURCHASE;
    CU_ASSERT_STRING_EQUAL(journal_state_name(&entry, PURCHASE_REVERSED), "REVERSED");
    entry.event = JOURNAL_DAY;
    CU_ASSERT_STRING_EQUAL(journal_state_name(&entry, 1), "");
    CU_ASSERT_STRING_EQUAL(journal_event_name(JOURNAL_CUT), "cut");
    CU_ASSERT_STRING_EQUAL(journal_event_name(JOURNAL_EVENTS), "unknown");
    for (enum journal_event event = JOURNAL_NONE; event < JOURNAL_EVENTS; event++)
        CU_ASSERT_PTR_NOT_NULL(journal_event_name(event));
}

SUITE(CASE(reads_back_what_it_writes), CASE(reads_back_a_step_of_a_purchase),
      CASE(leaves_out_a_message_over_the_maximum), CASE(does_not_read_other_bytes),
      CASE(names_states_by_their_event))
