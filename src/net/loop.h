/* The event loop: one thread, and everything that happens to a party comes from it.
 *
 * It is a thin face over libuv, so that no other folder knows that library. It is no scheduler:
 * there is one deadline, one wake-up and one hook; whoever needs many timers keeps them in order
 * and arms the first. All calls come from the loop's thread, except loop_wake().
 *
 * A turn: timers, sockets, wake-up, ends of connections; then events.turn() once; then everything
 * that was sent during the turn is written, one write a connection; then the loop sleeps. */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include "base/instant.h"
#include "base/result.h"

#define LOOP_NEVER UINT64_MAX

struct loop;

/* Any of them may be NULL. */
struct loop_events {
    void (*wake)(void *context);               /* once or more after loop_wake(), coalesced */
    void (*deadline)(void *context);           /* the armed moment has come; it is disarmed */
    void (*signal)(void *context, int signum); /* SIGTERM or SIGINT; NULL leaves them alone */
    void (*turn)(void *context);               /* after all callbacks of a turn */
};

/* SIGPIPE is ignored from here on, for the whole process. RESULT_IO: no descriptors left. */
MUST_USE enum result loop_open(const struct loop_events *events, void *context, struct loop **loop,
                               struct fault *fault);
/* Accepts NULL. Whatever was opened on the loop must have been closed before; what that left to be
 * finished is finished here. */
void loop_close(struct loop *loop);

/* Until loop_stop(); what was sent before the stop is still written. May be called again. */
void loop_run(struct loop *loop);
/* Ends the run that is going on, in its present turn. */
void loop_stop(struct loop *loop);

/* Both clocks now. The only place of the product that asks a clock. */
struct instant loop_now(void);

/* From any thread: events.wake() is called in the loop's thread. Takes the loop as void *, so that
 * it can be handed over as a callback. */
void loop_wake(void *loop);

/* events.deadline() at mono_us or up to 2 ms later, never before; LOOP_NEVER disarms. Replaces the
 * deadline armed before. */
void loop_arm(struct loop *loop, uint64_t mono_us);

#endif
