/* SPDX-License-Identifier: MIT */
/* JetBackupInstance and JetRestoreInstance: everything is lost but the folder of the backup, and comes back from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "local_world.h"
#include "os/os_file.h"
#include "os/os_thread.h"
#include "support/temp_folder.h"

enum { PATIENCE = 50 };

static JET_ERR back_up(struct local_world *world, JET_GRBIT grbit)
{
    return JetBackupInstance(world->instance, local_world_path(world, "backup"), grbit, NULL);
}

static JET_ERR restore(struct local_world *world, const char *destination)
{
    JET_INSTANCE instance = local_world_create(world, "live");
    JET_ERR err = JetRestoreInstance(instance, local_world_path(world, "backup"),
                                     destination ? local_world_path(world, destination) : NULL, NULL);
    OK(JetTerm(instance)); /* it never ran */
    return err;
}

static void restore_and_expect(struct local_world *world, const char *destination, const char *file, int count)
{
    OK(restore(world, destination));
    local_world_start(world);
    local_world_expect(world, file, count);
}

static void everything_is_deleted_and_comes_back(void **state)
{
    struct local_world *world = *state;
    OK(back_up(world, JET_bitNil));
    assert_true(local_world_has(world, "backup/data.edb"));
    assert_true(local_world_has(world, "backup/data.pat"));
    assert_false(local_world_has(world, "db/data.pat"));
    assert_false(local_world_has(world, "backup/edb.log"));
    assert_false(local_world_has(world, "backup/edb.chk"));
    local_world_lose(world);
    restore_and_expect(world, NULL, "db/data.edb", 300);
    local_world_insert(world, 5);
    OK(JetBackupInstance(world->instance, local_world_path(world, "elsewhere"), JET_bitNil, NULL));
}

static void everything_comes_back_to_another_place(void **state)
{
    struct local_world *world = *state;
    OK(back_up(world, JET_bitNil));
    local_world_lose(world);
    restore_and_expect(world, "elsewhere", "elsewhere/data.edb", 300);
    assert_false(local_world_has(world, "db/data.edb"));
}

static void what_came_after_the_backup_is_in_the_log(void **state)
{
    struct local_world *world = *state;
    OK(back_up(world, JET_bitNil));
    local_world_insert(world, 200);
    local_world_stop(world);
    local_world_empty(world, "db");
    restore_and_expect(world, NULL, "db/data.edb", 500);
}

static void logs_are_added_to_a_full_backup(void **state)
{
    struct local_world *world = *state;
    unsigned low, high, later;
    assert_int_equal(back_up(world, JET_bitBackupIncremental), JET_errMissingFullBackup);
    OK(back_up(world, JET_bitNil));
    local_world_logs(world, "backup", &low, &high);
    local_world_insert(world, 1500);
    OK(back_up(world, JET_bitBackupIncremental));
    local_world_insert(world, 1500);
    OK(back_up(world, JET_bitBackupIncremental));
    local_world_logs(world, "backup", &low, &later);
    assert_true(later > high);
    /* Old ones go from where they lie, as soon as the checkpoint has left them. */
    low = 1;
    for (int i = 0; i < PATIENCE && low == 1; i++) {
        local_world_insert(world, 500);
        OK(back_up(world, JET_bitBackupIncremental));
        local_world_logs(world, "live", &low, &high);
    }
    assert_true(low > 1);
    const int count = world->count;
    local_world_lose(world);
    restore_and_expect(world, NULL, "db/data.edb", count);
    assert_int_equal(back_up(world, JET_bitBackupIncremental), JET_errMissingFullBackup);
}

static void a_folder_that_is_not_empty_is_refused(void **state)
{
    struct local_world *world = *state;
    OK(os_folder_create(local_world_path(world, "backup/temp")));
    (void)temp_folder_write(world->folder, "backup/temp/left.behind", "x", 1);
    (void)temp_folder_write(world->folder, "backup/something", "x", 1);
    assert_int_equal(back_up(world, JET_bitNil), JET_errBackupDirectoryNotEmpty);
    assert_false(local_world_has(world, "backup/temp"));
    local_world_empty(world, "backup");
    OK(back_up(world, JET_bitNil));
    assert_int_equal(back_up(world, JET_bitNil), JET_errBackupDirectoryNotEmpty);
    OK(os_folder_create(local_world_path(world, "backup/new")));
    assert_int_equal(back_up(world, JET_bitBackupIncremental), JET_errBackupDirectoryNotEmpty);
    OK(os_folder_remove(local_world_path(world, "backup/new")));
    OK(os_folder_create(local_world_path(world, "backup/old")));
    assert_int_equal(back_up(world, JET_bitBackupIncremental), JET_errBackupDirectoryNotEmpty);
}

static void an_atomic_backup_is_never_without_a_whole_one(void **state)
{
    struct local_world *world = *state;
    unsigned low, high, later;
    OK(back_up(world, JET_bitBackupAtomic));
    assert_true(local_world_has(world, "backup/new/data.edb"));
    assert_false(local_world_has(world, "backup/old"));
    OK(os_folder_create(local_world_path(world, "backup/old"))); /* of one that went wrong once */
    local_world_insert(world, 100);
    OK(back_up(world, JET_bitBackupAtomic));
    assert_true(local_world_has(world, "backup/new/data.edb"));
    assert_false(local_world_has(world, "backup/old"));
    assert_false(local_world_has(world, "backup/temp"));
    local_world_logs(world, "backup/new", &low, &high);
    local_world_insert(world, 100);
    OK(back_up(world, JET_bitBackupAtomic | JET_bitBackupIncremental));
    assert_false(local_world_has(world, "backup/new"));
    local_world_logs(world, "backup/old", &low, &later);
    assert_true(later > high);
    local_world_lose(world);
    restore_and_expect(world, NULL, "db/data.edb", 500);
}

/* ---- the callback ---- */

static struct {
    struct local_world *world;
    unsigned begun, complete, others;
    void (*at_begin)(struct local_world *world);
} heard;

static JET_ERR JET_API hear(JET_SESID sesid, JET_SNP snp, JET_SNT snt, void *pv)
{
    const JET_SNPROG *progress = pv;
    assert_int_equal(snp, JET_snpBackup);
    assert_true(sesid == JET_sesidNil);
    assert_int_equal(progress->cbStruct, sizeof *progress);
    assert_int_equal(progress->cunitTotal, 100);
    assert_int_equal(progress->cunitDone, snt == JET_sntComplete ? 100 : 0);
    heard.begun += snt == JET_sntBegin;
    heard.complete += snt == JET_sntComplete;
    heard.others += snt != JET_sntBegin && snt != JET_sntComplete;
    if (snt == JET_sntBegin && heard.at_begin)
        heard.at_begin(heard.world);
    return JET_errSuccess;
}

static JET_ERR back_up_heard(struct local_world *world, JET_GRBIT grbit, void (*at_begin)(struct local_world *world))
{
    memset(&heard, 0, sizeof heard);
    heard.world = world;
    heard.at_begin = at_begin;
    return JetBackupInstance(world->instance, local_world_path(world, "backup"), grbit, hear);
}

static void beginning_and_end_of_a_full_backup_are_told(void **state)
{
    struct local_world *world = *state;
    OK(back_up_heard(world, JET_bitNil, NULL));
    assert_int_equal(heard.begun, 1);
    assert_int_equal(heard.complete, 1);
    assert_int_equal(heard.others, 0);
    OK(back_up_heard(world, JET_bitBackupIncremental, NULL));
    assert_int_equal(heard.begun + heard.complete + heard.others, 0);
}

static void stop(struct local_world *world)
{
    OK(JetStopBackupInstance(world->instance));
}

static void a_stopped_backup_leaves_what_was_there(void **state)
{
    struct local_world *world = *state;
    assert_int_equal(back_up_heard(world, JET_bitBackupAtomic, stop), JET_errBackupAbortByServer);
    assert_int_equal(heard.complete, 0);
    assert_false(local_world_has(world, "backup/temp"));
    OK(back_up(world, JET_bitBackupAtomic));
    assert_int_equal(back_up_heard(world, JET_bitBackupAtomic, stop), JET_errBackupAbortByServer);
    assert_false(local_world_has(world, "backup/temp"));
    assert_true(local_world_has(world, "backup/old/data.edb"));
    local_world_insert(world, 10);
    OK(back_up(world, JET_bitBackupAtomic));
    assert_false(local_world_has(world, "backup/old"));
    local_world_lose(world);
    restore_and_expect(world, NULL, "db/data.edb", 310);
}

static void terminate(struct local_world *world)
{
    OK(JetTerm(world->instance));
    world->instance = 0;
}

static void a_termination_does_not_wait_for_a_whole_backup(void **state)
{
    struct local_world *world = *state;
    assert_true(back_up_heard(world, JET_bitBackupAtomic, terminate) < JET_errSuccess);
    assert_int_equal(heard.complete, 0);
    assert_false(local_world_has(world, "backup/temp"));
    local_world_start(world);
    local_world_expect(world, "db/data.edb", 300);
    OK(back_up(world, JET_bitBackupAtomic));
}

/* ---- arguments ---- */

static void unknown_bits_and_circular_logs_are_refused(void **state)
{
    struct local_world *world = *state;
    assert_int_equal(back_up(world, JET_bitBackupSurrogate), JET_errInvalidGrbit);
    assert_int_equal(back_up(world, 0x2), JET_errInvalidGrbit);
    assert_int_equal(back_up(world, 0x80000000), JET_errInvalidGrbit);
    assert_int_equal(JetBackup(local_world_path(world, "backup"), JET_bitNil, NULL), JET_errRunningInMultiInstanceMode);
    assert_int_equal(JetBackupInstance(world->instance + 64, "x", JET_bitNil, NULL), JET_errInvalidParameter);
    OK(JetBeginExternalBackupInstance(world->instance, JET_bitNil));
    assert_int_equal(back_up(world, JET_bitNil), JET_errBackupInProgress);
    OK(JetEndExternalBackupInstance(world->instance));
    local_world_stop(world);
    world->instance = local_world_create(world, "circular");
    OK(JetSetSystemParameter(&world->instance, 0, JET_paramCircularLog, 1, NULL));
    OK(JetInit(&world->instance));
    assert_int_equal(back_up(world, JET_bitBackupIncremental), JET_errInvalidBackup);
}

static void a_folder_that_is_missing_is_made_if_that_is_wanted(void **state)
{
    struct local_world *world = *state;
    const char *path = local_world_path(world, "not/there/yet");
    assert_int_equal(JetBackupInstance(world->instance, path, JET_bitNil, NULL), JET_errInvalidPath);
    OK(JetSetSystemParameter(&world->instance, 0, JET_paramCreatePathIfNotExist, 1, NULL));
    OK(JetBackupInstance(world->instance, path, JET_bitBackupSnapshot, NULL));
    assert_true(local_world_has(world, "not/there/yet/data.edb"));
}

static void without_a_folder_only_logs_go(void **state)
{
    struct local_world *world = *state;
    unsigned low, high, later_low, later_high;
    local_world_insert(world, 1000);
    local_world_stop(world); /* the checkpoint is at the end now */
    local_world_start(world);
    local_world_expect(world, "db/data.edb", 1300);
    local_world_insert(world, 100);
    local_world_logs(world, "live", &low, &high);
    OK(JetBackupInstance(world->instance, NULL, JET_bitNil, NULL));
    local_world_logs(world, "live", &later_low, &later_high);
    assert_true(low == 1 && (later_low == 0 || later_low > low)); /* the current one is not among them */
    assert_int_equal(back_up(world, JET_bitBackupIncremental), JET_errMissingFullBackup); /* it was no backup */
    OK(JetBackupInstanceW(world->instance, u"", JET_bitNil, NULL));
    api_term(world->instance, JET_bitTermDirty);
    local_world_start(world);
    local_world_expect(world, "db/data.edb", 1400);
}

/* ---- sets that are not whole ---- */

static void cut(struct local_world *world, const char *name)
{
    struct os_file *file;
    uint64_t size;
    OK(os_file_open(local_world_path(world, name), OS_FILE_READ_WRITE, &file));
    OK(os_file_size(file, &size));
    OK(os_file_set_size(file, size - 4096));
    os_file_close(file);
}

static void a_set_that_lacks_something_is_refused(void **state)
{
    struct local_world *world = *state;
    unsigned low, high;
    OK(JetBeginTransaction(world->sesid)); /* the checkpoint stays where it is */
    api_things_insert(world->sesid, &world->things, -1, NULL);
    local_world_insert_beside(world, 1000);
    OK(back_up(world, JET_bitNil));
    OK(JetRollback(world->sesid, JET_bitNil));
    local_world_logs(world, "backup", &low, &high);
    assert_true(high >= low + 2);
    local_world_lose(world);
    OK(os_path_rename_new(local_world_log(world, "backup", low + 1), local_world_path(world, "kept")));
    assert_int_equal(restore(world, NULL), JET_errFileNotFound);
    OK(os_path_rename_new(local_world_path(world, "kept"), local_world_log(world, "backup", low + 1)));
    cut(world, "backup/data.edb");
    assert_int_equal(restore(world, NULL), JET_errBadPatchPage);
    assert_false(local_world_has(world, "db/data.edb"));
}

/* Another stream of logs: the same numbers. */
static void a_foreign_log_in_the_middle_is_refused(void **state)
{
    struct local_world *world = *state;
    unsigned low, high;
    OK(back_up(world, JET_bitNil));
    local_world_logs(world, "backup", &low, &high);
    local_world_lose(world);
    local_world_start(world);
    OK(JetCreateDatabase(world->sesid, local_world_path(world, "db/data.edb"), NULL, &world->dbid, JET_bitNil));
    const struct api_fixture fixture = {.sesid = world->sesid, .dbid = world->dbid};
    api_things_create(&fixture, &world->things);
    world->count = 0;
    local_world_insert(world, 600);
    local_world_stop(world);
    OK(os_file_remove(local_world_log(world, "backup", low + 1)));
    OK(os_path_rename_new(local_world_log(world, "live", low + 1), local_world_log(world, "backup", low + 1)));
    local_world_lose(world);
    assert_int_equal(restore(world, NULL), JET_errBadLogSignature);
}

/* ---- somebody writes ---- */

struct writer {
    struct local_world *world;
    struct os_event *never;
    _Atomic bool is_over;
    _Atomic int committed;
    _Atomic int failed;
};

static void write_until_told(void *context)
{
    struct writer *writer = context;
    JET_SESID sesid;
    JET_DBID dbid;
    struct api_things things = writer->world->things;
    JET_ERR err = JetBeginSession(writer->world->instance, &sesid, NULL, NULL);
    if (err >= JET_errSuccess)
        err = JetOpenDatabase(sesid, local_world_path(writer->world, "db/data.edb"), NULL, &dbid, JET_bitNil);
    if (err >= JET_errSuccess)
        err = JetOpenTable(sesid, dbid, "things", NULL, 0, JET_bitNil, &things.tableid);
    for (int32_t id = writer->world->count; err >= JET_errSuccess && !atomic_load(&writer->is_over); id++) {
        if (JetBeginTransaction(sesid) < JET_errSuccess ||
            JetPrepareUpdate(sesid, things.tableid, JET_prepInsert) < JET_errSuccess ||
            JetSetColumn(sesid, things.tableid, things.id, &id, sizeof id, 0, NULL) < JET_errSuccess)
            err = JET_errInternalError;
        if (err >= JET_errSuccess)
            err = JetUpdate(sesid, things.tableid, NULL, 0, NULL);
        if (err >= JET_errSuccess)
            err = JetCommitTransaction(sesid, JET_bitCommitLazyFlush);
        if (err >= JET_errSuccess)
            atomic_store(&writer->committed, id + 1);
    }
    if (err >= JET_errSuccess)
        err = JetEndSession(sesid, JET_bitNil);
    atomic_store(&writer->failed, err);
}

static void wait_for(struct writer *writer, int committed)
{
    for (int ms = 0; atomic_load(&writer->committed) < committed && ms < 60000; ms++)
        (void)os_event_wait(writer->never, 1);
    assert_true(atomic_load(&writer->committed) >= committed);
}

static void a_backup_under_load_has_all_that_was_committed_before_it(void **state)
{
    struct local_world *world = *state;
    struct writer writer = {.world = world};
    struct os_thread *thread;
    int found = 0;
    OK(os_event_new(&writer.never));
    OK(os_thread_start(write_until_told, &writer, &thread));
    wait_for(&writer, 400);
    const int before = atomic_load(&writer.committed);
    JET_ERR err = back_up(world, JET_bitNil);
    wait_for(&writer, atomic_load(&writer.committed) + 50);
    atomic_store(&writer.is_over, true);
    os_thread_join(thread);
    os_event_free(writer.never);
    assert_int_equal(atomic_load(&writer.failed), JET_errSuccess);
    OK(err);
    local_world_lose(world);
    OK(restore(world, NULL));
    local_world_start(world);
    OK(JetAttachDatabase(world->sesid, local_world_path(world, "db/data.edb"), JET_bitNil));
    OK(JetOpenDatabase(world->sesid, local_world_path(world, "db/data.edb"), NULL, &world->dbid, JET_bitNil));
    const struct api_fixture fixture = {.sesid = world->sesid, .dbid = world->dbid};
    api_things_open(&fixture, world->sesid, world->dbid, &world->things);
    while (api_things_seek(world->sesid, &world->things, found) == JET_errSuccess)
        found++;
    assert_true(found >= before);
    for (int beyond = 1; beyond < 30; beyond++) /* no holes */
        assert_int_equal(api_things_seek(world->sesid, &world->things, found + beyond), JET_errRecordNotFound);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, local_world_setup, local_world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(everything_is_deleted_and_comes_back),
        TEST(everything_comes_back_to_another_place),
        TEST(what_came_after_the_backup_is_in_the_log),
        TEST(logs_are_added_to_a_full_backup),
        TEST(a_folder_that_is_not_empty_is_refused),
        TEST(an_atomic_backup_is_never_without_a_whole_one),
        TEST(beginning_and_end_of_a_full_backup_are_told),
        TEST(a_stopped_backup_leaves_what_was_there),
        TEST(a_termination_does_not_wait_for_a_whole_backup),
        TEST(unknown_bits_and_circular_logs_are_refused),
        TEST(a_folder_that_is_missing_is_made_if_that_is_wanted),
        TEST(without_a_folder_only_logs_go),
        TEST(a_set_that_lacks_something_is_refused),
        TEST(a_foreign_log_in_the_middle_is_refused),
        TEST(a_backup_under_load_has_all_that_was_committed_before_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
