/* The status of a freeze: out of records, to text and back. */
#include "redpacket/status.h"
#include "sample.h"

static struct freeze freeze;
static struct share share;

/* Two shares: 2500 credited, 3000 still reserved, which is `share`. */
static void begin(void)
{
    struct operation request = sample_freeze(), claim = sample_claim(1, 2500, 21);
    struct transaction_key key = operation_key(&claim);
    freeze_begin(&freeze, &request, SENDER_ISSUER, DATE, 9);
    freeze.state = FREEZE_FROZEN;
    share = (struct share){.state = SHARE_NONE};
    share_reserve(&share, &freeze, &claim, RECEIVER_ISSUER, DATE, 9);
    CU_ASSERT_TRUE(share_move(&share, &freeze, &key, SHARE_RESERVED, SHARE_DEBITED));
    CU_ASSERT_TRUE(share_move(&share, &freeze, &key, SHARE_DEBITED, SHARE_CREDITING));
    CU_ASSERT_TRUE(share_move(&share, &freeze, &key, SHARE_CREDITING, SHARE_CREDITED));
    claim = sample_claim(2, 3000, 22);
    memcpy(claim.rrn, "112200000022", sizeof claim.rrn);
    share = (struct share){.state = SHARE_NONE};
    share_reserve(&share, &freeze, &claim, RECEIVER_ISSUER, DATE, 9);
}

static void counts_what_is_claimed_and_what_is_in_doubt(void)
{
    struct freeze_status status;
    begin();
    status_of(&freeze, NULL, &status);
    CU_ASSERT_EQUAL(status.frozen_minor, FROZEN_MINOR);
    CU_ASSERT_EQUAL(status.claimed_minor, 2500);
    CU_ASSERT_EQUAL(status.in_doubt_minor, 3000);
    CU_ASSERT_EQUAL(status.released_minor, 0);
    CU_ASSERT_EQUAL(status.state, FREEZE_FROZEN);
    CU_ASSERT_FALSE(status.has_share);
}

static void counts_as_released_what_has_gone_back_for_good(void)
{
    struct freeze_status status;
    begin();
    freeze.left_minor = 4500;
    freeze.state = FREEZE_CLOSING;
    status_of(&freeze, NULL, &status);
    CU_ASSERT_EQUAL(status.released_minor, 0); /* sent, not answered yet */
    freeze.state = FREEZE_CLOSED;
    status_of(&freeze, NULL, &status);
    CU_ASSERT_EQUAL(status.released_minor, 4500);
    freeze.state = FREEZE_DISPUTED;
    status_of(&freeze, NULL, &status);
    CU_ASSERT_EQUAL(status.released_minor, 0);
    freeze.state = FREEZE_REVERSED;
    status_of(&freeze, NULL, &status);
    CU_ASSERT_EQUAL(status.released_minor, FROZEN_MINOR);
}

static void tells_of_a_share_that_was_never_claimed(void)
{
    struct freeze_status status;
    begin();
    share = (struct share){.state = SHARE_NONE};
    status_of(&freeze, &share, &status);
    CU_ASSERT_TRUE(status.has_share);
    CU_ASSERT_EQUAL(status.share_minor, 0);
    CU_ASSERT_EQUAL(status.share_state, SHARE_NONE);
    CU_ASSERT_NSTRING_EQUAL(status.share_rrn, "000000000000", 12);
}

static size_t write(const struct freeze_status *status, char out[STATUS_PRIVATE_MAX])
{
    size_t len = status_write_private(&freeze.request.reference, status, out);
    CU_ASSERT_TRUE(len <= STATUS_PRIVATE_MAX);
    return len;
}

static void writes_an_element_that_the_codec_reads(void)
{
    for (int with_share = 0; with_share < 2; with_share++) {
        struct freeze_status status, read;
        char text[STATUS_PRIVATE_MAX];
        struct iso_message message;
        begin();
        status_of(&freeze, with_share ? &share : NULL, &status);
        size_t len = write(&status, text);
        iso_message_init(&message, redpacket_spec(), "0610");
        iso_message_set(&message, 48, text, len);
        struct iso_value named = iso_message_find(&message, 48, "AS.HB");
        struct iso_value told = iso_message_find(&message, 48, "AS.HS");
        CU_ASSERT_EQUAL(named.len, REFERENCE_TEXT_LEN);
        CU_ASSERT_EQUAL_FATAL(told.len, with_share ? STATUS_TEXT_MAX : STATUS_TEXT_MIN);
        CU_ASSERT_TRUE_FATAL(status_parse(bytes_of(told.data, told.len), &read));
        CU_ASSERT_EQUAL(read.frozen_minor, status.frozen_minor);
        CU_ASSERT_EQUAL(read.claimed_minor, status.claimed_minor);
        CU_ASSERT_EQUAL(read.in_doubt_minor, status.in_doubt_minor);
        CU_ASSERT_EQUAL(read.released_minor, status.released_minor);
        CU_ASSERT_EQUAL(read.state, status.state);
        CU_ASSERT_EQUAL(read.has_share, with_share);
        if (!with_share)
            continue;
        CU_ASSERT_EQUAL(read.share_minor, 3000);
        CU_ASSERT_EQUAL(read.share_state, SHARE_RESERVED);
        CU_ASSERT_NSTRING_EQUAL(read.share_rrn, "112200000022", 12);
    }
}

static void writes_the_largest_of_everything(void)
{
    struct freeze_status status = {
        .frozen_minor = 999999999999,
        .claimed_minor = 999999999999,
        .in_doubt_minor = 999999999999,
        .released_minor = 999999999999,
        .state = FREEZE_DISPUTED,
        .has_share = true,
        .share_minor = 999999999999,
        .share_state = SHARE_DISPUTED,
    };
    char text[STATUS_PRIVATE_MAX];
    memset(status.share_rrn, 'Z', sizeof status.share_rrn);
    begin();
    CU_ASSERT_EQUAL(write(&status, text), STATUS_PRIVATE_MAX);
}

static void refuses_what_is_no_status(void)
{
    static const char good[] =
        "0000000100000000000025000000000030000000000000000200000000300001112200000022";
    struct freeze_status status;
    char text[sizeof good];
    CU_ASSERT_TRUE(status_parse(bytes_of(good, STATUS_TEXT_MAX), &status));
    CU_ASSERT_TRUE(status_parse(bytes_of(good, STATUS_TEXT_MIN), &status));
    for (size_t len = 0; len < STATUS_TEXT_MAX; len++)
        if (len != STATUS_TEXT_MIN)
            CU_ASSERT_FALSE(status_parse(bytes_of(good, len), &status));
    for (size_t at = 0; at < STATUS_TEXT_MAX; at++) {
        memcpy(text, good, sizeof good);
        text[at] = 'x';
        CU_ASSERT_EQUAL(status_parse(bytes_of(text, STATUS_TEXT_MAX), &status), at >= 64);
    }
}

static void refuses_a_state_that_does_not_exist(void)
{
    char text[] = "0000000100000000000025000000000030000000000000000900000000300001112200000022";
    struct freeze_status status;
    CU_ASSERT_FALSE(status_parse(bytes_of(text, STATUS_TEXT_MAX), &status));
    text[49] = '8';
    CU_ASSERT_TRUE(status_parse(bytes_of(text, STATUS_TEXT_MAX), &status));
    text[62] = '1';
    text[63] = '0';
    CU_ASSERT_FALSE(status_parse(bytes_of(text, STATUS_TEXT_MAX), &status));
    CU_ASSERT_FALSE(status_parse(bytes_of(NULL, 0), &status));
}

SUITE(CASE(counts_what_is_claimed_and_what_is_in_doubt),
      CASE(counts_as_released_what_has_gone_back_for_good),
      CASE(tells_of_a_share_that_was_never_claimed), CASE(writes_an_element_that_the_codec_reads),
      CASE(writes_the_largest_of_everything), CASE(refuses_what_is_no_status),
      CASE(refuses_a_state_that_does_not_exist))
