/* Files against a book: a merge of two sorted streams, and a second look, at the book of all other
 * dates, for what the book of the date lacks. */
#include "clearing/reconcile.h"

#include "base/crc32c.h"
#include "base/text.h"
#include "clearing/balance.h"
#include "clearing/file.h"
#include "clearing/findings.h"
#include "clearing/side.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    /* Bytes of memory. Both sides, what is missing and the findings are there at once: 25 MiB. */
    SIDE_MEMORY = 8 << 20,
    MISSING_MEMORY = 2 << 20,
    FILTER_LEN = 1 << 20, /* 8 million bits: 100,000 that are missing let 1 of 80 others pass */
};

struct reconcile {
    const struct reconcile_config *config;
    struct reconcile_result *result;
    uint64_t institution;
    struct reconcile_forms forms;
    struct side file, ledger;
    struct side missing, elsewhere; /* of the files, without an item of the date; in the book */
    struct findings findings;
    struct side_group *in_file, *in_ledger;
    uint8_t *filter;        /* which items may be missing, by a sum of their keys */
    struct balance balance; /* of the position against the details */
    bool has[LAYOUT_CONTENTS];
    uint16_t sources[LAYOUT_CONTENTS]; /* which file it was */
    enum result scanned;               /* inside a scan of the book */
    struct fault book_fault;
    struct fault *fault;
};

/* --- the result ------------------------------------------------------------------------------- */

static enum result report(struct reconcile *r, enum reconcile_class class, const struct item *file,
                          const struct item *ledger, bool file_says_more)
{
    struct reconcile_difference difference = {.class = class,
                                              .in_file = file != NULL,
                                              .in_ledger = ledger != NULL,
                                              .file_says_more = file_says_more};
    if (class == RECONCILE_MATCHED) {
        r->result->counts[class]++;
        return RESULT_OK;
    }
    if (file != NULL)
        difference.file = *file;
    if (ledger != NULL)
        difference.ledger = *ledger;
    return findings_add(&r->findings, &difference, r->fault);
}

uint64_t reconcile_differences(const struct reconcile_result *result)
{
    uint64_t count = 0;
    for (enum reconcile_class class = 0; class < RECONCILE_CLASSES; class ++)
        if (class != RECONCILE_MATCHED && class != RECONCILE_NOTED && class != RECONCILE_EXCEPTED)
            count += result->counts[class];
    return count;
}

void reconcile_result_deinit(struct reconcile_result *result)
{
    free(result->differences);
    *result = (struct reconcile_result){0};
}

/* --- the files -------------------------------------------------------------------------------- */

/* What says which item a line is, and what it comes to, stands in columns of it; *column is touched
 * only when one is missing. */
static bool find_lacking(const struct layout *layout, enum row_source *column)
{
    static const enum row_source of_money[] = {
        ROW_SETTLEMENT_DATE, ROW_MTI,  ROW_PROCESS,  ROW_AMOUNT,
        ROW_TRANSMISSION,    ROW_STAN, ROW_ACQUIRER, ROW_FORWARDER,
    };
    static const enum row_source of_freezes[] = {
        ROW_SETTLEMENT_DATE, ROW_MTI,         ROW_PROCESS,         ROW_AMOUNT,
        ROW_FREEZE_WALLET,   ROW_FREEZE_DATE, ROW_FREEZE_SEQUENCE,
    };
    enum layout_content content = layout->content;
    bool is_freezes = content == LAYOUT_FREEZES;
    const enum row_source *needed = is_freezes ? of_freezes : of_money;
    size_t count = is_freezes ? sizeof of_freezes / sizeof of_freezes[0]
                              : sizeof of_money / sizeof of_money[0];
    if (content != LAYOUT_ISSUER && content != LAYOUT_ACQUIRER && content != LAYOUT_SENDER &&
        !is_freezes)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!layout_tells(layout, LAYOUT_DETAIL, needed[i])) {
            *column = needed[i];
            return true;
        }
    return false;
}

enum result reconcile_form(struct reconcile_forms *forms, const struct layout_set *layouts,
                           const char *path, enum layout_content *content, bool *is_first,
                           struct fault *fault)
{
    const char *slash = strrchr(path, '/');
    uint32_t ignored;
    const struct layout *layout =
        layout_set_find(layouts, slash != NULL ? slash + 1 : path, &ignored);
    if (layout == NULL)
        return fault_set(fault, RESULT_INPUT, "%s: no layout writes a file of this name", path);
    *content = layout->content;
    *is_first = false;
    if (find_lacking(layout, &forms->column[layout->content])) {
        forms->lacking[layout->content] = path;
        return RESULT_OK;
    }
    if (forms->of[layout->content] == NULL)
        forms->of[layout->content] = layout;
    *is_first = forms->of[layout->content] == layout;
    return RESULT_OK;
}

enum result reconcile_forms_check(const struct reconcile_forms *forms, struct fault *fault)
{
    for (enum layout_content content = 0; content < LAYOUT_CONTENTS; content++)
        if (forms->lacking[content] != NULL && forms->of[content] == NULL)
            return fault_set(fault, RESULT_INPUT,
                             "%s: nothing can be compared by its layout: the details have no "
                             "column `%s`",
                             forms->lacking[content], row_source_name(forms->column[content]));
    return RESULT_OK;
}

const char *reconcile_use_key(enum reconcile_use use)
{
    static const char *const keys[RECONCILE_USES] = {"read", "items", "sums", "explains"};
    MUST(use < RECONCILE_USES);
    return keys[use];
}

static enum reconcile_use use_of(enum layout_content content)
{
    switch (content) {
    case LAYOUT_ISSUER:
    case LAYOUT_ACQUIRER:
    case LAYOUT_FREEZES:
        return RECONCILE_ITEMS;
    case LAYOUT_SENDER:
    case LAYOUT_POSITION:
    case LAYOUT_ACQUIRER_FEES:
    case LAYOUT_ISSUER_FEES:
    case LAYOUT_SWITCH_FEES:
        return RECONCILE_SUMS;
    case LAYOUT_EXCEPTIONS:
        return RECONCILE_EXPLAINS;
    /* A packet is what is left of it after all its dates; a book says what was done on each. */
    case LAYOUT_PACKETS:
    case LAYOUT_ACQUIRER_ERRORS:
    case LAYOUT_ISSUER_ERRORS:
    case LAYOUT_CONTENTS:
        return RECONCILE_READ;
    }
    MUST(false);
    return RECONCILE_READ;
}

/* A mapping says what a book is; of a store the entries do. */
static enum result check_role(const struct reconcile *r, const char *path,
                              enum layout_content content)
{
    const struct ledger *ledger = r->config->ledger;
    bool is_issuers = content == LAYOUT_ISSUER;
    bool is_wallets = content == LAYOUT_ACQUIRER || content == LAYOUT_SENDER;
    if (!ledger->is_file || !(ledger->is_wallet ? is_issuers : is_wallets))
        return RESULT_OK;
    return fault_set(r->fault, RESULT_INPUT, "%s: it is %s file, and by its mapping the book is %s",
                     path, is_issuers ? "an issuer's" : "a wallet's",
                     is_issuers ? "a wallet's" : "an issuer's");
}

struct file_reading {
    struct reconcile *r;
    uint16_t source;
    enum layout_content content;
    bool is_first; /* else another form of what was read */
    enum result result;
};

static bool take_row(void *context, const struct row *row, uint64_t line)
{
    struct file_reading *reading = context;
    struct reconcile *r = reading->r;
    enum operation_kind kind = row->operation.kind;
    if (!reading->is_first)
        return true;
    if (r->config->see != NULL)
        reading->result = r->config->see(r->config->context, reading->content, row);
    if (reading->result != RESULT_OK)
        return false;
    bool is_reversal = kind == OPERATION_PURCHASE_REVERSAL;
    bool is_compared = item_is_money(kind) || kind == OPERATION_FREEZE ||
                       kind == OPERATION_UNFREEZE || is_reversal;
    reading->result = balance_take(&r->balance, reading->content, row, r->fault);
    if (reading->result != RESULT_OK)
        return false;
    /* The error files have some of them once more. */
    if (row->is_exception && reading->content != LAYOUT_EXCEPTIONS)
        return true;
    if (row->is_exception) {
        reading->result = findings_except(&r->findings, row, r->fault);
        return reading->result == RESULT_OK;
    }
    if (reading->content == LAYOUT_POSITION || reading->content == LAYOUT_SENDER || !is_compared)
        return true;
    struct operation operation = row->operation;
    if (is_reversal)
        operation.kind = OPERATION_PURCHASE; /* whose key it has */
    struct item item = item_of(&operation, row->settlement_date, operation.amount_minor);
    if (is_reversal)
        item.flags |= ITEM_UNDOES;
    if (operation.kind == OPERATION_PURCHASE && reading->content == LAYOUT_ACQUIRER)
        item.flags |= ITEM_GOT;
    item.source = reading->source;
    item.place = line;
    item.code = row->code;
    item.state = row->code == CODE_TO_BE_CONFIRMED ? ITEM_UNCONFIRMED : ITEM_FINAL;
    reading->result = side_add(&r->file, &item, r->fault);
    return reading->result == RESULT_OK;
}

static enum result check_institution(struct reconcile *r, const char *path, uint64_t institution)
{
    const struct reconcile_config *config = r->config;
    if (institution == 0)
        return RESULT_OK;
    if (r->institution == 0)
        r->institution = institution;
    if (r->institution == institution)
        return RESULT_OK;
    if (config->institution == 0 && r->institution == config->ledger->institution)
        return fault_set(r->fault, RESULT_INPUT,
                         "this book is of %011" PRIu64 ", the files are of %011" PRIu64 " (%s)",
                         config->ledger->institution, institution, path);
    return fault_set(r->fault, RESULT_INPUT,
                     "%s: expected a file of institution %011" PRIu64 ", got one of %011" PRIu64,
                     path, r->institution, institution);
}

static enum result read_file(struct reconcile *r, uint16_t source, struct digest *digest)
{
    const char *path = r->config->files[source];
    uint32_t *date = &r->result->date;
    struct clearing_file file;
    struct file_reading reading = {.r = r, .source = source};
    TRY(reconcile_form(&r->forms, r->config->layouts, path, &reading.content, &reading.is_first,
                       r->fault));
    TRY(check_role(r, path, reading.content));
    if (reading.is_first)
        balance_begin_file(&r->balance, r->forms.of[reading.content], r->institution);
    TRY(clearing_file_read_hashed(path, r->config->layouts, digest, take_row, &reading, &file,
                                  r->fault));
    TRY(reading.result);
    if (r->config->seen != NULL)
        r->config->seen[source] = manifest_seen_of(&file);
    TRY(check_institution(r, path, file.institution));
    if (*date == 0)
        *date = file.settlement_date;
    if (file.settlement_date != 0 && file.settlement_date != *date)
        return fault_set(r->fault, RESULT_INPUT,
                         "%s: expected a file of settlement date %08u, got one of %08u", path,
                         *date, file.settlement_date);
    if (reading.is_first && r->has[reading.content])
        return fault_set(r->fault, RESULT_INPUT, "%s: a second file of the same content", path);
    r->has[reading.content] |= reading.is_first;
    r->result->files[r->result->file_count++] = (struct reconcile_file){
        reading.content, reading.is_first ? use_of(reading.content) : RECONCILE_READ};
    if (reading.is_first)
        r->sources[reading.content] = source;
    return RESULT_OK;
}

static enum result read_each(struct reconcile *r)
{
    struct digest *digest = NULL;
    enum result result = r->config->seen != NULL ? digest_open(&digest, r->fault) : RESULT_OK;
    for (size_t i = 0; i < r->config->file_count && result == RESULT_OK; i++)
        result = read_file(r, (uint16_t)i, digest);
    digest_close(digest);
    return result;
}

static enum result read_files(struct reconcile *r)
{
    const struct reconcile_config *config = r->config;
    size_t count = config->file_count;
    uint64_t book = config->ledger->institution;
    if (count == 0 || count > RECONCILE_FILES_MAX)
        return fault_set(r->fault, RESULT_INPUT, "expected 1 to %d files, got %zu",
                         RECONCILE_FILES_MAX, count);
    r->institution = config->institution != 0 ? config->institution : book;
    TRY(read_each(r));
    TRY(reconcile_forms_check(&r->forms, r->fault));
    if (r->result->date == 0)
        return fault_set(r->fault, RESULT_INPUT, "expected a settlement date: no file names one");
    if (book != 0 && r->institution != book)
        return fault_set(r->fault, RESULT_INPUT,
                         "this book is of %011" PRIu64 ", the files are of %011" PRIu64, book,
                         r->institution);
    r->result->institution = r->institution;
    return side_sort(&r->file, r->fault);
}

/* --- the book --------------------------------------------------------------------------------- */

/* What no file is about is not held against the book: somebody may compare money alone. */
static enum result note_contents(struct reconcile *r)
{
    const struct reconcile_config *config = r->config;
    bool has[LAYOUT_CONTENTS] = {false};
    for (size_t i = 0; i < config->file_count && i < RECONCILE_FILES_MAX; i++) {
        struct reconcile_forms ignored_forms = {0};
        enum layout_content content = LAYOUT_CONTENTS;
        bool ignored;
        TRY(reconcile_form(&ignored_forms, config->layouts, config->files[i], &content, &ignored,
                           r->fault));
        has[content] = true;
    }
    r->result->has_money = has[LAYOUT_ISSUER] || has[LAYOUT_ACQUIRER];
    r->result->has_freezes = has[LAYOUT_FREEZES];
    return RESULT_OK;
}

static bool take_item(void *context, const struct item *item)
{
    struct reconcile *r = context;
    if (item_is_money(item->kind) ? !r->result->has_money : !r->result->has_freezes)
        return true;
    r->scanned = side_add(&r->ledger, item, &r->book_fault);
    return r->scanned == RESULT_OK;
}

static enum result read_book(struct reconcile *r, uint32_t date)
{
    TRY(ledger_scan(r->config->ledger, date, take_item, r, &r->book_fault));
    TRY(r->scanned);
    return side_sort(&r->ledger, &r->book_fault);
}

/* --- both at once ----------------------------------------------------------------------------- */

struct files_reading {
    struct reconcile *r;
    enum result result;
};

static void *read_files_aside(void *context)
{
    struct files_reading *reading = context;
    reading->result = read_files(reading->r);
    return NULL;
}

/* The date of the files before they are read; 0: their names do not say. */
static uint32_t guess_date(const struct reconcile *r)
{
    const struct reconcile_config *config = r->config;
    uint32_t yymmdd = 0;
    if (config->date != 0 || config->file_count == 0)
        return config->date;
    const char *slash = strrchr(config->files[0], '/');
    (void)layout_set_find(config->layouts, slash != NULL ? slash + 1 : config->files[0], &yymmdd);
    return yymmdd != 0 ? 20000000 + yymmdd : 0;
}

/* Files and book cost about the same and share nothing, so the files are read on a thread of their
 * own; the book stays with the owner of its store. */
static enum result read_both(struct reconcile *r)
{
    struct files_reading reading = {.r = r};
    enum result book = RESULT_OK;
    uint32_t date = guess_date(r);
    pthread_t aside;
    bool is_aside = date != 0 && pthread_create(&aside, NULL, read_files_aside, &reading) == 0;
    if (is_aside) {
        book = read_book(r, date);
        MUST(pthread_join(aside, NULL) == 0);
    } else
        reading.result = read_files(r);
    TRY(reading.result);
    if (!is_aside || date != r->result->date) {
        side_close(&r->ledger);
        TRY(side_open(&r->ledger, SIDE_MEMORY, r->config->folder, r->fault));
        book = read_book(r, r->result->date);
    }
    if (book != RESULT_OK)
        return fault_set(r->fault, book, "%s", r->book_fault.text);
    return RESULT_OK;
}

/* --- pairs ------------------------------------------------------------------------------------ */

static bool has_other_state(const struct item *file, const struct item *ledger)
{
    bool is_unconfirmed = ledger->state == ITEM_UNCONFIRMED;
    if (file->kind == OPERATION_CLAIM)
        return is_unconfirmed != (file->state == ITEM_UNCONFIRMED);
    return ledger->state == ITEM_HELD || (is_unconfirmed && file->state == ITEM_FINAL);
}

/* Of a purchase: taken back in the file, so that none of it is to stand in the book. */
static enum result compare_taken_back(struct reconcile *r, const struct item *file,
                                      const struct item *ledger, bool stands)
{
    return report(r, stands ? RECONCILE_STATE : RECONCILE_MATCHED, file, ledger, false);
}

static enum result compare_pair(struct reconcile *r, const struct item *file,
                                const struct item *ledger, bool stands)
{
    bool says_more = file->amount_minor > ledger->amount_minor;
    bool is_believed = (ledger->flags & ITEM_BELIEVED) != 0;
    uint32_t date = r->result->date;
    enum reconcile_class class = RECONCILE_MATCHED;
    if (!stands) {
        /* A freeze that was reversed may be in a file: it had been FROZEN. */
        says_more = true;
        if (file->kind != OPERATION_FREEZE || ledger->state != ITEM_REVERSED)
            class = RECONCILE_STATE;
    } else if (file->date != date || ledger->date != date) {
        /* A wallet's notice and what it released may be of two days: a cutover lies between. */
        class = is_believed ? RECONCILE_NOTED : RECONCILE_WRONG_DAY;
        says_more = file->date != date; /* whatever the book says, that line is in a wrong file */
    } else if (file->amount_minor != ledger->amount_minor)
        class = is_believed ? RECONCILE_NOTED : RECONCILE_AMOUNT;
    else if (has_other_state(file, ledger))
        class = RECONCILE_STATE;
    else if (item_has_other_particulars(file, ledger))
        class = RECONCILE_PARTICULARS;
    return report(r, class, file, ledger, says_more);
}

/* The same once more, for each that was not kept. */
static enum result report_more(struct reconcile *r, const struct side_group *group, bool is_file)
{
    const struct item *last = &group->items[group->count - 1];
    for (uint64_t i = 0; i < group->more; i++)
        TRY(report(r, RECONCILE_DUPLICATE, is_file ? last : NULL, is_file ? NULL : last, is_file));
    return RESULT_OK;
}

/* A purchase that was given back more often than it was made. Of a file each reversal has its
 * purchase; an acquirer's book may have a reversal alone, whose purchase was never answered. */
static enum result report_unpaired(struct reconcile *r, const struct side_group *group,
                                   bool is_file)
{
    const struct item *item = &group->items[0];
    bool may_be_alone = !is_file && group->undone == 0;
    uint64_t extra = group->unpaired;
    if (item->kind != OPERATION_PURCHASE || extra == 0)
        return RESULT_OK;
    for (uint64_t i = may_be_alone ? 1 : 0; i < extra; i++)
        TRY(report(r, RECONCILE_DUPLICATE, is_file ? item : NULL, is_file ? NULL : item, is_file));
    return RESULT_OK;
}

/* One key on both sides, each in the order of amounts: equal amounts go together, and what one side
 * has more often is extra there. */
static enum result compare_groups(struct reconcile *r)
{
    const struct side_group *file = r->in_file, *ledger = r->in_ledger;
    size_t f = 0, l = 0;
    while (f < file->count || l < ledger->count) {
        /* When one side has run out, its last one stands for what the other has too much of. */
        const struct item *a = &file->items[f < file->count ? f : file->count - 1];
        const struct item *b = &ledger->items[l < ledger->count ? l : ledger->count - 1];
        size_t left_f = file->count - f, left_l = ledger->count - l;
        bool is_extra_f = left_f > left_l && (left_l == 0 || a->amount_minor < b->amount_minor);
        bool is_extra_l = left_l > left_f && (left_f == 0 || b->amount_minor < a->amount_minor);
        if (is_extra_f || is_extra_l)
            TRY(report(r, RECONCILE_DUPLICATE, a, b, is_extra_f));
        else if (!file->stands)
            TRY(compare_taken_back(r, a, b, ledger->stands));
        else
            TRY(compare_pair(r, a, b, ledger->stands));
        f += !is_extra_l;
        l += !is_extra_f;
    }
    TRY(report_more(r, file, true));
    return report_more(r, ledger, false);
}

/* --- what only one side has ------------------------------------------------------------------- */

static uint8_t *filter_bit(const struct reconcile *r, const struct item *item, uint8_t *bit)
{
    uint32_t sum = crc32c(0, item->key, sizeof item->key);
    *bit = (uint8_t)(1u << (sum & 7));
    return &r->filter[(sum >> 3) % FILTER_LEN];
}

/* For the second look; the same once more can be told already. */
static enum result keep_missing(struct reconcile *r)
{
    const struct side_group *group = r->in_file;
    uint8_t bit;
    if (!group->stands)
        return RESULT_OK; /* taken back: as if it had never been */
    uint8_t *byte = filter_bit(r, &group->items[0], &bit);
    *byte |= bit;
    TRY(side_add(&r->missing, &group->items[0], r->fault));
    for (size_t i = 1; i < group->count; i++)
        TRY(report(r, RECONCILE_DUPLICATE, &group->items[i], NULL, true));
    return report_more(r, group, true);
}

static enum result report_unknown(struct reconcile *r)
{
    const struct side_group *group = r->in_ledger;
    for (size_t i = 0; i < group->count && group->stands; i++) {
        const struct item *item = &group->items[i];
        enum reconcile_class class = i == 0 ? RECONCILE_ONLY_LEDGER : RECONCILE_DUPLICATE;
        if ((item->flags & ITEM_BELIEVED) != 0)
            class = RECONCILE_NOTED;
        TRY(report(r, class, NULL, item, false));
    }
    return report_more(r, group, false);
}

static enum result report_missing(struct reconcile *r, const struct item *item)
{
    enum reconcile_class class = RECONCILE_ONLY_FILE;
    if (item->date != r->result->date)
        class = RECONCILE_WRONG_DAY;
    else if (item->kind == OPERATION_UNFREEZE && r->config->ledger->is_wallet)
        class = RECONCILE_NOTED;
    else if (item->kind == OPERATION_CREDIT && item->state == ITEM_UNCONFIRMED)
        class = RECONCILE_STATE;
    return report(r, class, item, NULL, true);
}

static bool look_elsewhere(void *context, const struct item *item)
{
    struct reconcile *r = context;
    uint8_t bit;
    const uint8_t *byte = filter_bit(r, item, &bit);
    if ((*byte & bit) != 0)
        r->scanned = side_add(&r->elsewhere, item, r->fault);
    return r->scanned == RESULT_OK;
}

/* --- all of it -------------------------------------------------------------------------------- */

static enum result merge(struct reconcile *r)
{
    struct side *file = &r->file, *ledger = &r->ledger;
    while (file->has_next || ledger->has_next) {
        int order = !file->has_next     ? 1
                    : !ledger->has_next ? -1
                                        : memcmp(file->next, ledger->next, ITEM_KEY_LEN);
        if (order == 0 && side_is_single(file) && side_is_single(ledger) &&
            item_records_match(file->next, ledger->next, r->result->date)) {
            r->result->counts[RECONCILE_MATCHED]++;
            TRY(side_skip(file, r->fault));
            TRY(side_skip(ledger, r->fault));
            continue;
        }
        if (order <= 0)
            TRY(side_take(file, r->in_file, r->fault));
        if (order >= 0)
            TRY(side_take(ledger, r->in_ledger, r->fault));
        TRY(order <= 0 ? report_unpaired(r, r->in_file, true) : RESULT_OK);
        TRY(order >= 0 ? report_unpaired(r, r->in_ledger, false) : RESULT_OK);
        TRY(order < 0 ? keep_missing(r) : order > 0 ? report_unknown(r) : compare_groups(r));
    }
    side_close(file);
    side_close(ledger);
    return RESULT_OK;
}

/* The book of all dates, as far as it can be about what is missing. */
static enum result merge_elsewhere(struct reconcile *r)
{
    struct side *missing = &r->missing, *elsewhere = &r->elsewhere;
    TRY(side_sort(missing, r->fault));
    if (!missing->has_next)
        return RESULT_OK;
    TRY(side_open(elsewhere, SIDE_MEMORY, r->config->folder, r->fault));
    TRY(ledger_scan(r->config->ledger, 0, look_elsewhere, r, r->fault));
    TRY(r->scanned);
    TRY(side_sort(elsewhere, r->fault));
    while (missing->has_next) {
        int order = 1;
        TRY(side_take(missing, r->in_file, r->fault));
        const struct item *item = &r->in_file->items[0];
        while (elsewhere->has_next &&
               (order = memcmp(elsewhere->next, item->key, ITEM_KEY_LEN)) < 0)
            TRY(side_take(elsewhere, r->in_ledger, r->fault));
        if (!elsewhere->has_next || order != 0) {
            TRY(report_missing(r, item));
            continue;
        }
        TRY(side_take(elsewhere, r->in_ledger, r->fault));
        TRY(compare_pair(r, item, &r->in_ledger->items[0], r->in_ledger->stands));
    }
    return RESULT_OK;
}

static void report_sum(void *context, const struct balance_difference *found)
{
    struct reconcile *r = context;
    struct reconcile_result *result = r->result;
    bool is_position = found->content == LAYOUT_POSITION;
    struct item said = {.kind = found->kind,
                        .date = result->date,
                        .amount_minor = found->said,
                        .source = r->sources[found->content]};
    struct item other = {.kind = found->kind, .date = result->date, .amount_minor = found->other};
    struct reconcile_difference difference = {
        .class = is_position ? RECONCILE_POSITION : RECONCILE_FEES,
        .in_file = true,
        .in_ledger = true,
        .file_says_more = found->said > found->other,
        .file = said,
        .ledger = other,
        .is_count = found->is_count,
        .is_of_position = found->is_of_position,
    };
    result->counts[difference.class]++;
    if (result->listed < RECONCILE_LISTED_MAX)
        result->differences[result->listed++] = difference;
}

static enum result open_all(struct reconcile *r)
{
    const char *folder = r->config->folder;
    r->result->differences = calloc(RECONCILE_LISTED_MAX, sizeof *r->result->differences);
    r->in_file = malloc(sizeof *r->in_file);
    r->in_ledger = malloc(sizeof *r->in_ledger);
    r->filter = calloc(1, FILTER_LEN);
    if (r->result->differences == NULL || r->in_file == NULL || r->in_ledger == NULL ||
        r->filter == NULL)
        return fault_set(r->fault, RESULT_IO, "no memory to compare in");
    TRY(side_open(&r->file, SIDE_MEMORY, folder, r->fault));
    TRY(side_open(&r->ledger, SIDE_MEMORY, folder, r->fault));
    TRY(side_open(&r->missing, MISSING_MEMORY, folder, r->fault));
    return findings_open(&r->findings, folder, r->fault);
}

/* Files that agree with nothing, since nothing was there to hold them to, are not reconciled. */
static enum result check_something_compared(struct reconcile *r)
{
    const struct reconcile_result *result = r->result;
    const char *const *files = r->config->files;
    struct balance_sums lacking;
    char debits[TEXT_MONEY_SIZE], credits[TEXT_MONEY_SIZE];
    if (!result->has_money && !result->has_freezes)
        return fault_set(r->fault, RESULT_INPUT,
                         "%s: there is nothing to compare with the book: expected a file of legs, "
                         "claims or freezes",
                         files[0]);
    if (!balance_lacks_details(&r->balance, &lacking))
        return RESULT_OK;
    return fault_set(r->fault, RESULT_INPUT,
                     "%s: it says %llu debits of %s and %llu credits of %s, and no file of them is "
                     "given",
                     files[r->sources[LAYOUT_POSITION]], (unsigned long long)lacking.debit_count,
                     text_money_format(lacking.debit_minor, debits),
                     (unsigned long long)lacking.credit_count,
                     text_money_format(lacking.credit_minor, credits));
}

/* Sums that nothing was there to compare with are only read. */
static void note_compared(const struct reconcile *r, struct reconcile_file *file)
{
    if (file->use == RECONCILE_SUMS && !balance_compares(&r->balance, file->content))
        file->use = RECONCILE_READ;
}

static enum result run(struct reconcile *r)
{
    TRY(open_all(r));
    TRY(note_contents(r));
    TRY(read_both(r));
    TRY(check_something_compared(r));
    TRY(merge(r));
    TRY(merge_elsewhere(r));
    TRY(findings_give(&r->findings, r->result, r->fault));
    balance_compare(&r->balance, report_sum, r);
    for (size_t i = 0; i < r->result->file_count; i++)
        note_compared(r, &r->result->files[i]);
    return RESULT_OK;
}

enum result clearing_reconcile(const struct reconcile_config *config,
                               struct reconcile_result *result, struct fault *fault)
{
    struct reconcile r = {.config = config, .result = result, .fault = fault};
    *result = (struct reconcile_result){.date = config->date};
    enum result done = run(&r);
    side_close(&r.file);
    side_close(&r.ledger);
    side_close(&r.missing);
    side_close(&r.elsewhere);
    findings_close(&r.findings);
    free(r.in_file);
    free(r.in_ledger);
    free(r.filter);
    return done;
}
