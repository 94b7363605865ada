/* A folder that appears whole or not at all. */
#include "clearing/publication.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LEVELS = 2, OPEN_FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

static enum result failed(struct fault *fault, const char *what)
{
    return fault_set(fault, RESULT_IO, "%s: %s", what, strerror(errno));
}

static enum result failed_in(const struct publication *publication, const char *name,
                             struct fault *fault)
{
    return fault_set(fault, RESULT_IO, "%s/%s: %s", publication->path, name, strerror(errno));
}

/* --- clearing away ---------------------------------------------------------------------------- */

static bool is_itself(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Removes a folder of ours with what is in it, at most so many levels; there is none: good. What is
 * no folder, as a link, goes by itself. */
static bool remove_folder(int parent, const char *name, unsigned levels)
{
    int fd = openat(parent, name, OPEN_FOLDER);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (folder == NULL) {
        bool is_gone = fd < 0 && (errno == ENOENT || ((errno == ENOTDIR || errno == ELOOP) &&
                                                      unlinkat(parent, name, 0) == 0));
        if (fd >= 0)
            close(fd);
        return is_gone;
    }
    bool good = true;
    const struct dirent *entry;
    while (good && (entry = readdir(folder)) != NULL) {
        if (is_itself(entry->d_name))
            continue;
        good = unlinkat(fd, entry->d_name, 0) == 0 ||
               (levels > 1 && remove_folder(fd, entry->d_name, levels - 1));
    }
    closedir(folder);
    return good && unlinkat(parent, name, AT_REMOVEDIR) == 0;
}

/* --- opening ---------------------------------------------------------------------------------- */

static enum result open_out(struct publication *publication, const char *out, struct fault *fault)
{
    if (mkdir(out, S_IRWXU) != 0 && errno != EEXIST)
        return failed(fault, out);
    publication->out = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (publication->out < 0)
        return failed(fault, out);
    if (flock(publication->out, LOCK_EX | LOCK_NB) == 0)
        return RESULT_OK;
    if (errno == EWOULDBLOCK)
        return fault_set(fault, RESULT_STATE, "%s: another process is writing clearing files there",
                         out);
    return failed(fault, out);
}

/* What is put in place of the folder must be one that can be removed from there again: a link would
 * be exchanged and its target left alone. */
static enum result check_target(const struct publication *publication, struct fault *fault)
{
    struct stat there;
    if (fstatat(publication->out, publication->name, &there, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? RESULT_OK : failed_in(publication, publication->name, fault);
    if (S_ISDIR(there.st_mode))
        return RESULT_OK;
    return fault_set(
        fault, RESULT_STATE, "%s/%s is a %s and no folder: it is not replaced, take it away first",
        publication->path, publication->name, S_ISLNK(there.st_mode) ? "symbolic link" : "file");
}

static enum result open_hidden(struct publication *publication, struct fault *fault)
{
    const char *hidden = publication->hidden;
    if (remove_folder(publication->out, hidden, LEVELS) &&
        mkdirat(publication->out, hidden, S_IRWXU) == 0)
        publication->root = openat(publication->out, hidden, OPEN_FOLDER);
    return publication->root >= 0 ? RESULT_OK : failed_in(publication, hidden, fault);
}

enum result publication_open(struct publication *publication, const char *out, const char *name,
                             struct fault *fault)
{
    *publication = (struct publication){.out = -1, .root = -1, .path = out};
    MUST(strlen(name) < sizeof publication->name);
    snprintf(publication->name, sizeof publication->name, "%s", name);
    snprintf(publication->hidden, sizeof publication->hidden, ".%s.partial", name);
    enum result result = open_out(publication, out, fault);
    if (result == RESULT_OK)
        result = check_target(publication, fault);
    if (result == RESULT_OK)
        result = open_hidden(publication, fault);
    if (result != RESULT_OK)
        publication_close(publication);
    return result;
}

enum result publication_folder(struct publication *publication, const char *name,
                               struct fault *fault)
{
    if (mkdirat(publication->root, name, S_IRWXU) != 0 && errno != EEXIST)
        return failed_in(publication, name, fault);
    return RESULT_OK;
}

/* --- publishing ------------------------------------------------------------------------------- */

/* The names in a folder, and in the folders in it, become durable. */
static bool sync_folder(int parent, const char *name, unsigned levels)
{
    int fd = openat(parent, name, OPEN_FOLDER);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (folder == NULL) {
        /* A file, which has been synced by who wrote it. */
        bool is_file = fd < 0 && errno == ENOTDIR;
        if (fd >= 0)
            close(fd);
        return is_file;
    }
    bool good = true;
    const struct dirent *entry;
    while (good && levels > 1 && (entry = readdir(folder)) != NULL)
        good = is_itself(entry->d_name) || sync_folder(fd, entry->d_name, levels - 1);
    good = good && fsync(fd) == 0;
    closedir(folder);
    return good;
}

/* In one step, also where an older one stands, which then stands where ours stood. */
static bool put_in_place(const struct publication *publication)
{
    const char *hidden = publication->hidden, *name = publication->name;
    int out = publication->out;
    return renameat2(out, hidden, out, name, RENAME_NOREPLACE) == 0 ||
           (errno == EEXIST && renameat2(out, hidden, out, name, RENAME_EXCHANGE) == 0);
}

/* No target yet, or one with the mark in it. */
static bool is_ours(const struct publication *publication, const char *mark)
{
    char path[PUBLICATION_NAME_MAX * 2];
    snprintf(path, sizeof path, "%s/%s", publication->name, mark);
    return faccessat(publication->out, path, F_OK, 0) == 0 ||
           (faccessat(publication->out, publication->name, F_OK, 0) != 0 && errno == ENOENT);
}

enum result publication_publish(struct publication *publication, const char *mark,
                                struct fault *fault)
{
    if (!sync_folder(publication->out, publication->hidden, LEVELS))
        return failed_in(publication, publication->hidden, fault);
    TRY(check_target(publication, fault));
    if (!is_ours(publication, mark))
        return fault_set(
            fault, RESULT_STATE,
            "%s/%s: there is a folder of this name without a %s, which is not replaced",
            publication->path, publication->name, mark);
    if (!put_in_place(publication)) {
        if (errno == EINVAL || errno == ENOSYS)
            return fault_set(fault, RESULT_IO,
                             "%s: this file system cannot replace a folder in one step: write the "
                             "files to another one",
                             publication->path);
        return failed_in(publication, publication->name, fault);
    }
    if (fsync(publication->out) != 0)
        return failed_in(publication, publication->name, fault);
    /* The folder itself may be new; a parent that may not be read cannot be synced by us. */
    int parent = openat(publication->out, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = parent < 0 || fsync(parent) == 0;
    if (parent >= 0)
        close(parent);
    return good ? RESULT_OK : failed_in(publication, publication->name, fault);
}

void publication_close(struct publication *publication)
{
    if (publication->root >= 0) {
        close(publication->root);
        /* What cannot be removed is removed by the next run. */
        (void)remove_folder(publication->out, publication->hidden, LEVELS);
    }
    if (publication->out >= 0)
        close(publication->out);
    publication->out = publication->root = -1;
}
