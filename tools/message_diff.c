/* Comparing two messages, see message_diff.h. */
#include "message_diff.h"

#include "base/json.h"

#include <string.h>

bool diff_ignored_parse(struct diff_ignored *ignored, const char *list)
{
    for (;;) {
        size_t len = strcspn(list, ",");
        if (len == 0 || ignored->count == DIFF_IGNORED_MAX)
            return false;
        ignored->paths[ignored->count++] = (struct iso_value){(const uint8_t *)list, len};
        if (list[len] == '\0')
            return true;
        list += len + 1;
    }
}

static bool is_ignored(const struct diff_ignored *ignored, const char *path)
{
    for (size_t i = 0; i < ignored->count; i++) {
        size_t len = ignored->paths[i].len;
        if (strncmp(path, (const char *)ignored->paths[i].data, len) == 0 &&
            (path[len] == '\0' || path[len] == '.' || path[len] == '#'))
            return true;
    }
    return false;
}

/* --- one difference --------------------------------------------------------------------------- */

struct diff {
    struct strbuf *out;
    bool json;
    const struct diff_ignored *ignored;
    const struct flat *a, *b;
    uint64_t number_a, number_b;
    size_t count;
};

static void put_side(struct json *json, const char *key, const struct flat *flat,
                     const struct flat_field *field, uint64_t number)
{
    json_key(json, key);
    if (field == NULL) {
        json_text(json, NULL);
        return;
    }
    json_open_object(json);
    json_member_int(json, "message", (int64_t)number);
    json_member_int(json, "offset", (int64_t)field->offset);
    json_member(json, "value", flat_text(flat, field->shown));
    json_close_object(json);
}

static void put_object(struct diff *diff, const char *path, const struct flat_field *a,
                       const struct flat_field *b)
{
    struct json json = json_to(diff->out);
    json_open_object(&json);
    json_member(&json, "field", path);
    put_side(&json, "a", diff->a, a, diff->number_a);
    put_side(&json, "b", diff->b, b, diff->number_b);
    if ((a != NULL && a->hides) || (b != NULL && b->hides))
        json_member_bool(&json, "masked", true);
    json_close_object(&json);
    strbuf_text(diff->out, "\n");
}

/* Nothing is hard to see between words. */
static const char *shown(const struct flat *flat, const struct flat_field *field)
{
    const char *text = flat_text(flat, field->shown);
    return text[0] == '\0' ? "\"\"" : text;
}

static void put_line(struct diff *diff, const char *path, const struct flat_field *a,
                     const struct flat_field *b)
{
    const char *de = path[0] >= '0' && path[0] <= '9' ? "DE " : "";
    if (a != NULL && b != NULL)
        strbuf_format(diff->out, "%s%s: %s -> %s (%sbyte %zu / %zu)\n", de, path, shown(diff->a, a),
                      shown(diff->b, b), a->hides ? "masked, they differ; " : "", a->offset,
                      b->offset);
    else if (a != NULL)
        strbuf_format(diff->out, "only in A: %s%s: %s (byte %zu)\n", de, path, shown(diff->a, a),
                      a->offset);
    else
        strbuf_format(diff->out, "only in B: %s%s: %s (byte %zu)\n", de, path, shown(diff->b, b),
                      b->offset);
}

static void put(struct diff *diff, const struct flat_field *a, const struct flat_field *b)
{
    const char *path = a != NULL ? flat_text(diff->a, a->path) : flat_text(diff->b, b->path);
    if (is_ignored(diff->ignored, path))
        return;
    diff->count++;
    if (diff->json)
        put_object(diff, path, a, b);
    else
        put_line(diff, path, a, b);
}

/* --- all of them ------------------------------------------------------------------------------ */

/* One behind the last field of the element that begins at `from`. */
static size_t end_of(const struct flat *flat, size_t from, unsigned de)
{
    while (from < flat->count && flat->fields[from].de == de)
        from++;
    return from;
}

static bool is_same(const struct diff *diff, const struct flat_field *a, const struct flat_field *b)
{
    return a->len == b->len &&
           memcmp(flat_text(diff->a, a->value), flat_text(diff->b, b->value), a->len) == 0;
}

/* The fields of one element, in any order: mostly the partner is the next one. */
static void compare_element(struct diff *diff, struct flat_field *a, size_t count_a,
                            struct flat_field *b, size_t count_b)
{
    size_t next = 0;
    for (size_t i = 0; i < count_a; i++) {
        const char *path = flat_text(diff->a, a[i].path);
        size_t k = 0, at = next;
        for (; k < count_b; k++, at = (at + 1) % count_b)
            if (!b[at].used && strcmp(path, flat_text(diff->b, b[at].path)) == 0)
                break;
        if (k == count_b) {
            put(diff, &a[i], NULL);
            continue;
        }
        b[at].used = true;
        next = (at + 1) % count_b;
        if (!is_same(diff, &a[i], &b[at]))
            put(diff, &a[i], &b[at]);
    }
    for (size_t i = 0; i < count_b; i++)
        if (!b[i].used)
            put(diff, NULL, &b[i]);
}

size_t diff_put(struct strbuf *out, bool json, const struct diff_ignored *ignored, struct flat *a,
                struct flat *b, uint64_t number_a, uint64_t number_b)
{
    struct diff diff = {.out = out,
                        .json = json,
                        .ignored = ignored,
                        .a = a,
                        .b = b,
                        .number_a = number_a,
                        .number_b = number_b};
    size_t at_a = 0, at_b = 0;
    while (at_a < a->count || at_b < b->count) {
        unsigned de_a = at_a < a->count ? a->fields[at_a].de : UINT32_MAX;
        unsigned de_b = at_b < b->count ? b->fields[at_b].de : UINT32_MAX;
        unsigned de = de_a < de_b ? de_a : de_b;
        size_t end_a = end_of(a, at_a, de), end_b = end_of(b, at_b, de);
        compare_element(&diff, a->fields + at_a, end_a - at_a, b->fields + at_b, end_b - at_b);
        at_a = end_a;
        at_b = end_b;
    }
    return diff.count;
}
