/* Runs CUnit cases by name in one process per suite; ctest gives the time limit. */
#include "suite.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>

void suite_contains(const char *text, const char *part, unsigned line, const char *file)
{
    bool found = text != NULL && strstr(text, part) != NULL;
    if (!found)
        fprintf(stderr, "%s:%u: expected \"%s\" in \"%s\"\n", file, line, part,
                text ? text : "(null)");
    CU_assertImplementation(found, line, "text contains the expected part", file, "", CU_TRUE == 0);
}

static bool is_wanted(const char *name, int argc, char **argv)
{
    if (argc < 2)
        return true;
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return false;
}

int suite_main(const struct suite_case *cases, size_t count, int argc, char **argv)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    const char *name = strrchr(argv[0], '/');
    CU_pSuite suite = CU_add_suite(name ? name + 1 : argv[0], NULL, NULL);
    size_t added = 0;
    for (size_t i = 0; suite != NULL && i < count; i++)
        if (is_wanted(cases[i].name, argc, argv)) {
            if (CU_add_test(suite, cases[i].name, cases[i].run) == NULL)
                return EXIT_FAILURE;
            added++;
        }
    if (added == 0) {
        fprintf(stderr, "no such test case\n");
        return EXIT_FAILURE;
    }
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    unsigned asserts = CU_get_number_of_asserts();
    if (asserts == 0)
        fprintf(stderr, "the cases asserted nothing\n");
    CU_cleanup_registry();
    return failures == 0 && asserts > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
