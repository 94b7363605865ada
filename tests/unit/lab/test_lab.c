#include "lab_text.h"

#define DEMO_LAB SPECS_DIR "/labs/demo.yaml"

/* The small lab with one place changed is refused, and the fault says `part`. */
static void refuses(const char *from, const char *to, const char *part)
{
    struct strbuf text = text_with(LAB_TEXT, from, to);
    struct lab *lab = NULL;
    struct fault fault = {0};
    CU_ASSERT_EQUAL(lab_parse(bytes_of(text.text, text.len), "lab.yaml", &lab, &fault),
                    RESULT_INPUT);
    CU_ASSERT_PTR_NULL(lab);
    ASSERT_CONTAINS(fault.text, part);
    ASSERT_CONTAINS(fault.text, "lab.yaml:");
    lab_free(lab);
    strbuf_deinit(&text);
}

static struct lab *lab_with(const char *from, const char *to)
{
    struct strbuf text = text_with(LAB_TEXT, from, to);
    struct lab *lab = lab_of(text.text);
    strbuf_deinit(&text);
    return lab;
}

/* --- what is read ----------------------------------------------------------------------------- */

static void fills_ids_with_zeros_from_the_left(void)
{
    struct lab *lab = lab_of(LAB_TEXT);
    CU_ASSERT_STRING_EQUAL(lab->centre.id, "00000010000");
    CU_ASSERT_STRING_EQUAL(lab->institutions[0].id, "00091230001");
    CU_ASSERT_STRING_EQUAL(lab->institutions[1].id, "00095550001");
    lab_free(lab);
}

static void takes_the_protocols_defaults_for_what_is_not_said(void)
{
    struct lab *lab = lab_with("timers: {idle_ms: 1000, dead_ms: 2000}\n", "");
    CU_ASSERT_STRING_EQUAL(lab->currency, "156");
    CU_ASSERT_STRING_EQUAL(lab->spec, "redpacket");
    CU_ASSERT_STRING_EQUAL(lab->mac_recipe, "redpacket");
    CU_ASSERT_TRUE(lab->mac_on);
    CU_ASSERT_STRING_EQUAL(lab->framing, "length4-ascii");
    CU_ASSERT_STRING_EQUAL(lab->fees, "");
    CU_ASSERT_STRING_EQUAL(lab->deliver.command, "");
    CU_ASSERT_STRING_EQUAL(lab->centre.short_name, "switch");
    CU_ASSERT_STRING_EQUAL(lab->centre.host, "127.0.0.1");
    const struct lab_timers expected = {5000,   5000,   5000,   15000,    5000,
                                        300000, 240000, 300000, 604800000};
    CU_ASSERT_EQUAL(memcmp(&lab->timers, &expected, sizeof expected), 0);
    CU_ASSERT_EQUAL(lab->limits.in_flight, 32);
    CU_ASSERT_STRING_EQUAL(lab->institutions[0].link_host, "127.0.0.1");
    CU_ASSERT_EQUAL(lab->institutions[0].link_port, 0);
    lab_free(lab);
}

static void names_the_fee_table_that_it_wants(void)
{
    struct lab *lab = lab_with("limits: {in_flight: 32}\n", "fees: example\n");
    CU_ASSERT_STRING_EQUAL(lab->fees, "example");
    struct strbuf text;
    strbuf_init(&text, LAB_TEXT_MAX);
    lab_format(lab, &text);
    ASSERT_CONTAINS(text.text, "\nfees: \"example\"\n");
    strbuf_deinit(&text);
    lab_free(lab);
}

static void says_how_files_are_delivered(void)
{
    struct lab *lab = lab_with("limits: {in_flight: 32}\n",
                               "deliver: {command: /usr/bin/by-sftp, limit_s: 60}\n");
    CU_ASSERT_STRING_EQUAL(lab->deliver.command, "/usr/bin/by-sftp");
    CU_ASSERT_EQUAL(lab->deliver.limit_s, 60);
    struct strbuf text;
    strbuf_init(&text, LAB_TEXT_MAX);
    lab_format(lab, &text);
    ASSERT_CONTAINS(text.text, "\ndeliver: {command: \"/usr/bin/by-sftp\", limit_s: 60}\n");
    strbuf_deinit(&text);
    lab_free(lab);
    lab = lab_with("limits: {in_flight: 32}\n", "deliver: {command: by-sftp}\n");
    CU_ASSERT_STRING_EQUAL(lab->deliver.command, "by-sftp");
    CU_ASSERT_EQUAL(lab->deliver.limit_s, LAB_DELIVER_LIMIT_S);
    lab_free(lab);
}

static void keeps_what_each_institution_says(void)
{
    struct lab *lab = lab_of(LAB_TEXT);
    CU_ASSERT_EQUAL(lab->institution_count, 3);
    const struct lab_institution *harbour = &lab->institutions[1];
    CU_ASSERT_STRING_EQUAL(harbour->name, "Harbour Bank");
    CU_ASSERT_EQUAL(harbour->role, LAB_ISSUER);
    CU_ASSERT_FALSE(harbour->external);
    CU_ASSERT_EQUAL(harbour->mac_key[0], 0x10);
    CU_ASSERT_EQUAL(harbour->mac_key[15], 0x1F);
    CU_ASSERT_STRING_EQUAL(harbour->link_host, "10.0.0.7");
    CU_ASSERT_EQUAL(harbour->link_port, 8583);
    CU_ASSERT_EQUAL(harbour->range_count, 2);
    CU_ASSERT_STRING_EQUAL(harbour->ranges[1].high, "99990399");
    CU_ASSERT_EQUAL(lab->institutions[0].role, LAB_WALLET);
    CU_ASSERT_EQUAL(lab->institutions[2].accounts[0].state, LAB_ACCOUNT_RESTRICTED);
    lab_free(lab);
}

static void keeps_how_each_institution_is_connected(void)
{
    struct lab *lab = lab_with("host: 10.0.0.7, port: 8583", "host: 10.0.0.7, connections: 16");
    CU_ASSERT_EQUAL(lab->institutions[0].link_mode, LAB_DUPLEX);
    CU_ASSERT_EQUAL(lab->institutions[0].connections, 1);
    CU_ASSERT_STRING_EQUAL(lab->institutions[0].member_host, "");
    CU_ASSERT_EQUAL(lab->institutions[1].connections, 16);
    lab_free(lab);
    lab = lab_with("host: 10.0.0.7, port: 8583", "host: 10.0.0.7, mode: simplex");
    CU_ASSERT_EQUAL(lab->institutions[1].link_mode, LAB_SIMPLEX);
    CU_ASSERT_EQUAL(lab->institutions[1].connections, 1);
    CU_ASSERT_STRING_EQUAL(lab->institutions[1].member_host, "10.0.0.7");
    CU_ASSERT_EQUAL(lab->institutions[1].member_port, 0);
    lab_free(lab);
    lab = lab_with("host: 10.0.0.7, port: 8583",
                   "host: 10.0.0.7, mode: simplex, member_host: 10.0.0.9, member_port: 9583");
    CU_ASSERT_STRING_EQUAL(lab->institutions[1].member_host, "10.0.0.9");
    CU_ASSERT_EQUAL(lab->institutions[1].member_port, 9583);
    lab_free(lab);
}

static void sorts_accounts_by_card(void)
{
    struct lab *lab = lab_of(LAB_TEXT);
    const struct lab_institution *harbour = &lab->institutions[1];
    CU_ASSERT_EQUAL(harbour->account_count, 2);
    CU_ASSERT_STRING_EQUAL(harbour->accounts[0].holder, "Wang Wei");
    CU_ASSERT_EQUAL(harbour->accounts[0].available_minor, 100050);
    CU_ASSERT_STRING_EQUAL(harbour->accounts[1].holder, "Zhang Guilan");
    CU_ASSERT_EQUAL(harbour->accounts[1].available_minor, 700);
    lab_free(lab);
}

static void binds_several_cards_at_several_banks_to_one_person(void)
{
    struct lab *lab = lab_of(LAB_TEXT);
    CU_ASSERT_EQUAL(lab_find_person(lab, "Wang Wei"), 0);
    const struct lab_person *person = &lab->people[0];
    CU_ASSERT_STRING_EQUAL(person->native_name, "王伟");
    CU_ASSERT_EQUAL(person->wallet, 0);
    CU_ASSERT_EQUAL(person->card_count, 2);
    CU_ASSERT_EQUAL(person->cards[0].issuer, 1);
    CU_ASSERT_EQUAL(person->cards[1].issuer, 2);
    CU_ASSERT_EQUAL(lab_find_person(lab, "Nobody"), -1);
    lab_free(lab);
}

static void finds_institutions_by_id_of_any_width(void)
{
    struct lab *lab = lab_of(LAB_TEXT);
    CU_ASSERT_EQUAL(lab_find_institution(lab, bytes_text("95550001")), 1);
    CU_ASSERT_EQUAL(lab_find_institution(lab, bytes_text("00095550001")), 1);
    CU_ASSERT_EQUAL(lab_find_institution(lab, bytes_text("000095550001")), -1);
    CU_ASSERT_EQUAL(lab_find_institution(lab, bytes_text("10000")), -1); /* the switch is none */
    CU_ASSERT_EQUAL(lab_find_institution(lab, bytes_text("")), -1);
    CU_ASSERT_EQUAL(lab_find_institution(lab, bytes_text("9555000x")), -1);
    CU_ASSERT_EQUAL(lab_find_short(lab, "jade"), 2);
    CU_ASSERT_EQUAL(lab_find_short(lab, "switch"), -1);
    lab_free(lab);
}

static void routes_cards_by_range(void)
{
    struct lab *lab = lab_of(LAB_TEXT);
    CU_ASSERT_EQUAL(lab_route_card(lab, bytes_text("9999011000000019")), 1);
    CU_ASSERT_EQUAL(lab_route_card(lab, bytes_text("9999020000000000000")), 2);
    CU_ASSERT_EQUAL(lab_route_card(lab, bytes_text("9999030000000")), 1);
    CU_ASSERT_EQUAL(lab_route_card(lab, bytes_text("9999039999999999999")), 1);
    CU_ASSERT_EQUAL(lab_route_card(lab, bytes_text("9999009999999999999")), -1);
    CU_ASSERT_EQUAL(lab_route_card(lab, bytes_text("9999040000000000")), -1);
    lab_free(lab);
}

static void routes_nothing_that_is_no_card_number(void)
{
    struct lab *lab = lab_of(LAB_TEXT);
    CU_ASSERT_EQUAL(lab_route_card(lab, bytes_text("")), -1);
    CU_ASSERT_EQUAL(lab_route_card(lab, bytes_text("99990")), -1); /* shorter than the range */
    CU_ASSERT_EQUAL(lab_route_card(lab, bytes_text("99990300")), 1);
    CU_ASSERT_EQUAL(lab_route_card(lab, bytes_text("9999030")), -1);
    CU_ASSERT_EQUAL(lab_route_card(lab, bytes_text("99990110000000190000")), -1); /* 20 digits */
    CU_ASSERT_EQUAL(lab_route_card(lab, bytes_text("999901100000001=")), -1);
    lab_free(lab);
}

static void routes_nothing_in_a_lab_without_issuers(void)
{
    static const char text[] = "name: empty\ncalendar: [20261231]\nswitch: {id: 1, name: C}\n"
                               "institutions: [{id: 2, name: W, short: w, role: wallet,\n"
                               "  mac_key: 000102030405060708090A0B0C0D0E0F}]\n";
    struct lab *lab = lab_of(text);
    CU_ASSERT_EQUAL(lab_route_card(lab, bytes_text("9999011000000019")), -1);
    CU_ASSERT_EQUAL(lab->person_count, 0);
    lab_free(lab);
}

static void generates_neighbouring_cards_with_check_digits(void)
{
    struct lab *lab = lab_of(LAB_TEXT);
    const struct lab_institution *harbour = &lab->institutions[1];
    CU_ASSERT_EQUAL(lab_account_count(harbour), 302);
    struct lab_account account;
    lab_account_at(harbour, 1, &account);
    CU_ASSERT_STRING_EQUAL(account.holder, "Zhang Guilan");
    for (size_t i = 2; i < lab_account_count(harbour); i++) {
        lab_account_at(harbour, i, &account);
        CU_ASSERT_TRUE(lab_card_passes_luhn(bytes_text(account.card)));
        CU_ASSERT_TRUE(lab_has_card(lab, bytes_text(account.card)));
        CU_ASSERT_EQUAL(account.available_minor, 10000);
    }
    CU_ASSERT_NSTRING_EQUAL(account.card, "999901900000299", 15);
    CU_ASSERT_STRING_EQUAL(account.holder, "Customer 300");
    lab_free(lab);
}

static void knows_which_cards_have_an_account(void)
{
    struct lab *lab = lab_of(LAB_TEXT);
    CU_ASSERT_TRUE(lab_has_card(lab, bytes_text("9999011000000027")));
    CU_ASSERT_FALSE(lab_has_card(lab, bytes_text("9999011000000035")));
    CU_ASSERT_FALSE(lab_has_card(lab, bytes_text("99990110000000270")));
    CU_ASSERT_FALSE(lab_has_card(lab, bytes_text("999901100000002")));
    CU_ASSERT_FALSE(lab_has_card(lab, bytes_text("9999019000003008"))); /* one past the last */
    CU_ASSERT_FALSE(lab_has_card(lab, bytes_text("no card at all")));
    lab_free(lab);
}

static void takes_an_external_issuer_with_any_range_and_its_cards_on_trust(void)
{
    struct strbuf text =
        text_with(LAB_TEXT, "people:\n",
                  "  - {id: 77, name: Real Bank, short: real, role: issuer,\n"
                  "     external: true, totals: false, ranges: [{prefix: 62}],\n"
                  "     mac_key: 303132333435363738393A3B3C3D3E3F}\n"
                  "people:\n"
                  "  - {name: Sun Li, wallet: alpha, cards: [6200000000000001]}\n");
    struct lab *lab = lab_of(text.text);
    CU_ASSERT_TRUE(lab->institutions[3].external);
    CU_ASSERT_TRUE(lab->institutions[3].has_no_totals);
    CU_ASSERT_FALSE(lab->institutions[1].has_no_totals);
    CU_ASSERT_EQUAL(lab->people[0].cards[0].issuer, 3);
    CU_ASSERT_EQUAL(lab_account_count(&lab->institutions[3]), 0);
    lab_free(lab);
    strbuf_deinit(&text);
}

static void reads_the_demo_lab(void)
{
    struct lab *lab = NULL;
    struct fault fault = {0};
    enum result result = lab_load(DEMO_LAB, &lab, &fault);
    if (result != RESULT_OK)
        ASSERT_CONTAINS(fault.text, "no fault at all");
    CU_ASSERT_EQUAL_FATAL(result, RESULT_OK);
    unsigned issuers = 0, wallets = 0;
    for (size_t i = 0; i < lab->institution_count; i++)
        if (lab->institutions[i].role == LAB_WALLET)
            wallets++;
        else
            issuers += lab_account_count(&lab->institutions[i]) > 300 ? 1 : 0;
    CU_ASSERT_EQUAL(issuers, 3);
    CU_ASSERT_EQUAL(wallets, 2);
    CU_ASSERT_EQUAL(lab->person_count, 9);
    CU_ASSERT_TRUE(lab->calendar_count >= 2);
    lab_free(lab);
}

/* --- what is refused -------------------------------------------------------------------------- */

static void refuses_missing_and_unknown_keys(void)
{
    refuses("name: two banks\n", "", "`name` is missing");
    refuses("calendar: [20261231, 20270101]\n", "", "`calendar` is missing");
    refuses("switch: {id: 10000, name: Centre}\n", "", "`switch` is missing");
    refuses("    ranges: [{prefix: 999902}]\n", "", "`ranges` is missing");
    refuses("name: two banks\n", "name: two banks\ncolour: red\n", "unknown key `colour`");
    refuses("name: two banks\n", "name: two banks\ndeliver: {limit_s: 5}\n",
            "`command` is missing");
    refuses("name: two banks\n", "name: two banks\ndeliver: {command: a, again: true}\n",
            "unknown key `again`");
    refuses("idle_ms", "idle", "unknown key `idle`");
    refuses("name: Centre", "name: Centre, port: 1", "unknown key `port`");
    refuses("role: wallet", "role: wallet, ranges: []", "unknown key `ranges`");
}

static void refuses_dates_that_no_calendar_has(void)
{
    refuses("[20261231, 20270101]", "[20260229]", "expected a date YYYYMMDD");
    refuses("[20261231, 20270101]", "[20261301]", "expected a date YYYYMMDD");
    refuses("[20261231, 20270101]", "[020261231]", "expected a date YYYYMMDD");
    refuses("[20261231, 20270101]", "[2026-12-31]", "expected a date YYYYMMDD");
    refuses("[20261231, 20270101]", "[[20261231]]", "expected a date YYYYMMDD");
    refuses("[20261231, 20270101]", "[]", "expected 1 to");
    struct lab *lab = lab_with("[20261231, 20270101]", "[20280229]");
    CU_ASSERT_EQUAL(lab->calendar[0], 20280229);
    lab_free(lab);
}

static void refuses_a_calendar_that_does_not_ascend(void)
{
    refuses("[20261231, 20270101]", "[20270101, 20261231]", "later than the one before");
    refuses("[20261231, 20270101]", "[20270101, 20270101]", "later than the one before");
}

static void refuses_ids_names_and_folders_that_stand_twice(void)
{
    refuses("id: 00095550002", "id: 95550001", "this id stands here a second time");
    refuses("id: 00095550002", "id: 00010000", "this id stands here a second time");
    refuses("name: Jade Bank", "name: Harbour Bank", "this name stands here a second time");
    refuses("short: jade", "short: harbour", "this short name stands here a second time");
    refuses("short: jade", "short: switch", "this short name stands here a second time");
    refuses("name: Li Na", "name: Wang Wei", "this name stands here a second time");
}

static void refuses_ids_that_are_too_long_or_nobodys(void)
{
    refuses("id: 00095550002", "id: 000095550002", "expected 1 to 11 digits");
    refuses("id: 00095550002", "id: bank", "expected 1 to 11 digits");
    refuses("id: 00095550002", "id: 000", "all zeros");
    refuses("name: two banks\n", "name: two banks\ndeliver: {command: ./by-sftp}\n",
            "expected a program: an absolute path, or a name that is in PATH");
    refuses("name: two banks\n", "name: two banks\ndeliver: {command: bin/by-sftp}\n",
            "expected a program");
    refuses("name: two banks\n", "name: two banks\ndeliver: {command: \"\"}\n", "`command`");
    refuses("name: two banks\n", "name: two banks\ndeliver: {command: a, limit_s: 0}\n",
            "`limit_s`");
    refuses("name: two banks\n", "name: two banks\ndeliver: {command: a, limit_s: 86401}\n",
            "`limit_s`");
}

static void refuses_short_names_that_make_no_folder(void)
{
    refuses("short: jade", "short: ../jade", "lower-case letter");
    refuses("short: jade", "short: Jade", "lower-case letter");
    refuses("short: jade", "short: 7jade", "lower-case letter");
    refuses("short: jade", "short: a-very-long-folder", "1 to 16 bytes");
}

static void refuses_keys_of_another_length(void)
{
    refuses("202122232425262728292A2B2C2D2E2F", "2021222324252627", "expected 16 bytes, got 8");
    refuses("202122232425262728292A2B2C2D2E2F", "20212223242526272", "hex digits");
    refuses("202122232425262728292A2B2C2D2E2F", "202122232425262728292A2B2C2D2E2F30", "hex digits");
}

static void refuses_ports_and_hosts_that_are_none(void)
{
    refuses("port: 8583", "port: 65536", "from 0 to 65535");
    refuses("port: 8583", "port: -1", "from 0 to 65535");
    refuses("host: 10.0.0.7", "host: \"bank 7\"", "expected an address or a name");
}

static void refuses_links_that_cannot_be(void)
{
    refuses("port: 8583", "connections: 0", "from 1 to 16");
    refuses("port: 8583", "connections: 17", "from 1 to 16");
    refuses("port: 8583", "mode: half", "duplex, simplex");
    refuses("port: 8583", "mode: simplex, connections: 2", "unknown key `connections`");
    refuses("port: 8583", "mode: duplex, member_port: 1", "unknown key `member_port`");
    refuses("port: 8583", "member_host: 10.0.0.9", "unknown key `member_host`");
    refuses("port: 8583", "mode: simplex, member_port: 65536", "from 0 to 65535");
    refuses("port: 8583", "mode: simplex, member_host: \"a b\"", "expected an address or a name");
    refuses("{host: 10.0.0.7, port: 8583}", "{mode: simplex}\n    external: true",
            "expected `member_port`");
}

static void refuses_ranges_that_overlap(void)
{
    refuses("[{prefix: 999902}]", "[{prefix: 9999}]", "overlaps");
    refuses("[{prefix: 999902}]", "[{prefix: 999902}, {prefix: 9999011}]", "overlaps one of");
    refuses("[{prefix: 999902}]", "[{low: 999902, high: 999903}]", "overlaps");
    refuses("[{prefix: 999902}]",
            "[{low: 9999020000000000000, high: 9999029999999999999},"
            " {low: 9999029999999999999, high: 9999029999999999999}]",
            "overlaps");
    refuses("{prefix: 999901}, {low: 99990300, high: 99990399}",
            "{prefix: 999901}, {low: 99990100, high: 99990100}", "overlaps one of harbour");
}

static void accepts_ranges_that_touch(void)
{
    struct lab *lab = lab_with("[{prefix: 999902}]", "[{prefix: 999902}, {prefix: 99990400}]");
    CU_ASSERT_EQUAL(lab_route_card(lab, bytes_text("9999039900000")), 1);
    CU_ASSERT_EQUAL(lab_route_card(lab, bytes_text("9999040000000")), 2);
    lab_free(lab);
}

static void refuses_ranges_that_make_no_sense(void)
{
    refuses("{prefix: 999902}", "{low: 999902, high: 9999029}", "same length");
    refuses("{prefix: 999902}", "{low: 999903, high: 999902}", "low one first");
    refuses("{prefix: 999902}", "{prefix: 999902, low: 1}", "unknown key `low`");
    refuses("{prefix: 999902}", "{low: 999902}", "`high` is missing");
    refuses("{prefix: 999902}", "{prefix: 99990000000000000000}", "1 to 19 digits");
    refuses("{prefix: 999902}", "{prefix: 62}", "begins with 9999");
    refuses("[{prefix: 999902}]", "[]", "expected 1 to");
    refuses("[{prefix: 999902}]", "[999902]", "expected a map");
}

static void refuses_cards_that_could_be_real_or_are_mistyped(void)
{
    refuses("card: 9999022000000024", "card: 6200000000000001", "begins with 9999");
    refuses("card: 9999022000000024", "card: 9999022000000025", "expected 4, got 5");
    refuses("card: 9999022000000024", "card: 999902200002", "13 to 19 digits");
    refuses("card: 9999022000000024", "card: 9999 0220 0000 0024", "13 to 19 digits");
}

static void refuses_cards_outside_their_issuers_ranges(void)
{
    refuses("card: 9999022000000024", "card: 9999011000000035", "lies in no range of jade");
    refuses("card: 9999022000000024", "card: 9999091000000011", "lies in no range of jade");
}

static void refuses_an_account_that_stands_twice(void)
{
    refuses("card: 9999022000000024", "card: 9999022000000016", "second time, first in line");
    refuses("9999011000000027", "9999019000000004", "one of those generated");
}

static void refuses_money_and_states_it_does_not_know(void)
{
    refuses("available: 20.00", "available: 20.0", "expected an amount from 0.00");
    refuses("available: 20.00", "available: -20.00", "expected an amount from 0.00");
    refuses("available: 20.00", "available: 10000000000.00", "expected an amount from 0.00");
    refuses("state: restricted", "state: frozen", "one of open, restricted");
    refuses("role: wallet", "role: bank", "one of wallet, issuer");
}

static void refuses_generators_that_leave_their_range(void)
{
    refuses("first: 999901900000000", "first: 999902900000000", "do not lie in one range");
    refuses("first: 999901900000000", "first: 999901999999900", "do not lie in one range");
    refuses("first: 999901900000000", "first: 999999999999999", "a digit too many");
    refuses("first: 999901900000000", "first: 999999999999701", "a digit too many");
    refuses("first: 999901900000000", "first: 620001900000000", "begins with 9999");
    refuses("count: 300", "count: 0", "from 1 to");
    refuses("count: 300", "count: 10000001", "from 1 to");
}

static void accepts_a_generator_up_to_the_last_card_of_its_range(void)
{
    struct lab *lab = lab_with("first: 999901900000000", "first: 999901999999700");
    struct lab_account account;
    lab_account_at(&lab->institutions[1], 301, &account);
    CU_ASSERT_NSTRING_EQUAL(account.card, "999901999999999", 15);
    lab_free(lab);
}

static void refuses_people_with_cards_nobody_knows(void)
{
    refuses("cards: [9999022000000024", "cards: [9999022000000040", "jade has no account");
    refuses("cards: [9999022000000024", "cards: [9999091000000011", "in no issuer's range");
    refuses("cards: [9999022000000024, 9999022000000032]", "cards: []", "expected 1 to 16");
    refuses("cards: [9999022000000024, 9999022000000032]", "cards: 9999022000000024",
            "expected a list");
    refuses("cards: [9999022000000024", "cards: [9999022000000016", "second time");
}

static void refuses_people_without_a_wallet(void)
{
    refuses("name: Li Na, wallet: alpha", "name: Li Na, wallet: jade", "a wallet's short name");
    refuses("name: Li Na, wallet: alpha", "name: Li Na, wallet: gamma", "a wallet's short name");
    refuses("name: Li Na, wallet: alpha", "name: Li Na", "`wallet` is missing");
}

static void refuses_accounts_at_an_external_issuer(void)
{
    refuses("short: jade\n", "short: jade\n    external: true\n", "keeps its own accounts");
}

static void refuses_timers_that_contradict_each_other(void)
{
    refuses("dead_ms: 2000", "dead_ms: 1000", "`dead_ms` to be more than `idle_ms`");
    refuses("dead_ms: 2000", "dead_ms: 2000, saf_first_ms: 9, saf_max_ms: 8", "`saf_max_ms`");
    refuses("dead_ms: 2000", "dead_ms: 0", "from 1 to");
    refuses("dead_ms: 2000", "dead_ms: 2000, freeze_age_ms: 999", "from 1000 to");
    refuses("dead_ms: 2000", "dead_ms: 2000, freeze_age_ms: 2592000001", "from 1000 to");
}

static void refuses_limits_at_zero_or_below_the_members(void)
{
    refuses("in_flight: 32", "in_flight: 0", "from 1 to");
    refuses("in_flight: 32", "saf_places: 0", "from 1 to");
    refuses("in_flight: 32", "saf_window: 0", "from 1 to 4096");
    refuses("in_flight: 32", "saf_window: 4097", "from 1 to 4096");
}

static void never_shows_a_card_number_or_a_key_in_a_fault(void)
{
    static const struct {
        const char *from, *to, *secret;
    } rows[] = {
        {"card: 9999022000000024", "card: 9999022000000025", "99990220"},
        {"card: 9999022000000024", "card: 9999022000000016", "99990220"},
        {"cards: [9999022000000024", "cards: [9999022000000040", "99990220"},
        {"202122232425262728292A2B2C2D2E2F", "202122232425262728292A2B2C2D2E", "2021"},
        {"202122232425262728292A2B2C2D2E2F", "202122232425262728292A2B2C2D2E2G", "2021"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct strbuf text = text_with(LAB_TEXT, rows[i].from, rows[i].to);
        struct lab *lab = NULL;
        struct fault fault = {0};
        CU_ASSERT_EQUAL(lab_parse(bytes_of(text.text, text.len), "lab.yaml", &lab, &fault),
                        RESULT_INPUT);
        CU_ASSERT_PTR_NULL(strstr(fault.text, rows[i].secret));
        strbuf_deinit(&text);
    }
}

static void refuses_what_is_no_map_at_all(void)
{
    static const char *const texts[] = {"", "text", "[]", "[1, 2]", "~", "{}", "name: {}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct lab *lab = NULL;
        struct fault fault = {0};
        CU_ASSERT_EQUAL(lab_parse(bytes_text(texts[i]), "lab.yaml", &lab, &fault), RESULT_INPUT);
        CU_ASSERT_PTR_NULL(lab);
    }
}

/* Whatever is cut off: a fault or a lab, and no read outside of what there is. */
static void survives_a_file_cut_off_anywhere(void)
{
    for (size_t len = 0; len < strlen(LAB_TEXT); len += 7) {
        struct lab *lab = NULL;
        struct fault fault = {0};
        enum result result = lab_parse(bytes_of(LAB_TEXT, len), "lab.yaml", &lab, &fault);
        CU_ASSERT_EQUAL(lab != NULL, result == RESULT_OK);
        lab_free(lab);
    }
}

static void says_when_there_is_no_such_file(void)
{
    struct lab *lab = NULL;
    struct fault fault = {0};
    CU_ASSERT_EQUAL(lab_load(SPECS_DIR "/labs/no-such.yaml", &lab, &fault), RESULT_IO);
    ASSERT_CONTAINS(fault.text, "no-such.yaml");
    lab_free(NULL);
}

SUITE(CASE(fills_ids_with_zeros_from_the_left),
      CASE(takes_the_protocols_defaults_for_what_is_not_said),
      CASE(names_the_fee_table_that_it_wants), CASE(says_how_files_are_delivered),
      CASE(keeps_what_each_institution_says), CASE(keeps_how_each_institution_is_connected),
      CASE(sorts_accounts_by_card), CASE(binds_several_cards_at_several_banks_to_one_person),
      CASE(finds_institutions_by_id_of_any_width), CASE(routes_cards_by_range),
      CASE(routes_nothing_that_is_no_card_number), CASE(routes_nothing_in_a_lab_without_issuers),
      CASE(generates_neighbouring_cards_with_check_digits), CASE(knows_which_cards_have_an_account),
      CASE(takes_an_external_issuer_with_any_range_and_its_cards_on_trust),
      CASE(reads_the_demo_lab), CASE(refuses_missing_and_unknown_keys),
      CASE(refuses_dates_that_no_calendar_has), CASE(refuses_a_calendar_that_does_not_ascend),
      CASE(refuses_ids_names_and_folders_that_stand_twice),
      CASE(refuses_ids_that_are_too_long_or_nobodys), CASE(refuses_short_names_that_make_no_folder),
      CASE(refuses_keys_of_another_length), CASE(refuses_ports_and_hosts_that_are_none),
      CASE(refuses_links_that_cannot_be), CASE(refuses_ranges_that_overlap),
      CASE(accepts_ranges_that_touch), CASE(refuses_ranges_that_make_no_sense),
      CASE(refuses_cards_that_could_be_real_or_are_mistyped),
      CASE(refuses_cards_outside_their_issuers_ranges), CASE(refuses_an_account_that_stands_twice),
      CASE(refuses_money_and_states_it_does_not_know),
      CASE(refuses_generators_that_leave_their_range),
      CASE(accepts_a_generator_up_to_the_last_card_of_its_range),
      CASE(refuses_people_with_cards_nobody_knows), CASE(refuses_people_without_a_wallet),
      CASE(refuses_accounts_at_an_external_issuer), CASE(refuses_timers_that_contradict_each_other),
      CASE(refuses_limits_at_zero_or_below_the_members),
      CASE(never_shows_a_card_number_or_a_key_in_a_fault), CASE(refuses_what_is_no_map_at_all),
      CASE(survives_a_file_cut_off_anywhere), CASE(says_when_there_is_no_such_file))
