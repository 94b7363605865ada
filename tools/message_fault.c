/* Faults of messages for people and programs, see message_fault.h. */
#include "message_fault.h"

#include "base/json.h"

#include <stdio.h>

void message_fault_line(struct strbuf *out, const struct message_fault_at *at,
                        const struct iso_fault *fault)
{
    char line[ISO_FAULT_LINE_MAX + ISO_FAULT_FIELD_MAX + 64];
    iso_fault_format(fault, line, sizeof line);
    if (at->command != NULL)
        strbuf_format(out, "cardlab %s: ", at->command);
    if (at->file != NULL)
        strbuf_format(out, "%s: ", at->file);
    strbuf_format(out, "message %llu: %s\n", (unsigned long long)at->number, line);
}

static struct json open_error(struct strbuf *out, const struct message_fault_at *at)
{
    struct json json = json_to(out);
    json_open_object(&json);
    json_key(&json, "error");
    json_open_object(&json);
    if (at->file != NULL)
        json_member(&json, "file", at->file);
    json_member_int(&json, "message", (int64_t)at->number);
    return json;
}

static void close_error(struct strbuf *out, struct json *json, const struct message_fault_at *at)
{
    if (at->rule != NULL)
        json_member(json, "rule", at->rule);
    if (at->line > 0) {
        json_member_int(json, "line", (int64_t)at->line);
        json_member_int(json, "column", (int64_t)at->column);
    }
    json_close_object(json);
    json_close_object(json);
    strbuf_text(out, "\n");
}

void message_fault_object(struct strbuf *out, const struct message_fault_at *at,
                          const struct iso_fault *fault)
{
    struct json json = open_error(out, at);
    json_member(&json, "field", fault->field);
    json_member_int(&json, "offset", (int64_t)fault->offset);
    json_member(&json, "expected", fault->expected);
    json_member(&json, "got", fault->got);
    close_error(out, &json, at);
}

void message_reason_object(struct strbuf *out, const struct message_fault_at *at, const char *field,
                           const char *reason)
{
    struct json json = open_error(out, at);
    if (field != NULL)
        json_member(&json, "field", field);
    json_member(&json, "reason", reason);
    close_error(out, &json, at);
}
