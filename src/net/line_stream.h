/* Lines over a Unix-domain connection: what both ends of a control socket have in common.
 *
 * Lives inside its owner, who releases it in `ended`, which is the last callback. */
#ifndef NET_LINE_STREAM_H
#define NET_LINE_STREAM_H

#include "net/outbox.h"

enum {
    LINE_LEN_MAX = 64 * 1024,       /* without its newline */
    LINE_OUT_LEN_MAX = 1024 * 1024, /* lines that wait for a slow reader; 16 of the longest */
};

struct line_stream {
    struct outbox out;
    uv_pipe_t pipe;
    char *in; /* LINE_LEN_MAX and the newline */
    size_t in_len;
    size_t searched;    /* bytes of `in` known to hold no newline */
    bool open;          /* from line_stream_init() until it closes */
    bool quiet;         /* for the owner's use */
    struct fault fault; /* why it closed */
    void (*line)(struct line_stream *stream, struct bytes line);
    void (*ended)(struct line_stream *stream);
};

/* The pipe is made, not yet connected. The owner sets `line` and `ended`. */
MUST_USE enum result line_stream_init(struct line_stream *stream, struct loop *loop,
                                      struct fault *fault);
void line_stream_deinit(struct line_stream *stream); /* in `ended`, or of zeroed memory */
/* The connection is made. */
void line_stream_start(struct line_stream *stream);
/* Adds the newline. False: the line is too long or the other side does not read; then the stream
 * ends, since whoever waits for that line would wait for ever. */
bool line_stream_send(struct line_stream *stream, struct bytes line);
/* Writes what the kernel takes at once, then closes. Does nothing when it is closing already. */
void line_stream_end(struct line_stream *stream, enum result result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Fills the fault with a sentence when the path is longer than a socket's may be. */
MUST_USE enum result line_stream_check_path(const char *path, struct fault *fault);

#endif
