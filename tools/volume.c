/* Generated red packets: each is a small story of send, grab, claim and expire, played by whichever
 * reply comes in, so that many stories run at once. */
#include "volume.h"

#include "base/json_node.h"
#include "base/random.h"

#include <stdlib.h>
#include <string.h>

enum {
    STORIES_MAX = 48,   /* packets under way at once */
    SHARES_PER_MAX = 8, /* of a generated packet */
    AMOUNT_MAX_MINOR = 20000,
};

enum stage { STAGE_SEND, STAGE_GRAB, STAGE_CLAIM, STAGE_EXPIRE, STAGE_DONE };

struct story {
    struct volume *volume;
    size_t number;
    struct random random;
    enum stage stage;
    int sender_party;
    unsigned shares, grabs; /* how many are to be grabbed; the rest is released */
    unsigned grabbed;
};

struct volume {
    struct runner *runner;
    uint64_t seed;
    size_t next, end, done, first;
    struct story stories[STORIES_MAX];
    int wallets[RUNNER_PARTIES_MAX];
    unsigned wallet_count;
    const struct lab_institution *issuers[RUNNER_PARTIES_MAX];
    unsigned issuer_count;
    struct fault fault;
};

static const char *draw_card(struct story *story, struct lab_account *account)
{
    struct volume *volume = story->volume;
    const struct lab_institution *issuer =
        volume->issuers[random_below(&story->random, volume->issuer_count)];
    size_t written = issuer->account_count;
    lab_account_at(issuer, written + random_below(&story->random, issuer->generator.count),
                   account);
    return account->card;
}

static int draw_wallet(struct story *story)
{
    struct volume *volume = story->volume;
    return volume->wallets[random_below(&story->random, volume->wallet_count)];
}

static void on_reply(void *context, struct doc *reply, const char *error);

/* --- commands --------------------------------------------------------------------------------- */

static struct json command_begin(struct story *story, struct strbuf *text, const char *what)
{
    char name[32];
    strbuf_init(text, 4096);
    struct json json = json_to(text);
    json_open_object(&json);
    json_member(&json, "do", what);
    snprintf(name, sizeof name, "generated %zu", story->number);
    if (story->stage != STAGE_CLAIM)
        json_member(&json, "packet", name);
    return json;
}

static void command_post(struct story *story, struct json *json, int party)
{
    json_close_object(json);
    MUST(!json->out->bad);
    runner_post(story->volume->runner, (unsigned)party, json->out->text, on_reply, story);
    strbuf_deinit(json->out);
}

static void post_send(struct story *story)
{
    struct lab_account account;
    struct strbuf text;
    struct json json = command_begin(story, &text, "send");
    int64_t least = story->shares;
    json_member(&json, "person", "sender");
    json_member(&json, "card", draw_card(story, &account));
    json_member_int(&json, "amount_minor", random_between(&story->random, least, AMOUNT_MAX_MINOR));
    json_member_int(&json, "shares", story->shares);
    json_member(&json, "split", random_below(&story->random, 4) == 0 ? "equal" : "random");
    json_member_int(&json, "seed", (int64_t)(random_next(&story->random) >> 1));
    command_post(story, &json, story->sender_party);
}

static void post_grab(struct story *story)
{
    struct strbuf text;
    char person[16];
    struct json json = command_begin(story, &text, "grab");
    snprintf(person, sizeof person, "person %u", story->grabbed);
    json_member(&json, "person", person);
    command_post(story, &json, story->sender_party);
}

/* The ticket travels to the claiming wallet as it came. */
static void post_claim(struct story *story, const struct node *ticket)
{
    struct lab_account account;
    struct strbuf text;
    char person[16];
    struct json json = command_begin(story, &text, "claim");
    snprintf(person, sizeof person, "person %u", story->grabbed);
    json_member(&json, "person", person);
    json_member(&json, "card", draw_card(story, &account));
    json_key(&json, "ticket");
    json_node(&json, ticket);
    command_post(story, &json, draw_wallet(story));
}

static void post_expire(struct story *story)
{
    struct strbuf text;
    struct json json = command_begin(story, &text, "expire");
    command_post(story, &json, story->sender_party);
}

/* --- the story -------------------------------------------------------------------------------- */

static void begin(struct volume *volume, struct story *story)
{
    if (volume->next == volume->end || volume->fault.result != RESULT_OK)
        return;
    size_t number = volume->next++;
    *story = (struct story){
        .volume = volume,
        .number = number,
        .random = random_seeded(volume->seed ^ (uint64_t)(number + 1) * 0x9E3779B97F4A7C15u),
    };
    story->sender_party = draw_wallet(story);
    story->shares = (unsigned)random_between(&story->random, 1, SHARES_PER_MAX);
    /* Two in three packets are claimed whole. */
    story->grabs = random_below(&story->random, 3) > 0
                       ? story->shares
                       : (unsigned)random_between(&story->random, 0, story->shares);
    post_send(story);
}

static void end(struct story *story)
{
    struct volume *volume = story->volume;
    story->stage = STAGE_DONE;
    volume->done++;
    command_progress("generated packets", volume->done, volume->end - volume->first);
    begin(volume, story);
}

/* After an approved answer: the next grab, or the expiry, or the end. */
static void step(struct story *story)
{
    if (story->stage == STAGE_EXPIRE)
        end(story);
    else if (story->grabbed < story->grabs) {
        story->stage = STAGE_GRAB;
        post_grab(story);
    } else {
        story->stage = STAGE_EXPIRE;
        post_expire(story);
    }
}

static void stop(struct story *story, const char *what, const char *why)
{
    struct volume *volume = story->volume;
    if (volume->fault.result == RESULT_OK)
        fault_set(&volume->fault, RESULT_STATE, "generated packet %zu: %s: %s", story->number, what,
                  why);
    story->stage = STAGE_DONE;
}

static void on_reply(void *context, struct doc *reply, const char *error)
{
    struct story *story = context;
    struct fault fault = {RESULT_OK, ""};
    if (reply == NULL) {
        stop(story, "the party refused", error);
        return;
    }
    struct schema schema = schema_of(reply, &fault);
    struct node *root = doc_root(reply);
    const char *code = node_may_text(&schema, root, "code", 2, "");
    const char *refused = node_may_text(&schema, root, "refused", 200, "");
    struct node *ticket = node_may_map(&schema, root, "ticket");
    if (schema.result != RESULT_OK || refused[0] != '\0')
        stop(story, "the wallet refused", schema.result != RESULT_OK ? fault.text : refused);
    else if (story->stage != STAGE_GRAB && strcmp(code, "00") != 0)
        stop(story, "answered", code);
    else if (story->stage == STAGE_GRAB) {
        story->stage = STAGE_CLAIM;
        post_claim(story, ticket);
        story->grabbed++;
    } else
        step(story);
    doc_free(reply);
}

enum result volume_run(struct runner *runner, uint64_t seed, size_t first, size_t count,
                       struct fault *fault)
{
    const struct lab *lab = runner_lab(runner);
    struct volume *volume = calloc(1, sizeof *volume);
    if (volume == NULL)
        return fault_set(fault, RESULT_IO, "no memory");
    volume->runner = runner;
    volume->seed = seed;
    volume->first = volume->next = first;
    volume->end = first + count;
    for (size_t i = 0; i < lab->institution_count; i++) {
        const struct lab_institution *one = &lab->institutions[i];
        int party = runner_party_of(runner, (unsigned)i);
        if (one->role == LAB_ISSUER && one->generator.count > 0)
            volume->issuers[volume->issuer_count++] = one;
        else if (one->role == LAB_WALLET && party >= 0)
            volume->wallets[volume->wallet_count++] = party;
    }
    enum result result = RESULT_OK;
    if (count > 0 && (volume->issuer_count == 0 || volume->wallet_count == 0))
        result = fault_set(fault, RESULT_INPUT,
                           "generated packets need a wallet and an issuer with generated accounts");
    for (size_t i = 0; i < STORIES_MAX && result == RESULT_OK; i++)
        begin(volume, &volume->stories[i]);
    if (result == RESULT_OK)
        result = runner_wait(runner, 0, fault);
    if (result == RESULT_OK && volume->fault.result != RESULT_OK)
        result = fault_set(fault, volume->fault.result, "%s", volume->fault.text);
    free(volume);
    return result;
}
