/* SPDX-License-Identifier: MIT */
/* Random changes of tables and their rows, in nested transactions, over clean and unclean ends of the engine: at every
 * point the database holds what a picture of it in memory says, and the file passes the whole check. The seed of each
 * run is printed if it fails; COLDSTREAM_SEED=n runs that one alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isam/engine_database.h"
#include "isam/session.h"
#include "model_run.h"
#include "support/temp_folder.h"

enum {
    STEPS = 800,
    CHECK_EVERY = 20,
};

static void change_rows(struct run *run, struct model_table *table)
{
    const bool begins = run->level == 0;
    if (begins)
        run_begin_level(run);
    table = &run_now(run)->tables[table - run->states[run->level - begins].tables];
    switch (run_random_below(run, 6)) {
    case 0:
    case 1:
        if (table->row_count < MODEL_ROWS)
            run_insert_row(run, table);
        break;
    case 2:
        if (table->row_count < MODEL_ROWS)
            run_copy_row(run, table);
        break;
    case 3:
    case 4: run_replace_row(run, table); break;
    default: run_delete_row(run, table); break;
    }
    if (begins)
        run_commit_level(run);
}

static void change_index(struct run *run, struct model_table *table)
{
    const unsigned index = run_random_below(run, MODEL_INDEXES);
    if (!table->indexes[index].exists)
        run_create_index(run, table, index);
    else if (run_random_below(run, 3) == 0)
        run_delete_index(run, table, index);
}

static void change_schema(struct run *run, struct model_table *table)
{
    const unsigned slot = run_random_below(run, MODEL_COLUMNS);
    const uint32_t choice = run_random_below(run, 24);
    if (choice == 0)
        run_delete_table(run, table);
    else if (choice == 1)
        run_rename_table(run, table);
    else if (choice < 12)
        change_index(run, table);
    else if (table->columns[slot].exists)
        run_drop_or_rename_column(run, table, slot);
    else
        run_add_column(run, table, slot);
}

static void change_level(struct run *run)
{
    const uint32_t choice = run_random_below(run, 3);
    if (choice < 2 && run->level < MODEL_LEVELS)
        run_begin_level(run);
    else if (run->level > 0 && run_random_below(run, 3) != 0)
        run_commit_level(run);
    else if (run->level > 0)
        run_rollback_level(run);
    else if (run_random_below(run, 4) == 0)
        run_reopen(run);
}

static void step(struct run *run)
{
    struct model_table *table = &run_now(run)->tables[run_random_below(run, MODEL_TABLES)];
    const uint32_t choice = run_random_below(run, 10);
    if (choice == 0)
        change_level(run);
    else if (!table->exists)
        run_create_table(run, table);
    else if (choice < 3)
        change_schema(run, table);
    else
        change_rows(run, table);
}

static void run_with_seed(struct temp_folder *folder, uint32_t seed, uint32_t page_size)
{
    struct run *run = calloc(1, sizeof *run);
    assert_non_null(run);
    run->random = seed;
    run->path = temp_folder_path(folder, "model.edb");
    print_message("seed %u, pages of %u bytes\n", (unsigned)seed, (unsigned)page_size);
    instance_init(&run->instance, folder);
    run->instance.config.page_size = page_size;
    instance_start(&run->instance);
    assert_ok(session_begin(run->instance.engine, &run->session));
    const struct engine_database_new options = {.path = run->path};
    assert_ok(engine_database_create(run->session, &options, &run->dbid));
    for (unsigned i = 0; i < STEPS; i++) {
        step(run);
        if (i % CHECK_EVERY == 0)
            run_check_all(run);
    }
    while (run->level > 0)
        run_rollback_level(run);
    run_check_all(run);
    run_end_clean(run);
    instance_start(&run->instance);
    run_open_database(run);
    run_check_all(run);
    run_end_clean(run);
    free(run);
}

static void random_changes(void **state, uint32_t seed, uint32_t page_size)
{
    const char *only = getenv("COLDSTREAM_SEED");
    run_with_seed(*state, only ? (uint32_t)strtoul(only, NULL, 10) : seed, page_size);
}

static void tables_hold_what_was_put_into_them_on_pages_of_4_kib(void **state)
{
    random_changes(state, 1, 4096);
}

static void tables_hold_what_was_put_into_them_on_pages_of_8_kib(void **state)
{
    random_changes(state, 2, 8192);
}

static void tables_hold_what_was_put_into_them_on_pages_of_16_kib(void **state)
{
    random_changes(state, 3, 16384);
}

static void tables_hold_what_was_put_into_them_on_pages_of_32_kib(void **state)
{
    random_changes(state, 4, 32768);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(tables_hold_what_was_put_into_them_on_pages_of_4_kib),
        IN_FOLDER(tables_hold_what_was_put_into_them_on_pages_of_8_kib),
        IN_FOLDER(tables_hold_what_was_put_into_them_on_pages_of_16_kib),
        IN_FOLDER(tables_hold_what_was_put_into_them_on_pages_of_32_kib),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
