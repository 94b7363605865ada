/* SHA-256 by the processor's instructions (FIPS 180-4, sections 5 and 6.2), see file_digest.h. */
#include "security/file_digest.h"

#include <string.h>

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

enum { WORDS = 4, PARTS = FILE_DIGEST_BLOCK / 16, ROUNDS = 64 };

/* First 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t constants[ROUNDS] = {
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
    0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
    0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
    0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
    0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
};

/* One of the two: a, b, e, f and c, d, g, h of the state as the instructions want them, and the
 * last sixteen words of the message schedule. */
struct lane {
    __m128i abef, cdgh, words[PARTS];
};

#define WITH_SHA static inline __attribute__((always_inline, target("sha,sse4.1")))

WITH_SHA __m128i load(const void *at)
{
    return _mm_loadu_si128(at);
}

WITH_SHA void lane_open(struct lane *lane, const uint32_t *state)
{
    __m128i cdab = _mm_shuffle_epi32(load(state), 0xB1);
    __m128i efgh = _mm_shuffle_epi32(load(state + WORDS), 0x1B);
    lane->abef = _mm_alignr_epi8(cdab, efgh, 8);
    lane->cdgh = _mm_blend_epi16(efgh, cdab, 0xF0);
}

WITH_SHA void lane_close(const struct lane *lane, uint32_t *state)
{
    __m128i feba = _mm_shuffle_epi32(lane->abef, 0x1B);
    __m128i dchg = _mm_shuffle_epi32(lane->cdgh, 0xB1);
    _mm_storeu_si128((void *)state, _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128((void *)(state + WORDS), _mm_alignr_epi8(dchg, feba, 8));
}

/* Words are big-endian. */
WITH_SHA void lane_take(struct lane *lane, const uint8_t *block)
{
    const __m128i order = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
    for (int i = 0; i < PARTS; i++)
        lane->words[i] = _mm_shuffle_epi8(load(block + 16 * i), order);
}

/* Rounds 4i to 4i + 3, and the words of four rounds in place of those that they have used. */
WITH_SHA void lane_rounds(struct lane *lane, int i)
{
    __m128i *now = &lane->words[i % PARTS], next = lane->words[(i + 1) % PARTS];
    __m128i before = lane->words[(i + 2) % PARTS], last = lane->words[(i + 3) % PARTS];
    __m128i sum = _mm_add_epi32(*now, load(&constants[WORDS * i]));
    lane->cdgh = _mm_sha256rnds2_epu32(lane->cdgh, lane->abef, sum);
    lane->abef = _mm_sha256rnds2_epu32(lane->abef, lane->cdgh, _mm_shuffle_epi32(sum, 0x0E));
    if (i + PARTS >= ROUNDS / WORDS)
        return;
    __m128i words =
        _mm_add_epi32(_mm_sha256msg1_epu32(*now, next), _mm_alignr_epi8(last, before, 4));
    *now = _mm_sha256msg2_epu32(words, last);
}

WITH_SHA void lane_add(struct lane *lane, const struct lane *before)
{
    lane->abef = _mm_add_epi32(lane->abef, before->abef);
    lane->cdgh = _mm_add_epi32(lane->cdgh, before->cdgh);
}

__attribute__((target("sha,sse4.1"))) static void take_blocks(uint32_t *state, const uint8_t *data,
                                                              size_t blocks)
{
    struct lane lane;
    lane_open(&lane, state);
    for (; blocks > 0; blocks--, data += FILE_DIGEST_BLOCK) {
        struct lane before = lane;
        lane_take(&lane, data);
#pragma GCC unroll 16
        for (int i = 0; i < ROUNDS / WORDS; i++)
            lane_rounds(&lane, i);
        lane_add(&lane, &before);
    }
    lane_close(&lane, state);
}

__attribute__((target("sha,sse4.1"))) static void
take_blocks_of_two(uint32_t *state, const uint8_t *data, uint32_t *other, const uint8_t *other_data,
                   size_t blocks)
{
    struct lane a, b;
    lane_open(&a, state);
    lane_open(&b, other);
    for (; blocks > 0; blocks--, data += FILE_DIGEST_BLOCK, other_data += FILE_DIGEST_BLOCK) {
        struct lane a_before = a, b_before = b;
        lane_take(&a, data);
        lane_take(&b, other_data);
#pragma GCC unroll 16
        for (int i = 0; i < ROUNDS / WORDS; i++) {
            lane_rounds(&a, i);
            lane_rounds(&b, i);
        }
        lane_add(&a, &a_before);
        lane_add(&b, &b_before);
    }
    lane_close(&a, state);
    lane_close(&b, other);
}

static bool has_instructions(void)
{
    unsigned a, b, c, d, more;
    return __get_cpuid_count(7, 0, &a, &more, &c, &d) != 0 && (more & bit_SHA) != 0 &&
           __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_SSE4_1) != 0;
}

#else

static void take_blocks(uint32_t *state, const uint8_t *data, size_t blocks)
{
    (void)state, (void)data, (void)blocks;
    MUST(false);
}

static void take_blocks_of_two(uint32_t *state, const uint8_t *data, uint32_t *other,
                               const uint8_t *other_data, size_t blocks)
{
    (void)other, (void)other_data;
    take_blocks(state, data, blocks);
}

static bool has_instructions(void)
{
    return false;
}

#endif

/* --- steps ------------------------------------------------------------------------------------ */

enum result file_digest_open(struct file_digest *digest, struct fault *fault)
{
    /* First 32 bits of the fractional parts of the square roots of the first 8 primes. */
    *digest = (struct file_digest){.state = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                                             0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19}};
    if (has_instructions())
        return RESULT_OK;
    TRY(digest_open(&digest->plain, fault));
    digest_init(digest->plain);
    return RESULT_OK;
}

void file_digest_close(struct file_digest *digest)
{
    digest_close(digest->plain);
    *digest = (struct file_digest){0};
}

void file_digest_update(struct file_digest *digest, struct bytes run)
{
    size_t there = (size_t)(digest->len % FILE_DIGEST_BLOCK);
    if (digest->plain != NULL) {
        digest_update(digest->plain, run);
        return;
    }
    digest->len += run.len;
    if (there > 0 && run.len > 0) {
        size_t more = FILE_DIGEST_BLOCK - there < run.len ? FILE_DIGEST_BLOCK - there : run.len;
        memcpy(digest->block + there, run.data, more);
        run = bytes_of(run.data + more, run.len - more);
        if (there + more == FILE_DIGEST_BLOCK)
            take_blocks(digest->state, digest->block, 1);
    }
    size_t whole = run.len - run.len % FILE_DIGEST_BLOCK;
    if (whole > 0)
        take_blocks(digest->state, run.data, whole / FILE_DIGEST_BLOCK);
    if (run.len > whole)
        memcpy(digest->block, run.data + whole, run.len - whole);
}

void file_digest_update_two(struct file_digest *one, struct bytes run, struct file_digest *other,
                            struct bytes other_run)
{
    size_t len = run.len < other_run.len ? run.len : other_run.len;
    bool can_be_two = one->plain == NULL && other->plain == NULL &&
                      one->len % FILE_DIGEST_BLOCK == 0 && other->len % FILE_DIGEST_BLOCK == 0;
    len = can_be_two ? len - len % FILE_DIGEST_BLOCK : 0;
    if (len > 0) {
        take_blocks_of_two(one->state, run.data, other->state, other_run.data,
                           len / FILE_DIGEST_BLOCK);
        one->len += len;
        other->len += len;
        run = bytes_of(run.data + len, run.len - len);
        other_run = bytes_of(other_run.data + len, other_run.len - len);
    }
    file_digest_update(one, run);
    file_digest_update(other, other_run);
}

/* A bit that is 1, zeros, and the length in bits fill up the last block. */
void file_digest_final(struct file_digest *digest, uint8_t out[DIGEST_LEN])
{
    uint8_t end[2 * FILE_DIGEST_BLOCK] = {0x80};
    size_t there = (size_t)(digest->len % FILE_DIGEST_BLOCK), length = sizeof digest->len;
    size_t zeros = (2 * FILE_DIGEST_BLOCK - 1 - length - there) % FILE_DIGEST_BLOCK;
    struct writer bits = writer_to(end + 1 + zeros, length), w = writer_to(out, DIGEST_LEN);
    if (digest->plain != NULL) {
        digest_final(digest->plain, out);
        return;
    }
    write_u64(&bits, digest->len * 8);
    file_digest_update(digest, bytes_of(end, 1 + zeros + length));
    for (size_t i = 0; i < FILE_DIGEST_STATE; i++)
        write_u32(&w, digest->state[i]);
    MUST(!w.bad && digest->len % FILE_DIGEST_BLOCK == 0);
}
