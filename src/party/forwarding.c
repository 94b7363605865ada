/* Store and forward: in which order stored messages leave, how many at once, and when again.
 *
 * Each peer has a line. A message joins its end when it is queued, and again when the delay after a
 * try in vain is over, so that none that is refused each time holds up those behind it. What finds
 * the line empty and the peer ready leaves at once, as live traffic does; what had to wait leaves
 * while fewer than `forward_window` of its kind are unanswered. A sign-on ends all delays: the list
 * of delayed messages joins the line as a whole, and the number of sign-ons tells which delays are
 * over. So nothing here takes longer because more messages wait. */
#include "party/party_state.h"

#include "base/mutant.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* --- lists ------------------------------------------------------------------------------------ */

static void list_init(struct forward_place *list)
{
    list->next = list->previous = list;
}

static void list_insert(struct forward_place *place, struct forward_place *before)
{
    place->next = before;
    place->previous = before->previous;
    place->previous->next = before->previous = place;
}

static void list_append(struct forward_place *list, struct forward *forward)
{
    list_insert(&forward->place, list);
}

static void list_prepend(struct forward_place *list, struct forward *forward)
{
    list_insert(&forward->place, list->next);
}

/* Also when it is in none. */
static void list_remove(struct forward *forward)
{
    struct forward_place *place = &forward->place;
    if (place->next == NULL)
        return;
    place->next->previous = place->previous;
    place->previous->next = place->next;
    place->next = place->previous = NULL;
}

static struct forward *list_first(struct forward_place *list)
{
    return list->next != list ? (struct forward *)list->next : NULL;
}

/* All of `from` to the end of `list`. */
static void list_move(struct forward_place *list, struct forward_place *from)
{
    if (from->next == from)
        return;
    from->next->previous = list->previous;
    list->previous->next = from->next;
    from->previous->next = list;
    list->previous = from->previous;
    list_init(from);
}

/* --- sending ---------------------------------------------------------------------------------- */

/* 5 s doubling to 5 min, of which up to half is taken off by lot, so that many do not come at once;
 * never 0. */
static unsigned backoff_ms(struct party *party, unsigned tries)
{
    uint64_t delay = party->config.forward_first_ms;
    for (unsigned i = 1; i < tries && delay < party->config.forward_max_ms; i++)
        delay *= 2;
    if (delay > party->config.forward_max_ms)
        delay = party->config.forward_max_ms;
    return (unsigned)(delay - random_below(&party->random, delay / 2 + 1));
}

static struct forward_queue *queue_of(const struct party *party, const struct forward *forward)
{
    return &party->queues[forward->queue];
}

static bool is_ready(const struct party *party, const struct forward_queue *queue)
{
    return queue->peer < party->config.peer_count && party_peer_is_ready(party, queue->peer);
}

static void delay(struct party *party, struct forward *forward, enum forward_outcome outcome)
{
    struct forward_queue *queue = queue_of(party, forward);
    forward->state = FORWARD_DELAYED;
    forward->sign_ons = queue->sign_ons;
    forward->outcome = outcome;
    party->delays[outcome]++;
    /* Links end their messages from the latest to the earliest. */
    if (outcome == FORWARD_LINK_LOST)
        list_prepend(&queue->delayed, forward);
    else
        list_append(&queue->delayed, forward);
    deadline_arm(&party->timers, &forward->timer.deadline,
                 party_after(party, backoff_ms(party, forward->tries)));
}

/* Tries it now. False: it could not be sent, and is delayed. */
static bool send_now(struct party *party, struct forward *forward)
{
    list_remove(forward);
    deadline_cancel(&party->timers, &forward->timer.deadline);
    if (mutant_is(MUTANT_SECOND_REVERSAL) && forward->tries > 0 &&
        forward->operation.reason != REASON_NONE)
        forward->operation.stan = forward->operation.stan % 999999 + 1;
    forward->tries++;
    if (!exchange_ask_forward(party, queue_of(party, forward)->peer, forward)) {
        delay(party, forward, FORWARD_NOT_TAKEN);
        return false;
    }
    forward->state = FORWARD_ASKED;
    return true;
}

/* What the window lets go now. It ends at the first that is not taken: so would the others be. */
static void send_waiting(struct party *party, struct forward_queue *queue)
{
    struct forward *forward;
    while (is_ready(party, queue) && queue->paced < party->config.forward_window &&
           (forward = list_first(&queue->line)) != NULL && send_now(party, forward)) {
        forward->is_paced = true;
        queue->paced++;
    }
}

static void join_line(struct party *party, struct forward *forward)
{
    struct forward_queue *queue = queue_of(party, forward);
    forward->state = FORWARD_IN_LINE;
    list_append(&queue->line, forward);
}

/* In its queue's count and in none of its lists. */
static struct forward *forward_take(struct party *party, const struct store_key *key,
                                    const struct operation *operation, uint64_t institution,
                                    int64_t since_us)
{
    int peer = party_peer_find(party, institution);
    struct forward *forward = pool_take(&party->forwards);
    if (forward == NULL)
        return NULL;
    forward->key = *key;
    forward->operation = *operation;
    forward->institution = institution;
    forward->since_us = since_us;
    forward->queue = peer >= 0 ? (unsigned)peer : party->config.peer_count;
    forward->code = CODE_NONE;
    forward->timer.kind = TIMER_FORWARD;
    forward->timer.owner = forward;
    queue_of(party, forward)->count++;
    party->forward_count++;
    return forward;
}

struct forward *party_forward(struct party *party, const struct store_key *key,
                              const struct operation *operation, uint64_t institution,
                              int64_t since_us)
{
    struct forward *forward = forward_take(party, key, operation, institution, since_us);
    if (forward == NULL)
        return NULL;
    struct forward_queue *queue = queue_of(party, forward);
    bool is_first = list_first(&queue->line) == NULL;
    join_line(party, forward);
    if (is_first && is_ready(party, queue))
        send_now(party, forward);
    else
        send_waiting(party, queue);
    return forward;
}

void party_forward_done(struct party *party, struct forward *forward)
{
    deadline_cancel(&party->timers, &forward->timer.deadline);
    list_remove(forward);
    queue_of(party, forward)->count--;
    party->forward_count--;
    pool_give(&party->forwards, forward);
}

/* --- what happens to what was sent, and to what waits ----------------------------------------- */

static void leave_window(struct party *party, struct forward *forward)
{
    if (forward->is_paced)
        queue_of(party, forward)->paced--;
    forward->is_paced = false;
}

void forward_answered(struct party *party, struct forward *forward, const struct received *received)
{
    struct forward_queue *queue = queue_of(party, forward);
    enum forward_verdict verdict = party->core.judge != NULL
                                       ? party->core.judge(&forward->operation, received->code)
                                       : forward_judge(&forward->operation, received->code);
    leave_window(party, forward);
    forward->code = received->code;
    if (verdict == FORWARD_AGAIN)
        delay(party, forward, FORWARD_ANSWERED);
    else {
        forward->state = FORWARD_ENDED;
        forward->outcome = FORWARD_ANSWERED;
        party->core.forwarded(party->core.core, forward, verdict, received);
    }
    send_waiting(party, queue);
}

/* Through the timers, so that whoever walks over what is asked finds it whole. */
static void wake(struct party *party, struct forward_queue *queue)
{
    if (list_first(&queue->line) != NULL)
        deadline_arm(&party->timers, &queue->timer.deadline, party->now.mono_us);
}

void forward_unanswered(struct party *party, struct forward *forward, enum unanswered why)
{
    struct forward_queue *queue = queue_of(party, forward);
    leave_window(party, forward);
    if (why == UNANSWERED_NOT_SENT) {
        /* It has not had its turn. */
        forward->tries--;
        forward->state = FORWARD_IN_LINE;
        list_prepend(&queue->line, forward);
    } else
        delay(party, forward, why == UNANSWERED_TIMEOUT ? FORWARD_NO_ANSWER : FORWARD_LINK_LOST);
    wake(party, queue);
}

void party_forward_again(struct party *party, struct forward *forward)
{
    delay(party, forward, FORWARD_ANSWERED);
}

static bool is_delayed(const struct party *party, const struct forward *forward)
{
    return forward->state == FORWARD_DELAYED &&
           forward->sign_ons == queue_of(party, forward)->sign_ons;
}

void forward_due(struct party *party, struct forward *forward)
{
    if (!is_delayed(party, forward))
        return; /* a sign-on has ended its delay before */
    list_remove(forward);
    join_line(party, forward);
    send_waiting(party, queue_of(party, forward));
}

void forward_queue_due(struct party *party, struct forward_queue *queue)
{
    send_waiting(party, queue);
}

void forward_peer_ready(struct party *party, unsigned peer)
{
    struct forward_queue *queue = &party->queues[peer];
    queue->sign_ons++;
    list_move(&queue->line, &queue->delayed);
    /* Behind what the peer is told first: the business date. */
    wake(party, queue);
}

/* --- opening ---------------------------------------------------------------------------------- */

enum result forward_take_memory(struct party *party, struct fault *fault)
{
    unsigned peers = party->config.peer_count;
    TRY(pool_init(&party->forwards, party->config.forwards_max, sizeof(struct forward), fault));
    party->queues = calloc(peers + 1, sizeof *party->queues);
    if (party->queues == NULL)
        return fault_set(fault, RESULT_IO, "no memory for what waits for %u peers", peers);
    for (unsigned i = 0; i <= peers; i++) {
        struct forward_queue *queue = &party->queues[i];
        queue->peer = i;
        queue->timer.kind = TIMER_QUEUE;
        queue->timer.owner = queue;
        list_init(&queue->line);
        list_init(&queue->delayed);
    }
    return RESULT_OK;
}

struct load {
    struct party *party;
    struct forward **list; /* room for forwards_max */
    size_t count;
    bool damaged, full;
};

static bool load_one(void *context, struct bytes key, struct bytes value)
{
    struct load *load = context;
    struct operation operation;
    struct store_key named = {.len = (uint8_t)key.len};
    uint64_t institution;
    int64_t since_us;
    memcpy(named.data, key.data, key.len);
    load->damaged = !forward_read(value, &operation, &institution, &since_us);
    if (load->damaged)
        return false;
    struct forward *forward = forward_take(load->party, &named, &operation, institution, since_us);
    load->full = forward == NULL;
    if (!load->full)
        load->list[load->count++] = forward;
    return !load->full;
}

static int compare_queued(const void *left, const void *right)
{
    const struct forward *a = *(struct forward *const *)left, *b = *(struct forward *const *)right;
    int order = forward_compare(a->since_us, a->operation.stan, b->since_us, b->operation.stan);
    return order != 0 ? order : memcmp(a->key.data, b->key.data, sizeof a->key.data);
}

static enum result load_all(struct load *load, struct fault *fault)
{
    uint8_t first[] = {TABLE_FORWARD}, end[] = {TABLE_FORWARD + 1};
    TRY(store_scan(load->party->config.store, bytes_of(first, 1), bytes_of(end, 1), load_one, load,
                   fault));
    if (load->damaged)
        return fault_set(fault, RESULT_CORRUPT, "a store-and-forward record cannot be read");
    if (load->full)
        return fault_set(
            fault, RESULT_LIMIT,
            "more stored messages than the %u store-and-forward places of the lab file",
            load->party->config.forwards_max);
    qsort(load->list, load->count, sizeof(struct forward *), compare_queued);
    for (size_t i = 0; i < load->count; i++)
        join_line(load->party, load->list[i]);
    return RESULT_OK;
}

enum result forward_load(struct party *party, struct fault *fault)
{
    struct load load = {.party = party};
    if (mutant_is(MUTANT_FORWARD_LOST))
        return RESULT_OK;
    load.list = calloc(party->config.forwards_max + 1, sizeof(struct forward *));
    if (load.list == NULL)
        return fault_set(fault, RESULT_IO, "no memory to order the stored messages");
    enum result result = load_all(&load, fault);
    free(load.list);
    return result;
}

/* --- for whoever looks ------------------------------------------------------------------------ */

static enum forward_wait wait_of(const struct party *party, const struct forward *forward)
{
    const struct forward_queue *queue = queue_of(party, forward);
    if (forward->state == FORWARD_ASKED)
        return FORWARD_WAITS_FOR_ANSWER;
    if (forward->state == FORWARD_ENDED)
        return FORWARD_WAITS_FOR_COMMIT;
    if (queue->peer == party->config.peer_count)
        return FORWARD_WAITS_FOR_PEER;
    if (party->peers[queue->peer].links == 0)
        return FORWARD_WAITS_FOR_LINK;
    if (!party->peers[queue->peer].signed_on)
        return FORWARD_WAITS_FOR_SIGN_ON;
    return is_delayed(party, forward) ? FORWARD_WAITS_FOR_DELAY : FORWARD_WAITS_FOR_TURN;
}

unsigned party_forward_page(const struct party *party, unsigned *at,
                            struct party_forward_view *views, unsigned max)
{
    unsigned count = 0, end = party->forwards.count;
    if (end > *at && end - *at > PARTY_FORWARD_LOOK)
        end = *at + PARTY_FORWARD_LOOK;
    for (; *at < end && count < max; ++*at) {
        const struct forward *forward = pool_at(&party->forwards, *at);
        if (forward == NULL)
            continue;
        views[count++] = (struct party_forward_view){
            .key = &forward->key,
            .peer = forward->queue < party->config.peer_count ? party->peers[forward->queue].name
                                                              : NULL,
            .tries = forward->tries,
            .wait = wait_of(party, forward),
            .outcome = forward->outcome,
            .code = forward->code,
            .due_us = forward->timer.deadline.due_us,
        };
    }
    if (*at >= party->forwards.count)
        *at = UINT_MAX;
    return count;
}
