/* A played day for people. */
#include "story.h"

#include "base/text.h"
#include "redpacket/code.h"
#include "redpacket/journal.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_LEN = 200 };

/* What one packet came to at the switch. */
struct release {
    struct freeze_reference reference; /* date 0: the packet was never announced */
    int64_t given_back_minor;          /* -1: nothing was released */
};

struct story {
    const struct lab *lab;
    const struct day *day;
    const struct player *player;
    struct release *releases; /* by packet number */
};

/* --- what the switch says --------------------------------------------------------------------- */

static bool each_record(void *context, const struct store_log_record *record)
{
    struct story *story = context;
    struct journal_entry entry;
    if (!journal_read(record->data, &entry) || entry.event != JOURNAL_FREEZE ||
        entry.from != FREEZE_CLOSING || entry.to != FREEZE_CLOSING)
        return true;
    for (size_t i = 0; i < story->day->packet_count; i++)
        if (reference_same_freeze(&story->releases[i].reference, &entry.operation.reference))
            story->releases[i].given_back_minor = entry.moved_minor;
    return true;
}

enum result story_open(const struct lab *lab, const struct day *day, const struct player *player,
                       struct store *switch_store, struct story **opened, struct fault *fault)
{
    struct story *story = calloc(1, sizeof *story);
    const struct played *played;
    if (story != NULL)
        story->releases = calloc(day->packet_count + 1, sizeof *story->releases);
    if (story == NULL || story->releases == NULL) {
        story_close(story);
        return fault_set(fault, RESULT_IO, "no memory");
    }
    story->lab = lab;
    story->day = day;
    story->player = player;
    for (size_t i = 0; i < day->packet_count; i++)
        story->releases[i].given_back_minor = -1;
    for (size_t i = 0; (played = player_at(player, i)) != NULL; i++)
        if (played->step->kind == DAY_PACKET && strcmp(played->code, "00") == 0)
            MUST(reference_parse(bytes_text(played->reference),
                                 &story->releases[played->packet].reference));
    enum result result = store_log_scan(switch_store, 1, 0, each_record, story, fault);
    if (result != RESULT_OK) {
        story_close(story);
        return result;
    }
    *opened = story;
    return RESULT_OK;
}

void story_close(struct story *story)
{
    if (story == NULL)
        return;
    free(story->releases);
    free(story);
}

/* --- surprises -------------------------------------------------------------------------------- */

static bool is_expected(const struct story *story, const struct played *played)
{
    if (!played->is_expected)
        return false;
    if (played->step->kind != DAY_EXPIRE || played->step->expire.expect_minor < 0)
        return true;
    return story->releases[played->packet].given_back_minor == played->step->expire.expect_minor;
}

size_t story_surprises(const struct story *story)
{
    const struct played *played;
    size_t count = 0;
    for (size_t i = 0; (played = player_at(story->player, i)) != NULL; i++)
        count += !is_expected(story, played);
    return count;
}

void story_surprise_at(const struct story *story, size_t index, char *out, size_t size)
{
    const struct played *played;
    for (size_t i = 0; (played = player_at(story->player, i)) != NULL; i++)
        if (!is_expected(story, played) && index-- == 0) {
            snprintf(out, size, "day file, line %u: %s came to %s %s, expected %s",
                     played->step->line, day_kind_name(played->step->kind), played->code,
                     played->outcome,
                     played->step->expect.refused_by_wallet ? "a refusal by the wallet"
                     : played->step->expect.code[0] != '\0' ? played->step->expect.code
                                                            : "what its line says");
            return;
        }
    snprintf(out, size, "no such step");
}

/* --- the timeline ----------------------------------------------------------------------------- */

static const char *name_of(const struct story *story, unsigned person)
{
    return story->lab->people[person].name;
}

/* Why nothing moved; "" when it did. */
static void tell_refusal(const struct played *played, char out[LINE_MAX_LEN])
{
    out[0] = '\0';
    if (played->code[0] == '\0')
        snprintf(out, LINE_MAX_LEN, "the wallet refuses: %s", played->outcome);
    else if (strcmp(played->code, "00") != 0)
        snprintf(out, LINE_MAX_LEN, "refused %s: %s", played->code,
                 code_meaning(code_parse(played->code)));
}

/* What happened, and in *moved how much money moved; -1: none. */
static const char *tell(const struct story *story, const struct played *played, const char **who,
                        int64_t *moved)
{
    const struct day_step *step = played->step;
    bool good = strcmp(played->code, "00") == 0;
    *moved = good ? played->amount_minor : -1;
    switch (step->kind) {
    case DAY_PACKET:
        *who = name_of(story, step->packet.person);
        return good ? " sends it; the money is frozen" : " sends it";
    case DAY_GRAB:
        *who = name_of(story, step->grab.person);
        return " opens it";
    case DAY_CLAIM:
        *who = name_of(story, step->claim.person);
        return " claims with an earlier ticket";
    case DAY_REPEAT:
        *who = name_of(story, step->repeat.person);
        *moved = -1;
        return "'s claim comes again: same answer";
    default:
        *who = "it";
        *moved = good ? story->releases[played->packet].given_back_minor : -1;
        return good ? " expires; what is left goes back" : " expires";
    }
}

static void print_step(const struct story *story, const struct played *played, FILE *out)
{
    char line[LINE_MAX_LEN], refusal[LINE_MAX_LEN], amount[TEXT_MONEY_SIZE] = "";
    const char *who = "";
    int64_t moved;
    const char *what = tell(story, played, &who, &moved);
    tell_refusal(played, refusal);
    if (moved >= 0)
        text_money_format(moved, amount);
    snprintf(line, sizeof line, "%s%s", who, what);
    fprintf(out, "    %-6s %-46s %12s%s%s%s\n", played->step->at, line, amount,
            refusal[0] != '\0' ? " " : "", refusal,
            is_expected(story, played) ? "" : "   <- not what the day file expects");
}

static void print_packet(const struct story *story, const struct day_packet *packet, FILE *out,
                         bool colour)
{
    const struct played *played;
    char total[TEXT_MONEY_SIZE];
    uint32_t date = 0;
    fprintf(out, "\n%s%s%s  %s in %u share%s, %s%s%s\n", colour ? "\033[1;31m" : "", packet->name,
            colour ? "\033[0m" : "", text_money_format(packet->amount_minor, total), packet->shares,
            packet->shares == 1 ? "" : "s", day_split_name(packet->split),
            packet->note[0] != '\0' ? "  " : "", packet->note);
    for (size_t i = 0; (played = player_at(story->player, i)) != NULL; i++) {
        if (played->packet != (int)packet->number)
            continue;
        if (played->date != date)
            fprintf(out, "  %04u-%02u-%02u\n", played->date / 10000, played->date / 100 % 100,
                    played->date % 100);
        date = played->date;
        print_step(story, played, out);
    }
}

void story_print(const struct story *story, FILE *out, bool colour)
{
    fprintf(out, "%s\n%s\n", story->day->title, story->day->tell);
    for (size_t i = 0; i < story->day->packet_count; i++)
        print_packet(story, story->day->packets[i], out, colour);
}
