/* What runs one party as a process: wires event loop, links, store, codec and keys to its core.
 *
 * The core decides, the host moves: bytes from links into the party, completions from the store,
 * ticks from the clock, lines from the control socket; and bytes back out. Each kind of party adds
 * a struct host_role (host_switch.c, host_issuer.c, host_wallet.c): how its core is opened and
 * which control commands it knows. Everything a process keeps is in its data folder: the store, the
 * log and the control socket. */
#ifndef TOOLS_HOST_H
#define TOOLS_HOST_H

#include "base/doc.h"
#include "base/json.h"
#include "base/log.h"
#include "command.h"
#include "host_links.h"
#include "lab/lab.h"
#include "net/control.h"
#include "net/link.h"
#include "net/loop.h"
#include "party/party.h"

enum {
    HOST_RECENT_MAX = 32,       /* messages kept for whoever watches */
    HOST_RECENT_TEXT_MAX = 120, /* of each, masked */
    HOST_CALLS_MAX = 4096,      /* control commands not answered yet */
};

#define HOST_CONTROL_NAME "control.sock"
#define HOST_STORE_NAME   "store"
/* In the environment of a party that is to end with the process that started it. */
#define HOST_ATTACHED "CARDLAB_ATTACHED"

struct host;

/* One control command from its line to its reply. */
struct host_call {
    struct host *host;
    struct control_peer *peer; /* NULL: hung up meanwhile */
    int64_t id;                /* the caller's, given back */
    struct strbuf text;
    struct json json;
    struct host_call *next, *previous;
    void *context; /* the role's */
};

struct host_role {
    const char *name; /* "switch" */
    MUST_USE enum result (*open)(struct host *host, struct instant now, struct fault *fault);
    void (*close)(struct host *host);
    /* Control command `what`; false: not one of the role's. Reads its keys through `schema`; the
     * role replies through host_reply() and host_done(), now or later, or host_refuse(). */
    bool (*command)(struct host *host, struct host_call *call, const char *what,
                    struct schema *schema, struct node *line);
    /* Adds members to the reply of "status". */
    void (*status)(struct host *host, struct json *json);
    /* At the end of each turn of the loop; returns when it wants another at the latest, on the
     * monotonic clock. NULL: never. */
    uint64_t (*turn)(struct host *host);
};

/* A message that passed, as it is kept until somebody looks: taken on every message's way, so it is
 * copied and not yet written out. */
struct host_seen {
    unsigned peer;
    enum direction direction;
    enum operation_kind kind;
    char mti[5];
    struct host_seen_value {
        uint8_t len;
        char text[PAN_LEN_MAX];
    } card, stan, code, amount;
};

struct host {
    const struct command *command;
    const struct host_role *role;
    const char *data; /* folder */
    struct lab *lab;
    int institution; /* index in the lab; -1: the switch */
    struct loop *loop;
    struct store *store;
    struct iso_spec *spec;
    struct mac_recipe *recipe;
    struct mac_key **keys; /* one a peer; NULL without MACs */
    struct iso_framing framing;
    struct host_peer *peers;
    struct host_line_test *line_test; /* under way */
    unsigned peer_count;
    struct control *control;
    struct host_call *calls;
    unsigned call_count;
    FILE *log_file;
    struct log log;
    struct party *party; /* the role's core has it */
    void *core;
    struct crowd *crowd; /* a wallet's, under load */
    struct host_seen recent[HOST_RECENT_MAX];
    uint64_t recent_count;
    uint64_t messages;
    int exit_code;
};

/* Runs until a signal or "stop"; returns the exit code. `member` is the institution's short name or
 * id; NULL for the switch. */
int host_run(const struct command *command, const struct host_role *role, const char *lab_path,
             const char *member, const char *data);

/* For the roles' open(): everything of the party's configuration that the lab file says. `peers`
 * has room for PARTY_PEERS_MAX. */
void host_party_config(struct host *host, struct party_config *config,
                       struct party_peer_config *peers);
struct party_port host_port(struct host *host);

/* Replies: {"id": n, "ok": true, ...members} or {"id": n, "ok": false, "error": text}. After
 * host_done() or host_refuse() the call is gone. */
struct json *host_reply(struct host_call *call);
void host_done(struct host_call *call);
void host_refuse(struct host_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

extern const struct host_role host_switch, host_issuer, host_wallet;

/* One line about a message that passed; the card masked. */
void host_seen_format(const struct host *host, const struct host_seen *seen,
                      char out[HOST_RECENT_TEXT_MAX]);

/* host_control.c */
MUST_USE enum result host_control_open(struct host *host, struct fault *fault);
void host_control_close(struct host *host);

/* host_load.c: a wallet's part in `cardlab load`. */
bool host_load_command(struct host *host, struct host_call *call, const char *what,
                       struct schema *schema, struct node *line);
uint64_t host_load_turn(struct host *host);

/* The store in a party's data folder; or `folder` itself, when it is a store. */
void host_store_path(const char *folder, char path[COMMAND_PATH_MAX]);

/* Something that cannot be gone on from: a commit failed, the store is damaged. */
_Noreturn void host_die(struct host *host, const struct fault *fault);

#endif
