/* The unit tests' only framework: CUnit, run by name. A test file lists its cases once:
 *
 *     static void rejects_length_above_maximum(void) { CU_ASSERT_EQUAL(...); }
 *     SUITE(CASE(rejects_length_above_maximum))
 *
 * Without arguments all cases run; with arguments only those named. A test that asserts nothing
 * fails. */
#ifndef TESTS_UNIT_SUITE_H
#define TESTS_UNIT_SUITE_H

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct suite_case {
    const char *name;
    void (*run)(void);
};

int suite_main(const struct suite_case *cases, size_t count, int argc, char **argv);

#define CASE(function)                                                                             \
    {                                                                                              \
#function, function                                                                        \
    }
#define SUITE(...)                                                                                 \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        static const struct suite_case cases[] = {__VA_ARGS__};                                    \
        return suite_main(cases, sizeof cases / sizeof cases[0], argc, argv);                      \
    }

/* Two runs of bytes are the same. */
#define ASSERT_BYTES(data, len, expected, expected_len)                                            \
    CU_ASSERT_TRUE((len) == (expected_len) && memcmp((data), (expected), (expected_len)) == 0)
/* A fault's text names what it must name; the text itself is printed when it does not. */
#define ASSERT_CONTAINS(text, part) suite_contains((text), (part), __LINE__, __FILE__)
void suite_contains(const char *text, const char *part, unsigned line, const char *file);

#endif
