/* Reads YAML and JSON into a tree, see doc.h. libfyaml 0.7.12 does the reading, event by event; no
 * other file knows it, but for doc_check.c, which keeps from it what it cannot bear. Nodes and
 * texts live in one arena that the doc owns. */
#include "base/doc.h"

#include "base/doc_check.h"

#include <errno.h>
#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    DOC_KEY_MAX = 128,        /* longest key; fault texts quote it whole */
    DOC_BLOCK_LEN = 32 << 10, /* of the arena: one or two blocks hold a usual spec */
    DOC_SORT_MIN = 16,        /* up to so many keys comparing each with each is quicker */
};

struct doc_block {
    struct doc_block *next;
    size_t used, cap;
    max_align_t data[];
};

struct doc {
    struct doc_block *blocks;
    struct node *root;
    size_t nodes;
    char *name;
};

/* A list or map that is still open. */
struct doc_frame {
    struct node *node;
    struct node **tail; /* where the next child goes */
    const char *key;    /* of a map: read, its value not yet */
    unsigned key_line, key_column;
};

struct doc_builder {
    struct doc *doc;
    struct fault *fault;
    unsigned line, column; /* of the latest event that has a place */
    unsigned documents;
    unsigned depth;
    struct doc_frame frames[DOC_DEPTH_MAX];
};

#define DOC_FAULT(name, line, column, result, format, ...)                                         \
    fault_set(fault, (result), "%s:%u:%u: " format, (name), (line), (column), __VA_ARGS__)

static void *doc_take(struct doc *doc, size_t len)
{
    len = (len + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    struct doc_block *block = doc->blocks;
    if (block == NULL || len > block->cap - block->used) {
        size_t cap = len > DOC_BLOCK_LEN ? len : DOC_BLOCK_LEN;
        block = malloc(sizeof *block + cap);
        if (block == NULL)
            return NULL;
        *block = (struct doc_block){.next = doc->blocks, .cap = cap};
        doc->blocks = block;
    }
    void *at = (uint8_t *)block->data + block->used;
    block->used += len;
    return at;
}

static char *doc_copy(struct doc *doc, const char *text, size_t len)
{
    char *copy = doc_take(doc, len + 1);
    if (copy == NULL)
        return NULL;
    if (len > 0)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

static enum result builder_fault(struct doc_builder *builder, const char *what)
{
    struct fault *fault = builder->fault;
    return DOC_FAULT(builder->doc->name, builder->line, builder->column, RESULT_INPUT, "%s", what);
}

static enum result builder_no_memory(struct doc_builder *builder)
{
    return fault_set(builder->fault, RESULT_LIMIT, "%s: out of memory", builder->doc->name);
}

/* Makes a node and hangs it into the open list or map, or as the root. */
static enum result builder_add(struct doc_builder *builder, enum node_kind kind, struct node **out)
{
    struct doc *doc = builder->doc;
    if (doc->nodes == DOC_NODES_MAX) {
        struct fault *fault = builder->fault;
        return DOC_FAULT(doc->name, builder->line, builder->column, RESULT_LIMIT,
                         "more than %d values", DOC_NODES_MAX);
    }
    struct node *node = doc_take(doc, sizeof *node);
    if (node == NULL)
        return builder_no_memory(builder);
    doc->nodes++;
    *node = (struct node){.kind = kind, .line = builder->line, .column = builder->column};
    *out = node;
    if (builder->depth == 0) {
        doc->root = node;
        return RESULT_OK;
    }
    struct doc_frame *frame = &builder->frames[builder->depth - 1];
    node->key = frame->key;
    node->key_line = frame->key_line;
    node->key_column = frame->key_column;
    frame->key = NULL;
    *frame->tail = node;
    frame->tail = &node->next;
    frame->node->len++;
    return RESULT_OK;
}

static bool builder_wants_key(const struct doc_builder *builder)
{
    if (builder->depth == 0)
        return false;
    const struct doc_frame *frame = &builder->frames[builder->depth - 1];
    return frame->node->kind == NODE_MAP && frame->key == NULL;
}

static enum result builder_key(struct doc_builder *builder, const char *text, size_t len)
{
    if (len == 0)
        return builder_fault(builder, "expected a key, got nothing");
    if (len > DOC_KEY_MAX)
        return builder_fault(builder, "a key is longer than 128 bytes");
    for (size_t i = 0; i < len; i++)
        if ((uint8_t)text[i] < 0x20 || text[i] == 0x7F)
            return builder_fault(builder, "a key contains a control character");
    struct doc_frame *frame = &builder->frames[builder->depth - 1];
    frame->key = doc_copy(builder->doc, text, len);
    if (frame->key == NULL)
        return builder_no_memory(builder);
    frame->key_line = builder->line;
    frame->key_column = builder->column;
    /* libfyaml places a map without braces where it likes; it stands where its first key does. */
    if (frame->node->len == 0 && frame->node->line == builder->line &&
        builder->column < frame->node->column)
        frame->node->column = builder->column;
    return RESULT_OK;
}

static bool text_is_null(const char *text, size_t len)
{
    static const char *const names[] = {"", "~", "null", "Null", "NULL"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (len == strlen(names[i]) && memcmp(text, names[i], len) == 0)
            return true;
    return false;
}

static enum result builder_scalar(struct doc_builder *builder, struct fy_token *token)
{
    size_t len = 0;
    const char *text = fy_token_get_text(token, &len);
    if (text == NULL) {
        text = "";
        len = 0;
    }
    enum fy_scalar_style style = fy_token_scalar_style(token);
    bool plain = style == FYSS_PLAIN || style == FYSS_ANY;
    bool quoted = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
    /* libfyaml's place is behind the opening quote. */
    if (quoted && builder->column > 1)
        builder->column--;
    if (builder_wants_key(builder))
        return builder_key(builder, text, len);
    struct node *node = NULL;
    if (plain && text_is_null(text, len))
        return builder_add(builder, NODE_NULL, &node);
    TRY(builder_add(builder, NODE_TEXT, &node));
    node->quoted = quoted;
    node->text = doc_copy(builder->doc, text, len);
    node->len = len;
    return node->text == NULL ? builder_no_memory(builder) : RESULT_OK;
}

static enum result builder_open(struct doc_builder *builder, enum node_kind kind)
{
    if (builder_wants_key(builder))
        return builder_fault(builder, "expected a key, got a list or map");
    if (builder->depth == DOC_DEPTH_MAX) {
        struct fault *fault = builder->fault;
        return DOC_FAULT(builder->doc->name, builder->line, builder->column, RESULT_LIMIT,
                         "more than %d levels", DOC_DEPTH_MAX);
    }
    struct node *node = NULL;
    TRY(builder_add(builder, kind, &node));
    builder->frames[builder->depth++] = (struct doc_frame){.node = node, .tail = &node->child};
    return RESULT_OK;
}

/* By key, then by place, so that the later of two is what gets reported. */
static int compare_keys(const void *left, const void *right)
{
    const struct node *a = *(const struct node *const *)left;
    const struct node *b = *(const struct node *const *)right;
    int order = strcmp(a->key, b->key);
    if (order == 0)
        order = a->key_line != b->key_line ? (a->key_line < b->key_line ? -1 : 1)
                                           : (a->key_column < b->key_column ? -1 : 1);
    return order;
}

static enum result builder_duplicate(struct doc_builder *builder, const struct node *first,
                                     const struct node *again)
{
    struct fault *fault = builder->fault;
    return DOC_FAULT(builder->doc->name, again->key_line, again->key_column, RESULT_INPUT,
                     "key `%s` stands here a second time, first in line %u", again->key,
                     first->key_line);
}

static enum result builder_check_keys(struct doc_builder *builder, const struct node *map)
{
    if (map->len <= DOC_SORT_MIN) {
        for (const struct node *b = map->child; b != NULL; b = b->next)
            for (const struct node *a = map->child; a != b; a = a->next)
                if (strcmp(a->key, b->key) == 0)
                    return builder_duplicate(builder, a, b);
        return RESULT_OK;
    }
    const struct node **sorted = malloc(map->len * sizeof(const struct node *));
    if (sorted == NULL)
        return builder_no_memory(builder);
    size_t count = 0;
    for (const struct node *child = map->child; child != NULL; child = child->next)
        sorted[count++] = child;
    qsort(sorted, count, sizeof(const struct node *), compare_keys);
    enum result result = RESULT_OK;
    for (size_t i = 1; i < count && result == RESULT_OK; i++)
        if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0)
            result = builder_duplicate(builder, sorted[i - 1], sorted[i]);
    free(sorted);
    return result;
}

static enum result builder_close(struct doc_builder *builder)
{
    MUST(builder->depth > 0);
    const struct doc_frame *frame = &builder->frames[--builder->depth];
    return frame->node->kind == NODE_MAP ? builder_check_keys(builder, frame->node) : RESULT_OK;
}

/* Refuses what makes a text mean more than it says. */
static enum result builder_check_extras(struct doc_builder *builder, const struct fy_event *event)
{
    const struct fy_token *tag = NULL, *anchor = NULL;
    switch (event->type) {
    case FYET_SCALAR:
        tag = event->scalar.tag;
        anchor = event->scalar.anchor;
        break;
    case FYET_SEQUENCE_START:
        tag = event->sequence_start.tag;
        anchor = event->sequence_start.anchor;
        break;
    case FYET_MAPPING_START:
        tag = event->mapping_start.tag;
        anchor = event->mapping_start.anchor;
        break;
    case FYET_ALIAS:
        builder->column--; /* libfyaml's place is behind the asterisk */
        return builder_fault(builder, "aliases (*name) are not accepted");
    default:
        break;
    }
    if (tag != NULL)
        return builder_fault(builder, "tags (!name) are not accepted; quote a text that begins so");
    if (anchor != NULL)
        return builder_fault(builder, "anchors (&name) are not accepted");
    return RESULT_OK;
}

static enum result builder_event(struct doc_builder *builder, struct fy_event *event)
{
    const struct fy_mark *mark = fy_event_start_mark(event);
    if (mark != NULL) {
        builder->line = (unsigned)mark->line + 1;
        builder->column = (unsigned)mark->column + 1;
    }
    TRY(builder_check_extras(builder, event));
    switch (event->type) {
    case FYET_DOCUMENT_START:
        if (builder->documents++ > 0)
            return builder_fault(builder, "expected the end, got a second document");
        return RESULT_OK;
    case FYET_SCALAR:
        return builder_scalar(builder, event->scalar.value);
    case FYET_SEQUENCE_START:
        return builder_open(builder, NODE_LIST);
    case FYET_MAPPING_START:
        return builder_open(builder, NODE_MAP);
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
        return builder_close(builder);
    default:
        return RESULT_OK;
    }
}

/* Takes over the first error that libfyaml has collected. */
static enum result builder_take_error(struct doc_builder *builder, struct fy_diag *diag)
{
    void *previous = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(diag, &previous);
    if (error == NULL || error->msg == NULL)
        return builder_fault(builder, "cannot be read as YAML or JSON");
    char text[200];
    size_t len = 0;
    for (const char *at = error->msg; *at != '\0' && len < sizeof text - 1; at++)
        text[len++] = (uint8_t)*at < 0x20 ? ' ' : *at;
    text[len] = '\0';
    if (error->line > 0)
        builder->line = (unsigned)error->line;
    if (error->column > 0)
        builder->column = (unsigned)error->column;
    return builder_fault(builder, text);
}

static enum result builder_run(struct doc_builder *builder, struct fy_parser *parser,
                               struct fy_diag *diag)
{
    for (;;) {
        struct fy_event *event = fy_parser_parse(parser);
        if (event == NULL)
            return builder_take_error(builder, diag);
        bool last = event->type == FYET_STREAM_END;
        enum result result = builder_event(builder, event);
        fy_parser_event_free(parser, event);
        if (result != RESULT_OK || last)
            return result;
    }
}

static enum result doc_build(struct doc *doc, struct bytes text, struct fault *fault)
{
    struct doc_builder builder = {.doc = doc, .fault = fault, .line = 1, .column = 1};
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    struct fy_diag *diag = fy_diag_create(&diag_cfg);
    if (diag == NULL)
        return builder_no_memory(&builder);
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg cfg = {
        .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DEFAULT_VERSION_1_2 |
                 (doc_is_json(text) ? FYPCF_JSON_FORCE : FYPCF_JSON_NONE),
        .diag = diag,
    };
    struct fy_parser *parser = fy_parser_create(&cfg);
    enum result result = RESULT_OK;
    struct node *empty = NULL;
    if (parser == NULL || fy_parser_set_string(parser, (const char *)text.data, text.len) != 0)
        result = builder_no_memory(&builder);
    else
        result = builder_run(&builder, parser, diag);
    if (result == RESULT_OK && doc->root == NULL) {
        builder.line = builder.column = 1;
        result = builder_add(&builder, NODE_NULL, &empty);
    }
    if (parser != NULL)
        fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    return result;
}

/* A copy of a checked text with lines that end in a newline alone; NULL without memory. */
static uint8_t *text_copy(struct bytes *text)
{
    uint8_t *copy = malloc(text->len + 1);
    if (copy == NULL)
        return NULL;
    size_t len = 0;
    for (size_t i = 0; i < text->len; i++)
        if (text->data[i] != '\r')
            copy[len++] = text->data[i];
    copy[len] = '\0';
    *text = bytes_of(copy, len);
    return copy;
}

enum result doc_parse(struct bytes text, const char *name, struct doc **doc, struct fault *fault)
{
    *doc = NULL;
    if (text.len > DOC_LEN_MAX)
        return fault_set(fault, RESULT_LIMIT, "%s: more than %d bytes", name, DOC_LEN_MAX);
    if (text.len >= 3 && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0) {
        text.data += 3;
        text.len -= 3;
    }
    TRY(doc_check(text, name, fault));
    uint8_t *copy = text_copy(&text);
    struct doc *made = calloc(1, sizeof *made);
    if (copy != NULL && made != NULL)
        made->name = doc_copy(made, name, strlen(name));
    enum result result = made != NULL && made->name != NULL
                             ? doc_build(made, text, fault)
                             : fault_set(fault, RESULT_LIMIT, "%s: out of memory", name);
    free(copy);
    if (result == RESULT_OK)
        *doc = made;
    else
        doc_free(made);
    return result;
}

/* Reads to the end, or to one byte over the maximum. */
static enum result file_read(FILE *file, const char *path, uint8_t **data, size_t *len,
                             struct fault *fault)
{
    size_t cap = 0;
    for (;;) {
        if (*len == cap) {
            if (cap > DOC_LEN_MAX)
                return RESULT_OK;
            cap = cap == 0 ? DOC_BLOCK_LEN : cap * 2;
            if (cap > DOC_LEN_MAX)
                cap = DOC_LEN_MAX + 1;
            uint8_t *grown = realloc(*data, cap);
            if (grown == NULL)
                return fault_set(fault, RESULT_LIMIT, "%s: out of memory", path);
            *data = grown;
        }
        size_t got = fread(*data + *len, 1, cap - *len, file);
        *len += got;
        if (got == 0)
            break;
    }
    if (ferror(file))
        return fault_set(fault, RESULT_IO, "%s: cannot read: %s", path, strerror(errno));
    return RESULT_OK;
}

enum result doc_load(const char *path, struct doc **doc, struct fault *fault)
{
    *doc = NULL;
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return fault_set(fault, RESULT_IO, "%s: cannot open: %s", path, strerror(errno));
    uint8_t *data = NULL;
    size_t len = 0;
    enum result result = file_read(file, path, &data, &len, fault);
    fclose(file);
    if (result == RESULT_OK)
        result = doc_parse(bytes_of(data, len), path, doc, fault);
    free(data);
    return result;
}

void doc_free(struct doc *doc)
{
    if (doc == NULL)
        return;
    for (struct doc_block *block = doc->blocks, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    free(doc);
}

struct node *doc_root(struct doc *doc)
{
    return doc->root;
}

const char *doc_name(const struct doc *doc)
{
    return doc->name;
}

struct node *node_find(struct node *map, const char *key)
{
    if (map == NULL || map->kind != NODE_MAP)
        return NULL;
    for (struct node *child = map->child; child != NULL; child = child->next)
        if (strcmp(child->key, key) == 0) {
            child->used = true;
            return child;
        }
    return NULL;
}
