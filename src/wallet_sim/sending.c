/* What a sending wallet asks about its own packets: the freeze, the unfreeze notice, the reversal,
 * how it stands. Source: protocol page "Freeze", "Unfreeze". */
#include "wallet_sim/wallet_state.h"

#include <stdio.h>
#include <string.h>

/* --- a packet --------------------------------------------------------------------------------- */

static void apply_send(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    char reference[REFERENCE_TEXT_LEN];
    bool is_taken = tx_record(tx, KEY_OTHER).data != NULL;
    work->result.refusal = is_taken ? WALLET_NAME_TAKEN : WALLET_ACCEPTED;
    if (is_taken)
        return;
    reference_format(&work->result.request.reference, reference);
    store_tx_put(tx, KEY_OTHER, reference, sizeof reference);
    store_tx_put(tx, KEY_PACKET, work->bytes, work->len);
    tx_ask(tx, work);
}

void wallet_send_packet(struct wallet *wallet, const struct wallet_packet *command,
                        wallet_done_fn *done, void *context)
{
    struct packet packet = {.state = PACKET_FREEZING};
    if (!name_is_good(command->name) || !name_is_good(command->person) || command->card.len == 0 ||
        !split_begin(&packet.split, command->split, command->amount_minor, command->shares,
                     command->seed, command->given_minor)) {
        wallet_refuse(wallet, WALLET_INVALID, done, context);
        return;
    }
    struct work *work = ask_take(wallet, done, context);
    if (work == NULL)
        return;
    struct operation *freeze = &work->result.request;
    ask_identify(work, OPERATION_FREEZE, freeze);
    freeze->card = command->card;
    freeze->sender = command->card;
    freeze->amount_minor = command->amount_minor;
    freeze->reference = (struct freeze_reference){
        .date = party_business_date(wallet->party),
        .sequence = work->number,
        .wallet = party_self(wallet->party)->number,
        .shares = (uint16_t)command->shares,
    };
    memcpy(packet.name, command->name, strlen(command->name));
    packet.freeze = *freeze;
    work->len = packet_encode(&packet, work->bytes);
    snprintf(work->note, sizeof work->note, "packet \"%s\" by %s: %u shares, %s", command->name,
             command->person, command->shares, split_way_name(command->split));
    ask_set_keys(work, &freeze->reference);
    MUST(store_step_key(&work->step, key_of_packet_name(command->name)) == KEY_OTHER);
    work_submit(work, apply_send, done_ask);
}

/* --- its end ---------------------------------------------------------------------------------- */

static void apply_end(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    struct operation *request = &work->result.request;
    struct packet packet;
    tx_read_packet(tx, &packet);
    work->result.refusal = packet_check_end(&packet, request->kind);
    if (work->result.refusal != WALLET_ACCEPTED)
        return;
    packet_write_request(&packet, request);
    packet_end(&packet, request->kind);
    tx_write_packet(tx, &packet);
    snprintf(work->note, sizeof work->note, "packet \"%s\"", packet.name);
    tx_ask(tx, work);
}

static void apply_inquiry(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    struct packet packet;
    tx_read_packet(tx, &packet);
    snprintf(work->note, sizeof work->note, "packet \"%s\"", packet.name);
    work->result.refusal = WALLET_ACCEPTED;
    tx_ask(tx, work);
}

static void ask_about(struct wallet *wallet, const char *name, enum operation_kind kind,
                      store_apply_fn *apply, wallet_done_fn *done, void *context)
{
    struct freeze_reference reference;
    size_t len = strnlen(name, WALLET_NAME_MAX + 1);
    if (len == 0 || len > WALLET_NAME_MAX) {
        wallet_refuse(wallet, WALLET_INVALID, done, context);
        return;
    }
    if (!wallet_find_packet(wallet, name, &reference)) {
        wallet_refuse(wallet, WALLET_UNKNOWN_PACKET, done, context);
        return;
    }
    struct work *work = ask_take(wallet, done, context);
    if (work == NULL)
        return;
    ask_identify(work, kind, &work->result.request);
    work->result.request.reference = reference;
    ask_set_keys(work, &reference);
    work_submit(work, apply, done_ask);
}

void wallet_expire(struct wallet *wallet, const char *packet, wallet_done_fn *done, void *context)
{
    ask_about(wallet, packet, OPERATION_UNFREEZE, apply_end, done, context);
}

void wallet_reverse(struct wallet *wallet, const char *packet, wallet_done_fn *done, void *context)
{
    ask_about(wallet, packet, OPERATION_FREEZE_REVERSAL, apply_end, done, context);
}

void wallet_inquire(struct wallet *wallet, const char *packet, wallet_done_fn *done, void *context)
{
    ask_about(wallet, packet, OPERATION_INQUIRY, apply_inquiry, done, context);
}
