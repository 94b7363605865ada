/* Names of cards, institutions, freezes and transactions: text to numbers and back. */
#include "redpacket/reference.h"

#include <string.h>

bool pan_parse(struct bytes text, struct pan *pan)
{
    uint64_t ignored;
    *pan = (struct pan){0};
    if (text.len > PAN_LEN_MAX || !text_digits_parse(text, &ignored))
        return false;
    pan->len = (uint8_t)text.len;
    memcpy(pan->digits, text.data, text.len);
    return true;
}

bool pan_equal(const struct pan *a, const struct pan *b)
{
    return a->len == b->len && memcmp(a->digits, b->digits, a->len) == 0;
}

bool institution_parse(struct bytes text, struct institution *institution)
{
    *institution = (struct institution){0};
    if (text.len > INSTITUTION_LEN_MAX || !text_digits_parse(text, &institution->number))
        return false;
    institution->width = (uint8_t)text.len;
    return true;
}

size_t institution_format(const struct institution *institution, char out[INSTITUTION_LEN_MAX])
{
    digits_format(institution->number, out, institution->width);
    return institution->width;
}

bool reference_parse(struct bytes text, struct freeze_reference *reference)
{
    uint64_t date, sequence, wallet, share, shares;
    if (text.len != REFERENCE_TEXT_LEN || !text_digits_parse(bytes_of(text.data, 8), &date) ||
        !text_digits_parse(bytes_of(text.data + 8, 12), &sequence) ||
        !text_digits_parse(bytes_of(text.data + 20, 11), &wallet) ||
        !text_digits_parse(bytes_of(text.data + 31, 4), &share) ||
        !text_digits_parse(bytes_of(text.data + 35, 4), &shares))
        return false;
    *reference = (struct freeze_reference){
        .date = (uint32_t)date,
        .sequence = sequence,
        .wallet = wallet,
        .share = (uint16_t)share,
        .shares = (uint16_t)shares,
    };
    return true;
}

void reference_format(const struct freeze_reference *reference, char out[REFERENCE_TEXT_LEN])
{
    digits_format(reference->date, out, 8);
    digits_format(reference->sequence, out + 8, 12);
    digits_format(reference->wallet, out + 20, 11);
    digits_format(reference->share, out + 31, 4);
    digits_format(reference->shares, out + 35, 4);
}

bool reference_same_freeze(const struct freeze_reference *a, const struct freeze_reference *b)
{
    return a->date == b->date && a->sequence == b->sequence && a->wallet == b->wallet;
}

void transaction_key_encode(const struct transaction_key *key, uint8_t out[TRANSACTION_KEY_LEN])
{
    /* DE 7 first: new keys land behind old ones, so that a commit touches few pages. */
    struct writer w = writer_to(out, TRANSACTION_KEY_LEN);
    write_uint(&w, key->transmission, 5);
    write_uint(&w, key->stan, 3);
    write_uint(&w, key->acquirer, 5);
    write_uint(&w, key->forwarder, 5);
    write_u8(&w, key->mti_class);
    write_u8(&w, key->process);
    MUST(!w.bad && w.len == TRANSACTION_KEY_LEN);
}

bool transaction_key_equal(const struct transaction_key *a, const struct transaction_key *b)
{
    return a->transmission == b->transmission && a->stan == b->stan && a->acquirer == b->acquirer &&
           a->forwarder == b->forwarder && a->mti_class == b->mti_class && a->process == b->process;
}

void transaction_key_decode(const uint8_t in[TRANSACTION_KEY_LEN], struct transaction_key *key)
{
    struct reader r = reader_of(bytes_of(in, TRANSACTION_KEY_LEN));
    *key = (struct transaction_key){.transmission = read_uint(&r, 5)};
    key->stan = (uint32_t)read_uint(&r, 3);
    key->acquirer = read_uint(&r, 5);
    key->forwarder = read_uint(&r, 5);
    key->mti_class = read_u8(&r);
    key->process = read_u8(&r);
}

bool original_parse(struct bytes text, struct original *original)
{
    uint64_t mti, stan;
    *original = (struct original){0};
    if (text.len != ORIGINAL_TEXT_LEN || !text_digits_parse(bytes_of(text.data, 4), &mti) ||
        !text_digits_parse(bytes_of(text.data + 4, 6), &stan) ||
        !text_digits_parse(bytes_of(text.data + 10, 10), &original->transmission) ||
        !text_digits_parse(bytes_of(text.data + 20, 11), &original->acquirer) ||
        !text_digits_parse(bytes_of(text.data + 31, 11), &original->forwarder))
        return false;
    original->mti = (uint16_t)mti;
    original->stan = (uint32_t)stan;
    return true;
}

void original_format(const struct original *original, char out[ORIGINAL_TEXT_LEN])
{
    digits_format(original->mti, out, 4);
    digits_format(original->stan, out + 4, 6);
    digits_format(original->transmission, out + 10, 10);
    digits_format(original->acquirer, out + 20, 11);
    digits_format(original->forwarder, out + 31, 11);
}

bool original_equal(const struct original *a, const struct original *b)
{
    return a->mti == b->mti && a->stan == b->stan && a->transmission == b->transmission &&
           a->acquirer == b->acquirer && a->forwarder == b->forwarder;
}

static struct store_key key_in(enum record_table table, const void *data, size_t len)
{
    struct store_key key = {0};
    struct writer w = writer_to(key.data, sizeof key.data);
    write_u8(&w, (uint8_t)table);
    write_bytes(&w, data, len);
    MUST(!w.bad);
    key.len = (uint8_t)w.len;
    return key;
}

struct store_key key_of_duplicate(const struct transaction_key *key)
{
    uint8_t encoded[TRANSACTION_KEY_LEN];
    transaction_key_encode(key, encoded);
    return key_in(TABLE_DUPLICATE, encoded, sizeof encoded);
}

void reference_name_write(struct writer *w, const struct freeze_reference *reference)
{
    write_uint(w, reference->wallet, 5);
    write_u32(w, reference->date);
    write_uint(w, reference->sequence, 5);
}

void reference_name_read(struct reader *r, struct freeze_reference *reference)
{
    *reference = (struct freeze_reference){.wallet = read_uint(r, 5)};
    reference->date = read_u32(r);
    reference->sequence = read_uint(r, 5);
}

struct store_key key_of_freeze(const struct freeze_reference *reference, uint16_t share)
{
    uint8_t encoded[FREEZE_NAME_LEN + 2];
    struct writer w = writer_to(encoded, sizeof encoded);
    reference_name_write(&w, reference);
    write_u16(&w, share);
    MUST(!w.bad && w.len == sizeof encoded);
    return key_in(TABLE_FREEZE, encoded, sizeof encoded);
}

struct store_key key_of_purchase(const struct transaction_key *key)
{
    struct store_key named = key_of_duplicate(key);
    named.data[0] = TABLE_PURCHASE;
    return named;
}

bool key_names_purchase(struct bytes key)
{
    return key.len == 1 + TRANSACTION_KEY_LEN;
}

struct store_key key_of_time(uint32_t since_s, const struct freeze_reference *reference)
{
    uint8_t encoded[4 + FREEZE_NAME_LEN];
    struct writer w = writer_to(encoded, sizeof encoded);
    write_u32(&w, since_s);
    reference_name_write(&w, reference);
    MUST(!w.bad && w.len == sizeof encoded);
    return key_in(TABLE_TIME, encoded, sizeof encoded);
}

struct store_key key_of_account(const struct pan *card)
{
    return key_in(TABLE_ACCOUNT, card->digits, card->len);
}

struct store_key key_of_cut(uint32_t date)
{
    char name[] = "cut-YYYYMMDD";
    digits_format(date, name + 4, 8);
    return key_of_name(TABLE_BATCH, name);
}

struct store_key key_of_name(enum record_table table, const char *name)
{
    return key_in(table, name, strlen(name));
}
