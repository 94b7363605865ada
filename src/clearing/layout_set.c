/* Sets of layouts, and the names of the files that they write. */
#include "base/text.h"
#include "clearing/layout_form.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    PATH_LEN_MAX = 4096,
    DATE_LEN = 6, /* in the name of a file */
};

/* --- a folder of them ------------------------------------------------------------------------- */

static int is_yaml(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".yaml") == 0;
}

/* Not by the locale: the same order everywhere. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool is_taken(const struct layout_set *set, const struct layout *layout)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->layouts[i]->file, layout->file) == 0)
            return true;
    return false;
}

static enum result load_into(struct layout_set *set, const char *folder, const char *name,
                             bool may_be_taken, struct fault *fault)
{
    char path[PATH_LEN_MAX];
    struct layout *layout;
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path)
        return fault_set(fault, RESULT_IO, "%s/%s: %s", folder, name, strerror(ENAMETOOLONG));
    TRY(layout_load(path, &layout, fault));
    if (is_taken(set, layout)) {
        layout_free(layout);
        return may_be_taken
                   ? RESULT_OK
                   : fault_set(fault, RESULT_INPUT, "%s: another layout writes its file too", path);
    }
    if (set->count == LAYOUTS_MAX) {
        layout_free(layout);
        return fault_set(fault, RESULT_INPUT, "%s: expected at most %d layouts", folder,
                         LAYOUTS_MAX);
    }
    set->layouts[set->count++] = layout;
    return RESULT_OK;
}

static enum result add(struct layout_set *set, const char *folder, bool may_be_taken,
                       struct fault *fault)
{
    struct dirent **names = NULL;
    enum result result = RESULT_OK;
    int count = scandir(folder, &names, is_yaml, by_bytes);
    if (count < 0)
        result = fault_set(fault, RESULT_IO, "%s: %s", folder, strerror(errno));
    if (count == 0)
        result = fault_set(fault, RESULT_INPUT, "%s: expected layouts, *.yaml", folder);
    for (int i = 0; i < count; i++) {
        if (result == RESULT_OK)
            result = load_into(set, folder, names[i]->d_name, may_be_taken, fault);
        free(names[i]);
    }
    free(names);
    if (result != RESULT_OK)
        layout_set_free(set);
    return result;
}

enum result layout_set_add(struct layout_set *set, const char *folder, struct fault *fault)
{
    return add(set, folder, false, fault);
}

enum result layout_set_load(const char *folder, struct layout_set *set, struct fault *fault)
{
    *set = (struct layout_set){0};
    return add(set, folder, false, fault);
}

static int is_folder(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && entry->d_type == DT_DIR;
}

enum result layout_set_add_all(struct layout_set *set, const char *folder, struct fault *fault)
{
    struct dirent **names = NULL;
    char path[PATH_LEN_MAX];
    TRY(add(set, folder, true, fault));
    int count = scandir(folder, &names, is_folder, by_bytes);
    enum result result =
        count < 0 ? fault_set(fault, RESULT_IO, "%s: %s", folder, strerror(errno)) : RESULT_OK;
    for (int i = 0; i < count; i++) {
        int len = snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        if (result == RESULT_OK && (size_t)len >= sizeof path)
            result = fault_set(fault, RESULT_IO, "%s: %s", folder, strerror(ENAMETOOLONG));
        if (result == RESULT_OK)
            result = add(set, path, true, fault);
        free(names[i]);
    }
    free(names);
    if (result != RESULT_OK)
        layout_set_free(set);
    return result;
}

void layout_set_free(struct layout_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        layout_free(set->layouts[i]);
    *set = (struct layout_set){0};
}

/* --- names of files --------------------------------------------------------------------------- */

void layout_file_name(const struct layout *layout, uint32_t date, char out[LAYOUT_TEXT_MAX])
{
    const char *at = strstr(layout->file, LAYOUT_DATE);
    if (at == NULL)
        snprintf(out, LAYOUT_TEXT_MAX, "%s", layout->file);
    else
        snprintf(out, LAYOUT_TEXT_MAX, "%.*s%06u%s", (int)(at - layout->file), layout->file,
                 date % 1000000, at + sizeof LAYOUT_DATE - 1);
}

static bool is_named_by(const struct layout *layout, const char *file, uint32_t *yymmdd)
{
    const char *at = strstr(layout->file, LAYOUT_DATE);
    uint64_t number = 0;
    *yymmdd = 0;
    if (at == NULL)
        return strcmp(layout->file, file) == 0;
    size_t before = (size_t)(at - layout->file);
    if (strncmp(layout->file, file, before) != 0 || strlen(file) < before + DATE_LEN ||
        !text_digits_parse(bytes_of(file + before, DATE_LEN), &number))
        return false;
    *yymmdd = (uint32_t)number;
    return strcmp(at + sizeof LAYOUT_DATE - 1, file + before + DATE_LEN) == 0;
}

const struct layout *layout_set_find(const struct layout_set *set, const char *file,
                                     uint32_t *yymmdd)
{
    for (size_t i = 0; i < set->count; i++)
        if (is_named_by(set->layouts[i], file, yymmdd))
            return set->layouts[i];
    return NULL;
}
