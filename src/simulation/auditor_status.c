/* The auditor on status inquiries: what the switch tells is what is durable at that moment, and
 * whose affair it is. Source: protocol page "Messages", the inquiry. */
#include "simulation/auditor.h"

/* The states that anything was in since the last commit of the switch began: an inquiry is read in
 * its turn, and steps behind it in the same commit may have moved on. */
static bool was_recently(unsigned recent, unsigned state)
{
    return (recent >> state & 1) != 0;
}

static bool is_steady(unsigned recent)
{
    return (recent & (recent - 1)) == 0;
}

static void check_share(struct auditor *auditor, const struct audited_freeze *freeze,
                        uint16_t share, const struct freeze_status *status)
{
    /* One that nobody has: no claim ever had it, but for the latest commit. */
    bool is_free = status->share_state == SHARE_NONE, fits = is_free;
    for (unsigned i = 0; i < auditor->claim_count; i++) {
        const struct audited_claim *claim = &auditor->claims[i];
        if (claim->freeze != freeze || claim->share != share)
            continue;
        bool had = was_recently(claim->recent, status->share_state);
        fits = is_free ? fits && had : fits || (had && claim->amount_minor == status->share_minor);
    }
    if (!fits)
        auditor_fail(auditor, STATEMENT_LAW,
                     "an inquiry is told that share %u of freeze %llu is %s over %lld", share,
                     (unsigned long long)freeze->name.sequence,
                     share_state_name(status->share_state), (long long)status->share_minor);
}

static void check_sums(struct auditor *auditor, const struct audited_freeze *freeze,
                       const struct freeze_status *status)
{
    int64_t claimed = 0, in_doubt = 0, released = 0;
    for (unsigned i = 0; i < auditor->claim_count; i++) {
        const struct audited_claim *claim = &auditor->claims[i];
        if (claim->freeze != freeze)
            continue;
        if (!is_steady(claim->recent))
            return;
        if (claim->state == SHARE_CREDITED)
            claimed += claim->amount_minor;
        else if (auditor_is_taken(claim->state))
            in_doubt += claim->amount_minor;
    }
    if (freeze->state == FREEZE_CLOSED)
        released = freeze->left_minor;
    else if (freeze->state == FREEZE_REVERSED)
        released = freeze->amount_minor;
    if (status->claimed_minor != claimed || status->in_doubt_minor != in_doubt ||
        status->released_minor != released)
        auditor_fail(auditor, STATEMENT_LAW,
                     "an inquiry about freeze %llu is told %lld claimed, %lld in doubt, %lld "
                     "released, and it is %lld, %lld, %lld",
                     (unsigned long long)freeze->name.sequence, (long long)status->claimed_minor,
                     (long long)status->in_doubt_minor, (long long)status->released_minor,
                     (long long)claimed, (long long)in_doubt, (long long)released);
}

void auditor_status_told(struct auditor *auditor, const struct operation *inquiry, uint16_t code,
                         struct bytes text)
{
    const struct audited_freeze *freeze = auditor_freeze(auditor, &inquiry->reference);
    struct freeze_status status;
    bool is_own = inquiry->forwarder.number == freeze->name.wallet;
    bool is_known = !was_recently(freeze->recent, FREEZE_NONE) && freeze->state != FREEZE_NONE;
    if (code == CODE_NO_ORIGINAL && is_own && is_known && !freeze->is_forgotten &&
        inquiry->reference.share <= freeze->name.shares)
        auditor_fail(auditor, STATEMENT_LAW, "the wallet of freeze %llu is told that there is none",
                     (unsigned long long)freeze->name.sequence);
    if (code != CODE_APPROVED)
        return;
    if (!status_parse(text, &status) || status.frozen_minor != freeze->amount_minor ||
        !was_recently(freeze->recent, status.state)) {
        auditor_fail(auditor, STATEMENT_LAW, "an inquiry is told that freeze %llu is %s",
                     (unsigned long long)freeze->name.sequence, freeze_state_name(status.state));
        return;
    }
    if (status.has_share)
        check_share(auditor, freeze, inquiry->reference.share, &status);
    if (is_steady(freeze->recent))
        check_sums(auditor, freeze, &status);
}

void auditor_status_begin(struct auditor *auditor)
{
    for (unsigned i = 0; i < auditor->freeze_count; i++)
        auditor->freezes[i].recent = 1u << auditor->freezes[i].state;
    for (unsigned i = 0; i < auditor->claim_count; i++)
        auditor->claims[i].recent = 1u << auditor->claims[i].state;
}
