/* SPDX-License-Identifier: MIT */
/* api_session.c - sessions and transactions: the entry points without text. */
#include <string.h>

#include "isam/session.h"
#include "isam/transaction.h"
#include "jet/esent.h"
#include "jet/jet_session.h"
#include "jet/session_parameter.h"
#include "log/log_stream.h"

JET_ERR JET_API JetDupSession(JET_SESID sesid, JET_SESID *psesid)
{
    struct jet_session *session;
    if (!psesid)
        return JET_errInvalidParameter;
    jet_err err = jet_session_enter(sesid, &session);
    if (err < JET_errSuccess)
        return err;
    err = jet_session_new(session->instance, psesid);
    jet_session_leave(session);
    return err;
}

/* Whatever the session has open is closed with it. JET_bitForceSessionClosed says the same once more. */
JET_ERR JET_API JetEndSession(JET_SESID sesid, JET_GRBIT grbit)
{
    struct jet_session *session;
    if ((grbit & ~(JET_GRBIT)JET_bitForceSessionClosed) != 0)
        return JET_errInvalidGrbit;
    jet_err err = jet_session_enter_anyway(sesid, &session);
    if (err < JET_errSuccess)
        return err;
    const bool is_in_callback = jet_callback_of_session(sesid) != NULL;
    if (is_in_callback || (session->has_context && session->context_thread != jet_thread_id())) {
        jet_session_leave(session);
        return is_in_callback ? JET_errIllegalOperation : JET_errSessionInUse;
    }
    jet_session_end(session);
    return JET_errSuccess;
}

/* --- transactions ---------------------------------------------------------------------------------------------------- */

static jet_err begin(JET_SESID sesid, JET_GRBIT grbit)
{
    struct jet_session *session;
    if ((grbit & ~(JET_GRBIT)JET_bitTransactionReadOnly) != 0)
        return JET_errInvalidGrbit;
    jet_err err = jet_session_enter(sesid, &session);
    if (err < JET_errSuccess)
        return err;
    bool is_first = session->session->level == 0;
    if (!is_first)
        err = jet_session_check_owner(session);
    if (err >= JET_errSuccess)
        err = transaction_begin(session->session, (grbit & JET_bitTransactionReadOnly) != 0);
    if (err >= JET_errSuccess && is_first)
        jet_session_own(session);
    jet_session_leave(session);
    return err;
}

JET_ERR JET_API JetBeginTransaction(JET_SESID sesid)
{
    return begin(sesid, JET_bitNil);
}

JET_ERR JET_API JetBeginTransaction2(JET_SESID sesid, JET_GRBIT grbit)
{
    return begin(sesid, grbit);
}

/* The client's own number for the transaction is for traces, of which there are none. */
JET_ERR JET_API JetBeginTransaction3(JET_SESID sesid, int64_t trxid, JET_GRBIT grbit)
{
    (void)trxid;
    return begin(sesid, grbit);
}

_Static_assert(TRANSACTION_COMMIT_LAZY == JET_bitCommitLazyFlush &&
                   TRANSACTION_WAIT_LAST == JET_bitWaitLastLevel0Commit &&
                   TRANSACTION_WAIT_ALL == JET_bitWaitAllLevel0Commit &&
                   TRANSACTION_FORCE_NEW_LOG == JET_bitForceNewLog,
               "flags pass through");

/* What a commit is identified by: its place in the log, and the log. */
static void commit_id_fill(const struct jet_session *session, uint64_t lgpos, JET_COMMIT_ID *ret_id)
{
    memset(ret_id, 0, sizeof *ret_id);
    const struct log_stream *log = session->instance->engine->log;
    _Static_assert(sizeof(struct signature_disk) == sizeof(JET_SIGNATURE), "the same bytes");
    if (log)
        memcpy(&ret_id->signLog, log_signature(log), sizeof ret_id->signLog);
    ret_id->commitId = (int64_t)lgpos;
}

/* `durable_ms`: when a lazy commit is to be durable at the latest; 0: some time. */
static jet_err commit(JET_SESID sesid, JET_GRBIT grbit, uint32_t durable_ms, JET_COMMIT_ID *commit_id)
{
    const JET_GRBIT waits = JET_bitWaitLastLevel0Commit | JET_bitWaitAllLevel0Commit | JET_bitForceNewLog;
    const JET_GRBIT known = JET_bitCommitLazyFlush | waits;
    struct jet_session *session;
    uint64_t lgpos = 0;
    if ((grbit & ~known) != 0 || ((grbit & waits) != 0 && (grbit & (grbit - 1)) != 0))
        return JET_errInvalidGrbit;
    jet_err err = jet_session_enter(sesid, &session);
    if (err < JET_errSuccess)
        return err;
    if ((grbit & waits) == 0) {
        grbit |= session->commit_default & JET_bitCommitLazyFlush;
        if (session->session->level > 0)
            err = jet_session_check_owner(session);
    }
    if (err >= JET_errSuccess)
        err = jet_session_commit(session, grbit, &lgpos);
    if (err >= JET_errSuccess && (grbit & JET_bitCommitLazyFlush) != 0 && durable_ms > 0 && lgpos > 0)
        log_flush_within(session->instance->engine->log, durable_ms);
    if (err >= JET_errSuccess && commit_id)
        commit_id_fill(session, lgpos, commit_id);
    jet_session_leave(session);
    return err;
}

JET_ERR JET_API JetCommitTransaction(JET_SESID sesid, JET_GRBIT grbit)
{
    return commit(sesid, grbit, 0, NULL);
}

JET_ERR JET_API JetCommitTransaction2(JET_SESID sesid, JET_GRBIT grbit, uint32_t cmsecDurableCommit,
                                      JET_COMMIT_ID *pCommitId)
{
    return commit(sesid, grbit, cmsecDurableCommit, pCommitId);
}

JET_ERR JET_API JetRollback(JET_SESID sesid, JET_GRBIT grbit)
{
    struct jet_session *session;
    if ((grbit & ~(JET_GRBIT)JET_bitRollbackAll) != 0)
        return JET_errInvalidGrbit;
    jet_err err = jet_session_enter(sesid, &session);
    if (err < JET_errSuccess)
        return err;
    if (session->session->level > 0)
        err = jet_session_check_owner(session);
    if (err >= JET_errSuccess)
        err = jet_session_rollback(session, (grbit & JET_bitRollbackAll) != 0);
    jet_session_leave(session);
    return err;
}

/* --- contexts and parameters ----------------------------------------------------------------------------------------- */

/* From now on the session may be used by any thread, and is told apart by the context. */
JET_ERR JET_API JetSetSessionContext(JET_SESID sesid, JET_API_PTR ulContext)
{
    struct jet_session *session;
    if (ulContext == 0 || ulContext == ~(JET_API_PTR)0)
        return JET_errInvalidParameter;
    jet_err err = jet_session_enter(sesid, &session);
    if (err < JET_errSuccess)
        return err;
    if (session->has_context) {
        err = JET_errSessionContextAlreadySet;
    } else {
        session->has_context = true;
        session->context = ulContext;
        session->context_thread = jet_thread_id();
    }
    jet_session_leave(session);
    return err;
}

JET_ERR JET_API JetResetSessionContext(JET_SESID sesid)
{
    struct jet_session *session;
    jet_err err = jet_session_enter(sesid, &session);
    if (err < JET_errSuccess)
        return err;
    if (session->has_context && session->context_thread == jet_thread_id())
        session->has_context = false;
    else
        err = JET_errSessionContextNotSetByThisThread;
    jet_session_leave(session);
    return err;
}

JET_ERR JET_API JetSetSessionParameter(JET_SESID sesid, uint32_t sesparamid, void *pvParam, uint32_t cbParam)
{
    struct jet_session *session;
    jet_err err = jet_session_enter(sesid, &session);
    if (err < JET_errSuccess)
        return err;
    err = session_parameter_set(session, sesparamid, pvParam, cbParam);
    jet_session_leave(session);
    return err;
}

JET_ERR JET_API JetGetSessionParameter(JET_SESID sesid, uint32_t sesparamid, void *pvParam, uint32_t cbParamMax,
                                       uint32_t *pcbParamActual)
{
    struct jet_session *session;
    if (!pvParam && !pcbParamActual)
        return JET_errInvalidParameter;
    jet_err err = jet_session_enter(sesid, &session);
    if (err < JET_errSuccess)
        return err;
    err = session_parameter_get(session, sesparamid, pvParam, cbParamMax, pcbParamActual);
    jet_session_leave(session);
    return err;
}
