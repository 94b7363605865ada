/* cardlab up: every simulated party of a lab, in the foreground, watched. */
#include "runner.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { OPTION_DATA = 1, OPTION_ONCE };
enum { REFRESH_MS = 500, RECENT_SHOWN = 12, SCREEN_MAX = 256 << 10 };

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

/* What each role counts, in the order of interest: what does not fit the line is cut off. */
static void add_counts(struct strbuf *screen, struct node *status)
{
    static const char *const shown[] = {"forwards", "freezes", "claims",  "credited", "refused",
                                        "debits",   "credits", "packets", "tickets",  "unfreezes"};
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        if (node_find(status, shown[i]) != NULL && strcmp(text_of(status, shown[i]), "0") != 0)
            strbuf_format(screen, " %s %s",
                          strcmp(shown[i], "forwards") == 0 ? "waiting" : shown[i],
                          text_of(status, shown[i]));
}

static void add_row(struct strbuf *screen, const char *name, const char *role, const char *port,
                    const char *state, struct node *status)
{
    strbuf_format(screen, "%-14.14s %-7s %-5s %-13s %8s %6s", name, role, port, state,
                  text_of(status, "business_date"), text_of(status, "messages"));
    add_counts(screen, status);
    strbuf_text(screen, "\n");
}

/* A member's own status; one that is external is nobody that we could ask. */
static enum result add_member(struct runner *runner, struct strbuf *screen, struct node *peer,
                              unsigned place, struct fault *fault)
{
    const struct lab_institution *member = &runner_lab(runner)->institutions[place];
    const char *state = strcmp(text_of(peer, "signed_on"), "true") == 0 ? "signed on"
                        : strcmp(text_of(peer, "link"), "true") == 0    ? "connected"
                                                                        : "not connected";
    const char *role = member->role == LAB_ISSUER ? "issuer" : "wallet";
    int party = runner_party_of(runner, place);
    struct doc *reply = NULL;
    if (party < 0) {
        strbuf_format(screen, "%-14.14s %-7s %-5s %-13s external: %s messages in, %s out\n",
                      member->name, role, text_of(peer, "port"), state, text_of(peer, "in"),
                      text_of(peer, "out"));
        return RESULT_OK;
    }
    TRY(runner_ask(runner, (unsigned)party, "{\"do\":\"status\"}", &reply, fault));
    add_row(screen, member->name, role, text_of(peer, "port"), state, doc_root(reply));
    doc_free(reply);
    return RESULT_OK;
}

static void add_recent(struct strbuf *screen, struct node *status)
{
    struct node *recent = node_find(status, "recent");
    size_t skip = recent != NULL && recent->len > RECENT_SHOWN ? recent->len - RECENT_SHOWN : 0;
    strbuf_text(screen, "\nlast messages at the switch:\n");
    for (struct node *line = recent != NULL ? recent->child : NULL; line != NULL; line = line->next)
        if (skip > 0)
            skip--;
        else
            strbuf_format(screen, "  %s\n", line->text);
}

static enum result fill(struct runner *runner, const char *data, struct strbuf *screen,
                        struct fault *fault)
{
    const struct lab *lab = runner_lab(runner);
    struct doc *reply = NULL;
    strbuf_clear(screen);
    strbuf_format(screen, "%s: %s/lab.yaml, logs %s/NAME/log. Ctrl-C stops.\n\n", lab->name, data,
                  data);
    strbuf_format(screen, "%-14s %-7s %-5s %-13s %8s %6s\n", "PARTY", "ROLE", "PORT", "LINK",
                  "DATE", "MSGS");
    TRY(runner_ask(runner, 0, "{\"do\":\"status\"}", &reply, fault));
    struct node *status = doc_root(reply), *peers = node_find(status, "peers");
    add_row(screen, lab->centre.name, "switch", "", "", status);
    enum result result = RESULT_OK;
    unsigned place = 0;
    for (struct node *peer = peers != NULL ? peers->child : NULL;
         peer != NULL && place < lab->institution_count && result == RESULT_OK; peer = peer->next)
        result = add_member(runner, screen, peer, place++, fault);
    if (result == RESULT_OK)
        add_recent(screen, status);
    doc_free(reply);
    return result;
}

/* Only what the terminal has room for: a line that wraps, or one too many, would scroll the rest
 * away. Of the rows the first and, with the newest messages, the last matter. */
static void paint(const struct strbuf *screen, const struct winsize *size)
{
    size_t rows = 0, row = 0;
    for (size_t i = 0; i < screen->len; i++)
        rows += screen->text[i] == '\n';
    size_t surplus = size->ws_row > 1 && rows >= size->ws_row ? rows - size->ws_row + 1 : 0;
    size_t recent = rows > RECENT_SHOWN ? rows - RECENT_SHOWN : 0;
    printf("\033[H\033[2J");
    for (const char *at = screen->text, *end = at + screen->len; at < end; row++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t columns = 0;
        if (row < recent || row >= recent + surplus) {
            for (const char *c = at; c < stop; c++) {
                columns += ((unsigned char)*c & 0xC0) != 0x80; /* a character, not a byte */
                if (columns <= size->ws_col || size->ws_col == 0)
                    putchar(*c);
            }
            putchar('\n');
        }
        at = stop + 1;
    }
}

static enum result watch(struct runner *runner, bool once, const char *data, struct fault *fault)
{
    bool is_terminal = isatty(STDOUT_FILENO) == 1 && !once;
    struct strbuf screen;
    enum result result;
    strbuf_init(&screen, SCREEN_MAX);
    do {
        struct winsize size = {.ws_row = 0};
        result = fill(runner, data, &screen, fault);
        if (result == RESULT_OK && is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
            paint(&screen, &size);
        else if (result == RESULT_OK)
            fwrite(screen.text, 1, screen.len, stdout);
        fflush(stdout);
    } while (result == RESULT_OK && !once &&
             !runner_pause(runner, is_terminal ? REFRESH_MS : 10 * REFRESH_MS));
    strbuf_deinit(&screen);
    return result;
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
