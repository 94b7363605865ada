/* The auditor at the issuers: the money itself. Source: protocol page "The issuer", "What must
 * always hold" 1 to 3. */
#include "simulation/auditor.h"

#include "issuer_sim/issuer_ledger.h"

/* --- records ---------------------------------------------------------------------------------- */

static void account_durable(struct auditor *auditor, unsigned node,
                            const struct store_memory_write *write)
{
    struct ledger_account account;
    struct pan card;
    unsigned at = 0;
    /* The suspense account has no card's key. */
    if (!pan_parse(bytes_of(write->key.data + 1, write->key.len - 1), &card))
        card = (struct pan){0};
    MUST(ledger_account_decode(write->value, &account));
    while (at < auditor->account_count &&
           (auditor->accounts[at].node != node || !pan_equal(&auditor->accounts[at].card, &card)))
        at++;
    MUST(at < sizeof auditor->accounts / sizeof auditor->accounts[0]);
    auditor->account_count += at == auditor->account_count;
    auditor->accounts[at].node = node;
    auditor->accounts[at].card = card;
    auditor->accounts[at].available_minor = account.available_minor;
    auditor->accounts[at].frozen_minor = account.frozen_minor;
    if (account.available_minor < 0 || account.frozen_minor < 0)
        auditor_fail(auditor, 1, "an account is below zero");
}

static void freeze_durable(struct auditor *auditor, unsigned node, struct bytes value)
{
    struct ledger_freeze record;
    MUST(ledger_freeze_decode(value, &record));
    struct audited_freeze *freeze = auditor_freeze(auditor, &record.request.reference);
    if (freeze->issuer != 0 && freeze->issuer != node)
        auditor_fail(auditor, 2, "freeze %llu is at two issuers",
                     (unsigned long long)freeze->name.sequence);
    freeze->issuer = node;
    freeze->at_issuer = record.state;
    freeze->frozen_minor = record.frozen_minor;
    freeze->debited_minor = record.debited_minor;
    freeze->released_minor = record.released_minor;
    freeze->remaining_minor = record.remaining_minor;
}

/* --- postings --------------------------------------------------------------------------------- */

static void debit_posted(struct auditor *auditor, struct audited_claim *claim, uint32_t date)
{
    if (claim->was_debited || claim->is_debit_over ||
        (claim->state != SHARE_RESERVED && claim->state != SHARE_DEBIT_UNKNOWN &&
         !claim->is_disputed))
        auditor_fail(auditor, 3, "%s is debited%s while its share is %s", auditor_label(claim),
                     claim->was_debited ? " once more" : "", share_state_name(claim->state));
    claim->was_debited = true;
    claim->debits++;
    claim->debit_date = date;
    claim->freeze->posted_minor += claim->amount_minor;
    if (date != claim->date)
        auditor_fail(auditor, 8, "%s of %08u is debited on %08u", auditor_label(claim), claim->date,
                     date);
}

static void debit_reversed(struct auditor *auditor, struct audited_claim *claim, uint32_t date)
{
    bool may = claim->state == SHARE_DEBIT_UNKNOWN || claim->state == SHARE_REVERSING ||
               claim->is_disputed;
    if (claim->debits != 1 || claim->credits != 0 || !may)
        auditor_fail(auditor, 3, "the debit of %s is reversed: %u debits, %u credits, share %s",
                     auditor_label(claim), claim->debits, claim->credits,
                     share_state_name(claim->state));
    else {
        claim->debits--;
        claim->freeze->posted_minor -= claim->amount_minor;
    }
    if (date != claim->debit_date)
        auditor_fail(auditor, 8, "the debit of %s on %08u is reversed on %08u",
                     auditor_label(claim), claim->debit_date, date);
}

static void credit_posted(struct auditor *auditor, struct audited_claim *claim, bool confirmed,
                          uint32_t date)
{
    for (unsigned i = 0; i < auditor->claim_count; i++) {
        const struct audited_claim *other = &auditor->claims[i];
        if (other->freeze == claim->freeze && other->share == claim->share && other->credits > 0)
            auditor_fail(auditor, 3, "%s is credited after claim %06u was", auditor_label(claim),
                         other->stan);
    }
    if (claim->debits != 1)
        auditor_fail(auditor, 3, "%s is credited while its debit does not stand",
                     auditor_label(claim));
    /* A host that refused the confirmation may still take the credit, which is in the files. */
    bool is_owed =
        claim->state == SHARE_CREDIT_UNKNOWN || (claim->is_disputed && claim->file_date != 0);
    if (!is_owed && (confirmed || claim->state != SHARE_CREDITING))
        auditor_fail(auditor, 3, "%s is credited%s while its share is %s", auditor_label(claim),
                     confirmed ? " by its confirmation" : "", share_state_name(claim->state));
    if (claim->told == TOLD_REFUSED)
        auditor_fail(auditor, 5, "%s is credited, and the wallet was told that it never is",
                     auditor_label(claim));
    if (claim->is_credit_refused && !confirmed)
        auditor_fail(auditor, 5, "%s is credited after the issuer has refused it",
                     auditor_label(claim));
    claim->credits++;
    claim->credit_date = date;
    if (date != claim->date)
        auditor_fail(auditor, 8, "%s of %08u is credited on %08u", auditor_label(claim),
                     claim->date, date);
}

static void purchase_moved(struct auditor *auditor, unsigned node,
                           const struct journal_entry *entry)
{
    if (entry->operation.kind == OPERATION_PURCHASE) {
        auditor_purchase_posted(auditor, &entry->operation, entry->settlement_date);
        auditor->moved_minor[node] -= entry->moved_minor;
    } else {
        auditor_purchase_given_back(auditor, &entry->operation, entry->settlement_date);
        auditor->moved_minor[node] += entry->moved_minor;
    }
}

static void posted(struct auditor *auditor, unsigned node, const struct journal_entry *entry)
{
    const struct operation *operation = &entry->operation;
    uint32_t date = entry->settlement_date;
    if (operation_is_of_purchase(operation->kind)) {
        purchase_moved(auditor, node, entry);
        return;
    }
    struct audited_freeze *freeze = auditor_freeze(auditor, &operation->reference);
    switch (operation->kind) {
    case OPERATION_FREEZE:
        freeze->issuer_date = date;
        break;
    case OPERATION_DEBIT:
        debit_posted(auditor, auditor_claim(auditor, operation), date);
        auditor->moved_minor[node] -= entry->moved_minor;
        break;
    case OPERATION_DEBIT_REVERSAL:
        debit_reversed(auditor, auditor_claim_named(auditor, operation), date);
        auditor->moved_minor[node] += entry->moved_minor;
        break;
    case OPERATION_CREDIT:
        credit_posted(auditor, auditor_claim(auditor, operation), false, date);
        auditor->moved_minor[node] += entry->moved_minor;
        break;
    case OPERATION_CONFIRMATION:
        credit_posted(auditor, auditor_claim_named(auditor, operation), true, date);
        auditor->moved_minor[node] += entry->moved_minor;
        break;
    case OPERATION_UNFREEZE:
        freeze->is_ended_by_message = true;
        freeze->unfreeze_date = date;
        freeze->unfreeze_minor = entry->moved_minor;
        if (freeze->state != FREEZE_CLOSING && !freeze->is_disputed)
            auditor_fail(auditor, 2, "freeze %llu is released while it is %s",
                         (unsigned long long)freeze->name.sequence,
                         freeze_state_name(freeze->state));
        break;
    case OPERATION_FREEZE_REVERSAL:
        freeze->is_ended_by_message = true;
        if ((freeze->state != FREEZE_REVERSING && !freeze->is_disputed) ||
            date != freeze->issuer_date)
            auditor_fail(auditor, freeze->state != FREEZE_REVERSING ? 2 : 8,
                         "freeze %llu of %08u is reversed on %08u while it is %s",
                         (unsigned long long)freeze->name.sequence, freeze->issuer_date, date,
                         freeze_state_name(freeze->state));
        break;
    default:
        break;
    }
}

/* What was refused is not posted later under the same key; but a credit by its confirmation. */
static void refused(struct auditor *auditor, const struct operation *operation)
{
    if (operation->kind == OPERATION_DEBIT)
        auditor_claim(auditor, operation)->is_debit_over = true;
    else if (operation->kind == OPERATION_CREDIT)
        auditor_claim(auditor, operation)->is_credit_refused = true;
    else if (operation->kind == OPERATION_PURCHASE)
        auditor_purchase(auditor, operation)->is_debit_over = true;
}

void auditor_issuer_durable(struct auditor *auditor, unsigned node,
                            const struct store_memory_write *write)
{
    struct journal_entry entry;
    if (write->log_number != 0) {
        MUST(journal_read(write->value, &entry));
        if (entry.event == JOURNAL_OPENED)
            auditor->opened_minor[node] += entry.moved_minor;
        else if (entry.event == JOURNAL_POSTED)
            posted(auditor, node, &entry);
        else if (entry.event == JOURNAL_REFUSED)
            refused(auditor, &entry.operation);
    } else if (write->value.data == NULL)
        return;
    else if (write->key.data[0] == TABLE_ACCOUNT)
        account_durable(auditor, node, write);
    else if (write->key.data[0] == TABLE_FREEZE)
        freeze_durable(auditor, node, write->value);
}

/* --- after a commit --------------------------------------------------------------------------- */

static void check_freeze(struct auditor *auditor, const struct audited_freeze *freeze)
{
    unsigned long long name = freeze->name.sequence;
    int64_t sum = freeze->debited_minor + freeze->released_minor + freeze->remaining_minor;
    if (sum != freeze->frozen_minor || freeze->remaining_minor < 0 || freeze->released_minor < 0)
        auditor_fail(auditor, 2,
                     "freeze %llu: %lld debited, %lld given back and %lld remaining are not %lld",
                     name, (long long)freeze->debited_minor, (long long)freeze->released_minor,
                     (long long)freeze->remaining_minor, (long long)freeze->frozen_minor);
    if (freeze->debited_minor != freeze->posted_minor)
        auditor_fail(auditor, 2, "freeze %llu: %lld debited, but the debits that stand are %lld",
                     name, (long long)freeze->debited_minor, (long long)freeze->posted_minor);
    bool is_over = freeze->at_issuer == FREEZE_CLOSED || freeze->at_issuer == FREEZE_REVERSED;
    if (is_over && freeze->frozen_minor > 0 &&
        (!freeze->is_ended_by_message || freeze->remaining_minor != 0))
        auditor_fail(auditor, 2, "freeze %llu is %s at its issuer, with %lld remaining%s", name,
                     freeze_state_name(freeze->at_issuer), (long long)freeze->remaining_minor,
                     freeze->is_ended_by_message ? "" : ", and no message has ended it");
}

/* Statement 1: what all accounts hold, what is between two of them, and what is owed to acquirers.
 */
static void check_conservation(struct auditor *auditor)
{
    int64_t held = 0, opened = 0, between = 0;
    for (unsigned i = 0; i < auditor->account_count; i++)
        held += auditor->accounts[i].available_minor + auditor->accounts[i].frozen_minor;
    for (unsigned node = 1; node <= auditor->plan->issuers; node++)
        opened += auditor->opened_minor[node];
    for (unsigned i = 0; i < auditor->claim_count; i++) {
        const struct audited_claim *claim = &auditor->claims[i];
        between += claim->amount_minor * ((int64_t)claim->debits - (int64_t)claim->credits);
    }
    int64_t owed = auditor_owed_minor(auditor);
    if (held + between + owed != opened)
        auditor_fail(auditor, 1,
                     "all accounts hold %lld, %lld are between two, %lld owed to acquirers: not "
                     "%lld",
                     (long long)held, (long long)between, (long long)owed, (long long)opened);
}

void auditor_issuer_committed(struct auditor *auditor, unsigned node)
{
    int64_t held = 0, frozen = 0, remaining = 0;
    for (unsigned i = 0; i < auditor->account_count; i++)
        if (auditor->accounts[i].node == node) {
            held += auditor->accounts[i].available_minor + auditor->accounts[i].frozen_minor;
            frozen += auditor->accounts[i].frozen_minor;
        }
    for (unsigned i = 0; i < auditor->freeze_count; i++)
        if (auditor->freezes[i].issuer == node) {
            remaining += auditor->freezes[i].remaining_minor;
            check_freeze(auditor, &auditor->freezes[i]);
        }
    int64_t book = auditor->opened_minor[node] + auditor->moved_minor[node];
    if (held != book)
        auditor_fail(auditor, 1, "the accounts of issuer %u hold %lld, by its journal %lld", node,
                     (long long)held, (long long)book);
    if (frozen != remaining)
        auditor_fail(auditor, 2, "at issuer %u %lld are frozen on accounts, %lld by freezes", node,
                     (long long)frozen, (long long)remaining);
    check_conservation(auditor);
}
