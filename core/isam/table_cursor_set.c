/* SPDX-License-Identifier: MIT */
/* table_cursor_set.c - one value into the update that is prepared. */
#include <string.h>

#include "isam/session.h"
#include "isam/table_cursor_internal.h"

static bool is_null(const struct table_set *set)
{
    return set->size == 0 && !(set->flags & TABLE_SET_ZERO_LENGTH);
}

/* ---- fixed columns: no empty values; text and binary are padded ---- */

static jet_err check_fixed(const struct table_cursor *cursor, const struct column *column, const struct table_set *set)
{
    if (((column->flags & COLUMN_AUTO_INCREMENT) && !cursor->copies_rows) ||
        ((column->flags & COLUMN_VERSION) && cursor->update->kind == UPDATE_REPLACE))
        return JET_errInvalidColumnType;
    if (set->size == 0)
        return column->flags & COLUMN_NOT_NULL ? JET_errNullInvalid : JET_errSuccess;
    const bool is_padded = column->type == COLUMN_TEXT || column->type == COLUMN_BINARY;
    if (set->size > column->size_max || (!is_padded && set->size != column->size_max))
        return JET_errInvalidBufferSize;
    return JET_errSuccess;
}

static jet_err set_fixed(struct table_cursor *cursor, const struct column *column, const struct table_set *set)
{
    uint8_t value[TABLE_FIXED_SIZE_MAX];
    jet_err err = check_fixed(cursor, column, set);

    if (err < JET_errSuccess)
        return err;
    if (set->size == 0)
        return record_edit_fixed(&cursor->update->record, column->id, NULL);
    memcpy(value, set->data, set->size);
    for (size_t i = set->size; i < column->size_max; i++)
        value[i] = column->type == COLUMN_BINARY ? 0 : column->code_page == 1200 && i % 2 ? 0 : ' ';
    if (column->type == COLUMN_BIT)
        value[0] = value[0] ? 0xFF : 0;
    return record_edit_fixed(&cursor->update->record, column->id, value);
}

/* ---- variable columns: cut at their limit ---- */

static jet_err set_variable(struct table_cursor *cursor, const struct column *column, const struct table_set *set)
{
    const size_t limit = column->size_max ? column->size_max : TABLE_DEFAULT_MAX;
    const bool is_cut = set->size > limit;

    if (is_null(set))
        return column->flags & COLUMN_NOT_NULL ? JET_errNullInvalid
                                               : record_edit_variable(&cursor->update->record, column->id, NULL, 0);
    jet_err err = record_edit_variable(&cursor->update->record, column->id, set->size > 0 ? set->data : "",
                                       is_cut ? limit : set->size);
    return err < JET_errSuccess ? err : is_cut ? JET_wrnColumnMaxTruncated : JET_errSuccess;
}

/* ---- tagged columns ---- */

static jet_err check_tagged(const struct column *column, const struct table_set *set)
{
    const uint32_t type_size = column_type_size(column->type);

    if (column_type_is_long(column->type) || set->size == 0)
        return JET_errSuccess;
    if (type_size != 0 && set->size != type_size)
        return JET_errInvalidBufferSize;
    return column->size_max > 0 && set->size > column->size_max ? JET_errColumnTooBig : JET_errSuccess;
}

/* Without its last value a column is absent, or, if it has a default, null. */
static jet_err remove_value(struct table_cursor *cursor, const struct column *column, unsigned itag, unsigned count)
{
    static const struct record_tagged_image null = {.is_null = true};

    if (column->flags & COLUMN_NOT_NULL)
        return JET_errNullInvalid;
    if (itag <= count && count > 1)
        return update_store_tagged(cursor, column, itag, NULL);
    if (count > 1)
        return JET_errSuccess;
    return record_edit_tagged(&cursor->update->record, column->id,
                              column->default_value || column_is_computed(column) ? &null : NULL);
}

static jet_err set_tagged(struct table_cursor *cursor, const struct column *column, const struct table_set *set)
{
    struct record record;
    struct record_value stored;
    unsigned count;
    const struct record_edit *edit = &cursor->update->record;
    jet_err err = record_decode(edit->bytes, edit->size, cursor->table->db->page_size, &record);

    if (err >= JET_errSuccess)
        err = row_value_stored(column, &record, &stored);
    if (err >= JET_errSuccess)
        err = tagged_value_count(&stored, &count);
    if (err >= JET_errSuccess)
        err = check_tagged(column, set);
    if (err < JET_errSuccess)
        return err;
    const unsigned itag = set->itag == 0 || set->itag > count ? count + 1 : set->itag;
    if (set->flags & TABLE_SET_REVERT_TO_DEFAULT)
        return record_edit_tagged(&cursor->update->record, column->id, NULL);
    if (is_null(set) && !(set->flags & (TABLE_SET_SIZE | TABLE_SET_APPEND | TABLE_SET_OVERWRITE)))
        return remove_value(cursor, column, itag, count);
    if (set->flags & (TABLE_SET_UNIQUE | TABLE_SET_UNIQUE_NORMALIZED)) {
        err = update_check_unique(cursor, column, &record, set, itag, count);
        if (err < JET_errSuccess)
            return err;
    }
    if (column_type_is_long(column->type))
        return update_set_long(cursor, column, set, &stored, itag, count);
    uint8_t bit = set->size > 0 && *(const uint8_t *)set->data ? 0xFF : 0;
    const struct tagged_value value = {.bytes = column->type == COLUMN_BIT ? &bit : set->data, .size = set->size};
    return update_store_tagged(cursor, column, itag, &value);
}

/* ---- all of them ---- */

static jet_err check_flags(const struct table_set *set)
{
    const unsigned partial = TABLE_SET_APPEND | TABLE_SET_OVERWRITE | TABLE_SET_SIZE;
    const unsigned unique = TABLE_SET_UNIQUE | TABLE_SET_UNIQUE_NORMALIZED;

    if ((set->flags & unique) && (set->flags & partial))
        return JET_errInvalidGrbit;
    if ((set->flags & TABLE_SET_SEPARATE) && (set->flags & TABLE_SET_INTRINSIC))
        return JET_errInvalidGrbit;
    if ((set->flags & TABLE_SET_APPEND) && (set->flags & TABLE_SET_OVERWRITE))
        return JET_errInvalidGrbit;
    return JET_errSuccess;
}

static jet_err set_value(struct table_cursor *cursor, const struct table_set *set)
{
    const struct column *column = table_column_by_id(cursor->table, cursor->session, set->column);
    struct table_set plain = *set;
    jet_err err;

    if (!column)
        return JET_errColumnNotFound;
    if (!plain.data && !((plain.flags & TABLE_SET_SIZE) && column_type_is_long(column->type)))
        plain.size = 0; /* only a long value can have a size without bytes */
    if (column->flags & COLUMN_ESCROW && cursor->update->kind == UPDATE_REPLACE)
        return JET_errInvalidOperation;
    for (;;) {
        if (column_is_fixed(column))
            err = set_fixed(cursor, column, &plain);
        else
            err =
                column_is_variable(column) ? set_variable(cursor, column, &plain) : set_tagged(cursor, column, &plain);
        if (err != JET_errRecordTooBig)
            return err;
        err = update_burst(cursor);
        if (err < JET_errSuccess)
            return err;
    }
}

/* An update whose long values were changed in a transaction cannot outlast it: whatever became of the rest. */
jet_err table_cursor_set(struct table_cursor *cursor, const struct table_set *set)
{
    struct update *update = cursor_update(cursor);
    jet_err err = update && update->kind != UPDATE_READ_ONLY ? check_flags(set) : JET_errUpdateNotPrepared;

    if (err < JET_errSuccess)
        return err;
    const size_t changes = update->long_value_changes;
    latch_shared(&cursor->table->latch);
    err = set_value(cursor, set);
    latch_unlock_shared(&cursor->table->latch);
    if (update->long_value_changes != changes && cursor->session->level > update->level)
        update->level = cursor->session->level;
    return err;
}
