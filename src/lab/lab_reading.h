/* What the files that read a lab share; nobody else's. A lab is read in two turns over one tree:
 * first every institution for itself, then, when all card ranges are known, what refers to them. */
#ifndef LAB_LAB_READING_H
#define LAB_LAB_READING_H

#include "lab/lab.h"
#include "lab/value.h"

/* A card range as it is searched: both ends filled up to 19 digits, `digits` of them given. */
struct lab_route {
    uint64_t low, high;
    unsigned digits;
    unsigned institution;
};

struct lab_reading {
    struct lab *lab;
    struct schema schema;
};

/* Zeroed memory that lives as long as the lab, NULL when there is none left. count > 0. */
void *lab_take(struct lab *lab, size_t count, size_t size);
/* Zeroed memory that lives as long as the lab. NULL for a count of 0, after a fault, and when there
 * is no memory, which then is the fault. */
void *reading_take(struct lab_reading *reading, size_t count, size_t size);
/* A working list that is released by free(); NULL as above. */
struct mention *reading_mentions(struct lab_reading *reading, size_t count);

/* Fill what their nodes say. */
void reading_switch(struct lab_reading *reading, struct node *map);
void reading_institution(struct lab_reading *reading, struct node *map,
                         struct lab_institution *institution);
/* The second turn: an issuer's cards lie in its ranges. */
void reading_institution_cards(struct lab_reading *reading, struct node *map, unsigned index);
void reading_people(struct lab_reading *reading, struct node *list);

/* Collects all ranges, sorted; a fault when two overlap. */
void reading_routes(struct lab_reading *reading, const struct node *institutions);
/* Whether the card is one of those generated. */
bool lab_generator_has(const struct lab_generator *generator, struct bytes card);
/* The range that holds the card, or NULL. */
const struct lab_route *lab_route_find(const struct lab *lab, struct bytes card);

#endif
