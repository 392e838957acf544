/* SPDX-License-Identifier: MIT */
/* api_statistics.c - what is counted for who asks, and calls that ESENT itself has given up or never built: they answer
 * as it does. */
#include "isam/session.h"
#include "isam/table_statistics.h"
#include "jet/definition.h"
#include "jet/esent.h"

JET_ERR JET_API JetComputeStats(JET_SESID sesid, JET_TABLEID tableid)
{
    struct jet_table *table;
    jet_err err = definition_enter_table(sesid, tableid, &table);
    if (err < JET_errSuccess)
        return err;
    err = table_statistics_compute(table->cursor);
    jet_table_leave(table);
    return err;
}

static jet_err not_available(JET_SESID sesid)
{
    struct jet_session *session;
    jet_err err = jet_session_enter(sesid, &session);
    if (err < JET_errSuccess)
        return err;
    jet_session_leave(session);
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetResetCounter(JET_SESID sesid, int32_t CounterType)
{
    (void)CounterType;
    return not_available(sesid);
}

JET_ERR JET_API JetGetCounter(JET_SESID sesid, int32_t CounterType, int32_t *plValue)
{
    (void)CounterType;
    (void)plValue;
    return not_available(sesid);
}

/* Transactions of several engines together. */
JET_ERR JET_API JetPrepareToCommitTransaction(JET_SESID sesid, const void *pvData, uint32_t cbData, JET_GRBIT grbit)
{
    (void)pvData;
    (void)cbData;
    (void)grbit;
    return not_available(sesid);
}

JET_ERR JET_API JetGetSessionInfo(JET_SESID sesid, void *pvResult, const uint32_t cbMax, const uint32_t ulInfoLevel)
{
    struct jet_session *session;
    if (ulInfoLevel != JET_SessionInfo || !pvResult)
        return JET_errInvalidParameter;
    if (cbMax < sizeof(JET_SESSIONINFO))
        return JET_errBufferTooSmall;
    jet_err err = jet_session_enter(sesid, &session);
    if (err < JET_errSuccess)
        return err;
    *(JET_SESSIONINFO *)pvResult = (JET_SESSIONINFO){
        .ulTrxBegin0 = session->session->trx_begin0,
        .ulTrxLevel = session->session->level,
        .ulProcid = session->session->procid,
        .ulTrxContext = session->has_context ? session->context : 0,
    };
    jet_session_leave(session);
    return JET_errSuccess;
}
