/* A run's folder: see out_folder.h. */
#include "out_folder.h"

#include "command.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status, (void)type, (void)where;
    return remove(path);
}

/* Takes the mark, which says that a run of ours wrote the folder, and keeps others out while we
 * run. */
static enum result take_mark(const struct out_kind *kind, const char *out, int *mark,
                             struct fault *fault)
{
    char path[COMMAND_PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", out, kind->mark);
    *mark = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*mark < 0)
        return fault_set(fault, RESULT_IO, "%s: %s", path, strerror(errno));
    if (flock(*mark, LOCK_EX | LOCK_NB) != 0)
        return fault_set(fault, RESULT_STATE, "%s is in use by another %s; name another with --out",
                         out, kind->name);
    return RESULT_OK;
}

static bool is_empty(const char *folder)
{
    DIR *dir = opendir(folder);
    size_t entries = 0;
    if (dir == NULL)
        return false;
    while (readdir(dir) != NULL)
        entries++;
    closedir(dir);
    return entries <= 2;
}

enum result out_folder_take(const struct out_kind *kind, const char *out, int *mark,
                            struct fault *fault)
{
    char path[COMMAND_PATH_MAX];
    struct stat there;
    snprintf(path, sizeof path, "%s/%s", out, kind->mark);
    if (stat(path, &there) == 0) {
        TRY(take_mark(kind, out, mark, fault));
        close(*mark);
        *mark = -1;
        if (nftw(out, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
            return fault_set(fault, RESULT_IO, "%s: %s", out, strerror(errno));
    }
    if (mkdir(out, 0700) != 0 && errno != EEXIST)
        return fault_set(fault, RESULT_IO, "%s: %s", out, strerror(errno));
    if (!is_empty(out))
        return fault_set(fault, RESULT_STATE,
                         "%s is there and no %s wrote it; name another with --out", out,
                         kind->name);
    return take_mark(kind, out, mark, fault);
}
