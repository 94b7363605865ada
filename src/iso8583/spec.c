/* Loads specs, and answers what a spec says about itself. Files that a spec extends are read from
 * its own folder, or else from that of the shipped ones, deepest first. */
#include "iso8583/fault.h"
#include "iso8583/spec_draft.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    SPEC_EXTENDS_MAX = 4, /* files one upon the other; more is a circle or a maze */
    SPEC_PATH_MAX = 1024,
};

/* The docs of a spec, the one asked for first. */
struct chain {
    struct doc *docs[SPEC_EXTENDS_MAX];
    unsigned count;
};

/* `extends` is looked at before anything else is known of the file, so its fault has its place. */
static enum result chain_follow(struct chain *chain, const char *folder, const char *shipped,
                                struct fault *fault)
{
    for (;;) {
        struct doc *doc = chain->docs[chain->count - 1];
        struct schema schema = schema_of(doc, fault);
        struct node *root = doc_root(doc);
        const struct node *at = node_find(root, "extends");
        const char *name = node_may_text(&schema, root, "extends", 32, NULL);
        if (schema.result != RESULT_OK || name == NULL)
            return schema.result;
        char path[SPEC_PATH_MAX];
        bool good = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name);
        int len = snprintf(path, sizeof path, "%s/%s.yaml", folder, name);
        if (shipped != NULL && good && access(path, F_OK) != 0)
            len = snprintf(path, sizeof path, "%s/%s.yaml", shipped, name);
        if (!good || len < 0 || (size_t)len >= sizeof path)
            schema_fault(&schema, at, "expected the name of a spec in the same folder");
        else if (chain->count == SPEC_EXTENDS_MAX)
            schema_fault(&schema, at, "expected at most %d specs one upon the other",
                         SPEC_EXTENDS_MAX);
        if (schema.result != RESULT_OK)
            return schema.result;
        TRY(doc_load(path, &chain->docs[chain->count], fault));
        chain->count++;
    }
}

enum result spec_of_doc(struct doc *doc, const char *folder, const char *shipped,
                        struct iso_spec **spec, struct fault *fault)
{
    struct chain chain = {.docs = {doc}, .count = 1};
    struct draft draft;
    *spec = NULL;
    draft_init(&draft);
    enum result result = chain_follow(&chain, folder, shipped, fault);
    for (unsigned i = chain.count; result == RESULT_OK && i > 0; i--)
        result = draft_read(&draft, chain.docs[i - 1], fault);
    if (result == RESULT_OK)
        result = draft_resolve(&draft, fault);
    if (result == RESULT_OK)
        result = draft_compile(&draft, doc, spec, fault);
    draft_deinit(&draft);
    for (unsigned i = 1; i < chain.count; i++)
        doc_free(chain.docs[i]);
    return result;
}

enum iso_result iso_spec_load(const char *path, struct iso_spec **spec, struct iso_fault *fault)
{
    return iso_spec_load_with(path, NULL, spec, fault);
}

enum iso_result iso_spec_load_with(const char *path, const char *shipped, struct iso_spec **spec,
                                   struct iso_fault *fault)
{
    struct fault cause = {.text = ""};
    struct doc *doc = NULL;
    *spec = NULL;
    char folder[SPEC_PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    if (slash != NULL && (size_t)(slash - path) < sizeof folder) {
        memcpy(folder, path, (size_t)(slash - path));
        folder[slash - path] = '\0';
    }
    enum result result = doc_load(path, &doc, &cause);
    if (result == RESULT_OK)
        result = spec_of_doc(doc, folder, shipped, spec, &cause);
    doc_free(doc);
    return iso_fault_of_file(result, &cause, fault);
}

void iso_spec_free(struct iso_spec *spec)
{
    free(spec);
}

const char *iso_spec_name(const struct iso_spec *spec)
{
    return spec->name;
}

size_t iso_spec_size(const struct iso_spec *spec)
{
    return spec->size;
}

static bool is_defined(const struct iso_spec *spec, unsigned de)
{
    return de >= 1 && de <= ISO_DE_MAX &&
           (iso_spec_field(spec, de)->flags & ISO_FIELD_DEFINED) != 0;
}

const char *iso_spec_de_name(const struct iso_spec *spec, unsigned de)
{
    return is_defined(spec, de) ? iso_field_name(spec, iso_spec_field(spec, de)) : NULL;
}

unsigned iso_spec_de_prefix_len(const struct iso_spec *spec, unsigned de)
{
    return is_defined(spec, de) ? iso_spec_field(spec, de)->prefix.width : 0;
}

enum iso_mask iso_spec_de_mask(const struct iso_spec *spec, unsigned de)
{
    return is_defined(spec, de) ? (enum iso_mask)iso_spec_field(spec, de)->mask : ISO_MASK_NONE;
}

size_t iso_spec_header_len(const struct iso_spec *spec)
{
    return spec->header_len;
}

void iso_spec_answer_echo(const struct iso_spec *spec, uint64_t echo[3])
{
    memcpy(echo, spec->echo, sizeof spec->echo);
}

const char *iso_spec_title(const struct iso_spec *spec)
{
    return spec->text + spec->title;
}

const char *iso_spec_follows(const struct iso_spec *spec)
{
    return spec->text + spec->follows;
}

const char *iso_spec_product(const struct iso_spec *spec, unsigned *de)
{
    *de = spec->product_de;
    return spec->product_de == 0 ? NULL : spec->text + spec->product;
}
