/* The files of each party of a cut: opened with their first row, ended with their sums, listed and
 * signed. */
#include "clearing/cut_state.h"

#include "clearing/report_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- parties and their files ------------------------------------------------------------------ */

struct row cut_row_about(const struct cut *cut, uint64_t institution)
{
    return (struct row){.institution = institution, .settlement_date = cut->config->date};
}

static enum result write_line(struct party_file *file, const struct layout *layout,
                              enum layout_record record, const struct row *row, struct fault *fault)
{
    struct layout_last *last = file->last;
    if (!layout_has(layout, record))
        return RESULT_OK;
    TRY(layout_put(layout, &file->place, record, row, last, fault));
    return outputs_file_add(&file->output, last->text, last->len, fault);
}

static enum result write_end(struct party_file *file, const struct layout *layout,
                             struct fault *fault)
{
    struct layout_last *last = file->last;
    layout_put_end(layout, &file->place, last);
    return outputs_file_add(&file->output, last->text, last->len, fault);
}

static struct layout_last *last_of(struct cut *cut, size_t which)
{
    struct layout *const *layouts = cut->config->layouts->layouts;
    size_t first = 0;
    while (!layout_same_details(layouts[first], layouts[which]))
        first++;
    if (cut->last[first] == NULL)
        cut->last[first] = calloc(1, sizeof **cut->last);
    return cut->last[first];
}

static enum result open_file(struct cut *cut, struct party *party, size_t which,
                             struct party_file **opened)
{
    const struct layout *layout = cut->config->layouts->layouts[which];
    char folder[CLEARING_ID_SIZE], name[LAYOUT_TEXT_MAX], path[OUTPUT_PATH_MAX];
    const char *suffix = cut->config->is_provisional ? CLEARING_PROVISIONAL : "";
    *opened = party->files[which];
    if (*opened != NULL)
        return RESULT_OK;
    struct row about = cut_row_about(cut, party->institution);
    clearing_id_format(party->institution, folder);
    layout_file_name(layout, cut->config->date, name);
    snprintf(path, sizeof path, "%s/%s%s", folder, name, suffix);
    TRY(publication_folder(&cut->publication, folder, cut->fault));
    struct party_file *file = calloc(1, sizeof *file);
    if (file == NULL)
        return fault_set(cut->fault, RESULT_IO, "no memory for a file");
    party->files[which] = *opened = file;
    file->last = last_of(cut, which);
    if (file->last == NULL)
        return fault_set(cut->fault, RESULT_IO, "no memory for a line");
    TRY(outputs_file_open(&file->output, cut->outputs, path, cut->fault));
    return write_line(file, layout, LAYOUT_HEADER, &about, cut->fault);
}

enum result cut_file_add(struct cut *cut, struct party_file *file, const struct layout *layout,
                         const struct row *row)
{
    TRY(write_line(file, layout, LAYOUT_DETAIL, row, cut->fault));
    if (row_totals_add(&file->totals, row))
        return RESULT_OK;
    return fault_set(cut->fault, RESULT_LIMIT, "%s: its total has over 18 digits",
                     file->output.path);
}

enum result cut_add_row(struct cut *cut, uint64_t institution, enum clearing_role role,
                        enum layout_content content, const struct row *row)
{
    struct party *party;
    struct party_file *file;
    TRY(party_list_find(&cut->parties, institution, role, &party, cut->fault));
    for (size_t i = 0; i < cut->config->layouts->count; i++) {
        const struct layout *layout = cut->config->layouts->layouts[i];
        if (layout->content != content)
            continue;
        TRY(open_file(cut, party, i, &file));
        TRY(cut_file_add(cut, file, layout, row));
    }
    return RESULT_OK;
}

/* --- the end of the files --------------------------------------------------------------------- */

static enum result end_file(struct cut *cut, struct party *party, size_t which)
{
    const struct layout *layout = cut->config->layouts->layouts[which];
    struct row about = cut_row_about(cut, party->institution);
    struct party_file *file;
    TRY(open_file(cut, party, which, &file));
    if (layout->content == LAYOUT_POSITION)
        TRY(cut_add_positions(cut, party, file, layout));
    else if (layout->content == LAYOUT_ACQUIRER_FEES || layout->content == LAYOUT_ISSUER_FEES ||
             layout->content == LAYOUT_SWITCH_FEES)
        TRY(cut_add_fee_lines(cut, party, file, layout));
    about.totals = file->totals;
    TRY(write_line(file, layout, LAYOUT_TRAILER, &about, cut->fault));
    TRY(write_end(file, layout, cut->fault));
    return outputs_file_end(&file->output, cut->fault);
}

/* Once it is written and synced. */
static enum result list_file(struct cut *cut, const struct party *party,
                             const struct party_file *file)
{
    struct manifest_entry entry = {
        .institution = party->institution,
        .records = file->totals.count,
        .bytes = file->output.bytes,
        .debit_minor = file->totals.debit_minor,
        .credit_minor = file->totals.credit_minor,
        .freeze_minor = file->totals.freeze_minor,
        .unfreeze_minor = file->totals.unfreeze_minor,
        .fee_minor = file->totals.fee_minor,
    };
    memcpy(entry.path, file->output.path, sizeof entry.path);
    memcpy(entry.sha256, file->output.sha256, sizeof entry.sha256);
    return manifest_add(&cut->result->manifest, &entry, cut->fault);
}

static enum result write_text(struct cut *cut, const char *path, const struct strbuf *text)
{
    return output_write(cut->publication.root, path, bytes_of(text->text, text->len), NULL,
                        cut->fault);
}

static enum result write_signature(struct cut *cut, const char *path, const struct strbuf *manifest)
{
    struct strbuf signature;
    strbuf_init(&signature, SIGNATURE_LEN_MAX);
    enum result result = signer_sign(cut->config->signer, bytes_of(manifest->text, manifest->len),
                                     &signature, cut->fault);
    if (result == RESULT_OK)
        result = write_text(cut, path, &signature);
    strbuf_deinit(&signature);
    return result;
}

/* Of one party, in its folder; NULL: of all, above them. */
static enum result write_manifest(struct cut *cut, const uint64_t *institution)
{
    struct strbuf text;
    char path[OUTPUT_PATH_MAX] = MANIFEST_NAME,
         signature[OUTPUT_PATH_MAX] = MANIFEST_SIGNATURE_NAME;
    char folder[CLEARING_ID_SIZE];
    if (institution != NULL) {
        clearing_id_format(*institution, folder);
        snprintf(path, sizeof path, "%s/%s", folder, MANIFEST_NAME);
        snprintf(signature, sizeof signature, "%s/%s", folder, MANIFEST_SIGNATURE_NAME);
    }
    strbuf_init(&text, MANIFEST_LEN_MAX);
    manifest_format(&cut->result->manifest, institution, &text);
    enum result result =
        text.bad ? fault_set(cut->fault, RESULT_LIMIT, "%s: over %d bytes", path, MANIFEST_LEN_MAX)
                 : write_text(cut, path, &text);
    if (result == RESULT_OK && cut->config->signer != NULL)
        result = write_signature(cut, signature, &text);
    strbuf_deinit(&text);
    return result;
}

/* The switch's is about all. */
static enum result write_reports(struct cut *cut, const struct party *party)
{
    struct report report = {.summary = &cut->summary,
                            .positions = &cut->result->positions,
                            .network = cut->config->name,
                            .is_provisional = cut->config->is_provisional};
    const struct summary_party *one =
        party->roles[CLEARING_SWITCH] ? NULL : summary_find(&cut->summary, party->institution);
    MUST(one != NULL || party->roles[CLEARING_SWITCH]);
    return report_files_write(&report, one, party->institution, cut->publication.root,
                              &cut->result->manifest, cut->fault);
}

static enum result list_files(struct cut *cut, const struct party *party)
{
    for (size_t which = 0; which < LAYOUTS_MAX; which++)
        if (party->files[which] != NULL)
            TRY(list_file(cut, party, party->files[which]));
    TRY(write_reports(cut, party));
    return write_manifest(cut, &party->institution);
}

enum result cut_end_files(struct cut *cut)
{
    const struct layout_set *layouts = cut->config->layouts;
    bool has_fees = cut->config->fees != NULL;
    struct manifest *manifest = &cut->result->manifest;
    manifest->settlement_date = cut->config->date;
    manifest->centre = cut->config->institution;
    manifest->is_provisional = cut->config->is_provisional;
    manifest->as_of = cut->result->as_of;
    manifest->moving = cut->result->moving;
    manifest->fees = cut->config->fees;
    fee_book_sort(&cut->fees);
    for (size_t i = 0; i < cut->parties.count; i++) {
        struct party *party = &cut->parties.list[i];
        char folder[CLEARING_ID_SIZE];
        /* Also of a party that no layout has rows for. */
        TRY(publication_folder(&cut->publication, clearing_id_format(party->institution, folder),
                               cut->fault));
        for (size_t which = 0; which < layouts->count; which++)
            if (party_is_given(party, layouts->layouts[which]->content, has_fees))
                TRY(end_file(cut, party, which));
    }
    TRY(outputs_finish(cut->outputs, cut->fault));
    for (size_t i = 0; i < cut->parties.count; i++)
        TRY(list_files(cut, &cut->parties.list[i]));
    return write_manifest(cut, NULL);
}
