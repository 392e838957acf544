/* SPDX-License-Identifier: MIT */
/* utf16.h - UTF-8 and UTF-16, both ways, with nothing lost.
 *
 * Windows names and the API's wide text are sequences of 16-bit units that need not be valid UTF-16. An unpaired
 * surrogate becomes the three bytes that UTF-8 would give its number (WTF-8), and comes back as the same unit. Going to
 * UTF-16 everything that is neither UTF-8 nor such a surrogate is refused: overlong forms, numbers above 10FFFF, cut
 * sequences, and a pair of surrogates written as two times three bytes (which would give two spellings to one name).
 */
#ifndef COLDSTREAM_BASE_UTF16_H
#define COLDSTREAM_BASE_UTF16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One code point, unpaired surrogates included, from `left` > 0 bytes. Returns its bytes, 0 if it is none. */
size_t utf8_get(const char *text, size_t left, uint32_t *ret_code);

/* The 1 to 4 bytes of a code point. */
size_t utf8_put(uint32_t code, char byte[4]);

/* One code point from `left` > 0 units; a surrogate without its partner stands for itself. Returns its units. */
size_t utf16_get(const uint16_t *wide, size_t left, uint32_t *ret_code);

/* The 1 or 2 units of a code point. */
size_t utf16_put(uint32_t code, uint16_t unit[2]);

/* Converts `size` bytes to at most as many units (no character has more units than bytes). False: not WTF-8. */
bool utf16_from_utf8(const char *text, size_t size, uint16_t *wide, size_t *ret_units);

/* `length` units as UTF-8 in `text`, whose `size` (at least 1) includes the NUL. Cuts between characters, never inside.
 * Returns the bytes that the whole text takes without its NUL; at most three for each unit. */
size_t utf16_to_utf8(const uint16_t *wide, size_t length, char *text, size_t size);

#endif
