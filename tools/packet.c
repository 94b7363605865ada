/* Captured packets, see packet.h. */
#include "packet.h"

enum {
    ETHERNET_LEN = 14,
    ETHERNET_MIN = 60, /* shorter frames are filled up to it */
    TYPE_IP4 = 0x0800,
    TYPE_IP6 = 0x86DD,
    TYPE_VLAN = 0x8100,
    VLAN_LEN = 4,
    IP4_LEN_MIN = 20,
    IP6_LEN = 40,
    PROTOCOL_TCP = 6,
    TCP_LEN_MIN = 20,
};

static unsigned two_bytes(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static bool take_tcp(struct bytes segment, struct bytes *payload)
{
    if (segment.len < TCP_LEN_MIN)
        return false;
    size_t header = 4U * (segment.data[12] >> 4);
    if (header < TCP_LEN_MIN || header > segment.len)
        return false;
    *payload = bytes_of(segment.data + header, segment.len - header);
    return true;
}

/* `padded`: bytes may follow that a short frame was filled up with. */
static bool take_ip(struct bytes packet, bool padded, struct bytes *payload)
{
    if (packet.len < IP4_LEN_MIN)
        return false;
    unsigned version = packet.data[0] >> 4;
    size_t header = IP6_LEN, total = 0, protocol_at = 6;
    if (version == 4) {
        header = 4U * (packet.data[0] & 15);
        total = two_bytes(packet.data + 2);
        protocol_at = 9;
        if (header < IP4_LEN_MIN || (two_bytes(packet.data + 6) & 0x3FFF) != 0) /* a fragment */
            return false;
    } else if (version == 6) {
        total = IP6_LEN + two_bytes(packet.data + 4);
    }
    bool is_whole = total == packet.len || (padded && total < packet.len);
    if (!is_whole || total < header || packet.data[protocol_at] != PROTOCOL_TCP)
        return false;
    return take_tcp(bytes_of(packet.data + header, total - header), payload);
}

bool packet_payload(struct bytes packet, struct bytes *payload)
{
    if (take_ip(packet, false, payload))
        return true;
    size_t at = ETHERNET_LEN - 2;
    while (at + 2 <= packet.len && two_bytes(packet.data + at) == TYPE_VLAN)
        at += VLAN_LEN;
    if (at + 2 > packet.len)
        return false;
    unsigned type = two_bytes(packet.data + at);
    return (type == TYPE_IP4 || type == TYPE_IP6) &&
           take_ip(bytes_of(packet.data + at + 2, packet.len - at - 2), packet.len <= ETHERNET_MIN,
                   payload);
}
