/* moov-io/iso8583's JSON specs -> model. docs/specs.md says what each part means here. */
#ifndef IMPORT_MOOV_H
#define IMPORT_MOOV_H

#include "base/doc.h"
#include "import/model.h"

MUST_USE enum result moov_read(struct model *model, struct bytes text, struct fault *fault);

/* --- between the files that read ----------------------------------------------------------------
 */

struct moov {
    struct model *model;
    struct fault *fault;
    const struct doc *doc;
    enum result result; /* the first fault stays */
    unsigned depth;
};

enum { MOOV_DEPTH_MAX = 7 }; /* one more than the codec has: it says so itself */

void moov_fault(struct moov *moov, const struct node *at, enum result result, const char *format,
                ...) __attribute__((format(printf, 4, 5)));
/* A member by its key, in any case, as Go reads it; NULL when it is absent or null. */
struct node *moov_find(struct node *map, const char *key);
const char *moov_text(struct moov *moov, struct node *map, const char *key);
unsigned moov_number(struct moov *moov, struct node *map, const char *key, unsigned most);
bool moov_bool(struct moov *moov, struct node *map, const char *key);
/* Says which members nobody asked for. */
void moov_end(struct moov *moov, struct node *map);

/* Of moov_field.c: one field without its key. *out is NULL after a fault. */
void moov_convert(struct moov *moov, struct node *node, unsigned de, struct model_field **out);
/* "ASCII.LL" -> its length; false for a fixed one. */
bool moov_prefix(struct moov *moov, struct node *node, const char *text,
                 struct model_prefix *prefix, unsigned *most);

/* Of moov_parts.c: the sub-fields of a Composite. */
void moov_convert_parts(struct moov *moov, struct node *node, struct model_field *field);

#endif
