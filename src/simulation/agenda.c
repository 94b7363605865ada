/* The agenda: a binary heap. */
#include "simulation/agenda.h"

#include "base/result.h"

void agenda_clear(struct agenda *agenda)
{
    agenda->count = 0;
    agenda->order = 0;
}

static bool is_before(const struct entry *a, const struct entry *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->order < b->order;
}

void agenda_add(struct agenda *agenda, const struct entry *entry)
{
    MUST(agenda->count < AGENDA_MAX);
    struct entry added = *entry;
    uint32_t at = agenda->count++;
    added.order = agenda->order++;
    while (at > 0 && is_before(&added, &agenda->entries[(at - 1) / 2])) {
        agenda->entries[at] = agenda->entries[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    agenda->entries[at] = added;
}

uint64_t agenda_due(const struct agenda *agenda)
{
    return agenda->count > 0 ? agenda->entries[0].due_us : UINT64_MAX;
}

struct entry agenda_take(struct agenda *agenda)
{
    MUST(agenda->count > 0);
    struct entry first = agenda->entries[0], last = agenda->entries[--agenda->count];
    uint32_t at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= agenda->count)
            break;
        if (child + 1 < agenda->count &&
            is_before(&agenda->entries[child + 1], &agenda->entries[child]))
            child++;
        if (!is_before(&agenda->entries[child], &last))
            break;
        agenda->entries[at] = agenda->entries[child];
        at = child;
    }
    agenda->entries[at] = last;
    return first;
}
