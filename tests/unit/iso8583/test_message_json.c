/* Message <-> JSON as `cardlab decode` and `encode` have it. */
#include "base/doc.h"
#include "fixture.h"
#include "iso8583/message_json.h"
#include "suite.h"

static struct iso_spec *spec;
static struct iso_message message;
static struct fault fault;
static struct strbuf text;
static uint8_t memory[ISO_JSON_ARENA_LEN];
static uint8_t out[2048];
static size_t out_len;

static const struct iso_spec *redpacket(void)
{
    if (spec == NULL)
        spec = shipped_spec("redpacket");
    return spec;
}

static const char *to_json(bool unmask)
{
    strbuf_deinit(&text);
    strbuf_init(&text, ISO_JSON_TEXT_MAX);
    struct json json = json_to(&text);
    json_open_object(&json);
    iso_message_json(&message, unmask, &json);
    json_close_object(&json);
    return text.bad ? "bad" : text.text;
}

static enum result of_json(const char *json)
{
    struct doc *doc = NULL;
    struct writer arena = writer_to(memory, sizeof memory);
    fault.text[0] = '\0';
    enum result result = doc_parse(bytes_text(json), "in", &doc, &fault);
    if (result == RESULT_OK)
        result = iso_message_of_json(redpacket(), doc, doc_root(doc), &arena, &message, &fault);
    doc_free(doc);
    return result;
}

static enum iso_result pack(void)
{
    struct iso_fault iso_fault;
    enum iso_result result = iso_message_pack(&message, out, sizeof out, &out_len, &iso_fault);
    if (result != ISO_OK)
        fprintf(stderr, "%s: byte %zu: %s\n", iso_fault.field, iso_fault.offset, iso_fault.text);
    return result;
}

/* What the packed bytes say, in JSON. */
static const char *unpack_to_json(const uint8_t *data, size_t len, bool unmask)
{
    struct iso_fault iso_fault;
    if (iso_message_unpack(redpacket(), ISO_HEADER_AUTO, data, len, &message, &iso_fault) != ISO_OK)
        return "bad message";
    return to_json(unmask);
}

static void assert_there_and_back(void)
{
    static uint8_t before[2048];
    CU_ASSERT_EQUAL_FATAL(pack(), ISO_OK);
    size_t before_len = out_len;
    memcpy(before, out, out_len);
    const char *json = unpack_to_json(before, before_len, true);
    if (of_json(json) != RESULT_OK || pack() != ISO_OK)
        fprintf(stderr, "%s\n%s\n", json, fault.text);
    ASSERT_BYTES(out, out_len, before, before_len);
}

static void assert_refused(const char *json, const char *place, const char *why)
{
    CU_ASSERT_EQUAL(of_json(json), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, place);
    ASSERT_CONTAINS(fault.text, why);
}

/* --- good ------------------------------------------------------------------------------------- */

static void prints_a_claim_masked(void)
{
    claim_init(&message, redpacket());
    iso_message_remove(&message, 41);
    iso_message_remove(&message, 42);
    CU_ASSERT_STRING_EQUAL(
        to_json(false),
        "{\"mti\":\"0200\",\"fields\":{\"2\":\"999900******0016\",\"3\":\"400000\","
        "\"4\":\"000000000888\",\"7\":\"1122120001\",\"11\":\"000002\",\"12\":\"120001\","
        "\"13\":\"1122\",\"18\":\"6012\",\"22\":\"012\",\"25\":\"86\",\"32\":\"00091230001\","
        "\"33\":\"00091230001\",\"37\":\"112212000002\",\"48\":{\"AS\":{\"HB\":{"
        "\"freeze_date\":\"20261122\",\"freeze_sequence\":\"000000000042\","
        "\"wallet\":\"00091230001\",\"share\":\"0001\",\"shares\":\"0002\"}}},\"49\":\"156\","
        "\"90\":{\"mti\":\"0100\",\"stan\":\"000001\",\"transmission\":\"1122120000\","
        "\"acquirer\":\"00091230001\",\"forwarder\":\"00091230001\"},"
        "\"103\":\"999900******0016\",\"128\":\"0D612014\"}}");
}

static void a_claim_with_header_goes_there_and_back(void)
{
    struct sample claim = claim_packed(redpacket());
    const char *json = unpack_to_json(claim.data, claim.len, true);
    ASSERT_CONTAINS(json, "{\"header\":{\"header_length\":\"2E\",\"flag_version\":\"02\"");
    CU_ASSERT_EQUAL_FATAL(of_json(json), RESULT_OK);
    CU_ASSERT_EQUAL_FATAL(pack(), ISO_OK);
    ASSERT_BYTES(out, out_len, claim.data, claim.len);
}

static void a_reject_goes_there_and_back(void)
{
    struct sample original = sample_of_hex(HEADER_HEX("30323539", NO_REJECT));
    struct sample header = sample_of_hex(HEADER_HEX(TOTAL_ZERO, "3030343835"));
    claim_init(&message, redpacket());
    message.header = (struct iso_value){header.data, header.len};
    message.rejected = (struct iso_value){original.data, original.len};
    assert_there_and_back();
    /* An original header that is not well formed comes as bytes. */
    original.data[0] = 0x2F;
    claim_init(&message, redpacket());
    message.header = (struct iso_value){header.data, header.len};
    message.rejected = (struct iso_value){original.data, original.len};
    ASSERT_CONTAINS(to_json(true), "\"rejected\":{\"hex\":\"2F02");
    assert_there_and_back();
}

static void shows_no_secret_and_no_track(void)
{
    iso_message_init(&message, redpacket(), "0200");
    set_text(&message, 35, "9999000000000016D29121111111111111");
    iso_message_set(&message, 52, "\x01\x02\x03\x04\x05\x06\x07\x08", 8);
    set_text(&message, 63, "SM0160123456789abcdef");
    CU_ASSERT_STRING_EQUAL(to_json(false), "{\"mti\":\"0200\",\"fields\":{\"35\":\"****\","
                                           "\"52\":\"****\",\"63\":{\"SM\":\"****\"}}}");
    CU_ASSERT_STRING_EQUAL(to_json(true),
                           "{\"mti\":\"0200\",\"fields\":{\"35\":\"9999000000000016D29121111111"
                           "111111\",\"52\":\"0102030405060708\",\"63\":{\"SM\":\"303132333435363"
                           "73839616263646566\"}}}");
    assert_there_and_back();
}

static void text_in_gb18030_comes_as_utf8(void)
{
    static const char name[] = "\xD6\xD0\xB9\xFA\xD2\xF8\xC1\xAA"
                               "CHINA UNIONPAY SIMULATOR        ";
    iso_message_init(&message, redpacket(), "0200");
    iso_message_set(&message, 43, name, 40);
    ASSERT_CONTAINS(to_json(true), "\"43\":\"\xE4\xB8\xAD\xE5\x9B\xBD\xE9\x93\xB6\xE8\x81\x94"
                                   "CHINA UNIONPAY SIMULATOR        \"");
    assert_there_and_back();
}

static void text_that_cannot_be_read_comes_as_hex(void)
{
    /* A lone lead byte; and U+2028, which some readers take for the end of a line. */
    iso_message_init(&message, redpacket(), "0200");
    iso_message_set(&message, 62, "ab\xD6", 3);
    ASSERT_CONTAINS(to_json(true), "\"62\":{\"hex\":\"6162D6\"}");
    assert_there_and_back();
    iso_message_set(&message, 62, "\x81\x36\xA6\x35", 4);
    ASSERT_CONTAINS(to_json(true), "\"62\":{\"hex\":\"8136A635\"}");
    assert_there_and_back();
}

static void characters_that_json_escapes_go_there_and_back(void)
{
    iso_message_init(&message, redpacket(), "0200");
    set_text(&message, 62, "a\"b\\c/d%e#f: - {x}, [y] &z *w !t | > ' @ ` ~ ");
    assert_there_and_back();
    set_text(&message, 62, "~");
    set_text(&message, 61, "null");
    set_text(&message, 59, "");
    set_text(&message, 56, "  0x10  ");
    assert_there_and_back();
}

static void empty_second_bitmap_goes_there_and_back(void)
{
    iso_message_init(&message, redpacket(), "0800");
    set_text(&message, 11, "000001");
    message.bitmaps = 2;
    ASSERT_CONTAINS(to_json(true), "\"bitmaps\":2");
    assert_there_and_back();
}

static void takes_plain_text_for_a_field_with_sub_fields(void)
{
    CU_ASSERT_EQUAL_FATAL(of_json("{\"mti\": \"0200\", \"fields\": {\"48\": \"" CLAIM_DE48 "\"}}"),
                          RESULT_OK);
    struct iso_value value = iso_message_find(&message, 48, "AS.HB.share");
    ASSERT_BYTES(value.data, value.len, "0001", 4);
}

static void fills_in_what_a_header_does_not_say(void)
{
    CU_ASSERT_EQUAL_FATAL(
        of_json("{\"header\": {\"flag_version\": \"02\", \"destination\": \"00010000   \", "
                "\"source\": \"00091230001\", \"transaction_information\": \"00000000\"}, \"mti\": "
                "\"0820\", \"fields\": {\"11\": \"000001\"}}"),
        RESULT_OK);
    CU_ASSERT_EQUAL_FATAL(pack(), ISO_OK);
    struct sample header = sample_of_hex(HEADER_HEX("30303634", NO_REJECT));
    ASSERT_BYTES(out, (size_t)46, header.data, header.len);
}

static void writes_a_message_with_bad_sub_fields_as_it_stands(void)
{
    iso_message_init(&message, redpacket(), "0200");
    set_text(&message, 48, "no usage");
    CU_ASSERT_STRING_EQUAL(to_json(true), "{\"mti\":\"0200\",\"fields\":{\"48\":\"no usage\"}}");
}

/* --- bad -------------------------------------------------------------------------------------- */

static void refuses_masked_values(void)
{
    claim_init(&message, redpacket());
    static char json[4096];
    snprintf(json, sizeof json, "%s", to_json(false));
    assert_refused(json, "in:1:", "`2`: the value is masked");
    assert_refused("{\"mti\": \"0200\", \"fields\": {\"63\": {\"SM\": \"****\"}}}",
                   "in:1:", "`SM`: the value is masked");
}

static void refuses_what_is_no_element(void)
{
    assert_refused("{\"mti\": \"0200\", \"fields\": {\"21\": \"156\"}}", "in:1:", "`21` is no");
    assert_refused("{\"mti\": \"0200\", \"fields\": {\"1\": \"156\"}}", "in:1:", "`1` is no");
    assert_refused("{\"mti\": \"0200\", \"fields\": {\"02\": \"156\"}}", "in:1:", "`02` is no");
    assert_refused("{\"mti\": \"0200\", \"fields\": {\"999999\": \"1\"}}", "in:1:", "is no");
}

static void refuses_a_message_without_mti_or_fields(void)
{
    assert_refused("{\"fields\": {}}", "in:1:", "`mti` is missing");
    assert_refused("{\"mti\": \"02\", \"fields\": {}}", "in:1:", "4 digits");
    assert_refused("{\"mti\": \"0200\"}", "in:1:", "`fields` is missing");
    assert_refused("[]", "in:1:", "a map");
}

static void refuses_sub_fields_that_do_not_exist(void)
{
    assert_refused("{\"mti\": \"0200\", \"fields\": {\"90\": {\"mti\": \"0100\", \"colour\": "
                   "\"red\"}}}",
                   "in:1:", "`stan` is missing");
    assert_refused("{\"mti\": \"0420\", \"fields\": {\"60\": {\"1\": \"4361\", \"9\": \"1\"}}}",
                   "in:1:", "`2` is missing");
    assert_refused("{\"mti\": \"0420\", \"fields\": {\"54\": {\"9\": \"1\"}}}",
                   "in:1:", "is missing");
    assert_refused("{\"mti\": \"0200\", \"fields\": {\"48\": {\"ABC\": \"x\"}}}",
                   "in:1:", "a tag of 2");
    assert_refused("{\"mti\": \"0200\", \"fields\": {\"48\": {\"AS\": {}, \"NK\": \"00\"}}}",
                   "in:1:", "one usage");
    assert_refused("{\"mti\": \"0200\", \"fields\": {\"4\": {\"a\": \"1\"}}}", "in:1:", "a text");
    assert_refused("{\"mti\": \"0200\", \"fields\": {\"4\": null}}", "in:1:", "a text");
}

static void refuses_a_gap_between_positions(void)
{
    assert_refused("{\"mti\": \"0420\", \"fields\": {\"60\": {\"1\": \"4361\", \"3\": \"x\"}}}",
                   "in:1:", "`2` is missing");
}

static void refuses_hex_that_is_none(void)
{
    assert_refused("{\"mti\": \"0200\", \"fields\": {\"52\": \"0102\\u00e9\"}}",
                   "in:1:", "a hex digit");
    assert_refused("{\"mti\": \"0200\", \"fields\": {\"52\": \"012\"}}", "in:1:", "hex digits");
    assert_refused("{\"mti\": \"0200\", \"fields\": {\"4\": {\"hex\": \"zz\"}}}",
                   "in:1:", "hex digits");
    assert_refused("{\"mti\": \"0200\", \"fields\": {\"4\": {\"hex\": [1]}}}",
                   "in:1:", "hex digits");
}

static void refuses_a_sub_field_longer_than_its_length_can_say(void)
{
    static char json[1200] = "{\"mti\": \"0200\", \"fields\": {\"48\": {\"AS\": {\"XX\": \"";
    size_t len = strlen(json);
    memset(json + len, 'a', 1000);
    memcpy(json + len + 1000, "\"}}}}", 6);
    assert_refused(json, "in:1:", "a value whose length can be said");
}

static void refuses_more_than_the_arena_holds(void)
{
    struct doc *doc = NULL;
    struct writer arena = writer_to(memory, 10);
    static const char json[] = "{\"mti\": \"0200\", \"fields\": {\"62\": \"12345678901\"}}";
    CU_ASSERT_EQUAL_FATAL(doc_parse(bytes_text(json), "in", &doc, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(iso_message_of_json(redpacket(), doc, doc_root(doc), &arena, &message, &fault),
                    RESULT_LIMIT);
    doc_free(doc);
}

static void refuses_a_header_that_the_spec_has_not(void)
{
    struct doc *doc = NULL;
    struct iso_spec *plain = shipped_spec("iso8583-1987");
    struct writer arena = writer_to(memory, sizeof memory);
    static const char json[] = "{\"header\": {}, \"mti\": \"0200\", \"fields\": {}}";
    CU_ASSERT_EQUAL_FATAL(doc_parse(bytes_text(json), "in", &doc, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(iso_message_of_json(plain, doc, doc_root(doc), &arena, &message, &fault),
                    RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "the spec has no header");
    doc_free(doc);
    iso_spec_free(plain);
}

SUITE(CASE(prints_a_claim_masked), CASE(a_claim_with_header_goes_there_and_back),
      CASE(a_reject_goes_there_and_back), CASE(shows_no_secret_and_no_track),
      CASE(text_in_gb18030_comes_as_utf8), CASE(text_that_cannot_be_read_comes_as_hex),
      CASE(characters_that_json_escapes_go_there_and_back),
      CASE(empty_second_bitmap_goes_there_and_back),
      CASE(takes_plain_text_for_a_field_with_sub_fields), CASE(fills_in_what_a_header_does_not_say),
      CASE(writes_a_message_with_bad_sub_fields_as_it_stands), CASE(refuses_masked_values),
      CASE(refuses_what_is_no_element), CASE(refuses_a_message_without_mti_or_fields),
      CASE(refuses_sub_fields_that_do_not_exist), CASE(refuses_a_gap_between_positions),
      CASE(refuses_hex_that_is_none), CASE(refuses_a_sub_field_longer_than_its_length_can_say),
      CASE(refuses_more_than_the_arena_holds), CASE(refuses_a_header_that_the_spec_has_not))
