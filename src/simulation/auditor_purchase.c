/* The auditor on purchases: at the switch, at the issuers, on the wire, and at rest. Written from
 * the protocol page, "Purchase".
 *
 * What a purchase has taken and no reversal has given back is owed to its acquirer: statement 1
 * counts it. */
#include "simulation/auditor.h"

#include "redpacket/dispute.h"

#include <stdio.h>
#include <string.h>

static struct audited_purchase *find(struct auditor *auditor, const struct transaction_key *key)
{
    for (unsigned i = 0; i < auditor->purchase_count; i++)
        if (transaction_key_equal(&auditor->purchases[i].key, key))
            return &auditor->purchases[i];
    MUST(auditor->purchase_count < AUDITOR_PURCHASES_MAX);
    struct audited_purchase *purchase = &auditor->purchases[auditor->purchase_count++];
    *purchase = (struct audited_purchase){.key = *key};
    return purchase;
}

struct audited_purchase *auditor_purchase(struct auditor *auditor,
                                          const struct operation *operation)
{
    struct transaction_key key = operation->kind == OPERATION_PURCHASE_REVERSAL
                                     ? original_key(&operation->original, OPERATION_PURCHASE)
                                     : operation_key(operation);
    struct audited_purchase *purchase = find(auditor, &key);
    if (operation->amount_minor != 0)
        purchase->amount_minor = operation->amount_minor;
    return purchase;
}

struct audited_purchase *auditor_purchase_of_key(struct auditor *auditor,
                                                 const struct transaction_key *key)
{
    struct transaction_key purchase = original_key(&(struct original){0}, OPERATION_PURCHASE);
    bool is_one = key->mti_class == purchase.mti_class && key->process == purchase.process;
    return is_one ? find(auditor, key) : NULL;
}

static const char *label(const struct audited_purchase *purchase)
{
    static char text[48];
    snprintf(text, sizeof text, "purchase %06u", purchase->key.stan);
    return text;
}

static bool is_open(const struct audited_purchase *purchase)
{
    return purchase->state == PURCHASE_PURCHASING || purchase->state == PURCHASE_REVERSING;
}

/* --- at the switch ---------------------------------------------------------------------------- */

static bool may_move(enum purchase_state from, enum purchase_state to)
{
    switch (from) {
    case PURCHASE_NONE:
        return to == PURCHASE_PURCHASING;
    case PURCHASE_PURCHASING:
        return to == PURCHASE_PURCHASED || to == PURCHASE_REFUSED || to == PURCHASE_REVERSING;
    case PURCHASE_PURCHASED:
        return to == PURCHASE_REVERSING;
    case PURCHASE_REVERSING:
        return to == PURCHASE_REVERSED || to == PURCHASE_DISPUTED;
    default:
        return false;
    }
}

static void moved(struct auditor *auditor, struct audited_purchase *purchase,
                  enum purchase_state from)
{
    const char *state = purchase_state_name(purchase->state);
    switch (purchase->state) {
    case PURCHASE_PURCHASING:
        if (purchase->told != TOLD_NOTHING || purchase->is_given_up)
            auditor_fail(auditor, 5, "%s is accepted after %s", label(purchase),
                         purchase->is_given_up ? "its reversal was answered 00"
                                               : "it was answered");
        break;
    case PURCHASE_PURCHASED:
        if (purchase->debits != 1 || purchase->told != TOLD_NOTHING || purchase->is_given_up)
            auditor_fail(auditor, 5, "%s becomes %s with %u debits%s", label(purchase), state,
                         purchase->debits,
                         purchase->is_given_up ? ", after its reversal was answered 00" : "");
        purchase->was_purchased = true;
        break;
    case PURCHASE_REVERSING:
        if (from == PURCHASE_PURCHASED && (auditor_is_cut(auditor, purchase->date) ||
                                           auditor_has_told_totals(auditor, purchase->date)))
            auditor_fail(auditor, 8, "%s of %08u is taken back when that date is over",
                         label(purchase), purchase->date);
        break;
    case PURCHASE_REVERSED:
    case PURCHASE_REFUSED:
        if (purchase->debits != 0)
            auditor_fail(auditor, 3, "%s is %s, and its debit stands", label(purchase), state);
        purchase->is_debit_over = true;
        break;
    case PURCHASE_DISPUTED:
        purchase->is_disputed = true;
        if (!auditor_has_foreigners(auditor))
            auditor_fail(auditor, STATEMENT_LAW, "%s is %s and nobody foreign is there",
                         label(purchase), state);
        break;
    default:
        break;
    }
}

static void purchase_forgotten(struct auditor *auditor, struct bytes stored)
{
    struct transaction_key key;
    transaction_key_decode(stored.data + 1, &key);
    struct audited_purchase *purchase = find(auditor, &key);
    if (is_open(purchase) || purchase->is_disputed ||
        !auditor_is_long_ago(auditor, purchase->over_us))
        auditor_fail(auditor, STATEMENT_LAW, "the switch forgets %s, which is %s", label(purchase),
                     purchase_state_name(purchase->state));
}

void auditor_purchase_durable(struct auditor *auditor, const struct store_memory_write *write)
{
    struct purchase record;
    if (write->value.data == NULL) {
        purchase_forgotten(auditor, write->key);
        return;
    }
    purchase_decode(write->value, &record);
    struct audited_purchase *purchase = auditor_purchase(auditor, &record.request);
    enum purchase_state from = purchase->state;
    purchase->state = record.state;
    purchase->date = record.settlement_date;
    purchase->issuer = record.issuer;
    purchase->over_us = purchase_is_over(&record) ? auditor->now_us : 0;
    if (from == record.state)
        return;
    if (!may_move(from, record.state))
        auditor_fail(auditor, STATEMENT_LAW, "%s goes from %s to %s", label(purchase),
                     purchase_state_name(from), purchase_state_name(record.state));
    moved(auditor, purchase, from);
}

/* Its entry is about itself and its own day whatever has caused it: the files are made of these. */
void auditor_purchase_entry(struct auditor *auditor, const struct journal_entry *entry)
{
    struct audited_purchase *purchase = auditor_purchase(auditor, &entry->operation);
    if (entry->operation.kind != OPERATION_PURCHASE || entry->to != purchase->state ||
        entry->settlement_date != purchase->date || entry->sender_issuer != purchase->issuer ||
        auditor_is_cut(auditor, entry->settlement_date) !=
            (auditor_is_cut(auditor, purchase->date) && entry->to != PURCHASE_PURCHASED))
        auditor_fail(auditor, 8, "%s of %08u is %s; the log says %s on %08u", label(purchase),
                     purchase->date, purchase_state_name(purchase->state),
                     purchase_state_name(entry->to), entry->settlement_date);
    if (entry->to == PURCHASE_PURCHASED)
        purchase->file_date = entry->settlement_date;
    else if (entry->from == PURCHASE_PURCHASED)
        purchase->file_date = 0;
}

void auditor_purchase_disputed(struct auditor *auditor, const struct dispute *dispute)
{
    struct audited_purchase *purchase = auditor_purchase(auditor, &dispute->about);
    if (purchase->state != PURCHASE_DISPUTED || dispute->closed != 0 ||
        dispute->refused != OPERATION_PURCHASE_REVERSAL)
        auditor_fail(auditor, 7, "a dispute is kept of %s, which is %s", label(purchase),
                     purchase_state_name(purchase->state));
    purchase->is_for_a_person = true;
}

void auditor_purchases_at_cut(struct auditor *auditor, uint32_t date)
{
    uint16_t bit = (uint16_t)(1u << auditor->cut_count);
    for (unsigned i = 0; i < auditor->purchase_count; i++) {
        struct audited_purchase *purchase = &auditor->purchases[i];
        if (purchase->date == date && purchase->state == PURCHASE_PURCHASING)
            auditor_fail(auditor, 8, "%08u is cut while %s is PURCHASING", date, label(purchase));
        if (purchase->date <= date && purchase->state == PURCHASE_REVERSING)
            purchase->open_at |= bit;
        if (purchase->date <= date && purchase->state == PURCHASE_DISPUTED)
            purchase->disputed_at |= bit;
    }
}

void auditor_purchases_committed(struct auditor *auditor)
{
    for (unsigned i = 0; i < auditor->purchase_count; i++) {
        const struct audited_purchase *purchase = &auditor->purchases[i];
        const char *state = purchase_state_name(purchase->state);
        if ((purchase->state == PURCHASE_DISPUTED) != purchase->is_for_a_person)
            auditor_fail(auditor, 7, "%s is %s, and no person will hear of it", label(purchase),
                         state);
        if (purchase->has_reversal != (purchase->state == PURCHASE_REVERSING))
            auditor_fail(auditor, STATEMENT_LAW, "%s is %s with%s reversal stored", label(purchase),
                         state, purchase->has_reversal ? "" : "out");
    }
}

/* --- at its issuer ---------------------------------------------------------------------------- */

void auditor_purchase_posted(struct auditor *auditor, const struct operation *operation,
                             uint32_t date)
{
    struct audited_purchase *purchase = auditor_purchase(auditor, operation);
    if (purchase->was_debited || purchase->is_debit_over ||
        (!is_open(purchase) && !purchase->is_disputed))
        auditor_fail(auditor, 3, "%s is debited%s while it is %s", label(purchase),
                     purchase->was_debited ? " once more" : "",
                     purchase_state_name(purchase->state));
    if (date != purchase->date)
        auditor_fail(auditor, 8, "%s of %08u is debited on %08u", label(purchase), purchase->date,
                     date);
    purchase->was_debited = true;
    purchase->debits++;
    purchase->debit_date = date;
}

void auditor_purchase_given_back(struct auditor *auditor, const struct operation *operation,
                                 uint32_t date)
{
    struct audited_purchase *purchase = auditor_purchase(auditor, operation);
    bool may = purchase->state == PURCHASE_REVERSING || purchase->is_disputed;
    if (purchase->debits != 1 || !may)
        auditor_fail(auditor, 3, "%s, %u times debited, is given back while it is %s",
                     label(purchase), purchase->debits, purchase_state_name(purchase->state));
    else
        purchase->debits--;
    if (date != purchase->debit_date)
        auditor_fail(auditor, 8, "%s of %08u is given back on %08u", label(purchase),
                     purchase->debit_date, date);
}

int64_t auditor_owed_minor(const struct auditor *auditor)
{
    int64_t owed = 0;
    for (unsigned i = 0; i < auditor->purchase_count; i++)
        owed += auditor->purchases[i].amount_minor * (int64_t)auditor->purchases[i].debits;
    return owed;
}

bool auditor_purchase_answers(struct auditor *auditor, const struct operation *operation,
                              uint16_t code)
{
    struct audited_purchase *purchase = auditor_purchase(auditor, operation);
    bool approved = code == CODE_APPROVED;
    if (operation->kind == OPERATION_PURCHASE)
        return purchase->was_debited == approved;
    if (approved)
        purchase->is_debit_over = true;
    return !approved || purchase->debits == 0;
}

/* --- on the wire ------------------------------------------------------------------------------ */

void auditor_purchase_answered(struct auditor *auditor, const struct operation *operation,
                               uint16_t code)
{
    struct audited_purchase *purchase = auditor_purchase(auditor, operation);
    const char *state = purchase_state_name(purchase->state);
    bool approved = code == CODE_APPROVED;
    char text[3];
    code_format(code, text);
    /* Nobody can answer as before what is forgotten; 30 says only that it comes too late. */
    if (purchase->is_key_forgotten)
        return;
    if (operation->kind == OPERATION_PURCHASE) {
        purchase->told = approved ? TOLD_APPROVED : TOLD_REFUSED;
        if (approved ? !purchase->was_purchased
                     : purchase->state == PURCHASE_PURCHASING || purchase->was_purchased)
            auditor_fail(auditor, 5, "%s is answered %s while it is %s", label(purchase), text,
                         state);
        return;
    }
    if (approved &&
        (purchase->state == PURCHASE_PURCHASING || purchase->state == PURCHASE_PURCHASED))
        auditor_fail(auditor, 5, "the reversal of %s is answered 00 while it is %s",
                     label(purchase), state);
    purchase->is_given_up = purchase->is_given_up || approved;
    if (!approved && purchase->state != PURCHASE_NONE &&
        (purchase->state != PURCHASE_PURCHASED || purchase->date == auditor->business_date))
        auditor_fail(auditor, 5, "the reversal of %s is answered %s while it is %s",
                     label(purchase), text, state);
}

void auditor_purchase_asked_back(struct auditor *auditor, const struct operation *reversal)
{
    auditor_purchase(auditor, reversal)->is_asked_back = true;
}

bool auditor_purchase_may_be_asked(struct auditor *auditor, const struct operation *operation)
{
    const struct audited_purchase *purchase = auditor_purchase(auditor, operation);
    struct transaction_key key = operation_key(operation);
    uint8_t bytes[TRANSACTION_KEY_LEN];
    /* Its acquirer may have taken it back in the same commit, or while the link that had it was
     * still to find out that it was never written: a second one is tried, and the issuer knows. */
    if (operation->kind == OPERATION_PURCHASE)
        return is_open(purchase) || purchase->state == PURCHASE_REVERSED;
    transaction_key_encode(&key, bytes);
    return purchase->has_reversal && memcmp(bytes, purchase->reversal_key, sizeof bytes) == 0;
}

/* --- at rest ---------------------------------------------------------------------------------- */

void auditor_purchases_at_rest(struct auditor *auditor)
{
    for (unsigned i = 0; i < auditor->purchase_count; i++) {
        const struct audited_purchase *purchase = &auditor->purchases[i];
        const char *state = purchase_state_name(purchase->state);
        bool stands = purchase->state == PURCHASE_PURCHASED;
        if (is_open(purchase))
            auditor_fail(auditor, 7, "%s is still %s", label(purchase), state);
        if (!purchase->is_disputed && purchase->debits != (stands ? 1 : 0))
            auditor_fail(auditor, 7, "%s is %s, with %u debits", label(purchase), state,
                         purchase->debits);
        /* Whoever asked for it back may be gone before it is told. */
        bool fits = stands ? purchase->told != TOLD_REFUSED && !purchase->is_given_up
                           : purchase->told != TOLD_APPROVED || purchase->is_asked_back;
        if (!fits)
            auditor_fail(auditor, 5, "%s is %s, and its acquirer was told otherwise",
                         label(purchase), state);
    }
}

void auditor_purchases_cleared(struct auditor *auditor)
{
    for (unsigned i = 0; i < auditor->purchase_count; i++) {
        const struct audited_purchase *purchase = &auditor->purchases[i];
        bool is_in = purchase->file_date != 0;
        if (purchase->is_disputed)
            continue;
        if (is_in != (purchase->state == PURCHASE_PURCHASED))
            auditor_fail(auditor, 8, "%s is %s, and %s the files", label(purchase),
                         purchase_state_name(purchase->state), is_in ? "in" : "not in");
        if (is_in && (purchase->debit_date != purchase->file_date ||
                      !auditor_is_cut(auditor, purchase->file_date)))
            auditor_fail(auditor, 8, "%s is in the files of %08u, in the books of %08u",
                         label(purchase), purchase->file_date, purchase->debit_date);
    }
}
