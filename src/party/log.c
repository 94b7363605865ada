/* A party's log lines. What a peer causes goes through a gate of that peer and event, so that no
 * peer can fill the disk with lines, or hide another's among its own. */
#include "party/party_state.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void party_log(struct party *party, enum log_level level, const char *event, const char *format,
               ...)
{
    char text[FAULT_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    party->port.log(party->port.host, level, event, text);
}

/* Events beyond the table share its last gate. */
static struct peer_log *find_log(struct peer *peer, const char *event)
{
    size_t i = 0;
    while (i < PEER_LOGS_MAX - 1 && peer->logs[i].event != NULL &&
           strcmp(peer->logs[i].event, event) != 0)
        i++;
    peer->logs[i].event = event;
    return &peer->logs[i];
}

void party_log_peer(struct party *party, unsigned peer, enum log_level level, const char *event,
                    const char *format, ...)
{
    struct peer *cause = &party->peers[peer];
    struct peer_log *log = find_log(cause, event);
    log->level = level;
    if (!log_gate_pass(&log->gate, party->now.mono_us)) {
        if (log_gate_due(&log->gate) < party->log_due_us)
            party->log_due_us = log_gate_due(&log->gate);
        return;
    }
    char text[FAULT_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    party->port.log(party->port.host, level, event, text);
}

static void tell(struct party *party, const struct peer *peer, const struct peer_log *log,
                 uint64_t count)
{
    party_log(party, log->level, log->event, "%s: %" PRIu64 " more in the last %d s", peer->name,
              count, LOG_GATE_WINDOW_S);
}

uint64_t party_log_deadline(const struct party *party)
{
    return party->log_due_us;
}

void peer_log_tick(struct party *party)
{
    if (party->now.mono_us < party->log_due_us)
        return;
    party->log_due_us = UINT64_MAX;
    for (unsigned peer = 0; peer < party->config.peer_count; peer++)
        for (size_t i = 0; i < PEER_LOGS_MAX; i++) {
            struct peer_log *log = &party->peers[peer].logs[i];
            uint64_t count = log_gate_take(&log->gate, party->now.mono_us);
            if (count > 0)
                tell(party, &party->peers[peer], log, count);
            if (log_gate_due(&log->gate) < party->log_due_us)
                party->log_due_us = log_gate_due(&log->gate);
        }
}

void peer_log_end(struct party *party)
{
    for (unsigned peer = 0; peer < party->config.peer_count; peer++)
        for (size_t i = 0; i < PEER_LOGS_MAX; i++) {
            const struct peer_log *log = &party->peers[peer].logs[i];
            if (log->gate.held_back > 0)
                tell(party, &party->peers[peer], log, log->gate.held_back);
        }
}
