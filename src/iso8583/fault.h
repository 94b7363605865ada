/* Filling a struct iso_fault where something wrong is found. Internal to this folder.
 *
 * Each takes the fault, which may be NULL, and the offset, and returns the result that goes with
 * it, so that a finder writes `return iso_fault_over(...)`. The field is "" at first; on the way
 * out every level puts its own name in front with iso_fault_in(). */
#ifndef ISO8583_FAULT_H
#define ISO8583_FAULT_H

#include "base/result.h"
#include "iso8583/class.h"
#include "iso8583/iso8583.h"

/* The general one: "expected ..., got ...". Got is a printf format. */
enum iso_result iso_fault_set(struct iso_fault *fault, enum iso_fault_kind kind, size_t offset,
                              const char *expected, const char *got, ...)
    __attribute__((format(printf, 5, 6)));

/* `need` bytes were wanted and `have` were left. */
enum iso_result iso_fault_truncated(struct iso_fault *fault, size_t offset, size_t need,
                                    size_t have);
/* The `digits` bytes at `prefix` are no length. */
enum iso_result iso_fault_prefix(struct iso_fault *fault, size_t offset, const uint8_t *prefix,
                                 size_t digits);
/* A length outside min to max. */
enum iso_result iso_fault_length(struct iso_fault *fault, size_t offset, size_t len, size_t min,
                                 size_t max);
/* A byte that is not of its class. It is quoted unless `hidden`. */
enum iso_result iso_fault_content(struct iso_fault *fault, size_t offset, enum iso_class_id id,
                                  uint8_t byte, bool hidden);
/* The output buffer has no room. */
enum iso_result iso_fault_room(struct iso_fault *fault, size_t offset, size_t need, size_t have);

/* What reading a spec or framing file ended with, in the library's words. */
enum iso_result iso_fault_of_file(enum result result, const struct fault *cause,
                                  struct iso_fault *fault);

/* Puts a level's name in front of the field: "share" becomes "HB.share". */
void iso_fault_in(struct iso_fault *fault, const void *name, size_t len);
/* As above for a data element, which it also notes. */
void iso_fault_in_de(struct iso_fault *fault, unsigned de);

#endif
