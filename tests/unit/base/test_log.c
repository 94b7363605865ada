/* One event is one line, and nothing that is logged can make it two or another one. */
#include "base/log.h"
#include "suite.h"

#include <stdlib.h>

static const char head[] = "time=1970-01-01T00:00:01.000002Z level=info party=switch event=e";
static const int64_t wall_us = 1000002;

/* A log into memory. */
struct sink {
    struct log log;
    FILE *file;
    char *text;
    size_t len;
};

static void sink_open(struct sink *sink, enum log_level max)
{
    *sink = (struct sink){0};
    sink->file = open_memstream(&sink->text, &sink->len);
    CU_ASSERT_PTR_NOT_NULL_FATAL(sink->file);
    log_init(&sink->log, sink->file, "switch", max);
}

static void sink_wrote(struct sink *sink, const char *expected)
{
    fflush(sink->file);
    CU_ASSERT_STRING_EQUAL(sink->text, expected);
    log_deinit(&sink->log);
    fclose(sink->file);
    free(sink->text);
}

/* The line of one value. */
static void value_becomes(struct bytes value, const char *expected)
{
    struct sink sink;
    char line[300];
    sink_open(&sink, LOG_INFO);
    log_begin(&sink.log, LOG_INFO, wall_us, "e");
    log_bytes(&sink.log, "k", value);
    log_end(&sink.log);
    snprintf(line, sizeof line, "%s k=%s\n", head, expected);
    sink_wrote(&sink, line);
}

static void writes_a_line_of_pairs(void)
{
    struct sink sink;
    sink_open(&sink, LOG_INFO);
    log_begin(&sink.log, LOG_WARNING, INT64_C(1795420200123456), "signed_on");
    log_text(&sink.log, "peer", "issuer-a");
    log_text(&sink.log, "absent", NULL);
    log_int(&sink.log, "count", -3);
    log_format(&sink.log, "stan", "%06u", 42U);
    log_end(&sink.log);
    log_event(&sink.log, LOG_INFO, wall_us, "e", "two words");
    log_event(&sink.log, LOG_ERROR, wall_us, "e", "");
    sink_wrote(&sink, "time=2026-11-23T07:50:00.123456Z level=warning party=switch "
                      "event=signed_on peer=issuer-a count=-3 stan=000042\n"
                      "time=1970-01-01T00:00:01.000002Z level=info party=switch event=e "
                      "text=\"two words\"\n"
                      "time=1970-01-01T00:00:01.000002Z level=error party=switch event=e\n");
}

static void quotes_only_where_needed(void)
{
    value_becomes(bytes_text("plain-value:1/2"), "plain-value:1/2");
    value_becomes(bytes_text("\xE7\xBA\xA2"), "\xE7\xBA\xA2");
    value_becomes(bytes_text(""), "\"\"");
    value_becomes(bytes_text("a b"), "\"a b\"");
    value_becomes(bytes_text("a=b"), "\"a=b\"");
    value_becomes(bytes_text("say \"x\""), "\"say \\\"x\\\"\"");
    value_becomes(bytes_text("a\\b"), "\"a\\\\b\"");
}

static void nothing_from_outside_can_forge_a_line(void)
{
    value_becomes(bytes_text("x\nlevel=error"), "\"x\\nlevel=error\"");
    value_becomes(bytes_of("x\0y", 3), "\"x\\u0000y\"");
    value_becomes(bytes_text("\x1B[2J"), "\"\\u001B[2J\"");
    value_becomes(bytes_text("\xC2\x9B"), "\"\\u009B\"");
    value_becomes(bytes_of("\xFF\xFE", 2), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void leaves_out_what_is_below_its_level(void)
{
    struct sink sink;
    sink_open(&sink, LOG_WARNING);
    log_event(&sink.log, LOG_INFO, wall_us, "e", "x");
    log_event(&sink.log, LOG_DEBUG, wall_us, "e", "x");
    log_text(&sink.log, "k", "outside of a line");
    log_end(&sink.log);
    log_event(&sink.log, LOG_ERROR, wall_us, "e", "");
    sink_wrote(&sink, "time=1970-01-01T00:00:01.000002Z level=error party=switch event=e\n");
}

static void cuts_a_line_over_its_maximum_and_says_so(void)
{
    struct sink sink;
    char large[LOG_LINE_MAX];
    memset(large, 'x', sizeof large);
    sink_open(&sink, LOG_INFO);
    log_begin(&sink.log, LOG_INFO, wall_us, "e");
    log_bytes(&sink.log, "large", bytes_of(large, sizeof large));
    log_text(&sink.log, "after", "x");
    log_end(&sink.log);
    log_event(&sink.log, LOG_INFO, wall_us, "e", "");
    char expected[300];
    snprintf(expected, sizeof expected, "%s cut=true\n%s\n", head, head);
    sink_wrote(&sink, expected);
}

static void a_line_at_its_maximum_is_whole(void)
{
    for (size_t over = 0; over < 2; over++) {
        struct sink sink;
        char value[LOG_LINE_MAX];
        size_t len = LOG_LINE_MAX - strlen(" cut=true\n") - strlen(head) - strlen(" k=") + over;
        memset(value, 'x', sizeof value);
        sink_open(&sink, LOG_INFO);
        log_begin(&sink.log, LOG_INFO, wall_us, "e");
        log_bytes(&sink.log, "k", bytes_of(value, len));
        log_end(&sink.log);
        fflush(sink.file);
        CU_ASSERT_EQUAL(strstr(sink.text, "cut=true") != NULL, over == 1);
        CU_ASSERT_TRUE(sink.len <= LOG_LINE_MAX);
        log_deinit(&sink.log);
        fclose(sink.file);
        free(sink.text);
    }
}

static void levels_have_names(void)
{
    CU_ASSERT_EQUAL(log_level_find("error"), LOG_ERROR);
    CU_ASSERT_EQUAL(log_level_find("debug"), LOG_DEBUG);
    CU_ASSERT_EQUAL(log_level_find("Debug"), -1);
    CU_ASSERT_EQUAL(log_level_find(""), -1);
    CU_ASSERT_STRING_EQUAL(log_level_name(LOG_WARNING), "warning");
}

static void without_a_file_nothing_happens(void)
{
    struct log log;
    log_init(&log, NULL, "switch", LOG_DEBUG);
    log_event(&log, LOG_ERROR, wall_us, "e", "x");
    CU_ASSERT_PTR_NULL(log.line.text);
    log_deinit(&log);
    log_deinit(&log);
}

/* A file on a disk that has room for so many bytes more. */
struct small_disk {
    size_t room, len;
    char text[1000];
};

static ssize_t small_disk_write(void *context, const char *data, size_t len)
{
    struct small_disk *disk = context;
    size_t fits = len < disk->room ? len : disk->room;
    CU_ASSERT_TRUE_FATAL(disk->len + fits < sizeof disk->text);
    memcpy(disk->text + disk->len, data, fits);
    disk->len += fits;
    disk->room -= fits;
    disk->text[disk->len] = '\0';
    return fits > 0 ? (ssize_t)fits : -1;
}

static void counts_lines_that_could_not_be_written_once_one_can_again(void)
{
    struct small_disk disk = {.room = 10};
    struct log log;
    FILE *file = fopencookie(&disk, "a", (cookie_io_functions_t){.write = small_disk_write});
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    log_init(&log, file, "switch", LOG_INFO);
    for (unsigned i = 0; i < 1000; i++) /* far more than the file would keep for later */
        log_event(&log, LOG_INFO, wall_us, "e", "");
    CU_ASSERT_STRING_EQUAL(disk.text, "time=1970-");
    disk.room = 500;
    log_event(&log, LOG_INFO, wall_us, "e", "again");
    log_event(&log, LOG_INFO, wall_us, "e", "and again");
    CU_ASSERT_STRING_EQUAL(
        disk.text, "time=1970-\n"
                   "time=1970-01-01T00:00:01.000002Z level=warning party=switch event=log_lost "
                   "lines=1000\n"
                   "time=1970-01-01T00:00:01.000002Z level=info party=switch event=e text=again\n"
                   "time=1970-01-01T00:00:01.000002Z level=info party=switch event=e "
                   "text=\"and again\"\n");
    log_deinit(&log);
    fclose(file);
}

SUITE(CASE(counts_lines_that_could_not_be_written_once_one_can_again), CASE(writes_a_line_of_pairs),
      CASE(quotes_only_where_needed), CASE(nothing_from_outside_can_forge_a_line),
      CASE(leaves_out_what_is_below_its_level), CASE(cuts_a_line_over_its_maximum_and_says_so),
      CASE(a_line_at_its_maximum_is_whole), CASE(levels_have_names),
      CASE(without_a_file_nothing_happens))
