/* SPDX-License-Identifier: MIT */
/* version_redo.c - versions as the log tells of them: recovery's side of version.h.
 *
 * A version whose page was redone is listed under the page until its image is in the log: it is, if UndoInfo comes
 * behind it in this log; else it must not be written before recovery's undo has taken it back or logged it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/corrupt.h"
#include "isam/version_internal.h"

static void redo_key(const struct version_redo *redo, struct version_key *ret_key)
{
    *ret_key = (struct version_key){
        .db = redo->db,
        .fdp = redo->fdp,
        .objid = redo->objid,
        .is_unique = redo->is_unique,
        .key = redo->key,
        .key_size = redo->key_size,
        .data = redo->data,
        .data_size = redo->is_unique ? 0 : redo->data_size,
    };
}

/* Versions get numbers above all that the log knows. */
static void raise_rceid(struct version_store *store, uint32_t rceid)
{
    if (trx_is_before(atomic_load_explicit(&store->rceid_last, memory_order_relaxed), rceid))
        atomic_store_explicit(&store->rceid_last, rceid, memory_order_relaxed);
}

static bool has_pending_image(const struct version_redo *redo)
{
    return redo->pgno != 0 && (redo->kind == VERSION_REPLACE || redo->kind == VERSION_FLAG_DELETE);
}

jet_err version_redo_create(struct session *session, const struct version_redo *redo)
{
    struct version_store *store = session->engine->versions;
    struct version_key key;
    redo_key(redo, &key);
    raise_rceid(store, redo->rceid);
    struct version_new what = {
        .kind = redo->kind,
        .rceid = redo->rceid,
        .level = redo->level,
        .image = redo->before,
        .image_size = redo->before ? redo->before_size : 0,
        .delta = redo->delta,
        .delta_offset = redo->delta_offset,
    };
    struct version *v;
    jet_err err = version_add(session, &key, &what, &v);
    if (err >= JET_errSuccess && has_pending_image(redo))
        version_pending_add(store, v, redo->pgno);
    return err;
}

/* The image comes behind the change. */
static jet_err image_add(struct version_store *store, struct version *v, const struct version_redo *redo)
{
    uint8_t *image = malloc(redo->before_size + 1);
    if (!image)
        return JET_errOutOfMemory;
    if (redo->before_size > 0)
        memcpy(image, redo->before, redo->before_size);
    v->image = image;
    v->image_size = (uint32_t)redo->before_size;
    v->is_image_apart = true;
    v->has_image = true;
    v->charged += v->image_size;
    atomic_fetch_add_explicit(&store->bytes, v->image_size, memory_order_relaxed);
    return JET_errSuccess;
}

jet_err version_redo_undo_info(struct session *session, const struct version_redo *redo)
{
    struct version_store *store = session->engine->versions;
    if (session->level == 0)
        return JET_errSuccess; /* its transaction is over */
    struct version_key key;
    redo_key(redo, &key);
    struct version *v = session->trx ? version_find_own(store, &key, session->trx, redo->rceid, redo->kind) : NULL;
    if (!v) {
        struct version_redo known = *redo;
        known.pgno = 0;
        return version_redo_create(session, &known);
    }
    version_pending_remove(store, v);
    return v->has_image ? JET_errSuccess : image_add(store, v, redo);
}

jet_err version_redo_undo(struct session *session, struct version_redo *redo)
{
    struct version_store *store = session->engine->versions;
    struct version_key key;
    redo_key(redo, &key);
    struct version *v = session->trx ? version_find_own(store, &key, session->trx, redo->rceid, redo->kind) : NULL;
    if (!v)
        return CORRUPT(JET_errLogCorrupted);
    redo->kind = (enum version_kind)v->kind;
    redo->rceid = v->rceid;
    redo->before = v->has_image ? v->image : NULL;
    redo->before_size = v->image_size;
    redo->delta = v->delta;
    redo->delta_offset = v->delta_offset;
    return v->has_image ? JET_errSuccess : CORRUPT(JET_errDatabaseBufferDependenciesCorrupted);
}

/* The node that an undone insert left behind is to be removed, as after any rollback. */
static void keep_removal(struct session *session, struct version *v)
{
    struct engine *engine = session->engine;
    struct trx *trx;
    if (trx_new(session->procid, session->trx_begin0, &trx) < JET_errSuccess) {
        version_free(engine->versions, v);
        return;
    }
    version_unlink(engine->versions, v);
    v->kind = VERSION_REMOVE;
    v->trx = trx;
    v->trx_older = NULL;
    trx->newest = v;
    atomic_store_explicit(&trx->commit0, transactions_newest(engine->transactions), memory_order_release);
    transactions_enqueue(engine->transactions, trx);
}

void version_redo_undone(struct session *session, const struct version_redo *redo)
{
    struct version_store *store = session->engine->versions;
    struct version_key key;
    redo_key(redo, &key);
    struct version *v = session->trx ? version_find_own(store, &key, session->trx, redo->rceid, redo->kind) : NULL;
    if (!v)
        return;
    struct version **link = &session->trx->newest;
    while (*link != v)
        link = &(*link)->trx_older;
    *link = v->trx_older;
    if (v->kind == VERSION_INSERT)
        keep_removal(session, v);
    else
        version_free(store, v);
}
