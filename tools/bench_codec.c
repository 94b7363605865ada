/* cardlab bench codec: unpack and pack of two messages with every check on, beside copying the
 * message once and the cheapest loop over its bytes in the same run. Counts allocations. */
#include "base/json.h"
#include "base/text.h"
#include "bench.h"
#include "iso8583/iso8583.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ROUNDS = 21,           /* the median of so many */
    ROUND_MESSAGES = 20000, /* some 2 ms, so that one round falls between two ticks */
};

/* 20 fields counting the MTI, 213 bytes, ISO 8583:1987 in ASCII. */
static const char purchase_hex[] =
    "303230307238448108E1801131363431313131313131313131313131313131303030303030303030303030303031"
    "32333435303731393135333034353132333435363135333034353037313935343131303531303030313131323334"
    "3536373839303139323030313531323334353635";

struct sample {
    const char *name, *spec_name;
    struct iso_spec *spec;
    uint8_t bytes[ISO_MESSAGE_LEN_MAX];
    size_t len;
    double unpack_ns[ROUNDS], pack_ns[ROUNDS], copy_ns[ROUNDS], walk_ns[ROUNDS];
    size_t allocations;
};
