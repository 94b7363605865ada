/* Results, faults and the assertion that stays on. */
#include "base/result.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum result fault_set(struct fault *fault, enum result result, const char *format, ...)
{
    if (fault == NULL)
        return result;
    fault->result = result;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fault->text, sizeof fault->text, format, arguments);
    va_end(arguments);
    return result;
}

const char *result_name(enum result result)
{
    static const char *const names[] = {"ok", "input", "state", "limit", "io", "corrupt", "bug"};
    return (size_t)result < sizeof names / sizeof names[0] ? names[result] : "unknown";
}

static must_hook_fn *must_hook;

void must_set_hook(must_hook_fn *hook)
{
    must_hook = hook;
}

_Noreturn void must_failed(const char *condition, const char *file, int line)
{
    if (must_hook != NULL)
        must_hook(condition, file, line);
    fprintf(stderr, "cardlab: bug: %s does not hold at %s:%d\n", condition, file, line);
    abort();
}
