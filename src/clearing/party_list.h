/* The parties of a settlement date, in the order of their numbers, and which files each is given.
 * It does not grow with the number of transactions. What is in the files is cut.c's affair. */
#ifndef CLEARING_PARTY_LIST_H
#define CLEARING_PARTY_LIST_H

#include "clearing/layout.h"
#include "clearing/member.h"

struct party_file; /* the owner's */

struct party {
    uint64_t institution;
    bool roles[CLEARING_ROLES];
    struct party_file *files[LAYOUTS_MAX]; /* by layout; NULL: none yet */
};

struct party_list {
    size_t count;
    struct party *list; /* CLEARING_PARTIES_MAX */
};

/* RESULT_IO: no memory. */
MUST_USE enum result party_list_open(struct party_list *parties, struct fault *fault);
/* The party, which has this role too from now on; it stays where it is until another is found that
 * was not there. RESULT_LIMIT: more than CLEARING_PARTIES_MAX. */
MUST_USE enum result party_list_find(struct party_list *parties, uint64_t institution,
                                     enum clearing_role role, struct party **party,
                                     struct fault *fault);
void party_list_close(struct party_list *parties); /* accepts zeroed memory */

/* Whether its roles bring it a file of this content; `has_fees`: there is a fee table. */
bool party_is_given(const struct party *party, enum layout_content content, bool has_fees);

#endif
