/* SPDX-License-Identifier: MIT */
/* logdiff.h - how the data of a node changed, as the log record ReplaceD holds it.
 *
 * A difference is a sequence of pieces in ascending order of their offset in the old data, which do not overlap:
 *
 *      narrow   u16: bits 0-12 offset, bits 13-15 flags                 pages of up to 8 KiB
 *      wide     u16 offset, u8: bits 5-7 the same flags                 pages of 16 and 32 KiB
 *               new length (one byte or two), old length (likewise; only with neither of the first two flags), new bytes
 *
 *      flags    1 old length = new length, 2 old length = 0 (insertion), 4 lengths take two bytes
 *
 * The low five bits of the wide flag byte repeat bits 8 to 12 of the offset, because Windows leaves them there; a
 * reader ignores them.
 */
#ifndef COLDSTREAM_FORMAT_LOGDIFF_H
#define COLDSTREAM_FORMAT_LOGDIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

/* Finds a difference that is shorter than the new data, and of `buffer_size` bytes at most. False: there is none, the
 * change has to be logged as Replace. Sizes are those of nodes: 65535 at most. */
MUST_CHECK bool logdiff_make(const void *old_data, size_t old_size, const void *new_data, size_t new_size, bool is_wide,
                             void *buffer, size_t buffer_size, size_t *ret_size);

/* Makes the new data, which must have `new_size` bytes, of the old and a difference. Safe on any bytes. `ret_data` does
 * not overlap the others and is undefined after an error. JET_errLogFileCorrupt: the difference is not one of old data
 * of this size, or the new data would have another size. */
MUST_CHECK jet_err logdiff_apply(const void *difference, size_t size, bool is_wide, const void *old_data,
                                 size_t old_size, void *ret_data, size_t new_size);

#endif
