/* cardlab load: a lab under load, and whether every book is right afterwards. */
#include "books.h"
#include "command.h"
#include "load_plot.h"
#include "load_report.h"
#include "out_folder.h"
#include "player.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    OPTION_RATE = 1,
    OPTION_MAX,
    OPTION_WINDOW,
    OPTION_DURATION,
    OPTION_MIX,
    OPTION_OUT,
    OPTION_SEED,
    OPTION_PLOT,
    OPTION_JSON
};
enum { RATE_MAX = 1000000, DURATION_MAX_S = 86400, WINDOW_MAX = CROWD_OPEN_MAX };

static const struct command command = {
    .name = "load",
    .arguments = "[LAB.yaml]",
    .summary = "Offers a lab (default: load) requests at a rate, or as many as it carries, and\n"
               "tells latencies and what each party's process spent.",
    .details =
        "Every party is a process of its own, every message bears its MAC and every step is\n"
        "durable, as in the demo. Customers arrive at their own times, whether answers come or\n"
        "not, and are timed from then on until the answer is durable at the wallet. At the end\n"
        "the day is cut, reconciled and audited: a wrong answer, however fast, exits 1.",
    .options =
        (const struct command_option[]){
            {OPTION_RATE, "rate", "R", "requests a second, of all wallets together (default 100)"},
            {OPTION_MAX, "max", NULL, "no rate: a window of requests, each answer begins the next"},
            {OPTION_WINDOW, "window", "W", "of each wallet, with --max (default 256)"},
            {OPTION_DURATION, "duration", "S", "seconds (default 10)"},
            {OPTION_MIX, "mix", "FILE", "what is asked (default: claims; hot-packet, new-year)"},
            {OPTION_OUT, "out", "DIR", "where everything is written (default ./cardlab-load)"},
            {OPTION_SEED, "seed", "S", "of all that is drawn (default 1)"},
            {OPTION_PLOT, "plot", "FILE", "also a picture of the latencies (SVG)"},
            {OPTION_JSON, "json", NULL, "one JSON object instead of tables"},
            {0, NULL, NULL, NULL},
        },
};

static const struct out_kind load_folder = {"load", ".cardlab-load"};

struct job {
    const char *lab_name, *mix_name, *out, *plot;
    int64_t rate, window, duration_s, seed;
    bool is_max, as_json;
    char mix_path[COMMAND_PATH_MAX];
    struct load_plan plan;
    struct lab *lab; /* ours, for reading; the runner has its own */
    struct runner *runner;
    struct books *books;
    struct load_figures *figures;
    FILE *picture; /* NULL: none, or not open yet */
    int mark;      /* of the folder, locked; -1: not ours yet */
};

static void say(const struct job *job, const char *text)
{
    if (!job->as_json)
        printf("%s\n", text);
    fflush(stdout);
}

/* The day of the load ends, so that it can be cut. */
static enum result close_day(struct job *job, struct fault *fault)
{
    say(job, "cutting, reconciling, auditing");
    TRY(player_cutover(job->runner, job->lab->calendar[1], fault));
    TRY(books_close_day(job->books, job->runner, job->lab->calendar[0], fault));
    return books_check(job->books, job->runner, fault);
}

/* "./run/x" is "run/x" */
static const char *skip_here(const char *path)
{
    while (strncmp(path, "./", 2) == 0)
        for (path += 2; *path == '/'; path++)
            ;
    return path;
}

/* The picture stands in the run's folder, which is made, or emptied, first. */
static bool is_inside_out(const struct job *job)
{
    if (job->plot == NULL)
        return false;
    const char *out = skip_here(job->out), *plot = skip_here(job->plot);
    size_t len = strlen(out);
    while (len > 1 && out[len - 1] == '/')
        len--;
    return strncmp(plot, out, len) == 0 && plot[len] == '/';
}

static enum result open_picture(struct job *job, struct fault *fault)
{
    return job->plot != NULL ? load_plot_open(job->plot, &job->picture, fault) : RESULT_OK;
}

static enum result run(struct job *job, struct fault *fault)
{
    char path[COMMAND_PATH_MAX];
    struct lab *lab = NULL;
    struct mix mix;
    command_spec_path("loads", job->mix_name, job->mix_path);
    TRY(mix_load(job->mix_path, &mix, fault)); /* before anything is started */
    command_spec_path("labs", job->lab_name, path);
    TRY(lab_load(path, &job->lab, fault));
    if (job->lab->calendar_count < 2)
        return fault_set(fault, RESULT_INPUT,
                         "the lab's calendar needs a second date, so that the first can end");
    bool is_inside = is_inside_out(job);
    if (!is_inside)
        TRY(open_picture(job, fault));
    TRY(out_folder_take(&load_folder, job->out, &job->mark, fault));
    if (is_inside)
        TRY(open_picture(job, fault));
    TRY(books_open(job->lab, job->out, &job->books, fault));
    TRY(lab_load(path, &lab, fault));
    say(job, "starting the lab, freezing a stock of packets");
    TRY(runner_open(lab, job->out, &job->runner, fault));
    job->plan = (struct load_plan){
        .mix = job->mix_path,
        .rate_per_s = job->is_max ? 0 : (double)job->rate,
        .window = (unsigned)job->window,
        .duration_ms = (uint64_t)job->duration_s * 1000,
        .seed = job->seed,
        .is_live = !job->as_json && isatty(STDERR_FILENO),
    };
    job->figures = calloc(1, sizeof *job->figures);
    if (job->figures == NULL)
        return fault_set(fault, RESULT_LIMIT, "no memory");
    TRY(load_run(job->runner, &job->plan, job->figures, fault));
    return close_day(job, fault);
}

/* The exit code: with a wrong answer that of a wrong answer, whatever else happened. */
static int tell(struct job *job, struct fault *fault)
{
    (job->as_json ? load_report_json : load_report_text)(&job->plan, job->figures, job->runner,
                                                         job->books, stdout);
    FILE *picture = job->picture;
    job->picture = NULL;
    bool is_drawn = picture == NULL || load_plot_write(&job->plan, job->figures, job->plot, picture,
                                                       fault) == RESULT_OK;
    int failed = is_drawn ? COMMAND_GOOD : command_fail(&command, fault);
    if (!books_are_reconciled(job->books) || books_violations(job->books) > 0)
        return COMMAND_NO;
    return failed != COMMAND_GOOD         ? failed
           : job->figures->is_interrupted ? COMMAND_INTERRUPTED
                                          : COMMAND_GOOD;
}

static int read_options(int argc, char **argv, struct job *job)
{
    const char *value;
    int first, id;
    bool good = true;
    while (good && (id = command_next(&command, argc, argv, &value, &first)) > 0) {
        if (id == OPTION_RATE)
            good = command_number(&command, "rate", value, 1, RATE_MAX, &job->rate);
        else if (id == OPTION_WINDOW)
            good = command_number(&command, "window", value, 1, WINDOW_MAX, &job->window);
        else if (id == OPTION_DURATION)
            good = command_number(&command, "duration", value, 1, DURATION_MAX_S, &job->duration_s);
        else if (id == OPTION_SEED)
            good = command_number(&command, "seed", value, 0, INT64_MAX, &job->seed);
        else if (id == OPTION_MIX)
            job->mix_name = value;
        else if (id == OPTION_OUT)
            job->out = value;
        else if (id == OPTION_PLOT)
            job->plot = value;
        else if (id == OPTION_MAX)
            job->is_max = true;
        else
            job->as_json = true;
    }
    if (!good)
        return COMMAND_CANNOT;
    if (id == COMMAND_DONE)
        return first;
    if (argc > first)
        job->lab_name = argv[first++];
    if (job->is_max && job->rate > 0)
        return command_usage(&command, "--rate and --max exclude each other");
    if (!job->is_max && job->rate == 0)
        job->rate = 100;
    return argc == first ? COMMAND_DONE : command_usage(&command, "expected at most one lab");
}

int cmd_load(int argc, char **argv)
{
    struct job job = {.lab_name = "load",
                      .mix_name = "claims",
                      .out = "cardlab-load",
                      .window = 256,
                      .duration_s = 10,
                      .seed = 1,
                      .mark = -1};
    struct fault fault = {RESULT_OK, ""};
    int ended = read_options(argc, argv, &job);
    if (ended != COMMAND_DONE)
        return ended;
    enum result result = run(&job, &fault);
    bool interrupted = job.runner != NULL && runner_is_interrupted(job.runner);
    if (result == RESULT_OK)
        ended = tell(&job, &fault);
    else {
        ended = command_fail(&command, &fault);
        ended = interrupted ? COMMAND_INTERRUPTED : ended;
    }
    if (job.picture != NULL)
        fclose(job.picture);
    runner_close(job.runner);
    books_close(job.books);
    lab_free(job.lab);
    free(job.figures);
    if (job.mark >= 0)
        close(job.mark);
    return ended;
}
