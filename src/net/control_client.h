/* The calling side of a control socket: connects, sends lines, hears lines. No callback is ever
 * called from inside a call of the owner's. See control.h for limits and lines. */
#ifndef NET_CONTROL_CLIENT_H
#define NET_CONTROL_CLIENT_H

#include "base/bytes.h"
#include "net/loop.h"

enum { CONTROL_RETRY_MS = 20 }; /* between tries, while the other process still starts */

struct control_client;

struct control_client_events {
    void (*up)(void *context, struct control_client *client);
    /* The bytes live during the call; empty lines are skipped. */
    void (*line)(void *context, struct control_client *client, struct bytes line);
    /* At most once: the connection ended, or none came about in time. It is not made again. */
    void (*down)(void *context, struct control_client *client, const struct fault *fault);
};

/* Tries until somebody listens or give_up_ms have passed. RESULT_INPUT: the path is too long. */
MUST_USE enum result control_client_open(struct loop *loop, const char *path, uint64_t give_up_ms,
                                         const struct control_client_events *events, void *context,
                                         struct control_client **client, struct fault *fault);
/* One line, without its newline and without any inside. False: not connected, or no longer, because
 * the line is too long or the other side does not read; then down() follows. */
bool control_client_send(struct control_client *client, struct bytes line);
/* No callback is called any more. Accepts NULL; to be called also after down(). */
void control_client_close(struct control_client *client);

#endif
