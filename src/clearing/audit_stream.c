/* What the audit has gathered, freeze by freeze: three sorted streams, taken together by name, so
 * that memory grows with the largest packet and not with how many there are. */
#include "clearing/audit_state.h"

#include <stdlib.h>

enum {
    STREAM_MEMORY = 8 << 20, /* of each stream */
    FREEZE_LEN = FREEZE_NAME_LEN + 1 + 5 + 4 * 8,
    POSTING_LEN = FREEZE_NAME_LEN + 2 + CLAIM_KEY_LEN + 1 + 5 + 8,
    FORGOTTEN_LEN = FREEZE_NAME_LEN + 1 + 5 + 3 * 8,
};

static const size_t record_lens[AUDIT_STREAMS] = {
    [AUDIT_FREEZES] = FREEZE_LEN,
    [AUDIT_POSTINGS] = POSTING_LEN,
    [AUDIT_FORGOTTEN] = FORGOTTEN_LEN,
};

enum result audit_streams_open(struct audit *audit)
{
    for (enum audit_stream i = 0; i < AUDIT_STREAMS; i++)
        TRY(sorter_open(record_lens[i], STREAM_MEMORY, NULL, &audit->streams[i].sorter,
                        audit->fault));
    return RESULT_OK;
}

void audit_streams_close(struct audit *audit)
{
    for (enum audit_stream i = 0; i < AUDIT_STREAMS; i++)
        sorter_close(audit->streams[i].sorter);
    free(audit->group.postings);
}

/* --- in --------------------------------------------------------------------------------------- */

static bool add(struct audit *audit, enum audit_stream stream, const struct writer *w)
{
    MUST(!w->bad && w->len == record_lens[stream]);
    audit->failed = sorter_add(audit->streams[stream].sorter, w->data, audit->fault);
    return audit->failed == RESULT_OK;
}

bool audit_add_freeze(struct audit *audit, const struct audit_freeze *freeze)
{
    uint8_t record[FREEZE_LEN];
    struct writer w = writer_to(record, sizeof record);
    write_bytes(&w, freeze->name, sizeof freeze->name);
    write_u8(&w, (uint8_t)freeze->state);
    write_uint(&w, freeze->issuer, 5);
    write_u64(&w, (uint64_t)freeze->frozen_minor);
    write_u64(&w, (uint64_t)freeze->debited_minor);
    write_u64(&w, (uint64_t)freeze->released_minor);
    write_u64(&w, (uint64_t)freeze->remaining_minor);
    return add(audit, AUDIT_FREEZES, &w);
}

bool audit_add_posting(struct audit *audit, const struct audit_posting *posting)
{
    uint8_t record[POSTING_LEN];
    struct writer w = writer_to(record, sizeof record);
    write_bytes(&w, posting->name, sizeof posting->name);
    write_u16(&w, posting->share);
    write_bytes(&w, posting->claim, sizeof posting->claim);
    write_u8(&w, (uint8_t)posting->what);
    write_uint(&w, posting->issuer, 5);
    write_u64(&w, (uint64_t)posting->amount_minor);
    return add(audit, AUDIT_POSTINGS, &w);
}

bool audit_add_forgotten(struct audit *audit, const uint8_t name[FREEZE_NAME_LEN],
                         const struct freeze *freeze)
{
    uint8_t record[FORGOTTEN_LEN];
    struct writer w = writer_to(record, sizeof record);
    write_bytes(&w, name, FREEZE_NAME_LEN);
    write_u8(&w, (uint8_t)freeze->state);
    write_uint(&w, freeze->sender_issuer, 5);
    write_u64(&w, (uint64_t)freeze->request.amount_minor);
    write_u64(&w, (uint64_t)freeze->settled_minor);
    write_u64(&w, (uint64_t)freeze->left_minor);
    return add(audit, AUDIT_FORGOTTEN, &w);
}

/* --- out -------------------------------------------------------------------------------------- */

static enum result advance(struct audit *audit, enum audit_stream i)
{
    const void *record;
    TRY(sorter_next(audit->streams[i].sorter, &record, audit->fault));
    audit->streams[i].next = record;
    return RESULT_OK;
}

enum result audit_streams_sort(struct audit *audit)
{
    for (enum audit_stream i = 0; i < AUDIT_STREAMS; i++) {
        TRY(sorter_sort(audit->streams[i].sorter, audit->fault));
        TRY(advance(audit, i));
    }
    return RESULT_OK;
}

const uint8_t *audit_next_name(const struct audit *audit)
{
    const uint8_t *least = NULL;
    for (enum audit_stream i = 0; i < AUDIT_STREAMS; i++) {
        const uint8_t *next = audit->streams[i].next;
        if (next != NULL && (least == NULL || memcmp(next, least, FREEZE_NAME_LEN) < 0))
            least = next;
    }
    return least;
}

static void take_freeze(struct reader *r, struct audit_group *group)
{
    struct audit_freeze freeze = {.state = (enum freeze_state)read_u8(r)};
    memcpy(freeze.name, group->name, sizeof freeze.name);
    freeze.issuer = read_uint(r, 5);
    freeze.frozen_minor = (int64_t)read_u64(r);
    freeze.debited_minor = (int64_t)read_u64(r);
    freeze.released_minor = (int64_t)read_u64(r);
    freeze.remaining_minor = (int64_t)read_u64(r);
    /* A name is used once: a second freeze of it is one that nobody knows. */
    if (!group->has_freeze)
        group->freeze = freeze;
    else
        group->other = freeze;
    group->has_other = group->has_freeze;
    group->has_freeze = true;
}

static enum result take_posting(struct audit *audit, struct reader *r, struct audit_group *group)
{
    if (group->count == group->room) {
        size_t room = group->room == 0 ? 64 : group->room * 2;
        void *more = room <= AUDIT_POSTINGS_MAX
                         ? realloc(group->postings, room * sizeof *group->postings)
                         : NULL;
        if (more == NULL)
            return fault_set(audit->fault, RESULT_LIMIT,
                             "no room for more than %zu postings of one freeze", group->count);
        group->postings = more;
        group->room = room;
    }
    struct audit_posting *posting = &group->postings[group->count++];
    *posting = (struct audit_posting){.share = read_u16(r)};
    memcpy(posting->name, group->name, sizeof posting->name);
    read_bytes(r, posting->claim, sizeof posting->claim);
    posting->what = (enum audit_what)read_u8(r);
    posting->issuer = read_uint(r, 5);
    posting->amount_minor = (int64_t)read_u64(r);
    return RESULT_OK;
}

static void take_forgotten(struct reader *r, struct audit_group *group)
{
    struct reader name = reader_of(bytes_of(group->name, sizeof group->name));
    group->has_forgotten = true;
    group->forgotten = (struct freeze){.state = (enum freeze_state)read_u8(r)};
    reference_name_read(&name, &group->forgotten.request.reference);
    group->forgotten.sender_issuer = read_uint(r, 5);
    group->forgotten.request.amount_minor = (int64_t)read_u64(r);
    group->forgotten.settled_minor = (int64_t)read_u64(r);
    group->forgotten.credited_minor = group->forgotten.settled_minor;
    group->forgotten.left_minor = (int64_t)read_u64(r);
}

enum result audit_take(struct audit *audit, const uint8_t name[FREEZE_NAME_LEN])
{
    struct audit_group *group = &audit->group;
    *group = (struct audit_group){.postings = group->postings, .room = group->room};
    memcpy(group->name, name, sizeof group->name); /* `name` may be of a record that goes */
    for (enum audit_stream i = 0; i < AUDIT_STREAMS; i++)
        while (audit->streams[i].next != NULL &&
               memcmp(audit->streams[i].next, group->name, FREEZE_NAME_LEN) == 0) {
            struct reader r = reader_of(bytes_of(audit->streams[i].next + FREEZE_NAME_LEN,
                                                 record_lens[i] - FREEZE_NAME_LEN));
            if (i == AUDIT_FREEZES)
                take_freeze(&r, group);
            else if (i == AUDIT_POSTINGS)
                TRY(take_posting(audit, &r, group));
            else
                take_forgotten(&r, group);
            MUST(!r.bad && r.at == r.end);
            TRY(advance(audit, i));
        }
    return RESULT_OK;
}

struct audit_posting *audit_find_postings(struct audit *audit, uint16_t share, size_t *count)
{
    struct audit_group *group = &audit->group;
    size_t low = 0, high = group->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (group->postings[middle].share < share)
            low = middle + 1;
        else
            high = middle;
    }
    *count = 0;
    while (low + *count < group->count && group->postings[low + *count].share == share)
        ++*count;
    return *count > 0 ? &group->postings[low] : NULL;
}
