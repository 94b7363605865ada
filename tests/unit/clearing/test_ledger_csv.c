/* A party's own book as a delimited file: mappings, rows, and every fault with its place. */
#include "clearing/fixture.h"

#include "clearing/ledger_csv.h"
#include "clearing/reconcile.h"

struct desk {
    struct scratch scratch;
    char map_path[SCRATCH_PATH_MAX], csv_path[SCRATCH_PATH_MAX];
    struct ledger_map map;
    struct ledger_csv csv;
    struct fault fault;
    size_t count;
    struct item items[16];
};

static void desk_open(struct desk *desk)
{
    *desk = (struct desk){0};
    scratch_make(&desk->scratch);
    scratch_file(&desk->scratch, "map.yaml", desk->map_path);
    scratch_file(&desk->scratch, "book.csv", desk->csv_path);
}

static enum result load_map(struct desk *desk, const char *text)
{
    save(desk->map_path, text, strlen(text));
    return ledger_map_load(desk->map_path, &desk->map, &desk->fault);
}

static bool take(void *context, const struct item *item)
{
    struct desk *desk = context;
    CU_ASSERT_FATAL(desk->count < 16);
    desk->items[desk->count++] = *item;
    return true;
}

static enum result read_book(struct desk *desk, const char *text, uint32_t date)
{
    desk->count = 0;
    desk->csv = (struct ledger_csv){desk->csv_path, &desk->map};
    struct ledger ledger = ledger_of_csv(&desk->csv);
    save(desk->csv_path, text, strlen(text));
    return ledger_scan(&ledger, date, take, desk, &desk->fault);
}

#define KEY_COLUMNS                                                                                \
    "transmission: {column: DE7}\nstan: {column: DE11}\nacquirer: {value: 91230001}\n"             \
    "forwarder: {column: DE33}\n"
static const char MAP[] =
    "ledger: test\nof: issuer\n"
    "type: {column: TYPE, values: {DB: debit, CR: credit, RV: debit_reversal}}\n"
    "state: {column: STATE, values: {OK: final, SUSP: held, NO: refused}}\n"
    "date: {column: DAY, form: DD.MM.YY}\n"
    "amount: {column: AMOUNT, form: decimal}\n" KEY_COLUMNS
    "ignore: [{column: TYPE, values: [FEE]}]\n";
static const char HEADER[] = "TYPE,STATE,DAY,AMOUNT,DE7,DE11,DE33\n";

static enum result read_rows(struct desk *desk, const char *rows)
{
    char text[1024];
    snprintf(text, sizeof text, "%s%s", HEADER, rows);
    return read_book(desk, text, DAY);
}

/* --- what is read ----------------------------------------------------------------------------- */

static void reads_rows_as_the_mapping_says(void)
{
    struct desk desk;
    desk_open(&desk);
    must(load_map(&desk, MAP), &desk.fault);
    must(read_rows(&desk, "DB,OK,31.12.26,20.00,1231200001,2101,91230002\n"
                          "FEE,,,,,,\n"
                          "CR , SUSP,31.12.26,0.5,1231200002,2102,91230002\n"
                          "RV,OK,31.12.26,20,1231200001,2101,91230002\n"
                          "DB,NO,01.01.27,1.00,1231200003,2103,91230002\n"),
         &desk.fault);
    CU_ASSERT_EQUAL_FATAL(desk.count, 3);
    CU_ASSERT_EQUAL(desk.items[0].kind, OPERATION_DEBIT);
    CU_ASSERT_EQUAL(desk.items[0].amount_minor, 2000);
    CU_ASSERT_EQUAL(desk.items[0].date, DAY);
    CU_ASSERT_EQUAL(desk.items[0].place, 2);
    CU_ASSERT_EQUAL(desk.items[0].stan, 2101);
    CU_ASSERT_EQUAL(desk.items[1].kind, OPERATION_CREDIT);
    CU_ASSERT_EQUAL(desk.items[1].state, ITEM_HELD);
    CU_ASSERT_EQUAL(desk.items[1].amount_minor, 50);
    CU_ASSERT_EQUAL(desk.items[2].flags, ITEM_UNDOES);
    CU_ASSERT_EQUAL(item_compare(&desk.items[0], &desk.items[2]), 0);
    scratch_remove(&desk.scratch);
}

static void has_the_key_of_the_message_itself(void)
{
    struct desk desk;
    struct operation freeze = freeze_of(1, 60000, 3), claim = claim_of(&freeze, 1, 2000, BETA);
    struct operation debit = leg_of(&claim, OPERATION_DEBIT);
    char rows[256];
    desk_open(&desk);
    must(load_map(&desk, MAP), &desk.fault);
    snprintf(rows, sizeof rows, "DB,OK,31.12.26,20.00,%llu,%u,91230002\n",
             (unsigned long long)debit.transmission, debit.stan);
    debit.acquirer = institution(ALPHA);
    struct item item = item_of(&debit, DAY, 2000);
    must(read_rows(&desk, rows), &desk.fault);
    CU_ASSERT_EQUAL(item_compare(&desk.items[0], &item), 0);
    scratch_remove(&desk.scratch);
}

static void reads_amounts_of_every_form(void)
{
    static const struct {
        const char *form, *text;
        int64_t minor; /* -1: refused */
    } cases[] = {
        {"form: minor", "2000", 2000},
        {"form: minor", "20.00", -1},
        {"form: minor", "-2000", -1},
        {"form: minor, sign: true", "-2000", 2000},
        {"form: minor", "1000000000000", -1},
        {"form: minor", "999999999999", 999999999999},
        {"form: decimal", "1234.5", 123450},
        {"form: decimal", "1234.", -1},
        {"form: decimal", ".5", 50},
        {"form: decimal", "1.234", -1},
        {"form: decimal", "\"1,234.56\"", -1},
        {"form: decimal", "", -1},
        {"form: decimal", "12a", -1},
        {"form: decimal, thousands: \",\"", "\"1,234.56\"", 123456},
        {"form: decimal, thousands: \",\"", "\"12,34.56\"", -1},
        {"form: decimal, thousands: \",\"", "\"1,2345\"", -1},
        {"form: decimal, thousands: \",\"", "1234.56", 123456},
        {"form: decimal, thousands: \",\"", "\",234.56\"", -1},
        {"form: decimal, point: \",\", thousands: ., sign: true", "\"+1.234,56\"", 123456},
        {"form: decimal, decimals: 3", "1.234", 1234},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct desk desk;
        char map[1024], rows[128];
        desk_open(&desk);
        snprintf(map, sizeof map,
                 "ledger: t\nof: issuer\ntype: {value: debit}\n"
                 "amount: {column: AMOUNT, %s}\n" KEY_COLUMNS,
                 cases[i].form);
        must(load_map(&desk, map), &desk.fault);
        snprintf(rows, sizeof rows, ",,,%s,1231200001,2101,91230002\n", cases[i].text);
        enum result result = read_rows(&desk, rows);
        if (cases[i].minor < 0) {
            CU_ASSERT_EQUAL(result, RESULT_INPUT);
            ASSERT_CONTAINS(desk.fault.text, "book.csv:2: column 4 (AMOUNT): expected an amount");
        } else {
            must(result, &desk.fault);
            CU_ASSERT_EQUAL(desk.items[0].amount_minor, cases[i].minor);
        }
        scratch_remove(&desk.scratch);
    }
}

static void reads_dates_of_every_form(void)
{
    static const struct {
        const char *form, *text;
        bool is_good;
    } cases[] = {
        {"YYYYMMDD", "20261231", true},     {"YYYY-MM-DD", "2026-12-31", true},
        {"MM/DD/YYYY", "12/31/2026", true}, {"YYYY-MM-DD*", "2026-12-31 18:30:00", true},
        {"YYMMDD", "261231", true},         {"YYYYMMDD", "20261232", false},
        {"YYYYMMDD", "2026-12-31", false},  {"YYYY-MM-DD", "2026-12-31 18:30", false},
        {"YYYY-MM-DD", "2026-12", false},   {"YYYYMMDD", "", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct desk desk;
        char map[1024], rows[128];
        desk_open(&desk);
        snprintf(map, sizeof map,
                 "ledger: t\nof: issuer\ntype: {value: debit}\ndate: {column: DAY, form: \"%s\"}\n"
                 "amount: {column: AMOUNT, form: minor}\n" KEY_COLUMNS,
                 cases[i].form);
        must(load_map(&desk, map), &desk.fault);
        snprintf(rows, sizeof rows, ",,%s,5,1231200001,2101,91230002\n", cases[i].text);
        enum result result = read_rows(&desk, rows);
        CU_ASSERT_EQUAL(result, cases[i].is_good ? RESULT_OK : RESULT_INPUT);
        if (cases[i].is_good)
            CU_ASSERT_EQUAL(desk.items[0].date, DAY);
        if (!cases[i].is_good)
            ASSERT_CONTAINS(desk.fault.text, "column 3 (DAY): expected a date as YYYY");
        scratch_remove(&desk.scratch);
    }
}

static void finds_columns_by_number_where_there_is_no_header(void)
{
    struct desk desk;
    desk_open(&desk);
    must(load_map(&desk, "ledger: t\nof: issuer\nheader: false\nskip: 1\ndelimiter: tab\n"
                         "type: {value: freeze}\namount: {column: 2, form: minor}\n"
                         "freeze_wallet: {column: 1}\nfreeze_date: {column: 3}\n"
                         "freeze_sequence: {column: 4}\n"),
         &desk.fault);
    must(read_book(&desk, "a title\n91230001\t8888\t20261231\t2\n", DAY), &desk.fault);
    struct operation freeze = freeze_of(2, 8888, 1);
    struct item item = item_of(&freeze, DAY, 8888);
    CU_ASSERT_EQUAL_FATAL(desk.count, 1);
    CU_ASSERT_EQUAL(item_compare(&desk.items[0], &item), 0);
    CU_ASSERT_EQUAL(desk.items[0].place, 2);
    scratch_remove(&desk.scratch);
}

static void a_file_without_dates_is_of_the_date_that_is_asked_for(void)
{
    struct desk desk;
    desk_open(&desk);
    must(load_map(&desk, "ledger: t\nof: issuer\ntype: {value: debit}\n"
                         "amount: {column: AMOUNT, form: minor}\n" KEY_COLUMNS),
         &desk.fault);
    must(read_rows(&desk, ",,,5,1231200001,2101,91230002\n"), &desk.fault);
    CU_ASSERT_EQUAL_FATAL(desk.count, 1);
    CU_ASSERT_EQUAL(desk.items[0].date, DAY);
    must(read_book(&desk, "AMOUNT,DE7,DE11,DE33\n5,1231200001,2101,91230002\n", 0), &desk.fault);
    CU_ASSERT_EQUAL(desk.count, 0); /* then nothing is of another one */
    scratch_remove(&desk.scratch);
}

/* --- what is refused -------------------------------------------------------------------------- */

static void every_fault_of_a_row_has_its_line_and_column(void)
{
    static const struct {
        const char *rows, *part;
    } cases[] = {
        {"DB,OK,31.12.26,1,1231200001,2101,91230002\nXX,OK,31.12.26,1,1,1,1\n",
         "book.csv:3: column 1 (TYPE): expected a value that the mapping lists, got `XX`"},
        {"DB,??,31.12.26,1,1231200001,2101,91230002\n",
         "book.csv:2: column 2 (STATE): expected a value that the mapping lists, got `??`"},
        {"DB,OK,31.12.26,1,,2101,91230002\n",
         "book.csv:2: column 5 (DE7): expected DE 7, MMDDhhmmss, got ``"},
        {"DB,OK,31.12.26,1,1231200001,2101000,91230002\n",
         "book.csv:2: column 6 (DE11): expected DE 11, six digits, got `2101000`"},
        {"DB,OK,31.12.26,1,1231200001,2101,123456789012\n",
         "book.csv:2: column 7 (DE33): expected an institution id"},
        {"DB,OK,31.12.26,1,1231200001,2101\n", "book.csv:2: expected 7 columns, got 6"},
        {"DB,OK,31.12.26,1,1231200001,2101,9999011000000019\n", "got `999901******0019`"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct desk desk;
        desk_open(&desk);
        must(load_map(&desk, MAP), &desk.fault);
        CU_ASSERT_EQUAL(read_rows(&desk, cases[i].rows), RESULT_INPUT);
        ASSERT_CONTAINS(desk.fault.text, cases[i].part);
        scratch_remove(&desk.scratch);
    }
}

static void a_header_without_a_column_or_with_two_is_refused(void)
{
    struct desk desk;
    desk_open(&desk);
    must(load_map(&desk, MAP), &desk.fault);
    CU_ASSERT_EQUAL(read_book(&desk, "TYPE,STATE,DAY,AMOUNT,DE7,DE11\n", DAY), RESULT_INPUT);
    ASSERT_CONTAINS(desk.fault.text, "book.csv:1: expected one column `DE33` (");
    ASSERT_CONTAINS(desk.fault.text, "map.yaml:10:");
    CU_ASSERT_EQUAL(read_book(&desk, "TYPE,STATE,DAY,AMOUNT,DE7,DE11,DE33,DE33\n", DAY),
                    RESULT_INPUT);
    ASSERT_CONTAINS(desk.fault.text, "got 2");
    CU_ASSERT_EQUAL(read_book(&desk, "", DAY), RESULT_INPUT);
    ASSERT_CONTAINS(desk.fault.text, "expected a header line, got the end of the file");
    scratch_remove(&desk.scratch);
}

static void a_row_whose_key_has_no_columns_is_refused(void)
{
    struct desk desk;
    desk_open(&desk);
    must(load_map(&desk, "ledger: t\nof: issuer\ntype: {column: TYPE, values: {F: freeze}}\n"
                         "amount: {column: AMOUNT, form: minor}\n" KEY_COLUMNS),
         &desk.fault);
    CU_ASSERT_EQUAL(read_rows(&desk, "F,,,5,1231200001,2101,91230002\n"), RESULT_INPUT);
    ASSERT_CONTAINS(desk.fault.text,
                    "(TYPE): expected no freeze, as the mapping has no name of it");
    scratch_remove(&desk.scratch);
}

static void a_mapping_that_is_none_is_refused(void)
{
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"ledger: t\nof: bank\n", "map.yaml:2:"},
        {"ledger: t\nof: issuer\ntype: {value: debit}\namount: {column: A, form: minor}\n",
         "expected all of transmission, stan, acquirer and forwarder"},
        {"ledger: t\nof: issuer\ntype: {value: debit}\namount: {column: A, form: minor}\n"
         "stan: {column: S}\n",
         "expected all of transmission, stan, acquirer and forwarder"},
        {"ledger: t\nof: issuer\ntype: {column: T}\namount: {column: A, form: minor}\n",
         "`values`"},
        {"ledger: t\nof: issuer\ntype: {column: T, values: {D: withdrawal}}\n", "no such meaning"},
        {"ledger: t\nof: issuer\ntype: {column: T, value: debit}\n",
         "expected either a `column` or a `value`"},
        {"ledger: t\nof: issuer\ndelimiter: ;;\n", "`delimiter`: expected one ASCII character"},
        {"ledger: t\nof: issuer\nheader: false\ntype: {column: T, values: {D: debit}}\n",
         "expected a number from 1 to 256, as there is no header"},
        {"ledger: t\nof: issuer\ntype: {value: debit}\ndate: {column: D, form: YYYY}\n",
         "`form`: expected YYYY or YY, MM and DD"},
        {"ledger: t\nof: issuer\ntype: {value: debit}\n"
         "amount: {column: A, form: decimal, point: ., thousands: .}\n",
         "`thousands`: expected another character than `point`"},
        {"ledger: t\nof: issuer\ncharset: latin1\n", "gb18030"},
        {"ledger: t\nof: issuer\ntype: {value: debit}\namount: {column: A, form: "
         "minor}\n" KEY_COLUMNS "colour: red\n",
         "colour"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct desk desk;
        desk_open(&desk);
        CU_ASSERT_EQUAL(load_map(&desk, cases[i].text), RESULT_INPUT);
        ASSERT_CONTAINS(desk.fault.text, cases[i].part);
        scratch_remove(&desk.scratch);
    }
}

/* --- out and in again ------------------------------------------------------------------------- */

static bool same_item(const struct item *a, const struct item *b)
{
    return item_compare(a, b) == 0 && a->flags == b->flags && a->state == b->state &&
           a->amount_minor == b->amount_minor && a->date == b->date && a->code == b->code &&
           a->reference.sequence == b->reference.sequence && memcmp(a->rrn, b->rrn, 12) == 0;
}

static void a_book_that_was_written_reads_as_it_was(void)
{
    struct desk desk, own;
    struct store *store = store_new();
    struct operation freeze = freeze_of(1, 60000, 3), claim = claim_of(&freeze, 1, 2000, BETA);
    struct operation debit = leg_of(&claim, OPERATION_DEBIT);
    struct operation reversal = about(&debit, OPERATION_DEBIT_REVERSAL);
    struct operation unfreeze = about(&freeze, OPERATION_UNFREEZE);
    struct ledger ledger;
    desk_open(&desk);
    desk_open(&own);
    write_own(store, JOURNAL_POSTED, &freeze, DAY, CODE_APPROVED, 60000);
    write_own(store, JOURNAL_POSTED, &debit, DAY, CODE_APPROVED, 2000);
    write_own(store, JOURNAL_POSTED, &reversal, DAY, CODE_APPROVED, 2000);
    write_own(store, JOURNAL_POSTED, &unfreeze, NEXT_DAY, CODE_APPROVED, 58000);
    must(ledger_of_store(store, &ledger, &desk.fault), &desk.fault);
    must(ledger_scan(&ledger, 0, take, &own, &desk.fault), &desk.fault);
    FILE *out = fopen(desk.csv_path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    must(ledger_csv_write(&ledger, 0, true, out, &desk.fault), &desk.fault);
    fclose(out);
    must(ledger_map_load(SPECS_DIR "/ledgers/cardlab.yaml", &desk.map, &desk.fault), &desk.fault);
    desk.csv = (struct ledger_csv){desk.csv_path, &desk.map};
    struct ledger again = ledger_of_csv(&desk.csv);
    must(ledger_scan(&again, 0, take, &desk, &desk.fault), &desk.fault);
    CU_ASSERT_EQUAL_FATAL(desk.count, 4);
    for (size_t i = 0; i < 4; i++)
        CU_ASSERT_TRUE(same_item(&desk.items[i], &own.items[i]));
    scratch_remove(&desk.scratch);
    scratch_remove(&own.scratch);
    store_close(store);
}

static void the_shipped_mappings_are_good(void)
{
    static const char *const names[] = {"cardlab", "cardlab-wallet", "bank-example"};
    struct ledger_map map;
    struct fault fault = {RESULT_OK, ""};
    char path[256];
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, SPECS_DIR "/ledgers/%s.yaml", names[i]);
        must(ledger_map_load(path, &map, &fault), &fault);
        CU_ASSERT_EQUAL(map.is_wallet, i == 1);
    }
}

SUITE(CASE(reads_rows_as_the_mapping_says), CASE(has_the_key_of_the_message_itself),
      CASE(reads_amounts_of_every_form), CASE(reads_dates_of_every_form),
      CASE(finds_columns_by_number_where_there_is_no_header),
      CASE(a_file_without_dates_is_of_the_date_that_is_asked_for),
      CASE(every_fault_of_a_row_has_its_line_and_column),
      CASE(a_header_without_a_column_or_with_two_is_refused),
      CASE(a_row_whose_key_has_no_columns_is_refused), CASE(a_mapping_that_is_none_is_refused),
      CASE(a_book_that_was_written_reads_as_it_was), CASE(the_shipped_mappings_are_good))
