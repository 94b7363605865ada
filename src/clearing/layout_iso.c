/* Clearing files of ISO 8583 messages: each behind its length in four bytes (VBS), a length of zero
 * behind the last. What the elements hold is said by columns, how they lie in bytes by a message
 * spec, and the codec does the rest. A data element made of tags, lengths of three digits and
 * values (IPM's private data) is named with the tag: "48.0105". */
#include "clearing/layout_form.h"

#include "base/text.h"
#include "iso8583/iso8583.h"

#include <stdio.h>

enum {
    RDW_LEN = 4,
    MESSAGE_MAX = LAYOUT_RECORD_MAX - RDW_LEN < ISO_MESSAGE_LEN_MAX ? LAYOUT_RECORD_MAX - RDW_LEN
                                                                    : ISO_MESSAGE_LEN_MAX,
    TAG_HEAD_LEN = LAYOUT_TAG_LEN + 3,
    ELEMENT_MAX = 999,
    PATH_LEN_MAX = 4096,
    MTI_LEN = 4,
};

/* --- loading ---------------------------------------------------------------------------------- */

/* The path of the spec starts from the folder of the layout. */
static void iso_load(struct layout_loading *loading, struct node *root)
{
    static const char *const kinds[] = {"none", "1014", NULL};
    struct layout *layout = loading->layout;
    struct iso_fault fault;
    char path[PATH_LEN_MAX];
    const char *name = loading->is_derived
                           ? node_may_text(loading->schema, root, "message", 255, NULL)
                           : node_want_text(loading->schema, root, "message", 255);
    int blocks = node_may_choice(loading->schema, root, "blocks", kinds, layout->is_blocked);
    layout->is_blocked = blocks == 1;
    layout->charset = LAYOUT_ASCII;
    if (loading->schema->result != RESULT_OK || name == NULL)
        return;
    const char *slash = name[0] != '/' ? strrchr(loading->path, '/') : NULL;
    int folder = slash != NULL ? (int)(slash - loading->path) + 1 : 0;
    if ((size_t)snprintf(path, sizeof path, "%.*s%s", folder, loading->path, name) >= sizeof path) {
        schema_fault(loading->schema, root, "`message`: too long a path");
        return;
    }
    iso_spec_free(layout->spec);
    layout->spec = NULL;
    if (iso_spec_load(path, &layout->spec, &fault) != ISO_OK)
        schema_fault(loading->schema, root, "`message`: %.250s", fault.text);
}

/* "mti", "2", "48.0105". */
static bool set_element(const struct layout *layout, struct layout_column *column,
                        const char *element)
{
    uint64_t de = 0;
    const char *dot = strchr(element, '.');
    size_t len = dot != NULL ? (size_t)(dot - element) : strlen(element);
    if (strcmp(element, "mti") == 0) {
        column->de = 0;
        return true;
    }
    if (!text_digits_parse(bytes_of(element, len), &de) || de < 2 || de > ISO_DE_MAX ||
        iso_spec_de_name(layout->spec, (unsigned)de) == NULL)
        return false;
    column->de = (unsigned)de;
    if (dot == NULL)
        return true;
    if (strlen(dot + 1) != LAYOUT_TAG_LEN)
        return false;
    memcpy(column->tag, dot + 1, LAYOUT_TAG_LEN);
    return true;
}

static bool is_same(const struct layout_column *a, const struct layout_column *b)
{
    return a->de == b->de && memcmp(a->tag, b->tag, sizeof a->tag) == 0;
}

/* Parts of an element stand side by side and all have a width, but for one that is alone. */
static void check_elements(struct layout_loading *loading, const struct node *list,
                           const struct layout_line *line)
{
    bool seen[ISO_DE_MAX + 1] = {false};
    for (size_t i = 0; i < line->count; i++) {
        const struct layout_column *column = &line->columns[i], *before = column - 1;
        bool goes_on = i > 0 && is_same(column, before);
        if ((i == 0) != (column->de == 0) && !(goes_on && column->de == 0))
            schema_fault(loading->schema, list, "expected the element `mti` first");
        else if (goes_on && (column->width == 0 || before->width == 0))
            schema_fault(loading->schema, list, "%s: expected a `width`, as a part of an element",
                         column->name);
        else if (seen[column->de] && before->de != column->de)
            schema_fault(loading->schema, list, "%s: expected what is in one element side by side",
                         column->name);
        else if (seen[column->de] && !goes_on && (column->tag[0] == '\0' || before->tag[0] == '\0'))
            schema_fault(loading->schema, list, "%s: its element has another form before it",
                         column->name);
        seen[column->de] = true;
    }
}

static void iso_load_record(struct layout_loading *loading, struct node *list,
                            enum layout_record record)
{
    static const char *const sides[] = {"left", "right", NULL};
    struct schema *schema = loading->schema;
    struct layout_line *line = &loading->layout->lines[record];
    if (list->kind != NODE_LIST || list->child == NULL)
        schema_fault(schema, list, "expected a list of at least one column");
    for (struct node *node = list->child; node != NULL && schema->result == RESULT_OK;
         node = node->next) {
        if (line->count == LAYOUT_COLUMNS_MAX) {
            schema_fault(schema, node, "expected at most %d columns", LAYOUT_COLUMNS_MAX);
            return;
        }
        struct layout_column *column = &line->columns[line->count++];
        const char *element = node_want_text(schema, node, "element", LAYOUT_TEXT_MAX - 1);
        column->width = (size_t)node_may_int(schema, node, "width", 1, ROW_VALUE_MAX, 0);
        column->right = node_may_choice(schema, node, "align", sides, 0) == 1;
        column->pad = node_may_text(schema, node, "pad", 1, " ")[0];
        layout_column_load(loading, node, column);
        if (schema->result == RESULT_OK && !set_element(loading->layout, column, element))
            schema_fault(schema, node,
                         "`element`: expected mti, an element of the message spec, "
                         "or one with a tag of four characters behind a point");
    }
    if (schema->result != RESULT_OK)
        return;
    layout_columns_check(loading, list, line);
    check_elements(loading, list, line);
}

static void iso_finish(struct layout_loading *loading, struct node *root)
{
    (void)loading;
    (void)root;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* A message being put together: texts of elements, one behind the other. */
struct building {
    struct iso_message message;
    char mti[MTI_LEN + 1];
    struct writer text;
    char room[LAYOUT_RECORD_MAX];
};

static enum result add_part(const struct layout *layout, enum layout_record record,
                            const struct layout_column *column, const struct row *row,
                            struct writer *out, struct fault *fault)
{
    char value[LAYOUT_VALUE_MAX], cell[ROW_VALUE_MAX];
    size_t len = strlen(column->constant);
    memcpy(value, column->constant, len);
    if (column->source == ROW_ZERO)
        value[len++] = '0';
    else if (layout_kind_of(column->source) != LAYOUT_KIND_NOTHING)
        TRY(layout_value_get(layout, record, column, row, value, &len, fault));
    if (column->width == 0) {
        write_bytes(out, value, len);
        return RESULT_OK;
    }
    memset(cell, column->pad, column->width);
    len = layout_cell_put(column, value, len, cell);
    if (len > column->width)
        return fault_set(fault, RESULT_LIMIT, "%s, %s, %s: %zu characters for a width of %zu",
                         layout->name, layout_record_names[record], column->name, len,
                         column->width);
    write_bytes(out, cell, column->width);
    return RESULT_OK;
}

/* The columns of one element from `at` on; gives the one behind them. */
static enum result build_element(const struct layout *layout, enum layout_record record,
                                 const struct row *row, struct building *building, size_t *at,
                                 struct fault *fault)
{
    const struct layout_line *line = &layout->lines[record];
    const struct layout_column *first = &line->columns[*at];
    size_t start = building->text.len;
    while (*at < line->count && line->columns[*at].de == first->de) {
        const struct layout_column *part = &line->columns[*at];
        size_t head = building->text.len;
        if (part->tag[0] != '\0')
            write_bytes(&building->text, "0000000", TAG_HEAD_LEN);
        size_t from = building->text.len;
        do
            TRY(add_part(layout, record, &line->columns[*at], row, &building->text, fault));
        while (++*at < line->count && is_same(part, &line->columns[*at]));
        size_t len = building->text.len - from;
        if (building->text.bad || building->text.len - start > ELEMENT_MAX)
            return fault_set(fault, RESULT_LIMIT, "%s, %s, %s: an element of over %d characters",
                             layout->name, layout_record_names[record], part->name, ELEMENT_MAX);
        if (part->tag[0] != '\0') {
            memcpy(building->room + head, part->tag, LAYOUT_TAG_LEN);
            MUST(text_digits_format(len, building->room + head + LAYOUT_TAG_LEN, 3));
        }
    }
    size_t len = building->text.len - start;
    if (first->de == 0)
        memcpy(building->mti, building->room + start, len < MTI_LEN ? len : MTI_LEN);
    else if (len > 0)
        iso_message_set_text(&building->message, first->de, building->room + start, len);
    if (first->de == 0)
        iso_message_init(&building->message, layout->spec, building->mti);
    return RESULT_OK;
}

static enum result iso_write(const struct layout *layout, enum layout_record record,
                             const struct row *row, char *out, size_t *len, struct fault *fault)
{
    const struct layout_line *line = &layout->lines[record];
    struct building building;
    struct iso_fault why;
    char text[ISO_FAULT_LINE_MAX];
    memset(building.mti, 0, sizeof building.mti);
    building.text = writer_to(building.room, sizeof building.room);
    for (size_t at = 0; at < line->count;)
        TRY(build_element(layout, record, row, &building, &at, fault));
    if (iso_message_pack(&building.message, out + RDW_LEN, MESSAGE_MAX, len, &why) != ISO_OK) {
        iso_fault_format(&why, text, sizeof text);
        return fault_set(fault, RESULT_LIMIT, "%s, %s: %.300s", layout->name,
                         layout_record_names[record], text);
    }
    struct writer rdw = writer_to(out, RDW_LEN);
    write_u32(&rdw, (uint32_t)*len);
    *len += RDW_LEN;
    return RESULT_OK;
}

/* --- reading ---------------------------------------------------------------------------------- */

static size_t iso_cut(const struct layout *layout, enum layout_record record, struct bytes ahead)
{
    struct reader reader = reader_of(ahead);
    size_t len = read_u32(&reader);
    (void)layout;
    (void)record;
    if (reader.bad || len == 0 || len > MESSAGE_MAX)
        return ahead.len < RDW_LEN ? ahead.len : RDW_LEN;
    return len < ahead.len - RDW_LEN ? RDW_LEN + len : ahead.len;
}

static enum result unpack(const struct layout *layout, struct bytes bytes,
                          struct iso_message *message, struct layout_fault *why)
{
    struct reader reader = reader_of(bytes);
    struct iso_fault fault;
    size_t len = read_u32(&reader);
    if (bytes.len <= RDW_LEN || len != bytes.len - RDW_LEN)
        return bytes.len > RDW_LEN || (len > 0 && len <= MESSAGE_MAX)
                   ? layout_refuse(why, bytes.len, "expected a message of %zu bytes, got the end",
                                   len)
                   : layout_refuse(why, 0, "expected a length of 1 to %d, got %zu", MESSAGE_MAX,
                                   len);
    if (iso_message_unpack(layout->spec, ISO_HEADER_NO, bytes.data + RDW_LEN, len, message,
                           &fault) == ISO_OK)
        return RESULT_OK;
    return layout_refuse(why, RDW_LEN + fault.offset, "%s: expected %s, got %s",
                         fault.field[0] != '\0' ? fault.field : "message", fault.expected,
                         fault.got);
}

/* An element's text, "" when it is not there. */
static bool text_of(const struct iso_message *message, const struct layout_column *column,
                    char *out, size_t size, size_t *len)
{
    *len = 0;
    if (column->de == 0) {
        memcpy(out, message->mti, *len = MTI_LEN);
        return true;
    }
    if (!iso_message_has(message, column->de) ||
        (column->tag[0] != '\0' && iso_message_find(message, column->de, column->tag).data == NULL))
        return true;
    return iso_message_text(message, column->de, column->tag, out, size, len) == ISO_OK;
}

static size_t place_of(const struct iso_message *message, const struct layout_column *column)
{
    struct iso_value value = {NULL, 0};
    if (column->de != 0)
        value = column->tag[0] == '\0' ? iso_message_get(message, column->de)
                                       : iso_message_find(message, column->de, column->tag);
    return value.data == NULL ? RDW_LEN : RDW_LEN + (size_t)(value.data - message->base);
}

/* What stands in a message for one column. */
struct part {
    char text[2 * ELEMENT_MAX]; /* the whole element */
    struct bytes bytes;         /* in it */
};

static bool part_of(const struct iso_message *message, const struct layout_line *line, size_t which,
                    struct part *part)
{
    const struct layout_column *column = &line->columns[which];
    size_t at = 0, len, width = column->width;
    for (size_t i = which; i > 0 && is_same(&line->columns[i - 1], column); i--)
        at += line->columns[i - 1].width;
    if (!text_of(message, column, part->text, sizeof part->text, &len))
        return false;
    at = at < len ? at : len;
    part->bytes = bytes_of(part->text + at, width > 0 && width < len - at ? width : len - at);
    return true;
}

static enum result read_part(const struct layout *layout, const struct layout_column *column,
                             struct bytes part, size_t place, struct row *row,
                             struct layout_fault *why)
{
    if (column->width > 0 && part.len < column->width)
        return layout_refuse(why, place, "%s: expected %zu characters, got %zu", column->name,
                             column->width, part.len);
    if (column->width > 0)
        part = layout_cell_strip(column, part.data);
    /* The first to differ says that it is another kind of record. */
    if (column->source == ROW_CONSTANT && !bytes_equal(part, bytes_text(column->constant)))
        return layout_refuse(why, place, "%s: expected `%s`, got %s", column->name,
                             column->constant, layout_show(column, part).text);
    bool is_fixed = layout_kind_of(column->source) == LAYOUT_KIND_NOTHING;
    if (is_fixed || layout_value_set(layout, column, row, part))
        return RESULT_OK;
    return layout_refuse(why, place, "%s: expected a value of %s, got %s", column->name,
                         row_source_name(column->source), layout_show(column, part).text);
}

/* An element that is not there leaves its values as they are: zero; texts are blank. */
static enum result iso_read(const struct layout *layout, enum layout_record record,
                            struct bytes bytes, struct row *row, struct layout_fault *why)
{
    const struct layout_line *line = &layout->lines[record];
    struct iso_message message;
    struct part part;
    TRY(unpack(layout, bytes, &message, why));
    for (size_t i = 0; i < line->count; i++) {
        const struct layout_column *column = &line->columns[i];
        size_t place = place_of(&message, column);
        if (!part_of(&message, line, i, &part))
            return layout_refuse(why, place, "%s: expected text", column->name);
        bool is_text = layout_kind_of(column->source) == LAYOUT_KIND_TEXT;
        if (part.bytes.len > 0 || column->width > 0 || column->source == ROW_CONSTANT || is_text)
            TRY(read_part(layout, column, part.bytes, place, row, why));
    }
    return RESULT_OK;
}

static enum result iso_compare(const struct layout *layout, enum layout_record record,
                               struct bytes bytes, const struct row *row, struct layout_fault *why)
{
    const struct layout_line *line = &layout->lines[record];
    struct iso_message got, want;
    struct part one, other;
    char expected[LAYOUT_RECORD_MAX];
    size_t len, same = 0;
    TRY(iso_write(layout, record, row, expected, &len, why->fault));
    if (len == bytes.len && memcmp(expected, bytes.data, len) == 0)
        return RESULT_OK;
    TRY(unpack(layout, bytes_of(expected, len), &want, why));
    TRY(unpack(layout, bytes, &got, why));
    for (size_t i = 0; i < line->count; i++) {
        const struct layout_column *column = &line->columns[i];
        if (part_of(&want, line, i, &one) && part_of(&got, line, i, &other) &&
            !bytes_equal(one.bytes, other.bytes))
            return layout_refuse(why, place_of(&got, column), "%s: expected %s, got %s",
                                 column->name, layout_show(column, one.bytes).text,
                                 layout_show(column, other.bytes).text);
    }
    while (same < len && same < bytes.len && bytes.data[same] == (uint8_t)expected[same])
        same++;
    return layout_refuse(why, same, "expected elements as the layout has them, got others");
}

const struct layout_form layout_form_iso8583 = {
    .name = "iso8583",
    .load = iso_load,
    .load_record = iso_load_record,
    .finish = iso_finish,
    .write = iso_write,
    .cut = iso_cut,
    .read = iso_read,
    .compare = iso_compare,
    .has_end = true,
};
