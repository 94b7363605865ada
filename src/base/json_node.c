/* Nodes back to JSON. */
#include "base/json_node.h"

#include <stdlib.h>
#include <string.h>

static void json_plain(struct json *json, const struct node *node)
{
    char *end = NULL;
    if (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0) {
        json_bool(json, node->text[0] == 't');
        return;
    }
    long long number = strtoll(node->text, &end, 10);
    if (end != node->text && *end == '\0')
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
