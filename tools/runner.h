/* Runs a lab: one process a simulated party, started, asked and stopped over control sockets.
 *
 * Used by `cardlab demo` and `cardlab up`. The runner decides nothing about money; it is a script's
 * hands. Calls that wait drive the event loop until what they wait for has happened, so that a
 * script reads from top to bottom. A party that ends by itself makes every later call fail with
 * what it was and where its output stands. */
#ifndef TOOLS_RUNNER_H
#define TOOLS_RUNNER_H

#include "base/doc.h"
#include "base/json.h"
#include "command.h"
#include "lab/lab.h"

enum { RUNNER_PARTIES_MAX = 257, RUNNER_NAME_MAX = 32 };

struct runner;

/* On failure too, *runner is to be closed.
 * Writes the lab as it runs into `folder`/lab.yaml, starts the switch, then the members that are
 * not external, each with its data in `folder`/SHORT, and waits until every started member has
 * signed on. Takes the lab over. */
MUST_USE enum result runner_open(struct lab *lab, const char *folder, struct runner **runner,
                                 struct fault *fault);
/* Asks every party to stop, waits for its end, releases; accepts NULL. */
void runner_close(struct runner *runner);

const struct lab *runner_lab(const struct runner *runner);
unsigned runner_party_count(const struct runner *runner);
/* Short name; the switch is party 0. */
const char *runner_party_name(const struct runner *runner, unsigned party);
/* The party that plays an institution of the lab; -1: external. */
int runner_party_of(const struct runner *runner, unsigned institution);

/* The reply, which the callee frees; or NULL with the reason: refused, or the party is gone. */
typedef void runner_reply_fn(void *context, struct doc *reply, const char *error);
/* Starts one command, a JSON object: {"do": "status"}. */
void runner_post(struct runner *runner, unsigned party, const char *command,
                 runner_reply_fn *replied, void *context);
/* Waits until at most `open` posted commands are unanswered. After a fault, here or in any call
 * that waits, no reply of what was posted is delivered any more. */
MUST_USE enum result runner_wait(struct runner *runner, unsigned open, struct fault *fault);
/* Posts and waits for the reply, which the caller frees. */
MUST_USE enum result runner_ask(struct runner *runner, unsigned party, const char *command,
                                struct doc **reply, struct fault *fault);
/* Waits until no party has a request, an answer or a stored message under way. */
MUST_USE enum result runner_settle(struct runner *runner, struct fault *fault);
/* Lets the loop run for so long, or until a signal; true: interrupted. */
bool runner_pause(struct runner *runner, unsigned ms);
bool runner_is_interrupted(const struct runner *runner);
/* Forgets the signal: calls that wait do so again, until the next one. */
void runner_go_on(struct runner *runner);

#endif
