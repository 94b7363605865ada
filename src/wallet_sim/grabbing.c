/* Tickets: the next share of a packet for a person, once. No message, one step. */
#include "wallet_sim/wallet_state.h"

#include <stdio.h>
#include <string.h>

enum { GRAB_PACKET, GRAB_PERSON }; /* keys */
enum { TICKET_VERSION = 1, TICKET_LEN = 1 + 2 + 6 };

static void put_packet(struct store_tx *tx, const struct packet *packet)
{
    uint8_t record[PACKET_RECORD_MAX];
    store_tx_put(tx, GRAB_PACKET, record, packet_encode(packet, record));
}

static void put_ticket(struct store_tx *tx, const struct wallet_ticket *ticket)
{
    uint8_t record[TICKET_LEN];
    struct writer w = writer_to(record, sizeof record);
    write_u8(&w, TICKET_VERSION);
    write_u16(&w, ticket->reference.share);
    write_uint(&w, (uint64_t)ticket->amount_minor, 6);
    store_tx_put(tx, GRAB_PERSON, record, w.len);
}

static void read_ticket(struct bytes record, const struct packet *packet,
                        struct wallet_ticket *ticket)
{
    struct reader r = reader_of(record);
    uint8_t version = read_u8(&r);
    uint16_t share = read_u16(&r);
    int64_t amount_minor = (int64_t)read_uint(&r, 6);
    MUST(version == TICKET_VERSION && !r.bad);
    packet_write_ticket(packet, share, amount_minor, ticket);
}

static void write_journal(struct store_tx *tx, const struct work *work)
{
    const struct wallet_ticket *ticket = &work->result.ticket;
    struct journal_entry entry;
    journal_begin(&entry, JOURNAL_PACKET, NULL, work->wall_us);
    /* No message, but whoever follows a packet finds the share, and what it is worth. */
    entry.operation.reference = ticket->reference;
    entry.operation.original = ticket->freeze;
    entry.operation.amount_minor = ticket->amount_minor;
    memcpy(entry.operation.currency, work->wallet->config.currency,
           sizeof entry.operation.currency);
    snprintf(entry.note, sizeof entry.note, "share %u of \"%s\" for %s", ticket->reference.share,
             ticket->packet, work->person);
    journal_write(tx, &entry);
}

static void apply_grab(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    struct packet packet;
    packet_decode(tx_record(tx, GRAB_PACKET), &packet);
    struct bytes before = tx_record(tx, GRAB_PERSON);
    work->result = (struct wallet_result){.refusal = packet_check_grab(&packet)};
    if (work->result.refusal != WALLET_ACCEPTED)
        return;
    if (before.data != NULL) {
        work->result.refusal = WALLET_GRABBED_BEFORE;
        read_ticket(before, &packet, &work->result.ticket);
        return;
    }
    uint16_t share = packet.split.next;
    int64_t amount_minor = split_take(&packet.split, work->seed);
    if (amount_minor == 0) {
        work->result.refusal = WALLET_NONE_LEFT;
        return;
    }
    packet_write_ticket(&packet, share, amount_minor, &work->result.ticket);
    put_packet(tx, &packet);
    put_ticket(tx, &work->result.ticket);
    write_journal(tx, work);
}

static void done_grab(struct store_step *step, void *context)
{
    (void)step;
    struct work *work = context;
    if (work->result.refusal == WALLET_ACCEPTED)
        work->wallet->view.tickets++;
    work_finish(work);
}

void wallet_grab(struct wallet *wallet, const struct wallet_grab *command, wallet_done_fn *done,
                 void *context)
{
    struct freeze_reference reference;
    if (!name_is_good(command->packet) || !name_is_good(command->person)) {
        wallet_refuse(wallet, WALLET_INVALID, done, context);
        return;
    }
    if (!wallet_find_packet(wallet, command->packet, &reference)) {
        wallet_refuse(wallet, WALLET_UNKNOWN_PACKET, done, context);
        return;
    }
    struct work *work = work_take(wallet, done, context);
    if (work == NULL) {
        wallet_refuse(wallet, WALLET_BUSY, done, context);
        return;
    }
    work->seed = command->seed;
    memcpy(work->person, command->person, strlen(command->person));
    MUST(store_step_key(&work->step, key_of_freeze(&reference, 0)) == GRAB_PACKET);
    MUST(store_step_key(&work->step, key_of_person(TABLE_GRAB, &reference, work->person)) ==
         GRAB_PERSON);
    work_submit(work, apply_grab, done_grab);
}
