/* SPDX-License-Identifier: MIT */
/* Tests of cursors: seeking, moving, and what becomes of a cursor whose node is deleted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "os/os_thread.h"
#include "storage/cache.h"
#include "storage/database.h"
#include "world.h"

static struct dir_cursor *open_cursor(struct session *session, struct tree *tree)
{
    struct dir_cursor *cursor = NULL;
    assert_int_equal(dir_open(session, tree, &cursor), JET_errSuccess);
    return cursor;
}

static void fill(struct session *session, struct tree *tree, const char *keys)
{
    char key[2] = "";
    begin(session);
    for (; *keys; keys++) {
        key[0] = *keys;
        assert_int_equal(insert(session, tree, key, key), JET_errSuccess);
    }
    commit(session);
}

static void assert_on(struct dir_cursor *cursor, const char *key)
{
    struct dir_view view;
    assert_int_equal(dir_get(cursor, &view), JET_errSuccess);
    assert_int_equal(view.key_size, strlen(key));
    assert_memory_equal(view.key, key, view.key_size);
    assert_int_equal(dir_place(cursor), DIR_ON);
    dir_release(cursor);
}

static void an_empty_tree_has_two_ends(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    struct dir_cursor *cursor = open_cursor(s, world->tree);
    struct dir_view view;
    static const enum dir_move moves[] = {DIR_FIRST, DIR_LAST, DIR_NEXT, DIR_PREVIOUS, DIR_PREVIOUS, DIR_NEXT};
    for (unsigned i = 0; i < COUNT_OF(moves); i++) {
        assert_int_equal(dir_move(cursor, moves[i]), JET_errNoCurrentRecord);
        assert_int_equal(dir_get(cursor, &view), JET_errNoCurrentRecord);
    }
    assert_int_equal(dir_place(cursor), DIR_AFTER_LAST);
    dir_close(cursor);
    session_end(s);
}

static void moving_stops_at_the_ends_and_comes_back(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    struct dir_cursor *cursor = open_cursor(s, world->tree);
    fill(s, world->tree, "bd");
    assert_int_equal(dir_move(cursor, DIR_NEXT), JET_errSuccess);
    assert_on(cursor, "b");
    assert_int_equal(dir_move(cursor, DIR_PREVIOUS), JET_errNoCurrentRecord);
    assert_int_equal(dir_move(cursor, DIR_PREVIOUS), JET_errNoCurrentRecord);
    assert_int_equal(dir_move(cursor, DIR_NEXT), JET_errSuccess);
    assert_on(cursor, "b");
    assert_int_equal(dir_move(cursor, DIR_NEXT), JET_errSuccess);
    assert_int_equal(dir_move(cursor, DIR_NEXT), JET_errNoCurrentRecord);
    assert_int_equal(dir_move(cursor, DIR_NEXT), JET_errNoCurrentRecord);
    assert_int_equal(dir_move(cursor, DIR_PREVIOUS), JET_errSuccess);
    assert_on(cursor, "d");
    assert_int_equal(dir_move(cursor, DIR_FIRST), JET_errSuccess);
    assert_on(cursor, "b");
    assert_int_equal(dir_move(cursor, DIR_LAST), JET_errSuccess);
    assert_on(cursor, "d");
    dir_close(cursor);
    session_end(s);
}

struct seek_case {
    enum dir_seek seek;
    const char *key;
    const char *found; /* NULL: nothing */
    bool exact;
};

/* The tree has b, d, f; e is flag-deleted, c not committed. */
static const struct seek_case seek_cases[] = {
    {DIR_SEEK_EQUAL,            "b", "b",  true },
    {DIR_SEEK_EQUAL,            "c", NULL, false},
    {DIR_SEEK_EQUAL,            "e", NULL, false},
    {DIR_SEEK_EQUAL,            "z", NULL, false},
    {DIR_SEEK_GREATER_OR_EQUAL, "b", "b",  true },
    {DIR_SEEK_GREATER_OR_EQUAL, "c", "d",  false},
    {DIR_SEEK_GREATER_OR_EQUAL, "e", "f",  false},
    {DIR_SEEK_GREATER_OR_EQUAL, "g", NULL, false},
    {DIR_SEEK_GREATER,          "b", "d",  false},
    {DIR_SEEK_GREATER,          "d", "f",  false},
    {DIR_SEEK_GREATER,          "f", NULL, false},
    {DIR_SEEK_LESS,             "b", NULL, false},
    {DIR_SEEK_LESS,             "d", "b",  false},
    {DIR_SEEK_LESS,             "f", "d",  false},
    {DIR_SEEK_LESS,             "z", "f",  false},
    {DIR_SEEK_LESS_OR_EQUAL,    "a", NULL, false},
    {DIR_SEEK_LESS_OR_EQUAL,    "b", "b",  true },
    {DIR_SEEK_LESS_OR_EQUAL,    "e", "d",  false},
};

static void seeking_finds_the_nearest_visible_node(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world), *writer = world_session(world);
    struct dir_cursor *cursor = open_cursor(s, world->tree);
    fill(s, world->tree, "bdef");
    begin(s);
    assert_int_equal(delete (s, world->tree, "e"), JET_errSuccess);
    commit(s);
    begin(writer);
    assert_int_equal(insert(writer, world->tree, "c", "c"), JET_errSuccess);
    for (unsigned i = 0; i < COUNT_OF(seek_cases); i++) {
        const struct seek_case *c = &seek_cases[i];
        struct bookmark key = world_key(c->key);
        bool exact = false;
        jet_err err = dir_seek(cursor, c->seek, &key, &exact);
        if (c->found) {
            assert_int_equal(err, JET_errSuccess);
            assert_int_equal(exact, c->exact);
            assert_on(cursor, c->found);
        } else {
            assert_int_equal(err, JET_errRecordNotFound);
            assert_int_equal(dir_place(cursor), DIR_BETWEEN);
        }
    }
    dir_close(cursor);
    session_end(s);
    session_end(writer);
}

static void a_seek_that_failed_leaves_the_cursor_between(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    struct dir_cursor *cursor = open_cursor(s, world->tree);
    struct bookmark c = world_key("c");
    struct dir_view view;
    bool exact;
    fill(s, world->tree, "bd");
    assert_int_equal(dir_seek(cursor, DIR_SEEK_EQUAL, &c, &exact), JET_errRecordNotFound);
    assert_int_equal(dir_get(cursor, &view), JET_errNoCurrentRecord);
    assert_int_equal(dir_move(cursor, DIR_NEXT), JET_errSuccess);
    assert_on(cursor, "d");
    assert_int_equal(dir_seek(cursor, DIR_SEEK_EQUAL, &c, &exact), JET_errRecordNotFound);
    assert_int_equal(dir_move(cursor, DIR_PREVIOUS), JET_errSuccess);
    assert_on(cursor, "b");
    dir_close(cursor);
    session_end(s);
}

static void a_cursor_keeps_its_place_when_its_node_goes(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    struct dir_cursor *cursor = open_cursor(s, world->tree);
    struct dir_view view;
    struct bookmark d = world_key("d");
    fill(s, world->tree, "bdf");
    assert_int_equal(dir_goto(cursor, &d), JET_errSuccess);
    assert_on(cursor, "d");
    begin(s);
    assert_int_equal(delete (s, world->tree, "d"), JET_errSuccess);
    assert_int_equal(dir_get(cursor, &view), JET_errRecordDeleted);
    assert_int_equal(transaction_commit(s, 0, NULL), JET_errSuccess);
    assert_int_equal(version_clean(world->engine), JET_errSuccess); /* physically, too */
    assert_int_equal(dir_get(cursor, &view), JET_errRecordDeleted);
    assert_int_equal(dir_move(cursor, DIR_NEXT), JET_errSuccess);
    assert_on(cursor, "f");
    assert_int_equal(dir_goto(cursor, &d), JET_errRecordDeleted);
    assert_int_equal(dir_place(cursor), DIR_ON);
    assert_int_equal(dir_move(cursor, DIR_PREVIOUS), JET_errSuccess);
    assert_on(cursor, "b");
    dir_close(cursor);
    session_end(s);
}

static void a_cursor_sees_what_changes_under_it(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    struct dir_cursor *cursor = open_cursor(s, world->tree), *copy;
    struct dir_view view;
    fill(s, world->tree, "bdf");
    assert_int_equal(dir_move(cursor, DIR_FIRST), JET_errSuccess);
    assert_int_equal(dir_move(cursor, DIR_NEXT), JET_errSuccess);
    dir_release(cursor);
    begin(s);
    assert_int_equal(replace(s, world->tree, "d", "other"), JET_errSuccess);
    assert_int_equal(insert(s, world->tree, "c", "c"), JET_errSuccess);
    assert_int_equal(dir_get(cursor, &view), JET_errSuccess);
    assert_int_equal(view.data_size, 5);
    dir_release(cursor);
    assert_int_equal(dir_copy(cursor, s, &copy), JET_errSuccess);
    assert_int_equal(dir_move(cursor, DIR_PREVIOUS), JET_errSuccess);
    assert_on(cursor, "c");
    assert_int_equal(dir_bookmark(copy)->key_size, 1);
    assert_on(copy, "d");
    commit(s);
    dir_close(copy);
    dir_close(cursor);
    session_end(s);
}

static void seeking_among_duplicates(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    struct dir_cursor *cursor = open_cursor(s, world->duplicates);
    struct bookmark b = world_key("b");
    struct dir_view view;
    bool exact;
    begin(s);
    assert_int_equal(insert(s, world->duplicates, "a", "9"), JET_errSuccess);
    assert_int_equal(insert(s, world->duplicates, "b", "1"), JET_errSuccess);
    assert_int_equal(insert(s, world->duplicates, "b", "2"), JET_errSuccess);
    assert_int_equal(insert(s, world->duplicates, "b", "3"), JET_errSuccess);
    assert_int_equal(insert(s, world->duplicates, "c", "0"), JET_errSuccess);
    commit(s);
    static const struct {
        enum dir_seek seek;
        const char *data;
        const char *found_key;
        char found_data;
    } cases[] = {
        {DIR_SEEK_EQUAL,            NULL, "b", '1'},
        {DIR_SEEK_EQUAL,            "2",  "b", '2'},
        {DIR_SEEK_GREATER_OR_EQUAL, NULL, "b", '1'},
        {DIR_SEEK_LESS_OR_EQUAL,    NULL, "b", '3'},
        {DIR_SEEK_LESS_OR_EQUAL,    "2",  "b", '2'},
        {DIR_SEEK_GREATER,          NULL, "c", '0'},
        {DIR_SEEK_GREATER,          "2",  "b", '3'},
        {DIR_SEEK_LESS,             NULL, "a", '9'},
        {DIR_SEEK_LESS,             "2",  "b", '1'},
    };
    for (unsigned i = 0; i < COUNT_OF(cases); i++) {
        b.data = (const uint8_t *)cases[i].data;
        b.data_size = cases[i].data ? 1 : 0;
        assert_int_equal(dir_seek(cursor, cases[i].seek, &b, &exact), JET_errSuccess);
        assert_int_equal(dir_get(cursor, &view), JET_errSuccess);
        assert_memory_equal(view.key, cases[i].found_key, 1);
        assert_int_equal(view.data[0], cases[i].found_data);
        assert_int_equal(exact,
                         cases[i].found_key[0] == 'b' && (!cases[i].data || cases[i].data[0] == cases[i].found_data));
    }
    dir_close(cursor);
    session_end(s);
}

static void what_is_not_versioned_is_not_undone(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world), *other = world_session(world);
    struct bookmark a = {.key = (const uint8_t *)"a", .key_size = 1, .data = (const uint8_t *)"1", .data_size = 1};
    begin(s);
    assert_int_equal(dir_insert(s, world->tree, &a, DIR_UNVERSIONED), JET_errSuccess);
    assert_string_equal(list(other, world->tree), "a=1 ");
    rollback(s);
    assert_string_equal(list(other, world->tree), "a=1 ");
    session_end(s);
    session_end(other);
}

static void assert_sees(struct dir_cursor *cursor, const char *data)
{
    struct dir_view view;
    assert_int_equal(dir_get(cursor, &view), JET_errSuccess);
    assert_int_equal(view.data_size, strlen(data));
    assert_memory_equal(view.data, data, view.data_size);
    dir_release(cursor);
}

static void on_key(struct dir_cursor *cursor, const char *text)
{
    struct bookmark key = world_key(text);
    bool exact;
    assert_int_equal(dir_seek(cursor, DIR_SEEK_EQUAL, &key, &exact), JET_errSuccess);
    dir_release(cursor);
}

static uint64_t view_number(struct dir_cursor *cursor)
{
    struct dir_view view;
    assert_int_equal(dir_get(cursor, &view), JET_errSuccess);
    dir_release(cursor);
    return view.number;
}

static void what_was_seen_is_looked_at_once_while_nothing_changes(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    struct dir_cursor *cursor = open_cursor(s, world->tree);
    fill(s, world->tree, "bdf");
    begin(s);
    on_key(cursor, "d");
    const uint64_t seen = view_number(cursor);
    assert_int_equal(view_number(cursor), seen);
    assert_int_equal(insert(s, world->tree, "a", "a"), JET_errSuccess); /* the node has another place on its page */
    assert_int_not_equal(view_number(cursor), seen);
    assert_sees(cursor, "d");
    commit(s);
    assert_int_not_equal(view_number(cursor), view_number(cursor)); /* in no transaction anything may have changed */
    dir_close(cursor);
    session_end(s);
}

static void what_was_seen_changes_with_the_own_change_and_its_rollback(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    struct dir_cursor *cursor = open_cursor(s, world->tree);
    struct dir_view view;
    fill(s, world->tree, "bdf");
    begin(s);
    on_key(cursor, "d");
    assert_sees(cursor, "d");
    begin(s);
    assert_int_equal(replace(s, world->tree, "d", "longer"), JET_errSuccess);
    assert_sees(cursor, "longer");
    rollback(s);
    assert_sees(cursor, "d");
    assert_int_equal(delete (s, world->tree, "d"), JET_errSuccess);
    assert_int_equal(dir_get(cursor, &view), JET_errRecordDeleted);
    rollback(s);
    begin(s);
    assert_sees(cursor, "d");
    commit(s);
    dir_close(cursor);
    session_end(s);
}

/* Another page may lie where it was. What is gone without having been written is in the file. */
static void page_leave_memory(struct database *db, pgno_t pgno)
{
    struct frame *frame;
    assert_int_equal(page_get(db, pgno, PAGE_EXCLUSIVE, &frame), JET_errSuccess);
    frame->is_fresh = true; /* so it is forgotten */
    page_put(frame, PAGE_EXCLUSIVE);
}

static void what_was_seen_is_looked_at_anew_when_its_page_was_away(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    struct dir_cursor *cursor = open_cursor(s, world->tree);
    struct dir_view view;
    struct frame *other;
    fill(s, world->tree, "bdf");
    begin(s);
    on_key(cursor, "d");
    assert_int_equal(dir_get(cursor, &view), JET_errSuccess);
    dir_release(cursor);
    assert_int_equal(database_flush(world->db), JET_errSuccess);
    page_leave_memory(world->db, world->duplicates->root);
    page_leave_memory(world->db, view.pgno);
    assert_int_equal(page_get(world->db, world->duplicates->root, PAGE_SHARED, &other), JET_errSuccess);
    assert_true(view.data > other->page && view.data < other->page + world->db->page_size);
    page_put(other, PAGE_SHARED);
    const uint64_t seen = view.number;
    assert_sees(cursor, "d");
    assert_int_not_equal(view_number(cursor), seen);
    commit(s);
    dir_close(cursor);
    session_end(s);
}

/* A commit changes no page. */
static void the_next_snapshot_sees_what_was_committed_since(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world), *writer = world_session(world);
    struct dir_cursor *cursor = open_cursor(s, world->tree);
    fill(s, world->tree, "bdf");
    begin(writer);
    assert_int_equal(replace(writer, world->tree, "d", "other"), JET_errSuccess);
    begin(s);
    on_key(cursor, "d");
    assert_sees(cursor, "d");
    commit(writer);
    assert_sees(cursor, "d");
    commit(s);
    assert_sees(cursor, "other"); /* in no transaction */
    begin(writer);
    assert_int_equal(replace(writer, world->tree, "d", "third"), JET_errSuccess);
    begin(s);
    assert_sees(cursor, "other");
    commit(writer);
    assert_sees(cursor, "other");
    commit(s);
    begin(s);
    assert_sees(cursor, "third");
    commit(s);
    dir_close(cursor);
    session_end(s);
    session_end(writer);
}

static void a_move_goes_on_where_the_node_is_after_others_changed_its_page(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world), *writer = world_session(world);
    struct dir_cursor *cursor = open_cursor(s, world->tree);
    fill(s, world->tree, "bdf");
    on_key(cursor, "d");
    fill(writer, world->tree, "ac");
    assert_int_equal(dir_move(cursor, DIR_NEXT), JET_errSuccess);
    assert_on(cursor, "f");
    assert_int_equal(dir_move(cursor, DIR_PREVIOUS), JET_errSuccess);
    assert_on(cursor, "d");
    begin(writer);
    assert_int_equal(delete (writer, world->tree, "a"), JET_errSuccess);
    assert_int_equal(delete (writer, world->tree, "c"), JET_errSuccess);
    commit(writer);
    assert_int_equal(version_clean(world->engine), JET_errSuccess);
    assert_int_equal(dir_move(cursor, DIR_PREVIOUS), JET_errSuccess);
    assert_on(cursor, "b");
    dir_close(cursor);
    session_end(s);
    session_end(writer);
}

/* Two thousand nodes on many leaves, and back; while the walker stands in a leaf, it is split again and again. */
static void a_walker_passes_leaves_that_are_split_under_it(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world), *writer = world_session(world);
    struct dir_cursor *cursor = open_cursor(s, world->tree);
    enum { NODES = 2000 };
    char key[8];
    begin(writer);
    for (unsigned i = 0; i < NODES; i++) {
        (void)snprintf(key, sizeof key, "%04u", i);
        assert_int_equal(insert(writer, world->tree, key, "some data that fills the page"), JET_errSuccess);
    }
    commit(writer);
    begin(s);
    for (unsigned i = 0; i < NODES; i++) {
        assert_int_equal(dir_move(cursor, DIR_NEXT), JET_errSuccess);
        dir_release(cursor);
        (void)snprintf(key, sizeof key, "%04u", i);
        assert_on(cursor, key);
        begin(writer);
        (void)snprintf(key, sizeof key, "%04ux", i);
        assert_int_equal(insert(writer, world->tree, key, "unseen, and it makes the leaf split"), JET_errSuccess);
        commit(writer);
    }
    assert_int_equal(dir_move(cursor, DIR_NEXT), JET_errNoCurrentRecord);
    for (unsigned i = NODES; i > 0; i--) {
        assert_int_equal(dir_move(cursor, DIR_PREVIOUS), JET_errSuccess);
        dir_release(cursor);
        (void)snprintf(key, sizeof key, "%04u", i - 1);
        assert_on(cursor, key);
    }
    commit(s);
    dir_close(cursor);
    session_end(s);
    session_end(writer);
}

struct mover {
    struct dir_cursor *cursor;
    struct os_event *done;
    jet_err err;
};

static void mover_run(void *context)
{
    struct mover *mover = context;
    mover->err = dir_move(mover->cursor, DIR_NEXT);
    dir_release(mover->cursor);
    os_event_set(mover->done);
}

/* From the last node of a leaf, to which its hint leads. */
static void a_move_waits_until_a_tree_that_changes_its_shape_has_it(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    struct mover mover = {.cursor = open_cursor(s, world->tree)};
    struct os_thread *thread;
    struct dir_view view;
    char key[8] = "";
    pgno_t first = 0;
    begin(s);
    for (unsigned i = 0; i < 300; i++) {
        (void)snprintf(key, sizeof key, "%04u", i);
        assert_int_equal(insert(s, world->tree, key, "some data that fills the page"), JET_errSuccess);
    }
    do {
        assert_int_equal(dir_move(mover.cursor, DIR_NEXT), JET_errSuccess);
        assert_int_equal(dir_get(mover.cursor, &view), JET_errSuccess);
        first = first ? first : view.pgno;
    } while (view.pgno == first);
    (void)snprintf(key, sizeof key, "%.*s", (int)view.key_size, (const char *)view.key);
    assert_int_equal(dir_move(mover.cursor, DIR_PREVIOUS), JET_errSuccess);
    dir_release(mover.cursor);
    assert_int_equal(os_event_new(&mover.done), JET_errSuccess);
    latch_exclusive(&world->tree->structure);
    assert_int_equal(os_thread_start(mover_run, &mover, &thread), JET_errSuccess);
    const bool is_early = os_event_wait(mover.done, 50);
    latch_unlock_exclusive(&world->tree->structure);
    os_thread_join(thread);
    assert_false(is_early);
    assert_int_equal(mover.err, JET_errSuccess);
    assert_on(mover.cursor, key);
    commit(s);
    os_event_free(mover.done);
    dir_close(mover.cursor);
    session_end(s);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(an_empty_tree_has_two_ends),
        IN_WORLD(moving_stops_at_the_ends_and_comes_back),
        IN_WORLD(seeking_finds_the_nearest_visible_node),
        IN_WORLD(a_seek_that_failed_leaves_the_cursor_between),
        IN_WORLD(a_cursor_keeps_its_place_when_its_node_goes),
        IN_WORLD(a_cursor_sees_what_changes_under_it),
        IN_WORLD(seeking_among_duplicates),
        IN_WORLD(what_is_not_versioned_is_not_undone),
        IN_WORLD(what_was_seen_is_looked_at_once_while_nothing_changes),
        IN_WORLD(what_was_seen_changes_with_the_own_change_and_its_rollback),
        IN_WORLD(what_was_seen_is_looked_at_anew_when_its_page_was_away),
        IN_WORLD(the_next_snapshot_sees_what_was_committed_since),
        IN_WORLD(a_move_goes_on_where_the_node_is_after_others_changed_its_page),
        IN_WORLD(a_move_waits_until_a_tree_that_changes_its_shape_has_it),
        IN_WORLD(a_walker_passes_leaves_that_are_split_under_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
