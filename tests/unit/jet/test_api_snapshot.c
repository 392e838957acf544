/* SPDX-License-Identifier: MIT */
/* OS snapshots through the API: the sequence of backup-api 13.3, checks 15 and 16, and what else may and may not be
 * done meanwhile. The states are walked in tests/unit/backup/test_snapshot.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backup_fixture.h"
#include "base/compiler.h"
#include "os/os_file.h"
#include "os/os_thread.h"
#include "support/file_changes.h"
#include "support/temp_folder.h"

enum { A_WHILE_MS = 40 };

static void pause_ms(int64_t ms)
{
    struct os_event *never;
    OK(os_event_new(&never));
    (void)os_event_wait(never, ms);
    os_event_free(never);
}

static JET_OSSNAPID prepare(JET_GRBIT grbit)
{
    JET_OSSNAPID id = 0;
    OK(JetOSSnapshotPrepare(&id, grbit));
    return id;
}

static void freeze(JET_OSSNAPID id)
{
    uint32_t count = 0;
    JET_INSTANCE_INFO_W *infos = NULL;
    OK(JetOSSnapshotFreezeW(id, &count, &infos, JET_bitNil));
    assert_int_equal(count, 1);
    OK(JetFreeBuffer((char *)infos));
}

static void insert(struct backup_fixture *fixture, int id)
{
    OK(JetBeginTransaction(fixture->api.sesid));
    api_things_insert(fixture->api.sesid, &fixture->things, id, "x");
    OK(JetCommitTransaction(fixture->api.sesid, JET_bitNil));
}

/* ---- somebody who waits ---- */

struct waiter {
    struct backup_fixture *fixture;
    JET_ERR (*act)(struct waiter *waiter);
    JET_SESID sesid;
    const char *path;
    struct os_thread *thread;
    struct os_event *done;
    JET_ERR err;
};

static void waiter_run(void *context)
{
    struct waiter *waiter = context;
    waiter->err = waiter->act(waiter);
    os_event_set(waiter->done);
}

static void waiter_start(struct waiter *waiter, struct backup_fixture *fixture, JET_ERR (*act)(struct waiter *waiter))
{
    *waiter =
        (struct waiter){.fixture = fixture, .act = act, .path = temp_folder_path(fixture->api.folder, "other.edb")};
    OK(os_event_new(&waiter->done));
    OK(os_thread_start(waiter_run, waiter, &waiter->thread));
}

static void waiter_still_waits(struct waiter *waiter)
{
    assert_false(os_event_wait(waiter->done, A_WHILE_MS));
}

static void waiter_ends(struct waiter *waiter, JET_ERR expected)
{
    os_thread_join(waiter->thread);
    os_event_free(waiter->done);
    assert_int_equal(waiter->err, expected);
}

static JET_ERR commit_one(struct waiter *waiter)
{
    struct api_things things;
    JET_SESID sesid;
    JET_DBID dbid;
    JET_ERR err = JetBeginSession(waiter->fixture->api.instance, &sesid, NULL, NULL);
    if (err >= JET_errSuccess)
        err = JetOpenDatabase(sesid, waiter->fixture->api.file, NULL, &dbid, JET_bitNil);
    if (err < JET_errSuccess)
        return err;
    api_things_open(&waiter->fixture->api, sesid, dbid, &things);
    err = JetBeginTransaction(sesid);
    if (err < JET_errSuccess)
        return err;
    api_things_insert(sesid, &things, 100, "committed");
    err = JetCommitTransaction(sesid, JET_bitNil);
    JET_ERR end = JetEndSession(sesid, JET_bitNil);
    return err < JET_errSuccess ? err : end;
}

static JET_ERR attach_other(struct waiter *waiter)
{
    JET_SESID sesid;
    JET_ERR err = JetBeginSession(waiter->fixture->api.instance, &sesid, NULL, NULL);
    if (err < JET_errSuccess)
        return err;
    err = JetAttachDatabase(sesid, waiter->path, JET_bitNil);
    JET_ERR end = JetEndSession(sesid, JET_bitNil);
    return err < JET_errSuccess ? err : end;
}

static JET_ERR terminate(struct waiter *waiter)
{
    return JetTerm(waiter->fixture->api.instance);
}

/* ---- the sequence ---- */

static void check_w(const struct backup_fixture *fixture, uint32_t count, const JET_INSTANCE_INFO_W *infos)
{
    assert_int_equal(count, 1);
    assert_true(infos[0].hInstanceId == fixture->api.instance);
    assert_int_equal(infos[0].cDatabases, 1);
    assert_int_equal(infos[0].szInstanceName[0], 'l');
    assert_int_equal(infos[0].szInstanceName[4], 0);
    assert_null(infos[0].szDatabaseDisplayName[0]);
    const size_t length = strlen(fixture->api.file);
    for (size_t i = 0; i <= length; i++)
        assert_int_equal(infos[0].szDatabaseFileName[0][i], (unsigned char)fixture->api.file[i]);
}

static void a_snapshot_with_truncation(void **state)
{
    struct backup_fixture *fixture = *state;
    uint32_t count, count2;
    JET_INSTANCE_INFO_W *info, *info2;
    struct dbheader_disk header;
    backup_fixture_write_to(fixture, 1, 4);
    const uint32_t current = backup_fixture_generation(fixture);
    const JET_OSSNAPID id = prepare(JET_bitContinueAfterThaw);
    OK(JetOSSnapshotFreezeW(id, &count, &info, 0));
    check_w(fixture, count, info);
    OK(JetOSSnapshotGetFreezeInfoW(id, &count2, &info2, 0));
    check_w(fixture, count2, info2);
    OK(JetOSSnapshotThaw(id, 0));
    OK(JetOSSnapshotTruncateLog(id, JET_bitAllDatabasesSnapshot));
    OK(JetOSSnapshotTruncateLogInstance(id, fixture->api.instance, JET_bitAllDatabasesSnapshot));
    OK(JetOSSnapshotEnd(id, 0));
    assert_int_equal(JetOSSnapshotEnd(id, 0), JET_errOSSnapshotInvalidSnapId);
    OK(JetFreeBuffer((char *)info));
    OK(JetFreeBuffer((char *)info2));
    OK(JetFreeBuffer(NULL));
    insert(fixture, 2);
    OK(JetTerm2(fixture->api.instance, JET_bitTermComplete));
    fixture->api.instance = 0;
    backup_fixture_header(fixture->api.file, &header);
    assert_int_equal(le32_get(header.backup_full_prev.generation_high), current);
    assert_int_equal(le32_get(header.backup_type_full_prev), DBHEADER_BACKUP_OS_SNAPSHOT);
    assert_int_equal(lgpos_get(header.backup_full_prev.lgpos).generation, current + 1);
}

static void the_narrow_form_gives_the_same(void **state)
{
    struct backup_fixture *fixture = *state;
    uint32_t count = 0;
    JET_INSTANCE_INFO_A *infos = NULL;
    const JET_OSSNAPID id = prepare(0);
    OK(JetOSSnapshotFreezeA(id, &count, &infos, 0));
    assert_int_equal(count, 1);
    assert_string_equal(infos[0].szInstanceName, "live");
    assert_string_equal(infos[0].szDatabaseFileName[0], fixture->api.file);
    OK(JetFreeBuffer((char *)infos));
    OK(JetOSSnapshotGetFreezeInfoA(id, &count, &infos, 0));
    assert_int_equal(count, 1);
    OK(JetFreeBuffer((char *)infos));
    OK(JetOSSnapshotThaw(id, 0));
    assert_int_equal(JetOSSnapshotAbort(id, 0), JET_errOSSnapshotInvalidSnapId); /* thaw has ended it */
}

static void what_is_wrong_with_arguments_is_found_in_the_order_of_the_form(void **state)
{
    uint32_t count = 7;
    JET_INSTANCE_INFO_A *narrow = NULL;
    JET_INSTANCE_INFO_W *wide = NULL;
    JET_OSSNAPID id;
    assert_int_equal(JetOSSnapshotPrepare(NULL, 0x10), JET_errInvalidGrbit);
    assert_int_equal(JetOSSnapshotPrepare(NULL, 0), JET_errInvalidParameter);
    assert_int_equal(JetOSSnapshotFreezeW(999, NULL, NULL, 1), JET_errInvalidGrbit);
    assert_int_equal(JetOSSnapshotFreezeW(999, NULL, &wide, 0), JET_errInvalidParameter);
    assert_int_equal(JetOSSnapshotFreezeW(999, &count, &wide, 0), JET_errOSSnapshotInvalidSnapId);
    assert_int_equal(count, 0);
    assert_int_equal(JetOSSnapshotFreezeA(999, NULL, NULL, 1), JET_errInvalidParameter);
    assert_int_equal(JetOSSnapshotFreezeA(999, &count, &narrow, 1), JET_errInvalidGrbit);
    assert_int_equal(JetOSSnapshotFreezeA(999, &count, &narrow, 0), JET_errOSSnapshotInvalidSnapId);
    assert_int_equal(JetOSSnapshotGetFreezeInfoW(999, NULL, &wide, 1), JET_errInvalidGrbit);
    assert_int_equal(JetOSSnapshotGetFreezeInfoW(999, NULL, &wide, 0), JET_errInvalidParameter);
    assert_int_equal(JetOSSnapshotGetFreezeInfoA(999, NULL, NULL, 0), JET_errOSSnapshotInvalidSnapId);
    assert_int_equal(JetOSSnapshotTruncateLog(999, 2), JET_errInvalidGrbit);
    assert_int_equal(JetOSSnapshotTruncateLogInstance(999, 12345, 2), JET_errInvalidParameter); /* the gate */
    assert_int_equal(JetOSSnapshotPrepareInstance(999, 12345, 1), JET_errInvalidParameter);
    assert_int_equal(JetOSSnapshotEnd(999, 2), JET_errInvalidGrbit);
    assert_int_equal(JetOSSnapshotAbort(999, 1), JET_errInvalidGrbit);
    assert_int_equal(JetOSSnapshotThaw(999, 1), JET_errInvalidGrbit);
    id = prepare(0);
    assert_int_equal(JetOSSnapshotGetFreezeInfoA(id, NULL, NULL, 0), JET_errInvalidParameter);
    OK(JetOSSnapshotEnd(id, 0));
}

/* ---- while it is frozen ---- */

static void frozen_files_do_not_change_readers_read_and_a_committer_waits(void **state)
{
    struct backup_fixture *fixture = *state;
    const JET_SESID sesid = fixture->api.sesid;
    struct waiter committer, attacher;
    insert(fixture, 1);
    const JET_OSSNAPID id = prepare(JET_bitContinueAfterThaw);
    freeze(id);
    const unsigned changes = file_changes();
    waiter_start(&committer, fixture, commit_one);
    waiter_start(&attacher, fixture, attach_other);
    waiter_still_waits(&committer);
    waiter_still_waits(&attacher);
    OK(api_things_seek(sesid, &fixture->things, 1));
    assert_int_equal(api_things_id(sesid, &fixture->things), 1);
    assert_int_equal(api_things_seek(sesid, &fixture->things, 5), JET_errRecordNotFound);
    OK(JetBeginTransaction(sesid)); /* in memory everything works */
    for (int i = 10; i < 40; i++)
        api_things_insert(sesid, &fixture->things, i, "in memory");
    OK(api_things_seek(sesid, &fixture->things, 20));
    assert_int_equal(file_changes(), changes);
    OK(JetOSSnapshotThaw(id, 0));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    waiter_ends(&committer, JET_errSuccess);
    waiter_ends(&attacher, JET_errBackupInProgress);
    OK(JetOSSnapshotEnd(id, 0));
    OK(api_things_seek(sesid, &fixture->things, 100));
}

static void a_stop_has_no_effect_and_streaming_calls_find_no_backup(void **state)
{
    struct backup_fixture *fixture = *state;
    const JET_INSTANCE instance = fixture->api.instance;
    uint32_t actual;
    const JET_OSSNAPID id = prepare(JET_bitContinueAfterThaw);
    freeze(id);
    OK(JetStopBackupInstance(instance));
    assert_int_equal(JetGetAttachInfoInstance(instance, NULL, 0, &actual), JET_errNoBackup);
    assert_int_equal(JetEndExternalBackupInstance(instance), JET_errNoBackup);
    assert_int_equal(JetBeginExternalBackupInstance(instance, 0), JET_errBackupInProgress);
    OK(JetOSSnapshotThaw(id, 0));
    assert_int_equal(JetBeginExternalBackupInstance(instance, 0), JET_errBackupInProgress);
    assert_int_equal(JetEndExternalBackupInstance(instance), JET_errNoBackup);
    assert_int_equal(JetDetachDatabase(fixture->api.sesid, fixture->api.file), JET_errBackupInProgress);
    OK(JetOSSnapshotEnd(id, 0));
    OK(JetBeginExternalBackupInstance(instance, 0)); /* it is not stopped either */
    OK(JetGetAttachInfoInstance(instance, NULL, 0, &actual));
    OK(JetEndExternalBackupInstance2(instance, JET_bitBackupEndAbort));
}

static void a_streaming_backup_lets_nobody_freeze_stopped_or_not(void **state)
{
    struct backup_fixture *fixture = *state;
    const JET_INSTANCE instance = fixture->api.instance;
    uint32_t count;
    JET_INSTANCE_INFO_W *infos;
    JET_OSSNAPID id = prepare(0); /* claims it: the backup is found at the freeze */
    OK(JetBeginExternalBackupInstance(instance, 0));
    assert_int_equal(JetOSSnapshotFreezeW(id, &count, &infos, 0), JET_errOSSnapshotNotAllowed);
    OK(JetOSSnapshotEnd(id, 0));
    OK(JetStopBackupInstance(instance));
    id = prepare(JET_bitExplicitPrepare);
    assert_int_equal(JetOSSnapshotPrepareInstance(id, instance, 0), JET_errOSSnapshotNotAllowed);
    OK(JetOSSnapshotEnd(id, 0));
    OK(JetEndExternalBackupInstance2(instance, JET_bitBackupEndAbort));
    id = prepare(JET_bitExplicitPrepare);
    OK(JetOSSnapshotPrepareInstance(id, instance, 0));
    assert_int_equal(JetOSSnapshotPrepareInstance(id, instance, 0), JET_errOSSnapshotNotAllowed);
    freeze(id);
    OK(JetOSSnapshotThaw(id, 0));
}

/* ---- time ---- */

static void a_freeze_thaws_by_itself(void **state)
{
    struct backup_fixture *fixture = *state;
    struct waiter committer;
    OK(JetSetSystemParameter(NULL, 0, JET_paramOSSnapshotTimeout, 100, NULL));
    const JET_OSSNAPID id = prepare(JET_bitContinueAfterThaw);
    freeze(id);
    waiter_start(&committer, fixture, commit_one);
    pause_ms(300);
    waiter_ends(&committer, JET_errSuccess);
    assert_int_equal(JetOSSnapshotThaw(id, 0), JET_errOSSnapshotTimeOut);
    assert_int_equal(JetOSSnapshotEnd(id, 0), JET_errOSSnapshotInvalidSequence);
    OK(JetBeginExternalBackupInstance(fixture->api.instance, 0));
    OK(JetEndExternalBackupInstance2(fixture->api.instance, JET_bitBackupEndAbort));
    OK(JetOSSnapshotAbort(id, 0));
    OK(JetSetSystemParameter(NULL, 0, JET_paramOSSnapshotTimeout, 70000, NULL));
}

/* ---- the end of the instance ---- */

static void a_termination_waits_for_a_snapshot_or_is_refused(void **state)
{
    struct backup_fixture *fixture = *state;
    struct waiter stopper;
    const JET_OSSNAPID id = prepare(JET_bitContinueAfterThaw);
    freeze(id);
    assert_int_equal(JetTerm2(fixture->api.instance, JET_bitTermComplete), JET_errBackupInProgress);
    OK(JetOSSnapshotThaw(id, 0));
    insert(fixture, 1); /* it runs on */
    assert_int_equal(JetTerm2(fixture->api.instance, JET_bitTermComplete), JET_errBackupInProgress);
    waiter_start(&stopper, fixture, terminate);
    waiter_still_waits(&stopper);
    OK(JetOSSnapshotEnd(id, 0));
    waiter_ends(&stopper, JET_errSuccess);
    fixture->api.instance = 0;
}

static void a_session_that_is_only_prepared_loses_an_instance_that_stops(void **state)
{
    struct backup_fixture *fixture = *state;
    uint32_t count = 7;
    JET_INSTANCE_INFO_W *infos;
    const JET_OSSNAPID id = prepare(0);
    OK(JetTerm2(fixture->api.instance, JET_bitTermComplete));
    fixture->api.instance = 0;
    OK(JetOSSnapshotGetFreezeInfoW(id, &count, &infos, 0));
    assert_int_equal(count, 0);
    assert_null(infos);
    assert_int_equal(JetOSSnapshotFreezeW(id, &count, &infos, 0), JET_errNotInitialized);
    OK(JetOSSnapshotAbort(id, 0));
    JET_OSSNAPID none;
    assert_int_equal(JetOSSnapshotPrepare(&none, 0), JET_errNotInitialized);
}

/* ---- lists ---- */

static void the_list_of_instances_has_those_that_do_not_run_too(void **state)
{
    struct backup_fixture *fixture = *state;
    uint32_t count;
    JET_INSTANCE_INFO_A *narrow;
    JET_INSTANCE_INFO_W *wide;
    JET_INSTANCE idle = 0;
    OK(JetCreateInstance(&idle, NULL));
    OK(JetGetInstanceInfoA(&count, &narrow));
    assert_int_equal(count, 2);
    const size_t at = narrow[0].hInstanceId == idle ? 0 : 1;
    assert_int_equal(narrow[at].cDatabases, 0);
    assert_null(narrow[at].szInstanceName);
    assert_non_null(narrow[at].szDatabaseFileName);
    assert_string_equal(narrow[1 - at].szDatabaseFileName[0], fixture->api.file);
    OK(JetFreeBuffer((char *)narrow));
    OK(JetGetInstanceInfoW(&count, &wide));
    assert_int_equal(count, 2);
    assert_null(wide[at].szDatabaseFileName);
    assert_null(wide[at].szDatabaseDisplayName);
    OK(JetFreeBuffer((char *)wide));
    const JET_OSSNAPID id = prepare(0);
    freeze(id); /* has the one that runs */
    OK(JetOSSnapshotThaw(id, 0));
    OK(JetTerm(idle));
}

#define WITH_BACKUP(test) cmocka_unit_test_setup_teardown(test, backup_fixture_setup, backup_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BACKUP(a_snapshot_with_truncation),
        WITH_BACKUP(the_narrow_form_gives_the_same),
        WITH_BACKUP(what_is_wrong_with_arguments_is_found_in_the_order_of_the_form),
        WITH_BACKUP(frozen_files_do_not_change_readers_read_and_a_committer_waits),
        WITH_BACKUP(a_stop_has_no_effect_and_streaming_calls_find_no_backup),
        WITH_BACKUP(a_streaming_backup_lets_nobody_freeze_stopped_or_not),
        WITH_BACKUP(a_freeze_thaws_by_itself),
        WITH_BACKUP(a_termination_waits_for_a_snapshot_or_is_refused),
        WITH_BACKUP(a_session_that_is_only_prepared_loses_an_instance_that_stops),
        WITH_BACKUP(the_list_of_instances_has_those_that_do_not_run_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
