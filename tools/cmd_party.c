/* cardlab switch, issuer, wallet: one party of a lab, in the foreground. */
#include "host.h"

enum { OPTION_DATA = 1, OPTION_AS };

static const struct command_option switch_options[] = {
    {OPTION_DATA, "data", "DIR", "folder of its store, log and control socket (default: its name)"},
    {0, NULL, NULL, NULL},
};
static const struct command_option member_options[] = {
    {OPTION_AS, "as", "NAME", "which institution of the lab, by short name or id"},
    {OPTION_DATA, "data", "DIR", "folder of its store, log and control socket (default: its name)"},
    {0, NULL, NULL, NULL},
};
static const char details[] =
    "Runs until SIGTERM or Ctrl-C. Whatever it answered survives a kill at any moment. While it\n"
    "runs it takes one JSON object a line on the socket control.sock in its data folder;\n"
    "{\"id\": 1, \"do\": \"status\"} is a good first one.";
static const struct command commands[] = {
    {.name = "switch",
     .arguments = "LAB.yaml",
     .summary = "Runs the switch of a lab.",
     .details = details,
     .options = switch_options},
    {.name = "issuer",
     .arguments = "LAB.yaml",
     .summary = "Runs one simulated issuer of a lab.",
     .details = details,
     .options = member_options},
    {.name = "wallet",
     .arguments = "LAB.yaml",
     .summary = "Runs one simulated wallet of a lab.",
     .details = details,
     .options = member_options},
};

static int run(const struct command *command, const struct host_role *role, int argc, char **argv)
{
    const char *value, *data = NULL, *member = NULL;
    int first, id;
    while ((id = command_next(command, argc, argv, &value, &first)) > 0) {
        if (id == OPTION_DATA)
            data = value;
        else
            member = value;
    }
    if (id == COMMAND_DONE)
        return first;
    if (argc - first != 1)
        return command_usage(command, "expected one lab file");
    if (role != &host_switch && member == NULL)
        return command_usage(command, "expected --as NAME");
    if (data == NULL)
        data = member != NULL ? member : "switch";
    char path[COMMAND_PATH_MAX];
    command_spec_path("labs", argv[first], path);
    return host_run(command, role, path, member, data);
}

int cmd_switch(int argc, char **argv)
{
    return run(&commands[0], &host_switch, argc, argv);
}

int cmd_issuer(int argc, char **argv)
{
    return run(&commands[1], &host_issuer, argc, argv);
}

int cmd_wallet(int argc, char **argv)
{
    return run(&commands[2], &host_wallet, argc, argv);
}
