/* SPDX-License-Identifier: MIT */
/* Databases of a running engine: made, attached, opened, detached, found again; every file is checked as a whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/compiler.h"
#include "format/dbheader.h"
#include "isam/ddl.h"
#include "isam/deep.h"
#include "isam/engine_database.h"
#include "isam/session.h"
#include "format/system_tables.h"
#include "isam/table.h"
#include "isam/transaction.h"
#include "os/os_file.h"
#include "recovery/startup.h"
#include "support/finding_list.h"
#include "support/temp_folder.h"

static struct engine *start(struct temp_folder *folder, uint32_t page_size, bool recovery_on)
{
    const char *root = temp_folder_root(folder);
    const struct engine_config config = {
        .system_path = root,
        .log_path = root,
        .base_name = "edb",
        .page_size = page_size,
        .cache_pages_min = 64,
        .cache_pages_max = 2048,
        .extension_pages = 64,
        .log_file_kib = 1024,
        .log_buffers = 256,
        .checkpoint_depth = 1 << 20,
        .sessions_max = 16,
        .version_pages_max = 64,
        .recovery_on = recovery_on,
    };
    struct engine *engine;
    assert_int_equal(engine_start(&config, NULL, &engine), JET_errSuccess);
    return engine;
}

static struct session *begin(struct engine *engine)
{
    struct session *session;
    assert_int_equal(session_begin(engine, &session), JET_errSuccess);
    return session;
}

static void stop(struct engine *engine, struct session *session, enum engine_stop how)
{
    session_end(session);
    assert_int_equal(engine_stop(engine, how), JET_errSuccess);
}

/* The whole check of the file. */
static struct deep_counts check_file(const char *path)
{
    const struct deep_options options = {0};
    struct finding_list findings = {0};
    struct finding_listener listener = finding_list_listener(&findings);
    struct database_file *file = NULL;
    struct deep_counts counts;
    assert_int_equal(database_file_open(path, &listener, &file), JET_errSuccess);
    const jet_err err = deep_verify(file, &options, &listener, &counts);
    for (size_t i = 0; i < findings.count && i < FINDING_LIST_MAX; i++)
        print_error("kind %d at %u: %d\n", (int)findings.list[i].kind, (unsigned)findings.list[i].where,
                    (int)findings.list[i].err);
    assert_int_equal(err, JET_errSuccess);
    assert_int_equal(findings.count, 0);
    database_file_close(file);
    return counts;
}

static struct dbheader_disk header_of(const char *path)
{
    struct dbheader_disk header;
    size_t size;
    void *bytes = temp_file_read(path, &size);
    assert_true(size > sizeof header);
    memcpy(&header, bytes, sizeof header);
    free(bytes);
    return header;
}

static void new_database_has_the_system_tables_and_passes_the_whole_check(void **state)
{
    static const uint32_t page_sizes[] = {4096, 8192, 16384, 32768};
    for (size_t i = 0; i < COUNT_OF(page_sizes); i++) {
        void *own;
        assert_int_equal(temp_folder_setup(&own), 0);
        struct temp_folder *folder = own;
        const char *path = temp_folder_path(folder, "a.edb");
        const struct engine_database_new options = {.path = path};
        struct engine *engine = start(folder, page_sizes[i], true);
        struct session *session = begin(engine);
        unsigned dbid;
        assert_int_equal(engine_database_create(session, &options, &dbid), JET_errSuccess);
        assert_int_equal(dbid, 1);
        engine_database_close(session, dbid);
        assert_int_equal(engine_database_detach(session, path), JET_errSuccess);
        const struct deep_counts counts = check_file(path);
        assert_int_equal(counts.nodes_deleted, 0);
        assert_int_equal(counts.trees, 7);
        const struct dbheader_disk header = header_of(path);
        assert_int_equal(le32_get(header.state), DBHEADER_CLEAN);
        assert_int_equal(le32_get(header.objid_last), 7);
        assert_true(le64_get(header.sort_version) == UINT64_MAX);
        stop(engine, session, ENGINE_STOP_CLEAN);
        temp_folder_teardown(&own);
    }
}

static void database_left_attached_is_clean_after_a_stop_and_attaches_again(void **state)
{
    struct temp_folder *folder = *state;
    const char *path = temp_folder_path(folder, "a.edb");
    const struct engine_database_new options = {.path = path};
    unsigned dbid;
    for (unsigned recovery_on = 0; recovery_on < 2; recovery_on++) {
        struct engine *engine = start(folder, 4096, recovery_on);
        struct session *session = begin(engine);
        const struct engine_database_new again = {.path = path, .overwrite = true};
        if (recovery_on)
            assert_int_equal(engine_database_create(session, &options, &dbid), JET_errDatabaseDuplicate);
        assert_int_equal(engine_database_create(session, &again, &dbid), JET_errSuccess);
        assert_int_equal(engine_database_create(session, &again, &dbid), JET_errDatabaseDuplicate);
        engine_database_close(session, dbid);
        stop(engine, session, ENGINE_STOP_CLEAN);
        assert_int_equal(le32_get(header_of(path).state), DBHEADER_CLEAN);
        (void)check_file(path);

        engine = start(folder, 4096, recovery_on);
        session = begin(engine);
        assert_int_equal(engine_database_open(session, path, &(struct engine_database_open_options){0}, &dbid),
                         JET_errDatabaseNotFound);
        assert_int_equal(engine_database_attach(session, path, false, 0), JET_errSuccess);
        assert_int_equal(engine_database_attach(session, path, false, 0), JET_wrnDatabaseAttached);
        assert_int_equal(engine_database_open(session, path, &(struct engine_database_open_options){0}, &dbid),
                         JET_errSuccess);
        assert_int_equal(engine_database_detach(session, path), JET_errDatabaseInUse);
        engine_database_close(session, dbid);
        assert_int_equal(engine_database_detach(session, NULL), JET_errSuccess);
        assert_int_equal(engine_database_detach(session, path), JET_errDatabaseNotFound);
        assert_int_equal(engine_database_attach(session, path, true, 0), JET_errSuccess);
        assert_int_equal(engine_database_open(session, path, &(struct engine_database_open_options){0}, &dbid),
                         JET_wrnFileOpenReadOnly);
        struct table *table;
        assert_int_equal(table_open(session, dbid, "msysobjects", &table), JET_errSuccess);
        assert_int_equal(table->objid, SYSTEM_OBJID_CATALOG);
        table_close(table);
        engine_database_close(session, dbid);
        stop(engine, session, ENGINE_STOP_CLEAN);
        (void)check_file(path);
    }
}

static void created_database_survives_a_crash(void **state)
{
    struct temp_folder *folder = *state;
    const char *path = temp_folder_path(folder, "a.edb");
    const struct engine_database_new options = {.path = path};
    unsigned dbid;
    struct engine *engine = start(folder, 4096, true);
    struct session *session = begin(engine);
    assert_int_equal(engine_database_create(session, &options, &dbid), JET_errSuccess);
    engine_database_close(session, dbid);
    stop(engine, session, ENGINE_STOP_ABRUPT);
    assert_int_equal(le32_get(header_of(path).state), DBHEADER_DIRTY);

    engine = start(folder, 4096, true);
    (void)check_file(path);
    session = begin(engine);
    assert_int_equal(engine_database_attach(session, path, false, 0), JET_errSuccess);
    stop(engine, session, ENGINE_STOP_ABRUPT);

    engine = start(folder, 4096, true);
    session = begin(engine);
    assert_int_equal(engine_database_attach(session, path, false, 0), JET_errSuccess);
    assert_int_equal(engine_database_detach(session, path), JET_errSuccess);
    stop(engine, session, ENGINE_STOP_ABRUPT);
    assert_int_equal(le32_get(header_of(path).state), DBHEADER_CLEAN);
    engine = start(folder, 4096, true);
    stop(engine, begin(engine), ENGINE_STOP_CLEAN);
    (void)check_file(path);
}

static void creation_that_fails_leaves_nothing_for_recovery_to_stumble_over(void **state)
{
    struct temp_folder *folder = *state;
    const char *nowhere = temp_folder_path(folder, "nowhere/a.edb"), *path = temp_folder_path(folder, "a.edb");
    const struct engine_database_new bad = {.path = nowhere}, good = {.path = path};
    unsigned dbid;
    struct engine *engine = start(folder, 4096, true);
    struct session *session = begin(engine);
    assert_true(engine_database_create(session, &bad, &dbid) < JET_errSuccess);
    stop(engine, session, ENGINE_STOP_ABRUPT);

    engine = start(folder, 4096, true);
    session = begin(engine);
    assert_int_equal(engine_database_create(session, &good, &dbid), JET_errSuccess);
    assert_int_equal(dbid, 1);
    engine_database_close(session, dbid);
    assert_true(engine_database_create(session, &bad, &dbid) < JET_errSuccess);
    stop(engine, session, ENGINE_STOP_ABRUPT);

    engine = start(folder, 4096, true);
    stop(engine, begin(engine), ENGINE_STOP_CLEAN);
    (void)check_file(path);
}

/* A database that a transaction may have changed is in use until that ends. */
static void database_closed_in_a_transaction_is_detached_after_it(void **state)
{
    struct temp_folder *folder = *state;
    const char *path = temp_folder_path(folder, "a.edb");
    const struct engine_database_new options = {.path = path};
    const struct ddl_table definition = {.name = "Numbers"};
    const struct ddl_column column = {.name = "Id", .type = COLUMN_LONG, .flags = COLUMN_AUTO_INCREMENT};
    struct table *table;
    unsigned dbid;
    uint32_t id;
    struct engine *engine = start(folder, 4096, true);
    struct session *session = begin(engine), *other = begin(engine);
    for (unsigned commits = 0; commits < 2; commits++) {
        if (commits == 0)
            assert_int_equal(engine_database_create(session, &options, &dbid), JET_errSuccess);
        else
            assert_int_equal(engine_database_open(session, path, &(struct engine_database_open_options){0}, &dbid),
                             JET_errSuccess);
        assert_int_equal(transaction_begin(session, false), JET_errSuccess);
        assert_int_equal(ddl_table_create(session, dbid, &definition, &table), JET_errSuccess);
        assert_int_equal(ddl_column_add(session, table, &column, &id), JET_errSuccess);
        table_close(table);
        engine_database_close(session, dbid);
        assert_int_equal(engine_database_detach(session, path), JET_errInTransaction);
        assert_int_equal(engine_database_detach(other, path), JET_errDatabaseInUse);
        assert_int_equal(commits ? transaction_commit(session, 0, NULL) : transaction_rollback(session, true),
                         JET_errSuccess);
    }
    assert_int_equal(engine_database_detach(other, path), JET_errSuccess);
    const struct deep_counts counts = check_file(path);
    assert_int_equal(counts.trees, 8);

    assert_int_equal(engine_database_attach(session, path, false, 0), JET_errSuccess);
    assert_int_equal(engine_database_open(session, path, &(struct engine_database_open_options){0}, &dbid),
                     JET_errSuccess);
    assert_int_equal(table_open(session, dbid, "NUMBERS", &table), JET_errSuccess);
    assert_non_null(table->auto_increment);
    assert_int_equal(table->columns[0]->id, 1);
    table_close(table);
    assert_int_equal(ddl_table_delete(session, dbid, "Numbers"), JET_errSuccess);
    assert_int_equal(table_open(session, dbid, "Numbers", &table), JET_errObjectNotFound);
    engine_database_close(session, dbid);
    assert_int_equal(engine_database_detach(other, path), JET_errSuccess);
    assert_int_equal(check_file(path).trees, 7);
    session_end(other);
    stop(engine, session, ENGINE_STOP_CLEAN);
}

static void file_grows_by_order(void **state)
{
    struct temp_folder *folder = *state;
    const char *path = temp_folder_path(folder, "a.edb");
    const struct engine_database_new options = {.path = path, .pages = 300};
    unsigned dbid;
    pgno_t pages = 0;
    struct engine *engine = start(folder, 4096, true);
    struct session *session = begin(engine);
    assert_int_equal(engine_database_create(session, &options, &dbid), JET_errSuccess);
    assert_int_equal(engine_database_grow(session, dbid, 10, &pages), JET_errSuccess);
    assert_int_equal(pages, 300);
    assert_int_equal(engine_database_grow(session, dbid, 1000, &pages), JET_errSuccess);
    assert_true(pages >= 1000);
    engine_database_close(session, dbid);
    stop(engine, session, ENGINE_STOP_CLEAN);
    const struct deep_counts counts = check_file(path);
    assert_int_equal(counts.pages_tree + counts.pages_space + counts.pages_available, pages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_database_has_the_system_tables_and_passes_the_whole_check),
        cmocka_unit_test_setup_teardown(database_left_attached_is_clean_after_a_stop_and_attaches_again,
                                        temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(created_database_survives_a_crash, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(creation_that_fails_leaves_nothing_for_recovery_to_stumble_over,
                                        temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(database_closed_in_a_transaction_is_detached_after_it, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(file_grows_by_order, temp_folder_setup, temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
