/* A lab once it is read: looking things up, and giving it back. See lab.h. */
#include "lab/lab_reading.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct lab_block {
    struct lab_block *next;
    max_align_t data[];
};

void *lab_take(struct lab *lab, size_t count, size_t size)
{
    MUST(count > 0 && count < SIZE_MAX / 2 / size);
    struct lab_block *block = calloc(1, sizeof *block + count * size);
    if (block == NULL)
        return NULL;
    block->next = lab->blocks;
    lab->blocks = block;
    return block->data;
}

void lab_free(struct lab *lab)
{
    if (lab == NULL)
        return;
    for (size_t i = 0; i < lab->institution_count; i++)
        explicit_bzero(lab->institutions[i].mac_key, sizeof lab->institutions[i].mac_key);
    for (struct lab_block *block = lab->blocks, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    free(lab);
}

int lab_find_institution(const struct lab *lab, struct bytes id)
{
    if (id.len == 0 || id.len > LAB_ID_LEN)
        return -1;
    char full[LAB_ID_LEN];
    memset(full, '0', sizeof full);
    memcpy(full + LAB_ID_LEN - id.len, id.data, id.len);
    for (size_t i = 0; i < lab->institution_count; i++)
        if (memcmp(lab->institutions[i].id, full, LAB_ID_LEN) == 0)
            return (int)i;
    return -1;
}

int lab_find_short(const struct lab *lab, const char *short_name)
{
    for (size_t i = 0; i < lab->institution_count; i++)
        if (strcmp(lab->institutions[i].short_name, short_name) == 0)
            return (int)i;
    return -1;
}

int lab_find_person(const struct lab *lab, const char *name)
{
    for (size_t i = 0; i < lab->person_count; i++)
        if (strcmp(lab->people[i].name, name) == 0)
            return (int)i;
    return -1;
}

bool lab_generator_has(const struct lab_generator *generator, struct bytes card)
{
    size_t len = strlen(generator->first);
    if (generator->count == 0 || card.len != len + 1 || !lab_card_passes_luhn(card))
        return false;
    uint64_t body = 0;
    for (size_t i = 0; i < len; i++)
        body = body * 10 + (uint64_t)(card.data[i] - '0');
    uint64_t first = strtoull(generator->first, NULL, 10);
    return body >= first && body - first < generator->count;
}

struct card_wanted {
    struct bytes card;
};

static int compare_card(const void *wanted, const void *account)
{
    const struct card_wanted *key = wanted;
    const struct lab_account *at = account;
    size_t len = strlen(at->card);
    int order = memcmp(key->card.data, at->card, key->card.len < len ? key->card.len : len);
    return order != 0 ? order : (key->card.len > len) - (key->card.len < len);
}

bool lab_has_card(const struct lab *lab, struct bytes card)
{
    int index = lab_route_card(lab, card);
    if (index < 0)
        return false;
    const struct lab_institution *issuer = &lab->institutions[index];
    struct card_wanted wanted = {card};
    return lab_generator_has(&issuer->generator, card) ||
           (issuer->account_count > 0 && bsearch(&wanted, issuer->accounts, issuer->account_count,
                                                 sizeof *issuer->accounts, compare_card) != NULL);
}

size_t lab_account_count(const struct lab_institution *issuer)
{
    return issuer->account_count + issuer->generator.count;
}

void lab_account_at(const struct lab_institution *issuer, size_t index, struct lab_account *out)
{
    MUST(index < lab_account_count(issuer));
    if (index < issuer->account_count) {
        *out = issuer->accounts[index];
        return;
    }
    size_t step = index - issuer->account_count;
    *out = (struct lab_account){.available_minor = issuer->generator.available_minor};
    uint64_t body = strtoull(issuer->generator.first, NULL, 10) + step;
    int len = snprintf(out->card, sizeof out->card, "%" PRIu64, body);
    MUST(len > 0 && len < LAB_CARD_LEN_MAX);
    out->card[len] = lab_card_check_digit(bytes_of(out->card, (size_t)len));
    out->card[len + 1] = '\0';
    snprintf(out->holder, sizeof out->holder, "Customer %zu", step + 1);
}

void lab_set_link_port(struct lab *lab, size_t institution, uint16_t port)
{
    MUST(institution < lab->institution_count);
    lab->institutions[institution].link_port = port;
}

void lab_set_member_port(struct lab *lab, size_t institution, uint16_t port)
{
    MUST(institution < lab->institution_count);
    lab->institutions[institution].member_port = port;
}
