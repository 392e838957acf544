/* SPDX-License-Identifier: MIT */
/* Tests of btree/redo.h: from any state that the pages of a database may have on disk, its log leads to what it was. */
#include "btree/cleanup.h"
#include "btree/redo.h"
#include "btree/vacate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/log_reader.h"
#include "log/log_stream.h"
#include "support/temp_folder.h"
#include "tree_fixture.h"
#include "tree_model.h"

enum { IMAGES = 5, MIXTURES = 6, UNDO_MAX = 8 };

/* A run: the pages at some moments, and the log between the first and the last. */
struct history {
    struct tree_fixture fixture;
    uint64_t start;
    uint8_t *images[IMAGES];
    size_t counts[IMAGES];
    unsigned images_made;
};

/* What undo needs, by rceid. */
struct reversal {
    uint32_t rceid;
    struct btree_redo_undo how;
};

static struct reversal reversals[UNDO_MAX];
static unsigned befores_told;

static void history_image(struct history *history)
{
    history->images[history->images_made] =
        tree_fixture_image(&history->fixture, &history->counts[history->images_made]);
    history->images_made++;
}

static void history_begin(struct history *history, struct temp_folder *folder, uint32_t page_size)
{
    const struct tree_fixture_options options = {.page_size = page_size, .is_logged = true, .extension = 16};
    *history = (struct history){.start = 0};
    temp_folder_need_reading_in_use(folder);
    tree_fixture_begin(&history->fixture, folder, &options);
    history->start = log_next_start(history->fixture.log);
    history_image(history);
}

static void history_end(struct history *history)
{
    tree_fixture_end(&history->fixture);
    for (unsigned i = 0; i < history->images_made; i++)
        free(history->images[i]);
}

/* Another database: each page as it was in one of the images. */
static void copy_open(struct history *history, uint64_t *seed, struct cache **ret_cache, struct database **ret_db)
{
    const size_t page_size = history->fixture.db->page_size;
    const struct cache_config config = {.page_size = (uint32_t)page_size, .frames_min = 64, .frames_max = 128};
    const unsigned last = history->images_made - 1;
    const struct database_new new = {.path = temp_folder_path(history->fixture.folder, "copy.edb"),
                                     .dbid = 1,
                                     .pages = (pgno_t)history->counts[0],
                                     .overwrite = true};
    assert_int_equal(cache_new(&config, ret_cache), JET_errSuccess);
    assert_int_equal(database_create(*ret_cache, &new, ret_db), JET_errSuccess);
    for (size_t i = 0; i < history->counts[last]; i++) {
        const unsigned from = seed ? tree_fixture_random(seed) % history->images_made : 0;
        struct frame *frame = NULL;
        if (i >= history->counts[from] || page_is_zero(history->images[from] + i * page_size, page_size))
            continue;
        assert_int_equal(page_get_new(*ret_db, (pgno_t)(i + 1), &frame), JET_errSuccess);
        memcpy(frame->page, history->images[from] + i * page_size, page_size);
        page_dirty(frame, 0, 0);
        page_put(frame, PAGE_EXCLUSIVE);
    }
}

static jet_err tell(void *context, const struct btree_redo_before *before)
{
    (void)context;
    assert_non_null(before->node.data);
    befores_told++;
    return JET_errSuccess;
}

static jet_err reverse(void *context, const struct logrec_undo *undo, struct btree_redo_undo *ret_undo)
{
    (void)context;
    for (unsigned i = 0; i < UNDO_MAX; i++)
        if (reversals[i].rceid == undo->head.rceid) {
            *ret_undo = reversals[i].how;
            return JET_errSuccess;
        }
    fail_msg("no version %u", (unsigned)undo->head.rceid);
    return JET_errLogCorrupted;
}

/* Records of a macro, with their bytes. */
struct macro {
    struct btree_redo_record records[32];
    unsigned count;
    bool is_open;
};

static void macro_add(struct macro *macro, const struct btree_redo_record *record)
{
    assert_true(macro->count < COUNT_OF(macro->records));
    uint8_t *bytes = malloc(record->size);
    memcpy(bytes, record->bytes, record->size);
    macro->records[macro->count] = *record;
    macro->records[macro->count++].bytes = bytes;
}

static void macro_clear(struct macro *macro)
{
    for (unsigned i = 0; i < macro->count; i++)
        free((void *)(uintptr_t)macro->records[i].bytes);
    *macro = (struct macro){.count = 0};
}

static jet_err record_redo(const struct btree_redo *redo, struct macro *macro, const struct log_reader_record *read)
{
    const struct btree_redo_record record = {
        .bytes = read->bytes, .size = read->size, .lgpos = read->lgpos, .lgpos_end = read->lgpos_end};
    jet_err err = JET_errSuccess;
    if (read->bytes[0] == LOGREC_MACRO_BEGIN) {
        macro->is_open = true;
    } else if (read->bytes[0] == LOGREC_MACRO_COMMIT) {
        err = btree_redo_macro(redo, macro->records, macro->count, NULL);
        macro_clear(macro);
    } else if (btree_redo_handles(read->bytes[0])) {
        if (macro->is_open)
            macro_add(macro, &record);
        else
            err = btree_redo(redo, &record, NULL);
    }
    return err;
}

static jet_err log_redo(struct history *history, struct database *db)
{
    const struct log_reader_source source = {.config = &history->fixture.log_config};
    const struct btree_redo redo = {.db = db, .is_required = true, .before = tell, .undo = reverse};
    struct log_reader *reader = NULL;
    struct log_reader_record record;
    struct macro macro = {.count = 0};
    jet_err err = JET_errSuccess;
    assert_int_equal(log_flush_to(history->fixture.log, log_tip(history->fixture.log)), JET_errSuccess);
    assert_int_equal(log_reader_open(&source, history->start, &reader), JET_errSuccess);
    while (err >= JET_errSuccess) {
        assert_int_equal(log_reader_next(reader, &record), JET_errSuccess);
        if (!record.bytes)
            break;
        err = record_redo(&redo, &macro, &record);
    }
    macro_clear(&macro);
    log_reader_close(reader);
    return err;
}

static void check_same(struct history *history, struct database *db)
{
    const size_t page_size = db->page_size;
    const unsigned last = history->images_made - 1;
    struct tree_fixture copy = {.db = db};
    size_t count;
    uint8_t *image = tree_fixture_image(&copy, &count);
    assert_true(count >= history->counts[last]);
    for (size_t i = 0; i < history->counts[last]; i++)
        if (!tree_fixture_same_page(image + i * page_size, history->images[last] + i * page_size, page_size))
            fail_msg("page %zu came out differently", i + 1);
    free(image);
}

/* Redo from the beginning, from mixtures of images, and a second time. */
static void check_redo(struct history *history)
{
    uint64_t seed = 99;
    for (unsigned mixture = 0; mixture <= MIXTURES; mixture++) {
        struct cache *cache = NULL;
        struct database *db = NULL;
        copy_open(history, mixture ? &seed : NULL, &cache, &db);
        assert_int_equal(log_redo(history, db), JET_errSuccess);
        check_same(history, db);
        assert_int_equal(log_redo(history, db), JET_errSuccess);
        check_same(history, db);
        assert_int_equal(database_last_dbtime(db), database_last_dbtime(history->fixture.db));
        database_close(db);
        cache_free(cache);
    }
}

static void run(void **state, uint32_t page_size, uint32_t page_flags, const struct model_options *options)
{
    struct history history;
    history_begin(&history, *state, page_size);
    struct tree *table = tree_fixture_create(&history.fixture, history.fixture.root, 0, 2);
    struct tree *tree = page_flags ? tree_fixture_create(&history.fixture, table, page_flags, 1) : NULL;
    struct model *model = model_new(&history.fixture, tree ? tree : table, options);
    for (unsigned i = 1; i < IMAGES; i++) {
        model_work(model, 800);
        history_image(&history);
    }
    model_check(model);
    check_redo(&history);
    model_free(model);
    tree_close(tree);
    tree_close(table);
    history_end(&history);
}

static void redo_gives_the_same_pages(void **state)
{
    for (uint32_t page_size = 4096; page_size <= 32768; page_size *= 2) {
        const struct model_options options = {.seed = page_size + 7, .key_max = 24, .data_max = 400};
        run(state, page_size, 0, &options);
    }
    assert_true(befores_told > 0);
}

static void redo_of_trees_that_are_not_unique(void **state)
{
    const struct model_options options = {.seed = 17, .key_max = 6, .data_max = 60, .few_keys = true};
    run(state, 4096, PAGE_FLAG_INDEX | PAGE_FLAG_NON_UNIQUE, &options);
}

static void redo_of_compressed_keys(void **state)
{
    const struct model_options options = {.seed = 23, .key_max = 90, .data_max = 30, .prefix = 50};
    run(state, 4096, PAGE_FLAG_INDEX, &options);
    run(state, 16384, PAGE_FLAG_LONG_VALUE, &options);
}

static void redo_of_big_nodes(void **state)
{
    const struct model_options options = {.seed = 29, .key_max = 300, .data_max = 3500};
    run(state, 4096, 0, &options);
}

static void change(struct tree *tree, const struct btree_actor *actor, const char *key,
                   const struct btree_change *change)
{
    const struct bookmark bookmark = {(const uint8_t *)key, strlen(key), NULL, 0};
    assert_int_equal(btree_change(tree, actor, &bookmark, change), JET_errSuccess);
}

static void reversals_are_redone_too(void **state)
{
    static const uint8_t old_data[] = "old data of the node", new_data[] = "new";
    struct history history;
    history_begin(&history, *state, 4096);
    struct tree *tree = tree_fixture_create(&history.fixture, history.fixture.root, 0, 1);
    const struct btree_actor *actor = &history.fixture.actor;
    const struct btree_change insert = {
        .kind = BTREE_INSERT, .data = old_data, .data_size = sizeof old_data, .versioned = true, .rceid = 1};
    change(tree, actor, "one", &insert);
    change(tree, actor, "two", &insert);
    history_image(&history);
    const struct btree_change replace = {
        .kind = BTREE_REPLACE, .data = new_data, .data_size = sizeof new_data, .versioned = true, .rceid = 2};
    change(tree, actor, "one", &replace);
    const struct btree_change delta = {
        .kind = BTREE_DELTA, .delta = -5, .delta_offset = 4, .delta_width = 8, .versioned = true, .rceid = 3};
    change(tree, actor, "two", &delta);
    const struct btree_change delete = {.kind = BTREE_FLAG_DELETE, .versioned = true, .rceid = 4};
    change(tree, actor, "two", &delete);
    history_image(&history);
    const struct btree_change back[] = {
        {.kind = BTREE_UNDO_FLAG_DELETE, .undo_oper = LOGREC_OPER_FLAG_DELETE, .undo_level = 1, .rceid = 4},
        {.kind = BTREE_UNDO_DELTA,
         .undo_oper = LOGREC_OPER_DELTA64,
         .undo_level = 1,
         .rceid = 3,
         .delta = 5,
         .delta_offset = 4,
         .delta_width = 8},
        {.kind = BTREE_UNDO_REPLACE,
         .undo_oper = LOGREC_OPER_REPLACE,
         .undo_level = 1,
         .rceid = 2,
         .data = old_data,
         .data_size = sizeof old_data},
        {.kind = BTREE_UNDO_INSERT,                .undo_oper = LOGREC_OPER_INSERT,                                                           .undo_level = 1,                                                                      .rceid = 1                                                                     },
    };
    change(tree, actor, "two", &back[0]);
    change(tree, actor, "two", &back[1]);
    change(tree, actor, "one", &back[2]);
    change(tree, actor, "one", &back[3]);
    history_image(&history);
    for (unsigned i = 0; i < COUNT_OF(back); i++)
        reversals[i] = (struct reversal){
            back[i].rceid, {back[i].data, back[i].data_size, back[i].delta, back[i].delta_offset}
        };
    assert_int_equal(tree_fixture_check(&history.fixture, tree, NULL, 0), 1);
    check_redo(&history);
    tree_close(tree);
    history_end(&history);
}

static void an_undo_that_makes_a_node_longer_may_split_its_page(void **state)
{
    uint8_t data[900];
    struct history history;
    history_begin(&history, *state, 4096);
    struct tree *tree = tree_fixture_create(&history.fixture, history.fixture.root, 0, 1);
    const struct btree_actor *actor = &history.fixture.actor;
    const char keys[][4] = {"aaa", "bbb", "ccc", "ddd"};
    memset(data, 7, sizeof data);
    const struct btree_change insert = {.kind = BTREE_INSERT, .data = data, .data_size = sizeof data};
    for (unsigned i = 0; i < 4; i++)
        change(tree, actor, keys[i], &insert);
    const struct btree_change shrink = {
        .kind = BTREE_REPLACE, .data = data, .data_size = 10, .versioned = true, .rceid = 5};
    change(tree, actor, "bbb", &shrink);
    change(tree, actor, "abc", &insert);
    const struct btree_change back = {.kind = BTREE_UNDO_REPLACE,
                                      .undo_oper = LOGREC_OPER_REPLACE,
                                      .undo_level = 1,
                                      .rceid = 5,
                                      .data = data,
                                      .data_size = sizeof data};
    change(tree, actor, "bbb", &back);
    reversals[0] = (struct reversal){
        5, {data, sizeof data, 0, 0}
    };
    history_image(&history);
    assert_int_equal(tree_fixture_check(&history.fixture, tree, NULL, 0), 5);
    check_redo(&history);
    tree_close(tree);
    history_end(&history);
}

/* Between nodes that were there before, so that pages are split where the new nodes end, and behind all. */
static void ascending_runs_are_redone(void **state)
{
    uint8_t data[150];
    char key[16];
    struct history history;
    history_begin(&history, *state, 4096);
    struct tree *tree = tree_fixture_create(&history.fixture, history.fixture.root, 0, 1);
    const struct btree_change insert = {.kind = BTREE_INSERT, .data = data, .data_size = sizeof data};
    memset(data, 3, sizeof data);
    for (unsigned i = 0; i < 40; i++) {
        snprintf(key, sizeof key, "m%u", i);
        change(tree, &history.fixture.actor, key, &insert);
    }
    for (unsigned i = 0; i < 600; i++) {
        snprintf(key, sizeof key, "%c-run%05u", i % 200 < 100 ? 'a' : 'z', i);
        change(tree, &history.fixture.actor, key, &insert);
        if (i % 200 == 120)
            history_image(&history);
    }
    history_image(&history);
    assert_int_equal(tree_fixture_check(&history.fixture, tree, NULL, 0), 640);
    check_redo(&history);
    tree_close(tree);
    history_end(&history);
}

/* Big nodes between small ones; when they go the small ones move together. */
static void merges_are_redone(void **state)
{
    static const uint8_t data[3000] = {3};
    struct history history;
    history_begin(&history, *state, 4096);
    struct tree *tree = tree_fixture_create(&history.fixture, history.fixture.root, 0, 1);
    for (uint32_t i = 0; i < 60 * 20; i++) {
        const be32 key = be32_make(i);
        const struct bookmark bookmark = {key.b, sizeof key, NULL, 0};
        const struct btree_change insert = {.kind = BTREE_INSERT, .data = data, .data_size = i % 20 ? 20 : sizeof data};
        assert_int_equal(btree_change(tree, &history.fixture.actor, &bookmark, &insert), JET_errSuccess);
    }
    history_image(&history);
    for (uint32_t i = 60; i-- > 0;) {
        const be32 key = be32_make(i * 20);
        const struct bookmark bookmark = {key.b, sizeof key, NULL, 0};
        const struct btree_change delete = {.kind = BTREE_DELETE};
        assert_int_equal(btree_change(tree, &history.fixture.actor, &bookmark, &delete), JET_errSuccess);
        assert_int_equal(btree_cleanup(tree, &history.fixture.actor, &bookmark), JET_errSuccess);
        if (i == 30)
            history_image(&history);
    }
    history_image(&history);
    struct space_usage usage;
    assert_int_equal(tree_fixture_check(&history.fixture, tree, NULL, 0), 60 * 19);
    assert_int_equal(space_usage(tree, &usage), JET_errSuccess);
    assert_true(usage.owned - usage.available < 40); /* of the 60 and more that there were */
    check_redo(&history);
    tree_close(tree);
    history_end(&history);
}

static void a_tree_that_becomes_empty_is_redone(void **state)
{
    struct history history;
    history_begin(&history, *state, 4096);
    struct tree *tree = tree_fixture_create(&history.fixture, history.fixture.root, 0, 1);
    for (unsigned deletes = 0; deletes < 2; deletes++) {
        for (uint32_t i = 300; i-- > 0;) {
            static const uint8_t data[1000] = {3};
            const be32 key = be32_make(i);
            const struct bookmark bookmark = {key.b, sizeof key, NULL, 0};
            const struct btree_change change = {
                .kind = deletes ? BTREE_DELETE : BTREE_INSERT, .data = data, .data_size = sizeof data};
            assert_int_equal(btree_change(tree, &history.fixture.actor, &bookmark, &change), JET_errSuccess);
        }
        history_image(&history);
    }
    struct space_usage usage;
    assert_int_equal(tree_fixture_check(&history.fixture, tree, NULL, 0), 0);
    assert_int_equal(space_usage(tree, &usage), JET_errSuccess);
    assert_int_equal(usage.owned - usage.available, 3); /* the root, and those of its space trees */
    check_redo(&history);
    tree_close(tree);
    history_end(&history);
}

static void fill_tree(struct history *history, struct tree *tree, uint32_t nodes)
{
    static const uint8_t data[1000] = {5};
    for (uint32_t i = 0; i < nodes; i++) {
        const be32 key = be32_make(i * 7919 % nodes);
        const struct bookmark bookmark = {key.b, sizeof key, NULL, 0};
        const struct btree_change insert = {.kind = BTREE_INSERT, .data = data, .data_size = sizeof data};
        assert_int_equal(btree_change(tree, &history->fixture.actor, &bookmark, &insert), JET_errSuccess);
    }
}

/* All that a tree has behind another one, which is gone, comes to lie where that was: leaves, and pages above them. */
static void moves_are_redone_with(void **state, uint32_t page_size)
{
    struct history history;
    struct btree_walk walk = {.has_begun = false};
    const uint32_t nodes = page_size / 2;
    uint32_t moved = 0, all_moved = 0;
    history_begin(&history, *state, page_size);
    struct tree *before = tree_fixture_create(&history.fixture, history.fixture.root, 0, 1);
    fill_tree(&history, before, nodes);
    struct tree *tree = tree_fixture_create(&history.fixture, history.fixture.root, 0, 1);
    fill_tree(&history, tree, nodes);
    pgno_t limit = 0;
    assert_int_equal(space_last_owned(before, &limit), JET_errSuccess);
    const pgno_t fdp = before->fdp;
    const objid_t objid = before->objid;
    tree_close(before);
    assert_int_equal(tree_delete(history.fixture.root, &history.fixture.actor, fdp, objid), JET_errSuccess);
    history_image(&history);
    while (!walk.has_ended) {
        assert_int_equal(btree_vacate_leaf(tree, &history.fixture.actor, limit, &walk, &moved), JET_errSuccess);
        all_moved += moved;
        if (all_moved > 20 && history.images_made == 2)
            history_image(&history);
    }
    history_image(&history);
    assert_true(all_moved > nodes * 1000 / page_size);
    assert_int_equal(tree_fixture_check(&history.fixture, tree, NULL, 0), nodes);
    check_redo(&history);
    tree_close(tree);
    history_end(&history);
}

static void moves_are_redone(void **state)
{
    moves_are_redone_with(state, 4096);
}

static void moves_of_large_pages_are_redone(void **state)
{
    moves_are_redone_with(state, 32768);
}

/* A page of another time than the log says. */
static void a_database_that_does_not_belong_to_the_log_is_refused(void **state)
{
    struct history history;
    struct cache *cache = NULL;
    struct database *db = NULL;
    struct frame *frame = NULL;
    const struct model_options options = {.seed = 31, .key_max = 20, .data_max = 100};
    history_begin(&history, *state, 4096);
    struct tree *tree = tree_fixture_create(&history.fixture, history.fixture.root, 0, 1);
    history_image(&history);
    history.start = log_next_start(history.fixture.log);
    struct model *model = model_new(&history.fixture, tree, &options);
    (void)database_next_dbtime(history.fixture.db); /* so that there is a time between */
    model_work(model, 50);
    const struct {
        int64_t shift; /* of the root's database time, which the log expects to be the image's */
        jet_err err;
    } cases[] = {
        {-1, JET_errDbTimeTooOld},
        {1,  JET_errDbTimeTooNew},
    };
    for (unsigned i = 0; i < COUNT_OF(cases); i++) {
        history.images_made = 2;
        copy_open(&history, NULL, &cache, &db);
        assert_int_equal(page_get_new(db, tree->fdp, &frame), JET_errSuccess);
        memcpy(frame->page, history.images[1] + (tree->fdp - 1) * (size_t)4096, 4096);
        struct page_header_disk *header = (void *)frame->page;
        header->dbtime = le64_make(le64_get(header->dbtime) + (uint64_t)cases[i].shift);
        page_dirty(frame, 0, 0);
        page_put(frame, PAGE_EXCLUSIVE);
        assert_int_equal(log_redo(&history, db), cases[i].err);
        database_close(db);
        cache_free(cache);
    }
    model_free(model);
    tree_close(tree);
    history_end(&history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(redo_gives_the_same_pages, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(redo_of_trees_that_are_not_unique, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(redo_of_compressed_keys, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(redo_of_big_nodes, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(ascending_runs_are_redone, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(reversals_are_redone_too, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(an_undo_that_makes_a_node_longer_may_split_its_page, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(merges_are_redone, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(moves_are_redone, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(moves_of_large_pages_are_redone, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(a_tree_that_becomes_empty_is_redone, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(a_database_that_does_not_belong_to_the_log_is_refused, temp_folder_setup,
                                        temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
