/* SPDX-License-Identifier: MIT */
/* Instances: opened in the background, failed, closed, adopted; what is known of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host_fixture.h"
#include "os/os_file.h"
#include "support/temp_folder.h"

static void an_opened_instance_tells_what_it_has(void **state)
{
    struct world *world = *state;
    struct host_instance_info info;
    OK(host_instance_info_get(world->instance, &info));
    assert_int_equal(info.state, HOST_INSTANCE_RUNNING);
    OK(info.error);
    assert_string_equal(info.label, "one");
    assert_false(info.is_adopted);
    assert_false(info.is_circular);
    assert_string_equal(info.system_path, world->root);
    assert_string_equal(info.log_path, world->root);
    assert_string_equal(info.base_name, "edb");
    assert_int_equal(info.database_count, 1);
    assert_string_equal(info.databases[0].path, world->database);
    struct os_path_info file;
    OK(os_path_stat(world->database, &file));
    assert_int_equal(info.databases[0].size_bytes, file.size_bytes);
    assert_int_equal(info.first_generation, 1);
    assert_true(info.current_generation >= 1);
    assert_int_equal(info.last_full.time_us, 0);
    host_instance_info_done(&info);
    assert_true(atomic_load(&world->changes) > 0);
}

static void an_instance_that_cannot_be_opened_says_why(void **state)
{
    struct temp_folder *folder = *state;
    const char *database = temp_folder_path(folder, "not there.edb");
    struct world world = {.root = temp_folder_root(folder)};
    const struct host_instance_config config = {
        .label = "failing", .system_path = world.root, .databases = &database, .database_count = 1};
    struct host_instance_info info;
    OK(host_instance_open(&config, NULL, &world.instance));
    world_wait_state(&world, HOST_INSTANCE_FAILED);
    OK(host_instance_info_get(world.instance, &info));
    assert_int_equal(info.error, JET_errFileNotFound);
    host_instance_info_done(&info);
    jet_err err;
    struct host_backup *backup = copy_begin(&world, NULL, &err);
    assert_int_equal(err, JET_errInstanceUnavailable);
    copy_dispose(backup);
    assert_int_equal(ERROR(host_instance_stop_backups, world.instance, "x"), JET_errInvalidParameter);
    world_close(&world);
}

static void wrong_configurations_are_refused(void **state)
{
    struct host_instance *instance;
    const struct host_instance_config none = {.label = ""}, relative = {.label = "x", .system_path = "x"},
                                      many = {.label = "x", .system_path = "/x", .database_count = 7};
    assert_int_equal(host_instance_open(&none, NULL, &instance), JET_errInvalidParameter);
    assert_int_equal(host_instance_open(&relative, NULL, &instance), JET_errInvalidParameter);
    assert_int_equal(host_instance_open(&many, NULL, &instance), JET_errInvalidParameter);
    assert_int_equal(host_instance_adopt(0, "x", NULL, &instance), JET_errInvalidParameter);
}

/* The same folder again: what was committed is there, and clean. */
static void a_closed_instance_can_be_opened_again(void **state)
{
    struct world *world = *state;
    world_write(world);
    world_wait_for(world, 100);
    world_close(world);
    const struct host_instance_config config = {.label = "again",
                                                .system_path = world->root,
                                                .databases = &world->database,
                                                .database_count = 1,
                                                .log_file_kib = 256};
    OK(host_instance_open(&config, NULL, &world->instance));
    world_wait_state(world, HOST_INSTANCE_RUNNING);
}

/* Begin and close in all orders: nothing is answered twice, or never. */
static void a_close_comes_at_any_time(void **state)
{
    struct temp_folder *folder = *state;
    for (unsigned i = 0; i < 4; i++) {
        struct world world = {.root = temp_folder_path(folder, "folder")};
        const struct host_instance_config config = {
            .label = "soon", .system_path = world.root, .make_missing = true, .log_file_kib = 64};
        struct host_backup *backup = NULL;
        static const struct host_backup_options full;
        struct asked begun;
        const struct host_call call = asked_call(&begun);
        OK(host_instance_open(&config, NULL, &world.instance));
        if (i % 2 == 0)
            world_wait_state(&world, HOST_INSTANCE_RUNNING);
        OK(host_backup_begin(world.instance, &full, NULL, &call, &backup));
        if (i < 2)
            assert_true(asked_error(&begun) <= JET_errSuccess);
        OK(ERROR(host_instance_close, world.instance));
        assert_int_equal(host_instance_state(world.instance), HOST_INSTANCE_CLOSED);
        if (i >= 2)
            assert_true(asked_error(&begun) <= JET_errSuccess);
        copy_dispose(backup);
        host_instance_free(world.instance);
    }
}

static void an_applications_instance_is_adopted_and_left_running(void **state)
{
    struct temp_folder *folder = *state;
    struct world world = {.database = temp_folder_path(folder, "bank.edb")};
    JET_INSTANCE instance = 0;
    JET_SESID sesid;
    JET_DBID dbid;
    struct host_instance_info info;
    OK(JetCreateInstanceA(&instance, "application"));
    OK(JetSetSystemParameterA(&instance, 0, JET_paramSystemPath, 0, temp_folder_root(folder)));
    OK(JetSetSystemParameterA(&instance, 0, JET_paramLogFilePath, 0, temp_folder_root(folder)));
    OK(JetSetSystemParameterA(&instance, 0, JET_paramTempPath, 0, temp_folder_path(folder, "tmp.edb")));
    OK(JetSetSystemParameterA(&instance, 0, JET_paramLogFileSize, 64, NULL));
    OK(JetSetSystemParameterA(&instance, 0, JET_paramBaseName, 0, "app"));
    assert_int_equal(host_instance_adopt(instance, "early", NULL, &world.instance), JET_errNotInitialized);
    OK(JetInit(&instance));
    OK(JetBeginSessionA(instance, &sesid, NULL, NULL));
    OK(JetCreateDatabaseA(sesid, world.database, NULL, &dbid, 0));
    OK(host_instance_adopt(instance, "mail", NULL, &world.instance));
    assert_int_equal(host_instance_state(world.instance), HOST_INSTANCE_RUNNING);
    struct host_backup *backup = copy_begin(&world, NULL, NULL);
    copy_whole(backup, NULL);
    copy_dispose(backup);
    OK(host_instance_info_get(world.instance, &info));
    assert_true(info.is_adopted);
    assert_string_equal(info.base_name, "app");
    assert_string_equal(info.label, "mail");
    host_instance_info_done(&info);

    OK(JetBeginExternalBackupInstance(instance, 0)); /* the application's own */
    struct host_answer *stopped = ANSWER(host_instance_stop_backups, world.instance, "all of them");
    OK(stopped->err);
    assert_int_equal(stopped->count, 1);
    host_answer_free(stopped);
    assert_int_equal(JetGetAttachInfoInstanceA(instance, NULL, 0, NULL), JET_errBackupAbortByServer);
    OK(JetEndExternalBackupInstance(instance));

    OK(ERROR(host_instance_close, world.instance));
    host_instance_free(world.instance);
    OK(JetBeginTransaction(sesid)); /* it lives on */
    OK(JetCommitTransaction(sesid, 0));
    OK(JetTerm(instance));
}

int main(void)
{
#define WORLD(test)  cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)
#define FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)
    const struct CMUnitTest tests[] = {
        WORLD(an_opened_instance_tells_what_it_has),
        FOLDER(an_instance_that_cannot_be_opened_says_why),
        cmocka_unit_test(wrong_configurations_are_refused),
        WORLD(a_closed_instance_can_be_opened_again),
        FOLDER(a_close_comes_at_any_time),
        FOLDER(an_applications_instance_is_adopted_and_left_running),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
