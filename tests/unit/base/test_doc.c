/* YAML and JSON become the same tree, with places; what is not plain data is refused. */
#include "base/doc.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct doc *parsed_bytes(struct bytes text)
{
    struct doc *doc = NULL;
    struct fault fault = {RESULT_OK, ""};
    CU_ASSERT_EQUAL(doc_parse(text, "t.yaml", &doc, &fault), RESULT_OK);
    if (doc == NULL)
        fprintf(stderr, "%s\n", fault.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(doc);
    return doc;
}

static struct doc *parsed(const char *text)
{
    return parsed_bytes(bytes_text(text));
}

static void refused_bytes(struct bytes text, enum result result, const char *part)
{
    struct doc *doc = NULL;
    struct fault fault = {RESULT_OK, ""};
    CU_ASSERT_EQUAL(doc_parse(text, "t.yaml", &doc, &fault), result);
    ASSERT_CONTAINS(fault.text, part);
    CU_ASSERT_PTR_NULL(doc);
    doc_free(doc);
}

static void refused(const char *text, const char *part)
{
    refused_bytes(bytes_text(text), RESULT_INPUT, part);
}

static bool is_text(const struct node *node, const char *text)
{
    return node != NULL && node->kind == NODE_TEXT && node->len == strlen(text) &&
           strcmp(node->text, text) == 0;
}

static bool stands_at(const struct node *node, unsigned line, unsigned column)
{
    if (node->line != line || node->column != column)
        fprintf(stderr, "stands at %u:%u, expected %u:%u\n", node->line, node->column, line,
                column);
    return node->line == line && node->column == column;
}

static void reads_maps_lists_and_texts(void)
{
    struct doc *doc = parsed("name: demo # why\nlist:\n  - 0100\n  - {a: b, c: [1, 2]}\nlast: x\n");
    struct node *root = doc_root(doc);
    CU_ASSERT_EQUAL(root->kind, NODE_MAP);
    CU_ASSERT_EQUAL(root->len, 3);
    CU_ASSERT_TRUE(is_text(node_find(root, "name"), "demo"));
    struct node *list = node_find(root, "list");
    CU_ASSERT_PTR_NOT_NULL_FATAL(list);
    CU_ASSERT_EQUAL(list->kind, NODE_LIST);
    CU_ASSERT_EQUAL(list->len, 2);
    CU_ASSERT_TRUE(is_text(list->child, "0100"));
    CU_ASSERT_TRUE(is_text(node_find(list->child->next, "a"), "b"));
    CU_ASSERT_TRUE(is_text(node_find(list->child->next, "c")->child->next, "2"));
    CU_ASSERT_PTR_NULL(list->child->next->next);
    CU_ASSERT_STRING_EQUAL(doc_name(doc), "t.yaml");
    doc_free(doc);
}

static void remembers_where_everything_stood(void)
{
    struct doc *doc =
        parsed("# first\na: 1\nbb:\n  c: \"q\"\n  d:\n    - x\n    - 'y'\ne: {f: g}\n");
    struct node *root = doc_root(doc);
    CU_ASSERT_TRUE(stands_at(root, 2, 1));
    CU_ASSERT_TRUE(stands_at(node_find(root, "a"), 2, 4));
    struct node *b = node_find(root, "bb");
    CU_ASSERT_TRUE(stands_at(b, 4, 3));
    CU_ASSERT_EQUAL(b->key_line, 3);
    CU_ASSERT_EQUAL(b->key_column, 1);
    CU_ASSERT_TRUE(stands_at(node_find(b, "c"), 4, 6));
    CU_ASSERT_TRUE(stands_at(node_find(b, "d")->child, 6, 7));
    CU_ASSERT_TRUE(stands_at(node_find(b, "d")->child->next, 7, 7));
    CU_ASSERT_TRUE(stands_at(node_find(root, "e"), 8, 4));
    CU_ASSERT_TRUE(stands_at(node_find(node_find(root, "e"), "f"), 8, 8));
    doc_free(doc);
}

static void tells_quoted_from_plain_and_nothing_from_text(void)
{
    struct doc *doc = parsed("a: null\nb: \"null\"\nc: ~\nd:\ne: ''\nf: 'x'\ng: x\nh: |\n  two\n"
                             "  lines\ni: >-\n  one\n  line\n");
    struct node *root = doc_root(doc);
    CU_ASSERT_EQUAL(node_find(root, "a")->kind, NODE_NULL);
    CU_ASSERT_TRUE(is_text(node_find(root, "b"), "null"));
    CU_ASSERT_TRUE(node_find(root, "b")->quoted);
    CU_ASSERT_EQUAL(node_find(root, "c")->kind, NODE_NULL);
    CU_ASSERT_EQUAL(node_find(root, "d")->kind, NODE_NULL);
    CU_ASSERT_TRUE(is_text(node_find(root, "e"), ""));
    CU_ASSERT_TRUE(node_find(root, "f")->quoted);
    CU_ASSERT_FALSE(node_find(root, "g")->quoted);
    CU_ASSERT_TRUE(is_text(node_find(root, "h"), "two\nlines\n"));
    CU_ASSERT_TRUE(is_text(node_find(root, "i"), "one line"));
    doc_free(doc);
}

static void reads_json_with_its_escapes(void)
{
    struct doc *doc = parsed(" {\"a\":\"\\u00e9\\uD83D\\uDE00\\/\\n\",\n\t\"b\":[1,-2.5e3,true,"
                             "null,\"\"],\"c\":{}}\n");
    struct node *root = doc_root(doc);
    CU_ASSERT_TRUE(is_text(node_find(root, "a"), "\xC3\xA9\xF0\x9F\x98\x80/\n"));
    struct node *item = node_find(root, "b")->child;
    CU_ASSERT_TRUE(is_text(item, "1"));
    CU_ASSERT_TRUE(is_text(item->next, "-2.5e3"));
    CU_ASSERT_TRUE(is_text(item->next->next, "true"));
    CU_ASSERT_EQUAL(item->next->next->next->kind, NODE_NULL);
    CU_ASSERT_TRUE(is_text(item->next->next->next->next, ""));
    CU_ASSERT_EQUAL(node_find(root, "c")->kind, NODE_MAP);
    CU_ASSERT_EQUAL(node_find(root, "c")->len, 0);
    doc_free(doc);
}

static void keeps_a_nul_inside_quotes(void)
{
    struct doc *doc = parsed("a: \"x\\0y\"\n");
    struct node *a = node_find(doc_root(doc), "a");
    CU_ASSERT_EQUAL(a->len, 3);
    CU_ASSERT_EQUAL(memcmp(a->text, "x\0y", 4), 0);
    doc_free(doc);
}

static void reads_nothing_as_nothing(void)
{
    static const char *const texts[] = {"", "\n\n", "# a comment\n", "---\n", "~"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct doc *doc = parsed(texts[i]);
        CU_ASSERT_EQUAL(doc_root(doc)->kind, NODE_NULL);
        CU_ASSERT_EQUAL(doc_root(doc)->line, 1);
        doc_free(doc);
    }
    doc_free(parsed_bytes(bytes_of(NULL, 0)));
}

static void takes_windows_lines_and_a_byte_order_mark(void)
{
    struct doc *doc = parsed("\xEF\xBB\xBF"
                             "a: 1\r\nb: 2\r\n");
    CU_ASSERT_TRUE(is_text(node_find(doc_root(doc), "b"), "2"));
    CU_ASSERT_TRUE(stands_at(node_find(doc_root(doc), "b"), 2, 4));
    doc_free(doc);
    doc = parsed("a: |\r\n  x\r\n  y\r\nb: \"c\r\n\r\n\r\n\r\n\r\n\r\n d\"\r\n");
    CU_ASSERT_TRUE(is_text(node_find(doc_root(doc), "a"), "x\ny\n"));
    CU_ASSERT_TRUE(is_text(node_find(doc_root(doc), "b"), "c\n\n\n\n\nd"));
    doc_free(doc);
}

static void the_bytes_may_go_away(void)
{
    char text[] = "key: value\n";
    struct doc *doc = parsed(text);
    memset(text, '#', sizeof text - 1);
    CU_ASSERT_TRUE(is_text(node_find(doc_root(doc), "key"), "value"));
    doc_free(doc);
    doc_free(NULL);
}

static void finds_nothing_in_what_is_no_map(void)
{
    struct doc *doc = parsed("- a\n- b\n");
    CU_ASSERT_PTR_NULL(node_find(doc_root(doc), "a"));
    CU_ASSERT_PTR_NULL(node_find(NULL, "a"));
    doc_free(doc);
}

static void refuses_what_makes_a_text_mean_more_than_it_says(void)
{
    refused("%YAML 1.2\n---\na: 1\n", "t.yaml:1:1: directives");
    refused("a: 1\n%TAG ! x\n", "t.yaml:2:1: directives");
    refused("a: !str 1\n", "t.yaml:1:");
    refused("a: !str 1\n", "tags");
    refused("a: !!int\n  - 1\n", "tags");
    refused("!m {a: b}\n", "tags");
    refused("a: &x 1\n", "anchors");
    refused("a: &x\n  b: c\n", "anchors");
    refused("a: b\nc: *a\n", "t.yaml:2:4: aliases");
    refused("a: 1\n---\nb: 2\n", "t.yaml:2:1: expected the end, got a second document");
}

static void refuses_bytes_that_harm_the_library(void)
{
    refused("%\"\xA6", "t.yaml:1:1: directives");
    refused("\n%\"\xC3\xA9", "t.yaml:2:1: directives");
    refused("? a:\t-", "t.yaml:1:5: expected spaces, got a tab");
    refused("? a:\t: ", "tab");
    refused("{\"a\":\n%\"\xC3\xA9", "directives");
    refused("a: 'x'''' y'\n", "t.yaml:1:9: too many single quotes in a row");
    doc_free(parsed("a: 'x'' y'\nb: \"''\"\n"));
    doc_free(parsed("{\"a\":\"''''''''''\"}"));
}

static void refuses_bytes_that_are_no_text(void)
{
    refused("a: \xA6\n", "t.yaml:1:4: expected UTF-8, got byte A6");
    refused("a: \xC0\x80\n", "expected UTF-8");
    refused("a: \xED\xA0\x80\n", "expected UTF-8");
    refused("a: 1\nb: \x01\n", "t.yaml:2:4: expected text, got control character U+0001");
    refused("a: \x7F\n", "control character U+007F");
    refused("a: \xC2\x85\n", "control character U+0085");
    refused("a: \xEF\xBB\xBF\n", "control character U+FEFF");
    refused("a: 1\rb: 2\n", "control character U+000D");
    refused_bytes(bytes_of("a: \0\n", 5), RESULT_INPUT, "control character U+0000");
}

static void refuses_duplicate_keys_however_many_there_are(void)
{
    refused("a: 1\nb: 2\na: 3\n", "t.yaml:3:1: key `a` stands here a second time, first in line 1");
    refused("x:\n  - {k: 1, k: 2}\n", "t.yaml:2:12: key `k`");
    refused("{\"a\":1,\"\\u0061\":2}", "key `a`");
    refused("\"a\": 1\n'a': 2\n", "key `a`");
    char text[1000];
    struct writer w = writer_to(text, sizeof text - 1);
    for (unsigned i = 0; i < 60; i++) {
        char line[16];
        int len = snprintf(line, sizeof line, "k%u: 1\n", i == 50 ? 7 : i);
        write_bytes(&w, line, (size_t)len);
    }
    refused_bytes(bytes_of(text, w.len), RESULT_INPUT, "t.yaml:51:1: key `k7`");
}

static void refuses_keys_that_are_no_plain_words(void)
{
    refused("? [a]\n: b\n", "expected a key, got a list or map");
    refused(": b\n", "expected a key, got nothing");
    refused("{\"\":1}", "expected a key, got nothing");
    refused("{\"a\\nb\":1}", "control character");
    refused("{\"\\u0000\":1}", "control character");
    char text[200];
    memset(text, 'k', sizeof text);
    memcpy(text + 129, ": 1\n", 5);
    refused(text, "longer than 128");
    memcpy(text + 128, ": 1\n", 5);
    doc_free(parsed(text));
}

static void refuses_yaml_that_is_not_well_formed(void)
{
    static const char *const texts[] = {
        "a: [1, 2\n",          "a: {b: c\n",    "a: \"x\n", "a: 'x\n",      "a: b: c\n",
        "a:\n  b: 1\n c: 2\n", "a: @x\n",       "a: `x\n",  "a: \"\\q\"\n", "- a\nb: c\n",
        "a: 1\n  b: 2\n",      "a: |9x\n  b\n", "a: ]\n",   "a: }\n",       "a: \"b\" c\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        refused(texts[i], "t.yaml:");
    refused("a: 1\nb: \"x\" y\n", "t.yaml:2:");
}

static void refuses_json_that_is_not_well_formed(void)
{
    static const char *const texts[] = {
        "{",           "[",          "{\"a\":1,}", "[1,]",        "[1,,2]",
        "{\"a\" 1}",   "{\"a\"}",    "{\"a\":}",   "{a:1}",       "{'a':1}",
        "[01]",        "[+1]",       "[.5]",       "[1.]",        "[NaN]",
        "[tru]",       "[truex]",    "[1]]",       "[1] x",       "{} {}",
        "[1 # c\n]",   "[\"a\nb\"]", "[\"a\tb\"]", "[\"\\x41\"]", "[\"\\ud83d\"]",
        "[\"\\u12\"]", "[\"a]",      "{1:2}",      "[1}",         "{\"a\":&x 1}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        refused(texts[i], "t.yaml:");
}

static char *nested(const char *head, unsigned levels, const char *open, const char *inner,
                    const char *close)
{
    struct writer w = writer_to(malloc(10000), 10000);
    CU_ASSERT_PTR_NOT_NULL_FATAL(w.data);
    write_bytes(&w, head, strlen(head));
    for (unsigned i = 0; i < levels; i++)
        write_bytes(&w, open, strlen(open));
    write_bytes(&w, inner, strlen(inner));
    for (unsigned i = 0; i < levels; i++)
        write_bytes(&w, close, strlen(close));
    write_bytes(&w, "\0", 1);
    CU_ASSERT_FALSE_FATAL(w.bad);
    return (char *)w.data;
}

static void reads_as_many_levels_as_allowed_and_no_more(void)
{
    static const struct {
        const char *head, *open, *inner, *close;
    } shapes[] = {{"", "[", "1", "]"},
                  {"# yaml\n", "[", "1", "]"},
                  {"", "- ", "a", ""},
                  {"", "{\"a\":", "1", "}"}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        char *good =
            nested(shapes[i].head, DOC_DEPTH_MAX, shapes[i].open, shapes[i].inner, shapes[i].close);
        doc_free(parsed(good));
        free(good);
        char *bad = nested(shapes[i].head, DOC_DEPTH_MAX + 1, shapes[i].open, shapes[i].inner,
                           shapes[i].close);
        refused_bytes(bytes_text(bad), RESULT_LIMIT, "more than 32 levels");
        free(bad);
    }
}

/* A list of so many ones; the list is a value too. */
static void check_values(const char *open, size_t ones, enum result result)
{
    struct writer w = writer_to(malloc(2 * ones + 8), 2 * ones + 8);
    CU_ASSERT_PTR_NOT_NULL_FATAL(w.data);
    write_bytes(&w, open, strlen(open));
    for (size_t i = 0; i < ones; i++)
        write_bytes(&w, i == 0 ? "1" : ",1", i == 0 ? 1 : 2);
    write_bytes(&w, "]", 1);
    CU_ASSERT_FALSE(w.bad);
    if (result == RESULT_OK)
        doc_free(parsed_bytes(bytes_of(w.data, w.len)));
    else
        refused_bytes(bytes_of(w.data, w.len), result, "more than 262144 values");
    free(w.data);
}

static void reads_as_many_values_as_allowed_and_no_more(void)
{
    check_values("[", DOC_NODES_MAX - 1, RESULT_OK);
    check_values("[", DOC_NODES_MAX, RESULT_LIMIT);
    check_values("[", DOC_NODES_MAX + 1, RESULT_LIMIT);
    check_values("#\n[", DOC_NODES_MAX - 1, RESULT_OK);
    check_values("#\n[", DOC_NODES_MAX, RESULT_LIMIT);
}

static void refuses_a_text_over_its_maximum(void)
{
    char *text = malloc(DOC_LEN_MAX + 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    memset(text, '\n', DOC_LEN_MAX + 1);
    doc_free(parsed_bytes(bytes_of(text, DOC_LEN_MAX)));
    refused_bytes(bytes_of(text, DOC_LEN_MAX + 1), RESULT_LIMIT, "more than 4194304 bytes");
    free(text);
}

static void loads_a_file_and_says_when_it_cannot(void)
{
    char path[] = "/tmp/cardlab-doc-XXXXXX";
    int fd = mkstemp(path);
    CU_ASSERT_TRUE_FATAL(fd >= 0);
    CU_ASSERT_EQUAL(write(fd, "a: 1\n", 5), 5);
    close(fd);
    struct doc *doc = NULL;
    struct fault fault;
    CU_ASSERT_EQUAL(doc_load(path, &doc, &fault), RESULT_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(doc);
    CU_ASSERT_STRING_EQUAL(doc_name(doc), path);
    CU_ASSERT_TRUE(is_text(node_find(doc_root(doc), "a"), "1"));
    doc_free(doc);
    unlink(path);
    CU_ASSERT_EQUAL(doc_load(path, &doc, &fault), RESULT_IO);
    ASSERT_CONTAINS(fault.text, "cannot open: No such file");
    CU_ASSERT_PTR_NULL(doc);
    CU_ASSERT_EQUAL(doc_load("/tmp", &doc, &fault), RESULT_IO);
    ASSERT_CONTAINS(fault.text, "/tmp: cannot read: Is a directory");
    CU_ASSERT_PTR_NULL(doc);
}

SUITE(CASE(reads_maps_lists_and_texts), CASE(remembers_where_everything_stood),
      CASE(tells_quoted_from_plain_and_nothing_from_text), CASE(reads_json_with_its_escapes),
      CASE(keeps_a_nul_inside_quotes), CASE(reads_nothing_as_nothing),
      CASE(takes_windows_lines_and_a_byte_order_mark), CASE(the_bytes_may_go_away),
      CASE(finds_nothing_in_what_is_no_map), CASE(refuses_what_makes_a_text_mean_more_than_it_says),
      CASE(refuses_bytes_that_harm_the_library), CASE(refuses_bytes_that_are_no_text),
      CASE(refuses_duplicate_keys_however_many_there_are),
      CASE(refuses_keys_that_are_no_plain_words), CASE(refuses_yaml_that_is_not_well_formed),
      CASE(refuses_json_that_is_not_well_formed), CASE(reads_as_many_levels_as_allowed_and_no_more),
      CASE(reads_as_many_values_as_allowed_and_no_more), CASE(refuses_a_text_over_its_maximum),
      CASE(loads_a_file_and_says_when_it_cannot))
