/* SPDX-License-Identifier: MIT */
#include "jet/callback.h"

#include "isam/session.h"
#include "isam/transaction.h"

static bool is_wanted(const struct jet_table *table, uint32_t events)
{
    const struct table_handler *handler = table_handlers(table_cursor_table(table->cursor));
    while (handler && (atomic_load(&handler->events) & events) == 0)
        handler = handler->next;
    return handler != NULL;
}

static jet_err call(struct jet_table *table, const struct table_handler *handler, uint32_t event)
{
    struct jet_callback frame;
    const JET_CALLBACK function = (JET_CALLBACK)handler->function;
    jet_callback_begin(&frame, table->session, table->handle);
    jet_err err = function(table->session->handle, table->dbid, table->handle, event, NULL, NULL, handler->context, 0);
    jet_callback_end(&frame);
    return err;
}

static jet_err run(struct jet_table *table, uint32_t event)
{
    jet_err err = JET_errSuccess;
    const struct table_handler *handler = table_handlers(table_cursor_table(table->cursor));
    for (; handler && err >= JET_errSuccess; handler = handler->next)
        if ((atomic_load(&handler->events) & event) != 0)
            err = call(table, handler, event);
    return err;
}

/* In it, a callback may begin transactions of its own. */
static jet_err begin(struct jet_table *table)
{
    struct jet_session *session = table->session;
    if (session->session->level == 0)
        jet_session_own(session);
    return transaction_begin_nested(session->session);
}

static jet_err end(struct jet_table *table, jet_err err)
{
    const jet_err result = err;
    if (err >= JET_errSuccess)
        err = jet_session_commit(table->session, 0, NULL);
    if (err >= JET_errSuccess)
        return result;
    const jet_err second = jet_session_rollback(table->session, false); /* the first error counts */
    (void)second;
    return err;
}

static void run_after(struct jet_table *table, uint32_t event)
{
    const jet_err ignored = run(table, event);
    (void)ignored; /* too late to refuse anything */
}

/* ---- update ---- */

static uint32_t events_before(enum table_pending pending)
{
    switch (pending) {
    case TABLE_PENDING_INSERT: return JET_cbtypBeforeInsert;
    case TABLE_PENDING_MOVE: return JET_cbtypBeforeDelete | JET_cbtypBeforeInsert;
    case TABLE_PENDING_REPLACE: return JET_cbtypBeforeReplace;
    default: return JET_cbtypNull;
    }
}

static jet_err run_before_update(struct jet_table *table, enum table_pending pending)
{
    if (pending == TABLE_PENDING_REPLACE)
        return run(table, JET_cbtypBeforeReplace);
    jet_err err = pending == TABLE_PENDING_MOVE ? run(table, JET_cbtypBeforeDelete) : JET_errSuccess;
    return err < JET_errSuccess ? err : run(table, JET_cbtypBeforeInsert);
}

static jet_err update_in_transaction(struct jet_table *table, enum table_pending pending, const uint8_t **ret_bookmark,
                                     size_t *ret_size)
{
    jet_err err = begin(table);
    if (err < JET_errSuccess)
        return err;
    err = run_before_update(table, pending);
    if (err >= JET_errSuccess)
        err = table_cursor_update(table->cursor, ret_bookmark, ret_size);
    return end(table, err);
}

jet_err callback_update(struct jet_table *table, const uint8_t **ret_bookmark, size_t *ret_size)
{
    const enum table_pending pending = table_cursor_pending(table->cursor);
    jet_err err = is_wanted(table, events_before(pending))
                      ? update_in_transaction(table, pending, ret_bookmark, ret_size)
                      : table_cursor_update(table->cursor, ret_bookmark, ret_size);
    if (err < JET_errSuccess || pending == TABLE_PENDING_NOTHING)
        return err;
    if (pending == TABLE_PENDING_MOVE)
        run_after(table, JET_cbtypAfterDelete);
    run_after(table, pending == TABLE_PENDING_REPLACE ? JET_cbtypAfterReplace : JET_cbtypAfterInsert);
    return err;
}

/* ---- delete ---- */

static jet_err delete_in_transaction(struct jet_table *table)
{
    jet_err err = begin(table);
    if (err < JET_errSuccess)
        return err;
    err = run(table, JET_cbtypBeforeDelete);
    if (err >= JET_errSuccess)
        err = table_cursor_delete(table->cursor);
    return end(table, err);
}

jet_err callback_delete(struct jet_table *table)
{
    jet_err err = is_wanted(table, JET_cbtypBeforeDelete) ? table_cursor_check(table->cursor) : JET_errSuccess;
    if (err >= JET_errSuccess)
        err =
            is_wanted(table, JET_cbtypBeforeDelete) ? delete_in_transaction(table) : table_cursor_delete(table->cursor);
    if (err >= JET_errSuccess)
        run_after(table, JET_cbtypAfterDelete);
    return err;
}
