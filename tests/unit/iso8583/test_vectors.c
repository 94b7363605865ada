/* Messages of somebody else's simulator (tests/vectors/README.md): every field as stated there, and
 * the same bytes back, from the message and from its JSON. */
#include "base/doc.h"
#include "fixture.h"
#include "iso8583/message_json.h"
#include "iso8583/text.h"
#include "suite.h"

static struct doc *vectors;
static struct iso_spec *cup;

static struct node *messages(void)
{
    struct fault fault;
    if (vectors == NULL &&
        doc_load(VECTORS_DIR "/cups_messages_sanitised.json", &vectors, &fault) != RESULT_OK) {
        fprintf(stderr, "%s\n", fault.text);
        abort();
    }
    if (cup == NULL)
        cup = shipped_spec("cup");
    return node_find(doc_root(vectors), "messages");
}

static const char *text_of(struct node *map, const char *key)
{
    const struct node *node = node_find(map, key);
    return node == NULL ? NULL : node->text;
}

/* "gb18030:..." and "hex:..." say how; all else is as on the wire. */
static size_t wire_of(const char *stated, uint8_t *out, size_t size)
{
    struct writer writer = writer_to(out, size);
    struct iso_text text = iso_text_none();
    if (strncmp(stated, "hex:", 4) == 0) {
        size_t len = strlen(stated + 4) / 2;
        CU_ASSERT_TRUE(text_hex_decode(bytes_text(stated + 4), out, len));
        return len;
    }
    stated += strncmp(stated, "gb18030:", 8) == 0 ? 8 : 0;
    CU_ASSERT_TRUE(iso_text_encode(&text, ISO_CHARSET_GB18030, bytes_text(stated), &writer));
    iso_text_close(&text);
    return writer.len;
}

static void every_body_has_the_fields_stated(void)
{
    unsigned bodies = 0;
    for (struct node *item = messages()->child; item != NULL; item = item->next) {
        struct node *fields = node_find(item, "fields");
        if (fields == NULL)
            continue;
        struct sample sample = sample_of_hex(text_of(item, "hex"));
        struct iso_message message;
        struct iso_fault fault;
        if (iso_message_unpack(cup, ISO_HEADER_AUTO, sample.data, sample.len, &message, &fault) !=
            ISO_OK) {
            fprintf(stderr, "%s: %s byte %zu: %s\n", text_of(item, "n"), fault.field, fault.offset,
                    fault.text);
            CU_FAIL("not read");
            continue;
        }
        bodies++;
        CU_ASSERT_STRING_EQUAL(message.mti, text_of(item, "mti"));
        unsigned stated = 0, present = 0;
        for (const struct node *field = fields->child; field != NULL; field = field->next) {
            uint8_t wire[512];
            size_t len = wire_of(field->text, wire, sizeof wire);
            struct iso_value value = iso_message_get(&message, (unsigned)atol(field->key));
            ASSERT_BYTES(value.data, value.len, wire, len);
            stated++;
        }
        for (unsigned de = 2; de <= ISO_DE_MAX; de++)
            present += iso_message_has(&message, de);
        CU_ASSERT_EQUAL(stated, present);
    }
    CU_ASSERT_EQUAL(bodies, 9);
}

static void every_body_packs_to_the_same_bytes(void)
{
    for (struct node *item = messages()->child; item != NULL; item = item->next) {
        if (node_find(item, "fields") == NULL)
            continue;
        struct sample sample = sample_of_hex(text_of(item, "hex")), again = {.len = 0};
        struct iso_message message;
        struct iso_fault fault;
        CU_ASSERT_EQUAL_FATAL(
            iso_message_unpack(cup, ISO_HEADER_AUTO, sample.data, sample.len, &message, &fault),
            ISO_OK);
        CU_ASSERT_EQUAL_FATAL(
            iso_message_pack(&message, again.data, sizeof again.data, &again.len, &fault), ISO_OK);
        ASSERT_BYTES(again.data, again.len, sample.data, sample.len);
    }
}

static void every_body_comes_back_from_its_json(void)
{
    for (struct node *item = messages()->child; item != NULL; item = item->next) {
        if (node_find(item, "fields") == NULL)
            continue;
        static uint8_t memory[ISO_JSON_ARENA_LEN];
        struct sample sample = sample_of_hex(text_of(item, "hex")), again = {.len = 0};
        struct iso_message message;
        struct iso_fault iso_fault;
        struct fault fault;
        struct strbuf out;
        struct doc *doc = NULL;
        CU_ASSERT_EQUAL_FATAL(
            iso_message_unpack(cup, ISO_HEADER_AUTO, sample.data, sample.len, &message, &iso_fault),
            ISO_OK);
        strbuf_init(&out, ISO_JSON_TEXT_MAX);
        struct json json = json_to(&out);
        json_open_object(&json);
        iso_message_json(&message, true, &json);
        json_close_object(&json);
        CU_ASSERT_EQUAL_FATAL(doc_parse(bytes_of(out.text, out.len), "json", &doc, &fault),
                              RESULT_OK);
        struct writer arena = writer_to(memory, sizeof memory);
        CU_ASSERT_EQUAL_FATAL(
            iso_message_of_json(cup, doc, doc_root(doc), &arena, &message, &fault), RESULT_OK);
        doc_free(doc);
        strbuf_deinit(&out);
        CU_ASSERT_EQUAL_FATAL(
            iso_message_pack(&message, again.data, sizeof again.data, &again.len, &iso_fault),
            ISO_OK);
        ASSERT_BYTES(again.data, again.len, sample.data, sample.len);
    }
}

static void the_lone_header_has_its_fields(void)
{
    unsigned headers = 0;
    for (struct node *item = messages()->child; item != NULL; item = item->next) {
        if (node_find(item, "fields") != NULL)
            continue;
        struct sample sample = sample_of_hex(text_of(item, "hex"));
        struct iso_value header = {sample.data, sample.len};
        CU_ASSERT_EQUAL(sample.len, iso_spec_header_len(cup));
        struct iso_value value = iso_header_find(cup, header, "total_length");
        ASSERT_BYTES(value.data, value.len, "0407", 4);
        value = iso_header_find(cup, header, "destination");
        ASSERT_BYTES(value.data, value.len, "03050001   ", 11);
        value = iso_header_find(cup, header, "source");
        ASSERT_BYTES(value.data, value.len, "00010000   ", 11);
        value = iso_header_find(cup, header, "reserved");
        ASSERT_BYTES(value.data, value.len, "AA9", 3);
        /* Alone it is no message: its total length says that a body follows. */
        struct iso_message message;
        struct iso_fault fault;
        CU_ASSERT_EQUAL(
            iso_message_unpack(cup, ISO_HEADER_AUTO, sample.data, sample.len, &message, &fault),
            ISO_INPUT);
        CU_ASSERT_STRING_EQUAL(fault.field, "header.total_length");
        headers++;
    }
    CU_ASSERT_EQUAL(headers, 1);
}

SUITE(CASE(every_body_has_the_fields_stated), CASE(every_body_packs_to_the_same_bytes),
      CASE(every_body_comes_back_from_its_json), CASE(the_lone_header_has_its_fields))
