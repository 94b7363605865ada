/* One file that is being written. */
#include "clearing/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum result failed(const struct output *output, struct fault *fault)
{
    return fault_set(fault, RESULT_IO, "%s: %s", output->path, strerror(errno));
}

enum result output_open(struct output *output, int root, const char *path, struct fault *fault)
{
    *output = (struct output){.root = root};
    MUST((size_t)snprintf(output->path, sizeof output->path, "%s", path) < sizeof output->path);
    /* Card numbers are in it: for its owner alone. */
    int fd = openat(root, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0)
        return failed(output, fault);
    close(fd);
    TRY(digest_open(&output->digest, fault));
    digest_init(output->digest);
    return RESULT_OK;
}

bool output_write_all(int fd, const void *data, size_t len)
{
    const uint8_t *from = data;
    while (len > 0) {
        ssize_t written = write(fd, from, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        from += written;
        len -= (size_t)written;
    }
    return true;
}

static enum result flush(struct output *output, bool synced, struct fault *fault)
{
    int fd = openat(output->root, output->path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return failed(output, fault);
    bool good = output_write_all(fd, output->buffer, output->len) && (!synced || fsync(fd) == 0);
    enum result result = good ? RESULT_OK : failed(output, fault);
    if (close(fd) != 0 && good)
        result = failed(output, fault);
    digest_update(output->digest, bytes_of(output->buffer, output->len));
    output->len = 0;
    return result;
}

enum result output_add(struct output *output, const void *data, size_t len, struct fault *fault)
{
    const uint8_t *from = data;
    if (output->buffer == NULL)
        output->buffer = malloc(OUTPUT_BUFFER_LEN);
    if (output->buffer == NULL)
        return fault_set(fault, RESULT_IO, "%s: no memory for a buffer", output->path);
    output->bytes += len;
    while (len > 0) {
        size_t room = OUTPUT_BUFFER_LEN - output->len, part = len < room ? len : room;
        memcpy(output->buffer + output->len, from, part);
        output->len += part;
        from += part;
        len -= part;
        if (output->len == OUTPUT_BUFFER_LEN)
            TRY(flush(output, false, fault));
    }
    return RESULT_OK;
}

enum result output_end(struct output *output, uint8_t sha256[DIGEST_LEN], struct fault *fault)
{
    TRY(flush(output, true, fault));
    digest_final(output->digest, sha256);
    free(output->buffer);
    output->buffer = NULL;
    return RESULT_OK;
}

void output_deinit(struct output *output)
{
    free(output->buffer);
    digest_close(output->digest);
    *output = (struct output){0};
}
