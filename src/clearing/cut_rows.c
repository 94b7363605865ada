/* Which rows a cut writes: of shares, purchases and freezes in its pass, of exceptions and packets
 * behind it, of positions and fees at the end of their files. */
#include "clearing/cut_state.h"

#include "base/date.h"
#include "clearing/error_item.h"

#include <string.h>

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

static void set_fees(const struct cut *cut, struct row *row, enum fee_role role)
{
    fee_items_side(cut->config->fees, &cut->items, role, &row->fees);
}

/* The legs keep the claim's identity; each is about the card at its own issuer. */
static enum result add_leg(struct cut *cut, struct row *row, enum operation_kind kind,
                           uint64_t issuer, uint16_t code)
{
    struct operation *leg = &row->operation;
    bool is_debit = kind == OPERATION_DEBIT;
    leg->kind = kind;
    leg->card = is_debit ? leg->sender : leg->receiver;
    row->code = code;
    set_fees(cut, row, is_debit ? FEE_SENDER_ISSUER : FEE_RECEIVER_ISSUER);
    return issuer != 0 ? cut_add_row(cut, issuer, CLEARING_ISSUER, LAYOUT_ISSUER, row) : RESULT_OK;
}

static bool add_sum(int64_t *sum, int64_t amount_minor)
{
    return amount_minor >= 0 && !__builtin_add_overflow(*sum, amount_minor, sum);
}

/* What the share or the purchase costs, into the positions and the sums of fees. Whose institution
 * is not known pays and gets nothing: its missing leg stops the cut. */
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

/* One row for all four, which say the same but for what is set here: it is as the entry has it
 * when it begins and when it ends. */
static enum result add_rows(struct cut *cut, const struct journal_entry *entry)
{
    struct row row = row_of(entry, entry->code);
    struct operation *claim = &row.operation;
    /* Had the debit not been approved, there had been no credit. */
    TRY(add_leg(cut, &row, OPERATION_DEBIT, entry->sender_issuer, CODE_APPROVED));
    TRY(add_leg(cut, &row, OPERATION_CREDIT, entry->receiver_issuer, entry->code));
    claim->kind = entry->operation.kind;
    claim->card = entry->operation.card;
    set_fees(cut, &row, FEE_ACQUIRER);
    TRY(cut_add_row(cut, claim->forwarder.number, CLEARING_WALLET, LAYOUT_ACQUIRER, &row));
    set_fees(cut, &row, FEE_SENDER_WALLET);
    return cut_add_row(cut, claim->reference.wallet, CLEARING_WALLET, LAYOUT_SENDER, &row);
}

enum result cut_add_share(struct cut *cut, const struct journal_entry *entry)
{
    const struct operation *claim = &entry->operation;
    struct clearing_result *result = cut->result;
    if (claim->kind != OPERATION_CLAIM)
        return fault_set(cut->fault, RESULT_CORRUPT, "it credits a share and names no claim");
    result->shares++;
    if (!add_sum(&result->claimed_minor, claim->amount_minor))
        return fault_set(cut->fault, RESULT_LIMIT, "the sum of all claims has over 18 digits");
    TRY(positions_add_share(&result->positions, entry->sender_issuer, entry->receiver_issuer,
                            claim->currency, claim->amount_minor, cut->fault));
    TRY(add_fees(cut, entry));
    return add_rows(cut, entry);
}

/* Both rows have the purchase's own key; the reversal names it in DE 90 too, and what the switch or
 * the acquirer has numbered anew is in no file. */
enum result cut_add_purchase(struct cut *cut, const struct journal_entry *entry,
                             enum operation_kind kind)
{
    struct row row = row_of(entry, CODE_APPROVED);
    struct operation *op = &row.operation;
    struct clearing_result *result = cut->result;
    bool is_reversal = kind == OPERATION_PURCHASE_REVERSAL;
    uint64_t issuer = entry->sender_issuer, acquirer = op->acquirer.number;
    if (op->kind != OPERATION_PURCHASE)
        return fault_set(cut->fault, RESULT_CORRUPT, "it is of a purchase and names none");
    if (!add_sum(is_reversal ? &result->repaid_minor : &result->purchased_minor, op->amount_minor))
        return fault_set(cut->fault, RESULT_LIMIT, "the sum of all purchases has over 18 digits");
    result->purchases += !is_reversal;
    result->purchase_reversals += is_reversal;
    TRY(positions_add_share(&result->positions, is_reversal ? acquirer : issuer,
                            is_reversal ? issuer : acquirer, op->currency, op->amount_minor,
                            cut->fault));
    TRY(add_fees(cut, entry));
    if (is_reversal)
        op->original = operation_as_original(op);
    op->kind = kind;
    set_fees(cut, &row, FEE_ISSUER);
    if (issuer != 0)
        TRY(cut_add_row(cut, issuer, CLEARING_ISSUER, LAYOUT_ISSUER, &row));
    set_fees(cut, &row, FEE_ACQUIRER);
    row.is_acquirers = true;
    return cut_add_row(cut, acquirer, CLEARING_WALLET, LAYOUT_ACQUIRER, &row);
}

enum result cut_add_freeze(struct cut *cut, const struct journal_entry *entry)
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
        TRY(cut_add_row(cut, entry->sender_issuer, CLEARING_ISSUER, LAYOUT_FREEZES, &row));
    return cut_add_row(cut, row.operation.reference.wallet, CLEARING_WALLET, LAYOUT_FREEZES, &row);
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

/* A purchase's are its issuer's and its acquirer's; a request that was refused and changed nothing
 * is its sender's affair alone. */
static enum result add_exception_of_two(struct cut *cut, const struct exception *exception,
                                        uint64_t issuer)
{
    struct row row = row_of_exception(exception);
    uint64_t sender = exception->operation.forwarder.number;
    const uint64_t concerned[4] = {sender, issuer};
    cut->result->exceptions++;
    TRY(summary_add_exception(&cut->summary, exception, concerned, cut->fault));
    TRY(cut_add_row(cut, cut->config->institution, CLEARING_SWITCH, LAYOUT_EXCEPTIONS, &row));
    TRY(cut_add_row(cut, sender, CLEARING_WALLET, LAYOUT_EXCEPTIONS, &row));
    return issuer != 0 ? cut_add_row(cut, issuer, CLEARING_ISSUER, LAYOUT_EXCEPTIONS, &row)
                       : RESULT_OK;
}

/* To the switch, and once to everybody who has a part in it: the issuers of the money, the wallet
 * of the packet and the one that claimed. */
static enum result add_exception(struct cut *cut, const struct exception *exception)
{
    if (exception->status == EXCEPTION_REPEATED)
        return add_exception_of_two(cut, exception, 0);
    if (exception->operation.kind == OPERATION_PURCHASE_REVERSAL)
        return add_exception_of_two(cut, exception, exception->sender_issuer);
    const struct operation *operation = &exception->operation;
    struct row row = row_of_exception(exception);
    bool of_share =
        operation->kind == OPERATION_DEBIT_REVERSAL || operation->kind == OPERATION_CONFIRMATION;
    uint64_t sender = exception->sender_issuer, receiver = exception->receiver_issuer;
    uint64_t wallet = operation->reference.wallet, claimer = operation->forwarder.number;
    const uint64_t concerned[4] = {wallet, sender, of_share && claimer != wallet ? claimer : 0,
                                   of_share && receiver != sender ? receiver : 0};
    cut->result->exceptions++;
    TRY(summary_add_exception(&cut->summary, exception, concerned, cut->fault));
    TRY(cut_add_row(cut, cut->config->institution, CLEARING_SWITCH, LAYOUT_EXCEPTIONS, &row));
    TRY(cut_add_row(cut, wallet, CLEARING_WALLET, LAYOUT_EXCEPTIONS, &row));
    if (sender != 0)
        TRY(cut_add_row(cut, sender, CLEARING_ISSUER, LAYOUT_EXCEPTIONS, &row));
    if (of_share && claimer != wallet)
        TRY(cut_add_row(cut, claimer, CLEARING_WALLET, LAYOUT_EXCEPTIONS, &row));
    if (of_share && receiver != 0 && receiver != sender)
        TRY(cut_add_row(cut, receiver, CLEARING_ISSUER, LAYOUT_EXCEPTIONS, &row));
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
    /* Of a confirmation and of a claim that was refused, the receiver's; as in details. A purchase
     * has but one. */
    if (operation->kind != OPERATION_CONFIRMATION && operation->kind != OPERATION_CLAIM &&
        !operation_is_of_purchase(operation->kind))
        operation->card = operation->sender;
    return cut_add_row(cut, institutions[part], is_issuer ? CLEARING_ISSUER : CLEARING_WALLET,
                       is_issuer ? LAYOUT_ISSUER_ERRORS : LAYOUT_ACQUIRER_ERRORS, &row);
}

enum result cut_add_exceptions(struct cut *cut)
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

/* --- packets ---------------------------------------------------------------------------------- */

static enum result add_packet(struct cut *cut, const struct packet_account *account)
{
    struct row row = cut_row_about(cut, 0);
    row.operation.reference = account->reference;
    row.sender_issuer = account->sender_issuer;
    row.totals.packets = account->sums;
    memcpy(row.operation.currency, account->currency, sizeof row.operation.currency);
    TRY(summary_add_packet(&cut->summary, account->sender_issuer, account->reference.wallet,
                           account->sums.open_minor, cut->fault));
    if (account->sender_issuer != 0)
        TRY(cut_add_row(cut, account->sender_issuer, CLEARING_ISSUER, LAYOUT_PACKETS, &row));
    return cut_add_row(cut, account->reference.wallet, CLEARING_WALLET, LAYOUT_PACKETS, &row);
}

enum result cut_add_packets(struct cut *cut)
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

/* --- positions ----------------------------------------------------------------------------------
 */

static enum result add_position(struct cut *cut, struct party_file *file,
                                const struct layout *layout, const struct position *position)
{
    struct row row = cut_row_about(cut, position->institution);
    row.totals.debit_count = position->debit_count;
    row.totals.debit_minor = position->debit_minor;
    row.totals.credit_count = position->credit_count;
    row.totals.credit_minor = position->credit_minor;
    row.totals.fee_minor = position->fee_minor;
    memcpy(row.operation.currency, position->currency, sizeof row.operation.currency);
    return cut_file_add(cut, file, layout, &row);
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
enum result cut_add_positions(struct cut *cut, const struct party *party, struct party_file *file,
                              const struct layout *layout)
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
    struct row row = cut_row_about(cut, is_payer ? sum->payer : sum->payee);
    row.counterparty = is_payer ? sum->payee : sum->payer;
    row.item_count = sum->count;
    row.item_minor = sum->base_minor;
    row.totals.fee_minor = is_payer ? -sum->amount_minor : sum->amount_minor;
    fill_text(row.fee, fee->name);
    fill_text(row.fee_role, fee_role_name(is_payer ? fee->payer : fee->payee));
    memcpy(row.operation.currency, sum->currency, sizeof row.operation.currency);
    return cut_file_add(cut, file, layout, &row);
}

enum result cut_add_fee_lines(struct cut *cut, const struct party *party, struct party_file *file,
                              const struct layout *layout)
{
    for (size_t i = 0; i < cut->fees.count; i++) {
        const struct fee_sum *sum = &cut->fees.list[i];
        const struct fee *fee = &cut->config->fees->fees[sum->fee];
        if (sum->count == 0)
            continue; /* of purchases that were all given back */
        if (sum->payer == party->institution && content_of_role(fee->payer) == layout->content)
            TRY(add_fee_line(cut, file, layout, sum, true));
        if (sum->payee == party->institution && content_of_role(fee->payee) == layout->content)
            TRY(add_fee_line(cut, file, layout, sum, false));
    }
    return RESULT_OK;
}
