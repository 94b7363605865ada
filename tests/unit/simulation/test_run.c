/* Whole runs: the same seed does the same, whatever ran before it and whoever looks on. */
#include "simulation/simulation.h"

#include "suite.h"

#include <stdlib.h>

static struct simulation *simulation;

static void begin(void)
{
    struct fault fault;
    enum result result = simulation_open(SPECS_DIR, &simulation, &fault);
    if (result != RESULT_OK)
        fprintf(stderr, "%s\n", fault.text);
    CU_ASSERT_EQUAL_FATAL(result, RESULT_OK);
}

static struct simulation_result run(const struct simulation_case *which)
{
    struct simulation_result result;
    simulation_run(simulation, which, &result);
    if (result.statement != 0)
        fprintf(stderr, "seed %llu: %s\n", (unsigned long long)which->seed, result.text);
    CU_ASSERT_EQUAL(result.statement, 0);
    return result;
}

static struct simulation_result run_seed(uint64_t seed)
{
    return run(&(struct simulation_case){.seed = seed});
}

static void one_seed_run_twice_agrees(void)
{
    begin();
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct simulation_result first = run_seed(seed), second = run_seed(seed);
        CU_ASSERT_EQUAL(first.hash, second.hash);
        CU_ASSERT_EQUAL(first.events, second.events);
        CU_ASSERT_EQUAL(first.simulated_us, second.simulated_us);
    }
    simulation_close(simulation);
}

static void what_ran_before_makes_no_difference(void)
{
    begin();
    run_seed(8);
    run_seed(3);
    struct simulation_result after = run_seed(11);
    simulation_close(simulation);
    begin();
    struct simulation_result alone = run_seed(11);
    CU_ASSERT_EQUAL(after.hash, alone.hash);
    simulation_close(simulation);
}

static void seeds_have_hashes_of_their_own(void)
{
    uint64_t hashes[40];
    begin();
    for (uint64_t seed = 0; seed < 40; seed++) {
        hashes[seed] = run_seed(seed).hash;
        for (uint64_t other = 0; other < seed; other++)
            CU_ASSERT_NOT_EQUAL(hashes[other], hashes[seed]);
    }
    simulation_close(simulation);
}

static void a_trace_changes_nothing(void)
{
    char *text = NULL;
    size_t len = 0;
    begin();
    FILE *trace = open_memstream(&text, &len);
    CU_ASSERT_PTR_NOT_NULL_FATAL(trace);
    struct simulation_result quiet = run_seed(7);
    struct simulation_result told = run(&(struct simulation_case){.seed = 7, .trace = trace});
    fclose(trace);
    CU_ASSERT_EQUAL(quiet.hash, told.hash);
    ASSERT_CONTAINS(text, "seed 7");
    ASSERT_CONTAINS(text, "switch");
    ASSERT_CONTAINS(text, "everything heals");
    free(text);
    simulation_close(simulation);
}

static void without_people_nothing_is_frozen(void)
{
    begin();
    struct simulation_result result = run(&(struct simulation_case){.seed = 4, .drop = UINT64_MAX});
    CU_ASSERT_EQUAL(result.actions, 0);
    CU_ASSERT_TRUE(result.messages > 0); /* sign-on */
    simulation_close(simulation);
}

static void without_any_kind_nobody_crashes(void)
{
    begin();
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct simulation_result result =
            run(&(struct simulation_case){.seed = seed, .without = UINT32_MAX});
        CU_ASSERT_EQUAL(result.crashes, 0);
        CU_ASSERT_EQUAL(result.kinds, 0);
    }
    simulation_close(simulation);
}

static void the_worlds_with_macs_and_those_with_files_end_well(void)
{
    begin();
    for (uint64_t seed = 0; seed <= 200; seed += 50) /* each has both */
        run_seed(seed);
    simulation_close(simulation);
}

static void nothing_is_shortened_of_what_holds(void)
{
    struct simulation_case which = {.seed = 2}, shortened;
    struct simulation_result result;
    begin();
    simulation_shorten(simulation, &which, &shortened, &result);
    CU_ASSERT_EQUAL(result.statement, 0);
    CU_ASSERT_EQUAL(shortened.without, 0);
    CU_ASSERT_EQUAL(shortened.drop, 0);
    simulation_close(simulation);
}

static void says_which_spec_is_missing(void)
{
    struct fault fault = {RESULT_OK, ""};
    CU_ASSERT_EQUAL(simulation_open("/nowhere", &simulation, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "/nowhere/messages/redpacket.yaml");
    simulation_close(NULL);
}

static void no_product_carries_mutants(void)
{
    CU_ASSERT_FALSE(simulation_has_mutants());
    for (enum mutant mutant = MUTANT_NONE + 1; mutant < MUTANTS; mutant++) {
        CU_ASSERT_PTR_NOT_NULL_FATAL(simulation_mutant_name(mutant));
        CU_ASSERT_PTR_NOT_NULL_FATAL(simulation_mutant_help(mutant));
        CU_ASSERT_FALSE(mutant_is(mutant));
    }
    CU_ASSERT_PTR_NULL(simulation_mutant_name(MUTANTS));
}

SUITE(CASE(one_seed_run_twice_agrees), CASE(what_ran_before_makes_no_difference),
      CASE(seeds_have_hashes_of_their_own), CASE(a_trace_changes_nothing),
      CASE(without_people_nothing_is_frozen), CASE(without_any_kind_nobody_crashes),
      CASE(the_worlds_with_macs_and_those_with_files_end_well),
      CASE(nothing_is_shortened_of_what_holds), CASE(says_which_spec_is_missing),
      CASE(no_product_carries_mutants))
