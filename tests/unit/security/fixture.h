/* What the tests of src/security share: recipes from text, specs and messages. */
#ifndef TESTS_UNIT_SECURITY_FIXTURE_H
#define TESTS_UNIT_SECURITY_FIXTURE_H

#include "security/mac_recipe.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FIXTURE_TEXT_MAX = 4096 };

struct recipe_file {
    const char *name; /* "test": test.yaml */
    const char *text;
};

/* Writes the files into a folder of their own, loads the first, and removes all again. */
static inline enum result recipe_load_texts(const struct recipe_file *files, size_t count,
                                            struct mac_recipe **recipe, struct fault *fault)
{
    char folder[] = "/tmp/cardlab-recipe-XXXXXX";
    char path[128];
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s.yaml", folder, files[i].name);
        FILE *file = fopen(path, "w");
        CU_ASSERT_PTR_NOT_NULL_FATAL(file);
        fputs(files[i].text, file);
        CU_ASSERT_EQUAL_FATAL(fclose(file), 0);
    }
    snprintf(path, sizeof path, "%s/%s.yaml", folder, files[0].name);
    enum result result = mac_recipe_load(path, recipe, fault);
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s.yaml", folder, files[i].name);
        unlink(path);
    }
    rmdir(folder);
    return result;
}

static inline enum result recipe_load_text(const char *text, struct mac_recipe **recipe,
                                           struct fault *fault)
{
    return recipe_load_texts(&(struct recipe_file){"test", text}, 1, recipe, fault);
}

static inline struct mac_recipe *recipe_shipped(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/mac/%s.yaml", SPECS_DIR, name);
    struct mac_recipe *recipe = NULL;
    struct fault fault = {.text = ""};
    if (mac_recipe_load(path, &recipe, &fault) != RESULT_OK)
        fprintf(stderr, "%s\n", fault.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(recipe);
    return recipe;
}

/* The shipped recipe `cup` with one line's words exchanged. */
static inline struct mac_recipe *recipe_variant(const char *from, const char *to)
{
    char text[FIXTURE_TEXT_MAX];
    char changed[FIXTURE_TEXT_MAX];
    FILE *file = fopen(SPECS_DIR "/mac/cup.yaml", "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    size_t len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[len] = '\0';
    const char *at = strstr(text, from);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    struct mac_recipe *recipe = NULL;
    CU_ASSERT_EQUAL_FATAL(recipe_load_text(changed, &recipe, NULL), RESULT_OK);
    return recipe;
}

static inline struct iso_spec *spec_shipped(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/messages/%s.yaml", SPECS_DIR, name);
    struct iso_spec *spec = NULL;
    struct iso_fault fault = {.field = ""};
    char text[512] = "";
    if (iso_spec_load(path, &spec, &fault) != ISO_OK) {
        iso_fault_format(&fault, text, sizeof text);
        fprintf(stderr, "%s\n", text);
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(spec);
    return spec;
}

/* Borrows the text. */
static inline void set(struct iso_message *message, unsigned de, const char *text)
{
    iso_message_set(message, de, text, strlen(text));
}

#endif
