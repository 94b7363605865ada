/* Position files against details: sums by currency. */
#include "clearing/balance.h"

#include <string.h>

void balance_begin_file(struct balance *balance, const struct layout *layout, uint64_t institution)
{
    balance->institution = institution;
    balance->layouts[layout->content] = layout;
}

static struct balance_line *line_of(struct balance *balance, const char *currency)
{
    size_t at = 0;
    while (at < balance->count &&
           memcmp(balance->lines[at].currency, currency, FEE_CURRENCY_LEN) != 0)
        at++;
    if (at == BALANCE_CURRENCIES_MAX)
        return NULL;
    if (at == balance->count)
        memcpy(balance->lines[balance->count++].currency, currency, FEE_CURRENCY_LEN);
    return &balance->lines[at];
}

static bool add(int64_t *sum, int64_t minor)
{
    return !__builtin_add_overflow(*sum, minor, sum);
}

static bool add_detail(struct balance_line *line, enum layout_content content,
                       const struct row *row)
{
    const struct fee_side *fees = &row->fees;
    enum operation_kind kind = row->operation.kind;
    int64_t amount = row->operation.amount_minor;
    bool is_issuers = content == LAYOUT_ISSUER;
    /* A purchase is paid by its issuer and got by its acquirer; its reversal goes back. */
    enum operation_kind paid = OPERATION_PURCHASE, got = OPERATION_PURCHASE_REVERSAL;
    if (content == LAYOUT_ACQUIRER) {
        paid = OPERATION_PURCHASE_REVERSAL;
        got = OPERATION_PURCHASE;
    }
    bool is_debit = kind == paid || (is_issuers && kind == OPERATION_DEBIT);
    bool is_credit = kind == got || (is_issuers && kind == OPERATION_CREDIT);
    line->details.debit_count += is_debit;
    line->details.credit_count += is_credit;
    return add(&line->details.fee_minor,
               fees->receivable_minor - fees->payable_minor + fees->switch_minor) &&
           add(&line->details.debit_minor, is_debit ? amount : 0) &&
           add(&line->details.credit_minor, is_credit ? amount : 0);
}

static bool has_sums(enum layout_content content)
{
    return content == LAYOUT_ISSUER || content == LAYOUT_ACQUIRER || content == LAYOUT_SENDER ||
           content == LAYOUT_POSITION || content == LAYOUT_ACQUIRER_FEES ||
           content == LAYOUT_ISSUER_FEES || content == LAYOUT_SWITCH_FEES;
}

enum result balance_take(struct balance *balance, enum layout_content content,
                         const struct row *row, struct fault *fault)
{
    bool fits = true;
    /* Only a line of the party's own is a position of its own: without one it has nothing there. */
    bool is_other = balance->institution != 0 && row->institution != 0 &&
                    row->institution != balance->institution;
    if (!has_sums(content) || (content == LAYOUT_POSITION && is_other))
        return RESULT_OK;
    struct balance_line *line = line_of(balance, row->operation.currency);
    if (line == NULL)
        return fault_set(fault, RESULT_LIMIT, "more than %d currencies", BALANCE_CURRENCIES_MAX);
    switch (content) {
    case LAYOUT_ISSUER:
    case LAYOUT_ACQUIRER:
    case LAYOUT_SENDER:
        fits = add_detail(line, content, row);
        break;
    case LAYOUT_POSITION:
        /* Ten digits each, of which a row is one. */
        line->position.debit_count += row->totals.debit_count;
        line->position.credit_count += row->totals.credit_count;
        fits = add(&line->position.debit_minor, row->totals.debit_minor) &&
               add(&line->position.credit_minor, row->totals.credit_minor) &&
               add(&line->position.fee_minor, row->totals.fee_minor);
        break;
    default:
        fits = add(&line->fee_files_minor, row->totals.fee_minor);
        break;
    }
    return fits ? RESULT_OK
                : fault_set(fault, RESULT_LIMIT, "the sums of a position have over 18 digits");
}

static void join(int64_t *sum, int64_t minor)
{
    /* What wraps around differs as well. */
    (void)__builtin_add_overflow(*sum, minor, sum);
}

static void join_sums(struct balance_sums *all, const struct balance_sums *one)
{
    all->debit_count += one->debit_count;
    all->credit_count += one->credit_count;
    join(&all->debit_minor, one->debit_minor);
    join(&all->credit_minor, one->credit_minor);
    join(&all->fee_minor, one->fee_minor);
}

/* What has no currency is compared with the sum of all. */
static void merge(struct balance *balance)
{
    struct balance_line *all = &balance->lines[0];
    for (size_t i = 1; i < balance->count; i++) {
        const struct balance_line *one = &balance->lines[i];
        join_sums(&all->position, &one->position);
        join_sums(&all->details, &one->details);
        join(&all->fee_files_minor, one->fee_files_minor);
    }
    balance->count = 1;
}

static void merge_unknown(struct balance *balance)
{
    static const char unknown[FEE_CURRENCY_LEN];
    for (size_t i = 0; i < balance->count; i++)
        if (memcmp(balance->lines[i].currency, unknown, sizeof unknown) == 0)
            merge(balance);
}

/* --- what is told ----------------------------------------------------------------------------- */

static bool tells(const struct balance *balance, enum layout_content content,
                  enum row_source source)
{
    const struct layout *layout = content < LAYOUT_CONTENTS ? balance->layouts[content] : NULL;
    return layout != NULL && layout_tells(layout, LAYOUT_DETAIL, source);
}

static bool tells_fees(const struct balance *balance, enum layout_content content)
{
    return tells(balance, content, ROW_FEE_RECEIVABLE) &&
           tells(balance, content, ROW_FEE_PAYABLE) && tells(balance, content, ROW_SWITCH_FEE);
}

/* Of a wallet all fees are known only when both of its files are. */
static bool tells_all_fees(const struct balance *balance)
{
    return tells_fees(balance, LAYOUT_ISSUER) ||
           (tells_fees(balance, LAYOUT_ACQUIRER) && tells_fees(balance, LAYOUT_SENDER));
}

/* LAYOUT_CONTENTS: there is none. */
static enum layout_content find_fee_file(const struct balance *balance)
{
    static const enum layout_content contents[] = {LAYOUT_ACQUIRER_FEES, LAYOUT_ISSUER_FEES,
                                                   LAYOUT_SWITCH_FEES};
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++)
        if (tells(balance, contents[i], ROW_FEES))
            return contents[i];
    return LAYOUT_CONTENTS;
}

static bool has_details(const struct balance *balance)
{
    return tells(balance, LAYOUT_ISSUER, ROW_AMOUNT) || tells(balance, LAYOUT_ACQUIRER, ROW_AMOUNT);
}

/* --- comparing -------------------------------------------------------------------------------- */

bool balance_lacks_details(struct balance *balance, struct balance_sums *lacking)
{
    merge_unknown(balance);
    for (size_t i = 0; i < balance->count && !has_details(balance); i++) {
        *lacking = balance->lines[i].position;
        if ((lacking->debit_minor | lacking->credit_minor) != 0 ||
            (lacking->debit_count | lacking->credit_count) != 0)
            return true;
    }
    return false;
}

bool balance_compares(const struct balance *balance, enum layout_content content)
{
    bool is_fees = content < LAYOUT_CONTENTS && content == find_fee_file(balance);
    bool has_position = tells(balance, LAYOUT_POSITION, ROW_FEES);
    if (content == LAYOUT_SENDER) /* only its fees are anybody else's */
        return tells_fees(balance, LAYOUT_SENDER) && tells_all_fees(balance) &&
               (has_position || find_fee_file(balance) != LAYOUT_CONTENTS);
    if (content == LAYOUT_POSITION)
        return has_details(balance) ||
               (has_position &&
                (tells_all_fees(balance) || find_fee_file(balance) != LAYOUT_CONTENTS));
    return is_fees && (tells_all_fees(balance) || has_position);
}

struct comparison {
    const struct balance *balance;
    balance_difference_fn *differs;
    void *context;
};

static void compare(const struct comparison *comparison, enum row_source source,
                    struct balance_difference difference)
{
    if (difference.said != difference.other &&
        tells(comparison->balance, difference.content, source))
        comparison->differs(comparison->context, &difference);
}

static void compare_legs(const struct comparison *comparison, const struct balance_line *line)
{
    const struct balance_sums *said = &line->position, *found = &line->details;
    const struct {
        enum row_source source;
        enum operation_kind kind;
        int64_t said, found;
        bool is_count;
    } sums[] = {
        {ROW_DEBIT_AMOUNT, OPERATION_DEBIT, said->debit_minor, found->debit_minor, false},
        {ROW_CREDIT_AMOUNT, OPERATION_CREDIT, said->credit_minor, found->credit_minor, false},
        {ROW_DEBIT_COUNT, OPERATION_DEBIT, (int64_t)said->debit_count, (int64_t)found->debit_count,
         true},
        {ROW_CREDIT_COUNT, OPERATION_CREDIT, (int64_t)said->credit_count,
         (int64_t)found->credit_count, true},
    };
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++)
        compare(comparison, sums[i].source,
                (struct balance_difference){.content = LAYOUT_POSITION,
                                            .kind = sums[i].kind,
                                            .is_count = sums[i].is_count,
                                            .said = sums[i].said,
                                            .other = sums[i].found});
}

/* The details are what both others are made of; without them nobody knows which of the two is
 * right. */
static void compare_fees(const struct comparison *comparison, const struct balance_line *line)
{
    const struct balance *balance = comparison->balance;
    struct balance_difference fees = {.content = find_fee_file(balance),
                                      .said = line->fee_files_minor,
                                      .other = line->details.fee_minor};
    struct balance_difference position = {.content = LAYOUT_POSITION,
                                          .said = line->position.fee_minor,
                                          .other = line->details.fee_minor};
    if (tells_all_fees(balance)) {
        compare(comparison, ROW_FEES, position);
        compare(comparison, ROW_FEES, fees);
    } else if (tells(balance, LAYOUT_POSITION, ROW_FEES)) {
        fees.is_of_position = true;
        fees.other = line->position.fee_minor;
        compare(comparison, ROW_FEES, fees);
    }
}

void balance_compare(struct balance *balance, balance_difference_fn *differs, void *context)
{
    const struct comparison comparison = {balance, differs, context};
    merge_unknown(balance);
    for (size_t i = 0; i < balance->count; i++) {
        if (has_details(balance))
            compare_legs(&comparison, &balance->lines[i]);
        compare_fees(&comparison, &balance->lines[i]);
    }
}
