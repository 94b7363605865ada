/* JSON comes out well formed whatever goes in, and doc.h reads it back. */
#include "base/doc.h"
#include "base/json.h"
#include "suite.h"

#include <math.h>

static struct strbuf out;

static struct json begin(void)
{
    strbuf_deinit(&out);
    strbuf_init(&out, 4096);
    return json_to(&out);
}

static void wrote(const char *expected)
{
    CU_ASSERT_FALSE(out.bad);
    CU_ASSERT_STRING_EQUAL(out.text, expected);
    strbuf_deinit(&out);
}

static void writes_members_and_items_with_their_commas(void)
{
    struct json json = begin();
    json_open_object(&json);
    json_member(&json, "a", "x");
    json_member_int(&json, "b", -5);
    json_member_bool(&json, "c", true);
    json_member_real(&json, "d", 1.005, 2);
    json_key(&json, "e");
    json_open_list(&json);
    json_int(&json, 1);
    json_open_object(&json);
    json_close_object(&json);
    json_open_list(&json);
    json_close_list(&json);
    json_bool(&json, false);
    json_close_list(&json);
    json_key(&json, "f");
    json_hex(&json, bytes_of("\x00\xAF\x12", 3));
    json_close_object(&json);
    wrote("{\"a\":\"x\",\"b\":-5,\"c\":true,\"d\":1.00,\"e\":[1,{},[],false],\"f\":\"00AF12\"}");
}

static void writes_the_ends_of_the_number_range(void)
{
    struct json json = begin();
    json_open_list(&json);
    json_int(&json, INT64_MAX);
    json_int(&json, INT64_MIN);
    json_real(&json, 0.5, 0);
    json_real(&json, (double)INFINITY, 1);
    json_real(&json, (double)NAN, 1);
    json_close_list(&json);
    wrote("[9223372036854775807,-9223372036854775808,0,null,null]");
}

static void escapes_what_json_or_a_terminal_would_misread(void)
{
    struct json json = begin();
    json_bytes_text(&json, bytes_of("\"\\\b\f\n\r\t\x01\x1f\0/\x7f\xC2\x9B", 14));
    wrote("\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001F\\u0000/\\u007F\\u009B\"");
}

static void replaces_bytes_that_are_not_utf8(void)
{
    struct json json = begin();
    json_open_list(&json);
    json_bytes_text(&json, bytes_of("a\xFFz", 3));
    json_bytes_text(&json, bytes_of("\xC3", 1));
    json_bytes_text(&json, bytes_of("\xED\xA0\x80", 3));
    json_bytes_text(&json, bytes_of("\xC3\xA9\xE7\xBA\xA2\xF0\x9F\xA7\xA7", 9));
    json_bytes_text(&json, bytes_of(NULL, 0));
    json_close_list(&json);
    wrote("[\"a\xEF\xBF\xBDz\",\"\xEF\xBF\xBD\",\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\","
          "\"\xC3\xA9\xE7\xBA\xA2\xF0\x9F\xA7\xA7\",\"\"]");
}

static void writes_no_text_as_null(void)
{
    struct json json = begin();
    json_open_object(&json);
    json_member(&json, "a", NULL);
    json_member(&json, "b", "");
    json_close_object(&json);
    wrote("{\"a\":null,\"b\":\"\"}");
}

static void escapes_keys_too(void)
{
    struct json json = begin();
    json_open_object(&json);
    json_member_int(&json, "a\"b", 1);
    json_close_object(&json);
    wrote("{\"a\\\"b\":1}");
}

static void what_it_writes_is_read_back(void)
{
    char every[256];
    for (unsigned i = 0; i < 256; i++)
        every[i] = (char)(i < 128 ? i : 'x');
    struct json json = begin();
    for (unsigned i = 0; i < JSON_DEPTH_MAX - 1; i++)
        json_open_list(&json);
    json_open_object(&json);
    json_key(&json, "every");
    json_bytes_text(&json, bytes_of(every, sizeof every));
    json_close_object(&json);
    for (unsigned i = 0; i < JSON_DEPTH_MAX - 1; i++)
        json_close_list(&json);
    struct doc *doc = NULL;
    struct fault fault;
    CU_ASSERT_EQUAL(doc_parse(bytes_of(out.text, out.len), "j", &doc, &fault), RESULT_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(doc);
    struct node *node = doc_root(doc);
    while (node->kind == NODE_LIST)
        node = node->child;
    node = node_find(node, "every");
    ASSERT_BYTES(node->text, node->len, every, sizeof every);
    doc_free(doc);
    strbuf_deinit(&out);
}

static void a_full_buffer_stays_bad(void)
{
    struct strbuf small;
    strbuf_init(&small, 10);
    struct json json = json_to(&small);
    json_open_object(&json);
    json_member(&json, "key", "a value too long");
    json_close_object(&json);
    CU_ASSERT_TRUE(small.bad);
    CU_ASSERT_TRUE(small.len <= 10);
    strbuf_deinit(&small);
}

static void one_level_too_many_makes_the_buffer_bad(void)
{
    struct json json = begin();
    for (unsigned i = 0; i < JSON_DEPTH_MAX; i++)
        json_open_list(&json);
    CU_ASSERT_FALSE(out.bad);
    for (unsigned i = 0; i < 3; i++) {
        json_open_object(&json);
        json_member_int(&json, "a", 1);
        json_key(&json, "b");
    }
    json_int(&json, 1);
    for (unsigned i = 0; i < JSON_DEPTH_MAX + 3; i++)
        json_close_list(&json);
    CU_ASSERT_TRUE(out.bad);
    CU_ASSERT_EQUAL(json.depth, 0);
    strbuf_deinit(&out);
}

/* Texts of every length up to 40 with one odd byte at every place: whatever the quick way makes of
 * eight bytes at a time is what each of them alone becomes. */
static void one_odd_byte_is_found_at_every_place(void)
{
    static const uint8_t odd[] = {0x00, 0x1F, '"', '\\', 0x7F, 0x80, 0xFF, ' ', '~', '!', '#', '['};
    for (size_t len = 1; len <= 40; len++)
        for (size_t at = 0; at < len; at++)
            for (size_t i = 0; i < sizeof odd; i++) {
                char text[40], expected[64] = "[\"";
                memset(text, 'x', sizeof text);
                text[at] = (char)odd[i];
                struct json alone = begin();
                json_bytes_text(&alone, bytes_of(&odd[i], 1));
                size_t width = out.len - 2;
                memset(expected + 2, 'x', len - 1 + width);
                memcpy(expected + 2 + at, out.text + 1, width);
                memcpy(expected + 1 + len + width, "\"]", 3);
                struct json json = begin();
                json_open_list(&json);
                bool plain = json_plain_text(&json, bytes_of(text, len));
                CU_ASSERT_EQUAL(plain, width == 1 && odd[i] >= 0x20 && odd[i] < 0x7F);
                if (!plain)
                    json_bytes_text(&json, bytes_of(text, len));
                json_close_list(&json);
                wrote(expected);
            }
}

static void a_text_that_just_fits_is_written(void)
{
    for (size_t max = 12; max >= 11; max--) {
        struct strbuf small;
        strbuf_init(&small, max);
        struct json json = json_to(&small);
        json_open_list(&json);
        json_text(&json, "12345678");
        CU_ASSERT_FALSE(small.bad);
        json_close_list(&json);
        CU_ASSERT_EQUAL(small.bad, max == 11);
        strbuf_deinit(&small);
    }
}

SUITE(CASE(writes_members_and_items_with_their_commas), CASE(writes_the_ends_of_the_number_range),
      CASE(escapes_what_json_or_a_terminal_would_misread), CASE(replaces_bytes_that_are_not_utf8),
      CASE(writes_no_text_as_null), CASE(escapes_keys_too), CASE(what_it_writes_is_read_back),
      CASE(a_full_buffer_stays_bad), CASE(one_level_too_many_makes_the_buffer_bad),
      CASE(one_odd_byte_is_found_at_every_place), CASE(a_text_that_just_fits_is_written))
