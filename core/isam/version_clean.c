/* SPDX-License-Identifier: MIT */
/* version_clean.c - the clean-up: what no snapshot needs any more goes, deleted nodes from the pages too.
 *
 * One pass takes committed transactions from the queue, oldest first, as long as every snapshot is newer and their
 * Commit0 is on the disk (a page with their changes may be written only then: version.h, rule 5). Nodes are removed in
 * transactions of the clean-up's own, NODES_PER_TRANSACTION at a time, committed lazily: if they are lost the nodes are
 * still flag-deleted.
 *
 * A node is removed if, seen with its page latched, it is flag-deleted and every version of it is old. A node that
 * somebody brought back in the meantime stays; who deletes it again makes a new version.
 *
 * Locks. `pass_lock` for a whole pass. `tree_lock` from the look at `is_forgotten` to the end of the removal, and on to
 * the next one in the same transaction, so that version_forget_tree() can wait for it; not while an action runs,
 * because that may delete trees.
 */
#include <assert.h>
#include <stdlib.h>

#include "btree/cleanup.h"
#include "btree/modify.h"
#include "btree/tree.h"
#include "format/node.h"
#include "format/page.h"
#include "isam/version_internal.h"
#include "log/log_stream.h"
#include "storage/database.h"

enum {
    NODES_PER_TRANSACTION = 200,
    LOOK_EVERY_MS = 500,     /* at the queue, without being woken */
    QUEUE_WAKES = 256,       /* transactions that are worth waking the thread */
    WAIT_FOR_ROOM_MS = 1000, /* at most, for one pass */
    REMOVALS_MAX = 10000,    /* that readers may have asked for */
};

/* One pass. */
struct pass {
    struct engine *engine;
    struct session *session;
    bool is_in_trees;  /* tree_lock is held */
    struct tree *tree; /* last one worked in; NULL: none. Open only while that lock is held */
    unsigned nodes;    /* removed in the open transaction */
};

/* ---- removing a node ---- */

struct removal {
    struct version_store *store;
    const struct version_key *key;
    bool is_decided; /* by removal_decide(): the node goes */
    bool is_removed;
    bool is_sparse; /* its page could be merged with another */
};

static jet_err removal_decide(void *context, const struct btree_node_view *existing, pgno_t leaf,
                              struct btree_change *ret_change)
{
    struct removal *removal = context;
    (void)leaf;
    removal->is_decided =
        existing && (existing->flags & NODE_FLAG_DELETED) && version_is_settled(removal->store, removal->key, NULL);
    *ret_change = (struct btree_change){.kind = removal->is_decided ? BTREE_DELETE : BTREE_NOTHING};
    return JET_errSuccess;
}

static void removal_done(void *context, const struct btree_done *done)
{
    struct removal *removal = context;
    removal->is_removed = removal->is_decided;
    removal->is_sparse = done->leaf && page_free_space(done->leaf->page) > done->leaf->db->page_size / 4 * 3;
}

static void pass_close_tree(struct pass *pass)
{
    if (pass->tree)
        tree_close(pass->tree);
    pass->tree = NULL;
}

static jet_err pass_open_tree(struct pass *pass, const struct version_key *key)
{
    if (pass->tree && pass->tree->db == key->db && pass->tree->fdp == key->fdp && pass->tree->objid == key->objid)
        return JET_errSuccess;
    pass_close_tree(pass);
    return tree_open(key->db, key->fdp, key->objid, &pass->tree);
}

static void pass_enter_trees(struct pass *pass)
{
    if (!pass->is_in_trees)
        os_mutex_lock(pass->engine->versions->cleaner.tree_lock);
    pass->is_in_trees = true;
}

/* Whoever waits to delete a tree may do so now. */
static void pass_leave_trees(struct pass *pass)
{
    pass_close_tree(pass);
    if (pass->is_in_trees)
        os_mutex_unlock(pass->engine->versions->cleaner.tree_lock);
    pass->is_in_trees = false;
}

static jet_err pass_commit(struct pass *pass)
{
    pass_leave_trees(pass);
    if (pass->session->level == 0)
        return JET_errSuccess;
    pass->nodes = 0;
    return transaction_commit(pass->session, TRANSACTION_COMMIT_LAZY, NULL); /* else session_end() rolls back */
}

/* Removes the node, if it is to be removed; the tree lock is held. */
static jet_err node_remove(struct pass *pass, const struct version_key *key)
{
    jet_err err = pass_open_tree(pass, key);
    struct btree_actor actor;
    if (err >= JET_errSuccess && pass->session->level == 0)
        err = transaction_begin(pass->session, false);
    if (err >= JET_errSuccess)
        err = transaction_actor(pass->session, key->db, &actor);
    if (err < JET_errSuccess)
        return err;
    struct bookmark bookmark = {key->key, key->key_size, key->data, key->data_size};
    struct removal removal = {.store = pass->engine->versions, .key = key};
    struct btree_modify modify = {.context = &removal, .decide = removal_decide, .done = removal_done};
    err = btree_modify(pass->tree, &actor, &bookmark, &modify);
    if (err >= JET_errSuccess && removal.is_removed) {
        pass->nodes++;
        atomic_fetch_add_explicit(&pass->engine->versions->cleaner.removed, 1, memory_order_relaxed);
        if (removal.is_sparse)
            err = btree_cleanup(pass->tree, &actor, &bookmark);
    }
    return err;
}

static jet_err version_remove(struct pass *pass, struct version *v)
{
    struct version_key key;
    version_chain_key(v->chain, &key);
    pass_enter_trees(pass);
    if (atomic_load_explicit(&v->chain->is_forgotten, memory_order_relaxed))
        return JET_errSuccess;
    jet_err err = node_remove(pass, &key);
    return err >= JET_errSuccess && pass->nodes >= NODES_PER_TRANSACTION ? pass_commit(pass) : err;
}

/* ---- a transaction of the queue ---- */

static jet_err action_settle(struct pass *pass, const struct version *v)
{
    if (!v->action.action->settled)
        return JET_errSuccess;
    jet_err err = pass_commit(pass); /* actions begin at level 0 */
    if (err >= JET_errSuccess)
        err = v->action.action->settled(pass->session, v->action.context);
    if (err < JET_errSuccess)
        engine_fail(pass->engine, err);
    return err;
}

static jet_err version_settle(struct pass *pass, struct version *v)
{
    switch (v->kind) {
    case VERSION_FLAG_DELETE:
    case VERSION_REMOVE: return version_remove(pass, v);
    case VERSION_ACTION: return action_settle(pass, v);
    default: return JET_errSuccess;
    }
}

static bool has_work(const struct version *v)
{
    return v->kind == VERSION_FLAG_DELETE || v->kind == VERSION_REMOVE || v->kind == VERSION_ACTION;
}

/* What needs no page goes first: it may be what keeps a node from being removed. */
static void trx_free_plain(struct version_store *store, struct trx *trx)
{
    for (struct version **link = &trx->newest; *link;) {
        struct version *v = *link;
        if (has_work(v)) {
            link = &v->trx_older;
            continue;
        }
        *link = v->trx_older;
        version_free(store, v);
    }
}

/* If the log is down, what is left of the transaction goes back into the queue; but not an action, which may have done
 * part of its work, and has failed the engine. A node that cannot be removed for another reason (its page is damaged)
 * is left where it is. */
static jet_err trx_clean(struct pass *pass, struct trx *trx)
{
    struct version_store *store = pass->engine->versions;
    trx_free_plain(store, trx);
    while (trx->newest) {
        struct version *v = trx->newest;
        const jet_err err = version_settle(pass, v);
        const bool is_down = err < JET_errSuccess && pass->engine->log && log_state(pass->engine->log) < JET_errSuccess;
        if (!is_down || v->kind == VERSION_ACTION) {
            trx->newest = v->trx_older;
            version_free(store, v);
        }
        if (is_down) {
            transactions_enqueue(pass->engine->transactions, trx);
            return err;
        }
    }
    version_free_trx(store, trx);
    return JET_errSuccess;
}

static jet_err pass_run(struct pass *pass)
{
    bool waits = false;
    struct trx *trx;
    jet_err err = JET_errSuccess;
    while (err >= JET_errSuccess && (trx = transactions_dequeue(pass->engine, &waits)) != NULL) {
        err = trx_clean(pass, trx);
        atomic_fetch_add_explicit(&pass->engine->versions->cleaner.settled, 1, memory_order_relaxed);
    }
    jet_err commit_err = pass_commit(pass);
    if (waits)
        log_flush_soon(pass->engine->log);
    return err < JET_errSuccess ? err : commit_err;
}

jet_err version_clean(struct engine *engine)
{
    struct version_cleaner *cleaner = &engine->versions->cleaner;
    if (!engine_can_log(engine))
        return JET_errSuccess;
    struct pass pass = {.engine = engine};
    jet_err err = session_begin_system(engine, SESSION_PROCID_CLEANER, &pass.session);
    if (err < JET_errSuccess)
        return err;
    os_mutex_lock(cleaner->pass_lock);
    err = pass_run(&pass);
    os_mutex_unlock(cleaner->pass_lock);
    session_end(pass.session);
    return err;
}

void version_remove_later(struct engine *engine, struct tree *tree, const struct bookmark *bookmark)
{
    struct version_key key = {
        .db = tree->db,
        .fdp = tree->fdp,
        .objid = tree->objid,
        .is_unique = !(tree->page_flags & PAGE_FLAG_NON_UNIQUE),
        .key = bookmark->key,
        .key_size = bookmark->key_size,
        .data = bookmark->data,
        .data_size = tree->page_flags & PAGE_FLAG_NON_UNIQUE ? bookmark->data_size : 0,
    };
    if (engine_phase(engine) != ENGINE_RUN || tree->db->is_read_only ||
        atomic_load_explicit(&engine->transactions->queue_length, memory_order_relaxed) > REMOVALS_MAX)
        return;
    /* A node that cannot go (the last of its tree) is met again and again. */
    uint64_t hash = version_key_hash(&key);
    if (atomic_exchange_explicit(&engine->versions->asked[hash % VERSION_ASKED], hash, memory_order_relaxed) == hash)
        return;
    struct trx *trx;
    if (trx_new(SESSION_PROCID_CLEANER, 0, &trx) < JET_errSuccess)
        return;
    if (!version_add_removal(engine->versions, &key, trx)) {
        free(trx);
        return;
    }
    atomic_store_explicit(&trx->commit0, transactions_newest(engine->transactions), memory_order_release);
    transactions_enqueue(engine->transactions, trx);
    version_cleaner_wake(engine->versions);
}

/* ---- the thread ---- */

static uint32_t queue_length(const struct version_store *store)
{
    return atomic_load_explicit(&store->engine->transactions->queue_length, memory_order_relaxed);
}

/* While an old snapshot or the disk holds everything up, waking is no use: then only time and version_cleaner_wait()
 * do. */
static void cleaner_run(void *context)
{
    struct version_store *store = context;
    struct version_cleaner *cleaner = &store->cleaner;
    while (!atomic_load(&cleaner->is_stopping)) {
        (void)os_event_wait(cleaner->wake, LOOK_EVERY_MS);
        os_event_reset(cleaner->wake);
        atomic_store(&cleaner->is_woken, false);
        uint64_t before = atomic_load_explicit(&cleaner->settled, memory_order_relaxed);
        if (queue_length(store) > 0) {
            cleaner->last_err = version_clean(store->engine); /* comes again; what is fatal was recorded */
            if (atomic_load_explicit(&cleaner->settled, memory_order_relaxed) == before)
                atomic_store(&cleaner->is_woken, true);
        }
        os_event_set(cleaner->done);
    }
}

jet_err version_cleaner_init(struct version_store *store)
{
    struct version_cleaner *cleaner = &store->cleaner;
    jet_err err = os_event_new(&cleaner->wake);
    if (err >= JET_errSuccess)
        err = os_event_new(&cleaner->done);
    if (err >= JET_errSuccess)
        err = os_mutex_new(LOCK_RANK_VERSION_CLEAN, &cleaner->pass_lock);
    if (err >= JET_errSuccess)
        err = os_mutex_new(LOCK_RANK_VERSION_TREE, &cleaner->tree_lock);
    return err;
}

void version_cleaner_destroy(struct version_store *store)
{
    struct version_cleaner *cleaner = &store->cleaner;
    assert(!cleaner->thread);
    os_mutex_free(cleaner->tree_lock);
    os_mutex_free(cleaner->pass_lock);
    os_event_free(cleaner->done);
    os_event_free(cleaner->wake);
}

jet_err version_cleaner_start(struct version_store *store)
{
    atomic_store(&store->cleaner.is_stopping, false);
    return os_thread_start(cleaner_run, store, &store->cleaner.thread);
}

void version_cleaner_stop(struct version_store *store)
{
    atomic_store(&store->cleaner.is_stopping, true);
    os_event_set(store->cleaner.wake);
    os_thread_join(store->cleaner.thread);
    store->cleaner.thread = NULL;
}

void version_cleaner_wake(struct version_store *store)
{
    struct version_cleaner *cleaner = &store->cleaner;
    const uint32_t length = queue_length(store);
    const bool is_due =
        length >= QUEUE_WAKES ||
        (length > 0 && atomic_load_explicit(&store->bytes, memory_order_relaxed) > store->bytes_preferred);
    if (is_due && !atomic_load_explicit(&cleaner->is_woken, memory_order_relaxed) &&
        !atomic_exchange(&cleaner->is_woken, true))
        os_event_set(cleaner->wake);
}

void version_cleaner_wait(struct version_store *store)
{
    if (!store->cleaner.thread)
        return;
    os_event_reset(store->cleaner.done);
    os_event_set(store->cleaner.wake);
    (void)os_event_wait(store->cleaner.done, WAIT_FOR_ROOM_MS);
}
