/* The simulated network: what befalls a message between two parties, and links that come and go.
 *
 * A message is drawn its fate when it is handed over. Those with a number from `first unwritten`
 * on, as the sender is told when its link breaks, are never delivered; of the others any may be
 * lost. A broken link loses what comes after one end has let go of it. */
#include "simulation/world.h"

#include <string.h>

enum { LATE_MIN_US = 3000000 };

static unsigned other_side(unsigned side)
{
    return side == SIDE_MEMBER ? SIDE_SWITCH : SIDE_MEMBER;
}

static unsigned member_of(unsigned link)
{
    return link / PLAN_LINKS_MAX;
}

static struct node *node_at(struct world *world, unsigned link, unsigned side)
{
    return &world->nodes[side == SIDE_SWITCH ? NODE_SWITCH : member_of(link) + 1];
}

static unsigned peer_at(unsigned link, unsigned side)
{
    return side == SIDE_SWITCH ? member_of(link) : 0;
}

/* The links of one node; the switch's are all there are. */
static unsigned first_link_of(const struct node *node)
{
    return node->index == NODE_SWITCH ? 0 : (node->index - 1) * PLAN_LINKS_MAX;
}

static unsigned end_of_links_of(const struct node *node)
{
    return (node->index == NODE_SWITCH ? node->world->node_count - 1 : node->index) *
           PLAN_LINKS_MAX;
}

static bool is_healed(const struct world *world)
{
    return world->phase != PHASE_TROUBLE;
}

/* --- sending ---------------------------------------------------------------------------------- */

/* Always the same number of draws, so that one kind less leaves the fate of the others. */
struct fate {
    uint64_t delay_us, late_us, early_us, twice_us;
    bool is_lost, is_late, is_twice, is_loose, is_garbled, is_full, is_foreign;
    bool is_stubborn;
    uint64_t lot;
};

static bool strikes(struct world *world, enum kind kind)
{
    uint64_t drawn = random_below(&world->network, 1024);
    return !is_healed(world) && drawn < plan_chance(&world->plan, kind);
}

static uint64_t draw_time(struct world *world, enum kind kind)
{
    /* The longest has 27 bits. */
    return plan_time_us(&world->plan, kind) * (random_next(&world->network) >> 32) >> 32;
}

static struct fate draw_fate(struct world *world, bool to_issuer)
{
    struct fate fate = {0};
    fate.delay_us = 200 + draw_time(world, KIND_DELAY);
    fate.late_us = LATE_MIN_US + draw_time(world, KIND_LATE);
    fate.early_us = draw_time(world, KIND_REORDER);
    fate.twice_us = draw_time(world, KIND_LATE) + draw_time(world, KIND_DELAY);
    fate.is_lost = strikes(world, KIND_LOSS);
    fate.is_late = strikes(world, KIND_LATE);
    /* What comes late to or from an issuer is worth most. */
    fate.is_late |= strikes(world, KIND_LATE) && to_issuer;
    fate.is_twice = strikes(world, KIND_DUPLICATE);
    fate.is_loose = strikes(world, KIND_REORDER);
    fate.is_garbled = strikes(world, KIND_GARBLE);
    fate.is_full = strikes(world, KIND_FULL);
    fate.is_foreign = strikes(world, KIND_FOREIGN);
    fate.is_stubborn = strikes(world, KIND_STUBBORN);
    fate.lot = random_next(&world->network);
    if (is_healed(world))
        fate.delay_us = 200 + fate.delay_us % 2000;
    return fate;
}

static uint64_t later_of(uint64_t a_us, uint64_t b_us)
{
    return a_us > b_us ? a_us : b_us;
}

static struct flight *take_flight(struct world *world, uint32_t *index)
{
    if (world->free_count > 0)
        *index = world->free_flights[--world->free_count];
    else if (world->flight_high < FLIGHTS_MAX)
        *index = world->flight_high++;
    else
        return NULL;
    world->flight_count++;
    return &world->flights[*index];
}

static void free_flight(struct world *world, struct flight *flight)
{
    flight->is_used = false;
    world->flight_count--;
    world->free_flights[world->free_count++] = (uint16_t)(flight - world->flights);
}

static void launch(struct world *world, const struct flight *model, struct bytes message,
                   uint64_t due_us)
{
    uint32_t index = 0;
    struct flight *flight = take_flight(world, &index);
    if (flight == NULL)
        return; /* lost: there is no more room in the world */
    flight->is_used = true;
    flight->is_dead = false;
    flight->is_stubborn = model->is_stubborn;
    flight->link = model->link;
    flight->side = model->side;
    flight->generation = model->generation;
    flight->number = model->number;
    flight->sent_us = world->now_us;
    flight->len = message.len;
    memcpy(flight->bytes, message.data, message.len);
    agenda_add(&world->agenda,
               &(struct entry){.due_us = due_us, .what = ENTRY_DELIVER, .which = index});
}

/* A digit of DE 7 becomes a letter, or the MAC another one; nothing that would say something else
 * unnoticed. */
static void garble(struct world *world, struct bytes message, uint64_t lot, uint8_t *out)
{
    struct iso_message read;
    struct iso_fault fault;
    if (iso_message_unpack(world->simulation->spec, ISO_HEADER_YES, message.data, message.len,
                           &read, &fault) != ISO_OK)
        return;
    struct iso_value time = iso_message_get(&read, 7), mac = iso_message_get(&read, MAC_DE);
    if (mac.data != NULL && lot % 2 == 0)
        out[mac.data - message.data] = mac.data[0] == 'A' ? 'B' : 'A';
    else if (time.data != NULL)
        out[time.data - message.data] = 'x';
}

/* An issuer that is somebody else's host: it did what it did, and says so in codes of its own. To a
 * request, one that says nothing; to what is stored and forwarded, also a refusal for good. */
static void speak_foreign(struct world *world, struct bytes message, uint64_t lot, uint8_t *out)
{
    static const char silent[][3] = {"98", "96", "68", "90", "94", "A2", "Z9"};
    static const char again[][3] = {"98", "96", "68", "91", "05", "57"};
    struct iso_message read;
    struct iso_fault fault;
    if (iso_message_unpack(world->simulation->spec, ISO_HEADER_YES, message.data, message.len,
                           &read, &fault) != ISO_OK)
        return;
    struct iso_value code = iso_message_get(&read, 39);
    bool is_request = strcmp(read.mti, "0110") == 0 || strcmp(read.mti, "0210") == 0;
    bool is_notice = strcmp(read.mti, "0430") == 0 || strcmp(read.mti, "0230") == 0;
    if (code.len != 2 || (!is_request && !is_notice))
        return;
    const char *said = is_request ? silent[lot % (sizeof silent / sizeof silent[0])]
                                  : again[lot % (sizeof again / sizeof again[0])];
    memcpy(out + (code.data - message.data), said, 2);
}

uint64_t network_send(struct node *node, unsigned peer, unsigned line, struct bytes message)
{
    struct world *world = node->world;
    unsigned side = node->index == NODE_SWITCH ? SIDE_SWITCH : SIDE_MEMBER;
    unsigned member = side == SIDE_SWITCH ? peer : node->index - 1;
    unsigned which = member * PLAN_LINKS_MAX + line;
    struct link *link = &world->links[which];
    bool is_issuer = plan_is_issuer(&world->plan, node->index);
    struct fate fate = draw_fate(world, plan_is_issuer(&world->plan, member + 1));
    uint8_t bytes[PARTY_MESSAGE_MAX];
    if (!link->is_up[side] || fate.is_full || message.len > sizeof bytes) {
        trace_note(world, node->index, "the link takes nothing");
        return 0;
    }
    memcpy(bytes, message.data, message.len);
    if (fate.is_garbled)
        garble(world, message, fate.lot, bytes);
    else if (fate.is_foreign && is_issuer)
        speak_foreign(world, message, fate.lot, bytes);
    struct flight model = {.link = (uint8_t)which,
                           .side = (uint8_t)side,
                           .is_stubborn = fate.is_stubborn && side == SIDE_SWITCH,
                           .generation = link->generation,
                           .number = ++link->sent[side],
                           .sent_us = world->now_us,
                           .len = message.len};
    world->result->messages++;
    world->hash = hash_bytes(world->hash, bytes_of(bytes, message.len));
    bool is_silent = link->silent_until_us[side] > world->now_us;
    uint64_t due_us = world->now_us + fate.delay_us;
    if (fate.is_loose)
        due_us += fate.early_us;
    else if (fate.is_late)
        due_us += fate.late_us;
    else {
        due_us = later_of(later_of(due_us, link->due_us[side]), link->stalled_until_us[side]);
        link->due_us[side] = due_us;
    }
    if (is_silent || fate.is_lost) {
        if (world->which->trace != NULL) {
            memcpy(model.bytes, bytes, message.len);
            trace_message(world, &model, is_silent ? "silence" : "lost");
        }
    } else
        launch(world, &model, bytes_of(bytes, message.len), due_us);
    if (fate.is_twice && !is_silent)
        launch(world, &model, bytes_of(bytes, message.len), due_us + 100 + fate.twice_us);
    return model.number;
}

/* The host of a stubborn issuer refuses for good what was stored and forwarded, and its books never
 * hear of it. false: it is no such message. */
static bool refuse(struct node *node, unsigned line, struct bytes message)
{
    static const char codes[][3] = {"05", "12", "25", "57"};
    const struct world *world = node->world;
    struct iso_message read;
    struct iso_fault fault;
    uint8_t header[ISO_HEADER_MAX], bytes[PARTY_MESSAGE_MAX];
    size_t len;
    if (!plan_is_issuer(&world->plan, node->index) ||
        iso_message_unpack(world->simulation->spec, ISO_HEADER_YES, message.data, message.len,
                           &read, &fault) != ISO_OK ||
        (strcmp(read.mti, "0220") != 0 && strcmp(read.mti, "0420") != 0))
        return false;
    read.mti[2] = '3';
    iso_message_set(&read, 39, codes[message.data[message.len - 1] % 4], 2);
    iso_header_init(world->simulation->spec, header);
    read.header = (struct iso_value){header, iso_spec_header_len(world->simulation->spec)};
    MUST(iso_message_pack(&read, bytes, sizeof bytes, &len, &fault) == ISO_OK);
    (void)network_send(node, 0, line, bytes_of(bytes, len));
    return true;
}

/* --- delivering ------------------------------------------------------------------------------- */

void network_deliver(struct world *world, const struct entry *entry)
{
    struct flight *flight = &world->flights[entry->which];
    struct link *link = &world->links[flight->link];
    unsigned which = flight->link, side = other_side(flight->side);
    struct node *node = node_at(world, which, side);
    bool arrives = !flight->is_dead && flight->generation == link->generation && link->is_up[side];
    bool is_good = true;
    trace_message(world, flight, arrives ? NULL : "too late, the link is gone");
    if (arrives) {
        MUST(node->is_alive);
        if (flight->number > link->delivered[flight->side])
            link->delivered[flight->side] = flight->number;
        struct bytes message = bytes_of(flight->bytes, flight->len);
        unsigned line = which % PLAN_LINKS_MAX;
        if (!flight->is_stubborn || !refuse(node, line, message))
            is_good =
                party_receive(node->party, peer_at(which, side), line, message, node_now(node));
    }
    free_flight(world, flight);
    if (!is_good)
        network_break(world, which);
    if (arrives)
        node_after(node);
}

/* --- links ------------------------------------------------------------------------------------ */

/* Of this and later numbers no byte was written: drawn, but none that has arrived, and what is
 * still under way never does. */
static uint64_t draw_first_unwritten(struct world *world, unsigned which, unsigned side)
{
    struct link *link = &world->links[which];
    uint64_t least = link->delivered[side] + 1, most = link->sent[side] + 1;
    uint64_t lot = random_next(&world->network);
    if (least < link->first[side])
        least = link->first[side];
    uint64_t first = lot % 2 == 0 ? most : least + lot / 2 % (most - least + 1);
    for (uint32_t i = 0; i < world->flight_high; i++) {
        struct flight *flight = &world->flights[i];
        if (flight->is_used && flight->link == which && flight->side == side &&
            flight->generation == link->generation && flight->number >= first)
            flight->is_dead = true;
    }
    return first;
}

void network_side_down(struct world *world, unsigned which, unsigned side, uint32_t generation)
{
    struct link *link = &world->links[which];
    struct node *node = node_at(world, which, side);
    if (!link->is_up[side] || link->generation != generation)
        return;
    uint64_t first = draw_first_unwritten(world, which, side);
    link->is_up[side] = false;
    trace_note(world, node->index, "link %u to %s down, %llu not written", which % PLAN_LINKS_MAX,
               node_at(world, which, other_side(side))->name,
               (unsigned long long)(link->sent[side] + 1 - first));
    party_link_down(node->party, peer_at(which, side), which % PLAN_LINKS_MAX, first,
                    node_now(node));
    node_after(node);
    network_plan_up(world, which);
}

static void plan_down(struct world *world, unsigned which, unsigned side, uint64_t after_us)
{
    agenda_add(&world->agenda, &(struct entry){.due_us = world->now_us + after_us,
                                               .what = ENTRY_SIDE_DOWN,
                                               .which = which,
                                               .detail = side,
                                               .generation = world->links[which].generation});
}

void network_break(struct world *world, unsigned which)
{
    uint64_t lot = random_below(&world->network, 4);
    unsigned first = lot % 2 == 0 ? SIDE_MEMBER : SIDE_SWITCH;
    /* Now and then the other end takes long to notice. */
    uint64_t later = world_draw_us(world, 0, lot < 3 ? 5000 : 20000000);
    plan_down(world, which, first, 0);
    plan_down(world, which, other_side(first), is_healed(world) ? 0 : later);
}

static bool has_link(const struct world *world, unsigned which)
{
    return which % PLAN_LINKS_MAX < world->plan.links[member_of(which) + 1];
}

void network_node_died(struct node *node)
{
    struct world *world = node->world;
    unsigned side = node->index == NODE_SWITCH ? SIDE_SWITCH : SIDE_MEMBER;
    for (unsigned which = first_link_of(node); which < end_of_links_of(node); which++) {
        struct link *link = &world->links[which];
        if (!has_link(world, which))
            continue;
        uint64_t lot = random_below(&world->network, 4);
        uint64_t later = world_draw_us(world, 0, lot < 3 ? 5000 : 40000000);
        if (!link->is_up[side])
            continue;
        link->is_up[side] = false;
        plan_down(world, which, other_side(side), later);
    }
}

void network_plan_up(struct world *world, unsigned which)
{
    struct link *link = &world->links[which];
    if (!has_link(world, which) || link->is_up[SIDE_MEMBER] || link->is_up[SIDE_SWITCH] ||
        link->is_planned || !node_at(world, which, SIDE_MEMBER)->is_alive ||
        !world->nodes[NODE_SWITCH].is_alive)
        return;
    link->is_planned = true;
    /* In the beginning all is up at once. */
    uint64_t after_us = world_draw_us(world, 10000, world->now_us == 0 ? 100000 : 3000000);
    agenda_add(
        &world->agenda,
        &(struct entry){.due_us = world->now_us + after_us, .what = ENTRY_LINK_UP, .which = which});
}

void network_plan_node_up(struct node *node)
{
    for (unsigned which = first_link_of(node); which < end_of_links_of(node); which++)
        network_plan_up(node->world, which);
}

void network_link_up(struct world *world, unsigned which)
{
    struct link *link = &world->links[which];
    struct node *member = node_at(world, which, SIDE_MEMBER), *centre = &world->nodes[NODE_SWITCH];
    link->is_planned = false;
    if (!member->is_alive || !centre->is_alive)
        return;
    link->generation++;
    for (unsigned side = 0; side < SIDES; side++) {
        link->is_up[side] = true;
        link->first[side] = link->sent[side] + 1;
        link->delivered[side] = link->sent[side];
        link->due_us[side] = world->now_us;
    }
    unsigned line = which % PLAN_LINKS_MAX;
    trace_note(world, member->index, "link %u up", line);
    party_link_up(centre->party, peer_at(which, SIDE_SWITCH), line, node_now(centre));
    node_after(centre);
    party_link_up(member->party, peer_at(which, SIDE_MEMBER), line, node_now(member));
    node_after(member);
}

static void set_until(uint64_t until[SIDES], unsigned direction, uint64_t until_us)
{
    if ((direction & 1) != 0)
        until[SIDE_MEMBER] = until_us;
    if ((direction & 2) != 0)
        until[SIDE_SWITCH] = until_us;
}

void network_silence(struct world *world, unsigned which, unsigned direction, uint64_t until_us)
{
    set_until(world->links[which].silent_until_us, direction, until_us);
}

void network_stall(struct world *world, unsigned which, unsigned direction, uint64_t until_us)
{
    set_until(world->links[which].stalled_until_us, direction, until_us);
}

void network_heal(struct world *world)
{
    for (unsigned which = 0; which < end_of_links_of(&world->nodes[NODE_SWITCH]); which++) {
        struct link *link = &world->links[which];
        network_silence(world, which, 3, 0);
        network_stall(world, which, 3, 0);
        /* One end that has not noticed yet begins anew. */
        if (link->is_up[SIDE_MEMBER] != link->is_up[SIDE_SWITCH])
            network_break(world, which);
        else
            network_plan_up(world, which);
    }
}
