/* From a card number to its issuer. Ranges may be given with any number of digits, so both ends are
 * filled up to the length of the longest card, with zeros below and nines above: as numbers, ranges
 * that do not overlap then sort and search like any others. */
#include "base/text.h"
#include "lab/lab_reading.h"

#include <stdlib.h>

/* 19 nines fit into 64 bits. */
static uint64_t fill_up(struct bytes digits, unsigned fill)
{
    uint64_t number = 0;
    for (size_t i = 0; i < LAB_CARD_LEN_MAX; i++)
        number = number * 10 + (i < digits.len ? (uint64_t)(digits.data[i] - '0') : fill);
    return number;
}

static int compare_routes(const void *left, const void *right)
{
    const struct lab_route *a = left;
    const struct lab_route *b = right;
    if (a->low != b->low)
        return a->low < b->low ? -1 : 1;
    return (a->institution > b->institution) - (a->institution < b->institution);
}

void reading_routes(struct lab_reading *reading, const struct node *institutions)
{
    struct lab *lab = reading->lab;
    size_t count = 0;
    for (size_t i = 0; i < lab->institution_count; i++)
        count += lab->institutions[i].range_count;
    struct lab_route *routes = reading_take(reading, count, sizeof *routes);
    if (routes == NULL)
        return;
    size_t filled = 0;
    for (unsigned i = 0; i < lab->institution_count; i++)
        for (size_t k = 0; k < lab->institutions[i].range_count; k++) {
            const struct lab_range *range = &lab->institutions[i].ranges[k];
            routes[filled++] = (struct lab_route){
                .low = fill_up(bytes_text(range->low), 0),
                .high = fill_up(bytes_text(range->high), 9),
                .digits = (unsigned)strlen(range->low),
                .institution = i,
            };
        }
    qsort(routes, count, sizeof *routes, compare_routes);
    for (size_t i = 1; i < count; i++) {
        if (routes[i].low > routes[i - 1].high)
            continue;
        const struct node *at = institutions->child;
        for (unsigned skip = routes[i].institution; skip > 0; skip--)
            at = at->next;
        schema_fault(&reading->schema, at, "a card range of %s overlaps one of %s",
                     lab->institutions[routes[i].institution].short_name,
                     lab->institutions[routes[i - 1].institution].short_name);
        return;
    }
    lab->routes = routes;
    lab->route_count = count;
}

const struct lab_route *lab_route_find(const struct lab *lab, struct bytes card)
{
    if (card.len > LAB_CARD_LEN_MAX || !text_is_digits(card))
        return NULL;
    uint64_t number = fill_up(card, 0);
    size_t first = 0, end = lab->route_count; /* the last route that begins at or below number */
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (lab->routes[middle].low <= number)
            first = middle + 1;
        else
            end = middle;
    }
    if (first == 0)
        return NULL;
    const struct lab_route *route = &lab->routes[first - 1];
    return number <= route->high && card.len >= route->digits ? route : NULL;
}

int lab_route_card(const struct lab *lab, struct bytes card)
{
    const struct lab_route *route = lab_route_find(lab, card);
    return route == NULL ? -1 : (int)route->institution;
}
