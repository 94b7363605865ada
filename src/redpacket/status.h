/* How a freeze stands, as the answer to an inquiry tells it: DE 48, usage HS.
 *
 * The numbers of the states are those of enum freeze_state and enum share_state, which records and
 * peers keep: they never change their meaning. Source: protocol page "Messages", "Status inquiry".
 */
#ifndef REDPACKET_STATUS_H
#define REDPACKET_STATUS_H

#include "redpacket/share.h"

struct freeze_status {
    int64_t frozen_minor;   /* DE 4 of the freeze, whatever became of it */
    int64_t claimed_minor;  /* of shares CREDITED */
    int64_t in_doubt_minor; /* of shares neither CREDITED nor RELEASED */
    int64_t released_minor; /* gone back: what was left (CLOSED), or all (REVERSED) */
    enum freeze_state state;
    bool has_share; /* a share was asked for */
    int64_t share_minor;
    enum share_state share_state;
    char share_rrn[12]; /* DE 37 of the claim that has, or last had it; all zeros: none */
};

enum {
    STATUS_TEXT_MIN = 50,                                                  /* of the freeze alone */
    STATUS_TEXT_MAX = 76,                                                  /* with a share */
    STATUS_PRIVATE_MAX = 2 + 5 + REFERENCE_TEXT_LEN + 5 + STATUS_TEXT_MAX, /* DE 48 */
};

/* `share` NULL: none was asked for. */
void status_of(const struct freeze *freeze, const struct share *share,
               struct freeze_status *status);
/* The value of usage HS; false when it is not one. */
bool status_parse(struct bytes text, struct freeze_status *status);
/* The whole of DE 48: AS with HB and HS. Returns its length. */
size_t status_write_private(const struct freeze_reference *reference,
                            const struct freeze_status *status, char out[STATUS_PRIVATE_MAX]);

#endif
