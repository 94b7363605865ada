/* Reads YAML and JSON files into a tree that remembers where everything stood.
 *
 * One reader for message specs, labs, days, layouts, decoded messages and control lines. Values are
 * text as written: `0100` stays "0100", and whoever asks decides what it means. A text that opens
 * with `{` or `[` must be JSON, any other is YAML. Refused before anything else: directives, tags,
 * anchors, aliases, duplicate keys, a second document, tabs in YAML, control characters, what is
 * not UTF-8, more than DOC_DEPTH_MAX levels, DOC_NODES_MAX values or DOC_LEN_MAX bytes.
 *
 * The node_want_*() family reads a tree as its schema says: each call takes one key; node_end()
 * refuses every key that nobody asked for. The first fault is kept and later calls do nothing but
 * return their default, so that a reader is written as a list of what it wants. */
#ifndef BASE_DOC_H
#define BASE_DOC_H

#include "base/bytes.h"
#include "base/result.h"

enum {
    DOC_DEPTH_MAX = 32,      /* far deeper than any schema of ours */
    DOC_LEN_MAX = 4 << 20,   /* libfyaml may need 350 bytes of memory for each */
    DOC_NODES_MAX = 1 << 18, /* a lab with 40,000 accounts */
};

enum node_kind { NODE_NULL, NODE_TEXT, NODE_LIST, NODE_MAP };

struct node {
    enum node_kind kind;
    bool quoted;        /* of a text: stood in quotes */
    unsigned line;      /* from 1 */
    unsigned column;    /* from 1 */
    const char *text;   /* NODE_TEXT: terminated as well, may contain NUL only when quoted */
    size_t len;         /* NODE_TEXT: bytes; NODE_LIST, NODE_MAP: children */
    struct node *child; /* NODE_LIST: items; NODE_MAP: values, each with its key */
    struct node *next;  /* the next sibling */
    const char *key;    /* of a map's child */
    unsigned key_line, key_column;
    bool used; /* asked for, see node_end() */
};

struct doc;

/* RESULT_IO when the file cannot be read, else as doc_parse(). Free with doc_free(). */
MUST_USE enum result doc_load(const char *path, struct doc **doc, struct fault *fault);
/* `name` opens the fault texts. The bytes may go away afterwards. RESULT_INPUT when the text is not
 * well formed, RESULT_LIMIT over a limit above; *doc is NULL then. An empty text is one NODE_NULL.
 */
MUST_USE enum result doc_parse(struct bytes text, const char *name, struct doc **doc,
                               struct fault *fault);
/* Accepts NULL. All nodes go with it. */
void doc_free(struct doc *doc);
struct node *doc_root(struct doc *doc);
const char *doc_name(const struct doc *doc);

/* A map's child by key, NULL when absent or when `map` is no map. Marks it used. */
struct node *node_find(struct node *map, const char *key);

enum {
    SCHEMA_ASKED_MAX = 48, /* keys of the maps that are being read; more are only not suggested */
    SCHEMA_KEY_MAX = 32,
};

/* Reads one file by its schema; keeps the first fault. */
struct schema {
    const struct doc *doc;
    struct fault *fault;
    enum result result;
    unsigned asked_count; /* keys asked for and not ended, for node_end() to suggest */
    struct schema_asked {
        const struct node *map;
        char key[SCHEMA_KEY_MAX];
    } asked[SCHEMA_ASKED_MAX];
};
struct schema schema_of(const struct doc *doc, struct fault *fault);
/* "FILE:line:column: ..." ; keeps the first. */
void schema_fault(struct schema *schema, const struct node *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Each takes the child `key` of `map`. A `want` is mandatory, a `may` returns its default (NULL
 * and 0 unless given) when absent. Wrong kinds and values out of range are faults that say what
 * was expected. After a fault all return the default, or NULL. */
struct node *node_want_map(struct schema *schema, struct node *map, const char *key);
struct node *node_may_map(struct schema *schema, struct node *map, const char *key);
struct node *node_want_list(struct schema *schema, struct node *map, const char *key);
struct node *node_may_list(struct schema *schema, struct node *map, const char *key);
/* Texts are 1..len_max bytes without control characters. They live as long as the doc. */
const char *node_want_text(struct schema *schema, struct node *map, const char *key,
                           size_t len_max);
const char *node_may_text(struct schema *schema, struct node *map, const char *key, size_t len_max,
                          const char *otherwise);
/* Exactly or between so many ASCII digits, kept as text. */
const char *node_want_digits(struct schema *schema, struct node *map, const char *key,
                             size_t len_min, size_t len_max);
int64_t node_want_int(struct schema *schema, struct node *map, const char *key, int64_t min,
                      int64_t max);
int64_t node_may_int(struct schema *schema, struct node *map, const char *key, int64_t min,
                     int64_t max, int64_t otherwise);
bool node_may_bool(struct schema *schema, struct node *map, const char *key, bool otherwise);
/* Index of the text in `names` (ended by NULL); the fault lists them. */
int node_want_choice(struct schema *schema, struct node *map, const char *key,
                     const char *const *names);
int node_may_choice(struct schema *schema, struct node *map, const char *key,
                    const char *const *names, int otherwise);
/* Even number of hex digits -> bytes; returns the count, at most size. */
size_t node_want_hex(struct schema *schema, struct node *map, const char *key, uint8_t *out,
                     size_t size);
/* A node itself as a number or a text, for list items. */
const char *node_as_text(struct schema *schema, const struct node *node, size_t len_max);
int64_t node_as_int(struct schema *schema, const struct node *node, int64_t min, int64_t max);
/* Refuses keys of `map` that nobody asked for, naming those that it knows. */
void node_end(struct schema *schema, struct node *map);

#endif
