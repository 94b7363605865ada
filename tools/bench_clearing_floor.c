/* What the disk and the kernel take for the same bytes, with nothing done to them. */
#include "bench_clearing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 1 << 20 };

static enum result failed(const char *path, struct fault *fault)
{
    return fault_set(fault, RESULT_IO, "%.200s: %s", path, strerror(errno));
}

enum result bench_floor_read(const char *path, double *seconds, struct fault *fault)
{
    uint64_t *block = malloc(BLOCK), seen = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    double begin = bench_now_s();
    ssize_t got = -1;
    while (fd >= 0 && block != NULL && (got = read(fd, block, BLOCK)) > 0)
        for (size_t i = 0; i < (size_t)got / sizeof *block; i++)
            seen ^= block[i];
    *seconds = bench_now_s() - begin;
    enum result result = fd < 0 || got < 0 ? failed(path, fault) : RESULT_OK;
    if (fd >= 0)
        close(fd);
    if (block != NULL)
        *(volatile uint64_t *)block = seen; /* it was looked at */
    free(block);
    return result;
}

static bool write_all(int fd, const uint8_t *block, uint64_t bytes)
{
    while (bytes > 0) {
        ssize_t done = write(fd, block, bytes < BLOCK ? (size_t)bytes : BLOCK);
        if (done < 0 && errno != EINTR)
            return false;
        bytes -= done > 0 ? (uint64_t)done : 0;
    }
    return true;
}

enum result bench_floor_write(const char *path, uint64_t bytes, double *seconds,
                              struct fault *fault)
{
    uint8_t *block = malloc(BLOCK);
    if (block == NULL)
        return fault_set(fault, RESULT_IO, "no memory for a block");
    memset(block, '0', BLOCK);
    double begin = bench_now_s();
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    bool good = fd >= 0 && write_all(fd, block, bytes) && fsync(fd) == 0;
    *seconds = bench_now_s() - begin;
    enum result result = good ? RESULT_OK : failed(path, fault);
    if (fd >= 0)
        close(fd);
    if (fd >= 0)
        unlink(path);
    free(block);
    return result;
}
