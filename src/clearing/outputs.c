/* Large files that are being written: buffers from the owner, and a thread that takes them. */
#include "clearing/outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    WRITE_BEHIND_LEN = 32 << 20, /* after so many bytes of a file the disk begins with them */
    /* The thread is woken for so many buffers, not for each run: waking costs as much as writing
     * one. */
    WAKE_COUNT = OUTPUTS_QUEUE_MAX / 4,
};

struct outputs_buffer {
    struct outputs_buffer *next;
    struct outputs_file *file;
    bool is_last; /* of its file */
    size_t len;
    uint8_t data[OUTPUTS_BUFFER_LEN];
};

struct outputs {
    int root;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t added, taken;
    /* Under the mutex. */
    struct outputs_buffer *first; /* to be written, in order */
    struct outputs_buffer **end;  /* where the next one is linked */
    struct outputs_buffer *spare;
    unsigned queued;     /* to be written, or being written */
    unsigned open_count; /* files */
    bool is_awaited;     /* the owner waits until less are queued */
    bool is_ending;
    struct fault fault; /* the first; nothing is written behind it */
    /* The owner's. */
    unsigned held; /* full buffers of all files that were not handed over yet */
};

/* Buffers of one file, in order. */
struct run {
    size_t count;
    struct outputs_buffer *buffers[OUTPUTS_RUN_MAX];
};

/* --- writing ---------------------------------------------------------------------------------- */

static enum result failed(const struct outputs_file *file, struct fault *fault)
{
    return fault_set(fault, RESULT_IO, "%s: %s", file->path, strerror(errno));
}

static unsigned count_open(struct outputs *outputs, int more)
{
    pthread_mutex_lock(&outputs->mutex);
    unsigned count = outputs->open_count += (unsigned)more;
    pthread_mutex_unlock(&outputs->mutex);
    return count;
}

static enum result open_file(struct outputs_file *file, struct fault *fault)
{
    if (file->fd >= 0)
        return RESULT_OK;
    /* Card numbers are in it: for its owner alone. */
    int flags = file->was_made ? O_APPEND | O_NOFOLLOW : O_CREAT | O_EXCL;
    file->fd =
        openat(file->outputs->root, file->path, O_WRONLY | O_CLOEXEC | flags, S_IRUSR | S_IWUSR);
    if (file->fd < 0)
        return failed(file, fault);
    file->was_made = true;
    file->may_stay_open = count_open(file->outputs, 1) <= OUTPUTS_OPEN_MAX;
    return RESULT_OK;
}

static enum result close_file(struct outputs_file *file, struct fault *fault)
{
    int fd = file->fd;
    file->fd = -1;
    (void)count_open(file->outputs, -1);
    return close(fd) == 0 ? RESULT_OK : failed(file, fault);
}

/* The disk works while the next lines are made, so that there is less to wait for at the end. What
 * it says is said by fsync() too. */
static void write_behind(struct outputs_file *file, size_t len)
{
    file->unsynced += len;
    if (file->unsynced < WRITE_BEHIND_LEN)
        return;
    (void)sync_file_range(file->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
    file->unsynced = 0;
}

static bool write_all(int fd, struct iovec *parts, size_t count)
{
    while (count > 0) {
        ssize_t done = writev(fd, parts, (int)count);
        if (done < 0 && errno != EINTR)
            return false;
        size_t len = done > 0 ? (size_t)done : 0;
        for (; count > 0 && len >= parts->iov_len; parts++, count--)
            len -= parts->iov_len;
        if (count > 0)
            *parts = (struct iovec){(uint8_t *)parts->iov_base + len, parts->iov_len - len};
    }
    return true;
}

static enum result write_run(const struct run *run, struct fault *fault)
{
    struct outputs_file *file = run->buffers[0]->file;
    struct iovec parts[OUTPUTS_RUN_MAX];
    size_t len = 0;
    TRY(open_file(file, fault));
    for (size_t i = 0; i < run->count; i++) {
        struct outputs_buffer *buffer = run->buffers[i];
        parts[i] = (struct iovec){buffer->data, buffer->len};
        len += buffer->len;
        digest_update(file->digest, bytes_of(buffer->data, buffer->len));
    }
    if (!write_all(file->fd, parts, run->count))
        return failed(file, fault);
    if (!run->buffers[run->count - 1]->is_last) {
        write_behind(file, len);
        return file->may_stay_open ? RESULT_OK : close_file(file, fault);
    }
    digest_final(file->digest, file->sha256);
    if (fsync(file->fd) != 0)
        return failed(file, fault);
    return close_file(file, fault);
}

/* --- runs, with the mutex held ---------------------------------------------------------------- */

/* The first one of a file that nobody is writing; false: there is none. */
static bool take(struct outputs *outputs, struct run *run)
{
    struct outputs_buffer **link = &outputs->first;
    run->count = 0;
    while (*link != NULL && (*link)->file->is_being_written)
        link = &(*link)->next;
    struct outputs_file *file = *link != NULL ? (*link)->file : NULL;
    while (*link != NULL && (*link)->file == file && run->count < OUTPUTS_RUN_MAX) {
        run->buffers[run->count++] = *link;
        *link = (*link)->next;
    }
    if (*link == NULL)
        outputs->end = link;
    if (file != NULL)
        file->is_being_written = true;
    return file != NULL;
}

static void finish(struct outputs *outputs, const struct run *run)
{
    struct fault fault = outputs->fault;
    bool was_good = fault.result == RESULT_OK;
    struct outputs_file *file = run->buffers[0]->file;
    pthread_mutex_unlock(&outputs->mutex);
    if (was_good)
        (void)write_run(run, &fault);
    pthread_mutex_lock(&outputs->mutex);
    if (outputs->fault.result == RESULT_OK)
        outputs->fault = fault;
    file->is_being_written = false;
    for (size_t i = 0; i < run->count; i++) {
        run->buffers[i]->next = outputs->spare;
        outputs->spare = run->buffers[i];
    }
    outputs->queued -= (unsigned)run->count;
}

/* --- the thread ------------------------------------------------------------------------------- */

static void *run_thread(void *context)
{
    struct outputs *outputs = context;
    struct run run;
    pthread_mutex_lock(&outputs->mutex);
    while (!outputs->is_ending) {
        if (take(outputs, &run)) {
            finish(outputs, &run);
            if (outputs->is_awaited)
                pthread_cond_signal(&outputs->taken);
        } else
            pthread_cond_wait(&outputs->added, &outputs->mutex);
    }
    pthread_mutex_unlock(&outputs->mutex);
    return NULL;
}

/* --- the owner -------------------------------------------------------------------------------- */

/* Signals are the owner's. */
static int start(struct outputs *outputs)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&outputs->thread, NULL, run_thread, outputs);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

enum result outputs_open(int root, struct outputs **opened, struct fault *fault)
{
    struct outputs *outputs = calloc(1, sizeof *outputs);
    *opened = NULL;
    if (outputs == NULL)
        return fault_set(fault, RESULT_IO, "no memory for files");
    outputs->root = root;
    outputs->end = &outputs->first;
    pthread_mutex_init(&outputs->mutex, NULL);
    pthread_cond_init(&outputs->added, NULL);
    pthread_cond_init(&outputs->taken, NULL);
    int error = start(outputs);
    if (error != 0) {
        free(outputs);
        return fault_set(fault, RESULT_IO, "no thread to write files: %s", strerror(error));
    }
    *opened = outputs;
    return RESULT_OK;
}

/* With the mutex held: until no more than so many are queued. Who has to wait for the thread does
 * its work meanwhile. Tells what went wrong by then. */
static enum result wait_for(struct outputs *outputs, unsigned wanted, struct fault *fault)
{
    struct run run;
    outputs->is_awaited = outputs->queued > wanted;
    if (outputs->is_awaited)
        pthread_cond_signal(&outputs->added);
    while (outputs->queued > wanted) {
        if (take(outputs, &run)) {
            finish(outputs, &run);
            pthread_cond_signal(&outputs->added); /* it may have waited for that file */
        } else
            pthread_cond_wait(&outputs->taken, &outputs->mutex);
    }
    outputs->is_awaited = false;
    const struct fault *found = &outputs->fault;
    return found->result == RESULT_OK ? RESULT_OK
                                      : fault_set(fault, found->result, "%s", found->text);
}

enum result outputs_finish(struct outputs *outputs, struct fault *fault)
{
    pthread_mutex_lock(&outputs->mutex);
    enum result result = wait_for(outputs, 0, fault);
    pthread_mutex_unlock(&outputs->mutex);
    return result;
}

static void free_buffers(struct outputs_buffer *buffer)
{
    while (buffer != NULL) {
        struct outputs_buffer *next = buffer->next;
        free(buffer);
        buffer = next;
    }
}

void outputs_close(struct outputs *outputs)
{
    if (outputs == NULL)
        return;
    pthread_mutex_lock(&outputs->mutex);
    outputs->is_ending = true;
    pthread_cond_signal(&outputs->added);
    pthread_mutex_unlock(&outputs->mutex);
    pthread_join(outputs->thread, NULL);
    free_buffers(outputs->first);
    free_buffers(outputs->spare);
    pthread_cond_destroy(&outputs->added);
    pthread_cond_destroy(&outputs->taken);
    pthread_mutex_destroy(&outputs->mutex);
    free(outputs);
}

/* --- one file --------------------------------------------------------------------------------- */

enum result outputs_file_open(struct outputs_file *file, struct outputs *outputs, const char *path,
                              struct fault *fault)
{
    *file = (struct outputs_file){.outputs = outputs, .fd = -1};
    MUST((size_t)snprintf(file->path, sizeof file->path, "%s", path) < sizeof file->path);
    TRY(digest_open(&file->digest, fault));
    digest_init(file->digest);
    return RESULT_OK;
}

/* An empty buffer to fill, behind the full ones. */
static enum result take_spare(struct outputs_file *file, struct fault *fault)
{
    struct outputs *outputs = file->outputs;
    pthread_mutex_lock(&outputs->mutex);
    struct outputs_buffer *buffer = outputs->spare;
    if (buffer != NULL)
        outputs->spare = buffer->next;
    pthread_mutex_unlock(&outputs->mutex);
    if (buffer == NULL)
        buffer = malloc(sizeof *buffer);
    if (buffer == NULL)
        return fault_set(fault, RESULT_IO, "%s: no memory for a buffer", file->path);
    buffer->next = NULL;
    buffer->file = file;
    buffer->is_last = false;
    buffer->len = 0;
    if (file->first == NULL)
        file->first = buffer;
    else
        file->buffer->next = buffer;
    file->buffer = buffer;
    return RESULT_OK;
}

/* All that the file has, `count` of them. */
static enum result hand_over(struct outputs_file *file, unsigned count, struct fault *fault)
{
    struct outputs *outputs = file->outputs;
    pthread_mutex_lock(&outputs->mutex);
    enum result result = wait_for(outputs, OUTPUTS_QUEUE_MAX - count, fault);
    *outputs->end = file->first;
    outputs->end = &file->buffer->next;
    bool was_short = outputs->queued < WAKE_COUNT;
    outputs->queued += count;
    if (was_short && outputs->queued >= WAKE_COUNT)
        pthread_cond_signal(&outputs->added);
    pthread_mutex_unlock(&outputs->mutex);
    outputs->held -= file->held;
    file->held = 0;
    file->first = file->buffer = NULL;
    return result;
}

/* The buffer being filled is full. */
static enum result end_buffer(struct outputs_file *file, struct fault *fault)
{
    file->held++;
    file->outputs->held++;
    if (file->held == OUTPUTS_RUN_MAX || file->outputs->held == OUTPUTS_HELD_MAX)
        return hand_over(file, file->held, fault);
    return take_spare(file, fault);
}

enum result outputs_file_add(struct outputs_file *file, const void *data, size_t len,
                             struct fault *fault)
{
    const uint8_t *from = data;
    file->bytes += len;
    while (len > 0) {
        if (file->buffer == NULL)
            TRY(take_spare(file, fault));
        struct outputs_buffer *buffer = file->buffer;
        size_t room = OUTPUTS_BUFFER_LEN - buffer->len, part = len < room ? len : room;
        memcpy(buffer->data + buffer->len, from, part);
        buffer->len += part;
        from += part;
        len -= part;
        if (buffer->len == OUTPUTS_BUFFER_LEN)
            TRY(end_buffer(file, fault));
    }
    return RESULT_OK;
}

enum result outputs_file_end(struct outputs_file *file, struct fault *fault)
{
    if (file->buffer == NULL)
        TRY(take_spare(file, fault));
    file->buffer->is_last = true;
    return hand_over(file, file->held + 1, fault);
}

void outputs_file_deinit(struct outputs_file *file)
{
    free_buffers(file->first);
    if (file->digest != NULL && file->fd >= 0)
        close(file->fd);
    digest_close(file->digest);
    *file = (struct outputs_file){0};
}
