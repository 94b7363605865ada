/* Accounts of packets: touches in the order of the log, put into the order of packets. */
#include "clearing/packet_book.h"

#include "clearing/sorter.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* Packet and log record; date, kind, four amounts' worth, shares, issuer, currency. */
    TOUCH_LEN = FREEZE_NAME_LEN + 8 + 4 + 1 + 8 + 8 + 8 + 2 + 5 + 3,
    BOOK_MEMORY = 8 << 20, /* 130,000 touches; more go to a file */
};

enum touch_kind { TOUCH_FROZEN, TOUCH_CLAIMED, TOUCH_UNFROZEN, TOUCH_REVERSED, TOUCH_KINDS };

struct touch {
    struct packet_account account; /* without its sums */
    uint64_t number;               /* log record */
    uint32_t date;
    enum touch_kind kind;
    int64_t moved_minor;
    int64_t frozen_minor, open_minor; /* as the switch said, after it */
};

struct packet_book {
    uint32_t date;
    struct sorter *sorter;
    bool is_sorted, has_next;
    struct touch next;
};

enum result packet_book_open(uint32_t date, const char *folder, struct packet_book **opened,
                             struct fault *fault)
{
    struct packet_book *book = calloc(1, sizeof *book);
    *opened = NULL;
    if (book == NULL)
        return fault_set(fault, RESULT_IO, "no memory for the packets");
    book->date = date;
    enum result result = sorter_open(TOUCH_LEN, BOOK_MEMORY, folder, &book->sorter, fault);
    if (result == RESULT_OK)
        *opened = book;
    else
        free(book);
    return result;
}

void packet_book_close(struct packet_book *book)
{
    if (book != NULL)
        sorter_close(book->sorter);
    free(book);
}

/* --- touches ---------------------------------------------------------------------------------- */

/* The money of these has left the packet for good, or nobody can say yet that it has not. */
static bool is_settled(uint8_t state)
{
    return state == SHARE_CREDITED || state == SHARE_CREDIT_UNKNOWN || state == SHARE_DISPUTED;
}

/* false: nothing has moved. */
static bool touch_of(const struct journal_entry *entry, struct touch *touch)
{
    uint8_t from = entry->from, to = entry->to;
    touch->moved_minor = entry->moved_minor;
    if (entry->event == JOURNAL_SHARE) {
        touch->kind = TOUCH_CLAIMED;
        touch->moved_minor = entry->operation.amount_minor;
        return is_settled(to) && !is_settled(from);
    }
    if (entry->event != JOURNAL_FREEZE)
        return false;
    touch->kind = TOUCH_FROZEN;
    if (from == FREEZE_FREEZING && to == FREEZE_FROZEN)
        return true;
    /* Only a packet of which nothing is taken is reversed. */
    if (from == FREEZE_FROZEN && to == FREEZE_REVERSING) {
        touch->kind = TOUCH_REVERSED;
        touch->moved_minor = entry->frozen_minor;
        return true;
    }
    touch->kind = TOUCH_UNFROZEN;
    return from == FREEZE_CLOSING && to == FREEZE_CLOSING;
}

enum result packet_book_take(struct packet_book *book, const struct journal_entry *entry,
                             uint64_t number, struct fault *fault)
{
    struct touch touch;
    uint8_t record[TOUCH_LEN];
    struct writer w = writer_to(record, sizeof record);
    if (!touch_of(entry, &touch))
        return RESULT_OK;
    reference_name_write(&w, &entry->operation.reference);
    write_u64(&w, number);
    write_u32(&w, entry->settlement_date);
    write_u8(&w, (uint8_t)touch.kind);
    write_u64(&w, (uint64_t)touch.moved_minor);
    write_u64(&w, (uint64_t)entry->frozen_minor);
    write_u64(&w, (uint64_t)entry->available_minor);
    write_u16(&w, entry->operation.reference.shares);
    write_uint(&w, entry->sender_issuer, 5);
    write_bytes(&w, entry->operation.currency, sizeof entry->operation.currency);
    MUST(!w.bad && w.len == TOUCH_LEN);
    return sorter_add(book->sorter, record, fault);
}

static enum result read_next(struct packet_book *book, struct fault *fault)
{
    const void *record;
    struct touch *touch = &book->next;
    TRY(sorter_next(book->sorter, &record, fault));
    book->has_next = record != NULL;
    if (!book->has_next)
        return RESULT_OK;
    struct reader r = reader_of(bytes_of(record, TOUCH_LEN));
    *touch = (struct touch){0};
    reference_name_read(&r, &touch->account.reference);
    touch->number = read_u64(&r);
    touch->date = read_u32(&r);
    touch->kind = (enum touch_kind)read_u8(&r);
    touch->moved_minor = (int64_t)read_u64(&r);
    touch->frozen_minor = (int64_t)read_u64(&r);
    touch->open_minor = (int64_t)read_u64(&r);
    touch->account.reference.shares = read_u16(&r);
    touch->account.sender_issuer = read_uint(&r, 5);
    read_bytes(&r, touch->account.currency, sizeof touch->account.currency);
    MUST(!r.bad && r.at == r.end && touch->kind < TOUCH_KINDS);
    return RESULT_OK;
}

/* --- accounts --------------------------------------------------------------------------------- */

static enum result refuse(const struct touch *touch, const char *why, int64_t expected_minor,
                          int64_t got_minor, struct fault *fault)
{
    const struct freeze_reference *reference = &touch->account.reference;
    return fault_set(fault, RESULT_CORRUPT,
                     "log record %" PRIu64 ": packet %08u-%" PRIu64 " of %011" PRIu64
                     " does not add up: %s: expected %" PRId64 ", got %" PRId64,
                     touch->number, reference->date, reference->sequence, reference->wallet, why,
                     expected_minor, got_minor);
}

/* What was open before the first entry; what shares had by then is the rest. */
static enum result begin_account(const struct touch *touch, int64_t *open_minor,
                                 struct packet_account *account, struct fault *fault)
{
    int64_t before_minor = touch->frozen_minor;
    *account = touch->account;
    if (touch->kind != TOUCH_FROZEN &&
        __builtin_add_overflow(touch->open_minor, touch->moved_minor, &before_minor))
        before_minor = -1;
    if (touch->frozen_minor <= 0 || touch->frozen_minor > FREEZE_AMOUNT_MAX_MINOR ||
        before_minor < 0 || before_minor > touch->frozen_minor)
        return refuse(touch, "open at most what was frozen", touch->frozen_minor, before_minor,
                      fault);
    account->sums.frozen_minor = touch->frozen_minor;
    account->sums.claimed_minor = touch->frozen_minor - before_minor;
    *open_minor = before_minor;
    return RESULT_OK;
}

/* One entry: what was open before it less what it moved is what is open now. */
static enum result check_touch(const struct touch *touch, const struct packet_account *account,
                               bool is_first, int64_t *open_minor, struct fault *fault)
{
    int64_t moved_minor = touch->kind == TOUCH_FROZEN ? 0 : touch->moved_minor;
    int64_t expected_minor = *open_minor - moved_minor;
    if (touch->frozen_minor != account->sums.frozen_minor ||
        (touch->kind == TOUCH_FROZEN && touch->moved_minor != touch->frozen_minor))
        return refuse(touch, "frozen", account->sums.frozen_minor,
                      touch->kind == TOUCH_FROZEN ? touch->moved_minor : touch->frozen_minor,
                      fault);
    if (touch->kind == TOUCH_FROZEN && !is_first)
        return refuse(touch, "frozen once, had before", 0, account->sums.frozen_minor, fault);
    if (moved_minor < 0 || expected_minor < 0)
        return refuse(touch, "moved at most what was open", *open_minor, moved_minor, fault);
    if (touch->kind >= TOUCH_UNFROZEN && moved_minor != *open_minor)
        return refuse(touch, "given back", *open_minor, moved_minor, fault);
    if (touch->open_minor != expected_minor)
        return refuse(touch, "open", expected_minor, touch->open_minor, fault);
    *open_minor = touch->open_minor;
    return RESULT_OK;
}

static void add_touch(const struct touch *touch, struct packet_sums *sums)
{
    if (touch->kind == TOUCH_CLAIMED)
        sums->claimed_minor += touch->moved_minor;
    else if (touch->kind == TOUCH_UNFROZEN)
        sums->unfrozen_minor += touch->moved_minor;
    else if (touch->kind == TOUCH_REVERSED)
        sums->reversed_minor += touch->moved_minor;
}

/* All entries of one packet, of which the next is the first. */
static enum result read_account(struct packet_book *book, struct packet_account *account,
                                bool *is_touched, struct fault *fault)
{
    int64_t open_minor = 0, later_minor = 0; /* what later dates have moved */
    struct touch last = book->next;
    struct packet_sums *sums = &account->sums;
    TRY(begin_account(&last, &open_minor, account, fault));
    *is_touched = false;
    for (bool is_first = true; book->has_next; is_first = false) {
        const struct touch *touch = &book->next;
        if (!reference_same_freeze(&touch->account.reference, &account->reference))
            break;
        TRY(check_touch(touch, account, is_first, &open_minor, fault));
        *is_touched = *is_touched || touch->date == book->date;
        if (touch->date <= book->date)
            add_touch(touch, sums);
        else if (touch->kind != TOUCH_FROZEN)
            later_minor += touch->moved_minor;
        last = *touch;
        TRY(read_next(book, fault));
    }
    sums->open_minor = open_minor + later_minor;
    int64_t all_minor =
        sums->claimed_minor + sums->unfrozen_minor + sums->reversed_minor + sums->open_minor;
    if (all_minor != sums->frozen_minor)
        return refuse(&last, "frozen", sums->frozen_minor, all_minor, fault);
    return RESULT_OK;
}

enum result packet_book_next(struct packet_book *book, struct packet_account *account, bool *found,
                             struct fault *fault)
{
    if (!book->is_sorted) {
        TRY(sorter_sort(book->sorter, fault));
        TRY(read_next(book, fault));
        book->is_sorted = true;
    }
    *found = false;
    while (book->has_next && !*found)
        TRY(read_account(book, account, found, fault));
    return RESULT_OK;
}
