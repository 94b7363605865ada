/* Writes a model as a spec file, and has the codec read it: what is printed can be used. The keys
 * are those of docs/codec.md. */
#include "base/doc.h"
#include "import/model.h"
#include "iso8583/spec_draft.h"

#include <stdio.h>

/* The members of one map: on one line, or each on its own. */
struct members {
    struct strbuf *out;
    unsigned indent; /* of a block's lines */
    bool is_block, is_begun;
};

static void begin(struct members *members, const char *key)
{
    if (members->is_begun && members->is_block)
        strbuf_format(members->out, "\n%*s", (int)members->indent, "");
    else if (members->is_begun)
        strbuf_text(members->out, ", ");
    members->is_begun = true;
    strbuf_format(members->out, "%s:", key);
}

static void put_key(struct members *members, const char *key)
{
    begin(members, key);
    strbuf_text(members->out, " ");
}

static void put_word(struct members *members, const char *key, const char *word)
{
    put_key(members, key);
    strbuf_text(members->out, word);
}

static void put_number(struct members *members, const char *key, unsigned number)
{
    put_key(members, key);
    strbuf_format(members->out, "%u", number);
}

/* Double quotes, so that nothing can be taken for anything else. */
static void put_quoted(struct strbuf *out, const char *text)
{
    strbuf_text(out, "\"");
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\')
            strbuf_text(out, "\\");
        strbuf_add(out, at, 1);
    }
    strbuf_text(out, "\"");
}

static bool is_there(const struct model_prefix *prefix)
{
    return prefix->digits > 0 || prefix->bytes > 0 || prefix->is_ber;
}

static void put_prefix(struct members *members, const char *key, const struct model_prefix *prefix)
{
    if (!is_there(prefix))
        return;
    put_key(members, key);
    if (prefix->digits > 0 && prefix->encoding == NULL && prefix->counts == NULL &&
        !prefix->inclusive && !prefix->with_tag && !prefix->filled) {
        strbuf_format(members->out, "%u", prefix->digits);
        return;
    }
    struct members parts = {.out = members->out};
    strbuf_text(parts.out, "{");
    if (prefix->is_ber)
        put_word(&parts, "encoding", "ber");
    else if (prefix->digits > 0)
        put_number(&parts, "digits", prefix->digits);
    else
        put_number(&parts, "bytes", prefix->bytes);
    if (prefix->encoding != NULL)
        put_word(&parts, "encoding", prefix->encoding);
    if (prefix->counts != NULL)
        put_word(&parts, "counts", prefix->counts);
    if (prefix->inclusive)
        put_word(&parts, "inclusive", "true");
    if (prefix->with_tag)
        put_word(&parts, "with_tag", "true");
    if (prefix->filled)
        put_word(&parts, "filled", "true");
    strbuf_text(parts.out, "}");
}

static void put_pad(struct members *members, const struct model_field *field)
{
    bool bytes = strcmp(field->content, "b") == 0 &&
                 (field->encoding == NULL || strcmp(field->encoding, "bcd") != 0);
    char text[] = {(char)field->pad, '\0'};
    put_key(members, "pad");
    strbuf_format(members->out, "{side: %s, with: ", field->pad_right ? "right" : "left");
    if (bytes)
        strbuf_format(members->out, "\"%02X\"", field->pad);
    else
        put_quoted(members->out, text);
    strbuf_text(members->out, "}");
}

/* Everything but key and sub-fields. */
static void put_members(struct members *members, const struct model_field *field)
{
    if (field->name != NULL) {
        put_key(members, "name");
        put_quoted(members->out, field->name);
    }
    put_word(members, "content", field->content);
    if (field->encoding != NULL)
        put_word(members, "encoding", field->encoding);
    if (field->has_odd)
        put_word(members, "odd", field->odd_right ? "right" : "left");
    if (field->fill != 0) {
        put_key(members, "fill");
        strbuf_format(members->out, "\"%c\"", field->fill);
    }
    put_number(members, field->is_fixed ? "length" : "max", field->max);
    if (!field->is_fixed && field->min > 0)
        put_number(members, "min", field->min);
    put_prefix(members, "prefix", &field->prefix);
    if (field->ends) {
        put_key(members, "ends_with");
        strbuf_format(members->out, "\"%02X\"", field->ends_with);
    }
    if (field->has_pad)
        put_pad(members, field);
    if (field->mask != NULL)
        put_word(members, "mask", field->mask);
    if (field->is_optional)
        put_word(members, "optional", "true");
    if (field->is_opaque)
        put_word(members, "opaque", "true");
}

static void put_field(struct strbuf *out, const struct model_field *field, unsigned indent,
                      bool in_list);

static void put_children(struct strbuf *out, const struct model_field *field, unsigned indent,
                         bool in_list)
{
    for (const struct model_field *child = field->child; child != NULL; child = child->next)
        put_field(out, child, indent, in_list);
}

static void put_layout(struct members *around, const struct model_field *field)
{
    static const char *const names[] = {"", "positional", "tlv", "ber", "bitmapped"};
    struct members members = {around->out, around->indent + 2, true, false};
    begin(around, names[field->layout]);
    if (field->layout == MODEL_POSITIONAL) {
        strbuf_text(members.out, "\n");
        put_children(members.out, field, members.indent, true);
        return;
    }
    strbuf_format(members.out, "\n%*s", (int)members.indent, "");
    if (field->layout == MODEL_BITMAPPED) {
        put_key(&members, "bitmap");
        strbuf_format(members.out, "{bytes: %u%s%s%s}", field->bitmap_bytes,
                      field->bitmap_encoding != NULL ? ", encoding: " : "",
                      field->bitmap_encoding != NULL ? field->bitmap_encoding : "",
                      field->is_chained ? ", chained: true" : "");
    } else {
        put_prefix(&members, "tag", &field->tag);
        put_prefix(&members, "length", &field->size);
        if (field->is_length_first)
            put_word(&members, "length_first", "true");
        if (field->no_padding)
            put_word(&members, "padding", "none");
        put_word(&members, "unknown", field->is_closed ? "refuse" : "accept");
    }
    if (field->child != NULL) {
        begin(&members, "fields");
        strbuf_text(members.out, "\n");
        put_children(members.out, field, members.indent + 2, false);
    } else {
        strbuf_text(members.out, "\n");
    }
}

/* A leaf is one line, a field with sub-fields a block; its note stands in front. */
static void put_field(struct strbuf *out, const struct model_field *field, unsigned indent,
                      bool in_list)
{
    bool leaf = field->layout == MODEL_LEAF;
    struct members members = {out, indent + 2, !leaf, false};
    if (field->note != NULL)
        strbuf_format(out, "%*s# %s\n", (int)indent, "", field->note);
    strbuf_format(out, "%*s", (int)indent, "");
    if (in_list) {
        strbuf_text(out, leaf ? "- {" : "- ");
        put_key(&members, "key");
        strbuf_format(out, "\"%s\"", field->key);
    } else {
        strbuf_format(out, leaf ? "\"%s\": {" : "\"%s\":\n", field->key);
        if (!leaf)
            strbuf_format(out, "%*s", (int)members.indent, "");
    }
    put_members(&members, field);
    if (leaf)
        strbuf_text(out, "}\n");
    else
        put_layout(&members, field);
}

/* --- the file --------------------------------------------------------------------------------- */

static void put_head(struct strbuf *out, const struct model *model)
{
    const char *slash = strrchr(model->file, '/');
    strbuf_format(out, "# Made by `cardlab spec import` from %s: %s.\n", model->format,
                  slash != NULL ? slash + 1 : model->file);
    strbuf_text(out, model->is_compat
                         ? "# compat: jpos: text where a class says digits or an amount, as jPOS "
                           "takes it; wrong\n# bytes pass that docs/specs.md would have refused.\n"
                         : "# Contents are checked as docs/specs.md says; change what your host "
                           "does otherwise.\n");
    if (model->head.len == 0)
        return;
    strbuf_text(out, "#\n");
    for (const char *at = model->head.text, *end; *at != '\0'; at = end + 1) {
        end = strchr(at, '\n');
        strbuf_format(out, "# - %.*s\n", (int)(end - at), at);
    }
}

static void put_frame(struct strbuf *out, const struct model *model)
{
    bool has_bitmap = model->bitmap == NULL || strcmp(model->bitmap, "none") != 0;
    strbuf_format(out, "name: %s\n", model->name);
    strbuf_text(out, "title: ");
    put_quoted(out, model->title != NULL ? model->title : model->name);
    strbuf_text(out, "\n");
    strbuf_format(out, "follows: %s\n", model->format);
    if (model->charset != NULL)
        strbuf_format(out, "charset: %s\n", model->charset);
    strbuf_text(out, "\n");
    if (model->header_len > 0)
        strbuf_format(out, "header:\n  - {key: header, name: Header, content: b, length: %u}\n",
                      model->header_len);
    strbuf_format(out, "mti: {encoding: %s}\n", model->mti != NULL ? model->mti : "ascii");
    strbuf_format(out, "bitmap: {encoding: %s", model->bitmap != NULL ? model->bitmap : "binary");
    if (has_bitmap)
        strbuf_format(out, ", count: %u", model->bitmaps);
    if (has_bitmap && model->always > 0)
        strbuf_format(out, ", always: %u", model->always);
    if (has_bitmap && model->third_in > 0)
        strbuf_format(out, ", third_in: %u", model->third_in);
    strbuf_text(out, "}\n");
}

/* The codec has the last word. */
static enum result check(const struct model *model, const struct strbuf *yaml, struct fault *fault)
{
    struct doc *doc = NULL;
    struct iso_spec *spec = NULL;
    struct fault cause = {.text = ""};
    enum result result = doc_parse(bytes_of(yaml->text, yaml->len), "spec", &doc, &cause);
    if (result == RESULT_OK)
        result = spec_of_doc(doc, ".", NULL, &spec, &cause);
    iso_spec_free(spec);
    if (result != RESULT_OK) {
        unsigned line = 0;
        const char *at = NULL;
        const char *reason = strstr(cause.text, ": ");
        if (sscanf(cause.text, "spec:%u", &line) == 1)
            at = yaml->text;
        while (at != NULL && line > 1) {
            at = strchr(at, '\n');
            at = at != NULL ? at + 1 : NULL;
            line--;
        }
        size_t len = at != NULL ? strcspn(at, "\n") : 0;
        fault_set(fault, result, "%s: no spec of ours can say this: %s%s%.*s", model->file,
                  reason != NULL ? reason + 2 : cause.text, at != NULL ? ", in: " : "",
                  (int)(len < 120 ? len : 120), at != NULL ? at : "");
    }
    doc_free(doc);
    return result;
}

enum result model_write(const struct model *model, struct strbuf *yaml, struct fault *fault)
{
    bool any = false;
    put_head(yaml, model);
    put_frame(yaml, model);
    for (unsigned de = 1; de <= ISO_DE_MAX; de++) {
        if (model->elements[de] == NULL)
            continue;
        strbuf_text(yaml, any ? "" : "\nfields:\n");
        put_field(yaml, model->elements[de], 2, false);
        any = true;
    }
    if (!any)
        return fault_set(fault, RESULT_INPUT, "%s: no data element is left", model->file);
    if (yaml->bad || model->notes.bad || model->head.bad)
        return fault_set(fault, RESULT_LIMIT, "%s: the spec is over %zu bytes", model->file,
                         yaml->max);
    return check(model, yaml, fault);
}
