/* Parties: a sorted list of fixed room. */
#include "clearing/party_list.h"

#include <stdlib.h>
#include <string.h>

enum result party_list_open(struct party_list *parties, struct fault *fault)
{
    *parties = (struct party_list){.list = calloc(CLEARING_PARTIES_MAX, sizeof *parties->list)};
    return parties->list != NULL ? RESULT_OK
                                 : fault_set(fault, RESULT_IO, "no memory for the parties");
}

void party_list_close(struct party_list *parties)
{
    free(parties->list);
    *parties = (struct party_list){0};
}

enum result party_list_find(struct party_list *parties, uint64_t institution,
                            enum clearing_role role, struct party **party, struct fault *fault)
{
    size_t at = 0;
    for (size_t end = parties->count; at < end;) {
        size_t middle = at + (end - at) / 2;
        if (parties->list[middle].institution < institution)
            at = middle + 1;
        else
            end = middle;
    }
    *party = &parties->list[at];
    if (at == parties->count || (*party)->institution != institution) {
        if (parties->count == CLEARING_PARTIES_MAX)
            return fault_set(fault, RESULT_LIMIT, "more than %d parties", CLEARING_PARTIES_MAX);
        memmove(*party + 1, *party, (parties->count - at) * sizeof **party);
        parties->count++;
        **party = (struct party){.institution = institution};
    }
    (*party)->roles[role] = true;
    return RESULT_OK;
}

bool party_is_given(const struct party *party, enum layout_content content, bool has_fees)
{
    switch (content) {
    case LAYOUT_ACQUIRER_FEES:
        return has_fees && party->roles[CLEARING_WALLET];
    case LAYOUT_ISSUER_FEES:
        return has_fees && party->roles[CLEARING_ISSUER];
    case LAYOUT_SWITCH_FEES:
        return has_fees && party->roles[CLEARING_SWITCH];
    case LAYOUT_ISSUER:
        return party->roles[CLEARING_ISSUER];
    case LAYOUT_ACQUIRER:
    case LAYOUT_SENDER:
        return party->roles[CLEARING_WALLET];
    case LAYOUT_ACQUIRER_ERRORS:
        return party->roles[CLEARING_WALLET];
    case LAYOUT_ISSUER_ERRORS:
        return party->roles[CLEARING_ISSUER];
    case LAYOUT_FREEZES:
    case LAYOUT_PACKETS:
        return party->roles[CLEARING_ISSUER] || party->roles[CLEARING_WALLET];
    default:
        return true;
    }
}
