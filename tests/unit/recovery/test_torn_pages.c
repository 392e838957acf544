/* SPDX-License-Identifier: MIT */
/* A page of which a crash left a part: recovery has it from the double-write file (storage/double_write.h), or not at
 * all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "format/page.h"
#include "instance.h"
#include "isam/session.h"
#include "isam/transaction.h"
#include "os/os_file.h"
#include "plain_database.h"
#include "storage/database.h"
#include "support/temp_folder.h"

enum { PAGE_SIZE = 8192, ROWS = 20 };

struct world {
    struct temp_folder *folder;
    struct instance instance;
    struct plain_database database;
    struct plain_row rows[ROWS];
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    void *folder = NULL;
    if (!world || temp_folder_setup(&folder) != 0)
        return -1;
    world->folder = folder;
    instance_init(&world->instance, world->folder);
    world->instance.config.page_size = PAGE_SIZE;
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    void *folder = world->folder;
    free(world);
    return temp_folder_teardown(&folder);
}

static const char *path_of(const struct world *world, const char *name)
{
    return temp_folder_path(world->folder, name);
}

static void put_rows(struct world *world, uint32_t seed)
{
    struct session *session;
    assert_int_equal(session_begin(world->instance.engine, &session), JET_errSuccess);
    assert_int_equal(transaction_begin(session, false), JET_errSuccess);
    for (uint32_t key = 0; key < ROWS; key++) {
        const struct plain_row before = world->rows[key];
        world->rows[key] = (struct plain_row){.exists = true, .seed = seed + key, .size = 100};
        assert_int_equal(plain_database_put(&world->database, session, key, &before, &world->rows[key]),
                         JET_errSuccess);
    }
    assert_int_equal(transaction_commit(session, 0, NULL), JET_errSuccess);
    session_end(session);
}

/* The page of the rows has just been written, and only half of it reached the disk. The log does not say how it was
 * made. */
static void crash_and_tear(struct world *world)
{
    const uint8_t half[PAGE_SIZE / 2] = {1, 2, 3};
    struct os_file *file;
    instance_start(&world->instance);
    plain_database_create(&world->database, world->instance.engine, path_of(world, "test.edb"));
    put_rows(world, 1);
    plain_database_leave(&world->database);
    instance_stop(&world->instance);
    instance_start(&world->instance);
    plain_database_attach(&world->database, world->instance.engine, path_of(world, "test.edb"), world->database.fdp);
    put_rows(world, 1000);
    assert_int_equal(database_flush(world->database.db), JET_errSuccess);
    plain_database_leave(&world->database);
    instance_crash(&world->instance);
    assert_int_equal(os_file_open(path_of(world, "test.edb"), OS_FILE_READ_WRITE, &file), JET_errSuccess);
    assert_int_equal(
        os_file_write(file, page_offset(world->database.fdp, PAGE_SIZE) + PAGE_SIZE / 2, half, sizeof half),
        JET_errSuccess);
    os_file_close(file);
}

static bool has_copies(const struct world *world)
{
    struct os_path_info info;
    return os_path_stat(path_of(world, "edb.dwb"), &info) >= JET_errSuccess;
}

static void a_torn_page_is_recovered(void **state)
{
    struct world *world = *state;
    crash_and_tear(world);
    assert_true(has_copies(world));
    instance_start_recovering(&world->instance);
    plain_database_attach(&world->database, world->instance.engine, path_of(world, "test.edb"), world->database.fdp);
    plain_database_expect(&world->database, world->rows, ROWS);
    plain_database_leave(&world->database);
    instance_stop(&world->instance);
    assert_false(has_copies(world));
}

static void without_the_copies_it_is_damage(void **state)
{
    struct world *world = *state;
    crash_and_tear(world);
    assert_int_equal(os_file_remove(path_of(world, "edb.dwb")), JET_errSuccess);
    assert_int_equal(instance_try(&world->instance), JET_errReadVerifyFailure);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_torn_page_is_recovered, setup, teardown),
        cmocka_unit_test_setup_teardown(without_the_copies_it_is_damage, setup, teardown),
    };
    return cmocka_run_group_tests_name("torn pages", tests, NULL, NULL);
}
