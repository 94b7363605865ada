/* A MAC recipe: which elements of which message a MAC covers, and how they become the text it runs
 * over. A recipe is data (specs/mac/NAME.yaml, docs/mac.md); no element number of any dialect
 * stands in the code.
 *
 * This is not the cryptography (mac.h), and it knows no key. A recipe is read-only once loaded and
 * may be shared by any number of threads. */
#ifndef SECURITY_MAC_RECIPE_H
#define SECURITY_MAC_RECIPE_H

#include "base/result.h"
#include "iso8583/iso8583.h"

struct mac_recipe;

enum {
    MAC_DE = 128, /* the element that carries the MAC */
    /* Longest text: every byte of the longest message, and one blank an element. */
    MAC_BLOCK_MAX = ISO_MESSAGE_LEN_MAX + ISO_DE_MAX,
};

enum mac_need { MAC_NONE, MAC_REQUIRED };

/* Loads a recipe and those it extends, from the same folder. The caller frees it. Errors: IO (no
 * such file), INPUT (with file, line and column). */
MUST_USE enum result mac_recipe_load(const char *path, struct mac_recipe **recipe,
                                     struct fault *fault);
/* Accepts NULL. */
void mac_recipe_free(struct mac_recipe *recipe);
const char *mac_recipe_name(const struct mac_recipe *recipe);

/* Does this message carry a MAC? A message that no rule fits does: it cannot be computed, so such
 * a message never passes for one that needs none. */
enum mac_need mac_recipe_need(const struct mac_recipe *recipe, const struct iso_message *message);

/* Writes the text the MAC runs over, without padding and without a NUL. Errors: STATE (the message
 * carries no MAC), INPUT (no rule fits, nothing to cover, a value longer than its prefix can say),
 * LIMIT (`size` is too small; MAC_BLOCK_MAX is enough for every message that can be packed). */
MUST_USE enum result mac_recipe_block(const struct mac_recipe *recipe,
                                      const struct iso_message *message, char *out, size_t size,
                                      size_t *len, struct fault *fault);

/* The same for people who only look: the length of the text, 0 on every error above. */
size_t mac_block(const struct mac_recipe *recipe, const struct iso_message *message, char *out,
                 size_t size);

/* Pads `len` bytes of text to whole blocks of `unit` bytes and returns the new length. `data` has
 * room for `unit` bytes more. */
size_t mac_recipe_pad(const struct mac_recipe *recipe, uint8_t *data, size_t len, size_t unit);

/* "redpacket, 02xx with DE 25 = 86: MTI, 2, 3, 90 (first 20)": recipe, rule, and the elements it
 * covers of this message; no contents, so it may be logged. Cut to size, always terminated. */
void mac_recipe_describe(const struct mac_recipe *recipe, const struct iso_message *message,
                         char *out, size_t size);

#endif
