/* The audit of purchases: what the switch has of each against what its issuer posted, met by the
 * purchase's own key in one sorted stream, so that memory does not grow with how many there are. */
#include "clearing/audit_state.h"

#include "redpacket/dispute.h"
#include "redpacket/purchase.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    STREAM_MEMORY = 8 << 20,
    RECORD_LEN = TRANSACTION_KEY_LEN + 2 + 5 + 8,
};

enum result audit_purchases_open(struct audit *audit)
{
    return sorter_open(RECORD_LEN, STREAM_MEMORY, NULL, &audit->purchases, audit->fault);
}

bool audit_add_purchase(struct audit *audit, const struct audit_purchase *purchase)
{
    uint8_t record[RECORD_LEN];
    struct writer w = writer_to(record, sizeof record);
    write_bytes(&w, purchase->key, sizeof purchase->key);
    write_u8(&w, (uint8_t)purchase->what);
    write_u8(&w, (uint8_t)purchase->state);
    write_uint(&w, purchase->issuer, 5);
    write_u64(&w, (uint64_t)purchase->amount_minor);
    MUST(!w.bad && w.len == sizeof record);
    audit->failed = sorter_add(audit->purchases, record, audit->fault);
    return audit->failed == RESULT_OK;
}

static void read_purchase(const void *record, struct audit_purchase *purchase)
{
    struct reader r = reader_of(bytes_of(record, RECORD_LEN));
    read_bytes(&r, purchase->key, sizeof purchase->key);
    purchase->what = (enum audit_purchase_what)read_u8(&r);
    purchase->state = (enum purchase_state)read_u8(&r);
    purchase->issuer = read_uint(&r, 5);
    purchase->amount_minor = (int64_t)read_u64(&r);
    MUST(!r.bad && r.at == r.end);
}

/* --- one purchase ----------------------------------------------------------------------------- */

/* What there is under one key. */
struct group {
    struct audit_purchase at_switch; /* state NONE: the switch has none */
    struct audit_purchase last;      /* of the issuers' */
    int64_t posted, taken_back;      /* how often */
    int64_t standing_minor;
    bool has_stranger; /* an issuer posted that is not the card's */
};

/* "DE 7 1231200001, DE 11 002101, of 00091230001" */
struct label {
    char text[64];
};

static struct label label_of(const uint8_t key[TRANSACTION_KEY_LEN])
{
    struct transaction_key named;
    struct label label;
    transaction_key_decode(key, &named);
    snprintf(label.text, sizeof label.text, "DE 7 %010" PRIu64 ", DE 11 %06u, of %011" PRIu64,
             named.transmission, named.stan, named.acquirer);
    return label;
}

static bool take(struct audit *audit, struct group *group, const struct audit_purchase *one)
{
    bool is_posting = one->what == AUDIT_PURCHASE_POSTED;
    if (one->what == AUDIT_PURCHASE_AT_SWITCH) {
        group->at_switch = *one;
        return true;
    }
    group->last = *one;
    group->posted += is_posting;
    group->taken_back += !is_posting;
    /* The switch's is first of its key. */
    group->has_stranger = group->has_stranger || one->issuer != group->at_switch.issuer;
    return audit_add(audit, &group->standing_minor,
                     is_posting ? one->amount_minor : -one->amount_minor);
}

static void check_group(struct audit *audit, const struct group *group)
{
    const struct audit_purchase *own = &group->at_switch;
    if (own->state == PURCHASE_NONE) {
        audit_violation(
            audit, 3, "%011" PRIu64 " %s %" PRId64 " for a purchase unknown at the switch: %s",
            group->last.issuer, group->last.what == AUDIT_PURCHASE_POSTED ? "debited" : "gave back",
            group->last.amount_minor, label_of(group->last.key).text);
        return;
    }
    bool is_disputed = own->state == PURCHASE_DISPUTED;
    int64_t stands = group->posted - group->taken_back;
    int64_t expected = own->state == PURCHASE_PURCHASED ? own->amount_minor : 0;
    if (!is_disputed && own->state != PURCHASE_PURCHASED && own->state != PURCHASE_REFUSED &&
        own->state != PURCHASE_REVERSED) {
        audit_violation(audit, 7, "purchase %s is still %s", label_of(own->key).text,
                        purchase_state_name(own->state));
        return;
    }
    if (!audit_has_issuer(audit, own->issuer) && group->posted + group->taken_back == 0)
        return;
    if (group->has_stranger)
        audit_violation(audit, 3,
                        "purchase %s: %011" PRIu64 " posted, and is not its card's issuer",
                        label_of(own->key).text, group->last.issuer);
    /* Nobody knows better than the books what came of a dispute. */
    if (is_disputed)
        expected = group->standing_minor;
    if (group->posted > 1 || stands < 0 || group->standing_minor != expected)
        audit_violation(audit, 3,
                        "purchase %s is %s at the switch: expected %" PRId64
                        " debited, the books have %" PRId64 " in %" PRId64 " debits and %" PRId64
                        " reversals",
                        label_of(own->key).text, purchase_state_name(own->state), expected,
                        group->standing_minor, group->posted, group->taken_back);
    (void)audit_add(audit, &audit->gone_minor, expected);
}

enum result audit_check_purchases(struct audit *audit)
{
    struct group group = {.at_switch.state = PURCHASE_NONE};
    struct audit_purchase one;
    uint8_t key[TRANSACTION_KEY_LEN] = {0};
    bool has_group = false;
    const void *record;
    TRY(sorter_sort(audit->purchases, audit->fault));
    do {
        TRY(sorter_next(audit->purchases, &record, audit->fault));
        if (record != NULL)
            read_purchase(record, &one);
        if (has_group && (record == NULL || memcmp(key, one.key, sizeof key) != 0)) {
            check_group(audit, &group);
            group = (struct group){.at_switch.state = PURCHASE_NONE};
        }
        has_group = record != NULL;
        if (record != NULL) {
            memcpy(key, one.key, sizeof key);
            if (!take(audit, &group, &one))
                return audit->failed;
        }
    } while (record != NULL);
    return audit->failed;
}

/* --- the switch's ----------------------------------------------------------------------------- */

struct view {
    struct audit *audit;
    struct store *store;
};

static bool find_dispute(void *context, struct bytes key, struct bytes value)
{
    (void)key;
    (void)value;
    *(bool *)context = true;
    return false;
}

/* What is DISPUTED is in the exceptions file until a person closes it: so it is kept. */
static bool check_kept(struct view *view, const struct transaction_key *named)
{
    struct audit *audit = view->audit;
    struct store_key key = key_of_purchase_dispute(named);
    uint8_t end[STORE_KEY_MAX + 1] = {0}; /* the next key that there can be */
    uint8_t encoded[TRANSACTION_KEY_LEN];
    bool is_kept = false;
    memcpy(end, key.data, key.len);
    transaction_key_encode(named, encoded);
    audit->failed = store_scan(view->store, bytes_of(key.data, key.len),
                               bytes_of(end, key.len + 1u), find_dispute, &is_kept, audit->fault);
    if (audit->failed == RESULT_OK && !is_kept)
        audit_violation(audit, 7, "purchase %s is DISPUTED, and no exceptions file says so",
                        label_of(encoded).text);
    return audit->failed == RESULT_OK;
}

bool audit_add_purchase_of_switch(struct audit *audit, const struct operation *request,
                                  enum purchase_state state, uint64_t issuer)
{
    struct transaction_key key = operation_key(request);
    struct audit_purchase purchase = {.what = AUDIT_PURCHASE_AT_SWITCH,
                                      .state = state,
                                      .issuer = issuer,
                                      .amount_minor = request->amount_minor};
    transaction_key_encode(&key, purchase.key);
    return audit_add_purchase(audit, &purchase);
}

static bool take_record(void *context, struct bytes key, struct bytes value)
{
    struct view *view = context;
    struct purchase purchase;
    (void)key;
    purchase_decode(value, &purchase);
    struct transaction_key named = operation_key(&purchase.request);
    if (purchase.state == PURCHASE_DISPUTED && !check_kept(view, &named))
        return false;
    return audit_add_purchase_of_switch(view->audit, &purchase.request, purchase.state,
                                        purchase.issuer);
}

enum result audit_read_purchases(struct audit *audit, struct store *store)
{
    static const uint8_t first[] = {TABLE_PURCHASE}, end[] = {TABLE_PURCHASE + 1};
    struct view view = {.audit = audit, .store = store};
    TRY(store_scan(store, bytes_of(first, 1), bytes_of(end, 1), take_record, &view, audit->fault));
    return audit->failed;
}
