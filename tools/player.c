/* Plays a day file. */
#include "player.h"

#include "base/json_node.h"
#include "base/random.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { TICKET_TEXT_MAX = 512, TICKETS_MAX = 4096 };

/* What a wallet handed out: opaque to us, the next wallet understands it. */
struct ticket {
    unsigned packet, person;
    char text[TICKET_TEXT_MAX]; /* a JSON object */
};

struct player {
    struct runner *runner;
    const struct lab *lab;
    const struct day *day;
    struct random random;
    uint32_t date;
    struct played *played; /* room for every step of the day */
    size_t played_count, played_max;
    struct ticket *tickets;
    size_t ticket_count;
};

/* A step that waits for its reply. */
struct waiting {
    struct player *player;
    struct played *played;
    char reason[PLAYER_OUTCOME_MAX];
    bool done;
    char error[FAULT_TEXT_MAX]; /* the party could not do it at all */
    char ticket[TICKET_TEXT_MAX];
};

/* --- small things ----------------------------------------------------------------------------- */

static int wallet_party(const struct player *player, unsigned person)
{
    return runner_party_of(player->runner, player->lab->people[person].wallet);
}

static const char *person_name(const struct player *player, unsigned person)
{
    return player->lab->people[person].name;
}

static struct ticket *find_ticket(struct player *player, unsigned packet, unsigned person)
{
    for (size_t i = 0; i < player->ticket_count; i++)
        if (player->tickets[i].packet == packet && player->tickets[i].person == person)
            return &player->tickets[i];
    return NULL;
}

/* Any ticket of the packet: a repeat names the freeze and the person. */
static struct ticket *find_packet_ticket(struct player *player, unsigned packet)
{
    size_t i = 0;
    while (i < player->ticket_count && player->tickets[i].packet != packet)
        i++;
    return i < player->ticket_count ? &player->tickets[i] : NULL;
}

static struct played *begin(struct player *player, const struct day_step *step, int packet)
{
    MUST(player->played_count < player->played_max);
    struct played *played = &player->played[player->played_count++];
    *played =
        (struct played){.step = step, .packet = packet, .date = player->date, .amount_minor = -1};
    return played;
}

/* Whether what came is what the day file says should come. */
static void judge(struct played *played, const struct day_answer *expect, int64_t expect_minor)
{
    bool refused = played->code[0] == '\0';
    played->is_expected = refused == expect->refused_by_wallet &&
                          (refused || strcmp(played->code, expect->code) == 0) &&
                          (expect_minor < 0 || played->amount_minor == expect_minor);
}

/* --- replies ---------------------------------------------------------------------------------- */

static void copy_text(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text != NULL ? text : "");
}

static void on_reply(void *context, struct doc *reply, const char *error)
{
    struct waiting *waiting = context;
    struct played *played = waiting->played;
    struct fault fault = {RESULT_OK, ""};
    waiting->done = true;
    if (reply == NULL) {
        copy_text(waiting->error, sizeof waiting->error, error);
        return;
    }
    struct schema schema = schema_of(reply, &fault);
    struct node *root = doc_root(reply);
    const char *code = node_may_text(&schema, root, "code", 2, "");
    copy_text(waiting->reason, sizeof waiting->reason,
              node_may_text(&schema, root, "refused", sizeof waiting->reason - 1, ""));
    played->amount_minor = node_may_int(&schema, root, "amount_minor", 0, INT64_MAX, -1);
    copy_text(played->code, sizeof played->code, code);
    copy_text(played->reference, sizeof played->reference,
              node_may_text(&schema, root, "reference", REFERENCE_TEXT_LEN, ""));
    struct node *ticket = node_may_map(&schema, root, "ticket");
    if (ticket != NULL) {
        struct strbuf text;
        strbuf_init(&text, sizeof waiting->ticket - 1);
        struct json json = json_to(&text);
        json_node(&json, ticket);
        copy_text(waiting->ticket, sizeof waiting->ticket, text.bad ? "" : text.text);
        strbuf_deinit(&text);
    }
    if (schema.result != RESULT_OK)
        copy_text(waiting->error, sizeof waiting->error, fault.text);
    doc_free(reply);
}

static enum result fail(const struct waiting *waiting, struct fault *fault)
{
    return fault_set(fault, RESULT_STATE, "day file, line %u: %s", waiting->played->step->line,
                     waiting->error);
}

/* --- commands --------------------------------------------------------------------------------- */

struct command_text {
    struct strbuf text;
    struct json json;
};

static void command_begin(struct command_text *command, const char *what)
{
    strbuf_init(&command->text, 60000);
    command->json = json_to(&command->text);
    json_open_object(&command->json);
    json_member(&command->json, "do", what);
}

static void command_post(struct player *player, struct command_text *command, int party,
                         struct waiting *waiting)
{
    json_close_object(&command->json);
    MUST(!command->text.bad && party >= 0);
    runner_post(player->runner, (unsigned)party, command->text.text, on_reply, waiting);
    strbuf_deinit(&command->text);
}

static void post_packet(struct player *player, const struct day_packet *packet,
                        struct waiting *waiting)
{
    struct command_text command;
    command_begin(&command, "send");
    json_member(&command.json, "packet", packet->name);
    json_member(&command.json, "person", person_name(player, packet->person));
    json_member(&command.json, "card", packet->card.number);
    json_member_int(&command.json, "amount_minor", packet->amount_minor);
    json_member_int(&command.json, "shares", packet->shares);
    json_member(&command.json, "split", day_split_name(packet->split));
    json_member_int(&command.json, "seed", (int64_t)(random_next(&player->random) >> 1));
    if (packet->split == DAY_SPLIT_GIVEN) {
        json_key(&command.json, "amounts_minor");
        json_open_list(&command.json);
        for (unsigned i = 0; i < packet->shares; i++)
            json_int(&command.json, packet->given_minor[i]);
        json_close_list(&command.json);
    }
    command_post(player, &command, wallet_party(player, packet->person), waiting);
}

static void post_claim(struct player *player, const struct ticket *ticket, unsigned person,
                       const char *card, int64_t amount_minor, struct waiting *waiting)
{
    struct command_text command;
    command_begin(&command, "claim");
    json_member(&command.json, "person", person_name(player, person));
    json_member(&command.json, "card", card);
    if (amount_minor >= 0)
        json_member_int(&command.json, "amount_minor", amount_minor);
    /* The ticket is JSON already. */
    strbuf_text(&command.text, ",\"ticket\":");
    strbuf_text(&command.text, ticket->text);
    command_post(player, &command, wallet_party(player, person), waiting);
}

static void post_repeat(struct player *player, const struct ticket *ticket, unsigned person,
                        struct waiting *waiting)
{
    struct command_text command;
    command_begin(&command, "repeat");
    json_member(&command.json, "person", person_name(player, person));
    strbuf_text(&command.text, ",\"ticket\":");
    strbuf_text(&command.text, ticket->text);
    command_post(player, &command, wallet_party(player, person), waiting);
}

static void post_named(struct player *player, const char *what, const struct day_packet *packet,
                       const char *person, int party, struct waiting *waiting)
{
    struct command_text command;
    command_begin(&command, what);
    json_member(&command.json, "packet", packet->name);
    if (person != NULL)
        json_member(&command.json, "person", person);
    if (strcmp(what, "grab") == 0)
        json_member_int(&command.json, "seed", (int64_t)(random_next(&player->random) >> 1));
    command_post(player, &command, party, waiting);
}

/* Asks the sending wallet for the person's ticket; false: the wallet refuses. */
static enum result take_ticket(struct player *player, const struct day_grab *grab,
                               struct waiting *waiting, bool *given, struct fault *fault)
{
    const struct day_packet *packet = player->day->packets[grab->packet];
    post_named(player, "grab", packet, person_name(player, grab->person),
               wallet_party(player, packet->person), waiting);
    TRY(runner_wait(player->runner, 0, fault));
    if (waiting->error[0] != '\0')
        return fail(waiting, fault);
    *given = waiting->reason[0] == '\0' && waiting->ticket[0] != '\0';
    if (!*given)
        return RESULT_OK;
    if (player->ticket_count == TICKETS_MAX)
        return fault_set(fault, RESULT_LIMIT, "a day hands out at most %d tickets", TICKETS_MAX);
    struct ticket *ticket = &player->tickets[player->ticket_count++];
    ticket->packet = grab->packet;
    ticket->person = grab->person;
    copy_text(ticket->text, sizeof ticket->text, waiting->ticket);
    return RESULT_OK;
}

static int packet_of(const struct day_step *step)
{
    switch (step->kind) {
    case DAY_PACKET:
        return (int)step->packet.number;
    case DAY_GRAB:
        return (int)step->grab.packet;
    case DAY_CLAIM:
        return (int)step->claim.packet;
    case DAY_REPEAT:
        return (int)step->repeat.packet;
    case DAY_EXPIRE:
        return (int)step->expire.packet;
    default:
        return -1;
    }
}

/* Whose wallet plays the step. */
static unsigned person_of(const struct player *player, const struct day_step *step)
{
    switch (step->kind) {
    case DAY_GRAB:
        return step->grab.person;
    case DAY_CLAIM:
        return step->claim.person;
    case DAY_REPEAT:
        return step->repeat.person;
    case DAY_EXPIRE:
        return player->day->packets[step->expire.packet]->person;
    default:
        return step->packet.person;
    }
}

/* First half of a step: what must happen in the order of the file. *waits: a message follows. */
static enum result prepare(struct player *player, const struct day_step *step,
                           struct waiting *waiting, bool *waits, struct fault *fault)
{
    *waiting = (struct waiting){.player = player, .played = begin(player, step, packet_of(step))};
    unsigned person = person_of(player, step);
    if (wallet_party(player, person) < 0)
        return fault_set(fault, RESULT_INPUT,
                         "day file, line %u: the wallet of %s is external: nobody here can play it",
                         step->line, person_name(player, person));
    *waits = true;
    if (step->kind == DAY_GRAB)
        return take_ticket(player, &step->grab, waiting, waits, fault);
    /* Handed out earlier, unless that went wrong: then this step cannot be, and the story says so.
     */
    bool is_there = step->kind == DAY_CLAIM
                        ? find_ticket(player, step->claim.packet, step->claim.share_of) != NULL
                    : step->kind == DAY_REPEAT
                        ? find_packet_ticket(player, step->repeat.packet) != NULL
                        : true;
    if (!is_there) {
        copy_text(waiting->reason, sizeof waiting->reason, "no ticket was handed out before");
        *waits = false;
    }
    return RESULT_OK;
}

/* Second half: the message itself. */
static void post(struct player *player, const struct day_step *step, struct waiting *waiting)
{
    const struct day *day = player->day;
    waiting->done = false;
    switch (step->kind) {
    case DAY_PACKET:
        post_packet(player, &step->packet, waiting);
        break;
    case DAY_GRAB:
        post_claim(player, find_ticket(player, step->grab.packet, step->grab.person),
                   step->grab.person, step->grab.card.number, -1, waiting);
        break;
    case DAY_CLAIM:
        post_claim(player, find_ticket(player, step->claim.packet, step->claim.share_of),
                   step->claim.person, step->claim.card.number, step->claim.amount_minor, waiting);
        break;
    case DAY_REPEAT:
        post_repeat(player, find_packet_ticket(player, step->repeat.packet), step->repeat.person,
                    waiting);
        break;
    default: /* DAY_EXPIRE */
        post_named(player, "expire", day->packets[step->expire.packet], NULL,
                   wallet_party(player, day->packets[step->expire.packet]->person), waiting);
        break;
    }
}

/* What a step should be worth. What an expiry gives back is not the wallet's to know (shares may
 * have been claimed through others); it is looked up in the switch's log when the day is over. */
static int64_t expected_minor(const struct day_step *step)
{
    return step->kind == DAY_GRAB ? step->grab.expect_minor : -1;
}

static enum result finish(struct waiting *waiting, const struct day_answer *expect,
                          struct fault *fault)
{
    struct played *played = waiting->played;
    char amount[TEXT_MONEY_SIZE] = "";
    if (waiting->error[0] != '\0')
        return fail(waiting, fault);
    if (played->amount_minor >= 0)
        text_money_format(played->amount_minor, amount);
    if (played->code[0] == '\0')
        copy_text(played->outcome, sizeof played->outcome, waiting->reason);
    else
        snprintf(played->outcome, sizeof played->outcome, "%s", amount);
    if (expect != NULL)
        judge(played, expect, expected_minor(played->step));
    return RESULT_OK;
}

static enum result play_one(struct player *player, const struct day_step *step, struct fault *fault)
{
    struct waiting waiting;
    bool waits;
    TRY(prepare(player, step, &waiting, &waits, fault));
    if (waits) {
        post(player, step, &waiting);
        TRY(runner_wait(player->runner, 0, fault));
    }
    return finish(&waiting, &step->expect, fault);
}

/* Each of the answers must come once, whoever gets it. */
static void judge_together(struct played *first, size_t count, const struct day_answer *answers)
{
    bool used[DAY_TOGETHER_MAX] = {false};
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count && !first[i].is_expected; k++) {
            if (used[k])
                continue;
            judge(&first[i], &answers[k], expected_minor(first[i].step));
            used[k] = first[i].is_expected;
        }
}

static enum result play_together(struct player *player, const struct day_together *together,
                                 struct fault *fault)
{
    struct waiting *waiting = calloc(together->step_count, sizeof *waiting);
    bool waits[DAY_TOGETHER_MAX] = {false};
    if (waiting == NULL)
        return fault_set(fault, RESULT_IO, "no memory");
    struct played *first = &player->played[player->played_count];
    enum result result = RESULT_OK;
    for (size_t i = 0; i < together->step_count && result == RESULT_OK; i++)
        result = prepare(player, &together->steps[i], &waiting[i], &waits[i], fault);
    for (size_t i = 0; i < together->step_count && result == RESULT_OK; i++)
        if (waits[i])
            post(player, &together->steps[i], &waiting[i]);
    if (result == RESULT_OK)
        result = runner_wait(player->runner, 0, fault);
    for (size_t i = 0; i < together->step_count && result == RESULT_OK; i++)
        result = finish(&waiting[i], together->answers == NULL ? &together->steps[i].expect : NULL,
                        fault);
    if (result == RESULT_OK && together->answers != NULL)
        judge_together(first, together->step_count, together->answers);
    free(waiting);
    return result;
}

/* --- days ------------------------------------------------------------------------------------- */

enum result player_cutover(struct runner *runner, uint32_t date, struct fault *fault)
{
    char command[64];
    struct doc *reply = NULL;
    snprintf(command, sizeof command, "{\"do\":\"cutover\",\"date\":%08u}", date);
    TRY(runner_ask(runner, 0, command, &reply, fault));
    doc_free(reply);
    /* Every member has to have heard of it: each has the date in its status. */
    for (unsigned party = 0; party < runner_party_count(runner);) {
        TRY(runner_ask(runner, party, "{\"do\":\"status\"}", &reply, fault));
        struct schema schema = schema_of(reply, fault);
        bool there = node_want_int(&schema, doc_root(reply), "business_date", 0, 99991231) == date;
        doc_free(reply);
        TRY(schema.result);
        party += there;
        if (!there && runner_pause(runner, 5))
            return fault_set(fault, RESULT_STATE, "interrupted");
    }
    return runner_settle(runner, fault);
}

static enum result play_cutover(struct player *player, const struct day_step *step,
                                player_day_over_fn *between, player_day_over_fn *day_over,
                                void *context, struct fault *fault)
{
    uint32_t over = player->date;
    TRY(runner_settle(player->runner, fault));
    if (between != NULL)
        TRY(between(context, over, fault));
    TRY(runner_settle(player->runner, fault));
    TRY(player_cutover(player->runner, step->cutover.date, fault));
    begin(player, step, -1)->is_expected = true;
    player->date = step->cutover.date;
    return day_over(context, over, fault);
}

enum result player_run(struct player *player, player_day_over_fn *between,
                       player_day_over_fn *day_over, void *context, struct fault *fault)
{
    for (size_t i = 0; i < player->day->step_count; i++) {
        const struct day_step *step = &player->day->steps[i];
        if (step->kind == DAY_CUTOVER)
            TRY(play_cutover(player, step, between, day_over, context, fault));
        else if (step->kind == DAY_CHECK)
            TRY(runner_settle(player->runner, fault));
        else if (step->kind == DAY_TOGETHER)
            TRY(play_together(player, &step->together, fault));
        else
            TRY(play_one(player, step, fault));
    }
    TRY(runner_settle(player->runner, fault));
    if (between != NULL)
        TRY(between(context, player->date, fault));
    return runner_settle(player->runner, fault);
}

enum result player_open(struct runner *runner, const struct day *day, uint64_t seed,
                        struct player **opened, struct fault *fault)
{
    struct player *player = calloc(1, sizeof *player);
    size_t steps = 0;
    for (size_t i = 0; i < day->step_count; i++)
        steps += day->steps[i].kind == DAY_TOGETHER ? day->steps[i].together.step_count : 1;
    if (player != NULL) {
        player->played = calloc(steps, sizeof *player->played);
        player->tickets = calloc(TICKETS_MAX, sizeof *player->tickets);
    }
    if (player == NULL || player->played == NULL || player->tickets == NULL) {
        player_close(player);
        return fault_set(fault, RESULT_IO, "no memory for a day of %zu steps", steps);
    }
    player->played_max = steps;
    player->runner = runner;
    player->lab = runner_lab(runner);
    player->day = day;
    player->random = random_seeded(seed);
    player->date = player->lab->calendar[0];
    *opened = player;
    return RESULT_OK;
}

void player_close(struct player *player)
{
    if (player == NULL)
        return;
    free(player->played);
    free(player->tickets);
    free(player);
}

const struct played *player_at(const struct player *player, size_t index)
{
    return index < player->played_count ? &player->played[index] : NULL;
}

uint32_t player_date(const struct player *player)
{
    return player->date;
}
