/* Writes JSON into a strbuf. Reading it is doc.h's affair. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/bytes.h"
#include "base/result.h"
#include "base/strbuf.h"

#include <stdint.h>

/* Members and items in order; commas and quotes are the writer's affair. Text is UTF-8; bytes that
 * are not become U+FFFD, control characters are escaped. Below JSON_DEPTH_MAX levels the strbuf
 * becomes bad, as when it is full. */
enum { JSON_DEPTH_MAX = 32 }; /* what doc.h reads back */
struct json {
    struct strbuf *out;
    unsigned depth;
    bool filled[JSON_DEPTH_MAX + 1]; /* per depth: needs a comma before the next */
    bool after_key;
};
struct json json_to(struct strbuf *out);
void json_open_object(struct json *json);
void json_close_object(struct json *json);
void json_open_list(struct json *json);
void json_close_list(struct json *json);
void json_key(struct json *json, const char *key);
void json_key_bytes(struct json *json, struct bytes key);
/* Most values: not empty, ASCII from blank to tilde, no quote or backslash. Of any other it says
 * false and writes nothing; for callers that would have to convert it first. */
bool json_plain_text(struct json *json, struct bytes text);
void json_text(struct json *json, const char *text); /* NULL is written as null */
void json_bytes_text(struct json *json, struct bytes text);
void json_hex(struct json *json, struct bytes bytes); /* upper-case hex, as a string */
void json_int(struct json *json, int64_t value);
/* What JSON cannot say (infinite, not a number) is written as null. */
void json_real(struct json *json, double value, unsigned decimals);
void json_bool(struct json *json, bool value);
/* The usual pairs: key and value in one call. */
void json_member(struct json *json, const char *key, const char *text);
void json_member_int(struct json *json, const char *key, int64_t value);
void json_member_real(struct json *json, const char *key, double value, unsigned decimals);
void json_member_bool(struct json *json, const char *key, bool value);

#endif
