/* What one member may have of the tables that all members share.
 *
 * A member that floods, or never answers, fills what it may have; the rule leaves as much free as
 * it has, whatever the size of the table and however many behave so: of a table of N, each of k
 * such members has N / (k + 1) and as much is free. No member has anything set aside for it, so a
 * quiet network's only user may have half of everything. */
#include "party/party_state.h"

bool party_quota_allows(unsigned held, unsigned free)
{
    return free > 0 && (held < PARTY_QUOTA_MIN || held < free);
}

static unsigned free_requests(const struct party *party)
{
    return party->config.requests_max - party->request_count;
}

bool quota_takes_request(const struct party *party, unsigned peer)
{
    /* Who serves one peer alone has nobody to keep room for. */
    return party->config.peer_count == 1 ||
           party_quota_allows(party->peers[peer].request_count, free_requests(party));
}

bool party_quota_may_ask(const struct party *party, unsigned peer, const struct request *request)
{
    unsigned asked = party->peers[peer].asked[EXCHANGE_CORE];
    unsigned held = party->peers[request->from.peer].request_count;
    /* What waits for this peer must not take all that who asks may still have: room remains in its
     * own share for what does not concern this peer. */
    return asked < PARTY_QUOTA_MIN || asked + held < free_requests(party);
}
