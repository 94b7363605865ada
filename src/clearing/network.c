/* All parties: what each file says of a thing goes through one sorter, and each thing is looked at
 * once. */
#include "clearing/network.h"

#include "base/text.h"
#include "clearing/file.h"
#include "clearing/sorter.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SAYINGS_MEMORY = 8 << 20,
    NAME_LEN = 1 + 18, /* which kind of thing, then its name */
    SAYING_LEN = NAME_LEN + 1 + 8 + 8 + 5 + FREEZE_NAME_LEN + 2,
    WAITING_MAX = 1024, /* sayings that a lane hands over together */
};

enum thing { CLAIM, FREEZE, UNFREEZE, PURCHASE, PURCHASE_REVERSAL, POSITION, THINGS };
/* Who says it. */
enum speaker {
    DEBITOR,
    CREDITOR,
    FORWARDER,
    SENDER,
    WALLET,
    ISSUER,
    CARD_ISSUER,
    ACQUIRER,
    OWNER,
    CENTRE,
    SPEAKERS
};

static const char *const thing_names[THINGS] = {
    "claim", "freeze", "unfreeze", "purchase", "purchase reversal", "position",
};
static const char *const speaker_names[SPEAKERS] = {
    "debit",  "credit",      "claim",    "share",        "wallet",
    "issuer", "card issuer", "acquirer", "its own file", "the switch's file",
};
/* Each is to be there once. */
static const struct {
    enum speaker first, last;
} speakers_of[THINGS] = {
    [CLAIM] = {DEBITOR, SENDER},
    [FREEZE] = {WALLET, ISSUER},
    [UNFREEZE] = {WALLET, ISSUER},
    [PURCHASE] = {CARD_ISSUER, ACQUIRER},
    [PURCHASE_REVERSAL] = {CARD_ISSUER, ACQUIRER},
    [POSITION] = {OWNER, CENTRE},
};

/* What one file says of one thing. */
struct saying {
    uint8_t name[NAME_LEN];
    enum speaker speaker;
    int64_t amount_minor, other_minor; /* of a position: debits, credits */
    uint64_t institution;              /* whose file */
    struct freeze_reference reference;
};

/* What came of one party. */
struct outcome {
    enum result result;
    struct fault fault;
    int64_t debit_minor, credit_minor, fee_minor; /* of its position files */
};

struct network {
    const struct network_config *config;
    struct network_result *result;
    struct outcome *outcomes; /* one a party */
    struct fault *fault;
    pthread_mutex_t mutex; /* over what follows */
    size_t next;           /* party */
    bool is_stopped;       /* one of them failed: none is begun any more */
    struct sorter *sayings;
};

/* Compares one party after the other. */
struct lane {
    struct network *network;
    const struct network_party *party;
    struct network_compared *compared;
    struct outcome *outcome;
    size_t waiting;
    uint8_t sayings[WAITING_MAX][SAYING_LEN];
};

/* --- sayings ---------------------------------------------------------------------------------- */

static enum result hand_over(struct lane *lane)
{
    struct network *network = lane->network;
    enum result result = RESULT_OK;
    pthread_mutex_lock(&network->mutex);
    for (size_t i = 0; i < lane->waiting && result == RESULT_OK; i++)
        result = sorter_add(network->sayings, lane->sayings[i], &lane->outcome->fault);
    pthread_mutex_unlock(&network->mutex);
    lane->waiting = 0;
    return result;
}

static enum result say(struct lane *lane, const struct saying *saying)
{
    if (lane->waiting == WAITING_MAX)
        TRY(hand_over(lane));
    struct writer w = writer_to(lane->sayings[lane->waiting++], SAYING_LEN);
    write_bytes(&w, saying->name, sizeof saying->name);
    write_u8(&w, (uint8_t)saying->speaker);
    write_u64(&w, (uint64_t)saying->amount_minor);
    write_u64(&w, (uint64_t)saying->other_minor);
    write_uint(&w, saying->institution, 5);
    reference_name_write(&w, &saying->reference);
    write_u16(&w, saying->reference.share);
    MUST(!w.bad && w.len == SAYING_LEN);
    return RESULT_OK;
}

static void read_saying(const void *record, struct saying *saying)
{
    struct reader r = reader_of(bytes_of(record, SAYING_LEN));
    read_bytes(&r, saying->name, sizeof saying->name);
    saying->speaker = (enum speaker)read_u8(&r);
    saying->amount_minor = (int64_t)read_u64(&r);
    saying->other_minor = (int64_t)read_u64(&r);
    saying->institution = read_uint(&r, 5);
    reference_name_read(&r, &saying->reference);
    saying->reference.share = read_u16(&r);
    MUST(!r.bad && r.at == r.end && saying->speaker < SPEAKERS);
}

static bool has_key(enum thing thing)
{
    return thing == CLAIM || thing == PURCHASE || thing == PURCHASE_REVERSAL;
}

static void name_thing(struct saying *saying, enum thing thing, const struct row *row)
{
    const struct operation *op = &row->operation;
    struct writer w = writer_to(saying->name, sizeof saying->name);
    write_u8(&w, (uint8_t)thing);
    if (has_key(thing)) {
        write_uint(&w, op->transmission, 5);
        write_uint(&w, op->stan, 3);
        write_uint(&w, op->acquirer.number, 5);
        write_uint(&w, op->forwarder.number, 5);
    } else if (thing == POSITION) {
        write_uint(&w, row->institution, 5);
        write_bytes(&w, op->currency, sizeof op->currency);
    } else
        reference_name_write(&w, &op->reference);
    MUST(!w.bad);
}

static bool add(int64_t *sum, int64_t minor)
{
    return !__builtin_add_overflow(*sum, minor, sum);
}

static enum result refuse_fees(struct fault *fault)
{
    return fault_set(fault, RESULT_LIMIT, "the sum of all fees has over 18 digits");
}

static enum result refuse_positions(struct fault *fault)
{
    return fault_set(fault, RESULT_LIMIT, "the sum of all positions has over 18 digits");
}

static enum result say_position(struct lane *lane, const struct row *row)
{
    struct outcome *outcome = lane->outcome;
    const struct clearing_member *member = &lane->party->member;
    bool is_centre = member->role == CLEARING_SWITCH;
    bool is_own = row->institution == member->institution;
    struct saying saying = {.speaker = is_centre ? CENTRE : OWNER,
                            .amount_minor = row->totals.debit_minor,
                            .other_minor = row->totals.credit_minor,
                            .institution = row->institution};
    /* Whoever gets a fee, the switch too, gets it from somebody. */
    if ((!is_centre || is_own) && !add(&outcome->fee_minor, row->totals.fee_minor))
        return refuse_fees(&outcome->fault);
    /* Nobody but the switch itself has its position. */
    if (is_centre && is_own)
        return RESULT_OK;
    if (!is_centre && (!add(&outcome->debit_minor, row->totals.debit_minor) ||
                       !add(&outcome->credit_minor, row->totals.credit_minor)))
        return refuse_positions(&outcome->fault);
    name_thing(&saying, POSITION, row);
    return say(lane, &saying);
}

static enum result say_purchase(struct lane *lane, enum layout_content content,
                                const struct row *row, struct saying *saying)
{
    bool is_reversal = row->operation.kind == OPERATION_PURCHASE_REVERSAL;
    saying->speaker = content == LAYOUT_ISSUER ? CARD_ISSUER : ACQUIRER;
    name_thing(saying, is_reversal ? PURCHASE_REVERSAL : PURCHASE, row);
    return say(lane, saying);
}

static enum result see(void *context, enum layout_content content, const struct row *row)
{
    struct lane *lane = context;
    const struct operation *op = &row->operation;
    struct saying saying = {.amount_minor = op->amount_minor,
                            .institution = lane->party->member.institution,
                            .reference = op->reference};
    lane->compared->rows++;
    if ((content == LAYOUT_ISSUER || content == LAYOUT_ACQUIRER) &&
        operation_is_of_purchase(op->kind))
        return say_purchase(lane, content, row, &saying);
    switch (content) {
    case LAYOUT_ISSUER:
        saying.speaker = op->kind == OPERATION_DEBIT ? DEBITOR : CREDITOR;
        break;
    case LAYOUT_ACQUIRER:
        saying.speaker = FORWARDER;
        break;
    case LAYOUT_SENDER:
        saying.speaker = SENDER;
        break;
    case LAYOUT_FREEZES:
        saying.speaker = lane->party->member.role == CLEARING_WALLET ? WALLET : ISSUER;
        name_thing(&saying, op->kind == OPERATION_FREEZE ? FREEZE : UNFREEZE, row);
        return say(lane, &saying);
    case LAYOUT_POSITION:
        return say_position(lane, row);
    default:
        return RESULT_OK;
    }
    name_thing(&saying, CLAIM, row);
    return say(lane, &saying);
}

/* --- one party -------------------------------------------------------------------------------- */

struct reading {
    struct lane *lane;
    enum layout_content content;
    bool is_first; /* else another form of what was read */
    enum result result;
};

static bool take_row(void *context, const struct row *row, uint64_t line)
{
    struct reading *reading = context;
    (void)line;
    if (!reading->is_first)
        return true;
    reading->result = see(reading->lane, reading->content, row);
    return reading->result == RESULT_OK;
}

static enum result read_only(struct lane *lane, struct digest *digest)
{
    const struct layout_set *layouts = lane->network->config->layouts;
    struct fault *fault = &lane->outcome->fault;
    const struct network_party *party = lane->party;
    struct reconcile_forms forms = {0};
    for (size_t i = 0; i < party->file_count; i++) {
        struct clearing_file file;
        struct reading reading = {.lane = lane};
        TRY(reconcile_form(&forms, layouts, party->files[i], &reading.content, &reading.is_first,
                           fault));
        TRY(clearing_file_read_hashed(party->files[i], layouts, digest, take_row, &reading, &file,
                                      fault));
        TRY(reading.result);
        if (digest != NULL)
            lane->compared->seen[i] = manifest_seen_of(&file);
    }
    return reconcile_forms_check(&forms, fault);
}

static enum result read_without_book(struct lane *lane)
{
    struct digest *digest = NULL;
    if (lane->compared->seen != NULL)
        TRY(digest_open(&digest, &lane->outcome->fault));
    enum result result = read_only(lane, digest);
    digest_close(digest);
    return result;
}

static enum result read_party(struct lane *lane)
{
    const struct network *network = lane->network;
    const struct network_party *party = lane->party;
    struct reconcile_config config = {
        .layouts = network->config->layouts,
        .institution = party->member.institution,
        .date = network->config->date,
        .files = party->files,
        .file_count = party->file_count,
        .ledger = party->ledger,
        .folder = network->config->folder,
        .see = see,
        .context = lane,
        .seen = lane->compared->seen,
    };
    lane->compared->has_book = party->ledger != NULL;
    if (party->ledger == NULL)
        return read_without_book(lane);
    return clearing_reconcile(&config, &lane->compared->result, &lane->outcome->fault);
}

/* --- side by side ----------------------------------------------------------------------------- */

static bool take_party(struct lane *lane)
{
    struct network *network = lane->network;
    size_t at = network->config->party_count;
    pthread_mutex_lock(&network->mutex);
    if (!network->is_stopped && network->next < at)
        at = network->next++;
    pthread_mutex_unlock(&network->mutex);
    if (at == network->config->party_count)
        return false;
    lane->party = &network->config->parties[at];
    lane->compared = &network->result->parties[at];
    lane->outcome = &network->outcomes[at];
    return true;
}

static enum result begin_party(struct lane *lane)
{
    if (!lane->network->config->hashes)
        return RESULT_OK;
    lane->compared->seen = calloc(lane->party->file_count + 1, sizeof *lane->compared->seen);
    return lane->compared->seen != NULL
               ? RESULT_OK
               : fault_set(&lane->outcome->fault, RESULT_IO, "no memory for the files' sums");
}

static void *run_lane(void *context)
{
    struct lane *lane = context;
    struct network *network = lane->network;
    while (take_party(lane)) {
        struct outcome *outcome = lane->outcome;
        outcome->result = begin_party(lane);
        if (outcome->result == RESULT_OK)
            outcome->result = read_party(lane);
        if (outcome->result == RESULT_OK)
            outcome->result = hand_over(lane);
        if (outcome->result == RESULT_OK)
            continue;
        pthread_mutex_lock(&network->mutex);
        network->is_stopped = true;
        pthread_mutex_unlock(&network->mutex);
    }
    return NULL;
}

static void run_lanes(struct network *network, struct lane *lanes, size_t count)
{
    pthread_t threads[NETWORK_AT_ONCE_MAX];
    bool is_begun[NETWORK_AT_ONCE_MAX] = {false};
    for (size_t i = 0; i < count; i++)
        lanes[i].network = network;
    for (size_t i = 1; i < count; i++)
        is_begun[i] = pthread_create(&threads[i], NULL, run_lane, &lanes[i]) == 0;
    run_lane(&lanes[0]);
    for (size_t i = 1; i < count; i++)
        MUST(!is_begun[i] || pthread_join(threads[i], NULL) == 0);
}

/* In the order of the parties. All in front of one that failed were begun before it, and came to
 * their end: so it is always the same one that is told of. */
static enum result take_outcomes(struct network *network)
{
    struct network_result *result = network->result;
    for (size_t i = 0; i < network->config->party_count; i++) {
        const struct outcome *outcome = &network->outcomes[i];
        if (outcome->result != RESULT_OK)
            return fault_set(network->fault, outcome->result, "%s", outcome->fault.text);
        if (!add(&result->fee_minor, outcome->fee_minor))
            return refuse_fees(network->fault);
        if (!add(&result->debit_minor, outcome->debit_minor) ||
            !add(&result->credit_minor, outcome->credit_minor))
            return refuse_positions(network->fault);
    }
    return RESULT_OK;
}

/* --- across ----------------------------------------------------------------------------------- */

struct group {
    struct saying first[SPEAKERS];
    unsigned counts[SPEAKERS];
};

static void find(struct network *network, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void find(struct network *network, const char *format, ...)
{
    struct network_result *result = network->result;
    va_list arguments;
    if (result->finding_count++ >= NETWORK_LISTED_MAX)
        return;
    va_start(arguments, format);
    vsnprintf(result->findings[result->listed++], NETWORK_TEXT_MAX, format, arguments);
    va_end(arguments);
}

/* "debit 20.00 of 00095550001, no credit, ..." */
static void tell_sayings(const struct group *group, enum thing thing, char *out, size_t size)
{
    size_t len = 0;
    for (enum speaker who = speakers_of[thing].first; who <= speakers_of[thing].last; who++) {
        const struct saying *saying = &group->first[who];
        const char *comma = len > 0 ? ", " : "";
        char debits[TEXT_MONEY_SIZE], credits[TEXT_MONEY_SIZE];
        text_money_format(saying->amount_minor, debits);
        text_money_format(saying->other_minor, credits);
        int more = 0;
        if (group->counts[who] == 0)
            more = snprintf(out + len, size - len, "%sno %s", comma, speaker_names[who]);
        else if (thing == POSITION)
            more = snprintf(out + len, size - len, "%s%s: pays %s, gets %s", comma,
                            speaker_names[who], debits, credits);
        else
            more = snprintf(out + len, size - len, "%s%s%s %s in %011" PRIu64, comma,
                            group->counts[who] > 1 ? "twice or more: " : "", speaker_names[who],
                            debits, saying->institution);
        if (more < 0 || (size_t)more >= size - len)
            return; /* cut */
        len += (size_t)more;
    }
}

/* Which it is: a purchase by DE 7 and 11 with its acquirer, all else by its packet. */
static void find_in_group(struct network *network, enum thing thing, const struct saying *any,
                          const char *sayings)
{
    char share[16] = "";
    struct reader r = reader_of(bytes_of(any->name + 1, NAME_LEN - 1));
    if (thing == POSITION) {
        find(network, "position of %011" PRIu64 ": %s", any->institution, sayings);
        return;
    }
    if (thing == PURCHASE || thing == PURCHASE_REVERSAL) {
        uint64_t transmission = read_uint(&r, 5), stan = read_uint(&r, 3);
        uint64_t acquirer = read_uint(&r, 5);
        find(network, "%s, DE 7 %010" PRIu64 ", DE 11 %06" PRIu64 ", of %011" PRIu64 ": %s",
             thing_names[thing], transmission, stan, acquirer, sayings);
        return;
    }
    if (thing == CLAIM)
        snprintf(share, sizeof share, "/%u", any->reference.share);
    find(network, "%s %08u-%" PRIu64 "%s of %011" PRIu64 ": %s", thing_names[thing],
         any->reference.date, any->reference.sequence, share, any->reference.wallet, sayings);
}

static void compare_group(struct network *network, enum thing thing, const struct group *group)
{
    const struct saying *any = NULL;
    bool is_good = true;
    char sayings[NETWORK_TEXT_MAX];
    for (enum speaker who = speakers_of[thing].first; who <= speakers_of[thing].last; who++) {
        const struct saying *one = &group->first[who];
        is_good = is_good && group->counts[who] == 1;
        if (group->counts[who] == 0)
            continue;
        if (any != NULL &&
            (any->amount_minor != one->amount_minor || any->other_minor != one->other_minor))
            is_good = false;
        any = one;
    }
    MUST(any != NULL);
    network->result->claims += thing == CLAIM;
    network->result->freezes += thing == FREEZE || thing == UNFREEZE;
    network->result->purchases += thing == PURCHASE || thing == PURCHASE_REVERSAL;
    if (is_good)
        return;
    tell_sayings(group, thing, sayings, sizeof sayings);
    find_in_group(network, thing, any, sayings);
}

static enum result compare_all(struct network *network)
{
    struct network_result *result = network->result;
    struct group group = {0};
    struct saying saying = {0};
    uint8_t name[NAME_LEN];
    const void *record;
    bool has_group = false;
    TRY(sorter_sort(network->sayings, network->fault));
    do {
        TRY(sorter_next(network->sayings, &record, network->fault));
        if (record != NULL)
            read_saying(record, &saying);
        if (has_group && (record == NULL || memcmp(name, saying.name, NAME_LEN) != 0)) {
            compare_group(network, (enum thing)name[0], &group);
            group = (struct group){0};
        }
        has_group = record != NULL;
        memcpy(name, saying.name, NAME_LEN);
        if (record != NULL && group.counts[saying.speaker]++ == 0)
            group.first[saying.speaker] = saying;
    } while (record != NULL);
    char debits[TEXT_MONEY_SIZE], credits[TEXT_MONEY_SIZE];
    if (result->debit_minor != result->credit_minor)
        find(network, "all positions together pay %s and get %s, which is not the same",
             text_money_format(result->debit_minor, debits),
             text_money_format(result->credit_minor, credits));
    if (result->fee_minor != 0)
        find(network, "the fees of all positions do not come to zero, but to %s",
             text_money_format(result->fee_minor, debits));
    return RESULT_OK;
}

/* --- all of it -------------------------------------------------------------------------------- */

static enum result run(struct network *network, struct lane *lanes, size_t count)
{
    const struct network_config *config = network->config;
    struct network_result *result = network->result;
    result->parties = calloc(config->party_count + 1, sizeof *result->parties);
    result->findings = calloc(NETWORK_LISTED_MAX, sizeof *result->findings);
    if (result->parties == NULL || result->findings == NULL || network->outcomes == NULL ||
        lanes == NULL)
        return fault_set(network->fault, RESULT_IO, "no memory to compare in");
    result->party_count = config->party_count;
    TRY(sorter_open(SAYING_LEN, SAYINGS_MEMORY, config->folder, &network->sayings, network->fault));
    run_lanes(network, lanes, count);
    TRY(take_outcomes(network));
    return compare_all(network);
}

enum result network_reconcile(const struct network_config *config, struct network_result *result,
                              struct fault *fault)
{
    size_t count = config->at_once > 0 ? config->at_once : 1;
    struct network network = {.config = config, .result = result, .fault = fault};
    *result = (struct network_result){.date = config->date};
    if (count > NETWORK_AT_ONCE_MAX)
        count = NETWORK_AT_ONCE_MAX;
    struct lane *lanes = calloc(count, sizeof *lanes);
    network.outcomes = calloc(config->party_count + 1, sizeof *network.outcomes);
    pthread_mutex_init(&network.mutex, NULL);
    enum result done = run(&network, lanes, count);
    pthread_mutex_destroy(&network.mutex);
    sorter_close(network.sayings);
    free(network.outcomes);
    free(lanes);
    return done;
}

void network_result_deinit(struct network_result *result)
{
    for (size_t i = 0; i < result->party_count; i++) {
        reconcile_result_deinit(&result->parties[i].result);
        free(result->parties[i].seen);
    }
    free(result->parties);
    free(result->findings);
    *result = (struct network_result){0};
}

uint64_t network_differences(const struct network_result *result)
{
    uint64_t count = result->finding_count;
    for (size_t i = 0; i < result->party_count; i++)
        count += reconcile_differences(&result->parties[i].result);
    return count;
}
