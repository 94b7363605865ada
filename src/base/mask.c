/* Masks a card number, see mask.h. */
#include "base/mask.h"

#include "base/result.h"

enum {
    MASK_HEAD = 6,
    MASK_TAIL = 4,
    MASK_LEN_MIN = 13, /* the shortest PAN in use; 6 + 4 of less would leave too little hidden */
};

void mask_pan(struct bytes pan, char *out, size_t size)
{
    MUST(size > 0);
    size_t len = pan.len < size ? pan.len : size - 1;
    for (size_t i = 0; i < len; i++) {
        bool kept = pan.len >= MASK_LEN_MIN && (i < MASK_HEAD || i >= pan.len - MASK_TAIL);
        bool digit = pan.data[i] >= '0' && pan.data[i] <= '9';
        out[i] = kept && digit ? (char)pan.data[i] : '*';
    }
    out[len] = '\0';
}
