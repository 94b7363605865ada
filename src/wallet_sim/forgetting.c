/* Forgetting at the wallet: packets that have ended with their tickets, the latest claims of
 * people, purchases, kept for as long as the switch keeps what they are about.
 *
 * Nobody asks a wallet for anything, so nothing depends on when it forgets. Now and then it goes
 * through its packets and claims, a few at a time, and no further than it is asked to: what it has
 * to look at is what it still has. A packet that has ended goes after its tickets, in steps that
 * look at it again; after a crash the next round goes on. */
#include "wallet_sim/bought.h"
#include "wallet_sim/wallet_state.h"

#include "party/forgetting.h"

enum {
    LOOK_MAX = 64,   /* records looked at in one go */
    PAUSE_MS = 10,   /* from there, or from the end of the steps that followed, to the next */
    STEP_KEYS = 8,   /* of a step: such lie between live ones */
    START_MS = 1000, /* after the start, which has other things to do */
    ROUNDS = 8,      /* within the time that things are kept */
    KEY_ENDED = 0,   /* the packet, the claim, or the purchase */
    KEY_MORE,        /* tickets; or the packet's or purchase's name */
};

static const int64_t SECOND_US = 1000000;

static void arm(struct wallet *wallet, uint64_t wait_us)
{
    party_arm(wallet->party, &wallet->forgetting.timer, party_now(wallet->party).mono_us + wait_us);
}

/* --- whether ---------------------------------------------------------------------------------- */

static bool is_packet_over(const struct wallet *wallet, struct bytes record, int64_t now_us,
                           struct packet *packet)
{
    struct keeping keeping = party_keeping(wallet->party);
    packet_decode(record, packet);
    if (packet->over_s != 0)
        return packet->over_s * SECOND_US + keeping.keep_us <= now_us;
    /* Nobody has ended it here; the switch has, long ago. */
    return packet->state == PACKET_OPEN &&
           forgetting_age_us(packet->freeze.transmission, now_us) >= keeping.forget_us;
}

static bool is_claim_over(const struct wallet *wallet, struct bytes record, int64_t now_us)
{
    struct operation claim;
    struct reader r = reader_of(record);
    operation_decode(&r, &claim);
    MUST(!r.bad);
    return forgetting_age_us(claim.transmission, now_us) >= party_keeping(wallet->party).keep_us;
}

static bool is_purchase_over(const struct wallet *wallet, struct bytes record, int64_t now_us,
                             struct bought *bought)
{
    struct keeping keeping = party_keeping(wallet->party);
    bought_decode(record, bought);
    return (bought->over_s != 0 && bought->over_s * SECOND_US + keeping.keep_us <= now_us) ||
           forgetting_age_us(bought->request.transmission, now_us) >= keeping.forget_us;
}

static bool is_over(const struct wallet *wallet, const struct store_key *key, struct bytes record,
                    int64_t now_us)
{
    struct packet packet;
    struct bought bought;
    switch (key->data[0]) {
    case TABLE_CLAIM:
        return is_claim_over(wallet, record, now_us);
    case TABLE_PURCHASE:
        return is_purchase_over(wallet, record, now_us, &bought);
    default:
        return is_packet_over(wallet, record, now_us, &packet);
    }
}

/* --- the steps -------------------------------------------------------------------------------- */

static void apply_forget(struct store_step *step, struct store_tx *tx)
{
    struct wallet_forget *forget = step->context;
    struct bytes record = tx_record(tx, KEY_ENDED);
    if (record.data == NULL ||
        !is_over(forget->wallet, &step->keys[KEY_ENDED], record, forget->wall_us))
        return;
    for (unsigned i = KEY_MORE; i < step->key_count; i++)
        store_tx_delete(tx, i);
    if (!forget->is_of_tickets)
        store_tx_delete(tx, KEY_ENDED);
}

static void done_forget(struct store_step *step, void *context)
{
    struct wallet_forget *forget = context;
    if (!forget->is_of_tickets && step->keys[KEY_ENDED].data[0] == TABLE_FREEZE)
        wallet_forget_names(forget->wallet);
    if (--forget->wallet->forgetting.busy == 0)
        arm(forget->wallet, UINT64_C(1000) * PAUSE_MS);
}

static struct wallet_forget *take_step(struct wallet *wallet, const struct store_key *ended)
{
    struct wallet_forget *forget = &wallet->forgetting.steps[wallet->forgetting.busy++];
    *forget = (struct wallet_forget){.wallet = wallet, .wall_us = party_now(wallet->party).wall_us};
    forget->step =
        (struct store_step){.apply = apply_forget, .done = done_forget, .context = forget};
    MUST(store_step_key(&forget->step, *ended) == KEY_ENDED);
    return forget;
}

static bool add_ticket(void *context, struct bytes key, struct bytes value)
{
    (void)value;
    struct wallet_forget *forget = context;
    struct store_key ticket = {.len = (uint8_t)key.len};
    memcpy(ticket.data, key.data, key.len);
    store_step_key(&forget->step, ticket);
    forget->is_of_tickets = true;
    return forget->step.key_count < STEP_KEYS;
}

/* Tickets of the packet first, as many as go into one step; when there are none, the packet. */
static bool forget_packet(struct wallet *wallet, const struct store_key *key,
                          const struct packet *packet)
{
    struct wallet_forget *forget = take_step(wallet, key);
    struct store_key first = *key, end;
    first.data[0] = TABLE_GRAB;
    first.len = 1 + FREEZE_NAME_LEN;
    end = first;
    /* A person stands behind the freeze: any byte, and more of them. */
    memset(end.data + end.len, 0xFF, WALLET_NAME_MAX);
    end.len = (uint8_t)(end.len + WALLET_NAME_MAX);
    wallet_scan(wallet, &first, &end, add_ticket, forget);
    if (!forget->is_of_tickets)
        MUST(store_step_key(&forget->step, key_of_packet_name(packet->name)) == KEY_MORE);
    store_submit(party_store(wallet->party), &forget->step);
    return !forget->is_of_tickets;
}

static void forget_purchase(struct wallet *wallet, const struct store_key *key,
                            const struct bought *bought)
{
    struct wallet_forget *forget = take_step(wallet, key);
    MUST(store_step_key(&forget->step, key_of_bought_name(bought->name)) == KEY_MORE);
    store_submit(party_store(wallet->party), &forget->step);
}

/* --- the round -------------------------------------------------------------------------------- */

struct look {
    struct wallet *wallet;
    unsigned count;
};

/* What is over becomes a step; the scan ends with the first that needs more than one, and with the
 * last for which there is room. */
static bool look(void *context, struct bytes key, struct bytes value)
{
    struct look *look = context;
    struct wallet *wallet = look->wallet;
    struct wallet_forgetting *forgetting = &wallet->forgetting;
    int64_t now_us = party_now(wallet->party).wall_us;
    struct store_key stored = {.len = (uint8_t)key.len};
    struct packet packet;
    struct bought bought;
    bool is_done = true;
    memcpy(stored.data, key.data, key.len);
    if (key.data[0] == TABLE_CLAIM) {
        if (is_claim_over(wallet, value, now_us)) {
            struct wallet_forget *forget = take_step(wallet, &stored);
            store_submit(party_store(wallet->party), &forget->step);
        }
    } else if (key.data[0] == TABLE_PURCHASE) {
        if (is_purchase_over(wallet, value, now_us, &bought))
            forget_purchase(wallet, &stored, &bought);
    } else if (is_packet_over(wallet, value, now_us, &packet))
        is_done = forget_packet(wallet, &stored, &packet);
    if (is_done) {
        forgetting->at = stored;
        forgetting->at.data[forgetting->at.len++] = 0; /* the next possible key */
    }
    return is_done && ++look->count < LOOK_MAX && forgetting->busy < WALLET_FORGET_STEPS;
}

static void begin_table(struct wallet *wallet, enum record_table table)
{
    wallet->forgetting.table = table;
    wallet->forgetting.at = (struct store_key){.len = 1, .data = {(uint8_t)table}};
}

void wallet_forgetting_run(struct wallet *wallet)
{
    struct wallet_forgetting *forgetting = &wallet->forgetting;
    struct look looked = {.wallet = wallet};
    struct store_key end = {.len = 1, .data = {(uint8_t)(forgetting->table + 1)}};
    if (forgetting->busy > 0)
        return; /* the last of the steps comes back to it */
    wallet_scan(wallet, &forgetting->at, &end, look, &looked);
    if (forgetting->busy > 0)
        return;
    if (looked.count == LOOK_MAX)
        arm(wallet, UINT64_C(1000) * PAUSE_MS);
    else if (forgetting->table != TABLE_PURCHASE) {
        begin_table(wallet, forgetting->table == TABLE_CLAIM ? TABLE_FREEZE : TABLE_PURCHASE);
        arm(wallet, UINT64_C(1000) * PAUSE_MS);
    } else {
        begin_table(wallet, TABLE_CLAIM);
        arm(wallet, (uint64_t)(party_keeping(wallet->party).keep_us / ROUNDS + SECOND_US));
    }
}

void wallet_forgetting_begin(struct wallet *wallet)
{
    begin_table(wallet, TABLE_CLAIM);
    arm(wallet, UINT64_C(1000) * START_MS);
}
