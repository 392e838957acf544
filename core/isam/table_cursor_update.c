/* SPDX-License-Identifier: MIT */
/* table_cursor_update.c - a record is prepared, and written as a whole; deleted; counted up. */
#include <stdlib.h>
#include <string.h>

#include "isam/row.h"
#include "isam/session.h"
#include "isam/table_cursor_internal.h"
#include "isam/transaction.h"
#include "isam/version_internal.h"

jet_err cursor_may_write(const struct table_cursor *cursor)
{
    if (cursor->table->db->is_read_only)
        return JET_errDatabaseFileReadOnly;
    if ((cursor->flags & TABLE_OPEN_READ_ONLY) || (cursor->table->flags & (TABLE_FLAG_SYSTEM | TABLE_FLAG_DERIVED)))
        return JET_errPermissionDenied;
    return cursor->session->level > 0 ? transaction_may_change(cursor->session, cursor->table->db) : JET_errSuccess;
}

/* ---- statements ---- */

jet_err cursor_statement_begin(struct table_cursor *cursor, bool *ret_is_own)
{
    *ret_is_own = cursor->session->level == 0;
    return *ret_is_own ? transaction_begin(cursor->session, false) : JET_errSuccess;
}

jet_err cursor_statement_end(struct table_cursor *cursor, bool is_own, jet_err err)
{
    struct session *session = cursor->session;
    const jet_err result = err;

    if (!is_own)
        return err;
    if (err >= JET_errSuccess)
        err = transaction_commit(session, 0, NULL);
    if (err < JET_errSuccess && session->level > 0) {
        const jet_err second = transaction_rollback(session, true); /* the first error counts */
        (void)second;
    }
    return err < JET_errSuccess ? err : result;
}

bool table_cursor_is_prepared(const struct table_cursor *cursor)
{
    return cursor_update(cursor) != NULL;
}

void table_cursor_copies_rows(struct table_cursor *cursor)
{
    cursor->copies_rows = true;
}

enum table_pending table_cursor_pending(const struct table_cursor *cursor)
{
    const struct update *update = cursor_update(cursor);

    if (!update || update->kind == UPDATE_READ_ONLY)
        return TABLE_PENDING_NOTHING;
    if (update->kind == UPDATE_REPLACE)
        return TABLE_PENDING_REPLACE;
    return update->deletes_original ? TABLE_PENDING_MOVE : TABLE_PENDING_INSERT;
}

/* Likewise, and waits until the version store has room for what a statement usually makes: without the table's latch,
 * for which somebody may wait whose snapshot keeps the clean-up from making room. */
static jet_err may_write_now(const struct table_cursor *cursor)
{
    jet_err err = cursor_may_write(cursor);

    return err < JET_errSuccess ? err : version_make_room(cursor->session, ENGINE_VERSION_PAGE / 4);
}

/* ---- prepare ---- */

static jet_err update_get(struct table_cursor *cursor, struct update **ret_update)
{
    if (!cursor->update)
        cursor->update = calloc(1, sizeof *cursor->update);
    if (!cursor->update)
        return JET_errOutOfMemory;
    cursor->update->level = cursor->session->level;
    cursor->update->is_unlocked = cursor->session->level == 0;
    cursor->update->deletes_original = false;
    cursor->update->long_value_count = 0;
    *ret_update = cursor->update;
    return JET_errSuccess;
}

static jet_err set_number(struct update *update, const struct column *column, int64_t number)
{
    uint8_t bytes[sizeof number];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)((uint64_t)number >> 8 * i);
    return record_edit_fixed(&update->record, column->id, bytes);
}

static jet_err set_auto_increment(struct table *table, struct update *update)
{
    if (!table->auto_increment)
        return JET_errSuccess;
    const int64_t number = atomic_fetch_add(&table->auto_increment_last, 1) + 1;
    if (table->auto_increment->size_max == sizeof(int32_t) && number > INT32_MAX)
        return JET_errOutOfAutoincrementValues;
    return set_number(update, table->auto_increment, number);
}

/* Numbers that others count up must be in every record, not in its defaults. */
static jet_err set_escrow_columns(const struct table *table, struct update *update)
{
    jet_err err = JET_errSuccess;

    for (size_t i = 0; i < table->column_count && column_is_fixed(table->columns[i]) && err >= JET_errSuccess; i++)
        if (table->columns[i]->flags & COLUMN_ESCROW)
            err = record_edit_fixed(&update->record, table->columns[i]->id, table->columns[i]->default_value);
    return err;
}

static jet_err prepare_insert(struct table_cursor *cursor)
{
    struct table *table = cursor->table;
    struct update *update;
    jet_err err = update_get(cursor, &update);

    if (err < JET_errSuccess)
        return err;
    record_edit_begin(&update->record, &table->layout, table->db->page_size, table->record_size_max);
    err = set_auto_increment(table, update);
    if (err >= JET_errSuccess && table->version)
        err = set_number(update, table->version, 0);
    if (err >= JET_errSuccess)
        err = set_escrow_columns(table, update);
    if (err >= JET_errSuccess)
        update->kind = UPDATE_INSERT;
    return err;
}

/* The record the cursor is on, into the update: as the original and as what is edited. */
static jet_err load_record(struct table_cursor *cursor, struct update *update)
{
    struct table *table = cursor->table;
    const struct record *record;
    jet_err err = cursor_record(cursor, &record);

    if (err < JET_errSuccess)
        return err;
    const struct bookmark *at = dir_bookmark(cursor->dir);
    if (at->key_size > sizeof update->key || record->size > sizeof update->original) {
        dir_release(cursor->dir);
        return JET_errRecordTooBig;
    }
    memcpy(update->key, at->key, at->key_size);
    update->key_size = at->key_size;
    memcpy(update->original, record->bytes, record->size);
    update->original_size = record->size;
    update->session_changes = cursor->session->changes;
    dir_release(cursor->dir);
    return record_edit_load(&update->record, &table->layout, table->db->page_size, table->record_size_max,
                            update->original, update->original_size);
}

static jet_err prepare_replace(struct table_cursor *cursor, bool lock)
{
    struct update *update;
    jet_err err = update_get(cursor, &update);

    if (err >= JET_errSuccess && lock && update->level > 0)
        err = table_cursor_lock(cursor, true);
    if (err >= JET_errSuccess)
        err = load_record(cursor, update);
    if (err >= JET_errSuccess)
        update->kind = UPDATE_REPLACE;
    return err;
}

/* It outlasts the call, so that only a rollback may be what takes it back. The record stays as long: if its reference
 * went meanwhile, the rollback would leave a value without any. */
static jet_err take_reference(void *context, lid_t lid)
{
    struct table_cursor *cursor = context;
    struct long_values *values;
    jet_err err = cursor->session->level > 0 ? table_long_values(cursor->session, cursor->table, &values)
                                             : JET_errNotInTransaction;

    if (err >= JET_errSuccess)
        err = table_cursor_lock(cursor, false);
    if (err >= JET_errSuccess)
        err = lv_add_reference(cursor->session, values, lid);
    return err < JET_errSuccess ? err : update_note(cursor, LONG_VALUE_REFERENCED, lid, 0);
}

static jet_err prepare_copy(struct table_cursor *cursor, enum table_prepare prepare)
{
    const bool keeps_number = prepare == TABLE_PREPARE_INSERT_COPY_REPLACE_ORIGINAL;
    const bool replaces = prepare == TABLE_PREPARE_INSERT_COPY_DELETE || keeps_number;
    struct update *update;
    jet_err err = update_get(cursor, &update);

    if (err >= JET_errSuccess && replaces && update->level > 0)
        err = table_cursor_lock(cursor, true);
    if (err >= JET_errSuccess)
        err = load_record(cursor, update);
    if (err < JET_errSuccess)
        return err;
    update->kind = UPDATE_INSERT;
    update->deletes_original = replaces;
    err = cursor_each_lid(cursor, update->original, update->original_size, take_reference, cursor);
    if (err >= JET_errSuccess && !keeps_number)
        err = set_auto_increment(cursor->table, update);
    if (err >= JET_errSuccess)
        return err;
    const jet_err second = update_long_values_drop(cursor); /* the first error counts */
    (void)second;
    update->kind = UPDATE_NONE;
    return err;
}

static jet_err prepare_read_only(struct table_cursor *cursor)
{
    struct update *update;
    jet_err err = update_get(cursor, &update);

    if (err >= JET_errSuccess)
        err = load_record(cursor, update);
    if (err >= JET_errSuccess)
        update->kind = UPDATE_READ_ONLY;
    return err;
}

static jet_err prepare_cancel(struct table_cursor *cursor)
{
    return cursor_update(cursor) ? cursor_update_drop(cursor) : JET_errUpdateNotPrepared;
}

jet_err cursor_update_drop(struct table_cursor *cursor)
{
    jet_err err = update_long_values_drop(cursor);

    cursor->update->kind = UPDATE_NONE;
    return err;
}

static jet_err prepare_any(struct table_cursor *cursor, enum table_prepare prepare)
{
    switch (prepare) {
    case TABLE_PREPARE_INSERT: return prepare_insert(cursor);
    case TABLE_PREPARE_REPLACE: return prepare_replace(cursor, true);
    case TABLE_PREPARE_REPLACE_NO_LOCK: return prepare_replace(cursor, false);
    case TABLE_PREPARE_READ_ONLY_COPY: return prepare_read_only(cursor);
    case TABLE_PREPARE_INSERT_COPY:
    case TABLE_PREPARE_INSERT_COPY_DELETE:
    case TABLE_PREPARE_INSERT_COPY_REPLACE_ORIGINAL: return prepare_copy(cursor, prepare);
    default: return JET_errInvalidParameter;
    }
}

jet_err table_cursor_prepare(struct table_cursor *cursor, enum table_prepare prepare)
{
    jet_err err = JET_errSuccess;

    if (prepare == TABLE_PREPARE_CANCEL)
        return prepare_cancel(cursor);
    if (cursor_update(cursor))
        return JET_errAlreadyPrepared;
    if (prepare != TABLE_PREPARE_READ_ONLY_COPY)
        err = may_write_now(cursor);
    else if (cursor->session->level == 0)
        err = JET_errNotInTransaction;
    if (err < JET_errSuccess)
        return err;
    latch_shared(&cursor->table->latch);
    err = prepare_any(cursor, prepare);
    latch_unlock_shared(&cursor->table->latch);
    return err;
}

/* ---- update ---- */

static jet_err check_not_null(const struct table_cursor *cursor)
{
    const struct table *table = cursor->table;
    const struct record_edit *edit = &cursor->update->record;
    struct record record;
    jet_err err = record_decode(edit->bytes, edit->size, table->db->page_size, &record);

    for (size_t i = 0; i < table->column_count && err >= JET_errSuccess; i++) {
        const struct column *column = table->columns[i];
        struct row_value value;

        if (column_is_tagged(column) && !table->needs_tagged)
            break;
        if (!(column->flags & COLUMN_NOT_NULL) || !column_is_visible(column, cursor->session))
            continue;
        err = row_value_get(column, &record, 1, 0, &value);
        if (err >= JET_errSuccess && value.is_null)
            err = JET_errNullInvalid;
    }
    return err;
}

jet_err table_cursor_committing(struct table_cursor *cursor)
{
    struct update *update = cursor_update(cursor);
    const size_t notes = update ? update->long_value_count : 0;

    if (notes == 0)
        return JET_errSuccess;
    jet_err err = transaction_begin_nested(cursor->session);
    if (err >= JET_errSuccess)
        err = transaction_end_nested(cursor->session, update_long_values_drop(cursor));
    if (err >= JET_errSuccess)
        update->kind = UPDATE_NONE;
    else
        update->long_value_count = notes; /* they are as they were: it is still prepared */
    return err;
}

static jet_err delete_original(struct table_cursor *cursor)
{
    const struct update *update = cursor->update;
    const struct row_image image = {.bytes = update->original, .size = update->original_size};

    return row_delete(cursor->session, cursor->table, update->key, update->key_size, &image);
}

static jet_err release_reference(void *context, lid_t lid)
{
    struct table_cursor *cursor = context;
    struct long_values *values;
    jet_err err = table_long_values(cursor->session, cursor->table, &values);

    return err < JET_errSuccess ? err : lv_release(cursor->session, values, lid);
}

static jet_err write_insert(struct table_cursor *cursor)
{
    struct update *update = cursor->update;
    const struct row_image image = {.bytes = update->record.bytes, .size = update->record.size};
    struct index_key key;
    jet_err err = JET_errSuccess;

    if (update->deletes_original) {
        err = delete_original(cursor);
        if (err >= JET_errSuccess)
            err = cursor_each_lid(cursor, update->original, update->original_size, release_reference, cursor);
    }
    if (err >= JET_errSuccess)
        err = row_insert(cursor->session, cursor->table, &image, &key);
    if (err < JET_errSuccess)
        return err;
    memcpy(cursor->bookmark, key.bytes, key.size);
    cursor->bookmark_size = key.size;
    return JET_errSuccess;
}

static jet_err count_version_up(struct table_cursor *cursor)
{
    const struct column *column = cursor->table->version;
    const struct record_edit *edit = &cursor->update->record;
    struct record record;
    struct row_value value;

    if (!column)
        return JET_errSuccess;
    jet_err err = record_decode(edit->bytes, edit->size, cursor->table->db->page_size, &record);
    if (err >= JET_errSuccess)
        err = row_value_get(column, &record, 1, 0, &value);
    if (err < JET_errSuccess)
        return err;
    uint32_t number = 0;
    for (size_t i = value.is_null ? 0 : value.size; i > 0; i--)
        number = number << 8 | value.bytes[i - 1];
    return set_number(cursor->update, column, (int32_t)(number + 1));
}

static jet_err write_replace(struct table_cursor *cursor)
{
    struct update *update = cursor->update;
    const struct row_image before = {.bytes = update->original, .size = update->original_size};
    jet_err err = count_version_up(cursor);

    if (err < JET_errSuccess)
        return err;
    const struct row_image after = {.bytes = update->record.bytes, .size = update->record.size};
    err = row_replace(cursor->session, cursor->table, update->key, update->key_size, &before, &after);
    if (err < JET_errSuccess)
        return err;
    memcpy(cursor->bookmark, update->key, update->key_size);
    cursor->bookmark_size = update->key_size;
    return JET_errSuccess;
}

/* May the original be another one by now? What was prepared outside a transaction was read by no snapshot, and not
 * locked; and no lock keeps a session from itself: another cursor of it may have changed the record. */
static bool original_may_differ(const struct table_cursor *cursor)
{
    const struct update *update = cursor->update;
    const bool has_original = update->kind == UPDATE_REPLACE || update->deletes_original;

    return has_original && (update->is_unlocked || update->session_changes != cursor->session->changes);
}

/* Entries of indexes and references to long values follow from the original: it has to be what is there. */
static jet_err check_original(struct table_cursor *cursor)
{
    const struct update *update = cursor->update;
    const struct bookmark bookmark = {.key = update->key, .key_size = update->key_size};
    struct dir_cursor *dir;
    struct dir_view view;

    if (!original_may_differ(cursor))
        return JET_errSuccess;
    jet_err err = dir_open(cursor->session, cursor->table->tree, &dir);
    if (err < JET_errSuccess)
        return err;
    err = dir_goto(dir, &bookmark);
    if (err >= JET_errSuccess)
        err = dir_get(dir, &view);
    if (err >= JET_errSuccess &&
        (view.data_size != update->original_size || memcmp(view.data, update->original, update->original_size) != 0))
        err = update->is_unlocked ? JET_errWriteConflict : JET_errSessionWriteConflict;
    dir_close(dir);
    return err == JET_errRecordDeleted && update->is_unlocked ? JET_errWriteConflict : err;
}

static jet_err write_update(struct table_cursor *cursor)
{
    struct update *update = cursor->update;
    jet_err err = cursor->copies_rows ? JET_errSuccess : check_not_null(cursor);

    if (err >= JET_errSuccess)
        err = check_original(cursor);
    if (err < JET_errSuccess)
        return err;
    const bool has_long_values = atomic_load(&cursor->table->has_long_values);
    const bool is_nested = has_long_values || update->deletes_original;
    if (is_nested)
        err = transaction_begin_nested(cursor->session);
    if (err < JET_errSuccess)
        return err;
    err = update->kind == UPDATE_INSERT ? write_insert(cursor) : write_replace(cursor);
    if (err >= JET_errSuccess && has_long_values)
        err = update_long_values_settle(cursor);
    return is_nested ? transaction_end_nested(cursor->session, err) : err;
}

static jet_err write_statement(struct table_cursor *cursor)
{
    bool is_own;
    jet_err err = cursor_statement_begin(cursor, &is_own);

    if (err < JET_errSuccess)
        return err;
    latch_shared(&cursor->table->latch);
    err = write_update(cursor);
    latch_unlock_shared(&cursor->table->latch);
    return cursor_statement_end(cursor, is_own, err);
}

jet_err table_cursor_update(struct table_cursor *cursor, const uint8_t **ret_bookmark, size_t *ret_size)
{
    struct update *update = cursor_update(cursor);

    if (!update || update->kind == UPDATE_READ_ONLY)
        return JET_errUpdateNotPrepared;
    jet_err err = may_write_now(cursor);
    if (err < JET_errSuccess)
        return err;
    err = write_statement(cursor);
    if (err < JET_errSuccess)
        return err;
    update->kind = UPDATE_NONE;
    if (ret_bookmark) {
        *ret_bookmark = cursor->bookmark;
        *ret_size = cursor->bookmark_size;
    }
    return JET_errSuccess;
}

/* ---- delete, lock, escrow ---- */

static jet_err delete_record(struct table_cursor *cursor)
{
    struct update *update;
    jet_err err = update_get(cursor, &update);

    if (err >= JET_errSuccess)
        err = load_record(cursor, update);
    if (err >= JET_errSuccess)
        err = transaction_begin_nested(cursor->session);
    if (err < JET_errSuccess)
        return err;
    err = delete_original(cursor);
    if (err >= JET_errSuccess)
        err = cursor_each_lid(cursor, update->original, update->original_size, release_reference, cursor);
    return transaction_end_nested(cursor->session, err);
}

jet_err table_cursor_delete(struct table_cursor *cursor)
{
    const struct update *update = cursor_update(cursor);
    bool is_own;
    jet_err err = update && update->deletes_original ? JET_errAlreadyPrepared : may_write_now(cursor);

    if (err >= JET_errSuccess)
        err = cursor_leave_record(cursor);
    if (err >= JET_errSuccess)
        err = cursor_statement_begin(cursor, &is_own);
    if (err < JET_errSuccess)
        return err;
    latch_shared(&cursor->table->latch);
    err = delete_record(cursor);
    latch_unlock_shared(&cursor->table->latch);
    return cursor_statement_end(cursor, is_own, err);
}

jet_err table_cursor_lock(struct table_cursor *cursor, bool for_write)
{
    jet_err err = transaction_may_write(cursor->session);

    if (err >= JET_errSuccess)
        err = table_cursor_check(cursor);
    if (err < JET_errSuccess)
        return err;
    return dir_lock(cursor->session, cursor->table->tree, dir_bookmark(cursor->dir),
                    for_write ? DIR_LOCK_WRITE : DIR_LOCK_READ);
}

jet_err table_cursor_examine(struct table_cursor *cursor)
{
    jet_err err = cursor->is_first_due ? JET_errNoCurrentRecord : table_cursor_check(cursor);

    if (err >= JET_errSuccess && dir_is_being_changed(cursor->session, cursor->table->tree, dir_bookmark(cursor->dir)))
        err = JET_errWriteConflict;
    return err;
}

static jet_err escrow(struct table_cursor *cursor, uint32_t id, unsigned width, int64_t delta, int64_t *ret_before)
{
    const struct column *column = table_column_by_id(cursor->table, cursor->session, id);
    const struct record *record;

    if (!column)
        return JET_errColumnNotFound;
    if (!(column->flags & COLUMN_ESCROW))
        return JET_errInvalidOperation;
    if (width != column->size_max)
        return JET_errInvalidBufferSize;
    jet_err err = cursor_record(cursor, &record);
    if (err < JET_errSuccess)
        return err;
    const bool is_stored = column->id <= record->fixed_last;
    dir_release(cursor->dir);
    if (!is_stored)
        return JET_errInvalidOperation; /* a record of before the column: it has to be replaced first */
    return dir_delta(cursor->session, cursor->table->tree, dir_bookmark(cursor->dir), column->record_offset, width,
                     delta, ret_before);
}

jet_err table_cursor_escrow(struct table_cursor *cursor, uint32_t column, unsigned width, int64_t delta,
                            int64_t *ret_before)
{
    jet_err err = cursor_update(cursor) ? JET_errAlreadyPrepared : cursor_may_write(cursor);

    if (err >= JET_errSuccess)
        err = transaction_may_write(cursor->session);
    if (err < JET_errSuccess)
        return err;
    latch_shared(&cursor->table->latch);
    err = escrow(cursor, column, width, delta, ret_before);
    latch_unlock_shared(&cursor->table->latch);
    return err;
}
