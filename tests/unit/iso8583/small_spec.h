/* Specs of one test's own: a few lines of YAML, one message carried through them. */
#ifndef TESTS_ISO8583_SMALL_SPEC_H
#define TESTS_ISO8583_SMALL_SPEC_H

#include "base/doc.h"
#include "fixture.h"
#include "iso8583/message_json.h"
#include "iso8583/spec_draft.h"
#include "suite.h"

static struct iso_spec *small;
static struct iso_message message;
static struct iso_fault fault;
static uint8_t out[4096];
static size_t out_len;

/* The words of its fault when the text is no spec, else NULL. */
static inline const char *small_load(const char *text)
{
    static struct fault cause;
    struct doc *doc = NULL;
    cause.text[0] = '\0';
    iso_spec_free(small);
    small = NULL;
    enum result result = doc_parse(bytes_text(text), "t.yaml", &doc, &cause);
    if (result == RESULT_OK)
        result = spec_of_doc(doc, SPECS_DIR "/messages", NULL, &small, &cause);
    doc_free(doc);
    return result == RESULT_OK ? NULL : cause.text;
}

/* A spec whose only element is DE 2. */
static inline void small_field(const char *field)
{
    char text[2048];
    snprintf(text, sizeof text, "name: t\nfields:\n  2: {name: f, %s}\n", field);
    const char *words = small_load(text);
    if (words != NULL)
        fprintf(stderr, "%s\n%s", words, text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(small);
}

static inline void small_refused(const char *field, const char *expected)
{
    char text[2048];
    snprintf(text, sizeof text, "name: t\nfields:\n  2: {name: f, %s}\n", field);
    const char *words = small_load(text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(words);
    ASSERT_CONTAINS(words, "t.yaml:3:");
    ASSERT_CONTAINS(words, expected);
}

/* DE 2 as text, packed; the bytes behind MTI and bitmap must be these. */
static inline void assert_wire(const char *value, const char *hex)
{
    struct sample sample = sample_of_hex(hex);
    iso_message_init(&message, small, "0200");
    iso_message_set_text(&message, 2, value, strlen(value));
    enum iso_result result = iso_message_pack(&message, out, sizeof out, &out_len, &fault);
    if (result != ISO_OK)
        fprintf(stderr, "`%s`: %s\n", value, fault.text);
    CU_ASSERT_EQUAL_FATAL(result, ISO_OK);
    ASSERT_BYTES(out + 12, out_len - 12, sample.data, sample.len);
    if (out_len - 12 != sample.len || memcmp(out + 12, sample.data, sample.len) != 0) {
        for (size_t i = 12; i < out_len; i++)
            fprintf(stderr, "%02X", out[i]);
        fprintf(stderr, " for `%s`, expected %s\n", value, hex);
    }
}

static inline enum iso_result read_wire(const char *hex)
{
    struct sample sample = sample_of_hex(hex);
    memcpy(out, "0200\x40\0\0\0\0\0\0", 12);
    memcpy(out + 12, sample.data, sample.len);
    out_len = 12 + sample.len;
    return iso_message_unpack(small, ISO_HEADER_AUTO, out, out_len, &message, &fault);
}

/* The text under a path of DE 2. */
static inline void assert_text(const char *path, const char *value)
{
    char text[1024];
    size_t len = 0;
    enum iso_result result = iso_message_text(&message, 2, path, text, sizeof text, &len);
    if (result != ISO_OK || len != strlen(value) || memcmp(text, value, len) != 0)
        fprintf(stderr, "`%s`: `%.*s`, expected `%s`\n", path, (int)len, text, value);
    CU_ASSERT_EQUAL(result, ISO_OK);
    ASSERT_BYTES(text, len, value, strlen(value));
}

/* The message that was read comes back from its JSON, byte for byte. */
static inline void assert_json(void)
{
    static uint8_t memory[ISO_JSON_ARENA_LEN], again[4096];
    static struct iso_message read;
    struct strbuf text;
    struct doc *doc = NULL;
    struct fault cause = {.text = ""};
    size_t len = 0;
    strbuf_init(&text, ISO_JSON_TEXT_MAX);
    struct json json = json_to(&text);
    json_open_object(&json);
    iso_message_json(&message, true, &json);
    json_close_object(&json);
    struct writer arena = writer_to(memory, sizeof memory);
    bool good =
        doc_parse(bytes_of(text.text, text.len), "json", &doc, &cause) == RESULT_OK &&
        iso_message_of_json(small, doc, doc_root(doc), &arena, &read, &cause) == RESULT_OK &&
        iso_message_pack(&read, again, sizeof again, &len, &fault) == ISO_OK && len == out_len &&
        memcmp(again, out, len) == 0;
    if (!good) {
        fprintf(stderr, "%s\n%s\n%s\n", text.text, cause.text, fault.text);
        for (size_t i = 12; i < len; i++)
            fprintf(stderr, "%02X", again[i]);
        fprintf(stderr, "\n");
    }
    CU_ASSERT_TRUE(good);
    doc_free(doc);
    strbuf_deinit(&text);
}

/* Reads, and writes back the same, from its JSON too. */
static inline void assert_read(const char *hex, const char *path, const char *value)
{
    uint8_t again[4096];
    size_t len = 0;
    enum iso_result result = read_wire(hex);
    if (result != ISO_OK)
        fprintf(stderr, "%s: %s: byte %zu: %s\n", hex, fault.field, fault.offset, fault.text);
    CU_ASSERT_EQUAL_FATAL(result, ISO_OK);
    assert_text(path, value);
    CU_ASSERT_EQUAL(iso_message_pack(&message, again, sizeof again, &len, &fault), ISO_OK);
    ASSERT_BYTES(again, len, out, out_len);
    assert_json();
}

/* `offset` counts from the first byte behind MTI and bitmap. */
static inline void assert_bad(const char *hex, const char *field, size_t offset,
                              enum iso_fault_kind kind, const char *expected, const char *got)
{
    CU_ASSERT_EQUAL(read_wire(hex), ISO_INPUT);
    if (strcmp(fault.field, field) != 0 || fault.offset != 12 + offset)
        fprintf(stderr, "%s: %s: byte %zu: %s\n", hex, fault.field, fault.offset, fault.text);
    CU_ASSERT_STRING_EQUAL(fault.field, field);
    CU_ASSERT_EQUAL(fault.offset, 12 + offset);
    CU_ASSERT_EQUAL(fault.kind, kind);
    ASSERT_CONTAINS(fault.expected, expected);
    ASSERT_CONTAINS(fault.got, got);
}

static inline void assert_unwritable(const char *value, enum iso_fault_kind kind,
                                     const char *expected)
{
    iso_message_init(&message, small, "0200");
    iso_message_set_text(&message, 2, value, strlen(value));
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &out_len, &fault), ISO_INPUT);
    CU_ASSERT_EQUAL(fault.kind, kind);
    ASSERT_CONTAINS(fault.expected, expected);
}

#endif
