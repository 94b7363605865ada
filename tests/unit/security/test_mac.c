/* MACs against a whole real message and published values, and what a changed byte does. */
#include "base/doc.h"
#include "fixture.h"
#include "security/mac.h"

#include <openssl/crypto.h>

static size_t allocations;

static void *counting_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    allocations++;
    return malloc(size);
}

static void *counting_realloc(void *memory, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    allocations++;
    return realloc(memory, size);
}

static void plain_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    free(memory);
}

/* OpenSSL takes these before its first allocation only, so before main. */
static void __attribute__((constructor)) count_allocations(void)
{
    CRYPTO_set_mem_functions(counting_malloc, counting_realloc, plain_free);
}

static const uint8_t some_key[24] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12,
                                     13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24};

static struct mac_key *key_of(enum mac_algorithm algorithm, const void *data, size_t len)
{
    struct mac_key *key = NULL;
    CU_ASSERT_EQUAL_FATAL(mac_key_open(algorithm, bytes_of(data, len), &key, NULL), RESULT_OK);
    return key;
}

/* --- the verified message --------------------------------------------------------------------- */

struct vector {
    struct doc *doc;
    struct node *root;
    struct iso_spec *spec;
    uint8_t body[1024];
    struct iso_message message;
    struct mac_key *key;
};

static void vector_open(struct vector *vector)
{
    struct fault fault = {.text = ""};
    memset(vector, 0, sizeof *vector);
    CU_ASSERT_EQUAL_FATAL(doc_load(VECTORS_DIR "/cups_sm4_mac_verified.json", &vector->doc, &fault),
                          RESULT_OK);
    vector->root = doc_root(vector->doc);
    struct schema schema = schema_of(vector->doc, &fault);
    uint8_t key[16];
    size_t len =
        node_want_hex(&schema, vector->root, "message_hex", vector->body, sizeof vector->body);
    CU_ASSERT_EQUAL_FATAL(node_want_hex(&schema, vector->root, "key", key, sizeof key), sizeof key);
    CU_ASSERT_EQUAL_FATAL(schema.result, RESULT_OK);
    vector->spec = spec_shipped("cup");
    struct iso_fault iso_fault;
    CU_ASSERT_EQUAL_FATAL(iso_message_unpack(vector->spec, ISO_HEADER_NO, vector->body, len,
                                             &vector->message, &iso_fault),
                          ISO_OK);
    vector->key = key_of(MAC_SM4, key, sizeof key);
}

static void vector_close(struct vector *vector)
{
    mac_key_close(vector->key);
    iso_spec_free(vector->spec);
    doc_free(vector->doc);
}

static void expect_mac(struct mac_recipe *recipe, struct mac_key *key,
                       const struct iso_message *message, const char *expected)
{
    char mac[MAC_TEXT_LEN];
    struct fault fault = {.text = ""};
    CU_ASSERT_EQUAL(mac_compute(recipe, key, message, mac, &fault), RESULT_OK);
    ASSERT_BYTES(mac, sizeof mac, expected, MAC_TEXT_LEN);
}

static void verifies_a_whole_real_message(void)
{
    struct vector vector;
    vector_open(&vector);
    static const char *const names[] = {"cup", "redpacket"};
    for (size_t i = 0; i < 2; i++) {
        struct mac_recipe *recipe = recipe_shipped(names[i]);
        char block[MAC_BLOCK_MAX];
        size_t len = mac_block(recipe, &vector.message, block, sizeof block);
        const struct node *expected = node_find(vector.root, "mab_ascii");
        ASSERT_BYTES(block, len, expected->text, expected->len);
        expect_mac(recipe, vector.key, &vector.message, node_find(vector.root, "de128")->text);
        struct fault fault;
        CU_ASSERT_TRUE(mac_verify(recipe, vector.key, &vector.message, &fault));
        mac_recipe_free(recipe);
    }
    vector_close(&vector);
}

static void gives_the_stated_other_values_for_other_recipes(void)
{
    struct vector vector;
    vector_open(&vector);
    static const struct {
        const char *from, *to, *check;
    } rows[] = {
        {"length_prefix: variable", "length_prefix: never", "without LL length prefixes"},
        {"join: blank", "join: none", "fields joined without blanks"},
        {"pad: zeros", "pad: bit-and-zeros", "ISO padding method 2 (80 00..)"},
    };
    struct node *checks = node_find(vector.root, "negative_checks");
    CU_ASSERT_EQUAL(checks->len, sizeof rows / sizeof rows[0]);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mac_recipe *recipe = recipe_variant(rows[i].from, rows[i].to);
        expect_mac(recipe, vector.key, &vector.message, node_find(checks, rows[i].check)->text);
        struct fault fault;
        CU_ASSERT_FALSE(mac_verify(recipe, vector.key, &vector.message, &fault));
        mac_recipe_free(recipe);
    }
    vector_close(&vector);
}

static void refuses_the_message_under_another_key(void)
{
    struct vector vector;
    vector_open(&vector);
    struct mac_recipe *recipe = recipe_shipped("cup");
    struct mac_key *other = key_of(MAC_SM4, some_key, 16);
    struct fault fault = {.text = ""};
    CU_ASSERT_FALSE(mac_verify(recipe, other, &vector.message, &fault));
    CU_ASSERT_EQUAL(fault.result, RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "DE 128: the MAC is wrong; computed over 106 bytes by cup, 02xx: "
                                "MTI, 2, 3, 7, 11, 18, 25, 32, 33, 39, 41, 42");
    mac_key_close(other);
    mac_recipe_free(recipe);
    vector_close(&vector);
}

/* --- published values ------------------------------------------------------------------------- */

/* One text as it is: DE 43 alone, nothing added. */
static struct mac_recipe *text_recipe(const char *pad)
{
    char text[400];
    snprintf(text, sizeof text,
             "name: text\nalways: {length_prefix: never, keep: [letters, digits, blank], blanks: "
             "as-is, letters: as-is, join: none, pad: %s}\nrules: [{mti: [xxxx], fields: [43]}]\n",
             pad);
    struct mac_recipe *recipe = NULL;
    CU_ASSERT_EQUAL_FATAL(recipe_load_text(text, &recipe, NULL), RESULT_OK);
    return recipe;
}

static void expect_text_mac(enum mac_algorithm algorithm, struct bytes clear_key, const char *pad,
                            const char *text, const char *expected)
{
    struct iso_spec *spec = spec_shipped("cup");
    struct mac_recipe *recipe = text_recipe(pad);
    struct mac_key *key = key_of(algorithm, clear_key.data, clear_key.len);
    struct iso_message message;
    iso_message_init(&message, spec, "0200");
    set(&message, 43, text);
    expect_mac(recipe, key, &message, expected);
    mac_key_close(key);
    mac_recipe_free(recipe);
    iso_spec_free(spec);
}

static void agrees_with_public_triple_des_values(void)
{
    struct doc *doc = NULL;
    CU_ASSERT_EQUAL_FATAL(doc_load(VECTORS_DIR "/mac_pin_kcv_public.json", &doc, NULL), RESULT_OK);
    struct schema schema = schema_of(doc, NULL);
    struct node *list = node_want_list(&schema, doc_root(doc), "cbc_mac_3des");
    CU_ASSERT_PTR_NOT_NULL_FATAL(list);
    unsigned checked = 0;
    for (struct node *row = list->child; row != NULL; row = row->next) {
        uint8_t key[16];
        size_t len = node_want_hex(&schema, row, "key", key, sizeof key);
        const char *text = node_want_text(&schema, row, "data_ascii", 100);
        int64_t padding = node_want_int(&schema, row, "padding", 1, 3);
        const char *mac = node_want_text(&schema, row, "mac", 16);
        CU_ASSERT_EQUAL_FATAL(schema.result, RESULT_OK);
        if (padding == 3)
            continue; /* the length before the text: no recipe has that */
        expect_text_mac(MAC_TDES, bytes_of(key, len), padding == 1 ? "zeros" : "bit-and-zeros",
                        text, mac);
        checked++;
    }
    CU_ASSERT_EQUAL(checked, 2);
    doc_free(doc);
}

/* FIPS 113, appendix: the authentication example, 28 characters with the last blank. */
static void agrees_with_the_single_des_example_of_fips_113(void)
{
    expect_text_mac(MAC_DES, bytes_of("\x01\x23\x45\x67\x89\xAB\xCD\xEF", 8), "zeros",
                    "7654321 Now is the time for ", "F1D30F68");
}

static void pads_a_whole_block_only_by_the_method_that_always_pads(void)
{
    static const uint8_t key[] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct iso_spec *spec = spec_shipped("cup");
    struct mac_key *opened = key_of(MAC_DES, key, sizeof key);
    struct iso_message message;
    iso_message_init(&message, spec, "0200");
    set(&message, 43, "12345678");
    struct mac_recipe *zeros = text_recipe("zeros");
    struct mac_recipe *bit = text_recipe("bit-and-zeros");
    uint8_t data[24] = "12345678";
    CU_ASSERT_EQUAL(mac_recipe_pad(zeros, data, 8, 8), 8);
    CU_ASSERT_EQUAL(mac_recipe_pad(bit, data, 8, 8), 16);
    CU_ASSERT_EQUAL(data[8], 0x80);
    CU_ASSERT_EQUAL(mac_recipe_pad(zeros, data, 9, 8), 16);
    CU_ASSERT_EQUAL(mac_recipe_pad(bit, data, 7, 8), 8);
    char a[MAC_TEXT_LEN];
    char b[MAC_TEXT_LEN];
    CU_ASSERT_EQUAL(mac_compute(zeros, opened, &message, a, NULL), RESULT_OK);
    CU_ASSERT_EQUAL(mac_compute(bit, opened, &message, b, NULL), RESULT_OK);
    CU_ASSERT_NOT_EQUAL(memcmp(a, b, sizeof a), 0);
    mac_recipe_free(zeros);
    mac_recipe_free(bit);
    mac_key_close(opened);
    iso_spec_free(spec);
}

/* --- what is covered -------------------------------------------------------------------------- */

struct element {
    unsigned de;
    const char *text;
};

/* A claim with everything that a recipe may cover, and some that none does. */
static const struct element elements[] = {
    {2, "9999001234567895"},
    {3, "400000"},
    {4, "000000000188"},
    {7, "1122101530"},
    {11, "000042"},
    {12, "101530"},
    {13, "1122"},
    {15, "1122"},
    {18, "6011"},
    {22, "012"},
    {25, "86"},
    {28, "C00000000"},
    {32, "00091230001"},
    {33, "00091230002"},
    {37, "000000000042"},
    {38, "A1B2C3"},
    {39, "00"},
    {41, "TERM0001"},
    {42, "MERCHANT0000001"},
    {43, "CHN29000HONGBAO                         "},
    {48, "ASHB039202611220000000000420009123000100010002"},
    {49, "156"},
    {60, "000005000100000000004021002"},
    {90, "010000000108251124000009123000100091230002"},
    {102, "9999001234567895"},
    {103, "9999002345678903"},
};
enum { ELEMENT_COUNT = sizeof elements / sizeof elements[0] };

struct claim {
    struct iso_spec *spec;
    struct mac_recipe *recipe;
    struct mac_key *key;
    struct iso_message message;
    char mac[MAC_TEXT_LEN];
};

static void claim_open(struct claim *claim, const char *recipe)
{
    claim->spec = spec_shipped("cup");
    claim->recipe = recipe_shipped(recipe);
    claim->key = key_of(MAC_SM4, some_key, 16);
    iso_message_init(&claim->message, claim->spec, "0200");
    for (size_t i = 0; i < ELEMENT_COUNT; i++)
        set(&claim->message, elements[i].de, elements[i].text);
    CU_ASSERT_EQUAL_FATAL(mac_compute(claim->recipe, claim->key, &claim->message, claim->mac, NULL),
                          RESULT_OK);
    iso_message_set(&claim->message, MAC_DE, claim->mac, sizeof claim->mac);
    CU_ASSERT_TRUE(mac_verify(claim->recipe, claim->key, &claim->message, NULL));
}

static void claim_close(struct claim *claim)
{
    mac_key_close(claim->key);
    mac_recipe_free(claim->recipe);
    iso_spec_free(claim->spec);
}

/* How many bytes of the element may change unnoticed, each changed alone to another that a recipe
 * keeps. */
static size_t unnoticed(struct claim *claim, const struct element *element)
{
    char changed[64];
    size_t count = 0;
    for (size_t at = 0; element->text[at] != '\0'; at++) {
        snprintf(changed, sizeof changed, "%s", element->text);
        changed[at] = changed[at] == '7' ? '3' : '7';
        set(&claim->message, element->de, changed);
        count += mac_verify(claim->recipe, claim->key, &claim->message, NULL) ? 1 : 0;
    }
    set(&claim->message, element->de, element->text);
    return count;
}

static void expect_coverage(const char *recipe, const unsigned *open, size_t open_count,
                            size_t open_of_90)
{
    struct claim claim;
    claim_open(&claim, recipe);
    for (size_t i = 0; i < ELEMENT_COUNT; i++) {
        size_t expected = elements[i].de == 90 ? open_of_90 : 0;
        for (size_t j = 0; j < open_count; j++)
            if (elements[i].de == open[j])
                expected = strlen(elements[i].text);
        CU_ASSERT_EQUAL(unnoticed(&claim, &elements[i]), expected);
    }
    CU_ASSERT_TRUE(mac_verify(claim.recipe, claim.key, &claim.message, NULL));
    claim_close(&claim);
}

static void notices_a_changed_byte_in_every_field_that_redpacket_covers_and_in_no_other(void)
{
    static const unsigned open[] = {12, 13, 22, 37, 43, 60};
    expect_coverage("redpacket", open, sizeof open / sizeof open[0], 0);
}

static void notices_a_changed_byte_in_every_field_that_cup_covers_and_in_no_other(void)
{
    static const unsigned open[] = {12, 13, 15, 22, 37, 43, 48, 49, 60};
    expect_coverage("cup", open, sizeof open / sizeof open[0], 22);
}

static void notices_a_field_removed_added_or_shortened(void)
{
    struct claim claim;
    claim_open(&claim, "redpacket");
    for (size_t i = 0; i < ELEMENT_COUNT; i++) {
        unsigned de = elements[i].de;
        bool covered = de != 12 && de != 13 && de != 22 && de != 37 && de != 43 && de != 60;
        iso_message_remove(&claim.message, de);
        CU_ASSERT_EQUAL(mac_verify(claim.recipe, claim.key, &claim.message, NULL), !covered);
        iso_message_set(&claim.message, de, elements[i].text, strlen(elements[i].text) - 1);
        CU_ASSERT_EQUAL(mac_verify(claim.recipe, claim.key, &claim.message, NULL), !covered);
        set(&claim.message, de, elements[i].text);
    }
    memcpy(claim.message.mti, "0210", 5);
    CU_ASSERT_FALSE(mac_verify(claim.recipe, claim.key, &claim.message, NULL));
    memcpy(claim.message.mti, "0200", 5);
    CU_ASSERT_TRUE(mac_verify(claim.recipe, claim.key, &claim.message, NULL));
    claim_close(&claim);
}

static void refuses_a_mac_that_is_missing_short_long_or_in_small_letters(void)
{
    struct claim claim;
    struct fault fault = {.text = ""};
    claim_open(&claim, "redpacket");
    char wrong[MAC_TEXT_LEN + 1] = {0};
    memcpy(wrong, claim.mac, MAC_TEXT_LEN);
    iso_message_set(&claim.message, MAC_DE, wrong, MAC_TEXT_LEN - 1);
    CU_ASSERT_FALSE(mac_verify(claim.recipe, claim.key, &claim.message, &fault));
    iso_message_set(&claim.message, MAC_DE, wrong, MAC_TEXT_LEN + 1);
    CU_ASSERT_FALSE(mac_verify(claim.recipe, claim.key, &claim.message, &fault));
    iso_message_set(&claim.message, MAC_DE, wrong, 0);
    CU_ASSERT_FALSE(mac_verify(claim.recipe, claim.key, &claim.message, &fault));
    for (size_t i = 0; i < MAC_TEXT_LEN; i++) {
        memcpy(wrong, claim.mac, MAC_TEXT_LEN);
        wrong[i] = wrong[i] == 'F' ? 'f' : 'F';
        iso_message_set(&claim.message, MAC_DE, wrong, MAC_TEXT_LEN);
        CU_ASSERT_FALSE(mac_verify(claim.recipe, claim.key, &claim.message, &fault));
    }
    ASSERT_CONTAINS(fault.text, "the MAC is wrong");
    iso_message_remove(&claim.message, MAC_DE);
    CU_ASSERT_FALSE(mac_verify(claim.recipe, claim.key, &claim.message, &fault));
    ASSERT_CONTAINS(fault.text, "the MAC is missing");
    claim_close(&claim);
}

static void keeps_secrets_out_of_the_fault(void)
{
    struct claim claim;
    struct fault fault = {.text = ""};
    claim_open(&claim, "redpacket");
    iso_message_set(&claim.message, MAC_DE, "00000000", MAC_TEXT_LEN);
    CU_ASSERT_FALSE(mac_verify(claim.recipe, claim.key, &claim.message, &fault));
    char right[MAC_TEXT_LEN + 1] = {0};
    memcpy(right, claim.mac, MAC_TEXT_LEN);
    CU_ASSERT_PTR_NULL(strstr(fault.text, right));
    for (size_t i = 0; i < ELEMENT_COUNT; i++)
        if (strlen(elements[i].text) > 4)
            CU_ASSERT_PTR_NULL(strstr(fault.text, elements[i].text));
    claim_close(&claim);
}

static void asks_no_mac_of_a_message_that_carries_none(void)
{
    struct claim claim;
    struct fault fault;
    char mac[MAC_TEXT_LEN];
    claim_open(&claim, "redpacket");
    struct iso_message logon;
    iso_message_init(&logon, claim.spec, "0820");
    set(&logon, 70, "001");
    CU_ASSERT_TRUE(mac_verify(claim.recipe, claim.key, &logon, &fault));
    CU_ASSERT_EQUAL(mac_compute(claim.recipe, claim.key, &logon, mac, &fault), RESULT_STATE);
    ASSERT_CONTAINS(fault.text, "0820 carries no MAC");
    claim_close(&claim);
}

static void never_verifies_a_message_that_no_rule_fits(void)
{
    struct claim claim;
    struct fault fault;
    char mac[MAC_TEXT_LEN];
    claim_open(&claim, "redpacket");
    memcpy(claim.message.mti, "0302", 5);
    CU_ASSERT_FALSE(mac_verify(claim.recipe, claim.key, &claim.message, &fault));
    ASSERT_CONTAINS(fault.text, "0302");
    CU_ASSERT_EQUAL(mac_compute(claim.recipe, claim.key, &claim.message, mac, &fault),
                    RESULT_INPUT);
    claim_close(&claim);
}

static void refuses_a_text_of_nothing_and_one_that_is_too_long(void)
{
    struct iso_spec *spec = spec_shipped("cup");
    struct mac_recipe *recipe = text_recipe("zeros");
    struct mac_key *key = key_of(MAC_SM4, some_key, 16);
    struct iso_message message;
    struct fault fault;
    char mac[MAC_TEXT_LEN];
    iso_message_init(&message, spec, "0200");
    CU_ASSERT_EQUAL(mac_compute(recipe, key, &message, mac, &fault), RESULT_INPUT);
    static char longest[MAC_BLOCK_MAX + 1];
    memset(longest, '1', sizeof longest);
    iso_message_set(&message, 43, longest, MAC_BLOCK_MAX);
    CU_ASSERT_EQUAL(mac_compute(recipe, key, &message, mac, &fault), RESULT_OK);
    iso_message_set(&message, 43, longest, MAC_BLOCK_MAX + 1);
    CU_ASSERT_EQUAL(mac_compute(recipe, key, &message, mac, &fault), RESULT_LIMIT);
    mac_key_close(key);
    mac_recipe_free(recipe);
    iso_spec_free(spec);
}

/* --- keys ------------------------------------------------------------------------------------- */

static void takes_keys_of_the_right_length_only(void)
{
    static const struct {
        enum mac_algorithm algorithm;
        size_t good[2];
        const char *expected;
    } rows[] = {{MAC_SM4, {16, 16}, "16 bytes"},
                {MAC_DES, {8, 8}, "8 bytes"},
                {MAC_TDES, {16, 24}, "16 or 24 bytes"}};
    static const uint8_t data[40] = {1, 2, 3};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t len = 0; len <= sizeof data; len++) {
            struct mac_key *key = NULL;
            struct fault fault = {.text = ""};
            enum result result = mac_key_open(rows[i].algorithm, bytes_of(data, len), &key, &fault);
            bool good = len == rows[i].good[0] || len == rows[i].good[1];
            CU_ASSERT_EQUAL(result, good ? RESULT_OK : RESULT_INPUT);
            CU_ASSERT_EQUAL(key != NULL, good);
            if (!good)
                ASSERT_CONTAINS(fault.text, rows[i].expected);
            mac_key_close(key);
        }
}

static void uses_all_three_parts_of_a_triple_key(void)
{
    struct claim claim;
    claim_open(&claim, "redpacket");
    uint8_t key[24];
    memcpy(key, some_key, sizeof key);
    memcpy(key + 16, some_key, 8);
    struct mac_key *keys[] = {key_of(MAC_TDES, some_key, 16), key_of(MAC_TDES, key, 24),
                              key_of(MAC_TDES, some_key, 24), key_of(MAC_DES, some_key, 8)};
    char macs[4][MAC_TEXT_LEN];
    for (size_t i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(mac_compute(claim.recipe, keys[i], &claim.message, macs[i], NULL),
                        RESULT_OK);
    ASSERT_BYTES(macs[0], MAC_TEXT_LEN, macs[1], MAC_TEXT_LEN);
    CU_ASSERT_NOT_EQUAL(memcmp(macs[0], macs[2], MAC_TEXT_LEN), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(macs[0], macs[3], MAC_TEXT_LEN), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(macs[2], macs[3], MAC_TEXT_LEN), 0);
    for (size_t i = 0; i < 4; i++)
        mac_key_close(keys[i]);
    claim_close(&claim);
}

static void starts_every_message_from_the_same_state(void)
{
    struct claim claim;
    claim_open(&claim, "redpacket");
    char again[MAC_TEXT_LEN];
    struct iso_message other;
    iso_message_init(&other, claim.spec, "0200");
    CU_ASSERT_EQUAL(mac_compute(claim.recipe, claim.key, &other, again, NULL), RESULT_OK);
    CU_ASSERT_NOT_EQUAL(memcmp(again, claim.mac, sizeof again), 0);
    CU_ASSERT_EQUAL(mac_compute(claim.recipe, claim.key, &claim.message, again, NULL), RESULT_OK);
    ASSERT_BYTES(again, sizeof again, claim.mac, sizeof claim.mac);
    claim_close(&claim);
}

static void allocates_nothing_per_message(void)
{
    struct claim claim;
    claim_open(&claim, "redpacket");
    char mac[MAC_TEXT_LEN];
    CU_ASSERT_TRUE(allocations > 0);
    size_t before = allocations;
    for (unsigned i = 0; i < 10; i++) {
        CU_ASSERT_EQUAL(mac_compute(claim.recipe, claim.key, &claim.message, mac, NULL), RESULT_OK);
        CU_ASSERT_TRUE(mac_verify(claim.recipe, claim.key, &claim.message, NULL));
    }
    CU_ASSERT_EQUAL(allocations, before);
    claim_close(&claim);
}

SUITE(CASE(verifies_a_whole_real_message), CASE(gives_the_stated_other_values_for_other_recipes),
      CASE(refuses_the_message_under_another_key), CASE(agrees_with_public_triple_des_values),
      CASE(agrees_with_the_single_des_example_of_fips_113),
      CASE(pads_a_whole_block_only_by_the_method_that_always_pads),
      CASE(notices_a_changed_byte_in_every_field_that_redpacket_covers_and_in_no_other),
      CASE(notices_a_changed_byte_in_every_field_that_cup_covers_and_in_no_other),
      CASE(notices_a_field_removed_added_or_shortened),
      CASE(refuses_a_mac_that_is_missing_short_long_or_in_small_letters),
      CASE(keeps_secrets_out_of_the_fault), CASE(asks_no_mac_of_a_message_that_carries_none),
      CASE(never_verifies_a_message_that_no_rule_fits),
      CASE(refuses_a_text_of_nothing_and_one_that_is_too_long),
      CASE(takes_keys_of_the_right_length_only), CASE(uses_all_three_parts_of_a_triple_key),
      CASE(starts_every_message_from_the_same_state), CASE(allocates_nothing_per_message))
