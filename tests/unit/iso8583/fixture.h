/* What the codec's tests share: shipped specs, hex, and the messages that they bend. */
#ifndef TESTS_ISO8583_FIXTURE_H
#define TESTS_ISO8583_FIXTURE_H

#include "base/bytes.h"
#include "base/text.h"
#include "iso8583/iso8583.h"

#include <stdio.h>
#include <stdlib.h>

/* A 0200 of ISO 8583:1987 with 19 elements, 213 bytes: DE 2 at 14, DE 43 at 131. */
#define PURCHASE_HEX                                                                               \
    "303230307238448108E18011313634313131313131313131313131313131303030303030303030303030303132"   \
    "333435303731393135333034353132333435363135333034353037313935343131303531303031313132333435"   \
    "3637383930313932303031353132333435365445524D303030314D45524348414E543030303030303141434D45"   \
    "2053544F52455320313233342020202020202020204C4F4E444F4E202020202020204742303135505249564154"   \
    "4520444154412030313832363031304E4154494F4E414C36300123456789ABCDEF"

struct sample {
    uint8_t data[2048];
    size_t len;
};

static inline struct sample sample_of_hex(const char *hex)
{
    struct sample sample = {.len = strlen(hex) / 2};
    if (!text_hex_decode(bytes_text(hex), sample.data, sizeof sample.data))
        abort();
    return sample;
}

/* A shipped spec; never freed, the process ends with the suite. */
static inline struct iso_spec *shipped_spec(const char *name)
{
    char path[512], line[512];
    struct iso_spec *spec = NULL;
    struct iso_fault fault;
    snprintf(path, sizeof path, "%s/messages/%s.yaml", SPECS_DIR, name);
    if (iso_spec_load(path, &spec, &fault) != ISO_OK) {
        iso_fault_format(&fault, line, sizeof line);
        fprintf(stderr, "%s\n", line);
        abort();
    }
    return spec;
}

static inline struct iso_framing shipped_framing(const char *name)
{
    char path[512];
    struct iso_framing framing;
    snprintf(path, sizeof path, "%s/framings/%s.yaml", SPECS_DIR, name);
    if (iso_framing_load(path, &framing, NULL) != ISO_OK || strcmp(framing.name, name) != 0)
        abort();
    return framing;
}

static inline void set_text(struct iso_message *message, unsigned de, const char *text)
{
    iso_message_set(message, de, text, strlen(text));
}

/* 46 bytes, as a wallet would send them; `total` is what stands in the total length. */
#define HEADER_HEX(total, reject)                                                                  \
    "2E02" total "3030303130303030202020"                                                          \
    "3030303931323330303031"                                                                       \
    "00000000"                                                                                     \
    "3030303030303030"                                                                             \
    "00" reject
#define TOTAL_ZERO "30303030"
#define NO_REJECT  "3030303030"

#define CLAIM_REFERENCE "202611220000000000420009123000100010002"
#define CLAIM_DE48      "ASHB039" CLAIM_REFERENCE
#define CLAIM_DE90      "010000000111221200000009123000100091230001"

/* A red packet's claim, without header. */
static inline void claim_init(struct iso_message *message, const struct iso_spec *spec)
{
    static const struct {
        unsigned de;
        const char *text;
    } elements[] = {
        {2, "9999000000000016"},
        {3, "400000"},
        {4, "000000000888"},
        {7, "1122120001"},
        {11, "000002"},
        {12, "120001"},
        {13, "1122"},
        {18, "6012"},
        {22, "012"},
        {25, "86"},
        {32, "00091230001"},
        {33, "00091230001"},
        {37, "112212000002"},
        {41, "WALLET01"},
        {42, "WALLETA00000001"},
        {48, CLAIM_DE48},
        {49, "156"},
        {90, CLAIM_DE90},
        {103, "9999000000000016"},
        {128, "0D612014"},
    };
    iso_message_init(message, spec, "0200");
    for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++)
        set_text(message, elements[i].de, elements[i].text);
}

/* The claim with header, packed. */
static inline struct sample claim_packed(const struct iso_spec *spec)
{
    struct sample header = sample_of_hex(HEADER_HEX(TOTAL_ZERO, NO_REJECT)), packed = {.len = 0};
    struct iso_message message;
    struct iso_fault fault;
    claim_init(&message, spec);
    message.header = (struct iso_value){header.data, header.len};
    if (iso_message_pack(&message, packed.data, sizeof packed.data, &packed.len, &fault) !=
        ISO_OK) {
        fprintf(stderr, "%s: %s\n", fault.field, fault.text);
        abort();
    }
    return packed;
}

#endif
