/* Reading a fee table: every key checked, every number exact. */
#include "clearing/fee.h"

#include "base/doc.h"
#include "base/text.h"
#include "redpacket/reference.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    RATE_DECIMALS = 6,       /* of a per cent: one part of FEE_RATE_ONE is the last of them */
    RATE_WHOLE_MAX = 3,      /* digits before the point: 100 */
    RATE_TEXT_MAX = 16,      /* "-100.000000 %" */
    TABLE_LEN_MAX = 1 << 20, /* of a file: 10,000 rules */
};

static const int64_t MONEY_MAX_MINOR = 99999999999;
static const char name_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";

static const char *want_name(struct schema *schema, struct node *map, const char *key,
                             size_t len_max)
{
    const char *name = node_want_text(schema, map, key, len_max);
    if (name != NULL && name[strspn(name, name_letters)] != '\0')
        schema_fault(schema, node_find(map, key),
                     "`%s`: expected lower-case letters, digits, `-` and `_`", key);
    return name != NULL ? name : "";
}

/* --- one rule --------------------------------------------------------------------------------- */

/* "0.0325 %" exactly; false: it is no such text, or over 100 %. */
static bool parse_rate(const char *text, int64_t *rate)
{
    bool is_below = text[0] == '-';
    const char *at = text + is_below;
    size_t whole = strspn(at, "0123456789");
    uint64_t value = 0;
    if (whole == 0 || whole > RATE_WHOLE_MAX || !text_digits_parse(bytes_of(at, whole), &value))
        return false;
    at += whole;
    size_t decimals = at[0] == '.' ? strspn(at + 1, "0123456789") : 0;
    if ((at[0] == '.' && decimals == 0) || decimals > RATE_DECIMALS)
        return false;
    for (size_t i = 1; i <= RATE_DECIMALS; i++)
        value = value * 10 + (i <= decimals ? (uint64_t)(at[i] - '0') : 0);
    at += decimals > 0 ? decimals + 1 : 0;
    at += at[0] == ' ';
    if (strcmp(at, "%") != 0 || value > (uint64_t)FEE_RATE_ONE)
        return false;
    *rate = is_below ? -(int64_t)value : (int64_t)value;
    return true;
}

static void read_rate(struct schema *schema, struct node *map, struct fee_rule *rule)
{
    static const char *const names[] = {"half_up", "half_even", "down", "up", NULL};
    const char *text = node_may_text(schema, map, "rate", RATE_TEXT_MAX, NULL);
    rule->min_minor = INT64_MIN;
    rule->max_minor = INT64_MAX;
    if (text == NULL)
        return;
    if (!parse_rate(text, &rule->rate))
        schema_fault(schema, node_find(map, "rate"),
                     "`rate`: expected a per cent of -100 to 100 with at most %d decimals, as in "
                     "`0.0325 %%`, got `%s`",
                     RATE_DECIMALS, text);
    rule->rounding = (enum fee_rounding)node_want_choice(schema, map, "round", names);
    rule->min_minor =
        node_may_int(schema, map, "min", -MONEY_MAX_MINOR, MONEY_MAX_MINOR, rule->min_minor);
    rule->max_minor =
        node_may_int(schema, map, "max", -MONEY_MAX_MINOR, MONEY_MAX_MINOR, rule->max_minor);
    if (rule->min_minor > rule->max_minor)
        schema_fault(schema, node_find(map, "min"), "`min`: expected at most what `max` says");
}

static void read_rule(struct schema *schema, struct node *map, struct fee_rule *rule)
{
    struct institution payer = {0};
    const char *id = NULL, *currency = NULL;
    if (node_find(map, "institution") != NULL)
        id = node_want_digits(schema, map, "institution", 1, INSTITUTION_LEN_MAX);
    if (node_find(map, "currency") != NULL)
        currency = node_want_digits(schema, map, "currency", FEE_CURRENCY_LEN, FEE_CURRENCY_LEN);
    if (id != NULL && (!institution_parse(bytes_text(id), &payer) || payer.number == 0))
        schema_fault(schema, node_find(map, "institution"), "`institution`: nobody has this id");
    rule->institution = payer.number;
    if (currency != NULL)
        memcpy(rule->currency, currency, sizeof rule->currency);
    rule->fixed_minor = node_may_int(schema, map, "fixed", -MONEY_MAX_MINOR, MONEY_MAX_MINOR, 0);
    read_rate(schema, map, rule);
    if (node_find(map, "fixed") == NULL && node_find(map, "rate") == NULL)
        schema_fault(schema, map, "expected `fixed`, `rate` or both");
    node_end(schema, map);
}

/* --- one fee ---------------------------------------------------------------------------------- */

static int compare_rules(const void *left, const void *right)
{
    const struct fee_rule *a = left, *b = right;
    int order = (a->institution > b->institution) - (a->institution < b->institution);
    return order != 0 ? order : memcmp(a->currency, b->currency, sizeof a->currency);
}

static void read_rules(struct schema *schema, struct node *list, struct fee *fee)
{
    if (schema->result != RESULT_OK)
        return;
    if (list->len < 1 || list->len > FEE_RULES_MAX) {
        schema_fault(schema, list, "expected 1 to %d rules", FEE_RULES_MAX);
        return;
    }
    fee->rules = calloc(list->len, sizeof *fee->rules);
    if (fee->rules == NULL) {
        schema->result = fault_set(schema->fault, RESULT_IO, "no memory for a fee table");
        return;
    }
    for (struct node *node = list->child; node != NULL && schema->result == RESULT_OK;
         node = node->next) {
        struct fee_rule *rule = &fee->rules[fee->rule_count];
        read_rule(schema, node, rule);
        for (size_t i = 0; i < fee->rule_count; i++)
            if (compare_rules(rule, &fee->rules[i]) == 0)
                schema_fault(schema, node,
                             "another rule of this fee is of the same institution and currency");
        fee->rule_count++;
    }
    qsort(fee->rules, fee->rule_count, sizeof *fee->rules, compare_rules);
}

/* Which parts there are in a share, and in a purchase. */
static bool has_role(const struct fee *fee, enum fee_role role)
{
    if (role == FEE_ACQUIRER || role == FEE_SWITCH)
        return true;
    return (role == FEE_ISSUER) == fee->is_of_purchases;
}

static void read_fee(struct schema *schema, struct node *map, struct fee_table *table)
{
    const char *names[FEE_ROLES + 1] = {0}, *payers[FEE_SWITCH + 1] = {0};
    struct fee *fee = &table->fees[table->count];
    for (enum fee_role role = 0; role < FEE_ROLES; role++)
        names[role] = fee_role_name(role);
    for (enum fee_role role = 0; role < FEE_SWITCH; role++)
        payers[role] = names[role];
    static const char *const bases[] = {"shares", "purchases", NULL};
    const char *name = want_name(schema, map, "fee", FEE_NAME_MAX);
    fee->is_of_purchases = node_may_choice(schema, map, "for", bases, 0) == 1;
    fee->payer = (enum fee_role)node_want_choice(schema, map, "payer", payers);
    fee->payee = (enum fee_role)node_may_choice(schema, map, "to", names, FEE_SWITCH);
    snprintf(fee->name, sizeof fee->name, "%s", name);
    if (schema->result == RESULT_OK && fee->payer == fee->payee)
        schema_fault(schema, map, "expected `to` to be another than the payer");
    if (schema->result == RESULT_OK && (!has_role(fee, fee->payer) || !has_role(fee, fee->payee)))
        schema_fault(schema, map,
                     fee->is_of_purchases
                         ? "a purchase has only the roles acquirer, issuer and switch"
                         : "a share has no role issuer, but sender_issuer and receiver_issuer");
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->fees[i].name, fee->name) == 0)
            schema_fault(schema, map, "another fee has this name");
    table->count++;
    read_rules(schema, node_want_list(schema, map, "rules"), fee);
    node_end(schema, map);
}

static void read_table(struct schema *schema, struct node *root, struct fee_table *table)
{
    const char *name = want_name(schema, root, "table", FEE_TABLE_NAME_MAX);
    struct node *list = node_want_list(schema, root, "fees");
    node_end(schema, root);
    snprintf(table->name, sizeof table->name, "%s", name);
    if (list != NULL && (list->len < 1 || list->len > FEES_MAX))
        schema_fault(schema, list, "expected 1 to %d fees", FEES_MAX);
    for (struct node *node = list != NULL ? list->child : NULL;
         node != NULL && schema->result == RESULT_OK; node = node->next)
        read_fee(schema, node, table);
}

/* --- the file --------------------------------------------------------------------------------- */

static enum result hash(struct bytes text, uint8_t sha256[DIGEST_LEN], struct fault *fault)
{
    struct digest *digest;
    TRY(digest_open(&digest, fault));
    digest_sha256(digest, &text, 1, sha256);
    digest_close(digest);
    return RESULT_OK;
}

enum result fee_table_parse(struct bytes text, const char *name, struct fee_table **parsed,
                            struct fault *fault)
{
    struct doc *doc;
    *parsed = NULL;
    struct fee_table *table = calloc(1, sizeof *table);
    if (table == NULL)
        return fault_set(fault, RESULT_IO, "no memory for a fee table");
    enum result result = hash(text, table->sha256, fault);
    if (result == RESULT_OK)
        result = doc_parse(text, name, &doc, fault);
    if (result == RESULT_OK) {
        struct schema schema = schema_of(doc, fault);
        read_table(&schema, doc_root(doc), table);
        result = schema.result;
        doc_free(doc);
    }
    if (result == RESULT_OK)
        *parsed = table;
    else
        fee_table_free(table);
    return result;
}

enum result fee_table_load(const char *path, struct fee_table **table, struct fault *fault)
{
    *table = NULL;
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return fault_set(fault, RESULT_IO, "%s: %s", path, strerror(errno));
    enum result result;
    char *text = malloc(TABLE_LEN_MAX + 1);
    size_t len = text != NULL ? fread(text, 1, TABLE_LEN_MAX + 1, file) : 0;
    if (text == NULL)
        result = fault_set(fault, RESULT_IO, "no memory for a fee table");
    else if (ferror(file) != 0)
        result = fault_set(fault, RESULT_IO, "%s: %s", path, strerror(errno));
    else if (len > TABLE_LEN_MAX)
        result = fault_set(fault, RESULT_LIMIT, "%s: over %d bytes", path, TABLE_LEN_MAX);
    else
        result = fee_table_parse(bytes_of(text, len), path, table, fault);
    free(text);
    fclose(file);
    return result;
}

void fee_table_free(struct fee_table *table)
{
    for (size_t i = 0; table != NULL && i < table->count; i++)
        free(table->fees[i].rules);
    free(table);
}
