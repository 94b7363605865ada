/* All parties: what each file says of a thing goes through one sorter, and each thing is looked at
 * once. */
#include "clearing/network.h"

#include "base/text.h"
#include "clearing/file.h"
#include "clearing/sorter.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SAYINGS_MEMORY = 8 << 20,
    NAME_LEN = 1 + 18, /* which kind of thing, then its name */
    SAYING_LEN = NAME_LEN + 1 + 8 + 8 + 5 + FREEZE_NAME_LEN + 2,
};

enum thing { CLAIM, FREEZE, UNFREEZE, POSITION, THINGS };
/* Who says it. */
enum speaker { DEBITOR, CREDITOR, FORWARDER, SENDER, WALLET, ISSUER, OWNER, CENTRE, SPEAKERS };

static const char *const thing_names[THINGS] = {"claim", "freeze", "unfreeze", "position"};
static const char *const speaker_names[SPEAKERS] = {
    "debit", "credit", "claim", "share", "wallet", "issuer", "its own file", "the switch's file",
};
/* Each is to be there once. */
static const struct {
    enum speaker first, last;
} speakers_of[THINGS] = {
    [CLAIM] = {DEBITOR, SENDER},
    [FREEZE] = {WALLET, ISSUER},
    [UNFREEZE] = {WALLET, ISSUER},
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

struct network {
    const struct network_config *config;
    struct network_result *result;
    struct sorter *sayings;
    const struct network_party *party; /* being read */
    struct network_compared *compared;
    struct fault *fault;
};

/* --- sayings ---------------------------------------------------------------------------------- */

static enum result say(struct network *network, const struct saying *saying)
{
    uint8_t record[SAYING_LEN];
    struct writer w = writer_to(record, sizeof record);
    write_bytes(&w, saying->name, sizeof saying->name);
    write_u8(&w, (uint8_t)saying->speaker);
    write_u64(&w, (uint64_t)saying->amount_minor);
    write_u64(&w, (uint64_t)saying->other_minor);
    write_uint(&w, saying->institution, 5);
    reference_name_write(&w, &saying->reference);
    write_u16(&w, saying->reference.share);
    MUST(!w.bad && w.len == sizeof record);
    return sorter_add(network->sayings, record, network->fault);
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

static void name_thing(struct saying *saying, enum thing thing, const struct row *row)
{
    const struct operation *op = &row->operation;
    struct writer w = writer_to(saying->name, sizeof saying->name);
    write_u8(&w, (uint8_t)thing);
    if (thing == CLAIM) {
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

static enum result say_position(struct network *network, const struct row *row)
{
    struct network_result *result = network->result;
    bool is_centre = network->party->member.role == CLEARING_SWITCH;
    struct saying saying = {.speaker = is_centre ? CENTRE : OWNER,
                            .amount_minor = row->totals.debit_minor,
                            .other_minor = row->totals.credit_minor,
                            .institution = row->institution};
    /* Whoever gets a fee, the switch too, gets it from somebody. */
    bool is_own = !is_centre || row->institution == network->party->member.institution;
    if (is_own &&
        __builtin_add_overflow(result->fee_minor, row->totals.fee_minor, &result->fee_minor))
        return fault_set(network->fault, RESULT_LIMIT, "the sum of all fees has over 18 digits");
    /* Nobody but the switch itself has its position. */
    if (is_centre && row->institution == network->party->member.institution)
        return RESULT_OK;
    if (!is_centre && (__builtin_add_overflow(result->debit_minor, row->totals.debit_minor,
                                              &result->debit_minor) ||
                       __builtin_add_overflow(result->credit_minor, row->totals.credit_minor,
                                              &result->credit_minor)))
        return fault_set(network->fault, RESULT_LIMIT,
                         "the sum of all positions has over 18 digits");
    name_thing(&saying, POSITION, row);
    return say(network, &saying);
}

static enum result see(void *context, enum layout_content content, const struct row *row)
{
    struct network *network = context;
    const struct operation *op = &row->operation;
    struct saying saying = {.amount_minor = op->amount_minor,
                            .institution = network->party->member.institution,
                            .reference = op->reference};
    network->compared->rows++;
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
        saying.speaker = network->party->member.role == CLEARING_WALLET ? WALLET : ISSUER;
        name_thing(&saying, op->kind == OPERATION_FREEZE ? FREEZE : UNFREEZE, row);
        return say(network, &saying);
    case LAYOUT_POSITION:
        return say_position(network, row);
    default:
        return RESULT_OK;
    }
    name_thing(&saying, CLAIM, row);
    return say(network, &saying);
}

/* --- one party -------------------------------------------------------------------------------- */

struct reading {
    struct network *network;
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
    reading->result = see(reading->network, reading->content, row);
    return reading->result == RESULT_OK;
}

static enum result read_only(struct network *network)
{
    const struct network_party *party = network->party;
    struct reconcile_forms forms = {0};
    for (size_t i = 0; i < party->file_count; i++) {
        struct clearing_file file;
        struct reading reading = {.network = network};
        TRY(reconcile_form(&forms, network->config->layouts, party->files[i], &reading.content,
                           &reading.is_first, network->fault));
        TRY(clearing_file_read(party->files[i], network->config->layouts, take_row, &reading, &file,
                               network->fault));
        TRY(reading.result);
    }
    return RESULT_OK;
}

static enum result read_party(struct network *network)
{
    const struct network_party *party = network->party;
    struct reconcile_config config = {
        .layouts = network->config->layouts,
        .institution = party->member.institution,
        .date = network->config->date,
        .files = party->files,
        .file_count = party->file_count,
        .ledger = party->ledger,
        .folder = network->config->folder,
        .see = see,
        .context = network,
    };
    network->compared->has_book = party->ledger != NULL;
    if (party->ledger == NULL)
        return read_only(network);
    return clearing_reconcile(&config, &network->compared->result, network->fault);
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

static void compare_group(struct network *network, enum thing thing, const struct group *group)
{
    const struct saying *any = NULL;
    bool is_good = true;
    char sayings[NETWORK_TEXT_MAX], share[16] = "";
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
    if (is_good)
        return;
    tell_sayings(group, thing, sayings, sizeof sayings);
    if (thing == POSITION) {
        find(network, "position of %011" PRIu64 ": %s", any->institution, sayings);
        return;
    }
    if (thing == CLAIM)
        snprintf(share, sizeof share, "/%u", any->reference.share);
    find(network, "%s %08u-%" PRIu64 "%s of %011" PRIu64 ": %s", thing_names[thing],
         any->reference.date, any->reference.sequence, share, any->reference.wallet, sayings);
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

static enum result run(struct network *network)
{
    const struct network_config *config = network->config;
    struct network_result *result = network->result;
    result->parties = calloc(config->party_count + 1, sizeof *result->parties);
    result->findings = calloc(NETWORK_LISTED_MAX, sizeof *result->findings);
    if (result->parties == NULL || result->findings == NULL)
        return fault_set(network->fault, RESULT_IO, "no memory to compare in");
    result->party_count = config->party_count;
    TRY(sorter_open(SAYING_LEN, SAYINGS_MEMORY, config->folder, &network->sayings, network->fault));
    for (size_t i = 0; i < config->party_count; i++) {
        network->party = &config->parties[i];
        network->compared = &result->parties[i];
        TRY(read_party(network));
    }
    return compare_all(network);
}

enum result network_reconcile(const struct network_config *config, struct network_result *result,
                              struct fault *fault)
{
    struct network network = {.config = config, .result = result, .fault = fault};
    *result = (struct network_result){.date = config->date};
    enum result done = run(&network);
    sorter_close(network.sayings);
    return done;
}

void network_result_deinit(struct network_result *result)
{
    for (size_t i = 0; i < result->party_count; i++)
        reconcile_result_deinit(&result->parties[i].result);
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
