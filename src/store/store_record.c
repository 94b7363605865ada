/* Checksums and headers around what the store is given to keep. */
#include "store/store_record.h"

#include "base/crc32c.h"
#include "base/mask.h"

#include <stdio.h>

enum { CARD_LEN_MIN = 8 }; /* ISO/IEC 7812: the shortest card number */

int record_key_compare(struct bytes a, struct bytes b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common > 0 ? memcmp(a.data, b.data, common) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static uint32_t record_checksum(struct bytes key, const uint8_t *data, size_t len)
{
    return crc32c(crc32c(0, key.data, key.len), data, len);
}

void record_seal(struct bytes key, uint8_t *data, size_t len)
{
    struct writer w = writer_to(data + len, RECORD_SEAL_LEN);
    write_u32(&w, record_checksum(key, data, len));
}

bool record_open(struct bytes key, struct bytes sealed, struct bytes *value)
{
    if (sealed.len < RECORD_SEAL_LEN)
        return false;
    *value = bytes_of(sealed.data, sealed.len - RECORD_SEAL_LEN);
    struct reader r = reader_of(bytes_of(sealed.data + value->len, RECORD_SEAL_LEN));
    return read_u32(&r) == record_checksum(key, value->data, value->len);
}

static size_t digits_at(struct bytes key, size_t from)
{
    size_t len = 0;
    while (from + len < key.len && key.data[from + len] >= '0' && key.data[from + len] <= '9')
        len++;
    return len;
}

void record_name(struct bytes key, char out[RECORD_NAME_SIZE])
{
    size_t len = 0, digits;
    if (key.len > STORE_KEY_MAX)
        key.len = STORE_KEY_MAX;
    out[0] = '\0';
    for (size_t i = 0; i < key.len; i += digits) {
        digits = digits_at(key, i);
        if (digits >= CARD_LEN_MIN) {
            mask_pan(bytes_of(key.data + i, digits), out + len, RECORD_NAME_SIZE - len);
            len += digits;
            continue;
        }
        digits = 1;
        bool is_plain = key.data[i] > ' ' && key.data[i] < 0x7F && key.data[i] != '\\';
        len += (size_t)snprintf(out + len, RECORD_NAME_SIZE - len, is_plain ? "%c" : "\\x%02X",
                                key.data[i]);
    }
}

enum result record_fault(const char *store_name, struct bytes key, struct fault *fault)
{
    char name[RECORD_NAME_SIZE];
    record_name(key, name);
    return fault_set(fault, RESULT_CORRUPT,
                     "store %s is damaged: the checksum of record %s of table %.1s is wrong",
                     store_name, name[0] != '\0' ? name : "(empty key)", name);
}

static uint32_t log_checksum(uint64_t number, uint32_t date, uint8_t version, const uint8_t *data,
                             size_t len)
{
    uint8_t head[8 + 1 + 4];
    struct writer w = writer_to(head, sizeof head);
    write_u64(&w, number);
    write_u8(&w, version);
    write_u32(&w, date);
    return crc32c(crc32c(0, head, sizeof head), data, len);
}

void log_record_seal(uint8_t *record, uint64_t number, uint32_t settlement_date, size_t len)
{
    struct writer w = writer_to(record, LOG_HEADER_LEN);
    write_u8(&w, LOG_VERSION);
    write_u32(&w, settlement_date);
    write_u32(&w, log_checksum(number, settlement_date, LOG_VERSION, record + LOG_HEADER_LEN, len));
}

bool log_record_open(uint64_t number, struct bytes sealed, struct store_log_record *record)
{
    struct reader r = reader_of(sealed);
    uint8_t version = read_u8(&r);
    uint32_t date = read_u32(&r);
    uint32_t checksum = read_u32(&r);
    if (r.bad || version != LOG_VERSION)
        return false;
    struct bytes data = bytes_of(r.at, (size_t)(r.end - r.at));
    *record = (struct store_log_record){number, date, data};
    return checksum == log_checksum(number, date, version, data.data, data.len);
}

static struct bytes date_key(uint32_t date, uint8_t key[DATE_KEY_LEN])
{
    struct writer w = writer_to(key, DATE_KEY_LEN);
    write_u32(&w, date);
    return bytes_of(key, DATE_KEY_LEN);
}

void date_range_seal(uint32_t date, struct date_range range, uint8_t out[DATE_RANGE_LEN])
{
    struct writer w = writer_to(out, DATE_RANGE_LEN);
    write_u64(&w, range.first);
    write_u64(&w, range.last);
    uint8_t key[DATE_KEY_LEN];
    record_seal(date_key(date, key), out, w.len);
}

bool date_range_open(uint32_t date, struct bytes sealed, struct date_range *range)
{
    uint8_t key[DATE_KEY_LEN];
    struct bytes value;
    if (!record_open(date_key(date, key), sealed, &value))
        return false;
    struct reader r = reader_of(value);
    range->first = read_u64(&r);
    range->last = read_u64(&r);
    return !r.bad && r.at == r.end && range->first > 0 && range->first <= range->last;
}
