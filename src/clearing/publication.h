/* A folder that appears whole or not at all.
 *
 * Everything is written into a hidden folder beside the target; publishing syncs it and puts it in
 * the target's place in one step. What a killed run has left is cleared by the next. Two levels of
 * folders, no deeper. One run at a time writes in a folder: the others are refused. */
#ifndef CLEARING_PUBLICATION_H
#define CLEARING_PUBLICATION_H

#include "base/result.h"

enum { PUBLICATION_NAME_MAX = 32 }; /* of the target: a date */

struct publication {
    int out;          /* the folder that the target is to appear in; locked. -1: none */
    int root;         /* the hidden folder: where to write. -1: none */
    const char *path; /* of `out`, borrowed */
    char name[PUBLICATION_NAME_MAX];
    char hidden[PUBLICATION_NAME_MAX + 16];
};

/* Makes `out` (not its parent) when it is missing; its path outlives the publication. RESULT_STATE:
 * another process is publishing there, or a link or file has the target's name; RESULT_IO: what the
 * system says. On failure there is nothing to close. */
MUST_USE enum result publication_open(struct publication *publication, const char *out,
                                      const char *name, struct fault *fault);
/* A folder inside; there already is no fault. */
MUST_USE enum result publication_folder(struct publication *publication, const char *name,
                                        struct fault *fault);
/* All files inside are synced by now. Replaces a target that is there already, if it has a file
 * `mark`: no folder of somebody else's is taken away. RESULT_STATE: it has none; RESULT_IO. Nothing
 * was published then, and what was there is there still. */
MUST_USE enum result publication_publish(struct publication *publication, const char *mark,
                                         struct fault *fault);
/* Removes what was not published. Accepts what failed to open. */
void publication_close(struct publication *publication);

#endif
