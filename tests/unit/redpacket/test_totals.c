/* Totals: counting, comparing, explaining, and their forms. */
#include "redpacket/totals.h"
#include "suite.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DATE = 20261122 };
static const uint64_t MEMBER = 95550001;

static void counts_a_part_with_its_amount(void)
{
    struct totals totals = {0};
    totals_count(&totals, TOTALS_CREDITS, 1200);
    totals_count(&totals, TOTALS_CREDITS, 34);
    totals_count(&totals, TOTALS_DEBITS, 5000);
    totals_count(&totals, TOTALS_DEBIT_REVERSALS, 5000);
    totals_count(&totals, TOTALS_AUTHORISATIONS, 0);
    CU_ASSERT_EQUAL(totals.number[TOTALS_CREDITS], 2);
    CU_ASSERT_EQUAL(totals.amount_minor[TOTALS_CREDITS], 1234);
    CU_ASSERT_EQUAL(totals.number[TOTALS_AUTHORISATIONS], 1);
    CU_ASSERT_EQUAL(totals_net(&totals), 1234);
    totals_count(&totals, TOTALS_DEBITS, 2000);
    CU_ASSERT_EQUAL(totals_net(&totals), -766);
}

static void counts_a_transfer_so_that_its_net_is_nothing(void)
{
    struct totals totals = {0};
    totals_count_transfer(&totals, 777);
    CU_ASSERT_EQUAL(totals.number[TOTALS_TRANSFERS], 1);
    CU_ASSERT_EQUAL(totals.amount_minor[TOTALS_DEBITS], 777);
    CU_ASSERT_EQUAL(totals.amount_minor[TOTALS_CREDITS], 777);
    CU_ASSERT_EQUAL(totals_net(&totals), 0);
}

static void stays_at_the_most_that_an_element_holds(void)
{
    struct totals totals = {.number = {[TOTALS_DEBITS] = 9999999999},
                            .amount_minor = {[TOTALS_DEBITS] = 9999999999999990}};
    totals_count(&totals, TOTALS_DEBITS, 9);
    CU_ASSERT_EQUAL(totals.number[TOTALS_DEBITS], 9999999999);
    CU_ASSERT_EQUAL(totals.amount_minor[TOTALS_DEBITS], 9999999999999999);
    totals_count(&totals, TOTALS_DEBITS, 99999999999);
    CU_ASSERT_EQUAL(totals.amount_minor[TOTALS_DEBITS], 9999999999999999);
}

static void agrees_whatever_was_reversed_on_one_side_only(void)
{
    struct totals one = {0}, other = {0};
    totals_count(&one, TOTALS_DEBITS, 100);
    totals_count(&other, TOTALS_DEBITS, 100);
    totals_count(&one, TOTALS_DEBITS, 25);
    totals_count(&one, TOTALS_DEBIT_REVERSALS, 25); /* of one that never came */
    totals_count(&other, TOTALS_AUTHORISATIONS, 0);
    CU_ASSERT_TRUE(totals_agree(&one, &other));
}

static void differs_by_each_part_and_by_a_cent(void)
{
    static const enum totals_part parts[] = {TOTALS_CREDITS,   TOTALS_CREDIT_REVERSALS,
                                             TOTALS_DEBITS,    TOTALS_DEBIT_REVERSALS,
                                             TOTALS_TRANSFERS, TOTALS_TRANSFER_REVERSALS};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        struct totals one = {0}, other = {0};
        totals_count(&other, parts[i], 0);
        CU_ASSERT_FALSE(totals_agree(&one, &other));
        totals_count(&one, parts[i], 0);
        CU_ASSERT_TRUE(totals_agree(&one, &other));
        if (parts[i] < TOTALS_AMOUNTS)
            one.amount_minor[parts[i]] = 1;
        CU_ASSERT_EQUAL(totals_agree(&one, &other), parts[i] >= TOTALS_AMOUNTS);
    }
}

/* Credits 50.00 in 2, debits 30.00 in 1; 7.00 of a debit and 20.00 of a credit are in doubt. */
static struct totals_book in_doubt(void)
{
    struct totals_book book = {.state = TOTALS_DIFFERS, .has_theirs = true};
    totals_count(&book.own, TOTALS_CREDITS, 3000);
    totals_count(&book.own, TOTALS_CREDITS, 2000);
    totals_count(&book.own, TOTALS_DEBITS, 3000);
    book.theirs = book.own;
    book.reversals_then = (struct totals_doubt){1, 700};
    book.confirmations_then = (struct totals_doubt){1, 2000};
    return book;
}

static void explains_what_is_in_doubt(void)
{
    struct totals_book book = in_doubt();
    CU_ASSERT_TRUE(totals_book_is_explained(&book));
    totals_count(&book.theirs, TOTALS_DEBITS, 700); /* not reversed there yet */
    CU_ASSERT_TRUE(totals_book_is_explained(&book));
    book.theirs.number[TOTALS_CREDITS]--; /* not confirmed there yet */
    book.theirs.amount_minor[TOTALS_CREDITS] -= 2000;
    CU_ASSERT_TRUE(totals_book_is_explained(&book));
}

static void explains_nothing_else(void)
{
    struct totals_book book = in_doubt();
    totals_count(&book.theirs, TOTALS_DEBITS, 701);
    CU_ASSERT_FALSE(totals_book_is_explained(&book));
    book = in_doubt();
    totals_count(&book.theirs, TOTALS_CREDITS, 1); /* more than is there */
    CU_ASSERT_FALSE(totals_book_is_explained(&book));
    book = in_doubt();
    book.theirs.amount_minor[TOTALS_DEBITS] += 1; /* an amount, and no item */
    CU_ASSERT_FALSE(totals_book_is_explained(&book));
    book = in_doubt();
    totals_count_transfer(&book.theirs, 0);
    CU_ASSERT_FALSE(totals_book_is_explained(&book));
}

static void reads_back_a_book_in_every_state(void)
{
    for (enum totals_state state = TOTALS_OPEN; state < TOTALS_STATES; state++) {
        struct totals_book before = in_doubt(), after;
        uint8_t record[TOTALS_BOOK_MAX];
        before.state = state;
        before.has_theirs = state == TOTALS_DIFFERS;
        before.has_told = state != TOTALS_OPEN;
        before.reversals = (struct totals_doubt){3, 9999999999};
        if (state != TOTALS_OPEN) {
            before.tries = 7;
            before.code = CODE_APPROVED;
            before.asked_us = 1;
            before.answered_us = -2;
        }
        before.told = before.theirs;
        before.digest[15] = 9;
        size_t len = totals_book_encode(&before, record);
        totals_book_decode(bytes_of(record, len), &after);
        CU_ASSERT_EQUAL(after.state, state);
        CU_ASSERT_EQUAL(memcmp(&after.own, &before.own, sizeof after.own), 0);
        CU_ASSERT_EQUAL(after.reversals.amount_minor, 9999999999);
        CU_ASSERT_EQUAL(after.tries, before.tries);
        CU_ASSERT_EQUAL(after.answered_us, before.answered_us);
        CU_ASSERT_EQUAL(after.has_theirs, before.has_theirs);
        if (after.state != TOTALS_OPEN)
            CU_ASSERT_EQUAL(after.confirmations_then.amount_minor, 2000);
        if (after.has_theirs)
            CU_ASSERT_EQUAL(memcmp(&after.theirs, &before.theirs, sizeof after.theirs), 0);
        if (after.has_told) {
            CU_ASSERT_EQUAL(after.digest[15], 9);
            CU_ASSERT_EQUAL(memcmp(&after.told, &before.told, sizeof after.told), 0);
        }
    }
    struct totals_book none;
    totals_book_decode(bytes_of(NULL, 0), &none);
    CU_ASSERT_EQUAL(none.state, TOTALS_OPEN);
    CU_ASSERT_EQUAL(totals_net(&none.own), 0);
}

static void tells_its_keys_from_others(void)
{
    struct store_key key = key_of_totals(DATE, MEMBER);
    struct store_key message = key_of_totals_message(DATE, MEMBER);
    struct freeze_reference freeze = {.date = DATE, .sequence = 1, .wallet = 99999999999};
    struct store_key other = key_of_freeze(&freeze, 0);
    uint32_t date = 0;
    uint64_t member = 0;
    other.data[0] = TABLE_FORWARD;
    CU_ASSERT_TRUE(totals_key_read(bytes_of(key.data, key.len), &date, &member));
    CU_ASSERT_EQUAL(date, DATE);
    CU_ASSERT_EQUAL(member, MEMBER);
    CU_ASSERT_TRUE(totals_message_key_read(bytes_of(message.data, message.len), &date));
    CU_ASSERT_EQUAL(date, DATE);
    CU_ASSERT_FALSE(totals_message_key_read(bytes_of(other.data, other.len), &date));
    CU_ASSERT_FALSE(totals_key_read(bytes_of(message.data, message.len), &date, &member));
    CU_ASSERT_FALSE(totals_key_read(bytes_of(key.data, key.len - 1u), &date, &member));
}

static void stops_at_a_damaged_book(void)
{
    static const uint8_t damaged[] = {1, TOTALS_STATES << 3, 0, 0};
    struct totals_book book;
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        fclose(stderr);
        totals_book_decode(bytes_of(damaged, sizeof damaged), &book);
        _exit(0);
    }
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

SUITE(CASE(counts_a_part_with_its_amount), CASE(counts_a_transfer_so_that_its_net_is_nothing),
      CASE(stays_at_the_most_that_an_element_holds),
      CASE(agrees_whatever_was_reversed_on_one_side_only), CASE(differs_by_each_part_and_by_a_cent),
      CASE(explains_what_is_in_doubt), CASE(explains_nothing_else),
      CASE(reads_back_a_book_in_every_state), CASE(tells_its_keys_from_others),
      CASE(stops_at_a_damaged_book))
