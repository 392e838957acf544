/* SPDX-License-Identifier: MIT */
/* Tests of live trees under several threads: each changes nodes of its own in shared trees, others read all of them,
 * and one moves their pages. */
#include "btree/btree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "btree/vacate.h"
#include "os/os_thread.h"
#include "support/temp_folder.h"
#include "tree_fixture.h"

enum { WRITERS = 4, READERS = 2, TREES = 3, SLOTS = 400, CHANGES = 3000, PLACES = 40 };

struct shared {
    struct tree_fixture *fixture;
    struct tree *trees[TREES];
    unsigned tree_count;
    _Atomic unsigned writers_left;
    _Atomic unsigned faults;
    _Atomic unsigned resumed, moved; /* places that were found again; pages that were moved */
};

/* Where a reader was, and what it saw there. */
struct place {
    struct tree *tree;
    struct btree_hint hint;
    uint8_t key[8];
    size_t data_size;
};

struct worker {
    struct shared *shared;
    unsigned number;
    uint64_t seed;
    struct place places[PLACES];
    uint16_t sizes[TREES][SLOTS]; /* of the data; 0: the node is not there */
};

/* Asserting is for the main thread. */
static void expect(struct shared *shared, bool holds)
{
    if (!holds)
        atomic_fetch_add(&shared->faults, 1);
}

static size_t key_make(unsigned slot, unsigned writer, uint8_t key[8])
{
    const be32 number = be32_make(slot * 2654435761u); /* neighbours of other writers */
    memcpy(key, &number, sizeof number);
    key[4] = (uint8_t)writer;
    memset(key + 5, 'k', 3);
    return 8;
}

static void writer_change(struct worker *worker)
{
    struct shared *shared = worker->shared;
    const unsigned t = tree_fixture_random(&worker->seed) % shared->tree_count;
    const unsigned slot = tree_fixture_random(&worker->seed) % SLOTS;
    uint16_t *size = &worker->sizes[t][slot];
    uint8_t key[8], data[600];
    struct btree_actor actor = shared->fixture->actor;
    struct btree_change change = {.kind = BTREE_INSERT, .data = data};
    const struct bookmark bookmark = {key, key_make(slot, worker->number, key), NULL, 0};
    change.data_size = 1 + tree_fixture_random(&worker->seed) % sizeof data;
    memset(data, (int)worker->number + 1, sizeof data);
    if (*size > 0)
        change.kind = tree_fixture_random(&worker->seed) % 2 ? BTREE_REPLACE : BTREE_DELETE;
    actor.procid = (uint16_t)(worker->number + 1);
    expect(shared, btree_change(shared->trees[t], &actor, &bookmark, &change) == JET_errSuccess);
    if (change.kind == BTREE_DELETE)
        expect(shared, btree_cleanup(shared->trees[t], &actor, &bookmark) == JET_errSuccess);
    *size = change.kind == BTREE_DELETE ? 0 : (uint16_t)change.data_size;
}

static void writer_run(void *context)
{
    struct worker *worker = context;
    for (unsigned i = 0; i < CHANGES; i++)
        writer_change(worker);
    atomic_fetch_sub(&worker->shared->writers_left, 1);
}

/* All nodes in one direction: keys in order, data whole. */
static void reader_scan(struct worker *worker, struct tree *tree, bool forward)
{
    struct shared *shared = worker->shared;
    struct btree_position position;
    struct btree_node_view view;
    uint8_t last[8];
    bool has_last = false;
    jet_err err = btree_seek(tree, forward ? BTREE_FIRST : BTREE_LAST, NULL, &position, NULL);
    while (err == JET_errSuccess) {
        expect(shared, btree_node(&position, &view) == JET_errSuccess && view.key_size == sizeof last);
        const int order = has_last ? memcmp(view.key, last, sizeof last) : 0;
        expect(shared, !has_last || (forward ? order > 0 : order < 0));
        expect(shared, view.data[0] == view.key[4] + 1 && view.data[view.data_size - 1] == view.key[4] + 1);
        memcpy(last, view.key, sizeof last);
        has_last = true;
        err = forward ? btree_next(&position) : btree_previous(&position);
    }
    expect(shared, err == JET_errNoCurrentRecord);
}

static void reader_seek(struct worker *worker, struct tree *tree)
{
    struct btree_position position;
    struct btree_node_view view;
    uint8_t key[8];
    bool exact = false;
    const size_t size =
        key_make(tree_fixture_random(&worker->seed) % SLOTS, tree_fixture_random(&worker->seed) % WRITERS, key);
    const struct bookmark bookmark = {key, size, NULL, 0};
    if (btree_seek(tree, BTREE_EXACT_OR_NEXT, &bookmark, &position, &exact) < JET_errSuccess)
        return;
    expect(worker->shared, btree_node(&position, &view) == JET_errSuccess);
    expect(worker->shared, (memcmp(view.key, key, size) == 0) == exact && memcmp(view.key, key, size) >= 0);
    btree_release(&position);
}

static void place_note(struct worker *worker, struct tree *tree, struct place *place)
{
    struct btree_position position;
    struct btree_node_view view;
    uint8_t key[8];
    const size_t size =
        key_make(tree_fixture_random(&worker->seed) % SLOTS, tree_fixture_random(&worker->seed) % WRITERS, key);
    const struct bookmark bookmark = {key, size, NULL, 0};
    place->tree = NULL;
    if (btree_seek(tree, BTREE_EXACT_OR_NEXT, &bookmark, &position, NULL) < JET_errSuccess)
        return;
    expect(worker->shared, btree_node(&position, &view) == JET_errSuccess);
    btree_hint_get(&position, &place->hint);
    memcpy(place->key, view.key, sizeof place->key);
    place->data_size = view.data_size;
    place->tree = tree;
    btree_release(&position);
}

/* To the neighbour of a place that was found again. */
static void place_leave(struct worker *worker, const struct place *place, struct btree_position *position)
{
    const bool forward = tree_fixture_random(&worker->seed) % 2;
    struct btree_node_view view;
    const jet_err err = forward ? btree_next(position) : btree_previous(position);
    if (err < JET_errSuccess) {
        expect(worker->shared, err == JET_errNoCurrentRecord || err == JET_errTaskDropped);
        return;
    }
    expect(worker->shared, btree_node(position, &view) == JET_errSuccess);
    const int order = memcmp(view.key, place->key, sizeof place->key);
    expect(worker->shared, forward ? order > 0 : order < 0);
    btree_release(position);
}

/* A hint leads to what was there, or nowhere: whatever became of the page, and of the frame that held it. */
static void place_try(struct worker *worker, const struct place *place)
{
    struct btree_position position;
    struct btree_node_view view;
    bool is_same;
    if (!place->tree || btree_resume(place->tree, &place->hint, &position, &is_same) < JET_errSuccess)
        return;
    atomic_fetch_add(&worker->shared->resumed, 1);
    expect(worker->shared, btree_node(&position, &view) == JET_errSuccess);
    expect(worker->shared, memcmp(view.key, place->key, sizeof place->key) == 0 && view.data_size == place->data_size);
    place_leave(worker, place, &position);
}

static void reader_come_back(struct worker *worker, struct tree *tree)
{
    struct place *place = &worker->places[tree_fixture_random(&worker->seed) % PLACES];
    for (unsigned i = 0; i < 3; i++)
        place_try(worker, place);
    place_note(worker, tree, place);
}

static void reader_run(void *context)
{
    struct worker *worker = context;
    struct shared *shared = worker->shared;
    while (atomic_load(&shared->writers_left) > 0) {
        struct tree *tree = shared->trees[tree_fixture_random(&worker->seed) % shared->tree_count];
        reader_scan(worker, tree, tree_fixture_random(&worker->seed) % 2);
        for (unsigned i = 0; i < 50; i++) {
            reader_seek(worker, tree);
            reader_come_back(worker, tree);
        }
    }
}

/* Again and again the pages behind some page move before it, as long as there is room. */
static void mover_run(void *context)
{
    struct worker *worker = context;
    struct shared *shared = worker->shared;
    struct btree_actor actor = shared->fixture->actor;
    actor.procid = (uint16_t)(worker->number + 1);
    while (atomic_load(&shared->writers_left) > 0) {
        struct tree *tree = shared->trees[tree_fixture_random(&worker->seed) % shared->tree_count];
        const pgno_t limit = 10 + tree_fixture_random(&worker->seed) % database_last_page(shared->fixture->db);
        struct btree_walk walk = {.has_begun = false};
        jet_err err = JET_errSuccess;
        while (err >= JET_errSuccess && !walk.has_ended) {
            uint32_t moved = 0;
            err = btree_vacate_leaf(tree, &actor, limit, &walk, &moved);
            atomic_fetch_add(&shared->moved, moved);
        }
        expect(shared, err >= JET_errSuccess || err == JET_errOutOfDatabaseSpace);
    }
}

static void worker_run(void *context)
{
    const struct worker *worker = context;
    if (worker->number < WRITERS)
        writer_run(context);
    else if (worker->number < WRITERS + READERS)
        reader_run(context);
    else
        mover_run(context);
}

static size_t nodes_of(const struct worker *workers, unsigned t)
{
    size_t count = 0;
    for (unsigned w = 0; w < WRITERS; w++)
        for (unsigned slot = 0; slot < SLOTS; slot++)
            count += workers[w].sizes[t][slot] > 0;
    return count;
}

static void work(struct tree_fixture *fixture, struct shared *shared)
{
    enum { WORKERS = WRITERS + READERS + 1 };
    struct worker *workers = calloc(WORKERS, sizeof *workers);
    struct os_thread *threads[WORKERS] = {NULL};
    shared->fixture = fixture;
    atomic_store(&shared->writers_left, WRITERS);
    for (unsigned i = 0; i < WORKERS; i++) {
        workers[i].shared = shared;
        workers[i].number = i;
        workers[i].seed = i * 7 + 1;
        assert_int_equal(os_thread_start(worker_run, &workers[i], &threads[i]), JET_errSuccess);
    }
    for (unsigned i = 0; i < WORKERS; i++)
        os_thread_join(threads[i]);
    assert_int_equal(atomic_load(&shared->faults), 0);
    assert_true(atomic_load(&shared->resumed) > 0 && atomic_load(&shared->moved) > 0);
    for (unsigned t = 0; t < shared->tree_count; t++) {
        size_t child_count = 0;
        struct space_run *children = NULL;
        if (t == 0 && shared->tree_count > 1)
            children = tree_fixture_owned(fixture, shared->trees[1], &child_count);
        assert_int_equal(tree_fixture_check(fixture, shared->trees[t], children, child_count), nodes_of(workers, t));
        free(children);
    }
    free(workers);
}

static void threads_share_one_tree(void **state)
{
    struct tree_fixture fixture;
    struct shared shared = {.tree_count = 1};
    const struct tree_fixture_options options = {.page_size = 4096, .frames = 96, .is_logged = true};
    tree_fixture_begin(&fixture, *state, &options);
    shared.trees[0] = tree_fixture_create(&fixture, fixture.root, 0, 1);
    work(&fixture, &shared);
    tree_close(shared.trees[0]);
    tree_fixture_end(&fixture);
}

/* A table, an index of it, and another table: their space comes from one another. */
static void threads_share_trees_that_share_space(void **state)
{
    struct tree_fixture fixture;
    struct shared shared = {.tree_count = TREES};
    const struct tree_fixture_options options = {.page_size = 4096, .frames = 96};
    tree_fixture_begin(&fixture, *state, &options);
    shared.trees[0] = tree_fixture_create(&fixture, fixture.root, 0, 1);
    shared.trees[1] = tree_fixture_create(&fixture, shared.trees[0], PAGE_FLAG_INDEX, 1);
    shared.trees[2] = tree_fixture_create(&fixture, fixture.root, 0, 1);
    work(&fixture, &shared);
    for (unsigned i = TREES; i-- > 0;)
        tree_close(shared.trees[i]);
    tree_fixture_end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(threads_share_one_tree, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(threads_share_trees_that_share_space, temp_folder_setup, temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
