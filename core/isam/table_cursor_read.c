/* SPDX-License-Identifier: MIT */
/* table_cursor_read.c - values of the record a cursor is on, or of the one it prepares. */
#include <string.h>

#include "isam/table_cursor_internal.h"
#include "isam/table_reference.h"

/* The record that the values are taken from, `prepared` if it is that one; `ret_latched`: dir_release() when done. */
static jet_err record_source(struct table_cursor *cursor, bool of_copy, struct record *prepared,
                             const struct record **ret_record, bool *ret_latched)
{
    const struct update *update = of_copy ? cursor_update(cursor) : NULL;

    *ret_latched = !update;
    if (!update)
        return cursor_record(cursor, ret_record);
    *ret_record = prepared;
    return record_decode(update->record.bytes, update->record.size, cursor->table->db->page_size, prepared);
}

/* The column and the value for which "column 0" stands: the `itag`-th of all values of tagged columns. */
static jet_err next_tagged(const struct record *record, uint32_t itag, uint32_t *ret_column, uint32_t *ret_itag)
{
    uint32_t passed = 0;

    *ret_column = 0;
    for (unsigned i = 0; i < record->tagged_count; i++) {
        struct record_value stored;
        unsigned column, count;
        jet_err err = record_get_tagged_at(record, i, &column, &stored);

        if (err >= JET_errSuccess)
            err = tagged_value_count(&stored, &count);
        if (err < JET_errSuccess)
            return err;
        if (itag <= passed + count) {
            *ret_column = column;
            *ret_itag = itag - passed;
            return JET_errSuccess;
        }
        passed += count;
    }
    return JET_errSuccess;
}

static jet_err count_values(const struct column *column, const struct record *record, struct table_retrieve *retrieve)
{
    struct row_value value;
    jet_err err = row_value_get(column, record, 1,
                                retrieve->flags & TABLE_RETRIEVE_IGNORE_DEFAULT ? ROW_VALUE_NO_DEFAULT : 0, &value);

    if (err < JET_errSuccess)
        return err;
    retrieve->actual_itag = value.count;
    retrieve->actual = 0;
    return JET_errSuccess;
}

static bool has_segment(const struct index *index, uint32_t column)
{
    bool found = false;

    for (unsigned i = 0; index && i < index->segment_count; i++)
        found |= index->segments[i].column == column;
    return found;
}

/* A key that was cut does not say what the piece was, nor does one of text. */
static bool entry_has_piece(const struct table_cursor *cursor, const struct column *column)
{
    const struct index *index = cursor->index;
    const bool has_short_segments = index->segment_max > 0 && index->segment_max < index->key_most;

    if (column_type_is_text(column->type) || (has_short_segments && !column_is_fixed(column)))
        return false;
    return index->key_most < KEYNORM_LIMIT_DEFAULT || dir_bookmark(cursor->entries)->key_size < index->key_most;
}

/* Values of an index are read from the record, as it may hold more of them than the key: but only those of the index's
 * columns, and of several values the one that gave the entry. `ret_piece` gets a size if a piece is all that is
 * wanted. */
static jet_err aim_at_entry(struct table_cursor *cursor, struct table_retrieve *retrieve,
                            struct cursor_piece *ret_piece)
{
    const unsigned sources = retrieve->flags & (TABLE_RETRIEVE_FROM_INDEX | TABLE_RETRIEVE_FROM_BOOKMARK);

    ret_piece->size = 0;
    if (sources == 0 && !(retrieve->flags & TABLE_RETRIEVE_TUPLE))
        return JET_errSuccess;
    const struct index *index =
        sources & TABLE_RETRIEVE_FROM_INDEX ? cursor_index(cursor) : table_primary_index(cursor->table);

    if (sources == (TABLE_RETRIEVE_FROM_INDEX | TABLE_RETRIEVE_FROM_BOOKMARK) ||
        ((retrieve->flags & TABLE_RETRIEVE_TUPLE) && !(sources & TABLE_RETRIEVE_FROM_INDEX)))
        return JET_errInvalidGrbit;
    if (!cursor->index)
        return JET_errSuccess; /* in the table's own order the record is the entry */
    if (!has_segment(index, retrieve->column))
        return JET_errColumnNotFound;
    const struct column *column = table_column_by_id(cursor->table, cursor->session, retrieve->column);
    if (sources != TABLE_RETRIEVE_FROM_INDEX || !column)
        return JET_errSuccess;
    const bool is_piece = index_has_tuples(index) && index->segments[0].column == retrieve->column;
    if (is_piece && !(retrieve->flags & TABLE_RETRIEVE_TUPLE))
        return JET_errIndexTuplesCannotRetrieveFromIndex;
    if (!is_piece && !(column->flags & COLUMN_MULTI_VALUED))
        return JET_errSuccess;
    jet_err err = cursor_entry_value(cursor, retrieve->column, &retrieve->itag, is_piece ? ret_piece : NULL);
    if (err >= JET_errSuccess && is_piece && !entry_has_piece(cursor, column))
        ret_piece->size = 0;
    return err;
}

/* Finds the value in the record; what it borrows lasts as long as the record is latched. */
static jet_err find_value(struct table_cursor *cursor, const struct record *record, struct table_retrieve *retrieve,
                          struct row_value *ret_value)
{
    uint32_t id = retrieve->column, itag = retrieve->itag;
    jet_err err = JET_errSuccess;

    *ret_value = (struct row_value){.is_null = true};
    if (id == 0) {
        if (itag == 0)
            return JET_errBadItagSequence;
        err = next_tagged(record, itag, &id, &itag);
        if (err < JET_errSuccess || id == 0)
            return err;
    }
    const struct column *column = table_column_by_id(cursor->table, cursor->session, id);
    if (!column)
        return JET_errColumnNotFound;
    retrieve->column_next = id;
    retrieve->actual_itag = itag;
    if (itag == 0)
        return count_values(column, record, retrieve);
    return row_value_get(column, record, itag,
                         retrieve->flags & TABLE_RETRIEVE_IGNORE_DEFAULT ? ROW_VALUE_NO_DEFAULT : 0, ret_value);
}

/* A separated value is read after the record was released; others while it is latched. */
static jet_err copy_value(struct table_cursor *cursor, const struct row_value *value, bool is_latched,
                          struct table_retrieve *retrieve)
{
    size_t available = 0;

    if (value->is_separated && is_latched)
        dir_release(cursor->dir);
    jet_err err = row_value_read(cursor->session, cursor->table, value, retrieve->offset, retrieve->buffer,
                                 retrieve->size, &available);
    if (is_latched && !value->is_separated)
        dir_release(cursor->dir);
    if (err < JET_errSuccess)
        return err;
    retrieve->actual = (uint32_t)available;
    return available > retrieve->size ? JET_wrnBufferTruncated : JET_errSuccess;
}

/* Instead of a value that lies outside the record. */
static jet_err copy_reference(struct table_cursor *cursor, const struct row_value *value,
                              struct table_retrieve *retrieve)
{
    const struct column *column = table_column_by_id(cursor->table, cursor->session, retrieve->column_next);
    uint8_t reference[COLUMN_REFERENCE_SIZE_MAX];
    size_t size;

    dir_release(cursor->dir);
    if (!column)
        return JET_errColumnNotFound;
    jet_err err = table_reference_make(cursor, column, retrieve->actual_itag, value->lid, reference, &size);
    if (err < JET_errSuccess)
        return err;
    retrieve->actual = (uint32_t)size;
    if (retrieve->size > 0)
        memcpy(retrieve->buffer, reference, size < retrieve->size ? size : retrieve->size);
    return size > retrieve->size ? JET_wrnBufferTruncated : JET_wrnColumnReference;
}

/* Only where what is referred to stays: not in a temporary table, nor while the record is being changed. */
static jet_err check_reference(const struct table_cursor *cursor, const struct table_retrieve *retrieve)
{
    return (retrieve->flags & TABLE_RETRIEVE_AS_REFERENCE) && (cursor_update(cursor) || cursor->table->temporary)
               ? JET_errInvalidGrbit
               : JET_errSuccess;
}

static jet_err retrieve_value(struct table_cursor *cursor, struct table_retrieve *retrieve)
{
    struct record prepared;
    const struct record *record;
    struct row_value value;
    bool is_latched;
    jet_err err = record_source(cursor, (retrieve->flags & TABLE_RETRIEVE_COPY) != 0, &prepared, &record, &is_latched);

    if (err < JET_errSuccess)
        return err;
    retrieve->actual = 0;
    retrieve->column_next = 0;
    retrieve->is_computed = false;
    err = find_value(cursor, record, retrieve, &value);
    if (err >= JET_errSuccess && !value.is_null && (retrieve->flags & CURSOR_INSIDE)) {
        if (is_latched)
            dir_release(cursor->dir);
        return cursor_value_inside(cursor, &value, retrieve);
    }
    if (err >= JET_errSuccess && value.is_separated && (retrieve->flags & TABLE_RETRIEVE_AS_REFERENCE))
        return copy_reference(cursor, &value, retrieve);
    if (err >= JET_errSuccess && !value.is_null)
        return copy_value(cursor, &value, is_latched, retrieve);
    if (is_latched)
        dir_release(cursor->dir);
    if (err < JET_errSuccess || (retrieve->itag == 0 && retrieve->column != 0))
        return err;
    retrieve->is_computed = value.is_computed;
    return JET_wrnColumnNull;
}

static jet_err give_piece(struct table_cursor *cursor, const struct cursor_piece *piece,
                          struct table_retrieve *retrieve)
{
    const struct column *column = table_column_by_id(cursor->table, cursor->session, retrieve->column);
    const size_t skipped = !column || !column_type_is_long(column->type) ? 0
                           : retrieve->offset < piece->size              ? retrieve->offset
                                                                         : piece->size;
    const size_t left = piece->size - skipped;

    retrieve->column_next = retrieve->column;
    retrieve->actual_itag = retrieve->itag;
    retrieve->actual = (uint32_t)left;
    if (retrieve->size > 0)
        memcpy(retrieve->buffer, piece->bytes + skipped, left < retrieve->size ? left : retrieve->size);
    return left > retrieve->size ? JET_wrnBufferTruncated : JET_errSuccess;
}

jet_err table_cursor_retrieve(struct table_cursor *cursor, struct table_retrieve *retrieve)
{
    struct cursor_piece piece;
    jet_err err = cursor_check_inside(retrieve);

    if (err < JET_errSuccess)
        return err;
    if (retrieve->flags & TABLE_RETRIEVE_PAGE_NUMBER)
        return cursor_page_number(cursor, retrieve);
    latch_shared(&cursor->table->latch);
    err = check_reference(cursor, retrieve);
    if (err >= JET_errSuccess)
        err = aim_at_entry(cursor, retrieve, &piece);
    if (err >= JET_errSuccess)
        err = piece.size > 0 ? give_piece(cursor, &piece, retrieve) : retrieve_value(cursor, retrieve);
    latch_unlock_shared(&cursor->table->latch);
    return err;
}
