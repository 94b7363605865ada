/* Sums of fees: a list, and a map from what each is of to its place. */
#include "clearing/fee_book.h"

#include <stdlib.h>
#include <string.h>

struct fee_share fee_share_of(const struct journal_entry *entry, uint64_t institution)
{
    const struct operation *claim = &entry->operation;
    bool is_purchase = entry->event == JOURNAL_PURCHASE;
    struct fee_share share = {
        .is_purchase = is_purchase,
        .is_reversal = is_purchase && entry->from == PURCHASE_PURCHASED,
        .institutions = {[FEE_ACQUIRER] = claim->forwarder.number,
                         [FEE_SENDER_ISSUER] = entry->sender_issuer,
                         [FEE_RECEIVER_ISSUER] = entry->receiver_issuer,
                         [FEE_SENDER_WALLET] = claim->reference.wallet,
                         [FEE_ISSUER] = entry->sender_issuer,
                         [FEE_SWITCH] = institution},
        .amount_minor = claim->amount_minor,
    };
    memcpy(share.currency, claim->currency, sizeof share.currency);
    return share;
}

/* --- sums ------------------------------------------------------------------------------------- */

enum { KEY_LEN = 1 + 8 + 8 + FEE_CURRENCY_LEN, ROOM_FIRST = 64 };

static void key_of(const struct fee_sum *sum, uint8_t key[KEY_LEN])
{
    struct writer w = writer_to(key, KEY_LEN);
    write_u8(&w, (uint8_t)sum->fee);
    write_u64(&w, sum->payer);
    write_u64(&w, sum->payee);
    write_bytes(&w, sum->currency, sizeof sum->currency);
    MUST(!w.bad);
}

/* List and map have the same room. */
static enum result widen(struct fee_book *book, struct fault *fault)
{
    struct map wider;
    uint8_t key[KEY_LEN];
    size_t room = book->room == 0 ? ROOM_FIRST : book->room * 2;
    if (book->count == FEE_BOOK_MAX)
        return fault_set(fault, RESULT_LIMIT, "more than %d sums of fees", FEE_BOOK_MAX);
    void *list = realloc(book->list, room * sizeof *book->list);
    if (list == NULL)
        return fault_set(fault, RESULT_IO, "no memory for %zu sums of fees", room);
    book->list = list;
    TRY(map_init(&wider, KEY_LEN, room, 0, fault));
    for (size_t i = 0; i < book->count; i++) {
        key_of(&book->list[i], key);
        MUST(map_put(&wider, key, (void *)(uintptr_t)(i + 1)));
    }
    map_deinit(&book->places);
    book->places = wider;
    book->room = room;
    return RESULT_OK;
}

enum result fee_book_add(struct fee_book *book, const struct fee_share *share,
                         const struct fee_item *item, struct fault *fault)
{
    struct fee_sum new = {.payer = item->payer, .payee = item->payee, .fee = item->fee};
    uint8_t key[KEY_LEN];
    memcpy(new.currency, share->currency, sizeof new.currency);
    key_of(&new, key);
    uintptr_t place = book->room > 0 ? (uintptr_t)map_find(&book->places, key) : 0;
    if (place == 0) {
        if (book->count == book->room)
            TRY(widen(book, fault));
        book->list[book->count++] = new;
        place = book->count;
        MUST(map_put(&book->places, key, (void *)place));
    }
    struct fee_sum *sum = &book->list[place - 1];
    int64_t base_minor = share->is_reversal ? -share->amount_minor : share->amount_minor;
    sum->count += share->is_reversal ? UINT64_MAX : 1; /* its purchase came before it */
    if (__builtin_add_overflow(sum->base_minor, base_minor, &sum->base_minor) ||
        __builtin_add_overflow(sum->amount_minor, item->amount_minor, &sum->amount_minor))
        return fault_set(fault, RESULT_LIMIT, "a sum of fees has over 18 digits");
    return RESULT_OK;
}

static int by_key(const void *left, const void *right)
{
    uint8_t a[KEY_LEN], b[KEY_LEN];
    key_of(left, a);
    key_of(right, b);
    return memcmp(a, b, KEY_LEN);
}

void fee_book_sort(struct fee_book *book)
{
    if (book->count > 0)
        qsort(book->list, book->count, sizeof *book->list, by_key);
}

void fee_book_deinit(struct fee_book *book)
{
    free(book->list);
    map_deinit(&book->places);
    *book = (struct fee_book){0};
}
