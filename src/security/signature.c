/* CMS signatures with OpenSSL. */
#define OPENSSL_API_COMPAT 30000
#define OPENSSL_NO_DEPRECATED

#include "security/signature.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CERTIFICATES_MAX = 64, /* of a file: chains have 2 or 3 */
    SIGN_FLAGS = CMS_DETACHED | CMS_BINARY | CMS_NOATTR,
};

struct signer {
    EVP_PKEY *key;
    X509 *certificate;
    STACK_OF(X509) * chain; /* what stands behind it in its file */
};

struct verifier {
    enum signature_trust trust;
    int64_t at_us;
    X509_STORE *store;
    STACK_OF(X509) * certificates; /* of the file */
};

/* The last thing that OpenSSL has to say, and nothing left of it for whoever asks next. */
static const char *reason(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return text != NULL ? text : "no reason given";
}

static void format_name(const X509 *certificate, char name[SIGNATURE_NAME_MAX])
{
    BIO *bio = BIO_new(BIO_s_mem());
    int len = 0;
    if (bio != NULL && X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0,
                                          XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) >= 0)
        len = BIO_read(bio, name, SIGNATURE_NAME_MAX - 1);
    name[len > 0 ? len : 0] = '\0';
    BIO_free(bio);
}

/* --- reading files ---------------------------------------------------------------------------- */

static enum result open_file(const char *path, BIO **bio, struct fault *fault)
{
    errno = 0;
    *bio = BIO_new_file(path, "r");
    if (*bio != NULL)
        return RESULT_OK;
    ERR_clear_error();
    return fault_set(fault, RESULT_IO, "%s: %s", path, strerror(errno));
}

/* Never asks anybody: OpenSSL would, on the terminal. */
static int give_passphrase(char *out, int size, int is_writing, void *context)
{
    const struct bytes *passphrase = context;
    (void)is_writing;
    if (passphrase->data == NULL || passphrase->len > (size_t)size)
        return -1;
    memcpy(out, passphrase->data, passphrase->len);
    return (int)passphrase->len;
}

static enum result read_key(const char *path, struct bytes passphrase, EVP_PKEY **key,
                            struct fault *fault)
{
    BIO *bio;
    TRY(open_file(path, &bio, fault));
    *key = PEM_read_bio_PrivateKey_ex(bio, NULL, give_passphrase, &passphrase, NULL, NULL);
    BIO_free(bio);
    if (*key != NULL)
        return RESULT_OK;
    return fault_set(fault, RESULT_INPUT, "%s: no private key in PEM that can be opened%s: %s",
                     path, passphrase.data == NULL ? " without a passphrase" : "", reason());
}

static enum result read_certificates(const char *path, STACK_OF(X509) * *certificates,
                                     struct fault *fault)
{
    BIO *bio;
    X509 *one;
    TRY(open_file(path, &bio, fault));
    *certificates = sk_X509_new_null();
    bool good = *certificates != NULL;
    while (good && (one = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        good =
            sk_X509_num(*certificates) < CERTIFICATES_MAX && sk_X509_push(*certificates, one) > 0;
        if (!good)
            X509_free(one);
    }
    BIO_free(bio);
    /* The end of a file is an error too: no more PEM begins. */
    bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (!good)
        return fault_set(fault, RESULT_INPUT, "%s: more than %d certificates", path,
                         CERTIFICATES_MAX);
    if (sk_X509_num(*certificates) == 0 || !is_end)
        return fault_set(fault, RESULT_INPUT, "%s: expected certificates in PEM: %s", path,
                         reason());
    ERR_clear_error();
    return RESULT_OK;
}

static void free_certificates(STACK_OF(X509) * certificates)
{
    sk_X509_pop_free(certificates, X509_free);
}

/* --- signing ---------------------------------------------------------------------------------- */

static enum result check_signer(const struct signer *signer, const char *path, int64_t at_us,
                                struct fault *fault)
{
    time_t at = (time_t)(at_us / 1000000);
    struct strbuf tried;
    if (X509_check_private_key(signer->certificate, signer->key) != 1)
        return fault_set(fault, RESULT_INPUT, "%s: the certificate is not that of the key: %s",
                         path, reason());
    if (X509_cmp_time(X509_get0_notBefore(signer->certificate), &at) > 0)
        return fault_set(fault, RESULT_INPUT, "%s: the certificate is not valid yet", path);
    if (X509_cmp_time(X509_get0_notAfter(signer->certificate), &at) < 0)
        return fault_set(fault, RESULT_INPUT, "%s: the certificate has expired", path);
    if (X509_check_purpose(signer->certificate, X509_PURPOSE_SMIME_SIGN, 0) != 1)
        return fault_set(fault, RESULT_INPUT, "%s: the certificate is not for signing", path);
    /* Some kinds of keys can do other things only; better to know before the work. */
    strbuf_init(&tried, SIGNATURE_LEN_MAX);
    enum result result = signer_sign(signer, bytes_text("tried"), &tried, fault);
    strbuf_deinit(&tried);
    return result == RESULT_BUG ? RESULT_INPUT : result;
}

enum result signer_open(const char *key_path, const char *certificate_path, struct bytes passphrase,
                        int64_t at_us, struct signer **opened, struct fault *fault)
{
    *opened = NULL;
    struct signer *signer = calloc(1, sizeof *signer);
    if (signer == NULL)
        return fault_set(fault, RESULT_IO, "out of memory");
    enum result result = read_key(key_path, passphrase, &signer->key, fault);
    if (result == RESULT_OK)
        result = read_certificates(certificate_path, &signer->chain, fault);
    if (result == RESULT_OK) {
        signer->certificate = sk_X509_shift(signer->chain);
        result = check_signer(signer, certificate_path, at_us, fault);
    }
    if (result == RESULT_OK)
        *opened = signer;
    else
        signer_close(signer);
    return result;
}

void signer_close(struct signer *signer)
{
    if (signer == NULL)
        return;
    EVP_PKEY_free(signer->key);
    X509_free(signer->certificate);
    free_certificates(signer->chain);
    free(signer);
}

enum result signer_sign(const struct signer *signer, struct bytes content, struct strbuf *out,
                        struct fault *fault)
{
    unsigned char *der = NULL;
    int len = -1;
    MUST(content.len <= INT32_MAX);
    BIO *bio = BIO_new_mem_buf(content.len > 0 ? (const void *)content.data : "", (int)content.len);
    CMS_ContentInfo *cms =
        bio == NULL ? NULL
                    : CMS_sign(signer->certificate, signer->key, signer->chain, bio, SIGN_FLAGS);
    if (cms != NULL)
        len = i2d_CMS_ContentInfo(cms, &der);
    enum result result = RESULT_OK;
    if (len <= 0)
        result = fault_set(fault, RESULT_BUG, "OpenSSL cannot sign with this key: %s", reason());
    else
        strbuf_add(out, der, (size_t)len);
    if (result == RESULT_OK && out->bad)
        result = fault_set(fault, RESULT_LIMIT,
                           "a signature has over %d bytes: too many "
                           "certificates",
                           SIGNATURE_LEN_MAX);
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
    BIO_free(bio);
    return result;
}

/* --- verifying -------------------------------------------------------------------------------- */

static bool fill_store(struct verifier *verifier)
{
    verifier->store = X509_STORE_new();
    bool good = verifier->store != NULL;
    for (int i = 0; good && i < sk_X509_num(verifier->certificates); i++)
        good = X509_STORE_add_cert(verifier->store, sk_X509_value(verifier->certificates, i)) == 1;
    /* Believed for itself, not for who certifies it. */
    if (good && verifier->trust == SIGNATURE_CERTIFICATE)
        good = X509_STORE_set_flags(verifier->store, X509_V_FLAG_PARTIAL_CHAIN) == 1;
    return good;
}

enum result verifier_open(const char *path, enum signature_trust trust, int64_t at_us,
                          struct verifier **opened, struct fault *fault)
{
    *opened = NULL;
    struct verifier *verifier = calloc(1, sizeof *verifier);
    if (verifier == NULL)
        return fault_set(fault, RESULT_IO, "out of memory");
    verifier->trust = trust;
    verifier->at_us = at_us;
    enum result result = read_certificates(path, &verifier->certificates, fault);
    if (result == RESULT_OK && trust == SIGNATURE_CERTIFICATE &&
        sk_X509_num(verifier->certificates) != 1)
        result = fault_set(fault, RESULT_INPUT, "%s: expected one certificate, the signer's", path);
    if (result == RESULT_OK && !fill_store(verifier))
        result = fault_set(fault, RESULT_INPUT, "%s: %s", path, reason());
    if (result == RESULT_OK)
        *opened = verifier;
    else
        verifier_close(verifier);
    return result;
}

void verifier_close(struct verifier *verifier)
{
    if (verifier == NULL)
        return;
    X509_STORE_free(verifier->store);
    free_certificates(verifier->certificates);
    free(verifier);
}

/* Whether the signer is to be believed, by its certificates and the time. */
static enum result check_chain(const struct verifier *verifier, X509 *signer,
                               STACK_OF(X509) * chain, const char *name, struct fault *fault)
{
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    enum result result = RESULT_OK;
    if (context == NULL || X509_STORE_CTX_init(context, verifier->store, signer, chain) != 1 ||
        X509_STORE_CTX_set_default(context, "smime_sign") != 1) {
        X509_STORE_CTX_free(context);
        return fault_set(fault, RESULT_IO, "no memory to check a certificate: %s", reason());
    }
    X509_STORE_CTX_set_time(context, 0, (time_t)(verifier->at_us / 1000000));
    if (X509_verify_cert(context) != 1)
        result = fault_set(fault, RESULT_INPUT, "signed by %s, which is not believed: %s", name,
                           X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
    X509_STORE_CTX_free(context);
    ERR_clear_error();
    return result;
}

/* One signer, with a digest of today. */
static bool has_form(CMS_ContentInfo *cms)
{
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
    X509_ALGOR *digest = NULL;
    if (CMS_is_detached(cms) != 1 || signers == NULL || sk_CMS_SignerInfo_num(signers) != 1)
        return false;
    CMS_SignerInfo_get0_algs(sk_CMS_SignerInfo_value(signers, 0), NULL, NULL, &digest, NULL);
    int kind = OBJ_obj2nid(digest->algorithm);
    return kind == NID_sha256 || kind == NID_sha384 || kind == NID_sha512;
}

static enum result check_signature(const struct verifier *verifier, CMS_ContentInfo *cms,
                                   BIO *content, char name[SIGNATURE_NAME_MAX], struct fault *fault)
{
    bool is_pinned = verifier->trust == SIGNATURE_CERTIFICATE;
    unsigned flags = CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY | (is_pinned ? CMS_NOINTERN : 0U);
    if (CMS_verify(cms, is_pinned ? verifier->certificates : NULL, NULL, content, NULL, flags) !=
        1) {
        int why = ERR_GET_REASON(ERR_peek_last_error());
        bool is_other = why == CMS_R_SIGNER_CERTIFICATE_NOT_FOUND;
        if (is_other)
            return fault_set(fault, RESULT_INPUT, "%s",
                             is_pinned ? "signed by somebody else than the certificate's owner"
                                       : "it has no certificate of its signer");
        return fault_set(fault, RESULT_INPUT, "it is not what was signed: %s", reason());
    }
    STACK_OF(X509) *signers = CMS_get0_signers(cms), *chain = CMS_get1_certs(cms);
    enum result result = RESULT_INPUT;
    if (sk_X509_num(signers) == 1) {
        X509 *signer = sk_X509_value(signers, 0);
        format_name(signer, name);
        result = check_chain(verifier, signer, chain, name, fault);
    } else
        fault_set(fault, RESULT_INPUT, "expected one signer");
    sk_X509_free(signers);
    free_certificates(chain);
    return result;
}

enum result verifier_check(const struct verifier *verifier, struct bytes content,
                           struct bytes signature, char name[SIGNATURE_NAME_MAX],
                           struct fault *fault)
{
    const unsigned char *at = signature.data;
    enum result result;
    name[0] = '\0';
    MUST(content.len <= INT32_MAX && signature.len <= INT32_MAX);
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)signature.len);
    BIO *bio = BIO_new_mem_buf(content.len > 0 ? (const void *)content.data : "", (int)content.len);
    if (cms == NULL || at != signature.data + signature.len || !has_form(cms))
        result = fault_set(fault, RESULT_INPUT,
                           "expected a detached CMS signature in DER, of one "
                           "signer and with SHA-2");
    else if (bio == NULL)
        result = fault_set(fault, RESULT_IO, "no memory to check a signature");
    else
        result = check_signature(verifier, cms, bio, name, fault);
    ERR_clear_error();
    BIO_free(bio);
    CMS_ContentInfo_free(cms);
    return result;
}
