/* Calls that make files and fail, or are the last of a process: LD_PRELOAD=libfaulty_files.so.
 *
 * Counted are the calls that make, write, sync or rename something whose path has FAULTY_FILES_IN
 * in it, from 1 on. The call FAULTY_FILES_AT is not done: the process is killed there, or the call
 * fails, as FAULTY_FILES_HOW says (kill, ENOSPC, EIO, EACCES). How many there were is written to
 * FAULTY_FILES_COUNT at the end. CLOCK_JUMP names a file with seconds that are added to the time of
 * day, as long as it is there. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PATH_LEN = 8192 };

static atomic_uint calls;

static bool is_watched(int folder, const char *path)
{
    const char *wanted = getenv("FAULTY_FILES_IN");
    char link[64], whole[PATH_LEN] = "";
    if (wanted == NULL)
        return false;
    ssize_t len = 0;
    if (folder != AT_FDCWD && path[0] != '/') {
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        len = readlink(link, whole, sizeof whole / 2);
    }
    len = len < 0 ? 0 : len;
    snprintf(whole + len, sizeof whole - (size_t)len, "/%s", path);
    return strstr(whole, wanted) != NULL;
}

/* Whether this call is the one; errno is set. */
static bool fails(int folder, const char *path)
{
    const char *at = getenv("FAULTY_FILES_AT"), *how = getenv("FAULTY_FILES_HOW");
    if (!is_watched(folder, path))
        return false;
    unsigned number = atomic_fetch_add(&calls, 1) + 1;
    if (at == NULL || how == NULL || strtoul(at, NULL, 10) != number)
        return false;
    if (strcmp(how, "kill") == 0)
        raise(SIGKILL);
    errno = strcmp(how, "ENOSPC") == 0 ? ENOSPC : strcmp(how, "EACCES") == 0 ? EACCES : EIO;
    return true;
}

__attribute__((destructor)) static void tell(void)
{
    const char *path = getenv("FAULTY_FILES_COUNT");
    FILE *file = path != NULL ? fopen(path, "w") : NULL;
    if (file == NULL)
        return;
    fprintf(file, "%u\n", atomic_load(&calls));
    fclose(file);
}

int mkdir(const char *path, mode_t mode)
{
    return fails(AT_FDCWD, path) ? -1 : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int mkdirat(int folder, const char *path, mode_t mode)
{
    return fails(folder, path) ? -1 : (int)syscall(SYS_mkdirat, folder, path, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return fails(folder, path) ? -1 : (int)syscall(SYS_openat, folder, path, flags, mode);
}

ssize_t write(int fd, const void *data, size_t len)
{
    return fails(fd, "") ? -1 : syscall(SYS_write, fd, data, len);
}

int fsync(int fd)
{
    return fails(fd, "") ? -1 : (int)syscall(SYS_fsync, fd);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    return fails(to_folder, to)
               ? -1
               : (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    const char *path = getenv("CLOCK_JUMP");
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    char text[32] = "";
    int fd = path != NULL && clock == CLOCK_REALTIME
                 ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0)
                 : -1;
    if (fd >= 0 && syscall(SYS_read, fd, text, sizeof text - 1) > 0)
        now->tv_sec += strtol(text, NULL, 10);
    if (fd >= 0)
        close(fd);
    return result;
}
