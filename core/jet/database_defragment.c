/* SPDX-License-Identifier: MIT */
#include "jet/database_defragment.h"

#include <stdlib.h>

#include "isam/defragment.h"
#include "isam/engine_database.h"
#include "isam/session.h"
#include "jet/database_open.h"
#include "jet/jet_session.h"
#include "storage/database.h"

static void tell(void (*listener)(void), unsigned dbid)
{
    const JET_CALLBACK callback = (JET_CALLBACK)listener;

    (void)callback(JET_sesidNil, dbid, JET_tableidNil, JET_cbtypOnlineDefragCompleted, NULL, NULL, NULL, 0);
}

/* What JET_paramEnableOnlineDefrag allows. */
static jet_err is_enabled(const struct jet_session *session, bool *ret_is)
{
    uintptr_t level = 0;
    jet_err err = jet_session_param(session, JET_paramEnableOnlineDefrag, &level);

    /* Bit 0 is what "all" was called once. */
    *ret_is = (level & (1 | JET_OnlineDefragDatabases)) != 0;
    return err;
}

static jet_err start(struct engine *engine, unsigned dbid, const struct defragment_call *call)
{
    const struct defragment_options options = {
        .passes_max = call->passes ? *call->passes : 0,
        .seconds_max = call->seconds ? *call->seconds : 0,
        .done = call->callback ? tell : NULL,
        .listener = (void (*)(void))call->callback,
    };

    return defragment_start(engine, dbid, &options);
}

static jet_err stop(struct engine *engine, unsigned dbid, const struct defragment_call *call)
{
    struct defragment_result result;
    jet_err err = defragment_stop(engine, dbid, &result);

    if (call->passes)
        *call->passes = result.passes;
    if (call->seconds)
        *call->seconds = result.seconds;
    return err;
}

static jet_err batch(struct jet_session *session, unsigned dbid, const struct defragment_call *call)
{
    const JET_GRBIT variants = JET_bitDefragmentAvailSpaceTreesOnly | JET_bitDefragmentNoPartialMerges;
    const JET_GRBIT what = call->grbit & ~variants;
    struct engine *engine = session->instance->engine;
    bool enabled = false;
    jet_err err = what == JET_bitDefragmentBatchStart || what == JET_bitDefragmentBatchStop ? JET_errSuccess
                                                                                            : JET_errInvalidGrbit;

    if (err >= JET_errSuccess && what == JET_bitDefragmentBatchStop)
        return stop(engine, dbid, call);
    if (err >= JET_errSuccess)
        err = is_enabled(session, &enabled);
    if (err < JET_errSuccess || !enabled || (call->grbit & JET_bitDefragmentAvailSpaceTreesOnly) != 0)
        return err;
    return start(engine, dbid, call);
}

static jet_err one_table(struct jet_session *session, unsigned dbid, const struct defragment_call *call)
{
    if (call->passes)
        *call->passes = 0;
    if (call->seconds)
        *call->seconds = 0;
    if (call->grbit != JET_bitDefragmentBTree)
        return JET_errInvalidGrbit;
    if (call->callback)
        return JET_errInvalidParameter;
    if (!call->table)
        return JET_errInvalidName;
    if (session->session->level > 0)
        return JET_errInTransaction;
    return defragment_table(session->session, dbid, call->table);
}

static jet_err go_on(const struct defragment_call *call)
{
    if (call->passes || call->seconds || call->callback || call->table)
        return JET_errInvalidParameter;
    return call->grbit == (JET_bitDefragmentBTreeBatch | JET_bitDefragmentBatchStart) ? JET_errSuccess
                                                                                      : JET_errInvalidGrbit;
}

/* The session has the database open. */
static jet_err defragment(struct jet_session *session, unsigned dbid, const struct defragment_call *call)
{
    if (session->instance->engine->databases[dbid].db->is_read_only)
        return JET_errDatabaseFileReadOnly;
    if ((call->grbit & JET_bitDefragmentBTreeBatch) != 0)
        return go_on(call);
    return (call->grbit & JET_bitDefragmentBTree) != 0 ? one_table(session, dbid, call) : batch(session, dbid, call);
}

jet_err database_defragment(JET_SESID sesid, JET_DBID dbid, const struct defragment_call *call)
{
    struct jet_session *session;
    jet_err err = jet_session_enter_database(sesid, dbid, &session);

    if (err < JET_errSuccess)
        return err;
    err = defragment(session, dbid, call);
    jet_session_leave(session);
    return err;
}

jet_err database_defragment_named(JET_SESID sesid, const char *path, const struct defragment_call *call)
{
    const struct engine_database_open_options how = {.is_read_only = true};
    struct jet_session *session;
    char *absolute;
    unsigned dbid = 0;
    jet_err err = database_enter_named(sesid, path, &session, &absolute);

    if (err < JET_errSuccess)
        return err;
    err = engine_database_open(session->session, absolute, &how, &dbid);
    if (err >= JET_errSuccess) {
        err = defragment(session, dbid, call);
        engine_database_close(session->session, dbid);
    }
    jet_session_leave(session);
    free(absolute);
    return err;
}
