/* The auditor on the wire: nothing is sent before what it depends on is durable, each request is
 * answered once, and what was answered stays true. Source: protocol page "Keys, answers, repeats",
 * "Claim, step by step", "What must always hold" 5 and 6. */
#include "simulation/auditor.h"

#include <string.h>

/* --- requests and their answers --------------------------------------------------------------- */

static struct audited_request *find_request(struct auditor *auditor, unsigned node,
                                            const struct operation *operation)
{
    struct transaction_key key = operation_key(operation);
    uint8_t bytes[TRANSACTION_KEY_LEN];
    transaction_key_encode(&key, bytes);
    uint32_t at = (operation->stan * 31 + operation->kind * 7 + node) % AUDITOR_REQUESTS;
    for (unsigned tried = 0; tried < AUDITOR_REQUESTS; tried++) {
        struct audited_request *request = &auditor->requests[at];
        if (request->stamp != auditor->stamp) {
            *request = (struct audited_request){.stamp = auditor->stamp, .node = (uint8_t)node};
            memcpy(request->key, bytes, sizeof bytes);
            return request;
        }
        if (request->node == node && memcmp(request->key, bytes, sizeof bytes) == 0)
            return request;
        at = (at + 1) % AUDITOR_REQUESTS;
    }
    MUST(false);
}

/* Answers that leave no trace say nothing, so that another may follow. A 91 to what is stored and
 * forwarded is of that kind: it is to be repeated. 94 is about another content. Nobody here sends
 * what is malformed, so a 30 is about a message's time, which is a refusal for good. */
static bool leaves_trace(enum operation_kind kind, uint16_t code)
{
    bool is_notice = kind == OPERATION_UNFREEZE || kind == OPERATION_FREEZE_REVERSAL ||
                     kind == OPERATION_DEBIT_REVERSAL || kind == OPERATION_CONFIRMATION ||
                     kind == OPERATION_PURCHASE_REVERSAL;
    return code != CODE_MAC && code != CODE_DUPLICATE && code != CODE_CENTRE_FAULT &&
           !(is_notice && code == CODE_PARTY_DOWN);
}

struct heard {
    struct operation operation;
    uint16_t code, settlement;
    char authorisation[6];
};

/* Statement 6. */
static void check_repeat(struct auditor *auditor, unsigned node, const struct heard *answer)
{
    struct audited_request *request = find_request(auditor, node, &answer->operation);
    const char *name = operation_name(answer->operation.kind);
    char code[3], before[3];
    code_format(answer->code, code);
    code_format(request->code, before);
    if (++request->answered > request->delivered)
        auditor_fail(auditor, 6, "%s %06u has come %u times and is answered once more, %s", name,
                     answer->operation.stan, request->delivered, code);
    if (!leaves_trace(answer->operation.kind, answer->code))
        return;
    if (!request->is_pending)
        auditor_fail(auditor, 6, "%s %06u is answered twice, %s", name, answer->operation.stan,
                     code);
    request->is_pending = false;
    if (request->code == CODE_NONE) {
        request->code = answer->code;
        request->settlement = answer->settlement;
        memcpy(request->authorisation, answer->authorisation, sizeof request->authorisation);
    } else if (request->code != answer->code || request->settlement != answer->settlement ||
               memcmp(request->authorisation, answer->authorisation,
                      sizeof request->authorisation) != 0)
        auditor_fail(auditor, request->code != answer->code ? 5 : 6,
                     "%s %06u was answered %s (DE 15 %04u), and now %s (DE 15 %04u)", name,
                     answer->operation.stan, before, request->settlement, code, answer->settlement);
}

/* --- what the switch answers to wallets ------------------------------------------------------- */

static void claim_answered(struct auditor *auditor, const struct heard *answer)
{
    struct audited_claim *claim = auditor_claim(auditor, &answer->operation);
    const char *state = share_state_name(claim->state);
    enum told told = answer->code == CODE_APPROVED          ? TOLD_APPROVED
                     : answer->code == CODE_TO_BE_CONFIRMED ? TOLD_TO_BE_CONFIRMED
                                                            : TOLD_REFUSED;
    char code[3];
    code_format(answer->code, code);
    /* Nobody can answer as before what is forgotten; 30 says only that it comes too late. */
    if (claim->is_key_forgotten && told == TOLD_REFUSED)
        return;
    claim->told = told;
    if (told == TOLD_APPROVED && (claim->state != SHARE_CREDITED || claim->credits != 1))
        auditor_fail(auditor, 5, "%s is answered %s while it is %s, with %u credits",
                     auditor_label(claim), code, state, claim->credits);
    if (told == TOLD_TO_BE_CONFIRMED && claim->state != SHARE_CREDIT_UNKNOWN &&
        claim->state != SHARE_CREDITED && !claim->is_disputed)
        auditor_fail(auditor, 5, "%s is answered %s while it is %s", auditor_label(claim), code,
                     state);
    if (told == TOLD_REFUSED &&
        (claim->credits != 0 || claim->state == SHARE_RESERVED || claim->state == SHARE_DEBITED ||
         claim->state == SHARE_CREDITING || claim->state == SHARE_CREDIT_UNKNOWN ||
         claim->state == SHARE_CREDITED))
        auditor_fail(auditor, 5, "%s is answered %s while it is %s, with %u credits",
                     auditor_label(claim), code, state, claim->credits);
}

static void freeze_answered(struct auditor *auditor, const struct heard *answer)
{
    struct audited_freeze *freeze = auditor_freeze(auditor, &answer->operation.reference);
    bool approved = answer->code == CODE_APPROVED;
    freeze->told = approved ? TOLD_APPROVED : TOLD_REFUSED;
    if (approved ? !freeze->was_frozen
                 : freeze->state == FREEZE_FREEZING || freeze->state == FREEZE_FROZEN)
        auditor_fail(auditor, 5, "freeze %llu is answered %s while it is %s",
                     (unsigned long long)freeze->name.sequence, approved ? "00" : "as refused",
                     freeze_state_name(freeze->state));
}

static void notice_answered(struct auditor *auditor, const struct heard *answer)
{
    const struct audited_freeze *freeze = auditor_freeze(auditor, &answer->operation.reference);
    bool unfreezes = answer->operation.kind == OPERATION_UNFREEZE;
    bool is_over = freeze->state == FREEZE_REVERSING || freeze->state == FREEZE_REVERSED ||
                   freeze->state == FREEZE_REFUSED || freeze->is_disputed;
    if (answer->code == CODE_APPROVED && (unfreezes ? !freeze->was_closed : !is_over))
        auditor_fail(auditor, 5, "the %s of freeze %llu is answered 00 while it is %s",
                     operation_name(answer->operation.kind),
                     (unsigned long long)freeze->name.sequence, freeze_state_name(freeze->state));
}

static void switch_answers(struct auditor *auditor, const struct heard *answer)
{
    if (!leaves_trace(answer->operation.kind, answer->code))
        return;
    switch (answer->operation.kind) {
    case OPERATION_CLAIM:
        claim_answered(auditor, answer);
        break;
    case OPERATION_FREEZE:
        freeze_answered(auditor, answer);
        break;
    case OPERATION_UNFREEZE:
    case OPERATION_FREEZE_REVERSAL:
        notice_answered(auditor, answer);
        break;
    case OPERATION_PURCHASE:
    case OPERATION_PURCHASE_REVERSAL:
        auditor_purchase_answered(auditor, &answer->operation, answer->code);
        break;
    default:
        break;
    }
}

/* --- what an issuer answers ------------------------------------------------------------------- */

static void issuer_answers(struct auditor *auditor, unsigned node, const struct heard *answer)
{
    const struct operation *operation = &answer->operation;
    bool of_purchase = operation_is_of_purchase(operation->kind);
    struct audited_freeze *freeze =
        of_purchase ? NULL : auditor_freeze(auditor, &operation->reference);
    struct audited_claim *claim = NULL;
    bool approved = answer->code == CODE_APPROVED, holds = true;
    char code[3];
    code_format(answer->code, code);
    if (!leaves_trace(operation->kind, answer->code))
        return;
    switch (operation->kind) {
    case OPERATION_PURCHASE:
    case OPERATION_PURCHASE_REVERSAL:
        holds = auditor_purchase_answers(auditor, operation, answer->code);
        break;
    case OPERATION_FREEZE:
        if (approved)
            holds = freeze->issuer == node && freeze->frozen_minor == operation->amount_minor;
        else
            holds = freeze->issuer != node || freeze->remaining_minor + freeze->debited_minor == 0;
        break;
    case OPERATION_DEBIT:
        claim = auditor_claim(auditor, operation);
        holds = claim->was_debited == approved;
        break;
    case OPERATION_CREDIT:
        claim = auditor_claim(auditor, operation);
        holds = approved ? claim->credits == 1 : claim->is_credit_refused;
        break;
    case OPERATION_CONFIRMATION:
        claim = auditor_claim_named(auditor, operation);
        if (approved || answer->code == CODE_CONFIRMED_UNSEEN ||
            answer->code == CODE_CONFIRMED_REFUSED)
            holds = claim->credits == 1;
        break;
    case OPERATION_DEBIT_REVERSAL:
        claim = auditor_claim_named(auditor, operation);
        if (approved) {
            holds = claim->debits == 0;
            claim->is_debit_over = true;
        }
        break;
    case OPERATION_FREEZE_REVERSAL:
    case OPERATION_UNFREEZE:
        if (approved)
            holds = freeze->remaining_minor == 0;
        break;
    default:
        break;
    }
    if (!holds)
        auditor_fail(auditor, 5, "issuer %u answers the %s %06u with %s, which is not so", node,
                     operation_name(operation->kind), operation->stan, code);
}

/* --- what the switch asks --------------------------------------------------------------------- */

static bool is_key(const struct operation *operation, bool is_stored,
                   const uint8_t expected[TRANSACTION_KEY_LEN])
{
    struct transaction_key key = operation_key(operation);
    uint8_t bytes[TRANSACTION_KEY_LEN];
    transaction_key_encode(&key, bytes);
    return is_stored && memcmp(bytes, expected, sizeof bytes) == 0;
}

static void switch_asks(struct auditor *auditor, const struct operation *operation)
{
    if (operation_is_of_purchase(operation->kind)) {
        if (!auditor_purchase_may_be_asked(auditor, operation))
            auditor_fail(auditor, STATEMENT_LAW,
                         "the switch sends the %s %06u before it is durable",
                         operation_name(operation->kind), operation->stan);
        return;
    }
    const struct audited_freeze *freeze = auditor_freeze(auditor, &operation->reference);
    const struct audited_claim *claim = NULL;
    bool holds = true;
    switch (operation->kind) {
    case OPERATION_FREEZE:
        /* The wallet may have taken it back in the same commit. */
        holds = freeze->state == FREEZE_FREEZING || freeze->state == FREEZE_REVERSING;
        break;
    case OPERATION_DEBIT:
        claim = auditor_claim(auditor, operation);
        holds = claim->state == SHARE_RESERVED;
        break;
    case OPERATION_CREDIT:
        claim = auditor_claim(auditor, operation);
        holds = claim->state == SHARE_CREDITING && claim->debits == 1;
        break;
    case OPERATION_DEBIT_REVERSAL:
        claim = auditor_claim_named(auditor, operation);
        holds = is_key(operation, claim->has_reversal, claim->reversal_key);
        break;
    case OPERATION_CONFIRMATION:
        claim = auditor_claim_named(auditor, operation);
        holds = is_key(operation, claim->has_confirmation, claim->confirmation_key);
        break;
    case OPERATION_FREEZE_REVERSAL:
        holds = is_key(operation, freeze->has_reversal, freeze->reversal_key);
        break;
    case OPERATION_UNFREEZE:
        holds = is_key(operation, freeze->has_unfreeze, freeze->unfreeze_key) &&
                operation->amount_minor == freeze->left_minor;
        break;
    default:
        break;
    }
    if (!holds)
        auditor_fail(auditor, STATEMENT_LAW,
                     "the switch sends the %s %06u of freeze %llu before it is durable (freeze %s, "
                     "share %s)",
                     operation_name(operation->kind), operation->stan,
                     (unsigned long long)freeze->name.sequence, freeze_state_name(freeze->state),
                     claim != NULL ? share_state_name(claim->state) : "-");
}

/* What ends a freeze follows what takes back its debits, or the issuer would give back too little:
 * nothing else of a freeze depends on the order in which it is delivered. */
static void check_order(struct auditor *auditor, const struct operation *operation)
{
    if (operation->kind != OPERATION_UNFREEZE && operation->kind != OPERATION_FREEZE_REVERSAL)
        return;
    const struct audited_freeze *freeze = auditor_freeze(auditor, &operation->reference);
    for (unsigned i = 0; i < auditor->claim_count; i++)
        if (auditor->claims[i].freeze == freeze && auditor->claims[i].has_reversal)
            auditor_fail(auditor, STATEMENT_LAW,
                         "the switch sends the %s %06u while the reversal of the debit of %s is "
                         "not delivered",
                         operation_name(operation->kind), operation->stan,
                         auditor_label(&auditor->claims[i]));
}

/* A wallet stores a request before it sends it. */
static void wallet_asks(struct auditor *auditor, unsigned node, const struct operation *operation)
{
    for (unsigned i = 0; i < auditor->forward_count; i++) {
        const struct audited_forward *forward = &auditor->forwards[i];
        if (forward->node == node && forward->kind == operation->kind)
            return;
    }
    auditor_fail(auditor, STATEMENT_LAW, "a wallet sends the %s %06u, which it has not stored",
                 operation_name(operation->kind), operation->stan);
}

/* --- in and out ------------------------------------------------------------------------------- */

static bool is_answer(const struct iso_message *message)
{
    return message->mti[2] == '1' || message->mti[2] == '3';
}

void auditor_sent(struct auditor *auditor, unsigned node, const struct iso_message *message)
{
    struct heard heard = {.code = CODE_NONE};
    struct iso_value code = iso_message_get(message, 39), date = iso_message_get(message, 15);
    struct iso_value authorisation = iso_message_get(message, 38);
    uint64_t number = 0;
    bool is_wallet = plan_is_wallet(auditor->plan, node);
    if (operation_read(message, &heard.operation, NULL) != RESULT_OK)
        return;
    if (heard.operation.kind == OPERATION_RECONCILIATION && !is_answer(message)) {
        auditor_totals_told(auditor, &heard.operation);
        return;
    }
    if (!is_answer(message)) {
        if (node == NODE_SWITCH) {
            switch_asks(auditor, &heard.operation);
            check_order(auditor, &heard.operation);
        } else if (is_wallet)
            wallet_asks(auditor, node, &heard.operation);
        return;
    }
    if (code.len == 2)
        heard.code = code_parse((const char *)code.data);
    if (text_digits_parse(bytes_of(date.data, date.len), &number))
        heard.settlement = (uint16_t)number;
    if (authorisation.len == sizeof heard.authorisation)
        memcpy(heard.authorisation, authorisation.data, sizeof heard.authorisation);
    if (heard.operation.kind == OPERATION_INQUIRY) {
        /* It is not stored, and a repeat is told what is durable by then. */
        struct iso_value told = iso_message_find(message, 48, "AS.HS");
        auditor_status_told(auditor, &heard.operation, heard.code, bytes_of(told.data, told.len));
        return;
    }
    check_repeat(auditor, node, &heard);
    if (heard.operation.kind == OPERATION_RECONCILIATION) {
        struct iso_value settled = iso_message_get(message, TOTALS_CODE_DE);
        if (heard.code == CODE_APPROVED)
            auditor_totals_answered(auditor, node, &heard.operation,
                                    settled.len == 1 ? (char)settled.data[0] : '\0');
        return;
    }
    if (node == NODE_SWITCH)
        switch_answers(auditor, &heard);
    else if (!is_wallet)
        issuer_answers(auditor, node, &heard);
}

void auditor_received(struct auditor *auditor, unsigned node, const struct iso_message *message)
{
    struct operation operation;
    if (is_answer(message) || operation_read(message, &operation, NULL) != RESULT_OK ||
        operation.kind == OPERATION_INQUIRY)
        return;
    if (node == NODE_SWITCH && operation.kind == OPERATION_PURCHASE_REVERSAL)
        auditor_purchase_asked_back(auditor, &operation);
    struct audited_request *request = find_request(auditor, node, &operation);
    request->delivered++;
    request->is_pending = true;
}
