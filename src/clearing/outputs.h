/* The large files of a cut, and the thread that writes and hashes them; small ones that are there
 * as a whole are output.h's.
 *
 * Whoever makes the bytes fills buffers and goes on as soon as a run of full ones of one file is
 * handed over: a second processor writes, hashes and syncs meanwhile, a run in one call, since the
 * kernel takes as long for each small call as for copying its bytes. What is held and handed over
 * is bounded, and so are the files that are open at once; a cut with hundreds of files opens some
 * of them again for each run. Who has to wait for the thread does its work meanwhile. Nothing here
 * knows what the bytes mean. All calls come from one thread, the owner's; what goes wrong in the
 * other is told by the next call. */
#ifndef CLEARING_OUTPUTS_H
#define CLEARING_OUTPUTS_H

#include "clearing/output.h"

enum {
    OUTPUTS_BUFFER_LEN = 16 << 10, /* 40 lines; 2,000 files then take 32 MB */
    OUTPUTS_RUN_MAX = 16,          /* buffers written in one call: 256 KB */
    OUTPUTS_HELD_MAX = 512,        /* full ones of all files not handed over yet: 8 MB */
    OUTPUTS_QUEUE_MAX = 512,       /* buffers handed over and not written yet: 8 MB */
    OUTPUTS_OPEN_MAX = 128,        /* files; many processes may have 1,024 */
};

struct outputs_buffer;

/* The thread and its queue. */
struct outputs;
/* `root` is the folder that all paths start from, open as long as this is. RESULT_IO: no memory, or
 * no thread. */
MUST_USE enum result outputs_open(int root, struct outputs **outputs, struct fault *fault);
/* Waits until everything handed over is written, and every file that was ended is synced. */
MUST_USE enum result outputs_finish(struct outputs *outputs, struct fault *fault);
/* Ends the thread; what it has not written yet may be lost. Accepts NULL. */
void outputs_close(struct outputs *outputs);

struct outputs_file {
    struct outputs *outputs;
    char path[OUTPUT_PATH_MAX];
    struct outputs_buffer *first;  /* full ones not handed over yet, behind them... */
    struct outputs_buffer *buffer; /* ...the one that is being filled; NULL: there are none */
    unsigned held;                 /* how many are full */
    uint64_t bytes;                /* of the whole file so far */
    uint8_t sha256[DIGEST_LEN];    /* after outputs_finish(), when it was ended */
    bool is_being_written;         /* under the mutex; and whoever does that has all that follows */
    struct digest *digest;
    int fd; /* -1: not open now */
    bool was_made, may_stay_open;
    uint64_t unsynced; /* bytes that the disk has not been told to begin with */
};

/* The file, which may not be there yet, is made when its first bytes are written. The output stays
 * where it is until outputs_close(). On failure it needs no deinit. */
MUST_USE enum result outputs_file_open(struct outputs_file *file, struct outputs *outputs,
                                       const char *path, struct fault *fault);
MUST_USE enum result outputs_file_add(struct outputs_file *file, const void *data, size_t len,
                                      struct fault *fault);
/* Hands over what is left; the file is synced behind it. Nothing may be added any more. */
MUST_USE enum result outputs_file_end(struct outputs_file *file, struct fault *fault);
/* Only after outputs_close(). Accepts zeroed memory; leaves the file. */
void outputs_file_deinit(struct outputs_file *file);

#endif
