/* What pyiso8583 reads, writes and refuses, and where: its specs as ours, its vectors as messages.
 * Left out: encodings that exist in Python alone, elements of length 0 and above 128, letters in an
 * MTI, which we refuse. */
#include "base/doc.h"
#include "fixture.h"
#include "iso8583/message.h"
#include "iso8583/spec_draft.h"
#include "suite.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <strings.h>

enum { LINE_MAX_LEN = 1 << 16, SPEC_TEXT_MAX = 1 << 16 };

static struct doc *specs_doc, *base_doc;
static char spec_text[SPEC_TEXT_MAX];
static size_t spec_len;
static char line[LINE_MAX_LEN];

static struct tally {
    unsigned read, refused, written, unwritable, skipped;
} tally;

static struct doc *load(const char *name)
{
    char path[512];
    struct doc *doc = NULL;
    struct fault fault = {.text = ""};
    snprintf(path, sizeof path, "%s/pyiso8583/%s", VECTORS_DIR, name);
    if (doc_load(path, &doc, &fault) != RESULT_OK)
        fprintf(stderr, "%s\n", fault.text);
    return doc;
}

static const char *text_of(struct node *map, const char *key)
{
    const struct node *node = map == NULL ? NULL : node_find(map, key);
    return node == NULL || node->text == NULL ? "" : node->text;
}

static unsigned number_of(struct node *map, const char *key)
{
    return (unsigned)strtoul(text_of(map, key), NULL, 10);
}

/* --- specs ------------------------------------------------------------------------------------ */

static struct node *field_of(const char *id, const char *key)
{
    struct node *spec = node_find(doc_root(specs_doc), id);
    struct node *own = node_find(node_find(spec, "override"), key);
    struct node *removed = node_find(spec, "removed");
    for (const struct node *item = removed->child; item != NULL; item = item->next)
        if (strcmp(item->text, key) == 0)
            return NULL;
    return own != NULL ? own : node_find(node_find(doc_root(base_doc), text_of(spec, "base")), key);
}

static void add(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void add(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(spec_text + spec_len, sizeof spec_text - spec_len, format, arguments);
    va_end(arguments);
    spec_len += len > 0 ? (size_t)len : 0;
    if (spec_len >= sizeof spec_text)
        abort();
}

/* Index of the encoding: ascii, b, cp500, bcd; -1 for one that we have not. */
static int encoding_of(struct node *field, const char *key)
{
    static const char *const names[] = {"ascii", "b", "cp500", "bcd"};
    for (int i = 0; i < 4; i++)
        if (strcmp(text_of(field, key), names[i]) == 0)
            return i;
    return -1;
}

static bool add_field(const char *key, struct node *field)
{
    static const char *const prefixes[] = {"ascii", "binary", "ebcdic", "bcd"};
    int data = encoding_of(field, "data_enc"), len = encoding_of(field, "len_enc");
    unsigned max = number_of(field, "max_len"), type = number_of(field, "len_type");
    bool nibbles = strcmp(text_of(field, "len_count"), "nibbles") == 0;
    if (data < 0 || data > 2 || len < 0 || (nibbles && data != 1))
        return false;
    if (max == 0)
        return true; /* an element that cannot be: ours are not defined */
    const char *left = text_of(field, "left_pad"), *right = text_of(field, "right_pad");
    add("  %s: {name: f, content: %s", key, data == 1 ? "b" : "ans");
    if (nibbles)
        add(", encoding: bcd, odd: %s, fill: \"%c\"", left[0] != '\0' ? "left" : "right",
            left[0] != '\0'    ? toupper((unsigned char)left[0])
            : right[0] != '\0' ? toupper((unsigned char)right[0])
                               : '0');
    else if (data == 2)
        add(", encoding: ebcdic");
    if (type == 0) {
        add(", length: %u}\n", max);
        return true;
    }
    unsigned digits = len == 3 ? 2 * type : type, most = 1;
    for (unsigned i = 0; i < digits; i++)
        most *= 10;
    most = len == 1 ? (1U << (8 * (type > 3 ? 3 : type))) - 1 : most - 1;
    add(", max: %u, prefix: {%s: %u, encoding: %s}}\n", max < most ? max : most,
        len == 1 ? "bytes" : "digits", digits, prefixes[len]);
    return digits <= 6;
}

static struct iso_spec *spec_of(const char *id)
{
    static const char *const mtis[] = {"ascii", "bcd", "ebcdic"};
    static const char *const bitmaps[] = {"hex", "binary", "ebcdic-hex"};
    struct node *header = field_of(id, "h");
    int mti = encoding_of(field_of(id, "t"), "data_enc");
    int first = encoding_of(field_of(id, "p"), "data_enc");
    int second = encoding_of(field_of(id, "1"), "data_enc");
    spec_len = 0;
    if (mti < 0 || mti > 2 || first < 0 || first > 2 || number_of(header, "len_type") != 0 ||
        encoding_of(header, "data_enc") != 0)
        return NULL;
    /* One bitmap where the second would have another encoding. */
    unsigned last = first == second ? 128 : 64;
    add("name: t\ncodepage: \"500\"\nmti: {encoding: %s}\nbitmap: {encoding: %s, count: %u}\n",
        mtis[mti], bitmaps[first], last / 64);
    if (number_of(header, "max_len") > 0)
        add("header: [{key: h, content: ans, length: %u}]\n", number_of(header, "max_len"));
    add("fields:\n");
    for (unsigned de = 2; de <= last; de++) {
        char key[8];
        snprintf(key, sizeof key, "%u", de);
        struct node *field = field_of(id, key);
        if (field != NULL && !add_field(key, field))
            return NULL;
    }
    struct doc *doc = NULL;
    struct iso_spec *spec = NULL;
    struct fault fault = {.text = ""};
    if (doc_parse(bytes_of(spec_text, spec_len), id, &doc, &fault) != RESULT_OK ||
        spec_of_doc(doc, SPECS_DIR "/messages", NULL, &spec, &fault) != RESULT_OK)
        fprintf(stderr, "%s\n", fault.text);
    doc_free(doc);
    return spec;
}

/* --- vectors ---------------------------------------------------------------------------------- */

static void complain(struct node *vector, const char *what, const struct iso_fault *fault)
{
    char words[600] = "";
    if (fault != NULL)
        iso_fault_format(fault, words, sizeof words);
    fprintf(stderr, "%s: %s: %s\n", text_of(vector, "test"), what, words);
    CU_FAIL("not as pyiso8583");
}

static void check_read(struct node *vector, const struct iso_spec *spec,
                       const struct sample *sample)
{
    struct iso_message message;
    struct iso_fault fault;
    struct node *decoded = node_find(vector, "decoded");
    if (iso_message_unpack(spec, ISO_HEADER_AUTO, sample->data, sample->len, &message, &fault) !=
        ISO_OK) {
        if (fault.de == 1) /* a second bitmap of another encoding */
            tally.skipped++;
        else
            complain(vector, "refused", &fault);
        return;
    }
    tally.read++;
    CU_ASSERT_STRING_EQUAL(message.mti, text_of(decoded, "t"));
    for (const struct node *item = decoded->child; item != NULL; item = item->next) {
        unsigned de = (unsigned)strtoul(item->key, NULL, 10);
        char text[4096];
        size_t len = 0;
        if (de < 2)
            continue;
        if (iso_message_text(&message, de, "", text, sizeof text, &len) != ISO_OK ||
            len != item->len || strncasecmp(text, item->text, len) != 0)
            complain(vector, item->key, NULL);
    }
}

static void check_refused(struct node *vector, const struct iso_spec *spec,
                          const struct sample *sample)
{
    struct iso_message message;
    struct iso_fault fault;
    struct node *error = node_find(vector, "error");
    const char *field = text_of(error, "field"), *msg = text_of(error, "msg");
    if (strstr(msg, "unknown encoding") != NULL) {
        tally.skipped++;
        return;
    }
    if (iso_message_unpack(spec, ISO_HEADER_AUTO, sample->data, sample->len, &message, &fault) ==
        ISO_OK) {
        complain(vector, "accepted", NULL);
        return;
    }
    tally.refused++;
    const char *ours = strncmp(msg, "Extra", 5) == 0                              ? ""
                       : field[0] == 't'                                          ? "mti"
                       : field[0] == 'h'                                          ? "header"
                       : field[0] == 'p' || (field[0] == '1' && field[1] == '\0') ? "bitmap"
                                                                                  : field;
    bool inside = strncmp(msg, "Failed", 6) == 0; /* it names the field, we the byte in it */
    size_t pos = number_of(error, "pos");
    if (strcmp(fault.field, ours) != 0 ||
        (inside ? fault.offset < pos || fault.offset > pos + 32 : fault.offset != pos)) {
        fprintf(stderr, "%s at %zu, %s\n", ours, pos, msg);
        complain(vector, "another place", &fault);
    }
}

static void check_written(struct node *vector, const struct iso_spec *spec)
{
    static uint8_t out[1 << 16];
    struct node *fields = node_find(vector, "fields");
    struct iso_message message;
    struct iso_fault fault;
    size_t len = 0;
    iso_message_init(&message, spec, text_of(fields, "t"));
    const struct node *header = node_find(fields, "h");
    if (header != NULL && header->len > 0)
        message.header = (struct iso_value){(const uint8_t *)header->text, header->len};
    bool good = strlen(text_of(fields, "t")) == 4 && (header == NULL || spec->header_len > 0);
    for (const struct node *item = fields->child; item != NULL; item = item->next) {
        unsigned de = (unsigned)strtoul(item->key, NULL, 10);
        if (item->key[0] == 't' || item->key[0] == 'h' || item->key[0] == 'p' || de == 1)
            continue;
        if (de < 2 || de > 128 || iso_spec_de_name(spec, de) == NULL || item->kind != NODE_TEXT)
            good = false;
        else
            iso_message_set_text(&message, de, item->text, item->len);
    }
    enum iso_result result =
        good ? iso_message_pack(&message, out, sizeof out, &len, &fault) : ISO_INPUT;
    bool header_missing = spec->header_len > 0 && message.header.data == NULL;
    if (node_find(vector, "error") != NULL) {
        if (result == ISO_OK && !header_missing &&
            strstr(text_of(node_find(vector, "error"), "msg"), "encoding") == NULL)
            complain(vector, "written", NULL);
        tally.unwritable++;
        return;
    }
    const char *expected = text_of(vector, "output_hex");
    if (!good) {
        tally.skipped++;
        return;
    }
    if (result != ISO_OK) {
        complain(vector, "unwritable", &fault);
        return;
    }
    static uint8_t wire[1 << 16];
    CU_ASSERT_TRUE(text_hex_decode(bytes_text(expected), wire, strlen(expected) / 2));
    if (len != strlen(expected) / 2 || memcmp(out, wire, len) != 0)
        complain(vector, "other bytes", NULL);
    tally.written++;
}

/* What Python means by a key that is no text, an MTI with letters, a length of nothing. */
static bool is_foreign(struct node *vector)
{
    const char *test = text_of(vector, "test"), *mti = text_of(node_find(vector, "decoded"), "t");
    return strstr(test, "tertiary") != NULL || strstr(test, "non_string") != NULL ||
           strstr(test, "[-ascii-0-0") != NULL || strstr(test, "odd_no_pad") != NULL ||
           strspn(mti, "0123456789") != strlen(mti);
}

static void check_vector(struct node *vector)
{
    struct iso_spec *spec = is_foreign(vector) ? NULL : spec_of(text_of(vector, "spec"));
    const char *hex = text_of(vector, "input_hex");
    if (spec == NULL || strlen(hex) / 2 > sizeof(struct sample) / 2) {
        tally.skipped++;
        iso_spec_free(spec);
        return;
    }
    if (strcmp(text_of(vector, "op"), "encode") == 0) {
        check_written(vector, spec);
    } else {
        struct sample sample = sample_of_hex(hex);
        if (node_find(vector, "error") != NULL)
            check_refused(vector, spec, &sample);
        else
            check_read(vector, spec, &sample);
    }
    iso_spec_free(spec);
}

static void reads_writes_and_refuses_as_pyiso8583_does(void)
{
    char path[512];
    specs_doc = load("specs.json");
    base_doc = load("base_specs.json");
    CU_ASSERT_TRUE_FATAL(specs_doc != NULL && base_doc != NULL);
    snprintf(path, sizeof path, "%s/pyiso8583/vectors.jsonl", VECTORS_DIR);
    FILE *file = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    while (fgets(line, sizeof line, file) != NULL) {
        struct doc *doc = NULL;
        struct fault fault = {.text = ""};
        if (doc_parse(bytes_text(line), "vector", &doc, &fault) == RESULT_OK)
            check_vector(doc_root(doc));
        else
            tally.skipped++;
        doc_free(doc);
    }
    fclose(file);
    doc_free(specs_doc);
    doc_free(base_doc);
    fprintf(stderr, "%u read, %u refused, %u written, %u unwritable, %u left out\n", tally.read,
            tally.refused, tally.written, tally.unwritable, tally.skipped);
    CU_ASSERT_TRUE(tally.read >= 51 && tally.refused >= 39 && tally.written >= 83 &&
                   tally.unwritable >= 47);
}

SUITE(CASE(reads_writes_and_refuses_as_pyiso8583_does))
