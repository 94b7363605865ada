/* Claims with a ticket of any wallet, and their deliberate repeats.
 * Source: protocol page "Claim, step by step" (the receiving wallet's part). */
#include "wallet_sim/wallet_state.h"

#include <stdio.h>
#include <string.h>

/* 12 digits, what DE 4 can say: a claim over what is frozen is the switch's to refuse. */
static const int64_t CLAIM_AMOUNT_MAX_MINOR = 999999999999;

/* Whether all of a ticket can be written into its elements. Whether it is true, the switch knows.
 */
static bool ticket_is_good(const struct wallet_ticket *ticket)
{
    const struct freeze_reference *reference = &ticket->reference;
    const struct original *freeze = &ticket->freeze;
    const uint64_t ids = 99999999999;
    return reference->date <= 99999999 && reference->sequence <= 999999999999 &&
           reference->wallet <= ids && reference->share >= 1 && reference->share <= SHARES_MAX &&
           reference->shares >= 1 && reference->shares <= SHARES_MAX && freeze->mti >= 1 &&
           freeze->mti <= 9999 && freeze->stan <= 999999 && freeze->transmission <= 9999999999 &&
           freeze->acquirer <= ids && freeze->forwarder <= ids && ticket->amount_minor >= 1 &&
           ticket->amount_minor <= CLAIM_AMOUNT_MAX_MINOR &&
           memchr(ticket->packet, '\0', sizeof ticket->packet) != NULL;
}

static void apply_claim(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    uint8_t record[OPERATION_RECORD_MAX];
    struct writer w = writer_to(record, sizeof record);
    operation_encode(&w, &work->result.request);
    MUST(!w.bad);
    store_tx_put(tx, KEY_OTHER, record, w.len);
    work->result.refusal = WALLET_ACCEPTED;
    tx_ask(tx, work);
}

void wallet_claim(struct wallet *wallet, const struct wallet_claim *command, wallet_done_fn *done,
                  void *context)
{
    const struct wallet_ticket *ticket = &command->ticket;
    if (!name_is_good(command->person) || command->card.len == 0 || !ticket_is_good(ticket) ||
        command->amount_minor < 0 || command->amount_minor > CLAIM_AMOUNT_MAX_MINOR) {
        wallet_refuse(wallet, WALLET_INVALID, done, context);
        return;
    }
    struct work *work = ask_take(wallet, done, context);
    if (work == NULL)
        return;
    struct operation *claim = &work->result.request;
    ask_identify(work, OPERATION_CLAIM, claim);
    claim->card = command->card;
    claim->receiver = command->card;
    claim->amount_minor = command->amount_minor != 0 ? command->amount_minor : ticket->amount_minor;
    claim->reference = ticket->reference;
    claim->original = ticket->freeze;
    snprintf(work->note, sizeof work->note, "share %u of \"%s\" by %s", ticket->reference.share,
             ticket->packet, command->person);
    ask_set_keys(work, &ticket->reference);
    MUST(store_step_key(&work->step, key_of_person(TABLE_CLAIM, &ticket->reference,
                                                   command->person)) == KEY_OTHER);
    work_submit(work, apply_claim, done_ask);
}

static void apply_repeat(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    /* One that is stored already is the same message: the end of either would delete both. */
    bool is_stored = tx_record(tx, KEY_REQUEST).data != NULL;
    work->result.refusal = is_stored ? WALLET_BUSY : WALLET_ACCEPTED;
    if (!is_stored)
        tx_ask(tx, work);
}

void wallet_repeat(struct wallet *wallet, const struct wallet_repeat *command, wallet_done_fn *done,
                   void *context)
{
    uint8_t record[OPERATION_RECORD_MAX];
    size_t len = 0;
    if (!name_is_good(command->person)) {
        wallet_refuse(wallet, WALLET_INVALID, done, context);
        return;
    }
    struct store_key latest = key_of_person(TABLE_CLAIM, &command->reference, command->person);
    if (!wallet_find(wallet, &latest, record, sizeof record, &len)) {
        wallet_refuse(wallet, WALLET_NEVER_CLAIMED, done, context);
        return;
    }
    struct work *work = ask_take(wallet, done, context);
    if (work == NULL)
        return;
    struct reader r = reader_of(bytes_of(record, len));
    operation_decode(&r, &work->result.request);
    MUST(!r.bad);
    work->is_repeat = true;
    snprintf(work->note, sizeof work->note, "repeated on purpose by %s", command->person);
    ask_set_keys(work, &command->reference);
    work_submit(work, apply_repeat, done_ask);
}
