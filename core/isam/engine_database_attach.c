/* SPDX-License-Identifier: MIT */
/* engine_database_attach.c - a file becomes a database of the engine, and a file again.
 *
 * A read-only attach changes nothing and is not logged; neither is one of an engine without a log, which gives the
 * database a new signature, so that no log of the past can be applied to it.
 */
#include <stdlib.h>

#include "format/logrecord_database.h"
#include "isam/defragment.h"
#include "isam/engine_database_internal.h"
#include "isam/page_scan.h"
#include "isam/session.h"
#include "isam/version.h"
#include "log/log_stream.h"
#include "log/log_time.h"
#include "os/os_clock.h"
#include "os/os_file.h"
#include "os/os_word.h"

/* ---- attach ---- */

struct attach_change {
    struct dbheader_attach attach;
    struct signature_disk unlogged_signature;
};

static void set_attached(struct dbheader_disk *header, void *context)
{
    const struct attach_change *change = context;

    dbheader_set_attached(header, &change->attach, &change->unlogged_signature);
}

/* Says so in log and header. */
static jet_err announce(struct session *session, struct database *db, const struct dbheader_disk *header,
                        uint32_t pages_max)
{
    struct engine *engine = session->engine;
    struct attach_change change;
    uint64_t start = 0;
    jet_err err = JET_errSuccess;

    if (db->is_read_only)
        return JET_errSuccess;
    if (engine->log)
        err = database_log_attach(engine->log, db, header, session->procid, pages_max, &start);
    if (err >= JET_errSuccess)
        err = log_signature_new(&change.unlogged_signature);
    if (err < JET_errSuccess)
        return err;
    change.attach = database_log_place(engine, db->dbid, start);
    return database_header_update(db, set_attached, &change);
}

/* Only now its pages may change. */
static jet_err take_in(struct session *session, struct database *db)
{
    struct engine *engine = session->engine;
    struct schema_cache *cache;
    jet_err err;

    engine_database_put(engine, db->dbid, db);
    err = schema_cache_new(engine, db->dbid, &cache);
    if (err < JET_errSuccess)
        return err;
    engine->databases[db->dbid].schemas = cache;
    return schema_cache_open_objids(cache, session);
}

static jet_err check_header(const struct database *db, const struct dbheader_disk *header)
{
    const struct dbheader_selection selection = {.page_size = db->page_size, .has_magic = true, .header = header};

    return dbheader_check_attach(&selection, db->page_size);
}

/* ---- detach ---- */

struct detach_change {
    struct lgpos lgpos;
    struct logtime_disk now;
};

static void set_clean(struct dbheader_disk *header, void *context)
{
    const struct detach_change *change = context;

    dbheader_set_clean(header, change->lgpos, change->now);
}

/* Everything is in the file, and log and header say so. Where only the log does, recovery will skip whatever comes
 * behind that: so nothing may come. */
static jet_err settle(struct session *session, struct database *db)
{
    struct engine *engine = session->engine;
    struct detach_change change = {.lgpos = {0}, .now = log_time_now()};
    uint64_t start = 0;

    if (db->is_read_only)
        return JET_errSuccess;
    jet_err err = database_flush(db);
    if (err >= JET_errSuccess && engine->log)
        err = database_log_detach(engine->log, db->path, db->dbid, session->procid, &start);
    if (err < JET_errSuccess)
        return err;
    if (engine->log)
        change.lgpos = lgpos_unpack(start);
    err = database_header_update(db, set_clean, &change);
    if (err < JET_errSuccess && engine->log)
        engine_fail(engine, err);
    return err;
}

static unsigned holders(struct engine *engine, unsigned dbid)
{
    os_mutex_lock(engine->databases_lock);
    const unsigned count = engine->databases[dbid].users;
    os_mutex_unlock(engine->databases_lock);
    return count;
}

static bool is_open(struct engine *engine, unsigned dbid)
{
    os_mutex_lock(engine->databases_lock);
    const bool is = engine->databases[dbid].opens > 0;
    os_mutex_unlock(engine->databases_lock);
    return is;
}

/* Sessions keep it for long; checkpoint and clean-up for some moments. */
static jet_err wait_for_holders(struct engine *engine, unsigned dbid)
{
    enum { PATIENCE_MS = 5000 };
    _Atomic uint32_t nobody = 0;

    for (unsigned i = 0; holders(engine, dbid) > 0; i++) {
        if (is_open(engine, dbid) || i == PATIENCE_MS)
            return JET_errDatabaseInUse;
        os_word_wait(&nobody, 0, 1);
    }
    return JET_errSuccess;
}

void engine_database_withdraw(struct engine *engine, unsigned dbid)
{
    _Atomic uint32_t nobody = 0;

    while (engine_database_take_out(engine, dbid) < JET_errSuccess)
        os_word_wait(&nobody, 0, 1);
}

static void drop(struct engine *engine, struct database *db)
{
    const unsigned dbid = db->dbid;

    version_forget_tree(engine, db, 0);
    schema_cache_discard(engine->databases[dbid].schemas);
    engine->databases[dbid].schemas = NULL;
    engine_database_withdraw(engine, dbid);
    database_close(db);
}

static jet_err detach_locked(struct session *session, unsigned dbid)
{
    struct engine *engine = session->engine;
    struct database *db = engine->databases[dbid].db;

    if (is_open(engine, dbid))
        return JET_errDatabaseInUse; /* it goes on being defragmented */
    defragment_leave(engine, dbid);
    page_scan_leave(engine, dbid);
    jet_err err = wait_for_holders(engine, dbid);
    if (err >= JET_errSuccess && engine->log && !db->is_read_only)
        err = log_flush_to(engine->log, log_tip(engine->log)); /* the clean-up takes only what is durable */
    if (err >= JET_errSuccess && !db->is_read_only)
        err = version_clean(engine);
    if (err >= JET_errSuccess && schema_cache_is_used(engine->databases[dbid].schemas))
        err = JET_errDatabaseInUse;
    if (err >= JET_errSuccess)
        err = settle(session, db);
    if (err < JET_errSuccess)
        return err;
    engine_report(engine, ENGINE_EVENT_DATABASE_DETACHED, JET_errSuccess, 0, db->path);
    drop(engine, db);
    return JET_errSuccess;
}

static jet_err detach_all_locked(struct session *session)
{
    jet_err err = JET_errSuccess;

    for (unsigned dbid = ENGINE_DBID_FIRST; dbid < ENGINE_DATABASES && err >= JET_errSuccess; dbid++)
        if (session->engine->databases[dbid].db)
            err = detach_locked(session, dbid);
    return err;
}

static jet_err detach_path_locked(struct session *session, const char *absolute)
{
    const unsigned dbid = engine_database_find(session->engine, absolute);

    return dbid == 0 ? JET_errDatabaseNotFound : detach_locked(session, dbid);
}

jet_err engine_database_detach(struct session *session, const char *path)
{
    struct engine *engine = session->engine;
    char *absolute = NULL;
    jet_err err = session->level > 0 ? JET_errInTransaction : JET_errSuccess;

    if (err >= JET_errSuccess && path)
        err = os_path_absolute(path, &absolute);
    if (err < JET_errSuccess)
        return err;
    engine_attach_begin(engine);
    err = engine->attach_refusal;
    if (err >= JET_errSuccess)
        err = absolute ? detach_path_locked(session, absolute) : detach_all_locked(session);
    engine_attach_end(engine);
    free(absolute);
    return err;
}

/* ---- attach, the whole of it ---- */

/* It was announced, and cannot be used: back to where it was, or else by recovery. The first error is the one to
 * tell. */
static void take_back(struct session *session, struct database *db)
{
    const jet_err err = settle(session, db);

    if (err < JET_errSuccess && session->engine->log)
        engine_fail(session->engine, err);
    drop(session->engine, db);
}

static jet_err open_and_check(struct engine *engine, const struct database_open_options *options,
                              struct dbheader_disk *ret_header, struct database **ret_db)
{
    struct database *db;
    jet_err err = database_open(engine->cache, options, &db);

    if (err < JET_errSuccess)
        return err;
    database_header_get(db, ret_header);
    err = check_header(db, ret_header);
    if (err < JET_errSuccess) {
        database_close(db);
        return err;
    }
    *ret_db = db;
    return JET_errSuccess;
}

static jet_err attach_new(struct session *session, const char *absolute, bool is_read_only, uint32_t pages_max)
{
    struct engine *engine = session->engine;
    struct dbheader_disk header;
    struct database *db;
    unsigned dbid;
    jet_err err = engine_database_slot(engine, absolute, &dbid);

    if (err < JET_errSuccess)
        return err;
    const struct database_open_options options = {
        .path = absolute,
        .dbid = (uint8_t)dbid,
        .is_read_only = is_read_only,
        .is_logged = engine->log && !is_read_only,
    };
    err = open_and_check(engine, &options, &header, &db);
    if (err < JET_errSuccess)
        return err;
    atomic_store(&db->pages_max, pages_max);
    err = announce(session, db, &header, pages_max);
    if (err < JET_errSuccess) {
        database_close(db);
        return err;
    }
    err = take_in(session, db);
    if (err < JET_errSuccess)
        take_back(session, db);
    return err;
}

static jet_err attach_locked(struct session *session, const char *absolute, bool is_read_only, uint32_t pages_max)
{
    struct engine *engine = session->engine;
    const unsigned dbid = engine_database_find(engine, absolute);

    if (engine->attach_refusal < JET_errSuccess)
        return engine->attach_refusal;
    if (dbid == 0)
        return attach_new(session, absolute, is_read_only, pages_max);
    return engine->databases[dbid].db->is_read_only == is_read_only ? JET_wrnDatabaseAttached
                                                                    : JET_errDatabaseSharingViolation;
}

jet_err engine_database_attach(struct session *session, const char *path, bool is_read_only, uint32_t pages_max)
{
    struct engine *engine = session->engine;
    char *absolute;
    jet_err err = session->level > 0 ? JET_errInTransaction : os_path_absolute(path, &absolute);

    if (err < JET_errSuccess)
        return err;
    engine_attach_begin(engine);
    err = attach_locked(session, absolute, is_read_only, pages_max);
    engine_attach_end(engine);
    if (err == JET_errSuccess)
        engine_report(engine, ENGINE_EVENT_DATABASE_ATTACHED, JET_errSuccess, 0, absolute);
    free(absolute);
    return err;
}
