/* Files against books: an issuer's and a wallet's, matching; and every kind of difference, planted
 * and found. The books are journals as issuer and wallet write them. */
#include "clearing/books.h"

/* --- all matched ------------------------------------------------------------------------------ */

static void a_sender_s_issuer_matches_its_file(void)
{
    struct books books;
    books_open(&books);
    write_sender_issuer(&books, 3);
    struct reconcile_result result = compare_issuer(&books, HARBOUR);
    CU_ASSERT_EQUAL(reconcile_differences(&result), 0);
    CU_ASSERT_EQUAL(result.counts[RECONCILE_MATCHED], 3 + 3);
    CU_ASSERT_EQUAL(result.date, DAY);
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void a_confirmation_counts_as_the_credit_it_names(void)
{
    struct books books;
    books_open(&books);
    write_receiver_issuer(&books);
    /* The credit itself arrives behind it and posts nothing. */
    struct operation late = leg_of(&books.day.claims[2], OPERATION_CREDIT);
    write_own(books.own, JOURNAL_RECORDED, &late, DAY, CODE_APPROVED, 0);
    struct reconcile_result result = compare_issuer(&books, JADE);
    CU_ASSERT_EQUAL(reconcile_differences(&result), 0);
    CU_ASSERT_EQUAL(result.counts[RECONCILE_MATCHED], 3);
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void a_wallet_matches_what_it_was_answered(void)
{
    struct books books;
    books_open(&books);
    answered(&books, &books.day.claims[1], CODE_APPROVED);
    answered(&books, &books.day.claims[2], CODE_TO_BE_CONFIRMED);
    /* Neither a refusal nor a repeat is an item. */
    answered(&books, &books.day.claims[0], CODE_STATE);
    write_own(books.own, JOURNAL_RECORDED, &books.day.claims[1], DAY, CODE_APPROVED, 0);
    struct reconcile_result result = compare_wallet(&books, BETA);
    CU_ASSERT_EQUAL(reconcile_differences(&result), 0);
    CU_ASSERT_EQUAL(result.counts[RECONCILE_MATCHED], 2);
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void what_a_wallet_believed_to_be_left_is_only_noted(void)
{
    struct books books;
    books_open(&books);
    answered(&books, &books.day.claims[0], CODE_APPROVED);
    answered(&books, &books.day.freezes[0], CODE_APPROVED);
    answered(&books, &books.day.freezes[1], CODE_APPROVED);
    /* It knows of its own claim only: 600.00 less 200.00; said twice, it is one notice. */
    struct operation notice = about(&books.day.freezes[0], OPERATION_UNFREEZE);
    notice.amount_minor = 40000;
    answered(&books, &notice, CODE_APPROVED);
    notice.stan++;
    answered(&books, &notice, CODE_APPROVED);
    struct reconcile_result result = compare_wallet(&books, ALPHA);
    CU_ASSERT_EQUAL(reconcile_differences(&result), 0);
    CU_ASSERT_EQUAL(result.counts[RECONCILE_MATCHED], 3);
    CU_ASSERT_EQUAL(result.counts[RECONCILE_NOTED], 1);
    CU_ASSERT_EQUAL_FATAL(result.listed, 1);
    CU_ASSERT_EQUAL(result.differences[0].file.amount_minor, 20000);
    CU_ASSERT_EQUAL(result.differences[0].ledger.amount_minor, 40000);
    reconcile_result_deinit(&result);
    books_close(&books);
}

/* The switch has closed the freeze because of its age. */
static void an_unfreeze_without_the_wallets_notice_is_only_noted(void)
{
    struct books books;
    books_open(&books);
    answered(&books, &books.day.claims[0], CODE_APPROVED);
    answered(&books, &books.day.freezes[0], CODE_APPROVED);
    answered(&books, &books.day.freezes[1], CODE_APPROVED);
    struct reconcile_result result = compare_wallet(&books, ALPHA);
    CU_ASSERT_EQUAL(reconcile_differences(&result), 0);
    CU_ASSERT_EQUAL_FATAL(result.listed, 1);
    CU_ASSERT_EQUAL(result.differences[0].class, RECONCILE_NOTED);
    CU_ASSERT_STRING_EQUAL(difference_words(&result.differences[0]).meaning,
                           "the wallet gave no notice: the switch closed the freeze because of its "
                           "age");
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void a_reversed_debit_is_no_debit(void)
{
    struct books books;
    books_open(&books);
    write_sender_issuer(&books, 3);
    struct operation claim = claim_of(&books.day.freezes[0], 3, 5, BETA);
    struct operation debit = leg_of(&claim, OPERATION_DEBIT);
    struct operation reversal = about(&debit, OPERATION_DEBIT_REVERSAL);
    post(&books, &debit, 5);
    post(&books, &reversal, 5);
    struct reconcile_result result = compare_issuer(&books, HARBOUR);
    CU_ASSERT_EQUAL(reconcile_differences(&result), 0);
    CU_ASSERT_EQUAL(result.counts[RECONCILE_MATCHED], 6);
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void a_reversed_freeze_may_be_in_the_file_or_not(void)
{
    struct books books;
    books_open(&books);
    write_sender_issuer(&books, 3);
    struct operation lost = freeze_of(77, 100, 1);
    struct operation reversals[] = {about(&lost, OPERATION_FREEZE_REVERSAL),
                                    about(&books.day.freezes[1], OPERATION_FREEZE_REVERSAL)};
    post(&books, &lost, 100);
    post(&books, &reversals[0], 100);
    post(&books, &reversals[1], 8888);
    struct reconcile_result result = compare_issuer(&books, HARBOUR);
    CU_ASSERT_EQUAL(reconcile_differences(&result), 0);
    CU_ASSERT_EQUAL(result.counts[RECONCILE_MATCHED], 6);
    reconcile_result_deinit(&result);
    books_close(&books);
}

/* --- every difference ------------------------------------------------------------------------- */

static void a_debit_only_in_the_file_is_a_shortage(void)
{
    struct books books;
    books_open(&books);
    write_sender_issuer(&books, 2);
    struct reconcile_result result = compare_issuer(&books, HARBOUR);
    const struct reconcile_difference *d =
        only(&result, RECONCILE_ONLY_FILE, RECONCILE_SHORTAGE, 5);
    CU_ASSERT_TRUE(d->in_file && !d->in_ledger);
    CU_ASSERT_EQUAL(d->file.amount_minor, 8888);
    CU_ASSERT_EQUAL(d->file.place, 3);
    CU_ASSERT_EQUAL(d->file.stan, books.day.claims[2].stan);
    ASSERT_CONTAINS(difference_words(d).meaning,
                    "it pays this in settlement, and its customer is not");
    ASSERT_CONTAINS(difference_sense_name(difference_words(d).sense), "短款");
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void a_debit_that_was_reversed_and_is_in_the_file_stands_otherwise(void)
{
    struct books books;
    books_open(&books);
    write_sender_issuer(&books, 3);
    struct operation debit = leg_of(&books.day.claims[0], OPERATION_DEBIT);
    struct operation reversal = about(&debit, OPERATION_DEBIT_REVERSAL);
    post(&books, &reversal, debit.amount_minor);
    struct reconcile_result result = compare_issuer(&books, HARBOUR);
    const struct reconcile_difference *d = only(&result, RECONCILE_STATE, RECONCILE_SHORTAGE, 5);
    CU_ASSERT_TRUE(d->in_file && d->in_ledger);
    CU_ASSERT_EQUAL(d->ledger.state, ITEM_REVERSED);
    ASSERT_CONTAINS(difference_words(d).meaning, "taken the debit back");
    ASSERT_CONTAINS(difference_words(d).action, "post the debit again");
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void a_debit_only_in_the_ledger_is_a_surplus(void)
{
    struct books books;
    books_open(&books);
    write_sender_issuer(&books, 3);
    struct operation claim = claim_of(&books.day.freezes[0], 3, 700, BETA);
    struct operation debit = leg_of(&claim, OPERATION_DEBIT);
    post(&books, &debit, 700);
    struct reconcile_result result = compare_issuer(&books, HARBOUR);
    const struct reconcile_difference *d =
        only(&result, RECONCILE_ONLY_LEDGER, RECONCILE_SURPLUS, 6);
    CU_ASSERT_TRUE(!d->in_file && d->in_ledger);
    CU_ASSERT_EQUAL(d->ledger.amount_minor, 700);
    ASSERT_CONTAINS(difference_sense_name(difference_words(d).sense), "長款");
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void a_credit_only_in_the_file_is_a_surplus(void)
{
    struct books books;
    books_open(&books);
    struct operation credit = leg_of(&books.day.claims[0], OPERATION_CREDIT);
    post(&books, &credit, credit.amount_minor);
    credit = leg_of(&books.day.claims[2], OPERATION_CREDIT);
    post(&books, &credit, credit.amount_minor);
    struct reconcile_result result = compare_issuer(&books, JADE);
    const struct reconcile_difference *d = only(&result, RECONCILE_ONLY_FILE, RECONCILE_SURPLUS, 2);
    ASSERT_CONTAINS(difference_words(d).meaning,
                    "it gets this in settlement, and its customer is not");
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void a_credit_only_in_the_ledger_is_a_shortage(void)
{
    struct books books;
    books_open(&books);
    write_receiver_issuer(&books);
    struct operation claim = claim_of(&books.day.freezes[0], 3, 700, BETA);
    struct operation credit = leg_of(&claim, OPERATION_CREDIT);
    post(&books, &credit, 700);
    struct reconcile_result result = compare_issuer(&books, JADE);
    only(&result, RECONCILE_ONLY_LEDGER, RECONCILE_SHORTAGE, 3);
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void another_amount_is_found_with_its_sense(void)
{
    static const struct {
        int64_t moved_minor;
        enum reconcile_sense sense;
    } cases[] = {{19999, RECONCILE_SHORTAGE}, {20001, RECONCILE_SURPLUS}};
    for (size_t i = 0; i < 2; i++) {
        struct books books;
        books_open(&books);
        write_sender_issuer(&books, 0);
        for (unsigned claim = 0; claim < 3; claim++) {
            struct operation debit = leg_of(&books.day.claims[claim], OPERATION_DEBIT);
            post(&books, &debit, claim == 1 ? cases[i].moved_minor : debit.amount_minor);
        }
        struct reconcile_result result = compare_issuer(&books, HARBOUR);
        const struct reconcile_difference *d = only(&result, RECONCILE_AMOUNT, cases[i].sense, 5);
        CU_ASSERT_EQUAL(d->file.amount_minor, 20000);
        CU_ASSERT_EQUAL(d->ledger.amount_minor, cases[i].moved_minor);
        ASSERT_CONTAINS(difference_words(d).meaning, "more");
        reconcile_result_deinit(&result);
        books_close(&books);
    }
}

static void a_leg_of_another_card_currency_or_share_differs_in_its_particulars(void)
{
    for (unsigned what = 0; what < 4; what++) {
        struct books books;
        books_open(&books);
        write_sender_issuer(&books, 0);
        for (unsigned claim = 0; claim < 3; claim++) {
            struct operation debit = leg_of(&books.day.claims[claim], OPERATION_DEBIT);
            if (claim == 1 && what == 0)
                debit.card.digits[15] = debit.card.digits[15] == '0' ? '1' : '0';
            else if (claim == 1 && what == 1)
                memcpy(debit.currency, "840", sizeof debit.currency);
            else if (claim == 1 && what == 2)
                debit.reference.share++;
            else if (claim == 1)
                debit.reference.sequence++;
            post(&books, &debit, debit.amount_minor);
        }
        struct reconcile_result result = compare_issuer(&books, HARBOUR);
        const struct reconcile_difference *d =
            only(&result, RECONCILE_PARTICULARS, RECONCILE_NEUTRAL, 5);
        CU_ASSERT_EQUAL(d->file.amount_minor, d->ledger.amount_minor);
        ASSERT_CONTAINS(difference_words(d).meaning, "another card");
        reconcile_result_deinit(&result);
        books_close(&books);
    }
}

static void an_issuer_s_own_unfreeze_amount_is_held_to_the_file(void)
{
    struct books books;
    books_open(&books);
    struct operation unfreeze = about(&books.day.freezes[0], OPERATION_UNFREEZE);
    for (unsigned i = 0; i < 2; i++)
        post(&books, &books.day.freezes[i], books.day.freezes[i].amount_minor);
    for (unsigned i = 0; i < 3; i++) {
        struct operation debit = leg_of(&books.day.claims[i], OPERATION_DEBIT);
        post(&books, &debit, debit.amount_minor);
    }
    post(&books, &unfreeze, 19000);
    struct reconcile_result result = compare_issuer(&books, HARBOUR);
    only(&result, RECONCILE_AMOUNT, RECONCILE_NEUTRAL, 5);
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void a_second_debit_in_the_ledger_is_a_duplicate(void)
{
    struct books books;
    books_open(&books);
    write_sender_issuer(&books, 3);
    struct operation debit = leg_of(&books.day.claims[0], OPERATION_DEBIT);
    post(&books, &debit, debit.amount_minor);
    struct reconcile_result result = compare_issuer(&books, HARBOUR);
    only(&result, RECONCILE_DUPLICATE, RECONCILE_SURPLUS, 6);
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void a_file_given_twice_is_refused(void)
{
    static const char *const names[] = {"IND26123101ICOM", "IND26123101ICOM"};
    struct books books;
    struct reconcile_result result;
    struct fault fault = {RESULT_OK, ""};
    books_open(&books);
    write_receiver_issuer(&books);
    CU_ASSERT_EQUAL(try_compare(&books, JADE, names, 2, &result, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "a second file of the same content");
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void a_debit_booked_to_another_day_is_wrong_day(void)
{
    struct books books;
    books_open(&books);
    write_sender_issuer(&books, 2);
    struct operation debit = leg_of(&books.day.claims[2], OPERATION_DEBIT);
    write_own(books.own, JOURNAL_POSTED, &debit, NEXT_DAY, CODE_APPROVED, debit.amount_minor);
    struct reconcile_result result = compare_issuer(&books, HARBOUR);
    const struct reconcile_difference *d = only(&result, RECONCILE_WRONG_DAY, RECONCILE_NEUTRAL, 5);
    CU_ASSERT_EQUAL(d->file.date, DAY);
    CU_ASSERT_EQUAL(d->ledger.date, NEXT_DAY);
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void a_row_of_another_date_in_the_file_is_wrong_day(void)
{
    struct books books;
    char path[SCRATCH_PATH_MAX];
    size_t len;
    books_open(&books);
    write_sender_issuer(&books, 3);
    scratch_file(&books.scratch, "20261231/00095550001/IND26123101ICOM", path);
    char *text = load(path, &len);
    memcpy(text + 477, "20261230", 8);
    save(path, text, len);
    free(text);
    struct reconcile_result result = compare_issuer(&books, HARBOUR);
    const struct reconcile_difference *d = only(&result, RECONCILE_WRONG_DAY, RECONCILE_NEUTRAL, 5);
    CU_ASSERT_EQUAL(d->file.date, 20261230);
    CU_ASSERT_EQUAL(d->ledger.date, DAY);
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void a_debit_reversed_on_another_day_stands_otherwise(void)
{
    struct books books;
    books_open(&books);
    write_sender_issuer(&books, 2);
    struct operation debit = leg_of(&books.day.claims[2], OPERATION_DEBIT);
    struct operation reversal = about(&debit, OPERATION_DEBIT_REVERSAL);
    write_own(books.own, JOURNAL_POSTED, &debit, NEXT_DAY, CODE_APPROVED, debit.amount_minor);
    write_own(books.own, JOURNAL_POSTED, &reversal, NEXT_DAY, CODE_APPROVED, debit.amount_minor);
    struct reconcile_result result = compare_issuer(&books, HARBOUR);
    const struct reconcile_difference *d = only(&result, RECONCILE_STATE, RECONCILE_SHORTAGE, 5);
    CU_ASSERT_EQUAL(d->ledger.date, NEXT_DAY);
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void a_position_that_is_not_the_sum_of_the_details_is_found(void)
{
    struct books books;
    char path[SCRATCH_PATH_MAX];
    size_t len;
    books_open(&books);
    write_receiver_issuer(&books);
    scratch_file(&books.scratch, "20261231/00095550002/IND26123186POS", path);
    char *text = load(path, &len);
    /* 100.00 more, in detail and trailer, amount and net: well formed and wrong. */
    for (size_t i = 0; i + 5 <= len; i++)
        if (memcmp(text + i, "48888", 5) == 0)
            text[i] = '5';
    save(path, text, len);
    free(text);
    struct reconcile_result result = compare_issuer(&books, JADE);
    const struct reconcile_difference *d = only(&result, RECONCILE_POSITION, RECONCILE_NEUTRAL, 3);
    CU_ASSERT_EQUAL(d->file.kind, OPERATION_CREDIT);
    CU_ASSERT_EQUAL(d->file.amount_minor, 58888);
    CU_ASSERT_EQUAL(d->ledger.amount_minor, 48888);
    reconcile_result_deinit(&result);
    books_close(&books);
}

static void more_differences_than_are_listed_are_counted(void)
{
    enum { MORE = RECONCILE_LISTED_MAX + 5 };
    struct books books;
    books_open(&books);
    write_sender_issuer(&books, 3);
    for (unsigned i = 0; i < MORE; i++) {
        struct operation debit = leg_of(&books.day.claims[0], OPERATION_DEBIT);
        debit.stan = 500000 + i;
        post(&books, &debit, 1);
    }
    struct reconcile_result result = compare_issuer(&books, HARBOUR);
    CU_ASSERT_EQUAL(result.counts[RECONCILE_ONLY_LEDGER], MORE);
    CU_ASSERT_EQUAL(result.listed, RECONCILE_LISTED_MAX);
    reconcile_result_deinit(&result);
    books_close(&books);
}

SUITE(CASE(a_sender_s_issuer_matches_its_file), CASE(a_confirmation_counts_as_the_credit_it_names),
      CASE(a_wallet_matches_what_it_was_answered),
      CASE(what_a_wallet_believed_to_be_left_is_only_noted),
      CASE(an_unfreeze_without_the_wallets_notice_is_only_noted),
      CASE(a_reversed_debit_is_no_debit), CASE(a_reversed_freeze_may_be_in_the_file_or_not),
      CASE(a_debit_only_in_the_file_is_a_shortage),
      CASE(a_debit_that_was_reversed_and_is_in_the_file_stands_otherwise),
      CASE(a_debit_only_in_the_ledger_is_a_surplus), CASE(a_credit_only_in_the_file_is_a_surplus),
      CASE(a_credit_only_in_the_ledger_is_a_shortage), CASE(another_amount_is_found_with_its_sense),
      CASE(a_leg_of_another_card_currency_or_share_differs_in_its_particulars),
      CASE(an_issuer_s_own_unfreeze_amount_is_held_to_the_file),
      CASE(a_second_debit_in_the_ledger_is_a_duplicate), CASE(a_file_given_twice_is_refused),
      CASE(a_debit_booked_to_another_day_is_wrong_day),
      CASE(a_row_of_another_date_in_the_file_is_wrong_day),
      CASE(a_debit_reversed_on_another_day_stands_otherwise),
      CASE(a_position_that_is_not_the_sum_of_the_details_is_found),
      CASE(more_differences_than_are_listed_are_counted))
