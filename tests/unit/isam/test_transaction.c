/* SPDX-License-Identifier: MIT */
/* Tests of transactions: levels, snapshots, conflicts, rollback; scripts of several sessions, on one thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "world.h"

/* ---- levels ---- */

static void seven_levels_are_the_limit(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    for (unsigned i = 0; i < 7; i++)
        begin(s);
    assert_int_equal(transaction_begin(s, false), JET_errTransTooDeep);
    assert_int_equal(s->level, 7);
    for (unsigned i = 0; i < 7; i++)
        commit(s);
    assert_int_equal(transaction_commit(s, 0, NULL), JET_errNotInTransaction);
    assert_int_equal(transaction_rollback(s, true), JET_errNotInTransaction);
    session_end(s);
}

static void rollback_of_all_levels_ends_the_transaction(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    begin(s);
    assert_int_equal(insert(s, world->tree, "a", "1"), JET_errSuccess);
    begin(s);
    assert_int_equal(insert(s, world->tree, "b", "1"), JET_errSuccess);
    assert_int_equal(transaction_rollback(s, true), JET_errSuccess);
    assert_int_equal(s->level, 0);
    assert_string_equal(list(s, world->tree), "");
    session_end(s);
}

static void sessions_are_limited_and_reused(void **state)
{
    struct world *world = *state;
    struct session *sessions[WORLD_SESSIONS], *more;
    for (unsigned i = 0; i < WORLD_SESSIONS; i++)
        sessions[i] = world_session(world);
    assert_int_equal(session_begin(world->engine, &more), JET_errOutOfSessions);
    assert_int_equal(session_count(world->engine), WORLD_SESSIONS);
    session_end(sessions[3]);
    more = world_session(world);
    sessions[3] = more;
    for (unsigned i = 0; i < WORLD_SESSIONS; i++)
        session_end(sessions[i]);
}

static void changes_need_a_transaction_that_may_write(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    assert_int_equal(insert(s, world->tree, "a", "1"), JET_errNotInTransaction);
    assert_int_equal(transaction_begin(s, true), JET_errSuccess);
    assert_int_equal(insert(s, world->tree, "a", "1"), JET_errTransReadOnly);
    begin(s);
    assert_int_equal(insert(s, world->tree, "a", "1"), JET_errTransReadOnly);
    commit(s);
    commit(s);
    begin(s);
    assert_int_equal(insert(s, world->tree, "a", "1"), JET_errSuccess);
    assert_int_equal(transaction_begin(s, true), JET_errSuccess);
    assert_int_equal(insert(s, world->tree, "b", "1"), JET_errTransReadOnly);
    commit(s);
    assert_int_equal(insert(s, world->tree, "b", "1"), JET_errSuccess);
    commit(s);
    assert_string_equal(list(s, world->tree), "a=1 b=1 ");
    session_end(s);
}

static void waiting_flags_stand_alone(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    uint64_t lgpos = 7;
    assert_int_equal(transaction_commit(s, TRANSACTION_WAIT_LAST, &lgpos), JET_errSuccess);
    assert_int_equal(lgpos, 0);
    assert_int_equal(transaction_commit(s, 0x40, NULL), JET_errInvalidGrbit);
    session_end(s);
}

static void ending_a_session_rolls_back(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world), *t = world_session(world);
    begin(s);
    assert_int_equal(insert(s, world->tree, "a", "1"), JET_errSuccess);
    session_end(s);
    assert_string_equal(list(t, world->tree), "");
    session_end(t);
}

/* ---- snapshots ---- */

static void nobody_sees_what_is_not_committed(void **state)
{
    struct world *world = *state;
    struct session *writer = world_session(world), *reader = world_session(world), *none = world_session(world);
    begin(writer);
    assert_int_equal(insert(writer, world->tree, "a", "1"), JET_errSuccess);
    begin(reader);
    assert_null(get(reader, world->tree, "a"));
    assert_null(get(none, world->tree, "a"));
    assert_string_equal(get(writer, world->tree, "a"), "1");
    commit(writer);
    assert_null(get(reader, world->tree, "a"));
    assert_string_equal(get(none, world->tree, "a"), "1");
    commit(reader);
    begin(reader);
    assert_string_equal(get(reader, world->tree, "a"), "1");
    commit(reader);
    session_end(writer);
    session_end(reader);
    session_end(none);
}

static void a_snapshot_keeps_old_data_through_many_changes(void **state)
{
    struct world *world = *state;
    struct session *writer = world_session(world), *reader = world_session(world);
    char data[2] = "0";
    begin(writer);
    assert_int_equal(insert(writer, world->tree, "a", data), JET_errSuccess);
    commit(writer);
    begin(reader);
    for (data[0] = '1'; data[0] <= '9'; data[0]++) {
        begin(writer);
        assert_int_equal(replace(writer, world->tree, "a", data), JET_errSuccess);
        commit(writer);
        assert_string_equal(get(reader, world->tree, "a"), "0");
    }
    begin(writer);
    assert_int_equal(delete (writer, world->tree, "a"), JET_errSuccess);
    commit(writer);
    assert_string_equal(get(reader, world->tree, "a"), "0");
    begin(writer);
    assert_int_equal(insert(writer, world->tree, "a", "new"), JET_errSuccess);
    commit(writer);
    assert_string_equal(get(reader, world->tree, "a"), "0");
    assert_string_equal(list(reader, world->tree), "a=0 ");
    commit(reader);
    assert_string_equal(list(reader, world->tree), "a=new ");
    session_end(writer);
    session_end(reader);
}

static void a_read_only_snapshot_is_one_too(void **state)
{
    struct world *world = *state;
    struct session *writer = world_session(world), *reader = world_session(world);
    begin(writer);
    assert_int_equal(insert(writer, world->tree, "a", "1"), JET_errSuccess);
    commit(writer);
    assert_int_equal(transaction_begin(reader, true), JET_errSuccess);
    begin(writer);
    assert_int_equal(replace(writer, world->tree, "a", "2"), JET_errSuccess);
    commit(writer);
    assert_string_equal(get(reader, world->tree, "a"), "1");
    commit(reader);
    assert_string_equal(get(reader, world->tree, "a"), "2");
    session_end(writer);
    session_end(reader);
}

static void deleted_and_unborn_nodes_are_skipped_both_ways(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world), *reader = world_session(world);
    begin(s);
    assert_int_equal(insert(s, world->tree, "b", "1"), JET_errSuccess);
    assert_int_equal(insert(s, world->tree, "d", "1"), JET_errSuccess);
    assert_int_equal(insert(s, world->tree, "f", "1"), JET_errSuccess);
    commit(s);
    begin(reader);
    begin(s);
    assert_int_equal(insert(s, world->tree, "a", "2"), JET_errSuccess);
    assert_int_equal(insert(s, world->tree, "e", "2"), JET_errSuccess);
    assert_int_equal(delete (s, world->tree, "d"), JET_errSuccess);
    assert_string_equal(list(s, world->tree), "a=2 b=1 e=2 f=1 ");
    assert_string_equal(list_backwards(s, world->tree), "f=1 e=2 b=1 a=2 ");
    assert_string_equal(list(reader, world->tree), "b=1 d=1 f=1 ");
    assert_string_equal(list_backwards(reader, world->tree), "f=1 d=1 b=1 ");
    commit(s);
    assert_string_equal(list(reader, world->tree), "b=1 d=1 f=1 ");
    commit(reader);
    assert_string_equal(list(reader, world->tree), "a=2 b=1 e=2 f=1 ");
    session_end(s);
    session_end(reader);
}

/* ---- conflicts ---- */

static void the_second_writer_of_a_node_conflicts(void **state)
{
    struct world *world = *state;
    struct session *a = world_session(world), *b = world_session(world);
    begin(a);
    assert_int_equal(insert(a, world->tree, "k", "1"), JET_errSuccess);
    commit(a);
    begin(a);
    begin(b);
    assert_int_equal(replace(a, world->tree, "k", "2"), JET_errSuccess);
    assert_int_equal(replace(b, world->tree, "k", "3"), JET_errWriteConflict);
    assert_int_equal(delete (b, world->tree, "k"), JET_errWriteConflict);
    assert_int_equal(replace(a, world->tree, "k", "4"), JET_errSuccess);
    commit(a);
    assert_int_equal(replace(b, world->tree, "k", "3"), JET_errWriteConflict); /* newer than its snapshot */
    rollback(b);
    begin(b);
    assert_int_equal(replace(b, world->tree, "k", "3"), JET_errSuccess);
    commit(b);
    assert_string_equal(get(a, world->tree, "k"), "3");
    session_end(a);
    session_end(b);
}

static void a_conflict_ends_with_the_rollback_of_the_other(void **state)
{
    struct world *world = *state;
    struct session *a = world_session(world), *b = world_session(world);
    begin(a);
    assert_int_equal(insert(a, world->tree, "k", "1"), JET_errSuccess);
    commit(a);
    begin(a);
    begin(b);
    assert_int_equal(replace(a, world->tree, "k", "2"), JET_errSuccess);
    assert_int_equal(replace(b, world->tree, "k", "3"), JET_errWriteConflict);
    rollback(a);
    assert_string_equal(get(a, world->tree, "k"), "1");
    assert_int_equal(replace(b, world->tree, "k", "3"), JET_errSuccess);
    commit(b);
    assert_string_equal(get(a, world->tree, "k"), "3");
    session_end(a);
    session_end(b);
}

static void inserts_of_one_key_conflict_or_are_duplicates(void **state)
{
    struct world *world = *state;
    struct session *a = world_session(world), *b = world_session(world);
    begin(a);
    begin(b);
    assert_int_equal(insert(a, world->tree, "k", "1"), JET_errSuccess);
    assert_int_equal(insert(a, world->tree, "k", "2"), JET_errKeyDuplicate);
    assert_int_equal(insert(b, world->tree, "k", "3"), JET_errWriteConflict);
    commit(a);
    assert_int_equal(insert(b, world->tree, "k", "3"), JET_errWriteConflict);
    rollback(b);
    begin(b);
    assert_int_equal(insert(b, world->tree, "k", "3"), JET_errKeyDuplicate);
    assert_int_equal(delete (b, world->tree, "k"), JET_errSuccess);
    assert_int_equal(delete (b, world->tree, "k"), JET_errRecordDeleted);
    assert_int_equal(replace(b, world->tree, "k", "4"), JET_errRecordDeleted);
    assert_int_equal(insert(b, world->tree, "k", "5"), JET_errSuccess);
    assert_string_equal(get(a, world->tree, "k"), "1");
    begin(a);
    assert_int_equal(insert(a, world->tree, "k", "6"), JET_errWriteConflict);
    rollback(a);
    commit(b);
    assert_string_equal(get(a, world->tree, "k"), "5");
    session_end(a);
    session_end(b);
}

static void locks_conflict_as_writes_do(void **state)
{
    struct world *world = *state;
    struct session *a = world_session(world), *b = world_session(world);
    struct bookmark k = world_key("k"), none = world_key("none");
    begin(a);
    assert_int_equal(insert(a, world->tree, "k", "1"), JET_errSuccess);
    commit(a);
    begin(a);
    begin(b);
    assert_int_equal(dir_lock(a, world->tree, &none, DIR_LOCK_WRITE), JET_errRecordDeleted);
    assert_int_equal(dir_lock(a, world->tree, &k, DIR_LOCK_READ), JET_errSuccess);
    assert_int_equal(dir_lock(b, world->tree, &k, DIR_LOCK_READ), JET_errSuccess);
    assert_int_equal(dir_lock(a, world->tree, &k, DIR_LOCK_WRITE), JET_errWriteConflict);
    rollback(b);
    begin(b);
    assert_int_equal(dir_lock(a, world->tree, &k, DIR_LOCK_WRITE), JET_errSuccess);
    assert_int_equal(dir_lock(b, world->tree, &k, DIR_LOCK_READ), JET_errWriteConflict);
    assert_int_equal(replace(b, world->tree, "k", "2"), JET_errWriteConflict);
    assert_string_equal(get(b, world->tree, "k"), "1");
    commit(a);
    assert_int_equal(replace(b, world->tree, "k", "2"), JET_errSuccess); /* nothing was changed, only locked */
    commit(b);
    session_end(a);
    session_end(b);
}

/* ---- deltas ---- */

static uint32_t number(struct session *session, struct tree *tree)
{
    const char *text = get(session, tree, "n");
    uint32_t n;
    memcpy(&n, text, sizeof n); /* both sides of these tests are little-endian or neither */
    return n;
}

static void number_insert(struct session *session, struct tree *tree, uint32_t n)
{
    struct bookmark node = world_key("n");
    node.data = (const uint8_t *)&n;
    node.data_size = sizeof n;
    assert_int_equal(dir_insert(session, tree, &node, 0), JET_errSuccess);
}

static void deltas_of_two_sessions_add_up(void **state)
{
    struct world *world = *state;
    struct session *a = world_session(world), *b = world_session(world), *reader = world_session(world);
    struct bookmark n = world_key("n");
    int64_t before;
    begin(a);
    number_insert(a, world->tree, 0x31313131);
    commit(a);
    begin(reader);
    begin(a);
    begin(b);
    assert_int_equal(dir_delta(a, world->tree, &n, 0, 4, 10, &before), JET_errSuccess);
    assert_int_equal(before, 0x31313131);
    assert_int_equal(dir_delta(b, world->tree, &n, 0, 4, -3, &before), JET_errSuccess);
    assert_int_equal(before, 0x31313131 + 10);
    assert_int_equal(replace(b, world->tree, "n", "1111"), JET_errWriteConflict);
    assert_int_equal(delete (a, world->tree, "n"), JET_errWriteConflict);
    assert_int_equal(dir_delta(a, world->tree, &n, 1, 4, 1, NULL), JET_errInvalidParameter);
    assert_int_equal(number(a, world->tree), 0x31313131 + 10);
    assert_int_equal(number(b, world->tree), 0x31313131 - 3);
    assert_int_equal(number(reader, world->tree), 0x31313131);
    commit(b);
    assert_int_equal(number(a, world->tree), 0x31313131 + 10);
    assert_int_equal(number(reader, world->tree), 0x31313131);
    rollback(a);
    assert_int_equal(number(a, world->tree), 0x31313131 - 3);
    assert_int_equal(number(reader, world->tree), 0x31313131);
    commit(reader);
    assert_int_equal(number(reader, world->tree), 0x31313131 - 3);
    session_end(a);
    session_end(b);
    session_end(reader);
}

/* ---- rollback ---- */

static void inner_rollback_undoes_the_inner_level_only(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world), *other = world_session(world);
    begin(s);
    assert_int_equal(insert(s, world->tree, "a", "1"), JET_errSuccess);
    assert_int_equal(insert(s, world->tree, "b", "1"), JET_errSuccess);
    begin(s);
    assert_int_equal(replace(s, world->tree, "a", "2"), JET_errSuccess);
    assert_int_equal(delete (s, world->tree, "b"), JET_errSuccess);
    begin(s);
    assert_int_equal(insert(s, world->tree, "b", "3"), JET_errSuccess);
    assert_int_equal(replace(s, world->tree, "a", "3"), JET_errSuccess);
    assert_string_equal(list(s, world->tree), "a=3 b=3 ");
    rollback(s);
    assert_string_equal(list(s, world->tree), "a=2 ");
    begin(s);
    assert_int_equal(insert(s, world->tree, "c", "4"), JET_errSuccess);
    commit(s);
    assert_string_equal(list(s, world->tree), "a=2 c=4 ");
    rollback(s);
    assert_string_equal(list(s, world->tree), "a=1 b=1 ");
    assert_string_equal(list(other, world->tree), "");
    commit(s);
    assert_string_equal(list(other, world->tree), "a=1 b=1 ");
    session_end(s);
    session_end(other);
}

static void rollback_brings_everything_back_for_everybody(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world), *old = world_session(world);
    begin(s);
    assert_int_equal(insert(s, world->tree, "a", "1"), JET_errSuccess);
    assert_int_equal(insert(s, world->tree, "b", "1"), JET_errSuccess);
    commit(s);
    begin(old);
    begin(s);
    assert_int_equal(delete (s, world->tree, "a"), JET_errSuccess);
    commit(s);
    begin(s);
    assert_int_equal(insert(s, world->tree, "a", "2"), JET_errSuccess); /* over the flag-deleted one */
    assert_int_equal(replace(s, world->tree, "b", "2 that is longer"), JET_errSuccess);
    assert_int_equal(replace(s, world->tree, "b", "3"), JET_errSuccess);
    assert_int_equal(insert(s, world->tree, "c", "2"), JET_errSuccess);
    assert_string_equal(list(old, world->tree), "a=1 b=1 ");
    rollback(s);
    assert_string_equal(list(old, world->tree), "a=1 b=1 "); /* what it saw before the delete is still there */
    assert_string_equal(list(s, world->tree), "b=1 ");
    commit(old);
    assert_int_equal(version_clean(world->engine), JET_errSuccess);
    assert_string_equal(list(old, world->tree), "b=1 ");
    begin(s);
    assert_int_equal(insert(s, world->tree, "c", "9"), JET_errSuccess);
    commit(s);
    assert_string_equal(list(old, world->tree), "b=1 c=9 ");
    session_end(s);
    session_end(old);
}

static void duplicates_are_told_apart_by_their_data(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world), *old = world_session(world);
    struct bookmark node = world_key("k");
    begin(s);
    assert_int_equal(insert(s, world->duplicates, "k", "1"), JET_errSuccess);
    assert_int_equal(insert(s, world->duplicates, "k", "2"), JET_errSuccess);
    assert_int_equal(insert(s, world->duplicates, "k", "2"), JET_errKeyDuplicate);
    assert_int_equal(insert(s, world->duplicates, "k", "3"), JET_errSuccess);
    commit(s);
    begin(old);
    begin(s);
    node.data = (const uint8_t *)"2";
    node.data_size = 1;
    assert_int_equal(dir_delete(s, world->duplicates, &node, 0), JET_errSuccess);
    assert_string_equal(list(s, world->duplicates), "k=1 k=3 ");
    assert_int_equal(insert(s, world->duplicates, "k", "2"), JET_errSuccess);
    assert_string_equal(list(s, world->duplicates), "k=1 k=2 k=3 ");
    rollback(s);
    assert_string_equal(list(s, world->duplicates), "k=1 k=2 k=3 ");
    assert_string_equal(list(old, world->duplicates), "k=1 k=2 k=3 ");
    session_end(s);
    session_end(old);
}

/* ---- actions ---- */

struct heard {
    char text[64];
};

static void hear(struct heard *heard, const char *what)
{
    assert_true(strlen(heard->text) + strlen(what) < sizeof heard->text);
    strcat(heard->text, what);
}

static void heard_commit(struct session *session, void *context)
{
    assert_int_equal(session->level, 0);
    hear(context, "c");
}

static jet_err heard_settled(struct session *session, void *context)
{
    assert_int_equal(session->procid, SESSION_PROCID_CLEANER);
    hear(context, "s");
    return JET_errSuccess;
}

static jet_err heard_rollback(struct session *session, void *context)
{
    hear(context, "r");
    return JET_errSuccess;
}

static void heard_dispose(void *context)
{
    hear(context, "d");
}

static const struct transaction_action hearing = {heard_commit, heard_settled, heard_rollback, heard_dispose};

static void actions_follow_their_transaction(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world), *old = world_session(world);
    struct heard kept = {""}, inner = {""}, dropped = {""};
    assert_int_equal(transaction_on_end(s, &hearing, &kept), JET_errNotInTransaction);
    begin(old);
    begin(s);
    assert_int_equal(transaction_on_end(s, &hearing, &kept), JET_errSuccess);
    begin(s);
    assert_int_equal(transaction_on_end(s, &hearing, &inner), JET_errSuccess);
    commit(s);
    begin(s);
    assert_int_equal(transaction_on_end(s, &hearing, &dropped), JET_errSuccess);
    rollback(s);
    assert_string_equal(dropped.text, "rd");
    assert_string_equal(kept.text, "");
    assert_string_equal(inner.text, "");
    commit(s);
    assert_string_equal(kept.text, "c");
    assert_string_equal(inner.text, "c");
    assert_int_equal(version_clean(world->engine), JET_errSuccess);
    assert_string_equal(kept.text, "c"); /* an older snapshot is open */
    commit(old);
    assert_int_equal(version_clean(world->engine), JET_errSuccess);
    assert_string_equal(kept.text, "csd");
    assert_string_equal(inner.text, "csd");
    assert_string_equal(dropped.text, "rd");
    session_end(s);
    session_end(old);
}

struct numbered {
    struct heard *heard;
    const char *number;
};

static void heard_number(struct session *session, void *context)
{
    const struct numbered *numbered = context;
    (void)session;
    hear(numbered->heard, numbered->number);
}

static const struct transaction_action numbering = {.committed = heard_number};

/* Whatever versions lie between them, and locks, which go with the commit. */
static void actions_hear_of_a_commit_in_their_order(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world), *old = world_session(world);
    struct version_statistics statistics;
    struct heard heard = {""};
    struct numbered first = {&heard, "1"}, second = {&heard, "2"}, third = {&heard, "3"};
    const struct bookmark a = world_key("a");
    begin(s);
    assert_int_equal(insert(s, world->tree, "a", "1"), JET_errSuccess);
    commit(s);
    begin(old);
    begin(s);
    assert_int_equal(dir_lock(s, world->tree, &a, DIR_LOCK_READ), JET_errSuccess);
    assert_int_equal(transaction_on_end(s, &numbering, &first), JET_errSuccess);
    assert_int_equal(dir_lock(s, world->tree, &a, DIR_LOCK_WRITE), JET_errSuccess);
    assert_int_equal(insert(s, world->tree, "b", "1"), JET_errSuccess);
    begin(s);
    assert_int_equal(transaction_on_end(s, &numbering, &second), JET_errSuccess);
    commit(s);
    assert_int_equal(transaction_on_end(s, &numbering, &third), JET_errSuccess);
    commit(s);
    assert_string_equal(heard.text, "123");
    version_statistics(world->engine, &statistics);
    assert_int_equal(statistics.count, 4); /* no lock is left */
    commit(old);
    session_end(s);
    session_end(old);
}

/* ---- clean-up and limits ---- */

static void versions_go_when_nobody_needs_them(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world), *old = world_session(world);
    struct version_statistics statistics;
    begin(s);
    assert_int_equal(insert(s, world->tree, "a", "1"), JET_errSuccess);
    assert_int_equal(insert(s, world->tree, "b", "1"), JET_errSuccess);
    commit(s);
    begin(old);
    begin(s);
    assert_int_equal(delete (s, world->tree, "a"), JET_errSuccess);
    assert_int_equal(replace(s, world->tree, "b", "2"), JET_errSuccess);
    assert_int_equal(transaction_commit(s, 0, NULL), JET_errSuccess);
    assert_int_equal(version_clean(world->engine), JET_errSuccess);
    version_statistics(world->engine, &statistics);
    assert_int_equal(statistics.count, 2);
    assert_string_equal(list(old, world->tree), "a=1 b=1 ");
    commit(old);
    assert_int_equal(version_clean(world->engine), JET_errSuccess);
    version_statistics(world->engine, &statistics);
    assert_int_equal(statistics.count, 0);
    assert_int_equal(statistics.bytes, 0);
    assert_int_equal(statistics.nodes_removed, 1);
    assert_string_equal(list(old, world->tree), "b=2 ");
    session_end(s);
    session_end(old);
}

static void a_transaction_that_is_too_big_is_told_so(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    char key[16];
    jet_err err = JET_errSuccess;
    begin(s);
    for (unsigned i = 0; err == JET_errSuccess; i++) {
        (void)snprintf(key, sizeof key, "%08u", i);
        err = insert(s, world->tree, key, "some data");
    }
    assert_int_equal(err, JET_errVersionStoreOutOfMemory);
    rollback(s);
    assert_string_equal(list(s, world->tree), "");
    assert_int_equal(version_clean(world->engine), JET_errSuccess);
    begin(s);
    assert_int_equal(insert(s, world->tree, "a", "1"), JET_errSuccess);
    commit(s);
    session_end(s);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(seven_levels_are_the_limit),
        IN_WORLD(rollback_of_all_levels_ends_the_transaction),
        IN_WORLD(sessions_are_limited_and_reused),
        IN_WORLD(changes_need_a_transaction_that_may_write),
        IN_WORLD(waiting_flags_stand_alone),
        IN_WORLD(ending_a_session_rolls_back),
        IN_WORLD(nobody_sees_what_is_not_committed),
        IN_WORLD(a_snapshot_keeps_old_data_through_many_changes),
        IN_WORLD(a_read_only_snapshot_is_one_too),
        IN_WORLD(deleted_and_unborn_nodes_are_skipped_both_ways),
        IN_WORLD(the_second_writer_of_a_node_conflicts),
        IN_WORLD(a_conflict_ends_with_the_rollback_of_the_other),
        IN_WORLD(inserts_of_one_key_conflict_or_are_duplicates),
        IN_WORLD(locks_conflict_as_writes_do),
        IN_WORLD(deltas_of_two_sessions_add_up),
        IN_WORLD(inner_rollback_undoes_the_inner_level_only),
        IN_WORLD(rollback_brings_everything_back_for_everybody),
        IN_WORLD(duplicates_are_told_apart_by_their_data),
        IN_WORLD(actions_follow_their_transaction),
        IN_WORLD(actions_hear_of_a_commit_in_their_order),
        IN_WORLD(versions_go_when_nobody_needs_them),
        IN_WORLD(a_transaction_that_is_too_big_is_told_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
