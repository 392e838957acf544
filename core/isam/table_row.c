/* SPDX-License-Identifier: MIT */
#include "isam/table_row.h"

#include <stdlib.h>
#include <string.h>

#include "isam/table_cursor_internal.h"
#include "isam/table_reference.h"

struct table_row {
    struct table_cursor *cursor;
    struct record record; /* of `bytes` */
    uint8_t bytes[];
};

static jet_err copy_bytes(struct table_cursor *cursor, const uint8_t *bytes, size_t size, struct table_row **ret_row)
{
    struct table_row *row = malloc(sizeof *row + size);

    if (!row)
        return JET_errOutOfMemory;
    row->cursor = cursor;
    memcpy(row->bytes, bytes, size);
    jet_err err = record_decode(row->bytes, size, cursor->table->db->page_size, &row->record);
    if (err < JET_errSuccess) {
        free(row);
        return err;
    }
    *ret_row = row;
    return JET_errSuccess;
}

jet_err table_row_take(struct table_cursor *cursor, bool of_copy, struct table_row **ret_row)
{
    const struct update *update = cursor_update(cursor);
    const struct record *record;

    if (of_copy && update)
        return copy_bytes(cursor, update->record.bytes, update->record.size, ret_row);
    jet_err err = cursor_record(cursor, &record);
    if (err < JET_errSuccess)
        return err;
    err = copy_bytes(cursor, record->bytes, record->size, ret_row);
    dir_release(cursor->dir);
    return err;
}

void table_row_free(struct table_row *row)
{
    free(row);
}

const struct record *table_row_record(const struct table_row *row)
{
    return &row->record;
}

static jet_err is_listed(const struct table_row *row, const struct column *column, bool defaults, bool *ret_listed)
{
    struct record_value stored;
    jet_err err = row_value_stored(column, &row->record, &stored);

    *ret_listed =
        err >= JET_errSuccess && (stored.state != RECORD_ABSENT || (defaults && column->default_value != NULL));
    return err;
}

/* The table's latch is held. */
static jet_err list(const struct table_row *row, bool defaults, uint32_t *ids, size_t *ret_count)
{
    const struct table *table = row->cursor->table;
    jet_err err = JET_errSuccess;

    *ret_count = 0;
    for (size_t i = 0; i < table->column_count && err >= JET_errSuccess; i++) {
        bool listed = false;

        if (column_is_visible(table->columns[i], row->cursor->session))
            err = is_listed(row, table->columns[i], defaults, &listed);
        if (listed)
            ids[(*ret_count)++] = table->columns[i]->id;
    }
    return err;
}

jet_err table_row_columns(struct table_row *row, bool defaults, uint32_t **ret_ids, size_t *ret_count)
{
    struct table *table = row->cursor->table;

    latch_shared(&table->latch);
    uint32_t *ids = calloc(table->column_count + 1, sizeof *ids);
    jet_err err = ids ? list(row, defaults, ids, ret_count) : JET_errOutOfMemory;
    latch_unlock_shared(&table->latch);
    if (err < JET_errSuccess) {
        free(ids);
        return err;
    }
    *ret_ids = ids;
    return JET_errSuccess;
}

/* The column object stays where it is as long as the table is open. */
static jet_err find(const struct table_row *row, uint32_t id, const struct column **ret_column)
{
    struct table *table = row->cursor->table;

    if (id == 0 || id > TABLE_TAGGED_LAST)
        return JET_errBadColumnId;
    latch_shared(&table->latch);
    *ret_column = table_column_by_id(table, row->cursor->session, id);
    latch_unlock_shared(&table->latch);
    return *ret_column ? JET_errSuccess : JET_errColumnNotFound;
}

jet_err table_row_column(struct table_row *row, uint32_t id, bool defaults, struct table_row_column *ret_column)
{
    const struct column *column;
    struct record_value stored;
    struct row_value value;
    jet_err err = find(row, id, &column);

    if (err >= JET_errSuccess)
        err = row_value_stored(column, &row->record, &stored);
    if (err >= JET_errSuccess)
        err = row_value_get(column, &row->record, 1, defaults ? 0 : ROW_VALUE_NO_DEFAULT, &value);
    if (err < JET_errSuccess)
        return err;
    *ret_column = (struct table_row_column){
        .is_stored = stored.state != RECORD_ABSENT,
        .is_long = column_type_is_long(column->type),
        .count = value.is_null ? 0 : value.count,
    };
    return JET_errSuccess;
}

static jet_err read_value(struct table_row *row, uint32_t id, uint32_t itag, void *buffer, size_t size,
                          size_t *ret_available, bool *ret_is_separated)
{
    struct table_cursor *cursor = row->cursor;
    const struct column *column;
    struct row_value value;
    jet_err err = find(row, id, &column);

    if (err >= JET_errSuccess)
        err = row_value_get(column, &row->record, itag, 0, &value);
    if (err < JET_errSuccess)
        return err;
    *ret_is_separated = value.is_separated;
    return row_value_read(cursor->session, cursor->table, &value, 0, buffer, size, ret_available);
}

jet_err table_row_measure(struct table_row *row, uint32_t id, uint32_t itag, size_t *ret_size, bool *ret_is_separated)
{
    return read_value(row, id, itag, NULL, 0, ret_size, ret_is_separated);
}

jet_err table_row_reference(struct table_row *row, uint32_t id, uint32_t itag,
                            uint8_t ret_bytes[COLUMN_REFERENCE_SIZE_MAX], size_t *ret_size)
{
    struct table_cursor *cursor = row->cursor;
    const struct column *column;
    struct row_value value;
    jet_err err = cursor_update(cursor) || cursor->table->temporary ? JET_errInvalidGrbit : find(row, id, &column);

    if (err >= JET_errSuccess)
        err = row_value_get(column, &row->record, itag, 0, &value);
    return err < JET_errSuccess ? err : table_reference_make(cursor, column, itag, value.lid, ret_bytes, ret_size);
}

jet_err table_row_read(struct table_row *row, uint32_t id, uint32_t itag, void *buffer, size_t size)
{
    size_t available;
    bool is_separated;

    return read_value(row, id, itag, buffer, size, &available, &is_separated);
}
