/* Writes a lab back as a lab file. */
#include "base/utf8.h"
#include "lab/lab.h"

#include <inttypes.h>

/* In double quotes; what YAML does not let stand as it is becomes \u. */
static void add_quoted(struct strbuf *out, const char *text)
{
    const uint8_t *at = (const uint8_t *)text;
    size_t left = strlen(text);
    strbuf_text(out, "\"");
    while (left > 0) {
        uint32_t code = 0;
        size_t width = utf8_next(at, left, &code);
        MUST(width > 0); /* the reader takes nothing but UTF-8 */
        bool hidden = code < 0x20 || (code >= 0x7F && code <= 0xA0) || code == 0x2028 ||
                      code == 0x2029 || code == 0xFEFF || (code >= 0xFFF0 && code <= 0xFFFF);
        if (hidden)
            strbuf_format(out, "\\u%04" PRIX32, code);
        else if (code == '"' || code == '\\')
            strbuf_format(out, "\\%c", (int)code);
        else
            strbuf_add(out, at, width);
        at += width;
        left -= width;
    }
    strbuf_text(out, "\"");
}

static void add_member(struct strbuf *out, const char *key, const char *text)
{
    strbuf_format(out, "%s: ", key);
    add_quoted(out, text);
}

static void add_money(struct strbuf *out, const char *key, int64_t minor)
{
    char money[LAB_MONEY_TEXT_SIZE];
    lab_money_format(minor, money);
    strbuf_format(out, "%s: %s", key, money);
}

static void format_settings(const struct lab *lab, struct strbuf *out)
{
    add_member(out, "name", lab->name);
    strbuf_format(out, "\ncurrency: \"%s\"\n", lab->currency);
    add_member(out, "spec", lab->spec);
    strbuf_text(out, "\nmac: {");
    add_member(out, "recipe", lab->mac_recipe);
    strbuf_format(out, ", on: %s}\n", lab->mac_on ? "true" : "false");
    add_member(out, "framing", lab->framing);
    if (lab->fees[0] != '\0') {
        strbuf_text(out, "\n");
        add_member(out, "fees", lab->fees);
    }
    if (lab->deliver.command[0] != '\0') {
        strbuf_text(out, "\ndeliver: {");
        add_member(out, "command", lab->deliver.command);
        strbuf_format(out, ", limit_s: %" PRIu32 "}", lab->deliver.limit_s);
    }
    strbuf_text(out, "\ncalendar: [");
    for (size_t i = 0; i < lab->calendar_count; i++)
        strbuf_format(out, "%s%" PRIu32, i == 0 ? "" : ", ", lab->calendar[i]);
    const struct lab_switch *centre = &lab->centre;
    strbuf_format(out, "]\n\nswitch:\n  id: \"%s\"\n  ",
                  centre->id + LAB_ID_LEN - centre->id_width);
    add_member(out, "name", centre->name);
    strbuf_format(out, "\n  short: \"%s\"\n  host: \"%s\"\n", centre->short_name, centre->host);
}

static void format_timers(const struct lab *lab, struct strbuf *out)
{
    const struct lab_timers *timers = &lab->timers;
    const struct lab_limits *limits = &lab->limits;
    const struct {
        const char *key;
        uint32_t value;
    } lines[] = {
        {"debit_leg_ms", timers->debit_leg_ms},
        {"credit_leg_ms", timers->credit_leg_ms},
        {"freeze_leg_ms", timers->freeze_leg_ms},
        {"wallet_wait_ms", timers->wallet_wait_ms},
        {"saf_first_ms", timers->saf_first_ms},
        {"saf_max_ms", timers->saf_max_ms},
        {"idle_ms", timers->idle_ms},
        {"dead_ms", timers->dead_ms},
        {"freeze_age_ms", timers->freeze_age_ms},
        {"in_flight", limits->in_flight},
        {"saf_places", limits->saf_places},
        {"saf_window", limits->saf_window},
    };
    enum { TIMERS = 9 };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        strbuf_text(out, i == 0 ? "\ntimers:\n" : i == TIMERS ? "\nlimits:\n" : "");
        strbuf_format(out, "  %s: %" PRIu32 "\n", lines[i].key, lines[i].value);
    }
}

static void format_issuer(const struct lab_institution *issuer, struct strbuf *out)
{
    strbuf_text(out, "    ranges:\n");
    for (size_t i = 0; i < issuer->range_count; i++) {
        const struct lab_range *range = &issuer->ranges[i];
        if (strcmp(range->low, range->high) == 0)
            strbuf_format(out, "      - {prefix: \"%s\"}\n", range->low);
        else
            strbuf_format(out, "      - {low: \"%s\", high: \"%s\"}\n", range->low, range->high);
    }
    if (issuer->account_count > 0)
        strbuf_text(out, "    accounts:\n");
    for (size_t i = 0; i < issuer->account_count; i++) {
        const struct lab_account *account = &issuer->accounts[i];
        strbuf_format(out, "      - {card: \"%s\", ", account->card);
        add_member(out, "holder", account->holder);
        strbuf_text(out, ", ");
        add_money(out, "available", account->available_minor);
        strbuf_text(out,
                    account->state == LAB_ACCOUNT_RESTRICTED ? ", state: restricted}\n" : "}\n");
    }
    if (issuer->generator.count > 0) {
        strbuf_format(out, "    generate: {count: %zu, first: \"%s\", ", issuer->generator.count,
                      issuer->generator.first);
        add_money(out, "available", issuer->generator.available_minor);
        strbuf_text(out, "}\n");
    }
}

static void format_institution(const struct lab_institution *institution, struct strbuf *out)
{
    strbuf_format(out, "  - id: \"%s\"\n    ",
                  institution->id + LAB_ID_LEN - institution->id_width);
    add_member(out, "name", institution->name);
    strbuf_format(out, "\n    short: \"%s\"\n    role: %s\n    external: %s\n    mac_key: \"",
                  institution->short_name, institution->role == LAB_WALLET ? "wallet" : "issuer",
                  institution->external ? "true" : "false");
    for (size_t i = 0; i < LAB_MAC_KEY_LEN; i++)
        strbuf_format(out, "%02X", (unsigned)institution->mac_key[i]);
    strbuf_format(out, "\"\n    totals: %s", institution->has_no_totals ? "false" : "true");
    strbuf_format(out, "\n    link: {host: \"%s\", port: %u, mode: ", institution->link_host,
                  (unsigned)institution->link_port);
    if (institution->link_mode == LAB_DUPLEX)
        strbuf_format(out, "duplex, connections: %u}\n", institution->connections);
    else
        strbuf_format(out, "simplex, member_host: \"%s\", member_port: %u}\n",
                      institution->member_host, (unsigned)institution->member_port);
    if (institution->role == LAB_ISSUER)
        format_issuer(institution, out);
}

static void format_person(const struct lab *lab, const struct lab_person *person,
                          struct strbuf *out)
{
    strbuf_text(out, "  - ");
    add_member(out, "name", person->name);
    if (person->native_name[0] != '\0') {
        strbuf_text(out, "\n    ");
        add_member(out, "native_name", person->native_name);
    }
    strbuf_format(out, "\n    wallet: \"%s\"\n    cards: [",
                  lab->institutions[person->wallet].short_name);
    for (unsigned i = 0; i < person->card_count; i++)
        strbuf_format(out, "%s\"%s\"", i == 0 ? "" : ", ", person->cards[i].number);
    strbuf_text(out, "]\n");
}

void lab_format(const struct lab *lab, struct strbuf *out)
{
    format_settings(lab, out);
    format_timers(lab, out);
    strbuf_text(out, "\ninstitutions:\n");
    for (size_t i = 0; i < lab->institution_count; i++)
        format_institution(&lab->institutions[i], out);
    if (lab->person_count > 0)
        strbuf_text(out, "\npeople:\n");
    for (size_t i = 0; i < lab->person_count; i++)
        format_person(lab, &lab->people[i], out);
}
