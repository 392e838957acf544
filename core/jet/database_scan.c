/* SPDX-License-Identifier: MIT */
/* database_scan.c - JetDatabaseScan: the pages of a database are verified in the background (isam/page_scan.h). */
#include "isam/page_scan.h"
#include "isam/session.h"
#include "isam/transaction.h"
#include "jet/esent.h"
#include "jet/jet_session.h"
#include "storage/database.h"

static void tell(const struct page_scan_options *options, unsigned dbid, const struct page_scan_result *result)
{
    const JET_CALLBACK callback = (JET_CALLBACK)options->listener;
    int64_t seconds = (int64_t)result->seconds;
    int32_t pages = (int32_t)result->pages;
    (void)callback((JET_SESID)options->context, dbid, JET_tableidNil, JET_cbtypScanCompleted, &seconds, &pages, NULL,
                   0);
}

/* How it goes on forever is for parameters of the instance to say. */
static jet_err forever(const struct jet_session *session, struct page_scan_options *options)
{
    uintptr_t pause_ms = 0, interval_seconds = 0;
    jet_err err = jet_session_param(session, JET_paramDbScanThrottle, &pause_ms);
    if (err >= JET_errSuccess)
        err = jet_session_param(session, JET_paramDbScanIntervalMinSec, &interval_seconds);
    options->forever = true;
    options->pause_ms = (uint32_t)pause_ms;
    options->interval_seconds = (uint32_t)interval_seconds;
    return err;
}

static jet_err scan(struct jet_session *session, unsigned dbid, struct page_scan_options *options, JET_GRBIT what)
{
    struct engine *engine = session->instance->engine;
    if (transaction_is_read_only(session->session))
        return JET_errTransReadOnly;
    if (what == JET_bitDatabaseScanBatchStop) {
        page_scan_stop(engine, dbid);
        return JET_errSuccess;
    }
    if (engine->databases[dbid].db->is_read_only)
        return JET_errDatabaseFileReadOnly;
    jet_err err = what == JET_bitDatabaseScanBatchStartContinuous ? forever(session, options) : JET_errSuccess;
    return err < JET_errSuccess ? err : page_scan_start(engine, dbid, options);
}

JET_ERR JET_API JetDatabaseScan(JET_SESID sesid, JET_DBID dbid, uint32_t *pcSecondsMax, uint32_t cmsecSleep,
                                JET_CALLBACK pfnCallback, JET_GRBIT grbit)
{
    struct jet_session *session;
    const JET_GRBIT what = grbit & (JET_bitDatabaseScanBatchStart | JET_bitDatabaseScanBatchStop |
                                    JET_bitDatabaseScanBatchStartContinuous);
    struct page_scan_options options = {
        .seconds_max = pcSecondsMax ? *pcSecondsMax : 0,
        .pause_ms = cmsecSleep,
        .done = pfnCallback ? tell : NULL,
        .listener = (void (*)(void))pfnCallback,
        .context = sesid,
    };
    if (what == 0 || (what & (what - 1)) != 0)
        return JET_errInvalidGrbit;
    if (what == JET_bitDatabaseScanBatchStartContinuous && (options.seconds_max > 0 || cmsecSleep > 0 || pfnCallback))
        return JET_errInvalidParameter;
    jet_err err = jet_session_enter_database(sesid, dbid, &session);
    if (err < JET_errSuccess)
        return err;
    err = scan(session, dbid, &options, what);
    jet_session_leave(session);
    return err;
}
