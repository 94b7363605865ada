/* cardlab bench store: red-packet steps through the store port at several batch sizes, beside raw
 * LMDB commits of the same bytes in the same run; with --layouts, raw LMDB alone, with the records
 * laid out in several ways. All sides take turns, so that a busy machine disturbs them alike. */
#include "bench_store.h"

#include "base/json.h"
#include "bench.h"
#include "bench_process.h"
#include "store/store_lmdb.h"

#include <semaphore.h>
#include <stdlib.h>

enum {
    TURNS = 4, /* of each side at each batch size */
    SECONDS_DEFAULT = 2,
    SWEEPS_BEFORE = 2, /* of the store's table, before it is measured */
    SECONDS_MAX = 60,
    LAYOUT_BATCH = 64,
    LAYOUTS_MAX = 8,
    JSON_MAX = 16 * 1024,
    MIB = 1024 * 1024,
    WAITS_MAX = 1 << 18, /* of one batch size; later ones are not measured */
};
static const double SECONDS_BEFORE = 0.25;             /* between two looks at it */
static const uint64_t STORE_SIZE = (uint64_t)64 << 30; /* addresses, not disk */
static const unsigned batches[] = {1, 16, 64, 256, 1024};
enum { BATCHES = sizeof batches / sizeof batches[0] };

/* --- through the port ------------------------------------------------------------------------- */

struct port {
    struct bench_work work;
    struct store *store;
    sem_t woken;
    bool is_ending; /* done submits no more */
    unsigned waits; /* how many were measured, and how long they were */
    double wait_s[WAITS_MAX];
    struct bench_claim claims[2 * BENCH_BATCH_MAX];
};

static void apply_claim(struct store_step *step, struct store_tx *tx)
{
    const struct bench_claim *claim = (const struct bench_claim *)step;
    uint8_t record[BENCH_LOG_LEN];
    memset(record, 'l', sizeof record);
    memcpy(record, &claim->transaction, sizeof claim->transaction);
    for (unsigned i = 0; i < BENCH_RECORDS; i++) {
        struct bytes value;
        uint8_t changed[BENCH_VALUE_LEN] = {0};
        if (store_tx_get(tx, i, &value) && value.len == sizeof changed)
            memcpy(changed, value.data, value.len);
        changed[claim->transaction % BENCH_VALUE_LEN]++;
        store_tx_put(tx, i, changed, sizeof changed);
    }
    store_tx_log(tx, BENCH_DATE, record, sizeof record);
}

static void submit_claim(struct port *port, struct bench_claim *claim)
{
    struct store_key keys[BENCH_RECORDS];
    bench_claim_keys(claim, keys);
    claim->step.key_count = 0;
    for (size_t i = 0; i < BENCH_RECORDS; i++)
        store_step_key(&claim->step, keys[i]);
    claim->submitted = bench_seconds_now();
    store_submit(port->store, &claim->step);
}

static void done_claim(struct store_step *step, void *context)
{
    struct port *port = context;
    struct bench_claim *claim = (struct bench_claim *)step;
    if (port->waits < WAITS_MAX)
        port->wait_s[port->waits++] = bench_seconds_now() - claim->submitted;
    if (port->is_ending)
        return;
    bench_work_next(&port->work, claim);
    submit_claim(port, claim);
}

static void wake(void *context)
{
    sem_post(context);
}

/* Two batches are in flight, one in the commit and one gathering behind it. */
static enum result port_turn(struct port *port, unsigned batch, double seconds,
                             struct bench_sum *sum, struct fault *fault)
{
    struct store_stats before = store_stats(port->store);
    struct bench_spent start = bench_spent_now();
    enum result result = RESULT_OK;
    port->is_ending = false;
    for (unsigned i = 0; i < 2 * batch; i++) {
        bench_work_next(&port->work, &port->claims[i]);
        submit_claim(port, &port->claims[i]);
    }
    while (result == RESULT_OK && bench_seconds_now() - start.seconds < seconds) {
        while (sem_wait(&port->woken) != 0)
            ;
        result = store_poll(port->store, fault);
    }
    port->is_ending = true;
    if (result == RESULT_OK)
        result = store_drain(port->store, fault);
    struct store_stats after = store_stats(port->store);
    bench_sum_add(sum, after.steps - before.steps, after.commits - before.commits, start);
    return result;
}

static enum result port_fill(struct port *port, const char *folder, struct fault *fault)
{
    bench_work_init(&port->work);
    sem_init(&port->woken, 0, 0);
    for (size_t i = 0; i < 2 * (size_t)BENCH_BATCH_MAX; i++)
        port->claims[i].step =
            (struct store_step){.apply = apply_claim, .done = done_claim, .context = port};
    TRY(store_open_lmdb(folder, STORE_READ_WRITE, STORE_SIZE, &port->store, fault));
    store_set_wake(port->store, wake, &port->woken);
    port->is_ending = true;
    for (size_t slot = 0; slot < BENCH_WINDOW; slot++) {
        struct bench_claim *claim = &port->claims[slot % BENCH_BATCH_MAX];
        bench_work_fill(&port->work, claim, slot);
        submit_claim(port, claim);
        if ((slot + 1) % BENCH_BATCH_MAX == 0 || slot + 1 == BENCH_WINDOW)
            TRY(store_drain(port->store, fault));
    }
    for (size_t i = 0; i < 2 * (size_t)BENCH_BATCH_MAX; i++)
        bench_work_first(&port->work, &port->claims[i]);
    /* What is measured is a store whose tables follow at the pace at which it is written. */
    uint64_t settled = store_lmdb_lag(port->store).sweeps + SWEEPS_BEFORE;
    struct bench_sum ignored = {0};
    while (store_lmdb_lag(port->store).sweeps < settled)
        TRY(port_turn(port, BENCH_BATCH_MAX, SECONDS_BEFORE, &ignored, fault));
    return RESULT_OK;
}

static int compare_waits(const void *a, const void *b)
{
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

/* In milliseconds, of the waits since the last call. */
static double port_p99(struct port *port)
{
    unsigned waits = port->waits;
    port->waits = 0;
    qsort(port->wait_s, waits, sizeof port->wait_s[0], compare_waits);
    return waits > 0 ? port->wait_s[waits - 1 - waits / 100] * 1e3 : 0;
}

/* --- port beside raw -------------------------------------------------------------------------- */

struct options {
    bool is_json, has_layouts;
    int64_t seconds; /* of each side at each batch size */
    const char *above;
};

struct bench {
    struct options options;
    char port_folder[COMMAND_PATH_MAX], raw_folder[COMMAND_PATH_MAX];
    struct port port;
    struct bench_raw raw;
    struct bench_sum port_sums[BATCHES], raw_sums[BATCHES];
    double p99_ms[BATCHES];    /* of a step, from submission to completion */
    struct store_lmdb_lag lag; /* at the end */
    double open_ms, close_ms;  /* with all of that redone, and written back */
};

static enum result run_batch(struct bench *bench, size_t index, struct fault *fault)
{
    unsigned batch = batches[index];
    double seconds = (double)bench->options.seconds / TURNS;
    store_lmdb_set_batch_max(bench->port.store, batch);
    bench->port.waits = 0;
    bench_raw_begin(&bench->raw, batch);
    enum result result = RESULT_OK;
    for (unsigned turn = 0; turn < TURNS && result == RESULT_OK; turn++) {
        command_progress("store", index * TURNS + turn, (size_t)BATCHES * TURNS);
        result = bench_raw_turn(&bench->raw, batch, seconds, &bench->raw_sums[index], fault);
        if (result == RESULT_OK)
            result = port_turn(&bench->port, batch, seconds, &bench->port_sums[index], fault);
    }
    bench->p99_ms[index] = port_p99(&bench->port);
    return result;
}

/* As after a crash, and in good order. */
static enum result run_ends(struct bench *bench, struct fault *fault)
{
    struct port *port = &bench->port;
    bench->lag = store_lmdb_lag(port->store);
    store_lmdb_leave_lag(port->store);
    store_close(port->store);
    port->store = NULL;
    double start = bench_seconds_now();
    TRY(store_open_lmdb(bench->port_folder, STORE_READ_WRITE, STORE_SIZE, &port->store, fault));
    bench->open_ms = (bench_seconds_now() - start) * 1e3;
    start = bench_seconds_now();
    store_close(port->store);
    bench->close_ms = (bench_seconds_now() - start) * 1e3;
    port->store = NULL;
    return RESULT_OK;
}

static enum result run_batches(struct bench *bench, struct fault *fault)
{
    TRY(bench_folder_make(bench->options.above, bench->port_folder, fault));
    TRY(bench_folder_make(bench->options.above, bench->raw_folder, fault));
    TRY(port_fill(&bench->port, bench->port_folder, fault));
    TRY(bench_raw_open(&bench->raw, &bench_layouts[0], bench->raw_folder, fault));
    for (size_t i = 0; i < BATCHES; i++)
        TRY(run_batch(bench, i, fault));
    command_progress("store", (size_t)BATCHES * TURNS, (size_t)BATCHES * TURNS);
    return run_ends(bench, fault);
}

static double cpu_us_per_step(const struct bench_sum *sum)
{
    return sum->spent.cpu_us / (double)sum->steps;
}

static double written_per_step(const struct bench_sum *sum)
{
    return sum->spent.written_bytes / (double)sum->steps;
}

static void print_batches(const struct bench *bench)
{
    printf(
        "Steps of %d reads, %d writes of %d bytes and a log record of %d bytes, on %d open\n"
        "packets, through the store; beside them LMDB commits that write the same records.\n\n"
        "                   store                          raw LMDB                  store to raw\n"
        "  batch    steps/s  CPU us  bytes  p99 ms    steps/s  CPU us  bytes    steps/s  CPU\n",
        BENCH_RECORDS, BENCH_RECORDS, BENCH_VALUE_LEN, BENCH_LOG_LEN, BENCH_WINDOW);
    for (size_t i = 0; i < BATCHES; i++) {
        const struct bench_sum *port = &bench->port_sums[i], *raw = &bench->raw_sums[i];
        printf("  %5u  %9.0f  %6.1f  %5.0f  %6.1f  %9.0f  %6.1f  %5.0f  %9.2f  %4.2f\n", batches[i],
               bench_sum_rate(port), cpu_us_per_step(port), written_per_step(port),
               bench->p99_ms[i], bench_sum_rate(raw), cpu_us_per_step(raw), written_per_step(raw),
               bench_sum_rate(port) / bench_sum_rate(raw),
               cpu_us_per_step(port) / cpu_us_per_step(raw));
    }
    printf(
        "\nAt the end %.1f MiB in the overlay, %llu pieces of redo: read back in %.0f ms when the\n"
        "store is opened after a crash, written back in %.0f ms when it is closed.\n",
        (double)bench->lag.bytes / MIB, (unsigned long long)bench->lag.pieces, bench->open_ms,
        bench->close_ms);
}

static void write_batches(struct json *json, const struct bench *bench)
{
    json_key(json, "batches");
    json_open_list(json);
    for (size_t i = 0; i < BATCHES; i++) {
        const struct bench_sum *port = &bench->port_sums[i], *raw = &bench->raw_sums[i];
        json_open_object(json);
        json_member_int(json, "batch", batches[i]);
        json_member_real(json, "steps_per_s", bench_sum_rate(port), 0);
        json_member_real(json, "cpu_us_per_step", cpu_us_per_step(port), 2);
        json_member_real(json, "written_bytes_per_step", written_per_step(port), 0);
        json_member_real(json, "p99_ms", bench->p99_ms[i], 2);
        json_member_real(json, "steps_per_commit", (double)port->steps / (double)port->commits, 1);
        json_member_real(json, "raw_commits_per_s", (double)raw->commits / raw->spent.seconds, 0);
        json_member_real(json, "raw_steps_per_s", bench_sum_rate(raw), 0);
        json_member_real(json, "raw_cpu_us_per_step", cpu_us_per_step(raw), 2);
        json_member_real(json, "raw_written_bytes_per_step", written_per_step(raw), 0);
        json_member_real(json, "ratio", bench_sum_rate(port) / bench_sum_rate(raw), 3);
        json_member_real(json, "cpu_ratio", cpu_us_per_step(port) / cpu_us_per_step(raw), 3);
        json_close_object(json);
    }
    json_close_list(json);
    json_member_int(json, "overlay_bytes", (int64_t)bench->lag.bytes);
    json_member_int(json, "redo_pieces", (int64_t)bench->lag.pieces);
    json_member_real(json, "open_ms", bench->open_ms, 1);
    json_member_real(json, "close_ms", bench->close_ms, 1);
}

/* --- layouts ---------------------------------------------------------------------------------- */

struct layouts {
    char folders[LAYOUTS_MAX][COMMAND_PATH_MAX];
    struct bench_raw raws[LAYOUTS_MAX];
    struct bench_sum sums[LAYOUTS_MAX];
};

static enum result run_layouts(struct layouts *layouts, const struct options *options,
                               struct fault *fault)
{
    MUST(bench_layout_count <= LAYOUTS_MAX);
    for (size_t i = 0; i < bench_layout_count; i++) {
        TRY(bench_folder_make(options->above, layouts->folders[i], fault));
        TRY(bench_raw_open(&layouts->raws[i], &bench_layouts[i], layouts->folders[i], fault));
        bench_raw_begin(&layouts->raws[i], LAYOUT_BATCH);
    }
    for (size_t turn = 0; turn < TURNS; turn++) {
        command_progress("layouts", turn, TURNS);
        for (size_t i = 0; i < bench_layout_count; i++)
            TRY(bench_raw_turn(&layouts->raws[i], LAYOUT_BATCH, (double)options->seconds / TURNS,
                               &layouts->sums[i], fault));
    }
    command_progress("layouts", TURNS, TURNS);
    return RESULT_OK;
}

static void print_layouts(const struct layouts *layouts)
{
    printf("Raw LMDB, %d steps a commit, on %d open packets.\n\n"
           "  layout                        steps/s  CPU us/step  bytes written/step\n",
           LAYOUT_BATCH, BENCH_WINDOW);
    for (size_t i = 0; i < bench_layout_count; i++)
        printf("  %-26s  %9.0f  %11.1f  %18.0f\n", bench_layouts[i].name,
               bench_sum_rate(&layouts->sums[i]), cpu_us_per_step(&layouts->sums[i]),
               written_per_step(&layouts->sums[i]));
}

static void write_layouts(struct json *json, const struct layouts *layouts)
{
    json_member_int(json, "batch", LAYOUT_BATCH);
    json_key(json, "layouts");
    json_open_list(json);
    for (size_t i = 0; i < bench_layout_count; i++) {
        json_open_object(json);
        json_member(json, "layout", bench_layouts[i].name);
        json_member_real(json, "raw_steps_per_s", bench_sum_rate(&layouts->sums[i]), 0);
        json_member_real(json, "raw_cpu_us_per_step", cpu_us_per_step(&layouts->sums[i]), 2);
        json_member_real(json, "written_bytes_per_step", written_per_step(&layouts->sums[i]), 0);
        json_close_object(json);
    }
    json_close_list(json);
}

/* --- the command ------------------------------------------------------------------------------ */

/* One object, whose inside `write` fills from `what`. */
static void print_json(const struct bench *bench, const struct layouts *layouts)
{
    struct strbuf out;
    strbuf_init(&out, JSON_MAX);
    struct json json = json_to(&out);
    json_open_object(&json);
    json_member(&json, "bench", "store");
    json_member_int(&json, "open_packets", BENCH_WINDOW);
    if (bench != NULL)
        write_batches(&json, bench);
    else
        write_layouts(&json, layouts);
    json_close_object(&json);
    printf("%s\n", out.text != NULL ? out.text : "");
    strbuf_deinit(&out);
}

static enum result bench_batches(const struct options *options, struct fault *fault)
{
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL)
        return fault_set(fault, RESULT_IO, "out of memory");
    bench->options = *options;
    enum result result = run_batches(bench, fault);
    if (result == RESULT_OK && options->is_json)
        print_json(bench, NULL);
    else if (result == RESULT_OK)
        print_batches(bench);
    store_close(bench->port.store);
    bench_raw_close(&bench->raw);
    bench_folder_remove(bench->port_folder);
    bench_folder_remove(bench->raw_folder);
    free(bench);
    return result;
}

static enum result bench_all_layouts(const struct options *options, struct fault *fault)
{
    struct layouts *layouts = calloc(1, sizeof *layouts);
    if (layouts == NULL)
        return fault_set(fault, RESULT_IO, "out of memory");
    enum result result = run_layouts(layouts, options, fault);
    if (result == RESULT_OK && options->is_json)
        print_json(NULL, layouts);
    else if (result == RESULT_OK)
        print_layouts(layouts);
    for (size_t i = 0; i < LAYOUTS_MAX; i++) {
        bench_raw_close(&layouts->raws[i]);
        bench_folder_remove(layouts->folders[i]);
    }
    free(layouts);
    return result;
}

int bench_store(int argc, char **argv)
{
    enum { OPTION_JSON = 1, OPTION_SECONDS, OPTION_DIR, OPTION_LAYOUTS };
    static const struct command_option known[] = {
        {OPTION_JSON, "json", NULL, "one object"},
        {OPTION_SECONDS, "seconds", "S", "for each side at each batch size (2)"},
        {OPTION_DIR, "dir", "DIR", "on whose disk to write (.); what is written is removed"},
        {OPTION_LAYOUTS, "layouts", NULL, "raw LMDB alone, its records laid out in several ways"},
        {0, NULL, NULL, NULL},
    };
    static const struct command command = {
        .name = "bench store",
        .arguments = "",
        .summary = "Measures durable steps through the store, beside raw LMDB commits of the same "
                   "bytes.",
        .options = known,
    };
    struct options options = {.seconds = SECONDS_DEFAULT, .above = "."};
    const char *value = NULL;
    int first = 0, id;
    while ((id = command_next(&command, argc, argv, &value, &first)) > 0) {
        options.is_json = options.is_json || id == OPTION_JSON;
        options.has_layouts = options.has_layouts || id == OPTION_LAYOUTS;
        if (id == OPTION_DIR)
            options.above = value;
        if (id == OPTION_SECONDS &&
            !command_number(&command, "seconds", value, 1, SECONDS_MAX, &options.seconds))
            return COMMAND_CANNOT;
    }
    if (id == COMMAND_DONE)
        return first;
    if (argc > first)
        return command_usage(&command, "expected no arguments, got %s", argv[first]);
    struct fault fault = {.text = ""};
    enum result result =
        options.has_layouts ? bench_all_layouts(&options, &fault) : bench_batches(&options, &fault);
    return result == RESULT_OK ? COMMAND_GOOD : command_fail(&command, &fault);
}
