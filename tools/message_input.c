/* Files of messages, see message_input.h. */
#include "message_input.h"

#include "iso8583/message.h"

#include <errno.h>
#include <string.h>

enum result message_input_open(struct message_input *input, const struct message_options *options,
                               const char *path, struct fault *fault)
{
    *input = (struct message_input){.options = options, .path = path};
    input->file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (input->file == NULL)
        return fault_set(fault, RESULT_IO, "%s: %s", path, strerror(errno));
    enum result result =
        source_init(&input->source, input->file, options->form,
                    options->framing_name == NULL ? NULL : &options->framing, fault);
    if (result == RESULT_OK && options->blocked)
        source_unblock(&input->source);
    if (result != RESULT_OK)
        message_input_close(input);
    return result;
}

void message_input_close(struct message_input *input)
{
    source_deinit(&input->source);
    if (input->file != NULL && input->file != stdin)
        fclose(input->file);
    *input = (struct message_input){0};
}

/* A fault in a header that was asked for is hard to read when the bytes are a bare body. */
static void explain_header(const struct message_input *input, const struct iso_value *bytes,
                           struct iso_fault *fault)
{
    const struct iso_spec *spec = input->options->spec;
    if (input->options->header != ISO_HEADER_YES || iso_spec_header_len(spec) == 0 ||
        iso_header_is_there(spec, ISO_HEADER_AUTO, bytes->data, bytes->len))
        return;
    *fault = (struct iso_fault){.result = ISO_INPUT, .kind = ISO_FAULT_CONTENT};
    snprintf(fault->field, sizeof fault->field, "header");
    snprintf(fault->expected, sizeof fault->expected, "the header of %s, %zu bytes",
             iso_spec_name(spec), iso_spec_header_len(spec));
    snprintf(fault->got, sizeof fault->got, "bytes that are none; --header no reads a bare body");
    snprintf(fault->text, sizeof fault->text, "expected %s, got %s", fault->expected, fault->got);
}

static bool may_go_on(const struct iso_fault *fault)
{
    return fault->kind == ISO_FAULT_TRUNCATED || strncmp(fault->field, "header", 6) == 0;
}

static bool unpack(struct message_input *input, struct iso_message *message,
                   struct iso_value *bytes, struct iso_fault *fault)
{
    const struct iso_spec *spec = input->options->spec;
    enum iso_header_mode header = input->options->header;
    if (iso_message_unpack(spec, header, bytes->data, bytes->len, message, fault) == ISO_OK)
        return true;
    struct iso_fault longer = *fault;
    struct iso_value line = *bytes;
    bool is_good = false;
    while (!is_good && may_go_on(&longer) && source_join(&input->source, bytes))
        is_good =
            iso_message_unpack(spec, header, bytes->data, bytes->len, message, &longer) == ISO_OK;
    source_join_end(&input->source, is_good);
    if (is_good)
        return true;
    if (bytes->len != line.len) {
        *bytes = line;
        (void)!iso_message_unpack(spec, header, bytes->data, bytes->len, message, fault);
    }
    explain_header(input, bytes, fault);
    return false;
}

enum input_event message_input_next(struct message_input *input, struct iso_message *message,
                                    struct iso_value *bytes, struct iso_fault *fault)
{
    switch (source_next(&input->source, bytes, fault)) {
    case SOURCE_MESSAGE:
        input->number++;
        return unpack(input, message, bytes, fault) ? INPUT_GOOD : INPUT_INVALID;
    case SOURCE_BAD:
        input->number++;
        return INPUT_LOST;
    case SOURCE_IDLE:
        return INPUT_IDLE;
    case SOURCE_END:
        return INPUT_END;
    case SOURCE_FAILED:
        break;
    }
    return INPUT_FAILED;
}
