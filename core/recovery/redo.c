/* SPDX-License-Identifier: MIT */
/* redo.c - one log record after another: by its type, to whom it belongs.
 *
 * Sessions. A session exists for redo from its first Begin0 on. What a session logged before the first Begin0 that redo
 * meets belongs to a transaction whose pages are all in their files (that is what the checkpoint means): such records
 * only tell how far the counters have come. The end of a run ends all sessions.
 */
#include "isam/session.h"
#include "isam/transaction.h"
#include "recovery/backup_record.h"
#include "recovery/recovery_internal.h"

/* ---- transactions ---- */

static jet_err redo_begin0(struct recovery *recovery)
{
    struct logrec_begin begin;
    struct session *session;
    jet_err err = logrec_begin_decode(recovery->record.bytes, recovery->record.size, &begin);
    if (err == JET_errSuccess)
        err = session_redo(recovery->engine, begin.procid, &session);
    if (err < JET_errSuccess)
        return err;
    return transaction_redo_begin0(session, begin.level_count, begin.trx_begin0, recovery->record.lgpos);
}

static jet_err redo_begin(struct recovery *recovery)
{
    struct logrec_begin begin;
    jet_err err = logrec_begin_decode(recovery->record.bytes, recovery->record.size, &begin);
    if (err < JET_errSuccess)
        return err;
    struct session *session = session_redo_find(recovery->engine, begin.procid);
    return session ? transaction_redo_begin(session, begin.level_from, begin.level_count) : JET_errSuccess;
}

/* Commit0, Commit, Rollback. */
static jet_err redo_end(struct recovery *recovery)
{
    struct logrec_commit commit;
    jet_err err = logrec_commit_decode(recovery->record.bytes, recovery->record.size, &commit);
    if (err < JET_errSuccess)
        return err;
    struct session *session = session_redo_find(recovery->engine, commit.procid);
    if (commit.type == LOGREC_COMMIT0)
        transaction_redo_number(recovery->engine, commit.trx_commit0);
    if (!session || session->level == 0)
        return JET_errSuccess;
    switch (commit.type) {
    case LOGREC_COMMIT0: return transaction_redo_commit0(session, commit.trx_commit0);
    case LOGREC_COMMIT: return transaction_redo_commit(session, commit.level);
    default: return transaction_redo_rollback(session, commit.level);
    }
}

static jet_err redo_refresh(struct recovery *recovery)
{
    struct logrec_refresh refresh;
    jet_err err = logrec_refresh_decode(recovery->record.bytes, recovery->record.size, &refresh);
    if (err < JET_errSuccess)
        return err;
    struct session *session = session_redo_find(recovery->engine, refresh.procid);
    if (session)
        transaction_redo_refresh(session, refresh.trx_begin0);
    return JET_errSuccess;
}

static jet_err redo_transaction_record(struct recovery *recovery)
{
    switch (recovery->record.bytes[0]) {
    case LOGREC_BEGIN0: return redo_begin0(recovery);
    case LOGREC_BEGIN: return redo_begin(recovery);
    case LOGREC_COMMIT:
    case LOGREC_COMMIT0:
    case LOGREC_ROLLBACK: return redo_end(recovery);
    case LOGREC_REFRESH: return redo_refresh(recovery);
    case LOGREC_MACRO_BEGIN:
    case LOGREC_MACRO_COMMIT:
    case LOGREC_MACRO_ABORT: return redo_macro_record(recovery);
    default: return redo_page_record(recovery); /* NewPage */
    }
}

/* ---- runs ---- */

static jet_err redo_instance_record(struct recovery *recovery)
{
    switch (recovery->record.bytes[0]) {
    case LOGREC_INIT:
    case LOGREC_INIT2:
        redo_macros_forget(recovery);
        transaction_redo_forget(recovery->engine);
        return JET_errSuccess;
    case LOGREC_TERM:
    case LOGREC_TERM2:
    case LOGREC_RECOVERY_QUIT:
    case LOGREC_RECOVERY_QUIT2: return redo_run_end(recovery);
    case LOGREC_RECOVERY_QUIT_KEEP:
        redo_macros_forget(recovery);
        transaction_redo_forget(recovery->engine);
        return JET_errSuccess;
    default: /* RecoveryUndo: the macros that were open then have no effect */
        if (recovery->record.bytes[0] != LOGREC_SHUT_DOWN_MARK)
            redo_macros_forget(recovery);
        return JET_errSuccess;
    }
}

/* What others leave in the log for their readers; only a backup's note of itself does something. */
static jet_err redo_marker(struct recovery *recovery)
{
    struct logrec_backup backup;
    if (recovery->record.bytes[0] != LOGREC_BACKUP2)
        return JET_errSuccess;
    jet_err err = logrec_backup_decode(recovery->record.bytes, recovery->record.size, &backup);
    if (err < JET_errSuccess || backup.phase != LOGREC_BACKUP_UPDATE_HEADER)
        return err;
    const struct redo_database *database = attach_find(recovery, backup.dbid);
    return database ? backup_stamp_redo(database->db, &backup) : JET_errSuccess;
}

static jet_err redo_by_class(struct recovery *recovery)
{
    const struct logrec_info *info = logrec_info(recovery->record.bytes[0]);
    if (!info)
        return JET_errLogCorrupted;
    switch (info->class) {
    case LOGREC_CLASS_FILLER: return JET_errSuccess;
    case LOGREC_CLASS_MARKER: return redo_marker(recovery);
    case LOGREC_CLASS_TRANSACTION: return redo_transaction_record(recovery);
    case LOGREC_CLASS_INSTANCE: return redo_instance_record(recovery);
    case LOGREC_CLASS_DATABASE: return redo_database_record(recovery);
    case LOGREC_CLASS_PAGE:
    case LOGREC_CLASS_NODE: return redo_page_record(recovery);
    case LOGREC_CLASS_OBSOLETE: break;
    }
    return JET_errBadLogVersion;
}

jet_err redo_record(struct recovery *recovery)
{
    jet_err err = redo_by_class(recovery);
    if (recovery->record.bytes[0] == LOGREC_SHUT_DOWN_MARK)
        recovery->shut_down_mark = recovery->record.lgpos;
    else
        recovery->shut_down_mark = 0;
    return err;
}
