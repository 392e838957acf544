/* SPDX-License-Identifier: MIT */
#include "jet/database_open.h"

#include <stdlib.h>
#include <string.h>

#include "btree/space.h"
#include "btree/tree.h"
#include "isam/engine_database.h"
#include "isam/session.h"
#include "isam/text_order_check.h"
#include "jet/database_info.h"
#include "jet/instance_config.h"
#include "jet/jet_session.h"
#include "os/os_file.h"

jet_err database_enter_named(JET_SESID sesid, const char *path, struct jet_session **ret_session, char **ret_absolute)
{
    if (!path || path[0] == '\0')
        return JET_errDatabaseInvalidPath;
    char *absolute;
    jet_err err = os_path_absolute(path, &absolute);
    if (err < JET_errSuccess)
        return err;
    err = jet_session_enter(sesid, ret_session);
    if (err < JET_errSuccess) {
        free(absolute);
        return err;
    }
    *ret_absolute = absolute;
    return JET_errSuccess;
}

static jet_err makes_folders(const struct jet_session *session, bool *ret_makes)
{
    uintptr_t value = 0;
    jet_err err = jet_session_param(session, JET_paramCreatePathIfNotExist, &value);
    *ret_makes = value != 0;
    return err;
}

/* With JET_paramOneDatabasePerSession a session has one database open at most. */
static jet_err check_one_database(const struct jet_session *session)
{
    if (!session->instance->engine->config.one_database_per_session)
        return JET_errSuccess;
    for (unsigned dbid = ENGINE_DBID_FIRST; dbid < ENGINE_DATABASES; dbid++)
        if (session->opened[dbid].count > 0)
            return JET_errOneDatabasePerSession;
    return JET_errSuccess;
}

/* A file that cannot be had may belong to another instance of this process: that has an error of its own. */
static jet_err whose_file(struct jet_session *session, const char *absolute, jet_err err)
{
    struct process *process;
    bool is_ours = false;
    if ((err != JET_errFileAccessDenied && err != JET_errDatabaseDuplicate && err != JET_errFileAlreadyExists) ||
        process_lock(&process) < JET_errSuccess)
        return err;
    for (struct instance *other = process->instances; other && !is_ours; other = other->next)
        is_ours = other != session->instance && atomic_load(&other->state) == INSTANCE_RUNNING &&
                  engine_database_is_attached(other->engine, absolute);
    process_unlock(process);
    return is_ours ? JET_errDatabaseSharingViolation : err;
}

jet_err database_create_named(JET_SESID sesid, const char *path, uint32_t pages_max, JET_GRBIT grbit,
                              JET_DBID *ret_dbid)
{
    /* What recovery, versions and the shadow catalogue are switched off for is speed; they stay on. */
    const JET_GRBIT known = JET_bitDbOverwriteExisting | JET_bitDbRecoveryOff | JET_bitDbVersioningOff |
                            JET_bitDbShadowingOff | JET_bitDbEnableBackgroundMaintenance;
    struct jet_session *session;
    char *absolute;
    bool make_folder = false;
    unsigned dbid = 0;
    if (!ret_dbid)
        return JET_errInvalidParameter;
    if ((grbit & ~known) != 0)
        return JET_errInvalidGrbit;
    jet_err err = database_enter_named(sesid, path, &session, &absolute);
    if (err < JET_errSuccess)
        return err;
    err = check_one_database(session);
    if (err >= JET_errSuccess)
        err = makes_folders(session, &make_folder);
    if (err >= JET_errSuccess && make_folder)
        err = instance_make_folder_of(absolute);
    if (err >= JET_errSuccess) {
        const struct engine_database_new options = {
            .path = absolute,
            .overwrite = (grbit & JET_bitDbOverwriteExisting) != 0,
            .pages_max = pages_max,
        };
        err = engine_database_create(session->session, &options, &dbid);
    }
    if (err >= JET_errSuccess) {
        session->opened[dbid].count++;
        session->opened[dbid].is_read_only = false;
        *ret_dbid = dbid;
    }
    err = whose_file(session, absolute, err);
    jet_session_leave(session);
    free(absolute);
    return err == JET_errFileAlreadyExists ? JET_errDatabaseDuplicate : err;
}

/* Values of JET_paramEnableIndexChecking, which esent.h has no names for. */
enum { INDEX_CHECKING_AT_ATTACH = 1 };

static bool checks_orders(const struct jet_session *session, JET_GRBIT grbit)
{
    const struct param_set *params = &session->instance->params;
    if ((grbit & JET_bitDbReadOnly) != 0)
        return false;
    return (grbit & (JET_bitDbDeleteCorruptIndexes | JET_bitDbDeleteUnicodeIndexes)) != 0 ||
           param_number(params, JET_paramEnableIndexCleanup) != 0 ||
           param_number(params, JET_paramEnableIndexChecking) == INDEX_CHECKING_AT_ATTACH;
}

/* Indexes over text that are of no use here are an error of the attach, unless they are to be deleted. */
static jet_err check_orders(struct jet_session *session, const char *absolute, JET_GRBIT grbit)
{
    const struct engine_database_open_options how = {.is_read_only = false};
    const unsigned flags = ((grbit & JET_bitDbDeleteCorruptIndexes) != 0 ? (unsigned)TEXT_ORDER_DELETE_OTHERS : 0u) |
                           ((grbit & JET_bitDbDeleteUnicodeIndexes) != 0 ? (unsigned)TEXT_ORDER_DELETE_ALL : 0u);
    unsigned dbid = 0;
    jet_err err = engine_database_open(session->session, absolute, &how, &dbid);
    if (err < JET_errSuccess)
        return err;
    err = text_order_check_database(session->session, dbid, flags);
    engine_database_close(session->session, dbid);
    if (err < JET_errSuccess)
        jet_err_ignore(engine_database_detach(session->session, absolute)); /* the first error counts */
    return err;
}

jet_err database_attach_named(JET_SESID sesid, const char *path, uint32_t pages_max, JET_GRBIT grbit)
{
    const JET_GRBIT known = JET_bitDbReadOnly | JET_bitDbDeleteCorruptIndexes | JET_bitDbDeleteUnicodeIndexes |
                            JET_bitDbUpgrade | JET_bitDbEnableBackgroundMaintenance | JET_bitDbPurgeCacheOnAttach |
                            JET_bitDbExclusive;
    struct jet_session *session;
    char *absolute;
    if ((grbit & ~known) != 0 || ((grbit & JET_bitDbReadOnly) != 0 && (grbit & JET_bitDbDeleteUnicodeIndexes) != 0))
        return JET_errInvalidGrbit;
    jet_err err = database_enter_named(sesid, path, &session, &absolute);
    if (err < JET_errSuccess)
        return err;
    err = engine_database_attach(session->session, absolute, (grbit & JET_bitDbReadOnly) != 0, pages_max);
    if (err == JET_errSuccess && checks_orders(session, grbit))
        err = check_orders(session, absolute, grbit);
    err = whose_file(session, absolute, err);
    jet_session_leave(session);
    free(absolute);
    return err;
}

jet_err database_detach_named(JET_SESID sesid, const char *path, JET_GRBIT grbit)
{
    struct jet_session *session;
    char *absolute = NULL;
    jet_err err;
    if (grbit != JET_bitNil)
        return (grbit & ~(JET_GRBIT)JET_bitForceCloseAndDetach) != 0 ? JET_errInvalidGrbit
                                                                     : JET_errForceDetachNotAllowed;
    if (path && path[0] != '\0')
        err = database_enter_named(sesid, path, &session, &absolute);
    else
        err = jet_session_enter(sesid, &session);
    if (err < JET_errSuccess)
        return err;
    err = engine_database_detach(session->session, absolute);
    jet_session_leave(session);
    free(absolute);
    return err;
}

jet_err database_open_named(JET_SESID sesid, const char *path, JET_GRBIT grbit, JET_DBID *ret_dbid)
{
    struct jet_session *session;
    char *absolute;
    unsigned dbid = 0;
    const struct engine_database_open_options how = {
        .is_read_only = (grbit & JET_bitDbReadOnly) != 0,
        .is_exclusive = (grbit & JET_bitDbExclusive) != 0,
    };
    if (!ret_dbid)
        return JET_errInvalidParameter;
    if ((grbit & ~(JET_GRBIT)(JET_bitDbReadOnly | JET_bitDbExclusive)) != 0)
        return JET_errInvalidGrbit;
    jet_err err = database_enter_named(sesid, path, &session, &absolute);
    if (err < JET_errSuccess)
        return err;
    err = check_one_database(session);
    if (err >= JET_errSuccess)
        err = engine_database_open(session->session, absolute, &how, &dbid);
    if (err >= JET_errSuccess) {
        session->opened[dbid].count++;
        session->opened[dbid].is_read_only = how.is_read_only;
        *ret_dbid = dbid;
    }
    jet_session_leave(session);
    free(absolute);
    return err;
}

jet_err database_grow_named(JET_SESID sesid, const char *path, uint32_t pages, uint32_t *ret_pages)
{
    struct jet_session *session;
    char *absolute;
    const struct engine_database_open_options how = {.is_read_only = false};
    unsigned dbid = 0;
    pgno_t now = 0;
    jet_err err = database_enter_named(sesid, path, &session, &absolute);
    if (err < JET_errSuccess)
        return err;
    err = engine_database_open(session->session, absolute, &how, &dbid);
    const bool attaches = err == JET_errDatabaseNotFound;
    if (attaches)
        err = engine_database_attach(session->session, absolute, false, 0);
    if (attaches && err >= JET_errSuccess)
        err = engine_database_open(session->session, absolute, &how, &dbid);
    if (err >= JET_errSuccess) {
        err = engine_database_grow(session->session, dbid, pages, &now);
        engine_database_close(session->session, dbid);
    }
    if (attaches && err >= JET_errSuccess)
        err = engine_database_detach(session->session, absolute);
    err = whose_file(session, absolute, err);
    jet_session_leave(session);
    free(absolute);
    if (err >= JET_errSuccess && ret_pages)
        *ret_pages = now;
    return err;
}

static jet_err space_level(struct database *db, bool of_free, void *result, uint32_t size)
{
    struct tree *root;
    struct space_usage usage;
    jet_err err = tree_open(db, BTREE_DATABASE_FDP, BTREE_DATABASE_OBJID, &root);
    if (err < JET_errSuccess)
        return err;
    err = space_usage(root, &usage);
    tree_close(root);
    if (err < JET_errSuccess)
        return err;
    return info_number32((uint32_t)(of_free ? usage.available : usage.owned), result, size);
}

static jet_err header_level(struct database *db, uint32_t level, void *result, uint32_t size)
{
    struct dbheader_disk header;
    database_header_get(db, &header);
    if (level == JET_DbInfoVersion)
        return info_number32(le32_get(header.version), result, size);
    return result ? database_info_misc(&header, result, size) : JET_errInvalidParameter;
}

static jet_err level_get(struct database *db, uint32_t level, void *result, uint32_t size)
{
    switch (level) {
    case JET_DbInfoLCID:
        return info_number32(1033, result, size); /* databases have had no language of their own for long */
    case JET_DbInfoCountry: return info_number32(1, result, size);
    case JET_DbInfoCp: return info_number32(1252, result, size);
    case JET_DbInfoOptions:
    case JET_DbInfoCollate:
    case JET_DbInfoIsam: return info_number32(0, result, size);
    case JET_DbInfoTransactions: return info_number32(7, result, size);
    case JET_DbInfoFilesize: return info_number32(database_last_page(db) + PAGES_OF_HEADERS, result, size);
    case JET_DbInfoFilesizeOnDisk: return info_number32(database_last_page(db) + PAGES_OF_HEADERS, result, size);
    case JET_DbInfoPageSize: return info_number32(db->page_size, result, size);
    case JET_DbInfoFileType: return info_number32(JET_filetypeDatabase, result, size);
    case JET_DbInfoSpaceOwned: return space_level(db, false, result, size);
    case JET_DbInfoSpaceAvailable: return space_level(db, true, result, size);
    case JET_DbInfoVersion:
    case JET_DbInfoMisc: return header_level(db, level, result, size);
    default: return JET_errInvalidParameter;
    }
}

static char *text_copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

jet_err database_info_get(JET_SESID sesid, JET_DBID dbid, uint32_t level, void *result, uint32_t size, char **ret_text)
{
    struct jet_session *session;
    char *text = NULL;
    jet_err err = jet_session_enter_database(sesid, dbid, &session);
    if (err < JET_errSuccess)
        return err;
    struct database *db = session->instance->engine->databases[dbid].db;
    if (level == JET_DbInfoFilename || level == JET_DbInfoConnect) {
        text = text_copy(level == JET_DbInfoFilename ? db->path : "");
        err = text ? JET_errSuccess : JET_errOutOfMemory;
    } else {
        err = level_get(db, level, result, size);
    }
    if (err >= JET_errSuccess)
        *ret_text = text;
    jet_session_leave(session);
    return err;
}
