/* jPOS packagers as a whole: what each attribute and packager becomes, and what is refused, with
 * its line. Single classes are test_jpos_vectors.c's affair. */
#include "base/text.h"
#include "fixture.h"
#include "suite.h"

#define FRONT                                                                                      \
    "<isofield id='0' length='4' name='Type' class='org.jpos.iso.IFA_NUMERIC'/>"                   \
    "<isofield id='1' length='16' name='Bits' class='org.jpos.iso.IFB_BITMAP'/>"
#define FIELD(id, length, class)                                                                   \
    "<isofield id='" id "' length='" length "' name='F" id "' class='org.jpos.iso." class "'/>"
#define PARTS(class, packager, more, inside)                                                       \
    "<isofieldpackager id='48' length='99' name='Parts' class='org.jpos.iso." class                \
        "' " more " packager='org.jpos.iso.packager." packager "'>" inside "</isofieldpackager>"
#define PACKAGER(inside) "<isopackager>" inside "</isopackager>"

static struct imported of(const char *xml)
{
    return import_text(IMPORT_JPOS, xml, strlen(xml), false);
}

static void refuses(const char *xml, const char *why)
{
    struct imported made = of(xml);
    CU_ASSERT_PTR_NULL(made.spec);
    ASSERT_CONTAINS(made.fault.text, why);
    imported_deinit(&made);
}

/* What was made has these words, and reads the message to the text of 48 and `path`. */
static void says(const char *xml, const char *words)
{
    struct imported made = of(xml);
    if (made.spec == NULL)
        fprintf(stderr, "%s\n", made.fault.text);
    CU_ASSERT_PTR_NOT_NULL(made.spec);
    ASSERT_CONTAINS(made.spec != NULL ? made.yaml.text : "", words);
    imported_deinit(&made);
}

static void warns(const char *xml, const char *words)
{
    struct imported made = of(xml);
    CU_ASSERT_PTR_NOT_NULL(made.spec);
    ASSERT_CONTAINS(made.warnings.text != NULL ? made.warnings.text : "", words);
    imported_deinit(&made);
}

static void reads(const char *xml, const char *hex, unsigned de, const char *path,
                  const char *expected)
{
    struct imported made = of(xml);
    uint8_t bytes[512], out[512];
    char text[1024];
    size_t len = strlen(hex) / 2, text_len = 0, out_len = 0;
    struct iso_message message;
    struct iso_fault fault = {.text = ""};
    if (made.spec == NULL)
        fprintf(stderr, "%s\n", made.fault.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(made.spec);
    CU_ASSERT_TRUE(text_hex_decode(bytes_text(hex), bytes, sizeof bytes));
    enum iso_result result =
        iso_message_unpack(made.spec, ISO_HEADER_AUTO, bytes, len, &message, &fault);
    if (result != ISO_OK)
        fprintf(stderr, "%s byte %zu: %s\n", fault.field, fault.offset, fault.text);
    CU_ASSERT_EQUAL_FATAL(result, ISO_OK);
    CU_ASSERT_EQUAL(iso_message_text(&message, de, path, text, sizeof text, &text_len), ISO_OK);
    ASSERT_BYTES(text, text_len, expected, strlen(expected));
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &out_len, &fault), ISO_OK);
    ASSERT_BYTES(out, out_len, bytes, len);
    imported_deinit(&made);
}

#define BIT48                                                                                      \
    "30313030"                                                                                     \
    "0000000000010000"

/* --- messages --------------------------------------------------------------------------------- */

static void names_and_masks_come_along(void)
{
    says(PACKAGER(FRONT "<isofield id='2' length='19' name='PAN &quot;x&quot; &#9;y' "
                        "class='org.jpos.iso.IFA_LLNUM'/>"),
         "\"2\": {name: \"PAN \\\"x\\\"  y\", content: n, max: 19, prefix: 2, mask: pan}");
}

static void reads_bcd_and_a_header_in_front(void)
{
    static const char xml[] =
        "<isopackager headerLength='5'>"
        "<isofield id='0' length='4' name='' class='org.jpos.iso.IFB_NUMERIC' pad='true'/>"
        "<isofield id='1' length='8' name='' class='org.jpos.iso.IFB_BITMAP'/>"
        "<isofield id='2' length='19' name='PAN' pad='false' class='org.jpos.iso.IFB_LLNUM'/>"
        "</isopackager>";
    struct imported made = of(xml);
    struct iso_message message;
    struct iso_fault fault;
    uint8_t bytes[19];
    CU_ASSERT_PTR_NOT_NULL_FATAL(made.spec);
    CU_ASSERT_TRUE(
        text_hex_decode(bytes_text("60000100020800400000000000000005123450"), bytes, sizeof bytes));
    CU_ASSERT_EQUAL(iso_spec_header_len(made.spec), 5);
    CU_ASSERT_EQUAL(
        iso_message_unpack(made.spec, ISO_HEADER_YES, bytes, sizeof bytes, &message, &fault),
        ISO_OK);
    CU_ASSERT_EQUAL(message.header.len, 5);
    CU_ASSERT_STRING_EQUAL(message.mti, "0800");
    imported_deinit(&made);
}

static void fills_odd_digits_as_pad_says(void)
{
#define ODD(pad)                                                                                   \
    PACKAGER(FRONT "<isofield id='3' length='5' name='' pad='" pad                                 \
                   "' class='org.jpos.iso.IFB_LLNUM'/>")
    reads(ODD("true"),
          "30313030"
          "2000000000000000"
          "05012345",
          3, "", "12345");
    reads(ODD("false"),
          "30313030"
          "2000000000000000"
          "05123450",
          3, "", "12345");
}

static void a_tertiary_bitmap_stands_behind_or_in_an_element(void)
{
    reads(PACKAGER("<isofield id='0' length='4' name='' class='org.jpos.iso.IFA_NUMERIC'/>"
                   "<isofield id='1' length='24' name='' class='org.jpos.iso.IFB_BITMAP'/>" FIELD(
                       "65", "8", "IFB_BINARY") FIELD("130", "1", "IF_CHAR")),
          "30313030"
          "8000000000000000"
          "8000000000000000"
          "4000000000000000"
          "41",
          130, "", "A");
    reads("<isopackager thirdBitmapField='65'>" FRONT
          "<isofield id='65' length='8' name='' class='org.jpos.iso.IFB_BITMAP'/>" FIELD(
              "130", "1", "IF_CHAR") "</isopackager>",
          "30313030"
          "8000000000000000"
          "8000000000000000"
          "4000000000000000"
          "41",
          130, "", "A");
}

static void without_a_bitmap_fields_follow_in_order(void)
{
    reads("<isopackager emitBitmap='false' firstField='2'>"
          "<isofield id='0' length='4' name='' class='org.jpos.iso.IFE_NUMERIC'/>" FIELD("1", "9",
                                                                                         "IFE_CHAR")
              FIELD("2", "2", "IFE_CHAR") FIELD("5", "3", "IFE_LLNUM") "</isopackager>",
          "F0F1F0F0"
          "C1C2"
          "F0F2F1F2",
          5, "", "12");
}

static void what_does_nothing_is_said(void)
{
    warns("<isopackager maxValidField='64'>" FRONT FIELD("3", "6", "IFA_NUMERIC") "</isopackager>",
          "file:1: maxValidField does nothing");
    warns(PACKAGER(FRONT FIELD("3", "6", "IFA_NUMERIC") "\n" FIELD("3", "4", "IFA_NUMERIC")),
          "file:2: field 3 again");
    warns(PACKAGER(FRONT FIELD("3", "6", "IFA_NUMERIC") FIELD("4", "6", "IF_NOP")),
          "field 4 left out");
    warns(PACKAGER(FRONT FIELD("3", "100", "IFA_LLCHAR")), "length 100, but the prefix can say 99");
    warns(PACKAGER(FRONT FIELD("3", "6", "IFA_NUMERIC") FIELD("130", "6", "IF_CHAR")),
          "field 130 left out");
}

static void a_track_is_more_than_digits(void)
{
    reads(PACKAGER(FRONT "<isofield id='35' length='37' name='' class='org.jpos.iso.IFB_LLNUM'/>"),
          "30313030"
          "0000000020000000"
          "0499D1",
          35, "", "99=1");
}

/* --- sub-fields ------------------------------------------------------------------------------- */

static void positions_end_where_the_bytes_do(void)
{
#define POSITIONS                                                                                  \
    PACKAGER(FRONT PARTS("IFA_LLCHAR", "GenericSubFieldPackager", "emitBitmap='false'",            \
                         FIELD("1", "2", "IFA_NUMERIC") FIELD("2", "3", "IF_CHAR")                 \
                             FIELD("3", "9", "IFA_LLCHAR")))
    reads(POSITIONS,
          BIT48 "3035"
                "3132"
                "414243",
          48, "2", "ABC");
    reads(POSITIONS,
          BIT48 "3039"
                "3132"
                "414243"
                "30325859",
          48, "3", "XY");
    reads(POSITIONS,
          BIT48 "3032"
                "3132",
          48, "1", "12");
}

static void positions_nest(void)
{
    reads(
        PACKAGER(FRONT PARTS(
            "IFA_LLCHAR", "GenericSubFieldPackager", "emitBitmap='false'",
            FIELD("1", "2",
                  "IFA_NUMERIC") "<isofieldpackager id='2' length='9' name='' "
                                 "class='org.jpos.iso.IFA_LLCHAR' "
                                 "emitBitmap='false' "
                                 "packager='org.jpos.iso.packager.GenericSubFieldPackager'>" FIELD(
                                     "1", "1", "IF_CHAR")
                                     FIELD("2", "2", "IFB_BINARY") "</isofieldpackager>")),
        BIT48 "3037"
              "3132"
              "3033"
              "41"
              "BEEF",
        48, "2.2", "BEEF");
}

static void ebcdic_around_translates_what_is_inside(void)
{
    reads(PACKAGER(FRONT PARTS("IFE_LLCHAR", "GenericSubFieldPackager", "emitBitmap='false'",
                               FIELD("1", "2", "IFA_NUMERIC") FIELD("2", "9", "IFA_LLCHAR"))),
          BIT48 "F0F5"
                "F1F2"
                "F0F1C1",
          48, "2", "A");
    refuses(PACKAGER(FRONT PARTS("IFE_LLCHAR", "GenericSubFieldPackager", "emitBitmap='false'",
                                 FIELD("1", "2", "IFE_CHAR"))),
            "translated twice");
}

static void digits_are_cut_inside_bcd(void)
{
    reads(PACKAGER(FRONT PARTS("IFB_LLNUM", "GenericSubFieldPackager",
                               "emitBitmap='false' pad='true'",
                               FIELD("1", "1", "IFA_NUMERIC") FIELD("2", "4", "IFA_NUMERIC"))),
          BIT48 "05"
                "012345",
          48, "2", "2345");
}

static void a_bitmap_names_sub_fields(void)
{
    reads(PACKAGER(FRONT PARTS("IFB_LLHBINARY", "Base1SubFieldPackager", "",
                               "<isofield id='0' length='8' name='' "
                               "class='org.jpos.iso.packager.Base1_BITMAP126'/>" FIELD(
                                   "1", "2", "IFA_NUMERIC") FIELD("3", "1", "IFB_BINARY"))),
          BIT48 "0B"
                "A000000000000000"
                "3132"
                "FF",
          48, "3", "FF");
    reads(PACKAGER(FRONT PARTS("IFB_LLHBINARY", "GenericSubFieldPackager", "bitmapField='0'",
                               "<isofield id='0' length='2' name='' "
                               "class='org.jpos.iso.IFB_BITMAP'/>" FIELD("1", "2", "IFA_NUMERIC")
                                   FIELD("16", "1", "IFB_BINARY"))),
          BIT48 "03"
                "0001"
                "FF",
          48, "16", "FF");
}

static void tags_name_sub_fields(void)
{
    reads(PACKAGER(FRONT PARTS("IFA_LLLCHAR", "GenericSubFieldPackager", "emitBitmap='false'",
                               FIELD("7", "9", "IFMC_LLCHAR") FIELD("12", "9", "IFMC_LLCHAR"))),
          BIT48 "303131"
                "3132"
                "3031"
                "41"
                "3037"
                "3032"
                "4243",
          48, "07", "BC");
    reads(PACKAGER(FRONT PARTS("IFA_LLLCHAR", "EuroSubFieldPackager", "",
                               FIELD("7", "9", "IFEP_LLCHAR"))),
          BIT48 "303036"
                "3034"
                "3037"
                "4243",
          48, "07", "BC");
    reads(PACKAGER(FRONT PARTS("IFA_LLLCHAR", "GenericTaggedFieldsPackager",
                               "tagMapper='org.jpos.iso.packager.TTDecimalTagMapper' tagSize='2' "
                               "lenSize='2'",
                               FIELD("7", "9", "IFA_TTLLCHAR") FIELD("8", "9", "IFA_TTLBINARY"))),
          BIT48 "303036"
                "3037"
                "3032"
                "4243",
          48, "07", "BC");
    reads(PACKAGER(FRONT PARTS("IFA_LLLCHAR", "GenericSubFieldPackager", "emitBitmap='false'",
                               FIELD("0", "1", "IFMC_TCC") FIELD("7", "9", "IFMC_LLCHAR")) ""),
          BIT48 "303036"
                "3037"
                "3032"
                "4243",
          48, "07", "BC");
}

static void a_code_may_stand_in_front_of_tags(void)
{
    reads(PACKAGER(FRONT PARTS("IFA_LLLCHAR", "GenericSubFieldPackager",
                               "emitBitmap='false' firstField='0'",
                               FIELD("0", "1", "IFMC_TCC") FIELD("7", "9", "IFMC_LLCHAR"))),
          BIT48 "303037"
                "54"
                "3037"
                "3032"
                "4243",
          48, "elements.07", "BC");
}

static void ber_is_read_by_its_tags(void)
{
    reads(PACKAGER(FRONT "<isofieldpackager id='48' length='255' name='' "
                         "class='org.jpos.iso.IFB_LLHBINARY' "
                         "packager='org.jpos.tlv.packager.bertlv.BERTLVBinaryPackager'>"
                         "</isofieldpackager>"),
          BIT48 "05"
                "9F0202"
                "BEEF",
          48, "9F02", "BEEF");
}

static void what_does_not_fill_a_fixed_field_is_padded(void)
{
    reads(PACKAGER(FRONT PARTS("IF_CHAR", "GenericSubFieldPackager", "emitBitmap='false'",
                               FIELD("1", "97", "IF_CHAR"))),
          BIT48
          "41414141414141414141414141414141414141414141414141414141414141414141414141414141414141"
          "41414141414141414141414141414141414141414141414141414141414141414141414141414141414141"
          "4141414141414141414141"
          "2020",
          48, "filling", "  ");
}

static void what_cannot_be_looked_into_is_taken_as_a_whole(void)
{
    reads(PACKAGER(FRONT PARTS("IFB_LLHBINARY", "DatasetPackager", "emitBitmap='true'",
                               "<isofieldpackager id='113' any='thing'/>")),
          BIT48 "03"
                "0102FF",
          48, "", "0102FF");
    warns(PACKAGER(FRONT "\n" PARTS("IFA_LLLCHAR", "DatasetPackager", "", "")),
          "file:2: its sub-fields are not described: records with a bitmap of 16-bit words");
    reads(PACKAGER(FRONT PARTS("IFA_LLABINARY", "GenericSubFieldPackager", "emitBitmap='false'",
                               FIELD("1", "9", "IF_CHAR"))),
          BIT48 "3032"
                "30314646",
          48, "", "01FF");
    reads(PACKAGER(FRONT PARTS("IFA_LLCHAR", "GenericPackager", "",
                               FIELD("0", "4", "IFA_NUMERIC") FIELD("1", "8", "IFB_BITMAP"))),
          BIT48 "3033"
                "1C1D1E",
          48, "", "1C1D1E");
}

/* --- what is refused -------------------------------------------------------------------------- */

static void refuses_unknown_classes_by_name_and_line(void)
{
    refuses(PACKAGER(FRONT "\n\n<isofield id='3' length='6' name='' class='com.bank.IF_MINE'/>"),
            "file:3: unknown class com.bank.IF_MINE");
    refuses(PACKAGER(FRONT "\n<isofield id='3' length='6' name='' class='IFA_NUMERIC'/>"),
            "file:2: unknown class IFA_NUMERIC");
    refuses(PACKAGER(FRONT "<isofield id='3' length='6' name='' "
                           "class='org.jpos.tlv.packager.IF_FSTBINARY'/>"),
            "cannot be imported");

    refuses(PACKAGER(FRONT PARTS("IFA_LLLCHAR", "Mine", "", FIELD("1", "1", "IF_CHAR"))),
            "unknown packager org.jpos.iso.packager.Mine");
}

static void refuses_what_no_message_can_have(void)
{
    refuses("<isofield/>", "file:1: expected isopackager, got isofield");
    refuses("<isopackager/>", "no field 0");
    refuses(PACKAGER("<isofield id='0' length='5' name='' class='org.jpos.iso.IFA_NUMERIC'/>"),
            "field 0: expected four digits");
    refuses("<isopackager headerLength='65'>" FRONT "</isopackager>", "headerLength");
    refuses(PACKAGER(FRONT), "no data element is left");
    refuses(PACKAGER(FRONT "<isofield id='193' length='1' name='' class='org.jpos.iso.IF_CHAR'/>"),
            "id: expected a number from 0 to 192");
    refuses(PACKAGER(FRONT "<isofield id='3' length='0' name='' class='org.jpos.iso.IF_CHAR'/>"),
            "length 0");
    refuses(PACKAGER(FRONT FIELD("3", "10000", "IF_CHAR")), "a message has room for 9999");
    refuses(PACKAGER(FRONT "<isofield id='3' name='' class='org.jpos.iso.IF_CHAR'/>"),
            "attribute length is missing");
    refuses(
        PACKAGER(FRONT "<isofield id='3' length='3' colour='red' class='org.jpos.iso.IF_CHAR'/>"),
        "unknown attribute colour");
    refuses(PACKAGER(FRONT "<field/>"), "expected isofield or isofieldpackager, got field");
    refuses(PACKAGER(FRONT FIELD("3", "3", "IF_TCHAR")), "token");
    refuses(PACKAGER(FRONT FIELD("3", "3", "IFMC_LLCHAR")), "writes a tag");
    refuses(PACKAGER(FRONT PARTS("IFA_LLLCHAR", "GenericSubFieldPackager", "emitBitmap='false'",
                                 FIELD("7", "9", "IFMC_LLCHAR") FIELD("8", "9", "IFEPE_LLCHAR"))),
            "written otherwise");

    refuses(PACKAGER(FRONT PARTS("IFA_LLLCHAR", "GenericTaggedFieldsPackager",
                                 "tagMapper='a.B' tagSize='2' lenSize='2'",
                                 FIELD("7", "9", "IFA_TTLLCHAR"))),
            "unknown tagMapper a.B");
}

static void a_doctype_is_read_over_and_nothing_else_is_read(void)
{
    says("<?xml version='1.0'?>\n<!DOCTYPE isopackager PUBLIC "
         "'-//jPOS/jPOS Generic Packager DTD 1.0//EN' "
         "'http://jpos.org/dtd/generic-packager-1.0.dtd'>\n" PACKAGER(
             FRONT FIELD("3", "6", "IFA_NUMERIC")),
         "\"3\": {name: \"F3\", content: n, length: 6, pad: {side: left, with: \"0\"}}");
    refuses("<!DOCTYPE isopackager [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]>" PACKAGER(
                FRONT "<isofield id='3' length='3' name='&b;' class='org.jpos.iso.IF_CHAR'/>"),
            "an entity is declared");
    refuses(
        "<!DOCTYPE isopackager [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" PACKAGER(FRONT "&x;"),
        "an entity is declared");
    refuses("<!DOCTYPE isopackager SYSTEM 'genericpackager.dtd'>" PACKAGER(FRONT "&x;"),
            "an entity is used");
    refuses(PACKAGER(FRONT "&x;"), "undefined entity");
}

static void refuses_what_is_not_well_formed(void)
{
    refuses("", "file:1:1: no element found");
    refuses("<isopackager>", "no element found");
    refuses("<isopackager></isofield>", "mismatched tag");
    refuses("<isopackager>\xC3\x28</isopackager>", "not well-formed");
}

static void hostile_files_are_bounded(void)
{
    static char deep[64 * 1024], wide[1 << 20];
    size_t len = 0;
    for (int i = 0; i < 2000; i++)
        len += (size_t)snprintf(deep + len, sizeof deep - len, "<isopackager>");
    refuses(deep, "elements more than 16 deep");
    len = (size_t)snprintf(wide, sizeof wide, "<isopackager>");
    for (int i = 0; i < 5000; i++)
        len += (size_t)snprintf(wide + len, sizeof wide - len, "<isofield/>");
    refuses(wide, "more than 4096 elements");
    len = (size_t)snprintf(wide, sizeof wide, "<isopackager name='");
    memset(wide + len, 'a', 1000);
    snprintf(wide + len + 1000, 100, "'/>");
    refuses(wide, "more than 512 bytes");
    static char large[IMPORT_LEN_MAX + 2];
    memset(large, ' ', IMPORT_LEN_MAX + 1);
    refuses(large, "more than 1048576 bytes");
}

SUITE(CASE(names_and_masks_come_along), CASE(fills_odd_digits_as_pad_says),
      CASE(reads_bcd_and_a_header_in_front), CASE(a_tertiary_bitmap_stands_behind_or_in_an_element),
      CASE(without_a_bitmap_fields_follow_in_order), CASE(what_does_nothing_is_said),
      CASE(a_track_is_more_than_digits), CASE(positions_end_where_the_bytes_do),
      CASE(positions_nest), CASE(ebcdic_around_translates_what_is_inside),
      CASE(digits_are_cut_inside_bcd), CASE(a_bitmap_names_sub_fields), CASE(tags_name_sub_fields),
      CASE(a_code_may_stand_in_front_of_tags), CASE(ber_is_read_by_its_tags),
      CASE(what_does_not_fill_a_fixed_field_is_padded),
      CASE(what_cannot_be_looked_into_is_taken_as_a_whole),
      CASE(refuses_unknown_classes_by_name_and_line), CASE(refuses_what_no_message_can_have),
      CASE(a_doctype_is_read_over_and_nothing_else_is_read), CASE(refuses_what_is_not_well_formed),
      CASE(hostile_files_are_bounded))
