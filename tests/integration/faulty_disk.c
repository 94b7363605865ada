/* A disk that fails when it is told to, for real processes: LD_PRELOAD=libfaulty_disk.so.
 *
 * Only files whose path has FAULTY_DISK_FILE in it are touched, and only while there is the file
 * FAULTY_DISK_NOW, so that a test can break the disk at any moment and mend it again. Its content
 * says how:
 *   full   every write wants new space, as on a disk that copies on write: one of several pages is
 * cut after the first, others fail with ENOSPC sync   fdatasync() does nothing and fails with EIO
 *   valid  a write through O_DSYNC, which makes a commit valid, is done but fails with EIO */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static bool is_broken(int fd, const char *how)
{
    char link[64], path[4096], given[16] = "";
    const char *now = getenv("FAULTY_DISK_NOW"), *file = getenv("FAULTY_DISK_FILE");
    int now_fd = now != NULL && file != NULL ? open(now, O_RDONLY | O_CLOEXEC) : -1;
    if (now_fd < 0)
        return false;
    ssize_t given_len = read(now_fd, given, sizeof given - 1);
    close(now_fd);
    if (given_len != (ssize_t)strlen(how) || strcmp(given, how) != 0)
        return false;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, sizeof path - 1);
    path[len > 0 ? len : 0] = '\0';
    return strstr(path, file) != NULL;
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
    if (len > 0 && is_broken(fd, "full")) {
        errno = ENOSPC;
        return -1;
    }
    ssize_t done = syscall(SYS_pwrite64, fd, data, len, at);
    if ((fcntl(fd, F_GETFL) & O_DSYNC) == 0 || !is_broken(fd, "valid"))
        return done;
    errno = EIO;
    return -1;
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    return syscall(SYS_writev, fd, parts, count > 1 && is_broken(fd, "full") ? 1 : count);
}

int fdatasync(int fd)
{
    if (!is_broken(fd, "sync"))
        return (int)syscall(SYS_fdatasync, fd);
    errno = EIO;
    return -1;
}
