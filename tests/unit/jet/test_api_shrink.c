/* SPDX-License-Identifier: MIT */
/* JetResizeDatabase, downwards: what nobody uses at the end of a file is cut off, in no backup, and recovery knows of
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "local_world.h"
#include "os/os_file.h"
#include "support/temp_folder.h"

enum { PAGE = 4096, ROWS = 40 };

static int setup(void **state)
{
    OK(JetSetSystemParameter(NULL, 0, JET_paramEnableShrinkDatabase, JET_bitShrinkDatabaseOn, NULL));
    return api_fixture_setup(state);
}

static int setup_world(void **state)
{
    OK(JetSetSystemParameter(NULL, 0, JET_paramEnableShrinkDatabase, JET_bitShrinkDatabaseOn, NULL));
    return local_world_setup(state);
}

/* Pages in the file, headers too, as the file system says. */
static uint32_t pages_of(const char *path)
{
    struct os_path_info info;
    OK(os_path_stat(path, &info));
    assert_int_equal(info.size_bytes % PAGE, 0);
    return (uint32_t)(info.size_bytes / PAGE);
}

/* A table of long values, of about `kib` KiB. */
static void make_ballast(JET_SESID sesid, JET_DBID dbid, const char *name, int kib)
{
    static uint8_t bytes[8192];
    JET_TABLEID tableid;
    OK(JetBeginTransaction(sesid));
    OK(JetCreateTable(sesid, dbid, name, 1, 100, &tableid));
    const JET_COLUMNID column = api_column_add(sesid, tableid, "bytes", JET_coltypLongBinary, JET_bitNil);
    for (int i = 0; i < kib / 8; i++) {
        bytes[0] = (uint8_t)i;
        OK(JetPrepareUpdate(sesid, tableid, JET_prepInsert));
        OK(JetSetColumn(sesid, tableid, column, bytes, sizeof bytes, 0, NULL));
        OK(JetUpdate(sesid, tableid, NULL, 0, NULL));
    }
    OK(JetCloseTable(sesid, tableid));
    OK(JetCommitTransaction(sesid, JET_bitNil));
}

/* And deletes it: its pages are behind those of all that was there before. */
static void leave_room(JET_SESID sesid, JET_DBID dbid)
{
    make_ballast(sesid, dbid, "ballast", 4096);
    OK(JetDeleteTable(sesid, dbid, "ballast"));
}

static uint32_t shrink(JET_SESID sesid, JET_DBID dbid, uint32_t pages)
{
    uint32_t actual = 0;
    OK(JetResizeDatabase(sesid, dbid, pages, &actual, JET_bitResizeDatabaseOnlyShrink));
    return actual;
}

static void fill(JET_SESID sesid, const struct api_things *things)
{
    OK(JetBeginTransaction(sesid));
    for (int id = 0; id < ROWS; id++)
        api_things_insert(sesid, things, id, "stays");
    OK(JetCommitTransaction(sesid, JET_bitNil));
}

static void expect_rows(JET_SESID sesid, const struct api_things *things)
{
    for (int id = 0; id < ROWS; id++)
        OK(api_things_seek(sesid, things, id));
}

static void what_a_deleted_table_had_is_cut_off(void **state)
{
    struct api_fixture *fixture = *state;
    struct api_things things;
    api_things_create(fixture, &things);
    fill(fixture->sesid, &things);
    const uint32_t before = pages_of(fixture->file);
    leave_room(fixture->sesid, fixture->dbid);
    const uint32_t large = pages_of(fixture->file);
    assert_true(large > before + 1000);
    const uint32_t actual = shrink(fixture->sesid, fixture->dbid, 0);
    assert_true(actual <= before + 300); /* the extents in which the first pages of the table were */
    assert_int_equal(pages_of(fixture->file), actual);
    assert_int_equal(shrink(fixture->sesid, fixture->dbid, 0), actual);
    leave_room(fixture->sesid, fixture->dbid); /* the same pages once more */
    assert_true(pages_of(fixture->file) > before + 1000);
    assert_int_equal(shrink(fixture->sesid, fixture->dbid, 0), actual);
    expect_rows(fixture->sesid, &things);
    api_fixture_restart(fixture, JET_bitTermComplete);
    assert_int_equal(pages_of(fixture->file), actual);
    OK(JetCloseDatabase(fixture->sesid, fixture->dbid, JET_bitNil));
    OK(JetDetachDatabase(fixture->sesid, fixture->file));
    assert_true(api_file_is_sound(fixture->file));
}

static void it_stays_as_large_as_it_is_asked_to(void **state)
{
    struct api_fixture *fixture = *state;
    leave_room(fixture->sesid, fixture->dbid);
    const uint32_t large = pages_of(fixture->file);
    const uint32_t actual = shrink(fixture->sesid, fixture->dbid, large - 400);
    assert_true(actual < large && actual >= large - 400);
    uint32_t again = 0;
    OK(JetResizeDatabase(fixture->sesid, fixture->dbid, large - 700, &again, JET_bitNil));
    assert_true(again < actual && again >= large - 700);
    OK(JetResizeDatabase(fixture->sesid, fixture->dbid, 0, &again, JET_bitResizeDatabaseOnlyGrow));
    assert_int_equal(pages_of(fixture->file), again);
}

enum { MANY = 3000 };

/* Rows with names, and some with long values. */
static void insert_many(JET_SESID sesid, const struct api_things *things, int from, int to)
{
    static const char note[3000] = "a value outside the record";
    char name[120];
    for (int id = from; id < to; id++) {
        if ((id - from) % 100 == 0)
            OK(JetBeginTransaction(sesid));
        (void)snprintf(name, sizeof name, "%05d%090d", id * 7919 % MANY, id);
        OK(JetPrepareUpdate(sesid, things->tableid, JET_prepInsert));
        OK(JetSetColumn(sesid, things->tableid, things->id, &id, sizeof id, 0, NULL));
        OK(JetSetColumn(sesid, things->tableid, things->name, name, (uint32_t)strlen(name), 0, NULL));
        if (id % 5 == 0)
            OK(JetSetColumn(sesid, things->tableid, things->note, note, sizeof note, 0, NULL));
        OK(JetUpdate(sesid, things->tableid, NULL, 0, NULL));
        if ((id - from) % 100 == 99 || id == to - 1)
            OK(JetCommitTransaction(sesid, JET_bitNil));
    }
}

static void expect_many(JET_SESID sesid, const struct api_things *things, const char *index, int count)
{
    char note[4000];
    uint32_t size = 0;
    int rows = 0;
    OK(JetSetCurrentIndex(sesid, things->tableid, index));
    for (JET_ERR err = JetMove(sesid, things->tableid, JET_MoveFirst, 0); err == JET_errSuccess;
         err = JetMove(sesid, things->tableid, JET_MoveNext, 0)) {
        const int id = api_things_id(sesid, things);
        const JET_ERR note_err =
            JetRetrieveColumn(sesid, things->tableid, things->note, note, sizeof note, &size, 0, NULL);
        assert_int_equal(note_err, id % 5 == 0 ? JET_errSuccess : JET_wrnColumnNull);
        assert_int_equal(size, id % 5 == 0 ? 3000 : 0);
        rows++;
    }
    assert_int_equal(rows, count);
    OK(JetSetCurrentIndex(sesid, things->tableid, NULL));
}

/* A table whose roots are at the start of the file, and nearly all of its pages at the end, behind those of a deleted
 * one. */
static void make_far_rows(JET_SESID sesid, JET_DBID dbid, const struct api_things *things, int from)
{
    OK(JetCreateIndex(sesid, things->tableid, "by_name", 0, "+name\0", 7, 80));
    insert_many(sesid, things, from, from + 200);
    make_ballast(sesid, dbid, "ballast", 12000);
    insert_many(sesid, things, from + 200, MANY);
}

static void set_name(JET_SESID sesid, const struct api_things *things, const char *name)
{
    OK(JetPrepareUpdate(sesid, things->tableid, JET_prepReplace));
    OK(JetSetColumn(sesid, things->tableid, things->name, name, (uint32_t)strlen(name), 0, NULL));
    OK(JetUpdate(sesid, things->tableid, NULL, 0, NULL));
}

static void expect_name(JET_SESID sesid, const struct api_things *things, int id, const char *start)
{
    char name[120] = "";
    OK(api_things_seek(sesid, things, id));
    OK(JetRetrieveColumn(sesid, things->tableid, things->name, name, sizeof name, NULL, 0, NULL));
    assert_memory_equal(name, start, strlen(start));
}

/* Whoever is in a transaction, or stands on a row, notices nothing. */
static void pages_in_use_move_forward(void **state)
{
    struct api_fixture *fixture = *state;
    struct api_things things, others;
    JET_SESID other;
    JET_DBID dbid;
    api_things_create(fixture, &things);
    make_far_rows(fixture->sesid, fixture->dbid, &things, 0);
    OK(JetDeleteTable(fixture->sesid, fixture->dbid, "ballast"));
    OK(JetBeginSession(fixture->instance, &other, NULL, NULL));
    OK(JetOpenDatabase(other, fixture->file, NULL, &dbid, JET_bitNil));
    api_things_open(fixture, other, dbid, &others);
    const uint32_t large = pages_of(fixture->file);
    OK(JetBeginTransaction(other));
    OK(api_things_seek(other, &others, MANY - 10));
    set_name(other, &others, "will be taken back");
    OK(api_things_seek(other, &others, MANY - 20));
    OK(JetDelete(other, others.tableid));
    OK(api_things_seek(fixture->sesid, &things, 1500));
    const uint32_t actual = shrink(fixture->sesid, fixture->dbid, 0);
    assert_true(actual < large - 2000);
    assert_int_equal(pages_of(fixture->file), actual);
    OK(JetMove(fixture->sesid, things.tableid, JET_MoveNext, 0));
    assert_int_equal(api_things_id(fixture->sesid, &things), 1501);
    OK(JetRollback(other, JET_bitNil));
    OK(JetEndSession(other, JET_bitNil));
    expect_name(fixture->sesid, &things, MANY - 10, "0");
    expect_many(fixture->sesid, &things, "by_id", MANY);
    expect_many(fixture->sesid, &things, "by_name", MANY);
    insert_many(fixture->sesid, &things, MANY, MANY + 500);
    expect_many(fixture->sesid, &things, "by_name", MANY + 500);
}

/* No room is left at the start of the file, so that the root of a table that was made last is at its end. */
static void roots_stay(void **state)
{
    struct api_fixture *fixture = *state;
    struct api_things things;
    make_ballast(fixture->sesid, fixture->dbid, "ballast", 12000);
    for (int i = 0; i < 300; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "small%d", i);
        make_ballast(fixture->sesid, fixture->dbid, name, 0);
    }
    api_things_create(fixture, &things);
    fill(fixture->sesid, &things);
    OK(JetDeleteTable(fixture->sesid, fixture->dbid, "ballast"));
    assert_true(shrink(fixture->sesid, fixture->dbid, 0) > 3000); /* behind all that the ballast was */
    expect_rows(fixture->sesid, &things);
}

static void pages_in_use_stay(void **state)
{
    struct api_fixture *fixture = *state;
    leave_room(fixture->sesid, fixture->dbid);
    OK(JetBeginTransaction(fixture->sesid));
    make_ballast(fixture->sesid, fixture->dbid, "stays", 6000); /* not committed, and behind it all */
    const uint32_t large = pages_of(fixture->file);
    const uint32_t actual = shrink(fixture->sesid, fixture->dbid, 0);
    assert_true(actual > large - 300);
    OK(JetRollback(fixture->sesid, JET_bitNil));
    assert_true(shrink(fixture->sesid, fixture->dbid, 0) < actual - 1000);
}

/* Every page that it has is changed once more. */
static void empty_ballast(JET_SESID sesid, JET_DBID dbid)
{
    JET_TABLEID tableid;
    OK(JetOpenTable(sesid, dbid, "ballast", NULL, 0, JET_bitNil, &tableid));
    OK(JetBeginTransaction(sesid));
    for (JET_ERR err = JetMove(sesid, tableid, JET_MoveFirst, 0); err == JET_errSuccess;
         err = JetMove(sesid, tableid, JET_MoveNext, 0))
        OK(JetDelete(sesid, tableid));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(JetCloseTable(sesid, tableid));
    OK(JetDeleteTable(sesid, dbid, "ballast"));
}

static const char *file_of(struct local_world *world)
{
    return local_world_path(world, "db/data.edb");
}

static void copy_file(struct local_world *world, const char *from, const char *to)
{
    struct os_file *file;
    size_t size;
    void *bytes = temp_file_read(local_world_path(world, from), &size);
    if (local_world_has(world, to))
        OK(os_file_remove(local_world_path(world, to)));
    OK(os_file_open(local_world_path(world, to), OS_FILE_CREATE_NEW, &file));
    OK(os_file_write(file, 0, bytes, size));
    os_file_close(file);
    free(bytes);
}

/* All that there is was in the file when the checkpoint was made that is kept. */
static void settle(struct local_world *world)
{
    OK(JetTerm2(world->instance, JET_bitTermComplete));
    local_world_start(world);
    local_world_expect(world, "db/data.edb", world->count);
    temp_folder_need_reading_in_use(world->folder);
    copy_file(world, "live/edb.chk", "elsewhere/edb.chk");
}

static void begin_with_ballast(struct local_world *world)
{
    make_ballast(world->sesid, world->dbid, "ballast", 4096);
    settle(world);
}

/* As if the process were killed. */
static void crash(struct local_world *world)
{
    api_term(world->instance, JET_bitTermAbrupt | JET_bitTermDirty);
    world->instance = 0;
}

/* Recovery with that checkpoint: it begins before all that came since. */
static JET_ERR recover(struct local_world *world)
{
    if (world->instance != 0)
        crash(world);
    copy_file(world, "elsewhere/edb.chk", "live/edb.chk");
    world->instance = local_world_create(world, "live");
    const JET_ERR err = JetInit(&world->instance);
    if (err < JET_errSuccess)
        world->instance = 0;
    return err;
}

static void expect_sound(struct local_world *world)
{
    OK(JetBeginSession(world->instance, &world->sesid, NULL, NULL));
    assert_true(api_file_is_sound(file_of(world)));
    local_world_expect(world, "db/data.edb", world->count);
}

/* Redo begins where the file is long, and does not find the pages. */
static void recovery_does_not_miss_pages_that_were_cut_off(void **state)
{
    struct local_world *world = *state;
    begin_with_ballast(world);
    const uint32_t large = pages_of(file_of(world));
    empty_ballast(world->sesid, world->dbid);
    const uint32_t actual = shrink(world->sesid, world->dbid, 0);
    assert_true(actual < large - 700);
    local_world_insert(world, 10);
    OK(recover(world));
    assert_int_equal(pages_of(file_of(world)), actual);
    expect_sound(world);
}

/* The file has grown again, and holds pages of that time, when redo comes to where it was cut. */
static void recovery_keeps_what_came_after_a_cut(void **state)
{
    struct local_world *world = *state;
    begin_with_ballast(world);
    empty_ballast(world->sesid, world->dbid);
    (void)shrink(world->sesid, world->dbid, 0);
    make_ballast(world->sesid, world->dbid, "ballast", 2048);
    const uint32_t large = pages_of(file_of(world));
    OK(recover(world));
    assert_int_equal(pages_of(file_of(world)), large);
    expect_sound(world);
}

/* The file is that of before the cut, as a copy may be; the logs have it. */
static void recovery_cuts_a_file_of_an_earlier_time(void **state)
{
    struct local_world *world = *state;
    begin_with_ballast(world);
    copy_file(world, "db/data.edb", "elsewhere/data.edb");
    empty_ballast(world->sesid, world->dbid);
    const uint32_t actual = shrink(world->sesid, world->dbid, 0);
    local_world_insert(world, 10);
    crash(world);
    copy_file(world, "elsewhere/data.edb", "db/data.edb");
    OK(recover(world));
    assert_int_equal(pages_of(file_of(world)), actual);
    expect_sound(world);
}

/* Redo finds the pages where they are now, or, in a file of an earlier time, where they were. */
static void recovery_moves_pages_again(struct local_world *world, bool is_earlier)
{
    make_far_rows(world->sesid, world->dbid, &world->things, world->count);
    world->count = MANY;
    settle(world);
    if (is_earlier)
        copy_file(world, "db/data.edb", "elsewhere/data.edb");
    const uint32_t large = pages_of(file_of(world));
    empty_ballast(world->sesid, world->dbid);
    const uint32_t actual = shrink(world->sesid, world->dbid, 0);
    assert_true(actual < large - 2000);
    crash(world);
    if (is_earlier)
        copy_file(world, "elsewhere/data.edb", "db/data.edb");
    OK(recover(world));
    assert_int_equal(pages_of(file_of(world)), actual);
    expect_sound(world);
}

static void recovery_finds_pages_that_moved(void **state)
{
    recovery_moves_pages_again(*state, false);
}

static void recovery_moves_pages_of_an_earlier_time(void **state)
{
    recovery_moves_pages_again(*state, true);
}

/* Only a record that cuts the file explains that pages are not there. */
static void recovery_misses_pages_that_nothing_cut_off(void **state)
{
    struct local_world *world = *state;
    struct os_file *file;
    begin_with_ballast(world);
    const uint32_t large = pages_of(file_of(world));
    empty_ballast(world->sesid, world->dbid);
    assert_int_equal(shrink(world->sesid, world->dbid, large - 1), large); /* cleans up, and cuts nothing */
    crash(world);
    OK(os_file_open(file_of(world), OS_FILE_READ_WRITE, &file));
    OK(os_file_set_size(file, (uint64_t)(large - 1300) * PAGE));
    os_file_close(file);
    assert_int_equal(recover(world), JET_errFileIOBeyondEOF);
}

static void no_file_shrinks_while_a_backup_runs(void **state)
{
    struct api_fixture *fixture = *state;
    uint32_t actual = 0;
    leave_room(fixture->sesid, fixture->dbid);
    const uint32_t large = pages_of(fixture->file);
    OK(JetBeginExternalBackupInstance(fixture->instance, JET_bitNil));
    assert_int_equal(JetResizeDatabase(fixture->sesid, fixture->dbid, 0, &actual, JET_bitResizeDatabaseOnlyShrink),
                     JET_errBackupInProgress);
    assert_int_equal(pages_of(fixture->file), large);
    OK(JetEndExternalBackupInstance(fixture->instance));
    assert_true(shrink(fixture->sesid, fixture->dbid, 0) < large);
}

static void a_read_only_database_does_not_shrink(void **state)
{
    struct api_fixture *fixture = *state;
    uint32_t actual = 0;
    leave_room(fixture->sesid, fixture->dbid);
    OK(JetCloseDatabase(fixture->sesid, fixture->dbid, JET_bitNil));
    OK(JetDetachDatabase(fixture->sesid, fixture->file));
    OK(JetAttachDatabase(fixture->sesid, fixture->file, JET_bitDbReadOnly));
    OK(JetOpenDatabase(fixture->sesid, fixture->file, NULL, &fixture->dbid, JET_bitDbReadOnly));
    assert_int_equal(JetResizeDatabase(fixture->sesid, fixture->dbid, 0, &actual, JET_bitNil),
                     JET_errDatabaseFileReadOnly);
}

/* The backup has the long file; the logs have the cut. */
static void a_restored_file_is_as_short_as_it_was(void **state)
{
    struct local_world *world = *state;
    local_world_insert(world, 10);
    make_ballast(world->sesid, world->dbid, "ballast", 4096);
    OK(JetBackupInstance(world->instance, local_world_path(world, "backup"), JET_bitNil, NULL));
    empty_ballast(world->sesid, world->dbid);
    const uint32_t actual = shrink(world->sesid, world->dbid, 0);
    local_world_insert(world, 10);
    OK(JetBackupInstance(world->instance, local_world_path(world, "backup"), JET_bitBackupIncremental, NULL));
    local_world_lose(world);
    world->instance = local_world_create(world, "live");
    OK(JetRestoreInstance(world->instance, local_world_path(world, "backup"), NULL, NULL));
    assert_int_equal(pages_of(file_of(world)), actual);
    OK(JetInit(&world->instance));
    expect_sound(world);
}

int main(void)
{
#define SHRINK_TEST(name)   cmocka_unit_test_setup_teardown(name, setup, api_fixture_teardown)
#define RECOVERY_TEST(name) cmocka_unit_test_setup_teardown(name, setup_world, local_world_teardown)
    const struct CMUnitTest tests[] = {
        SHRINK_TEST(what_a_deleted_table_had_is_cut_off),
        SHRINK_TEST(it_stays_as_large_as_it_is_asked_to),
        SHRINK_TEST(pages_in_use_stay),
        SHRINK_TEST(pages_in_use_move_forward),
        SHRINK_TEST(roots_stay),
        SHRINK_TEST(no_file_shrinks_while_a_backup_runs),
        SHRINK_TEST(a_read_only_database_does_not_shrink),
        RECOVERY_TEST(recovery_does_not_miss_pages_that_were_cut_off),
        RECOVERY_TEST(recovery_keeps_what_came_after_a_cut),
        RECOVERY_TEST(recovery_cuts_a_file_of_an_earlier_time),
        RECOVERY_TEST(recovery_finds_pages_that_moved),
        RECOVERY_TEST(recovery_moves_pages_of_an_earlier_time),
        RECOVERY_TEST(recovery_misses_pages_that_nothing_cut_off),
        RECOVERY_TEST(a_restored_file_is_as_short_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
