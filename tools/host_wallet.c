/* A wallet as a process: its core and its control commands.
 *
 *   {"do": "send", "packet": P, "person": N, "card": C, "amount_minor": A, "shares": S,
 *    "split": "equal|random|given|when-claimed", "seed": X, "amounts_minor": [...]}
 *   {"do": "grab", "packet": P, "person": N, "seed": X}              -> "ticket": {...}
 *   {"do": "claim", "ticket": {...}, "person": N, "card": C, "amount_minor": A}
 *   {"do": "repeat", "ticket": {...}, "person": N}
 *   {"do": "expire", "packet": P}      {"do": "reverse", "packet": P}
 *   {"do": "inquire", "packet": P}                                   -> "state": FROZEN, amounts
 *   {"do": "buy", "purchase": P, "person": N, "card": C, "amount_minor": A}
 *   {"do": "give-up", "purchase": P}
 *
 * and those of a load (host_load.c).
 *
 * Replies have "code" (DE 39) when a message was sent, "refused" with the reason when the wallet
 * itself refused, and "amount_minor". Who grabs again is refused with the ticket of before. */
#include "host.h"

#include "crowd.h"
#include "wallet_sim/wallet.h"

#include <string.h>

static enum result wallet_role_open(struct host *host, struct instant now, struct fault *fault)
{
    struct party_peer_config peers[PARTY_PEERS_MAX];
    struct party_port port = host_port(host);
    struct wallet_config config = {0};
    struct wallet *wallet = NULL;
    host_party_config(host, &config.party, peers);
    memcpy(config.currency, host->lab->currency, sizeof config.currency);
    TRY(wallet_open(&config, &port, now, &wallet, fault));
    host->core = wallet;
    host->party = wallet_party(wallet);
    return RESULT_OK;
}

static void wallet_role_close(struct host *host)
{
    wallet_close(host->core);
    crowd_close(host->crowd);
}

static void wallet_status(struct host *host, struct json *json)
{
    struct wallet_view view = wallet_view(host->core);
    json_member_int(json, "packets", (int64_t)view.packets);
    json_member_int(json, "tickets", (int64_t)view.tickets);
    json_member_int(json, "claims", (int64_t)view.claims);
    json_member_int(json, "purchases", (int64_t)view.purchases);
    json_member_int(json, "purchased", (int64_t)view.purchased);
    json_member_int(json, "credited", (int64_t)view.credited);
    json_member_int(json, "refused", (int64_t)view.refused);
    json_member_int(json, "open", view.open);
}

/* --- replies ---------------------------------------------------------------------------------- */

static void write_ticket(struct json *json, const struct wallet_ticket *ticket)
{
    char reference[REFERENCE_TEXT_LEN], original[ORIGINAL_TEXT_LEN];
    reference_format(&ticket->reference, reference);
    original_format(&ticket->freeze, original);
    json_key(json, "ticket");
    json_open_object(json);
    json_member(json, "packet", ticket->packet);
    json_key(json, "reference");
    json_bytes_text(json, bytes_of(reference, sizeof reference));
    json_key(json, "original");
    json_bytes_text(json, bytes_of(original, sizeof original));
    json_member_int(json, "amount_minor", ticket->amount_minor);
    json_close_object(json);
}

static void write_status(struct json *json, const struct freeze_status *status)
{
    json_member(json, "state", freeze_state_name(status->state));
    json_member_int(json, "frozen_minor", status->frozen_minor);
    json_member_int(json, "claimed_minor", status->claimed_minor);
    json_member_int(json, "in_doubt_minor", status->in_doubt_minor);
    json_member_int(json, "released_minor", status->released_minor);
}

static void on_done(void *context, const struct wallet_result *result)
{
    struct host_call *call = context;
    struct json *json = host_reply(call);
    char code[3];
    if (result->refusal != WALLET_ACCEPTED) {
        json_member(json, "refused", wallet_refusal_text(result->refusal));
        if (result->refusal == WALLET_GRABBED_BEFORE) /* it may have been lost on the way */
            write_ticket(json, &result->ticket);
    } else if (result->code != CODE_NONE) {
        char reference[REFERENCE_TEXT_LEN];
        code_format(result->code, code);
        reference_format(&result->request.reference, reference);
        json_member(json, "code", code);
        if (result->request.kind != OPERATION_INQUIRY)
            json_member_int(json, "amount_minor", result->request.amount_minor);
        else if (result->status.state != FREEZE_NONE)
            write_status(json, &result->status);
        if (!operation_is_of_purchase(result->request.kind)) {
            json_key(json, "reference");
            json_bytes_text(json, bytes_of(reference, sizeof reference));
        }
    } else {
        json_member_int(json, "amount_minor", result->ticket.amount_minor);
        write_ticket(json, &result->ticket);
    }
    host_done(call);
}

/* --- commands --------------------------------------------------------------------------------- */

static void want_name(struct schema *schema, struct node *line, const char *key,
                      char out[WALLET_NAME_MAX + 1])
{
    const char *text = node_want_text(schema, line, key, WALLET_NAME_MAX);
    snprintf(out, WALLET_NAME_MAX + 1, "%s", text != NULL ? text : "");
}

static void want_card(struct schema *schema, struct node *line, struct pan *card)
{
    const char *text = node_want_digits(schema, line, "card", 1, PAN_LEN_MAX);
    if (text != NULL && !pan_parse(bytes_text(text), card))
        schema_fault(schema, line, "card: expected a card number");
}

static void want_ticket(struct schema *schema, struct node *line, struct wallet_ticket *ticket)
{
    struct node *node = node_want_map(schema, line, "ticket");
    want_name(schema, node, "packet", ticket->packet);
    const char *reference =
        node_want_digits(schema, node, "reference", REFERENCE_TEXT_LEN, REFERENCE_TEXT_LEN);
    const char *original =
        node_want_digits(schema, node, "original", ORIGINAL_TEXT_LEN, ORIGINAL_TEXT_LEN);
    ticket->amount_minor = node_want_int(schema, node, "amount_minor", 1, INT64_MAX);
    node_end(schema, node);
    if (schema->result == RESULT_OK &&
        (!reference_parse(bytes_text(reference), &ticket->reference) ||
         !original_parse(bytes_text(original), &ticket->freeze)))
        schema_fault(schema, node, "ticket: expected a freeze reference and an original");
}

/* Amounts that a person wrote one by one. */
static size_t want_given(struct schema *schema, struct node *line, int64_t *given)
{
    struct node *list = node_may_list(schema, line, "amounts_minor");
    size_t count = 0;
    for (struct node *item = list != NULL ? list->child : NULL; item != NULL; item = item->next) {
        if (count == SPLIT_GIVEN_MAX) {
            schema_fault(schema, item, "expected at most %d amounts", SPLIT_GIVEN_MAX);
            return 0;
        }
        given[count++] = node_as_int(schema, item, 1, FREEZE_AMOUNT_MAX_MINOR);
    }
    return count;
}

static void send_packet(struct host *host, struct host_call *call, struct schema *schema,
                        struct node *line)
{
    const char *ways[SPLIT_WAYS + 1] = {NULL};
    struct wallet_packet packet = {0};
    int64_t given[SPLIT_GIVEN_MAX];
    for (enum split_way way = 0; way < SPLIT_WAYS; way++)
        ways[way] = split_way_name(way);
    want_name(schema, line, "packet", packet.name);
    want_name(schema, line, "person", packet.person);
    want_card(schema, line, &packet.card);
    packet.amount_minor = node_want_int(schema, line, "amount_minor", 1, FREEZE_AMOUNT_MAX_MINOR);
    packet.shares = (unsigned)node_want_int(schema, line, "shares", 1, SHARES_MAX);
    packet.split = (enum split_way)node_want_choice(schema, line, "split", ways);
    packet.seed = (uint64_t)node_may_int(schema, line, "seed", 0, INT64_MAX, 0);
    size_t count = want_given(schema, line, given);
    node_end(schema, line);
    if (schema->result == RESULT_OK &&
        (packet.split == SPLIT_GIVEN) != (count > 0 && count == packet.shares))
        schema_fault(schema, line, "amounts_minor: expected one a share when the split is given");
    packet.given_minor = packet.split == SPLIT_GIVEN ? given : NULL;
    if (schema->result == RESULT_OK)
        wallet_send_packet(host->core, &packet, on_done, call);
}

static void grab(struct host *host, struct host_call *call, struct schema *schema,
                 struct node *line)
{
    struct wallet_grab grab = {0};
    want_name(schema, line, "packet", grab.packet);
    want_name(schema, line, "person", grab.person);
    grab.seed = (uint64_t)node_may_int(schema, line, "seed", 0, INT64_MAX, 0);
    node_end(schema, line);
    if (schema->result == RESULT_OK)
        wallet_grab(host->core, &grab, on_done, call);
}

static void claim(struct host *host, struct host_call *call, struct schema *schema,
                  struct node *line)
{
    struct wallet_claim claim = {0};
    want_ticket(schema, line, &claim.ticket);
    want_name(schema, line, "person", claim.person);
    want_card(schema, line, &claim.card);
    claim.amount_minor = node_may_int(schema, line, "amount_minor", 1, FREEZE_AMOUNT_MAX_MINOR, 0);
    node_end(schema, line);
    if (schema->result == RESULT_OK)
        wallet_claim(host->core, &claim, on_done, call);
}

static void repeat(struct host *host, struct host_call *call, struct schema *schema,
                   struct node *line)
{
    struct wallet_repeat repeat = {0};
    struct wallet_ticket ticket = {0};
    want_ticket(schema, line, &ticket);
    want_name(schema, line, "person", repeat.person);
    node_end(schema, line);
    repeat.reference = ticket.reference;
    if (schema->result == RESULT_OK)
        wallet_repeat(host->core, &repeat, on_done, call);
}

/* A command about what has a name, and nothing else. */
typedef void ask_fn(struct wallet *wallet, const char *name, wallet_done_fn *done, void *context);

static void ask_about(struct host *host, struct host_call *call, struct schema *schema,
                      struct node *line, const char *what, ask_fn *ask)
{
    char name[WALLET_NAME_MAX + 1];
    want_name(schema, line, what, name);
    node_end(schema, line);
    if (schema->result == RESULT_OK)
        ask(host->core, name, on_done, call);
}

static void expire(struct host *host, struct host_call *call, struct schema *schema,
                   struct node *line)
{
    ask_about(host, call, schema, line, "packet", wallet_expire);
}

static void reverse(struct host *host, struct host_call *call, struct schema *schema,
                    struct node *line)
{
    ask_about(host, call, schema, line, "packet", wallet_reverse);
}

static void inquire(struct host *host, struct host_call *call, struct schema *schema,
                    struct node *line)
{
    ask_about(host, call, schema, line, "packet", wallet_inquire);
}

static void buy(struct host *host, struct host_call *call, struct schema *schema, struct node *line)
{
    struct wallet_purchase purchase = {0};
    want_name(schema, line, "purchase", purchase.name);
    want_name(schema, line, "person", purchase.person);
    want_card(schema, line, &purchase.card);
    purchase.amount_minor =
        node_want_int(schema, line, "amount_minor", 1, PURCHASE_AMOUNT_MAX_MINOR);
    node_end(schema, line);
    if (schema->result == RESULT_OK)
        wallet_buy(host->core, &purchase, on_done, call);
}

static void give_up(struct host *host, struct host_call *call, struct schema *schema,
                    struct node *line)
{
    ask_about(host, call, schema, line, "purchase", wallet_give_up);
}

static bool wallet_command(struct host *host, struct host_call *call, const char *what,
                           struct schema *schema, struct node *line)
{
    static const struct {
        const char *what;
        void (*run)(struct host *, struct host_call *, struct schema *, struct node *);
    } commands[] = {
        {"send", send_packet}, {"grab", grab},     {"claim", claim},
        {"repeat", repeat},    {"expire", expire}, {"reverse", reverse},
        {"inquire", inquire},  {"buy", buy},       {"give-up", give_up},
    };
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(what, commands[i].what) == 0) {
            commands[i].run(host, call, schema, line);
            if (schema->result != RESULT_OK)
                host_refuse(call, "%s", schema->fault->text);
            return true;
        }
    return host_load_command(host, call, what, schema, line);
}

const struct host_role host_wallet = {
    .name = "wallet",
    .open = wallet_role_open,
    .close = wallet_role_close,
    .command = wallet_command,
    .status = wallet_status,
    .turn = host_load_turn,
};
