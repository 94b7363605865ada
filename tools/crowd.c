/* The customers of one wallet under load: see crowd.h. */
#include "crowd.h"

#include "base/pool.h"
#include "lab/arrival.h"
#include "net/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FREEZING_MAX = 64,     /* for the stock, at once: it is prepared beside others' traffic */
    PICKS_MAX = 8,         /* looks for a packet that nobody is claiming */
    WINDOW_TURN_US = 1000, /* between two looks when as many are under way as may be */
};

struct packet {
    uint32_t number;
    unsigned next; /* share to be grabbed next, from 1 */
    unsigned busy; /* claims and inquiries under way */
    bool is_spent; /* no share is left */
    bool is_closing;
};

/* One customer from its arrival to its answer. */
struct errand {
    struct crowd *crowd;
    enum mix_operation operation;
    uint64_t arrived_us;
    struct packet *packet;
    unsigned person;
    bool is_for_stock, is_grabbed;
};

struct crowd {
    struct wallet *wallet;
    const struct lab *lab;
    struct mix mix;
    struct random random;
    uint64_t seed;
    const struct lab_institution *issuers[LAB_INSTITUTIONS_MAX];
    unsigned issuer_count;
    unsigned weight_sum;
    unsigned under_way_max; /* at a rate; who comes then stands in line in front of the wallet */

    struct pool errands, packets;
    /* Those with shares left, in no order or, when the oldest is claimed first, in the order of
     * their freezes; and those without, to be closed in that order. */
    struct packet **open;
    size_t open_count;
    struct packet **spent; /* a ring */
    size_t spent_head, spent_count;
    uint32_t last_number, last_purchase;
    uint64_t free_shares; /* of all open packets, and of those being frozen */
    unsigned freezing;    /* for the stock */

    struct crowd_run run;
    struct arrival arrival;
    uint64_t started_us, next_us; /* of the next arrival, since the start */
    struct crowd_view view;
    struct histogram latency[MIX_OPERATIONS];
};

/* --- telling ---------------------------------------------------------------------------------- */

static void count_cause(struct crowd *crowd, const char *text)
{
    struct crowd_view *view = &crowd->view;
    unsigned i = 0;
    while (i < view->cause_count && strcmp(view->causes[i].text, text) != 0)
        i++;
    if (i == CROWD_CAUSES_MAX)
        i--; /* the last one stands for the rest: there are fewer than so many codes in use */
    else if (i == view->cause_count)
        snprintf(view->causes[view->cause_count++].text, CROWD_CAUSE_MAX, "%s", text);
    view->causes[i].count++;
}

/* --- packets ---------------------------------------------------------------------------------- */

static bool keeps_spent(const struct crowd *crowd)
{
    return crowd->mix.weights[MIX_UNFREEZE] > 0;
}

static void forget_if_idle(struct crowd *crowd, struct packet *packet)
{
    if (packet->busy == 0 && (packet->is_closing || (packet->is_spent && !keeps_spent(crowd))))
        pool_give(&crowd->packets, packet);
}

static void leave_open(struct crowd *crowd, size_t at)
{
    crowd->open_count--;
    if (crowd->mix.claims_from == MIX_OLDEST)
        memmove(&crowd->open[at], &crowd->open[at + 1],
                (crowd->open_count - at) * sizeof(struct packet *));
    else
        crowd->open[at] = crowd->open[crowd->open_count];
}

/* The packet whose next share is claimed, and that share; NULL: there is none. */
static struct packet *take_share(struct crowd *crowd, unsigned *share)
{
    if (crowd->open_count == 0)
        return NULL;
    size_t at = crowd->mix.claims_from == MIX_OLDEST
                    ? 0
                    : (size_t)random_below(&crowd->random, crowd->open_count);
    struct packet *packet = crowd->open[at];
    *share = packet->next++;
    crowd->free_shares--;
    packet->busy++;
    if (packet->next <= crowd->mix.shares)
        return packet;
    packet->is_spent = true;
    leave_open(crowd, at);
    if (keeps_spent(crowd))
        crowd->spent[(crowd->spent_head + crowd->spent_count++) % CROWD_PACKETS_MAX] = packet;
    return packet;
}

/* One that is claimed whole and answered; else one that nobody claims just now. */
static struct packet *take_for_closing(struct crowd *crowd)
{
    if (crowd->spent_count > 0 && crowd->spent[crowd->spent_head]->busy == 0) {
        struct packet *packet = crowd->spent[crowd->spent_head];
        crowd->spent_head = (crowd->spent_head + 1) % CROWD_PACKETS_MAX;
        crowd->spent_count--;
        return packet;
    }
    for (unsigned i = 0; i < PICKS_MAX && crowd->open_count > 0; i++) {
        size_t at = (size_t)random_below(&crowd->random, crowd->open_count);
        struct packet *packet = crowd->open[at];
        if (packet->busy > 0)
            continue;
        crowd->free_shares -= crowd->mix.shares - (packet->next - 1);
        leave_open(crowd, at);
        return packet;
    }
    return NULL;
}

static void name_packet(const struct packet *packet, char name[WALLET_NAME_MAX + 1])
{
    snprintf(name, WALLET_NAME_MAX + 1, "load %u", packet->number);
}

static void draw_card(struct crowd *crowd, struct pan *card)
{
    struct lab_account account;
    const struct lab_institution *issuer =
        crowd->issuers[random_below(&crowd->random, crowd->issuer_count)];
    size_t at = issuer->account_count + random_below(&crowd->random, issuer->generator.count);
    lab_account_at(issuer, at, &account);
    MUST(pan_parse(bytes_text(account.card), card));
}

/* --- errands ---------------------------------------------------------------------------------- */

static void end(struct errand *errand, bool good)
{
    struct crowd *crowd = errand->crowd;
    uint64_t now_us = loop_now().mono_us;
    struct packet *packet = errand->packet;
    if (errand->is_for_stock) { /* nobody has asked for it */
        crowd->view.restocked += good && crowd->view.phase == CROWD_RUNNING;
    } else {
        crowd->view.elapsed_us = now_us - crowd->started_us;
        if (good) {
            crowd->view.counts[errand->operation].good++;
            histogram_record(&crowd->latency[errand->operation], now_us - errand->arrived_us);
        }
    }
    crowd->freezing -= errand->is_for_stock;
    crowd->view.open--;
    pool_give(&crowd->errands, errand);
    if (packet != NULL) {
        packet->busy--;
        forget_if_idle(crowd, packet);
    }
}

static void end_freeze(struct errand *errand, bool good)
{
    struct crowd *crowd = errand->crowd;
    struct packet *packet = errand->packet;
    if (good)
        crowd->open[crowd->open_count++] = packet;
    else {
        crowd->free_shares -= crowd->mix.shares;
        packet->is_closing = true;
    }
    end(errand, good);
}

static void on_done(void *context, const struct wallet_result *result);

static void claim(struct errand *errand, const struct wallet_ticket *ticket)
{
    struct crowd *crowd = errand->crowd;
    struct wallet_claim command = {.ticket = *ticket};
    snprintf(command.person, sizeof command.person, "person %u", errand->person);
    draw_card(crowd, &command.card);
    errand->is_grabbed = true;
    wallet_claim(crowd->wallet, &command, on_done, errand);
}

static void on_done(void *context, const struct wallet_result *result)
{
    struct errand *errand = context;
    char code[3];
    bool good = result->refusal == WALLET_ACCEPTED;
    if (!good)
        count_cause(errand->crowd, wallet_refusal_text(result->refusal));
    else if (errand->operation == MIX_CLAIM && !errand->is_grabbed) {
        claim(errand, &result->ticket);
        return;
    } else if (result->code != CODE_APPROVED) {
        good = false;
        code_format(result->code, code);
        count_cause(errand->crowd, code);
    }
    if (errand->operation == MIX_FREEZE)
        end_freeze(errand, good);
    else
        end(errand, good);
}

static struct errand *take_errand(struct crowd *crowd, enum mix_operation operation,
                                  uint64_t arrived_us)
{
    struct errand *errand = pool_take(&crowd->errands);
    if (errand == NULL) {
        count_cause(crowd, "as many are under way as there may be");
        return NULL;
    }
    *errand = (struct errand){.crowd = crowd, .operation = operation, .arrived_us = arrived_us};
    crowd->view.open++;
    return errand;
}

static void begin_freeze(struct crowd *crowd, uint64_t arrived_us, bool is_for_stock)
{
    struct errand *errand = take_errand(crowd, MIX_FREEZE, arrived_us);
    struct packet *packet = errand != NULL ? pool_take(&crowd->packets) : NULL;
    if (errand == NULL)
        return;
    errand->packet = packet;
    errand->is_for_stock = is_for_stock;
    crowd->freezing += is_for_stock;
    if (packet == NULL) {
        count_cause(crowd, "as many packets are open as there may be");
        end(errand, false);
        return;
    }
    packet->number = ++crowd->last_number;
    packet->next = 1;
    packet->busy = 1;
    crowd->free_shares += crowd->mix.shares;
    struct wallet_packet command = {
        .person = "sender",
        .amount_minor = crowd->mix.amount_minor,
        .shares = crowd->mix.shares,
        .split = crowd->mix.is_random_split ? SPLIT_RANDOM : SPLIT_EQUAL,
        .seed = random_next(&crowd->random),
    };
    name_packet(packet, command.name);
    draw_card(crowd, &command.card);
    wallet_send_packet(crowd->wallet, &command, on_done, errand);
}

static void begin_claim(struct crowd *crowd, uint64_t arrived_us)
{
    struct errand *errand = take_errand(crowd, MIX_CLAIM, arrived_us);
    if (errand == NULL)
        return;
    struct wallet_grab command = {.seed = 0};
    errand->packet = take_share(crowd, &errand->person);
    if (errand->packet == NULL) {
        count_cause(crowd, "nothing to claim");
        end(errand, false);
        return;
    }
    name_packet(errand->packet, command.packet);
    snprintf(command.person, sizeof command.person, "person %u", errand->person);
    wallet_grab(crowd->wallet, &command, on_done, errand);
}

static void begin_unfreeze(struct crowd *crowd, uint64_t arrived_us)
{
    struct errand *errand = take_errand(crowd, MIX_UNFREEZE, arrived_us);
    if (errand == NULL)
        return;
    char name[WALLET_NAME_MAX + 1];
    errand->packet = take_for_closing(crowd);
    if (errand->packet == NULL) {
        count_cause(crowd, "nothing to close");
        end(errand, false);
        return;
    }
    errand->packet->busy++;
    errand->packet->is_closing = true;
    name_packet(errand->packet, name);
    wallet_expire(crowd->wallet, name, on_done, errand);
}

static void begin_inquiry(struct crowd *crowd, uint64_t arrived_us)
{
    struct errand *errand = take_errand(crowd, MIX_INQUIRY, arrived_us);
    if (errand == NULL)
        return;
    char name[WALLET_NAME_MAX + 1];
    if (crowd->open_count == 0) {
        count_cause(crowd, "nothing to ask about");
        end(errand, false);
        return;
    }
    errand->packet = crowd->open[random_below(&crowd->random, crowd->open_count)];
    errand->packet->busy++;
    name_packet(errand->packet, name);
    wallet_inquire(crowd->wallet, name, on_done, errand);
}

static void begin_purchase(struct crowd *crowd, uint64_t arrived_us)
{
    struct errand *errand = take_errand(crowd, MIX_PURCHASE, arrived_us);
    if (errand == NULL)
        return;
    struct wallet_purchase command = {.person = "customer",
                                      .amount_minor = crowd->mix.purchase_minor};
    snprintf(command.name, sizeof command.name, "load %u", ++crowd->last_purchase);
    draw_card(crowd, &command.card);
    wallet_buy(crowd->wallet, &command, on_done, errand);
}

static void arrive(struct crowd *crowd, uint64_t arrived_us)
{
    uint64_t drawn = random_below(&crowd->random, crowd->weight_sum);
    unsigned operation = 0;
    for (; drawn >= crowd->mix.weights[operation]; operation++)
        drawn -= crowd->mix.weights[operation];
    crowd->view.offered++;
    crowd->view.counts[operation].asked++;
    switch ((enum mix_operation)operation) {
    case MIX_CLAIM:
        begin_claim(crowd, arrived_us);
        break;
    case MIX_FREEZE:
        begin_freeze(crowd, arrived_us, false);
        break;
    case MIX_UNFREEZE:
        begin_unfreeze(crowd, arrived_us);
        break;
    case MIX_PURCHASE:
        begin_purchase(crowd, arrived_us);
        break;
    default:
        begin_inquiry(crowd, arrived_us);
    }
}

/* --- the clock -------------------------------------------------------------------------------- */

static void restock(struct crowd *crowd, uint64_t now_us)
{
    uint64_t wanted = (uint64_t)crowd->mix.stock * crowd->mix.shares;
    while (crowd->free_shares < wanted && crowd->freezing < FREEZING_MAX) {
        unsigned before = crowd->freezing;
        begin_freeze(crowd, now_us, true);
        if (crowd->freezing == before)
            return; /* refused at once: with the next turn */
    }
}

static uint64_t run_at_rate(struct crowd *crowd, uint64_t now_us)
{
    while (crowd->next_us != ARRIVAL_NONE && crowd->started_us + crowd->next_us <= now_us) {
        if (crowd->view.open >= crowd->under_way_max)
            return now_us + WINDOW_TURN_US; /* the line is as long as their times are past */
        arrive(crowd, crowd->started_us + crowd->next_us);
        crowd->next_us = arrival_next(&crowd->arrival);
    }
    return crowd->next_us != ARRIVAL_NONE ? crowd->started_us + crowd->next_us : UINT64_MAX;
}

static uint64_t run_at_window(struct crowd *crowd, uint64_t now_us)
{
    if (now_us >= crowd->started_us + crowd->run.duration_us)
        return UINT64_MAX;
    for (unsigned i = 0; i < crowd->run.window && crowd->view.open < crowd->run.window; i++)
        arrive(crowd, now_us);
    return now_us + WINDOW_TURN_US;
}

uint64_t crowd_turn(struct crowd *crowd, uint64_t now_us)
{
    struct crowd_view *view = &crowd->view;
    if (view->phase == CROWD_OVER)
        return UINT64_MAX;
    uint64_t due_us = UINT64_MAX;
    if (view->phase == CROWD_RUNNING) {
        due_us =
            crowd->run.rate_per_s > 0 ? run_at_rate(crowd, now_us) : run_at_window(crowd, now_us);
        if (due_us == UINT64_MAX && view->open == 0)
            view->phase = CROWD_OVER;
    }
    if (view->phase == CROWD_PREPARING || due_us != UINT64_MAX)
        restock(crowd, now_us);
    if (view->phase == CROWD_PREPARING && view->open == 0)
        view->phase = CROWD_READY;
    return due_us;
}

void crowd_start(struct crowd *crowd, const struct crowd_run *run, uint64_t now_us)
{
    MUST(crowd->view.phase == CROWD_READY);
    crowd->run = *run;
    crowd->started_us = now_us;
    crowd->view.phase = CROWD_RUNNING;
    if (run->rate_per_s > 0) {
        arrival_begin(&crowd->arrival, &crowd->mix, run->rate_per_s, run->duration_us,
                      crowd->seed + 1);
        crowd->next_us = arrival_next(&crowd->arrival);
    }
}

void crowd_stop(struct crowd *crowd, uint64_t now_us)
{
    if (crowd->view.phase != CROWD_RUNNING)
        return;
    uint64_t run_us = now_us - crowd->started_us;
    crowd->next_us = ARRIVAL_NONE;
    if (run_us < crowd->run.duration_us)
        crowd->run.duration_us = run_us;
}

/* --- opening ---------------------------------------------------------------------------------- */

/* Half of what the switch takes from each of so many busy members at once (party/quota.c): more
 * would be told to come again in a quarter of a minute, as no wallet in its senses lets happen. */
static unsigned find_under_way_max(const struct lab *lab)
{
    unsigned wallets = 0;
    for (size_t i = 0; i < lab->institution_count; i++)
        wallets += lab->institutions[i].role == LAB_WALLET;
    unsigned most = lab->limits.in_flight / (2 * (wallets + 1));
    return most == 0 ? 1 : most < CROWD_OPEN_MAX ? most : CROWD_OPEN_MAX;
}

static enum result take_memory(struct crowd *crowd, struct fault *fault)
{
    TRY(pool_init(&crowd->errands, CROWD_OPEN_MAX, sizeof(struct errand), fault));
    TRY(pool_init(&crowd->packets, CROWD_PACKETS_MAX, sizeof(struct packet), fault));
    crowd->open = calloc(CROWD_PACKETS_MAX, sizeof(struct packet *));
    crowd->spent = calloc(CROWD_PACKETS_MAX, sizeof(struct packet *));
    if (crowd->open == NULL || crowd->spent == NULL)
        return fault_set(fault, RESULT_LIMIT, "no memory for %d packets", CROWD_PACKETS_MAX);
    return RESULT_OK;
}

enum result crowd_open(const struct crowd_config *config, struct crowd **opened,
                       struct fault *fault)
{
    struct crowd *crowd = calloc(1, sizeof *crowd);
    if (crowd == NULL)
        return fault_set(fault, RESULT_LIMIT, "no memory for a crowd");
    crowd->wallet = config->wallet;
    crowd->lab = config->lab;
    crowd->mix = *config->mix;
    crowd->seed = config->seed;
    crowd->random = random_seeded(config->seed);
    crowd->under_way_max = find_under_way_max(config->lab);
    for (unsigned i = 0; i < MIX_OPERATIONS; i++)
        crowd->weight_sum += crowd->mix.weights[i];
    for (size_t i = 0; i < config->lab->institution_count; i++)
        if (config->lab->institutions[i].generator.count > 0)
            crowd->issuers[crowd->issuer_count++] = &config->lab->institutions[i];
    enum result result = take_memory(crowd, fault);
    if (result == RESULT_OK && crowd->issuer_count == 0)
        result = fault_set(fault, RESULT_INPUT,
                           "the lab has no generated accounts: who is to "
                           "claim?");
    if (result != RESULT_OK) {
        crowd_close(crowd);
        return result;
    }
    *opened = crowd;
    return RESULT_OK;
}

void crowd_close(struct crowd *crowd)
{
    if (crowd == NULL)
        return;
    pool_deinit(&crowd->errands);
    pool_deinit(&crowd->packets);
    free(crowd->open);
    free(crowd->spent);
    free(crowd);
}

const struct crowd_view *crowd_view(const struct crowd *crowd)
{
    return &crowd->view;
}

const struct histogram *crowd_latency(const struct crowd *crowd, enum mix_operation operation)
{
    return &crowd->latency[operation];
}
