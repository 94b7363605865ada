/* A synthetic day: who sends packets to whom, and what each party's journal says of it.
 *
 * Packets have 1, 3, 8 and 4 shares in turn; of every fourth one share is never claimed, and is
 * released. A fixed number of credits is answered too late, so that there are exceptions, and no
 * more of them on a larger day. */
#include "bench_clearing.h"

#include "base/date.h"
#include "lab/card.h"
#include "redpacket/journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum {
    SHAPES = 4,
    SHAPE_CLAIMS = 16,   /* of all shapes together */
    SHAPE_LEFT = 2,      /* which has a share more than is claimed */
    LEFT_MINOR = 5 * 99, /* that share */
    LATE = 200,          /* credits of a day that are answered too late */
    CARDS = 1000,        /* of an issuer */
    MESSAGE_LEN = 290,   /* a usual one; nobody reads it here */
    ROOM = 8192,         /* entries in memory: eight commits */
    PATH_MAX_LEN = COMMAND_PATH_MAX + BENCH_NAME_MAX,
};

static const uint64_t STORE_SIZE_MAX = (uint64_t)64 << 30; /* addresses, not disk */
static const unsigned shape_claims[SHAPES] = {1, 3, 8, 4};
static const uint64_t institutions[BENCH_PARTIES] = {
    95550001, 95550002, 95550003, 95550004, /* issuers */
    91230001, 91230002,                     /* wallets */
};

uint64_t bench_day_institution(unsigned party)
{
    MUST(party < BENCH_PARTIES);
    return institutions[party];
}

/* --- who and what, from numbers --------------------------------------------------------------- */

/* splitmix64's last step: neighbours have nothing in common. */
static uint64_t mix(uint64_t value)
{
    value += 0x9E3779B97F4A7C15u;
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
    value = (value ^ value >> 27) * 0x94D049BB133111EBu;
    return value ^ value >> 31;
}

struct cards {
    struct pan of[BENCH_ISSUERS][CARDS];
};

static void cards_make(struct cards *cards)
{
    for (unsigned issuer = 0; issuer < BENCH_ISSUERS; issuer++)
        for (unsigned i = 0; i < CARDS; i++) {
            struct pan *pan = &cards->of[issuer][i];
            char body[16];
            int len = snprintf(body, sizeof body, "99990%u%09u", issuer + 1, i);
            memcpy(pan->digits, body, (size_t)len);
            pan->digits[len] = lab_card_check_digit(bytes_of(body, (size_t)len));
            pan->len = (uint8_t)(len + 1);
        }
}

struct packet {
    struct operation freeze; /* the 0100 */
    uint64_t first_claim;    /* of the day, from 0 */
    unsigned claims;
    int64_t left_minor; /* of it, at the end; 0: nothing, and nobody closes it */
    unsigned issuer, wallet;
};

struct claim {
    struct operation operation; /* the 0200/40 */
    uint64_t number;
    unsigned issuer, wallet; /* the receiver's, and the one that forwards it */
    bool is_late;
};

static int64_t amount_of(uint64_t claim)
{
    return 1 + (int64_t)(mix(claim) % 20000);
}

/* What happens to claim `number`, of all, in the course of a day. */
static int64_t wall_of(const struct bench_day *day, uint64_t number)
{
    static const double DAY_US = 86400e6;
    double part = (double)number / (double)(day->claims + 1);
    return date_to_wall(BENCH_DAY) + (int64_t)(part * DAY_US);
}

static struct operation operation_of(const struct bench_day *day, enum operation_kind kind,
                                     uint64_t number, unsigned wallet)
{
    struct operation op = {
        .kind = kind,
        .transmission = date_de7(wall_of(day, number)),
        .local_time = date_time_of_wall(wall_of(day, number)),
        .local_date = BENCH_DAY % 10000,
        .settlement = BENCH_DAY % 10000,
        .merchant_type = 4829,
        .entry_mode = 12,
        .acquirer = {institutions[BENCH_ISSUERS + wallet], INSTITUTION_LEN_MAX},
        .forwarder = {institutions[BENCH_ISSUERS + wallet], INSTITUTION_LEN_MAX},
    };
    memcpy(op.terminal, "WALLET01", sizeof op.terminal);
    memcpy(op.merchant, "WALLET SERVICE ", sizeof op.merchant);
    memcpy(op.currency, "156", sizeof op.currency);
    return op;
}

static struct packet packet_of(const struct bench_day *day, const struct cards *cards,
                               uint64_t number)
{
    unsigned shape = number % SHAPES;
    struct packet packet = {.first_claim = number / SHAPES * SHAPE_CLAIMS};
    for (unsigned i = 0; i < shape; i++)
        packet.first_claim += shape_claims[i];
    packet.issuer = mix(~number) % BENCH_ISSUERS;
    packet.wallet = (mix(~number) >> 32) % BENCH_WALLETS;
    int64_t amount_minor = shape == SHAPE_LEFT ? LEFT_MINOR : 0;
    packet.left_minor = amount_minor;
    for (unsigned i = 0; i < shape_claims[shape]; i++) {
        int64_t share_minor = amount_of(packet.first_claim + i);
        bool is_claimed = packet.first_claim + i < day->claims;
        amount_minor += share_minor;
        packet.claims += is_claimed;
        packet.left_minor += is_claimed ? 0 : share_minor; /* the day is over before */
    }
    struct operation *op = &packet.freeze;
    *op = operation_of(day, OPERATION_FREEZE, packet.first_claim, packet.wallet);
    op->card = op->sender = cards->of[packet.issuer][(mix(~number) >> 40) % CARDS];
    op->amount_minor = amount_minor;
    op->stan = 2 * (uint32_t)(number % 400000) + 1; /* odd: those of claims are even */
    op->reference = (struct freeze_reference){
        .date = BENCH_DAY,
        .sequence = number + 1,
        .wallet = institutions[BENCH_ISSUERS + packet.wallet],
        .shares = (uint16_t)(shape_claims[shape] + (shape == SHAPE_LEFT)),
    };
    digits_format(number, op->rrn, sizeof op->rrn);
    return packet;
}

static struct claim claim_of(const struct bench_day *day, const struct cards *cards,
                             const struct packet *packet, unsigned index)
{
    uint64_t number = packet->first_claim + index, every = day->claims / LATE + 1;
    uint64_t drawn = mix(number ^ 0x5EED);
    struct claim claim = {
        .number = number,
        .issuer = drawn % BENCH_ISSUERS,
        .wallet = (drawn >> 32) % BENCH_WALLETS,
        .is_late = number % every == every - 1,
    };
    struct operation *op = &claim.operation;
    *op = operation_of(day, OPERATION_CLAIM, number, claim.wallet);
    op->sender = packet->freeze.sender;
    op->card = op->receiver = cards->of[claim.issuer][(drawn >> 40) % CARDS];
    op->amount_minor = amount_of(number);
    op->stan = 2 * (uint32_t)(number % 400000 + 1);
    op->reference = packet->freeze.reference;
    op->reference.share = (uint16_t)(index + 1);
    op->original = operation_as_original(&packet->freeze);
    digits_format(UINT64_C(500000000000) + number, op->rrn, sizeof op->rrn);
    return claim;
}

/* The wallet's notice, or what the switch sends the issuer. */
static struct operation unfreeze_of(const struct packet *packet, uint64_t forwarder)
{
    struct operation op = packet->freeze;
    op.kind = OPERATION_UNFREEZE;
    op.original = operation_as_original(&packet->freeze);
    op.amount_minor = packet->left_minor;
    op.stan += 100000;
    op.forwarder = (struct institution){forwarder, INSTITUTION_LEN_MAX};
    return op;
}

/* --- a book: entries written in large batches ------------------------------------------------- */

struct slot {
    struct store_step step;
    struct journal_entry entry;
};

struct book {
    const struct bench_day *day;
    const struct cards *cards;
    struct store *store;
    struct slot *slots; /* ROOM */
    size_t used;
    uint64_t records;
    int64_t open_minor; /* the switch's: of the packet that is being written */
    enum result result;
    struct fault *fault;
};

static void apply_entry(struct store_step *step, struct store_tx *tx)
{
    journal_write(tx, &((const struct slot *)step)->entry);
}

static void done_entry(struct store_step *step, void *context)
{
    (void)step;
    (void)context;
}

static void book_flush(struct book *book)
{
    for (size_t i = 0; i < book->used; i++) {
        book->slots[i].step = (struct store_step){.apply = apply_entry, .done = done_entry};
        store_submit(book->store, &book->slots[i].step);
    }
    if (book->used > 0 && book->result == RESULT_OK)
        book->result = store_drain(book->store, book->fault);
    book->records += book->used;
    book->used = 0;
}

/* A blank entry, which the caller fills before the next one; with a message or without. */
static struct journal_entry *book_add(struct book *book, enum journal_event event,
                                      const struct operation *operation, uint64_t claim,
                                      bool has_message)
{
    static const uint8_t message[MESSAGE_LEN];
    if (book->used == ROOM)
        book_flush(book);
    struct journal_entry *entry = &book->slots[book->used++].entry;
    journal_begin(entry, event, operation, wall_of(book->day, claim));
    entry->settlement_date = BENCH_DAY;
    if (has_message)
        entry->message = bytes_of(message, sizeof message);
    return entry;
}

/* --- the switch's ----------------------------------------------------------------------------- */

static void add_share_step(struct book *book, const struct packet *packet,
                           const struct claim *claim, enum share_state from, enum share_state to,
                           uint16_t code)
{
    struct journal_entry *entry =
        book_add(book, JOURNAL_SHARE, &claim->operation, claim->number, true);
    entry->from = (uint8_t)from;
    entry->to = (uint8_t)to;
    entry->code = code;
    entry->sender_issuer = institutions[packet->issuer];
    entry->receiver_issuer = institutions[claim->issuer];
    entry->moved_minor = claim->operation.amount_minor;
    if (from == SHARE_CREDITING)
        book->open_minor -= claim->operation.amount_minor;
    entry->frozen_minor = packet->freeze.amount_minor;
    entry->available_minor = book->open_minor;
}

static void add_freeze_step(struct book *book, const struct packet *packet,
                            const struct operation *operation, enum freeze_state from,
                            enum freeze_state to, int64_t moved_minor)
{
    struct journal_entry *entry =
        book_add(book, JOURNAL_FREEZE, operation, packet->first_claim, true);
    entry->from = (uint8_t)from;
    entry->to = (uint8_t)to;
    entry->code = CODE_APPROVED;
    entry->sender_issuer = institutions[packet->issuer];
    entry->moved_minor = moved_minor;
    if (to == FREEZE_FROZEN)
        book->open_minor = moved_minor;
    else if (from == FREEZE_CLOSING)
        book->open_minor = 0;
    entry->frozen_minor = packet->freeze.amount_minor;
    entry->available_minor = book->open_minor;
    if (to == FREEZE_FROZEN)
        memcpy(entry->authorisation, "000042", sizeof entry->authorisation);
}

static void add_to_switch(struct book *book, const struct packet *packet)
{
    add_freeze_step(book, packet, &packet->freeze, FREEZE_NONE, FREEZE_FREEZING, 0);
    add_freeze_step(book, packet, &packet->freeze, FREEZE_FREEZING, FREEZE_FROZEN,
                    packet->freeze.amount_minor);
    for (unsigned i = 0; i < packet->claims; i++) {
        struct claim claim = claim_of(book->day, book->cards, packet, i);
        add_share_step(book, packet, &claim, SHARE_NONE, SHARE_RESERVED, CODE_NONE);
        add_share_step(book, packet, &claim, SHARE_RESERVED, SHARE_CREDITING, CODE_NONE);
        if (claim.is_late)
            add_share_step(book, packet, &claim, SHARE_CREDITING, SHARE_CREDIT_UNKNOWN,
                           CODE_TO_BE_CONFIRMED);
        add_share_step(book, packet, &claim, claim.is_late ? SHARE_CREDIT_UNKNOWN : SHARE_CREDITING,
                       SHARE_CREDITED, CODE_APPROVED);
    }
    if (packet->left_minor == 0)
        return;
    struct operation notice = unfreeze_of(packet, packet->freeze.forwarder.number);
    struct operation release = unfreeze_of(packet, BENCH_SWITCH);
    add_freeze_step(book, packet, &notice, FREEZE_FROZEN, FREEZE_CLOSING, 0);
    add_freeze_step(book, packet, &release, FREEZE_CLOSING, FREEZE_CLOSING, packet->left_minor);
    add_freeze_step(book, packet, &release, FREEZE_CLOSING, FREEZE_CLOSED, 0);
}

/* --- an issuer's ------------------------------------------------------------------------------ */

static void add_posting(struct book *book, const struct operation *operation, uint64_t claim)
{
    struct journal_entry *entry = book_add(book, JOURNAL_POSTED, operation, claim, true);
    entry->code = CODE_APPROVED;
    entry->moved_minor = operation->amount_minor;
}

static void add_to_issuer(struct book *book, const struct packet *packet, unsigned issuer)
{
    bool is_sender = packet->issuer == issuer;
    if (is_sender)
        add_posting(book, &packet->freeze, packet->first_claim);
    for (unsigned i = 0; i < packet->claims; i++) {
        struct claim claim = claim_of(book->day, book->cards, packet, i);
        struct operation leg = claim.operation;
        leg.kind = OPERATION_DEBIT;
        leg.card = leg.sender;
        if (is_sender)
            add_posting(book, &leg, claim.number);
        leg.kind = OPERATION_CREDIT;
        leg.card = leg.receiver;
        if (claim.issuer == issuer)
            add_posting(book, &leg, claim.number);
    }
    struct operation release = unfreeze_of(packet, BENCH_SWITCH);
    if (is_sender && packet->left_minor > 0)
        add_posting(book, &release, packet->first_claim);
}

/* --- a wallet's ------------------------------------------------------------------------------- */

static void add_exchange(struct book *book, const struct operation *operation, uint64_t claim,
                         uint16_t code)
{
    struct journal_entry *entry = book_add(book, JOURNAL_REQUESTED, operation, claim, false);
    entry->settlement_date = 0; /* the answer says it */
    entry = book_add(book, JOURNAL_ANSWERED, operation, claim, true);
    entry->code = code;
    entry->moved_minor = operation->amount_minor;
}

static void add_to_wallet(struct book *book, const struct packet *packet, unsigned wallet)
{
    bool is_own = packet->wallet == wallet;
    if (is_own)
        add_exchange(book, &packet->freeze, packet->first_claim, CODE_APPROVED);
    for (unsigned i = 0; i < packet->claims; i++) {
        struct claim claim = claim_of(book->day, book->cards, packet, i);
        if (claim.wallet == wallet)
            add_exchange(book, &claim.operation, claim.number,
                         claim.is_late ? CODE_TO_BE_CONFIRMED : CODE_APPROVED);
    }
    struct operation notice = unfreeze_of(packet, packet->freeze.forwarder.number);
    if (is_own && packet->left_minor > 0)
        add_exchange(book, &notice, packet->first_claim, CODE_APPROVED);
}

/* --- all of them ------------------------------------------------------------------------------ */

struct cutover {
    struct store_step step;
    uint64_t institution; /* whose log it is */
    int64_t wall_us;
};

static void apply_cutover(struct store_step *step, struct store_tx *tx)
{
    const struct cutover *cutover = (const struct cutover *)step;
    struct journal_entry entry;
    uint8_t record[4];
    struct writer w = writer_to(record, sizeof record);
    write_u32(&w, BENCH_NEXT_DAY);
    store_tx_put(tx, 0, record, w.len);
    journal_begin(&entry, JOURNAL_DAY, NULL, cutover->wall_us);
    entry.settlement_date = BENCH_NEXT_DAY;
    entry.operation.forwarder = (struct institution){cutover->institution, INSTITUTION_LEN_MAX};
    journal_write(tx, &entry);
}

static enum result write_cutover(struct book *book, unsigned party, struct fault *fault)
{
    struct cutover cutover = {
        .step = {.apply = apply_cutover, .done = done_entry},
        .institution = party == BENCH_PARTIES ? BENCH_SWITCH : institutions[party],
        .wall_us = wall_of(book->day, book->day->claims + 1),
    };
    store_step_key(&cutover.step, key_of_name(TABLE_BATCH, "business-date"));
    store_submit(book->store, &cutover.step);
    book->records++;
    return store_drain(book->store, fault);
}

static uint64_t packets_of(const struct bench_day *day)
{
    uint64_t packets = day->claims / SHAPE_CLAIMS * SHAPES, claims = day->claims % SHAPE_CLAIMS;
    for (unsigned i = 0; claims > 0; i++, packets++)
        claims -= claims < shape_claims[i] ? claims : shape_claims[i];
    return packets;
}

/* `party`: BENCH_PARTIES is the switch. */
static void fill_book(struct book *book, unsigned party, uint64_t packets, uint64_t *released)
{
    for (uint64_t i = 0; i < packets && book->result == RESULT_OK; i++) {
        struct packet packet = packet_of(book->day, book->cards, i);
        if (party == BENCH_PARTIES)
            add_to_switch(book, &packet);
        else if (party < BENCH_ISSUERS)
            add_to_issuer(book, &packet, party);
        else
            add_to_wallet(book, &packet, party - BENCH_ISSUERS);
        *released += party == BENCH_PARTIES && packet.left_minor > 0;
    }
    book_flush(book);
}

static enum result write_book(struct book *book, const char *folder, unsigned party,
                              struct bench_books *books, struct fault *fault)
{
    char path[PATH_MAX_LEN];
    int len = party == BENCH_PARTIES ? snprintf(path, sizeof path - 8, "%s/switch", folder)
                                     : snprintf(path, sizeof path - 8, "%s/%011llu", folder,
                                                (unsigned long long)institutions[party]);
    if (mkdir(path, S_IRWXU) != 0)
        return fault_set(fault, RESULT_IO, "%.200s: %s", path, strerror(errno));
    memcpy(path + len, "/store", sizeof "/store");
    TRY(store_open_lmdb(path, STORE_READ_WRITE, STORE_SIZE_MAX, &book->store, fault));
    book->records = 0;
    fill_book(book, party, books->packets, &books->released);
    enum result result = book->result;
    if (result == RESULT_OK)
        result = write_cutover(book, party, fault);
    store_close(book->store);
    *(party == BENCH_PARTIES ? &books->switch_records : &books->records) += book->records;
    return result;
}

enum result bench_day_write(const struct bench_day *day, const char *folder,
                            struct bench_books *books, struct fault *fault)
{
    struct cards *cards = calloc(1, sizeof *cards);
    struct book book = {.day = day, .cards = cards, .fault = fault};
    book.slots = calloc(ROOM, sizeof *book.slots);
    *books = (struct bench_books){.packets = packets_of(day)};
    enum result result = RESULT_OK;
    if (cards == NULL || book.slots == NULL)
        result = fault_set(fault, RESULT_IO, "no memory for a day");
    else
        cards_make(cards);
    for (unsigned party = day->is_switch_only ? BENCH_PARTIES : 0;
         party <= BENCH_PARTIES && result == RESULT_OK; party++) {
        command_progress("books", party, BENCH_PARTIES + 1);
        result = write_book(&book, folder, party, books, fault);
    }
    if (result == RESULT_OK)
        command_progress("books", BENCH_PARTIES + 1, BENCH_PARTIES + 1);
    free(book.slots);
    free(cards);
    return result;
}
