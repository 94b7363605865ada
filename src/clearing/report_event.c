/* The report's parts about packets, shares and requests. */
#include "base/date.h"
#include "base/text.h"
#include "clearing/report_part.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TERM_SIZE = 128, TEXT_SIZE = 512, NOTICES_TOLD = 10 };

void report_hours(const struct report_part *part)
{
    struct page_tick ticks[SUMMARY_HOURS];
    page_section(part->page, "Hour by hour");
    if (part->figures->paid.count == 0) {
        page_paragraph(part->page, "No share was paid.");
        return;
    }
    for (size_t hour = 0; hour < SUMMARY_HOURS; hour++) {
        const struct summary_tally *tally = &part->figures->hours[hour];
        ticks[hour] = (struct page_tick){.value = tally->count, .minor = tally->minor};
        snprintf(ticks[hour].label, sizeof ticks[hour].label, "%02zu", hour);
    }
    page_ticks(part->page, "Shares paid, by hour of the day (UTC, the switch's clock)",
               "Hour of the day, UTC", ticks, SUMMARY_HOURS);
}

/* --- packets ---------------------------------------------------------------------------------- */

static void add_packets(struct page *page, const char *what, const char *count, int64_t minor)
{
    page_cell(page, what);
    page_cell(page, count);
    page_cell_money(page, minor);
}

void report_packets(const struct report_part *part)
{
    static const struct page_column columns[] = {
        {"What", PAGE_LEFT}, {"Packets", PAGE_RIGHT}, {"Amount", PAGE_RIGHT}};
    const struct summary_figures *figures = part->figures;
    const struct summary_party *party = part->party;
    struct page *page = part->page;
    char count[PAGE_COUNT_SIZE];
    /* Shares of its own packets: a wallet also claims for others, an issuer also gets. */
    int64_t paid = party == NULL      ? figures->paid.minor
                   : party->is_wallet ? party->paid_out.minor
                                      : party->debits.minor;
    const struct summary_tally *standing = &part->report->summary->standing;
    page_section(page, "Packets");
    page_table_open(page, "What was frozen, and what became of frozen money", columns, 3);
    add_packets(page, "Frozen", page_count_format(figures->frozen.count, count),
                figures->frozen.minor);
    add_packets(page, "Shares paid out of packets", "", -paid);
    add_packets(page, "Closed, what was left released",
                page_count_format(figures->released.count, count), -figures->released.minor);
    add_packets(page, "Given up by their wallet", page_count_format(figures->reversed.count, count),
                -figures->reversed.minor);
    add_packets(page, "Still open, of those that the date has touched",
                page_count_format(figures->open.count, count), figures->open.minor);
    if (party == NULL && !part->report->is_provisional) /* the mark says it */
        add_packets(page, "Still open when the date was cut, of whatever date",
                    page_count_format(standing->count, count), standing->minor);
    page_table_close(page);
}

/* --- refusals --------------------------------------------------------------------------------- */

void report_refusals(const struct report_part *part)
{
    static const struct page_column columns[] = {
        {"Code", PAGE_LEFT},     {"In words", PAGE_LEFT}, {"Requests", PAGE_RIGHT},
        {"Freezes", PAGE_RIGHT}, {"Claims", PAGE_RIGHT},  {"Purchases", PAGE_RIGHT},
        {"Others", PAGE_RIGHT},  {"", PAGE_BAR}};
    const struct summary_figures *figures = part->figures;
    struct page *page = part->page;
    page_section(page, "Refusals");
    if (figures->refusal_count == 0) {
        page_paragraph(page, "Nothing was refused.");
        return;
    }
    if (part->party != NULL)
        page_paragraph(page, "Requests of this institution's that were refused, by whomever, and "
                             "requests that it refused itself.");
    page_table_open(page, "Requests that were refused, by response code (DE 39)", columns, 8);
    for (size_t i = 0; i < figures->refusal_count; i++) {
        const struct clearing_refusal *refusal = &figures->refusals[i];
        char code[3];
        code_format(refusal->code, code);
        page_cell(page, code);
        page_cell(page, code_meaning(refusal->code));
        page_cell_count(page, refusal->count);
        page_cell_count(page, refusal->freezes);
        page_cell_count(page, refusal->claims);
        page_cell_count(page, refusal->purchases);
        page_cell_count(page,
                        refusal->count - refusal->freezes - refusal->claims - refusal->purchases);
        page_cell_bar(page, (int64_t)refusal->count);
    }
    page_table_close(page);
}

/* --- exceptions ------------------------------------------------------------------------------- */

static void add_reasons(const struct report_part *part)
{
    char code[EXCEPTION_CODE_LEN + 1], term[TERM_SIZE], text[TEXT_SIZE], number[PAGE_COUNT_SIZE];
    page_terms_open(part->page);
    for (unsigned status = 0; status < EXCEPTION_STATUSES; status++)
        for (unsigned kind = 0; kind < OPERATION_KINDS; kind++) {
            uint64_t count = part->figures->exceptions[status][kind];
            if (count == 0)
                continue;
            struct exception_meaning meaning =
                exception_meaning((enum exception_status)status, (enum operation_kind)kind);
            exception_code((enum exception_status)status, (enum operation_kind)kind, code);
            snprintf(term, sizeof term, "%s (%s): %s", code,
                     operation_name((enum operation_kind)kind), page_count_format(count, number));
            snprintf(text, sizeof text, "%c%s. What to do: %s.", meaning.what[0] - 'a' + 'A',
                     meaning.what + 1, meaning.todo);
            page_term(part->page, term, text);
        }
    page_terms_close(part->page);
}

static bool concerns(const struct summary_exception *told, const struct summary_party *party)
{
    for (size_t i = 0; i < 4 && party != NULL; i++)
        if (told->parties[i] == party->institution)
            return true;
    return party == NULL;
}

/* The packet; of a purchase what it is closed by: DE 7, 11 and 32. */
static void format_packet(const struct operation *operation, char text[TERM_SIZE])
{
    if (operation_is_of_purchase(operation->kind)) {
        snprintf(text, TERM_SIZE, "%010" PRIu64 "-%06u-%" PRIu64, operation->transmission,
                 operation->stan, operation->acquirer.number);
        return;
    }
    snprintf(text, TERM_SIZE, "%011" PRIu64 " %08u-%" PRIu64, operation->reference.wallet,
             operation->reference.date, operation->reference.sequence);
}

static void format_since(const struct exception *exception, char text[TERM_SIZE])
{
    char since[DATE_ISO_SIZE];
    date_iso_format(exception->since_us, since);
    snprintf(text, TERM_SIZE, "%.10s %.8s", since, since + 11);
}

static void add_exception(struct page *page, const struct exception *exception)
{
    const struct operation *operation = &exception->operation;
    char code[EXCEPTION_CODE_LEN + 1], text[TERM_SIZE];
    exception_code(exception->status, operation->kind, code);
    page_cell(page, code);
    format_packet(operation, text);
    page_cell(page, text);
    snprintf(text, sizeof text, "%u", operation->reference.share);
    page_cell(page, operation->reference.share != 0 ? text : "");
    page_cell_money(page, operation->amount_minor);
    page_cell_bytes(page, bytes_of(operation->rrn, sizeof operation->rrn));
    page_cell_bytes(page, bytes_of(operation->merchant, sizeof operation->merchant));
    format_since(exception, text);
    page_cell(page, text);
}

uint64_t report_count_exceptions(const struct summary_figures *figures, enum exception_status of)
{
    uint64_t count = 0;
    for (unsigned status = 0; status < EXCEPTION_STATUSES; status++)
        for (unsigned kind = 0; kind < OPERATION_KINDS; kind++)
            if (of == EXCEPTION_STATUSES || of == status)
                count += figures->exceptions[status][kind];
    return count;
}

static uint64_t concerned(const struct summary_exception *list, size_t count,
                          const struct summary_party *party)
{
    uint64_t all = 0;
    for (size_t i = 0; i < count; i++)
        all += concerns(&list[i], party);
    return all;
}

static void format_caption(const char *what, uint64_t all, uint64_t told, char caption[TERM_SIZE])
{
    char number[PAGE_COUNT_SIZE];
    if (told < all)
        snprintf(caption, TERM_SIZE, "%s; %s more %s in the exceptions file", what,
                 page_count_format(all - told, number), all - told == 1 ? "is" : "are");
    else
        snprintf(caption, TERM_SIZE, "%s", what);
}

static void add_one_by_one(const struct report_part *part)
{
    static const struct page_column columns[] = {
        {"Reason", PAGE_LEFT},      {"Packet, or purchase", PAGE_LEFT},
        {"Share", PAGE_RIGHT},      {"Amount", PAGE_RIGHT},
        {"RRN (DE 37)", PAGE_LEFT}, {"Merchant (DE 42)", PAGE_LEFT},
        {"Since (UTC)", PAGE_LEFT}};
    const struct summary *summary = part->report->summary;
    char caption[TERM_SIZE];
    uint64_t all = report_count_exceptions(part->figures, EXCEPTION_STATUSES) -
                   report_count_exceptions(part->figures, EXCEPTION_NOTED);
    format_caption("One by one", all,
                   concerned(summary->exceptions, summary->exception_count, part->party), caption);
    page_table_open(part->page, caption, columns, 7);
    for (size_t i = 0; i < summary->exception_count; i++)
        if (concerns(&summary->exceptions[i], part->party))
            add_exception(part->page, &summary->exceptions[i].exception);
    page_table_close(part->page);
}

static void add_notice(struct page *page, const struct exception *notice)
{
    const struct operation *operation = &notice->operation;
    char text[TERM_SIZE];
    format_packet(operation, text);
    page_cell(page, text);
    page_cell_money(page, notice->told_minor);
    page_cell_money(page, operation->amount_minor);
    page_cell_money(page, summary_notice_above(notice));
    page_cell_bytes(page, bytes_of(operation->rrn, sizeof operation->rrn));
    format_since(notice, text);
    page_cell(page, text);
}

/* There may be one for every packet, and hardly ever is one of interest: the first few. */
static void add_notices(const struct report_part *part)
{
    static const struct page_column columns[] = {
        {"Packet", PAGE_LEFT},      {"Notice named", PAGE_RIGHT}, {"Was left", PAGE_RIGHT},
        {"Difference", PAGE_RIGHT}, {"RRN (DE 37)", PAGE_LEFT},   {"Since (UTC)", PAGE_LEFT}};
    const struct summary *summary = part->report->summary;
    uint64_t all = report_count_exceptions(part->figures, EXCEPTION_NOTED);
    uint64_t kept = concerned(summary->notices, summary->notice_count, part->party);
    char caption[TERM_SIZE];
    format_caption("Differing notices: those that named too little, then the farthest off", all,
                   kept < NOTICES_TOLD ? kept : NOTICES_TOLD, caption);
    page_table_open(part->page, caption, columns, 6);
    for (size_t i = 0, told = 0; i < summary->notice_count && told < NOTICES_TOLD; i++)
        if (concerns(&summary->notices[i], part->party)) {
            add_notice(part->page, &summary->notices[i].exception);
            told++;
        }
    page_table_close(part->page);
}

void report_exceptions(const struct report_part *part)
{
    page_section(part->page, "Exceptions");
    if (report_count_exceptions(part->figures, EXCEPTION_STATUSES) == 0) {
        page_paragraph(part->page, "None: everything was certain when the date was cut.");
        return;
    }
    add_reasons(part);
    add_one_by_one(part);
    add_notices(part);
}

/* --- amounts ---------------------------------------------------------------------------------- */

void report_amounts(const struct report_part *part)
{
    static const struct page_column columns[] = {{"Amount of the share", PAGE_LEFT},
                                                 {"Shares", PAGE_RIGHT},
                                                 {"Together", PAGE_RIGHT},
                                                 {"", PAGE_BAR}};
    struct page *page = part->page;
    if (part->figures->paid.count == 0)
        return;
    page_section(page, "Shares by amount");
    page_table_open(page, "How large the shares were", columns, 4);
    for (size_t band = 0; band < SUMMARY_BANDS; band++) {
        const struct summary_tally *tally = &part->figures->bands[band];
        char from[TEXT_MONEY_SIZE], to[TEXT_MONEY_SIZE], text[2 * TEXT_MONEY_SIZE + 8];
        text_money_format(summary_band_from(band), from);
        if (band + 1 < SUMMARY_BANDS)
            snprintf(text, sizeof text, "%s to %s", from,
                     text_money_format(summary_band_from(band + 1) - 1, to));
        else
            snprintf(text, sizeof text, "%s and more", from);
        page_cell(page, text);
        page_cell_count(page, tally->count);
        page_cell_money(page, tally->minor);
        page_cell_bar(page, (int64_t)tally->count);
    }
    page_table_close(page);
}
