/* A tree is read as its schema says, and faults say where, what was expected and what stood there.
 */
#include "base/doc.h"
#include "suite.h"

#include <stdio.h>

/* One text being read. */
struct reading {
    struct doc *doc;
    struct fault fault;
    struct schema schema;
    struct node *root;
};

static void reading_begin(struct reading *reading, const char *text)
{
    reading->fault = (struct fault){RESULT_OK, ""};
    CU_ASSERT_EQUAL(doc_parse(bytes_text(text), "f.yaml", &reading->doc, &reading->fault),
                    RESULT_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(reading->doc);
    reading->schema = schema_of(reading->doc, &reading->fault);
    reading->root = doc_root(reading->doc);
}

static void reading_good(struct reading *reading)
{
    CU_ASSERT_EQUAL(reading->schema.result, RESULT_OK);
    CU_ASSERT_STRING_EQUAL(reading->fault.text, "");
    doc_free(reading->doc);
}

static void reading_bad(struct reading *reading, const char *part)
{
    CU_ASSERT_EQUAL(reading->schema.result, RESULT_INPUT);
    CU_ASSERT_EQUAL(reading->fault.result, RESULT_INPUT);
    ASSERT_CONTAINS(reading->fault.text, part);
    doc_free(reading->doc);
}

static const char *const colours[] = {"red", "green", "blue", NULL};

static void reads_what_a_schema_wants(void)
{
    struct reading r;
    uint8_t key[4];
    reading_begin(&r, "name: demo\npan: '0012'\nport: 7001\nlow: -5\non: true\ncolour: blue\n"
                      "key: 00fF10aB\nlinks: [1, 2]\nmap: {a: b}\n");
    CU_ASSERT_STRING_EQUAL(node_want_text(&r.schema, r.root, "name", 10), "demo");
    CU_ASSERT_STRING_EQUAL(node_want_digits(&r.schema, r.root, "pan", 4, 4), "0012");
    CU_ASSERT_EQUAL(node_want_int(&r.schema, r.root, "port", 1, 65535), 7001);
    CU_ASSERT_EQUAL(node_want_int(&r.schema, r.root, "low", -5, 0), -5);
    CU_ASSERT_TRUE(node_may_bool(&r.schema, r.root, "on", false));
    CU_ASSERT_EQUAL(node_want_choice(&r.schema, r.root, "colour", colours), 2);
    CU_ASSERT_EQUAL(node_want_hex(&r.schema, r.root, "key", key, sizeof key), 4);
    CU_ASSERT_EQUAL(memcmp(key, "\x00\xFF\x10\xAB", 4), 0);
    struct node *links = node_want_list(&r.schema, r.root, "links");
    CU_ASSERT_PTR_NOT_NULL_FATAL(links);
    CU_ASSERT_EQUAL(node_as_int(&r.schema, links->child, 1, 2), 1);
    CU_ASSERT_STRING_EQUAL(node_as_text(&r.schema, links->child->next, 1), "2");
    struct node *map = node_want_map(&r.schema, r.root, "map");
    CU_ASSERT_STRING_EQUAL(node_want_text(&r.schema, map, "a", 1), "b");
    node_end(&r.schema, map);
    node_end(&r.schema, r.root);
    reading_good(&r);
}

static void gives_defaults_for_what_is_absent_or_null(void)
{
    struct reading r;
    reading_begin(&r, "a: null\nb:\n");
    static const char *const keys[] = {"a", "b", "c"};
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT_STRING_EQUAL(node_may_text(&r.schema, r.root, keys[i], 5, "or"), "or");
        CU_ASSERT_EQUAL(node_may_int(&r.schema, r.root, keys[i], 1, 5, 99), 99);
        CU_ASSERT_TRUE(node_may_bool(&r.schema, r.root, keys[i], true));
        CU_ASSERT_EQUAL(node_may_choice(&r.schema, r.root, keys[i], colours, -7), -7);
        CU_ASSERT_PTR_NULL(node_may_map(&r.schema, r.root, keys[i]));
        CU_ASSERT_PTR_NULL(node_may_list(&r.schema, r.root, keys[i]));
        /* What is under an absent map is absent too. */
        CU_ASSERT_EQUAL(node_may_int(&r.schema, NULL, keys[i], 1, 5, 99), 99);
    }
    node_end(&r.schema, r.root);
    node_end(&r.schema, NULL);
    reading_good(&r);
}

static void says_what_is_missing(void)
{
    struct reading r;
    reading_begin(&r, "# lab\nx:\n  y: 1\n");
    struct node *x = node_want_map(&r.schema, r.root, "x");
    CU_ASSERT_PTR_NULL(node_want_text(&r.schema, x, "name", 5));
    reading_bad(&r, "f.yaml:3:3: `name` is missing");
    reading_begin(&r, "a: 1\n");
    CU_ASSERT_EQUAL(node_want_int(&r.schema, NULL, "b", 1, 5), 0);
    reading_bad(&r, "f.yaml: `b` is missing");
}

static void keeps_the_first_fault_and_does_nothing_after_it(void)
{
    struct reading r;
    uint8_t key[1];
    reading_begin(&r, "a: x\nb: 1\nc: {}\nd: []\n");
    (void)node_want_int(&r.schema, r.root, "a", 1, 5);
    (void)node_want_text(&r.schema, r.root, "missing", 5);
    CU_ASSERT_EQUAL(node_want_int(&r.schema, r.root, "b", 1, 5), 0);
    CU_ASSERT_EQUAL(node_may_int(&r.schema, r.root, "b", 1, 5, 3), 3);
    CU_ASSERT_PTR_NULL(node_want_text(&r.schema, r.root, "b", 5));
    CU_ASSERT_STRING_EQUAL(node_may_text(&r.schema, r.root, "b", 5, "or"), "or");
    CU_ASSERT_PTR_NULL(node_want_digits(&r.schema, r.root, "b", 1, 5));
    CU_ASSERT_PTR_NULL(node_want_map(&r.schema, r.root, "c"));
    CU_ASSERT_PTR_NULL(node_want_list(&r.schema, r.root, "d"));
    CU_ASSERT_EQUAL(node_want_choice(&r.schema, r.root, "b", colours), 0);
    CU_ASSERT_EQUAL(node_want_hex(&r.schema, r.root, "b", key, 1), 0);
    CU_ASSERT_EQUAL(node_as_int(&r.schema, r.root->child->next, 1, 5), 0);
    schema_fault(&r.schema, r.root, "another");
    node_end(&r.schema, r.root);
    reading_bad(&r, "f.yaml:1:4: `a`: expected a whole number from 1 to 5, got `x`");
}

static void bad_int(const char *text, const char *part)
{
    struct reading r;
    reading_begin(&r, text);
    CU_ASSERT_EQUAL(node_want_int(&r.schema, r.root, "a", -10, 10), 0);
    reading_bad(&r, part);
}

static void refuses_what_is_no_whole_number_in_range(void)
{
    bad_int("a: 11\n", "f.yaml:1:4: `a`: expected a whole number from -10 to 10, got `11`");
    bad_int("a: -11\n", "`-11`");
    bad_int("a: 007\n", "`007`");
    bad_int("a: -0\n", "`-0`");
    bad_int("a: +1\n", "`+1`");
    bad_int("a: 1.0\n", "`1.0`");
    bad_int("a: 0x1\n", "`0x1`");
    bad_int("a: 1 2\n", "`1 2`");
    bad_int("a: '1'\n", "`1` in quotes");
    bad_int("a: --1\n", "`--1`");
    bad_int("a: 99999999999999999999999999\n", "`999999999999999999999999...`");
    bad_int("a: [1]\n", "got a list");
    bad_int("a: {b: 1}\n", "got a map");
    bad_int("a: null\n", "got nothing");
    bad_int("a: \"\\e[31m\"\n", "`?[31m` in quotes");
}

static void reads_the_ends_of_the_number_range(void)
{
    struct reading r;
    reading_begin(&r, "a: 9223372036854775807\nb: -9223372036854775808\nc: 0\n");
    CU_ASSERT_EQUAL(node_want_int(&r.schema, r.root, "a", 0, INT64_MAX), INT64_MAX);
    CU_ASSERT_EQUAL(node_want_int(&r.schema, r.root, "b", INT64_MIN, 0), INT64_MIN);
    CU_ASSERT_EQUAL(node_want_int(&r.schema, r.root, "c", 0, 0), 0);
    reading_good(&r);
    bad_int("a: 9223372036854775808\n", "got `9223372036854775808`");
}

static void refuses_texts_out_of_their_length(void)
{
    struct reading r;
    reading_begin(&r, "a: 'four'\nb: ''\nc: \"x\\ny\"\n");
    CU_ASSERT_STRING_EQUAL(node_want_text(&r.schema, r.root, "a", 4), "four");
    CU_ASSERT_PTR_NULL(node_want_text(&r.schema, r.root, "a", 3));
    reading_bad(&r, "f.yaml:1:4: `a`: expected a text of 1 to 3 bytes without control characters, "
                    "got a text of 4 bytes");
    reading_begin(&r, "b: ''\n");
    CU_ASSERT_PTR_NULL(node_want_text(&r.schema, r.root, "b", 3));
    reading_bad(&r, "got a text of 0 bytes");
    reading_begin(&r, "c: \"x\\ny\"\n");
    CU_ASSERT_PTR_NULL(node_want_text(&r.schema, r.root, "c", 9));
    reading_bad(&r, "without control characters");
    reading_begin(&r, "c: [x]\n");
    CU_ASSERT_STRING_EQUAL(node_may_text(&r.schema, r.root, "c", 9, "or"), "or");
    reading_bad(&r, "got a list");
}

static void never_shows_a_card_number_or_a_key(void)
{
    struct reading r;
    uint8_t key[16];
    reading_begin(&r, "pan: 9999001234567890x\n");
    CU_ASSERT_PTR_NULL(node_want_digits(&r.schema, r.root, "pan", 13, 19));
    CU_ASSERT_PTR_NULL(strstr(r.fault.text, "9999"));
    reading_bad(&r, "`pan`: expected 13 to 19 digits, got a text of 17 bytes");
    reading_begin(&r, "key: 0123456789ABCDEFG\n");
    CU_ASSERT_EQUAL(node_want_hex(&r.schema, r.root, "key", key, sizeof key), 0);
    CU_ASSERT_PTR_NULL(strstr(r.fault.text, "0123"));
    reading_bad(&r,
                "`key`: expected pairs of hex digits for 1 to 16 bytes, got a text of 17 bytes");
}

static void bad_hex(const char *text)
{
    struct reading r;
    uint8_t key[2] = {0};
    reading_begin(&r, text);
    CU_ASSERT_EQUAL(node_want_hex(&r.schema, r.root, "a", key, sizeof key), 0);
    reading_bad(&r, "pairs of hex digits for 1 to 2 bytes");
}

static void refuses_bad_hex_digits_choices_and_truths(void)
{
    struct reading r;
    bad_hex("a: ''\n");
    bad_hex("a: 123\n");
    bad_hex("a: 12g4\n");
    bad_hex("a: 123456\n");
    bad_hex("a: [12]\n");
    reading_begin(&r, "a: 123\n");
    CU_ASSERT_PTR_NULL(node_want_digits(&r.schema, r.root, "a", 4, 4));
    reading_bad(&r, "expected 4 digits, got a text of 3 bytes");
    reading_begin(&r, "a: Red\n");
    CU_ASSERT_EQUAL(node_want_choice(&r.schema, r.root, "a", colours), 0);
    reading_bad(&r, "f.yaml:1:4: `a`: expected one of red, green, blue, got `Red`");
    reading_begin(&r, "a: yes\n");
    CU_ASSERT_FALSE(node_may_bool(&r.schema, r.root, "a", false));
    reading_bad(&r, "expected true or false, got `yes`");
    reading_begin(&r, "a: 'true'\n");
    CU_ASSERT_FALSE(node_may_bool(&r.schema, r.root, "a", false));
    reading_bad(&r, "expected true or false, got `true` in quotes");
}

static void refuses_another_kind_than_wanted(void)
{
    struct reading r;
    reading_begin(&r, "a: [x]\n");
    CU_ASSERT_PTR_NULL(node_want_map(&r.schema, r.root, "a"));
    reading_bad(&r, "`a`: expected a map, got a list");
    reading_begin(&r, "a: x\n");
    CU_ASSERT_PTR_NULL(node_may_list(&r.schema, r.root, "a"));
    reading_bad(&r, "`a`: expected a list, got a text of 1 bytes");
    reading_begin(&r, "a:\n");
    CU_ASSERT_PTR_NULL(node_want_list(&r.schema, r.root, "a"));
    reading_bad(&r, "`a`: expected a list, got nothing");
    reading_begin(&r, "- x\n");
    CU_ASSERT_PTR_NULL(node_want_map(&r.schema, r.root->child, "a"));
    reading_bad(&r, "f.yaml:1:3: expected a map with `a`, got a text");
    reading_begin(&r, "");
    CU_ASSERT_PTR_NULL(node_want_map(&r.schema, r.root, "a"));
    reading_bad(&r, "f.yaml:1:1: expected a map with `a`, got nothing");
}

static void refuses_keys_that_nobody_asked_for_and_names_the_known(void)
{
    struct reading r;
    reading_begin(&r, "in: {x: 1}\nnaem: demo\n");
    struct node *in = node_want_map(&r.schema, r.root, "in");
    (void)node_may_int(&r.schema, in, "x", 0, 9, 0);
    node_end(&r.schema, in);
    (void)node_may_text(&r.schema, r.root, "name", 9, NULL);
    (void)node_may_text(&r.schema, r.root, "name", 9, NULL);
    node_end(&r.schema, r.root);
    reading_bad(&r, "f.yaml:2:1: unknown key `naem`; known here: in, name");
}

static void suggests_no_more_keys_than_it_can_keep(void)
{
    struct reading r;
    reading_begin(&r, "x: 1\n");
    for (unsigned i = 0; i < SCHEMA_ASKED_MAX + 10; i++) {
        char key[SCHEMA_KEY_MAX + 8];
        snprintf(key, sizeof key, i % 2 == 0 ? "k%u" : "a-key-that-is-far-too-long-to-keep-%u", i);
        (void)node_may_int(&r.schema, r.root, key, 0, 9, 0);
    }
    CU_ASSERT_TRUE(r.schema.asked_count <= SCHEMA_ASKED_MAX);
    node_end(&r.schema, r.root);
    reading_bad(&r, "unknown key `x`; known here: k0, k2");
}

SUITE(CASE(reads_what_a_schema_wants), CASE(gives_defaults_for_what_is_absent_or_null),
      CASE(says_what_is_missing), CASE(keeps_the_first_fault_and_does_nothing_after_it),
      CASE(refuses_what_is_no_whole_number_in_range), CASE(reads_the_ends_of_the_number_range),
      CASE(refuses_texts_out_of_their_length), CASE(never_shows_a_card_number_or_a_key),
      CASE(refuses_bad_hex_digits_choices_and_truths), CASE(refuses_another_kind_than_wanted),
      CASE(refuses_keys_that_nobody_asked_for_and_names_the_known),
      CASE(suggests_no_more_keys_than_it_can_keep))
