/* SPDX-License-Identifier: MIT */
/* api_process.c - entry points that belong to no instance. */
#include <string.h>

#include "jet/error_category.h"
#include "jet/esent.h"
#include "jet/jet_session.h"
#include "log/log_stream.h"
#include "storage/cache.h"

/* Clients ask for the build to find out which calls exist: 10.0.19041 says "all of them". The number is made as
 * Windows makes it: major << 28 | minor << 24 | build << 8 | service pack. */
static const uint32_t version_reported = 0xA04A6100u;

JET_ERR JET_API JetGetVersion(JET_SESID sesid, uint32_t *pwVersion)
{
    struct jet_session *session;
    if (!pwVersion)
        return JET_errInvalidParameter;
    jet_err err = jet_session_enter(sesid, &session);
    if (err < JET_errSuccess)
        return err;
    *pwVersion = version_reported;
    jet_session_leave(session);
    return JET_errSuccess;
}

/* There is no Watson to tell. */
JET_ERR JET_API JetConfigureProcessForCrashDump(const JET_GRBIT grbit)
{
    (void)grbit;
    return JET_errSuccess;
}

/* Only one kind of information exists: what the documentation says about a code. */
JET_ERR JET_API JetGetErrorInfoW(void *pvContext, void *pvResult, uint32_t cbMax, uint32_t InfoLevel, JET_GRBIT grbit)
{
    JET_ERRINFOBASIC_W info;
    JET_ERR err;
    if (!pvContext || !pvResult || InfoLevel != JET_ErrorInfoSpecificErr || grbit != JET_bitNil || cbMax < sizeof info)
        return JET_errInvalidParameter;
    memset(&info, 0, sizeof info);
    memcpy(&err, pvContext, sizeof err);
    if (!jet_err_name(err))
        return JET_errInvalidParameter;
    info.cbStruct = sizeof info;
    info.errValue = err;
    info.errcatMostSpecific = error_category(err);
    error_category_chain(info.errcatMostSpecific, info.rgCategoricalHierarchy);
    memcpy(pvResult, &info, sizeof info);
    return JET_errSuccess;
}

/* The newest of the two structures that fits. It belongs to no instance: what the thread has done to all of them. */
JET_ERR JET_API JetGetThreadStats(void *pvResult, uint32_t cbMax)
{
    const struct page_counts *pages = page_counts_of_thread();
    const struct log_counts *log = log_counts_of_thread();
    const uint32_t size = cbMax >= sizeof(JET_THREADSTATS2) ? sizeof(JET_THREADSTATS2) : sizeof(JET_THREADSTATS);
    const JET_THREADSTATS2 stats = {
        .cbStruct = size,
        .cPageReferenced = pages->referenced,
        .cPageRead = pages->read,
        .cPagePreread = pages->prefetched,
        .cPageDirtied = pages->dirtied,
        .cPageRedirtied = pages->redirtied,
        .cLogRecord = log->records,
        .cbLogRecord = log->bytes,
        .cusecPageCacheMiss = pages->read_ns / 1000,
        .cPageCacheMiss = pages->read,
    };
    if (!pvResult || cbMax < sizeof(JET_THREADSTATS))
        return JET_errInvalidBufferSize;
    memcpy(pvResult, &stats, size);
    return JET_errSuccess;
}
