/* The totals of a settlement date: reading and telling. */
#include "totals_report.h"

#include "clearing/member.h"

#include <string.h>

struct adding {
    struct totals_report *report;
    bool is_full;
};

static bool add(void *context, uint32_t date, uint64_t member, const struct totals_book *book)
{
    struct adding *adding = context;
    struct totals_report *report = adding->report;
    (void)date;
    adding->is_full = report->count == TOTALS_REPORT_MAX;
    if (adding->is_full)
        return false;
    report->bad += !told_totals_are_good(book);
    report->list[report->count].member = member;
    report->list[report->count++].book = *book;
    return true;
}

static bool has(const struct totals_report *report, uint64_t member)
{
    for (size_t i = 0; i < report->count; i++)
        if (report->list[i].member == member)
            return true;
    return false;
}

/* Who is told none is left out: its business is in the files alone. */
static void leave_out(struct totals_report *report, uint64_t member)
{
    for (size_t i = 0; i < report->count; i++)
        if (report->list[i].member == member && report->list[i].book.state == TOTALS_OPEN) {
            report->bad--;
            report->count--;
            memmove(&report->list[i], &report->list[i + 1],
                    (report->count - i) * sizeof report->list[0]);
            return;
        }
}

enum result totals_report_read(struct store *store, uint32_t date, const struct lab *lab,
                               struct totals_report *report, struct fault *fault)
{
    struct adding adding = {.report = report};
    struct totals_book none = {.state = TOTALS_OPEN};
    report->date = date;
    report->count = report->bad = 0;
    TRY(told_totals_scan(store, date, add, &adding, fault));
    for (size_t i = 0; lab != NULL && i < lab->institution_count; i++) {
        struct institution id;
        MUST(institution_parse(bytes_text(lab->institutions[i].id), &id));
        if (lab->institutions[i].has_no_totals)
            leave_out(report, id.number);
        else if (!has(report, id.number))
            add(&adding, date, id.number, &none);
    }
    return adding.is_full
               ? fault_set(fault, RESULT_LIMIT, "totals of more than %d members", TOTALS_REPORT_MAX)
               : RESULT_OK;
}

void totals_report_print(FILE *out, const struct totals_report *report, const struct lab *lab)
{
    char id[CLEARING_ID_SIZE];
    fprintf(out, "Totals: %zu of %zu members in balance\n", report->count - report->bad,
            report->count);
    for (size_t i = 0; i < report->count; i++) {
        const struct totals_book *book = &report->list[i].book;
        uint64_t member = report->list[i].member;
        int found = lab != NULL
                        ? lab_find_institution(lab, bytes_text(clearing_id_format(member, id)))
                        : -1;
        if (book->state != TOTALS_AGREED)
            told_totals_print(out, report->date, member,
                              found >= 0 ? lab->institutions[found].name : "", book);
    }
}

void totals_report_json(struct json *json, const struct totals_report *report)
{
    json_key(json, "totals");
    json_open_list(json);
    for (size_t i = 0; i < report->count; i++)
        told_totals_json(json, report->date, report->list[i].member, &report->list[i].book);
    json_close_list(json);
}
