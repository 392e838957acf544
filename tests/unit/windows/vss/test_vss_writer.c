/* SPDX-License-Identifier: MIT */
/* The writer on a double of vssapi.dll, with a live instance: whole backups, with a client of a streaming backup that
 * behaves and one that does not; every event in every state; aborts, limits and ends everywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "jet/coldstream.h"
#include "jet/instance_status.h"
#include "os/os_file.h"
#include "shadow_copy.h"
#include "support/temp_folder.h"
#include "writer_fixture.h"

static unsigned reports(struct writer_fixture *fixture, enum vss_event event)
{
    return atomic_load(&fixture->reports[event]);
}

static enum freezer_state where(struct writer_fixture *fixture)
{
    return freezer_state(fixture->writer->freezer);
}

/* The double without helpers cannot tell what a requester wants. */
static void need_helpers(const struct writer_fixture *fixture)
{
    if (!fixture->has_helpers) {
        print_message("this double has no helpers\n");
        skip();
    }
}

static void status_of(struct writer_fixture *fixture, struct instance_status *status)
{
    OK(instance_status_init(status, fixture->backup.api.instance));
}

static uint32_t oldest_generation(struct writer_fixture *fixture)
{
    struct instance_status status;
    status_of(fixture, &status);
    const uint32_t oldest = status.first_generation;
    instance_status_done(&status);
    return oldest;
}

/* The last generation of the last full backup; 0: there was none. */
static uint32_t full_backup(struct writer_fixture *fixture)
{
    struct instance_status status;
    status_of(fixture, &status);
    const uint32_t last = status.databases[0].full.last_generation;
    instance_status_done(&status);
    return last;
}

/* ---- the document ---- */

static bool has_line(struct writer_fixture *fixture, const wchar_t *format, const wchar_t *folder)
{
    wchar_t line[1024];
    const wchar_t *const *lines;
    const size_t count = fixture->vss->lines(&lines);
    _snwprintf(line, COUNT_OF(line), format, folder);
    size_t i = 0;
    while (i < count && _wcsicmp(lines[i], line) != 0)
        i++;
    return i < count;
}

static void the_document_has_every_file(void **state)
{
    struct writer_fixture *fixture = *state;
    wchar_t folder[512];
    const wchar_t *const *lines;
    const char *root = temp_folder_root(fixture->backup.api.folder);
    assert_int_not_equal(MultiByteToWideChar(CP_UTF8, 0, root, -1, folder, COUNT_OF(folder)), 0);
    for (wchar_t *unit = folder; *unit; unit++)
        *unit = *unit == L'/' ? L'\\' : *unit;
    FIRE(fixture, DOUBLE_IDENTIFY);
    assert_true(has_line(fixture, L"restore||||%ls", L""));
    assert_true(has_line(fixture, L"component|bank|test.edb||%ls", L""));
    assert_true(has_line(fixture, L"database|bank|test.edb|%ls|test.edb", folder));
    assert_true(has_line(fixture, L"component|bank|Logs||%ls", L""));
    assert_true(has_line(fixture, L"logs|bank|Logs|%ls|edb*.log", folder));
    assert_true(has_line(fixture, L"logs|bank|Logs|%ls|edb*.chk", folder));
    assert_true(has_line(fixture, L"exclude|||%ls|tmp.edb", folder));
    assert_int_equal(fixture->vss->lines(&lines), 8);
}

static void without_an_instance_there_is_no_component(void **state)
{
    struct writer_fixture *fixture = *state;
    const wchar_t *const *lines;
    fixture->has_no_instance = true;
    FIRE(fixture, DOUBLE_IDENTIFY);
    assert_int_equal(fixture->vss->lines(&lines), 2); /* how, and what kinds of backups */
}

/* ---- somebody who commits ---- */

struct committer {
    struct writer_fixture *fixture;
    struct os_thread *thread;
    struct os_event *done;
    JET_ERR err;
};

static JET_ERR commit_elsewhere(const struct writer_fixture *fixture, int id)
{
    const struct api_fixture *api = &fixture->backup.api;
    struct api_things things;
    JET_SESID sesid;
    JET_DBID dbid;
    JET_ERR err = JetBeginSession(api->instance, &sesid, NULL, NULL);
    if (err < JET_errSuccess)
        return err;
    err = JetOpenDatabase(sesid, api->file, NULL, &dbid, JET_bitNil);
    if (err >= JET_errSuccess)
        err = JetBeginTransaction(sesid);
    if (err >= JET_errSuccess) {
        api_things_open(api, sesid, dbid, &things);
        api_things_insert(sesid, &things, id, "late");
        err = JetCommitTransaction(sesid, JET_bitNil);
    }
    const JET_ERR end = JetEndSession(sesid, JET_bitNil);
    return err < JET_errSuccess ? err : end;
}

static void commit_run(void *context)
{
    struct committer *committer = context;
    committer->err = commit_elsewhere(committer->fixture, 999);
    os_event_set(committer->done);
}

static void committer_start(struct committer *committer, struct writer_fixture *fixture)
{
    *committer = (struct committer){.fixture = fixture};
    OK(os_event_new(&committer->done));
    OK(os_thread_start(commit_run, committer, &committer->thread));
}

static void committer_ends(struct committer *committer)
{
    os_thread_join(committer->thread);
    os_event_free(committer->done);
    OK(committer->err);
}

/* ---- what was copied ---- */

static void recover(const char *folder)
{
    const struct coldstream_callbacks nobody = {0};
    const struct coldstream_recover_request request = {.folder = folder};
    struct coldstream_summary summary;
    struct coldstream_job *job;
    bool was_needed = false;
    OK(coldstream_job_new(&nobody, &job));
    OK(coldstream_recover(job, &request, &was_needed, &summary));
    assert_true(was_needed);
    coldstream_job_free(job);
}

/* The ids that the copy has: `first` to `last`, and no other. */
static void check_ids(const struct api_fixture *api, const char *file, int first, int last)
{
    struct api_things things;
    JET_DBID dbid;
    OK(JetAttachDatabase(api->sesid, file, JET_bitDbReadOnly));
    OK(JetOpenDatabase(api->sesid, file, NULL, &dbid, JET_bitDbReadOnly));
    api_things_open(api, api->sesid, dbid, &things);
    OK(JetMove(api->sesid, things.tableid, JET_MoveFirst, JET_bitNil));
    for (int id = first; id <= last; id++) {
        assert_int_equal(api_things_id(api->sesid, &things), id);
        assert_int_equal(JetMove(api->sesid, things.tableid, JET_MoveNext, JET_bitNil),
                         id < last ? JET_errSuccess : JET_errNoCurrentRecord);
    }
}

/* What was copied while it was frozen is what a crash would have left: recovered, it has what was committed, and
 * nothing else. */
static void check_copy(struct temp_folder *elsewhere, const char *copy, int first, int last)
{
    char file[1024];
    struct api_fixture api = {.folder = elsewhere};
    recover(copy);
    api.instance = api_instance_create(elsewhere, "check");
    OK(JetInit(&api.instance));
    OK(JetBeginSession(api.instance, &api.sesid, NULL, NULL));
    snprintf(file, sizeof file, "%s/test.edb", copy);
    assert_true(api_file_is_sound(file));
    check_ids(&api, file, first, last);
    api_term(api.instance, JET_bitTermAbrupt);
}

static bool copy_frozen(struct writer_fixture *fixture, const char *copy)
{
    const bool is_copied = shadow_copy(temp_folder_root(fixture->backup.api.folder), copy);
    if (!is_copied)
        print_message("no copy: only Wine lets anybody read what is open\n");
    return is_copied;
}

/* ---- whole backups ---- */

enum { FIRST_ID = 1, LAST_ID = 20 };

static void begin_streaming(struct writer_fixture *fixture)
{
    struct backup_fixture *backup = &fixture->backup;
    OK(JetBeginExternalBackupInstance(backup->api.instance, JET_bitNil));
    OK(JetOpenFileInstance(backup->api.instance, backup->api.file, &backup->file, &backup->low, &backup->high));
    OK(JetReadFileInstance(backup->api.instance, backup->file, backup->buffer, 4 * BACKUP_PAGE, &backup->actual));
}

static JET_ERR read_on(struct writer_fixture *fixture)
{
    struct backup_fixture *backup = &fixture->backup;
    return JetReadFileInstance(backup->api.instance, backup->file, backup->buffer, BACKUP_PAGE, &backup->actual);
}

/* Several generations, and a checkpoint behind them. */
static void fill(struct writer_fixture *fixture)
{
    for (int id = FIRST_ID; id < LAST_ID; id++)
        writer_fixture_insert(fixture, id);
    backup_fixture_write_to(&fixture->backup, LAST_ID, 5);
    backup_fixture_restart(&fixture->backup, JET_bitTermComplete);
    writer_fixture_insert(fixture, LAST_ID + 1);
}

static void a_backup_by_components(void **state)
{
    struct writer_fixture *fixture = *state;
    struct committer committer;
    void *elsewhere = NULL;
    assert_int_equal(temp_folder_setup(&elsewhere), 0);
    const char *copy = temp_folder_path(elsewhere, "copy");
    fill(fixture);
    const JET_INSTANCE instance = fixture->backup.api.instance;
    begin_streaming(fixture);

    FIRE(fixture, DOUBLE_IDENTIFY);
    FIRE(fixture, DOUBLE_PREPARE_BACKUP);
    assert_int_equal(read_on(fixture), JET_errBackupAbortByServer);
    OK(JetCloseFileInstance(instance, fixture->backup.file));
    OK(JetEndExternalBackupInstance(instance));
    assert_int_equal(JetBeginExternalBackupInstance(instance, JET_bitNil), JET_errBackupNotAllowedYet);
    FIRE(fixture, DOUBLE_PREPARE_SNAPSHOT);
    FIRE(fixture, DOUBLE_FREEZE);
    FIRE(fixture, DOUBLE_IDENTIFY); /* is always answered */
    committer_start(&committer, fixture);
    const bool is_copied = copy_frozen(fixture, copy);
    assert_false(os_event_wait(committer.done, 0));
    FIRE(fixture, DOUBLE_THAW);
    committer_ends(&committer);
    FIRE(fixture, DOUBLE_POST_SNAPSHOT);
    if (is_copied)
        check_copy(elsewhere, copy, FIRST_ID, LAST_ID + 1);

    if (fixture->has_helpers) {
        assert_true(fixture->components[0].is_stamped && fixture->components[1].is_stamped);
        assert_int_equal(JetBeginExternalBackupInstance(instance, JET_bitNil), JET_errBackupInProgress);
        assert_int_equal(full_backup(fixture), 0);
        assert_int_equal(oldest_generation(fixture), 1);
    }
    FIRE(fixture, DOUBLE_BACKUP_COMPLETE);
    FIRE(fixture, DOUBLE_BACKUP_SHUTDOWN);
    if (fixture->has_helpers) {
        assert_true(full_backup(fixture) >= 5);
        assert_true(oldest_generation(fixture) > 1);
        assert_int_equal(reports(fixture, VSS_EVENT_COMPLETED), 1);
    } else
        assert_int_equal(full_backup(fixture), 0); /* a copy leaves no trace */
    assert_int_equal(reports(fixture, VSS_EVENT_FROZEN), 1);
    assert_int_equal(reports(fixture, VSS_EVENT_THAWED), 1);
    assert_int_equal(reports(fixture, VSS_EVENT_FAILED), 0);
    assert_nothing_is_held(fixture);
    temp_folder_teardown(&elsewhere);
}

/* Nobody waits for it, and it is told what it would have been told after a plain stop. */
static void a_client_that_never_ends(void **state)
{
    struct writer_fixture *fixture = *state;
    const JET_INSTANCE instance = fixture->backup.api.instance;
    writer_fixture_select(fixture, VSS_BT_COPY);
    begin_streaming(fixture);
    FIRE(fixture, DOUBLE_PREPARE_BACKUP);
    FIRE(fixture, DOUBLE_PREPARE_SNAPSHOT);
    FIRE(fixture, DOUBLE_FREEZE);
    assert_int_equal(read_on(fixture), JET_errBackupAbortByServer);
    FIRE(fixture, DOUBLE_THAW);
    assert_int_equal(read_on(fixture), JET_errBackupAbortByServer);
    OK(JetCloseFileInstance(instance, fixture->backup.file));
    OK(JetEndExternalBackupInstance(instance));
    assert_int_equal(JetEndExternalBackupInstance(instance), JET_errNoBackup);
    assert_nothing_is_held(fixture);
}

static void make_snapshot(struct writer_fixture *fixture)
{
    FIRE(fixture, DOUBLE_PREPARE_BACKUP);
    FIRE(fixture, DOUBLE_PREPARE_SNAPSHOT);
    FIRE(fixture, DOUBLE_FREEZE);
    FIRE(fixture, DOUBLE_THAW);
    FIRE(fixture, DOUBLE_POST_SNAPSHOT);
}

/* A full backup is no proof that anything was saved. */
static void what_was_not_saved_is_not_noted(void **state)
{
    struct writer_fixture *fixture = *state;
    need_helpers(fixture);
    fill(fixture);
    make_snapshot(fixture);
    fixture->components[1].is_saved = false;
    FIRE(fixture, DOUBLE_BACKUP_COMPLETE);
    assert_int_equal(full_backup(fixture), 0);
    assert_int_equal(oldest_generation(fixture), 1);
    assert_int_equal(reports(fixture, VSS_EVENT_NOT_SAVED), 1);
    assert_nothing_is_held(fixture);
}

/* The document of the requester lacks one component: the other alone is not the instance. */
static void a_component_that_was_not_selected_vouches_for_nothing(void **state)
{
    struct writer_fixture *fixture = *state;
    need_helpers(fixture);
    fill(fixture);
    fixture->vss->request->component_count = 1;
    make_snapshot(fixture);
    FIRE(fixture, DOUBLE_BACKUP_COMPLETE);
    assert_int_equal(full_backup(fixture), 0);
    assert_int_equal(oldest_generation(fixture), 1);
    assert_nothing_is_held(fixture);
}

static void an_incremental_backup(void **state)
{
    struct writer_fixture *fixture = *state;
    need_helpers(fixture);
    fill(fixture);
    writer_fixture_select(fixture, VSS_BT_INCREMENTAL);
    FIRE(fixture, DOUBLE_PREPARE_BACKUP);
    FIRE(fixture, DOUBLE_PREPARE_SNAPSHOT);
    FIRE_BADLY(fixture, DOUBLE_FREEZE, VSS_E_WRITERERROR_NONRETRYABLE); /* there is no full one */
    assert_nothing_is_held(fixture);
    writer_fixture_select(fixture, VSS_BT_FULL);
    make_snapshot(fixture);
    FIRE(fixture, DOUBLE_BACKUP_COMPLETE);
    const uint32_t after_full = oldest_generation(fixture);
    backup_fixture_write_to(&fixture->backup, LAST_ID, backup_fixture_generation(&fixture->backup) + 3);
    writer_fixture_select(fixture, VSS_BT_INCREMENTAL);
    make_snapshot(fixture);
    FIRE(fixture, DOUBLE_BACKUP_COMPLETE);
    assert_true(oldest_generation(fixture) > after_full);
    assert_nothing_is_held(fixture);
}

/* ---- which instances ---- */

static void volumes_without_our_files(void **state)
{
    struct writer_fixture *fixture = *state;
    need_helpers(fixture);
    *fixture->vss->request = (struct double_request){.type = VSS_BT_FULL, .affected = L"Q:\\"};
    begin_streaming(fixture);
    make_snapshot(fixture);
    OK(read_on(fixture)); /* it is none of its business */
    OK(JetCloseFileInstance(fixture->backup.api.instance, fixture->backup.file));
    OK(JetEndExternalBackupInstance(fixture->backup.api.instance));
    FIRE(fixture, DOUBLE_BACKUP_COMPLETE);
    assert_nothing_is_held(fixture);
}

static void volumes_with_our_files(void **state)
{
    struct writer_fixture *fixture = *state;
    need_helpers(fixture);
    *fixture->vss->request = (struct double_request){.type = VSS_BT_FULL};
    FIRE(fixture, DOUBLE_PREPARE_SNAPSHOT); /* was not announced */
    FIRE(fixture, DOUBLE_FREEZE);
    assert_int_equal(JetBeginExternalBackupInstance(fixture->backup.api.instance, JET_bitNil),
                     JET_errBackupNotAllowedYet);
    FIRE(fixture, DOUBLE_THAW);
    assert_int_equal(full_backup(fixture), 0);
    assert_nothing_is_held(fixture);
}

static void a_part_of_an_instance(void **state)
{
    struct writer_fixture *fixture = *state;
    need_helpers(fixture);
    writer_fixture_select(fixture, VSS_BT_FULL);
    fixture->vss->request->affected = L"Q:\\";
    FIRE(fixture, DOUBLE_PREPARE_BACKUP);
    FIRE_BADLY(fixture, DOUBLE_PREPARE_SNAPSHOT, VSS_E_WRITERERROR_INCONSISTENTSNAPSHOT);
    FIRE(fixture, DOUBLE_ABORT);
    assert_nothing_is_held(fixture);
}

static void a_component_of_nobody(void **state)
{
    struct writer_fixture *fixture = *state;
    need_helpers(fixture);
    fixture->components[1].name = L"other.edb";
    FIRE_BADLY(fixture, DOUBLE_PREPARE_BACKUP, VSS_E_WRITERERROR_RETRYABLE);
    assert_nothing_is_held(fixture);
}

/* ---- every event in every state ---- */

struct expected {
    HRESULT failure; /* S_OK: true */
    int to;          /* -1: the state stays */
};

static const enum double_event walk[] = {DOUBLE_PREPARE_BACKUP, DOUBLE_PREPARE_SNAPSHOT, DOUBLE_FREEZE, DOUBLE_THAW};

static void reach(struct writer_fixture *fixture, enum freezer_state state)
{
    for (unsigned i = 0; i < (unsigned)state; i++)
        FIRE(fixture, walk[i]);
    assert_int_equal(where(fixture), state);
}

#define RETRY VSS_E_WRITERERROR_RETRYABLE
#define LATE  VSS_E_WRITERERROR_TIMEOUT

/* clang-format off */
static const struct expected table[FREEZER_THAWED + 1][DOUBLE_EVENT_COUNT] = {
    [FREEZER_IDLE] = {
        [DOUBLE_IDENTIFY]         = {S_OK,  -1},               [DOUBLE_PREPARE_BACKUP]  = {S_OK,  FREEZER_PREPARED},
        [DOUBLE_PREPARE_SNAPSHOT] = {S_OK,  FREEZER_READY},    [DOUBLE_FREEZE]          = {RETRY, -1},
        [DOUBLE_THAW]             = {LATE,  -1},               [DOUBLE_POST_SNAPSHOT]   = {S_OK,  -1},
        [DOUBLE_BACKUP_COMPLETE]  = {S_OK,  -1},               [DOUBLE_BACKUP_SHUTDOWN] = {S_OK,  -1},
        [DOUBLE_ABORT]            = {S_OK,  -1},               [DOUBLE_POST_RESTORE]    = {S_OK,  -1},
    },
    [FREEZER_PREPARED] = {
        [DOUBLE_IDENTIFY]         = {S_OK,  -1},               [DOUBLE_PREPARE_BACKUP]  = {S_OK,  -1},
        [DOUBLE_PREPARE_SNAPSHOT] = {S_OK,  FREEZER_READY},    [DOUBLE_FREEZE]          = {RETRY, -1},
        [DOUBLE_THAW]             = {RETRY, -1},               [DOUBLE_POST_SNAPSHOT]   = {S_OK,  -1},
        [DOUBLE_BACKUP_COMPLETE]  = {S_OK,  -1},               [DOUBLE_BACKUP_SHUTDOWN] = {S_OK,  FREEZER_IDLE},
        [DOUBLE_ABORT]            = {S_OK,  FREEZER_IDLE},     [DOUBLE_POST_RESTORE]    = {S_OK,  -1},
    },
    [FREEZER_READY] = {
        [DOUBLE_IDENTIFY]         = {S_OK,  -1},               [DOUBLE_PREPARE_BACKUP]  = {RETRY, -1},
        [DOUBLE_PREPARE_SNAPSHOT] = {RETRY, -1},               [DOUBLE_FREEZE]          = {S_OK,  FREEZER_FROZEN},
        [DOUBLE_THAW]             = {RETRY, -1},               [DOUBLE_POST_SNAPSHOT]   = {S_OK,  -1},
        [DOUBLE_BACKUP_COMPLETE]  = {S_OK,  -1},               [DOUBLE_BACKUP_SHUTDOWN] = {S_OK,  FREEZER_IDLE},
        [DOUBLE_ABORT]            = {S_OK,  FREEZER_IDLE},     [DOUBLE_POST_RESTORE]    = {S_OK,  -1},
    },
    [FREEZER_FROZEN] = {
        [DOUBLE_IDENTIFY]         = {S_OK,  -1},               [DOUBLE_PREPARE_BACKUP]  = {RETRY, -1},
        [DOUBLE_PREPARE_SNAPSHOT] = {RETRY, -1},               [DOUBLE_FREEZE]          = {RETRY, -1},
        [DOUBLE_THAW]             = {S_OK,  FREEZER_THAWED},   [DOUBLE_POST_SNAPSHOT]   = {S_OK,  -1},
        [DOUBLE_BACKUP_COMPLETE]  = {S_OK,  -1},               [DOUBLE_BACKUP_SHUTDOWN] = {S_OK,  FREEZER_IDLE},
        [DOUBLE_ABORT]            = {S_OK,  FREEZER_IDLE},     [DOUBLE_POST_RESTORE]    = {S_OK,  -1},
    },
    [FREEZER_THAWED] = {
        [DOUBLE_IDENTIFY]         = {S_OK,  -1},               [DOUBLE_PREPARE_BACKUP]  = {RETRY, -1},
        [DOUBLE_PREPARE_SNAPSHOT] = {RETRY, -1},               [DOUBLE_FREEZE]          = {RETRY, -1},
        [DOUBLE_THAW]             = {RETRY, -1},               [DOUBLE_POST_SNAPSHOT]   = {S_OK,  -1},
        [DOUBLE_BACKUP_COMPLETE]  = {S_OK,  FREEZER_IDLE},     [DOUBLE_BACKUP_SHUTDOWN] = {S_OK,  FREEZER_IDLE},
        [DOUBLE_ABORT]            = {S_OK,  FREEZER_IDLE},     [DOUBLE_POST_RESTORE]    = {S_OK,  -1},
    },
};
/* clang-format on */

static void every_event_in_every_state(void **state)
{
    struct writer_fixture *fixture = *state;
    need_helpers(fixture);
    for (enum freezer_state from = FREEZER_IDLE; from <= FREEZER_THAWED; from++)
        for (enum double_event event = DOUBLE_IDENTIFY; event < DOUBLE_EVENT_COUNT; event++) {
            const struct expected *expected = &table[from][event];
            if (event == DOUBLE_PRE_RESTORE)
                continue; /* its answer is the instance's, not the state's */
            writer_fixture_select(fixture, VSS_BT_FULL);
            reach(fixture, from);
            if (expected->failure == S_OK)
                FIRE(fixture, event);
            else
                FIRE_BADLY(fixture, event, expected->failure);
            assert_int_equal(where(fixture), expected->to < 0 ? (int)from : expected->to);
            FIRE(fixture, DOUBLE_ABORT);
            assert_nothing_is_held(fixture);
        }
}

/* With every double: an abort leaves nothing, wherever it comes, and comes again. */
static void an_abort_at_every_step(void **state)
{
    struct writer_fixture *fixture = *state;
    for (size_t steps = 0; steps <= COUNT_OF(walk); steps++) {
        begin_streaming(fixture);
        for (size_t i = 0; i < steps; i++)
            FIRE(fixture, walk[i]);
        FIRE(fixture, DOUBLE_ABORT);
        FIRE(fixture, DOUBLE_ABORT);
        assert_int_equal(where(fixture), FREEZER_IDLE);
        OK(JetCloseFileInstance(fixture->backup.api.instance, fixture->backup.file));
        OK(JetEndExternalBackupInstance(fixture->backup.api.instance));
        assert_nothing_is_held(fixture);
    }
    assert_int_equal(full_backup(fixture), 0);
}

static void an_abort_while_the_freeze_begins(void **state)
{
    struct writer_fixture *fixture = *state;
    HRESULT failure;
    FIRE(fixture, DOUBLE_PREPARE_BACKUP);
    FIRE(fixture, DOUBLE_PREPARE_SNAPSHOT);
    OK(os_event_new(&fixture->go_on));
    OK(os_event_new(&fixture->held));
    struct double_event_run *freeze = fixture->vss->begin(DOUBLE_FREEZE);
    (void)os_event_wait(fixture->held, OS_WAIT_FOREVER);
    struct double_event_run *abort =
        fixture->vss->begin(DOUBLE_ABORT); /* its release waits for the hold that is under way */
    while (where(fixture) != FREEZER_IDLE)
        Sleep(1);
    os_event_set(fixture->go_on);
    assert_true(fixture->vss->end(abort, &failure));
    assert_false(fixture->vss->end(freeze, &failure));
    assert_int_equal(failure, fixture->has_helpers ? RETRY : S_OK);
    os_event_free(fixture->held);
    os_event_free(fixture->go_on);
    fixture->held = fixture->go_on = NULL;
    assert_nothing_is_held(fixture);
}

/* ---- ends ---- */

static void the_engines_own_time_out(void **state)
{
    struct writer_fixture *fixture = *state;
    OK(JetSetSystemParameterA(NULL, 0, JET_paramOSSnapshotTimeout, 100, NULL));
    reach(fixture, FREEZER_FROZEN);
    OK(JetSetSystemParameterA(NULL, 0, JET_paramOSSnapshotTimeout, 70000, NULL));
    writer_fixture_insert(fixture, 1); /* waits for it */
    FIRE_BADLY(fixture, DOUBLE_THAW, VSS_E_WRITERERROR_TIMEOUT);
    assert_nothing_is_held(fixture);
}

static void the_end_of_another_backup_is_not_ours(void **state)
{
    struct writer_fixture *fixture = *state;
    need_helpers(fixture);
    const VSS_ID ours = fixture->vss->request->set_id;
    reach(fixture, FREEZER_THAWED);
    fixture->vss->request->set_id.Data1++;
    FIRE(fixture, DOUBLE_BACKUP_SHUTDOWN);
    assert_int_equal(where(fixture), FREEZER_THAWED);
    fixture->vss->request->set_id = ours;
    FIRE(fixture, DOUBLE_BACKUP_SHUTDOWN);
    assert_nothing_is_held(fixture);
    FIRE(fixture, DOUBLE_PREPARE_BACKUP);
    FIRE(fixture, DOUBLE_BACKUP_SHUTDOWN); /* of the one before, again */
    assert_int_equal(where(fixture), FREEZER_PREPARED);
    FIRE(fixture, DOUBLE_ABORT);
}

static void wait_for_report(struct writer_fixture *fixture, enum vss_event event)
{
    while (reports(fixture, event) == 0) {
        (void)os_event_wait(fixture->reported, OS_WAIT_FOREVER);
        os_event_reset(fixture->reported);
    }
}

static void an_announcement_without_a_snapshot_expires(void **state)
{
    struct writer_fixture *fixture = *state;
    writer_fixture_open(fixture, 1, 0);
    FIRE(fixture, DOUBLE_PREPARE_BACKUP);
    wait_for_report(fixture, VSS_EVENT_EXPIRED);
    assert_nothing_is_held(fixture);
}

static void a_backup_without_an_end_expires(void **state)
{
    struct writer_fixture *fixture = *state;
    need_helpers(fixture);
    writer_fixture_open(fixture, 0, 1);
    make_snapshot(fixture);
    wait_for_report(fixture, VSS_EVENT_EXPIRED);
    assert_nothing_is_held(fixture);
    assert_int_equal(full_backup(fixture), 0);
}

/* The service stops, at any moment of a sequence. */
static void a_close_gives_everything_back(void **state)
{
    struct writer_fixture *fixture = *state;
    for (size_t steps = 0; steps <= COUNT_OF(walk); steps++) {
        for (size_t i = 0; i < steps; i++)
            FIRE(fixture, walk[i]);
        vss_writer_close(fixture->writer);
        fixture->writer = NULL;
        assert_int_equal(fixture->vss->subscribed(), 0);
        writer_fixture_open(fixture, 0, 0);
        assert_nothing_is_held(fixture);
    }
}

static void a_stop_of_an_instance_aborts(void **state)
{
    struct writer_fixture *fixture = *state;
    JET_INSTANCE handle = 0;
    OK(instance_very_handle(fixture->backup.api.instance, &handle));
    for (size_t steps = 1; steps <= COUNT_OF(walk); steps++) {
        for (size_t i = 0; i < steps; i++)
            FIRE(fixture, walk[i]);
        const enum freezer_state before = where(fixture);
        vss_writer_let_go(fixture->writer, (JET_INSTANCE)-2);
        assert_int_equal(where(fixture), before);
        vss_writer_let_go(fixture->writer, handle);
        assert_nothing_is_held(fixture);
    }
}

/* ---- restores ---- */

static void a_running_instance_is_not_restored(void **state)
{
    struct writer_fixture *fixture = *state;
    FIRE(fixture, DOUBLE_PRE_RESTORE); /* nothing of ours is selected */
    fixture->components[0].is_for_restore = true;
    FIRE_BADLY(fixture, DOUBLE_PRE_RESTORE, RETRY);
    assert_true(fixture->components[0].is_refused);
    assert_false(fixture->components[1].is_refused);
    fixture->has_no_instance = true;
    FIRE(fixture, DOUBLE_PRE_RESTORE);
    FIRE(fixture, DOUBLE_POST_RESTORE);
}

/* The order of that method is: pre-restore, stop, restore, start. */
static void a_service_is_stopped_for_a_restore(void **state)
{
    struct writer_fixture *fixture = *state;
    fixture->service_name = "bank service";
    writer_fixture_open(fixture, 0, 0);
    FIRE(fixture, DOUBLE_IDENTIFY);
    assert_true(has_line(fixture, L"restore|bank service|||%ls", L""));
    fixture->components[0].is_for_restore = true;
    FIRE(fixture, DOUBLE_PRE_RESTORE);
    assert_false(fixture->components[0].is_refused);
}

/* ---- opening ---- */

static void what_cannot_be_opened(void **state)
{
    struct writer_fixture *fixture = *state;
    struct vss_writer_options options = {.name = "second", .library = writer_fixture_library};
    struct vss_writer *writer;
    char text[VSS_WRITER_TEXT_SIZE];
    assert_int_equal(wcscmp(fixture->vss->instance_name(), L"Coldstream test"), 0);
    assert_int_equal(vss_writer_open(&options, &fixture->host, text, &writer), JET_errInvalidParameter);
    vss_writer_close(fixture->writer);
    fixture->writer = NULL;
    *fixture->vss->is_inactive = true;
    assert_int_equal(vss_writer_open(&options, &fixture->host, text, &writer), JET_errFeatureNotAvailable);
    assert_non_null(strstr(text, "0x00000001"));
    *fixture->vss->is_inactive = false;
    options.library = L"no_such_library.dll";
    assert_int_equal(vss_writer_open(&options, &fixture->host, text, &writer), JET_errFeatureNotAvailable);
    options.library = writer_fixture_library;
    options.name = "";
    assert_int_equal(vss_writer_open(&options, &fixture->host, text, &writer), JET_errInvalidParameter);
}

/* The system's own, under Wine or Windows: the same writer initialises, subscribes, is driven through its table, and
 * goes. */
static void the_systems_vssapi(void **state)
{
    struct writer_fixture *fixture = *state;
    const struct vss_writer_options options = {.name = "Coldstream test", .sets_security = true};
    vss_writer_close(fixture->writer);
    fixture->writer = NULL;
    const jet_err err = vss_writer_open(&options, &fixture->host, fixture->text, &fixture->writer);
    if (err == JET_errFeatureNotAvailable || err == JET_errAccessDenied) {
        print_message("%s\n", fixture->text);
        skip();
    }
    OK(err);
    struct vss_object *object = &fixture->writer->object;
    assert_true(object->methods->on_prepare_backup(object, NULL));
    assert_true(object->methods->on_prepare_snapshot(object));
    assert_true(object->methods->on_freeze(object));
    assert_true(object->methods->on_thaw(object));
    assert_nothing_is_held(fixture);
    vss_writer_close(fixture->writer);
    fixture->writer = NULL;
}

#define WITH_WRITER(test) cmocka_unit_test_setup_teardown(test, writer_fixture_setup, writer_fixture_teardown)

/* What differs by the way to vssapi.dll. */
static const struct CMUnitTest ways[] = {
    WITH_WRITER(the_document_has_every_file),
    WITH_WRITER(a_backup_by_components),
    WITH_WRITER(a_part_of_an_instance),
    WITH_WRITER(an_abort_at_every_step),
    WITH_WRITER(a_running_instance_is_not_restored),
    WITH_WRITER(what_cannot_be_opened),
};

static const struct CMUnitTest all[] = {
    WITH_WRITER(the_document_has_every_file),
    WITH_WRITER(without_an_instance_there_is_no_component),
    WITH_WRITER(a_backup_by_components),
    WITH_WRITER(a_client_that_never_ends),
    WITH_WRITER(what_was_not_saved_is_not_noted),
    WITH_WRITER(a_component_that_was_not_selected_vouches_for_nothing),
    WITH_WRITER(an_incremental_backup),
    WITH_WRITER(volumes_without_our_files),
    WITH_WRITER(volumes_with_our_files),
    WITH_WRITER(a_part_of_an_instance),
    WITH_WRITER(a_component_of_nobody),
    WITH_WRITER(every_event_in_every_state),
    WITH_WRITER(an_abort_at_every_step),
    WITH_WRITER(an_abort_while_the_freeze_begins),
    WITH_WRITER(the_engines_own_time_out),
    WITH_WRITER(the_end_of_another_backup_is_not_ours),
    WITH_WRITER(an_announcement_without_a_snapshot_expires),
    WITH_WRITER(a_backup_without_an_end_expires),
    WITH_WRITER(a_close_gives_everything_back),
    WITH_WRITER(a_stop_of_an_instance_aborts),
    WITH_WRITER(a_running_instance_is_not_restored),
    WITH_WRITER(a_service_is_stopped_for_a_restore),
    WITH_WRITER(what_cannot_be_opened),
    WITH_WRITER(the_systems_vssapi),
};

/* test_vss_writer [DOUBLE.dll]: all with the usual double, the ways with another. */
int main(int count, char **values)
{
    static wchar_t library[64] = L"vssapi_whole.dll";
    writer_fixture_library = library;
    if (count == 1)
        return cmocka_run_group_tests(all, NULL, NULL);
    _snwprintf(library, COUNT_OF(library), L"%hs", values[1]);
    return cmocka_run_group_tests(ways, NULL, NULL);
}
