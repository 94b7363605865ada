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
#include <unistd.h>

enum {
    WRITE_BEHIND_LEN = 4 << 20, /* after so many bytes of a file the disk begins with them */
    /* The threads wake each other for so many buffers, not for each: waking costs as much as
     * writing one. */
    WAKE_COUNT = OUTPUTS_QUEUE_MAX / 4,
    GO_ON_COUNT = OUTPUTS_QUEUE_MAX / 2,
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
    struct outputs_buffer *first, *last; /* to be written, in order */
    struct outputs_buffer *spare;
    unsigned queued; /* to be written, or being written */
    bool is_awaited; /* the owner sleeps until no more than `wanted` are queued */
    unsigned wanted;
    bool is_ending;
    struct fault fault; /* the first; nothing is written behind it */
    /* The thread's. */
    unsigned open_count;
};

/* --- the thread ------------------------------------------------------------------------------- */

static enum result failed(const struct outputs_file *file, struct fault *fault)
{
    return fault_set(fault, RESULT_IO, "%s: %s", file->path, strerror(errno));
}

static enum result open_file(struct outputs *outputs, struct outputs_file *file,
                             struct fault *fault)
{
    if (file->fd >= 0)
        return RESULT_OK;
    /* Card numbers are in it: for its owner alone. */
    int flags = file->was_made ? O_APPEND | O_NOFOLLOW : O_CREAT | O_EXCL;
    file->fd = openat(outputs->root, file->path, O_WRONLY | O_CLOEXEC | flags, S_IRUSR | S_IWUSR);
    if (file->fd < 0)
        return failed(file, fault);
    file->was_made = true;
    outputs->open_count++;
    return RESULT_OK;
}

static enum result close_file(struct outputs *outputs, struct outputs_file *file,
                              struct fault *fault)
{
    int fd = file->fd;
    file->fd = -1;
    outputs->open_count--;
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

static enum result write_buffer(struct outputs *outputs, const struct outputs_buffer *buffer,
                                struct fault *fault)
{
    struct outputs_file *file = buffer->file;
    TRY(open_file(outputs, file, fault));
    if (!output_write_all(file->fd, buffer->data, buffer->len))
        return failed(file, fault);
    digest_update(file->digest, bytes_of(buffer->data, buffer->len));
    if (!buffer->is_last) {
        write_behind(file, buffer->len);
        return outputs->open_count > OUTPUTS_OPEN_MAX ? close_file(outputs, file, fault)
                                                      : RESULT_OK;
    }
    digest_final(file->digest, file->sha256);
    if (fsync(file->fd) != 0)
        return failed(file, fault);
    return close_file(outputs, file, fault);
}

static bool has_enough(const struct outputs *outputs)
{
    return outputs->first != NULL && (outputs->is_awaited || outputs->queued >= WAKE_COUNT);
}

/* With the mutex held. Sleeps when there is nothing, and then until there is enough; NULL: the end.
 */
static struct outputs_buffer *take(struct outputs *outputs)
{
    if (outputs->first == NULL)
        while (!has_enough(outputs) && !outputs->is_ending)
            pthread_cond_wait(&outputs->added, &outputs->mutex);
    if (outputs->is_ending)
        return NULL;
    struct outputs_buffer *buffer = outputs->first;
    outputs->first = buffer->next;
    return buffer;
}

static void *run(void *context)
{
    struct outputs *outputs = context;
    struct outputs_buffer *buffer;
    pthread_mutex_lock(&outputs->mutex);
    while ((buffer = take(outputs)) != NULL) {
        struct fault fault = outputs->fault;
        pthread_mutex_unlock(&outputs->mutex);
        if (fault.result == RESULT_OK)
            (void)write_buffer(outputs, buffer, &fault);
        pthread_mutex_lock(&outputs->mutex);
        outputs->fault = fault;
        buffer->next = outputs->spare;
        outputs->spare = buffer;
        outputs->queued--;
        if (outputs->is_awaited && outputs->queued <= outputs->wanted)
            pthread_cond_signal(&outputs->taken);
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
    int error = pthread_create(&outputs->thread, NULL, run, outputs);
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

/* With the mutex held: until no more than so many are queued. Tells what went wrong by then. */
static enum result wait_for(struct outputs *outputs, unsigned wanted, struct fault *fault)
{
    outputs->wanted = wanted;
    outputs->is_awaited = outputs->queued > wanted;
    if (outputs->is_awaited)
        pthread_cond_signal(&outputs->added);
    while (outputs->queued > wanted)
        pthread_cond_wait(&outputs->taken, &outputs->mutex);
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

/* An empty buffer to fill. */
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
    file->buffer = buffer;
    return RESULT_OK;
}

static enum result hand_over(struct outputs_file *file, struct fault *fault)
{
    struct outputs *outputs = file->outputs;
    struct outputs_buffer *buffer = file->buffer;
    file->buffer = NULL;
    pthread_mutex_lock(&outputs->mutex);
    bool is_full = outputs->queued == OUTPUTS_QUEUE_MAX;
    enum result result = wait_for(outputs, is_full ? GO_ON_COUNT : OUTPUTS_QUEUE_MAX, fault);
    if (outputs->first == NULL)
        outputs->first = buffer;
    else
        outputs->last->next = buffer;
    outputs->last = buffer;
    outputs->queued++;
    if (outputs->queued == WAKE_COUNT)
        pthread_cond_signal(&outputs->added);
    pthread_mutex_unlock(&outputs->mutex);
    return result;
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
            TRY(hand_over(file, fault));
    }
    return RESULT_OK;
}

enum result outputs_file_end(struct outputs_file *file, struct fault *fault)
{
    if (file->buffer == NULL)
        TRY(take_spare(file, fault));
    file->buffer->is_last = true;
    return hand_over(file, fault);
}

void outputs_file_deinit(struct outputs_file *file)
{
    free(file->buffer);
    if (file->digest != NULL && file->fd >= 0)
        close(file->fd);
    digest_close(file->digest);
    *file = (struct outputs_file){0};
}
