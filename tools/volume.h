/* Generated red packets, many at a time: the same seed sends the same packets, splits them the same
 * way and lets the same cards claim them, however the messages overtake each other. Each packet has
 * a stream of its own, drawn from the seed and its number. */
#ifndef TOOLS_VOLUME_H
#define TOOLS_VOLUME_H

#include "runner.h"

/* Packets first..first+count-1. Senders and receivers are the lab's generated accounts; a progress
 * bar on a terminal. The fault names a packet that did not go as it must. */
MUST_USE enum result volume_run(struct runner *runner, uint64_t seed, size_t first, size_t count,
                                struct fault *fault);

#endif
