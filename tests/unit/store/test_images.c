/* Images of the data file as the end of the process or a loss of power could leave them, each
 * opened as a store and compared with what its steps, replayed, must have left.
 *
 * A run of the store is noted by the disk under it (disk.h). For every moment of the run images are
 * made: of the process's end, all writes up to there, the last one also torn; of a loss of power,
 * what was synced and any of the rest, by sector or by page. A child opens them one after the
 * other. An image is good when it opens, holds exactly the commit that was durable at that moment
 * or the one under way, whole, and takes more steps; nothing that was reported is missing.
 *
 *     unit_store_images [--images N] [--seed S] [CASE...]
 *
 * N is how many images of a loss of power are drawn in each case, beside those enumerated. */
#include "disk.h"
#include "fixture.h"
#include "folder.h"

#include "store/store_lmdb.h"

enum {
    SLOTS = 48,
    DATES = 3,
    STEPS_MAX = 2000,
    ROUNDS = 40,      /* of submissions, each of up to */
    ROUND_STEPS = 14, /* steps */
    MORE_STEPS = 6,   /* that an image must still take */
    WRITTEN_BACK = 4, /* one in so many is also brought up when it is closed */
    PADDING_MAX = 3000,
    PIECES_ENUMERATED = 6, /* all 2^n choices among so few pieces */
    SIZE = DISK_IMAGE_MAX,
    LAG = 24 * 1024, /* so that the table is brought up many times */
    FAILING_ROUNDS = 4,
    ROUNDS_AFTER = 2,
    PIECES_AFTER_FAILURE = 4,
    TEXT_MAX = 600,
};

/* What the last run came to before it closed its store. */
static struct {
    uint64_t sweeps;
    bool has_failed; /* in what it needs */
} run;

static unsigned images_drawn = 1500;
static unsigned rooms_failed; /* writes ahead of what is used that failed, which is no fault */
static uint64_t seed = 20261122;
static struct folder folder;

/* --- the steps: step k always does the same ----------------------------------------------------
 */

struct image_step {
    struct store_step step;
    uint64_t number;
};

/* What step `number` does to its three records, and how long they are. */
struct deed {
    unsigned slot[3];
    size_t len[3]; /* of the value, at least 8 */
    bool deletes_third;
    size_t log_len;
    uint32_t date;
};

static struct deed deed_of(uint64_t number)
{
    struct random random = random_seeded(number);
    struct deed deed = {.date = DATE_ONE + (uint32_t)(number / 60 % DATES)};
    unsigned first = (unsigned)random_below(&random, SLOTS);
    for (unsigned i = 0; i < 3; i++) {
        deed.slot[i] = (first + i * 17) % SLOTS;
        deed.len[i] = 8 + (size_t)random_below(&random, i == 0 ? PADDING_MAX : 150);
    }
    deed.deletes_third = random_below(&random, 3) == 0;
    deed.log_len = 8 + (size_t)random_below(&random, random_below(&random, 4) == 0 ? 3000 : 400);
    return deed;
}

static struct bytes fill(uint8_t *data, uint64_t number, unsigned place, size_t len)
{
    struct writer w = writer_to(data, 8);
    write_u64(&w, number);
    for (size_t i = 8; i < len; i++)
        data[i] = (uint8_t)(number * 31 + place * 7 + i);
    return bytes_of(data, len);
}

static struct store_key slot_key(unsigned slot)
{
    struct store_key key = {.len = 2, .data = {'R', (uint8_t)slot}};
    return key;
}

static void apply_deed(struct store_step *step, struct store_tx *tx)
{
    uint64_t number = ((struct image_step *)step)->number;
    struct deed deed = deed_of(number);
    uint8_t data[STORE_LOG_MAX];
    for (unsigned i = 0; i < 3; i++)
        if (i == 2 && deed.deletes_third)
            store_tx_delete(tx, i);
        else
            store_tx_put(tx, i, data, fill(data, number, i, deed.len[i]).len);
    store_tx_log(tx, deed.date, data, fill(data, number, 3, deed.log_len).len);
    disk.applied = number;
}

static void note_done(struct store_step *step, void *context)
{
    (void)context;
    disk_note_ack(((struct image_step *)step)->number);
}

static void submit_deed(struct store *store, struct image_step *step, uint64_t number)
{
    struct deed deed = deed_of(number);
    *step = (struct image_step){.number = number};
    step->step.apply = apply_deed;
    step->step.done = note_done;
    for (unsigned i = 0; i < 3; i++)
        store_step_key(&step->step, slot_key(deed.slot[i]));
    store_submit(store, &step->step);
}

/* Steps after..after + count, made durable together or nearly so. */
static enum result take_steps(struct store *store, uint64_t after, unsigned count,
                              struct fault *fault)
{
    static struct image_step steps[ROUND_STEPS + MORE_STEPS];
    for (unsigned i = 0; i < count; i++)
        submit_deed(store, &steps[i], after + 1 + i);
    return store_drain(store, fault);
}

/* --- what a store must hold ------------------------------------------------------------------- */

struct look {
    uint64_t last;         /* log record */
    uint64_t owner[SLOTS]; /* step that wrote the record; 0: none */
    unsigned place[SLOTS];
    uint64_t date_first[DATES], date_last[DATES];
    unsigned records;
    char *why; /* TEXT_MAX; "" so far */
};

static bool look_wrong(struct look *look, const char *what, uint64_t number)
{
    if (look->why[0] == '\0')
        snprintf(look->why, TEXT_MAX, "%s (%llu; the log ends at %llu)", what,
                 (unsigned long long)number, (unsigned long long)look->last);
    return false;
}

static bool look_at_log(void *context, const struct store_log_record *record)
{
    struct look *look = context;
    uint8_t data[STORE_LOG_MAX];
    uint64_t number = ++look->last;
    if (record->number != number)
        return look_wrong(look, "log number out of order", record->number);
    struct deed deed = deed_of(number);
    for (unsigned i = 0; i < 3; i++) {
        look->owner[deed.slot[i]] = i == 2 && deed.deletes_third ? 0 : number;
        look->place[deed.slot[i]] = i;
    }
    uint32_t date = deed.date - DATE_ONE;
    if (look->date_first[date] == 0)
        look->date_first[date] = number;
    look->date_last[date] = number;
    return (record->settlement_date == deed.date &&
            bytes_equal(record->data, fill(data, number, 3, deed.log_len))) ||
           look_wrong(look, "log record of another step", number);
}

static bool look_at_record(void *context, struct bytes key, struct bytes value)
{
    struct look *look = context;
    uint8_t data[STORE_VALUE_MAX];
    unsigned slot = key.len == 2 ? key.data[1] : SLOTS;
    if (slot >= SLOTS || look->owner[slot] == 0)
        return look_wrong(look, "a record that no step left", slot);
    struct deed deed = deed_of(look->owner[slot]);
    unsigned place = look->place[slot];
    look->records++;
    return bytes_equal(value, fill(data, look->owner[slot], place, deed.len[place])) ||
           look_wrong(look, "a record as another step left it", slot);
}

/* The last log number; what is wrong in `why`. */
static uint64_t look_at(struct store *store, char *why)
{
    struct look look = {.why = why};
    struct fault fault = {0};
    unsigned records = 0;
    if (store_log_scan(store, 0, 0, look_at_log, &look, &fault) != RESULT_OK ||
        store_scan(store, bytes_text(""), bytes_text(""), look_at_record, &look, &fault) !=
            RESULT_OK)
        look_wrong(&look, fault.text, 0);
    for (unsigned slot = 0; slot < SLOTS; slot++)
        records += look.owner[slot] != 0;
    if (why[0] == '\0' && records != look.records)
        look_wrong(&look, "a record is missing", look.records);
    for (uint32_t date = 0; date < DATES; date++) {
        uint64_t first = 0, last = 0;
        if (store_log_range(store, DATE_ONE + date, &first, &last, &fault) != RESULT_OK ||
            first != look.date_first[date] || last != look.date_last[date])
            look_wrong(&look, "the index of a date is another", date);
    }
    return look.last;
}

/* --- one image ---------------------------------------------------------------------------------
 */

/* What the log may end with after the first `moment` events, and what was reported by then. */
struct bounds {
    uint64_t durable, under_way, reported;
    bool has_name, keeps_name;
};

static struct bounds bounds_at(int moment)
{
    struct bounds bounds = {0};
    uint64_t candidate = 0;
    for (int i = 0; i < moment; i++) {
        const struct disk_event *event = &disk.events[i];
        if (event->kind == DISK_WRITE)
            candidate = event->number;
        else if (event->kind == DISK_DSYNC)
            bounds.durable = candidate;
        else if (event->kind == DISK_ACK)
            bounds.reported = event->number;
        bounds.has_name |= event->kind == DISK_NAME;
        bounds.keeps_name |= event->kind == DISK_FOLDER && bounds.has_name;
    }
    bounds.under_way = candidate;
    return bounds;
}

static void write_image(const struct disk_image *image, bool has_name)
{
    char path[FOLDER_PATH_MAX], other[FOLDER_PATH_MAX];
    folder_file(&folder, has_name ? "data.mdb" : "data.new", path);
    unlink(folder_file(&folder, has_name ? "data.new" : "data.mdb", other));
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || syscall(SYS_pwrite64, fd, image->data, image->len, 0) != (long)image->len)
        abort();
    close(fd);
}

static struct store *open_image(enum store_mode mode, char *why)
{
    struct store *store = NULL;
    struct fault fault = {0};
    if (store_open_lmdb(folder.path, mode, SIZE, &store, &fault) == RESULT_OK)
        return store;
    snprintf(why, TEXT_MAX, "does not open: %s", fault.text);
    return NULL;
}

static void check_end(const struct bounds *bounds, uint64_t last, char *why)
{
    if (why[0] == '\0' &&
        (last < bounds->reported || (last != bounds->durable && last != bounds->under_way)))
        snprintf(why, TEXT_MAX,
                 "the log ends at %llu, reported were %llu, durable %llu, under way %llu",
                 (unsigned long long)last, (unsigned long long)bounds->reported,
                 (unsigned long long)bounds->durable, (unsigned long long)bounds->under_way);
}

/* What is wrong with it in `why`, else "". */
static void check_image(const struct disk_image *image, const struct bounds *bounds, bool has_name,
                        char *why)
{
    uint64_t last = 0;
    struct fault fault = {0};
    why[0] = '\0';
    write_image(image, has_name);
    struct store *store = has_name ? open_image(STORE_READ_ONLY, why) : NULL;
    if (store != NULL)
        check_end(bounds, look_at(store, why), why);
    store_close(store);
    store = why[0] == '\0' ? open_image(STORE_READ_WRITE, why) : NULL;
    if (store == NULL)
        return;
    last = look_at(store, why);
    check_end(bounds, last, why);
    if (why[0] == '\0' && take_steps(store, last, MORE_STEPS, &fault) != RESULT_OK)
        snprintf(why, TEXT_MAX, "takes no more steps: %s", fault.text);
    if (why[0] == '\0' && look_at(store, why) != last + MORE_STEPS && why[0] == '\0')
        snprintf(why, TEXT_MAX, "has not taken more steps");
    if (last % WRITTEN_BACK != 0) /* it takes as long as all the rest */
        store_lmdb_leave_lag(store);
    store_close(store);
}

/* --- all images of a run ------------------------------------------------------------------------
 */

/* Shared between the one who counts and the child that looks. */
struct shared {
    unsigned images;
    int moment; /* of the image looked at */
    const char *kind;
    char why[TEXT_MAX];
};

struct maker {
    struct disk_image image;
    struct random random;
    struct shared *shared;
    /* the choice among what was not durable */
    uint64_t bits;       /* of an enumerated one, used up from the lowest */
    unsigned odds;       /* of a drawn one, in 8 */
    unsigned pieces_max; /* enumerated */
};

static void check_made(struct maker *maker, int moment, const char *kind)
{
    struct bounds bounds = bounds_at(moment);
    struct shared *shared = maker->shared;
    shared->moment = moment;
    shared->kind = kind;
    for (int named = 0; named <= 1; named++) {
        if (named == 1 ? !bounds.has_name : bounds.keeps_name)
            continue;
        shared->images++;
        check_image(&maker->image, &bounds, named == 1, shared->why);
        if (shared->why[0] != '\0')
            _exit(1);
    }
}

static bool choose_bit(void *context)
{
    struct maker *maker = context;
    bool bit = (maker->bits & 1) != 0;
    maker->bits >>= 1;
    return bit;
}

static bool choose_drawn(void *context)
{
    struct maker *maker = context;
    return random_below(&maker->random, 8) < maker->odds;
}

/* Only before something becomes durable is the most of it not yet so. */
static bool is_moment_of_loss(int moment)
{
    return moment == disk.count || disk.events[moment].kind == DISK_SYNC ||
           disk.events[moment].kind == DISK_DSYNC || disk.events[moment].kind == DISK_ACK;
}

static void check_ends_at(struct maker *maker, int moment)
{
    const struct disk_event *last = &disk.events[moment > 0 ? moment - 1 : 0];
    if (moment == 0 || last->kind != DISK_WRITE) {
        disk_image_of_end(&maker->image, moment, 0);
        check_made(maker, moment, "end of the process");
        return;
    }
    /* What makes a commit valid also by the word: its number stands last. Others by the page, which
     * the kernel copies as one. */
    bool is_commit = moment < disk.count && disk.events[moment].kind == DISK_DSYNC;
    uint64_t grain = is_commit ? sizeof(uint64_t) : DISK_PAGE;
    for (uint64_t len = grain; len < last->len + grain; len += grain) {
        disk_image_of_end(&maker->image, moment, len < last->len ? len : last->len);
        check_made(maker, moment, "end of the process in a write");
    }
}

static void check_losses_at(struct maker *maker, int moment, unsigned drawn)
{
    static const uint64_t grains[] = {DISK_SECTOR, DISK_PAGE, DISK_CALL};
    for (unsigned i = 0; i < 3; i++) {
        uint64_t grain = grains[i];
        unsigned pieces = disk_floating(moment, grain);
        if (pieces > maker->pieces_max)
            continue;
        for (uint64_t choice = 0; choice < UINT64_C(1) << pieces; choice++) {
            maker->bits = choice;
            disk_image_of_loss(&maker->image, moment, grain, choose_bit, maker);
            check_made(maker, moment, "loss of power, enumerated");
        }
    }
    for (unsigned i = 0; i < drawn; i++) {
        maker->odds = 1 + (unsigned)random_below(&maker->random, 7);
        disk_image_of_loss(&maker->image, moment, grains[random_below(&maker->random, 3)],
                           choose_drawn, maker);
        check_made(maker, moment, "loss of power, drawn");
    }
}

static _Noreturn void check_all(struct shared *shared, unsigned drawn, int first)
{
    struct maker maker = {.random = random_seeded(seed),
                          .shared = shared,
                          .pieces_max = first == 0 ? PIECES_ENUMERATED : PIECES_AFTER_FAILURE};
    unsigned moments = 0;
    maker.image.data = calloc(1, DISK_IMAGE_MAX);
    disk.is_noting = false;
    disk.is_quick = true;
    for (int moment = first; moment <= disk.count; moment++)
        moments += is_moment_of_loss(moment);
    for (int moment = first; moment <= disk.count; moment++) {
        if (moment == first || disk.events[moment - 1].kind == DISK_WRITE)
            check_ends_at(&maker, moment);
        if (is_moment_of_loss(moment))
            check_losses_at(&maker, moment, drawn / moments + 1);
    }
    free(maker.image.data);
    _exit(0);
}

/* Of every moment from `first` on. Returns how many images there were; the first that is not good
 * is told and ends it. */
static unsigned look_at_images(unsigned drawn, int first, bool *are_good)
{
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CU_ASSERT_PTR_NOT_EQUAL_FATAL(shared, MAP_FAILED);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        check_all(shared, drawn, first);
    int status = 0;
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    *are_good = status == 0;
    if (status != 0)
        fprintf(stderr, "image %u, %s, after %d of %d events: %s (status %d)\n", shared->images,
                shared->kind, shared->moment, disk.count,
                shared->why[0] != '\0' ? shared->why : "the process ended", status);
    unsigned images = shared->images;
    munmap(shared, sizeof *shared);
    return images;
}

static unsigned check_images(unsigned drawn, int first)
{
    bool are_good = false;
    unsigned images = look_at_images(drawn, first, &are_good);
    CU_ASSERT_TRUE(are_good);
    return images;
}

/* --- runs ------------------------------------------------------------------------------------- */

/* Opens the store and takes steps until all are done or it fails; what was reported is noted by the
 * disk. Returns how far it came; what fails when the store is closed is nobody's loss. */
static enum result run_store(unsigned rounds, struct fault *fault)
{
    struct store *store = NULL;
    struct random random = random_seeded(seed);
    char why[TEXT_MAX] = "";
    TRY(store_open_lmdb(folder.path, STORE_READ_WRITE, SIZE, &store, fault));
    store_lmdb_set_lag_max(store, LAG);
    uint64_t last = look_at(store, why);
    CU_ASSERT_STRING_EQUAL(why, "");
    disk.applied = last;
    enum result result = RESULT_OK;
    for (unsigned i = 0; i < rounds && result == RESULT_OK; i++) {
        unsigned count = 1 + (unsigned)random_below(&random, ROUND_STEPS);
        result = take_steps(store, last, count, fault);
        last += count;
    }
    run.sweeps = store_lmdb_lag(store).sweeps;
    run.has_failed = disk.has_failed && !disk.was_room;
    store_close(store);
    return result;
}

/* Nothing was written that was not noted: else the images would not be those of this store. */
static void assert_noted_is_what_is_there(void)
{
    struct disk_image image = {.data = calloc(1, DISK_IMAGE_MAX)};
    char path[FOLDER_PATH_MAX];
    disk_image_of_end(&image, disk.count, disk.events[disk.count - 1].len);
    uint8_t *there = calloc(1, DISK_IMAGE_MAX);
    int fd = open(folder_file(&folder, "data.mdb", path), O_RDONLY | O_CLOEXEC);
    ssize_t len = read(fd, there, DISK_IMAGE_MAX);
    close(fd);
    ASSERT_BYTES(there, (size_t)(len > 0 ? len : 0), image.data, image.len);
    free(there);
    free(image.data);
}

static void begin(void)
{
    /* Images are many and nobody needs them afterwards: in memory when there is such a place. */
    if (getenv("TMPDIR") == NULL && access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 1);
    folder_make(&folder);
    disk_reset(folder.path);
}

static void end(void)
{
    char path[FOLDER_PATH_MAX];
    disk_reset("/");
    disk.is_noting = false;
    unlink(folder_file(&folder, "data.new", path));
    folder_remove(&folder);
}

static void every_image_of_a_crash_holds_the_last_commit_or_the_one_before(void)
{
    begin();
    struct fault fault = {0};
    CU_ASSERT_EQUAL_FATAL(run_store(ROUNDS, &fault), RESULT_OK);
    assert_noted_is_what_is_there();
    unsigned images = check_images(images_drawn, 0);
    printf("%u images of %d events, %llu sweeps ", images, disk.count,
           (unsigned long long)run.sweeps);
    CU_ASSERT_TRUE(images > images_drawn);
    CU_ASSERT_TRUE(run.sweeps > 10);
    end();
}

/* One call fails; the process stops, and another goes on with the store. */
static unsigned fail_once(int call, enum disk_how how, int code, unsigned drawn)
{
    begin();
    disk.fail_at = call;
    disk.how = how;
    disk.fail_errno = code;
    run.has_failed = true; /* unless the store comes to its end */
    struct fault fault = {0};
    enum result result = run_store(FAILING_ROUNDS, &fault);
    bool has_failed = disk.has_failed;
    rooms_failed += disk.was_room;
    CU_ASSERT_TRUE(run.has_failed ? result == RESULT_IO : result == RESULT_OK);
    unsigned images = 0;
    if (run.has_failed) {
        ASSERT_CONTAINS(fault.text, folder.path);
        if (how == DISK_FAILS_UNDONE)
            ASSERT_CONTAINS(fault.text, strerror(code));
    }
    if (has_failed) {
        int failed = disk.count;
        CU_ASSERT_EQUAL(run_store(ROUNDS_AFTER, &fault), RESULT_OK);
        images = check_images(drawn, failed);
    }
    end();
    return has_failed ? images : 0;
}

static void every_call_that_fails_stops_the_store_and_leaves_it_whole(void)
{
    static const struct {
        enum disk_how how;
        int code;
    } ways[] = {{DISK_FAILS_UNDONE, ENOSPC}, {DISK_FAILS_DONE, EIO}, {DISK_FAILS_SHORT, EIO}};
    unsigned calls = 0, images = 0;
    for (unsigned way = 0; way < sizeof ways / sizeof ways[0]; way++)
        for (int call = 1;; call++) {
            unsigned good = fail_once(call, ways[way].how, ways[way].code, images_drawn / 100);
            if (good == 0)
                break;
            calls++;
            images += good;
        }
    printf("%u calls failed, %u of them without need, %u images ", calls, rooms_failed, images);
    CU_ASSERT_TRUE(calls > 50);
    CU_ASSERT_TRUE(rooms_failed >= 3);
}

/* The images can tell: on such a disk a commit is valid before its pages are there. */
static void disk_that_only_says_that_it_has_synced_is_found_out(void)
{
    begin();
    disk.is_lying = true;
    struct fault fault = {0};
    bool are_good = true;
    CU_ASSERT_EQUAL_FATAL(run_store(FAILING_ROUNDS, &fault), RESULT_OK);
    look_at_images(images_drawn, 0, &are_good);
    CU_ASSERT_FALSE(are_good);
    end();
}

int main(int argc, char **argv)
{
    static const struct suite_case cases[] = {
        CASE(every_image_of_a_crash_holds_the_last_commit_or_the_one_before),
        CASE(every_call_that_fails_stops_the_store_and_leaves_it_whole),
        CASE(disk_that_only_says_that_it_has_synced_is_found_out),
    };
    int first = 1;
    for (; first + 1 < argc && strncmp(argv[first], "--", 2) == 0; first += 2) {
        uint64_t value = strtoull(argv[first + 1], NULL, 10);
        if (strcmp(argv[first], "--images") == 0)
            images_drawn = (unsigned)value;
        else
            seed = value;
    }
    argv[first - 1] = argv[0];
    return suite_main(cases, sizeof cases / sizeof cases[0], argc - first + 1, argv + first - 1);
}
