/* cardlab up: every simulated party of a lab, in the foreground, watched. */
#include "runner.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_DATA = 1, OPTION_ONCE };
enum { REFRESH_MS = 500, RECENT_SHOWN = 12 };

static const struct command command = {
    .name = "up",
    .arguments = "[LAB.yaml]",
    .summary =
        "Starts every simulated party of a lab (default: the demo's) and shows links, counts\n"
        "and the last messages until Ctrl-C.",
    .details =
        "Parties marked external in the lab file are somebody's real host: they are not\n"
        "started, and may connect to the port that is shown for them. What the parties keep\n"
        "stays in the data folder; started again, they go on where they were.",
    .options =
        (const struct command_option[]){
            {OPTION_DATA, "data", "DIR", "folder of the parties' data (default ./cardlab-lab)"},
            {OPTION_ONCE, "once", NULL, "show once, when everybody has signed on, and stop"},
            {0, NULL, NULL, NULL},
        },
};

static const char *text_of(struct node *map, const char *key)
{
    struct node *node = node_find(map, key);
    return node != NULL && node->kind == NODE_TEXT ? node->text : "";
}

/* "steps 12, commits 7": the numbers that each role adds to its status, in its own order. */
static void show_counts(struct node *status)
{
    static const char *const shown[] = {"freezes",   "claims",  "credited", "debits",  "credits",
                                        "unfreezes", "packets", "tickets",  "refused", "forwards"};
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        if (node_find(status, shown[i]) != NULL)
            printf("  %s %s", shown[i], text_of(status, shown[i]));
}

static void show_party(const struct runner *runner, unsigned party, struct node *status)
{
    const struct lab *lab = runner_lab(runner);
    struct node *peers = node_find(status, "peers");
    printf("%-10s %-7s date %s  messages %-7s commits %-6s", runner_party_name(runner, party),
           text_of(status, "role"), text_of(status, "business_date"), text_of(status, "messages"),
           text_of(status, "commits"));
    show_counts(status);
    printf("\n");
    if (party != 0 || peers == NULL)
        return;
    unsigned place = 0;
    for (struct node *peer = peers->child; peer != NULL; peer = peer->next) {
        bool on = strcmp(text_of(peer, "signed_on"), "true") == 0;
        printf("    %-20s port %-5s %-14s in %-7s out %-7s%s\n", text_of(peer, "name"),
               text_of(peer, "port"),
               on                                           ? "signed on"
               : strcmp(text_of(peer, "link"), "true") == 0 ? "connected"
                                                            : "not connected",
               text_of(peer, "in"), text_of(peer, "out"),
               lab->institutions[place++].external ? "  external" : "");
    }
}

static void show_recent(struct node *status)
{
    struct node *recent = node_find(status, "recent");
    size_t skip = recent != NULL && recent->len > RECENT_SHOWN ? recent->len - RECENT_SHOWN : 0;
    printf("\nlast messages at the switch:\n");
    for (struct node *line = recent != NULL ? recent->child : NULL; line != NULL; line = line->next)
        if (skip > 0)
            skip--;
        else
            printf("  %s\n", line->text);
}

static enum result show(struct runner *runner, struct fault *fault)
{
    struct doc *switch_reply = NULL;
    for (unsigned party = 0; party < runner_party_count(runner); party++) {
        struct doc *reply = NULL;
        enum result result = runner_ask(runner, party, "{\"do\":\"status\"}", &reply, fault);
        if (result != RESULT_OK) {
            doc_free(switch_reply);
            return result;
        }
        show_party(runner, party, doc_root(reply));
        if (party == 0)
            switch_reply = reply;
        else
            doc_free(reply);
    }
    show_recent(doc_root(switch_reply));
    doc_free(switch_reply);
    fflush(stdout);
    return RESULT_OK;
}

static enum result watch(struct runner *runner, bool once, const char *data, struct fault *fault)
{
    bool is_terminal = isatty(STDOUT_FILENO) == 1 && !once;
    do {
        if (is_terminal)
            printf("\033[H\033[2J");
        printf("%s: lab file %s/lab.yaml, logs %s/NAME/log. Ctrl-C stops.\n\n",
               runner_lab(runner)->name, data, data);
        TRY(show(runner, fault));
    } while (!once && !runner_pause(runner, is_terminal ? REFRESH_MS : 10 * REFRESH_MS));
    return RESULT_OK;
}

int cmd_up(int argc, char **argv)
{
    const char *value, *data = "cardlab-lab", *name = "demo";
    char path[COMMAND_PATH_MAX];
    struct fault fault = {RESULT_OK, ""};
    struct runner *runner = NULL;
    struct lab *lab = NULL;
    bool once = false;
    int first, id;
    while ((id = command_next(&command, argc, argv, &value, &first)) > 0) {
        if (id == OPTION_DATA)
            data = value;
        once |= id == OPTION_ONCE;
    }
    if (id == COMMAND_DONE)
        return first;
    if (argc - first > 1)
        return command_usage(&command, "expected one lab file");
    if (argc - first == 1)
        name = argv[first];
    command_spec_path("labs", name, path);
    if (lab_load(path, &lab, &fault) != RESULT_OK)
        return command_fail(&command, &fault);
    fprintf(stderr, "starting %s\n", lab->name);
    enum result result = runner_open(lab, data, &runner, &fault);
    if (result == RESULT_OK)
        result = watch(runner, once, data, &fault);
    bool interrupted = runner_is_interrupted(runner);
    runner_close(runner);
    if (interrupted)
        return COMMAND_GOOD;
    return result == RESULT_OK ? COMMAND_GOOD : command_fail(&command, &fault);
}
