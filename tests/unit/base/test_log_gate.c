/* A flood of lines becomes a few and a count; what is rare is told in full. */
#include "base/log_gate.h"
#include "suite.h"

enum { S = 1000000, WINDOW = LOG_GATE_WINDOW_S * S };

static unsigned pass_of(struct log_gate *gate, unsigned lines, uint64_t now_us)
{
    unsigned passed = 0;
    for (unsigned i = 0; i < lines; i++)
        passed += log_gate_pass(gate, now_us);
    return passed;
}

static void passes_a_burst_and_counts_the_rest(void)
{
    struct log_gate gate = {0};
    CU_ASSERT_EQUAL(log_gate_due(&gate), UINT64_MAX);
    CU_ASSERT_EQUAL(pass_of(&gate, LOG_GATE_BURST, 5), LOG_GATE_BURST);
    CU_ASSERT_EQUAL(log_gate_due(&gate), UINT64_MAX);
    CU_ASSERT_EQUAL(pass_of(&gate, 1234, 6), 0);
    CU_ASSERT_EQUAL(log_gate_due(&gate), 5 + WINDOW);
    CU_ASSERT_EQUAL(log_gate_take(&gate, 5 + WINDOW - 1), 0);
    CU_ASSERT_EQUAL(log_gate_take(&gate, 5 + WINDOW), 1234);
    CU_ASSERT_EQUAL(log_gate_take(&gate, 5 + WINDOW), 0);
}

static void passes_everything_that_is_rare(void)
{
    struct log_gate gate = {0};
    for (uint64_t now_us = 0; now_us < 100 * (uint64_t)WINDOW; now_us += S)
        CU_ASSERT_TRUE(log_gate_pass(&gate, now_us));
    CU_ASSERT_EQUAL(log_gate_due(&gate), UINT64_MAX);
}

static void passes_one_line_a_window_while_the_flood_lasts(void)
{
    struct log_gate gate = {0};
    uint64_t told = 0;
    unsigned passed = 0;
    for (uint64_t now_us = 0; now_us < 10 * (uint64_t)WINDOW; now_us += S / 100) {
        told += log_gate_take(&gate, now_us);
        passed += log_gate_pass(&gate, now_us);
    }
    CU_ASSERT_EQUAL(passed, LOG_GATE_BURST + 9);
    CU_ASSERT_EQUAL(told + gate.held_back + passed, 10 * LOG_GATE_WINDOW_S * 100);
}

static void passes_a_burst_again_after_a_quiet_window(void)
{
    struct log_gate gate = {0};
    pass_of(&gate, 100, 0);
    CU_ASSERT_EQUAL(log_gate_take(&gate, WINDOW), 50);
    CU_ASSERT_EQUAL(pass_of(&gate, 1, WINDOW), 1);
    CU_ASSERT_EQUAL(pass_of(&gate, 100, 2 * WINDOW), LOG_GATE_BURST);
}

static void loses_no_count_when_it_is_taken_late(void)
{
    struct log_gate gate = {0};
    pass_of(&gate, 100, 0);
    CU_ASSERT_EQUAL(pass_of(&gate, 5, 3 * WINDOW), 0);
    CU_ASSERT_EQUAL(log_gate_take(&gate, 3 * WINDOW), 55);
}

SUITE(CASE(passes_a_burst_and_counts_the_rest), CASE(passes_everything_that_is_rare),
      CASE(passes_one_line_a_window_while_the_flood_lasts),
      CASE(passes_a_burst_again_after_a_quiet_window), CASE(loses_no_count_when_it_is_taken_late))
