/* A party as a process. */
#include "host.h"

#include "base/mask.h"
#include "redpacket/operation.h"
#include "security/mac_recipe.h"
#include "store/store_damage.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t STORE_SIZE_MAX = (uint64_t)64 << 30; /* address space, not disk */

/* --- what the party asks of us ---------------------------------------------------------------- */

static uint64_t port_send(void *context, unsigned peer, unsigned link, struct bytes message)
{
    return host_links_send(context, peer, link, message);
}

static void port_tested(void *context, void *asker, const struct line_test *result)
{
    struct host_test *test = asker;
    (void)context;
    test->ended(test, result);
}

static void port_log(void *context, enum log_level level, const char *event, const char *text)
{
    struct host *host = context;
    log_event(&host->log, level, loop_now().wall_us, event, text);
}

static void keep_value(const struct iso_message *message, unsigned de, struct host_seen_value *out)
{
    struct iso_value value = iso_message_get(message, de);
    out->len = value.len <= sizeof out->text ? (uint8_t)value.len : 0;
    if (out->len > 0)
        memcpy(out->text, value.data, out->len);
}

static void port_seen(void *context, unsigned peer, enum direction direction,
                      const struct iso_message *message)
{
    struct host *host = context;
    struct host_seen *seen = &host->recent[host->recent_count++ % HOST_RECENT_MAX];
    host->messages++;
    seen->peer = peer;
    seen->direction = direction;
    seen->kind = operation_kind_of(message);
    memcpy(seen->mti, message->mti, sizeof seen->mti);
    keep_value(message, 2, &seen->card);
    keep_value(message, 4, &seen->amount);
    keep_value(message, 11, &seen->stan);
    keep_value(message, 39, &seen->code);
}

void host_seen_format(const struct host *host, const struct host_seen *seen,
                      char out[HOST_RECENT_TEXT_MAX])
{
    char card[PAN_LEN_MAX + 1] = "";
    if (seen->card.len > 0)
        mask_pan(bytes_of(seen->card.text, seen->card.len), card, sizeof card);
    snprintf(out, HOST_RECENT_TEXT_MAX, "%s %-14s %s %-15s STAN %.*s %.*s %s %.*s",
             seen->direction == DIRECTION_IN ? "from" : "to  ",
             party_peer_name(host->party, seen->peer), seen->mti,
             seen->kind != OPERATION_NONE ? operation_name(seen->kind) : "network",
             (int)seen->stan.len, seen->stan.text, (int)seen->amount.len, seen->amount.text, card,
             (int)seen->code.len, seen->code.text);
}

struct party_port host_port(struct host *host)
{
    return (struct party_port){
        .host = host, .send = port_send, .log = port_log, .seen = port_seen, .tested = port_tested};
}

/* With a log of its own: the store thread may have come here while the other one writes a line. */
static void log_end_of(const struct host *host, const char *text)
{
    struct log log;
    if (host->log_file == NULL)
        return;
    log_init(&log, host->log_file, host->role->name, LOG_INFO);
    log_event(&log, LOG_ERROR, loop_now().wall_us, "stopped", text);
    log_deinit(&log);
}

_Noreturn void host_die(struct host *host, const struct fault *fault)
{
    log_end_of(host, fault->text);
    fprintf(stderr, "cardlab %s: %s\n", host->command->name, fault->text);
    fflush(NULL);
    _exit(COMMAND_CANNOT);
}

static struct host *running; /* the one of this process, for on_damage() */

static void on_damage(const char *text)
{
    struct fault fault;
    fault_set(&fault, RESULT_CORRUPT, "%s", text);
    host_die(running, &fault);
}

/* --- the loop --------------------------------------------------------------------------------- */

static void on_wake(void *context)
{
    struct host *host = context;
    struct fault fault;
    if (party_complete(host->party, loop_now(), &fault) != RESULT_OK)
        host_die(host, &fault);
}

static void on_deadline(void *context)
{
    struct host *host = context;
    party_tick(host->party, loop_now());
}

static void on_turn(void *context)
{
    struct host *host = context;
    uint64_t turn_us = host->role->turn != NULL ? host->role->turn(host) : LOOP_NEVER;
    uint64_t due_us = party_deadline(host->party), log_us = party_log_deadline(host->party);
    due_us = due_us < log_us ? due_us : log_us;
    loop_arm(host->loop, due_us < turn_us ? due_us : turn_us);
}

static void on_signal(void *context, int signum)
{
    struct host *host = context;
    party_tick(host->party, loop_now());
    party_log(host->party, LOG_INFO, "signal", "%d: stopping", signum);
    if (host->institution >= 0 && party_peer_is_ready(host->party, 0))
        party_sign_off(host->party, 0); /* leaves with the last turn of the loop */
    loop_stop(host->loop);
}

/* --- opening ---------------------------------------------------------------------------------- */

static enum result open_keys(struct host *host, struct fault *fault)
{
    const struct lab *lab = host->lab;
    char path[COMMAND_PATH_MAX];
    if (!lab->mac_on)
        return RESULT_OK;
    command_spec_path("mac", lab->mac_recipe, path);
    TRY(mac_recipe_load(path, &host->recipe, fault));
    host->keys = calloc(host->peer_count, sizeof *host->keys);
    if (host->keys == NULL)
        return fault_set(fault, RESULT_IO, "no memory for the keys");
    for (unsigned peer = 0; peer < host->peer_count; peer++) {
        const struct lab_institution *member =
            &lab->institutions[host->institution < 0 ? peer : (unsigned)host->institution];
        TRY(mac_key_open(MAC_SM4, bytes_of(member->mac_key, sizeof member->mac_key),
                         &host->keys[peer], fault));
    }
    return RESULT_OK;
}

static enum result find_member(struct host *host, const char *member, struct fault *fault)
{
    host->institution = -1;
    if (member == NULL)
        return RESULT_OK;
    host->institution = lab_find_short(host->lab, member);
    if (host->institution < 0)
        host->institution = lab_find_institution(host->lab, bytes_text(member));
    if (host->institution < 0)
        return fault_set(fault, RESULT_INPUT, "the lab has no institution %s", member);
    enum lab_role role = host->lab->institutions[host->institution].role;
    if (role != (host->role == &host_issuer ? LAB_ISSUER : LAB_WALLET))
        return fault_set(fault, RESULT_INPUT, "%s is no %s", member, host->role->name);
    if (host->lab->institutions[host->institution].link_port == 0)
        return fault_set(fault, RESULT_INPUT,
                         "the lab file names no port for %s: take the lab file of a running lab, "
                         "which names the ports that the system chose, or give its link one",
                         member);
    return RESULT_OK;
}

static enum result open_folder(struct host *host, struct fault *fault)
{
    char path[COMMAND_PATH_MAX];
    if (mkdir(host->data, 0700) != 0 && errno != EEXIST)
        return fault_set(fault, RESULT_IO, "%s: %s", host->data, strerror(errno));
    snprintf(path, sizeof path, "%s/log", host->data);
    host->log_file = fopen(path, "ae");
    if (host->log_file == NULL)
        return fault_set(fault, RESULT_IO, "%s: %s", path, strerror(errno));
    setvbuf(host->log_file, NULL, _IOLBF, 0);
    log_init(&host->log, host->log_file, host->role->name, LOG_INFO);
    snprintf(path, sizeof path, "%s/%s", host->data, HOST_STORE_NAME);
    return store_open_lmdb(path, STORE_READ_WRITE, STORE_SIZE_MAX, &host->store, fault);
}

static enum result host_open(struct host *host, const char *lab_path, const char *member,
                             struct fault *fault)
{
    static const struct loop_events events = {
        .wake = on_wake, .deadline = on_deadline, .signal = on_signal, .turn = on_turn};
    TRY(lab_load(lab_path, &host->lab, fault));
    TRY(find_member(host, member, fault));
    host->peer_count = host->institution < 0 ? (unsigned)host->lab->institution_count : 1;
    TRY(open_folder(host, fault));
    TRY(command_spec_load(host->lab->spec, &host->spec, fault));
    TRY(open_keys(host, fault));
    TRY(loop_open(&events, host, &host->loop, fault));
    store_set_wake(host->store, loop_wake, host->loop);
    TRY(host->role->open(host, loop_now(), fault));
    TRY(host_links_open(host, fault));
    return host_control_open(host, fault);
}

static void host_close(struct host *host)
{
    struct fault fault;
    /* Before the calls and links go to which these completions reply. */
    if (host->store != NULL && host->party != NULL && store_drain(host->store, &fault) != RESULT_OK)
        host_die(host, &fault);
    host_control_close(host);
    host_links_close(host);
    if (host->core != NULL)
        host->role->close(host);
    store_close(host->store);
    loop_close(host->loop);
    for (unsigned peer = 0; host->keys != NULL && peer < host->peer_count; peer++)
        mac_key_close(host->keys[peer]);
    free(host->keys);
    mac_recipe_free(host->recipe);
    iso_spec_free(host->spec);
    lab_free(host->lab);
    log_deinit(&host->log);
    if (host->log_file != NULL)
        fclose(host->log_file);
}

int host_run(const struct command *command, const struct host_role *role, const char *lab_path,
             const char *member, const char *data)
{
    struct host host = {.command = command, .role = role, .data = data};
    struct fault fault = {RESULT_OK, ""};
    if (getenv(HOST_ATTACHED) != NULL)
        prctl(PR_SET_PDEATHSIG, SIGTERM);
    running = &host;
    store_damage_watch(on_damage);
    if (host_open(&host, lab_path, member, &fault) != RESULT_OK) {
        log_end_of(&host, fault.text);
        host_close(&host);
        return command_fail(command, &fault);
    }
    party_log(host.party, LOG_INFO, "ready", "%s, control %s/%s", role->name, data,
              HOST_CONTROL_NAME);
    loop_run(host.loop);
    host_close(&host);
    return COMMAND_GOOD;
}

void host_store_path(const char *folder, char path[COMMAND_PATH_MAX])
{
    snprintf(path, COMMAND_PATH_MAX, "%s/%s", folder, HOST_STORE_NAME);
    if (access(path, F_OK) != 0)
        snprintf(path, COMMAND_PATH_MAX, "%s", folder);
}

/* --- configuration from the lab file ---------------------------------------------------------- */

/* The lab has read it: digits, as wide as the file writes it. */
static struct institution institution_of(const char *id, unsigned width)
{
    struct institution institution;
    MUST(institution_parse(bytes_text(id), &institution));
    institution.width = (uint8_t)width;
    return institution;
}

void host_party_config(struct host *host, struct party_config *config,
                       struct party_peer_config *peers)
{
    const struct lab *lab = host->lab;
    bool is_switch = host->institution < 0;
    const struct lab_institution *own = is_switch ? NULL : &lab->institutions[host->institution];
    *config = (struct party_config){
        .name = is_switch ? lab->centre.name : own->name,
        .is_centre = is_switch,
        .spec = host->spec,
        .recipe = host->recipe,
        .store = host->store,
        .peers = peers,
        .peer_count = host->peer_count,
        .opening_date = lab->calendar[0],
        .requests_max = lab->limits.in_flight,
        .exchanges_max = lab->limits.in_flight + lab->limits.saf_places +
                         host->peer_count * PARTY_NETWORK_ASKED_MAX,
        .forwards_max = lab->limits.saf_places,
        .forward_window = lab->limits.saf_window,
        .forward_first_ms = is_switch ? lab->timers.saf_first_ms : lab->timers.wallet_wait_ms,
        .forward_max_ms = lab->timers.saf_max_ms,
        .forward_wait_ms = is_switch ? lab->timers.saf_first_ms : lab->timers.wallet_wait_ms,
        .network_ms = 5000,
        .freeze_age_ms = lab->timers.freeze_age_ms,
        .seed = (uint64_t)loop_now().wall_us ^ (uint64_t)getpid() << 32,
    };
    config->self = is_switch ? institution_of(lab->centre.id, lab->centre.id_width)
                             : institution_of(own->id, own->id_width);
    for (unsigned peer = 0; peer < host->peer_count; peer++) {
        const struct lab_institution *member = &lab->institutions[peer];
        peers[peer] = (struct party_peer_config){
            .id = is_switch ? institution_of(member->id, member->id_width)
                            : institution_of(lab->centre.id, lab->centre.id_width),
            .name = is_switch ? member->name : lab->centre.name,
            .key = host->keys != NULL ? host->keys[peer] : NULL,
            .has_no_totals = member->has_no_totals,
        };
    }
}
