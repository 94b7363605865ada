/* Message <-> JSON, as `cardlab decode` prints and `cardlab encode` reads it. Not part of the
 * library's public header: it goes through base's reader and writer.
 *
 * Text is UTF-8 as on the wire, padding kept; binary is upper-case hex; a field with sub-fields is
 * an object by name or tag; what its charset cannot read is {"hex": "..."}. */
#ifndef ISO8583_MESSAGE_JSON_H
#define ISO8583_MESSAGE_JSON_H

#include "base/doc.h"
#include "base/json.h"
#include "iso8583/iso8583.h"

enum {
    /* Any message that a frame can carry, with room for the lengths inside fields. */
    ISO_JSON_ARENA_LEN = 4 * ISO_MESSAGE_LEN_MAX,
    /* Such a message as JSON, every byte escaped. */
    ISO_JSON_TEXT_MAX = 16 * ISO_MESSAGE_LEN_MAX,
};

/* Adds the members "header" and "rejected" (when there are any), "mti", "bitmaps" (when empty ones
 * came) and "fields" to the object that is open. Card numbers show first 6 and last 4, tracks and
 * secrets nothing, unless `unmask`. A message that did not come from unpack is written as well as
 * it can be. */
void iso_message_json(const struct iso_message *message, bool unmask, struct json *json);

/* Fills the message from what iso_message_json() wrote into `object`, which may have other members
 * too. A plain text for a field with sub-fields is its content as it stands, and {"hex": "..."} is
 * that of any field. The values lie in the arena, the doc may go. Contents and lengths are checked
 * by iso_message_pack(). Errors: INPUT with the place in the doc, also for masked values; LIMIT
 * when the arena is full. */
MUST_USE enum result iso_message_of_json(const struct iso_spec *spec, const struct doc *doc,
                                         struct node *object, struct writer *arena,
                                         struct iso_message *message, struct fault *fault);

#endif
