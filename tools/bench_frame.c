/* cardlab bench frame: cutting messages out of a stream by the shipped framings, beside a loop that
 * knows the one framing and checks nothing, in the same run. */
#include "base/json.h"
#include "bench.h"
#include "iso8583/iso8583.h"

#include <stdlib.h>
#include <string.h>

enum {
    ROUNDS = 21,       /* the median of so many */
    MESSAGE_LEN = 318, /* a red packet's claim with its header */
    STREAM_LEN =
        1 << 18, /* as decode reads: fits a second-level cache, so memory is not measured */
    PASSES = 16,
};

struct sample {
    const char *name;
    struct iso_framing framing;
    uint8_t *stream;
    size_t len, messages;
    double cut_ns[ROUNDS];
};

static struct sample samples[] = {{.name = "length4-ascii"},
                                  {.name = "length2-binary"},
                                  {.name = "length2-bcd"},
                                  {.name = "length4-hex"},
                                  {.name = "d04a-length2-binary-0000"},
                                  {.name = "length2-binary-etx"},
                                  {.name = "etx"}};
enum { SAMPLES = sizeof samples / sizeof samples[0] };
static double floor_ns[ROUNDS];

static enum result sample_open(struct sample *sample, struct fault *fault)
{
    uint8_t message[MESSAGE_LEN];
    struct iso_frame_edges edges;
    TRY(command_framing_load(sample->name, &sample->framing, fault));
    memset(message, '7', sizeof message);
    sample->stream = malloc(STREAM_LEN);
    if (sample->stream == NULL)
        return fault_set(fault, RESULT_LIMIT, "out of memory");
    MUST(iso_frame_wrap(&sample->framing, message, sizeof message, &edges, NULL) == ISO_OK);
    struct writer out = writer_to(sample->stream, STREAM_LEN);
    for (;;) {
        write_bytes(&out, edges.head, edges.head_len);
        write_bytes(&out, message, sizeof message);
        write_bytes(&out, edges.tail.data, edges.tail.len);
        if (out.bad)
            return RESULT_OK;
        sample->len = out.len;
        sample->messages++;
    }
}

/* Makes the compiler believe that somebody looks at it. */
static inline void keep(const void *memory)
{
    __asm__ volatile("" : : "r"(memory) : "memory");
}

static double time_cut(const struct sample *sample)
{
    double start = bench_cpu_ns();
    for (int pass = 0; pass < PASSES; pass++) {
        size_t at = 0, messages = 0, used;
        struct iso_value message;
        while (iso_frame_cut(&sample->framing, sample->stream + at, sample->len - at, &message,
                             &used, NULL) == ISO_FRAME_MESSAGE) {
            keep(&message);
            at += used;
            messages++;
        }
        MUST(at == sample->len && messages == sample->messages);
    }
    return (bench_cpu_ns() - start) / (double)(PASSES * sample->messages);
}

/* Four digits are taken for granted. */
static double time_floor(const struct sample *sample)
{
    double start = bench_cpu_ns();
    for (int pass = 0; pass < PASSES; pass++) {
        for (size_t at = 0; at < sample->len;) {
            const uint8_t *frame = sample->stream + at;
            size_t len = (size_t)(frame[0] - '0') * 1000 + (size_t)(frame[1] - '0') * 100 +
                         (size_t)(frame[2] - '0') * 10 + (size_t)(frame[3] - '0');
            struct iso_value message = {frame + 4, len};
            keep(&message);
            at += 4 + len;
        }
    }
    return (bench_cpu_ns() - start) / (double)(PASSES * sample->messages);
}

static void report(bool as_json)
{
    struct strbuf out;
    strbuf_init(&out, 4096);
    struct json json = json_to(&out);
    double least = bench_median(floor_ns, ROUNDS);
    json_open_object(&json);
    json_member(&json, "bench", "frame");
    json_member_int(&json, "message_bytes", MESSAGE_LEN);
    json_key(&json, "floor_ns");
    json_real(&json, least, 2);
    if (!as_json)
        printf("%-26s %8s %16s %8s\n", "framing", "ns", "messages/s", "GB/s");
    for (size_t i = 0; i < SAMPLES; i++) {
        double ns = bench_median(samples[i].cut_ns, ROUNDS);
        double bytes = (double)samples[i].len / (double)samples[i].messages;
        json_key(&json, samples[i].name);
        json_open_object(&json);
        json_member_real(&json, "cut_ns", ns, 2);
        json_member_real(&json, "messages_per_s", 1e9 / ns, 0);
        json_member_real(&json, "gb_per_s", bytes / ns, 1);
        json_close_object(&json);
        if (!as_json)
            printf("%-26s %8.1f %16.0f %8.1f\n", samples[i].name, ns, 1e9 / ns, bytes / ns);
    }
    json_close_object(&json);
    if (as_json)
        printf("%s\n", out.text == NULL ? "" : out.text);
    else
        printf("%-26s %8.1f %16.0f\n", "no checks, length4-ascii", least, 1e9 / least);
    strbuf_deinit(&out);
}

int bench_frame(int argc, char **argv)
{
    enum { OPTION_JSON = 1 };
    static const struct command_option options[] = {
        {OPTION_JSON, "json", NULL, "one object"},
        {0, NULL, NULL, NULL},
    };
    static const struct command command = {
        .name = "bench frame",
        .arguments = "",
        .summary = "Measures how messages of 318 bytes are cut out of a stream.",
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
    for (size_t round = 0; result == RESULT_OK && round < ROUNDS; round++) {
        floor_ns[round] = time_floor(&samples[0]);
        for (size_t i = 0; i < SAMPLES; i++)
            samples[i].cut_ns[round] = time_cut(&samples[i]);
    }
    if (result == RESULT_OK)
        report(json);
    for (size_t i = 0; i < SAMPLES; i++)
        free(samples[i].stream);
    return result == RESULT_OK ? COMMAND_GOOD : command_fail(&command, &fault);
}
