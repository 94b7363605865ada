/* How a fault of a message reads, in a line for people or an object for programs: one shape for all
 * commands. Prints nothing. */
#ifndef TOOLS_MESSAGE_FAULT_H
#define TOOLS_MESSAGE_FAULT_H

#include "base/strbuf.h"
#include "iso8583/iso8583.h"

/* What stands around the fault; each may be NULL or 0. */
struct message_fault_at {
    const char *command; /* opens a line: "cardlab NAME: " */
    const char *file;
    uint64_t number;     /* of the message, from 1 */
    const char *rule;    /* objects only: which kind of rule was broken */
    size_t line, column; /* objects only: in the text that the message came as */
};

/* Both end with a newline. */
void message_fault_line(struct strbuf *out, const struct message_fault_at *at,
                        const struct iso_fault *fault);
void message_fault_object(struct strbuf *out, const struct message_fault_at *at,
                          const struct iso_fault *fault);
/* The same of what has no expected and got, only a reason; `field` may be NULL. */
void message_reason_object(struct strbuf *out, const struct message_fault_at *at, const char *field,
                           const char *reason);

#endif
