/* Reads how others describe messages, and writes it as one of our spec files (docs/codec.md) that
 * behaves the same on the wire. docs/specs.md says what each format means here, where we are
 * stricter, and what cannot be said.
 *
 * Nothing is read but the bytes given: no DTD, no entity, no other file. What comes out has been
 * read by the codec once. Used by `cardlab spec import`; the codec's library does not have it. */
#ifndef IMPORT_IMPORT_H
#define IMPORT_IMPORT_H

#include "base/bytes.h"
#include "base/result.h"
#include "base/strbuf.h"

enum {
    IMPORT_LEN_MAX = 1 << 20,      /* of a file: the largest packagers in use have 100 KB */
    IMPORT_YAML_LEN_MAX = 4 << 20, /* what base/doc reads */
};

enum import_format { IMPORT_JPOS, IMPORT_MOOV };

struct import_options {
    const char *name; /* of the spec: a-z, 0-9 and -, up to 32; NULL: made from the file's */
    /* jPOS only. Where a class says digits or an amount, take any text, as jPOS does. */
    bool compat_jpos;
};

/* XML opens with `<` behind blanks; all else is taken for moov's. */
enum import_format import_format_of(struct bytes text);

/* `file` names it in faults and warnings. On success `yaml` has the spec, `warnings` a line
 * "FILE:line: text" for each decision that the file left open; the caller inits both. INPUT: the
 * file cannot be read so, or says what no spec of ours can say: the fault has file and line. LIMIT:
 * it is too large. */
MUST_USE enum result import_spec(enum import_format format, struct bytes text, const char *file,
                                 const struct import_options *options, struct strbuf *yaml,
                                 struct strbuf *warnings, struct fault *fault);

#endif
