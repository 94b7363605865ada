/* A folder for one test's store: named but not made, and removed with what LMDB left in it. */
#ifndef TESTS_UNIT_STORE_FOLDER_H
#define TESTS_UNIT_STORE_FOLDER_H

#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FOLDER_PATH_MAX = 256 };

struct folder {
    char above[FOLDER_PATH_MAX / 2];
    char path[FOLDER_PATH_MAX - 64];
};

static inline void folder_make(struct folder *folder)
{
    const char *temporary = getenv("TMPDIR");
    snprintf(folder->above, sizeof folder->above, "%s/store-test-XXXXXX",
             temporary != NULL ? temporary : "/tmp");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder->above));
    snprintf(folder->path, sizeof folder->path, "%s/store", folder->above);
}

static inline const char *folder_file(const struct folder *folder, const char *name,
                                      char path[FOLDER_PATH_MAX])
{
    snprintf(path, FOLDER_PATH_MAX, "%s/%s", folder->path, name);
    return path;
}

static inline void folder_remove(const struct folder *folder)
{
    static const char *const names[] = {"data.mdb", "lock.mdb", "writer.lock"};
    char path[FOLDER_PATH_MAX];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlink(folder_file(folder, names[i], path));
    rmdir(folder->path);
    CU_ASSERT_EQUAL(rmdir(folder->above), 0);
}

#endif
