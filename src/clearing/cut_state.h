/* The inside of a cut, for cut.c and the files cut_*.c only. */
#ifndef CLEARING_CUT_STATE_H
#define CLEARING_CUT_STATE_H

#include "clearing/cut.h"
#include "clearing/exceptions.h"
#include "clearing/fee_book.h"
#include "clearing/outputs.h"
#include "clearing/party_list.h"
#include "clearing/publication.h"
#include "clearing/summary.h"
#include "redpacket/journal.h"

/* A file of a party: one for each layout of a content that the party is given. */
struct party_file {
    struct outputs_file output;
    struct layout_place place;
    struct layout_last *last; /* the cut's */
    struct row_totals totals;
};

struct cut {
    const struct clearing_config *config;
    struct clearing_result *result;
    struct publication publication;
    struct summary summary;  /* for the reports */
    struct outputs *outputs; /* that write the files in it */
    struct party_list parties;
    struct layout_last *last[LAYOUTS_MAX]; /* by layout; of those with the same details the first */
    uint64_t moving;        /* claims, freezes and purchases that the cut would have to wait for */
    uint64_t mark;          /* log record that marks the date as cut; 0: none came yet */
    struct fee_items items; /* of the share that is being added */
    struct fee_book fees;
    struct packet_book *packets;
    struct exceptions exceptions;
    struct exceptions_search *search; /* for them, in the same pass */
    enum result failed;               /* inside the pass */
    struct fault *fault;
};

/* --- cut_rows.c: which rows there are, out of what ---------------------------------------------
 */

/* Both legs, the claim and the share; a freeze, or what is left of one. */
MUST_USE enum result cut_add_share(struct cut *cut, const struct journal_entry *entry);
MUST_USE enum result cut_add_freeze(struct cut *cut, const struct journal_entry *entry);
/* At its issuer and its acquirer; its reversal is a row of its own. */
MUST_USE enum result cut_add_purchase(struct cut *cut, const struct journal_entry *entry,
                                      enum operation_kind kind);
/* Behind the pass. */
MUST_USE enum result cut_add_exceptions(struct cut *cut);
MUST_USE enum result cut_add_packets(struct cut *cut);
/* What only the end of a file brings: a party's own positions, or those of all at the switch; the
 * fees that it pays and gets. */
MUST_USE enum result cut_add_positions(struct cut *cut, const struct party *party,
                                       struct party_file *file, const struct layout *layout);
MUST_USE enum result cut_add_fee_lines(struct cut *cut, const struct party *party,
                                       struct party_file *file, const struct layout *layout);

/* --- cut_files.c: the files of each party, from their headers to the manifests -------------------
 */

/* What a header or trailer says besides sums. */
struct row cut_row_about(const struct cut *cut, uint64_t institution);
MUST_USE enum result cut_file_add(struct cut *cut, struct party_file *file,
                                  const struct layout *layout, const struct row *row);
/* A row into every file of the party that has such rows. */
MUST_USE enum result cut_add_row(struct cut *cut, uint64_t institution, enum clearing_role role,
                                 enum layout_content content, const struct row *row);
/* Ends every file, and writes reports and manifests. */
MUST_USE enum result cut_end_files(struct cut *cut);

#endif
