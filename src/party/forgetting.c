/* Forgetting: which keys are looked at when, and the steps that forget them. */
#include "party/forgetting.h"

#include "base/date.h"
#include "base/mutant.h"

#include <string.h>

enum {
    KEY_OWN,               /* of a step that forgets a key */
    KEY_ITS_FREEZE,        /* and the freeze it belongs to */
    KEY_FREEZE = 0,        /* of a step that forgets shares */
    SHARES_MAX_A_STEP = 7, /* such steps lie between live ones */
    STALE_PART = 8,        /* what has been left is looked at so often within the time it is kept */
};

static const int64_t SECOND_US = 1000000;
static const int64_t DAY_US = INT64_C(86400) * 1000000;

static int64_t wall_now(const struct forgetting *f)
{
    return party_now(f->party).wall_us;
}

/* How old a key is when it is looked at first: by then its freeze has been closed, and kept. */
static int64_t fresh_age_us(const struct forgetting *f)
{
    struct keeping keeping = party_keeping(f->party);
    return keeping.freeze_age_us + keeping.keep_us;
}

static void check(struct forgetting *f, enum result result, const struct fault *fault)
{
    if (result == RESULT_OK)
        return;
    /* As a damaged record does in a step: the process stops, and says why. */
    party_log(f->party, LOG_ERROR, "store_unreadable", "%s", fault->text);
    MUST(result == RESULT_OK);
}

int64_t forgetting_age_us(uint64_t de7, int64_t now_us)
{
    enum { HALF_YEAR_DAYS = 182, AHEAD_DAYS = 3 }; /* of clocks that are wrong */
    int64_t sent = date_nearest_de7(de7, now_us - (HALF_YEAR_DAYS - AHEAD_DAYS) * DAY_US);
    return sent != INT64_MIN ? now_us - sent : 0;
}

bool forgetting_may_have(uint64_t de7, int64_t now_us, int64_t kept_us)
{
    return forgetting_age_us(de7, now_us) >= kept_us - DAY_US;
}

/* --- whether ---------------------------------------------------------------------------------- */

static int64_t sent_us(const struct transaction_key *key, const struct duplicate *known)
{
    int64_t sent = date_nearest_de7(key->transmission, known->wall_us);
    return sent != INT64_MIN ? sent : known->wall_us;
}

/* Where the freeze or purchase is kept that a key belongs to. */
static struct store_key key_behind(const struct store_key *stored, const struct duplicate *known)
{
    struct transaction_key key, purchase = original_key(&(struct original){0}, OPERATION_PURCHASE);
    transaction_key_decode(stored->data + 1, &key);
    bool is_purchase = key.mti_class == purchase.mti_class && key.process == purchase.process;
    return is_purchase ? key_of_purchase(&key) : key_of_freeze(&known->freeze, 0);
}

/* From when on, as far as can be said now, the key may be forgotten; *with_freeze: now, and its
 * freeze (that of `behind`) too. Pure but for the configuration. */
static int64_t find_due(const struct forgetting *f, const struct store_key *stored,
                        const struct duplicate *known, const struct store_key *behind,
                        struct bytes freeze, int64_t now_us, bool *with_freeze)
{
    struct keeping keeping = party_keeping(f->party);
    struct transaction_key key;
    transaction_key_decode(stored->data + 1, &key);
    int64_t last = sent_us(&key, known) + keeping.forget_us;
    int64_t due = known->wall_us + keeping.keep_us;
    *with_freeze = false;
    if (f->rules->is_kept != NULL && f->rules->is_kept(&key))
        return last;
    if (freeze.data != NULL) {
        uint32_t since = f->rules->over_since(behind, freeze);
        int64_t over = since != 0 ? since * SECOND_US + keeping.keep_us : now_us + keeping.keep_us;
        *with_freeze = over <= now_us && due <= now_us;
        if (over > due && !mutant_is(MUTANT_KEY_FORGOTTEN))
            due = over;
    }
    if (known->state == DUPLICATE_OPEN) {
        due = now_us + keeping.keep_us;
        *with_freeze = false;
    }
    return due < last ? due : last;
}

/* --- the steps -------------------------------------------------------------------------------- */

static void apply_key(struct store_step *step, struct store_tx *tx)
{
    const struct forget_step *forget = step->context;
    struct bytes record, freeze = {NULL, 0};
    struct duplicate known;
    bool with_freeze;
    if (!store_tx_get(tx, KEY_OWN, &record))
        return;
    duplicate_decode(record, &known, NULL);
    if (!store_tx_get(tx, KEY_ITS_FREEZE, &freeze))
        freeze = (struct bytes){NULL, 0};
    if (find_due(forget->forgetting, &step->keys[KEY_OWN], &known, &step->keys[KEY_ITS_FREEZE],
                 freeze, forget->wall_us, &with_freeze) > forget->wall_us)
        return;
    store_tx_delete(tx, KEY_OWN);
    if (!with_freeze)
        return;
    forget->forgetting->rules->journal(tx, &step->keys[KEY_ITS_FREEZE], freeze, forget->wall_us);
    store_tx_delete(tx, KEY_ITS_FREEZE);
}

/* No claim can come in between: nothing is taken from a freeze that is over. */
static void apply_shares(struct store_step *step, struct store_tx *tx)
{
    const struct forget_step *forget = step->context;
    struct bytes freeze;
    int64_t keep_us = party_keeping(forget->forgetting->party).keep_us;
    if (!store_tx_get(tx, KEY_FREEZE, &freeze))
        return;
    uint32_t since = forget->forgetting->rules->over_since(&step->keys[KEY_FREEZE], freeze);
    if (since == 0 || since * SECOND_US + keep_us > forget->wall_us)
        return;
    for (unsigned i = KEY_FREEZE + 1; i < step->key_count; i++)
        store_tx_delete(tx, i);
}

static void done(struct store_step *step, void *context)
{
    (void)step;
    const struct forget_step *forget = context;
    struct forgetting *f = forget->forgetting;
    if (--f->busy == 0)
        party_arm(f->party, &f->timer,
                  party_now(f->party).mono_us + (uint64_t)FORGET_PAUSE_MS * 1000);
}

static struct forget_step *take_step(struct forgetting *f, store_apply_fn *apply)
{
    struct forget_step *forget = &f->steps[f->busy++];
    forget->forgetting = f;
    forget->wall_us = wall_now(f);
    forget->step = (struct store_step){.apply = apply, .done = done, .context = forget};
    return forget;
}

static void forget_key(struct forgetting *f, const struct store_key *key,
                       const struct store_key *behind)
{
    struct forget_step *forget = take_step(f, apply_key);
    MUST(store_step_key(&forget->step, *key) == KEY_OWN);
    MUST(store_step_key(&forget->step, *behind) == KEY_ITS_FREEZE);
    store_submit(party_store(f->party), &forget->step);
}

struct shares {
    struct forgetting *forgetting;
    struct store_key freeze;
    struct forget_step *forget; /* the latest step; NULL: none yet */
};

static bool add_share(void *context, struct bytes key, struct bytes value)
{
    (void)value;
    struct shares *shares = context;
    struct forgetting *f = shares->forgetting;
    struct store_key share = {.len = (uint8_t)key.len};
    bool is_full = shares->forget == NULL || shares->forget->step.key_count > SHARES_MAX_A_STEP;
    if (is_full && f->busy == FORGET_STEPS_MAX)
        return false;
    if (is_full) {
        shares->forget = take_step(f, apply_shares);
        MUST(store_step_key(&shares->forget->step, shares->freeze) == KEY_FREEZE);
    }
    memcpy(share.data, key.data, key.len);
    store_step_key(&shares->forget->step, share);
    return true;
}

/* As many as there may be steps; false: there are none. */
static bool forget_shares(struct forgetting *f, const struct freeze_reference *freeze)
{
    struct shares shares = {.forgetting = f, .freeze = key_of_freeze(freeze, 0)};
    struct store_key first = key_of_freeze(freeze, 1), end = key_of_freeze(freeze, SHARES_MAX + 1);
    struct fault fault = {RESULT_OK, ""};
    unsigned before = f->busy;
    check(f,
          store_scan(party_store(f->party), bytes_of(first.data, first.len),
                     bytes_of(end.data, end.len), add_share, &shares, &fault),
          &fault);
    for (unsigned i = before; i < f->busy; i++)
        store_submit(party_store(f->party), &f->steps[i].step);
    return f->busy > before;
}

/* --- a stretch of keys ------------------------------------------------------------------------ */

struct stretch {
    unsigned count;
    struct {
        struct store_key key;
        struct duplicate known;
    } list[FORGET_LOOK_MAX];
};

static bool add_key(void *context, struct bytes key, struct bytes value)
{
    struct stretch *stretch = context;
    struct store_key *stored = &stretch->list[stretch->count].key;
    MUST(key.len == 1 + TRANSACTION_KEY_LEN);
    stored->len = (uint8_t)key.len;
    memcpy(stored->data, key.data, key.len);
    duplicate_decode(value, &stretch->list[stretch->count].known, NULL);
    return ++stretch->count < FORGET_LOOK_MAX;
}

static struct store_key key_of_de7(uint64_t de7)
{
    struct store_key key = {.len = 1 + 5, .data = {TABLE_DUPLICATE}};
    struct writer w = writer_to(key.data + 1, sizeof key.data - 1);
    write_uint(&w, de7, 5);
    return key;
}

static struct store_key end_of_table(void)
{
    return (struct store_key){.len = 1, .data = {TABLE_DUPLICATE + 1}};
}

/* What becomes of one of them. false: it is to be looked at again when the steps are done. */
static bool look(struct forgetting *f, struct forget_walk *walk, const struct store_key *key,
                 const struct duplicate *known)
{
    struct store_key behind = key_behind(key, known);
    bool is_of_freeze = behind.data[0] == TABLE_FREEZE;
    struct store_found found;
    struct fault fault = {RESULT_OK, ""};
    int64_t now_us = wall_now(f);
    bool with_freeze;
    check(f, store_find_key(party_store(f->party), &behind, &found, &fault), &fault);
    struct bytes freeze = found.found ? bytes_of(found.value, found.len) : bytes_of(NULL, 0);
    int64_t due = find_due(f, key, known, &behind, freeze, now_us, &with_freeze);
    /* A purchase that waits for its reversal's end is not over. */
    if (with_freeze && is_of_freeze && f->rules->is_waiting != NULL &&
        f->rules->is_waiting(f->core, &known->freeze)) {
        with_freeze = false;
        due = now_us + party_keeping(f->party).keep_us;
    }
    if (due > now_us) {
        walk->next_us = due < walk->next_us ? due : walk->next_us;
        return true;
    }
    if (with_freeze && is_of_freeze && forget_shares(f, &known->freeze))
        return false;
    forget_key(f, key, &behind);
    return true;
}

/* false: there was nothing to look at. */
static bool go_on(struct forgetting *f, struct forget_walk *walk)
{
    struct store_key end = walk->wraps ? end_of_table() : key_of_de7(walk->until);
    struct stretch stretch = {.count = 0};
    struct fault fault = {RESULT_OK, ""};
    check(f,
          store_scan(party_store(f->party), bytes_of(walk->at.data, walk->at.len),
                     bytes_of(end.data, end.len), add_key, &stretch, &fault),
          &fault);
    unsigned looked = 0;
    while (looked < stretch.count && f->busy < FORGET_STEPS_MAX &&
           look(f, walk, &stretch.list[looked].key, &stretch.list[looked].known)) {
        walk->at = stretch.list[looked++].key;
        walk->at.data[walk->at.len++] = 0; /* the next possible key */
    }
    if (looked == stretch.count && stretch.count < FORGET_LOOK_MAX) {
        walk->is_active = walk->wraps;
        walk->wraps = false;
        walk->at = key_of_de7(0);
    }
    return stretch.count > 0;
}

/* --- the walks -------------------------------------------------------------------------------- */

static void set_out(struct forget_walk *walk, int64_t from_us, int64_t until_us)
{
    uint64_t from = date_de7(from_us);
    walk->until = date_de7(until_us);
    walk->wraps = from > walk->until;
    walk->at = key_of_de7(from);
    walk->is_active = true;
    walk->next_us = INT64_MAX;
}

static void begin(struct forgetting *f, enum forget_walk_kind kind)
{
    enum { OLDEST_DAYS = 363 }; /* what is younger than two days ahead of our clock is not older */
    struct forget_walk *walk = &f->walks[kind];
    int64_t now_us = wall_now(f);
    int64_t expired_us = now_us - party_keeping(f->party).forget_us;
    int64_t fresh_us = now_us - fresh_age_us(f);
    walk->begun_us = now_us;
    switch (kind) {
    case WALK_EXPIRED:
        set_out(walk, now_us - OLDEST_DAYS * DAY_US, expired_us);
        break;
    case WALK_FRESH:
        /* After a clock was put back, what is behind the mark is stale. */
        set_out(walk, f->mark_us < fresh_us ? f->mark_us : fresh_us, fresh_us);
        f->mark_us = fresh_us;
        break;
    default:
        set_out(walk, expired_us, f->mark_us);
    }
}

/* The first key behind the end of a walk says when there is something to do again. */
static int64_t find_next(struct forgetting *f, const struct forget_walk *walk, int64_t age_us)
{
    struct store_key from = key_of_de7(walk->until), end = end_of_table();
    struct store_found found;
    struct fault fault = {RESULT_OK, ""};
    struct transaction_key key;
    struct duplicate known;
    check(f,
          store_find(party_store(f->party), bytes_of(from.data, from.len),
                     bytes_of(end.data, end.len), &found, &fault),
          &fault);
    if (!found.found) {
        from = key_of_de7(0); /* beyond the new year */
        check(f,
              store_find(party_store(f->party), bytes_of(from.data, from.len),
                         bytes_of(end.data, end.len), &found, &fault),
              &fault);
    }
    if (!found.found)
        return INT64_MAX;
    duplicate_decode(bytes_of(found.value, found.len), &known, NULL);
    transaction_key_decode(found.key.data + 1, &key);
    int64_t due = sent_us(&key, &known) + SECOND_US + age_us;
    /* Else there are only those that the walk has left. */
    return due > walk->begun_us ? due : INT64_MAX;
}

static void finish(struct forgetting *f, enum forget_walk_kind kind)
{
    struct forget_walk *walk = &f->walks[kind];
    struct keeping keeping = party_keeping(f->party);
    int64_t now_us = wall_now(f), rest_us = fresh_age_us(f), next = walk->next_us;
    if (kind == WALK_STALE)
        rest_us = keeping.keep_us / STALE_PART;
    else {
        int64_t age_us = kind == WALK_FRESH ? fresh_age_us(f) : keeping.forget_us;
        next = find_next(f, walk, age_us);
        /* What the fresh walk leaves is stale from now on. */
        if (walk->next_us < f->walks[WALK_STALE].due_us)
            f->walks[WALK_STALE].due_us = walk->next_us;
    }
    /* A day at most: the wall clock may be set. */
    rest_us = rest_us < DAY_US ? rest_us : DAY_US;
    next = next < now_us + rest_us ? next : now_us + rest_us;
    walk->due_us = next > now_us + SECOND_US ? next : now_us + SECOND_US;
}

void forgetting_run(struct forgetting *f)
{
    int64_t now_us = wall_now(f), due = INT64_MAX;
    uint64_t wait_us = (uint64_t)FORGET_PAUSE_MS * 1000;
    if (f->busy > 0)
        return; /* the last of the steps comes back to it */
    bool has_looked = false;
    for (enum forget_walk_kind kind = 0; kind < WALKS && !has_looked; kind++) {
        struct forget_walk *walk = &f->walks[kind];
        if (!walk->is_active && walk->due_us <= now_us)
            begin(f, kind);
        while (walk->is_active && !has_looked) {
            has_looked = go_on(f, walk);
            if (!walk->is_active)
                finish(f, kind);
        }
        due = walk->due_us < due ? walk->due_us : due;
    }
    if (!has_looked && due > now_us)
        wait_us += (uint64_t)(due - now_us);
    if (f->busy == 0)
        party_arm(f->party, &f->timer, party_now(f->party).mono_us + wait_us);
}

void forgetting_begin(struct forgetting *f, struct party *party, void *core,
                      const struct forgetting_rules *rules)
{
    *f = (struct forgetting){.party = party, .core = core, .rules = rules};
    f->mark_us = wall_now(f) - fresh_age_us(f);
    party_arm(party, &f->timer, party_now(party).mono_us + (uint64_t)FORGET_START_MS * 1000);
}
