/* SPDX-License-Identifier: MIT */
/* test_full_disk.c - the engine, through the API, on a disk that is really full: a file system in memory, of a size of
 * its own.
 *
 * It is mounted in a name space of this process, which takes the rights of root. Without them the test says so and is
 * skipped (exit status 77).
 */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "os/os_file.h"
#include "support/temp_folder.h"
#include "unit/jet/api_fixture.h"

enum { SKIPPED = 77, NOTE_SIZE = 20000, MORE = 60 };

#define SMALL "size=24m"
#define LARGE "size=64m"

static char *mount_point;

/* Where an insert failed. */
struct failure {
    JET_ERR err;
    bool at_commit; /* it may be there or not */
};

/* ---- the disk ---- */

static bool can_mount(void)
{
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", mount_point, "tmpfs", 0, SMALL) == 0 && umount(mount_point) == 0;
}

static int disk_setup(void **state)
{
    if (mount("tmpfs", mount_point, "tmpfs", 0, SMALL) != 0 || setenv("TMPDIR", mount_point, 1) != 0)
        return -1;
    return temp_folder_setup(state);
}

static int disk_teardown(void **state)
{
    const int failed = temp_folder_teardown(state);
    return umount(mount_point) == 0 ? failed : -1;
}

static void make_space(void)
{
    assert_int_equal(mount("tmpfs", mount_point, NULL, MS_REMOUNT, LARGE), 0);
}

/* ---- the work ---- */

static void note_make(uint8_t note[NOTE_SIZE], int id)
{
    for (size_t i = 0; i < NOTE_SIZE; i++)
        note[i] = (uint8_t)((size_t)id * 31 + i * i / 7);
}

static struct failure insert(JET_SESID sesid, const struct api_things *things, int id)
{
    uint8_t note[NOTE_SIZE];
    int32_t number = id;
    note_make(note, id);
    JET_ERR err = JetBeginTransaction(sesid);
    if (err < JET_errSuccess)
        return (struct failure){err, false};
    err = JetPrepareUpdate(sesid, things->tableid, JET_prepInsert);
    if (err >= JET_errSuccess)
        err = JetSetColumn(sesid, things->tableid, things->id, &number, sizeof number, JET_bitNil, NULL);
    if (err >= JET_errSuccess)
        err = JetSetColumn(sesid, things->tableid, things->note, note, sizeof note, JET_bitNil, NULL);
    if (err >= JET_errSuccess)
        err = JetUpdate(sesid, things->tableid, NULL, 0, NULL);
    const bool at_commit = err >= JET_errSuccess;
    if (at_commit)
        err = JetCommitTransaction(sesid, JET_bitNil);
    if (err < JET_errSuccess)
        (void)JetRollback(sesid, JET_bitNil); /* an engine that is down has nothing to roll back */
    return (struct failure){err, at_commit};
}

static bool is_told_as_full(JET_ERR err)
{
    return err == JET_errDiskFull || err == JET_errLogDiskFull ||
           err == JET_errInstanceUnavailableDueToFatalLogDiskFull;
}

/* Inserts from `*id` on until that fails; `*id` is then the first that was not acknowledged. */
static struct failure fill(JET_SESID sesid, const struct api_things *things, int *id)
{
    struct failure failure = insert(sesid, things, *id);
    while (failure.err >= JET_errSuccess)
        failure = insert(sesid, things, ++*id);
    if (!is_told_as_full(failure.err))
        fail_msg("record %d: %ld", *id, (long)failure.err);
    return failure;
}

static void check(JET_SESID sesid, const struct api_things *things, int first, int end)
{
    uint8_t note[NOTE_SIZE], expected[NOTE_SIZE];
    uint32_t actual;
    for (int id = first; id < end; id++) {
        note_make(expected, id);
        OK(api_things_seek(sesid, things, id));
        OK(JetRetrieveColumn(sesid, things->tableid, things->note, note, sizeof note, &actual, JET_bitNil, NULL));
        assert_int_equal(actual, NOTE_SIZE);
        assert_memory_equal(note, expected, NOTE_SIZE);
    }
}

static void begin(struct api_fixture *fixture, struct temp_folder *folder, bool is_circular)
{
    fixture->folder = folder;
    fixture->file = temp_folder_path(folder, "full.edb");
    fixture->instance = api_instance_create(folder, "full");
    OK(JetSetSystemParameter(&fixture->instance, 0, JET_paramCircularLog, is_circular, NULL));
    OK(JetInit(&fixture->instance));
    OK(JetBeginSession(fixture->instance, &fixture->sesid, NULL, NULL));
}

static void open_again(struct api_fixture *fixture, struct api_things *things)
{
    OK(JetAttachDatabase(fixture->sesid, fixture->file, JET_bitNil));
    OK(JetOpenDatabase(fixture->sesid, fixture->file, NULL, &fixture->dbid, JET_bitNil));
    api_things_open(fixture, fixture->sesid, fixture->dbid, things);
}

/* While the disk is full a start may succeed or say so. */
static void start_on_a_full_disk(struct temp_folder *folder)
{
    JET_INSTANCE instance = api_instance_create(folder, "full");
    OK(JetSetSystemParameter(&instance, 0, JET_paramCircularLog, 0, NULL));
    const JET_ERR err = JetInit(&instance);
    if (err >= JET_errSuccess)
        (void)JetTerm2(instance, JET_bitTermAbrupt);
    else if (!is_told_as_full(err))
        fail_msg("JetInit on the full disk: %ld", (long)err);
}

static void run_until_full(void **state, JET_GRBIT term)
{
    struct api_fixture fixture;
    struct api_things things;
    int id = 1;
    begin(&fixture, *state, false);
    OK(JetCreateDatabase(fixture.sesid, fixture.file, NULL, &fixture.dbid, JET_bitNil));
    api_things_create(&fixture, &things);
    struct failure failure = fill(fixture.sesid, &things, &id);
    assert_in_range(id, 50, 1000);
    for (int i = 0; i < MORE && !failure.at_commit; i++)
        failure = fill(fixture.sesid, &things, &id);
    const JET_ERR term_err = JetTerm2(fixture.instance, term);
    if (term_err < JET_errSuccess && !is_told_as_full(term_err) && term_err != JET_errDirtyShutdown)
        fail_msg("JetTerm2: %ld", (long)term_err);
    start_on_a_full_disk(*state);

    make_space();
    begin(&fixture, *state, false);
    open_again(&fixture, &things);
    check(fixture.sesid, &things, 1, id);
    if (failure.at_commit && api_things_seek(fixture.sesid, &things, id) == JET_errSuccess)
        check(fixture.sesid, &things, id, id + 1), id++;
    assert_int_equal(api_things_seek(fixture.sesid, &things, id), JET_errRecordNotFound);
    for (int i = 0; i < MORE; i++)
        OK(insert(fixture.sesid, &things, id + i).err);
    check(fixture.sesid, &things, 1, id + MORE);
    OK(JetTerm2(fixture.instance, JET_bitTermComplete));
    assert_true(api_file_is_sound(fixture.file));
}

static void what_was_committed_before_the_disk_was_full_is_recovered(void **state)
{
    run_until_full(state, JET_bitTermAbrupt);
}

static void an_end_in_order_loses_nothing_either(void **state)
{
    run_until_full(state, JET_bitTermComplete);
}

/* Logs are used again, so that it is the database that does not fit. Nothing need be started again. */
static void a_database_that_cannot_grow_goes_on_when_it_can(void **state)
{
    struct api_fixture fixture;
    struct api_things things;
    int id = 1;
    begin(&fixture, *state, true);
    OK(JetCreateDatabase(fixture.sesid, fixture.file, NULL, &fixture.dbid, JET_bitNil));
    OK(JetGrowDatabase(fixture.sesid, fixture.dbid, 200, NULL));
    api_things_create(&fixture, &things);
    const struct failure failure = fill(fixture.sesid, &things, &id);
    assert_false(failure.at_commit);
    check(fixture.sesid, &things, 1, id);
    make_space();
    for (int i = 0; i < MORE; i++)
        OK(insert(fixture.sesid, &things, id + i).err);
    check(fixture.sesid, &things, 1, id + MORE);
    OK(JetTerm2(fixture.instance, JET_bitTermComplete));
    assert_true(api_file_is_sound(fixture.file));
}

/* Copies are made of a database until there is no room for another one: of that there is nothing, and those before are
 * whole. */
static void a_compacted_database_that_does_not_fit_leaves_nothing(void **state)
{
    enum { ROWS = 250, COPIES_MAX = 10 };
    struct api_fixture fixture;
    struct api_things things;
    struct os_path_info info;
    JET_ERR err = JET_errSuccess;
    char name[20];
    int copies = 0;
    begin(&fixture, *state, true);
    OK(JetCreateDatabase(fixture.sesid, fixture.file, NULL, &fixture.dbid, JET_bitNil));
    api_things_create(&fixture, &things);
    for (int id = 1; id <= ROWS; id++)
        OK(insert(fixture.sesid, &things, id).err);
    OK(JetCloseTable(fixture.sesid, things.tableid));
    OK(JetCloseDatabase(fixture.sesid, fixture.dbid, 0));
    OK(JetDetachDatabase(fixture.sesid, fixture.file));
    OK(JetAttachDatabase(fixture.sesid, fixture.file, JET_bitDbReadOnly));
    for (; err >= JET_errSuccess && copies < COPIES_MAX; copies += err >= JET_errSuccess) {
        (void)snprintf(name, sizeof name, "copy%d.edb", copies);
        err = JetCompact(fixture.sesid, fixture.file, temp_folder_path(fixture.folder, name), NULL, NULL, 0);
    }
    assert_true(is_told_as_full(err));
    assert_in_range(copies, 1, COPIES_MAX - 1);
    assert_int_equal(os_path_stat(temp_folder_path(fixture.folder, name), &info), JET_errFileNotFound);
    /* Where logs had no room either the instance has ended. */
    const JET_ERR term_err = JetTerm2(fixture.instance, JET_bitTermComplete);
    assert_true(term_err >= JET_errSuccess || is_told_as_full(term_err));
    assert_true(api_file_is_sound(fixture.file));
    for (int i = 0; i < copies; i++) {
        (void)snprintf(name, sizeof name, "copy%d.edb", i);
        assert_true(api_file_is_sound(temp_folder_path(fixture.folder, name)));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, disk_setup, disk_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_was_committed_before_the_disk_was_full_is_recovered),
        TEST(an_end_in_order_loses_nothing_either),
        TEST(a_database_that_cannot_grow_goes_on_when_it_can),
        TEST(a_compacted_database_that_does_not_fit_leaves_nothing),
    };
    int failed = SKIPPED;
    if (os_folder_create_temporary("coldstream-full-disk", &mount_point) < JET_errSuccess)
        return 1;
    if (can_mount())
        failed = cmocka_run_group_tests(tests, NULL, NULL);
    else
        print_message("skipped: a file system cannot be mounted here (%s)\n", strerror(errno));
    temp_tree_remove(mount_point);
    free(mount_point);
    return failed;
}
