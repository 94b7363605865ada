/* A file of messages, read and unpacked one after the other: a message_source and the spec. Owns
 * the file it opens; the options stay the caller's. */
#ifndef TOOLS_MESSAGE_INPUT_H
#define TOOLS_MESSAGE_INPUT_H

#include "message_options.h"

struct message_input {
    const struct message_options *options;
    const char *path;
    FILE *file;
    struct message_source source;
    uint64_t number; /* of the latest message, from 1 */
};

enum input_event {
    INPUT_GOOD,    /* *message was unpacked from *bytes */
    INPUT_INVALID, /* *bytes are no good message; *message has what was read in front of the fault
                    */
    INPUT_LOST,    /* there is no message, and the fault says why; a framed stream ends here */
    INPUT_IDLE,    /* an idle frame */
    INPUT_END,
    INPUT_FAILED, /* reading failed, see errno */
};

/* "-" is standard input. Errors: IO, LIMIT (no memory). */
MUST_USE enum result message_input_open(struct message_input *input,
                                        const struct message_options *options, const char *path,
                                        struct fault *fault);
void message_input_close(struct message_input *input); /* accepts zeroed memory */
/* Message and bytes are good until the next call. */
enum input_event message_input_next(struct message_input *input, struct iso_message *message,
                                    struct iso_value *bytes, struct iso_fault *fault);

#endif
