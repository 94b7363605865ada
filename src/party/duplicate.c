/* Remembered requests: their record form and what a second one under the same key means. */
#include "party/duplicate.h"

#include "base/result.h"

#include <string.h>

enum { DUPLICATE_VERSION = 2 };

enum seen duplicate_judge(const struct duplicate *known, const uint8_t digest[CONTENT_DIGEST_LEN])
{
    if (known->state == DUPLICATE_NONE)
        return SEEN_NEVER;
    if (known->state == DUPLICATE_TOMBSTONE)
        return SEEN_REVERSED;
    if (memcmp(known->digest, digest, CONTENT_DIGEST_LEN) != 0)
        return SEEN_DIFFERENT;
    return known->state == DUPLICATE_OPEN ? SEEN_OPEN : SEEN_ANSWERED;
}

void duplicate_encode(struct writer *w, const struct duplicate *duplicate)
{
    write_u8(w, DUPLICATE_VERSION);
    write_u8(w, (uint8_t)duplicate->state);
    write_bytes(w, duplicate->digest, CONTENT_DIGEST_LEN);
    write_u64(w, (uint64_t)duplicate->wall_us);
    reference_name_write(w, &duplicate->freeze);
    write_u16(w, duplicate->answer.code);
    write_u16(w, duplicate->answer.settlement);
    write_bytes(w, duplicate->answer.authorisation, sizeof duplicate->answer.authorisation);
}

void duplicate_decode(struct bytes record, struct duplicate *duplicate, struct bytes *rest)
{
    *duplicate = (struct duplicate){.state = DUPLICATE_NONE};
    if (rest != NULL)
        *rest = (struct bytes){NULL, 0};
    if (record.data == NULL)
        return;
    struct reader r = reader_of(record);
    uint8_t version = read_u8(&r);
    duplicate->state = (enum duplicate_state)read_u8(&r);
    read_bytes(&r, duplicate->digest, CONTENT_DIGEST_LEN);
    duplicate->wall_us = (int64_t)read_u64(&r);
    reference_name_read(&r, &duplicate->freeze);
    duplicate->answer.code = read_u16(&r);
    duplicate->answer.settlement = read_u16(&r);
    read_bytes(&r, duplicate->answer.authorisation, sizeof duplicate->answer.authorisation);
    MUST(version == DUPLICATE_VERSION && !r.bad && duplicate->state <= DUPLICATE_TOMBSTONE);
    if (rest != NULL)
        *rest = bytes_of(r.at, (size_t)(r.end - r.at));
}
