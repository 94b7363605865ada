/* Reads a MAC recipe from its file, and those it extends. The schema is docs/mac.md's; what the
 * recipe then does is in mac_recipe.c. */
#include "base/doc.h"
#include "base/text.h"
#include "security/mac_rule.h"

#include <stdio.h>
#include <stdlib.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void keep_range(struct mac_recipe *recipe, char first, char last, bool upper)
{
    for (int c = first; c <= last; c++)
        recipe->kept[c] = (uint8_t)(upper && c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

static void read_keep(struct schema *schema, const struct node *list, bool upper,
                      struct mac_recipe *recipe)
{
    static const struct {
        const char *name;
        char first, last;
    } sets[] = {{"letters", 'A', 'Z'}, {"letters", 'a', 'z'}, {"digits", '0', '9'},
                {"blank", ' ', ' '},   {"comma", ',', ','},   {"full-stop", '.', '.'}};
    if (list == NULL)
        return;
    if (list->len == 0)
        schema_fault(schema, list, "expected at least one of what is kept");
    for (const struct node *item = list->child; item != NULL; item = item->next) {
        bool known = false;
        for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
            if (item->kind == NODE_TEXT && strcmp(item->text, sets[i].name) == 0) {
                keep_range(recipe, sets[i].first, sets[i].last, upper);
                known = true;
            }
        if (!known)
            schema_fault(schema, item, "expected letters, digits, blank, comma or full-stop");
    }
}

static void read_always(struct schema *schema, struct node *map, struct mac_recipe *recipe)
{
    static const char *const prefixes[] = {"never", "variable", NULL};
    static const char *const blanks[] = {"as-is", "single", NULL};
    static const char *const letters[] = {"as-is", "upper", NULL};
    static const char *const joins[] = {"none", "blank", NULL};
    static const char *const pads[] = {"zeros", "bit-and-zeros", NULL};
    recipe->prefix = node_want_choice(schema, map, "length_prefix", prefixes) == 1;
    recipe->single = node_want_choice(schema, map, "blanks", blanks) == 1;
    bool upper = node_want_choice(schema, map, "letters", letters) == 1;
    recipe->join = node_want_choice(schema, map, "join", joins) == 1;
    recipe->pad_bit = node_want_choice(schema, map, "pad", pads) == 1;
    read_keep(schema, node_want_list(schema, map, "keep"), upper, recipe);
    node_end(schema, map);
}

static void read_patterns(struct schema *schema, const struct node *list, struct mac_rule *rule)
{
    if (list == NULL)
        return;
    if (list->len == 0 || list->len > PATTERNS_MAX) {
        schema_fault(schema, list, "expected 1 to %d MTI patterns", PATTERNS_MAX);
        return;
    }
    for (const struct node *item = list->child; item != NULL; item = item->next) {
        bool good = item->kind == NODE_TEXT && item->len == MTI_LEN;
        for (size_t i = 0; good && i < MTI_LEN; i++)
            good = is_digit(item->text[i]) || item->text[i] == 'x';
        if (!good) {
            schema_fault(schema, item, "expected an MTI pattern: four digits, x for any, as 02xx");
            return;
        }
        memcpy(rule->mti[rule->mti_count++], item->text, MTI_LEN);
    }
}

/* The keys of `when` are element numbers, so no schema call knows them beforehand. */
static unsigned element_of_key(const char *key)
{
    uint64_t de = 0;
    return text_digits_parse(bytes_text(key), &de) && de >= 2 && de <= ISO_DE_MAX ? (unsigned)de
                                                                                  : 0;
}

static void read_whens(struct schema *schema, const struct node *map, struct mac_rule *rule)
{
    if (map == NULL)
        return;
    if (map->len == 0 || map->len > WHENS_MAX) {
        schema_fault(schema, map, "expected 1 to %d conditions", WHENS_MAX);
        return;
    }
    for (const struct node *item = map->child; item != NULL; item = item->next) {
        struct mac_when *when = &rule->when[rule->when_count];
        when->de = element_of_key(item->key);
        if (when->de == 0 || item->kind != NODE_TEXT || item->len == 0 ||
            item->len > WHEN_LEN_MAX) {
            schema_fault(schema, item,
                         "expected a data element (2 to %d) with a value of 1 to %d bytes",
                         ISO_DE_MAX, WHEN_LEN_MAX);
            return;
        }
        memcpy(when->value, item->text, item->len);
        when->len = item->len;
        rule->when_count++;
    }
}

static struct mac_field read_field(struct schema *schema, struct node *item)
{
    struct mac_field field = {DE_MTI, 0};
    if (item->kind == NODE_MAP) {
        field.de = (unsigned)node_want_int(schema, item, "de", 2, ISO_DE_MAX);
        field.first = (unsigned)node_want_int(schema, item, "first", 1, ISO_MESSAGE_LEN_MAX);
        node_end(schema, item);
    } else if (item->kind != NODE_TEXT || strcmp(item->text, "mti") != 0) {
        field.de = (unsigned)node_as_int(schema, item, 2, ISO_DE_MAX);
    }
    if (field.de == MAC_DE)
        schema_fault(schema, item, "expected an element other than %d: it carries the MAC",
                     (int)MAC_DE);
    return field;
}

static void read_fields(struct schema *schema, struct node *rule_map, struct mac_rule *rule)
{
    const struct node *word = node_find(rule_map, "fields");
    if (word != NULL && word->kind == NODE_TEXT && strcmp(word->text, "none") == 0) {
        rule->none = true;
        return;
    }
    struct node *list = node_want_list(schema, rule_map, "fields");
    if (list == NULL)
        return;
    if (list->len == 0 || list->len > FIELDS_MAX) {
        schema_fault(schema, list, "expected `none` or a list of 1 to %d elements", FIELDS_MAX);
        return;
    }
    for (struct node *item = list->child; item != NULL; item = item->next) {
        struct mac_field field = read_field(schema, item);
        if (schema->result != RESULT_OK)
            return;
        for (size_t i = 0; i < rule->field_count; i++)
            if (rule->field[i].de == field.de)
                schema_fault(schema, item, "expected every element once");
        rule->field[rule->field_count++] = field;
    }
}

/* Rules are tried in order, so one that stands below another without conditions for the same MTIs
 * never applies: a file that says so does not mean it. */
static void refuse_unreachable(struct schema *schema, const struct node *at,
                               const struct mac_rule *first, const struct mac_rule *rule)
{
    for (const struct mac_rule *earlier = first; earlier < rule; earlier++)
        for (size_t e = 0; earlier->when_count == 0 && e < earlier->mti_count; e++)
            for (size_t i = 0; i < rule->mti_count; i++)
                if (mac_pattern_includes(earlier->mti[e], rule->mti[i]))
                    schema_fault(schema, at,
                                 "expected rules in an order in which each is reached: %s is "
                                 "taken by rule %zu",
                                 rule->mti[i], (size_t)(earlier - first) + 1);
}

static void read_rules(struct schema *schema, const struct node *list, struct mac_recipe *recipe)
{
    if (list == NULL)
        return;
    struct mac_rule *first = &recipe->rule[recipe->rule_count];
    if (list->len == 0 || list->len > RULES_MAX - recipe->rule_count) {
        schema_fault(schema, list, "expected 1 to %d rules, inherited ones included", RULES_MAX);
        return;
    }
    for (struct node *item = list->child; item != NULL; item = item->next) {
        struct mac_rule *rule = &recipe->rule[recipe->rule_count];
        read_patterns(schema, node_want_list(schema, item, "mti"), rule);
        read_whens(schema, node_may_map(schema, item, "when"), rule);
        read_fields(schema, item, rule);
        node_end(schema, item);
        if (schema->result != RESULT_OK)
            return;
        refuse_unreachable(schema, item, first, rule);
        recipe->rule_count++;
    }
}

/* The file of the recipe that this one extends: in the same folder, under its name. */
static bool sibling_path(const char *path, const char *name, char *out, size_t size)
{
    for (const char *c = name; *c != '\0'; c++)
        if (*c == '/' || (c == name && *c == '.'))
            return false;
    const char *slash = strrchr(path, '/');
    int folder = slash == NULL ? 0 : (int)(slash - path) + 1;
    int len = snprintf(out, size, "%.*s%s.yaml", folder, path, name);
    return len > 0 && (size_t)len < size;
}

/* Reads one file: its own rules behind those already there, which its heirs brought. The path of
 * the recipe it extends comes back in `next`, "" when there is none. */
static enum result read_file(const char *path, struct mac_recipe *recipe, char *next, size_t size,
                             struct fault *fault)
{
    struct doc *doc = NULL;
    TRY(doc_load(path, &doc, fault));
    struct schema schema = schema_of(doc, fault);
    struct node *root = doc_root(doc);
    const char *name = node_want_text(&schema, root, "name", NAME_LEN_MAX);
    const char *extends = node_may_text(&schema, root, "extends", NAME_LEN_MAX, NULL);
    next[0] = '\0';
    if (extends == NULL) {
        read_always(&schema, node_want_map(&schema, root, "always"), recipe);
    } else if (node_find(root, "always") != NULL) {
        schema_fault(&schema, node_find(root, "always"),
                     "expected no `always` beside `extends`: it is inherited");
    } else if (!sibling_path(path, extends, next, size)) {
        schema_fault(&schema, node_find(root, "extends"), "expected the name of a recipe");
    }
    read_rules(&schema, node_want_list(&schema, root, "rules"), recipe);
    node_end(&schema, root);
    if (schema.result == RESULT_OK && recipe->name[0] == '\0')
        memcpy(recipe->name, name, strlen(name));
    doc_free(doc);
    return schema.result;
}

enum result mac_recipe_load(const char *path, struct mac_recipe **loaded, struct fault *fault)
{
    enum { PATH_LEN_MAX = 4096 };
    char at[PATH_LEN_MAX];
    char next[PATH_LEN_MAX];
    *loaded = NULL;
    if (strlen(path) >= sizeof at)
        return fault_set(fault, RESULT_INPUT, "path of a MAC recipe: over %d bytes", PATH_LEN_MAX);
    struct mac_recipe *recipe = calloc(1, sizeof *recipe);
    if (recipe == NULL)
        return fault_set(fault, RESULT_IO, "out of memory");
    memcpy(at, path, strlen(path) + 1);
    enum result result = RESULT_OK;
    for (unsigned step = 0;; step++) {
        result = read_file(at, recipe, next, sizeof next, fault);
        if (result != RESULT_OK || next[0] == '\0')
            break;
        if (step == EXTENDS_MAX) {
            result = fault_set(fault, RESULT_INPUT,
                               "%s: expected at most %d recipes that extend each other", path,
                               EXTENDS_MAX);
            break;
        }
        memcpy(at, next, sizeof at);
    }
    if (result != RESULT_OK) {
        mac_recipe_free(recipe);
        return result;
    }
    *loaded = recipe;
    return RESULT_OK;
}
