/* Reading what was written gives an equal lab, whatever the lab: generated ones included. */
#include "base/random.h"
#include "lab_text.h"

#include <inttypes.h>

/* Field by field where there are pointers, as bytes where there are none: all of it is zeroed
 * before it is filled. */
static bool same_institution(const struct lab_institution *a, const struct lab_institution *b)
{
    struct lab_institution plain_a, plain_b;
    memcpy(&plain_a, a, sizeof plain_a);
    memcpy(&plain_b, b, sizeof plain_b);
    plain_a.ranges = plain_b.ranges = NULL;
    plain_a.accounts = plain_b.accounts = NULL;
    return memcmp(&plain_a, &plain_b, sizeof plain_a) == 0 &&
           (a->range_count == 0 ||
            memcmp(a->ranges, b->ranges, a->range_count * sizeof *a->ranges) == 0) &&
           (a->account_count == 0 ||
            memcmp(a->accounts, b->accounts, a->account_count * sizeof *a->accounts) == 0);
}

static bool same_lab(const struct lab *a, const struct lab *b)
{
    bool same = strcmp(a->name, b->name) == 0 && strcmp(a->currency, b->currency) == 0 &&
                strcmp(a->spec, b->spec) == 0 && strcmp(a->mac_recipe, b->mac_recipe) == 0 &&
                a->mac_on == b->mac_on && strcmp(a->framing, b->framing) == 0 &&
                strcmp(a->fees, b->fees) == 0 &&
                memcmp(&a->deliver, &b->deliver, sizeof a->deliver) == 0 &&
                a->calendar_count == b->calendar_count &&
                memcmp(a->calendar, b->calendar, a->calendar_count * sizeof *a->calendar) == 0 &&
                memcmp(&a->centre, &b->centre, sizeof a->centre) == 0 &&
                memcmp(&a->timers, &b->timers, sizeof a->timers) == 0 &&
                memcmp(&a->limits, &b->limits, sizeof a->limits) == 0 &&
                a->institution_count == b->institution_count && a->person_count == b->person_count;
    for (size_t i = 0; same && i < a->institution_count; i++)
        same = same_institution(&a->institutions[i], &b->institutions[i]);
    return same && (a->person_count == 0 ||
                    memcmp(a->people, b->people, a->person_count * sizeof *a->people) == 0);
}

static bool reads_back(const struct lab *lab)
{
    struct strbuf text;
    strbuf_init(&text, LAB_TEXT_MAX);
    lab_format(lab, &text);
    struct lab *again = text.bad ? NULL : lab_of(text.text);
    bool same = again != NULL && same_lab(lab, again);
    if (!same)
        fprintf(stderr, "%s\n", text.text == NULL ? "" : text.text);
    lab_free(again);
    strbuf_deinit(&text);
    return same;
}

/* --- labs by chance --------------------------------------------------------------------------- */

static uint64_t chance(struct random *random, uint64_t below)
{
    return random_below(random, below);
}

static void add_name(struct strbuf *out, struct random *random, const char *key, unsigned number)
{
    /* What a writer might forget to quote, in JSON's notation. */
    static const char *const pieces[] = {
        "a", " ", "#", ": ", "\\\"", "\\\\", "'", "- ", "{",  "]",       ",",       "&",
        "*", "!", "|", ">",  "%",    "@",    "`", "?",  "王", "\\u0085", "\\uFEFF", "\\u2028"};
    strbuf_format(out, "%s: \"%u", key, number);
    for (uint64_t i = chance(random, 6); i > 0; i--)
        strbuf_text(out, pieces[chance(random, sizeof pieces / sizeof pieces[0])]);
    strbuf_text(out, "x\"");
}

static void add_card(struct strbuf *out, unsigned issuer, unsigned number)
{
    char body[32];
    snprintf(body, sizeof body, "99991%02u%08u", issuer, number);
    strbuf_format(out, "%s%c", body, lab_card_check_digit(bytes_text(body)));
}

static void add_member(struct strbuf *out, struct random *random, unsigned i, const char *role)
{
    strbuf_format(out, "- {id: %" PRIu64 ", short: m%u, role: %s, ",
                  1000 * chance(random, 9) + 9 + i, i, role);
    add_name(out, random, "name", i);
    strbuf_format(out, ", mac_key: %032" PRIx64, chance(random, UINT64_C(1) << 31));
    if (chance(random, 2) == 0)
        strbuf_format(out,
                      ", link: {host: h%u.example, port: %" PRIu64 ", connections: %" PRIu64 "}", i,
                      chance(random, 65536), 1 + chance(random, 16));
    else if (chance(random, 2) == 0)
        strbuf_format(out, ", link: {mode: simplex, member_port: %" PRIu64 "}",
                      1 + chance(random, 65535));
}

/* Returns whether it is an external one. */
static bool add_issuer(struct strbuf *out, struct random *random, unsigned i)
{
    add_member(out, random, i, "issuer");
    if (chance(random, 4) == 0) {
        strbuf_format(out, ", external: true, ranges: [{low: 7%02u0, high: 7%02u9}]}\n", i, i);
        return true;
    }
    strbuf_format(out, ", ranges: [{prefix: 99991%02u}], accounts: [", i);
    for (unsigned k = 0; k < 3; k++) {
        strbuf_text(out, "{card: ");
        add_card(out, i, k);
        strbuf_text(out, ", ");
        add_name(out, random, "holder", k);
        strbuf_format(out, ", available: %" PRIu64 ".%02" PRIu64 ", state: %s},",
                      chance(random, 1000000), chance(random, 100),
                      chance(random, 2) == 0 ? "open" : "restricted");
    }
    strbuf_text(out, "]");
    if (chance(random, 2) == 0)
        strbuf_format(out,
                      ", generate: {count: %" PRIu64 ", first: 99991%02u90000000, available: 1}",
                      1 + chance(random, 1000), i);
    strbuf_text(out, "}\n");
    return false;
}

static void add_lab(struct strbuf *out, struct random *random)
{
    add_name(out, random, "name", 0);
    strbuf_format(out, "\ncurrency: %03" PRIu64 "\nmac: {on: %s, recipe: \"r %" PRIu64 "\"}\n",
                  chance(random, 1000), chance(random, 2) == 0 ? "true" : "false",
                  chance(random, 100));
    strbuf_format(out, "calendar: [20261231, 202701%02" PRIu64 "]\n", 1 + chance(random, 31));
    strbuf_format(out, "timers: {debit_leg_ms: %" PRIu64 ", freeze_leg_ms: %" PRIu64 "}\n",
                  1 + chance(random, 9999), 1 + chance(random, 299));
    strbuf_format(out, "limits: {saf_places: %" PRIu64 ", saf_window: %" PRIu64 "}\n",
                  1 + chance(random, 99999), 1 + chance(random, 4096));
    strbuf_text(out, "switch: {id: 1, short: s, host: \"::1\", ");
    add_name(out, random, "name", 99);
    strbuf_text(out, "}\ninstitutions:\n");
    add_member(out, random, 0, "wallet");
    strbuf_text(out, "}\n");
    unsigned issuers = (unsigned)chance(random, 5);
    bool external[8] = {false};
    for (unsigned i = 1; i <= issuers; i++)
        external[i] = add_issuer(out, random, i);
    strbuf_text(out, "people: [");
    for (unsigned i = 1; i <= issuers; i++) {
        strbuf_text(out, "{");
        add_name(out, random, "name", i);
        strbuf_text(out, ", ");
        add_name(out, random, "native_name", i);
        strbuf_text(out, ", wallet: m0, cards: [");
        if (external[i]) {
            strbuf_format(out, "7%02u0000000000001, 7%02u0000000000002]},", i, i);
        } else {
            add_card(out, i, 2);
            strbuf_text(out, ", ");
            add_card(out, i, 0);
            strbuf_text(out, "]},");
        }
    }
    strbuf_text(out, "]\n");
}

static void reads_back_the_labs_that_ship_and_the_smallest(void)
{
    struct lab *lab = lab_of(LAB_TEXT);
    CU_ASSERT_TRUE(reads_back(lab));
    lab_free(lab);
    struct fault fault = {0};
    CU_ASSERT_EQUAL_FATAL(lab_load(SPECS_DIR "/labs/demo.yaml", &lab, &fault), RESULT_OK);
    CU_ASSERT_TRUE(reads_back(lab));
    lab_free(lab);
}

static void reads_back_labs_made_by_chance(void)
{
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct random random = random_seeded(seed);
        struct strbuf text;
        strbuf_init(&text, LAB_TEXT_MAX);
        add_lab(&text, &random);
        struct lab *lab = lab_of(text.text);
        CU_ASSERT_TRUE(reads_back(lab));
        lab_free(lab);
        strbuf_deinit(&text);
    }
}

static void hands_the_chosen_ports_on(void)
{
    struct strbuf given = text_with(LAB_TEXT, "    ranges: [{prefix: 999902}]\n",
                                    "    ranges: [{prefix: 999902}]\n    link: {mode: simplex}\n");
    struct lab *lab = lab_of(given.text);
    strbuf_deinit(&given);
    lab_set_link_port(lab, 0, 40001);
    lab_set_link_port(lab, 2, 65535);
    lab_set_member_port(lab, 2, 40002);
    struct strbuf text;
    strbuf_init(&text, LAB_TEXT_MAX);
    lab_format(lab, &text);
    struct lab *again = lab_of(text.text);
    CU_ASSERT_EQUAL(again->institutions[0].link_port, 40001);
    CU_ASSERT_EQUAL(again->institutions[1].link_port, 8583);
    CU_ASSERT_EQUAL(again->institutions[2].link_port, 65535);
    CU_ASSERT_EQUAL(again->institutions[2].member_port, 40002);
    CU_ASSERT_TRUE(same_lab(lab, again));
    strbuf_deinit(&text);
    lab_free(again);
    lab_free(lab);
}

static void turns_the_text_bad_when_there_is_no_room(void)
{
    struct lab *lab = lab_of(LAB_TEXT);
    struct strbuf text;
    strbuf_init(&text, 500);
    lab_format(lab, &text);
    CU_ASSERT_TRUE(text.bad);
    CU_ASSERT_TRUE(text.len <= 500);
    strbuf_deinit(&text);
    lab_free(lab);
}

SUITE(CASE(reads_back_the_labs_that_ship_and_the_smallest), CASE(reads_back_labs_made_by_chance),
      CASE(hands_the_chosen_ports_on), CASE(turns_the_text_bad_when_there_is_no_room))
