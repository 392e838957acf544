/* SPDX-License-Identifier: MIT */
/* Crashes around the life of whole databases with their catalogues: made, attached, changed in their schema, detached.
 * Whatever recovery leaves passes the whole check of a file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "crash_copy.h"
#include "format/dbheader.h"
#include "instance.h"
#include "isam/ddl.h"
#include "isam/deep.h"
#include "isam/engine_database.h"
#include "isam/session.h"
#include "isam/table.h"
#include "isam/transaction.h"
#include "isam/version.h"
#include "log/log_stream.h"
#include "os/os_file.h"
#include "recovery/checkpoint.h"
#include "support/finding_list.h"
#include "support/temp_folder.h"

static struct {
    struct instance instance;
    struct temp_folder *folder;
    const char *path;
    struct session *session;
    unsigned dbid;
} world;

static void begin(struct temp_folder *folder)
{
    temp_folder_need_reading_in_use(folder);
    memset(&world, 0, sizeof world);
    world.folder = folder;
    world.path = temp_folder_path(folder, "test.edb");
    instance_init(&world.instance, folder);
    instance_start(&world.instance);
    assert_int_equal(session_begin(world.instance.engine, &world.session), JET_errSuccess);
}

static void create(void)
{
    const struct engine_database_new options = {.path = world.path};
    assert_int_equal(engine_database_create(world.session, &options, &world.dbid), JET_errSuccess);
}

static void end(void)
{
    session_end(world.session);
    instance_stop(&world.instance);
}

static void make_table(const char *name, bool commit)
{
    const struct ddl_table definition = {.name = name};
    const struct ddl_column column = {.name = "text", .type = COLUMN_LONG_TEXT};
    struct table *table;
    uint32_t id;
    assert_int_equal(transaction_begin(world.session, false), JET_errSuccess);
    assert_int_equal(ddl_table_create(world.session, world.dbid, &definition, &table), JET_errSuccess);
    assert_int_equal(ddl_column_add(world.session, table, &column, &id), JET_errSuccess);
    table_close(table);
    if (commit)
        assert_int_equal(transaction_commit(world.session, 0, NULL), JET_errSuccess);
}

/* ---- a recovered copy ---- */

static void crash(struct crash_copy *copy)
{
    crash_copy_make(copy, &world.instance, temp_folder_root(world.folder), world.path);
}

static void check_file(const char *path)
{
    static struct finding_list findings;
    const struct finding_listener listener = finding_list_listener(&findings);
    const struct deep_options options = {.jobs = 1};
    struct database_file *file;
    struct deep_counts counts;
    findings.count = 0;
    assert_int_equal(database_file_open(path, &listener, &file), JET_errSuccess);
    assert_int_equal(deep_verify(file, &options, &listener, &counts), JET_errSuccess);
    database_file_close(file);
    assert_int_equal(counts.damages, 0);
}

static jet_err count_table(void *context, const char *name, objid_t objid, uint32_t flags)
{
    unsigned *count = context;
    (void)objid;
    (void)flags;
    *count += strncmp(name, "MSys", 4) != 0;
    return JET_errSuccess;
}

/* The recovered database can be attached and has so many tables of users. */
static void check_tables(struct crash_copy *copy, unsigned expected)
{
    struct session *session;
    unsigned dbid, count = 0;
    assert_int_equal(session_begin(copy->instance.engine, &session), JET_errSuccess);
    assert_int_equal(engine_database_attach(session, copy->database_path, false, 0), JET_errSuccess);
    assert_int_equal(
        engine_database_open(session, copy->database_path, &(struct engine_database_open_options){0}, &dbid),
        JET_errSuccess);
    assert_int_equal(ddl_tables(session, dbid, count_table, &count), JET_errSuccess);
    assert_int_equal(count, expected);
    engine_database_close(session, dbid);
    session_end(session);
}

static void recover_and_check(struct crash_copy *copy, unsigned tables)
{
    instance_start_recovering(&copy->instance);
    check_file(copy->database_path);
    check_tables(copy, tables);
    instance_stop(&copy->instance);
    check_file(copy->database_path);
    instance_start(&copy->instance);
    instance_stop(&copy->instance);
    crash_copy_done(copy);
}

/* ---- tests ---- */

static void a_new_database_is_recovered(void **state)
{
    struct crash_copy copy;
    begin(*state);
    create();
    crash(&copy);
    recover_and_check(&copy, 0);
    end();
}

static void a_new_database_comes_back_without_its_file_and_checkpoint(void **state)
{
    struct crash_copy copy;
    begin(*state);
    create();
    make_table("kept", true);
    crash(&copy);
    crash_copy_lose(&copy, "edb.chk");
    crash_copy_lose(&copy, "test.edb");
    recover_and_check(&copy, 1);
    end();
}

/* Recovery makes the first one anew, which was deleted behind the log's back, and has to make room for the second. */
static void a_database_comes_back_in_the_place_of_one_that_was_deleted(void **state)
{
    struct crash_copy copy;
    begin(*state);
    for (unsigned tables = 1; tables <= 2; tables++) {
        create();
        make_table("one", true);
        if (tables == 2)
            make_table("two", true);
        crash(&copy);
        crash_copy_lose(&copy, "edb.chk");
        crash_copy_lose(&copy, "test.edb");
        recover_and_check(&copy, tables);
        engine_database_close(world.session, world.dbid);
        assert_int_equal(engine_database_detach(world.session, world.path), JET_errSuccess);
        assert_int_equal(os_file_remove(world.path), JET_errSuccess);
    }
    end();
}

static void only_committed_tables_survive(void **state)
{
    struct crash_copy copy;
    char name[16] = "kept_";
    begin(*state);
    create();
    for (unsigned i = 0; i < 10; i++) {
        name[5] = (char)('a' + i);
        make_table(name, true);
    }
    make_table("open", false);
    crash(&copy);
    recover_and_check(&copy, 10);
    assert_int_equal(transaction_rollback(world.session, true), JET_errSuccess);
    crash(&copy);
    recover_and_check(&copy, 10);
    end();
}

static void a_detached_database_is_left_alone(void **state)
{
    struct crash_copy copy;
    begin(*state);
    create();
    make_table("kept", true);
    engine_database_close(world.session, world.dbid);
    assert_int_equal(engine_database_detach(world.session, world.path), JET_errSuccess);
    check_file(world.path);
    crash(&copy);
    recover_and_check(&copy, 1);
    assert_int_equal(engine_database_attach(world.session, world.path, false, 0), JET_errSuccess);
    crash(&copy);
    recover_and_check(&copy, 1);
    end();
}

static void a_second_run_recovers_what_a_first_one_left(void **state)
{
    struct crash_copy copy;
    begin(*state);
    create();
    make_table("first", true);
    engine_database_close(world.session, world.dbid);
    end();
    instance_start(&world.instance);
    assert_int_equal(session_begin(world.instance.engine, &world.session), JET_errSuccess);
    assert_int_equal(engine_database_attach(world.session, world.path, false, 0), JET_errSuccess);
    assert_int_equal(
        engine_database_open(world.session, world.path, &(struct engine_database_open_options){0}, &world.dbid),
        JET_errSuccess);
    make_table("second", true);
    make_table("open", false);
    crash(&copy);
    recover_and_check(&copy, 2);
    engine_database_close(world.session, world.dbid);
    end();
}

/* ---- a disk that fails while databases come and go ---- */

static bool try_to_make_table(const char *name)
{
    const struct ddl_table definition = {.name = name};
    struct table *table;
    if (transaction_begin(world.session, false) < JET_errSuccess)
        return false;
    if (ddl_table_create(world.session, world.dbid, &definition, &table) < JET_errSuccess) {
        assert_int_equal(transaction_rollback(world.session, true), JET_errSuccess);
        return false;
    }
    table_close(table);
    return transaction_commit(world.session, 0, NULL) >= JET_errSuccess;
}

static jet_err try_to_open(void)
{
    const struct engine_database_open_options options = {.is_exclusive = false};
    return engine_database_open(world.session, world.path, &options, &world.dbid);
}

static void restart_recovering(void)
{
    session_end(world.session);
    instance_crash(&world.instance);
    instance_start_recovering(&world.instance);
    assert_int_equal(session_begin(world.instance.engine, &world.session), JET_errSuccess);
}

static void recover_copy_and_check(unsigned tables)
{
    struct crash_copy copy;
    crash(&copy);
    recover_and_check(&copy, tables);
}

/* The log says that the database is detached, its header does not: nothing may be promised about it any more. */
static void nothing_is_promised_behind_a_detach_that_failed(void **state)
{
    unsigned tables = 1;
    begin(*state);
    create();
    make_table("kept", true);
    for (int copy = 0; copy < DBHEADER_COPIES; copy++) {
        engine_database_close(world.session, world.dbid);
        crash_copy_fail_header(copy);
        assert_int_equal(engine_database_detach(world.session, world.path), JET_errDiskIO);
        if (try_to_open() >= JET_errSuccess) {
            tables += try_to_make_table(copy == 0 ? "more" : "even more");
            engine_database_close(world.session, world.dbid);
        }
        assert_int_equal(checkpoint_advance(world.instance.engine, UINT64_MAX), JET_errInstanceUnavailable);
        recover_copy_and_check(tables);
        restart_recovering();
        assert_int_equal(engine_database_attach(world.session, world.path, false, 0), JET_errSuccess);
        assert_int_equal(try_to_open(), JET_errSuccess);
    }
    engine_database_close(world.session, world.dbid);
    end();
}

/* Another database then has its number in the log. */
static void a_database_whose_attach_failed_is_as_it_was(void **state)
{
    begin(*state);
    const struct engine_database_new other = {.path = temp_folder_path(world.folder, "other.edb")};
    create();
    make_table("kept", true);
    engine_database_close(world.session, world.dbid);
    assert_int_equal(engine_database_detach(world.session, world.path), JET_errSuccess);
    assert_int_equal(engine_database_create(world.session, &other, &world.dbid), JET_errSuccess);
    engine_database_close(world.session, world.dbid);
    assert_int_equal(engine_database_detach(world.session, other.path), JET_errSuccess);
    for (int copy = 0; copy < DBHEADER_COPIES; copy++) {
        crash_copy_fail_header(copy);
        assert_int_equal(engine_database_attach(world.session, world.path, false, 0), JET_errDiskIO);
        assert_int_equal(engine_database_attach(world.session, other.path, false, 0), JET_errSuccess);
        recover_copy_and_check(1);
        assert_int_equal(engine_database_detach(world.session, other.path), JET_errSuccess);
        assert_int_equal(engine_database_attach(world.session, world.path, false, 0), JET_errSuccess);
        recover_copy_and_check(1);
        assert_int_equal(engine_database_detach(world.session, world.path), JET_errSuccess);
    }
    end();
}

static jet_err settle_in_vain(struct session *session, void *context)
{
    _Atomic unsigned *times = context;
    (void)session;
    atomic_fetch_add(times, 1);
    return JET_errDiskIO;
}

/* It may have done half of its work, which must not be done again: the table that it deletes is not there any more. */
static void what_failed_at_the_end_of_a_transaction_is_not_tried_again(void **state)
{
    static const struct transaction_action action = {.settled = settle_in_vain};
    _Atomic unsigned times = 0;
    struct session *reader;
    begin(*state);
    create();
    struct engine *engine = world.instance.engine;
    assert_int_equal(session_begin(engine, &reader), JET_errSuccess);
    assert_int_equal(transaction_begin(reader, true), JET_errSuccess); /* until it ends nothing is settled */
    assert_int_equal(transaction_begin(world.session, false), JET_errSuccess);
    assert_int_equal(transaction_on_end(world.session, &action, &times), JET_errSuccess);
    assert_int_equal(transaction_commit(world.session, 0, NULL), JET_errSuccess);
    crash_copy_limit_writes(0);
    assert_false(try_to_make_table("never"));
    crash_copy_limit_writes(-1);
    assert_int_equal(log_state(engine->log), JET_errLogWriteFail);
    session_end(reader);
    for (unsigned i = 0; i < 3; i++)
        jet_err_ignore(version_clean(engine)); /* it cannot work, and must not go wrong */
    assert_int_equal(atomic_load(&times), 1);
    engine_database_close(world.session, world.dbid);
    session_end(world.session);
    instance_crash(&world.instance);
}

/* ---- what does not belong together ---- */

/* A copy with several generations in its log, the checkpoint in the first. */
static void make_long_copy(struct crash_copy *copy)
{
    char name[16] = "kept_";
    create();
    for (unsigned i = 0; i < 20; i++) {
        name[5] = (char)('a' + i);
        make_table(name, true);
        assert_int_equal(transaction_commit(world.session, TRANSACTION_FORCE_NEW_LOG, NULL), JET_errSuccess);
    }
    crash(copy);
}

static void expect_start(struct crash_copy *copy, jet_err expected)
{
    assert_int_equal(instance_try(&copy->instance), expected);
}

static bool copy_has(const struct crash_copy *copy, const char *name)
{
    struct os_path_info info;
    char *path = os_path_join(copy->root, name);
    assert_non_null(path);
    const jet_err err = os_path_stat(path, &info);
    free(path);
    return err == JET_errSuccess;
}

static void the_current_log_is_required(void **state)
{
    struct crash_copy copy;
    begin(*state);
    make_long_copy(&copy);
    crash_copy_lose(&copy, "edb.log");
    if (copy_has(&copy, "edbtmp.log"))
        crash_copy_lose(&copy, "edbtmp.log");
    expect_start(&copy, JET_errMissingLogFile);
    copy.instance.options.flags = RECOVERY_ALLOW_MISSING_CURRENT;
    expect_start(&copy, JET_errRequiredLogFilesMissing);
    copy.instance.options.flags = RECOVERY_ALLOW_MISSING_CURRENT | RECOVERY_IGNORE_LOST_LOGS;
    expect_start(&copy, JET_errRequiredLogFilesMissing);
    crash_copy_done(&copy);
    end();
}

static void a_log_that_is_missing_in_the_middle_is_required(void **state)
{
    struct crash_copy copy;
    begin(*state);
    make_long_copy(&copy);
    crash_copy_lose(&copy, "edb.chk"); /* begins with the first log */
    crash_copy_lose(&copy, "edb00004.log");
    expect_start(&copy, JET_errRequiredLogFilesMissing);
    crash_copy_done(&copy);
    end();
}

/* Puts another file in the place of the copy's database. */
static void replace_database(const struct crash_copy *copy, const char *with)
{
    size_t size;
    struct os_file *file;
    void *bytes = temp_file_read(with, &size);
    crash_copy_lose(copy, "test.edb");
    assert_int_equal(os_file_open(copy->database_path, OS_FILE_CREATE_NEW, &file), JET_errSuccess);
    assert_int_equal(os_file_write(file, 0, bytes, size), JET_errSuccess);
    os_file_close(file);
    free(bytes);
}

static void attach_again(void)
{
    engine_database_close(world.session, world.dbid);
    assert_int_equal(engine_database_detach(world.session, world.path), JET_errSuccess);
    assert_int_equal(transaction_commit(world.session, TRANSACTION_FORCE_NEW_LOG, NULL), JET_errSuccess);
    assert_int_equal(engine_database_attach(world.session, world.path, false, 0), JET_errSuccess);
    assert_int_equal(
        engine_database_open(world.session, world.path, &(struct engine_database_open_options){0}, &world.dbid),
        JET_errSuccess);
}

static void an_old_copy_of_the_database_is_refused(void **state)
{
    struct crash_copy old, copy;
    begin(*state);
    create();
    make_table("first", true);
    crash(&old);
    attach_again();
    make_table("second", true);
    session_end(world.session);
    instance_stop(&world.instance); /* the checkpoint is behind the first attach */
    instance_start(&world.instance);
    assert_int_equal(session_begin(world.instance.engine, &world.session), JET_errSuccess);
    assert_int_equal(engine_database_attach(world.session, world.path, false, 0), JET_errSuccess);
    crash(&copy);
    replace_database(&copy, old.database_path);
    expect_start(&copy, JET_errConsistentTimeMismatch);
    crash_copy_done(&copy);
    crash_copy_done(&old);
    end();
}

static void another_database_under_the_name_is_refused(void **state)
{
    struct crash_copy copy;
    begin(*state);
    make_long_copy(&copy);
    const struct engine_database_new options = {.path = temp_folder_path(world.folder, "other.edb")};
    unsigned dbid;
    assert_int_equal(engine_database_create(world.session, &options, &dbid), JET_errSuccess);
    engine_database_close(world.session, dbid);
    assert_int_equal(engine_database_detach(world.session, options.path), JET_errSuccess);
    replace_database(&copy, options.path);
    expect_start(&copy, JET_errAttachedDatabaseMismatch);
    copy.map.new_path = NULL; /* not wanted: then it does not matter */
    instance_start_recovering(&copy.instance);
    instance_stop(&copy.instance);
    crash_copy_done(&copy);
    end();
}

static int setup(void **state)
{
    return crash_copy_begin() == 0 ? temp_folder_setup(state) : -1;
}

static int teardown(void **state)
{
    crash_copy_end();
    return temp_folder_teardown(state);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_new_database_is_recovered),
        TEST(a_new_database_comes_back_without_its_file_and_checkpoint),
        TEST(a_database_comes_back_in_the_place_of_one_that_was_deleted),
        TEST(only_committed_tables_survive),
        TEST(a_detached_database_is_left_alone),
        TEST(the_current_log_is_required),
        TEST(a_log_that_is_missing_in_the_middle_is_required),
        TEST(an_old_copy_of_the_database_is_refused),
        TEST(another_database_under_the_name_is_refused),
        TEST(a_second_run_recovers_what_a_first_one_left),
        TEST(nothing_is_promised_behind_a_detach_that_failed),
        TEST(a_database_whose_attach_failed_is_as_it_was),
        TEST(what_failed_at_the_end_of_a_transaction_is_not_tried_again),
    };
    return cmocka_run_group_tests_name("recover_databases", tests, NULL, NULL);
}
