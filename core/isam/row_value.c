/* SPDX-License-Identifier: MIT */
#include "isam/row_value.h"

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/corrupt.h"
#include "format/compressed.h"

jet_err row_value_stored(const struct column *column, const struct record *record, struct record_value *ret_value)
{
    if (column_is_fixed(column))
        return record_get_fixed(record, column->id, column->record_offset, column->size_max, ret_value);
    if (column_is_tagged(column))
        return record_get_tagged(record, column->id, ret_value);
    record_get_variable(record, column->id, ret_value);
    return JET_errSuccess;
}

jet_err row_value_lid(const uint8_t *bytes, size_t size, lid_t *ret_lid)
{
    if (size != sizeof(le32) && size != sizeof(le64))
        return CORRUPT(JET_errLVCorrupted);
    *ret_lid = 0;
    for (size_t i = size; i > 0; i--)
        *ret_lid = *ret_lid << 8 | bytes[i - 1];
    return JET_errSuccess;
}

static void value_default(const struct column *column, unsigned itag, struct row_value *ret_value)
{
    ret_value->count = 1;
    if (itag != 1)
        return;
    ret_value->is_null = false;
    ret_value->bytes = column->default_value;
    ret_value->size = column->default_size;
}

static jet_err value_tagged(const struct record_value *stored, unsigned itag, struct row_value *ret_value)
{
    struct tagged_value value;
    jet_err err = tagged_value_count(stored, &ret_value->count);

    if (err < JET_errSuccess || itag > ret_value->count)
        return err;
    err = tagged_value_get(stored, itag, &value);
    if (err >= JET_errSuccess && value.is_separated)
        err = row_value_lid(value.bytes, value.size, &ret_value->lid);
    if (err < JET_errSuccess)
        return err;
    ret_value->is_null = false;
    ret_value->is_separated = value.is_separated;
    ret_value->is_compressed = value.is_compressed;
    ret_value->bytes = value.bytes;
    ret_value->size = value.size;
    return JET_errSuccess;
}

jet_err row_value_get(const struct column *column, const struct record *record, unsigned itag, unsigned flags,
                      struct row_value *ret_value)
{
    struct record_value stored;
    jet_err err = row_value_stored(column, record, &stored);

    *ret_value = (struct row_value){.is_null = true};
    if (err < JET_errSuccess)
        return err;
    if (stored.state == RECORD_ABSENT && column->default_value && !(flags & ROW_VALUE_NO_DEFAULT))
        value_default(column, itag, ret_value);
    if (stored.state == RECORD_ABSENT && column_is_computed(column) && !(flags & ROW_VALUE_NO_DEFAULT)) {
        ret_value->count = 1;
        ret_value->is_computed = itag == 1;
    }
    if (stored.state != RECORD_VALUE)
        return JET_errSuccess;
    if (column_is_tagged(column))
        return value_tagged(&stored, itag, ret_value);
    ret_value->count = 1;
    if (itag == 1) {
        ret_value->is_null = false;
        ret_value->bytes = stored.bytes;
        ret_value->size = stored.size;
    }
    return JET_errSuccess;
}

static size_t copy_part(const uint8_t *bytes, size_t total, uint32_t offset, void *buffer, size_t size)
{
    const size_t left = offset < total ? total - offset : 0;
    const size_t copied = left < size ? left : size;

    if (copied > 0)
        memcpy(buffer, bytes + offset, copied);
    return left;
}

static jet_err read_compressed(const struct row_value *value, uint32_t offset, void *buffer, size_t size,
                               size_t *ret_available)
{
    size_t decoded_size;
    jet_err err = compressed_size(value->bytes, value->size, &decoded_size);

    if (err < JET_errSuccess)
        return err;
    uint8_t *decoded = malloc(decoded_size + 1);
    if (!decoded)
        return JET_errOutOfMemory;
    err = compressed_decode(value->bytes, value->size, decoded, decoded_size, &decoded_size);
    if (err >= JET_errSuccess)
        *ret_available = copy_part(decoded, decoded_size, offset, buffer, size);
    free(decoded);
    return err;
}

static jet_err read_separated(struct session *session, struct table *table, lid_t lid, uint32_t offset, void *buffer,
                              size_t size, size_t *ret_available)
{
    struct long_values *values;
    uint32_t total;
    size_t actual;
    jet_err err = table_long_values(session, table, &values);

    if (err >= JET_errSuccess)
        err = lv_size(session, values, lid, &total);
    if (err >= JET_errSuccess && size > 0)
        err = lv_read(session, values, lid, offset, buffer, size, &actual);
    if (err >= JET_errSuccess)
        *ret_available = offset < total ? total - offset : 0;
    return err;
}

jet_err row_value_read(struct session *session, struct table *table, const struct row_value *value, uint32_t offset,
                       void *buffer, size_t size, size_t *ret_available)
{
    *ret_available = 0;
    if (value->is_null)
        return JET_errSuccess;
    if (value->is_separated)
        return read_separated(session, table, value->lid, offset, buffer, size, ret_available);
    if (value->is_compressed)
        return read_compressed(value, offset, buffer, size, ret_available);
    *ret_available = copy_part(value->bytes, value->size, offset, buffer, size);
    return JET_errSuccess;
}

jet_err row_value_each_lid(const struct record *record, jet_err (*each)(void *context, lid_t lid), void *context)
{
    for (unsigned i = 0; i < record->tagged_count; i++) {
        struct record_value column;
        unsigned id, count;
        jet_err err = record_get_tagged_at(record, i, &id, &column);

        if (err >= JET_errSuccess)
            err = tagged_value_count(&column, &count);
        for (unsigned itag = 1; err >= JET_errSuccess && itag <= count; itag++) {
            struct tagged_value value;
            lid_t lid = 0;

            err = tagged_value_get(&column, itag, &value);
            if (err < JET_errSuccess || !value.is_separated)
                continue;
            err = row_value_lid(value.bytes, value.size, &lid);
            if (err >= JET_errSuccess)
                err = each(context, lid);
        }
        if (err < JET_errSuccess)
            return err;
    }
    return JET_errSuccess;
}
