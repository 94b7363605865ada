/* Layouts of clearing files as commands name them: a shipped set by its name, a folder by its path.
 */
#ifndef TOOLS_LAYOUTS_H
#define TOOLS_LAYOUTS_H

#include "clearing/layout.h"

enum { LAYOUTS_NAMED_MAX = 8 };

/* The values of an option that may be given several times. */
struct layouts_named {
    const char *names[LAYOUTS_NAMED_MAX];
    size_t count;
};

/* false: too many. */
MUST_USE bool layouts_name(struct layouts_named *named, const char *value);
/* Those named, in their order; the default set when none is. As layout_set_add(). */
MUST_USE enum result layouts_load(const struct layouts_named *named, struct layout_set *set,
                                  struct fault *fault);
/* Those named, and then all shipped ones, for reading: where two write a file of the same name, the
 * one that was named first counts. */
MUST_USE enum result layouts_load_all(const struct layouts_named *named, struct layout_set *set,
                                      struct fault *fault);

#endif
