/* Runs a fuzz target over the files and folders given, once each. For builds without libFuzzer. */
#include "fuzz.h"

#include <dirent.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

enum { INPUT_MAX = 1 << 20 };

static unsigned replayed;

static int replay_file(const char *path)
{
    static uint8_t data[INPUT_MAX];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "%s: cannot open\n", path);
        return EXIT_FAILURE;
    }
    size_t len = fread(data, 1, sizeof data, file);
    fclose(file);
    /* In memory of its own size, so that a sanitizer sees one byte too many. */
    uint8_t *input = malloc(len + 1);
    if (input == NULL)
        return EXIT_FAILURE;
    memcpy(input + 1, data, len);
    LLVMFuzzerTestOneInput(input + 1, len);
    free(input);
    replayed++;
    return EXIT_SUCCESS;
}

static int replay_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        fprintf(stderr, "%s: cannot open\n", path);
        return EXIT_FAILURE;
    }
    int result = EXIT_SUCCESS;
    for (const struct dirent *entry; result == EXIT_SUCCESS && (entry = readdir(folder)) != NULL;) {
        char file[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        result = replay_file(file);
    }
    closedir(folder);
    return result;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct stat status;
        bool is_folder = stat(argv[i], &status) == 0 && S_ISDIR(status.st_mode);
        if ((is_folder ? replay_folder(argv[i]) : replay_file(argv[i])) != EXIT_SUCCESS)
            return EXIT_FAILURE;
    }
    fprintf(stderr, "%u inputs\n", replayed);
    /* A corpus that is not where it should be is no success. */
    return replayed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
