/* Reads a framing file; docs/codec.md has every key. What cannot be is refused here, with its line,
 * so that whoever cuts frames need not think of it. */
#include "base/doc.h"
#include "iso8583/fault.h"

#include <stdio.h>

/* In the order of enum iso_frame_length and enum iso_frame_idle. */
static const char *const length_names[] = {"ascii",         "bcd",  "hex", "binary",
                                           "binary-little", "none", NULL};
static const char *const idle_names[] = {"none", "zero", "empty", NULL};

static size_t read_fixed(struct schema *schema, struct node *root, const char *key,
                         uint8_t out[ISO_FRAME_FIXED_MAX])
{
    return node_find(root, key) == NULL
               ? 0
               : node_want_hex(schema, root, key, out, ISO_FRAME_FIXED_MAX);
}

/* The largest number that the length can say. */
static size_t most_of(const struct iso_framing *framing)
{
    size_t base = 10, most = 1;
    switch (framing->length) {
    case ISO_FRAME_LENGTH_BCD:
        base = 100;
        break;
    case ISO_FRAME_LENGTH_HEX:
        base = 16;
        break;
    case ISO_FRAME_LENGTH_BINARY:
    case ISO_FRAME_LENGTH_LITTLE:
        base = 256;
        break;
    case ISO_FRAME_LENGTH_ASCII:
    case ISO_FRAME_LENGTH_NONE:
        break;
    }
    for (unsigned i = 0; i < framing->width; i++)
        most *= base;
    return framing->length == ISO_FRAME_LENGTH_NONE ? SIZE_MAX : most - 1;
}

/* 4 bytes are more than any length needs; digits take two or one for each. */
static void read_length(struct schema *schema, struct node *root, struct iso_framing *framing)
{
    static const uint8_t widths[] = {8, 4, 8, 4, 4, 0};
    struct node *map = node_want_map(schema, root, "length");
    framing->length =
        (enum iso_frame_length)node_want_choice(schema, map, "encoding", length_names);
    if (framing->length != ISO_FRAME_LENGTH_NONE)
        framing->width = (uint8_t)node_want_int(schema, map, "bytes", 1, widths[framing->length]);
    node_end(schema, map);
}

static void read_counts(struct schema *schema, struct node *root, struct iso_framing *framing)
{
    const struct {
        const char *name;
        unsigned len;
    } parts[] = {{"before", framing->before_len},
                 {"length", framing->width},
                 {"after", framing->after_len},
                 {"trailer", framing->trailer_len}};
    enum { PARTS = sizeof parts / sizeof parts[0] };
    bool seen[PARTS] = {false};
    const struct node *list = node_may_list(schema, root, "counts");
    for (const struct node *at = list == NULL ? NULL : list->child; at != NULL; at = at->next) {
        const char *name = node_as_text(schema, at, 16);
        if (name == NULL)
            return;
        size_t i = 0;
        while (i < PARTS && strcmp(parts[i].name, name) != 0)
            i++;
        if (i == PARTS || seen[i] || parts[i].len == 0) {
            schema_fault(schema, at,
                         "expected before, length, after or trailer, if it is there, and once");
            return;
        }
        seen[i] = true;
        framing->counted = (uint8_t)(framing->counted + parts[i].len);
    }
}

static void check_whole(struct schema *schema, const struct node *root,
                        const struct iso_framing *framing)
{
    bool none = framing->length == ISO_FRAME_LENGTH_NONE;
    if (none && (framing->trailer_len == 0 || framing->counted > 0 || framing->after_len > 0))
        schema_fault(schema, root,
                     "expected without a length a `trailer`, and neither `after` nor `counts`");
    else if (none && framing->idle == ISO_FRAME_IDLE_ZERO)
        schema_fault(schema, root, "expected without a length `idle: empty` or none");
    else if (most_of(framing) <= framing->counted)
        schema_fault(schema, root, "expected a length that can say more than %u", framing->counted);
}

static void read_framing(struct schema *schema, struct node *root, struct iso_framing *framing)
{
    const char *name = node_want_text(schema, root, "name", ISO_FRAMING_NAME_MAX);
    (void)node_may_text(schema, root, "title", 100, NULL);
    (void)node_may_text(schema, root, "follows", 100, NULL);
    read_length(schema, root, framing);
    framing->before_len = (uint8_t)read_fixed(schema, root, "before", framing->before);
    framing->after_len = (uint8_t)read_fixed(schema, root, "after", framing->after);
    framing->trailer_len = (uint8_t)read_fixed(schema, root, "trailer", framing->trailer);
    read_counts(schema, root, framing);
    framing->idle =
        (enum iso_frame_idle)node_may_choice(schema, root, "idle", idle_names, ISO_FRAME_IDLE_NONE);
    check_whole(schema, root, framing);
    if (schema->result != RESULT_OK)
        return;
    size_t most = most_of(framing) - framing->counted;
    if (most > ISO_MESSAGE_LEN_MAX)
        most = ISO_MESSAGE_LEN_MAX;
    framing->len_max = (size_t)node_may_int(schema, root, "max", 1, (int64_t)most, (int64_t)most);
    node_end(schema, root);
    if (schema->result != RESULT_OK)
        return;
    if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(name))
        schema_fault(schema, node_find(root, "name"), "expected a-z, 0-9 and - in a name");
    else
        memcpy(framing->name, name, strlen(name));
}

enum iso_result iso_framing_load(const char *path, struct iso_framing *framing,
                                 struct iso_fault *fault)
{
    struct fault cause = {.text = ""};
    struct doc *doc = NULL;
    *framing = (struct iso_framing){.name = ""};
    enum result result = doc_load(path, &doc, &cause);
    if (result == RESULT_OK) {
        struct schema schema = schema_of(doc, &cause);
        read_framing(&schema, doc_root(doc), framing);
        result = schema.result;
    }
    doc_free(doc);
    if (result != RESULT_OK)
        *framing = (struct iso_framing){.name = ""};
    return iso_fault_of_file(result, &cause, fault);
}
