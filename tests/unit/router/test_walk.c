/* Random walks: a freeze with a few shares, wallets that claim and repeat, issuers that keep books
 * as docs/protocol.md says, and a network that loses, doubles, delays and reorders. After every
 * event the books, the switch's records and what was answered are compared with what must always
 * hold; at the end all heals and must come to rest. A walk is named by its seed. */
#include "base/random.h"
#include "hall.h"

enum {
    WALKS = 400,
    EVENTS = 160,
    WALK_SHARES = 4,
    CLAIMS_MAX = 14,
    NET_MAX = 512,
    REST_MAX = 2000, /* rounds until all must be at rest */
};

/* --- the issuers' books ----------------------------------------------------------------------- */

enum posting { POSTING_NONE, POSTING_POSTED, POSTING_REFUSED, POSTING_REVERSED, POSTING_TOMBSTONE };

struct claim {
    struct operation request;
    enum posting debit, credit;
    char debit_code[3], credit_code[3]; /* as first answered; "": not yet */
    char answer[3];                     /* what the wallet was told; "": nothing yet */
};

struct books {
    enum freeze_state freeze;
    char freeze_code[3];
    int64_t remaining, debited, released;
};

struct in_flight {
    uint64_t number; /* the link's, for a message of the switch */
    unsigned peer;
    bool to_switch;
    uint8_t bytes[PARTY_MESSAGE_MAX];
    size_t len;
};

static struct {
    uint64_t seed;
    unsigned event;
    struct random random;
    struct hall hall;
    size_t seen; /* of hall.sent */
    struct operation freeze;
    char freeze_answer[3];
    bool is_reversed; /* the wallet's reversal was answered 00 */
    struct claim claims[CLAIMS_MAX];
    unsigned claim_count;
    struct books books;
    struct in_flight *net[NET_MAX];
    unsigned net_count;
    uint64_t written[PEERS]; /* the latest number that surely went out on that link */
    bool is_healing;
    enum freeze_state freeze_before;
    enum share_state shares_before[WALK_SHARES];
} walk;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: seed %llu, event %u: %s\n", __FILE__, __LINE__,                \
                    (unsigned long long)walk.seed, walk.event, #condition);                        \
            CU_FAIL_FATAL("a statement does not hold");                                            \
        }                                                                                          \
    } while (0)

static bool chance(unsigned percent)
{
    return random_below(&walk.random, 100) < percent;
}

static struct claim *claim_by_stan(uint32_t stan)
{
    for (unsigned i = 0; i < walk.claim_count; i++)
        if (walk.claims[i].request.stan == stan)
            return &walk.claims[i];
    bool is_a_message_of_a_claim = false;
    CHECK(is_a_message_of_a_claim);
    return NULL;
}

/* The first answer under a key is given again for ever. */
static const char *stored(char code[3], const char *decided)
{
    if (code[0] == '\0')
        snprintf(code, 3, "%s", decided);
    return code;
}

static const char *book_freeze(void)
{
    struct books *books = &walk.books;
    if (walk.books.freeze_code[0] != '\0')
        return books->freeze_code;
    if (books->freeze == FREEZE_REVERSED)
        return stored(books->freeze_code, "22");
    if (chance(10)) {
        books->freeze = FREEZE_REFUSED;
        return stored(books->freeze_code, "51");
    }
    books->freeze = FREEZE_FROZEN;
    books->remaining = walk.freeze.amount_minor;
    return stored(books->freeze_code, "00");
}

static const char *book_debit(struct claim *claim)
{
    struct books *books = &walk.books;
    int64_t amount = claim->request.amount_minor;
    if (claim->debit_code[0] != '\0')
        return claim->debit_code;
    if (claim->debit == POSTING_TOMBSTONE)
        return stored(claim->debit_code, "22");
    claim->debit = POSTING_REFUSED;
    if (books->freeze != FREEZE_FROZEN)
        return stored(claim->debit_code, books->freeze == FREEZE_NONE ? "25" : "22");
    if (amount > books->remaining)
        return stored(claim->debit_code, "61");
    if (chance(8))
        return stored(claim->debit_code, "62");
    claim->debit = POSTING_POSTED;
    books->remaining -= amount;
    books->debited += amount;
    return stored(claim->debit_code, "00");
}

static const char *book_debit_reversal(struct claim *claim)
{
    struct books *books = &walk.books;
    int64_t amount = claim->request.amount_minor;
    if (claim->debit == POSTING_NONE)
        claim->debit = POSTING_TOMBSTONE;
    if (claim->debit != POSTING_POSTED)
        return "00";
    claim->debit = POSTING_REVERSED;
    books->debited -= amount;
    *(books->freeze == FREEZE_FROZEN ? &books->remaining : &books->released) += amount;
    return "00";
}

static const char *book_freeze_reversal(void)
{
    struct books *books = &walk.books;
    CHECK(books->debited == 0); /* else it would be refused */
    if (books->freeze == FREEZE_NONE || books->freeze == FREEZE_FROZEN) {
        books->freeze = FREEZE_REVERSED;
        books->released += books->remaining;
        books->remaining = 0;
    }
    return "00";
}

static const char *book_unfreeze(int64_t amount_minor)
{
    struct books *books = &walk.books;
    CHECK(books->freeze == FREEZE_FROZEN || books->freeze == FREEZE_CLOSED);
    if (books->freeze == FREEZE_FROZEN) {
        CHECK(amount_minor == books->remaining); /* nothing was in doubt when it was computed */
        books->freeze = FREEZE_CLOSED;
        books->released += books->remaining;
        books->remaining = 0;
    }
    return "00";
}

static const char *book_credit(struct claim *claim)
{
    if (claim->credit_code[0] != '\0')
        return claim->credit_code;
    if (claim->credit == POSTING_POSTED) /* by its confirmation */
        return stored(claim->credit_code, "00");
    claim->credit = chance(15) ? POSTING_REFUSED : POSTING_POSTED;
    return stored(claim->credit_code, claim->credit == POSTING_POSTED ? "00" : "14");
}

static const char *book_confirmation(struct claim *claim)
{
    enum posting before = claim->credit;
    claim->credit = POSTING_POSTED;
    return before == POSTING_POSTED ? "00" : before == POSTING_NONE ? "A4" : "A5";
}

static const char *book(const struct operation *op)
{
    switch (op->kind) {
    case OPERATION_FREEZE:
        return book_freeze();
    case OPERATION_DEBIT:
        return book_debit(claim_by_stan(op->stan));
    case OPERATION_CREDIT:
        return book_credit(claim_by_stan(op->stan));
    case OPERATION_CONFIRMATION:
        return book_confirmation(claim_by_stan(op->original.stan));
    case OPERATION_DEBIT_REVERSAL:
        return book_debit_reversal(claim_by_stan(op->original.stan));
    case OPERATION_FREEZE_REVERSAL:
        return book_freeze_reversal();
    case OPERATION_UNFREEZE:
        return book_unfreeze(op->amount_minor);
    default:
        break;
    }
    bool is_what_an_issuer_is_sent = false;
    CHECK(is_what_an_issuer_is_sent);
    return "";
}

/* --- the network ------------------------------------------------------------------------------ */

static void net_add(uint64_t number, unsigned peer, bool to_switch, const void *bytes, size_t len)
{
    CHECK(walk.net_count < NET_MAX);
    struct in_flight *one = malloc(sizeof *one);
    CHECK(one != NULL);
    one->number = number;
    one->peer = peer;
    one->to_switch = to_switch;
    one->len = len;
    memcpy(one->bytes, bytes, len);
    walk.net[walk.net_count++] = one;
}

static void net_remove(unsigned at)
{
    free(walk.net[at]);
    walk.net_count--;
    memmove(&walk.net[at], &walk.net[at + 1], (walk.net_count - at) * sizeof walk.net[0]);
}

/* A wallet hears: every answer under one key is the same. */
static void hear(const struct operation *op, const struct iso_message *message)
{
    char code[3];
    snprintf(code, sizeof code, "%s", text_of(message, 39));
    if (op->kind == OPERATION_FREEZE_REVERSAL || op->kind == OPERATION_UNFREEZE) {
        if (op->kind == OPERATION_FREEZE_REVERSAL && strcmp(code, "00") == 0)
            walk.is_reversed = true;
        return;
    }
    char *known =
        op->kind == OPERATION_FREEZE ? walk.freeze_answer : claim_by_stan(op->stan)->answer;
    CHECK(strcmp(code, "94") != 0);
    if (strcmp(code, "96") == 0) /* no room: says nothing */
        return;
    CHECK(known[0] == '\0' || strcmp(known, code) == 0);
    memcpy(known, code, sizeof code);
}

/* What the switch has sent since the last time. */
static void collect(void)
{
    for (; walk.seen < walk.hall.sent_count; walk.seen++) {
        const struct hall_sent *sent = &walk.hall.sent[walk.seen];
        struct iso_message message;
        struct operation op;
        CHECK(iso_message_unpack(hall_spec(), ISO_HEADER_YES, sent->bytes, sent->len, &message,
                                 NULL) == ISO_OK);
        if (message.mti[1] == '8') {
            /* hall_sign_on() has answered, but for a date that there was no room to tell then. */
            if (message.mti[2] == '2')
                hall_answer_network(&walk.hall, sent);
            continue;
        }
        CHECK(operation_read(&message, &op, NULL) == RESULT_OK);
        if (sent->peer == ALPHA || sent->peer == BETA)
            hear(&op, &message);
        else
            net_add(walk.seen + 1, sent->peer, false, sent->bytes, sent->len);
    }
}

static bool link_is_up(unsigned peer)
{
    return party_peer_view(router_party(walk.hall.router), peer).links != 0;
}

static void settle(void)
{
    if (walk.is_healing || chance(70))
        hall_settle(&walk.hall);
    else if (chance(50)) {
        store_memory_commit(walk.hall.store, random_below(&walk.random, 3));
        if (chance(50))
            CHECK(party_complete(router_party(walk.hall.router), walk.hall.now, NULL) == RESULT_OK);
    }
    collect();
}

/* An issuer books a message and answers, or says something that says nothing. */
static void serve(const struct in_flight *one)
{
    static const char *const noise[] = {"96", "68", "98"};
    struct iso_message message;
    struct operation op;
    uint8_t bytes[PARTY_MESSAGE_MAX], header[ISO_HEADER_MAX];
    size_t len;
    CHECK(iso_message_unpack(hall_spec(), ISO_HEADER_YES, one->bytes, one->len, &message, NULL) ==
          ISO_OK);
    CHECK(operation_read(&message, &op, NULL) == RESULT_OK);
    const char *code =
        !walk.is_healing && chance(4) ? noise[random_below(&walk.random, 3)] : book(&op);
    message.mti[2]++;
    iso_message_set(&message, 39, code, 2);
    iso_header_init(hall_spec(), header);
    message.header = (struct iso_value){header, iso_spec_header_len(hall_spec())};
    CHECK(iso_message_pack(&message, bytes, sizeof bytes, &len, NULL) == ISO_OK);
    net_add(0, one->peer, true, bytes, len);
}

static void deliver(unsigned at, bool keeps)
{
    struct in_flight one = *walk.net[at];
    if (!keeps)
        net_remove(at);
    if (!one.to_switch) {
        if (one.number > walk.written[one.peer])
            walk.written[one.peer] = one.number;
        serve(&one);
    } else if (link_is_up(one.peer)) {
        CHECK(party_receive(router_party(walk.hall.router), one.peer, 0,
                            bytes_of(one.bytes, one.len), walk.hall.now));
        settle();
    }
}

/* A link breaks: of what it was given last, nothing was written. */
static void break_link(unsigned peer)
{
    uint64_t cut = walk.hall.sent_count + 1 - random_below(&walk.random, 5);
    if (cut <= walk.written[peer] || chance(50))
        cut = UINT64_MAX;
    for (unsigned i = walk.net_count; i-- > 0;)
        if (!walk.net[i]->to_switch && walk.net[i]->peer == peer && walk.net[i]->number >= cut)
            net_remove(i);
    party_link_down(router_party(walk.hall.router), peer, 0, cut, walk.hall.now);
    settle();
}

/* --- the wallets ------------------------------------------------------------------------------ */

static void send_claim(void)
{
    static const char *const cards[] = {RECEIVER, RECEIVER, RECEIVER, NOBODYS};
    if (walk.claim_count == CLAIMS_MAX)
        return;
    struct claim *claim = &walk.claims[walk.claim_count++];
    /* One draw after the other, so that a seed is the same walk under every compiler. */
    uint16_t share = (uint16_t)(1 + random_below(&walk.random, WALK_SHARES));
    int64_t amount_minor = random_between(&walk.random, 1, FROZEN_MINOR / 2);
    const char *card = cards[random_below(&walk.random, 4)];
    *claim = (struct claim){.debit = POSTING_NONE};
    claim->request = claim_of(&walk.hall, &walk.freeze, share, amount_minor, card);
    hall_deliver(&walk.hall, BETA, &claim->request);
    settle();
}

static void send_again(void)
{
    uint64_t at = random_below(&walk.random, walk.claim_count + 1);
    if (at == walk.claim_count)
        hall_deliver(&walk.hall, ALPHA, &walk.freeze);
    else
        hall_deliver(&walk.hall, BETA, &walk.claims[at].request);
    settle();
}

static void send_notice(enum operation_kind kind)
{
    struct operation op = about(&walk.hall, &walk.freeze, kind);
    hall_deliver(&walk.hall, ALPHA, &op);
    settle();
}

/* --- what must always hold -------------------------------------------------------------------- */

static bool is_credit_state(enum share_state state)
{
    return state == SHARE_CREDITING || state == SHARE_CREDITED || state == SHARE_CREDIT_UNKNOWN;
}

static void check_sums(const struct freeze *freeze, const struct share *shares)
{
    int64_t taken = 0, settled = 0;
    unsigned count = 0, moving = 0;
    for (unsigned i = 0; i < WALK_SHARES; i++) {
        enum share_state state = shares[i].state;
        if (state == SHARE_NONE || state == SHARE_RELEASED)
            continue;
        count++;
        taken += shares[i].claim.amount_minor;
        moving += share_is_moving(state);
        settled += share_is_moving(state) ? 0 : shares[i].claim.amount_minor;
    }
    CHECK(freeze->taken_minor == taken && freeze->settled_minor == settled);
    CHECK(freeze->taken_count == count && freeze->moving_count == moving);
    CHECK(taken <= freeze->request.amount_minor); /* 2: claims never exceed the freeze */
}

/* 3 and 5, for one claim. */
static void check_claim(const struct claim *claim, const struct share *shares)
{
    const struct share *share = &shares[claim->request.reference.share - 1];
    bool has_it = share->state != SHARE_NONE &&
                  same_key(operation_key(&share->claim), operation_key(&claim->request));
    const char *answer = claim->answer;
    if (claim->credit == POSTING_POSTED) {
        CHECK(claim->debit == POSTING_POSTED);
        CHECK(has_it && is_credit_state(share->state));
        CHECK(answer[0] == '\0' || strcmp(answer, "00") == 0 || strcmp(answer, "A2") == 0);
    }
    if (strcmp(answer, "00") == 0)
        CHECK(has_it && share->state == SHARE_CREDITED && claim->credit == POSTING_POSTED);
    if (strcmp(answer, "A2") == 0)
        CHECK(has_it && (share->state == SHARE_CREDITED || share->state == SHARE_CREDIT_UNKNOWN));
    if (has_it && share->state == SHARE_RELEASED)
        CHECK(claim->debit != POSTING_POSTED && claim->credit != POSTING_POSTED);
    if (has_it && is_credit_state(share->state))
        CHECK(claim->debit == POSTING_POSTED);
}

static void check_freeze(const struct freeze *freeze, const struct share *shares)
{
    bool was_open = walk.freeze_before == FREEZE_FROZEN || freeze->state == FREEZE_FROZEN;
    for (unsigned i = 0; i < WALK_SHARES; i++) {
        enum share_state before = walk.shares_before[i];
        bool was_free = before == SHARE_NONE || before == SHARE_RELEASED;
        bool is_free = shares[i].state == SHARE_NONE || shares[i].state == SHARE_RELEASED;
        CHECK(was_open || !was_free || is_free); /* 4 */
        walk.shares_before[i] = shares[i].state;
    }
    walk.freeze_before = freeze->state;
    if (strcmp(walk.freeze_answer, "00") == 0)
        CHECK(freeze->state != FREEZE_FREEZING && freeze->state != FREEZE_REFUSED);
    if (walk.is_reversed) /* never 00 afterwards: the money goes back */
        CHECK(freeze->state == FREEZE_REVERSING || freeze->state == FREEZE_REVERSED ||
              freeze->state == FREEZE_REFUSED);
}

static void check(void)
{
    struct books *books = &walk.books;
    struct freeze freeze = freeze_at(&walk.hall, &walk.freeze.reference);
    struct share shares[WALK_SHARES];
    for (uint16_t i = 0; i < WALK_SHARES; i++)
        shares[i] = share_at(&walk.hall, &walk.freeze.reference, (uint16_t)(i + 1));
    if (freeze.state != FREEZE_NONE)
        check_sums(&freeze, shares);
    check_freeze(&freeze, shares);
    int64_t standing[WALK_SHARES] = {0};
    for (unsigned i = 0; i < walk.claim_count; i++) {
        check_claim(&walk.claims[i], shares);
        if (walk.claims[i].credit == POSTING_POSTED)
            standing[walk.claims[i].request.reference.share - 1]++;
    }
    for (unsigned i = 0; i < WALK_SHARES; i++)
        CHECK(standing[i] <= 1); /* 3: at most once */
    bool was_frozen = strcmp(books->freeze_code, "00") == 0;
    CHECK(books->remaining >= 0 && books->debited >= 0); /* 1 and 2, in the books */
    CHECK(books->debited + books->released + books->remaining ==
          (was_frozen ? walk.freeze.amount_minor : 0));
}

/* 7 and 8: at rest. */
static void check_rest(void)
{
    struct freeze freeze = freeze_at(&walk.hall, &walk.freeze.reference);
    int64_t credited = 0, claimed = 0;
    CHECK(!freeze_is_open(freeze.state) || freeze.state == FREEZE_FROZEN);
    for (uint16_t i = 1; i <= WALK_SHARES; i++) {
        struct share share = share_at(&walk.hall, &walk.freeze.reference, i);
        CHECK(share.state == SHARE_NONE || share.state == SHARE_RELEASED ||
              share.state == SHARE_CREDITED);
        claimed += share.state == SHARE_CREDITED ? share.claim.amount_minor : 0;
    }
    for (unsigned i = 0; i < walk.claim_count; i++) {
        const struct claim *claim = &walk.claims[i];
        credited += claim->credit == POSTING_POSTED ? claim->request.amount_minor : 0;
        CHECK((claim->credit == POSTING_POSTED) == (claim->debit == POSTING_POSTED));
    }
    CHECK(credited == claimed && walk.books.debited == claimed);
    if (freeze.state == FREEZE_FROZEN)
        CHECK(walk.books.remaining == freeze.request.amount_minor - claimed);
    else
        CHECK(walk.books.remaining == 0);
    CHECK(stored_in(&walk.hall, TABLE_FORWARD) == 0);
    CHECK(router_view(walk.hall.router).open == 0);
}

/* --- the walk --------------------------------------------------------------------------------- */

static void sign_on(unsigned peer)
{
    if (!link_is_up(peer))
        party_link_up(router_party(walk.hall.router), peer, 0, walk.hall.now);
    hall_sign_on(&walk.hall, peer);
    collect();
}

static void step(void)
{
    unsigned peer = chance(50) ? HARBOUR : LANTERN;
    uint64_t dice = random_below(&walk.random, 100);
    unsigned at = walk.net_count > 0 ? (unsigned)random_below(&walk.random, walk.net_count) : 0;
    if (dice < 45 && walk.net_count > 0)
        deliver(at, chance(10));
    else if (dice < 50 && walk.net_count > 0)
        net_remove(at);
    else if (dice < 65)
        send_claim();
    else if (dice < 74)
        send_again();
    else if (dice < 84)
        hall_pass(&walk.hall, random_below(&walk.random, 4000));
    else if (dice < 88 && link_is_up(peer))
        break_link(peer);
    else if (dice < 96)
        sign_on(peer);
    else if (dice < 97 && link_is_up(peer))
        hall_network(&walk.hall, peer, "002");
    else if (dice < 98 && chance(50))
        send_notice(OPERATION_UNFREEZE);
    else if (dice < 99 && chance(20))
        send_notice(OPERATION_FREEZE_REVERSAL);
    collect();
}

static bool is_at_rest(void)
{
    struct party_view view = party_view(router_party(walk.hall.router));
    return walk.net_count == 0 && view.requests == 0 && view.exchanges == 0 && view.forwards == 0;
}

static void heal(void)
{
    walk.is_healing = true;
    settle();
    sign_on(HARBOUR);
    sign_on(LANTERN);
    if (chance(70))
        send_notice(OPERATION_UNFREEZE);
    for (unsigned round = 0; !is_at_rest(); round++) {
        CHECK(round < REST_MAX);
        if (walk.net_count > 0)
            deliver(0, false);
        else {
            uint64_t due = party_deadline(router_party(walk.hall.router));
            CHECK(due != UINT64_MAX);
            uint64_t now = walk.hall.now.mono_us;
            hall_pass(&walk.hall, due > now ? (due - now + 999) / 1000 : 0);
            collect();
        }
        check();
    }
    /* Nobody is left without an answer; what it is does not change any more. */
    hall_send(&walk.hall, ALPHA, &walk.freeze);
    for (unsigned i = 0; i < walk.claim_count; i++)
        hall_send(&walk.hall, BETA, &walk.claims[i].request);
    collect();
    check();
    check_rest();
    CHECK(walk.freeze_answer[0] != '\0');
    for (unsigned i = 0; i < walk.claim_count; i++)
        CHECK(walk.claims[i].answer[0] != '\0');
}

struct tally {
    unsigned credited, released, unknown, reversed, closed;
};

static void walk_once(uint64_t seed, struct tally *tally)
{
    walk.seed = seed;
    walk.random = random_seeded(seed);
    walk.seen = walk.claim_count = walk.net_count = 0;
    walk.is_reversed = walk.is_healing = false;
    memset(walk.written, 0, sizeof walk.written);
    walk.freeze_answer[0] = '\0';
    walk.books = (struct books){.freeze = FREEZE_NONE};
    walk.freeze_before = FREEZE_NONE;
    memset(walk.shares_before, 0, sizeof walk.shares_before);
    hall_open(&walk.hall);
    walk.seen = walk.hall.sent_count;
    walk.freeze = freeze_of(42, SENDER, FROZEN_MINOR, WALK_SHARES);
    hall_deliver(&walk.hall, ALPHA, &walk.freeze);
    settle();
    /* Mostly the freeze itself goes well, so that there is something to claim. */
    walk.is_healing = chance(80);
    while (walk.is_healing && (settle(), walk.net_count > 0))
        deliver(0, false);
    walk.is_healing = false;
    for (walk.event = 0; walk.event < EVENTS; walk.event++) {
        step();
        check();
    }
    heal();
    for (unsigned i = 0; i < walk.claim_count; i++) {
        tally->credited += strcmp(walk.claims[i].answer, "00") == 0;
        tally->unknown += strcmp(walk.claims[i].answer, "A2") == 0;
        tally->reversed += walk.claims[i].debit == POSTING_REVERSED;
        tally->released += strcmp(walk.claims[i].answer, "98") == 0;
    }
    tally->closed += walk.books.freeze == FREEZE_CLOSED;
    hall_close(&walk.hall);
}

static void every_statement_holds_after_every_event(void)
{
    struct tally tally = {0};
    for (uint64_t seed = 1; seed <= WALKS; seed++)
        walk_once(seed, &tally);
    fprintf(stderr, "%u credited, %u A2, %u answered 98, %u debits reversed, %u freezes closed\n",
            tally.credited, tally.unknown, tally.released, tally.reversed, tally.closed);
    /* The walks go everywhere. */
    CU_ASSERT_TRUE(tally.credited > WALKS / 2);
    CU_ASSERT_TRUE(tally.unknown > WALKS / 4);
    CU_ASSERT_TRUE(tally.released > WALKS / 4);
    CU_ASSERT_TRUE(tally.reversed > WALKS / 4);
    CU_ASSERT_TRUE(tally.closed > WALKS / 4);
}

SUITE(CASE(every_statement_holds_after_every_event))
