/* SPDX-License-Identifier: MIT */
/* api_callback.c - functions of the application that are called for a table, and values of its own that it hangs on
 * cursors and tables. */
#include "jet/esent.h"
#include "jet/jet_table.h"

enum { WHEN_READ = TEMPORARY_RETRIEVING | TEMPORARY_TABLE | JET_TABLE_IN_CALLBACK };

/* Any event can be registered; the changes of records are what is called. */
JET_ERR JET_API JetRegisterCallback(JET_SESID sesid, JET_TABLEID tableid, JET_CBTYP cbtyp, JET_CALLBACK pCallback,
                                    void *pvContext, JET_HANDLE *phCallbackId)
{
    struct jet_table *table;
    uint32_t id = 0;
    jet_err err = jet_table_enter_any(sesid, tableid, JET_TABLE_IN_CALLBACK, &table);
    if (err < JET_errSuccess)
        return err;
    if (cbtyp == JET_cbtypNull || !pCallback || !phCallbackId)
        err = JET_errInvalidParameter;
    else
        err = table_handler_add(table_cursor_table(table->cursor), cbtyp, (table_function)pCallback, pvContext, &id);
    jet_table_leave(table);
    if (err >= JET_errSuccess)
        *phCallbackId = id;
    return err;
}

JET_ERR JET_API JetUnregisterCallback(JET_SESID sesid, JET_TABLEID tableid, JET_CBTYP cbtyp, JET_HANDLE hCallbackId)
{
    struct jet_table *table;
    (void)cbtyp; /* the number alone says which */
    jet_err err = jet_table_enter_any(sesid, tableid, JET_TABLE_IN_CALLBACK, &table);
    if (err < JET_errSuccess)
        return err;
    err = hCallbackId > UINT32_MAX ? JET_errInvalidParameter
                                   : table_handler_remove(table_cursor_table(table->cursor), (uint32_t)hCallbackId);
    jet_table_leave(table);
    return err;
}

/* ---- local storage ---- */

static void release(table_function function, uintptr_t value)
{
    const JET_CALLBACK callback = (JET_CALLBACK)function;
    callback(JET_sesidNil, JET_dbidNil, JET_tableidNil, JET_cbtypFreeTableLS, (void *)value, NULL, NULL, 0);
}

static jet_err runtime_callback(const struct jet_table *table, JET_CALLBACK *ret_callback)
{
    struct process *process;
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    *ret_callback = (JET_CALLBACK)param_number(&table->session->instance->params, JET_paramRuntimeCallback);
    process_unlock(process);
    return *ret_callback ? JET_errSuccess : JET_errLSCallbackNotSpecified;
}

static jet_err set_of_table(struct jet_table *table, JET_LS ls, JET_CALLBACK callback)
{
    const struct table_local local = {true, ls, (table_function)callback, release};
    if (ls != JET_LSNil)
        return table_local_set(table_cursor_table(table->cursor), &local);
    table_local_reset(table_cursor_table(table->cursor));
    return JET_errSuccess;
}

static jet_err set_of_cursor(struct jet_table *table, JET_LS ls, JET_CALLBACK callback)
{
    if (table->local != JET_LSNil && ls != JET_LSNil)
        return JET_errLSAlreadySet;
    table->local = ls;
    table->local_callback = callback;
    return JET_errSuccess;
}

/* The cursor's, unless the table's is asked for. */
JET_ERR JET_API JetSetLS(JET_SESID sesid, JET_TABLEID tableid, JET_LS ls, JET_GRBIT grbit)
{
    struct jet_table *table;
    JET_CALLBACK callback;
    const bool is_of_table = (grbit & JET_bitLSTable) != 0;
    const JET_LS value = (grbit & JET_bitLSReset) != 0 ? JET_LSNil : ls;
    jet_err err = jet_table_enter_any(sesid, tableid, WHEN_READ, &table);
    if (err < JET_errSuccess)
        return err;
    err = runtime_callback(table, &callback);
    if (err >= JET_errSuccess && is_of_table && (grbit & JET_bitLSCursor) != 0)
        err = JET_errInvalidGrbit;
    if (err >= JET_errSuccess)
        err = is_of_table ? set_of_table(table, value, callback) : set_of_cursor(table, value, callback);
    jet_table_leave(table);
    return err;
}

/* That the cursor had none is an error only if it was not to be reset. */
static jet_err get_of_cursor(struct jet_table *table, bool take, JET_LS *ret_ls)
{
    *ret_ls = table->local;
    if (table->local == JET_LSNil && !take)
        return JET_errLSNotSet;
    if (take)
        table->local = JET_LSNil;
    return JET_errSuccess;
}

JET_ERR JET_API JetGetLS(JET_SESID sesid, JET_TABLEID tableid, JET_LS *pls, JET_GRBIT grbit)
{
    struct jet_table *table;
    uintptr_t value = JET_LSNil;
    const bool is_of_table = (grbit & JET_bitLSTable) != 0, take = (grbit & JET_bitLSReset) != 0;
    if (!pls)
        return JET_errInvalidParameter;
    jet_err err = jet_table_enter_any(sesid, tableid, WHEN_READ, &table);
    if (err < JET_errSuccess)
        return err;
    if (is_of_table && (grbit & JET_bitLSCursor) != 0)
        err = JET_errInvalidGrbit;
    else if (is_of_table)
        err = table_local_get(table_cursor_table(table->cursor), take, &value);
    else
        err = get_of_cursor(table, take, &value);
    jet_table_leave(table);
    if (err != JET_errInvalidGrbit)
        *pls = value;
    return err;
}
