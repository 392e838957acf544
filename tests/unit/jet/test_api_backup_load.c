/* SPDX-License-Identifier: MIT */
/* A running instance is backed up while sessions write, and what was streamed is made a database again: everything that
 * was committed before the logs were listed is there, and the copy passes the whole check. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backup_fixture.h"
#include "format/page.h"
#include "format/patchpage.h"
#include "isam/deep.h"
#include "os/os_file.h"
#include "os/os_thread.h"
#include "storage/database_file.h"
#include "support/temp_folder.h"

enum { WRITERS = 4, IDS_OF_ONE = 1000000, LEAST = 500, PATIENCE_MS = 60 * 1000 };

struct load {
    struct backup_fixture *f;
    _Atomic bool is_over;
    _Atomic unsigned next_writer;
    _Atomic unsigned failed;
    _Atomic int committed[WRITERS]; /* records of each writer, from 0 on */
};

/* Inserts records one by one, and changes one it made before. */
static bool one_record(struct load *load, JET_SESID sesid, const struct api_things *things, unsigned writer)
{
    const int32_t id = (int32_t)writer * IDS_OF_ONE + load->committed[writer];
    char name[120];
    memset(name, 'a' + id % 26, sizeof name);
    bool is_done = JetBeginTransaction(sesid) == JET_errSuccess &&
                   JetPrepareUpdate(sesid, things->tableid, JET_prepInsert) == JET_errSuccess &&
                   JetSetColumn(sesid, things->tableid, things->id, &id, sizeof id, 0, NULL) == JET_errSuccess &&
                   JetSetColumn(sesid, things->tableid, things->name, name, sizeof name, 0, NULL) == JET_errSuccess &&
                   JetUpdate(sesid, things->tableid, NULL, 0, NULL) == JET_errSuccess &&
                   JetCommitTransaction(sesid, JET_bitCommitLazyFlush) == JET_errSuccess;
    if (is_done)
        atomic_fetch_add(&load->committed[writer], 1);
    return is_done;
}

static void writer_run(void *context)
{
    struct load *load = context;
    const unsigned writer = atomic_fetch_add(&load->next_writer, 1);
    JET_SESID sesid;
    JET_DBID dbid;
    struct api_things things = load->f->things;
    bool is_good = JetBeginSession(load->f->api.instance, &sesid, NULL, NULL) == JET_errSuccess &&
                   JetOpenDatabase(sesid, load->f->api.file, NULL, &dbid, 0) == JET_errSuccess &&
                   JetOpenTable(sesid, dbid, "things", NULL, 0, 0, &things.tableid) == JET_errSuccess;
    while (is_good && !atomic_load(&load->is_over))
        is_good = one_record(load, sesid, &things, writer);
    if (!is_good || JetEndSession(sesid, 0) < JET_errSuccess)
        atomic_fetch_add(&load->failed, 1);
}

static void wait_for_records(struct load *load, int more)
{
    int goals[WRITERS];
    for (unsigned i = 0; i < WRITERS; i++)
        goals[i] = atomic_load(&load->committed[i]) + more;
    struct os_event *never;
    OK(os_event_new(&never));
    for (unsigned i = 0; i < WRITERS; i++)
        for (unsigned ms = 0; atomic_load(&load->committed[i]) < goals[i] && ms < PATIENCE_MS; ms++)
            (void)os_event_wait(never, 1);
    os_event_free(never);
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    struct os_file *file;
    OK(os_file_open(path, OS_FILE_CREATE_NEW, &file));
    OK(os_file_write(file, 0, bytes, size));
    os_file_close(file);
}

/* Page by page: whole, or never used. */
static void check_stream(const uint8_t *bytes, uint64_t size)
{
    const struct dbheader_disk *header = (const void *)bytes;
    const pgno_t last = (pgno_t)(size / BACKUP_PAGE - 3);
    OK(dbheader_verify(header, BACKUP_PAGE));
    assert_memory_equal(bytes, bytes + BACKUP_PAGE, BACKUP_PAGE);
    for (pgno_t pgno = 1; pgno <= last; pgno++) {
        struct page_verdict verdict;
        const JET_ERR err = page_verify(bytes + (size_t)(pgno + 1) * BACKUP_PAGE, BACKUP_PAGE, pgno, &verdict);
        assert_true(err >= JET_errSuccess || verdict.state == PAGE_ZERO);
    }
    OK(patchpage_verify(bytes + size - BACKUP_PAGE, BACKUP_PAGE, &header->signature));
}

static void check_records(struct backup_fixture *f, JET_INSTANCE instance, const char *file, const int *least)
{
    JET_SESID sesid;
    JET_DBID dbid;
    struct api_things things;
    OK(JetBeginSession(instance, &sesid, NULL, NULL));
    OK(JetAttachDatabase(sesid, file, JET_bitNil));
    OK(JetOpenDatabase(sesid, file, NULL, &dbid, JET_bitNil));
    api_things_open(&f->api, sesid, dbid, &things);
    for (int writer = 0; writer < WRITERS; writer++) {
        int count = 0;
        while (api_things_seek(sesid, &things, writer * IDS_OF_ONE + count) == JET_errSuccess)
            count++;
        assert_in_range(count, least[writer], IDS_OF_ONE);
        for (int beyond = 1; beyond < 20; beyond++) /* no holes */
            assert_int_equal(api_things_seek(sesid, &things, writer * IDS_OF_ONE + count + beyond),
                             JET_errRecordNotFound);
    }
}

static void check_deeply(const char *file)
{
    const struct finding_listener nobody = {0};
    const struct deep_options options = {0};
    struct deep_counts counts;
    struct database_file *database;
    OK(database_file_open(file, &nobody, &database));
    assert_int_equal(le32_get(database_file_info(database)->header->state), DBHEADER_CLEAN);
    OK(deep_verify(database, &options, &nobody, &counts));
    database_file_close(database);
}

/* Recovery of the copy, in another folder, as another instance. */
static void restore_and_check(struct backup_fixture *f, const char *folder, const char *file, const int *least)
{
    JET_INSTANCE instance = 0;
    char *from = (char *)(uintptr_t)f->api.file, *to = (char *)(uintptr_t)file;
    JET_RSTMAP_A map = {.szDatabaseName = from, .szNewDatabaseName = to};
    JET_RSTINFO_A info = {.cbStruct = sizeof info, .rgrstmap = &map, .crstmap = 1};
    OK(JetCreateInstance(&instance, "restored"));
    OK(JetSetSystemParameter(&instance, 0, JET_paramSystemPath, 0, folder));
    OK(JetSetSystemParameter(&instance, 0, JET_paramLogFilePath, 0, folder));
    OK(JetSetSystemParameter(&instance, 0, JET_paramTempPath, 0, temp_folder_path(f->api.folder, "restored.tmp")));
    OK(JetSetSystemParameter(&instance, 0, JET_paramLogFileSize, 128, NULL));
    OK(JetSetSystemParameter(&instance, 0, JET_paramLegacyFileNames, 3, NULL));
    OK(JetInit3A(&instance, &info, JET_bitAllowSoftRecoveryOnBackup | JET_bitAllowMissingCurrentLog));
    check_records(f, instance, file, least);
    OK(JetTerm2(instance, JET_bitTermComplete));
    check_deeply(file);
}

static void copy_logs(struct backup_fixture *f, const char *folder)
{
    for (const char *log = backup_list_of(f, JetGetLogInfoInstanceA); log[0] != '\0'; log += strlen(log) + 1) {
        uint8_t *bytes;
        const uint64_t size = backup_copy_file(f, log, &bytes);
        char *copy = os_path_join(folder, os_path_name(log));
        assert_non_null(copy);
        write_file(copy, bytes, (size_t)size);
        free(copy);
        free(bytes);
    }
}

static void what_was_streamed_under_load_becomes_the_database_again(void **state)
{
    struct backup_fixture *f = *state;
    struct load load = {.f = f};
    struct os_thread *writers[WRITERS];
    int least[WRITERS];
    uint8_t *bytes;
    const char *folder = temp_folder_path(f->api.folder, "restored");
    OK(os_folder_create(folder));
    char *file = os_path_join(folder, "copy.edb");
    assert_non_null(file);
    for (unsigned i = 0; i < WRITERS; i++)
        OK(os_thread_start(writer_run, &load, &writers[i]));
    wait_for_records(&load, LEAST);
    OK(JetBeginExternalBackupInstance(f->api.instance, 0));
    const uint64_t size = backup_copy_file(f, f->api.file, &bytes);
    wait_for_records(&load, LEAST);
    for (unsigned i = 0; i < WRITERS; i++)
        least[i] = atomic_load(&load.committed[i]);
    copy_logs(f, folder);
    OK(JetTruncateLogInstance(f->api.instance));
    OK(JetEndExternalBackupInstance(f->api.instance));
    wait_for_records(&load, LEAST);
    atomic_store(&load.is_over, true);
    for (unsigned i = 0; i < WRITERS; i++)
        os_thread_join(writers[i]);
    assert_int_equal(load.failed, 0);
    check_stream(bytes, size);
    write_file(file, bytes, (size_t)size);
    restore_and_check(f, folder, file, least);
    backup_fixture_restart(
        f, JET_bitTermDirty); /* and the instance itself has what recovery needs, after the truncation */
    for (unsigned i = 0; i < WRITERS; i++)
        OK(api_things_seek(f->api.sesid, &f->things, (int)i * IDS_OF_ONE + least[i] - 1));
    free(file);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_streamed_under_load_becomes_the_database_again, backup_fixture_setup,
                                        backup_fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
