/* Who connects to a listener whose links are all in use.
 *
 * The network management of the protocol bears no MAC, so a newcomer proves nothing by what it
 * says. What can be found out is whether a link in use is alive: each is asked for a sign of life
 * (0820/301, or any frame in its time), and whichever gives none makes room for the latest
 * newcomer. So a member that was started again is not locked out by connections of its dead
 * process, and a stranger cannot cut off a member that lives. Newcomers, the time they wait and how
 * often they make us ask are bounded. */
#include "host_links.h"

#include "host.h"

#include <string.h>

static void turn_away(struct host_peer *peer, struct host_newcomer *newcomer)
{
    if (!newcomer->is_closing)
        link_close(newcomer->link, "every place is taken by a link that is alive");
    newcomer->is_closing = true;
    peer->turned_away++;
}

static bool is_in_use(const struct host_line *line)
{
    return line->is_up && !line->is_breaking;
}

/* All have been asked: for the places that have become free the latest newcomers stay. */
static void end_round(struct host_peer *peer)
{
    unsigned places = 0;
    for (unsigned i = 0; i < peer->line_count; i++)
        places += is_in_use(&peer->lines[i]) ? 0 : 1;
    for (unsigned i = 0; i + places < peer->newcomer_count; i++)
        turn_away(peer, &peer->newcomers[i]);
    if (places > 0)
        return;
    peer->kept_until_us = loop_now().mono_us + HOST_PAUSE_MS * UINT64_C(1000);
    party_log_peer(peer->host->party, peer->number, LOG_WARNING, "newcomer_refused",
                   "%s: every link in use is alive; %llu connections closed",
                   party_peer_name(peer->host->party, peer->number),
                   (unsigned long long)peer->turned_away);
    peer->turned_away = 0;
}

static void give_up(struct host_line *line)
{
    host_line_close(line, "silent while a newcomer waits for its place");
}

static void on_probed(struct host_test *test, const struct line_test *result)
{
    struct host_line *line = (struct host_line *)test; /* its first member */
    struct host_peer *peer = line->peer;
    peer->probes--;
    if (is_in_use(line) && result->code == CODE_NONE && line->heard_us < peer->round_us)
        give_up(line);
    if (peer->probes == 0)
        end_round(peer);
}

void host_newcomer_judge(struct host_peer *peer)
{
    struct instant now = loop_now();
    unsigned asked = 0;
    if (peer->probes > 0 || peer->newcomer_count == 0)
        return;
    peer->round_us = now.mono_us;
    for (unsigned i = 0; i < peer->line_count; i++) {
        struct host_line *line = &peer->lines[i];
        if (!is_in_use(line))
            continue;
        asked++;
        line->probe.ended = on_probed;
        if (party_line_test(peer->host->party, peer->number, i, HOST_PROBE_MS, &line->probe, now))
            peer->probes++;
        else if (line->heard_us + HOST_PROBE_MS * UINT64_C(1000) < now.mono_us)
            give_up(line); /* it does not even take a message, and has said nothing for as long */
    }
    /* When none is in use, one is being closed or waits for its other half: this comes again. */
    if (asked > 0 && peer->probes == 0)
        end_round(peer);
}

void host_newcomer_arrive(struct host_peer *peer, struct link *link)
{
    if (peer->newcomer_count == HOST_NEWCOMERS_MAX || loop_now().mono_us < peer->kept_until_us) {
        peer->turned_away++;
        link_close(link, "every place was taken by a link that is alive just now");
        return;
    }
    struct host_newcomer *newcomer = &peer->newcomers[peer->newcomer_count++];
    newcomer->link = link;
    newcomer->is_closing = false;
    newcomer->held.len = 0;
    host_newcomer_judge(peer);
}

static struct host_newcomer *find(struct host_peer *peer, const struct link *link)
{
    for (unsigned i = 0; i < peer->newcomer_count; i++)
        if (peer->newcomers[i].link == link)
            return &peer->newcomers[i];
    return NULL;
}

static void forget(struct host_peer *peer, struct host_newcomer *newcomer)
{
    size_t behind = (size_t)(&peer->newcomers[peer->newcomer_count] - newcomer) - 1;
    memmove(newcomer, newcomer + 1, behind * sizeof *newcomer);
    peer->newcomer_count--;
}

void host_newcomer_message(struct host_peer *peer, struct link *link, struct bytes message)
{
    struct host_newcomer *newcomer = find(peer, link);
    /* The first, which is a sign-on; whoever says more before it is answered will say it again. */
    if (newcomer == NULL || newcomer->held.len > 0 || message.len > sizeof newcomer->held.bytes)
        return;
    newcomer->held.len = message.len;
    memcpy(newcomer->held.bytes, message.data, message.len);
}

void host_newcomer_gone(struct host_peer *peer, struct link *link)
{
    struct host_newcomer *newcomer = find(peer, link);
    if (newcomer != NULL)
        forget(peer, newcomer);
}

void host_newcomer_admit(struct host_peer *peer, struct host_line *line)
{
    for (unsigned i = peer->newcomer_count; i-- > 0;) {
        struct host_newcomer *newcomer = &peer->newcomers[i];
        if (newcomer->is_closing)
            continue;
        struct link *link = newcomer->link;
        struct host_held held = newcomer->held;
        forget(peer, newcomer);
        party_log_peer(peer->host->party, peer->number, LOG_INFO, "newcomer_admitted",
                       "%s: %s takes the place", party_peer_name(peer->host->party, peer->number),
                       link_peer(link));
        host_line_take(line, link, &held);
        return;
    }
}
