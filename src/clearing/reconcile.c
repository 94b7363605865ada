/* Files against a book: a merge of two sorted lists, and a second look for what one side lacks. */
#include "clearing/reconcile.h"

#include "clearing/file.h"
#include "clearing/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* An item of the files that the book of the date does not have: how often another date has it. */
struct elsewhere {
    size_t at; /* in the sorted list of the files */
    int64_t times;
    struct item item; /* as the book has it */
};

struct reconcile {
    const struct reconcile_config *config;
    struct reconcile_result *result;
    struct items file, ledger;
    struct items excepted; /* their keys say what may differ (explain_by()) */
    size_t elsewhere_count;
    struct elsewhere *elsewhere; /* in the order of the list */
    /* Of the position against the details. */
    bool has_details, has_position;
    struct row_totals details, position;
    struct fault *fault;
};

/* --- words ------------------------------------------------------------------------------------ */

const char *reconcile_class_name(enum reconcile_class class)
{
    static const char *const names[RECONCILE_CLASSES] = {
        "matched",
        "amount differs",
        "only in the file",
        "only in the ledger",
        "duplicate",
        "wrong day",
        "position differs",
        "noted",
        "in the exceptions file",
    };
    MUST(class < RECONCILE_CLASSES);
    return names[class];
}

const char *reconcile_sense_name(enum reconcile_sense sense)
{
    return sense == RECONCILE_SHORTAGE  ? "shortage 短款"
           : sense == RECONCILE_SURPLUS ? "surplus 長款"
                                        : "";
}

/* What it means that the file says more than the book (the item at all, or a larger amount). */
static enum reconcile_sense sense_of(enum operation_kind kind, bool file_says_more)
{
    if (kind == OPERATION_DEBIT)
        return file_says_more ? RECONCILE_SHORTAGE : RECONCILE_SURPLUS;
    if (kind == OPERATION_CREDIT)
        return file_says_more ? RECONCILE_SURPLUS : RECONCILE_SHORTAGE;
    return RECONCILE_NEUTRAL;
}

/* By class (the amount differs, or all of it is missing), leg, and whether the file says more. */
static const char *meaning_of_leg(bool is_amount, bool is_debit, bool file_says_more)
{
    static const char *const texts[2][2][2] = {
        {{"its customer is credited, and it does not get this in settlement",
          "it gets this in settlement, and its customer is not credited"},
         {"its customer is debited, and it does not pay this in settlement",
          "it pays this in settlement, and its customer is not debited"}},
        {{"its customer is credited with more than it gets in settlement",
          "it gets more in settlement than its customer is credited with"},
         {"its customer is debited with more than it pays in settlement",
          "it pays more in settlement than its customer is debited with"}},
    };
    return texts[is_amount][is_debit][file_says_more];
}

const char *reconcile_meaning(const struct reconcile_difference *d)
{
    enum operation_kind kind = d->in_file ? d->file.kind : d->ledger.kind;
    switch (d->class) {
    case RECONCILE_WRONG_DAY:
        return "the other side has it on another settlement date";
    case RECONCILE_POSITION:
        return "the position file does not say what its own details sum up to";
    case RECONCILE_NOTED:
        if (!d->in_ledger)
            return "the wallet gave no notice: the switch closed the freeze because of its age";
        return "the wallet believed that another amount was left; the file is right";
    case RECONCILE_EXCEPTED:
        return "the exceptions file says why";
    default:
        break;
    }
    if (kind == OPERATION_DEBIT || kind == OPERATION_CREDIT)
        return meaning_of_leg(d->class == RECONCILE_AMOUNT, kind == OPERATION_DEBIT,
                              sense_of(kind, true) == d->sense);
    if (kind == OPERATION_CLAIM)
        return "no money of its own, but its customer was told something else";
    return "no money moved; what is held is not what the other side thinks";
}

/* --- exceptions ------------------------------------------------------------------------------- */

/* What an exception may leave different: of a share one leg of one claim; of a freeze the freeze or
 * the unfreeze. */
static void key_of_excuse(enum operation_kind kind, const struct freeze_reference *reference,
                          uint32_t stan, uint8_t out[ITEM_KEY_LEN])
{
    bool is_money = item_is_money(kind);
    struct writer w = writer_to(out, ITEM_KEY_LEN);
    memset(out, 0, ITEM_KEY_LEN);
    write_u8(&w, (uint8_t)kind);
    write_uint(&w, reference->wallet, 5);
    write_u32(&w, reference->date);
    write_uint(&w, reference->sequence, 5);
    write_u16(&w, is_money ? reference->share : 0);
    write_uint(&w, is_money ? stan : 0, 3);
    MUST(!w.bad);
}

static enum result add_excuse(struct reconcile *r, enum operation_kind kind,
                              const struct operation *operation)
{
    struct item item = {.kind = kind};
    key_of_excuse(kind, &operation->reference, operation->stan, item.key);
    return items_add(&r->excepted, &item, r->fault);
}

static enum result explain_by(struct reconcile *r, const struct row *row)
{
    const struct operation *operation = &row->operation;
    bool is_disputed = row->status == EXCEPTION_DISPUTED;
    if (!is_disputed && row->status != EXCEPTION_OPEN)
        return RESULT_OK;
    switch (operation->kind) {
    case OPERATION_CONFIRMATION:
        return add_excuse(r, OPERATION_CREDIT, operation);
    case OPERATION_FREEZE_REVERSAL:
        return add_excuse(r, OPERATION_FREEZE, operation);
    case OPERATION_UNFREEZE:
        return add_excuse(r, OPERATION_UNFREEZE, operation);
    default:
        /* A debit that was taken back all the same is in what the issuer releases later. */
        if (is_disputed)
            TRY(add_excuse(r, OPERATION_UNFREEZE, operation));
        return add_excuse(r, OPERATION_DEBIT, operation);
    }
}

static bool is_excepted(const struct reconcile *r, const struct item *item)
{
    uint8_t key[ITEM_KEY_LEN];
    key_of_excuse(item->kind, &item->reference, item->stan, key);
    size_t place = items_place(&r->excepted, key);
    return place < r->excepted.count && memcmp(r->excepted.list[place].key, key, ITEM_KEY_LEN) == 0;
}

/* --- the result ------------------------------------------------------------------------------- */

static void report(struct reconcile *r, enum reconcile_class class, enum reconcile_sense sense,
                   const struct item *file, const struct item *ledger)
{
    struct reconcile_result *result = r->result;
    bool is_of_item =
        class != RECONCILE_MATCHED && class != RECONCILE_NOTED && class != RECONCILE_POSITION;
    if (is_of_item && is_excepted(r, file != NULL ? file : ledger))
        class = RECONCILE_EXCEPTED;
    result->counts[class]++;
    if (class == RECONCILE_MATCHED || result->listed == RECONCILE_LISTED_MAX)
        return;
    struct reconcile_difference *difference = &result->differences[result->listed++];
    *difference = (struct reconcile_difference){
        .class = class, .sense = sense, .in_file = file != NULL, .in_ledger = ledger != NULL};
    if (file != NULL)
        difference->file = *file;
    if (ledger != NULL)
        difference->ledger = *ledger;
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

struct file_reading {
    struct reconcile *r;
    uint32_t source;
    enum layout_content content;
    enum result result;
};

static bool take_row(void *context, const struct row *row, uint64_t line)
{
    struct file_reading *reading = context;
    struct reconcile *r = reading->r;
    enum operation_kind kind = row->operation.kind;
    bool is_compared =
        item_is_money(kind) || kind == OPERATION_FREEZE || kind == OPERATION_UNFREEZE;
    if (reading->content == LAYOUT_POSITION && row->institution == r->config->institution) {
        r->has_position = true;
        r->position = row->totals;
    }
    if (row->is_exception) {
        reading->result = explain_by(r, row);
        return reading->result == RESULT_OK;
    }
    if (reading->content == LAYOUT_POSITION || reading->content == LAYOUT_SENDER || !is_compared)
        return true;
    struct item item = item_of(&row->operation, row->settlement_date, row->operation.amount_minor);
    item.source = reading->source;
    item.place = line;
    reading->result = items_add(&r->file, &item, r->fault);
    return reading->result == RESULT_OK;
}

static enum result read_file(struct reconcile *r, uint32_t source)
{
    const char *path = r->config->files[source];
    const char *slash = strrchr(path, '/');
    uint32_t ignored, *date = &r->result->date;
    struct clearing_file file;
    struct file_reading reading = {.r = r, .source = source};
    const struct layout *layout =
        layout_set_find(r->config->layouts, slash != NULL ? slash + 1 : path, &ignored);
    if (layout != NULL)
        reading.content = layout->content;
    TRY(clearing_file_read(path, r->config->layouts, take_row, &reading, &file, r->fault));
    if (reading.result != RESULT_OK)
        return reading.result;
    if (file.institution != 0 && file.institution != r->config->institution)
        return fault_set(r->fault, RESULT_INPUT,
                         "%s: expected a file of institution %011" PRIu64
                         ", got one of %011" PRIu64,
                         path, r->config->institution, file.institution);
    if (*date == 0)
        *date = file.settlement_date;
    if (file.settlement_date != 0 && file.settlement_date != *date)
        return fault_set(r->fault, RESULT_INPUT,
                         "%s: expected a file of settlement date %08u, got one of %08u", path,
                         *date, file.settlement_date);
    r->has_details |= layout->content == LAYOUT_ISSUER || layout->content == LAYOUT_ACQUIRER;
    /* A wallet's claims only pass by: its position is zero. */
    if (layout->content == LAYOUT_ISSUER &&
        (__builtin_add_overflow(r->details.debit_minor, file.totals.debit_minor,
                                &r->details.debit_minor) ||
         __builtin_add_overflow(r->details.credit_minor, file.totals.credit_minor,
                                &r->details.credit_minor)))
        return fault_set(r->fault, RESULT_LIMIT, "%s: the sums have over 18 digits", path);
    return RESULT_OK;
}

static enum result read_files(struct reconcile *r)
{
    size_t count = r->config->file_count;
    if (count == 0 || count > RECONCILE_FILES_MAX)
        return fault_set(r->fault, RESULT_INPUT, "expected 1 to %d files, got %zu",
                         RECONCILE_FILES_MAX, count);
    for (size_t i = 0; i < count; i++)
        TRY(read_file(r, (uint32_t)i));
    if (r->result->date == 0)
        return fault_set(r->fault, RESULT_INPUT, "expected a settlement date: no file names one");
    items_sort(&r->file);
    items_sort(&r->excepted);
    return RESULT_OK;
}

/* --- what the book of the date lacks ---------------------------------------------------------- */

static size_t count_same(const struct items *items, size_t from)
{
    size_t count = 0;
    while (from + count < items->count && item_same(&items->list[from], &items->list[from + count]))
        count++;
    return count;
}

static enum result list_missing(struct reconcile *r)
{
    size_t room = 0;
    for (size_t at = 0; at < r->file.count; at += count_same(&r->file, at)) {
        const uint8_t *key = r->file.list[at].key;
        size_t place = items_place(&r->ledger, key);
        if (place < r->ledger.count && memcmp(r->ledger.list[place].key, key, ITEM_KEY_LEN) == 0)
            continue;
        if (r->elsewhere_count == room) {
            room = room == 0 ? 16 : room * 2; /* at most ITEMS_MAX of them, as items are */
            void *more = realloc(r->elsewhere, room * sizeof *r->elsewhere);
            if (more == NULL)
                return fault_set(r->fault, RESULT_IO, "no memory for what is missing");
            r->elsewhere = more;
        }
        r->elsewhere[r->elsewhere_count++] = (struct elsewhere){.at = at};
    }
    return RESULT_OK;
}

static bool look_elsewhere(void *context, const struct item *item)
{
    struct reconcile *r = context;
    size_t low = 0, high = r->elsewhere_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(r->file.list[r->elsewhere[middle].at].key, item->key, ITEM_KEY_LEN) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == r->elsewhere_count || !item_same(&r->file.list[r->elsewhere[low].at], item))
        return true;
    bool undoes = (item->flags & ITEM_UNDOES) != 0;
    r->elsewhere[low].times += undoes ? -1 : 1;
    if (!undoes)
        r->elsewhere[low].item = *item;
    return true;
}

static enum result find_elsewhere(struct reconcile *r)
{
    TRY(list_missing(r));
    if (r->elsewhere_count == 0)
        return RESULT_OK;
    return ledger_scan(r->config->ledger, 0, look_elsewhere, r, r->fault);
}

/* --- the merge -------------------------------------------------------------------------------- */

static void compare_pair(struct reconcile *r, const struct item *file, const struct item *ledger)
{
    bool differs = file->amount_minor != ledger->amount_minor;
    if (file->date != r->result->date)
        report(r, RECONCILE_WRONG_DAY, RECONCILE_NEUTRAL, file, ledger);
    else if (differs && (ledger->flags & ITEM_BELIEVED) != 0)
        report(r, RECONCILE_NOTED, RECONCILE_NEUTRAL, file, ledger);
    else if (differs)
        report(r, RECONCILE_AMOUNT, sense_of(file->kind, file->amount_minor > ledger->amount_minor),
               file, ledger);
    else
        report(r, RECONCILE_MATCHED, RECONCILE_NEUTRAL, file, ledger);
}

/* Only an issuer has accounts. A store that cannot be read has been said to be so before. */
static bool is_wallet(const struct reconcile *r)
{
    static const uint8_t first[] = {TABLE_ACCOUNT}, end[] = {TABLE_ACCOUNT + 1};
    struct store_found found;
    struct fault ignored;
    return store_find(r->config->ledger, bytes_of(first, 1), bytes_of(end, 1), &found, &ignored) ==
               RESULT_OK &&
           !found.found;
}

static void report_missing(struct reconcile *r, size_t at, size_t count,
                           const struct elsewhere *elsewhere)
{
    const struct item *first = &r->file.list[at];
    /* A wallet's notice and what it released may be of two days: a cutover lies between. */
    if (elsewhere->times > 0 && (elsewhere->item.flags & ITEM_BELIEVED) != 0)
        report(r, RECONCILE_NOTED, RECONCILE_NEUTRAL, first, &elsewhere->item);
    else if (elsewhere->times > 0)
        report(r, RECONCILE_WRONG_DAY, RECONCILE_NEUTRAL, first, &elsewhere->item);
    else if (first->date != r->result->date)
        report(r, RECONCILE_WRONG_DAY, RECONCILE_NEUTRAL, first, NULL);
    else if (first->kind == OPERATION_UNFREEZE && is_wallet(r))
        report(r, RECONCILE_NOTED, RECONCILE_NEUTRAL, first, NULL);
    else
        report(r, RECONCILE_ONLY_FILE, sense_of(first->kind, true), first, NULL);
    for (size_t i = 1; i < count; i++)
        report(r, RECONCILE_DUPLICATE, sense_of(first->kind, true), &r->file.list[at + i], NULL);
}

static void report_unknown(struct reconcile *r, size_t at, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct item *item = &r->ledger.list[at + i];
        enum reconcile_class class = i == 0 ? RECONCILE_ONLY_LEDGER : RECONCILE_DUPLICATE;
        if ((item->flags & ITEM_BELIEVED) != 0)
            report(r, RECONCILE_NOTED, RECONCILE_NEUTRAL, NULL, item);
        else if ((item->flags & ITEM_UNDONE) == 0)
            report(r, class, sense_of(item->kind, false), NULL, item);
    }
}

static void report_extra(struct reconcile *r, const struct item *file, const struct item *ledger,
                         bool is_in_file)
{
    if (is_in_file || (ledger->flags & ITEM_UNDONE) == 0)
        report(r, RECONCILE_DUPLICATE, sense_of(file->kind, is_in_file), file, ledger);
}

/* One key on both sides, each in the order of amounts: equal amounts go together, and what one side
 * has more often is extra there. */
static void compare_groups(struct reconcile *r, const struct item *file, size_t in_file,
                           const struct item *ledger, size_t in_ledger)
{
    size_t f = 0, l = 0;
    while (f < in_file || l < in_ledger) {
        /* When one side has run out, its last one stands for what the other has too much of. */
        const struct item *a = &file[f < in_file ? f : in_file - 1];
        const struct item *b = &ledger[l < in_ledger ? l : in_ledger - 1];
        size_t left_f = in_file - f, left_l = in_ledger - l;
        bool is_extra_f = left_f > left_l && (left_l == 0 || a->amount_minor < b->amount_minor);
        bool is_extra_l = left_l > left_f && (left_f == 0 || b->amount_minor < a->amount_minor);
        if (is_extra_f || is_extra_l)
            report_extra(r, a, b, is_extra_f);
        else
            compare_pair(r, a, b);
        f += !is_extra_l;
        l += !is_extra_f;
    }
}

static void merge(struct reconcile *r)
{
    size_t f = 0, l = 0, missing = 0;
    while (f < r->file.count || l < r->ledger.count) {
        size_t in_file = count_same(&r->file, f), in_ledger = count_same(&r->ledger, l);
        int order = in_file == 0 ? 1 : in_ledger == 0 ? -1 : 0;
        if (order == 0)
            order = memcmp(r->file.list[f].key, r->ledger.list[l].key, ITEM_KEY_LEN);
        if (order < 0)
            report_missing(r, f, in_file, &r->elsewhere[missing++]);
        else if (order > 0)
            report_unknown(r, l, in_ledger);
        else
            compare_groups(r, &r->file.list[f], in_file, &r->ledger.list[l], in_ledger);
        f += order <= 0 ? in_file : 0;
        l += order >= 0 ? in_ledger : 0;
    }
}

static void compare_sum(struct reconcile *r, enum operation_kind kind, int64_t position_minor,
                        int64_t details_minor)
{
    struct item position = {.kind = kind, .date = r->result->date, .amount_minor = position_minor};
    struct item details = {.kind = kind, .date = r->result->date, .amount_minor = details_minor};
    if (r->has_position && r->has_details && position_minor != details_minor)
        report(r, RECONCILE_POSITION, RECONCILE_NEUTRAL, &position, &details);
}

static enum result run(struct reconcile *r)
{
    r->result->differences = calloc(RECONCILE_LISTED_MAX, sizeof *r->result->differences);
    if (r->result->differences == NULL)
        return fault_set(r->fault, RESULT_IO, "no memory for the differences");
    TRY(read_files(r));
    TRY(ledger_load(r->config->ledger, r->result->date, &r->ledger, r->fault));
    TRY(find_elsewhere(r));
    merge(r);
    compare_sum(r, OPERATION_DEBIT, r->position.debit_minor, r->details.debit_minor);
    compare_sum(r, OPERATION_CREDIT, r->position.credit_minor, r->details.credit_minor);
    return RESULT_OK;
}

enum result clearing_reconcile(const struct reconcile_config *config,
                               struct reconcile_result *result, struct fault *fault)
{
    struct reconcile r = {.config = config, .result = result, .fault = fault};
    *result = (struct reconcile_result){.date = config->date};
    enum result done = run(&r);
    items_deinit(&r.file);
    items_deinit(&r.ledger);
    items_deinit(&r.excepted);
    free(r.elsewhere);
    return done;
}
