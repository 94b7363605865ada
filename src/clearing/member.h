/* Who takes part in clearing, by institution number and role. */
#ifndef CLEARING_MEMBER_H
#define CLEARING_MEMBER_H

#include "redpacket/reference.h"

enum {
    /* A lab's 256 institutions and its switch, and as many that have left the lab since. */
    CLEARING_PARTIES_MAX = 514,
    CLEARING_ID_SIZE = INSTITUTION_LEN_MAX + 1, /* as 11 digits, terminated: a folder's name */
};

enum clearing_role { CLEARING_SWITCH, CLEARING_ISSUER, CLEARING_WALLET, CLEARING_ROLES };

struct clearing_member {
    uint64_t institution;
    enum clearing_role role;
    const char *name; /* for people; NULL: none. Whoever lists members keeps it */
};

static inline const char *clearing_id_format(uint64_t institution, char out[CLEARING_ID_SIZE])
{
    digits_format(institution, out, CLEARING_ID_SIZE - 1);
    out[CLEARING_ID_SIZE - 1] = '\0';
    return out;
}

#endif
