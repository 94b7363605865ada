/* Which exceptions are errors, whose, and with which code. */
#include "clearing/error_item.h"

#include "redpacket/code.h"
#include "suite.h"

#include <stdio.h>

/* "9601 - 9702 -": the codes of sender's issuer, receiver's issuer, packet's wallet, forwarder. */
static const char *codes_of(enum exception_status status, enum operation_kind kind, uint16_t answer)
{
    static char text[64];
    struct exception one = {.status = status, .operation.kind = kind, .code = answer};
    size_t len = 0;
    for (enum error_part part = 0; part < ERROR_PARTS; part++) {
        uint16_t code;
        len += (size_t)(error_item_find(&one, part, &code)
                            ? snprintf(text + len, sizeof text - len, "%04u ", code)
                            : snprintf(text + len, sizeof text - len, "- "));
    }
    text[len - 1] = '\0';
    return text;
}

static void who_holds_it_has_a_surplus_and_who_waits_a_shortage(void)
{
    CU_ASSERT_STRING_EQUAL(
        codes_of(EXCEPTION_DISPUTED, OPERATION_DEBIT_REVERSAL, CODE_RELATED_INVALID),
        "9601 - 9702 -");
    CU_ASSERT_STRING_EQUAL(codes_of(EXCEPTION_DISPUTED, OPERATION_CONFIRMATION, CODE_CARD),
                           "- 9601 - 9702");
    CU_ASSERT_STRING_EQUAL(
        codes_of(EXCEPTION_ENDED, OPERATION_CONFIRMATION, CODE_CONFIRMED_REFUSED), "- 9601 - 9702");
}

static void what_moved_no_money_has_no_code(void)
{
    CU_ASSERT_STRING_EQUAL(codes_of(EXCEPTION_ENDED, OPERATION_CONFIRMATION, CODE_CONFIRMED_UNSEEN),
                           "- 0000 - 0000");
    CU_ASSERT_STRING_EQUAL(codes_of(EXCEPTION_DISPUTED, OPERATION_UNFREEZE, CODE_STATE),
                           "0000 - 0000 -");
    CU_ASSERT_STRING_EQUAL(codes_of(EXCEPTION_DISPUTED, OPERATION_FREEZE_REVERSAL, CODE_STATE),
                           "0000 - 0000 -");
    CU_ASSERT_STRING_EQUAL(codes_of(EXCEPTION_REPEATED, OPERATION_CLAIM, CODE_DUPLICATE),
                           "- - - 0000");
}

static void a_notice_of_less_than_was_left_is_an_error_and_of_more_is_none(void)
{
    static const struct {
        int64_t told_minor;
        bool is_error;
    } cases[] = {{99, true}, {0, true}, {100, false}, {101, false}, {700, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (enum error_part part = 0; part < ERROR_PARTS; part++) {
            struct exception notice = {.status = EXCEPTION_NOTED,
                                       .operation.kind = OPERATION_UNFREEZE,
                                       .operation.amount_minor = 100,
                                       .told_minor = cases[i].told_minor};
            bool is_theirs = part == ERROR_SENDER_ISSUER || part == ERROR_PACKET_WALLET;
            uint16_t code = 1;
            CU_ASSERT_EQUAL(error_item_find(&notice, part, &code), cases[i].is_error && is_theirs);
            CU_ASSERT_EQUAL(code, cases[i].is_error && is_theirs ? ERROR_NEITHER : 1);
        }
}

static void what_ends_by_itself_is_no_error(void)
{
    static const enum operation_kind kinds[] = {OPERATION_DEBIT_REVERSAL, OPERATION_CONFIRMATION,
                                                OPERATION_FREEZE_REVERSAL, OPERATION_UNFREEZE};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        CU_ASSERT_STRING_EQUAL(codes_of(EXCEPTION_OPEN, kinds[i], CODE_NONE), "- - - -");
    CU_ASSERT_STRING_EQUAL(codes_of(EXCEPTION_ENDED, OPERATION_DEBIT_REVERSAL, CODE_APPROVED),
                           "- - - -");
}

SUITE(CASE(a_notice_of_less_than_was_left_is_an_error_and_of_more_is_none),
      CASE(who_holds_it_has_a_surplus_and_who_waits_a_shortage),
      CASE(what_moved_no_money_has_no_code), CASE(what_ends_by_itself_is_no_error))
