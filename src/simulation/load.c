/* What people do in the simulated world: they command their wallets. Whoever finds the wallet down,
 * or a packet not there yet, tries again a few times. */
#include "simulation/world.h"

#include <stdio.h>
#include <string.h>

enum { TRIES_MAX = 8, TRY_AGAIN_US = 2500000 };

static void name_packet(unsigned packet, char name[WALLET_NAME_MAX + 1])
{
    snprintf(name, WALLET_NAME_MAX + 1, "packet%u", packet);
}

static void name_person(unsigned card, char name[WALLET_NAME_MAX + 1])
{
    snprintf(name, WALLET_NAME_MAX + 1, "person%u", card);
}

static struct node *wallet_node(struct world *world, unsigned wallet)
{
    return &world->nodes[1 + world->plan.issuers + wallet];
}

void load_seen(struct world *world, unsigned node, const struct operation *freeze)
{
    for (unsigned i = 0; i < world->plan.packet_count; i++) {
        struct known_packet *known = &world->packets[i];
        const struct plan_packet *packet = &world->plan.packets[i];
        if (wallet_node(world, packet->wallet)->index != node)
            continue;
        if (reference_same_freeze(&known->freeze.reference, &freeze->reference) &&
            known->freeze.kind != OPERATION_NONE)
            return;
        if (known->is_sent && known->freeze.kind == OPERATION_NONE &&
            packet->amount_minor == freeze->amount_minor &&
            packet->shares == freeze->reference.shares &&
            pan_equal(&freeze->card, &world->plan.cards[packet->card].pan)) {
            known->freeze = *freeze;
            return;
        }
    }
}

static void on_done(void *context, const struct wallet_result *result)
{
    struct world *world = context;
    char code[3];
    code_format(result->code, code);
    world->hash = hash_number(hash_number(world->hash, result->refusal), result->code);
    if (result->refusal != WALLET_ACCEPTED)
        trace_note(world, NODE_SWITCH, "(a wallet refuses: %s)",
                   wallet_refusal_text(result->refusal));
}

static void send_packet(struct world *world, struct wallet *wallet,
                        const struct plan_action *action)
{
    const struct plan_packet *packet = &world->plan.packets[action->packet];
    struct wallet_packet command = {
        .card = world->plan.cards[packet->card].pan,
        .amount_minor = packet->amount_minor,
        .shares = packet->shares,
        .split = SPLIT_EQUAL,
    };
    name_packet(action->packet, command.name);
    name_person(packet->card, command.person);
    world->packets[action->packet].is_sent = true;
    wallet_send_packet(wallet, &command, on_done, world);
}

/* Made from what the freeze said: whoever heard of the packet can claim any share of it. */
static void claim(struct world *world, struct wallet *wallet, const struct plan_action *action)
{
    const struct operation *freeze = &world->packets[action->packet].freeze;
    struct wallet_claim command = {
        .card = world->plan.cards[action->card].pan,
        .ticket = {.reference = freeze->reference,
                   .freeze = operation_as_original(freeze),
                   .amount_minor = action->amount_minor},
    };
    command.ticket.reference.share = action->share;
    name_packet(action->packet, command.ticket.packet);
    name_person(action->card, command.person);
    wallet_claim(wallet, &command, on_done, world);
}

static void repeat(struct world *world, struct wallet *wallet, const struct plan_action *action)
{
    struct wallet_repeat command = {.reference = world->packets[action->packet].freeze.reference};
    name_person(action->card, command.person);
    wallet_repeat(wallet, &command, on_done, world);
}

static void grab(struct world *world, struct wallet *wallet, const struct plan_action *action)
{
    struct wallet_grab command = {.seed = world->plan.seed};
    name_packet(action->packet, command.packet);
    name_person(action->card, command.person);
    wallet_grab(wallet, &command, on_done, world);
}

static void name_purchase(unsigned purchase, char name[WALLET_NAME_MAX + 1])
{
    snprintf(name, WALLET_NAME_MAX + 1, "purchase%u", purchase);
}

static void buy(struct world *world, struct wallet *wallet, const struct plan_action *action)
{
    struct wallet_purchase command = {
        .card = world->plan.cards[action->card].pan,
        .amount_minor = action->amount_minor,
    };
    name_purchase(action->packet, command.name);
    name_person(action->card, command.person);
    wallet_buy(wallet, &command, on_done, world);
}

static void give_up(struct world *world, struct wallet *wallet, const struct plan_action *action)
{
    char name[WALLET_NAME_MAX + 1];
    name_purchase(action->packet, name);
    wallet_give_up(wallet, name, on_done, world);
}

void load_action(struct world *world, unsigned which)
{
    const struct plan_action *action = &world->plan.actions[which];
    struct node *node = wallet_node(world, action->wallet);
    bool needs_freeze = action->what == ACTION_CLAIM || action->what == ACTION_REPEAT;
    bool is_known = needs_freeze && world->packets[action->packet].freeze.kind != OPERATION_NONE;
    char name[WALLET_NAME_MAX + 1];
    name_packet(action->packet, name);
    if (!node->is_alive || (needs_freeze && !is_known)) {
        if (++world->tries[which] < TRIES_MAX)
            agenda_add(&world->agenda, &(struct entry){.due_us = world->now_us + TRY_AGAIN_US,
                                                       .what = ENTRY_ACTION,
                                                       .which = which});
        return;
    }
    /* A wallet takes its time from what the host tells it. */
    node_tick(node);
    switch (action->what) {
    case ACTION_SEND:
        send_packet(world, node->wallet, action);
        break;
    case ACTION_GRAB:
        grab(world, node->wallet, action);
        break;
    case ACTION_CLAIM:
        claim(world, node->wallet, action);
        break;
    case ACTION_REPEAT:
        repeat(world, node->wallet, action);
        break;
    case ACTION_EXPIRE:
        wallet_expire(node->wallet, name, on_done, world);
        break;
    case ACTION_REVERSE:
        wallet_reverse(node->wallet, name, on_done, world);
        break;
    case ACTION_BUY:
        buy(world, node->wallet, action);
        break;
    case ACTION_GIVE_UP:
        give_up(world, node->wallet, action);
        break;
    }
    node_after(node);
}
