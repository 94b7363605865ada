/* Mappings of ledgers: reading and checking them. */
#include "clearing/ledger_map.h"

#include "base/doc.h"

#include <stdio.h>

static const char *const value_names[LEDGER_VALUES] = {
    "type",     "state",     "date",          "amount",      "transmission",    "stan",
    "acquirer", "forwarder", "freeze_wallet", "freeze_date", "freeze_sequence", "share",
    "card",     "rrn",       "code",
};
static const char *const type_names[LEDGER_TYPES + 1] = {
    "debit",
    "credit",
    "claim",
    "freeze",
    "unfreeze",
    "purchase",
    "debit_reversal",
    "freeze_reversal",
    "purchase_reversal",
    NULL,
};
static const char *const state_names[ITEM_STATES + 1] = {
    "final", "to_be_confirmed", "held", "reversed", "refused", NULL,
};

const char *ledger_value_name(enum ledger_value value)
{
    MUST(value < LEDGER_VALUES);
    return value_names[value];
}

int ledger_list_find(const struct ledger_list *list, struct bytes text)
{
    for (size_t i = 0; i < list->count; i++)
        if (bytes_equal(text, bytes_text(list->values[i].text)))
            return (int)list->values[i].meaning;
    return -1;
}

/* --- parts ------------------------------------------------------------------------------------ */

static void keep_text(char out[LEDGER_TEXT_MAX + 1], const char *text)
{
    snprintf(out, LEDGER_TEXT_MAX + 1, "%s", text != NULL ? text : "");
}

/* `column` or, where there may be one, `value`. */
static void load_place(struct schema *schema, struct node *node, bool may_be_constant,
                       struct ledger_column *column)
{
    const char *name = node_may_text(schema, node, "column", LEDGER_TEXT_MAX, NULL);
    const char *constant =
        may_be_constant ? node_may_text(schema, node, "value", LEDGER_TEXT_MAX, NULL) : NULL;
    if ((name == NULL) == (constant == NULL))
        schema_fault(schema, node,
                     may_be_constant ? "expected either a `column` or a `value`"
                                     : "expected a `column`");
    column->is_there = true;
    column->is_constant = constant != NULL;
    column->line = node->line;
    column->place = node->column;
    keep_text(column->name, name);
    keep_text(column->constant, constant);
}

/* Numbers where there is no header line, names where there is one. */
static void resolve_number(struct schema *schema, const struct node *at, bool has_header,
                           struct ledger_column *column)
{
    uint64_t number = 0;
    if (column->is_constant || has_header)
        return;
    if (!text_digits_parse(bytes_text(column->name), &number) || number < 1 ||
        number > CSV_COLUMNS_MAX)
        schema_fault(schema, at, "`column`: expected a number from 1 to %d, as there is no header",
                     CSV_COLUMNS_MAX);
    column->number = (unsigned)number;
}

static void load_list(struct schema *schema, struct node *map, const char *const *names,
                      struct ledger_list *list)
{
    for (struct node *node = map != NULL ? map->child : NULL;
         node != NULL && schema->result == RESULT_OK; node = node->next) {
        int meaning = -1;
        const char *text = node_as_text(schema, node, LEDGER_TEXT_MAX);
        for (int i = 0; text != NULL && names[i] != NULL; i++)
            if (strcmp(text, names[i]) == 0)
                meaning = i;
        if (list->count == LEDGER_LISTED_MAX)
            schema_fault(schema, node, "expected at most %d values", LEDGER_LISTED_MAX);
        else if (strlen(node->key) > LEDGER_TEXT_MAX)
            schema_fault(schema, node, "expected a value of at most %d bytes", LEDGER_TEXT_MAX);
        else if (meaning < 0)
            schema_fault(schema, node, "`%s`: no such meaning: see docs/reconciliation.md", text);
        else {
            keep_text(list->values[list->count].text, node->key);
            list->values[list->count++].meaning = (unsigned)meaning;
        }
    }
    if (map != NULL && list->count == 0)
        schema_fault(schema, map, "expected at least one value");
}

/* Y, M and D for digits of the date, anything else as it stands, and `*` for the rest. */
static void load_date_form(struct schema *schema, struct node *node, char *out, size_t size)
{
    const char *form = node_may_text(schema, node, "form", size - 1, "YYYYMMDD");
    unsigned counts[3] = {0};
    bool is_over = false;
    for (const char *c = form; *c != '\0'; c++) {
        const char *letter = strchr("YMD", *c);
        if (letter != NULL)
            counts[letter - "YMD"]++;
        is_over = is_over || (*c == '*' && c[1] != '\0');
    }
    if (is_over || (counts[0] != 2 && counts[0] != 4) || counts[1] != 2 || counts[2] != 2)
        schema_fault(schema, node,
                     "`form`: expected YYYY or YY, MM and DD in any order, as in YYYY-MM-DD; `*` "
                     "at the end for what follows");
    snprintf(out, size, "%s", form);
}

static char load_sign(struct schema *schema, struct node *node, const char *key,
                      const char *otherwise)
{
    const char *text = node_may_text(schema, node, key, 1, otherwise);
    bool is_good = text[0] == '\0' || (text[0] > ' ' && text[0] < 0x7F &&
                                       (text[0] < '0' || text[0] > '9') && text[0] != '-');
    if (!is_good)
        schema_fault(schema, node, "`%s`: expected a character that is neither digit nor sign",
                     key);
    return text[0];
}

static void load_amount(struct schema *schema, struct node *node, struct ledger_map *map)
{
    static const char *const forms[] = {"minor", "decimal", NULL};
    map->is_decimal = node_want_choice(schema, node, "form", forms) == 1;
    map->has_sign = node_may_bool(schema, node, "sign", false);
    if (!map->is_decimal)
        return;
    map->point = load_sign(schema, node, "point", ".");
    map->thousands = load_sign(schema, node, "thousands", "");
    map->decimals = (unsigned)node_may_int(schema, node, "decimals", 1, 4, 2);
    if (map->point == map->thousands)
        schema_fault(schema, node, "`thousands`: expected another character than `point`");
}

/* --- all of it -------------------------------------------------------------------------------- */

static bool has_constant(enum ledger_value value)
{
    return value == LEDGER_TYPE || value == LEDGER_ACQUIRER || value == LEDGER_FORWARDER ||
           value == LEDGER_FREEZE_WALLET;
}

static void load_value(struct schema *schema, struct node *root, enum ledger_value value,
                       struct ledger_map *map)
{
    bool is_wanted = value == LEDGER_TYPE || value == LEDGER_AMOUNT;
    struct node *node = is_wanted ? node_want_map(schema, root, value_names[value])
                                  : node_may_map(schema, root, value_names[value]);
    struct ledger_column *column = &map->columns[value];
    if (node == NULL || schema->result != RESULT_OK)
        return;
    load_place(schema, node, has_constant(value), column);
    resolve_number(schema, node, map->has_header, column);
    if (value == LEDGER_TYPE && !column->is_constant)
        load_list(schema, node_want_map(schema, node, "values"), type_names, &map->types);
    if (value == LEDGER_STATE)
        load_list(schema, node_want_map(schema, node, "values"), state_names, &map->states);
    if (value == LEDGER_DATE)
        load_date_form(schema, node, map->date_form, sizeof map->date_form);
    if (value == LEDGER_FREEZE_DATE)
        load_date_form(schema, node, map->freeze_date_form, sizeof map->freeze_date_form);
    if (value == LEDGER_AMOUNT)
        load_amount(schema, node, map);
    node_end(schema, node);
}

static void load_ignored(struct schema *schema, struct node *root, struct ledger_map *map)
{
    struct node *list = node_may_list(schema, root, "ignore");
    for (struct node *node = list != NULL ? list->child : NULL;
         node != NULL && schema->result == RESULT_OK; node = node->next) {
        if (map->ignored_count == LEDGER_IGNORED_MAX) {
            schema_fault(schema, node, "expected at most %d columns", LEDGER_IGNORED_MAX);
            return;
        }
        struct ledger_column *column = &map->ignored[map->ignored_count].column;
        struct ledger_list *values = &map->ignored[map->ignored_count++].values;
        load_place(schema, node, false, column);
        resolve_number(schema, node, map->has_header, column);
        struct node *texts = node_want_list(schema, node, "values");
        for (struct node *text = texts != NULL ? texts->child : NULL;
             text != NULL && schema->result == RESULT_OK; text = text->next) {
            if (values->count == LEDGER_LISTED_MAX)
                schema_fault(schema, text, "expected at most %d values", LEDGER_LISTED_MAX);
            else
                keep_text(values->values[values->count++].text,
                          node_as_text(schema, text, LEDGER_TEXT_MAX));
        }
        node_end(schema, node);
    }
}

/* Money needs its key, freezes their name; a mapping may have one of them only. */
static void check_keys(struct schema *schema, struct node *root, const struct ledger_map *map)
{
    static const enum ledger_value money[] = {LEDGER_TRANSMISSION, LEDGER_STAN, LEDGER_ACQUIRER,
                                              LEDGER_FORWARDER};
    static const enum ledger_value freezes[] = {LEDGER_FREEZE_WALLET, LEDGER_FREEZE_DATE,
                                                LEDGER_FREEZE_SEQUENCE};
    size_t has_money = 0, has_freezes = 0;
    for (size_t i = 0; i < sizeof money / sizeof money[0]; i++)
        has_money += map->columns[money[i]].is_there;
    for (size_t i = 0; i < sizeof freezes / sizeof freezes[0]; i++)
        has_freezes += map->columns[freezes[i]].is_there;
    if ((has_money != 0 && has_money != 4) || (has_freezes != 0 && has_freezes != 3) ||
        has_money + has_freezes == 0)
        schema_fault(
            schema, root,
            "expected all of transmission, stan, acquirer and forwarder, the key of money; "
            "or all of freeze_wallet, freeze_date and freeze_sequence, the name of a "
            "freeze; or both");
}

static void load(struct schema *schema, struct node *root, struct ledger_map *map)
{
    static const char *const parties[] = {"issuer", "wallet", NULL};
    static const char *const charsets[CSV_CHARSETS + 1] = {"utf-8", "gb18030", NULL};
    const char *id = node_may_text(schema, root, "institution", INSTITUTION_LEN_MAX, NULL);
    struct institution institution = {0};
    node_want_text(schema, root, "ledger", LEDGER_TEXT_MAX);
    map->is_wallet = node_want_choice(schema, root, "of", parties) == 1;
    map->charset = (enum csv_charset)node_may_choice(schema, root, "charset", charsets, CSV_UTF8);
    map->has_header = node_may_bool(schema, root, "header", true);
    map->skip = (unsigned)node_may_int(schema, root, "skip", 0, 1000, 0);
    const char *delimiter = node_may_text(schema, root, "delimiter", 3, ",");
    bool is_tab = strcmp(delimiter, "tab") == 0;
    if (!is_tab && (strlen(delimiter) != 1 || strchr("\"\r\n", delimiter[0]) != NULL ||
                    (unsigned char)delimiter[0] >= 0x80))
        schema_fault(schema, root, "`delimiter`: expected one ASCII character, or tab");
    map->delimiter = is_tab ? '\t' : delimiter[0];
    if (id != NULL && !institution_parse(bytes_text(id), &institution))
        schema_fault(schema, root, "`institution`: expected 1 to 11 digits");
    map->institution = institution.number;
    for (enum ledger_value value = 0; value < LEDGER_VALUES; value++)
        load_value(schema, root, value, map);
    load_ignored(schema, root, map);
    check_keys(schema, root, map);
    node_end(schema, root);
}

enum result ledger_map_load(const char *path, struct ledger_map *map, struct fault *fault)
{
    struct doc *doc;
    *map = (struct ledger_map){0};
    snprintf(map->path, sizeof map->path, "%s", path);
    TRY(doc_load(path, &doc, fault));
    struct schema schema = schema_of(doc, fault);
    load(&schema, doc_root(doc), map);
    doc_free(doc);
    return schema.result;
}
