/* Reads a day file as a whole, and gives it back. See day.h. */
#include "lab/day_reading.h"

#include <stdlib.h>

struct day_block {
    struct day_block *next;
    max_align_t data[];
};

void *day_reading_take(struct day_reading *reading, size_t count, size_t size)
{
    if (count == 0 || reading->schema.result != RESULT_OK)
        return NULL;
    MUST(count < SIZE_MAX / 2 / size);
    struct day_block *block = calloc(1, sizeof *block + count * size);
    if (block == NULL) {
        reading->schema.result = fault_set(reading->schema.fault, RESULT_LIMIT, "%s: out of memory",
                                           doc_name(reading->schema.doc));
        return NULL;
    }
    block->next = reading->day->blocks;
    reading->day->blocks = block;
    return block->data;
}

void day_free(struct day *day)
{
    if (day == NULL)
        return;
    for (struct day_block *block = day->blocks, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    free(day);
}

/* Steps of the list, those inside `together` lists included. */
static size_t count_steps(const struct node *list)
{
    size_t count = 0;
    for (struct node *item = list == NULL ? NULL : list->child; item != NULL; item = item->next) {
        const struct node *together = node_find(item, "together");
        count += together == NULL ? 1 : 1 + together->len;
    }
    return count;
}

/* Whoever grabbed with success in mind holds a ticket from now on. Who won a race is not known. */
static void tell_tickets(struct day_reading *reading, const struct day_step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct day_step *step = &steps[i];
        if (step->kind == DAY_GRAB && !step->expect.refused_by_wallet)
            reading->tickets[reading->ticket_count++] =
                (struct told_ticket){step->grab.packet, step->grab.person};
        else if (step->kind == DAY_TOGETHER && step->together.answers == NULL)
            tell_tickets(reading, step->together.steps, step->together.step_count);
    }
}

static void check_endings(struct day_reading *reading)
{
    for (size_t i = 0; i < reading->packet_count; i++) {
        const struct told_packet *told = &reading->packets[i];
        if (told->sent && !told->expired && !told->packet->stays_open)
            schema_fault(&reading->schema, told->node,
                         "this packet never expires: expected an expire step or `stays_open`");
    }
}

static void read_steps(struct day_reading *reading, const struct node *list)
{
    struct day *day = reading->day;
    struct schema *schema = &reading->schema;
    value_count(schema, list, 1, DAY_STEPS_MAX);
    size_t total = count_steps(list);
    if (total > DAY_STEPS_MAX)
        schema_fault(schema, list, "`steps`: expected at most %d in all, got %zu", DAY_STEPS_MAX,
                     total);
    struct day_step *steps = day_reading_take(reading, list == NULL ? 0 : list->len, sizeof *steps);
    const struct day_packet **packets = day_reading_take(reading, total, sizeof *packets);
    if (schema->result != RESULT_OK)
        return;
    reading->packets = calloc(total, sizeof *reading->packets);
    reading->tickets = calloc(total, sizeof *reading->tickets);
    if (reading->packets == NULL || reading->tickets == NULL) {
        schema->result =
            fault_set(schema->fault, RESULT_LIMIT, "%s: out of memory", doc_name(schema->doc));
        return;
    }
    for (struct node *item = list->child; item != NULL && schema->result == RESULT_OK;
         item = item->next) {
        struct day_step *step = &steps[day->step_count++];
        day_reading_step(reading, item, false, step);
        tell_tickets(reading, step, 1);
        reading->packet_known = reading->packet_count;
    }
    check_endings(reading);
    for (size_t i = 0; i < reading->packet_count; i++)
        packets[i] = reading->packets[i].packet;
    day->steps = steps;
    day->packets = packets;
    day->packet_count = reading->packet_count;
}

static enum result day_read(struct doc *doc, const struct lab *lab, struct day **day,
                            struct fault *fault)
{
    struct day_reading reading = {.lab = lab, .schema = schema_of(doc, fault)};
    struct schema *schema = &reading.schema;
    reading.day = calloc(1, sizeof *reading.day);
    if (reading.day == NULL)
        return fault_set(fault, RESULT_LIMIT, "%s: out of memory", doc_name(doc));
    struct node *root = doc_root(doc);
    value_copy(reading.day->title, sizeof reading.day->title,
               node_want_text(schema, root, "title", DAY_TITLE_MAX));
    value_copy(reading.day->tell, sizeof reading.day->tell,
               node_may_text(schema, root, "tell", DAY_TELL_MAX, ""));
    const struct node *steps = node_want_list(schema, root, "steps");
    node_end(schema, root);
    read_steps(&reading, steps);
    free(reading.packets);
    free(reading.tickets);
    if (schema->result != RESULT_OK) {
        day_free(reading.day);
        return schema->result;
    }
    *day = reading.day;
    return RESULT_OK;
}

enum result day_load(const char *path, const struct lab *lab, struct day **day, struct fault *fault)
{
    *day = NULL;
    struct doc *doc = NULL;
    TRY(doc_load(path, &doc, fault));
    enum result result = day_read(doc, lab, day, fault);
    doc_free(doc);
    return result;
}

enum result day_parse(struct bytes text, const char *name, const struct lab *lab, struct day **day,
                      struct fault *fault)
{
    *day = NULL;
    struct doc *doc = NULL;
    TRY(doc_parse(text, name, &doc, fault));
    enum result result = day_read(doc, lab, day, fault);
    doc_free(doc);
    return result;
}
