/* An XML file as a tree of elements with the lines they stand on: no more than importers need.
 * Text between elements is dropped. expat reads; this file is the only one that knows it.
 *
 * Hostile files: no DTD, no other file is ever read; an entity of the file's own is refused, and so
 * nothing can be expanded; depth, elements and attributes are bounded. */
#ifndef IMPORT_XML_H
#define IMPORT_XML_H

#include "base/bytes.h"
#include "base/result.h"

enum {
    XML_DEPTH_MAX = 16,      /* a packager with sub-fields as deep as the codec goes has 8 */
    XML_ELEMENTS_MAX = 4096, /* 192 fields with 20 sub-fields each */
    XML_ATTRIBUTES_MAX = 24, /* the packager formats know 18 */
    XML_VALUE_MAX = 512,     /* bytes of a name or value */
};

struct xml_attribute {
    struct xml_attribute *next;
    bool used;
    const char *name, *value; /* terminated; live as long as the tree */
};

struct xml_element {
    struct xml_element *next, *child, *parent;
    struct xml_attribute *attributes;
    unsigned line;
    const char *name;
};

struct xml;

/* INPUT: not well formed, an entity, a file that must not be read; LIMIT: over a limit above. The
 * fault has "FILE:line:". Free with xml_free(). */
MUST_USE enum result xml_parse(struct bytes text, const char *file, struct xml **xml,
                               struct fault *fault);
void xml_free(struct xml *xml); /* accepts NULL */
struct xml_element *xml_root(struct xml *xml);

/* NULL when it is not there. Marks it used. */
const char *xml_attribute_find(struct xml_element *element, const char *name);

#endif
