/* Operations and messages: one table says which data elements each kind must carry. */
#include "redpacket/operation.h"

#include "base/mutant.h"

#include <string.h>

#define DE(number) ((uint64_t)1 << (number))

/* The elements that every operation carries, besides the product's mark (the spec names it), 48,
 * 90, 102, 103 and 15 (all but an inquiry, which moves no money and names no terminal). */
static const uint64_t COMMON = DE(2) | DE(3) | DE(4) | DE(7) | DE(11) | DE(12) | DE(13) | DE(18) |
                               DE(22) | DE(32) | DE(33) | DE(37) | DE(41) | DE(42) | DE(49);
static const uint64_t INQUIRY = DE(3) | DE(7) | DE(11) | DE(32) | DE(33) | DE(37);
static const uint64_t RECONCILIATION = DE(7) | DE(11) | DE(15) | DE(33) | DE(50);
/* What an answer must repeat to count as one: the key, the card and the amount. */
static const uint64_t ANSWER = DE(2) | DE(3) | DE(4) | DE(7) | DE(11) | DE(32) | DE(33);

static const struct kind {
    const char *name;
    const char *mti;
    unsigned process;
    uint64_t needs;
    bool needs_original, needs_sender, needs_receiver;
    bool is_ordinary; /* no message of the product: marked by ORDINARY, and about no freeze */
} kinds[OPERATION_KINDS] = {
    [OPERATION_NONE] = {"none", "0000", 0, 0, false, false, false, false},
    [OPERATION_FREEZE] = {"freeze", "0100", 3, COMMON, false, true, false, false},
    [OPERATION_CLAIM] = {"claim", "0200", 40, COMMON, true, false, true, false},
    [OPERATION_DEBIT] = {"debit", "0200", 46, COMMON | DE(15), true, true, true, false},
    [OPERATION_CREDIT] = {"credit", "0200", 47, COMMON | DE(15), true, true, true, false},
    [OPERATION_CONFIRMATION] = {"confirmation", "0220", 47, COMMON | DE(15), true, true, true,
                                false},
    [OPERATION_DEBIT_REVERSAL] = {"debit reversal", "0420", 46, COMMON | DE(15), true, true, true,
                                  false},
    [OPERATION_FREEZE_REVERSAL] = {"freeze reversal", "0420", 3, COMMON, true, true, false, false},
    [OPERATION_UNFREEZE] = {"unfreeze", "0220", 20, COMMON, true, true, false, false},
    [OPERATION_INQUIRY] = {"inquiry", "0600", 33, INQUIRY, false, false, false, false},
    [OPERATION_RECONCILIATION] = {"reconciliation", "0520", 0, RECONCILIATION, false, false, false,
                                  false},
    [OPERATION_PURCHASE] = {"purchase", "0200", 0, COMMON, false, false, false, true},
    [OPERATION_PURCHASE_REVERSAL] = {"purchase reversal", "0420", 0, COMMON, true, false, false,
                                     true},
};

const char *operation_name(enum operation_kind kind)
{
    MUST(kind < OPERATION_KINDS);
    return kinds[kind].name;
}

const char *operation_mti(enum operation_kind kind)
{
    MUST(kind < OPERATION_KINDS);
    return kinds[kind].mti;
}

unsigned operation_process(enum operation_kind kind)
{
    MUST(kind < OPERATION_KINDS);
    return kinds[kind].process;
}

static struct bytes element(const struct iso_message *message, unsigned de)
{
    struct iso_value value = iso_message_get(message, de);
    return bytes_of(value.data, value.len);
}

/* DE 25 of a purchase, whatever marks the product. */
enum { ORDINARY_DE = 25 };
static const char ORDINARY[] = "00";

/* What a message of the kind carries in *de; NULL: the spec marks no product. */
static const char *mark_of(const struct kind *kind, const struct iso_spec *spec, unsigned *de)
{
    if (!kind->is_ordinary)
        return iso_spec_product(spec, de);
    *de = ORDINARY_DE;
    return ORDINARY;
}

/* A spec that names no product's mark has purchases, and no red packets. */
static bool is_marked(const struct iso_message *message, const struct kind *kind)
{
    unsigned de;
    const char *mark = mark_of(kind, message->spec, &de);
    return mark != NULL && bytes_equal(element(message, de), bytes_text(mark));
}

bool operation_is_of_purchase(enum operation_kind kind)
{
    MUST(kind < OPERATION_KINDS);
    return kinds[kind].is_ordinary;
}

enum operation_kind operation_kind_of(const struct iso_message *message)
{
    struct bytes process = element(message, 3);
    if (message->mti[1] == '5')
        return memcmp(message->mti, "0520", 5) == 0 || memcmp(message->mti, "0530", 5) == 0
                   ? OPERATION_RECONCILIATION
                   : OPERATION_NONE;
    if (process.len != 6)
        return OPERATION_NONE;
    unsigned code = (unsigned)(process.data[0] - '0') * 10 + (unsigned)(process.data[1] - '0');
    for (enum operation_kind kind = OPERATION_FREEZE; kind < OPERATION_KINDS; kind++) {
        const char *mti = kinds[kind].mti;
        /* An answer's MTI is its request's with the third digit one higher. */
        bool same = memcmp(mti, message->mti, 2) == 0 && mti[3] == message->mti[3] &&
                    (mti[2] == message->mti[2] || mti[2] + 1 == message->mti[2]);
        if (same && kinds[kind].process == code && is_marked(message, &kinds[kind]))
            return kind;
    }
    return OPERATION_NONE;
}

/* Reads elements one after the other; the first fault stays. */
struct element_reader {
    const struct iso_message *message;
    struct fault *fault;
    enum result result;
};

static void element_fault(struct element_reader *in, unsigned de, const char *expected)
{
    if (in->result != RESULT_OK)
        return;
    struct bytes got = element(in->message, de);
    if (got.data == NULL)
        in->result =
            fault_set(in->fault, RESULT_INPUT, "DE %u: expected %s, got nothing", de, expected);
    else
        in->result = fault_set(in->fault, RESULT_INPUT, "DE %u: byte %td: expected %s", de,
                               got.data - in->message->base, expected);
}

static uint64_t read_number(struct element_reader *in, unsigned de, const char *what)
{
    uint64_t value = 0;
    struct bytes text = element(in->message, de);
    if (text.data != NULL && !text_digits_parse(text, &value))
        element_fault(in, de, what);
    return value;
}

static void read_pan(struct element_reader *in, unsigned de, struct pan *pan)
{
    struct bytes text = element(in->message, de);
    if (text.data != NULL && !pan_parse(text, pan))
        element_fault(in, de, "a card number of 1 to 19 digits");
}

static void read_institution(struct element_reader *in, unsigned de,
                             struct institution *institution)
{
    struct bytes text = element(in->message, de);
    if (text.data != NULL && !institution_parse(text, institution))
        element_fault(in, de, "an institution id of 1 to 11 digits");
}

static void read_fixed(struct element_reader *in, unsigned de, char *out, size_t width)
{
    struct bytes text = element(in->message, de);
    if (text.data == NULL)
        memset(out, ' ', width);
    else if (text.len != width)
        element_fault(in, de, "its fixed length");
    else
        memcpy(out, text.data, width);
}

static void read_references(struct element_reader *in, const struct kind *kind, bool is_answer,
                            struct operation *operation)
{
    struct iso_value named = iso_message_find(in->message, 48, "AS.HB");
    if (kind->is_ordinary) {
        if (named.data != NULL)
            element_fault(in, 48, "no usage HB: a purchase is about no freeze");
    } else if (!reference_parse(bytes_of(named.data, named.len), &operation->reference) &&
               (named.data != NULL || !is_answer))
        element_fault(in, 48, "usage HB with the 39 digits of the freeze reference");
    struct bytes original = element(in->message, 90);
    if (original.data != NULL && !original_parse(original, &operation->original))
        element_fault(in, 90, "42 digits that name the original message");
    if (original.data == NULL && kind->needs_original && !is_answer)
        element_fault(in, 90, "the message that this one refers to");
    struct iso_value reason = iso_message_find(in->message, 60, "1");
    uint64_t value = 0;
    if (reason.data != NULL && text_digits_parse(bytes_of(reason.data, reason.len), &value))
        operation->reason = (uint16_t)value;
}

static void read_needs(struct element_reader *in, const struct kind *kind, bool is_answer)
{
    uint64_t needs = is_answer ? (kind->needs & ANSWER) | DE(39) : kind->needs;
    for (unsigned de = 2; de < 64; de++)
        if ((needs & DE(de)) != 0 && !iso_message_has(in->message, de))
            element_fault(in, de, "a value: the operation needs it");
    if (kind->needs_sender && !is_answer && !iso_message_has(in->message, 102))
        element_fault(in, 102, "the sender's card");
    if (kind->needs_receiver && !is_answer && !iso_message_has(in->message, 103))
        element_fault(in, 103, "the receiver's card");
}

/* All that a request has must be there; an answer has totals or none. */
static void read_reconciliation(struct element_reader *in, bool is_answer,
                                struct operation *operation)
{
    read_institution(in, 100, &operation->addressee);
    read_fixed(in, 50, operation->currency, sizeof operation->currency);
    for (unsigned de = TOTALS_NUMBER_DE; de < TOTALS_NUMBER_DE + TOTALS_AMOUNTS && !is_answer; de++)
        if (!iso_message_has(in->message, de))
            element_fault(in, de, "a count");
    for (unsigned de = TOTALS_AMOUNT_DE; de < TOTALS_AMOUNT_DE + TOTALS_AMOUNTS && !is_answer; de++)
        if (!iso_message_has(in->message, de))
            element_fault(in, de, "an amount");
    unsigned wrong = totals_read(in->message, &operation->totals);
    if (wrong != 0)
        element_fault(in, wrong,
                      wrong == TOTALS_NET_DE ? "C or D and the net of DE 86 to 89" : "digits");
}

enum result operation_read(const struct iso_message *message, struct operation *operation,
                           struct fault *fault)
{
    *operation = (struct operation){.kind = operation_kind_of(message)};
    struct element_reader in = {.message = message, .fault = fault, .result = RESULT_OK};
    if (operation->kind == OPERATION_NONE)
        return fault_set(fault, RESULT_INPUT,
                         "MTI %s with this DE 3 and product mark is no operation", message->mti);
    const struct kind *kind = &kinds[operation->kind];
    bool is_answer = kind->mti[2] != message->mti[2];
    read_needs(&in, kind, is_answer);
    if (operation->kind == OPERATION_RECONCILIATION) {
        operation->transmission = read_number(&in, 7, "10 digits");
        operation->stan = (uint32_t)read_number(&in, 11, "6 digits");
        operation->settlement = (uint16_t)read_number(&in, 15, "4 digits");
        read_institution(&in, 33, &operation->forwarder);
        read_reconciliation(&in, is_answer, operation);
        return in.result;
    }
    read_pan(&in, 2, &operation->card);
    read_pan(&in, 102, &operation->sender);
    read_pan(&in, 103, &operation->receiver);
    operation->account_types = (uint32_t)(read_number(&in, 3, "6 digits") % 10000);
    operation->amount_minor = (int64_t)read_number(&in, 4, "12 digits");
    operation->transmission = read_number(&in, 7, "10 digits");
    operation->stan = (uint32_t)read_number(&in, 11, "6 digits");
    operation->local_time = (uint32_t)read_number(&in, 12, "6 digits");
    operation->local_date = (uint16_t)read_number(&in, 13, "4 digits");
    operation->settlement = (uint16_t)read_number(&in, 15, "4 digits");
    operation->merchant_type = (uint16_t)read_number(&in, 18, "4 digits");
    operation->entry_mode = (uint16_t)read_number(&in, 22, "3 digits");
    read_institution(&in, 32, &operation->acquirer);
    read_institution(&in, 33, &operation->forwarder);
    read_fixed(&in, 37, operation->rrn, sizeof operation->rrn);
    read_fixed(&in, 41, operation->terminal, sizeof operation->terminal);
    read_fixed(&in, 42, operation->merchant, sizeof operation->merchant);
    read_fixed(&in, 49, operation->currency, sizeof operation->currency);
    read_references(&in, kind, is_answer, operation);
    return in.result;
}

struct transaction_key operation_key(const struct operation *operation)
{
    const struct kind *kind = &kinds[operation->kind];
    if (mutant_is(MUTANT_LEG_NOT_IN_KEY) && operation->kind == OPERATION_CREDIT)
        kind = &kinds[OPERATION_DEBIT];
    return (struct transaction_key){
        .transmission = operation->transmission,
        .stan = operation->stan,
        .acquirer = operation->acquirer.number,
        .forwarder = operation->forwarder.number,
        .mti_class = (uint8_t)(kind->mti[1] - '0'),
        .process = (uint8_t)kind->process,
    };
}

struct original operation_as_original(const struct operation *operation)
{
    uint64_t mti = 0;
    MUST(text_digits_parse(bytes_text(kinds[operation->kind].mti), &mti));
    return (struct original){
        .mti = (uint16_t)mti,
        .stan = operation->stan,
        .transmission = operation->transmission,
        .acquirer = operation->acquirer.number,
        .forwarder = operation->forwarder.number,
    };
}

struct transaction_key original_key(const struct original *original, enum operation_kind kind)
{
    return operation_key(&(struct operation){
        .kind = kind,
        .stan = original->stan,
        .transmission = original->transmission,
        .acquirer = {.number = original->acquirer},
        .forwarder = {.number = original->forwarder},
    });
}

struct transaction_key operation_purchase_key(const struct operation *operation)
{
    return operation->kind == OPERATION_PURCHASE_REVERSAL
               ? original_key(&operation->original, OPERATION_PURCHASE)
               : operation_key(operation);
}

static void set_number(struct iso_message *message, unsigned de, uint64_t value, char *text,
                       size_t width)
{
    digits_format(value, text, width);
    iso_message_set(message, de, text, width);
}

static void set_pan(struct iso_message *message, unsigned de, const struct pan *pan)
{
    if (pan->len > 0)
        iso_message_set(message, de, pan->digits, pan->len);
}

static void set_institution(struct iso_message *message, unsigned de,
                            const struct institution *institution, char *text)
{
    if (institution->width > 0)
        iso_message_set(message, de, text, institution_format(institution, text));
}

/* Where the money is, and for whom: everything but an inquiry carries it. */
static void write_money(const struct operation *op, struct operation_text *text,
                        struct iso_message *message)
{
    set_pan(message, 2, &op->card);
    set_number(message, 4, (uint64_t)op->amount_minor, text->amount, sizeof text->amount);
    set_number(message, 12, op->local_time, text->local_time, sizeof text->local_time);
    set_number(message, 13, op->local_date, text->local_date, sizeof text->local_date);
    if (op->settlement != 0)
        set_number(message, 15, op->settlement, text->settlement, sizeof text->settlement);
    set_number(message, 18, op->merchant_type, text->merchant_type, sizeof text->merchant_type);
    set_number(message, 22, op->entry_mode, text->entry_mode, sizeof text->entry_mode);
    iso_message_set(message, 41, op->terminal, sizeof op->terminal);
    iso_message_set(message, 42, op->merchant, sizeof op->merchant);
    iso_message_set(message, 49, op->currency, sizeof op->currency);
    set_pan(message, 102, &op->sender);
    set_pan(message, 103, &op->receiver);
}

static void write_reconciliation(const struct operation *op, struct operation_text *text,
                                 struct iso_message *message)
{
    set_number(message, 7, op->transmission, text->transmission, sizeof text->transmission);
    set_number(message, 11, op->stan, text->stan, sizeof text->stan);
    set_number(message, 15, op->settlement, text->settlement, sizeof text->settlement);
    set_institution(message, 33, &op->forwarder, text->forwarder);
    iso_message_set(message, 50, op->currency, sizeof op->currency);
    totals_write(&op->totals, &text->totals, message);
    set_institution(message, 100, &op->addressee, text->addressee);
}

void operation_write(const struct operation *op, struct operation_text *text,
                     const struct iso_spec *spec, struct iso_message *message)
{
    const struct kind *kind = &kinds[op->kind];
    MUST(op->kind != OPERATION_NONE);
    iso_message_init(message, spec, kind->mti);
    if (op->kind == OPERATION_RECONCILIATION) {
        write_reconciliation(op, text, message);
        return;
    }
    set_number(message, 3, kind->process * 10000ull + op->account_types, text->process,
               sizeof text->process);
    set_number(message, 7, op->transmission, text->transmission, sizeof text->transmission);
    set_number(message, 11, op->stan, text->stan, sizeof text->stan);
    unsigned mark_de;
    const char *mark = mark_of(kind, spec, &mark_de);
    if (mark != NULL)
        iso_message_set(message, mark_de, mark, strlen(mark));
    set_institution(message, 32, &op->acquirer, text->acquirer);
    set_institution(message, 33, &op->forwarder, text->forwarder);
    iso_message_set(message, 37, op->rrn, sizeof op->rrn);
    if (op->kind != OPERATION_INQUIRY)
        write_money(op, text, message);
    if (!kind->is_ordinary) {
        memcpy(text->reference, "ASHB039", 7);
        reference_format(&op->reference, text->reference + 7);
        iso_message_set(message, 48, text->reference, sizeof text->reference);
    }
    if (op->reason != REASON_NONE)
        set_number(message, 60, op->reason, text->reason, sizeof text->reason);
    if (op->original.mti != 0) {
        original_format(&op->original, text->original);
        iso_message_set(message, 90, text->original, sizeof text->original);
    }
}
