/* Purchases as the switch, their issuer and their acquirer journal them. Included by one test file
 * each. */
#ifndef TESTS_UNIT_CLEARING_PURCHASES_H
#define TESTS_UNIT_CLEARING_PURCHASES_H

#include "clearing/books.h"

#include "redpacket/purchase.h"

/* The 0200/00 that `acquirer` has numbered so, of a card of Harbour's. */
static inline struct operation purchase_of(unsigned number, int64_t amount_minor, uint64_t acquirer)
{
    struct operation op = {
        .kind = OPERATION_PURCHASE,
        .card = card("9999011000000019"),
        .amount_minor = amount_minor,
        .transmission = 1231210000 + number,
        .stan = 7000 + number,
        .local_time = 210000,
        .local_date = 1231,
        .merchant_type = 5411,
        .entry_mode = 12,
        .acquirer = institution(acquirer),
        .forwarder = institution(acquirer),
    };
    memcpy(op.terminal, "TILL0001", sizeof op.terminal);
    memcpy(op.merchant, "CORNER SHOP    ", sizeof op.merchant);
    memcpy(op.currency, "156", sizeof op.currency);
    char rrn[13];
    snprintf(rrn, sizeof rrn, "1231%08u", 70000 + number);
    memcpy(op.rrn, rrn, sizeof op.rrn);
    return op;
}

static inline void move_purchase(struct store *store, const struct operation *purchase,
                                 uint32_t date, enum purchase_state from, enum purchase_state to,
                                 uint16_t code)
{
    struct journal_entry entry;
    journal_begin(&entry, JOURNAL_PURCHASE, purchase, 0);
    entry.from = (uint8_t)from;
    entry.to = (uint8_t)to;
    entry.code = code;
    entry.settlement_date = date;
    entry.sender_issuer = HARBOUR;
    if (to == PURCHASE_PURCHASED) {
        entry.moved_minor = purchase->amount_minor;
        memcpy(entry.authorisation, "P00042", sizeof entry.authorisation);
    }
    write_entry(store, &entry);
}

/* From its beginning to this state; given up: after it was PURCHASED. */
static inline void write_purchase(struct store *store, const struct operation *purchase,
                                  uint32_t date, enum purchase_state end, bool is_given_up)
{
    enum purchase_state at = PURCHASE_PURCHASING;
    move_purchase(store, purchase, date, PURCHASE_NONE, at, CODE_NONE);
    if (end == PURCHASE_PURCHASED || is_given_up) {
        move_purchase(store, purchase, date, at, PURCHASE_PURCHASED, CODE_APPROVED);
        at = PURCHASE_PURCHASED;
    }
    if (end == PURCHASE_REFUSED)
        move_purchase(store, purchase, date, at, PURCHASE_REFUSED, CODE_FUNDS);
    if (end == PURCHASE_REVERSING || end == PURCHASE_REVERSED || end == PURCHASE_DISPUTED)
        move_purchase(store, purchase, date, at, PURCHASE_REVERSING,
                      is_given_up ? CODE_APPROVED : CODE_NO_ANSWER);
    if (end == PURCHASE_REVERSED || end == PURCHASE_DISPUTED)
        move_purchase(store, purchase, date, PURCHASE_REVERSING, end,
                      end == PURCHASE_REVERSED ? CODE_APPROVED : CODE_RELATED_INVALID);
}

/* The dispute of its reversal, as the switch keeps it; the last entry of the log tells of it. */
static inline void put_purchase_dispute(struct store *store, const struct operation *purchase,
                                        uint32_t date, uint64_t since)
{
    uint8_t record[DISPUTE_RECORD_MAX];
    struct transaction_key key = operation_key(purchase);
    struct dispute dispute = {
        .refused = OPERATION_PURCHASE_REVERSAL,
        .code = CODE_RELATED_INVALID,
        .about = *purchase,
        .sender_issuer = HARBOUR,
        .settlement_date = date,
        .since = since,
    };
    put_record(store, key_of_purchase_dispute(&key), record, dispute_encode(&dispute, record));
}

/* A reversal: `numbered` tells the acquirer's from the switch's, which is another message. */
static inline struct operation reversal_of(const struct operation *purchase, unsigned numbered)
{
    struct operation op = *purchase;
    op.kind = OPERATION_PURCHASE_REVERSAL;
    op.original = operation_as_original(purchase);
    op.stan += 100000 * numbered;
    op.transmission += 100 * numbered;
    return op;
}

/* As an issuer posts it. */
static inline void post_purchase(struct store *store, const struct operation *op)
{
    struct journal_entry entry;
    journal_begin(&entry, JOURNAL_POSTED, op, 0);
    entry.code = CODE_APPROVED;
    entry.settlement_date = DAY;
    entry.sender_issuer = HARBOUR;
    entry.moved_minor = op->amount_minor;
    write_entry(store, &entry);
}

static inline struct reconcile_result compare_buyer(const struct books *books, const char *more)
{
    const char *names[] = {"IND26123101ICOM", "IND26123186POS", more};
    return compare(books, HARBOUR, names, more != NULL ? 3 : 2);
}

static inline struct reconcile_result compare_acquirer(const struct books *books, const char *more)
{
    const char *names[] = {"IND26123101ACOM", "IND26123186POS", more};
    return compare(books, ALPHA, names, more != NULL ? 3 : 2);
}

#endif
