/* SPDX-License-Identifier: MIT */
/* api_instance.c - instances: the entry points without text. Those with text are in api_instance.inc. */
#include <stdlib.h>
#include <string.h>

#include "isam/version.h"
#include "jet/esent.h"
#include "jet/instance_init.h"
#include "jet/instance_start.h"
#include "jet/jet_session.h"
#include "log/log_stream.h"

JET_ERR JET_API JetInit(JET_INSTANCE *pinstance)
{
    return instance_init(pinstance, NULL, 0, JET_bitNil, NULL);
}

JET_ERR JET_API JetInit2(JET_INSTANCE *pinstance, JET_GRBIT grbit)
{
    return instance_init(pinstance, NULL, 0, grbit, NULL);
}

JET_ERR JET_API JetTerm(JET_INSTANCE instance)
{
    return instance_stop(instance, INSTANCE_STOP_ABRUPT, true);
}

/* A clean stop always does all of the clean-up, so "complete" and nothing mean the same. Whoever is in a hurry does not
 * mean to be stopped by a backup: only "complete" and nothing are refused while one runs (backup-api 3.7). */
JET_ERR JET_API JetTerm2(JET_INSTANCE instance, JET_GRBIT grbit)
{
    const JET_GRBIT known = JET_bitTermComplete | JET_bitTermAbrupt | JET_bitTermStopBackup | JET_bitTermDirty;
    if ((grbit & ~known) != 0 || ((grbit & JET_bitTermComplete) != 0 && (grbit & JET_bitTermAbrupt) != 0))
        return JET_errInvalidGrbit;
    const bool ends_backup = (grbit & (JET_bitTermAbrupt | JET_bitTermStopBackup | JET_bitTermDirty)) != 0;
    if ((grbit & JET_bitTermDirty) != 0) {
        const jet_err err = instance_stop(instance, INSTANCE_STOP_DIRTY, ends_backup);
        return err < JET_errSuccess ? err : JET_errDirtyShutdown; /* that it is so is what the caller is to hear */
    }
    return instance_stop(instance, (grbit & JET_bitTermAbrupt) != 0 ? INSTANCE_STOP_ABRUPT : INSTANCE_STOP_COMPLETE,
                         ends_backup);
}

/* "All" refuses new work from now on and cannot be taken back. The other bits are wishes about the background, which
 * need no answer. */
JET_ERR JET_API JetStopServiceInstance2(JET_INSTANCE instance, const JET_GRBIT grbit)
{
    const JET_GRBIT known = JET_bitStopServiceBackgroundUserTasks | JET_bitStopServiceQuiesceCaches |
                            JET_bitStopServiceStopAndEmitLog | JET_bitStopServiceResume;
    struct instance *found;
    const bool emits = (grbit & JET_bitStopServiceStopAndEmitLog) != 0;
    if ((grbit & ~known) != 0 || (emits && grbit != JET_bitStopServiceStopAndEmitLog))
        return JET_errInvalidGrbit;
    jet_err err = instance_enter_anyway(instance, &found);
    if (err < JET_errSuccess)
        return err;
    if (grbit == JET_bitStopServiceAll)
        atomic_store(&found->is_refusing, true);
    else if (grbit == JET_bitStopServiceResume && atomic_load(&found->is_refusing))
        err = JET_errClientRequestToStopJetService;
    instance_leave(found);
    return err;
}

JET_ERR JET_API JetStopServiceInstance(JET_INSTANCE instance)
{
    return JetStopServiceInstance2(instance, JET_bitStopServiceAll);
}

JET_ERR JET_API JetStopService(void)
{
    struct instance *found;
    jet_err err = instance_enter_only(&found);
    if (err < JET_errSuccess)
        return err;
    atomic_store(&found->is_refusing, true);
    instance_leave(found);
    return JET_errSuccess;
}

static jet_err misc_level(struct engine *engine, uint32_t level, void *result, uint32_t size)
{
    if (level != JET_InstanceMiscInfoLogSignature || !result)
        return JET_errInvalidParameter;
    if (size < sizeof(JET_SIGNATURE))
        return JET_errInvalidBufferSize;
    memset(result, 0, sizeof(JET_SIGNATURE));
    if (engine->log)
        memcpy(result, log_signature(engine->log), sizeof(JET_SIGNATURE));
    return JET_errSuccess;
}

JET_ERR JET_API JetGetInstanceMiscInfo(JET_INSTANCE instance, void *pvResult, uint32_t cbMax, uint32_t InfoLevel)
{
    struct instance *found;
    jet_err err = instance_enter(instance, &found);
    if (err < JET_errSuccess)
        return err;
    err = misc_level(found->engine, InfoLevel, pvResult, cbMax);
    instance_leave(found);
    return err;
}

/* What JetGetInstanceInfo gave is one block. */
JET_ERR JET_API JetFreeBuffer(char *pbBuf)
{
    free(pbBuf);
    return JET_errSuccess;
}

/* Is it more than three fifths full? */
static jet_err version_store_status(const struct engine *engine)
{
    struct version_statistics now;
    version_statistics(engine, &now);
    return now.bytes > now.bytes_max / 5 * 3 ? JET_wrnIdleFull : JET_errSuccess;
}

static jet_err idle(struct engine *engine, JET_GRBIT grbit)
{
    struct version_statistics now;
    if ((grbit & JET_bitIdleStatus) != 0)
        return version_store_status(engine);
    if (grbit == JET_bitNil || (grbit & JET_bitIdleCompact) != 0) {
        /* In the background it is done anyway. That nothing is left to do is what is said in any case. */
        const jet_err err = (grbit & JET_bitIdleCompactAsync) != 0 ? JET_errSuccess : version_clean(engine);
        return err < JET_errSuccess ? err : JET_wrnNoIdleActivity;
    }
    if ((grbit & JET_bitIdleWaitForAsyncActivity) == 0)
        return JET_errSuccess;
    const jet_err err = version_clean(engine);
    version_statistics(engine, &now);
    return err >= JET_errSuccess && now.count > 0 ? JET_wrnRemainingVersions : err;
}

/* The cache and the log write by themselves: asking for that is refused, as ESENT does. */
JET_ERR JET_API JetIdle(JET_SESID sesid, JET_GRBIT grbit)
{
    const JET_GRBIT known = JET_bitIdleCompact | JET_bitIdleStatus | JET_bitIdleCompactAsync |
                            JET_bitIdleAvailBuffersStatus | JET_bitIdleWaitForAsyncActivity;
    const JET_GRBIT only_async = JET_bitIdleCompactAsync | JET_bitIdleCompact | JET_bitIdleStatus;
    struct jet_session *session;
    if ((grbit & ~known) != 0 || (grbit & only_async) == JET_bitIdleCompactAsync)
        return JET_errInvalidGrbit;
    jet_err err = jet_session_enter(sesid, &session);
    if (err < JET_errSuccess)
        return err;
    err = idle(session->instance->engine, grbit);
    jet_session_leave(session);
    return err;
}
