/* The names of things: text to numbers and back, and what is refused. */
#include "sample.h"

static const char REFERENCE[] = "202611220000000000420009123000100020003";
static const char ORIGINAL[] = "010000001111221200010009123000100091230001";

static void reads_and_writes_a_freeze_reference(void)
{
    struct freeze_reference reference;
    char text[REFERENCE_TEXT_LEN];
    CU_ASSERT_TRUE_FATAL(reference_parse(bytes_text(REFERENCE), &reference));
    CU_ASSERT_EQUAL(reference.date, 20261122);
    CU_ASSERT_EQUAL(reference.sequence, 42);
    CU_ASSERT_EQUAL(reference.wallet, WALLET);
    CU_ASSERT_EQUAL(reference.share, 2);
    CU_ASSERT_EQUAL(reference.shares, 3);
    reference_format(&reference, text);
    ASSERT_BYTES(text, sizeof text, REFERENCE, strlen(REFERENCE));
}

static void keeps_the_largest_freeze_reference(void)
{
    static const char largest[] = "999999999999999999999999999999999999999";
    struct freeze_reference reference;
    char text[REFERENCE_TEXT_LEN];
    CU_ASSERT_TRUE_FATAL(reference_parse(bytes_text(largest), &reference));
    reference_format(&reference, text);
    ASSERT_BYTES(text, sizeof text, largest, strlen(largest));
}

static void refuses_a_reference_of_another_length(void)
{
    struct freeze_reference reference = {.date = 7};
    CU_ASSERT_FALSE(reference_parse(bytes_of(REFERENCE, 38), &reference));
    CU_ASSERT_FALSE(reference_parse(bytes_of(REFERENCE, 0), &reference));
    CU_ASSERT_FALSE(reference_parse(bytes_of(NULL, 0), &reference));
    CU_ASSERT_FALSE(
        reference_parse(bytes_text("2026112200000000004200091230001000200030"), &reference));
    CU_ASSERT_EQUAL(reference.date, 7);
}

static void refuses_a_reference_with_a_letter_anywhere(void)
{
    struct freeze_reference reference;
    for (size_t i = 0; i < REFERENCE_TEXT_LEN; i++) {
        char text[REFERENCE_TEXT_LEN];
        memcpy(text, REFERENCE, sizeof text);
        text[i] = 'x';
        CU_ASSERT_FALSE(reference_parse(bytes_of(text, sizeof text), &reference));
    }
}

static void tells_freezes_apart_by_wallet_date_and_sequence(void)
{
    struct freeze_reference a, b;
    CU_ASSERT_TRUE_FATAL(reference_parse(bytes_text(REFERENCE), &a));
    b = a;
    b.share = 3;
    b.shares = 9;
    CU_ASSERT_TRUE(reference_same_freeze(&a, &b));
    b.date++;
    CU_ASSERT_FALSE(reference_same_freeze(&a, &b));
    b = a;
    b.sequence++;
    CU_ASSERT_FALSE(reference_same_freeze(&a, &b));
    b = a;
    b.wallet++;
    CU_ASSERT_FALSE(reference_same_freeze(&a, &b));
}

static void reads_and_writes_original_data_elements(void)
{
    struct original original;
    char text[ORIGINAL_TEXT_LEN];
    CU_ASSERT_TRUE_FATAL(original_parse(bytes_text(ORIGINAL), &original));
    CU_ASSERT_EQUAL(original.mti, 100);
    CU_ASSERT_EQUAL(original.stan, 11);
    CU_ASSERT_EQUAL(original.transmission, 1122120001);
    CU_ASSERT_EQUAL(original.acquirer, WALLET);
    CU_ASSERT_EQUAL(original.forwarder, WALLET);
    original_format(&original, text);
    ASSERT_BYTES(text, sizeof text, ORIGINAL, strlen(ORIGINAL));
}

static void refuses_original_data_elements_that_are_not_42_digits(void)
{
    struct original original;
    CU_ASSERT_FALSE(original_parse(bytes_of(ORIGINAL, 41), &original));
    CU_ASSERT_FALSE(original_parse(bytes_of(NULL, 0), &original));
    for (size_t i = 0; i < ORIGINAL_TEXT_LEN; i++) {
        char text[ORIGINAL_TEXT_LEN];
        memcpy(text, ORIGINAL, sizeof text);
        text[i] = ' ';
        CU_ASSERT_FALSE(original_parse(bytes_of(text, sizeof text), &original));
    }
}

static void tells_originals_apart_by_each_element(void)
{
    struct original a, b;
    CU_ASSERT_TRUE_FATAL(original_parse(bytes_text(ORIGINAL), &a));
    b = a;
    CU_ASSERT_TRUE(original_equal(&a, &b));
    b.mti++;
    CU_ASSERT_FALSE(original_equal(&a, &b));
    b = a, b.stan++;
    CU_ASSERT_FALSE(original_equal(&a, &b));
    b = a, b.transmission++;
    CU_ASSERT_FALSE(original_equal(&a, &b));
    b = a, b.acquirer++;
    CU_ASSERT_FALSE(original_equal(&a, &b));
    b = a, b.forwarder++;
    CU_ASSERT_FALSE(original_equal(&a, &b));
}

static void reads_cards_of_1_to_19_digits(void)
{
    struct pan pan;
    CU_ASSERT_TRUE(pan_parse(bytes_text("9"), &pan));
    CU_ASSERT_TRUE(pan_parse(bytes_text("9999999999999999999"), &pan));
    CU_ASSERT_EQUAL(pan.len, 19);
    CU_ASSERT_FALSE(pan_parse(bytes_text("99999999999999999999"), &pan));
    CU_ASSERT_FALSE(pan_parse(bytes_text(""), &pan));
    CU_ASSERT_FALSE(pan_parse(bytes_text("9999 0000"), &pan));
    CU_ASSERT_EQUAL(pan.len, 0);
}

static void does_not_take_a_card_for_its_beginning(void)
{
    struct pan a = pan_of("99990000"), b = pan_of("999900001");
    CU_ASSERT_FALSE(pan_equal(&a, &b));
    CU_ASSERT_TRUE(pan_equal(&a, &a));
}

static void compares_institutions_as_numbers_and_writes_them_as_they_came(void)
{
    struct institution wide = institution_of("00091230001"), narrow = institution_of("91230001");
    char text[INSTITUTION_LEN_MAX];
    CU_ASSERT_EQUAL(wide.number, narrow.number);
    CU_ASSERT_EQUAL(institution_format(&wide, text), 11);
    ASSERT_BYTES(text, 11, "00091230001", 11);
    CU_ASSERT_EQUAL(institution_format(&narrow, text), 8);
    ASSERT_BYTES(text, 8, "91230001", 8);
}

static void refuses_institutions_that_are_not_1_to_11_digits(void)
{
    struct institution institution;
    CU_ASSERT_FALSE(institution_parse(bytes_text(""), &institution));
    CU_ASSERT_FALSE(institution_parse(bytes_text("000912300011"), &institution));
    CU_ASSERT_FALSE(institution_parse(bytes_text("0009123000A"), &institution));
}

/* Two keys that differ in one part are two records. */
static void encodes_each_part_of_a_transaction_key(void)
{
    struct transaction_key base = {.transmission = 1122120001,
                                   .stan = 11,
                                   .acquirer = WALLET,
                                   .forwarder = WALLET,
                                   .mti_class = 2,
                                   .process = 46};
    struct transaction_key other[6];
    uint8_t a[TRANSACTION_KEY_LEN], b[TRANSACTION_KEY_LEN];
    for (size_t i = 0; i < 6; i++)
        other[i] = base;
    other[0].transmission++, other[1].stan++, other[2].acquirer++, other[3].forwarder++;
    other[4].mti_class = 4, other[5].process = 47;
    transaction_key_encode(&base, a);
    for (size_t i = 0; i < 6; i++) {
        transaction_key_encode(&other[i], b);
        CU_ASSERT_NOT_EQUAL(memcmp(a, b, sizeof a), 0);
    }
}

static void tells_the_two_legs_of_a_claim_apart(void)
{
    struct operation debit = sample_of(OPERATION_DEBIT), credit = sample_of(OPERATION_CREDIT);
    struct operation claim = sample_of(OPERATION_CLAIM);
    struct transaction_key keys[3] = {operation_key(&debit), operation_key(&credit),
                                      operation_key(&claim)};
    uint8_t encoded[3][TRANSACTION_KEY_LEN];
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(keys[i].stan, claim.stan);
        transaction_key_encode(&keys[i], encoded[i]);
    }
    CU_ASSERT_NOT_EQUAL(memcmp(encoded[0], encoded[1], TRANSACTION_KEY_LEN), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(encoded[1], encoded[2], TRANSACTION_KEY_LEN), 0);
}

static void keeps_shares_behind_their_freeze_and_freezes_apart(void)
{
    struct freeze_reference reference = {.date = DATE, .sequence = 42, .wallet = WALLET};
    struct store_key freeze = key_of_freeze(&reference, 0), one = key_of_freeze(&reference, 1);
    struct store_key many = key_of_freeze(&reference, 9999);
    reference.sequence++;
    struct store_key next = key_of_freeze(&reference, 0);
    CU_ASSERT_TRUE(memcmp(freeze.data, one.data, one.len) < 0);
    CU_ASSERT_TRUE(memcmp(one.data, many.data, many.len) < 0);
    CU_ASSERT_TRUE(memcmp(many.data, next.data, next.len) < 0);
    CU_ASSERT_EQUAL(freeze.data[0], TABLE_FREEZE);
}

SUITE(CASE(reads_and_writes_a_freeze_reference), CASE(keeps_the_largest_freeze_reference),
      CASE(refuses_a_reference_of_another_length), CASE(refuses_a_reference_with_a_letter_anywhere),
      CASE(tells_freezes_apart_by_wallet_date_and_sequence),
      CASE(reads_and_writes_original_data_elements),
      CASE(refuses_original_data_elements_that_are_not_42_digits),
      CASE(tells_originals_apart_by_each_element), CASE(reads_cards_of_1_to_19_digits),
      CASE(does_not_take_a_card_for_its_beginning),
      CASE(compares_institutions_as_numbers_and_writes_them_as_they_came),
      CASE(refuses_institutions_that_are_not_1_to_11_digits),
      CASE(encodes_each_part_of_a_transaction_key), CASE(tells_the_two_legs_of_a_claim_apart),
      CASE(keeps_shares_behind_their_freeze_and_freezes_apart))
