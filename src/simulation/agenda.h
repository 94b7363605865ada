/* What is to happen in a simulated world, in order: a heap of entries by time; those of one moment
 * come out in the order in which they were put in. Of fixed size. */
#ifndef SIMULATION_AGENDA_H
#define SIMULATION_AGENDA_H

#include <stdbool.h>
#include <stdint.h>

enum { AGENDA_MAX = 2048 };

enum entry_what {
    ENTRY_DELIVER, /* which: a flight of the network */
    ENTRY_SIDE_DOWN,
    ENTRY_LINK_UP,
    ENTRY_RESTART, /* which: a node */
    ENTRY_ACTION,  /* which: an action of the plan */
    ENTRY_TROUBLE, /* which: a trouble of the plan */
    ENTRY_TROUBLE_END,
    ENTRY_HEAL,
};

struct entry {
    uint64_t due_us;
    uint64_t order; /* the agenda's */
    enum entry_what what;
    uint32_t which, detail;
    uint32_t generation; /* of a link: an entry about an older one is void */
};

struct agenda {
    struct entry entries[AGENDA_MAX];
    uint32_t count;
    uint64_t order;
};

void agenda_clear(struct agenda *agenda);
/* Past AGENDA_MAX is a bug of the simulation (MUST): what it plans is bounded. */
void agenda_add(struct agenda *agenda, const struct entry *entry);
/* UINT64_MAX: nothing is planned. */
uint64_t agenda_due(const struct agenda *agenda);
/* There is one. */
struct entry agenda_take(struct agenda *agenda);

#endif
