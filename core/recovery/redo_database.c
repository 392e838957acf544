/* SPDX-License-Identifier: MIT */
/* redo_database.c - the life of databases, replayed: created, attached, detached, closed at the end of a run; file
 * sizes.
 *
 * What a record of an attached database made durable is made durable again before redo goes on, so that a header never
 * says more than the file holds.
 */
#include "base/array.h"
#include "btree/space.h"
#include "format/dbheader_state.h"
#include "isam/transaction.h"
#include "log/log_time.h"
#include "recovery/recovery_internal.h"

/* ---- the end of an attachment ---- */

struct clean {
    struct lgpos lgpos;
    bool is_restored;
};

static void set_clean(struct dbheader_disk *header, void *context)
{
    const struct clean *clean = context;
    dbheader_set_clean(header, clean->lgpos, log_time_now());
    if (clean->is_restored)
        dbheader_forget_backups(header);
}

/* Where another one is created later, the file of this one was deleted in between: the log says nothing of that. */
static jet_err remember_closed(struct recovery *recovery, const struct redo_database *database)
{
    if (database->state != REDO_ATTACHED && database->state != REDO_FUTURE)
        return JET_errSuccess;
    struct signature_disk *closed = array_grow(recovery->closed, recovery->closed_count, sizeof *closed);
    if (!closed)
        return JET_errOutOfMemory;
    recovery->closed = closed;
    closed[recovery->closed_count++] = database->signature;
    return JET_errSuccess;
}

jet_err redo_close_clean(struct recovery *recovery, struct redo_database *database, uint64_t lgpos)
{
    struct clean clean = {.lgpos = lgpos_unpack(lgpos), .is_restored = recovery->options->restore != NULL};
    jet_err err = remember_closed(recovery, database);
    if (err < JET_errSuccess)
        return err;
    if (database->state == REDO_ATTACHED) {
        err = redo_missing_check(&database->missing);
        if (err == JET_errSuccess)
            err = database_flush(database->db);
        if (err == JET_errSuccess)
            err = redo_shrink_file(database);
        if (err == JET_errSuccess)
            err = database_header_update(database->db, set_clean, &clean);
        if (err < JET_errSuccess)
            return err;
    }
    if (database->state == REDO_CREATING) /* a recovery came between, which removed it */
        return attach_remove_half_made(recovery, database);
    attach_drop(recovery, database);
    return JET_errSuccess;
}

/* An old engine logged no ShutDownMark; the end of its run is as good. */
jet_err redo_run_end(struct recovery *recovery)
{
    const uint64_t lgpos = recovery->shut_down_mark ? recovery->shut_down_mark : recovery->record.lgpos;
    redo_macros_forget(recovery);
    transaction_redo_forget(recovery->engine);
    for (unsigned dbid = ENGINE_DBID_FIRST; dbid < ENGINE_DATABASES; dbid++) {
        jet_err err = redo_close_clean(recovery, &recovery->databases[dbid], lgpos);
        if (err < JET_errSuccess)
            return err;
    }
    return JET_errSuccess;
}

static jet_err redo_detach(struct recovery *recovery)
{
    struct logrec_detach_db detach;
    jet_err err = logrec_detach_db_decode(recovery->record.bytes, recovery->record.size, &detach);
    if (err < JET_errSuccess)
        return err;
    if (detach.dbid < ENGINE_DBID_FIRST || detach.dbid >= ENGINE_DATABASES)
        return JET_errLogCorrupted;
    return redo_close_clean(recovery, &recovery->databases[detach.dbid], recovery->record.lgpos);
}

/* ---- the beginning ---- */

static jet_err redo_create(struct recovery *recovery)
{
    struct logrec_create_db create;
    jet_err err = logrec_create_db_decode(recovery->record.bytes, recovery->record.size, &create);
    return err < JET_errSuccess ? err : attach_create(recovery, &create);
}

static jet_err redo_attach(struct recovery *recovery)
{
    struct logrec_attach_db attach;
    jet_err err = logrec_attach_db_decode(recovery->record.bytes, recovery->record.size, &attach);
    return err < JET_errSuccess ? err : attach_record(recovery, &attach);
}

struct finish {
    const struct recovery *recovery;
    const struct redo_database *database;
};

static void set_created(struct dbheader_disk *header, void *context)
{
    const struct finish *finish = context;
    const struct dbheader_attach attach = {
        .lgpos = finish->database->attach,
        .now = log_time_now(),
        .log_signature = &finish->recovery->startup.resume.signature,
        .dbid = finish->database->dbid,
    };
    dbheader_set_created(header, &attach);
    dbheader_set_recovering(header, finish->recovery->generation);
}

static jet_err redo_create_finish(struct recovery *recovery)
{
    struct logrec_create_db_finish finish;
    jet_err err = logrec_create_db_finish_decode(recovery->record.bytes, recovery->record.size, &finish);
    if (err < JET_errSuccess)
        return err;
    struct redo_database *database = attach_find(recovery, finish.dbid);
    if (!database || database->state != REDO_CREATING)
        return JET_errSuccess; /* it was finished before the crash, or is not wanted */
    struct finish change = {.recovery = recovery, .database = database};
    database->state = REDO_ATTACHED;
    return database_header_update(database->db, set_created, &change);
}

/* ---- changes of the file and its header ---- */

static jet_err redo_extend(struct recovery *recovery)
{
    struct logrec_extend_db extend;
    jet_err err = logrec_extend_db_decode(recovery->record.bytes, recovery->record.size, &extend);
    if (err < JET_errSuccess)
        return err;
    struct redo_database *database = attach_find(recovery, extend.dbid);
    if (!database)
        return JET_errSuccess;
    if (database->cut_to > 0 && extend.pgno_last > database->cut_to)
        database->cut_to = extend.pgno_last;
    return extend.pgno_last > database_last_page(database->db) ? database_extend(database->db, extend.pgno_last)
                                                               : JET_errSuccess;
}

/* Never further than a record says, although less may be owned: a cut of which only the space trees were changed has no
 * record, and a recovery that begins anew would miss the pages behind it. */
jet_err redo_shrink_file(struct redo_database *database)
{
    struct tree *root;
    pgno_t last = 0;
    if (database->cut_to == 0)
        return JET_errSuccess;
    jet_err err = tree_open(database->db, BTREE_DATABASE_FDP, BTREE_DATABASE_OBJID, &root);
    if (err < JET_errSuccess)
        return err;
    err = space_last_owned(root, &last);
    tree_close(root);
    if (last < database->cut_to)
        last = database->cut_to;
    if (err == JET_errSuccess && last < database_last_page(database->db))
        err = database_shrink(database->db, last);
    return err;
}

/* Pages that were cut off, or given back to the file system, are missing no more. The file is cut only when all is
 * replayed: it may be of a later time, when it was longer again, and pages behind the cut hold what no record makes
 * anew. */
static jet_err redo_shrink(struct recovery *recovery)
{
    struct logrec_shrink_db shrink;
    jet_err err = logrec_shrink_db_decode(recovery->record.bytes, recovery->record.size, &shrink);
    if (err < JET_errSuccess)
        return err;
    struct redo_database *database = attach_find(recovery, shrink.dbid);
    if (!database)
        return JET_errSuccess;
    if (shrink.type == LOGREC_TRIM_DB) {
        const pgno_t last =
            shrink.count_pages <= PGNO_MAX - shrink.pgno ? shrink.pgno + shrink.count_pages - 1 : PGNO_MAX;
        if (shrink.count_pages > 0)
            redo_missing_forget(&database->missing, shrink.pgno, last);
        return JET_errSuccess;
    }
    if (shrink.pgno == 0 || shrink.pgno > PGNO_MAX)
        return JET_errLogCorrupted;
    database_raise_dbtime(database->db, shrink.dbtime);
    redo_missing_forget(&database->missing, shrink.pgno + 1, PGNO_MAX);
    database->cut_to = shrink.pgno;
    return JET_errSuccess;
}

/* The version triple, only ever raised. */
static void raise_version(struct dbheader_disk *header, void *context)
{
    const struct logrec_set_db_version *wanted = context;
    const uint32_t major = le32_get(header->update_major), minor = le32_get(header->update_minor);
    if (wanted->update_major < major || (wanted->update_major == major && wanted->update_minor <= minor))
        return;
    header->update_major = le32_make(wanted->update_major);
    header->update_minor = le32_make(wanted->update_minor);
}

static jet_err redo_set_version(struct recovery *recovery)
{
    struct logrec_set_db_version version;
    struct dbheader_disk header;
    jet_err err = logrec_set_db_version_decode(recovery->record.bytes, recovery->record.size, &version);
    if (err < JET_errSuccess)
        return err;
    struct redo_database *database = attach_find(recovery, version.dbid);
    if (!database)
        return JET_errSuccess;
    if (version.version != DBHEADER_VERSION || version.update_major > DBHEADER_UPDATE_MAJOR_MAX)
        return JET_errInvalidDatabaseVersion;
    database_header_get(database->db, &header);
    const struct dbheader_disk before = header;
    raise_version(&header, &version);
    if (le32_get(before.update_major) == le32_get(header.update_major) &&
        le32_get(before.update_minor) == le32_get(header.update_minor))
        return JET_errSuccess;
    return database_header_update(database->db, raise_version, &version);
}

/* ReAttach concerns fields of the header that tell when, and nothing else. */
jet_err redo_database_record(struct recovery *recovery)
{
    switch (recovery->record.bytes[0]) {
    case LOGREC_CREATE_DB: return redo_create(recovery);
    case LOGREC_CREATE_DB_FINISH: return redo_create_finish(recovery);
    case LOGREC_ATTACH_DB: return redo_attach(recovery);
    case LOGREC_DETACH_DB: return redo_detach(recovery);
    case LOGREC_EXTEND_DB: return redo_extend(recovery);
    case LOGREC_SHRINK_DB:
    case LOGREC_SHRINK_DB2:
    case LOGREC_SHRINK_DB3:
    case LOGREC_TRIM_DB: return redo_shrink(recovery);
    case LOGREC_SET_DB_VERSION: return redo_set_version(recovery);
    default: return JET_errSuccess;
    }
}
