/* The auditor on totals: what is told of a date is what its files have, and when all has come to
 * rest a member's own are the same but for what is in dispute. Source: protocol page "Totals",
 * "What must always hold" 8. */
#include "simulation/auditor.h"

/* --- what is kept ----------------------------------------------------------------------------- */

static struct audited_totals *find_totals(struct auditor *auditor, unsigned node, uint32_t date,
                                          uint64_t member)
{
    for (unsigned i = 0; i < auditor->totals_count; i++) {
        struct audited_totals *known = &auditor->totals[i];
        if (known->node == node && known->date == date && known->member == member)
            return known;
    }
    MUST(auditor->totals_count < AUDITOR_TOTALS_MAX);
    struct audited_totals *totals = &auditor->totals[auditor->totals_count++];
    *totals = (struct audited_totals){.node = node, .date = date, .member = member};
    return totals;
}

bool auditor_has_told_totals(const struct auditor *auditor, uint32_t date)
{
    for (unsigned i = 0; i < auditor->totals_count; i++) {
        const struct audited_totals *known = &auditor->totals[i];
        if (known->node == NODE_SWITCH && known->date == date && known->book.tries > 0)
            return true;
    }
    return false;
}

static unsigned node_of(const struct auditor *auditor, uint64_t institution)
{
    for (unsigned node = 0; node < PLAN_NODES_MAX; node++)
        if (auditor->institutions[node] == institution)
            return node;
    return NODE_SWITCH;
}

/* An issuer has or lacks no more than what is not answered yet or in dispute. */
static void check_difference(struct auditor *auditor, const struct audited_totals *totals)
{
    if (totals->node == NODE_SWITCH && totals->book.state == TOTALS_DIFFERS &&
        plan_is_issuer(auditor->plan, node_of(auditor, totals->member)) &&
        !totals_book_is_explained(&totals->book))
        auditor_fail(auditor, 8, "totals of %08u and member %llu differ by more than what waits",
                     totals->date, (unsigned long long)totals->member);
}

void auditor_totals_durable(struct auditor *auditor, unsigned node,
                            const struct store_memory_write *write)
{
    uint32_t date;
    uint64_t member;
    MUST(totals_key_read(write->key, &date, &member));
    struct audited_totals *totals = find_totals(auditor, node, date, member);
    totals->is_forgotten = write->value.data == NULL;
    if (totals->is_forgotten && totals->book.state == TOTALS_ASKED)
        auditor_fail(auditor, STATEMENT_LAW,
                     "node %u forgets totals of %08u that it has asked about", node, date);
    if (!totals->is_forgotten)
        totals_book_decode(write->value, &totals->book);
    check_difference(auditor, totals);
}

/* DE 15 has no year; no world has two dates that it could mean. */
static struct audited_totals *totals_named(struct auditor *auditor, unsigned node,
                                           const struct operation *operation)
{
    for (unsigned i = 0; i < auditor->totals_count; i++) {
        struct audited_totals *known = &auditor->totals[i];
        if (known->node == node && known->member == operation->addressee.number &&
            known->date % 10000 == operation->settlement)
            return known;
    }
    return NULL;
}

/* --- on the wire ------------------------------------------------------------------------------ */

static bool same(const struct totals *a, const struct totals *b)
{
    bool is_same = true;
    for (unsigned i = 0; i < TOTALS_PARTS; i++)
        is_same = is_same && a->number[i] == b->number[i];
    for (unsigned i = 0; i < TOTALS_AMOUNTS; i++)
        is_same = is_same && a->amount_minor[i] == b->amount_minor[i];
    return is_same;
}

void auditor_totals_told(struct auditor *auditor, const struct operation *operation)
{
    const struct audited_totals *totals = totals_named(auditor, NODE_SWITCH, operation);
    if (totals == NULL || !same(&totals->book.own, &operation->totals)) {
        auditor_fail(auditor, 8, "the switch tells totals of %04u that it has not stored",
                     operation->settlement);
        return;
    }
    for (unsigned i = 0; i < auditor->claim_count; i++) {
        const struct audited_claim *claim = &auditor->claims[i];
        if (claim->date == totals->date &&
            (claim->state == SHARE_RESERVED || claim->state == SHARE_DEBITED ||
             claim->state == SHARE_CREDITING))
            auditor_fail(auditor, 8, "totals of %08u are told while %s is %s", totals->date,
                         auditor_label(claim), share_state_name(claim->state));
    }
    for (unsigned i = 0; i < auditor->purchase_count; i++)
        if (auditor->purchases[i].date == totals->date &&
            auditor->purchases[i].state == PURCHASE_PURCHASING)
            auditor_fail(auditor, 8, "totals of %08u are told while purchase %06u is PURCHASING",
                         totals->date, auditor->purchases[i].key.stan);
}

void auditor_totals_answered(struct auditor *auditor, unsigned node, const struct operation *answer,
                             char settlement_code)
{
    const struct audited_totals *theirs = totals_named(auditor, node, answer);
    const struct audited_totals *ours = totals_named(auditor, NODE_SWITCH, answer);
    if (theirs == NULL || ours == NULL || !theirs->book.has_told) {
        auditor_fail(auditor, STATEMENT_LAW, "node %u answers totals before it is durable", node);
        return;
    }
    bool is_balanced = settlement_code == '1';
    if (is_balanced != totals_agree(&ours->book.own, &theirs->book.told) ||
        (!is_balanced && !same(&theirs->book.told, &answer->totals)))
        auditor_fail(auditor, 8, "node %u says %c of the totals of %08u, which is not so", node,
                     settlement_code, theirs->date);
}

/* --- at the end ------------------------------------------------------------------------------- */

/* What the files of a date have of a member; and whether it may have something else. */
struct expected {
    int64_t debits, credits, transfers, freezes;
    int64_t debits_minor, credits_minor;
    bool is_uncertain;
};

static struct expected expect_of(const struct auditor *auditor, uint32_t date, uint64_t member)
{
    struct expected all = {0};
    for (unsigned i = 0; i < auditor->claim_count; i++) {
        const struct audited_claim *claim = &auditor->claims[i];
        bool sends = claim->freeze->sender_issuer == member;
        bool receives = claim->receiver_issuer == member, asks = claim->forwarder == member;
        bool is_in = claim->file_date == date;
        if (claim->date == date && (sends || receives || asks))
            all.is_uncertain |= claim->is_disputed || claim->is_key_forgotten;
        all.debits += is_in && (sends || asks);
        all.debits_minor += is_in && (sends || asks) ? claim->amount_minor : 0;
        all.credits += is_in && (receives || asks);
        all.credits_minor += is_in && (receives || asks) ? claim->amount_minor : 0;
        all.transfers += is_in && asks;
    }
    for (unsigned i = 0; i < auditor->purchase_count; i++) {
        const struct audited_purchase *purchase = &auditor->purchases[i];
        bool pays = purchase->issuer == member, gets = purchase->key.acquirer == member;
        bool is_in = purchase->file_date == date;
        if (purchase->date == date && (pays || gets))
            all.is_uncertain |= purchase->is_disputed || purchase->is_key_forgotten;
        all.debits += is_in && pays;
        all.debits_minor += is_in && pays ? purchase->amount_minor : 0;
        all.credits += is_in && gets;
        all.credits_minor += is_in && gets ? purchase->amount_minor : 0;
    }
    for (unsigned i = 0; i < auditor->freeze_count; i++) {
        const struct audited_freeze *freeze = &auditor->freezes[i];
        all.freezes += freeze->was_frozen && freeze->frozen_date == date &&
                       (freeze->sender_issuer == member || freeze->name.wallet == member);
    }
    return all;
}

static int64_t number_of(const struct totals *totals, enum totals_part part)
{
    return (int64_t)totals->number[part] - (int64_t)totals->number[part + 1];
}

static int64_t amount_of(const struct totals *totals, enum totals_part part)
{
    return totals->amount_minor[part] - totals->amount_minor[part + 1];
}

static void compare(struct auditor *auditor, const struct audited_totals *kept,
                    const struct expected *files)
{
    const struct totals *own = &kept->book.own;
    bool fits = number_of(own, TOTALS_DEBITS) == files->debits &&
                number_of(own, TOTALS_CREDITS) == files->credits &&
                number_of(own, TOTALS_TRANSFERS) == files->transfers &&
                amount_of(own, TOTALS_DEBITS) == files->debits_minor &&
                amount_of(own, TOTALS_CREDITS) == files->credits_minor;
    if (!fits)
        auditor_fail(
            auditor, 8,
            "totals of %08u at node %u of member %llu: %lld debits of %lld and %lld "
            "credits of %lld; in the files %lld of %lld and %lld of %lld",
            kept->date, kept->node, (unsigned long long)kept->member,
            (long long)number_of(own, TOTALS_DEBITS), (long long)amount_of(own, TOTALS_DEBITS),
            (long long)number_of(own, TOTALS_CREDITS), (long long)amount_of(own, TOTALS_CREDITS),
            (long long)files->debits, (long long)files->debits_minor, (long long)files->credits,
            (long long)files->credits_minor);
    if ((int64_t)own->number[TOTALS_AUTHORISATIONS] != files->freezes &&
        (kept->node == NODE_SWITCH || plan_is_wallet(auditor->plan, kept->node)))
        auditor_fail(auditor, 8, "totals of %08u at node %u: %llu freezes, not %lld", kept->date,
                     kept->node, (unsigned long long)own->number[TOTALS_AUTHORISATIONS],
                     (long long)files->freezes);
}

void auditor_totals_at_rest(struct auditor *auditor, uint32_t business_date,
                            const bool is_gone[PLAN_NODES_MAX])
{
    for (unsigned i = 0; i < auditor->totals_count; i++) {
        const struct audited_totals *kept = &auditor->totals[i];
        bool is_switch = kept->node == NODE_SWITCH;
        unsigned member = node_of(auditor, kept->member);
        if (kept->is_forgotten || kept->member == 0 || kept->date >= business_date ||
            is_gone[member])
            continue;
        struct expected files = expect_of(auditor, kept->date, kept->member);
        if (is_switch || !files.is_uncertain)
            compare(auditor, kept, &files);
        if (is_switch && kept->book.state != TOTALS_AGREED && kept->book.state != TOTALS_DIFFERS)
            auditor_fail(auditor, 8, "totals of %08u and member %llu: %s when all has come to rest",
                         kept->date, (unsigned long long)kept->member,
                         totals_state_name(kept->book.state));
    }
}
