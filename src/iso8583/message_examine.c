/* The slow walk: the authority on what is wrong with a message. Stops at the first fault, or goes
 * on behind each as far as that is possible. */
#include "iso8583/fault.h"
#include "iso8583/message.h"
#include "iso8583/parts.h"

#include <stdio.h>

enum { NAMES_MAX = ISO_PARTS_DEPTH_MAX + 2 };

struct body {
    const struct iso_spec *spec;
    const uint8_t *base, *at, *end;
    struct iso_message *message;
    struct iso_fault *fault;
    iso_fault_fn report; /* NULL: the first fault is the last */
    void *context;
    size_t faults;
    uint64_t blocks[ISO_BITMAPS_MAX];
    unsigned count, last_de;
    unsigned stop_de; /* an element that the spec has not: nothing behind it can be found */
    struct iso_value names[NAMES_MAX];
    unsigned name_count;
};

static size_t body_offset(const struct body *body)
{
    return (size_t)(body->at - body->base);
}

static size_t body_left(const struct body *body)
{
    return (size_t)(body->end - body->at);
}

/* Counts the fault that was just filled; true when the walk goes on. */
static bool go_on(struct body *body)
{
    body->faults++;
    if (body->report == NULL)
        return false;
    body->report(body->context, body->fault);
    return true;
}

static bool go_on_in(struct body *body, const char *name)
{
    iso_fault_in(body->fault, name, strlen(name));
    return go_on(body);
}

/* --- MTI and bitmaps -------------------------------------------------------------------------- */

static enum iso_result fault_digit(struct body *body, size_t offset, uint8_t byte)
{
    if (body->spec->mti_encoding == ISO_ENCODING_ASCII)
        return iso_fault_content(body->fault, offset, ISO_CLASS_N, byte, false);
    return iso_fault_set(body->fault, ISO_FAULT_CONTENT, offset, "digits", "byte %02X", byte);
}

static bool examine_mti(struct body *body)
{
    size_t len = iso_mti_len(body->spec);
    if (body_left(body) < len) {
        iso_fault_truncated(body->fault, body_offset(body), len, body_left(body));
        (void)go_on_in(body, "mti");
        return false;
    }
    char mti[ISO_MTI_LEN];
    size_t stray = iso_mti_take(body->spec, body->at, mti);
    if (stray < len) {
        fault_digit(body, body_offset(body) + stray, body->at[stray]);
        if (!go_on_in(body, "mti"))
            return false;
    } else {
        memcpy(body->message->mti, mti, ISO_MTI_LEN);
    }
    body->at += len;
    return true;
}

/* Bits are one digit of hex, or one bit of a byte. */
static bool examine_undefined(struct body *body, unsigned k, uint64_t undefined, size_t offset)
{
    for (; undefined != 0; undefined &= undefined - 1) {
        unsigned bit = (unsigned)__builtin_ctzll(undefined), de = k * ISO_BLOCK + 1 + bit;
        unsigned wide = body->spec->bitmap_len / ISO_BITMAP_LEN;
        iso_fault_set(body->fault, ISO_FAULT_UNDEFINED, offset + bit * wide / 8,
                      "a bitmap of elements that the spec has", "bit %u", de);
        iso_fault_in_de(body->fault, de);
        if (body->stop_de == 0)
            body->stop_de = de;
        if (!go_on(body))
            return false;
    }
    return true;
}

/* The next 64 bits; false when they cannot be read. */
static bool examine_bitmap(struct body *body, uint64_t *bits)
{
    size_t len = body->spec->bitmap_len, offset = body_offset(body);
    uint8_t bytes[ISO_BITMAP_LEN];
    if (body_left(body) < len) {
        iso_fault_truncated(body->fault, offset, len, body_left(body));
        (void)go_on_in(body, "bitmap");
        return false;
    }
    size_t stray =
        iso_bitmap_bytes(body->spec, body->spec->bitmap_encoding, body->at, ISO_BITMAP_LEN, bytes);
    if (stray < len) {
        iso_fault_set(body->fault, ISO_FAULT_CONTENT, offset + stray, "a hex digit", "byte %02X",
                      body->at[stray]);
        (void)go_on_in(body, "bitmap");
        return false;
    }
    *bits = iso_bitmap_read(bytes);
    body->at += len;
    return true;
}

static bool examine_bitmaps(struct body *body)
{
    const struct iso_spec *spec = body->spec;
    for (bool more = true; more; body->count++) {
        uint64_t block;
        size_t offset = body_offset(body);
        if (!examine_bitmap(body, &block))
            return false;
        more = body->count + 1 < spec->bitmaps_min;
        if (iso_bitmap_announces(spec, body->count)) {
            more = more || (block & 1) != 0;
            block &= ~UINT64_C(1);
        }
        uint64_t undefined = block & ~spec->allowed[body->count];
        if (undefined != 0 && !examine_undefined(body, body->count, undefined, offset))
            return false;
        body->blocks[body->count] = block;
    }
    return true;
}

/* --- elements --------------------------------------------------------------------------------- */

/* A fault inside an element, with the names of all levels above it. */
static bool go_on_inside(struct body *body, unsigned de)
{
    for (unsigned i = body->name_count; i > 0; i--)
        iso_fault_in(body->fault, body->names[i - 1].data, body->names[i - 1].len);
    iso_fault_in_de(body->fault, de);
    return go_on(body);
}

/* Every fault of a value and its sub-fields, each told once. */
static void examine_parts(struct body *body, unsigned de, struct iso_parts parts)
{
    struct iso_part part;
    while (iso_parts_next(&parts, &part)) {
        if (iso_part_check_once(&parts, &part) != ISO_OK) {
            iso_fault_in(body->fault, part.key.data, part.key.len);
            (void)go_on_inside(body, de);
        }
        if (iso_part_check(&parts, &part) == ISO_OK)
            continue;
        if (part.inner == NULL || body->name_count == NAMES_MAX) {
            iso_fault_in(body->fault, part.key.data, part.key.len);
            (void)go_on_inside(body, de);
            continue;
        }
        /* The key may lie in the part, which stays as it is while its own parts are walked. */
        body->names[body->name_count++] = part.key;
        examine_parts(body, de, iso_parts_below(&parts, &part));
        body->name_count--;
    }
    if (parts.result != ISO_OK)
        (void)go_on_inside(body, de);
}

/* True when the value is good; after a fault `*stop` says whether the walk ends. */
static bool examine_value(struct body *body, unsigned de, const struct iso_field *field,
                          const struct iso_view *view, bool *stop)
{
    size_t offset = (size_t)(view->data - body->base);
    *stop = false;
    if (iso_value_check(body->spec, field, view, offset, body->fault) == ISO_OK)
        return true;
    if (body->report == NULL || field->layout == ISO_LAYOUT_NONE) {
        iso_fault_in_de(body->fault, de);
        *stop = !go_on(body);
        return false;
    }
    examine_parts(body, de, iso_parts_of(body->spec, field, view, offset, body->fault));
    return false;
}

/* A length outside its limits still says where the next element begins, unless it is no length at
 * all: then what it spans is hardly what the element may consist of. */
static bool skip_by_length(struct body *body, const struct iso_field *field)
{
    struct iso_field lax = *field;
    struct iso_view view;
    if ((body->fault->kind != ISO_FAULT_OVER && body->fault->kind != ISO_FAULT_LENGTH) ||
        (field->flags & ISO_FIELD_TERMINATED) != 0 || field->prefix.width == 0)
        return false;
    lax.len_min = 0;
    lax.len_max = ISO_LEN_MAX;
    lax.prefix.flags &= (uint8_t)~ISO_PREFIX_FILLED;
    const uint8_t *behind = iso_field_cut(body->spec, &lax, body->at, body->end, 0, &view, NULL);
    if (behind == NULL || iso_view_check(body->spec, field, &view, 0, false, NULL) != ISO_OK)
        return false;
    body->at = behind;
    return true;
}

static bool examine_element(struct body *body, unsigned de)
{
    const struct iso_field *field = iso_spec_field(body->spec, de);
    struct iso_view view;
    bool stop;
    if (de == body->spec->third_in) {
        size_t offset = body_offset(body);
        body->message->bitmaps = ISO_BITMAPS_MAX;
        if (!examine_bitmap(body, &body->blocks[2]))
            return false;
        uint64_t undefined = body->blocks[2] & ~body->spec->allowed[2];
        return undefined == 0 || examine_undefined(body, 2, undefined, offset);
    }
    const uint8_t *behind = iso_field_cut(body->spec, field, body->at, body->end, body_offset(body),
                                          &view, body->fault);
    if (behind == NULL) {
        iso_fault_in_de(body->fault, de);
        return go_on(body) && skip_by_length(body, field);
    }
    if (examine_value(body, de, field, &view, &stop))
        iso_message_take(body->message, de, (struct iso_value){view.data, view.len},
                         iso_view_is_odd(field, &view));
    else if (stop)
        return false;
    body->at = behind;
    body->last_de = de;
    return true;
}

static bool examine_block(struct body *body, unsigned k)
{
    for (uint64_t block = body->blocks[k]; block != 0; block &= block - 1) {
        unsigned de = k * ISO_BLOCK + 1 + (unsigned)__builtin_ctzll(block);
        if ((body->stop_de != 0 && de >= body->stop_de) || !examine_element(body, de))
            return false;
    }
    return true;
}

/* No bitmap: the elements follow each other until the message ends. */
static bool examine_in_order(struct body *body)
{
    for (unsigned k = 0; k < ISO_BITMAPS_MAX; k++)
        for (uint64_t block = body->spec->defined[k]; block != 0; block &= block - 1)
            if (body_left(body) == 0)
                return true;
            else if (!examine_element(body, k * ISO_BLOCK + 1 + (unsigned)__builtin_ctzll(block)))
                return false;
    return true;
}

static void examine_end(struct body *body)
{
    size_t left = body_left(body);
    if (left == 0)
        return;
    char expected[ISO_FAULT_TEXT_MAX] = "the end after the bitmap";
    if (body->last_de != 0)
        snprintf(expected, sizeof expected, "the end after DE %u", body->last_de);
    iso_fault_set(body->fault, ISO_FAULT_TRAILING, body_offset(body), expected, "%zu more byte%s",
                  left, left == 1 ? "" : "s");
    (void)go_on(body);
}

static void examine(struct body *body)
{
    struct iso_message *message = body->message;
    memset(message->present, 0, sizeof message->present);
    memset(message->text, 0, sizeof message->text);
    memset(message->odd, 0, sizeof message->odd);
    message->is_marked = false;
    message->bitmaps = 0;
    if (!examine_mti(body))
        return;
    if (body->spec->bitmaps_max == 0) {
        if (examine_in_order(body))
            examine_end(body);
        return;
    }
    if (!examine_bitmaps(body))
        return;
    message->bitmaps = body->count;
    /* A third bitmap inside an element comes to light on the way. */
    unsigned blocks = body->spec->third_in != 0 ? ISO_BITMAPS_MAX : body->count;
    for (unsigned k = 0; k < blocks; k++)
        if (!examine_block(body, k))
            return;
    examine_end(body);
}

enum iso_result iso_body_examine(const struct iso_spec *spec, const uint8_t *base, size_t len,
                                 size_t at, struct iso_message *message, struct iso_fault *fault)
{
    struct iso_fault own;
    struct body body = {.spec = spec,
                        .base = base,
                        .at = base + at,
                        .end = base + len,
                        .message = message,
                        .fault = fault != NULL ? fault : &own};
    examine(&body);
    return body.faults == 0 ? ISO_OK : ISO_INPUT;
}

size_t iso_message_examine(const struct iso_spec *spec, enum iso_header_mode mode, const void *data,
                           size_t len, struct iso_message *message, iso_fault_fn report,
                           void *context)
{
    static const uint8_t nothing[1];
    struct iso_fault fault;
    const uint8_t *base = data == NULL ? nothing : data;
    struct body body = {.spec = spec,
                        .base = base,
                        .at = base,
                        .end = base + len,
                        .message = message,
                        .fault = &fault,
                        .report = report,
                        .context = context};
    iso_message_init(message, spec, "");
    message->base = base;
    if (iso_header_is_there(spec, mode, base, len)) {
        if (iso_header_unpack(spec, base, len, message, &fault) != ISO_OK)
            (void)go_on(&body);
        size_t header = message->rejected.data != NULL ? 2U * spec->header_len : spec->header_len;
        if (len < header)
            return body.faults;
        body.at += header;
    }
    examine(&body);
    return body.faults;
}
