/* SPDX-License-Identifier: MIT */
/* The door for adapters that host backups: stop and release, the watch, what an instance says of itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backup_fixture.h"
#include "jet/instance_backup.h"
#include "jet/instance_status.h"
#include "support/temp_folder.h"

static void count_bell(void *context)
{
    ++*(unsigned *)context;
}

static struct instance_backup_view look(const struct backup_fixture *f)
{
    struct instance_backup_view view;
    OK(instance_backup_look(f->api.instance, &view));
    return view;
}

static JET_ERR read_some(struct backup_fixture *f)
{
    return JetReadFileInstance(f->api.instance, f->file, f->buffer, BACKUP_BUFFER, &f->actual);
}

static void open_database(struct backup_fixture *f)
{
    OK(JetOpenFileInstance(f->api.instance, f->api.file, &f->file, &f->low, &f->high));
}

static void a_released_client_is_told_what_a_stopped_one_is_told(void **state)
{
    struct backup_fixture *f = *state;
    OK(JetBeginExternalBackupInstance(f->api.instance, JET_bitNil));
    open_database(f);
    OK(read_some(f));
    OK(instance_backup_stop_and_release(f->api.instance, 1000));

    assert_false(look(f).is_streaming);
    assert_int_equal(look(f).refusal, JET_errBackupAbortByServer);
    assert_int_equal(JetBeginExternalBackupInstance(f->api.instance, JET_bitNil), JET_errBackupNotAllowedYet);
    assert_int_equal(read_some(f), JET_errBackupAbortByServer);
    OK(JetCloseFileInstance(f->api.instance, f->file));
    OK(JetEndExternalBackupInstance(f->api.instance));
    assert_int_equal(JetEndExternalBackupInstance(f->api.instance), JET_errNoBackup);

    instance_backup_open_gate(f->api.instance);
    OK(JetBeginExternalBackupInstance(f->api.instance, JET_bitNil));
    OK(JetEndExternalBackupInstance2(f->api.instance, JET_bitBackupEndAbort));
}

static void a_release_lets_a_snapshot_through(void **state)
{
    struct backup_fixture *f = *state;
    JET_OSSNAPID id;
    uint32_t count;
    JET_INSTANCE_INFO_A *infos;
    OK(JetBeginExternalBackupInstance(f->api.instance, JET_bitNil));
    OK(instance_backup_stop_and_release(f->api.instance, 1000));
    OK(JetOSSnapshotPrepare(&id, JET_bitCopySnapshot));
    OK(JetOSSnapshotFreezeA(id, &count, &infos, JET_bitNil));
    OK(JetOSSnapshotThaw(id, JET_bitNil));
    OK(JetFreeBuffer((char *)infos));
    instance_backup_open_gate(f->api.instance);
    OK(JetEndExternalBackupInstance(f->api.instance)); /* the client's, much later */
}

static void the_watch_is_told_of_every_stop_until_it_is_taken_away(void **state)
{
    struct backup_fixture *f = *state;
    unsigned bells = 0;
    const struct instance_backup_watch watch = {count_bell, &bells};
    OK(instance_backup_watch(f->api.instance, &watch));
    OK(JetBeginExternalBackupInstance(f->api.instance, JET_bitNil));
    assert_int_equal(look(f).refusal, JET_errSuccess);
    assert_true(look(f).is_streaming);
    assert_int_equal(bells, 0);

    OK(JetStopBackupInstance(f->api.instance));
    assert_int_equal(bells, 1);
    assert_true(look(f).is_streaming);
    assert_int_equal(look(f).refusal, JET_errBackupAbortByServer);
    OK(JetEndExternalBackupInstance(f->api.instance));
    assert_int_equal(look(f).refusal, JET_errNoBackup);
    assert_int_equal(bells, 1);

    OK(instance_backup_stop_and_release(f->api.instance, 0));
    assert_int_equal(bells, 2);
    instance_backup_open_gate(f->api.instance);

    OK(instance_backup_watch(f->api.instance, NULL));
    OK(JetStopBackupInstance(f->api.instance));
    assert_int_equal(bells, 2);
}

/* Of no instance, and of one that is gone. */
static void the_door_of_no_instance_is_shut(void **state)
{
    struct backup_fixture *f = *state;
    struct instance_backup_view view;
    struct instance_status status;
    const JET_INSTANCE nobody = 0;
    assert_int_equal(instance_backup_stop_and_release(nobody, 0), JET_errInvalidParameter);
    assert_int_equal(instance_backup_look(nobody, &view), JET_errInvalidParameter);
    assert_int_equal(instance_backup_watch(nobody, NULL), JET_errInvalidParameter);
    assert_int_equal(instance_status_init(&status, nobody), JET_errInvalidParameter);
    const JET_INSTANCE gone = f->api.instance;
    OK(instance_backup_stop_and_release(gone, 0));
    backup_fixture_restart(f, JET_bitTermComplete);
    instance_backup_open_gate(gone); /* of what is no more */
    assert_int_equal(instance_backup_look(gone, &view), JET_errInvalidParameter);
    OK(JetBeginExternalBackupInstance(f->api.instance, JET_bitNil));
    OK(JetEndExternalBackupInstance2(f->api.instance, JET_bitBackupEndAbort));
}

static void back_up_whole(struct backup_fixture *f)
{
    OK(JetBeginExternalBackupInstance(f->api.instance, JET_bitNil));
    (void)backup_copy_file(f, f->api.file, NULL);
    for (const char *log = backup_list_of(f, JetGetLogInfoInstanceA); *log; log += strlen(log) + 1)
        (void)backup_copy_file(f, log, NULL);
    OK(JetEndExternalBackupInstance2(f->api.instance, JET_bitBackupEndNormal | JET_bitBackupTruncateDone));
}

static void the_status_tells_of_logs_databases_and_backups(void **state)
{
    struct backup_fixture *f = *state;
    struct instance_status status;
    backup_fixture_write_to(f, 1, 3);
    OK(instance_status_init(&status, f->api.instance));
    assert_int_equal(status.handle, f->api.instance);
    assert_int_equal(status.first_generation, 1);
    assert_int_equal(status.current_generation, 3);
    assert_int_equal(status.database_count, 1);
    assert_string_equal(status.databases[0].path, f->api.file);
    assert_true(status.databases[0].size_bytes >= 256 * BACKUP_PAGE);
    assert_int_equal(status.databases[0].full.last_generation, 0);
    assert_int_equal(status.databases[0].full.when.month, 0);
    instance_status_done(&status);

    back_up_whole(f);
    OK(instance_status_init(&status, f->api.instance));
    assert_in_range(status.databases[0].full.last_generation, 3, 4);
    assert_in_range(status.databases[0].full.when.month, 1, 12);
    assert_true(status.databases[0].full.when.year >= 2024);
    assert_int_equal(status.databases[0].incremental.last_generation, 0);
    instance_status_done(&status);
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, backup_fixture_setup, backup_fixture_teardown)
    const struct CMUnitTest tests[] = {
        WITH(a_released_client_is_told_what_a_stopped_one_is_told),   WITH(a_release_lets_a_snapshot_through),
        WITH(the_watch_is_told_of_every_stop_until_it_is_taken_away), WITH(the_door_of_no_instance_is_shut),
        WITH(the_status_tells_of_logs_databases_and_backups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
