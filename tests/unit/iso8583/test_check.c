/* What format alone cannot tell: presence, codes, echoes; and every fault of a message at once. */
#include "small_spec.h"

enum { FINDINGS_MAX = 16 };
static struct iso_fault findings[FINDINGS_MAX];
static size_t found;

static void find(void *context, const struct iso_fault *finding)
{
    CU_ASSERT_PTR_EQUAL(context, findings);
    if (found < FINDINGS_MAX)
        findings[found] = *finding;
    found++;
}

/* Rules and codes over five elements. */
static void load(const char *more)
{
    char text[2048];
    snprintf(text, sizeof text,
             "name: t\n"
             "fields:\n"
             "  2: {name: a, content: n, max: 19, prefix: 2, mask: pan}\n"
             "  3: {name: b, content: n, length: 6}\n"
             "  39: {name: c, content: an, length: 2, codes: {\"00\": Good, \"1x\": Bad}}\n"
             "  48: {name: d, content: ans, max: 99, prefix: 3, tlv: {tag: 2, length: 2, fields: "
             "{AA: {content: n, max: 2, codes: {\"7\": Seven}}}}}\n"
             "  55: {name: e, content: b, max: 9, prefix: 1}\n"
             "%s",
             more);
    const char *words = small_load(text);
    if (words != NULL)
        fprintf(stderr, "%s\n", words);
    CU_ASSERT_PTR_NOT_NULL_FATAL(small);
    iso_message_init(&message, small, "0200");
}

static size_t check(const struct iso_message *request)
{
    found = 0;
    CU_ASSERT_EQUAL(iso_message_check(&message, request, find, findings), found);
    return found;
}

static void assert_finding(size_t index, const char *field, enum iso_fault_kind kind,
                           const char *expected, const char *got)
{
    CU_ASSERT_TRUE_FATAL(index < found);
    CU_ASSERT_STRING_EQUAL(findings[index].field, field);
    CU_ASSERT_EQUAL(findings[index].kind, kind);
    ASSERT_CONTAINS(findings[index].expected, expected);
    ASSERT_CONTAINS(findings[index].got, got);
}

#define RULES "presence:\n"

static void finds_nothing_where_no_rule_is(void)
{
    load("");
    set_text(&message, 3, "000000");
    CU_ASSERT_EQUAL(check(NULL), 0);
}

static void finds_what_is_missing_and_what_must_not_be_there(void)
{
    load(RULES "  - {mti: \"0200\", mandatory: [2, 3], forbidden: [39]}\n"
               "  - {mti: \"0210\", mandatory: [39]}\n");
    set_text(&message, 3, "000000");
    set_text(&message, 39, "00");
    CU_ASSERT_EQUAL(check(NULL), 2);
    assert_finding(0, "2", ISO_FAULT_MISSING, "mandatory", "none");
    assert_finding(1, "39", ISO_FAULT_UNDEFINED, "no such element here", "it");
}

static void tells_where_the_bit_of_what_is_missing_stands(void)
{
    load(RULES "  - {mandatory: [2, 55]}\n");
    struct sample sample = sample_of_hex("303230302000000000000000303030303030");
    CU_ASSERT_EQUAL_FATAL(
        iso_message_unpack(small, ISO_HEADER_AUTO, sample.data, sample.len, &message, &fault),
        ISO_OK);
    CU_ASSERT_EQUAL(check(NULL), 2);
    CU_ASSERT_EQUAL(findings[0].offset, 4);
    CU_ASSERT_EQUAL(findings[1].offset, 4 + 6);
}

static void rules_fit_by_mti_process_and_condition(void)
{
    load(RULES "  - {mti: \"02x0\", process: \"46\", mandatory: [2]}\n"
               "  - {when: {3: [\"11xxxx\", \"12xxxx\"]}, mandatory: [39]}\n"
               "  - {when: {present: [55], absent: [39]}, mandatory: [48]}\n");
    set_text(&message, 3, "470000");
    CU_ASSERT_EQUAL(check(NULL), 0);
    set_text(&message, 3, "460000");
    CU_ASSERT_EQUAL(check(NULL), 1);
    assert_finding(0, "2", ISO_FAULT_MISSING, "mandatory", "none");
    set_text(&message, 3, "120000");
    CU_ASSERT_EQUAL(check(NULL), 1);
    assert_finding(0, "39", ISO_FAULT_MISSING, "mandatory", "none");
    iso_message_set(&message, 55, "\x01", 1);
    CU_ASSERT_EQUAL(check(NULL), 2);
    assert_finding(1, "48", ISO_FAULT_MISSING, "mandatory", "none");
}

static void a_condition_may_look_into_sub_fields(void)
{
    load(RULES "  - {conditional: {55: {when: {48.AA: \"7\"}, else: forbidden}}}\n");
    set_text(&message, 48, "AA017");
    CU_ASSERT_EQUAL(check(NULL), 1);
    assert_finding(0, "55", ISO_FAULT_MISSING, "condition", "none");
    set_text(&message, 48, "BB017");
    iso_message_set(&message, 55, "\x01", 1);
    CU_ASSERT_EQUAL(check(NULL), 1);
    assert_finding(0, "55", ISO_FAULT_UNDEFINED, "no such element", "it");
}

static void a_later_rule_decides(void)
{
    load(RULES "  - {mandatory: [2, 3], others: forbidden}\n"
               "  - {mti: \"0200\", optional: [2, 39]}\n");
    set_text(&message, 3, "000000");
    set_text(&message, 39, "00");
    CU_ASSERT_EQUAL(check(NULL), 0);
    set_text(&message, 48, "");
    CU_ASSERT_EQUAL(check(NULL), 1);
    assert_finding(0, "48", ISO_FAULT_UNDEFINED, "rules do not name", "it");
}

static void an_echo_is_judged_against_its_request(void)
{
    static struct iso_message request;
    load(RULES "  - {mti: \"0210\", echo: [2, 3, 39]}\n");
    iso_message_init(&request, small, "0200");
    set_text(&request, 2, "9999000000000016");
    set_text(&request, 3, "000000");
    iso_message_init(&message, small, "0210");
    set_text(&message, 3, "000001");
    CU_ASSERT_EQUAL(check(NULL), 0);
    CU_ASSERT_EQUAL(check(&request), 2);
    assert_finding(0, "2", ISO_FAULT_MISSING, "the element of the request", "none");
    assert_finding(1, "3", ISO_FAULT_CONTENT, "the value of the request", "another");
}

static void finds_values_that_are_no_code(void)
{
    load("");
    set_text(&message, 39, "1z");
    set_text(&message, 48, "AA017BB01x");
    CU_ASSERT_EQUAL(check(NULL), 0);
    set_text(&message, 39, "20");
    set_text(&message, 48, "AA018");
    CU_ASSERT_EQUAL(check(NULL), 2);
    assert_finding(0, "39", ISO_FAULT_CONTENT, "one of 00, 1x", "\"20\"");
    assert_finding(1, "48.AA", ISO_FAULT_CONTENT, "one of 7", "\"8\"");
}

static void tells_what_a_value_means(void)
{
    load("");
    set_text(&message, 39, "1z");
    set_text(&message, 48, "AA017");
    CU_ASSERT_STRING_EQUAL(iso_message_meaning(&message, 39, ""), "Bad");
    CU_ASSERT_STRING_EQUAL(iso_message_meaning(&message, 48, "AA"), "Seven");
    CU_ASSERT_PTR_NULL(iso_message_meaning(&message, 48, "BB"));
    CU_ASSERT_PTR_NULL(iso_message_meaning(&message, 3, ""));
}

static void refuses_rules_that_make_no_sense(void)
{
    static const struct {
        const char *rule, *expected;
    } rules[] = {
        {"{mti: \"02\"}", "4 digits"},
        {"{mti: \"02y0\"}", "4 digits"},
        {"{process: \"1234567\"}", ""},
        {"{mandatory: [7]}", "of this spec"},
        {"{mandatory: [x]}", "a whole number"},
        {"{conditional: {2: {}}}", "`when`"},
        {"{conditional: {2: {when: {}}}}", "1 to 8 conditions"},
        {"{when: {colour: red}}", "a data element"},
        {"{when: {7: \"1\"}}", "of this spec"},
        {"{others: maybe}", "optional"},
        {"{must: [2]}", "must"},
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "name: t\nfields: {2: {name: a, content: n, length: 2}}\npresence:\n  - %s\n",
                 rules[i].rule);
        const char *words = small_load(text);
        CU_ASSERT_PTR_NOT_NULL_FATAL(words);
        ASSERT_CONTAINS(words, "t.yaml:");
        ASSERT_CONTAINS(words, rules[i].expected);
    }
}

static void rules_outlive_elements_that_a_derived_spec_has_not(void)
{
    CU_ASSERT_PTR_NULL(small_load("name: t\nextends: redpacket\nfields: {102: ~}\n"));
    CU_ASSERT_PTR_NOT_NULL_FATAL(small);
    unsigned de = 0;
    CU_ASSERT_STRING_EQUAL(iso_spec_product(small, &de), "86");
    CU_ASSERT_EQUAL(de, 25);
}

static void a_claim_is_as_the_rules_want_it(void)
{
    struct iso_spec *redpacket = shipped_spec("redpacket");
    claim_init(&message, redpacket);
    CU_ASSERT_EQUAL(check(NULL), 0);
    iso_message_remove(&message, 90);
    set_text(&message, 39, "ZZ");
    CU_ASSERT_EQUAL(check(NULL), 3);
    assert_finding(0, "39", ISO_FAULT_UNDEFINED, "no such element", "it");
    assert_finding(1, "39", ISO_FAULT_CONTENT, "one of 00, 01", "\"ZZ\"");
    assert_finding(2, "90", ISO_FAULT_MISSING, "mandatory", "none");
    iso_spec_free(redpacket);
}

/* --- every fault ------------------------------------------------------------------------------ */

static size_t examine(const struct iso_spec *spec, const struct sample *sample)
{
    found = 0;
    CU_ASSERT_EQUAL(iso_message_examine(spec, ISO_HEADER_AUTO, sample->data, sample->len, &message,
                                        find, findings),
                    found);
    return found;
}

static void tells_every_fault_of_a_purchase(void)
{
    struct iso_spec *plain = shipped_spec("iso8583-1987");
    struct sample sample = sample_of_hex(PURCHASE_HEX "0000");
    CU_ASSERT_EQUAL(examine(plain, &sample), 1);
    sample.data[2] = 'O';
    sample.data[41] = 'x';
    sample.data[60] = 'y';
    CU_ASSERT_EQUAL(examine(plain, &sample), 4);
    assert_finding(0, "mti", ISO_FAULT_CONTENT, "a digit", "'O'");
    assert_finding(1, "4", ISO_FAULT_CONTENT, "a digit", "'x'");
    assert_finding(2, "11", ISO_FAULT_CONTENT, "a digit", "'y'");
    assert_finding(3, "", ISO_FAULT_TRAILING, "the end after DE 64", "2 more bytes");
    CU_ASSERT_FALSE(iso_message_has(&message, 4));
    CU_ASSERT_TRUE(iso_message_has(&message, 43));
    iso_spec_free(plain);
}

static void goes_on_behind_a_length_that_still_leads_somewhere(void)
{
    struct iso_spec *plain = shipped_spec("iso8583-1987");
    /* DE 32 of 12 digits, then DE 39 with a control character. */
    struct sample sample = sample_of_hex("303130300000000102000000"
                                         "3132313233343536373839303132"
                                         "300A");
    CU_ASSERT_EQUAL(examine(plain, &sample), 2);
    assert_finding(0, "32", ISO_FAULT_OVER, "11 at most", "length 12");
    assert_finding(1, "39", ISO_FAULT_CONTENT, "a letter, digit or blank", "byte 0A");
    /* A length that is none leads nowhere. */
    memcpy(sample.data + 12, "A2", 2);
    CU_ASSERT_EQUAL(examine(plain, &sample), 1);
    iso_spec_free(plain);
}

static void reads_up_to_an_undefined_element(void)
{
    struct iso_spec *cup = shipped_spec("cup");
    struct sample sample = sample_of_hex(PURCHASE_HEX);
    sample.data[6] |= 0x08;  /* bit 21 */
    sample.data[11] &= 0xFE; /* 64, which it has not either */
    sample.data[41] = 'x';
    CU_ASSERT_EQUAL(examine(cup, &sample), 2);
    assert_finding(0, "21", ISO_FAULT_UNDEFINED, "elements that the spec has", "bit 21");
    assert_finding(1, "4", ISO_FAULT_CONTENT, "a digit", "'x'");
    iso_spec_free(cup);
}

static void tells_every_fault_inside_a_field(void)
{
    struct iso_spec *redpacket = shipped_spec("redpacket");
    struct sample sample = claim_packed(redpacket);
    size_t at = sample.len;
    for (size_t i = 0; i + 7 < sample.len; i++)
        if (memcmp(sample.data + i, "ASHB039", 7) == 0)
            at = i + 7;
    CU_ASSERT_TRUE_FATAL(at < sample.len);
    sample.data[at + 2] = 'x';
    sample.data[at + 37] = 'y';
    CU_ASSERT_EQUAL(examine(redpacket, &sample), 2);
    assert_finding(0, "48.AS.HB.freeze_date", ISO_FAULT_CONTENT, "a digit", "'x'");
    CU_ASSERT_EQUAL(findings[0].offset, at + 2);
    assert_finding(1, "48.AS.HB.shares", ISO_FAULT_CONTENT, "a digit", "'y'");
    CU_ASSERT_EQUAL(findings[1].offset, at + 37);
    iso_spec_free(redpacket);
}

SUITE(CASE(finds_nothing_where_no_rule_is), CASE(finds_what_is_missing_and_what_must_not_be_there),
      CASE(tells_where_the_bit_of_what_is_missing_stands),
      CASE(rules_fit_by_mti_process_and_condition), CASE(a_condition_may_look_into_sub_fields),
      CASE(a_later_rule_decides), CASE(an_echo_is_judged_against_its_request),
      CASE(finds_values_that_are_no_code), CASE(tells_what_a_value_means),
      CASE(refuses_rules_that_make_no_sense),
      CASE(rules_outlive_elements_that_a_derived_spec_has_not),
      CASE(a_claim_is_as_the_rules_want_it), CASE(tells_every_fault_of_a_purchase),
      CASE(goes_on_behind_a_length_that_still_leads_somewhere),
      CASE(reads_up_to_an_undefined_element), CASE(tells_every_fault_inside_a_field))
