/* Reads a load file: see mix.h. */
#include "lab/mix.h"

#include "base/doc.h"
#include "lab/money.h"
#include "lab/value.h"

enum { PURCHASE_MINOR = 1250 }; /* what a load file that does not say means */

static const char *const operation_names[] = {"claim",   "freeze",   "unfreeze",
                                              "inquiry", "purchase", NULL};

const char *mix_operation_name(enum mix_operation operation)
{
    return operation_names[operation];
}

static void read_operations(struct schema *schema, struct node *map, struct mix *mix)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < MIX_OPERATIONS; i++) {
        mix->weights[i] =
            (unsigned)node_may_int(schema, map, operation_names[i], 0, MIX_WEIGHT_MAX, 0);
        sum += mix->weights[i];
    }
    node_end(schema, map);
    if (sum == 0)
        schema_fault(schema, map, "expected at least one operation with a weight");
}

static void read_packets(struct schema *schema, struct node *map, struct mix *mix)
{
    static const char *const splits[] = {"equal", "random", NULL};
    static const char *const choices[] = {"any", "oldest", NULL};
    mix->shares = (unsigned)node_want_int(schema, map, "shares", 1, MIX_SHARES_MAX);
    mix->amount_minor = value_money(schema, map, "amount", 1, LAB_PACKET_MAX);
    mix->is_random_split = node_may_choice(schema, map, "split", splits, 0) == 1;
    mix->claims_from =
        node_may_choice(schema, map, "claims_from", choices, 0) == 1 ? MIX_OLDEST : MIX_ANY;
    mix->stock = (unsigned)node_may_int(schema, map, "stock", 1, MIX_STOCK_MAX, 100);
    node_end(schema, map);
    if (schema->result == RESULT_OK && mix->amount_minor < (int64_t)mix->shares)
        schema_fault(schema, map, "`amount`: expected at least 0.01 for each of %u shares",
                     mix->shares);
}

static void read_purchases(struct schema *schema, struct node *map, struct mix *mix)
{
    mix->purchase_minor = PURCHASE_MINOR;
    if (map == NULL)
        return;
    mix->purchase_minor = value_money(schema, map, "amount", 1, LAB_PACKET_MAX);
    node_end(schema, map);
}

static void read_shape(struct schema *schema, struct node *root, struct mix_shape *shape)
{
    shape->ramp_ms = (uint32_t)node_may_int(schema, root, "ramp_ms", 0, MIX_MS_MAX, 0);
    struct node *burst = node_may_map(schema, root, "burst");
    if (burst == NULL)
        return;
    shape->burst_every_ms = (uint32_t)node_want_int(schema, burst, "every_ms", 1, MIX_MS_MAX);
    shape->burst_ms = (uint32_t)node_want_int(schema, burst, "for_ms", 1, MIX_MS_MAX);
    shape->burst_times = (uint32_t)node_want_int(schema, burst, "times", 2, MIX_TIMES_MAX);
    node_end(schema, burst);
    if (schema->result == RESULT_OK && shape->burst_ms >= shape->burst_every_ms)
        schema_fault(schema, burst, "expected `for_ms` to be less than `every_ms`");
}

static enum result read(struct doc *doc, struct mix *mix, struct fault *fault)
{
    static const char *const arrivals[] = {"poisson", "even", NULL};
    struct schema schema = schema_of(doc, fault);
    struct node *root = doc_root(doc);
    *mix = (struct mix){0};
    value_copy(mix->name, sizeof mix->name, node_want_text(&schema, root, "name", MIX_NAME_MAX));
    read_operations(&schema, node_want_map(&schema, root, "operations"), mix);
    mix->arrivals =
        node_may_choice(&schema, root, "arrivals", arrivals, 0) == 1 ? MIX_EVEN : MIX_POISSON;
    read_shape(&schema, root, &mix->shape);
    read_packets(&schema, node_want_map(&schema, root, "packets"), mix);
    read_purchases(&schema, node_may_map(&schema, root, "purchases"), mix);
    node_end(&schema, root);
    return schema.result;
}

enum result mix_load(const char *path, struct mix *mix, struct fault *fault)
{
    struct doc *doc = NULL;
    TRY(doc_load(path, &doc, fault));
    enum result result = read(doc, mix, fault);
    doc_free(doc);
    return result;
}

enum result mix_parse(struct bytes text, const char *name, struct mix *mix, struct fault *fault)
{
    struct doc *doc = NULL;
    TRY(doc_parse(text, name, &doc, fault));
    enum result result = read(doc, mix, fault);
    doc_free(doc);
    return result;
}
