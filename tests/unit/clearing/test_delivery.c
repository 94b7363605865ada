/* What is known of deliveries, as it is kept beside a set; and verifying a set file by file. */
#include "clearing/fixture.h"

#include "clearing/delivery.h"
#include "clearing/verification.h"

#include <sys/stat.h>

struct subject {
    struct scratch scratch;
    struct day day;
    char folder[SCRATCH_PATH_MAX];
    struct deliveries *deliveries;
};

static void subject_open(struct subject *subject)
{
    struct fault fault = {RESULT_OK, ""};
    scratch_make(&subject->scratch);
    day_write(&subject->day);
    write_cut(subject->day.store, DAY);
    must(cut_day(subject->day.store, &subject->scratch, &fault), &fault);
    scratch_file(&subject->scratch, "20261231", subject->folder);
    subject->deliveries = calloc(1, sizeof *subject->deliveries);
    CU_ASSERT_PTR_NOT_NULL_FATAL(subject->deliveries);
}

static void subject_close(struct subject *subject)
{
    free(subject->deliveries);
    store_close(subject->day.store);
    scratch_remove(&subject->scratch);
}

static void load_deliveries(struct subject *subject)
{
    struct fault fault = {RESULT_OK, ""};
    must(deliveries_load(subject->folder, subject->deliveries, &fault), &fault);
}

/* --- deliveries --------------------------------------------------------------------------------
 */

static void everybody_but_the_switch_is_due_at_first(void)
{
    struct subject subject;
    subject_open(&subject);
    load_deliveries(&subject);
    const struct deliveries *deliveries = subject.deliveries;
    CU_ASSERT_EQUAL(deliveries->date, DAY);
    CU_ASSERT_EQUAL_FATAL(deliveries->count, 4);
    const uint64_t parties[] = {ALPHA, BETA, HARBOUR, JADE};
    for (size_t i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(deliveries->list[i].institution, parties[i]);
        CU_ASSERT_EQUAL(deliveries->list[i].state, DELIVERY_DUE);
    }
    CU_ASSERT_STRING_EQUAL(deliveries->command, "");
    subject_close(&subject);
}

static void what_is_kept_is_read_back(void)
{
    struct subject subject;
    struct fault fault = {RESULT_OK, ""};
    subject_open(&subject);
    load_deliveries(&subject);
    struct deliveries *deliveries = subject.deliveries;
    snprintf(deliveries->command, sizeof deliveries->command, "/bin/\"send\" \xE5\xB7\xA5");
    deliveries->limit_s = 60;
    deliveries->list[0].state = DELIVERY_DONE;
    deliveries->list[0].tries = 2;
    deliveries->list[0].at_us = 1798761600000001;
    deliveries->list[1].state = DELIVERY_FAILED;
    deliveries->list[1].status = 7;
    snprintf(deliveries->list[1].reason, sizeof deliveries->list[1].reason, "exit 7");
    snprintf(deliveries->list[1].said, sizeof deliveries->list[1].said, "no \\ \"route\"");
    deliveries->list[2].state = DELIVERY_STARTED;
    deliveries->list[2].signum = 9;
    must(deliveries_save(deliveries, &fault), &fault);
    struct deliveries *kept = calloc(1, sizeof *kept);
    CU_ASSERT_PTR_NOT_NULL_FATAL(kept);
    must(deliveries_load(subject.folder, kept, &fault), &fault);
    CU_ASSERT_STRING_EQUAL(kept->command, deliveries->command);
    CU_ASSERT_EQUAL(kept->limit_s, 60);
    for (size_t i = 0; i < 4; i++) {
        const struct delivery *one = &kept->list[i], *other = &deliveries->list[i];
        CU_ASSERT_EQUAL(one->state, other->state);
        CU_ASSERT_EQUAL(one->tries, other->tries);
        CU_ASSERT_EQUAL(one->at_us, other->at_us);
        CU_ASSERT_EQUAL(one->status, other->status);
        CU_ASSERT_EQUAL(one->signum, other->signum);
        CU_ASSERT_STRING_EQUAL(one->reason, other->reason);
        CU_ASSERT_STRING_EQUAL(one->said, other->said);
    }
    CU_ASSERT_FALSE(is_there(&subject.scratch, "20261231.delivery.json.partial"));
    free(kept);
    subject_close(&subject);
}

static void other_files_are_due_again(void)
{
    struct subject subject;
    struct fault fault = {RESULT_OK, ""};
    subject_open(&subject);
    load_deliveries(&subject);
    for (size_t i = 0; i < 4; i++)
        subject.deliveries->list[i].state = DELIVERY_DONE;
    must(deliveries_save(subject.deliveries, &fault), &fault);
    must(cut_day(subject.day.store, &subject.scratch, &fault), &fault);
    load_deliveries(&subject);
    CU_ASSERT_EQUAL(subject.deliveries->list[3].state, DELIVERY_DONE); /* the same bytes */
    char path[SCRATCH_PATH_MAX];
    size_t len;
    char *text =
        load(scratch_file(&subject.scratch, "20261231/00095550002/manifest.json", path), &len);
    save(path, text, len - 1);
    free(text);
    load_deliveries(&subject);
    CU_ASSERT_EQUAL(subject.deliveries->list[2].state, DELIVERY_DONE);
    CU_ASSERT_EQUAL(subject.deliveries->list[3].state, DELIVERY_DUE);
    subject_close(&subject);
}

static void a_record_that_is_none_of_ours_is_refused(void)
{
    static const char *const texts[] = {
        "",
        "[]",
        "{\"settlement_date\":20261231}",
        "{\"settlement_date\":20261231,\"deliveries\":[{}]}",
        "{\"settlement_date\":20261231,\"deliveries\":[],\"more\":1}",
        "{\"settlement_date\":20261231,\"deliveries\":[{\"state\":\"sent\"}]}",
    };
    struct subject subject;
    struct fault fault = {RESULT_OK, ""};
    char path[SCRATCH_PATH_MAX];
    subject_open(&subject);
    scratch_file(&subject.scratch, "20261231.delivery.json", path);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        save(path, texts[i], strlen(texts[i]));
        CU_ASSERT_EQUAL(deliveries_load(subject.folder, subject.deliveries, &fault), RESULT_INPUT);
        ASSERT_CONTAINS(fault.text, "20261231.delivery.json");
    }
    subject_close(&subject);
}

static void a_folder_that_is_no_date_is_refused(void)
{
    struct subject subject;
    struct fault fault = {RESULT_OK, ""};
    char path[SCRATCH_PATH_MAX];
    subject_open(&subject);
    scratch_file(&subject.scratch, "20261231/00095550001", path);
    CU_ASSERT_EQUAL(deliveries_load(path, subject.deliveries, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "it is one party's, not a date's");
    CU_ASSERT_EQUAL(deliveries_load(subject.scratch.path, subject.deliveries, &fault), RESULT_IO);
    CU_ASSERT_EQUAL(deliveries_load("/nowhere", subject.deliveries, &fault), RESULT_IO);
    CU_ASSERT_EQUAL(deliveries_load("/", subject.deliveries, &fault), RESULT_INPUT);
    subject_close(&subject);
}

/* --- verifying ---------------------------------------------------------------------------------
 */

static enum result verify(const struct subject *subject, const char *name,
                          struct verification *verification, struct fault *fault)
{
    char path[SCRATCH_PATH_MAX];
    return clearing_verify(scratch_file(&subject->scratch, name, path), shipped_layouts(), NULL,
                           verification, fault);
}

static void a_whole_set_is_good(void)
{
    struct subject subject;
    struct verification verification;
    struct fault fault = {RESULT_OK, ""};
    subject_open(&subject);
    must(verify(&subject, "20261231", &verification, &fault), &fault);
    CU_ASSERT_EQUAL(verification.settlement_date, DAY);
    CU_ASSERT_EQUAL(verification.manifests, 6);
    CU_ASSERT_EQUAL(verification.unread, 0);
    CU_ASSERT_FALSE(verification.of_party || verification.is_signed);
    must(verify(&subject, "20261231/00095550001", &verification, &fault), &fault);
    CU_ASSERT_TRUE(verification.of_party);
    CU_ASSERT_EQUAL(verification.institution, HARBOUR);
    subject_close(&subject);
}

/* Every byte of every file of a party, but those of the manifest itself, which a signature guards.
 */
static void any_flipped_bit_of_a_file_is_found(void)
{
    static const char *const names[] = {"IND26123101ICOM", "IND26123186POS", "IND26123186FRZ",
                                        "IND26123186EXC",  "report.txt",     "report.html"};
    struct subject subject;
    struct verification verification;
    struct fault fault = {RESULT_OK, ""};
    subject_open(&subject);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char name[64], path[SCRATCH_PATH_MAX];
        size_t len;
        snprintf(name, sizeof name, "20261231/00095550001/%s", names[i]);
        char *text = load(scratch_file(&subject.scratch, name, path), &len);
        for (size_t at = 0; at < len; at += len / 16 + 1) {
            text[at] ^= 1;
            save(path, text, len);
            CU_ASSERT_EQUAL(verify(&subject, "20261231/00095550001", &verification, &fault),
                            RESULT_INPUT);
            ASSERT_CONTAINS(fault.text, names[i]);
            text[at] ^= 1;
        }
        save(path, text, len);
        free(text);
    }
    must(verify(&subject, "20261231", &verification, &fault), &fault);
    subject_close(&subject);
}

static void what_is_not_listed_is_found_at_any_depth(void)
{
    static const char *const names[] = {"20261231/more", "20261231/00095550001/more",
                                        "20261231/00000010000/.more"};
    struct subject subject;
    struct verification verification;
    struct fault fault = {RESULT_OK, ""};
    char path[SCRATCH_PATH_MAX];
    subject_open(&subject);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        save(scratch_file(&subject.scratch, names[i], path), "x", 1);
        CU_ASSERT_EQUAL(verify(&subject, "20261231", &verification, &fault), RESULT_INPUT);
        ASSERT_CONTAINS(fault.text, "more: manifest.json does not list it");
        unlink(path);
    }
    CU_ASSERT_EQUAL(
        mkdir(scratch_file(&subject.scratch, "20261231/00095550001/folder", path), 0700), 0);
    CU_ASSERT_EQUAL(verify(&subject, "20261231", &verification, &fault), RESULT_INPUT);
    subject_close(&subject);
}

static void a_manifest_must_be_that_of_its_folder(void)
{
    struct subject subject;
    struct verification verification;
    struct fault fault = {RESULT_OK, ""};
    char path[SCRATCH_PATH_MAX];
    size_t len;
    subject_open(&subject);
    char *alpha =
        load(scratch_file(&subject.scratch, "20261231/00091230001/manifest.json", path), &len);
    scratch_file(&subject.scratch, "20261231/00091230002/manifest.json", path);
    save(path, alpha, len);
    CU_ASSERT_EQUAL(verify(&subject, "20261231", &verification, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "00091230002/manifest.json: it is another party's, 00091230001");
    unlink(path);
    CU_ASSERT_EQUAL(verify(&subject, "20261231", &verification, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "00091230002/manifest.json: it is missing");
    CU_ASSERT_EQUAL(verify(&subject, "nowhere", &verification, &fault), RESULT_IO);
    free(alpha);
    subject_close(&subject);
}

/* Puts `to` in the place of the next run of characters out of `old`, behind `key` behind `file`. */
static void say(const char *path, const char *file, const char *key, const char *old,
                const char *to)
{
    size_t len;
    char *text = load(path, &len), changed[16384];
    char *at = strstr(text, file);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    at = strstr(at, key);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    at += strlen(key);
    int whole = snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, to,
                         at + strspn(at, old));
    CU_ASSERT_TRUE_FATAL((size_t)whole < sizeof changed);
    save(path, changed, (size_t)whole);
    free(text);
}

static void what_a_manifest_says_of_a_file_must_be_so(void)
{
    static const struct {
        const char *file, *key, *told;
    } cases[] = {
        {"01ICOM\"", "\"records\":", "01ICOM: manifest.json says 77 records, the file has "},
        {"01ICOM\"", "\"debit_minor\":", "01ICOM: manifest.json says debit_minor 77, the file "},
        {"01ICOM\"", "\"credit_minor\":", "01ICOM: manifest.json says credit_minor 77, the file "},
        {"86POS\"", "\"debit_minor\":", "86POS: manifest.json says debit_minor 77, the file "},
        {"86FRZ\"", "\"freeze_minor\":", "86FRZ: manifest.json says freeze_minor 77, the file "},
        {"86FRZ\"", "\"unfreeze_minor\":", "86FRZ: manifest.json says unfreeze_minor 77, the "},
        {"86EXC\"", "\"records\":", "86EXC: manifest.json says 77 records, the file has "},
    };
    struct subject subject;
    struct verification verification;
    struct fault fault = {RESULT_OK, ""};
    char path[SCRATCH_PATH_MAX];
    size_t len;
    subject_open(&subject);
    scratch_file(&subject.scratch, "20261231/00095550001/manifest.json", path);
    char *whole = load(path, &len);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        say(path, cases[i].file, cases[i].key, "0123456789", "77");
        CU_ASSERT_EQUAL(verify(&subject, "20261231/00095550001", &verification, &fault),
                        RESULT_INPUT);
        ASSERT_CONTAINS(fault.text, cases[i].told);
        /* The one above says what is so. */
        CU_ASSERT_EQUAL(verify(&subject, "20261231", &verification, &fault), RESULT_INPUT);
        ASSERT_CONTAINS(fault.text, "00095550001/manifest.json: it lists other files");
        save(path, whole, len);
    }
    must(verify(&subject, "20261231", &verification, &fault), &fault);
    free(whole);
    subject_close(&subject);
}

/* As its digest is that of the manifest, only who reads it can tell. */
static void a_listed_file_must_be_what_its_layout_writes(void)
{
    struct subject subject;
    struct verification verification;
    struct fault fault = {RESULT_OK, ""};
    char path[SCRATCH_PATH_MAX], report[SCRATCH_PATH_MAX], fees[SCRATCH_PATH_MAX];
    subject_open(&subject);
    /* A report, under a name of which a layout is known. */
    scratch_file(&subject.scratch, "20261231/00095550001/manifest.json", path);
    scratch_file(&subject.scratch, "20261231/00095550001/report.txt", report);
    scratch_file(&subject.scratch, "20261231/00095550001/IND26123199ILFEE", fees);
    CU_ASSERT_EQUAL(rename(report, fees), 0);
    say(path, "86POS", "{\"file\":\"", "report.tx", "IND26123199ILFEE");
    CU_ASSERT_EQUAL(verify(&subject, "20261231/00095550001", &verification, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "IND26123199ILFEE:1: byte ");
    subject_close(&subject);
}

static void without_a_layout_only_the_digest_is_checked(void)
{
    struct subject subject;
    struct verification verification;
    struct fault fault = {RESULT_OK, ""};
    const struct layout_set none = {0};
    char path[SCRATCH_PATH_MAX];
    subject_open(&subject);
    scratch_file(&subject.scratch, "20261231/00095550001", path);
    must(clearing_verify(path, &none, NULL, &verification, &fault), &fault);
    CU_ASSERT_EQUAL(verification.unread,
                    verification.files - 2); /* the reports are read by people */
    subject_close(&subject);
}

SUITE(CASE(everybody_but_the_switch_is_due_at_first), CASE(what_is_kept_is_read_back),
      CASE(other_files_are_due_again), CASE(a_record_that_is_none_of_ours_is_refused),
      CASE(a_folder_that_is_no_date_is_refused), CASE(a_whole_set_is_good),
      CASE(any_flipped_bit_of_a_file_is_found), CASE(what_is_not_listed_is_found_at_any_depth),
      CASE(a_manifest_must_be_that_of_its_folder), CASE(what_a_manifest_says_of_a_file_must_be_so),
      CASE(a_listed_file_must_be_what_its_layout_writes),
      CASE(without_a_layout_only_the_digest_is_checked))
