/* Nodes back to JSON. */
#include "base/json_node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A number is written as one only when that says the same: 0100 stays a text. */
static void json_plain(struct json *json, const struct node *node)
{
    char again[24];
    long long number = strtoll(node->text, NULL, 10);
    snprintf(again, sizeof again, "%lld", number);
    if (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0)
        json_bool(json, node->text[0] == 't');
    else if (strcmp(again, node->text) == 0)
        json_int(json, number);
    else
        json_bytes_text(json, bytes_of(node->text, node->len));
}

void json_node(struct json *json, const struct node *node)
{
    switch (node->kind) {
    case NODE_MAP:
        json_open_object(json);
        for (const struct node *child = node->child; child != NULL; child = child->next) {
            json_key(json, child->key);
            json_node(json, child);
        }
        json_close_object(json);
        break;
    case NODE_LIST:
        json_open_list(json);
        for (const struct node *child = node->child; child != NULL; child = child->next)
            json_node(json, child);
        json_close_list(json);
        break;
    case NODE_TEXT:
        if (node->quoted)
            json_bytes_text(json, bytes_of(node->text, node->len));
        else
            json_plain(json, node);
        break;
    case NODE_NULL:
        json_text(json, NULL);
        break;
    }
}
