/* How a party's own book reads as a delimited file: which column says what, as data
 * (specs/ledgers/NAME.yaml, docs/reconciliation.md). Loaded once, never changed. It knows no file
 * but its own. */
#ifndef CLEARING_LEDGER_MAP_H
#define CLEARING_LEDGER_MAP_H

#include "clearing/csv.h"
#include "clearing/item.h"

/* What a mapping can say where to find. */
enum ledger_value {
    LEDGER_TYPE,
    LEDGER_STATE,
    LEDGER_DATE,
    LEDGER_AMOUNT,
    LEDGER_TRANSMISSION,
    LEDGER_STAN,
    LEDGER_ACQUIRER,
    LEDGER_FORWARDER,
    LEDGER_FREEZE_WALLET,
    LEDGER_FREEZE_DATE,
    LEDGER_FREEZE_SEQUENCE,
    LEDGER_SHARE,
    LEDGER_CARD,
    LEDGER_RRN,
    LEDGER_CODE,
    LEDGER_VALUES,
};
const char *ledger_value_name(enum ledger_value value);

enum {
    LEDGER_TEXT_MAX = 64,   /* bytes of a column's name, a listed value, a constant */
    LEDGER_LISTED_MAX = 64, /* values of one list */
    LEDGER_IGNORED_MAX = 8, /* columns by which rows are ignored */
};

/* Where a value stands. */
struct ledger_column {
    bool is_there;
    char name[LEDGER_TEXT_MAX + 1]; /* as the header line has it; "": by number */
    unsigned number;                /* from 1; 0: by name, or a constant */
    char constant[LEDGER_TEXT_MAX + 1];
    bool is_constant;
    unsigned line, place; /* in the mapping file, for faults */
};

/* Texts, and what each means. */
struct ledger_list {
    size_t count;
    struct {
        char text[LEDGER_TEXT_MAX + 1];
        unsigned meaning;
    } values[LEDGER_LISTED_MAX];
};

/* What a row is: an item, or the reversal of one, which has the key of what it reverses. */
enum ledger_type {
    LEDGER_IS_DEBIT,
    LEDGER_IS_CREDIT,
    LEDGER_IS_CLAIM,
    LEDGER_IS_FREEZE,
    LEDGER_IS_UNFREEZE,
    LEDGER_IS_PURCHASE,
    LEDGER_IS_DEBIT_REVERSAL,
    LEDGER_IS_FREEZE_REVERSAL,
    LEDGER_IS_PURCHASE_REVERSAL,
    LEDGER_TYPES,
};

struct ledger_map {
    char path[LEDGER_TEXT_MAX * 4];
    bool is_wallet;
    uint64_t institution; /* 0: not told */
    enum csv_charset charset;
    char delimiter;
    bool has_header;
    unsigned skip; /* records in front of it all */
    struct ledger_column columns[LEDGER_VALUES];
    struct ledger_list types, states;
    char date_form[24], freeze_date_form[24]; /* "YYYY-MM-DD"; `*` at the end: and more */
    bool is_decimal, has_sign;
    char point, thousands; /* of decimals; '\0': none */
    unsigned decimals;
    size_t ignored_count;
    struct {
        struct ledger_column column;
        struct ledger_list values;
    } ignored[LEDGER_IGNORED_MAX];
};

/* RESULT_IO: the file cannot be read; RESULT_INPUT: it is no mapping, with line, column and what
 * was expected. */
MUST_USE enum result ledger_map_load(const char *path, struct ledger_map *map, struct fault *fault);

/* What the text means, or -1: it is not listed. */
int ledger_list_find(const struct ledger_list *list, struct bytes text);

#endif
