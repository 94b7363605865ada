/* What the tests of the store share: a step that is told what to do, and the promise that a call
 * stops the process. Included by one test file each. */
#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

#include "store/store.h"
#include "suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DATE_ONE = 20261122, DATE_TWO = 20261123 };

/* A step over one key and perhaps a log record. */
struct simple_step {
    struct store_step step;
    enum { SIMPLE_READ, SIMPLE_PUT, SIMPLE_DELETE } what;
    struct bytes value; /* to put; the caller's */
    uint32_t log_date;
    struct bytes log; /* data NULL: none; the caller's */
    /* what came of it */
    bool was_found;
    size_t found_len;
    uint8_t found[STORE_VALUE_MAX];
    unsigned done_count;
};

static inline struct store_key key_of(struct bytes bytes)
{
    struct store_key key = {.len = (uint8_t)bytes.len};
    memcpy(key.data, bytes.data, bytes.len);
    return key;
}

static inline void simple_apply(struct store_step *step, struct store_tx *tx)
{
    struct simple_step *simple = (struct simple_step *)step;
    struct bytes value;
    simple->was_found = store_tx_get(tx, 0, &value);
    simple->found_len = value.len;
    if (value.len > 0)
        memcpy(simple->found, value.data, value.len);
    if (simple->what == SIMPLE_PUT)
        store_tx_put(tx, 0, simple->value.data, simple->value.len);
    else if (simple->what == SIMPLE_DELETE)
        store_tx_delete(tx, 0);
    if (simple->log.data != NULL)
        store_tx_log(tx, simple->log_date, simple->log.data, simple->log.len);
}

static inline void simple_done(struct store_step *step, void *context)
{
    (void)context;
    ((struct simple_step *)step)->done_count++;
}

static inline struct simple_step *simple_init(struct simple_step *simple, struct bytes key)
{
    memset(simple, 0, sizeof *simple);
    simple->step.apply = simple_apply;
    simple->step.done = simple_done;
    CU_ASSERT_EQUAL_FATAL(store_step_key(&simple->step, key_of(key)), 0);
    return simple;
}

static inline void drain(struct store *store)
{
    struct fault fault = {0};
    enum result result = store_drain(store, &fault);
    if (result != RESULT_OK)
        fprintf(stderr, "%s\n", fault.text);
    CU_ASSERT_EQUAL_FATAL(result, RESULT_OK);
}

static inline void put(struct store *store, const char *key, struct bytes value)
{
    struct simple_step simple;
    simple_init(&simple, bytes_text(key));
    simple.what = SIMPLE_PUT;
    simple.value = value;
    store_submit(store, &simple.step);
    drain(store);
}

static inline void erase(struct store *store, const char *key)
{
    struct simple_step simple;
    simple_init(&simple, bytes_text(key));
    simple.what = SIMPLE_DELETE;
    store_submit(store, &simple.step);
    drain(store);
}

static inline uint64_t write_log(struct store *store, uint32_t date, struct bytes data)
{
    struct simple_step simple;
    simple_init(&simple, bytes_text("Klog"));
    simple.log_date = date;
    simple.log = data;
    store_submit(store, &simple.step);
    drain(store);
    return simple.step.log_number;
}

/* What a new step finds under the key. */
static inline bool holds(struct store *store, const char *key, struct bytes expected)
{
    struct simple_step simple;
    simple_init(&simple, bytes_text(key));
    store_submit(store, &simple.step);
    drain(store);
    return simple.was_found && bytes_equal(bytes_of(simple.found, simple.found_len), expected);
}

static inline bool is_absent(struct store *store, const char *key)
{
    struct simple_step simple;
    simple_init(&simple, bytes_text(key));
    store_submit(store, &simple.step);
    drain(store);
    return !simple.was_found;
}

/* Whether the call stops the process by MUST; it runs in a child. */
static inline bool aborts(void (*call)(void))
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(null, STDERR_FILENO);
        call();
        _exit(0);
    }
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
           WTERMSIG(status) == SIGABRT;
}

#endif
