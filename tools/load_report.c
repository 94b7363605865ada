/* What a load showed: see load_report.h. */
#include "load_report.h"

enum { QUANTILES = 4 };

static const struct {
    const char *key, *title;
    double quantile;
} quantiles[QUANTILES] = {
    {"p50", "p50", 0.5}, {"p90", "p90", 0.9}, {"p99", "p99", 0.99}, {"p999", "p99.9", 0.999}};

/* Requests that had to be sent again, as people call it; NULL: not told. */
static const char *const delay_names[LOAD_DELAYS] = {
    [FORWARD_ANSWERED] = "told to try again",
    [FORWARD_NO_ANSWER] = "timeout",
    [FORWARD_LINK_LOST] = "link lost",
    [FORWARD_NOT_TAKEN] = "link full",
};

static double good_per_s(const struct load_figures *figures)
{
    double sum = 0;
    for (unsigned i = 0; i < MIX_OPERATIONS; i++)
        sum += load_good_per_s(figures, i);
    return sum;
}

static int64_t delays_of(const struct load_figures *figures, unsigned parties, unsigned why)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < parties; i++)
        sum += figures->parties[i].delays[why];
    return sum;
}

static double per(int64_t sum, uint64_t count)
{
    return count > 0 ? (double)sum / (double)count : 0;
}

/* --- for programs ----------------------------------------------------------------------------- */

static void json_latency(const struct load_figures *figures, struct json *json)
{
    json_key(json, "latency_ms");
    json_open_object(json);
    for (unsigned kind = 0; kind < MIX_OPERATIONS; kind++) {
        const struct histogram *latency = &figures->latency[kind];
        if (latency->count == 0)
            continue;
        json_key(json, mix_operation_name(kind));
        json_open_object(json);
        json_member_int(json, "count", (int64_t)latency->count);
        for (unsigned i = 0; i < QUANTILES; i++)
            json_member_real(json, quantiles[i].key,
                             (double)histogram_quantile(latency, quantiles[i].quantile) / 1000, 3);
        json_member_real(json, "max", (double)latency->max / 1000, 3);
        json_close_object(json);
    }
    json_close_object(json);
    json_member_real(json, "latency_error", 1.0 / HISTOGRAM_STEPS, 4);
}

static void json_failures(const struct load_figures *figures, unsigned parties, struct json *json)
{
    const struct crowd_view *all = &figures->all;
    json_key(json, "failures");
    json_open_object(json);
    for (unsigned i = 0; i < all->cause_count; i++)
        json_member_int(json, all->causes[i].text, (int64_t)all->causes[i].count);
    json_close_object(json);
    json_key(json, "repeats");
    json_open_object(json);
    for (unsigned why = 0; why < LOAD_DELAYS; why++)
        if (delay_names[why] != NULL)
            json_member_int(json, delay_names[why], delays_of(figures, parties, why));
    json_close_object(json);
}

static void json_party(const struct load_cost *cost, uint64_t claims, struct json *json)
{
    json_open_object(json);
    json_member_real(json, "cpu_s", (double)load_cpu_us(cost) / 1e6, 3);
    json_member_real(json, "cpu_user_s", (double)cost->user_us / 1e6, 3);
    json_member_real(json, "cpu_us_per_claim", per(load_cpu_us(cost), claims), 1);
    json_member_int(json, "messages", cost->messages);
    json_member_int(json, "steps", cost->steps);
    json_member_int(json, "commits", cost->commits);
    json_member_real(json, "steps_per_commit", per(cost->steps, (uint64_t)cost->commits), 1);
    json_member_int(json, "bytes_synced", cost->store_bytes);
    json_member_int(json, "private_kb", cost->private_kb);
    json_close_object(json);
}

static void json_violations(const struct books *books, struct json *json)
{
    char line[BOOKS_LINE_MAX];
    json_key(json, "violations");
    json_open_list(json);
    for (size_t i = 0; i < books_violations(books); i++) {
        books_violation_at(books, i, line, sizeof line);
        json_text(json, line);
    }
    json_close_list(json);
}

void load_report_json(const struct load_plan *plan, const struct load_figures *figures,
                      const struct runner *runner, const struct books *books, FILE *out)
{
    unsigned parties = runner_party_count(runner);
    uint64_t claims = figures->all.counts[MIX_CLAIM].good;
    struct strbuf text;
    strbuf_init(&text, 1 << 20);
    struct json json = json_to(&text);
    json_open_object(&json);
    json_member(&json, "mix", plan->mix);
    json_member_real(&json, "offered_per_s", load_offered_per_s(figures), 1);
    json_member_real(&json, "achieved_per_s", good_per_s(figures), 1);
    json_member_real(&json, "claims_per_s", load_good_per_s(figures, MIX_CLAIM), 1);
    json_member_int(&json, "claims", (int64_t)claims);
    json_member_real(&json, "elapsed_s", (double)figures->all.elapsed_us / 1e6, 3);
    json_member_real(&json, "offering_s", (double)figures->offering_us / 1e6, 3);
    json_member_bool(&json, "interrupted", figures->is_interrupted);
    json_member_int(&json, "restocked", (int64_t)figures->all.restocked);
    json_latency(figures, &json);
    json_failures(figures, parties, &json);
    json_member_real(&json, "switch_cpu_us_per_claim",
                     per(load_cpu_us(&figures->parties[0].cost), claims), 1);
    json_key(&json, "parties");
    json_open_object(&json);
    for (unsigned i = 0; i < parties; i++) {
        json_key(&json, runner_party_name(runner, i));
        json_party(&figures->parties[i].cost, claims, &json);
    }
    json_close_object(&json);
    json_member_real(&json, "watching_cpu_s", (double)load_cpu_us(&figures->self) / 1e6, 3);
    json_member_bool(&json, "reconciled", books_are_reconciled(books));
    json_violations(books, &json);
    json_close_object(&json);
    fprintf(out, "%s\n", text.bad || text.text == NULL ? "{}" : text.text);
    strbuf_deinit(&text);
}

/* --- for people ------------------------------------------------------------------------------- */

static void print_rates(const struct load_plan *plan, const struct load_figures *figures, FILE *out)
{
    fprintf(out, "  %-22s %10.1f /s", "offered", load_offered_per_s(figures));
    if (plan->rate_per_s > 0)
        fprintf(out, "   at %.1f /s for %.1f s\n", plan->rate_per_s,
                (double)plan->duration_ms / 1000);
    else
        fprintf(out, "   %u under way at each wallet, for %.1f s\n", plan->window,
                (double)plan->duration_ms / 1000);
    if (figures->is_interrupted)
        fprintf(out, "  %-22s %10.1f s\n", "interrupted after", (double)figures->offering_us / 1e6);
    fprintf(out, "  %-22s %10.1f /s   the last answer came %.1f s after the start\n", "achieved",
            good_per_s(figures), (double)figures->all.elapsed_us / 1e6);
    fprintf(out, "  %-22s %10.1f /s\n", "of these, claims", load_good_per_s(figures, MIX_CLAIM));
    if (figures->all.restocked > 0)
        fprintf(out, "  %-22s %10llu freezes beside, which nobody asked for\n", "restocked",
                (unsigned long long)figures->all.restocked);
}

static void print_latency(const struct load_figures *figures, FILE *out)
{
    fprintf(out, "\n  %-10s %9s", "ms", "answers");
    for (unsigned i = 0; i < QUANTILES; i++)
        fprintf(out, " %8s", quantiles[i].title);
    fprintf(out, " %8s\n", "max");
    for (unsigned kind = 0; kind < MIX_OPERATIONS; kind++) {
        const struct histogram *latency = &figures->latency[kind];
        if (latency->count == 0)
            continue;
        fprintf(out, "  %-10s %9llu", mix_operation_name(kind), (unsigned long long)latency->count);
        for (unsigned i = 0; i < QUANTILES; i++)
            fprintf(out, " %8.1f",
                    (double)histogram_quantile(latency, quantiles[i].quantile) / 1000);
        fprintf(out, " %8.1f\n", (double)latency->max / 1000);
    }
}

static void print_failures(const struct load_figures *figures, unsigned parties, FILE *out)
{
    const struct crowd_view *all = &figures->all;
    fprintf(out, "\n");
    for (unsigned i = 0; i < all->cause_count; i++) {
        const char *text = all->causes[i].text;
        fprintf(out, "  failed: %s%s%s: %llu\n", text, text[2] == '\0' ? ", " : "",
                text[2] == '\0' ? code_meaning(code_parse(text)) : "",
                (unsigned long long)all->causes[i].count);
    }
    if (all->cause_count == 0)
        fprintf(out, "  none failed\n");
    for (unsigned why = 0; why < LOAD_DELAYS; why++)
        if (delay_names[why] != NULL && delays_of(figures, parties, why) > 0)
            fprintf(out, "  sent again: %s: %lld\n", delay_names[why],
                    (long long)delays_of(figures, parties, why));
}

static void print_party(const char *name, const struct load_cost *cost, uint64_t claims, FILE *out)
{
    fprintf(out, "  %-10s %8.2f %9.1f %9lld %9lld %8.1f %10.1f %9.1f\n", name,
            (double)load_cpu_us(cost) / 1e6, per(load_cpu_us(cost), claims), (long long)cost->steps,
            (long long)cost->commits, per(cost->steps, (uint64_t)cost->commits),
            (double)cost->store_bytes / 1e6, (double)cost->private_kb / 1024);
}

static void print_parties(const struct load_figures *figures, const struct runner *runner,
                          FILE *out)
{
    uint64_t claims = figures->all.counts[MIX_CLAIM].good;
    fprintf(out, "\n  %-10s %8s %9s %9s %9s %8s %10s %9s\n", "", "CPU s", "us/claim", "steps",
            "commits", "steps/", "MB synced", "MiB");
    fprintf(out, "  %-10s %8s %9s %9s %9s %8s %10s %9s\n", "", "", "", "", "", "commit", "",
            "private");
    for (unsigned i = 0; i < runner_party_count(runner); i++)
        print_party(runner_party_name(runner, i), &figures->parties[i].cost, claims, out);
    fprintf(out, "  %-10s %8.2f   (this process)\n", "watching",
            (double)load_cpu_us(&figures->self) / 1e6);
}

void load_report_text(const struct load_plan *plan, const struct load_figures *figures,
                      const struct runner *runner, const struct books *books, FILE *out)
{
    char line[BOOKS_LINE_MAX];
    print_rates(plan, figures, out);
    print_latency(figures, out);
    print_failures(figures, runner_party_count(runner), out);
    print_parties(figures, runner, out);
    fprintf(out, "\n  %s; %zu violations of what must always hold\n",
            books_are_reconciled(books) ? "every book reconciles with its clearing files"
                                        : "NOT RECONCILED",
            books_violations(books));
    for (size_t i = 0; i < books_violations(books); i++) {
        books_violation_at(books, i, line, sizeof line);
        fprintf(out, "  VIOLATION %s\n", line);
    }
}
