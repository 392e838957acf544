/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "plain_database.h"

#include "btree/actor.h"
#include "btree/position.h"
#include "btree/tree.h"
#include "format/dbheader_state.h"
#include "format/logrecord.h"
#include "isam/dir.h"
#include "isam/session.h"
#include "isam/transaction.h"
#include "log/log_stream.h"
#include "log/log_time.h"
#include "storage/database.h"

enum { PAGES_FIRST = 32 };

/* ---- records and headers ---- */

static uint64_t log_two(struct engine *engine, const void *fixed, size_t fixed_size, const char *path)
{
    const struct log_piece pieces[] = {
        {fixed, fixed_size                 },
        {path,  path ? strlen(path) + 1 : 0}
    };
    const struct log_record record = {pieces, 2};
    uint64_t start, end;
    assert_int_equal(log_append(engine->log, &record, 1, NULL, &start, &end), JET_errSuccess);
    assert_int_equal(log_flush_to(engine->log, end), JET_errSuccess);
    return start;
}

static struct logrec_span path_span(const char *path)
{
    return (struct logrec_span){.bytes = (const void *)path, .size = strlen(path) + 1};
}

struct header_change {
    struct dbheader_attach attach;
    uint64_t lgpos;
};

static void set_created(struct dbheader_disk *header, void *context)
{
    const struct header_change *change = context;
    dbheader_set_created(header, &change->attach);
}

static void set_attached(struct dbheader_disk *header, void *context)
{
    const struct header_change *change = context;
    dbheader_set_attached(header, &change->attach, NULL);
}

static void set_clean(struct dbheader_disk *header, void *context)
{
    const struct header_change *change = context;
    dbheader_set_clean(header, lgpos_unpack(change->lgpos), log_time_now());
}

static void change_header(struct plain_database *plain, uint64_t lgpos,
                          void (*set)(struct dbheader_disk *header, void *context))
{
    lgen_t current;
    struct header_change change = {
        .attach = {.lgpos = lgpos_unpack(lgpos),
                   .now = log_time_now(),
                   .log_signature = log_signature(plain->engine->log),
                   .dbid = PLAIN_DATABASE_DBID},
        .lgpos = lgpos,
    };
    const struct logtime_disk created = log_generation_created(plain->engine->log, &current);
    if (current == change.attach.lgpos.generation)
        change.attach.generation_created = created;
    assert_int_equal(database_header_update(plain->db, set, &change), JET_errSuccess);
}

/* ---- create ---- */

static void make_tree(struct plain_database *plain, struct session *session)
{
    const struct tree_new options = {.objid = PLAIN_DATABASE_OBJID, .pages = 1};
    struct btree_actor actor;
    struct tree *root;
    assert_int_equal(transaction_actor(session, plain->db, &actor), JET_errSuccess);
    assert_int_equal(tree_create_database_root(plain->db, &actor, PAGES_FIRST), JET_errSuccess);
    assert_int_equal(tree_open(plain->db, BTREE_DATABASE_FDP, BTREE_DATABASE_OBJID, &root), JET_errSuccess);
    assert_int_equal(tree_create(root, &actor, &options, &plain->fdp), JET_errSuccess);
    tree_close(root);
    assert_int_equal(tree_open(plain->db, plain->fdp, PLAIN_DATABASE_OBJID, &plain->tree), JET_errSuccess);
    database_raise_objid(plain->db, PLAIN_DATABASE_OBJID);
}

static uint64_t create(struct plain_database *plain, struct session *session)
{
    struct signature_disk signature;
    struct logrec_create_db_disk disk;
    assert_int_equal(log_signature_new(&signature), JET_errSuccess);
    const struct logrec_create_db record = {
        .procid = session->procid,
        .dbid = PLAIN_DATABASE_DBID,
        .signature = signature,
        .scheme = LOGREC_CREATE_DB_SCHEME,
        .path = path_span(plain->path),
    };
    logrec_create_db_encode(&record, &disk);
    const uint64_t lgpos = log_two(plain->engine, &disk, sizeof disk, plain->path);
    const struct database_new options = {
        .path = plain->path,
        .dbid = PLAIN_DATABASE_DBID,
        .pages = PAGES_FIRST,
        .signature = &signature,
        .log_signature = log_signature(plain->engine->log),
        .generation = lgpos_unpack(lgpos).generation,
    };
    assert_int_equal(database_create(plain->engine->cache, &options, &plain->db), JET_errSuccess);
    engine_database_put(plain->engine, PLAIN_DATABASE_DBID, plain->db);
    assert_int_equal(transaction_begin(session, false), JET_errSuccess);
    make_tree(plain, session);
    assert_int_equal(transaction_commit(session, 0, NULL), JET_errSuccess);
    return lgpos;
}

static void begin(struct plain_database *plain, struct engine *engine, const char *path, struct session **ret_session)
{
    *plain = (struct plain_database){.engine = engine, .path = path};
    assert_int_equal(session_begin(engine, ret_session), JET_errSuccess);
    atomic_fetch_add(&engine->attaching, 1);
}

void plain_database_create(struct plain_database *plain, struct engine *engine, const char *path)
{
    struct session *session;
    struct logrec_create_db_finish_disk disk;
    begin(plain, engine, path, &session);
    const uint64_t lgpos = create(plain, session);
    const struct logrec_create_db_finish record = {.procid = session->procid, .dbid = PLAIN_DATABASE_DBID};
    logrec_create_db_finish_encode(&record, &disk);
    (void)log_two(engine, &disk, sizeof disk, NULL);
    change_header(plain, lgpos, set_created);
    atomic_fetch_sub(&engine->attaching, 1);
    session_end(session);
}

void plain_database_create_half(struct plain_database *plain, struct engine *engine, const char *path)
{
    struct session *session;
    begin(plain, engine, path, &session);
    (void)create(plain, session);
    session_end(session);
}

/* ---- attach and detach ---- */

void plain_database_attach(struct plain_database *plain, struct engine *engine, const char *path, pgno_t fdp)
{
    const struct database_open_options options = {.path = path, .dbid = PLAIN_DATABASE_DBID, .is_logged = true};
    struct dbheader_disk header;
    struct logrec_attach_db_disk disk;
    struct session *session;
    begin(plain, engine, path, &session);
    plain->fdp = fdp;
    assert_int_equal(database_open(engine->cache, &options, &plain->db), JET_errSuccess);
    database_header_get(plain->db, &header);
    assert_int_equal(le32_get(header.state), DBHEADER_CLEAN);
    const struct logrec_attach_db record = {
        .procid = session->procid,
        .dbid = PLAIN_DATABASE_DBID,
        .consistent = lgpos_get(header.lgpos_consistent),
        .signature = header.signature,
        .log_signature = header.log_signature,
        .path = path_span(path),
    };
    logrec_attach_db_encode(&record, &disk);
    change_header(plain, log_two(engine, &disk, sizeof disk, path), set_attached);
    engine_database_put(engine, PLAIN_DATABASE_DBID, plain->db);
    atomic_fetch_sub(&engine->attaching, 1);
    assert_int_equal(tree_open(plain->db, fdp, PLAIN_DATABASE_OBJID, &plain->tree), JET_errSuccess);
    session_end(session);
}

void plain_database_detach(struct plain_database *plain)
{
    struct logrec_detach_db_disk disk;
    const struct logrec_detach_db record = {.dbid = PLAIN_DATABASE_DBID, .path = path_span(plain->path)};
    plain_database_leave(plain);
    atomic_fetch_add(&plain->engine->attaching, 1);
    assert_int_equal(database_flush(plain->db), JET_errSuccess);
    logrec_detach_db_encode(&record, &disk);
    change_header(plain, log_two(plain->engine, &disk, sizeof disk, plain->path), set_clean);
    assert_int_equal(engine_database_take_out(plain->engine, PLAIN_DATABASE_DBID), JET_errSuccess);
    database_close(plain->db);
    atomic_fetch_sub(&plain->engine->attaching, 1);
}

void plain_database_leave(struct plain_database *plain)
{
    tree_close(plain->tree);
    plain->tree = NULL;
}

/* ---- rows ---- */

static void fill(uint8_t *bytes, const struct plain_row *row)
{
    uint32_t noise = row->seed;
    for (uint32_t i = 0; i < row->size; i++)
        bytes[i] = (uint8_t)((noise = noise * 1103515245 + 12345) >> 16);
}

static struct bookmark bookmark_of(const be32 *key)
{
    return (struct bookmark){.key = key->b, .key_size = sizeof key->b};
}

jet_err plain_database_put(struct plain_database *plain, struct session *session, uint32_t key,
                           const struct plain_row *before, const struct plain_row *row)
{
    const be32 key_disk = be32_make(key);
    struct bookmark node = bookmark_of(&key_disk);
    jet_err err = JET_errSuccess;
    uint8_t *bytes = malloc(row->size + 1);
    assert_non_null(bytes);
    fill(bytes, row);
    if (before->exists && !row->exists)
        err = dir_delete(session, plain->tree, &node, 0);
    else if (before->exists)
        err = dir_replace(session, plain->tree, &node, bytes, row->size, 0);
    else if (row->exists) {
        node.data = bytes;
        node.data_size = row->size;
        err = dir_insert(session, plain->tree, &node, 0);
    }
    free(bytes);
    return err;
}

static void check_row(const struct dir_view *view, uint32_t key, const struct plain_row *row)
{
    const be32 key_disk = be32_make(key);
    uint8_t *expected = malloc(row->size + 1);
    assert_non_null(expected);
    fill(expected, row);
    assert_int_equal(view->key_size, sizeof key_disk);
    assert_memory_equal(view->key, key_disk.b, sizeof key_disk);
    assert_int_equal(view->data_size, row->size);
    assert_memory_equal(view->data, expected, row->size);
    free(expected);
}

void plain_database_sizes(struct plain_database *plain, struct plain_row *ret_rows, uint32_t count)
{
    struct session *session;
    struct dir_cursor *cursor;
    struct dir_view view;
    memset(ret_rows, 0, count * sizeof *ret_rows);
    assert_int_equal(session_begin(plain->engine, &session), JET_errSuccess);
    assert_int_equal(dir_open(session, plain->tree, &cursor), JET_errSuccess);
    while (dir_move(cursor, DIR_NEXT) == JET_errSuccess) {
        assert_int_equal(dir_get(cursor, &view), JET_errSuccess);
        const be32 *key = (const void *)view.key;
        assert_int_equal(view.key_size, sizeof *key);
        assert_in_range(be32_get(*key), 0, count - 1);
        ret_rows[be32_get(*key)] = (struct plain_row){.exists = true, .size = (uint32_t)view.data_size};
    }
    dir_close(cursor);
    session_end(session);
}

void plain_database_expect(struct plain_database *plain, const struct plain_row *rows, uint32_t count)
{
    struct session *session;
    struct dir_cursor *cursor;
    struct dir_view view;
    assert_int_equal(session_begin(plain->engine, &session), JET_errSuccess);
    assert_int_equal(dir_open(session, plain->tree, &cursor), JET_errSuccess);
    for (uint32_t key = 0; key < count; key++) {
        if (!rows[key].exists)
            continue;
        assert_int_equal(dir_move(cursor, DIR_NEXT), JET_errSuccess);
        assert_int_equal(dir_get(cursor, &view), JET_errSuccess);
        check_row(&view, key, &rows[key]);
    }
    assert_int_equal(dir_move(cursor, DIR_NEXT), JET_errNoCurrentRecord);
    dir_close(cursor);
    session_end(session);
}
