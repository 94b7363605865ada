/* cardlab: one program with sub-commands, as git and openssl have it. */
#include "command.h"

#include <stdio.h>
#include <string.h>

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
    {"mac", cmd_mac, "compute or verify the MAC of messages"},
    {"log", cmd_log, "what a party did: its transaction log"},
    {"clear", cmd_clear, "cut the clearing files of a settlement date"},
    {"reconcile", cmd_reconcile, "clearing files against a party's own book"},
    {"audit", cmd_audit, "what must always hold, looked up in the stores of a lab at rest"},
    {"sim", cmd_sim, "a network in simulated time, with every kind of trouble, from a seed"},
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

int main(int argc, char **argv)
{
    if (argc < 2)
        return print_help(stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
        return print_help(stdout);
    if (strcmp(argv[1], "--version") == 0) {
        printf("cardlab %s\n", CARDLAB_VERSION);
        return COMMAND_GOOD;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "cardlab: no command %s\n", argv[1]);
    return print_help(stderr);
}
