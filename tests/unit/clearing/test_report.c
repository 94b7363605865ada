/* The report for people: its figures are those of the log, it tells a party nothing of others, and
 * texts from the wire cannot break it. */
#include "clearing/fixture.h"

#include "base/strbuf.h"
#include "clearing/page_form.h"
#include "clearing/report.h"

static const uint64_t MAPLE = 95550003; /* an issuer */

/* --- a long evening ----------------------------------------------------------------------------
 */

struct evening {
    struct store *store;
    uint64_t sequence;
    unsigned minute; /* of the day, UTC */
};

static void write_at(struct evening *evening, struct journal_entry *entry)
{
    entry->wall_us = INT64_C(1798675200) * 1000000 + (int64_t)evening->minute * 60000000;
    entry->settlement_date = DAY;
    if (entry->event == JOURNAL_SHARE || entry->event == JOURNAL_FREEZE)
        write_touch(evening->store, entry);
    else
        write_entry(evening->store, entry);
}

static void move(struct evening *evening, const struct operation *operation, uint8_t from,
                 uint8_t to, uint16_t code, uint64_t sender_issuer, uint64_t receiver_issuer)
{
    struct journal_entry entry;
    journal_begin(&entry, operation->kind == OPERATION_CLAIM ? JOURNAL_SHARE : JOURNAL_FREEZE,
                  operation, 0);
    entry.from = from;
    entry.to = to;
    entry.code = code;
    entry.sender_issuer = sender_issuer;
    entry.receiver_issuer = receiver_issuer;
    entry.moved_minor = operation->amount_minor;
    write_at(evening, &entry);
}

static struct operation send(struct evening *evening, int64_t amount_minor, uint16_t shares,
                             uint64_t issuer)
{
    struct operation freeze = freeze_of(++evening->sequence, amount_minor, shares);
    move(evening, &freeze, FREEZE_NONE, FREEZE_FREEZING, CODE_NONE, issuer, 0);
    move(evening, &freeze, FREEZE_FREEZING, FREEZE_FROZEN, CODE_APPROVED, issuer, 0);
    return freeze;
}

static void pay(struct evening *evening, const struct operation *freeze, uint16_t share,
                int64_t amount_minor, uint64_t wallet, uint64_t from, uint64_t to)
{
    struct operation claim = claim_of(freeze, share, amount_minor, wallet);
    move(evening, &claim, SHARE_NONE, SHARE_RESERVED, CODE_NONE, from, to);
    move(evening, &claim, SHARE_RESERVED, SHARE_CREDITING, CODE_NONE, from, to);
    move(evening, &claim, SHARE_CREDITING, SHARE_CREDITED, CODE_APPROVED, from, to);
}

static void refuse(struct evening *evening, const struct operation *freeze, uint16_t code,
                   uint64_t wallet)
{
    struct operation claim = claim_of(freeze, 1, 100, wallet);
    struct journal_entry entry;
    journal_begin(&entry, JOURNAL_REFUSED, &claim, 0);
    entry.code = code;
    entry.sender_issuer = HARBOUR;
    entry.receiver_issuer = JADE;
    write_at(evening, &entry);
}

/* The mark, with packets that stand. */
static void end_evening(struct evening *evening, uint32_t count, int64_t open_minor)
{
    struct journal_entry entry;
    journal_begin(&entry, JOURNAL_CUT, NULL, 0);
    entry.count = count;
    entry.available_minor = open_minor;
    write_at(evening, &entry);
}

/* Harbour's customers send 300.00: 120.00 and 80.00 to Jade's, 10.00 to Maple's, 5.00 stays; Jade's
 * send 50.00 to Harbour's. One packet's 85.00 go back. */
static struct evening evening_write(void)
{
    struct evening evening = {.store = store_new(), .minute = 18 * 60};
    struct operation one = send(&evening, 30000, 5, HARBOUR), two = send(&evening, 5000, 1, JADE);
    pay(&evening, &one, 1, 12000, ALPHA, HARBOUR, JADE);
    pay(&evening, &two, 1, 5000, BETA, JADE, HARBOUR);
    evening.minute = 20 * 60 + 59;
    pay(&evening, &one, 2, 8000, BETA, HARBOUR, JADE);
    pay(&evening, &one, 3, 1000, BETA, HARBOUR, MAPLE);
    pay(&evening, &one, 4, 500, ALPHA, HARBOUR, HARBOUR);
    refuse(&evening, &one, CODE_STATE, BETA);
    refuse(&evening, &one, CODE_STATE, BETA);
    struct operation claim = claim_of(&one, 5, 8500, ALPHA);
    move(&evening, &claim, SHARE_NONE, SHARE_RESERVED, CODE_NONE, HARBOUR, JADE);
    move(&evening, &claim, SHARE_RESERVED, SHARE_RELEASED, CODE_FUNDS, HARBOUR, JADE);
    write_release(evening.store, &one, DAY, 8500);
    return evening;
}

static const struct clearing_member members[] = {
    {95550001, CLEARING_ISSUER, "Harbour & Sons <Bank>"},
    {95550002, CLEARING_ISSUER, "Jade Bank"},
    {95550003, CLEARING_ISSUER, "\"Maple\" \x1B[31m\xE2\x80\xAE \xC4"},
    {91230001, CLEARING_WALLET, "Alpha Pay"},
    {91230002, CLEARING_WALLET, "Beta Pay"},
};

struct cut_evening {
    struct scratch scratch;
    struct evening evening;
};

static void cut_evening(struct cut_evening *cut)
{
    struct fault fault = {RESULT_OK, ""};
    struct clearing_result result;
    scratch_make(&cut->scratch);
    struct clearing_config config = config_of(&cut->scratch);
    config.name = "Town <Switch>";
    config.members = members;
    config.member_count = sizeof members / sizeof members[0];
    must(clearing_cut(cut->evening.store, &config, &result, &fault), &fault);
    clearing_result_deinit(&result);
}

static void cut_end(struct cut_evening *cut)
{
    store_close(cut->evening.store);
    scratch_remove(&cut->scratch);
}

/* A report of the date that was cut; freed by the caller. */
static char *read_report(const struct cut_evening *cut, uint64_t institution, const char *name)
{
    char path[SCRATCH_PATH_MAX], place[64];
    size_t len;
    snprintf(place, sizeof place, "20261231/%011llu/%s", (unsigned long long)institution, name);
    char *text = load(scratch_file(&cut->scratch, place, path), &len);
    CU_ASSERT_EQUAL(strlen(text), len);
    return text;
}

static bool has(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        return true;
    fprintf(stderr, "no \"%s\" in:\n%s\n", part, text);
    return false;
}

/* --- figures ---------------------------------------------------------------------------------- */

static bool feed(void *context, const struct store_log_record *record)
{
    struct journal_entry entry;
    struct fault fault = {RESULT_OK, ""};
    CU_ASSERT_TRUE_FATAL(journal_read(record->data, &entry));
    must(summary_add(context, &entry, &fault), &fault);
    return true;
}

static void figures_are_those_of_the_log(void)
{
    struct evening evening = evening_write();
    struct summary summary;
    struct fault fault = {RESULT_OK, ""};
    end_evening(&evening, 7, 12345);
    must(summary_open(&summary, DAY, &fault), &fault);
    must(store_log_scan(evening.store, 1, 0, feed, &summary, &fault), &fault);
    const struct summary_figures *all = &summary.all;
    CU_ASSERT_EQUAL(all->frozen.count, 2);
    CU_ASSERT_EQUAL(all->frozen.minor, 35000);
    CU_ASSERT_EQUAL(all->released.minor, 8500);
    CU_ASSERT_EQUAL(all->paid.count, 5);
    CU_ASSERT_EQUAL(all->paid.minor, 26500);
    CU_ASSERT_EQUAL(all->claims, 8);
    CU_ASSERT_EQUAL(all->refused, 3);
    CU_ASSERT_EQUAL(all->hours[18].count, 2);
    CU_ASSERT_EQUAL(all->hours[20].count, 3);
    CU_ASSERT_EQUAL(all->hours[20].minor, 9500);
    CU_ASSERT_EQUAL(all->bands[5].count, 2); /* 50.00 and 80.00 */
    CU_ASSERT_EQUAL(summary.standing.count, 7);
    CU_ASSERT_EQUAL(summary.standing.minor, 12345);
    CU_ASSERT_STRING_EQUAL(summary.currency, "156");
    CU_ASSERT_FALSE(summary.has_currencies);
    summary_close(&summary);
    store_close(evening.store);
}

static void a_party_counts_what_it_has_a_part_in_once(void)
{
    struct evening evening = evening_write();
    struct summary summary;
    struct fault fault = {RESULT_OK, ""};
    must(summary_open(&summary, DAY, &fault), &fault);
    must(store_log_scan(evening.store, 1, 0, feed, &summary, &fault), &fault);
    const struct summary_party *harbour = summary_find(&summary, HARBOUR);
    const struct summary_party *alpha = summary_find(&summary, ALPHA);
    const struct summary_party *beta = summary_find(&summary, BETA);
    CU_ASSERT_TRUE_FATAL(harbour != NULL && alpha != NULL && beta != NULL);
    CU_ASSERT_EQUAL(harbour->figures.paid.count, 5); /* both legs of one are its own */
    CU_ASSERT_EQUAL(harbour->debits.minor, 21500);
    CU_ASSERT_EQUAL(harbour->credits.minor, 5500);
    CU_ASSERT_EQUAL(harbour->figures.refused, 1); /* not enough funds, said by nobody else */
    CU_ASSERT_TRUE(harbour->is_issuer && !harbour->is_wallet);
    CU_ASSERT_EQUAL(alpha->paid_out.minor, 26500);
    CU_ASSERT_EQUAL(alpha->forwarded.count, 2);
    CU_ASSERT_EQUAL(alpha->figures.refused, 1);
    CU_ASSERT_EQUAL(beta->figures.frozen.count, 0);
    CU_ASSERT_EQUAL(beta->figures.refused, 2);
    CU_ASSERT_EQUAL(beta->figures.claims, 5);
    CU_ASSERT_PTR_NULL(summary_find(&summary, 1));
    summary_close(&summary);
    store_close(evening.store);
}

static void flows_come_to_the_net_positions(void)
{
    struct evening evening = evening_write();
    struct summary summary;
    struct fault fault = {RESULT_OK, ""};
    must(summary_open(&summary, DAY, &fault), &fault);
    must(store_log_scan(evening.store, 1, 0, feed, &summary, &fault), &fault);
    for (size_t one = 0; one < summary.party_count; one++) {
        const struct summary_party *party = &summary.parties[one];
        int64_t net = 0;
        for (size_t other = 0; other < summary.party_count; other++)
            net += summary_flow(&summary, other, one)->minor -
                   summary_flow(&summary, one, other)->minor;
        CU_ASSERT_EQUAL(net, party->credits.minor - party->debits.minor);
    }
    summary_close(&summary);
    store_close(evening.store);
}

static void too_many_parties_are_refused(void)
{
    struct summary summary;
    struct fault fault = {RESULT_OK, ""};
    must(summary_open(&summary, DAY, &fault), &fault);
    for (uint64_t i = CLEARING_PARTIES_MAX; i > 0; i--)
        must(summary_add_party(&summary, i, CLEARING_ISSUER, NULL, &fault), &fault);
    must(summary_add_party(&summary, 1, CLEARING_ISSUER, NULL, &fault), &fault);
    CU_ASSERT_EQUAL(summary_add_party(&summary, 9999, CLEARING_ISSUER, NULL, &fault), RESULT_LIMIT);
    CU_ASSERT_EQUAL(summary.party_count, CLEARING_PARTIES_MAX);
    summary_close(&summary);
}

static void a_sum_that_does_not_fit_is_refused(void)
{
    struct evening evening = {.store = store_new()};
    struct operation freeze = freeze_of(1, INT64_MAX, 1);
    struct summary summary;
    struct fault fault = {RESULT_OK, ""};
    struct journal_entry entry;
    must(summary_open(&summary, DAY, &fault), &fault);
    journal_begin(&entry, JOURNAL_FREEZE, &freeze, 0);
    entry.from = FREEZE_FREEZING;
    entry.to = FREEZE_FROZEN;
    entry.moved_minor = INT64_MAX;
    must(summary_add(&summary, &entry, &fault), &fault);
    CU_ASSERT_EQUAL(summary_add(&summary, &entry, &fault), RESULT_LIMIT);
    summary_close(&summary);
    store_close(evening.store);
}

static void a_second_currency_is_noticed(void)
{
    struct evening evening = evening_write();
    struct summary summary;
    struct fault fault = {RESULT_OK, ""};
    struct operation freeze = freeze_of(9, 100, 1);
    memcpy(freeze.currency, "344", sizeof freeze.currency);
    move(&evening, &freeze, FREEZE_FREEZING, FREEZE_FROZEN, CODE_APPROVED, HARBOUR, 0);
    must(summary_open(&summary, DAY, &fault), &fault);
    must(store_log_scan(evening.store, 1, 0, feed, &summary, &fault), &fault);
    CU_ASSERT_TRUE(summary.has_currencies);
    summary_close(&summary);
    store_close(evening.store);
}

/* --- what is read ----------------------------------------------------------------------------- */

static void the_switch_reads_who_owes_whom(void)
{
    struct cut_evening cut = {.evening = evening_write()};
    end_evening(&cut.evening, 7, 12345);
    cut_evening(&cut);
    char *text = read_report(&cut, CENTRE, "report.txt");
    CU_ASSERT_TRUE(has(text, "Settlement of 2026-12-31\nTown <Switch>, for all institutions"));
    CU_ASSERT_TRUE(has(text, "1 institution pays, 2 receive: 160.00 changes hands."));
    CU_ASSERT_TRUE(has(text, "00095550001  Harbour & Sons <Bank>  215.00     55.00  -160.00"));
    CU_ASSERT_TRUE(has(text, "Harbour & Sons <Bank>  Jade Bank  "));
    CU_ASSERT_TRUE(has(text, "1 share of 5.00 stayed within one institution"));
    CU_ASSERT_TRUE(has(text, "by hour of the day (UTC, the switch's clock)"));
    CU_ASSERT_TRUE(has(text, "22    the related transaction is in the wrong state         2"));
    CU_ASSERT_TRUE(
        has(text, "Still open when the date was cut, of whatever date        7   123.45"));
    free(text);
    cut_end(&cut);
}

static void each_currency_has_a_headline_of_its_own(void)
{
    struct cut_evening cut = {.evening = evening_write()};
    struct operation freeze = freeze_of(9, 2000, 1);
    memcpy(freeze.currency, "344", sizeof freeze.currency);
    move(&cut.evening, &freeze, FREEZE_NONE, FREEZE_FREEZING, CODE_NONE, JADE, 0);
    move(&cut.evening, &freeze, FREEZE_FREEZING, FREEZE_FROZEN, CODE_APPROVED, JADE, 0);
    pay(&cut.evening, &freeze, 1, 2000, ALPHA, JADE, HARBOUR);
    end_evening(&cut.evening, 7, 12345);
    cut_evening(&cut);
    char *all = read_report(&cut, CENTRE, "report.txt");
    CU_ASSERT_TRUE(has(all, "\n1 institution pays, 2 receive: 160.00 CNY changes hands.\n"));
    CU_ASSERT_TRUE(has(all, "\n1 institution pays, 1 receives: 20.00 HKD changes hands.\n"));
    char *harbour = read_report(&cut, HARBOUR, "report.txt");
    CU_ASSERT_TRUE(has(harbour, "<Bank> pays 160.00 CNY.\n"));
    CU_ASSERT_TRUE(has(harbour, "<Bank> receives 20.00 HKD.\n"));
    CU_ASSERT_TRUE(has(harbour, "\nCNY\n"));
    CU_ASSERT_TRUE(has(harbour, "\nHKD\n"));
    char *maple = read_report(&cut, MAPLE, "report.txt");
    CU_ASSERT_TRUE(has(maple, "receives 10.00 CNY.\n"));
    CU_ASSERT_PTR_NULL(strstr(maple, "HKD"));
    char *alpha = read_report(&cut, ALPHA, "report.txt");
    CU_ASSERT_TRUE(has(alpha, "Alpha Pay pays nothing and receives nothing: its net is 0.00.\n"));
    free(all);
    free(harbour);
    free(maple);
    free(alpha);
    cut_end(&cut);
}

/* --- exceptions ------------------------------------------------------------------------------- */

static void add_notice_of(struct summary *summary, uint64_t wallet, uint64_t sequence, int64_t told,
                          int64_t left)
{
    const uint64_t parties[4] = {HARBOUR, wallet};
    struct fault fault = {RESULT_OK, ""};
    struct exception notice = {.status = EXCEPTION_NOTED, .told_minor = told};
    notice.operation = freeze_of(sequence, left, 1);
    notice.operation.kind = OPERATION_UNFREEZE;
    must(summary_add_exception(summary, &notice, parties, &fault), &fault);
}

static void add_notice(struct summary *summary, uint64_t sequence, int64_t told, int64_t left)
{
    add_notice_of(summary, ALPHA, sequence, told, left);
}

/* Too little, twice; and too much, more than are told one by one. */
static void add_notices(struct summary *summary)
{
    add_notice(summary, 1, 100, 300);
    for (int i = 0; i < SUMMARY_NOTICES_MAX; i++)
        add_notice(summary, (uint64_t)i + 10, 1000 + i, 1000);
    add_notice(summary, 2, 100, 400);
    add_notice(summary, 3, 99999, 9);
}

static char *write_exceptions(const struct summary *summary, uint64_t party)
{
    static const struct positions none;
    struct report report = {.summary = summary, .positions = &none};
    struct strbuf text;
    struct fault fault = {RESULT_OK, ""};
    strbuf_init(&text, PAGE_LEN_MAX);
    must(report_write(&report, party != 0 ? summary_find(summary, party) : NULL, PAGE_TEXT, &text,
                      &fault),
         &fault);
    char *copy = strdup(text.text);
    strbuf_deinit(&text);
    return copy;
}

static void differing_notices_do_not_crowd_out_the_rest(void)
{
    static const uint64_t parties[4] = {HARBOUR, ALPHA};
    struct summary summary;
    struct fault fault = {RESULT_OK, ""};
    struct exception disputed = {.status = EXCEPTION_DISPUTED};
    disputed.operation = freeze_of(5, 4242, 1);
    disputed.operation.kind = OPERATION_DEBIT_REVERSAL;
    must(summary_open(&summary, DAY, &fault), &fault);
    add_notices(&summary);
    must(summary_add_exception(&summary, &disputed, parties, &fault), &fault);
    CU_ASSERT_EQUAL(summary.notice_count, SUMMARY_NOTICES_MAX);
    CU_ASSERT_EQUAL(summary.exception_count, 1);
    char *text = write_exceptions(&summary, 0);
    CU_ASSERT_TRUE(has(text, "Exceptions ........ 1  and 203 differing notices\n"));
    CU_ASSERT_TRUE(has(text, "DR      00091230001 20261231-5 "));
    CU_ASSERT_TRUE(has(text,
                       "Differing notices: those that named too little, then the farthest off; "
                       "193 more are in the\nexceptions file\n"));
    /* The first two, and the farthest; then the largest of the many. */
    const char *at[] = {strstr(text, "20261231-2   "), strstr(text, "20261231-1   "),
                        strstr(text, "20261231-3   "), strstr(text, "20261231-209 ")};
    for (size_t i = 0; i < 4; i++)
        CU_ASSERT_TRUE(at[i] != NULL && (i == 0 || at[i] > at[i - 1]));
    CU_ASSERT_TRUE(has(text, "          1.00      4.00       -3.00  "));
    CU_ASSERT_TRUE(has(text, "        999.99      0.09      999.90  "));
    CU_ASSERT_PTR_NULL(strstr(text, "20261231-10 "));
    free(text);
    char *wallet = write_exceptions(&summary, ALPHA), *other;
    CU_ASSERT_TRUE(has(wallet, "and 203 differing notices"));
    free(wallet);
    must(summary_add_party(&summary, BETA, CLEARING_WALLET, NULL, &fault), &fault);
    other = write_exceptions(&summary, BETA);
    CU_ASSERT_TRUE(has(other, "None: everything was certain"));
    CU_ASSERT_PTR_NULL(strstr(other, "notice"));
    free(other);
    /* Nearer than all of Alpha's that are kept; and one that is farther. */
    add_notice_of(&summary, BETA, 300, 1000, 1000);
    add_notice_of(&summary, BETA, 301, 5000, 1000);
    other = write_exceptions(&summary, BETA);
    CU_ASSERT_TRUE(has(other, "and 2 differing notices"));
    CU_ASSERT_TRUE(has(other, "the farthest off; 1 more is in the\nexceptions file\n"));
    CU_ASSERT_TRUE(has(other, "20261231-301 "));
    free(other);
    summary_close(&summary);
}

static void a_party_reads_nothing_of_anyone_else(void)
{
    struct cut_evening cut = {.evening = evening_write()};
    end_evening(&cut.evening, 7, 12345);
    cut_evening(&cut);
    static const char *const names[] = {"report.txt", "report.html"};
    for (size_t i = 0; i < 2; i++) {
        char *maple = read_report(&cut, MAPLE, names[i]);
        char *beta = read_report(&cut, BETA, names[i]);
        CU_ASSERT_TRUE(has(maple, "receives 10.00."));
        CU_ASSERT_PTR_NULL(strstr(maple, "Claims asked for")); /* an issuer asks for none */
        CU_ASSERT_PTR_NULL(strstr(maple, "Jade"));
        CU_ASSERT_PTR_NULL(strstr(maple, "Alpha"));
        CU_ASSERT_PTR_NULL(strstr(maple, "160.00"));
        CU_ASSERT_PTR_NULL(strstr(maple, "of whatever date")); /* that is over all parties */
        CU_ASSERT_TRUE(has(beta, "Beta Pay pays nothing and receives nothing"));
        CU_ASSERT_PTR_NULL(strstr(beta, "Alpha"));
        CU_ASSERT_PTR_NULL(strstr(beta, "Harbour"));
        CU_ASSERT_PTR_NULL(strstr(beta, "not enough funds"));
        free(maple);
        free(beta);
    }
    cut_end(&cut);
}

static void a_date_without_business_has_its_reports(void)
{
    struct cut_evening cut = {.evening = {.store = store_new()}};
    end_evening(&cut.evening, 0, 0);
    cut_evening(&cut);
    char *all = read_report(&cut, CENTRE, "report.txt"),
         *one = read_report(&cut, JADE, "report.html");
    CU_ASSERT_TRUE(has(all, "No money changes hands between institutions."));
    CU_ASSERT_TRUE(has(all, "No share was paid."));
    CU_ASSERT_TRUE(has(all, "Nothing was refused."));
    CU_ASSERT_TRUE(has(one, "Jade Bank pays nothing and receives nothing: its net is 0.00."));
    free(all);
    free(one);
    cut_end(&cut);
}

static void a_provisional_report_says_so_on_top(void)
{
    struct evening evening = evening_write();
    struct summary summary;
    struct positions positions = {.count = 0};
    struct fault fault = {RESULT_OK, ""};
    struct strbuf out;
    must(summary_open(&summary, DAY, &fault), &fault);
    must(store_log_scan(evening.store, 1, 0, feed, &summary, &fault), &fault);
    strbuf_init(&out, PAGE_LEN_MAX);
    struct report report = {.summary = &summary, .positions = &positions, .is_provisional = true};
    must(report_write(&report, NULL, PAGE_TEXT, &out, &fault), &fault);
    CU_ASSERT_EQUAL(strncmp(out.text, "Provisional settlement of 2026-12-31\n", 37), 0);
    CU_ASSERT_TRUE(has(out.text, "\nProvisional: the date has not been cut"));
    CU_ASSERT_PTR_NULL(strstr(out.text, "Still open when the date was cut"));
    strbuf_deinit(&out);
    summary_close(&summary);
    store_close(evening.store);
}

static void a_page_has_no_more_pairs_than_a_page_holds(void)
{
    struct evening evening = {.store = store_new()};
    struct operation freeze = freeze_of(1, 100000, 9999);
    struct summary summary;
    struct positions positions = {.count = 0};
    struct fault fault = {RESULT_OK, ""};
    struct strbuf out;
    must(summary_open(&summary, DAY, &fault), &fault);
    for (uint64_t one = 1; one <= 40; one++)
        for (uint64_t other = 1; other < one; other++)
            pay(&evening, &freeze, 1, (int64_t)(one * 100 + other), ALPHA, one, other);
    must(store_log_scan(evening.store, 1, 0, feed, &summary, &fault), &fault);
    strbuf_init(&out, PAGE_LEN_MAX);
    struct report report = {.summary = &summary, .positions = &positions};
    must(report_write(&report, NULL, PAGE_TEXT, &out, &fault), &fault);
    CU_ASSERT_TRUE(has(out.text, "And 720 more pairs, who owe each other 19,033.92."));
    CU_ASSERT_TRUE(has(out.text, "00000000040  00000000039 "));
    CU_ASSERT_PTR_NULL(strstr(out.text, "00000000002  00000000001 "));
    strbuf_deinit(&out);
    summary_close(&summary);
    store_close(evening.store);
}

/* --- texts from anybody ----------------------------------------------------------------------- */

static void texts_from_the_wire_stay_texts(void)
{
    struct cut_evening cut = {.evening = evening_write()};
    struct operation freeze = freeze_of(8, 1000, 1), claim = claim_of(&freeze, 1, 1000, BETA);
    memcpy(claim.merchant, "<script>x&\"'\x1B\xFF\xE2", sizeof claim.merchant);
    memcpy(claim.rrn, "]]><b>\x00\x0A&lt;", sizeof claim.rrn);
    write_freeze(cut.evening.store, &freeze, DAY);
    write_claim(cut.evening.store, &claim, DAY, SHARE_CREDIT_UNKNOWN);
    end_evening(&cut.evening, 0, 0);
    cut_evening(&cut);
    char *html = read_report(&cut, CENTRE, "report.html");
    char *text = read_report(&cut, CENTRE, "report.txt");
    CU_ASSERT_PTR_NULL(strstr(html, "<script"));
    CU_ASSERT_TRUE(has(html, "&lt;script&gt;x&amp;&quot;&#39;\uFFFD\uFFFD\uFFFD</td>"));
    CU_ASSERT_TRUE(has(html, "<td>]]&gt;&lt;b&gt;\uFFFD\uFFFD&amp;lt;</td>"));
    CU_ASSERT_TRUE(has(html, "Harbour &amp; Sons &lt;Bank&gt;"));
    CU_ASSERT_TRUE(has(html, "<p>Town &lt;Switch&gt;, for all institutions"));
    CU_ASSERT_TRUE(has(text, "<script>x&\"'\uFFFD\uFFFD\uFFFD"));
    for (size_t i = 0; i < 2; i++) {
        const char *page = i == 0 ? html : text;
        CU_ASSERT_PTR_NULL(strchr(page, 0x1B));
        CU_ASSERT_PTR_NULL(strstr(page, "\xE2\x80\xAE")); /* turns what follows around */
    }
    free(html);
    free(text);
    cut_end(&cut);
}

static void a_page_holds_no_script_and_nothing_from_outside(void)
{
    struct cut_evening cut = {.evening = evening_write()};
    end_evening(&cut.evening, 0, 0);
    cut_evening(&cut);
    static const char *const never[] = {"<script", "<link", "<img",  "@import", "url(",
                                        "https:",  "src=",  "href=", "onload"};
    char *html = read_report(&cut, CENTRE, "report.html");
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        CU_ASSERT_PTR_NULL(strstr(html, never[i]));
    CU_ASSERT_TRUE(has(html, "default-src 'none'; style-src 'unsafe-inline'"));
    CU_ASSERT_TRUE(has(html, "prefers-color-scheme:dark"));
    CU_ASSERT_TRUE(has(html, "@media print"));
    free(html);
    cut_end(&cut);
}

/* --- pages ------------------------------------------------------------------------------------ */

static void bars_are_as_long_as_their_values(void)
{
    CU_ASSERT_EQUAL(page_scale(0, 100, 200), 0);
    CU_ASSERT_EQUAL(page_scale(50, 100, 200), 100);
    CU_ASSERT_EQUAL(page_scale(100, 100, 200), 200);
    CU_ASSERT_EQUAL(page_scale(1, 1000000, 200), 1); /* what there is is seen */
    CU_ASSERT_EQUAL(page_scale(UINT64_MAX, UINT64_MAX, 65535), 65535);
    CU_ASSERT_EQUAL(page_scale(UINT64_MAX / 2, UINT64_MAX, 200), 100);
    CU_ASSERT_EQUAL(page_size(INT64_MIN), (uint64_t)1 << 63);
}

static void wide_characters_take_two_columns(void)
{
    CU_ASSERT_EQUAL(page_columns(bytes_text("abc")), 3);
    CU_ASSERT_EQUAL(page_columns(bytes_text("\u5DE5\u5546 a")), 6);
    CU_ASSERT_EQUAL(page_columns(bytes_text("")), 0);
}

static void counts_have_their_thousands_apart(void)
{
    char text[PAGE_COUNT_SIZE];
    CU_ASSERT_STRING_EQUAL(page_count_format(0, text), "0");
    CU_ASSERT_STRING_EQUAL(page_count_format(999, text), "999");
    CU_ASSERT_STRING_EQUAL(page_count_format(1000, text), "1,000");
    CU_ASSERT_STRING_EQUAL(page_count_format(UINT64_MAX, text), "18,446,744,073,709,551,615");
}

/* --- the example ------------------------------------------------------------------------------ */

/* A New Year's Eve of four issuers and two wallets; no two shares are alike. */
static void write_example(struct evening *evening)
{
    static const uint64_t issuers[] = {95550001, 95550002, 95550003, 95550004};
    static const unsigned weights[SUMMARY_HOURS] = {9, 3, 1, 0, 0, 0, 1,  2,  4,  6,  7,  9,
                                                    8, 7, 6, 6, 8, 9, 12, 20, 31, 24, 16, 11};
    unsigned drawn = 1;
    for (unsigned hour = 0; hour < SUMMARY_HOURS; hour++)
        for (unsigned i = 0; i < weights[hour]; i++) {
            drawn = drawn * 1103515245 + 12345;
            unsigned chance = drawn >> 16 & 0x7FFF;
            uint64_t from = issuers[chance % 4], to = issuers[chance / 4 % 7 % 4];
            int64_t amount = 88 + (int64_t)(chance % 211) * (int64_t)(chance % 97) + chance % 100;
            evening->minute = hour * 60 + i;
            struct operation freeze = send(evening, 2 * amount, 2, from);
            pay(evening, &freeze, 1, amount, chance % 3 == 0 ? BETA : ALPHA, from, to);
            if (chance % 5 != 0)
                pay(evening, &freeze, 2, amount, BETA, from, issuers[chance % 3]);
            else if (chance % 2 == 0)
                write_release(evening->store, &freeze, DAY, amount);
            if (chance % 4 == 0)
                refuse(evening, &freeze, chance % 8 == 0 ? CODE_STATE : CODE_PARTY_DOWN, BETA);
        }
    struct operation freeze = send(evening, 8800, 1, HARBOUR);
    struct operation claim = claim_of(&freeze, 1, 8800, BETA);
    move(evening, &claim, SHARE_NONE, SHARE_RESERVED, CODE_NONE, HARBOUR, JADE);
    move(evening, &claim, SHARE_RESERVED, SHARE_CREDITING, CODE_NONE, HARBOUR, JADE);
    move(evening, &claim, SHARE_CREDITING, SHARE_CREDIT_UNKNOWN, CODE_TO_BE_CONFIRMED, HARBOUR,
         JADE);
    end_evening(evening, 27, 123449);
}

static void the_documentation_shows_a_real_report(void)
{
    static const struct clearing_member in_example[] = {
        {95550001, CLEARING_ISSUER, "Harbour Bank"}, {95550002, CLEARING_ISSUER, "Jade Bank"},
        {95550003, CLEARING_ISSUER, "Maple Bank"},   {95550004, CLEARING_ISSUER, "Lotus Bank"},
        {91230001, CLEARING_WALLET, "Alpha Pay"},    {91230002, CLEARING_WALLET, "Beta Pay"},
    };
    static const char *const names[] = {"report.txt", "report.html"};
    struct cut_evening cut = {.evening = {.store = store_new()}};
    struct clearing_result result;
    struct fault fault = {RESULT_OK, ""};
    write_example(&cut.evening);
    scratch_make(&cut.scratch);
    struct clearing_config config = config_of(&cut.scratch);
    config.name = "Town Switch";
    config.members = in_example;
    config.member_count = sizeof in_example / sizeof in_example[0];
    must(clearing_cut(cut.evening.store, &config, &result, &fault), &fault);
    for (size_t i = 0; i < 2; i++) {
        char place[256], *got = read_report(&cut, CENTRE, names[i]);
        size_t len;
        snprintf(place, sizeof place, "%s/../../docs/examples/%s", VECTORS_DIR, names[i]);
        char *shown = load(place, &len);
        bool is_same = strcmp(shown, got) == 0;
        if (!is_same) {
            snprintf(place, sizeof place, "/tmp/%s", names[i]);
            save(place, got, strlen(got));
            fprintf(stderr, "docs/examples/%s is another: see %s\n", names[i], place);
        }
        CU_ASSERT_TRUE(is_same);
        free(shown);
        free(got);
    }
    clearing_result_deinit(&result);
    cut_end(&cut);
}

SUITE(CASE(figures_are_those_of_the_log), CASE(a_party_counts_what_it_has_a_part_in_once),
      CASE(flows_come_to_the_net_positions), CASE(too_many_parties_are_refused),
      CASE(a_sum_that_does_not_fit_is_refused), CASE(a_second_currency_is_noticed),
      CASE(each_currency_has_a_headline_of_its_own),
      CASE(differing_notices_do_not_crowd_out_the_rest), CASE(the_switch_reads_who_owes_whom),
      CASE(a_party_reads_nothing_of_anyone_else), CASE(a_date_without_business_has_its_reports),
      CASE(a_provisional_report_says_so_on_top), CASE(a_page_has_no_more_pairs_than_a_page_holds),
      CASE(texts_from_the_wire_stay_texts), CASE(a_page_holds_no_script_and_nothing_from_outside),
      CASE(bars_are_as_long_as_their_values), CASE(wide_characters_take_two_columns),
      CASE(counts_have_their_thousands_apart), CASE(the_documentation_shows_a_real_report))
