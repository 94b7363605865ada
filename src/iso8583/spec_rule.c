/* Reads the presence rules of a spec file into a draft. docs/codec.md has every key. */
#include "iso8583/spec_draft.h"

#include <stdlib.h>

void draft_free_rules(struct draft_rules *rules)
{
    free(rules->rules);
    free(rules->needs);
    free(rules->conditions);
    *rules = (struct draft_rules){0};
}

/* Room for one more; NULL with a fault when there is none. Indices of a spec have 16 bits. */
static void *grow(struct schema *schema, const struct node *node, void *list, size_t count,
                  size_t *room, size_t size)
{
    if (count < *room)
        return list;
    size_t wanted = *room == 0 ? 16 : 2 * *room;
    void *grown = wanted > UINT16_MAX ? NULL : realloc(list, wanted * size);
    if (grown == NULL)
        schema_fault(schema, node, "expected fewer presence rules");
    else
        *room = wanted;
    return grown;
}

static struct draft_condition *add_condition(struct draft_rules *rules, struct schema *schema,
                                             const struct node *node)
{
    void *grown = grow(schema, node, rules->conditions, rules->condition_count,
                       &rules->condition_room, sizeof *rules->conditions);
    if (grown == NULL)
        return NULL;
    rules->conditions = grown;
    struct draft_condition *condition = &rules->conditions[rules->condition_count++];
    *condition = (struct draft_condition){.path = ""};
    return condition;
}

static void add_need(struct draft_rules *rules, struct schema *schema, const struct node *node,
                     struct draft_need need)
{
    void *grown = grow(schema, node, rules->needs, rules->need_count, &rules->need_room,
                       sizeof *rules->needs);
    if (grown == NULL)
        return;
    rules->needs = grown;
    rules->needs[rules->need_count++] = need;
}

/* --- conditions ------------------------------------------------------------------------------- */

static void read_values(struct draft_rules *rules, struct schema *schema, const struct node *item,
                        unsigned de, const char *path)
{
    const struct node *value = item->kind == NODE_LIST ? item->child : item;
    if (value == NULL || (item->kind == NODE_LIST && item->len > DRAFT_VALUES_MAX)) {
        schema_fault(schema, item, "expected 1 to %d values", DRAFT_VALUES_MAX);
        return;
    }
    for (; value != NULL && schema->result == RESULT_OK;
         value = item->kind == NODE_LIST ? value->next : NULL) {
        const char *text = node_as_text(schema, value, DRAFT_TITLE_MAX);
        struct draft_condition *condition = add_condition(rules, schema, item);
        if (condition == NULL)
            return;
        condition->de = de;
        condition->kind = ISO_WHEN_VALUE;
        condition->path = path;
        condition->value = text == NULL ? "" : text;
        condition->or_next = item->kind == NODE_LIST && value->next != NULL;
    }
}

static void read_presence(struct draft *draft, struct schema *schema, struct node *item,
                          enum iso_condition_kind kind)
{
    if (item->kind != NODE_LIST) {
        schema_fault(schema, item, "`%s`: expected a list of data elements", item->key);
        return;
    }
    for (struct node *node = item->child; node != NULL && schema->result == RESULT_OK;
         node = node->next) {
        unsigned de = (unsigned)node_as_int(schema, node, 1, ISO_DE_MAX);
        struct draft_condition *condition = add_condition(&draft->rules, schema, node);
        if (condition == NULL)
            return;
        condition->de = de;
        condition->kind = kind;
    }
}

/* `39: "00"`, `48.AS.HB.share: [..]`, `present: [55]`, `absent: [52]`: all must hold. */
static void read_when(struct draft *draft, struct schema *schema, struct node *map, unsigned *first,
                      unsigned *count)
{
    *first = (unsigned)draft->rules.condition_count;
    struct node *when = node_may_map(schema, map, "when");
    if (when != NULL && (when->len == 0 || when->len > DRAFT_CONDITIONS_MAX))
        schema_fault(schema, when, "expected 1 to %d conditions", DRAFT_CONDITIONS_MAX);
    for (struct node *item = when == NULL ? NULL : when->child;
         item != NULL && schema->result == RESULT_OK; item = item->next) {
        item->used = true;
        if (strcmp(item->key, "present") == 0 || strcmp(item->key, "absent") == 0) {
            read_presence(draft, schema, item,
                          item->key[0] == 'p' ? ISO_WHEN_PRESENT : ISO_WHEN_ABSENT);
            continue;
        }
        size_t len = strspn(item->key, "0123456789");
        unsigned de = 0;
        for (size_t i = 0; i < len && i < 3; i++)
            de = de * 10 + (unsigned)(item->key[i] - '0');
        if (len == 0 || len > 3 || (item->key[len] != '\0' && item->key[len] != '.') ||
            strlen(item->key) >= ISO_FAULT_FIELD_MAX || de < 1 || de > ISO_DE_MAX)
            schema_fault(schema, item,
                         "expected a data element, with the path of a sub-field, `present` or "
                         "`absent`, got `%.40s`",
                         item->key);
        else
            read_values(&draft->rules, schema, item, de, item->key + len + (item->key[len] == '.'));
    }
    *count = (unsigned)draft->rules.condition_count - *first;
}

/* --- needs ------------------------------------------------------------------------------------ */

static void read_list(struct draft *draft, struct schema *schema, struct node *map, const char *key,
                      enum iso_need_kind kind)
{
    struct node *list = node_may_list(schema, map, key);
    for (struct node *node = list == NULL ? NULL : list->child;
         node != NULL && schema->result == RESULT_OK; node = node->next) {
        unsigned de = (unsigned)node_as_int(schema, node, 1, ISO_DE_MAX);
        add_need(&draft->rules, schema, node, (struct draft_need){.de = de, .kind = kind});
    }
}

static void read_conditional(struct draft *draft, struct schema *schema, struct node *map)
{
    static const char *const else_names[] = {"optional", "forbidden", NULL};
    struct node *list = node_may_map(schema, map, "conditional");
    for (struct node *item = list == NULL ? NULL : list->child;
         item != NULL && schema->result == RESULT_OK; item = item->next) {
        unsigned de = draft_de_of(schema, draft, item, item->key);
        struct node *body = node_want_map(schema, list, item->key);
        if (body == NULL)
            return;
        struct draft_need need = {.de = de};
        read_when(draft, schema, body, &need.condition_first, &need.condition_count);
        need.text = node_may_text(schema, body, "text", DRAFT_TITLE_MAX, NULL);
        bool strict = node_may_choice(schema, body, "else", else_names, 0) == 1;
        if (need.condition_count == 0 && need.text == NULL)
            schema_fault(schema, item, "expected `when`, or `text` for what no program can tell");
        /* Words alone cannot be judged. */
        need.kind = need.condition_count == 0 ? ISO_NEED_OPTIONAL
                    : strict                  ? ISO_NEED_STRICT
                                              : ISO_NEED_CONDITIONAL;
        node_end(schema, body);
        add_need(&draft->rules, schema, item, need);
    }
}

static const char *read_pattern(struct schema *schema, struct node *map, const char *key,
                                size_t len_max, bool whole, const char *otherwise)
{
    const char *text = node_may_text(schema, map, key, len_max, otherwise);
    if (text != NULL &&
        (strspn(text, "0123456789x") != strlen(text) || (whole && strlen(text) != len_max)))
        schema_fault(schema, draft_peek(map, key), "`%s`: expected %s%zu digits, or x for any", key,
                     whole ? "" : "up to ", len_max);
    return text;
}

static void read_rule(struct draft *draft, struct schema *schema, struct node *item)
{
    static const char *const other_names[] = {"optional", "forbidden", NULL};
    struct draft_rules *rules = &draft->rules;
    struct draft_rule rule = {.mti = read_pattern(schema, item, "mti", 4, true, "xxxx"),
                              .process = read_pattern(schema, item, "process", 6, false, "")};
    read_when(draft, schema, item, &rule.condition_first, &rule.condition_count);
    rule.need_first = (unsigned)rules->need_count;
    read_list(draft, schema, item, "mandatory", ISO_NEED_MANDATORY);
    read_list(draft, schema, item, "optional", ISO_NEED_OPTIONAL);
    read_list(draft, schema, item, "echo", ISO_NEED_ECHO);
    read_list(draft, schema, item, "forbidden", ISO_NEED_FORBIDDEN);
    read_conditional(draft, schema, item);
    rule.need_count = (unsigned)rules->need_count - rule.need_first;
    rule.is_closed = node_may_choice(schema, item, "others", other_names, 0) == 1;
    node_end(schema, item);
    void *grown = grow(schema, item, rules->rules, rules->rule_count, &rules->rule_room,
                       sizeof *rules->rules);
    if (grown == NULL)
        return;
    rules->rules = grown;
    rules->rules[rules->rule_count++] = rule;
}

void draft_read_rules(struct draft *draft, struct schema *schema, struct node *list)
{
    draft_free_rules(&draft->rules);
    draft->rules.doc = draft->doc;
    draft->rules.node = list;
    if (list->len > DRAFT_RULES_MAX)
        schema_fault(schema, list, "expected at most %d presence rules", DRAFT_RULES_MAX);
    for (struct node *item = list->child; item != NULL && schema->result == RESULT_OK;
         item = item->next)
        read_rule(draft, schema, item);
}
