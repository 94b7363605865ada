/* cardlab bench mac: what the MAC of a claim costs, beside the bare cipher over the same bytes in
 * the same run. The difference is choosing the rule, making the text, and hex. */
#include "base/json.h"
#include "bench.h"
#include "security/mac.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    ROUNDS = 21,         /* the median of so many */
    MACS_A_ROUND = 2000, /* some 4 ms, so that one round falls between two ticks of the scheduler */
    PADDED_MAX = MAC_BLOCK_MAX + EVP_MAX_BLOCK_LENGTH,
};

static const uint8_t bench_key[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

struct bench {
    struct iso_spec *spec;
    struct mac_recipe *recipe;
    struct mac_key *key;
    EVP_CIPHER_CTX *cipher;
    struct iso_message claim;
    uint8_t text[PADDED_MAX];
    size_t text_len, padded_len;
    double mac_ns[ROUNDS], text_ns[ROUNDS], cipher_ns[ROUNDS];
};

static void fill_claim(struct bench *bench)
{
    static const struct {
        unsigned de;
        const char *text;
    } elements[] = {
        {2, "9999002345678903"},
        {3, "400000"},
        {4, "000000000188"},
        {7, "1122101530"},
        {11, "000042"},
        {15, "1122"},
        {18, "6011"},
        {25, "86"},
        {32, "00091230001"},
        {33, "00091230002"},
        {41, "TERM0001"},
        {42, "MERCHANT0000001"},
        {48, "ASHB039202611220000000000420009123000100010002"},
        {49, "156"},
        {90, "010000000108251124000009123000100091230002"},
        {102, "9999001234567895"},
        {103, "9999002345678903"},
    };
    iso_message_init(&bench->claim, bench->spec, "0200");
    for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++)
        iso_message_set(&bench->claim, elements[i].de, elements[i].text, strlen(elements[i].text));
}

static enum result bench_open(struct bench *bench, struct fault *fault)
{
    char path[COMMAND_PATH_MAX];
    TRY(command_spec_load("redpacket", &bench->spec, fault));
    command_spec_path("mac", "redpacket", path);
    TRY(mac_recipe_load(path, &bench->recipe, fault));
    TRY(mac_key_open(MAC_SM4, bytes_of(bench_key, sizeof bench_key), &bench->key, fault));
    static const uint8_t iv[EVP_MAX_IV_LENGTH];
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "SM4-CBC", NULL);
    bench->cipher = EVP_CIPHER_CTX_new();
    bool good = cipher != NULL && bench->cipher != NULL &&
                EVP_EncryptInit_ex2(bench->cipher, cipher, bench_key, iv, NULL) == 1 &&
                EVP_CIPHER_CTX_set_padding(bench->cipher, 0) == 1;
    EVP_CIPHER_free(cipher);
    if (!good)
        return fault_set(fault, RESULT_BUG, "OpenSSL has no SM4");
    fill_claim(bench);
    TRY(mac_recipe_block(bench->recipe, &bench->claim, (char *)bench->text, MAC_BLOCK_MAX,
                         &bench->text_len, fault));
    bench->padded_len = mac_recipe_pad(bench->recipe, bench->text, bench->text_len, 16);
    return RESULT_OK;
}

static void run_round(struct bench *bench, size_t round)
{
    static const uint8_t iv[EVP_MAX_IV_LENGTH];
    static uint8_t out[PADDED_MAX];
    char mac[MAC_TEXT_LEN];
    double start = bench_cpu_ns();
    for (int i = 0; i < MACS_A_ROUND; i++)
        MUST(mac_compute(bench->recipe, bench->key, &bench->claim, mac, NULL) == RESULT_OK);
    double after_mac = bench_cpu_ns();
    for (int i = 0; i < MACS_A_ROUND; i++)
        MUST(mac_block(bench->recipe, &bench->claim, (char *)out, sizeof out) == bench->text_len);
    double after_text = bench_cpu_ns();
    int written = 0;
    for (int i = 0; i < MACS_A_ROUND; i++)
        MUST(EVP_EncryptInit_ex2(bench->cipher, NULL, NULL, iv, NULL) == 1 &&
             EVP_EncryptUpdate(bench->cipher, out, &written, bench->text, (int)bench->padded_len) ==
                 1);
    bench->mac_ns[round] = (after_mac - start) / MACS_A_ROUND;
    bench->text_ns[round] = (after_text - after_mac) / MACS_A_ROUND;
    bench->cipher_ns[round] = (bench_cpu_ns() - after_text) / MACS_A_ROUND;
}

static void report(struct bench *bench, bool json)
{
    double mac = bench_median(bench->mac_ns, ROUNDS);
    double text = bench_median(bench->text_ns, ROUNDS);
    double cipher = bench_median(bench->cipher_ns, ROUNDS);
    if (!json) {
        printf("MAC of a claim (SM4, %zu bytes of text, %zu enciphered)\n"
               "  whole MAC         %7.0f ns\n"
               "  making the text   %7.0f ns\n"
               "  the bare cipher   %7.0f ns\n"
               "  whole to bare     %7.2f\n",
               bench->text_len, bench->padded_len, mac, text, cipher, mac / cipher);
        return;
    }
    struct strbuf out;
    strbuf_init(&out, 1024);
    struct json line = json_to(&out);
    json_open_object(&line);
    json_member(&line, "bench", "mac");
    json_member_int(&line, "text_bytes", (int64_t)bench->text_len);
    json_member_int(&line, "enciphered_bytes", (int64_t)bench->padded_len);
    json_member_real(&line, "mac_ns", mac, 0);
    json_member_real(&line, "text_ns", text, 0);
    json_member_real(&line, "cipher_ns", cipher, 0);
    json_member_real(&line, "ratio", mac / cipher, 3);
    json_close_object(&line);
    printf("%s\n", out.text == NULL ? "" : out.text);
    strbuf_deinit(&out);
}

int bench_mac(int argc, char **argv)
{
    enum { OPTION_JSON = 1 };
    static const struct command_option options[] = {
        {OPTION_JSON, "json", NULL, "one object"},
        {0, NULL, NULL, NULL},
    };
    static const struct command command = {
        .name = "bench mac",
        .arguments = "",
        .summary = "Measures the MAC of a claim, beside the bare cipher over the same bytes.",
        .options = options,
    };
    static struct bench bench; /* too large for the stack's taste */
    struct fault fault = {.text = ""};
    const char *value = NULL;
    int first = 0;
    int id;
    bool json = false;
    while ((id = command_next(&command, argc, argv, &value, &first)) > 0)
        json = true;
    if (id == COMMAND_DONE)
        return first;
    if (argc > first)
        return command_usage(&command, "expected no arguments, got %s", argv[first]);
    enum result result = bench_open(&bench, &fault);
    for (size_t round = 0; result == RESULT_OK && round < ROUNDS; round++)
        run_round(&bench, round);
    if (result == RESULT_OK)
        report(&bench, json);
    EVP_CIPHER_CTX_free(bench.cipher);
    mac_key_close(bench.key);
    mac_recipe_free(bench.recipe);
    iso_spec_free(bench.spec);
    memset(&bench, 0, sizeof bench);
    return result == RESULT_OK ? COMMAND_GOOD : command_fail(&command, &fault);
}
