/* The status of a freeze: out of its records, to text and back. */
#include "redpacket/status.h"

#include <string.h>

void status_of(const struct freeze *freeze, const struct share *share, struct freeze_status *status)
{
    *status = (struct freeze_status){
        .frozen_minor = freeze->request.amount_minor,
        .claimed_minor = freeze->credited_minor,
        .in_doubt_minor = freeze->taken_minor - freeze->credited_minor,
        .state = freeze->state,
    };
    if (freeze->state == FREEZE_CLOSED)
        status->released_minor = freeze->left_minor;
    else if (freeze->state == FREEZE_REVERSED)
        status->released_minor = freeze->request.amount_minor;
    memset(status->share_rrn, '0', sizeof status->share_rrn);
    status->has_share = share != NULL;
    if (share == NULL || share->state == SHARE_NONE)
        return;
    status->share_minor = share->claim.amount_minor;
    status->share_state = share->state;
    memcpy(status->share_rrn, share->claim.rrn, sizeof status->share_rrn);
}

static int64_t read_amount(struct bytes text, size_t at, bool *good)
{
    uint64_t value = 0;
    *good = text_digits_parse(bytes_of(text.data + at, 12), &value) && *good;
    return (int64_t)value;
}

static unsigned read_state(struct bytes text, size_t at, unsigned states, bool *good)
{
    uint64_t value = 0;
    *good = text_digits_parse(bytes_of(text.data + at, 2), &value) && value < states && *good;
    return *good ? (unsigned)value : 0;
}

bool status_parse(struct bytes text, struct freeze_status *status)
{
    bool good = text.len == STATUS_TEXT_MIN || text.len == STATUS_TEXT_MAX;
    *status = (struct freeze_status){.state = FREEZE_NONE};
    if (!good)
        return false;
    status->frozen_minor = read_amount(text, 0, &good);
    status->claimed_minor = read_amount(text, 12, &good);
    status->in_doubt_minor = read_amount(text, 24, &good);
    status->released_minor = read_amount(text, 36, &good);
    status->state = (enum freeze_state)read_state(text, 48, FREEZE_STATES, &good);
    status->has_share = text.len == STATUS_TEXT_MAX;
    if (status->has_share) {
        status->share_minor = read_amount(text, 50, &good);
        status->share_state = (enum share_state)read_state(text, 62, SHARE_STATES, &good);
        memcpy(status->share_rrn, text.data + 64, sizeof status->share_rrn);
    }
    return good;
}

size_t status_write_private(const struct freeze_reference *reference,
                            const struct freeze_status *status, char out[STATUS_PRIVATE_MAX])
{
    char *at = out;
    memcpy(at, "ASHB039", 7);
    reference_format(reference, at + 7);
    at += 7 + REFERENCE_TEXT_LEN;
    memcpy(at, status->has_share ? "HS076" : "HS050", 5);
    at += 5;
    digits_format((uint64_t)status->frozen_minor, at, 12);
    digits_format((uint64_t)status->claimed_minor, at + 12, 12);
    digits_format((uint64_t)status->in_doubt_minor, at + 24, 12);
    digits_format((uint64_t)status->released_minor, at + 36, 12);
    digits_format(status->state, at + 48, 2);
    at += STATUS_TEXT_MIN;
    if (status->has_share) {
        digits_format((uint64_t)status->share_minor, at, 12);
        digits_format(status->share_state, at + 12, 2);
        memcpy(at + 14, status->share_rrn, sizeof status->share_rrn);
        at += STATUS_TEXT_MAX - STATUS_TEXT_MIN;
    }
    return (size_t)(at - out);
}
