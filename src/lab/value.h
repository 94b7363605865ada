/* Values that lab files and day files share, read the way base/doc.h reads its own: after a fault
 * each does nothing and returns its default. Only this folder's readers use it. */
#ifndef LAB_VALUE_H
#define LAB_VALUE_H

#include "base/doc.h"

/* Copies a terminated text into `out`, the rest of which becomes zero; NULL gives "". */
void value_copy(char *out, size_t size, const char *text);

/* A fault when the list has fewer items than min or more than max. NULL is no fault. */
void value_count(struct schema *schema, const struct node *list, size_t min, size_t max);

/* Money of a map's key, from min to max minor units. */
int64_t value_money(struct schema *schema, struct node *map, const char *key, int64_t min,
                    int64_t max);
/* The same of a list's item. */
int64_t value_money_of(struct schema *schema, const struct node *node, int64_t min, int64_t max);

/* A day of the calendar as YYYYMMDD. */
uint32_t value_date_of(struct schema *schema, const struct node *node);

/* A card number of 13 to 19 digits; "" after a fault. Ours begins with 9999 and passes Luhn. */
const char *value_card_of(struct schema *schema, const struct node *node, bool ours);

/* A text that may stand only once, and where it stands. */
struct mention {
    const char *text;
    const struct node *node;
};
/* Sorts, and faults at the second place of a text found twice; `what` is "card number", say. */
void value_refuse_twice(struct schema *schema, struct mention *mentions, size_t count,
                        const char *what);

#endif
