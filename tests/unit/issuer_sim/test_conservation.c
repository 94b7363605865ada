/* Random requests in random order, again and again, with restarts between them: whatever comes, no
 * money is lost or made. What stands is told by the answers alone, and compared with the books. */
#include "desk.h"

#include "base/random.h"

enum {
    SEEDS = 24,
    STEPS = 300, /* of each seed */
    FREEZES_MAX = 8,
    LEGS_MAX = 64, /* debits and credits together */
    NOTICES_MAX = 128,
    LEG_STAN = 1000,  /* of the first leg */
    STRAY = LEGS_MAX, /* added to a STAN it names a leg that never was */
};

/* A message that may have been sent any number of times, and whether it was ever answered 00. */
struct fact {
    struct operation operation;
    bool approved;
};

/* What the answers have said so far of the leg under one STAN, whoever named it. */
struct leg_truth {
    bool reversed;          /* a reversal that names it was answered 00 */
    bool credited;          /* it, or a confirmation that names it, was approved */
    int64_t credited_minor; /* by whichever came first */
};

struct play {
    struct desk desk;
    struct random random;
    struct fact freezes[FREEZES_MAX];
    struct fact legs[LEGS_MAX];
    struct leg_truth truths[LEGS_MAX + STRAY]; /* by STAN - LEG_STAN */
    struct operation notices[NOTICES_MAX];
    unsigned freeze_count, leg_count, notice_count;
    bool contradicted; /* an answer that cannot be, after those before it */
};

static const char *any_card(struct play *play)
{
    static const char *const cards[] = {ANN, ANN, BOB, BOB, EMMA, RICK, NOBODY};
    return cards[random_below(&play->random, sizeof cards / sizeof cards[0])];
}

static bool one_in(struct play *play, uint64_t n)
{
    return random_below(&play->random, n) == 0;
}

static void note_credited(struct leg_truth *truth, int64_t amount_minor)
{
    if (!truth->credited)
        truth->credited_minor = amount_minor;
    truth->credited = true;
}

static void send_fact(struct play *play, struct fact *fact)
{
    const struct operation *operation = &fact->operation;
    struct reply reply = desk_ask(&play->desk, operation);
    if (strcmp(reply.code, "00") != 0)
        return;
    fact->approved = true;
    if (operation->kind == OPERATION_CREDIT)
        note_credited(&play->truths[operation->stan - LEG_STAN], operation->amount_minor);
}

static void send_notice(struct play *play, const struct operation *notice)
{
    struct reply reply = desk_ask(&play->desk, notice);
    bool approved = strcmp(reply.code, "00") == 0;
    bool posted = strcmp(reply.code, "A4") == 0 || strcmp(reply.code, "A5") == 0;
    if (notice->kind != OPERATION_DEBIT_REVERSAL && notice->kind != OPERATION_CONFIRMATION)
        return;
    struct leg_truth *truth = &play->truths[notice->original.stan - LEG_STAN];
    if (notice->kind == OPERATION_DEBIT_REVERSAL) {
        truth->reversed = truth->reversed || approved;
        return;
    }
    /* 00 tells that the credit was posted before. */
    if (approved && !truth->credited)
        play->contradicted = true;
    if (posted)
        note_credited(truth, notice->amount_minor);
}

static void add_notice(struct play *play, struct operation notice)
{
    if (play->notice_count == NOTICES_MAX)
        return;
    /* A wrong one now and then. */
    if (one_in(play, 8))
        notice.amount_minor += 1;
    if (one_in(play, 16))
        notice.reference.sequence += 1;
    if (one_in(play, 16) && notice.kind != OPERATION_UNFREEZE)
        notice.original.stan += STRAY;
    play->notices[play->notice_count] = notice;
    send_notice(play, &play->notices[play->notice_count++]);
}

static void add_freeze(struct play *play)
{
    if (play->freeze_count == FREEZES_MAX)
        return;
    struct fact *fact = &play->freezes[play->freeze_count++];
    int64_t amount_minor = random_between(&play->random, 0, 30000);
    *fact = (struct fact){
        .operation = freeze_of(&play->desk, any_card(play), amount_minor, 3, play->freeze_count)};
    if (!one_in(play, 6))
        send_fact(play, fact);
}

static void add_leg(struct play *play)
{
    if (play->leg_count == LEGS_MAX || play->freeze_count == 0)
        return;
    struct fact *fact = &play->legs[play->leg_count++];
    const struct operation *freeze =
        &play->freezes[random_below(&play->random, play->freeze_count)].operation;
    uint16_t share = (uint16_t)random_between(&play->random, 1, 4);
    int64_t amount_minor = random_between(&play->random, 0, 12000);
    bool is_debit = one_in(play, 2);
    *fact = (struct fact){
        .operation = leg_of(&play->desk, freeze, is_debit ? OPERATION_DEBIT : OPERATION_CREDIT,
                            any_card(play), share, amount_minor, LEG_STAN + play->leg_count - 1)};
    if (!one_in(play, 4))
        send_fact(play, fact);
}

static void step(struct play *play)
{
    switch (random_below(&play->random, 10)) {
    case 0:
        add_freeze(play);
        break;
    case 1:
    case 2:
    case 3:
        add_leg(play);
        break;
    case 4:
    case 5:
        if (play->leg_count > 0) {
            unsigned at = (unsigned)random_below(&play->random, play->leg_count);
            add_notice(play, about(&play->desk, &play->legs[at].operation));
        }
        break;
    case 6:
        if (play->freeze_count > 0 && one_in(play, 3)) {
            unsigned at = (unsigned)random_below(&play->random, play->freeze_count);
            const struct operation *freeze = &play->freezes[at].operation;
            add_notice(play, one_in(play, 2)
                                 ? about(&play->desk, freeze)
                                 : unfreeze_of(&play->desk, freeze, freeze->amount_minor));
        }
        break;
    case 7:
        if (play->freeze_count > 0)
            send_fact(play, &play->freezes[random_below(&play->random, play->freeze_count)]);
        break;
    case 8:
        if (play->leg_count > 0)
            send_fact(play, &play->legs[random_below(&play->random, play->leg_count)]);
        break;
    default:
        if (play->notice_count > 0)
            send_notice(play, &play->notices[random_below(&play->random, play->notice_count)]);
    }
    if (one_in(play, 50))
        desk_restart(&play->desk);
}

/* --- the auditor ------------------------------------------------------------------------------ */

struct books {
    const struct play *play;
    int64_t available_minor, frozen_minor, debited_minor, remaining_minor;
    bool sound;
};

static bool audit_account(void *context, const struct ledger_account *account)
{
    struct books *books = context;
    books->available_minor += account->available_minor;
    books->frozen_minor += account->frozen_minor;
    books->sound = books->sound && account->available_minor >= 0 && account->frozen_minor >= 0;
    return true;
}

static bool audit_freeze(void *context, const struct ledger_freeze *freeze)
{
    struct books *books = context;
    const struct play *play = books->play;
    int64_t frozen_minor = 0;
    for (unsigned i = 0; i < play->freeze_count; i++)
        if (play->freezes[i].approved &&
            reference_same_freeze(&play->freezes[i].operation.reference,
                                  &freeze->request.reference))
            frozen_minor = play->freezes[i].operation.amount_minor;
    books->sound =
        books->sound && freeze->frozen_minor == frozen_minor && freeze->debited_minor >= 0 &&
        freeze->released_minor >= 0 && freeze->remaining_minor >= 0 &&
        freeze->debited_minor + freeze->released_minor + freeze->remaining_minor == frozen_minor &&
        (freeze->state == FREEZE_FROZEN || freeze->remaining_minor == 0);
    books->debited_minor += freeze->debited_minor;
    books->remaining_minor += freeze->remaining_minor;
    return true;
}

static bool audit(const struct play *play)
{
    struct books books = {.play = play, .sound = true};
    struct fault fault;
    int64_t debited_minor = 0, credited_minor = 0;
    for (unsigned i = 0; i < play->leg_count; i++) {
        const struct fact *leg = &play->legs[i];
        if (leg->operation.kind == OPERATION_DEBIT && leg->approved && !play->truths[i].reversed)
            debited_minor += leg->operation.amount_minor;
    }
    for (unsigned i = 0; i < LEGS_MAX + STRAY; i++)
        credited_minor += play->truths[i].credited_minor;
    if (issuer_ledger_scan_accounts(play->desk.store, audit_account, &books, &fault) != RESULT_OK ||
        issuer_ledger_scan_freezes(play->desk.store, audit_freeze, &books, &fault) != RESULT_OK)
        return false;
    return books.sound && !play->contradicted && books.debited_minor == debited_minor &&
           books.remaining_minor == books.frozen_minor &&
           books.available_minor + books.frozen_minor + debited_minor - credited_minor ==
               DESK_OPENING;
}

static void no_money_is_lost_or_made_whatever_comes(void)
{
    static struct play play;
    uint64_t debits = 0, credits = 0, confirmations = 0, reversals = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        play = (struct play){.random = random_seeded(seed)};
        desk_open(&play.desk);
        for (int i = 0; i < STEPS; i++) {
            step(&play);
            if (!audit(&play)) {
                fprintf(stderr, "seed %llu step %d: the books do not balance\n",
                        (unsigned long long)seed, i);
                CU_FAIL("the books do not balance");
                break;
            }
            struct issuer_view view = issuer_view(play.desk.issuer);
            debits += view.debits;
            credits += view.credits;
            confirmations += view.confirmations;
            reversals += view.debit_reversals + view.freeze_reversals;
        }
        CU_ASSERT_TRUE(audit(&play));
        desk_close(&play.desk);
    }
    /* The play was worth watching. */
    CU_ASSERT_TRUE(debits > 0 && credits > 0 && confirmations > 0 && reversals > 0);
}

SUITE(CASE(no_money_is_lost_or_made_whatever_comes))
