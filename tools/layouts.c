/* Layouts of clearing files, by name or path. */
#include "layouts.h"

#include "command.h"

#include <string.h>
#include <sys/stat.h>

bool layouts_name(struct layouts_named *named, const char *value)
{
    if (named->count == LAYOUTS_NAMED_MAX)
        return false;
    named->names[named->count++] = value;
    return true;
}

/* The shipped sets are folders in that of the default set. */
static void find_folder(const char *name, char path[COMMAND_PATH_MAX])
{
    struct stat there;
    char shipped[COMMAND_PATH_MAX];
    command_spec_folder("clearing", shipped);
    bool is_default = strcmp(name, "default") == 0 || strcmp(name, "unionpay") == 0;
    if (is_default)
        snprintf(path, COMMAND_PATH_MAX, "%s", shipped);
    else if (strchr(name, '/') != NULL ||
             snprintf(path, COMMAND_PATH_MAX, "%s/%s", shipped, name) >= COMMAND_PATH_MAX ||
             stat(path, &there) != 0)
        snprintf(path, COMMAND_PATH_MAX, "%s", name);
}

static enum result load_named(const struct layouts_named *named, struct layout_set *set,
                              struct fault *fault)
{
    char path[COMMAND_PATH_MAX];
    *set = (struct layout_set){0};
    for (size_t i = 0; i < named->count; i++) {
        find_folder(named->names[i], path);
        TRY(layout_set_add(set, path, fault));
    }
    return RESULT_OK;
}

enum result layouts_load(const struct layouts_named *named, struct layout_set *set,
                         struct fault *fault)
{
    static const struct layouts_named standard = {{"default"}, 1};
    return load_named(named->count > 0 ? named : &standard, set, fault);
}

enum result layouts_load_all(const struct layouts_named *named, struct layout_set *set,
                             struct fault *fault)
{
    char shipped[COMMAND_PATH_MAX];
    command_spec_folder("clearing", shipped);
    TRY(load_named(named, set, fault));
    return layout_set_add_all(set, shipped, fault);
}
