/* SPDX-License-Identifier: MIT */
/* shutdown.c - the clean end: every page in its file, every header clean, and the log says so.
 *
 *      pages flushed --> ShutDownMark durable --> headers clean, with its position --> Term2 --> checkpoint = Term2
 *
 * A crash before the mark is one like any other. Behind it, recovery finds databases that are clean already, or dirty
 * ones to which nothing has to be done.
 */
#include "format/dbheader_state.h"
#include "isam/table.h"
#include "isam/temporary.h"
#include "log/log_stream.h"
#include "log/log_time.h"
#include "os/os_word.h"
#include "recovery/checkpoint.h"
#include "recovery/marks.h"
#include "recovery/recovery_internal.h"
#include "storage/double_write.h"

/* Nobody uses databases any more: their slots stay as they are. */
static struct database *database_of(const struct engine *engine, unsigned dbid)
{
    return engine->databases[dbid].db;
}

static bool is_to_be_cleaned(const struct database *db)
{
    return db && db->dbid >= ENGINE_DBID_FIRST && !db->is_read_only;
}

static jet_err flush_all(struct engine *engine)
{
    for (unsigned dbid = 0; dbid < ENGINE_DATABASES; dbid++) {
        struct database *db = database_of(engine, dbid);
        jet_err err = is_to_be_cleaned(db) ? database_flush(db) : JET_errSuccess;
        if (err < JET_errSuccess)
            return err;
    }
    return JET_errSuccess;
}

struct clean {
    struct lgpos mark;
    struct logtime_disk now;
    bool is_restored;
};

static void set_clean(struct dbheader_disk *header, void *context)
{
    const struct clean *clean = context;
    dbheader_set_clean(header, clean->mark, clean->now);
    if (clean->is_restored)
        dbheader_forget_backups(header);
}

static jet_err clean_headers(struct engine *engine, uint64_t mark, bool is_restored)
{
    for (unsigned dbid = 0; dbid < ENGINE_DATABASES; dbid++) {
        struct database *db = database_of(engine, dbid);
        struct clean clean = {.now = log_time_now(), .is_restored = is_restored};
        if (!is_to_be_cleaned(db))
            continue;
        if (db->is_logged)
            clean.mark = lgpos_unpack(mark);
        jet_err err = database_header_update(db, set_clean, &clean);
        if (err < JET_errSuccess)
            return err;
    }
    return JET_errSuccess;
}

jet_err shut_down_databases(struct engine *engine, bool is_restored, uint64_t *ret_mark)
{
    uint64_t mark = 0;
    jet_err err = flush_all(engine);
    if (err == JET_errSuccess && engine->log)
        err = mark_shut_down(engine->log, &mark);
    if (err == JET_errSuccess)
        err = clean_headers(engine, mark, is_restored);
    if (err == JET_errSuccess)
        *ret_mark = mark;
    return err;
}

/* Sessions that had it open are gone. The log's thread may hold it, for a moment. */
static void take_out(struct engine *engine, unsigned dbid)
{
    _Atomic uint32_t nobody = 0;
    os_mutex_lock(engine->databases_lock);
    engine->databases[dbid].users -= engine->databases[dbid].opens;
    engine->databases[dbid].opens = 0;
    os_mutex_unlock(engine->databases_lock);
    while (engine_database_take_out(engine, dbid) < JET_errSuccess)
        os_word_wait(&nobody, 0, 1);
}

void close_databases(struct engine *engine)
{
    for (unsigned dbid = 0; dbid < ENGINE_DATABASES; dbid++) {
        struct database *db = database_of(engine, dbid);
        if (!db)
            continue;
        schema_cache_discard(engine->databases[dbid].schemas);
        engine->databases[dbid].schemas = NULL;
        take_out(engine, dbid);
        database_close(db);
    }
    temporary_remove_file(engine);
}

static jet_err end_log(struct engine *engine)
{
    const struct mark_end term = {.type = LOGREC_TERM2, .lgpos = engine->lgpos_init};
    struct log_checkpoint checkpoint = {0};
    jet_err err = mark_end(engine->log, &term, &checkpoint.checkpoint);
    if (err == JET_errSuccess)
        err = log_checkpoint_write(engine->log, &checkpoint);
    return err;
}

static jet_err stop_clean(struct engine *engine)
{
    uint64_t mark;
    jet_err err = engine_rest(engine, true);
    checkpoint_stop(engine);
    if (err == JET_errSuccess)
        err = engine_state(engine);
    if (err == JET_errSuccess)
        err = shut_down_databases(engine, false, &mark);
    if (err == JET_errSuccess && engine->log)
        err = end_log(engine);
    if (err == JET_errSuccess && cache_double_write(engine->cache))
        jet_err_ignore(
            double_write_remove(cache_double_write(engine->cache))); /* all is clean: nobody will look at it */
    return err;
}

jet_err engine_stop(struct engine *engine, enum engine_stop how)
{
    jet_err err;
    if (how == ENGINE_STOP_CLEAN) {
        err = stop_clean(engine);
    } else {
        err = engine_rest(engine, false);
        checkpoint_stop(engine);
    }
    close_databases(engine);
    if (engine->cache)
        cache_set_log(engine->cache, NULL);
    log_stream_close(engine->log);
    checkpoint_free(engine);
    cache_free(engine->cache);
    engine_free(engine);
    return err;
}
