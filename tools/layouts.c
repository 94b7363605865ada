/* Layouts of clearing files, by name or path. */
#include "layouts.h"

#include "command.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
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

static int is_folder(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && entry->d_type == DT_DIR;
}

/* A word that names nothing: which names there are. */
static enum result refuse_name(const char *name, struct fault *fault)
{
    char shipped[COMMAND_PATH_MAX], known[FAULT_TEXT_MAX / 2] = "unionpay";
    struct dirent **entries = NULL;
    size_t len = strlen(known);
    command_spec_folder("clearing", shipped);
    int count = scandir(shipped, &entries, is_folder, alphasort);
    for (int i = 0; i < count; i++) {
        int added = snprintf(known + len, sizeof known - len, ", %s", entries[i]->d_name);
        len += added > 0 && (size_t)added < sizeof known - len ? (size_t)added : 0;
        known[len] = '\0';
        free(entries[i]);
    }
    free(entries);
    return fault_set(fault, RESULT_INPUT,
                     "there are no layouts %.40s; names are %s, or the path of a folder", name,
                     known);
}

static enum result load_named(const struct layouts_named *named, struct layout_set *set,
                              struct fault *fault)
{
    char path[COMMAND_PATH_MAX];
    *set = (struct layout_set){0};
    for (size_t i = 0; i < named->count; i++) {
        find_folder(named->names[i], path);
        struct stat there;
        enum result result = strchr(named->names[i], '/') == NULL && stat(path, &there) != 0
                                 ? refuse_name(named->names[i], fault)
                                 : layout_set_add(set, path, fault);
        if (result != RESULT_OK) {
            layout_set_free(set);
            return result;
        }
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
