/* The report: its opening, and what is about money between institutions. */
#include "clearing/report.h"

#include "base/text.h"
#include "clearing/report_part.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAIRS_MAX = 60, /* of debtor and creditor that are told one by one: a page of paper */
    TOP_MAX = 10,
    TEXT_SIZE = 256,
};

static const char *name_of(const struct summary_party *party)
{
    return party->name != NULL ? party->name : "";
}

/* The name, else the number. */
static const char *title_of(const struct summary_party *party, char id[CLEARING_ID_SIZE])
{
    return party->name != NULL ? party->name : clearing_id_format(party->institution, id);
}

static void cell_party(struct page *page, const struct summary_party *party)
{
    char id[CLEARING_ID_SIZE];
    page_cell(page, clearing_id_format(party->institution, id));
    page_cell(page, name_of(party));
}

/* NULL when it has none. */
static const struct position *position_of(const struct report_part *part, uint64_t institution)
{
    const struct positions *positions = part->report->positions;
    size_t at = 0;
    while (at < positions->count && positions->list[at].institution != institution)
        at++;
    return at < positions->count ? &positions->list[at] : NULL;
}

static int64_t net_of(const struct report_part *part, uint64_t institution)
{
    const struct position *position = position_of(part, institution);
    return position != NULL ? position_net(position) : 0;
}

/* --- the opening ------------------------------------------------------------------------------ */

static void add_headline_of_all(const struct report_part *part)
{
    const struct positions *positions = part->report->positions;
    char text[TEXT_SIZE], money[TEXT_MONEY_SIZE];
    size_t paying = 0, receiving = 0;
    int64_t moved = 0;
    for (size_t i = 0; i < positions->count; i++) {
        int64_t net = position_net(&positions->list[i]);
        paying += net < 0;
        receiving += net > 0;
        moved += net > 0 ? net : 0;
    }
    snprintf(text, sizeof text, "%zu %s, %zu %s: %s changes hands.", paying,
             paying == 1 ? "institution pays" : "institutions pay", receiving,
             receiving == 1 ? "receives" : "receive", text_money_format(moved, money));
    page_headline(part->page, moved == 0 ? "No money changes hands between institutions." : text);
}

static void add_headline_of_party(const struct report_part *part)
{
    int64_t net = net_of(part, part->party->institution);
    char text[TEXT_SIZE], money[TEXT_MONEY_SIZE], id[CLEARING_ID_SIZE];
    const char *title = title_of(part->party, id);
    if (net == 0)
        snprintf(text, sizeof text, "%s pays nothing and receives nothing: its net is 0.00.",
                 title);
    else
        snprintf(text, sizeof text, "%s %s %s.", title, net < 0 ? "pays" : "receives",
                 text_money_format(net < 0 ? -net : net, money));
    page_headline(part->page, text);
}

static uint64_t exceptions_of(const struct summary_figures *figures)
{
    uint64_t all = 0;
    for (unsigned status = 0; status < EXCEPTION_STATUSES; status++)
        for (unsigned kind = 0; kind < OPERATION_KINDS; kind++)
            all += figures->exceptions[status][kind];
    return all;
}

static void add_figure(struct page_figure figures[], size_t *count, const char *label,
                       const char *value, const char *note)
{
    figures[(*count)++] = (struct page_figure){label, value, note};
}

static void add_figures(const struct report_part *part)
{
    const struct summary_figures *figures = part->figures;
    const struct summary_tally *tallies[] = {&figures->frozen, &figures->paid, &figures->released};
    static const char *const labels[] = {"Packets frozen", "Shares paid", "Packets released"};
    enum { TALLIES = sizeof labels / sizeof labels[0], FIGURES = TALLIES + 3 };
    char values[FIGURES][PAGE_COUNT_SIZE], money[TALLIES][TEXT_MONEY_SIZE];
    struct page_figure told[FIGURES];
    size_t count = 0;
    page_section(part->page, "The date in figures");
    for (size_t i = 0; i < TALLIES; i++)
        add_figure(told, &count, labels[i], page_count_format(tallies[i]->count, values[i]),
                   text_money_format(tallies[i]->minor, money[i]));
    if (part->party == NULL || part->party->is_wallet) /* who asks */
        add_figure(told, &count, "Claims asked for",
                   page_count_format(figures->claims, values[count]), NULL);
    add_figure(told, &count, "Requests refused", page_count_format(figures->refused, values[count]),
               NULL);
    add_figure(told, &count, "Exceptions", page_count_format(exceptions_of(figures), values[count]),
               NULL);
    page_figures(part->page, told, count);
}

/* --- net positions ---------------------------------------------------------------------------- */

/* The largest payer first. */
static int compare_net(const void *left, const void *right)
{
    const struct position *const *a = left, *const *b = right;
    int64_t one = position_net(*a), other = position_net(*b);
    if (one != other)
        return one < other ? -1 : 1;
    return (*a)->institution < (*b)->institution ? -1 : 1;
}

static bool is_empty(const struct position *position)
{
    return position->debit_count + position->credit_count == 0 && position->fee_minor == 0;
}

static void add_net(const struct report_part *part, const struct position *position, bool has_fees)
{
    const struct summary_party *party = summary_find(part->report->summary, position->institution);
    const struct summary_party unknown = {.institution = position->institution};
    struct page *page = part->page;
    cell_party(page, party != NULL ? party : &unknown);
    if (part->report->summary->has_currencies)
        page_cell_bytes(page, bytes_of(position->currency, sizeof position->currency));
    page_cell_money(page, position->debit_minor);
    page_cell_money(page, position->credit_minor);
    if (has_fees)
        page_cell_money(page, position->fee_minor);
    page_cell_money(page, position_net(position));
    page_cell_bar(page, position_net(position));
}

static void add_nets(const struct report_part *part)
{
    struct page_column columns[PAGE_COLUMNS_MAX] = {{"Institution", PAGE_LEFT},
                                                    {"Name", PAGE_LEFT}};
    const struct positions *positions = part->report->positions;
    const struct position *sorted[POSITIONS_MAX];
    size_t count = 0, column = 2;
    bool has_fees = false;
    for (size_t i = 0; i < positions->count; i++) {
        has_fees |= positions->list[i].fee_minor != 0;
        if (!is_empty(&positions->list[i]))
            sorted[count++] = &positions->list[i];
    }
    if (part->report->summary->has_currencies)
        columns[column++] = (struct page_column){"Currency", PAGE_LEFT};
    columns[column++] = (struct page_column){"Pays", PAGE_RIGHT};
    columns[column++] = (struct page_column){"Receives", PAGE_RIGHT};
    if (has_fees)
        columns[column++] = (struct page_column){"Fees", PAGE_RIGHT};
    columns[column++] = (struct page_column){"Net", PAGE_RIGHT};
    columns[column++] = (struct page_column){"", PAGE_BAR};
    qsort(sorted, count, sizeof sorted[0], compare_net);
    page_table_open(part->page, "Net positions: below zero it pays, above zero it receives",
                    columns, column);
    for (size_t i = 0; i < count; i++)
        add_net(part, sorted[i], has_fees);
    page_table_close(part->page);
}

/* --- debtor and creditor ---------------------------------------------------------------------- */

/* Two issuers, the one that owes first. */
struct pair {
    size_t debtor, creditor; /* places in the summary */
    int64_t there_minor, back_minor;
};

struct pairs {
    struct pair list[PAIRS_MAX]; /* what is owed most first */
    size_t count;
    uint64_t others;
    int64_t others_minor; /* owed within those */
};

static int64_t owed(const struct pair *pair)
{
    return pair->there_minor - pair->back_minor;
}

static void add_pair(struct pairs *pairs, const struct summary *summary, size_t one, size_t other)
{
    const struct summary_tally *there = summary_flow(summary, one, other);
    const struct summary_tally *back = summary_flow(summary, other, one);
    struct pair pair = {one, other, there->minor, back->minor};
    if (there->count + back->count == 0)
        return;
    if (owed(&pair) < 0)
        pair = (struct pair){other, one, back->minor, there->minor};
    size_t at = pairs->count;
    while (at > 0 && owed(&pairs->list[at - 1]) < owed(&pair))
        at--;
    if (pairs->count == PAIRS_MAX) {
        pairs->others++;
        pairs->others_minor += owed(at == PAIRS_MAX ? &pair : &pairs->list[PAIRS_MAX - 1]);
        if (at == PAIRS_MAX)
            return;
        pairs->count--;
    }
    memmove(&pairs->list[at + 1], &pairs->list[at], (pairs->count - at) * sizeof pair);
    pairs->list[at] = pair;
    pairs->count++;
}

/* In the order of the institutions' numbers, so that it does not depend on who came first. */
static void find_pairs(const struct report_part *part, struct pairs *pairs)
{
    const struct summary *summary = part->report->summary;
    *pairs = (struct pairs){.count = 0};
    for (size_t i = 0; i < summary->party_count; i++)
        for (size_t k = i + 1; k < summary->party_count; k++) {
            size_t one = summary->sorted[i], other = summary->sorted[k];
            if (part->party == NULL || part->party == &summary->parties[one] ||
                part->party == &summary->parties[other])
                add_pair(pairs, summary, one, other);
        }
}

static void cell_title(struct page *page, const struct summary_party *party)
{
    char id[CLEARING_ID_SIZE];
    page_cell(page, title_of(party, id));
}

static void add_flows(const struct report_part *part)
{
    static const struct page_column columns[] = {
        {"Debtor", PAGE_LEFT},     {"Creditor", PAGE_LEFT}, {"Customers sent", PAGE_RIGHT},
        {"Sent back", PAGE_RIGHT}, {"Owes", PAGE_RIGHT},    {"", PAGE_BAR}};
    const struct summary *summary = part->report->summary;
    struct pairs pairs;
    char text[TEXT_SIZE], number[PAGE_COUNT_SIZE], money[TEXT_MONEY_SIZE];
    find_pairs(part, &pairs);
    page_table_open(part->page,
                    "Who owes whom: shares from customers of one to customers of "
                    "the other, before fees",
                    columns, 6);
    for (size_t i = 0; i < pairs.count; i++) {
        const struct pair *pair = &pairs.list[i];
        cell_title(part->page, &summary->parties[pair->debtor]);
        cell_title(part->page, &summary->parties[pair->creditor]);
        page_cell_money(part->page, pair->there_minor);
        page_cell_money(part->page, pair->back_minor);
        page_cell_money(part->page, owed(pair));
        page_cell_bar(part->page, owed(pair));
    }
    page_table_close(part->page);
    if (pairs.others > 0) {
        snprintf(text, sizeof text, "And %s more pairs, who owe each other %s.",
                 page_count_format(pairs.others, number),
                 text_money_format(pairs.others_minor, money));
        page_paragraph(part->page, text);
    }
}

/* Shares within one institution move no money between any. */
static void add_within(const struct report_part *part)
{
    const struct summary *summary = part->report->summary;
    char text[TEXT_SIZE], number[PAGE_COUNT_SIZE], money[TEXT_MONEY_SIZE];
    struct summary_tally within = {0};
    for (size_t i = 0; i < summary->party_count; i++)
        if (part->party == NULL || part->party == &summary->parties[i]) {
            within.count += summary_flow(summary, i, i)->count;
            within.minor += summary_flow(summary, i, i)->minor;
        }
    if (within.count == 0)
        return;
    snprintf(text, sizeof text,
             "%s %s of %s stayed within one institution, where sender and receiver both bank.",
             page_count_format(within.count, number), within.count == 1 ? "share" : "shares",
             text_money_format(within.minor, money));
    page_paragraph(part->page, text);
}

static void add_own_net(const struct report_part *part)
{
    const struct summary_party *party = part->party;
    const struct position *position = position_of(part, party->institution);
    char pays[TEXT_MONEY_SIZE], gets[TEXT_MONEY_SIZE];
    char fees[TEXT_MONEY_SIZE], net[TEXT_MONEY_SIZE];
    char debits[PAGE_COUNT_SIZE + 8], credits[PAGE_COUNT_SIZE + 8], number[PAGE_COUNT_SIZE];
    struct position none = {.institution = party->institution};
    position = position != NULL ? position : &none;
    snprintf(debits, sizeof debits, "%s debits", page_count_format(position->debit_count, number));
    snprintf(credits, sizeof credits, "%s credits",
             page_count_format(position->credit_count, number));
    struct page_figure figures[] = {
        {"Pays", text_money_format(position->debit_minor, pays), debits},
        {"Receives", text_money_format(position->credit_minor, gets), credits},
        {"Fees", text_money_format(position->fee_minor, fees), "received, less paid"},
        {"Net", text_money_format(position_net(position), net), "as in the position file"},
    };
    page_figures(part->page, figures, sizeof figures / sizeof figures[0]);
}

static void add_money(const struct report_part *part)
{
    const struct summary *summary = part->report->summary;
    bool is_holder = part->party == NULL || part->party->is_issuer;
    page_section(part->page, part->party == NULL ? "Who owes whom" : "Settlement");
    if (summary->has_currencies)
        page_paragraph(part->page, "The date has more than one currency, and the sums of this "
                                   "page mix them; the position file keeps them apart.");
    if (part->party != NULL)
        add_own_net(part);
    else if (summary->all.paid.count == 0)
        page_paragraph(part->page, "No share was paid.");
    else
        add_nets(part);
    if (!is_holder)
        return;
    add_flows(part);
    add_within(part);
}

/* --- top institutions ------------------------------------------------------------------------- */

static int64_t weight_of(const struct summary_party *party, bool is_issuer)
{
    return is_issuer ? party->debits.minor + party->credits.minor
                     : party->paid_out.minor + party->forwarded.minor;
}

/* The heaviest first, of the same weight by number. */
static size_t find_top(const struct summary *summary, bool is_issuer,
                       const struct summary_party *top[TOP_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < summary->party_count; i++) {
        const struct summary_party *party = &summary->parties[summary->sorted[i]];
        int64_t weight = weight_of(party, is_issuer);
        size_t at = count;
        if (weight == 0)
            continue;
        while (at > 0 && weight_of(top[at - 1], is_issuer) < weight)
            at--;
        if (at == TOP_MAX)
            continue;
        count += count < TOP_MAX;
        memmove(&top[at + 1], &top[at], (count - at - 1) * sizeof top[0]);
        top[at] = party;
    }
    return count;
}

static void add_top(const struct report_part *part)
{
    static const struct page_column issuer_columns[] = {
        {"Institution", PAGE_LEFT}, {"Name", PAGE_LEFT},      {"Debits", PAGE_RIGHT},
        {"Credits", PAGE_RIGHT},    {"Turnover", PAGE_RIGHT}, {"", PAGE_BAR}};
    static const struct page_column wallet_columns[] = {{"Institution", PAGE_LEFT},
                                                        {"Name", PAGE_LEFT},
                                                        {"Packets", PAGE_RIGHT},
                                                        {"Paid out of them", PAGE_RIGHT},
                                                        {"Claims paid", PAGE_RIGHT},
                                                        {"Claimed", PAGE_RIGHT},
                                                        {"", PAGE_BAR}};
    const struct summary_party *top[TOP_MAX];
    struct page *page = part->page;
    if (part->party != NULL || part->figures->paid.count == 0)
        return;
    page_section(page, "Top institutions");
    page_table_open(page, "Issuers, by what their customers sent and received", issuer_columns, 6);
    size_t count = find_top(part->report->summary, true, top);
    for (size_t i = 0; i < count; i++) {
        cell_party(page, top[i]);
        page_cell_count(page, top[i]->debits.count);
        page_cell_count(page, top[i]->credits.count);
        page_cell_money(page, weight_of(top[i], true));
        page_cell_bar(page, weight_of(top[i], true));
    }
    page_table_close(page);
    page_table_open(page, "Wallets, by shares of their packets and shares that they claimed",
                    wallet_columns, 7);
    count = find_top(part->report->summary, false, top);
    for (size_t i = 0; i < count; i++) {
        cell_party(page, top[i]);
        page_cell_count(page, top[i]->figures.frozen.count);
        page_cell_money(page, top[i]->paid_out.minor);
        page_cell_count(page, top[i]->forwarded.count);
        page_cell_money(page, top[i]->forwarded.minor);
        page_cell_bar(page, weight_of(top[i], false));
    }
    page_table_close(page);
}

/* --- all of it -------------------------------------------------------------------------------- */

static void format_subtitle(const struct report *report, const struct summary_party *party,
                            char text[TEXT_SIZE])
{
    const struct summary *summary = report->summary;
    char id[CLEARING_ID_SIZE], of[TEXT_SIZE / 2] = "all institutions", currency[16] = "";
    if (party != NULL && party->name != NULL)
        snprintf(of, sizeof of, "%s (%s)", party->name, clearing_id_format(party->institution, id));
    else if (party != NULL)
        clearing_id_format(party->institution, of);
    if (summary->currency[0] != '\0')
        snprintf(currency, sizeof currency, ", currency %s",
                 strcmp(summary->currency, "156") == 0 ? "CNY" : summary->currency);
    snprintf(text, TEXT_SIZE, "%s%s%s%s", report->network != NULL ? report->network : "",
             report->network != NULL ? ", for " : "For ", of, currency);
}

enum result report_write(const struct report *report, const struct summary_party *party,
                         enum page_form form, struct strbuf *out, struct fault *fault)
{
    char title[TEXT_SIZE], subtitle[TEXT_SIZE];
    uint32_t date = report->summary->date;
    snprintf(title, sizeof title, "%s of %04u-%02u-%02u",
             report->is_provisional ? "Provisional settlement" : "Settlement", date / 10000,
             date / 100 % 100, date % 100);
    format_subtitle(report, party, subtitle);
    struct report_part part = {
        .report = report,
        .party = party,
        .figures = party == NULL ? &report->summary->all : &party->figures,
        .page = page_open(form, out, title, subtitle),
    };
    if (part.page == NULL)
        return fault_set(fault, RESULT_IO, "no memory for a report");
    if (report->is_provisional)
        page_headline(part.page, "Provisional: the date has not been cut, and more may come. "
                                 "Nobody settles by this.");
    if (party == NULL)
        add_headline_of_all(&part);
    else
        add_headline_of_party(&part);
    add_figures(&part);
    add_money(&part);
    report_hours(&part);
    add_top(&part);
    report_packets(&part);
    report_refusals(&part);
    report_exceptions(&part);
    report_amounts(&part);
    page_close(part.page, "From the switch's log: what was recorded under this settlement date up "
                          "to the mark that cut it. The same log gives the same page. The files "
                          "beside this one, and their digests, are listed in manifest.json.");
    return out->bad ? fault_set(fault, RESULT_LIMIT, "a report is over %d bytes", PAGE_LEN_MAX)
                    : RESULT_OK;
}
