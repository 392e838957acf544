/* SPDX-License-Identifier: MIT */
/* table_cursor_size.c - what a record takes: for JetGetRecordSize, which gives the same numbers everywhere.
 *
 *      data        bytes of the values; of a compressed one, what it has when decoded
 *      overhead    its tag on the page, the header of its node and its key, whole; the header of the record, its bits for null, the ends of
 *                  variable columns; of each tagged column the place in the array, its header byte, the offsets of several
 *                  values, and a long-value id
 *
 * A record that is being inserted has no key yet. Long values have the nodes that they lie in counted likewise.
 */
#include <string.h>

#include "format/compressed.h"
#include "isam/session.h"
#include "isam/table_cursor_internal.h"

enum {
    NODE_OVERHEAD = 4 + 2, /* tag, and size of the key */
    RECORD_HEADER = 4,
    TAGGED_PLACE = 4,
    TAGGED_HEADER = 1,
    VALUE_OFFSET = 2, /* of each of several values */
    LV_ROOT_KEY = 4,
    LV_ROOT_DATA = 8,
    LV_CHUNK_KEY = 8,
};

struct measure {
    struct table_cursor *cursor;
    unsigned flags; /* enum table_size_flag */
    struct table_record_size *size;
};

static jet_err add_long_value(const struct measure *m, lid_t lid)
{
    struct table_record_size *size = m->size;
    struct long_values *values;
    struct lv_extent extent;
    jet_err err = table_long_values(m->cursor->session, m->cursor->table, &values);

    if (err >= JET_errSuccess)
        err = lv_measure(m->cursor->session, values, lid, (m->flags & TABLE_SIZE_EXTRINSIC_LOGICAL) == 0, &extent);
    if (err < JET_errSuccess)
        return err;
    size->long_value_data += extent.size;
    size->long_value_stored += extent.stored;
    size->long_value_overhead +=
        NODE_OVERHEAD + LV_ROOT_KEY + LV_ROOT_DATA + (uint64_t)extent.chunks * (NODE_OVERHEAD + LV_CHUNK_KEY);
    return JET_errSuccess;
}

static jet_err add_separated(const struct measure *m, const struct tagged_value *value)
{
    lid_t lid;
    jet_err err = row_value_lid(value->bytes, value->size, &lid);

    m->size->long_values++;
    m->size->overhead += value->size;
    return err < JET_errSuccess || (m->flags & TABLE_SIZE_LOCAL) ? err : add_long_value(m, lid);
}

static jet_err add_value(const struct measure *m, const struct tagged_value *value, bool is_long)
{
    struct table_record_size *size = m->size;
    size_t whole = value->size;
    jet_err err = JET_errSuccess;

    if (value->is_separated)
        return add_separated(m, value);
    if (value->is_compressed && !(m->flags & TABLE_SIZE_INTRINSIC_PHYSICAL))
        err = compressed_size(value->bytes, value->size, &whole);
    size->data += whole;
    size->stored += value->size;
    size->compressed += value->is_compressed;
    if (is_long) {
        size->intrinsic_data += whole;
        size->intrinsic_stored += value->size;
        size->intrinsic_values++;
    }
    return err;
}

/* Bytes of what says where each of several values is. */
static size_t offsets_size(const struct record_value *stored, unsigned count)
{
    if (count < 2)
        return 0;
    return stored->tagged_flags & RECORD_TAGGED_TWO_VALUES ? 1 : (size_t)count * VALUE_OFFSET;
}

static jet_err add_tagged(const struct measure *m, const struct record *record, unsigned i)
{
    struct table_record_size *size = m->size;
    struct record_value stored;
    unsigned id, count = 0;
    jet_err err = record_get_tagged_at(record, i, &id, &stored);

    if (err >= JET_errSuccess && stored.state == RECORD_VALUE)
        err = tagged_value_count(&stored, &count);
    const bool is_long = (stored.tagged_flags & RECORD_TAGGED_LONG_VALUE) != 0;
    for (unsigned itag = 1; itag <= count && err >= JET_errSuccess; itag++) {
        struct tagged_value value;

        err = tagged_value_get(&stored, itag, &value);
        if (err >= JET_errSuccess)
            err = add_value(m, &value, is_long);
    }
    if (err < JET_errSuccess)
        return err;
    size->tagged++;
    size->multi_values += count > 1 ? count - 1 : 0;
    size->overhead += TAGGED_PLACE + (is_long || count > 1 ? (size_t)TAGGED_HEADER : 0) + offsets_size(&stored, count);
    return JET_errSuccess;
}

static jet_err measure(const struct measure *m, const struct record *record, size_t key_size)
{
    struct table_record_size *size = m->size;
    const unsigned fixed = record->fixed_last, variable = record->variable_last - (RECORD_VARIABLE_FIRST - 1);
    const size_t plain = record->null_bits - RECORD_HEADER + (record->tagged - record->variable_data);
    jet_err err = JET_errSuccess;

    *size = (struct table_record_size){
        .data = plain,
        .stored = plain,
        .overhead = NODE_OVERHEAD + RECORD_HEADER + key_size + (fixed + 7) / 8 + (uint64_t)variable * 2,
        .key = key_size,
        .non_tagged = fixed + variable,
    };
    for (unsigned i = 0; i < record->tagged_count && err >= JET_errSuccess; i++)
        err = add_tagged(m, record, i);
    return err;
}

/* A copy: long values are not read with a page latched. */
static jet_err record_take(struct table_cursor *cursor, bool of_copy, uint8_t copy[RECORD_SIZE_MAX],
                           struct record *ret_record, size_t *ret_key_size)
{
    const struct update *update = cursor_update(cursor);
    const struct record *record;
    size_t size;

    if (of_copy && update) {
        size = update->record.size;
        memcpy(copy, update->record.bytes, size);
        *ret_key_size = update->kind == UPDATE_INSERT ? 0 : update->key_size;
    } else {
        jet_err err = cursor_record(cursor, &record);
        if (err < JET_errSuccess)
            return err;
        size = record->size;
        memcpy(copy, record->bytes, size);
        *ret_key_size = dir_bookmark(cursor->dir)->key_size;
        dir_release(cursor->dir);
    }
    return record_decode(copy, size, cursor->table->db->page_size, ret_record);
}

jet_err table_cursor_record_size(struct table_cursor *cursor, unsigned flags, struct table_record_size *ret_size)
{
    const struct measure m = {cursor, flags, ret_size};
    uint8_t copy[RECORD_SIZE_MAX];
    struct record record;
    size_t key_size;
    jet_err err = record_take(cursor, (flags & TABLE_SIZE_OF_COPY) != 0, copy, &record, &key_size);

    return err < JET_errSuccess ? err : measure(&m, &record, key_size);
}
