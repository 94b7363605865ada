/* Figures of a settlement date, entry by entry. */
#include "clearing/summary.h"

#include <stdlib.h>
#include <string.h>

static const int64_t band_from[SUMMARY_BANDS] = {1, 100, 500, 1000, 2000, 5000, 10000, 20000};

int64_t summary_band_from(size_t band)
{
    return band_from[band];
}

enum result summary_open(struct summary *summary, uint32_t date, struct fault *fault)
{
    const size_t max = CLEARING_PARTIES_MAX;
    *summary = (struct summary){.date = date};
    summary->parties = calloc(max, sizeof *summary->parties);
    summary->flows = calloc(max * max, sizeof *summary->flows);
    summary->exceptions = calloc(SUMMARY_EXCEPTIONS_MAX, sizeof *summary->exceptions);
    summary->notices = calloc(SUMMARY_NOTICES_MAX, sizeof *summary->notices);
    if (summary->parties == NULL || summary->flows == NULL || summary->exceptions == NULL ||
        summary->notices == NULL)
        return fault_set(fault, RESULT_IO, "no memory for the figures of a date");
    return RESULT_OK;
}

void summary_close(struct summary *summary)
{
    free(summary->parties);
    free(summary->flows);
    free(summary->exceptions);
    free(summary->notices);
    *summary = (struct summary){0};
}

/* --- parties ---------------------------------------------------------------------------------- */

/* Where in `sorted` the institution stands, or would. */
static size_t rank_of(const struct summary *summary, uint64_t institution)
{
    size_t low = 0, high = summary->party_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (summary->parties[summary->sorted[middle]].institution < institution)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct summary_party *summary_find(const struct summary *summary, uint64_t institution)
{
    size_t rank = rank_of(summary, institution);
    if (rank == summary->party_count)
        return NULL;
    const struct summary_party *party = &summary->parties[summary->sorted[rank]];
    return party->institution == institution ? party : NULL;
}

static enum result find(struct summary *summary, uint64_t institution, struct summary_party **party,
                        struct fault *fault)
{
    size_t rank = rank_of(summary, institution);
    if (rank < summary->party_count) {
        *party = &summary->parties[summary->sorted[rank]];
        if ((*party)->institution == institution)
            return RESULT_OK;
    }
    if (summary->party_count == CLEARING_PARTIES_MAX)
        return fault_set(fault, RESULT_LIMIT, "more than %d parties", CLEARING_PARTIES_MAX);
    memmove(&summary->sorted[rank + 1], &summary->sorted[rank],
            (summary->party_count - rank) * sizeof summary->sorted[0]);
    summary->sorted[rank] = (uint16_t)summary->party_count;
    *party = &summary->parties[summary->party_count++];
    (*party)->institution = institution;
    return RESULT_OK;
}

enum result summary_add_party(struct summary *summary, uint64_t institution,
                              enum clearing_role role, const char *name, struct fault *fault)
{
    struct summary_party *party;
    TRY(find(summary, institution, &party, fault));
    party->is_issuer |= role == CLEARING_ISSUER;
    party->is_wallet |= role == CLEARING_WALLET;
    if (name != NULL)
        party->name = name;
    return RESULT_OK;
}

static enum result find_issuer(struct summary *summary, uint64_t institution,
                               struct summary_party **party, struct fault *fault)
{
    *party = NULL;
    if (institution == 0)
        return RESULT_OK;
    TRY(find(summary, institution, party, fault));
    (*party)->is_issuer = true;
    return RESULT_OK;
}

static enum result find_wallet(struct summary *summary, uint64_t institution,
                               struct summary_party **party, struct fault *fault)
{
    *party = NULL;
    if (institution == 0)
        return RESULT_OK;
    TRY(find(summary, institution, party, fault));
    (*party)->is_wallet = true;
    return RESULT_OK;
}

/* Who sent the request: its sender has been looked at when it came, but not what it may ask for, so
 * that this alone makes nobody a wallet. */
static enum result find_asker(struct summary *summary, const struct journal_entry *entry,
                              struct summary_party **party, struct fault *fault)
{
    uint64_t institution = entry->operation.forwarder.number;
    *party = NULL;
    return institution == 0 ? RESULT_OK : find(summary, institution, party, fault);
}

/* --- sums ------------------------------------------------------------------------------------- */

static enum result count(struct summary_tally *tally, int64_t amount_minor, struct fault *fault)
{
    tally->count++;
    if (!__builtin_add_overflow(tally->minor, amount_minor, &tally->minor))
        return RESULT_OK;
    return fault_set(fault, RESULT_LIMIT, "a sum of the report has over 18 digits");
}

static size_t band_of(int64_t amount_minor)
{
    size_t band = SUMMARY_BANDS - 1;
    while (band > 0 && amount_minor < band_from[band])
        band--;
    return band;
}

static size_t hour_of(int64_t wall_us)
{
    const int64_t hour_us = INT64_C(3600) * 1000000;
    int64_t hour = wall_us / hour_us % SUMMARY_HOURS;
    return (size_t)(hour < 0 ? hour + SUMMARY_HOURS : hour); /* a clock before 1970 */
}

static enum result count_paid(struct summary_figures *figures, const struct journal_entry *entry,
                              struct fault *fault)
{
    int64_t amount = entry->operation.amount_minor;
    TRY(count(&figures->paid, amount, fault));
    TRY(count(&figures->hours[hour_of(entry->wall_us)], amount, fault));
    return count(&figures->bands[band_of(amount)], amount, fault);
}

static enum result count_refusal(struct summary_figures *figures, const struct journal_entry *entry,
                                 struct fault *fault)
{
    enum operation_kind kind = entry->operation.kind;
    size_t at = 0;
    while (at < figures->refusal_count && figures->refusals[at].code < entry->code)
        at++;
    struct clearing_refusal *refusal = &figures->refusals[at];
    if (at == figures->refusal_count || refusal->code != entry->code) {
        if (figures->refusal_count == TOTALS_CODES_MAX)
            return fault_set(fault, RESULT_LIMIT, "more than %d response codes", TOTALS_CODES_MAX);
        memmove(refusal + 1, refusal, (figures->refusal_count - at) * sizeof *refusal);
        figures->refusal_count++;
        *refusal = (struct clearing_refusal){.code = entry->code};
    }
    figures->refused++;
    refusal->count++;
    refusal->freezes += kind == OPERATION_FREEZE;
    refusal->claims += kind == OPERATION_CLAIM;
    refusal->purchases += kind == OPERATION_PURCHASE;
    return RESULT_OK;
}

static void note_currency(struct summary *summary, const struct operation *operation)
{
    const size_t len = sizeof operation->currency;
    if (summary->currency[0] == '\0')
        memcpy(summary->currency, operation->currency, len);
    else
        summary->has_currencies |= memcmp(summary->currency, operation->currency, len) != 0;
}

/* --- shares ----------------------------------------------------------------------------------- */

/* Once for every party that has a part in it, whatever its parts. */
static enum result add_paid(struct summary *summary, const struct journal_entry *entry,
                            struct fault *fault)
{
    const struct operation *claim = &entry->operation;
    int64_t amount = claim->amount_minor;
    enum { DEBTOR, CREDITOR, CLAIMER, SENDER, PARTS };
    struct summary_party *parts[PARTS];
    note_currency(summary, claim);
    TRY(count_paid(&summary->all, entry, fault));
    TRY(find_issuer(summary, entry->sender_issuer, &parts[DEBTOR], fault));
    TRY(find_issuer(summary, entry->receiver_issuer, &parts[CREDITOR], fault));
    TRY(find_wallet(summary, claim->forwarder.number, &parts[CLAIMER], fault));
    TRY(find_wallet(summary, claim->reference.wallet, &parts[SENDER], fault));
    for (size_t i = 0; i < PARTS; i++) {
        bool is_new = parts[i] != NULL;
        for (size_t before = 0; before < i; before++)
            is_new = is_new && parts[before] != parts[i];
        if (is_new)
            TRY(count_paid(&parts[i]->figures, entry, fault));
    }
    if (parts[CLAIMER] != NULL)
        TRY(count(&parts[CLAIMER]->forwarded, amount, fault));
    if (parts[SENDER] != NULL)
        TRY(count(&parts[SENDER]->paid_out, amount, fault));
    if (parts[DEBTOR] != NULL)
        TRY(count(&parts[DEBTOR]->debits, amount, fault));
    if (parts[CREDITOR] != NULL)
        TRY(count(&parts[CREDITOR]->credits, amount, fault));
    if (parts[DEBTOR] == NULL || parts[CREDITOR] == NULL)
        return RESULT_OK;
    size_t debtor = (size_t)(parts[DEBTOR] - summary->parties);
    size_t creditor = (size_t)(parts[CREDITOR] - summary->parties);
    return count(&summary->flows[debtor * CLEARING_PARTIES_MAX + creditor], amount, fault);
}

const struct summary_tally *summary_flow(const struct summary *summary, size_t debtor,
                                         size_t creditor)
{
    return &summary->flows[debtor * CLEARING_PARTIES_MAX + creditor];
}

/* `issuer`: who gave the answer; 0: the switch itself. */
static enum result add_refusal(struct summary *summary, const struct journal_entry *entry,
                               uint64_t issuer, struct fault *fault)
{
    struct summary_party *asker, *answerer;
    TRY(count_refusal(&summary->all, entry, fault));
    TRY(find_asker(summary, entry, &asker, fault));
    TRY(find_issuer(summary, issuer, &answerer, fault));
    if (asker != NULL)
        TRY(count_refusal(&asker->figures, entry, fault));
    if (answerer != NULL && answerer != asker)
        TRY(count_refusal(&answerer->figures, entry, fault));
    return RESULT_OK;
}

static enum result add_claim(struct summary *summary, const struct journal_entry *entry,
                             struct fault *fault)
{
    struct summary_party *asker;
    summary->all.claims++;
    TRY(find_asker(summary, entry, &asker, fault));
    if (asker != NULL)
        asker->figures.claims++;
    return RESULT_OK;
}

/* Who did not carry out its leg; 0: the leg was never sent, because the switch could not, or it is
 * not known whether the issuer ever saw it. */
static uint64_t refuser_of(const struct journal_entry *entry)
{
    enum share_state from = (enum share_state)entry->from, to = (enum share_state)entry->to;
    bool is_silence =
        code_verdict(entry->code) != VERDICT_REFUSED || entry->code == CODE_PARTY_DOWN;
    if (is_silence)
        return 0;
    if (from == SHARE_RESERVED && to == SHARE_RELEASED)
        return entry->sender_issuer;
    return from == SHARE_CREDITING && to == SHARE_REVERSING ? entry->receiver_issuer : 0;
}

static enum result add_share(struct summary *summary, const struct journal_entry *entry,
                             struct fault *fault)
{
    enum share_state from = (enum share_state)entry->from, to = (enum share_state)entry->to;
    if (to == SHARE_RESERVED)
        return add_claim(summary, entry, fault);
    if (from == SHARE_CREDITING && (to == SHARE_CREDITED || to == SHARE_CREDIT_UNKNOWN))
        return add_paid(summary, entry, fault);
    bool was_open = from == SHARE_RESERVED || from == SHARE_DEBITED || from == SHARE_CREDITING;
    bool is_refused = to == SHARE_RELEASED || to == SHARE_DEBIT_UNKNOWN || to == SHARE_REVERSING;
    return was_open && is_refused ? add_refusal(summary, entry, refuser_of(entry), fault)
                                  : RESULT_OK;
}

/* --- purchases -------------------------------------------------------------------------------- */

/* Who refused it; 0: it could not be sent, or it is not known whether the issuer ever saw it. */
static uint64_t purchase_refuser(const struct journal_entry *entry)
{
    bool is_answer = entry->to == PURCHASE_REFUSED &&
                     code_verdict(entry->code) == VERDICT_REFUSED && entry->code != CODE_PARTY_DOWN;
    return is_answer ? entry->sender_issuer : 0;
}

static enum result add_purchase(struct summary *summary, const struct journal_entry *entry,
                                struct fault *fault)
{
    const struct operation *purchase = &entry->operation;
    int64_t amount = purchase->amount_minor;
    bool is_purchased = entry->to == PURCHASE_PURCHASED;
    struct summary_party *issuer, *acquirer;
    if (entry->from == PURCHASE_PURCHASING && !is_purchased)
        return code_verdict(entry->code) != VERDICT_APPROVED
                   ? add_refusal(summary, entry, purchase_refuser(entry), fault)
                   : RESULT_OK;
    if (!is_purchased && entry->from != PURCHASE_PURCHASED)
        return RESULT_OK;
    note_currency(summary, purchase);
    TRY(find_issuer(summary, entry->sender_issuer, &issuer, fault));
    TRY(find_wallet(summary, purchase->acquirer.number, &acquirer, fault));
    struct summary_figures *parts[] = {&summary->all, issuer != NULL ? &issuer->figures : NULL,
                                       acquirer != NULL && acquirer != issuer ? &acquirer->figures
                                                                              : NULL};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i] != NULL)
            TRY(count(is_purchased ? &parts[i]->purchased : &parts[i]->repaid, amount, fault));
    if (issuer == NULL || acquirer == NULL)
        return RESULT_OK;
    size_t debtor = (size_t)(issuer - summary->parties);
    size_t creditor = (size_t)(acquirer - summary->parties);
    struct summary_tally *flow = &summary->flows[debtor * CLEARING_PARTIES_MAX + creditor];
    TRY(count(flow, is_purchased ? amount : -amount, fault));
    flow->count -= is_purchased ? 0 : 2; /* the purchase itself came before it */
    return RESULT_OK;
}

/* --- freezes ---------------------------------------------------------------------------------- */

static struct summary_tally *tally_of(struct summary_figures *figures,
                                      const struct journal_entry *entry)
{
    enum freeze_state from = (enum freeze_state)entry->from, to = (enum freeze_state)entry->to;
    if (from == FREEZE_FREEZING && to == FREEZE_FROZEN)
        return &figures->frozen;
    if (from == FREEZE_CLOSING && to == FREEZE_CLOSING)
        return &figures->released;
    return from == FREEZE_FROZEN && to == FREEZE_REVERSING ? &figures->reversed : NULL;
}

static enum result add_freeze(struct summary *summary, const struct journal_entry *entry,
                              struct fault *fault)
{
    struct summary_party *issuer, *wallet;
    struct summary_tally *tally = tally_of(&summary->all, entry);
    bool is_reversal = tally == &summary->all.reversed;
    int64_t amount = is_reversal ? entry->operation.amount_minor : entry->moved_minor;
    if (tally == NULL) {
        bool is_refused =
            entry->from == FREEZE_FREEZING && entry->operation.kind == OPERATION_FREEZE;
        uint64_t refuser =
            code_verdict(entry->code) == VERDICT_REFUSED && entry->code != CODE_PARTY_DOWN
                ? entry->sender_issuer
                : 0;
        return is_refused ? add_refusal(summary, entry, refuser, fault) : RESULT_OK;
    }
    note_currency(summary, &entry->operation);
    TRY(find_issuer(summary, entry->sender_issuer, &issuer, fault));
    TRY(find_wallet(summary, entry->operation.reference.wallet, &wallet, fault));
    TRY(count(tally, amount, fault));
    if (issuer != NULL)
        TRY(count(tally_of(&issuer->figures, entry), amount, fault));
    if (wallet != NULL && wallet != issuer)
        TRY(count(tally_of(&wallet->figures, entry), amount, fault));
    return RESULT_OK;
}

enum result summary_add(struct summary *summary, const struct journal_entry *entry,
                        struct fault *fault)
{
    switch (entry->event) {
    case JOURNAL_SHARE:
        return add_share(summary, entry, fault);
    case JOURNAL_FREEZE:
        return add_freeze(summary, entry, fault);
    case JOURNAL_PURCHASE:
        return add_purchase(summary, entry, fault);
    case JOURNAL_REFUSED:
        if (entry->operation.kind == OPERATION_CLAIM)
            TRY(add_claim(summary, entry, fault));
        return add_refusal(summary, entry, 0, fault);
    case JOURNAL_CUT:
        summary->standing = (struct summary_tally){entry->count, entry->available_minor};
        return RESULT_OK;
    default:
        return RESULT_OK;
    }
}

enum result summary_add_packet(struct summary *summary, uint64_t issuer, uint64_t wallet,
                               int64_t open_minor, struct fault *fault)
{
    struct summary_party *parties[2];
    if (open_minor == 0)
        return RESULT_OK;
    TRY(count(&summary->all.open, open_minor, fault));
    TRY(find_issuer(summary, issuer, &parties[0], fault));
    TRY(find_wallet(summary, wallet, &parties[1], fault));
    for (size_t i = 0; i < 2; i++)
        if (parties[i] != NULL && (i == 0 || parties[1] != parties[0]))
            TRY(count(&parties[i]->figures.open, open_minor, fault));
    return RESULT_OK;
}

/* --- exceptions ------------------------------------------------------------------------------- */

int64_t summary_notice_above(const struct exception *notice)
{
    return notice->told_minor - notice->operation.amount_minor;
}

/* A wallet hears of no claims that come through others, so it names too much every day; too little
 * is its mistake alone. */
static bool goes_before(const struct exception *one, const struct exception *other)
{
    int64_t above = summary_notice_above(one), others = summary_notice_above(other);
    if ((above < 0) != (others < 0))
        return above < 0;
    return above < 0 ? above < others : above > others;
}

static void tell_notice(struct summary *summary, const struct summary_exception *notice)
{
    struct summary_exception *list = summary->notices;
    size_t at = summary->notice_count;
    while (at > 0 && goes_before(&notice->exception, &list[at - 1].exception))
        at--;
    if (at == SUMMARY_NOTICES_MAX)
        return;
    summary->notice_count += summary->notice_count < SUMMARY_NOTICES_MAX;
    memmove(&list[at + 1], &list[at], (summary->notice_count - at - 1) * sizeof list[0]);
    list[at] = *notice;
}

enum result summary_add_exception(struct summary *summary, const struct exception *exception,
                                  const uint64_t parties[4], struct fault *fault)
{
    enum operation_kind kind = exception->operation.kind;
    summary->all.exceptions[exception->status][kind]++;
    for (size_t i = 0; i < 4; i++) {
        struct summary_party *party;
        if (parties[i] == 0)
            continue;
        TRY(find(summary, parties[i], &party, fault));
        party->figures.exceptions[exception->status][kind]++;
    }
    struct summary_exception told = {.exception = *exception};
    memcpy(told.parties, parties, sizeof told.parties);
    if (exception->status == EXCEPTION_NOTED)
        tell_notice(summary, &told);
    else if (summary->exception_count < SUMMARY_EXCEPTIONS_MAX)
        summary->exceptions[summary->exception_count++] = told;
    return RESULT_OK;
}
