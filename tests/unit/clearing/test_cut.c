/* Cutting a settlement date: which rows there are, who gets them, and that nothing is published by
 * halves. */
#include "clearing/fixture.h"

#include "base/strbuf.h"
#include "clearing/file.h"

#include <dirent.h>
#include <sys/file.h>
#include <sys/stat.h>

static bool ignore_row(void *context, const struct row *row, uint64_t line)
{
    (void)context;
    (void)row;
    (void)line;
    return true;
}

/* Reads one file of the day that was cut; checks it as the reader does. */
static struct clearing_file read_cut(const struct scratch *scratch, const char *name)
{
    char path[SCRATCH_PATH_MAX];
    struct clearing_file file;
    struct fault fault = {RESULT_OK, ""};
    scratch_file(scratch, name, path);
    must(clearing_file_read(path, shipped_layouts(), ignore_row, NULL, &file, &fault), &fault);
    return file;
}

/* Takes the reports out of a manifest: none is listed first. */
static void forget_reports(char *text, size_t *len)
{
    for (char *at = text; (at = strstr(at, ",{\"file\":\"")) != NULL;) {
        char *end = strchr(at, '}'), *name = strstr(at, "report.");
        CU_ASSERT_PTR_NOT_NULL_FATAL(end);
        if (name != NULL && name < end) {
            memmove(at, end + 1, strlen(end + 1) + 1);
            *len = strlen(text);
        } else
            at = end;
    }
}

/* All files below a folder, in the order of their names, as one text; the golden file goes without
 * the reports, which have tests of their own. */
static void dump(const char *folder, const char *below, bool with_reports, struct strbuf *out)
{
    struct dirent **names = NULL;
    int count = scandir(folder, &names, NULL, alphasort);
    CU_ASSERT_TRUE_FATAL(count >= 0);
    for (int i = 0; i < count; i++) {
        char path[2 * SCRATCH_PATH_MAX], name[SCRATCH_PATH_MAX];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        snprintf(name, sizeof name, "%.200s%s%.200s", below, below[0] != '\0' ? "/" : "",
                 names[i]->d_name);
        struct stat status;
        CU_ASSERT_EQUAL_FATAL(lstat(path, &status), 0);
        if (S_ISDIR(status.st_mode) && names[i]->d_name[0] != '.')
            dump(path, name, with_reports, out);
        else if (S_ISREG(status.st_mode) &&
                 (with_reports || strncmp(names[i]->d_name, "report.", 7) != 0)) {
            size_t len;
            char *text = load(path, &len);
            if (!with_reports)
                forget_reports(text, &len);
            strbuf_format(out, "== %s\n", name);
            strbuf_add(out, text, len);
            free(text);
        }
        free(names[i]);
    }
    free(names);
}

static struct strbuf dump_cut(const struct scratch *scratch, bool with_reports)
{
    char path[SCRATCH_PATH_MAX];
    struct strbuf out;
    strbuf_init(&out, 1 << 20);
    dump(scratch_file(scratch, "20261231", path), "", with_reports, &out);
    CU_ASSERT_FALSE_FATAL(out.bad);
    return out;
}

static void a_small_day_is_the_golden_file(void)
{
    struct scratch scratch;
    struct day day;
    struct fault fault = {RESULT_OK, ""};
    size_t len;
    scratch_make(&scratch);
    day_write(&day);
    write_cut(day.store, DAY);
    must(cut_day(day.store, &scratch, &fault), &fault);
    struct strbuf got = dump_cut(&scratch, false);
    char *golden = load(VECTORS_DIR "/clearing_small_day.txt", &len);
    bool same = got.len == len && memcmp(got.text, golden, len) == 0;
    if (!same) {
        save("/tmp/clearing_small_day.txt", got.text, got.len);
        fprintf(stderr, "it differs from the golden file: see /tmp/clearing_small_day.txt\n");
    }
    CU_ASSERT_TRUE(same);
    free(golden);
    strbuf_deinit(&got);
    store_close(day.store);
    scratch_remove(&scratch);
}

static void cutting_again_gives_the_same_bytes(void)
{
    struct scratch scratch;
    struct day day;
    struct fault fault = {RESULT_OK, ""};
    scratch_make(&scratch);
    day_write(&day);
    write_cut(day.store, DAY);
    must(cut_day(day.store, &scratch, &fault), &fault);
    struct strbuf first = dump_cut(&scratch, true);
    /* What happens afterwards changes nothing: a confirmation, and a claim booked late. */
    move_share(day.store, &day.claims[2], DAY, SHARE_CREDIT_UNKNOWN, SHARE_CREDITED, CODE_APPROVED);
    write_claim(day.store, &day.claims[1], DAY, SHARE_CREDITED);
    put_dispute(day.store, &(struct dispute){.refused = OPERATION_CONFIRMATION,
                                             .about = day.claims[2],
                                             .settlement_date = DAY,
                                             .since = 1000});
    must(cut_day(day.store, &scratch, &fault), &fault);
    struct strbuf second = dump_cut(&scratch, true);
    CU_ASSERT_TRUE(bytes_equal(bytes_of(first.text, first.len), bytes_of(second.text, second.len)));
    strbuf_deinit(&first);
    strbuf_deinit(&second);
    store_close(day.store);
    scratch_remove(&scratch);
}

/* The exceptions file of a party: its codes with the last digit of the share, in one text. */
struct read_codes {
    char text[64];
    size_t len;
};

static bool take_code(void *context, const struct row *row, uint64_t line)
{
    struct read_codes *codes = context;
    char code[EXCEPTION_CODE_LEN + 1];
    (void)line;
    exception_code(row->status, row->operation.kind, code);
    codes->len +=
        (size_t)snprintf(codes->text + codes->len, sizeof codes->text - codes->len, "%s%s%u",
                         codes->len > 0 ? " " : "", code, row->operation.reference.share);
    CU_ASSERT_EQUAL(row->settlement_date, DAY);
    CU_ASSERT_EQUAL(row->sender_issuer, row->status == EXCEPTION_REPEATED ? 0 : HARBOUR);
    CU_ASSERT_TRUE(row->since >= 19700101000000);
    return true;
}

static struct read_codes read_codes(const struct scratch *scratch, uint64_t party)
{
    char path[SCRATCH_PATH_MAX], name[64];
    struct read_codes codes = {.len = 0};
    struct clearing_file file;
    struct fault fault = {RESULT_OK, ""};
    snprintf(name, sizeof name, "20261231/%011llu/IND26123186EXC", (unsigned long long)party);
    must(clearing_file_read(scratch_file(scratch, name, path), shipped_layouts(), take_code, &codes,
                            &file, &fault),
         &fault);
    CU_ASSERT_EQUAL(file.institution, party);
    return codes;
}

static void leave_debit_unknown(struct store *store, const struct operation *claim)
{
    move_share(store, claim, DAY, SHARE_NONE, SHARE_RESERVED, CODE_NONE);
    move_share(store, claim, DAY, SHARE_RESERVED, SHARE_DEBIT_UNKNOWN, CODE_NO_ANSWER);
}

/* A packet of Alpha's with three shares: one claimed through Beta, whose reversal was refused for
 * good; one through Alpha, whose reversal is open; and one of Alpha's that was confirmed late. */
static void exceptions_go_to_everybody_concerned_and_nobody_else(void)
{
    struct scratch scratch;
    struct fault fault = {RESULT_OK, ""};
    struct store *store = store_new();
    struct operation freeze = freeze_of(1, 1000, 3);
    struct operation one = claim_of(&freeze, 1, 400, BETA), two = claim_of(&freeze, 2, 300, ALPHA);
    struct operation three = claim_of(&freeze, 3, 300, ALPHA);
    struct clearing_member elsewhere = {95550009, CLEARING_ISSUER, NULL};
    struct clearing_result result;
    scratch_make(&scratch);
    write_freeze(store, &freeze, DAY);
    leave_debit_unknown(store, &one);
    move_share(store, &one, DAY, SHARE_DEBIT_UNKNOWN, SHARE_DISPUTED, CODE_RELATED_INVALID);
    put_dispute(store, &(struct dispute){.refused = OPERATION_DEBIT_REVERSAL,
                                         .code = CODE_RELATED_INVALID,
                                         .about = one,
                                         .sender_issuer = HARBOUR,
                                         .receiver_issuer = JADE,
                                         .settlement_date = DAY,
                                         .since = 5});
    leave_debit_unknown(store, &two);
    write_claim(store, &three, DAY, SHARE_CREDIT_UNKNOWN);
    move_share(store, &three, DAY, SHARE_CREDIT_UNKNOWN, SHARE_CREDITED, CODE_CONFIRMED_UNSEEN);
    write_cut(store, DAY);
    struct clearing_config config = config_of(&scratch);
    config.members = &elsewhere;
    config.member_count = 1;
    must(clearing_cut(store, &config, &result, &fault), &fault);
    CU_ASSERT_EQUAL(result.exceptions, 3);
    clearing_result_deinit(&result);
    CU_ASSERT_STRING_EQUAL(read_codes(&scratch, CENTRE).text, "DR1 OR2 EC3");
    CU_ASSERT_STRING_EQUAL(read_codes(&scratch, ALPHA).text, "DR1 OR2 EC3");
    CU_ASSERT_STRING_EQUAL(read_codes(&scratch, HARBOUR).text, "DR1 OR2 EC3");
    CU_ASSERT_STRING_EQUAL(read_codes(&scratch, JADE).text, "DR1 OR2 EC3");
    CU_ASSERT_STRING_EQUAL(read_codes(&scratch, BETA).text, "DR1");
    CU_ASSERT_STRING_EQUAL(read_codes(&scratch, elsewhere.institution).text, "");
    store_close(store);
    scratch_remove(&scratch);
}

/* A file of errors: reason, code and last digit of the share, in one text. */
struct read_errors {
    char text[128];
    size_t len;
};

static bool take_error(void *context, const struct row *row, uint64_t line)
{
    struct read_errors *errors = context;
    char code[EXCEPTION_CODE_LEN + 1];
    (void)line;
    exception_code(row->status, row->operation.kind, code);
    errors->len += (size_t)snprintf(errors->text + errors->len, sizeof errors->text - errors->len,
                                    "%s%s%u %04u", errors->len > 0 ? ", " : "", code,
                                    row->operation.reference.share, row->error_code);
    return true;
}

static struct read_errors read_errors(const struct scratch *scratch, uint64_t party,
                                      const char *type)
{
    char path[SCRATCH_PATH_MAX], name[64];
    struct read_errors errors = {.len = 0};
    struct clearing_file file;
    struct fault fault = {RESULT_OK, ""};
    snprintf(name, sizeof name, "20261231/%011llu/IND26123132%s", (unsigned long long)party, type);
    must(clearing_file_read(scratch_file(scratch, name, path), shipped_layouts(), take_error,
                            &errors, &file, &fault),
         &fault);
    return errors;
}

/* A packet of Alpha's claimed through Beta: a debit that its bank does not take back, a credit that
 * was confirmed late on a suspense account; and a claim of Beta's under a used key. */
static void errors_go_to_who_has_to_settle_them(void)
{
    struct scratch scratch;
    struct fault fault = {RESULT_OK, ""};
    struct store *store = store_new();
    struct operation freeze = freeze_of(1, 1000, 3);
    struct operation one = claim_of(&freeze, 1, 400, BETA), two = claim_of(&freeze, 2, 300, BETA);
    struct operation three = claim_of(&freeze, 3, 300, BETA);
    scratch_make(&scratch);
    write_freeze(store, &freeze, DAY);
    leave_debit_unknown(store, &one);
    move_share(store, &one, DAY, SHARE_DEBIT_UNKNOWN, SHARE_DISPUTED, CODE_RELATED_INVALID);
    put_dispute(store, &(struct dispute){.refused = OPERATION_DEBIT_REVERSAL,
                                         .code = CODE_RELATED_INVALID,
                                         .about = one,
                                         .sender_issuer = HARBOUR,
                                         .receiver_issuer = JADE,
                                         .settlement_date = DAY,
                                         .since = 5});
    write_claim(store, &two, DAY, SHARE_CREDIT_UNKNOWN);
    move_share(store, &two, DAY, SHARE_CREDIT_UNKNOWN, SHARE_CREDITED, CODE_CONFIRMED_REFUSED);
    leave_debit_unknown(store, &three);
    two.amount_minor--;
    write_own(store, JOURNAL_REFUSED, &two, DAY, CODE_DUPLICATE, 0);
    write_cut(store, DAY);
    must(cut_day(store, &scratch, &fault), &fault);
    CU_ASSERT_STRING_EQUAL(read_errors(&scratch, HARBOUR, "IERRA").text, "DR1 9601");
    CU_ASSERT_STRING_EQUAL(read_errors(&scratch, JADE, "IERRA").text, "EC2 9601");
    CU_ASSERT_STRING_EQUAL(read_errors(&scratch, ALPHA, "AERRA").text, "DR1 9702");
    CU_ASSERT_STRING_EQUAL(read_errors(&scratch, BETA, "AERRA").text, "EC2 9702, ND2 0000");
    CU_ASSERT_STRING_EQUAL(read_codes(&scratch, CENTRE).text, "DR1 EC2 OR3 ND2");
    CU_ASSERT_STRING_EQUAL(read_codes(&scratch, ALPHA).text, "DR1 EC2 OR3");
    store_close(store);
    scratch_remove(&scratch);
}

static void packets_are_in_the_files_of_wallet_and_issuer(void)
{
    struct scratch scratch;
    struct day day;
    struct fault fault = {RESULT_OK, ""};
    scratch_make(&scratch);
    day_write(&day);
    write_cut(day.store, DAY);
    must(cut_day(day.store, &scratch, &fault), &fault);
    static const struct packet_sums expected = {68888, 48888, 20000, 0, 0};
    struct clearing_file wallet = read_cut(&scratch, "20261231/00091230001/IND26123186PKT");
    struct clearing_file issuer = read_cut(&scratch, "20261231/00095550001/IND26123186PKT");
    struct clearing_file other = read_cut(&scratch, "20261231/00095550002/IND26123186PKT");
    CU_ASSERT_EQUAL(memcmp(&wallet.totals.packets, &expected, sizeof expected), 0);
    CU_ASSERT_EQUAL(memcmp(&issuer.totals.packets, &expected, sizeof expected), 0);
    CU_ASSERT_EQUAL(other.totals.count, 0);
    store_close(day.store);
    scratch_remove(&scratch);
}

static void legs_enter_once_whatever_confirms_them(void)
{
    struct scratch scratch;
    struct day day;
    struct fault fault = {RESULT_OK, ""};
    scratch_make(&scratch);
    day_write(&day);
    move_share(day.store, &day.claims[2], DAY, SHARE_CREDIT_UNKNOWN, SHARE_CREDITED, CODE_APPROVED);
    write_cut(day.store, DAY);
    must(cut_day(day.store, &scratch, &fault), &fault);
    struct clearing_file file = read_cut(&scratch, "20261231/00095550002/IND26123101ICOM");
    CU_ASSERT_EQUAL(file.totals.credit_count, 3);
    CU_ASSERT_EQUAL(file.totals.credit_minor, 48888);
    CU_ASSERT_EQUAL(file.totals.debit_count, 0);
    store_close(day.store);
    scratch_remove(&scratch);
}

static void disputed_enters_only_when_its_credit_was_sent(void)
{
    struct scratch scratch;
    struct fault fault = {RESULT_OK, ""};
    struct store *store = store_new();
    struct operation freeze = freeze_of(1, 1000, 2);
    struct operation sent = claim_of(&freeze, 1, 400, BETA),
                     refused = claim_of(&freeze, 2, 600, BETA);
    scratch_make(&scratch);
    write_claim(store, &sent, DAY, SHARE_CREDIT_UNKNOWN);
    move_share(store, &sent, DAY, SHARE_CREDIT_UNKNOWN, SHARE_DISPUTED, CODE_FORMAT);
    write_claim(store, &refused, DAY, SHARE_REVERSING);
    move_share(store, &refused, DAY, SHARE_REVERSING, SHARE_DISPUTED, CODE_FORMAT);
    write_cut(store, DAY);
    must(cut_day(store, &scratch, &fault), &fault);
    struct clearing_file file = read_cut(&scratch, "20261231/00095550001/IND26123101ICOM");
    CU_ASSERT_EQUAL(file.totals.debit_count, 1);
    CU_ASSERT_EQUAL(file.totals.debit_minor, 400);
    store_close(store);
    scratch_remove(&scratch);
}

static void both_legs_of_one_issuer_are_in_its_file(void)
{
    struct scratch scratch;
    struct fault fault = {RESULT_OK, ""};
    struct store *store = store_new();
    struct operation freeze = freeze_of(1, 1000, 1), claim = claim_of(&freeze, 1, 1000, ALPHA);
    struct journal_entry entry;
    scratch_make(&scratch);
    journal_begin(&entry, JOURNAL_SHARE, &claim, 0);
    entry.from = SHARE_CREDITING;
    entry.to = SHARE_CREDITED;
    entry.settlement_date = DAY;
    entry.sender_issuer = entry.receiver_issuer = HARBOUR;
    move_share(store, &claim, DAY, SHARE_NONE, SHARE_RESERVED, CODE_NONE);
    move_share(store, &claim, DAY, SHARE_RESERVED, SHARE_CREDITING, CODE_NONE);
    write_touch(store, &entry);
    write_cut(store, DAY);
    must(cut_day(store, &scratch, &fault), &fault);
    struct clearing_file file = read_cut(&scratch, "20261231/00095550001/IND26123101ICOM");
    CU_ASSERT_EQUAL(file.totals.debit_minor, 1000);
    CU_ASSERT_EQUAL(file.totals.credit_minor, 1000);
    store_close(store);
    scratch_remove(&scratch);
}

static void other_dates_stay_out(void)
{
    struct scratch scratch;
    struct day day;
    struct fault fault = {RESULT_OK, ""};
    struct operation freeze = freeze_of(9, 500, 1), claim = claim_of(&freeze, 1, 500, BETA);
    scratch_make(&scratch);
    day_write(&day);
    write_freeze(day.store, &freeze, NEXT_DAY);
    move_share(day.store, &claim, NEXT_DAY, SHARE_NONE, SHARE_RESERVED, CODE_NONE);
    write_release(day.store, &day.freezes[1], DAY, 0);
    write_cut(day.store, DAY);
    must(cut_day(day.store, &scratch, &fault), &fault);
    struct clearing_file file = read_cut(&scratch, "20261231/00091230001/IND26123186FRZ");
    CU_ASSERT_EQUAL(file.totals.freeze_count, 2);
    CU_ASSERT_EQUAL(file.totals.freeze_minor, 68888);
    CU_ASSERT_EQUAL(file.totals.unfreeze_count, 2);
    CU_ASSERT_EQUAL(file.totals.unfreeze_minor, 20000);
    store_close(day.store);
    scratch_remove(&scratch);
}

static void a_wallet_gets_what_it_forwarded_and_what_its_packets_paid(void)
{
    struct scratch scratch;
    struct day day;
    struct fault fault = {RESULT_OK, ""};
    scratch_make(&scratch);
    day_write(&day);
    write_cut(day.store, DAY);
    must(cut_day(day.store, &scratch, &fault), &fault);
    CU_ASSERT_EQUAL(read_cut(&scratch, "20261231/00091230001/IND26123101ACOM").totals.count, 1);
    CU_ASSERT_EQUAL(read_cut(&scratch, "20261231/00091230002/IND26123101ACOM").totals.count, 2);
    CU_ASSERT_EQUAL(read_cut(&scratch, "20261231/00091230001/IND26123186SCOM").totals.count, 3);
    CU_ASSERT_EQUAL(read_cut(&scratch, "20261231/00091230002/IND26123186SCOM").totals.count, 0);
    CU_ASSERT_EQUAL(read_cut(&scratch, "20261231/00091230002/IND26123186FRZ").totals.count, 0);
    CU_ASSERT_FALSE(is_there(&scratch, "20261231/00091230001/IND26123101ICOM"));
    store_close(day.store);
    scratch_remove(&scratch);
}

static void members_get_files_on_a_day_without_business(void)
{
    struct scratch scratch;
    struct fault fault = {RESULT_OK, ""};
    struct store *store = store_new();
    struct clearing_member members[] = {{HARBOUR, CLEARING_ISSUER, NULL},
                                        {BETA, CLEARING_WALLET, NULL}};
    struct clearing_result result;
    scratch_make(&scratch);
    write_cut(store, DAY);
    struct clearing_config config = config_of(&scratch);
    config.members = members;
    config.member_count = 2;
    must(clearing_cut(store, &config, &result, &fault), &fault);
    CU_ASSERT_EQUAL(result.manifest.count, 6 + 7 + 2 + 3 * 2);
    CU_ASSERT_EQUAL(read_cut(&scratch, "20261231/00095550001/IND26123101ICOM").totals.count, 0);
    CU_ASSERT_EQUAL(read_cut(&scratch, "20261231/00091230002/IND26123186POS").totals.count, 1);
    CU_ASSERT_EQUAL(read_cut(&scratch, "20261231/00000010000/IND26123186POS").totals.count, 3);
    clearing_result_deinit(&result);
    store_close(store);
    scratch_remove(&scratch);
}

static void the_result_says_what_was_cut(void)
{
    struct scratch scratch;
    struct day day;
    struct fault fault = {RESULT_OK, ""};
    struct clearing_result result;
    scratch_make(&scratch);
    day_write(&day);
    write_cut(day.store, DAY);
    struct clearing_config config = config_of(&scratch);
    must(clearing_cut(day.store, &config, &result, &fault), &fault);
    CU_ASSERT_EQUAL(result.shares, 3);
    CU_ASSERT_EQUAL(result.claimed_minor, 48888);
    CU_ASSERT_EQUAL(result.freezes, 2);
    CU_ASSERT_EQUAL(result.frozen_minor, 68888);
    CU_ASSERT_EQUAL(result.unfreezes, 1);
    CU_ASSERT_EQUAL(result.unfrozen_minor, 20000);
    CU_ASSERT_EQUAL(result.positions.count, 2);
    CU_ASSERT_EQUAL(position_net(&result.positions.list[0]), -48888);
    CU_ASSERT_EQUAL(position_net(&result.positions.list[1]), 48888);
    clearing_result_deinit(&result);
    store_close(day.store);
    scratch_remove(&scratch);
}

static void files_are_for_their_owner_alone(void)
{
    struct scratch scratch;
    struct day day;
    struct fault fault = {RESULT_OK, ""};
    struct stat status;
    char path[SCRATCH_PATH_MAX];
    scratch_make(&scratch);
    day_write(&day);
    write_cut(day.store, DAY);
    must(cut_day(day.store, &scratch, &fault), &fault);
    CU_ASSERT_EQUAL(
        stat(scratch_file(&scratch, "20261231/00095550001/IND26123101ICOM", path), &status), 0);
    CU_ASSERT_EQUAL(status.st_mode & 0777, 0600);
    CU_ASSERT_EQUAL(stat(scratch_file(&scratch, "20261231/00095550001", path), &status), 0);
    CU_ASSERT_EQUAL(status.st_mode & 0777, 0700);
    store_close(day.store);
    scratch_remove(&scratch);
}

static void more_rows_than_a_buffer_holds_are_all_written(void)
{
    struct scratch scratch;
    struct fault fault = {RESULT_OK, ""};
    struct store *store = store_new();
    struct operation freeze = freeze_of(1, 100000, 500);
    enum { CLAIMS = 120 }; /* of 501 bytes each: four buffers */
    scratch_make(&scratch);
    for (uint16_t share = 1; share <= CLAIMS; share++) {
        struct operation claim = claim_of(&freeze, share, share, BETA);
        write_claim(store, &claim, DAY, SHARE_CREDITED);
    }
    write_cut(store, DAY);
    must(cut_day(store, &scratch, &fault), &fault);
    struct clearing_file file = read_cut(&scratch, "20261231/00095550002/IND26123101ICOM");
    CU_ASSERT_EQUAL(file.records, CLAIMS + 1);
    CU_ASSERT_EQUAL(file.totals.credit_minor, CLAIMS * (CLAIMS + 1) / 2);
    store_close(store);
    scratch_remove(&scratch);
}

/* --- what is refused -------------------------------------------------------------------------- */

static void expect_refusal(struct store *store, enum result expected, const char *part)
{
    struct scratch scratch;
    struct fault fault = {RESULT_OK, ""};
    scratch_make(&scratch);
    CU_ASSERT_EQUAL(cut_day(store, &scratch, &fault), expected);
    ASSERT_CONTAINS(fault.text, part);
    /* Nothing is left, whole or half. */
    CU_ASSERT_EQUAL(rmdir(scratch.path), 0);
    if (access(scratch.path, F_OK) == 0)
        scratch_remove(&scratch);
}

static void refuses_a_date_that_was_not_cut(void)
{
    struct day day;
    day_write(&day);
    write_cut(day.store, NEXT_DAY);
    expect_refusal(day.store, RESULT_STATE, "settlement date 20261231 has not been cut yet");
    store_close(day.store);
}

static void refuses_a_date_that_the_log_does_not_know(void)
{
    struct store *store = store_new();
    expect_refusal(store, RESULT_STATE, "has not been cut yet");
    store_close(store);
}

static void refuses_what_is_no_date(void)
{
    struct scratch scratch;
    struct store *store = store_new();
    struct fault fault = {RESULT_OK, ""};
    struct clearing_result result;
    scratch_make(&scratch);
    struct clearing_config config = config_of(&scratch);
    config.date = 20261331;
    CU_ASSERT_EQUAL(clearing_cut(store, &config, &result, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "20261331 is no date");
    store_close(store);
    scratch_remove(&scratch);
}

static void refuses_a_mark_made_while_shares_were_moving(void)
{
    struct day day;
    day_write(&day);
    struct operation claim = claim_of(&day.freezes[0], 3, 1, BETA);
    move_share(day.store, &claim, DAY, SHARE_NONE, SHARE_RESERVED, CODE_NONE);
    write_cut(day.store, DAY);
    expect_refusal(day.store, RESULT_STATE,
                   "while 1 of its claims, freezes and purchases were still open");
    store_close(day.store);
}

static void refuses_a_mark_made_before_a_freeze_was_answered(void)
{
    struct day day;
    day_write(&day);
    struct operation freeze = freeze_of(7, 100, 1);
    move_freeze(day.store, &freeze, DAY, FREEZE_NONE, FREEZE_FREEZING, 0);
    write_cut(day.store, DAY);
    expect_refusal(day.store, RESULT_STATE,
                   "while 1 of its claims, freezes and purchases were still open");
    store_close(day.store);
}

static void refuses_a_packet_that_does_not_add_up(void)
{
    struct day day;
    day_write(&day);
    struct operation claim = claim_of(&day.freezes[1], 1, 1, BETA);
    struct journal_entry entry;
    journal_begin(&entry, JOURNAL_SHARE, &claim, 0);
    entry.from = SHARE_CREDITING;
    entry.to = SHARE_CREDITED;
    entry.settlement_date = DAY;
    entry.sender_issuer = HARBOUR;
    entry.receiver_issuer = JADE;
    entry.frozen_minor = 8888;
    entry.available_minor = 0; /* it was so before */
    move_share(day.store, &claim, DAY, SHARE_NONE, SHARE_RESERVED, CODE_NONE);
    move_share(day.store, &claim, DAY, SHARE_RESERVED, SHARE_CREDITING, CODE_NONE);
    write_entry(day.store, &entry);
    write_cut(day.store, DAY);
    expect_refusal(day.store, RESULT_CORRUPT,
                   "packet 20261231-2 of 00091230001 does not add up: moved at most what was open");
    store_close(day.store);
}

static void refuses_net_positions_that_are_not_zero(void)
{
    struct store *store = store_new();
    struct operation freeze = freeze_of(1, 1000, 1), claim = claim_of(&freeze, 1, 1000, ALPHA);
    struct journal_entry entry;
    journal_begin(&entry, JOURNAL_SHARE, &claim, 0);
    entry.from = SHARE_CREDITING;
    entry.to = SHARE_CREDITED;
    entry.settlement_date = DAY;
    entry.receiver_issuer = JADE; /* and nobody pays */
    move_share(store, &claim, DAY, SHARE_RESERVED, SHARE_CREDITING, CODE_NONE);
    write_entry(store, &entry);
    move_share(store, &claim, DAY, SHARE_NONE, SHARE_RESERVED, CODE_NONE);
    write_cut(store, DAY);
    expect_refusal(store, RESULT_CORRUPT, "sum up to 1000 minor units instead of 0");
    store_close(store);
}

/* More than the fields of messages hold, which a sum may. */
static void a_net_of_more_than_eleven_digits_is_written_and_read(void)
{
    struct scratch scratch;
    struct fault fault = {RESULT_OK, ""};
    struct store *store = store_new();
    char path[SCRATCH_PATH_MAX];
    size_t len;
    scratch_make(&scratch);
    for (uint16_t packet = 1; packet <= 2; packet++) {
        struct operation freeze = freeze_of(packet, 99999999999, 1);
        struct operation claim = claim_of(&freeze, 1, 99999999999, BETA);
        write_claim(store, &claim, DAY, SHARE_CREDITED);
    }
    write_cut(store, DAY);
    must(cut_day(store, &scratch, &fault), &fault);
    char *text = load(scratch_file(&scratch, "20261231/00095550001/IND26123186POS", path), &len);
    ASSERT_CONTAINS(text, " D00000199999999998 C00000000000000000 156 1\n");
    CU_ASSERT_EQUAL(read_cut(&scratch, "20261231/00095550001/IND26123186POS").totals.debit_minor,
                    2 * INT64_C(99999999999));
    free(text);
    store_close(store);
    scratch_remove(&scratch);
}

static void refuses_a_log_record_that_is_no_entry(void)
{
    struct store *store = store_new();
    struct journal_entry entry;
    /* A credited share that names no claim. */
    journal_begin(&entry, JOURNAL_SHARE, NULL, 0);
    entry.from = SHARE_CREDITING;
    entry.to = SHARE_CREDITED;
    entry.settlement_date = DAY;
    write_entry(store, &entry);
    write_cut(store, DAY);
    expect_refusal(store, RESULT_CORRUPT, "log record 1: it credits a share and names no claim");
    store_close(store);
}

static void a_refused_cut_leaves_the_files_of_the_one_before(void)
{
    struct scratch scratch;
    struct day day;
    struct fault fault = {RESULT_OK, ""};
    scratch_make(&scratch);
    day_write(&day);
    write_cut(day.store, DAY);
    must(cut_day(day.store, &scratch, &fault), &fault);
    struct strbuf first = dump_cut(&scratch, true);
    struct store *empty = store_new();
    CU_ASSERT_EQUAL(cut_day(empty, &scratch, &fault), RESULT_STATE);
    struct strbuf second = dump_cut(&scratch, true);
    CU_ASSERT_TRUE(bytes_equal(bytes_of(first.text, first.len), bytes_of(second.text, second.len)));
    CU_ASSERT_FALSE(is_there(&scratch, ".20261231.partial"));
    strbuf_deinit(&first);
    strbuf_deinit(&second);
    store_close(empty);
    store_close(day.store);
    scratch_remove(&scratch);
}

/* --- provisional cuts ------------------------------------------------------------------------- */

static void provisional_files_have_what_is_final_and_names_of_their_own(void)
{
    struct scratch scratch;
    struct day day;
    struct fault fault = {RESULT_OK, ""};
    struct clearing_result result;
    char path[SCRATCH_PATH_MAX];
    size_t len;
    scratch_make(&scratch);
    day_write(&day);
    struct operation claim = claim_of(&day.freezes[0], 3, 1, BETA);
    move_share(day.store, &claim, DAY, SHARE_NONE, SHARE_RESERVED, CODE_NONE);
    struct clearing_config config = config_of(&scratch);
    config.is_provisional = true;
    must(clearing_cut(day.store, &config, &result, &fault), &fault);
    CU_ASSERT_EQUAL(result.shares, 3);
    CU_ASSERT_EQUAL(result.moving, 1);
    CU_ASSERT_EQUAL(result.as_of, 17);
    CU_ASSERT_FALSE(is_there(&scratch, "20261231"));
    CU_ASSERT_TRUE(
        is_there(&scratch, "20261231.provisional/00095550001/IND26123101ICOM.provisional"));
    CU_ASSERT_FALSE(is_there(&scratch, "20261231.provisional/00095550001/IND26123101ICOM"));
    const char *manifest = scratch_file(&scratch, "20261231.provisional/manifest.json", path);
    char *text = load(manifest, &len);
    ASSERT_CONTAINS(text, "\"provisional\":true,\"as_of_record\":17,\"open\":1,");
    CU_ASSERT_EQUAL(manifest_check(manifest, NULL, 0, NULL, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "these files are provisional");
    free(text);
    clearing_result_deinit(&result);
    store_close(day.store);
    scratch_remove(&scratch);
}

static void a_provisional_cut_leaves_the_real_files_alone_and_ends_with_the_mark(void)
{
    struct scratch scratch;
    struct day day;
    struct fault fault = {RESULT_OK, ""};
    struct clearing_result result;
    scratch_make(&scratch);
    day_write(&day);
    write_cut(day.store, DAY);
    must(cut_day(day.store, &scratch, &fault), &fault);
    struct strbuf first = dump_cut(&scratch, true);
    struct clearing_config config = config_of(&scratch);
    config.is_provisional = true;
    CU_ASSERT_EQUAL(clearing_cut(day.store, &config, &result, &fault), RESULT_STATE);
    ASSERT_CONTAINS(fault.text, "20261231 has been cut: nothing of it is provisional");
    clearing_result_deinit(&result);
    CU_ASSERT_FALSE(is_there(&scratch, "20261231.provisional"));
    struct strbuf second = dump_cut(&scratch, true);
    CU_ASSERT_TRUE(bytes_equal(bytes_of(first.text, first.len), bytes_of(second.text, second.len)));
    strbuf_deinit(&first);
    strbuf_deinit(&second);
    store_close(day.store);
    scratch_remove(&scratch);
}

/* --- clocks ----------------------------------------------------------------------------------- */

static void a_clock_that_jumps_back_changes_no_money(void)
{
    struct scratch scratch;
    struct fault fault = {RESULT_OK, ""};
    struct clearing_result result;
    struct journal_entry entry;
    struct store *store = store_new();
    struct operation freeze = freeze_of(1, 1000, 1), claim = claim_of(&freeze, 1, 1000, ALPHA);
    static const enum share_state steps[] = {SHARE_NONE, SHARE_RESERVED, SHARE_CREDITING,
                                             SHARE_CREDIT_UNKNOWN, SHARE_CREDITED};
    scratch_make(&scratch);
    write_freeze(store, &freeze, DAY);
    for (unsigned i = 1; i < sizeof steps / sizeof steps[0]; i++) {
        journal_begin(&entry, JOURNAL_SHARE, &claim, i % 2 == 0 ? INT64_MIN : 1 << 30);
        entry.from = (uint8_t)steps[i - 1];
        entry.to = (uint8_t)steps[i];
        entry.code = CODE_APPROVED;
        entry.settlement_date = DAY;
        entry.sender_issuer = HARBOUR;
        entry.receiver_issuer = JADE;
        entry.frozen_minor = 1000;
        entry.available_minor = steps[i] < SHARE_CREDITED ? 1000 : 0;
        write_entry(store, &entry);
    }
    write_cut(store, DAY);
    struct clearing_config config = config_of(&scratch);
    must(clearing_cut(store, &config, &result, &fault), &fault);
    CU_ASSERT_EQUAL(result.shares, 1);
    CU_ASSERT_EQUAL(result.claimed_minor, 1000);
    CU_ASSERT_STRING_EQUAL(read_codes(&scratch, JADE).text, "EC1");
    clearing_result_deinit(&result);
    store_close(store);
    scratch_remove(&scratch);
}

SUITE(CASE(a_small_day_is_the_golden_file), CASE(cutting_again_gives_the_same_bytes),
      CASE(exceptions_go_to_everybody_concerned_and_nobody_else),
      CASE(errors_go_to_who_has_to_settle_them),
      CASE(packets_are_in_the_files_of_wallet_and_issuer),
      CASE(legs_enter_once_whatever_confirms_them),
      CASE(disputed_enters_only_when_its_credit_was_sent),
      CASE(both_legs_of_one_issuer_are_in_its_file), CASE(other_dates_stay_out),
      CASE(a_wallet_gets_what_it_forwarded_and_what_its_packets_paid),
      CASE(members_get_files_on_a_day_without_business), CASE(the_result_says_what_was_cut),
      CASE(files_are_for_their_owner_alone), CASE(more_rows_than_a_buffer_holds_are_all_written),
      CASE(refuses_a_date_that_was_not_cut), CASE(refuses_a_date_that_the_log_does_not_know),
      CASE(refuses_what_is_no_date), CASE(refuses_a_mark_made_while_shares_were_moving),
      CASE(refuses_a_mark_made_before_a_freeze_was_answered),
      CASE(refuses_a_packet_that_does_not_add_up), CASE(refuses_net_positions_that_are_not_zero),
      CASE(a_net_of_more_than_eleven_digits_is_written_and_read),
      CASE(refuses_a_log_record_that_is_no_entry),
      CASE(a_refused_cut_leaves_the_files_of_the_one_before),
      CASE(provisional_files_have_what_is_final_and_names_of_their_own),
      CASE(a_provisional_cut_leaves_the_real_files_alone_and_ends_with_the_mark),
      CASE(a_clock_that_jumps_back_changes_no_money))
