/* cardlab: one program with sub-commands, as git and openssl have it. */
#include "command.h"
#include "store/store_damage.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name;
    command_run *run;
    const char *summary;
} commands[] = {
    {"demo", cmd_demo, "a whole red-packet day on this machine, ending in files that reconcile"},
    {"up", cmd_up, "start every simulated party of a lab and watch"},
    {"switch", cmd_switch, "the switch of a lab alone"},
    {"issuer", cmd_issuer, "one issuer of a lab alone"},
    {"wallet", cmd_wallet, "one wallet of a lab alone"},
    {"decode", cmd_decode, "bytes to fields, or what is wrong with them"},
    {"encode", cmd_encode, "fields (the JSON that decode prints) to bytes"},
    {"check", cmd_check, "is each message valid: format, presence, codes, echo"},
    {"diff", cmd_diff, "two messages, or two streams, field by field"},
    {"spec", cmd_spec, "message specs: list, show, lint, doc, import those of jPOS and moov"},
    {"mac", cmd_mac, "compute or verify the MAC of messages"},
    {"log", cmd_log, "what a party did: its transaction log"},
    {"clear", cmd_clear, "cut the clearing files of a settlement date"},
    {"deliver", cmd_deliver, "clearing files to every party that has not got them"},
    {"verify", cmd_verify, "clearing files against their manifest and its signature"},
    {"reconcile", cmd_reconcile, "clearing files against a party's own book"},
    {"exceptions", cmd_exceptions, "what was refused for good, for a person to settle"},
    {"audit", cmd_audit, "what must always hold, looked up in the stores of a lab at rest"},
    {"sim", cmd_sim, "a network in simulated time, with every kind of trouble, from a seed"},
    {"load", cmd_load, "a lab under load: latencies, costs, and whether every book is right"},
    {"bench", cmd_bench, "measure, beside a floor measured in the same run"},
};

static int print_help(FILE *out)
{
    fprintf(out, "cardlab %s: a card network in a box\n\nUsage: cardlab COMMAND [options]\n\n",
            CARDLAB_VERSION);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fprintf(out, "\nEvery command has --help. Start with: cardlab demo\n");
    return out == stdout ? COMMAND_GOOD : COMMAND_CANNOT;
}

/* Nothing of ours may be opened as standard input, output or error by chance. */
static void open_standard_files(void)
{
    int file;
    do
        file = open("/dev/null", O_RDWR);
    while (file >= 0 && file <= STDERR_FILENO);
    if (file >= 0)
        close(file);
}

/* What could not be written was not done. */
static int check_output(int code)
{
    errno = 0;
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return code;
    fprintf(stderr, "cardlab: standard output: %s\n", strerror(errno != 0 ? errno : EIO));
    return COMMAND_CANNOT;
}

/* Commands that read a store; a party says it in its log too (host.c). */
static void on_damage(const char *text)
{
    fprintf(stderr, "cardlab: %s\n", text);
    fflush(NULL);
    _exit(COMMAND_CANNOT);
}

int main(int argc, char **argv)
{
    open_standard_files();
    (void)signal(SIGXFSZ, SIG_IGN); /* a file at its limit is a write that fails, and is told */
    store_damage_watch(on_damage);
    if (argc > 0)
        command_program = argv[0];
    if (argc < 2)
        return print_help(stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0)
        return print_help(stdout);
    if (strcmp(argv[1], "--version") == 0) {
        printf("cardlab %s\n", CARDLAB_VERSION);
        return COMMAND_GOOD;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return check_output(commands[i].run(argc - 1, argv + 1));
    fprintf(stderr, "cardlab: no command %s\n", argv[1]);
    return print_help(stderr);
}
