/* The table of field classes, see jpos_class.h. Length digits: IFB_LLL and IFB_LLLL write two bytes
 * each, but three and four digits of BCD; a length of class IFB_..H.. is binary. */
#include "import/jpos_class.h"

#include <stddef.h>
#include <string.h>

static const struct jpos_class classes[] = {
    {"iso.IF_CHAR", JPOS_TEXT, "ascii", NULL, 0, 0, NULL, 0},
    {"iso.IFE_CHAR", JPOS_TEXT, "ebcdic", NULL, 0, 0, NULL, 0},
    {"iso.IF_ECHAR", JPOS_TEXT, "ebcdic", NULL, 0, 0, NULL, 0},
    {"iso.IFA_NUMERIC", JPOS_NUMBER, "ascii", NULL, 0, 0, NULL, 0},
    {"iso.IFE_NUMERIC", JPOS_NUMBER, "ebcdic", NULL, 0, 0, NULL, 0},
    {"iso.IFB_NUMERIC", JPOS_NUMBER, "bcd", NULL, 0, 0, NULL, 0},
    {"iso.IFB_FNUMERIC", JPOS_NUMBER, "bcd", NULL, 0, JPOS_FILL_F, NULL, 0},
    {"iso.IFE_SIGNED_NUMERIC", JPOS_NUMBER, "overpunch", NULL, 0, 0, NULL, 0},
    {"iso.IFB_HEX", JPOS_NIBBLES, "bcd", NULL, 0, JPOS_FILL_F, NULL, 0},
    {"iso.IFA_AMOUNT", JPOS_AMOUNT, "ascii", NULL, 0, 0, NULL, 0},
    {"iso.IFE_AMOUNT", JPOS_AMOUNT, "ebcdic", NULL, 0, 0, NULL, 0},
    {"iso.IFB_AMOUNT", JPOS_AMOUNT, "bcd", NULL, 0, 0, NULL, 0},
    {"iso.IFA_AMOUNT2003", JPOS_NUMBER, "ascii", NULL, 0, JPOS_CURRENCY, NULL, 0},
    {"iso.IFB_AMOUNT2003", JPOS_NUMBER, "bcd", NULL, 0, JPOS_CURRENCY, NULL, 0},
    {"iso.IFA_LCHAR", JPOS_TEXT, "ascii", "ascii", 1, 0, NULL, 0},
    {"iso.IFA_LLCHAR", JPOS_TEXT, "ascii", "ascii", 2, 0, NULL, 0},
    {"iso.IFA_LLLCHAR", JPOS_TEXT, "ascii", "ascii", 3, 0, NULL, 0},
    {"iso.IFA_LLLLCHAR", JPOS_TEXT, "ascii", "ascii", 4, 0, NULL, 0},
    {"iso.IFA_LLLLLCHAR", JPOS_TEXT, "ascii", "ascii", 5, 0, NULL, 0},
    {"iso.IFA_LLLLLLCHAR", JPOS_TEXT, "ascii", "ascii", 6, 0, NULL, 0},
    {"iso.IFE_LCHAR", JPOS_TEXT, "ebcdic", "ebcdic", 1, 0, NULL, 0},
    {"iso.IFE_LLCHAR", JPOS_TEXT, "ebcdic", "ebcdic", 2, 0, NULL, 0},
    {"iso.IFE_LLLCHAR", JPOS_TEXT, "ebcdic", "ebcdic", 3, 0, NULL, 0},
    {"iso.IFE_LLLLCHAR", JPOS_TEXT, "ebcdic", "ebcdic", 4, 0, NULL, 0},
    {"iso.IFB_LLCHAR", JPOS_TEXT, "ascii", "bcd", 2, 0, NULL, 0},
    {"iso.IFB_LLLCHAR", JPOS_TEXT, "ascii", "bcd", 3, 0, NULL, 0},
    {"iso.IFB_LLLLCHAR", JPOS_TEXT, "ascii", "bcd", 4, 0, NULL, 0},
    {"iso.IFB_LLLLLLCHAR", JPOS_TEXT, "ascii", "bcd", 6, 0, NULL, 0},
    {"iso.IFB_LLHCHAR", JPOS_TEXT, "ascii", "binary", 1, 0, NULL, 0},
    {"iso.IFB_LLLHCHAR", JPOS_TEXT, "ascii", "binary", 2, 0, NULL, 0},
    {"iso.IFB_LLHECHAR", JPOS_TEXT, "ebcdic", "binary", 1, 0, NULL, 0},
    {"iso.IFB_LLLHECHAR", JPOS_TEXT, "ebcdic", "binary", 2, 0, NULL, 0},
    {"iso.IFAE_LLCHAR", JPOS_TEXT, "ebcdic", "ascii", 2, 0, NULL, 0},
    {"iso.IFEA_LLCHAR", JPOS_TEXT, "ascii", "ebcdic", 2, 0, NULL, 0},
    {"iso.IFA_FLLCHAR", JPOS_TEXT, "ascii", "ascii", 2, JPOS_FILLED, NULL, 0},
    {"iso.IFA_FLLNUM", JPOS_NUMBER, "ascii", "ascii", 2, JPOS_FILLED, NULL, 0},
    {"iso.IFA_LLNUM", JPOS_NUMBER, "ascii", "ascii", 2, 0, NULL, 0},
    {"iso.IFA_LLLNUM", JPOS_NUMBER, "ascii", "ascii", 3, 0, NULL, 0},
    {"iso.IFE_LNUM", JPOS_NUMBER, "ebcdic", "ebcdic", 1, 0, NULL, 0},
    {"iso.IFE_LLNUM", JPOS_NUMBER, "ebcdic", "ebcdic", 2, 0, NULL, 0},
    {"iso.IFE_LLLNUM", JPOS_NUMBER, "ebcdic", "ebcdic", 3, 0, NULL, 0},
    {"iso.IFB_LLNUM", JPOS_NUMBER, "bcd", "bcd", 2, 0, NULL, 0},
    {"iso.IFB_LLLNUM", JPOS_NUMBER, "bcd", "bcd", 3, 0, NULL, 0},
    {"iso.IFB_FLLNUM", JPOS_NUMBER, "bcd", "bcd", 2, JPOS_FILL_F, NULL, 0},
    {"iso.IFB_FLLLNUM", JPOS_NUMBER, "bcd", "bcd", 3, JPOS_FILL_F, NULL, 0},
    {"iso.IFB_LLHNUM", JPOS_NUMBER, "bcd", "binary", 1, 0, NULL, 0},
    {"iso.IFB_LLLHNUM", JPOS_NUMBER, "bcd", "binary", 2, 0, NULL, 0},
    {"iso.IFA_LLBNUM", JPOS_NUMBER, "bcd", "ascii", 2, JPOS_COUNTS_NIBBLES, NULL, 0},
    {"iso.IFEB_LLNUM", JPOS_NUMBER, "bcd", "ebcdic", 2,
     JPOS_COUNTS_BYTES | JPOS_FILL_F | JPOS_ALWAYS_RIGHT, NULL, 0},
    {"iso.IFEB_LLLNUM", JPOS_NUMBER, "bcd", "ebcdic", 3,
     JPOS_COUNTS_BYTES | JPOS_FILL_F | JPOS_ALWAYS_RIGHT, NULL, 0},
    {"iso.IFA_BINARY", JPOS_BYTES, "hex", NULL, 0, 0, NULL, 0},
    {"iso.IFE_BINARY", JPOS_BYTES, "ebcdic-hex", NULL, 0, 0, NULL, 0},
    {"iso.IFB_BINARY", JPOS_BYTES, "binary", NULL, 0, 0, NULL, 0},
    {"iso.IFA_LBINARY", JPOS_BYTES, "binary", "ascii", 1, 0, NULL, 0},
    {"iso.IFA_LLBINARY", JPOS_BYTES, "binary", "ascii", 2, 0, NULL, 0},
    {"iso.IFA_LLLBINARY", JPOS_BYTES, "binary", "ascii", 3, 0, NULL, 0},
    {"iso.IFA_LLLLBINARY", JPOS_BYTES, "binary", "ascii", 4, 0, NULL, 0},
    {"iso.IFA_LLLLLBINARY", JPOS_BYTES, "binary", "ascii", 5, 0, NULL, 0},
    {"iso.IFA_LLLLLLBINARY", JPOS_BYTES, "binary", "ascii", 6, 0, NULL, 0},
    {"iso.IFA_LLABINARY", JPOS_BYTES, "hex", "ascii", 2, JPOS_COUNTS_BYTES, NULL, 0},
    {"iso.IFA_LLLABINARY", JPOS_BYTES, "hex", "ascii", 3, JPOS_COUNTS_BYTES, NULL, 0},
    {"iso.IFB_LLBINARY", JPOS_BYTES, "binary", "bcd", 2, 0, NULL, 0},
    {"iso.IFB_LLLBINARY", JPOS_BYTES, "binary", "bcd", 3, 0, NULL, 0},
    {"iso.IFB_LLLLBINARY", JPOS_BYTES, "binary", "bcd", 4, 0, NULL, 0},
    {"iso.IFB_LLHBINARY", JPOS_BYTES, "binary", "binary", 1, 0, NULL, 0},
    {"iso.IFB_LLLHBINARY", JPOS_BYTES, "binary", "binary", 2, 0, NULL, 0},
    {"iso.IFB_LLHFBINARY", JPOS_BYTES, "binary", "binary", 1, JPOS_FILLED, NULL, 0},
    {"iso.IFB_LLHEX", JPOS_BYTES, "bcd", "bcd", 2, JPOS_COUNTS_NIBBLES, NULL, 0},
    {"iso.IFB_LLLHEX", JPOS_BYTES, "bcd", "bcd", 3, JPOS_COUNTS_NIBBLES, NULL, 0},
    {"iso.IFE_LBINARY", JPOS_BYTES, "binary", "ebcdic", 1, 0, NULL, 0},
    {"iso.IFE_LLBINARY", JPOS_BYTES, "binary", "ebcdic", 2, 0, NULL, 0},
    {"iso.IFE_LLLBINARY", JPOS_BYTES, "binary", "ebcdic", 3, 0, NULL, 0},
    {"iso.IFE_LLLLBINARY", JPOS_BYTES, "binary", "ebcdic", 4, 0, NULL, 0},
    {"iso.IFE_LLLEBINARY", JPOS_BYTES, "ebcdic", "ebcdic", 3, 0, NULL, 0},
    {"iso.IFA_TTLCHAR", JPOS_TEXT, "ascii", "ascii", 1, JPOS_MAPPED_TAG, "ascii", 2},
    {"iso.IFA_TTLLCHAR", JPOS_TEXT, "ascii", "ascii", 2, JPOS_MAPPED_TAG, "ascii", 2},
    {"iso.IFA_TTLLLCHAR", JPOS_TEXT, "ascii", "ascii", 3, JPOS_MAPPED_TAG, "ascii", 2},
    {"iso.IFA_TTLLLLCHAR", JPOS_TEXT, "ascii", "ascii", 4, JPOS_MAPPED_TAG, "ascii", 2},
    {"iso.IFA_TTLBINARY", JPOS_BYTES, "binary", "ascii", 1, JPOS_MAPPED_TAG, "ascii", 2},
    {"iso.IFA_TTLLBINARY", JPOS_BYTES, "binary", "ascii", 2, JPOS_MAPPED_TAG, "ascii", 2},
    {"iso.IFA_TTLLLBINARY", JPOS_BYTES, "binary", "ascii", 3, JPOS_MAPPED_TAG, "ascii", 2},
    {"iso.IFA_TTLLLLBINARY", JPOS_BYTES, "binary", "ascii", 4, JPOS_MAPPED_TAG, "ascii", 2},
    {"iso.IFA_TTTLLLCHAR", JPOS_TEXT, "ascii", "ascii", 3, JPOS_MAPPED_TAG, "ascii", 3},
    {"iso.IFMC_LLCHAR", JPOS_TEXT, "ascii", "ascii", 2, 0, "ascii", 2},
    {"iso.IFMC_LLBINARY", JPOS_BYTES, "binary", "ascii", 2, 0, "ascii", 2},
    {"iso.IFMC_LLLCHAR", JPOS_TEXT, "ascii", "ascii", 3, 0, "ascii", 2},
    {"iso.IFMC_LLLBINARY", JPOS_BYTES, "binary", "ascii", 3, 0, "ascii", 2},
    {"iso.IFEMC_LLCHAR", JPOS_TEXT, "ebcdic", "ebcdic", 2, 0, "ascii", 2},
    {"iso.IFEMC_LLLCHAR", JPOS_TEXT, "ebcdic", "ebcdic", 3, 0, "ebcdic", 4},
    {"iso.IFEPE_LLCHAR", JPOS_TEXT, "ebcdic", "ebcdic", 2, 0, "ebcdic", 2},
    {"iso.IFEPE_LLLCHAR", JPOS_TEXT, "ebcdic", "ebcdic", 3, 0, "ebcdic", 3},
    {"iso.IFEPE_LLBINARY", JPOS_BYTES, "binary", "ebcdic", 2, 0, "ebcdic", 2},
    {"iso.IFMC_TCC", JPOS_TEXT, "ascii", NULL, 0, JPOS_LEADER, NULL, 0},
    {"iso.IFEMC_TCC", JPOS_TEXT, "ebcdic", NULL, 0, JPOS_LEADER, NULL, 0},
    {"iso.IFIPM_LLLCHAR", JPOS_TEXT, "ascii", "ascii", 3, 0, "ascii", 4},
    {"iso.IFEP_LLCHAR", JPOS_TEXT, "ascii", "ascii", 2, JPOS_LENGTH_FIRST, "ascii", 2},
    {"iso.IFEP_LLLCHAR", JPOS_TEXT, "ascii", "ebcdic", 3, JPOS_LENGTH_FIRST, "ebcdic", 2},
    {"iso.IFELPE_LLLCHAR", JPOS_TEXT, "ebcdic", "ebcdic", 3, JPOS_LENGTH_FIRST, "ebcdic", 2},
    {"iso.IFEP_LLLBINARY", JPOS_BYTES, "binary", "ebcdic", 3, JPOS_LENGTH_FIRST, "ebcdic", 2},
    {"iso.IF_TCHAR", JPOS_ENDED, "ascii", NULL, 0, 0, NULL, 0},
    {"iso.IF_NOP", JPOS_NOTHING, "ascii", NULL, 0, 0, NULL, 0},
    {"iso.IF_UNUSED", JPOS_UNUSED, "ascii", NULL, 0, 0, NULL, 0},
    {"iso.IFB_BITMAP", JPOS_BITMAP, "binary", NULL, 0, 0, NULL, 0},
    {"iso.IFA_BITMAP", JPOS_BITMAP, "hex", NULL, 0, 0, NULL, 0},
    {"iso.IFE_BITMAP", JPOS_BITMAP, "ebcdic-hex", NULL, 0, 0, NULL, 0},
    {"iso.iso.X92_BITMAP", JPOS_BITMAP, "hex", NULL, 0, 0, NULL, 0},
    {"iso.packager.Base1_BITMAP126", JPOS_BITMAP, "binary", NULL, 0, 0, NULL, 0},
    {"tlv.packager.IFTA_LLCHAR", JPOS_TEXT, "ascii", "ascii", 2, JPOS_TOKEN_TAG, "ascii", 0},
    {"tlv.packager.IFTA_LLNUM", JPOS_NUMBER, "ascii", "ascii", 2, JPOS_TOKEN_TAG, "ascii", 0},
    {"tlv.packager.IFTA_LLBINARY", JPOS_BYTES, "binary", "ascii", 2, JPOS_TOKEN_TAG, "ascii", 0},
    {"tlv.packager.IFTA_LLLCHAR", JPOS_TEXT, "ascii", "ascii", 3, JPOS_TOKEN_TAG, "ascii", 0},
    {"tlv.packager.IFTA_LLLNUM", JPOS_NUMBER, "ascii", "ascii", 3, JPOS_TOKEN_TAG, "ascii", 0},
    {"tlv.packager.IFTA_LLLBINARY", JPOS_BYTES, "binary", "ascii", 3, JPOS_TOKEN_TAG, "ascii", 0},
    {"tlv.packager.IFTB_LLBINARY", JPOS_BYTES, "binary", "bcd", 2, JPOS_TOKEN_TAG, "ascii", 0},
    {"tlv.packager.IFB_LHBINARY", JPOS_BYTES, "binary", "binary", 1, 0, NULL, 0},
    {"tlv.packager.IF_FCHAR", JPOS_REST, "ascii", NULL, 0, 0, NULL, 0},
    {"tlv.packager.IF_FBINARY", JPOS_REST, "binary", NULL, 0, 0, NULL, 0},
    {"tlv.packager.IF_FSTCHAR", JPOS_ENDED, "ascii", NULL, 0, 0, NULL, 0},
};

static const struct {
    const char *name, *reason;
} refused[] = {
    {"tlv.packager.IF_FSTBINARY", "its end is a byte that the file does not say"},
    {"tlv.packager.IFA_FST", "jPOS itself has taken it out"},
    {"tlv.packager.IFA_FCHAR", "jPOS itself has taken it out; say IF_FCHAR"},
};

/* Behind "org.jpos."; NULL when it begins otherwise. */
static const char *behind_package(const char *name)
{
    static const char package[] = "org.jpos.";
    return strncmp(name, package, sizeof package - 1) == 0 ? name + sizeof package - 1 : NULL;
}

const struct jpos_class *jpos_class_find(const char *name)
{
    const char *rest = behind_package(name);
    for (size_t i = 0; rest != NULL && i < sizeof classes / sizeof classes[0]; i++)
        if (strcmp(classes[i].name, rest) == 0)
            return &classes[i];
    return NULL;
}

const struct jpos_class *jpos_class_at(unsigned index)
{
    return index < sizeof classes / sizeof classes[0] ? &classes[index] : NULL;
}

const char *jpos_class_reason(const char *name)
{
    const char *rest = behind_package(name);
    for (size_t i = 0; rest != NULL && i < sizeof refused / sizeof refused[0]; i++)
        if (strcmp(refused[i].name, rest) == 0)
            return refused[i].reason;
    return NULL;
}
