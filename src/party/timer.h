/* A deadline that knows whose it is: what a party pops from its heap and acts on. */
#ifndef PARTY_TIMER_H
#define PARTY_TIMER_H

#include "base/deadline.h"

enum timer_kind { TIMER_EXCHANGE, TIMER_FORWARD, TIMER_QUEUE, TIMER_SESSION, TIMER_CORE };

struct timer {
    struct deadline deadline; /* first: a popped deadline is its timer */
    enum timer_kind kind;
    void *owner;
};

#endif
