/* SPDX-License-Identifier: MIT */
/* Tests of versions and transactions as recovery makes them: nodes are put into a tree without versions, as redo of
 * pages would leave them, the records' versions are told, and undo must bring the nodes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "world.h"

enum { PROCID = 77, LGPOS = 4096 };

/* The node as the page has it, made by a session of its own. */
static void page_has(struct world *world, const char *key, const char *data)
{
    struct session *s = world_session(world);
    struct bookmark node = world_key(key);
    node.data = (const uint8_t *)data;
    node.data_size = strlen(data);
    begin(s);
    assert_int_equal(dir_insert(s, world->tree, &node, DIR_UNVERSIONED), JET_errSuccess);
    commit(s);
    session_end(s);
}

static struct session *redo_session(struct world *world, unsigned levels)
{
    struct session *session = NULL;
    assert_int_equal(session_redo(world->engine, PROCID, &session), JET_errSuccess);
    assert_int_equal(transaction_redo_begin0(session, levels, 0x1000, LGPOS), JET_errSuccess);
    return session;
}

static struct version_redo record(struct world *world, enum version_kind kind, uint32_t rceid, const char *key,
                                  const char *before)
{
    return (struct version_redo){
        .kind = kind,
        .rceid = rceid,
        .level = 1,
        .db = world->db,
        .fdp = world->tree->fdp,
        .objid = world->tree->objid,
        .is_unique = true,
        .key = (const uint8_t *)key,
        .key_size = strlen(key),
        .before = (const uint8_t *)before,
        .before_size = before ? strlen(before) : 0,
    };
}

static void create(struct session *session, struct version_redo redo)
{
    assert_int_equal(version_redo_create(session, &redo), JET_errSuccess);
}

static void undo_info(struct session *session, struct version_redo redo)
{
    assert_int_equal(version_redo_undo_info(session, &redo), JET_errSuccess);
}

static void assert_list(struct world *world, const char *expected)
{
    struct session *s = world_session(world);
    assert_string_equal(list(s, world->tree), expected);
    session_end(s);
}

static void assert_undone(struct world *world, unsigned transactions, const char *expected)
{
    unsigned count = 99;
    assert_int_equal(transaction_redo_undo_all(world->engine, &count), JET_errSuccess);
    assert_int_equal(count, transactions);
    assert_list(world, expected);
}

static void undo_takes_back_what_was_open(void **state)
{
    struct world *world = *state;
    struct session *s = redo_session(world, 1);
    page_has(world, "i", "inserted");
    page_has(world, "n", "1114");
    page_has(world, "r", "new");
    assert_true(transaction_oldest_lgpos(world->engine, UINT64_MAX) == LGPOS);
    create(s, record(world, VERSION_INSERT, 1, "i", NULL));
    create(s, record(world, VERSION_REPLACE, 2, "r", "old"));
    struct version_redo delta = record(world, VERSION_DELTA, 3, "n", NULL);
    delta.delta = 0x03000000; /* '1' to '4' */
    create(s, delta);
    assert_undone(world, 1, "n=1111 r=old ");
    assert_null(session_redo_find(world->engine, PROCID));
    assert_true(transaction_oldest_lgpos(world->engine, UINT64_MAX) == UINT64_MAX);
}

static void images_that_come_late_are_undone_in_the_order_of_the_changes(void **state)
{
    struct world *world = *state;
    struct session *s = redo_session(world, 1);
    page_has(world, "r", "C");
    create(s, record(world, VERSION_REPLACE, 9, "x", "not on any page")); /* newer than both, of another node */
    page_has(world, "x", "2");
    undo_info(s, record(world, VERSION_REPLACE, 2, "r", "B"));
    undo_info(s, record(world, VERSION_REPLACE, 1, "r", "A"));
    assert_undone(world, 1, "r=A x=not on any page ");
}

static void an_image_completes_the_version_that_lacks_it(void **state)
{
    struct world *world = *state;
    struct session *s = redo_session(world, 1);
    page_has(world, "r", "new");
    create(s, record(world, VERSION_REPLACE, 1, "r", NULL));
    struct version_redo undo = record(world, VERSION_REPLACE, 1, "r", NULL);
    assert_int_equal(version_redo_undo(s, &undo), JET_errDatabaseBufferDependenciesCorrupted);
    undo_info(s, record(world, VERSION_REPLACE, 1, "r", "old"));
    undo_info(s, record(world, VERSION_REPLACE, 1, "r", "old"));
    assert_undone(world, 1, "r=old ");
}

static void an_image_that_never_came_ends_the_engine(void **state)
{
    struct world *world = *state;
    struct session *s = redo_session(world, 1), *more;
    page_has(world, "r", "new");
    create(s, record(world, VERSION_REPLACE, 1, "r", NULL));
    assert_int_equal(transaction_redo_undo_all(world->engine, NULL), JET_errDatabaseBufferDependenciesCorrupted);
    assert_int_equal(engine_state(world->engine), JET_errInstanceUnavailable);
    assert_int_equal(session_begin(world->engine, &more), JET_errInstanceUnavailable);
}

static void undo_records_leave_nothing_to_undo(void **state)
{
    struct world *world = *state;
    struct session *s = redo_session(world, 2);
    struct version_statistics statistics;
    page_has(world, "r", "old"); /* the page has the reversal already */
    create(s, record(world, VERSION_REPLACE, 1, "r", "older"));
    struct version_redo inner = record(world, VERSION_REPLACE, 2, "r", "old");
    inner.level = 2;
    create(s, inner);
    struct version_redo undo = record(world, VERSION_REPLACE, 2, "r", NULL);
    assert_int_equal(version_redo_undo(s, &undo), JET_errSuccess);
    assert_memory_equal(undo.before, "old", 3);
    version_redo_undone(s, &undo);
    assert_int_equal(version_redo_undo(s, &undo), JET_errLogCorrupted);
    assert_int_equal(transaction_redo_rollback(s, 1), JET_errSuccess);
    assert_int_equal(s->level, 1);
    version_statistics(world->engine, &statistics);
    assert_int_equal(statistics.count, 1);
    assert_undone(world, 1, "r=older ");
}

static void what_is_committed_is_not_undone(void **state)
{
    struct world *world = *state;
    struct session *s = redo_session(world, 2);
    page_has(world, "r", "new");
    struct version_redo replace = record(world, VERSION_REPLACE, 1, "r", "old");
    replace.level = 2;
    create(s, replace);
    assert_int_equal(transaction_redo_commit(s, 2), JET_errLogCorrupted);
    assert_int_equal(transaction_redo_commit(s, 1), JET_errSuccess);
    assert_int_equal(transaction_redo_commit0(s, 0x2000), JET_errSuccess);
    undo_info(s, record(world, VERSION_REPLACE, 1, "r", "old")); /* behind the commit */
    assert_int_equal(transaction_redo_commit0(s, 0x2004), JET_errLogCorrupted);
    assert_undone(world, 0, "r=new ");
    struct session *later = world_session(world);
    begin(later);
    assert_true(later->trx_begin0 > 0x2000);
    rollback(later);
    session_end(later);
}

static void an_inner_level_that_was_rolled_back_is_gone(void **state)
{
    struct world *world = *state;
    struct session *s = redo_session(world, 1);
    page_has(world, "a", "1");
    create(s, record(world, VERSION_INSERT, 1, "a", NULL));
    assert_int_equal(transaction_redo_begin(s, 2, 1), JET_errLogCorrupted);
    assert_int_equal(transaction_redo_begin(s, 1, 1), JET_errSuccess);
    assert_int_equal(transaction_redo_rollback(s, 3), JET_errLogCorrupted);
    assert_int_equal(transaction_redo_rollback(s, 1), JET_errSuccess);
    assert_undone(world, 1, "");
}

static void a_run_that_ended_leaves_no_session(void **state)
{
    struct world *world = *state;
    struct session *s = redo_session(world, 1);
    page_has(world, "a", "1");
    create(s, record(world, VERSION_INSERT, 1, "a", NULL));
    transaction_redo_forget(world->engine);
    assert_undone(world, 0, "a=1 ");
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(undo_takes_back_what_was_open),
        IN_WORLD(images_that_come_late_are_undone_in_the_order_of_the_changes),
        IN_WORLD(an_image_completes_the_version_that_lacks_it),
        IN_WORLD(an_image_that_never_came_ends_the_engine),
        IN_WORLD(undo_records_leave_nothing_to_undo),
        IN_WORLD(what_is_committed_is_not_undone),
        IN_WORLD(an_inner_level_that_was_rolled_back_is_gone),
        IN_WORLD(a_run_that_ended_leaves_no_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
