/* SPDX-License-Identifier: MIT */
/* api_database.c - attached databases: the entry points without text. */
#include "isam/engine_database.h"
#include "isam/session.h"
#include "jet/database_open.h"
#include "jet/esent.h"
#include "jet/jet_session.h"
#include "jet/jet_table.h"

/* What the session has open in the database goes with its last open. */
JET_ERR JET_API JetCloseDatabase(JET_SESID sesid, JET_DBID dbid, JET_GRBIT grbit)
{
    struct jet_session *session;
    struct jet_opened *opened;
    if (grbit != JET_bitNil)
        return JET_errInvalidGrbit;
    jet_err err = jet_session_enter_anyway(sesid, &session);
    if (err < JET_errSuccess)
        return err;
    err = jet_callback_of_session(sesid) ? JET_errIllegalOperation : jet_session_database(session, dbid, &opened);
    if (err >= JET_errSuccess) {
        if (opened->count == 1)
            jet_tables_close(session, dbid);
        opened->count--;
        engine_database_close(session->session, dbid);
    }
    jet_session_leave(session);
    return err;
}

/* To so many pages, or nearer to that; `*pages` is how many there are, then and now. */
static jet_err shrink(struct jet_session *session, JET_DBID dbid, uint32_t to, pgno_t *pages)
{
    uintptr_t allowed = 0;
    jet_err err = jet_session_param(session, JET_paramEnableShrinkDatabase, &allowed);
    if (err < JET_errSuccess)
        return err;
    return (allowed & JET_bitShrinkDatabaseOn) != 0 ? engine_database_shrink(session->session, dbid, to, pages)
                                                    : JET_errFeatureNotAvailable;
}

/* By so many pages more than there are, or, if `by` is false, to so many (JetResizeDatabase's flags). */
static jet_err resize(JET_SESID sesid, JET_DBID dbid, uint32_t pages, uint32_t *ret_pages, bool by, JET_GRBIT grbit)
{
    struct jet_session *session;
    pgno_t now = 0;
    jet_err err = jet_session_enter_database(sesid, dbid, &session);
    if (err < JET_errSuccess)
        return err;
    err = engine_database_grow(session->session, dbid, 0, &now); /* asks only */
    if (err >= JET_errSuccess && by) {
        if (pages > PGNO_MAX - now)
            err = JET_errInvalidParameter;
        pages += now;
    }
    if (err >= JET_errSuccess && pages < now && (grbit & JET_bitResizeDatabaseOnlyGrow) == 0)
        err = shrink(session, dbid, pages, &now);
    else if (err >= JET_errSuccess && (grbit & JET_bitResizeDatabaseOnlyShrink) == 0)
        err = engine_database_grow(session->session, dbid, pages, &now);
    jet_session_leave(session);
    if (err >= JET_errSuccess && ret_pages)
        *ret_pages = now;
    return err;
}

JET_ERR JET_API JetGrowDatabase(JET_SESID sesid, JET_DBID dbid, uint32_t cpg, uint32_t *pcpgReal)
{
    return resize(sesid, dbid, cpg, pcpgReal, true, JET_bitNil);
}

JET_ERR JET_API JetResizeDatabase(JET_SESID sesid, JET_DBID dbid, uint32_t cpgTarget, uint32_t *pcpgActual,
                                  const JET_GRBIT grbit)
{
    const JET_GRBIT known = JET_bitResizeDatabaseOnlyGrow | JET_bitResizeDatabaseOnlyShrink;
    if ((grbit & ~known) != 0 || grbit == known)
        return JET_errInvalidGrbit;
    /* The size is that of the file. */
    const uint32_t target = cpgTarget < PAGES_OF_HEADERS ? 0 : cpgTarget - PAGES_OF_HEADERS;
    const jet_err err = resize(sesid, dbid, target, pcpgActual, false, grbit);
    if (err >= JET_errSuccess && pcpgActual)
        *pcpgActual += PAGES_OF_HEADERS;
    return err;
}

/* An attached database of the session's instance, opened by it or not; released by engine_database_release(). */
static jet_err hold(JET_SESID sesid, JET_DBID dbid, struct jet_session **ret_session, struct database **ret_db)
{
    jet_err err = jet_session_enter(sesid, ret_session);
    if (err < JET_errSuccess)
        return err;
    *ret_db = dbid >= ENGINE_DBID_FIRST && dbid < ENGINE_DATABASES
                  ? engine_database_hold((*ret_session)->instance->engine, dbid)
                  : NULL;
    if (*ret_db)
        return JET_errSuccess;
    jet_session_leave(*ret_session);
    return JET_errInvalidDatabaseId;
}

static void release(struct jet_session *session, JET_DBID dbid)
{
    engine_database_release(session->instance->engine, dbid);
    jet_session_leave(session);
}

/* Until it is detached. A database that is larger already stays so. */
JET_ERR JET_API JetSetMaxDatabaseSize(JET_SESID sesid, JET_DBID dbid, uint32_t cpg, JET_GRBIT grbit)
{
    struct jet_session *session;
    struct database *db;
    (void)grbit; /* has never meant anything */
    jet_err err = hold(sesid, dbid, &session, &db);
    if (err < JET_errSuccess)
        return err;
    atomic_store(&db->pages_max, cpg);
    release(session, dbid);
    return JET_errSuccess;
}

JET_ERR JET_API JetGetMaxDatabaseSize(JET_SESID sesid, JET_DBID dbid, uint32_t *pcpg, JET_GRBIT grbit)
{
    struct jet_session *session;
    struct database *db;
    (void)grbit;
    jet_err err = hold(sesid, dbid, &session, &db);
    if (err < JET_errSuccess)
        return err;
    if (pcpg)
        *pcpg = atomic_load(&db->pages_max);
    release(session, dbid);
    return pcpg ? JET_errSuccess : JET_errInvalidParameter;
}
