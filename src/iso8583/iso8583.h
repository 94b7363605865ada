/* libiso8583: reads and writes ISO 8583 messages as a spec (data, YAML) describes them.
 *
 * Caveats first. A message BORROWS: after iso_message_unpack() its values point into the caller's
 * bytes, after iso_message_set() into the caller's values; keep both alive as long as the message.
 * Nothing is allocated per message; nothing is read or written outside the buffers given. A spec
 * allocates once, when it is loaded, and is read-only afterwards: any number of threads may share
 * it. Nothing here does I/O but iso_spec_load(), iso_spec_load_with() and
 * iso_framing_load().
 *
 * A value is a data element's content as it stands on the wire, without its length prefix, padding
 * kept; iso_message_text() reads any as text, whatever its encoding. Offsets count bytes from 0 at
 * the first byte given.
 *
 * Errors: every function that can fail returns an iso_result and fills an iso_fault (if not NULL)
 * that names message part, byte offset, what was expected and what was got. */
#ifndef ISO8583_ISO8583_H
#define ISO8583_ISO8583_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ISO_MUST_USE __attribute__((warn_unused_result))

enum iso_result {
    ISO_OK = 0,
    ISO_INPUT = 1, /* the bytes, the value or the spec are not well formed */
    ISO_LIMIT = 3, /* the output buffer is too small or a written limit is reached */
    ISO_IO = 4,    /* the spec file could not be read */
};

enum {
    ISO_DE_MAX = 192,         /* three bitmaps */
    ISO_FAULT_FIELD_MAX = 64, /* "48.AS.HB.freeze_date" */
    ISO_FAULT_TEXT_MAX = 160, /* of expected and of got */
    ISO_FAULT_LINE_MAX = 400, /* of the sentence, for specs with the file's name in it */
    ISO_HEADER_MAX = 64,
    ISO_MESSAGE_LEN_MAX = 9999, /* largest message that a 4-digit length can announce */
};

/* What kind of wrong. 1 to 6 are the digits that a reject code of the 46-byte header ends with. */
enum iso_fault_kind {
    ISO_FAULT_OTHER = 0,     /* an output buffer too small, and the like */
    ISO_FAULT_LENGTH = 1,    /* a length that the element cannot have */
    ISO_FAULT_UNDEFINED = 2, /* a data element, or sub-field, that the spec has not */
    ISO_FAULT_PREFIX = 3,    /* a length prefix that is no number */
    ISO_FAULT_OVER = 4,      /* a length over the maximum */
    ISO_FAULT_CONTENT = 5,   /* a byte or value that the element cannot have */
    ISO_FAULT_MISSING = 6,   /* something mandatory is not there */
    ISO_FAULT_TRUNCATED = 7, /* the message ends too early */
    ISO_FAULT_TRAILING = 8,  /* bytes behind the last element */
    ISO_FAULT_SPEC = 9,      /* a spec file: text names file, line and column */
    ISO_FAULT_FRAME = 10,    /* the byte stream around messages */
};

/* Where a message is wrong, and how. `field` is "" when no data element is to blame ("frame",
 * "header.total_length", "mti" and "bitmap" name the other parts). expected, got and text are safe
 * to print: they quote at most one byte of a value (none of a track or secret), a tag, or the bytes
 * where a length should be. */
struct iso_fault {
    enum iso_result result;
    enum iso_fault_kind kind;
    unsigned de; /* the data element, 0: another part */
    char field[ISO_FAULT_FIELD_MAX];
    size_t offset; /* when packing: where in the message it would have stood */
    char expected[ISO_FAULT_TEXT_MAX];
    char got[ISO_FAULT_TEXT_MAX];
    char text[ISO_FAULT_LINE_MAX]; /* both in one sentence: "length 13 is over the maximum 11" */
};
/* "DE 32: byte 71: length 13 is over the maximum 11": one line, cut to size, always terminated. */
void iso_fault_format(const struct iso_fault *fault, char *out, size_t size);

/* --- specs ------------------------------------------------------------------------------------ */

struct iso_spec;

enum iso_mask {
    ISO_MASK_NONE,
    ISO_MASK_PAN,    /* a card or account number: first 6 and last 4 digits */
    ISO_MASK_TRACK,  /* card data beyond the number: not at all */
    ISO_MASK_SECRET, /* a PIN block, a key: not at all */
};

/* Loads a spec file, and the files it extends from the same folder. Errors name file, line, column.
 */
ISO_MUST_USE enum iso_result iso_spec_load(const char *path, struct iso_spec **spec,
                                           struct iso_fault *fault);
/* The same, for a dialect of one's own that extends a shipped one: files that it extends and that
 * are not in its own folder come from the folder `shipped`; NULL: there is none. */
ISO_MUST_USE enum iso_result iso_spec_load_with(const char *path, const char *shipped,
                                                struct iso_spec **spec, struct iso_fault *fault);
void iso_spec_free(struct iso_spec *spec);
const char *iso_spec_name(const struct iso_spec *spec);
/* NULL when the spec has no such data element. */
const char *iso_spec_de_name(const struct iso_spec *spec, unsigned de);
/* Bytes of the element's length prefix on the wire (in ASCII 2: LL, 3: LLL); 0 when its length is
 * fixed or the spec has no such element. */
unsigned iso_spec_de_prefix_len(const struct iso_spec *spec, unsigned de);
/* 0 when the spec has no header. */
size_t iso_spec_header_len(const struct iso_spec *spec);
/* How an element may be shown: see enum iso_mask. */
enum iso_mask iso_spec_de_mask(const struct iso_spec *spec, unsigned de);
/* Bytes of memory that the spec takes. */
size_t iso_spec_size(const struct iso_spec *spec);
/* The data elements that an answer takes over from its request (`answer: echo:` in the spec):
 * 1 in bit de%64 of word de/64. */
void iso_spec_answer_echo(const struct iso_spec *spec, uint64_t echo[3]);
/* What the spec follows, and what it is; "" when it does not say. */
const char *iso_spec_title(const struct iso_spec *spec);
const char *iso_spec_follows(const struct iso_spec *spec);
/* The value that marks messages of the product that the spec is for (`product:`), and its element;
 * NULL and 0 when it names none. */
const char *iso_spec_product(const struct iso_spec *spec, unsigned *de);

/* --- messages --------------------------------------------------------------------------------- */

struct iso_value {
    const uint8_t *data; /* NULL: absent */
    size_t len;
};

struct iso_message {
    const struct iso_spec *spec;
    char mti[5];               /* four digits and a NUL */
    struct iso_value header;   /* absent when the spec has none or the body came bare */
    struct iso_value rejected; /* the original header inside a reject message */
    /* Of each element bit de%64 of word de/64: it is there; its value is text that pack still has
     * to convert; it has an odd number of BCD digits. */
    uint64_t present[ISO_DE_MAX / 64 + 1];
    uint64_t text[ISO_DE_MAX / 64 + 1];
    uint64_t odd[ISO_DE_MAX / 64 + 1];
    bool is_marked;                      /* text or odd have had bits */
    struct iso_value de[ISO_DE_MAX + 1]; /* meaningful only where present */
    const uint8_t *base;                 /* after unpack: the first byte given */
    unsigned bitmaps; /* at least so many go out, even when empty; unpack notes how many came */
};

enum iso_header_mode { ISO_HEADER_AUTO, ISO_HEADER_YES, ISO_HEADER_NO };

void iso_message_init(struct iso_message *message, const struct iso_spec *spec, const char *mti);
/* The content as it stands on the wire, without prefix. It is borrowed; a later set of the same
 * element replaces it. */
void iso_message_set(struct iso_message *message, unsigned de, const void *data, size_t len);
/* The content as text: characters of the element's charset, digits, for content b hex digits.
 * iso_message_pack() converts it to the element's encoding on its way out, and pads it where the
 * spec says so. Borrowed as above. Not for elements with sub-fields that no single encoding covers:
 * those are set as they stand on the wire. */
void iso_message_set_text(struct iso_message *message, unsigned de, const void *text, size_t len);
void iso_message_remove(struct iso_message *message, unsigned de);

static inline bool iso_message_has(const struct iso_message *message, unsigned de)
{
    return (message->present[de / 64] >> (de % 64) & 1) != 0;
}
static inline struct iso_value iso_message_get(const struct iso_message *message, unsigned de)
{
    struct iso_value absent = {NULL, 0};
    return iso_message_has(message, de) ? message->de[de] : absent;
}

/* The whole of `data` is one message: trailing bytes are a fault. All format checks are on:
 * character class of every element, length limits, sub-fields as deep as the spec describes. After
 * a fault `header`, `rejected`, `mti` and the elements in front of the fault are those already
 * read; `base` is set. */
ISO_MUST_USE enum iso_result iso_message_unpack(const struct iso_spec *spec,
                                                enum iso_header_mode mode, const void *data,
                                                size_t len, struct iso_message *message,
                                                struct iso_fault *fault);

/* Called for each fault; what it points to is good until it returns. */
typedef void (*iso_fault_fn)(void *context, const struct iso_fault *fault);
/* As iso_message_unpack(), but goes on behind a fault wherever the next element can be found: after
 * a wrong content, an element that is too long or too short by its own length, an undefined bit (up
 * to its place). Reports every fault in the order of the bytes and returns their number. The
 * message holds the elements that were good. */
size_t iso_message_examine(const struct iso_spec *spec, enum iso_header_mode mode, const void *data,
                           size_t len, struct iso_message *message, iso_fault_fn report,
                           void *context);

/* Writes header (when set: exactly the spec's length; total length is filled in), original header
 * (when set; the header then carries a reject code), MTI, bitmaps and elements, with the same
 * checks as unpack. On success *len is the number of bytes written; else `out` is scratch. */
ISO_MUST_USE enum iso_result iso_message_pack(const struct iso_message *message, void *out,
                                              size_t size, size_t *len, struct iso_fault *fault);

/* What format alone cannot tell: the spec's presence rules for this message, and its code lists.
 * `request` is the message that this one answers, NULL when it is not known; elements to be echoed
 * are judged against it. Reports every finding, elements in ascending order, and returns their
 * number: MISSING, UNDEFINED (must not be there) or CONTENT (no such code, or not the request's).
 * The offset of what is missing is its byte of the bitmap; all are 0 for a message that did not
 * come from unpack. */
size_t iso_message_check(const struct iso_message *message, const struct iso_message *request,
                         iso_fault_fn report, void *context);
/* What the value of an element or sub-field means by the spec's code list; NULL when there is none,
 * or the value is not in it. */
const char *iso_message_meaning(const struct iso_message *message, unsigned de, const char *path);

/* A sub-field by its path below the element, e.g. (48, "AS.HB") or (55, "9F02"), as on the wire.
 * Absent: data NULL. Under encoding bcd a sub-field may begin or end in the middle of a byte: take
 * its text. */
struct iso_value iso_message_find(const struct iso_message *message, unsigned de, const char *path);
/* The same, "" for the element itself, as text (see iso_message_set_text(); padding that the spec
 * strips is left out). Writes at most `size` bytes, no NUL, and their number to *len. INPUT: there
 * is no such sub-field; LIMIT: `size` is too small; twice the bytes on the wire always suffice. */
ISO_MUST_USE enum iso_result iso_message_text(const struct iso_message *message, unsigned de,
                                              const char *path, char *out, size_t size,
                                              size_t *len);
/* Fills `out` (iso_spec_header_len() bytes) with the constants, normal values and padding that the
 * spec gives for its header; then iso_header_set() puts a value into a field by its name, padded as
 * the spec says. false: no such field, or the value does not fit. pack fills in the total length.
 */
void iso_header_init(const struct iso_spec *spec, uint8_t *out);
ISO_MUST_USE bool iso_header_set(const struct iso_spec *spec, uint8_t *out, const char *name,
                                 const void *value, size_t len);
/* A field of the header by its name. */
struct iso_value iso_header_find(const struct iso_spec *spec, struct iso_value header,
                                 const char *name);

/* --- framings --------------------------------------------------------------------------------- */

/* How messages are cut out of a byte stream: fixed bytes, a length, more fixed bytes, the message,
 * a trailer. What else stands in front of a message is its header, and the spec's. Like a spec, a
 * framing is data: a YAML file (docs/codec.md, specs/framings). */

enum {
    ISO_FRAME_FIXED_MAX = 8,  /* bytes in front of the length, behind it, and of the trailer */
    ISO_FRAME_LENGTH_MAX = 8, /* bytes of the length: 8 digits */
    ISO_FRAME_HEAD_MAX = 2 * ISO_FRAME_FIXED_MAX + ISO_FRAME_LENGTH_MAX,
    ISO_FRAME_IDLE_MAX = ISO_FRAME_HEAD_MAX + ISO_FRAME_FIXED_MAX,
    ISO_FRAMING_NAME_MAX = 32,
};

enum iso_frame_length {
    ISO_FRAME_LENGTH_ASCII,  /* decimal digits */
    ISO_FRAME_LENGTH_BCD,    /* two decimal digits a byte */
    ISO_FRAME_LENGTH_HEX,    /* hex digits as text, of either case; upper case is written */
    ISO_FRAME_LENGTH_BINARY, /* the most significant byte first */
    ISO_FRAME_LENGTH_LITTLE, /* the least significant byte first */
    ISO_FRAME_LENGTH_NONE,   /* no length: the trailer ends a message, which cannot contain it */
};

enum iso_frame_idle {
    ISO_FRAME_IDLE_NONE,  /* a message of no bytes is a fault */
    ISO_FRAME_IDLE_ZERO,  /* the length says 0 and nothing follows, not even a trailer */
    ISO_FRAME_IDLE_EMPTY, /* the frame of a message of no bytes */
};

/* Plain data, to copy as you like; it owns nothing. len_max may be lowered. */
struct iso_framing {
    char name[ISO_FRAMING_NAME_MAX + 1];
    enum iso_frame_length length;
    enum iso_frame_idle idle;
    uint8_t before_len, width, after_len, trailer_len; /* in bytes, in their order on the wire */
    uint8_t counted; /* bytes other than the message that the length counts */
    uint8_t before[ISO_FRAME_FIXED_MAX];
    uint8_t after[ISO_FRAME_FIXED_MAX];
    uint8_t trailer[ISO_FRAME_FIXED_MAX];
    size_t len_max; /* of a message */
};

/* Reads a framing file. Errors name file, line, column; *framing is then zeroed. */
ISO_MUST_USE enum iso_result iso_framing_load(const char *path, struct iso_framing *framing,
                                              struct iso_fault *fault);

enum iso_frame {
    ISO_FRAME_MORE,    /* not whole yet: call again with more bytes; never more of them needed than
                          ISO_FRAME_IDLE_MAX and the framing's len_max */
    ISO_FRAME_MESSAGE, /* *message is inside data; *used bytes are spent */
    ISO_FRAME_IDLE,    /* *used bytes are spent, nothing to answer */
    ISO_FRAME_BAD,     /* the stream cannot be followed any more: close it */
};
/* Cuts the first frame off `data`. What cannot begin a frame is refused at its first byte, a length
 * over the maximum when it is there; offsets in the fault count from `data`. */
enum iso_frame iso_frame_cut(const struct iso_framing *framing, const void *data, size_t len,
                             struct iso_value *message, size_t *used, struct iso_fault *fault);

/* What goes around a message: write head, message, tail. */
struct iso_frame_edges {
    uint8_t head[ISO_FRAME_HEAD_MAX];
    size_t head_len;
    struct iso_value tail; /* the framing's trailer, borrowed */
};
/* Errors: LIMIT when the message is longer than a frame can be, INPUT when it is empty, or when it
 * contains the trailer and nothing else would end it. */
ISO_MUST_USE enum iso_result iso_frame_wrap(const struct iso_framing *framing, const void *message,
                                            size_t len, struct iso_frame_edges *edges,
                                            struct iso_fault *fault);
/* Writes an idle frame; returns its length, 0 when the framing has none. */
size_t iso_frame_idle(const struct iso_framing *framing, uint8_t out[ISO_FRAME_IDLE_MAX]);

#ifdef __cplusplus
}
#endif

#endif
