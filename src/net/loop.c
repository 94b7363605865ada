/* The event loop over libuv: see loop.h for what a turn is. */
#include "net/loop.h"

#include "net/loop_private.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

enum { US_PER_MS = 1000, US_PER_S = 1000000, NS_PER_US = 1000 };

struct loop {
    uv_loop_t uv;
    uv_async_t wake;
    uv_timer_t deadline;
    uv_prepare_t turn;
    uv_signal_t sigterm;
    uv_signal_t sigint;
    struct loop_events events;
    void *context;
    uint64_t deadline_us;
    bool running;
    struct loop_task tasks; /* the ring's head, never run */
};

uv_loop_t *loop_uv(struct loop *loop)
{
    return &loop->uv;
}

void loop_task_add(struct loop *loop, struct loop_task *task)
{
    if (task->next != NULL)
        return;
    task->previous = loop->tasks.previous;
    task->next = &loop->tasks;
    task->previous->next = task;
    loop->tasks.previous = task;
}

void loop_task_remove(struct loop_task *task)
{
    if (task->next == NULL)
        return;
    task->previous->next = task->next;
    task->next->previous = task->previous;
    task->next = NULL;
    task->previous = NULL;
}

struct instant loop_now(void)
{
    struct timespec mono, wall;
    MUST(clock_gettime(CLOCK_MONOTONIC, &mono) == 0);
    MUST(clock_gettime(CLOCK_REALTIME, &wall) == 0);
    return (struct instant){
        .mono_us = (uint64_t)mono.tv_sec * US_PER_S + (uint64_t)mono.tv_nsec / NS_PER_US,
        .wall_us = (int64_t)wall.tv_sec * US_PER_S + (int64_t)wall.tv_nsec / NS_PER_US,
    };
}

/* libuv's "prepare" is the one place that every callback of a turn comes before: those of sockets,
 * timers, wake-ups and closed handles alike. */
static void end_turn(struct loop *loop)
{
    if (loop->events.turn != NULL)
        loop->events.turn(loop->context);
    while (loop->tasks.next != &loop->tasks) {
        struct loop_task *task = loop->tasks.next;
        loop_task_remove(task);
        task->run(task);
    }
}

static void on_prepare(uv_prepare_t *handle)
{
    end_turn(handle->data);
}

static void on_wake(uv_async_t *handle)
{
    struct loop *loop = handle->data;
    if (loop->events.wake != NULL)
        loop->events.wake(loop->context);
}

static void on_signal(uv_signal_t *handle, int signum)
{
    struct loop *loop = handle->data;
    loop->events.signal(loop->context, signum);
}

static void on_deadline(uv_timer_t *handle);

static void start_deadline(struct loop *loop)
{
    uint64_t now_us = loop_now().mono_us;
    uint64_t left_us = loop->deadline_us > now_us ? loop->deadline_us - now_us : 0;
    uint64_t left_ms = left_us / US_PER_MS + (left_us % US_PER_MS != 0);
    MUST(uv_timer_start(&loop->deadline, on_deadline, left_ms, 0) == 0);
}

static void on_deadline(uv_timer_t *handle)
{
    struct loop *loop = handle->data;
    /* libuv counts from the start of the turn that armed the timer, so it may come early. */
    if (loop_now().mono_us < loop->deadline_us) {
        start_deadline(loop);
        return;
    }
    loop->deadline_us = LOOP_NEVER;
    if (loop->events.deadline != NULL)
        loop->events.deadline(loop->context);
}

void loop_arm(struct loop *loop, uint64_t mono_us)
{
    if (mono_us == loop->deadline_us)
        return;
    loop->deadline_us = mono_us;
    if (mono_us == LOOP_NEVER)
        MUST(uv_timer_stop(&loop->deadline) == 0);
    else
        start_deadline(loop);
}

void loop_wake(void *loop)
{
    struct loop *self = loop;
    MUST(uv_async_send(&self->wake) == 0);
}

void loop_run(struct loop *loop)
{
    loop->running = true;
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    loop->running = false;
    /* libuv stops before it would prepare the next turn. */
    end_turn(loop);
}

void loop_stop(struct loop *loop)
{
    if (loop->running) /* libuv would keep it for the next run */
        uv_stop(&loop->uv);
}

static int open_signal(struct loop *loop, uv_signal_t *handle, int signum)
{
    int status = uv_signal_init(&loop->uv, handle);
    if (status != 0)
        return status;
    handle->data = loop;
    return uv_signal_start(handle, on_signal, signum);
}

/* Each handle that got as far as its init is found by loop_close(), through its `data`. */
static int open_handles(struct loop *loop)
{
    int status = uv_async_init(&loop->uv, &loop->wake, on_wake);
    if (status != 0)
        return status;
    loop->wake.data = loop;
    MUST(uv_timer_init(&loop->uv, &loop->deadline) == 0);
    loop->deadline.data = loop;
    MUST(uv_prepare_init(&loop->uv, &loop->turn) == 0);
    loop->turn.data = loop;
    MUST(uv_prepare_start(&loop->turn, on_prepare) == 0);
    if (loop->events.signal != NULL)
        status = open_signal(loop, &loop->sigterm, SIGTERM);
    if (status == 0 && loop->events.signal != NULL)
        status = open_signal(loop, &loop->sigint, SIGINT);
    return status;
}

enum result loop_open(const struct loop_events *events, void *context, struct loop **loop,
                      struct fault *fault)
{
    struct loop *self = calloc(1, sizeof *self);
    if (self == NULL)
        return fault_set(fault, RESULT_IO, "no memory for an event loop");
    int status = uv_loop_init(&self->uv);
    if (status != 0) {
        free(self);
        return fault_set(fault, RESULT_IO, "cannot make an event loop: %s", uv_strerror(status));
    }
    self->events = *events;
    self->context = context;
    self->deadline_us = LOOP_NEVER;
    self->tasks.next = self->tasks.previous = &self->tasks;
    (void)signal(SIGPIPE, SIG_IGN);
    status = open_handles(self);
    if (status != 0) {
        loop_close(self);
        return fault_set(fault, RESULT_IO, "cannot make an event loop: %s", uv_strerror(status));
    }
    *loop = self;
    return RESULT_OK;
}

static void close_own(uv_handle_t *handle, void *loop)
{
    if (uv_is_closing(handle))
        return;
    /* Anything else was left open by its owner, whose callbacks could then not be trusted. */
    MUST(handle->data == loop);
    uv_close(handle, NULL);
}

void loop_close(struct loop *loop)
{
    if (loop == NULL)
        return;
    uv_walk(&loop->uv, close_own, loop);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    MUST(uv_loop_close(&loop->uv) == 0);
    free(loop);
}
