/* SPDX-License-Identifier: MIT */
/* text.h - text at the door: the A forms' code page and the W forms' UTF-16, and UTF-8 behind it.
 *
 * Everything below the API speaks UTF-8; units of UTF-16 that are no characters survive (base/utf16.h). The entry
 * points that take text are written once, in files named api_*.inc, which are included for A and for W (api_a.c,
 * api_w.c) with
 *
 *      JET_CHAR, JET_AW(name), JET_AW_(name)       as in esent_text.h
 *      JET_IS_WIDE                                 false, true: for what differs beyond the text
 *      TEXT_IN(text, &utf8)                        text_from_a, text_from_w
 *      TEXT_OUT(utf8, buffer, bytes, &actual)      text_to_a, text_to_w
 *      TEXT_LIST_OUT(texts, count, buffer, bytes, &actual)     text_list_to_a, text_list_to_w
 */
#ifndef COLDSTREAM_JET_TEXT_H
#define COLDSTREAM_JET_TEXT_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/esent.h"

/* A new UTF-8 string for free(); NULL gives NULL. JET_errOutOfMemory; JET_errUnicodeTranslationFail: it is no text. */
MUST_CHECK jet_err text_from_a(const char *a, char **ret_text);
MUST_CHECK jet_err text_from_w(const WCHAR *w, char **ret_text);

/* The same for `bytes` of text with NULs in it (index keys: "+a\0-b\0\0"); `ret_size`: bytes of UTF-8, without a NUL of
 * its own. For W, an odd last byte is ignored. */
MUST_CHECK jet_err text_list_from_a(const char *a, size_t bytes, char **ret_text, size_t *ret_size);
MUST_CHECK jet_err text_list_from_w(const WCHAR *w, size_t bytes, char **ret_text, size_t *ret_size);

/* Writes text with its NUL into `buffer`, which has `bytes` bytes; may be NULL if `bytes` is 0. What does not fit is
 * cut, between characters, and the result is JET_errBufferTooSmall, unless `bytes` is 0. `ret_bytes` (may be NULL) is
 * what the whole text takes with its NUL, in any case. JET_errOutOfMemory, JET_errUnicodeTranslationFail. */
MUST_CHECK jet_err text_to_a(const char *text, char *buffer, size_t bytes, size_t *ret_bytes);
MUST_CHECK jet_err text_to_w(const char *text, WCHAR *buffer, size_t bytes, size_t *ret_bytes);

/* Writes strings one after another, each with its NUL, and one NUL more, as lists of paths are given to clients
 * (backup-api 5.1). `*ret_bytes` is what all of it takes. A buffer that is NULL asks for that alone. One that is too
 * small:
 *   W   gets the beginning, cut anywhere, and the call succeeds: who compares the two numbers knows;
 *   A   stays as it is, JET_errBufferTooSmall; but if only the last NUL does not fit, it is left out.
 * JET_errOutOfMemory, JET_errUnicodeTranslationFail. */
MUST_CHECK jet_err text_list_to_a(const char *const *texts, size_t count, char *buffer, size_t bytes,
                                  size_t *ret_bytes);
MUST_CHECK jet_err text_list_to_w(const char *const *texts, size_t count, WCHAR *buffer, size_t bytes,
                                  size_t *ret_bytes);

#endif
