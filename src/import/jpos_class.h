/* The field classes of jPOS packagers, by what each writes on the wire. Facts from running jPOS
 * 2.1.10 (tests/vectors/jpos-fields.tsv); see docs/specs.md. */
#ifndef IMPORT_JPOS_CLASS_H
#define IMPORT_JPOS_CLASS_H

#include <stdbool.h>

enum jpos_kind {
    JPOS_TEXT,
    JPOS_NUMBER,
    JPOS_AMOUNT, /* a sign in front of the digits */
    JPOS_BYTES,
    JPOS_NIBBLES, /* text of hex digits, two a byte */
    JPOS_BITMAP,
    JPOS_NOTHING, /* writes no bytes */
    JPOS_UNUSED,  /* an error when it is there */
    JPOS_ENDED,   /* text up to its `token` */
    JPOS_REST,    /* as long as what is left; bytes with encoding binary */
};

enum {
    JPOS_COUNTS_BYTES = 1,
    JPOS_COUNTS_NIBBLES = 2,
    JPOS_FILLED = 4,        /* takes its maximum on the wire */
    JPOS_FILL_F = 8,        /* bcd: right F when not padded left */
    JPOS_ALWAYS_RIGHT = 16, /* bcd: whatever `pad` says */
    JPOS_LENGTH_FIRST = 32, /* length, tag, value: the length counts the tag */
    JPOS_TOKEN_TAG = 64,    /* the tag is the attribute `token` */
    JPOS_MAPPED_TAG = 128,  /* the tag comes from the packager's tagMapper */
    JPOS_LEADER = 256,      /* may stand in front of tagged fields */
    JPOS_CURRENCY = 512,    /* currency, decimals and amount: 12 digits at least, never padded */
};

struct jpos_class {
    const char *name; /* with the package behind org.jpos. */
    enum jpos_kind kind;
    const char *encoding; /* as our specs have it: ascii, ebcdic, bcd, binary, hex, ebcdic-hex */
    const char *prefix;   /* encoding of the length; NULL: fixed */
    unsigned width;       /* digits of it, or bytes of binary */
    unsigned flags;
    const char *tag; /* encoding of a tag in front; NULL: none */
    unsigned tag_width;
};

/* By the full name of the class. NULL when it is none of jPOS's, or one that is not known here. */
const struct jpos_class *jpos_class_find(const char *name);
const struct jpos_class *jpos_class_at(unsigned index); /* NULL behind the last */
/* Why a class that jPOS has cannot be imported; NULL when jPOS has no such class either. */
const char *jpos_class_reason(const char *name);

#endif
