/* The auditor at the switch: how freezes and shares may move, and what must be true elsewhere by
 * then. Source: protocol page "Claim, step by step", "Freeze", "Unfreeze", "Days and clearing". */
#include "simulation/auditor.h"

#define TO(state) (1u << (state))

bool auditor_has_foreigners(const struct auditor *auditor)
{
    return auditor->plan->levels[KIND_FOREIGN] != LEVEL_OFF ||
           auditor->plan->levels[KIND_STUBBORN] != LEVEL_OFF;
}

/* --- a share ---------------------------------------------------------------------------------- */

static bool share_may_move(enum share_state from, enum share_state to)
{
    static const unsigned ways[SHARE_STATES] = {
        [SHARE_NONE] = TO(SHARE_RESERVED),
        [SHARE_RESERVED] =
            TO(SHARE_DEBITED) | TO(SHARE_CREDITING) | TO(SHARE_DEBIT_UNKNOWN) | TO(SHARE_RELEASED),
        [SHARE_DEBITED] = TO(SHARE_CREDITING) | TO(SHARE_REVERSING),
        [SHARE_CREDITING] = TO(SHARE_CREDITED) | TO(SHARE_CREDIT_UNKNOWN) | TO(SHARE_REVERSING),
        [SHARE_CREDIT_UNKNOWN] = TO(SHARE_CREDITED) | TO(SHARE_DISPUTED),
        [SHARE_DEBIT_UNKNOWN] = TO(SHARE_RELEASED) | TO(SHARE_DISPUTED),
        [SHARE_REVERSING] = TO(SHARE_RELEASED) | TO(SHARE_DISPUTED),
    };
    return (ways[from] & TO(to)) != 0;
}

static void share_reserved(struct auditor *auditor, struct audited_claim *claim)
{
    const struct audited_freeze *freeze = claim->freeze;
    for (unsigned i = 0; i < auditor->claim_count; i++) {
        const struct audited_claim *other = &auditor->claims[i];
        if (other != claim && other->freeze == freeze && other->share == claim->share &&
            auditor_is_taken(other->state))
            auditor_fail(auditor, 3, "%s takes a share that claim %06u has (%s)",
                         auditor_label(claim), other->stan, share_state_name(other->state));
    }
    if (freeze->state != FREEZE_FROZEN)
        auditor_fail(auditor, 4, "%s is accepted while its freeze is %s", auditor_label(claim),
                     freeze_state_name(freeze->state));
    if (claim->share < 1 || claim->share > freeze->name.shares || claim->amount_minor <= 0)
        auditor_fail(auditor, STATEMENT_LAW, "%s of %lld is accepted", auditor_label(claim),
                     (long long)claim->amount_minor);
    if (claim->told != TOLD_NOTHING)
        auditor_fail(auditor, 5, "%s is accepted after it was answered", auditor_label(claim));
    if (auditor_is_cut(auditor, claim->date))
        auditor_fail(auditor, 8, "%s is booked to %08u, which has been cut", auditor_label(claim),
                     claim->date);
}

/* What the issuers must have by the time the switch says so. */
static void share_moved(struct auditor *auditor, struct audited_claim *claim)
{
    const char *state = share_state_name(claim->state);
    switch (claim->state) {
    case SHARE_RESERVED:
        share_reserved(auditor, claim);
        break;
    case SHARE_DEBITED:
    case SHARE_CREDITING:
        if (claim->debits != 1)
            auditor_fail(auditor, 3, "%s is %s while its debit does not stand",
                         auditor_label(claim), state);
        break;
    case SHARE_CREDITED:
        if (claim->credits != 1 || claim->debits != 1)
            auditor_fail(auditor, 5, "%s is %s with %u debits and %u credits", auditor_label(claim),
                         state, claim->debits, claim->credits);
        break;
    case SHARE_RELEASED:
        if (claim->debits != 0 || claim->credits != 0)
            auditor_fail(auditor, 3, "%s is %s with %u debits and %u credits", auditor_label(claim),
                         state, claim->debits, claim->credits);
        claim->is_debit_over = true;
        break;
    case SHARE_REVERSING:
    case SHARE_DEBIT_UNKNOWN:
        if (claim->credits != 0)
            auditor_fail(auditor, 3, "%s is %s although it was credited", auditor_label(claim),
                         state);
        break;
    case SHARE_DISPUTED:
        claim->is_disputed = claim->freeze->is_disputed = true;
        if (!auditor_has_foreigners(auditor))
            auditor_fail(auditor, STATEMENT_LAW, "%s is %s and nobody foreign is there",
                         auditor_label(claim), state);
        break;
    default:
        break;
    }
}

static void share_durable(struct auditor *auditor, struct bytes value)
{
    struct share share;
    share_decode(value, &share);
    struct audited_claim *claim = auditor_claim(auditor, &share.claim);
    enum share_state from = claim->state;
    if (share.state == from)
        return;
    if (!share_may_move(from, share.state))
        auditor_fail(auditor, STATEMENT_LAW, "%s goes from %s to %s", auditor_label(claim),
                     share_state_name(from), share_state_name(share.state));
    claim->state = share.state;
    claim->recent |= TO(share.state);
    claim->date = share.settlement_date;
    claim->receiver_issuer = share.receiver_issuer;
    share_moved(auditor, claim);
}

/* --- a freeze --------------------------------------------------------------------------------- */

static bool freeze_may_move(enum freeze_state from, enum freeze_state to)
{
    static const unsigned ways[FREEZE_STATES] = {
        [FREEZE_NONE] = TO(FREEZE_FREEZING) | TO(FREEZE_REFUSED) | TO(FREEZE_REVERSED),
        [FREEZE_FREEZING] = TO(FREEZE_FROZEN) | TO(FREEZE_REFUSED) | TO(FREEZE_REVERSING),
        [FREEZE_FROZEN] = TO(FREEZE_CLOSING) | TO(FREEZE_REVERSING),
        [FREEZE_REVERSING] = TO(FREEZE_REVERSED) | TO(FREEZE_DISPUTED),
        [FREEZE_CLOSING] = TO(FREEZE_CLOSED) | TO(FREEZE_DISPUTED),
    };
    return (ways[from] & TO(to)) != 0;
}

struct sums {
    int64_t taken_minor, settled_minor;
    unsigned taken, moving;
};

static struct sums sum_up(const struct auditor *auditor, const struct audited_freeze *freeze)
{
    struct sums sums = {0};
    for (unsigned i = 0; i < auditor->claim_count; i++) {
        const struct audited_claim *claim = &auditor->claims[i];
        if (claim->freeze != freeze || !auditor_is_taken(claim->state))
            continue;
        bool is_settled = claim->state == SHARE_CREDITED || claim->state == SHARE_CREDIT_UNKNOWN ||
                          claim->state == SHARE_DISPUTED;
        sums.taken++;
        sums.taken_minor += claim->amount_minor;
        sums.moving += !is_settled;
        sums.settled_minor += is_settled ? claim->amount_minor : 0;
    }
    return sums;
}

static void freeze_moved(struct auditor *auditor, struct audited_freeze *freeze,
                         enum freeze_state from)
{
    unsigned long long name = freeze->name.sequence;
    const char *state = freeze_state_name(freeze->state);
    bool is_at_issuer = freeze->issuer != 0;
    if (!freeze_may_move(from, freeze->state))
        auditor_fail(auditor, STATEMENT_LAW, "freeze %llu goes from %s to %s", name,
                     freeze_state_name(from), state);
    if (freeze->state == FREEZE_FROZEN) {
        if (freeze->at_issuer != FREEZE_FROZEN || freeze->told != TOLD_NOTHING)
            auditor_fail(auditor, 5, "freeze %llu becomes %s; at its issuer it is %s%s", name,
                         state, freeze_state_name(freeze->at_issuer),
                         freeze->told != TOLD_NOTHING ? ", and the wallet was told otherwise" : "");
        freeze->was_frozen = true;
    }
    if (freeze->state == FREEZE_REVERSING && sum_up(auditor, freeze).taken > 0)
        auditor_fail(auditor, STATEMENT_LAW, "freeze %llu is reversed while a share is taken",
                     name);
    if (freeze->state == FREEZE_CLOSING || freeze->state == FREEZE_CLOSED)
        freeze->was_closed = true;
    if (freeze->state == FREEZE_CLOSED && freeze->at_issuer != FREEZE_CLOSED)
        auditor_fail(auditor, 2, "freeze %llu is %s; at its issuer it is %s", name, state,
                     freeze_state_name(freeze->at_issuer));
    if ((freeze->state == FREEZE_REVERSED || freeze->state == FREEZE_REFUSED) && is_at_issuer &&
        freeze->remaining_minor + freeze->debited_minor != 0)
        auditor_fail(auditor, 2, "freeze %llu is %s, and its issuer still holds %lld", name, state,
                     (long long)freeze->remaining_minor);
    if (freeze->state == FREEZE_DISPUTED) {
        freeze->is_disputed = true;
        if (!auditor_has_foreigners(auditor))
            auditor_fail(auditor, STATEMENT_LAW, "freeze %llu is %s and nobody foreign is there",
                         name, state);
    }
}

/* What is left is told to the issuer: all that can still come back has come back. */
static void freeze_left_known(struct auditor *auditor, struct audited_freeze *freeze,
                              int64_t left_minor)
{
    struct sums sums = sum_up(auditor, freeze);
    if (sums.moving > 0 || left_minor != freeze->amount_minor - sums.settled_minor)
        auditor_fail(auditor, STATEMENT_LAW,
                     "freeze %llu of %lld: %lld are said to be left, with %u shares under way and "
                     "%lld claimed",
                     (unsigned long long)freeze->name.sequence, (long long)freeze->amount_minor,
                     (long long)left_minor, sums.moving, (long long)sums.settled_minor);
    freeze->left_minor = left_minor;
}

static void freeze_durable(struct auditor *auditor, struct bytes value)
{
    struct freeze record;
    freeze_decode(value, &record);
    struct audited_freeze *freeze = auditor_freeze(auditor, &record.request.reference);
    enum freeze_state from = freeze->state;
    freeze->state = record.state;
    freeze->recent |= TO(record.state);
    freeze->date = record.settlement_date;
    freeze->amount_minor = record.request.amount_minor;
    freeze->sender_issuer = record.sender_issuer;
    if (freeze->begun_us == 0)
        freeze->begun_us = auditor->now_us;
    if (from != record.state)
        freeze_moved(auditor, freeze, from);
    if (from == FREEZE_FROZEN && record.state == FREEZE_CLOSING && record.notice_minor < 0)
        auditor_freeze_aged(auditor, freeze);
    if (record.left_minor != freeze->left_minor)
        freeze_left_known(auditor, freeze, record.left_minor);
}

/* --- what is kept for a person -----------------------------------------------------------------
 */

static void dispute_durable(struct auditor *auditor, struct bytes value)
{
    struct dispute dispute;
    dispute_decode(value, &dispute);
    if (operation_is_of_purchase(dispute.about.kind)) {
        auditor_purchase_disputed(auditor, &dispute);
        return;
    }
    bool of_share = dispute.about.kind == OPERATION_CLAIM, is_told = false;
    if (of_share) {
        struct audited_claim *claim = auditor_claim(auditor, &dispute.about);
        is_told =
            claim->state == SHARE_DISPUTED && claim->amount_minor == dispute.about.amount_minor;
        claim->is_for_a_person = true;
    } else {
        struct audited_freeze *freeze = auditor_freeze(auditor, &dispute.about.reference);
        is_told = freeze->state == FREEZE_DISPUTED;
        freeze->is_for_a_person = true;
    }
    if (!is_told || dispute.closed != 0)
        auditor_fail(auditor, 7, "a dispute is kept of freeze %llu, share %u, that there is not",
                     (unsigned long long)dispute.about.reference.sequence,
                     of_share ? dispute.about.reference.share : 0);
}

/* What was not certain of the cut date and those before it: the share, or freeze, at this moment.
 */
static void note_uncertain(struct auditor *auditor, uint32_t date)
{
    uint16_t bit = (uint16_t)(1u << auditor->cut_count);
    for (unsigned i = 0; i < auditor->claim_count; i++) {
        struct audited_claim *claim = &auditor->claims[i];
        bool is_open = claim->state == SHARE_DEBIT_UNKNOWN || claim->state == SHARE_REVERSING ||
                       claim->state == SHARE_CREDIT_UNKNOWN;
        if (claim->date <= date && is_open)
            claim->open_at |= bit;
        if (claim->date <= date && claim->state == SHARE_DISPUTED)
            claim->disputed_at |= bit;
    }
    for (unsigned i = 0; i < auditor->freeze_count; i++) {
        struct audited_freeze *freeze = &auditor->freezes[i];
        /* An unfreeze is of the day on which what is left became known. */
        bool is_left = freeze->left_minor >= 0;
        uint32_t of = is_left ? freeze->left_date : freeze->date;
        if (of <= date &&
            (freeze->state == FREEZE_REVERSING || (freeze->state == FREEZE_CLOSING && is_left)))
            freeze->open_at |= bit;
        if (of <= date && freeze->state == FREEZE_DISPUTED)
            freeze->disputed_at |= bit;
    }
}

/* --- its journal: what goes into files -------------------------------------------------------- */

/* Freezes that stand, and what of them nobody has for good, as the mark of a cut tells it. */
static void check_standing(struct auditor *auditor, const struct journal_entry *mark)
{
    int64_t open_minor = 0;
    unsigned count = 0;
    for (unsigned i = 0; i < auditor->freeze_count; i++) {
        const struct audited_freeze *freeze = &auditor->freezes[i];
        bool is_closing = freeze->state == FREEZE_CLOSING && freeze->left_minor < 0;
        if (freeze->state != FREEZE_FROZEN && !is_closing)
            continue;
        count++;
        open_minor += freeze->amount_minor - sum_up(auditor, freeze).settled_minor;
    }
    if (mark->count != count || mark->available_minor != open_minor ||
        mark->operation.forwarder.number != auditor->institutions[NODE_SWITCH])
        auditor_fail(auditor, STATEMENT_LAW,
                     "the cut of %08u says that %u freezes with %lld are open; %u are, with %lld",
                     mark->settlement_date, mark->count, (long long)mark->available_minor, count,
                     (long long)open_minor);
}

static void entry_durable(struct auditor *auditor, const struct store_memory_write *write)
{
    struct journal_entry entry;
    MUST(journal_read(write->value, &entry));
    const struct operation *operation = &entry.operation;
    uint32_t date = entry.settlement_date;
    if (entry.event == JOURNAL_SHARE && entry.from == SHARE_CREDITING &&
        (entry.to == SHARE_CREDITED || entry.to == SHARE_CREDIT_UNKNOWN)) {
        struct audited_claim *claim = auditor_claim(auditor, operation);
        if (claim->file_date != 0 || auditor_is_cut(auditor, date) || date != claim->date)
            auditor_fail(auditor, 8, "%s of %08u enters the files of %08u%s", auditor_label(claim),
                         claim->date, date,
                         claim->file_date != 0 ? " once more"
                                               : (date == claim->date ? ", which are cut" : ""));
        claim->file_date = date;
    } else if (entry.event == JOURNAL_FREEZE) {
        struct audited_freeze *freeze = auditor_freeze(auditor, &operation->reference);
        if (entry.from == FREEZE_FREEZING && entry.to == FREEZE_FROZEN)
            freeze->frozen_date = date;
        else if (entry.from == FREEZE_CLOSING && entry.to == FREEZE_CLOSING)
            freeze->left_date = date;
    } else if (entry.event == JOURNAL_PURCHASE)
        auditor_purchase_entry(auditor, &entry);
    else if (entry.event == JOURNAL_CUT) {
        for (unsigned i = 0; i < auditor->claim_count; i++) {
            const struct audited_claim *claim = &auditor->claims[i];
            if (claim->date == date &&
                (claim->state == SHARE_RESERVED || claim->state == SHARE_DEBITED ||
                 claim->state == SHARE_CREDITING))
                auditor_fail(auditor, 8, "%08u is cut while %s is %s", date, auditor_label(claim),
                             share_state_name(claim->state));
        }
        check_standing(auditor, &entry);
        MUST(auditor->cut_count < AUDITOR_DATES_MAX);
        note_uncertain(auditor, date);
        auditor_purchases_at_cut(auditor, date);
        auditor->cut_marks[auditor->cut_count] = write->log_number;
        auditor->cut_dates[auditor->cut_count++] = date;
    }
}

void auditor_switch_durable(struct auditor *auditor, const struct store_memory_write *write)
{
    if (write->log_number != 0)
        entry_durable(auditor, write);
    else if (write->key.data[0] == TABLE_DISPUTE)
        dispute_durable(auditor, write->value);
    else if (write->key.data[0] == TABLE_PURCHASE)
        auditor_purchase_durable(auditor, write);
    else if (write->key.data[0] != TABLE_FREEZE || write->value.data == NULL)
        return;
    else if (write->key.data[write->key.len - 1] != 0 || write->key.data[write->key.len - 2] != 0)
        share_durable(auditor, write->value);
    else
        freeze_durable(auditor, write->value);
}

/* --- after a commit --------------------------------------------------------------------------- */

void auditor_switch_committed(struct auditor *auditor)
{
    auditor_note_over(auditor);
    auditor_purchases_committed(auditor);
    for (unsigned i = 0; i < auditor->freeze_count; i++) {
        const struct audited_freeze *freeze = &auditor->freezes[i];
        struct sums sums = sum_up(auditor, freeze);
        if ((freeze->state == FREEZE_DISPUTED) != freeze->is_for_a_person)
            auditor_fail(auditor, 7, "freeze %llu is %s, and no person will hear of it",
                         (unsigned long long)freeze->name.sequence,
                         freeze_state_name(freeze->state));
        if (sums.taken_minor > freeze->amount_minor)
            auditor_fail(auditor, 2, "the claims of freeze %llu come to %lld of %lld",
                         (unsigned long long)freeze->name.sequence, (long long)sums.taken_minor,
                         (long long)freeze->amount_minor);
        if (freeze->has_reversal != (freeze->state == FREEZE_REVERSING) ||
            freeze->has_unfreeze != (freeze->state == FREEZE_CLOSING && freeze->left_minor >= 0))
            auditor_fail(auditor, STATEMENT_LAW,
                         "freeze %llu is %s with%s reversal and with%s "
                         "unfreeze stored",
                         (unsigned long long)freeze->name.sequence,
                         freeze_state_name(freeze->state), freeze->has_reversal ? "" : "out",
                         freeze->has_unfreeze ? "" : "out");
    }
    for (unsigned i = 0; i < auditor->claim_count; i++) {
        const struct audited_claim *claim = &auditor->claims[i];
        if ((claim->state == SHARE_DISPUTED) != claim->is_for_a_person)
            auditor_fail(auditor, 7, "%s is %s, and no person will hear of it",
                         auditor_label(claim), share_state_name(claim->state));
        bool reverses = claim->state == SHARE_DEBIT_UNKNOWN || claim->state == SHARE_REVERSING;
        /* After a late approval it goes on until it is answered. */
        bool confirms = claim->state == SHARE_CREDIT_UNKNOWN ||
                        (claim->state == SHARE_CREDITED && claim->has_confirmation);
        if (claim->has_reversal != reverses || claim->has_confirmation != confirms)
            auditor_fail(auditor, STATEMENT_LAW,
                         "%s is %s with%s reversal and with%s confirmation stored",
                         auditor_label(claim), share_state_name(claim->state),
                         claim->has_reversal ? "" : "out", claim->has_confirmation ? "" : "out");
    }
}
