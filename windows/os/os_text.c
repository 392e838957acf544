/* SPDX-License-Identifier: MIT */
/* os_text.c - UTF-8, UTF-16, WTF-8, and the long form of paths. The header has the rules.
 *
 * Windows' own MultiByteToWideChar is not used: it refuses unpaired surrogates or replaces them, and a file whose name
 * has one could then be seen in a listing and never be opened. The conversion is base/utf16.h; this works because
 * wchar_t has 16 bits here.
 *
 * Paths. GetFullPathNameW does what Windows does to any path: '/' becomes '\', "." and ".." go, relative parts are put
 * behind the current folder, and "NUL" or "COM1" become "\\.\NUL" ... Only then \\?\ may be put in front, because it
 * turns all of this off. A ':' behind the drive would name a second stream of a file ("log:hidden"), which is never
 * what a backup means and could be smuggled in by a set made on Linux: such a path is refused.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "os_error_internal.h"
#include "os_text.h"

enum { REPLACEMENT = 0xFFFD };

jet_err os_text_to_wide(const char *text, wchar_t **ret_wide)
{
    size_t size = strlen(text);
    size_t units;
    wchar_t *wide = calloc(size + 1, sizeof *wide);
    if (!wide)
        return os_error_from(ERROR_NOT_ENOUGH_MEMORY);
    if (!utf16_from_utf8(text, size, wide, &units)) {
        free(wide);
        return os_error_from(ERROR_NO_UNICODE_TRANSLATION);
    }
    *ret_wide = wide;
    return JET_errSuccess;
}

size_t os_text_copy(const wchar_t *wide, size_t length, char *text, size_t size)
{
    return utf16_to_utf8(wide, length, text, size);
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
        size_t length = utf8_get(text + used, size - used, &code);
        if (length == 0) {
            code = REPLACEMENT;
            length = 1;
        }
        units += utf16_put(code, wide + units);
        used += length;
    }
    *ret_used = used;
    return units;
}

bool os_text_is_same_name(const char *a, const char *b)
{
    wchar_t *wide_a = NULL, *wide_b = NULL;
    bool is_same = true;
    if (os_text_to_wide(a, &wide_a) >= JET_errSuccess && os_text_to_wide(b, &wide_b) >= JET_errSuccess)
        is_same = CompareStringOrdinal(wide_a, -1, wide_b, -1, TRUE) == CSTR_EQUAL;
    free(wide_a);
    free(wide_b);
    return is_same;
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
