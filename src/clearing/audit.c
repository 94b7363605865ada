/* The audit: what is said over all parties. The issuers' side is audit_issuer.c, the switch's
 * audit_switch.c, purchases on both audit_purchase.c. */
#include "clearing/audit_state.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void audit_violation(struct audit *audit, unsigned statement, const char *format, ...)
{
    struct audit_result *result = audit->result;
    va_list arguments;
    if (result->count++ >= AUDIT_LISTED_MAX)
        return;
    struct audit_violation *violation = &result->list[result->listed++];
    violation->statement = statement;
    va_start(arguments, format);
    vsnprintf(violation->text, sizeof violation->text, format, arguments);
    va_end(arguments);
}

bool audit_has_issuer(const struct audit *audit, uint64_t institution)
{
    for (size_t i = 0; i < audit->party_count; i++)
        if (audit->parties[i].member.role == CLEARING_ISSUER &&
            audit->parties[i].member.institution == institution)
            return true;
    return false;
}

bool audit_add(struct audit *audit, int64_t *sum, int64_t amount_minor)
{
    if (!__builtin_add_overflow(*sum, amount_minor, sum))
        return true;
    audit->failed = fault_set(audit->fault, RESULT_LIMIT, "a sum of the audit has over 18 digits");
    return false;
}

void audit_name_freeze(const struct freeze_reference *reference, uint8_t out[FREEZE_NAME_LEN])
{
    struct writer w = writer_to(out, FREEZE_NAME_LEN);
    reference_name_write(&w, reference);
    MUST(!w.bad && w.len == FREEZE_NAME_LEN);
}

struct audit_label audit_label(const struct freeze_reference *reference)
{
    struct audit_label label;
    snprintf(label.text, sizeof label.text, "%08u-%" PRIu64 " of %011" PRIu64, reference->date,
             reference->sequence, reference->wallet);
    return label;
}

/* --- nothing unfinished ----------------------------------------------------------------------- */

struct waiting {
    uint64_t count;
};

static bool count_waiting(void *context, struct bytes key, struct bytes value)
{
    (void)value;
    struct waiting *waiting = context;
    uint32_t date;
    /* Totals move no money, and a host may never answer them. */
    waiting->count += !totals_message_key_read(key, &date);
    return true;
}

static enum result check_queue(struct audit *audit, const struct audit_party *party)
{
    static const uint8_t first[] = {TABLE_FORWARD}, end[] = {TABLE_FORWARD + 1};
    struct waiting waiting = {0};
    TRY(store_scan(party->store, bytes_of(first, 1), bytes_of(end, 1), count_waiting, &waiting,
                   audit->fault));
    if (waiting.count > 0)
        audit_violation(audit, 7, "%011" PRIu64 ": %" PRIu64 " stored messages wait for their end",
                        party->member.institution, waiting.count);
    return RESULT_OK;
}

/* --- over all of them ------------------------------------------------------------------------- */

static void check_conservation(struct audit *audit)
{
    char held[TEXT_MONEY_SIZE], opened[TEXT_MONEY_SIZE], gone[TEXT_MONEY_SIZE];
    int64_t sum = audit->held_minor;
    if (!audit_add(audit, &sum, audit->gone_minor) || sum == audit->opened_minor)
        return;
    audit_violation(audit, 1,
                    "the accounts of all issuers hold %s, and %s was paid out to others: together "
                    "not the %s that they were opened with",
                    text_money_format(audit->held_minor, held),
                    text_money_format(audit->gone_minor, gone),
                    text_money_format(audit->opened_minor, opened));
}

static void check_reconciled(struct audit *audit, const struct audit_reconciled *reconciled,
                             size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t differences = reconcile_differences(reconciled[i].result);
        if (differences > 0)
            audit_violation(audit, 8,
                            "%011" PRIu64 ": %" PRIu64
                            " differences between its files of %08u and its own book",
                            reconciled[i].institution, differences, reconciled[i].result->date);
    }
}

static enum result run(struct audit *audit, const struct audit_party *switchboard)
{
    TRY(audit_streams_open(audit));
    TRY(audit_purchases_open(audit));
    for (size_t i = 0; i < audit->party_count; i++) {
        const struct audit_party *party = &audit->parties[i];
        TRY(check_queue(audit, party));
        if (party->member.role == CLEARING_ISSUER)
            TRY(audit_read_issuer(audit, party));
    }
    TRY(audit_read_switch(audit, switchboard));
    TRY(audit_read_purchases(audit, switchboard->store));
    TRY(audit_check_purchases(audit));
    check_conservation(audit);
    return audit->failed;
}

enum result audit_at_rest(const struct audit_party *parties, size_t party_count,
                          const struct audit_reconciled *reconciled, size_t reconciled_count,
                          struct audit_result *result, struct fault *fault)
{
    struct audit audit = {
        .parties = parties, .party_count = party_count, .result = result, .fault = fault};
    const struct audit_party *switchboard = NULL;
    size_t switches = 0;
    result->count = 0;
    result->listed = 0;
    for (size_t i = 0; i < party_count; i++)
        if (parties[i].member.role == CLEARING_SWITCH) {
            switchboard = &parties[i];
            switches++;
        }
    if (switches != 1)
        return fault_set(fault, RESULT_INPUT, "expected one switch among the parties, got %zu",
                         switches);
    enum result done = run(&audit, switchboard);
    audit_streams_close(&audit);
    sorter_close(audit.purchases);
    check_reconciled(&audit, reconciled, reconciled_count);
    return done;
}
