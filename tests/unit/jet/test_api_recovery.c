/* SPDX-License-Identifier: MIT */
/* JetInit after a dirty end, with and without a map, for every page size; several databases of one instance. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "os/os_file.h"
#include "support/temp_folder.h"

enum { RECORDS = 500 };

static JET_INSTANCE start(struct temp_folder *folder, JET_SESID *ret_sesid)
{
    JET_INSTANCE instance = api_instance_create(folder, "recovery");
    OK(JetSetSystemParameter(&instance, 0, JET_paramCircularLog, 0, NULL)); /* every log stays */
    OK(JetInit(&instance));
    OK(JetBeginSession(instance, ret_sesid, NULL, NULL));
    return instance;
}

static void fill(JET_SESID sesid, const char *file, JET_DBID *ret_dbid)
{
    struct api_fixture fixture = {.sesid = sesid, .file = file};
    struct api_things things;
    OK(JetCreateDatabase(sesid, file, NULL, &fixture.dbid, JET_bitNil));
    api_things_create(&fixture, &things);
    OK(JetBeginTransaction(sesid));
    for (int i = 0; i < RECORDS; i++)
        api_things_insert(sesid, &things, (i * 37) % RECORDS, "a name that takes some room on its page");
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(JetCloseTable(sesid, things.tableid));
    *ret_dbid = fixture.dbid;
}

static void check(JET_SESID sesid, const char *file)
{
    struct api_fixture fixture = {.sesid = sesid, .file = file};
    struct api_things things;
    int count = 0;
    OK(JetAttachDatabase(sesid, file, JET_bitNil));
    OK(JetOpenDatabase(sesid, file, NULL, &fixture.dbid, JET_bitNil));
    api_things_open(&fixture, sesid, fixture.dbid, &things);
    for (JET_ERR err = JetMove(sesid, things.tableid, JET_MoveFirst, JET_bitNil); err == JET_errSuccess;
         err = JetMove(sesid, things.tableid, JET_MoveNext, JET_bitNil))
        assert_int_equal(api_things_id(sesid, &things), count++);
    assert_int_equal(count, RECORDS);
    OK(JetCloseDatabase(sesid, fixture.dbid, JET_bitNil));
}

static void committed_work_comes_back(struct temp_folder *folder, uint32_t page_size)
{
    JET_SESID sesid;
    JET_DBID dbid;
    uint32_t size = 0;
    const char *file = temp_folder_path(folder, "data.edb");
    OK(JetSetSystemParameter(NULL, 0, JET_paramDatabasePageSize, page_size, NULL));
    JET_INSTANCE instance = start(folder, &sesid);
    fill(sesid, file, &dbid);
    api_term(instance, JET_bitTermDirty);
    instance = start(folder, &sesid);
    check(sesid, file);
    OK(JetDetachDatabase(sesid, file));
    OK(JetGetDatabaseFileInfo(file, &size, sizeof size, JET_DbInfoPageSize));
    assert_int_equal(size, page_size);
    OK(JetTerm2(instance, JET_bitTermComplete));
    OK(JetSetSystemParameter(NULL, 0, JET_paramDatabasePageSize, 4096, NULL));
}

static void committed_work_comes_back_with_pages_of_4_kib(void **state)
{
    committed_work_comes_back(*state, 4096);
}

static void committed_work_comes_back_with_pages_of_8_kib(void **state)
{
    committed_work_comes_back(*state, 8192);
}

static void committed_work_comes_back_with_pages_of_16_kib(void **state)
{
    committed_work_comes_back(*state, 16384);
}

static void committed_work_comes_back_with_pages_of_32_kib(void **state)
{
    committed_work_comes_back(*state, 32768);
}

static void a_map_puts_a_lost_database_somewhere_else(void **state)
{
    struct temp_folder *folder = *state;
    JET_SESID sesid;
    JET_DBID dbid;
    struct os_path_info info;
    char old_name[1024], new_name[1024];
    strcpy(old_name, temp_folder_path(folder, "old.edb"));
    strcpy(new_name, temp_folder_path(folder, "new.edb"));
    JET_INSTANCE instance = start(folder, &sesid);
    fill(sesid, old_name, &dbid);
    api_term(instance, JET_bitTermDirty);
    OK(os_file_remove(old_name));
    JET_ERR err = os_file_remove(temp_folder_path(folder, "edb.chk"));
    assert_true(err == JET_errSuccess || err == JET_errFileNotFound);

    JET_RSTMAP map = {old_name, new_name};
    JET_RSTINFO restore;
    memset(&restore, 0, sizeof restore);
    restore.cbStruct = sizeof restore;
    restore.rgrstmap = &map;
    restore.crstmap = 1;
    instance = api_instance_create(folder, "recovery");
    OK(JetSetSystemParameter(&instance, 0, JET_paramCircularLog, 0, NULL));
    restore.cbStruct--;
    assert_int_equal(JetInit3(&instance, &restore, JET_bitNil), JET_errInvalidParameter);
    restore.cbStruct++;
    assert_int_equal(JetInit3(&instance, &restore, 0x40000000), JET_errInvalidGrbit);
    OK(JetInit3(&instance, &restore, JET_bitNil));
    OK(JetBeginSession(instance, &sesid, NULL, NULL));
    check(sesid, new_name);
    assert_int_equal(os_path_stat(old_name, &info), JET_errFileNotFound);
    OK(JetTerm2(instance, JET_bitTermComplete));
}

static void six_databases_and_not_one_more(void **state)
{
    static const char *const names[] = {"1.edb", "2.edb", "3.edb", "4.edb", "5.edb", "6.edb", "7.edb"};
    struct temp_folder *folder = *state;
    JET_SESID sesid;
    JET_DBID dbid;
    uint32_t count;
    JET_INSTANCE_INFO *infos;
    JET_INSTANCE instance = start(folder, &sesid);
    for (size_t i = 0; i < 6; i++)
        fill(sesid, temp_folder_path(folder, names[i]), &dbid);
    assert_int_equal(JetCreateDatabase(sesid, temp_folder_path(folder, names[6]), NULL, &dbid, JET_bitNil),
                     JET_errTooManyAttachedDatabases);
    OK(JetGetInstanceInfo(&count, &infos));
    assert_int_equal(count, 1);
    assert_int_equal(infos[0].cDatabases, 6);
    assert_string_equal(infos[0].szDatabaseFileName[0], temp_folder_path(folder, names[0]));
    OK(JetFreeBuffer((char *)infos));
    api_term(instance, JET_bitTermDirty);
    instance = start(folder, &sesid);
    for (size_t i = 0; i < 6; i++)
        check(sesid, temp_folder_path(folder, names[i]));
    OK(JetTerm2(instance, JET_bitTermAbrupt));
}

static void a_clean_end_leaves_no_temporary_file(void **state)
{
    struct temp_folder *folder = *state;
    JET_SESID sesid;
    struct os_path_info info;
    JET_INSTANCE instance = start(folder, &sesid);
    OK(JetTerm2(instance, JET_bitTermComplete));
    assert_int_equal(os_path_stat(temp_folder_path(folder, "tmp.edb"), &info), JET_errFileNotFound);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(committed_work_comes_back_with_pages_of_4_kib),  TEST(committed_work_comes_back_with_pages_of_8_kib),
        TEST(committed_work_comes_back_with_pages_of_16_kib), TEST(committed_work_comes_back_with_pages_of_32_kib),
        TEST(a_map_puts_a_lost_database_somewhere_else),      TEST(six_databases_and_not_one_more),
        TEST(a_clean_end_leaves_no_temporary_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
