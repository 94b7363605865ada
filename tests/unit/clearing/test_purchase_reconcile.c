/* Purchases: the files against the books of their issuer and their acquirer. */
#include "clearing/purchases.h"

#include "clearing/ledger_csv.h"
#include "clearing/network.h"

/* Of Alpha: one that stands, one that was given back after it was approved, and one that was never
 * answered and so taken back. */
struct till {
    struct books books;
    struct operation kept, given_up, unanswered;
};

static void till_open(struct till *till)
{
    struct fault fault = {RESULT_OK, ""};
    struct books *books = &till->books;
    *till = (struct till){.kept = purchase_of(1, 5000, ALPHA),
                          .given_up = purchase_of(2, 700, ALPHA),
                          .unanswered = purchase_of(3, 60, ALPHA)};
    scratch_make(&books->scratch);
    books->day.store = store_new();
    books->own = store_new();
    write_purchase(books->day.store, &till->kept, DAY, PURCHASE_PURCHASED, false);
    write_purchase(books->day.store, &till->given_up, DAY, PURCHASE_REVERSED, true);
    write_purchase(books->day.store, &till->unanswered, DAY, PURCHASE_REVERSED, false);
    write_cut(books->day.store, DAY);
    must(cut_day(books->day.store, &books->scratch, &fault), &fault);
}

static void till_close(struct till *till)
{
    books_close(&till->books);
}

static void take_back(struct till *till, const struct operation *purchase)
{
    struct operation reversal = reversal_of(purchase, 1);
    post_purchase(till->books.own, &reversal);
}

/* What Harbour did when all went well. */
static void write_issuer(struct till *till)
{
    post_purchase(till->books.own, &till->kept);
    post_purchase(till->books.own, &till->given_up);
    post_purchase(till->books.own, &till->unanswered);
    take_back(till, &till->given_up);
    take_back(till, &till->unanswered);
}

static void answer(struct till *till, const struct operation *op, uint16_t code)
{
    write_own(till->books.own, JOURNAL_ANSWERED, op, DAY, code,
              code == CODE_APPROVED ? op->amount_minor : 0);
}

/* What Alpha was told. */
static void write_acquirer(struct till *till)
{
    struct operation reversal = reversal_of(&till->given_up, 1);
    answer(till, &till->kept, CODE_APPROVED);
    /* The answer to what it gave up came behind that of its reversal. */
    answer(till, &reversal, CODE_APPROVED);
    answer(till, &till->given_up, CODE_APPROVED);
    answer(till, &till->unanswered, CODE_NO_ANSWER);
}

static void expect_clean(struct reconcile_result result, uint64_t matched)
{
    for (size_t i = 0; i < result.listed; i++)
        fprintf(stderr, "%s: %s\n", difference_class_name(result.differences[i].class),
                difference_words(&result.differences[i]).meaning);
    CU_ASSERT_EQUAL(reconcile_differences(&result), 0);
    CU_ASSERT_EQUAL(result.listed, 0);
    CU_ASSERT_EQUAL(result.counts[RECONCILE_MATCHED], matched);
    reconcile_result_deinit(&result);
}

static void expect_only(struct reconcile_result result, enum reconcile_class class,
                        enum reconcile_sense sense, uint64_t matched, const char *meaning)
{
    const struct reconcile_difference *one = only(&result, class, sense, matched);
    ASSERT_CONTAINS(difference_words(one).meaning, meaning);
    reconcile_result_deinit(&result);
}

static void books_of_both_sides_match(void)
{
    struct till till;
    till_open(&till);
    write_issuer(&till);
    expect_clean(compare_buyer(&till.books, NULL), 2);
    till_close(&till);
    till_open(&till);
    write_acquirer(&till);
    expect_clean(compare_acquirer(&till.books, NULL), 2);
    till_close(&till);
}

static void a_reversal_alone_is_an_acquirers_whose_purchase_was_never_answered(void)
{
    struct till till;
    till_open(&till);
    struct operation first = reversal_of(&till.given_up, 1);
    answer(&till, &till.kept, CODE_APPROVED);
    answer(&till, &first, CODE_APPROVED);
    expect_clean(compare_acquirer(&till.books, NULL), 2);
    till_close(&till);
}

static void a_reversal_that_was_refused_takes_nothing_back(void)
{
    struct till till;
    till_open(&till);
    write_acquirer(&till);
    struct operation late = reversal_of(&till.kept, 1);
    answer(&till, &late, CODE_STATE);
    expect_clean(compare_acquirer(&till.books, NULL), 2);
    till_close(&till);
}

static void a_reversal_that_came_too_late_says_that_the_purchase_stands(void)
{
    struct till till;
    till_open(&till);
    struct operation late = reversal_of(&till.kept, 1), given_up = reversal_of(&till.given_up, 1);
    answer(&till, &till.kept, CODE_NO_ANSWER);
    answer(&till, &late, CODE_STATE);
    answer(&till, &given_up, CODE_APPROVED);
    expect_clean(compare_acquirer(&till.books, NULL), 2);
    till_close(&till);
}

/* --- only on one side ------------------------------------------------------------------------- */

static void an_issuer_that_has_not_debited_pays_all_the_same(void)
{
    struct till till;
    till_open(&till);
    expect_only(compare_buyer(&till.books, NULL), RECONCILE_ONLY_FILE, RECONCILE_SHORTAGE, 0,
                "its customer is not debited");
    till_close(&till);
}

static void an_issuer_that_has_debited_what_is_in_no_file_holds_money(void)
{
    struct till till;
    till_open(&till);
    write_issuer(&till);
    struct operation unknown = purchase_of(9, 1234, BETA);
    post_purchase(till.books.own, &unknown);
    expect_only(compare_buyer(&till.books, NULL), RECONCILE_ONLY_LEDGER, RECONCILE_SURPLUS, 2,
                "it does not pay this in settlement");
    till_close(&till);
}

static void an_acquirer_that_missed_an_answer_is_paid_all_the_same(void)
{
    struct till till;
    till_open(&till);
    struct operation reversal = reversal_of(&till.given_up, 1);
    answer(&till, &reversal, CODE_APPROVED);
    expect_only(compare_acquirer(&till.books, NULL), RECONCILE_ONLY_FILE, RECONCILE_SURPLUS, 1,
                "its book does not have it as paid");
    till_close(&till);
}

static void an_acquirer_that_believes_in_a_purchase_is_not_paid(void)
{
    struct till till;
    till_open(&till);
    write_acquirer(&till);
    struct operation unknown = purchase_of(9, 1234, ALPHA);
    answer(&till, &unknown, CODE_APPROVED);
    expect_only(compare_acquirer(&till.books, NULL), RECONCILE_ONLY_LEDGER, RECONCILE_SHORTAGE, 2,
                "it does not get this in settlement");
    till_close(&till);
}

/* --- in both, and otherwise ------------------------------------------------------------------- */

static void amounts_differ_in_the_sense_of_each_side(void)
{
    static const struct {
        int64_t amount_minor;
        enum reconcile_sense issuers, acquirers;
    } cases[] = {{4999, RECONCILE_SHORTAGE, RECONCILE_SURPLUS},
                 {5001, RECONCILE_SURPLUS, RECONCILE_SHORTAGE}};
    for (size_t i = 0; i < 2; i++) {
        struct till till;
        struct operation other = purchase_of(1, cases[i].amount_minor, ALPHA);
        till_open(&till);
        post_purchase(till.books.own, &other);
        expect_only(compare_buyer(&till.books, NULL), RECONCILE_AMOUNT, cases[i].issuers, 0,
                    "for this purchase");
        till_close(&till);
        till_open(&till);
        answer(&till, &other, CODE_APPROVED);
        expect_only(compare_acquirer(&till.books, NULL), RECONCILE_AMOUNT, cases[i].acquirers, 0,
                    "for this purchase");
        till_close(&till);
    }
}

static void what_the_file_takes_back_does_not_stand_in_a_book(void)
{
    struct till till;
    till_open(&till);
    post_purchase(till.books.own, &till.kept);
    post_purchase(till.books.own, &till.given_up);
    expect_only(compare_buyer(&till.books, NULL), RECONCILE_STATE, RECONCILE_SURPLUS, 1,
                "taken back in settlement, and its customer is still debited");
    till_close(&till);
    till_open(&till);
    answer(&till, &till.kept, CODE_APPROVED);
    answer(&till, &till.given_up, CODE_APPROVED);
    expect_only(compare_acquirer(&till.books, NULL), RECONCILE_STATE, RECONCILE_SHORTAGE, 1,
                "taken back in settlement, and its book still has it");
    till_close(&till);
}

static void what_a_book_takes_back_stands_in_the_file(void)
{
    struct till till;
    till_open(&till);
    write_issuer(&till);
    take_back(&till, &till.kept);
    expect_only(compare_buyer(&till.books, NULL), RECONCILE_STATE, RECONCILE_SHORTAGE, 1,
                "its book has taken it back");
    till_close(&till);
    till_open(&till);
    write_acquirer(&till);
    struct operation reversal = reversal_of(&till.kept, 1);
    answer(&till, &reversal, CODE_APPROVED);
    expect_only(compare_acquirer(&till.books, NULL), RECONCILE_STATE, RECONCILE_SURPLUS, 1,
                "its book has taken it back");
    till_close(&till);
}

static void what_a_book_refused_stands_in_the_file(void)
{
    struct till till;
    till_open(&till);
    struct journal_entry entry;
    journal_begin(&entry, JOURNAL_REFUSED, &till.kept, 0);
    entry.code = CODE_FUNDS;
    entry.settlement_date = DAY;
    entry.sender_issuer = HARBOUR;
    write_entry(till.books.own, &entry);
    expect_only(compare_buyer(&till.books, NULL), RECONCILE_STATE, RECONCILE_SHORTAGE, 0,
                "its book refused it");
    till_close(&till);
    till_open(&till);
    answer(&till, &till.kept, CODE_FUNDS);
    expect_only(compare_acquirer(&till.books, NULL), RECONCILE_STATE, RECONCILE_SURPLUS, 0,
                "its book has it as refused");
    till_close(&till);
}

static void another_card_is_another_customer(void)
{
    struct till till;
    till_open(&till);
    write_issuer(&till);
    store_close(till.books.own);
    till.books.own = store_new();
    struct operation other = till.kept;
    other.card = card("9999022000000024");
    post_purchase(till.books.own, &other);
    struct reconcile_result result = compare_buyer(&till.books, NULL);
    only(&result, RECONCILE_PARTICULARS, RECONCILE_NEUTRAL, 0);
    reconcile_result_deinit(&result);
    till_close(&till);
}

static void one_that_is_there_twice_is_one_too_many(void)
{
    struct till till;
    till_open(&till);
    write_issuer(&till);
    post_purchase(till.books.own, &till.kept);
    expect_only(compare_buyer(&till.books, NULL), RECONCILE_DUPLICATE, RECONCILE_SURPLUS, 2,
                "once more than it pays");
    till_close(&till);
}

static void one_that_is_taken_back_twice_is_one_too_many(void)
{
    struct till till;
    till_open(&till);
    write_issuer(&till);
    take_back(&till, &till.given_up);
    expect_only(compare_buyer(&till.books, NULL), RECONCILE_DUPLICATE, RECONCILE_SHORTAGE, 2,
                "got this purchase back more often");
    till_close(&till);
    till_open(&till);
    write_acquirer(&till);
    struct operation reversal = reversal_of(&till.given_up, 2);
    answer(&till, &reversal, CODE_APPROVED);
    expect_only(compare_acquirer(&till.books, NULL), RECONCILE_DUPLICATE, RECONCILE_SURPLUS, 2,
                "gave this purchase back more often");
    till_close(&till);
}

static void the_wrong_day_is_told(void)
{
    struct till till;
    till_open(&till);
    write_own(till.books.own, JOURNAL_ANSWERED, &till.kept, NEXT_DAY, CODE_APPROVED, 5000);
    struct reconcile_result result = compare_acquirer(&till.books, NULL);
    only(&result, RECONCILE_WRONG_DAY, RECONCILE_NEUTRAL, 0);
    reconcile_result_deinit(&result);
    till_close(&till);
}

/* --- exceptions ------------------------------------------------------------------------------- */

/* Open when the date was cut: the issuer may have taken it back, or not yet, or never had it. */
static void an_open_reversal_explains_what_its_issuer_has(void)
{
    for (unsigned is_given_up = 0; is_given_up < 2; is_given_up++)
        for (unsigned posted = 0; posted < 3; posted++) {
            struct books books = {.own = store_new()};
            struct fault fault = {RESULT_OK, ""};
            struct operation purchase = purchase_of(1, 5000, ALPHA);
            struct operation reversal = reversal_of(&purchase, 1);
            scratch_make(&books.scratch);
            books.day.store = store_new();
            write_purchase(books.day.store, &purchase, DAY, PURCHASE_REVERSING, is_given_up == 1);
            write_cut(books.day.store, DAY);
            must(cut_day(books.day.store, &books.scratch, &fault), &fault);
            if (posted > 0)
                post_purchase(books.own, &purchase);
            else
                put_record(books.own, key_of_account(&purchase.card), "", 0);
            if (posted > 1)
                post_purchase(books.own, &reversal);
            struct reconcile_result result = compare_buyer(&books, "IND26123186EXC");
            CU_ASSERT_EQUAL(reconcile_differences(&result), 0);
            CU_ASSERT_EQUAL(result.counts[RECONCILE_EXCEPTED], posted == 1);
            if (posted == 1 && result.listed == 1)
                ASSERT_CONTAINS(difference_words(&result.differences[0]).meaning,
                                "not yet known to be taken back");
            reconcile_result_deinit(&result);
            books_close(&books);
        }
}

/* --- a book as CSV ---------------------------------------------------------------------------- */

static void a_book_with_purchases_reads_as_it_was_written(void)
{
    for (unsigned is_acquirer = 0; is_acquirer < 2; is_acquirer++) {
        struct till till;
        struct ledger ledger;
        struct ledger_map map;
        struct fault fault = {RESULT_OK, ""};
        char path[SCRATCH_PATH_MAX], below[2][64], paths[2][SCRATCH_PATH_MAX];
        till_open(&till);
        if (is_acquirer == 1)
            write_acquirer(&till);
        else
            write_issuer(&till);
        must(ledger_of_store(till.books.own, &ledger, &fault), &fault);
        FILE *out = fopen(scratch_file(&till.books.scratch, "book.csv", path), "wb");
        CU_ASSERT_PTR_NOT_NULL_FATAL(out);
        must(ledger_csv_write(&ledger, DAY, true, out, &fault), &fault);
        fclose(out);
        must(ledger_map_load(is_acquirer == 1 ? SPECS_DIR "/ledgers/cardlab-wallet.yaml"
                                              : SPECS_DIR "/ledgers/cardlab.yaml",
                             &map, &fault),
             &fault);
        struct ledger_csv csv = {.path = path, .map = &map};
        uint64_t party = is_acquirer == 1 ? ALPHA : HARBOUR;
        const char *files[2];
        for (size_t i = 0; i < 2; i++) {
            snprintf(below[i], sizeof below[i], "20261231/%011llu/%s", (unsigned long long)party,
                     i == 1             ? "IND26123186POS"
                     : is_acquirer == 1 ? "IND26123101ACOM"
                                        : "IND26123101ICOM");
            files[i] = scratch_file(&till.books.scratch, below[i], paths[i]);
        }
        ledger = ledger_of_csv(&csv);
        struct reconcile_config config = {.layouts = shipped_layouts(),
                                          .institution = party,
                                          .files = files,
                                          .file_count = 2,
                                          .ledger = &ledger};
        struct reconcile_result result;
        must(clearing_reconcile(&config, &result, &fault), &fault);
        expect_clean(result, 2);
        till_close(&till);
    }
}

/* --- across all files ------------------------------------------------------------------------- */

static void compare_all(const struct till *till, struct network_result *result)
{
    static const struct {
        uint64_t institution;
        enum clearing_role role;
        const char *detail;
    } parties[] = {{HARBOUR, CLEARING_ISSUER, "IND26123101ICOM"},
                   {ALPHA, CLEARING_WALLET, "IND26123101ACOM"},
                   {CENTRE, CLEARING_SWITCH, NULL}};
    struct fault fault = {RESULT_OK, ""};
    char paths[6][SCRATCH_PATH_MAX], below[64];
    const char *files[6];
    struct network_party all[3];
    for (size_t i = 0; i < 3; i++) {
        size_t count = 0;
        const char *names[] = {"IND26123186POS", parties[i].detail};
        for (; count < (parties[i].detail != NULL ? 2 : 1); count++) {
            snprintf(below, sizeof below, "20261231/%011llu/%s",
                     (unsigned long long)parties[i].institution, names[count]);
            files[2 * i + count] = scratch_file(&till->books.scratch, below, paths[2 * i + count]);
        }
        all[i] = (struct network_party){.member = {parties[i].institution, parties[i].role, NULL},
                                        .files = &files[2 * i],
                                        .file_count = count};
    }
    struct network_config config = {
        .layouts = shipped_layouts(), .date = DAY, .parties = all, .party_count = 3};
    must(network_reconcile(&config, result, &fault), &fault);
}

static void the_files_of_both_sides_say_the_same(void)
{
    struct till till;
    struct network_result result;
    till_open(&till);
    compare_all(&till, &result);
    for (size_t i = 0; i < result.listed; i++)
        fprintf(stderr, "%s\n", result.findings[i]);
    CU_ASSERT_EQUAL(result.finding_count, 0);
    CU_ASSERT_EQUAL(result.purchases, 3); /* two and a reversal */
    CU_ASSERT_EQUAL(result.debit_minor, 5000 + 700 + 700);
    network_result_deinit(&result);
    till_close(&till);
}

/* Another cut of the same date, in which the acquirer's side is missing one. */
static void a_purchase_that_one_side_lacks_is_found(void)
{
    struct till till, other;
    struct network_result result;
    struct fault fault = {RESULT_OK, ""};
    char path[SCRATCH_PATH_MAX], from[SCRATCH_PATH_MAX];
    static const char *const names[] = {"20261231/00091230001/IND26123101ACOM",
                                        "20261231/00091230001/IND26123186POS"};
    till_open(&till);
    other = (struct till){.kept = purchase_of(1, 5000, ALPHA)};
    scratch_make(&other.books.scratch);
    other.books.day.store = store_new();
    other.books.own = store_new();
    write_purchase(other.books.day.store, &other.kept, DAY, PURCHASE_PURCHASED, false);
    write_cut(other.books.day.store, DAY);
    must(cut_day(other.books.day.store, &other.books.scratch, &fault), &fault);
    for (size_t i = 0; i < 2; i++) {
        size_t len;
        char *text = load(scratch_file(&other.books.scratch, names[i], from), &len);
        save(scratch_file(&till.books.scratch, names[i], path), text, len);
        free(text);
    }
    compare_all(&till, &result);
    /* The purchase, its reversal, the position. */
    CU_ASSERT_EQUAL(result.finding_count, 3);
    bool found = false;
    for (size_t i = 0; i < result.listed; i++)
        found = found || strstr(result.findings[i],
                                "purchase reversal, DE 7 1231210002, DE 11 007002, of 00091230001: "
                                "card issuer 7.00 in 00095550001, no acquirer") != NULL;
    for (size_t i = 0; i < result.listed && !found; i++)
        fprintf(stderr, "%s\n", result.findings[i]);
    CU_ASSERT_TRUE(found);
    network_result_deinit(&result);
    till_close(&other);
    till_close(&till);
}

SUITE(CASE(books_of_both_sides_match),
      CASE(a_reversal_alone_is_an_acquirers_whose_purchase_was_never_answered),
      CASE(a_reversal_that_was_refused_takes_nothing_back),
      CASE(a_reversal_that_came_too_late_says_that_the_purchase_stands),
      CASE(an_issuer_that_has_not_debited_pays_all_the_same),
      CASE(an_issuer_that_has_debited_what_is_in_no_file_holds_money),
      CASE(an_acquirer_that_missed_an_answer_is_paid_all_the_same),
      CASE(an_acquirer_that_believes_in_a_purchase_is_not_paid),
      CASE(amounts_differ_in_the_sense_of_each_side),
      CASE(what_the_file_takes_back_does_not_stand_in_a_book),
      CASE(what_a_book_takes_back_stands_in_the_file), CASE(what_a_book_refused_stands_in_the_file),
      CASE(another_card_is_another_customer), CASE(one_that_is_there_twice_is_one_too_many),
      CASE(one_that_is_taken_back_twice_is_one_too_many), CASE(the_wrong_day_is_told),
      CASE(an_open_reversal_explains_what_its_issuer_has),
      CASE(a_book_with_purchases_reads_as_it_was_written),
      CASE(the_files_of_both_sides_say_the_same), CASE(a_purchase_that_one_side_lacks_is_found))
