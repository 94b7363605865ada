/* What TCP carries in a packet, by all of its lengths; anything else is no packet. */
#include "packet.h"
#include "suite.h"

/* Ethernet, IP and TCP of 20 bytes each but the first, "hi". */
static const uint8_t frame4[] = {
    2,    0,    0, 0,    0, 1, 2,    0, 0,  0, 0, 2, 0x08, 0x00, /* Ethernet, at 0 */
    0x45, 0,    0, 42,   0, 1, 0x40, 0, 64, 6, 0, 0, 10,   0,    0, 1, 10, 0, 0, 2, /* IP, at 14 */
    3,    0xE8, 7, 0xD0, 0, 0, 0,    1, 0,  0, 0, 1, 0x50, 0x18, 1, 0, 0,  0, 0, 0, /* TCP, at 34 */
    'h',  'i'};
enum { IP_AT = 14, TCP_AT = 34 };

static struct bytes payload;

static bool carries(const uint8_t *data, size_t len, const char *expected)
{
    return packet_payload(bytes_of(data, len), &payload) &&
           bytes_equal(payload, bytes_text(expected));
}

static void finds_what_tcp_carries(void)
{
    CU_ASSERT_TRUE(carries(frame4, sizeof frame4, "hi"));
    CU_ASSERT_TRUE(carries(frame4 + IP_AT, sizeof frame4 - IP_AT, "hi"));
    uint8_t tagged[sizeof frame4 + 4];
    memcpy(tagged, frame4, 12);
    memcpy(tagged + 12, "\x81\x00\x00\x07", 4);
    memcpy(tagged + 16, frame4 + 12, sizeof frame4 - 12);
    CU_ASSERT_TRUE(carries(tagged, sizeof tagged, "hi"));
}

static void passes_over_what_a_short_frame_is_filled_up_with(void)
{
    uint8_t filled[60] = {0};
    memcpy(filled, frame4, sizeof frame4 - 2);
    filled[IP_AT + 3] = 40;
    CU_ASSERT_TRUE(carries(filled, sizeof filled, ""));
}

static void finds_it_in_version_6(void)
{
    uint8_t packet[40 + 22] = {0x60, 0, 0, 0, 0, 22, 6, 64};
    memcpy(packet + 40, frame4 + TCP_AT, 22);
    CU_ASSERT_TRUE(carries(packet, sizeof packet, "hi"));
    packet[6] = 17;
    CU_ASSERT_FALSE(carries(packet, sizeof packet, "hi"));
}

static void is_no_packet_when_a_length_or_the_protocol_is_not_right(void)
{
    static const struct {
        size_t at;
        uint8_t value;
    } changes[] = {{12, 0x09},          {IP_AT, 0x55},       {IP_AT, 0x44},
                   {IP_AT + 3, 43},     {IP_AT + 6, 0x20},   {IP_AT + 9, 17},
                   {TCP_AT + 12, 0x40}, {TCP_AT + 12, 0xF0}, {IP_AT, 0x4F}};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        uint8_t bent[sizeof frame4];
        memcpy(bent, frame4, sizeof bent);
        bent[changes[i].at] = changes[i].value;
        CU_ASSERT_FALSE(packet_payload(bytes_of(bent, sizeof bent), &payload));
    }
    for (size_t len = 0; len < sizeof frame4; len++)
        CU_ASSERT_FALSE(packet_payload(bytes_of(frame4, len), &payload));
}

SUITE(CASE(finds_what_tcp_carries), CASE(passes_over_what_a_short_frame_is_filled_up_with),
      CASE(finds_it_in_version_6), CASE(is_no_packet_when_a_length_or_the_protocol_is_not_right))
