/* Finds out which file a page belonged to, and says so. */
#include "store/store_damage.h"

#include "base/result.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

enum { LINE_MAX_LEN = 4096 + 128 }; /* of /proc/self/maps: a path and what stands before it */

static store_damage_fn *damage_tell;
static _Thread_local const char *reading;

void store_damage_reading(const char *store_name)
{
    reading = store_name;
}

void store_damage_tell(const char *text)
{
    if (damage_tell != NULL)
        damage_tell(text);
}

/* The path of a line "START-END rights offset device inode PATH" whose range holds the address, or
 * NULL. */
static const char *path_of_line(const char *line, uintptr_t address)
{
    char *end = NULL;
    uintptr_t first = strtoul(line, &end, 16);
    uintptr_t last = *end == '-' ? strtoul(end + 1, NULL, 16) : 0;
    return address >= first && address < last ? strchr(line, '/') : NULL;
}

/* Reads by the byte: no allocation here, and the process ends anyway. */
static bool find_path(uintptr_t address, char line[LINE_MAX_LEN])
{
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    size_t len = 0;
    bool is_found = false;
    while (fd >= 0 && !is_found && len < LINE_MAX_LEN && read(fd, line + len, 1) == 1) {
        if (line[len] != '\n') {
            len++;
            continue;
        }
        line[len] = '\0';
        len = 0;
        is_found = path_of_line(line, address) != NULL;
    }
    if (fd >= 0)
        close(fd);
    return is_found;
}

static void on_bus_error(int signum, siginfo_t *info, void *context)
{
    static char line[LINE_MAX_LEN];
    char text[FAULT_TEXT_MAX];
    (void)context;
    if (find_path((uintptr_t)info->si_addr, line)) {
        snprintf(
            text, sizeof text,
            "store file %s is damaged: a page of it cannot be read; the file was cut short, or "
            "the disk fails",
            path_of_line(line, (uintptr_t)info->si_addr));
        store_damage_tell(text);
    }
    /* Not a store's: it happens again, and then the process ends by it. */
    (void)signal(signum, SIG_DFL);
}

static uintptr_t place_of(const ucontext_t *context)
{
#if defined(__x86_64__)
    return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (uintptr_t)context->uc_mcontext.pc;
#else
    (void)context;
    return 0;
#endif
}

/* Only of LMDB's own code: it believes what stands in a page. Anything else is a bug of ours. */
static void on_bad_access(int signum, siginfo_t *info, void *context)
{
    static char line[LINE_MAX_LEN];
    char text[FAULT_TEXT_MAX];
    (void)info;
    if (reading != NULL && find_path(place_of(context), line) && strstr(line, "liblmdb") != NULL) {
        snprintf(text, sizeof text,
                 "store %s is damaged: a page of its data file contradicts itself (LMDB cannot "
                 "follow it)",
                 reading);
        store_damage_tell(text);
    }
    (void)signal(signum, SIG_DFL);
}

void store_damage_watch(store_damage_fn *tell)
{
    struct sigaction on_bus = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};
    struct sigaction on_segv = {.sa_sigaction = on_bad_access, .sa_flags = SA_SIGINFO};
    damage_tell = tell;
    MUST(sigaction(SIGBUS, &on_bus, NULL) == 0);
    MUST(sigaction(SIGSEGV, &on_segv, NULL) == 0);
}
