/* A compiled spec: what the walk over a message looks at. Not part of the public header.
 *
 * Everything lies in one block of memory: this struct, the fields, the runs, the texts. A data
 * element's field stands at its number, field 0 is the header; sub-fields follow in runs of
 * siblings. */
#ifndef ISO8583_SPEC_H
#define ISO8583_SPEC_H

#include "iso8583/class.h"
#include "iso8583/iso8583.h"

enum {
    ISO_BITMAPS_MAX = 3,
    ISO_SPEC_SIZE_MAX = 256 << 10, /* a loaded spec stays in a second-level cache */
    ISO_SPEC_FIELDS_MAX = 4096,    /* elements and sub-fields; the shipped specs have under 300 */
    ISO_PARTS_DEPTH_MAX = 6,       /* sub-fields in sub-fields: bounds the recursion */
    ISO_PREFIX_MAX = 4,            /* digits of a length */
    ISO_TAG_MAX = 8,
    ISO_TAGS_MAX = 128,                /* in one field: 128 empty ones fill 640 bytes */
    ISO_LEN_MAX = ISO_MESSAGE_LEN_MAX, /* of one element */
};

enum iso_content {
    ISO_CONTENT_N,
    ISO_CONTENT_A,
    ISO_CONTENT_AN,
    ISO_CONTENT_ANS,
    ISO_CONTENT_AS,
    ISO_CONTENT_NS,
    ISO_CONTENT_Z,
    ISO_CONTENT_B,
    ISO_CONTENT_XN,
};

enum iso_encoding {
    ISO_ENCODING_ASCII,  /* a byte a character; text above ASCII as the charset has it */
    ISO_ENCODING_BINARY, /* content b: raw bytes */
    ISO_ENCODING_HEX,    /* content b: two hex digits a byte */
};

enum iso_charset { ISO_CHARSET_ASCII, ISO_CHARSET_GB18030 };

/* How sub-fields lie in their field. */
enum iso_layout {
    ISO_LAYOUT_NONE,
    ISO_LAYOUT_POSITIONAL, /* one after the other */
    ISO_LAYOUT_USAGE,      /* one tag, and the rest is its value */
    ISO_LAYOUT_TLV,        /* tag, length, value, repeated */
};

enum {
    ISO_FIELD_DEFINED = 1,
    ISO_FIELD_SIGNED = 2,   /* x+n: a sign in front of the digits */
    ISO_FIELD_PARTS = 4,    /* one scan over the whole is not enough: sub-fields are walked */
    ISO_FIELD_OPTIONAL = 8, /* positional: may be absent when all behind it are */
    ISO_FIELD_CONSTANT = 16,
    ISO_FIELD_CLOSED = 32,   /* usage, tlv: a tag that the spec has not is a fault */
    ISO_FIELD_COMPUTED = 64, /* header: the total length */
    ISO_FIELD_NORMAL = 128,  /* header: the constant is what we write when nothing is said */
};

/* A stretch of a field of fixed positions that one scan, or one comparison, can judge. */
struct iso_run {
    uint16_t at, len;
    uint16_t class_id; /* ISO_CLASS_COUNT: is `constant` */
    uint32_t constant; /* into text */
};

struct iso_field {
    uint16_t len_min; /* bytes on the wire, without the prefix */
    uint16_t len_max;
    uint8_t prefix_len; /* digits; 0: fixed, or as long as what holds it says */
    uint8_t flags;
    uint8_t scan_class;  /* what the whole value must be of; ANY where sub-fields decide */
    uint8_t value_class; /* what the content says; also that of tags the spec has not */
    uint8_t content;
    uint8_t encoding;
    uint8_t mask;
    uint8_t layout;
    uint8_t tag_len;  /* usage, tlv */
    uint8_t size_len; /* tlv: digits */
    uint16_t part_first;
    uint16_t part_count;
    uint16_t run_first; /* with run_count 0 the parts must be walked */
    uint16_t run_count;
    uint16_t key_len;
    uint32_t key;      /* into text: name in a path, or tag; terminated */
    uint32_t name;     /* into text, terminated */
    uint32_t constant; /* into text: len_max bytes */
};

struct iso_spec {
    size_t size;
    char name[40];
    uint64_t defined[ISO_BITMAPS_MAX]; /* bit de-1-64k of word k */
    uint64_t echo[ISO_BITMAPS_MAX];    /* bit de%64 of word de/64 */
    uint8_t bitmaps_max;
    uint8_t charset;
    uint16_t header_len;
    uint16_t sign_at, sign_len;     /* header: its first constant, by which AUTO knows it */
    uint32_t sign;                  /* into text */
    uint16_t total_at, total_len;   /* header: total length, digits */
    uint16_t reject_at, reject_len; /* header: reject code */
    uint32_t reject_normal;         /* into text */
    uint32_t field_count;
    const struct iso_field *fields;
    const struct iso_run *runs;
    const char *text;
};

static inline const struct iso_field *iso_spec_field(const struct iso_spec *spec, unsigned de)
{
    return &spec->fields[de];
}

static inline const char *iso_field_key(const struct iso_spec *spec, const struct iso_field *field)
{
    return spec->text + field->key;
}

static inline const char *iso_field_name(const struct iso_spec *spec, const struct iso_field *field)
{
    return spec->text + field->name;
}

/* Values that a reader should see as hex, not as text. */
static inline bool iso_field_is_binary(const struct iso_field *field)
{
    return field->content == ISO_CONTENT_B && field->encoding == ISO_ENCODING_BINARY;
}

#endif
