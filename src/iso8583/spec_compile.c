/* Draft -> spec: one block of memory, siblings side by side, and per field what the walk over a
 * message asks for. */
#include "iso8583/spec_draft.h"

#include <stdlib.h>

struct compiler {
    struct iso_spec *spec;
    struct iso_field *fields;
    struct iso_run *runs;
    char *text;
    size_t field_count, run_count, text_len; /* used so far */
};

/* --- size ------------------------------------------------------------------------------------- */

struct extent {
    size_t fields, runs, text;
};

/* A field has at most two runs in each field of positions that it lies in. */
static void measure(const struct draft_field *field, unsigned above, struct extent *extent)
{
    extent->fields++;
    extent->text += strlen(field->key == NULL ? "" : field->key) + 1;
    extent->text += strlen(field->name == NULL ? "" : field->name) + 1;
    extent->text += (1 + above) * field->constant_len;
    if (field->layout == ISO_LAYOUT_NONE)
        extent->runs += (size_t)2 * above;
    above += field->layout == ISO_LAYOUT_POSITIONAL ? 1 : 0;
    for (const struct draft_field *child = field->child; child != NULL; child = child->next)
        measure(child, above, extent);
}

/* --- texts and fields ------------------------------------------------------------------------- */

static uint32_t add_text(struct compiler *compiler, const void *text, size_t len)
{
    size_t at = compiler->text_len;
    memcpy(compiler->text + at, text, len);
    compiler->text_len += len;
    return (uint32_t)at;
}

static uint32_t add_string(struct compiler *compiler, const char *string)
{
    return string == NULL ? 0 : add_text(compiler, string, strlen(string) + 1);
}

static enum iso_class_id class_of(const struct draft_field *field, enum iso_charset charset)
{
    bool wide = charset != ISO_CHARSET_ASCII;
    switch (field->content) {
    case ISO_CONTENT_A:
        return ISO_CLASS_A;
    case ISO_CONTENT_AN:
        return ISO_CLASS_AN;
    case ISO_CONTENT_ANS:
        return wide ? ISO_CLASS_ANS_WIDE : ISO_CLASS_ANS;
    case ISO_CONTENT_AS:
        return wide ? ISO_CLASS_AS_WIDE : ISO_CLASS_AS;
    case ISO_CONTENT_NS:
        return wide ? ISO_CLASS_NS_WIDE : ISO_CLASS_NS;
    case ISO_CONTENT_Z:
        return ISO_CLASS_Z;
    case ISO_CONTENT_B:
        return field->encoding == ISO_ENCODING_HEX ? ISO_CLASS_HEX : ISO_CLASS_ANY;
    case ISO_CONTENT_N:
    case ISO_CONTENT_XN:
        break;
    }
    return ISO_CLASS_N;
}

/* --- runs ------------------------------------------------------------------------------------- */

/* Fixed positions, whose contents can be judged by scans at known places. */
static bool is_fixed(const struct draft_field *field)
{
    if (field->layout != ISO_LAYOUT_POSITIONAL)
        return field->layout == ISO_LAYOUT_NONE && field->len_min == field->len_max &&
               field->prefix_len == 0;
    unsigned len = 0;
    for (const struct draft_field *child = field->child; child != NULL; child = child->next) {
        if (child->is_optional || !is_fixed(child) || child->prefix_len > 0)
            return false;
        len += child->len_max;
    }
    return field->len_min == field->len_max && len == field->len_max;
}

/* Neighbours of one class become one run; where any byte will do there is none. */
static void add_run(struct compiler *compiler, size_t first, unsigned at, unsigned len,
                    enum iso_class_id class)
{
    if (class == ISO_CLASS_ANY)
        return;
    if (compiler->run_count > first && class != ISO_CLASS_COUNT) {
        struct iso_run *last = &compiler->runs[compiler->run_count - 1];
        if (last->class_id == class && last->at + last->len == at) {
            last->len = (uint16_t)(last->len + len);
            return;
        }
    }
    compiler->runs[compiler->run_count++] = (struct iso_run){
        .at = (uint16_t)at, .len = (uint16_t)len, .class_id = (uint16_t) class, .constant = 0};
}

static void add_runs(struct compiler *compiler, const struct draft_field *field, size_t first,
                     unsigned at, enum iso_charset charset)
{
    if (field->layout == ISO_LAYOUT_NONE) {
        bool is_signed = field->content == ISO_CONTENT_XN;
        if (field->role == DRAFT_ROLE_TOTAL_LENGTH)
            return;
        if (field->constant_len > 0 && !field->is_normal) {
            add_run(compiler, first, at, field->len_max, ISO_CLASS_COUNT);
            compiler->runs[compiler->run_count - 1].constant =
                add_text(compiler, field->constant, field->constant_len);
            return;
        }
        if (is_signed)
            add_run(compiler, first, at, 1, ISO_CLASS_SIGN);
        add_run(compiler, first, at + (is_signed ? 1 : 0), field->len_max - (is_signed ? 1 : 0),
                class_of(field, charset));
    }
    for (const struct draft_field *child = field->child; child != NULL; child = child->next) {
        add_runs(compiler, child, first, at, charset);
        at += child->len_max;
    }
}

/* --- fields ----------------------------------------------------------------------------------- */

static void fill(struct compiler *compiler, const struct draft_field *draft,
                 struct iso_field *field, enum iso_charset charset)
{
    enum iso_class_id class = class_of(draft, charset);
    size_t first_run = compiler->run_count;
    if (draft->layout == ISO_LAYOUT_POSITIONAL && is_fixed(draft))
        add_runs(compiler, draft, first_run, 0, charset);
    size_t runs = compiler->run_count - first_run;
    /* A field of one run all over needs no walk: its own scan does. */
    bool uniform = runs == 1 && compiler->runs[first_run].len == draft->len_max &&
                   compiler->runs[first_run].class_id != ISO_CLASS_COUNT;
    if (uniform)
        class = (enum iso_class_id)compiler->runs[first_run].class_id;
    bool parts = draft->layout != ISO_LAYOUT_NONE && !uniform;
    bool is_signed = draft->content == ISO_CONTENT_XN;
    *field = (struct iso_field){
        .len_min = (uint16_t)draft->len_min,
        .len_max = (uint16_t)draft->len_max,
        .prefix_len = (uint8_t)draft->prefix_len,
        .scan_class = (uint8_t)(parts || is_signed ? ISO_CLASS_ANY : class),
        .value_class = (uint8_t) class,
        .content = (uint8_t)draft->content,
        .encoding = (uint8_t)draft->encoding,
        .mask = (uint8_t)draft->mask,
        .layout = (uint8_t)draft->layout,
        .tag_len = (uint8_t)draft->tag_len,
        .size_len = (uint8_t)draft->size_len,
        .key_len = (uint16_t)strlen(draft->key == NULL ? "" : draft->key),
        .run_first = (uint16_t)first_run,
        .run_count = (uint16_t)runs,
        .key = add_string(compiler, draft->key),
        .name = add_string(compiler, draft->name),
        .constant = add_text(compiler, draft->constant, draft->constant_len),
    };
    unsigned flags = ISO_FIELD_DEFINED;
    flags |= is_signed ? ISO_FIELD_SIGNED : 0;
    flags |= parts ? ISO_FIELD_PARTS : 0;
    flags |= draft->is_optional ? ISO_FIELD_OPTIONAL : 0;
    flags |= draft->is_closed ? ISO_FIELD_CLOSED : 0;
    if (draft->constant_len > 0)
        flags |= draft->is_normal ? ISO_FIELD_NORMAL : ISO_FIELD_CONSTANT;
    flags |= draft->role == DRAFT_ROLE_TOTAL_LENGTH ? ISO_FIELD_COMPUTED : 0;
    field->flags = (uint8_t)flags;
}

/* Takes a run for the children of a field, then for theirs. */
static void add_children(struct compiler *compiler, const struct draft_field *draft,
                         struct iso_field *field, enum iso_charset charset)
{
    size_t first = compiler->field_count, count = 0;
    for (const struct draft_field *child = draft->child; child != NULL; child = child->next)
        count++;
    if (count == 0)
        return;
    field->part_first = (uint16_t)first;
    field->part_count = (uint16_t)count;
    compiler->field_count += count;
    size_t at = first;
    for (const struct draft_field *child = draft->child; child != NULL; child = child->next, at++) {
        fill(compiler, child, &compiler->fields[at], charset);
        add_children(compiler, child, &compiler->fields[at], charset);
    }
}

static void add_header(struct compiler *compiler, const struct draft *draft)
{
    struct iso_spec *spec = compiler->spec;
    fill(compiler, &draft->header, &compiler->fields[0], draft->charset);
    add_children(compiler, &draft->header, &compiler->fields[0], draft->charset);
    const struct iso_field *compiled = &compiler->fields[compiler->fields[0].part_first];
    unsigned at = 0;
    for (const struct draft_field *field = draft->header.child; field != NULL;
         at += field->len_max, field = field->next, compiled++) {
        uint16_t len = (uint16_t)field->len_max;
        if (field->role == DRAFT_ROLE_TOTAL_LENGTH) {
            spec->total_at = (uint16_t)at;
            spec->total_len = len;
        } else if (field->role == DRAFT_ROLE_REJECT_CODE) {
            spec->reject_at = (uint16_t)at;
            spec->reject_len = len;
            spec->reject_normal = compiled->constant;
        } else if (field->constant_len > 0 && !field->is_normal && spec->sign_len == 0) {
            spec->sign_at = (uint16_t)at;
            spec->sign_len = len;
            spec->sign = compiled->constant;
        }
    }
    spec->header_len = (uint16_t)at;
}

static void compile(struct compiler *compiler, const struct draft *draft)
{
    struct iso_spec *spec = compiler->spec;
    memcpy(spec->name, draft->name, strlen(draft->name) + 1);
    spec->charset = (uint8_t)draft->charset;
    spec->bitmaps_max = (uint8_t)draft->bitmaps_max;
    add_string(compiler, ""); /* text 0 is empty */
    compiler->field_count = ISO_DE_MAX + 1;
    if (draft->header.child != NULL)
        add_header(compiler, draft);
    for (unsigned de = 2; de <= ISO_DE_MAX; de++) {
        const struct draft_field *field = draft->elements[de];
        if (field == NULL)
            continue;
        fill(compiler, field, &compiler->fields[de], draft->charset);
        add_children(compiler, field, &compiler->fields[de], draft->charset);
        spec->defined[(de - 1) / 64] |= UINT64_C(1) << ((de - 1) % 64);
        if (de < ISO_DE_MAX)
            spec->echo[de / 64] |= draft->echo[de / 64] & UINT64_C(1) << (de % 64);
    }
}

enum result draft_compile(const struct draft *draft, const struct doc *doc, struct iso_spec **spec,
                          struct fault *fault)
{
    struct extent extent = {.fields = ISO_DE_MAX + 1, .text = 1};
    measure(&draft->header, 0, &extent);
    for (unsigned de = 2; de <= ISO_DE_MAX; de++)
        if (draft->elements[de] != NULL)
            measure(draft->elements[de], 0, &extent);
    size_t size = sizeof(struct iso_spec) + extent.fields * sizeof(struct iso_field) +
                  extent.runs * sizeof(struct iso_run) + extent.text;
    if (size > ISO_SPEC_SIZE_MAX)
        return fault_set(fault, RESULT_LIMIT,
                         "%s:1:1: expected a spec of at most %d bytes, got %zu", doc_name(doc),
                         ISO_SPEC_SIZE_MAX, size);
    uint8_t *block = calloc(1, size);
    if (block == NULL)
        return fault_set(fault, RESULT_LIMIT, "%s:1:1: out of memory", doc_name(doc));
    struct compiler compiler = {
        .spec = (struct iso_spec *)(void *)block,
        .fields = (struct iso_field *)(void *)(block + sizeof(struct iso_spec)),
    };
    compiler.runs = (struct iso_run *)(void *)(compiler.fields + extent.fields);
    compiler.text = (char *)(void *)(compiler.runs + extent.runs);
    compile(&compiler, draft);
    MUST(compiler.field_count <= extent.fields && compiler.run_count <= extent.runs &&
         compiler.text_len <= extent.text);
    compiler.spec->size = size;
    compiler.spec->field_count = (uint32_t)compiler.field_count;
    compiler.spec->fields = compiler.fields;
    compiler.spec->runs = compiler.runs;
    compiler.spec->text = compiler.text;
    *spec = compiler.spec;
    return RESULT_OK;
}
