/* What must hold for every message: what is packed reads back the same; what is bent never crashes
 * and is told with its place; and the quick walk and the slow one agree on each of them. */
#include "fixture.h"
#include "generate.h"
#include "iso8583/message_json.h"
#include "suite.h"

enum { MESSAGES = 1500 };

static const char *const names[] = {"iso8583-1987",        "iso8583-1987-bcd",
                                    "iso8583-1987-ebcdic", "iso8583-1993",
                                    "iso8583-1993-bcd",    "iso8583-2003",
                                    "iso8583-2003-bcd",    "cup",
                                    "redpacket",           "pos"};
enum { NAMES = sizeof names / sizeof names[0] };

static bool same_message(const struct iso_message *a, const struct iso_message *b)
{
    if (strcmp(a->mti, b->mti) != 0 || memcmp(a->present, b->present, sizeof a->present) != 0)
        return false;
    for (unsigned de = 2; de <= ISO_DE_MAX; de++)
        if (iso_message_has(a, de) && (a->de[de].len != b->de[de].len ||
                                       memcmp(a->de[de].data, b->de[de].data, a->de[de].len) != 0))
            return false;
    return true;
}

static void explain(const char *name, unsigned number, const struct iso_fault *fault)
{
    fprintf(stderr, "%s message %u: %s: byte %zu: %s\n", name, number, fault->field, fault->offset,
            fault->text);
}

static void every_message_packs_unpacks_and_packs_the_same(void)
{
    static uint8_t memory[2 * ISO_MESSAGE_LEN_MAX];
    static uint8_t first[ISO_MESSAGE_LEN_MAX], second[ISO_MESSAGE_LEN_MAX];
    for (size_t s = 0; s < NAMES; s++) {
        struct iso_spec *spec = shipped_spec(names[s]);
        struct generator generator = {.state = 7 + s, .spec = spec};
        for (unsigned i = 0; i < MESSAGES; i++) {
            struct iso_message message, read;
            struct iso_fault fault;
            size_t first_len, second_len;
            generate_message(&generator, &message, memory, sizeof memory);
            if (iso_message_pack(&message, first, sizeof first, &first_len, &fault) != ISO_OK ||
                iso_message_unpack(spec, ISO_HEADER_AUTO, first, first_len, &read, &fault) !=
                    ISO_OK) {
                explain(names[s], i, &fault);
                CU_FAIL("not carried");
                break;
            }
            CU_ASSERT_TRUE(same_message(&message, &read));
            CU_ASSERT_EQUAL_FATAL(
                iso_message_pack(&read, second, sizeof second, &second_len, &fault), ISO_OK);
            ASSERT_BYTES(second, second_len, first, first_len);
        }
        iso_spec_free(spec);
    }
}

/* The same message with every element that has no sub-fields set as text. */
static void every_element_comes_back_from_its_text(void)
{
    static uint8_t memory[2 * ISO_MESSAGE_LEN_MAX];
    static uint8_t first[ISO_MESSAGE_LEN_MAX], second[ISO_MESSAGE_LEN_MAX];
    static char texts[4 * ISO_MESSAGE_LEN_MAX];
    for (size_t s = 0; s < NAMES; s++) {
        struct iso_spec *spec = shipped_spec(names[s]);
        struct generator generator = {.state = 700 + s, .spec = spec};
        for (unsigned i = 0; i < MESSAGES / 5; i++) {
            struct iso_message message, again;
            struct iso_fault fault;
            size_t first_len, second_len, used = 0;
            generate_message(&generator, &message, memory, sizeof memory);
            CU_ASSERT_EQUAL_FATAL(
                iso_message_pack(&message, first, sizeof first, &first_len, &fault), ISO_OK);
            again = message;
            for (unsigned de = 1; de <= ISO_DE_MAX; de++) {
                size_t len = 0;
                if (!iso_message_has(&message, de) ||
                    iso_spec_field(spec, de)->layout != ISO_LAYOUT_NONE)
                    continue;
                CU_ASSERT_EQUAL_FATAL(
                    iso_message_text(&message, de, "", texts + used, sizeof texts - used, &len),
                    ISO_OK);
                iso_message_set_text(&again, de, texts + used, len);
                used += len;
            }
            enum iso_result result =
                iso_message_pack(&again, second, sizeof second, &second_len, &fault);
            if (result != ISO_OK)
                explain(names[s], i, &fault);
            CU_ASSERT_EQUAL_FATAL(result, ISO_OK);
            ASSERT_BYTES(second, second_len, first, first_len);
        }
        iso_spec_free(spec);
    }
}

/* The message as JSON and back, packed into `out`; 0 when anything on the way refused. */
static size_t through_json(const struct iso_spec *spec, const struct iso_message *message,
                           uint8_t *out, size_t size)
{
    static uint8_t memory[ISO_JSON_ARENA_LEN];
    struct strbuf text;
    struct doc *doc = NULL;
    struct fault fault = {.text = ""};
    struct iso_fault iso_fault;
    struct iso_message read;
    size_t len = 0;
    strbuf_init(&text, ISO_JSON_TEXT_MAX);
    struct json json = json_to(&text);
    json_open_object(&json);
    iso_message_json(message, true, &json);
    json_close_object(&json);
    struct writer arena = writer_to(memory, sizeof memory);
    if (text.bad || doc_parse(bytes_of(text.text, text.len), "json", &doc, &fault) != RESULT_OK ||
        iso_message_of_json(spec, doc, doc_root(doc), &arena, &read, &fault) != RESULT_OK)
        fprintf(stderr, "%s\n%s\n", fault.text, text.text);
    else if (iso_message_pack(&read, out, size, &len, &iso_fault) != ISO_OK)
        explain(spec->name, 0, &iso_fault);
    doc_free(doc);
    strbuf_deinit(&text);
    return len;
}

static void every_message_comes_back_from_its_json(void)
{
    static uint8_t memory[2 * ISO_MESSAGE_LEN_MAX];
    static uint8_t first[ISO_MESSAGE_LEN_MAX], second[ISO_MESSAGE_LEN_MAX];
    for (size_t s = 0; s < NAMES; s++) {
        struct iso_spec *spec = shipped_spec(names[s]);
        struct generator generator = {.state = 70 + s, .spec = spec};
        for (unsigned i = 0; i < MESSAGES / 5; i++) {
            struct iso_message message;
            struct iso_fault fault;
            size_t first_len;
            generate_message(&generator, &message, memory, sizeof memory);
            CU_ASSERT_EQUAL_FATAL(
                iso_message_pack(&message, first, sizeof first, &first_len, &fault), ISO_OK);
            size_t second_len = through_json(spec, &message, second, sizeof second);
            ASSERT_BYTES(second, second_len, first, first_len);
        }
        iso_spec_free(spec);
    }
}

/* Unpacks from memory of exactly this size, both ways. False when they disagree, or the fault lies
 * outside the message. */
static bool is_told_well(const struct iso_spec *spec, const uint8_t *data, size_t len)
{
    static struct iso_message quick, slow;
    struct iso_fault fault = {.result = ISO_OK}, slow_fault;
    uint8_t *copy = malloc(len + 1);
    if (copy == NULL)
        abort();
    memcpy(copy + 1, data, len);
    enum iso_result result =
        iso_message_unpack(spec, ISO_HEADER_AUTO, copy + 1, len, &quick, &fault);
    bool good = result == ISO_OK || (fault.offset <= len && fault.text[0] != '\0' &&
                                     strlen(fault.expected) > 0 && strlen(fault.got) > 0);
    size_t at = quick.header.len + quick.rejected.len;
    bool body_reached =
        strncmp(fault.field, "header", 6) != 0 && strcmp(fault.field, "rejected") != 0;
    if (good && body_reached)
        good = (iso_body_examine(spec, copy + 1, len, at, &slow, &slow_fault) == ISO_OK) ==
                   (result == ISO_OK) &&
               (result != ISO_OK || same_message(&quick, &slow));
    if (!good)
        fprintf(stderr, "%s: byte %zu of %zu: %s\n", fault.field, fault.offset, len, fault.text);
    free(copy);
    return good;
}

static void a_claim_cut_at_any_byte_is_told_with_its_place(void)
{
    struct iso_spec *spec = shipped_spec("redpacket");
    struct sample claim = claim_packed(spec);
    for (size_t len = 0; len < claim.len; len++) {
        struct iso_message message;
        struct iso_fault fault;
        CU_ASSERT_TRUE(is_told_well(spec, claim.data, len));
        CU_ASSERT_EQUAL(
            iso_message_unpack(spec, ISO_HEADER_AUTO, claim.data, len, &message, &fault),
            ISO_INPUT);
        if (len >= 46) {
            CU_ASSERT_TRUE(is_told_well(spec, claim.data + 46, len - 46));
            CU_ASSERT_EQUAL(iso_message_unpack(spec, ISO_HEADER_AUTO, claim.data + 46, len - 46,
                                               &message, &fault),
                            ISO_INPUT);
        }
    }
    iso_spec_free(spec);
}

static void a_claim_with_any_byte_changed_is_told_with_its_place(void)
{
    struct iso_spec *spec = shipped_spec("redpacket");
    struct sample claim = claim_packed(spec);
    bool good = true;
    for (size_t at = 0; at < claim.len && good; at++)
        for (unsigned change = 1; change < 256 && good; change++) {
            struct sample bent = claim;
            bent.data[at] ^= (uint8_t)change;
            good = is_told_well(spec, bent.data, bent.len);
        }
    CU_ASSERT_TRUE(good);
    iso_spec_free(spec);
}

static void random_changes_to_random_messages_are_told_with_their_place(void)
{
    static uint8_t memory[2 * ISO_MESSAGE_LEN_MAX], packed[ISO_MESSAGE_LEN_MAX];
    for (size_t s = 0; s < NAMES; s++) {
        struct iso_spec *spec = shipped_spec(names[s]);
        struct generator generator = {.state = 700 + s, .spec = spec};
        bool good = true;
        for (unsigned i = 0; i < MESSAGES && good; i++) {
            struct iso_message message;
            size_t len;
            generate_message(&generator, &message, memory, sizeof memory);
            CU_ASSERT_EQUAL_FATAL(iso_message_pack(&message, packed, sizeof packed, &len, NULL),
                                  ISO_OK);
            for (unsigned change = 0; change < 8 && good; change++) {
                packed[below(&generator, (unsigned)len)] = (uint8_t)below(&generator, 256);
                good = is_told_well(spec, packed, len);
            }
            good = good && is_told_well(spec, packed, below(&generator, (unsigned)len));
        }
        CU_ASSERT_TRUE(good);
        iso_spec_free(spec);
    }
}

SUITE(CASE(every_message_packs_unpacks_and_packs_the_same),
      CASE(every_element_comes_back_from_its_text), CASE(every_message_comes_back_from_its_json),
      CASE(a_claim_cut_at_any_byte_is_told_with_its_place),
      CASE(a_claim_with_any_byte_changed_is_told_with_its_place),
      CASE(random_changes_to_random_messages_are_told_with_their_place))
