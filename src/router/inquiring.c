/* The status inquiry: what is durable of a freeze and of one of its shares, for its parties.
 *
 * It moves nothing, so neither it nor its answer is stored; it is read in a step, behind every step
 * that was submitted before it. Source: protocol page "Messages". */
#include "redpacket/status.h"
#include "router/router_state.h"

static void apply_inquiry(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    work->share = (struct share){.state = SHARE_NONE};
    router_tx_read_freeze(tx, work);
    if (work->operation.reference.share != 0)
        router_tx_read_share(tx, &work->share);
}

/* Both sides of the freeze, and of the share that is asked for. */
static bool is_party(const struct work *work)
{
    uint64_t member = work->operation.forwarder.number;
    const struct share *share = &work->share;
    if (member == work->freeze.request.reference.wallet || member == work->freeze.sender_issuer)
        return true;
    return share->state != SHARE_NONE &&
           (member == share->claim.forwarder.number || member == share->receiver_issuer);
}

static uint16_t check_inquiry(const struct work *work)
{
    if (!work->request->signed_on)
        return CODE_PARTY_DOWN;
    if (work->freeze.state == FREEZE_NONE || !is_party(work) ||
        work->operation.reference.share > work->freeze.request.reference.shares)
        return CODE_NO_ORIGINAL;
    return CODE_APPROVED;
}

static void done_inquiry(struct store_step *step, void *context)
{
    (void)step;
    struct work *work = context;
    const struct freeze_reference *reference = &work->operation.reference;
    struct answer answer = {.code = check_inquiry(work)};
    struct freeze_status status;
    char told[STATUS_PRIVATE_MAX];
    size_t len = 0;
    if (answer.code == CODE_APPROVED) {
        status_of(&work->freeze, reference->share != 0 ? &work->share : NULL, &status);
        len = status_write_private(reference, &status, told);
    }
    party_answer_private(work->router->party, work->request, &answer, bytes_of(told, len));
    router_work_end(work);
}

void router_inquiry_receive(struct router *router, struct request *request)
{
    struct work *work = router_work_take(router, request);
    if (work == NULL) {
        party_answer(router->party, request, &(struct answer){.code = CODE_CENTRE_FAULT});
        return;
    }
    work->claim = operation_key(&request->operation);
    router_work_set_keys(work, &work->claim, &request->operation.reference, OPERATION_INQUIRY);
    router_work_submit(work, apply_inquiry, done_inquiry);
}
