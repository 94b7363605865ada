/* Accounts of packets: what a date's entries come to, and what does not add up. */
#include "clearing/fixture.h"

#include "clearing/packet_book.h"

struct scene {
    struct packet_book *book;
    uint64_t number;
    struct operation freeze; /* 1000 in four shares */
};

static void scene_open(struct scene *scene)
{
    struct fault fault = {RESULT_OK, ""};
    *scene = (struct scene){.freeze = freeze_of(1, 1000, 4)};
    must(packet_book_open(DAY, NULL, &scene->book, &fault), &fault);
}

static void take(struct scene *scene, const struct journal_entry *entry)
{
    struct fault fault = {RESULT_OK, ""};
    must(packet_book_take(scene->book, entry, ++scene->number, &fault), &fault);
}

static void freeze(struct scene *scene, const struct operation *op, uint32_t date,
                   enum freeze_state from, enum freeze_state to, int64_t moved_minor,
                   int64_t open_minor)
{
    struct journal_entry entry;
    journal_begin(&entry, JOURNAL_FREEZE, op, 0);
    entry.from = (uint8_t)from;
    entry.to = (uint8_t)to;
    entry.settlement_date = date;
    entry.sender_issuer = HARBOUR;
    entry.moved_minor = moved_minor;
    entry.frozen_minor = 1000;
    entry.available_minor = open_minor;
    take(scene, &entry);
}

static void share(struct scene *scene, uint16_t number, uint32_t date, enum share_state from,
                  enum share_state to, int64_t amount_minor, int64_t open_minor)
{
    struct operation claim = claim_of(&scene->freeze, number, amount_minor, BETA);
    struct journal_entry entry;
    journal_begin(&entry, JOURNAL_SHARE, &claim, 0);
    entry.from = (uint8_t)from;
    entry.to = (uint8_t)to;
    entry.settlement_date = date;
    entry.sender_issuer = HARBOUR;
    entry.frozen_minor = 1000;
    entry.available_minor = open_minor;
    take(scene, &entry);
}

static void frozen(struct scene *scene, uint32_t date)
{
    freeze(scene, &scene->freeze, date, FREEZE_NONE, FREEZE_FREEZING, 0, 0);
    freeze(scene, &scene->freeze, date, FREEZE_FREEZING, FREEZE_FROZEN, 1000, 1000);
}

static void credited(struct scene *scene, uint16_t number, uint32_t date, int64_t open_minor)
{
    share(scene, number, date, SHARE_CREDITING, SHARE_CREDITED, 200, open_minor);
}

/* "1000 = 400 + 0 + 0 + 600", and nothing behind it; "-": no packet at all. */
static void expect(struct scene *scene, const char *expected)
{
    struct packet_account account;
    struct fault fault = {RESULT_OK, ""};
    bool found;
    char got[128] = "-";
    must(packet_book_next(scene->book, &account, &found, &fault), &fault);
    if (found) {
        const struct packet_sums *sums = &account.sums;
        snprintf(got, sizeof got, "%lld = %lld + %lld + %lld + %lld", (long long)sums->frozen_minor,
                 (long long)sums->claimed_minor, (long long)sums->unfrozen_minor,
                 (long long)sums->reversed_minor, (long long)sums->open_minor);
        CU_ASSERT_TRUE(reference_same_freeze(&account.reference, &scene->freeze.reference));
        CU_ASSERT_EQUAL(account.reference.shares, 4);
        CU_ASSERT_EQUAL(account.sender_issuer, HARBOUR);
        must(packet_book_next(scene->book, &account, &found, &fault), &fault);
        CU_ASSERT_FALSE(found);
    }
    CU_ASSERT_STRING_EQUAL(got, expected);
    packet_book_close(scene->book);
}

static void expect_fault(struct scene *scene, const char *why)
{
    struct packet_account account;
    struct fault fault = {RESULT_OK, ""};
    bool found;
    CU_ASSERT_EQUAL(packet_book_next(scene->book, &account, &found, &fault), RESULT_CORRUPT);
    ASSERT_CONTAINS(fault.text, "packet 20261231-1 of 00091230001 does not add up");
    ASSERT_CONTAINS(fault.text, why);
    packet_book_close(scene->book);
}

/* --- what there is ---------------------------------------------------------------------------- */

static void a_packet_is_what_was_frozen_less_what_was_taken(void)
{
    struct scene scene;
    scene_open(&scene);
    frozen(&scene, DAY);
    credited(&scene, 1, DAY, 800);
    share(&scene, 2, DAY, SHARE_CREDITING, SHARE_CREDIT_UNKNOWN, 200, 600);
    share(&scene, 2, DAY, SHARE_CREDIT_UNKNOWN, SHARE_CREDITED, 200, 600);
    share(&scene, 3, DAY, SHARE_DEBIT_UNKNOWN, SHARE_DISPUTED, 200, 400);
    share(&scene, 4, DAY, SHARE_REVERSING, SHARE_RELEASED, 200, 400);
    expect(&scene, "1000 = 600 + 0 + 0 + 400");
}

static void a_closed_packet_has_nothing_open(void)
{
    struct scene scene;
    scene_open(&scene);
    frozen(&scene, DAY);
    credited(&scene, 1, DAY, 800);
    freeze(&scene, &scene.freeze, DAY, FREEZE_FROZEN, FREEZE_CLOSING, 0, 800);
    freeze(&scene, &scene.freeze, DAY, FREEZE_CLOSING, FREEZE_CLOSING, 800, 0);
    freeze(&scene, &scene.freeze, DAY, FREEZE_CLOSING, FREEZE_CLOSED, 0, 0);
    expect(&scene, "1000 = 200 + 800 + 0 + 0");
}

static void a_reversed_packet_went_back_whole(void)
{
    struct scene scene;
    scene_open(&scene);
    frozen(&scene, DAY);
    freeze(&scene, &scene.freeze, DAY, FREEZE_FROZEN, FREEZE_REVERSING, 0, 0);
    freeze(&scene, &scene.freeze, DAY, FREEZE_REVERSING, FREEZE_REVERSED, 0, 0);
    expect(&scene, "1000 = 0 + 0 + 1000 + 0");
}

static void what_was_claimed_on_earlier_dates_counts(void)
{
    struct scene scene;
    scene_open(&scene);
    credited(&scene, 3, DAY, 400);
    expect(&scene, "1000 = 600 + 0 + 0 + 400");
}

static void a_late_claim_of_an_earlier_date_counts(void)
{
    struct scene scene;
    scene_open(&scene);
    credited(&scene, 1, DAY, 800);
    credited(&scene, 2, 20261230, 600);
    expect(&scene, "1000 = 400 + 0 + 0 + 600");
}

/* Between a cutover and the cut of the date before it. */
static void what_a_later_date_moved_is_still_open(void)
{
    struct scene scene;
    scene_open(&scene);
    frozen(&scene, DAY);
    credited(&scene, 1, NEXT_DAY, 800);
    credited(&scene, 2, DAY, 600);
    freeze(&scene, &scene.freeze, NEXT_DAY, FREEZE_CLOSING, FREEZE_CLOSING, 600, 0);
    expect(&scene, "1000 = 200 + 0 + 0 + 800");
}

static void a_packet_that_only_other_dates_touched_is_not_given(void)
{
    struct scene scene;
    scene_open(&scene);
    frozen(&scene, NEXT_DAY);
    credited(&scene, 1, NEXT_DAY, 800);
    expect(&scene, "-");
}

static void a_freeze_that_was_refused_is_no_packet(void)
{
    struct scene scene;
    scene_open(&scene);
    freeze(&scene, &scene.freeze, DAY, FREEZE_NONE, FREEZE_FREEZING, 0, 0);
    freeze(&scene, &scene.freeze, DAY, FREEZE_FREEZING, FREEZE_REVERSING, 0, 0);
    freeze(&scene, &scene.freeze, DAY, FREEZE_REVERSING, FREEZE_REVERSED, 0, 0);
    expect(&scene, "-");
}

static void packets_come_in_the_order_of_their_names(void)
{
    struct packet_account account;
    struct fault fault = {RESULT_OK, ""};
    struct packet_book *book;
    bool found;
    uint64_t last = 0, count = 0;
    enum { MANY = 300000 }; /* more than the memory holds */
    must(packet_book_open(DAY, NULL, &book, &fault), &fault);
    for (uint64_t i = 0; i < MANY; i++) {
        struct operation op = freeze_of(1 + i * 7919 % MANY, 1000, 4);
        struct journal_entry entry;
        journal_begin(&entry, JOURNAL_FREEZE, &op, 0);
        entry.from = FREEZE_FREEZING;
        entry.to = FREEZE_FROZEN;
        entry.settlement_date = DAY;
        entry.moved_minor = entry.frozen_minor = entry.available_minor = 1000;
        must(packet_book_take(book, &entry, i + 1, &fault), &fault);
    }
    must(packet_book_next(book, &account, &found, &fault), &fault);
    for (; found; count++) {
        CU_ASSERT_TRUE_FATAL(account.reference.sequence > last);
        last = account.reference.sequence;
        must(packet_book_next(book, &account, &found, &fault), &fault);
    }
    CU_ASSERT_EQUAL(count, MANY);
    packet_book_close(book);
}

/* --- what does not add up --------------------------------------------------------------------- */

static void refuses_a_share_that_lowers_nothing(void)
{
    struct scene scene;
    scene_open(&scene);
    frozen(&scene, DAY);
    credited(&scene, 1, DAY, 800);
    credited(&scene, 2, DAY, 800);
    expect_fault(&scene, "log record 4: packet");
}

static void refuses_a_packet_that_lost_an_entry(void)
{
    struct scene scene;
    scene_open(&scene);
    frozen(&scene, DAY);
    credited(&scene, 2, DAY, 600);
    expect_fault(&scene, "open: expected 800, got 600");
}

static void refuses_more_than_was_frozen(void)
{
    struct scene scene;
    scene_open(&scene);
    credited(&scene, 1, DAY, 801);
    expect_fault(&scene, "open at most what was frozen: expected 1000, got 1001");
}

static void refuses_to_take_more_than_is_open(void)
{
    struct scene scene;
    scene_open(&scene);
    credited(&scene, 1, DAY, 100);
    credited(&scene, 2, DAY, -100);
    expect_fault(&scene, "moved at most what was open: expected 100, got 200");
}

static void refuses_a_release_that_leaves_something(void)
{
    struct scene scene;
    scene_open(&scene);
    frozen(&scene, DAY);
    freeze(&scene, &scene.freeze, DAY, FREEZE_CLOSING, FREEZE_CLOSING, 900, 100);
    expect_fault(&scene, "given back: expected 1000, got 900");
}

static void refuses_a_packet_that_is_frozen_twice(void)
{
    struct scene scene;
    scene_open(&scene);
    frozen(&scene, DAY);
    frozen(&scene, DAY);
    expect_fault(&scene, "log record 4: packet");
}

static void refuses_a_freeze_of_another_amount(void)
{
    struct scene scene;
    scene_open(&scene);
    freeze(&scene, &scene.freeze, DAY, FREEZE_FREEZING, FREEZE_FROZEN, 999, 1000);
    expect_fault(&scene, "frozen: expected 1000, got 999");
}

SUITE(CASE(a_packet_is_what_was_frozen_less_what_was_taken), CASE(a_closed_packet_has_nothing_open),
      CASE(a_reversed_packet_went_back_whole), CASE(what_was_claimed_on_earlier_dates_counts),
      CASE(a_late_claim_of_an_earlier_date_counts), CASE(what_a_later_date_moved_is_still_open),
      CASE(a_packet_that_only_other_dates_touched_is_not_given),
      CASE(a_freeze_that_was_refused_is_no_packet), CASE(packets_come_in_the_order_of_their_names),
      CASE(refuses_a_share_that_lowers_nothing), CASE(refuses_a_packet_that_lost_an_entry),
      CASE(refuses_more_than_was_frozen), CASE(refuses_to_take_more_than_is_open),
      CASE(refuses_a_release_that_leaves_something), CASE(refuses_a_packet_that_is_frozen_twice),
      CASE(refuses_a_freeze_of_another_amount))
