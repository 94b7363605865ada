/* The auditor's own book: freezes and claims as they become known, stored messages, and where what
 * became durable is looked at. */
#include "simulation/auditor.h"

#include "party/forward.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void auditor_begin(struct auditor *auditor, const struct plan *plan,
                   const uint64_t institutions[PLAN_NODES_MAX])
{
    /* The slots of requests are told apart by the stamp, so they need not be cleared. */
    uint32_t stamp = auditor->stamp + 1;
    memset(auditor, 0, offsetof(struct auditor, requests));
    auditor->stamp = stamp;
    auditor->plan = plan;
    auditor->statement = 0;
    auditor->text[0] = '\0';
    memcpy(auditor->institutions, institutions, sizeof auditor->institutions);
}

void auditor_fail(struct auditor *auditor, unsigned statement, const char *format, ...)
{
    va_list arguments;
    if (auditor->statement != 0)
        return;
    auditor->statement = statement;
    va_start(arguments, format);
    vsnprintf(auditor->text, sizeof auditor->text, format, arguments);
    va_end(arguments);
}

/* --- freezes and claims ----------------------------------------------------------------------- */

struct audited_freeze *auditor_freeze(struct auditor *auditor, const struct freeze_reference *name)
{
    for (unsigned i = 0; i < auditor->freeze_count; i++) {
        struct audited_freeze *known = &auditor->freezes[i];
        if (!reference_same_freeze(&known->name, name))
            continue;
        if (known->name.shares == 0)
            known->name.shares = name->shares; /* a key tells only the name */
        return known;
    }
    MUST(auditor->freeze_count < AUDITOR_FREEZES_MAX);
    struct audited_freeze *freeze = &auditor->freezes[auditor->freeze_count++];
    *freeze = (struct audited_freeze){.name = *name, .left_minor = -1, .recent = 1u << FREEZE_NONE};
    return freeze;
}

static struct audited_claim *find_claim(struct auditor *auditor, const struct original *key,
                                        const struct operation *operation)
{
    for (unsigned i = auditor->claim_count; i-- > 0;) {
        struct audited_claim *claim = &auditor->claims[i];
        if (claim->stan == key->stan && claim->transmission == key->transmission &&
            claim->acquirer == key->acquirer && claim->forwarder == key->forwarder)
            return claim;
    }
    MUST(auditor->claim_count < AUDITOR_CLAIMS_MAX);
    struct audited_claim *claim = &auditor->claims[auditor->claim_count++];
    *claim = (struct audited_claim){
        .transmission = key->transmission,
        .stan = key->stan,
        .acquirer = key->acquirer,
        .forwarder = key->forwarder,
        .freeze = auditor_freeze(auditor, &operation->reference),
        .share = operation->reference.share,
        .amount_minor = operation->amount_minor,
        .recent = 1u << SHARE_NONE,
    };
    return claim;
}

struct audited_claim *auditor_claim(struct auditor *auditor, const struct operation *operation)
{
    struct original key = operation_as_original(operation);
    return find_claim(auditor, &key, operation);
}

struct audited_claim *auditor_claim_named(struct auditor *auditor,
                                          const struct operation *operation)
{
    return find_claim(auditor, &operation->original, operation);
}

const char *auditor_label(const struct audited_claim *claim)
{
    static char text[96];
    snprintf(text, sizeof text, "claim %06u of share %u, freeze %llu", claim->stan, claim->share,
             (unsigned long long)claim->freeze->name.sequence);
    return text;
}

bool auditor_is_cut(const struct auditor *auditor, uint32_t date)
{
    for (unsigned i = 0; i < auditor->cut_count; i++)
        if (auditor->cut_dates[i] == date)
            return true;
    return false;
}

/* --- stored messages -------------------------------------------------------------------------- */

/* A message of the switch's is made once: a second one for the same step has another key. */
static void note_key(struct auditor *auditor, const struct operation *operation,
                     uint8_t known[TRANSACTION_KEY_LEN], bool *is_made)
{
    struct transaction_key key = operation_key(operation);
    uint8_t bytes[TRANSACTION_KEY_LEN];
    transaction_key_encode(&key, bytes);
    if (*is_made && memcmp(bytes, known, sizeof bytes) != 0)
        auditor_fail(auditor, STATEMENT_LAW, "a second %s for one step, under another key",
                     operation_name(operation->kind));
    memcpy(known, bytes, sizeof bytes);
    *is_made = true;
}

static void note_forward(struct auditor *auditor, const struct operation *operation,
                         struct audited_forward *forward)
{
    forward->kind = operation->kind;
    struct audited_claim *claim = NULL;
    switch (operation->kind) {
    case OPERATION_DEBIT_REVERSAL:
        claim = forward->claim = auditor_claim_named(auditor, operation);
        note_key(auditor, operation, claim->reversal_key, &claim->reversal_made);
        claim->has_reversal = true;
        break;
    case OPERATION_CONFIRMATION:
        claim = forward->claim = auditor_claim_named(auditor, operation);
        note_key(auditor, operation, claim->confirmation_key, &claim->confirmation_made);
        claim->has_confirmation = true;
        break;
    case OPERATION_FREEZE_REVERSAL:
        forward->freeze = auditor_freeze(auditor, &operation->reference);
        note_key(auditor, operation, forward->freeze->reversal_key,
                 &forward->freeze->reversal_made);
        forward->freeze->has_reversal = true;
        break;
    case OPERATION_UNFREEZE:
        forward->freeze = auditor_freeze(auditor, &operation->reference);
        note_key(auditor, operation, forward->freeze->unfreeze_key,
                 &forward->freeze->unfreeze_made);
        forward->freeze->has_unfreeze = true;
        break;
    case OPERATION_PURCHASE_REVERSAL:
        forward->purchase = auditor_purchase(auditor, operation);
        note_key(auditor, operation, forward->purchase->reversal_key,
                 &forward->purchase->reversal_made);
        forward->purchase->has_reversal = true;
        break;
    default:
        break;
    }
}

static void forget_forward(struct audited_forward *forward)
{
    if (forward->purchase != NULL)
        forward->purchase->has_reversal = false;
    if (forward->claim != NULL && forward->kind == OPERATION_DEBIT_REVERSAL)
        forward->claim->has_reversal = false;
    if (forward->claim != NULL && forward->kind == OPERATION_CONFIRMATION)
        forward->claim->has_confirmation = false;
    if (forward->freeze != NULL && forward->kind == OPERATION_FREEZE_REVERSAL)
        forward->freeze->has_reversal = false;
    if (forward->freeze != NULL && forward->kind == OPERATION_UNFREEZE)
        forward->freeze->has_unfreeze = false;
}

static void forward_durable(struct auditor *auditor, unsigned node,
                            const struct store_memory_write *write)
{
    struct operation operation;
    uint64_t institution;
    int64_t since_us;
    unsigned at = 0;
    while (at < auditor->forward_count &&
           (auditor->forwards[at].node != node ||
            !bytes_equal(write->key,
                         bytes_of(auditor->forwards[at].key.data, auditor->forwards[at].key.len))))
        at++;
    struct audited_forward *forward = &auditor->forwards[at];
    if (write->value.data == NULL) {
        if (at == auditor->forward_count)
            return;
        forget_forward(forward);
        *forward = auditor->forwards[--auditor->forward_count];
        return;
    }
    MUST(at < AUDITOR_FORWARDS_MAX &&
         forward_read(write->value, &operation, &institution, &since_us));
    if (at < auditor->forward_count)
        forget_forward(forward);
    else
        auditor->forward_count++;
    *forward =
        (struct audited_forward){.node = node, .kind = operation.kind, .institution = institution};
    forward->key.len = (uint8_t)write->key.len;
    memcpy(forward->key.data, write->key.data, write->key.len);
    if (node == NODE_SWITCH)
        note_forward(auditor, &operation, forward);
}

/* --- what becomes durable --------------------------------------------------------------------- */

void auditor_durable(struct auditor *auditor, unsigned node, const struct store_memory_write *write)
{
    if (node == NODE_SWITCH && !auditor->is_touched[node])
        auditor_status_begin(auditor);
    auditor->is_touched[node] = true;
    if (write->log_number == 0 && write->key.data[0] == TABLE_DUPLICATE)
        auditor_key_durable(auditor, node, write);
    else if (write->log_number == 0 && write->key.data[0] == TABLE_FREEZE &&
             write->value.data == NULL)
        auditor_freeze_forgotten(auditor, node, write);
    else if (write->log_number == 0 && write->key.data[0] == TABLE_TOTALS)
        auditor_totals_durable(auditor, node, write);
    else if (write->log_number == 0 && write->key.data[0] == TABLE_FORWARD)
        forward_durable(auditor, node, write);
    else if (node == NODE_SWITCH)
        auditor_switch_durable(auditor, write);
    else if (plan_is_issuer(auditor->plan, node))
        auditor_issuer_durable(auditor, node, write);
}

void auditor_committed(struct auditor *auditor, unsigned node)
{
    if (!auditor->is_touched[node])
        return;
    auditor->is_touched[node] = false;
    if (node == NODE_SWITCH)
        auditor_switch_committed(auditor);
    else if (plan_is_issuer(auditor->plan, node))
        auditor_issuer_committed(auditor, node);
}
