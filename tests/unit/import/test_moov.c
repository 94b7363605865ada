/* moov's specs: what each member becomes, what is said, and what is refused, with its place. Their
 * own messages are e2e.import's affair. */
#include "fixture.h"
#include "suite.h"

#define SPEC(more)                                                                                 \
    "{\"name\": \"S\", \"fields\": {"                                                              \
    "\"0\": {\"type\": \"String\", \"length\": 4, \"enc\": \"ASCII\", \"prefix\": "                \
    "\"ASCII.Fixed\"},"                                                                            \
    "\"1\": {\"type\": \"Bitmap\", \"enc\": \"Binary\", \"prefix\": \"Binary.Fixed\"}" more "}}"
#define FIELD(key, members) ", \"" key "\": {" members "}"
#define LEAF(type, length, enc, prefix)                                                            \
    "\"type\": \"" type "\", \"length\": " length ", \"description\": \"D\", \"enc\": \"" enc      \
    "\", \"prefix\": \"" prefix "\""
#define SUB(key, type, length, enc, prefix) "\"" key "\": {" LEAF(type, length, enc, prefix) "}"
#define COMPOSITE(prefix, more, subs)                                                              \
    "\"type\": \"Composite\", \"length\": 99, \"prefix\": \"" prefix "\", " more                   \
    ", \"subfields\": {" subs "}"

static void says(const char *text, const char *words)
{
    struct imported made = import_text(IMPORT_MOOV, text, strlen(text), false);
    if (made.spec == NULL)
        fprintf(stderr, "%s\n", made.fault.text);
    CU_ASSERT_PTR_NOT_NULL(made.spec);
    ASSERT_CONTAINS(made.spec != NULL ? made.yaml.text : "", words);
    imported_deinit(&made);
}

static void warns(const char *text, const char *words)
{
    struct imported made = import_text(IMPORT_MOOV, text, strlen(text), false);
    CU_ASSERT_PTR_NOT_NULL(made.spec);
    ASSERT_CONTAINS(made.warnings.text != NULL ? made.warnings.text : "", words);
    imported_deinit(&made);
}

static void refuses(const char *text, const char *why)
{
    struct imported made = import_text(IMPORT_MOOV, text, strlen(text), false);
    CU_ASSERT_PTR_NULL(made.spec);
    ASSERT_CONTAINS(made.fault.text, why);
    imported_deinit(&made);
}

static void every_encoding_has_its_words(void)
{
    says(SPEC(FIELD("2", LEAF("String", "19", "ASCII", "ASCII.LL"))),
         "\"2\": {name: \"D\", content: ans, max: 19, prefix: 2, mask: pan}");
    says(SPEC(FIELD("3", LEAF("Numeric", "5", "BCD", "BCD.Fixed"))),
         "content: n, encoding: bcd, odd: left, fill: \"0\", length: 5}");
    says(SPEC(FIELD("3", LEAF("String", "5", "LBCD", "Binary.LL"))),
         "encoding: bcd, odd: right, fill: \"0\", max: 5, prefix: {bytes: 2}}");
    says(SPEC(FIELD("3", LEAF("String", "8", "HexToASCII", "Hex.Fixed"))),
         "content: b, encoding: hex, length: 16}");
    says(SPEC(FIELD("3", LEAF("Hex", "99", "HexToASCII", "ASCII.LL"))),
         "content: b, encoding: hex, max: 198, prefix: {digits: 2, counts: bytes}}");
    says(SPEC(FIELD("3", LEAF("String", "9", "EBCDIC", "EBCDIC.L"))),
         "encoding: ebcdic, max: 9, prefix: {digits: 1, encoding: ebcdic}}");
    says(SPEC(FIELD("3", LEAF("Binary", "90", "Binary", "Hex.L"))),
         "content: b, max: 90, prefix: {digits: 2, encoding: hex}}");
    says(SPEC(FIELD("3", LEAF("Track2", "37", "ASCII", "BCD.LL"))),
         "content: z, max: 37, prefix: {digits: 2, encoding: bcd}}");
}

static void keys_are_read_in_any_case(void)
{
    says(SPEC(FIELD("3", "\"Type\": \"String\", \"LENGTH\": 3, \"enc\": \"ASCII\", \"prefix\": "
                         "\"ASCII.Fixed\"")),
         "\"3\": {name: \"Data element 3\", content: ans, length: 3}");
}

static void composites_are_written_as_they_lie(void)
{
    says(SPEC(FIELD("3", COMPOSITE("ASCII.LL", "\"tag\": {\"sort\": \"StringsByInt\"}",
                                   SUB("10", "String", "2", "ASCII", "ASCII.Fixed") ", " SUB(
                                       "9", "String", "1", "ASCII", "ASCII.L")))),
         "positional:\n      - {key: \"9\", name: \"D\", content: ans, max: 1, prefix: 1}\n      - "
         "{key: \"10\"");
    says(SPEC(FIELD("3", COMPOSITE("ASCII.LL",
                                   "\"tag\": {\"length\": 2, \"enc\": \"ASCII\", \"padding\": "
                                   "{\"type\": \"Left\", \"pad\": \"0\"}, \"sort\": "
                                   "\"StringsByInt\"}",
                                   SUB("1", "String", "9", "ASCII", "ASCII.LL")))),
         "tag: 2\n      unknown: refuse\n      fields:\n        \"01\": {");
    says(SPEC(FIELD("3", COMPOSITE("ASCII.LL",
                                   "\"tag\": {\"enc\": \"BerTLVTag\", \"sort\": \"StringsByHex\"}",
                                   SUB("9f02", "Binary", "6", "Binary", "BerTLV")))),
         "\"9F02\": {name: \"D\", content: b, max: 6}");
    says(SPEC(FIELD("3", COMPOSITE("ASCII.LL",
                                   "\"tag\": {\"length\": 1, \"enc\": \"ASCIIToHex\", "
                                   "\"sort\": \"StringsByHex\", \"skipUnknownTLVTags\": true, "
                                   "\"prefUnknownTLV\": \"Binary.LL\"}",
                                   SUB("0A", "Binary", "6", "Binary", "Binary.LL")))),
         "tag: {bytes: 1}\n      length: {bytes: 2}\n      unknown: accept");
    says(SPEC(FIELD("3", COMPOSITE("ASCII.LL",
                                   "\"bitmap\": {\"type\": \"Bitmap\", \"length\": 2, \"enc\": "
                                   "\"HexToASCII\", \"prefix\": \"Hex.Fixed\", "
                                   "\"disableAutoExpand\": true}",
                                   SUB("16", "String", "2", "ASCII", "ASCII.Fixed")))),
         "bitmap: {bytes: 2, encoding: hex}");
}

static void quirks_are_said(void)
{
    warns(SPEC(FIELD("65", LEAF("String", "1", "ASCII", "ASCII.Fixed"))
                   FIELD("3", LEAF("String", "1", "ASCII", "ASCII.Fixed"))),
          "field 65 left out");
    warns(SPEC(FIELD("3",
                     LEAF("String", "9", "ASCII",
                          "ASCII.Fixed") ", \"padding\": {\"type\": \"Middle\", \"pad\": \"0\"}")),
          "file:1: its padding is not known (type Middle), and moov ignores it");
    warns(SPEC(FIELD("3", LEAF("String", "9", "ASCII", "ASCII.Fixed") ", \"colour\": \"red\"")),
          "colour is not known");
    warns(SPEC(FIELD("3", LEAF("String", "100", "ASCII", "ASCII.LL"))), "there is room for 99");
    warns(
        "{\"fields\": {\"0\": {" LEAF(
            "String", "4", "BCD",
            "BCD.Fixed") "}, \"1\": {\"type\": "
                         "\"Bitmap\", \"length\": 16, \"enc\": \"HexToASCII\", \"prefix\": "
                         "\"Hex.Fixed\"}, \"3\": {" LEAF("String", "9", "ASCII", "ASCII.LL") "}}}",
        "a bitmap of length 16 comes whole");
}

static void refuses_what_cannot_be_said(void)
{
    refuses("[]", "file:1:1: expected a JSON object");
    refuses("{\"fields\": {}}", "expected an object `fields`");
    refuses("{\"fields\": {\"Field000\": {}}}", "legacy format");
    refuses("{\"fields\": {\"3\": {" LEAF("String", "1", "ASCII", "ASCII.Fixed") "}}}",
            "no field 0");
    refuses(SPEC(FIELD("3", LEAF("String", "9", "UTF8", "ASCII.Fixed"))), "unknown enc UTF8");
    refuses(SPEC(FIELD("3", LEAF("String", "9", "ASCII", "ASCII.XX"))), "unknown prefix ASCII.XX");
    refuses(SPEC(FIELD("3", LEAF("Money", "9", "ASCII", "ASCII.Fixed"))), "unknown type Money");
    refuses(SPEC(FIELD("3", LEAF("Bitmap", "8", "Binary", "Binary.Fixed"))), "unknown type Bitmap");
    refuses(SPEC(FIELD("3", LEAF("String", "0", "ASCII", "ASCII.Fixed"))), "length: expected 1");
    refuses(SPEC(FIELD("3", LEAF("String", "-1", "ASCII", "ASCII.Fixed"))), "length: expected a");
    refuses(SPEC(FIELD("193", LEAF("String", "1", "ASCII", "ASCII.Fixed"))), "a number from 0");
    refuses(SPEC(FIELD("x", LEAF("String", "1", "ASCII", "ASCII.Fixed"))), "a number from 0");
    refuses(SPEC(FIELD("3", "\"type\": \"Composite\", \"length\": 9, \"prefix\": \"ASCII.LL\"")),
            "expected one of tag and bitmap");
    refuses(SPEC(FIELD("3", COMPOSITE("ASCII.LL", "\"tag\": {\"sort\": \"Strings\"}",
                                      SUB("1", "String", "9", "ASCII", "ASCII.LL")))),
            "sort: expected StringsByInt or StringsByHex, got Strings");
    refuses(SPEC(FIELD("3", COMPOSITE("ASCII.LL",
                                      "\"tag\": {\"enc\": \"Hexadecimal\", \"sort\": "
                                      "\"StringsByInt\"}",
                                      SUB("1", "String", "9", "ASCII", "ASCII.LL")))),
            "unknown enc Hexadecimal of a tag");
    refuses(SPEC(FIELD("3", COMPOSITE("ASCII.LL",
                                      "\"bitmap\": {\"type\": \"Bitmap\", \"length\": 8, \"enc\": "
                                      "\"Binary\", \"prefix\": \"Hex.Fixed\"}",
                                      SUB("1", "String", "2", "ASCII", "ASCII.Fixed")))),
            "disableAutoExpand");
    refuses(SPEC(FIELD("3", COMPOSITE("ASCII.LL",
                                      "\"tag\": {\"enc\": \"BerTLVTag\", \"sort\": "
                                      "\"StringsByHex\"}",
                                      SUB("9A", "String", "9", "ASCII", "ASCII.LL")))),
            "another length than BerTLV");
    refuses(SPEC(FIELD("3", COMPOSITE("ASCII.LL",
                                      "\"tag\": {\"length\": 2, \"enc\": \"ASCII\", \"sort\": "
                                      "\"StringsByInt\"}",
                                      SUB("1", "String", "9", "ASCII", "ASCII.LL")))),
            "expected a key of 2 characters, got `1`");
    refuses(SPEC(FIELD("3", "\"type\": \"Composite\", \"length\": 9, \"prefix\": \"ASCII.LL\", "
                            "\"tag\": {\"enc\": \"BerTLVTag\", \"sort\": \"StringsByHex\"}")),
            "a Composite without subfields");
    refuses("{\"fields\": ", "file:2:1:");
}

static void hostile_files_are_bounded(void)
{
    static char text[1 << 16];
    size_t len = (size_t)snprintf(text, sizeof text,
                                  "{\"fields\": {\"0\": {%s}, \"1\": {\"type\": "
                                  "\"Bitmap\", \"enc\": \"Binary\"}, \"2\": ",
                                  LEAF("String", "4", "ASCII", "ASCII.Fixed"));
    for (int i = 0; i < 9; i++)
        len += (size_t)snprintf(text + len, sizeof text - len,
                                "{\"type\": \"Composite\", \"length\": 99, \"prefix\": "
                                "\"ASCII.LL\", \"tag\": {\"sort\": \"StringsByInt\"}, "
                                "\"subfields\": {\"1\": ");
    len += (size_t)snprintf(text + len, sizeof text - len, "{%s}",
                            LEAF("String", "4", "ASCII", "ASCII.Fixed"));
    for (int i = 0; i < 9; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "}}");
    snprintf(text + len, sizeof text - len, "}}");
    refuses(text, "deep");
}

SUITE(CASE(every_encoding_has_its_words), CASE(keys_are_read_in_any_case),
      CASE(composites_are_written_as_they_lie), CASE(quirks_are_said),
      CASE(refuses_what_cannot_be_said), CASE(hostile_files_are_bounded))
