/* The story that ships, told against a small model of the protocol page: every answer that it
 * expects is the one the protocol gives, and everything ends closed, or open on purpose. The model
 * keeps balances, freezes and shares, and knows no messages. */
#include "lab/day.h"
#include "suite.h"

enum { PACKETS_MAX = 32, SHARES_MAX = 16, PEOPLE_MAX = 16, ISSUERS_MAX = 8, ACCOUNTS_MAX = 16 };

enum freeze { FREEZE_NONE, FREEZE_FROZEN, FREEZE_CLOSED };

struct share {
    int64_t amount_minor;
    bool credited;
};

struct packet {
    const struct day_packet *told;
    enum freeze state;
    int64_t *sender;
    int64_t remaining_minor;
    unsigned handed; /* shares given out */
    struct share shares[SHARES_MAX];
    unsigned ticket[PEOPLE_MAX];  /* share number by person, 0: none */
    const char *last[PEOPLE_MAX]; /* answer to the person's latest claim */
};

struct model {
    struct lab *lab;
    struct day *day;
    int64_t balance[ISSUERS_MAX][ACCOUNTS_MAX];
    struct packet packets[PACKETS_MAX];
    /* What was told, to see that nothing is left out. */
    unsigned answers_51, answers_62, answers_14_sent, answers_14_received, answers_92_sent;
    unsigned answers_92_received, answers_61, second_claims, after_release, refused_by_wallet;
    unsigned repeats, other_wallet, next_day, same_card, one_to_one, released, races, cutovers;
    unsigned splits[4], tickets_by_person_with_several_cards, open;
};

/* --- the protocol, as far as a story at rest needs it ----------------------------------------- */

static int64_t *account_of(struct model *model, const char *card, enum lab_account_state *state)
{
    int issuer = lab_route_card(model->lab, bytes_text(card));
    for (size_t i = 0; issuer >= 0 && i < model->lab->institutions[issuer].account_count; i++) {
        const struct lab_account *account = &model->lab->institutions[issuer].accounts[i];
        if (strcmp(account->card, card) != 0)
            continue;
        *state = account->state;
        return &model->balance[issuer][i];
    }
    return NULL;
}

static void split(struct packet *packet)
{
    const struct day_packet *told = packet->told;
    int64_t left = told->amount_minor;
    CU_ASSERT_FATAL(told->shares <= SHARES_MAX);
    for (unsigned i = 0; i < told->shares; i++) {
        unsigned others = told->shares - i;
        /* Where chance decides, any split will do that gives everybody something. */
        int64_t amount = told->split == DAY_SPLIT_GIVEN ? told->given_minor[i] : left / others;
        if (told->split != DAY_SPLIT_GIVEN && left % others != 0)
            amount++;
        packet->shares[i].amount_minor = amount;
        left -= amount;
    }
    CU_ASSERT_EQUAL(left, 0);
}

static const char *freeze(struct model *model, const struct day_packet *told)
{
    struct packet *packet = &model->packets[told->number];
    enum lab_account_state state = LAB_ACCOUNT_OPEN;
    packet->told = told;
    if (lab_route_card(model->lab, bytes_text(told->card.number)) < 0)
        return "92";
    int64_t *account = account_of(model, told->card.number, &state);
    if (account == NULL)
        return "14";
    if (state == LAB_ACCOUNT_RESTRICTED)
        return "62";
    if (*account < told->amount_minor)
        return "51";
    *account -= told->amount_minor;
    packet->sender = account;
    packet->state = FREEZE_FROZEN;
    packet->remaining_minor = told->amount_minor;
    split(packet);
    return "00";
}

static const char *claim(struct model *model, struct packet *packet, unsigned share, int64_t amount,
                         const char *card)
{
    if (packet->state != FREEZE_FROZEN || packet->shares[share - 1].credited)
        return "22";
    if (amount > packet->remaining_minor)
        return "61";
    if (lab_route_card(model->lab, bytes_text(card)) < 0)
        return "92";
    enum lab_account_state state = LAB_ACCOUNT_OPEN;
    int64_t *account = account_of(model, card, &state);
    if (account == NULL)
        return "14"; /* the credit is refused, the debit reversed: as if nothing had been */
    if (state == LAB_ACCOUNT_RESTRICTED)
        return "62";
    *account += amount;
    packet->remaining_minor -= amount;
    packet->shares[share - 1].credited = true;
    return "00";
}

static const char *release(struct packet *packet, int64_t expected)
{
    if (packet->state == FREEZE_NONE)
        return "25";
    if (expected != DAY_AMOUNT_UNSAID)
        CU_ASSERT_EQUAL(packet->remaining_minor, expected);
    *packet->sender += packet->remaining_minor;
    packet->remaining_minor = 0;
    packet->state = FREEZE_CLOSED;
    return "00";
}

/* --- the steps -------------------------------------------------------------------------------- */

static const char *play_packet(struct model *model, const struct day_packet *told)
{
    const char *answer = freeze(model, told);
    model->answers_51 += strcmp(answer, "51") == 0;
    model->answers_62 += strcmp(answer, "62") == 0;
    model->answers_14_sent += strcmp(answer, "14") == 0;
    model->answers_92_sent += strcmp(answer, "92") == 0;
    model->one_to_one += told->shares == 1 && strcmp(answer, "00") == 0;
    model->splits[told->split] += told->shares > 1;
    model->open += told->stays_open;
    return answer;
}

static const char *play_grab(struct model *model, const struct day_grab *grab)
{
    struct packet *packet = &model->packets[grab->packet];
    if (packet->state != FREEZE_FROZEN || packet->ticket[grab->person] != 0 ||
        packet->handed == packet->told->shares) {
        model->refused_by_wallet++;
        return "";
    }
    packet->ticket[grab->person] = ++packet->handed;
    const struct share *share = &packet->shares[packet->handed - 1];
    if (grab->expect_minor != DAY_AMOUNT_UNSAID)
        CU_ASSERT_EQUAL(share->amount_minor, grab->expect_minor);
    const char *answer =
        claim(model, packet, packet->handed, share->amount_minor, grab->card.number);
    packet->last[grab->person] = answer;
    bool good = strcmp(answer, "00") == 0;
    const struct lab_person *people = model->lab->people;
    const struct day_packet *told = packet->told;
    model->answers_14_received += strcmp(answer, "14") == 0;
    model->answers_92_received += strcmp(answer, "92") == 0;
    model->other_wallet += good && people[told->person].wallet != people[grab->person].wallet;
    model->same_card += good && strcmp(told->card.number, grab->card.number) == 0;
    model->next_day += good && model->cutovers > 0;
    model->tickets_by_person_with_several_cards += people[grab->person].card_count > 1;
    return answer;
}

static const char *play_claim(struct model *model, const struct day_claim *told)
{
    struct packet *packet = &model->packets[told->packet];
    unsigned share = packet->ticket[told->share_of];
    CU_ASSERT_FATAL(share > 0);
    bool taken = packet->shares[share - 1].credited;
    int64_t amount = told->amount_minor == DAY_AMOUNT_UNSAID
                         ? packet->shares[share - 1].amount_minor
                         : told->amount_minor;
    model->second_claims += taken;
    model->after_release += !taken && packet->state == FREEZE_CLOSED;
    packet->last[told->person] = claim(model, packet, share, amount, told->card.number);
    model->answers_61 += strcmp(packet->last[told->person], "61") == 0;
    return packet->last[told->person];
}

static const char *play(struct model *model, const struct day_step *step)
{
    switch (step->kind) {
    case DAY_PACKET:
        return play_packet(model, &step->packet);
    case DAY_GRAB:
        return play_grab(model, &step->grab);
    case DAY_CLAIM:
        return play_claim(model, &step->claim);
    case DAY_REPEAT:
        model->repeats++;
        return model->packets[step->repeat.packet].last[step->repeat.person];
    case DAY_EXPIRE:
        model->released += model->packets[step->expire.packet].remaining_minor > 0;
        return release(&model->packets[step->expire.packet], step->expire.expect_minor);
    case DAY_CUTOVER:
        model->cutovers++;
        return "";
    case DAY_CHECK:
    case DAY_TOGETHER:
        return "";
    }
    return "";
}

static void compare(const struct day_step *step, const char *answer, const struct day_answer *want)
{
    if (strcmp(answer, want->code) != 0)
        fprintf(stderr, "line %u: the protocol answers \"%s\", the story expects \"%s\"\n",
                step->line, answer, want->code);
    CU_ASSERT_STRING_EQUAL(answer, want->code);
}

/* In the order of the file, which is one of those that may come about. */
static void play_together(struct model *model, const struct day_together *together)
{
    bool matched[DAY_TOGETHER_MAX] = {false};
    for (size_t i = 0; i < together->step_count; i++) {
        const struct day_step *step = &together->steps[i];
        const char *answer = play(model, step);
        if (together->answers == NULL) {
            compare(step, answer, &step->expect);
            continue;
        }
        size_t k = 0;
        while (k < together->step_count &&
               (matched[k] || strcmp(together->answers[k].code, answer) != 0))
            k++;
        CU_ASSERT_FATAL(k < together->step_count);
        matched[k] = true;
    }
    model->races += together->answers != NULL;
}

static int64_t all_money(const struct model *model)
{
    int64_t sum = 0;
    for (size_t i = 0; i < ISSUERS_MAX; i++)
        for (size_t k = 0; k < ACCOUNTS_MAX; k++)
            sum += model->balance[i][k];
    for (size_t i = 0; i < PACKETS_MAX; i++)
        sum += model->packets[i].remaining_minor;
    return sum;
}

static void setup(struct model *model)
{
    struct fault fault = {0};
    memset(model, 0, sizeof *model);
    CU_ASSERT_EQUAL_FATAL(lab_load(SPECS_DIR "/labs/demo.yaml", &model->lab, &fault), RESULT_OK);
    enum result result = day_load(SPECS_DIR "/days/new-year.yaml", model->lab, &model->day, &fault);
    if (result != RESULT_OK)
        ASSERT_CONTAINS(fault.text, "no fault at all");
    CU_ASSERT_EQUAL_FATAL(result, RESULT_OK);
    CU_ASSERT_FATAL(model->day->packet_count <= PACKETS_MAX);
    CU_ASSERT_FATAL(model->lab->person_count <= PEOPLE_MAX);
    CU_ASSERT_FATAL(model->lab->institution_count <= ISSUERS_MAX);
    for (size_t i = 0; i < model->lab->institution_count; i++)
        for (size_t k = 0; k < model->lab->institutions[i].account_count; k++) {
            CU_ASSERT_FATAL(k < ACCOUNTS_MAX);
            model->balance[i][k] = model->lab->institutions[i].accounts[k].available_minor;
        }
}

static void play_all(struct model *model)
{
    int64_t before = all_money(model);
    for (size_t i = 0; i < model->day->step_count; i++) {
        const struct day_step *step = &model->day->steps[i];
        if (step->kind == DAY_TOGETHER)
            play_together(model, &step->together);
        else
            compare(step, play(model, step), &step->expect);
        CU_ASSERT_EQUAL(all_money(model), before);
    }
}

static void teardown(struct model *model)
{
    day_free(model->day);
    lab_free(model->lab);
}

static void expects_what_the_protocol_answers(void)
{
    struct model model;
    setup(&model);
    play_all(&model);
    teardown(&model);
}

static void ends_with_every_packet_closed_or_open_on_purpose(void)
{
    struct model model;
    setup(&model);
    play_all(&model);
    for (size_t i = 0; i < model.day->packet_count; i++) {
        const struct packet *packet = &model.packets[i];
        if (packet->state == FREEZE_FROZEN)
            CU_ASSERT_TRUE(packet->told->stays_open);
    }
    CU_ASSERT_EQUAL(model.open, 1);
    teardown(&model);
}

static void tells_everything_that_a_day_can_bring(void)
{
    struct model model;
    setup(&model);
    play_all(&model);
    CU_ASSERT_TRUE(model.one_to_one >= 2);
    CU_ASSERT_TRUE(model.splits[DAY_SPLIT_EQUAL] >= 1);
    CU_ASSERT_TRUE(model.splits[DAY_SPLIT_RANDOM] >= 1);
    CU_ASSERT_TRUE(model.splits[DAY_SPLIT_GIVEN] >= 1);
    CU_ASSERT_TRUE(model.splits[DAY_SPLIT_WHEN_CLAIMED] >= 1);
    CU_ASSERT_TRUE(model.other_wallet >= 1);
    CU_ASSERT_TRUE(model.same_card >= 1);
    CU_ASSERT_TRUE(model.tickets_by_person_with_several_cards >= 1);
    CU_ASSERT_TRUE(model.next_day >= 1);
    CU_ASSERT_TRUE(model.second_claims >= 2);
    CU_ASSERT_TRUE(model.repeats >= 1);
    CU_ASSERT_TRUE(model.races >= 1);
    CU_ASSERT_TRUE(model.refused_by_wallet >= 2);
    CU_ASSERT_TRUE(model.answers_51 >= 1);
    CU_ASSERT_TRUE(model.answers_61 >= 1);
    CU_ASSERT_TRUE(model.answers_62 >= 1);
    CU_ASSERT_TRUE(model.answers_14_sent >= 1);
    CU_ASSERT_TRUE(model.answers_92_sent >= 1);
    CU_ASSERT_TRUE(model.answers_14_received >= 1);
    CU_ASSERT_TRUE(model.answers_92_received >= 1);
    CU_ASSERT_TRUE(model.released >= 2);
    CU_ASSERT_TRUE(model.after_release >= 1);
    CU_ASSERT_EQUAL(model.cutovers, 1);
    teardown(&model);
}

/* Whoever wins a race, the same institutions gain the same amounts: the players of one list of
 * expected answers claim with cards of one bank, through one wallet. */
static void leaves_no_amount_to_who_is_faster(void)
{
    struct model model;
    setup(&model);
    for (size_t i = 0; i < model.day->step_count; i++) {
        const struct day_step *step = &model.day->steps[i];
        if (step->kind != DAY_TOGETHER || step->together.answers == NULL)
            continue;
        const struct day_step *first = &step->together.steps[0];
        for (size_t k = 0; k < step->together.step_count; k++) {
            const struct day_step *other = &step->together.steps[k];
            CU_ASSERT_EQUAL(other->kind, DAY_CLAIM);
            CU_ASSERT_EQUAL(other->claim.person, first->claim.person);
            CU_ASSERT_STRING_EQUAL(other->claim.card.number, first->claim.card.number);
        }
    }
    teardown(&model);
}

/* The player prints them; a step without a sentence would be a gap in the story. */
static void has_a_time_and_a_sentence_for_every_step(void)
{
    struct model model;
    setup(&model);
    CU_ASSERT_TRUE(model.day->tell[0] != '\0');
    for (size_t i = 0; i < model.day->step_count; i++) {
        CU_ASSERT_TRUE(model.day->steps[i].at[0] != '\0');
        CU_ASSERT_TRUE(model.day->steps[i].tell[0] != '\0');
    }
    teardown(&model);
}

SUITE(CASE(expects_what_the_protocol_answers),
      CASE(ends_with_every_packet_closed_or_open_on_purpose),
      CASE(tells_everything_that_a_day_can_bring), CASE(leaves_no_amount_to_who_is_faster),
      CASE(has_a_time_and_a_sentence_for_every_step))
