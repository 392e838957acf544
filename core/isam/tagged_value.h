/* SPDX-License-Identifier: MIT */
/* tagged_value.h - the values of one tagged column of a record: one, two, or many (database-file.md 7.4).
 *
 *      header byte of the column          bytes
 *      --                                 the value
 *      TWO_VALUES | MULTI_VALUES          u8 size of the first, first, second: not of long types
 *      MULTI_VALUES                       u16 offset of each value from here, bit 15 = it is a long-value id; the values
 *
 * Values are counted from 1. The first of several may be compressed (COMPRESSED).
 */
#ifndef COLDSTREAM_ISAM_TAGGED_VALUE_H
#define COLDSTREAM_ISAM_TAGGED_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "isam/record.h"
#include "isam/record_edit.h"

struct tagged_value {
    const uint8_t *bytes;
    size_t size;
    bool is_separated;  /* the bytes are a long-value id, little-endian */
    bool is_compressed; /* format/compressed.h */
};

/* How many there are; 0: the column is absent or null. JET_errDatabaseCorrupted. */
MUST_CHECK jet_err tagged_value_count(const struct record_value *column, unsigned *ret_count);

/* The `itag`-th, 1 to count. JET_errDatabaseCorrupted; JET_errBadItagSequence: there is no such value. */
MUST_CHECK jet_err tagged_value_get(const struct record_value *column, unsigned itag, struct tagged_value *ret_value);

/* The column with the `itag`-th value replaced, or with one more behind the last (itag = count + 1), or without it
 * (`value` NULL, itag 1 to count). `column` must not lie in `buffer`. `*ret_image` is borrowed from the buffer; with no
 * value left its `bytes` is NULL: then the column goes, or becomes null if it has a default. Compressed values are kept
 * as they are while they are the first, and refused otherwise (JET_errFeatureNotAvailable): the caller stores them
 * plainly before. JET_errRecordTooBig: the buffer is too small; JET_errDatabaseCorrupted. */
MUST_CHECK jet_err tagged_value_edit(const struct record_value *column, bool is_long_type, unsigned itag,
                                     const struct tagged_value *value, uint8_t *buffer, size_t buffer_size,
                                     struct record_tagged_image *ret_image);

#endif
