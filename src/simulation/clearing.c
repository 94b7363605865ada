/* The end of a simulated world: its dates are cut, and the files compared with the issuers' books.
 *
 * The auditor compares item by item in every world, and with what the exceptions of each date are.
 * In one world of many the product's own clearing
 * does it over again: files are written, read back, reconciled, and all stores audited. */
#include "simulation/world.h"

#include "base/date.h"
#include "clearing/audit.h"
#include "clearing/cut.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    FILES_EVERY = 50, /* writing files takes as long as twenty worlds */
    FILES_AT = 7,     /* of as many: a seed with MACs (every tenth) has no foreign hosts */
    FILES_MAX = 16,
    PATH_SIZE = 512,
};

static void on_cut(void *context, enum result result, const struct fault *fault)
{
    struct world *world = context;
    world->cut_busy = false;
    if (result != RESULT_OK)
        auditor_fail(&world->auditor, 8, "%08u cannot be cut although all is at rest: %s",
                     world->date_cut, fault->text);
}

void clearing_cut_next(struct world *world)
{
    struct node *node = &world->nodes[NODE_SWITCH];
    uint32_t date =
        world->date_cut == 0 ? world->plan.opening_date : date_add_days(world->date_cut, 1);
    if (world->cut_busy) {
        auditor_fail(&world->auditor, 8, "%08u was not cut", world->date_cut);
        return;
    }
    if (date >= party_business_date(node->party)) {
        bool is_gone[PLAN_NODES_MAX] = {false};
        for (unsigned i = 0; i < world->node_count; i++)
            is_gone[i] = world->nodes[i].is_gone;
        auditor_cleared(&world->auditor, date);
        auditor_totals_at_rest(&world->auditor, date, is_gone);
        clearing_compare(world);
        world->phase = PHASE_OVER;
        if (world->plan.is_slow && !world_has_failed(world))
            forgetting_watch(world);
        return;
    }
    world->date_cut = date;
    world->cut_busy = true;
    node_tick(node);
    router_cut(node->router, date, on_cut, world);
    node_after(node);
}

/* --- the product's own clearing --------------------------------------------------------------- */

struct comparing {
    struct world *world;
    char root[PATH_SIZE];
    unsigned member_count;
    struct clearing_member members[PLAN_NODES_MAX];
};

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static void reconcile(struct comparing *comparing, const struct node *node, uint32_t date)
{
    struct world *world = comparing->world;
    struct fault fault = {RESULT_OK, ""};
    char folder[PATH_SIZE + 64], paths[FILES_MAX][PATH_SIZE + 512];
    const char *files[FILES_MAX];
    size_t count = 0;
    struct reconcile_result result = {0};
    snprintf(folder, sizeof folder, "%s/%08u/%011" PRIu64, comparing->root, date, node->id.number);
    DIR *open = opendir(folder);
    for (struct dirent *entry; open != NULL && (entry = readdir(open)) != NULL;) {
        if (entry->d_name[0] == '.' || !manifest_is_clearing_file(entry->d_name) ||
            count == FILES_MAX)
            continue;
        snprintf(paths[count], sizeof paths[count], "%s/%s", folder, entry->d_name);
        files[count] = paths[count];
        count++;
    }
    if (open != NULL)
        closedir(open);
    struct ledger ledger;
    struct reconcile_config config = {
        .layouts = world->simulation->layouts,
        .institution = node->id.number,
        .date = date,
        .files = files,
        .file_count = count,
        .ledger = &ledger,
    };
    if (ledger_of_store(node->store, &ledger, &fault) != RESULT_OK ||
        clearing_reconcile(&config, &result, &fault) != RESULT_OK)
        auditor_fail(&world->auditor, 8, "the files of %s on %08u: %s", node->name, date,
                     fault.text);
    else if (reconcile_differences(&result) > 0)
        auditor_fail(&world->auditor, 8, "%s on %08u: %" PRIu64 " differences, the first: %s",
                     node->name, date, reconcile_differences(&result),
                     result.listed > 0 ? difference_words(&result.differences[0]).meaning : "");
    reconcile_result_deinit(&result);
}

/* A wallet gets its purchases, and pays for those that it had and that were given back; of red
 * packets nothing. The switch has neither. */
static void check_position(struct comparing *comparing, unsigned node,
                           const struct position *position, uint32_t date)
{
    struct auditor *auditor = &comparing->world->auditor;
    int64_t debit_minor = 0, credit_minor = 0;
    for (unsigned i = 0; i < auditor->purchase_count; i++) {
        const struct audited_purchase *one = &auditor->purchases[i];
        if (!one->was_purchased || one->date != date ||
            one->key.acquirer != comparing->members[node].institution)
            continue;
        credit_minor += one->amount_minor;
        debit_minor += one->state != PURCHASE_PURCHASED ? one->amount_minor : 0;
    }
    if ((position != NULL ? position->debit_minor : 0) != debit_minor ||
        (position != NULL ? position->credit_minor : 0) != credit_minor)
        auditor_fail(auditor, 1, "%s has a position on %08u that is not that of its purchases",
                     comparing->world->nodes[node].name, date);
}

/* What one pays another gets. */
static void check_positions(struct comparing *comparing, const struct positions *positions,
                            uint32_t date)
{
    struct world *world = comparing->world;
    struct fault fault = {RESULT_OK, ""};
    if (positions_check(positions, &fault) != RESULT_OK)
        auditor_fail(&world->auditor, 8, "%08u: %s", date, fault.text);
    for (unsigned i = 0; i < comparing->member_count; i++) {
        const struct clearing_member *member = &comparing->members[i];
        if (member->role != CLEARING_ISSUER)
            check_position(comparing, i, positions_find(positions, member->institution, "156"),
                           date);
    }
}

static void compare_date(struct comparing *comparing, uint32_t date)
{
    struct world *world = comparing->world;
    struct fault fault = {RESULT_OK, ""};
    struct clearing_result *result = calloc(1, sizeof *result);
    MUST(result != NULL);
    struct clearing_config config = {
        .layouts = world->simulation->layouts,
        .date = date,
        .out = comparing->root,
        .institution = world->nodes[NODE_SWITCH].id.number,
        .members = comparing->members,
        .member_count = comparing->member_count,
    };
    if (clearing_cut(world->nodes[NODE_SWITCH].store, &config, result, &fault) != RESULT_OK)
        auditor_fail(&world->auditor, 8, "the files of %08u: %s", date, fault.text);
    else {
        check_positions(comparing, &result->positions, date);
        for (unsigned i = 1; i <= world->plan.issuers; i++)
            reconcile(comparing, &world->nodes[i], date);
    }
    clearing_result_deinit(result);
    free(result);
}

static struct clearing_member member_of(const struct world *world, unsigned node)
{
    return (struct clearing_member){
        .institution = world->nodes[node].id.number,
        .role = node == NODE_SWITCH                  ? CLEARING_SWITCH
                : plan_is_issuer(&world->plan, node) ? CLEARING_ISSUER
                                                     : CLEARING_WALLET,
    };
}

void clearing_audit(struct world *world)
{
    static struct audit_result audit; /* 20 KB */
    struct audit_party parties[PLAN_NODES_MAX];
    struct fault fault = {RESULT_OK, ""};
    unsigned count = 0;
    for (unsigned i = 0; i < world->auditor.freeze_count; i++)
        if (world->auditor.freezes[i].is_disputed)
            return; /* differences are listed as exceptions, and a person settles them */
    for (unsigned i = 0; i < world->node_count; i++)
        if (!world->nodes[i].is_gone)
            parties[count++] = (struct audit_party){member_of(world, i), world->nodes[i].store};
    if (audit_at_rest(parties, count, NULL, 0, &audit, &fault) != RESULT_OK)
        auditor_fail(&world->auditor, 8, "the audit of all stores: %s", fault.text);
    else if (audit.count > 0)
        auditor_fail(&world->auditor, audit.list[0].statement, "the audit of all stores: %s",
                     audit.list[0].text);
}

static void compare_exceptions(struct world *world)
{
    struct auditor *auditor = &world->auditor;
    for (unsigned cut = 0; cut < auditor->cut_count; cut++) {
        struct exceptions exceptions;
        struct fault fault = {RESULT_OK, ""};
        if (exceptions_find(world->nodes[NODE_SWITCH].store, auditor->cut_dates[cut],
                            auditor->cut_marks[cut], &exceptions, &fault) == RESULT_OK)
            auditor_excepted(auditor, cut, &exceptions);
        else
            auditor_fail(auditor, 8, "the exceptions of %08u: %s", auditor->cut_dates[cut],
                         fault.text);
        exceptions_deinit(&exceptions);
    }
}

void clearing_compare(struct world *world)
{
    compare_exceptions(world);
    /* In memory where there is such a folder: every file is synced. */
    const char *folder = access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
    if (world->plan.seed % FILES_EVERY != FILES_AT || world_has_failed(world))
        return;
    struct comparing *comparing = calloc(1, sizeof *comparing);
    MUST(comparing != NULL);
    comparing->world = world;
    snprintf(comparing->root, sizeof comparing->root, "%s/cardlab-sim-XXXXXX", folder);
    if (mkdtemp(comparing->root) == NULL) {
        auditor_fail(&world->auditor, 8, "no folder %s: %s", comparing->root, strerror(errno));
        free(comparing);
        return;
    }
    for (unsigned i = 0; i < world->node_count; i++)
        comparing->members[comparing->member_count++] = member_of(world, i);
    for (uint32_t date = world->plan.opening_date; date <= world->date_cut;
         date = date_add_days(date, 1))
        compare_date(comparing, date);
    clearing_audit(world);
    nftw(comparing->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(comparing);
}
