/* Writing reports. */
#include "clearing/report_file.h"

#include <stdio.h>
#include <string.h>

static enum result write_one(const struct report *report, const struct summary_party *party,
                             enum page_form form, int root, struct manifest_entry *entry,
                             struct fault *fault)
{
    struct strbuf text;
    strbuf_init(&text, PAGE_LEN_MAX);
    enum result result = report_write(report, party, form, &text, fault);
    if (result == RESULT_OK)
        result =
            output_write(root, entry->path, bytes_of(text.text, text.len), entry->sha256, fault);
    entry->bytes = text.len;
    strbuf_deinit(&text);
    return result;
}

enum result report_files_write(const struct report *report, const struct summary_party *party,
                               uint64_t institution, int root, struct manifest *manifest,
                               struct fault *fault)
{
    static const char *const names[] = {
        [PAGE_TEXT] = REPORT_NAME_TEXT, [PAGE_HTML] = REPORT_NAME_HTML};
    char folder[CLEARING_ID_SIZE];
    clearing_id_format(institution, folder);
    for (enum page_form form = PAGE_TEXT; form <= PAGE_HTML; form++) {
        struct manifest_entry entry = {.institution = institution};
        snprintf(entry.path, sizeof entry.path, "%s/%s", folder, names[form]);
        TRY(write_one(report, party, form, root, &entry, fault));
        TRY(manifest_add(manifest, &entry, fault));
    }
    return RESULT_OK;
}
