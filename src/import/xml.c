/* A tree of elements, see xml.h. */
#include "import/xml.h"

#include <expat.h>
#include <stdlib.h>

/* Everything of the tree is in blocks that are freed together. */
struct block {
    struct block *before;
    max_align_t data[];
};

struct xml {
    struct block *blocks;
    struct xml_element *root, *open, *last; /* last: the newest child of `open`, or NULL */
    unsigned depth, count;
    const char *file;
    XML_Parser parser;
    struct fault *fault;
    enum result result;
};

static void stop(struct xml *xml, enum result result, const char *text)
{
    if (xml->result != RESULT_OK)
        return;
    xml->result = fault_set(xml->fault, result, "%s:%lu: %s", xml->file,
                            (unsigned long)XML_GetCurrentLineNumber(xml->parser), text);
    XML_StopParser(xml->parser, XML_FALSE);
}

static void *take(struct xml *xml, size_t len)
{
    struct block *block = calloc(1, sizeof *block + len);
    if (block == NULL) {
        stop(xml, RESULT_LIMIT, "no memory");
        return NULL;
    }
    block->before = xml->blocks;
    xml->blocks = block;
    return block->data;
}

static const char *keep(struct xml *xml, const char *text)
{
    size_t len = strlen(text);
    if (len > XML_VALUE_MAX) {
        stop(xml, RESULT_LIMIT, "a name or value of more than 512 bytes");
        return NULL;
    }
    char *copy = take(xml, len + 1);
    if (copy != NULL)
        memcpy(copy, text, len);
    return copy;
}

static void take_attributes(struct xml *xml, struct xml_element *element, const char **attributes)
{
    struct xml_attribute **at = &element->attributes;
    for (size_t i = 0; attributes[i] != NULL && xml->result == RESULT_OK; i += 2) {
        if (i / 2 == XML_ATTRIBUTES_MAX) {
            stop(xml, RESULT_LIMIT, "more than 24 attributes");
            return;
        }
        *at = take(xml, sizeof **at);
        if (*at == NULL)
            return;
        (*at)->name = keep(xml, attributes[i]);
        (*at)->value = keep(xml, attributes[i + 1]);
        at = &(*at)->next;
    }
}

static void on_start(void *context, const char *name, const char **attributes)
{
    struct xml *xml = context;
    if (xml->result != RESULT_OK)
        return;
    if (xml->depth == XML_DEPTH_MAX) {
        stop(xml, RESULT_LIMIT, "elements more than 16 deep");
        return;
    }
    if (xml->count++ == XML_ELEMENTS_MAX) {
        stop(xml, RESULT_LIMIT, "more than 4096 elements");
        return;
    }
    struct xml_element *element = take(xml, sizeof *element);
    if (element == NULL)
        return;
    element->line = (unsigned)XML_GetCurrentLineNumber(xml->parser);
    element->name = keep(xml, name);
    element->parent = xml->open;
    take_attributes(xml, element, attributes);
    if (xml->open == NULL)
        xml->root = element;
    else if (xml->last == NULL)
        xml->open->child = element;
    else
        xml->last->next = element;
    xml->open = element;
    xml->last = NULL;
    xml->depth++;
}

static void on_end(void *context, const char *name)
{
    struct xml *xml = context;
    (void)name;
    if (xml->result != RESULT_OK)
        return;
    xml->last = xml->open;
    xml->open = xml->open->parent;
    xml->depth--;
}

/* Entities of the file's own, and those that a DTD elsewhere might have. */
static void on_entity(void *context, const char *name, int is_parameter, const char *value, int len,
                      const char *base, const char *system, const char *public,
                      const char *notation)
{
    (void)name, (void)is_parameter, (void)value, (void)len, (void)base, (void)system;
    (void)public, (void)notation;
    stop(context, RESULT_INPUT, "an entity is declared; none is read here");
}

static void on_skipped(void *context, const char *name, int is_parameter)
{
    (void)name, (void)is_parameter;
    stop(context, RESULT_INPUT, "an entity is used; none is read here");
}

enum result xml_parse(struct bytes text, const char *file, struct xml **out, struct fault *fault)
{
    *out = NULL;
    struct xml *xml = calloc(1, sizeof *xml);
    XML_Parser parser = xml != NULL ? XML_ParserCreate(NULL) : NULL;
    if (parser == NULL || text.len > INT32_MAX) {
        free(xml);
        return fault_set(fault, RESULT_LIMIT, "%s: no memory", file);
    }
    xml->parser = parser;
    xml->file = file;
    xml->fault = fault;
    XML_SetUserData(parser, xml);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetEntityDeclHandler(parser, on_entity);
    XML_SetSkippedEntityHandler(parser, on_skipped);
    XML_SetParamEntityParsing(parser, XML_PARAM_ENTITY_PARSING_NEVER);
    enum XML_Status status =
        XML_Parse(parser, text.len > 0 ? (const char *)text.data : "", (int)text.len, XML_TRUE);
    if (xml->result == RESULT_OK && status != XML_STATUS_OK)
        xml->result = fault_set(fault, RESULT_INPUT, "%s:%lu:%lu: %s", file,
                                (unsigned long)XML_GetCurrentLineNumber(parser),
                                (unsigned long)XML_GetCurrentColumnNumber(parser) + 1,
                                XML_ErrorString(XML_GetErrorCode(parser)));
    XML_ParserFree(parser);
    xml->parser = NULL;
    enum result result = xml->result;
    if (result == RESULT_OK)
        *out = xml;
    else
        xml_free(xml);
    return result;
}

void xml_free(struct xml *xml)
{
    if (xml == NULL)
        return;
    for (struct block *block = xml->blocks, *before; block != NULL; block = before) {
        before = block->before;
        free(block);
    }
    free(xml);
}

struct xml_element *xml_root(struct xml *xml)
{
    return xml->root;
}

const char *xml_attribute_find(struct xml_element *element, const char *name)
{
    for (struct xml_attribute *at = element->attributes; at != NULL; at = at->next)
        if (strcmp(at->name, name) == 0) {
            at->used = true;
            return at->value;
        }
    return NULL;
}
