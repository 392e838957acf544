/* SPDX-License-Identifier: MIT */
/* Streaming backup of a running instance through the exported functions: the call sequences of backup-api 13, what the
 * calls write where, what a backup leaves in headers and logs, and what of the disk is found to be damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backup/backup.h"
#include "backup_fixture.h"
#include "base/compiler.h"
#include "format/checkpoint.h"
#include "format/page.h"
#include "format/patchpage.h"
#include "jet/process.h"
#include "os/os_file.h"
#include "os/os_thread.h"
#include "support/finding_list.h"
#include "support/temp_folder.h"

/* ---- pauses between repetitions of a read, in this thread: counted, not waited for ---- */

bool __real_os_event_wait(struct os_event *event, int64_t timeout_ms);
bool __wrap_os_event_wait(struct os_event *event, int64_t timeout_ms);

static _Thread_local bool counts_pauses;
static _Thread_local unsigned pauses;
static _Thread_local int64_t pauses_ms;
static _Thread_local struct backup *stopped_in_third_pause; /* NULL: none */

bool __wrap_os_event_wait(struct os_event *event, int64_t timeout_ms)
{
    if (!counts_pauses || timeout_ms == 0)
        return __real_os_event_wait(event, timeout_ms);
    pauses++;
    pauses_ms += timeout_ms;
    if (pauses == 3 && stopped_in_third_pause)
        backup_stop(stopped_in_third_pause); /* which any thread may, also this one */
    return __real_os_event_wait(event, 0);
}

/* ---- backup-api 13 ---- */

/* Generation 7 is the current one, the checkpoint is in 5 and stays there, because a transaction is open since; logs 5
 * and 6 are all that is archived. The database has 254 pages, two less than that of the specification, so that the
 * trailer comes alone. Returns the session of that transaction. */
static JET_SESID arrange_generations(struct backup_fixture *f)
{
    JET_SESID pinning;
    JET_DBID dbid;
    struct api_things things;
    uint32_t pages;
    backup_fixture_write_to(f, 1, 5);
    backup_fixture_restart(f, JET_bitTermComplete);
    for (uint32_t generation = 1; generation < 5; generation++)
        if (backup_fixture_has_log(f, generation))
            OK(os_file_remove(backup_fixture_log(f, generation)));
    backup_fixture_restart(f, JET_bitTermComplete);
    OK(JetResizeDatabase(f->api.sesid, f->api.dbid, 1, &pages, JET_bitResizeDatabaseOnlyGrow)); /* asks for its size */
    assert_int_equal(pages, 256);
    OK(JetBeginSession(f->api.instance, &pinning, NULL, NULL));
    OK(JetOpenDatabase(pinning, f->api.file, NULL, &dbid, JET_bitNil));
    api_things_open(&f->api, pinning, dbid, &things);
    OK(JetBeginTransaction(pinning));
    api_things_insert(pinning, &things, 1000, "pinned");
    backup_fixture_write_to(f, 1, 7);
    return pinning;
}

static void sequence_of_a_full_backup(void **state)
{
    struct backup_fixture *f = *state;
    static WCHAR wide[BACKUP_LIST / 2];
    struct dbheader_disk header;
    struct patchpage_disk *trailer;
    JET_SESID pinning = arrange_generations(f);
    const JET_INSTANCE instance = f->api.instance;

    OK(JetBeginExternalBackupInstance(instance, 0));                        /* 1 */
    OK(JetGetAttachInfoInstanceW(instance, wide, sizeof wide, &f->actual)); /* 2 */
    const char *list = backup_list_of(f, JetGetAttachInfoInstanceA);
    assert_string_equal(list, f->api.file);
    assert_int_equal(list[strlen(list) + 1], 0);
    f->file = 77;
    OK(JetOpenFileInstance(instance, f->api.file, &f->file, &f->low, &f->high)); /* 3 */
    assert_int_equal(f->file, 0);
    assert_int_equal(f->low, (254 + 3) * 4096);
    assert_int_equal(f->high, 0);
    OK(JetReadFileInstance(instance, f->file, f->buffer, BACKUP_BUFFER, &f->actual)); /* 4 */
    assert_int_equal(f->actual, 65536);
    const struct dbheader_disk *first = f->buffer;
    OK(dbheader_verify(first, BACKUP_PAGE));
    assert_memory_equal(f->buffer, (uint8_t *)f->buffer + BACKUP_PAGE, BACKUP_PAGE);
    assert_int_equal(le32_get(first->backup_full_current.generation_low), 5);
    assert_int_equal(le32_get(first->backup_full_current.generation_high), 0);
    assert_int_equal(le32_get(first->state), DBHEADER_DIRTY);
    const struct bkinfo_disk mark = first->backup_full_current;
    const struct signature_disk signature = first->signature;
    assert_int_equal(lgpos_get(mark.lgpos).generation, 7);
    for (unsigned i = 0; i < 15; i++) { /* 5 */
        OK(JetReadFileInstance(instance, f->file, f->buffer, BACKUP_BUFFER, &f->actual));
        assert_int_equal(f->actual, 65536);
    }
    OK(JetReadFileInstance(instance, f->file, f->buffer, BACKUP_BUFFER, &f->actual)); /* 6 */
    assert_int_equal(f->actual, 4096);
    trailer = f->buffer;
    OK(patchpage_verify(trailer, BACKUP_PAGE, &signature));
    assert_int_equal(le32_get(trailer->backup.generation_low), 5);
    assert_int_equal(le32_get(trailer->backup.generation_high), 7);
    assert_memory_equal(&trailer->backup.lgpos, &mark.lgpos, sizeof mark.lgpos);
    assert_int_equal(le32_get(trailer->generation_max_required), 0);                  /* databases of format 1568,20 */
    OK(JetReadFileInstance(instance, f->file, f->buffer, BACKUP_BUFFER, &f->actual)); /* 7 */
    assert_int_equal(f->actual, 0);
    OK(JetCloseFileInstance(instance, f->file));                         /* 8 */
    OK(JetGetLogInfoInstanceW(instance, wide, sizeof wide, &f->actual)); /* 9 */
    assert_int_equal(backup_fixture_generation(f), 8);
    list = backup_list_of(f, JetGetLogInfoInstanceA);
    assert_int_equal(backup_fixture_generation(f), 8); /* a second list rolls nothing */
    assert_int_equal(backup_list_count(list), 3);
    for (uint32_t generation = 5; generation <= 7; generation++, list += strlen(list) + 1) { /* 10 */
        assert_string_equal(list, backup_fixture_log(f, generation));
        assert_int_equal(backup_copy_file(f, list, NULL), 128 * 1024);
    }
    assert_int_equal(backup_list_of(f, JetGetTruncateLogInfoInstanceA)[0], 0); /* 11 */
    assert_int_equal(f->actual, 1);
    OK(JetTruncateLogInstance(instance)); /* 12 */
    assert_true(backup_fixture_has_log(f, 5));
    OK(JetEndExternalBackupInstance(instance)); /* 13 */
    OK(JetRollback(pinning, JET_bitNil));
    OK(JetTerm2(instance, JET_bitTermComplete));
    f->api.instance = 0;
    backup_fixture_header(f->api.file, &header);
    assert_memory_equal(&header.backup_full_prev.lgpos, &mark.lgpos, sizeof mark.lgpos);
    assert_memory_equal(&header.backup_full_prev.logtime, &mark.logtime, sizeof mark.logtime);
    assert_int_equal(le32_get(header.backup_full_prev.generation_low), 5);
    assert_int_equal(le32_get(header.backup_full_prev.generation_high), 7);
    assert_int_equal(le32_get(header.backup_type_full_prev), 0);
    assert_int_equal(le32_get(header.backup_full_current.generation_low), 0);
    assert_int_equal(le32_get(header.backup_copy_prev.generation_low), 0);
}

static void sequence_of_a_stopped_backup(void **state)
{
    struct backup_fixture *f = *state;
    const JET_INSTANCE instance = f->api.instance;
    struct dbheader_disk header;
    static WCHAR wide[BACKUP_LIST / 2];
    OK(JetBeginExternalBackupInstance(instance, 0)); /* 1-4 */
    (void)backup_list_of(f, JetGetAttachInfoInstanceA);
    OK(JetOpenFileInstance(instance, f->api.file, &f->file, &f->low, &f->high));
    OK(JetReadFileInstance(instance, f->file, f->buffer, BACKUP_BUFFER, &f->actual));
    OK(JetStopBackupInstance(instance));                                                                  /* 5 */
    assert_int_equal(JetReadFileInstance(instance, f->file, f->buffer, BACKUP_BUFFER, &f->actual), -801); /* 6 */
    assert_int_equal(JetGetLogInfoInstanceW(instance, wide, sizeof wide, &f->actual), -801);              /* 7 */
    assert_int_equal(JetBeginExternalBackupInstance(instance, 0), -505);                                  /* 8 */
    assert_int_equal(JetEndExternalBackupInstance2(instance, 0), -1003);                                  /* 9 */
    OK(JetCloseFileInstance(instance, f->file));                                                          /* 10 */
    OK(JetEndExternalBackupInstance(instance));                                                           /* 11 */
    assert_int_equal(JetReadFileInstance(instance, f->file, f->buffer, BACKUP_BUFFER, &f->actual), -520); /* 12 */
    assert_int_equal(JetEndExternalBackupInstance(instance), -520);                                       /* 13 */
    OK(JetBeginExternalBackupInstance(instance, 0));                                                      /* 14 */
    OK(JetOpenFileInstance(instance, f->api.file, &f->file, &f->low, &f->high));
    OK(JetReadFileInstance(instance, f->file, f->buffer, BACKUP_BUFFER, &f->actual));
    OK(JetEndExternalBackupInstance2(instance, JET_bitBackupEndAbort));
    OK(JetTerm2(instance, JET_bitTermComplete));
    f->api.instance = 0;
    backup_fixture_header(f->api.file, &header);
    assert_int_equal(le32_get(header.backup_full_prev.generation_low), 0); /* nothing was recorded */
    assert_int_equal(le32_get(header.backup_copy_prev.generation_low), 0);
}

/* ---- the stop ---- */

/* backup-api 14, items 1 and 2, and 3.6. */
static void a_stop_may_come_at_any_time(void **state)
{
    struct backup_fixture *f = *state;
    JET_INSTANCE idle = 0;
    OK(JetStopBackupInstance(f->api.instance));
    OK(JetStopBackupInstance(f->api.instance));
    OK(JetBeginExternalBackupInstance(f->api.instance, 0)); /* and is forgotten */
    OK(JetOpenFileInstance(f->api.instance, f->api.file, &f->file, &f->low, &f->high));
    OK(JetStopBackupInstance(f->api.instance));
    OK(JetStopBackupInstance(f->api.instance));
    OK(JetEndExternalBackupInstance(f->api.instance));
    assert_int_equal(JetStopBackupInstance(0), JET_errInvalidParameter);
    assert_int_equal(JetStopBackupInstance(JET_instanceNil), JET_errInvalidParameter);
    assert_int_equal(JetStopBackupInstance(0x12345), JET_errInvalidParameter);
    assert_int_equal(JetStopBackup(), JET_errRunningInMultiInstanceMode);
    OK(JetCreateInstance(&idle, "idle"));
    assert_int_equal(JetStopBackupInstance(idle), JET_errInvalidParameter);
    OK(JetTerm(idle));
    OK(JetTerm(f->api.instance));
    assert_int_equal(JetStopBackupInstance(f->api.instance), JET_errInvalidParameter);
    f->api.instance = 0;
}

/* Item 4: which of several reasons is told. */
static void the_first_reason_counts(void **state)
{
    struct backup_fixture *f = *state;
    const JET_INSTANCE instance = f->api.instance;
    uint8_t *askew = (uint8_t *)f->buffer + 1;
    static char list[BACKUP_LIST];
    assert_int_equal(JetReadFileInstance(instance, 0, askew, BACKUP_BUFFER, &f->actual), JET_errNoBackup);
    assert_int_equal(JetReadFileInstance(instance, 9, f->buffer, BACKUP_BUFFER, &f->actual), JET_errNoBackup);
    assert_int_equal(JetCloseFileInstance(instance, 9), JET_errNoBackup);
    OK(JetBeginExternalBackupInstance(instance, 0));
    OK(JetOpenFileInstance(instance, f->api.file, &f->file, &f->low, &f->high));
    assert_int_equal(JetReadFileInstance(instance, 0, askew, BACKUP_BUFFER, &f->actual), JET_errInvalidParameter);
    assert_int_equal(JetReadFileInstance(instance, 0, NULL, BACKUP_BUFFER, &f->actual), JET_errInvalidParameter);
    assert_int_equal(JetReadFileInstance(instance, 9, f->buffer, BACKUP_BUFFER, &f->actual), JET_errInvalidParameter);
    assert_int_equal(JetCloseFileInstance(instance, 9), JET_errInvalidParameter);
    assert_int_equal(JetGetLogInfoInstance(instance, list, sizeof list, NULL), JET_errInvalidBackupSequence);
    OK(JetStopBackupInstance(instance));
    assert_int_equal(JetReadFileInstance(instance, 0, askew, BACKUP_BUFFER, &f->actual), JET_errBackupAbortByServer);
    assert_int_equal(JetReadFileInstance(instance, 9, f->buffer, BACKUP_BUFFER, NULL), JET_errBackupAbortByServer);
    assert_int_equal(JetGetLogInfoInstance(instance, list, sizeof list, NULL), JET_errBackupAbortByServer);
    OK(JetCloseFileInstance(instance, 0));
    OK(JetEndExternalBackupInstance2(instance, JET_bitBackupEndAbort));
}

/* Item 6, and 3.7. */
static void a_stopped_backup_still_occupies_the_instance(void **state)
{
    struct backup_fixture *f = *state;
    const JET_INSTANCE instance = f->api.instance;
    const char *other = temp_folder_path(f->api.folder, "other.edb");
    JET_DBID dbid;
    OK(JetCreateDatabase(f->api.sesid, other, NULL, &dbid, JET_bitNil));
    OK(JetCloseDatabase(f->api.sesid, dbid, JET_bitNil));
    OK(JetBeginExternalBackupInstance(instance, 0));
    OK(JetStopBackupInstance(instance));
    assert_int_equal(JetDetachDatabase(f->api.sesid, other), JET_errBackupInProgress);
    assert_int_equal(JetAttachDatabase(f->api.sesid, other, JET_bitNil), JET_errBackupInProgress);
    assert_int_equal(JetBeginExternalBackupInstance(instance, 0), JET_errBackupInProgress);
    assert_int_equal(JetTerm2(instance, JET_bitTermComplete), JET_errBackupInProgress);
    assert_int_equal(JetTerm2(instance, JET_bitNil), JET_errBackupInProgress);
    OK(JetBeginTransaction(f->api.sesid)); /* a refused termination leaves everything as it was */
    OK(JetCommitTransaction(f->api.sesid, JET_bitNil));
    OK(JetEndExternalBackupInstance(instance));
    OK(JetBeginExternalBackupInstance(instance, 0)); /* begin is allowed again, too */
    OK(JetEndExternalBackupInstance(instance));
    OK(JetDetachDatabase(f->api.sesid, other));
    OK(JetBeginSurrogateBackup(instance, 1, 1, 0));
    assert_int_equal(JetAttachDatabase(f->api.sesid, other, JET_bitNil), JET_errSurrogateBackupInProgress);
    assert_int_equal(JetTerm2(instance, JET_bitTermComplete), JET_errSurrogateBackupInProgress);
    OK(JetTerm(instance));
    f->api.instance = 0;
}

static void every_other_termination_ends_the_backup(void **state)
{
    static const struct {
        JET_GRBIT grbit;
        JET_ERR err;
    } ways[] = {
        {JET_bitTermAbrupt,                           JET_errSuccess},
        {JET_bitTermStopBackup,                       JET_errSuccess},
        {JET_bitTermComplete | JET_bitTermStopBackup, JET_errSuccess},
    };
    struct backup_fixture *f = *state;
    struct dbheader_disk header;
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        OK(JetBeginExternalBackupInstance(f->api.instance, 0));
        (void)backup_copy_file(f, f->api.file, NULL);
        (void)backup_list_of(f, JetGetLogInfoInstanceA);
        backup_fixture_restart(f, ways[i].grbit);
        assert_int_equal(JetEndExternalBackupInstance(f->api.instance), JET_errNoBackup);
    }
    OK(JetBeginExternalBackupInstance(f->api.instance, 0));
    OK(JetOpenFileInstance(f->api.instance, f->api.file, &f->file, &f->low, &f->high));
    api_term(f->api.instance, JET_bitTermDirty);
    f->api.instance = 0;
    backup_fixture_header(f->api.file, &header);
    assert_int_equal(le32_get(header.backup_full_prev.generation_low), 0); /* all of them were aborted */
    assert_int_equal(le32_get(header.backup_copy_prev.generation_low), 0);
}

/* G3: even the end is refused; only a termination helps then. */
static void a_stopped_service_refuses_the_end(void **state)
{
    struct backup_fixture *f = *state;
    OK(JetBeginExternalBackupInstance(f->api.instance, 0));
    OK(JetStopServiceInstance(f->api.instance));
    assert_int_equal(JetEndExternalBackupInstance(f->api.instance), JET_errClientRequestToStopJetService);
    assert_int_equal(JetReadFileInstance(f->api.instance, 0, f->buffer, BACKUP_BUFFER, NULL),
                     JET_errClientRequestToStopJetService);
    OK(JetStopBackupInstance(f->api.instance));
    OK(JetTerm(f->api.instance));
    f->api.instance = 0;
}

/* ---- files ---- */

/* Item 8. */
static void sizes_of_reads(void **state)
{
    struct backup_fixture *f = *state;
    const JET_INSTANCE instance = f->api.instance;
    OK(JetBeginExternalBackupInstance(instance, 0));
    OK(JetOpenFileInstance(instance, f->api.file, &f->file, &f->low, &f->high));
    assert_int_equal(JetReadFileInstance(instance, 0, f->buffer, 2 * BACKUP_PAGE, NULL), JET_errInvalidParameter);
    assert_int_equal(JetReadFileInstance(instance, 0, f->buffer, 0, NULL), JET_errInvalidParameter);
    assert_int_equal(JetReadFileInstance(instance, 0, f->buffer, 3 * BACKUP_PAGE + 1, NULL), JET_errInvalidParameter);
    OK(JetReadFileInstance(instance, 0, f->buffer, 3 * BACKUP_PAGE, NULL)); /* the count is optional */
    OK(JetReadFileInstance(instance, 0, f->buffer, BACKUP_PAGE, &f->actual));
    assert_int_equal(f->actual, BACKUP_PAGE);
    assert_int_equal(JetReadFileInstance(instance, 0, f->buffer, 0, NULL), JET_errInvalidParameter);
    OK(JetCloseFileInstance(instance, 0));
    const char *log = backup_list_of(f, JetGetLogInfoInstanceA);
    OK(JetOpenFileInstance(instance, log, &f->file, &f->low, &f->high));
    assert_int_equal(JetReadFileInstance(instance, 0, f->buffer, BACKUP_PAGE, NULL), JET_errInvalidParameter);
    OK(JetReadFileInstance(instance, 0, f->buffer, 2 * BACKUP_PAGE, &f->actual));
    OK(JetReadFileInstance(instance, 0, f->buffer, 0, &f->actual));
    assert_int_equal(f->actual, 0);
    OK(JetEndExternalBackupInstance(instance));
}

/* 4.3, 2.3: a section is a position. */
static void a_section_begins_where_it_is_wanted(void **state)
{
    struct backup_fixture *f = *state;
    const JET_INSTANCE instance = f->api.instance;
    char *file = (char *)(uintptr_t)f->api.file;
    uint8_t *whole;
    int32_t high = -1;
    assert_int_equal(JetOpenFileSectionInstance(0x777, file, &f->file, 0, 2, 0, &f->low, &high), JET_wrnNyi);
    assert_int_equal(JetOpenFileSectionInstance(instance, file, &f->file, 0, 1, 0, &f->low, &high), JET_errNoBackup);
    OK(JetBeginExternalBackupInstance(instance, 0));
    const uint64_t size = backup_copy_file(f, file, &whole);
    assert_int_equal(JetOpenFileSectionInstance(instance, file, &f->file, 0, 1, 5, &f->low, &high),
                     JET_errInvalidParameter);
    assert_int_equal(JetOpenFileSectionInstance(instance, file, &f->file, 0, 1, 2 * BACKUP_PAGE, &f->low, &high),
                     JET_errInvalidParameter);
    assert_int_equal(JetOpenFileSectionInstance(instance, file, NULL, 0, 1, 0, &f->low, &high),
                     JET_errInvalidParameter);
    assert_int_equal(JetOpenFileSectionInstance(instance, NULL, &f->file, 0, 1, 0, &f->low, &high),
                     JET_errInvalidParameter);
    OK(JetOpenFileSectionInstance(instance, file, &f->file, 7, 1, 200 * BACKUP_PAGE, &f->low, &high));
    assert_int_equal(f->low, size);
    assert_int_equal(high, 0);
    OK(JetReadFileInstance(instance, f->file, f->buffer, BACKUP_PAGE, &f->actual));
    assert_int_equal(f->actual, BACKUP_PAGE);
    assert_memory_equal(f->buffer, whole + (size_t)200 * BACKUP_PAGE, BACKUP_PAGE);
    free(whole);
    OK(JetEndExternalBackupInstance(instance));
}

static void a_database_that_is_made_meanwhile_joins_the_list(void **state)
{
    struct backup_fixture *f = *state;
    const char *other = temp_folder_path(f->api.folder, "other.edb");
    JET_DBID dbid;
    OK(JetBeginExternalBackupInstance(f->api.instance, 0));
    assert_int_equal(backup_list_count(backup_list_of(f, JetGetAttachInfoInstanceA)), 1);
    OK(JetCreateDatabase(f->api.sesid, other, NULL, &dbid, JET_bitNil));
    assert_int_equal(backup_list_count(backup_list_of(f, JetGetAttachInfoInstanceA)), 2);
    assert_true(backup_copy_file(f, other, NULL) > 0);
    OK(JetEndExternalBackupInstance2(f->api.instance, JET_bitBackupEndAbort));
    OK(JetCloseDatabase(f->api.sesid, dbid, JET_bitNil));
    OK(JetDetachDatabase(f->api.sesid, other)); /* nobody holds it any more */
    OK(JetAttachDatabase(f->api.sesid, other, JET_bitDbReadOnly));
    OK(JetBeginExternalBackupInstance(f->api.instance, 0)); /* read-only ones have no part */
    assert_int_equal(backup_list_count(backup_list_of(f, JetGetAttachInfoInstanceA)), 1);
    assert_int_equal(JetOpenFileInstance(f->api.instance, other, &f->file, &f->low, &f->high), JET_errDatabaseNotFound);
    OK(JetEndExternalBackupInstance(f->api.instance));
}

/* ---- lists ---- */

/* backup-api 5.1. */
static void lists_in_buffers_that_are_too_small(void **state)
{
    struct backup_fixture *f = *state;
    const JET_INSTANCE instance = f->api.instance;
    static char narrow[BACKUP_LIST];
    static WCHAR wide[BACKUP_LIST];
    const uint32_t full = (uint32_t)strlen(f->api.file) + 2;
    OK(JetBeginExternalBackupInstance(instance, 0));
    OK(JetGetAttachInfoInstanceA(instance, NULL, 0, &f->actual));
    assert_int_equal(f->actual, full);
    OK(JetGetAttachInfoInstanceW(instance, NULL, 0, &f->actual));
    assert_int_equal(f->actual, full * sizeof(WCHAR));
    memset(narrow, 'x', sizeof narrow);
    f->actual = 4711;
    assert_int_equal(JetGetAttachInfoInstanceA(instance, narrow, full - 2, &f->actual), JET_errBufferTooSmall);
    assert_int_equal(f->actual, 4711); /* not written */
    assert_int_equal(narrow[0], 'x');
    OK(JetGetAttachInfoInstanceA(instance, narrow, full - 1, NULL)); /* only the last NUL does not fit */
    assert_string_equal(narrow, f->api.file);
    assert_int_equal(narrow[full - 1], 'x');
    memset(wide, 'x', sizeof wide);
    OK(JetGetAttachInfoInstanceW(instance, wide, 4 * sizeof(WCHAR) + 1, &f->actual)); /* cut, even within a unit */
    assert_int_equal(f->actual, full * sizeof(WCHAR));
    assert_int_equal(wide[3], (unsigned char)f->api.file[3]);
    assert_int_equal(((const unsigned char *)wide)[4 * sizeof(WCHAR) + 1], 'x');
    OK(JetGetLogInfoInstanceW(instance, NULL, 0, &f->actual));
    const uint32_t logs = f->actual;
    OK(JetGetLogInfoInstanceW(instance, wide, 8, &f->actual));
    assert_int_equal(f->actual, logs); /* a cut list can be told by the two numbers */
    OK(JetEndExternalBackupInstance(instance));
}

static void log_info_tells_the_range(void **state)
{
    struct backup_fixture *f = *state;
    const JET_INSTANCE instance = f->api.instance;
    static char list[BACKUP_LIST];
    static const WCHAR base[4] = {'e', 'd', 'b', 0};
    JET_LOGINFO_A info = {.cbSize = sizeof info - 1};
    JET_LOGINFO_W info_w = {.cbSize = sizeof info};
    assert_int_equal(JetGetLogInfoInstance2A(0x777, list, sizeof list, NULL, &info), JET_errInvalidParameter);
    OK(JetBeginExternalBackupInstance(instance, 0));
    assert_int_equal(JetGetLogInfoInstance2A(instance, list, sizeof list, NULL, &info), JET_errInvalidParameter);
    assert_int_equal(JetGetLogInfoInstance2W(instance, NULL, 0, NULL, &info_w), JET_errInvalidParameter);
    info.cbSize = sizeof info;
    info_w.cbSize = sizeof info_w;
    OK(JetGetLogInfoInstance2A(instance, list, sizeof list, NULL, &info));
    OK(JetGetLogInfoInstance2W(instance, NULL, 0, NULL, &info_w));
    assert_string_equal(list, backup_fixture_log(f, info.ulGenLow));
    assert_int_equal(info.ulGenHigh, info.ulGenLow + backup_list_count(list) - 1);
    assert_int_equal(info.ulGenHigh + 1, backup_fixture_generation(f));
    assert_string_equal(info.szBaseName, "edb");
    assert_int_equal(info_w.ulGenLow, info.ulGenLow);
    assert_int_equal(info_w.ulGenHigh, info.ulGenHigh);
    assert_memory_equal(info_w.szBaseName, base, sizeof base);
    OK(JetEndExternalBackupInstance(instance));
}

/* ---- truncation, stamps, incremental backups ---- */

static void copy_logs(struct backup_fixture *f)
{
    for (const char *log = backup_list_of(f, JetGetLogInfoInstanceA); log[0] != '\0'; log += strlen(log) + 1)
        (void)backup_copy_file(f, log, NULL);
}

/* Writes until the checkpoint has left the first generations. */
static void let_the_checkpoint_move(struct backup_fixture *f, uint32_t generation)
{
    backup_fixture_write_to(f, 1, generation);
    backup_fixture_restart(f, JET_bitTermComplete); /* now it is in the newest */
}

static void full_backup(struct backup_fixture *f, JET_GRBIT end)
{
    OK(JetBeginExternalBackupInstance(f->api.instance, 0));
    (void)backup_copy_file(f, f->api.file, NULL);
    copy_logs(f);
    if (end == JET_bitNil)
        OK(JetTruncateLogInstance(f->api.instance));
    OK(JetEndExternalBackupInstance2(f->api.instance, JET_bitBackupEndNormal | end));
}

static void what_is_truncated_is_what_was_told_before(void **state)
{
    struct backup_fixture *f = *state;
    const JET_INSTANCE *instance = &f->api.instance;
    let_the_checkpoint_move(f, 6);
    OK(JetBeginExternalBackupInstance(*instance, 0));
    (void)backup_copy_file(f, f->api.file, NULL);
    const char *deletable = backup_list_of(f, JetGetTruncateLogInfoInstanceA);
    const unsigned count = backup_list_count(deletable);
    assert_in_range(count, 5, 6);
    assert_string_equal(deletable, backup_fixture_log(f, 1));
    assert_int_equal(JetTruncateLogInstance(*instance), JET_errLogFileNotCopied);
    assert_true(backup_fixture_has_log(f, 1));
    copy_logs(f);
    OK(JetTruncateLogInstance(*instance));
    for (uint32_t generation = 1; generation <= count; generation++)
        assert_false(backup_fixture_has_log(f, generation));
    assert_true(backup_fixture_has_log(f, count + 1) || count == 6); /* 7 is the current one */
    OK(JetTruncateLogInstance(*instance));                           /* harmless */
    OK(JetEndExternalBackupInstance(*instance));
    backup_fixture_restart(f, JET_bitTermDirty); /* recovery has what it needs */
    OK(api_things_seek(f->api.sesid, &f->things, 1));
}

/* Item 12: logs that a database needs which had no part, and was never backed up, stay. */
static void a_database_that_is_left_out_holds_logs_back(void **state)
{
    struct backup_fixture *f = *state;
    JET_DBID dbid;
    OK(JetCreateDatabase(f->api.sesid, temp_folder_path(f->api.folder, "other.edb"), NULL, &dbid, JET_bitNil));
    OK(JetCloseDatabase(f->api.sesid, dbid, JET_bitNil));
    let_the_checkpoint_move(f, 4);
    OK(JetAttachDatabase(f->api.sesid, temp_folder_path(f->api.folder, "other.edb"), JET_bitNil));
    OK(JetBeginExternalBackupInstance(f->api.instance, 0));
    (void)backup_copy_file(f, f->api.file, NULL);
    copy_logs(f);
    assert_int_equal(backup_list_count(backup_list_of(f, JetGetTruncateLogInfoInstanceA)), 0);
    OK(JetTruncateLogInstance(f->api.instance));
    assert_true(backup_fixture_has_log(f, 1));
    OK(JetEndExternalBackupInstance(f->api.instance));
}

/* Item 13. */
static void truncation_decides_where_a_backup_is_put_down(void **state)
{
    struct backup_fixture *f = *state;
    struct dbheader_disk header;
    full_backup(f, JET_bitBackupNoDbHeaderUpdate);
    OK(JetTerm2(f->api.instance, JET_bitTermComplete));
    backup_fixture_header(f->api.file, &header);
    f->api.instance = 0;
    assert_int_equal(le32_get(header.backup_full_prev.generation_low), 0);
    assert_int_equal(le32_get(header.backup_copy_prev.generation_low), 0);
}

static void a_backup_without_truncation_is_a_copy(void **state)
{
    struct backup_fixture *f = *state;
    struct dbheader_disk header;
    OK(JetBeginExternalBackupInstance(f->api.instance, 0));
    (void)backup_copy_file(f, f->api.file, NULL);
    copy_logs(f);
    OK(JetEndExternalBackupInstance(f->api.instance));
    OK(JetBeginExternalBackupInstance(f->api.instance, 0)); /* nothing of the database is read */
    copy_logs(f);
    OK(JetTruncateLogInstance(f->api.instance));
    OK(JetEndExternalBackupInstance(f->api.instance));
    OK(JetTerm2(f->api.instance, JET_bitTermComplete));
    f->api.instance = 0;
    backup_fixture_header(f->api.file, &header);
    assert_int_equal(le32_get(header.backup_full_prev.generation_low), 0);
    assert_int_not_equal(le32_get(header.backup_copy_prev.generation_low), 0);
}

/* Item 14, and a chain of incremental backups. */
static void incremental_backups_build_on_a_full_one(void **state)
{
    struct backup_fixture *f = *state;
    static char list[BACKUP_LIST];
    struct dbheader_disk header;
    assert_int_equal(JetBeginExternalBackupInstance(f->api.instance, JET_bitBackupIncremental),
                     JET_errMissingFullBackup);
    assert_int_equal(JetEndExternalBackupInstance(f->api.instance), JET_errNoBackup); /* nothing is occupied */
    full_backup(f, JET_bitNil);
    for (unsigned i = 0; i < 2; i++) {
        backup_fixture_write_to(f, 2, backup_fixture_generation(f) + 2);
        OK(JetBeginExternalBackupInstance(f->api.instance, JET_bitBackupIncremental));
        assert_int_equal(JetGetAttachInfoInstance(f->api.instance, list, sizeof list, NULL),
                         JET_errInvalidBackupSequence);
        copy_logs(f);
        OK(JetTruncateLogInstance(f->api.instance));
        OK(JetEndExternalBackupInstance(f->api.instance));
    }
    const uint32_t last = backup_fixture_generation(f) - 1;
    OK(JetTerm2(f->api.instance, JET_bitTermComplete));
    f->api.instance = 0;
    backup_fixture_header(f->api.file, &header);
    assert_int_equal(le32_get(header.backup_incremental_prev.generation_high), last);
    assert_true(le32_get(header.backup_full_prev.generation_high) <
                le32_get(header.backup_incremental_prev.generation_low) + 2);
}

static int setup_circular(void **state)
{
    if (backup_fixture_setup(state) != 0)
        return -1;
    struct backup_fixture *f = *state;
    f->is_circular = true;
    backup_fixture_restart(f, JET_bitTermComplete);
    return 0;
}

/* 2.4: what the backup needs stays, however much is written. */
static void circular_logging_keeps_what_a_backup_needs(void **state)
{
    struct backup_fixture *f = *state;
    assert_int_equal(JetBeginExternalBackupInstance(f->api.instance, JET_bitBackupIncremental), JET_errInvalidBackup);
    assert_int_equal(JetBeginSurrogateBackup(f->api.instance, 1, 1, 0), JET_errInvalidBackup);
    backup_fixture_write_to(f, 1, 8);
    OK(JetBeginExternalBackupInstance(f->api.instance, 0));
    (void)backup_copy_file(f, f->api.file, NULL);
    backup_fixture_write_to(f, 1, backup_fixture_generation(f) + 12);
    const char *list = backup_list_of(f, JetGetLogInfoInstanceA);
    assert_true(backup_list_count(list) >= 12);
    copy_logs(f);
    OK(JetEndExternalBackupInstance(f->api.instance));
    const uint32_t old = backup_fixture_generation(f) - 12;
    struct os_event *never;
    OK(os_event_new(&never));
    for (unsigned more = 0; backup_fixture_has_log(f, old) && more < 500; more++) { /* and goes when it is over */
        backup_fixture_write_to(f, 1, backup_fixture_generation(f) + 1);
        (void)os_event_wait(never, 10); /* pages are written by a thread, which has to find them free */
    }
    os_event_free(never);
    assert_false(backup_fixture_has_log(f, old));
}

/* ---- damage ---- */

/* One word: two that are inverted cancel out in some checksums. */
static void invert(const char *path, uint64_t offset)
{
    struct os_file *file;
    uint8_t bytes[4];
    size_t actual;
    OK(os_file_open(path, OS_FILE_READ_WRITE, &file));
    OK(os_file_read(file, offset, bytes, sizeof bytes, &actual));
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)~bytes[i];
    OK(os_file_write(file, offset, bytes, sizeof bytes));
    os_file_close(file);
}

static struct backup *machine(const struct backup_fixture *f)
{
    struct instance *instance;
    OK(instance_enter_anyway(f->api.instance, &instance));
    struct backup *b = instance->backup;
    instance_leave(instance);
    return b;
}

static void listen(struct backup_fixture *f, struct finding_list *list)
{
    const struct finding_listener listener = finding_list_listener(list);
    backup_listen(machine(f), &listener);
}

static void assert_found(const struct finding_list *list, enum finding_kind kind, pgno_t pgno)
{
    const struct finding *finding = finding_list_first(list, kind);
    assert_non_null(finding);
    assert_int_equal(finding_list_count(list, kind), 1);
    assert_int_equal(finding->place, FINDING_AT_PAGE);
    assert_int_equal(finding->where, pgno);
}

static void flip_bit(const char *path, uint64_t offset)
{
    struct os_file *file;
    uint8_t byte;
    size_t actual;
    OK(os_file_open(path, OS_FILE_READ_WRITE, &file));
    OK(os_file_read(file, offset, &byte, 1, &actual));
    byte ^= 4;
    OK(os_file_write(file, offset, &byte, 1));
    os_file_close(file);
}

/* 4.5: one bit is mended in the buffer, and told; the file stays as it is. */
static void a_flipped_bit_is_mended_on_the_way(void **state)
{
    struct backup_fixture *f = *state;
    struct finding_list found = {.count = 0};
    struct page_verdict verdict;
    const pgno_t catalogue = 4;
    const uint64_t offset = (uint64_t)(catalogue + 1) * BACKUP_PAGE + 1000;
    temp_folder_need_reading_in_use(f->api.folder);
    backup_fixture_restart(f, JET_bitTermComplete); /* every page is in the file */
    listen(f, &found);
    flip_bit(f->api.file, offset);
    OK(JetBeginExternalBackupInstance(f->api.instance, 0));
    OK(JetOpenFileInstance(f->api.instance, f->api.file, &f->file, &f->low, &f->high));
    OK(JetReadFileInstance(f->api.instance, 0, f->buffer, BACKUP_BUFFER, &f->actual));
    OK(page_verify((uint8_t *)f->buffer + (size_t)(catalogue + 1) * BACKUP_PAGE, BACKUP_PAGE, catalogue, &verdict));
    assert_found(&found, FINDING_PAGE_CORRECTABLE, catalogue);
    OK(JetEndExternalBackupInstance(f->api.instance));
    flip_bit(f->api.file, offset);
}

/* 3.4: the stop is seen between two repetitions; the file stays open. */
static void a_stop_ends_the_repetitions(void **state)
{
    struct backup_fixture *f = *state;
    temp_folder_need_reading_in_use(f->api.folder);
    backup_fixture_restart(f, JET_bitTermComplete);
    OK(JetBeginExternalBackupInstance(f->api.instance, 0));
    OK(JetOpenFileInstance(f->api.instance, f->api.file, &f->file, &f->low, &f->high));
    invert(f->api.file, 5 * BACKUP_PAGE + 200);
    pauses = 0;
    stopped_in_third_pause = machine(f);
    counts_pauses = true;
    const JET_ERR err = JetReadFileInstance(f->api.instance, 0, f->buffer, BACKUP_BUFFER, &f->actual);
    counts_pauses = false;
    stopped_in_third_pause = NULL;
    invert(f->api.file, 5 * BACKUP_PAGE + 200);
    assert_int_equal(err, JET_errBackupAbortByServer);
    assert_int_equal(pauses, 3);
    OK(JetCloseFileInstance(f->api.instance, 0));
    OK(JetEndExternalBackupInstance(f->api.instance));
}

/* Item 10: 17 reads, then the database leaves the backup, and everything goes on. */
static void a_damaged_page_is_found_after_all_repetitions(void **state)
{
    struct backup_fixture *f = *state;
    struct finding_list found = {.count = 0};
    temp_folder_need_reading_in_use(f->api.folder);
    backup_fixture_restart(f, JET_bitTermComplete); /* every page is in the file */
    listen(f, &found);
    const uint32_t generation = backup_fixture_generation(f);
    OK(JetBeginExternalBackupInstance(f->api.instance, 0));
    OK(JetOpenFileInstance(f->api.instance, f->api.file, &f->file, &f->low, &f->high));
    OK(JetReadFileInstance(f->api.instance, 0, f->buffer, BACKUP_BUFFER, &f->actual));
    invert(f->api.file, 17 * BACKUP_PAGE + 200); /* page 16 */
    f->actual = 4711;
    pauses = 0;
    pauses_ms = 0;
    counts_pauses = true;
    const JET_ERR err = JetReadFileInstance(f->api.instance, 0, f->buffer, BACKUP_BUFFER, &f->actual);
    counts_pauses = false;
    assert_int_equal(err, JET_errReadVerifyFailure);
    assert_int_equal(f->actual, 4711);
    assert_int_equal(pauses, 16);
    assert_int_equal(pauses_ms, 13600);
    assert_found(&found, FINDING_PAGE_CHECKSUM, 16); /* once, after the last of them */
    assert_int_equal(JetCloseFileInstance(f->api.instance, 0), JET_errInvalidParameter);   /* the handle is gone */
    assert_int_equal(api_things_seek(f->api.sesid, &f->things, 1), JET_errRecordNotFound); /* it lives on */
    copy_logs(f);
    assert_int_equal(backup_list_count(backup_list_of(f, JetGetTruncateLogInfoInstanceA)), 0);
    OK(JetTruncateLogInstance(f->api.instance));
    OK(JetEndExternalBackupInstance(f->api.instance));
    assert_true(backup_fixture_generation(f) > generation);
    invert(f->api.file, 17 * BACKUP_PAGE + 200);
}

/* Item 11. */
static void a_damaged_log_ends_the_backup(void **state)
{
    static const uint64_t offsets[] = {100, 4096 + 300}; /* header, first segment */
    struct backup_fixture *f = *state;
    backup_fixture_write_to(f, 1, 3);
    for (size_t i = 0; i < COUNT_OF(offsets); i++) {
        OK(JetBeginExternalBackupInstance(f->api.instance, 0));
        const char *log = backup_list_of(f, JetGetLogInfoInstanceA);
        invert(log, offsets[i]);
        OK(JetOpenFileInstance(f->api.instance, log, &f->file, &f->low, &f->high));
        assert_int_equal(f->low, 128 * 1024);
        assert_int_equal(JetReadFileInstance(f->api.instance, 0, f->buffer, BACKUP_BUFFER, &f->actual),
                         JET_errLogReadVerifyFailure);
        assert_int_equal(JetReadFileInstance(f->api.instance, 0, f->buffer, BACKUP_BUFFER, &f->actual),
                         JET_errNoBackup);
        invert(log, offsets[i]);
    }
}

static void a_log_that_is_gone_ends_the_backup(void **state)
{
    struct backup_fixture *f = *state;
    backup_fixture_write_to(f, 1, 3);
    OK(JetBeginExternalBackupInstance(f->api.instance, 0));
    const char *log = backup_list_of(f, JetGetLogInfoInstanceA);
    const char *aside = temp_folder_path(f->api.folder, "aside");
    OK(os_path_rename_new(log, aside));
    assert_int_equal(JetOpenFileInstance(f->api.instance, log, &f->file, &f->low, &f->high),
                     JET_errMissingFileToBackup);
    assert_int_equal(JetEndExternalBackupInstance(f->api.instance), JET_errNoBackup);
    OK(os_path_rename_new(aside, log));
}

static void a_damaged_checkpoint_file_refuses_the_begin(void **state)
{
    struct backup_fixture *f = *state;
    const char *checkpoint = temp_folder_path(f->api.folder, "edb.chk");
    backup_fixture_restart(f, JET_bitTermComplete);
    invert(checkpoint, 20);
    OK(JetBeginExternalBackupInstance(f->api.instance, 0)); /* the other copy counts */
    OK(JetEndExternalBackupInstance(f->api.instance));
    invert(checkpoint, 20);
    JET_ERR err = JET_errSuccess;
    for (unsigned attempt = 0; err == JET_errSuccess && attempt < 20;
         attempt++) { /* it may be written anew meanwhile */
        invert(checkpoint, 20);
        invert(checkpoint, 4096 + 20);
        err = JetBeginExternalBackupInstance(f->api.instance, 0);
        if (err == JET_errSuccess)
            OK(JetEndExternalBackupInstance(f->api.instance));
    }
    assert_int_equal(err, JET_errCheckpointCorrupt);
    assert_int_equal(JetEndExternalBackupInstance(f->api.instance), JET_errNoBackup);
}

/* 7.5: the checkpoint file names the last backups of both kinds from its next write on. */
static void the_checkpoint_file_names_the_last_backups(void **state)
{
    struct backup_fixture *f = *state;
    struct checkpoint_selection selection;
    size_t size;
    full_backup(f, JET_bitNil);
    OK(JetTerm2(f->api.instance, JET_bitTermComplete));
    f->api.instance = 0;
    void *bytes = temp_file_read(temp_folder_path(f->api.folder, "edb.chk"), &size);
    OK(checkpoint_select(bytes, size, &selection));
    assert_int_not_equal(lgpos_get(selection.checkpoint->full_backup).generation, 0);
    assert_int_equal(lgpos_get(selection.checkpoint->incremental_backup).generation, 0);
    free(bytes);
}

/* ---- one instance ---- */

/* backup-api 1.3. */
static void calls_without_an_instance_mean_the_only_one(void **state)
{
    struct temp_folder *folder = *state;
    const char *file = temp_folder_path(folder, "only.edb");
    void *buffer = os_pages_alloc(BACKUP_BUFFER);
    static char list[BACKUP_LIST];
    JET_SESID sesid;
    JET_DBID dbid;
    JET_HANDLE handle;
    uint32_t low, high, actual;
    assert_non_null(buffer);
    assert_int_equal(JetBeginExternalBackup(0), JET_errInvalidParameter);
    assert_int_equal(JetStopBackup(), JET_errInvalidParameter);
    OK(JetSetSystemParameter(NULL, 0, JET_paramSystemPath, 0, temp_folder_root(folder)));
    OK(JetSetSystemParameter(NULL, 0, JET_paramLogFilePath, 0, temp_folder_root(folder)));
    OK(JetSetSystemParameter(NULL, 0, JET_paramTempPath, 0, temp_folder_path(folder, "tmp.edb")));
    OK(JetSetSystemParameter(NULL, 0, JET_paramLogFileSize, 128, NULL));
    OK(JetInit(NULL));
    OK(JetBeginSession(0, &sesid, NULL, NULL));
    OK(JetCreateDatabase(sesid, file, NULL, &dbid, JET_bitNil));
    OK(JetBeginExternalBackup(0));
    OK(JetGetAttachInfo(list, sizeof list, &actual));
    assert_string_equal(list, file);
    OK(JetOpenFile(list, &handle, &low, &high));
    do
        OK(JetReadFile(handle, buffer, BACKUP_BUFFER, &actual));
    while (actual > 0);
    OK(JetCloseFile(handle));
    OK(JetGetLogInfo(list, sizeof list, &actual));
    assert_int_equal(JetTruncateLog(), JET_errLogFileNotCopied);
    OK(JetStopBackup());
    assert_int_equal(JetTruncateLog(), JET_errBackupAbortByServer);
    OK(JetEndExternalBackup());
    assert_int_equal(JetEndExternalBackup(), JET_errNoBackup);
    OK(JetTerm(0));
    os_pages_free(buffer, BACKUP_BUFFER);
}

static void without_a_log_there_is_no_backup(void **state)
{
    struct temp_folder *folder = *state;
    JET_INSTANCE instance = api_instance_create(folder, "unlogged");
    OK(JetSetSystemParameter(&instance, 0, JET_paramRecovery, 0, "off"));
    OK(JetInit(&instance));
    assert_int_equal(JetBeginExternalBackupInstance(instance, 0), JET_errLoggingDisabled);
    assert_int_equal(JetBeginExternalBackupInstance(instance, 0xFF00), JET_errLoggingDisabled);
    OK(JetStopBackupInstance(instance));
    OK(JetTerm(instance));
}

static void bits_of_begin(void **state)
{
    struct backup_fixture *f = *state;
    assert_int_equal(JetBeginExternalBackupInstance(f->api.instance, JET_bitBackupAtomic), JET_errInvalidGrbit);
    assert_int_equal(JetBeginExternalBackupInstance(f->api.instance, JET_bitBackupSurrogate), JET_errInvalidGrbit);
    assert_int_equal(JetBeginSurrogateBackup(f->api.instance, 2, 1, 0), JET_errInvalidParameter);
    assert_int_equal(JetBeginSurrogateBackup(f->api.instance, 1, 999, 0), JET_errInvalidParameter);
    OK(JetBeginExternalBackupInstance(f->api.instance, JET_bitInternalCopy));
    OK(JetEndExternalBackupInstance(f->api.instance));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, backup_fixture_setup, backup_fixture_teardown)
    const struct CMUnitTest tests[] = {
        CASE(sequence_of_a_full_backup),
        CASE(sequence_of_a_stopped_backup),
        CASE(a_stop_may_come_at_any_time),
        CASE(the_first_reason_counts),
        CASE(a_stopped_backup_still_occupies_the_instance),
        CASE(every_other_termination_ends_the_backup),
        CASE(a_stopped_service_refuses_the_end),
        CASE(sizes_of_reads),
        CASE(a_section_begins_where_it_is_wanted),
        CASE(a_database_that_is_made_meanwhile_joins_the_list),
        CASE(lists_in_buffers_that_are_too_small),
        CASE(log_info_tells_the_range),
        CASE(what_is_truncated_is_what_was_told_before),
        CASE(a_database_that_is_left_out_holds_logs_back),
        CASE(truncation_decides_where_a_backup_is_put_down),
        CASE(a_backup_without_truncation_is_a_copy),
        CASE(incremental_backups_build_on_a_full_one),
        cmocka_unit_test_setup_teardown(circular_logging_keeps_what_a_backup_needs, setup_circular,
                                        backup_fixture_teardown),
        CASE(a_flipped_bit_is_mended_on_the_way),
        CASE(a_stop_ends_the_repetitions),
        CASE(a_damaged_page_is_found_after_all_repetitions),
        CASE(a_damaged_log_ends_the_backup),
        CASE(a_log_that_is_gone_ends_the_backup),
        CASE(a_damaged_checkpoint_file_refuses_the_begin),
        CASE(the_checkpoint_file_names_the_last_backups),
        cmocka_unit_test_setup_teardown(calls_without_an_instance_mean_the_only_one, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(without_a_log_there_is_no_backup, temp_folder_setup, temp_folder_teardown),
        CASE(bits_of_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
