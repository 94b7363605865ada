/* Layouts: that every shipped one reads what it writes, and what is refused of a layout file and of
 * a line. */
#include "clearing/rows.h"

#include "base/random.h"
#include "base/strbuf.h"

static size_t at_line; /* where the last fault was; nobody asks */

static void every_shipped_layout_reads_what_it_writes(void)
{
    const struct layout_set *set = all_layouts();
    CU_ASSERT_EQUAL(shipped_layouts()->count, 12);
    CU_ASSERT_EQUAL(set->count, 12 + 12 + 12 + 1 + 3 + 3);
    for (size_t i = 0; i < set->count; i++) {
        const struct layout *layout = set->layouts[i];
        struct row row = full_row(layout->content), back;
        char line[LAYOUT_RECORD_MAX], again[LAYOUT_RECORD_MAX];
        size_t len, again_len;
        struct fault fault = {RESULT_OK, ""};
        row.record = layout->lines[LAYOUT_DETAIL].has_number ? 77 : 0;
        must(layout_write(layout, LAYOUT_DETAIL, &row, line, &len, &fault), &fault);
        CU_ASSERT_EQUAL(layout_cut(layout, LAYOUT_DETAIL, bytes_of(line, len)), len);
        must(layout_read(layout, LAYOUT_DETAIL, bytes_of(line, len), &back, &at_line, &fault),
             &fault);
        CU_ASSERT_EQUAL(back.operation.kind, row.operation.kind);
        CU_ASSERT_EQUAL(back.operation.amount_minor, row.operation.amount_minor);
        CU_ASSERT_EQUAL(back.operation.account_types, row.operation.account_types);
        CU_ASSERT_TRUE(pan_equal(&back.operation.card, &row.operation.card));
        CU_ASSERT_TRUE(reference_same_freeze(&back.operation.reference, &row.operation.reference));
        CU_ASSERT_EQUAL(back.totals.debit_minor, row.totals.debit_minor);
        CU_ASSERT_EQUAL(back.totals.fee_minor, row.totals.fee_minor);
        CU_ASSERT_TRUE(back.fees.switch_minor == row.fees.switch_minor || row.is_exception);
        CU_ASSERT_EQUAL(back.settlement_date, row.settlement_date);
        CU_ASSERT_TRUE(back.since == row.since || back.since == 0);
        must(layout_write(layout, LAYOUT_DETAIL, &back, again, &again_len, &fault), &fault);
        ASSERT_BYTES(again, again_len, line, len);
    }
}

static void every_shipped_header_and_trailer_reads_what_it_writes(void)
{
    static const enum layout_record records[] = {LAYOUT_HEADER, LAYOUT_TRAILER};
    const struct layout_set *set = all_layouts();
    for (size_t i = 0; i < 2 * set->count; i++) {
        const struct layout *layout = set->layouts[i / 2];
        enum layout_record record = records[i % 2];
        struct row row = {.institution = JADE, .settlement_date = DAY, .record = 5}, back;
        char line[LAYOUT_RECORD_MAX];
        size_t len;
        struct fault fault = {RESULT_OK, ""};
        row.totals.count = 3;
        row.totals.debit_minor = 5;
        row.totals.fee_minor = -3;
        row.totals.unfreeze_count = 2;
        if (!layout_has(layout, record))
            continue;
        must(layout_write(layout, record, &row, line, &len, &fault), &fault);
        must(layout_read(layout, record, bytes_of(line, len), &back, &at_line, &fault), &fault);
        CU_ASSERT_TRUE(back.institution == JADE || back.institution == 0);
        CU_ASSERT_TRUE(back.settlement_date == DAY || back.settlement_date == 0);
        CU_ASSERT_TRUE(back.totals.count == 3 || back.totals.count == 0);
    }
}

/* A row that differs from full_row() wherever a detail can. */
static struct row other_row(void)
{
    struct row row = full_row(LAYOUT_ISSUER);
    row.operation.kind = OPERATION_CREDIT;
    row.operation.account_types = 7;
    row.operation.stan++;
    row.operation.merchant_type = 4;
    row.operation.card.len = 12;
    memcpy(row.operation.terminal, "other   ", sizeof row.operation.terminal);
    memcpy(row.operation.currency, "392", sizeof row.operation.currency); /* no decimals */
    row.code = CODE_TO_BE_CONFIRMED;
    row.sender_issuer = BETA;
    row.receiver_issuer = CENTRE;
    row.is_exception = true;
    row.status = EXCEPTION_DISPUTED;
    row.totals.credit_minor = 7;
    row.totals.fee_minor = INT64_MIN;
    row.fees.switch_minor = 9;
    return row;
}

/* Details of a file, each of which says something else than the one before it. */
static void expect_details_as_if_alone(const struct layout *layout, struct random *random)
{
    enum { WORD = 8, DETAILS = 400 };
    static struct layout_last last;
    struct layout_place place = {0};
    struct row row = full_row(layout->content);
    struct fault fault = {RESULT_OK, ""};
    char line[LAYOUT_RECORD_MAX];
    size_t len, wrong = 0;
    last.is_detail = false; /* of another layout */
    for (int i = 0; i < DETAILS; i++) {
        size_t content = (size_t)random_below(random, LAYOUT_CONTENTS + 2);
        struct row from =
            content < LAYOUT_CONTENTS ? full_row((enum layout_content)content) : other_row();
        size_t at = (size_t)random_below(random, sizeof row / WORD);
        size_t most = sizeof row / WORD - at, words = 1 + (size_t)random_below(random, most);
        memcpy((uint8_t *)&row + at * WORD, (const uint8_t *)&from + at * WORD, words * WORD);
        enum result result = layout_put(layout, &place, LAYOUT_DETAIL, &row, &last, &fault);
        row.record = layout->lines[LAYOUT_DETAIL].has_number ? place.records : 0;
        wrong += result != layout_write(layout, LAYOUT_DETAIL, &row, line, &len, &fault);
        if (result == RESULT_OK && !layout->is_blocked)
            wrong += !bytes_equal(bytes_of(last.text, last.len), bytes_of(line, len));
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void a_detail_is_the_same_whatever_came_before_it(void)
{
    const struct layout_set *set = all_layouts();
    struct random random = random_seeded(1);
    struct layout *layout;
    struct fault fault = {RESULT_OK, ""};
    for (size_t i = 0; i < set->count; i++)
        expect_details_as_if_alone(set->layouts[i], &random);
    must(load_text("layout: test\nform: fixed\ncontent: issuer\nfile: TEST\n"
                   "charset: ebcdic-1047\nline_end: none\ndetail:\n"
                   "  - {source: record, width: 8}\n"
                   "  - {source: amount, width: 14, align: right, type: decimal}\n"
                   "  - {source: currency, width: 4, type: letters}\n"
                   "  - {source: card, width: 19, align: right, pad: \"0\"}\n"
                   "  - {source: terminal, width: 8}\n"
                   "  - {source: settlement_date, width: 6, type: yymmdd}\n",
                   &layout, &fault),
         &fault);
    expect_details_as_if_alone(layout, &random);
    layout_free(layout);
}

static void layouts_with_the_same_details_are_known_as_such(void)
{
    const struct layout *issuer = layout_of("IND26123101ICOM");
    CU_ASSERT_TRUE(layout_same_details(issuer, issuer));
    CU_ASSERT_TRUE(layout_same_details(issuer, layout_of("IND26123101ACOM")));
    CU_ASSERT_TRUE(layout_same_details(issuer, layout_of("IND26123186FRZ")));
    CU_ASSERT_FALSE(layout_same_details(issuer, layout_of("IND26123132IERRA")));
    CU_ASSERT_FALSE(layout_same_details(issuer, layout_of("IND26123186PKT")));
}

/* Every byte of every record is known: another one is refused, whatever the form. */
static void every_bit_of_a_trailer_is_guarded_by_the_totals(void)
{
    const struct layout_set *set = all_layouts();
    for (size_t i = 0; i < set->count; i++) {
        const struct layout *layout = set->layouts[i];
        struct row row = {.institution = JADE, .settlement_date = DAY}, back;
        struct fault fault = {RESULT_OK, ""};
        char line[LAYOUT_RECORD_MAX];
        size_t len, missed = 0;
        row.totals.count = 3;
        row.totals.credit_minor = 5;
        if (!layout_has(layout, LAYOUT_TRAILER))
            continue;
        must(layout_write(layout, LAYOUT_TRAILER, &row, line, &len, &fault), &fault);
        for (size_t bit = 0; bit < len * 8; bit++) {
            struct bytes bytes = bytes_of(line, len);
            line[bit / 8] ^= (char)(1 << bit % 8);
            missed +=
                layout_read(layout, LAYOUT_TRAILER, bytes, &back, &at_line, &fault) == RESULT_OK &&
                layout_compare(layout, LAYOUT_TRAILER, bytes, &row, &at_line, &fault) == RESULT_OK;
            line[bit / 8] ^= (char)(1 << bit % 8);
        }
        CU_ASSERT_EQUAL(missed, 0);
    }
}

/* Of two readings of a detail, the plain one and the one behind another detail, either refuses what
 * the other refuses; else they come to the same values, and writing gives the same bytes. */
static bool is_read_alike(const struct layout *layout, struct bytes detail,
                          const struct layout_before *first, const struct row *first_row)
{
    struct row plain, behind = *first_row;
    struct layout_before before = *first;
    struct fault fault = {RESULT_OK, ""}, other_fault = {RESULT_OK, ""};
    char written[LAYOUT_RECORD_MAX], again[LAYOUT_RECORD_MAX];
    size_t len, again_len;
    enum result result = layout_read(layout, LAYOUT_DETAIL, detail, &plain, &at_line, &fault);
    enum result other =
        layout_read_next(layout, LAYOUT_DETAIL, detail, &before, &behind, &at_line, &other_fault);
    if (result != RESULT_OK || other != RESULT_OK)
        return result == other && strcmp(fault.text, other_fault.text) == 0;
    must(layout_write(layout, LAYOUT_DETAIL, &plain, written, &len, &fault), &fault);
    must(layout_write(layout, LAYOUT_DETAIL, &behind, again, &again_len, &fault), &fault);
    return bytes_equal(bytes_of(written, len), detail) &&
           bytes_equal(bytes_of(again, again_len), detail) &&
           plain.operation.kind == behind.operation.kind &&
           plain.operation.card.len == behind.operation.card.len &&
           plain.operation.account_types == behind.operation.account_types;
}

static void every_bit_of_a_detail_is_read_behind_another_as_it_is_alone(void)
{
    const struct layout_set *set = all_layouts();
    size_t at_once = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct layout *layout = set->layouts[i];
        struct row row = full_row(layout->content);
        struct layout_before none = {0}, before = {0};
        struct fault fault = {RESULT_OK, ""};
        char line[LAYOUT_RECORD_MAX];
        size_t len, other = 0;
        if (layout->lines[LAYOUT_DETAIL].cell_count == 0)
            continue;
        at_once++;
        must(layout_write(layout, LAYOUT_DETAIL, &row, line, &len, &fault), &fault);
        must(layout_read_next(layout, LAYOUT_DETAIL, bytes_of(line, len), &before, &row, &at_line,
                              &fault),
             &fault);
        CU_ASSERT_EQUAL(before.len, len); /* else it was not read at once */
        for (size_t bit = 0; bit < len * 8; bit++) {
            line[bit / 8] ^= (char)(1 << bit % 8);
            other += !is_read_alike(layout, bytes_of(line, len), &before, &row);
            other += !is_read_alike(layout, bytes_of(line, len), &none, &row);
            line[bit / 8] ^= (char)(1 << bit % 8);
        }
        CU_ASSERT_EQUAL(other, 0);
    }
    CU_ASSERT_TRUE(at_once >= 4); /* issuer, acquirer, sender, freezes */
}

/* Debits and credits stand beside each other, with cards and without. */
static void a_detail_is_read_behind_one_of_another_kind(void)
{
    static const enum operation_kind kinds[] = {OPERATION_DEBIT, OPERATION_CREDIT, OPERATION_CLAIM,
                                                OPERATION_FREEZE, OPERATION_UNFREEZE};
    const struct layout *layout = layout_of("IND26123101ICOM");
    struct layout_before before = {0};
    struct row back = {0};
    for (size_t i = 0; i < 5 * 5 * 2; i++) {
        struct row row = full_row(LAYOUT_ISSUER);
        struct fault fault = {RESULT_OK, ""};
        char line[LAYOUT_RECORD_MAX];
        size_t len;
        row.operation.kind = kinds[i % 2 == 0 ? i / 10 : i / 2 % 5];
        row.operation.amount_minor += (int64_t)i;
        if (i % 3 == 0)
            row.operation.sender = row.operation.receiver = (struct pan){0};
        must(layout_write(layout, LAYOUT_DETAIL, &row, line, &len, &fault), &fault);
        must(layout_read_next(layout, LAYOUT_DETAIL, bytes_of(line, len), &before, &back, &at_line,
                              &fault),
             &fault);
        CU_ASSERT_EQUAL(before.len, len);
        CU_ASSERT_EQUAL(back.operation.kind, row.operation.kind);
        CU_ASSERT_EQUAL(back.operation.amount_minor, row.operation.amount_minor);
        CU_ASSERT_TRUE(pan_equal(&back.operation.sender, &row.operation.sender));
        line[62] = 'x'; /* the amount: and the next one is read all the same */
        if (i % 7 == 0)
            CU_ASSERT_EQUAL(layout_read_next(layout, LAYOUT_DETAIL, bytes_of(line, len), &before,
                                             &back, &at_line, &fault),
                            RESULT_INPUT);
    }
}

/* What a reader of other files may bring: nothing is read outside of the bytes. */
static void what_is_cut_off_anywhere_is_refused_in_every_form(void)
{
    const struct layout_set *set = all_layouts();
    for (size_t i = 0; i < set->count; i++) {
        const struct layout *layout = set->layouts[i];
        struct row row = full_row(layout->content), back;
        struct fault fault = {RESULT_OK, ""};
        char line[LAYOUT_RECORD_MAX];
        size_t len, missed = 0;
        must(layout_write(layout, LAYOUT_DETAIL, &row, line, &len, &fault), &fault);
        for (size_t short_len = 1; short_len < len; short_len += 3) {
            char *copy = malloc(short_len); /* so that sanitizers see its end */
            CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
            memcpy(copy, line, short_len);
            missed += layout_read(layout, LAYOUT_DETAIL, bytes_of(copy, short_len), &back, &at_line,
                                  &fault) == RESULT_OK;
            free(copy);
        }
        CU_ASSERT_EQUAL(missed, 0);
    }
}

/* The start of each column as public readers of such files have it. */
static void the_detail_has_the_known_start_positions(void)
{
    static const struct {
        const char *name;
        size_t at, width;
    } known[] = {
        {"acquirer", 0, 11},
        {"forwarder", 12, 11},
        {"stan", 24, 6},
        {"transmission", 31, 10},
        {"card", 42, 19},
        {"amount", 62, 12},
        {"partial_amount", 75, 12},
        {"cardholder_fee", 88, 12},
        {"mti", 101, 4},
        {"processing_code", 106, 6},
        {"merchant_type", 113, 4},
        {"terminal", 118, 8},
        {"merchant", 127, 15},
        {"rrn", 143, 12},
        {"condition", 156, 2},
        {"authorisation", 159, 6},
        {"receiving", 166, 11},
        {"original_stan", 178, 6},
        {"response_code", 185, 2},
        {"entry_mode", 188, 3},
        {"fee_receivable", 192, 12},
        {"fee_payable", 205, 12},
        {"switch_fee", 218, 12},
        {"conversion", 231, 1},
        {"card_sequence", 233, 3},
        {"terminal_capability", 237, 1},
        {"chip_condition", 239, 1},
        {"original_transmission", 241, 10},
        {"issuer", 252, 11},
        {"region", 264, 1},
        {"terminal_type", 266, 2},
        {"eci", 269, 2},
        {"instalment_fee", 272, 12},
        {"other", 285, 14},
        {"transfer_in_card", 300, 19},
    };
    uint32_t ignored;
    const struct layout *layout = layout_set_find(shipped_layouts(), "IND26123101ICOM", &ignored);
    CU_ASSERT_PTR_NOT_NULL_FATAL(layout);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const struct layout_column *column = &layout->lines[LAYOUT_DETAIL].columns[i];
        CU_ASSERT_STRING_EQUAL(column->name, known[i].name);
        CU_ASSERT_EQUAL(column->at, known[i].at);
        CU_ASSERT_EQUAL(column->width, known[i].width);
    }
    CU_ASSERT_EQUAL(layout->lines[LAYOUT_DETAIL].len, 500);
}

static void a_file_name_finds_its_layout_and_date(void)
{
    uint32_t date = 1;
    const struct layout *layout = layout_set_find(shipped_layouts(), "IND26123101ACOM", &date);
    CU_ASSERT_PTR_NOT_NULL_FATAL(layout);
    CU_ASSERT_EQUAL(layout->content, LAYOUT_ACQUIRER);
    CU_ASSERT_EQUAL(date, 261231);
    char name[LAYOUT_TEXT_MAX];
    layout_file_name(layout, NEXT_DAY, name);
    CU_ASSERT_STRING_EQUAL(name, "IND27010101ACOM");
    CU_ASSERT_PTR_NULL(layout_set_find(shipped_layouts(), "IND2612310ACOM", &date));
    CU_ASSERT_PTR_NULL(layout_set_find(shipped_layouts(), "IND26x23101ACOM", &date));
    CU_ASSERT_PTR_NULL(layout_set_find(shipped_layouts(), "IND26123101ACOMX", &date));
    CU_ASSERT_PTR_NULL(layout_set_find(shipped_layouts(), "", &date));
}

static void a_text_from_outside_cannot_make_two_lines(void)
{
    const struct layout *layout = shipped_layouts()->layouts[0];
    struct row row = full_row(layout->content);
    char line[LAYOUT_RECORD_MAX];
    size_t len;
    struct fault fault = {RESULT_OK, ""};
    memcpy(row.operation.merchant, "TWO\nLINES\r\0\x7F ", 13);
    must(layout_write(layout, LAYOUT_DETAIL, &row, line, &len, &fault), &fault);
    CU_ASSERT_PTR_EQUAL(memchr(line, '\n', len), line + len - 1);
    CU_ASSERT_EQUAL(memcmp(line + 127, "TWO?LINES???", 12), 0);
}

/* --- files that are refused ------------------------------------------------------------------- */

#define HEAD                                                                                       \
    "layout: test\ncontent: issuer\nfile: T{yymmdd}\nseparator: \" \"\n"                           \
    "detail:\n"

static void expect_bad(const char *text, const char *part)
{
    struct layout *layout = NULL;
    struct fault fault = {RESULT_OK, ""};
    CU_ASSERT_EQUAL(load_text(text, &layout, &fault), RESULT_INPUT);
    CU_ASSERT_PTR_NULL(layout);
    ASSERT_CONTAINS(fault.text, part);
}

static void refuses_a_source_that_nobody_knows(void)
{
    expect_bad(HEAD "  - {source: amuont, width: 12}\n", "expected a value that clearing knows");
}

static void refuses_a_column_that_starts_elsewhere(void)
{
    expect_bad(HEAD "  - {source: stan, width: 6}\n  - {at: 6, source: amount, width: 12}\n",
               "it starts at 7");
}

static void refuses_a_constant_without_a_value(void)
{
    expect_bad(HEAD "  - {source: constant, width: 6}\n", "a constant, and nothing else");
    expect_bad(HEAD "  - {source: stan, width: 6, value: X}\n", "a constant, and nothing else");
    expect_bad(HEAD "  - {source: constant, width: 1, value: XY}\n", "at most 1 characters");
}

static void refuses_a_processing_code_before_its_mti(void)
{
    expect_bad(HEAD "  - {source: processing_code, width: 6}\n  - {source: mti, width: 4}\n",
               "`mti` before `processing_code`");
}

static void refuses_a_file_name_that_every_party_has_already(void)
{
    expect_bad("layout: test\ncontent: issuer\nfile: manifest.json\ndetail:\n"
               "  - {source: stan, width: 6}\n",
               "every party has a file of that name already");
    expect_bad("layout: test\ncontent: issuer\nfile: report.html\ndetail:\n"
               "  - {source: stan, width: 6}\n",
               "every party has a file of that name already");
}

static void refuses_a_file_name_that_leaves_its_folder(void)
{
    expect_bad("layout: test\ncontent: issuer\nfile: ../T{yymmdd}\ndetail:\n"
               "  - {source: stan, width: 6}\n",
               "`file`: expected letters");
    expect_bad("layout: test\ncontent: issuer\nfile: a/b\ndetail:\n  - {source: stan, width: 6}\n",
               "`file`: expected letters");
    expect_bad("layout: test\ncontent: issuer\nfile: .b\ndetail:\n  - {source: stan, width: 6}\n",
               "`file`: expected letters");
}

static void refuses_a_line_over_its_maximum(void)
{
    expect_bad(HEAD "  - {source: blank, width: 1000}\n  - {source: blank, width: 22}\n",
               "a line of at most 1022 bytes");
}

static void refuses_keys_that_it_does_not_know(void)
{
    expect_bad(HEAD "  - {source: stan, width: 6, colour: red}\n", "colour");
    expect_bad(HEAD "  - {source: stan, width: 6}\nfooter: []\n", "footer");
    expect_bad(
        "layout: test\ncontent: everything\nfile: T\ndetail:\n  - {source: stan, width: 6}\n",
        "content");
}

static void refuses_to_extend_what_extends_itself(void)
{
    expect_bad("layout: test\nextends: test\ncontent: issuer\nfile: T\n", "at most 4 deep");
    expect_bad("layout: test\nextends: /test\ncontent: issuer\nfile: T\n", "from this folder");
}

static void refuses_two_layouts_of_one_file(void)
{
    static const char text[] = HEAD "  - {source: stan, width: 6}\n";
    struct scratch scratch;
    struct layout_set set;
    struct fault fault = {RESULT_OK, ""};
    char path[SCRATCH_PATH_MAX];
    scratch_make(&scratch);
    CU_ASSERT_EQUAL(layout_set_load(scratch.path, &set, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "expected layouts, *.yaml");
    save(scratch_file(&scratch, "a.yaml", path), text, strlen(text));
    save(scratch_file(&scratch, "b.yaml", path), text, strlen(text));
    CU_ASSERT_EQUAL(layout_set_load(scratch.path, &set, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "another layout writes its file too");
    CU_ASSERT_EQUAL(set.count, 0);
    scratch_remove(&scratch);
    CU_ASSERT_EQUAL(layout_set_load(scratch.path, &set, &fault), RESULT_IO);
}

/* Sample rows are written and read when a layout is loaded. */
static void refuses_what_could_not_be_read_back(void)
{
    expect_bad(HEAD "  - {source: mti, width: 4}\n  - {source: processing_code, width: 6}\n"
                    "  - {source: amount, width: 12}\n"
                    "trailer:\n  - {source: net, width: 12}\n",
               "what it writes as trailer could not be read back: byte 0: net: expected "
               "`C00000000000`, got `D00000000014`");
    expect_bad(HEAD "  - {source: mti, width: 4}\n  - {source: processing_code, width: 6}\n"
                    "trailer:\n  - {source: debit_amount, width: 16}\n",
               "what it writes as trailer could not be read back: its sums cannot be told from the "
               "details");
    expect_bad(HEAD "  - {source: card_issuer, width: 11}\n",
               "what it writes as detail could not be read back: byte ");
}

static void for_reading_what_was_named_first_counts(void)
{
    static const char text[] = "layout: mine\ncontent: issuer\nfile: IND{yymmdd}01ICOM\n"
                               "detail:\n  - {source: stan, width: 6}\n";
    struct scratch scratch;
    struct layout_set set = {0};
    struct fault fault = {RESULT_OK, ""};
    char path[SCRATCH_PATH_MAX];
    uint32_t ignored;
    scratch_make(&scratch);
    save(scratch_file(&scratch, "a.yaml", path), text, strlen(text));
    must(layout_set_add(&set, scratch.path, &fault), &fault);
    must(layout_set_add_all(&set, SPECS_DIR "/clearing", &fault), &fault);
    CU_ASSERT_EQUAL(set.count, all_layouts()->count);
    const struct layout *layout = layout_set_find(&set, "IND26123101ICOM", &ignored);
    CU_ASSERT_PTR_NOT_NULL_FATAL(layout);
    CU_ASSERT_STRING_EQUAL(layout->name, "mine");
    CU_ASSERT_EQUAL(layout_set_add(&set, SPECS_DIR "/clearing/csv", &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "another layout writes its file too");
    CU_ASSERT_EQUAL(set.count, 0);
    scratch_remove(&scratch);
}

static void takes_as_many_columns_and_layouts_as_it_says(void)
{
    struct strbuf text;
    struct scratch scratch;
    struct layout *layout = NULL;
    struct layout_set set;
    struct fault fault = {RESULT_OK, ""};
    char path[SCRATCH_PATH_MAX], name[32], one[128];
    strbuf_init(&text, 1 << 16);
    strbuf_text(&text, HEAD);
    for (unsigned i = 0; i < LAYOUT_COLUMNS_MAX; i++)
        strbuf_text(&text, "  - {source: blank, width: 1}\n");
    must(load_text(text.text, &layout, &fault), &fault);
    layout_free(layout);
    strbuf_text(&text, "  - {source: blank, width: 1}\n");
    expect_bad(text.text, "expected at most 64 columns");
    strbuf_deinit(&text);
    scratch_make(&scratch);
    for (unsigned i = 0; i <= LAYOUTS_MAX; i++) {
        if (i == LAYOUTS_MAX) {
            must(layout_set_load(scratch.path, &set, &fault), &fault);
            CU_ASSERT_EQUAL(set.count, LAYOUTS_MAX);
            layout_set_free(&set);
        }
        snprintf(name, sizeof name, "%02u.yaml", i);
        int len = snprintf(one, sizeof one,
                           "layout: t\ncontent: issuer\nfile: T%u\ndetail:\n"
                           "  - {source: stan, width: 6}\n",
                           i);
        save(scratch_file(&scratch, name, path), one, (size_t)len);
    }
    CU_ASSERT_EQUAL(layout_set_load(scratch.path, &set, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "expected at most 64 layouts");
    scratch_remove(&scratch);
}

static void records_of_fixed_width_need_no_line_end(void)
{
    static const char text[] =
        "layout: t\ncontent: acquirer\nfile: T{yymmdd}\nline_end: none\ncharset: ebcdic-1047\n"
        "detail:\n  - {source: merchant, width: 6}\n"
        "  - {source: amount, type: number, width: 5, align: right}\n"
        "trailer:\n  - {source: constant, width: 1, value: T}\n";
    struct layout *layout;
    struct fault fault = {RESULT_OK, ""};
    struct row row = {.operation = {.amount_minor = 70, .merchant = "A \xB9\xAB           "}}, back;
    char line[LAYOUT_RECORD_MAX];
    size_t len;
    must(load_text(text, &layout, &fault), &fault);
    must(layout_write(layout, LAYOUT_DETAIL, &row, line, &len, &fault), &fault);
    ASSERT_BYTES(line, len, "\xC1\x40\x6F\x6F\x40\x40\x40\x40\x40\xF7\xF0", 11);
    CU_ASSERT_EQUAL(layout_cut(layout, LAYOUT_DETAIL, bytes_of(line, sizeof line)), 11);
    must(layout_read(layout, LAYOUT_DETAIL, bytes_of(line, len), &back, &at_line, &fault), &fault);
    CU_ASSERT_EQUAL(back.operation.amount_minor, 70);
    CU_ASSERT_EQUAL(memcmp(back.operation.merchant, "A ??  ", 6), 0);
    line[10] = 'x';
    CU_ASSERT_EQUAL(
        layout_read(layout, LAYOUT_DETAIL, bytes_of(line, len), &back, &at_line, &fault),
        RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "byte 6: amount: expected a value of amount, got `   7");
    CU_ASSERT_EQUAL(
        layout_read(layout, LAYOUT_DETAIL, bytes_of(line, sizeof line), &back, &at_line, &fault),
        RESULT_INPUT);
    layout_free(layout);
    CU_ASSERT_EQUAL(load_text("layout: t\ncontent: acquirer\nfile: T\ncharset: ebcdic-1047\n"
                              "detail:\n  - {source: amount, width: 12}\n",
                              &layout, &fault),
                    RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "expected `line_end: none` with EBCDIC");
}

static void writes_headers_and_other_line_ends(void)
{
    static const char text[] =
        "layout: t\ncontent: acquirer\nfile: T{yymmdd}\nline_end: crlf\n"
        "separator: \"|\"\nheader:\n  - {source: constant, width: 2, value: H}\n"
        "  - {source: institution, width: 8}\n"
        "detail:\n  - {source: amount, width: 5, align: right, pad: \"*\"}\n";
    struct layout *layout;
    struct fault fault = {RESULT_OK, ""};
    struct row row = {.institution = ALPHA, .operation = {.amount_minor = 7}}, back;
    char line[LAYOUT_RECORD_MAX];
    size_t len;
    must(load_text(text, &layout, &fault), &fault);
    must(layout_write(layout, LAYOUT_HEADER, &row, line, &len, &fault), &fault);
    ASSERT_BYTES(line, len, "H |91230001\r\n", 13);
    must(layout_write(layout, LAYOUT_DETAIL, &row, line, &len, &fault), &fault);
    ASSERT_BYTES(line, len, "00007\r\n", 7);
    must(layout_read(layout, LAYOUT_DETAIL, bytes_of(line, len), &back, &at_line, &fault), &fault);
    CU_ASSERT_EQUAL(back.operation.amount_minor, 7);
    layout_free(layout);
}

static void a_value_that_does_not_fit_names_its_column(void)
{
    struct layout *layout;
    struct fault fault = {RESULT_OK, ""};
    struct row row = {.operation = {.amount_minor = 1234567}};
    char line[LAYOUT_RECORD_MAX];
    size_t len;
    must(load_text(HEAD "  - {source: amount, width: 6}\n", &layout, &fault), &fault);
    CU_ASSERT_EQUAL(layout_write(layout, LAYOUT_DETAIL, &row, line, &len, &fault), RESULT_LIMIT);
    ASSERT_CONTAINS(fault.text, "test, detail, amount: 7 characters for a width of 6");
    row.operation.amount_minor = 123456;
    CU_ASSERT_EQUAL(layout_write(layout, LAYOUT_DETAIL, &row, line, &len, &fault), RESULT_OK);
    ASSERT_BYTES(line, len, "123456\n", 7);
    row.operation.amount_minor = -1;
    CU_ASSERT_EQUAL(layout_write(layout, LAYOUT_DETAIL, &row, line, &len, &fault), RESULT_LIMIT);
    layout_free(layout);
}

/* --- lines that are refused ------------------------------------------------------------------- */

/* A good line with some bytes overwritten, or cut (text NULL) at `at`. */
static void expect_bad_line(size_t at, const char *text, const char *part)
{
    uint32_t ignored;
    const struct layout *layout = layout_set_find(shipped_layouts(), "IND26123101ICOM", &ignored);
    struct row row = full_row(LAYOUT_ISSUER), back;
    struct fault fault = {RESULT_OK, ""};
    char line[LAYOUT_RECORD_MAX];
    size_t len;
    must(layout_write(layout, LAYOUT_DETAIL, &row, line, &len, &fault), &fault);
    if (text != NULL)
        memcpy(line + at, text, strlen(text));
    else {
        line[at] = '\n';
        len = at + 1;
    }
    CU_ASSERT_EQUAL(
        layout_read(layout, LAYOUT_DETAIL, bytes_of(line, len), &back, &at_line, &fault),
        RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, part);
}

static void refuses_bytes_that_are_no_digits(void)
{
    expect_bad_line(70, "x", "byte 62: amount: expected a value of amount, got `0000000");
    expect_bad_line(0, " ", "byte 0: acquirer");
}

static void refuses_another_separator(void)
{
    expect_bad_line(61, "0", "byte 61: expected the separator before amount");
}

static void refuses_a_line_that_is_cut(void)
{
    expect_bad_line(0, NULL, "byte 0: expected 11 characters of acquirer at 0");
    expect_bad_line(65, NULL, "byte 65: expected 12 characters of amount at 62");
    expect_bad_line(499, NULL, "byte 499: expected 10 characters of reserved at 490");
}

static void refuses_another_constant(void)
{
    expect_bad_line(156, "87", "byte 157: condition: expected `86`, got `87`");
    expect_bad_line(218, "X", "byte 218: switch_fee: expected a value of switch_fee");
}

static void refuses_what_stands_where_nothing_does(void)
{
    expect_bad_line(233, "7", "byte 233: card_sequence");
    expect_bad_line(75, "9", "byte 75: partial_amount");
}

static void refuses_columns_that_contradict_each_other(void)
{
    /* The issuer of the card is said to be another one than the sender's. */
    expect_bad_line(252, "00095550002", "byte 262: issuer: expected `00095550001`");
    /* An MTI and a processing code that are no operation together. */
    expect_bad_line(106, "99", "byte 106: processing_code");
}

static void a_fault_never_shows_a_card(void)
{
    expect_bad_line(55, "x", "byte 42: card: expected a value of card, got `999901******0*19`");
    expect_bad_line(
        300, "9999011000000027",
        "byte 305: transfer_in_card: expected `999902******0024`, got `999901******0027`");
}

SUITE(CASE(every_shipped_layout_reads_what_it_writes),
      CASE(every_shipped_header_and_trailer_reads_what_it_writes),
      CASE(a_detail_is_the_same_whatever_came_before_it),
      CASE(layouts_with_the_same_details_are_known_as_such),
      CASE(every_bit_of_a_trailer_is_guarded_by_the_totals),
      CASE(every_bit_of_a_detail_is_read_behind_another_as_it_is_alone),
      CASE(a_detail_is_read_behind_one_of_another_kind),
      CASE(what_is_cut_off_anywhere_is_refused_in_every_form),
      CASE(the_detail_has_the_known_start_positions), CASE(a_file_name_finds_its_layout_and_date),
      CASE(a_text_from_outside_cannot_make_two_lines), CASE(refuses_a_source_that_nobody_knows),
      CASE(refuses_a_column_that_starts_elsewhere), CASE(refuses_a_constant_without_a_value),
      CASE(refuses_a_processing_code_before_its_mti),
      CASE(refuses_a_file_name_that_every_party_has_already),
      CASE(refuses_a_file_name_that_leaves_its_folder), CASE(refuses_a_line_over_its_maximum),
      CASE(refuses_keys_that_it_does_not_know), CASE(refuses_to_extend_what_extends_itself),
      CASE(refuses_two_layouts_of_one_file), CASE(refuses_what_could_not_be_read_back),
      CASE(for_reading_what_was_named_first_counts),
      CASE(takes_as_many_columns_and_layouts_as_it_says), CASE(writes_headers_and_other_line_ends),
      CASE(records_of_fixed_width_need_no_line_end),
      CASE(a_value_that_does_not_fit_names_its_column), CASE(refuses_bytes_that_are_no_digits),
      CASE(refuses_another_separator), CASE(refuses_a_line_that_is_cut),
      CASE(refuses_another_constant), CASE(refuses_what_stands_where_nothing_does),
      CASE(refuses_columns_that_contradict_each_other), CASE(a_fault_never_shows_a_card))
