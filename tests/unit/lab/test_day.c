#include "lab/day.h"

#include "lab_text.h"

#define DAY_TEXT                                                                                   \
    "title: a short evening\n"                                                                     \
    "steps:\n"                                                                                     \
    "  - {at: \"18:00\", do: packet, name: dinner, from: Wang Wei, card: jade, amount: 9.90,\n"    \
    "     shares: 3, split: equal, note: 干杯, tell: He sends it.}\n"                            \
    "  - {do: grab, packet: dinner, person: Li Na, card: 9999022000000032, expect_amount: 3.30}\n" \
    "  - {do: grab, packet: dinner, person: Li Na, card: 9999022000000024,\n"                      \
    "     expect: refused-by-wallet}\n"                                                            \
    "  - {do: repeat, packet: dinner, person: Li Na}\n"                                            \
    "  - {do: claim, packet: dinner, person: Wang Wei, share_of: Li Na, expect: 22}\n"             \
    "  - {do: check}\n"                                                                            \
    "  - {do: cutover, to: 20270101}\n"                                                            \
    "  - together:\n"                                                                              \
    "      - {do: claim, packet: dinner, person: Wang Wei, share_of: Li Na, amount: 50}\n"         \
    "      - {do: packet, name: more, from: Li Na, card: 9999022000000024, split: given,\n"        \
    "         amounts: [1, 2.50], stays_open: true}\n"                                             \
    "    expect: [22, A2]\n"                                                                       \
    "  - {do: expire, packet: dinner, expect_amount: 6.60}\n"

static struct lab *lab;

static enum result parse(const char *text, struct day **day, struct fault *fault)
{
    if (lab == NULL)
        lab = lab_of(LAB_TEXT);
    *fault = (struct fault){0};
    return day_parse(bytes_text(text), "day.yaml", lab, day, fault);
}

static struct day *day_of(const char *text)
{
    struct day *day = NULL;
    struct fault fault;
    enum result result = parse(text, &day, &fault);
    if (result != RESULT_OK)
        ASSERT_CONTAINS(fault.text, "no fault at all");
    CU_ASSERT_EQUAL_FATAL(result, RESULT_OK);
    return day;
}

static void end(struct day *day)
{
    day_free(day);
    lab_free(lab);
    lab = NULL;
}

static void refuses_text(const char *text, const char *part)
{
    struct day *day = NULL;
    struct fault fault;
    CU_ASSERT_EQUAL(parse(text, &day, &fault), RESULT_INPUT);
    CU_ASSERT_PTR_NULL(day);
    ASSERT_CONTAINS(fault.text, part);
    ASSERT_CONTAINS(fault.text, "day.yaml:");
    end(day);
}

/* The short evening with one place changed is refused, and the fault says `part`. */
static void refuses(const char *from, const char *to, const char *part)
{
    struct strbuf text = text_with(DAY_TEXT, from, to);
    refuses_text(text.text, part);
    strbuf_deinit(&text);
}

/* --- what is read ----------------------------------------------------------------------------- */

static void reads_a_packet_with_its_words(void)
{
    struct day *day = day_of(DAY_TEXT);
    CU_ASSERT_STRING_EQUAL(day->title, "a short evening");
    CU_ASSERT_EQUAL(day->step_count, 9);
    const struct day_step *step = &day->steps[0];
    CU_ASSERT_EQUAL(step->kind, DAY_PACKET);
    CU_ASSERT_EQUAL(step->line, 3);
    CU_ASSERT_STRING_EQUAL(step->at, "18:00");
    CU_ASSERT_STRING_EQUAL(step->tell, "He sends it.");
    CU_ASSERT_STRING_EQUAL(step->expect.code, "00");
    CU_ASSERT_FALSE(step->expect.refused_by_wallet);
    CU_ASSERT_STRING_EQUAL(step->packet.name, "dinner");
    CU_ASSERT_STRING_EQUAL(step->packet.note, "干杯");
    CU_ASSERT_EQUAL(step->packet.amount_minor, 990);
    CU_ASSERT_EQUAL(step->packet.shares, 3);
    CU_ASSERT_EQUAL(step->packet.split, DAY_SPLIT_EQUAL);
    CU_ASSERT_FALSE(step->packet.stays_open);
    end(day);
}

static void takes_a_card_by_its_bank_by_its_number_or_the_first(void)
{
    struct day *day = day_of(DAY_TEXT);
    CU_ASSERT_STRING_EQUAL(day->steps[0].packet.card.number, "9999022000000016");
    CU_ASSERT_STRING_EQUAL(day->steps[1].grab.card.number, "9999022000000032");
    CU_ASSERT_STRING_EQUAL(day->steps[4].claim.card.number, "9999011000000019");
    CU_ASSERT_FALSE(day->steps[4].claim.card.unknown);
    end(day);
}

static void reads_grabs_claims_and_repeats(void)
{
    struct day *day = day_of(DAY_TEXT);
    CU_ASSERT_EQUAL(day->steps[1].grab.person, 1);
    CU_ASSERT_EQUAL(day->steps[1].grab.expect_minor, 330);
    CU_ASSERT_TRUE(day->steps[2].expect.refused_by_wallet);
    CU_ASSERT_STRING_EQUAL(day->steps[2].expect.code, "");
    CU_ASSERT_EQUAL(day->steps[2].grab.expect_minor, DAY_AMOUNT_UNSAID);
    CU_ASSERT_EQUAL(day->steps[3].kind, DAY_REPEAT);
    CU_ASSERT_EQUAL(day->steps[3].repeat.person, 1);
    const struct day_claim *claim = &day->steps[4].claim;
    CU_ASSERT_EQUAL(claim->person, 0);
    CU_ASSERT_EQUAL(claim->share_of, 1);
    CU_ASSERT_EQUAL(claim->amount_minor, DAY_AMOUNT_UNSAID);
    CU_ASSERT_STRING_EQUAL(day->steps[4].expect.code, "22");
    end(day);
}

static void reads_check_cutover_and_expire(void)
{
    struct day *day = day_of(DAY_TEXT);
    CU_ASSERT_EQUAL(day->steps[5].kind, DAY_CHECK);
    CU_ASSERT_EQUAL(day->steps[6].kind, DAY_CUTOVER);
    CU_ASSERT_EQUAL(day->steps[6].cutover.date, 20270101);
    CU_ASSERT_EQUAL(day->steps[8].kind, DAY_EXPIRE);
    CU_ASSERT_EQUAL(day->steps[8].expire.packet, 0);
    CU_ASSERT_EQUAL(day->steps[8].expire.expect_minor, 660);
    end(day);
}

static void reads_steps_that_run_together_and_their_answers(void)
{
    struct day *day = day_of(DAY_TEXT);
    CU_ASSERT_EQUAL(day->steps[7].kind, DAY_TOGETHER);
    const struct day_together *together = &day->steps[7].together;
    CU_ASSERT_EQUAL_FATAL(together->step_count, 2);
    CU_ASSERT_EQUAL(together->steps[0].claim.amount_minor, 5000);
    CU_ASSERT_PTR_NOT_NULL_FATAL(together->answers);
    CU_ASSERT_STRING_EQUAL(together->answers[0].code, "22");
    CU_ASSERT_STRING_EQUAL(together->answers[1].code, "A2");
    end(day);
}

static void adds_given_amounts_up(void)
{
    struct day *day = day_of(DAY_TEXT);
    const struct day_packet *more = &day->steps[7].together.steps[1].packet;
    CU_ASSERT_EQUAL(more->split, DAY_SPLIT_GIVEN);
    CU_ASSERT_EQUAL(more->shares, 2);
    CU_ASSERT_EQUAL(more->amount_minor, 350);
    CU_ASSERT_EQUAL(more->given_minor[1], 250);
    CU_ASSERT_TRUE(more->stays_open);
    end(day);
}

static void lists_all_packets_by_number(void)
{
    struct day *day = day_of(DAY_TEXT);
    CU_ASSERT_EQUAL_FATAL(day->packet_count, 2);
    for (unsigned i = 0; i < day->packet_count; i++)
        CU_ASSERT_EQUAL(day->packets[i]->number, i);
    CU_ASSERT_PTR_EQUAL(day->packets[0], &day->steps[0].packet);
    CU_ASSERT_STRING_EQUAL(day->packets[1]->name, "more");
    end(day);
}

static void takes_cards_that_nobody_knows_on_purpose(void)
{
    struct strbuf text = text_with(DAY_TEXT, "share_of: Li Na, expect",
                                   "share_of: Li Na,\n     unknown_card: "
                                   "9999091000000011, expect");
    struct day *day = day_of(text.text);
    CU_ASSERT_TRUE(day->steps[4].claim.card.unknown);
    CU_ASSERT_STRING_EQUAL(day->steps[4].claim.card.number, "9999091000000011");
    strbuf_deinit(&text);
    end(day);
}

static void names_kinds_and_splits_as_the_file_does(void)
{
    CU_ASSERT_STRING_EQUAL(day_kind_name(DAY_PACKET), "packet");
    CU_ASSERT_STRING_EQUAL(day_kind_name(DAY_TOGETHER), "together");
    CU_ASSERT_STRING_EQUAL(day_split_name(DAY_SPLIT_EQUAL), "equal");
    CU_ASSERT_STRING_EQUAL(day_split_name(DAY_SPLIT_WHEN_CLAIMED), "when-claimed");
}

/* --- what is refused -------------------------------------------------------------------------- */

static void refuses_missing_unknown_and_misplaced_keys(void)
{
    refuses("title: a short evening\n", "", "`title` is missing");
    refuses("amount: 9.90", "amout: 9.90", "`amount` is missing");
    refuses("shares: 3, split: equal", "shares: 3", "`split` is missing");
    refuses("from: Wang Wei", "person: Wang Wei", "`from` is missing");
    refuses("{do: check}", "{do: check, packet: dinner}", "unknown key `packet`");
    refuses("{do: check}", "{do: check, expect: 00}", "unknown key `expect`");
    refuses("{do: check}", "{do: check, together: []}", "expected 2 to 256");
    refuses("{do: check}", "check", "expected a map");
    refuses("{do: check}", "{at: \"20:00\"}", "`do` is missing");
    refuses("person: Li Na}", "person: Li Na, card: jade}", "unknown key `card`");
}

static void refuses_kinds_it_does_not_know_or_not_here(void)
{
    refuses("{do: check}", "{do: dance}", "one of packet, grab, claim");
    refuses("{do: check}", "{do: together}", "together cannot stand here");
    refuses("{do: packet, name: more", "{do: check, name: more", "check cannot stand here");
    refuses("{do: packet, name: more", "{do: cutover, name: more", "cutover cannot stand here");
    refuses("{do: packet, name: more", "{together: [], name: more", "`do` is missing");
}

static void refuses_people_and_cards_that_the_lab_has_not(void)
{
    refuses("from: Wang Wei", "from: Wang", "nobody of this name");
    refuses("share_of: Li Na", "share_of: Sun Li", "nobody of this name");
    refuses("card: jade", "card: lotus", "Wang Wei has no such card");
    refuses("card: jade", "card: 9999022000000024", "Wang Wei has no such card");
    refuses("card: 9999022000000032", "card: jade", "several cards there");
}

static void refuses_an_unknown_card_that_is_known_or_could_be_real(void)
{
    refuses("card: jade", "unknown_card: 9999022000000024", "knows this card");
    refuses("card: jade", "unknown_card: 9999019000000004", "knows this card");
    refuses("card: jade", "unknown_card: 9999022000000025", "check digit");
    refuses("card: jade", "unknown_card: 6200000000000001", "begins with 9999");
    refuses("card: jade", "card: jade, unknown_card: 9999091000000011", "got both");
}

static void refuses_amounts_that_do_not_fit_their_shares(void)
{
    refuses("amount: 9.90", "amount: 0.02", "from 0.03 to");
    refuses("amount: 9.90", "amount: 1000000000.00", "to 999999999.99");
    refuses("amount: 9.90", "amount: nine", "expected an amount");
    refuses("shares: 3", "shares: 0", "from 1 to 9999");
    refuses("shares: 3", "shares: 10000", "from 1 to 9999");
}

static void refuses_given_amounts_that_contradict(void)
{
    refuses("amounts: [1, 2.50]", "amounts: [1, 2.50], amount: 3.50", "says `amount`");
    refuses("amounts: [1, 2.50]", "amounts: [1, 2.50], shares: 2", "says `amount` and `shares`");
    refuses("amounts: [1, 2.50]", "amounts: []", "expected 1 to");
    refuses("amounts: [1, 2.50]", "amounts: [1, 0]", "expected an amount from 0.01");
    refuses("amounts: [1, 2.50]", "amounts: [999999999.99, 0.01]", "more in sum");
    refuses("split: given", "split: random", "`amount` is missing");
    refuses("split: equal", "split: equal, amounts: [1]", "unknown key `amounts`");
}

static void refuses_packets_that_were_never_sent(void)
{
    refuses("grab, packet: dinner", "grab, packet: supper", "no packet of this name");
    refuses("expire, packet: dinner", "expire, packet: supper", "no packet of this name");
    refuses("tell: He sends it.", "expect: 51", "expected to be refused (line 3)");
}

static void refuses_two_packets_of_one_name(void)
{
    refuses("name: more", "name: dinner", "sent in line 3");
}

static void refuses_a_packet_used_in_the_list_that_sends_it(void)
{
    refuses("{do: claim, packet: dinner, person: Wang Wei, share_of: Li Na, amount: 50}",
            "{do: grab, packet: more, person: Wang Wei}", "no packet of this name");
}

static void refuses_claims_without_a_ticket(void)
{
    refuses("share_of: Li Na, expect: 22", "expect: 22", "Wang Wei holds no ticket");
    refuses("repeat, packet: dinner, person: Li Na", "repeat, packet: dinner, person: Wang Wei",
            "Wang Wei has claimed nothing");
    refuses("expect_amount: 3.30", "expect: refused-by-wallet", "Li Na has claimed nothing");
}

static void refuses_a_ticket_that_was_raced_for(void)
{
    refuses_text("title: a race\n"
                 "steps:\n"
                 "  - {do: packet, name: p, from: Li Na, card: 9999022000000024, amount: 1}\n"
                 "  - together:\n"
                 "    - {do: grab, packet: p, person: Wang Wei}\n"
                 "    - {do: grab, packet: p, person: Li Na, card: 9999022000000024}\n"
                 "    expect: [00, refused-by-wallet]\n"
                 "  - {do: repeat, packet: p, person: Wang Wei}\n"
                 "  - {do: expire, packet: p}\n",
                 "Wang Wei has claimed nothing");
}

static void refuses_answers_that_are_none(void)
{
    refuses("expect: 22}", "expect: 220}", "two characters");
    refuses("expect: 22}", "expect: a2}", "two characters");
    refuses("expect: 22}", "expect: [22]}", "two characters");
    refuses("expect: 22}", "expect: refused-by-wallet}", "two characters");
    refuses("expect: refused-by-wallet", "expect: refused", "or refused-by-wallet");
    refuses("expect: [22, A2]", "expect: 22", "expected a list");
    refuses("expect: [22, A2]", "expect: [22]", "expected 2 to 2 entries, got 1");
    refuses("amount: 50}", "amount: 50, expect: 61}", "the whole list says");
}

static void refuses_expectations_that_are_left_to_chance(void)
{
    refuses("split: equal", "split: random", "left to chance");
    refuses("split: equal", "split: when-claimed", "left to chance");
    refuses("expect_amount: 3.30", "expect_amount: 3.30, expect: 14", "worth nothing");
}

static void refuses_dates_that_are_not_the_next(void)
{
    refuses("to: 20270101", "to: 20261231", "next date, 20270101");
    refuses("to: 20270101", "to: 20270230", "expected a date");
    refuses("{do: check}", "{do: cutover, to: 20270101}", "no further date");
}

static void refuses_packets_without_an_ending(void)
{
    refuses(", stays_open: true", "", "never expires");
    refuses("expire, packet: dinner", "expire, packet: more", "said to stay open");
    refuses("tell: He sends it.", "stays_open: true, expect: 51", "never open");
}

static void refuses_more_steps_than_a_story_has(void)
{
    struct strbuf text;
    strbuf_init(&text, 1 << 20);
    strbuf_text(&text, "title: long\nsteps:\n");
    for (unsigned i = 0; i < DAY_STEPS_MAX; i++)
        strbuf_text(&text, "- {do: check}\n");
    end(day_of(text.text));
    strbuf_text(&text, "- {do: check}\n");
    refuses_text(text.text, "`steps`: expected");
    strbuf_deinit(&text);
}

static void refuses_more_together_than_can_fly(void)
{
    struct strbuf text;
    strbuf_init(&text, 1 << 20);
    strbuf_text(&text, "title: many\nsteps:\n- together:\n");
    for (unsigned i = 0; i < DAY_TOGETHER_MAX; i++)
        strbuf_format(&text,
                      "  - {do: packet, name: p%u, from: Wang Wei, amount: 1, "
                      "stays_open: true}\n",
                      i);
    end(day_of(text.text));
    strbuf_text(&text, "  - {do: packet, name: q, from: Wang Wei, amount: 1}\n");
    refuses_text(text.text, "expected 2 to 256 entries, got 257");
    strbuf_deinit(&text);
}

static void refuses_words_that_are_too_long(void)
{
    refuses("name: dinner", "name: a packet with a name beyond measure", "1 to 32 bytes");
    refuses("at: \"18:00\"", "at: some time in the evening", "1 to 16 bytes");
}

static void refuses_what_is_no_day_at_all(void)
{
    static const char *const texts[] = {"",
                                        "text",
                                        "[]",
                                        "{}",
                                        "title: x",
                                        "title: x\nsteps: []",
                                        "title: x\nsteps: [[]]",
                                        "title: x\nsteps: {a: b}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct day *day = NULL;
        struct fault fault;
        CU_ASSERT_EQUAL(parse(texts[i], &day, &fault), RESULT_INPUT);
        CU_ASSERT_PTR_NULL(day);
        end(day);
    }
}

static void survives_a_file_cut_off_anywhere(void)
{
    for (size_t len = 0; len < strlen(DAY_TEXT); len += 7) {
        struct strbuf text;
        strbuf_init(&text, 1 << 16);
        strbuf_add(&text, DAY_TEXT, len);
        struct day *day = NULL;
        struct fault fault;
        enum result result = parse(text.text, &day, &fault);
        CU_ASSERT_EQUAL(day != NULL, result == RESULT_OK);
        end(day);
        strbuf_deinit(&text);
    }
}

SUITE(CASE(reads_a_packet_with_its_words),
      CASE(takes_a_card_by_its_bank_by_its_number_or_the_first),
      CASE(reads_grabs_claims_and_repeats), CASE(reads_check_cutover_and_expire),
      CASE(reads_steps_that_run_together_and_their_answers), CASE(adds_given_amounts_up),
      CASE(lists_all_packets_by_number), CASE(takes_cards_that_nobody_knows_on_purpose),
      CASE(names_kinds_and_splits_as_the_file_does),
      CASE(refuses_missing_unknown_and_misplaced_keys),
      CASE(refuses_kinds_it_does_not_know_or_not_here),
      CASE(refuses_people_and_cards_that_the_lab_has_not),
      CASE(refuses_an_unknown_card_that_is_known_or_could_be_real),
      CASE(refuses_amounts_that_do_not_fit_their_shares),
      CASE(refuses_given_amounts_that_contradict), CASE(refuses_packets_that_were_never_sent),
      CASE(refuses_two_packets_of_one_name), CASE(refuses_a_packet_used_in_the_list_that_sends_it),
      CASE(refuses_claims_without_a_ticket), CASE(refuses_a_ticket_that_was_raced_for),
      CASE(refuses_answers_that_are_none), CASE(refuses_expectations_that_are_left_to_chance),
      CASE(refuses_dates_that_are_not_the_next), CASE(refuses_packets_without_an_ending),
      CASE(refuses_more_steps_than_a_story_has), CASE(refuses_more_together_than_can_fly),
      CASE(refuses_words_that_are_too_long), CASE(refuses_what_is_no_day_at_all),
      CASE(survives_a_file_cut_off_anywhere))
