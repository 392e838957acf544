/* SPDX-License-Identifier: MIT */
/* attach.c - is the file under this name the database that the log means, and does it want these records?
 *
 * Redo meets a database in the attachment list of where it starts, in an AttachDB, or in a CreateDB record. Each names
 * a signature, the position of the attach, and the last consistent point before it. The header of the file answers:
 *
 *      no file, other signature, not accessible        deferred: an error at the end, unless it is detached before
 *      dirty, attached by this very record             attach; its required logs must reach back to here
 *      dirty, attached further on; or clean, and       skip it: everything up to there is in the file
 *          consistent at a point behind this record
 *      clean, consistent at the point that this        attach
 *          record names
 *      anything older                                  an old copy of the file: JET_errConsistentTimeMismatch
 *
 * Positions are compared only between headers and logs of one stream.
 */
#include <stdlib.h>
#include <string.h>

#include "format/dbheader_state.h"
#include "isam/version.h"
#include "log/log_time.h"
#include "os/os_file.h"
#include "recovery/attachments.h"
#include "recovery/backup_copy.h"
#include "recovery/recovery_internal.h"
#include "storage/double_write.h"

/* What the log says of an attach. */
struct claim {
    uint8_t dbid;
    struct lgpos attach, consistent;
    struct signature_disk signature;
    struct signature_disk log_signature; /* in the header before the attach */
    bool is_record;                      /* AttachDB: `log_signature` means something */
    uint64_t dbtime;
    uint32_t objid_last;
};

/* ---- names ---- */

/* What the map says; NULL: it is not wanted. */
static const char *mapped(const struct recovery_options *options, const char *log_path)
{
    for (size_t i = 0; i < options->map_count; i++)
        if (strcmp(options->maps[i].path, log_path) == 0)
            return options->maps[i].new_path;
    return options->map_count == 0 || (options->flags & RECOVERY_MISSING_MAP_ENTRY_DB) ? log_path : NULL;
}

/* Where the database is now, if it is wanted. */
static jet_err map_path(const struct recovery *recovery, const char *log_path, bool *ret_is_wanted,
                        const char **ret_path)
{
    const struct recovery_options *options = recovery->options;
    const char *path = NULL;
    jet_err err = JET_errSuccess;
    if (options->place)
        err = options->place(options->context, log_path, &path);
    else
        path = mapped(options, log_path);
    *ret_is_wanted = path != NULL;
    *ret_path = log_path;
    if (path)
        *ret_path = path;
    return err;
}

static char *copy_text(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (copy)
        memcpy(copy, text, size);
    return copy;
}

/* ---- entries ---- */

void attach_drop(struct recovery *recovery, struct redo_database *database)
{
    if (database->db)
        version_forget_tree(recovery->engine, database->db, 0);
    if (database->db && engine_database_take_out(recovery->engine, database->dbid) == JET_errSuccess)
        database_close(database->db);
    redo_missing_done(&database->missing);
    free(database->path);
    *database = (struct redo_database){.state = REDO_NONE};
}

struct redo_database *attach_find(struct recovery *recovery, unsigned dbid)
{
    if (dbid < ENGINE_DBID_FIRST || dbid >= ENGINE_DATABASES)
        return NULL;
    struct redo_database *database = &recovery->databases[dbid];
    return database->state == REDO_ATTACHED || database->state == REDO_CREATING ? database : NULL;
}

static void defer(struct redo_database *database, jet_err why)
{
    database->state = REDO_DEFERRED;
    database->why = why;
}

/* The number is used again, and nobody detached the database that has it: its attach was logged and failed. Nothing of
 * it was changed, and its header was not, or will not be by the next record that attaches it. */
static jet_err take_back(struct recovery *recovery, struct redo_database *database)
{
    if (database->state != REDO_ATTACHED)
        return JET_errSuccess;
    return redo_close_clean(recovery, database, lgpos_pack(database->consistent));
}

/* A fresh entry for a number, whatever was under it. */
static jet_err entry_begin(struct recovery *recovery, const struct claim *claim, const char *log_path,
                           struct redo_database **ret_database)
{
    const char *path;
    bool is_wanted;
    if (claim->dbid < ENGINE_DBID_FIRST || claim->dbid >= ENGINE_DATABASES)
        return JET_errLogCorrupted;
    struct redo_database *database = &recovery->databases[claim->dbid];
    jet_err err = take_back(recovery, database);
    if (err < JET_errSuccess)
        return err;
    attach_drop(recovery, database); /* before the file is replaced */
    err = map_path(recovery, log_path, &is_wanted, &path);
    if (err < JET_errSuccess)
        return err;
    *database = (struct redo_database){
        .state = is_wanted ? REDO_NONE : REDO_IGNORED,
        .dbid = claim->dbid,
        .path = copy_text(path),
        .attach = claim->attach,
        .consistent = claim->consistent,
        .signature = claim->signature,
        .dbtime = claim->dbtime,
        .objid_last = claim->objid_last,
    };
    *ret_database = database;
    return database->path ? JET_errSuccess : JET_errOutOfMemory;
}

/* ---- judging ---- */

enum verdict {
    VERDICT_ATTACH,
    VERDICT_FUTURE,
    VERDICT_DEFER, /* with JET_errAttachedDatabaseMismatch */
    VERDICT_FAIL,
};

static enum verdict judge_dirty(const struct recovery *recovery, const struct dbheader_disk *header,
                                const struct claim *claim, jet_err *ret_err)
{
    const int order = lgpos_compare(lgpos_get(header->lgpos_attach), claim->attach);
    if (order > 0)
        return VERDICT_FUTURE;
    if (order < 0) {
        *ret_err = JET_errConsistentTimeMismatch;
        return VERDICT_FAIL;
    }
    if (le32_get(header->generation_min_required) < recovery->first_generation) {
        *ret_err = JET_errRequiredLogFilesMissing;
        return VERDICT_FAIL;
    }
    return VERDICT_ATTACH;
}

static enum verdict judge_clean(const struct dbheader_disk *header, const struct claim *claim, jet_err *ret_err)
{
    const struct lgpos consistent = lgpos_get(header->lgpos_consistent);
    if (lgpos_compare(consistent, claim->consistent) == 0)
        return VERDICT_ATTACH;
    if (lgpos_compare(consistent, claim->attach) > 0)
        return VERDICT_FUTURE;
    *ret_err = JET_errConsistentTimeMismatch;
    return VERDICT_FAIL;
}

/* The file belongs, or belonged, to another stream. */
static enum verdict judge_foreign(const struct dbheader_disk *header, const struct claim *claim)
{
    if (claim->is_record && le32_get(header->state) == DBHEADER_CLEAN &&
        signature_equal(&header->log_signature, &claim->log_signature) &&
        lgpos_compare(lgpos_get(header->lgpos_consistent), claim->consistent) == 0)
        return VERDICT_ATTACH;
    return VERDICT_DEFER;
}

static jet_err check_state(const struct dbheader_disk *header)
{
    switch (le32_get(header->state)) {
    case DBHEADER_RESEED: return JET_errDatabaseIncompleteIncrementalReseed;
    case DBHEADER_REVERT: return JET_errDatabaseIncompleteRevert;
    case DBHEADER_BEING_CONVERTED: return JET_errDatabaseIncompleteUpgrade;
    default: break;
    }
    return backup_copy_is_unpatched(header) ? JET_errSoftRecoveryOnBackupDatabase : JET_errSuccess;
}

static enum verdict judge(const struct recovery *recovery, const struct dbheader_disk *header,
                          const struct claim *claim, jet_err *ret_err)
{
    *ret_err = check_state(header);
    if (*ret_err < JET_errSuccess)
        return VERDICT_FAIL;
    if (!signature_equal(&header->signature, &claim->signature) || le32_get(header->state) == DBHEADER_JUST_CREATED)
        return VERDICT_DEFER;
    if (!signature_equal(&header->log_signature, &recovery->startup.resume.signature))
        return judge_foreign(header, claim);
    if (le32_get(header->state) == DBHEADER_CLEAN)
        return judge_clean(header, claim, ret_err);
    return judge_dirty(recovery, header, claim, ret_err);
}

/* ---- attaching ---- */

struct attach_change {
    const struct recovery *recovery;
    const struct claim *claim;
};

static void attach_change(struct dbheader_disk *header, void *context)
{
    const struct attach_change *change = context;
    const struct recovery *recovery = change->recovery;
    struct dbheader_attach attach = {
        .lgpos = change->claim->attach,
        .now = log_time_now(),
        .log_signature = &recovery->startup.resume.signature,
        .dbid = change->claim->dbid,
    };
    if (change->claim->attach.generation == recovery->generation)
        attach.generation_created = log_reader_header(recovery->reader)->created;
    if (le32_get(header->state) == DBHEADER_CLEAN)
        dbheader_set_attached(header, &attach, NULL);
    dbheader_set_recovering(header, recovery->generation);
}

static uint64_t end_of_log(const struct recovery *recovery)
{
    const struct log_resume *resume = &recovery->startup.resume;
    return lgpos_pack((struct lgpos){.generation = resume->generation, .isec = resume->isec});
}

static jet_err take(struct recovery *recovery, struct redo_database *database, const struct claim *claim,
                    struct database *db, const struct dbheader_disk *header)
{
    struct attach_change change = {.recovery = recovery, .claim = claim};
    struct double_write *double_write = cache_double_write(recovery->engine->cache);
    const bool is_dirty = le32_get(header->state) != DBHEADER_CLEAN;
    database->max_required = is_dirty ? le32_get(header->generation_max_required) : 0;
    database->max_committed = is_dirty ? le32_get(header->generation_max_committed) : 0;
    database->max_committed_created = header->logtime_generation_max;
    jet_err err = double_write ? double_write_restore(double_write, db, end_of_log(recovery), NULL) : JET_errSuccess;
    if (err == JET_errSuccess)
        err = database_header_update(db, attach_change, &change);
    if (err < JET_errSuccess)
        return err;
    if (claim->dbtime > 0)
        database_raise_dbtime(db, claim->dbtime);
    database_raise_objid(db, claim->objid_last);
    engine_database_put(recovery->engine, database->dbid, db);
    database->db = db;
    database->state = REDO_ATTACHED;
    return JET_errSuccess;
}

/* What of opening a file is for the end of recovery to complain about. */
static bool is_deferrable(jet_err err)
{
    return err == JET_errFileNotFound || err == JET_errInvalidPath || err == JET_errFileAccessDenied;
}

static jet_err open_entry(const struct recovery *recovery, const struct redo_database *database,
                          struct database **ret_db)
{
    const struct database_open_options options = {.path = database->path, .dbid = database->dbid, .is_logged = true};
    return database_open(recovery->engine->cache, &options, ret_db);
}

/* A copy of a backup, if recovery may take it: what its trailer says goes into its header. */
static jet_err open_and_patch(const struct recovery *recovery, const struct redo_database *database,
                              struct database **ret_db)
{
    const struct backup_copy_terms terms = {
        .page_size = recovery->engine->config.page_size,
        .log_signature = recovery->startup.resume.signature,
    };
    struct dbheader_disk header;
    jet_err err = open_entry(recovery, database, ret_db);
    if (err < JET_errSuccess || !(recovery->options->flags & RECOVERY_ALLOW_BACKUP_DB))
        return err;
    database_header_get(*ret_db, &header);
    if (!backup_copy_is_unpatched(&header))
        return err;
    database_close(*ret_db);
    err = backup_copy_patch(database->path, &terms);
    return err == JET_errSuccess ? open_entry(recovery, database, ret_db) : err;
}

static jet_err settle(struct recovery *recovery, struct redo_database *database, const struct claim *claim)
{
    struct dbheader_disk header;
    struct database *db;
    jet_err err = open_and_patch(recovery, database, &db);
    if (is_deferrable(err)) {
        defer(database, err);
        return JET_errSuccess;
    }
    if (err < JET_errSuccess)
        return err;
    database_header_get(db, &header);
    switch (judge(recovery, &header, claim, &err)) {
    case VERDICT_ATTACH: err = take(recovery, database, claim, db, &header); break;
    case VERDICT_FUTURE: database->state = REDO_FUTURE; break;
    case VERDICT_DEFER: defer(database, JET_errAttachedDatabaseMismatch); break;
    case VERDICT_FAIL: break;
    }
    if (!database->db)
        database_close(db);
    return err;
}

static jet_err attach(struct recovery *recovery, const struct claim *claim, const uint8_t *name, size_t name_size,
                      bool is_utf16)
{
    struct redo_database *database;
    char *log_path;
    jet_err err = attachment_path(name, name_size, is_utf16, &log_path);
    if (err < JET_errSuccess)
        return err;
    err = entry_begin(recovery, claim, log_path, &database);
    free(log_path);
    if (err < JET_errSuccess || database->state == REDO_IGNORED)
        return err;
    return settle(recovery, database, claim);
}

/* An entry that was attached behind the start: its record will come. */
static jet_err attach_entry(struct recovery *recovery, const struct attachlist_entry *entry)
{
    const struct claim claim = {
        .dbid = entry->fixed->dbid,
        .attach = lgpos_get(entry->fixed->lgpos_attach),
        .consistent = lgpos_get(entry->fixed->lgpos_consistent),
        .signature = entry->fixed->signature,
        .dbtime = le64_get(entry->fixed->dbtime),
        .objid_last = le32_get(entry->fixed->objid_last),
    };
    if (lgpos_pack(claim.attach) >= recovery->startup.start)
        return JET_errSuccess;
    return attach(recovery, &claim, entry->name, entry->name_size, entry->name_is_utf16);
}

jet_err attach_list(struct recovery *recovery, const uint8_t list[ATTACHLIST_SIZE])
{
    struct attachlist_walk walk;
    struct attachlist_entry entry;
    attachlist_begin(list, JET_errLogFileCorrupt, &walk);
    for (;;) {
        jet_err err = attachlist_next(&walk, &entry);
        if (err < JET_errSuccess || !entry.fixed)
            return err;
        err = attach_entry(recovery, &entry);
        if (err < JET_errSuccess)
            return err;
    }
}

static size_t without_nul(const struct logrec_span *path, bool is_utf16)
{
    return path->size - (is_utf16 ? 2 : 1);
}

jet_err attach_record(struct recovery *recovery, const struct logrec_attach_db *record)
{
    const struct claim claim = {
        .dbid = record->dbid,
        .attach = lgpos_unpack(recovery->record.lgpos),
        .consistent = record->consistent,
        .signature = record->signature,
        .log_signature = record->log_signature,
        .is_record = true,
    };
    return attach(recovery, &claim, record->path.bytes, without_nul(&record->path, record->path_is_utf16),
                  record->path_is_utf16);
}

/* ---- creating ---- */

static jet_err create_anew(struct recovery *recovery, struct redo_database *database)
{
    enum { PAGES_FIRST = 3 }; /* the rest comes with ExtendDB, or as pages are made */
    const struct database_new options = {
        .path = database->path,
        .dbid = database->dbid,
        .pages = PAGES_FIRST,
        .overwrite = true,
        .signature = &database->signature,
        .log_signature = &recovery->startup.resume.signature,
        .generation = recovery->generation,
    };
    jet_err err = database_create(recovery->engine->cache, &options, &database->db);
    if (err < JET_errSuccess)
        return err;
    engine_database_put(recovery->engine, database->dbid, database->db);
    database->state = REDO_CREATING;
    return JET_errSuccess;
}

static bool was_closed(const struct recovery *recovery, const struct signature_disk *signature)
{
    bool was = false;
    for (size_t i = 0; i < recovery->closed_count && !was; i++)
        was = signature_equal(&recovery->closed[i], signature);
    return was;
}

/* Whether the file under the name may be replaced by the database that is created: where there was none, or where redo
 * itself has put one back that was deleted before. */
static bool may_replace(const struct recovery *recovery, const struct logrec_create_db *record, jet_err open_err,
                        const struct dbheader_disk *header)
{
    enum { CREATE_OVERWRITE = 0x200 }; /* JET_bitDbOverwriteExisting */
    if (open_err == JET_errFileNotFound || (record->options & CREATE_OVERWRITE))
        return true;
    if (open_err < JET_errSuccess) /* cut off while its first header was written */
        return open_err == JET_errReadVerifyFailure || open_err == JET_errDatabaseCorrupted;
    return signature_equal(&header->signature, &record->signature) || was_closed(recovery, &header->signature);
}

static jet_err create_or_take(struct recovery *recovery, struct redo_database *database, const struct claim *claim,
                              const struct logrec_create_db *record)
{
    struct dbheader_disk header = {0};
    struct database *db = NULL;
    jet_err open_err = open_entry(recovery, database, &db);
    if (open_err == JET_errSuccess)
        database_header_get(db, &header);
    const bool is_finished = open_err == JET_errSuccess && le32_get(header.state) != DBHEADER_JUST_CREATED &&
                             signature_equal(&header.signature, &record->signature);
    database_close(db);
    if (is_finished)
        return settle(recovery, database, claim);
    if (!may_replace(recovery, record, open_err, &header)) {
        defer(database, open_err < JET_errSuccess ? open_err : JET_errAttachedDatabaseMismatch);
        return JET_errSuccess;
    }
    return create_anew(recovery, database);
}

jet_err attach_create(struct recovery *recovery, const struct logrec_create_db *record)
{
    const struct claim claim = {
        .dbid = record->dbid,
        .attach = lgpos_unpack(recovery->record.lgpos),
        .signature = record->signature,
    };
    struct redo_database *database;
    char *log_path;
    if (record->scheme != LOGREC_CREATE_DB_SCHEME)
        return JET_errBadLogVersion; /* the first pages are not in the log */
    jet_err err = attachment_path(record->path.bytes, without_nul(&record->path, record->path_is_utf16),
                                  record->path_is_utf16, &log_path);
    if (err < JET_errSuccess)
        return err;
    err = entry_begin(recovery, &claim, log_path, &database);
    free(log_path);
    if (err < JET_errSuccess || database->state == REDO_IGNORED)
        return err;
    return create_or_take(recovery, database, &claim, record);
}

jet_err attach_remove_half_made(struct recovery *recovery, struct redo_database *database)
{
    char *path = database->path;
    database->path = NULL;
    attach_drop(recovery, database);
    jet_err err = database_remove(path);
    free(path);
    return err;
}
