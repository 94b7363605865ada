/* Room in the data file ahead of what LMDB uses.
 *
 * A commit that makes its file longer is also a change of the file's own size and extents, which
 * the same sync has to write, elsewhere and one after the other: half of what a small commit costs.
 * So the file is kept longer than its pages by a stretch of zeros, written and not only reserved:
 * reserved space changes its extents when it is first written, which costs as much. LMDB never
 * reads behind its last page, so whatever a crash leaves there is as good as zeros.
 *
 * Nothing depends on it. What cannot be written is not missed before LMDB writes there itself. */
#include "store/store_lmdb_private.h"

#include <sys/stat.h>
#include <unistd.h>

enum {
    ROOM_MIN = 64 * 1024,
    ROOM_MAX = 1024 * 1024, /* written in a millisecond, so that a commit is not held up */
    ROOM_PART = 16,         /* of the file: a small store stays small */
    ZEROS_LEN = 64 * 1024,
};

static uint64_t room_of(uint64_t used)
{
    uint64_t room = used / ROOM_PART;
    if (room < ROOM_MIN)
        return ROOM_MIN;
    return room < ROOM_MAX ? room : ROOM_MAX;
}

static void write_zeros(int fd, uint64_t from, uint64_t to)
{
    static const uint8_t zeros[ZEROS_LEN];
    while (from < to) {
        size_t len = to - from < ZEROS_LEN ? (size_t)(to - from) : ZEROS_LEN;
        ssize_t done = pwrite(fd, zeros, len, (off_t)from);
        if (done <= 0)
            return;
        from += (uint64_t)done;
    }
}

void lmdb_room_keep(struct lmdb_store *lmdb)
{
    MDB_envinfo info;
    MDB_stat tree;
    struct stat file;
    int fd;
    mdb_env_info(lmdb->env, &info);
    mdb_env_stat(lmdb->env, &tree);
    uint64_t used = (info.me_last_pgno + 1) * tree.ms_psize;
    uint64_t room = room_of(used);
    if (used + room / 2 <= lmdb->room_end)
        return;
    lmdb->room_end = used + room < info.me_mapsize ? used + room : info.me_mapsize;
    /* A file that is shorter than its pages may have been cut: zeros would hide that. */
    if (mdb_env_get_fd(lmdb->env, &fd) == 0 && fstat(fd, &file) == 0 &&
        (uint64_t)file.st_size >= used)
        write_zeros(fd, (uint64_t)file.st_size, lmdb->room_end);
}
