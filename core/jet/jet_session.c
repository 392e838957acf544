/* SPDX-License-Identifier: MIT */
#include "jet/jet_session.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "isam/engine_database.h"
#include "isam/session.h"
#include "isam/transaction.h"
#include "jet/handle.h"
#include "jet/jet_table.h"
#include "jet/session_parameter.h"

uintptr_t jet_thread_id(void)
{
    static _Thread_local char of_this_thread;
    return (uintptr_t)&of_this_thread;
}

/* ---- callbacks ---- */

static _Thread_local const struct jet_callback *innermost;

/* Functions that run, on all threads: a thread whose own does not count here has none, and every call looks only here
 * then, as asking for a variable of the thread costs more than all else that entering does. */
static _Atomic uint32_t callbacks_running;

static const struct jet_callback *callback_innermost(void)
{
    return atomic_load_explicit(&callbacks_running, memory_order_relaxed) > 0 ? innermost : NULL;
}

void jet_callback_begin(struct jet_callback *callback, struct jet_session *session, JET_TABLEID tableid)
{
    *callback =
        (struct jet_callback){session, tableid, session->session->level, innermost, JET_CALLBACK_READS_AS_ASKED};
    innermost = callback;
    atomic_fetch_add_explicit(&callbacks_running, 1, memory_order_relaxed);
}

void jet_callback_end(const struct jet_callback *callback)
{
    innermost = callback->outer;
    atomic_fetch_sub_explicit(&callbacks_running, 1, memory_order_relaxed);
}

const struct jet_callback *jet_callback_of_session(JET_SESID sesid)
{
    const struct jet_callback *callback = callback_innermost();
    while (callback && callback->session->handle != sesid)
        callback = callback->outer;
    return callback;
}

bool jet_callback_is_on_table(JET_TABLEID tableid)
{
    const struct jet_callback *callback = callback_innermost();
    while (callback && callback->tableid != tableid)
        callback = callback->outer;
    return callback != NULL;
}

bool jet_callback_is_running(void)
{
    return callback_innermost() != NULL;
}

/* ---- claims ---- */

static jet_err claim(JET_SESID handle, struct jet_session **ret_session)
{
    void *object;
    const struct jet_callback *callback = jet_callback_of_session(handle);
    if (callback) {
        *ret_session = callback->session;
        return JET_errSuccess;
    }
    switch (handle_claim(handle, HANDLE_SESSION, &object)) {
    case HANDLE_ABSENT: return JET_errInvalidSesid;
    case HANDLE_BUSY: return JET_errSessionSharingViolation;
    case HANDLE_CLAIMED: break;
    }
    *ret_session = object;
    return JET_errSuccess;
}

jet_err jet_session_enter(JET_SESID handle, struct jet_session **ret_session)
{
    struct jet_session *session;
    jet_err err = claim(handle, &session);
    if (err < JET_errSuccess)
        return err;
    err = instance_check(session->instance);
    if (err < JET_errSuccess) {
        jet_session_leave(session);
        return err;
    }
    *ret_session = session;
    return JET_errSuccess;
}

jet_err jet_session_enter_anyway(JET_SESID handle, struct jet_session **ret_session)
{
    struct jet_session *session;
    jet_err err = claim(handle, &session);
    if (err < JET_errSuccess)
        return err;
    if (atomic_load(&session->instance->state) != INSTANCE_RUNNING) {
        jet_session_leave(session);
        return JET_errTermInProgress;
    }
    *ret_session = session;
    return JET_errSuccess;
}

void jet_session_leave(struct jet_session *session)
{
    if (!jet_callback_of_session(session->handle))
        handle_release(session->handle);
}

static void list_add(struct process *process, struct jet_session *session)
{
    (void)process; /* is locked */
    session->next = session->instance->sessions;
    if (session->next)
        session->next->previous = session;
    session->instance->sessions = session;
}

static void list_remove(struct process *process, struct jet_session *session)
{
    (void)process; /* is locked */
    if (session->previous)
        session->previous->next = session->next;
    else
        session->instance->sessions = session->next;
    if (session->next)
        session->next->previous = session->previous;
}

jet_err jet_session_new(struct instance *instance, JET_SESID *ret_handle)
{
    struct process *process;
    struct jet_session *session = calloc(1, sizeof *session);
    if (!session)
        return JET_errOutOfMemory;
    session->instance = instance;
    jet_err err = session_begin(instance->engine, &session->session);
    if (err < JET_errSuccess)
        goto fail;
    err = process_lock(&process);
    if (err < JET_errSuccess)
        goto fail;
    session_parameters_init(session);
    session->commit_default = (uint32_t)param_number(&instance->params, JET_paramCommitDefault);
    err = handle_new(HANDLE_SESSION, session, instance->handle, &session->handle);
    if (err >= JET_errSuccess)
        list_add(process, session);
    process_unlock(process);
    if (err < JET_errSuccess)
        goto fail;
    *ret_handle = session->handle;
    return JET_errSuccess;
fail:
    session_end(session->session);
    free(session);
    return err;
}

void jet_session_end(struct jet_session *session)
{
    struct process *process;
    if (session->session->level > 0) {
        jet_err err = jet_session_rollback(session, true);
        (void)err; /* the engine has failed then, and knows */
    }
    jet_tables_close(session, ENGINE_DATABASES);
    for (unsigned dbid = 0; dbid < ENGINE_DATABASES; dbid++)
        for (; session->opened[dbid].count > 0; session->opened[dbid].count--)
            engine_database_close(session->session, dbid);
    session_end(session->session);
    if (process_lock(&process) >= JET_errSuccess) { /* it exists, as there is an instance */
        list_remove(process, session);
        handle_free(session->handle);
        process_unlock(process);
    }
    session_parameters_done(session);
    free(session);
}

/* A callback may end what it has begun. */
static bool may_end_level(const struct jet_session *session, unsigned to)
{
    const struct jet_callback *callback = jet_callback_of_session(session->handle);
    return !callback || to >= callback->level;
}

jet_err jet_session_rollback(struct jet_session *session, bool all)
{
    unsigned level = session->session->level;
    if (level == 0)
        return JET_errNotInTransaction;
    if (!may_end_level(session, all ? 0 : level - 1))
        return JET_errIllegalOperation;
    jet_tables_rolling_back(session, all ? 0 : level - 1);
    jet_err err = transaction_rollback(session->session, all);
    if (err >= JET_errSuccess)
        jet_tables_rolled_back(session);
    return err;
}

jet_err jet_session_commit(struct jet_session *session, unsigned flags, uint64_t *ret_lgpos)
{
    const bool is_wait = (flags & (TRANSACTION_WAIT_LAST | TRANSACTION_WAIT_ALL | TRANSACTION_FORCE_NEW_LOG)) != 0;
    if (!is_wait && session->session->level > 0 && !may_end_level(session, session->session->level - 1))
        return JET_errIllegalOperation;
    jet_err err = session->session->level == 1 && !is_wait ? jet_tables_committing(session) : JET_errSuccess;
    if (err >= JET_errSuccess)
        err = transaction_commit(session->session, flags, ret_lgpos);
    if (err >= JET_errSuccess)
        jet_tables_committed(session);
    return err;
}

static uintptr_t caller(const struct jet_session *session)
{
    return session->has_context ? session->context : jet_thread_id();
}

void jet_session_own(struct jet_session *session)
{
    session->transaction_owner = caller(session);
}

jet_err jet_session_check_owner(const struct jet_session *session)
{
    return session->transaction_owner == caller(session) ? JET_errSuccess : JET_errSessionSharingViolation;
}

jet_err jet_session_database(struct jet_session *session, JET_DBID dbid, struct jet_opened **ret_opened)
{
    if (dbid >= ENGINE_DATABASES || session->opened[dbid].count == 0)
        return JET_errInvalidDatabaseId;
    *ret_opened = &session->opened[dbid];
    return JET_errSuccess;
}

jet_err jet_session_enter_database(JET_SESID sesid, JET_DBID dbid, struct jet_session **ret_session)
{
    struct jet_session *session;
    struct jet_opened *opened;
    jet_err err = jet_session_enter(sesid, &session);
    if (err < JET_errSuccess)
        return err;
    err = jet_session_database(session, dbid, &opened);
    if (err < JET_errSuccess) {
        jet_session_leave(session);
        return err;
    }
    *ret_session = session;
    return JET_errSuccess;
}

jet_err jet_session_param(const struct jet_session *session, uint32_t id, uintptr_t *ret_value)
{
    struct process *process;
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    *ret_value = param_number(&session->instance->params, id);
    process_unlock(process);
    return JET_errSuccess;
}
