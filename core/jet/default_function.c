/* SPDX-License-Identifier: MIT */
#include "jet/default_function.h"

#include <stdlib.h>
#include <string.h>

#include "isam/column_function.h"
#include "jet/jet_session.h"
#include "os/os_library.h"

enum { ARGUMENT_BYTES = 32 }; /* of a JET_CALLBACK on x86 */

static jet_err resolve(const char *name, column_function_pointer *ret_function)
{
    char module[COLUMN_FUNCTION_NAME_MAX + 1];
    const char *separator = strchr(name, '!');
    const size_t size = separator ? (size_t)(separator - name) : 0;
    if (!separator || size >= sizeof module)
        return JET_errInvalidParameter;
    memcpy(module, name, size);
    module[size] = '\0';
    return os_library_function(module, separator + 1, ARGUMENT_BYTES, ret_function);
}

static jet_err is_enabled(const struct jet_session *session, bool *ret_is)
{
    uintptr_t value = 0;
    jet_err err = jet_session_param(session, JET_paramEnablePersistedCallbacks, &value);
    *ret_is = value != 0;
    return err;
}

jet_err default_function_check(const struct jet_session *session, const char *name)
{
    column_function_pointer ignored;
    bool enabled = false;
    jet_err err =
        name && strlen(name) <= COLUMN_FUNCTION_NAME_MAX ? is_enabled(session, &enabled) : JET_errInvalidParameter;
    return err < JET_errSuccess || !enabled ? err : resolve(name, &ignored);
}

/* The column stays where it is as long as the table is open. */
static jet_err function_of(struct jet_table *table, uint32_t id, struct column_function **ret_function)
{
    struct table *object = table_cursor_table(table->cursor);
    bool enabled = false;
    jet_err err = is_enabled(table->session, &enabled);
    if (err < JET_errSuccess)
        return err;
    latch_shared(&object->latch);
    const struct column *column = table_column_stored(object, id);
    *ret_function = column ? column->function : NULL;
    latch_unlock_shared(&object->latch);
    if (!enabled)
        return JET_errCallbackFailed;
    return *ret_function ? JET_errSuccess : JET_errCallbackNotResolved;
}

static jet_err pointer_of(struct column_function *function, JET_CALLBACK *ret_callback)
{
    column_function_pointer pointer = atomic_load(&function->resolved);
    if (!pointer) {
        jet_err err = resolve(function->name, &pointer);
        if (err < JET_errSuccess)
            return err;
        atomic_store(&function->resolved, pointer);
    }
    *ret_callback = (JET_CALLBACK)pointer;
    return JET_errSuccess;
}

jet_err default_function_call(struct jet_table *table, struct table_retrieve *retrieve)
{
    struct column_function *function;
    struct jet_callback frame;
    JET_CALLBACK callback;
    uint32_t actual = (uint32_t)retrieve->size;
    jet_err err = function_of(table, retrieve->column_next, &function);
    if (err >= JET_errSuccess)
        err = pointer_of(function, &callback);
    if (err < JET_errSuccess)
        return err;
    jet_callback_begin(&frame, table->session, table->handle);
    frame.reads = retrieve->flags & TABLE_RETRIEVE_COPY ? JET_CALLBACK_READS_COPY : JET_CALLBACK_READS_RECORD;
    err = callback(table->session->handle, table->dbid, table->handle, JET_cbtypUserDefinedDefaultValue,
                   retrieve->buffer, &actual, function->data, retrieve->column_next);
    jet_callback_end(&frame);
    if (err < JET_errSuccess)
        return err;
    retrieve->actual = actual;
    return err == JET_errSuccess && actual > retrieve->size ? JET_wrnBufferTruncated : err;
}
