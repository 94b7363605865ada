/* A disk under a store: what this process writes into a data file and makes durable, in order, and
 * the images of that file that a crash could leave. Included by one test file.
 *
 * The calls of the C library that change a file are defined here, so that LMDB's come here: they do
 * what they are to do, and note it. One of them can be told to fail.
 *
 * What is assumed of a disk: what fdatasync() has covered stays; what it has not, may be there or
 * not, by the sector, in any order, also with the file's new length; a call that failed may have
 * done its work or not, and no later sync makes up for it (that is how Linux has it). */
#ifndef TESTS_UNIT_STORE_DISK_H
#define TESTS_UNIT_STORE_DISK_H

#include "base/random.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    DISK_SECTOR = 512,
    DISK_PAGE = 4096,
    DISK_CALL = 1 << 30, /* what one call wrote, whole: more than any does */
    DISK_EVENTS_MAX = 20000,
    DISK_IMAGE_MAX = 8 * 1024 * 1024,
    DISK_NEVER = -1,
};

enum disk_kind {
    DISK_WRITE,  /* bytes into the data file */
    DISK_SYNC,   /* a sync of it has ended: all before that did not fail is durable */
    DISK_DSYNC,  /* a write through O_DSYNC has ended: that one is durable */
    DISK_NAME,   /* the file got its name */
    DISK_FOLDER, /* the folder was synced: the name is durable */
    DISK_ACK,    /* the owner was told that `number` steps are durable */
};

struct disk_event {
    enum disk_kind kind;
    uint64_t number;  /* DISK_ACK; else how many steps had been applied */
    uint64_t at, len; /* DISK_WRITE */
    uint8_t *data;
    int durable_at; /* DISK_WRITE: the event from which on it stays; DISK_NEVER */
    bool has_failed;
};

enum disk_how {
    DISK_FAILS_UNDONE, /* the call does nothing and fails */
    DISK_FAILS_DONE,   /* it does its work and fails */
    DISK_FAILS_SHORT,  /* a write is cut after half its bytes */
};

static struct disk {
    pthread_mutex_t mutex;
    bool is_noting;
    bool is_lying; /* it says that it has synced */
    bool is_quick; /* syncs cost nothing: for whoever only looks at images */
    char folder[256];
    struct disk_event events[DISK_EVENTS_MAX];
    int count;
    int calls;   /* that can fail */
    int fail_at; /* which of them; 0: none */
    enum disk_how how;
    int fail_errno;
    bool has_failed;
    bool was_room;         /* what has failed: nothing but zeros was to be written */
    atomic_ullong applied; /* by the store thread */
} disk = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* --- noting ----------------------------------------------------------------------------------- */

/* Forgets what was noted. */
static void disk_reset(const char *folder)
{
    for (int i = 0; i < disk.count; i++)
        free(disk.events[i].data);
    disk.count = disk.calls = disk.fail_at = 0;
    disk.has_failed = disk.was_room = disk.is_lying = false;
    disk.applied = 0;
    snprintf(disk.folder, sizeof disk.folder, "%s", folder);
    disk.is_noting = true;
}

/* With the mutex held. */
static struct disk_event *disk_note(enum disk_kind kind)
{
    if (disk.count == DISK_EVENTS_MAX)
        abort();
    struct disk_event *event = &disk.events[disk.count++];
    *event = (struct disk_event){.kind = kind, .number = disk.applied, .durable_at = DISK_NEVER};
    return event;
}

static void disk_note_ack(uint64_t number)
{
    pthread_mutex_lock(&disk.mutex);
    if (disk.is_noting)
        disk_note(DISK_ACK)->number = number;
    pthread_mutex_unlock(&disk.mutex);
}

static void disk_note_write(uint64_t at, const struct iovec *parts, int part_count, uint64_t len)
{
    struct disk_event *event = disk_note(DISK_WRITE);
    event->at = at;
    event->data = malloc(len + 1);
    if (event->data == NULL)
        abort();
    for (int i = 0; i < part_count && event->len < len; i++) {
        uint64_t take = parts[i].iov_len < len - event->len ? parts[i].iov_len : len - event->len;
        memcpy(event->data + event->len, parts[i].iov_base, take);
        event->len += take;
    }
}

/* Which file: 'd' the data file (under either name), 'f' the folder, 0 another. */
static char disk_file_of(int fd)
{
    char link[64], path[512];
    if (!disk.is_noting)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, sizeof path - 1);
    path[len > 0 ? len : 0] = '\0';
    size_t folder_len = strlen(disk.folder);
    if (strncmp(path, disk.folder, folder_len) != 0)
        return 0;
    if (path[folder_len] == '\0')
        return 'f';
    return strcmp(path + folder_len, "/data.mdb") == 0 ||
                   strcmp(path + folder_len, "/data.new") == 0
               ? 'd'
               : 0;
}

/* With the mutex held: whether the call that begins now is to fail. */
static bool disk_fails_now(void)
{
    if (++disk.calls != disk.fail_at)
        return false;
    disk.has_failed = true;
    return true;
}

/* No page of LMDB's is all zero: it has its number in it, or a count. */
static bool disk_is_room(const struct iovec *parts, int part_count)
{
    for (int i = 0; i < part_count; i++) {
        const uint8_t *bytes = parts[i].iov_base;
        for (size_t at = 0; at < parts[i].iov_len; at++)
            if (bytes[at] != 0)
                return false;
    }
    return true;
}

static ssize_t disk_write(int fd, const struct iovec *parts, int part_count, uint64_t at)
{
    uint64_t len = 0;
    for (int i = 0; i < part_count; i++)
        len += parts[i].iov_len;
    pthread_mutex_lock(&disk.mutex);
    bool fails = disk_fails_now();
    if (fails)
        disk.was_room = disk_is_room(parts, part_count);
    if (fails && disk.how == DISK_FAILS_SHORT)
        len /= 2;
    int code = disk.fail_errno;
    ssize_t done = (ssize_t)len;
    if (!fails || disk.how != DISK_FAILS_UNDONE) {
        disk_note_write(at, parts, part_count, len);
        struct disk_event *event = &disk.events[disk.count - 1];
        event->has_failed = fails;
        if (syscall(SYS_pwrite64, fd, event->data, event->len, at) != (long)len)
            abort();
        if (!fails && (fcntl(fd, F_GETFL) & O_DSYNC) != 0) {
            event->durable_at = disk.count;
            disk_note(DISK_DSYNC);
        }
    }
    if (fails && disk.how != DISK_FAILS_SHORT)
        done = -1;
    pthread_mutex_unlock(&disk.mutex);
    errno = done < 0 ? code : 0;
    return done;
}

static int disk_sync(int fd, bool is_data)
{
    int done = 0;
    pthread_mutex_lock(&disk.mutex);
    bool fails = is_data && disk_fails_now();
    for (int i = 0; is_data && !disk.is_lying && i < disk.count; i++) {
        struct disk_event *event = &disk.events[i];
        if (event->kind != DISK_WRITE || event->durable_at != DISK_NEVER || event->has_failed)
            continue;
        event->has_failed = fails;
        event->durable_at = fails ? DISK_NEVER : disk.count;
    }
    if (fails) {
        errno = disk.fail_errno;
        done = -1;
    } else {
        disk_note(is_data ? DISK_SYNC : DISK_FOLDER);
    }
    pthread_mutex_unlock(&disk.mutex);
    (void)fd; /* the kernel's own sync would only take time: we are the disk */
    return done;
}

/* --- the calls -------------------------------------------------------------------------------- */

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
    struct iovec part = {(void *)(uintptr_t)data, len};
    return disk_file_of(fd) == 'd' ? disk_write(fd, &part, 1, (uint64_t)at)
                                   : syscall(SYS_pwrite64, fd, data, len, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    if (disk_file_of(fd) != 'd')
        return syscall(SYS_writev, fd, parts, count);
    off_t at = lseek(fd, 0, SEEK_CUR);
    ssize_t done = disk_write(fd, parts, count, (uint64_t)at);
    if (done > 0)
        lseek(fd, at + done, SEEK_SET);
    return done;
}

int fdatasync(int fd)
{
    if (disk_file_of(fd) != 0)
        return disk_sync(fd, disk_file_of(fd) == 'd');
    return disk.is_quick ? 0 : (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
    if (disk_file_of(fd) != 0)
        return disk_sync(fd, disk_file_of(fd) == 'd');
    return disk.is_quick ? 0 : (int)syscall(SYS_fsync, fd);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    int done = (int)syscall(SYS_renameat, from_fd, from, to_fd, to);
    pthread_mutex_lock(&disk.mutex);
    if (done == 0 && disk.is_noting)
        disk_note(DISK_NAME);
    pthread_mutex_unlock(&disk.mutex);
    return done;
}

/* --- images ----------------------------------------------------------------------------------- */

struct disk_image {
    uint8_t *data; /* DISK_IMAGE_MAX, zero behind len */
    uint64_t len;
};

static void disk_put(struct disk_image *image, const struct disk_event *event, uint64_t from,
                     uint64_t to)
{
    if (event->at + to > DISK_IMAGE_MAX)
        abort();
    memcpy(image->data + event->at + from, event->data + from, to - from);
    if (event->at + to > image->len)
        image->len = event->at + to;
}

static void disk_clear(struct disk_image *image)
{
    memset(image->data, 0, image->len);
    image->len = 0;
}

static bool disk_is_floating(const struct disk_event *event, int moment)
{
    return event->durable_at == DISK_NEVER || event->durable_at >= moment;
}

/* What the process's end leaves after the first `moment` events: all of them, the last one, if it
 * is a write, only up to `last_len`. */
static void disk_image_of_end(struct disk_image *image, int moment, uint64_t last_len)
{
    disk_clear(image);
    for (int i = 0; i < moment; i++)
        if (disk.events[i].kind == DISK_WRITE)
            disk_put(image, &disk.events[i], 0, i == moment - 1 ? last_len : disk.events[i].len);
}

/* How many pieces of `grain` bytes were not durable. */
static unsigned disk_floating(int moment, uint64_t grain)
{
    uint64_t pieces = 0;
    for (int i = 0; i < moment; i++) {
        const struct disk_event *event = &disk.events[i];
        if (event->kind == DISK_WRITE && disk_is_floating(event, moment))
            pieces += (event->at + event->len + grain - 1) / grain - event->at / grain;
    }
    return (unsigned)pieces;
}

/* What loss of power leaves: of the pieces that were not durable, those that `choose` takes; it is
 * called for each, in order. */
typedef bool disk_choose_fn(void *context);
static void disk_image_of_loss(struct disk_image *image, int moment, uint64_t grain,
                               disk_choose_fn *choose, void *context)
{
    disk_clear(image);
    for (int i = 0; i < moment; i++) {
        const struct disk_event *event = &disk.events[i];
        if (event->kind != DISK_WRITE)
            continue;
        if (!disk_is_floating(event, moment)) {
            disk_put(image, event, 0, event->len);
            continue;
        }
        for (uint64_t from = 0; from < event->len;) {
            uint64_t to = ((event->at + from) / grain + 1) * grain - event->at;
            if (to > event->len)
                to = event->len;
            if (choose(context))
                disk_put(image, event, from, to);
            from = to;
        }
    }
}

#endif
