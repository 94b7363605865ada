/* Values that lab files and day files share, see value.h. Faults never show a card number. */
#include "lab/value.h"

#include "base/date.h"
#include "base/text.h"
#include "lab/card.h"
#include "lab/money.h"

#include <stdlib.h>

void value_copy(char *out, size_t size, const char *text)
{
    size_t len = text == NULL ? 0 : strlen(text);
    MUST(len < size);
    memset(out, 0, size);
    if (len > 0)
        memcpy(out, text, len);
}

void value_count(struct schema *schema, const struct node *list, size_t min, size_t max)
{
    if (list != NULL && (list->len < min || list->len > max))
        schema_fault(schema, list, "`%.56s`: expected %zu to %zu entries, got %zu",
                     list->key == NULL ? "list" : list->key, min, max, list->len);
}

int64_t value_money_of(struct schema *schema, const struct node *node, int64_t min, int64_t max)
{
    if (schema->result != RESULT_OK || node == NULL)
        return 0;
    int64_t minor = 0;
    if (node->kind == NODE_TEXT && lab_money_parse(bytes_of(node->text, node->len), &minor) &&
        minor >= min && minor <= max)
        return minor;
    char least[LAB_MONEY_TEXT_SIZE], most[LAB_MONEY_TEXT_SIZE];
    lab_money_format(min, least);
    lab_money_format(max, most);
    schema_fault(schema, node, "expected an amount from %s to %s, with two decimals or none", least,
                 most);
    return 0;
}

int64_t value_money(struct schema *schema, struct node *map, const char *key, int64_t min,
                    int64_t max)
{
    if (node_want_text(schema, map, key, LAB_MONEY_TEXT_SIZE) == NULL)
        return 0;
    return value_money_of(schema, node_find(map, key), min, max);
}

uint32_t value_date_of(struct schema *schema, const struct node *node)
{
    if (schema->result != RESULT_OK || node == NULL)
        return 0;
    uint64_t date = 0;
    if (node->kind == NODE_TEXT && node->len == 8 &&
        text_digits_parse(bytes_of(node->text, node->len), &date) && date_is_valid((uint32_t)date))
        return (uint32_t)date;
    schema_fault(schema, node, "expected a date YYYYMMDD that the calendar has");
    return 0;
}

const char *value_card_of(struct schema *schema, const struct node *node, bool ours)
{
    if (schema->result != RESULT_OK || node == NULL)
        return "";
    bool good =
        node->kind == NODE_TEXT && node->len >= LAB_CARD_LEN_MIN && node->len <= LAB_CARD_LEN_MAX;
    for (size_t i = 0; good && i < node->len; i++)
        good = node->text[i] >= '0' && node->text[i] <= '9';
    if (!good) {
        schema_fault(schema, node, "expected a card number of %d to %d digits", LAB_CARD_LEN_MIN,
                     LAB_CARD_LEN_MAX);
        return "";
    }
    if (ours && memcmp(node->text, "9999", 4) != 0) {
        schema_fault(schema, node, "a card number of a lab begins with 9999: nobody's real cards");
        return "";
    }
    struct bytes body = bytes_of(node->text, node->len - 1);
    if (ours && !lab_card_passes_luhn(bytes_of(node->text, node->len))) {
        schema_fault(schema, node, "the card number's check digit is wrong: expected %c, got %c",
                     lab_card_check_digit(body), node->text[node->len - 1]);
        return "";
    }
    return node->text;
}

/* By text, then by place, so that the later of two is what gets reported. */
static int compare_mentions(const void *left, const void *right)
{
    const struct mention *a = left;
    const struct mention *b = right;
    int order = strcmp(a->text, b->text);
    if (order == 0 && a->node->line != b->node->line)
        order = a->node->line < b->node->line ? -1 : 1;
    else if (order == 0)
        order = a->node->column < b->node->column ? -1 : 1;
    return order;
}

void value_refuse_twice(struct schema *schema, struct mention *mentions, size_t count,
                        const char *what)
{
    if (schema->result != RESULT_OK || count < 2)
        return;
    qsort(mentions, count, sizeof *mentions, compare_mentions);
    for (size_t i = 1; i < count; i++)
        if (strcmp(mentions[i - 1].text, mentions[i].text) == 0)
            schema_fault(schema, mentions[i].node,
                         "this %s stands here a second time, first in line %u", what,
                         mentions[i - 1].node->line);
}
