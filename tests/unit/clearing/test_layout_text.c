/* Text forms: CSV, JSON lines, text with holes; what a value becomes in them, and what is refused.
 */
#include "clearing/rows.h"

static size_t at_line; /* where the last fault was, in lines of its record */

struct written {
    char text[LAYOUT_RECORD_MAX];
    size_t len;
};

/* Loads the layout, writes the row as a detail, reads it back and writes it again. */
static struct written written_by(const char *text, const struct row *row)
{
    struct written one, again;
    struct layout *layout;
    struct row back;
    struct fault fault = {RESULT_OK, ""};
    must(load_text(text, &layout, &fault), &fault);
    must(layout_write(layout, LAYOUT_DETAIL, row, one.text, &one.len, &fault), &fault);
    CU_ASSERT_EQUAL(layout_cut(layout, LAYOUT_DETAIL, bytes_of(one.text, one.len)), one.len);
    must(layout_read(layout, LAYOUT_DETAIL, bytes_of(one.text, one.len), &back, &at_line, &fault),
         &fault);
    must(layout_write(layout, LAYOUT_DETAIL, &back, again.text, &again.len, &fault), &fault);
    ASSERT_BYTES(again.text, again.len, one.text, one.len);
    layout_free(layout);
    return one;
}

static void expect_written(const char *text, const struct row *row, const char *expected)
{
    struct written one = written_by(text, row);
    ASSERT_BYTES(one.text, one.len, expected, strlen(expected));
    if (one.len != strlen(expected) || memcmp(one.text, expected, one.len) != 0)
        printf("got %.*s\n", (int)one.len, one.text);
}

static void expect_refused(const char *text, const char *part)
{
    struct layout *layout;
    struct fault fault = {RESULT_OK, ""};
    CU_ASSERT_EQUAL(load_text(text, &layout, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, part);
}

static void expect_unread(const char *text, const char *record, const char *part, size_t line)
{
    struct layout *layout;
    struct row row;
    struct fault fault = {RESULT_OK, ""};
    must(load_text(text, &layout, &fault), &fault);
    CU_ASSERT_EQUAL(layout_read(layout, LAYOUT_DETAIL, bytes_text(record), &row, &at_line, &fault),
                    RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, part);
    CU_ASSERT_EQUAL(at_line, line);
    layout_free(layout);
}

static struct row row_with(const char *merchant)
{
    struct row row = {.institution = 7, .settlement_date = DAY};
    memset(row.operation.merchant, ' ', sizeof row.operation.merchant);
    memcpy(row.operation.merchant, merchant, strlen(merchant));
    memcpy(row.operation.currency, "156", 3);
    row.operation.amount_minor = 12345;
    row.totals.debit_minor = 5;
    row.totals.credit_minor = 3;
    return row;
}

/* --- delimited -------------------------------------------------------------------------------- */

#define CSV(more)                                                                                  \
    "layout: t\nform: delimited\ncontent: issuer\nfile: T{yymmdd}\n" more                          \
    "detail:\n  - {source: merchant}\n  - {source: amount, type: number}\n"

static void csv_quotes_what_needs_it(void)
{
    struct row row = row_with("PLAIN SHOP");
    expect_written(CSV(""), &row, "PLAIN SHOP,12345\n");
    row = row_with("SHOP, LTD");
    expect_written(CSV(""), &row, "\"SHOP, LTD\",12345\n");
    expect_written(CSV("delimiter: semicolon\n"), &row, "SHOP, LTD;12345\n");
    row = row_with("\"BEST\"");
    expect_written(CSV("line_end: crlf\n"), &row, "\"\"\"BEST\"\"\",12345\r\n");
    row = row_with("A|B;C");
    expect_written(CSV("delimiter: bar\n"), &row, "\"A|B;C\"|12345\n");
    expect_written(CSV("delimiter: tab\n"), &row, "A|B;C\t12345\n");
    row = row_with("");
    expect_written(CSV(""), &row, ",12345\n");
}

static void csv_begins_with_the_names_of_its_columns(void)
{
    static const char text[] = "layout: t\nform: delimited\ncontent: issuer\nfile: T\n"
                               "detail:\n  - {name: \"a,b\", source: merchant}\n"
                               "  - {source: amount}\n";
    struct layout *layout;
    struct row row = {0}, back;
    struct written one;
    struct fault fault = {RESULT_OK, ""};
    must(load_text(text, &layout, &fault), &fault);
    must(layout_write(layout, LAYOUT_HEADER, &row, one.text, &one.len, &fault), &fault);
    ASSERT_BYTES(one.text, one.len, "\"a,b\",amount\n", 13);
    must(layout_read(layout, LAYOUT_HEADER, bytes_of(one.text, one.len), &back, &at_line, &fault),
         &fault);
    CU_ASSERT_EQUAL(
        layout_read(layout, LAYOUT_HEADER, bytes_text("\"a,b\",amoumt\n"), &back, &at_line, &fault),
        RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "byte 10: expected `nt`, got `m`");
    layout_free(layout);
    must(load_text(CSV("names: false\n"), &layout, &fault), &fault);
    CU_ASSERT_FALSE(layout_has(layout, LAYOUT_HEADER));
    layout_free(layout);
}

static void bad_csv_is_refused_with_its_byte(void)
{
    expect_unread(CSV(""), "\"SHOP,1\n", "byte 0: merchant: expected a value of merchant", 0);
    expect_unread(CSV(""), "\"SHOP\"X,1\n", "byte 6: expected `,`, got `X`", 0);
    expect_unread(CSV(""), "\"SHOP\",1\n", "byte 0: merchant: expected `SHOP`, got `SHOP`", 0);
    expect_unread(CSV(""), "SHOP,x\n", "byte 5: amount: expected a value of amount, got ``", 0);
    expect_unread(CSV(""), "SHOP,01\n", "byte 5: amount: expected `1`, got `01`", 0);
    expect_unread(CSV(""), "SHOP,1,2\n", "byte 6: expected the end of the line, got `,`", 0);
    expect_unread(CSV(""), "SHOP\n", "byte 4: expected `,`, got the end of the line", 0);
    expect_unread(CSV(""), "SHOP,1", "byte 6: expected the end of the line, got the end", 0);
    expect_unread(CSV(""), "A SHOP OF TOO LONG A NAME,1\n", "byte 0: merchant: expected a value",
                  0);
    expect_unread(CSV(""), "SHOP,1\r\n", "byte 6: expected the end of the line, got", 0);
    expect_unread(CSV(""), "SHOP,1\nX", "byte 0: expected the end, got 1 more bytes", 1);
}

static void csv_in_another_character_set(void)
{
    struct row row = row_with("\xB9\xAB\xCB\xBE \x81"); /* a company, and half a character */
    expect_written(CSV(""), &row, "???? ?,12345\n");
    row = row_with("\xB9\xAB\xCB\xBE 1");
    expect_written(CSV(""), &row, "\xE5\x85\xAC\xE5\x8F\xB8 1,12345\n");
    expect_written(CSV("charset: gb18030\n"), &row, "\xB9\xAB\xCB\xBE 1,12345\n");
    expect_written(CSV("charset: ascii\n"), &row, "???? 1,12345\n");
}

/* --- JSON lines ------------------------------------------------------------------------------- */

#define JSONL(columns)                                                                             \
    "layout: t\nform: jsonl\ncontent: issuer\nfile: T\ndetail:\n"                                  \
    "  - {name: record, source: constant, value: 'a\"b'}\n" columns

static void json_escapes_quotes_and_backslashes(void)
{
    struct row row = row_with("A \"B\" \\C");
    expect_written(JSONL("  - {source: merchant}\n  - {name: fee, source: zero}\n"
                         "  - {source: amount, type: number}\n  - {source: blank}\n"),
                   &row,
                   "{\"record\":\"a\\\"b\",\"merchant\":\"A \\\"B\\\" \\\\C\",\"fee\":0,"
                   "\"amount\":12345,\"blank\":\"\"}\n");
}

static void bad_json_is_refused_with_its_byte(void)
{
    static const char text[] = JSONL("  - {source: merchant}\n");
    expect_unread(text, "{\"record\":\"a\\\"b\",\"merchant\":\"A\\n\"}\n", "byte 29: merchant", 0);
    expect_unread(text, "{\"record\":\"a\\\"b\",\"merchant\":\"A\n", "byte 30: expected `\"}`", 0);
    expect_unread(text, "{\"record\":\"b\",\"merchant\":\"A\"}\n", "byte 11: expected `a\\\"b", 0);
    expect_unread(text, "{\"record\":\"a\\\"b\",\"merchant\":\"A\\", "byte 29: merchant", 0);
    expect_unread(text, "", "byte 0: expected `{\"record\":", 0);
}

static void refuses_two_members_of_one_name(void)
{
    expect_refused(JSONL("  - {name: record, source: amount}\n"),
                   "another column has the name record too");
}

/* --- text with holes -------------------------------------------------------------------------- */

#define TEXT(detail)                                                                               \
    "layout: t\nform: text\nescape: xml\ncontent: position\nfile: T\ndetail: |\n" detail

static void xml_has_entities_for_what_it_cannot_say(void)
{
    struct row row = row_with("A&B <'\"> Z");
    expect_written(TEXT("  <a b=\"{merchant}\">\n  {merchant}</a>\n"), &row,
                   "<a b=\"A&amp;B &lt;&apos;&quot;&gt; Z\">\n"
                   "A&amp;B &lt;&apos;&quot;&gt; Z</a>\n");
}

static void brackets_can_be_said(void)
{
    struct row row = row_with("");
    expect_written("layout: t\nform: text\nescape: json\ncontent: position\nfile: T\ndetail: |\n"
                   "  {{\"amount\": {amount:number}}}\n",
                   &row, "{\"amount\": 12345}\n");
}

static void a_fault_names_the_line_in_its_record(void)
{
    static const char text[] = TEXT("  <a>{amount}</a>\n  <b>{merchant}</b>\n");
    expect_unread(text, "<a>000000012345</a>\n<b>A&B</b>\n", "byte 3: merchant: expected a value",
                  1);
    expect_unread(text, "<a>000000012345</a>\n<b>A</c>\n", "byte 6: expected `b>`, got `c`", 1);
    expect_unread(text, "<a>12345</a>\n<b>A</b>\n",
                  "byte 3: amount: expected `000000012345`, got `12345`", 0);
}

static void refuses_a_hole_that_is_none(void)
{
    expect_refused(TEXT("  <a>{nothing}</a>\n"), "`{nothing}`: expected a value");
    expect_refused(TEXT("  <a>{blank}</a>\n"), "`{blank}`: expected a value");
    expect_refused(TEXT("  <a>{amount</a>\n"), "for a bracket");
    expect_refused(TEXT("  <a>amount}</a>\n"), "for a bracket");
    expect_refused(TEXT("  <a>{amount:hex}</a>\n"), "`{amount}`: expected plain, number");
    expect_refused(TEXT("  <a>{merchant:number}</a>\n"), "number is for counts and amounts");
    expect_refused(TEXT("  <a>{amount:iso}</a>\n"), "iso is for dates");
    expect_refused(TEXT("  <a>{amount:C|D}</a>\n"), "two words are for what has a sign");
    expect_refused(TEXT("  <a>{net:A|A}</a>\n"), "two different words");
    expect_refused("layout: t\nform: text\nescape: xml\ncontent: position\nfile: T\n"
                   "detail: <a>{amount}</a>\n",
                   "expected text of whole lines");
}

/* Else nobody could tell where the value ends. */
static void refuses_text_that_could_be_part_of_the_value_before_it(void)
{
    expect_refused(TEXT("  <a>{merchant}-{amount}</a>\n"), "merchant: expected behind it");
    expect_refused(TEXT("  <a>{amount}{stan}</a>\n"), "amount: expected behind it");
    expect_refused(TEXT("  <a>{amount}00</a>\n"), "amount: expected behind it");
    expect_refused(TEXT("  <a>{settlement_date:iso}-{amount}</a>\n"), "settlement_date: expected");
    struct row row = row_with("A");
    expect_written(TEXT("  <a>{settlement_date:iso}T{amount}-{stan}</a>\n"), &row,
                   "<a>2026-12-31T000000012345-000000</a>\n");
}

/* --- what values become ----------------------------------------------------------------------- */

static void amounts_have_the_decimals_of_their_currency(void)
{
    static const char text[] = TEXT("  <a>{currency:letters} {amount:decimal} {currency}</a>\n");
    struct row row = row_with("");
    expect_written(text, &row, "<a>CNY 123.45 156</a>\n");
    row.operation.amount_minor = 5;
    expect_written(text, &row, "<a>CNY 0.05 156</a>\n");
    memcpy(row.operation.currency, "392", 3);
    expect_written(text, &row, "<a>JPY 5 392</a>\n");
    memcpy(row.operation.currency, "048", 3);
    expect_written(text, &row, "<a>BHD 0.005 048</a>\n");
    row.operation.amount_minor = 999999999999;
    expect_written(text, &row, "<a>BHD 999999999.999 048</a>\n");
}

static void an_unknown_currency_has_no_decimals(void)
{
    struct layout *layout;
    struct row row = row_with("");
    struct written one;
    struct fault fault = {RESULT_OK, ""};
    must(load_text(TEXT("  <a>{amount:decimal}</a>\n"), &layout, &fault), &fault);
    memcpy(row.operation.currency, "000", 3);
    CU_ASSERT_EQUAL(layout_write(layout, LAYOUT_DETAIL, &row, one.text, &one.len, &fault),
                    RESULT_LIMIT);
    ASSERT_CONTAINS(fault.text, "t, detail, amount: the row has no currency of ISO 4217");
    layout_free(layout);
    expect_unread(TEXT("  <a>{currency:letters}</a>\n"), "<a>ZZZ</a>\n", "expected a value of", 0);
    expect_unread(TEXT("  <a>{currency:letters} {amount:decimal}</a>\n"), "<a>JPY 1.00</a>\n",
                  "byte 8: amount: expected `100`, got `1.00`", 0);
    expect_unread(TEXT("  <a>{currency:letters} {amount:decimal}</a>\n"), "<a>CNY 1.0.0</a>\n",
                  "byte 7: amount: expected a value", 0);
    expect_refused("layout: t\nform: text\nescape: xml\ncontent: position\nfile: T\n"
                   "detail: |\n  a\ntrailer: |\n  <a>{debit_amount:decimal}</a>\n",
                   "debit_amount: only a detail has a currency");
}

static void signed_money_is_said_in_every_way(void)
{
    static const char text[] = TEXT("  <a>{net}</a>\n  <a>{net:number}</a>\n"
                                    "  <a>{net:decimal}</a>\n  <a>{net:unsigned}</a>\n"
                                    "  <a>{net:unsigned_decimal}</a>\n  <a>{net:CRDT|DBIT}</a>\n"
                                    "  <a>{fees:unsigned}</a>\n  <a>{fees:+|-}</a>\n"
                                    "  <a>{debit_amount}{{{currency}</a>\n"
                                    "  <a>{credit_amount:number}</a>\n");
    struct row row = row_with("");
    expect_written(text, &row,
                   "<a>D00000000002</a>\n<a>-2</a>\n<a>-0.02</a>\n<a>2</a>\n<a>0.02</a>\n"
                   "<a>DBIT</a>\n<a>0</a>\n<a>+</a>\n<a>0000000000000005{156</a>\n<a>3</a>\n");
    row.totals.fee_minor = -90;
    row.totals.debit_minor = 0;
    expect_written(TEXT("  <a>{fees:unsigned}</a><b>{fees:+|-}</b>\n"), &row,
                   "<a>90</a><b>-</b>\n");
    expect_unread(TEXT("  <a>{fees:unsigned}</a><b>{fees:+|-}</b>\n"), "<a>0</a><b>-</b>\n",
                  "byte 11: fees: expected `+`, got `-`", 0);
    expect_unread(TEXT("  <a>{fees:number}</a>\n"), "<a>-0</a>\n", "expected `0`, got `-0`", 0);
}

static void a_sign_stands_behind_its_amount(void)
{
    expect_refused(TEXT("  <a>{fees:+|-}</a><b>{fees:unsigned}</b>\n"),
                   "fees: expected the amount");
    expect_refused(TEXT("  <a>{fees:unsigned}</a>\n"), "fees: expected the amount");
    expect_refused(TEXT("  <a>{fees:C|D}</a>\n"), "fees: expected the amount");
}

static void dates_have_several_forms(void)
{
    static const char text[] =
        TEXT("  <a>{settlement_date} {settlement_date:iso} {settlement_date:yymmdd}</a>\n"
             "  <b>{since:iso}</b>\n");
    struct row row = row_with("");
    row.since = 20261231235958;
    expect_written(text, &row, "<a>20261231 2026-12-31 261231</a>\n<b>2026-12-31T23:59:58Z</b>\n");
    expect_unread(text, "<a>20261231 2026-12-31 261231</a>\n<b>2026-12-31T23:59:5Z</b>\n",
                  "byte 3: since: expected a value of since", 1);
    expect_unread(text, "<a>20261231 2026-1231- 261231</a>\n<b>2026-12-31T23:59:58Z</b>\n",
                  "byte 12: settlement_date: expected a value", 0);
    expect_unread(text, "<a>20261231 2026-12-30 261231</a>\n<b>2026-12-31T23:59:58Z</b>\n",
                  "byte 21: settlement_date: expected `2026-12-31`, got `2026-12-30`", 0);
}

/* --- files that are refused ------------------------------------------------------------------- */

static void refuses_what_a_form_has_not(void)
{
    expect_refused(CSV("charset: ebcdic-1047\n"), "the form delimited has no ebcdic-1047");
    expect_refused(CSV("delimiter: bar\ncharset: gb18030\n"), "expected no bar with gb18030");
    expect_refused(CSV("line_end: none\n"), "expected lf or crlf");
    expect_refused(CSV("separator: \" \"\n"), "separator");
    expect_refused(CSV("header:\n  - {source: institution}\n"), "expected `names: false`");
    expect_refused("layout: t\nform: sheet\ncontent: issuer\nfile: T\n", "form");
    expect_refused("layout: t\nform: jsonl\ncontent: issuer\nfile: T\n", "expected the record");
    expect_refused("layout: t\nform: jsonl\ncontent: issuer\nfile: T\ndetail: text\n",
                   "expected a list");
    expect_refused("layout: t\nform: jsonl\ncontent: issuer\nfile: T\ndetail: []\n",
                   "expected a list");
    expect_refused("layout: t\nform: text\ncontent: issuer\nfile: T\ndetail: |\n  a\n", "escape");
    expect_refused("layout: t\nform: text\nescape: json\ncharset: gb18030\ncontent: issuer\n"
                   "file: T\ndetail: |\n  a\n",
                   "JSON is utf-8");
    expect_refused("layout: t\nform: text\nescape: xml\ncharset: ascii\ncontent: issuer\n"
                   "file: T\ndetail: |\n  \xE5\x85\xAC\n",
                   "expected ASCII only");
}

static void fixed_text_is_in_the_character_set_of_the_layout(void)
{
    struct row row = row_with("\xB9\xAB");
    expect_written("layout: t\nform: text\nescape: xml\ncharset: gb18030\ncontent: issuer\n"
                   "file: T\nline_end: crlf\ndetail: |\n  \xE5\x8F\xB8<{merchant}>\n",
                   &row, "\xCB\xBE<\xB9\xAB>\r\n");
}

SUITE(CASE(csv_quotes_what_needs_it), CASE(csv_begins_with_the_names_of_its_columns),
      CASE(bad_csv_is_refused_with_its_byte), CASE(csv_in_another_character_set),
      CASE(json_escapes_quotes_and_backslashes), CASE(bad_json_is_refused_with_its_byte),
      CASE(refuses_two_members_of_one_name), CASE(xml_has_entities_for_what_it_cannot_say),
      CASE(brackets_can_be_said), CASE(a_fault_names_the_line_in_its_record),
      CASE(refuses_a_hole_that_is_none),
      CASE(refuses_text_that_could_be_part_of_the_value_before_it),
      CASE(amounts_have_the_decimals_of_their_currency), CASE(an_unknown_currency_has_no_decimals),
      CASE(signed_money_is_said_in_every_way), CASE(a_sign_stands_behind_its_amount),
      CASE(dates_have_several_forms), CASE(refuses_what_a_form_has_not),
      CASE(fixed_text_is_in_the_character_set_of_the_layout))
