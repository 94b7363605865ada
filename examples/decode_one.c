/* decode_one SPEC.yaml: one message from standard input, its elements on standard output.
 *
 *     decode_one /usr/share/cardlab/specs/messages/iso8583-1987.yaml <message
 *
 * Exits 1 when the message is not valid, and says where and how. */
#include <iso8583.h>

#include <stdio.h>

enum { PAN_CLEAR_HEAD = 6, PAN_CLEAR_TAIL = 4 };

/* The spec says how an element may be shown. */
static void print_value(struct iso_value value, enum iso_mask mask)
{
    for (size_t i = 0; i < value.len; i++) {
        int hidden =
            mask == ISO_MASK_TRACK || mask == ISO_MASK_SECRET ||
            (mask == ISO_MASK_PAN && i >= PAN_CLEAR_HEAD && i + PAN_CLEAR_TAIL < value.len);
        unsigned char byte = value.data[i];
        if (hidden)
            putchar('*');
        else if (byte >= 0x20 && byte < 0x7F)
            putchar(byte);
        else
            printf("\\x%02X", byte);
    }
}

static void print_elements(const struct iso_spec *spec, const struct iso_message *message)
{
    printf("MTI %s\n", message->mti);
    for (unsigned de = 2; de <= ISO_DE_MAX; de++) {
        if (!iso_message_has(message, de))
            continue;
        printf("%3u %s: ", de, iso_spec_de_name(spec, de));
        print_value(iso_message_get(message, de), iso_spec_de_mask(spec, de));
        putchar('\n');
    }
}

int main(int argc, char **argv)
{
    static unsigned char bytes[ISO_MESSAGE_LEN_MAX + 1];
    static struct iso_message message;
    struct iso_spec *spec = NULL;
    struct iso_fault fault;
    char line[ISO_FAULT_LINE_MAX + ISO_FAULT_FIELD_MAX + 64];
    if (argc != 2) {
        fprintf(stderr, "usage: decode_one SPEC.yaml <message\n");
        return 2;
    }
    if (iso_spec_load(argv[1], &spec, &fault) != ISO_OK) {
        iso_fault_format(&fault, line, sizeof line);
        fprintf(stderr, "%s\n", line);
        return 2;
    }
    size_t len = fread(bytes, 1, sizeof bytes, stdin);
    enum iso_result result =
        iso_message_unpack(spec, ISO_HEADER_AUTO, bytes, len, &message, &fault);
    /* After a fault the elements in front of it are there. */
    print_elements(spec, &message);
    if (result != ISO_OK) {
        iso_fault_format(&fault, line, sizeof line);
        fprintf(stderr, "%s\n", line);
    }
    iso_spec_free(spec);
    return result == ISO_OK ? 0 : 1;
}
