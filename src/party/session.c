/* Network management: sign-on and sign-off, line test, and the business date with its cutover.
 * These messages carry no MAC. Source: dialect page "Network management", protocol page "Days". */
#include "party/party_state.h"

#include "base/date.h"
#include "redpacket/journal.h"

#include <string.h>

/* DE 70. */
enum {
    NETWORK_SIGN_ON = 1,
    NETWORK_SIGN_OFF = 2,
    NETWORK_CUTOVER_START = 201,
    NETWORK_CUTOVER_END = 202,
    NETWORK_LINE_TEST = 301,
};

static const char BUSINESS_DATE[] = "business-date";

/* An exchange of network management is found by DE 7, DE 11 and the peer. */
static void network_key(uint64_t transmission, uint32_t stan, uint64_t peer_id,
                        uint8_t out[TRANSACTION_KEY_LEN])
{
    struct transaction_key key = {
        .transmission = transmission, .stan = stan, .forwarder = peer_id, .mti_class = 8};
    transaction_key_encode(&key, out);
}

struct network_text {
    char transmission[10], stan[6], settlement[4], information[3], id[INSTITUTION_LEN_MAX];
};

/* Over this link; PARTY_LINKS_MAX: over any. */
static bool send_network(struct party *party, unsigned peer, unsigned link, unsigned information,
                         uint32_t date, unsigned timeout_ms, void *context)
{
    struct network_text text;
    struct iso_message message;
    uint8_t key[TRANSACTION_KEY_LEN];
    uint64_t transmission = date_de7(party->now.wall_us);
    party->network_stan = party->network_stan % 999999 + 1;
    iso_message_init(&message, party->config.spec, "0820");
    digits_format(transmission, text.transmission, sizeof text.transmission);
    iso_message_set(&message, 7, text.transmission, sizeof text.transmission);
    digits_format(party->network_stan, text.stan, sizeof text.stan);
    iso_message_set(&message, 11, text.stan, sizeof text.stan);
    if (date != 0) {
        digits_format(date % 10000, text.settlement, sizeof text.settlement);
        iso_message_set(&message, 15, text.settlement, sizeof text.settlement);
    }
    digits_format(information, text.information, sizeof text.information);
    iso_message_set(&message, 70, text.information, sizeof text.information);
    /* A member names itself as the forwarder, the centre names the member as the receiver. */
    const struct institution *id =
        party->config.is_centre ? &party->peers[peer].id : &party->config.self;
    iso_message_set(&message, party->config.is_centre ? 100 : 33, text.id,
                    institution_format(id, text.id));
    network_key(transmission, party->network_stan, party->peers[peer].id.number, key);
    struct exchange *exchange =
        exchange_open(party, EXCHANGE_NETWORK, peer, key, timeout_ms, context);
    if (exchange == NULL)
        return false;
    exchange->information = information;
    if (!wire_send(party, peer, link, &message, &exchange->link, &exchange->send_number)) {
        exchange_forget(party, exchange);
        return false;
    }
    return true;
}

/* To any link of the peer. */
static bool tell(struct party *party, unsigned peer, unsigned information, uint32_t date)
{
    return send_network(party, peer, PARTY_LINKS_MAX, information, date, party->config.network_ms,
                        NULL);
}

static void answer_network(struct party *party, const struct origin *to,
                           const struct iso_message *request, uint16_t code)
{
    static const unsigned echo[] = {7, 11, 15, 33, 53, 70, 100};
    struct iso_message message;
    char mti[5], text[3];
    memcpy(mti, request->mti, sizeof mti);
    mti[2]++;
    iso_message_init(&message, party->config.spec, mti);
    for (size_t i = 0; i < sizeof echo / sizeof echo[0]; i++) {
        struct iso_value value = iso_message_get(request, echo[i]);
        if (value.data != NULL)
            iso_message_set(&message, echo[i], value.data, value.len);
    }
    code_format(code, text);
    iso_message_set(&message, 39, text, 2);
    if (!wire_answer(party, to, &message))
        party_log_peer(party, to->peer, LOG_INFO, "answer_not_sent", "%s to %s", mti,
                       party->peers[to->peer].name);
}

static void peer_is_on(struct party *party, unsigned peer)
{
    party->peers[peer].signed_on = true;
    party_log_peer(party, peer, LOG_INFO, "signed_on", "%s", party->peers[peer].name);
    if (party->core.ready != NULL)
        party->core.ready(party->core.core, peer);
    forward_peer_ready(party, peer);
}

/* A member signs on over each of its links: the centre may be a new process that knows of none of
 * the older ones, though they look alive from here. */
static void sign_on(struct party *party, unsigned peer, unsigned link)
{
    if (!send_network(party, peer, link, NETWORK_SIGN_ON, 0, party->config.network_ms, NULL))
        deadline_arm(&party->timers, &party->peers[peer].session_timer.deadline,
                     party_after(party, party->config.network_ms));
}

/* On every link that is up and has not been answered. */
static void sign_on_everywhere(struct party *party, unsigned peer)
{
    const struct peer *centre = &party->peers[peer];
    for (unsigned link = 0; link < PARTY_LINKS_MAX; link++)
        if (((centre->links & ~centre->greeted) >> link & 1) != 0)
            sign_on(party, peer, link);
}

void session_link_up(struct party *party, unsigned peer, unsigned link)
{
    party->peers[peer].is_leaving = false;
    if (!party->config.is_centre)
        sign_on(party, peer, link);
}

void session_link_down(struct party *party, unsigned peer)
{
    struct peer *other = &party->peers[peer];
    if (other->links != 0)
        return;
    other->signed_on = false;
    deadline_cancel(&party->timers, &other->session_timer.deadline);
}

void party_sign_off(struct party *party, unsigned peer)
{
    party->peers[peer].signed_on = false;
    party->peers[peer].is_leaving = true;
    deadline_cancel(&party->timers, &party->peers[peer].session_timer.deadline);
    if (!tell(party, peer, NETWORK_SIGN_OFF, 0))
        party_log_peer(party, peer, LOG_INFO, "sign_off_not_sent", "%s", party->peers[peer].name);
}

bool party_line_test(struct party *party, unsigned peer, unsigned link, unsigned timeout_ms,
                     void *context, struct instant now)
{
    party->now = now;
    return party_link_is_up(party, peer, link) &&
           send_network(party, peer, link, NETWORK_LINE_TEST, 0, timeout_ms, context);
}

static void line_tested(struct party *party, const struct exchange *exchange, uint16_t code)
{
    struct line_test test = {.code = code, .us = party->now.mono_us - exchange->sent_us};
    party->port.tested(party->port.host, exchange->context, &test);
}

/* A member that has missed a date books to the old one, so it is told until it has heard. */
static void tell_date(struct party *party, unsigned peer, unsigned information)
{
    if (party_peer_is_ready(party, peer) && !tell(party, peer, information, party->business_date))
        deadline_arm(&party->timers, &party->peers[peer].session_timer.deadline,
                     party_after(party, party->config.network_ms));
}

void session_due(struct party *party, unsigned peer)
{
    if (party->config.is_centre)
        tell_date(party, peer, NETWORK_CUTOVER_END);
    else
        sign_on_everywhere(party, peer);
}

static void sign_on_answered(struct party *party, const struct exchange *exchange, uint16_t code)
{
    struct peer *centre = &party->peers[exchange->peer];
    if (centre->is_leaving)
        return;
    if (code == CODE_APPROVED) {
        centre->greeted |= UINT32_C(1) << exchange->link;
        if (!centre->signed_on)
            peer_is_on(party, exchange->peer);
    } else if (centre->links != 0)
        deadline_arm(&party->timers, &centre->session_timer.deadline,
                     party_after(party, party->config.network_ms));
}

void session_answered(struct party *party, struct exchange *exchange, uint16_t code)
{
    unsigned peer = exchange->peer;
    bool is_silent = code_verdict(code) == VERDICT_SILENT;
    if (exchange->information == NETWORK_SIGN_ON)
        sign_on_answered(party, exchange, code);
    else if (exchange->information == NETWORK_LINE_TEST)
        line_tested(party, exchange, code);
    else if (exchange->information == NETWORK_CUTOVER_START)
        tell_date(party, peer, NETWORK_CUTOVER_END);
    else if (exchange->information == NETWORK_CUTOVER_END && code != CODE_APPROVED && !is_silent)
        party_log_peer(party, peer, LOG_ERROR, "date_refused",
                       "%s refuses the business date %08u with %02u", party->peers[peer].name,
                       party->business_date, code);
    else if (exchange->information == NETWORK_CUTOVER_END && is_silent &&
             party_peer_is_ready(party, peer))
        deadline_arm(&party->timers, &party->peers[peer].session_timer.deadline,
                     party_after(party, party->config.network_ms));
}

/* --- the business date ------------------------------------------------------------------------ */

static void apply_day(struct store_step *step, struct store_tx *tx)
{
    const struct party *party = step->context;
    struct journal_entry entry;
    uint8_t record[4];
    struct writer w = writer_to(record, sizeof record);
    write_u32(&w, party->date_wanted);
    store_tx_put(tx, 0, record, w.len);
    journal_begin(&entry, JOURNAL_DAY, NULL, party->day_wall_us);
    entry.settlement_date = party->date_wanted;
    entry.operation.forwarder = party->config.self;
    journal_write(tx, &entry);
}

static void done_day(struct store_step *step, void *context)
{
    (void)step;
    struct party *party = context;
    party->day_step_busy = false;
    party->business_date = party->date_wanted;
    party_log(party, LOG_INFO, "business_date", "%08u", party->business_date);
    if (party->core.day != NULL)
        party->core.day(party->core.core, party->business_date);
    reconciling_forget(party);
    if (party->day_request_len > 0) {
        struct iso_message message;
        MUST(iso_message_unpack(party->config.spec, ISO_HEADER_AUTO, party->day_request,
                                party->day_request_len, &message, NULL) == ISO_OK);
        party->day_request_len = 0;
        answer_network(party, &party->day_request_from, &message, CODE_APPROVED);
    }
    for (unsigned peer = 0; party->config.is_centre && peer < party->config.peer_count; peer++)
        tell_date(party, peer, NETWORK_CUTOVER_START);
    if (party->day_done != NULL)
        party->day_done(party->day_context, party->business_date);
}

bool party_cutover(struct party *party, uint32_t date, party_day_fn *done, void *context)
{
    if (party->day_step_busy)
        return false;
    party->day_step_busy = true;
    party->day_done = done;
    party->day_context = context;
    party->date_wanted = date;
    party->day_wall_us = party->now.wall_us;
    party->day_step = (struct store_step){.apply = apply_day, .done = done_day, .context = party};
    store_step_key(&party->day_step, key_of_name(TABLE_BATCH, BUSINESS_DATE));
    store_submit(party->config.store, &party->day_step);
    return true;
}

static void receive_cutover(struct party *party, const struct origin *from,
                            const struct iso_message *message, struct bytes bytes)
{
    struct iso_value settlement = iso_message_get(message, 15);
    uint64_t mmdd = 0;
    uint32_t date = 0;
    if (text_digits_parse(bytes_of(settlement.data, settlement.len), &mmdd))
        date = date_nearest_mmdd((uint32_t)mmdd, party->business_date);
    if (party->config.is_centre || date == 0 || bytes.len > sizeof party->day_request)
        answer_network(party, from, message, CODE_FORMAT);
    else if (date == party->business_date)
        answer_network(party, from, message, CODE_APPROVED);
    else if (date < party->business_date) /* what is behind us comes late: days never go back */
        answer_network(party, from, message, CODE_STATE);
    else if (party_cutover(party, date, NULL, NULL)) {
        /* While another date is being made durable it is not answered, and so it comes again. */
        memcpy(party->day_request, bytes.data, bytes.len);
        party->day_request_len = bytes.len;
        party->day_request_from = *from;
    }
}

static bool load_day(void *context, struct bytes key, struct bytes value)
{
    (void)key;
    struct reader r = reader_of(value);
    *(uint32_t *)context = read_u32(&r);
    return false;
}

enum result party_stored_date(struct store *store, uint32_t *date, struct fault *fault)
{
    struct store_key first = key_of_name(TABLE_BATCH, BUSINESS_DATE), end = first;
    *date = 0;
    end.data[end.len - 1]++;
    return store_scan(store, bytes_of(first.data, first.len), bytes_of(end.data, end.len), load_day,
                      date, fault);
}

enum result session_load(struct party *party, struct fault *fault)
{
    uint32_t date;
    TRY(party_stored_date(party->config.store, &date, fault));
    party->business_date = date != 0 ? date : party->config.opening_date;
    return RESULT_OK;
}

/* --- receiving -------------------------------------------------------------------------------- */

static uint64_t number_of(const struct iso_message *message, unsigned de)
{
    struct iso_value value = iso_message_get(message, de);
    uint64_t number = 0;
    return text_digits_parse(bytes_of(value.data, value.len), &number) ? number : 0;
}

static void receive_sign_on(struct party *party, const struct origin *from,
                            const struct iso_message *message)
{
    unsigned peer = from->peer;
    struct peer *member = &party->peers[peer];
    if (!party->config.is_centre || number_of(message, 33) != member->id.number) {
        party_log_peer(party, peer, LOG_WARNING, "sign_on_refused",
                       "%s: DE 33 is not the owner of this link", member->name);
        answer_network(party, from, message, CODE_FORMAT);
        return;
    }
    answer_network(party, from, message, CODE_APPROVED);
    /* Said again on a link it changes nothing, so that nobody can fill the table of exchanges. */
    if ((member->greeted >> from->link & 1) != 0)
        return;
    member->greeted |= UINT32_C(1) << from->link;
    if (!member->signed_on)
        peer_is_on(party, peer);
    /* It may have been away during a cutover. */
    tell_date(party, peer, NETWORK_CUTOVER_END);
}

static void receive_answer(struct party *party, const struct origin *from,
                           const struct iso_message *message)
{
    unsigned peer = from->peer;
    uint8_t key[TRANSACTION_KEY_LEN];
    network_key(number_of(message, 7), (uint32_t)number_of(message, 11),
                party->peers[peer].id.number, key);
    struct exchange *exchange = map_find(&party->open_exchanges, key);
    struct iso_value code = iso_message_get(message, 39);
    /* A line test is of one line. */
    if (exchange == NULL || exchange->peer != peer || code.len != 2 ||
        (exchange->information == NETWORK_LINE_TEST && exchange->link != from->link)) {
        party->unmatched++;
        return;
    }
    struct exchange ended = *exchange;
    exchange_forget(party, exchange);
    session_answered(party, &ended, code_parse((const char *)code.data));
}

void session_receive(struct party *party, const struct origin *from,
                     const struct iso_message *message, struct bytes bytes)
{
    struct peer *peer = &party->peers[from->peer];
    if (message->mti[2] == '1' || message->mti[2] == '3') {
        receive_answer(party, from, message);
        return;
    }
    switch (number_of(message, 70)) {
    case NETWORK_SIGN_ON:
        receive_sign_on(party, from, message);
        break;
    case NETWORK_SIGN_OFF:
        peer->signed_on = false;
        peer->greeted = 0;
        party_log_peer(party, from->peer, LOG_INFO, "signed_off", "%s", peer->name);
        answer_network(party, from, message, CODE_APPROVED);
        break;
    case NETWORK_LINE_TEST:
        answer_network(party, from, message, CODE_APPROVED);
        break;
    case NETWORK_CUTOVER_START:
    case NETWORK_CUTOVER_END:
        receive_cutover(party, from, message, bytes);
        break;
    default:
        answer_network(party, from, message, CODE_UNSUPPORTED);
    }
}
