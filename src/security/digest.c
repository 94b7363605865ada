/* SHA-256 from OpenSSL's default provider, called through its dispatch table (provider-digest(7)).
 *
 * Not through EVP_DigestInit_ex2(): in OpenSSL 3.0 that frees and allocates the state of the hash
 * every time, and a repeat is recognised once a message. */
#include "security/digest.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <stdlib.h>

struct digest {
    OSSL_PROVIDER *provider;
    void *state;
    OSSL_FUNC_digest_freectx_fn *freectx;
    OSSL_FUNC_digest_init_fn *init;
    OSSL_FUNC_digest_update_fn *update;
    OSSL_FUNC_digest_final_fn *final;
};

/* `names` is a list as "SHA2-256:SHA-256:SHA256:2.16.840.1.101.3.4.2.1". */
static bool is_named(const char *names, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = names; at != NULL; at = strchr(at, ':')) {
        at += *at == ':';
        if (strncmp(at, name, len) == 0 && (at[len] == ':' || at[len] == '\0'))
            return true;
    }
    return false;
}

/* The functions of SHA-256, NULL when the provider has none. */
static const OSSL_DISPATCH *find_functions(const OSSL_PROVIDER *provider)
{
    int no_cache = 0;
    const OSSL_ALGORITHM *algorithm =
        OSSL_PROVIDER_query_operation(provider, OSSL_OP_DIGEST, &no_cache);
    for (; algorithm != NULL && algorithm->algorithm_names != NULL; algorithm++)
        if (is_named(algorithm->algorithm_names, "SHA2-256"))
            return algorithm->implementation;
    return NULL;
}

static bool open_functions(struct digest *digest)
{
    OSSL_FUNC_digest_newctx_fn *newctx = NULL;
    digest->provider = OSSL_PROVIDER_load(NULL, "default");
    const OSSL_DISPATCH *function =
        digest->provider == NULL ? NULL : find_functions(digest->provider);
    for (; function != NULL && function->function_id != 0; function++) {
        if (function->function_id == OSSL_FUNC_DIGEST_NEWCTX)
            newctx = OSSL_FUNC_digest_newctx(function);
        else if (function->function_id == OSSL_FUNC_DIGEST_FREECTX)
            digest->freectx = OSSL_FUNC_digest_freectx(function);
        else if (function->function_id == OSSL_FUNC_DIGEST_INIT)
            digest->init = OSSL_FUNC_digest_init(function);
        else if (function->function_id == OSSL_FUNC_DIGEST_UPDATE)
            digest->update = OSSL_FUNC_digest_update(function);
        else if (function->function_id == OSSL_FUNC_DIGEST_FINAL)
            digest->final = OSSL_FUNC_digest_final(function);
    }
    if (newctx == NULL || digest->freectx == NULL || digest->init == NULL ||
        digest->update == NULL || digest->final == NULL)
        return false;
    digest->state = newctx(OSSL_PROVIDER_get0_provider_ctx(digest->provider));
    return digest->state != NULL;
}

enum result digest_open(struct digest **opened, struct fault *fault)
{
    *opened = NULL;
    struct digest *digest = calloc(1, sizeof *digest);
    if (digest == NULL)
        return fault_set(fault, RESULT_IO, "out of memory");
    if (!open_functions(digest)) {
        digest_close(digest);
        return fault_set(fault, RESULT_BUG, "OpenSSL has no SHA-256");
    }
    *opened = digest;
    return RESULT_OK;
}

void digest_close(struct digest *digest)
{
    if (digest == NULL)
        return;
    if (digest->state != NULL)
        digest->freectx(digest->state);
    if (digest->provider != NULL)
        OSSL_PROVIDER_unload(digest->provider);
    free(digest);
}

void digest_init(struct digest *digest)
{
    MUST(digest->init(digest->state, NULL) == 1);
}

void digest_update(struct digest *digest, struct bytes run)
{
    MUST(run.len == 0 || digest->update(digest->state, run.data, run.len) == 1);
}

void digest_final(struct digest *digest, uint8_t out[DIGEST_LEN])
{
    size_t len = 0;
    MUST(digest->final(digest->state, out, &len, DIGEST_LEN) == 1 && len == DIGEST_LEN);
}

void digest_sha256(struct digest *digest, const struct bytes *runs, size_t count,
                   uint8_t out[DIGEST_LEN])
{
    digest_init(digest);
    for (size_t i = 0; i < count; i++)
        digest_update(digest, runs[i]);
    digest_final(digest, out);
}

void digest_content(struct digest *digest, const struct bytes *runs, size_t count,
                    uint8_t out[DIGEST_CONTENT_LEN])
{
    uint8_t whole[DIGEST_LEN];
    digest_init(digest);
    for (size_t i = 0; i < count; i++) {
        uint8_t len[8];
        struct writer w = writer_to(len, sizeof len);
        write_u64(&w, runs[i].len);
        digest_update(digest, bytes_of(len, sizeof len));
        digest_update(digest, runs[i]);
    }
    digest_final(digest, whole);
    memcpy(out, whole, DIGEST_CONTENT_LEN);
}
