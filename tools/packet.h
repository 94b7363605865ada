/* A captured packet's way to what TCP carries in it, for dumps that people paste: Ethernet (with
 * VLAN tags) or bare IP, version 4 or 6. Reading capture files is another matter. */
#ifndef TOOLS_PACKET_H
#define TOOLS_PACKET_H

#include "base/bytes.h"

/* True when the bytes are a whole packet of TCP, by every length in it; *payload, perhaps empty,
 * then lies inside. No ISO 8583 message looks like one. */
bool packet_payload(struct bytes packet, struct bytes *payload);

#endif
