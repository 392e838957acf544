/* SPDX-License-Identifier: MIT */
#include "isam/table_cursor.h"

#include <stdlib.h>

#include "isam/session.h"
#include "isam/table_cursor_filter.h"
#include "isam/table_cursor_internal.h"
#include "isam/table_users.h"
#include "isam/temporary.h"

static jet_err cursor_new(struct session *session, struct table *table, unsigned flags,
                          struct table_cursor **ret_cursor)
{
    struct table_cursor *cursor = calloc(1, sizeof *cursor);
    jet_err err = cursor ? dir_open(session, table->tree, &cursor->dir) : JET_errOutOfMemory;

    if (err < JET_errSuccess) {
        free(cursor);
        return err;
    }
    cursor->session = session;
    cursor->table = table;
    cursor->flags = flags;
    cursor->level = session->level;
    cursor->is_first_due = true;
    *ret_cursor = cursor;
    return JET_errSuccess;
}

jet_err table_cursor_adopt(struct session *session, struct table *table, unsigned flags,
                           struct table_cursor **ret_cursor)
{
    jet_err err = table_users_enter(table, flags);

    if (err < JET_errSuccess)
        return err;
    err = cursor_new(session, table, flags, ret_cursor);
    if (err < JET_errSuccess)
        table_users_leave(table, flags);
    return err;
}

jet_err table_cursor_open(struct session *session, unsigned dbid, const char *name, unsigned flags,
                          struct table_cursor **ret_cursor)
{
    struct table *table;
    jet_err err = table_open(session, dbid, name, &table);

    if (err < JET_errSuccess)
        return err;
    err = table_cursor_adopt(session, table, flags, ret_cursor);
    if (err < JET_errSuccess)
        table_close(table);
    return err;
}

jet_err table_cursor_dup(struct table_cursor *cursor, struct session *session, struct table_cursor **ret_cursor)
{
    const unsigned flags = cursor->flags & ~(unsigned)(TABLE_OPEN_DENY_READ | TABLE_OPEN_DENY_WRITE);

    table_users_hold(cursor->table);
    jet_err err = table_cursor_adopt(session, cursor->table, flags, ret_cursor);
    if (err < JET_errSuccess)
        table_close(cursor->table);
    return err;
}

static void update_drop(struct table_cursor *cursor)
{
    if (!cursor_update(cursor))
        return;
    const jet_err second =
        cursor_update_drop(cursor); /* what cannot be taken back the rollback of the transaction does */
    (void)second;
}

void table_cursor_close(struct table_cursor *cursor)
{
    if (!cursor)
        return;
    update_drop(cursor);
    cursor_filter_free(cursor->filter);
    cursor_leave_index(cursor);
    dir_close(cursor->dir);
    table_users_leave(cursor->table, cursor->flags);
    table_close(cursor->table);
    if (cursor->table->temporary)
        temporary_closed(cursor->table);
    if (cursor->update)
        free(cursor->update->long_values);
    free(cursor->update);
    free(cursor);
}

struct table *table_cursor_table(const struct table_cursor *cursor)
{
    return cursor->table;
}

struct session *table_cursor_session(const struct table_cursor *cursor)
{
    return cursor->session;
}

unsigned table_cursor_flags(const struct table_cursor *cursor)
{
    return cursor->flags;
}

unsigned table_cursor_level(const struct table_cursor *cursor)
{
    return cursor->level;
}

void table_cursor_committed(struct table_cursor *cursor, unsigned level)
{
    struct update *update = cursor_update(cursor);

    if (cursor->level > level)
        cursor->level = level;
    const bool was_in_transaction = update && update->level > 0;
    if (update && update->level > level)
        update->level = level;
    if (update)
        update_committed(update, level);
    if (was_in_transaction && level == 0)
        update->kind = UPDATE_NONE; /* it has no long values: table_cursor_committing() */
}

void table_cursor_rolled_back(struct table_cursor *cursor, unsigned level)
{
    struct update *update = cursor_update(cursor);

    if (!update || update->level <= level)
        return;
    update_rolled_back(update, level);
    update_drop(cursor);
}

jet_err cursor_record(struct table_cursor *cursor, const struct record **ret_record)
{
    struct dir_view view;
    jet_err err = cursor_settle(cursor);

    if (err >= JET_errSuccess)
        err = dir_get(cursor->dir, &view);
    if (err < JET_errSuccess)
        return err;
    *ret_record = &cursor->record;
    if (cursor->record_view == view.number)
        return JET_errSuccess;
    err = record_decode(view.data, view.data_size, cursor->table->db->page_size, &cursor->record);
    cursor->record_view = err < JET_errSuccess ? 0 : view.number;
    if (err < JET_errSuccess)
        dir_release(cursor->dir);
    return err;
}

jet_err cursor_each_lid(const struct table_cursor *cursor, const uint8_t *bytes, size_t size,
                        jet_err (*each)(void *context, lid_t lid), void *context)
{
    struct record record;
    jet_err err = record_decode(bytes, size, cursor->table->db->page_size, &record);

    return err < JET_errSuccess ? err : row_value_each_lid(&record, each, context);
}
