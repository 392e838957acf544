/* SPDX-License-Identifier: MIT */
#include "jet/jet_table.h"

#include <stdlib.h>

#include "isam/session.h"
#include "jet/handle.h"

/* The session is claimed; its tables cannot go. */
static jet_err table_of(struct jet_session *session, JET_TABLEID tableid, struct jet_table **ret_table)
{
    uintptr_t owner;
    struct jet_table *table = session->recent;
    if (!table || table->handle != tableid) {
        table = handle_object_of(tableid, HANDLE_TABLE, &owner);
        if (!table)
            return JET_errInvalidTableId;
        if (owner != session->handle)
            return JET_errSesidTableIdMismatch;
        session->recent = table;
    }
    *ret_table = table;
    return JET_errSuccess;
}

static bool is_permitted(JET_TABLEID tableid, unsigned phases)
{
    return (phases & JET_TABLE_IN_CALLBACK) != 0 || !jet_callback_is_on_table(tableid);
}

struct temporary *jet_table_temporary(const struct jet_table *table)
{
    return table_cursor_table(table->cursor)->temporary;
}

jet_err jet_table_of(struct jet_session *session, JET_TABLEID tableid, struct jet_table **ret_table)
{
    jet_err err = table_of(session, tableid, ret_table);
    if (err < JET_errSuccess)
        return err;
    return jet_table_temporary(*ret_table) || !is_permitted(tableid, 0) ? JET_errIllegalOperation : JET_errSuccess;
}

jet_err jet_table_enter(JET_SESID sesid, JET_TABLEID tableid, struct jet_table **ret_table)
{
    return jet_table_enter_any(sesid, tableid, 0, ret_table);
}

jet_err jet_table_enter_any(JET_SESID sesid, JET_TABLEID tableid, unsigned phases, struct jet_table **ret_table)
{
    struct jet_session *session;
    jet_err err = jet_session_enter(sesid, &session);
    if (err < JET_errSuccess)
        return err;
    err = table_of(session, tableid, ret_table);
    if (err >= JET_errSuccess) {
        const struct temporary *temporary = jet_table_temporary(*ret_table);
        if ((temporary && (temporary->phase & phases) == 0) || !is_permitted(tableid, phases))
            err = JET_errIllegalOperation;
    }
    if (err < JET_errSuccess)
        jet_session_leave(session);
    return err;
}

jet_err jet_table_enter_anyway(JET_SESID sesid, JET_TABLEID tableid, struct jet_table **ret_table)
{
    struct jet_session *session;
    jet_err err = jet_session_enter_anyway(sesid, &session);
    if (err < JET_errSuccess)
        return err;
    err = table_of(session, tableid, ret_table);
    if (err >= JET_errSuccess && !is_permitted(tableid, 0))
        err = JET_errIllegalOperation;
    if (err < JET_errSuccess)
        jet_session_leave(session);
    return err;
}

jet_err jet_table_end_insert(struct jet_table *table)
{
    const struct temporary *temporary = jet_table_temporary(table);
    if (!temporary || temporary->phase != TEMPORARY_INSERTING)
        return JET_errSuccess;
    jet_err err = table_cursor_is_prepared(table->cursor) ? table_cursor_prepare(table->cursor, TABLE_PREPARE_CANCEL)
                                                          : JET_errSuccess;
    return err < JET_errSuccess ? err : temporary_end_insert(&table->cursor);
}

bool jet_table_is_one_way(const struct jet_table *table)
{
    const struct temporary *temporary = jet_table_temporary(table);
    return temporary && temporary->phase == TEMPORARY_RETRIEVING &&
           (temporary->flags & (TEMPORARY_SCROLLABLE | TEMPORARY_INDEXED)) == 0;
}

bool jet_table_is_updatable(const struct jet_table *table)
{
    return (table_cursor_flags(table->cursor) & TABLE_OPEN_READ_ONLY) == 0 &&
           !table_cursor_table(table->cursor)->db->is_read_only;
}

void jet_table_leave(struct jet_table *table)
{
    jet_session_leave(table->session);
}

jet_err jet_table_new(struct jet_session *session, struct table_cursor *cursor, JET_TABLEID *ret_handle)
{
    jet_err err = JET_errOutOfMemory;
    struct jet_table *table = calloc(1, sizeof *table);
    if (!table)
        goto fail;
    table->session = session;
    table->cursor = cursor;
    table->dbid = table_cursor_table(cursor)->dbid;
    table->local = JET_LSNil;
    err = handle_new(HANDLE_TABLE, table, session->handle, &table->handle);
    if (err < JET_errSuccess)
        goto fail;
    table->next = session->tables;
    if (table->next)
        table->next->previous = table;
    session->tables = table;
    *ret_handle = table->handle;
    return JET_errSuccess;
fail:
    free(table);
    table_cursor_close(cursor);
    return err;
}

void jet_table_close(struct jet_table *table)
{
    if (table->session->recent == table)
        table->session->recent = NULL;
    if (table->previous)
        table->previous->next = table->next;
    else
        table->session->tables = table->next;
    if (table->next)
        table->next->previous = table->previous;
    handle_free(table->handle);
    table_cursor_close(table->cursor);
    if (table->local != JET_LSNil)
        table->local_callback(JET_sesidNil, JET_dbidNil, JET_tableidNil, JET_cbtypFreeCursorLS, (void *)table->local,
                              NULL, NULL, 0); /* nobody asks what it returns */
    free(table);
}

void jet_tables_close(struct jet_session *session, unsigned dbid)
{
    struct jet_table *next;
    for (struct jet_table *table = session->tables; table; table = next) {
        next = table->next;
        if (dbid == ENGINE_DATABASES || table->dbid == dbid)
            jet_table_close(table);
    }
}

void jet_tables_rolling_back(struct jet_session *session, unsigned level)
{
    struct jet_table *next;
    for (struct jet_table *table = session->tables; table; table = next) {
        next = table->next;
        if (table_cursor_level(table->cursor) > level)
            jet_table_close(table);
    }
}

void jet_tables_rolled_back(struct jet_session *session)
{
    for (struct jet_table *table = session->tables; table; table = table->next)
        table_cursor_rolled_back(table->cursor, session->session->level);
}

jet_err jet_tables_committing(struct jet_session *session)
{
    jet_err err = JET_errSuccess;
    for (struct jet_table *table = session->tables; table && err >= JET_errSuccess; table = table->next)
        err = table_cursor_committing(table->cursor);
    return err;
}

void jet_tables_committed(struct jet_session *session)
{
    for (struct jet_table *table = session->tables; table; table = table->next)
        table_cursor_committed(table->cursor, session->session->level);
}
