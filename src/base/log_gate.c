/* Which lines pass, see log_gate.h. */
#include "base/log_gate.h"

static const uint64_t WINDOW_US = (uint64_t)LOG_GATE_WINDOW_S * 1000000;

static void begin_window(struct log_gate *gate, uint64_t now_us)
{
    gate->is_flooded = gate->held_back > 0;
    gate->is_open = true;
    gate->window_us = now_us;
    gate->held_back = 0;
    gate->passed = 0;
}

bool log_gate_pass(struct log_gate *gate, uint64_t now_us)
{
    /* A window with something to tell ends when that is taken, not before. */
    if (!gate->is_open || (gate->held_back == 0 && now_us - gate->window_us >= WINDOW_US))
        begin_window(gate, now_us);
    if (gate->passed < (gate->is_flooded ? 1U : LOG_GATE_BURST)) {
        gate->passed++;
        return true;
    }
    gate->held_back++;
    return false;
}

uint64_t log_gate_due(const struct log_gate *gate)
{
    return gate->held_back > 0 ? gate->window_us + WINDOW_US : UINT64_MAX;
}

uint64_t log_gate_take(struct log_gate *gate, uint64_t now_us)
{
    uint64_t held_back = gate->held_back;
    if (held_back == 0 || now_us < log_gate_due(gate))
        return 0;
    begin_window(gate, now_us);
    return held_back;
}
