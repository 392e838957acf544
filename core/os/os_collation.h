/* SPDX-License-Identifier: MIT */
/* os_collation.h - in which order text of a language stands: sort keys, which memcmp() orders as readers expect the
 * texts.
 *
 * On Linux the order is that of ICU, on Windows the system's own. A key that was stored is of use only to who makes the
 * same keys today; that is what the version of an order says: it differs whenever keys may.
 *
 * Names of languages are Windows' (BCP 47): "en-US", "pt-br", "de-DE_phoneb"; "" is the order of no language. Their
 * case does not matter. Which of them there are the system decides. Numbers of languages (LCIDs) stand for names.
 *
 * A collation may be used by any number of threads at once.
 */
#ifndef COLDSTREAM_OS_OS_COLLATION_H
#define COLDSTREAM_OS_OS_COLLATION_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

/* By the numbers of LCMapStringEx, which are those of JET_UNICODEINDEX.dwMapFlags. */
enum os_collation_flag {
    OS_COLLATION_IGNORE_CASE = 0x1,
    OS_COLLATION_IGNORE_NONSPACE = 0x2,
    OS_COLLATION_IGNORE_SYMBOLS = 0x4,
    OS_COLLATION_DIGITS_AS_NUMBERS = 0x8,
    OS_COLLATION_LINGUISTIC_IGNORE_CASE = 0x10,
    OS_COLLATION_LINGUISTIC_IGNORE_DIACRITIC = 0x20,
    OS_COLLATION_UPPERCASE = 0x200, /* instead of a sort key: no collation has it */
    OS_COLLATION_SORT_KEY = 0x400,  /* in all collations, whether it is asked for or not */
    OS_COLLATION_BYTE_REVERSAL = 0x800,
    OS_COLLATION_STRING_SORT = 0x1000,
    OS_COLLATION_IGNORE_KANA_TYPE = 0x10000,
    OS_COLLATION_IGNORE_WIDTH = 0x20000,
    OS_COLLATION_LINGUISTIC_CASING = 0x08000000,
    OS_COLLATION_FLAGS_KNOWN = 0x0803183F, /* of those, which may be asked for beside the sort key */
};

enum { OS_COLLATION_NAME_SIZE = 85 }; /* of a name, with its NUL */

/* Two texts have comparable keys only if all of it is the same. */
struct os_collation_version {
    uint32_t order;   /* changes with the order of known characters */
    uint32_t defined; /* changes with the characters that are known */
    uint8_t id[16];   /* of the tables: a GUID as it is stored */
};

enum os_collation_age {
    OS_COLLATION_CURRENT,  /* keys of that version are made here */
    OS_COLLATION_OUTDATED, /* another version of what is here */
    OS_COLLATION_FOREIGN,  /* of a system whose keys are not made here */
};

struct os_collation;

/* JET_errInvalidLanguageId: no such language here; JET_errOutOfMemory, JET_errUnicodeTranslationFail. */
MUST_CHECK jet_err os_collation_open(const char *name, uint32_t flags, struct os_collation **ret_collation);

/* Takes NULL. */
void os_collation_close(struct os_collation *collation);

/* What its keys are made of today. JET_errInvalidLanguageId. */
MUST_CHECK jet_err os_collation_version(const char *name, struct os_collation_version *ret_version);

enum os_collation_age os_collation_age(const char *name, const struct os_collation_version *version);

/* The sort key of UTF-16LE, whatever is in it: lone surrogates and NULs are characters like others. At most `room`
 * bytes of it go to `key`; `*ret_size` is how long it is. It has no zero but its last byte, and a 01 stands behind what
 * depends on the base characters alone (OS_COLLATION_BYTE_REVERSAL exchanges each two bytes of that). An odd last byte
 * of the text does not count. JET_errOutOfMemory, JET_errUnicodeTranslationFail. */
MUST_CHECK jet_err os_collation_key(const struct os_collation *collation, const uint8_t *text, size_t size,
                                    uint8_t *key, size_t room, size_t *ret_size);

/* JET_errInvalidLanguageId: no such language, or none with a number of its own. */
MUST_CHECK jet_err os_collation_name_of_lcid(uint32_t lcid, char ret_name[OS_COLLATION_NAME_SIZE]);
MUST_CHECK jet_err os_collation_lcid_of_name(const char *name, uint32_t *ret_lcid);

#endif
