/* Who takes part in clearing, by institution number and role. */
#ifndef CLEARING_MEMBER_H
#define CLEARING_MEMBER_H

#include <stdint.h>

enum {
    /* A lab's 256 institutions and its switch, and as many that have left the lab since. */
    CLEARING_PARTIES_MAX = 514,
    CLEARING_ID_SIZE = 12, /* an institution's number as 11 digits, terminated: its folder's name */
};

enum clearing_role { CLEARING_SWITCH, CLEARING_ISSUER, CLEARING_WALLET, CLEARING_ROLES };

struct clearing_member {
    uint64_t institution;
    enum clearing_role role;
};

#endif
