/* What was refused for good: written down when it happens, and closed by a person. Source: protocol
 * page "Store and forward is done". */
#include "router/router_state.h"

#include "base/date.h"

#include <stdio.h>

/* --- when it happens -------------------------------------------------------------------------- */

void router_work_add_dispute(struct work *work)
{
    const struct freeze_reference *reference = &work->operation.reference;
    struct store_key key = operation_is_of_purchase(work->operation.kind)
                               ? key_of_purchase_dispute(&work->claim)
                               : key_of_dispute(reference, reference->share);
    work->dispute_key = store_step_key(&work->step, key);
}

void router_tx_write_dispute(struct store_tx *tx, const struct work *work)
{
    uint8_t record[DISPUTE_RECORD_MAX];
    bool of_purchase = operation_is_of_purchase(work->operation.kind);
    bool of_share = work->operation.reference.share != 0;
    struct dispute dispute = {
        .refused = work->operation.kind,
        .code = work->answer.code,
        .about = of_purchase ? work->purchase.request
                 : of_share  ? work->share.claim
                             : work->freeze.request,
        .sender_issuer = of_purchase ? work->purchase.issuer : work->freeze.sender_issuer,
        .receiver_issuer = of_share ? work->share.receiver_issuer : 0,
        .settlement_date = work->settlement_date,
        .since = store_tx_log_number(tx),
        .since_us = work->wall_us,
    };
    if (!of_purchase)
        dispute.about.sender = work->freeze.request.sender;
    if (dispute.refused == OPERATION_UNFREEZE)
        dispute.about.amount_minor = work->operation.amount_minor;
    store_tx_put(tx, work->dispute_key, record, dispute_encode(&dispute, record));
}

/* --- when a person closes it ------------------------------------------------------------------ */

static void apply_close(struct store_step *step, struct store_tx *tx)
{
    struct router *router = step->context;
    struct dispute *dispute = &router->closing.found;
    struct bytes stored;
    struct journal_entry entry;
    uint8_t record[DISPUTE_RECORD_MAX];
    *dispute = (struct dispute){0};
    router->closing.was_closed = false;
    if (!store_tx_get(tx, 0, &stored))
        return;
    dispute_decode(stored, dispute);
    router->closing.was_closed = dispute->closed != 0;
    if (router->closing.was_closed)
        return;
    dispute->closed = store_tx_log_number(tx);
    dispute->closed_us = router->closing.wall_us;
    memcpy(dispute->note, router->closing.note, sizeof dispute->note);
    store_tx_put(tx, 0, record, dispute_encode(dispute, record));
    journal_begin(&entry, JOURNAL_CLOSED, &dispute->about, router->closing.wall_us);
    entry.code = dispute->code;
    entry.settlement_date = dispute->settlement_date;
    entry.sender_issuer = dispute->sender_issuer;
    entry.receiver_issuer = dispute->receiver_issuer;
    memcpy(entry.note, dispute->note, sizeof dispute->note);
    journal_write(tx, &entry);
}

static void done_close(struct store_step *step, void *context)
{
    (void)step;
    struct router *router = context;
    const struct dispute *dispute = &router->closing.found;
    struct fault fault = {RESULT_OK, ""};
    char time[DATE_ISO_SIZE];
    router->closing.is_busy = false;
    if (dispute->about.kind == OPERATION_NONE)
        fault_set(&fault, RESULT_STATE, "it is not in dispute");
    else if (router->closing.was_closed)
        fault_set(&fault, RESULT_STATE, "its dispute was closed before, at %s: %s",
                  date_iso_format(dispute->closed_us, time), dispute->note);
    else if (operation_is_of_purchase(dispute->about.kind))
        party_log(router->party, LOG_INFO, "dispute_closed", "purchase DE 7 %010llu STAN %06u",
                  (unsigned long long)dispute->about.transmission, dispute->about.stan);
    else
        party_log(router->party, LOG_INFO, "dispute_closed", "freeze %08u-%llu share %u",
                  dispute->about.reference.date,
                  (unsigned long long)dispute->about.reference.sequence,
                  dispute->about.reference.share);
    router->closing.done(router->closing.context, fault.result,
                         fault.result != RESULT_OK ? &fault : NULL);
}

/* It is printed to terminals and written into the log. */
static bool is_good_note(const char *note)
{
    size_t len = strlen(note);
    for (size_t i = 0; i < len; i++)
        if ((uint8_t)note[i] < ' ' || note[i] == 0x7F)
            return false;
    return len > 0 && len <= DISPUTE_NOTE_MAX;
}

void router_dispute_close(struct router *router, const struct store_key *dispute, const char *note,
                          router_done_fn *done, void *context)
{
    struct fault fault = {RESULT_OK, ""};
    if (!is_good_note(note))
        fault_set(&fault, RESULT_INPUT, "note: expected 1 to %d bytes without control characters",
                  DISPUTE_NOTE_MAX);
    else if (router->closing.is_busy)
        fault_set(&fault, RESULT_STATE, "another dispute is being closed");
    if (fault.result != RESULT_OK) {
        done(context, fault.result, &fault);
        return;
    }
    router->closing.is_busy = true;
    router->closing.done = done;
    router->closing.context = context;
    router->closing.wall_us = party_now(router->party).wall_us;
    snprintf(router->closing.note, sizeof router->closing.note, "%s", note);
    router->closing.step =
        (struct store_step){.apply = apply_close, .done = done_close, .context = router};
    store_step_key(&router->closing.step, *dispute);
    store_submit(party_store(router->party), &router->closing.step);
}
