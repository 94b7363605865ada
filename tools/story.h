/* A played day for people: what happened to each named packet, as a small timeline. */
#ifndef TOOLS_STORY_H
#define TOOLS_STORY_H

#include "player.h"
#include "store/store.h"

struct story;

/* Looks up in the switch's log what each packet's expiry gave back. */
MUST_USE enum result story_open(const struct lab *lab, const struct day *day,
                                const struct player *player, struct store *switch_store,
                                struct story **story, struct fault *fault);
void story_close(struct story *story); /* accepts NULL */

/* How many steps did not come out as the day file says; each is marked in the timeline. */
size_t story_surprises(const struct story *story);
/* One line about each of them, for the list of violations. */
void story_surprise_at(const struct story *story, size_t index, char *out, size_t size);
void story_print(const struct story *story, FILE *out, bool colour);

#endif
