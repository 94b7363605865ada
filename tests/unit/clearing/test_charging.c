/* A date cut with a fee table: the same figure wherever a fee stands, nets of zero in each
 * currency, and what is refused. */
#include "clearing/fixture.h"

#include "clearing/file.h"
#include "clearing/reconcile.h"

/* Alpha's packets are held by Harbour and paid to Jade's customer. */
static const char TABLE[] = "table: test\n"
                            "fees:\n"
                            "  - fee: switching\n"
                            "    payer: acquirer\n"
                            "    rules:\n"
                            "      - {rate: 0.0325 %, min: 3, round: half_up}\n"
                            "      - {institution: 91230001, fixed: 1}\n"
                            "  - fee: interchange\n"
                            "    payer: receiver_issuer\n"
                            "    to: sender_issuer\n"
                            "    rules: [{rate: 0.02 %, round: down}]\n"
                            "  - fee: holding\n"
                            "    payer: sender_wallet\n"
                            "    to: sender_issuer\n"
                            "    rules: [{fixed: 2}]\n"
                            "  - fee: support\n"
                            "    payer: sender_issuer\n"
                            "    rules: [{fixed: -1}]\n";

struct charged {
    struct scratch scratch;
    struct day day;
    struct fee_table *fees;
    struct clearing_result result;
    struct fault fault;
};

static enum result cut_with(struct charged *charged, const char *table)
{
    struct clearing_config config = config_of(&charged->scratch);
    must(fee_table_parse(bytes_text(table), "fees.yaml", &charged->fees, &charged->fault),
         &charged->fault);
    config.fees = charged->fees;
    write_cut(charged->day.store, DAY);
    return clearing_cut(charged->day.store, &config, &charged->result, &charged->fault);
}

static void charged_open(struct charged *charged)
{
    *charged = (struct charged){0};
    scratch_make(&charged->scratch);
    day_write(&charged->day);
}

static void charged_close(struct charged *charged)
{
    clearing_result_deinit(&charged->result);
    fee_table_free(charged->fees);
    store_close(charged->day.store);
    scratch_remove(&charged->scratch);
}

static int64_t net_of(const struct charged *charged, uint64_t institution)
{
    const struct position *position =
        positions_find(&charged->result.positions, institution, "156");
    CU_ASSERT_PTR_NOT_NULL_FATAL(position);
    return position_net(position);
}

/* Claims of 20000 through Alpha, of 20000 and 8888 through Beta: switching 1, 7 (6.5), 3 (2.89);
 * interchange 4, 4, 1; holding 2 each; support 1 each. */
static void every_party_gets_its_own_fees(void)
{
    struct charged charged;
    charged_open(&charged);
    must(cut_with(&charged, TABLE), &charged.fault);
    CU_ASSERT_EQUAL(charged.result.fees, 12);
    CU_ASSERT_EQUAL(net_of(&charged, ALPHA), -1 - 6);
    CU_ASSERT_EQUAL(net_of(&charged, BETA), -10);
    CU_ASSERT_EQUAL(net_of(&charged, HARBOUR), -48888 + 9 + 6 + 3);
    CU_ASSERT_EQUAL(net_of(&charged, JADE), 48888 - 9);
    CU_ASSERT_EQUAL(net_of(&charged, CENTRE), 11 - 3);
    must(positions_check(&charged.result.positions, &charged.fault), &charged.fault);
    charged_close(&charged);
}

static bool ignore_row(void *context, const struct row *row, uint64_t line)
{
    (void)context;
    (void)row;
    (void)line;
    return true;
}

static int64_t fees_in(const struct charged *charged, uint64_t institution, const char *name)
{
    char path[SCRATCH_PATH_MAX], file_name[64];
    struct clearing_file file;
    struct fault fault = {RESULT_OK, ""};
    snprintf(file_name, sizeof file_name, "20261231/%011llu/%s", (unsigned long long)institution,
             name);
    must(clearing_file_read(scratch_file(&charged->scratch, file_name, path), shipped_layouts(),
                            ignore_row, NULL, &file, &fault),
         &fault);
    return file.totals.fee_minor;
}

static void details_fee_files_and_positions_agree(void)
{
    struct charged charged;
    charged_open(&charged);
    must(cut_with(&charged, TABLE), &charged.fault);
    CU_ASSERT_EQUAL(fees_in(&charged, ALPHA, "IND26123101ACOM"), -1);
    CU_ASSERT_EQUAL(fees_in(&charged, ALPHA, "IND26123186SCOM"), -6);
    CU_ASSERT_EQUAL(fees_in(&charged, ALPHA, "IND26123199ALFEE"), -7);
    CU_ASSERT_EQUAL(fees_in(&charged, ALPHA, "IND26123186POS"), -7);
    CU_ASSERT_EQUAL(fees_in(&charged, HARBOUR, "IND26123101ICOM"), 18);
    CU_ASSERT_EQUAL(fees_in(&charged, HARBOUR, "IND26123199ILFEE"), 18);
    CU_ASSERT_EQUAL(fees_in(&charged, HARBOUR, "IND26123186POS"), 18);
    CU_ASSERT_EQUAL(fees_in(&charged, JADE, "IND26123199ILFEE"), -9);
    CU_ASSERT_EQUAL(fees_in(&charged, CENTRE, "IND26123186FEE"), 8);
    CU_ASSERT_EQUAL(fees_in(&charged, CENTRE, "IND26123186POS"), 0);
    charged_close(&charged);
}

static void without_a_table_there_are_no_fee_files(void)
{
    struct charged charged;
    charged_open(&charged);
    write_cut(charged.day.store, DAY);
    must(cut_day(charged.day.store, &charged.scratch, &charged.fault), &charged.fault);
    CU_ASSERT_FALSE(is_there(&charged.scratch, "20261231/00091230001/IND26123199ALFEE"));
    CU_ASSERT_FALSE(is_there(&charged.scratch, "20261231/00095550001/IND26123199ILFEE"));
    CU_ASSERT_FALSE(is_there(&charged.scratch, "20261231/00000010000/IND26123186FEE"));
    CU_ASSERT_EQUAL(fees_in(&charged, HARBOUR, "IND26123101ICOM"), 0);
    charged_close(&charged);
}

static void the_manifest_names_the_table(void)
{
    struct charged charged;
    char path[SCRATCH_PATH_MAX], expected[128] = "\"fees\":{\"table\":\"test\",\"sha256\":\"";
    size_t len = strlen(expected), ignored;
    charged_open(&charged);
    must(cut_with(&charged, TABLE), &charged.fault);
    text_hex_encode(bytes_of(charged.fees->sha256, DIGEST_LEN), expected + len);
    expected[len + 2 * DIGEST_LEN] = '\0';
    scratch_file(&charged.scratch, "20261231/00095550001/manifest.json", path);
    char *text = load(path, &ignored);
    ASSERT_CONTAINS(text, expected);
    free(text);
    must(manifest_check(path, NULL, 0, NULL, &charged.fault), &charged.fault);
    charged_close(&charged);
}

static void refuses_a_fee_that_no_column_holds(void)
{
    struct charged charged;
    charged_open(&charged);
    struct operation freeze = freeze_of(3, 99999999999, 1);
    struct operation claim = claim_of(&freeze, 1, 99999999999, BETA);
    write_claim(charged.day.store, &claim, DAY, SHARE_CREDITED);
    CU_ASSERT_EQUAL(cut_with(&charged,
                             "table: t\nfees:\n"
                             "  - {fee: a, payer: acquirer, rules: [{rate: 100 %, round: up}]}\n"
                             "  - {fee: b, payer: acquirer, rules: [{rate: 100 %, round: up}]}\n"),
                    RESULT_LIMIT);
    ASSERT_CONTAINS(charged.fault.text, "switch_fee: 13 characters for a width of 12");
    CU_ASSERT_FALSE(is_there(&charged.scratch, "20261231"));
    charged_close(&charged);
}

static void currencies_have_positions_of_their_own(void)
{
    struct charged charged;
    charged_open(&charged);
    struct operation freeze = freeze_of(3, 5000, 1);
    memcpy(freeze.currency, "840", sizeof freeze.currency);
    struct operation claim = claim_of(&freeze, 1, 5000, BETA);
    write_claim(charged.day.store, &claim, DAY, SHARE_CREDITED);
    must(cut_with(&charged, TABLE), &charged.fault);
    const struct positions *positions = &charged.result.positions;
    CU_ASSERT_EQUAL(net_of(&charged, JADE), 48888 - 9);
    CU_ASSERT_EQUAL(position_net(positions_find(positions, JADE, "840")), 5000 - 1);
    CU_ASSERT_EQUAL(position_net(positions_find(positions, CENTRE, "840")), 3 - 1);
    size_t len;
    char path[SCRATCH_PATH_MAX];
    char *text =
        load(scratch_file(&charged.scratch, "20261231/00095550002/IND26123186POS", path), &len);
    ASSERT_CONTAINS(text, " C00000000000048879 D00000000000000009 156 1\n00095550002 ");
    ASSERT_CONTAINS(text, " C00000000000004999 D00000000000000001 840 1\nTOTAL ");
    free(text);
    charged_close(&charged);
}

/* What one currency lacks another has: all together it is zero. */
static void refuses_a_day_that_is_only_zero_over_all_currencies(void)
{
    struct charged charged;
    charged_open(&charged);
    struct operation freeze = freeze_of(3, 10000, 2);
    for (uint16_t share = 1; share <= 2; share++) {
        struct operation claim = claim_of(&freeze, share, 5000, BETA);
        struct journal_entry entry;
        memcpy(claim.currency, share == 1 ? "156" : "840", sizeof claim.currency);
        move_share(charged.day.store, &claim, DAY, SHARE_NONE, SHARE_RESERVED, CODE_NONE);
        move_share(charged.day.store, &claim, DAY, SHARE_RESERVED, SHARE_CREDITING, CODE_NONE);
        journal_begin(&entry, JOURNAL_SHARE, &claim, 0);
        entry.from = SHARE_CREDITING;
        entry.to = SHARE_CREDITED;
        entry.settlement_date = DAY;
        entry.sender_issuer = share == 1 ? HARBOUR : 0;
        entry.receiver_issuer = share == 1 ? 0 : JADE;
        write_entry(charged.day.store, &entry);
    }
    CU_ASSERT_EQUAL(cut_with(&charged, "table: t\nfees: [{fee: a, payer: acquirer,"
                                       " rules: [{fixed: 0}]}]\n"),
                    RESULT_CORRUPT);
    ASSERT_CONTAINS(charged.fault.text,
                    "currency 156 sum up to -5000 minor units instead of 0: nothing is published");
    CU_ASSERT_FALSE(is_there(&charged.scratch, "20261231"));
    charged_close(&charged);
}

/* --- against the book ------------------------------------------------------------------------- */

static uint64_t differences_of(const struct charged *charged, enum reconcile_class class,
                               uint64_t institution, const char *const *names, size_t count)
{
    char paths[8][SCRATCH_PATH_MAX];
    const char *files[8];
    struct reconcile_result result;
    struct fault fault = {RESULT_OK, ""};
    struct store *empty = store_new();
    struct ledger book;
    must(ledger_of_store(empty, &book, &fault), &fault);
    for (size_t i = 0; i < count; i++) {
        char name[64];
        snprintf(name, sizeof name, "20261231/%011llu/%s", (unsigned long long)institution,
                 names[i]);
        files[i] = scratch_file(&charged->scratch, name, paths[i]);
    }
    struct reconcile_config config = {.layouts = shipped_layouts(),
                                      .institution = institution,
                                      .files = files,
                                      .file_count = count,
                                      .ledger = &book};
    must(clearing_reconcile(&config, &result, &fault), &fault);
    uint64_t differences = result.counts[class];
    for (size_t i = 0; i < result.listed; i++)
        if (result.differences[i].class == RECONCILE_FEES)
            ASSERT_CONTAINS(files[result.differences[i].file.source], "FEE");
    reconcile_result_deinit(&result);
    store_close(empty);
    return differences;
}

/* Adds this to the fees of a position, in its detail and its trailer. */
static void alter_fees(const struct charged *charged, const char *name, const char *from,
                       const char *to)
{
    char path[SCRATCH_PATH_MAX];
    size_t len;
    char *text = load(scratch_file(&charged->scratch, name, path), &len);
    for (char *at = strstr(text, from); at != NULL; at = strstr(at, from))
        memcpy(at, to, strlen(to));
    save(path, text, len);
    free(text);
}

static void expect_fees(const struct charged *charged, uint64_t institution,
                        const char *const *names, size_t count, uint64_t of_position,
                        uint64_t of_fee_file)
{
    CU_ASSERT_EQUAL(differences_of(charged, RECONCILE_POSITION, institution, names, count),
                    of_position);
    CU_ASSERT_EQUAL(differences_of(charged, RECONCILE_FEES, institution, names, count),
                    of_fee_file);
}

static void reconciliation_finds_fees_that_are_not_those_of_the_details(void)
{
    static const char *const wallet[] = {"IND26123101ACOM", "IND26123186SCOM", "IND26123199ALFEE",
                                         "IND26123186POS"};
    static const char *const issuer[] = {"IND26123101ICOM", "IND26123199ILFEE", "IND26123186POS"};
    struct charged charged;
    charged_open(&charged);
    must(cut_with(&charged, TABLE), &charged.fault);
    expect_fees(&charged, ALPHA, wallet, 4, 0, 0);
    expect_fees(&charged, HARBOUR, issuer, 3, 0, 0);
    expect_fees(&charged, JADE, issuer, 3, 0, 0);
    /* -7 of Alpha becomes -8, with its net: once, against the details. */
    alter_fees(&charged, "20261231/00091230001/IND26123186POS",
               "D00000000000000007 D00000000000000007", "D00000000000000008 D00000000000000008");
    expect_fees(&charged, ALPHA, wallet, 4, 1, 0);
    /* Without the shares of its packets nobody can say what all fees are. */
    expect_fees(&charged, ALPHA, (const char *[]){wallet[0], wallet[3]}, 2, 0, 0);
    expect_fees(&charged, ALPHA, (const char *[]){wallet[0], wallet[2], wallet[3]}, 3, 0, 1);
    charged_close(&charged);
}

/* Position and details agree: it is the fee file that is wrong. */
static void a_wrong_fee_file_is_no_wrong_position(void)
{
    static const char *const names[] = {"IND26123101ICOM", "IND26123199ILFEE", "IND26123186POS"};
    struct charged charged;
    char path[SCRATCH_PATH_MAX];
    size_t len, changed = 0;
    charged_open(&charged);
    must(cut_with(&charged, TABLE), &charged.fault);
    char *text =
        load(scratch_file(&charged.scratch, "20261231/00095550002/IND26123199ILFEE", path), &len);
    /* 0.02 is paid less: one line of 0.04, and the trailer, which is the sum. */
    for (char *at = text; (at = strchr(at, 'D')) != NULL && at + 18 <= text + len; at++)
        if (at[1] == '0' && at[17] >= '2') {
            at[17] = (char)(at[17] - 1);
            changed++;
        }
    CU_ASSERT_EQUAL(changed, 2);
    save(path, text, len);
    free(text);
    expect_fees(&charged, JADE, names, 3, 0, 1);
    expect_fees(&charged, JADE, names, 2, 0, 1);
    charged_close(&charged);
}

SUITE(CASE(every_party_gets_its_own_fees), CASE(details_fee_files_and_positions_agree),
      CASE(without_a_table_there_are_no_fee_files), CASE(the_manifest_names_the_table),
      CASE(refuses_a_fee_that_no_column_holds), CASE(currencies_have_positions_of_their_own),
      CASE(refuses_a_day_that_is_only_zero_over_all_currencies),
      CASE(reconciliation_finds_fees_that_are_not_those_of_the_details),
      CASE(a_wrong_fee_file_is_no_wrong_position))
