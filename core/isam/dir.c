/* SPDX-License-Identifier: MIT */
/* dir.c - cursors: seeking and moving among the nodes that a session sees. See dir.h.
 *
 * Every way to a node ends in land(): the position of btree/ is on some node, and land() goes on in one direction until
 * the session sees the node, or the way is barred (another key, for an exact seek), or there is none.
 */
#include "isam/dir.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "isam/dir_internal.h"
#include "isam/transaction.h"

/* ---- cursor ---- */

jet_err dir_open(struct session *session, struct tree *tree, struct dir_cursor **ret_cursor)
{
    struct dir_cursor *cursor = malloc(sizeof *cursor);
    if (!cursor)
        return JET_errOutOfMemory;
    memset(cursor, 0, offsetof(struct dir_cursor, position)); /* the position is big, and set when it is needed */
    cursor->session = session;
    cursor->tree = tree;
    cursor->place = DIR_BEFORE_FIRST;
    *ret_cursor = cursor;
    return JET_errSuccess;
}

void dir_close(struct dir_cursor *cursor)
{
    if (!cursor)
        return;
    dir_release(cursor);
    version_image_free(&cursor->image);
    free(cursor->buffer);
    free(cursor);
}

/* Takes a copy of the bookmark; `bookmark` may be the cursor's own. */
static jet_err bookmark_set(struct dir_cursor *cursor, const struct bookmark *bookmark)
{
    size_t size = bookmark->key_size + bookmark->data_size;
    if (bookmark == &cursor->bookmark)
        return JET_errSuccess;
    if (cursor->capacity < size) {
        size_t capacity = size < 128 ? 128 : size * 2;
        uint8_t *grown = malloc(capacity);
        if (!grown)
            return JET_errOutOfMemory;
        free(cursor->buffer);
        cursor->buffer = grown;
        cursor->capacity = capacity;
    }
    if (bookmark->key_size > 0)
        memcpy(cursor->buffer, bookmark->key, bookmark->key_size);
    if (bookmark->data_size > 0)
        memcpy(cursor->buffer + bookmark->key_size, bookmark->data, bookmark->data_size);
    cursor->bookmark = (struct bookmark){
        .key = cursor->buffer,
        .key_size = bookmark->key_size,
        .data = bookmark->data ? cursor->buffer + bookmark->key_size : NULL,
        .data_size = bookmark->data_size,
    };
    return JET_errSuccess;
}

jet_err dir_copy(const struct dir_cursor *from, struct session *session, struct dir_cursor **ret_cursor)
{
    struct dir_cursor *cursor;
    jet_err err = dir_open(session, from->tree, &cursor);
    if (err < JET_errSuccess)
        return err;
    if (from->place == DIR_ON || from->place == DIR_BETWEEN)
        err = bookmark_set(cursor, &from->bookmark);
    if (err < JET_errSuccess) {
        dir_close(cursor);
        return err;
    }
    cursor->place = from->place;
    cursor->has_hint = from->has_hint;
    cursor->hint = from->hint;
    *ret_cursor = cursor;
    return JET_errSuccess;
}

enum dir_place dir_place(const struct dir_cursor *cursor)
{
    return cursor->place;
}

struct tree *dir_tree(const struct dir_cursor *cursor)
{
    return cursor->tree;
}

const struct bookmark *dir_bookmark(const struct dir_cursor *cursor)
{
    assert(cursor->place == DIR_ON || cursor->place == DIR_BETWEEN);
    return &cursor->bookmark;
}

void dir_release(struct dir_cursor *cursor)
{
    if (!cursor->is_latched)
        return;
    btree_release(&cursor->position);
    cursor->is_latched = false;
}

static void place_set(struct dir_cursor *cursor, enum dir_place place)
{
    dir_release(cursor);
    cursor->place = place;
    cursor->has_hint = false;
}

void dir_move_before_first(struct dir_cursor *cursor)
{
    place_set(cursor, DIR_BEFORE_FIRST);
}

void dir_move_after_last(struct dir_cursor *cursor)
{
    place_set(cursor, DIR_AFTER_LAST);
}

void dir_move_off(struct dir_cursor *cursor)
{
    dir_release(cursor);
    cursor->place = DIR_BETWEEN;
    cursor->has_hint = false;
}

/* ---- what the session sees of a node ---- */

/* The node at the position, as the bookmark it has in its tree. */
static void node_bookmark(const struct tree *tree, const struct btree_node_view *node, struct bookmark *ret_bookmark)
{
    bool is_unique = dir_is_unique(tree);
    *ret_bookmark = (struct bookmark){
        .key = node->key,
        .key_size = node->key_size,
        .data = is_unique ? NULL : node->data,
        .data_size = is_unique ? 0 : node->data_size,
    };
}

/* A node that is deleted for everybody, and for which nobody waits: left by a crash, or by a clean-up that met an
 * error. */
static void node_is_dead(struct dir_cursor *cursor, const struct btree_node_view *node)
{
    struct bookmark bookmark;
    node_bookmark(cursor->tree, node, &bookmark);
    version_remove_later(cursor->session->engine, cursor->tree, &bookmark);
}

/* Does the session see the node, and with which data? Fills the view, except for the key. */
static jet_err node_see(struct dir_cursor *cursor, const struct btree_node_view *node, bool *ret_exists)
{
    cursor->has_view = false;
    struct version_sight sight = {
        .exists = (node->flags & NODE_FLAG_DELETED) == 0, .data = node->data, .size = node->data_size};
    if ((node->flags & NODE_FLAG_VERSION) && !version_store_is_empty(cursor->session->engine->versions)) {
        struct bookmark bookmark;
        struct version_key key;
        node_bookmark(cursor->tree, node, &bookmark);
        dir_version_key(cursor->tree, &bookmark, &key);
        jet_err err = version_see(cursor->session, &key, &sight, &cursor->image);
        if (err < JET_errSuccess)
            return err;
    }
    if ((node->flags & NODE_FLAG_DELETED) && !sight.has_versions)
        node_is_dead(cursor, node);
    cursor->view.data = sight.data;
    cursor->view.data_size = sight.size;
    *ret_exists = sight.exists;
    return JET_errSuccess;
}

/* The cursor is on the node at the position, latched, whose bookmark it has. */
static void stand(struct dir_cursor *cursor)
{
    cursor->place = DIR_ON;
    cursor->has_hint = true;
    btree_hint_get(&cursor->position, &cursor->hint);
    cursor->view.key = cursor->bookmark.key;
    cursor->view.key_size = cursor->bookmark.key_size;
    cursor->view.pgno = cursor->hint.pgno;
    cursor->view.number++;
    cursor->has_view = cursor->session->level > 0;
    cursor->view_begin0 = cursor->session->trx_begin0;
    cursor->is_latched = true;
}

static jet_err stay(struct dir_cursor *cursor, const struct btree_node_view *node)
{
    struct bookmark bookmark;
    node_bookmark(cursor->tree, node, &bookmark);
    jet_err err = bookmark_set(cursor, &bookmark);
    if (err >= JET_errSuccess)
        stand(cursor);
    return err;
}

static bool key_is(const struct btree_node_view *node, const struct bookmark *key)
{
    return node->key_size == key->key_size && memcmp(node->key, key->key, key->key_size) == 0;
}

/* Exactly the one that was asked for: by key, and by data if that was given. */
static bool node_is(const struct btree_node_view *node, const struct bookmark *key)
{
    return key_is(node, key) &&
           (!key->data || (node->data_size == key->data_size && memcmp(node->data, key->data, key->data_size) == 0));
}

/* From the node at the position on, in one direction, to the first that the session sees. `only` (may be NULL): the
 * search ends at the first node with another key. JET_errRecordNotFound: there is none; the position is released. */
static jet_err land(struct dir_cursor *cursor, bool forward, const struct bookmark *only)
{
    struct btree_position *position = &cursor->position;
    for (;;) {
        struct btree_node_view node;
        bool exists = false;
        jet_err err = btree_node(position, &node);
        if (err >= JET_errSuccess && only && !node_is(&node, only))
            err = JET_errRecordNotFound;
        if (err >= JET_errSuccess)
            err = node_see(cursor, &node, &exists);
        if (err >= JET_errSuccess && exists)
            err = stay(cursor, &node);
        if (err < JET_errSuccess) {
            btree_release(position);
            return err;
        }
        if (exists)
            return JET_errSuccess;
        err = forward ? btree_next(position) : btree_previous(position);
        if (err < JET_errSuccess)
            return err == JET_errNoCurrentRecord ? JET_errRecordNotFound : err; /* released already */
    }
}

/* ---- seek ---- */

/* How btree/ is asked where the search begins. In a non-unique tree data counts if it was given: what lies above a
 * bookmark is what does not lie below the bookmark with a zero byte more. */
static jet_err seek_start(struct dir_cursor *cursor, enum dir_seek seek, const struct bookmark *key)
{
    static const enum btree_seek by_key[] = {
        [DIR_SEEK_EQUAL] = BTREE_EXACT_OR_NEXT,       [DIR_SEEK_LESS] = BTREE_LAST_LESS,
        [DIR_SEEK_LESS_OR_EQUAL] = BTREE_LAST_OF_KEY, [DIR_SEEK_GREATER_OR_EQUAL] = BTREE_EXACT_OR_NEXT,
        [DIR_SEEK_GREATER] = BTREE_NEXT_KEY,
    };
    bool is_beyond = seek == DIR_SEEK_GREATER || seek == DIR_SEEK_LESS_OR_EQUAL;
    struct bookmark beyond = *key;
    uint8_t *data = NULL;
    enum btree_seek how = by_key[seek];
    if (is_beyond && key->data && !dir_is_unique(cursor->tree)) {
        data = malloc(key->data_size + 1);
        if (!data)
            return JET_errOutOfMemory;
        if (key->data_size > 0)
            memcpy(data, key->data, key->data_size);
        data[key->data_size] = 0;
        beyond.data = data;
        beyond.data_size = key->data_size + 1;
        how = seek == DIR_SEEK_GREATER ? BTREE_EXACT_OR_NEXT : BTREE_LAST_LESS;
    }
    jet_err err = btree_seek(cursor->tree, how, &beyond, &cursor->position, NULL);
    free(data);
    return err == JET_errNoCurrentRecord ? JET_errRecordNotFound : err;
}

jet_err dir_seek(struct dir_cursor *cursor, enum dir_seek seek, const struct bookmark *key, bool *ret_exact)
{
    bool forward = seek != DIR_SEEK_LESS && seek != DIR_SEEK_LESS_OR_EQUAL;
    dir_release(cursor);
    cursor->has_hint = false;
    jet_err err = seek_start(cursor, seek, key);
    if (err >= JET_errSuccess)
        err = land(cursor, forward, seek == DIR_SEEK_EQUAL ? key : NULL);
    if (err == JET_errRecordNotFound) {
        jet_err set_err = bookmark_set(cursor, key);
        if (set_err < JET_errSuccess)
            return set_err;
        cursor->place = DIR_BETWEEN;
        cursor->has_hint = false;
    }
    if (err < JET_errSuccess)
        return err;
    struct btree_node_view found = {.key = cursor->bookmark.key,
                                    .key_size = cursor->bookmark.key_size,
                                    .data = cursor->bookmark.data,
                                    .data_size = cursor->bookmark.data_size};
    *ret_exact = dir_is_unique(cursor->tree) ? key_is(&found, key) : node_is(&found, key);
    return JET_errSuccess;
}

/* ---- move ---- */

/* Latches the node of the bookmark, or, if it is gone, the next in that direction. `*ret_exact`: it is the node
 * itself. */
static jet_err position_at_bookmark(struct dir_cursor *cursor, bool forward, bool *ret_exact)
{
    bool is_same;
    if (cursor->has_hint && btree_resume(cursor->tree, &cursor->hint, &cursor->position, &is_same) >= JET_errSuccess) {
        *ret_exact = true;
        return JET_errSuccess;
    }
    cursor->has_hint = false;
    if (forward)
        return btree_seek(cursor->tree, BTREE_EXACT_OR_NEXT, &cursor->bookmark, &cursor->position, ret_exact);
    *ret_exact = false;
    return btree_seek(cursor->tree, BTREE_LAST_LESS, &cursor->bookmark, &cursor->position, NULL);
}

/* The physical node behind (before) the cursor's place. */
static jet_err step(struct dir_cursor *cursor, bool forward)
{
    bool exact = true;
    if (cursor->is_latched) {
        cursor->is_latched = false; /* the position is ours again */
    } else {
        jet_err err = position_at_bookmark(cursor, forward, &exact);
        if (err < JET_errSuccess || !exact)
            return err;
    }
    return forward ? btree_next(&cursor->position) : btree_previous(&cursor->position);
}

/* From its place to the next visible node. The tree may change its shape while the hint leads to the end of a leaf:
 * then by the bookmark, which has stayed. */
static jet_err move_on(struct dir_cursor *cursor, bool forward)
{
    jet_err err = step(cursor, forward);
    if (err >= JET_errSuccess)
        err = land(cursor, forward, NULL);
    if (err != JET_errTaskDropped)
        return err;
    cursor->has_hint = false;
    err = step(cursor, forward);
    return err < JET_errSuccess ? err : land(cursor, forward, NULL);
}

static jet_err move_from_end(struct dir_cursor *cursor, bool forward)
{
    dir_release(cursor);
    jet_err err = btree_seek(cursor->tree, forward ? BTREE_FIRST : BTREE_LAST, NULL, &cursor->position, NULL);
    return err < JET_errSuccess ? err : land(cursor, forward, NULL);
}

jet_err dir_move(struct dir_cursor *cursor, enum dir_move move)
{
    bool forward = move == DIR_FIRST || move == DIR_NEXT;
    bool from_end =
        move == DIR_FIRST || move == DIR_LAST || cursor->place == (forward ? DIR_BEFORE_FIRST : DIR_AFTER_LAST);
    if (!from_end && cursor->place == (forward ? DIR_AFTER_LAST : DIR_BEFORE_FIRST))
        return JET_errNoCurrentRecord;
    jet_err err = from_end ? move_from_end(cursor, forward) : move_on(cursor, forward);
    if (err != JET_errNoCurrentRecord && err != JET_errRecordNotFound)
        return err;
    place_set(cursor, move == DIR_NEXT ? DIR_AFTER_LAST : DIR_BEFORE_FIRST);
    return JET_errNoCurrentRecord;
}

jet_err dir_move_fraction(struct dir_cursor *cursor, uint64_t before, uint64_t total)
{
    dir_release(cursor);
    jet_err err = btree_seek_fraction(cursor->tree, before, total, &cursor->position);
    if (err >= JET_errSuccess)
        err = land(cursor, true, NULL);
    if (err != JET_errNoCurrentRecord && err != JET_errRecordNotFound)
        return err;
    return dir_move(cursor, DIR_LAST);
}

/* ---- goto and get ---- */

/* The node at the position, which is that of the bookmark. A bookmark may be without the data that belongs to it: then
 * it gets it. */
static jet_err look(struct dir_cursor *cursor)
{
    const bool is_whole = dir_is_unique(cursor->tree) || cursor->bookmark.data;
    struct btree_node_view node;
    bool exists = false;
    jet_err err = JET_errSuccess;
    if (is_whole)
        btree_node_named(&cursor->position, &cursor->bookmark, &node);
    else
        err = btree_node(&cursor->position, &node);
    if (err >= JET_errSuccess)
        err = node_see(cursor, &node, &exists);
    if (err < JET_errSuccess)
        return err;
    if (!exists)
        return JET_errRecordDeleted;
    if (!is_whole)
        return stay(cursor, &node);
    stand(cursor);
    return JET_errSuccess;
}

/* Latches the node of the bookmark and looks at it. JET_errRecordDeleted: the session does not see it. */
static jet_err visit(struct dir_cursor *cursor)
{
    bool exact;
    jet_err err = position_at_bookmark(cursor, true, &exact);
    if (err < JET_errSuccess)
        return err == JET_errNoCurrentRecord ? JET_errRecordDeleted : err;
    err = exact ? look(cursor) : JET_errRecordDeleted;
    if (err < JET_errSuccess)
        btree_release(&cursor->position);
    return err;
}

jet_err dir_assume(struct dir_cursor *cursor, const struct bookmark *bookmark)
{
    dir_release(cursor);
    jet_err err = bookmark_set(cursor, bookmark);
    if (err < JET_errSuccess)
        return err;
    cursor->place = DIR_ON;
    cursor->has_hint = false;
    return JET_errSuccess;
}

jet_err dir_goto(struct dir_cursor *cursor, const struct bookmark *bookmark)
{
    jet_err err = dir_assume(cursor, bookmark);
    return err < JET_errSuccess ? err : visit(cursor);
}

/* Latches the node that was seen before, and nothing has changed since, in its page or in what the session may see. */
static bool revisit(struct dir_cursor *cursor)
{
    const struct session *session = cursor->session;
    bool is_same;
    if (!cursor->has_view || !cursor->has_hint || session->level == 0 || cursor->view_begin0 != session->trx_begin0)
        return false;
    if (btree_resume(cursor->tree, &cursor->hint, &cursor->position, &is_same) < JET_errSuccess)
        return false;
    cursor->is_latched = is_same;
    if (!is_same)
        btree_release(&cursor->position);
    return is_same;
}

jet_err dir_get(struct dir_cursor *cursor, struct dir_view *ret_view)
{
    if (cursor->place != DIR_ON)
        return JET_errNoCurrentRecord;
    if (!cursor->is_latched && !revisit(cursor)) {
        jet_err err = visit(cursor);
        if (err < JET_errSuccess)
            return err;
    }
    *ret_view = cursor->view;
    return JET_errSuccess;
}
