/* Signatures: what is signed verifies, and nothing else does. Keys and certificates are made here;
 * that `openssl cms` agrees is tests/integration/sign.test. */
#include "security/signature.h"
#include "suite.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 256, DAY_S = 86400 };

static const int64_t NOW_S = 1798761600; /* 2027-01-01T00:00:00Z */
static const char CONTENT[] = "{\"settlement_date\":20261231}\n";

/* --- a small public key infrastructure ---------------------------------------------------------
 */

struct identity {
    EVP_PKEY *key;
    X509 *certificate;
};

struct pki {
    char folder[64];
    struct identity ca, other_ca;    /* certify the others */
    struct identity town, stranger;  /* of ca, and of other_ca; RSA and EC */
    struct identity village;         /* of ca too */
    struct identity expired, server; /* of ca: until yesterday; for TLS servers only */
};

static X509 *certify(EVP_PKEY *key, const char *name, const struct identity *issuer, int64_t from_s,
                     int64_t to_s, const char *usage)
{
    static long serial;
    X509 *certificate = X509_new();
    X509V3_CTX context;
    CU_ASSERT_PTR_NOT_NULL_FATAL(certificate);
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)from_s);
    ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)to_s);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(certificate,
                         X509_get_subject_name(issuer != NULL ? issuer->certificate : certificate));
    X509_set_pubkey(certificate, key);
    X509V3_set_ctx(&context, issuer != NULL ? issuer->certificate : certificate, certificate, NULL,
                   NULL, 0);
    int kind = issuer == NULL ? NID_basic_constraints : NID_ext_key_usage;
    if (usage != NULL) {
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, usage);
        CU_ASSERT_PTR_NOT_NULL_FATAL(extension);
        X509_add_ext(certificate, extension, -1);
        X509_EXTENSION_free(extension);
    }
    CU_ASSERT_TRUE_FATAL(X509_sign(certificate, issuer != NULL ? issuer->key : key, EVP_sha256()) >
                         0);
    return certificate;
}

static struct identity make(const char *name, const struct identity *issuer, bool is_rsa,
                            int64_t from_s, int64_t to_s, const char *usage)
{
    struct identity identity;
    identity.key = is_rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    CU_ASSERT_PTR_NOT_NULL_FATAL(identity.key);
    identity.certificate = certify(identity.key, name, issuer, from_s, to_s, usage);
    return identity;
}

/* Made once, since RSA keys take long to find, and kept to the end; the folder is a case's own. */
static struct pki pki_make(void)
{
    static struct pki pki;
    int64_t from = NOW_S - 10 * DAY_S, to = NOW_S + 10 * DAY_S;
    snprintf(pki.folder, sizeof pki.folder, "/tmp/signature-test-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(pki.folder));
    if (pki.ca.key != NULL)
        return pki;
    pki.ca = make("Network CA", NULL, false, from, to, "critical,CA:TRUE");
    pki.other_ca = make("Other CA", NULL, false, from, to, "critical,CA:TRUE");
    pki.town = make("Town Switch", &pki.ca, true, from, to, NULL);
    pki.village = make("Village Switch", &pki.ca, false, from, to, NULL);
    pki.stranger = make("Town Switch", &pki.other_ca, false, from, to, NULL);
    pki.expired = make("Old Switch", &pki.ca, false, from, NOW_S - DAY_S, NULL);
    pki.server = make("Web Server", &pki.ca, false, from, to, "serverAuth");
    return pki;
}

static void pki_leave(const struct pki *pki)
{
    CU_ASSERT_EQUAL(rmdir(pki->folder), 0);
}

/* Files of a test, taken away again at once: what was opened has been read. */
struct files {
    char key[PATH_SIZE], certificate[PATH_SIZE];
};

static struct files save(const struct pki *pki, const struct identity *identity,
                         const char *passphrase)
{
    struct files files;
    snprintf(files.key, sizeof files.key, "%s/key.pem", pki->folder);
    snprintf(files.certificate, sizeof files.certificate, "%s/certificate.pem", pki->folder);
    FILE *key = fopen(files.key, "w"), *certificate = fopen(files.certificate, "w");
    CU_ASSERT_TRUE_FATAL(key != NULL && certificate != NULL);
    const EVP_CIPHER *cipher = passphrase != NULL ? EVP_aes_256_cbc() : NULL;
    int len = passphrase != NULL ? (int)strlen(passphrase) : 0;
    CU_ASSERT_EQUAL(
        PEM_write_PKCS8PrivateKey(key, identity->key, cipher, passphrase, len, NULL, NULL), 1);
    CU_ASSERT_EQUAL(PEM_write_X509(certificate, identity->certificate), 1);
    fclose(key);
    fclose(certificate);
    return files;
}

static void forget(const struct files *files)
{
    unlink(files->key);
    unlink(files->certificate);
}

static enum result open_signer(const struct pki *pki, const struct identity *identity,
                               const char *stored_with, const char *opened_with,
                               struct signer **signer, struct fault *fault)
{
    struct files files = save(pki, identity, stored_with);
    struct bytes passphrase = opened_with != NULL ? bytes_text(opened_with) : bytes_of(NULL, 0);
    enum result result =
        signer_open(files.key, files.certificate, passphrase, NOW_S * 1000000, signer, fault);
    forget(&files);
    return result;
}

static struct strbuf sign(const struct pki *pki, const struct identity *identity, const char *text)
{
    struct fault fault = {RESULT_OK, ""};
    struct signer *signer = NULL;
    struct strbuf out;
    strbuf_init(&out, SIGNATURE_LEN_MAX);
    CU_ASSERT_EQUAL_FATAL(open_signer(pki, identity, NULL, NULL, &signer, &fault), RESULT_OK);
    CU_ASSERT_EQUAL_FATAL(signer_sign(signer, bytes_text(text), &out, &fault), RESULT_OK);
    signer_close(signer);
    return out;
}

static enum result check(const struct pki *pki, const struct identity *believed,
                         enum signature_trust trust, int64_t at_s, const char *text,
                         const struct strbuf *signature, char name[SIGNATURE_NAME_MAX],
                         struct fault *fault)
{
    struct verifier *verifier = NULL;
    struct files files = save(pki, believed, NULL);
    enum result result = verifier_open(files.certificate, trust, at_s * 1000000, &verifier, fault);
    forget(&files);
    CU_ASSERT_EQUAL_FATAL(result, RESULT_OK);
    result = verifier_check(verifier, bytes_text(text), bytes_of(signature->text, signature->len),
                            name, fault);
    verifier_close(verifier);
    return result;
}

/* --- good ones ---------------------------------------------------------------------------------
 */

static void what_is_signed_verifies_by_ca_and_by_certificate(void)
{
    struct pki pki = pki_make();
    struct fault fault = {RESULT_OK, ""};
    char name[SIGNATURE_NAME_MAX];
    const struct identity *signers[] = {&pki.town, &pki.village};
    for (size_t i = 0; i < 2; i++) {
        struct strbuf signature = sign(&pki, signers[i], CONTENT);
        CU_ASSERT_EQUAL(
            check(&pki, &pki.ca, SIGNATURE_CA, NOW_S, CONTENT, &signature, name, &fault),
            RESULT_OK);
        ASSERT_CONTAINS(name, i == 0 ? "CN = Town Switch" : "CN = Village Switch");
        CU_ASSERT_EQUAL(check(&pki, signers[i], SIGNATURE_CERTIFICATE, NOW_S, CONTENT, &signature,
                              name, &fault),
                        RESULT_OK);
        strbuf_deinit(&signature);
    }
    pki_leave(&pki);
}

static void rsa_gives_the_same_bytes_again(void)
{
    struct pki pki = pki_make();
    struct strbuf one = sign(&pki, &pki.town, CONTENT), two = sign(&pki, &pki.town, CONTENT);
    CU_ASSERT_TRUE(bytes_equal(bytes_of(one.text, one.len), bytes_of(two.text, two.len)));
    strbuf_deinit(&one);
    strbuf_deinit(&two);
    pki_leave(&pki);
}

static void a_passphrase_opens_an_enciphered_key(void)
{
    struct pki pki = pki_make();
    struct fault fault = {RESULT_OK, ""};
    struct signer *signer = NULL;
    CU_ASSERT_EQUAL(open_signer(&pki, &pki.town, "eight", "eight", &signer, &fault), RESULT_OK);
    signer_close(signer);
    CU_ASSERT_EQUAL(open_signer(&pki, &pki.town, "eight", "nine", &signer, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "no private key in PEM that can be opened: ");
    CU_ASSERT_EQUAL(open_signer(&pki, &pki.town, "eight", NULL, &signer, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "that can be opened without a passphrase");
    CU_ASSERT_PTR_NULL(signer);
    pki_leave(&pki);
}

/* --- bad ones ----------------------------------------------------------------------------------
 */

static void any_flipped_bit_is_found(void)
{
    struct pki pki = pki_make();
    struct fault fault = {RESULT_OK, ""};
    char name[SIGNATURE_NAME_MAX], text[sizeof CONTENT];
    struct strbuf signature = sign(&pki, &pki.village, CONTENT);
    for (size_t i = 0; i + 1 < sizeof CONTENT; i++) {
        memcpy(text, CONTENT, sizeof text);
        text[i] ^= 1;
        CU_ASSERT_EQUAL(check(&pki, &pki.ca, SIGNATURE_CA, NOW_S, text, &signature, name, &fault),
                        RESULT_INPUT);
        ASSERT_CONTAINS(fault.text, "it is not what was signed");
    }
    strbuf_deinit(&signature);
    pki_leave(&pki);
}

/* Not every byte of a certificate is covered by the signature: the chain guards it. */
static void a_damaged_signature_is_never_believed_for_other_content(void)
{
    struct pki pki = pki_make();
    struct fault fault = {RESULT_OK, ""};
    char name[SIGNATURE_NAME_MAX];
    struct strbuf signature = sign(&pki, &pki.village, CONTENT);
    for (size_t i = 0; i < signature.len; i += 3) {
        signature.text[i] ^= 0x10;
        CU_ASSERT_NOT_EQUAL(check(&pki, &pki.village, SIGNATURE_CERTIFICATE, NOW_S, "other",
                                  &signature, name, &fault),
                            RESULT_OK);
        signature.text[i] ^= 0x10;
    }
    for (size_t len = 0; len < signature.len; len += 7) {
        struct strbuf cut = signature;
        cut.len = len;
        CU_ASSERT_EQUAL(check(&pki, &pki.ca, SIGNATURE_CA, NOW_S, CONTENT, &cut, name, &fault),
                        RESULT_INPUT);
    }
    strbuf_add(&signature, "\0", 1);
    CU_ASSERT_EQUAL(check(&pki, &pki.ca, SIGNATURE_CA, NOW_S, CONTENT, &signature, name, &fault),
                    RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "expected a detached CMS signature in DER");
    strbuf_deinit(&signature);
    pki_leave(&pki);
}

static void another_signer_is_not_believed(void)
{
    struct pki pki = pki_make();
    struct fault fault = {RESULT_OK, ""};
    char name[SIGNATURE_NAME_MAX];
    struct strbuf theirs = sign(&pki, &pki.stranger, CONTENT);
    CU_ASSERT_EQUAL(check(&pki, &pki.ca, SIGNATURE_CA, NOW_S, CONTENT, &theirs, name, &fault),
                    RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "signed by CN = Town Switch, which is not believed: ");
    CU_ASSERT_EQUAL(
        check(&pki, &pki.town, SIGNATURE_CERTIFICATE, NOW_S, CONTENT, &theirs, name, &fault),
        RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "signed by somebody else");
    /* The same CA's other member is not this one. */
    struct strbuf village = sign(&pki, &pki.village, CONTENT);
    CU_ASSERT_EQUAL(
        check(&pki, &pki.town, SIGNATURE_CERTIFICATE, NOW_S, CONTENT, &village, name, &fault),
        RESULT_INPUT);
    strbuf_deinit(&theirs);
    strbuf_deinit(&village);
    pki_leave(&pki);
}

static void a_certificate_is_valid_in_its_time_only(void)
{
    struct pki pki = pki_make();
    struct fault fault = {RESULT_OK, ""};
    struct signer *signer = NULL;
    char name[SIGNATURE_NAME_MAX];
    struct strbuf signature = sign(&pki, &pki.town, CONTENT);
    const struct {
        int64_t days;
        const char *why;
    } times[] = {{11, "certificate has expired"}, {-11, "certificate is not yet valid"}};
    for (size_t i = 0; i < 2; i++) {
        int64_t at_s = NOW_S + times[i].days * DAY_S;
        CU_ASSERT_EQUAL(check(&pki, &pki.ca, SIGNATURE_CA, at_s, CONTENT, &signature, name, &fault),
                        RESULT_INPUT);
        ASSERT_CONTAINS(fault.text, times[i].why);
        CU_ASSERT_EQUAL(
            check(&pki, &pki.town, SIGNATURE_CERTIFICATE, at_s, CONTENT, &signature, name, &fault),
            RESULT_INPUT);
        ASSERT_CONTAINS(fault.text, times[i].why);
    }
    CU_ASSERT_EQUAL(open_signer(&pki, &pki.expired, NULL, NULL, &signer, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "the certificate has expired");
    strbuf_deinit(&signature);
    pki_leave(&pki);
}

static void who_cannot_sign_is_refused_before_the_work(void)
{
    struct pki pki = pki_make();
    struct fault fault = {RESULT_OK, ""};
    struct signer *signer = NULL;
    struct identity mixed = {pki.town.key, pki.village.certificate};
    CU_ASSERT_EQUAL(open_signer(&pki, &pki.server, NULL, NULL, &signer, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "the certificate is not for signing");
    CU_ASSERT_EQUAL(open_signer(&pki, &mixed, NULL, NULL, &signer, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "the certificate is not that of the key");
    struct identity exchange = {EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), NULL};
    exchange.certificate =
        certify(exchange.key, "Exchange", &pki.ca, NOW_S - DAY_S, NOW_S + DAY_S, NULL);
    CU_ASSERT_EQUAL(open_signer(&pki, &exchange, NULL, NULL, &signer, &fault), RESULT_INPUT);
    EVP_PKEY_free(exchange.key);
    X509_free(exchange.certificate);
    CU_ASSERT_PTR_NULL(signer);
    pki_leave(&pki);
}

static void files_that_are_none_are_named(void)
{
    struct pki pki = pki_make();
    struct fault fault = {RESULT_OK, ""};
    struct signer *signer = NULL;
    struct verifier *verifier = NULL;
    struct files files = save(&pki, &pki.town, NULL);
    struct bytes none = bytes_of(NULL, 0);
    int64_t now = NOW_S * 1000000;
    CU_ASSERT_EQUAL(signer_open("/nowhere", files.certificate, none, now, &signer, &fault),
                    RESULT_IO);
    ASSERT_CONTAINS(fault.text, "/nowhere: No such file");
    CU_ASSERT_EQUAL(signer_open(files.certificate, files.certificate, none, now, &signer, &fault),
                    RESULT_INPUT);
    CU_ASSERT_EQUAL(signer_open(files.key, files.key, none, now, &signer, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "expected certificates in PEM");
    CU_ASSERT_EQUAL(verifier_open(files.key, SIGNATURE_CA, now, &verifier, &fault), RESULT_INPUT);
    CU_ASSERT_EQUAL(verifier_open("/nowhere", SIGNATURE_CA, now, &verifier, &fault), RESULT_IO);
    CU_ASSERT_PTR_NULL(verifier);
    forget(&files);
    signer_close(NULL);
    verifier_close(NULL);
    pki_leave(&pki);
}

SUITE(CASE(what_is_signed_verifies_by_ca_and_by_certificate), CASE(rsa_gives_the_same_bytes_again),
      CASE(a_passphrase_opens_an_enciphered_key), CASE(any_flipped_bit_is_found),
      CASE(a_damaged_signature_is_never_believed_for_other_content),
      CASE(another_signer_is_not_believed), CASE(a_certificate_is_valid_in_its_time_only),
      CASE(who_cannot_sign_is_refused_before_the_work), CASE(files_that_are_none_are_named))
