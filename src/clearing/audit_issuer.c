/* The audit of the issuers: their accounts against their journals, each freeze in itself; and what
 * the switch's side will be compared with. */
#include "clearing/audit_state.h"

#include "base/text.h"
#include "redpacket/journal.h"

#include <inttypes.h>

struct issuer {
    struct audit *audit;
    uint64_t institution;
    int64_t opened_minor, in_minor, out_minor; /* by the journal */
    int64_t available_minor, frozen_minor;     /* by the accounts */
    int64_t remaining_minor;                   /* by the freezes */
};

/* --- the journal ------------------------------------------------------------------------------ */

/* The claim's key from a leg, or from what names the leg in DE 90; the leg itself left out. */
static void encode_claim(const struct operation *op, bool is_named, uint8_t out[CLAIM_KEY_LEN])
{
    struct transaction_key key = {
        .transmission = is_named ? op->original.transmission : op->transmission,
        .stan = is_named ? op->original.stan : op->stan,
        .acquirer = is_named ? op->original.acquirer : op->acquirer.number,
        .forwarder = is_named ? op->original.forwarder : op->forwarder.number,
    };
    transaction_key_encode(&key, out);
}

static bool add_posting(struct issuer *issuer, const struct journal_entry *entry,
                        enum audit_what what, bool is_named)
{
    struct audit *audit = issuer->audit;
    struct audit_posting posting = {
        .share = entry->operation.reference.share,
        .what = what,
        .issuer = issuer->institution,
        .amount_minor = entry->moved_minor,
    };
    audit_name_freeze(&entry->operation.reference, posting.name);
    encode_claim(&entry->operation, is_named, posting.claim);
    return audit_add_posting(audit, &posting) &&
           audit_add(audit, what == AUDIT_DEBIT ? &issuer->out_minor : &issuer->in_minor,
                     entry->moved_minor);
}

static bool add_purchase(struct issuer *issuer, const struct journal_entry *entry)
{
    struct audit *audit = issuer->audit;
    const struct operation *op = &entry->operation;
    bool is_reversal = op->kind == OPERATION_PURCHASE_REVERSAL;
    struct transaction_key key = operation_purchase_key(op);
    struct audit_purchase purchase = {
        .what = is_reversal ? AUDIT_PURCHASE_TAKEN_BACK : AUDIT_PURCHASE_POSTED,
        .issuer = issuer->institution,
        .amount_minor = entry->moved_minor,
    };
    transaction_key_encode(&key, purchase.key);
    return audit_add_purchase(audit, &purchase) &&
           audit_add(audit, is_reversal ? &issuer->in_minor : &issuer->out_minor,
                     entry->moved_minor);
}

static bool take_freeze(void *context, const struct ledger_freeze *freeze);

/* A freeze that is kept no longer: as it was in the end. */
static bool take_forgotten(struct issuer *issuer, const struct journal_entry *entry)
{
    return take_freeze(issuer, &(struct ledger_freeze){
                                   .state = (enum freeze_state)entry->from,
                                   .request = entry->operation,
                                   .frozen_minor = entry->frozen_minor,
                                   .debited_minor = entry->moved_minor,
                                   .released_minor = entry->available_minor,
                               });
}

static bool take_record(void *context, const struct store_log_record *record)
{
    struct issuer *issuer = context;
    struct audit *audit = issuer->audit;
    struct journal_entry entry;
    if (!journal_read(record->data, &entry)) {
        audit->failed = fault_set(audit->fault, RESULT_CORRUPT,
                                  "%011" PRIu64 ": log record %" PRIu64 " is no journal entry",
                                  issuer->institution, record->number);
        return false;
    }
    if (entry.event == JOURNAL_OPENED)
        return audit_add(audit, &issuer->opened_minor, entry.moved_minor);
    if (entry.event == JOURNAL_FORGOTTEN)
        return take_forgotten(issuer, &entry);
    if (entry.event != JOURNAL_POSTED)
        return true;
    switch (entry.operation.kind) {
    case OPERATION_DEBIT:
        return add_posting(issuer, &entry, AUDIT_DEBIT, false);
    case OPERATION_DEBIT_REVERSAL:
        return add_posting(issuer, &entry, AUDIT_REVERSAL, true);
    case OPERATION_CREDIT:
        return add_posting(issuer, &entry, AUDIT_CREDIT, false);
    case OPERATION_CONFIRMATION:
        return add_posting(issuer, &entry, AUDIT_CREDIT, true);
    case OPERATION_PURCHASE:
    case OPERATION_PURCHASE_REVERSAL:
        return add_purchase(issuer, &entry);
    default:
        return true;
    }
}

/* --- accounts and freezes --------------------------------------------------------------------- */

static bool take_account(void *context, const struct ledger_account *account)
{
    struct issuer *issuer = context;
    if (account->available_minor < 0 || account->frozen_minor < 0)
        audit_violation(issuer->audit, 1, "%011" PRIu64 ": an account is below zero",
                        issuer->institution);
    return audit_add(issuer->audit, &issuer->available_minor, account->available_minor) &&
           audit_add(issuer->audit, &issuer->frozen_minor, account->frozen_minor);
}

static bool take_freeze(void *context, const struct ledger_freeze *freeze)
{
    struct issuer *issuer = context;
    struct audit *audit = issuer->audit;
    /* Each has at most 15 digits in its record: the sum fits. */
    int64_t sum = freeze->debited_minor + freeze->released_minor + freeze->remaining_minor;
    if (sum != freeze->frozen_minor)
        audit_violation(audit, 2,
                        "%011" PRIu64 ", freeze %s: %" PRId64 " debited, %" PRId64
                        " released and %" PRId64 " remaining are not the %" PRId64 " frozen",
                        issuer->institution, audit_label(&freeze->request.reference).text,
                        freeze->debited_minor, freeze->released_minor, freeze->remaining_minor,
                        freeze->frozen_minor);
    struct audit_freeze known = {
        .state = freeze->state,
        .issuer = issuer->institution,
        .frozen_minor = freeze->frozen_minor,
        .debited_minor = freeze->debited_minor,
        .released_minor = freeze->released_minor,
        .remaining_minor = freeze->remaining_minor,
    };
    audit_name_freeze(&freeze->request.reference, known.name);
    return audit_add_freeze(audit, &known) &&
           audit_add(audit, &issuer->remaining_minor, freeze->remaining_minor);
}

static enum result check_books(struct audit *audit, const struct issuer *issuer)
{
    char held_text[TEXT_MONEY_SIZE], book_text[TEXT_MONEY_SIZE];
    int64_t held = issuer->available_minor, book = issuer->opened_minor;
    if (!audit_add(audit, &held, issuer->frozen_minor) ||
        !audit_add(audit, &book, issuer->in_minor) ||
        !audit_add(audit, &book, -issuer->out_minor) ||
        !audit_add(audit, &audit->held_minor, held) ||
        !audit_add(audit, &audit->opened_minor, issuer->opened_minor))
        return audit->failed;
    if (held != book)
        audit_violation(audit, 1, "%011" PRIu64 ": its accounts hold %s, by its journal %s",
                        issuer->institution, text_money_format(held, held_text),
                        text_money_format(book, book_text));
    if (issuer->frozen_minor != issuer->remaining_minor)
        audit_violation(audit, 2, "%011" PRIu64 ": %s is frozen on accounts, %s by its freezes",
                        issuer->institution, text_money_format(issuer->frozen_minor, held_text),
                        text_money_format(issuer->remaining_minor, book_text));
    return RESULT_OK;
}

enum result audit_read_issuer(struct audit *audit, const struct audit_party *party)
{
    struct issuer issuer = {.audit = audit, .institution = party->member.institution};
    TRY(store_log_scan(party->store, 1, 0, take_record, &issuer, audit->fault));
    TRY(audit->failed);
    TRY(issuer_ledger_scan_accounts(party->store, take_account, &issuer, audit->fault));
    TRY(audit->failed);
    TRY(issuer_ledger_scan_freezes(party->store, take_freeze, &issuer, audit->fault));
    TRY(audit->failed);
    return check_books(audit, &issuer);
}
