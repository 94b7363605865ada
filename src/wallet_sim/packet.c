/* A packet: decisions without side effects, and its record. */
#include "wallet_sim/packet.h"

#include <string.h>

bool packet_has_ended(const struct packet *packet)
{
    return packet->state == PACKET_REFUSED || packet->state == PACKET_CLOSED ||
           packet->state == PACKET_REVERSED;
}

enum wallet_refusal packet_check_grab(const struct packet *packet)
{
    switch (packet->state) {
    case PACKET_NONE:
        return WALLET_UNKNOWN_PACKET;
    case PACKET_FREEZING:
    case PACKET_REFUSED:
        return WALLET_NOT_ANNOUNCED;
    case PACKET_OPEN:
        return WALLET_ACCEPTED;
    default:
        return WALLET_CLOSED;
    }
}

enum wallet_refusal packet_check_end(const struct packet *packet, enum operation_kind kind)
{
    /* Only what was announced can expire; what has not been answered yet can be given up. */
    if (kind == OPERATION_FREEZE_REVERSAL && packet->state == PACKET_FREEZING)
        return WALLET_ACCEPTED;
    return packet_check_grab(packet);
}

void packet_end(struct packet *packet, enum operation_kind kind)
{
    packet->state = kind == OPERATION_UNFREEZE ? PACKET_CLOSING : PACKET_REVERSING;
}

static int64_t left_minor(const struct packet *packet)
{
    int64_t left = packet->freeze.amount_minor - packet->claimed_minor;
    return left > 0 ? left : 0;
}

void packet_write_request(const struct packet *packet, struct operation *request)
{
    const struct operation *freeze = &packet->freeze;
    request->card = freeze->card;
    request->sender = freeze->sender;
    request->account_types = freeze->account_types;
    request->amount_minor =
        request->kind == OPERATION_UNFREEZE ? left_minor(packet) : freeze->amount_minor;
    memcpy(request->currency, freeze->currency, sizeof request->currency);
    request->reference = freeze->reference;
    request->original = operation_as_original(freeze);
}

bool packet_is_credited(const struct operation *request, uint16_t code)
{
    return request->kind == OPERATION_CLAIM &&
           (code == CODE_APPROVED || code == CODE_TO_BE_CONFIRMED);
}

/* Whether an answer leaves open what became of the freeze. 30 may be of a switch that found the
 * message malformed on its way and kept no trace of it. After 98 the switch reverses it by itself.
 */
static bool leaves_freeze_open(uint16_t code)
{
    return code == CODE_FORMAT || (code_verdict(code) == VERDICT_SILENT && code != CODE_NO_ANSWER);
}

enum operation_kind packet_follow(const struct operation *request, uint16_t code)
{
    if (request->kind == OPERATION_FREEZE && leaves_freeze_open(code))
        return OPERATION_FREEZE_REVERSAL;
    if (request->kind == OPERATION_FREEZE_REVERSAL && code == CODE_STATE)
        return OPERATION_UNFREEZE;
    return OPERATION_NONE;
}

bool packet_must_inquire(const struct operation *request, uint16_t code)
{
    return (request->kind == OPERATION_CLAIM &&
            (code == CODE_NO_ANSWER || code == CODE_TO_BE_CONFIRMED)) ||
           (request->kind == OPERATION_FREEZE && code == CODE_NO_ANSWER);
}

bool packet_is_final(const struct operation *inquiry, uint16_t code,
                     const struct freeze_status *status)
{
    if (inquiry->original.mti == 0 || code != CODE_APPROVED)
        return true;
    if (inquiry->reference.share == 0)
        return status->state != FREEZE_NONE && status->state != FREEZE_FREEZING &&
               status->state != FREEZE_REVERSING;
    /* Its own claim, or another one, which took the share when this one was released. */
    return status->has_share &&
           (memcmp(status->share_rrn, inquiry->rrn, sizeof inquiry->rrn) != 0 ||
            !share_is_open(status->share_state));
}

static void move(struct packet *packet, enum packet_state from, enum packet_state to)
{
    if (packet->state == from)
        packet->state = to;
}

bool packet_answer(struct packet *packet, const struct operation *request, uint16_t code)
{
    bool approved = code == CODE_APPROVED;
    enum operation_kind follow = packet_follow(request, code);
    if (packet_is_credited(request, code))
        packet->claimed_minor += request->amount_minor;
    if (request->kind == OPERATION_FREEZE) {
        /* In any other state it was given up before its answer came. */
        bool must_follow = follow != OPERATION_NONE && packet->state == PACKET_FREEZING;
        if (must_follow)
            packet_end(packet, follow);
        move(packet, PACKET_FREEZING, approved ? PACKET_OPEN : PACKET_REFUSED);
        return must_follow;
    }
    if (request->kind == OPERATION_UNFREEZE)
        move(packet, PACKET_CLOSING, approved ? PACKET_CLOSED : PACKET_DISPUTED);
    if (request->kind == OPERATION_FREEZE_REVERSAL && packet->state == PACKET_REVERSING) {
        if (follow != OPERATION_NONE) {
            packet_end(packet, follow);
            return true;
        }
        packet->state = approved ? PACKET_REVERSED : PACKET_DISPUTED;
    }
    return false;
}

void packet_write_ticket(const struct packet *packet, uint16_t share, int64_t amount_minor,
                         struct wallet_ticket *ticket)
{
    *ticket = (struct wallet_ticket){
        .reference = packet->freeze.reference,
        .freeze = operation_as_original(&packet->freeze),
        .amount_minor = amount_minor,
    };
    ticket->reference.share = share;
    memcpy(ticket->packet, packet->name, sizeof ticket->packet);
}

/* --- record form ------------------------------------------------------------------------------ */

enum { PACKET_RECORD_VERSION = 3 };

size_t packet_encode(const struct packet *packet, uint8_t out[PACKET_RECORD_MAX])
{
    const struct split *split = &packet->split;
    struct writer w = writer_to(out, PACKET_RECORD_MAX);
    write_u8(&w, PACKET_RECORD_VERSION);
    write_u8(&w, (uint8_t)packet->state);
    write_u8(&w, (uint8_t)strlen(packet->name));
    write_bytes(&w, packet->name, strlen(packet->name));
    write_u32(&w, packet->over_s);
    write_uint(&w, (uint64_t)packet->claimed_minor, 6);
    operation_encode(&w, &packet->freeze);
    write_u8(&w, (uint8_t)split->way);
    write_u16(&w, split->shares);
    write_u16(&w, split->next);
    write_uint(&w, (uint64_t)split->remaining_minor, 6);
    write_u64(&w, split->seed);
    write_u16(&w, split->given_count);
    for (unsigned i = 0; i < split->given_count; i++)
        write_uint(&w, (uint64_t)split->given_minor[i], 6);
    MUST(!w.bad);
    return w.len;
}

void packet_decode(struct bytes record, struct packet *packet)
{
    struct split *split = &packet->split;
    *packet = (struct packet){.state = PACKET_NONE};
    if (record.data == NULL)
        return;
    struct reader r = reader_of(record);
    uint8_t version = read_u8(&r);
    packet->state = (enum packet_state)read_u8(&r);
    size_t name_len = read_u8(&r);
    MUST(name_len <= WALLET_NAME_MAX);
    read_bytes(&r, packet->name, name_len);
    packet->over_s = read_u32(&r);
    packet->claimed_minor = (int64_t)read_uint(&r, 6);
    operation_decode(&r, &packet->freeze);
    split->way = (enum split_way)read_u8(&r);
    split->shares = read_u16(&r);
    split->next = read_u16(&r);
    split->remaining_minor = (int64_t)read_uint(&r, 6);
    split->seed = read_u64(&r);
    split->given_count = read_u16(&r);
    MUST(split->given_count <= SPLIT_GIVEN_MAX);
    for (unsigned i = 0; i < split->given_count; i++)
        split->given_minor[i] = (int64_t)read_uint(&r, 6);
    MUST(version == PACKET_RECORD_VERSION && !r.bad && r.at == r.end &&
         packet->state < PACKET_STATES && split->way < SPLIT_WAYS);
}

/* --- names of records ------------------------------------------------------------------------- */

struct store_key key_of_packet_name(const char *name)
{
    return key_of_name(TABLE_PACKET, name);
}

struct store_key key_of_person(enum record_table table, const struct freeze_reference *reference,
                               const char *person)
{
    struct store_key key = key_of_freeze(reference, 0);
    struct writer w = writer_to(key.data, sizeof key.data);
    key.data[0] = (uint8_t)table;
    /* The person stands where a share's number would. */
    w.len = key.len - sizeof(uint16_t);
    write_bytes(&w, person, strlen(person));
    MUST(!w.bad);
    key.len = (uint8_t)w.len;
    return key;
}

enum { REPEAT_MARK = 'R' };

struct store_key key_of_request(const struct operation *request, bool is_repeat)
{
    struct transaction_key transaction = operation_key(request);
    struct store_key key = key_of_duplicate(&transaction);
    key.data[0] = TABLE_FORWARD;
    if (is_repeat)
        key.data[key.len++] = REPEAT_MARK;
    return key;
}

bool key_is_repeat(const struct store_key *key)
{
    return key->len == 1 + TRANSACTION_KEY_LEN + 1;
}

struct store_key key_of_number(void)
{
    return key_of_name(TABLE_COUNTER, "requests");
}
