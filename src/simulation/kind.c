/* Kinds of trouble: their names. */
#include "simulation/kind.h"

#include "base/result.h"

#include <string.h>

static const struct {
    const char *name;
    const char *help;
} kinds[KINDS] = {
    [KIND_DELAY] = {"delay", "messages take up to seconds, in order"},
    [KIND_LATE] = {"late", "single messages come when nobody waits for them any more"},
    [KIND_LOSS] = {"loss", "messages vanish"},
    [KIND_DUPLICATE] = {"duplicate", "messages arrive twice"},
    [KIND_REORDER] = {"reorder", "messages overtake each other"},
    [KIND_GARBLE] = {"garble", "messages that cannot be read, or whose MAC is wrong"},
    [KIND_FULL] = {"full", "a link takes nothing for a moment"},
    [KIND_BREAK] = {"break", "links break and lose what was under way"},
    [KIND_STALL] = {"stall", "links stand still for a while, then deliver everything"},
    [KIND_SILENCE] = {"silence", "half-open links: what is sent vanishes, nobody is told"},
    [KIND_CRASH] = {"crash", "a party dies at any moment and is started again"},
    [KIND_CRASH_BEFORE] = {"crash-before", "a party dies instead of committing"},
    [KIND_CRASH_AFTER] = {"crash-after", "a party dies between a commit and what follows from it"},
    [KIND_DISK] = {"disk", "a commit fails, and the party stops"},
    [KIND_SLOW] = {"slow", "commits take up to seconds"},
    [KIND_CLOCK] = {"clock", "wall clocks jump by hours"},
    [KIND_SIGN_OFF] = {"sign-off", "members sign off and come back"},
    [KIND_CUTOVER] = {"cutover", "the business date changes, and dates are cut, under way"},
    [KIND_GONE] = {"gone", "a wallet dies and never comes back"},
    [KIND_REFUSE] = {"refuse", "claims with cards that cannot take the money"},
    [KIND_FOREIGN] = {"foreign", "an issuer answers with codes of its own for what it did"},
    [KIND_STUBBORN] = {"stubborn", "an issuer refuses stored messages for good, and does nothing"},
};

const char *kind_name(enum kind kind)
{
    MUST(kind < KINDS);
    return kinds[kind].name;
}

const char *kind_help(enum kind kind)
{
    MUST(kind < KINDS);
    return kinds[kind].help;
}

int kind_find(const char *name)
{
    for (int kind = 0; kind < KINDS; kind++)
        if (strcmp(kinds[kind].name, name) == 0)
            return kind;
    return -1;
}
