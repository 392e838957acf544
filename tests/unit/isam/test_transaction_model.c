/* SPDX-License-Identifier: MIT */
/* Sessions that do anything in any order, compared step by step with a model that copies everything: what each of them
 * sees, and which change gives which code. Now and then the clean-up runs, pages are written, or a page splits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "storage/database.h"
#include "world.h"

enum {
    SESSIONS = 5,
    KEYS = 60,
    STEPS = 6000,
    LEVELS = 4,
    ABSENT = -1,
    DATA_MAX = 400,
};

/* Values of all keys, as numbers from which data is made. */
struct view {
    int values[KEYS];
    bool touched[KEYS]; /* changed at this level or an inner one that was committed */
};

struct actor {
    struct session *session;
    struct dir_cursor *cursor;
    unsigned level;
    unsigned began;                /* step */
    struct view views[LEVELS + 1]; /* by level; [0] is what it began with */
};

struct model {
    struct world *world;
    struct actor actors[SESSIONS];
    int committed[KEYS];
    unsigned committed_at[KEYS]; /* step */
    unsigned step;
    int next_value;
    uint32_t seed;
};

static uint32_t dice(struct model *model, uint32_t sides)
{
    model->seed = model->seed * 1103515245u + 12345u;
    return (model->seed >> 8) % sides;
}

static void make_key(int key, char *text, size_t size)
{
    (void)snprintf(text, size, "some common beginning %04d", key * 7919 % 1000);
}

static int key_of(const uint8_t *text, size_t size)
{
    char expected[64];
    for (int key = 0; key < KEYS; key++) {
        make_key(key, expected, sizeof expected);
        if (size == strlen(expected) && memcmp(text, expected, size) == 0)
            return key;
    }
    return ABSENT;
}

static size_t make_data(int value, uint8_t *data)
{
    size_t size = 4 + (size_t)value * 37 % (DATA_MAX - 4);
    memcpy(data, &value, 4);
    memset(data + 4, value & 0xFF, size - 4);
    return size;
}

/* ---- what is seen ---- */

static void check_node(const int *values, const struct dir_view *view)
{
    uint8_t data[DATA_MAX];
    int key = key_of(view->key, view->key_size);
    assert_int_not_equal(key, ABSENT);
    assert_int_not_equal(values[key], ABSENT);
    assert_int_equal(view->data_size, make_data(values[key], data));
    assert_memory_equal(view->data, data, view->data_size);
}

static void check_walk(struct actor *actor, const int *values, enum dir_move move)
{
    unsigned expected = 0, seen = 0;
    jet_err err;
    for (int key = 0; key < KEYS; key++)
        expected += values[key] != ABSENT;
    if (move == DIR_NEXT)
        dir_move_before_first(actor->cursor);
    else
        dir_move_after_last(actor->cursor);
    while ((err = dir_move(actor->cursor, move)) == JET_errSuccess) {
        struct dir_view view;
        assert_int_equal(dir_get(actor->cursor, &view), JET_errSuccess);
        check_node(values, &view);
        if (++seen % 4 == 0)
            dir_release(actor->cursor);
    }
    assert_int_equal(err, JET_errNoCurrentRecord);
    assert_int_equal(seen, expected);
}

static void check_key(struct actor *actor, const int *values, int key)
{
    char text[64];
    struct dir_view view;
    make_key(key, text, sizeof text);
    struct bookmark bookmark = world_key(text);
    jet_err err = dir_goto(actor->cursor, &bookmark);
    assert_int_equal(err, values[key] == ABSENT ? JET_errRecordDeleted : JET_errSuccess);
    if (err == JET_errSuccess) {
        assert_int_equal(dir_get(actor->cursor, &view), JET_errSuccess);
        check_node(values, &view);
    }
    dir_release(actor->cursor);
}

static void check_actor(struct model *model, struct actor *actor)
{
    const int *values = actor->level > 0 ? actor->views[actor->level].values : model->committed;
    if (dice(model, 4) == 0)
        check_walk(actor, values, dice(model, 2) ? DIR_NEXT : DIR_PREVIOUS);
    check_key(actor, values, (int)dice(model, KEYS));
}

/* ---- steps ---- */

static bool conflicts(const struct model *model, const struct actor *actor, int key)
{
    for (unsigned i = 0; i < SESSIONS; i++) {
        const struct actor *other = &model->actors[i];
        for (unsigned level = 1; other != actor && level <= other->level; level++) {
            if (other->views[level].touched[key])
                return true;
        }
    }
    return model->committed_at[key] > actor->began;
}

static void change_one(struct model *model, struct actor *actor)
{
    struct view *view = &actor->views[actor->level];
    char text[64];
    uint8_t data[DATA_MAX];
    int key = (int)dice(model, KEYS), value = ++model->next_value;
    unsigned what = dice(model, 3);
    make_key(key, text, sizeof text);
    struct bookmark bookmark = world_key(text);
    size_t size = make_data(value, data);
    jet_err err;
    if (what == 0) {
        bookmark.data = data;
        bookmark.data_size = size;
        err = dir_insert(actor->session, model->world->tree, &bookmark, 0);
    } else if (what == 1) {
        err = dir_replace(actor->session, model->world->tree, &bookmark, data, size, 0);
    } else {
        err = dir_delete(actor->session, model->world->tree, &bookmark, 0);
    }
    bool is_there = view->values[key] != ABSENT;
    jet_err expected = conflicts(model, actor, key) ? JET_errWriteConflict
                       : what == 0 && is_there      ? JET_errKeyDuplicate
                       : what != 0 && !is_there     ? JET_errRecordDeleted
                                                    : JET_errSuccess;
    assert_int_equal(err, expected);
    if (err == JET_errSuccess) {
        view->values[key] = what == 2 ? ABSENT : value;
        view->touched[key] = true;
    }
}

static void begin_level(struct model *model, struct actor *actor)
{
    begin(actor->session);
    if (actor->level == 0) {
        actor->began = model->step;
        memcpy(actor->views[0].values, model->committed, sizeof model->committed);
    }
    actor->level++;
    actor->views[actor->level] = actor->views[actor->level - 1];
    memset(actor->views[actor->level].touched, 0, sizeof actor->views[0].touched);
}

static void commit_level(struct model *model, struct actor *actor)
{
    unsigned flags = dice(model, 20) ? TRANSACTION_COMMIT_LAZY : 0;
    assert_int_equal(transaction_commit(actor->session, flags, NULL), JET_errSuccess);
    struct view *from = &actor->views[actor->level];
    actor->level--;
    for (int key = 0; key < KEYS; key++) {
        if (!from->touched[key])
            continue;
        actor->views[actor->level].values[key] = from->values[key];
        actor->views[actor->level].touched[key] = true;
        if (actor->level == 0) {
            model->committed[key] = from->values[key];
            model->committed_at[key] = model->step;
        }
    }
    memset(actor->views[0].touched, 0, sizeof actor->views[0].touched);
}

static void step(struct model *model)
{
    struct actor *actor = &model->actors[dice(model, SESSIONS)];
    uint32_t what = dice(model, 100);
    model->step++;
    if (actor->level == 0 || (what < 6 && actor->level < LEVELS)) {
        begin_level(model, actor);
    } else if (what < 14) {
        commit_level(model, actor);
    } else if (what < 19) {
        rollback(actor->session);
        actor->level--;
    } else if (what < 22) {
        assert_int_equal(version_clean(model->world->engine), JET_errSuccess);
    } else if (what < 23) {
        assert_int_equal(database_flush(model->world->db), JET_errSuccess);
    } else {
        change_one(model, actor);
    }
    check_actor(model, &model->actors[dice(model, SESSIONS)]);
}

static void sessions_see_and_do_what_the_model_says(void **state)
{
    struct model *model = calloc(1, sizeof *model);
    assert_non_null(model);
    model->world = *state;
    model->seed = 4711;
    for (int key = 0; key < KEYS; key++)
        model->committed[key] = ABSENT;
    for (unsigned i = 0; i < SESSIONS; i++) {
        model->actors[i].session = world_session(model->world);
        assert_int_equal(dir_open(model->actors[i].session, model->world->tree, &model->actors[i].cursor),
                         JET_errSuccess);
    }
    for (unsigned i = 0; i < STEPS; i++)
        step(model);
    for (unsigned i = 0; i < SESSIONS; i++) {
        dir_close(model->actors[i].cursor);
        session_end(model->actors[i].session);
    }
    free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sessions_see_and_do_what_the_model_says, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
