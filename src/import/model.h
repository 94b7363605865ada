/* What an importer found, before it is written as one of our spec files: a tree of fields in the
 * words of docs/codec.md. Knows no format of others; the readers fill it, yaml.c writes it. The
 * model owns all fields and texts in it; model_deinit() frees them together. */
#ifndef IMPORT_MODEL_H
#define IMPORT_MODEL_H

#include "base/bytes.h"
#include "base/result.h"
#include "base/strbuf.h"
#include "iso8583/iso8583.h"

enum {
    MODEL_FIELDS_MAX = 2560, /* as many as the codec takes */
    MODEL_NAME_MAX = 32,     /* of a spec */
    MODEL_TITLE_MAX = 100,
    MODEL_KEY_MAX = 32,
    MODEL_LEN_MAX = ISO_MESSAGE_LEN_MAX, /* units of one field */
    MODEL_HEADER_MAX = ISO_HEADER_MAX,
    MODEL_NOTES_LEN_MAX = 256 << 10, /* of all warnings: 2560 fields with 100 bytes each */
};

/* A length, a tag: digits of text or BCD, or bytes of binary; is_ber has neither. */
struct model_prefix {
    unsigned digits, bytes;
    const char *encoding; /* NULL: ascii with digits, binary with bytes */
    const char *counts;   /* NULL: units */
    bool is_ber, inclusive, with_tag, filled;
};

enum model_layout { MODEL_LEAF, MODEL_POSITIONAL, MODEL_TLV, MODEL_BER, MODEL_BITMAPPED };

struct model_field {
    struct model_field *next;  /* the next sibling */
    struct model_field *child; /* the first sub-field */
    char key[MODEL_KEY_MAX + 1];
    const char *name; /* NULL: none */
    const char *note; /* a decision that a reader should know of; NULL: none */
    const char *content;
    const char *encoding;    /* NULL: ascii, content b: binary */
    bool has_odd, odd_right; /* bcd */
    char fill;               /* 0: not said */
    bool is_fixed;           /* max is the length */
    unsigned max, min;
    struct model_prefix prefix;
    bool ends;
    uint8_t ends_with;
    bool has_pad, pad_right;
    uint8_t pad; /* a character, content b: a byte */
    const char *mask;
    bool is_optional;
    enum model_layout layout;
    struct model_prefix tag, size; /* tlv; size without digits and bytes: each has its own */
    bool is_length_first, is_closed, no_padding;
    unsigned bitmap_bytes; /* bitmapped */
    const char *bitmap_encoding;
    bool is_chained;
    bool is_opaque; /* in ber: not looked into */
};

struct model_text; /* a text that the model owns */

struct model {
    const char *file;   /* as faults and notes name it; borrowed */
    const char *format; /* of the file, for people */
    char name[MODEL_NAME_MAX + 1];
    const char *title; /* NULL: none */
    bool is_compat;    /* made to take what a jPOS peer sends */
    const char *charset;
    const char *mti;    /* NULL: ascii */
    const char *bitmap; /* NULL: binary */
    unsigned bitmaps, always, third_in;
    unsigned header_len;
    struct model_field *elements[ISO_DE_MAX + 1];
    struct strbuf notes; /* "FILE:line: text", a line each */
    struct strbuf head;  /* the same for the head of the spec: what belongs to no field */
    struct model_text *texts;
    size_t field_count;
};

/* `name` may be NULL: then the file's name gives one. */
void model_init(struct model *model, const char *file, const char *name);
void model_deinit(struct model *model); /* accepts zeroed memory */

/* NULL when there are too many, or no memory; the fault says which. */
struct model_field *model_make_field(struct model *model, struct fault *fault);
/* A copy that is valid UTF-8 of at most len_max bytes on one line: what YAML can quote. NULL
 * without memory, or when nothing readable is left. */
const char *model_keep(struct model *model, const char *text, size_t len_max);
/* A decision at this line of the file: printed as a warning, and a comment in the spec: at the
 * field, or in the head when field is NULL. */
void model_note(struct model *model, struct model_field *field, unsigned line, const char *format,
                ...) __attribute__((format(printf, 4, 5)));
void model_append(struct model_field *field, struct model_field *child);

/* Usual masks of card data: by the number of the element. NULL: none. */
const char *model_mask_of(unsigned de);

/* The whole as a spec file. The caller inits `yaml`; INPUT when the codec refuses what came out,
 * LIMIT when it does not fit. */
MUST_USE enum result model_write(const struct model *model, struct strbuf *yaml,
                                 struct fault *fault);

#endif
