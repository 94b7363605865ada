/* Reads a tree as its schema says: the node_want_*() family of doc.h.
 *
 * Faults about texts, digits and hex say what was expected and how long the value was, never the
 * value: it may be a PAN or a key. */
#include "base/doc.h"

#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct schema schema_of(const struct doc *doc, struct fault *fault)
{
    return (struct schema){.doc = doc, .fault = fault, .result = RESULT_OK};
}

void schema_fault(struct schema *schema, const struct node *at, const char *format, ...)
{
    if (schema->result != RESULT_OK)
        return;
    char text[FAULT_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (at == NULL)
        schema->result =
            fault_set(schema->fault, RESULT_INPUT, "%s: %s", doc_name(schema->doc), text);
    else
        schema->result = fault_set(schema->fault, RESULT_INPUT, "%s:%u:%u: %s",
                                   doc_name(schema->doc), at->line, at->column, text);
}

/* "`key`: " of a map's child, "" of a list item. */
struct label {
    char text[64];
};

static struct label node_label(const struct node *node)
{
    struct label label = {""};
    if (node->key != NULL)
        snprintf(label.text, sizeof label.text, "`%.56s`: ", node->key);
    return label;
}

struct got {
    char text[48];
};

/* What stands there, for a fault: shown only when `shown`, else by kind and length. */
static struct got node_got(const struct node *node, bool shown)
{
    struct got got = {""};
    if (node->kind == NODE_NULL)
        snprintf(got.text, sizeof got.text, "nothing");
    else if (node->kind == NODE_LIST)
        snprintf(got.text, sizeof got.text, "a list");
    else if (node->kind == NODE_MAP)
        snprintf(got.text, sizeof got.text, "a map");
    else if (!shown)
        snprintf(got.text, sizeof got.text, "a text of %zu bytes", node->len);
    else {
        char safe[25];
        size_t len = 0;
        for (; len < node->len && len < sizeof safe - 1; len++)
            safe[len] = isprint((unsigned char)node->text[len]) ? node->text[len] : '?';
        safe[len] = '\0';
        snprintf(got.text, sizeof got.text, "`%s%s`%s", safe, len < node->len ? "..." : "",
                 node->quoted ? " in quotes" : "");
    }
    return got;
}

static void expected(struct schema *schema, const struct node *node, bool shown,
                     const char *expectation)
{
    schema_fault(schema, node, "%sexpected %s, got %s", node_label(node).text, expectation,
                 node_got(node, shown).text);
}

static void schema_ask(struct schema *schema, const struct node *map, const char *key)
{
    for (unsigned i = 0; i < schema->asked_count; i++)
        if (schema->asked[i].map == map && strcmp(schema->asked[i].key, key) == 0)
            return;
    if (schema->asked_count == SCHEMA_ASKED_MAX || strlen(key) >= SCHEMA_KEY_MAX)
        return;
    struct schema_asked *asked = &schema->asked[schema->asked_count++];
    asked->map = map;
    memcpy(asked->key, key, strlen(key) + 1);
}

/* Forgets what was asked of `map`, and lists it when `out` is not NULL. */
static void schema_asked(struct schema *schema, const struct node *map, char *out, size_t size)
{
    unsigned kept = 0;
    size_t len = 0;
    for (unsigned i = 0; i < schema->asked_count; i++) {
        struct schema_asked *asked = &schema->asked[i];
        if (asked->map != map) {
            schema->asked[kept++] = *asked;
            continue;
        }
        if (out == NULL || len >= size)
            continue;
        int added =
            snprintf(out + len, size - len, "%s%s", len == 0 ? "; known here: " : ", ", asked->key);
        len += added > 0 ? (size_t)added : 0;
    }
    schema->asked_count = kept;
}

/* The child, or NULL: absent, or a fault now or before. Nothing (null) counts as absent. */
static struct node *schema_child(struct schema *schema, struct node *map, const char *key,
                                 bool wanted)
{
    if (schema->result != RESULT_OK)
        return NULL;
    if (map != NULL && map->kind != NODE_MAP) {
        schema_fault(schema, map, "%sexpected a map with `%s`, got %s", node_label(map).text, key,
                     node_got(map, false).text);
        return NULL;
    }
    if (map != NULL)
        schema_ask(schema, map, key);
    struct node *child = node_find(map, key);
    if (child != NULL && child->kind == NODE_NULL && !wanted)
        return NULL;
    if (child == NULL && wanted)
        schema_fault(schema, map, "`%s` is missing", key);
    return child;
}

static struct node *schema_container(struct schema *schema, struct node *map, const char *key,
                                     enum node_kind kind, bool wanted)
{
    struct node *child = schema_child(schema, map, key, wanted);
    if (child == NULL || child->kind == kind)
        return child;
    expected(schema, child, false, kind == NODE_MAP ? "a map" : "a list");
    return NULL;
}

struct node *node_want_map(struct schema *schema, struct node *map, const char *key)
{
    return schema_container(schema, map, key, NODE_MAP, true);
}

struct node *node_may_map(struct schema *schema, struct node *map, const char *key)
{
    return schema_container(schema, map, key, NODE_MAP, false);
}

struct node *node_want_list(struct schema *schema, struct node *map, const char *key)
{
    return schema_container(schema, map, key, NODE_LIST, true);
}

struct node *node_may_list(struct schema *schema, struct node *map, const char *key)
{
    return schema_container(schema, map, key, NODE_LIST, false);
}

const char *node_as_text(struct schema *schema, const struct node *node, size_t len_max)
{
    if (schema->result != RESULT_OK || node == NULL)
        return NULL;
    bool good = node->kind == NODE_TEXT && node->len > 0 && node->len <= len_max;
    for (size_t i = 0; good && i < node->len; i++)
        good = (uint8_t)node->text[i] >= 0x20 && node->text[i] != 0x7F;
    if (good)
        return node->text;
    char expectation[80];
    snprintf(expectation, sizeof expectation, "a text of 1 to %zu bytes without control characters",
             len_max);
    expected(schema, node, false, expectation);
    return NULL;
}

const char *node_want_text(struct schema *schema, struct node *map, const char *key, size_t len_max)
{
    return node_as_text(schema, schema_child(schema, map, key, true), len_max);
}

const char *node_may_text(struct schema *schema, struct node *map, const char *key, size_t len_max,
                          const char *otherwise)
{
    const struct node *child = schema_child(schema, map, key, false);
    const char *text = node_as_text(schema, child, len_max);
    return text == NULL ? otherwise : text;
}

const char *node_want_digits(struct schema *schema, struct node *map, const char *key,
                             size_t len_min, size_t len_max)
{
    const struct node *child = schema_child(schema, map, key, true);
    if (child == NULL)
        return NULL;
    if (child->kind == NODE_TEXT && child->len >= len_min && child->len <= len_max &&
        text_is_digits(bytes_of(child->text, child->len)))
        return child->text;
    char expectation[64];
    if (len_min == len_max)
        snprintf(expectation, sizeof expectation, "%zu digits", len_min);
    else
        snprintf(expectation, sizeof expectation, "%zu to %zu digits", len_min, len_max);
    expected(schema, child, false, expectation);
    return NULL;
}

/* Decimal without leading zeros or plus sign, so that what looks like an identifier or an octal
 * number is not silently taken for a quantity. */
static bool parse_int(const struct node *node, int64_t *value)
{
    if (node->kind != NODE_TEXT || node->quoted)
        return false;
    size_t sign = node->len > 0 && node->text[0] == '-' ? 1 : 0;
    const char *digits = node->text + sign;
    size_t len = node->len - sign;
    if (!text_is_digits(bytes_of(digits, len)) || len > 19 || (digits[0] == '0' && node->len > 1))
        return false;
    errno = 0;
    *value = strtoll(node->text, NULL, 10);
    return errno == 0;
}

int64_t node_as_int(struct schema *schema, const struct node *node, int64_t min, int64_t max)
{
    if (schema->result != RESULT_OK || node == NULL)
        return 0;
    int64_t value = 0;
    if (parse_int(node, &value) && value >= min && value <= max)
        return value;
    char expectation[80];
    snprintf(expectation, sizeof expectation, "a whole number from %" PRId64 " to %" PRId64, min,
             max);
    expected(schema, node, true, expectation);
    return 0;
}

int64_t node_want_int(struct schema *schema, struct node *map, const char *key, int64_t min,
                      int64_t max)
{
    return node_as_int(schema, schema_child(schema, map, key, true), min, max);
}

int64_t node_may_int(struct schema *schema, struct node *map, const char *key, int64_t min,
                     int64_t max, int64_t otherwise)
{
    const struct node *child = schema_child(schema, map, key, false);
    if (child == NULL)
        return otherwise;
    int64_t value = node_as_int(schema, child, min, max);
    return schema->result == RESULT_OK ? value : otherwise;
}

static bool node_is(const struct node *node, const char *text)
{
    return node->kind == NODE_TEXT && node->len == strlen(text) &&
           memcmp(node->text, text, node->len) == 0;
}

bool node_may_bool(struct schema *schema, struct node *map, const char *key, bool otherwise)
{
    const struct node *child = schema_child(schema, map, key, false);
    if (child == NULL)
        return otherwise;
    if (!child->quoted && node_is(child, "true"))
        return true;
    if (!child->quoted && node_is(child, "false"))
        return false;
    expected(schema, child, true, "true or false");
    return otherwise;
}

/* -1 after a fault. */
static int schema_choice(struct schema *schema, const struct node *node, const char *const *names)
{
    for (int i = 0; names[i] != NULL; i++)
        if (node_is(node, names[i]))
            return i;
    char expectation[FAULT_TEXT_MAX / 2] = "one of";
    size_t len = strlen(expectation);
    for (int i = 0; names[i] != NULL && len < sizeof expectation; i++) {
        int added = snprintf(expectation + len, sizeof expectation - len, "%s %s",
                             i == 0 ? "" : ",", names[i]);
        len += added > 0 ? (size_t)added : 0;
    }
    expected(schema, node, true, expectation);
    return -1;
}

int node_may_choice(struct schema *schema, struct node *map, const char *key,
                    const char *const *names, int otherwise)
{
    const struct node *child = schema_child(schema, map, key, false);
    int index = child == NULL ? -1 : schema_choice(schema, child, names);
    return index < 0 ? otherwise : index;
}

int node_want_choice(struct schema *schema, struct node *map, const char *key,
                     const char *const *names)
{
    const struct node *child = schema_child(schema, map, key, true);
    int index = child == NULL ? -1 : schema_choice(schema, child, names);
    return index < 0 ? 0 : index;
}

size_t node_want_hex(struct schema *schema, struct node *map, const char *key, uint8_t *out,
                     size_t size)
{
    const struct node *child = schema_child(schema, map, key, true);
    if (child == NULL)
        return 0;
    if (child->kind == NODE_TEXT && child->len > 0 &&
        text_hex_decode(bytes_of(child->text, child->len), out, size))
        return child->len / 2;
    char expectation[64];
    snprintf(expectation, sizeof expectation, "pairs of hex digits for 1 to %zu bytes", size);
    expected(schema, child, false, expectation);
    return 0;
}

void node_end(struct schema *schema, struct node *map)
{
    if (schema->result != RESULT_OK || map == NULL || map->kind != NODE_MAP)
        return;
    const struct node *unknown = map->child;
    while (unknown != NULL && unknown->used)
        unknown = unknown->next;
    if (unknown == NULL) {
        schema_asked(schema, map, NULL, 0);
        return;
    }
    char known[FAULT_TEXT_MAX / 2] = "";
    schema_asked(schema, map, known, sizeof known);
    struct node at = {.line = unknown->key_line, .column = unknown->key_column};
    schema_fault(schema, &at, "unknown key `%.60s`%s", unknown->key, known);
}
