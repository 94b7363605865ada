/* Items and lists of them. */
#include "clearing/item.h"

#include <stdlib.h>

enum { ROOM_FIRST = 256 };

bool item_is_money(enum operation_kind kind)
{
    return kind == OPERATION_DEBIT || kind == OPERATION_CREDIT || kind == OPERATION_CLAIM;
}

static void encode_key(const struct operation *operation, uint8_t out[ITEM_KEY_LEN])
{
    struct writer w = writer_to(out, ITEM_KEY_LEN);
    memset(out, 0, ITEM_KEY_LEN);
    write_u8(&w, (uint8_t)operation->kind);
    if (item_is_money(operation->kind)) {
        struct transaction_key key = operation_key(operation);
        uint8_t encoded[TRANSACTION_KEY_LEN];
        transaction_key_encode(&key, encoded);
        write_bytes(&w, encoded, sizeof encoded);
    } else {
        write_uint(&w, operation->reference.wallet, 5);
        write_u32(&w, operation->reference.date);
        write_uint(&w, operation->reference.sequence, 5);
    }
    MUST(!w.bad);
}

struct item item_of(const struct operation *operation, uint32_t date, int64_t amount_minor)
{
    struct item item = {
        .kind = operation->kind,
        .date = date,
        .amount_minor = amount_minor,
        .reference = operation->reference,
        .card = operation->card,
        .transmission = operation->transmission,
        .stan = operation->stan,
    };
    memcpy(item.rrn, operation->rrn, sizeof item.rrn);
    encode_key(operation, item.key);
    return item;
}

enum result items_add(struct items *items, const struct item *item, struct fault *fault)
{
    if (items->count == ITEMS_MAX)
        return fault_set(fault, RESULT_LIMIT, "more than %d items to compare in memory", ITEMS_MAX);
    if (items->count == items->room) {
        size_t room = items->room == 0 ? ROOM_FIRST : items->room * 2;
        void *list = realloc(items->list, room * sizeof *items->list);
        if (list == NULL)
            return fault_set(fault, RESULT_IO, "no memory for %zu items", room);
        items->list = list;
        items->room = room;
    }
    items->list[items->count++] = *item;
    return RESULT_OK;
}

void items_deinit(struct items *items)
{
    free(items->list);
    *items = (struct items){0};
}

static int compare(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    int order = memcmp(a->key, b->key, ITEM_KEY_LEN);
    if (order == 0)
        order = (a->amount_minor > b->amount_minor) - (a->amount_minor < b->amount_minor);
    if (order == 0)
        order = (a->source > b->source) - (a->source < b->source);
    return order != 0 ? order : (a->place > b->place) - (a->place < b->place);
}

void items_sort(struct items *items)
{
    if (items->count > 0)
        qsort(items->list, items->count, sizeof *items->list, compare);
}

size_t items_place(const struct items *items, const uint8_t key[ITEM_KEY_LEN])
{
    size_t low = 0, high = items->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(items->list[middle].key, key, ITEM_KEY_LEN) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
