/* What the importers' tests share: a spec made from a text. */
#ifndef TESTS_IMPORT_FIXTURE_H
#define TESTS_IMPORT_FIXTURE_H

#include "base/doc.h"
#include "import/import.h"
#include "iso8583/iso8583.h"
#include "iso8583/spec_draft.h"

#include <stdio.h>
#include <stdlib.h>

struct imported {
    struct strbuf yaml, warnings;
    struct iso_spec *spec; /* NULL: refused, see fault */
    struct fault fault;
};

/* As `cardlab spec import` does it; the caller deinits. */
static inline struct imported import_text(enum import_format format, const char *text, size_t len,
                                          bool compat)
{
    struct imported made = {.fault = {.text = ""}};
    struct import_options options = {.name = "made", .compat_jpos = compat};
    struct doc *doc = NULL;
    strbuf_init(&made.yaml, IMPORT_YAML_LEN_MAX);
    strbuf_init(&made.warnings, IMPORT_YAML_LEN_MAX);
    if (import_spec(format, bytes_of(text, len), "file", &options, &made.yaml, &made.warnings,
                    &made.fault) != RESULT_OK)
        return made;
    if (doc_parse(bytes_of(made.yaml.text, made.yaml.len), "made.yaml", &doc, &made.fault) !=
            RESULT_OK ||
        spec_of_doc(doc, ".", NULL, &made.spec, &made.fault) != RESULT_OK) {
        fprintf(stderr, "what was made cannot be read: %s\n", made.fault.text);
        abort();
    }
    doc_free(doc);
    return made;
}

static inline void imported_deinit(struct imported *made)
{
    iso_spec_free(made->spec);
    strbuf_deinit(&made->yaml);
    strbuf_deinit(&made->warnings);
    *made = (struct imported){0};
}

#endif
