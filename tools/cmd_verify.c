/* cardlab verify: whether a set of clearing files is whole, and signed by whom it should be. */
#include "command.h"
#include "layouts.h"

#include "base/date.h"
#include "base/json.h"
#include "clearing/verification.h"
#include "net/loop.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { OPTION_CA = 1, OPTION_CERT, OPTION_AT, OPTION_LAYOUTS, OPTION_JSON };

static const struct command command = {
    .name = "verify",
    .arguments = "FOLDER",
    .summary = "Checks a set of clearing files against its manifest and the manifest's signature.",
    .details =
        "  cardlab verify --ca network-ca.pem files/20261231/00095550001\n"
        "\n"
        "FOLDER is a party's, as it was delivered, or a date's with those of all parties in it.\n"
        "Every listed file must be there byte by byte, come to the counts and sums that stand\n"
        "beside it, and no other may be there. With --ca or --cert every manifest must be signed:\n"
        "by whoever the CA certifies, or by exactly this certificate. The first thing that is\n"
        "wrong is named, exit 1.",
    .options =
        (const struct command_option[]){
            {OPTION_CA, "ca", "FILE", "certificates (PEM) of the CAs to believe"},
            {OPTION_CERT, "cert", "FILE", "the signer's certificate (PEM), and no other"},
            {OPTION_AT, "at", "YYYYMMDD", "certificates must be valid then (default: now)"},
            {OPTION_LAYOUTS, "layouts", "DIR",
             "folder of layouts besides the shipped ones; may come again"},
            {OPTION_JSON, "json", NULL, "one JSON object"},
            {0, NULL, NULL, NULL},
        },
};

struct verify {
    const char *ca, *certificate, *folder;
    struct layouts_named named;
    struct layout_set layouts;
    int64_t at; /* YYYYMMDD; 0: now */
    bool json;
    bool is_open; /* what to believe has been read: what is wrong from here on is the set */
    struct verification verification;
};

static enum result run(struct verify *verify, struct fault *fault)
{
    struct verifier *verifier = NULL;
    /* Noon: a certificate that begins or ends on the day is good for it. */
    int64_t at_us = verify->at == 0 ? loop_now().wall_us
                                    : date_to_wall((uint32_t)verify->at) + INT64_C(43200) * 1000000;
    if (verify->ca != NULL)
        TRY(verifier_open(verify->ca, SIGNATURE_CA, at_us, &verifier, fault));
    if (verify->certificate != NULL)
        TRY(verifier_open(verify->certificate, SIGNATURE_CERTIFICATE, at_us, &verifier, fault));
    enum result result = layouts_load_all(&verify->named, &verify->layouts, fault);
    verify->is_open = result == RESULT_OK;
    if (result == RESULT_OK)
        result = clearing_verify(verify->folder, &verify->layouts, verifier, &verify->verification,
                                 fault);
    layout_set_free(&verify->layouts);
    verifier_close(verifier);
    return result;
}

static void print_text(const struct verify *verify)
{
    const struct verification *found = &verify->verification;
    char id[CLEARING_ID_SIZE];
    printf("%s: settlement date %08u, %s%s, %" PRIu64 " files are as they should be",
           verify->folder, found->settlement_date,
           found->of_party ? "institution " : "all institutions",
           found->of_party ? clearing_id_format(found->institution, id) : "", found->files);
    if (found->signer[0] != '\0')
        printf("; signed by %s\n", found->signer);
    else
        printf("%s\n", found->is_signed ? "; the signature was not checked: give --ca or --cert"
                                        : "; not signed");
    if (found->unread > 0)
        printf("of %" PRIu64 " of them no layout is known, and what they come to was not checked: "
               "give --layouts\n",
               found->unread);
}

static void print_json(const struct verify *verify, const struct fault *fault)
{
    const struct verification *found = &verify->verification;
    struct strbuf text;
    char id[CLEARING_ID_SIZE];
    strbuf_init(&text, 1 << 16);
    struct json json = json_to(&text);
    json_open_object(&json);
    json_member_bool(&json, "good", fault->result == RESULT_OK);
    if (fault->result != RESULT_OK)
        json_member(&json, "fault", fault->text);
    json_member(&json, "folder", verify->folder);
    json_member_int(&json, "settlement_date", found->settlement_date);
    if (found->of_party)
        json_member(&json, "institution", clearing_id_format(found->institution, id));
    json_member_int(&json, "files", (int64_t)found->files);
    json_member_int(&json, "not_read", (int64_t)found->unread);
    json_member_int(&json, "manifests", (int64_t)found->manifests);
    json_member(&json, "signer", found->signer[0] != '\0' ? found->signer : NULL);
    json_close_object(&json);
    printf("%s\n", text.text);
    strbuf_deinit(&text);
}

static int take_options(struct verify *verify, int argc, char **argv)
{
    const char *value;
    int first, id;
    while ((id = command_next(&command, argc, argv, &value, &first)) > 0) {
        if (id == OPTION_CA)
            verify->ca = value;
        else if (id == OPTION_CERT)
            verify->certificate = value;
        else if (id == OPTION_JSON)
            verify->json = true;
        else if (id == OPTION_LAYOUTS && !layouts_name(&verify->named, value))
            return command_usage(&command, "expected --layouts at most %d times",
                                 LAYOUTS_NAMED_MAX);
        else if (id == OPTION_AT && !command_date(&command, "at", value, &verify->at))
            return COMMAND_CANNOT;
    }
    if (id == COMMAND_DONE)
        return first;
    if (argc != first + 1)
        return command_usage(&command, "expected one FOLDER");
    if (verify->ca != NULL && verify->certificate != NULL)
        return command_usage(&command, "expected --ca or --cert, not both");
    verify->folder = argv[first];
    return -1;
}

int cmd_verify(int argc, char **argv)
{
    struct fault fault = {RESULT_OK, ""};
    struct verify verify = {0};
    int code = take_options(&verify, argc, argv);
    if (code >= 0)
        return code;
    enum result result = run(&verify, &fault);
    if (verify.json)
        print_json(&verify, &fault);
    else if (result == RESULT_OK)
        print_text(&verify);
    if (result != RESULT_OK && !verify.json)
        (void)command_fail(&command, &fault);
    if (result == RESULT_OK)
        return COMMAND_GOOD;
    return result == RESULT_INPUT && verify.is_open ? COMMAND_NO : COMMAND_CANNOT;
}
