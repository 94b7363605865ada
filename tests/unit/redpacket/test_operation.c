/* Operations and messages, through the real codec with the shipped spec. */
#include "base/doc.h"
#include "iso8583/spec_draft.h"
#include "sample.h"

struct packed {
    uint8_t bytes[1024];
    size_t len;
};

static void pack(const struct iso_message *message, struct packed *packed)
{
    struct iso_fault fault = {.text = ""};
    enum iso_result result =
        iso_message_pack(message, packed->bytes, sizeof packed->bytes, &packed->len, &fault);
    if (result != ISO_OK)
        fprintf(stderr, "DE %u: %s\n", fault.de, fault.text);
    CU_ASSERT_EQUAL_FATAL(result, ISO_OK);
}

static void unpack(const struct packed *packed, struct iso_message *message)
{
    CU_ASSERT_EQUAL_FATAL(iso_message_unpack(redpacket_spec(), ISO_HEADER_NO, packed->bytes,
                                             packed->len, message, NULL),
                          ISO_OK);
}

/* The message as it comes out of the wire again. */
static void pass(struct iso_message *message, struct packed *packed)
{
    pack(message, packed);
    unpack(packed, message);
}

static void reads_back_every_kind_that_it_writes(void)
{
    for (enum operation_kind kind = OPERATION_FREEZE; kind < OPERATION_KINDS; kind++) {
        struct operation before = sample_of(kind), after;
        struct operation_text text;
        struct iso_message message;
        struct packed packed;
        struct fault fault = {.text = ""};
        operation_write(&before, &text, redpacket_spec(), &message);
        pass(&message, &packed);
        CU_ASSERT_STRING_EQUAL(message.mti, operation_mti(kind));
        CU_ASSERT_EQUAL(operation_kind_of(&message), kind);
        CU_ASSERT_EQUAL(operation_read(&message, &after, &fault), RESULT_OK);
        CU_ASSERT_STRING_EQUAL(fault.text, "");
        CU_ASSERT_TRUE(same_operation(&before, &after));
    }
}

static void stores_and_reads_back_every_kind(void)
{
    for (enum operation_kind kind = OPERATION_NONE; kind < OPERATION_KINDS; kind++) {
        struct operation before = {.kind = OPERATION_NONE}, after;
        uint8_t record[OPERATION_RECORD_MAX];
        if (kind != OPERATION_NONE)
            before = sample_of(kind);
        struct writer w = writer_to(record, sizeof record);
        operation_encode(&w, &before);
        CU_ASSERT_FALSE(w.bad);
        struct reader r = reader_of(bytes_of(record, w.len));
        operation_decode(&r, &after);
        CU_ASSERT_TRUE(!r.bad && r.at == r.end);
        CU_ASSERT_TRUE(same_operation(&before, &after));
    }
}

static void stores_the_largest_of_everything(void)
{
    struct operation before = sample_of(OPERATION_DEBIT_REVERSAL), after;
    uint8_t record[OPERATION_RECORD_MAX];
    before.card = pan_of("9999999999999999999");
    before.sender = pan_of("9999999999999999998");
    before.receiver = pan_of("9999999999999999997");
    before.account_types = 9999;
    before.amount_minor = 999999999999;
    before.transmission = 9999999999;
    before.stan = before.local_time = 999999;
    before.local_date = before.settlement = before.merchant_type = before.reason = 9999;
    before.entry_mode = 999;
    before.acquirer = institution_of("99999999999");
    before.forwarder = institution_of("99999999998");
    memset(before.rrn, '9', sizeof before.rrn);
    memset(before.terminal, 'T', sizeof before.terminal);
    memset(before.merchant, 'M', sizeof before.merchant);
    before.reference = (struct freeze_reference){99999999, 999999999999, 99999999999, 9999, 9999};
    before.original = (struct original){9999, 999999, 9999999999, 99999999999, 99999999999};
    struct writer w = writer_to(record, sizeof record);
    operation_encode(&w, &before);
    CU_ASSERT_FALSE_FATAL(w.bad);
    struct reader r = reader_of(bytes_of(record, w.len));
    operation_decode(&r, &after);
    CU_ASSERT_FALSE(r.bad);
    CU_ASSERT_TRUE(same_operation(&before, &after));
}

static void assert_stored(const struct operation *before, size_t len_expected)
{
    struct operation after;
    uint8_t record[OPERATION_RECORD_MAX];
    struct writer w = writer_to(record, sizeof record);
    operation_encode(&w, before);
    CU_ASSERT_EQUAL(w.len, len_expected);
    struct reader r = reader_of(bytes_of(record, w.len));
    operation_decode(&r, &after);
    CU_ASSERT_TRUE(!r.bad && r.at == r.end);
    CU_ASSERT_TRUE(same_operation(before, &after));
}

/* What every open packet costs, so it may not grow unseen. */
static void a_freeze_of_a_wallet_takes_95_bytes(void)
{
    struct operation freeze = {
        .kind = OPERATION_FREEZE,
        .card = pan_of("9999011000000019"),
        .sender = pan_of("9999011000000019"),
        .amount_minor = 10000,
        .transmission = 1231235959,
        .stan = 42,
        .local_time = 235959,
        .local_date = 1231,
        .merchant_type = 6012,
        .entry_mode = 12,
        .acquirer = institution_of("00091230001"),
        .forwarder = institution_of("00091230001"),
        .reference = {20261231, 42, 91230001, 0, 20},
    };
    memcpy(freeze.rrn, "123100000042", sizeof freeze.rrn);
    memcpy(freeze.terminal, "WALLET01", sizeof freeze.terminal);
    memcpy(freeze.merchant, "ALPHA PAY      ", sizeof freeze.merchant);
    memcpy(freeze.currency, "156", sizeof freeze.currency);
    assert_stored(&freeze, 95);
}

static void keeps_texts_that_are_short_absent_or_full_as_they_are(void)
{
    struct operation op = {.kind = OPERATION_CLAIM};
    size_t none = 1 + 2 + 6 + 5 + 3 + 6 + 3 + 3;
    assert_stored(&op, none); /* zero: absent */
    memset(op.merchant, ' ', sizeof op.merchant);
    assert_stored(&op, none);
    memcpy(op.merchant, "  A B", 5);
    assert_stored(&op, none + 5);
    op.merchant[sizeof op.merchant - 1] = 'Z';
    assert_stored(&op, none + sizeof op.merchant);
    op.merchant[sizeof op.merchant - 1] = '\0';
    assert_stored(&op, none + sizeof op.merchant - 1);
}

static void tells_a_card_that_stands_twice_from_two(void)
{
    struct operation op = {.kind = OPERATION_CLAIM};
    size_t none = 1 + 2 + 6 + 5 + 3 + 6 + 3 + 3, card = 2 + 8;
    op.receiver = pan_of("9999011000000019");
    assert_stored(&op, none + card);
    op.card = op.receiver;
    assert_stored(&op, none + card);
    op.sender = pan_of("9999011000000027");
    assert_stored(&op, none + 2 * card);
    op.forwarder = institution_of("1");
    assert_stored(&op, none + 2 * card + 6);
    op.acquirer = institution_of("00000000001"); /* the same number, written otherwise */
    assert_stored(&op, none + 2 * card + 6);
}

static void marks_a_damaged_record_as_bad(void)
{
    struct operation op = sample_of(OPERATION_CLAIM), after;
    uint8_t record[OPERATION_RECORD_MAX];
    struct writer w = writer_to(record, sizeof record);
    operation_encode(&w, &op);
    for (size_t len = 0; len < w.len; len++) {
        struct reader r = reader_of(bytes_of(record, len));
        operation_decode(&r, &after);
        CU_ASSERT_TRUE(r.bad);
    }
    record[0] = OPERATION_KINDS;
    struct reader r = reader_of(bytes_of(record, w.len));
    operation_decode(&r, &after);
    CU_ASSERT_TRUE(r.bad);
    record[0] = OPERATION_CLAIM;
    record[4] = PAN_LEN_MAX + 1; /* behind the kind, its parts, and the form of the first card */
    r = reader_of(bytes_of(record, w.len));
    operation_decode(&r, &after);
    CU_ASSERT_TRUE(r.bad);
}

/* --- what each kind must carry ---------------------------------------------------------------- */

/* "Messages" of the protocol: all carry these, and DE 48; the rest is of the kind. */
static const struct {
    enum operation_kind kind;
    unsigned extra[5];
} mandatory[] = {
    {OPERATION_FREEZE, {102}},
    {OPERATION_CLAIM, {103, 90}},
    {OPERATION_DEBIT, {15, 102, 103, 90}},
    {OPERATION_CREDIT, {15, 102, 103, 90}},
    {OPERATION_CONFIRMATION, {15, 102, 103, 90}},
    {OPERATION_DEBIT_REVERSAL, {15, 102, 103, 90}},
    {OPERATION_FREEZE_REVERSAL, {102, 90}},
    {OPERATION_UNFREEZE, {102, 90}},
};
static const unsigned common[] = {2, 4, 7, 11, 12, 13, 18, 22, 32, 33, 37, 41, 42, 49, 48};

static void refuses_without(enum operation_kind kind, unsigned de)
{
    struct operation op = sample_of(kind), after;
    struct operation_text text;
    struct iso_message message;
    struct packed packed;
    struct fault fault = {.text = ""};
    char expected[16];
    operation_write(&op, &text, redpacket_spec(), &message);
    CU_ASSERT_TRUE(iso_message_has(&message, de));
    iso_message_remove(&message, de);
    pass(&message, &packed);
    CU_ASSERT_EQUAL(operation_read(&message, &after, &fault), RESULT_INPUT);
    snprintf(expected, sizeof expected, "DE %u:", de);
    ASSERT_CONTAINS(fault.text, expected);
}

static void refuses_an_operation_that_lacks_an_element_and_names_it(void)
{
    for (size_t i = 0; i < sizeof mandatory / sizeof mandatory[0]; i++) {
        for (size_t k = 0; k < sizeof common / sizeof common[0]; k++)
            refuses_without(mandatory[i].kind, common[k]);
        for (size_t k = 0; mandatory[i].extra[k] != 0; k++)
            refuses_without(mandatory[i].kind, mandatory[i].extra[k]);
    }
    static const unsigned inquiry[] = {7, 11, 32, 33, 37, 48};
    for (size_t k = 0; k < sizeof inquiry / sizeof inquiry[0]; k++)
        refuses_without(OPERATION_INQUIRY, inquiry[k]);
}

static struct iso_message claim_message(struct operation_text *text, struct operation *op)
{
    struct iso_message message;
    *op = sample_of(OPERATION_CLAIM);
    operation_write(op, text, redpacket_spec(), &message);
    return message;
}

static void refuses_a_value(unsigned de, const char *value)
{
    struct operation_text text;
    struct operation op;
    struct packed packed;
    struct fault fault = {.text = ""};
    char expected[16];
    struct iso_message message = claim_message(&text, &op);
    iso_message_set(&message, de, value, strlen(value));
    pass(&message, &packed);
    CU_ASSERT_EQUAL(operation_read(&message, &op, &fault), RESULT_INPUT);
    snprintf(expected, sizeof expected, "DE %u:", de);
    ASSERT_CONTAINS(fault.text, expected);
}

static void refuses_values_that_say_nothing_sensible(void)
{
    refuses_a_value(103, "NOT A CARD");
    refuses_a_value(103, "99990110000000190000"); /* 20 digits */
    refuses_a_value(48, "ASXX0011");              /* no HB in it */
    refuses_a_value(48, "PB");
    refuses_a_value(2, "");
    refuses_a_value(33, "");
}

static void finds_the_reference_beside_other_usages(void)
{
    struct operation_text text;
    struct operation op;
    struct packed packed;
    struct fault fault = {.text = ""};
    struct iso_message message = claim_message(&text, &op);
    static const char combined[] = "ASXX0011HB039202611220000000000420009123000100010003";
    iso_message_set(&message, 48, combined, strlen(combined));
    pass(&message, &packed);
    CU_ASSERT_EQUAL(operation_read(&message, &op, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(op.reference.sequence, 42);
    CU_ASSERT_EQUAL(op.reference.share, 1);
}

static void knows_no_operation_without_the_products_mark(void)
{
    struct operation_text text;
    struct operation op;
    struct fault fault = {.text = ""};
    struct iso_message message = claim_message(&text, &op);
    iso_message_set(&message, 25, "00", 2);
    CU_ASSERT_EQUAL(operation_kind_of(&message), OPERATION_NONE);
    CU_ASSERT_EQUAL(operation_read(&message, &op, &fault), RESULT_INPUT);
    iso_message_remove(&message, 25);
    CU_ASSERT_EQUAL(operation_kind_of(&message), OPERATION_NONE);
    message = claim_message(&text, &op);
    iso_message_remove(&message, 3);
    CU_ASSERT_EQUAL(operation_kind_of(&message), OPERATION_NONE);
}

/* Another host's product has another mark, in another element. */
static void a_spec_says_what_marks_the_product(void)
{
    static const char yaml[] = "name: t\nextends: redpacket\nproduct: {de: 26, value: \"07\"}\n";
    struct doc *doc = NULL;
    struct iso_spec *spec = NULL;
    struct fault fault = {.text = ""};
    struct operation op = sample_of(OPERATION_CLAIM), read;
    struct operation_text text;
    struct iso_message message;
    CU_ASSERT_EQUAL_FATAL(doc_parse(bytes_text(yaml), "t.yaml", &doc, &fault), RESULT_OK);
    CU_ASSERT_EQUAL_FATAL(spec_of_doc(doc, SPECS_DIR "/messages", NULL, &spec, &fault), RESULT_OK);
    doc_free(doc);
    operation_write(&op, &text, spec, &message);
    CU_ASSERT_FALSE(iso_message_has(&message, 25));
    struct iso_value mark = iso_message_get(&message, 26);
    ASSERT_BYTES(mark.data, mark.len, "07", 2);
    CU_ASSERT_EQUAL(operation_kind_of(&message), OPERATION_CLAIM);
    CU_ASSERT_EQUAL(operation_read(&message, &read, &fault), RESULT_OK);
    iso_message_set(&message, 26, "86", 2);
    CU_ASSERT_EQUAL(operation_kind_of(&message), OPERATION_NONE);
    iso_spec_free(spec);
}

static void print_finding(void *context, const struct iso_fault *finding)
{
    fprintf(stderr, "%s: DE %s: %s\n", (const char *)context, finding->field, finding->text);
}

static void every_kind_is_as_the_presence_rules_want_it(void)
{
    for (enum operation_kind kind = OPERATION_FREEZE; kind < OPERATION_KINDS; kind++) {
        struct operation op = sample_of(kind);
        struct operation_text text;
        struct iso_message message;
        char name[64];
        snprintf(name, sizeof name, "%s", operation_name(kind));
        operation_write(&op, &text, redpacket_spec(), &message);
        CU_ASSERT_EQUAL(iso_message_check(&message, NULL, print_finding, name), 0);
        /* And they ask for something: without its reference, or its net or amount, none is. */
        iso_message_remove(&message, kind == OPERATION_RECONCILIATION ? 97
                                     : operation_is_of_purchase(kind) ? 4
                                                                      : 48);
        CU_ASSERT_EQUAL(iso_message_check(&message, NULL, NULL, NULL), 1);
    }
}

/* DE 3 of a purchase under the product's mark is none, and a claim's under the ordinary one. */
static void knows_a_purchase_only_by_the_ordinary_condition(void)
{
    static const char *const mtis[] = {"0100", "0110", "0200", "0210", "0220",
                                       "0230", "0420", "0430", "0600"};
    static const char *const marks[] = {"00", "86", "06"};
    unsigned known = 0;
    for (size_t i = 0; i < sizeof mtis / sizeof mtis[0]; i++)
        for (size_t k = 0; k < sizeof marks / sizeof marks[0]; k++) {
            struct iso_message message;
            iso_message_init(&message, redpacket_spec(), mtis[i]);
            iso_message_set(&message, 3, "001020", 6);
            iso_message_set(&message, 25, marks[k], 2);
            enum operation_kind kind = operation_kind_of(&message);
            if (kind == OPERATION_NONE)
                continue;
            known++;
            CU_ASSERT_EQUAL(k, 0);
            CU_ASSERT_EQUAL(kind,
                            mtis[i][1] == '2' ? OPERATION_PURCHASE : OPERATION_PURCHASE_REVERSAL);
            iso_message_set(&message, 3, "400000", 6);
            CU_ASSERT_EQUAL(operation_kind_of(&message), OPERATION_NONE);
        }
    CU_ASSERT_EQUAL(known, 4);
}

static void refuses_a_purchase_that_names_a_freeze(void)
{
    struct operation claim, op = sample_purchase(), read;
    struct operation_text text, other;
    struct iso_message message, named = claim_message(&other, &claim);
    struct fault fault = {.text = ""};
    struct iso_value private = iso_message_get(&named, 48);
    operation_write(&op, &text, redpacket_spec(), &message);
    iso_message_set(&message, 48, private.data, private.len);
    CU_ASSERT_EQUAL(operation_read(&message, &read, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "DE 48");
}

static void an_original_has_the_key_of_the_message_it_names(void)
{
    for (enum operation_kind kind = OPERATION_FREEZE; kind < OPERATION_KINDS; kind++) {
        struct operation op = sample_of(kind);
        struct original original = operation_as_original(&op);
        struct transaction_key one = operation_key(&op), two = original_key(&original, kind);
        uint8_t a[TRANSACTION_KEY_LEN], b[TRANSACTION_KEY_LEN];
        transaction_key_encode(&one, a);
        transaction_key_encode(&two, b);
        CU_ASSERT_EQUAL(memcmp(a, b, sizeof a), 0);
    }
}

static void reads_a_reconciliation_by_its_mti_alone(void)
{
    static const char *const others[] = {"0500", "0510", "0521", "0531", "0540"};
    struct operation op = sample_reconciliation(), read;
    struct operation_text text;
    struct iso_message message;
    struct fault fault = {.text = ""};
    operation_write(&op, &text, redpacket_spec(), &message);
    CU_ASSERT_FALSE(iso_message_has(&message, 3));
    CU_ASSERT_FALSE(iso_message_has(&message, 25));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        memcpy(message.mti, others[i], 5);
        CU_ASSERT_EQUAL(operation_kind_of(&message), OPERATION_NONE);
    }
    memcpy(message.mti, "0530", 5);
    iso_message_set(&message, 39, "00", 2);
    for (unsigned de = 74; de <= 97; de++)
        iso_message_remove(&message, de); /* an answer in balance has none of them */
    CU_ASSERT_EQUAL(operation_read(&message, &read, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(read.kind, OPERATION_RECONCILIATION);
    CU_ASSERT_EQUAL(read.stan, 77);
}

static void refuses_a_reconciliation_that_lacks_a_number_or_contradicts_itself(void)
{
    static const struct {
        unsigned de;
        const char *value; /* NULL: absent */
        const char *part;
    } cases[] = {
        {15, NULL, "DE 15"},
        {33, NULL, "DE 33"},
        {50, NULL, "DE 50"},
        {76, NULL, "DE 76"},
        {88, NULL, "DE 88"},
        {74, "00000000x5", "DE 74"},
        {86, "000000000001234x", "DE 86"},
        {97, "D0000000000000001", "C or D and the net"},
        {97, "C9999999999987254", "C or D and the net"}, /* it is D */
        {97, "X9999999999987254", "C or D and the net"},
        {100, "x", "DE 100"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct operation op = sample_reconciliation(), read;
        struct operation_text text;
        struct iso_message message;
        struct fault fault = {.text = ""};
        operation_write(&op, &text, redpacket_spec(), &message);
        if (cases[i].value != NULL)
            iso_message_set(&message, cases[i].de, cases[i].value, strlen(cases[i].value));
        else
            iso_message_remove(&message, cases[i].de);
        CU_ASSERT_EQUAL(operation_read(&message, &read, &fault), RESULT_INPUT);
        ASSERT_CONTAINS(fault.text, cases[i].part);
    }
}

/* Every pair of MTI and process that is not in the table is none of ours. */
static void knows_a_kind_only_under_its_own_mti(void)
{
    static const char *const mtis[] = {"0100", "0200", "0220", "0420", "0600"};
    static const char *const processes[] = {"030000", "200000", "330000",
                                            "400000", "460000", "470000"};
    unsigned known = 0;
    for (size_t i = 0; i < 5; i++)
        for (size_t k = 0; k < 6; k++) {
            struct iso_message message;
            iso_message_init(&message, redpacket_spec(), mtis[i]);
            iso_message_set(&message, 3, processes[k], 6);
            iso_message_set(&message, 25, "86", 2);
            enum operation_kind kind = operation_kind_of(&message);
            if (kind == OPERATION_NONE)
                continue;
            known++;
            CU_ASSERT_STRING_EQUAL(operation_mti(kind), mtis[i]);
            CU_ASSERT_EQUAL(operation_process(kind),
                            (unsigned)((processes[k][0] - '0') * 10 + processes[k][1] - '0'));
        }
    CU_ASSERT_EQUAL(known, OPERATION_KINDS - 4); /* a reconciliation has no process, a purchase
                                                    another mark */
    struct operation_text text;
    struct operation op;
    struct iso_message message = claim_message(&text, &op);
    memcpy(message.mti, "0201", 5);
    CU_ASSERT_EQUAL(operation_kind_of(&message), OPERATION_NONE);
    memcpy(message.mti, "1200", 5);
    CU_ASSERT_EQUAL(operation_kind_of(&message), OPERATION_NONE);
}

/* --- answers ---------------------------------------------------------------------------------- */

static void reads_an_answer_by_its_key_card_and_amount(void)
{
    struct operation request = sample_of(OPERATION_DEBIT), answer;
    struct operation_text text;
    struct iso_message message;
    struct packed packed;
    struct fault fault = {.text = ""};
    static const unsigned beyond[] = {12, 13, 15, 18, 22, 37, 41, 42, 48, 49, 90, 102, 103};
    operation_write(&request, &text, redpacket_spec(), &message);
    memcpy(message.mti, "0210", 5);
    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++)
        iso_message_remove(&message, beyond[i]);
    iso_message_set(&message, 39, "00", 2);
    pass(&message, &packed);
    CU_ASSERT_EQUAL(operation_read(&message, &answer, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(answer.kind, OPERATION_DEBIT);
    CU_ASSERT_EQUAL(answer.amount_minor, request.amount_minor);
    CU_ASSERT_TRUE(pan_equal(&answer.card, &request.card));
    struct transaction_key a = operation_key(&request), b = operation_key(&answer);
    uint8_t asked[TRANSACTION_KEY_LEN], answered[TRANSACTION_KEY_LEN];
    transaction_key_encode(&a, asked);
    transaction_key_encode(&b, answered);
    CU_ASSERT_EQUAL(memcmp(asked, answered, sizeof asked), 0);
}

static void refuses_an_answer_that_cannot_be_matched(void)
{
    static const unsigned needed[] = {2, 4, 7, 11, 32, 33, 39};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        struct operation request = sample_of(OPERATION_DEBIT), answer;
        struct operation_text text;
        struct iso_message message;
        struct packed packed;
        struct fault fault = {.text = ""};
        char expected[16];
        operation_write(&request, &text, redpacket_spec(), &message);
        memcpy(message.mti, "0210", 5);
        iso_message_set(&message, 39, "00", 2);
        iso_message_remove(&message, needed[i]);
        pass(&message, &packed);
        CU_ASSERT_EQUAL(operation_read(&message, &answer, &fault), RESULT_INPUT);
        snprintf(expected, sizeof expected, "DE %u:", needed[i]);
        ASSERT_CONTAINS(fault.text, expected);
    }
}

SUITE(CASE(reads_a_reconciliation_by_its_mti_alone),
      CASE(refuses_a_reconciliation_that_lacks_a_number_or_contradicts_itself),
      CASE(reads_back_every_kind_that_it_writes), CASE(stores_and_reads_back_every_kind),
      CASE(stores_the_largest_of_everything), CASE(a_freeze_of_a_wallet_takes_95_bytes),
      CASE(keeps_texts_that_are_short_absent_or_full_as_they_are),
      CASE(tells_a_card_that_stands_twice_from_two), CASE(marks_a_damaged_record_as_bad),
      CASE(refuses_an_operation_that_lacks_an_element_and_names_it),
      CASE(refuses_values_that_say_nothing_sensible), CASE(finds_the_reference_beside_other_usages),
      CASE(knows_no_operation_without_the_products_mark), CASE(a_spec_says_what_marks_the_product),
      CASE(knows_a_purchase_only_by_the_ordinary_condition),
      CASE(refuses_a_purchase_that_names_a_freeze),
      CASE(an_original_has_the_key_of_the_message_it_names),
      CASE(every_kind_is_as_the_presence_rules_want_it), CASE(knows_a_kind_only_under_its_own_mti),
      CASE(reads_an_answer_by_its_key_card_and_amount),
      CASE(refuses_an_answer_that_cannot_be_matched))
