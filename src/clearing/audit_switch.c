/* The audit of the switch: its freezes against the issuers', its shares against what the issuers
 * posted, and nothing of either unfinished. */
#include "clearing/audit_state.h"

#include "redpacket/dispute.h"
#include "redpacket/journal.h"

#include <inttypes.h>

struct view {
    struct audit *audit;
    struct store *store;
    struct freeze freeze; /* whose shares are being read; state NONE: none yet */
    uint8_t name[FREEZE_NAME_LEN];
    int64_t taken_minor, settled_minor; /* of its shares */
    bool is_disputed;                   /* a share of it is */
};

/* --- disputes --------------------------------------------------------------------------------- */

static bool find_dispute(void *context, struct bytes key, struct bytes value)
{
    (void)key;
    (void)value;
    *(bool *)context = true;
    return false;
}

/* What is DISPUTED is in the exceptions file until a person closes it: so it is kept. */
static void check_kept(struct view *view, const struct freeze_reference *reference, uint16_t share)
{
    struct audit *audit = view->audit;
    struct store_key key = key_of_dispute(reference, share);
    uint8_t end[STORE_KEY_MAX + 1] = {0}; /* the next key that there can be */
    bool is_kept = false;
    memcpy(end, key.data, key.len);
    audit->failed = store_scan(view->store, bytes_of(key.data, key.len),
                               bytes_of(end, key.len + 1u), find_dispute, &is_kept, audit->fault);
    if (audit->failed == RESULT_OK && !is_kept)
        audit_violation(audit, 7, "freeze %s, share %u is DISPUTED, and no exceptions file says so",
                        audit_label(reference).text, share);
}

/* --- a share ---------------------------------------------------------------------------------- */

/* What the issuers posted under one claim's key. */
struct standing {
    int64_t debits, credits; /* how many; a reversal takes a debit away */
    int64_t debited_minor, credited_minor;
};

static struct standing sum_up(struct audit_posting *postings, size_t count)
{
    struct standing standing = {0};
    for (size_t i = 0; i < count; i++) {
        const struct audit_posting *posting = &postings[i];
        int sign = posting->what == AUDIT_REVERSAL ? -1 : 1;
        postings[i].is_known = true;
        if (posting->what == AUDIT_CREDIT) {
            standing.credits++;
            standing.credited_minor += posting->amount_minor;
        } else {
            standing.debits += sign;
            standing.debited_minor += sign * posting->amount_minor;
        }
    }
    return standing;
}

/* What the switch's state says must stand under the share's own claim. */
static void check_own(struct view *view, const struct share *share, const struct standing *standing)
{
    struct audit *audit = view->audit;
    struct audit_label label = audit_label(&share->claim.reference);
    bool has_sender = audit_has_issuer(audit, view->freeze.sender_issuer);
    bool has_receiver = audit_has_issuer(audit, share->receiver_issuer);
    int64_t amount = share->claim.amount_minor;
    int64_t debited = has_sender && share->state == SHARE_CREDITED ? amount : 0;
    int64_t credited = has_receiver && share->state == SHARE_CREDITED ? amount : 0;
    if (share->state == SHARE_DISPUTED) {
        /* Nobody knows better than the books what came of it. */
        debited = standing->debited_minor;
        credited = standing->credited_minor;
    } else if (share->state != SHARE_CREDITED && share->state != SHARE_RELEASED)
        return; /* unfinished, which is said elsewhere */
    else if (standing->debited_minor != debited || standing->credited_minor != credited)
        audit_violation(audit, 3,
                        "freeze %s, share %u is %s at the switch: expected %" PRId64
                        " debited and %" PRId64 " credited, the books have %" PRId64
                        " and %" PRId64,
                        label.text, share->claim.reference.share, share_state_name(share->state),
                        debited, credited, standing->debited_minor, standing->credited_minor);
    if (audit_add(audit, &audit->gone_minor, debited))
        (void)audit_add(audit, &audit->gone_minor, -credited);
}

static void check_claim(struct view *view, const struct share *share,
                        const struct standing *standing, bool is_own)
{
    struct audit *audit = view->audit;
    bool has_sender = audit_has_issuer(audit, view->freeze.sender_issuer);
    bool stands = standing->debits == 1 && standing->debited_minor == standing->credited_minor;
    if (standing->credits > 0 && has_sender && !stands)
        audit_violation(audit, 3, "freeze %s, share %u is credited while its debit does not stand",
                        audit_label(&share->claim.reference).text, share->claim.reference.share);
    if (is_own)
        check_own(view, share, standing);
    else if (standing->debits != 0)
        audit_violation(audit, 3,
                        "freeze %s, share %u: a debit stands of a claim that ended before",
                        audit_label(&share->claim.reference).text, share->claim.reference.share);
}

static void check_share(struct view *view, const struct share *share)
{
    struct audit *audit = view->audit;
    size_t count, credits = 0;
    struct audit_posting *postings =
        audit_find_postings(audit, share->claim.reference.share, &count);
    struct transaction_key key = operation_key(&share->claim);
    uint8_t own[CLAIM_KEY_LEN];
    bool found_own = false;
    key.mti_class = key.process = 0;
    transaction_key_encode(&key, own);
    for (size_t from = 0, next; from < count; from = next) {
        const uint8_t *claim = postings[from].claim;
        for (next = from + 1;
             next < count && memcmp(postings[next].claim, claim, CLAIM_KEY_LEN) == 0;)
            next++;
        struct standing standing = sum_up(&postings[from], next - from);
        bool is_own = memcmp(claim, own, sizeof own) == 0;
        found_own = found_own || is_own;
        credits += (size_t)standing.credits;
        check_claim(view, share, &standing, is_own);
    }
    if (!found_own)
        check_own(view, share, &(struct standing){0});
    if (credits > 1)
        audit_violation(audit, 3, "freeze %s, share %u was credited %zu times",
                        audit_label(&share->claim.reference).text, share->claim.reference.share,
                        credits);
}

static void take_share(struct view *view, const struct share *share)
{
    struct audit *audit = view->audit;
    enum share_state state = share->state;
    bool is_settled =
        state == SHARE_CREDITED || state == SHARE_CREDIT_UNKNOWN || state == SHARE_DISPUTED;
    if (state != SHARE_CREDITED && state != SHARE_RELEASED && state != SHARE_DISPUTED)
        audit_violation(audit, 7, "freeze %s, share %u is still %s",
                        audit_label(&share->claim.reference).text, share->claim.reference.share,
                        share_state_name(state));
    view->is_disputed = view->is_disputed || state == SHARE_DISPUTED;
    if (state == SHARE_DISPUTED)
        check_kept(view, &share->claim.reference, share->claim.reference.share);
    /* At most 9,999 shares of at most 15 digits each: the sums fit. */
    view->taken_minor += state != SHARE_RELEASED ? share->claim.amount_minor : 0;
    view->settled_minor += is_settled ? share->claim.amount_minor : 0;
    check_share(view, share);
}

/* --- a freeze --------------------------------------------------------------------------------- */

static bool fits_state(enum freeze_state at_switch, const struct audit_freeze *at_issuer)
{
    enum freeze_state issuers = at_issuer != NULL ? at_issuer->state : FREEZE_NONE;
    switch (at_switch) {
    case FREEZE_REFUSED:
        return issuers == FREEZE_NONE || issuers == FREEZE_REFUSED;
    case FREEZE_REVERSED: /* perhaps refused, and the refusal lost */
        return issuers == FREEZE_REVERSED || issuers == FREEZE_REFUSED;
    case FREEZE_FROZEN:
    case FREEZE_CLOSED:
        return issuers == at_switch;
    default:
        return true; /* unfinished or disputed */
    }
}

static void compare_freeze(struct view *view, const struct audit_freeze *at_issuer)
{
    const struct freeze *freeze = &view->freeze;
    struct audit *audit = view->audit;
    struct audit_label label = audit_label(&freeze->request.reference);
    enum freeze_state state = freeze->state;
    if (!fits_state(state, at_issuer))
        audit_violation(audit, 2, "freeze %s is %s at the switch and %s at %011" PRIu64, label.text,
                        freeze_state_name(state),
                        freeze_state_name(at_issuer != NULL ? at_issuer->state : FREEZE_NONE),
                        freeze->sender_issuer);
    if (at_issuer == NULL || (state != FREEZE_FROZEN && state != FREEZE_CLOSED))
        return;
    if (at_issuer->frozen_minor != freeze->request.amount_minor)
        audit_violation(audit, 2, "freeze %s: %" PRId64 " at the switch, %" PRId64 " frozen",
                        label.text, freeze->request.amount_minor, at_issuer->frozen_minor);
    if (view->is_disputed)
        return;
    if (at_issuer->debited_minor != freeze->settled_minor)
        audit_violation(audit, 2,
                        "freeze %s: %" PRId64 " claimed at the switch, %" PRId64 " debited",
                        label.text, freeze->settled_minor, at_issuer->debited_minor);
    int64_t left = state == FREEZE_CLOSED ? freeze->left_minor : 0;
    if (at_issuer->released_minor != left)
        audit_violation(audit, 2, "freeze %s: %" PRId64 " left at the switch, %" PRId64 " released",
                        label.text, left, at_issuer->released_minor);
}

/* A freeze whose shares are kept no longer, or no longer all of them: what was posted for them must
 * be in itself, and come to what was credited. */
static void check_forgotten(struct view *view)
{
    const struct freeze *freeze = &view->freeze;
    struct audit *audit = view->audit;
    struct audit_label label = audit_label(&freeze->request.reference);
    bool has_sender = audit_has_issuer(audit, freeze->sender_issuer);
    struct standing all = {0};
    struct audit_posting *postings = audit->group.postings;
    size_t count = audit->group.count;
    for (size_t from = 0, next; from < count; from = next) {
        next = from + 1;
        while (next < count && postings[next].share == postings[from].share &&
               memcmp(postings[next].claim, postings[from].claim, CLAIM_KEY_LEN) == 0)
            next++;
        struct standing one = sum_up(&postings[from], next - from);
        bool stands = one.debits == 1 && one.debited_minor == one.credited_minor;
        if (one.credits > 1 || (one.credits > 0 && has_sender && !stands))
            audit_violation(audit, 3,
                            "freeze %s, share %u, forgotten: %" PRId64 " debited and %" PRId64
                            " credited for one claim",
                            label.text, postings[from].share, one.debited_minor,
                            one.credited_minor);
        if (!audit_add(audit, &all.debited_minor, one.debited_minor) ||
            !audit_add(audit, &all.credited_minor, one.credited_minor))
            return;
    }
    if ((has_sender && all.debited_minor != freeze->credited_minor) ||
        all.credited_minor > freeze->credited_minor)
        audit_violation(audit, 2,
                        "freeze %s, forgotten: %" PRId64 " claimed at the switch, %" PRId64
                        " debited and %" PRId64 " credited",
                        label.text, freeze->credited_minor, all.debited_minor, all.credited_minor);
}

/* The issuer's freeze of the group, which the switch has too; NULL: the issuer has none. */
static struct audit_freeze *know_freeze(struct audit *audit)
{
    struct audit_freeze *freeze = &audit->group.freeze;
    if (!audit->group.has_freeze)
        return NULL;
    freeze->is_known = true;
    return freeze;
}

/* What the issuers have of a freeze and the switch has never heard of. */
static void check_unknown(struct audit *audit)
{
    const struct audit_group *group = &audit->group;
    const struct audit_freeze *freezes[] = {group->has_freeze ? &group->freeze : NULL,
                                            group->has_other ? &group->other : NULL};
    for (size_t i = 0; i < 2; i++)
        if (freezes[i] != NULL && !freezes[i]->is_known && freezes[i]->frozen_minor != 0)
            audit_violation(audit, 2,
                            "%011" PRIu64 " froze %" PRId64 " that the switch never heard of",
                            freezes[i]->issuer, freezes[i]->frozen_minor);
    for (size_t i = 0; i < group->count; i++) {
        const struct audit_posting *posting = &group->postings[i];
        if (!posting->is_known)
            audit_violation(audit, 3,
                            "%011" PRIu64 " %s %" PRId64 " for a share unknown at the switch",
                            posting->issuer,
                            posting->what == AUDIT_CREDIT  ? "credited"
                            : posting->what == AUDIT_DEBIT ? "debited"
                                                           : "took back",
                            posting->amount_minor);
    }
}

/* All shares of the freeze have been read. */
static void end_freeze(struct view *view)
{
    const struct freeze *freeze = &view->freeze;
    struct audit *audit = view->audit;
    struct audit_label label = audit_label(&freeze->request.reference);
    if (freeze->state == FREEZE_NONE) {
        check_unknown(audit);
        return;
    }
    if (freeze->state == FREEZE_FREEZING || freeze->state == FREEZE_REVERSING ||
        freeze->state == FREEZE_CLOSING)
        audit_violation(audit, 7, "freeze %s is still %s", label.text,
                        freeze_state_name(freeze->state));
    if (freeze_is_over(freeze) && view->taken_minor < freeze->taken_minor)
        check_forgotten(view); /* they are about to be */
    else if (view->taken_minor != freeze->taken_minor ||
             view->settled_minor != freeze->settled_minor ||
             view->taken_minor > freeze->request.amount_minor)
        audit_violation(audit, 2,
                        "freeze %s of %" PRId64 ": its shares sum up to %" PRId64
                        " taken and %" PRId64 " settled, its record says %" PRId64 " and %" PRId64,
                        label.text, freeze->request.amount_minor, view->taken_minor,
                        view->settled_minor, freeze->taken_minor, freeze->settled_minor);
    struct audit_freeze *at_issuer = know_freeze(audit);
    /* One that was reversed before it came has no issuer. */
    if (audit_has_issuer(audit, freeze->sender_issuer))
        compare_freeze(view, at_issuer);
    check_unknown(audit);
}

/* --- all of them ------------------------------------------------------------------------------ */

/* A freeze that the switch has no record of: it keeps it no longer, or never had it. */
static void check_absent(struct audit *audit)
{
    const struct audit_group *group = &audit->group;
    struct view view = {.audit = audit, .freeze = group->forgotten};
    if (group->has_forgotten) {
        memcpy(view.name, group->name, sizeof view.name);
        check_forgotten(&view);
        struct audit_freeze *at_issuer = know_freeze(audit);
        if (audit_has_issuer(audit, view.freeze.sender_issuer))
            compare_freeze(&view, at_issuer);
    }
    check_unknown(audit);
}

/* Everything before this name, or all that is left for NULL. */
static enum result check_absent_before(struct audit *audit, const uint8_t *name)
{
    const uint8_t *next;
    while ((next = audit_next_name(audit)) != NULL &&
           (name == NULL || memcmp(next, name, FREEZE_NAME_LEN) < 0)) {
        TRY(audit_take(audit, next));
        check_absent(audit);
    }
    return RESULT_OK;
}

static enum result begin_freeze(struct view *view, const uint8_t name[FREEZE_NAME_LEN],
                                struct bytes value)
{
    struct audit *audit = view->audit;
    end_freeze(view);
    *view = (struct view){.audit = audit, .store = view->store};
    memcpy(view->name, name, FREEZE_NAME_LEN);
    freeze_decode(value, &view->freeze);
    TRY(check_absent_before(audit, name));
    TRY(audit_take(audit, name));
    if (view->freeze.state == FREEZE_DISPUTED)
        check_kept(view, &view->freeze.request.reference, 0);
    return audit->failed;
}

static bool take_record(void *context, struct bytes key, struct bytes value)
{
    struct view *view = context;
    struct audit *audit = view->audit;
    struct reader r = reader_of(key);
    struct share share;
    uint8_t name[FREEZE_NAME_LEN];
    read_u8(&r); /* the table */
    read_bytes(&r, name, sizeof name);
    uint16_t number = read_u16(&r);
    if (number == 0) {
        audit->failed = begin_freeze(view, name, value);
    } else {
        share_decode(value, &share);
        if (memcmp(view->name, name, sizeof name) != 0)
            audit_violation(audit, 2, "share %u of freeze %s has no freeze", number,
                            audit_label(&share.claim.reference).text);
        else
            take_share(view, &share);
    }
    return audit->failed == RESULT_OK;
}

/* Freezes and purchases that are kept no longer. */
static bool take_entry(void *context, const struct store_log_record *record)
{
    struct audit *audit = context;
    struct journal_entry entry;
    uint8_t name[FREEZE_NAME_LEN];
    if (!journal_read(record->data, &entry)) {
        audit->failed =
            fault_set(audit->fault, RESULT_CORRUPT,
                      "the switch: log record %" PRIu64 " is no journal entry", record->number);
        return false;
    }
    if (entry.event != JOURNAL_FORGOTTEN)
        return true;
    if (operation_is_of_purchase(entry.operation.kind))
        return audit_add_purchase_of_switch(audit, &entry.operation,
                                            (enum purchase_state)entry.from, entry.sender_issuer);
    struct freeze freeze = {
        .state = (enum freeze_state)entry.from,
        .request = entry.operation,
        .sender_issuer = entry.sender_issuer,
        .settled_minor = entry.moved_minor,
        .left_minor = entry.available_minor,
    };
    audit_name_freeze(&entry.operation.reference, name);
    return audit_add_forgotten(audit, name, &freeze);
}

enum result audit_read_switch(struct audit *audit, const struct audit_party *party)
{
    static const uint8_t first[] = {TABLE_FREEZE}, end[] = {TABLE_FREEZE + 1};
    struct view view = {.audit = audit, .store = party->store};
    TRY(store_log_scan(party->store, 1, 0, take_entry, audit, audit->fault));
    TRY(audit->failed);
    TRY(audit_streams_sort(audit));
    TRY(store_scan(party->store, bytes_of(first, 1), bytes_of(end, 1), take_record, &view,
                   audit->fault));
    TRY(audit->failed);
    end_freeze(&view);
    TRY(check_absent_before(audit, NULL));
    return audit->failed;
}
