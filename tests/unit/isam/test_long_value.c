/* SPDX-License-Identifier: MIT */
/* Tests of long values, compared with a plain buffer that has the same done to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/byteorder.h"
#include "isam/long_value.h"
#include "storage/database.h"
#include "world.h"

enum { MODEL_MAX = 60000 };

/* A value, and what it must be. */
struct model {
    struct session *session;
    struct long_values values;
    lid_t lid;
    uint8_t bytes[MODEL_MAX];
    uint32_t size;
};

static uint32_t seed = 1;

static uint32_t dice(uint32_t sides)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 8) % sides;
}

static void random_bytes(uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)dice(256);
}

static void open_values(struct world *world, struct long_values *values)
{
    assert_int_equal(lv_open(world->long_values, 0, values), JET_errSuccess);
}

static void assert_model(struct model *model)
{
    static uint8_t buffer[MODEL_MAX + 1];
    uint32_t size;
    size_t actual;
    assert_int_equal(lv_size(model->session, &model->values, model->lid, &size), JET_errSuccess);
    assert_int_equal(size, model->size);
    assert_int_equal(lv_read(model->session, &model->values, model->lid, 0, buffer, sizeof buffer, &actual),
                     JET_errSuccess);
    assert_int_equal(actual, model->size);
    assert_memory_equal(buffer, model->bytes, model->size);
    uint32_t offset = dice(model->size + 10), count = dice(9000);
    assert_int_equal(lv_read(model->session, &model->values, model->lid, offset, buffer, count, &actual),
                     JET_errSuccess);
    uint32_t left = offset < model->size ? model->size - offset : 0;
    assert_int_equal(actual, count < left ? count : left);
    assert_memory_equal(buffer, model->bytes + offset, actual);
}

static void change_at_random(struct model *model)
{
    static uint8_t bytes[MODEL_MAX];
    uint32_t size = dice(12000), offset = dice(model->size + 3000);
    bool zeros = dice(4) == 0;
    if (offset + size > MODEL_MAX || model->size + size > MODEL_MAX)
        size = offset = 0;
    random_bytes(bytes, size);
    if (zeros)
        memset(bytes, 0, size);
    switch (dice(3)) {
    case 0:
        assert_int_equal(lv_write(model->session, &model->values, model->lid, offset, zeros ? NULL : bytes, size, 0),
                         JET_errSuccess);
        if (size > 0 && offset > model->size)
            memset(model->bytes + model->size, 0, offset - model->size);
        memcpy(model->bytes + offset, bytes, size);
        if (size > 0 && offset + size > model->size)
            model->size = offset + size;
        break;
    case 1:
        assert_int_equal(lv_append(model->session, &model->values, model->lid, bytes, size, 0), JET_errSuccess);
        memcpy(model->bytes + model->size, bytes, size);
        model->size += size;
        break;
    default:
        assert_int_equal(lv_resize(model->session, &model->values, model->lid, offset, 0), JET_errSuccess);
        if (offset > model->size)
            memset(model->bytes + model->size, 0, offset - model->size);
        model->size = offset;
    }
}

static void a_value_follows_its_model_through_random_changes(void **state)
{
    struct world *world = *state;
    struct model *model = calloc(1, sizeof *model), *before = malloc(sizeof *before);
    assert_non_null(model);
    assert_non_null(before);
    model->session = world_session(world);
    open_values(world, &model->values);
    begin(model->session);
    assert_int_equal(lv_create(model->session, &model->values, NULL, 0, 0, &model->lid), JET_errSuccess);
    commit(model->session);
    for (unsigned i = 0; i < 60; i++) {
        begin(model->session);
        *before = *model;
        for (unsigned changes = dice(4); changes > 0; changes--)
            change_at_random(model);
        assert_model(model);
        if (dice(3) == 0) {
            rollback(model->session);
            memcpy(model->bytes, before->bytes, before->size);
            model->size = before->size;
        } else {
            commit(model->session);
        }
        assert_model(model);
    }
    session_end(model->session);
    free(before);
    free(model);
}

static void every_size_around_the_chunks_comes_back(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    struct long_values values;
    static uint8_t bytes[20000], back[20000];
    open_values(world, &values);
    const uint32_t c = values.chunk_size;
    const uint32_t sizes[] = {0, 1, c - 1, c, c + 1, 2 * c - 1, 2 * c, 2 * c + 1, 3 * c + 17};
    random_bytes(bytes, sizeof bytes);
    for (unsigned i = 0; i < COUNT_OF(sizes); i++) {
        lid_t lid, copy;
        size_t actual;
        bool shared = true;
        begin(s);
        assert_int_equal(lv_create(s, &values, bytes, sizes[i], 0, &lid), JET_errSuccess);
        assert_int_equal(lv_copy(s, &values, lid, 0, &copy), JET_errSuccess);
        commit(s);
        assert_true(copy > lid);
        assert_int_equal(lv_is_shared(s, &values, copy, &shared), JET_errSuccess);
        assert_false(shared);
        assert_int_equal(lv_read(s, &values, copy, 0, back, sizeof back, &actual), JET_errSuccess);
        assert_int_equal(actual, sizes[i]);
        assert_memory_equal(back, bytes, actual);
    }
    session_end(s);
}

static void the_last_reference_takes_the_value_along(void **state)
{
    struct world *world = *state;
    struct session *a = world_session(world), *b = world_session(world);
    struct long_values values;
    static uint8_t bytes[9000];
    lid_t lid;
    uint32_t size;
    bool shared;
    open_values(world, &values);
    begin(a);
    assert_int_equal(lv_create(a, &values, bytes, sizeof bytes, 0, &lid), JET_errSuccess);
    commit(a);
    begin(a);
    begin(b);
    assert_int_equal(lv_add_reference(a, &values, lid), JET_errSuccess);
    assert_int_equal(lv_add_reference(b, &values, lid), JET_errSuccess);
    assert_int_equal(lv_write(b, &values, lid, 0, "x", 1, 0), JET_errWriteConflict);
    commit(a);
    commit(b);
    assert_int_equal(lv_is_shared(a, &values, lid, &shared), JET_errSuccess);
    assert_true(shared);
    for (unsigned i = 0; i < 3; i++) {
        begin(a);
        assert_int_equal(lv_size(a, &values, lid, &size), JET_errSuccess);
        assert_int_equal(lv_release(a, &values, lid), JET_errSuccess);
        assert_int_equal(transaction_commit(a, 0, NULL), JET_errSuccess);
    }
    assert_int_equal(lv_size(a, &values, lid, &size), JET_errRecordDeleted);
    assert_int_equal(version_clean(world->engine), JET_errSuccess);
    assert_string_equal(list(a, world->long_values), "");
    session_end(a);
    session_end(b);
}

static void lids_go_on_behind_the_highest_of_the_tree(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    struct long_values values;
    lid_t first, second;
    open_values(world, &values);
    begin(s);
    assert_int_equal(lv_create(s, &values, "abc", 3, 0, &first), JET_errSuccess);
    assert_int_equal(first, 1);
    commit(s);
    open_values(world, &values);
    begin(s);
    assert_int_equal(lv_create(s, &values, "abc", 3, 0, &second), JET_errSuccess);
    assert_int_equal(second, 2);
    rollback(s);
    atomic_store(&values.lid_last, LV_LID32_MAX);
    begin(s);
    assert_int_equal(lv_create(s, &values, "abc", 3, 0, &second), JET_errOutOfLongValueIDs);
    rollback(s);
    session_end(s);
}

static void damage_is_an_error(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    struct long_values values;
    static uint8_t bytes[9000];
    uint8_t key[8] = {0, 0, 0, 1};
    struct bookmark chunk = {.key = key, .key_size = sizeof key};
    lid_t lid;
    size_t actual;
    open_values(world, &values);
    begin(s);
    assert_int_equal(lv_create(s, &values, bytes, sizeof bytes, 0, &lid), JET_errSuccess);
    *(be32 *)(key + 4) = be32_make(values.chunk_size);
    assert_int_equal(dir_replace(s, world->long_values, &chunk, bytes, values.chunk_size + 1, 0), JET_errSuccess);
    assert_int_equal(lv_read(s, &values, lid, 0, bytes, sizeof bytes, &actual), JET_errLVCorrupted);
    assert_int_equal(dir_delete(s, world->long_values, &chunk, 0), JET_errSuccess);
    assert_int_equal(lv_read(s, &values, lid, 0, bytes, sizeof bytes, &actual), JET_errLVCorrupted);
    assert_int_equal(lv_read(s, &values, lid + 1, 0, bytes, sizeof bytes, &actual), JET_errRecordDeleted);
    commit(s);
    session_end(s);
}

/* More chunks than the version store has room for versions. */
static void a_value_far_bigger_than_the_version_store(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    struct long_values values;
    enum { PIECE = 1 << 20, PIECES = 36 };
    uint8_t *piece = malloc(PIECE), *back = malloc(PIECE);
    lid_t lid;
    size_t actual;
    uint32_t size;
    assert_non_null(piece);
    assert_non_null(back);
    open_values(world, &values);
    begin(s);
    assert_int_equal(lv_create(s, &values, NULL, 0, 0, &lid), JET_errSuccess);
    for (unsigned i = 0; i < PIECES; i++) {
        memset(piece, (int)i, PIECE);
        assert_int_equal(lv_append(s, &values, lid, piece, PIECE, 0), JET_errSuccess);
    }
    commit(s);
    assert_int_equal(lv_size(s, &values, lid, &size), JET_errSuccess);
    assert_int_equal(size, PIECE * PIECES);
    for (unsigned i = 0; i < PIECES; i++) {
        memset(piece, (int)i, PIECE);
        assert_int_equal(lv_read(s, &values, lid, i * PIECE, back, PIECE, &actual), JET_errSuccess);
        assert_int_equal(actual, PIECE);
        assert_memory_equal(back, piece, PIECE);
    }
    begin(s);
    assert_int_equal(lv_release(s, &values, lid), JET_errSuccess);
    rollback(s);
    assert_int_equal(lv_size(s, &values, lid, &size), JET_errSuccess);
    begin(s);
    assert_int_equal(lv_release(s, &values, lid), JET_errSuccess);
    commit(s);
    assert_int_equal(lv_size(s, &values, lid, &size), JET_errRecordDeleted);
    session_end(s);
    free(back);
    free(piece);
}

/* A database that is full: what was told to have failed is committed with the rest, and has changed nothing. */
static void a_change_without_room_changes_nothing(void **state)
{
    struct world *world = *state;
    enum { SIZE = 300001, MORE = 4 << 20 };
    struct long_values values;
    uint8_t *bytes = calloc(1, MORE), *back = malloc(SIZE + 1);
    struct session *s = world_session(world);
    lid_t lid, copy;
    size_t actual;
    assert_non_null(bytes);
    assert_non_null(back);
    open_values(world, &values);
    random_bytes(bytes, SIZE);
    begin(s);
    assert_int_equal(lv_create(s, &values, bytes, SIZE, 0, &lid), JET_errSuccess);
    commit(s);
    atomic_store(&world->db->pages_max, database_last_page(world->db));
    begin(s);
    while (lv_copy(s, &values, lid, 0, &copy) >= JET_errSuccess)
        assert_int_equal(lv_release(s, &values, copy), JET_errSuccess); /* its pages are in use until the commit */
    assert_int_equal(lv_append(s, &values, lid, bytes, MORE, 0), JET_errOutOfDatabaseSpace);
    assert_int_equal(lv_write(s, &values, lid, SIZE - 9, bytes, MORE, 0), JET_errOutOfDatabaseSpace);
    assert_int_equal(lv_resize(s, &values, lid, MORE, 0), JET_errOutOfDatabaseSpace);
    commit(s);
    assert_int_equal(lv_read(s, &values, lid, 0, back, SIZE + 1, &actual), JET_errSuccess);
    assert_int_equal(actual, SIZE);
    assert_memory_equal(back, bytes, SIZE);
    begin(s);
    assert_int_equal(lv_release(s, &values, lid), JET_errSuccess);
    assert_int_equal(transaction_commit(s, 0, NULL), JET_errSuccess);
    assert_int_equal(version_clean(world->engine), JET_errSuccess);
    assert_string_equal(list(s, world->long_values), "");
    session_end(s);
    free(back);
    free(bytes);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(a_value_follows_its_model_through_random_changes),
        IN_WORLD(every_size_around_the_chunks_comes_back),
        IN_WORLD(the_last_reference_takes_the_value_along),
        IN_WORLD(lids_go_on_behind_the_highest_of_the_tree),
        IN_WORLD(damage_is_an_error),
        IN_WORLD(a_value_far_bigger_than_the_version_store),
        IN_WORLD(a_change_without_room_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
