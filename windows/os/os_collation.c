/* SPDX-License-Identifier: MIT */
/* os_collation.c - sort keys by Windows. */
#include "os/os_collation.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "os_text.h"

enum { UNITS_USUAL = 256, KEY_USUAL = 512 }; /* held without memory of their own */

struct os_collation {
    DWORD flags;
    wchar_t name[OS_COLLATION_NAME_SIZE];
};

/* ---- names ---- */

static jet_err name_to_wide(const char *name, wchar_t ret_wide[OS_COLLATION_NAME_SIZE])
{
    wchar_t *wide;
    jet_err err = os_text_to_wide(name, &wide);

    if (err < JET_errSuccess)
        return err == JET_errOutOfMemory ? err : JET_errInvalidLanguageId;
    const size_t length = wcslen(wide);
    if (length < OS_COLLATION_NAME_SIZE)
        memcpy(ret_wide, wide, (length + 1) * sizeof *wide);
    free(wide);
    return length < OS_COLLATION_NAME_SIZE ? JET_errSuccess : JET_errInvalidLanguageId;
}

jet_err os_collation_name_of_lcid(uint32_t lcid, char ret_name[OS_COLLATION_NAME_SIZE])
{
    wchar_t wide[LOCALE_NAME_MAX_LENGTH];
    const int length = LCIDToLocaleName(lcid, wide, LOCALE_NAME_MAX_LENGTH, 0);

    if (length <= 0 ||
        os_text_copy(wide, (size_t)length - 1, ret_name, OS_COLLATION_NAME_SIZE) >= OS_COLLATION_NAME_SIZE)
        return JET_errInvalidLanguageId;
    return JET_errSuccess;
}

jet_err os_collation_lcid_of_name(const char *name, uint32_t *ret_lcid)
{
    wchar_t wide[OS_COLLATION_NAME_SIZE];
    jet_err err = name_to_wide(name, wide);

    if (err < JET_errSuccess)
        return err;
    *ret_lcid = LocaleNameToLCID(wide, 0);
    return *ret_lcid == 0 ? JET_errInvalidLanguageId : JET_errSuccess;
}

/* ---- versions ---- */

static jet_err version_of(const wchar_t *name, struct os_collation_version *ret_version)
{
    NLSVERSIONINFOEX info = {.dwNLSVersionInfoSize = sizeof info};

    if (!GetNLSVersionEx(COMPARE_STRING, name, &info))
        return JET_errInvalidLanguageId;
    *ret_version = (struct os_collation_version){.order = info.dwNLSVersion, .defined = info.dwDefinedVersion};
    memcpy(ret_version->id, &info.guidCustomVersion, sizeof ret_version->id);
    return JET_errSuccess;
}

jet_err os_collation_version(const char *name, struct os_collation_version *ret_version)
{
    wchar_t wide[OS_COLLATION_NAME_SIZE];
    jet_err err = name_to_wide(name, wide);

    return err < JET_errSuccess ? err : version_of(wide, ret_version);
}

/* Versions between which the system's authors say that keys are the same: of an order, those with one number here. */
static uint32_t generation(uint32_t order)
{
    switch (order) {
    case 0x00060102: return 0x00060101;
    case 0x0006020E:
    case 0x0006020F: return 0x0006020D;
    default: return order;
    }
}

enum os_collation_age os_collation_age(const char *name, const struct os_collation_version *version)
{
    struct os_collation_version current;

    if (os_collation_version(name, &current) < JET_errSuccess ||
        memcmp(current.id, version->id, sizeof current.id) != 0)
        return OS_COLLATION_OUTDATED;
    if (current.order == version->order)
        return current.defined == version->defined ? OS_COLLATION_CURRENT : OS_COLLATION_OUTDATED;
    return generation(current.order) == generation(version->order) ? OS_COLLATION_CURRENT : OS_COLLATION_OUTDATED;
}

/* ---- keys ---- */

jet_err os_collation_open(const char *name, uint32_t flags, struct os_collation **ret_collation)
{
    struct os_collation_version version;
    struct os_collation *collation = calloc(1, sizeof *collation);

    if (!collation)
        return JET_errOutOfMemory;
    collation->flags = (flags & OS_COLLATION_FLAGS_KNOWN) | LCMAP_SORTKEY;
    jet_err err = name_to_wide(name, collation->name);
    if (err >= JET_errSuccess)
        err = version_of(collation->name, &version);
    if (err < JET_errSuccess) {
        free(collation);
        return err;
    }
    *ret_collation = collation;
    return JET_errSuccess;
}

void os_collation_close(struct os_collation *collation)
{
    free(collation);
}

static int map(const struct os_collation *collation, const wchar_t *text, int count, uint8_t *key, int size)
{
    return LCMapStringEx(collation->name, collation->flags, text, count, (wchar_t *)(void *)key, size, NULL, NULL, 0);
}

/* The whole key, of which the beginning is wanted: the system makes all of it or nothing. */
static jet_err map_long(const struct os_collation *collation, const wchar_t *text, int count, uint8_t *key, size_t room,
                        size_t *ret_size)
{
    const int size = map(collation, text, count, NULL, 0);
    uint8_t *whole = size > 0 ? malloc((size_t)size) : NULL;

    if (!whole)
        return size > 0 ? JET_errOutOfMemory : JET_errUnicodeTranslationFail;
    const int made = map(collation, text, count, whole, size);
    if (made > 0) {
        *ret_size = (size_t)made;
        memcpy(key, whole, *ret_size < room ? *ret_size : room);
    }
    free(whole);
    return made > 0 ? JET_errSuccess : JET_errUnicodeTranslationFail;
}

static jet_err map_text(const struct os_collation *collation, const wchar_t *text, int count, uint8_t *key, size_t room,
                        size_t *ret_size)
{
    uint8_t usual[KEY_USUAL];
    const int made = map(collation, text, count, usual, sizeof usual);

    if (made <= 0)
        return GetLastError() == ERROR_INSUFFICIENT_BUFFER ? map_long(collation, text, count, key, room, ret_size)
                                                           : JET_errUnicodeTranslationFail;
    *ret_size = (size_t)made;
    memcpy(key, usual, *ret_size < room ? *ret_size : room);
    return JET_errSuccess;
}

jet_err os_collation_key(const struct os_collation *collation, const uint8_t *text, size_t size, uint8_t *key,
                         size_t room, size_t *ret_size)
{
    const size_t count = size / sizeof(wchar_t);
    wchar_t usual[UNITS_USUAL]; /* a text in a record may lie at an odd address */
    wchar_t *units = usual;

    *ret_size = 0;
    if (count == 0)
        return JET_errSuccess; /* for which the system has no key */
    if (count > INT_MAX)
        return JET_errUnicodeTranslationFail;
    if (count > UNITS_USUAL)
        units = malloc(count * sizeof *units);
    if (!units)
        return JET_errOutOfMemory;
    memcpy(units, text, count * sizeof *units);
    jet_err err = map_text(collation, units, (int)count, key, room, ret_size);
    if (units != usual)
        free(units);
    return err;
}
