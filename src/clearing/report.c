/* The report: its opening, and what is about money between institutions. */
#include "clearing/report.h"

#include "base/currency.h"
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

static bool is_empty(const struct position *position)
{
    return position->debit_count + position->credit_count == 0 && position->fee_minor == 0;
}

/* The party's own, one after the other, of each currency in which it has done anything; an empty
 * one when there is none. `last` NULL: the first; NULL behind the last. */
static const struct position *next_position(const struct report_part *part,
                                            const struct position *last)
{
    static const struct position none = {.currency = {'0', '0', '0'}};
    const struct positions *positions = part->report->positions;
    size_t at = last == NULL || last == &none ? 0 : (size_t)(last - positions->list) + 1;
    while (at < positions->count && (positions->list[at].institution != part->party->institution ||
                                     is_empty(&positions->list[at])))
        at++;
    if (at < positions->count && last != &none)
        return &positions->list[at];
    return last == NULL ? &none : NULL;
}

/* --- the opening ------------------------------------------------------------------------------ */

/* " CNY" behind an amount of a page with several currencies, else nothing. */
static const char *behind_amount(const struct report_part *part, const char *number, char out[8])
{
    const struct currency *currency = currency_find(number);
    out[0] = '\0';
    if (part->report->summary->has_currencies)
        snprintf(out, 8, " %.3s", currency != NULL ? currency->letters : number);
    return out;
}

static void add_headline_in(const struct report_part *part, const char *number)
{
    const struct positions *positions = part->report->positions;
    char text[TEXT_SIZE], money[TEXT_MONEY_SIZE], currency[8];
    size_t paying = 0, receiving = 0;
    int64_t moved = 0;
    for (size_t i = 0; i < positions->count; i++) {
        const struct position *position = &positions->list[i];
        int64_t net = position_net(position);
        if (memcmp(position->currency, number, sizeof position->currency) != 0)
            continue;
        paying += net < 0;
        receiving += net > 0;
        moved += net > 0 ? net : 0;
    }
    behind_amount(part, number, currency);
    if (moved == 0)
        snprintf(text, sizeof text, "No money%s changes hands between institutions.", currency);
    else
        snprintf(text, sizeof text, "%zu %s, %zu %s: %s%s changes hands.", paying,
                 paying == 1 ? "institution pays" : "institutions pay", receiving,
                 receiving == 1 ? "receives" : "receive", text_money_format(moved, money),
                 currency);
    page_headline(part->page, text);
}

/* Of those with anything in them. */
static bool is_first_of_currency(const struct positions *positions, size_t at)
{
    const struct position *position = &positions->list[at];
    for (size_t i = 0; i < at; i++)
        if (!is_empty(&positions->list[i]) &&
            memcmp(positions->list[i].currency, position->currency, sizeof position->currency) == 0)
            return false;
    return !is_empty(position);
}

static void add_headlines_of_all(const struct report_part *part)
{
    const struct positions *positions = part->report->positions;
    bool is_told = false;
    for (size_t i = 0; i < positions->count; i++)
        if (is_first_of_currency(positions, i)) {
            add_headline_in(part, positions->list[i].currency);
            is_told = true;
        }
    if (!is_told)
        page_headline(part->page, "No money changes hands between institutions.");
}

static void add_headlines_of_party(const struct report_part *part)
{
    char text[TEXT_SIZE], money[TEXT_MONEY_SIZE], id[CLEARING_ID_SIZE], currency[8];
    const char *title = title_of(part->party, id);
    const struct position *position = NULL;
    while ((position = next_position(part, position)) != NULL) {
        int64_t net = position_net(position);
        behind_amount(part, position->currency, currency);
        if (is_empty(position))
            snprintf(text, sizeof text, "%s pays nothing and receives nothing: its net is 0.00.",
                     title);
        else if (net == 0)
            snprintf(text, sizeof text, "%s pays as much as it receives: its net is 0.00%s.", title,
                     currency);
        else
            snprintf(text, sizeof text, "%s %s %s%s.", title, net < 0 ? "pays" : "receives",
                     text_money_format(net < 0 ? -net : net, money), currency);
        page_headline(part->page, text);
    }
}

static void add_figure(struct page_figure figures[], size_t *count, const char *label,
                       const char *value, const char *note)
{
    figures[(*count)++] = (struct page_figure){label, value, note};
}

static void add_figures(const struct report_part *part)
{
    const struct summary_figures *figures = part->figures;
    const struct summary_tally *tallies[] = {&figures->frozen, &figures->paid, &figures->released,
                                             &figures->purchased, &figures->repaid};
    static const char *const labels[] = {"Packets frozen", "Shares paid", "Packets released",
                                         "Purchases", "Purchases given back"};
    enum { TALLIES = sizeof labels / sizeof labels[0], ALWAYS = 3, FIGURES = TALLIES + 3 };
    char values[FIGURES][PAGE_COUNT_SIZE], money[TALLIES][TEXT_MONEY_SIZE];
    char number[PAGE_COUNT_SIZE], besides[PAGE_COUNT_SIZE + 24];
    struct page_figure told[FIGURES];
    size_t count = 0;
    page_section(part->page, "The date in figures");
    for (size_t i = 0; i < TALLIES; i++)
        if (i < ALWAYS || tallies[i]->count > 0)
            add_figure(told, &count, labels[i], page_count_format(tallies[i]->count, values[count]),
                       text_money_format(tallies[i]->minor, money[i]));
    if (part->party == NULL || part->party->is_wallet) /* who asks */
        add_figure(told, &count, "Claims asked for",
                   page_count_format(figures->claims, values[count]), NULL);
    add_figure(told, &count, "Requests refused", page_count_format(figures->refused, values[count]),
               NULL);
    uint64_t notices = report_count_exceptions(figures, EXCEPTION_NOTED);
    snprintf(besides, sizeof besides, "and %s differing %s", page_count_format(notices, number),
             notices == 1 ? "notice" : "notices");
    add_figure(told, &count, "Exceptions",
               page_count_format(report_count_exceptions(figures, EXCEPTION_STATUSES) - notices,
                                 values[count]),
               notices > 0 ? besides : NULL);
    page_figures(part->page, told, count);
}

/* --- net positions ---------------------------------------------------------------------------- */

/* By currency, the largest payer first. */
static int compare_net(const void *left, const void *right)
{
    const struct position *const *a = left, *const *b = right;
    int order = memcmp((*a)->currency, (*b)->currency, sizeof(*a)->currency);
    if (order != 0)
        return order;
    int64_t one = position_net(*a), other = position_net(*b);
    if (one != other)
        return one < other ? -1 : 1;
    return (*a)->institution < (*b)->institution ? -1 : 1;
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
                    part->report->summary->all.purchased.count > 0
                        ? "Who owes whom: shares from customers of one to customers of the other, "
                          "and what they bought there, before fees"
                        : "Who owes whom: shares from customers of one to customers of the other, "
                          "before fees",
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

static void add_own_net(const struct report_part *part, const struct position *position)
{
    char pays[TEXT_MONEY_SIZE], gets[TEXT_MONEY_SIZE];
    char fees[TEXT_MONEY_SIZE], net[TEXT_MONEY_SIZE], currency[8];
    char debits[PAGE_COUNT_SIZE + 8], credits[PAGE_COUNT_SIZE + 8], number[PAGE_COUNT_SIZE];
    snprintf(debits, sizeof debits, "%s debits", page_count_format(position->debit_count, number));
    snprintf(credits, sizeof credits, "%s credits",
             page_count_format(position->credit_count, number));
    struct page_figure figures[4];
    size_t count = 0;
    add_figure(figures, &count, "Pays", text_money_format(position->debit_minor, pays), debits);
    add_figure(figures, &count, "Receives", text_money_format(position->credit_minor, gets),
               credits);
    if (position->fee_minor != 0)
        add_figure(figures, &count, "Fees", text_money_format(position->fee_minor, fees),
                   "received, less paid");
    add_figure(figures, &count, "Net", text_money_format(position_net(position), net),
               "as in the position file");
    if (part->report->summary->has_currencies && !is_empty(position))
        page_paragraph(part->page, behind_amount(part, position->currency, currency) + 1);
    page_figures(part->page, figures, count);
}

static void add_own_nets(const struct report_part *part)
{
    const struct position *position = NULL;
    while ((position = next_position(part, position)) != NULL)
        add_own_net(part, position);
}

static void add_money(const struct report_part *part)
{
    const struct summary *summary = part->report->summary;
    bool is_holder =
        part->party == NULL || part->party->is_issuer || part->figures->purchased.count > 0;
    page_section(part->page, part->party == NULL ? "Who owes whom" : "Settlement");
    if (summary->has_currencies)
        page_paragraph(part->page,
                       "The date has more than one currency. Net positions keep them apart; "
                       "the other sums of this page mix them.");
    if (part->party != NULL)
        add_own_nets(part);
    else if (summary->all.paid.count + summary->all.purchased.count == 0)
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
        add_headlines_of_all(&part);
    else
        add_headlines_of_party(&part);
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
