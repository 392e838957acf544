/* SPDX-License-Identifier: MIT */
/* codepage.h - text as columns hold it, as UTF-8.
 *
 * Both functions make a new string for free(), and never fail but for want of memory (then NULL): what is no character,
 * a NUL among it, becomes U+FFFD.
 */
#ifndef COLDSTREAM_ISAM_CODEPAGE_H
#define COLDSTREAM_ISAM_CODEPAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* Code page 1252, Western European. */
MUST_CHECK char *codepage_1252_to_utf8(const uint8_t *text, size_t size);

/* UTF-16, little-endian; an odd last byte is ignored. Code page 1200. */
MUST_CHECK char *codepage_utf16_to_utf8(const uint8_t *text, size_t size);

#endif
