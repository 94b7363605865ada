/* Hosts, ports and socket addresses: see address.h. */
#include "net/address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum { PORT_TEXT_MAX = 6 };

enum result address_resolve(const char *host, uint16_t port, struct sockaddr_storage *address,
                            struct fault *fault)
{
    char service[PORT_TEXT_MAX];
    snprintf(service, sizeof service, "%u", (unsigned)port);
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int status = getaddrinfo(host, service, &hints, &found);
    if (status != 0)
        return fault_set(fault, RESULT_INPUT, "no address for host \"%s\": %s", host,
                         gai_strerror(status));
    MUST(found->ai_addrlen <= sizeof *address);
    memset(address, 0, sizeof *address);
    memcpy(address, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return RESULT_OK;
}

void address_format(const struct sockaddr_storage *address, char *out, size_t size)
{
    char host[ADDRESS_TEXT_MAX];
    char service[PORT_TEXT_MAX];
    socklen_t len =
        address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    if (getnameinfo((const struct sockaddr *)address, len, host, sizeof host, service,
                    sizeof service, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        snprintf(out, size, "unknown address");
    else
        snprintf(out, size, address->ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, service);
}

uint16_t address_port(const struct sockaddr_storage *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    memcpy(&v4, address, sizeof v4);
    memcpy(&v6, address, sizeof v6);
    return ntohs(address->ss_family == AF_INET6 ? v6.sin6_port : v4.sin_port);
}
