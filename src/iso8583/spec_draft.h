/* A spec while it is read: a tree of fields that a derived spec may still change. Internal to this
 * folder. Texts belong to the docs, which stay open until the draft is compiled. */
#ifndef ISO8583_SPEC_DRAFT_H
#define ISO8583_SPEC_DRAFT_H

#include "base/doc.h"
#include "iso8583/spec.h"

enum draft_role { DRAFT_ROLE_NONE, DRAFT_ROLE_TOTAL_LENGTH, DRAFT_ROLE_REJECT_CODE };

/* Where a field stands decides which keys it may have. */
enum draft_place { DRAFT_ELEMENT, DRAFT_HEADER, DRAFT_POSITION, DRAFT_TAG };

struct draft_field {
    struct draft_field *next;  /* the next sibling */
    struct draft_field *child; /* the first sub-field */
    struct draft_field *made_before;
    const char *key;
    const char *name;
    const struct node *node; /* where it was last written, for faults */
    enum iso_content content;
    enum iso_encoding encoding;
    enum iso_mask mask;
    enum iso_layout layout;
    unsigned len_min, len_max, prefix_len;
    unsigned tag_len, size_len;
    bool is_known; /* read before: keys that are not given keep their value */
    bool is_optional, is_closed;
    enum draft_role role;
    uint8_t constant[ISO_HEADER_MAX];
    size_t constant_len;
    bool is_normal; /* the constant is what we write, not what must stand there */
};

struct draft {
    const char *name;
    enum iso_charset charset;
    unsigned bitmaps_max;
    struct draft_field header; /* only its children */
    struct draft_field *elements[ISO_DE_MAX + 1];
    uint64_t echo[ISO_BITMAPS_MAX];
    struct draft_field *made; /* all of them, to be freed */
    size_t made_count;
};

void draft_init(struct draft *draft);
void draft_deinit(struct draft *draft);
/* Adds what the doc says to what is there. The doc must outlive the draft. */
enum result draft_read(struct draft *draft, struct doc *doc, struct fault *fault);
/* Makes the spec of a complete draft. `doc` names the file in faults. */
enum result draft_compile(const struct draft *draft, const struct doc *doc, struct iso_spec **spec,
                          struct fault *fault);

/* Loads from a doc that is already read; files that it extends come from `folder`. For
 * iso_spec_load() and for tests. */
enum result spec_of_doc(struct doc *doc, const char *folder, struct iso_spec **spec,
                        struct fault *fault);

#endif
