/* SPDX-License-Identifier: MIT */
/* os_text.c - UTF-8, UTF-16, WTF-8, and the long form of paths. The header has the rules.
 *
 * Windows' own MultiByteToWideChar is not used: it refuses unpaired surrogates or replaces them, and a file whose name
 * has one could then be seen in a listing and never be opened. Both directions go code point by code point through
 * text_decode() and wide_decode(); the lengths are counted first, by the same loop with no room to write.
 *
 * Paths. GetFullPathNameW does what Windows does to any path: '/' becomes '\', "." and ".." go, relative parts are put
 * behind the current folder, and "NUL" or "COM1" become "\\.\NUL" ... Only then \\?\ may be put in front, because it
 * turns all of this off. A ':' behind the drive would name a second stream of a file ("log:hidden"), which is never
 * what a backup means and could be smuggled in by a set made on Linux: such a path is refused.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "os_error_internal.h"
#include "os_text.h"

enum {
    SURROGATE_HIGH = 0xD800, /* first of 1024 */
    SURROGATE_LOW = 0xDC00,  /* first of 1024 */
    SURROGATE_COUNT = 0x400,
    REPLACEMENT = 0xFFFD,
    CODE_MAX = 0x10FFFF,
};

static bool is_surrogate(uint32_t code, uint32_t first)
{
    return code - first < SURROGATE_COUNT;
}

/* Smallest code point of a sequence of 1..4 bytes: anything less is an overlong form. */
static const uint32_t sequence_min[5] = {0, 0, 0x80, 0x800, 0x10000};

static unsigned sequence_length(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first < 0xE0)
        return 2;
    if (first >= 0xE0 && first < 0xF0)
        return 3;
    if (first >= 0xF0 && first < 0xF5)
        return 4;
    return 0;
}

/* One code point, unpaired surrogates included, from `left` > 0 bytes. Returns its bytes, 0 if it is none. */
static size_t text_decode(const char *text, size_t left, uint32_t *ret_code)
{
    const unsigned char *byte = (const unsigned char *)text;
    unsigned length = sequence_length(byte[0]);
    if (length == 0 || length > left)
        return 0;
    uint32_t code = length == 1 ? byte[0] : byte[0] & (0x7Fu >> length);
    for (unsigned i = 1; i < length; i++) {
        if ((byte[i] & 0xC0u) != 0x80)
            return 0;
        code = code << 6 | (byte[i] & 0x3Fu);
    }
    if (code < sequence_min[length] || code > CODE_MAX)
        return 0;
    *ret_code = code;
    return length;
}

/* One code point from `left` > 0 units; a surrogate without its partner stands for itself. Returns its units. */
static size_t wide_decode(const wchar_t *wide, size_t left, uint32_t *ret_code)
{
    *ret_code = wide[0];
    if (left < 2 || !is_surrogate(wide[0], SURROGATE_HIGH) || !is_surrogate(wide[1], SURROGATE_LOW))
        return 1;
    *ret_code = 0x10000 + ((uint32_t)(wide[0] - SURROGATE_HIGH) << 10) + (uint32_t)(wide[1] - SURROGATE_LOW);
    return 2;
}

/* The 1 or 2 units of a code point. */
static size_t wide_encode(uint32_t code, wchar_t unit[2])
{
    if (code < 0x10000) {
        unit[0] = (wchar_t)code;
        return 1;
    }
    unit[0] = (wchar_t)(SURROGATE_HIGH + ((code - 0x10000) >> 10));
    unit[1] = (wchar_t)(SURROGATE_LOW + ((code - 0x10000) & 0x3FF));
    return 2;
}

/* The 1 to 4 bytes of a code point. */
static size_t text_encode(uint32_t code, char byte[4])
{
    size_t length = 1;
    while (length < 4 && code >= sequence_min[length + 1])
        length++;
    if (length == 1) {
        byte[0] = (char)code;
        return 1;
    }
    for (size_t i = length - 1; i > 0; i--) {
        byte[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    byte[0] = (char)(0xF00u >> length | code);
    return length;
}

/* Converts `size` bytes to at most as many units (no character has more units than bytes). False: not WTF-8. */
static bool text_to_units(const char *text, size_t size, wchar_t *wide, size_t *ret_units)
{
    size_t units = 0;
    uint32_t before = 0;
    while (size > 0) {
        uint32_t code;
        size_t length = text_decode(text, size, &code);
        if (length == 0 || (is_surrogate(before, SURROGATE_HIGH) && is_surrogate(code, SURROGATE_LOW)))
            return false;
        units += wide_encode(code, wide + units);
        before = code;
        text += length;
        size -= length;
    }
    *ret_units = units;
    return true;
}

jet_err os_text_to_wide(const char *text, wchar_t **ret_wide)
{
    size_t size = strlen(text);
    size_t units;
    wchar_t *wide = calloc(size + 1, sizeof *wide);
    if (!wide)
        return os_error_from(ERROR_NOT_ENOUGH_MEMORY);
    if (!text_to_units(text, size, wide, &units)) {
        free(wide);
        return os_error_from(ERROR_NO_UNICODE_TRANSLATION);
    }
    *ret_wide = wide;
    return JET_errSuccess;
}

size_t os_text_copy(const wchar_t *wide, size_t length, char *text, size_t size)
{
    size_t total = 0;
    size_t room = size - 1;
    while (length > 0) {
        uint32_t code;
        char byte[4];
        size_t units = wide_decode(wide, length, &code);
        size_t bytes = text_encode(code, byte);
        if (bytes > room)
            room = 0; /* nothing behind a cut, even if it would fit */
        for (size_t i = 0; i < bytes && room > 0; i++, room--)
            *text++ = byte[i];
        total += bytes;
        wide += units;
        length -= units;
    }
    *text = '\0';
    return total;
}

jet_err os_text_from_wide(const wchar_t *wide, size_t length, char **ret_text)
{
    size_t size = length * 3 + 1; /* a unit has at most three bytes, a pair four; a name has at most 32767 units */
    char *text = malloc(size);
    if (!text)
        return os_error_from(ERROR_NOT_ENOUGH_MEMORY);
    (void)os_text_copy(wide, length, text, size); /* fits */
    *ret_text = text;
    return JET_errSuccess;
}

size_t os_text_to_wide_lossy(const char *text, size_t size, wchar_t *wide, size_t room, size_t *ret_used)
{
    size_t units = 0;
    size_t used = 0;
    while (used < size && room - units >= 2) {
        uint32_t code;
        size_t length = text_decode(text + used, size - used, &code);
        if (length == 0) {
            code = REPLACEMENT;
            length = 1;
        }
        units += wide_encode(code, wide + units);
        used += length;
    }
    *ret_used = used;
    return units;
}

static bool path_has_prefix(const wchar_t *path, const wchar_t *prefix)
{
    return wcsncmp(path, prefix, wcslen(prefix)) == 0;
}

static bool path_names_a_stream(const wchar_t *full)
{
    if (path_has_prefix(full, L"\\\\?\\") || path_has_prefix(full, L"\\\\.\\"))
        full += 4;
    if (full[0] != L'\0' && full[1] == L':')
        full += 2;
    return wcschr(full, L':') != NULL;
}

/* GetFullPathNameW with room for \\?\UNC in front: a new string, whose path begins at index LONG_PREFIX_ROOM. */
enum { LONG_PREFIX_ROOM = 8 };

static jet_err path_make_absolute(const wchar_t *wide, wchar_t **ret_roomy)
{
    DWORD room = MAX_PATH;
    for (;;) {
        wchar_t *roomy = calloc((size_t)room + LONG_PREFIX_ROOM, sizeof *roomy);
        if (!roomy)
            return os_error_from(ERROR_NOT_ENOUGH_MEMORY);
        DWORD length = GetFullPathNameW(wide, room, roomy + LONG_PREFIX_ROOM, NULL);
        if (length > 0 && length < room) {
            *ret_roomy = roomy;
            return JET_errSuccess;
        }
        jet_err err = length == 0 ? os_error_from_system() : JET_errSuccess;
        free(roomy);
        if (err < JET_errSuccess)
            return err;
        room = length + 1; /* again, until it fits: the current folder may change meanwhile */
    }
}

/* Moves the path to the start of its string, behind \\?\ if it is long. */
static void path_put_prefix(wchar_t *roomy)
{
    const wchar_t *full = roomy + LONG_PREFIX_ROOM;
    const wchar_t *prefix = L"";
    if (wcslen(full) >= OS_TEXT_LONG_PATH && !path_has_prefix(full, L"\\\\?\\") && !path_has_prefix(full, L"\\\\.\\")) {
        bool is_unc = path_has_prefix(full, L"\\\\");
        prefix = is_unc ? L"\\\\?\\UNC" : L"\\\\?\\";
        full += is_unc ? 1 : 0; /* \\server becomes \\?\UNC\server */
    }
    size_t length = wcslen(prefix);
    memmove(roomy + length, full, (wcslen(full) + 1) * sizeof *roomy);
    memcpy(roomy, prefix, length * sizeof *roomy);
}

jet_err os_text_to_path(const char *path, wchar_t **ret_wide)
{
    wchar_t *wide = NULL;
    jet_err err = os_text_to_wide(path, &wide);
    if (err < JET_errSuccess)
        goto fail;
    if (wide[0] != L'\0' && !path_has_prefix(wide, L"\\\\?\\")) {
        wchar_t *full = NULL;
        err = path_make_absolute(wide, &full);
        if (err < JET_errSuccess)
            goto fail;
        free(wide);
        wide = full;
        path_put_prefix(wide);
    }
    if (path_names_a_stream(wide)) {
        err = os_error_from(ERROR_INVALID_NAME);
        goto fail;
    }
    *ret_wide = wide;
    return JET_errSuccess;
fail:
    free(wide);
    return err;
}
