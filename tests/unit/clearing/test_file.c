/* Reading clearing files back: whole ones, and ones that somebody has touched. */
#include "clearing/fixture.h"

#include "clearing/file.h"
#include "clearing/manifest.h"
#include "clearing/publication.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

/* The small day, cut; one of its files in memory, to be changed. */
struct subject {
    struct scratch scratch;
    char path[SCRATCH_PATH_MAX];
    char *text;
    size_t len;
};

static void subject_open(struct subject *subject, const char *name)
{
    struct day day;
    struct fault fault = {RESULT_OK, ""};
    scratch_make(&subject->scratch);
    day_write(&day);
    write_cut(day.store, DAY);
    must(cut_day(day.store, &subject->scratch, &fault), &fault);
    store_close(day.store);
    scratch_file(&subject->scratch, name, subject->path);
    subject->text = load(subject->path, &subject->len);
}

static void subject_close(struct subject *subject)
{
    free(subject->text);
    scratch_remove(&subject->scratch);
}

struct seen {
    uint64_t rows, stop_after;
    int64_t amount_minor;
};

static bool see_row(void *context, const struct row *row, uint64_t line)
{
    struct seen *seen = context;
    seen->rows++;
    seen->amount_minor += row->operation.amount_minor;
    CU_ASSERT_EQUAL(line, seen->rows);
    return seen->rows != seen->stop_after;
}

static bool count_row(void *context, const struct row *row, uint64_t line)
{
    uint64_t *rows = context;
    (void)line;
    ++*rows;
    CU_ASSERT_EQUAL(row->operation.amount_minor, 9);
    return true;
}

static enum result read_back(const struct subject *subject, struct clearing_file *file,
                             struct seen *seen, struct fault *fault)
{
    save(subject->path, subject->text, subject->len);
    return clearing_file_read(subject->path, shipped_layouts(), see_row, seen, file, fault);
}

static void expect_bad(const struct subject *subject, const char *part)
{
    struct clearing_file file;
    struct seen seen = {0};
    struct fault fault = {RESULT_OK, ""};
    CU_ASSERT_EQUAL(read_back(subject, &file, &seen, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, part);
}

static const char ISSUER_FILE[] = "20261231/00095550001/IND26123101ICOM";

static void reads_every_row_and_says_whose_it_is(void)
{
    struct subject subject;
    struct clearing_file file;
    struct seen seen = {0};
    struct fault fault = {RESULT_OK, ""};
    subject_open(&subject, ISSUER_FILE);
    must(read_back(&subject, &file, &seen, &fault), &fault);
    CU_ASSERT_EQUAL(seen.rows, 3);
    CU_ASSERT_EQUAL(seen.amount_minor, 48888);
    CU_ASSERT_EQUAL(file.institution, HARBOUR);
    CU_ASSERT_EQUAL(file.settlement_date, DAY);
    CU_ASSERT_EQUAL(file.totals.debit_minor, 48888);
    CU_ASSERT_EQUAL(file.records, 4);
    subject_close(&subject);
}

static void stops_when_told(void)
{
    struct subject subject;
    struct clearing_file file;
    struct seen seen = {.stop_after = 2};
    struct fault fault = {RESULT_OK, ""};
    subject_open(&subject, ISSUER_FILE);
    subject.text[subject.len - 3] = '?'; /* in the trailer, which is not reached */
    must(read_back(&subject, &file, &seen, &fault), &fault);
    CU_ASSERT_EQUAL(seen.rows, 2);
    subject_close(&subject);
}

static void a_flipped_byte_of_a_detail_is_found_with_line_and_byte(void)
{
    struct subject subject;
    subject_open(&subject, ISSUER_FILE);
    subject.text[501 + 26] ^= 0x40; /* second line, a digit of the STAN */
    expect_bad(&subject, "IND26123101ICOM:2: byte 24: stan: expected a value of stan, got `00");
    subject_close(&subject);
}

static void every_bit_of_a_position_file_is_guarded(void)
{
    struct subject subject;
    struct clearing_file file;
    struct fault fault = {RESULT_OK, ""};
    enum { CURRENCY = 115, TRAILER = 121 }; /* where they start */
    unsigned missed = 0;
    subject_open(&subject, "20261231/00095550001/IND26123186POS");
    for (size_t bit = 0; bit < subject.len * 8; bit++) {
        struct seen seen = {0};
        subject.text[bit / 8] ^= (char)(1 << bit % 8);
        /* Whose file it is, the century, whose position and in what money are compared with nothing
         * here. */
        size_t at = bit / 8, in_trailer = at - TRAILER;
        bool is_free = at < 20 || (at >= CURRENCY && at < CURRENCY + 3) ||
                       (in_trailer >= 6 && in_trailer < 17) ||
                       (in_trailer >= 18 && in_trailer < 20);
        missed += read_back(&subject, &file, &seen, &fault) == RESULT_OK && !is_free;
        subject.text[bit / 8] ^= (char)(1 << bit % 8);
    }
    CU_ASSERT_EQUAL(missed, 0);
    subject_close(&subject);
}

static void an_amount_that_was_changed_is_found_by_the_total(void)
{
    struct subject subject;
    subject_open(&subject, ISSUER_FILE);
    subject.text[68] = '9'; /* first line: 200.00 becomes 9,200.00 */
    expect_bad(&subject, "IND26123101ICOM:4: the details sum up to something else: byte 59: "
                         "debit_amount: expected `0000000000948888`, got `0000000000048888`");
    subject_close(&subject);
}

static void a_missing_detail_is_found_by_the_count(void)
{
    struct subject subject;
    subject_open(&subject, ISSUER_FILE);
    memmove(subject.text, subject.text + 501, subject.len - 501);
    subject.len -= 501;
    expect_bad(&subject, "IND26123101ICOM:3: the details sum up to something else: byte 36: count: "
                         "expected `0000000002`, got `0000000003`");
    subject_close(&subject);
}

static void a_truncated_file_is_found_wherever_it_ends(void)
{
    struct subject subject;
    struct clearing_file file;
    struct fault fault = {RESULT_OK, ""};
    subject_open(&subject, ISSUER_FILE);
    size_t whole = subject.len;
    unsigned missed = 0;
    for (subject.len = 0; subject.len < whole; subject.len += 7) {
        struct seen seen = {0};
        missed += read_back(&subject, &file, &seen, &fault) == RESULT_OK;
    }
    CU_ASSERT_EQUAL(missed, 0);
    subject.len = 0;
    expect_bad(&subject,
               "IND26123101ICOM:1: byte 0: expected another record, got the end of the file");
    subject.len = 501 + 200;
    expect_bad(&subject, "IND26123101ICOM:2: byte 200: expected the end of the line behind 131 "
                         "characters, got the end of the file");
    subject.len = 2 * 501;
    expect_bad(&subject, "IND26123101ICOM:2: byte 0: record: expected `TOTAL`, got `00091`");
    subject_close(&subject);
}

static void something_behind_the_trailer_is_found(void)
{
    struct subject subject;
    subject_open(&subject, ISSUER_FILE);
    memcpy(subject.text + subject.len, subject.text, 501);
    subject.len += 501;
    expect_bad(&subject, "IND26123101ICOM:4: byte 11: expected the separator before forwarder");
    subject_close(&subject);
}

static void another_line_end_is_found(void)
{
    struct subject subject;
    subject_open(&subject, ISSUER_FILE);
    memmove(subject.text + 501, subject.text + 500, subject.len - 500);
    subject.text[500] = '\r';
    subject.len++;
    expect_bad(&subject, "IND26123101ICOM:1: byte 500: expected the end of the line, got 1 more");
    subject_close(&subject);
}

static void a_line_without_end_is_refused(void)
{
    struct subject subject;
    subject_open(&subject, ISSUER_FILE);
    memset(subject.text, '0', 5000);
    subject.len = 5000;
    expect_bad(&subject, "IND26123101ICOM:1: byte 500: expected the end of the line, got more");
    subject_close(&subject);
}

static void a_trailer_of_another_date_is_refused(void)
{
    struct subject subject;
    subject_open(&subject, ISSUER_FILE);
    subject.text[3 * 501 + 25] = '0'; /* 20261230 */
    expect_bad(&subject, "IND26123101ICOM:4: it is of another date than the file's name");
    subject_close(&subject);
}

static void a_header_is_the_first_line_and_speaks_for_the_trailer(void)
{
    static const char layout[] =
        "layout: t\ncontent: acquirer\nfile: T{yymmdd}\n"
        "header:\n  - {source: constant, width: 1, value: H}\n  - {source: institution, width: 4}\n"
        "detail:\n  - {source: amount, width: 4}\n"
        "trailer:\n  - {source: institution, width: 4}\n  - {source: count, width: 2}\n";
    static const struct {
        const char *text, *part; /* NULL: good */
    } cases[] = {
        {"H0007\n0009\n000701\n", NULL},
        {"H0007\n000700\n", NULL},
        {"H0007\n", ":2: byte 0: expected another record"},
        {"0009\n000701\n", ":1: byte 0: constant: expected `H`, got `0`"},
        {"H0007\n0009\n000801\n", ":3: it is of another institution than the header"},
        {"H0007\n0009\n000702\n", ":3: the details sum up to something else: byte 5: count"},
    };
    struct scratch scratch;
    struct layout_set set;
    struct clearing_file file;
    struct fault fault = {RESULT_OK, ""};
    char path[SCRATCH_PATH_MAX];
    scratch_make(&scratch);
    save(scratch_file(&scratch, "t.yaml", path), layout, strlen(layout));
    must(layout_set_load(scratch.path, &set, &fault), &fault);
    scratch_file(&scratch, "T261231", path);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t rows = 0;
        save(path, cases[i].text, strlen(cases[i].text));
        enum result result = clearing_file_read(path, &set, count_row, &rows, &file, &fault);
        CU_ASSERT_EQUAL(result, cases[i].part == NULL ? RESULT_OK : RESULT_INPUT);
        if (cases[i].part != NULL)
            ASSERT_CONTAINS(fault.text, cases[i].part);
        else
            CU_ASSERT_EQUAL(file.institution, 7);
    }
    layout_set_free(&set);
    scratch_remove(&scratch);
}

static void a_name_that_no_layout_writes_is_refused(void)
{
    struct clearing_file file;
    struct seen seen = {0};
    struct fault fault = {RESULT_OK, ""};
    CU_ASSERT_EQUAL(
        clearing_file_read("/tmp/readme.txt", shipped_layouts(), see_row, &seen, &file, &fault),
        RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "/tmp/readme.txt: no layout writes a file of this name");
    CU_ASSERT_EQUAL(clearing_file_read("/nowhere/IND26123101ICOM", shipped_layouts(), see_row,
                                       &seen, &file, &fault),
                    RESULT_IO);
}

/* --- the manifest ----------------------------------------------------------------------------- */

static enum result check_manifest(const struct subject *subject, const char *name,
                                  struct fault *fault)
{
    char path[SCRATCH_PATH_MAX];
    return manifest_check(scratch_file(&subject->scratch, name, path), NULL, 0, NULL, fault);
}

static void a_manifest_finds_what_the_totals_do_not(void)
{
    struct subject subject;
    struct fault fault = {RESULT_OK, ""};
    subject_open(&subject, ISSUER_FILE);
    must(check_manifest(&subject, "20261231/manifest.json", &fault), &fault);
    must(check_manifest(&subject, "20261231/00095550001/manifest.json", &fault), &fault);
    subject.text[29] = '9'; /* another STAN, as good as the first */
    save(subject.path, subject.text, subject.len);
    CU_ASSERT_EQUAL(check_manifest(&subject, "20261231/00095550001/manifest.json", &fault),
                    RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "IND26123101ICOM: it is not the file that manifest.json tells of");
    save(subject.path, subject.text, subject.len - 1);
    CU_ASSERT_EQUAL(check_manifest(&subject, "20261231/manifest.json", &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "IND26123101ICOM: expected 1635 bytes");
    unlink(subject.path);
    CU_ASSERT_EQUAL(check_manifest(&subject, "20261231/manifest.json", &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "IND26123101ICOM: No such file");
    subject_close(&subject);
}

static void a_manifest_believes_what_was_seen_of_a_file(void)
{
    struct subject subject;
    struct fault fault = {RESULT_OK, ""};
    struct clearing_file file;
    struct digest *digest;
    struct manifest_seen seen = {0};
    char path[SCRATCH_PATH_MAX];
    struct seen rows = {0};
    subject_open(&subject, ISSUER_FILE);
    const char *const files[] = {subject.path};
    scratch_file(&subject.scratch, "20261231/00095550001/manifest.json", path);
    must(digest_open(&digest, &fault), &fault);
    must(clearing_file_read_hashed(subject.path, shipped_layouts(), digest, see_row, &rows, &file,
                                   &fault),
         &fault);
    seen = manifest_seen_of(&file);
    CU_ASSERT_EQUAL(file.bytes, subject.len);
    must(manifest_check(path, files, 1, &seen, &fault), &fault);
    seen.sha256[31] ^= 1;
    CU_ASSERT_EQUAL(manifest_check(path, files, 1, &seen, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "IND26123101ICOM: it is not the file that manifest.json tells of");
    seen.bytes--;
    CU_ASSERT_EQUAL(manifest_check(path, files, 1, &seen, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "IND26123101ICOM: expected ");
    digest_close(digest);
    subject_close(&subject);
}

static void a_manifest_cannot_lead_out_of_its_folder(void)
{
    static const char *const names[] = {"../secret", "/etc/passwd", "a/../b", "a/b/c",
                                        ".hidden",   "beside_it",   "a/"};
    struct scratch scratch;
    struct fault fault = {RESULT_OK, ""};
    char path[SCRATCH_PATH_MAX], text[512];
    scratch_make(&scratch);
    scratch_file(&scratch, "manifest.json", path);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int len = snprintf(text, sizeof text,
                           "{\"settlement_date\":20261231,\"switch\":\"10000\",\"files\":[{"
                           "\"file\":\"%s\",\"records\":1,"
                           "\"bytes\":1,\"debit_minor\":0,\"credit_minor\":0,\"sha256\":"
                           "\"%064d\"}]}",
                           names[i], 0);
        save(path, text, (size_t)len);
        CU_ASSERT_EQUAL(manifest_check(path, NULL, 0, NULL, &fault), RESULT_INPUT);
        ASSERT_CONTAINS(fault.text, "expected a file of this folder");
    }
    save(path, "{\"files\":[]}", 12);
    CU_ASSERT_EQUAL(manifest_check(path, NULL, 0, NULL, &fault), RESULT_INPUT);
    scratch_remove(&scratch);
    CU_ASSERT_EQUAL(manifest_check(path, NULL, 0, NULL, &fault), RESULT_IO);
}

/* --- the folder that appears whole ------------------------------------------------------------ */

static void write_inside(struct publication *publication, const char *path)
{
    int fd = openat(publication->root, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CU_ASSERT_TRUE_FATAL(fd >= 0);
    close(fd);
}

static void what_is_not_published_is_not_there(void)
{
    struct scratch scratch;
    struct publication publication;
    struct fault fault = {RESULT_OK, ""};
    scratch_make(&scratch);
    must(publication_open(&publication, scratch.path, "day", &fault), &fault);
    must(publication_folder(&publication, "one", &fault), &fault);
    must(publication_folder(&publication, "one", &fault), &fault);
    write_inside(&publication, "one/file");
    CU_ASSERT_FALSE(is_there(&scratch, "day"));
    publication_close(&publication);
    CU_ASSERT_FALSE(is_there(&scratch, "day"));
    CU_ASSERT_FALSE(is_there(&scratch, ".day.partial"));
    scratch_remove(&scratch);
}

static void what_a_killed_run_left_is_cleared_by_the_next(void)
{
    struct scratch scratch;
    struct publication killed, next;
    struct fault fault = {RESULT_OK, ""};
    scratch_make(&scratch);
    must(publication_open(&killed, scratch.path, "day", &fault), &fault);
    must(publication_folder(&killed, "one", &fault), &fault);
    write_inside(&killed, "one/file");
    close(killed.root); /* as the end of its process does */
    close(killed.out);
    CU_ASSERT_TRUE(is_there(&scratch, ".day.partial/one/file"));
    must(publication_open(&next, scratch.path, "day", &fault), &fault);
    CU_ASSERT_FALSE(is_there(&scratch, ".day.partial/one"));
    write_inside(&next, "mark");
    must(publication_publish(&next, "mark", &fault), &fault);
    publication_close(&next);
    CU_ASSERT_TRUE(is_there(&scratch, "day/mark"));
    CU_ASSERT_FALSE(is_there(&scratch, ".day.partial"));
    scratch_remove(&scratch);
}

static void a_folder_of_somebody_elses_is_not_replaced(void)
{
    struct scratch scratch;
    struct publication publication;
    struct fault fault = {RESULT_OK, ""};
    char path[SCRATCH_PATH_MAX];
    scratch_make(&scratch);
    CU_ASSERT_EQUAL_FATAL(mkdir(scratch_file(&scratch, "day", path), 0700), 0);
    save(scratch_file(&scratch, "day/letters", path), "mine", 4);
    must(publication_open(&publication, scratch.path, "day", &fault), &fault);
    write_inside(&publication, "mark");
    CU_ASSERT_EQUAL(publication_publish(&publication, "mark", &fault), RESULT_STATE);
    ASSERT_CONTAINS(fault.text, "without a mark, which is not replaced");
    publication_close(&publication);
    CU_ASSERT_TRUE(is_there(&scratch, "day/letters"));
    scratch_remove(&scratch);
}

static void a_link_with_the_name_of_the_folder_is_refused_at_the_beginning(void)
{
    struct scratch scratch;
    struct publication publication;
    struct fault fault = {RESULT_OK, ""};
    char path[SCRATCH_PATH_MAX], other[SCRATCH_PATH_MAX];
    scratch_make(&scratch);
    CU_ASSERT_EQUAL_FATAL(mkdir(scratch_file(&scratch, "elsewhere", other), 0700), 0);
    save(scratch_file(&scratch, "elsewhere/mark", path), "mine", 4);
    CU_ASSERT_EQUAL_FATAL(symlink("elsewhere", scratch_file(&scratch, "day", path)), 0);
    CU_ASSERT_EQUAL(publication_open(&publication, scratch.path, "day", &fault), RESULT_STATE);
    ASSERT_CONTAINS(fault.text, path);
    ASSERT_CONTAINS(fault.text, "is a symbolic link and no folder: it is not replaced");
    CU_ASSERT_FALSE(is_there(&scratch, ".day.partial"));
    CU_ASSERT_EQUAL_FATAL(unlink(path), 0);
    save(path, "mine", 4);
    CU_ASSERT_EQUAL(publication_open(&publication, scratch.path, "day", &fault), RESULT_STATE);
    ASSERT_CONTAINS(fault.text, "is a file and no folder");
    CU_ASSERT_EQUAL_FATAL(unlink(path), 0);
    /* One that was put in our own place is ours to remove; what it points to is not. */
    CU_ASSERT_EQUAL_FATAL(symlink("elsewhere", scratch_file(&scratch, ".day.partial", path)), 0);
    must(publication_open(&publication, scratch.path, "day", &fault), &fault);
    write_inside(&publication, "mark");
    /* And one that came meanwhile. */
    CU_ASSERT_EQUAL_FATAL(symlink("elsewhere", scratch_file(&scratch, "day", path)), 0);
    CU_ASSERT_EQUAL(publication_publish(&publication, "mark", &fault), RESULT_STATE);
    CU_ASSERT_EQUAL_FATAL(unlink(path), 0);
    must(publication_publish(&publication, "mark", &fault), &fault);
    publication_close(&publication);
    CU_ASSERT_TRUE(is_there(&scratch, "day/mark"));
    CU_ASSERT_TRUE(is_there(&scratch, "elsewhere/mark"));
    CU_ASSERT_FALSE(is_there(&scratch, ".day.partial"));
    scratch_remove(&scratch);
}

static void two_do_not_write_in_one_folder(void)
{
    struct scratch scratch;
    struct publication first, second;
    struct fault fault = {RESULT_OK, ""};
    scratch_make(&scratch);
    must(publication_open(&first, scratch.path, "day", &fault), &fault);
    CU_ASSERT_EQUAL(publication_open(&second, scratch.path, "day", &fault), RESULT_STATE);
    ASSERT_CONTAINS(fault.text, "another process is writing clearing files there");
    publication_close(&second);
    publication_close(&first);
    CU_ASSERT_EQUAL(publication_open(&first, "/nowhere/at/all", "day", &fault), RESULT_IO);
    scratch_remove(&scratch);
}

SUITE(CASE(reads_every_row_and_says_whose_it_is), CASE(stops_when_told),
      CASE(a_flipped_byte_of_a_detail_is_found_with_line_and_byte),
      CASE(every_bit_of_a_position_file_is_guarded),
      CASE(an_amount_that_was_changed_is_found_by_the_total),
      CASE(a_missing_detail_is_found_by_the_count),
      CASE(a_truncated_file_is_found_wherever_it_ends), CASE(something_behind_the_trailer_is_found),
      CASE(another_line_end_is_found), CASE(a_line_without_end_is_refused),
      CASE(a_trailer_of_another_date_is_refused),
      CASE(a_header_is_the_first_line_and_speaks_for_the_trailer),
      CASE(a_name_that_no_layout_writes_is_refused), CASE(a_manifest_finds_what_the_totals_do_not),
      CASE(a_manifest_believes_what_was_seen_of_a_file),
      CASE(a_manifest_cannot_lead_out_of_its_folder), CASE(what_is_not_published_is_not_there),
      CASE(what_a_killed_run_left_is_cleared_by_the_next),
      CASE(a_folder_of_somebody_elses_is_not_replaced),
      CASE(a_link_with_the_name_of_the_folder_is_refused_at_the_beginning),
      CASE(two_do_not_write_in_one_folder))
