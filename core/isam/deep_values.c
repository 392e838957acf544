/* SPDX-License-Identifier: MIT */
/* deep_values.c - the values in the bytes of one column.
 *
 *      plain             the bytes are the value
 *      two values        u8 size of the first, the first, the second
 *      several values    u16 offsets from the start of their array; bit 15 = a long-value id; then the values
 *
 * Only the first of several values may be compressed.
 */
#include "base/byteorder.h"
#include "isam/deep_internal.h"

enum { VALUE_OFFSET = 0x7FFF, VALUE_SEPARATED = 0x8000 };

static size_t value_offset(const struct record_value *value, size_t i, bool *ret_is_separated)
{
    const le16 *offsets = (const void *)value->bytes;
    const unsigned raw = le16_get(offsets[i]);
    *ret_is_separated = raw & VALUE_SEPARATED;
    return raw & VALUE_OFFSET;
}

static size_t count_several(const struct record_value *value)
{
    bool is_separated;
    if (value->size < sizeof(le16))
        return SIZE_MAX;
    const size_t array_size = value_offset(value, 0, &is_separated);
    if (array_size == 0 || array_size % sizeof(le16) != 0 || array_size > value->size)
        return SIZE_MAX;
    const size_t count = array_size / sizeof(le16);
    size_t before = array_size;
    for (size_t i = 1; i < count; i++) {
        const size_t offset = value_offset(value, i, &is_separated);
        if (offset < before || offset > value->size)
            return SIZE_MAX;
        before = offset;
    }
    return count;
}

size_t deep_value_count(const struct record_value *value)
{
    if (value->tagged_flags & RECORD_TAGGED_TWO_VALUES) {
        const bool is_right =
            value->tagged_flags & RECORD_TAGGED_MULTI_VALUES && value->size > 0 && value->bytes[0] <= value->size - 1;
        return is_right ? 2 : SIZE_MAX;
    }
    if (value->tagged_flags & RECORD_TAGGED_MULTI_VALUES)
        return count_several(value);
    return 1;
}

void deep_value_get(const struct record_value *value, size_t i, struct deep_value *ret_value)
{
    struct deep_value one = {
        .bytes = value->bytes,
        .size = value->size,
        .is_separated = value->tagged_flags & RECORD_TAGGED_SEPARATED,
        .is_compressed = value->tagged_flags & RECORD_TAGGED_COMPRESSED && i == 0,
        .is_encrypted = value->tagged_flags & RECORD_TAGGED_ENCRYPTED,
    };
    if (value->tagged_flags & RECORD_TAGGED_TWO_VALUES) {
        const size_t first = value->bytes[0];
        one.bytes = value->bytes + 1 + (i == 0 ? 0 : first);
        one.size = i == 0 ? first : value->size - 1 - first;
    } else if (value->tagged_flags & RECORD_TAGGED_MULTI_VALUES) {
        bool ignored;
        const size_t start = value_offset(value, i, &one.is_separated);
        const size_t count = value_offset(value, 0, &ignored) / sizeof(le16);
        const size_t end = i + 1 < count ? value_offset(value, i + 1, &ignored) : value->size;
        one.bytes = value->bytes + start;
        one.size = end - start;
    }
    *ret_value = one;
}

size_t deep_type_size(uint32_t type)
{
    static const uint8_t sizes[] = {
        [DEEP_TYPE_BIT] = 1,
        [DEEP_TYPE_UNSIGNED_BYTE] = 1,
        [DEEP_TYPE_SHORT] = 2,
        [DEEP_TYPE_LONG] = 4,
        [DEEP_TYPE_CURRENCY] = 8,
        [DEEP_TYPE_SINGLE] = 4,
        [DEEP_TYPE_DOUBLE] = 8,
        [DEEP_TYPE_DATE_TIME] = 8,
        [DEEP_TYPE_UNSIGNED_LONG] = 4,
        [DEEP_TYPE_LONG_LONG] = 8,
        [DEEP_TYPE_GUID] = 16,
        [DEEP_TYPE_UNSIGNED_SHORT] = 2,
        [DEEP_TYPE_UNSIGNED_LONG_LONG] = 8,
    };
    return type < COUNT_OF(sizes) ? sizes[type] : 0;
}

const struct deep_column *deep_column_find(const struct deep *d, const struct deep_table *table, uint32_t id)
{
    const struct deep_column *columns = d->schema.columns + table->first_column;
    size_t low = 0, high = table->column_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (columns[middle].id == id)
            return &columns[middle];
        if (columns[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
