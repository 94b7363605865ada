/* CBC-MAC through OpenSSL's EVP. One cipher context a key, fetched and keyed once. Setting its IV
 * back to zero for each message would cost as much as a block, so it goes on chaining: what the
 * chain would put into a message's first block is put there once before, which takes it out. */
#include "security/mac.h"

#include "base/text.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

enum { UNIT_MAX = EVP_MAX_BLOCK_LENGTH };

struct mac_key {
    EVP_CIPHER_CTX *cipher;
    size_t unit;                             /* the cipher's block */
    uint8_t chain[UNIT_MAX];                 /* the latest cipher block; 0 at first */
    uint8_t block[MAC_BLOCK_MAX + UNIT_MAX]; /* the text, then its cipher text in place */
};

static const uint8_t iv_zero[EVP_MAX_IV_LENGTH];

/* The provider's name of the cipher and the key as it wants it. Single DES is in OpenSSL's legacy
 * provider only; triple DES with three equal keys is the same cipher and is always there. */
static const char *cipher_for(enum mac_algorithm algorithm, struct bytes key, uint8_t full[24])
{
    if (key.len == 0 || key.len > 24)
        return NULL;
    memcpy(full, key.data, key.len);
    switch (algorithm) {
    case MAC_SM4:
        return key.len == 16 ? "SM4-CBC" : NULL;
    case MAC_DES:
        if (key.len != 8)
            return NULL;
        memcpy(full + 8, key.data, 8);
        memcpy(full + 16, key.data, 8);
        return "DES-EDE3-CBC";
    case MAC_TDES:
        if (key.len == 16)
            memcpy(full + 16, key.data, 8);
        return key.len == 16 || key.len == 24 ? "DES-EDE3-CBC" : NULL;
    }
    return NULL;
}

static enum result key_init(struct mac_key *key, const char *name, const uint8_t *full,
                            struct fault *fault)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    key->cipher = EVP_CIPHER_CTX_new();
    bool good = cipher != NULL && key->cipher != NULL &&
                EVP_EncryptInit_ex2(key->cipher, cipher, full, iv_zero, NULL) == 1 &&
                EVP_CIPHER_CTX_set_padding(key->cipher, 0) == 1;
    if (good)
        key->unit = (size_t)EVP_CIPHER_get_block_size(cipher);
    EVP_CIPHER_free(cipher); /* the context holds it */
    return good ? RESULT_OK : fault_set(fault, RESULT_BUG, "OpenSSL has no cipher %s", name);
}

enum result mac_key_open(enum mac_algorithm algorithm, struct bytes key, struct mac_key **opened,
                         struct fault *fault)
{
    static const char *const expected[] = {"SM4 key: expected 16 bytes",
                                           "DES key: expected 8 bytes",
                                           "3DES key: expected 16 or 24 bytes"};
    *opened = NULL;
    uint8_t full[24] = {0};
    const char *name = cipher_for(algorithm, key, full);
    enum result result = RESULT_OK;
    struct mac_key *made = NULL;
    if (name == NULL)
        result = fault_set(fault, RESULT_INPUT, "%s, got %zu", expected[algorithm], key.len);
    else if ((made = OPENSSL_zalloc(sizeof *made)) == NULL)
        result = fault_set(fault, RESULT_IO, "out of memory");
    else
        result = key_init(made, name, full, fault);
    OPENSSL_cleanse(full, sizeof full);
    if (result != RESULT_OK) {
        mac_key_close(made);
        return result;
    }
    *opened = made;
    return RESULT_OK;
}

void mac_key_close(struct mac_key *key)
{
    if (key == NULL)
        return;
    EVP_CIPHER_CTX_free(key->cipher); /* wipes the key schedule */
    OPENSSL_clear_free(key, sizeof *key);
}

/* Also tells the length of the text, for mac_verify(). */
static enum result compute(const struct mac_recipe *recipe, struct mac_key *key,
                           const struct iso_message *message, char mac[MAC_TEXT_LEN],
                           size_t *text_len, struct fault *fault)
{
    TRY(mac_recipe_block(recipe, message, (char *)key->block, MAC_BLOCK_MAX, text_len, fault));
    size_t len = mac_recipe_pad(recipe, key->block, *text_len, key->unit);
    int written = 0;
    for (size_t i = 0; i < key->unit; i++)
        key->block[i] ^= key->chain[i];
    /* Only a broken OpenSSL fails here; the chain is not known then, and stays broken. */
    if (EVP_EncryptUpdate(key->cipher, key->block, &written, key->block, (int)len) != 1 ||
        (size_t)written != len)
        return fault_set(fault, RESULT_BUG, "MAC: the cipher failed");
    memcpy(key->chain, key->block + len - key->unit, key->unit);
    text_hex_encode(bytes_of(key->chain, MAC_TEXT_LEN / 2), mac);
    return RESULT_OK;
}

enum result mac_compute(const struct mac_recipe *recipe, struct mac_key *key,
                        const struct iso_message *message, char mac[MAC_TEXT_LEN],
                        struct fault *fault)
{
    size_t text_len = 0;
    return compute(recipe, key, message, mac, &text_len, fault);
}

bool mac_verify(const struct mac_recipe *recipe, struct mac_key *key,
                const struct iso_message *message, struct fault *fault)
{
    if (mac_recipe_need(recipe, message) == MAC_NONE)
        return true;
    struct iso_value got = iso_message_get(message, MAC_DE);
    char mac[MAC_TEXT_LEN] = {0};
    size_t text_len = 0;
    if (compute(recipe, key, message, mac, &text_len, fault) != RESULT_OK)
        return false;
    bool good =
        got.data != NULL && got.len == sizeof mac && CRYPTO_memcmp(got.data, mac, sizeof mac) == 0;
    OPENSSL_cleanse(mac, sizeof mac);
    if (good)
        return true;
    char covered[FAULT_TEXT_MAX - 80];
    mac_recipe_describe(recipe, message, covered, sizeof covered);
    fault_set(fault, RESULT_INPUT, "DE %d: %s; computed over %zu bytes by %s", (int)MAC_DE,
              got.data == NULL ? "the MAC is missing" : "the MAC is wrong", text_len, covered);
    return false;
}
