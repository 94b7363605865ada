/* Where decode and its like take messages from: hex text, one raw message, or a framed stream.
 * Reads as it goes: memory stays the same however long the input is. */
#ifndef TOOLS_MESSAGE_SOURCE_H
#define TOOLS_MESSAGE_SOURCE_H

#include "base/result.h"
#include "hex_text.h"
#include "iso8583/iso8583.h"

#include <stdio.h>

enum source_form { SOURCE_HEX, SOURCE_RAW, SOURCE_FRAMED };

enum {
    SOURCE_MESSAGE_MAX = 64 << 10, /* a raw message; more than any framing can carry */
    SOURCE_BUFFER_LEN = 256 << 10,
    SOURCE_JOINED_MAX = 256, /* lines of one message: 4 KiB at 16 bytes each */
};

struct message_source {
    FILE *file; /* the caller's */
    enum source_form form;
    const struct iso_framing *framing; /* NULL: none */
    uint8_t *buffer;                   /* what was read and not yet spent */
    size_t start, len;
    bool at_end, failed;
    struct hex_text hex;
    uint8_t *bytes;          /* of a message in hex */
    struct iso_value inside; /* hex and framing: what is left of these bytes */
    size_t inside_used;
    size_t row_len;              /* bytes of the latest message's line, when it was a line */
    size_t first_line;           /* its number */
    size_t join_len, joined;     /* what source_join() looked at behind it */
    size_t bad_line, bad_column; /* of hex text, after SOURCE_BAD; 0: not known */
    uint64_t offset;             /* where the latest frame stands in the stream */
    uint64_t spent;
    bool is_blocked; /* framed: the stream is a file in blocks, see source_unblock() */
    uint64_t taken;  /* bytes of blocks so far */
    bool has_given;
    void (*before_read)(void *context);
    void *context;
};

/* What came next. After SOURCE_BAD the fault says why; a framed stream cannot go on then. */
enum source_event { SOURCE_MESSAGE, SOURCE_IDLE, SOURCE_BAD, SOURCE_END, SOURCE_FAILED };

/* Errors: LIMIT (no memory). `framing` stays the caller's; with SOURCE_HEX it may be NULL, or what
 * the bytes of each message in the text are cut by. */
MUST_USE enum result source_init(struct message_source *source, FILE *file, enum source_form form,
                                 const struct iso_framing *framing, struct fault *fault);
/* The stream is a file in blocks of 1,014 bytes, two of filling at the end of each; an idle frame
 * is its last. Offsets count without the filling. */
void source_unblock(struct message_source *source);
/* Is called before each wait for more input. */
void source_before_read(struct message_source *source, void (*before_read)(void *context),
                        void *context);
void source_deinit(struct message_source *source); /* accepts zeroed memory */

/* The message lies in the source until the next call. SOURCE_FAILED: reading failed, see errno. */
enum source_event source_next(struct message_source *source, struct iso_value *message,
                              struct iso_fault *fault);

/* Some print one message over several lines of the same width, as xxd -p and od -An do, and nothing
 * but the message itself tells whether they did. When it is not good by itself, each call appends
 * the next line, as long as that could be; false when it could not. Then one call of
 * source_join_end() says whether it was one message, or every line is to be looked at by itself. */
bool source_join(struct message_source *source, struct iso_value *message);
void source_join_end(struct message_source *source, bool is_message);

#endif
