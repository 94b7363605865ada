/* A date with purchases, cut: what each side pays and gets, what is in no file, what it costs. */
#include "clearing/purchases.h"

#include "clearing/file.h"

struct shop {
    struct scratch scratch;
    struct store *store;
    struct fee_table *fees;
    struct clearing_result result;
    struct fault fault;
};

static void shop_open(struct shop *shop)
{
    *shop = (struct shop){.store = store_new()};
    scratch_make(&shop->scratch);
}

static void shop_close(struct shop *shop)
{
    clearing_result_deinit(&shop->result);
    fee_table_free(shop->fees);
    store_close(shop->store);
    scratch_remove(&shop->scratch);
}

static enum result try_cut(struct shop *shop)
{
    struct clearing_config config = config_of(&shop->scratch);
    config.fees = shop->fees;
    return clearing_cut(shop->store, &config, &shop->result, &shop->fault);
}

static void cut(struct shop *shop)
{
    write_cut(shop->store, DAY);
    must(try_cut(shop), &shop->fault);
}

/* "0200/0 5000 00, ...": each row, and what they add up to. */
struct reading {
    char text[512];
    struct clearing_file file;
};

static bool take_row(void *context, const struct row *row, uint64_t line)
{
    struct reading *reading = context;
    const struct operation *op = &row->operation;
    size_t len = strlen(reading->text);
    char value[ROW_VALUE_MAX];
    size_t value_len;
    (void)line;
    CU_ASSERT_TRUE(row_get(row, ROW_CONDITION, value, &value_len));
    snprintf(reading->text + len, sizeof reading->text - len, "%s%s/%u %lld %.2s",
             len > 0 ? ", " : "", operation_mti(op->kind), operation_process(op->kind),
             (long long)op->amount_minor, value);
    return true;
}

static struct reading read_back(const struct shop *shop, uint64_t institution, const char *name)
{
    struct reading reading = {.text = ""};
    struct fault fault = {RESULT_OK, ""};
    char path[SCRATCH_PATH_MAX], below[64];
    snprintf(below, sizeof below, "20261231/%011llu/%s", (unsigned long long)institution, name);
    must(clearing_file_read(scratch_file(&shop->scratch, below, path), shipped_layouts(), take_row,
                            &reading, &reading.file, &fault),
         &fault);
    return reading;
}

static void expect_sums(const struct shop *shop, uint64_t institution, const char *name,
                        const char *rows, int64_t debit_minor, int64_t credit_minor)
{
    struct reading reading = read_back(shop, institution, name);
    CU_ASSERT_STRING_EQUAL(reading.text, rows);
    CU_ASSERT_EQUAL(reading.file.totals.debit_minor, debit_minor);
    CU_ASSERT_EQUAL(reading.file.totals.credit_minor, credit_minor);
}

static void expect_position(const struct shop *shop, uint64_t institution, int64_t debit_minor,
                            int64_t credit_minor)
{
    const struct position *position = positions_find(&shop->result.positions, institution, "156");
    CU_ASSERT_PTR_NOT_NULL_FATAL(position);
    CU_ASSERT_EQUAL(position->debit_minor, debit_minor);
    CU_ASSERT_EQUAL(position->credit_minor, credit_minor);
}

static void a_purchase_is_paid_by_its_issuer_and_got_by_its_acquirer(void)
{
    struct shop shop;
    struct operation purchase = purchase_of(1, 5000, ALPHA);
    shop_open(&shop);
    write_purchase(shop.store, &purchase, DAY, PURCHASE_PURCHASED, false);
    cut(&shop);
    CU_ASSERT_EQUAL(shop.result.purchases, 1);
    CU_ASSERT_EQUAL(shop.result.purchased_minor, 5000);
    expect_sums(&shop, HARBOUR, "IND26123101ICOM", "0200/0 5000 00", 5000, 0);
    expect_sums(&shop, ALPHA, "IND26123101ACOM", "0200/0 5000 00", 0, 5000);
    expect_position(&shop, HARBOUR, 5000, 0);
    expect_position(&shop, ALPHA, 0, 5000);
    shop_close(&shop);
}

static void one_that_is_given_back_has_its_reversal_on_both_sides(void)
{
    static const enum purchase_state ends[] = {PURCHASE_REVERSED, PURCHASE_REVERSING,
                                               PURCHASE_DISPUTED};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct shop shop;
        struct operation purchase = purchase_of(1, 5000, ALPHA), other = purchase_of(2, 70, ALPHA);
        shop_open(&shop);
        write_purchase(shop.store, &purchase, DAY, ends[i], true);
        write_purchase(shop.store, &other, DAY, PURCHASE_PURCHASED, false);
        cut(&shop);
        CU_ASSERT_EQUAL(shop.result.purchase_reversals, 1);
        CU_ASSERT_EQUAL(shop.result.repaid_minor, 5000);
        expect_sums(&shop, HARBOUR, "IND26123101ICOM",
                    "0200/0 5000 00, 0420/0 5000 00, 0200/0 70 00", 5070, 5000);
        expect_sums(&shop, ALPHA, "IND26123101ACOM", "0200/0 5000 00, 0420/0 5000 00, 0200/0 70 00",
                    5000, 5070);
        expect_position(&shop, HARBOUR, 5070, 5000);
        expect_position(&shop, ALPHA, 5000, 5070);
        shop_close(&shop);
    }
}

static void one_that_was_never_approved_is_in_no_file(void)
{
    static const enum purchase_state ends[] = {PURCHASE_REFUSED, PURCHASE_REVERSING,
                                               PURCHASE_REVERSED, PURCHASE_DISPUTED};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct shop shop;
        struct operation purchase = purchase_of(1, 5000, ALPHA), other = purchase_of(2, 70, ALPHA);
        shop_open(&shop);
        write_purchase(shop.store, &purchase, DAY, ends[i], false);
        write_purchase(shop.store, &other, DAY, PURCHASE_PURCHASED, false);
        cut(&shop);
        expect_sums(&shop, HARBOUR, "IND26123101ICOM", "0200/0 70 00", 70, 0);
        expect_sums(&shop, ALPHA, "IND26123101ACOM", "0200/0 70 00", 0, 70);
        shop_close(&shop);
    }
}

static void one_under_way_keeps_the_date_from_being_cut(void)
{
    struct shop shop;
    struct operation purchase = purchase_of(1, 5000, ALPHA);
    shop_open(&shop);
    write_purchase(shop.store, &purchase, DAY, PURCHASE_PURCHASING, false);
    write_cut(shop.store, DAY);
    CU_ASSERT_EQUAL(try_cut(&shop), RESULT_STATE);
    CU_ASSERT_PTR_NOT_NULL(strstr(shop.fault.text, "while 1 of its"));
    CU_ASSERT_FALSE(is_there(&shop.scratch, "20261231"));
    shop_close(&shop);
}

static void an_entry_that_names_no_purchase_stops_the_cut(void)
{
    struct shop shop;
    struct operation purchase = purchase_of(1, 5000, ALPHA);
    shop_open(&shop);
    purchase.kind = OPERATION_PURCHASE_REVERSAL;
    write_purchase(shop.store, &purchase, DAY, PURCHASE_PURCHASED, false);
    write_cut(shop.store, DAY);
    CU_ASSERT_EQUAL(try_cut(&shop), RESULT_CORRUPT);
    shop_close(&shop);
}

static void an_issuer_that_is_not_known_stops_the_cut(void)
{
    struct shop shop;
    struct operation purchase = purchase_of(1, 5000, ALPHA);
    struct journal_entry entry;
    shop_open(&shop);
    write_purchase(shop.store, &purchase, DAY, PURCHASE_PURCHASING, false);
    journal_begin(&entry, JOURNAL_PURCHASE, &purchase, 0);
    entry.from = PURCHASE_PURCHASING;
    entry.to = PURCHASE_PURCHASED;
    entry.settlement_date = DAY;
    write_entry(shop.store, &entry);
    write_cut(shop.store, DAY);
    CU_ASSERT_EQUAL(try_cut(&shop), RESULT_CORRUPT);
    CU_ASSERT_FALSE(is_there(&shop.scratch, "20261231"));
    shop_close(&shop);
}

static void purchases_and_red_packets_add_up_together(void)
{
    struct shop shop;
    struct day day;
    struct operation purchase = purchase_of(1, 5000, ALPHA);
    shop_open(&shop);
    store_close(shop.store);
    day_write(&day);
    shop.store = day.store;
    write_purchase(shop.store, &purchase, DAY, PURCHASE_PURCHASED, false);
    cut(&shop);
    expect_position(&shop, HARBOUR, 48888 + 5000, 0);
    expect_position(&shop, JADE, 0, 48888);
    /* Of the packets nothing is the wallet's. */
    expect_position(&shop, ALPHA, 0, 5000);
    struct reading reading = read_back(&shop, ALPHA, "IND26123101ACOM");
    CU_ASSERT_EQUAL(reading.file.totals.debit_minor, 20000);
    CU_ASSERT_EQUAL(reading.file.totals.credit_minor, 25000);
    must(positions_check(&shop.result.positions, &shop.fault), &shop.fault);
    shop_close(&shop);
}

/* --- exceptions ------------------------------------------------------------------------------- */

static bool take_number(void *context, const struct store_log_record *record)
{
    *(uint64_t *)context = record->number;
    return true;
}

static uint64_t last_number(struct store *store)
{
    uint64_t number = 0;
    struct fault fault = {RESULT_OK, ""};
    must(store_log_scan(store, 1, 0, take_number, &number, &fault), &fault);
    return number;
}

/* "OP DP", in the order of the log. */
static const char *found(struct store *store, uint32_t date, uint64_t mark)
{
    static char text[128];
    struct exceptions exceptions;
    struct fault fault = {RESULT_OK, ""};
    text[0] = '\0';
    must(exceptions_find(store, date, mark, &exceptions, &fault), &fault);
    for (size_t i = 0; i < exceptions.count; i++) {
        char code[EXCEPTION_CODE_LEN + 1];
        exception_code(exceptions.list[i].status, exceptions.list[i].operation.kind, code);
        size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, "%s%s", len > 0 ? " " : "", code);
    }
    exceptions_deinit(&exceptions);
    return text;
}

static uint64_t mark(struct store *store, uint32_t date)
{
    uint8_t record[8];
    struct writer w = writer_to(record, sizeof record);
    write_cut(store, date);
    write_u64(&w, last_number(store));
    put_record(store, key_of_cut(date), record, sizeof record);
    return last_number(store);
}

static void what_is_not_known_to_be_taken_back_is_an_exception_until_it_is(void)
{
    struct store *store = store_new();
    struct operation late = purchase_of(1, 5000, ALPHA), done = purchase_of(2, 70, ALPHA);
    write_purchase(store, &late, DAY, PURCHASE_REVERSING, true);
    write_purchase(store, &done, DAY, PURCHASE_REVERSED, false);
    uint64_t first = mark(store, DAY);
    CU_ASSERT_STRING_EQUAL(found(store, DAY, first), "OP");
    move_purchase(store, &late, DAY, PURCHASE_REVERSING, PURCHASE_REVERSED, CODE_APPROVED);
    uint64_t second = mark(store, NEXT_DAY);
    CU_ASSERT_STRING_EQUAL(found(store, NEXT_DAY, second), "EP");
    CU_ASSERT_STRING_EQUAL(found(store, DAY, first), "OP");
    store_close(store);
}

static void what_was_refused_for_good_is_an_exception_for_ever(void)
{
    struct store *store = store_new();
    struct operation purchase = purchase_of(1, 5000, ALPHA);
    write_purchase(store, &purchase, DAY, PURCHASE_DISPUTED, true);
    put_purchase_dispute(store, &purchase, DAY, last_number(store));
    uint64_t first = mark(store, DAY);
    CU_ASSERT_STRING_EQUAL(found(store, DAY, first), "DP");
    uint64_t second = mark(store, NEXT_DAY);
    CU_ASSERT_STRING_EQUAL(found(store, NEXT_DAY, second), "DP");
    store_close(store);
}

static void many_that_are_open_at_once_are_told_apart(void)
{
    struct store *store = store_new();
    char expected[64] = "";
    for (unsigned i = 0; i < 200; i++) {
        struct operation purchase = purchase_of(i, 5000 + i, i % 2 == 0 ? ALPHA : BETA);
        write_purchase(store, &purchase, DAY, PURCHASE_REVERSING, false);
        if (i % 20 != 0)
            move_purchase(store, &purchase, DAY, PURCHASE_REVERSING, PURCHASE_REVERSED,
                          CODE_APPROVED);
    }
    for (unsigned i = 0; i < 10; i++)
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%sOP",
                 i > 0 ? " " : "");
    uint64_t first = mark(store, DAY);
    CU_ASSERT_STRING_EQUAL(found(store, DAY, first), expected);
    store_close(store);
}

static void an_exception_is_in_the_files_of_issuer_acquirer_and_switch_alone(void)
{
    struct shop shop;
    struct operation purchase = purchase_of(1, 5000, ALPHA), others = purchase_of(2, 9, BETA);
    shop_open(&shop);
    write_purchase(shop.store, &others, DAY, PURCHASE_PURCHASED, false);
    write_purchase(shop.store, &purchase, DAY, PURCHASE_DISPUTED, false);
    put_purchase_dispute(shop.store, &purchase, DAY, last_number(shop.store));
    cut(&shop);
    CU_ASSERT_EQUAL(shop.result.exceptions, 1);
    CU_ASSERT_EQUAL(read_back(&shop, HARBOUR, "IND26123186EXC").file.totals.disputed_count, 1);
    CU_ASSERT_EQUAL(read_back(&shop, ALPHA, "IND26123186EXC").file.totals.disputed_count, 1);
    CU_ASSERT_EQUAL(read_back(&shop, CENTRE, "IND26123186EXC").file.totals.disputed_count, 1);
    CU_ASSERT_EQUAL(read_back(&shop, BETA, "IND26123186EXC").file.totals.count, 0);
    CU_ASSERT_EQUAL(read_back(&shop, HARBOUR, "IND26123132IERRA").file.totals.count, 1);
    CU_ASSERT_EQUAL(read_back(&shop, ALPHA, "IND26123132AERRA").file.totals.count, 1);
    shop_close(&shop);
}

/* --- fees ------------------------------------------------------------------------------------- */

static const char TABLE[] = "table: test\n"
                            "fees:\n"
                            "  - fee: interchange\n"
                            "    for: purchases\n"
                            "    payer: acquirer\n"
                            "    to: issuer\n"
                            "    rules: [{rate: 1 %, round: half_up}]\n"
                            "  - fee: purchase\n"
                            "    for: purchases\n"
                            "    payer: issuer\n"
                            "    rules: [{fixed: 3}]\n"
                            "  - fee: switching\n"
                            "    payer: acquirer\n"
                            "    rules: [{fixed: 1000}]\n";

static void fees_of_purchases_are_their_own_and_go_back_with_them(void)
{
    struct shop shop;
    struct operation kept = purchase_of(1, 5000, ALPHA), given_up = purchase_of(2, 7000, ALPHA);
    struct operation of_beta = purchase_of(3, 100, BETA);
    shop_open(&shop);
    must(fee_table_parse(bytes_text(TABLE), "fees.yaml", &shop.fees, &shop.fault), &shop.fault);
    write_purchase(shop.store, &kept, DAY, PURCHASE_PURCHASED, false);
    write_purchase(shop.store, &given_up, DAY, PURCHASE_REVERSED, true);
    write_purchase(shop.store, &of_beta, DAY, PURCHASE_REVERSED, true);
    cut(&shop);
    CU_ASSERT_EQUAL(positions_find(&shop.result.positions, ALPHA, "156")->fee_minor, -50);
    CU_ASSERT_EQUAL(positions_find(&shop.result.positions, HARBOUR, "156")->fee_minor, 50 - 3);
    CU_ASSERT_EQUAL(positions_find(&shop.result.positions, CENTRE, "156")->fee_minor, 3);
    CU_ASSERT_EQUAL(positions_find(&shop.result.positions, BETA, "156")->fee_minor, 0);
    CU_ASSERT_EQUAL(read_back(&shop, ALPHA, "IND26123101ACOM").file.totals.fee_minor, -50);
    CU_ASSERT_EQUAL(read_back(&shop, HARBOUR, "IND26123101ICOM").file.totals.fee_minor, 47);
    /* One line each, of what stands; nothing of what was all given back. */
    CU_ASSERT_EQUAL(read_back(&shop, ALPHA, "IND26123199ALFEE").file.totals.count, 1);
    CU_ASSERT_EQUAL(read_back(&shop, BETA, "IND26123199ALFEE").file.totals.count, 0);
    CU_ASSERT_EQUAL(read_back(&shop, HARBOUR, "IND26123199ILFEE").file.totals.fee_minor, 47);
    shop_close(&shop);
}

static void refuse_table(const char *fee, const char *expected)
{
    char text[512];
    struct fee_table *table;
    struct fault fault = {RESULT_OK, ""};
    snprintf(text, sizeof text, "table: test\nfees:\n  - %s\n    rules: [{fixed: 1}]\n", fee);
    CU_ASSERT_EQUAL(fee_table_parse(bytes_text(text), "fees.yaml", &table, &fault), RESULT_INPUT);
    if (strstr(fault.text, expected) == NULL)
        fprintf(stderr, "%s\n", fault.text);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, expected));
}

static void a_fee_names_only_the_roles_that_there_are(void)
{
    refuse_table("{fee: a, for: purchases, payer: sender_issuer, rules: [{fixed: 1}]}\n  - fee: b",
                 "a purchase has only the roles acquirer, issuer and switch");
    refuse_table("{fee: a, payer: acquirer, to: issuer, rules: [{fixed: 1}]}\n  - fee: b",
                 "a share has no role issuer");
    refuse_table("{fee: a, for: loans, payer: acquirer, rules: [{fixed: 1}]}\n  - fee: b", "`for`");
}

SUITE(CASE(a_purchase_is_paid_by_its_issuer_and_got_by_its_acquirer),
      CASE(one_that_is_given_back_has_its_reversal_on_both_sides),
      CASE(one_that_was_never_approved_is_in_no_file),
      CASE(one_under_way_keeps_the_date_from_being_cut),
      CASE(an_entry_that_names_no_purchase_stops_the_cut),
      CASE(an_issuer_that_is_not_known_stops_the_cut),
      CASE(purchases_and_red_packets_add_up_together),
      CASE(what_is_not_known_to_be_taken_back_is_an_exception_until_it_is),
      CASE(what_was_refused_for_good_is_an_exception_for_ever),
      CASE(many_that_are_open_at_once_are_told_apart),
      CASE(an_exception_is_in_the_files_of_issuer_acquirer_and_switch_alone),
      CASE(fees_of_purchases_are_their_own_and_go_back_with_them),
      CASE(a_fee_names_only_the_roles_that_there_are))
