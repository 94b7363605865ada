/* The sequence diagram of a simulated world, as text: time runs down, a column a party.
 *
 *     |   alive      :   down      *   something became durable, or happened
 *     o-->|   a message, when it arrives, with how long it took   o--x  one that never does */
#include "simulation/world.h"

#include "base/date.h"

#include <stdarg.h>
#include <stdio.h>

enum { COLUMN = 10, LEFT = 14, ROW_MAX = LEFT + PLAN_NODES_MAX * COLUMN + 1, NOTE_MAX = 400 };

static void print_names(const struct world *world)
{
    FILE *out = world->which->trace;
    fprintf(out, "\n%*s", LEFT - COLUMN / 2, "seconds");
    for (unsigned i = 0; i < world->node_count; i++)
        fprintf(out, " %-*s", COLUMN - 1, world->nodes[i].name);
    fprintf(out, "\n");
}

void trace_begin(struct world *world)
{
    FILE *out = world->which->trace;
    char date[DATE_ISO_SIZE];
    if (out == NULL)
        return;
    fprintf(out, "seed %llu, from %s%s\nkinds:", (unsigned long long)world->plan.seed,
            date_iso_format(world->plan.wall_us, date),
            world->plan.has_macs ? ", MACs on all links" : "");
    for (enum kind kind = 0; kind < KINDS; kind++) {
        static const char *const levels[LEVELS] = {"", "mild", "fair", "wild"};
        if (world->plan.levels[kind] != LEVEL_OFF)
            fprintf(out, " %s (%s)", kind_name(kind), levels[world->plan.levels[kind]]);
    }
    fprintf(out, "\n");
    print_names(world);
}

static unsigned column_of(unsigned node)
{
    return LEFT + node * COLUMN;
}

static void begin_row(const struct world *world, char row[ROW_MAX])
{
    memset(row, ' ', ROW_MAX - 1);
    row[column_of(world->node_count - 1) + 2] = '\0';
    for (unsigned i = 0; i < world->node_count; i++)
        row[column_of(i)] = world->nodes[i].is_alive ? '|' : ':';
    char text[LEFT + 1];
    snprintf(text, sizeof text, "%11.6f", (double)world->now_us / 1e6);
    memcpy(row, text, strlen(text));
}

static void print_row(const struct world *world, const char *row, const char *text)
{
    fprintf(world->which->trace, "%s %s\n", row, text);
}

void trace_note(struct world *world, unsigned node, const char *format, ...)
{
    char row[ROW_MAX], text[NOTE_MAX];
    va_list arguments;
    if (world->which->trace == NULL)
        return;
    begin_row(world, row);
    row[column_of(node)] = '*';
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    print_row(world, row, text);
}

/* --- messages --------------------------------------------------------------------------------- */

static void describe(const struct world *world, const struct flight *flight, char *out, size_t size)
{
    struct iso_message message;
    struct iso_fault fault;
    struct operation operation;
    char code[8] = "";
    if (iso_message_unpack(world->simulation->spec, ISO_HEADER_YES, flight->bytes, flight->len,
                           &message, &fault) != ISO_OK) {
        snprintf(out, size, "(cannot be read: %.100s)", fault.text);
        return;
    }
    struct iso_value said = iso_message_get(&message, 39);
    if (said.len == 2)
        snprintf(code, sizeof code, " = %.2s", (const char *)said.data);
    if (message.mti[1] == '8') {
        struct iso_value what = iso_message_get(&message, 70);
        snprintf(out, size, "%s %.*s%s", message.mti, (int)what.len, (const char *)what.data, code);
        return;
    }
    if (operation_read(&message, &operation, NULL) != RESULT_OK) {
        snprintf(out, size, "%s%s", message.mti, code);
        return;
    }
    if (operation.kind == OPERATION_RECONCILIATION) {
        snprintf(out, size, "%s totals %06u of %04u, net %lld%s", message.mti, operation.stan,
                 operation.settlement, (long long)totals_net(&operation.totals), code);
        return;
    }
    if (operation_is_of_purchase(operation.kind)) {
        snprintf(out, size, "%s %s %06u, %lld.%02lld%s", message.mti,
                 operation_name(operation.kind), operation.stan,
                 (long long)operation.amount_minor / 100, (long long)operation.amount_minor % 100,
                 code);
        return;
    }
    snprintf(out, size, "%s %s %06u, freeze %llu share %u, %lld.%02lld%s", message.mti,
             operation_name(operation.kind), operation.stan,
             (unsigned long long)operation.reference.sequence, operation.reference.share,
             (long long)operation.amount_minor / 100, (long long)operation.amount_minor % 100,
             code);
}

void trace_message(struct world *world, const struct flight *flight, const char *fate)
{
    char row[ROW_MAX], text[NOTE_MAX], what[200];
    if (world->which->trace == NULL)
        return;
    unsigned member = flight->link / PLAN_LINKS_MAX + 1u;
    unsigned from = flight->side == SIDE_SWITCH ? NODE_SWITCH : member;
    unsigned to = flight->side == SIDE_SWITCH ? member : NODE_SWITCH;
    unsigned left = column_of(from < to ? from : to), right = column_of(from < to ? to : from);
    describe(world, flight, what, sizeof what);
    begin_row(world, row);
    memset(row + left + 1, '-', right - left - 1);
    row[column_of(from)] = 'o';
    row[from < to ? right - 1 : left + 1] = fate == NULL ? (from < to ? '>' : '<') : 'x';
    if (fate == NULL)
        snprintf(text, sizeof text, "%s  (%.3f s)", what,
                 (double)(world->now_us - flight->sent_us) / 1e6);
    else
        snprintf(text, sizeof text, "%s  (%s)", what, fate);
    print_row(world, row, text);
}

/* --- what becomes durable --------------------------------------------------------------------- */

void trace_durable(struct world *world, unsigned node, const struct store_memory_write *write)
{
    struct journal_entry entry;
    char code[3];
    if (world->which->trace == NULL || write->log_number == 0 ||
        !journal_read(write->value, &entry))
        return;
    const struct operation *op = &entry.operation;
    unsigned long long freeze = op->reference.sequence;
    code_format(entry.code, code);
    if (entry.event == JOURNAL_SHARE)
        trace_note(world, node, "share %u of freeze %llu: %s -> %s (claim %06u)",
                   op->reference.share, freeze, journal_state_name(&entry, entry.from),
                   journal_state_name(&entry, entry.to), op->stan);
    else if (entry.event == JOURNAL_FREEZE)
        trace_note(world, node, "freeze %llu: %s -> %s", freeze,
                   journal_state_name(&entry, entry.from), journal_state_name(&entry, entry.to));
    else if (entry.event == JOURNAL_PURCHASE)
        trace_note(world, node, "purchase %06u: %s -> %s", op->stan,
                   journal_state_name(&entry, entry.from), journal_state_name(&entry, entry.to));
    else if (entry.event == JOURNAL_DAY || entry.event == JOURNAL_CUT)
        trace_note(world, node, "%s %08u", journal_event_name(entry.event), entry.settlement_date);
    else if (entry.event == JOURNAL_TOTALS)
        trace_note(world, node, "totals of %08u: %s -> %s", entry.settlement_date,
                   journal_state_name(&entry, entry.from), journal_state_name(&entry, entry.to));
    else if (entry.event != JOURNAL_OPENED)
        trace_note(world, node, "%s: %s %06u, %s, moves %lld.%02lld%s%s",
                   journal_event_name(entry.event), operation_name(op->kind), op->stan, code,
                   (long long)entry.moved_minor / 100, (long long)entry.moved_minor % 100,
                   entry.note[0] != '\0' ? ": " : "", entry.note);
}
