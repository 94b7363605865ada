/* Cutting a settlement date: the pass over the log, and all that comes before and behind it. */
#include "clearing/cut_state.h"

#include "base/date.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the pass --------------------------------------------------------------------------------- */

/* Claims, freezes and purchases that a cut must wait for. */
static bool blocks_cut(enum journal_event event, uint8_t state)
{
    if (event == JOURNAL_FREEZE)
        return state == FREEZE_FREEZING;
    if (event == JOURNAL_PURCHASE)
        return state == PURCHASE_PURCHASING;
    return state == SHARE_RESERVED || state == SHARE_DEBITED || state == SHARE_CREDITING;
}

static enum result take_entry(struct cut *cut, const struct journal_entry *entry, uint64_t number)
{
    uint8_t from = entry->from, to = entry->to;
    TRY(exceptions_take(cut->search, entry, number, cut->fault));
    if (entry->event == JOURNAL_SHARE || entry->event == JOURNAL_FREEZE ||
        entry->event == JOURNAL_PURCHASE)
        cut->moving +=
            (uint64_t)blocks_cut(entry->event, to) - (uint64_t)blocks_cut(entry->event, from);
    if (entry->event == JOURNAL_SHARE) {
        if (from == SHARE_CREDITING && (to == SHARE_CREDITED || to == SHARE_CREDIT_UNKNOWN))
            return cut_add_share(cut, entry);
    } else if (entry->event == JOURNAL_FREEZE) {
        enum operation_kind kind = entry->operation.kind;
        bool froze = kind == OPERATION_FREEZE && from == FREEZE_FREEZING && to == FREEZE_FROZEN;
        bool is_left = kind == OPERATION_UNFREEZE && from == FREEZE_CLOSING && to == FREEZE_CLOSING;
        if (froze || is_left)
            return cut_add_freeze(cut, entry);
    } else if (entry->event == JOURNAL_PURCHASE) {
        if (to == PURCHASE_PURCHASED)
            return cut_add_purchase(cut, entry, OPERATION_PURCHASE);
        if (from == PURCHASE_PURCHASED)
            return cut_add_purchase(cut, entry, OPERATION_PURCHASE_REVERSAL);
    }
    return RESULT_OK;
}

static bool take_record(void *context, const struct store_log_record *record)
{
    struct cut *cut = context;
    struct journal_entry entry;
    bool is_of_date = record->settlement_date == cut->config->date;
    struct fault why, *told = cut->fault;
    why.result = RESULT_OK; /* and no more: its text is long, and there are many records */
    why.text[0] = '\0';
    cut->fault = &why;
    if (!journal_read(record->data, &entry))
        cut->failed = fault_set(&why, RESULT_CORRUPT, "it is no entry of a journal");
    else if (is_of_date)
        cut->failed = summary_add(&cut->summary, &entry, cut->fault);
    if (cut->failed == RESULT_OK && is_of_date && entry.event == JOURNAL_CUT)
        cut->mark = record->number;
    else if (cut->failed == RESULT_OK) {
        cut->failed = packet_book_take(cut->packets, &entry, record->number, cut->fault);
        if (is_of_date && cut->failed == RESULT_OK)
            cut->failed = take_entry(cut, &entry, record->number);
    }
    cut->fault = told;
    if (cut->failed != RESULT_OK)
        fault_set(told, cut->failed, "log record %" PRIu64 ": %s", record->number, why.text);
    return cut->mark == 0 && cut->failed == RESULT_OK;
}

/* A provisional cut ends where the date's log ends at its beginning; any other, at the mark. */
static enum result check_end(struct cut *cut, uint64_t last)
{
    const struct clearing_config *config = cut->config;
    bool is_marked = cut->mark != 0;
    cut->result->moving = cut->moving;
    if (config->is_provisional && is_marked)
        return fault_set(cut->fault, RESULT_STATE,
                         "settlement date %08u has been cut: nothing of it is provisional any more",
                         config->date);
    cut->result->as_of = is_marked ? cut->mark : last;
    if (config->is_provisional)
        return RESULT_OK;
    if (!is_marked)
        return fault_set(cut->fault, RESULT_STATE, "settlement date %08u has not been cut yet",
                         config->date);
    if (cut->moving != 0)
        return fault_set(cut->fault, RESULT_STATE,
                         "settlement date %08u was marked as cut while %" PRIu64
                         " of its claims, freezes and purchases were still open",
                         config->date, cut->moving);
    return RESULT_OK;
}

static enum result pass(struct cut *cut, struct store *store)
{
    uint64_t first, last;
    uint32_t date = cut->config->date;
    TRY(exceptions_begin(store, date, &cut->exceptions, &cut->search, cut->fault));
    TRY(store_log_range(store, date, &first, &last, cut->fault));
    if (first != 0) {
        TRY(store_log_scan(store, first, last, take_record, cut, cut->fault));
        if (cut->failed != RESULT_OK)
            return cut->failed;
    }
    return check_end(cut, last);
}

/* --- all of it -------------------------------------------------------------------------------- */

static enum result check_net(struct cut *cut)
{
    struct fault why = {RESULT_OK, ""};
    enum result result = positions_check(&cut->result->positions, &why);
    if (result == RESULT_OK)
        return RESULT_OK;
    return fault_set(cut->fault, result, "settlement date %08u: %s: nothing is published",
                     cut->config->date, why.text);
}

static enum result take_members(struct cut *cut)
{
    struct party *ignored;
    TRY(party_list_find(&cut->parties, cut->config->institution, CLEARING_SWITCH, &ignored,
                        cut->fault));
    TRY(summary_add_party(&cut->summary, cut->config->institution, CLEARING_SWITCH,
                          cut->config->name, cut->fault));
    for (size_t i = 0; i < cut->config->member_count; i++) {
        const struct clearing_member *member = &cut->config->members[i];
        TRY(party_list_find(&cut->parties, member->institution, member->role, &ignored,
                            cut->fault));
        TRY(summary_add_party(&cut->summary, member->institution, member->role, member->name,
                              cut->fault));
    }
    return RESULT_OK;
}

static enum result run(struct cut *cut, struct store *store)
{
    TRY(summary_open(&cut->summary, cut->config->date, cut->fault));
    TRY(outputs_open(cut->publication.root, &cut->outputs, cut->fault));
    TRY(take_members(cut));
    TRY(packet_book_open(cut->config->date, cut->config->out, &cut->packets, cut->fault));
    TRY(pass(cut, store));
    TRY(cut_add_exceptions(cut));
    TRY(check_net(cut));
    TRY(cut_add_packets(cut));
    TRY(cut_end_files(cut));
    return publication_publish(&cut->publication, MANIFEST_NAME, cut->fault);
}

static void release(struct cut *cut)
{
    for (size_t i = 0; i < cut->parties.count; i++)
        for (size_t which = 0; which < LAYOUTS_MAX; which++) {
            struct party_file *file = cut->parties.list[i].files[which];
            if (file != NULL)
                outputs_file_deinit(&file->output);
            free(file);
        }
    for (size_t which = 0; which < LAYOUTS_MAX; which++)
        free(cut->last[which]);
    party_list_close(&cut->parties);
    summary_close(&cut->summary);
    fee_book_deinit(&cut->fees);
    packet_book_close(cut->packets);
    exceptions_search_free(cut->search);
    exceptions_deinit(&cut->exceptions);
}

void clearing_folder_name(const struct clearing_config *config, char out[CLEARING_FOLDER_MAX])
{
    snprintf(out, CLEARING_FOLDER_MAX, "%08u%s", config->date,
             config->is_provisional ? CLEARING_PROVISIONAL : "");
}

enum result clearing_cut(struct store *store, const struct clearing_config *config,
                         struct clearing_result *result, struct fault *fault)
{
    char name[CLEARING_FOLDER_MAX];
    struct cut cut = {.config = config, .result = result, .fault = fault};
    *result = (struct clearing_result){0};
    if (!date_is_valid(config->date))
        return fault_set(fault, RESULT_INPUT, "%08u is no date", config->date);
    TRY(party_list_open(&cut.parties, fault));
    clearing_folder_name(config, name);
    enum result done = publication_open(&cut.publication, config->out, name, fault);
    if (done == RESULT_OK) {
        done = run(&cut, store);
        outputs_close(cut.outputs);
        publication_close(&cut.publication);
    }
    release(&cut);
    return done;
}

void clearing_result_deinit(struct clearing_result *result)
{
    manifest_deinit(&result->manifest);
}
