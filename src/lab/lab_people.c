/* Reads the people of a lab file, and the cards bound to them. */
#include "lab/lab_reading.h"

#include <stdlib.h>

static void read_card(struct lab_reading *reading, const struct node *node,
                      struct lab_person_card *card)
{
    struct schema *schema = &reading->schema;
    const struct lab *lab = reading->lab;
    value_copy(card->number, sizeof card->number, value_card_of(schema, node, false));
    if (schema->result != RESULT_OK)
        return;
    struct bytes number = bytes_text(card->number);
    int issuer = lab_route_card(lab, number);
    if (issuer < 0)
        schema_fault(schema, node, "this card lies in no issuer's range");
    else if (!lab->institutions[issuer].external && !lab_has_card(lab, number))
        schema_fault(schema, node, "%s has no account for this card",
                     lab->institutions[issuer].short_name);
    else
        card->issuer = (unsigned)issuer;
}

static void read_person(struct lab_reading *reading, struct node *map, struct lab_person *person)
{
    struct schema *schema = &reading->schema;
    const struct lab *lab = reading->lab;
    value_copy(person->name, sizeof person->name,
               node_want_text(schema, map, "name", LAB_PERSON_NAME_MAX));
    value_copy(person->native_name, sizeof person->native_name,
               node_may_text(schema, map, "native_name", LAB_NAME_MAX, ""));
    const char *wallet = node_want_text(schema, map, "wallet", LAB_SHORT_MAX);
    int index = wallet == NULL ? -1 : lab_find_short(lab, wallet);
    if (index < 0 || lab->institutions[index].role != LAB_WALLET)
        schema_fault(schema, node_find(map, "wallet"), "`wallet`: expected a wallet's short name");
    else
        person->wallet = (unsigned)index;
    struct node *cards = node_want_list(schema, map, "cards");
    value_count(schema, cards, 1, LAB_PERSON_CARDS_MAX);
    node_end(schema, map);
    if (schema->result != RESULT_OK)
        return;
    for (struct node *item = cards->child; item != NULL; item = item->next)
        read_card(reading, item, &person->cards[person->card_count++]);
}

/* A card bound twice is a slip of the pen: each belongs to one holder. */
static void check_bindings(struct lab_reading *reading, struct node *list)
{
    size_t count = 0;
    for (size_t i = 0; i < reading->lab->person_count; i++)
        count += reading->lab->people[i].card_count;
    struct mention *mentions = reading_mentions(reading, count);
    if (mentions == NULL)
        return;
    size_t filled = 0;
    for (struct node *item = list->child; item != NULL; item = item->next)
        for (const struct node *card = node_find(item, "cards")->child; card != NULL;
             card = card->next)
            mentions[filled++] = (struct mention){card->text, card};
    value_refuse_twice(&reading->schema, mentions, filled, "card number");
    free(mentions);
}

void reading_people(struct lab_reading *reading, struct node *list)
{
    value_count(&reading->schema, list, 0, LAB_PEOPLE_MAX);
    size_t room = list == NULL ? 0 : list->len;
    struct lab_person *people = reading_take(reading, room, sizeof *people);
    struct mention *names = reading_mentions(reading, room);
    if (people == NULL || names == NULL) {
        free(names);
        return;
    }
    size_t count = 0;
    for (struct node *item = list->child; item != NULL; item = item->next, count++) {
        read_person(reading, item, &people[count]);
        names[count] = (struct mention){people[count].name, item};
    }
    value_refuse_twice(&reading->schema, names, count, "name");
    free(names);
    reading->lab->people = people;
    reading->lab->person_count = count;
    if (reading->schema.result == RESULT_OK)
        check_bindings(reading, list);
}
