/* Simulations: what all worlds share, one run, and how a failing case is made shorter. */
#include "simulation/simulation.h"

#include "clearing/layout.h"
#include "simulation/world.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATH_SIZE = 4096, MAC_KEY_LEN = 16 };

static enum result load_specs(struct simulation *simulation, const char *specs, struct fault *fault)
{
    char path[PATH_SIZE];
    struct iso_fault iso;
    uint8_t key[MAC_KEY_LEN];
    snprintf(path, sizeof path, "%s/messages/redpacket.yaml", specs);
    if (iso_spec_load(path, &simulation->spec, &iso) != ISO_OK)
        return fault_set(fault, RESULT_INPUT, "%s", iso.text);
    snprintf(path, sizeof path, "%s/mac/redpacket.yaml", specs);
    TRY(mac_recipe_load(path, &simulation->recipe, fault));
    snprintf(path, sizeof path, "%s/clearing", specs);
    TRY(layout_set_load(path, simulation->layouts, fault));
    for (unsigned i = 0; i < MEMBERS_MAX; i++) {
        memset(key, (int)i + 1, sizeof key);
        TRY(mac_key_open(MAC_SM4, bytes_of(key, sizeof key), &simulation->keys[i], fault));
    }
    return RESULT_OK;
}

enum result simulation_open(const char *specs, struct simulation **opened, struct fault *fault)
{
    struct simulation *simulation = calloc(1, sizeof *simulation);
    enum result result = RESULT_OK;
    if (simulation != NULL) {
        simulation->world = calloc(1, sizeof *simulation->world);
        simulation->layouts = calloc(1, sizeof *simulation->layouts);
    }
    if (simulation == NULL || simulation->world == NULL || simulation->layouts == NULL)
        result = fault_set(fault, RESULT_IO, "no memory for a simulation");
    else
        result = load_specs(simulation, specs, fault);
    if (result != RESULT_OK) {
        simulation_close(simulation);
        return result;
    }
    *opened = simulation;
    return RESULT_OK;
}

void simulation_close(struct simulation *simulation)
{
    if (simulation == NULL)
        return;
    for (unsigned i = 0; i < MEMBERS_MAX; i++)
        mac_key_close(simulation->keys[i]);
    mac_recipe_free(simulation->recipe);
    iso_spec_free(simulation->spec);
    if (simulation->layouts != NULL)
        layout_set_free(simulation->layouts);
    free(simulation->layouts);
    free(simulation->world);
    free(simulation);
}

/* --- one run ---------------------------------------------------------------------------------- */

/* A party whose code finds a MUST broken stops; the world ends there, and what it held is lost. */
static jmp_buf stopped;
static char stopped_text[SIMULATION_TEXT_MAX];

static void on_must(const char *condition, const char *file, int line)
{
    const char *name = strrchr(file, '/');
    snprintf(stopped_text, sizeof stopped_text, "a party stops itself: %s does not hold at %s:%d",
             condition, name != NULL ? name + 1 : file, line);
    longjmp(stopped, 1);
}

void simulation_run(struct simulation *simulation, const struct simulation_case *which,
                    struct simulation_result *result)
{
    memset(result, 0, sizeof *result);
#ifdef CARDLAB_MUTANTS
    mutant_planted = which->mutant;
#else
    MUST(which->mutant == MUTANT_NONE);
#endif
    must_set_hook(on_must);
    if (setjmp(stopped) == 0) {
        world_begin(simulation->world, simulation, which, result);
        world_run(simulation->world);
        world_end(simulation->world);
    } else {
        result->statement = SIMULATION_STOPPED;
        result->hash = simulation->world->hash;
        result->simulated_us = simulation->world->now_us;
        result->actions = simulation->world->plan.action_count;
        snprintf(result->text, sizeof result->text, "%s", stopped_text);
    }
    must_set_hook(NULL);
#ifdef CARDLAB_MUTANTS
    mutant_planted = MUTANT_NONE;
#endif
}

/* --- shorter ---------------------------------------------------------------------------------- */

/* Keeps the shorter case when it fails too. */
static bool try_case(struct simulation *simulation, const struct simulation_case *shorter,
                     struct simulation_case *shortened, struct simulation_result *result)
{
    struct simulation_result tried;
    simulation_run(simulation, shorter, &tried);
    if (tried.statement == 0)
        return false;
    *shortened = *shorter;
    *result = tried;
    return true;
}

void simulation_shorten(struct simulation *simulation, const struct simulation_case *failed,
                        struct simulation_case *shortened, struct simulation_result *result)
{
    bool is_shorter = true;
    *shortened = *failed;
    shortened->trace = NULL;
    simulation_run(simulation, shortened, result);
    unsigned actions = result->actions;
    for (unsigned i = 0; i < SIMULATION_ACTIONS_MAX; i++)
        actions += (failed->drop >> i & 1) != 0;
    /* What could not be left out may be once something else is. */
    while (is_shorter && result->statement != 0) {
        is_shorter = false;
        for (enum kind kind = 0; kind < KINDS; kind++) {
            struct simulation_case shorter = *shortened;
            shorter.without |= kind_bit(kind);
            if (shorter.without != shortened->without)
                is_shorter |= try_case(simulation, &shorter, shortened, result);
        }
        for (unsigned i = actions; i-- > 0;) {
            struct simulation_case shorter = *shortened;
            shorter.drop |= UINT64_C(1) << i;
            if (shorter.drop != shortened->drop)
                is_shorter |= try_case(simulation, &shorter, shortened, result);
        }
    }
}
