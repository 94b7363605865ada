/* Why a date is not cut, for people and for programs. */
#include "clear_refusal.h"

#include "about.h"

#include "base/date.h"
#include "base/json.h"
#include "clearing/member.h"
#include "command.h"

static const char *name_of(const struct lab *lab, const char *id)
{
    int found = lab != NULL ? lab_find_institution(lab, bytes_text(id)) : -1;
    return found >= 0 ? lab->institutions[found].name : "";
}

static void print_moving(const struct router_moving *moving, const struct lab *lab)
{
    char time[DATE_ISO_SIZE], id[CLEARING_ID_SIZE], packet[64], name[ABOUT_MAX];
    for (size_t i = 0; i < moving->listed; i++) {
        const struct router_moving_one *one = &moving->list[i];
        const struct freeze_reference *reference = &one->reference;
        snprintf(packet, sizeof packet, "%08u-%llu-%llu", reference->date,
                 (unsigned long long)reference->sequence, (unsigned long long)reference->wallet);
        clearing_id_format(one->waits_for, id);
        if (one->is_purchase)
            fprintf(stderr, "  purchase %s", about_purchase_format(&one->purchase, name));
        else
            fprintf(stderr, "  %s %s",
                    reference->share != 0 ? "claim in packet" : "freeze of packet", packet);
        if (reference->share != 0)
            fprintf(stderr, ", share %u", reference->share);
        fprintf(stderr, ": %s since %s, waits for %s %s\n", router_moving_state(one),
                date_iso_format(one->since_us, time), id, name_of(lab, id));
    }
    if (moving->count > moving->listed)
        fprintf(stderr, "  ... and %llu more\n",
                (unsigned long long)(moving->count - moving->listed));
}

static void write_moving(const struct router_moving *moving, struct json *json)
{
    char time[DATE_ISO_SIZE], id[CLEARING_ID_SIZE], name[ABOUT_MAX];
    json_member_int(json, "open", (int64_t)moving->count);
    json_key(json, "first_open");
    json_open_list(json);
    for (size_t i = 0; i < moving->listed; i++) {
        const struct router_moving_one *one = &moving->list[i];
        json_open_object(json);
        if (one->is_purchase)
            json_member(json, "purchase", about_purchase_format(&one->purchase, name));
        else {
            json_member_int(json, "freeze_date", one->reference.date);
            json_member_int(json, "freeze_sequence", (int64_t)one->reference.sequence);
            json_member(json, "wallet", clearing_id_format(one->reference.wallet, id));
            json_member_int(json, "share", one->reference.share);
        }
        json_member(json, "state", router_moving_state(one));
        json_member(json, "since", date_iso_format(one->since_us, time));
        json_member_int(json, "since_record", (int64_t)one->since);
        json_member(json, "waits_for", clearing_id_format(one->waits_for, id));
        json_close_object(json);
    }
    json_close_list(json);
}

int clear_refuse(const struct clear_marking *marking, const struct lab *lab, bool as_json)
{
    struct strbuf text;
    fprintf(stderr, "cardlab clear: %s\n", marking->why);
    print_moving(&marking->moving, lab);
    if (!as_json)
        return COMMAND_NO;
    strbuf_init(&text, 16384);
    struct json json = json_to(&text);
    json_open_object(&json);
    json_member_int(&json, "settlement_date", marking->date);
    json_member_bool(&json, "cut", false);
    json_member(&json, "reason", marking->why);
    write_moving(&marking->moving, &json);
    json_close_object(&json);
    printf("%s\n", text.text);
    strbuf_deinit(&text);
    return COMMAND_NO;
}
