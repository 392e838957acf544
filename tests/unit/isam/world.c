/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "world.h"

#include "btree/actor.h"
#include "format/page.h"
#include "isam/deep.h"
#include "log/log_stream.h"
#include "storage/cache.h"
#include "storage/database.h"
#include "support/temp_folder.h"

enum { PAGE_SIZE = 4096, PAGES = 64, DBID = 1 };

static void open_engine(struct world *world)
{
    const char *folder = temp_folder_root(world->folder);
    struct engine_config config = {
        .system_path = folder,
        .log_path = folder,
        .base_name = "edb",
        .page_size = PAGE_SIZE,
        .extension_pages = 64,
        .sessions_max = WORLD_SESSIONS,
        .version_pages_max = 64,
    };
    assert_int_equal(engine_new(&config, &world->engine), JET_errSuccess);
}

static void open_log(struct world *world)
{
    const char *folder = temp_folder_root(world->folder);
    struct log_config config = log_config_default(folder, folder);
    struct log_resume resume = {.is_new = true, .generation = 1};
    config.segments = 256;
    assert_int_equal(log_stream_open(&config, &resume, &(struct log_hooks){0}, &world->engine->log), JET_errSuccess);
}

static void open_cache(struct world *world)
{
    struct cache_config config = {
        .page_size = PAGE_SIZE,
        .frames_min = 64,
        .frames_max = 4096,
        .checkpoint_depth = 1 << 20,
    };
    struct cache_hooks hooks = {.context = world->engine, .before_write = version_before_write};
    assert_int_equal(cache_new(&config, &world->engine->cache), JET_errSuccess);
    cache_set_log(world->engine->cache, world->engine->log);
    cache_set_hooks(world->engine->cache, &hooks);
}

static void make_database(struct world *world)
{
    struct database_new options = {
        .path = temp_folder_path(world->folder, "world.edb"),
        .dbid = DBID,
        .pages = PAGES,
        .log_signature = log_signature(world->engine->log),
        .generation = log_generation(world->engine->log),
    };
    assert_int_equal(database_create(world->engine->cache, &options, &world->db), JET_errSuccess);
    engine_database_put(world->engine, DBID, world->db);
}

static struct tree *make_tree(struct world *world, struct tree *parent, const struct btree_actor *actor,
                              uint32_t page_flags)
{
    struct tree_new options = {.page_flags = page_flags, .pages = 1};
    struct tree *tree = NULL;
    pgno_t fdp = 0;
    assert_int_equal(database_next_objid(world->db, &options.objid), JET_errSuccess);
    assert_int_equal(tree_create(parent, actor, &options, &fdp), JET_errSuccess);
    assert_int_equal(tree_open(world->db, fdp, options.objid, &tree), JET_errSuccess);
    return tree;
}

static void make_trees(struct world *world)
{
    struct session *session = world_session(world);
    struct btree_actor actor;
    struct tree *root = NULL;
    begin(session);
    assert_int_equal(transaction_actor(session, world->db, &actor), JET_errSuccess);
    assert_int_equal(tree_create_database_root(world->db, &actor, PAGES), JET_errSuccess);
    assert_int_equal(tree_open(world->db, BTREE_DATABASE_FDP, BTREE_DATABASE_OBJID, &root), JET_errSuccess);
    world->tree = make_tree(world, root, &actor, 0);
    world->duplicates = make_tree(world, root, &actor, PAGE_FLAG_INDEX | PAGE_FLAG_NON_UNIQUE);
    world->long_values = make_tree(world, root, &actor, PAGE_FLAG_LONG_VALUE);
    tree_close(root);
    commit(session);
    session_end(session);
}

int world_setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    void *folder = NULL;
    assert_non_null(world);
    if (temp_folder_setup(&folder) != 0)
        return -1;
    world->folder = folder;
    open_engine(world);
    open_log(world);
    open_cache(world);
    make_database(world);
    assert_int_equal(engine_run(world->engine), JET_errSuccess);
    make_trees(world);
    *state = world;
    return 0;
}

static void tell(void *context, const struct finding *finding)
{
    char text[600];
    (void)context;
    print_message("%s\n", finding_describe(finding, text, sizeof text));
}

static struct deep_known_tree known(const struct tree *tree)
{
    return (struct deep_known_tree){tree->fdp, tree->objid, tree->page_flags, tree->parent};
}

/* Are the trees sound on disk? A second opinion. Pages of trees that a test made itself have no owner here. */
static bool is_sound(const char *path, const struct deep_known_tree trees[3])
{
    const struct finding_listener nobody = {0}, listener = {.report = tell};
    const struct deep_options options = {0};
    struct deep_counts counts;
    struct database_file *file = NULL;
    if (database_file_open(path, &nobody, &file) != JET_errSuccess)
        return false;
    jet_err err = deep_verify_trees(file, &options, &listener, trees, 3, &counts);
    database_file_close(file);
    return err == JET_errSuccess && counts.damages == 0 && counts.warnings <= (counts.pages_lost > 0);
}

void world_stop(struct world *world, bool cleanly)
{
    struct engine *engine = world->engine;
    const struct deep_known_tree trees[] = {known(world->tree), known(world->duplicates), known(world->long_values)};
    tree_close(world->tree);
    tree_close(world->duplicates);
    tree_close(world->long_values);
    if (!cleanly && engine_state(engine) == JET_errSuccess)
        assert_int_equal(log_flush_to(engine->log, log_tip(engine->log)), JET_errSuccess);
    assert_int_equal(engine_rest(engine, cleanly), JET_errSuccess);
    if (cleanly)
        assert_int_equal(database_flush(world->db), JET_errSuccess);
    char path[1024];
    snprintf(path, sizeof path, "%s", world->db->path); /* the file can be read when the engine has let go of it */
    assert_int_equal(engine_database_take_out(engine, DBID), JET_errSuccess);
    database_close(world->db);
    if (cleanly)
        assert_true(is_sound(path, trees));
    cache_free(engine->cache);
    log_stream_close(engine->log);
    engine_free(engine);
    world->engine = NULL;
}

int world_teardown(void **state)
{
    struct world *world = *state;
    void *folder = world->folder;
    if (world->engine)
        world_stop(world, engine_state(world->engine) == JET_errSuccess);
    free(world);
    return temp_folder_teardown(&folder);
}
