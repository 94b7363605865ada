/* How many lines of one kind are written while somebody causes thousands of them.
 *
 * A gate is one kind of line by one cause. In a window of 10 s the first lines pass and the others
 * are counted; the caller writes how many when the window is over. After a window that held some
 * back only one line a window passes, until a window needs none to be held back: so a flood that
 * lasts costs two lines in 10 s, and what is rare is always told in full. */
#ifndef BASE_LOG_GATE_H
#define BASE_LOG_GATE_H

#include <stdbool.h>
#include <stdint.h>

enum {
    LOG_GATE_WINDOW_S = 10,
    LOG_GATE_BURST = 50, /* more than a member that is tried out by hand causes */
};

struct log_gate { /* zeroed: nothing has passed yet */
    uint64_t window_us;
    uint64_t held_back;
    uint32_t passed;
    bool is_open;    /* a window has begun */
    bool is_flooded; /* the window before held lines back */
};

/* Whether the line is to be written; else it is counted. `now_us` never goes back. */
bool log_gate_pass(struct log_gate *gate, uint64_t now_us);
/* When the count is to be told; UINT64_MAX: nothing is held back. */
uint64_t log_gate_due(const struct log_gate *gate);
/* The count, once it is due (0 before); begins the next window. */
uint64_t log_gate_take(struct log_gate *gate, uint64_t now_us);

#endif
