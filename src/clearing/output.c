/* Small files, written as a whole. */
#include "clearing/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static enum result hash(struct bytes data, uint8_t sha256[DIGEST_LEN], struct fault *fault)
{
    struct digest *digest;
    TRY(digest_open(&digest, fault));
    digest_init(digest);
    digest_update(digest, data);
    digest_final(digest, sha256);
    digest_close(digest);
    return RESULT_OK;
}

enum result output_write(int root, const char *path, struct bytes data, uint8_t sha256[DIGEST_LEN],
                         struct fault *fault)
{
    if (sha256 != NULL)
        TRY(hash(data, sha256, fault));
    /* Card numbers are in it. */
    int fd = openat(root, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0)
        return fault_set(fault, RESULT_IO, "%s: %s", path, strerror(errno));
    bool good = output_write_all(fd, data.data, data.len) && fsync(fd) == 0;
    int error = errno;
    if (close(fd) != 0 && good) {
        good = false;
        error = errno;
    }
    return good ? RESULT_OK : fault_set(fault, RESULT_IO, "%s: %s", path, strerror(error));
}
