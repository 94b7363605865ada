/* The examples of the schema pages are what the readers accept. */
#include "base/strbuf.h"
#include "lab/day.h"
#include "suite.h"

#include <stdio.h>

enum { PAGE_MAX = 1 << 20 };

#define DOCS_DIR SPECS_DIR "/../docs"

static struct strbuf page(const char *path)
{
    struct strbuf text;
    strbuf_init(&text, PAGE_MAX);
    FILE *file = fopen(path, "rbe");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    char part[4096];
    for (size_t len; (len = fread(part, 1, sizeof part, file)) > 0;)
        strbuf_add(&text, part, len);
    fclose(file);
    CU_ASSERT_FATAL(!text.bad && text.len > 0);
    return text;
}

/* The first block of YAML on the page. */
static struct bytes example(const struct strbuf *text)
{
    static const char begin[] = "```yaml\n";
    const char *at = strstr(text->text, begin);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    at += strlen(begin);
    const char *end = strstr(at, "```");
    CU_ASSERT_PTR_NOT_NULL_FATAL(end);
    return bytes_of(at, (size_t)(end - at));
}

static void reads_the_lab_and_the_day_of_the_schema_pages(void)
{
    struct strbuf labs = page(DOCS_DIR "/lab-files.md");
    struct strbuf days = page(DOCS_DIR "/day-files.md");
    struct lab *lab = NULL;
    struct day *day = NULL;
    struct fault fault = {0};
    if (lab_parse(example(&labs), "lab-files.md", &lab, &fault) != RESULT_OK ||
        day_parse(example(&days), "day-files.md", lab, &day, &fault) != RESULT_OK)
        ASSERT_CONTAINS(fault.text, "no fault at all");
    CU_ASSERT_PTR_NOT_NULL(lab);
    CU_ASSERT_PTR_NOT_NULL(day);
    day_free(day);
    lab_free(lab);
    strbuf_deinit(&days);
    strbuf_deinit(&labs);
}

/* Whatever a lab file may say is written out by lab_format(): each of those keys has its page. */
static void explains_every_key_of_a_lab(void)
{
    struct strbuf labs = page(DOCS_DIR "/lab-files.md");
    struct strbuf text;
    struct lab *lab = NULL;
    struct fault fault = {0};
    CU_ASSERT_EQUAL_FATAL(lab_load(SPECS_DIR "/labs/demo.yaml", &lab, &fault), RESULT_OK);
    strbuf_init(&text, LAB_TEXT_MAX);
    lab_format(lab, &text);
    CU_ASSERT_FATAL(!text.bad);
    unsigned keys = 0;
    for (const char *at = text.text; (at = strstr(at, ": ")) != NULL; at += 2) {
        const char *key = at;
        while (key > text.text && ((key[-1] >= 'a' && key[-1] <= 'z') || key[-1] == '_'))
            key--;
        char quoted[64];
        int len = snprintf(quoted, sizeof quoted, "`%.*s`", (int)(at - key), key);
        if (len <= 2 || (size_t)len >= sizeof quoted)
            continue;
        keys++;
        if (strstr(labs.text, quoted) == NULL)
            ASSERT_CONTAINS("lab-files.md", quoted);
    }
    CU_ASSERT_TRUE(keys > 100);
    strbuf_deinit(&text);
    strbuf_deinit(&labs);
    lab_free(lab);
}

SUITE(CASE(reads_the_lab_and_the_day_of_the_schema_pages), CASE(explains_every_key_of_a_lab))
