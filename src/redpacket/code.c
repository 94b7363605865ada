/* Response codes: one table says what each means and what it says about the money. */
#include "redpacket/code.h"

#include "base/mutant.h"

#include <stddef.h>

static const struct {
    char text[3];
    enum verdict verdict;
    const char *meaning;
} table[] = {
    {"00", VERDICT_APPROVED, "approved"},
    {"01", VERDICT_REFUSED, "refer to the issuer"},
    {"05", VERDICT_REFUSED, "do not honour"},
    {"12", VERDICT_REFUSED, "the related transaction does not match"},
    {"13", VERDICT_REFUSED, "invalid amount"},
    {"14", VERDICT_REFUSED, "no such card"},
    {"15", VERDICT_REFUSED, "no such issuer"},
    {"22", VERDICT_REFUSED, "the related transaction is in the wrong state"},
    {"25", VERDICT_REFUSED, "the original is not found"},
    {"30", VERDICT_REFUSED, "format error"},
    {"40", VERDICT_REFUSED, "not supported"},
    {"51", VERDICT_REFUSED, "not enough funds"},
    {"54", VERDICT_REFUSED, "card expired"},
    {"55", VERDICT_REFUSED, "wrong PIN"},
    {"57", VERDICT_REFUSED, "not permitted to this card"},
    {"58", VERDICT_REFUSED, "not permitted to this terminal"},
    {"61", VERDICT_REFUSED, "more than the limit, or than is still frozen"},
    {"62", VERDICT_REFUSED, "card restricted"},
    {"64", VERDICT_REFUSED, "the amount does not match the original"},
    {"65", VERDICT_REFUSED, "too many times"},
    {"68", VERDICT_SILENT, "the issuer answered too late"},
    {"75", VERDICT_REFUSED, "too many wrong PINs"},
    {"90", VERDICT_SILENT, "cutover in progress"},
    {"91", VERDICT_REFUSED, "the party is down or signed off"},
    {"92", VERDICT_REFUSED, "no route to the card"},
    {"94", VERDICT_SILENT, "duplicate"},
    {"96", VERDICT_SILENT, "fault at the centre"},
    {"98", VERDICT_SILENT, "no answer from the issuer"},
    {"99", VERDICT_REFUSED, "PIN format"},
    {"A0", VERDICT_SILENT, "MAC failed"},
    {"A2", VERDICT_SILENT, "accepted, to be confirmed"},
    {"A3", VERDICT_REFUSED, "no receiving account"},
    /* Answers to a confirmation (party/forward.h); what one says of a request nobody can tell. */
    {"A4", VERDICT_SILENT, "confirmed; the original was never seen"},
    {"A5", VERDICT_SILENT, "confirmed; the original had been refused"},
    {"A6", VERDICT_SILENT, "confirmed by the centre itself"},
};

static size_t code_find(uint16_t code)
{
    size_t i = 0;
    while (i < sizeof table / sizeof table[0] && code_parse(table[i].text) != code)
        i++;
    return i;
}

enum verdict code_verdict(uint16_t code)
{
    size_t at = code_find(code);
    if (mutant_is(MUTANT_NO_ANSWER_REFUSES) && code == CODE_NO_ANSWER)
        return VERDICT_REFUSED;
    return at < sizeof table / sizeof table[0] ? table[at].verdict : VERDICT_SILENT;
}

void code_format(uint16_t code, char text[3])
{
    text[0] = code == CODE_NONE ? '-' : (char)(code >> 8);
    text[1] = code == CODE_NONE ? '-' : (char)(code & 0xFF);
    text[2] = '\0';
}

uint16_t code_parse(const char text[2])
{
    return CODE_OF((uint8_t)text[0], (uint8_t)text[1]);
}

const char *code_meaning(uint16_t code)
{
    size_t at = code_find(code);
    return at < sizeof table / sizeof table[0] ? table[at].meaning : "unknown code";
}
