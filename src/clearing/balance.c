/* Position files against details: sums by currency. */
#include "clearing/balance.h"

#include <string.h>

void balance_begin_file(struct balance *balance, enum layout_content content, uint64_t institution)
{
    balance->institution = institution;
    balance->has[content] = true;
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
    bool is_leg = content == LAYOUT_ISSUER;
    return add(&line->details.fee_minor,
               fees->receivable_minor - fees->payable_minor + fees->switch_minor) &&
           add(&line->details.debit_minor, is_leg && kind == OPERATION_DEBIT ? amount : 0) &&
           add(&line->details.credit_minor, is_leg && kind == OPERATION_CREDIT ? amount : 0);
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

/* What has no currency is compared with the sum of all. */
static void merge(struct balance *balance)
{
    struct balance_line *all = &balance->lines[0];
    for (size_t i = 1; i < balance->count; i++) {
        const struct balance_line *one = &balance->lines[i];
        join(&all->position.debit_minor, one->position.debit_minor);
        join(&all->position.credit_minor, one->position.credit_minor);
        join(&all->position.fee_minor, one->position.fee_minor);
        join(&all->details.debit_minor, one->details.debit_minor);
        join(&all->details.credit_minor, one->details.credit_minor);
        join(&all->details.fee_minor, one->details.fee_minor);
        join(&all->fee_files_minor, one->fee_files_minor);
    }
    balance->count = 1;
}

static void compare_line(const struct balance *balance, const struct balance_line *line,
                         balance_difference_fn *differs, void *context)
{
    const bool *has = balance->has;
    bool has_details = has[LAYOUT_ISSUER] || has[LAYOUT_ACQUIRER];
    /* Of a wallet all fees are known only when both of its files are. */
    bool has_all_fees = has[LAYOUT_ISSUER] || (has[LAYOUT_ACQUIRER] && has[LAYOUT_SENDER]);
    bool has_fee_files =
        has[LAYOUT_ACQUIRER_FEES] || has[LAYOUT_ISSUER_FEES] || has[LAYOUT_SWITCH_FEES];
    const struct balance_sums *position = &line->position, *details = &line->details;
    if (has_details && position->debit_minor != details->debit_minor)
        differs(context, OPERATION_DEBIT, position->debit_minor, details->debit_minor);
    if (has_details && position->credit_minor != details->credit_minor)
        differs(context, OPERATION_CREDIT, position->credit_minor, details->credit_minor);
    if (has_all_fees && position->fee_minor != details->fee_minor)
        differs(context, OPERATION_NONE, position->fee_minor, details->fee_minor);
    if (has_fee_files && position->fee_minor != line->fee_files_minor)
        differs(context, OPERATION_NONE, position->fee_minor, line->fee_files_minor);
}

void balance_compare(struct balance *balance, balance_difference_fn *differs, void *context)
{
    static const char unknown[FEE_CURRENCY_LEN];
    if (!balance->has[LAYOUT_POSITION])
        return;
    for (size_t i = 0; i < balance->count; i++)
        if (memcmp(balance->lines[i].currency, unknown, sizeof unknown) == 0)
            merge(balance);
    for (size_t i = 0; i < balance->count; i++)
        compare_line(balance, &balance->lines[i], differs, context);
}
