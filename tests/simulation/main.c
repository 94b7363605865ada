/* `cardlab sim` with bugs that can be planted: built from the same sources with CARDLAB_MUTANTS,
 * stands beside the program, and is run by it for --mutant. No product. */
#include "command.h"

int main(int argc, char **argv)
{
    return cmd_sim(argc, argv);
}
