/* SPDX-License-Identifier: MIT */
/* text.h - names and numbers as people and machines want to read them.
 *
 * Names come from the file system and may be any bytes. Text that leaves the program is UTF-8; on a screen it must not
 * be able to do anything either.
 */
#ifndef COLDSTREAM_TOOL_TEXT_H
#define COLDSTREAM_TOOL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* Valid UTF-8 of Unicode scalar values: shortest forms, no surrogates. */
bool text_is_utf8(const char *text);

/* Each byte that is not part of valid UTF-8 replaced by U+FFFD; a new string for free(), NULL when out of memory. */
MUST_CHECK char *text_to_utf8(const char *bytes);

/* The same for a screen: control characters appear as \xNN. Cut to `size` with its NUL, between characters. Returns
 * `text`. */
char *text_for_screen(const char *bytes, char *text, size_t size);

/* Lower-case hexadecimal digits; a new string for free(), NULL when out of memory. */
MUST_CHECK char *text_hex(const void *bytes, size_t size);

/* Characters of valid UTF-8; what a terminal needs if none of them is wide. */
size_t text_columns(const char *utf8);

/* Copies the first `columns` characters at most. */
void text_cut(const char *utf8, size_t columns, char *text, size_t size);

enum { TEXT_SIZE_MAX = 32, TEXT_DURATION_MAX = 32 };

/* "12.4 GiB", "512 B". */
char *text_size_format(uint64_t bytes, char text[TEXT_SIZE_MAX]);

/* "0:21", "1:02:03". */
char *text_duration_format(uint64_t seconds, char text[TEXT_DURATION_MAX]);

#endif
