/* Journal entries: their record form. */
#include "redpacket/journal.h"

#include <stdio.h>
#include <string.h>

enum { JOURNAL_VERSION = 3 };

const char *journal_event_name(enum journal_event event)
{
    static const char *const names[JOURNAL_EVENTS] = {
        "none",     "opened", "freeze", "share", "posted",    "refused", "recorded", "requested",
        "answered", "packet", "day",    "cut",   "forgotten", "closed",  "totals",   "purchase",
    };
    return event < JOURNAL_EVENTS ? names[event] : "unknown";
}

const char *journal_state_name(const struct journal_entry *entry, uint8_t state)
{
    if (entry->event == JOURNAL_PURCHASE ||
        (entry->event == JOURNAL_FORGOTTEN && operation_is_of_purchase(entry->operation.kind)))
        return purchase_state_name((enum purchase_state)state);
    if (entry->event == JOURNAL_FREEZE || entry->event == JOURNAL_FORGOTTEN)
        return freeze_state_name((enum freeze_state)state);
    if (entry->event == JOURNAL_SHARE)
        return share_state_name((enum share_state)state);
    if (entry->event == JOURNAL_TOTALS)
        return totals_state_name((enum totals_state)state);
    return "";
}

void journal_begin(struct journal_entry *entry, enum journal_event event,
                   const struct operation *operation, int64_t wall_us)
{
    *entry = (struct journal_entry){.event = event, .wall_us = wall_us};
    memset(entry->authorisation, ' ', sizeof entry->authorisation);
    if (operation != NULL)
        entry->operation = *operation;
}

void journal_write(struct store_tx *tx, const struct journal_entry *entry)
{
    uint8_t record[STORE_LOG_MAX];
    struct writer w = writer_to(record, sizeof record);
    size_t note_len = strlen(entry->note);
    size_t message_len = entry->message.len <= JOURNAL_MESSAGE_MAX ? entry->message.len : 0;
    write_u8(&w, JOURNAL_VERSION);
    write_u8(&w, (uint8_t)entry->event);
    write_u8(&w, entry->from);
    write_u8(&w, entry->to);
    write_u16(&w, entry->code);
    write_u64(&w, (uint64_t)entry->wall_us);
    write_u32(&w, entry->settlement_date);
    write_uint(&w, entry->sender_issuer, 5);
    write_uint(&w, entry->receiver_issuer, 5);
    write_u64(&w, (uint64_t)entry->moved_minor);
    write_u64(&w, (uint64_t)entry->available_minor);
    write_u64(&w, (uint64_t)entry->frozen_minor);
    write_u32(&w, entry->count);
    write_bytes(&w, entry->authorisation, sizeof entry->authorisation);
    write_u8(&w, (uint8_t)note_len);
    write_bytes(&w, entry->note, note_len);
    operation_encode(&w, &entry->operation);
    write_u16(&w, (uint16_t)message_len);
    write_bytes(&w, entry->message.data, message_len);
    MUST(!w.bad);
    store_tx_log(tx, entry->settlement_date, record, w.len);
}

bool journal_read(struct bytes record, struct journal_entry *entry)
{
    struct reader r = reader_of(record);
    bool known = read_u8(&r) == JOURNAL_VERSION;
    entry->event = (enum journal_event)read_u8(&r);
    entry->from = read_u8(&r);
    entry->to = read_u8(&r);
    entry->code = read_u16(&r);
    entry->wall_us = (int64_t)read_u64(&r);
    entry->settlement_date = read_u32(&r);
    entry->sender_issuer = read_uint(&r, 5);
    entry->receiver_issuer = read_uint(&r, 5);
    entry->moved_minor = (int64_t)read_u64(&r);
    entry->available_minor = (int64_t)read_u64(&r);
    entry->frozen_minor = (int64_t)read_u64(&r);
    entry->count = read_u32(&r);
    read_bytes(&r, entry->authorisation, sizeof entry->authorisation);
    size_t note_len = read_u8(&r);
    if (note_len > JOURNAL_NOTE_MAX)
        return false;
    read_bytes(&r, entry->note, note_len);
    entry->note[note_len] = '\0';
    operation_decode(&r, &entry->operation);
    entry->message.len = read_u16(&r);
    entry->message.data = reader_take(&r, entry->message.len);
    return known && !r.bad && r.at == r.end && entry->event < JOURNAL_EVENTS;
}
