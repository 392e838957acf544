/* SPDX-License-Identifier: MIT */
/* record_edit.h - a record that is being written: values of columns -> bytes of a node (record.h has the layout).
 *
 * The record is whole after every call, so it can be read with record_decode() at any time. Fixed and variable columns
 * exist up to the last one that was set; those in between get their defaults, or are null. A tagged column exists only
 * when it was set. Bytes of null fixed columns are zero (readers of other projects show them), unused null bits are
 * one.
 *
 * The caller promises that columns exist and that values have the sizes of their types. What does not fit is
 * JET_errRecordTooBig, and changes nothing.
 */
#ifndef COLDSTREAM_ISAM_RECORD_EDIT_H
#define COLDSTREAM_ISAM_RECORD_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "isam/record.h"

enum {
    RECORD_SIZE_EMPTY = 4,
    RECORD_SIZE_MAX = 0x7FFF, /* of any page size: more than a page holds */
};

/* What a record needs to know of its table's columns, by column id. A default is borrowed; NULL: null. */
struct record_layout {
    unsigned fixed_last; /* highest fixed column; 0: none */
    struct record_layout_fixed {
        uint16_t offset; /* in the record */
        uint16_t size;
        const uint8_t *default_value;
    } fixed[RECORD_FIXED_LAST + 1];
    struct record_layout_variable {
        const uint8_t *default_value;
        uint16_t default_size;
    } variable[RECORD_VARIABLE_LAST - RECORD_VARIABLE_FIRST + 1];
};

struct record_edit {
    const struct record_layout *layout;
    bool is_large; /* of a page of 16 or 32 KiB: tagged columns look different */
    size_t size;
    size_t size_max; /* the largest record that a page of the table holds */
    uint8_t bytes[RECORD_SIZE_MAX];
};

/* An empty record. */
void record_edit_begin(struct record_edit *edit, const struct record_layout *layout, size_t page_size, size_t size_max);

/* A record that exists. JET_errDatabaseCorrupted: it does not decode; JET_errRecordTooBig. */
MUST_CHECK jet_err record_edit_load(struct record_edit *edit, const struct record_layout *layout, size_t page_size,
                                    size_t size_max, const uint8_t *bytes, size_t size);

/* NULL: null. A fixed value has the size that the layout says. */
MUST_CHECK jet_err record_edit_fixed(struct record_edit *edit, unsigned column, const void *value);
MUST_CHECK jet_err record_edit_variable(struct record_edit *edit, unsigned column, const void *value, size_t size);

/* How a tagged column is stored. */
struct record_tagged_image {
    bool is_null;   /* explicitly: instead of a default value */
    unsigned flags; /* enum record_tagged_flag; 0: no header byte on small pages */
    const uint8_t *bytes;
    size_t size;
};

/* `image` NULL: the column is absent from now on. */
MUST_CHECK jet_err record_edit_tagged(struct record_edit *edit, unsigned column,
                                      const struct record_tagged_image *image);

#endif
