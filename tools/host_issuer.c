/* An issuer as a process: its core, opened with the lab file's accounts, and its control command.
 *
 *   {"do": "balance", "card": C}   of one account; without a card, of all of them together */
#include "host.h"

#include "issuer_sim/issuer.h"

#include <stdlib.h>
#include <string.h>

static enum result take_accounts(const struct lab_institution *own, struct issuer_account *accounts,
                                 struct lab_account *texts, size_t count, struct fault *fault)
{
    for (size_t i = 0; i < count; i++) {
        lab_account_at(own, i, &texts[i]);
        accounts[i] = (struct issuer_account){
            .holder = texts[i].holder,
            .available_minor = texts[i].available_minor,
            .is_restricted = texts[i].state == LAB_ACCOUNT_RESTRICTED,
        };
        if (!pan_parse(bytes_text(texts[i].card), &accounts[i].card))
            return fault_set(fault, RESULT_BUG, "account %zu: %s", i, texts[i].card);
    }
    return RESULT_OK;
}

static enum result issuer_role_open(struct host *host, struct instant now, struct fault *fault)
{
    struct party_peer_config peers[PARTY_PEERS_MAX];
    struct party_port port = host_port(host);
    const struct lab_institution *own = &host->lab->institutions[host->institution];
    size_t count = lab_account_count(own);
    struct issuer_account *accounts = calloc(count + 1, sizeof *accounts);
    struct lab_account *texts = calloc(count + 1, sizeof *texts);
    struct issuer_config config = {.accounts = accounts, .account_count = count};
    struct issuer *issuer = NULL;
    enum result result = RESULT_OK;
    if (accounts == NULL || texts == NULL)
        result = fault_set(fault, RESULT_IO, "no memory for %zu accounts", count);
    memcpy(config.currency, host->lab->currency, sizeof config.currency);
    if (result == RESULT_OK)
        result = take_accounts(own, accounts, texts, count, fault);
    host_party_config(host, &config.party, peers);
    if (result == RESULT_OK)
        result = issuer_open(&config, &port, now, &issuer, fault);
    free(accounts);
    free(texts);
    if (result == RESULT_OK) {
        host->core = issuer;
        host->party = issuer_party(issuer);
    }
    return result;
}

static void issuer_role_close(struct host *host)
{
    issuer_close(host->core);
}

static void issuer_status(struct host *host, struct json *json)
{
    struct issuer_view view = issuer_view(host->core);
    json_member_int(json, "freezes", (int64_t)view.freezes);
    json_member_int(json, "debits", (int64_t)view.debits);
    json_member_int(json, "credits", (int64_t)view.credits);
    json_member_int(json, "unfreezes", (int64_t)view.unfreezes);
    json_member_int(json, "purchases", (int64_t)view.purchases);
    json_member_int(
        json, "reversals",
        (int64_t)(view.debit_reversals + view.freeze_reversals + view.purchase_reversals));
    json_member_int(json, "confirmations", (int64_t)view.confirmations);
    json_member_int(json, "refused", (int64_t)view.refused);
    json_member_int(json, "repeated", (int64_t)view.repeated);
}

struct balance {
    const char *card; /* NULL: all */
    int64_t accounts, available_minor, frozen_minor;
};

static bool add_account(void *context, const struct ledger_account *account)
{
    struct balance *balance = context;
    if (balance->card != NULL &&
        !bytes_equal(bytes_text(balance->card), bytes_of(account->card.digits, account->card.len)))
        return true;
    balance->accounts++;
    balance->available_minor += account->available_minor;
    balance->frozen_minor += account->frozen_minor;
    return balance->card == NULL;
}

/* What is durable at this moment. */
static bool issuer_command(struct host *host, struct host_call *call, const char *what,
                           struct schema *schema, struct node *line)
{
    if (strcmp(what, "balance") != 0)
        return false;
    struct balance balance = {.card = node_may_text(schema, line, "card", PAN_LEN_MAX, NULL)};
    struct fault fault;
    node_end(schema, line);
    if (schema->result != RESULT_OK)
        host_refuse(call, "%s", schema->fault->text);
    else if (issuer_ledger_scan_accounts(host->store, add_account, &balance, &fault) != RESULT_OK)
        host_refuse(call, "%s", fault.text);
    else if (balance.accounts == 0)
        host_refuse(call, "no account has this card");
    else {
        struct json *json = host_reply(call);
        json_member_int(json, "accounts", balance.accounts);
        json_member_int(json, "available_minor", balance.available_minor);
        json_member_int(json, "frozen_minor", balance.frozen_minor);
        host_done(call);
    }
    return true;
}

const struct host_role host_issuer = {
    .name = "issuer",
    .open = issuer_role_open,
    .close = issuer_role_close,
    .command = issuer_command,
    .status = issuer_status,
};
