/* What all requests share: their identity, the step that stores them, and the way to the party. */
#include "wallet_sim/wallet_state.h"

#include "base/date.h"

#include <stdio.h>
#include <string.h>

enum {
    STAN_MAX = 999999,
    RRN_NUMBERS = 100000000, /* DE 37: MMDD, then eight digits of the number */
    MERCHANT_TYPE = 4829,    /* ISO 18245: money transfer */
    ENTRY_MODE = 12,         /* keyed in, no PIN */
};

static const char TERMINAL[] = "WALLET01";        /* DE 41 */
static const char MERCHANT[] = "WALLET SERVICE "; /* DE 42, filled to 15 */

struct work *ask_take(struct wallet *wallet, wallet_done_fn *done, void *context)
{
    bool is_full = party_view(wallet->party).forwards + wallet->places_kept >=
                   wallet->config.party.forwards_max;
    struct work *work = is_full ? NULL : work_take(wallet, done, context);
    if (work == NULL) {
        wallet_refuse(wallet, WALLET_BUSY, done, context);
        return NULL;
    }
    work->keeps_place = true;
    wallet->places_kept++;
    return work;
}

void ask_identify(struct work *work, enum operation_kind kind, struct operation *request)
{
    struct wallet *wallet = work->wallet;
    const struct institution *self = party_self(wallet->party);
    work->number = ++wallet->number;
    *request = (struct operation){
        .kind = kind,
        .transmission = date_de7(work->wall_us),
        .stan = (uint32_t)((work->number - 1) % STAN_MAX + 1),
        .merchant_type = MERCHANT_TYPE,
        .entry_mode = ENTRY_MODE,
        .acquirer = *self,
        .forwarder = *self,
    };
    request->local_date = (uint16_t)(request->transmission / 1000000);
    request->local_time = (uint32_t)(request->transmission % 1000000);
    MUST(text_digits_format(party_business_date(wallet->party) % 10000, request->rrn, 4));
    MUST(text_digits_format(work->number % RRN_NUMBERS, request->rrn + 4, 8));
    memcpy(request->terminal, TERMINAL, sizeof request->terminal);
    memcpy(request->merchant, MERCHANT, sizeof request->merchant);
    memcpy(request->currency, wallet->config.currency, sizeof request->currency);
}

void ask_set_keys(struct work *work, const struct freeze_reference *reference)
{
    struct store_step *step = &work->step;
    step->key_count = 0;
    MUST(store_step_key(step, key_of_request(&work->result.request, work->is_repeat)) ==
         KEY_REQUEST);
    MUST(store_step_key(step, key_of_number()) == KEY_COUNTER);
    MUST(store_step_key(step, key_of_freeze(reference, 0)) == KEY_PACKET);
}

/* --- inside apply ----------------------------------------------------------------------------- */

struct bytes tx_record(struct store_tx *tx, unsigned index)
{
    struct bytes record = {NULL, 0};
    return store_tx_get(tx, index, &record) ? record : (struct bytes){NULL, 0};
}

void tx_read_packet(struct store_tx *tx, struct packet *packet)
{
    packet_decode(tx_record(tx, KEY_PACKET), packet);
}

void tx_write_packet(struct store_tx *tx, const struct packet *packet)
{
    uint8_t record[PACKET_RECORD_MAX];
    store_tx_put(tx, KEY_PACKET, record, packet_encode(packet, record));
}

void tx_write_number(struct store_tx *tx, const struct work *work)
{
    uint8_t record[8];
    struct writer w = writer_to(record, sizeof record);
    write_u64(&w, work->number);
    store_tx_put(tx, KEY_COUNTER, record, w.len);
}

void tx_ask(struct store_tx *tx, struct work *work)
{
    struct journal_entry entry;
    const struct operation *request = &work->result.request;
    forward_write(tx, KEY_REQUEST, request, work->wallet->centre, work->wall_us);
    if (!work->is_repeat)
        tx_write_number(tx, work);
    journal_begin(&entry, work->is_repeat ? JOURNAL_RECORDED : JOURNAL_REQUESTED, request,
                  work->wall_us);
    memcpy(entry.note, work->note, sizeof entry.note);
    journal_write(tx, &entry);
}

/* --- and afterwards --------------------------------------------------------------------------- */

void count_request(struct wallet *wallet, enum operation_kind kind)
{
    if (kind == OPERATION_FREEZE)
        wallet->view.packets++;
    else if (kind == OPERATION_CLAIM)
        wallet->view.claims++;
    else if (kind == OPERATION_UNFREEZE)
        wallet->view.notices++;
    else if (kind == OPERATION_FREEZE_REVERSAL || kind == OPERATION_PURCHASE_REVERSAL)
        wallet->view.reversals++;
    else if (kind == OPERATION_PURCHASE)
        wallet->view.purchases++;
    else if (kind == OPERATION_INQUIRY)
        wallet->view.inquiries++;
}

void done_ask(struct store_step *step, void *context)
{
    struct work *work = context;
    struct wallet *wallet = work->wallet;
    if (work->result.refusal != WALLET_ACCEPTED) {
        work->result = (struct wallet_result){.refusal = work->result.refusal};
        work_finish(work);
        return;
    }
    const struct operation *request = &work->result.request;
    if (!work->is_repeat)
        count_request(wallet, request->kind);
    work->keeps_place = false;
    wallet->places_kept--;
    work->forward = party_forward(wallet->party, &step->keys[KEY_REQUEST], request, wallet->centre,
                                  work->wall_us);
    MUST(work->forward != NULL);
    work->forward->context = work;
}
