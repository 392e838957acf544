/* SPDX-License-Identifier: MIT */
/* defragment.c - passes through the tables of a database. See defragment.h.
 *
 * Nothing is remembered from one step to the next but numbers: the object ids of table and tree, and the key where the
 * walk is. So whatever was deleted in between is simply not found.
 */
#include "isam/defragment.h"

#include <stdlib.h>

#include "base/array.h"
#include "btree/cleanup.h"
#include "btree/space.h"
#include "btree/tree.h"
#include "btree/vacate.h"
#include "isam/database_worker.h"
#include "isam/ddl.h"
#include "isam/session.h"
#include "isam/table.h"
#include "isam/transaction.h"
#include "isam/version_internal.h"
#include "log/log_stream.h"

enum {
    PIECES_PER_STEP = 32,      /* leaves or extents */
    TREES_MAX = 2 + 64,        /* of a table that one pass looks at */
    PAUSE_MS = 60 * 60 * 1000, /* between passes that found nothing to do */
};

struct defragmenter {
    struct database_worker worker; /* first */
    struct defragment_options options;
    _Atomic uint32_t passes;
};

struct defragmenters {
    struct os_mutex *control_lock;
    struct os_mutex *step_lock;
    struct defragmenter of[ENGINE_DATABASES];
};

/* What is done in a walk through the tables. */
enum work {
    WORK_MERGE,
    WORK_LOOK,   /* is there something behind the limit that cannot move? */
    WORK_VACATE, /* nothing is to be behind the limit */
};

struct job {
    enum work work;
    pgno_t limit;  /* not of WORK_MERGE */
    bool is_fixed; /* WORK_LOOK: there is */
    struct session *session;
    unsigned dbid;
    const struct database_worker *owner; /* NULL: nobody can stop it */
    uint64_t freed;                      /* pages, of leaves and in extents */
    uint64_t moved;                      /* pages */
};

static bool goes_on(const struct database_worker *owner)
{
    return !owner || database_worker_goes_on(owner);
}

/* ---- one step ---- */

struct step {
    objid_t table, tree;
    struct btree_walk walk; /* through its leaves; then come the extents */
    pgno_t last;            /* page of the extents that went back */
    bool has_ended;         /* nothing is left to do in the tree */
};

/* The tree of the table that has this id, and is there for good; NULL: it is not. */
static struct tree *tree_find(struct table *table, objid_t objid)
{
    struct tree *tree = NULL;

    if (table->objid == objid)
        return table->tree;
    latch_shared(&table->latch);
    for (size_t i = 0; i < table->index_count; i++) {
        const struct index *index = table->indexes[i];

        if (index->objid == objid && !(index->flags & INDEX_PRIMARY) && !index->is_gone && !index->owner)
            tree = index->tree;
    }
    latch_unlock_shared(&table->latch);
    if (!tree && atomic_load(&table->has_long_values) && table->long_values_objid == objid)
        tree = table->long_values_tree;
    return tree;
}

/* A leaf, or behind the last one an extent. */
static jet_err piece_do(struct job *job, struct tree *tree, const struct btree_actor *actor, struct step *step)
{
    uint32_t pages = 0;
    bool is_freed = false;
    jet_err err;

    if (!step->walk.has_ended && job->work == WORK_VACATE) {
        err = btree_vacate_leaf(tree, actor, job->limit, &step->walk, &pages);
        job->moved += pages;
        pages = 0;
    } else if (!step->walk.has_ended) {
        err = btree_defragment_leaf(tree, actor, &step->walk, &is_freed);
        pages = is_freed;
    } else {
        err = space_return_extent(tree, actor, &step->last, &pages);
        step->has_ended = pages == 0;
    }
    job->freed += pages;
    return err;
}

/* In a freeze, what there is room for in the log is one piece: with a second one, locks and latches might be held until
 * the thaw, and those who only read would wait for it. */
static jet_err pieces_do(struct job *job, struct tree *tree, const struct btree_actor *actor, struct step *step)
{
    jet_err err = JET_errSuccess;

    for (unsigned i = 0; i < PIECES_PER_STEP && !step->has_ended && err >= JET_errSuccess; i++) {
        if (i > 0 && actor->log && log_is_frozen(actor->log))
            break;
        err = piece_do(job, tree, actor, step);
    }
    return err;
}

/* What has nothing behind the limit is at its end. */
static jet_err tree_look(struct job *job, struct tree *tree, struct step *step)
{
    bool has = false, is_fixed = false;
    jet_err err = space_look_behind(tree, job->limit, &has, &is_fixed);

    if (err < JET_errSuccess)
        return err;
    job->is_fixed |= is_fixed;
    step->has_ended = !has || job->work == WORK_LOOK;
    return JET_errSuccess;
}

static jet_err tree_do(struct job *job, struct table *table, struct step *step)
{
    struct version_cleaner *cleaner = &job->session->engine->versions->cleaner;
    struct btree_actor actor;
    jet_err err = transaction_actor(job->session, table->db, &actor);

    if (err < JET_errSuccess)
        return err;
    os_mutex_lock(cleaner->tree_lock);
    struct tree *tree = tree_find(table, step->tree);
    if (!tree)
        step->has_ended = true;
    else if (job->work != WORK_MERGE && !step->walk.has_begun)
        err = tree_look(job, tree, step);
    if (tree && err >= JET_errSuccess)
        err = pieces_do(job, tree, &actor, step);
    os_mutex_unlock(cleaner->tree_lock);
    return err;
}

static jet_err step_in_transaction(struct job *job, struct table *table, struct step *step)
{
    jet_err err = transaction_begin(job->session, false);

    if (err < JET_errSuccess)
        return err;
    err = tree_do(job, table, step);
    if (err >= JET_errSuccess)
        return transaction_commit(job->session, TRANSACTION_COMMIT_LAZY, NULL);
    jet_err_ignore(transaction_rollback(job->session, false)); /* the first error counts */
    return err;
}

/* A table that is not there, or is about to go, has no more steps. */
static jet_err step_do(struct job *job, struct step *step)
{
    struct engine *engine = job->session->engine;
    struct table *table;

    if (engine->log)
        log_wait_for_room(engine->log); /* here, because later the step is held */
    defragment_hold(engine);
    jet_err err = table_open_by_objid(job->session, job->dbid, step->table, &table);
    if (err >= JET_errSuccess) {
        err = step_in_transaction(job, table, step);
        table_close(table);
    } else if (err == JET_errObjectNotFound || err == JET_errTableLocked) {
        step->has_ended = true;
        err = JET_errSuccess;
    }
    defragment_release(engine);
    return err;
}

/* ---- tables ---- */

/* Its trees, the table itself last: it gets the extents of the others. */
static jet_err trees_list(struct job *job, objid_t objid, objid_t ret_trees[TREES_MAX], size_t *ret_count)
{
    struct table *table;
    size_t count = 0;

    defragment_hold(job->session->engine);
    jet_err err = table_open_by_objid(job->session, job->dbid, objid, &table);
    if (err >= JET_errSuccess) {
        latch_shared(&table->latch);
        for (size_t i = 0; i < table->index_count && count < TREES_MAX - 2; i++)
            if (!(table->indexes[i]->flags & INDEX_PRIMARY))
                ret_trees[count++] = table->indexes[i]->objid;
        latch_unlock_shared(&table->latch);
        if (atomic_load(&table->has_long_values))
            ret_trees[count++] = table->long_values_objid;
        ret_trees[count++] = table->objid;
        table_close(table);
    }
    defragment_release(job->session->engine);
    *ret_count = count;
    return err == JET_errObjectNotFound || err == JET_errTableLocked ? JET_errSuccess : err;
}

static jet_err table_do(struct job *job, objid_t objid)
{
    objid_t trees[TREES_MAX];
    size_t count;
    jet_err err = trees_list(job, objid, trees, &count);

    for (size_t i = 0; i < count && err >= JET_errSuccess; i++) {
        struct step step = {.table = objid, .tree = trees[i]};

        while (!step.has_ended && goes_on(job->owner) && err >= JET_errSuccess)
            err = step_do(job, &step);
    }
    return err;
}

struct objid_list {
    objid_t *items;
    size_t count;
};

static jet_err list_add(void *context, const char *name, objid_t objid, uint32_t flags)
{
    struct objid_list *list = context;
    (void)name;
    (void)flags;
    objid_t *items = array_grow(list->items, list->count, sizeof *items);
    if (!items)
        return JET_errOutOfMemory;
    list->items = items;
    list->items[list->count++] = objid;
    return JET_errSuccess;
}

/* Rows that were deleted leave their pages first. A table that cannot be worked in, because it is damaged for instance,
 * keeps no other one from its turn. */
static jet_err pass_do(struct job *job)
{
    struct objid_list list = {0};
    jet_err err = version_clean(job->session->engine);

    if (err >= JET_errSuccess)
        err = ddl_tables(job->session, job->dbid, list_add, &list);
    for (size_t i = 0; i < list.count && goes_on(job->owner) && !job->is_fixed && err >= JET_errSuccess; i++) {
        jet_err_ignore(table_do(job, list.items[i])); /* damage is reported by who finds it */
        err = engine_state(job->session->engine);
    }
    free(list.items);
    return err;
}

/* ---- the thread ---- */

static bool wants_another(const struct defragmenter *owner)
{
    return owner->options.passes_max == 0 || atomic_load(&owner->passes) < owner->options.passes_max;
}

static void passes_run(struct defragmenter *owner, struct session *session)
{
    while (wants_another(owner) && goes_on(&owner->worker)) {
        struct job job = {.session = session, .dbid = owner->worker.dbid, .owner = &owner->worker};

        if (pass_do(&job) < JET_errSuccess || !goes_on(&owner->worker))
            break;
        atomic_fetch_add(&owner->passes, 1);
        if (job.freed == 0 && wants_another(owner))
            database_worker_pause(&owner->worker, PAUSE_MS);
    }
}

static void work(struct database_worker *worker)
{
    struct session *session;

    if (session_begin_system(worker->engine, SESSION_PROCID_NONE, &session) < JET_errSuccess)
        return;
    passes_run((struct defragmenter *)worker, session);
    session_end(session);
}

static void tell(struct database_worker *worker)
{
    const struct defragment_options *options = &((struct defragmenter *)worker)->options;

    options->done(options->listener, worker->dbid);
}

jet_err defragment_start(struct engine *engine, unsigned dbid, const struct defragment_options *options)
{
    struct defragmenter *owner = &engine->defragmenters->of[dbid];

    if (!database_worker_take(&owner->worker, engine->defragmenters->control_lock))
        return JET_wrnDefragAlreadyRunning;
    owner->worker.engine = engine;
    owner->worker.dbid = dbid;
    owner->worker.seconds_max = options->seconds_max;
    owner->worker.work = work;
    owner->worker.tell = options->done ? tell : NULL;
    owner->options = *options;
    atomic_store(&owner->passes, 0);
    return database_worker_launch(&owner->worker);
}

jet_err defragment_stop(struct engine *engine, unsigned dbid, struct defragment_result *ret_result)
{
    struct defragmenter *owner = &engine->defragmenters->of[dbid];
    int64_t ms;
    const bool stops = database_worker_stop(&owner->worker, engine->defragmenters->control_lock, true, &ms);

    *ret_result = (struct defragment_result){0};
    if (!stops)
        return JET_wrnDefragNotRunning;
    *ret_result = (struct defragment_result){atomic_load(&owner->passes), (uint32_t)(ms / 1000)};
    return JET_errSuccess;
}

void defragment_leave(struct engine *engine, unsigned dbid)
{
    struct defragmenters *all = engine->defragmenters;
    int64_t ignored;

    (void)database_worker_stop(&all->of[dbid].worker, all->control_lock, false, &ignored); /* it may not run */
}

jet_err defragment_table(struct session *session, unsigned dbid, const char *name)
{
    struct job job = {.dbid = dbid};
    struct table *table;
    jet_err err = table_open(session, dbid, name, &table);

    if (err < JET_errSuccess)
        return err;
    const objid_t objid = table->objid;
    table_close(table);
    err = session_begin_system(session->engine, SESSION_PROCID_NONE, &job.session);
    if (err < JET_errSuccess)
        return err;
    err = version_clean(session->engine);
    if (err >= JET_errSuccess)
        err = table_do(&job, objid);
    session_end(job.session);
    return err;
}

jet_err defragment_vacate(struct engine *engine, unsigned dbid, pgno_t limit, uint64_t *ret_moved)
{
    struct job job = {.work = WORK_LOOK, .limit = limit, .dbid = dbid};
    jet_err err = session_begin_system(engine, SESSION_PROCID_NONE, &job.session);

    if (err < JET_errSuccess)
        return err;
    err = pass_do(&job);
    job.work = WORK_VACATE;
    if (err >= JET_errSuccess && !job.is_fixed)
        err = pass_do(&job);
    session_end(job.session);
    *ret_moved = job.moved;
    return err;
}

void defragment_hold(struct engine *engine)
{
    os_mutex_lock(engine->defragmenters->step_lock);
}

void defragment_release(struct engine *engine)
{
    os_mutex_unlock(engine->defragmenters->step_lock);
}

/* ---- of the engine ---- */

jet_err defragmenters_new(struct defragmenters **ret_defragmenters)
{
    struct defragmenters *defragmenters = calloc(1, sizeof *defragmenters);
    jet_err err =
        defragmenters ? os_mutex_new(LOCK_RANK_DATABASE_WORKER, &defragmenters->control_lock) : JET_errOutOfMemory;

    if (err >= JET_errSuccess)
        err = os_mutex_new(LOCK_RANK_DEFRAGMENT_STEP, &defragmenters->step_lock);
    if (err < JET_errSuccess) {
        defragmenters_free(defragmenters);
        return err;
    }
    *ret_defragmenters = defragmenters;
    return JET_errSuccess;
}

void defragmenters_free(struct defragmenters *defragmenters)
{
    if (!defragmenters)
        return;
    os_mutex_free(defragmenters->step_lock);
    os_mutex_free(defragmenters->control_lock);
    free(defragmenters);
}

void defragmenters_stop(struct engine *engine)
{
    struct defragmenters *all = engine->defragmenters;

    for (unsigned dbid = 0; dbid < ENGINE_DATABASES; dbid++)
        database_worker_join(&all->of[dbid].worker, all->control_lock);
}
