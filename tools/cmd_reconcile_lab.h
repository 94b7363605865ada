/* cardlab reconcile over all parties of a lab. */
#ifndef TOOLS_CMD_RECONCILE_LAB_H
#define TOOLS_CMD_RECONCILE_LAB_H

#include "base/result.h"
#include "clearing/layout.h"

enum { RECONCILE_BOOKS_MAX = 256 }; /* as many as a lab has institutions */

struct reconcile_lab {
    const char *lab_path; /* NULL: lab.yaml in the data folder */
    const char *data;     /* a folder a party, as demo and up leave it */
    const char *files;    /* folder of the dates; NULL: clearing in the data folder */
    uint32_t date;        /* settlement date */
    const struct layout_set *layouts;
    /* NAME=PATH, NAME=MAPPING, and a mapping for all: books that are not in the data folder. */
    const char *books[RECONCILE_BOOKS_MAX], *maps[RECONCILE_BOOKS_MAX], *map;
    size_t book_count, map_count;
    bool unmask, json;
};

/* Compares, and prints. *is_good: every party matches, and the files each other. */
MUST_USE enum result reconcile_lab(const struct reconcile_lab *config, bool *is_good,
                                   struct fault *fault);

#endif
