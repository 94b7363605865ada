/* A small network's journals, written as its parties write them, and a folder to cut into.
 * Included by one test file each. */
#ifndef TESTS_UNIT_CLEARING_FIXTURE_H
#define TESTS_UNIT_CLEARING_FIXTURE_H

#include "clearing/cut.h"
#include "redpacket/dispute.h"
#include "redpacket/journal.h"
#include "suite.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { DAY = 20261231, NEXT_DAY = 20270101 };

static const uint64_t CENTRE = 10000, ALPHA = 91230001, BETA = 91230002; /* switch and wallets */
static const uint64_t HARBOUR = 95550001, JADE = 95550002;               /* issuers */

static inline void must(enum result result, const struct fault *fault)
{
    if (result != RESULT_OK)
        fprintf(stderr, "%s\n", fault->text);
    CU_ASSERT_EQUAL_FATAL(result, RESULT_OK);
}

/* --- folders ---------------------------------------------------------------------------------- */

enum { SCRATCH_PATH_MAX = 512 };

struct scratch {
    char path[64];
};

static inline void scratch_make(struct scratch *scratch)
{
    snprintf(scratch->path, sizeof scratch->path, "/tmp/clearing-test-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(scratch->path));
}

static inline int scratch_unlink(const char *path, const struct stat *status, int kind,
                                 struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static inline void scratch_remove(const struct scratch *scratch)
{
    CU_ASSERT_EQUAL(nftw(scratch->path, scratch_unlink, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static inline const char *scratch_file(const struct scratch *scratch, const char *name,
                                       char path[SCRATCH_PATH_MAX])
{
    snprintf(path, SCRATCH_PATH_MAX, "%s/%s", scratch->path, name);
    return path;
}

static inline bool is_there(const struct scratch *scratch, const char *name)
{
    char path[SCRATCH_PATH_MAX];
    return access(scratch_file(scratch, name, path), F_OK) == 0;
}

/* The whole of a file; freed by the caller. */
static inline char *load(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    char *text = calloc(1, 1 << 20);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    *len = fread(text, 1, (1 << 20) - 1, file);
    fclose(file);
    return text;
}

static inline void save(const char *path, const char *text, size_t len)
{
    FILE *file = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL_FATAL(fwrite(text, 1, len, file), len);
    CU_ASSERT_EQUAL_FATAL(fclose(file), 0);
}

/* --- journals --------------------------------------------------------------------------------- */

struct append {
    struct store_step step;
    const struct journal_entry *entry; /* NULL: no log record */
    const void *record;                /* NULL: none is put */
    size_t len;
};

static inline void append_apply(struct store_step *step, struct store_tx *tx)
{
    struct append *append = (struct append *)step;
    if (append->entry != NULL)
        journal_write(tx, append->entry);
    if (append->record != NULL)
        store_tx_put(tx, 0, append->record, append->len);
}

static inline void append_done(struct store_step *step, void *context)
{
    (void)step;
    (void)context;
}

static inline void put_record(struct store *store, struct store_key key, const void *record,
                              size_t len)
{
    struct append append = {
        .step = {.apply = append_apply, .done = append_done}, .record = record, .len = len};
    struct fault fault = {RESULT_OK, ""};
    store_step_key(&append.step, key);
    store_submit(store, &append.step);
    must(store_drain(store, &fault), &fault);
}

static inline void write_entry(struct store *store, const struct journal_entry *entry)
{
    struct append append = {.step = {.apply = append_apply, .done = append_done}, .entry = entry};
    struct fault fault = {RESULT_OK, ""};
    store_step_key(&append.step, key_of_name(TABLE_BATCH, "test"));
    store_submit(store, &append.step);
    must(store_drain(store, &fault), &fault);
}

/* What the switch says is open of each packet: of one that was never frozen here, more than enough.
 */
enum { PACKETS_MAX = 4096 };
static const int64_t PACKET_UNSAID_MINOR = 99999999999;
static struct fixture_packet {
    const struct store *store;
    struct freeze_reference reference;
    int64_t frozen_minor, open_minor;
} fixture_packets[PACKETS_MAX];
static size_t fixture_packet_count;

static inline struct fixture_packet *packet_of(const struct store *store,
                                               const struct freeze_reference *reference)
{
    for (size_t i = 0; i < fixture_packet_count; i++)
        if (fixture_packets[i].store == store &&
            reference_same_freeze(&fixture_packets[i].reference, reference))
            return &fixture_packets[i];
    CU_ASSERT_FATAL(fixture_packet_count < PACKETS_MAX);
    struct fixture_packet *packet = &fixture_packets[fixture_packet_count++];
    *packet = (struct fixture_packet){store, *reference, PACKET_UNSAID_MINOR, PACKET_UNSAID_MINOR};
    return packet;
}

static inline struct store *store_new(void)
{
    struct store *store = NULL;
    struct fault fault = {RESULT_OK, ""};
    must(store_open_memory(&store, &fault), &fault);
    /* One that was closed may have had this address. */
    for (size_t i = 0; i < fixture_packet_count; i++)
        if (fixture_packets[i].store == store)
            fixture_packets[i].store = NULL;
    return store;
}

/* --- operations ------------------------------------------------------------------------------- */

static inline struct pan card(const char *digits)
{
    struct pan pan;
    CU_ASSERT_TRUE_FATAL(pan_parse(bytes_text(digits), &pan));
    return pan;
}

static inline struct institution institution(uint64_t number)
{
    return (struct institution){.number = number, .width = 11};
}

/* The 0100 of packet `sequence` from Alpha, whose sender banks with Harbour. */
static inline struct operation freeze_of(uint64_t sequence, int64_t amount_minor, uint16_t shares)
{
    struct operation op = {
        .kind = OPERATION_FREEZE,
        .card = card("9999011000000019"),
        .sender = card("9999011000000019"),
        .amount_minor = amount_minor,
        .transmission = 1231183000 + sequence,
        .stan = (uint32_t)(1000 + sequence),
        .local_time = 183000,
        .local_date = 1231,
        .merchant_type = 4829,
        .entry_mode = 12,
        .acquirer = institution(ALPHA),
        .forwarder = institution(ALPHA),
        .reference = {.date = DAY, .sequence = sequence, .wallet = ALPHA, .shares = shares},
    };
    memcpy(op.terminal, "WALLET01", sizeof op.terminal);
    memcpy(op.merchant, "WALLET SERVICE ", sizeof op.merchant);
    memcpy(op.currency, "156", sizeof op.currency);
    char rrn[13];
    snprintf(rrn, sizeof rrn, "1231%08u", (unsigned)(sequence % 100000000));
    memcpy(op.rrn, rrn, sizeof op.rrn);
    return op;
}

/* The 0200/40 of one share through `wallet`, to a card of Jade's. */
static inline struct operation claim_of(const struct operation *freeze, uint16_t share,
                                        int64_t amount_minor, uint64_t wallet)
{
    struct operation op = *freeze;
    op.kind = OPERATION_CLAIM;
    op.receiver = card("9999022000000024");
    op.card = op.receiver;
    op.amount_minor = amount_minor;
    op.transmission = 1231200000 + share;
    op.stan = (uint32_t)(2000 + freeze->reference.sequence * 100 + share);
    op.acquirer = op.forwarder = institution(wallet);
    op.reference.share = share;
    op.original = operation_as_original(freeze);
    op.rrn[4] = '9';
    op.rrn[11] = (char)('0' + share % 10);
    return op;
}

static inline struct operation leg_of(const struct operation *claim, enum operation_kind kind)
{
    struct operation op = *claim;
    op.kind = kind;
    op.card = kind == OPERATION_DEBIT ? op.sender : op.receiver;
    return op;
}

/* A later message about `named`: the switch's own, with its DE 90. */
static inline struct operation about(const struct operation *named, enum operation_kind kind)
{
    struct operation op = *named;
    op.kind = kind;
    op.original = operation_as_original(named);
    op.stan = 900000 + named->stan % 1000;
    op.transmission = 1231230000 + named->stan % 1000;
    op.forwarder = institution(CENTRE);
    return op;
}

/* --- what the switch journals ----------------------------------------------------------------- */

static inline bool is_settled(uint8_t state)
{
    return state == SHARE_CREDITED || state == SHARE_CREDIT_UNKNOWN || state == SHARE_DISPUTED;
}

/* An entry of a share or a freeze, with what is open of its packet. */
static inline void write_touch(struct store *store, struct journal_entry *entry)
{
    struct fixture_packet *packet = packet_of(store, &entry->operation.reference);
    if (entry->event == JOURNAL_SHARE && is_settled(entry->to) && !is_settled(entry->from))
        packet->open_minor -= entry->operation.amount_minor;
    else if (entry->event == JOURNAL_FREEZE && entry->to == FREEZE_FROZEN)
        packet->frozen_minor = packet->open_minor = entry->moved_minor;
    else if (entry->event == JOURNAL_FREEZE && entry->to == FREEZE_REVERSING)
        packet->open_minor = 0;
    else if (entry->event == JOURNAL_FREEZE && entry->from == FREEZE_CLOSING)
        packet->open_minor = 0;
    entry->frozen_minor = packet->frozen_minor;
    entry->available_minor = packet->open_minor;
    write_entry(store, entry);
}

static inline void move_share(struct store *store, const struct operation *claim, uint32_t date,
                              enum share_state from, enum share_state to, uint16_t code)
{
    struct journal_entry entry;
    journal_begin(&entry, JOURNAL_SHARE, claim, 0);
    entry.from = (uint8_t)from;
    entry.to = (uint8_t)to;
    entry.code = code;
    entry.settlement_date = date;
    entry.sender_issuer = HARBOUR;
    entry.receiver_issuer = JADE;
    entry.moved_minor = claim->amount_minor;
    write_touch(store, &entry);
}

static inline void move_freeze(struct store *store, const struct operation *op, uint32_t date,
                               enum freeze_state from, enum freeze_state to, int64_t moved_minor)
{
    struct journal_entry entry;
    journal_begin(&entry, JOURNAL_FREEZE, op, 0);
    entry.from = (uint8_t)from;
    entry.to = (uint8_t)to;
    entry.settlement_date = date;
    entry.sender_issuer = HARBOUR;
    entry.moved_minor = moved_minor;
    if (to == FREEZE_FROZEN)
        memcpy(entry.authorisation, "000042", sizeof entry.authorisation);
    write_touch(store, &entry);
}

static inline void write_freeze(struct store *store, const struct operation *freeze, uint32_t date)
{
    move_freeze(store, freeze, date, FREEZE_NONE, FREEZE_FREEZING, 0);
    move_freeze(store, freeze, date, FREEZE_FREEZING, FREEZE_FROZEN, freeze->amount_minor);
}

/* A whole claim: CREDITED, or CREDIT_UNKNOWN, which is later confirmed. */
static inline void write_claim(struct store *store, const struct operation *claim, uint32_t date,
                               enum share_state end)
{
    move_share(store, claim, date, SHARE_NONE, SHARE_RESERVED, CODE_NONE);
    move_share(store, claim, date, SHARE_RESERVED, SHARE_CREDITING, CODE_NONE);
    move_share(store, claim, date, SHARE_CREDITING, end,
               end == SHARE_CREDITED ? CODE_APPROVED : CODE_TO_BE_CONFIRMED);
}

static inline void write_release(struct store *store, const struct operation *freeze, uint32_t date,
                                 int64_t left_minor)
{
    struct operation op = about(freeze, OPERATION_UNFREEZE);
    op.amount_minor = left_minor;
    move_freeze(store, &op, date, FREEZE_FROZEN, FREEZE_CLOSING, 0);
    move_freeze(store, &op, date, FREEZE_CLOSING, FREEZE_CLOSING, left_minor);
    move_freeze(store, &op, date, FREEZE_CLOSING, FREEZE_CLOSED, 0);
}

static inline void write_cut(struct store *store, uint32_t date)
{
    struct journal_entry entry;
    journal_begin(&entry, JOURNAL_CUT, NULL, 0);
    entry.settlement_date = date;
    write_entry(store, &entry);
}

/* What somebody has refused for good, as the switch keeps it for a person. */
static inline void put_dispute(struct store *store, const struct dispute *dispute)
{
    uint8_t record[DISPUTE_RECORD_MAX];
    bool of_share = dispute->about.kind == OPERATION_CLAIM;
    put_record(
        store,
        key_of_dispute(&dispute->about.reference, of_share ? dispute->about.reference.share : 0),
        record, dispute_encode(dispute, record));
}

/* What a party did or was told: its own journal. */
static inline void write_own(struct store *store, enum journal_event event,
                             const struct operation *op, uint32_t date, uint16_t code,
                             int64_t moved_minor)
{
    struct journal_entry entry;
    journal_begin(&entry, event, op, 0);
    entry.code = code;
    entry.settlement_date = date;
    entry.moved_minor = moved_minor;
    write_entry(store, &entry);
}

/* --- a small day ------------------------------------------------------------------------------ */

/* Two packets of Alpha: one of 600.00 in three shares, of which two are claimed, through both
 * wallets, and the third is released; one of 88.88 for one, whose credit is answered too late. */
struct day {
    struct store *store;
    struct operation freezes[2];
    struct operation claims[3];
};

static inline void day_write(struct day *day)
{
    struct store *store = day->store = store_new();
    day->freezes[0] = freeze_of(1, 60000, 3);
    day->freezes[1] = freeze_of(2, 8888, 1);
    day->claims[0] = claim_of(&day->freezes[0], 1, 20000, ALPHA);
    day->claims[1] = claim_of(&day->freezes[0], 2, 20000, BETA);
    day->claims[2] = claim_of(&day->freezes[1], 1, 8888, BETA);
    write_freeze(store, &day->freezes[0], DAY);
    write_freeze(store, &day->freezes[1], DAY);
    write_claim(store, &day->claims[0], DAY, SHARE_CREDITED);
    write_claim(store, &day->claims[1], DAY, SHARE_CREDITED);
    write_claim(store, &day->claims[2], DAY, SHARE_CREDIT_UNKNOWN);
    write_release(store, &day->freezes[0], DAY, 20000);
}

/* Loaded once, kept to the end. */
static inline struct layout_set *shipped_layouts(void)
{
    static struct layout_set set;
    struct fault fault = {RESULT_OK, ""};
    if (set.count == 0)
        must(layout_set_load(SPECS_DIR "/clearing", &set, &fault), &fault);
    return &set;
}

static inline struct clearing_config config_of(const struct scratch *scratch)
{
    return (struct clearing_config){
        .layouts = shipped_layouts(), .date = DAY, .out = scratch->path, .institution = CENTRE};
}

static inline enum result cut_day(struct store *store, const struct scratch *scratch,
                                  struct fault *fault)
{
    struct clearing_config config = config_of(scratch);
    struct clearing_result result;
    enum result done = clearing_cut(store, &config, &result, fault);
    clearing_result_deinit(&result);
    return done;
}

#endif
