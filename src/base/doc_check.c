/* What libfyaml may not see, see doc_check.h. */
#include "base/doc_check.h"

#include "base/doc.h"
#include "base/utf8.h"

enum { QUOTES_MAX = 3 }; /* in a row; see doc_check.h */

/* Where the look stands. */
struct check {
    const char *name;
    struct fault *fault;
    unsigned line, column;
    bool json;
    bool in_text, escaped; /* JSON: inside quotes, behind a backslash */
    unsigned depth;        /* JSON: open brackets */
    unsigned values;       /* JSON: at least so many */
    unsigned quotes;       /* YAML: single quotes in a row */
};

#define CHECK_FAULT(check, result, format, ...)                                                    \
    fault_set((check)->fault, (result), "%s:%u:%u: " format, (check)->name, (check)->line,         \
              (check)->column, __VA_ARGS__)

bool doc_is_json(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (memchr(" \t\r\n", text.data[i], 4) == NULL)
            return text.data[i] == '{' || text.data[i] == '[';
    return false;
}

static bool code_is_control(uint32_t code)
{
    bool layout = code == '\t' || code == '\n' || code == '\r';
    return (code < 0x20 && !layout) || (code >= 0x7F && code <= 0x9F) || code == 0xFEFF;
}

/* Counts brackets and commas outside of texts. */
static enum result check_json(struct check *check, uint32_t code)
{
    if (check->in_text) {
        check->in_text = code != '"' || check->escaped;
        check->escaped = code == '\\' && !check->escaped;
        return RESULT_OK;
    }
    if (code == '"')
        check->in_text = true;
    else if (code == '[' || code == '{')
        check->depth++;
    else if ((code == ']' || code == '}') && check->depth > 0)
        check->depth--;
    if (code == '[' || code == '{' || code == ',')
        check->values++;
    if (check->depth > DOC_DEPTH_MAX)
        return CHECK_FAULT(check, RESULT_LIMIT, "more than %d levels", DOC_DEPTH_MAX);
    if (check->values > DOC_NODES_MAX)
        return CHECK_FAULT(check, RESULT_LIMIT, "more than %d values", DOC_NODES_MAX);
    return RESULT_OK;
}

static enum result check_code(struct check *check, uint32_t code, bool lone_return)
{
    if (code_is_control(code) || lone_return)
        return CHECK_FAULT(check, RESULT_INPUT, "expected text, got control character U+%04X",
                           code);
    if (code == '%' && check->column == 1)
        return CHECK_FAULT(check, RESULT_INPUT, "%s",
                           "directives (a line that begins with %) are not accepted");
    if (check->json)
        return check_json(check, code);
    check->quotes = code == '\'' ? check->quotes + 1 : 0;
    if (check->quotes > QUOTES_MAX)
        return CHECK_FAULT(check, RESULT_INPUT, "%s",
                           "too many single quotes in a row; put the text in double quotes");
    if (code == '\t')
        return CHECK_FAULT(check, RESULT_INPUT, "%s",
                           "expected spaces, got a tab (inside a text, write \"\\t\")");
    return RESULT_OK;
}

enum result doc_check(struct bytes text, const char *name, struct fault *fault)
{
    struct check check = {
        .name = name, .fault = fault, .line = 1, .column = 1, .json = doc_is_json(text)};
    for (size_t i = 0; i < text.len;) {
        uint32_t code = 0;
        size_t width = utf8_next(text.data + i, text.len - i, &code);
        if (width == 0)
            return CHECK_FAULT(&check, RESULT_INPUT, "expected UTF-8, got byte %02X", text.data[i]);
        bool lone_return = code == '\r' && (i + 1 == text.len || text.data[i + 1] != '\n');
        TRY(check_code(&check, code, lone_return));
        i += width;
        check.column++;
        if (code == '\n') {
            check.line++;
            check.column = 1;
        }
    }
    return RESULT_OK;
}
