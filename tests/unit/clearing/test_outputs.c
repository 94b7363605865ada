/* Files written beside each other: their bytes and digests, more of them than may be open, and what
 * goes wrong in the thread. */
#include "clearing/outputs.h"

#include "base/random.h"
#include "clearing/fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PART_MAX = 40000 };

struct writing {
    struct scratch scratch;
    int root;
    struct outputs *outputs;
    size_t count;
    struct outputs_file *files;
};

static void name_of(size_t which, char name[16])
{
    snprintf(name, 16, "file-%03zu", which);
}

static struct writing begin(size_t count)
{
    struct writing writing = {.count = count};
    struct fault fault = {RESULT_OK, ""};
    char name[16];
    scratch_make(&writing.scratch);
    writing.root = open(writing.scratch.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    writing.files = calloc(count, sizeof *writing.files);
    CU_ASSERT_PTR_NOT_NULL_FATAL(writing.files);
    must(outputs_open(writing.root, &writing.outputs, &fault), &fault);
    for (size_t i = 0; i < count; i++) {
        name_of(i, name);
        must(outputs_file_open(&writing.files[i], writing.outputs, name, &fault), &fault);
    }
    return writing;
}

static void end(struct writing *writing)
{
    outputs_close(writing->outputs);
    for (size_t i = 0; i < writing->count; i++)
        outputs_file_deinit(&writing->files[i]);
    free(writing->files);
    close(writing->root);
    scratch_remove(&writing->scratch);
}

/* The bytes of a file: its own, and never the same for long. */
static void make_part(uint8_t *part, size_t len, size_t which, uint64_t at)
{
    for (size_t i = 0; i < len; i++)
        part[i] = (uint8_t)((at + i) % 251 ^ which);
}

static void expect_file(const struct writing *writing, size_t which, struct digest *digest)
{
    static uint8_t part[PART_MAX], expected[PART_MAX];
    const struct outputs_file *file = &writing->files[which];
    uint8_t sha256[DIGEST_LEN];
    char name[16];
    uint64_t at = 0;
    ssize_t got;
    name_of(which, name);
    int fd = openat(writing->root, name, O_RDONLY | O_CLOEXEC);
    CU_ASSERT_FATAL(fd >= 0);
    digest_init(digest);
    while ((got = read(fd, part, sizeof part)) > 0) {
        make_part(expected, (size_t)got, which, at);
        CU_ASSERT_EQUAL(memcmp(part, expected, (size_t)got), 0);
        digest_update(digest, bytes_of(part, (size_t)got));
        at += (uint64_t)got;
    }
    digest_final(digest, sha256);
    CU_ASSERT_EQUAL(at, file->bytes);
    CU_ASSERT_EQUAL(memcmp(sha256, file->sha256, sizeof sha256), 0);
    close(fd);
}

/* So many parts of any length into any of the files, and what is in them then. */
static void write_parts(size_t files, size_t parts)
{
    static uint8_t part[PART_MAX];
    struct writing writing = begin(files);
    struct random random = random_seeded(files);
    struct fault fault = {RESULT_OK, ""};
    struct digest *digest;
    for (size_t i = 0; i < parts; i++) {
        size_t which = (size_t)random_below(&random, files);
        size_t len = (size_t)random_below(&random, PART_MAX);
        make_part(part, len, which, writing.files[which].bytes);
        must(outputs_file_add(&writing.files[which], part, len, &fault), &fault);
    }
    for (size_t i = 0; i < files; i++)
        must(outputs_file_end(&writing.files[i], &fault), &fault);
    must(outputs_finish(writing.outputs, &fault), &fault);
    must(digest_open(&digest, &fault), &fault);
    for (size_t i = 0; i < files; i++)
        expect_file(&writing, i, digest);
    digest_close(digest);
    end(&writing);
}

static void one_file_has_all_bytes_in_order(void)
{
    write_parts(1, 1000);
}

static void many_files_keep_their_bytes_apart(void)
{
    write_parts(7, 1500);
}

static void more_files_than_may_be_open_are_opened_again(void)
{
    write_parts(OUTPUTS_OPEN_MAX + 70, 4000);
}

static void an_empty_file_is_made(void)
{
    write_parts(3, 0);
}

static void a_file_that_is_there_already_is_told(void)
{
    struct writing writing = begin(2);
    struct fault fault = {RESULT_OK, ""};
    char path[SCRATCH_PATH_MAX];
    save(scratch_file(&writing.scratch, "file-001", path), "x", 1);
    must(outputs_file_add(&writing.files[1], "y", 1, &fault), &fault);
    must(outputs_file_end(&writing.files[1], &fault), &fault);
    CU_ASSERT_EQUAL(outputs_finish(writing.outputs, &fault), RESULT_IO);
    CU_ASSERT_STRING_EQUAL(fault.text, "file-001: File exists");
    end(&writing);
}

static void what_was_not_written_is_given_back(void)
{
    struct writing writing = begin(4);
    static uint8_t part[PART_MAX];
    struct fault fault = {RESULT_OK, ""};
    for (size_t i = 0; i < 400; i++)
        must(outputs_file_add(&writing.files[i % 4], part, sizeof part, &fault), &fault);
    end(&writing);
}

SUITE(CASE(one_file_has_all_bytes_in_order), CASE(many_files_keep_their_bytes_apart),
      CASE(more_files_than_may_be_open_are_opened_again), CASE(an_empty_file_is_made),
      CASE(a_file_that_is_there_already_is_told), CASE(what_was_not_written_is_given_back))
