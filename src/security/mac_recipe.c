/* Chooses the rule for a message and writes the text its MAC runs over. */
#include "base/text.h"
#include "security/mac_rule.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mac_recipe_free(struct mac_recipe *recipe)
{
    free(recipe);
}

const char *mac_recipe_name(const struct mac_recipe *recipe)
{
    return recipe->name;
}

/* --- choosing --------------------------------------------------------------------------------- */

bool mac_pattern_includes(const char *wide, const char *narrow)
{
    for (size_t i = 0; i < MTI_LEN; i++)
        if (wide[i] != 'x' && wide[i] != narrow[i])
            return false;
    return true;
}

static const char *rule_pattern(const struct mac_rule *rule, const char *mti)
{
    for (size_t i = 0; i < rule->mti_count; i++)
        if (mac_pattern_includes(rule->mti[i], mti))
            return rule->mti[i];
    return NULL;
}

static bool rule_holds(const struct mac_rule *rule, const struct iso_message *message)
{
    for (size_t i = 0; i < rule->when_count; i++) {
        const struct mac_when *when = &rule->when[i];
        struct iso_value value = iso_message_get(message, when->de);
        if (value.data == NULL || value.len != when->len ||
            memcmp(value.data, when->value, when->len) != 0)
            return false;
    }
    return true;
}

static const struct mac_rule *find_rule(const struct mac_recipe *recipe,
                                        const struct iso_message *message)
{
    for (size_t i = 0; i < recipe->rule_count; i++)
        if (rule_pattern(&recipe->rule[i], message->mti) != NULL &&
            rule_holds(&recipe->rule[i], message))
            return &recipe->rule[i];
    return NULL;
}

enum mac_need mac_recipe_need(const struct mac_recipe *recipe, const struct iso_message *message)
{
    const struct mac_rule *rule = find_rule(recipe, message);
    return rule != NULL && rule->none ? MAC_NONE : MAC_REQUIRED;
}

/* --- the text --------------------------------------------------------------------------------- */

struct block {
    const struct mac_recipe *recipe;
    char *out;
    size_t size;
    size_t len;
    size_t start; /* where the element under way begins */
};

/* Takes the bytes over that the recipe keeps. False when they may not fit. */
static bool block_add(struct block *block, const uint8_t *data, size_t len)
{
    if (len > block->size - block->len)
        return false;
    const uint8_t *kept = block->recipe->kept;
    bool single = block->recipe->single;
    char *begin = block->out + block->start;
    char *at = block->out + block->len;
    for (size_t i = 0; i < len; i++) {
        char c = (char)kept[data[i]];
        if (c == '\0' || (c == ' ' && single && (at == begin || at[-1] == ' ')))
            continue;
        *at++ = c;
    }
    block->len = (size_t)(at - block->out);
    return true;
}

static enum result block_add_field(struct block *block, const struct mac_field *field,
                                   const struct iso_message *message, struct fault *fault)
{
    struct iso_value value = {(const uint8_t *)message->mti, MTI_LEN};
    char prefix[PREFIX_DIGITS_MAX] = {0};
    unsigned width = 0;
    if (field->de != DE_MTI) {
        value = iso_message_get(message, field->de);
        if (block->recipe->prefix)
            width = iso_spec_de_prefix_len(message->spec, field->de);
        if (width > sizeof prefix || (width > 0 && !text_digits_format(value.len, prefix, width)))
            return fault_set(fault, RESULT_INPUT,
                             "DE %u: length %zu is over what %u digits can say", field->de,
                             value.len, width);
    }
    size_t taken = field->first != 0 && field->first < value.len ? field->first : value.len;
    size_t before = block->len;
    bool fits = before < block->size;
    if (fits && before > 0 && block->recipe->join)
        block->out[block->len++] = ' ';
    block->start = block->len;
    fits = fits && block_add(block, (const uint8_t *)prefix, width) &&
           block_add(block, value.data, taken);
    if (!fits)
        return fault_set(fault, RESULT_LIMIT, "the text of the MAC is over %zu bytes", block->size);
    if (block->recipe->single && block->len > block->start && block->out[block->len - 1] == ' ')
        block->len--;
    if (block->len == block->start)
        block->len = before; /* nothing left of it: as if it were absent */
    return RESULT_OK;
}

enum result mac_recipe_block(const struct mac_recipe *recipe, const struct iso_message *message,
                             char *out, size_t size, size_t *len, struct fault *fault)
{
    *len = 0;
    const struct mac_rule *rule = find_rule(recipe, message);
    if (rule == NULL)
        return fault_set(fault, RESULT_INPUT, "MTI %s: no rule of MAC recipe %s fits", message->mti,
                         recipe->name);
    if (rule->none)
        return fault_set(fault, RESULT_STATE, "MTI %s carries no MAC by recipe %s", message->mti,
                         recipe->name);
    struct block block = {.recipe = recipe, .out = out, .size = size};
    for (size_t i = 0; i < rule->field_count; i++)
        if (rule->field[i].de == DE_MTI || iso_message_has(message, rule->field[i].de))
            TRY(block_add_field(&block, &rule->field[i], message, fault));
    if (block.len == 0)
        return fault_set(fault, RESULT_INPUT, "MTI %s: no element that the MAC covers is present",
                         message->mti);
    *len = block.len;
    return RESULT_OK;
}

size_t mac_block(const struct mac_recipe *recipe, const struct iso_message *message, char *out,
                 size_t size)
{
    size_t len = 0;
    return mac_recipe_block(recipe, message, out, size, &len, NULL) == RESULT_OK ? len : 0;
}

size_t mac_recipe_pad(const struct mac_recipe *recipe, uint8_t *data, size_t len, size_t unit)
{
    size_t padded = len;
    if (recipe->pad_bit)
        data[padded++] = 0x80;
    while (padded % unit != 0)
        data[padded++] = 0;
    return padded;
}

/* --- for people ------------------------------------------------------------------------------- */

static void __attribute__((format(printf, 4, 5)))
append(char *out, size_t size, size_t *len, const char *format, ...)
{
    if (*len >= size)
        return;
    va_list arguments;
    va_start(arguments, format);
    int added = vsnprintf(out + *len, size - *len, format, arguments);
    va_end(arguments);
    *len += added > 0 ? (size_t)added : 0;
}

void mac_recipe_describe(const struct mac_recipe *recipe, const struct iso_message *message,
                         char *out, size_t size)
{
    size_t len = 0;
    const struct mac_rule *rule = find_rule(recipe, message);
    if (rule == NULL) {
        append(out, size, &len, "%s: no rule fits MTI %s", recipe->name, message->mti);
        return;
    }
    append(out, size, &len, "%s, %s", recipe->name, rule_pattern(rule, message->mti));
    for (size_t i = 0; i < rule->when_count; i++)
        append(out, size, &len, "%s DE %u = %s", i == 0 ? " with" : ",", rule->when[i].de,
               rule->when[i].value);
    if (rule->none)
        append(out, size, &len, ": no MAC");
    const char *between = ": ";
    for (size_t i = 0; i < rule->field_count; i++) {
        const struct mac_field *field = &rule->field[i];
        if (field->de == DE_MTI)
            append(out, size, &len, "%sMTI", between);
        else if (!iso_message_has(message, field->de))
            continue;
        else if (field->first != 0)
            append(out, size, &len, "%s%u (first %u)", between, field->de, field->first);
        else
            append(out, size, &len, "%s%u", between, field->de);
        between = ", ";
    }
}
