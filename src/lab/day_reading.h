/* What the files that read a day share; nobody else's. Steps are read in order, and what the story
 * has told so far is kept beside, so that a step that cannot be meant is found where it stands. */
#ifndef LAB_DAY_READING_H
#define LAB_DAY_READING_H

#include "lab/day.h"
#include "lab/value.h"

/* What the story has told of a packet. */
struct told_packet {
    const struct day_packet *packet;
    const struct node *node;
    bool sent; /* its freeze is expected to be approved */
    bool expired;
};

/* A ticket that a person is expected to hold. */
struct told_ticket {
    unsigned packet, person;
};

struct day_reading {
    const struct lab *lab;
    struct day *day;
    struct schema schema;
    size_t business_day; /* index into the lab's calendar */
    /* Both with room for as many as there are steps. */
    struct told_packet *packets;
    size_t packet_count;
    size_t packet_known; /* of these: told before the list of steps now being read */
    struct told_ticket *tickets;
    size_t ticket_count;
};

/* Zeroed memory that lives as long as the day. NULL for a count of 0, after a fault, and when there
 * is no memory, which then is the fault. */
void *day_reading_take(struct day_reading *reading, size_t count, size_t size);

/* `together`: inside such a list, where not every kind may stand. */
void day_reading_step(struct day_reading *reading, struct node *map, bool together,
                      struct day_step *step);

#endif
