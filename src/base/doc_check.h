/* Looks through a text before libfyaml 0.7.12 may see it, and refuses what that library hangs on,
 * crashes on, or would take gigabytes for. Only doc.c uses it. What it refuses and why:
 * - bytes that are not UTF-8, control characters, a byte order mark inside; directives (a line
 *   beginning with `%`): libfyaml hangs on the three bytes `%"\xA6`;
 * - tabs in YAML: libfyaml crashes on `? a:\t-`;
 * - four single quotes in a row in YAML: libfyaml leaks memory of texts with a few such;
 * - a carriage return without its newline (with it, doc.c takes it out: libfyaml leaks memory of
 *   blank lines that end so);
 * - in JSON, more levels or values than doc.h allows: libfyaml keeps the tokens of a whole text
 *   that opens with a bracket, over 300 bytes for each. */
#ifndef BASE_DOC_CHECK_H
#define BASE_DOC_CHECK_H

#include "base/bytes.h"
#include "base/result.h"

#include <stdbool.h>

/* The text opens with `{` or `[`: it must be JSON throughout. */
bool doc_is_json(struct bytes text);
/* `name` opens the fault's text, as "NAME:line:column: ". */
MUST_USE enum result doc_check(struct bytes text, const char *name, struct fault *fault);

#endif
