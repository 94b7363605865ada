/* Marking a settlement date as cut: asking, and asking again. */
#include "clear_marking.h"

#include "command.h"
#include "host.h"
#include "router/router.h"
#include "switch_asking.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

enum { ASK_AGAIN_MS = 500 };

static const uint64_t STORE_SIZE_MAX = (uint64_t)64 << 30; /* address space, as the switch has it */

static enum result is_marked(const struct clear_marking *marking, bool *marked, struct fault *fault)
{
    struct store *store = NULL;
    TRY(store_open_lmdb(marking->store_path, STORE_READ_ONLY, 0, &store, fault));
    enum result result = router_is_cut(store, marking->date, marked, fault);
    store_close(store);
    return result;
}

static enum result ask_switch(const struct clear_marking *marking, struct fault *fault)
{
    char line[64];
    snprintf(line, sizeof line, "{\"id\":1,\"do\":\"cut\",\"date\":%u}", marking->date);
    return switch_ask(marking->data, line, fault);
}

/* RESULT_STATE: the answer is no. */
static enum result try_once(const struct clear_marking *marking, struct fault *fault)
{
    struct store *store = NULL;
    enum result result =
        store_open_lmdb(marking->store_path, STORE_READ_WRITE, STORE_SIZE_MAX, &store, fault);
    /* It could be read, so what keeps us from writing is that somebody else does. */
    if (result == RESULT_STATE)
        return ask_switch(marking, fault);
    if (result == RESULT_OK)
        result = router_cut_store(store, marking->date, loop_now().wall_us, fault);
    store_close(store);
    return result;
}

/* --- asking again ----------------------------------------------------------------------------- */

static void show_waiting(const struct fault *fault, int64_t left_ms)
{
    if (isatty(STDERR_FILENO) == 1)
        fprintf(stderr, "\r\033[K%.150s; asking for %lld s more", fault->text,
                (long long)(left_ms + 999) / 1000);
}

static void end_line(void)
{
    if (isatty(STDERR_FILENO) == 1)
        fprintf(stderr, "\r\033[K");
}

static void pause_ms(int64_t ms)
{
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

static enum result try_for(const struct clear_marking *marking, struct fault *fault)
{
    uint64_t until_us = loop_now().mono_us + (uint64_t)marking->wait_s * 1000000;
    enum result result = try_once(marking, fault);
    while (result == RESULT_STATE && loop_now().mono_us < until_us) {
        int64_t left_ms = (int64_t)(until_us - loop_now().mono_us) / 1000;
        show_waiting(fault, left_ms);
        pause_ms(left_ms < ASK_AGAIN_MS ? left_ms + 1 : ASK_AGAIN_MS);
        result = try_once(marking, fault);
    }
    if (marking->wait_s > 0)
        end_line();
    return result;
}

/* --- all of it -------------------------------------------------------------------------------- */

enum result clear_find_moving(const char *store_path, uint32_t date, struct router_moving *moving,
                              struct fault *fault)
{
    struct store *store = NULL;
    TRY(store_open_lmdb(store_path, STORE_READ_ONLY, 0, &store, fault));
    enum result result = router_moving_find(store, date, moving, fault);
    store_close(store);
    return result;
}

enum result clear_mark(struct clear_marking *marking, struct fault *fault)
{
    bool marked;
    TRY(is_marked(marking, &marked, fault));
    if (marked)
        return RESULT_OK;
    enum result result = try_for(marking, fault);
    if (result != RESULT_STATE)
        return result;
    snprintf(marking->why, sizeof marking->why, "%s", fault->text);
    TRY(clear_find_moving(marking->store_path, marking->date, &marking->moving, fault));
    marking->is_refused = true;
    return fault_set(fault, RESULT_STATE, "%s", marking->why);
}
