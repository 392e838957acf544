/* SPDX-License-Identifier: MIT */
/* version_undo.c - takes back one change of a node: rollback's step.
 *
 * The order for one version: its before image into the log if it is not there (UndoInfo), then, with the page latched,
 * the Undo record, the page, the chain. Whoever latches the page next finds node and chain as they were before the
 * change.
 *
 * An insert that is undone leaves a flag-deleted node: an older snapshot may still need what was there before it, and a
 * page cannot lose its last node just so. The clean-up removes it; until then the version lives on as VERSION_REMOVE.
 */
#include <assert.h>

#include "base/corrupt.h"
#include "btree/modify.h"
#include "btree/tree.h"
#include "isam/version_internal.h"
#include "storage/database.h"

struct undo {
    struct session *session;
    struct version *version;
};

static jet_err undo_decide(void *context, const struct btree_node_view *existing, pgno_t leaf,
                           struct btree_change *ret_change)
{
    const struct undo *undo = context;
    const struct version *v = undo->version;
    (void)leaf;
    if (!existing)
        return CORRUPT(JET_errDatabaseCorrupted);
    *ret_change = (struct btree_change){
        .rceid = v->rceid,
        .undo_oper = v->kind,
        .undo_level = atomic_load_explicit(&v->level, memory_order_relaxed),
    };
    switch (v->kind) {
    case VERSION_INSERT: ret_change->kind = BTREE_UNDO_INSERT; break;
    case VERSION_FLAG_DELETE: ret_change->kind = BTREE_UNDO_FLAG_DELETE; break;
    case VERSION_REPLACE:
        ret_change->kind = BTREE_UNDO_REPLACE;
        ret_change->data = v->image;
        ret_change->data_size = v->image_size;
        break;
    default: /* the deltas */
        ret_change->kind = BTREE_UNDO_DELTA;
        ret_change->delta = -v->delta;
        ret_change->delta_offset = v->delta_offset;
        ret_change->delta_width = v->kind == VERSION_DELTA64 ? 8 : 4;
    }
    return JET_errSuccess;
}

static void undo_done(void *context, const struct btree_done *done)
{
    const struct undo *undo = context;
    (void)done;
    version_unlink(undo->session->engine->versions, undo->version);
}

/* Undoes what the version did to its node. */
static jet_err undo_node(struct session *session, struct version *v)
{
    const struct version_chain *chain = v->chain;
    if (atomic_load_explicit(&chain->is_forgotten, memory_order_relaxed))
        return JET_errSuccess; /* the tree went before it: it was made later in this transaction, or its database is gone */
    if (!v->has_image)
        return CORRUPT(JET_errDatabaseBufferDependenciesCorrupted);
    struct tree *tree;
    jet_err err = tree_open(chain->db, chain->fdp, chain->objid, &tree);
    if (err < JET_errSuccess)
        return err;
    struct btree_actor actor;
    err = transaction_actor(session, chain->db, &actor);
    if (err >= JET_errSuccess && actor.log)
        err = version_pending_log(session->engine->versions, v);
    if (err >= JET_errSuccess) {
        struct bookmark bookmark = {chain->bytes, chain->key_size, chain->bytes + chain->key_size, chain->data_size};
        struct undo undo = {session, v};
        struct btree_modify modify = {.context = &undo, .decide = undo_decide, .done = undo_done};
        err = btree_modify(tree, &actor, &bookmark, &modify);
    }
    tree_close(tree);
    return err;
}

jet_err version_undo_newest(struct session *session, struct version **removals)
{
    struct version_store *store = session->engine->versions;
    struct version *v = session->trx->newest;
    bool is_insert = v->kind == VERSION_INSERT;
    jet_err err = JET_errSuccess;
    if (v->kind == VERSION_ACTION) {
        if (v->action.action->rollback)
            err = v->action.action->rollback(session, v->action.context);
    } else if (v->kind != VERSION_WRITE_LOCK && v->kind != VERSION_READ_LOCK) {
        err = undo_node(session, v);
    }
    if (err < JET_errSuccess)
        return err;
    assert(session->trx->newest == v);
    session->trx->newest = v->trx_older;
    if (is_insert && !atomic_load_explicit(&v->chain->is_forgotten, memory_order_relaxed)) {
        v->kind = VERSION_REMOVE;
        v->trx_older = *removals;
        *removals = v;
    } else {
        version_free(store, v);
    }
    return JET_errSuccess;
}
