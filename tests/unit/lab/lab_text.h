/* A small lab as text, and the same text with one place changed: most tests of a reader ask what
 * one change does. */
#ifndef TESTS_UNIT_LAB_LAB_TEXT_H
#define TESTS_UNIT_LAB_LAB_TEXT_H

#include "base/strbuf.h"
#include "lab/lab.h"
#include "suite.h"

#define LAB_TEXT                                                                                   \
    "name: two banks\n"                                                                            \
    "calendar: [20261231, 20270101]\n"                                                             \
    "switch: {id: 10000, name: Centre}\n"                                                          \
    "timers: {idle_ms: 1000, dead_ms: 2000}\n"                                                     \
    "limits: {in_flight: 32}\n"                                                                    \
    "institutions:\n"                                                                              \
    "  - {id: 91230001, name: Alpha Pay, short: alpha, role: wallet,\n"                            \
    "     mac_key: 000102030405060708090A0B0C0D0E0F}\n"                                            \
    "  - id: 00095550001\n"                                                                        \
    "    name: Harbour Bank\n"                                                                     \
    "    short: harbour\n"                                                                         \
    "    role: issuer\n"                                                                           \
    "    mac_key: 101112131415161718191A1B1C1D1E1F\n"                                              \
    "    link: {host: 10.0.0.7, port: 8583}\n"                                                     \
    "    ranges: [{prefix: 999901}, {low: 99990300, high: 99990399}]\n"                            \
    "    accounts:\n"                                                                              \
    "      - {card: 9999011000000027, holder: Zhang Guilan, available: 7}\n"                       \
    "      - {card: 9999011000000019, holder: Wang Wei, available: 1000.50}\n"                     \
    "    generate: {count: 300, first: 999901900000000, available: 100.00}\n"                      \
    "  - id: 00095550002\n"                                                                        \
    "    name: Jade Bank\n"                                                                        \
    "    short: jade\n"                                                                            \
    "    role: issuer\n"                                                                           \
    "    mac_key: 202122232425262728292A2B2C2D2E2F\n"                                              \
    "    ranges: [{prefix: 999902}]\n"                                                             \
    "    accounts:\n"                                                                              \
    "      - {card: 9999022000000016, holder: Wang Wei, available: 0.00, state: restricted}\n"     \
    "      - {card: 9999022000000024, holder: Li Na, available: 20.00}\n"                          \
    "      - {card: 9999022000000032, holder: Li Na, available: 20.00}\n"                          \
    "people:\n"                                                                                    \
    "  - {name: Wang Wei, native_name: 王伟, wallet: alpha,\n"                                   \
    "     cards: [9999011000000019, 9999022000000016]}\n"                                          \
    "  - {name: Li Na, wallet: alpha, cards: [9999022000000024, 9999022000000032]}\n"

/* `text` with the first `from` replaced; a test that names a `from` which is not there fails. The
 * caller deinits. */
static inline struct strbuf text_with(const char *text, const char *from, const char *to)
{
    struct strbuf out;
    strbuf_init(&out, LAB_TEXT_MAX);
    const char *at = strstr(text, from);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    strbuf_add(&out, text, (size_t)(at - text));
    strbuf_text(&out, to);
    strbuf_text(&out, at + strlen(from));
    CU_ASSERT_FALSE_FATAL(out.bad);
    return out;
}

static inline struct lab *lab_of(const char *text)
{
    struct lab *lab = NULL;
    struct fault fault = {0};
    enum result result = lab_parse(bytes_text(text), "lab.yaml", &lab, &fault);
    if (result != RESULT_OK)
        ASSERT_CONTAINS(fault.text, "no fault at all");
    CU_ASSERT_EQUAL_FATAL(result, RESULT_OK);
    return lab;
}

#endif
