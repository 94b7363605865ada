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
    ISO_SPEC_FIELDS_MAX = 2560,    /* elements and sub-fields; the shipped specs have under 500 */
    ISO_PARTS_DEPTH_MAX = 6,       /* sub-fields in sub-fields: bounds the recursion */
    ISO_PREFIX_MAX = 6,            /* digits of a length */
    ISO_TAG_MAX = 8,               /* bytes */
    ISO_KEY_MAX = 2 * ISO_TAG_MAX, /* a tag of bytes is named by its hex digits */
    ISO_TAGS_MAX = 128,            /* in one field: 128 empty ones fill 640 bytes */
    ISO_LEN_MAX = ISO_MESSAGE_LEN_MAX, /* of one element */
    ISO_CODES_MAX = 1024,              /* in one field */
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

/* How units lie in bytes. A unit is what a length counts: a digit, a character's byte, a byte of
 * content b, a hex digit of it. */
enum iso_encoding {
    ISO_ENCODING_ASCII,      /* a byte a unit; text above ASCII as the charset has it */
    ISO_ENCODING_BINARY,     /* content b: raw bytes */
    ISO_ENCODING_HEX,        /* content b: two hex digits a byte */
    ISO_ENCODING_EBCDIC,     /* a byte a unit */
    ISO_ENCODING_BCD,        /* two units a byte: n, z, x+n behind its sign, hex digits of b */
    ISO_ENCODING_EBCDIC_HEX, /* content b: two EBCDIC hex digits a byte */
    ISO_ENCODING_OVERPUNCH,  /* content n: EBCDIC, the sign in the zone of the last digit */
    ISO_ENCODING_BER,        /* of a length only: 1 to 4 bytes as ISO 8825 has it */
};

enum iso_charset {
    ISO_CHARSET_ASCII,
    ISO_CHARSET_LATIN1,
    ISO_CHARSET_GB18030,
    ISO_CHARSET_UTF8,
};

/* What a length prefix counts. */
enum iso_counts {
    ISO_COUNTS_UNITS,
    ISO_COUNTS_BYTES,      /* half of the units where two make a byte */
    ISO_COUNTS_NIBBLES,    /* units, rounded up to an even number */
    ISO_COUNTS_CHARACTERS, /* of a charset with several bytes a character */
};

enum {
    ISO_PREFIX_LITTLE = 1,    /* least significant byte first */
    ISO_PREFIX_INCLUSIVE = 2, /* counts its own bytes too */
    ISO_PREFIX_TAG = 4,       /* tlv: counts the tag too */
    ISO_PREFIX_FILLED = 8,    /* the content takes its maximum; padding stands behind */
};

struct iso_prefix {
    uint8_t width;    /* bytes on the wire; 0: none */
    uint8_t encoding; /* ASCII, EBCDIC, BCD, BINARY, HEX, BER */
    uint8_t counts;
    uint8_t flags;
};

/* How sub-fields lie in their field. */
enum iso_layout {
    ISO_LAYOUT_NONE,
    ISO_LAYOUT_POSITIONAL, /* one after the other */
    ISO_LAYOUT_USAGE,      /* one tag, and the rest is its value */
    ISO_LAYOUT_TLV,        /* tag, length, value, repeated */
    ISO_LAYOUT_BER,        /* BER-TLV data objects */
    ISO_LAYOUT_BITMAPPED,  /* a bitmap, and those that it announces */
};

enum {
    ISO_FIELD_DEFINED = 1,
    ISO_FIELD_SIGNED = 2,   /* x+n: a sign in front of the digits */
    ISO_FIELD_PARTS = 4,    /* one scan over the whole is not enough: sub-fields are walked */
    ISO_FIELD_OPTIONAL = 8, /* positional: may be absent when all behind it are */
    ISO_FIELD_CONSTANT = 16,
    ISO_FIELD_CLOSED = 32,          /* a tag that the spec has not is a fault */
    ISO_FIELD_COMPUTED = 64,        /* header: the total length */
    ISO_FIELD_NORMAL = 128,         /* header: the constant is what we write when nothing is said */
    ISO_FIELD_GENERAL = 256,        /* not for the quick walk: see iso_field_is_plain() */
    ISO_FIELD_ODD_RIGHT = 512,      /* bcd: the nibble that fills an odd count stands right */
    ISO_FIELD_PAD = 1024,           /* text shorter than the field is padded with `pad` */
    ISO_FIELD_PAD_RIGHT = 2048,     /* else left */
    ISO_FIELD_STRIP = 4096,         /* as text the padding is not shown */
    ISO_FIELD_TERMINATED = 8192,    /* ends with the byte `terminator`, or where its field ends */
    ISO_FIELD_LENGTH_FIRST = 16384, /* tlv: the length stands in front of the tag */
    ISO_FIELD_REPEATS = 32768,      /* tlv, ber: a tag may come again */
    ISO_FIELD_OPAQUE = 1 << 24,     /* in ber: not looked into, though its tag says constructed */
    ISO_FIELD_CODES_OPEN = 1 << 16, /* values that the code list has not are fine */
    ISO_FIELD_ZEROS = 1 << 17,      /* ber: 00 between objects is skipped */
    ISO_FIELD_ONES = 1 << 18,       /* ber: FF too */
    ISO_FIELD_TAGS_ASCII = 1 << 21, /* usage, tlv: tags, and lengths that count bytes, in ASCII */
    ISO_FIELD_PACKED = 1 << 20,     /* for the quick walk: see is_packed() of spec_compile.c */
    ISO_FIELD_CHAINED = 1 << 19,    /* bitmapped: the first bit of a bitmap announces another */
};

/* A stretch of a field of fixed positions that one scan, or one comparison, can judge. */
struct iso_run {
    uint16_t at, len;
    uint16_t class_id; /* ISO_CLASS_COUNT: is `constant` */
    uint32_t constant; /* into text */
};

struct iso_field {
    uint16_t len_min; /* units, without the prefix */
    uint16_t len_max;
    uint8_t prefix_len; /* plain: ASCII digits; 0: fixed, or as long as what holds it says */
    uint8_t scan_class; /* what the whole value must be of; ANY where sub-fields decide */
    uint8_t content;
    uint8_t encoding;
    uint32_t flags;
    uint8_t value_class; /* what the content says; also that of tags the spec has not */
    uint8_t mask;
    uint8_t layout;
    uint8_t charset;
    struct iso_prefix prefix;
    struct iso_prefix size; /* tlv: the length; bitmapped: the bitmap's bytes on the wire */
    uint8_t tag_len;        /* usage, tlv: bytes on the wire */
    uint8_t tag_encoding;   /* ASCII, EBCDIC, BINARY */
    uint8_t fill;           /* bcd: the nibble that fills an odd count */
    uint8_t pad;            /* in the encoding of the text */
    uint8_t terminator;
    uint8_t key_len;
    uint16_t part_first;
    uint16_t part_count;
    uint16_t run_first; /* with run_count 0 the parts must be walked */
    uint16_t run_count;
    uint16_t code_count;
    uint32_t key;        /* into text: name in a path, or tag; terminated */
    uint32_t name;       /* into text, terminated */
    uint32_t constant;   /* into text: len_max bytes */
    uint32_t code_first; /* into codes */
};

/* A value that has a meaning; `x` in it stands for any character. Both terminated, into text. */
struct iso_code {
    uint32_t value, meaning;
};

/* --- presence rules --------------------------------------------------------------------------- */

enum iso_condition_kind { ISO_WHEN_VALUE, ISO_WHEN_PRESENT, ISO_WHEN_ABSENT };

/* One of a list that must hold together. Values of one path stand side by side: any of them does.
 */
struct iso_condition {
    uint16_t de;
    uint8_t kind;
    uint8_t or_next; /* the next condition is another value of the same path */
    uint32_t path;   /* into text, "" for the element itself */
    uint32_t value;  /* into text, a pattern */
};

enum iso_need_kind {
    ISO_NEED_OPTIONAL,
    ISO_NEED_MANDATORY,
    ISO_NEED_CONDITIONAL, /* mandatory when its conditions hold, else optional */
    ISO_NEED_STRICT,      /* mandatory when they hold, else forbidden */
    ISO_NEED_ECHO,        /* as in the request */
    ISO_NEED_FORBIDDEN,
};

struct iso_need {
    uint8_t de;
    uint8_t kind;
    uint16_t condition_first, condition_count;
    uint32_t text; /* the condition in words, 0: none */
};

struct iso_rule {
    uint32_t mti, process; /* into text: patterns; process "" is any */
    uint16_t condition_first, condition_count;
    uint16_t need_first, need_count;
    bool closed; /* elements that are not named are forbidden */
};

struct iso_spec {
    size_t size;
    char name[40];
    uint64_t defined[ISO_BITMAPS_MAX]; /* bit de-1-64k of word k */
    uint64_t allowed[ISO_BITMAPS_MAX]; /* the same, and the bit of the element `third_in` */
    uint64_t general[ISO_BITMAPS_MAX]; /* the same: what the quick walk leaves aside */
    uint64_t echo[ISO_BITMAPS_MAX];    /* bit de%64 of word de/64 */
    uint8_t mti_encoding;              /* ASCII, BCD, EBCDIC */
    uint8_t bitmap_encoding;           /* BINARY, HEX, EBCDIC_HEX */
    uint8_t bitmap_len;                /* of one, in bytes on the wire */
    uint8_t bitmaps_max;               /* 0: none, elements in order */
    uint8_t bitmaps_min;               /* so many come whatever their first bits say */
    uint8_t announces_from;            /* the first, from 1, whose first bit announces the next */
    uint8_t third_in;                  /* the element that holds the third; 0: behind the second */
    bool is_plain;                     /* MTI ASCII, bitmaps binary and together */
    uint8_t charset;
    uint8_t codepage;             /* of EBCDIC */
    uint16_t ebcdic_classes[256]; /* of each byte of it: bit id of enum iso_class_id */
    uint16_t header_len;
    uint16_t sign_at, sign_len;     /* header: its first constant, by which AUTO knows it */
    uint32_t sign;                  /* into text */
    uint16_t total_at, total_len;   /* header: total length, digits */
    uint16_t reject_at, reject_len; /* header: reject code */
    uint32_t reject_normal;         /* into text */
    uint32_t title, follows;        /* into text */
    uint32_t product;               /* into text: the value that marks the product */
    uint16_t product_de;            /* 0: none */
    uint16_t rule_count;
    uint32_t field_count;
    const struct iso_field *fields;
    const struct iso_run *runs;
    const struct iso_code *codes;
    const struct iso_rule *rules;
    const struct iso_need *needs;
    const struct iso_condition *conditions;
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
