/* Messages onto links: header, MAC, bytes; and what is said of those that cannot be read. */
#include "party/party_state.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { ID_LEN = 11 }; /* of the header's destination and source, left, blank-filled */

static void put_id(const struct iso_spec *spec, uint8_t *header, const char *name,
                   const struct institution *id)
{
    char text[INSTITUTION_LEN_MAX];
    size_t len = institution_format(id, text);
    MUST(iso_header_set(spec, header, name, text, len));
}

static size_t build_header(struct party *party, unsigned peer, uint8_t header[ISO_HEADER_MAX])
{
    const struct iso_spec *spec = party->config.spec;
    size_t len = iso_spec_header_len(spec);
    MUST(len <= ISO_HEADER_MAX);
    if (len == 0)
        return 0;
    iso_header_init(spec, header);
    put_id(spec, header, "destination", &party->peers[peer].id);
    put_id(spec, header, "source", &party->config.self);
    return len;
}

/* Those over which sign-on is done, if there are any: whoever connects and says nothing is asked
 * nothing. A host that signs on once for all its links is asked over that one while it is up. */
static bool is_for_requests(const struct peer *to, unsigned link)
{
    uint32_t greeted = to->links & to->greeted;
    return ((greeted != 0 ? greeted : to->links) >> link & 1) != 0;
}

/* Over this link, or over the first that takes it of those for requests, in turn. */
static bool hand_over(struct party *party, unsigned peer, unsigned link, struct bytes message,
                      unsigned *sent_over, uint64_t *number)
{
    struct peer *to = &party->peers[peer];
    unsigned first = link < PARTY_LINKS_MAX ? link : to->next_link;
    unsigned count = link < PARTY_LINKS_MAX ? 1 : PARTY_LINKS_MAX;
    uint64_t sent = 0;
    for (unsigned i = 0; i < count && sent == 0; i++) {
        link = (first + i) % PARTY_LINKS_MAX;
        if (count == 1 ? party_link_is_up(party, peer, link) : is_for_requests(to, link))
            sent = party->port.send(party->port.host, peer, link, message);
    }
    if (sent == 0)
        return false;
    if (count > 1)
        to->next_link = (link + 1) % PARTY_LINKS_MAX;
    to->messages_out++;
    if (sent_over != NULL)
        *sent_over = link;
    if (number != NULL)
        *number = sent;
    return true;
}

bool wire_send(struct party *party, unsigned peer, unsigned link, struct iso_message *message,
               unsigned *sent_over, uint64_t *number)
{
    uint8_t header[ISO_HEADER_MAX], bytes[PARTY_MESSAGE_MAX];
    char mac[MAC_TEXT_LEN];
    struct fault fault;
    size_t header_len = build_header(party, peer, header);
    if (header_len > 0)
        message->header = (struct iso_value){header, header_len};
    const struct mac_recipe *recipe = party->config.recipe;
    if (recipe != NULL && mac_recipe_need(recipe, message) == MAC_REQUIRED) {
        enum result made = mac_compute(recipe, party->peers[peer].key, message, mac, &fault);
        if (made != RESULT_OK) {
            party_log_peer(party, peer, LOG_ERROR, "mac_not_made", "%s", fault.text);
            return false;
        }
        iso_message_set(message, 128, mac, sizeof mac);
    }
    size_t len = 0;
    struct iso_fault iso;
    if (iso_message_pack(message, bytes, sizeof bytes, &len, &iso) != ISO_OK) {
        char text[FAULT_TEXT_MAX];
        iso_fault_format(&iso, text, sizeof text);
        party_log_peer(party, peer, LOG_ERROR, "message_not_packed", "MTI %s: %s", message->mti,
                       text);
        return false;
    }
    if (!hand_over(party, peer, link, bytes_of(bytes, len), sent_over, number))
        return false;
    if (party->port.seen != NULL)
        party->port.seen(party->port.host, peer, DIRECTION_OUT, message);
    return true;
}

/* Has not gone meanwhile, nor come back as another. */
static bool is_there(const struct party *party, const struct origin *from)
{
    return party_link_is_up(party, from->peer, from->link) &&
           party->peers[from->peer].connections[from->link] == from->connection;
}

bool wire_answer(struct party *party, const struct origin *from, struct iso_message *message)
{
    return is_there(party, from) && wire_send(party, from->peer, from->link, message, NULL, NULL);
}

bool wire_mac_is_good(struct party *party, unsigned peer, const struct iso_message *message)
{
    const struct mac_recipe *recipe = party->config.recipe;
    struct fault fault;
    if (recipe == NULL || mac_verify(recipe, party->peers[peer].key, message, &fault))
        return true;
    party->mac_failures++;
    party_log_peer(party, peer, LOG_WARNING, "mac_failed", "%s: MTI %s: %s",
                   party->peers[peer].name, message->mti, fault.text);
    return false;
}

void wire_log_fault(struct party *party, unsigned peer, const char *event, struct bytes message,
                    const struct iso_fault *fault)
{
    char text[FAULT_TEXT_MAX];
    iso_fault_format(fault, text, sizeof text);
    party_log_peer(party, peer, LOG_WARNING, event, "from %s, %zu bytes: %s",
                   party->peers[peer].name, message.len, text);
}

void wire_find_unstored(struct party *party)
{
    for (unsigned de = 2; de <= ISO_DE_MAX; de++) {
        enum iso_mask mask = iso_spec_de_mask(party->config.spec, de);
        if (mask == ISO_MASK_TRACK || mask == ISO_MASK_SECRET)
            party->unstored[de / 64] |= UINT64_C(1) << de % 64;
    }
}

struct bytes wire_for_journal(const struct party *party, const struct iso_message *message,
                              struct bytes bytes)
{
    for (size_t i = 0; i <= ISO_DE_MAX / 64; i++)
        if ((message->present[i] & party->unstored[i]) != 0)
            return bytes_of(NULL, 0);
    size_t header = message->header.data != NULL ? message->header.len : 0;
    return bytes_of(bytes.data + header, bytes.len - header);
}

/* Reject code P FFF T: 1 = a data element, which one, and how; 09990 = cannot unpack. */
static void reject_code(const struct iso_fault *fault, char code[6])
{
    bool has_digit = fault->kind >= ISO_FAULT_LENGTH && fault->kind <= ISO_FAULT_MISSING;
    if (fault->de >= 2 && fault->de <= ISO_DE_MAX && has_digit)
        snprintf(code, 6, "1%03u%u", fault->de % 1000, (unsigned)fault->kind % 10);
    else
        snprintf(code, 6, "09990");
}

void wire_send_reject(struct party *party, const struct origin *from, struct bytes message,
                      const struct iso_fault *fault)
{
    const struct iso_spec *spec = party->config.spec;
    uint8_t bytes[PARTY_MESSAGE_MAX];
    char code[6];
    size_t header_len = build_header(party, from->peer, bytes);
    party->rejects++;
    /* Without a header there is no place for a reject code: the sender hears nothing. */
    if (header_len == 0 || header_len + message.len > sizeof bytes)
        return;
    reject_code(fault, code);
    MUST(iso_header_set(spec, bytes, "reject_code", code, 5));
    memcpy(bytes + header_len, message.data, message.len);
    /* The only message made without pack: its body is not well formed, that is why. */
    char total[5];
    snprintf(total, sizeof total, "%04zu", header_len + message.len);
    MUST(iso_header_set(spec, bytes, "total_length", total, 4));
    (void)hand_over(party, from->peer, from->link, bytes_of(bytes, header_len + message.len), NULL,
                    NULL);
}
