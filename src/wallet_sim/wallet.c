/* The wallet: opening, closing, and what all its work shares. */
#include "wallet_sim/wallet_state.h"

#include <stdlib.h>
#include <string.h>

const char *wallet_refusal_text(enum wallet_refusal refusal)
{
    static const char *const texts[WALLET_REFUSALS] = {
        "accepted",
        "the command makes no sense",
        "too much is under way",
        "this wallet has a packet of this name",
        "no such packet",
        "the packet is not announced",
        "the packet is over",
        "this person has had a share of it",
        "no share is left",
        "this person has claimed nothing of it",
        "this wallet has a purchase of this name",
        "no such purchase",
        "the purchase was given up before",
    };
    return refusal < WALLET_REFUSALS ? texts[refusal] : "unknown";
}

/* --- work ------------------------------------------------------------------------------------- */

struct work *work_take(struct wallet *wallet, wallet_done_fn *done, void *context)
{
    struct work *work = pool_take(&wallet->works);
    if (work == NULL)
        return NULL;
    work->wallet = wallet;
    work->done = done;
    work->context = context;
    work->wall_us = party_now(wallet->party).wall_us;
    wallet->view.open++;
    return work;
}

void work_finish(struct work *work)
{
    struct wallet *wallet = work->wallet;
    struct wallet_result result = work->result;
    wallet_done_fn *done = work->done;
    void *context = work->context;
    if (work->keeps_place)
        wallet->places_kept--;
    wallet->view.open--;
    pool_give(&wallet->works, work);
    if (result.refusal != WALLET_ACCEPTED)
        wallet->view.refused_by_wallet++;
    if (done != NULL)
        done(context, &result);
}

void wallet_refuse(struct wallet *wallet, enum wallet_refusal refusal, wallet_done_fn *done,
                   void *context)
{
    struct wallet_result result = {.refusal = refusal};
    wallet->view.refused_by_wallet++;
    done(context, &result);
}

void work_submit(struct work *work, store_apply_fn *apply, store_done_fn *done)
{
    work->step.apply = apply;
    work->step.done = done;
    work->step.context = work;
    store_submit(party_store(work->wallet->party), &work->step);
}

bool name_is_good(const char name[WALLET_NAME_MAX + 1])
{
    return name[0] != '\0' && memchr(name, '\0', WALLET_NAME_MAX + 1) != NULL;
}

/* --- looking up ------------------------------------------------------------------------------- */

/* As a damaged record in a step does: the process stops, and says why. */
static void check(struct wallet *wallet, enum result result, const struct fault *fault)
{
    if (result == RESULT_OK)
        return;
    party_log(wallet->party, LOG_ERROR, "store_unreadable", "%s", fault->text);
    MUST(result == RESULT_OK);
}

bool wallet_find(struct wallet *wallet, const struct store_key *key, uint8_t *out, size_t size,
                 size_t *len)
{
    struct store_found found;
    struct fault fault = {RESULT_OK, ""};
    check(wallet, store_find_key(party_store(wallet->party), key, &found, &fault), &fault);
    *len = found.found ? found.len : 0;
    MUST(*len <= size);
    if (found.found)
        memcpy(out, found.value, found.len);
    return found.found;
}

void wallet_scan(struct wallet *wallet, const struct store_key *first, const struct store_key *end,
                 store_scan_fn *each, void *context)
{
    struct fault fault = {RESULT_OK, ""};
    check(wallet,
          store_scan(party_store(wallet->party), bytes_of(first->data, first->len),
                     bytes_of(end->data, end->len), each, context, &fault),
          &fault);
}

static struct known_name *known_place(struct wallet *wallet, const char *name)
{
    uint64_t hash = 0;
    for (size_t i = 0; name[i] != '\0'; i++)
        hash = (hash ^ (uint8_t)name[i]) * UINT64_C(0x100000001B3);
    return &wallet->known_names[(hash >> 32 ^ hash) % WALLET_KNOWN_NAMES];
}

bool wallet_find_packet(struct wallet *wallet, const char *name, struct freeze_reference *reference)
{
    struct known_name *known = known_place(wallet, name);
    if (strcmp(known->name, name) == 0) {
        *reference = known->reference;
        return true;
    }
    struct store_key key = key_of_packet_name(name);
    uint8_t record[REFERENCE_TEXT_LEN];
    size_t len = 0;
    if (!wallet_find(wallet, &key, record, sizeof record, &len))
        return false;
    MUST(reference_parse(bytes_of(record, len), reference));
    memcpy(known->name, name, strlen(name) + 1);
    known->reference = *reference;
    return true;
}

void wallet_forget_names(struct wallet *wallet)
{
    memset(wallet->known_names, 0, sizeof wallet->known_names);
}

/* --- the core of the party -------------------------------------------------------------------- */

static void core_request(void *core, struct request *request)
{
    struct wallet *wallet = core;
    if (request->operation.kind == OPERATION_RECONCILIATION) {
        party_reconcile(wallet->party, request);
        return;
    }
    party_log_peer(wallet->party, request->from.peer, LOG_WARNING, "request_refused",
                   "a wallet serves no %s", operation_name(request->operation.kind));
    party_answer(wallet->party, request, &(struct answer){.code = CODE_UNSUPPORTED});
}

static void core_forwarded(void *core, struct forward *forward, enum forward_verdict verdict,
                           const struct received *received)
{
    (void)verdict; /* the code says it more exactly */
    forward_ended(core, forward, received);
}

static void core_due(void *core, struct timer *timer)
{
    (void)timer;
    wallet_forgetting_run(core);
}

static enum forward_verdict core_judge(const struct operation *operation, uint16_t code)
{
    if (code == CODE_APPROVED)
        return FORWARD_DONE;
    if (operation->kind == OPERATION_FREEZE || operation->kind == OPERATION_CLAIM ||
        operation->kind == OPERATION_PURCHASE)
        switch (code) {
        case CODE_NONE:
        case CODE_ISSUER_TIMEOUT:
        case CODE_CUTOVER:
        case CODE_CENTRE_FAULT:
        case CODE_MAC:
            return FORWARD_AGAIN;
        default:
            return FORWARD_REFUSED;
        }
    if (operation->kind == OPERATION_INQUIRY && code == CODE_UNSUPPORTED)
        return FORWARD_REFUSED;
    switch (code) {
    case CODE_RELATED_INVALID:
    case CODE_STATE:
    case CODE_NO_ORIGINAL:
    case CODE_FORMAT:
        return FORWARD_REFUSED;
    default:
        return FORWARD_AGAIN;
    }
}

/* --- opening ---------------------------------------------------------------------------------- */

static enum result load_number(struct wallet *wallet, struct fault *fault)
{
    struct store_key key = key_of_number();
    struct store_found found;
    TRY(store_find_key(wallet->config.party.store, &key, &found, fault));
    struct reader r = reader_of(bytes_of(found.value, found.found ? found.len : 0));
    wallet->number = found.found ? read_u64(&r) : 0;
    MUST(!r.bad);
    return RESULT_OK;
}

enum result wallet_open(const struct wallet_config *config, const struct party_port *port,
                        struct instant now, struct wallet **opened, struct fault *fault)
{
    const struct party_config *party = &config->party;
    if (party->peer_count != 1)
        return fault_set(fault, RESULT_INPUT, "%s: a wallet has one peer, the switch, not %u",
                         party->name, party->peer_count);
    struct wallet *wallet = calloc(1, sizeof *wallet);
    if (wallet == NULL)
        return fault_set(fault, RESULT_IO, "no memory for a wallet");
    wallet->config = *config;
    wallet->config.party.is_centre = false;
    wallet->centre = party->peers[0].id.number;
    struct party_core core = {
        .core = wallet,
        .request = core_request,
        .forwarded = core_forwarded,
        .judge = core_judge,
        .due = core_due,
    };
    enum result result = pool_init(&wallet->works, party->requests_max, sizeof(struct work), fault);
    if (result == RESULT_OK)
        result = load_number(wallet, fault);
    if (result == RESULT_OK)
        result = party_open(&wallet->config.party, port, &core, now, &wallet->party, fault);
    if (result != RESULT_OK) {
        wallet_close(wallet);
        return result;
    }
    wallet->config.party.peers = NULL; /* the party has its copy */
    wallet_forgetting_begin(wallet);
    *opened = wallet;
    return RESULT_OK;
}

void wallet_close(struct wallet *wallet)
{
    if (wallet == NULL)
        return;
    party_close(wallet->party);
    pool_deinit(&wallet->works);
    free(wallet);
}

struct party *wallet_party(struct wallet *wallet)
{
    return wallet->party;
}

struct wallet_view wallet_view(const struct wallet *wallet)
{
    return wallet->view;
}
