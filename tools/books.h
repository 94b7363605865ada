/* The demo's bookkeeping: cuts each day's clearing files, reconciles every party's file with that
 * party's own book, and checks what must hold at rest. Reads the stores beside their owners. */
#ifndef TOOLS_BOOKS_H
#define TOOLS_BOOKS_H

#include "base/json.h"
#include "lab/lab.h"
#include "runner.h"
#include "store/store.h"

#include <stdio.h>

enum { BOOKS_LINE_MAX = 256 };

struct books;

MUST_USE enum result books_open(const struct lab *lab, const char *out, struct books **books,
                                struct fault *fault);
void books_close(struct books *books); /* accepts NULL */

/* The date is over and everything has settled. */
MUST_USE enum result books_close_day(struct books *books, struct runner *runner, uint32_t date,
                                     struct fault *fault);
/* The statements of "What must always hold" that apply at rest, and the totals of all days. */
MUST_USE enum result books_check(struct books *books, struct runner *runner, struct fault *fault);

struct store *books_switch_store(const struct books *books);
bool books_are_reconciled(const struct books *books);
size_t books_violations(const struct books *books);
/* "statement 2: ..." */
void books_violation_at(const struct books *books, size_t index, char *out, size_t size);

/* Members of the demo's JSON object: packets, claims, credited, refused, released, frozen_minor,
 * claimed_minor, unfrozen_minor, net_positions, net_sum_minor, reconciled, exceptions, messages. */
void books_json(const struct books *books, struct json *json);
void books_print(const struct books *books, FILE *out, bool colour);

#endif
