/* A stored message: what its answers mean, its record, its words. */
#include "party/forward.h"

#include "base/mutant.h"

enum { FORWARD_RECORD_VERSION = 2, FORWARD_RECORD_MAX = OPERATION_RECORD_MAX + 16 };

enum forward_verdict forward_judge(const struct operation *operation, uint16_t code)
{
    if (mutant_is(MUTANT_ANY_ANSWER_ENDS))
        return FORWARD_DONE;
    switch (code) {
    case CODE_APPROVED:
        return FORWARD_DONE;
    case CODE_CONFIRMED_UNSEEN:
    case CODE_CONFIRMED_REFUSED:
    case CODE_CONFIRMED_BY_CENTRE:
        return operation->kind == OPERATION_CONFIRMATION ? FORWARD_DONE : FORWARD_REFUSED;
    case CODE_NONE:
    case CODE_ISSUER_TIMEOUT:
    case CODE_CUTOVER:
    case CODE_PARTY_DOWN:
    case CODE_NO_ROUTE:
    case CODE_CENTRE_FAULT:
    case CODE_NO_ANSWER:
    case CODE_MAC:
        return FORWARD_AGAIN;
    default:
        return FORWARD_REFUSED;
    }
}

void forward_write(struct store_tx *tx, unsigned index, const struct operation *operation,
                   uint64_t institution, int64_t since_us)
{
    uint8_t record[FORWARD_RECORD_MAX];
    struct writer w = writer_to(record, sizeof record);
    write_u8(&w, FORWARD_RECORD_VERSION);
    write_uint(&w, institution, 5);
    write_u64(&w, (uint64_t)since_us);
    operation_encode(&w, operation);
    MUST(!w.bad);
    store_tx_put(tx, index, record, w.len);
}

bool forward_read(struct bytes record, struct operation *operation, uint64_t *institution,
                  int64_t *since_us)
{
    struct reader r = reader_of(record);
    uint8_t version = read_u8(&r);
    *institution = read_uint(&r, 5);
    *since_us = (int64_t)read_u64(&r);
    operation_decode(&r, operation);
    return version == FORWARD_RECORD_VERSION && !r.bad && r.at == r.end;
}

int forward_compare(int64_t since_us, uint32_t stan, int64_t other_since_us, uint32_t other_stan)
{
    if (since_us != other_since_us)
        return since_us < other_since_us ? -1 : 1;
    return (stan > other_stan) - (stan < other_stan);
}

const char *forward_wait_name(enum forward_wait wait)
{
    static const char *const names[] = {"peer",  "link",   "sign-on", "turn",
                                        "delay", "answer", "commit"};
    _Static_assert(sizeof names / sizeof names[0] == FORWARD_WAITS, "one name each");
    return names[wait];
}

const char *forward_outcome_name(enum forward_outcome outcome)
{
    static const char *const names[] = {"untried", "answered", "no-answer", "link-lost",
                                        "not-taken"};
    return names[outcome];
}
