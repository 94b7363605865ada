/* SHA-256 against the published examples, and the digest of a content. */
#include "security/digest.h"
#include "suite.h"

#include <openssl/crypto.h>
#include <stdlib.h>

static size_t allocations;

static void *counting_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    allocations++;
    return malloc(size);
}

static void *counting_realloc(void *memory, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    allocations++;
    return realloc(memory, size);
}

static void plain_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    free(memory);
}

/* OpenSSL takes these before its first allocation only, so before main. */
static void __attribute__((constructor)) count_allocations(void)
{
    CRYPTO_set_mem_functions(counting_malloc, counting_realloc, plain_free);
}

static struct digest *digest_for_test(void)
{
    struct digest *digest = NULL;
    CU_ASSERT_EQUAL_FATAL(digest_open(&digest, NULL), RESULT_OK);
    return digest;
}

/* FIPS 180-4 examples (NIST, "SHA256.pdf") and the hash of nothing. */
static const struct {
    const char *text;
    const char *hash;
} published[] = {
    {"", "\xe3\xb0\xc4\x42\x98\xfc\x1c\x14\x9a\xfb\xf4\xc8\x99\x6f\xb9\x24"
         "\x27\xae\x41\xe4\x64\x9b\x93\x4c\xa4\x95\x99\x1b\x78\x52\xb8\x55"},
    {"abc", "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23"
            "\xb0\x03\x61\xa3\x96\x17\x7a\x9c\xb4\x10\xff\x61\xf2\x00\x15\xad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "\x24\x8d\x6a\x61\xd2\x06\x38\xb8\xe5\xc0\x26\x93\x0c\x3e\x60\x39"
     "\xa3\x3c\xe4\x59\x64\xff\x21\x67\xf6\xec\xed\xd4\x19\xdb\x06\xc1"},
};

static void agrees_with_the_published_examples(void)
{
    struct digest *digest = digest_for_test();
    uint8_t out[DIGEST_LEN];
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        struct bytes run = bytes_text(published[i].text);
        digest_sha256(digest, &run, 1, out);
        ASSERT_BYTES(out, sizeof out, published[i].hash, DIGEST_LEN);
    }
    digest_close(digest);
}

static void hashes_runs_and_steps_as_one_text(void)
{
    struct digest *digest = digest_for_test();
    const char *text = published[2].text;
    uint8_t out[DIGEST_LEN];
    for (size_t cut = 0; cut <= strlen(text); cut++) {
        struct bytes runs[] = {bytes_of(text, cut), bytes_of(NULL, 0), bytes_text(text + cut)};
        digest_sha256(digest, runs, 3, out);
        ASSERT_BYTES(out, sizeof out, published[2].hash, DIGEST_LEN);
        digest_init(digest);
        digest_update(digest, runs[0]);
        digest_update(digest, runs[2]);
        digest_final(digest, out);
        ASSERT_BYTES(out, sizeof out, published[2].hash, DIGEST_LEN);
    }
    digest_close(digest);
}

static void forgets_what_was_begun_and_not_ended(void)
{
    struct digest *digest = digest_for_test();
    uint8_t out[DIGEST_LEN];
    digest_init(digest);
    digest_update(digest, bytes_text("something else"));
    struct bytes run = bytes_text("abc");
    digest_sha256(digest, &run, 1, out);
    ASSERT_BYTES(out, sizeof out, published[1].hash, DIGEST_LEN);
    digest_close(digest);
}

static void tells_contents_apart_that_differ_in_one_byte_or_in_its_place(void)
{
    struct digest *digest = digest_for_test();
    struct bytes same[] = {bytes_text("0200"), bytes_text("123456")};
    struct bytes others[][2] = {{bytes_text("0200"), bytes_text("123457")},
                                {bytes_text("02001"), bytes_text("23456")},
                                {bytes_text("0200123456"), bytes_of(NULL, 0)},
                                {bytes_text("123456"), bytes_text("0200")}};
    uint8_t first[DIGEST_CONTENT_LEN];
    uint8_t other[DIGEST_CONTENT_LEN];
    digest_content(digest, same, 2, first);
    digest_content(digest, same, 2, other);
    ASSERT_BYTES(first, sizeof first, other, sizeof other);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        digest_content(digest, others[i], 2, other);
        CU_ASSERT_NOT_EQUAL(memcmp(first, other, sizeof first), 0);
    }
    digest_content(digest, same, 1, other);
    CU_ASSERT_NOT_EQUAL(memcmp(first, other, sizeof first), 0);
    digest_close(digest);
}

static void allocates_nothing_once_open(void)
{
    struct digest *digest = digest_for_test();
    struct bytes runs[] = {bytes_text("0200"), bytes_text("123456")};
    uint8_t out[DIGEST_LEN];
    CU_ASSERT_TRUE(allocations > 0);
    size_t before = allocations;
    for (unsigned i = 0; i < 10; i++) {
        digest_sha256(digest, runs, 2, out);
        digest_content(digest, runs, 2, out);
    }
    CU_ASSERT_EQUAL(allocations, before);
    digest_close(digest);
}

static void keeps_several_digests_apart(void)
{
    struct digest *a = digest_for_test();
    struct digest *b = digest_for_test();
    uint8_t out[DIGEST_LEN];
    digest_init(a);
    digest_init(b);
    digest_update(a, bytes_text("ab"));
    digest_update(b, bytes_text("xyz"));
    digest_close(b);
    digest_update(a, bytes_text("c"));
    digest_final(a, out);
    ASSERT_BYTES(out, sizeof out, published[1].hash, DIGEST_LEN);
    digest_close(a);
    digest_close(NULL);
}

SUITE(CASE(agrees_with_the_published_examples), CASE(hashes_runs_and_steps_as_one_text),
      CASE(forgets_what_was_begun_and_not_ended),
      CASE(tells_contents_apart_that_differ_in_one_byte_or_in_its_place),
      CASE(allocates_nothing_once_open), CASE(keeps_several_digests_apart))
