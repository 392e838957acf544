/* SPDX-License-Identifier: MIT */
/* os_text.h - UTF-8 for the core, UTF-16 for Windows: the one place where the two meet.
 *
 * Windows names are sequences of 16-bit units that need not be valid UTF-16. An unpaired surrogate becomes the three
 * bytes that UTF-8 would give its number (WTF-8), and comes back as the same unit, so every name of the file system
 * survives the way through the core. Going to UTF-16 everything that is neither UTF-8 nor such a surrogate is refused:
 * overlong forms, numbers above 10FFFF, cut sequences, and a pair of surrogates written as two times three bytes
 * (which would give two spellings to one name).
 */
#ifndef COLDSTREAM_WINDOWS_OS_TEXT_H
#define COLDSTREAM_WINDOWS_OS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

#include "base/compiler.h"
#include "base/jet_err.h"

/* UTF-8 as a new UTF-16 string for free(). JET_errInvalidPath if `text` cannot be converted. */
MUST_CHECK jet_err os_text_to_wide(const char *text, wchar_t **ret_wide);

/* `length` units as a new UTF-8 string for free(); JET_errOutOfMemory is the only error. */
MUST_CHECK jet_err os_text_from_wide(const wchar_t *wide, size_t length, char **ret_text);

/* `length` units as UTF-8 in `text`, whose `size` (at least 1) includes the NUL. Cuts between characters, never inside.
 * Returns the bytes that the whole text takes without its NUL. */
size_t os_text_copy(const wchar_t *wide, size_t length, char *text, size_t size);

/* `size` bytes that may hold anything, for showing to a person: what is not UTF-8 becomes U+FFFD. Writes at most `room`
 * units to `wide` and no NUL; returns their number and says in `*ret_used` how many bytes they stand for. */
size_t os_text_to_wide_lossy(const char *text, size_t size, wchar_t *wide, size_t room, size_t *ret_used);

/* Does Windows take one for the other, as the names of files: letter by letter, whatever their case? Out of memory:
 * yes. */
bool os_text_is_same_name(const char *a, const char *b);

/* The UTF-16 path that Windows gets for a UTF-8 path, as a new string for free(): made absolute, and with \\?\ in front
 * once it has OS_TEXT_LONG_PATH units, since CreateDirectoryW ends at 248 and the other calls at 260. A path that has
 * that prefix already stays as it is, and so does an empty one, which no call of Windows accepts. Both separators are
 * good. JET_errInvalidPath if it cannot be converted or names a second stream of a file. */
enum { OS_TEXT_LONG_PATH = 248 };
MUST_CHECK jet_err os_text_to_path(const char *path, wchar_t **ret_wide);

#endif
