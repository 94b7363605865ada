/* Response codes (DE 39), and what each says about the money.
 * Source: dialect page "Response codes"; protocol page "What counts as an answer". */
#ifndef REDPACKET_CODE_H
#define REDPACKET_CODE_H

#include <stdbool.h>
#include <stdint.h>

#define CODE_OF(first, second) ((uint16_t)((uint16_t)(first) << 8 | (uint16_t)(second)))

/* The two characters of DE 39 as one number; CODE_NONE: there is none yet. */
enum {
    CODE_NONE = 0,
    CODE_APPROVED = CODE_OF('0', '0'),
    CODE_RELATED_INVALID = CODE_OF('1', '2'), /* DE 48, DE 90 and the record disagree */
    CODE_AMOUNT = CODE_OF('1', '3'),
    CODE_CARD = CODE_OF('1', '4'),
    CODE_NO_ISSUER = CODE_OF('1', '5'),
    CODE_STATE = CODE_OF('2', '2'), /* the related transaction is in the wrong state */
    CODE_NO_ORIGINAL = CODE_OF('2', '5'),
    CODE_FORMAT = CODE_OF('3', '0'),
    CODE_UNSUPPORTED = CODE_OF('4', '0'),
    CODE_FUNDS = CODE_OF('5', '1'),
    CODE_OVER_LIMIT = CODE_OF('6', '1'), /* more than is frozen */
    CODE_RESTRICTED = CODE_OF('6', '2'),
    CODE_ISSUER_TIMEOUT = CODE_OF('6', '8'),
    CODE_CUTOVER = CODE_OF('9', '0'),
    CODE_PARTY_DOWN = CODE_OF('9', '1'),
    CODE_NO_ROUTE = CODE_OF('9', '2'),
    CODE_DUPLICATE = CODE_OF('9', '4'),
    CODE_CENTRE_FAULT = CODE_OF('9', '6'),
    CODE_NO_ANSWER = CODE_OF('9', '8'),
    CODE_MAC = CODE_OF('A', '0'),
    CODE_TO_BE_CONFIRMED = CODE_OF('A', '2'),
    CODE_CONFIRMED_UNSEEN = CODE_OF('A', '4'),
    CODE_CONFIRMED_REFUSED = CODE_OF('A', '5'),
    CODE_CONFIRMED_BY_CENTRE = CODE_OF('A', '6'),
};

/* What an answer with this code says about the request (0100, 0200) it answers. */
enum verdict {
    VERDICT_APPROVED,
    VERDICT_REFUSED,
    VERDICT_SILENT, /* nothing about the money: like no answer at all */
};
enum verdict code_verdict(uint16_t code);

/* Two characters and a NUL; "--" for CODE_NONE. */
void code_format(uint16_t code, char text[3]);
uint16_t code_parse(const char text[2]);
/* In words, for people: "funds insufficient". Never NULL. */
const char *code_meaning(uint16_t code);

#endif
