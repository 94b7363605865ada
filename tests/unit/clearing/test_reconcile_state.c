/* Files against books: what stands otherwise on the two sides, what exceptions explain, what cannot
 * be compared, and sizes. */
#include "clearing/books.h"

/* --- what cannot be compared ------------------------------------------------------------------ */

static void expect_refusal(const struct books *books, uint64_t party, uint32_t date,
                           const char *const *files, size_t count, const char *part)
{
    struct reconcile_result result;
    struct fault fault = {RESULT_OK, ""};
    struct ledger ledger;
    struct reconcile_config config = {
        .layouts = shipped_layouts(),
        .institution = party,
        .date = date,
        .files = files,
        .file_count = count,
        .ledger = &ledger,
    };
    must(ledger_of_store(books->own, &ledger, &fault), &fault);
    CU_ASSERT_EQUAL(clearing_reconcile(&config, &result, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, part);
    reconcile_result_deinit(&result);
}

static void refuses_files_of_another_institution_or_date(void)
{
    struct books books;
    char path[SCRATCH_PATH_MAX];
    books_open(&books);
    const char *files[] = {
        scratch_file(&books.scratch, "20261231/00095550001/IND26123101ICOM", path)};
    expect_refusal(&books, JADE, 0, files, 1,
                   "expected a file of institution 00095550002, got one of 00095550001");
    expect_refusal(&books, HARBOUR, NEXT_DAY, files, 1,
                   "expected a file of settlement date 20270101, got one of 20261231");
    expect_refusal(&books, HARBOUR, 0, files, 0, "expected 1 to 256 files, got 0");
    books_close(&books);
}

/* --- other states ------------------------------------------------------------------------------
 */

static void a_debit_that_the_book_refused_stands_otherwise(void)
{
    struct books books;
    books_open(&books);
    write_sender_issuer(&books, 2);
    struct journal_entry entry;
    struct operation debit = leg_of(&books.day.claims[2], OPERATION_DEBIT);
    journal_begin(&entry, JOURNAL_REFUSED, &debit, 0);
    entry.code = CODE_STATE;
    entry.settlement_date = DAY;
    entry.sender_issuer = HARBOUR;
    write_entry(books.own, &entry);
    struct reconcile_result result = compare_issuer(&books, HARBOUR);
    const struct reconcile_difference *d = only(&result, RECONCILE_STATE, RECONCILE_SHORTAGE, 5);
    CU_ASSERT_EQUAL(d->ledger.state, ITEM_REFUSED);
    CU_ASSERT_EQUAL(d->ledger.code, CODE_STATE);
    ASSERT_CONTAINS(difference_words(d).meaning, "its book refused the debit");
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void what_was_refused_and_then_posted_stands(void)
{
    struct books books;
    books_open(&books);
    struct journal_entry entry;
    struct operation debit = leg_of(&books.day.claims[2], OPERATION_DEBIT);
    struct operation other = claim_of(&books.day.freezes[0], 3, 5, BETA);
    journal_begin(&entry, JOURNAL_REFUSED, &debit, 0);
    entry.code = CODE_PARTY_DOWN;
    entry.settlement_date = DAY;
    entry.sender_issuer = HARBOUR;
    write_entry(books.own, &entry);
    /* And what was refused and is in no file is nobody's affair. */
    entry.operation = leg_of(&other, OPERATION_DEBIT);
    write_entry(books.own, &entry);
    write_sender_issuer(&books, 3);
    struct reconcile_result result = compare_issuer(&books, HARBOUR);
    CU_ASSERT_EQUAL(reconcile_differences(&result), 0);
    CU_ASSERT_EQUAL(result.counts[RECONCILE_MATCHED], 6);
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void a_credit_that_was_never_confirmed_stands_otherwise(void)
{
    struct books books;
    books_open(&books);
    for (unsigned i = 0; i < 2; i++) {
        struct operation credit = leg_of(&books.day.claims[i], OPERATION_CREDIT);
        post(&books, &credit, credit.amount_minor);
    }
    struct reconcile_result result = compare_issuer(&books, JADE);
    const struct reconcile_difference *d = only(&result, RECONCILE_STATE, RECONCILE_SURPLUS, 2);
    CU_ASSERT_TRUE(d->in_file && !d->in_ledger);
    CU_ASSERT_EQUAL(d->file.state, ITEM_UNCONFIRMED);
    ASSERT_CONTAINS(difference_words(d).meaning, "neither credit nor confirmation");
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void a_claim_that_failed_for_the_wallet_stands_otherwise(void)
{
    static const uint16_t told[] = {CODE_NO_ANSWER, CODE_TO_BE_CONFIRMED};
    for (size_t i = 0; i < 2; i++) {
        struct books books;
        books_open(&books);
        answered(&books, &books.day.claims[1], told[i]);
        answered(&books, &books.day.claims[2], CODE_TO_BE_CONFIRMED);
        struct reconcile_result result = compare_wallet(&books, BETA);
        const struct reconcile_difference *d = only(&result, RECONCILE_STATE, RECONCILE_NEUTRAL, 1);
        CU_ASSERT_EQUAL(d->ledger.state, i == 0 ? ITEM_REFUSED : ITEM_UNCONFIRMED);
        reconcile_result_deinit(&result);
        books_close(&books);
    }
}

static void a_freeze_that_the_book_refused_stands_otherwise(void)
{
    struct books books;
    books_open(&books);
    answered(&books, &books.day.claims[0], CODE_APPROVED);
    answered(&books, &books.day.freezes[0], CODE_APPROVED);
    answered(&books, &books.day.freezes[1], CODE_FUNDS);
    struct operation notice = about(&books.day.freezes[0], OPERATION_UNFREEZE);
    notice.amount_minor = 20000;
    answered(&books, &notice, CODE_APPROVED);
    struct reconcile_result result = compare_wallet(&books, ALPHA);
    only(&result, RECONCILE_STATE, RECONCILE_NEUTRAL, 3);
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void as_many_of_one_key_as_are_not_kept_are_counted(void)
{
    enum { TIMES = SIDE_GROUP_MAX + 3 };
    struct books books;
    books_open(&books);
    write_sender_issuer(&books, 3);
    struct operation debit = leg_of(&books.day.claims[0], OPERATION_DEBIT);
    for (unsigned i = 0; i < TIMES; i++)
        post(&books, &debit, debit.amount_minor);
    struct reconcile_result result = compare_issuer(&books, HARBOUR);
    CU_ASSERT_EQUAL(result.counts[RECONCILE_MATCHED], 6);
    CU_ASSERT_EQUAL(result.counts[RECONCILE_DUPLICATE], TIMES);
    reconcile_result_deinit(&result);
    books_close(&books);
}

/* More than fits into the memory of a side. */
static void a_book_that_does_not_fit_in_memory_is_compared(void)
{
    enum { MANY = 200000 };
    struct books books;
    books_open(&books);
    write_sender_issuer(&books, 3);
    struct operation debit = leg_of(&books.day.claims[0], OPERATION_DEBIT);
    struct journal_entry entry;
    journal_begin(&entry, JOURNAL_POSTED, &debit, 0);
    entry.settlement_date = DAY;
    entry.moved_minor = 1;
    for (unsigned i = 0; i < MANY; i++) {
        entry.operation.transmission = 1231000000 + (i * 7919u) % MANY;
        write_entry(books.own, &entry);
    }
    struct reconcile_result result = compare_issuer(&books, HARBOUR);
    CU_ASSERT_EQUAL(result.counts[RECONCILE_MATCHED], 6);
    CU_ASSERT_EQUAL(result.counts[RECONCILE_ONLY_LEDGER], MANY);
    CU_ASSERT_EQUAL_FATAL(result.listed, RECONCILE_LISTED_MAX);
    for (size_t i = 1; i < result.listed; i++)
        CU_ASSERT_EQUAL_FATAL(result.differences[i].ledger.transmission,
                              result.differences[i - 1].ledger.transmission + 1);
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void what_no_file_is_about_is_not_compared(void)
{
    static const char *const names[2][1] = {{"IND26123101ICOM"}, {"IND26123186FRZ"}};
    for (size_t i = 0; i < 2; i++) {
        struct books books;
        books_open(&books);
        write_sender_issuer(&books, 3);
        struct reconcile_result result = compare(&books, HARBOUR, names[i], 1);
        CU_ASSERT_EQUAL(reconcile_differences(&result), 0);
        CU_ASSERT_EQUAL(result.counts[RECONCILE_MATCHED], 3);
        CU_ASSERT_EQUAL(result.has_money, i == 0);
        CU_ASSERT_EQUAL(result.has_freezes, i == 1);
        reconcile_result_deinit(&result);
        books_close(&books);
    }
}

static void a_book_of_another_institution_is_named(void)
{
    static const char *const names[] = {"20261231/00095550001/IND26123101ICOM"};
    struct books books;
    char path[SCRATCH_PATH_MAX];
    books_open(&books);
    struct journal_entry entry;
    struct operation credit = leg_of(&books.day.claims[0], OPERATION_CREDIT);
    journal_begin(&entry, JOURNAL_POSTED, &credit, 0);
    entry.settlement_date = DAY;
    entry.receiver_issuer = JADE;
    write_entry(books.own, &entry);
    const char *files[] = {scratch_file(&books.scratch, names[0], path)};
    expect_refusal(&books, HARBOUR, 0, files, 1,
                   "this book is of 00095550002, the files are of 00095550001");
    expect_refusal(&books, 0, 0, files, 1,
                   "this book is of 00095550002, the files are of 00095550001");
    books_close(&books);
}

/* --- the book itself -------------------------------------------------------------------------- */

static bool count_item(void *context, const struct item *item)
{
    size_t *count = context;
    *count += item->amount_minor >= 0;
    return true;
}

static void a_book_of_a_day_that_had_nothing_is_empty(void)
{
    struct store *store = store_new();
    struct ledger ledger;
    size_t count = 0;
    struct fault fault = {RESULT_OK, ""};
    must(ledger_of_store(store, &ledger, &fault), &fault);
    must(ledger_scan(&ledger, DAY, count_item, &count, &fault), &fault);
    CU_ASSERT_EQUAL(count, 0);
    CU_ASSERT_EQUAL(ledger.institution, 0);
    store_close(store);
}

static void a_book_with_a_damaged_entry_is_refused(void)
{
    struct store *store = store_new();
    struct ledger ledger;
    struct fault fault = {RESULT_OK, ""};
    struct journal_entry entry;
    journal_begin(&entry, JOURNAL_POSTED, NULL, 0);
    entry.event = JOURNAL_EVENTS; /* what no version of ours writes */
    entry.settlement_date = DAY;
    write_entry(store, &entry);
    CU_ASSERT_EQUAL(ledger_of_store(store, &ledger, &fault), RESULT_CORRUPT);
    ASSERT_CONTAINS(fault.text, "log record 1 is no entry of a journal");
    store_close(store);
}

/* --- what the exceptions file explains ----------------------------------------------------------
 */

/* The files with an exceptions file that lists these, cut again. */
static struct reconcile_result compare_excepted(struct books *books, uint64_t party,
                                                const struct dispute *dispute)
{
    static const char *const names[] = {"IND26123101ICOM", "IND26123186FRZ", "IND26123186EXC"};
    struct fault fault = {RESULT_OK, ""};
    put_dispute(books->day.store, dispute);
    must(cut_day(books->day.store, &books->scratch, &fault), &fault);
    return compare(books, party, names, 3);
}

/* Only an issuer has accounts. */
static void own_an_account(struct books *books)
{
    put_record(books->own, key_of_account(&books->day.freezes[0].sender), "", 0);
}

static struct dispute dispute_of(const struct operation *about, enum operation_kind refused)
{
    return (struct dispute){.refused = refused,
                            .code = CODE_RELATED_INVALID,
                            .about = *about,
                            .sender_issuer = HARBOUR,
                            .receiver_issuer = about->kind == OPERATION_CLAIM ? JADE : 0,
                            .settlement_date = DAY,
                            .since = 1};
}

static void a_credit_that_was_never_confirmed_is_explained(void)
{
    struct books books;
    books_open(&books);
    for (unsigned i = 0; i < 2; i++) {
        struct operation credit = leg_of(&books.day.claims[i], OPERATION_CREDIT);
        post(&books, &credit, credit.amount_minor);
    }
    struct dispute dispute = dispute_of(&books.day.claims[2], OPERATION_CONFIRMATION);
    struct reconcile_result result = compare_excepted(&books, JADE, &dispute);
    CU_ASSERT_EQUAL(reconcile_differences(&result), 0);
    CU_ASSERT_EQUAL(result.counts[RECONCILE_MATCHED], 2);
    CU_ASSERT_EQUAL(result.counts[RECONCILE_EXCEPTED], 1);
    CU_ASSERT_EQUAL_FATAL(result.listed, 1);
    CU_ASSERT_EQUAL(result.differences[0].class, RECONCILE_EXCEPTED);
    CU_ASSERT_EQUAL(difference_words(&result.differences[0]).sense, RECONCILE_SURPLUS);
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void a_debit_that_was_never_reversed_is_explained(void)
{
    struct books books;
    books_open(&books);
    write_sender_issuer(&books, 3);
    struct operation claim = claim_of(&books.day.freezes[0], 3, 100, BETA);
    struct operation debit = leg_of(&claim, OPERATION_DEBIT);
    post(&books, &debit, 100);
    struct dispute dispute = dispute_of(&claim, OPERATION_DEBIT_REVERSAL);
    struct reconcile_result result = compare_excepted(&books, HARBOUR, &dispute);
    CU_ASSERT_EQUAL(reconcile_differences(&result), 0);
    CU_ASSERT_EQUAL(result.counts[RECONCILE_EXCEPTED], 1);
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void a_release_that_was_refused_is_explained(void)
{
    struct books books;
    books_open(&books);
    own_an_account(&books);
    post(&books, &books.day.freezes[0], 60000);
    post(&books, &books.day.freezes[1], 8888);
    for (unsigned i = 0; i < 3; i++) {
        struct operation debit = leg_of(&books.day.claims[i], OPERATION_DEBIT);
        post(&books, &debit, debit.amount_minor);
    }
    struct dispute dispute = dispute_of(&books.day.freezes[0], OPERATION_UNFREEZE);
    struct reconcile_result result = compare_excepted(&books, HARBOUR, &dispute);
    CU_ASSERT_EQUAL(reconcile_differences(&result), 0);
    CU_ASSERT_EQUAL(result.counts[RECONCILE_EXCEPTED], 1);
    reconcile_result_deinit(&result);
    books_close(&books);
}

/* Only the leg, the claim and the packet that the exception names. */
static void an_exception_explains_nothing_else(void)
{
    struct books books;
    books_open(&books);
    write_sender_issuer(&books, 2); /* the third debit is missing */
    struct dispute dispute = dispute_of(&books.day.claims[1], OPERATION_DEBIT_REVERSAL);
    struct reconcile_result result = compare_excepted(&books, HARBOUR, &dispute);
    only(&result, RECONCILE_ONLY_FILE, RECONCILE_SHORTAGE, 5);
    reconcile_result_deinit(&result);
    dispute = dispute_of(&books.day.claims[2], OPERATION_CONFIRMATION); /* the other leg */
    result = compare_excepted(&books, HARBOUR, &dispute);
    only(&result, RECONCILE_ONLY_FILE, RECONCILE_SHORTAGE, 5);
    reconcile_result_deinit(&result);
    dispute = dispute_of(&books.day.claims[2], OPERATION_DEBIT_REVERSAL);
    result = compare_excepted(&books, HARBOUR, &dispute);
    CU_ASSERT_EQUAL(reconcile_differences(&result), 0);
    reconcile_result_deinit(&result);
    books_close(&books);
}

SUITE(CASE(what_no_file_is_about_is_not_compared),
      CASE(refuses_files_of_another_institution_or_date),
      CASE(a_debit_that_the_book_refused_stands_otherwise),
      CASE(what_was_refused_and_then_posted_stands),
      CASE(a_credit_that_was_never_confirmed_stands_otherwise),
      CASE(a_claim_that_failed_for_the_wallet_stands_otherwise),
      CASE(a_freeze_that_the_book_refused_stands_otherwise),
      CASE(as_many_of_one_key_as_are_not_kept_are_counted),
      CASE(a_book_that_does_not_fit_in_memory_is_compared),
      CASE(a_book_of_another_institution_is_named), CASE(a_book_of_a_day_that_had_nothing_is_empty),
      CASE(a_book_with_a_damaged_entry_is_refused),
      CASE(a_credit_that_was_never_confirmed_is_explained),
      CASE(a_debit_that_was_never_reversed_is_explained),
      CASE(a_release_that_was_refused_is_explained), CASE(an_exception_explains_nothing_else))
