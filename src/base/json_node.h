/* Writes what doc.h has read back as JSON. */
#ifndef BASE_JSON_NODE_H
#define BASE_JSON_NODE_H

#include "base/doc.h"
#include "base/json.h"

/* The node and all below it. Texts that stood in quotes stay texts; of the others whole numbers,
 * `true` and `false` are written as such, the rest as texts. */
void json_node(struct json *json, const struct node *node);

#endif
