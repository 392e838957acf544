/* SPDX-License-Identifier: MIT */
/* record.h - the record of a table: bytes of a node <-> values of columns, read only.
 *
 *      +0  u8   last fixed column present (0 to 127)
 *      +1  u8   last variable column present (127: none, to 255)
 *      +2  u16  end of the fixed part
 *      +4  fixed columns, each where the catalogue says; then one null bit for each
 *          u16 for each variable column: end of its data, bit 15 = null; then the data
 *          tagged columns: array of (u16 column, u16 offset), then the data; rest of the node
 *
 * Columns that are absent have their default value, which the catalogue knows and this file does not.
 */
#ifndef COLDSTREAM_ISAM_RECORD_H
#define COLDSTREAM_ISAM_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

enum {
    RECORD_FIXED_FIRST = 1,
    RECORD_FIXED_LAST = 127,
    RECORD_VARIABLE_FIRST = 128,
    RECORD_VARIABLE_LAST = 255,
    RECORD_TAGGED_FIRST = 256,
};

/* A verified record; everything is borrowed from the node. */
struct record {
    const uint8_t *bytes;
    size_t size;
    bool is_large;          /* of a page of 16 or 32 KiB */
    unsigned fixed_last;    /* 0: none */
    unsigned variable_last; /* 127: none */
    size_t null_bits;       /* offset of the bitmap = end of the fixed columns */
    size_t variable_ends;   /* offset of the array */
    size_t variable_data;   /* offset of the data */
    size_t tagged;          /* offset of the array of tagged columns */
    unsigned tagged_count;
};

enum record_state {
    RECORD_ABSENT, /* not stored: default value, else null */
    RECORD_NULL,
    RECORD_VALUE,
};

struct record_value {
    enum record_state state;
    const uint8_t *bytes; /* borrowed; meaningful for RECORD_VALUE */
    size_t size;
    unsigned tagged_flags; /* enum record_tagged_flag; 0 unless it is a tagged column with a header byte */
};

/* Header byte of a tagged value: what the bytes are. Without any of those below LONG_VALUE they are the value. */
enum record_tagged_flag {
    RECORD_TAGGED_LONG_VALUE = 0x01, /* column of a long type */
    RECORD_TAGGED_COMPRESSED = 0x02,
    RECORD_TAGGED_SEPARATED = 0x04, /* a long-value id */
    RECORD_TAGGED_MULTI_VALUES = 0x08,
    RECORD_TAGGED_TWO_VALUES = 0x10,
    RECORD_TAGGED_NULL = 0x20,
    RECORD_TAGGED_ENCRYPTED = 0x40,
};

/* Verifies the layout of the data of a table's leaf node. JET_errDatabaseCorrupted. Guarantees on success:
 *   1. the offsets in `ret_record` lie in the record, in the order in which they are listed;
 *   2. the ends of the variable columns ascend and lie in the record;
 *   3. the offsets of the tagged columns ascend and lie in the record. */
MUST_CHECK jet_err record_decode(const uint8_t *bytes, size_t size, size_t page_size, struct record *ret_record);

/* Fixed column `column` (1 to 127), `size` bytes at `offset` of the record, as the catalogue says.
 * JET_errDatabaseCorrupted: it does not lie among the fixed columns. */
MUST_CHECK jet_err record_get_fixed(const struct record *record, unsigned column, size_t offset, size_t size,
                                    struct record_value *ret_value);

/* Variable column `column`, 128 to 255. Cannot fail. */
void record_get_variable(const struct record *record, unsigned column, struct record_value *ret_value);

/* Tagged column `column`, 256 or more, of the table itself (not of its template). JET_errDatabaseCorrupted: no room for
 * the header byte it must have. */
MUST_CHECK jet_err record_get_tagged(const struct record *record, unsigned column, struct record_value *ret_value);

/* The `i`-th tagged column that is stored, 0 to tagged_count - 1, whoever's it is. Errors as above. */
MUST_CHECK jet_err record_get_tagged_at(const struct record *record, unsigned i, unsigned *ret_column,
                                        struct record_value *ret_value);

/* Is it one of the template table? */
bool record_tagged_is_derived(const struct record *record, unsigned i);

#endif
