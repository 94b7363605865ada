/* Every field class of jPOS against what jPOS itself wrote and read (tests/vectors/README.md): a
 * packager of one such field is imported, and the codec must write exactly those bytes and read the
 * value back. Where it does not, this file says why. */
#include "base/text.h"
#include "fixture.h"
#include "import/jpos_class.h"
#include "iso8583/message_json.h"
#include "suite.h"

enum { ROW_MAX = 512, COLUMNS = 8, FRONT_LEN = 4 + 8, PARTS_LEN = 3 };

struct row {
    char line[ROW_MAX];
    const char *column[COLUMNS]; /* class length pad kind value wire consumed back */
    const struct jpos_class *class;
    bool is_error, is_tagged, comes_back;
    uint8_t wire[ROW_MAX / 2];
    size_t wire_len;
};

enum { CLASS, LENGTH, PAD, KIND, VALUE, WIRE, CONSUMED, BACK };

/* Why a row is not matched; each is said in docs/specs.md. */
enum outcome {
    MATCHED,
    REFUSED,       /* jPOS refuses it, and so do we */
    CHANGED,       /* jPOS itself does not read back what it was given */
    NO_DIGITS,     /* strict: letters or signs in a class of digits */
    NO_SIGN,       /* strict: an amount without C or D, or with other than digits */
    TOO_LONG,      /* strict: jPOS does not look at the length */
    NOTHING_THERE, /* classes that write nothing */
    WRONG,
    OUTCOMES,
};
static const char *const names[OUTCOMES] = {
    "matched", "refused as by jPOS", "changed by jPOS", "no digits",
    "no sign", "too long",           "nothing",         "WRONG"};

static struct imported packager; /* of the row before; rows of one packager stand together */
static char packager_of[ROW_MAX];

static bool read_row(FILE *file, struct row *row)
{
    memset(row, 0, sizeof *row);
    do {
        if (fgets(row->line, sizeof row->line, file) == NULL)
            return false;
    } while (row->line[0] == '#' || strncmp(row->line, "class\t", 6) == 0);
    row->line[strcspn(row->line, "\n")] = '\0';
    char *at = row->line;
    for (int i = 0; i < COLUMNS; i++) {
        row->column[i] = at;
        size_t len = strcspn(at, "\t");
        at += len + (at[len] != '\0');
        if (at[-1] == '\t')
            at[-1] = '\0';
    }
    char name[ROW_MAX];
    snprintf(name, sizeof name, "org.jpos.iso.%s", row->column[CLASS]);
    row->class = jpos_class_find(name);
    if (row->class == NULL)
        return true;
    row->is_tagged = row->class->tag != NULL;
    row->is_error = strncmp(row->column[WIRE], "ERR", 3) == 0;
    row->comes_back = !row->is_error && strcmp(row->column[VALUE], row->column[BACK]) == 0;
    row->wire_len = row->is_error ? 0 : strlen(row->column[WIRE]) / 2;
    if (!row->is_error)
        CU_ASSERT_TRUE(text_hex_decode(bytes_text(row->column[WIRE]), row->wire, sizeof row->wire));
    return true;
}

/* Field 3 alone, or, for classes that write tags, sub-field 7 of field 48. */
static void make_packager(const struct row *row, bool compat)
{
    char xml[2048], of[ROW_MAX], field[512];
    snprintf(of, sizeof of, "%s %s %s %d", row->column[CLASS], row->column[LENGTH],
             row->column[PAD], compat);
    if (strcmp(of, packager_of) == 0)
        return;
    snprintf(packager_of, sizeof packager_of, "%s", of);
    imported_deinit(&packager);
    snprintf(field, sizeof field,
             "<isofield id=\"%d\" length=\"%s\" pad=\"%s\" name=\"One\" "
             "class=\"org.jpos.iso.%s\"/>",
             row->is_tagged ? 7 : 3, row->column[LENGTH], row->column[PAD], row->column[CLASS]);
    snprintf(xml, sizeof xml,
             "<isopackager>"
             "<isofield id=\"0\" length=\"4\" name=\"Type\" class=\"org.jpos.iso.IFA_NUMERIC\"/>"
             "<isofield id=\"1\" length=\"16\" name=\"Bits\" class=\"org.jpos.iso.IFB_BITMAP\"/>"
             "%s%s%s</isopackager>",
             row->is_tagged ? "<isofieldpackager id=\"48\" length=\"999\" name=\"Parts\" "
                              "class=\"org.jpos.iso.IFA_LLLCHAR\" emitBitmap=\"false\" "
                              "packager=\"org.jpos.iso.packager.GenericSubFieldPackager\">"
                            : "",
             field, row->is_tagged ? "</isofieldpackager>" : "");
    packager = import_text(IMPORT_JPOS, xml, strlen(xml), compat);
}

static unsigned element_of(const struct row *row)
{
    return row->is_tagged ? 48 : 3;
}

/* The message with the value, as JSON says it: the table's escapes are JSON's. */
static bool pack(const struct row *row, uint8_t *out, size_t size, size_t *len)
{
    static uint8_t memory[ISO_JSON_ARENA_LEN];
    char json[ROW_MAX * 2];
    struct writer arena = writer_to(memory, sizeof memory);
    struct iso_message message;
    struct iso_fault fault;
    struct fault cause;
    struct doc *doc = NULL;
    unsigned tag = row->class->tag_width;
    if (row->is_tagged)
        snprintf(json, sizeof json, "{\"mti\":\"0100\",\"fields\":{\"48\":{\"%0*d\":\"%s\"}}}",
                 (int)tag, 7, row->column[VALUE]);
    else
        snprintf(json, sizeof json, "{\"mti\":\"0100\",\"fields\":{\"3\":\"%s\"}}",
                 row->column[VALUE]);
    bool good = doc_parse(bytes_text(json), "row", &doc, &cause) == RESULT_OK &&
                iso_message_of_json(packager.spec, doc, doc_root(doc), &arena, &message, &cause) ==
                    RESULT_OK &&
                iso_message_pack(&message, out, size, len, &fault) == ISO_OK;
    doc_free(doc);
    return good;
}

/* The bytes behind type, bitmap and, with sub-fields, the length of the field around. */
static bool writes_the_bytes(const struct row *row)
{
    uint8_t out[2048];
    size_t len = 0, front = FRONT_LEN + (row->is_tagged ? (size_t)PARTS_LEN : 0);
    return pack(row, out, sizeof out, &len) && len == front + row->wire_len &&
           memcmp(out + front, row->wire, row->wire_len) == 0;
}

/* UTF-8 of the table's escapes, all of them below U+0800, as bytes of Latin-1. */
static size_t latin_of(const char *escaped, char *out)
{
    size_t len = 0;
    for (const char *at = escaped; *at != '\0'; at++) {
        unsigned code = (uint8_t)*at;
        if (at[0] == '\\' && at[1] == 'u' && sscanf(at + 2, "%4x", &code) == 1)
            at += 5;
        out[len++] = (char)code;
    }
    return len;
}

static bool reads_the_value(const struct row *row)
{
    uint8_t bytes[1024] = "0100";
    char text[2048], expected[ROW_MAX], path[16] = "";
    size_t len = FRONT_LEN, text_len = 0;
    unsigned de = element_of(row);
    struct iso_message message;
    struct iso_fault fault;
    bytes[4 + (de - 1) / 8] = (uint8_t)(0x80 >> (de - 1) % 8);
    if (row->is_tagged) {
        snprintf((char *)bytes + len, 8, "%03zu", row->wire_len);
        len += PARTS_LEN;
        snprintf(path, sizeof path, "%0*d", (int)row->class->tag_width, 7);
    }
    memcpy(bytes + len, row->wire, row->wire_len);
    len += row->wire_len;
    if (iso_message_unpack(packager.spec, ISO_HEADER_NO, bytes, len, &message, &fault) != ISO_OK ||
        iso_message_text(&message, de, path, text, sizeof text, &text_len) != ISO_OK)
        return false;
    return text_len == latin_of(row->column[VALUE], expected) &&
           memcmp(text, expected, text_len) == 0;
}

static bool is_digits(const char *text)
{
    return strspn(text, "0123456789") == strlen(text);
}

static enum outcome reason_of(const struct row *row)
{
    const char *value = row->column[VALUE];
    if (row->class->kind == JPOS_NOTHING)
        return NOTHING_THERE;
    if (row->class->kind == JPOS_NUMBER && !is_digits(value))
        return NO_DIGITS;
    if (row->class->kind == JPOS_AMOUNT &&
        ((value[0] != 'C' && value[0] != 'D') || !is_digits(value + 1) || value[1] == '\0'))
        return NO_SIGN;
    char latin[ROW_MAX];
    if (latin_of(value, latin) > strtoul(row->column[LENGTH], NULL, 10))
        return TOO_LONG;
    return WRONG;
}

static enum outcome judge(const struct row *row, bool compat)
{
    uint8_t out[2048];
    size_t len;
    make_packager(row, compat);
    if (row->is_error)
        return packager.spec == NULL || !pack(row, out, sizeof out, &len) ? REFUSED : WRONG;
    if (!row->comes_back)
        return CHANGED;
    if (packager.spec != NULL && writes_the_bytes(row) && reads_the_value(row))
        return MATCHED;
    return reason_of(row);
}

static void print_class(const char *class, const unsigned here[OUTCOMES])
{
    printf("%-16s", class);
    for (int i = 0; i < OUTCOMES; i++)
        if (here[i] > 0)
            printf(" %u %s,", here[i], names[i]);
    printf("\n");
}

static void count_rows(bool compat, unsigned of[OUTCOMES], bool tell)
{
    FILE *file = fopen(VECTORS_DIR "/jpos-fields.tsv", "r");
    static struct row row;
    char class[64] = "";
    unsigned here[OUTCOMES] = {0};
    packager_of[0] = '\0';
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    while (read_row(file, &row)) {
        CU_ASSERT_PTR_NOT_NULL(row.class);
        if (row.class == NULL) {
            fprintf(stderr, "%s: no such class\n", row.column[CLASS]);
            continue;
        }
        enum outcome outcome = judge(&row, compat);
        if (outcome == WRONG)
            fprintf(stderr, "%s length %s pad %s value %s: expected %s, read back as %s: %s\n",
                    row.column[CLASS], row.column[LENGTH], row.column[PAD], row.column[VALUE],
                    row.column[WIRE], row.column[BACK], packager.fault.text);
        if (tell && class[0] != '\0' && strcmp(class, row.column[CLASS]) != 0) {
            print_class(class, here);
            memset(here, 0, sizeof here);
        }
        snprintf(class, sizeof class, "%s", row.column[CLASS]);
        here[outcome]++;
        of[outcome]++;
    }
    fclose(file);
    imported_deinit(&packager);
    if (tell)
        print_class(class, here);
    for (int i = 0; i < OUTCOMES; i++)
        printf("%s: %u %s\n", compat ? "compat jpos" : "strict", of[i], names[i]);
}

static void every_row_is_matched_or_says_why_not(void)
{
    unsigned of[OUTCOMES] = {0};
    count_rows(false, of, true);
    CU_ASSERT_EQUAL(of[WRONG], 0);
    CU_ASSERT_TRUE(of[MATCHED] > 3000);
}

static void compat_takes_what_jpos_takes(void)
{
    unsigned strict[OUTCOMES] = {0}, of[OUTCOMES] = {0};
    count_rows(false, strict, false);
    count_rows(true, of, false);
    CU_ASSERT_EQUAL(of[WRONG], 0);
    CU_ASSERT_TRUE(of[MATCHED] > strict[MATCHED]);
}

SUITE(CASE(every_row_is_matched_or_says_why_not), CASE(compat_takes_what_jpos_takes))
