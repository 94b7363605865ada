/* What a party remembers of a request under its transaction key: that it is being worked on, or
 * what was answered. A repeat gets the same answer and has no second effect; the same key with
 * other content is refused with 94. The record is written in the commit of the decision.
 * Source: protocol page "Keys, answers, repeats". */
#ifndef PARTY_DUPLICATE_H
#define PARTY_DUPLICATE_H

#include "base/bytes.h"
#include "redpacket/reference.h"

#include <stdbool.h>
#include <stdint.h>

enum { CONTENT_DIGEST_LEN = 16 };

/* What an answer says beyond what it repeats from its request. */
struct answer {
    uint16_t code;         /* DE 39 */
    uint16_t settlement;   /* DE 15, MMDD; 0: as the request has it */
    char authorisation[6]; /* DE 38; first byte 0: none */
};

enum duplicate_state {
    DUPLICATE_NONE,     /* no record: a fresh request */
    DUPLICATE_OPEN,     /* accepted, not answered yet */
    DUPLICATE_ANSWERED, /* the answer is final */
    DUPLICATE_TOMBSTONE /* never seen, but already reversed: a late original gets 22 */
};

struct duplicate {
    enum duplicate_state state;
    uint8_t digest[CONTENT_DIGEST_LEN]; /* of the request, without its MAC */
    int64_t wall_us;                    /* when it was first seen */
    struct freeze_reference freeze;     /* the name of the freeze it is about; no share */
    struct answer answer;
};

enum seen {
    SEEN_NEVER,
    SEEN_ANSWERED,  /* give the stored answer again */
    SEEN_OPEN,      /* the answer is still being worked on */
    SEEN_DIFFERENT, /* same key, other content: 94 */
    SEEN_REVERSED,  /* reversed before it came: 22 */
};
enum seen duplicate_judge(const struct duplicate *known, const uint8_t digest[CONTENT_DIGEST_LEN]);

enum { DUPLICATE_RECORD_LEN = 36 + FREEZE_NAME_LEN };
void duplicate_encode(struct writer *w, const struct duplicate *duplicate);
/* An absent record (data NULL) is DUPLICATE_NONE; `rest`, if not NULL, is what follows. A damaged
 * record stops the process. */
void duplicate_decode(struct bytes record, struct duplicate *duplicate, struct bytes *rest);

#endif
