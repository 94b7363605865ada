/* All parties of a lab: which have a book, and where. */
#include "cmd_reconcile_lab.h"

#include "command.h"
#include "lab/lab.h"
#include "network_day.h"
#include "party_book.h"

#include <stdlib.h>
#include <string.h>

struct comparing {
    const struct reconcile_lab *config;
    struct lab *lab;
    struct network_day *day;
    struct party_book *books; /* one an institution */
    char root[COMMAND_PATH_MAX];
    char (*paths)[COMMAND_PATH_MAX]; /* of data folders */
};

/* What NAME=VALUE says of this name; NULL: nothing. */
static const char *named(const char *const *pairs, size_t count, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < count; i++)
        if (strncmp(pairs[i], name, len) == 0 && pairs[i][len] == '=')
            return pairs[i] + len + 1;
    return NULL;
}

/* Every NAME= is an institution's. */
static enum result check_names(const struct comparing *comparing, const char *const *pairs,
                               size_t count, struct fault *fault)
{
    for (size_t i = 0; i < count; i++) {
        char name[LAB_SHORT_MAX + 1];
        size_t len = strcspn(pairs[i], "=");
        snprintf(name, sizeof name, "%.*s", (int)len, pairs[i]);
        if (pairs[i][len] != '=' || len > LAB_SHORT_MAX || lab_find_short(comparing->lab, name) < 0)
            return fault_set(fault, RESULT_INPUT,
                             "%s: expected NAME=..., the short name of an institution of the lab",
                             pairs[i]);
    }
    return RESULT_OK;
}

static enum result add_member(struct comparing *comparing, size_t at, struct fault *fault)
{
    const struct reconcile_lab *config = comparing->config;
    const struct lab_institution *one = &comparing->lab->institutions[at];
    const char *given = named(config->books, config->book_count, one->short_name);
    const char *map = named(config->maps, config->map_count, one->short_name);
    struct party_book *book = &comparing->books[at];
    const struct ledger *ledger = NULL;
    struct institution id;
    if (map == NULL && given != NULL)
        map = config->map;
    if (!institution_parse(bytes_text(one->id), &id))
        return fault_set(fault, RESULT_BUG, "institution id %s", one->id);
    if (given != NULL || !one->external) {
        char *path = comparing->paths[at];
        snprintf(path, COMMAND_PATH_MAX, "%s/%s", config->data, one->short_name);
        TRY(party_book_open(book, given != NULL ? given : path, map, fault));
        ledger = &book->ledger;
    }
    struct clearing_member member = {
        .institution = id.number,
        .role = one->role == LAB_ISSUER ? CLEARING_ISSUER : CLEARING_WALLET,
        .name = one->name,
    };
    return network_day_add(comparing->day, &member, one->name, ledger, fault);
}

static enum result add_all(struct comparing *comparing, struct fault *fault)
{
    const struct reconcile_lab *config = comparing->config;
    const struct lab *lab = comparing->lab;
    struct institution id;
    TRY(check_names(comparing, config->books, config->book_count, fault));
    TRY(check_names(comparing, config->maps, config->map_count, fault));
    if (!institution_parse(bytes_text(lab->centre.id), &id))
        return fault_set(fault, RESULT_BUG, "institution id %s", lab->centre.id);
    struct clearing_member centre = {id.number, CLEARING_SWITCH, lab->centre.name};
    TRY(network_day_add(comparing->day, &centre, lab->centre.name, NULL, fault));
    for (size_t i = 0; i < lab->institution_count; i++)
        TRY(add_member(comparing, i, fault));
    return RESULT_OK;
}

static enum result compare(struct comparing *comparing, bool *is_good, struct fault *fault)
{
    const struct reconcile_lab *config = comparing->config;
    struct network_result result = {0};
    size_t count = comparing->lab->institution_count;
    comparing->books = calloc(count + 1, sizeof *comparing->books);
    comparing->paths = calloc(count + 1, sizeof *comparing->paths);
    comparing->day = calloc(1, sizeof *comparing->day);
    if (comparing->books == NULL || comparing->paths == NULL || comparing->day == NULL)
        return fault_set(fault, RESULT_IO, "no memory for the parties");
    if (config->files != NULL)
        snprintf(comparing->root, sizeof comparing->root, "%s", config->files);
    else
        snprintf(comparing->root, sizeof comparing->root, "%s/clearing", config->data);
    network_day_init(comparing->day, config->layouts, comparing->root, config->date);
    TRY(add_all(comparing, fault));
    enum result done = network_day_reconcile(comparing->day, &result, fault);
    if (done == RESULT_OK) {
        *is_good = network_differences(&result) == 0;
        if (config->json)
            network_day_json(comparing->day, &result, config->unmask, stdout);
        else
            network_day_print(comparing->day, &result, config->unmask, stdout);
    }
    network_result_deinit(&result);
    return done;
}

enum result reconcile_lab(const struct reconcile_lab *config, bool *is_good, struct fault *fault)
{
    struct comparing comparing = {.config = config};
    char path[COMMAND_PATH_MAX];
    if (config->lab_path != NULL)
        command_spec_path("labs", config->lab_path, path);
    else
        snprintf(path, sizeof path, "%s/lab.yaml", config->data);
    TRY(lab_load(path, &comparing.lab, fault));
    enum result result = compare(&comparing, is_good, fault);
    for (size_t i = 0; comparing.books != NULL && i < comparing.lab->institution_count; i++)
        party_book_close(&comparing.books[i]);
    if (comparing.day != NULL)
        network_day_deinit(comparing.day);
    free(comparing.day);
    free(comparing.books);
    free(comparing.paths);
    lab_free(comparing.lab);
    return result;
}
