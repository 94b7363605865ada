/* cardlab bench codec: unpack and pack of two messages with every check on, beside copying the
 * message once and the cheapest loop over its bytes, in the same run. */
#include "allocation_count.h"
#include "base/json.h"
#include "bench.h"
#include "iso8583/iso8583.h"

#include <stdlib.h>
#include <string.h>

enum {
    ROUNDS = 21,            /* the median of so many */
    ROUND_MESSAGES = 20000, /* some 2 ms, so that one round falls between two ticks */
    ELEMENTS_MAX = 24,
};

struct element {
    unsigned de;
    const char *text;
    size_t len; /* of what stands on the wire, once the sample is open */
};

struct sample {
    const char *name, *spec_name;
    bool has_header;
    struct element elements[ELEMENTS_MAX];
    struct iso_spec *spec;
    uint8_t header[ISO_HEADER_MAX];
    uint8_t bytes[ISO_MESSAGE_LEN_MAX];
    size_t len;
    double unpack_ns[ROUNDS], pack_ns[ROUNDS], copy_ns[ROUNDS], walk_ns[ROUNDS];
    uint64_t allocations; /* of all rounds */
};

/* The purchase, here and in other encodings. */
#define PURCHASE                                                                                   \
    {                                                                                              \
        {2, "4111111111111111", 0}, {3, "000000", 0}, {4, "000000012345", 0},                      \
            {7, "0719153045", 0}, {11, "123456", 0}, {12, "153045", 0}, {13, "0719", 0},           \
            {18, "5411", 0}, {22, "051", 0}, {25, "00", 0}, {32, "12345678901", 0},                \
            {37, "920015123456", 0}, {41, "TERM0001", 0}, {42, "MERCHANT0000001", 0},              \
            {43, "ACME STORES 1234         LONDON       GB", 0}, {48, "PRIVATE DATA 01", 0},       \
            {49, "826", 0}, {60, "NATIONAL60", 0}, {64, "0123456789ABCDEF", 0},                    \
    }

static struct sample samples[] = {
    {.name = "purchase", .spec_name = "iso8583-1987", .elements = PURCHASE},
    {.name = "claim",
     .spec_name = "redpacket",
     .has_header = true,
     .elements = {{2, "9999000000000016", 0},
                  {3, "400000", 0},
                  {4, "000000000888", 0},
                  {7, "1122120001", 0},
                  {11, "000002", 0},
                  {12, "120001", 0},
                  {13, "1122", 0},
                  {18, "6012", 0},
                  {22, "012", 0},
                  {25, "86", 0},
                  {32, "00091230001", 0},
                  {33, "00091230001", 0},
                  {37, "112212000002", 0},
                  {41, "WALLET01", 0},
                  {42, "WALLETA00000001", 0},
                  {48, "ASHB039202611220000000000420009123000100010002", 0},
                  {49, "156", 0},
                  {90, "010000000111221200000009123000100091230001", 0},
                  {103, "9999000000000016", 0},
                  {128, "0D612014", 0}}},
    {.name = "purchase_bcd", .spec_name = "iso8583-1987-bcd", .elements = PURCHASE},
    {.name = "purchase_ebcdic", .spec_name = "iso8583-1987-ebcdic", .elements = PURCHASE},
};
enum { SAMPLES = sizeof samples / sizeof samples[0] };

static void build(const struct sample *sample, struct iso_message *message)
{
    iso_message_init(message, sample->spec, "0200");
    for (size_t i = 0; i < ELEMENTS_MAX && sample->elements[i].de != 0; i++)
        iso_message_set(message, sample->elements[i].de, sample->elements[i].text,
                        sample->elements[i].len);
    if (sample->has_header)
        message->header = (struct iso_value){sample->header, iso_spec_header_len(sample->spec)};
}

/* Packs the elements from text, then takes them as they stand on the wire: what a switch has when
 * it packs. */
static enum result sample_open(struct sample *sample, struct fault *fault)
{
    static struct iso_message message;
    struct iso_fault iso_fault;
    TRY(command_spec_load(sample->spec_name, &sample->spec, fault));
    iso_header_init(sample->spec, sample->header);
    iso_message_init(&message, sample->spec, "0200");
    for (size_t i = 0; i < ELEMENTS_MAX && sample->elements[i].de != 0; i++)
        iso_message_set_text(&message, sample->elements[i].de, sample->elements[i].text,
                             strlen(sample->elements[i].text));
    if (sample->has_header)
        message.header = (struct iso_value){sample->header, iso_spec_header_len(sample->spec)};
    if (iso_message_pack(&message, sample->bytes, sizeof sample->bytes, &sample->len, &iso_fault) !=
            ISO_OK ||
        iso_message_unpack(sample->spec, ISO_HEADER_AUTO, sample->bytes, sample->len, &message,
                           &iso_fault) != ISO_OK)
        return fault_set(fault, RESULT_BUG, "%s: DE %s: %s", sample->name, iso_fault.field,
                         iso_fault.text);
    for (size_t i = 0; i < ELEMENTS_MAX && sample->elements[i].de != 0; i++) {
        struct iso_value value = iso_message_get(&message, sample->elements[i].de);
        sample->elements[i].text = (const char *)value.data;
        sample->elements[i].len = value.len;
    }
    return RESULT_OK;
}

/* Makes the compiler believe that somebody looks at it. */
static inline void keep(const void *memory)
{
    __asm__ volatile("" : : "r"(memory) : "memory");
}

static void run_unpack(const struct sample *sample)
{
    static struct iso_message message;
    for (int i = 0; i < ROUND_MESSAGES; i++) {
        MUST(iso_message_unpack(sample->spec, ISO_HEADER_AUTO, sample->bytes, sample->len, &message,
                                NULL) == ISO_OK);
        unsigned sum = 0;
        for (unsigned word = 0; word <= ISO_DE_MAX / 64; word++)
            for (uint64_t bits = message.present[word]; bits != 0; bits &= bits - 1) {
                unsigned de = word * 64 + (unsigned)__builtin_ctzll(bits);
                sum += message.de[de].data[0] + (unsigned)message.de[de].len;
            }
        keep(&sum);
    }
}

static void run_pack(const struct sample *sample)
{
    static struct iso_message message;
    static uint8_t out[ISO_MESSAGE_LEN_MAX];
    for (int i = 0; i < ROUND_MESSAGES; i++) {
        size_t len;
        build(sample, &message);
        MUST(iso_message_pack(&message, out, sizeof out, &len, NULL) == ISO_OK);
        keep(out);
    }
}

static void run_copy(const struct sample *sample)
{
    static uint8_t out[ISO_MESSAGE_LEN_MAX];
    for (int i = 0; i < ROUND_MESSAGES; i++) {
        memcpy(out, sample->bytes, sample->len);
        keep(out);
    }
}

static void run_walk(const struct sample *sample)
{
    for (int i = 0; i < ROUND_MESSAGES; i++) {
        unsigned sum = 0;
        for (size_t at = 0; at < sample->len; at++) {
            sum += sample->bytes[at];
            __asm__ volatile("" : "+r"(sum)); /* a byte at a time */
        }
        keep(&sum);
    }
}

static double time_of(void (*run)(const struct sample *sample), const struct sample *sample)
{
    double start = bench_cpu_ns();
    run(sample);
    return (bench_cpu_ns() - start) / ROUND_MESSAGES;
}

static void report(struct sample *sample, struct json *json)
{
    double unpack = bench_median(sample->unpack_ns, ROUNDS),
           pack = bench_median(sample->pack_ns, ROUNDS);
    double copy = bench_median(sample->copy_ns, ROUNDS),
           walk = bench_median(sample->walk_ns, ROUNDS);
    if (json == NULL) {
        printf("%s (%s, %zu bytes)\n"
               "  unpack, every element touched  %7.0f ns\n"
               "  set every element and pack     %7.0f ns\n"
               "  copying the bytes              %7.1f ns\n"
               "  a loop over the bytes          %7.0f ns\n"
               "  allocations                    %7llu\n",
               sample->name, sample->spec_name, sample->len, unpack, pack, copy, walk,
               (unsigned long long)sample->allocations);
        return;
    }
    json_key(json, sample->name);
    json_open_object(json);
    json_member(json, "spec", sample->spec_name);
    json_member_int(json, "bytes", (int64_t)sample->len);
    json_member_real(json, "unpack_ns", unpack, 1);
    json_member_real(json, "pack_ns", pack, 1);
    json_member_real(json, "floor_copy_ns", copy, 1);
    json_member_real(json, "floor_walk_ns", walk, 1);
    json_member_int(json, "allocations", (int64_t)sample->allocations);
    json_close_object(json);
}

static void report_all(bool as_json)
{
    struct strbuf out;
    strbuf_init(&out, 4096);
    struct json json = json_to(&out);
    json_open_object(&json);
    json_member(&json, "bench", "codec");
    for (size_t i = 0; i < SAMPLES; i++)
        report(&samples[i], as_json ? &json : NULL);
    json_close_object(&json);
    if (as_json)
        printf("%s\n", out.text == NULL ? "" : out.text);
    strbuf_deinit(&out);
}

int bench_codec(int argc, char **argv)
{
    enum { OPTION_JSON = 1 };
    static const struct command_option options[] = {
        {OPTION_JSON, "json", NULL, "one object"},
        {0, NULL, NULL, NULL},
    };
    static const struct command command = {
        .name = "bench codec",
        .arguments = "",
        .summary = "Measures unpack and pack of a purchase, in three encodings, and of a red "
                   "packet's claim.",
        .options = options,
    };
    struct fault fault = {.text = ""};
    const char *value = NULL;
    int first = 0, id;
    bool json = false;
    while ((id = command_next(&command, argc, argv, &value, &first)) > 0)
        json = true;
    if (id == COMMAND_DONE)
        return first;
    if (argc > first)
        return command_usage(&command, "expected no arguments, got %s", argv[first]);
    enum result result = RESULT_OK;
    for (size_t i = 0; result == RESULT_OK && i < SAMPLES; i++)
        result = sample_open(&samples[i], &fault);
    for (size_t round = 0; result == RESULT_OK && round < ROUNDS; round++)
        for (size_t i = 0; i < SAMPLES; i++) {
            uint64_t before = allocation_count();
            samples[i].unpack_ns[round] = time_of(run_unpack, &samples[i]);
            samples[i].pack_ns[round] = time_of(run_pack, &samples[i]);
            samples[i].allocations += allocation_count() - before;
            samples[i].copy_ns[round] = time_of(run_copy, &samples[i]);
            samples[i].walk_ns[round] = time_of(run_walk, &samples[i]);
        }
    if (result == RESULT_OK)
        report_all(json);
    for (size_t i = 0; i < SAMPLES; i++)
        iso_spec_free(samples[i].spec);
    return result == RESULT_OK ? COMMAND_GOOD : command_fail(&command, &fault);
}
