/* Records of what was refused for good. */
#include "base/aborts.h"
#include "redpacket/dispute.h"
#include "sample.h"

static struct dispute sample(void)
{
    struct dispute dispute = {
        .refused = OPERATION_DEBIT_REVERSAL,
        .code = CODE_RELATED_INVALID,
        .about = sample_claim(2, 2500, 21),
        .sender_issuer = SENDER_ISSUER,
        .receiver_issuer = RECEIVER_ISSUER,
        .settlement_date = DATE,
        .since = 77,
        .since_us = 1234567,
        .closed = 99,
        .closed_us = 7654321,
    };
    memset(dispute.note, 'n', DISPUTE_NOTE_MAX);
    return dispute;
}

static void reads_back_what_was_written(void)
{
    struct dispute dispute = sample(), back;
    uint8_t record[DISPUTE_RECORD_MAX], again[DISPUTE_RECORD_MAX];
    size_t len = dispute_encode(&dispute, record);
    dispute_decode(bytes_of(record, len), &back);
    CU_ASSERT_EQUAL(back.refused, OPERATION_DEBIT_REVERSAL);
    CU_ASSERT_EQUAL(back.code, CODE_RELATED_INVALID);
    CU_ASSERT_EQUAL(back.about.reference.share, 2);
    CU_ASSERT_EQUAL(back.receiver_issuer, RECEIVER_ISSUER);
    CU_ASSERT_EQUAL(back.since, 77);
    CU_ASSERT_EQUAL(back.closed_us, 7654321);
    CU_ASSERT_STRING_EQUAL(back.note, dispute.note);
    size_t again_len = dispute_encode(&back, again);
    ASSERT_BYTES(again, again_len, record, len);
}

static void of_a_purchase_lies_under_the_purchases_own_name(void)
{
    struct operation purchase = sample_purchase(), freeze = sample_freeze();
    struct transaction_key name = operation_key(&purchase);
    struct store_key key = key_of_purchase_dispute(&name), own = key_of_purchase(&name);
    struct store_key of_share = key_of_dispute(&freeze.reference, 1);
    CU_ASSERT_EQUAL(key.data[0], TABLE_DISPUTE);
    CU_ASSERT_EQUAL(own.data[0], TABLE_PURCHASE);
    CU_ASSERT_TRUE(key_names_purchase(bytes_of(key.data, key.len)));
    CU_ASSERT_FALSE(key_names_purchase(bytes_of(of_share.data, of_share.len)));
    ASSERT_BYTES(key.data + 1, key.len - 1u, own.data + 1, own.len - 1u);
}

static uint8_t record[DISPUTE_RECORD_MAX];
static size_t record_len;

static void decode_in_child(void)
{
    struct dispute dispute;
    dispute_decode(bytes_of(record, record_len), &dispute);
}

static void a_damaged_record_stops_the_process(void)
{
    struct dispute dispute = sample();
    record_len = dispute_encode(&dispute, record);
    record_len--;
    CU_ASSERT_TRUE(aborts(decode_in_child)); /* cut off */
    record_len++;
    record[0] = 9;
    CU_ASSERT_TRUE(aborts(decode_in_child)); /* of another version */
}

static void is_open_from_its_record_to_the_one_that_closes_it(void)
{
    struct dispute dispute = sample();
    CU_ASSERT_FALSE(dispute_is_open_at(&dispute, 76));
    CU_ASSERT_TRUE(dispute_is_open_at(&dispute, 77));
    CU_ASSERT_TRUE(dispute_is_open_at(&dispute, 98));
    CU_ASSERT_FALSE(dispute_is_open_at(&dispute, 99));
    dispute.closed = 0;
    CU_ASSERT_TRUE(dispute_is_open_at(&dispute, UINT64_MAX));
}

static void is_refused_by_the_one_that_was_asked(void)
{
    struct dispute dispute = sample();
    CU_ASSERT_EQUAL(dispute_refuser(&dispute), SENDER_ISSUER);
    dispute.refused = OPERATION_CONFIRMATION;
    CU_ASSERT_EQUAL(dispute_refuser(&dispute), RECEIVER_ISSUER);
}

SUITE(CASE(of_a_purchase_lies_under_the_purchases_own_name), CASE(reads_back_what_was_written),
      CASE(a_damaged_record_stops_the_process),
      CASE(is_open_from_its_record_to_the_one_that_closes_it),
      CASE(is_refused_by_the_one_that_was_asked))
