/* cardlab bench packets: what so many open packets cost a switch: bytes on disk, the log not
 * counted, time to its start, and memory. Each packet has the records that a freeze leaves, made by
 * the functions that the switch makes them with; the switch that is started is this program. */
#include "bench_clearing.h"

#include "base/date.h"
#include "base/json.h"
#include "bench.h"
#include "party/duplicate.h"
#include "redpacket/freeze.h"
#include "redpacket/journal.h"

#include <errno.h>
#include <lmdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    ROOM = 8192, /* packets in memory: eight commits */
    WALLETS = 2,
    RECORDS = 3,             /* of a packet: its freeze, its key, since when it is FROZEN */
    PACKETS_A_SECOND = 1000, /* of the day's clock */
    NAME_MAX_LEN = 64,
    PATH_LEN_MAX = COMMAND_PATH_MAX + NAME_MAX_LEN,
    START_MAX_S = 60,
    LOOK_NS = 1000 * 1000,
};

static const int64_t PACKETS_DEFAULT = 100000, PACKETS_MAX = 100000000;
static const uint64_t STORE_SIZE_MAX = (uint64_t)256 << 30;        /* addresses, not disk */
static const int64_t DAY_BEGIN_US = INT64_C(1798675200) * 1000000; /* 2026-12-31 00:00 UTC */

struct options {
    int64_t packets;
    const char *above;
    bool is_json;
};

struct slot {
    struct store_step step;
    struct operation freeze;
    int64_t wall_us;
};

struct bench {
    struct options options;
    char folder[COMMAND_PATH_MAX];
    double record_bytes, key_bytes; /* of a packet, without LMDB's own */
    double page_bytes;              /* of a packet: pages of the records' table */
    double start_ms, empty_ms;      /* with the packets, and with none */
    double memory_mib;
};

/* --- the packets ------------------------------------------------------------------------------ */

static struct operation freeze_of(uint64_t number, int64_t wall_us)
{
    uint64_t wallet = bench_day_institution(BENCH_ISSUERS + (unsigned)(number % WALLETS));
    struct operation op = {
        .kind = OPERATION_FREEZE,
        .card = {.len = 16},
        .amount_minor = 100 + (int64_t)(number % 20000),
        .transmission = date_de7(wall_us),
        .stan = (uint32_t)(number % 999999 + 1),
        .local_time = date_time_of_wall(wall_us),
        .local_date = BENCH_DAY % 10000,
        .merchant_type = 4829,
        .entry_mode = 12,
        .acquirer = {wallet, INSTITUTION_LEN_MAX},
        .forwarder = {wallet, INSTITUTION_LEN_MAX},
        .reference = {.date = BENCH_DAY,
                      .sequence = number / WALLETS + 1,
                      .wallet = wallet,
                      .shares = 8},
    };
    digits_format(UINT64_C(9999011000000000) + number % 100000, op.card.digits, 16);
    op.sender = op.card;
    digits_format(number, op.rrn, sizeof op.rrn);
    memcpy(op.terminal, "WALLET01", sizeof op.terminal);
    memcpy(op.merchant, "WALLET SERVICE ", sizeof op.merchant);
    memcpy(op.currency, "156", sizeof op.currency);
    return op;
}

enum { KEY_DUPLICATE, KEY_FREEZE, KEY_TIME };

static void apply_packet(struct store_step *step, struct store_tx *tx)
{
    const struct slot *slot = (const struct slot *)step;
    struct freeze freeze;
    struct duplicate known = {
        .state = DUPLICATE_ANSWERED,
        .wall_us = slot->wall_us,
        .freeze = slot->freeze.reference,
        .answer = {.code = CODE_APPROVED, .settlement = BENCH_DAY % 10000},
    };
    uint8_t key[DUPLICATE_RECORD_LEN], record[FREEZE_RECORD_MAX];
    struct writer w = writer_to(key, sizeof key);
    memcpy(known.answer.authorisation, "000042", sizeof known.answer.authorisation);
    memset(known.digest, (int)slot->freeze.stan, sizeof known.digest);
    duplicate_encode(&w, &known);
    freeze_begin(&freeze, &slot->freeze, bench_day_institution(0), BENCH_DAY, 1);
    MUST(freeze_move(&freeze, FREEZE_FREEZING, FREEZE_FROZEN));
    store_tx_put(tx, KEY_DUPLICATE, key, w.len);
    store_tx_put(tx, KEY_FREEZE, record, freeze_encode(&freeze, record));
    store_tx_put(tx, KEY_TIME, "", 0);
    struct journal_entry entry;
    journal_begin(&entry, JOURNAL_FREEZE, &slot->freeze, slot->wall_us);
    entry.from = FREEZE_FREEZING;
    entry.to = FREEZE_FROZEN;
    entry.settlement_date = BENCH_DAY;
    journal_write(tx, &entry);
}

static void done_packet(struct store_step *step, void *context)
{
    (void)step;
    (void)context;
}

static void fill_slot(struct slot *slot, uint64_t number)
{
    slot->wall_us = DAY_BEGIN_US + (int64_t)(number / PACKETS_A_SECOND) * 1000000;
    slot->freeze = freeze_of(number, slot->wall_us);
    slot->step = (struct store_step){.apply = apply_packet, .done = done_packet};
    struct transaction_key key = operation_key(&slot->freeze);
    uint32_t second = (uint32_t)(slot->wall_us / 1000000);
    MUST(store_step_key(&slot->step, key_of_duplicate(&key)) == KEY_DUPLICATE);
    MUST(store_step_key(&slot->step, key_of_freeze(&slot->freeze.reference, 0)) == KEY_FREEZE);
    MUST(store_step_key(&slot->step, key_of_time(second, &slot->freeze.reference)) == KEY_TIME);
}

static enum result write_packets(struct store *store, uint64_t count, struct fault *fault)
{
    enum result result = RESULT_OK;
    struct slot *slots = calloc(ROOM, sizeof *slots);
    if (slots == NULL)
        return fault_set(fault, RESULT_IO, "no memory for packets");
    for (uint64_t at = 0; at < count && result == RESULT_OK; at += ROOM) {
        size_t used = count - at < ROOM ? (size_t)(count - at) : ROOM;
        command_progress("packets", at, count);
        for (size_t i = 0; i < used; i++) {
            fill_slot(&slots[i], at + i);
            store_submit(store, &slots[i].step);
        }
        result = store_drain(store, fault);
    }
    command_progress("packets", count, count);
    free(slots);
    return result;
}

static enum result make_store(const struct bench *bench, const char *name, uint64_t count,
                              struct fault *fault)
{
    char path[PATH_LEN_MAX];
    struct store *store;
    snprintf(path, sizeof path, "%s/%s", bench->folder, name);
    if (mkdir(path, S_IRWXU) != 0)
        return fault_set(fault, RESULT_IO, "%s: %s", path, strerror(errno));
    snprintf(path, sizeof path, "%s/%s/store", bench->folder, name);
    TRY(store_open_lmdb(path, STORE_READ_WRITE, STORE_SIZE_MAX, &store, fault));
    enum result result = write_packets(store, count, fault);
    store_close(store);
    return result;
}

/* --- bytes ------------------------------------------------------------------------------------ */

static bool count_bytes(void *context, struct bytes key, struct bytes value)
{
    struct bench *bench = context;
    bench->key_bytes += (double)key.len;
    bench->record_bytes += (double)value.len;
    return true;
}

static int measure_pages(const char *path, MDB_stat *records)
{
    MDB_env *env = NULL;
    MDB_txn *txn = NULL;
    MDB_dbi table;
    int code = mdb_env_create(&env);
    if (code == 0)
        code = mdb_env_set_maxdbs(env, 8);
    if (code == 0)
        code = mdb_env_open(env, path, MDB_RDONLY, S_IRUSR | S_IWUSR);
    if (code == 0)
        code = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
    if (code == 0)
        code = mdb_dbi_open(txn, "records", 0, &table);
    if (code == 0)
        code = mdb_stat(txn, table, records);
    if (txn != NULL)
        mdb_txn_abort(txn);
    mdb_env_close(env);
    return code;
}

static enum result measure_bytes(struct bench *bench, struct fault *fault)
{
    char path[PATH_LEN_MAX];
    struct store *store;
    MDB_stat records;
    snprintf(path, sizeof path, "%s/packets/store", bench->folder);
    TRY(store_open_lmdb(path, STORE_READ_ONLY, STORE_SIZE_MAX, &store, fault));
    enum result result =
        store_scan(store, bytes_of(NULL, 0), bytes_of(NULL, 0), count_bytes, bench, fault);
    store_close(store);
    if (result != RESULT_OK)
        return result;
    int code = measure_pages(path, &records);
    if (code != 0)
        return fault_set(fault, RESULT_IO, "%s: %s", path, mdb_strerror(code));
    double packets = (double)bench->options.packets;
    size_t pages = records.ms_branch_pages + records.ms_leaf_pages + records.ms_overflow_pages;
    bench->page_bytes = (double)pages * records.ms_psize / packets;
    bench->key_bytes /= packets;
    bench->record_bytes /= packets;
    return RESULT_OK;
}

/* --- the start -------------------------------------------------------------------------------- */

static bool is_listening(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if ((size_t)snprintf(address.sun_path, sizeof address.sun_path, "%s", path) >=
        sizeof address.sun_path)
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool listens = fd >= 0 && connect(fd, (const struct sockaddr *)(const void *)&address,
                                      sizeof address) == 0;
    if (fd >= 0)
        close(fd);
    return listens;
}

/* From the start of the process until its control socket is served: everything is read by then. */
static enum result measure_start(const struct bench *bench, const char *name, double *start_ms,
                                 double *memory_mib, struct fault *fault)
{
    char data[PATH_LEN_MAX], control[PATH_LEN_MAX], out[PATH_LEN_MAX];
    snprintf(data, sizeof data, "%s/%s", bench->folder, name);
    snprintf(control, sizeof control, "%s/%s/control.sock", bench->folder, name);
    snprintf(out, sizeof out, "%s/output", bench->folder);
    const char *const arguments[] = {"switch", "demo", "--data", data, NULL};
    pid_t pid, ended = 0;
    int status = 0;
    double begin = bench_now_s();
    TRY(bench_start(arguments, out, &pid, fault));
    bool is_there = false;
    while (!is_there && ended == 0 && bench_now_s() - begin < START_MAX_S) {
        nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, NULL);
        is_there = is_listening(control);
        ended = waitpid(pid, &status, WNOHANG);
    }
    *start_ms = (bench_now_s() - begin) * 1000;
    *memory_mib = bench_private_mib(pid);
    if (ended == 0) {
        kill(pid, SIGTERM);
        waitpid(pid, &status, 0);
    }
    return is_there
               ? RESULT_OK
               : fault_set(fault, RESULT_IO, "cardlab switch --data %.200s did not start", data);
}

/* --- telling ---------------------------------------------------------------------------------- */

static void print_text(const struct bench *bench)
{
    double payload = bench->key_bytes + bench->record_bytes;
    printf("%lld open packets, %d records each\n", (long long)bench->options.packets, RECORDS);
    printf("  %-44s %10.1f bytes\n", "keys and values of a packet", payload);
    printf("  %-44s %10.1f bytes\n", "pages of the table, for a packet", bench->page_bytes);
    printf("  %-44s %10.2f\n", "ratio", bench->page_bytes / payload);
    printf("  %-44s %10.1f ms\n", "start of the switch", bench->start_ms);
    printf("  %-44s %10.1f ms\n", "start with no packet at all", bench->empty_ms);
    printf("  %-44s %10.1f MiB\n", "private memory then", bench->memory_mib);
}

static void print_json(const struct bench *bench)
{
    struct strbuf text;
    strbuf_init(&text, 1024);
    struct json json = json_to(&text);
    json_open_object(&json);
    json_member_int(&json, "packets", bench->options.packets);
    json_member_real(&json, "key_bytes", bench->key_bytes, 1);
    json_member_real(&json, "record_bytes", bench->record_bytes, 1);
    json_member_real(&json, "page_bytes", bench->page_bytes, 1);
    json_member_real(&json, "page_ratio",
                     bench->page_bytes / (bench->key_bytes + bench->record_bytes), 2);
    json_member_real(&json, "start_ms", bench->start_ms, 1);
    json_member_real(&json, "start_empty_ms", bench->empty_ms, 1);
    json_member_real(&json, "start_rss_anon_mib", bench->memory_mib, 1);
    json_close_object(&json);
    puts(text.text);
    strbuf_deinit(&text);
}

static enum result run(struct bench *bench, struct fault *fault)
{
    double ignored;
    TRY(make_store(bench, "empty", 0, fault));
    TRY(make_store(bench, "packets", (uint64_t)bench->options.packets, fault));
    TRY(measure_bytes(bench, fault));
    TRY(measure_start(bench, "empty", &bench->empty_ms, &ignored, fault));
    TRY(measure_start(bench, "packets", &bench->start_ms, &bench->memory_mib, fault));
    if (bench->options.is_json)
        print_json(bench);
    else
        print_text(bench);
    return RESULT_OK;
}

/* --- the command ------------------------------------------------------------------------------ */

enum { OPTION_PACKETS = 1, OPTION_DIR, OPTION_JSON };

static const struct command command = {
    .name = "bench packets",
    .arguments = "",
    .summary = "What open packets cost a switch: bytes on disk, time to its start, memory.",
    .details = "Counted are the pages of the records, the log not. The start is that of a whole\n"
               "process, until it serves its control socket.",
    .options =
        (const struct command_option[]){
            {OPTION_PACKETS, "packets", "N", "open packets (100000)"},
            {OPTION_DIR, "dir", "DIR", "on whose disk to write (.); what is written is removed"},
            {OPTION_JSON, "json", NULL, "one object"},
            {0, NULL, NULL, NULL},
        },
};

static int take_options(struct options *options, int argc, char **argv)
{
    const char *value;
    int first, id;
    while ((id = command_next(&command, argc, argv, &value, &first)) > 0) {
        if (id == OPTION_DIR)
            options->above = value;
        else if (id == OPTION_JSON)
            options->is_json = true;
        else if (!command_number(&command, "packets", value, 1, PACKETS_MAX, &options->packets))
            return COMMAND_CANNOT;
    }
    if (id == COMMAND_DONE)
        return first;
    if (first < argc)
        return command_usage(&command, "unexpected argument: %s", argv[first]);
    return -1;
}

int bench_packets(int argc, char **argv)
{
    struct fault fault = {RESULT_OK, ""};
    struct bench bench = {.options = {.packets = PACKETS_DEFAULT, .above = "."}};
    int code = take_options(&bench.options, argc, argv);
    if (code >= 0)
        return code;
    enum result result = bench_folder_make(bench.options.above, bench.folder, &fault);
    if (result == RESULT_OK)
        result = run(&bench, &fault);
    bench_folder_remove(bench.folder);
    return result == RESULT_OK ? COMMAND_GOOD : command_fail(&command, &fault);
}
