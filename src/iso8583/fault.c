/* Words for what is wrong with a message, see fault.h. Nothing here prints. */
#include "iso8583/fault.h"

#include <stdarg.h>
#include <stdio.h>

enum iso_result iso_fault_set(struct iso_fault *fault, enum iso_fault_kind kind, size_t offset,
                              const char *expected, const char *got, ...)
{
    if (fault == NULL)
        return ISO_INPUT;
    fault->result = ISO_INPUT;
    fault->kind = kind;
    fault->de = 0;
    fault->field[0] = '\0';
    fault->offset = offset;
    snprintf(fault->expected, sizeof fault->expected, "%s", expected);
    va_list arguments;
    va_start(arguments, got);
    vsnprintf(fault->got, sizeof fault->got, got, arguments);
    va_end(arguments);
    snprintf(fault->text, sizeof fault->text, "expected %s, got %s", fault->expected, fault->got);
    return ISO_INPUT;
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

enum iso_result iso_fault_truncated(struct iso_fault *fault, size_t offset, size_t need,
                                    size_t have)
{
    char expected[ISO_FAULT_TEXT_MAX];
    snprintf(expected, sizeof expected, "%zu byte%s", need, plural(need));
    if (have == 0)
        return iso_fault_set(fault, ISO_FAULT_TRUNCATED, offset, expected, "the end");
    return iso_fault_set(fault, ISO_FAULT_TRUNCATED, offset, expected, "%zu before the end", have);
}

enum iso_result iso_fault_prefix(struct iso_fault *fault, size_t offset, const uint8_t *prefix,
                                 size_t digits)
{
    char expected[ISO_FAULT_TEXT_MAX];
    snprintf(expected, sizeof expected, "a length of %zu digit%s", digits, plural(digits));
    char text[16] = "";
    bool printable = true;
    for (size_t i = 0; i < digits && i < sizeof text - 1; i++) {
        printable = printable && prefix[i] >= 0x20 && prefix[i] < 0x7F;
        text[i] = (char)prefix[i];
    }
    if (printable)
        return iso_fault_set(fault, ISO_FAULT_PREFIX, offset, expected, "\"%s\"", text);
    char hex[2 * sizeof text + 1] = "";
    for (size_t i = 0; i < digits && i < sizeof text - 1; i++)
        snprintf(hex + 2 * i, sizeof hex - 2 * i, "%02X", prefix[i]);
    return iso_fault_set(fault, ISO_FAULT_PREFIX, offset, expected, "bytes %s", hex);
}

enum iso_result iso_fault_length(struct iso_fault *fault, size_t offset, size_t len, size_t min,
                                 size_t max)
{
    char expected[ISO_FAULT_TEXT_MAX];
    if (min == max)
        snprintf(expected, sizeof expected, "length %zu", max);
    else if (len > max)
        snprintf(expected, sizeof expected, "length %zu at most", max);
    else
        snprintf(expected, sizeof expected, "length %zu at least", min);
    bool over = len > max && min != max;
    enum iso_result result = iso_fault_set(fault, over ? ISO_FAULT_OVER : ISO_FAULT_LENGTH, offset,
                                           expected, "length %zu", len);
    if (fault == NULL || min == max)
        return result;
    snprintf(fault->text, sizeof fault->text, "length %zu is %s the %s %zu", len,
             over ? "over" : "under", over ? "maximum" : "minimum", over ? max : min);
    return result;
}

enum iso_result iso_fault_content(struct iso_fault *fault, size_t offset, enum iso_class_id id,
                                  uint8_t byte, bool hidden)
{
    const char *expected = iso_classes[id].what;
    if (hidden)
        return iso_fault_set(fault, ISO_FAULT_CONTENT, offset, expected, "another byte");
    if (byte >= 0x20 && byte < 0x7F)
        return iso_fault_set(fault, ISO_FAULT_CONTENT, offset, expected, "'%c'", byte);
    return iso_fault_set(fault, ISO_FAULT_CONTENT, offset, expected, "byte %02X", byte);
}

enum iso_result iso_fault_room(struct iso_fault *fault, size_t offset, size_t need, size_t have)
{
    char expected[ISO_FAULT_TEXT_MAX];
    snprintf(expected, sizeof expected, "room for %zu byte%s", need, plural(need));
    iso_fault_set(fault, ISO_FAULT_OTHER, offset, expected, "%zu left in the output", have);
    if (fault != NULL)
        fault->result = ISO_LIMIT;
    return ISO_LIMIT;
}

enum iso_result iso_fault_of_file(enum result result, const struct fault *cause,
                                  struct iso_fault *fault)
{
    if (result == RESULT_OK)
        return ISO_OK;
    enum iso_result mine = result == RESULT_IO      ? ISO_IO
                           : result == RESULT_LIMIT ? ISO_LIMIT
                                                    : ISO_INPUT;
    if (fault == NULL)
        return mine;
    *fault = (struct iso_fault){.result = mine, .kind = ISO_FAULT_SPEC};
    snprintf(fault->text, sizeof fault->text, "%s", cause->text);
    return mine;
}

void iso_fault_in(struct iso_fault *fault, const void *name, size_t len)
{
    if (fault == NULL)
        return;
    /* Cut at the end when too long: the outer names tell more. */
    size_t size = sizeof fault->field, below = strlen(fault->field);
    size_t ahead = len < size - 1 ? len : size - 1;
    if (below > 0 && ahead < size - 1) {
        size_t kept = below < size - ahead - 2 ? below : size - ahead - 2;
        memmove(fault->field + ahead + 1, fault->field, kept);
        fault->field[ahead] = '.';
        fault->field[ahead + 1 + kept] = '\0';
    } else
        fault->field[ahead] = '\0';
    memcpy(fault->field, name, ahead);
}

void iso_fault_in_de(struct iso_fault *fault, unsigned de)
{
    char number[12];
    int len = snprintf(number, sizeof number, "%u", de);
    iso_fault_in(fault, number, len > 0 ? (size_t)len : 0);
    if (fault != NULL)
        fault->de = de;
}

void iso_fault_format(const struct iso_fault *fault, char *out, size_t size)
{
    if (fault->kind == ISO_FAULT_SPEC)
        snprintf(out, size, "%s", fault->text);
    else if (fault->field[0] == '\0')
        snprintf(out, size, "byte %zu: %s", fault->offset, fault->text);
    else
        snprintf(out, size, "%s%s: byte %zu: %s", fault->de != 0 ? "DE " : "", fault->field,
                 fault->offset, fault->text);
}
