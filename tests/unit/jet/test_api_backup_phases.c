/* SPDX-License-Identifier: MIT */
/* Every call of the backup family in every phase of an instance that is no state of a backup: created, recovering,
 * frozen, open behind a thaw, terminating, with a stopped service, gone. Typed from backup-api 1.4, 2.5, 3.6 and 10.10;
 * where it calls the answer during initialisation JET_errNotInitialized, the reference engine gives
 * JET_errInitInProgress. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backup_fixture.h"
#include "base/compiler.h"
#include "os/os_thread.h"
#include "support/temp_folder.h"

enum call {
    BEGIN,
    BEGIN_INCREMENTAL,
    ATTACH_INFO,
    OPEN,
    OPEN_SECTION,
    READ,
    CLOSE,
    LOG_INFO,
    LOG_INFO_2,
    TRUNCATE_INFO,
    TRUNCATE,
    END,
    END_NORMAL,
    END_ABORT,
    END_WITH_NOTHING,
    BEGIN_SURROGATE,
    END_SURROGATE,
    LOCAL_BACKUP,
    STOP,
    CALLS,
};

static const char *const call_names[CALLS] = {
    "begin",
    "begin incremental",
    "attach info",
    "open",
    "open section",
    "read",
    "close",
    "log info",
    "log info 2",
    "truncate info",
    "truncate",
    "end",
    "end normal",
    "end abort",
    "end with nothing",
    "begin surrogate",
    "end surrogate",
    "local backup",
    "stop",
};

enum phase { CREATED, RECOVERING, FROZEN, OPEN_BEHIND_THAW, TERMINATING, SERVICE_STOPPED, GONE, PHASES };

#define BUSY JET_errBackupInProgress
#define NONE JET_errNoBackup
#define PARA JET_errInvalidParameter
#define INIT JET_errInitInProgress
#define NOT_ JET_errNotInitialized
#define TERM JET_errTermInProgress
#define SERV JET_errClientRequestToStopJetService

/* clang-format off */
static const JET_ERR answers[CALLS][PHASES] = {
    /*                     created recovering frozen open  terminating stopped service gone */
    [BEGIN]             = {NOT_,   INIT,      BUSY,  BUSY, TERM,       SERV,           PARA},
    [BEGIN_INCREMENTAL] = {NOT_,   INIT,      BUSY,  BUSY, TERM,       SERV,           PARA},
    [ATTACH_INFO]       = {NOT_,   INIT,      NONE,  NONE, TERM,       SERV,           PARA},
    [OPEN]              = {NOT_,   INIT,      NONE,  NONE, TERM,       SERV,           PARA},
    [OPEN_SECTION]      = {NOT_,   INIT,      NONE,  NONE, TERM,       SERV,           PARA},
    [READ]              = {NOT_,   INIT,      NONE,  NONE, TERM,       SERV,           PARA},
    [CLOSE]             = {NOT_,   INIT,      NONE,  NONE, TERM,       SERV,           PARA},
    [LOG_INFO]          = {NOT_,   INIT,      NONE,  NONE, TERM,       SERV,           PARA},
    [LOG_INFO_2]        = {NOT_,   INIT,      NONE,  NONE, TERM,       SERV,           PARA},
    [TRUNCATE_INFO]     = {NOT_,   INIT,      NONE,  NONE, TERM,       SERV,           PARA},
    [TRUNCATE]          = {NOT_,   INIT,      NONE,  NONE, TERM,       SERV,           PARA},
    [END]               = {NOT_,   INIT,      NONE,  NONE, TERM,       SERV,           PARA},
    [END_NORMAL]        = {NOT_,   INIT,      NONE,  NONE, TERM,       SERV,           PARA},
    [END_ABORT]         = {NOT_,   INIT,      NONE,  NONE, TERM,       SERV,           PARA},
    [END_WITH_NOTHING]  = {NOT_,   INIT,      PARA,  PARA, TERM,       SERV,           PARA},
    [BEGIN_SURROGATE]   = {NOT_,   INIT,      BUSY,  BUSY, TERM,       SERV,           PARA},
    [END_SURROGATE]     = {NOT_,   INIT,      NONE,  NONE, TERM,       SERV,           PARA},
    [LOCAL_BACKUP]      = {NOT_,   INIT,      BUSY,  BUSY, TERM,       SERV,           PARA},
    [STOP]              = {PARA,   PARA,      0,     0,    PARA,       0,              PARA},
};
/* clang-format on */

/* What the calls are given; everything is as it should be. */
struct caller {
    JET_INSTANCE instance;
    const char *file;
    const char *folder;
    void *buffer;
};

static JET_ERR perform(const struct caller *c, enum call call)
{
    static char list[BACKUP_LIST];
    JET_LOGINFO_A info = {.cbSize = sizeof info};
    JET_HANDLE file = 0;
    uint32_t low, high, actual;
    int32_t high_signed;
    switch (call) {
    case BEGIN: return JetBeginExternalBackupInstance(c->instance, JET_bitNil);
    case BEGIN_INCREMENTAL: return JetBeginExternalBackupInstance(c->instance, JET_bitBackupIncremental);
    case ATTACH_INFO: return JetGetAttachInfoInstanceA(c->instance, list, sizeof list, &actual);
    case OPEN: return JetOpenFileInstanceA(c->instance, c->file, &file, &low, &high);
    case OPEN_SECTION: {
        char name[1024];
        snprintf(name, sizeof name, "%s", c->file);
        return JetOpenFileSectionInstanceA(c->instance, name, &file, 0, 1, 0, &low, &high_signed);
    }
    case READ: return JetReadFileInstance(c->instance, file, c->buffer, BACKUP_BUFFER, &actual);
    case CLOSE: return JetCloseFileInstance(c->instance, file);
    case LOG_INFO: return JetGetLogInfoInstanceA(c->instance, list, sizeof list, &actual);
    case LOG_INFO_2: return JetGetLogInfoInstance2A(c->instance, list, sizeof list, &actual, &info);
    case TRUNCATE_INFO: return JetGetTruncateLogInfoInstanceA(c->instance, list, sizeof list, &actual);
    case TRUNCATE: return JetTruncateLogInstance(c->instance);
    case END: return JetEndExternalBackupInstance(c->instance);
    case END_NORMAL: return JetEndExternalBackupInstance2(c->instance, JET_bitBackupEndNormal);
    case END_ABORT: return JetEndExternalBackupInstance2(c->instance, JET_bitBackupEndAbort);
    case END_WITH_NOTHING: return JetEndExternalBackupInstance2(c->instance, JET_bitNil);
    case BEGIN_SURROGATE: return JetBeginSurrogateBackup(c->instance, 1, 1, JET_bitNil);
    case END_SURROGATE: return JetEndSurrogateBackup(c->instance, JET_bitBackupEndNormal);
    case LOCAL_BACKUP: return JetBackupInstanceA(c->instance, c->folder, JET_bitNil, NULL);
    case STOP: return JetStopBackupInstance(c->instance);
    default: return JET_errInternalError;
    }
}

/* Calls that got another answer than they should; each is named. */
static unsigned walk(const struct caller *c, enum phase phase)
{
    unsigned wrong = 0;
    for (unsigned call = 0; call < CALLS; call++) {
        const JET_ERR err = perform(c, (enum call)call);
        if (err == answers[call][phase] || (phase == TERMINATING && call == STOP && err == JET_errSuccess))
            continue;
        print_error("phase %u, %s: %ld instead of %ld\n", (unsigned)phase, call_names[call], (long)err,
                    (long)answers[call][phase]);
        wrong++;
    }
    return wrong;
}

static struct caller caller_of(struct backup_fixture *f)
{
    return (struct caller){.instance = f->api.instance,
                           .file = f->api.file,
                           .folder = temp_folder_path(f->api.folder, "local"),
                           .buffer = f->buffer};
}

static void created_stopped_and_gone(void **state)
{
    struct backup_fixture *f = *state;
    struct caller c = caller_of(f);
    OK(JetCreateInstance(&c.instance, "created"));
    assert_int_equal(walk(&c, CREATED), 0);
    OK(JetTerm(c.instance));
    assert_int_equal(walk(&c, GONE), 0);
    c.instance = f->api.instance;
    OK(JetStopServiceInstance(c.instance));
    assert_int_equal(walk(&c, SERVICE_STOPPED), 0);
}

/* ---- recovering ---- */

struct recovering {
    struct caller caller;
    unsigned calls, wrong;
};

static JET_ERR JET_API walk_once(JET_SNP snp, JET_SNT snt, void *data, void *context)
{
    struct recovering *r = context;
    if (r->calls++ == 0)
        r->wrong = walk(&r->caller, RECOVERING);
    return JET_errSuccess;
}

static void recovering(void **state)
{
    struct backup_fixture *f = *state;
    struct recovering r = {.caller = caller_of(f)};
    JET_RSTINFO2_A info = {.cbStruct = sizeof info, .pfnCallback = walk_once, .pvCallbackContext = &r};
    backup_fixture_write_to(f, 1, 3);
    api_term(f->api.instance, JET_bitTermDirty);
    f->api.instance = 0;
    r.caller.instance = api_instance_create(f->api.folder, "test");
    OK(JetSetSystemParameter(&r.caller.instance, 0, JET_paramCircularLog, 0, NULL));
    OK(JetInit4A(&r.caller.instance, &info, JET_bitNil));
    f->api.instance = r.caller.instance;
    assert_true(r.calls > 0);
    assert_int_equal(r.wrong, 0);
}

/* ---- frozen, open behind the thaw, terminating ---- */

static void freeze(JET_OSSNAPID *ret_id)
{
    uint32_t count;
    JET_INSTANCE_INFO_A *info;
    OK(JetOSSnapshotPrepare(ret_id, JET_bitContinueAfterThaw | JET_bitCopySnapshot));
    OK(JetOSSnapshotFreezeA(*ret_id, &count, &info, JET_bitNil));
    OK(JetFreeBuffer((char *)info));
}

static void frozen_and_open(void **state)
{
    struct backup_fixture *f = *state;
    const struct caller c = caller_of(f);
    JET_OSSNAPID id;
    freeze(&id);
    const unsigned wrong_frozen = walk(&c, FROZEN);
    OK(JetOSSnapshotThaw(id, JET_bitNil));
    const unsigned wrong_open = walk(&c, OPEN_BEHIND_THAW);
    OK(JetOSSnapshotEnd(id, JET_bitNil));
    assert_int_equal(wrong_frozen, 0);
    assert_int_equal(wrong_open, 0);
}

static void terminate(void *context)
{
    struct backup_fixture *f = context;
    OK(JetTerm2(f->api.instance, JET_bitTermAbrupt)); /* waits for the snapshot */
}

static void terminating(void **state)
{
    struct backup_fixture *f = *state;
    const struct caller c = caller_of(f);
    struct os_event *never;
    struct os_thread *thread;
    JET_OSSNAPID id;
    JET_ERR err;
    OK(os_event_new(&never));
    freeze(&id);
    OK(os_thread_start(terminate, f, &thread));
    while ((err = JetTruncateLogInstance(c.instance)) == JET_errNoBackup)
        (void)os_event_wait(never, 1);
    assert_int_equal(err, JET_errTermInProgress);
    const unsigned wrong = walk(&c, TERMINATING);
    OK(JetOSSnapshotAbort(id, JET_bitNil));
    os_thread_join(thread);
    os_event_free(never);
    f->api.instance = 0;
    assert_int_equal(wrong, 0);
    assert_int_equal(walk(&c, GONE), 0);
}

int main(void)
{
#define RUNNING(test) cmocka_unit_test_setup_teardown(test, backup_fixture_setup, backup_fixture_teardown)
    const struct CMUnitTest tests[] = {
        RUNNING(created_stopped_and_gone),
        RUNNING(recovering),
        RUNNING(frozen_and_open),
        RUNNING(terminating),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
