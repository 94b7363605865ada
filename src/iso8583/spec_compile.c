/* Draft -> spec: one block of memory, siblings side by side, and per field what the walk over a
 * message asks for. */
#include "iso8583/ebcdic.h"
#include "iso8583/spec_draft.h"

#include <stdlib.h>

struct compiler {
    const struct draft *draft;
    struct iso_spec *spec;
    struct iso_field *fields;
    struct iso_run *runs;
    struct iso_code *codes;
    struct iso_rule *rules;
    struct iso_need *needs;
    struct iso_condition *conditions;
    char *text;
    size_t field_count, run_count, code_count, text_len; /* used so far */
};

/* --- size ------------------------------------------------------------------------------------- */

struct extent {
    size_t fields, runs, codes, text;
};

static size_t text_size(const char *text)
{
    return text == NULL ? 1 : strlen(text) + 1;
}

/* A field has at most two runs in each field of positions that it lies in. */
static void measure(const struct draft_field *field, unsigned above, struct extent *extent)
{
    extent->fields++;
    extent->text += text_size(field->key) + text_size(field->name);
    extent->text += (1 + above) * field->constant_len;
    extent->codes += field->code_count;
    for (const struct draft_code *code = field->codes; code != NULL; code = code->next)
        extent->text += text_size(code->value) + text_size(code->meaning);
    if (field->layout == ISO_LAYOUT_NONE)
        extent->runs += (size_t)2 * above;
    above += field->layout == ISO_LAYOUT_POSITIONAL ? 1 : 0;
    for (const struct draft_field *child = field->child; child != NULL; child = child->next)
        measure(child, above, extent);
}

static size_t measure_rules(const struct draft *draft)
{
    const struct draft_rules *rules = &draft->rules;
    size_t text = text_size(draft->title) + text_size(draft->follows) + text_size(draft->product);
    for (size_t i = 0; i < rules->rule_count; i++)
        text += text_size(rules->rules[i].mti) + text_size(rules->rules[i].process);
    for (size_t i = 0; i < rules->need_count; i++)
        text += text_size(rules->needs[i].text);
    for (size_t i = 0; i < rules->condition_count; i++)
        text += text_size(rules->conditions[i].path) + text_size(rules->conditions[i].value);
    return text;
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

static enum iso_class_id class_of(const struct draft_field *field)
{
    bool wide = field->charset != ISO_CHARSET_ASCII;
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
        return field->encoding == ISO_ENCODING_HEX || field->encoding == ISO_ENCODING_EBCDIC_HEX
                   ? ISO_CLASS_HEX
                   : ISO_CLASS_ANY;
    case ISO_CONTENT_N:
    case ISO_CONTENT_XN:
        break;
    }
    return ISO_CLASS_N;
}

/* A unit is a byte, and its class can be seen without translating it. */
static bool is_bytewise(const struct draft_field *field)
{
    return field->encoding == ISO_ENCODING_ASCII || field->encoding == ISO_ENCODING_BINARY ||
           field->encoding == ISO_ENCODING_HEX;
}

/* For the quick walk: besides that a fixed length, or ASCII digits that count bytes. */
static bool is_plain(const struct draft_field *field)
{
    struct iso_prefix prefix = field->wire_prefix;
    bool fixed = field->len_min == field->len_max;
    return is_bytewise(field) && !field->is_terminated &&
           (fixed || field->encoding != ISO_ENCODING_HEX) &&
           (prefix.width == 0 || (prefix.encoding == ISO_ENCODING_ASCII && prefix.flags == 0 &&
                                  prefix.counts == ISO_COUNTS_UNITS));
}

/* For the quick walk too: as plain ones, but the digits or the length in BCD or EBCDIC. */
static bool is_packed(const struct draft_field *field)
{
    struct iso_prefix prefix = field->wire_prefix;
    bool digits = field->encoding == ISO_ENCODING_BCD && field->content == ISO_CONTENT_N &&
                  field->odd.fill <= 9;
    bool text = (field->encoding == ISO_ENCODING_ASCII || field->encoding == ISO_ENCODING_BINARY ||
                 field->encoding == ISO_ENCODING_EBCDIC) &&
                field->content != ISO_CONTENT_XN;
    bool length = (prefix.encoding == ISO_ENCODING_BCD && prefix.width <= 2) ||
                  prefix.encoding == ISO_ENCODING_EBCDIC;
    return field->layout == ISO_LAYOUT_NONE && (digits || text) && !field->is_terminated &&
           (prefix.width == 0 ||
            (length && prefix.flags == 0 && prefix.counts == ISO_COUNTS_UNITS));
}

static bool has_ascii_tags(const struct draft_field *field)
{
    struct iso_prefix size = field->wire_size;
    bool tlv = field->layout == ISO_LAYOUT_TLV && size.width > 0 &&
               size.encoding == ISO_ENCODING_ASCII && size.flags == 0 &&
               size.counts == ISO_COUNTS_UNITS && !field->is_length_first && !field->repeats;
    if (!is_bytewise(field) || (!tlv && field->layout != ISO_LAYOUT_USAGE) ||
        field->tag.encoding != ISO_ENCODING_ASCII)
        return false;
    /* Lengths of members are bytes only where their units are. */
    for (const struct draft_field *child = field->child; child != NULL; child = child->next)
        if (!is_bytewise(child))
            return false;
    return true;
}

/* --- runs ------------------------------------------------------------------------------------- */

/* Fixed positions, whose contents can be judged by scans at known places. */
static bool is_fixed(const struct draft_field *field)
{
    if (!is_bytewise(field) || field->is_terminated)
        return false;
    if (field->layout != ISO_LAYOUT_POSITIONAL)
        return field->layout == ISO_LAYOUT_NONE && field->len_min == field->len_max &&
               field->wire_prefix.width == 0;
    unsigned len = 0;
    for (const struct draft_field *child = field->child; child != NULL; child = child->next) {
        if (child->is_optional || !is_fixed(child) || child->wire_prefix.width > 0)
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
                     unsigned at)
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
                class_of(field));
    }
    for (const struct draft_field *child = field->child; child != NULL; child = child->next) {
        add_runs(compiler, child, first, at);
        at += child->len_max;
    }
}

/* --- fields ----------------------------------------------------------------------------------- */

static uint32_t flags_of(const struct draft_field *draft, bool parts)
{
    uint32_t flags = ISO_FIELD_DEFINED;
    flags |= draft->content == ISO_CONTENT_XN ? ISO_FIELD_SIGNED : 0;
    flags |= parts ? ISO_FIELD_PARTS : 0;
    flags |= draft->is_optional ? ISO_FIELD_OPTIONAL : 0;
    flags |= draft->is_closed ? ISO_FIELD_CLOSED : 0;
    if (draft->constant_len > 0)
        flags |= draft->is_normal ? ISO_FIELD_NORMAL : ISO_FIELD_CONSTANT;
    flags |= draft->role == DRAFT_ROLE_TOTAL_LENGTH ? ISO_FIELD_COMPUTED : 0;
    flags |= is_plain(draft) ? 0 : ISO_FIELD_GENERAL;
    flags |= !is_plain(draft) && is_packed(draft) ? ISO_FIELD_PACKED : 0;
    flags |= has_ascii_tags(draft) ? ISO_FIELD_TAGS_ASCII : 0;
    flags |= draft->odd.right ? ISO_FIELD_ODD_RIGHT : 0;
    flags |= draft->has_pad ? ISO_FIELD_PAD : 0;
    flags |= draft->pad_right ? ISO_FIELD_PAD_RIGHT : 0;
    flags |= draft->has_pad && draft->pad_strips ? ISO_FIELD_STRIP : 0;
    flags |= draft->is_terminated ? ISO_FIELD_TERMINATED : 0;
    flags |= draft->is_length_first ? ISO_FIELD_LENGTH_FIRST : 0;
    flags |= draft->repeats ? ISO_FIELD_REPEATS : 0;
    flags |= draft->has_open_codes ? ISO_FIELD_CODES_OPEN : 0;
    flags |= draft->skips_zeros ? ISO_FIELD_ZEROS : 0;
    flags |= draft->skips_ones ? ISO_FIELD_ONES : 0;
    flags |= draft->is_chained ? ISO_FIELD_CHAINED : 0;
    flags |= draft->is_opaque ? ISO_FIELD_OPAQUE : 0;
    return flags;
}

static void add_codes(struct compiler *compiler, const struct draft_field *draft,
                      struct iso_field *field)
{
    field->code_first = (uint32_t)compiler->code_count;
    field->code_count = (uint16_t)draft->code_count;
    for (const struct draft_code *code = draft->codes; code != NULL; code = code->next)
        compiler->codes[compiler->code_count++] =
            (struct iso_code){.value = add_string(compiler, code->value),
                              .meaning = add_string(compiler, code->meaning)};
}

static void fill(struct compiler *compiler, const struct draft_field *draft,
                 struct iso_field *field)
{
    enum iso_class_id class = class_of(draft);
    size_t first_run = compiler->run_count;
    if (draft->layout == ISO_LAYOUT_POSITIONAL && is_fixed(draft))
        add_runs(compiler, draft, first_run, 0);
    size_t runs = compiler->run_count - first_run;
    /* A field of one run all over needs no walk: its own scan does. */
    bool uniform = runs == 1 && compiler->runs[first_run].len == draft->len_max &&
                   compiler->runs[first_run].class_id != ISO_CLASS_COUNT;
    if (uniform)
        class = (enum iso_class_id)compiler->runs[first_run].class_id;
    bool parts = draft->layout != ISO_LAYOUT_NONE && !uniform;
    bool is_signed = draft->content == ISO_CONTENT_XN;
    bool ebcdic = draft->encoding == ISO_ENCODING_EBCDIC;
    enum iso_class_id scan = ebcdic && class == ISO_CLASS_N ? ISO_CLASS_N_EBCDIC : class;
    *field = (struct iso_field){
        .len_min = (uint16_t)draft->len_min,
        .len_max = (uint16_t)draft->len_max,
        .prefix_len = is_plain(draft) ? draft->wire_prefix.width : 0,
        .scan_class = (uint8_t)(parts || is_signed ? ISO_CLASS_ANY : scan),
        .content = (uint8_t)draft->content,
        .encoding = (uint8_t)draft->encoding,
        .flags = flags_of(draft, parts),
        .value_class = (uint8_t) class,
        .mask = (uint8_t)draft->mask,
        .layout = (uint8_t)draft->layout,
        .charset = (uint8_t)draft->charset,
        .prefix = draft->wire_prefix,
        .size = draft->wire_size,
        .tag_len = (uint8_t)draft->tag_width,
        .tag_encoding = (uint8_t)draft->tag.encoding,
        .fill = (uint8_t)draft->odd.fill,
        .pad = draft->pad,
        .terminator = draft->terminator,
        .key_len = (uint8_t)strlen(draft->key == NULL ? "" : draft->key),
        .run_first = (uint16_t)first_run,
        .run_count = (uint16_t)runs,
        .key = add_string(compiler, draft->key),
        .name = add_string(compiler, draft->name),
        .constant = add_text(compiler, draft->constant, draft->constant_len),
    };
    add_codes(compiler, draft, field);
}

/* Takes a run for the children of a field, then for theirs. */
static void add_children(struct compiler *compiler, const struct draft_field *draft,
                         struct iso_field *field)
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
        fill(compiler, child, &compiler->fields[at]);
        add_children(compiler, child, &compiler->fields[at]);
    }
}

static void add_header(struct compiler *compiler)
{
    struct iso_spec *spec = compiler->spec;
    const struct draft_field *header = &compiler->draft->header;
    fill(compiler, header, &compiler->fields[0]);
    add_children(compiler, header, &compiler->fields[0]);
    const struct iso_field *compiled = &compiler->fields[compiler->fields[0].part_first];
    unsigned at = 0;
    for (const struct draft_field *field = header->child; field != NULL;
         at += field->wire_max, field = field->next, compiled++) {
        uint16_t len = (uint16_t)field->wire_max;
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

/* --- presence rules --------------------------------------------------------------------------- */

static bool is_defined(const struct draft *draft, unsigned de)
{
    return draft->elements[de] != NULL;
}

/* Elements that a derived spec took away are forgotten with it. */
static void add_rules(struct compiler *compiler)
{
    const struct draft_rules *rules = &compiler->draft->rules;
    size_t needs = 0;
    for (size_t i = 0; i < rules->rule_count; i++) {
        const struct draft_rule *rule = &rules->rules[i];
        struct iso_rule *compiled = &compiler->rules[i];
        *compiled = (struct iso_rule){.mti = add_string(compiler, rule->mti),
                                      .process = add_string(compiler, rule->process),
                                      .condition_first = (uint16_t)rule->condition_first,
                                      .condition_count = (uint16_t)rule->condition_count,
                                      .need_first = (uint16_t)needs,
                                      .closed = rule->is_closed};
        for (size_t k = 0; k < rule->need_count; k++) {
            const struct draft_need *need = &rules->needs[rule->need_first + k];
            if (!is_defined(compiler->draft, need->de))
                continue;
            compiler->needs[needs++] =
                (struct iso_need){.de = (uint8_t)need->de,
                                  .kind = (uint8_t)need->kind,
                                  .condition_first = (uint16_t)need->condition_first,
                                  .condition_count = (uint16_t)need->condition_count,
                                  .text = add_string(compiler, need->text)};
        }
        compiled->need_count = (uint16_t)(needs - compiled->need_first);
    }
    for (size_t i = 0; i < rules->condition_count; i++) {
        const struct draft_condition *condition = &rules->conditions[i];
        compiler->conditions[i] =
            (struct iso_condition){.de = (uint16_t)condition->de,
                                   .kind = (uint8_t)condition->kind,
                                   .or_next = condition->or_next ? 1 : 0,
                                   .path = add_string(compiler, condition->path),
                                   .value = add_string(compiler, condition->value)};
    }
    compiler->spec->rule_count = (uint16_t)rules->rule_count;
}

/* --- the whole -------------------------------------------------------------------------------- */

/* Which classes each byte of the code page belongs to, by the character that it stands for. */
static void class_ebcdic(struct iso_spec *spec)
{
    _Static_assert(ISO_CLASS_COUNT <= 16, "a bit a class");
    for (unsigned byte = 0; byte < 256; byte++)
        for (unsigned id = 0; id < ISO_CLASS_COUNT; id++)
            if (iso_class_stray((enum iso_class_id)id, &iso_ebcdic_to_latin[spec->codepage][byte],
                                1) == 1)
                spec->ebcdic_classes[byte] |= (uint16_t)(1U << id);
}

static void compile_frame(struct compiler *compiler)
{
    const struct draft *draft = compiler->draft;
    struct iso_spec *spec = compiler->spec;
    memcpy(spec->name, draft->name, strlen(draft->name) + 1);
    spec->charset = (uint8_t)draft->charset;
    spec->codepage = (uint8_t)draft->codepage;
    class_ebcdic(spec);
    spec->mti_encoding = (uint8_t)draft->mti_encoding;
    spec->bitmap_encoding = (uint8_t)draft->bitmap_encoding;
    spec->bitmap_len = draft->bitmap_encoding == ISO_ENCODING_BINARY ? 8 : 16;
    spec->bitmaps_max = draft->has_bitmap ? (uint8_t)draft->bitmaps_max : 0;
    spec->bitmaps_min = (uint8_t)draft->bitmaps_min;
    spec->announces_from = draft->is_announced ? 1 : spec->bitmaps_min;
    spec->third_in = (uint8_t)draft->third_in;
    spec->title = add_string(compiler, draft->title);
    spec->follows = add_string(compiler, draft->follows);
    spec->product = add_string(compiler, draft->product);
    spec->product_de = (uint16_t)draft->product_de;
}

static void compile(struct compiler *compiler)
{
    const struct draft *draft = compiler->draft;
    struct iso_spec *spec = compiler->spec;
    add_string(compiler, ""); /* text 0 is empty */
    compiler->field_count = ISO_DE_MAX + 1;
    compile_frame(compiler);
    if (draft->header.child != NULL)
        add_header(compiler);
    for (unsigned de = 1; de <= ISO_DE_MAX; de++) {
        const struct draft_field *field = draft->elements[de];
        unsigned k = (de - 1) / 64;
        uint64_t bit = UINT64_C(1) << ((de - 1) % 64);
        if (de == draft->third_in) {
            spec->allowed[k] |= bit;
            spec->general[k] |= bit;
        }
        if (field == NULL)
            continue;
        fill(compiler, field, &compiler->fields[de]);
        add_children(compiler, field, &compiler->fields[de]);
        spec->defined[k] |= bit;
        spec->allowed[k] |= bit;
        spec->general[k] |= (compiler->fields[de].flags & ISO_FIELD_GENERAL) != 0 ? bit : 0;
        if (de < ISO_DE_MAX)
            spec->echo[de / 64] |= draft->echo[de / 64] & UINT64_C(1) << (de % 64);
    }
    add_rules(compiler);
}

/* Takes room for `count` things of `size` bytes; the strictest come first. */
static void *take(uint8_t **at, size_t count, size_t size)
{
    void *taken = *at;
    *at += count * size;
    return taken;
}

static void finish(const struct compiler *compiler, size_t size)
{
    struct iso_spec *spec = compiler->spec;
    spec->size = size;
    spec->field_count = (uint32_t)compiler->field_count;
    spec->fields = compiler->fields;
    spec->runs = compiler->runs;
    spec->codes = compiler->codes;
    spec->rules = compiler->rules;
    spec->needs = compiler->needs;
    spec->conditions = compiler->conditions;
    spec->text = compiler->text;
}

enum result draft_compile(const struct draft *draft, const struct doc *doc, struct iso_spec **spec,
                          struct fault *fault)
{
    const struct draft_rules *rules = &draft->rules;
    struct extent extent = {.fields = ISO_DE_MAX + 1, .text = 1 + measure_rules(draft)};
    measure(&draft->header, 0, &extent);
    for (unsigned de = 1; de <= ISO_DE_MAX; de++)
        if (draft->elements[de] != NULL)
            measure(draft->elements[de], 0, &extent);
    size_t size = sizeof(struct iso_spec) + extent.fields * sizeof(struct iso_field) +
                  extent.codes * sizeof(struct iso_code) +
                  rules->rule_count * sizeof(struct iso_rule) +
                  rules->need_count * sizeof(struct iso_need) +
                  rules->condition_count * sizeof(struct iso_condition) +
                  extent.runs * sizeof(struct iso_run) + extent.text;
    if (size > ISO_SPEC_SIZE_MAX)
        return fault_set(fault, RESULT_LIMIT,
                         "%s:1:1: expected a spec of at most %d bytes, got %zu", doc_name(doc),
                         ISO_SPEC_SIZE_MAX, size);
    uint8_t *block = calloc(1, size), *at = block;
    if (block == NULL)
        return fault_set(fault, RESULT_LIMIT, "%s:1:1: out of memory", doc_name(doc));
    struct compiler compiler = {.draft = draft};
    compiler.spec = take(&at, 1, sizeof(struct iso_spec));
    compiler.fields = take(&at, extent.fields, sizeof(struct iso_field));
    compiler.codes = take(&at, extent.codes, sizeof(struct iso_code));
    compiler.rules = take(&at, rules->rule_count, sizeof(struct iso_rule));
    compiler.needs = take(&at, rules->need_count, sizeof(struct iso_need));
    compiler.conditions = take(&at, rules->condition_count, sizeof(struct iso_condition));
    compiler.runs = take(&at, extent.runs, sizeof(struct iso_run));
    compiler.text = take(&at, extent.text, 1);
    compile(&compiler);
    MUST(compiler.field_count <= extent.fields && compiler.run_count <= extent.runs &&
         compiler.code_count <= extent.codes && compiler.text_len <= extent.text);
    finish(&compiler, size);
    *spec = compiler.spec;
    return RESULT_OK;
}
