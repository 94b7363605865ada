/* The control socket of a party: a Unix-domain listener in its data folder, one JSON object a line
 * both ways. What the lines say, and who is told of events, is the caller's affair; here a line is
 * bytes without its newline. No callback is ever called from inside a call of the owner's.
 *
 * Only the file's owner can connect (mode 0600); there is no other check of who it is. */
#ifndef NET_CONTROL_H
#define NET_CONTROL_H

#include "base/bytes.h"
#include "net/loop.h"

enum {
    CONTROL_LINE_LEN_MAX = 64 * 1024, /* both ways; a lab's largest answer is a page of items */
    CONTROL_PEERS_MAX = 32,           /* a person, a demo and some watchers; 1.1 MiB each at most */
};

struct control;
struct control_peer; /* somebody who has connected */

struct control_events {
    /* The bytes live during the call; empty lines are skipped. */
    void (*line)(void *context, struct control_peer *peer, struct bytes line);
    /* The last call for this peer, who may never have sent a line. May be NULL. */
    void (*gone)(void *context, struct control_peer *peer, const struct fault *fault);
};

/* The socket file of a dead process is replaced. RESULT_INPUT: the path is too long; RESULT_STATE:
 * a living process answers there, or something else than a socket stands there; RESULT_IO. */
MUST_USE enum result control_open(struct loop *loop, const char *path,
                                  const struct control_events *events, void *context,
                                  struct control **control, struct fault *fault);
/* Hangs up and removes the socket file; no callback is called any more. Accepts NULL. */
void control_close(struct control *control);

/* One line, without its newline and without any inside. A peer who sends a line that is too long,
 * or is sent one, or does not read while a megabyte waits for it, is cut off and
 * reported gone. False: so it is, or was. */
bool control_send(struct control_peer *peer, struct bytes line);
void control_hang_up(struct control_peer *peer);
/* One pointer of the owner's, NULL at first. */
void control_set_user(struct control_peer *peer, void *user);
void *control_user(const struct control_peer *peer);

#endif
