/* SPDX-License-Identifier: MIT */
/* engine_database.c - the slots of attached databases: looked for, opened, closed, grown. */
#include "isam/engine_database.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "btree/space.h"
#include "format/attachlist.h"
#include "isam/engine_database_internal.h"
#include "isam/session.h"
#include "isam/transaction.h"
#include "os/os_file.h"
#include "os/os_word.h"

/* ---- slots ---- */

static unsigned find_locked(const struct engine *engine, const char *absolute)
{
    for (unsigned dbid = ENGINE_DBID_FIRST; dbid < ENGINE_DATABASES; dbid++)
        if (engine->databases[dbid].db && strcmp(engine->databases[dbid].db->path, absolute) == 0)
            return dbid;
    return 0;
}

unsigned engine_database_find(struct engine *engine, const char *absolute)
{
    os_mutex_lock(engine->databases_lock);
    const unsigned dbid = find_locked(engine, absolute);
    os_mutex_unlock(engine->databases_lock);
    return dbid;
}

bool engine_database_is_attached(struct engine *engine, const char *absolute)
{
    return engine_database_find(engine, absolute) != 0;
}

/* What an entry of the attachment list takes at most. */
static size_t entry_size(const char *path)
{
    return sizeof(struct attachlist_entry_disk) + 2 * (strlen(path) + 1);
}

jet_err engine_database_slot(struct engine *engine, const char *absolute, unsigned *ret_dbid)
{
    size_t size = entry_size(absolute) + 1;
    unsigned slot = 0;

    os_mutex_lock(engine->databases_lock);
    for (unsigned dbid = ENGINE_DATABASES; dbid-- > ENGINE_DBID_FIRST;) {
        if (engine->databases[dbid].db)
            size += entry_size(engine->databases[dbid].db->path);
        else
            slot = dbid;
    }
    os_mutex_unlock(engine->databases_lock);
    if (slot == 0 || size > ATTACHLIST_SIZE)
        return JET_errTooManyAttachedDatabases;
    *ret_dbid = slot;
    return JET_errSuccess;
}

/* ---- one at a time ---- */

void engine_attach_begin(struct engine *engine)
{
    os_mutex_lock(engine->attach_lock);
    while (atomic_load(&engine->attach_frozen)) {
        os_mutex_unlock(engine->attach_lock);
        os_word_wait(&engine->attach_frozen, 1, OS_WAIT_FOREVER);
        os_mutex_lock(engine->attach_lock);
    }
    atomic_fetch_add(&engine->attaching, 1);
}

void engine_attach_end(struct engine *engine)
{
    atomic_fetch_sub(&engine->attaching, 1);
    os_mutex_unlock(engine->attach_lock);
}

void engine_attach_freeze(struct engine *engine)
{
    os_mutex_lock(engine->attach_lock);
    atomic_store(&engine->attach_frozen, 1);
    os_mutex_unlock(engine->attach_lock);
}

void engine_attach_thaw(struct engine *engine)
{
    os_mutex_lock(engine->attach_lock);
    atomic_store(&engine->attach_frozen, 0);
    os_mutex_unlock(engine->attach_lock);
    os_word_wake_all(&engine->attach_frozen);
}

/* ---- open and close ---- */

static void open_count_locked(struct engine *engine, unsigned dbid)
{
    engine->databases[dbid].users++;
    engine->databases[dbid].opens++;
}

void engine_database_open_count(struct engine *engine, unsigned dbid)
{
    os_mutex_lock(engine->databases_lock);
    open_count_locked(engine, dbid);
    os_mutex_unlock(engine->databases_lock);
}

/* Who wants a database alone wants it before everybody else, himself included. */
static jet_err open_locked(struct session *session, unsigned dbid, bool is_exclusive)
{
    struct engine_database *slot = &session->engine->databases[dbid];

    if (slot->exclusive && slot->exclusive != session)
        return JET_errDatabaseLocked;
    if (is_exclusive && slot->opens > 0)
        return JET_errDatabaseInUse;
    if (is_exclusive)
        slot->exclusive = session;
    open_count_locked(session->engine, dbid);
    return JET_errSuccess;
}

jet_err engine_database_open(struct session *session, const char *path, const struct engine_database_open_options *how,
                             unsigned *ret_dbid)
{
    struct engine *engine = session->engine;
    char *absolute;
    bool wants_more = false;
    jet_err err = os_path_absolute(path, &absolute);

    if (err < JET_errSuccess)
        return err;
    os_mutex_lock(engine->attach_lock); /* not while it comes or goes */
    os_mutex_lock(engine->databases_lock);
    const unsigned dbid = find_locked(engine, absolute);
    err = dbid != 0 ? open_locked(session, dbid, how->is_exclusive) : JET_errDatabaseNotFound;
    if (err >= JET_errSuccess)
        wants_more = engine->databases[dbid].db->is_read_only && !how->is_read_only;
    os_mutex_unlock(engine->databases_lock);
    os_mutex_unlock(engine->attach_lock);
    free(absolute);
    if (err < JET_errSuccess)
        return err;
    *ret_dbid = dbid;
    return wants_more ? JET_wrnFileOpenReadOnly : JET_errSuccess;
}

static void open_uncount(struct session *session, unsigned dbid)
{
    struct engine *engine = session->engine;
    struct engine_database *slot = &engine->databases[dbid];

    os_mutex_lock(engine->databases_lock);
    assert(slot->opens > 0 && slot->users >= slot->opens);
    slot->opens--;
    slot->users--;
    if (slot->exclusive == session)
        slot->exclusive = NULL;
    os_mutex_unlock(engine->databases_lock);
}

static void close_committed(struct session *session, void *context)
{
    open_uncount(session, *(const unsigned *)context);
}

static jet_err close_rollback(struct session *session, void *context)
{
    open_uncount(session, *(const unsigned *)context);
    return JET_errSuccess;
}

static const struct transaction_action close_action = {
    .committed = close_committed,
    .rollback = close_rollback,
    .dispose = free,
};

/* The session's transaction may have changed it: it counts until that ends. */
static bool close_later(struct session *session, unsigned dbid)
{
    unsigned *context = session->level > 0 ? malloc(sizeof *context) : NULL;

    if (!context)
        return false;
    *context = dbid;
    if (transaction_on_end(session, &close_action, context) >= JET_errSuccess)
        return true;
    free(context);
    return false;
}

void engine_database_close(struct session *session, unsigned dbid)
{
    if (!close_later(session, dbid))
        open_uncount(session, dbid);
}

/* ---- backups ---- */

void engine_database_refuse(struct engine *engine, jet_err refusal)
{
    os_mutex_lock(engine->attach_lock);
    engine->attach_refusal = refusal;
    os_mutex_unlock(engine->attach_lock);
}

jet_err engine_database_each(struct engine *engine, jet_err (*visit)(struct database *db, void *context), void *context)
{
    os_mutex_lock(engine->attach_lock);
    jet_err err = engine_each_logged(engine, visit, context);
    os_mutex_unlock(engine->attach_lock);
    return err;
}

jet_err engine_database_last_owned(struct engine *engine, unsigned dbid, pgno_t *ret_pgno)
{
    return space_last_owned(engine->databases[dbid].schemas->root, ret_pgno);
}

/* ---- size ---- */

/* In a transaction of its own; space is never undone. */
static jet_err grow(struct session *own, struct database *db, struct tree *root, pgno_t pages)
{
    struct btree_actor actor;
    jet_err err = transaction_begin(own, false);

    if (err < JET_errSuccess)
        return err;
    err = transaction_actor(own, db, &actor);
    if (err >= JET_errSuccess)
        err = space_extend_database(root, &actor, pages);
    if (err >= JET_errSuccess)
        return transaction_commit(own, 0, NULL);
    jet_err_ignore(transaction_rollback(own, false)); /* the first error counts */
    return err;
}

jet_err engine_database_grow(struct session *session, unsigned dbid, pgno_t pages, pgno_t *ret_pages)
{
    struct engine *engine = session->engine;
    struct database *db = engine_database_hold(engine, dbid);
    struct session *own;
    jet_err err = JET_errSuccess;

    if (!db)
        return JET_errInvalidDatabaseId;
    if (pages > database_last_page(db)) {
        err = db->is_read_only ? JET_errDatabaseFileReadOnly : session_begin_system(engine, SESSION_PROCID_NONE, &own);
        if (err >= JET_errSuccess) {
            err = grow(own, db, engine->databases[dbid].schemas->root, pages);
            session_end(own);
        }
    }
    if (err >= JET_errSuccess)
        *ret_pages = database_last_page(db);
    engine_database_release(engine, dbid);
    return err;
}
