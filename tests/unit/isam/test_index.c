/* SPDX-License-Identifier: MIT */
/* Entries of secondary indexes that are not what the records say: the whole check names them, and a change that meets
 * one is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../recovery/instance.h"
#include "base/compiler.h"
#include "btree/tree.h"
#include "isam/ddl.h"
#include "isam/deep.h"
#include "isam/dir.h"
#include "isam/engine_database.h"
#include "isam/session.h"
#include "isam/table_cursor.h"
#include "isam/transaction.h"
#include "support/finding_list.h"
#include "support/temp_folder.h"

#define OK(call) assert_int_equal((call), JET_errSuccess)

enum { ROWS = 20 };

/* A table of numbers: primary index on "id"; "tags" by each value of a multi-valued column; "some" by id, if there are
 * no tags. */
struct world {
    struct instance instance;
    struct session *session;
    const char *path;
    unsigned dbid;
    struct table *table;
    uint32_t id, tags;
};

static void add_column(struct world *world, const char *name, uint32_t flags, enum ddl_column_place place,
                       uint32_t *ret_id)
{
    const struct ddl_column definition = {.name = name, .type = COLUMN_LONG, .flags = flags, .place = place};
    OK(ddl_column_add(world->session, world->table, &definition, ret_id));
}

static void add_index(struct world *world, const char *name, uint32_t column, uint32_t flags,
                      const struct index_condition *condition)
{
    const struct index_segment segment = {column, false};
    const struct ddl_index definition = {
        .name = name,
        .flags = flags,
        .segments = &segment,
        .segment_count = 1,
        .conditions = condition,
        .condition_count = condition != NULL,
    };
    OK(ddl_index_create(world->session, world->table, &definition));
}

static void set_number(struct table_cursor *cursor, uint32_t column, int32_t number, uint32_t itag)
{
    const struct table_set set = {.column = column, .data = &number, .size = sizeof number, .itag = itag};
    OK(table_cursor_set(cursor, &set));
}

static void insert_rows(struct world *world)
{
    struct table_cursor *cursor;
    OK(table_cursor_open(world->session, world->dbid, "rows", 0, &cursor));
    OK(transaction_begin(world->session, false));
    for (int32_t i = 0; i < ROWS; i++) {
        OK(table_cursor_prepare(cursor, TABLE_PREPARE_INSERT));
        set_number(cursor, world->id, i, 1);
        for (int32_t tag = 0; tag < i % 3; tag++)
            set_number(cursor, world->tags, 100 * i + tag, 0);
        OK(table_cursor_update(cursor, NULL, NULL));
    }
    OK(transaction_commit(world->session, 0, NULL));
    table_cursor_close(cursor);
}

static void world_begin(struct world *world, void **state)
{
    const struct ddl_table definition = {.name = "rows"};
    *world = (struct world){.path = temp_folder_path(*state, "index.edb")};
    const struct engine_database_new options = {.path = world->path};
    instance_init(&world->instance, *state);
    instance_start(&world->instance);
    OK(session_begin(world->instance.engine, &world->session));
    OK(engine_database_create(world->session, &options, &world->dbid));
    OK(ddl_table_create(world->session, world->dbid, &definition, &world->table));
    add_column(world, "id", COLUMN_NOT_NULL, DDL_COLUMN_FIXED, &world->id);
    add_column(world, "tags", COLUMN_MULTI_VALUED, DDL_COLUMN_TAGGED, &world->tags);
    const struct index_condition without_tags = {world->tags, true};
    add_index(world, "primary", world->id, INDEX_PRIMARY, NULL);
    add_index(world, "tags", world->tags, 0, NULL);
    add_index(world, "some", world->id, INDEX_ALLOW_SOME_NULLS, &without_tags);
    insert_rows(world);
}

static void world_end(struct world *world, jet_err expected, uint64_t damages)
{
    struct finding_list findings = {0};
    const struct finding_listener listener = finding_list_listener(&findings);
    const struct deep_options options = {0};
    struct database_file *file = NULL;
    struct deep_counts counts;
    table_close(world->table);
    engine_database_close(world->session, world->dbid);
    session_end(world->session);
    instance_stop(&world->instance);
    OK(database_file_open(world->path, &listener, &file));
    assert_int_equal(deep_verify(file, &options, &listener, &counts), expected);
    database_file_close(file);
    assert_int_equal(counts.damages, damages);
}

/* ---- what is done to an index, behind its back ---- */

struct entry {
    uint8_t key[16], bookmark[16];
    struct bookmark node;
};

static struct tree *tree_of(const struct world *world, const char *index)
{
    return table_index_by_name(world->table, world->session, index)->tree;
}

/* The `n`-th entry. */
static void entry_get(struct world *world, const char *index, unsigned n, struct entry *ret_entry)
{
    struct dir_cursor *dir;
    struct dir_view view;
    OK(dir_open(world->session, tree_of(world, index), &dir));
    OK(dir_move(dir, DIR_FIRST));
    for (unsigned i = 0; i < n; i++)
        OK(dir_move(dir, DIR_NEXT));
    OK(dir_get(dir, &view));
    assert_in_range(view.key_size, 1, sizeof ret_entry->key);
    assert_in_range(view.data_size, 1, sizeof ret_entry->bookmark);
    memcpy(ret_entry->key, view.key, view.key_size);
    memcpy(ret_entry->bookmark, view.data, view.data_size);
    ret_entry->node = (struct bookmark){ret_entry->key, view.key_size, ret_entry->bookmark, view.data_size};
    dir_close(dir);
}

static void entry_take(struct world *world, const char *index, const struct entry *entry)
{
    OK(transaction_begin(world->session, false));
    OK(dir_delete(world->session, tree_of(world, index), &entry->node, DIR_UNVERSIONED));
    OK(transaction_commit(world->session, 0, NULL));
}

static void entry_put(struct world *world, const char *index, const struct entry *entry)
{
    OK(transaction_begin(world->session, false));
    OK(dir_insert(world->session, tree_of(world, index), &entry->node, DIR_UNVERSIONED));
    OK(transaction_commit(world->session, 0, NULL));
}

/* ---- tests ---- */

static void what_is_written_passes_the_check(void **state)
{
    struct world world;
    world_begin(&world, state);
    world_end(&world, JET_errSuccess, 0);
}

static void take_one(void **state, const char *index)
{
    struct world world;
    struct entry entry;
    world_begin(&world, state);
    entry_get(&world, index, 3, &entry);
    entry_take(&world, index, &entry);
    world_end(&world, JET_errSecondaryIndexCorrupted, 2); /* the count, and which record lacks it */
}

static void a_missing_entry_of_several_values_is_found(void **state)
{
    take_one(state, "tags");
}

static void a_missing_entry_of_a_conditional_index_is_found(void **state)
{
    take_one(state, "some");
}

static void add_one(void **state, const char *index)
{
    struct world world;
    struct entry entry;
    world_begin(&world, state);
    entry_get(&world, index, 3, &entry);
    entry.key[entry.node.key_size - 1] ^= 0x40;
    entry_put(&world, index, &entry);
    world_end(&world, JET_errSecondaryIndexCorrupted, 2);
}

static void an_extra_entry_of_several_values_is_found(void **state)
{
    add_one(state, "tags");
}

static void an_extra_entry_of_a_conditional_index_is_found(void **state)
{
    add_one(state, "some");
}

static void an_entry_with_another_key_is_found(void **state)
{
    struct world world;
    struct entry entry;
    world_begin(&world, state);
    entry_get(&world, "tags", 5, &entry);
    entry_take(&world, "tags", &entry);
    entry.key[entry.node.key_size - 1] ^= 0x40;
    entry_put(&world, "tags", &entry);
    world_end(&world, JET_errSecondaryIndexCorrupted, 3); /* the difference, the one and the other */
}

static void a_record_whose_entry_is_missing_is_not_changed(void **state)
{
    const int32_t id = 2;
    struct world world;
    struct entry entry;
    struct table_cursor *cursor;
    world_begin(&world, state);
    entry_get(&world, "tags", 1, &entry); /* of the record 2, which has two */
    entry_take(&world, "tags", &entry);
    OK(table_cursor_open(world.session, world.dbid, "rows", 0, &cursor));
    OK(transaction_begin(world.session, false));
    OK(table_cursor_make_key(cursor, &id, sizeof id, 0x1));
    OK(table_cursor_seek(cursor, 0x1));
    assert_int_equal(table_cursor_delete(cursor), JET_errSecondaryIndexCorrupted);
    OK(table_cursor_check(cursor)); /* nothing of the statement remains */
    OK(transaction_commit(world.session, 0, NULL));
    table_cursor_close(cursor);
    world_end(&world, JET_errSecondaryIndexCorrupted, 2);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_is_written_passes_the_check),
        IN_FOLDER(a_missing_entry_of_several_values_is_found),
        IN_FOLDER(a_missing_entry_of_a_conditional_index_is_found),
        IN_FOLDER(an_extra_entry_of_several_values_is_found),
        IN_FOLDER(an_extra_entry_of_a_conditional_index_is_found),
        IN_FOLDER(an_entry_with_another_key_is_found),
        IN_FOLDER(a_record_whose_entry_is_missing_is_not_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
