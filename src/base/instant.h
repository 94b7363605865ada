/* A moment on both clocks, always an argument: nothing below the tools asks a clock.
 * Timers run on mono_us, which never jumps; labels for people and messages come from wall_us. */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include <stdint.h>

struct instant {
    uint64_t mono_us; /* microseconds of a clock that only grows */
    int64_t wall_us;  /* microseconds since 1970-01-01T00:00:00Z */
};

#endif
