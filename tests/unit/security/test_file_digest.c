/* Digests of two files at once: the same as OpenSSL's of each alone, whatever comes in which
 * pieces. */
#include "security/file_digest.h"

#include "base/random.h"
#include "suite.h"

enum { LEN_MAX = 4096, FILES = 2 };

/* The digest of a file, and the same bytes at digest.h. */
struct both {
    struct file_digest file;
    struct digest *digest;
};

static struct both begin(void)
{
    struct both both;
    struct fault fault = {RESULT_OK, ""};
    CU_ASSERT_EQUAL_FATAL(digest_open(&both.digest, &fault), RESULT_OK);
    digest_init(both.digest);
    CU_ASSERT_EQUAL_FATAL(file_digest_open(&both.file, &fault), RESULT_OK);
    return both;
}

static void expect_same(struct both *both)
{
    uint8_t expected[DIGEST_LEN], got[DIGEST_LEN];
    digest_final(both->digest, expected);
    file_digest_final(&both->file, got);
    CU_ASSERT_EQUAL(memcmp(got, expected, sizeof got), 0);
    digest_close(both->digest);
    file_digest_close(&both->file);
}

static size_t fill(struct random *random, uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)random_next(random);
    return len;
}

/* Lengths are multiples of `unit`; those of the two are the same, or not. */
static void expect_pieces(size_t unit, bool is_same_len)
{
    static uint8_t data[FILES][LEN_MAX + 1];
    struct random random = random_seeded(unit);
    for (int i = 0; i < 100; i++) {
        struct both one = begin(), other = begin();
        for (int piece = 0; piece < 8; piece++) {
            size_t len = fill(&random, data[0] + 1, random_below(&random, LEN_MAX / unit) * unit);
            size_t other_len = is_same_len ? len : random_below(&random, LEN_MAX / unit) * unit;
            fill(&random, data[1], other_len);
            struct bytes run = bytes_of(data[0] + 1, len), other_run = bytes_of(data[1], other_len);
            file_digest_update_two(&one.file, run, &other.file, other_run);
            digest_update(one.digest, run);
            digest_update(other.digest, other_run);
        }
        expect_same(&one);
        expect_same(&other);
    }
}

static void whole_blocks_of_two_files_are_those_of_each(void)
{
    expect_pieces(64, true);
}

static void one_file_may_get_more_than_the_other(void)
{
    expect_pieces(64, false);
}

static void pieces_may_end_within_a_block(void)
{
    expect_pieces(1, true);
    expect_pieces(1, false);
    expect_pieces(33, false);
}

static void nothing_at_all_is_the_digest_of_nothing(void)
{
    struct both one = begin(), other = begin();
    file_digest_update_two(&one.file, bytes_of(NULL, 0), &other.file, bytes_of(NULL, 0));
    expect_same(&one);
    expect_same(&other);
}

/* The end of a file may need a block more. */
static void every_length_of_a_last_block_is_filled_up(void)
{
    static uint8_t data[3 * FILE_DIGEST_BLOCK];
    struct random random = random_seeded(3);
    fill(&random, data, sizeof data);
    for (size_t len = 0; len <= sizeof data; len++) {
        struct both one = begin();
        file_digest_update(&one.file, bytes_of(data, len));
        digest_update(one.digest, bytes_of(data, len));
        expect_same(&one);
    }
}

SUITE(CASE(whole_blocks_of_two_files_are_those_of_each), CASE(one_file_may_get_more_than_the_other),
      CASE(pieces_may_end_within_a_block), CASE(nothing_at_all_is_the_digest_of_nothing),
      CASE(every_length_of_a_last_block_is_filled_up))
