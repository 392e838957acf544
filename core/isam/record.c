/* SPDX-License-Identifier: MIT */
/* record.c - takes a record apart.
 *
 * record_decode() walks the whole layout once; after that the getters only look things up. The masks of a tagged
 * column's offset depend on the page: on small pages there is room for two flags above 13 bits of offset, on large
 * pages the offset takes 15 bits and every value has a header byte instead.
 */
#include "isam/record.h"

#include "base/byteorder.h"
#include "base/corrupt.h"
#include "format/page.h"
#include "isam/record_internal.h"

/* ---- decode ---- */

static jet_err decode_fixed(struct record *record)
{
    const struct record_head_disk *head = (const void *)record->bytes;
    if (record->size < sizeof *head)
        return CORRUPT(JET_errDatabaseCorrupted);
    record->fixed_last = head->fixed_last;
    record->variable_last = head->variable_last;
    if (record->fixed_last > RECORD_FIXED_LAST || record->variable_last < RECORD_VARIABLE_FIRST - 1)
        return CORRUPT(JET_errDatabaseCorrupted);
    size_t bitmap_size = (record->fixed_last + 7) / 8;
    record->variable_ends = le16_get(head->fixed_end);
    if (record->variable_ends > record->size || record->variable_ends < sizeof *head + bitmap_size)
        return CORRUPT(JET_errDatabaseCorrupted);
    record->null_bits = record->variable_ends - bitmap_size;
    return JET_errSuccess;
}

static uint16_t u16_at(const struct record *record, size_t offset)
{
    const le16 *value = (const void *)(record->bytes + offset);
    return le16_get(*value);
}

/* End of the data of the i-th variable column, from the start of the variable data. */
static size_t variable_end(const struct record *record, unsigned i)
{
    return u16_at(record, record->variable_ends + 2 * (size_t)i) & ~(unsigned)VARIABLE_NULL;
}

static jet_err decode_variable(struct record *record)
{
    unsigned count = record->variable_last - (RECORD_VARIABLE_FIRST - 1);
    if (2 * (size_t)count > record->size - record->variable_ends)
        return CORRUPT(JET_errDatabaseCorrupted);
    record->variable_data = record->variable_ends + 2 * (size_t)count;
    size_t end = 0;
    for (unsigned i = 0; i < count; i++) {
        size_t next = variable_end(record, i);
        if (next < end)
            return CORRUPT(JET_errDatabaseCorrupted);
        end = next;
    }
    if (end > record->size - record->variable_data)
        return CORRUPT(JET_errDatabaseCorrupted);
    record->tagged = record->variable_data + end;
    return JET_errSuccess;
}

static const struct record_tagged_disk *tagged_entry(const struct record *record, unsigned i)
{
    return (const void *)(record->bytes + record->tagged + i * sizeof(struct record_tagged_disk));
}

/* Start of the data of the i-th tagged column, from the start of the array; behind the last, the end of the record. */
static size_t tagged_offset(const struct record *record, unsigned i)
{
    if (i == record->tagged_count)
        return record->size - record->tagged;
    return le16_get(tagged_entry(record, i)->offset) & (record->is_large ? TAGGED_OFFSET_LARGE : TAGGED_OFFSET_SMALL);
}

static jet_err decode_tagged(struct record *record)
{
    size_t left = record->size - record->tagged;
    if (left == 0)
        return JET_errSuccess;
    if (left < sizeof(struct record_tagged_disk))
        return CORRUPT(JET_errDatabaseCorrupted);
    record->tagged_count = 1; /* so that entry 0 can be asked where the array ends */
    size_t array_size = tagged_offset(record, 0);
    if (array_size == 0 || array_size % sizeof(struct record_tagged_disk) != 0 || array_size > left)
        return CORRUPT(JET_errDatabaseCorrupted);
    record->tagged_count = (unsigned)(array_size / sizeof(struct record_tagged_disk));
    for (unsigned i = 0; i < record->tagged_count; i++) {
        if (tagged_offset(record, i) > tagged_offset(record, i + 1))
            return CORRUPT(JET_errDatabaseCorrupted);
    }
    return JET_errSuccess;
}

/* Every reading of a column comes by here. In place: a copy of what was just stored in parts makes the processor
 * wait. */
jet_err record_decode(const uint8_t *bytes, size_t size, size_t page_size, struct record *ret_record)
{
    *ret_record = (struct record){.bytes = bytes, .size = size, .is_large = page_is_large(page_size)};
    jet_err err = decode_fixed(ret_record);
    if (err == JET_errSuccess)
        err = decode_variable(ret_record);
    return err == JET_errSuccess ? decode_tagged(ret_record) : err;
}

/* ---- values ---- */

jet_err record_get_fixed(const struct record *record, unsigned column, size_t offset, size_t size,
                         struct record_value *ret_value)
{
    *ret_value = (struct record_value){.state = RECORD_ABSENT};
    if (column > record->fixed_last)
        return JET_errSuccess;
    if (offset < sizeof(struct record_head_disk) || offset > record->null_bits || size > record->null_bits - offset)
        return CORRUPT(JET_errDatabaseCorrupted);
    unsigned bit = column - RECORD_FIXED_FIRST;
    bool is_null = record->bytes[record->null_bits + bit / 8] >> bit % 8 & 1;
    *ret_value = (struct record_value){
        .state = is_null ? RECORD_NULL : RECORD_VALUE,
        .bytes = record->bytes + offset,
        .size = size,
    };
    return JET_errSuccess;
}

void record_get_variable(const struct record *record, unsigned column, struct record_value *ret_value)
{
    *ret_value = (struct record_value){.state = RECORD_ABSENT};
    if (column > record->variable_last)
        return;
    unsigned i = column - RECORD_VARIABLE_FIRST;
    size_t start = i == 0 ? 0 : variable_end(record, i - 1);
    bool is_null = u16_at(record, record->variable_ends + 2 * (size_t)i) & VARIABLE_NULL;
    *ret_value = (struct record_value){
        .state = is_null ? RECORD_NULL : RECORD_VALUE,
        .bytes = record->bytes + record->variable_data + start,
        .size = variable_end(record, i) - start,
    };
}

static jet_err tagged_value(const struct record *record, unsigned i, struct record_value *ret_value)
{
    unsigned raw = le16_get(tagged_entry(record, i)->offset);
    size_t start = tagged_offset(record, i);
    struct record_value value = {
        .state = RECORD_VALUE,
        .bytes = record->bytes + record->tagged + start,
        .size = tagged_offset(record, i + 1) - start,
    };
    if (!record->is_large && (raw & TAGGED_NULL_SMALL)) {
        value.state = RECORD_NULL;
    } else if (record->is_large || (raw & TAGGED_HAS_HEADER_SMALL)) {
        if (value.size == 0)
            return CORRUPT(JET_errDatabaseCorrupted);
        value.tagged_flags = *value.bytes++;
        value.size--;
        if (record->is_large && (value.tagged_flags & RECORD_TAGGED_NULL))
            value.state = RECORD_NULL;
    }
    *ret_value = value;
    return JET_errSuccess;
}

bool record_tagged_is_derived(const struct record *record, unsigned i)
{
    return le16_get(tagged_entry(record, i)->offset) & TAGGED_DERIVED;
}

jet_err record_get_tagged(const struct record *record, unsigned column, struct record_value *ret_value)
{
    *ret_value = (struct record_value){.state = RECORD_ABSENT};
    for (unsigned i = 0; i < record->tagged_count; i++) {
        const struct record_tagged_disk *entry = tagged_entry(record, i);
        if (le16_get(entry->column) == column && !(le16_get(entry->offset) & TAGGED_DERIVED))
            return tagged_value(record, i, ret_value);
    }
    return JET_errSuccess;
}

jet_err record_get_tagged_at(const struct record *record, unsigned i, unsigned *ret_column,
                             struct record_value *ret_value)
{
    *ret_column = le16_get(tagged_entry(record, i)->column);
    return tagged_value(record, i, ret_value);
}
