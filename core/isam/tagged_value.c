/* SPDX-License-Identifier: MIT */
#include "isam/tagged_value.h"

#include <string.h>

#include "base/corrupt.h"

enum {
    OFFSET_MASK = 0x7FFF,
    OFFSET_SEPARATED = 0x8000,
    TWO_VALUES_SIZE_MAX = 255,
};

static unsigned u16_at(const uint8_t *bytes, unsigned i)
{
    return bytes[2 * i] | (unsigned)bytes[2 * i + 1] << 8;
}

static bool is_multi(const struct record_value *column)
{
    return (column->tagged_flags & RECORD_TAGGED_MULTI_VALUES) != 0;
}

static bool is_two(const struct record_value *column)
{
    return is_multi(column) && (column->tagged_flags & RECORD_TAGGED_TWO_VALUES) != 0;
}

jet_err tagged_value_count(const struct record_value *column, unsigned *ret_count)
{
    *ret_count = 0;
    if (column->state != RECORD_VALUE)
        return JET_errSuccess;
    if (!is_multi(column)) {
        *ret_count = 1;
        return JET_errSuccess;
    }
    if (is_two(column)) {
        if (column->size < 1 || column->bytes[0] > column->size - 1)
            return CORRUPT(JET_errDatabaseCorrupted);
        *ret_count = 2;
        return JET_errSuccess;
    }
    const unsigned first = column->size < 2 ? 0 : u16_at(column->bytes, 0) & OFFSET_MASK;
    if (first < 2 || first % 2 != 0 || first > column->size)
        return CORRUPT(JET_errDatabaseCorrupted);
    *ret_count = first / 2;
    return JET_errSuccess;
}

static struct tagged_value value_single(const struct record_value *column)
{
    return (struct tagged_value){
        .bytes = column->bytes,
        .size = column->size,
        .is_separated = (column->tagged_flags & RECORD_TAGGED_SEPARATED) != 0,
        .is_compressed = (column->tagged_flags & RECORD_TAGGED_COMPRESSED) != 0,
    };
}

static struct tagged_value value_of_two(const struct record_value *column, unsigned itag)
{
    const size_t first = column->bytes[0];

    if (itag == 1)
        return (struct tagged_value){.bytes = column->bytes + 1, .size = first};
    return (struct tagged_value){.bytes = column->bytes + 1 + first, .size = column->size - 1 - first};
}

static jet_err value_of_many(const struct record_value *column, unsigned itag, unsigned count,
                             struct tagged_value *ret_value)
{
    const unsigned raw = u16_at(column->bytes, itag - 1);
    const size_t from = raw & OFFSET_MASK;
    const size_t to = itag == count ? column->size : u16_at(column->bytes, itag) & OFFSET_MASK;

    if (from > to || to > column->size)
        return CORRUPT(JET_errDatabaseCorrupted);
    *ret_value = (struct tagged_value){
        .bytes = column->bytes + from,
        .size = to - from,
        .is_separated = (raw & OFFSET_SEPARATED) != 0,
        .is_compressed = itag == 1 && (column->tagged_flags & RECORD_TAGGED_COMPRESSED) != 0,
    };
    return JET_errSuccess;
}

jet_err tagged_value_get(const struct record_value *column, unsigned itag, struct tagged_value *ret_value)
{
    unsigned count;
    jet_err err = tagged_value_count(column, &count);

    if (err < JET_errSuccess)
        return err;
    if (itag == 0 || itag > count)
        return JET_errBadItagSequence;
    if (is_multi(column) && !is_two(column))
        return value_of_many(column, itag, count, ret_value);
    *ret_value = is_two(column) ? value_of_two(column, itag) : value_single(column);
    return JET_errSuccess;
}

/* ---- editing ---- */

/* The list of values as it will be: the old one with one exchanged, added or left out. */
struct edit {
    const struct record_value *column;
    unsigned itag;
    const struct tagged_value *value; /* NULL: left out */
    unsigned count;                   /* of the new list */
};

static jet_err edited_get(const struct edit *edit, unsigned i, struct tagged_value *ret_value)
{
    if (i == edit->itag && edit->value) {
        *ret_value = *edit->value;
        return JET_errSuccess;
    }
    return tagged_value_get(edit->column, edit->value || i < edit->itag ? i : i + 1, ret_value);
}

static jet_err encode_two(const struct tagged_value values[2], uint8_t *buffer, size_t buffer_size,
                          struct record_tagged_image *ret_image)
{
    const size_t size = 1 + values[0].size + values[1].size;

    if (size > buffer_size)
        return JET_errRecordTooBig;
    buffer[0] = (uint8_t)values[0].size;
    if (values[0].size > 0)
        memcpy(buffer + 1, values[0].bytes, values[0].size);
    if (values[1].size > 0)
        memcpy(buffer + 1 + values[0].size, values[1].bytes, values[1].size);
    *ret_image = (struct record_tagged_image){
        .flags = RECORD_TAGGED_MULTI_VALUES | RECORD_TAGGED_TWO_VALUES, .bytes = buffer, .size = size};
    return JET_errSuccess;
}

static jet_err encode_many(const struct edit *edit, bool is_long_type, uint8_t *buffer, size_t buffer_size,
                           struct record_tagged_image *ret_image)
{
    unsigned flags = RECORD_TAGGED_MULTI_VALUES | (is_long_type ? RECORD_TAGGED_LONG_VALUE : 0u);
    size_t end = 2 * (size_t)edit->count;

    for (unsigned i = 1; i <= edit->count; i++) {
        struct tagged_value value;
        jet_err err = edited_get(edit, i, &value);

        if (err < JET_errSuccess)
            return err;
        if (value.is_compressed && i > 1)
            return JET_errFeatureNotAvailable;
        if (end > OFFSET_MASK || end > buffer_size || value.size > buffer_size - end)
            return JET_errRecordTooBig;
        const size_t offset = end | (value.is_separated ? (size_t)OFFSET_SEPARATED : 0);
        buffer[2 * (i - 1)] = (uint8_t)offset;
        buffer[2 * (i - 1) + 1] = (uint8_t)(offset >> 8);
        if (value.size > 0)
            memcpy(buffer + end, value.bytes, value.size);
        end += value.size;
        flags |= value.is_compressed ? (unsigned)RECORD_TAGGED_COMPRESSED : 0;
    }
    *ret_image = (struct record_tagged_image){.flags = flags, .bytes = buffer, .size = end};
    return JET_errSuccess;
}

static jet_err encode_one(const struct tagged_value *value, bool is_long_type, uint8_t *buffer, size_t buffer_size,
                          struct record_tagged_image *ret_image)
{
    if (value->size > buffer_size)
        return JET_errRecordTooBig;
    if (value->size > 0)
        memcpy(buffer, value->bytes, value->size);
    *ret_image = (struct record_tagged_image){
        .flags = (is_long_type ? RECORD_TAGGED_LONG_VALUE : 0u) |
                 (value->is_separated ? (unsigned)RECORD_TAGGED_SEPARATED : 0u) |
                 (value->is_compressed ? (unsigned)RECORD_TAGGED_COMPRESSED : 0u),
        .bytes = buffer,
        .size = value->size,
    };
    return JET_errSuccess;
}

jet_err tagged_value_edit(const struct record_value *column, bool is_long_type, unsigned itag,
                          const struct tagged_value *value, uint8_t *buffer, size_t buffer_size,
                          struct record_tagged_image *ret_image)
{
    struct edit edit = {.column = column, .itag = itag, .value = value};
    struct tagged_value values[2];
    jet_err err = tagged_value_count(column, &edit.count);

    if (err < JET_errSuccess)
        return err;
    if (itag == 0 || itag > edit.count + (value ? 1u : 0u))
        return JET_errBadItagSequence;
    if (!value)
        edit.count--;
    else if (itag > edit.count)
        edit.count++;
    if (edit.count == 0) {
        *ret_image = (struct record_tagged_image){.bytes = NULL};
        return JET_errSuccess;
    }
    for (unsigned i = 0; i < 2 && i < edit.count && err >= JET_errSuccess; i++)
        err = edited_get(&edit, i + 1, &values[i]);
    if (err < JET_errSuccess)
        return err;
    if (edit.count == 1)
        return encode_one(&values[0], is_long_type, buffer, buffer_size, ret_image);
    if (edit.count == 2 && !is_long_type && values[0].size <= TWO_VALUES_SIZE_MAX &&
        values[1].size <= TWO_VALUES_SIZE_MAX)
        return encode_two(values, buffer, buffer_size, ret_image);
    return encode_many(&edit, is_long_type, buffer, buffer_size, ret_image);
}
