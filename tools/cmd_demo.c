/* cardlab demo: a whole red-packet day, on real processes, ending in files that reconcile. */
#include "books.h"
#include "command.h"
#include "net/loop.h"
#include "out_folder.h"
#include "player.h"
#include "runner.h"
#include "story.h"
#include "volume.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_DAY = 1, OPTION_LAB, OPTION_OUT, OPTION_VOLUME, OPTION_SEED, OPTION_JSON };
enum { VOLUME_MAX = 1000000 };

static const struct command command = {
    .name = "demo",
    .arguments = "",
    .summary = "Plays a red-packet day between three banks, two wallets and a switch.",
    .details =
        "Six processes on loopback, a MAC on every message, every step durable. At each day's\n"
        "end the clearing files are cut and reconciled with every party's own book; at the\n"
        "end what must always hold is checked. Exit 0 only when all of it holds.",
    .options =
        (const struct command_option[]){
            {OPTION_DAY, "day", "FILE", "the story to play (default: new-year)"},
            {OPTION_LAB, "lab", "FILE", "the lab to play it in (default: demo)"},
            {OPTION_OUT, "out", "DIR", "where everything is written (default ./cardlab-demo)"},
            {OPTION_VOLUME, "volume", "N", "as many generated packets besides"},
            {OPTION_SEED, "seed", "S", "of all that is drawn (default 1)"},
            {OPTION_JSON, "json", NULL, "one JSON object instead of the story"},
            {0, NULL, NULL, NULL},
        },
};

static const struct out_kind demo_folder = {"demo", ".cardlab-demo"};

struct demo {
    const char *day_name, *lab_name, *out;
    int64_t volume, seed;
    bool json;
    struct lab *lab; /* ours, for reading; the runner has its own */
    struct day *day;
    struct runner *runner;
    struct player *player;
    struct books *books;
    struct story *story;
    size_t generated;
    uint64_t started_us;
    int mark; /* of the folder, locked; -1: not ours yet */
};

/* --- the days --------------------------------------------------------------------------------- */

static void say(const struct demo *demo, const char *text, uint32_t date)
{
    if (!demo->json)
        printf("%s %08u\n", text, date);
    fflush(stdout);
}

/* Half of the generated packets before the first cutover, the rest after it. */
static enum result between(void *context, uint32_t date, struct fault *fault)
{
    struct demo *demo = context;
    size_t left = (size_t)demo->volume - demo->generated;
    bool is_first = demo->generated == 0 && left > 1;
    size_t count = is_first ? left / 2 : left;
    if (count == 0)
        return RESULT_OK;
    say(demo, "generated packets on", date);
    TRY(volume_run(demo->runner, (uint64_t)demo->seed, demo->generated, count, fault));
    demo->generated += count;
    return RESULT_OK;
}

static enum result day_over(void *context, uint32_t date, struct fault *fault)
{
    struct demo *demo = context;
    say(demo, "cutting and reconciling", date);
    return books_close_day(demo->books, demo->runner, date, fault);
}

static uint32_t next_date(const struct lab *lab, uint32_t date)
{
    for (size_t i = 0; i < lab->calendar_count; i++)
        if (lab->calendar[i] > date)
            return lab->calendar[i];
    return 0;
}

/* The day's last date has to end as well, so that it can be cut. */
static enum result check_calendar(const struct demo *demo, struct fault *fault)
{
    uint32_t last = demo->lab->calendar[0];
    for (size_t i = 0; i < demo->day->step_count; i++)
        if (demo->day->steps[i].kind == DAY_CUTOVER)
            last = demo->day->steps[i].cutover.date;
    if (next_date(demo->lab, last) == 0)
        return fault_set(fault, RESULT_INPUT,
                         "the lab's calendar needs a date after %08u, so that the last day can end",
                         last);
    return RESULT_OK;
}

/* The last day ends too: the next date of the calendar begins, and nothing happens on it. */
static enum result end_last_day(struct demo *demo, struct fault *fault)
{
    uint32_t over = player_date(demo->player);
    TRY(player_cutover(demo->runner, next_date(demo->lab, over), fault));
    return day_over(demo, over, fault);
}

static enum result play(struct demo *demo, struct fault *fault)
{
    char path[COMMAND_PATH_MAX];
    struct lab *lab = NULL;
    command_spec_path("labs", demo->lab_name, path);
    TRY(lab_load(path, &demo->lab, fault));
    TRY(lab_load(path, &lab, fault));
    command_spec_path("days", demo->day_name, path);
    enum result result = day_load(path, demo->lab, &demo->day, fault);
    if (result == RESULT_OK)
        result = out_folder_take(&demo_folder, demo->out, &demo->mark, fault);
    if (result != RESULT_OK) {
        lab_free(lab);
        return result;
    }
    TRY(check_calendar(demo, fault));
    TRY(books_open(demo->lab, demo->out, &demo->books, fault));
    say(demo, "starting 1 switch and its members, business date", demo->lab->calendar[0]);
    TRY(runner_open(lab, demo->out, &demo->runner, fault));
    TRY(player_open(demo->runner, demo->day, (uint64_t)demo->seed, &demo->player, fault));
    TRY(player_run(demo->player, between, day_over, demo, fault));
    TRY(end_last_day(demo, fault));
    TRY(books_check(demo->books, demo->runner, fault));
    return story_open(demo->lab, demo->day, demo->player, books_switch_store(demo->books),
                      &demo->story, fault);
}

/* --- telling ---------------------------------------------------------------------------------- */

static bool is_good(const struct demo *demo)
{
    return books_are_reconciled(demo->books) && books_violations(demo->books) == 0 &&
           story_surprises(demo->story) == 0;
}

static void print_json(const struct demo *demo)
{
    struct strbuf text;
    strbuf_init(&text, 1 << 20);
    struct json json = json_to(&text);
    json_open_object(&json);
    books_json(demo->books, &json);
    json_key(&json, "violations");
    json_open_list(&json);
    char line[BOOKS_LINE_MAX];
    for (size_t i = 0; i < books_violations(demo->books); i++) {
        books_violation_at(demo->books, i, line, sizeof line);
        json_text(&json, line);
    }
    for (size_t i = 0; i < story_surprises(demo->story); i++) {
        story_surprise_at(demo->story, i, line, sizeof line);
        json_text(&json, line);
    }
    json_close_list(&json);
    json_member(&json, "out", demo->out);
    json_close_object(&json);
    printf("%s\n", text.text);
    strbuf_deinit(&text);
}

static void print_surprises(const struct demo *demo)
{
    char line[BOOKS_LINE_MAX];
    if (story_surprises(demo->story) > 0)
        printf("\nNot as the day file expects\n");
    for (size_t i = 0; i < story_surprises(demo->story); i++) {
        story_surprise_at(demo->story, i, line, sizeof line);
        printf("  %s\n", line);
    }
}

static void print_hints(const struct demo *demo)
{
    const char *program = command_program;
    printf("\nEverything is in %s: lab.yaml, a folder a party (log, store), and\n"
           "clearing/DATE/PARTY (files, report.html). Try next:\n",
           demo->out);
    printf("  %s log %s/switch --packet %08u-1   every step of the first packet\n", program,
           demo->out, demo->lab->calendar[0]);
    printf("  %s log %s/switch --refused   what was refused, and why\n", program, demo->out);
    printf("  %s verify %s/clearing/%08u   the day's files against their manifests\n", program,
           demo->out, demo->lab->calendar[0]);
    printf("  %s demo --volume 2000   the same evening with a crowd\n", program);
    printf("  %s up   the lab, live\n", program);
}

static void print_story(const struct demo *demo)
{
    bool colour = command_has_colour(stdout);
    double seconds = (double)(loop_now().mono_us - demo->started_us) / 1e6;
    printf("\n");
    story_print(demo->story, stdout, colour);
    books_print(demo->books, stdout, colour);
    print_surprises(demo);
    print_hints(demo);
    printf("\n%s%s%s in %.1f s.\n", colour ? (is_good(demo) ? "\033[1;32m" : "\033[1;31m") : "",
           is_good(demo) ? "Not a cent lost or made: every book reconciles and every rule holds"
                         : "Something does not hold: see above",
           colour ? "\033[0m" : "", seconds);
}

static int read_options(int argc, char **argv, struct demo *demo)
{
    const char *value;
    int first, id;
    while ((id = command_next(&command, argc, argv, &value, &first)) > 0) {
        if (id == OPTION_DAY)
            demo->day_name = value;
        else if (id == OPTION_LAB)
            demo->lab_name = value;
        else if (id == OPTION_OUT)
            demo->out = value;
        else if (id == OPTION_JSON)
            demo->json = true;
        else if (!command_number(&command, id == OPTION_VOLUME ? "volume" : "seed", value, 0,
                                 id == OPTION_VOLUME ? VOLUME_MAX : INT64_MAX,
                                 id == OPTION_VOLUME ? &demo->volume : &demo->seed))
            return COMMAND_CANNOT;
    }
    if (id == COMMAND_DONE)
        return first;
    return argc == first ? COMMAND_DONE : command_usage(&command, "expected no arguments");
}

int cmd_demo(int argc, char **argv)
{
    struct demo demo = {
        .day_name = "new-year", .lab_name = "demo", .out = "cardlab-demo", .seed = 1, .mark = -1};
    struct fault fault = {RESULT_OK, ""};
    int ended = read_options(argc, argv, &demo);
    if (ended != COMMAND_DONE)
        return ended;
    demo.started_us = loop_now().mono_us;
    enum result result = play(&demo, &fault);
    bool interrupted = demo.runner != NULL && runner_is_interrupted(demo.runner);
    runner_close(demo.runner);
    if (result == RESULT_OK) {
        if (demo.json)
            print_json(&demo);
        else
            print_story(&demo);
        ended = is_good(&demo) ? COMMAND_GOOD : COMMAND_NO;
    } else {
        ended = command_fail(&command, &fault);
        ended = interrupted ? COMMAND_INTERRUPTED : ended;
    }
    story_close(demo.story);
    books_close(demo.books);
    player_close(demo.player);
    day_free(demo.day);
    lab_free(demo.lab);
    if (demo.mark >= 0)
        close(demo.mark);
    return ended;
}
