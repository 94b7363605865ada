/* answer SPEC.yaml FRAMING.yaml: a host in one page. Framed requests come on standard input, framed
 * answers go to standard output, so that any listener can start it:
 *
 *     socat TCP-LISTEN:8583,fork EXEC:"./answer iso8583-1987.yaml length4-ascii.yaml"
 *
 * It says yes to everything. A request that is not valid gets no answer but a line on standard
 * error; a stream that is none ends it. */
#include <iso8583.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DE_RESPONSE_CODE = 39, ROOM = 4 * ISO_MESSAGE_LEN_MAX };

struct host {
    struct iso_spec *spec;
    struct iso_framing framing;
};

static void complain(const struct iso_fault *fault)
{
    char line[ISO_FAULT_LINE_MAX + ISO_FAULT_FIELD_MAX + 64];
    iso_fault_format(fault, line, sizeof line);
    fprintf(stderr, "%s\n", line);
}

/* Requests and advices have an even third digit; their answer has the next one. */
static int is_request(const struct iso_message *message)
{
    return (message->mti[2] - '0') % 2 == 0;
}

/* The answer borrows what it takes over, so the request must stay until it is packed. */
static void build_answer(const struct host *host, const struct iso_message *request,
                         unsigned char *header, struct iso_message *answer)
{
    uint64_t echo[3];
    char mti[5];
    memcpy(mti, request->mti, sizeof mti);
    mti[2]++;
    iso_message_init(answer, host->spec, mti);
    iso_spec_answer_echo(host->spec, echo);
    for (unsigned de = 2; de < ISO_DE_MAX; de++) {
        struct iso_value value = iso_message_get(request, de);
        if (value.data != NULL && (echo[de / 64] >> (de % 64) & 1) != 0)
            iso_message_set(answer, de, value.data, value.len);
    }
    iso_message_set(answer, DE_RESPONSE_CODE, "00", 2);
    if (request->header.data == NULL)
        return;
    /* UnionPay-style headers name both ends: what came from there goes back there. */
    struct iso_value from = iso_header_find(host->spec, request->header, "source");
    struct iso_value to = iso_header_find(host->spec, request->header, "destination");
    iso_header_init(host->spec, header);
    if (from.data != NULL && to.data != NULL &&
        iso_header_set(host->spec, header, "destination", from.data, from.len) &&
        iso_header_set(host->spec, header, "source", to.data, to.len))
        answer->header = (struct iso_value){header, request->header.len};
}

static int answer_one(const struct host *host, struct iso_value bytes)
{
    static struct iso_message request, answer;
    static unsigned char out[ROOM];
    unsigned char header[ISO_HEADER_MAX];
    struct iso_frame_edges edges;
    struct iso_fault fault;
    size_t len = 0;
    if (iso_message_unpack(host->spec, ISO_HEADER_AUTO, bytes.data, bytes.len, &request, &fault) !=
        ISO_OK) {
        complain(&fault);
        return 1;
    }
    if (!is_request(&request))
        return 1;
    build_answer(host, &request, header, &answer);
    if (iso_message_pack(&answer, out, sizeof out, &len, &fault) != ISO_OK ||
        iso_frame_wrap(&host->framing, out, len, &edges, &fault) != ISO_OK) {
        complain(&fault);
        return 1;
    }
    fwrite(edges.head, 1, edges.head_len, stdout);
    fwrite(out, 1, len, stdout);
    fwrite(edges.tail.data, 1, edges.tail.len, stdout);
    return fflush(stdout) == 0;
}

/* Frames come in whatever pieces the network makes of them. */
static int serve(const struct host *host)
{
    static unsigned char in[ROOM];
    size_t have = 0;
    for (;;) {
        struct iso_value message;
        struct iso_fault fault;
        size_t used;
        enum iso_frame frame = iso_frame_cut(&host->framing, in, have, &message, &used, &fault);
        if (frame == ISO_FRAME_BAD) {
            complain(&fault);
            return 1;
        }
        if (frame == ISO_FRAME_MESSAGE && !answer_one(host, message))
            return 2;
        if (frame != ISO_FRAME_MORE) {
            have -= used;
            memmove(in, in + used, have);
            continue;
        }
        ssize_t got = read(STDIN_FILENO, in + have, sizeof in - have);
        if (got <= 0)
            return have == 0 ? 0 : 1;
        have += (size_t)got;
    }
}

int main(int argc, char **argv)
{
    struct host host;
    struct iso_fault fault;
    if (argc != 3) {
        fprintf(stderr, "usage: answer SPEC.yaml FRAMING.yaml\n");
        return 2;
    }
    if (iso_spec_load(argv[1], &host.spec, &fault) != ISO_OK ||
        iso_framing_load(argv[2], &host.framing, &fault) != ISO_OK) {
        complain(&fault);
        iso_spec_free(host.spec);
        return 2;
    }
    int code = serve(&host);
    iso_spec_free(host.spec);
    return code;
}
