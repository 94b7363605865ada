/* Reads a lab file as a whole: the general part here, institutions and people in files of their
 * own. */
#include "lab/lab_reading.h"

#include <stdio.h>
#include <stdlib.h>

void *reading_take(struct lab_reading *reading, size_t count, size_t size)
{
    if (count == 0 || reading->schema.result != RESULT_OK)
        return NULL;
    void *at = lab_take(reading->lab, count, size);
    if (at == NULL)
        reading->schema.result = fault_set(reading->schema.fault, RESULT_LIMIT, "%s: out of memory",
                                           doc_name(reading->schema.doc));
    return at;
}

struct mention *reading_mentions(struct lab_reading *reading, size_t count)
{
    if (count == 0 || reading->schema.result != RESULT_OK)
        return NULL;
    struct mention *mentions = calloc(count, sizeof *mentions);
    if (mentions == NULL)
        reading->schema.result = fault_set(reading->schema.fault, RESULT_LIMIT, "%s: out of memory",
                                           doc_name(reading->schema.doc));
    return mentions;
}

static void read_formats(struct lab_reading *reading, struct node *root)
{
    struct schema *schema = &reading->schema;
    struct lab *lab = reading->lab;
    value_copy(lab->spec, sizeof lab->spec,
               node_may_text(schema, root, "spec", LAB_FORMAT_NAME_MAX, "redpacket"));
    value_copy(lab->framing, sizeof lab->framing,
               node_may_text(schema, root, "framing", LAB_FORMAT_NAME_MAX, "length4-ascii"));
    value_copy(lab->fees, sizeof lab->fees,
               node_may_text(schema, root, "fees", LAB_FORMAT_NAME_MAX, ""));
    struct node *mac = node_may_map(schema, root, "mac");
    value_copy(lab->mac_recipe, sizeof lab->mac_recipe,
               node_may_text(schema, mac, "recipe", LAB_FORMAT_NAME_MAX, "redpacket"));
    lab->mac_on = node_may_bool(schema, mac, "on", true);
    node_end(schema, mac);
}

/* A lab file is copied beside the stores of a run: a path from here would be another one there. */
static void read_deliver(struct schema *schema, struct node *map, struct lab_deliver *deliver)
{
    deliver->limit_s = LAB_DELIVER_LIMIT_S;
    if (map == NULL)
        return;
    const char *command = node_want_text(schema, map, "command", LAB_COMMAND_MAX);
    deliver->limit_s =
        (uint32_t)node_may_int(schema, map, "limit_s", 1, 86400, LAB_DELIVER_LIMIT_S);
    node_end(schema, map);
    if (schema->result != RESULT_OK)
        return;
    bool is_relative = command[0] != '/' && strchr(command, '/') != NULL;
    if (command[0] == '\0' || is_relative)
        schema_fault(schema, node_find(map, "command"),
                     "expected a program: an absolute path, or a name that is in PATH");
    value_copy(deliver->command, sizeof deliver->command, command);
}

static void read_calendar(struct lab_reading *reading, struct node *root)
{
    struct schema *schema = &reading->schema;
    struct node *list = node_want_list(schema, root, "calendar");
    value_count(schema, list, 1, LAB_CALENDAR_MAX);
    uint32_t *dates = reading_take(reading, list == NULL ? 0 : list->len, sizeof *dates);
    if (dates == NULL)
        return;
    size_t count = 0;
    for (const struct node *item = list->child; item != NULL; item = item->next, count++) {
        dates[count] = value_date_of(schema, item);
        if (count > 0 && dates[count] <= dates[count - 1])
            schema_fault(schema, item, "expected a date later than the one before");
    }
    reading->lab->calendar = dates;
    reading->lab->calendar_count = count;
}

static uint32_t read_ms(struct schema *schema, struct node *map, const char *key,
                        uint32_t otherwise)
{
    enum { DAY_MS = 24 * 60 * 60 * 1000 };
    return (uint32_t)node_may_int(schema, map, key, 1, DAY_MS, otherwise);
}

static void read_timers(struct schema *schema, struct node *map, struct lab_timers *timers)
{
    static const int64_t AGE_MS = INT64_C(7) * 86400000, AGE_MAX_MS = INT64_C(30) * 86400000;
    timers->debit_leg_ms = read_ms(schema, map, "debit_leg_ms", 5000);
    timers->credit_leg_ms = read_ms(schema, map, "credit_leg_ms", 5000);
    timers->freeze_leg_ms = read_ms(schema, map, "freeze_leg_ms", 5000);
    timers->wallet_wait_ms = read_ms(schema, map, "wallet_wait_ms", 15000);
    timers->saf_first_ms = read_ms(schema, map, "saf_first_ms", 5000);
    timers->saf_max_ms = read_ms(schema, map, "saf_max_ms", 300000);
    timers->idle_ms = read_ms(schema, map, "idle_ms", 240000);
    timers->dead_ms = read_ms(schema, map, "dead_ms", 300000);
    timers->freeze_age_ms =
        (uint32_t)node_may_int(schema, map, "freeze_age_ms", 1000, AGE_MAX_MS, AGE_MS);
    node_end(schema, map);
    if (timers->saf_max_ms < timers->saf_first_ms)
        schema_fault(schema, map, "expected `saf_max_ms` to be at least `saf_first_ms`");
    if (timers->dead_ms <= timers->idle_ms)
        schema_fault(schema, map,
                     "expected `dead_ms` to be more than `idle_ms`: an idle link "
                     "would count as dead before it could show that it is not");
}

static void read_limits(struct lab_reading *reading, struct node *map)
{
    struct schema *schema = &reading->schema;
    struct lab_limits *limits = &reading->lab->limits;
    limits->in_flight = (uint32_t)node_may_int(schema, map, "in_flight", 1, 1000000, 4096);
    limits->saf_places = (uint32_t)node_may_int(schema, map, "saf_places", 1, 1000000, 20000);
    limits->saf_window = (uint32_t)node_may_int(schema, map, "saf_window", 1, 4096, 16);
    node_end(schema, map);
}

static void read_institutions(struct lab_reading *reading, struct node *list)
{
    value_count(&reading->schema, list, 1, LAB_INSTITUTIONS_MAX);
    struct lab *lab = reading->lab;
    lab->institutions =
        reading_take(reading, list == NULL ? 0 : list->len, sizeof *lab->institutions);
    if (lab->institutions == NULL)
        return;
    for (struct node *item = list->child; item != NULL; item = item->next)
        reading_institution(reading, item, &lab->institutions[lab->institution_count++]);
}

/* The switch is a party too: nobody may bear its id, name or folder. */
static void check_members(struct lab_reading *reading, const struct node *centre,
                          const struct node *list)
{
    struct lab *lab = reading->lab;
    static const char *const whats[] = {"id", "name", "short name"};
    struct mention *mentions = reading_mentions(reading, lab->institution_count + 1);
    for (size_t what = 0; mentions != NULL && what < 3; what++) {
        mentions[0] = (struct mention){what == 0   ? lab->centre.id
                                       : what == 1 ? lab->centre.name
                                                   : lab->centre.short_name,
                                       centre};
        size_t count = 1;
        for (const struct node *item = list->child; item != NULL; item = item->next, count++) {
            const struct lab_institution *member = &lab->institutions[count - 1];
            mentions[count] = (struct mention){what == 0   ? member->id
                                               : what == 1 ? member->name
                                                           : member->short_name,
                                               item};
        }
        value_refuse_twice(&reading->schema, mentions, count, whats[what]);
    }
    free(mentions);
}

static void read_lab(struct lab_reading *reading, struct node *root)
{
    struct schema *schema = &reading->schema;
    struct lab *lab = reading->lab;
    value_copy(lab->name, sizeof lab->name, node_want_text(schema, root, "name", LAB_NAME_MAX));
    value_copy(lab->currency, sizeof lab->currency,
               node_find(root, "currency") == NULL
                   ? "156"
                   : node_want_digits(schema, root, "currency", 3, 3));
    read_formats(reading, root);
    read_deliver(schema, node_may_map(schema, root, "deliver"), &lab->deliver);
    read_calendar(reading, root);
    struct node *centre = node_want_map(schema, root, "switch");
    reading_switch(reading, centre);
    struct node *institutions = node_want_list(schema, root, "institutions");
    read_institutions(reading, institutions);
    read_timers(schema, node_may_map(schema, root, "timers"), &lab->timers);
    read_limits(reading, node_may_map(schema, root, "limits"));
    struct node *people = node_may_list(schema, root, "people");
    node_end(schema, root);
    if (schema->result != RESULT_OK)
        return;
    check_members(reading, centre, institutions);
    reading_routes(reading, institutions);
    unsigned index = 0;
    for (struct node *item = institutions->child; item != NULL; item = item->next)
        reading_institution_cards(reading, item, index++);
    reading_people(reading, people);
}

static enum result lab_read(struct doc *doc, struct lab **lab, struct fault *fault)
{
    struct lab_reading reading = {.schema = schema_of(doc, fault)};
    reading.lab = calloc(1, sizeof *reading.lab);
    if (reading.lab == NULL)
        return fault_set(fault, RESULT_LIMIT, "%s: out of memory", doc_name(doc));
    read_lab(&reading, doc_root(doc));
    if (reading.schema.result != RESULT_OK) {
        lab_free(reading.lab);
        return reading.schema.result;
    }
    *lab = reading.lab;
    return RESULT_OK;
}

enum result lab_load(const char *path, struct lab **lab, struct fault *fault)
{
    *lab = NULL;
    struct doc *doc = NULL;
    TRY(doc_load(path, &doc, fault));
    enum result result = lab_read(doc, lab, fault);
    doc_free(doc);
    return result;
}

enum result lab_parse(struct bytes text, const char *name, struct lab **lab, struct fault *fault)
{
    *lab = NULL;
    struct doc *doc = NULL;
    TRY(doc_parse(text, name, &doc, fault));
    enum result result = lab_read(doc, lab, fault);
    doc_free(doc);
    return result;
}
