/* What an operation is about, as commands print and take it: a packet, or a share of it, by the
 * freeze's date and sequence; a purchase by DE 7, DE 11 and DE 32 of its request. */
#ifndef TOOLS_ABOUT_H
#define TOOLS_ABOUT_H

#include "redpacket/operation.h"

enum { ABOUT_MAX = 64 };
/* "packet 20261231-1 share 2/8", "purchase 1231093000-000031-91230001". */
const char *about_format(const struct operation *operation, char out[ABOUT_MAX]);
/* "1231093000-000031-91230001"; its acquirer is its forwarder. */
const char *about_purchase_format(const struct transaction_key *purchase, char out[ABOUT_MAX]);
/* false: it names no purchase. */
bool about_purchase_parse(const char *text, struct transaction_key *purchase);

#endif
