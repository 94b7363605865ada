/* The small day, cut, and the books of its parties, for comparisons. Included by one test file
 * each. */
#ifndef TESTS_UNIT_CLEARING_BOOKS_H
#define TESTS_UNIT_CLEARING_BOOKS_H

#include "clearing/fixture.h"

#include "clearing/ledger.h"
#include "clearing/reconcile.h"
#include "clearing/side.h"

/* The small day, cut, and the books of its parties. */
struct books {
    struct scratch scratch;
    struct day day;
    struct store *own; /* of the party in question */
};

static inline void post(struct books *books, const struct operation *op, int64_t moved_minor)
{
    write_own(books->own, JOURNAL_POSTED, op, DAY, CODE_APPROVED, moved_minor);
}

static inline void answered(struct books *books, const struct operation *op, uint16_t code)
{
    write_own(books->own, JOURNAL_ANSWERED, op, DAY, code, op->amount_minor);
}

static inline void books_open(struct books *books)
{
    struct fault fault = {RESULT_OK, ""};
    scratch_make(&books->scratch);
    day_write(&books->day);
    write_cut(books->day.store, DAY);
    must(cut_day(books->day.store, &books->scratch, &fault), &fault);
    books->own = store_new();
}

static inline void books_close(struct books *books)
{
    store_close(books->day.store);
    store_close(books->own);
    scratch_remove(&books->scratch);
}

/* Harbour's book: both freezes, the release, and the debits asked for. */
static inline void write_sender_issuer(struct books *books, unsigned debits)
{
    struct operation unfreeze = about(&books->day.freezes[0], OPERATION_UNFREEZE);
    post(books, &books->day.freezes[0], 60000);
    post(books, &books->day.freezes[1], 8888);
    for (unsigned i = 0; i < debits; i++) {
        struct operation debit = leg_of(&books->day.claims[i], OPERATION_DEBIT);
        post(books, &debit, debit.amount_minor);
    }
    unfreeze.amount_minor = 20000;
    post(books, &unfreeze, 20000);
}

/* Jade's: two credits, and one that only its confirmation posted. */
static inline void write_receiver_issuer(struct books *books)
{
    for (unsigned i = 0; i < 2; i++) {
        struct operation credit = leg_of(&books->day.claims[i], OPERATION_CREDIT);
        post(books, &credit, credit.amount_minor);
    }
    struct operation late = leg_of(&books->day.claims[2], OPERATION_CREDIT);
    struct operation confirmation = about(&late, OPERATION_CONFIRMATION);
    post(books, &confirmation, late.amount_minor);
}

static inline enum result try_compare(const struct books *books, uint64_t party,
                                      const char *const *names, size_t count,
                                      struct reconcile_result *result, struct fault *fault)
{
    char paths[4][SCRATCH_PATH_MAX], below[64];
    const char *files[4];
    for (size_t i = 0; i < count; i++) {
        snprintf(below, sizeof below, "20261231/%011llu/%s", (unsigned long long)party, names[i]);
        files[i] = scratch_file(&books->scratch, below, paths[i]);
    }
    struct ledger ledger;
    struct reconcile_config config = {
        .layouts = shipped_layouts(),
        .institution = party,
        .files = files,
        .file_count = count,
        .ledger = &ledger,
    };
    must(ledger_of_store(books->own, &ledger, fault), fault);
    return clearing_reconcile(&config, result, fault);
}

static inline struct reconcile_result compare(const struct books *books, uint64_t party,
                                              const char *const *names, size_t count)
{
    struct reconcile_result result;
    struct fault fault = {RESULT_OK, ""};
    must(try_compare(books, party, names, count, &result, &fault), &fault);
    return result;
}

static inline struct reconcile_result compare_issuer(const struct books *books, uint64_t issuer)
{
    static const char *const names[] = {"IND26123101ICOM", "IND26123186FRZ", "IND26123186POS"};
    return compare(books, issuer, names, 3);
}

static inline struct reconcile_result compare_wallet(const struct books *books, uint64_t wallet)
{
    static const char *const names[] = {"IND26123101ACOM", "IND26123186SCOM", "IND26123186FRZ",
                                        "IND26123186POS"};
    return compare(books, wallet, names, 4);
}

/* Exactly one difference, of this class; and so many matched. */
static inline const struct reconcile_difference *only(const struct reconcile_result *result,
                                                      enum reconcile_class class,
                                                      enum reconcile_sense sense, uint64_t matched)
{
    for (size_t i = 0; i < result->listed && reconcile_differences(result) != 1; i++)
        fprintf(stderr, "%s\n", difference_class_name(result->differences[i].class));
    CU_ASSERT_EQUAL(reconcile_differences(result), 1);
    CU_ASSERT_EQUAL(result->counts[class], 1);
    CU_ASSERT_EQUAL(result->counts[RECONCILE_MATCHED], matched);
    CU_ASSERT_EQUAL_FATAL(result->listed, 1);
    CU_ASSERT_EQUAL(result->differences[0].class, class);
    struct difference_words words = difference_words(&result->differences[0]);
    CU_ASSERT_EQUAL(words.sense, sense);
    CU_ASSERT_TRUE(words.meaning[0] != '\0' && words.action[0] != '\0');
    return &result->differences[0];
}

#endif
