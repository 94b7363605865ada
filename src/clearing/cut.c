/* Cutting a settlement date: the pass over the log, and what each party gets. */
#include "clearing/cut.h"

#include "base/date.h"
#include "clearing/error_item.h"
#include "clearing/exceptions.h"
#include "clearing/fee_book.h"
#include "clearing/outputs.h"
#include "clearing/party_list.h"
#include "clearing/publication.h"
#include "clearing/report_file.h"
#include "redpacket/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file of a party: one for each layout of a content that the party is given. */
struct party_file {
    struct outputs_file output;
    struct layout_place place;
    struct row_totals totals;
};

struct cut {
    const struct clearing_config *config;
    struct clearing_result *result;
    struct publication publication;
    struct summary summary;  /* for the reports */
    struct outputs *outputs; /* that write the files in it */
    struct party_list parties;
    uint64_t moving;        /* claims and freezes that the cut would have to wait for */
    uint64_t mark;          /* log record that marks the date as cut; 0: none came yet */
    struct fee_items items; /* of the share that is being added */
    struct fee_book fees;
    struct packet_book *packets;
    struct exceptions exceptions;
    struct exceptions_search *search; /* for them, in the same pass */
    enum result failed;               /* inside the pass */
    struct fault *fault;
};

/* --- parties and their files ------------------------------------------------------------------ */

/* What a header or trailer says besides sums. */
static struct row row_about(const struct cut *cut, uint64_t institution)
{
    return (struct row){.institution = institution, .settlement_date = cut->config->date};
}

static enum result write_line(struct party_file *file, const struct layout *layout,
                              enum layout_record record, const struct row *row, struct fault *fault)
{
    char line[LAYOUT_PUT_MAX];
    size_t len;
    if (!layout_has(layout, record))
        return RESULT_OK;
    TRY(layout_put(layout, &file->place, record, row, line, &len, fault));
    return outputs_file_add(&file->output, line, len, fault);
}

static enum result write_end(struct party_file *file, const struct layout *layout,
                             struct fault *fault)
{
    char end[LAYOUT_PUT_MAX];
    size_t len;
    layout_put_end(layout, &file->place, end, &len);
    return len > 0 ? outputs_file_add(&file->output, end, len, fault) : RESULT_OK;
}

static enum result open_file(struct cut *cut, struct party *party, size_t which,
                             struct party_file **opened)
{
    const struct layout *layout = cut->config->layouts->layouts[which];
    char folder[CLEARING_ID_SIZE], name[LAYOUT_TEXT_MAX], path[OUTPUT_PATH_MAX];
    const char *suffix = cut->config->is_provisional ? CLEARING_PROVISIONAL : "";
    *opened = party->files[which];
    if (*opened != NULL)
        return RESULT_OK;
    struct row about = row_about(cut, party->institution);
    clearing_id_format(party->institution, folder);
    layout_file_name(layout, cut->config->date, name);
    snprintf(path, sizeof path, "%s/%s%s", folder, name, suffix);
    TRY(publication_folder(&cut->publication, folder, cut->fault));
    struct party_file *file = calloc(1, sizeof *file);
    if (file == NULL)
        return fault_set(cut->fault, RESULT_IO, "no memory for a file");
    party->files[which] = *opened = file;
    TRY(outputs_file_open(&file->output, cut->outputs, path, cut->fault));
    return write_line(file, layout, LAYOUT_HEADER, &about, cut->fault);
}

/* A row into every file of the party that has such rows. */
static enum result add_row(struct cut *cut, uint64_t institution, enum clearing_role role,
                           enum layout_content content, const struct row *row)
{
    struct party *party;
    struct party_file *file;
    TRY(party_list_find(&cut->parties, institution, role, &party, cut->fault));
    for (size_t i = 0; i < cut->config->layouts->count; i++) {
        const struct layout *layout = cut->config->layouts->layouts[i];
        if (layout->content != content)
            continue;
        TRY(open_file(cut, party, i, &file));
        TRY(write_line(file, layout, LAYOUT_DETAIL, row, cut->fault));
        if (!row_totals_add(&file->totals, row))
            return fault_set(cut->fault, RESULT_LIMIT, "%s: its total has over 18 digits",
                             file->output.path);
    }
    return RESULT_OK;
}

/* --- rows ------------------------------------------------------------------------------------- */

static struct row row_of(const struct journal_entry *entry, uint16_t code)
{
    struct row row = {
        .operation = entry->operation,
        .code = code,
        .sender_issuer = entry->sender_issuer,
        .receiver_issuer = entry->receiver_issuer,
        .settlement_date = entry->settlement_date,
    };
    memcpy(row.authorisation, entry->authorisation, sizeof row.authorisation);
    return row;
}

static struct fee_side fees_of(const struct cut *cut, enum fee_role role)
{
    return fee_items_side(cut->config->fees, &cut->items, role);
}

/* The legs keep the claim's identity; each is about the card at its own issuer. */
static enum result add_leg(struct cut *cut, const struct row *claim, enum operation_kind kind,
                           uint64_t issuer)
{
    struct row leg = *claim;
    leg.operation.kind = kind;
    bool is_debit = kind == OPERATION_DEBIT;
    leg.operation.card = is_debit ? leg.operation.sender : leg.operation.receiver;
    leg.fees = fees_of(cut, is_debit ? FEE_SENDER_ISSUER : FEE_RECEIVER_ISSUER);
    if (is_debit)
        leg.code = CODE_APPROVED; /* else there had been no credit */
    return issuer != 0 ? add_row(cut, issuer, CLEARING_ISSUER, LAYOUT_ISSUER, &leg) : RESULT_OK;
}

static bool add_sum(int64_t *sum, int64_t amount_minor)
{
    return amount_minor >= 0 && !__builtin_add_overflow(*sum, amount_minor, sum);
}

/* What the share costs, into the positions and the sums of fees. Whose institution is not known
 * pays and gets nothing: its missing leg stops the cut. */
static enum result add_fees(struct cut *cut, const struct journal_entry *entry)
{
    struct fee_share share = fee_share_of(entry, cut->config->institution);
    TRY(fee_table_apply(cut->config->fees, &share, &cut->items, cut->fault));
    for (size_t i = 0; i < cut->items.count; i++) {
        const struct fee_item *item = &cut->items.list[i];
        TRY(positions_add_fee(&cut->result->positions, item->payer, item->payee, share.currency,
                              item->amount_minor, cut->fault));
        TRY(fee_book_add(&cut->fees, &share, item, cut->fault));
    }
    cut->result->fees += cut->items.count;
    return RESULT_OK;
}

static enum result add_share(struct cut *cut, const struct journal_entry *entry)
{
    struct row row = row_of(entry, entry->code);
    struct operation *claim = &row.operation;
    struct clearing_result *result = cut->result;
    if (claim->kind != OPERATION_CLAIM)
        return fault_set(cut->fault, RESULT_CORRUPT, "it credits a share and names no claim");
    result->shares++;
    if (!add_sum(&result->claimed_minor, claim->amount_minor))
        return fault_set(cut->fault, RESULT_LIMIT, "the sum of all claims has over 18 digits");
    TRY(positions_add_share(&result->positions, entry->sender_issuer, entry->receiver_issuer,
                            claim->currency, claim->amount_minor, cut->fault));
    TRY(add_fees(cut, entry));
    TRY(add_leg(cut, &row, OPERATION_DEBIT, entry->sender_issuer));
    TRY(add_leg(cut, &row, OPERATION_CREDIT, entry->receiver_issuer));
    row.fees = fees_of(cut, FEE_ACQUIRER);
    TRY(add_row(cut, claim->forwarder.number, CLEARING_WALLET, LAYOUT_ACQUIRER, &row));
    row.fees = fees_of(cut, FEE_SENDER_WALLET);
    return add_row(cut, claim->reference.wallet, CLEARING_WALLET, LAYOUT_SENDER, &row);
}

static enum result add_freeze(struct cut *cut, const struct journal_entry *entry)
{
    struct row row = row_of(entry, CODE_APPROVED);
    struct clearing_result *result = cut->result;
    bool is_freeze = row.operation.kind == OPERATION_FREEZE;
    row.operation.amount_minor = entry->moved_minor;
    row.operation.card = row.operation.sender;
    result->freezes += is_freeze;
    result->unfreezes += !is_freeze;
    if (!add_sum(is_freeze ? &result->frozen_minor : &result->unfrozen_minor, entry->moved_minor))
        return fault_set(cut->fault, RESULT_LIMIT, "the sum of all freezes has over 18 digits");
    if (entry->sender_issuer != 0)
        TRY(add_row(cut, entry->sender_issuer, CLEARING_ISSUER, LAYOUT_FREEZES, &row));
    return add_row(cut, row.operation.reference.wallet, CLEARING_WALLET, LAYOUT_FREEZES, &row);
}

/* --- exceptions ------------------------------------------------------------------------------- */

static struct row row_of_exception(const struct exception *exception)
{
    struct row row = {
        .operation = exception->operation,
        .code = exception->code,
        .sender_issuer = exception->sender_issuer,
        .receiver_issuer = exception->receiver_issuer,
        .settlement_date = exception->settlement_date,
        .is_exception = true,
        .status = exception->status,
        .told_minor = exception->told_minor,
        .since = date_of_wall(exception->since_us) * UINT64_C(1000000) +
                 date_time_of_wall(exception->since_us),
        .since_record = exception->since,
    };
    memset(row.authorisation, ' ', sizeof row.authorisation);
    return row;
}

/* To the switch, and once to everybody who has a part in it: the issuers of the money, the wallet
 * of the packet and the one that claimed. */
static enum result add_exception(struct cut *cut, const struct exception *exception)
{
    const struct operation *operation = &exception->operation;
    struct row row = row_of_exception(exception);
    bool of_share =
        operation->kind == OPERATION_DEBIT_REVERSAL || operation->kind == OPERATION_CONFIRMATION;
    bool is_repeated = exception->status == EXCEPTION_REPEATED;
    uint64_t sender = exception->sender_issuer, receiver = exception->receiver_issuer;
    uint64_t wallet = operation->reference.wallet, claimer = operation->forwarder.number;
    uint64_t concerned[4] = {wallet, sender, of_share && claimer != wallet ? claimer : 0,
                             of_share && receiver != sender ? receiver : 0};
    if (is_repeated)
        memcpy(concerned, (const uint64_t[4]){claimer}, sizeof concerned);
    cut->result->exceptions++;
    TRY(summary_add_exception(&cut->summary, exception, concerned, cut->fault));
    TRY(add_row(cut, cut->config->institution, CLEARING_SWITCH, LAYOUT_EXCEPTIONS, &row));
    /* What was refused and changed nothing is its sender's affair alone. */
    if (is_repeated)
        return add_row(cut, claimer, CLEARING_WALLET, LAYOUT_EXCEPTIONS, &row);
    TRY(add_row(cut, wallet, CLEARING_WALLET, LAYOUT_EXCEPTIONS, &row));
    if (sender != 0)
        TRY(add_row(cut, sender, CLEARING_ISSUER, LAYOUT_EXCEPTIONS, &row));
    if (of_share && claimer != wallet)
        TRY(add_row(cut, claimer, CLEARING_WALLET, LAYOUT_EXCEPTIONS, &row));
    if (of_share && receiver != 0 && receiver != sender)
        TRY(add_row(cut, receiver, CLEARING_ISSUER, LAYOUT_EXCEPTIONS, &row));
    return RESULT_OK;
}

/* Those that somebody has to settle by hand, or to hear of, once more in its error file. */
static enum result add_error(struct cut *cut, const struct exception *exception,
                             enum error_part part)
{
    struct row row = row_of_exception(exception);
    struct operation *operation = &row.operation;
    const uint64_t institutions[ERROR_PARTS] = {
        [ERROR_SENDER_ISSUER] = exception->sender_issuer,
        [ERROR_RECEIVER_ISSUER] = exception->receiver_issuer,
        [ERROR_PACKET_WALLET] = operation->reference.wallet,
        [ERROR_FORWARDER] = operation->forwarder.number,
    };
    bool is_issuer = part == ERROR_SENDER_ISSUER || part == ERROR_RECEIVER_ISSUER;
    if (institutions[part] == 0 || !error_item_find(exception, part, &row.error_code))
        return RESULT_OK;
    /* Of a confirmation and of a claim that was refused, the receiver's; as in details. */
    if (operation->kind != OPERATION_CONFIRMATION && operation->kind != OPERATION_CLAIM)
        operation->card = operation->sender;
    return add_row(cut, institutions[part], is_issuer ? CLEARING_ISSUER : CLEARING_WALLET,
                   is_issuer ? LAYOUT_ISSUER_ERRORS : LAYOUT_ACQUIRER_ERRORS, &row);
}

static enum result add_exceptions(struct cut *cut)
{
    /* Without a mark, all that has happened by now. */
    TRY(exceptions_end(cut->search, cut->mark != 0 ? cut->mark : UINT64_MAX, cut->fault));
    for (size_t i = 0; i < cut->exceptions.count; i++) {
        const struct exception *exception = &cut->exceptions.list[i];
        TRY(add_exception(cut, exception));
        for (enum error_part part = 0; part < ERROR_PARTS; part++)
            TRY(add_error(cut, exception, part));
    }
    return RESULT_OK;
}

/* --- the pass --------------------------------------------------------------------------------- */

/* Claims and freezes that a cut must wait for. */
static bool blocks_cut(enum journal_event event, uint8_t state)
{
    if (event == JOURNAL_FREEZE)
        return state == FREEZE_FREEZING;
    return state == SHARE_RESERVED || state == SHARE_DEBITED || state == SHARE_CREDITING;
}

static enum result take_entry(struct cut *cut, const struct journal_entry *entry, uint64_t number)
{
    uint8_t from = entry->from, to = entry->to;
    TRY(exceptions_take(cut->search, entry, number, cut->fault));
    if (entry->event == JOURNAL_SHARE || entry->event == JOURNAL_FREEZE)
        cut->moving +=
            (uint64_t)blocks_cut(entry->event, to) - (uint64_t)blocks_cut(entry->event, from);
    if (entry->event == JOURNAL_SHARE) {
        if (from == SHARE_CREDITING && (to == SHARE_CREDITED || to == SHARE_CREDIT_UNKNOWN))
            return add_share(cut, entry);
    } else if (entry->event == JOURNAL_FREEZE) {
        enum operation_kind kind = entry->operation.kind;
        bool froze = kind == OPERATION_FREEZE && from == FREEZE_FREEZING && to == FREEZE_FROZEN;
        bool is_left = kind == OPERATION_UNFREEZE && from == FREEZE_CLOSING && to == FREEZE_CLOSING;
        if (froze || is_left)
            return add_freeze(cut, entry);
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
                         " of its claims and freezes were still open",
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

/* --- packets ---------------------------------------------------------------------------------- */

static enum result add_packet(struct cut *cut, const struct packet_account *account)
{
    struct row row = row_about(cut, 0);
    row.operation.reference = account->reference;
    row.sender_issuer = account->sender_issuer;
    row.totals.packets = account->sums;
    memcpy(row.operation.currency, account->currency, sizeof row.operation.currency);
    TRY(summary_add_packet(&cut->summary, account->sender_issuer, account->reference.wallet,
                           account->sums.open_minor, cut->fault));
    if (account->sender_issuer != 0)
        TRY(add_row(cut, account->sender_issuer, CLEARING_ISSUER, LAYOUT_PACKETS, &row));
    return add_row(cut, account->reference.wallet, CLEARING_WALLET, LAYOUT_PACKETS, &row);
}

static enum result add_packets(struct cut *cut)
{
    struct packet_account account;
    bool found;
    TRY(packet_book_next(cut->packets, &account, &found, cut->fault));
    while (found) {
        TRY(add_packet(cut, &account));
        TRY(packet_book_next(cut->packets, &account, &found, cut->fault));
    }
    return RESULT_OK;
}

/* --- the end of the files --------------------------------------------------------------------- */

static enum result check_net(struct cut *cut)
{
    struct fault why = {RESULT_OK, ""};
    enum result result = positions_check(&cut->result->positions, &why);
    if (result == RESULT_OK)
        return RESULT_OK;
    return fault_set(cut->fault, result, "settlement date %08u: %s: nothing is published",
                     cut->config->date, why.text);
}

static enum result add_position(struct cut *cut, struct party_file *file,
                                const struct layout *layout, const struct position *position)
{
    struct row row = row_about(cut, position->institution);
    row.totals.debit_count = position->debit_count;
    row.totals.debit_minor = position->debit_minor;
    row.totals.credit_count = position->credit_count;
    row.totals.credit_minor = position->credit_minor;
    row.totals.fee_minor = position->fee_minor;
    memcpy(row.operation.currency, position->currency, sizeof row.operation.currency);
    TRY(write_line(file, layout, LAYOUT_DETAIL, &row, cut->fault));
    if (!row_totals_add(&file->totals, &row))
        return fault_set(cut->fault, RESULT_LIMIT, "%s: its total has over 18 digits",
                         file->output.path);
    return RESULT_OK;
}

/* A party's own: one for each currency, or an empty one. */
static enum result add_positions_of(struct cut *cut, struct party_file *file,
                                    const struct layout *layout, uint64_t institution)
{
    const struct positions *positions = &cut->result->positions;
    const char *currency = cut->config->currency[0] != '\0' ? cut->config->currency : "156";
    struct position none = {.institution = institution};
    size_t at = 0;
    while (at < positions->count && positions->list[at].institution < institution)
        at++;
    if (at == positions->count || positions->list[at].institution != institution) {
        memcpy(none.currency, currency, sizeof none.currency);
        return add_position(cut, file, layout, &none);
    }
    for (; at < positions->count && positions->list[at].institution == institution; at++)
        TRY(add_position(cut, file, layout, &positions->list[at]));
    return RESULT_OK;
}

/* The switch has those of all. */
static enum result add_positions(struct cut *cut, const struct party *party,
                                 struct party_file *file, const struct layout *layout)
{
    if (!party->roles[CLEARING_SWITCH])
        return add_positions_of(cut, file, layout, party->institution);
    for (size_t i = 0; i < cut->parties.count; i++)
        TRY(add_positions_of(cut, file, layout, cut->parties.list[i].institution));
    return RESULT_OK;
}

/* --- fee files -------------------------------------------------------------------------------- */

static enum layout_content content_of_role(enum fee_role role)
{
    if (role == FEE_SWITCH)
        return LAYOUT_SWITCH_FEES;
    bool is_wallet = role == FEE_ACQUIRER || role == FEE_SENDER_WALLET;
    return is_wallet ? LAYOUT_ACQUIRER_FEES : LAYOUT_ISSUER_FEES;
}

static void fill_text(char out[ROW_FEE_TEXT_LEN], const char *text)
{
    size_t len = strlen(text);
    memset(out, ' ', ROW_FEE_TEXT_LEN);
    memcpy(out, text, len < ROW_FEE_TEXT_LEN ? len : ROW_FEE_TEXT_LEN);
}

/* One side of a sum of fees: what the payer's is below zero, the payee's is above it. */
static enum result add_fee_line(struct cut *cut, struct party_file *file,
                                const struct layout *layout, const struct fee_sum *sum,
                                bool is_payer)
{
    const struct fee *fee = &cut->config->fees->fees[sum->fee];
    struct row row = row_about(cut, is_payer ? sum->payer : sum->payee);
    row.counterparty = is_payer ? sum->payee : sum->payer;
    row.item_count = sum->count;
    row.item_minor = sum->base_minor;
    row.totals.fee_minor = is_payer ? -sum->amount_minor : sum->amount_minor;
    fill_text(row.fee, fee->name);
    fill_text(row.fee_role, fee_role_name(is_payer ? fee->payer : fee->payee));
    memcpy(row.operation.currency, sum->currency, sizeof row.operation.currency);
    TRY(write_line(file, layout, LAYOUT_DETAIL, &row, cut->fault));
    if (!row_totals_add(&file->totals, &row))
        return fault_set(cut->fault, RESULT_LIMIT, "%s: its total has over 18 digits",
                         file->output.path);
    return RESULT_OK;
}

static enum result add_fee_lines(struct cut *cut, const struct party *party,
                                 struct party_file *file, const struct layout *layout)
{
    for (size_t i = 0; i < cut->fees.count; i++) {
        const struct fee_sum *sum = &cut->fees.list[i];
        const struct fee *fee = &cut->config->fees->fees[sum->fee];
        if (sum->payer == party->institution && content_of_role(fee->payer) == layout->content)
            TRY(add_fee_line(cut, file, layout, sum, true));
        if (sum->payee == party->institution && content_of_role(fee->payee) == layout->content)
            TRY(add_fee_line(cut, file, layout, sum, false));
    }
    return RESULT_OK;
}

static enum result end_file(struct cut *cut, struct party *party, size_t which)
{
    const struct layout *layout = cut->config->layouts->layouts[which];
    struct row about = row_about(cut, party->institution);
    struct party_file *file;
    TRY(open_file(cut, party, which, &file));
    if (layout->content == LAYOUT_POSITION)
        TRY(add_positions(cut, party, file, layout));
    else if (layout->content == LAYOUT_ACQUIRER_FEES || layout->content == LAYOUT_ISSUER_FEES ||
             layout->content == LAYOUT_SWITCH_FEES)
        TRY(add_fee_lines(cut, party, file, layout));
    about.totals = file->totals;
    TRY(write_line(file, layout, LAYOUT_TRAILER, &about, cut->fault));
    TRY(write_end(file, layout, cut->fault));
    return outputs_file_end(&file->output, cut->fault);
}

/* Once it is written and synced. */
static enum result list_file(struct cut *cut, const struct party *party,
                             const struct party_file *file)
{
    struct manifest_entry entry = {
        .institution = party->institution,
        .records = file->totals.count,
        .bytes = file->output.bytes,
        .debit_minor = file->totals.debit_minor,
        .credit_minor = file->totals.credit_minor,
        .freeze_minor = file->totals.freeze_minor,
        .unfreeze_minor = file->totals.unfreeze_minor,
    };
    memcpy(entry.path, file->output.path, sizeof entry.path);
    memcpy(entry.sha256, file->output.sha256, sizeof entry.sha256);
    return manifest_add(&cut->result->manifest, &entry, cut->fault);
}

static enum result write_text(struct cut *cut, const char *path, const struct strbuf *text)
{
    struct output output;
    uint8_t ignored[DIGEST_LEN];
    TRY(output_open(&output, cut->publication.root, path, cut->fault));
    enum result result = output_add(&output, text->text, text->len, cut->fault);
    if (result == RESULT_OK)
        result = output_end(&output, ignored, cut->fault);
    output_deinit(&output);
    return result;
}

static enum result write_signature(struct cut *cut, const char *path, const struct strbuf *manifest)
{
    struct strbuf signature;
    strbuf_init(&signature, SIGNATURE_LEN_MAX);
    enum result result = signer_sign(cut->config->signer, bytes_of(manifest->text, manifest->len),
                                     &signature, cut->fault);
    if (result == RESULT_OK)
        result = write_text(cut, path, &signature);
    strbuf_deinit(&signature);
    return result;
}

/* Of one party, in its folder; NULL: of all, above them. */
static enum result write_manifest(struct cut *cut, const uint64_t *institution)
{
    struct strbuf text;
    char path[OUTPUT_PATH_MAX] = MANIFEST_NAME,
         signature[OUTPUT_PATH_MAX] = MANIFEST_SIGNATURE_NAME;
    char folder[CLEARING_ID_SIZE];
    if (institution != NULL) {
        clearing_id_format(*institution, folder);
        snprintf(path, sizeof path, "%s/%s", folder, MANIFEST_NAME);
        snprintf(signature, sizeof signature, "%s/%s", folder, MANIFEST_SIGNATURE_NAME);
    }
    strbuf_init(&text, MANIFEST_LEN_MAX);
    manifest_format(&cut->result->manifest, institution, &text);
    enum result result =
        text.bad ? fault_set(cut->fault, RESULT_LIMIT, "%s: over %d bytes", path, MANIFEST_LEN_MAX)
                 : write_text(cut, path, &text);
    if (result == RESULT_OK && cut->config->signer != NULL)
        result = write_signature(cut, signature, &text);
    strbuf_deinit(&text);
    return result;
}

/* The switch's is about all. */
static enum result write_reports(struct cut *cut, const struct party *party)
{
    struct report report = {.summary = &cut->summary,
                            .positions = &cut->result->positions,
                            .network = cut->config->name,
                            .is_provisional = cut->config->is_provisional};
    const struct summary_party *one =
        party->roles[CLEARING_SWITCH] ? NULL : summary_find(&cut->summary, party->institution);
    MUST(one != NULL || party->roles[CLEARING_SWITCH]);
    return report_files_write(&report, one, party->institution, cut->publication.root,
                              &cut->result->manifest, cut->fault);
}

static enum result list_files(struct cut *cut, const struct party *party)
{
    for (size_t which = 0; which < LAYOUTS_MAX; which++)
        if (party->files[which] != NULL)
            TRY(list_file(cut, party, party->files[which]));
    TRY(write_reports(cut, party));
    return write_manifest(cut, &party->institution);
}

static enum result end_files(struct cut *cut)
{
    const struct layout_set *layouts = cut->config->layouts;
    bool has_fees = cut->config->fees != NULL;
    struct manifest *manifest = &cut->result->manifest;
    manifest->settlement_date = cut->config->date;
    manifest->centre = cut->config->institution;
    manifest->is_provisional = cut->config->is_provisional;
    manifest->as_of = cut->result->as_of;
    manifest->moving = cut->result->moving;
    manifest->fees = cut->config->fees;
    fee_book_sort(&cut->fees);
    for (size_t i = 0; i < cut->parties.count; i++) {
        struct party *party = &cut->parties.list[i];
        char folder[CLEARING_ID_SIZE];
        /* Also of a party that no layout has rows for. */
        TRY(publication_folder(&cut->publication, clearing_id_format(party->institution, folder),
                               cut->fault));
        for (size_t which = 0; which < layouts->count; which++)
            if (party_is_given(party, layouts->layouts[which]->content, has_fees))
                TRY(end_file(cut, party, which));
    }
    TRY(outputs_finish(cut->outputs, cut->fault));
    for (size_t i = 0; i < cut->parties.count; i++)
        TRY(list_files(cut, &cut->parties.list[i]));
    return write_manifest(cut, NULL);
}

/* --- all of it -------------------------------------------------------------------------------- */

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
    TRY(add_exceptions(cut));
    TRY(check_net(cut));
    TRY(add_packets(cut));
    TRY(end_files(cut));
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
