/* Columns of clearing layouts: what all forms read and check alike. */
#include "clearing/layout_form.h"

#include "base/mask.h"

#include <stdio.h>

/* --- loading ---------------------------------------------------------------------------------- */

static bool set_words(struct layout_column *column, struct bytes text, const uint8_t *bar)
{
    size_t first = (size_t)(bar - text.data), second = text.len - first - 1;
    struct bytes words[2] = {bytes_of(text.data, first), bytes_of(bar + 1, second)};
    if (first > LAYOUT_WORD_MAX || second > LAYOUT_WORD_MAX || bytes_equal(words[0], words[1]))
        return false;
    for (size_t i = 0; i < 2; i++) {
        for (size_t at = 0; at < words[i].len; at++)
            if (words[i].data[at] <= ' ' || words[i].data[at] > '~' ||
                strchr("\"'<>&\\", words[i].data[at]) != NULL)
                return false;
        memcpy(column->words[i], words[i].data, words[i].len);
        column->words[i][words[i].len] = '\0';
    }
    column->type = LAYOUT_SIGN;
    return true;
}

const char *layout_type_set(struct layout_column *column, struct bytes text)
{
    static const struct {
        const char *name;
        enum layout_type type;
        bool is_unsigned;
    } types[] = {
        {"plain", LAYOUT_PLAIN, false},     {"number", LAYOUT_NUMBER, false},
        {"decimal", LAYOUT_DECIMAL, false}, {"iso", LAYOUT_ISO, false},
        {"yymmdd", LAYOUT_YYMMDD, false},   {"letters", LAYOUT_LETTERS, false},
        {"unsigned", LAYOUT_NUMBER, true},  {"unsigned_decimal", LAYOUT_DECIMAL, true},
    };
    enum layout_kind kind = layout_kind_of(column->source);
    const uint8_t *bar = memchr(text.data, '|', text.len);
    bool is_money = kind == LAYOUT_KIND_AMOUNT || kind == LAYOUT_KIND_SIGNED;
    if (bar != NULL)
        return kind != LAYOUT_KIND_SIGNED ? "two words are for what has a sign"
               : set_words(column, text, bar)
                   ? NULL
                   : "expected two different words of 1 to 8 letters, with `|` between";
    size_t i = 0;
    while (i < sizeof types / sizeof types[0] && !bytes_equal(bytes_text(types[i].name), text))
        i++;
    if (i == sizeof types / sizeof types[0])
        return "expected plain, number, decimal, unsigned, unsigned_decimal, iso, yymmdd, letters, "
               "or two words with `|` between";
    column->type = types[i].type;
    column->is_unsigned = types[i].is_unsigned;
    if (column->is_unsigned && kind != LAYOUT_KIND_SIGNED)
        return "unsigned is for what has a sign";
    switch (column->type) {
    case LAYOUT_NUMBER:
        return is_money || kind == LAYOUT_KIND_NUMBER ? NULL : "number is for counts and amounts";
    case LAYOUT_DECIMAL:
        return is_money ? NULL : "decimal is for amounts";
    case LAYOUT_ISO:
        return kind == LAYOUT_KIND_DATE || kind == LAYOUT_KIND_TIME ? NULL
                                                                    : "iso is for dates and times";
    case LAYOUT_YYMMDD:
        return kind == LAYOUT_KIND_DATE ? NULL : "yymmdd is for dates";
    case LAYOUT_LETTERS:
        return kind == LAYOUT_KIND_CURRENCY ? NULL : "letters is for currencies";
    case LAYOUT_PLAIN:
    case LAYOUT_SIGN:
        break;
    }
    return NULL;
}

void layout_column_load(struct layout_loading *loading, struct node *node,
                        struct layout_column *column)
{
    struct schema *schema = loading->schema;
    const char *source = node_want_text(schema, node, "source", LAYOUT_TEXT_MAX - 1);
    const char *name = node_may_text(schema, node, "name", LAYOUT_TEXT_MAX - 1, source);
    const char *constant = node_may_text(schema, node, "value", LAYOUT_TEXT_MAX - 1, "");
    const char *type = node_may_text(schema, node, "type", LAYOUT_TEXT_MAX - 1, "plain");
    node_end(schema, node);
    if (schema->result != RESULT_OK)
        return;
    int found = row_source_find(source);
    column->source = found < 0 ? ROW_BLANK : (enum row_source)found;
    const char *why = found < 0 ? NULL : layout_type_set(column, bytes_text(type));
    if (found < 0)
        schema_fault(schema, node, "`source`: expected a value that clearing knows, got `%s`",
                     source);
    else if ((found == ROW_CONSTANT) != (constant[0] != '\0'))
        schema_fault(schema, node, "a constant, and nothing else, has a `value`");
    else if (why != NULL)
        schema_fault(schema, node, "`type`: %s", why);
    snprintf(column->name, sizeof column->name, "%s", name);
    snprintf(column->constant, sizeof column->constant, "%s", constant);
}

/* A sign alone says no amount: it stands behind the amount without one. */
static bool has_sign_in_order(const struct layout_line *line, size_t which)
{
    const struct layout_column *columns = line->columns;
    bool is_sign = columns[which].type == LAYOUT_SIGN;
    for (size_t i = 0; i < line->count; i++)
        if (columns[i].source == columns[which].source &&
            (is_sign ? i < which && columns[i].is_unsigned
                     : i > which && columns[i].type == LAYOUT_SIGN))
            return true;
    return !is_sign && !columns[which].is_unsigned;
}

void layout_columns_check(struct layout_loading *loading, const struct node *node,
                          struct layout_line *line)
{
    bool has_mti = false, is_detail = line == &loading->layout->lines[LAYOUT_DETAIL];
    for (size_t i = 0; i < line->count && loading->schema->result == RESULT_OK; i++) {
        const struct layout_column *column = &line->columns[i];
        has_mti = has_mti || column->source == ROW_MTI;
        line->has_number = line->has_number || column->source == ROW_RECORD;
        if (column->source == ROW_PROCESS && !has_mti)
            schema_fault(loading->schema, node,
                         "expected the column `mti` before `processing_code`");
        else if (!has_sign_in_order(line, i))
            schema_fault(loading->schema, node,
                         "%s: expected the amount unsigned, and its two words behind it",
                         column->name);
        else if (!is_detail && (column->type == LAYOUT_DECIMAL || column->type == LAYOUT_LETTERS))
            schema_fault(loading->schema, node, "%s: only a detail has a currency, and so decimals",
                         column->name);
    }
}

void layout_line_end_load(struct layout_loading *loading, struct node *root, bool none_too)
{
    static const char *const names[] = {"lf", "crlf", "none", NULL};
    static const char *const ends[] = {"\n", "\r\n", ""};
    struct layout *layout = loading->layout;
    int known = 0;
    while (layout->line_end != NULL && strcmp(ends[known], layout->line_end) != 0)
        known++;
    int end = node_may_choice(loading->schema, root, "line_end", names, known);
    if (end == 2 && !none_too)
        schema_fault(loading->schema, root, "`line_end`: expected lf or crlf");
    layout->line_end = ends[end];
}

void layout_charset_load(struct layout_loading *loading, struct node *root, const int *charsets)
{
    static const char *const names[] = {"utf-8", "gb18030", "ascii", "ebcdic-1047", NULL};
    struct layout *layout = loading->layout;
    int known = loading->is_derived ? (int)layout->charset : charsets[0];
    int charset = node_may_choice(loading->schema, root, "charset", names, known);
    size_t i = 0;
    while (charsets[i] >= 0 && charsets[i] != charset)
        i++;
    if (charsets[i] < 0)
        schema_fault(loading->schema, root, "`charset`: the form %s has no %s", layout->form->name,
                     names[charset]);
    layout->charset = (enum layout_charset)charset;
}

/* --- faults ----------------------------------------------------------------------------------- */

struct layout_shown layout_show(const struct layout_column *column, struct bytes cell)
{
    struct layout_shown shown;
    char text[LAYOUT_TEXT_MAX + 1];
    size_t len = cell.len < LAYOUT_TEXT_MAX ? cell.len : LAYOUT_TEXT_MAX;
    if (row_source_is_card(column->source))
        mask_pan(cell, text, sizeof text);
    else {
        for (size_t i = 0; i < len; i++)
            text[i] = cell.data[i] >= ' ' && cell.data[i] < 0x7F ? (char)cell.data[i] : '?';
        text[len] = '\0';
    }
    snprintf(shown.text, sizeof shown.text, "`%s`", text);
    return shown;
}
