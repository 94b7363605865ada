/* Reads one step of a day file, each kind by its own schema. */
#include "lab/day_reading.h"

static const char *const kind_names[] = {
    [DAY_PACKET] = "packet", [DAY_GRAB] = "grab",         [DAY_CLAIM] = "claim",
    [DAY_REPEAT] = "repeat", [DAY_EXPIRE] = "expire",     [DAY_CUTOVER] = "cutover",
    [DAY_CHECK] = "check",   [DAY_TOGETHER] = "together", NULL,
};

static const char *const split_names[] = {
    [DAY_SPLIT_EQUAL] = "equal",
    [DAY_SPLIT_RANDOM] = "random",
    [DAY_SPLIT_GIVEN] = "given",
    [DAY_SPLIT_WHEN_CLAIMED] = "when-claimed",
    NULL,
};

const char *day_kind_name(enum day_kind kind)
{
    return kind_names[kind];
}

const char *day_split_name(enum day_split split)
{
    return split_names[split];
}

/* --- words that several kinds share ----------------------------------------------------------- */

static struct day_answer read_answer(struct schema *schema, const struct node *node, bool wallet)
{
    struct day_answer answer = {.code = "00"};
    if (schema->result != RESULT_OK || node == NULL)
        return answer;
    bool good = node->kind == NODE_TEXT;
    if (good && wallet &&
        bytes_equal(bytes_of(node->text, node->len), bytes_text("refused-by-wallet")))
        return (struct day_answer){.refused_by_wallet = true};
    good = good && node->len == 2;
    for (size_t i = 0; good && i < 2; i++) {
        char c = node->text[i];
        good = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
        answer.code[i] = c;
    }
    if (!good)
        schema_fault(schema, node, "expected a response code of two characters%s",
                     wallet ? " or refused-by-wallet" : "");
    return answer;
}

static unsigned read_person(struct day_reading *reading, struct node *map, const char *key)
{
    struct schema *schema = &reading->schema;
    const char *name = node_want_text(schema, map, key, LAB_PERSON_NAME_MAX);
    if (name == NULL)
        return 0;
    int person = lab_find_person(reading->lab, name);
    if (person < 0)
        schema_fault(schema, node_find(map, key), "`%s`: the lab has nobody of this name", key);
    return person < 0 ? 0 : (unsigned)person;
}

/* By its number, or by the bank when the person has no other card there. */
static const struct lab_person_card *find_card(struct schema *schema, const struct lab *lab,
                                               const struct lab_person *person,
                                               const struct node *node)
{
    const struct lab_person_card *found = NULL;
    for (unsigned i = 0; i < person->card_count; i++) {
        const struct lab_person_card *card = &person->cards[i];
        if (strcmp(card->number, node->text) == 0)
            return card;
        if (strcmp(lab->institutions[card->issuer].short_name, node->text) != 0)
            continue;
        if (found != NULL)
            schema_fault(schema, node, "`card`: %s has several cards there: write the number",
                         person->name);
        found = card;
    }
    if (found == NULL)
        schema_fault(schema, node,
                     "`card`: %s has no such card: expected a number or a bank's "
                     "short name",
                     person->name);
    return found;
}

static void read_card(struct day_reading *reading, struct node *map, unsigned person,
                      struct day_card *card)
{
    struct schema *schema = &reading->schema;
    const char *unknown = node_may_text(schema, map, "unknown_card", LAB_CARD_LEN_MAX, NULL);
    const char *named = node_may_text(schema, map, "card", LAB_CARD_LEN_MAX, NULL);
    if (schema->result != RESULT_OK)
        return;
    if (unknown != NULL && named != NULL) {
        schema_fault(schema, map, "expected `card` or `unknown_card`, got both");
    } else if (unknown != NULL) {
        const struct node *node = node_find(map, "unknown_card");
        value_copy(card->number, sizeof card->number, value_card_of(schema, node, true));
        card->unknown = true;
        if (lab_has_card(reading->lab, bytes_text(card->number)))
            schema_fault(schema, node, "`unknown_card`: an issuer of the lab knows this card");
    } else {
        const struct lab_person *owner = &reading->lab->people[person];
        const struct lab_person_card *found =
            named == NULL ? &owner->cards[0]
                          : find_card(schema, reading->lab, owner, node_find(map, "card"));
        if (found != NULL)
            value_copy(card->number, sizeof card->number, found->number);
    }
}

/* A packet that the story has sent before this list of steps; NULL after a fault. */
static struct told_packet *read_packet_name(struct day_reading *reading, struct node *map)
{
    struct schema *schema = &reading->schema;
    const char *name = node_want_text(schema, map, "packet", DAY_PACKET_NAME_MAX);
    if (name == NULL)
        return NULL;
    const struct node *node = node_find(map, "packet");
    for (size_t i = 0; i < reading->packet_known; i++) {
        struct told_packet *told = &reading->packets[i];
        if (strcmp(told->packet->name, name) != 0)
            continue;
        if (told->sent)
            return told;
        schema_fault(schema, node, "`packet`: this packet is expected to be refused (line %u)",
                     told->node->line);
        return NULL;
    }
    schema_fault(schema, node, "`packet`: no packet of this name was sent before");
    return NULL;
}

static bool has_ticket(const struct day_reading *reading, unsigned packet, unsigned person)
{
    for (size_t i = 0; i < reading->ticket_count; i++)
        if (reading->tickets[i].packet == packet && reading->tickets[i].person == person)
            return true;
    return false;
}

static int64_t may_money(struct schema *schema, struct node *map, const char *key, int64_t min,
                         int64_t max)
{
    return node_find(map, key) == NULL ? DAY_AMOUNT_UNSAID
                                       : value_money(schema, map, key, min, max);
}

/* --- the kinds -------------------------------------------------------------------------------- */

static void read_given(struct day_reading *reading, struct node *map, struct day_packet *packet)
{
    struct schema *schema = &reading->schema;
    struct node *list = node_want_list(schema, map, "amounts");
    value_count(schema, list, 1, DAY_SHARES_MAX);
    if (node_find(map, "amount") != NULL || node_find(map, "shares") != NULL)
        schema_fault(schema, map, "`amounts` says `amount` and `shares` already");
    int64_t *given = day_reading_take(reading, list == NULL ? 0 : list->len, sizeof *given);
    if (given == NULL)
        return;
    for (const struct node *item = list->child; item != NULL; item = item->next) {
        given[packet->shares] = value_money_of(schema, item, 1, LAB_PACKET_MAX);
        packet->amount_minor += given[packet->shares++];
    }
    if (packet->amount_minor > LAB_PACKET_MAX)
        schema_fault(schema, list, "`amounts`: more in sum than a packet can hold");
    packet->given_minor = given;
}

static void read_amount(struct day_reading *reading, struct node *map, struct day_packet *packet)
{
    struct schema *schema = &reading->schema;
    packet->shares = (unsigned)node_may_int(schema, map, "shares", 1, DAY_SHARES_MAX, 1);
    packet->amount_minor = value_money(schema, map, "amount", packet->shares, LAB_PACKET_MAX);
    if (packet->shares > 1 && node_find(map, "split") == NULL)
        schema_fault(schema, map, "`split` is missing: how are the shares to be made?");
}

static void read_packet(struct day_reading *reading, struct node *map, struct day_step *step)
{
    struct schema *schema = &reading->schema;
    struct day_packet *packet = &step->packet;
    const char *name = node_want_text(schema, map, "name", DAY_PACKET_NAME_MAX);
    value_copy(packet->name, sizeof packet->name, name);
    packet->number = (unsigned)reading->packet_count;
    packet->person = read_person(reading, map, "from");
    read_card(reading, map, packet->person, &packet->card);
    packet->split =
        (enum day_split)node_may_choice(schema, map, "split", split_names, DAY_SPLIT_EQUAL);
    if (packet->split == DAY_SPLIT_GIVEN)
        read_given(reading, map, packet);
    else
        read_amount(reading, map, packet);
    value_copy(packet->note, sizeof packet->note,
               node_may_text(schema, map, "note", DAY_NOTE_MAX, ""));
    packet->stays_open = node_may_bool(schema, map, "stays_open", false);
    bool sent = strcmp(step->expect.code, "00") == 0;
    if (packet->stays_open && !sent)
        schema_fault(schema, map, "`stays_open`: a packet that is refused is never open");
    if (schema->result != RESULT_OK)
        return;
    for (size_t i = 0; i < reading->packet_count; i++)
        if (strcmp(reading->packets[i].packet->name, name) == 0)
            schema_fault(schema, map, "a packet of this name is sent in line %u",
                         reading->packets[i].node->line);
    reading->packets[reading->packet_count++] =
        (struct told_packet){.packet = packet, .node = map, .sent = sent};
}

static void read_grab(struct day_reading *reading, struct node *map, struct day_step *step)
{
    struct schema *schema = &reading->schema;
    struct day_grab *grab = &step->grab;
    const struct told_packet *told = read_packet_name(reading, map);
    grab->person = read_person(reading, map, "person");
    read_card(reading, map, grab->person, &grab->card);
    grab->expect_minor = may_money(schema, map, "expect_amount", 1, LAB_PACKET_MAX);
    if (told == NULL)
        return;
    grab->packet = told->packet->number;
    bool by_chance = told->packet->shares > 1 && (told->packet->split == DAY_SPLIT_RANDOM ||
                                                  told->packet->split == DAY_SPLIT_WHEN_CLAIMED);
    if (grab->expect_minor == DAY_AMOUNT_UNSAID)
        return;
    if (by_chance)
        schema_fault(schema, node_find(map, "expect_amount"),
                     "`expect_amount`: what this share is worth is left to chance");
    else if (strcmp(step->expect.code, "00") != 0)
        schema_fault(schema, node_find(map, "expect_amount"),
                     "`expect_amount`: a refused grab is worth nothing");
}

static void read_claim(struct day_reading *reading, struct node *map, struct day_claim *claim)
{
    struct schema *schema = &reading->schema;
    const struct told_packet *told = read_packet_name(reading, map);
    claim->person = read_person(reading, map, "person");
    claim->share_of =
        node_find(map, "share_of") == NULL ? claim->person : read_person(reading, map, "share_of");
    read_card(reading, map, claim->person, &claim->card);
    claim->amount_minor = may_money(schema, map, "amount", 1, LAB_BALANCE_MAX);
    if (told == NULL || schema->result != RESULT_OK)
        return;
    claim->packet = told->packet->number;
    if (!has_ticket(reading, claim->packet, claim->share_of))
        schema_fault(schema, map, "%s holds no ticket of this packet: expected a grab before",
                     reading->lab->people[claim->share_of].name);
}

static void read_repeat(struct day_reading *reading, struct node *map, struct day_repeat *repeat)
{
    struct schema *schema = &reading->schema;
    const struct told_packet *told = read_packet_name(reading, map);
    repeat->person = read_person(reading, map, "person");
    if (told == NULL || schema->result != RESULT_OK)
        return;
    repeat->packet = told->packet->number;
    if (!has_ticket(reading, repeat->packet, repeat->person))
        schema_fault(schema, map, "%s has claimed nothing of this packet: expected a grab before",
                     reading->lab->people[repeat->person].name);
}

static void read_expire(struct day_reading *reading, struct node *map, struct day_expire *expire)
{
    struct schema *schema = &reading->schema;
    struct told_packet *told = read_packet_name(reading, map);
    expire->expect_minor = may_money(schema, map, "expect_amount", 0, LAB_PACKET_MAX);
    if (told == NULL)
        return;
    expire->packet = told->packet->number;
    told->expired = true;
    if (told->packet->stays_open)
        schema_fault(schema, map, "this packet is said to stay open (line %u)", told->node->line);
}

static void read_cutover(struct day_reading *reading, struct node *map, struct day_cutover *cutover)
{
    struct schema *schema = &reading->schema;
    const struct lab *lab = reading->lab;
    if (node_want_digits(schema, map, "to", 8, 8) == NULL)
        return;
    const struct node *node = node_find(map, "to");
    cutover->date = value_date_of(schema, node);
    size_t next = reading->business_day + 1;
    if (next >= lab->calendar_count)
        schema_fault(schema, node, "`to`: the lab's calendar has no further date");
    else if (cutover->date != lab->calendar[next])
        schema_fault(schema, node, "`to`: expected the calendar's next date, %u",
                     (unsigned)lab->calendar[next]);
    else
        reading->business_day = next;
}

static void read_together(struct day_reading *reading, struct node *list, struct node *answers,
                          struct day_together *together)
{
    struct schema *schema = &reading->schema;
    value_count(schema, list, 2, DAY_TOGETHER_MAX);
    struct day_step *steps = day_reading_take(reading, list == NULL ? 0 : list->len, sizeof *steps);
    if (steps == NULL)
        return;
    size_t count = 0;
    for (struct node *item = list->child; item != NULL; item = item->next, count++) {
        day_reading_step(reading, item, true, &steps[count]);
        if (answers != NULL && node_find(item, "expect") != NULL)
            schema_fault(schema, item, "`expect`: the whole list says already what to expect");
    }
    together->steps = steps;
    together->step_count = count;
    if (answers == NULL || schema->result != RESULT_OK)
        return;
    value_count(schema, answers, count, count);
    struct day_answer *expected = day_reading_take(reading, answers->len, sizeof *expected);
    if (expected == NULL)
        return;
    size_t filled = 0;
    for (const struct node *item = answers->child; item != NULL; item = item->next)
        expected[filled++] = read_answer(schema, item, true);
    together->answers = expected;
}

static void read_by_kind(struct day_reading *reading, struct node *map, struct day_step *step)
{
    struct schema *schema = &reading->schema;
    if (step->kind != DAY_CUTOVER && step->kind != DAY_CHECK)
        step->expect = read_answer(schema, node_find(map, "expect"), step->kind == DAY_GRAB);
    switch (step->kind) {
    case DAY_PACKET:
        read_packet(reading, map, step);
        break;
    case DAY_GRAB:
        read_grab(reading, map, step);
        break;
    case DAY_CLAIM:
        read_claim(reading, map, &step->claim);
        break;
    case DAY_REPEAT:
        read_repeat(reading, map, &step->repeat);
        break;
    case DAY_EXPIRE:
        read_expire(reading, map, &step->expire);
        break;
    case DAY_CUTOVER:
        read_cutover(reading, map, &step->cutover);
        break;
    case DAY_CHECK:
    case DAY_TOGETHER:
        break;
    }
}

void day_reading_step(struct day_reading *reading, struct node *map, bool together,
                      struct day_step *step)
{
    struct schema *schema = &reading->schema;
    value_copy(step->at, sizeof step->at, node_may_text(schema, map, "at", DAY_AT_MAX, ""));
    value_copy(step->tell, sizeof step->tell, node_may_text(schema, map, "tell", DAY_TELL_MAX, ""));
    step->line = map->line;
    if (!together && node_find(map, "together") != NULL) {
        step->kind = DAY_TOGETHER;
        struct node *list = node_want_list(schema, map, "together");
        read_together(reading, list, node_may_list(schema, map, "expect"), &step->together);
    } else {
        step->kind = (enum day_kind)node_want_choice(schema, map, "do", kind_names);
        if (step->kind == DAY_TOGETHER ||
            (together && (step->kind == DAY_CUTOVER || step->kind == DAY_CHECK)))
            schema_fault(schema, node_find(map, "do"), "`do`: %s cannot stand here",
                         day_kind_name(step->kind));
        else if (schema->result == RESULT_OK)
            read_by_kind(reading, map, step);
    }
    node_end(schema, map);
}
