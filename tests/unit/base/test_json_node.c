/* What was read is written back. */
#include "base/json_node.h"
#include "suite.h"

static void check(const char *text, const char *expected)
{
    struct doc *doc = NULL;
    struct fault fault;
    struct strbuf out;
    strbuf_init(&out, 4096);
    CU_ASSERT_EQUAL_FATAL(doc_parse(bytes_text(text), "test", &doc, &fault), RESULT_OK);
    struct json json = json_to(&out);
    json_node(&json, doc_root(doc));
    CU_ASSERT_STRING_EQUAL(out.text, expected);
    strbuf_deinit(&out);
    doc_free(doc);
}

static void writes_objects_lists_texts_and_numbers_back(void)
{
    check("{\"a\": [1, \"2\", {\"b\": -3}], \"c\": true, \"d\": null}",
          "{\"a\":[1,\"2\",{\"b\":-3}],\"c\":true,\"d\":null}");
}

static void keeps_digits_that_a_number_would_lose(void)
{
    check("mti: 0100", "{\"mti\":\"0100\"}");
    check("{\"n\": 99999999999999999999}", "{\"n\":\"99999999999999999999\"}");
    check("{\"n\": 2.5}", "{\"n\":\"2.5\"}");
}

static void escapes_what_json_must(void)
{
    check("{\"a\": \"x\\ny\\\"\"}", "{\"a\":\"x\\ny\\\"\"}");
}

SUITE(CASE(writes_objects_lists_texts_and_numbers_back),
      CASE(keeps_digits_that_a_number_would_lose), CASE(escapes_what_json_must))
