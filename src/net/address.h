/* Hosts and ports as people write them, and socket addresses: how the one becomes the other. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include "base/result.h"

#include <stdint.h>
#include <sys/socket.h>

enum { ADDRESS_TEXT_MAX = 64 }; /* "[ipv6, at most 45]:65535" */

/* `host` is a numeric address or a name, which is looked up here and now: the call may take the
 * resolver's time, so it belongs to a start. The first address found is taken. RESULT_INPUT: there
 * is none. */
MUST_USE enum result address_resolve(const char *host, uint16_t port,
                                     struct sockaddr_storage *address, struct fault *fault);
/* "127.0.0.1:4000", "[::1]:4000"; cut to size, always terminated. */
void address_format(const struct sockaddr_storage *address, char *out, size_t size);
uint16_t address_port(const struct sockaddr_storage *address);

#endif
