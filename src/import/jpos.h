/* jPOS GenericPackager XML -> model. docs/specs.md says what each part means here. */
#ifndef IMPORT_JPOS_H
#define IMPORT_JPOS_H

#include "import/jpos_class.h"
#include "import/model.h"
#include "import/xml.h"

MUST_USE enum result jpos_read(struct model *model, struct bytes text, struct fault *fault);

/* --- between the files that read ----------------------------------------------------------------
 */

struct jpos {
    struct model *model;
    struct fault *fault;
    enum result result; /* the first fault stays */
};

/* "FILE:line: text"; keeps the first. */
void jpos_fault(struct jpos *jpos, const struct xml_element *at, enum result result,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A number of an attribute; `otherwise` when it is absent. */
int jpos_int(struct jpos *jpos, struct xml_element *element, const char *name, int min, int max,
             int otherwise);
int jpos_want_int(struct jpos *jpos, struct xml_element *element, const char *name, int min,
                  int max);
/* "true" as Java's Boolean reads it, in any case; everything else is false, and said so. */
bool jpos_bool(struct jpos *jpos, struct xml_element *element, const char *name, bool otherwise);
/* NULL, with a fault, when it is missing. */
const char *jpos_want(struct jpos *jpos, struct xml_element *element, const char *name);
/* The class of a field; NULL with a fault when it is none that can be imported. */
const struct jpos_class *jpos_class_of(struct jpos *jpos, struct xml_element *element);

/* The fields below a packager, by number: a later one of the same number replaces the first. */
enum { JPOS_ID_MAX = ISO_DE_MAX };
struct jpos_list {
    struct xml_element *of[JPOS_ID_MAX + 1];
};
void jpos_take_list(struct jpos *jpos, struct xml_element *packager, struct jpos_list *list);
/* Refuses attributes that nobody asked for. */
void jpos_end(struct jpos *jpos, struct xml_element *element);

/* How the bytes around a sub-field are written. */
enum jpos_around { JPOS_AROUND_RAW, JPOS_AROUND_EBCDIC, JPOS_AROUND_BCD };

/* Of jpos_field.c. One isofield or isofieldpackager without its tag: name, content, length and
 * sub-fields. *out is NULL when nothing of it is on the wire, or after a fault. */
void jpos_convert(struct jpos *jpos, struct xml_element *element, enum jpos_around around,
                  unsigned depth, struct model_field **out);
/* Content, encoding and length of a class with the element's attributes. */
void jpos_shape(struct jpos *jpos, struct xml_element *element, const struct jpos_class *class,
                enum jpos_around around, struct model_field *field);

/* Of jpos_parts.c: the sub-fields of an isofieldpackager, whose own bytes `field` describes. */
void jpos_convert_parts(struct jpos *jpos, struct xml_element *element,
                        const struct jpos_class *class, enum jpos_around around, unsigned depth,
                        struct model_field *field);

#endif
