/* Reads the switch and the institutions of a lab file. */
#include "lab/lab_reading.h"

#include <ctype.h>
#include <stdlib.h>

static void read_id(struct schema *schema, struct node *map, char id[LAB_ID_LEN + 1],
                    unsigned *width)
{
    const char *digits = node_want_digits(schema, map, "id", 1, LAB_ID_LEN);
    if (digits == NULL)
        return;
    size_t len = strlen(digits);
    *width = (unsigned)len;
    memset(id, '0', LAB_ID_LEN);
    memcpy(id + LAB_ID_LEN - len, digits, len);
    if (strspn(id, "0") == LAB_ID_LEN)
        schema_fault(schema, node_find(map, "id"), "`id`: all zeros is nobody's");
}

/* A name for folders and logs: it must be safe as one on any system. */
static void check_short(struct schema *schema, struct node *map, const char *text)
{
    bool good = text == NULL || islower((unsigned char)text[0]);
    for (const char *at = text; good && at != NULL && *at != '\0'; at++)
        good = islower((unsigned char)*at) || isdigit((unsigned char)*at) || *at == '-';
    if (!good)
        schema_fault(schema, node_find(map, "short"),
                     "`short`: expected a lower-case letter, then letters, digits or `-`");
}

static void read_host(struct schema *schema, struct node *map, const char *key,
                      const char *otherwise, char *out)
{
    const char *host = node_may_text(schema, map, key, LAB_HOST_MAX, otherwise);
    for (const char *at = host; at != NULL && *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && strchr(".:-_%", *at) == NULL) {
            schema_fault(schema, node_find(map, key), "`%s`: expected an address or a name", key);
            return;
        }
    value_copy(out, LAB_HOST_MAX + 1, host);
}

void reading_switch(struct lab_reading *reading, struct node *map)
{
    struct schema *schema = &reading->schema;
    struct lab_switch *centre = &reading->lab->centre;
    read_id(schema, map, centre->id, &centre->id_width);
    value_copy(centre->name, sizeof centre->name,
               node_want_text(schema, map, "name", LAB_NAME_MAX));
    const char *short_name = node_may_text(schema, map, "short", LAB_SHORT_MAX, "switch");
    check_short(schema, map, short_name);
    value_copy(centre->short_name, sizeof centre->short_name, short_name);
    read_host(schema, map, "host", "127.0.0.1", centre->host);
    node_end(schema, map);
}

static void read_range(struct schema *schema, struct node *map, bool ours, struct lab_range *range)
{
    const char *low = NULL, *high = NULL;
    if (node_find(map, "prefix") != NULL) {
        low = high = node_want_digits(schema, map, "prefix", 1, LAB_CARD_LEN_MAX);
    } else {
        low = node_want_digits(schema, map, "low", 1, LAB_CARD_LEN_MAX);
        high = node_want_digits(schema, map, "high", 1, LAB_CARD_LEN_MAX);
    }
    node_end(schema, map);
    if (low == NULL || high == NULL)
        return;
    if (strlen(low) != strlen(high) || strcmp(low, high) > 0)
        schema_fault(schema, map, "expected `low` and `high` of the same length, low one first");
    else if (ours && (strncmp(low, "9999", 4) != 0 || strncmp(high, "9999", 4) != 0))
        schema_fault(schema, map, "a card range of a simulated issuer begins with 9999");
    value_copy(range->low, sizeof range->low, low);
    value_copy(range->high, sizeof range->high, high);
}

static void read_ranges(struct lab_reading *reading, struct node *map,
                        struct lab_institution *issuer)
{
    struct schema *schema = &reading->schema;
    struct node *list = node_want_list(schema, map, "ranges");
    value_count(schema, list, 1, LAB_RANGES_MAX);
    struct lab_range *ranges = reading_take(reading, list == NULL ? 0 : list->len, sizeof *ranges);
    if (ranges == NULL)
        return;
    size_t count = 0;
    for (struct node *item = list->child; item != NULL; item = item->next)
        read_range(schema, item, !issuer->external, &ranges[count++]);
    issuer->ranges = ranges;
    issuer->range_count = count;
}

static void read_account(struct schema *schema, struct node *map, struct lab_account *account)
{
    static const char *const states[] = {"open", "restricted", NULL};
    const char *card = node_want_text(schema, map, "card", LAB_CARD_LEN_MAX);
    if (card != NULL)
        card = value_card_of(schema, node_find(map, "card"), true);
    value_copy(account->card, sizeof account->card, card);
    value_copy(account->holder, sizeof account->holder,
               node_want_text(schema, map, "holder", LAB_NAME_MAX));
    account->available_minor = value_money(schema, map, "available", 0, LAB_BALANCE_MAX);
    account->state =
        (enum lab_account_state)node_may_choice(schema, map, "state", states, LAB_ACCOUNT_OPEN);
    node_end(schema, map);
}

static int compare_accounts(const void *left, const void *right)
{
    const struct lab_account *a = left;
    const struct lab_account *b = right;
    return strcmp(a->card, b->card);
}

static void read_accounts(struct lab_reading *reading, struct node *map,
                          struct lab_institution *issuer)
{
    struct schema *schema = &reading->schema;
    struct node *list = node_may_list(schema, map, "accounts");
    value_count(schema, list, 0, LAB_ACCOUNTS_MAX);
    size_t room = list == NULL ? 0 : list->len;
    struct lab_account *accounts = reading_take(reading, room, sizeof *accounts);
    struct mention *mentions = reading_mentions(reading, room);
    if (accounts == NULL || mentions == NULL) {
        free(mentions);
        return;
    }
    size_t count = 0;
    for (struct node *item = list->child; item != NULL; item = item->next, count++) {
        read_account(schema, item, &accounts[count]);
        mentions[count] = (struct mention){accounts[count].card, item};
    }
    value_refuse_twice(schema, mentions, count, "account's card number");
    free(mentions);
    qsort(accounts, count, sizeof *accounts, compare_accounts);
    issuer->accounts = accounts;
    issuer->account_count = count;
}

static void read_generator(struct schema *schema, struct node *map, struct lab_generator *generator)
{
    if (map == NULL)
        return;
    int64_t count = node_want_int(schema, map, "count", 1, LAB_GENERATED_MAX);
    const char *first =
        node_want_digits(schema, map, "first", LAB_CARD_LEN_MIN - 1, LAB_CARD_LEN_MAX - 1);
    int64_t available = value_money(schema, map, "available", 0, LAB_BALANCE_MAX);
    node_end(schema, map);
    if (schema->result != RESULT_OK)
        return;
    uint64_t last = strtoull(first, NULL, 10) + (uint64_t)count - 1;
    uint64_t end = 1;
    for (size_t i = 0; i < strlen(first); i++)
        end *= 10;
    if (strncmp(first, "9999", 4) != 0)
        schema_fault(schema, node_find(map, "first"),
                     "`first`: a card number of a lab begins with 9999: nobody's real cards");
    else if (last >= end)
        schema_fault(schema, map, "the last of these cards would have a digit too many");
    generator->count = (size_t)count;
    generator->available_minor = available;
    value_copy(generator->first, sizeof generator->first, first);
}

static void read_issuer(struct lab_reading *reading, struct node *map,
                        struct lab_institution *issuer)
{
    struct schema *schema = &reading->schema;
    read_ranges(reading, map, issuer);
    if (!issuer->external) {
        read_accounts(reading, map, issuer);
        read_generator(schema, node_may_map(schema, map, "generate"), &issuer->generator);
    } else if (node_find(map, "accounts") != NULL || node_find(map, "generate") != NULL) {
        schema_fault(schema, map, "an external issuer keeps its own accounts: none in a lab file");
    }
}

static void read_link(struct lab_reading *reading, struct node *link,
                      struct lab_institution *institution)
{
    static const char *const modes[] = {"duplex", "simplex", NULL};
    struct schema *schema = &reading->schema;
    read_host(schema, link, "host", reading->lab->centre.host, institution->link_host);
    institution->link_port = (uint16_t)node_may_int(schema, link, "port", 0, UINT16_MAX, 0);
    institution->link_mode =
        (enum lab_link_mode)node_may_choice(schema, link, "mode", modes, LAB_DUPLEX);
    institution->connections = 1;
    if (institution->link_mode == LAB_DUPLEX)
        institution->connections =
            (unsigned)node_may_int(schema, link, "connections", 1, LAB_CONNECTIONS_MAX, 1);
    else {
        read_host(schema, link, "member_host", institution->link_host, institution->member_host);
        institution->member_port =
            (uint16_t)node_may_int(schema, link, "member_port", 0, UINT16_MAX, 0);
        if (institution->external && institution->member_port == 0)
            schema_fault(schema, link,
                         "`link`: expected `member_port`, where this external member listens");
    }
    node_end(schema, link);
}

void reading_institution(struct lab_reading *reading, struct node *map,
                         struct lab_institution *institution)
{
    static const char *const roles[] = {"wallet", "issuer", NULL};
    struct schema *schema = &reading->schema;
    read_id(schema, map, institution->id, &institution->id_width);
    value_copy(institution->name, sizeof institution->name,
               node_want_text(schema, map, "name", LAB_NAME_MAX));
    const char *short_name = node_want_text(schema, map, "short", LAB_SHORT_MAX);
    check_short(schema, map, short_name);
    value_copy(institution->short_name, sizeof institution->short_name, short_name);
    institution->role = (enum lab_role)node_want_choice(schema, map, "role", roles);
    institution->external = node_may_bool(schema, map, "external", false);
    institution->has_no_totals = !node_may_bool(schema, map, "totals", true);
    size_t len =
        node_want_hex(schema, map, "mac_key", institution->mac_key, sizeof institution->mac_key);
    if (len != 0 && len != LAB_MAC_KEY_LEN)
        schema_fault(schema, node_find(map, "mac_key"), "`mac_key`: expected %d bytes, got %zu",
                     LAB_MAC_KEY_LEN, len);
    read_link(reading, node_may_map(schema, map, "link"), institution);
    if (institution->role == LAB_ISSUER)
        read_issuer(reading, map, institution);
    node_end(schema, map);
}

/* All generated cards lie in one range: between its ends if the first and the last do. */
static void check_generated(struct lab_reading *reading, struct node *map, unsigned index)
{
    const struct lab_institution *issuer = &reading->lab->institutions[index];
    struct lab_account first, last;
    size_t count = issuer->generator.count;
    lab_account_at(issuer, issuer->account_count, &first);
    lab_account_at(issuer, issuer->account_count + count - 1, &last);
    const struct lab_route *route = lab_route_find(reading->lab, bytes_text(first.card));
    if (route == NULL || route->institution != index ||
        route != lab_route_find(reading->lab, bytes_text(last.card)))
        schema_fault(&reading->schema, node_find(map, "generate"),
                     "`generate`: the cards do not lie in one range of this issuer");
}

void reading_institution_cards(struct lab_reading *reading, struct node *map, unsigned index)
{
    const struct lab_institution *issuer = &reading->lab->institutions[index];
    if (reading->schema.result == RESULT_OK && issuer->generator.count > 0)
        check_generated(reading, map, index);
    struct node *list = node_find(map, "accounts");
    for (struct node *item = list == NULL ? NULL : list->child;
         item != NULL && reading->schema.result == RESULT_OK; item = item->next) {
        const struct node *card = node_find(item, "card");
        struct bytes number = bytes_of(card->text, card->len);
        if (lab_route_card(reading->lab, number) != (int)index)
            schema_fault(&reading->schema, card, "this card lies in no range of %s",
                         issuer->short_name);
        else if (lab_generator_has(&issuer->generator, number))
            schema_fault(&reading->schema, card, "this card is one of those generated as well");
    }
}
