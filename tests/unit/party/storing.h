/* Stored messages as a core stores them: what the tests of store and forward share. */
#ifndef TESTS_PARTY_STORING_H
#define TESTS_PARTY_STORING_H

#include "rig.h"

static struct rig rig;

struct storing {
    struct store_step step;
    struct operation operation;
    bool deletes;
};

static inline void apply_storing(struct store_step *step, struct store_tx *tx)
{
    struct storing *storing = (struct storing *)step;
    if (storing->deletes)
        store_tx_delete(tx, 0);
    else
        forward_write(tx, 0, &storing->operation, ISSUER, rig.now.wall_us);
}

static inline void done_storing(struct store_step *step, void *context)
{
    (void)step;
    (void)context;
}

static inline struct store_key key_of(uint32_t stan)
{
    struct freeze_reference reference = {.sequence = stan};
    struct store_key key = key_of_freeze(&reference, 0);
    key.data[0] = TABLE_FORWARD;
    return key;
}

static inline void write_record(uint32_t stan, bool deletes)
{
    struct storing storing = {.step = {.apply = apply_storing, .done = done_storing},
                              .operation = unfreeze_of(&rig, stan),
                              .deletes = deletes};
    store_step_key(&storing.step, key_of(stan));
    store_submit(rig.store, &storing.step);
    CU_ASSERT_EQUAL(store_drain(rig.store, NULL), RESULT_OK);
}

static inline struct forward *store_and_forward(uint32_t stan)
{
    struct operation operation = unfreeze_of(&rig, stan);
    struct store_key key = key_of(stan);
    write_record(stan, false);
    return party_forward(rig.party, &key, &operation, ISSUER, rig.now.wall_us);
}

static inline void finish(unsigned at, uint32_t stan)
{
    write_record(stan, true);
    party_forward_done(rig.party, rig.forwarded[at]);
}

/* Until the next thing happens, by the party's own deadline. Returns milliseconds. */
static inline uint64_t pass_to_deadline(void)
{
    uint64_t due = party_deadline(rig.party);
    CU_ASSERT_FATAL(due != UINT64_MAX);
    uint64_t ms = due > rig.now.mono_us ? (due - rig.now.mono_us + 999) / 1000 : 0;
    rig_pass(&rig, ms);
    return ms;
}

#endif
