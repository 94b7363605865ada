/* The folder of a store: made for its owner alone, and locked against a second writer.
 *
 * LMDB's own lock.mdb lets writers of several processes take turns; ours may not, since each keeps
 * numbers and open work in its memory. So the writer holds a lock file of its own, by flock: the
 * kernel gives it back whatever way the process ends. The file stays, only the lock counts. */
#include "store/store_lmdb_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char LOCK_NAME[] = "writer.lock";

enum {
    PID_TEXT_MAX = 24,
    PROBE_LEN = 64 * 1024, /* more than is left where a write of some pages was cut */
};

static enum result fault_errno(struct fault *fault, const char *doing, const char *folder)
{
    return fault_set(fault, RESULT_IO, "cannot %s store folder %s: %s", doing, folder,
                     strerror(errno));
}

enum result lmdb_folder_make(const char *folder, struct fault *fault)
{
    if (mkdir(folder, S_IRWXU) != 0 && errno != EEXIST)
        return fault_errno(fault, "make", folder);
    struct stat status;
    if (stat(folder, &status) != 0)
        return fault_errno(fault, "look at", folder);
    if (!S_ISDIR(status.st_mode))
        return fault_set(fault, RESULT_IO, "%s is not a folder, so it cannot hold a store", folder);
    return RESULT_OK;
}

static int folder_open(const char *folder)
{
    return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

enum result lmdb_folder_look(const char *folder, enum lmdb_data *data, struct fault *fault)
{
    struct stat status = {0};
    int fd = folder_open(folder);
    int code = fd >= 0 && fstatat(fd, LMDB_DATA_NAME, &status, 0) == 0 ? 0 : errno;
    if (fd >= 0)
        close(fd);
    *data = code == ENOENT ? LMDB_DATA_NONE : LMDB_DATA_THERE;
    if (code == 0 && status.st_size == 0)
        return fault_set(fault, RESULT_CORRUPT,
                         "store %s is damaged: its %s is empty; take a copy of it, or remove the "
                         "folder to begin anew without what was in it",
                         folder, LMDB_DATA_NAME);
    errno = code;
    return code == 0 || code == ENOENT ? RESULT_OK : fault_errno(fault, "look into", folder);
}

enum result lmdb_folder_clear_new(const char *folder, struct fault *fault)
{
    int fd = folder_open(folder);
    bool is_clear = fd >= 0 && (unlinkat(fd, LMDB_NEW_NAME, 0) == 0 || errno == ENOENT);
    enum result result = is_clear ? RESULT_OK : fault_errno(fault, "write into", folder);
    if (fd >= 0)
        close(fd);
    return result;
}

enum result lmdb_folder_name_new(const char *folder, struct fault *fault)
{
    int fd = folder_open(folder);
    bool is_named = fd >= 0 && renameat(fd, LMDB_NEW_NAME, fd, LMDB_DATA_NAME) == 0;
    enum result result = is_named ? RESULT_OK : fault_errno(fault, "write into", folder);
    if (fd >= 0)
        close(fd);
    return result;
}

/* Who holds the lock, for the sentence only: a number, or nothing known. */
static enum result fault_locked(const char *folder, int lock_fd, struct fault *fault)
{
    char text[PID_TEXT_MAX];
    ssize_t len = pread(lock_fd, text, sizeof text - 1, 0);
    text[len > 0 ? len : 0] = '\0';
    long pid = strtol(text, NULL, 10);
    if (pid <= 0)
        return fault_set(fault, RESULT_STATE,
                         "store %s is being written by another process: stop that one first",
                         folder);
    return fault_set(fault, RESULT_STATE,
                     "store %s is being written by process %ld: stop that one first", folder, pid);
}

enum result lmdb_folder_lock(const char *folder, int *lock_fd, struct fault *fault)
{
    int folder_fd = folder_open(folder);
    if (folder_fd < 0)
        return fault_errno(fault, "open", folder);
    int fd =
        openat(folder_fd, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    int open_errno = errno;
    close(folder_fd);
    errno = open_errno;
    if (fd < 0)
        return fault_errno(fault, "lock", folder);
    enum result result = RESULT_OK;
    char text[PID_TEXT_MAX];
    int len = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        result = errno == EWOULDBLOCK ? fault_locked(folder, fd, fault)
                                      : fault_errno(fault, "lock", folder);
    else if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)len, 0) != len)
        result = fault_errno(fault, "write the lock file of", folder);
    if (result != RESULT_OK) {
        close(fd);
        return result;
    }
    *lock_fd = fd;
    return RESULT_OK;
}

int lmdb_folder_probe(const char *folder)
{
    static const uint8_t page[4096];
    struct stat data = {0};
    ssize_t done = 0;
    int folder_fd = folder_open(folder), code = 0;
    int fd = openat(folder_fd, LMDB_NEW_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR);
    if (fd < 0)
        code = errno;
    else if (fstatat(folder_fd, LMDB_DATA_NAME, &data, 0) == 0)
        for (off_t at = data.st_size; at < data.st_size + PROBE_LEN && done >= 0; at += done)
            done = pwrite(fd, page, sizeof page, at);
    if (done < 0)
        code = errno;
    if (fd >= 0) {
        close(fd);
        unlinkat(folder_fd, LMDB_NEW_NAME, 0);
    }
    if (folder_fd >= 0)
        close(folder_fd);
    return code == ENOSPC || code == EDQUOT || code == EFBIG ? code : EIO;
}

enum result lmdb_folder_sync(const char *folder, struct fault *fault)
{
    int folder_fd = folder_open(folder);
    if (folder_fd < 0)
        return fault_errno(fault, "open", folder);
    int parent_fd = openat(folder_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum result result = RESULT_OK;
    /* A parent that may be entered but not read cannot be synced by us; its owner made it. */
    if (fsync(folder_fd) != 0 || (parent_fd >= 0 && fsync(parent_fd) != 0))
        result = fault_errno(fault, "sync", folder);
    if (parent_fd >= 0)
        close(parent_fd);
    close(folder_fd);
    return result;
}
