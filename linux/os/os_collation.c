/* SPDX-License-Identifier: MIT */
/* os_collation.c - sort keys by ICU.
 *
 * What flags mean here:
 *
 *      none ignored            all three levels count: base characters, accents, then case, width and kind of kana
 *      case, kana and width    the third does not (the default of the API)
 *      some of the three       the text is folded by those that are ignored, then all levels count
 *      non-spacing             only the first counts, and case if it is not ignored: neither width nor kind of kana
 *      symbols                 spaces, punctuation and symbols are not there
 *      digits as numbers       "2" comes before "10"
 *
 * Hyphens and apostrophes are characters like others (string sort), whether that is asked for or not. Canonically
 * equivalent texts have the same key. Opening a collation takes microseconds, as ICU keeps the tables of languages
 * itself; an open one is only read.
 */
#include "os/os_collation.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/ucol.h>
#include <unicode/uloc.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/uversion.h>

#include "base/byteorder.h"
#include "os_locale.h"

enum {
    TEXT_SIZE_MAX = 1 << 24, /* bytes of a text that count */
    TEXT_UNITS_USUAL = 256,  /* held without memory of their own */
    FOLDED_PER_UNIT_MAX = 3,
    SCHEME = 1, /* of what this file does beside ICU: to be counted up when keys change */
};

/* Of keys made by ICU, of whatever version: {6C81DC3E-1BD5-4C52-9B0A-C01D57BEA3A5}. Not one of Windows'. */
static const uint8_t id_icu[16] = {0x3E, 0xDC, 0x81, 0x6C, 0xD5, 0x1B, 0x52, 0x4C,
                                   0x9B, 0x0A, 0xC0, 0x1D, 0x57, 0xBE, 0xA3, 0xA5};

struct os_collation {
    UCollator *icu;
    const UNormalizer2 *widths; /* NULL: not folded */
    bool folds_case, folds_kana;
    bool reverses_bytes;
};

/* ---- opening ---- */

static bool ignores_case(uint32_t flags)
{
    return flags & (OS_COLLATION_IGNORE_CASE | OS_COLLATION_LINGUISTIC_IGNORE_CASE);
}

static bool ignores_nonspace(uint32_t flags)
{
    return flags & (OS_COLLATION_IGNORE_NONSPACE | OS_COLLATION_LINGUISTIC_IGNORE_DIACRITIC);
}

static bool ignores_third_level(uint32_t flags)
{
    return ignores_case(flags) && (flags & OS_COLLATION_IGNORE_KANA_TYPE) && (flags & OS_COLLATION_IGNORE_WIDTH);
}

/* The order of Japanese tells kinds of kana apart on a level of its own, where ignored symbols would turn up again. */
static UCollationStrength strength_of(const char *language, uint32_t flags)
{
    if (ignores_nonspace(flags))
        return UCOL_PRIMARY;
    if (ignores_third_level(flags))
        return UCOL_SECONDARY;
    return strcmp(language, "ja") == 0 && !(flags & (OS_COLLATION_IGNORE_KANA_TYPE | OS_COLLATION_IGNORE_SYMBOLS))
               ? UCOL_QUATERNARY
               : UCOL_TERTIARY;
}

static void set_attributes(UCollator *icu, const char *language, uint32_t flags, UErrorCode *status)
{
    const bool ignores_symbols = flags & OS_COLLATION_IGNORE_SYMBOLS;

    ucol_setAttribute(icu, UCOL_STRENGTH, (UColAttributeValue)strength_of(language, flags), status);
    ucol_setAttribute(icu, UCOL_CASE_LEVEL, ignores_nonspace(flags) && !ignores_case(flags) ? UCOL_ON : UCOL_OFF,
                      status);
    ucol_setAttribute(icu, UCOL_NORMALIZATION_MODE, UCOL_ON, status);
    ucol_setAttribute(icu, UCOL_ALTERNATE_HANDLING, ignores_symbols ? UCOL_SHIFTED : UCOL_NON_IGNORABLE, status);
    if (ignores_symbols)
        ucol_setMaxVariable(icu, UCOL_REORDER_CODE_CURRENCY, status);
    ucol_setAttribute(icu, UCOL_NUMERIC_COLLATION, flags & OS_COLLATION_DIGITS_AS_NUMBERS ? UCOL_ON : UCOL_OFF, status);
}

static void set_folds(struct os_collation *collation, uint32_t flags, UErrorCode *status)
{
    if (ignores_nonspace(flags) || ignores_third_level(flags))
        return;
    collation->folds_case = ignores_case(flags);
    collation->folds_kana = flags & OS_COLLATION_IGNORE_KANA_TYPE;
    if (flags & OS_COLLATION_IGNORE_WIDTH)
        collation->widths = unorm2_getNFKDInstance(status);
}

static jet_err status_error(UErrorCode status)
{
    return status == U_MEMORY_ALLOCATION_ERROR ? JET_errOutOfMemory : JET_errUnicodeTranslationFail;
}

jet_err os_collation_open(const char *name, uint32_t flags, struct os_collation **ret_collation)
{
    char locale[OS_LOCALE_ICU_SIZE], language[ULOC_LANG_CAPACITY] = "";
    UErrorCode status = U_ZERO_ERROR;
    jet_err err = os_locale_to_icu(name, locale);

    if (err < JET_errSuccess)
        return err;
    struct os_collation *collation = calloc(1, sizeof *collation);
    if (!collation)
        return JET_errOutOfMemory;
    collation->reverses_bytes = flags & OS_COLLATION_BYTE_REVERSAL;
    uloc_getLanguage(locale, language, sizeof language, &status);
    collation->icu = ucol_open(locale, &status);
    if (U_SUCCESS(status))
        set_attributes(collation->icu, language, flags, &status);
    if (U_SUCCESS(status))
        set_folds(collation, flags, &status);
    if (U_FAILURE(status)) {
        os_collation_close(collation);
        return status_error(status);
    }
    *ret_collation = collation;
    return JET_errSuccess;
}

void os_collation_close(struct os_collation *collation)
{
    if (!collation)
        return;
    ucol_close(collation->icu);
    free(collation);
}

/* ---- versions ---- */

static uint32_t version_number(const UVersionInfo version)
{
    return (uint32_t)version[0] << 24 | (uint32_t)version[1] << 16 | (uint32_t)version[2] << 8 | version[3];
}

jet_err os_collation_version(const char *name, struct os_collation_version *ret_version)
{
    struct os_collation *collation;
    UVersionInfo order, characters;
    jet_err err = os_collation_open(name, 0, &collation);

    if (err < JET_errSuccess)
        return err;
    ucol_getVersion(collation->icu, order);
    os_collation_close(collation);
    u_getUnicodeVersion(characters);
    *ret_version = (struct os_collation_version){
        .order = version_number(order),
        .defined = (uint32_t)SCHEME << 24 | version_number(characters) >> 8,
    };
    memcpy(ret_version->id, id_icu, sizeof id_icu);
    return JET_errSuccess;
}

enum os_collation_age os_collation_age(const char *name, const struct os_collation_version *version)
{
    struct os_collation_version current;

    if (memcmp(version->id, id_icu, sizeof id_icu) != 0)
        return OS_COLLATION_FOREIGN;
    if (os_collation_version(name, &current) < JET_errSuccess)
        return OS_COLLATION_OUTDATED;
    return current.order == version->order && current.defined == version->defined ? OS_COLLATION_CURRENT
                                                                                  : OS_COLLATION_OUTDATED;
}

/* ---- folding ---- */

struct units {
    UChar *list;
    size_t count;
    UChar usual[TEXT_UNITS_USUAL]; /* where `list` is, unless there are more */
};

static void units_free(struct units *units)
{
    if (units->list != units->usual)
        free(units->list);
}

static jet_err units_take(const uint8_t *text, size_t size, struct units *ret_units)
{
    const le16 *from = (const void *)text;
    const size_t count = (size < TEXT_SIZE_MAX ? size : (size_t)TEXT_SIZE_MAX) / sizeof *from;

    ret_units->list = count <= TEXT_UNITS_USUAL ? ret_units->usual : malloc(count * sizeof(UChar));
    if (!ret_units->list)
        return JET_errOutOfMemory;
    for (size_t i = 0; i < count; i++)
        ret_units->list[i] = le16_get(from[i]);
    ret_units->count = count;
    return JET_errSuccess;
}

/* Of a character that is another one in a form of double or half width. */
static size_t fold_width(const UNormalizer2 *widths, UChar unit, UChar *to)
{
    const int32_t kind = u_getIntPropertyValue(unit, UCHAR_DECOMPOSITION_TYPE);
    UErrorCode status = U_ZERO_ERROR;
    int32_t length = -1;

    if (kind == U_DT_WIDE || kind == U_DT_NARROW)
        length = unorm2_getRawDecomposition(widths, unit, to, FOLDED_PER_UNIT_MAX, &status);
    if (U_SUCCESS(status) && length > 0)
        return (size_t)length;
    to[0] = unit;
    return 1;
}

static UChar fold_kana(UChar unit)
{
    enum { KATAKANA_FIRST = 0x30A1, KATAKANA_LAST = 0x30F6, MARK_FIRST = 0x30FD, MARK_LAST = 0x30FE, DISTANCE = 0x60 };
    const bool is_katakana =
        (unit >= KATAKANA_FIRST && unit <= KATAKANA_LAST) || (unit >= MARK_FIRST && unit <= MARK_LAST);

    return is_katakana ? (UChar)(unit - DISTANCE) : unit;
}

static size_t fold_units(const struct os_collation *collation, const struct units *units, UChar *to)
{
    size_t count = 0;

    for (size_t i = 0; i < units->count; i++) {
        const size_t more = collation->widths ? fold_width(collation->widths, units->list[i], to + count) : 1;

        if (!collation->widths)
            to[count] = units->list[i];
        for (size_t k = 0; collation->folds_kana && k < more; k++)
            to[count + k] = fold_kana(to[count + k]);
        count += more;
    }
    return count;
}

/* Replaces the text. */
static jet_err fold(const struct os_collation *collation, struct units *units)
{
    const size_t room = units->count * FOLDED_PER_UNIT_MAX;
    UErrorCode status = U_ZERO_ERROR;
    UChar *once = malloc((room + 1) * sizeof(UChar));
    UChar *twice = malloc((room * FOLDED_PER_UNIT_MAX + 1) * sizeof(UChar));
    jet_err err = once && twice ? JET_errSuccess : JET_errOutOfMemory;

    if (err >= JET_errSuccess) {
        size_t count = fold_units(collation, units, once);

        if (collation->folds_case) {
            count = (size_t)u_strFoldCase(twice, (int32_t)(room * FOLDED_PER_UNIT_MAX + 1), once, (int32_t)count,
                                          U_FOLD_CASE_DEFAULT, &status);
        } else {
            memcpy(twice, once, count * sizeof(UChar));
        }
        err = U_FAILURE(status) ? status_error(status) : JET_errSuccess;
        units_free(units);
        units->list = twice;
        units->count = count;
        twice = NULL;
    }
    free(once);
    free(twice);
    return err;
}

/* ---- keys ---- */

/* Of the whole key, of which `room` bytes are wanted. */
static jet_err reversed_key(const struct os_collation *collation, const struct units *units, uint8_t *key, size_t room,
                            size_t size)
{
    uint8_t *whole = malloc(size);

    if (!whole)
        return JET_errOutOfMemory;
    ucol_getSortKey(collation->icu, units->list, (int32_t)units->count, whole, (int32_t)size);
    for (size_t i = 0; i + 1 < size; i += 2) {
        const uint8_t first = whole[i];

        whole[i] = whole[i + 1];
        whole[i + 1] = first;
    }
    memcpy(key, whole, size < room ? size : room);
    free(whole);
    return JET_errSuccess;
}

static jet_err units_key(const struct os_collation *collation, const struct units *units, uint8_t *key, size_t room,
                         size_t *ret_size)
{
    const int32_t size = ucol_getSortKey(collation->icu, units->list, (int32_t)units->count, key,
                                         room < INT32_MAX ? (int32_t)room : INT32_MAX);

    if (size <= 0) /* ICU says no more than that */
        return JET_errUnicodeTranslationFail;
    *ret_size = (size_t)size;
    return collation->reverses_bytes ? reversed_key(collation, units, key, room, *ret_size) : JET_errSuccess;
}

jet_err os_collation_key(const struct os_collation *collation, const uint8_t *text, size_t size, uint8_t *key,
                         size_t room, size_t *ret_size)
{
    struct units units;
    jet_err err = units_take(text, size, &units);

    if (err < JET_errSuccess)
        return err;
    if (collation->folds_case || collation->folds_kana || collation->widths)
        err = fold(collation, &units);
    if (err >= JET_errSuccess)
        err = units_key(collation, &units, key, room, ret_size);
    units_free(&units);
    return err;
}
