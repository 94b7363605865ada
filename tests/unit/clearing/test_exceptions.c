/* Which exceptions a settlement date has, as of its mark, however often and however late they are
 * looked for. */
#include "base/date.h"
#include "clearing/fixture.h"

#include "clearing/exceptions.h"

enum { THIRD_DAY = 20270102 };

struct scene {
    struct store *store;
    struct operation freeze;
    struct operation claims[3];
};

static void scene_open(struct scene *scene)
{
    scene->store = store_new();
    scene->freeze = freeze_of(1, 60000, 3);
    for (uint16_t share = 1; share <= 3; share++)
        scene->claims[share - 1] = claim_of(&scene->freeze, share, 20000, BETA);
    write_freeze(scene->store, &scene->freeze, DAY);
}

static bool count_record(void *context, const struct store_log_record *record)
{
    *(uint64_t *)context = record->number;
    return true;
}

static uint64_t last_number(const struct scene *scene)
{
    uint64_t number = 0;
    struct fault fault = {RESULT_OK, ""};
    must(store_log_scan(scene->store, 1, 0, count_record, &number, &fault), &fault);
    return number;
}

/* Marks the date as cut, as the switch does. */
static uint64_t cut(const struct scene *scene, uint32_t date)
{
    uint8_t record[8];
    struct writer w = writer_to(record, sizeof record);
    write_cut(scene->store, date);
    write_u64(&w, last_number(scene));
    put_record(scene->store, key_of_cut(date), record, sizeof record);
    return last_number(scene);
}

static void leave_unknown(const struct scene *scene, unsigned number, uint32_t date)
{
    move_share(scene->store, &scene->claims[number], date, SHARE_NONE, SHARE_RESERVED, CODE_NONE);
    move_share(scene->store, &scene->claims[number], date, SHARE_RESERVED, SHARE_DEBIT_UNKNOWN,
               CODE_NO_ANSWER);
}

static void release(const struct scene *scene, unsigned number, uint32_t date)
{
    move_share(scene->store, &scene->claims[number], date, SHARE_DEBIT_UNKNOWN, SHARE_RELEASED,
               CODE_APPROVED);
}

/* The dispute of the share's reversal, and its record. */
static struct dispute dispute_share(const struct scene *scene, unsigned number, uint32_t date)
{
    struct dispute dispute = {
        .refused = OPERATION_DEBIT_REVERSAL,
        .code = CODE_RELATED_INVALID,
        .about = scene->claims[number],
        .sender_issuer = HARBOUR,
        .receiver_issuer = JADE,
        .settlement_date = date,
    };
    move_share(scene->store, &scene->claims[number], date, SHARE_DEBIT_UNKNOWN, SHARE_DISPUTED,
               CODE_RELATED_INVALID);
    dispute.since = last_number(scene);
    put_dispute(scene->store, &dispute);
    return dispute;
}

static void close_dispute(const struct scene *scene, struct dispute *dispute)
{
    struct journal_entry entry;
    journal_begin(&entry, JOURNAL_CLOSED, &dispute->about, 0);
    entry.settlement_date = dispute->settlement_date;
    write_entry(scene->store, &entry);
    dispute->closed = last_number(scene);
    put_dispute(scene->store, dispute);
}

/* "DR1 OC2": codes and shares in their order. */
static const char *found(const struct scene *scene, uint32_t date, uint64_t mark)
{
    static char text[512];
    struct exceptions exceptions;
    struct fault fault = {RESULT_OK, ""};
    size_t len = 0;
    must(exceptions_find(scene->store, date, mark, &exceptions, &fault), &fault);
    text[0] = '\0';
    for (size_t i = 0; i < exceptions.count && len < sizeof text - 16; i++) {
        const struct exception *one = &exceptions.list[i];
        char code[EXCEPTION_CODE_LEN + 1];
        exception_code(one->status, one->operation.kind, code);
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s%u", len > 0 ? " " : "", code,
                                one->operation.reference.share);
    }
    exceptions_deinit(&exceptions);
    return text;
}

#define ASSERT_FOUND(scene, date, mark, expected)                                                  \
    do {                                                                                           \
        const char *found_ = found((scene), (date), (mark));                                       \
        if (strcmp(found_, (expected)) != 0)                                                       \
            fprintf(stderr, "%s:%d: expected \"%s\", got \"%s\"\n", __FILE__, __LINE__,            \
                    (expected), found_);                                                           \
        CU_ASSERT_STRING_EQUAL(found_, (expected));                                                \
    } while (0)

/* --- a date of its own ------------------------------------------------------------------------ */

static void a_good_day_has_none(void)
{
    struct scene scene;
    scene_open(&scene);
    write_claim(scene.store, &scene.claims[0], DAY, SHARE_CREDITED);
    leave_unknown(&scene, 1, DAY);
    release(&scene, 1, DAY);
    write_release(scene.store, &scene.freeze, DAY, 40000);
    uint64_t mark = cut(&scene, DAY);
    ASSERT_FOUND(&scene, DAY, mark, "");
    store_close(scene.store);
}

static void what_is_open_at_the_mark_stays_listed_for_ever(void)
{
    struct scene scene;
    scene_open(&scene);
    leave_unknown(&scene, 0, DAY);
    write_claim(scene.store, &scene.claims[1], DAY, SHARE_CREDIT_UNKNOWN);
    uint64_t mark = cut(&scene, DAY);
    ASSERT_FOUND(&scene, DAY, mark, "OR1 OC2");
    release(&scene, 0, DAY);
    move_share(scene.store, &scene.claims[1], DAY, SHARE_CREDIT_UNKNOWN, SHARE_CREDITED,
               CODE_CONFIRMED_REFUSED);
    ASSERT_FOUND(&scene, DAY, mark, "OR1 OC2");
    store_close(scene.store);
}

static void freezes_and_unfreezes_are_listed_while_they_are_open(void)
{
    struct scene scene;
    scene_open(&scene);
    struct operation second = freeze_of(2, 500, 1), left = about(&scene.freeze, OPERATION_UNFREEZE);
    write_freeze(scene.store, &second, DAY);
    move_freeze(scene.store, &second, DAY, FREEZE_FROZEN, FREEZE_REVERSING, 0);
    move_freeze(scene.store, &left, DAY, FREEZE_FROZEN, FREEZE_CLOSING, 0);
    move_freeze(scene.store, &left, DAY, FREEZE_CLOSING, FREEZE_CLOSING, 60000);
    uint64_t mark = cut(&scene, DAY);
    ASSERT_FOUND(&scene, DAY, mark, "OF0 OU0");
    store_close(scene.store);
}

static void a_closing_that_waits_for_its_shares_is_none(void)
{
    struct scene scene;
    scene_open(&scene);
    struct operation left = about(&scene.freeze, OPERATION_UNFREEZE);
    move_freeze(scene.store, &left, DAY, FREEZE_FROZEN, FREEZE_CLOSING, 0);
    uint64_t mark = cut(&scene, DAY);
    ASSERT_FOUND(&scene, DAY, mark, "");
    store_close(scene.store);
}

static void a_notice_of_another_amount_is_noted(void)
{
    struct scene scene;
    scene_open(&scene);
    struct operation notice = about(&scene.freeze, OPERATION_UNFREEZE);
    struct operation left = notice;
    notice.forwarder = institution(ALPHA);
    notice.amount_minor = 50000;
    move_freeze(scene.store, &notice, DAY, FREEZE_FROZEN, FREEZE_CLOSING, 0);
    move_freeze(scene.store, &left, DAY, FREEZE_CLOSING, FREEZE_CLOSING, 60000);
    move_freeze(scene.store, &left, DAY, FREEZE_CLOSING, FREEZE_CLOSED, 0);
    uint64_t mark = cut(&scene, DAY);
    struct exceptions exceptions;
    struct fault fault = {RESULT_OK, ""};
    must(exceptions_find(scene.store, DAY, mark, &exceptions, &fault), &fault);
    CU_ASSERT_EQUAL_FATAL(exceptions.count, 1);
    CU_ASSERT_EQUAL(exceptions.list[0].status, EXCEPTION_NOTED);
    CU_ASSERT_EQUAL(exceptions.list[0].operation.amount_minor, 60000);
    CU_ASSERT_EQUAL(exceptions.list[0].told_minor, 50000);
    exceptions_deinit(&exceptions);
    store_close(scene.store);
}

/* A share was under way at the cutover. */
static void a_notice_of_the_date_before_is_noted_with_the_release(void)
{
    struct scene scene;
    struct exceptions exceptions;
    struct fault fault = {RESULT_OK, ""};
    scene_open(&scene);
    struct operation notice = about(&scene.freeze, OPERATION_UNFREEZE), left = notice;
    notice.forwarder = institution(ALPHA);
    notice.amount_minor = 50000;
    move_freeze(scene.store, &notice, DAY, FREEZE_FROZEN, FREEZE_CLOSING, 0);
    uint64_t mark = cut(&scene, DAY);
    move_freeze(scene.store, &left, NEXT_DAY, FREEZE_CLOSING, FREEZE_CLOSING, 60000);
    move_freeze(scene.store, &left, NEXT_DAY, FREEZE_CLOSING, FREEZE_CLOSED, 0);
    uint64_t next = cut(&scene, NEXT_DAY);
    uint64_t third = cut(&scene, THIRD_DAY);
    ASSERT_FOUND(&scene, DAY, mark, "");
    ASSERT_FOUND(&scene, NEXT_DAY, next, "NU0");
    ASSERT_FOUND(&scene, THIRD_DAY, third, "");
    must(exceptions_find(scene.store, NEXT_DAY, next, &exceptions, &fault), &fault);
    CU_ASSERT_EQUAL_FATAL(exceptions.count, 1);
    CU_ASSERT_EQUAL(exceptions.list[0].operation.amount_minor, 60000);
    CU_ASSERT_EQUAL(exceptions.list[0].told_minor, 50000);
    CU_ASSERT_EQUAL(exceptions.list[0].settlement_date, NEXT_DAY);
    exceptions_deinit(&exceptions);
    store_close(scene.store);
}

static void a_closing_because_of_age_and_a_right_notice_are_not_noted(void)
{
    struct scene scene;
    scene_open(&scene);
    struct operation other = freeze_of(2, 60000, 3);
    struct operation left = about(&scene.freeze, OPERATION_UNFREEZE), right = left;
    struct operation second = about(&other, OPERATION_UNFREEZE);
    right.forwarder = institution(ALPHA);
    right.amount_minor = 60000;
    write_freeze(scene.store, &other, DAY);
    move_freeze(scene.store, &right, DAY, FREEZE_FROZEN, FREEZE_CLOSING, 0);
    move_freeze(scene.store, &other, DAY, FREEZE_FROZEN, FREEZE_CLOSING, 0);
    cut(&scene, DAY);
    move_freeze(scene.store, &left, NEXT_DAY, FREEZE_CLOSING, FREEZE_CLOSING, 60000);
    move_freeze(scene.store, &left, NEXT_DAY, FREEZE_CLOSING, FREEZE_CLOSED, 0);
    move_freeze(scene.store, &second, NEXT_DAY, FREEZE_CLOSING, FREEZE_CLOSING, 60000);
    move_freeze(scene.store, &second, NEXT_DAY, FREEZE_CLOSING, FREEZE_CLOSED, 0);
    uint64_t next = cut(&scene, NEXT_DAY);
    ASSERT_FOUND(&scene, NEXT_DAY, next, "");
    store_close(scene.store);
}

static void write_repeated(const struct scene *scene, const struct operation *request,
                           uint32_t date)
{
    write_own(scene->store, JOURNAL_REFUSED, request, date, CODE_DUPLICATE, 0);
}

static void a_key_used_again_for_something_else_is_noted(void)
{
    struct scene scene;
    scene_open(&scene);
    struct operation other = scene.claims[1];
    other.amount_minor--;
    write_repeated(&scene, &other, DAY);
    write_repeated(&scene, &scene.freeze, DAY);
    write_own(scene.store, JOURNAL_REFUSED, &scene.claims[2], DAY, CODE_STATE, 0);
    uint64_t mark = cut(&scene, DAY);
    write_repeated(&scene, &scene.claims[0], NEXT_DAY);
    uint64_t next = cut(&scene, NEXT_DAY);
    ASSERT_FOUND(&scene, DAY, mark, "ND2 ND0");
    ASSERT_FOUND(&scene, NEXT_DAY, next, "ND1");
    store_close(scene.store);
}

static void a_peer_that_goes_on_and_on_fills_no_list(void)
{
    struct scene scene;
    struct exceptions exceptions;
    struct fault fault = {RESULT_OK, ""};
    scene_open(&scene);
    for (int i = 0; i <= EXCEPTIONS_REPEATED_MAX; i++)
        write_repeated(&scene, &scene.claims[0], DAY);
    uint64_t mark = cut(&scene, DAY);
    must(exceptions_find(scene.store, DAY, mark, &exceptions, &fault), &fault);
    CU_ASSERT_EQUAL(exceptions.count, EXCEPTIONS_REPEATED_MAX);
    CU_ASSERT_EQUAL(exceptions.list[0].code, CODE_DUPLICATE);
    exceptions_deinit(&exceptions);
    store_close(scene.store);
}

static void a_credit_confirmed_late_is_told_once(void)
{
    struct scene scene;
    scene_open(&scene);
    write_claim(scene.store, &scene.claims[0], DAY, SHARE_CREDIT_UNKNOWN);
    move_share(scene.store, &scene.claims[0], DAY, SHARE_CREDIT_UNKNOWN, SHARE_CREDITED,
               CODE_CONFIRMED_UNSEEN);
    write_claim(scene.store, &scene.claims[1], NEXT_DAY, SHARE_CREDITED);
    uint64_t mark = cut(&scene, DAY), next = cut(&scene, NEXT_DAY);
    ASSERT_FOUND(&scene, DAY, mark, "EC1");
    ASSERT_FOUND(&scene, NEXT_DAY, next, "");
    store_close(scene.store);
}

static void a_share_claimed_again_is_another_matter(void)
{
    struct scene scene;
    scene_open(&scene);
    leave_unknown(&scene, 0, DAY);
    release(&scene, 0, DAY);
    scene.claims[0].stan++;
    leave_unknown(&scene, 0, DAY);
    uint64_t mark = cut(&scene, DAY);
    struct exceptions exceptions;
    struct fault fault = {RESULT_OK, ""};
    must(exceptions_find(scene.store, DAY, mark, &exceptions, &fault), &fault);
    CU_ASSERT_EQUAL_FATAL(exceptions.count, 1);
    CU_ASSERT_EQUAL(exceptions.list[0].operation.stan, scene.claims[0].stan);
    exceptions_deinit(&exceptions);
    store_close(scene.store);
}

/* More than there is room for at first, some of them ended again in between. */
static void hundreds_may_be_open_at_once(void)
{
    enum { OPEN = 300 };
    struct scene scene;
    struct exceptions exceptions;
    struct fault fault = {RESULT_OK, ""};
    scene_open(&scene);
    for (uint64_t i = 0; i < OPEN; i++) {
        struct operation freeze = freeze_of(100 + i, 500, 1);
        write_freeze(scene.store, &freeze, DAY);
        move_freeze(scene.store, &freeze, DAY, FREEZE_FROZEN, FREEZE_REVERSING, 0);
        if (i % 3 == 0)
            move_freeze(scene.store, &freeze, DAY, FREEZE_REVERSING, FREEZE_REVERSED, 0);
    }
    uint64_t mark = cut(&scene, DAY);
    must(exceptions_find(scene.store, DAY, mark, &exceptions, &fault), &fault);
    CU_ASSERT_EQUAL_FATAL(exceptions.count, OPEN - OPEN / 3);
    for (size_t i = 0; i < exceptions.count; i++) {
        CU_ASSERT_NOT_EQUAL((exceptions.list[i].operation.reference.sequence - 100) % 3, 0);
        CU_ASSERT_TRUE(i == 0 || exceptions.list[i - 1].since < exceptions.list[i].since);
    }
    exceptions_deinit(&exceptions);
    store_close(scene.store);
}

/* --- dates before it -------------------------------------------------------------------------- */

static void what_an_earlier_file_left_open_is_told_when_it_has_ended(void)
{
    struct scene scene;
    scene_open(&scene);
    leave_unknown(&scene, 0, DAY);
    leave_unknown(&scene, 1, DAY);
    uint64_t mark = cut(&scene, DAY);
    release(&scene, 0, DAY);
    write_claim(scene.store, &scene.claims[2], NEXT_DAY, SHARE_CREDITED);
    uint64_t next = cut(&scene, NEXT_DAY);
    release(&scene, 1, DAY);
    uint64_t third = cut(&scene, THIRD_DAY);
    ASSERT_FOUND(&scene, DAY, mark, "OR1 OR2");
    ASSERT_FOUND(&scene, NEXT_DAY, next, "ER1 OR2");
    ASSERT_FOUND(&scene, THIRD_DAY, third, "ER2");
    store_close(scene.store);
}

/* Nothing of that date has happened since: its stored message says that it is open. */
static void is_listed_again(uint32_t later)
{
    struct scene scene;
    scene_open(&scene);
    leave_unknown(&scene, 0, DAY);
    cut(&scene, DAY);
    struct operation reversal =
        about(&(struct operation){.kind = OPERATION_DEBIT, .stan = 7}, OPERATION_DEBIT_REVERSAL);
    reversal.settlement = DAY % 10000;
    uint8_t record[OPERATION_RECORD_MAX + 16];
    struct writer w = writer_to(record, sizeof record);
    write_u8(&w, 2); /* the version */
    write_uint(&w, HARBOUR, 5);
    write_u64(&w, 0);
    operation_encode(&w, &reversal);
    put_record(scene.store, key_of_name(TABLE_FORWARD, "one"), record, w.len);
    write_claim(scene.store, &scene.claims[2], later, SHARE_CREDITED);
    uint64_t next = cut(&scene, later);
    ASSERT_FOUND(&scene, later, next, "OR1");
    store_close(scene.store);
}

static void what_waits_since_an_earlier_date_is_listed_again(void)
{
    is_listed_again(NEXT_DAY);
}

/* As long as anything may wait: DE 15 has no year. */
static void what_has_waited_for_most_of_a_year_is_listed_again(void)
{
    is_listed_again(date_add_days(DAY, 183));
    is_listed_again(date_add_days(DAY, 299));
}

static void a_later_date_is_not_the_files_affair(void)
{
    struct scene scene;
    scene_open(&scene);
    leave_unknown(&scene, 0, NEXT_DAY);
    dispute_share(&scene, 0, NEXT_DAY);
    leave_unknown(&scene, 1, NEXT_DAY);
    uint64_t mark = cut(&scene, DAY);
    ASSERT_FOUND(&scene, DAY, mark, "");
    store_close(scene.store);
}

static void a_date_that_is_cut_later_has_told_nothing_yet(void)
{
    struct scene scene;
    scene_open(&scene);
    leave_unknown(&scene, 0, DAY);
    uint64_t next = cut(&scene, NEXT_DAY);
    release(&scene, 0, DAY);
    uint64_t mark = cut(&scene, DAY);
    ASSERT_FOUND(&scene, NEXT_DAY, next, "OR1");
    ASSERT_FOUND(&scene, DAY, mark, "");
    store_close(scene.store);
}

/* --- disputes --------------------------------------------------------------------------------- */

static void a_dispute_is_listed_every_day_until_it_is_closed(void)
{
    struct scene scene;
    scene_open(&scene);
    leave_unknown(&scene, 0, DAY);
    struct dispute dispute = dispute_share(&scene, 0, DAY);
    uint64_t mark = cut(&scene, DAY);
    uint64_t next = cut(&scene, NEXT_DAY);
    close_dispute(&scene, &dispute);
    uint64_t third = cut(&scene, THIRD_DAY);
    ASSERT_FOUND(&scene, DAY, mark, "DR1");
    ASSERT_FOUND(&scene, NEXT_DAY, next, "DR1");
    ASSERT_FOUND(&scene, THIRD_DAY, third, "");
    store_close(scene.store);
}

static void a_dispute_after_the_mark_was_still_open_then(void)
{
    struct scene scene;
    scene_open(&scene);
    leave_unknown(&scene, 0, DAY);
    uint64_t mark = cut(&scene, DAY);
    dispute_share(&scene, 0, DAY);
    uint64_t next = cut(&scene, NEXT_DAY);
    ASSERT_FOUND(&scene, DAY, mark, "OR1");
    ASSERT_FOUND(&scene, NEXT_DAY, next, "DR1");
    store_close(scene.store);
}

/* --- codes, and what cannot be read ----------------------------------------------------------- */

static void every_code_reads_back_and_has_words(void)
{
    static const enum operation_kind kinds[] = {OPERATION_DEBIT_REVERSAL, OPERATION_CONFIRMATION,
                                                OPERATION_FREEZE_REVERSAL, OPERATION_UNFREEZE};
    for (enum exception_status status = 0; status < EXCEPTION_STATUSES; status++)
        for (unsigned i = status == EXCEPTION_NOTED ? 3 : 0; i < 4; i++) {
            char code[EXCEPTION_CODE_LEN + 1];
            enum exception_status back;
            enum operation_kind kind = OPERATION_NONE;
            exception_code(status, kinds[i], code);
            CU_ASSERT_TRUE(exception_code_parse(bytes_text(code), &back, &kind));
            CU_ASSERT_EQUAL(back, status);
            /* Of what was refused at once the code does not say what it was. */
            CU_ASSERT_EQUAL(kind, status == EXCEPTION_REPEATED ? OPERATION_NONE : kinds[i]);
            struct exception_meaning meaning = exception_meaning(status, kind);
            CU_ASSERT_TRUE(meaning.what[0] != '\0' && meaning.fault[0] != '\0' &&
                           meaning.todo[0] != '\0');
        }
}

static void refuses_codes_that_there_are_not(void)
{
    static const char *const bad[] = {"", "D", "DRX", "XR", "DX", "RD", "NR", "DD", "ND ", "  "};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        enum exception_status status;
        enum operation_kind kind;
        CU_ASSERT_FALSE(exception_code_parse(bytes_text(bad[i]), &status, &kind));
    }
}

static void apply_garbage(struct store_step *step, struct store_tx *tx)
{
    (void)step;
    store_tx_log(tx, DAY, "no journal", 10);
}

static void a_log_record_that_is_no_entry_is_refused(void)
{
    struct scene scene;
    struct exceptions exceptions;
    struct fault fault = {RESULT_OK, ""};
    scene_open(&scene);
    struct store_step step = {.apply = apply_garbage, .done = append_done};
    store_submit(scene.store, &step);
    must(store_drain(scene.store, &fault), &fault);
    uint64_t mark = cut(&scene, DAY);
    CU_ASSERT_EQUAL(exceptions_find(scene.store, DAY, mark, &exceptions, &fault), RESULT_CORRUPT);
    CU_ASSERT_STRING_EQUAL(fault.text, "log record 3 is no entry of a journal");
    exceptions_deinit(&exceptions);
    store_close(scene.store);
}

SUITE(CASE(a_good_day_has_none), CASE(what_is_open_at_the_mark_stays_listed_for_ever),
      CASE(freezes_and_unfreezes_are_listed_while_they_are_open),
      CASE(a_closing_that_waits_for_its_shares_is_none), CASE(a_notice_of_another_amount_is_noted),
      CASE(a_notice_of_the_date_before_is_noted_with_the_release),
      CASE(a_closing_because_of_age_and_a_right_notice_are_not_noted),
      CASE(a_key_used_again_for_something_else_is_noted),
      CASE(a_peer_that_goes_on_and_on_fills_no_list), CASE(a_credit_confirmed_late_is_told_once),
      CASE(a_share_claimed_again_is_another_matter), CASE(hundreds_may_be_open_at_once),
      CASE(what_an_earlier_file_left_open_is_told_when_it_has_ended),
      CASE(what_waits_since_an_earlier_date_is_listed_again),
      CASE(what_has_waited_for_most_of_a_year_is_listed_again),
      CASE(a_later_date_is_not_the_files_affair),
      CASE(a_date_that_is_cut_later_has_told_nothing_yet),
      CASE(a_dispute_is_listed_every_day_until_it_is_closed),
      CASE(a_dispute_after_the_mark_was_still_open_then), CASE(every_code_reads_back_and_has_words),
      CASE(refuses_codes_that_there_are_not), CASE(a_log_record_that_is_no_entry_is_refused))
