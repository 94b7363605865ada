/* What keeps a settlement date from being cut, by name. */
#include "redpacket/journal.h"
#include "router/moving.h"
#include "suite.h"

enum { DAY = 20261231, NEXT_DAY = 20270101 };

static const uint64_t WALLET = 91230001, SENDER = 95550001, RECEIVER = 95550002;

struct put {
    struct store_step step;
    const struct journal_entry *entry;
    const uint8_t *record;
    size_t len;
    bool is_open; /* noted as under way */
};

static void put_apply(struct store_step *step, struct store_tx *tx)
{
    const struct put *put = (const struct put *)step;
    journal_write(tx, put->entry);
    store_tx_put(tx, 0, put->record, put->len);
    if (put->is_open)
        store_tx_put(tx, 1, "", 0);
    else
        store_tx_delete(tx, 1);
}

static void put_done(struct store_step *step, void *context)
{
    (void)step;
    (void)context;
}

static void put(struct store *store, struct store_key key, const struct journal_entry *entry,
                const uint8_t *record, size_t len, bool is_open)
{
    struct put put = {.step = {.apply = put_apply, .done = put_done},
                      .entry = entry,
                      .record = record,
                      .len = len,
                      .is_open = is_open};
    struct fault fault = {RESULT_OK, ""};
    store_step_key(&put.step, key);
    key.data[0] = TABLE_OPEN;
    store_step_key(&put.step, key);
    store_submit(store, &put.step);
    CU_ASSERT_EQUAL_FATAL(store_drain(store, &fault), RESULT_OK);
}

static struct freeze_reference packet(uint64_t sequence, uint16_t share)
{
    return (struct freeze_reference){
        .date = DAY, .sequence = sequence, .wallet = WALLET, .share = share, .shares = 9};
}

/* As the switch leaves them: the record, and in the log when it came there. */
static void put_freeze(struct store *store, uint64_t sequence, enum freeze_state state,
                       uint32_t date, int64_t wall_us)
{
    uint8_t record[FREEZE_RECORD_MAX];
    struct freeze freeze = {.state = state, .settlement_date = date, .sender_issuer = SENDER};
    struct journal_entry entry;
    freeze.request.kind = OPERATION_FREEZE;
    freeze.request.reference = packet(sequence, 0);
    journal_begin(&entry, JOURNAL_FREEZE, &freeze.request, wall_us);
    entry.to = (uint8_t)state;
    entry.settlement_date = date;
    entry.sender_issuer = SENDER;
    put(store, key_of_freeze(&freeze.request.reference, 0), &entry, record,
        freeze_encode(&freeze, record), state == FREEZE_FREEZING || state == FREEZE_CLOSING);
}

static void put_share(struct store *store, uint64_t sequence, uint16_t number,
                      enum share_state state, uint32_t date, int64_t wall_us)
{
    uint8_t record[SHARE_RECORD_MAX];
    struct share share = {.state = state, .settlement_date = date, .receiver_issuer = RECEIVER};
    struct journal_entry entry;
    share.claim.kind = OPERATION_CLAIM;
    share.claim.reference = packet(sequence, number);
    journal_begin(&entry, JOURNAL_SHARE, &share.claim, wall_us);
    entry.to = (uint8_t)state;
    entry.settlement_date = date;
    entry.sender_issuer = SENDER;
    entry.receiver_issuer = RECEIVER;
    put(store, key_of_freeze(&share.claim.reference, number), &entry, record,
        share_encode(&share, record), state == SHARE_RESERVED || state == SHARE_CREDITING);
}

static struct store *store_new(void)
{
    struct store *store = NULL;
    struct fault fault = {RESULT_OK, ""};
    CU_ASSERT_EQUAL_FATAL(store_open_memory(&store, &fault), RESULT_OK);
    return store;
}

static struct router_moving find(struct store *store, uint32_t date)
{
    struct router_moving moving;
    struct fault fault = {RESULT_OK, ""};
    CU_ASSERT_EQUAL_FATAL(router_moving_find(store, date, &moving, &fault), RESULT_OK);
    store_close(store);
    return moving;
}

static void names_what_is_under_way_since_when_and_whose_turn_it_is(void)
{
    struct store *store = store_new();
    put_freeze(store, 1, FREEZE_FROZEN, DAY, 10);
    put_share(store, 1, 2, SHARE_RESERVED, DAY, 20);
    put_share(store, 1, 3, SHARE_RESERVED, DAY, 30);
    put_share(store, 1, 3, SHARE_CREDITING, DAY, 40);
    put_freeze(store, 2, FREEZE_FREEZING, DAY, 50);
    struct router_moving moving = find(store, DAY);
    CU_ASSERT_EQUAL(moving.count, 3);
    CU_ASSERT_EQUAL_FATAL(moving.listed, 3);
    const struct router_moving_one *one = moving.list;
    CU_ASSERT_EQUAL(one[0].reference.sequence, 1);
    CU_ASSERT_EQUAL(one[0].reference.share, 2);
    CU_ASSERT_STRING_EQUAL(router_moving_state(&one[0]), "RESERVED");
    CU_ASSERT_EQUAL(one[0].waits_for, SENDER);
    CU_ASSERT_EQUAL(one[0].since, 2);
    CU_ASSERT_EQUAL(one[0].since_us, 20);
    CU_ASSERT_EQUAL(one[1].reference.share, 3);
    CU_ASSERT_STRING_EQUAL(router_moving_state(&one[1]), "CREDITING");
    CU_ASSERT_EQUAL(one[1].waits_for, RECEIVER);
    CU_ASSERT_EQUAL(one[1].since, 4);
    CU_ASSERT_EQUAL(one[2].reference.sequence, 2);
    CU_ASSERT_EQUAL(one[2].reference.share, 0);
    CU_ASSERT_STRING_EQUAL(router_moving_state(&one[2]), "FREEZING");
    CU_ASSERT_EQUAL(one[2].waits_for, SENDER);
}

static void leaves_out_what_has_ended_and_other_dates(void)
{
    struct store *store = store_new();
    put_freeze(store, 1, FREEZE_FROZEN, DAY, 10);
    put_share(store, 1, 1, SHARE_CREDITED, DAY, 20);
    put_share(store, 1, 2, SHARE_CREDIT_UNKNOWN, DAY, 20);
    put_share(store, 1, 3, SHARE_RESERVED, NEXT_DAY, 20);
    put_freeze(store, 2, FREEZE_FREEZING, NEXT_DAY, 30);
    put_freeze(store, 3, FREEZE_CLOSING, DAY, 40); /* a place of store and forward, and no more */
    struct router_moving moving = find(store, DAY);
    CU_ASSERT_EQUAL(moving.count, 0);
    CU_ASSERT_EQUAL(moving.listed, 0);
}

static void counts_all_and_lists_the_first_ten(void)
{
    struct store *store = store_new();
    put_freeze(store, 1, FREEZE_FROZEN, DAY, 1);
    for (uint16_t share = 1; share <= ROUTER_MOVING_LISTED + 1; share++)
        put_share(store, 1, share, SHARE_RESERVED, DAY, share);
    struct router_moving moving = find(store, DAY);
    CU_ASSERT_EQUAL(moving.count, ROUTER_MOVING_LISTED + 1);
    CU_ASSERT_EQUAL_FATAL(moving.listed, ROUTER_MOVING_LISTED);
    CU_ASSERT_EQUAL(moving.list[ROUTER_MOVING_LISTED - 1].reference.share, ROUTER_MOVING_LISTED);
}

/* Beside a running switch the note is read at one moment and the record at a later one. */
static void passes_over_what_has_ended_since_it_was_noted(void)
{
    struct store *store = store_new();
    uint8_t record[SHARE_RECORD_MAX];
    struct share share = {.state = SHARE_CREDITED, .settlement_date = DAY};
    struct journal_entry entry;
    share.claim.kind = OPERATION_CLAIM;
    share.claim.reference = packet(1, 1);
    journal_begin(&entry, JOURNAL_SHARE, &share.claim, 1);
    put(store, key_of_freeze(&share.claim.reference, 1), &entry, record,
        share_encode(&share, record), true);
    struct router_moving moving = find(store, DAY);
    CU_ASSERT_EQUAL(moving.count, 0);
}

SUITE(CASE(passes_over_what_has_ended_since_it_was_noted),
      CASE(names_what_is_under_way_since_when_and_whose_turn_it_is),
      CASE(leaves_out_what_has_ended_and_other_dates), CASE(counts_all_and_lists_the_first_ten))
