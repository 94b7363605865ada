/* What a function that can fail returns, and how it says why.
 *
 * A result must be used; its class says whose fault it is and what to do about it. The words are
 * put into a struct fault by the one who finds the error, and printed only at the top. */
#ifndef BASE_RESULT_H
#define BASE_RESULT_H

#include <stdbool.h>
#include <stddef.h>

enum result {
    RESULT_OK = 0,
    RESULT_INPUT,   /* the peer or the user sent it: refuse, go on */
    RESULT_STATE,   /* right message, wrong moment: refuse, go on */
    RESULT_LIMIT,   /* a written limit is reached: refuse or wait, go on */
    RESULT_IO,      /* the machine failed: a party stops and recovers at its next start */
    RESULT_CORRUPT, /* what we stored is not what we stored: stop */
    RESULT_BUG,     /* ours: stop */
};

#define MUST_USE __attribute__((warn_unused_result))

enum { FAULT_TEXT_MAX = 400 };

/* The reason of a failure, in one line without a newline. */
struct fault {
    enum result result;
    char text[FAULT_TEXT_MAX];
};

/* Fills the fault (which may be NULL) and returns the class, so that a finder of an error writes
 * `return fault_set(fault, RESULT_INPUT, "...")`. Too long a text is cut. */
enum result fault_set(struct fault *fault, enum result result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

const char *result_name(enum result result);

#define TRY(call)                                                                                  \
    do {                                                                                           \
        enum result try_result_ = (call);                                                          \
        if (try_result_ != RESULT_OK)                                                              \
            return try_result_;                                                                    \
    } while (0)

/* States what must hold whatever comes from outside; stays on in release builds. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (__builtin_expect(!(condition), 0))                                                     \
            must_failed(#condition, __FILE__, __LINE__);                                           \
    } while (0)
_Noreturn void must_failed(const char *condition, const char *file, int line);

/* Called before the process stops, in place of the line on standard error; it may leave by longjmp,
 * and then whatever broke may not be touched any more, not even to close it. For the simulation,
 * which has to say which seed it was. NULL: none. */
typedef void must_hook_fn(const char *condition, const char *file, int line);
void must_set_hook(must_hook_fn *hook);

#endif
