/* The switch as a process: its core and its control commands.
 *
 *   {"do": "cutover", "date": 20260102}   the next business date, told to every member
 *   {"do": "cut", "date": 20260101}       marks a date that is over as cut, for clearing
 *   {"do": "member-port", "member": "alpha", "port": 9583}   where a simplex member listens
 *   {"do": "close", "wallet": 91230001, "date": 20260101, "sequence": 1, "share": 2, "note": "..."}
 *                                         a person has settled a dispute; share 0: the freeze's */
#include "host.h"

#include "redpacket/dispute.h"
#include "router/router.h"

#include <string.h>
#include <unistd.h>

static uint64_t route(const void *context, const struct pan *card)
{
    const struct lab *lab = context;
    struct institution issuer;
    int index = lab_route_card(lab, bytes_of(card->digits, card->len));
    if (index < 0 || !institution_parse(bytes_text(lab->institutions[index].id), &issuer))
        return 0;
    return issuer.number;
}

static enum result switch_open(struct host *host, struct instant now, struct fault *fault)
{
    struct party_peer_config peers[PARTY_PEERS_MAX];
    struct party_port port = host_port(host);
    struct router *router = NULL;
    const struct lab_timers *timers = &host->lab->timers;
    struct router_config config = {
        .route = route,
        .route_context = host->lab,
        .freeze_leg_ms = timers->freeze_leg_ms,
        .debit_leg_ms = timers->debit_leg_ms,
        .credit_leg_ms = timers->credit_leg_ms,
        .owner = 1,
    };
    memcpy(config.currency, host->lab->currency, sizeof config.currency);
    host_party_config(host, &config.party, peers);
    TRY(router_open(&config, &port, now, &router, fault));
    host->core = router;
    host->party = router_party(router);
    return RESULT_OK;
}

static void switch_close(struct host *host)
{
    router_close(host->core);
}

static void switch_status(struct host *host, struct json *json)
{
    struct router_view view = router_view(host->core);
    json_member_int(json, "freezes", (int64_t)view.freezes);
    json_member_int(json, "claims", (int64_t)view.claims);
    json_member_int(json, "credited", (int64_t)view.credited);
    json_member_int(json, "refused", (int64_t)view.refused);
    json_member_int(json, "unfreezes", (int64_t)view.unfreezes);
    json_member_int(json, "purchases", (int64_t)view.purchases);
    json_member_int(json, "purchased", (int64_t)view.purchased);
    json_member_int(json, "purchase_reversals", (int64_t)view.purchase_reversals);
    json_member_int(json, "open", view.open);
}

static void on_done(void *context, enum result result, const struct fault *fault)
{
    struct host_call *call = context;
    if (result != RESULT_OK) {
        host_refuse(call, "%s", fault->text);
        return;
    }
    host_reply(call);
    host_done(call);
}

static void on_cutover(void *context, uint32_t date)
{
    struct host_call *call = context;
    (void)date;
    host_reply(call);
    host_done(call);
}

static bool is_in_calendar(const struct lab *lab, uint32_t date)
{
    size_t i = 0;
    while (i < lab->calendar_count && lab->calendar[i] != date)
        i++;
    return i < lab->calendar_count;
}

static void take_member_port(struct host *host, struct host_call *call, struct schema *schema,
                             struct node *line)
{
    const char *name = node_want_text(schema, line, "member", LAB_SHORT_MAX);
    uint16_t port = (uint16_t)node_want_int(schema, line, "port", 1, UINT16_MAX);
    struct fault fault = {RESULT_OK, ""};
    node_end(schema, line);
    int member = schema->result == RESULT_OK ? lab_find_short(host->lab, name) : -1;
    if (schema->result != RESULT_OK)
        host_refuse(call, "%s", schema->fault->text);
    else if (member < 0)
        host_refuse(call, "the lab has no institution %s", name);
    else if (host_links_member_at(host, (unsigned)member, port, &fault) != RESULT_OK)
        host_refuse(call, "%s", fault.text);
    else {
        host_reply(call);
        host_done(call);
    }
}

/* A purchase, by what names it: it is its own acquirer's, who is its forwarder too. */
static struct store_key read_purchase(struct schema *schema, struct node *line, int64_t acquirer)
{
    struct operation purchase = {
        .kind = OPERATION_PURCHASE,
        .transmission = (uint64_t)node_want_int(schema, line, "transmission", 0, 9999999999),
        .stan = (uint32_t)node_want_int(schema, line, "stan", 0, 999999),
        .acquirer.number = (uint64_t)acquirer,
    };
    purchase.forwarder = purchase.acquirer;
    struct transaction_key key = operation_key(&purchase);
    return key_of_purchase_dispute(&key);
}

static struct store_key read_freeze(struct schema *schema, struct node *line)
{
    struct freeze_reference reference = {
        .wallet = (uint64_t)node_want_int(schema, line, "wallet", 0, 99999999999),
        .date = (uint32_t)node_want_int(schema, line, "date", 0, 99999999),
        .sequence = (uint64_t)node_want_int(schema, line, "sequence", 0, 999999999999),
    };
    uint16_t share = (uint16_t)node_want_int(schema, line, "share", 0, SHARES_MAX);
    return key_of_dispute(&reference, share);
}

static void close_dispute(struct host *host, struct host_call *call, struct schema *schema,
                          struct node *line)
{
    int64_t acquirer = node_may_int(schema, line, "acquirer", 0, 99999999999, -1);
    struct store_key key =
        acquirer >= 0 ? read_purchase(schema, line, acquirer) : read_freeze(schema, line);
    const char *note = node_want_text(schema, line, "note", DISPUTE_NOTE_MAX);
    node_end(schema, line);
    if (schema->result != RESULT_OK)
        host_refuse(call, "%s", schema->fault->text);
    else
        router_dispute_close(host->core, &key, note, on_done, call);
}

static bool switch_command(struct host *host, struct host_call *call, const char *what,
                           struct schema *schema, struct node *line)
{
    bool is_cut = strcmp(what, "cut") == 0;
    if (strcmp(what, "member-port") == 0) {
        take_member_port(host, call, schema, line);
        return true;
    }
    if (strcmp(what, "close") == 0) {
        close_dispute(host, call, schema, line);
        return true;
    }
    if (!is_cut && strcmp(what, "cutover") != 0)
        return false;
    uint32_t date = (uint32_t)node_want_int(schema, line, "date", 19700101, 99991231);
    node_end(schema, line);
    if (schema->result != RESULT_OK)
        host_refuse(call, "%s", schema->fault->text);
    else if (is_cut)
        router_cut(host->core, date, on_done, call);
    else if (!is_in_calendar(host->lab, date))
        /* Members hear the date without its year: one far off would mean another to them. */
        host_refuse(call, "date: expected one of the lab's calendar, got %08u", date);
    else if (date <= party_business_date(host->party))
        host_refuse(call, "date: expected one after %08u, the business date, got %08u",
                    party_business_date(host->party), date);
    else if (!party_cutover(host->party, date, on_cutover, call))
        host_refuse(call, "a cutover is under way");
    return true;
}

const struct host_role host_switch = {
    .name = "switch",
    .open = switch_open,
    .close = switch_close,
    .command = switch_command,
    .status = switch_status,
};
