/* MACs of messages: CBC, IV 0, under SM4 or DES, over the text that a recipe makes of a message.
 * The MAC is the last block's first 4 bytes as 8 upper-case hex characters, carried in MAC_DE.
 *
 * Triple DES runs on every block (this is not X9.19, which does so on the last one only). Keys come
 * as clear bytes; where they are kept and how they are wrapped is not told here.
 *
 * Nothing is allocated per message. A mac_key holds a cipher context and the working memory, so it
 * belongs to one thread at a time; a recipe may be shared. */
#ifndef SECURITY_MAC_H
#define SECURITY_MAC_H

#include "base/bytes.h"
#include "security/mac_recipe.h"

struct mac_key;

enum mac_algorithm {
    MAC_SM4,  /* 16-byte key */
    MAC_DES,  /* 8-byte key */
    MAC_TDES, /* 16- or 24-byte key */
};

enum { MAC_TEXT_LEN = 8 };

/* Takes a copy of the key. The caller closes it, and wipes its own copy. Errors: INPUT (a key of
 * the wrong length), BUG (this OpenSSL has not the cipher). */
MUST_USE enum result mac_key_open(enum mac_algorithm algorithm, struct bytes key,
                                  struct mac_key **opened, struct fault *fault);
/* Wipes all that the key left in memory. Accepts NULL. */
void mac_key_close(struct mac_key *key);

/* Errors: those of mac_recipe_block(); BUG when the cipher fails. `mac` is not terminated. */
MUST_USE enum result mac_compute(const struct mac_recipe *recipe, struct mac_key *key,
                                 const struct iso_message *message, char mac[MAC_TEXT_LEN],
                                 struct fault *fault);

/* True when MAC_DE is the MAC of the message, compared in constant time, and when the message
 * carries none by its recipe. Else the fault says what the MAC was computed over: elements and
 * length, neither their contents nor the MAC that would have been right. */
MUST_USE bool mac_verify(const struct mac_recipe *recipe, struct mac_key *key,
                         const struct iso_message *message, struct fault *fault);

#endif
