/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "world.h"

struct session *world_session(struct world *world)
{
    struct session *session = NULL;
    assert_int_equal(session_begin(world->engine, &session), JET_errSuccess);
    return session;
}

void begin(struct session *session)
{
    assert_int_equal(transaction_begin(session, false), JET_errSuccess);
}

void commit(struct session *session)
{
    assert_int_equal(transaction_commit(session, TRANSACTION_COMMIT_LAZY, NULL), JET_errSuccess);
}

void rollback(struct session *session)
{
    assert_int_equal(transaction_rollback(session, false), JET_errSuccess);
}

struct bookmark world_key(const char *key)
{
    return (struct bookmark){.key = (const uint8_t *)key, .key_size = strlen(key)};
}

static struct bookmark node_of(const char *key, const char *data)
{
    struct bookmark node = world_key(key);
    node.data = (const uint8_t *)data;
    node.data_size = strlen(data);
    return node;
}

jet_err insert(struct session *session, struct tree *tree, const char *key, const char *data)
{
    struct bookmark node = node_of(key, data);
    return dir_insert(session, tree, &node, 0);
}

jet_err replace(struct session *session, struct tree *tree, const char *key, const char *data)
{
    struct bookmark bookmark = world_key(key);
    return dir_replace(session, tree, &bookmark, data, strlen(data), 0);
}

jet_err delete (struct session *session, struct tree *tree, const char *key)
{
    struct bookmark bookmark = world_key(key);
    return dir_delete(session, tree, &bookmark, 0);
}

const char *get(struct session *session, struct tree *tree, const char *key)
{
    static char text[256];
    struct dir_cursor *cursor;
    struct bookmark bookmark = world_key(key);
    struct dir_view view;
    bool exact;
    assert_int_equal(dir_open(session, tree, &cursor), JET_errSuccess);
    jet_err err = dir_seek(cursor, DIR_SEEK_EQUAL, &bookmark, &exact);
    if (err == JET_errSuccess) {
        assert_true(exact);
        assert_int_equal(dir_get(cursor, &view), JET_errSuccess);
        (void)snprintf(text, sizeof text, "%.*s", (int)view.data_size, (const char *)view.data);
    } else {
        assert_int_equal(err, JET_errRecordNotFound);
    }
    dir_close(cursor);
    return err == JET_errSuccess ? text : NULL;
}

static const char *list_by(struct session *session, struct tree *tree, enum dir_move move)
{
    static char text[4096];
    size_t size = 0;
    struct dir_cursor *cursor;
    jet_err err;
    text[0] = 0;
    assert_int_equal(dir_open(session, tree, &cursor), JET_errSuccess);
    if (move == DIR_PREVIOUS)
        dir_move_after_last(cursor);
    while ((err = dir_move(cursor, move)) == JET_errSuccess) {
        struct dir_view view;
        assert_int_equal(dir_get(cursor, &view), JET_errSuccess);
        size += (size_t)snprintf(text + size, sizeof text - size, "%.*s=%.*s ", (int)view.key_size,
                                 (const char *)view.key, (int)view.data_size, (const char *)view.data);
        assert_true(size < sizeof text);
    }
    assert_int_equal(err, JET_errNoCurrentRecord);
    dir_close(cursor);
    return text;
}

const char *list(struct session *session, struct tree *tree)
{
    return list_by(session, tree, DIR_NEXT);
}

const char *list_backwards(struct session *session, struct tree *tree)
{
    return list_by(session, tree, DIR_PREVIOUS);
}
