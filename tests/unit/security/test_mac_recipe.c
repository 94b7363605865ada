/* Which rule a recipe chooses, the text it makes of a message, and which recipes are refused. */
#include "fixture.h"

#define ALWAYS                                                                                     \
    "always: {length_prefix: variable, keep: [letters, digits, blank, comma, full-stop], blanks: " \
    "single, letters: upper, join: blank, pad: zeros}\n"

static struct iso_message message_of(const struct iso_spec *spec, const char *mti)
{
    struct iso_message message;
    iso_message_init(&message, spec, mti);
    return message;
}

static void expect_block(const char *recipe_name, const struct iso_message *message,
                         const char *expected)
{
    struct mac_recipe *recipe = recipe_shipped(recipe_name);
    char out[MAC_BLOCK_MAX];
    size_t len = mac_block(recipe, message, out, sizeof out);
    ASSERT_BYTES(out, len, expected, strlen(expected));
    mac_recipe_free(recipe);
}

/* --- the text --------------------------------------------------------------------------------- */

static void covers_present_fields_in_order_with_length_prefixes(void)
{
    struct iso_spec *spec = spec_shipped("cup");
    struct iso_message message = message_of(spec, "0200");
    set(&message, 103, "6222");
    set(&message, 2, "9999001234567895");
    set(&message, 12, "235959");
    set(&message, 25, "00");
    set(&message, 32, "00012345");
    expect_block("cup", &message, "0200 169999001234567895 00 0800012345 046222");
    iso_spec_free(spec);
}

static void keeps_letters_digits_blank_comma_and_full_stop_only(void)
{
    struct iso_spec *spec = spec_shipped("cup");
    struct iso_message message = message_of(spec, "0200");
    set(&message, 42, "a-b/c,1.5_(z)\xA1\xFF@");
    expect_block("cup", &message, "0200 ABC,1.5Z");
    iso_spec_free(spec);
}

static void collapses_and_trims_blanks(void)
{
    struct iso_spec *spec = spec_shipped("cup");
    struct iso_message message = message_of(spec, "0200");
    set(&message, 41, "  T  1  ");
    set(&message, 42, " M - - 2       ");
    expect_block("cup", &message, "0200 T 1 M 2");
    iso_spec_free(spec);
}

static void collapses_blanks_behind_a_length_prefix_but_keeps_the_length(void)
{
    struct iso_spec *spec = spec_shipped("cup");
    struct iso_message message = message_of(spec, "0200");
    set(&message, 102, "  12  34");
    expect_block("cup", &message, "0200 08 12 34");
    iso_spec_free(spec);
}

static void leaves_out_a_field_of_which_nothing_is_kept(void)
{
    struct iso_spec *spec = spec_shipped("cup");
    struct iso_message message = message_of(spec, "0200");
    set(&message, 38, "000001");
    set(&message, 41, "        ");
    set(&message, 42, "---------------");
    expect_block("cup", &message, "0200 000001");
    set(&message, 103, "22");
    expect_block("cup", &message, "0200 000001 0222");
    iso_spec_free(spec);
}

static void takes_half_of_original_data_elements_in_cup(void)
{
    struct iso_spec *spec = spec_shipped("cup");
    struct iso_message message = message_of(spec, "0420");
    set(&message, 90, "010000000108251124000000089225000000000892");
    expect_block("cup", &message, "0420 01000000010825112400");
    iso_spec_free(spec);
}

static void takes_a_shorter_field_whole_where_first_is_larger(void)
{
    struct iso_spec *spec = spec_shipped("cup");
    struct iso_message message = message_of(spec, "0420");
    set(&message, 90, "0100");
    expect_block("cup", &message, "0420 0100");
    iso_spec_free(spec);
}

static void covers_the_freeze_reference_of_a_red_packet(void)
{
    struct iso_spec *spec = spec_shipped("cup");
    struct iso_message message = message_of(spec, "0200");
    set(&message, 15, "1122");
    set(&message, 25, "86");
    set(&message, 48, "ASHB039202611220000000000420009123000100010002");
    set(&message, 49, "156");
    set(&message, 90, "010000000108251124000000089225000000000892");
    expect_block("redpacket", &message,
                 "0200 1122 86 046ASHB039202611220000000000420009123000100010002 156 "
                 "010000000108251124000000089225000000000892");
    expect_block("cup", &message, "0200 86 01000000010825112400");
    iso_spec_free(spec);
}

static void covers_what_the_dialect_does_for_other_products(void)
{
    struct iso_spec *spec = spec_shipped("cup");
    struct iso_message message = message_of(spec, "0200");
    set(&message, 15, "1122");
    set(&message, 25, "00");
    set(&message, 48, "ASHB");
    set(&message, 49, "156");
    expect_block("redpacket", &message, "0200 00");
    iso_message_remove(&message, 25);
    expect_block("redpacket", &message, "0200");
    iso_spec_free(spec);
}

static void gives_key_reset_and_reconciliation_their_own_fields(void)
{
    struct iso_spec *spec = spec_shipped("cup");
    struct iso_message reset = message_of(spec, "0810");
    set(&reset, 2, "1");
    set(&reset, 7, "1122000000");
    set(&reset, 39, "00");
    set(&reset, 53, "2400000000000000");
    set(&reset, 70, "101");
    set(&reset, 100, "03050001");
    expect_block("cup", &reset, "0810 1122000000 00 2400000000000000 101 0803050001");
    struct iso_message totals = message_of(spec, "0500");
    set(&totals, 7, "1122000000");
    set(&totals, 74, "0000000001");
    set(&totals, 97, "C0000000000000100");
    expect_block("redpacket", &totals, "0500 1122000000 C0000000000000100");
    iso_spec_free(spec);
}

static void says_no_more_than_fits(void)
{
    struct iso_spec *spec = spec_shipped("cup");
    struct mac_recipe *recipe = recipe_shipped("cup");
    struct iso_message message = message_of(spec, "0200");
    set(&message, 3, "000000");
    char out[16];
    for (size_t size = 0; size < 11; size++) {
        memset(out, '#', sizeof out);
        CU_ASSERT_EQUAL(mac_block(recipe, &message, out, size), 0);
        for (size_t i = size; i < sizeof out; i++)
            CU_ASSERT_EQUAL(out[i], '#');
    }
    CU_ASSERT_EQUAL(mac_block(recipe, &message, out, 11), 11);
    struct fault fault;
    size_t len = 0;
    CU_ASSERT_EQUAL(mac_recipe_block(recipe, &message, out, 10, &len, &fault), RESULT_LIMIT);
    mac_recipe_free(recipe);
    iso_spec_free(spec);
}

static void refuses_a_value_longer_than_its_prefix_can_say(void)
{
    struct iso_spec *spec = spec_shipped("cup");
    struct mac_recipe *recipe = recipe_shipped("cup");
    struct iso_message message = message_of(spec, "0200");
    uint8_t value[100];
    memset(value, '1', sizeof value);
    char out[MAC_BLOCK_MAX];
    struct fault fault;
    size_t len = 0;
    iso_message_set(&message, 2, value, 99);
    CU_ASSERT_EQUAL(mac_recipe_block(recipe, &message, out, sizeof out, &len, &fault), RESULT_OK);
    iso_message_set(&message, 2, value, 100);
    CU_ASSERT_EQUAL(mac_recipe_block(recipe, &message, out, sizeof out, &len, &fault),
                    RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "DE 2: length 100");
    mac_recipe_free(recipe);
    iso_spec_free(spec);
}

static void holds_its_promises_for_any_bytes(void)
{
    struct iso_spec *spec = spec_shipped("cup");
    struct mac_recipe *recipe = recipe_shipped("redpacket");
    static const unsigned elements[] = {2, 3, 25, 41, 42, 48, 90, 102, 103};
    uint32_t seed = 1;
    uint8_t value[64];
    char out[600];
    for (unsigned round = 0; round < 2000; round++) {
        struct iso_message message = message_of(spec, "0200");
        for (size_t i = 0; i < sizeof value; i++) {
            seed = seed * 1664525U + 1013904223U;
            /* Every second byte from a small set, so that runs of blanks come about. */
            value[i] = seed >> 31 ? (uint8_t)(seed >> 16) : (uint8_t) " -a"[(seed >> 16) % 3];
        }
        for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++)
            iso_message_set(&message, elements[i], value + i * 3, (seed >> (8 + i)) % 40);
        if (round % 2 == 0)
            set(&message, 25, "86");
        size_t len = mac_block(recipe, &message, out, sizeof out);
        CU_ASSERT_TRUE(len >= 4 && out[0] != ' ' && out[len - 1] != ' ');
        for (size_t i = 0; i < len; i++)
            if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ,.", out[i]) == NULL ||
                out[i] == '\0' || (i > 0 && out[i] == ' ' && out[i - 1] == ' '))
                CU_FAIL("a byte that the recipe does not keep");
    }
    mac_recipe_free(recipe);
    iso_spec_free(spec);
}

/* --- rules ------------------------------------------------------------------------------------ */

static void knows_which_messages_carry_no_mac(void)
{
    struct iso_spec *spec = spec_shipped("cup");
    struct mac_recipe *recipe = recipe_shipped("redpacket");
    static const struct {
        const char *mti;
        enum mac_need need;
    } rows[] = {{"0100", MAC_REQUIRED}, {"0210", MAC_REQUIRED}, {"0230", MAC_REQUIRED},
                {"0420", MAC_REQUIRED}, {"0430", MAC_REQUIRED}, {"0500", MAC_REQUIRED},
                {"0600", MAC_REQUIRED}, {"0610", MAC_REQUIRED}, {"0800", MAC_REQUIRED},
                {"0810", MAC_REQUIRED}, {"0620", MAC_NONE},     {"0630", MAC_NONE},
                {"0820", MAC_NONE},     {"0830", MAC_NONE}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct iso_message message = message_of(spec, rows[i].mti);
        CU_ASSERT_EQUAL(mac_recipe_need(recipe, &message), rows[i].need);
        set(&message, 25, "86");
        CU_ASSERT_EQUAL(mac_recipe_need(recipe, &message), rows[i].need);
    }
    mac_recipe_free(recipe);
    iso_spec_free(spec);
}

static void does_not_let_an_unknown_message_pass_as_needing_none(void)
{
    struct iso_spec *spec = spec_shipped("cup");
    struct mac_recipe *recipe = recipe_shipped("cup");
    static const char *const unknown[] = {"0600", "0300", "1200", "9999"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        struct iso_message message = message_of(spec, unknown[i]);
        char out[MAC_BLOCK_MAX];
        size_t len = 0;
        struct fault fault;
        CU_ASSERT_EQUAL(mac_recipe_need(recipe, &message), MAC_REQUIRED);
        CU_ASSERT_EQUAL(mac_recipe_block(recipe, &message, out, sizeof out, &len, &fault),
                        RESULT_INPUT);
        ASSERT_CONTAINS(fault.text, unknown[i]);
    }
    mac_recipe_free(recipe);
    iso_spec_free(spec);
}

static void does_the_status_inquiry_as_an_0200(void)
{
    struct iso_spec *spec = spec_shipped("cup");
    static const char *const codes[] = {"86", "00"};
    for (size_t i = 0; i < 2; i++) {
        char blocks[2][MAC_BLOCK_MAX];
        size_t len[2];
        struct mac_recipe *recipe = recipe_shipped("redpacket");
        for (size_t j = 0; j < 2; j++) {
            struct iso_message message = message_of(spec, j == 0 ? "0600" : "0200");
            set(&message, 3, "330000");
            set(&message, 25, codes[i]);
            set(&message, 33, "00091230001");
            set(&message, 48, "ASHB");
            set(&message, 90, "010000000108251124000000089225000000000892");
            len[j] = mac_block(recipe, &message, blocks[j], sizeof blocks[j]);
        }
        CU_ASSERT_TRUE(len[0] > 4);
        ASSERT_BYTES(blocks[0] + 4, len[0] - 4, blocks[1] + 4, len[1] - 4);
        mac_recipe_free(recipe);
    }
    iso_spec_free(spec);
}

static void takes_the_first_rule_that_fits_and_own_before_inherited(void)
{
    static const struct recipe_file files[] = {
        {"child", "name: child\nextends: parent\nrules:\n  - {mti: [0200], fields: [mti, 3]}\n"},
        {"parent", "name: parent\n" ALWAYS "rules:\n  - {mti: [02xx], when: {25: \"00\"}, fields: "
                   "[mti, 25]}\n  - {mti: [02xx], fields: [mti, 4]}\n"},
    };
    struct mac_recipe *recipe = NULL;
    CU_ASSERT_EQUAL_FATAL(recipe_load_texts(files, 2, &recipe, NULL), RESULT_OK);
    CU_ASSERT_STRING_EQUAL(mac_recipe_name(recipe), "child");
    struct iso_spec *spec = spec_shipped("cup");
    static const char *const expected[] = {"0200 000000", "0210 00", "0220 000000000001"};
    for (size_t i = 0; i < 3; i++) {
        struct iso_message message = message_of(spec, (const char *[]){"0200", "0210", "0220"}[i]);
        set(&message, 3, "000000");
        set(&message, 4, "000000000001");
        set(&message, 25, i == 2 ? "01" : "00");
        char out[64];
        size_t len = mac_block(recipe, &message, out, sizeof out);
        ASSERT_BYTES(out, len, expected[i], strlen(expected[i]));
    }
    mac_recipe_free(recipe);
    iso_spec_free(spec);
}

static void describes_rule_and_elements_without_contents(void)
{
    struct iso_spec *spec = spec_shipped("cup");
    struct mac_recipe *recipe = recipe_shipped("redpacket");
    struct iso_message message = message_of(spec, "0200");
    set(&message, 2, "9999001234567895");
    set(&message, 25, "86");
    char out[200];
    mac_recipe_describe(recipe, &message, out, sizeof out);
    CU_ASSERT_STRING_EQUAL(out, "redpacket, 02xx with DE 25 = 86: MTI, 2, 25");
    set(&message, 25, "00");
    set(&message, 90, "0100");
    mac_recipe_describe(recipe, &message, out, sizeof out);
    CU_ASSERT_STRING_EQUAL(out, "redpacket, 02xx: MTI, 2, 25, 90 (first 20)");
    mac_recipe_describe(recipe, &message, out, 10);
    CU_ASSERT_STRING_EQUAL(out, "redpacket");
    struct iso_message logon = message_of(spec, "0820");
    mac_recipe_describe(recipe, &logon, out, sizeof out);
    CU_ASSERT_STRING_EQUAL(out, "redpacket, 0820: no MAC");
    struct iso_message unknown = message_of(spec, "0302");
    mac_recipe_describe(recipe, &unknown, out, sizeof out);
    CU_ASSERT_STRING_EQUAL(out, "redpacket: no rule fits MTI 0302");
    mac_recipe_free(recipe);
    iso_spec_free(spec);
}

/* --- ill-formed recipes ----------------------------------------------------------------------- */

struct bad_recipe {
    const char *text;
    const char *place; /* "test.yaml:LINE:COLUMN:" */
    const char *reason;
};

static void expect_refused(const struct bad_recipe *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct mac_recipe *recipe = NULL;
        struct fault fault = {.text = ""};
        CU_ASSERT_EQUAL(recipe_load_text(rows[i].text, &recipe, &fault), RESULT_INPUT);
        CU_ASSERT_PTR_NULL(recipe);
        ASSERT_CONTAINS(fault.text, rows[i].place);
        ASSERT_CONTAINS(fault.text, rows[i].reason);
        mac_recipe_free(recipe);
    }
}

static void refuses_ill_formed_frames(void)
{
    static const struct bad_recipe rows[] = {
        {ALWAYS "rules: [{mti: [0200], fields: [mti]}]\n", "test.yaml:", "name"},
        {"name: a\nrules: [{mti: [0200], fields: [mti]}]\n", "test.yaml:", "always"},
        {"name: a\n" ALWAYS, "test.yaml:", "rules"},
        {"name: a\n" ALWAYS "rules: []\n", "test.yaml:3:8:", "1 to 32 rules"},
        {"name: a\n" ALWAYS "rules: 7\n", "test.yaml:3:8:", "list"},
        {"name: a\n" ALWAYS "rules: [0200]\n", "test.yaml:3:9:", "map"},
        {"name: a\n" ALWAYS "rules: [{mti: [0200], fields: [mti]}]\nrulez: 1\n",
         "test.yaml:4:1:", "rulez"},
        {"name: a\nalways: {length_prefix: sometimes}\n", "test.yaml:2:25:", "variable"},
        {"name: a\nalways:\n  length_prefix: never\n  keep: [letters, umlauts]\n  blanks: single\n"
         "  letters: upper\n  join: none\n  pad: zeros\n",
         "test.yaml:4:19:", "full-stop"},
        {"name: a\nalways:\n  length_prefix: never\n  keep: []\n  blanks: single\n"
         "  letters: upper\n  join: none\n  pad: zeros\n",
         "test.yaml:4:9:", "at least one"},
        {"name: a\nalways:\n  length_prefix: never\n  keep: [digits]\n  blanks: single\n"
         "  letters: upper\n  join: none\n  pad: zeros\n  padd: zeros\n",
         "test.yaml:9:3:", "padd"},
        {"name: a\nextends: a/../b\nrules: [{mti: [0200], fields: [mti]}]\n",
         "test.yaml:2:10:", "name of a recipe"},
        {"name: a\nextends: cup\n" ALWAYS "rules: [{mti: [0200], fields: [mti]}]\n",
         "test.yaml:3:9:", "inherited"},
        {"name: a\nname: b\n", "test.yaml:", ""},
        {"", "test.yaml", ""},
        {"\x01{", "test.yaml", ""},
    };
    expect_refused(rows, sizeof rows / sizeof rows[0]);
}

#define RULES "name: a\n" ALWAYS "rules:\n"

static void refuses_ill_formed_rules(void)
{
    static const struct bad_recipe rows[] = {
        {RULES "  - {fields: [mti]}\n", "test.yaml:4:5:", "mti"},
        {RULES "  - {mti: 0200, fields: [mti]}\n", "test.yaml:4:11:", "list"},
        {RULES "  - {mti: [], fields: [mti]}\n", "test.yaml:4:11:", "MTI pattern"},
        {RULES "  - {mti: [020], fields: [mti]}\n", "test.yaml:4:12:", "MTI pattern"},
        {RULES "  - {mti: [0200, 02xX], fields: [mti]}\n", "test.yaml:4:18:", "MTI pattern"},
        {RULES "  - {mti: [02xx], when: {}, fields: [mti]}\n", "test.yaml:4:25:", "conditions"},
        {RULES "  - {mti: [02xx], when: {1: \"0\"}, fields: [mti]}\n",
         "test.yaml:4:29:", "data element"},
        {RULES "  - {mti: [02xx], when: {193: \"0\"}, fields: [mti]}\n",
         "test.yaml:4:31:", "data element"},
        {RULES "  - {mti: [02xx], when: {2x: \"0\"}, fields: [mti]}\n",
         "test.yaml:4:30:", "data element"},
        {RULES "  - {mti: [02xx], when: {25: [86]}, fields: [mti]}\n",
         "test.yaml:4:30:", "data element"},
        {RULES "  - {mti: [02xx]}\n", "test.yaml:4:5:", "fields"},
        {RULES "  - {mti: [02xx], fields: all}\n", "test.yaml:4:27:", "list"},
        {RULES "  - {mti: [02xx], fields: []}\n", "test.yaml:4:27:", "1 to 64"},
        {RULES "  - {mti: [02xx], fields: [mti, 1]}\n", "test.yaml:4:33:", "2 to 192"},
        {RULES "  - {mti: [02xx], fields: [mti, 193]}\n", "test.yaml:4:33:", "2 to 192"},
        {RULES "  - {mti: [02xx], fields: [mti, pan]}\n", "test.yaml:4:33:", "2 to 192"},
        {RULES "  - {mti: [02xx], fields: [mti, [2]]}\n", "test.yaml:4:33:", ""},
        {RULES "  - {mti: [02xx], fields: [mti, 128]}\n", "test.yaml:4:33:", "carries the MAC"},
        {RULES "  - {mti: [02xx], fields: [2, 3, 2]}\n", "test.yaml:4:34:", "once"},
        {RULES "  - {mti: [02xx], fields: [mti, mti]}\n", "test.yaml:4:33:", "once"},
        {RULES "  - {mti: [02xx], fields: [{first: 20}]}\n", "test.yaml:4:28:", "de"},
        {RULES "  - {mti: [02xx], fields: [{de: 90, first: 0}]}\n", "test.yaml:4:44:", "1 to 9999"},
        {RULES "  - {mti: [02xx], fields: [{de: 90, last: 2}]}\n", "test.yaml:4:", "first"},
        {RULES "  - {mti: [02xx], fields: [mti], form: 1}\n", "test.yaml:4:34:", "form"},
        {RULES "  - {mti: [08xx], fields: [mti]}\n  - {mti: [0820], fields: none}\n",
         "test.yaml:5:5:", "0820 is taken by rule 1"},
    };
    expect_refused(rows, sizeof rows / sizeof rows[0]);
}

static void refuses_more_rules_patterns_conditions_and_fields_than_the_limits(void)
{
    char text[FIXTURE_TEXT_MAX];
    for (int over = 0; over < 2; over++) {
        enum result expected = over ? RESULT_INPUT : RESULT_OK;
        struct mac_recipe *recipe = NULL;
        int len = snprintf(text, sizeof text, "%s", RULES);
        for (int i = 0; i < 32 + over; i++)
            len += snprintf(text + len, sizeof text - (size_t)len,
                            "  - {mti: [%04d], fields: [mti]}\n", i);
        CU_ASSERT_EQUAL(recipe_load_text(text, &recipe, NULL), expected);
        mac_recipe_free(recipe);
        len = snprintf(text, sizeof text, "%s  - {fields: none, mti: [0000", RULES);
        for (int i = 1; i < 16 + over; i++)
            len += snprintf(text + len, sizeof text - (size_t)len, ", %04d", i);
        snprintf(text + len, sizeof text - (size_t)len, "]}\n");
        CU_ASSERT_EQUAL(recipe_load_text(text, &recipe, NULL), expected);
        mac_recipe_free(recipe);
        len = snprintf(text, sizeof text, "%s  - {fields: none, mti: [0000], when: {2: a", RULES);
        for (int i = 1; i < 4 + over; i++)
            len += snprintf(text + len, sizeof text - (size_t)len, ", %d: a", i + 2);
        snprintf(text + len, sizeof text - (size_t)len, "}}\n");
        CU_ASSERT_EQUAL(recipe_load_text(text, &recipe, NULL), expected);
        mac_recipe_free(recipe);
        len = snprintf(text, sizeof text, "%s  - {mti: [0000], fields: [mti", RULES);
        for (int i = 1; i < 64 + over; i++)
            len += snprintf(text + len, sizeof text - (size_t)len, ", %d", i + 1);
        snprintf(text + len, sizeof text - (size_t)len, "]}\n");
        CU_ASSERT_EQUAL(recipe_load_text(text, &recipe, NULL), expected);
        mac_recipe_free(recipe);
    }
}

static void refuses_recipes_that_extend_each_other_in_a_ring(void)
{
    static const struct recipe_file files[] = {
        {"a", "name: a\nextends: b\nrules: [{mti: [0200], fields: [mti]}]\n"},
        {"b", "name: b\nextends: a\nrules: [{mti: [0200], fields: [mti]}]\n"},
    };
    struct mac_recipe *recipe = NULL;
    struct fault fault;
    CU_ASSERT_EQUAL(recipe_load_texts(files, 2, &recipe, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "extend each other");
    CU_ASSERT_PTR_NULL(recipe);
}

static void names_the_file_that_is_missing(void)
{
    struct mac_recipe *recipe = NULL;
    struct fault fault;
    CU_ASSERT_NOT_EQUAL(mac_recipe_load("/nonexistent/cup.yaml", &recipe, &fault), RESULT_OK);
    ASSERT_CONTAINS(fault.text, "/nonexistent/cup.yaml");
    CU_ASSERT_NOT_EQUAL(
        recipe_load_text("name: a\nextends: nowhere\nrules: [{mti: [0200], fields: [mti]}]\n",
                         &recipe, &fault),
        RESULT_OK);
    ASSERT_CONTAINS(fault.text, "nowhere.yaml");
    char path[5000];
    memset(path, 'a', sizeof path);
    path[sizeof path - 1] = '\0';
    CU_ASSERT_EQUAL(mac_recipe_load(path, &recipe, &fault), RESULT_INPUT);
}

SUITE(CASE(covers_present_fields_in_order_with_length_prefixes),
      CASE(keeps_letters_digits_blank_comma_and_full_stop_only), CASE(collapses_and_trims_blanks),
      CASE(collapses_blanks_behind_a_length_prefix_but_keeps_the_length),
      CASE(leaves_out_a_field_of_which_nothing_is_kept),
      CASE(takes_half_of_original_data_elements_in_cup),
      CASE(takes_a_shorter_field_whole_where_first_is_larger),
      CASE(covers_the_freeze_reference_of_a_red_packet),
      CASE(covers_what_the_dialect_does_for_other_products),
      CASE(gives_key_reset_and_reconciliation_their_own_fields), CASE(says_no_more_than_fits),
      CASE(refuses_a_value_longer_than_its_prefix_can_say), CASE(holds_its_promises_for_any_bytes),
      CASE(knows_which_messages_carry_no_mac),
      CASE(does_not_let_an_unknown_message_pass_as_needing_none),
      CASE(does_the_status_inquiry_as_an_0200),
      CASE(takes_the_first_rule_that_fits_and_own_before_inherited),
      CASE(describes_rule_and_elements_without_contents), CASE(refuses_ill_formed_frames),
      CASE(refuses_ill_formed_rules),
      CASE(refuses_more_rules_patterns_conditions_and_fields_than_the_limits),
      CASE(refuses_recipes_that_extend_each_other_in_a_ring), CASE(names_the_file_that_is_missing))
