/* A spec while it is read: a tree of fields that a derived spec may still change. Internal to this
 * folder. Texts belong to the docs, which stay open until the draft is compiled.
 *
 * Three steps: draft_read() takes what each file says, the deepest first; draft_resolve() gives
 * every field what its spec's defaults and the field around it say, and refuses what cannot be;
 * draft_compile() lays the whole into one block. */
#ifndef ISO8583_SPEC_DRAFT_H
#define ISO8583_SPEC_DRAFT_H

#include "base/doc.h"
#include "iso8583/spec.h"

enum {
    DRAFT_NAME_MAX = 32,
    DRAFT_TITLE_MAX = 100,
    DRAFT_RULES_MAX = 256,
    DRAFT_CONDITIONS_MAX = 8, /* of one rule, or of one element */
    DRAFT_VALUES_MAX = 32,    /* of one condition */
};

enum draft_role { DRAFT_ROLE_NONE, DRAFT_ROLE_TOTAL_LENGTH, DRAFT_ROLE_REJECT_CODE };

/* Where a field stands decides which keys it may have. */
enum draft_place { DRAFT_ELEMENT, DRAFT_HEADER, DRAFT_POSITION, DRAFT_TAG, DRAFT_BIT };

/* A length, a tag or a bitmap on the wire. What is not given comes from the defaults. */
struct draft_prefix {
    unsigned digits; /* of text or BCD; hex: characters */
    unsigned bytes;  /* of binary; 0 with digits 0: none */
    bool has_encoding;
    enum iso_encoding encoding;
    enum iso_counts counts;
    unsigned flags;
};

/* The nibble of an odd count, and padding. */
struct draft_odd {
    bool has_side, has_fill;
    bool right;
    unsigned fill;
};

struct draft_code {
    struct draft_code *next, *made_before;
    const char *value, *meaning;
};

struct draft_field {
    struct draft_field *next;  /* the next sibling */
    struct draft_field *child; /* the first sub-field */
    struct draft_field *made_before;
    const char *key;
    const char *name;
    const struct doc *doc; /* where it was last written, for faults */
    const struct node *node;
    enum iso_content content;
    bool has_encoding, has_charset;
    enum iso_encoding encoding;
    enum iso_charset charset;
    enum iso_mask mask;
    enum iso_layout layout;
    unsigned len_min, len_max;
    struct draft_prefix prefix;
    struct draft_odd odd;
    bool has_pad, pad_right, pad_strips;
    uint8_t pad;
    bool is_terminated;
    uint8_t terminator;
    struct draft_prefix tag, size; /* size: the length of a tlv, the bitmap of a bitmapped */
    struct draft_code *codes;
    unsigned code_count;
    bool has_open_codes;
    bool is_known; /* read before: keys that are not given keep their value */
    bool is_optional, is_closed, is_length_first, repeats, skips_zeros, skips_ones, is_chained;
    bool is_opaque;
    enum draft_role role;
    uint8_t constant[ISO_HEADER_MAX];
    size_t constant_len;
    bool is_normal; /* the constant is what we write, not what must stand there */
    /* From draft_resolve(): as the spec will have it. */
    struct iso_prefix wire_prefix, wire_size;
    unsigned tag_width;
    unsigned wire_min, wire_max; /* bytes, without the prefix */
};

struct draft_condition {
    unsigned de;
    enum iso_condition_kind kind;
    bool or_next;
    const char *path, *value;
};

struct draft_need {
    unsigned de;
    enum iso_need_kind kind;
    unsigned condition_first, condition_count;
    const char *text;
};

struct draft_rule {
    const char *mti, *process;
    unsigned condition_first, condition_count;
    unsigned need_first, need_count;
    bool is_closed;
};

/* The presence rules of one file; they replace those of the file that it extends. */
struct draft_rules {
    const struct doc *doc;
    const struct node *node;
    struct draft_rule *rules;
    struct draft_need *needs;
    struct draft_condition *conditions;
    size_t rule_count, need_count, condition_count;
    size_t rule_room, need_room, condition_room;
};

/* What a content is written in when its field does not say. */
enum draft_group {
    DRAFT_GROUP_N,
    DRAFT_GROUP_Z,
    DRAFT_GROUP_XN,
    DRAFT_GROUP_TEXT,
    DRAFT_GROUP_B,
    DRAFT_GROUP_COUNT
};
struct draft_default {
    enum iso_encoding encoding;
    struct draft_odd odd;
};

struct draft {
    const char *name, *title, *follows;
    enum iso_charset charset;
    unsigned codepage;
    struct draft_default defaults[DRAFT_GROUP_COUNT];
    enum iso_encoding prefix_encoding;
    enum iso_encoding mti_encoding;
    bool has_bitmap;
    enum iso_encoding bitmap_encoding;
    unsigned bitmaps_max, bitmaps_min, third_in;
    bool is_announced;         /* also what comes always */
    struct draft_field header; /* only its children */
    struct draft_field *elements[ISO_DE_MAX + 1];
    uint64_t echo[ISO_BITMAPS_MAX];
    unsigned product_de;
    const char *product;
    const struct doc *product_doc;
    const struct node *product_node;
    struct draft_rules rules;
    struct draft_field *made; /* all of them, to be freed */
    struct draft_code *codes_made;
    size_t made_count;
    const struct doc *doc; /* that is being read */
};

void draft_init(struct draft *draft);
void draft_deinit(struct draft *draft);
/* Adds what the doc says to what is there. The doc must outlive the draft. */
enum result draft_read(struct draft *draft, struct doc *doc, struct fault *fault);
enum result draft_resolve(struct draft *draft, struct fault *fault);
/* Makes the spec of a resolved draft. `doc` names the file in faults. */
enum result draft_compile(const struct draft *draft, const struct doc *doc, struct iso_spec **spec,
                          struct fault *fault);

/* --- between the files that read ----------------------------------------------------------------
 */

/* Of spec_field.c */
void draft_read_field(struct draft *draft, struct schema *schema, struct node *map,
                      struct draft_field *field, enum draft_place place, unsigned depth);
struct draft_field *draft_make_field(struct draft *draft, struct schema *schema,
                                     const struct node *node, const char *key);
/* A map's child, NULL when absent; does not count as asked for. */
struct node *draft_peek(const struct node *map, const char *key);
/* A length, tag or bitmap: a number, or a map of its parts. */
void draft_read_prefix(struct schema *schema, struct node *map, const char *key,
                       struct draft_prefix *prefix, bool is_tag);
void draft_read_odd(struct schema *schema, struct node *map, struct draft_odd *odd);

/* Of spec_layout.c */
void draft_read_layout(struct draft *draft, struct schema *schema, struct node *map,
                       struct draft_field *field, unsigned depth);
void draft_read_positions(struct draft *draft, struct schema *schema, struct node *list,
                          struct draft_field *field, enum draft_place place, unsigned depth);

/* Of spec_rule.c */
void draft_read_rules(struct draft *draft, struct schema *schema, struct node *list);
void draft_free_rules(struct draft_rules *rules);

/* Of spec_draft.c: an element's number as the key of a map; 0 with a fault when it is none. */
unsigned draft_de_of(struct schema *schema, const struct draft *draft, const struct node *node,
                     const char *text);

/* Names as the files have them, each list ended by NULL. */
extern const char *const draft_content_names[];
extern const char *const draft_charset_names[];
extern const char *const draft_encoding_names[];

/* Loads from a doc that is already read; files that it extends come from `folder`, or else from
 * `shipped`, unless that is NULL. For iso_spec_load_with() and for tests. */
enum result spec_of_doc(struct doc *doc, const char *folder, const char *shipped,
                        struct iso_spec **spec, struct fault *fault);

#endif
