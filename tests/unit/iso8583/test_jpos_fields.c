/* Fields of every class that jPOS has, as compositions of ours: what jPOS wrote and read back is
 * what we write and read. Where jPOS takes what the content cannot be, we refuse, and only there.
 */
#include "base/doc.h"
#include "fixture.h"
#include "iso8583/message.h"
#include "iso8583/spec_draft.h"
#include "suite.h"

#include <ctype.h>

/* %L the length, %H twice that; %O where an odd nibble stands, %F what it is when right. */
static const struct class
{
    const char *name, *field;
} classes[] = {
#define TEXT                     "content: ans, charset: latin1"
#define ETEXT                    TEXT ", encoding: ebcdic"
#define PREFIX(digits, encoding) ", max: %L, prefix: {digits: " digits ", encoding: " encoding "}"
#define BYTES(bytes, more)       ", max: %L, prefix: {bytes: " bytes more "}"
#define BCD                      "content: n, encoding: bcd, odd: %O, fill: \"0\""
#define BCDF                     "content: n, encoding: bcd, odd: %O, fill: %F"
#define BCDFR                    "content: n, encoding: bcd, odd: right, fill: F"
#define ZEROS                    ", length: %L, pad: {side: left, with: \"0\"}"
#define BLANKS                   ", length: %L, pad: {side: right, with: \" \"}"
    {"IFA_NUMERIC", "content: n" ZEROS},
    {"IFE_NUMERIC", "content: n, encoding: ebcdic" ZEROS},
    {"IFB_NUMERIC", BCD ZEROS},
    {"IFB_FNUMERIC", BCDF ZEROS},
    {"IF_CHAR", TEXT BLANKS},
    {"IFE_CHAR", ETEXT BLANKS},
    {"IF_ECHAR", ETEXT BLANKS},
    {"IFA_LCHAR", TEXT PREFIX("1", "ascii")},
    {"IFA_LLCHAR", TEXT PREFIX("2", "ascii")},
    {"IFA_LLLCHAR", TEXT PREFIX("3", "ascii")},
    {"IFA_LLLLCHAR", TEXT PREFIX("4", "ascii")},
    {"IFA_LLLLLCHAR", TEXT PREFIX("5", "ascii")},
    {"IFA_LLLLLLCHAR", TEXT PREFIX("6", "ascii")},
    {"IFA_LLNUM", "content: n" PREFIX("2", "ascii")},
    {"IFA_LLLNUM", "content: n" PREFIX("3", "ascii")},
    {"IFE_LCHAR", ETEXT PREFIX("1", "ebcdic")},
    {"IFE_LLCHAR", ETEXT PREFIX("2", "ebcdic")},
    {"IFE_LLLCHAR", ETEXT PREFIX("3", "ebcdic")},
    {"IFE_LLLLCHAR", ETEXT PREFIX("4", "ebcdic")},
    {"IFE_LNUM", "content: n, encoding: ebcdic" PREFIX("1", "ebcdic")},
    {"IFE_LLNUM", "content: n, encoding: ebcdic" PREFIX("2", "ebcdic")},
    {"IFE_LLLNUM", "content: n, encoding: ebcdic" PREFIX("3", "ebcdic")},
    {"IFB_LLCHAR", TEXT PREFIX("2", "bcd")},
    {"IFB_LLLCHAR", TEXT PREFIX("3", "bcd")},
    {"IFB_LLLLCHAR", TEXT PREFIX("4", "bcd")},
    {"IFB_LLLLLLCHAR", TEXT PREFIX("6", "bcd")},
    {"IFB_LLHCHAR", TEXT BYTES("1", "")},
    {"IFB_LLLHCHAR", TEXT BYTES("2", "")},
    {"IFB_LLHECHAR", ETEXT BYTES("1", "")},
    {"IFB_LLLHECHAR", ETEXT BYTES("2", "")},
    {"IFB_LLNUM", BCD PREFIX("2", "bcd")},
    {"IFB_LLLNUM", BCD PREFIX("3", "bcd")},
    {"IFB_FLLNUM", BCDF PREFIX("2", "bcd")},
    {"IFB_FLLLNUM", BCDF PREFIX("3", "bcd")},
    {"IFB_LLHNUM", BCD BYTES("1", "")},
    {"IFB_LLLHNUM", BCD BYTES("2", "")},
    {"IFA_LLBNUM", BCD ", max: %L, prefix: {digits: 2, encoding: ascii, counts: nibbles}"},
    {"IFEB_LLNUM", BCDFR ", max: %L, prefix: {digits: 2, encoding: ebcdic, counts: bytes}"},
    {"IFEB_LLLNUM", BCDFR ", max: %L, prefix: {digits: 3, encoding: ebcdic, counts: bytes}"},
    {"IFAE_LLCHAR", ETEXT PREFIX("2", "ascii")},
    {"IFEA_LLCHAR", TEXT PREFIX("2", "ebcdic")},
    {"IFA_FLLCHAR",
     TEXT ", max: %L, pad: {side: right, with: \" \"}, prefix: {digits: 2, filled: true}"},
    {"IFA_FLLNUM",
     "content: n, max: %L, pad: {side: right, with: \" \"}, prefix: {digits: 2, filled: true}"},
    {"IFA_BINARY", "content: b, encoding: hex, length: %H"},
    {"IFE_BINARY", "content: b, encoding: ebcdic-hex, length: %H"},
    {"IFB_BINARY", "content: b, length: %L"},
    {"IFA_LBINARY", "content: b" PREFIX("1", "ascii")},
    {"IFA_LLBINARY", "content: b" PREFIX("2", "ascii")},
    {"IFA_LLLBINARY", "content: b" PREFIX("3", "ascii")},
    {"IFA_LLLLBINARY", "content: b" PREFIX("4", "ascii")},
    {"IFA_LLLLLBINARY", "content: b" PREFIX("5", "ascii")},
    {"IFA_LLLLLLBINARY", "content: b" PREFIX("6", "ascii")},
    {"IFA_LLABINARY", "content: b, encoding: hex, max: %H, prefix: {digits: 2, counts: bytes}"},
    {"IFA_LLLABINARY", "content: b, encoding: hex, max: %H, prefix: {digits: 3, counts: bytes}"},
    {"IFB_LLBINARY", "content: b" PREFIX("2", "bcd")},
    {"IFB_LLLBINARY", "content: b" PREFIX("3", "bcd")},
    {"IFB_LLLLBINARY", "content: b" PREFIX("4", "bcd")},
    {"IFB_LLHBINARY", "content: b" BYTES("1", "")},
    {"IFB_LLLHBINARY", "content: b" BYTES("2", "")},
    {"IFB_LLHFBINARY",
     "content: b, max: %L, pad: {side: right, with: \"00\"}, prefix: {bytes: 1, filled: true}"},
    {"IFB_LLHEX", "content: b, encoding: bcd, max: %H, prefix: {digits: 2, encoding: bcd}"},
    {"IFB_LLLHEX", "content: b, encoding: bcd, max: %H, prefix: {digits: 3, encoding: bcd}"},
    {"IFB_HEX", "content: b, encoding: bcd, odd: %O, fill: %F, length: %L"},
    {"IFE_LBINARY", "content: b" PREFIX("1", "ebcdic")},
    {"IFE_LLBINARY", "content: b" PREFIX("2", "ebcdic")},
    {"IFE_LLLBINARY", "content: b" PREFIX("3", "ebcdic")},
    {"IFE_LLLLBINARY", "content: b" PREFIX("4", "ebcdic")},
    {"IFE_LLLEBINARY", "content: b, encoding: ebcdic" PREFIX("3", "ebcdic")},
    {"IFA_AMOUNT", "content: x+n, length: %L"},
    {"IFE_AMOUNT", "content: x+n, encoding: ebcdic, length: %L"},
    {"IFB_AMOUNT", "content: x+n, encoding: bcd, odd: %O, length: %L"},
};

enum { COLUMNS = 8, LINE_LEN_MAX = 4096 };
struct row {
    char *columns[COLUMNS]; /* class, length, pad, kind, value, wire, consumed, back */
};

struct tally {
    unsigned matched, refused;
};

static bool split(char *line, struct row *row)
{
    line[strcspn(line, "\r\n")] = '\0';
    for (size_t i = 0; i < COLUMNS; i++) {
        row->columns[i] = line;
        char *tab = strchr(line, '\t');
        if (tab == NULL)
            return i == COLUMNS - 1;
        *tab = '\0';
        line = tab + 1;
    }
    return true;
}

/* \u00e9 becomes the Latin-1 byte. */
static size_t unescape(const char *text, char *out)
{
    size_t len = 0;
    for (; *text != '\0'; text++) {
        unsigned code = (unsigned char)*text;
        if (text[0] == '\\' && text[1] == 'u' && sscanf(text + 2, "%4x", &code) == 1)
            text += 5;
        out[len++] = (char)code;
    }
    return len;
}

static const struct class *class_of(const char *name)
{
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (strcmp(classes[i].name, name) == 0)
            return &classes[i];
    return NULL;
}

static struct iso_spec *spec_of_row(const struct class *class, const struct row *row)
{
    char text[1024] = "name: t\nfields:\n  2: {name: f, ";
    unsigned length = (unsigned)strtoul(row->columns[1], NULL, 10);
    bool left = strcmp(row->columns[2], "true") == 0;
    size_t len = strlen(text);
    for (const char *at = class->field; *at != '\0' && len < sizeof text - 16; at++) {
        if (*at != '%') {
            text[len++] = *at;
            continue;
        }
        at++;
        if (*at == 'L' || *at == 'H')
            len += (size_t)snprintf(text + len, 16, "%u", *at == 'H' ? 2 * length : length);
        else
            len +=
                (size_t)snprintf(text + len, 16, "%s",
                                 *at == 'O' ? (left ? "left" : "right") : (left ? "\"0\"" : "F"));
    }
    memcpy(text + len, "}\n", 3);
    struct doc *doc = NULL;
    struct iso_spec *spec = NULL;
    struct fault fault = {.text = ""};
    if (doc_parse(bytes_text(text), "t.yaml", &doc, &fault) != RESULT_OK ||
        spec_of_doc(doc, SPECS_DIR "/messages", NULL, &spec, &fault) != RESULT_OK)
        fprintf(stderr, "%s\n%s", fault.text, text);
    doc_free(doc);
    return spec;
}

/* Is it jPOS that is lax: a value that the content does not have? */
static bool is_foreign(const struct class *class, const char *value, size_t len)
{
    if (strstr(class->field, "x+n") != NULL)
        return value[0] != 'C' && value[0] != 'D';
    for (size_t i = 0; i < len; i++)
        if (strstr(class->field, "content: n") != NULL
                ? !isdigit((unsigned char)value[i])
                : strstr(class->field, "content: b") != NULL && !isxdigit((unsigned char)value[i]))
            return true;
    return false;
}

static void complain(const struct row *row, const char *what, const struct iso_fault *fault,
                     const uint8_t *out, size_t len)
{
    fprintf(stderr, "%s %s %s `%s`: %s: %s; ", row->columns[0], row->columns[1], row->columns[2],
            row->columns[4], what, fault->text);
    for (size_t i = 0; i < len; i++)
        fprintf(stderr, "%02X", out[i]);
    fprintf(stderr, " for %s\n", row->columns[5]);
}

static void check_row(const struct class *class, const struct row *row, struct tally *tally)
{
    static uint8_t out[LINE_LEN_MAX], wire[LINE_LEN_MAX];
    static struct iso_message message;
    char value[LINE_LEN_MAX], text[2 * LINE_LEN_MAX];
    struct iso_fault fault = {.text = ""};
    size_t len = unescape(row->columns[4], value), out_len = 0, text_len = 0;
    size_t wire_len = strlen(row->columns[5]) / 2;
    struct iso_spec *spec = spec_of_row(class, row);
    CU_ASSERT_PTR_NOT_NULL_FATAL(spec);
    CU_ASSERT_TRUE(text_hex_decode(bytes_text(row->columns[5]), wire, wire_len));
    iso_message_init(&message, spec, "0200");
    iso_message_set_text(&message, 2, value, len);
    enum iso_result result = iso_message_pack(&message, out, sizeof out, &out_len, &fault);
    if (result != ISO_OK) {
        bool foreign = is_foreign(class, value, len) && fault.kind == ISO_FAULT_CONTENT;
        if (!foreign)
            complain(row, "refused", &fault, out, 0);
        CU_ASSERT_TRUE(foreign);
        tally->refused++;
        iso_spec_free(spec);
        return;
    }
    bool same = out_len == wire_len + 12 && memcmp(out + 12, wire, wire_len) == 0;
    if (!same)
        complain(row, "written", &fault, out + 12, out_len - 12);
    CU_ASSERT_TRUE(same);
    CU_ASSERT_EQUAL(iso_message_unpack(spec, ISO_HEADER_AUTO, out, out_len, &message, &fault),
                    ISO_OK);
    CU_ASSERT_EQUAL(iso_message_text(&message, 2, "", text, sizeof text, &text_len), ISO_OK);
    bool back = text_len == len && memcmp(text, value, len) == 0;
    if (!back)
        complain(row, "read", &fault, (uint8_t *)text, text_len);
    CU_ASSERT_TRUE(back);
    tally->matched++;
    iso_spec_free(spec);
}

static void writes_and_reads_what_jpos_does(void)
{
    struct tally tally = {0};
    char line[LINE_LEN_MAX];
    FILE *file = fopen(VECTORS_DIR "/jpos-fields.tsv", "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    while (fgets(line, sizeof line, file) != NULL) {
        struct row row;
        if (line[0] == '#' || !split(line, &row) || strcmp(row.columns[4], row.columns[7]) != 0 ||
            strncmp(row.columns[5], "ERR", 3) == 0)
            continue; /* a value that jPOS does not give back itself */
        const struct class *class = class_of(row.columns[0]);
        /* An amount of one character is a sign without digits. */
        if (class != NULL && !(strstr(class->field, "x+n") != NULL && row.columns[1][0] == '1' &&
                               row.columns[1][1] == '\0'))
            check_row(class, &row, &tally);
    }
    fclose(file);
    fprintf(stderr, "%u matched, %u refused\n", tally.matched, tally.refused);
    CU_ASSERT_TRUE(tally.matched > 2500);
}

SUITE(CASE(writes_and_reads_what_jpos_does))
