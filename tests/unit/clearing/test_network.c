/* All parties together: that it is the same however many are compared side by side. */
#include "clearing/books.h"

#include "clearing/network.h"

enum { PARTIES = 5, FILES = 4 };

static const enum clearing_role roles[PARTIES] = {CLEARING_WALLET, CLEARING_ISSUER, CLEARING_WALLET,
                                                  CLEARING_ISSUER, CLEARING_SWITCH};

struct table {
    struct books *books;
    struct ledger ledgers[PARTIES];
    struct network_party parties[PARTIES];
    char paths[PARTIES][FILES][SCRATCH_PATH_MAX];
    const char *files[PARTIES][FILES];
};

static void table_open(struct table *table)
{
    static const char *const names[CLEARING_ROLES][FILES] = {
        [CLEARING_SWITCH] = {"IND26123186POS"},
        [CLEARING_ISSUER] = {"IND26123101ICOM", "IND26123186FRZ", "IND26123186POS"},
        [CLEARING_WALLET] = {"IND26123101ACOM", "IND26123186SCOM", "IND26123186FRZ",
                             "IND26123186POS"},
    };
    const uint64_t institutions[PARTIES] = {ALPHA, HARBOUR, BETA, JADE, CENTRE};
    struct fault fault = {RESULT_OK, ""};
    char below[64];
    struct books *books = malloc(sizeof *books);
    CU_ASSERT_PTR_NOT_NULL_FATAL(books);
    *table = (struct table){.books = books};
    books_open(books);
    write_sender_issuer(books, 2);
    for (size_t i = 0; i < PARTIES; i++) {
        struct network_party *party = &table->parties[i];
        *party = (struct network_party){.member = {institutions[i], roles[i], NULL},
                                        .files = table->files[i]};
        for (size_t k = 0; k < FILES && names[roles[i]][k] != NULL; k++) {
            snprintf(below, sizeof below, "20261231/%011llu/%s",
                     (unsigned long long)institutions[i], names[roles[i]][k]);
            table->files[i][k] = scratch_file(&books->scratch, below, table->paths[i][k]);
            party->file_count++;
        }
    }
    must(ledger_of_store(books->own, &table->ledgers[1], &fault), &fault);
    table->parties[1].ledger = &table->ledgers[1];
}

static void table_close(struct table *table)
{
    books_close(table->books);
    free(table->books);
    free(table);
}

static enum result reconcile(const struct table *table, size_t at_once,
                             struct network_result *result, struct fault *fault)
{
    struct network_config config = {
        .layouts = shipped_layouts(),
        .date = DAY,
        .parties = table->parties,
        .party_count = PARTIES,
        .at_once = at_once,
    };
    return network_reconcile(&config, result, fault);
}

static void comes_to_the_same_however_many_are_compared_at_once(void)
{
    struct table *table = malloc(sizeof *table);
    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    table_open(table);
    for (size_t at_once = 0; at_once <= NETWORK_AT_ONCE_MAX + 1; at_once++) {
        struct network_result result;
        struct fault fault = {RESULT_OK, ""};
        must(reconcile(table, at_once, &result, &fault), &fault);
        CU_ASSERT_EQUAL(result.claims, 3);
        CU_ASSERT_EQUAL(result.finding_count, 0);
        CU_ASSERT_EQUAL(result.debit_minor, result.credit_minor);
        CU_ASSERT_TRUE(result.debit_minor > 0);
        CU_ASSERT_EQUAL(network_differences(&result), 1);
        CU_ASSERT_FALSE(result.parties[0].has_book);
        CU_ASSERT_TRUE(result.parties[1].has_book);
        const struct reconcile_result *harbour = &result.parties[1].result;
        const struct reconcile_difference *d =
            only(harbour, RECONCILE_ONLY_FILE, RECONCILE_SHORTAGE, 5);
        CU_ASSERT_EQUAL(d->file.kind, OPERATION_DEBIT);
        network_result_deinit(&result);
    }
    table_close(table);
}

static void tells_of_the_first_party_that_fails(void)
{
    struct table *table = malloc(sizeof *table);
    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    table_open(table);
    save(table->files[1][0], "x\n", 2);
    save(table->files[2][0], "x\n", 2);
    save(table->files[3][0], "x\n", 2);
    for (size_t at_once = 1; at_once <= NETWORK_AT_ONCE_MAX; at_once++)
        for (size_t round = 0; round < 20; round++) {
            struct network_result result;
            struct fault fault = {RESULT_OK, ""};
            CU_ASSERT_EQUAL(reconcile(table, at_once, &result, &fault), RESULT_INPUT);
            ASSERT_CONTAINS(fault.text, table->files[1][0]);
            network_result_deinit(&result);
        }
    table_close(table);
}

SUITE(CASE(comes_to_the_same_however_many_are_compared_at_once),
      CASE(tells_of_the_first_party_that_fails))
