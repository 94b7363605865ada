/* What format alone cannot tell about a message: presence rules and code lists. The walks over the
 * bytes know nothing of either. */
#include "iso8583/fault.h"
#include "iso8583/message.h"
#include "iso8583/parts.h"

#include <stdio.h>

enum {
    CODE_TEXT_MAX = 256, /* longer values have no codes */
    LISTED_MAX = 8,      /* codes named in a finding */
};

struct check {
    const struct iso_message *message, *request;
    iso_fault_fn report;
    void *context;
    size_t findings;
    struct iso_fault fault;
    /* By element: what the last rule that names it says. */
    const struct iso_need *needs[ISO_DE_MAX + 1];
    bool is_closed;
};

/* `x` stands for any character. */
static bool fits(const char *pattern, const char *text, size_t len)
{
    size_t i = 0;
    for (; i < len && pattern[i] != '\0'; i++)
        if (pattern[i] != 'x' && pattern[i] != text[i])
            return false;
    return i == len && pattern[i] == '\0';
}

/* --- codes ------------------------------------------------------------------------------------ */

static const char *meaning_of(const struct iso_spec *spec, const struct iso_field *field,
                              const char *text, size_t len)
{
    for (unsigned i = 0; i < field->code_count; i++) {
        const struct iso_code *code = &spec->codes[field->code_first + i];
        if (fits(spec->text + code->value, text, len))
            return spec->text + code->meaning;
    }
    return NULL;
}

const char *iso_code_meaning(const struct iso_spec *spec, const struct iso_field *field,
                             const struct iso_view *view)
{
    char text[CODE_TEXT_MAX];
    if (field->code_count == 0)
        return NULL;
    size_t len = iso_view_text(spec, field, view, text, sizeof text);
    return len == SIZE_MAX ? NULL : meaning_of(spec, field, text, len);
}

const char *iso_message_meaning(const struct iso_message *message, unsigned de, const char *path)
{
    struct iso_part part;
    if (!iso_message_part(message, de, path, &part) || part.field == NULL)
        return NULL;
    return iso_code_meaning(message->spec, part.field, &part.view);
}

/* --- findings --------------------------------------------------------------------------------- */

static size_t offset_of(const struct check *check, const uint8_t *at)
{
    return check->message->base == NULL ? 0 : (size_t)(at - check->message->base);
}

/* The element's byte of the bitmap. */
static size_t bit_offset(const struct check *check, unsigned de)
{
    const struct iso_spec *spec = check->message->spec;
    size_t front = check->message->header.len + check->message->rejected.len + iso_mti_len(spec);
    unsigned wide = spec->bitmap_len / ISO_BITMAP_LEN;
    if (check->message->base == NULL || spec->bitmaps_max == 0)
        return 0;
    return front + (size_t)((de - 1) / ISO_BLOCK) * spec->bitmap_len +
           (de - 1) % ISO_BLOCK * wide / 8;
}

static void find(struct check *check, unsigned de)
{
    iso_fault_in_de(&check->fault, de);
    check->findings++;
    if (check->report != NULL)
        check->report(check->context, &check->fault);
}

static void list_codes(const struct iso_spec *spec, const struct iso_field *field, char *out,
                       size_t size)
{
    size_t len = (size_t)snprintf(out, size, "one of ");
    for (unsigned i = 0; i < field->code_count && i < LISTED_MAX && len < size; i++) {
        int added = snprintf(out + len, size - len, "%s%s", i == 0 ? "" : ", ",
                             spec->text + spec->codes[field->code_first + i].value);
        len += added > 0 ? (size_t)added : 0;
    }
    if (field->code_count > LISTED_MAX && len < size)
        snprintf(out + len, size - len, ", ... (%u codes)", field->code_count);
}

/* True when the value has a code list that does not have it; the fault is filled then. */
static bool is_no_code(struct check *check, const struct iso_field *field,
                       const struct iso_view *view, size_t offset)
{
    const struct iso_spec *spec = check->message->spec;
    char text[CODE_TEXT_MAX], expected[ISO_FAULT_TEXT_MAX];
    if (field->code_count == 0 || (field->flags & ISO_FIELD_CODES_OPEN) != 0)
        return false;
    size_t len = iso_view_text(spec, field, view, text, sizeof text);
    if (len != SIZE_MAX && meaning_of(spec, field, text, len) != NULL)
        return false;
    list_codes(spec, field, expected, sizeof expected);
    if (field->mask != ISO_MASK_NONE || len == SIZE_MAX)
        iso_fault_set(&check->fault, ISO_FAULT_CONTENT, offset, expected, "another value");
    else
        iso_fault_set(&check->fault, ISO_FAULT_CONTENT, offset, expected, "\"%.*s\"",
                      len > 40 ? 40 : (int)len, text);
    return true;
}

static void check_parts(struct check *check, unsigned de, struct iso_parts parts,
                        const struct iso_value *names, unsigned count)
{
    struct iso_value below[ISO_PARTS_DEPTH_MAX + 2];
    struct iso_part part;
    if (count >= ISO_PARTS_DEPTH_MAX + 2)
        return;
    for (unsigned i = 0; i < count; i++)
        below[i] = names[i];
    while (iso_parts_next(&parts, &part)) {
        below[count] = part.key;
        if (part.inner != NULL) {
            check_parts(check, de, iso_parts_below(&parts, &part), below, count + 1);
        } else if (part.field != NULL && is_no_code(check, part.field, &part.view, part.offset)) {
            for (unsigned i = count + 1; i > 0; i--)
                iso_fault_in(&check->fault, below[i - 1].data, below[i - 1].len);
            find(check, de);
        }
    }
}

static void check_codes(struct check *check, unsigned de)
{
    const struct iso_spec *spec = check->message->spec;
    const struct iso_field *field = iso_spec_field(spec, de);
    struct iso_part part;
    if (!iso_message_part(check->message, de, "", &part))
        return; /* as text: pack will judge it */
    size_t offset = offset_of(check, part.view.data);
    if (field->layout != ISO_LAYOUT_NONE)
        check_parts(check, de, iso_parts_of(spec, field, &part.view, offset, NULL), NULL, 0);
    else if (is_no_code(check, field, &part.view, offset))
        find(check, de);
}

/* --- presence --------------------------------------------------------------------------------- */

static bool holds(const struct iso_message *message, const struct iso_condition *condition)
{
    char text[CODE_TEXT_MAX];
    size_t len;
    const struct iso_spec *spec = message->spec;
    if (condition->kind != ISO_WHEN_VALUE)
        return iso_message_has(message, condition->de) == (condition->kind == ISO_WHEN_PRESENT);
    return iso_message_text(message, condition->de, spec->text + condition->path, text, sizeof text,
                            &len) == ISO_OK &&
           fits(spec->text + condition->value, text, len);
}

/* All of them; of several values for one path any will do. */
static bool all_hold(const struct iso_message *message, unsigned first, unsigned count)
{
    bool any = false;
    for (unsigned i = 0; i < count; i++) {
        const struct iso_condition *condition = &message->spec->conditions[first + i];
        any = any || holds(message, condition);
        if (condition->or_next != 0)
            continue;
        if (!any)
            return false;
        any = false;
    }
    return true;
}

static bool rule_fits(const struct iso_message *message, const struct iso_rule *rule)
{
    const struct iso_spec *spec = message->spec;
    const char *process = spec->text + rule->process;
    char text[CODE_TEXT_MAX];
    size_t len = 0, prefix = strlen(process);
    if (!fits(spec->text + rule->mti, message->mti, strlen(message->mti)))
        return false;
    if (prefix > 0 && (iso_message_text(message, 3, "", text, sizeof text, &len) != ISO_OK ||
                       len < prefix || !fits(process, text, prefix)))
        return false;
    return all_hold(message, rule->condition_first, rule->condition_count);
}

static void gather(struct check *check)
{
    const struct iso_spec *spec = check->message->spec;
    for (unsigned i = 0; i < spec->rule_count; i++) {
        const struct iso_rule *rule = &spec->rules[i];
        if (!rule_fits(check->message, rule))
            continue;
        check->is_closed = check->is_closed || rule->closed;
        for (unsigned k = 0; k < rule->need_count; k++)
            check->needs[spec->needs[rule->need_first + k].de] = &spec->needs[rule->need_first + k];
    }
}

static void miss(struct check *check, unsigned de, const char *why)
{
    iso_fault_set(&check->fault, ISO_FAULT_MISSING, bit_offset(check, de), why, "none");
    find(check, de);
}

static void refuse(struct check *check, unsigned de, const char *why)
{
    iso_fault_set(&check->fault, ISO_FAULT_UNDEFINED, offset_of(check, check->message->de[de].data),
                  why, "it");
    find(check, de);
}

/* Compared as text: the two may be of different specs. */
static bool is_same(const struct iso_message *a, const struct iso_message *b, unsigned de)
{
    char text_a[ISO_TEXT_PER_BYTE * ISO_LEN_MAX], text_b[ISO_TEXT_PER_BYTE * ISO_LEN_MAX];
    size_t len_a = 0, len_b = 0;
    return iso_message_text(a, de, "", text_a, sizeof text_a, &len_a) == ISO_OK &&
           iso_message_text(b, de, "", text_b, sizeof text_b, &len_b) == ISO_OK && len_a == len_b &&
           memcmp(text_a, text_b, len_a) == 0;
}

static void check_echo(struct check *check, unsigned de, bool present)
{
    if (check->request == NULL || !iso_message_has(check->request, de))
        return;
    if (!present) {
        miss(check, de, "the element of the request");
    } else if (!is_same(check->message, check->request, de)) {
        iso_fault_set(&check->fault, ISO_FAULT_CONTENT,
                      offset_of(check, check->message->de[de].data), "the value of the request",
                      "another");
        find(check, de);
    }
}

static void check_presence(struct check *check, unsigned de)
{
    const struct iso_need *need = check->needs[de];
    bool present = iso_message_has(check->message, de);
    if (need == NULL) {
        if (present && check->is_closed)
            refuse(check, de, "no element that the rules do not name");
        return;
    }
    bool must = need->kind == ISO_NEED_MANDATORY;
    if (need->kind == ISO_NEED_CONDITIONAL || need->kind == ISO_NEED_STRICT)
        must = all_hold(check->message, need->condition_first, need->condition_count);
    if (must && !present)
        miss(check, de,
             need->kind == ISO_NEED_MANDATORY ? "the element, which is mandatory here"
                                              : "the element, which its condition asks for");
    if (present && (need->kind == ISO_NEED_FORBIDDEN || (need->kind == ISO_NEED_STRICT && !must)))
        refuse(check, de, "no such element here");
    if (need->kind == ISO_NEED_ECHO)
        check_echo(check, de, present);
}

size_t iso_message_check(const struct iso_message *message, const struct iso_message *request,
                         iso_fault_fn report, void *context)
{
    struct check check = {
        .message = message, .request = request, .report = report, .context = context};
    gather(&check);
    for (unsigned de = 1; de <= ISO_DE_MAX; de++) {
        check_presence(&check, de);
        if (iso_message_has(message, de))
            check_codes(&check, de);
    }
    return check.findings;
}
