/* SPDX-License-Identifier: MIT */
/* keynorm.h - values of columns -> keys that memcmp() orders as the values are ordered.
 *
 * A key is a sequence of segments, one for each column of the index:
 *
 *      00             null (C0 if the index sorts nulls high)
 *      40             value of length zero (text and binary, not of fixed columns)
 *      7F, bytes      a value:
 *          numbers        big-endian, the sign bit inverted; negative floating-point numbers inverted as a whole
 *          GUID           by the fields of its text form
 *          binary         fixed columns: the bytes; others: chunks of eight bytes with a length each
 *          text           upper-cased, ended by 00; Unicode: the sort key of a collation, which the caller lends
 *
 * A descending segment is complemented, first byte included. The key is cut at its limit (the index's KeyMost); what
 * comes later adds nothing. Without a collation only the nulls and empty values of Unicode text (code page 1200) have
 * keys.
 *
 * A key to search with may stand for a range: keynorm_add_limit() makes the first or last of all keys that begin like
 * it. Such a key may be one byte longer than the limit, so that it is not equal to a key of a record.
 *
 * Pure: the caller owns the buffer, nothing is allocated. Facts checked on real indexes of every type but .NET GUIDs.
 */
#ifndef COLDSTREAM_FORMAT_KEYNORM_H
#define COLDSTREAM_FORMAT_KEYNORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

/* Types of columns, by the numbers of JET_COLTYP. */
enum keynorm_type {
    KEYNORM_BIT = 1,
    KEYNORM_UNSIGNED_BYTE = 2,
    KEYNORM_SHORT = 3,
    KEYNORM_LONG = 4,
    KEYNORM_CURRENCY = 5,
    KEYNORM_SINGLE = 6,
    KEYNORM_DOUBLE = 7,
    KEYNORM_DATE_TIME = 8,
    KEYNORM_BINARY = 9,
    KEYNORM_TEXT = 10,
    KEYNORM_LONG_BINARY = 11,
    KEYNORM_LONG_TEXT = 12,
    KEYNORM_UNSIGNED_LONG = 14,
    KEYNORM_LONG_LONG = 15,
    KEYNORM_GUID = 16,
    KEYNORM_UNSIGNED_SHORT = 17,
    KEYNORM_UNSIGNED_LONG_LONG = 18,
};

enum {
    KEYNORM_SEGMENTS_MAX = 16,
    KEYNORM_LIMIT_DEFAULT = 255, /* KeyMost of an index that does not say; also cuts values to 255 bytes */
    KEYNORM_LIMIT_MAX = 2000,    /* of any page size; see keynorm_limit_max() */
    KEYNORM_CODE_PAGE_UNICODE = 1200,
};

/* How Unicode text is ordered. A sort key has no zero but its last byte, and a 01 behind what depends on the base
 * characters alone. `sort_key` puts at most `room` bytes of it at `key` and says in `ret_size` how long it is. */
struct keynorm_collation {
    jet_err (*sort_key)(const void *context, const uint8_t *text, size_t size, uint8_t *key, size_t room,
                        size_t *ret_size);
    const void *context;
};

/* One column of an index. */
struct keynorm_column {
    uint8_t type;       /* enum keynorm_type; others have no keys */
    uint16_t code_page; /* of text */
    bool is_fixed;      /* the column lies among the fixed ones of the record */
    bool is_descending;
    const struct keynorm_collation *collation; /* of Unicode text; NULL: none */
};

enum keynorm_flag {
    KEYNORM_NULLS_HIGH = 1 << 0,          /* of the index: JET_bitIndexSortNullsHigh */
    KEYNORM_DOTNET_GUID = 1 << 1,         /* of the index: JET_bitIndexDotNetGuid */
    KEYNORM_DISALLOW_TRUNCATION = 1 << 2, /* a key that would be cut is JET_errKeyTruncated */
};

/* A key that grows; fields are read-only to others. */
struct keynorm {
    uint8_t *bytes;
    size_t size;
    size_t limit;       /* KeyMost */
    size_t segment_max; /* VarSegMac: longest segment of text or binary; SIZE_MAX: no limit but that of the key */
    unsigned flags;     /* enum keynorm_flag */
    bool is_truncated;  /* the limit has cut a segment, or left no room for one */
    bool is_limit;      /* stands for a range: nothing can follow */
};

/* The highest limit that an index of a database may have: 500, 1000, 2000, 2000, 2000 by page size. */
size_t keynorm_limit_max(size_t page_size);

/* Begins a key in `buffer`, which holds `limit` + 1 bytes. `segment_max` 0 or `limit`: none. */
void keynorm_begin(struct keynorm *key, void *buffer, size_t limit, size_t segment_max, unsigned flags);

/* Adds the segment of a column. `value` NULL: null; `size` 0: the empty value. Values are as records hold them
 * (little-endian).
 *      JET_errInvalidBufferSize                  the size is none of the type; an empty value of another type or column
 *      JET_errKeyTruncated                       see KEYNORM_DISALLOW_TRUNCATION
 *      JET_errUnicodeNormalizationNotSupported   Unicode text, and no collation; also errors of that
 *      JET_errInvalidColumnType                  no type that can be in an index
 *      JET_errKeyIsMade                          after keynorm_add_limit()
 * After an error the key is as it was. */
MUST_CHECK jet_err keynorm_add(struct keynorm *key, const struct keynorm_column *column, const void *value,
                               size_t size);

/* The key had `begin` bytes before the beginning of a Unicode text was added: is it the key of every text that begins
 * like this? All base weights come before accents and case, so it is only if they alone have filled it. */
bool keynorm_is_of_all(const struct keynorm *key, size_t begin, bool is_descending);

/* How a key to search with ends. */
enum keynorm_limit {
    KEYNORM_EXACT,         /* as keynorm_add() */
    KEYNORM_FULL_START,    /* before all keys with these values, whatever columns follow */
    KEYNORM_FULL_END,      /* behind them */
    KEYNORM_PARTIAL_START, /* before all keys whose last value begins like this one; text, and binary of no fixed column */
    KEYNORM_PARTIAL_END, /* behind them */
    KEYNORM_STRING,      /* JET_bitStrLimit: as PARTIAL_END for binary of no fixed column, FULL_END for all others */
    KEYNORM_SUBSTRING,   /* JET_bitSubStrLimit: as PARTIAL_END for text; nothing for others (with both bits: STRING) */
};

/* Adds the last segment of a key to search with. Errors as keynorm_add(); JET_errInvalidGrbit: partial, and the column
 * has only whole values. If no room was left for the segment, the key stays as it is. */
MUST_CHECK jet_err keynorm_add_limit(struct keynorm *key, const struct keynorm_column *column, const void *value,
                                     size_t size, enum keynorm_limit limit);

#endif
