/* Marking a date as cut in the store of a switch that does not run. */
#include "redpacket/journal.h"
#include "router/router.h"
#include "suite.h"

#include <string.h>

enum { DAY = 20261231, NEXT_DAY = 20270101 };

static const uint64_t WALLET = 91230001;

struct put {
    struct store_step step;
    const void *record;
    size_t len;
};

static void put_apply(struct store_step *step, struct store_tx *tx)
{
    const struct put *put = (const struct put *)step;
    store_tx_put(tx, 0, put->record, put->len);
}

static void put_done(struct store_step *step, void *context)
{
    (void)step;
    (void)context;
}

static void put_record(struct store *store, struct store_key key, const void *record, size_t len)
{
    struct put put = {.step = {.apply = put_apply, .done = put_done}, .record = record, .len = len};
    struct fault fault = {RESULT_OK, ""};
    store_step_key(&put.step, key);
    store_submit(store, &put.step);
    CU_ASSERT_EQUAL_FATAL(store_drain(store, &fault), RESULT_OK);
}

/* A store whose business date is `date`; 0: none yet. */
static struct store *store_on(uint32_t date)
{
    struct store *store = NULL;
    struct fault fault = {RESULT_OK, ""};
    uint8_t record[4];
    struct writer w = writer_to(record, sizeof record);
    CU_ASSERT_EQUAL_FATAL(store_open_memory(&store, &fault), RESULT_OK);
    write_u32(&w, date);
    if (date != 0)
        put_record(store, key_of_name(TABLE_BATCH, "business-date"), record, sizeof record);
    return store;
}

/* As the switch notes what is under way. */
static void put_open(struct store *store, struct store_key key)
{
    key.data[0] = TABLE_OPEN;
    put_record(store, key, "", 0);
}

static void put_freeze(struct store *store, enum freeze_state state, uint32_t date)
{
    uint8_t record[FREEZE_RECORD_MAX];
    struct freeze freeze = {.state = state, .settlement_date = date};
    freeze.request.kind = OPERATION_FREEZE;
    freeze.request.reference =
        (struct freeze_reference){.date = DAY, .sequence = 1, .wallet = WALLET};
    put_record(store, key_of_freeze(&freeze.request.reference, 0), record,
               freeze_encode(&freeze, record));
    if (state == FREEZE_FREEZING)
        put_open(store, key_of_freeze(&freeze.request.reference, 0));
}

static void put_share(struct store *store, enum share_state state, uint32_t date)
{
    uint8_t record[SHARE_RECORD_MAX];
    struct share share = {.state = state, .settlement_date = date};
    share.claim.kind = OPERATION_CLAIM;
    share.claim.reference =
        (struct freeze_reference){.date = DAY, .sequence = 1, .wallet = WALLET, .share = 1};
    put_record(store, key_of_freeze(&share.claim.reference, 1), record,
               share_encode(&share, record));
    if (state == SHARE_RESERVED || state == SHARE_DEBITED || state == SHARE_CREDITING)
        put_open(store, key_of_freeze(&share.claim.reference, 1));
}

static bool count_marks(void *context, const struct store_log_record *record)
{
    struct journal_entry entry;
    unsigned *marks = context;
    CU_ASSERT_TRUE(journal_read(record->data, &entry));
    CU_ASSERT_EQUAL(entry.event, JOURNAL_CUT);
    CU_ASSERT_EQUAL(entry.settlement_date, DAY);
    CU_ASSERT_EQUAL(entry.wall_us, 1000);
    ++*marks;
    return true;
}

static void marks_a_date_that_is_over_once(void)
{
    struct store *store = store_on(NEXT_DAY);
    struct fault fault = {RESULT_OK, ""};
    unsigned marks = 0;
    bool is_cut = true;
    CU_ASSERT_EQUAL(router_is_cut(store, DAY, &is_cut, &fault), RESULT_OK);
    CU_ASSERT_FALSE(is_cut);
    CU_ASSERT_EQUAL(router_cut_store(store, DAY, 1000, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(router_cut_store(store, DAY, 2000, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(router_is_cut(store, DAY, &is_cut, &fault), RESULT_OK);
    CU_ASSERT_TRUE(is_cut);
    CU_ASSERT_EQUAL(router_is_cut(store, DAY - 1, &is_cut, &fault), RESULT_OK);
    CU_ASSERT_FALSE(is_cut);
    CU_ASSERT_EQUAL(store_log_scan(store, 1, 0, count_marks, &marks, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(marks, 1);
    store_close(store);
}

static void expect_refusal(struct store *store, uint32_t date, const char *part)
{
    struct fault fault = {RESULT_OK, ""};
    bool is_cut = true;
    CU_ASSERT_EQUAL(router_cut_store(store, date, 1000, &fault), RESULT_STATE);
    ASSERT_CONTAINS(fault.text, part);
    CU_ASSERT_EQUAL(router_is_cut(store, date, &is_cut, &fault), RESULT_OK);
    CU_ASSERT_FALSE(is_cut);
    store_close(store);
}

static void refuses_a_date_that_is_not_over(void)
{
    expect_refusal(store_on(DAY), DAY, "settlement date 20261231 is not over");
    expect_refusal(store_on(DAY), NEXT_DAY, "settlement date 20270101 is not over");
    expect_refusal(store_on(0), DAY, "settlement date 20261231 is not over");
}

static void refuses_while_a_claim_of_the_date_is_open(void)
{
    static const enum share_state states[] = {SHARE_RESERVED, SHARE_DEBITED, SHARE_CREDITING};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        struct store *store = store_on(NEXT_DAY);
        put_freeze(store, FREEZE_FROZEN, DAY);
        put_share(store, states[i], DAY);
        expect_refusal(
            store, DAY,
            "settlement date 20261231 still waits for claims, freezes and purchases under way: 1");
    }
}

static void refuses_while_a_freeze_of_the_date_is_open(void)
{
    struct store *store = store_on(NEXT_DAY);
    put_freeze(store, FREEZE_FREEZING, DAY);
    expect_refusal(
        store, DAY,
        "settlement date 20261231 still waits for claims, freezes and purchases under way: 1");
}

static void does_not_wait_for_what_ends_by_itself_or_belongs_to_another_date(void)
{
    static const enum share_state states[] = {SHARE_DEBIT_UNKNOWN, SHARE_CREDIT_UNKNOWN,
                                              SHARE_REVERSING, SHARE_CREDITED, SHARE_RELEASED};
    struct fault fault = {RESULT_OK, ""};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        struct store *store = store_on(NEXT_DAY);
        put_freeze(store, FREEZE_CLOSING, DAY);
        put_share(store, states[i], DAY);
        CU_ASSERT_EQUAL(router_cut_store(store, DAY, 1000, &fault), RESULT_OK);
        store_close(store);
    }
    struct store *store = store_on(NEXT_DAY);
    put_freeze(store, FREEZE_FREEZING, NEXT_DAY);
    put_share(store, SHARE_RESERVED, NEXT_DAY);
    CU_ASSERT_EQUAL(router_cut_store(store, DAY, 1000, &fault), RESULT_OK);
    store_close(store);
}

static void refuses_a_note_of_work_under_way_that_its_record_contradicts(void)
{
    struct store *store = store_on(NEXT_DAY);
    struct fault fault = {RESULT_OK, ""};
    struct freeze_reference reference = {.date = DAY, .sequence = 1, .wallet = WALLET};
    put_freeze(store, FREEZE_FROZEN, DAY);
    put_open(store, key_of_freeze(&reference, 0));
    CU_ASSERT_EQUAL(router_cut_store(store, DAY, 1000, &fault), RESULT_CORRUPT);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "a freeze is noted as under way"));
    store_close(store);
}

SUITE(CASE(marks_a_date_that_is_over_once), CASE(refuses_a_date_that_is_not_over),
      CASE(refuses_while_a_claim_of_the_date_is_open),
      CASE(refuses_while_a_freeze_of_the_date_is_open),
      CASE(does_not_wait_for_what_ends_by_itself_or_belongs_to_another_date),
      CASE(refuses_a_note_of_work_under_way_that_its_record_contradicts))
