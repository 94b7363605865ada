/* The auditor on time: a freeze is closed for its age no sooner than it has it, and nothing is
 * forgotten that somebody may still ask for. Source: protocol page "Unfreeze", last sentence, and
 * "Keys, answers, repeats".
 *
 * Parties go by their own clocks, which may be wrong; the auditor knows the true time, and how
 * wrong clocks may be. */
#include "simulation/auditor.h"

#include "base/date.h"
#include "party/duplicate.h"

static const int64_t MINUTE_US = INT64_C(60) * 1000000;

/* By how much a party may be too early. */
static int64_t slack_us(const struct auditor *auditor)
{
    enum { TWICE_WRONG_MINUTES = 2 * 72 * 60 }; /* from three days late to three days ahead */
    bool is_right = auditor->plan->levels[KIND_CLOCK] == LEVEL_OFF;
    return (is_right ? 1 : TWICE_WRONG_MINUTES + 1) * MINUTE_US;
}

/* --- freezes ---------------------------------------------------------------------------------- */

static bool is_over(const struct auditor *auditor, const struct audited_freeze *freeze)
{
    bool has_ended = freeze->state == FREEZE_CLOSED || freeze->state == FREEZE_REVERSED ||
                     freeze->state == FREEZE_REFUSED;
    for (unsigned i = 0; i < auditor->claim_count; i++) {
        const struct audited_claim *claim = &auditor->claims[i];
        bool is_final = claim->state == SHARE_NONE || claim->state == SHARE_CREDITED ||
                        claim->state == SHARE_RELEASED;
        if (claim->freeze == freeze &&
            (!is_final || claim->has_reversal || claim->has_confirmation))
            return false;
    }
    return has_ended && !freeze->has_reversal && !freeze->has_unfreeze;
}

void auditor_note_over(struct auditor *auditor)
{
    for (unsigned i = 0; i < auditor->freeze_count && auditor->plan->is_slow; i++) {
        struct audited_freeze *freeze = &auditor->freezes[i];
        if (!is_over(auditor, freeze))
            freeze->over_us = 0;
        else if (freeze->over_us == 0)
            freeze->over_us = auditor->now_us;
    }
}

/* Over for as long as things are kept. An issuer counts from the end of its own freeze, of which
 * the switch hears hours later where much is lost; of a dispute it does not hear at all. */
static bool is_over_long(const struct auditor *auditor, unsigned node,
                         const struct audited_freeze *freeze)
{
    int64_t since_us = auditor->now_us - freeze->over_us + slack_us(auditor);
    if (node != NODE_SWITCH && freeze->is_disputed)
        return freeze->at_issuer != FREEZE_FROZEN;
    if (node != NODE_SWITCH)
        since_us += 24 * 60 * MINUTE_US;
    return freeze->over_us != 0 && since_us >= (int64_t)auditor->plan->keep_us;
}

bool auditor_is_long_ago(const struct auditor *auditor, int64_t over_us)
{
    int64_t since_us = auditor->now_us - over_us + slack_us(auditor);
    return over_us != 0 && since_us >= (int64_t)auditor->plan->keep_us;
}

void auditor_freeze_aged(struct auditor *auditor, const struct audited_freeze *freeze)
{
    int64_t age_us = auditor->now_us - freeze->begun_us + slack_us(auditor);
    if (!auditor->plan->is_slow || age_us < (int64_t)auditor->plan->freeze_age_us)
        auditor_fail(auditor, STATEMENT_LAW, "freeze %llu is closed for its age, %lld s",
                     (unsigned long long)freeze->name.sequence,
                     (long long)((auditor->now_us - freeze->begun_us) / 1000000));
}

void auditor_freeze_forgotten(struct auditor *auditor, unsigned node,
                              const struct store_memory_write *write)
{
    struct freeze_reference name;
    struct reader r = reader_of(bytes_of(write->key.data + 1, write->key.len - 1));
    reference_name_read(&r, &name);
    if (plan_is_wallet(auditor->plan, node))
        return;
    struct audited_freeze *freeze = auditor_freeze(auditor, &name);
    if ((node == NODE_SWITCH && freeze->is_disputed) || !is_over_long(auditor, node, freeze))
        auditor_fail(auditor, STATEMENT_LAW, "node %u forgets freeze %llu, which is %s%s", node,
                     (unsigned long long)name.sequence, freeze_state_name(freeze->state),
                     freeze->over_us != 0 ? " for too short a time" : ", or a message of it waits");
    if (node == NODE_SWITCH)
        freeze->is_forgotten = true;
}

bool auditor_is_kept(struct auditor *auditor, const struct freeze_reference *name)
{
    return auditor_freeze(auditor, name)->is_disputed;
}

/* --- keys ------------------------------------------------------------------------------------- */

static bool is_ancient(const struct auditor *auditor, const struct audited_key *known,
                       const struct transaction_key *key)
{
    int64_t sent_us = date_nearest_de7(key->transmission, known->first_us);
    return auditor->now_us - sent_us + slack_us(auditor) >= (int64_t)auditor->plan->forget_us;
}

/* From now on it may be answered as if it had never come. */
static void forget_answers(struct auditor *auditor, unsigned node, const struct store_key *stored,
                           const struct transaction_key *key)
{
    enum { FINANCIAL = 2 };
    const uint8_t *bytes = stored->data + 1;
    for (unsigned i = 0; i < AUDITOR_REQUESTS; i++) {
        struct audited_request *request = &auditor->requests[i];
        if (request->stamp == auditor->stamp && request->node == node &&
            memcmp(request->key, bytes, TRANSACTION_KEY_LEN) == 0)
            request->code = CODE_NONE;
    }
    for (unsigned i = 0; i < auditor->claim_count && node == NODE_SWITCH; i++) {
        struct audited_claim *claim = &auditor->claims[i];
        if (key->mti_class == FINANCIAL && claim->stan == key->stan &&
            claim->transmission == key->transmission && claim->forwarder == key->forwarder)
            claim->is_key_forgotten = true;
    }
    struct audited_purchase *purchase = auditor_purchase_of_key(auditor, key);
    if (purchase != NULL && node == NODE_SWITCH)
        purchase->is_key_forgotten = true;
}

/* An issuer keeps a purchase's key as long as keys are kept: its reversal may still come. */
static bool may_forget_purchase(const struct auditor *auditor, unsigned node,
                                const struct audited_purchase *purchase)
{
    return node == NODE_SWITCH &&
           (purchase->state == PURCHASE_NONE || auditor_is_long_ago(auditor, purchase->over_us));
}

static void key_forgotten(struct auditor *auditor, unsigned node, const struct audited_key *known)
{
    struct transaction_key key;
    const struct audited_freeze *freeze = known->freeze;
    transaction_key_decode(known->key.data + 1, &key);
    bool is_old =
        auditor->now_us - known->first_us + slack_us(auditor) >= (int64_t)auditor->plan->keep_us;
    bool is_free = known->purchase != NULL ? may_forget_purchase(auditor, node, known->purchase)
                                           : freeze == NULL || freeze->begun_us == 0 ||
                                                 is_over_long(auditor, node, freeze);
    if (!is_ancient(auditor, known, &key) && (!is_old || !is_free))
        auditor_fail(auditor, STATEMENT_LAW,
                     "node %u forgets the key of STAN %06u, process %02u, after %lld s, of freeze "
                     "%llu, which is %s",
                     node, key.stan, key.process,
                     (long long)((auditor->now_us - known->first_us) / 1000000),
                     (unsigned long long)(freeze != NULL ? freeze->name.sequence : 0),
                     freeze != NULL            ? freeze_state_name(freeze->state)
                     : known->purchase != NULL ? purchase_state_name(known->purchase->state)
                                               : "none");
    forget_answers(auditor, node, &known->key, &key);
}

void auditor_key_durable(struct auditor *auditor, unsigned node,
                         const struct store_memory_write *write)
{
    unsigned at = 0;
    struct duplicate known;
    if (!auditor->plan->is_slow)
        return;
    while (at < auditor->key_count &&
           (auditor->keys[at].node != node ||
            memcmp(auditor->keys[at].key.data, write->key.data, write->key.len) != 0))
        at++;
    struct audited_key *key = &auditor->keys[at];
    if (write->value.data == NULL) {
        MUST(at < auditor->key_count);
        key_forgotten(auditor, node, key);
        *key = auditor->keys[--auditor->key_count];
        return;
    }
    if (at < auditor->key_count)
        return;
    MUST(at < AUDITOR_KEYS_MAX);
    auditor->key_count++;
    duplicate_decode(write->value, &known, &(struct bytes){0});
    *key = (struct audited_key){.node = node, .first_us = auditor->now_us};
    key->key.len = (uint8_t)write->key.len;
    memcpy(key->key.data, write->key.data, write->key.len);
    struct transaction_key stored;
    transaction_key_decode(write->key.data + 1, &stored);
    key->purchase = auditor_purchase_of_key(auditor, &stored);
    /* Of a purchase's reversal neither is told: it is kept for its own time. */
    if (key->purchase == NULL && known.freeze.wallet != 0)
        key->freeze = auditor_freeze(auditor, &known.freeze);
}
