/* Answers: booked in the commit that deletes the stored request, together with the request that
 * must follow, if any. Source: protocol page "What counts as an answer", "Freeze". */
#include "wallet_sim/wallet_state.h"

#include "base/date.h"

#include <stdio.h>
#include <string.h>

enum { KEY_FOLLOW = KEY_OTHER };

static int64_t moved_minor(const struct operation *request, uint16_t code)
{
    bool moved = code == CODE_APPROVED || packet_is_credited(request, code);
    return moved ? request->amount_minor : 0;
}

static void note_status(const struct freeze_status *status, char note[JOURNAL_NOTE_MAX + 1])
{
    size_t len = strlen(note);
    snprintf(note + len, JOURNAL_NOTE_MAX + 1 - len, "%s%s", len > 0 ? ": " : "",
             freeze_state_name(status->state));
    len = strlen(note);
    if (status->has_share)
        snprintf(note + len, JOURNAL_NOTE_MAX + 1 - len, ", share %s",
                 share_state_name(status->share_state));
}

static void write_journal(struct store_tx *tx, const struct work *work, const struct packet *packet)
{
    const struct wallet_result *result = &work->result;
    struct journal_entry entry;
    journal_begin(&entry, work->is_repeat ? JOURNAL_RECORDED : JOURNAL_ANSWERED, &result->request,
                  work->wall_us);
    entry.code = result->code;
    entry.settlement_date = result->settlement_date;
    entry.operation.settlement = (uint16_t)(result->settlement_date % 10000);
    if (!work->is_repeat)
        entry.moved_minor = moved_minor(&result->request, result->code);
    if (packet->state != PACKET_NONE) {
        /* The claim itself does not say whose money it is. */
        entry.operation.sender = packet->freeze.sender;
        snprintf(entry.note, sizeof entry.note, "packet \"%s\"", packet->name);
    }
    if (result->status.state != FREEZE_NONE)
        note_status(&result->status, entry.note);
    if (result->authorisation[0] != 0)
        memcpy(entry.authorisation, result->authorisation, sizeof entry.authorisation);
    entry.message = bytes_of(work->bytes, work->len);
    journal_write(tx, &entry);
}

/* A claim that was answered 00 or A2 is paid; docs/totals.md. */
static bool is_counted(const struct work *work)
{
    const struct operation *request = &work->result.request;
    uint16_t code = work->result.code;
    bool is_freeze = request->kind == OPERATION_FREEZE && code == CODE_APPROVED;
    bool is_claim =
        request->kind == OPERATION_CLAIM && (code == CODE_APPROVED || code == CODE_TO_BE_CONFIRMED);
    return !work->is_repeat && work->result.settlement_date != 0 && (is_freeze || is_claim);
}

static void count_totals(struct store_tx *tx, const struct work *work)
{
    const struct operation *request = &work->result.request;
    if (request->kind == OPERATION_FREEZE) {
        totals_tx_count(tx, work->totals_key, TOTALS_AUTHORISATIONS, 0);
        return;
    }
    struct totals_book book;
    totals_tx_read(tx, work->totals_key, &book);
    totals_count_transfer(&book.own, request->amount_minor);
    totals_tx_write(tx, work->totals_key, &book);
}

static void apply_answer(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    const struct operation *request = &work->result.request;
    struct packet packet;
    tx_read_packet(tx, &packet);
    bool inquires = work->follow.kind == OPERATION_INQUIRY;
    work->follows = inquires;
    if (!work->is_repeat && packet.state != PACKET_NONE) {
        bool must_end = packet_answer(&packet, request, work->result.code);
        work->follows = inquires || must_end;
        packet.over_s = packet_has_ended(&packet) ? (uint32_t)(work->wall_us / 1000000 + 1) : 0;
        tx_write_packet(tx, &packet);
    }
    if (work->follows) {
        if (!inquires)
            packet_write_request(&packet, &work->follow);
        forward_write(tx, KEY_FOLLOW, &work->follow, work->wallet->centre, work->wall_us);
        tx_write_number(tx, work);
    }
    if (is_counted(work))
        count_totals(tx, work);
    store_tx_delete(tx, KEY_REQUEST);
    write_journal(tx, work, &packet);
}

static void count_answer(struct wallet *wallet, const struct operation *request, uint16_t code)
{
    if (request->kind == OPERATION_INQUIRY)
        wallet->view.outcomes += request->original.mti != 0 && code == CODE_APPROVED;
    else if (code == CODE_TO_BE_CONFIRMED && request->kind == OPERATION_CLAIM)
        wallet->view.to_be_confirmed++;
    else if (code != CODE_APPROVED)
        wallet->view.refused++;
    else if (request->kind == OPERATION_CLAIM)
        wallet->view.credited++;
    else if (request->kind == OPERATION_FREEZE)
        wallet->view.announced++;
    else if (request->kind == OPERATION_PURCHASE)
        wallet->view.purchased++;
}

static void log_refusal(const struct work *work)
{
    const struct operation *request = &work->result.request;
    char code[3];
    /* A purchase whose date is over stands, and nobody disputes it. */
    bool stands = request->kind == OPERATION_PURCHASE_REVERSAL && work->result.code == CODE_STATE;
    if (request->kind == OPERATION_FREEZE || request->kind == OPERATION_INQUIRY ||
        request->kind == OPERATION_CLAIM || request->kind == OPERATION_PURCHASE || stands ||
        work->result.code == CODE_APPROVED || work->follows)
        return;
    code_format(work->result.code, code);
    party_log(work->wallet->party, LOG_ERROR, "disputed", "%s STAN %06u was refused for good: %s",
              operation_name(request->kind), request->stan, code);
}

void done_answer(struct store_step *step, void *context)
{
    struct work *work = context;
    struct wallet *wallet = work->wallet;
    party_forward_done(wallet->party, work->forward);
    if (!work->is_repeat)
        count_answer(wallet, &work->result.request, work->result.code);
    log_refusal(work);
    if (work->follows) {
        /* Into the place that has just become free. */
        struct forward *forward = party_forward(wallet->party, &step->keys[KEY_FOLLOW],
                                                &work->follow, wallet->centre, work->wall_us);
        MUST(forward != NULL);
        count_request(wallet, work->follow.kind);
        party_log(wallet->party, LOG_INFO, "request_follows", "%s STAN %06u",
                  operation_name(work->follow.kind), work->follow.stan);
    }
    work_finish(work);
}

/* The request that must follow, if any: prepared here, stored by the step. */
static void prepare_follow(struct work *work)
{
    const struct operation *request = &work->result.request;
    bool inquires = !work->is_repeat && packet_must_inquire(request, work->result.code);
    enum operation_kind kind =
        inquires ? OPERATION_INQUIRY : packet_follow(request, work->result.code);
    if (kind == OPERATION_NONE)
        return;
    ask_identify(work, kind, &work->follow);
    if (inquires) {
        work->follow.reference = request->reference;
        work->follow.original = operation_as_original(request);
        memcpy(work->follow.rrn, request->rrn, sizeof work->follow.rrn);
    }
    MUST(store_step_key(&work->step, key_of_request(&work->follow, false)) == KEY_FOLLOW);
}

void forward_ended(struct wallet *wallet, struct forward *forward, const struct received *received)
{
    struct freeze_status status;
    if (!status_parse(received->status, &status) || received->code != CODE_APPROVED)
        status = (struct freeze_status){.state = FREEZE_NONE};
    if (forward->operation.kind == OPERATION_INQUIRY &&
        !packet_is_final(&forward->operation, received->code, &status)) {
        party_forward_again(wallet->party, forward);
        return;
    }
    struct work *work = forward->context;
    if (work == NULL) /* stored before this process started, or a request that followed */
        work = work_take(wallet, NULL, NULL);
    if (work == NULL) {
        party_forward_again(wallet->party, forward);
        return;
    }
    work->forward = forward;
    work->wall_us = party_now(wallet->party).wall_us;
    work->is_repeat = key_is_repeat(&forward->key);
    work->result.request = forward->operation;
    work->result.code = received->code;
    work->result.status = status;
    work->result.settlement_date =
        date_past_mmdd(received->settlement, party_latest_date(wallet->party));
    memcpy(work->result.authorisation, received->authorisation, sizeof received->authorisation);
    work->len = received->message.len <= sizeof work->bytes ? received->message.len : 0;
    if (work->len > 0)
        memcpy(work->bytes, received->message.data, work->len);
    if (operation_is_of_purchase(forward->operation.kind)) {
        purchase_ended(work);
        return;
    }
    ask_set_keys(work, &forward->operation.reference);
    prepare_follow(work);
    if (is_counted(work))
        work->totals_key =
            store_step_key(&work->step, key_of_totals(work->result.settlement_date,
                                                      party_self(wallet->party)->number));
    work_submit(work, apply_answer, done_answer);
}
