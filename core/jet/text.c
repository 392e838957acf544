/* SPDX-License-Identifier: MIT */
#include "jet/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "os/os_codepage.h"

jet_err text_from_a(const char *a, char **ret_text)
{
    if (a)
        return os_codepage_decode(a, ret_text);
    *ret_text = NULL;
    return JET_errSuccess;
}

static size_t wide_length(const WCHAR *w)
{
    size_t length = 0;
    while (w[length] != 0)
        length++;
    return length;
}

/* `length` units, NULs too, as a new string. */
static jet_err units_to_text(const WCHAR *w, size_t length, char **ret_text, size_t *ret_size)
{
    if (length > SIZE_MAX / 4)
        return JET_errOutOfMemory;
    size_t room = length * 3 + 1;
    char *text = malloc(room);
    if (!text)
        return JET_errOutOfMemory;
    *ret_size = utf16_to_utf8(w, length, text, room);
    *ret_text = text;
    return JET_errSuccess;
}

jet_err text_from_w(const WCHAR *w, char **ret_text)
{
    size_t size;
    if (w)
        return units_to_text(w, wide_length(w), ret_text, &size);
    *ret_text = NULL;
    return JET_errSuccess;
}

/* The code page is asked for each piece between NULs, as it cannot be asked for more. */
jet_err text_list_from_a(const char *a, size_t bytes, char **ret_text, size_t *ret_size)
{
    size_t size = 0;
    char *list = NULL;
    char *piece = NULL;
    char *decoded = NULL;
    jet_err err = JET_errOutOfMemory;
    for (size_t at = 0; at < bytes;) {
        const char *end = memchr(a + at, '\0', bytes - at);
        size_t length = end ? (size_t)(end - a) - at : bytes - at;
        piece = malloc(length + 1);
        if (!piece)
            goto fail;
        memcpy(piece, a + at, length);
        piece[length] = '\0';
        err = os_codepage_decode(piece, &decoded);
        if (err < JET_errSuccess)
            goto fail;
        size_t more = strlen(decoded) + (end ? 1 : 0);
        char *grown = realloc(list, size + more + 1);
        err = JET_errOutOfMemory;
        if (!grown)
            goto fail;
        list = grown;
        memcpy(list + size, decoded, more);
        size += more;
        at += length + (end ? 1 : 0);
        free(piece);
        free(decoded);
        piece = decoded = NULL;
    }
    *ret_text = list;
    *ret_size = size;
    return JET_errSuccess;
fail:
    free(piece);
    free(decoded);
    free(list);
    return err;
}

jet_err text_list_from_w(const WCHAR *w, size_t bytes, char **ret_text, size_t *ret_size)
{
    return units_to_text(w, bytes / sizeof *w, ret_text, ret_size);
}

/* How much of a local text may be copied into `room` bytes: no character is cut where text is UTF-8; in a code page
 * with lead bytes a cut one is the caller's fate. */
static size_t cut_between_characters(const char *text, size_t room)
{
    while (room > 0 && ((unsigned char)text[room] & 0xC0u) == 0x80u)
        room--;
    return room;
}

jet_err text_to_a(const char *text, char *buffer, size_t bytes, size_t *ret_bytes)
{
    char *local;
    jet_err err = os_codepage_encode(text, &local);
    if (err < JET_errSuccess)
        return err;
    size_t needed = strlen(local) + 1;
    if (ret_bytes)
        *ret_bytes = needed;
    if (bytes > 0) {
        size_t copied = needed <= bytes ? needed - 1 : cut_between_characters(local, bytes - 1);
        memcpy(buffer, local, copied);
        buffer[copied] = '\0';
        err = needed <= bytes ? JET_errSuccess : JET_errBufferTooSmall;
    }
    free(local);
    return err;
}

jet_err text_to_w(const char *text, WCHAR *buffer, size_t bytes, size_t *ret_bytes)
{
    size_t size = strlen(text);
    WCHAR *wide = calloc(size + 1, sizeof *wide);
    if (!wide)
        return JET_errOutOfMemory;
    jet_err err = JET_errUnicodeTranslationFail;
    size_t units = 0;
    if (!utf16_from_utf8(text, size, wide, &units))
        goto out;
    err = JET_errSuccess;
    if (ret_bytes)
        *ret_bytes = (units + 1) * sizeof *wide;
    if (bytes >= sizeof *wide) {
        size_t room = bytes / sizeof *wide - 1;
        size_t copied = units <= room ? units : room;
        if (copied < units && copied > 0 && (wide[copied] & 0xFC00u) == 0xDC00u)
            copied--; /* the second half of a pair would be left behind */
        memcpy(buffer, wide, copied * sizeof *wide);
        buffer[copied] = 0;
        err = units <= room ? JET_errSuccess : JET_errBufferTooSmall;
    } else if (bytes > 0) {
        err = JET_errBufferTooSmall;
    }
out:
    free(wide);
    return err;
}

/* ---- lists, out ---- */

jet_err text_list_to_a(const char *const *texts, size_t count, char *buffer, size_t bytes, size_t *ret_bytes)
{
    char **locals = calloc(count + 1, sizeof *locals);
    jet_err err = locals ? JET_errSuccess : JET_errOutOfMemory;
    size_t needed = 1, at = 0;
    for (size_t i = 0; i < count && err >= JET_errSuccess; i++) {
        err = os_codepage_encode(texts[i], &locals[i]);
        needed += err >= JET_errSuccess ? strlen(locals[i]) + 1 : 0;
    }
    if (err >= JET_errSuccess && buffer && bytes < needed - 1)
        err = JET_errBufferTooSmall;
    for (size_t i = 0; i < count && err >= JET_errSuccess && buffer; i++) {
        memcpy(buffer + at, locals[i], strlen(locals[i]) + 1);
        at += strlen(locals[i]) + 1;
    }
    if (err >= JET_errSuccess && buffer && bytes >= needed)
        buffer[at] = '\0';
    for (size_t i = 0; locals && i < count; i++)
        free(locals[i]);
    free(locals);
    if (err >= JET_errSuccess)
        *ret_bytes = needed;
    return err;
}

/* What of a wide text with its NUL falls into the first `bytes` of the buffer, at `at`. */
static jet_err put_units(const char *text, unsigned char *buffer, size_t bytes, size_t *at)
{
    const size_t size = strlen(text);
    WCHAR *wide = calloc(size + 1, sizeof *wide);
    size_t units = 0;
    if (!wide)
        return JET_errOutOfMemory;
    const bool is_text = utf16_from_utf8(text, size, wide, &units);
    const size_t length = (units + 1) * sizeof *wide;
    if (is_text && buffer && *at < bytes) {
        wide[units] = 0;
        memcpy(buffer + *at, wide, length < bytes - *at ? length : bytes - *at);
    }
    *at += length;
    free(wide);
    return is_text ? JET_errSuccess : JET_errUnicodeTranslationFail;
}

jet_err text_list_to_w(const char *const *texts, size_t count, WCHAR *buffer, size_t bytes, size_t *ret_bytes)
{
    unsigned char *to = (unsigned char *)buffer;
    jet_err err = JET_errSuccess;
    size_t at = 0;
    for (size_t i = 0; i < count && err >= JET_errSuccess; i++)
        err = put_units(texts[i], to, bytes, &at);
    if (err >= JET_errSuccess)
        err = put_units("", to, bytes, &at); /* the last NUL */
    if (err >= JET_errSuccess)
        *ret_bytes = at;
    return err;
}
