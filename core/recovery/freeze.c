/* SPDX-License-Identifier: MIT */
/* freeze.c - the parts of an engine are frozen from the top down, and thawed from the bottom up:
 *
 *      attach, detach, create    so that files do not come and go
 *      the cache's background    so that nobody begins what could not end
 *      the log                   everything that was logged is on the disk, and no more
 *      the checkpoint file
 *      all database files
 *
 * Each waits for what is under way in it, which never waits for one that is frozen before it, but with nothing in its
 * hands that a later one needs (storage/cache.h).
 */
#include "recovery/freeze.h"

#include "isam/engine_database.h"
#include "log/log_stream.h"
#include "log/log_time.h"
#include "storage/cache.h"
#include "storage/database.h"

static bool is_logs_only(const struct freeze *freeze)
{
    return freeze->kind.scope == LOGREC_BACKUP_INCREMENTAL || freeze->kind.scope == LOGREC_BACKUP_DIFFERENTIAL;
}

static bool is_circular(const struct freeze *freeze)
{
    return log_stream_config(freeze->engine->log)->is_circular;
}

/* Notes for who reads the log; nothing depends on them. */
static void note(const struct freeze *freeze, enum logrec_backup_phase phase, lgen_t low, lgen_t high)
{
    if (freeze->engine->log)
        jet_err_ignore(backup_record_append(freeze->engine->log, &freeze->kind, phase, low, high));
}

void freeze_prepare(struct freeze *freeze, struct engine *engine, const struct freeze_kind *kind)
{
    static const enum logrec_backup_scope scopes[2][2] = {
        {LOGREC_BACKUP_FULL,        LOGREC_BACKUP_COPY        },
        {LOGREC_BACKUP_INCREMENTAL, LOGREC_BACKUP_DIFFERENTIAL},
    };
    *freeze = (struct freeze){
        .engine = engine,
        .kind = {LOGREC_BACKUP_OS_SNAPSHOT, scopes[kind->is_logs_only][kind->is_copy]},
    };
    note(freeze, LOGREC_BACKUP_BEGIN, 0, 0);
}

/* ---- what logs alone can build on ---- */

static jet_err has_full_snapshot(struct database *db, void *context)
{
    struct dbheader_disk header;
    (void)context;
    database_header_get(db, &header);
    return le32_get(header.backup_full_prev.generation_low) != 0 &&
                   le32_get(header.backup_type_full_prev) == DBHEADER_BACKUP_OS_SNAPSHOT
               ? JET_errSuccess
               : JET_errMissingFullBackup;
}

/* The logs that exist join the last backup of the database. */
static jet_err has_logs_since(struct database *db, void *context)
{
    const lgen_t oldest = *(const lgen_t *)context;
    struct dbheader_disk header;
    database_header_get(db, &header);
    const lgen_t full = le32_get(header.backup_full_prev.generation_high);
    const lgen_t incremental = le32_get(header.backup_incremental_prev.generation_high);
    return oldest <= (full > incremental ? full : incremental) + 1 ? JET_errSuccess : JET_errMissingFileToBackup;
}

static jet_err check_logs_only(struct freeze *freeze)
{
    lgen_t oldest = log_oldest(freeze->engine->log);
    jet_err err = engine_each_logged(freeze->engine, has_full_snapshot, NULL);
    if (err == JET_errSuccess && is_circular(freeze))
        err = JET_errInvalidBackup;
    return err == JET_errSuccess ? engine_each_logged(freeze->engine, has_logs_since, &oldest) : err;
}

/* ---- freeze ---- */

static jet_err freeze_log(struct freeze *freeze, lgen_t *ret_last)
{
    struct logrec_backup_disk disk;
    struct log_piece piece;
    uint64_t start;
    backup_record_make(&freeze->kind, LOGREC_BACKUP_PREPARE_LOGS, 0, 0, &disk, &piece);
    const struct log_record record = {&piece, 1};
    jet_err err = log_freeze(freeze->engine->log, &record, &start, ret_last);
    if (err < JET_errSuccess)
        return err;
    freeze->info.lgpos = lgpos_make(lgpos_unpack(start));
    freeze->info.logtime = disk.mark.logtime;
    return JET_errSuccess;
}

/* Which logs the snapshot needs, and which it makes superfluous. */
static void take_range(struct freeze *freeze, lgen_t last)
{
    struct log_stream *log = freeze->engine->log;
    const lgen_t checkpoint = lgpos_unpack(log_checkpoint_get(log)).generation;
    freeze->info.generation_low = le32_make(is_logs_only(freeze) ? log_oldest(log) : checkpoint);
    freeze->info.generation_high = le32_make(last);
    freeze->delete_below = last < checkpoint ? last : checkpoint;
    log_keep_from(log, le32_get(freeze->info.generation_low));
    log_note_backup(log, is_logs_only(freeze), lgpos_pack(lgpos_get(freeze->info.lgpos)), freeze->info.logtime);
}

static jet_err freeze_logged(struct freeze *freeze)
{
    lgen_t last = 0;
    jet_err err = is_logs_only(freeze) ? check_logs_only(freeze) : JET_errSuccess;
    if (err == JET_errSuccess)
        err = freeze_log(freeze, &last);
    if (err < JET_errSuccess)
        return err;
    log_checkpoint_freeze(freeze->engine->log);
    take_range(freeze, last);
    return JET_errSuccess;
}

void freeze_hold(struct freeze *freeze)
{
    struct engine *engine = freeze->engine;
    engine_attach_freeze(engine);
    cache_freeze_prepare(engine->cache);
    if (engine->log)
        log_hold(engine->log);
    freeze->is_held = true;
}

jet_err freeze_engine(struct freeze *freeze)
{
    if (!freeze->is_held)
        freeze_hold(freeze);
    jet_err err = freeze->engine->log ? freeze_logged(freeze) : JET_errSuccess;
    if (err < JET_errSuccess) {
        jet_err_ignore(freeze_thaw(freeze)); /* the first error counts */
        return err;
    }
    cache_freeze(freeze->engine->cache);
    return JET_errSuccess;
}

jet_err freeze_thaw(struct freeze *freeze)
{
    struct engine *engine = freeze->engine;
    jet_err err = JET_errSuccess;
    cache_thaw(engine->cache);
    if (engine->log) {
        log_checkpoint_thaw(engine->log);
        err = log_thaw(engine->log);
    }
    engine_attach_thaw(engine);
    freeze->is_held = false;
    return err;
}

/* ---- what becomes of it ---- */

static jet_err truncate_logs(struct freeze *freeze, lgen_t below)
{
    struct log_stream *log = freeze->engine->log;
    const lgen_t oldest = log_oldest(log);
    if (oldest > below)
        return JET_errRequiredLogFilesMissing;
    note(freeze, LOGREC_BACKUP_TRUNCATE, oldest, below);
    return log_truncate(log, below);
}

jet_err freeze_truncate(struct freeze *freeze, bool all_databases)
{
    const lgen_t below = freeze->delete_below;
    freeze->delete_below = 0;
    if (below == 0)
        return JET_errSuccess;
    if (all_databases && !is_circular(freeze))
        return truncate_logs(freeze, below);
    note(freeze, LOGREC_BACKUP_TRUNCATE, 0, 0);
    return JET_errSuccess;
}

struct stamping {
    struct freeze *freeze;
    jet_err err;
};

static jet_err stamp_one(struct database *db, void *context)
{
    struct stamping *stamping = context;
    struct freeze *freeze = stamping->freeze;
    jet_err err = backup_stamp(freeze->engine->log, db, &freeze->kind, &freeze->info);
    if (stamping->err == JET_errSuccess)
        stamping->err = err;
    return JET_errSuccess;
}

jet_err freeze_stamp(struct freeze *freeze)
{
    struct stamping stamping = {.freeze = freeze};
    if (!freeze->engine->log || le32_get(freeze->info.generation_high) == 0)
        return JET_errSuccess;
    jet_err err = engine_each_logged(freeze->engine, stamp_one, &stamping);
    return err < JET_errSuccess ? err : stamping.err;
}

void freeze_end(struct freeze *freeze)
{
    if (freeze->engine->log && le32_get(freeze->info.generation_high) != 0)
        log_keep_from(freeze->engine->log, 0);
    note(freeze, LOGREC_BACKUP_STOP, 0, 0);
}
