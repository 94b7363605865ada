/* The sub-fields of a Composite: one after the other, by tags, BER-TLV, or by a bitmap. */
#include "import/moov.h"

#include <stdio.h>
#include <stdlib.h>

static bool is(const char *a, const char *b)
{
    return a != NULL && strcmp(a, b) == 0;
}

/* What a sort order compares: both orders of moov are of numbers. */
static unsigned long long number_of(const char *key, int base)
{
    return strtoull(key, NULL, base);
}

/* In the order of the keys; children were appended as the file has them. */
static void sort_children(struct model_field *field, int base)
{
    struct model_field *sorted = NULL;
    while (field->child != NULL) {
        struct model_field *child = field->child, **at = &sorted;
        field->child = child->next;
        while (*at != NULL && number_of((*at)->key, base) <= number_of(child->key, base))
            at = &(*at)->next;
        child->next = *at;
        *at = child;
    }
    field->child = sorted;
}

static bool is_upper_hex(const char *key)
{
    return strspn(key, "0123456789ABCDEF") == strlen(key) && key[0] != '\0';
}

/* How the keys of sub-fields stand on the wire. */
struct keys {
    const char *encoding; /* moov's; NULL: they do not */
    unsigned width;       /* characters of a key */
    char pad;             /* 0: none */
    bool pad_right;
};

static void take_key(struct moov *moov, const struct node *node, const struct keys *keys,
                     struct model_field *child)
{
    size_t len = strlen(node->key), gap;
    if (len == 0 || len > MODEL_KEY_MAX) {
        moov_fault(moov, node, RESULT_INPUT, "expected a key of 1 to %d characters", MODEL_KEY_MAX);
        return;
    }
    if (keys->encoding == NULL) {
        snprintf(child->key, sizeof child->key, "%s", node->key);
        for (char *at = child->key; *at != '\0'; at++)
            if (*at >= 'A' && *at <= 'Z')
                *at = (char)(*at - 'A' + 'a');
        return;
    }
    if (keys->width < len || keys->width > MODEL_KEY_MAX ||
        (keys->width != len && keys->pad == 0)) {
        moov_fault(moov, node, RESULT_INPUT, "expected a key of %u characters, got `%s`",
                   keys->width, node->key);
        return;
    }
    gap = keys->width - len;
    memset(child->key, keys->pad, gap);
    memcpy(child->key + (keys->pad_right ? 0 : gap), node->key, len);
    if (keys->pad_right)
        memset(child->key + len, keys->pad, gap);
    child->key[keys->width] = '\0';
}

static void convert_children(struct moov *moov, struct node *node, const struct keys *keys,
                             struct model_field *field)
{
    struct node *map = moov_find(node, "subfields");
    if (map == NULL || map->kind != NODE_MAP || map->child == NULL) {
        moov_fault(moov, node, RESULT_INPUT, "a Composite without subfields");
        return;
    }
    if (++moov->depth > MOOV_DEPTH_MAX) {
        moov_fault(moov, node, RESULT_LIMIT, "sub-fields more than %d deep", MOOV_DEPTH_MAX);
        return;
    }
    for (struct node *at = map->child; at != NULL && moov->result == RESULT_OK; at = at->next) {
        struct model_field *child = NULL;
        at->used = true;
        moov_convert(moov, at, 0, &child);
        if (child == NULL)
            break;
        take_key(moov, at, keys, child);
        model_append(field, child);
    }
    moov->depth--;
}

/* --- without tags ----------------------------------------------------------------------------- */

static void convert_positional(struct moov *moov, struct node *node, struct node *tag,
                               struct model_field *field)
{
    struct keys keys = {0};
    const char *sort = moov_text(moov, tag, "sort");
    bool first = true;
    field->layout = MODEL_POSITIONAL;
    convert_children(moov, node, &keys, field);
    if (moov->result != RESULT_OK)
        return;
    sort_children(field, is(sort, "StringsByHex") ? 16 : 10);
    /* In a field of its own length moov stops when the bytes run out. */
    for (struct model_field *child = field->child; child != NULL; child = child->next) {
        child->is_optional = !first && !field->is_fixed;
        first = false;
    }
}

/* --- by tags ---------------------------------------------------------------------------------- */

static void take_tag_padding(struct moov *moov, struct node *tag, struct keys *keys)
{
    struct node *padding = moov_find(tag, "padding");
    if (padding == NULL)
        return;
    const char *type = moov_text(moov, padding, "type"), *pad = moov_text(moov, padding, "pad");
    bool left = is(type, "Left"), right = is(type, "Right");
    moov_end(moov, padding);
    if (is(type, "None"))
        return;
    if ((!left && !right) || pad == NULL || strlen(pad) != 1)
        model_note(moov->model, NULL, padding->line,
                   "the padding of its tags is not known, and moov ignores it");
    else {
        keys->pad = pad[0];
        keys->pad_right = right;
    }
}

/* The tag on the wire, and the keys that say it. */
static bool take_tag(struct moov *moov, struct node *tag, const char *encoding, unsigned length,
                     struct keys *keys, struct model_prefix *prefix)
{
    keys->encoding = encoding;
    keys->width = length;
    if (is(encoding, "ASCII") || is(encoding, "Binary") || is(encoding, "EBCDIC") ||
        is(encoding, "EBCDIC1047")) {
        prefix->digits = length;
        prefix->encoding = strncmp(encoding, "EBCDIC", 6) == 0 ? "ebcdic" : NULL;
    } else if (is(encoding, "ASCIIToHex")) {
        keys->width = 2 * length;
        prefix->bytes = length;
    } else if (is(encoding, "BCD")) {
        keys->width = length + length % 2;
        if (length % 2 != 0 && keys->pad == 0)
            keys->pad = '0';
        prefix->bytes = (length + 1) / 2;
    } else {
        moov_fault(moov, tag, RESULT_INPUT, "tags in enc %.40s cannot be said", encoding);
        return false;
    }
    if (length == 0 || length > 8)
        moov_fault(moov, tag, RESULT_INPUT, "tag: expected a length of 1 to 8, got %u", length);
    return moov->result == RESULT_OK;
}

static bool is_same(const struct model_prefix *a, const struct model_prefix *b)
{
    bool same = a->encoding == b->encoding ||
                (a->encoding != NULL && b->encoding != NULL && is(a->encoding, b->encoding));
    return same && a->digits == b->digits && a->bytes == b->bytes && a->is_ber == b->is_ber;
}

/* Tags that the spec has not can be passed over when every length is written as theirs is. */
static void share_length(struct moov *moov, struct node *tag, struct model_field *field)
{
    struct model_prefix unknown = {.is_ber = true};
    const char *text = moov_text(moov, tag, "prefUnknownTLV");
    bool skips = moov_bool(moov, tag, "skipUnknownTLVTags"), same = true;
    unsigned most;
    if (text != NULL && text[0] != '\0' && !moov_prefix(moov, tag, text, &unknown, &most))
        same = false;
    for (const struct model_field *child = field->child; child != NULL; child = child->next)
        same = same && !child->is_fixed && child->prefix.counts == NULL &&
               (child->encoding == NULL || !is(child->encoding, "bcd")) &&
               is_same(&child->prefix, &unknown);
    field->is_closed = !skips || !same;
    if (skips && !same)
        model_note(
            moov->model, field, tag->line,
            "tags that the spec has not are refused: their length is not written as those of "
            "the others");
    if (!skips || !same)
        return;
    field->size = unknown;
    for (struct model_field *child = field->child; child != NULL; child = child->next)
        child->prefix = (struct model_prefix){0};
}

static void convert_tagged(struct moov *moov, struct node *node, struct node *tag,
                           const char *encoding, struct model_field *field)
{
    struct keys keys = {0};
    unsigned length = moov_number(moov, tag, "length", 64);
    take_tag_padding(moov, tag, &keys);
    field->layout = MODEL_TLV;
    if (!take_tag(moov, tag, encoding, length, &keys, &field->tag))
        return;
    convert_children(moov, node, &keys, field);
    if (moov->result == RESULT_OK)
        share_length(moov, tag, field);
}

/* Bit 6 of the first byte of a tag: there are objects inside. */
static bool is_constructed(const char *key)
{
    char first[] = {key[0], key[0] != '\0' ? key[1] : '\0', '\0'};
    return (strtoul(first, NULL, 16) & 0x20) != 0;
}

static void convert_ber(struct moov *moov, struct node *node, struct node *tag,
                        struct model_field *field)
{
    struct keys keys = {0};
    field->layout = MODEL_BER;
    field->no_padding = true;
    field->is_closed = !moov_bool(moov, tag, "skipUnknownTLVTags");
    (void)moov_bool(moov, tag, "storeUnknownTLVTags");
    convert_children(moov, node, &keys, field);
    struct node *map = moov_find(node, "subfields"), *at = map != NULL ? map->child : NULL;
    for (struct model_field *child = field->child; child != NULL && moov->result == RESULT_OK;
         child = child->next, at = at->next) {
        snprintf(child->key, sizeof child->key, "%s", at->key);
        for (char *c = child->key; *c != '\0'; c++)
            if (*c >= 'a' && *c <= 'f')
                *c = (char)(*c - 'a' + 'A');
        if (!is_upper_hex(child->key))
            moov_fault(moov, at, RESULT_INPUT, "expected a tag of hex digits, got `%.40s`",
                       at->key);
        else if (!child->prefix.is_ber)
            moov_fault(moov, at, RESULT_INPUT,
                       "a field in BER-TLV with another length than BerTLV cannot be said");
        else if (child->encoding != NULL && is(child->encoding, "bcd"))
            moov_fault(moov, at, RESULT_INPUT,
                       "BCD in BER-TLV cannot be said: moov counts digits where BER has bytes");
        /* moov takes the value as it is, whatever the tag says of it. */
        child->is_opaque = child->layout == MODEL_LEAF && is_constructed(child->key);
        child->prefix = (struct model_prefix){0};
        child->min = 0;
        if (child->max == 0 || child->max > field->max)
            child->max = field->max;
    }
}

/* --- by a bitmap ------------------------------------------------------------------------------ */

static void convert_bitmapped(struct moov *moov, struct node *node, struct node *bitmap,
                              struct model_field *field)
{
    struct keys keys = {0};
    unsigned length = moov_number(moov, bitmap, "length", 24);
    const char *encoding = moov_text(moov, bitmap, "enc");
    bool fixed = moov_bool(moov, bitmap, "disableAutoExpand");
    (void)moov_text(moov, bitmap, "type");
    (void)moov_text(moov, bitmap, "description");
    (void)moov_text(moov, bitmap, "prefix");
    moov_end(moov, bitmap);
    field->layout = MODEL_BITMAPPED;
    field->bitmap_bytes = length == 0 ? 8 : length;
    if (!fixed)
        moov_fault(moov, bitmap, RESULT_INPUT,
                   "bitmap: expected disableAutoExpand: true, as moov does");
    if (is(encoding, "HexToASCII"))
        field->bitmap_encoding = "hex";
    else if (!is(encoding, "Binary"))
        moov_fault(moov, bitmap, RESULT_INPUT, "bitmap: expected enc Binary or HexToASCII");
    if (moov->result == RESULT_OK)
        convert_children(moov, node, &keys, field);
    if (moov->result == RESULT_OK)
        sort_children(field, 10);
}

void moov_convert_parts(struct moov *moov, struct node *node, struct model_field *field)
{
    struct node *tag = moov_find(node, "tag"), *bitmap = moov_find(node, "bitmap");
    struct node *padding = moov_find(node, "padding");
    const char *type = padding != NULL ? moov_text(moov, padding, "type") : NULL;
    if (padding != NULL && !is(type, "None"))
        model_note(moov->model, field, padding->line, "a Composite has no padding: left out");
    if (moov_text(moov, node, "enc") != NULL)
        model_note(moov->model, field, node->line, "enc does nothing in a Composite");
    if ((tag != NULL) == (bitmap != NULL)) {
        moov_fault(moov, node, RESULT_INPUT, "a Composite: expected one of tag and bitmap");
        return;
    }
    if (bitmap != NULL) {
        convert_bitmapped(moov, node, bitmap, field);
        return;
    }
    const char *encoding = moov_text(moov, tag, "enc"), *sort = moov_text(moov, tag, "sort");
    static const char *const known[] = {"ASCII", "BCD",        "EBCDIC",     "EBCDIC1047", "Binary",
                                        "LBCD",  "HexToASCII", "ASCIIToHex", "BerTLVTag"};
    bool is_known = encoding == NULL || encoding[0] == '\0';
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        is_known = is_known || is(encoding, known[i]);
    if (!is(sort, "StringsByInt") && !is(sort, "StringsByHex"))
        moov_fault(moov, tag, RESULT_INPUT,
                   "sort: expected StringsByInt or StringsByHex, got %.40s",
                   sort != NULL ? sort : "nothing");
    if (!is_known)
        moov_fault(moov, tag, RESULT_INPUT,
                   "unknown enc %.40s of a tag: moov ignores it, and would find no tags", encoding);
    if (moov->result != RESULT_OK)
        return;
    if (encoding == NULL || encoding[0] == '\0') {
        (void)moov_number(moov, tag, "length", 64);
        convert_positional(moov, node, tag, field);
    } else if (is(encoding, "BerTLVTag")) {
        (void)moov_number(moov, tag, "length", 64);
        (void)moov_text(moov, tag, "prefUnknownTLV");
        (void)moov_find(tag, "padding");
        convert_ber(moov, node, tag, field);
    } else {
        (void)moov_bool(moov, tag, "storeUnknownTLVTags");
        convert_tagged(moov, node, tag, encoding, field);
    }
    moov_end(moov, tag);
}
