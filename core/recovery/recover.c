/* SPDX-License-Identifier: MIT */
/* recover.c - redo, undo, and the clean end.
 *
 *      REDO   every record from the checkpoint to the end of the log; nothing can be logged
 *      checks what is still deferred, required or committed beyond the end
 *      UNDO   the log is opened behind its end: RecoveryUndo2, then every open transaction is rolled back, with records
 *      end    pages flushed, ShutDownMark, headers clean, RecoveryQuit2, checkpoint = RecoveryQuit2
 *
 * A crash at any point is followed by a recovery that does the same again: redo finds its own changes on the pages and
 * skips them, replays the Undo records that were logged, and undo does the rest.
 */
#include <stdlib.h>

#include "isam/transaction.h"
#include "isam/version.h"
#include "log/log_stream.h"
#include "os/os_file.h"
#include "recovery/marks.h"
#include "recovery/recovery_internal.h"
#include "storage/double_write.h"

/* ---- generations ---- */

/* Generation max_committed must be the very file that the header knows. */
static jet_err check_created(const struct recovery *recovery, const struct logheader_disk *header)
{
    for (unsigned dbid = ENGINE_DBID_FIRST; dbid < ENGINE_DATABASES; dbid++) {
        const struct redo_database *database = &recovery->databases[dbid];
        if (database->state == REDO_ATTACHED && database->max_committed == recovery->generation &&
            logtime_is_set(database->max_committed_created) &&
            !logtime_equal(database->max_committed_created, header->created))
            return JET_errRequiredLogFilesMissing;
    }
    return JET_errSuccess;
}

/* By generations; where there are few of them, by their segments. */
static unsigned permille(const struct recovery *recovery)
{
    enum { MANY = 60 };
    const uint64_t all = (uint64_t)recovery->last_generation - recovery->first_generation + 1;
    uint64_t done = (uint64_t)(recovery->generation - recovery->first_generation) * 1000;
    if (all < MANY)
        done += (uint64_t)recovery->segment * 1000 / recovery->config.segments;
    return (unsigned)(done / all);
}

/* What a header requires is replayed: pages that are missing still are lost. */
static jet_err check_missing(const struct recovery *recovery)
{
    for (unsigned dbid = ENGINE_DBID_FIRST; dbid < ENGINE_DATABASES; dbid++) {
        const struct redo_database *database = &recovery->databases[dbid];
        jet_err err =
            recovery->generation > database->max_required ? redo_missing_check(&database->missing) : JET_errSuccess;
        if (err < JET_errSuccess)
            return err;
    }
    return JET_errSuccess;
}

/* A generation or a segment begins. */
static jet_err tell_progress(struct recovery *recovery, bool is_first)
{
    const unsigned done = permille(recovery);
    if (!recovery->options->progress || (!is_first && done <= recovery->permille))
        return JET_errSuccess;
    recovery->permille = done;
    return recovery->options->progress(recovery->options->context, done);
}

static jet_err enter_generation(struct recovery *recovery)
{
    const struct logheader_disk *header = log_reader_header(recovery->reader);
    if (recovery->generation == le32_get(header->generation))
        return JET_errSuccess;
    const bool is_first = recovery->generation == 0;
    recovery->generation = le32_get(header->generation);
    recovery->segment = 0;
    jet_err err = check_created(recovery, header);
    if (err == JET_errSuccess)
        err = check_missing(recovery);
    if (err == JET_errSuccess)
        err = cache_generation_begun(recovery->engine->cache, recovery->generation, header->created);
    return err == JET_errSuccess ? tell_progress(recovery, is_first) : err;
}

static jet_err enter_segment(struct recovery *recovery)
{
    const uint16_t segment = lgpos_unpack(recovery->record.lgpos).isec;
    if (segment == recovery->segment)
        return JET_errSuccess;
    recovery->segment = segment;
    return tell_progress(recovery, false);
}

/* ---- redo ---- */

static lgen_t highest(const struct recovery *recovery, lgen_t (*number)(const struct redo_database *database))
{
    lgen_t result = 0;
    for (unsigned dbid = ENGINE_DBID_FIRST; dbid < ENGINE_DATABASES; dbid++) {
        const struct redo_database *database = &recovery->databases[dbid];
        if (database->state == REDO_ATTACHED && number(database) > result)
            result = number(database);
    }
    return result;
}

static lgen_t required_of(const struct redo_database *database)
{
    return database->max_required;
}

static lgen_t committed_of(const struct redo_database *database)
{
    return database->max_committed;
}

static bool is_loss(jet_err err)
{
    switch (err) {
    case JET_errMissingLogFile:
    case JET_errInvalidLogSequence:
    case JET_errBadLogSignature:
    case JET_errLogFileCorrupt:
    case JET_errLogSequenceChecksumMismatch:
    case JET_errLogFileSizeMismatch:
    case JET_errRedoAbruptEnded: return true;
    default: return false;
    }
}

/* Reading cannot go on behind this generation. What does that mean for the databases? */
static jet_err settle_loss(struct recovery *recovery, jet_err err)
{
    if (!is_loss(err) || recovery->options->restore)
        return err;
    if (highest(recovery, required_of) > recovery->generation)
        return JET_errRequiredLogFilesMissing;
    if (!(recovery->options->flags & RECOVERY_IGNORE_LOST_LOGS)) {
        if (err == JET_errLogFileCorrupt)
            return JET_errCommittedLogFileCorrupt;
        return err == JET_errMissingLogFile ? JET_errCommittedLogFilesMissing : err;
    }
    recovery->ends_early = true;
    recovery->warning = JET_wrnCommittedLogFilesLost;
    return JET_errSuccess;
}

static jet_err redo_all(struct recovery *recovery)
{
    for (;;) {
        jet_err err = log_reader_next(recovery->reader, &recovery->record);
        if (err < JET_errSuccess)
            return settle_loss(recovery, err);
        err = enter_generation(recovery); /* the last one may hold no record at all */
        if (err < JET_errSuccess || !recovery->record.bytes)
            return err;
        err = enter_segment(recovery);
        if (err == JET_errSuccess)
            err = redo_record(recovery);
        if (err < JET_errSuccess)
            return err;
    }
}

static jet_err open_reader(struct recovery *recovery)
{
    const struct recovery_restore *restore = recovery->options->restore;
    struct log_config config = recovery->config;
    struct log_reader_source source = {.config = &config, .listener = recovery->options->listener};
    if (restore) {
        source.restore_folder = restore->logs.folder;
        source.restore_last = restore->logs.high;
    }
    if (restore && restore->logs.target_folder) {
        config.log_folder = restore->logs.target_folder;
        source.last = restore->logs.target_last;
    }
    recovery->first_generation = lgpos_unpack(recovery->startup.start).generation;
    recovery->last_generation = recovery->startup.resume.generation;
    return log_reader_open(&source, recovery->startup.start, &recovery->reader);
}

/* What the crashed engine wrote to its last log may not be durable. Redo must not put it into databases before it
 * is. */
static jet_err redo(struct recovery *recovery)
{
    struct double_write *double_write = cache_double_write(recovery->engine->cache);
    jet_err err = log_startup_repair(&recovery->config, &recovery->startup);
    if (err == JET_errSuccess && double_write && !recovery->options->restore) /* it is not of what is restored */
        err = double_write_load(double_write);
    if (err == JET_errSuccess)
        err = open_reader(recovery);
    if (err == JET_errSuccess)
        err = enter_generation(recovery);
    if (err == JET_errSuccess)
        err = attach_list(recovery, recovery->startup.attachments);
    return err == JET_errSuccess ? redo_all(recovery) : err;
}

/* ---- between redo and undo ---- */

static jet_err check_deferred(const struct recovery *recovery, const struct redo_database *database)
{
    const bool is_missing = database->why == JET_errFileNotFound || database->why == JET_errInvalidPath;
    if (is_missing && (recovery->options->flags & RECOVERY_IGNORE_MISSING_DB))
        return JET_errSuccess;
    return database->why == JET_errFileAccessDenied ? JET_errAccessDenied : JET_errAttachedDatabaseMismatch;
}

static jet_err check_database(struct recovery *recovery, struct redo_database *database)
{
    switch (database->state) {
    case REDO_DEFERRED: return check_deferred(recovery, database);
    case REDO_CREATING: return attach_remove_half_made(recovery, database);
    case REDO_ATTACHED:
        if (database->max_required > recovery->generation)
            return JET_errRequiredLogFilesMissing;
        return redo_missing_check(&database->missing);
    default: return JET_errSuccess;
    }
}

static jet_err check_committed(struct recovery *recovery)
{
    if (highest(recovery, committed_of) <= recovery->generation)
        return JET_errSuccess;
    if (!(recovery->options->flags & RECOVERY_IGNORE_LOST_LOGS))
        return JET_errCommittedLogFilesMissing;
    recovery->warning = JET_wrnCommittedLogFilesLost;
    return JET_errSuccess;
}

static jet_err check_databases(struct recovery *recovery)
{
    for (unsigned dbid = ENGINE_DBID_FIRST; dbid < ENGINE_DATABASES; dbid++) {
        jet_err err = check_database(recovery, &recovery->databases[dbid]);
        if (err < JET_errSuccess)
            return err;
    }
    return check_committed(recovery);
}

/* Redo was all that was wanted. */
static jet_err end_without_undo(const struct recovery *recovery)
{
    for (unsigned dbid = ENGINE_DBID_FIRST; dbid < ENGINE_DATABASES; dbid++)
        if (recovery->databases[dbid].state == REDO_ATTACHED)
            return JET_errRecoveredWithoutUndo;
    return JET_errRecoveredWithoutUndoDatabasesConsistent;
}

/* ---- undo ---- */

/* Logs behind the end that is taken are in the way of new ones. */
static jet_err give_up_lost_logs(struct recovery *recovery)
{
    bool removed;
    if (!recovery->ends_early)
        return JET_errSuccess;
    jet_err err = log_startup_cut(&recovery->config, recovery->generation,
                                  recovery->engine->config.delete_out_of_range_logs, &recovery->startup, &removed);
    if (err == JET_errSuccess && removed)
        recovery->warning = JET_wrnCommittedLogFilesRemoved;
    return err;
}

static jet_err open_for_undo(struct recovery *recovery)
{
    jet_err err = give_up_lost_logs(recovery);
    if (err == JET_errSuccess)
        err = open_log(recovery->engine, &recovery->config, &recovery->startup.resume);
    if (err == JET_errSuccess)
        engine_phase_set(recovery->engine, ENGINE_UNDO);
    return err;
}

/* Everything was flushed already before the crash, and nothing is open: no need to say that undo begins. */
static bool was_shut_down(const struct recovery *recovery)
{
    return recovery->startup.last_type == LOGREC_SHUT_DOWN_MARK && !recovery->startup.ends_in_fragment &&
           !recovery->ends_early;
}

static jet_err undo(struct recovery *recovery, uint64_t *ret_begin)
{
    struct engine *engine = recovery->engine;
    redo_macros_forget(recovery);
    jet_err err = open_for_undo(recovery);
    if (err == JET_errSuccess && was_shut_down(recovery))
        *ret_begin = recovery->startup.last_lgpos;
    else if (err == JET_errSuccess)
        err = mark_recovery_undo(engine->log, ret_begin);
    if (err == JET_errSuccess)
        err = transaction_redo_undo_all(engine, NULL);
    return err;
}

/* Files that were cut. */
static jet_err shrink_files(struct recovery *recovery)
{
    for (unsigned dbid = ENGINE_DBID_FIRST; dbid < ENGINE_DATABASES; dbid++) {
        struct redo_database *database = &recovery->databases[dbid];
        if (database->state != REDO_ATTACHED || database->cut_to == 0)
            continue;
        jet_err err = database_flush(database->db);
        if (err == JET_errSuccess)
            err = redo_shrink_file(database);
        if (err < JET_errSuccess)
            return err;
    }
    return JET_errSuccess;
}

static jet_err end_clean(struct recovery *recovery, uint64_t undo_begin)
{
    struct engine *engine = recovery->engine;
    const struct mark_end quit = {
        .type = LOGREC_RECOVERY_QUIT2,
        .lgpos = undo_begin,
        .redo_from = recovery->startup.start,
        .is_hard = recovery->options->restore != NULL,
    };
    struct log_checkpoint checkpoint = {0};
    uint64_t mark;
    jet_err err = engine_state(engine);
    if (err == JET_errSuccess)
        err = version_clean(engine); /* nodes that were deleted or whose insert was undone */
    if (err == JET_errSuccess)
        err = shrink_files(recovery);
    if (err == JET_errSuccess)
        err = shut_down_databases(engine, recovery->options->restore != NULL, &mark);
    if (err == JET_errSuccess)
        err = mark_end(engine->log, &quit, &checkpoint.checkpoint);
    if (err == JET_errSuccess)
        err = log_checkpoint_write(engine->log, &checkpoint);
    if (err == JET_errSuccess && cache_double_write(engine->cache))
        double_write_recovered(cache_double_write(engine->cache));
    return err;
}

static jet_err recover_steps(struct recovery *recovery)
{
    uint64_t undo_begin;
    jet_err err = redo(recovery);
    if (err == JET_errSuccess)
        err = check_databases(recovery);
    if (err == JET_errSuccess && (recovery->options->flags & RECOVERY_WITHOUT_UNDO))
        err = end_without_undo(recovery);
    if (err == JET_errSuccess)
        err = undo(recovery, &undo_begin);
    return err == JET_errSuccess ? end_clean(recovery, undo_begin) : err;
}

jet_err recover(struct recovery *recovery)
{
    struct engine *engine = recovery->engine;
    engine_phase_set(engine, ENGINE_REDO);
    engine_report(engine, ENGINE_EVENT_RECOVERY_BEGUN, JET_errSuccess, lgpos_unpack(recovery->startup.start).generation,
                  NULL);
    jet_err err = recover_steps(recovery);
    redo_macros_forget(recovery);
    transaction_redo_forget(engine);
    for (unsigned dbid = ENGINE_DBID_FIRST; dbid < ENGINE_DATABASES; dbid++)
        attach_drop(recovery, &recovery->databases[dbid]);
    log_reader_close(recovery->reader);
    free(recovery->closed);
    if (err == JET_errSuccess)
        engine_report(engine, ENGINE_EVENT_RECOVERY_DONE, recovery->warning, recovery->generation, NULL);
    return err;
}
