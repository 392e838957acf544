/* SPDX-License-Identifier: MIT */
/* dir_change.c - changes of nodes by a session: checked against the versions of others, with a version of their own.
 *
 * btree_modify() brings us to the node, with its page latched exclusively, and asks change_decide(): there conflicts
 * are looked for and the versions made, so that nobody can come between check, version and page. If the change does not
 * happen after all (the page must be split first, the log is down) change_revoke() takes the versions away again.
 */
#include <assert.h>

#include "base/byteorder.h"
#include "base/corrupt.h"
#include "btree/modify.h"
#include "isam/dir_internal.h"
#include "isam/transaction.h"

enum change_kind {
    CHANGE_INSERT,
    CHANGE_REPLACE,
    CHANGE_DELETE,
    CHANGE_DELTA,
    CHANGE_LOCK,
};

struct change {
    enum change_kind kind;
    struct session *session;
    struct tree *tree;
    struct version_key key;
    bool is_versioned;
    bool is_logged;
    const void *data; /* new */
    size_t size;
    unsigned delta_offset;
    unsigned delta_width;
    int64_t delta;
    int64_t number_before;
    enum version_kind lock;
    struct version *versions[2]; /* made, in this order; NULL: none */
};

static enum version_kind change_version_kind(const struct change *change)
{
    switch (change->kind) {
    case CHANGE_INSERT: return VERSION_INSERT;
    case CHANGE_REPLACE: return VERSION_REPLACE;
    case CHANGE_DELETE: return VERSION_FLAG_DELETE;
    case CHANGE_DELTA: return change->delta_width == 8 ? VERSION_DELTA64 : VERSION_DELTA;
    default: return change->lock;
    }
}

/* A long value of n chunks makes n versions; they take a small part of what the value itself takes, and would else fill
 * the store. */
static bool is_free_of_charge(const struct change *change)
{
    return (change->tree->page_flags & PAGE_FLAG_LONG_VALUE) &&
           (change->kind == CHANGE_INSERT || change->kind == CHANGE_DELETE);
}

/* Makes version `i` of the change. */
static jet_err version_make(struct change *change, unsigned i, const struct version_new *what, uint32_t *ret_rceid)
{
    *ret_rceid = 0;
    if (!change->is_versioned)
        return JET_errSuccess;
    struct version_new with_level = *what;
    with_level.level = change->session->level;
    with_level.is_free_of_charge = is_free_of_charge(change) && what->kind != VERSION_REPLACE;
    jet_err err = version_add(change->session, &change->key, &with_level, &change->versions[i]);
    if (err >= JET_errSuccess)
        *ret_rceid = change->versions[i]->rceid;
    return err;
}

static void change_revoke(void *context)
{
    struct change *change = context;
    for (unsigned i = COUNT_OF(change->versions); i-- > 0;) {
        if (change->versions[i])
            version_revoke(change->session, change->versions[i]);
        change->versions[i] = NULL;
    }
}

/* Insert: a new node, or one that lies there flag-deleted and is brought back. */
static jet_err decide_insert(struct change *change, const struct btree_node_view *existing, struct btree_change *ret)
{
    if (existing && !(existing->flags & NODE_FLAG_DELETED))
        return JET_errKeyDuplicate;
    ret->data = change->data;
    ret->data_size = change->size;
    bool has_new_data = existing && dir_is_unique(change->tree);
    ret->kind = !existing ? BTREE_INSERT : has_new_data ? BTREE_FLAG_INSERT_REPLACE : BTREE_FLAG_INSERT;
    jet_err err = version_make(change, 0, &(struct version_new){.kind = VERSION_INSERT}, &ret->rceid);
    if (err >= JET_errSuccess && has_new_data) {
        struct version_new replace = {
            .kind = VERSION_REPLACE, .image = existing->data, .image_size = existing->data_size};
        err = version_make(change, 1, &replace, &ret->rceid_replace);
    }
    return err;
}

static jet_err decide_replace(struct change *change, const struct btree_node_view *existing, struct btree_change *ret)
{
    struct version_new what = {.kind = VERSION_REPLACE, .image = existing->data, .image_size = existing->data_size};
    ret->kind = BTREE_REPLACE;
    ret->data = change->data;
    ret->data_size = change->size;
    return version_make(change, 0, &what, &ret->rceid);
}

static jet_err decide_delete(struct change *change, struct btree_change *ret)
{
    ret->kind = change->is_versioned ? BTREE_FLAG_DELETE : BTREE_DELETE;
    return version_make(change, 0, &(struct version_new){.kind = VERSION_FLAG_DELETE}, &ret->rceid);
}

static jet_err decide_delta(struct change *change, const struct btree_node_view *existing, struct btree_change *ret)
{
    size_t width = change->delta_width;
    if (existing->data_size < width || change->delta_offset > existing->data_size - width)
        return JET_errInvalidParameter;
    const uint8_t *number = existing->data + change->delta_offset;
    change->number_before =
        width == 8 ? (int64_t)le64_get(*(const le64 *)number) : (int32_t)le32_get(*(const le32 *)number);
    struct version_new what = {
        .kind = change_version_kind(change), .delta = change->delta, .delta_offset = (uint16_t)change->delta_offset};
    ret->kind = BTREE_DELTA;
    ret->delta = change->delta;
    ret->delta_offset = (uint16_t)change->delta_offset;
    ret->delta_width = (uint8_t)width;
    return version_make(change, 0, &what, &ret->rceid);
}

static jet_err decide_lock(struct change *change, struct btree_change *ret)
{
    struct session *session = change->session;
    uint32_t rceid;
    ret->kind = BTREE_NOTHING;
    if (version_has_lock(session, &change->key, change->lock))
        return JET_errSuccess;
    return version_make(change, 0, &(struct version_new){.kind = change->lock}, &rceid);
}

static jet_err decide_existing(struct change *change, const struct btree_node_view *existing, struct btree_change *ret)
{
    if (!existing || (existing->flags & NODE_FLAG_DELETED))
        return JET_errRecordDeleted;
    switch (change->kind) {
    case CHANGE_REPLACE: return decide_replace(change, existing, ret);
    case CHANGE_DELETE: return decide_delete(change, ret);
    case CHANGE_DELTA: return decide_delta(change, existing, ret);
    default: return decide_lock(change, ret);
    }
}

static jet_err change_decide(void *context, const struct btree_node_view *existing, pgno_t leaf,
                             struct btree_change *ret_change)
{
    struct change *change = context;
    (void)leaf;
    *ret_change = (struct btree_change){.versioned = change->is_versioned};
    jet_err err = JET_errSuccess;
    if (existing)
        err = version_check_conflict(change->session, &change->key, change_version_kind(change));
    if (err >= JET_errSuccess)
        err = change->kind == CHANGE_INSERT ? decide_insert(change, existing, ret_change)
                                            : decide_existing(change, existing, ret_change);
    if (err < JET_errSuccess)
        change_revoke(change);
    return err;
}

/* The page is changed and still latched: what must be logged before it is written is listed under it. */
static void change_done(void *context, const struct btree_done *done)
{
    struct change *change = context;
    for (unsigned i = 0; i < COUNT_OF(change->versions); i++) {
        struct version *v = change->versions[i];
        if (v && change->is_logged && (v->kind == VERSION_REPLACE || v->kind == VERSION_FLAG_DELETE))
            version_pending_add(change->session->engine->versions, v, done->leaf->pgno);
    }
}

static jet_err change_run(struct change *change, const struct bookmark *bookmark, unsigned flags)
{
    struct session *session = change->session;
    struct btree_actor actor;
    change->is_versioned = !(flags & DIR_UNVERSIONED);
    dir_version_key(change->tree, bookmark, &change->key);
    jet_err err = transaction_may_change(session, change->tree->db);
    if (err >= JET_errSuccess && change->tree->db->is_logged && change->kind != CHANGE_LOCK)
        err = transaction_check_depth(session);
    if (err >= JET_errSuccess && change->is_versioned && !is_free_of_charge(change))
        err = version_make_room(session, sizeof(struct version) + sizeof(struct version_chain) + change->size);
    if (err < JET_errSuccess)
        return err;
    if (change->kind == CHANGE_LOCK) /* the log hears nothing of it, nor of its transaction */
        actor = (struct btree_actor){.procid = session->procid};
    else
        err = transaction_actor(session, change->tree->db, &actor);
    if (err < JET_errSuccess)
        return err;
    change->is_logged = actor.log != NULL;
    struct btree_modify modify = {
        .context = change, .decide = change_decide, .revoke = change_revoke, .done = change_done};
    session->changes++;
    return btree_modify(change->tree, &actor, bookmark, &modify);
}

jet_err dir_insert(struct session *session, struct tree *tree, const struct bookmark *node, unsigned flags)
{
    struct change change = {
        .kind = CHANGE_INSERT, .session = session, .tree = tree, .data = node->data, .size = node->data_size};
    return change_run(&change, node, flags);
}

jet_err dir_replace(struct session *session, struct tree *tree, const struct bookmark *bookmark, const void *data,
                    size_t size, unsigned flags)
{
    assert(dir_is_unique(tree));
    struct change change = {.kind = CHANGE_REPLACE, .session = session, .tree = tree, .data = data, .size = size};
    return change_run(&change, bookmark, flags);
}

jet_err dir_delete(struct session *session, struct tree *tree, const struct bookmark *bookmark, unsigned flags)
{
    struct change change = {.kind = CHANGE_DELETE, .session = session, .tree = tree};
    return change_run(&change, bookmark, flags);
}

jet_err dir_delta(struct session *session, struct tree *tree, const struct bookmark *bookmark, unsigned offset,
                  unsigned width, int64_t delta, int64_t *ret_before)
{
    assert(width == 4 || width == 8);
    struct change change = {
        .kind = CHANGE_DELTA,
        .session = session,
        .tree = tree,
        .delta = delta,
        .delta_offset = offset,
        .delta_width = width,
    };
    jet_err err = change_run(&change, bookmark, 0);
    if (err >= JET_errSuccess && ret_before)
        *ret_before = change.number_before;
    return err;
}

bool dir_is_being_changed(const struct session *session, struct tree *tree, const struct bookmark *bookmark)
{
    struct version_key key;
    dir_version_key(tree, bookmark, &key);
    return version_is_open_elsewhere(session, &key);
}

jet_err dir_lock(struct session *session, struct tree *tree, const struct bookmark *bookmark, enum dir_lock lock)
{
    struct change change = {
        .kind = CHANGE_LOCK,
        .session = session,
        .tree = tree,
        .lock = lock == DIR_LOCK_WRITE ? VERSION_WRITE_LOCK : VERSION_READ_LOCK,
    };
    return change_run(&change, bookmark, 0);
}
