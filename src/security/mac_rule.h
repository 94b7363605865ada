/* The inside of a MAC recipe, shared by its loader and its user (mac_recipe_load.c, mac_recipe.c)
 * and nobody else. Everything is in place: one allocation a recipe. */
#ifndef SECURITY_MAC_RULE_H
#define SECURITY_MAC_RULE_H

#include "security/mac_recipe.h"

enum {
    NAME_LEN_MAX = 31,
    RULES_MAX = 32,        /* the shipped recipes have six together */
    PATTERNS_MAX = 16,     /* MTI patterns of a rule; the shipped have five at most */
    WHENS_MAX = 4,         /* conditions of a rule */
    WHEN_LEN_MAX = 32,     /* bytes of a condition's value: codes, not texts */
    FIELDS_MAX = 64,       /* elements of a rule; the shipped have 21 at most */
    EXTENDS_MAX = 4,       /* steps from a recipe to its last ancestor; a loop ends here */
    PREFIX_DIGITS_MAX = 6, /* widest length prefix there is */
    MTI_LEN = 4,
    DE_MTI = 0, /* the MTI's place in a list of elements */
};

struct mac_field {
    unsigned de;
    unsigned first; /* bytes to take; 0: all */
};

struct mac_when {
    unsigned de;
    size_t len;
    char value[WHEN_LEN_MAX + 1];
};

struct mac_rule {
    char mti[PATTERNS_MAX][MTI_LEN + 1]; /* digits, and x for any */
    size_t mti_count;
    struct mac_when when[WHENS_MAX]; /* all must hold */
    size_t when_count;
    struct mac_field field[FIELDS_MAX];
    size_t field_count;
    bool none; /* such messages carry no MAC */
};

struct mac_recipe {
    char name[NAME_LEN_MAX + 1];
    uint8_t kept[256]; /* what a byte becomes; 0: dropped */
    bool prefix;       /* variable elements with their length prefix */
    bool single;       /* runs of blanks become one, none at either end */
    bool join;         /* one blank between elements */
    bool pad_bit;      /* a 0x80 before the zeros, always (ISO 9797-1 method 2) */
    struct mac_rule rule[RULES_MAX];
    size_t rule_count;
};

/* Every MTI that fits the pattern `narrow` fits `wide` as well; an MTI is a pattern too. */
bool mac_pattern_includes(const char *wide, const char *narrow);

#endif
