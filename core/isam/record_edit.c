/* SPDX-License-Identifier: MIT */
/* record_edit.c - see the header; record.h has the picture of a record.
 *
 * All three parts work alike: the parts of the record are located (it was verified when it was loaded), the place where
 * bytes come or go is found, what lies behind is moved, and the offsets that lie behind the place are changed.
 */
#include "isam/record_edit.h"

#include <assert.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/corrupt.h"
#include "format/page.h"
#include "isam/record_internal.h"

static struct record_head_disk *head_of(struct record_edit *edit)
{
    return (void *)edit->bytes;
}

static uint16_t u16_get(const struct record_edit *edit, size_t offset)
{
    return (uint16_t)(edit->bytes[offset] | edit->bytes[offset + 1] << 8);
}

/* Where the parts of the record are. It is whole after every call, so nothing is checked again. */
static struct record locate(const struct record_edit *edit)
{
    const struct record_head_disk *head = (const void *)edit->bytes;
    struct record record = {
        .bytes = edit->bytes,
        .size = edit->size,
        .is_large = edit->is_large,
        .fixed_last = head->fixed_last,
        .variable_last = head->variable_last,
        .variable_ends = le16_get(head->fixed_end),
    };
    const size_t ends_size = 2 * (size_t)(head->variable_last - (RECORD_VARIABLE_FIRST - 1));

    record.null_bits = record.variable_ends - (head->fixed_last + 7u) / 8;
    record.variable_data = record.variable_ends + ends_size;
    record.tagged = record.variable_data;
    if (ends_size > 0)
        record.tagged += u16_get(edit, record.variable_data - 2) & ~(unsigned)VARIABLE_NULL;
    if (record.tagged < edit->size)
        record.tagged_count =
            (u16_get(edit, record.tagged + 2) & (edit->is_large ? TAGGED_OFFSET_LARGE : TAGGED_OFFSET_SMALL)) /
            (unsigned)sizeof(struct record_tagged_disk);
    return record;
}

static void u16_set(struct record_edit *edit, size_t offset, size_t value)
{
    edit->bytes[offset] = (uint8_t)value;
    edit->bytes[offset + 1] = (uint8_t)(value >> 8);
}

/* Makes the `old_size` bytes at `offset` `new_size` bytes long; new ones are zero. */
static jet_err resize(struct record_edit *edit, size_t offset, size_t old_size, size_t new_size)
{
    if (new_size > old_size && new_size - old_size > edit->size_max - edit->size)
        return JET_errRecordTooBig;
    memmove(edit->bytes + offset + new_size, edit->bytes + offset + old_size, edit->size - offset - old_size);
    if (new_size > old_size)
        memset(edit->bytes + offset + old_size, 0, new_size - old_size);
    edit->size = edit->size - old_size + new_size;
    return JET_errSuccess;
}

void record_edit_begin(struct record_edit *edit, const struct record_layout *layout, size_t page_size, size_t size_max)
{
    assert(size_max >= RECORD_SIZE_EMPTY && size_max <= RECORD_SIZE_MAX);
    edit->layout = layout;
    edit->is_large = page_is_large(page_size);
    edit->size = RECORD_SIZE_EMPTY;
    edit->size_max = size_max;
    *head_of(edit) = (struct record_head_disk){
        .fixed_last = 0,
        .variable_last = RECORD_VARIABLE_FIRST - 1,
        .fixed_end = le16_make(RECORD_SIZE_EMPTY),
    };
}

jet_err record_edit_load(struct record_edit *edit, const struct record_layout *layout, size_t page_size,
                         size_t size_max, const uint8_t *bytes, size_t size)
{
    struct record record;
    jet_err err = record_decode(bytes, size, page_size, &record);

    if (err < JET_errSuccess)
        return err;
    if (size > size_max)
        return JET_errRecordTooBig;
    record_edit_begin(edit, layout, page_size, size_max);
    if (record.fixed_last > 0 && record.fixed_last <= layout->fixed_last) {
        const struct record_layout_fixed *last = &layout->fixed[record.fixed_last];

        if (record.null_bits != (size_t)last->offset + last->size)
            return CORRUPT(JET_errDatabaseCorrupted);
    }
    memcpy(edit->bytes, bytes, size);
    edit->size = size;
    return JET_errSuccess;
}

/* ---- fixed columns ---- */

static size_t null_bytes(unsigned fixed_last)
{
    return (fixed_last + 7u) / 8;
}

static void null_bit_set(struct record_edit *edit, size_t null_bits, unsigned column, bool is_null)
{
    const unsigned bit = column - RECORD_FIXED_FIRST;
    uint8_t *byte = &edit->bytes[null_bits + bit / 8];

    *byte = (uint8_t)(is_null ? *byte | 1u << bit % 8 : *byte & ~(1u << bit % 8));
}

static void fixed_store(struct record_edit *edit, size_t null_bits, unsigned column, const uint8_t *value)
{
    const struct record_layout_fixed *fixed = &edit->layout->fixed[column];

    if (value)
        memcpy(edit->bytes + fixed->offset, value, fixed->size);
    else
        memset(edit->bytes + fixed->offset, 0, fixed->size);
    null_bit_set(edit, null_bits, column, !value);
}

/* Makes `column` the last fixed one; those that come in between get their defaults. */
static jet_err fixed_grow(struct record_edit *edit, unsigned column)
{
    const struct record record = locate(edit);
    const size_t old_nulls = null_bytes(record.fixed_last), new_nulls = null_bytes(column);
    const size_t new_end = (size_t)edit->layout->fixed[column].offset + edit->layout->fixed[column].size;
    const size_t old_size = record.variable_ends - record.null_bits; /* the bitmap */
    const size_t new_size = new_end - record.null_bits + new_nulls;
    uint8_t nulls[(RECORD_FIXED_LAST + 7) / 8];

    memset(nulls, 0xFF, sizeof nulls);
    memcpy(nulls, edit->bytes + record.null_bits, old_nulls);
    jet_err err = resize(edit, record.null_bits, old_size, new_size);
    if (err < JET_errSuccess)
        return err;
    memcpy(edit->bytes + new_end, nulls, new_nulls);
    for (unsigned i = record.fixed_last + 1; i <= column; i++)
        fixed_store(edit, new_end, i, edit->layout->fixed[i].default_value);
    head_of(edit)->fixed_last = (uint8_t)column;
    head_of(edit)->fixed_end = le16_make((uint16_t)(new_end + new_nulls));
    return JET_errSuccess;
}

jet_err record_edit_fixed(struct record_edit *edit, unsigned column, const void *value)
{
    assert(column >= RECORD_FIXED_FIRST && column <= edit->layout->fixed_last);
    if (column > head_of(edit)->fixed_last) {
        jet_err err = fixed_grow(edit, column);
        if (err < JET_errSuccess)
            return err;
    }
    fixed_store(edit, locate(edit).null_bits, column, value);
    return JET_errSuccess;
}

/* ---- variable columns ---- */

static size_t variable_end(const struct record_edit *edit, const struct record *record, unsigned i)
{
    return u16_get(edit, record->variable_ends + 2 * (size_t)i) & ~(unsigned)VARIABLE_NULL;
}

/* The data of the i-th variable column becomes this; the ends of it and of all behind it move along. */
static jet_err variable_store(struct record_edit *edit, unsigned i, const void *value, size_t size)
{
    const struct record record = locate(edit);
    const unsigned count = record.variable_last - (RECORD_VARIABLE_FIRST - 1);
    const size_t start = i == 0 ? 0 : variable_end(edit, &record, i - 1);
    const size_t old_size = variable_end(edit, &record, i) - start;
    jet_err err = resize(edit, record.variable_data + start, old_size, size);

    if (err < JET_errSuccess)
        return err;
    if (size > 0)
        memcpy(edit->bytes + record.variable_data + start, value, size);
    for (unsigned k = i; k < count; k++) {
        const size_t at = record.variable_ends + 2 * (size_t)k;
        const unsigned null =
            k == i ? (value ? 0u : (unsigned)VARIABLE_NULL) : u16_get(edit, at) & (unsigned)VARIABLE_NULL;

        u16_set(edit, at, (variable_end(edit, &record, k) - old_size + size) | null);
    }
    return JET_errSuccess;
}

/* One more variable column, behind the last. */
static jet_err variable_append(struct record_edit *edit, const void *value, size_t size)
{
    const struct record record = locate(edit);
    const unsigned count = record.variable_last - (RECORD_VARIABLE_FIRST - 1);
    const size_t end = count == 0 ? 0 : variable_end(edit, &record, count - 1);

    const size_t stored = value ? size : 0;

    if (size + 2 > edit->size_max - edit->size)
        return JET_errRecordTooBig;
    jet_err err = resize(edit, record.variable_data, 0, 2);
    if (err >= JET_errSuccess)
        err = resize(edit, record.tagged + 2, 0, stored); /* room for both there is */
    if (err < JET_errSuccess)
        return err;
    u16_set(edit, record.variable_data, (end + stored) | (value ? 0u : (unsigned)VARIABLE_NULL));
    if (stored > 0)
        memcpy(edit->bytes + record.tagged + 2, value, stored);
    head_of(edit)->variable_last++;
    return JET_errSuccess;
}

jet_err record_edit_variable(struct record_edit *edit, unsigned column, const void *value, size_t size)
{
    const struct record before = locate(edit);
    const size_t size_before = edit->size;
    jet_err err = JET_errSuccess;

    assert(column >= RECORD_VARIABLE_FIRST && column <= RECORD_VARIABLE_LAST);
    if (column <= before.variable_last)
        return variable_store(edit, column - RECORD_VARIABLE_FIRST, value, size);
    for (unsigned i = before.variable_last + 1; i <= column && err >= JET_errSuccess; i++) {
        const struct record_layout_variable *filler = &edit->layout->variable[i - RECORD_VARIABLE_FIRST];

        err = i == column ? variable_append(edit, value, size)
                          : variable_append(edit, filler->default_value, filler->default_size);
    }
    if (err < JET_errSuccess) {
        /* What was appended goes again: the array and the data behind the old ones. */
        const struct record now = locate(edit);
        const size_t data = before.tagged - before.variable_data;

        memmove(edit->bytes + before.variable_data, edit->bytes + now.variable_data, data);
        memmove(edit->bytes + before.tagged, edit->bytes + now.tagged, size_before - before.tagged);
        edit->size = size_before;
        head_of(edit)->variable_last = (uint8_t)before.variable_last;
    }
    return err;
}

/* ---- tagged columns ---- */

static bool has_header(const struct record_edit *edit, const struct record_tagged_image *image)
{
    return edit->is_large || (!image->is_null && image->flags != 0);
}

static unsigned offset_flags(const struct record_edit *edit, const struct record_tagged_image *image)
{
    if (edit->is_large)
        return 0;
    return image->is_null ? TAGGED_NULL_SMALL : image->flags != 0 ? TAGGED_HAS_HEADER_SMALL : 0;
}

static unsigned offset_mask(const struct record_edit *edit)
{
    return edit->is_large ? TAGGED_OFFSET_LARGE : TAGGED_OFFSET_SMALL;
}

/* Adds `change` to the offsets of entries first .. count - 1 of the array at `array`. */
static void offsets_move(struct record_edit *edit, size_t array, unsigned first, unsigned count, ptrdiff_t change)
{
    for (unsigned i = first; i < count; i++) {
        const size_t at = array + i * sizeof(struct record_tagged_disk) + 2;
        const unsigned raw = u16_get(edit, at), mask = offset_mask(edit);

        u16_set(edit, at, (raw & ~mask) | ((size_t)((ptrdiff_t)(raw & mask) + change) & mask));
    }
}

static size_t entry_offset(const struct record_edit *edit, const struct record *record, unsigned i)
{
    if (i == record->tagged_count)
        return edit->size - record->tagged;
    return u16_get(edit, record->tagged + i * sizeof(struct record_tagged_disk) + 2) & offset_mask(edit);
}

/* The entry of the column, or where it would be. Columns of a template table come first. */
static unsigned entry_find(const struct record_edit *edit, const struct record *record, unsigned column,
                           bool *ret_exists)
{
    unsigned i = 0;

    *ret_exists = false;
    for (; i < record->tagged_count; i++) {
        const size_t at = record->tagged + i * sizeof(struct record_tagged_disk);
        const unsigned id = u16_get(edit, at);

        if (!(u16_get(edit, at + 2) & TAGGED_DERIVED) && id >= column) {
            *ret_exists = id == column;
            break;
        }
    }
    return i;
}

static void entry_remove(struct record_edit *edit, unsigned i)
{
    const struct record record = locate(edit);
    const size_t from = entry_offset(edit, &record, i), to = entry_offset(edit, &record, i + 1);

    offsets_move(edit, record.tagged, i + 1, record.tagged_count, -(ptrdiff_t)(to - from));
    (void)resize(edit, record.tagged + from, to - from, 0); /* shrinks */
    (void)resize(edit, record.tagged + i * sizeof(struct record_tagged_disk), sizeof(struct record_tagged_disk), 0);
    offsets_move(edit, record.tagged, 0, record.tagged_count - 1, -(ptrdiff_t)sizeof(struct record_tagged_disk));
}

static jet_err entry_insert(struct record_edit *edit, unsigned i, unsigned column,
                            const struct record_tagged_image *image)
{
    const struct record record = locate(edit);
    const size_t entry = sizeof(struct record_tagged_disk);
    const size_t header = has_header(edit, image) ? 1 : 0;
    const size_t size = image->is_null ? 0 : image->size;
    const size_t from = (record.tagged_count == 0 ? 0 : entry_offset(edit, &record, i)) + entry;

    if (entry + header + size > edit->size_max - edit->size)
        return JET_errRecordTooBig;
    (void)resize(edit, record.tagged + i * entry, 0, entry); /* fits */
    (void)resize(edit, record.tagged + from, 0, header + size);
    u16_set(edit, record.tagged + i * entry, column);
    u16_set(edit, record.tagged + i * entry + 2, from | offset_flags(edit, image));
    offsets_move(edit, record.tagged, 0, i, (ptrdiff_t)entry);
    offsets_move(edit, record.tagged, i + 1, record.tagged_count + 1, (ptrdiff_t)(entry + header + size));
    if (header)
        edit->bytes[record.tagged + from] = (uint8_t)(image->is_null ? RECORD_TAGGED_NULL : image->flags);
    if (size > 0)
        memcpy(edit->bytes + record.tagged + from + header, image->bytes, size);
    return JET_errSuccess;
}

jet_err record_edit_tagged(struct record_edit *edit, unsigned column, const struct record_tagged_image *image)
{
    const struct record record = locate(edit);
    bool exists;
    const unsigned i = entry_find(edit, &record, column, &exists);

    if (exists && image) {
        const size_t old = entry_offset(edit, &record, i + 1) - entry_offset(edit, &record, i);
        const size_t new = (has_header(edit, image) ? 1u : 0u) + (image->is_null ? 0 : image->size);

        if (new > old &&new - old > edit->size_max - edit->size)
            return JET_errRecordTooBig;
    }
    if (exists)
        entry_remove(edit, i);
    return image ? entry_insert(edit, i, column, image) : JET_errSuccess;
}
