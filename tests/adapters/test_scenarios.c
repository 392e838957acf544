/* SPDX-License-Identifier: MIT */
/* test_scenarios.c - backup, restore, snapshot, recovery and termination as a .NET client asks for them, of the library
 * that applications load.
 *
 * The client's habits: an instance with a GUID for a name, paths relative to the current folder and missing until the
 * engine makes them, log files of 128 KiB, paths through the W forms, names of tables and columns as bytes. One table,
 * one long column, one record with the value 17; a copy is right if that record is there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "jet/esent.h"
#include "os/os_file.h"
#include "support/temp_folder.h"

enum { VALUE = 17, STEP = 65536, TEXT_MAX = 1024, LIST_MAX = 16384, SYNC_ROLL = 0x10, ROLLS = 10 };

#define OK(call) assert_int_equal((call), JET_errSuccess)

static const char folder_name[] = "client";
static const char database_name[] = "client/data/database.edb";
static const char table_name[] = "table";
static const char column_name[] = "column1";

struct client {
    JET_INSTANCE instance;
    JET_SESID sesid;
    JET_DBID dbid;
};

/* ASCII as 16-bit text, in the last of some static buffers. */
static WCHAR *wide(const char *text)
{
    static WCHAR buffers[4][TEXT_MAX];
    static unsigned next;
    WCHAR *buffer = buffers[next++ % 4];
    for (size_t i = 0; i <= strlen(text); i++)
        buffer[i] = (WCHAR)(unsigned char)text[i];
    return buffer;
}

static const char *narrow(const WCHAR *text)
{
    static char buffer[TEXT_MAX];
    size_t i = 0;
    for (; text[i] && i + 1 < sizeof buffer; i++)
        buffer[i] = (char)text[i];
    buffer[i] = '\0';
    return buffer;
}

static bool exists(const char *path)
{
    struct os_path_info info;
    return os_path_stat(path, &info) >= JET_errSuccess;
}

static void set_text(JET_INSTANCE *instance, uint32_t id, const char *text)
{
    OK(JetSetSystemParameterW(instance, 0, id, 0, wide(text)));
}

static void instance_create(JET_INSTANCE *ret_instance)
{
    OK(JetCreateInstance2W(ret_instance, wide("6f9619ff-8b86-d011-b42d-00c04fc964ff"), NULL, JET_bitNil));
    OK(JetSetSystemParameterW(ret_instance, 0, JET_paramLogFileSize, 128, NULL));
    OK(JetSetSystemParameterW(ret_instance, 0, JET_paramCreatePathIfNotExist, 1, NULL));
    OK(JetSetSystemParameterW(ret_instance, 0, JET_paramNoInformationEvent, 1, NULL));
    set_text(ret_instance, JET_paramLogFilePath, folder_name);
    set_text(ret_instance, JET_paramSystemPath, folder_name);
    set_text(ret_instance, JET_paramTempPath, folder_name);
}

static void client_start(struct client *client)
{
    instance_create(&client->instance);
    OK(JetInit2(&client->instance, JET_bitNil));
    OK(JetBeginSession(client->instance, &client->sesid, NULL, NULL));
}

static void client_end(struct client *client)
{
    OK(JetTerm(client->instance));
}

/* Makes the database, and leaves it attached and open. */
static void client_make(struct client *client)
{
    const JET_COLUMNDEF definition = {.cbStruct = sizeof definition, .coltyp = JET_coltypLong};
    const int32_t value = VALUE;
    JET_TABLEID table;
    JET_COLUMNID column;
    assert_int_equal(os_folder_create(folder_name), JET_errSuccess);
    assert_int_equal(os_folder_create("client/data"), JET_errSuccess);
    client_start(client);
    OK(JetCreateDatabaseW(client->sesid, wide(database_name), NULL, &client->dbid, JET_bitNil));
    OK(JetBeginTransaction(client->sesid));
    OK(JetCreateTable(client->sesid, client->dbid, table_name, 0, 100, &table));
    OK(JetAddColumn(client->sesid, table, column_name, &definition, NULL, 0, &column));
    OK(JetPrepareUpdate(client->sesid, table, JET_prepInsert));
    OK(JetSetColumn(client->sesid, table, column, &value, sizeof value, JET_bitNil, NULL));
    OK(JetUpdate(client->sesid, table, NULL, 0, NULL));
    OK(JetCloseTable(client->sesid, table));
    OK(JetCommitTransaction(client->sesid, JET_bitNil));
}

static void client_look(struct client *client, const char *path)
{
    JET_TABLEID table;
    JET_COLUMNDEF definition;
    int32_t value = 0;
    OK(JetAttachDatabaseW(client->sesid, wide(path), JET_bitDbReadOnly));
    OK(JetOpenDatabaseW(client->sesid, wide(path), NULL, &client->dbid, JET_bitDbReadOnly));
    OK(JetOpenTable(client->sesid, client->dbid, table_name, NULL, 0, JET_bitTableReadOnly, &table));
    OK(JetGetTableColumnInfoW(client->sesid, table, wide(column_name), &definition, sizeof definition, JET_ColInfo));
    OK(JetMove(client->sesid, table, JET_MoveFirst, JET_bitNil));
    OK(JetRetrieveColumn(client->sesid, table, definition.columnid, &value, sizeof value, NULL, JET_bitNil, NULL));
    assert_int_equal(value, VALUE);
}

/* A new instance, as another process would have it. */
static void look(const char *path)
{
    struct client client;
    client_start(&client);
    client_look(&client, path);
    client_end(&client);
}

static int enter_folder(void **state)
{
    if (temp_folder_setup(state) != 0)
        return -1;
    return chdir(temp_folder_root(*state));
}

/* All tests end without an instance. */
static int leave_folder(void **state)
{
    uint32_t count = 1;
    JET_INSTANCE_INFO_W *info = NULL;
    const JET_ERR err = JetGetInstanceInfoW(&count, &info);
    const int left = chdir("/");
    return temp_folder_teardown(state) != 0 || left != 0 || err != JET_errSuccess || count != 0 ? -1 : 0;
}

/* ---- streaming ---- */

/* Reads a file to its end; `path` may be relative. */
static uint64_t stream(const struct client *client, const WCHAR *path)
{
    JET_HANDLE handle;
    uint32_t low, high, actual;
    uint64_t bytes = 0;
    void *buffer = os_pages_alloc(STEP);
    assert_non_null(buffer);
    OK(JetOpenFileInstanceW(client->instance, path, &handle, &low, &high));
    do {
        OK(JetReadFileInstance(client->instance, handle, buffer, STEP, &actual));
        bytes += actual;
    } while (actual > 0);
    OK(JetCloseFileInstance(client->instance, handle));
    assert_int_equal(bytes, low | (uint64_t)high << 32);
    os_pages_free(buffer, STEP);
    return bytes;
}

static void roll_logs(const struct client *client)
{
    for (int i = 0; i < ROLLS; i++)
        OK(JetCommitTransaction(client->sesid, SYNC_ROLL));
}

static void a_live_database_is_streamed(void **state)
{
    static WCHAR list[LIST_MAX];
    struct client client;
    uint32_t actual, needed;
    unsigned logs = 0;
    client_make(&client);
    roll_logs(&client);
    OK(JetBeginExternalBackupInstance(client.instance, JET_bitNil));
    OK(JetGetAttachInfoInstanceW(client.instance, NULL, 0, &needed));
    OK(JetGetAttachInfoInstanceW(client.instance, list, sizeof list, &actual));
    assert_int_equal(actual, needed);
    assert_non_null(strstr(narrow(list), "database.edb"));
    assert_true(stream(&client, wide(database_name)) > 0);
    OK(JetGetLogInfoInstanceW(client.instance, NULL, 0, &needed));
    OK(JetGetLogInfoInstanceW(client.instance, list, sizeof list, &actual));
    assert_int_equal(actual, needed);
    for (const WCHAR *path = list; *path; path++, logs++) {
        assert_true(stream(&client, path) > 0);
        while (*path)
            path++;
    }
    assert_true(logs >= 1);
    OK(JetGetTruncateLogInfoInstanceW(client.instance, list, sizeof list, &actual));
    OK(JetTruncateLogInstance(client.instance));
    OK(JetEndExternalBackupInstance(client.instance));
    client_end(&client);
    look(database_name);
}

static void a_backup_may_end_after_one_read(void **state)
{
    struct client client;
    JET_HANDLE handle;
    uint32_t low, high, actual;
    void *buffer = os_pages_alloc(STEP);
    assert_non_null(buffer);
    client_make(&client);
    OK(JetBeginExternalBackupInstance(client.instance, JET_bitNil));
    OK(JetOpenFileInstanceW(client.instance, wide(database_name), &handle, &low, &high));
    OK(JetReadFileInstance(client.instance, handle, buffer, STEP, &actual));
    assert_int_equal(actual, STEP);
    OK(JetCloseFileInstance(client.instance, handle));
    OK(JetEndExternalBackupInstance2(client.instance, JET_bitBackupEndNormal));
    client_end(&client);
    os_pages_free(buffer, STEP);
}

static void a_stop_without_a_backup_succeeds(void **state)
{
    struct client client;
    client_make(&client);
    OK(JetStopBackupInstance(client.instance));
    client_end(&client);
    assert_int_equal(JetStopBackupInstance(client.instance), JET_errInvalidParameter);
}

/* ---- local backup and restore ---- */

static unsigned told;
static bool is_told_rightly;

static JET_ERR JET_API hear(JET_SESID sesid, JET_SNP snp, JET_SNT snt, void *data)
{
    told++;
    if (snt == JET_sntProgress || snt == JET_sntBegin || snt == JET_sntComplete) {
        const JET_SNPROG *progress = data;
        is_told_rightly =
            is_told_rightly && progress && progress->cbStruct == 12 && progress->cunitDone <= progress->cunitTotal;
    }
    return JET_errSuccess;
}

/* A client's own error, which nobody is to heed. */
static JET_ERR JET_API hear_and_fail(JET_SESID sesid, JET_SNP snp, JET_SNT snt, void *data)
{
    told++;
    return -2101;
}

static void back_up_and_lose(JET_PFNSTATUS status)
{
    struct client client;
    told = 0;
    is_told_rightly = true;
    client_make(&client);
    OK(JetBackupInstanceW(client.instance, wide("backup"), JET_bitBackupAtomic, status));
    assert_true(!status || told > 0);
    assert_true(is_told_rightly);
    client_end(&client);
    OK(os_file_remove(database_name));
}

static void restore(const char *destination, JET_PFNSTATUS status)
{
    JET_INSTANCE instance;
    told = 0;
    instance_create(&instance);
    OK(JetRestoreInstanceW(instance, wide("backup"), destination ? wide(destination) : NULL, status));
    assert_true(!status || told > 0);
    assert_true(is_told_rightly);
    OK(JetTerm(instance));
}

static void a_backup_is_restored_to_its_place(void **state)
{
    back_up_and_lose(hear);
    restore(NULL, hear);
    look(database_name);
}

static void a_backup_is_restored_to_another_folder(void **state)
{
    back_up_and_lose(NULL);
    restore("elsewhere", NULL);
    assert_false(exists(database_name));
    look("elsewhere/database.edb");
}

static void what_a_callback_returns_is_not_heeded(void **state)
{
    back_up_and_lose(hear_and_fail);
    restore(NULL, hear_and_fail);
    look(database_name);
}

static void the_forms_of_old_do_the_same(void **state)
{
    struct client client;
    JET_INSTANCE instance;
    char list[LIST_MAX];
    uint32_t actual;
    client_make(&client);
    OK(JetBeginExternalBackupInstance(client.instance, JET_bitNil));
    OK(JetGetAttachInfoInstanceA(client.instance, list, sizeof list, &actual));
    assert_non_null(strstr(list, "database.edb"));
    OK(JetGetLogInfoInstanceA(client.instance, list, sizeof list, &actual));
    assert_non_null(strstr(list, ".log"));
    OK(JetGetTruncateLogInfoInstanceA(client.instance, list, sizeof list, &actual));
    OK(JetEndExternalBackupInstance2(client.instance, JET_bitBackupEndAbort));
    OK(JetBackupInstanceA(client.instance, "backup", JET_bitNil, NULL));
    client_end(&client);
    OK(os_file_remove(database_name));
    instance_create(&instance);
    OK(JetRestoreInstanceA(instance, "backup", NULL, NULL));
    OK(JetTerm(instance));
    look(database_name);
}

/* ---- snapshots ---- */

static void freeze(const struct client *client, JET_OSSNAPID id)
{
    uint32_t count;
    JET_INSTANCE_INFO_W *info;
    char *absolute;
    assert_int_equal(os_path_absolute(database_name, &absolute), JET_errSuccess);
    OK(JetOSSnapshotFreezeW(id, &count, &info, JET_bitNil));
    assert_int_equal(count, 1);
    assert_true(info[0].hInstanceId == client->instance);
    assert_int_equal(info[0].cDatabases, 1);
    assert_string_equal(narrow(info[0].szDatabaseFileName[0]), absolute);
    OK(JetFreeBuffer((char *)info));
    free(absolute);
}

static void a_snapshot_is_taken(void **state)
{
    struct client client;
    JET_OSSNAPID id;
    client_make(&client);
    OK(JetOSSnapshotPrepare(&id, JET_bitNil));
    freeze(&client, id);
    OK(JetOSSnapshotThaw(id, JET_bitNil));
    client_end(&client);
    look(database_name);
}

static void a_snapshot_is_aborted(void **state)
{
    struct client client;
    JET_OSSNAPID id;
    client_make(&client);
    OK(JetOSSnapshotPrepare(&id, JET_bitNil));
    freeze(&client, id);
    OK(JetOSSnapshotAbort(id, JET_bitNil));
    client_end(&client);
    look(database_name);
}

static void a_snapshot_goes_on_after_the_thaw_and_truncates(void **state)
{
    struct client client;
    JET_OSSNAPID id;
    uint32_t count;
    JET_INSTANCE_INFO_W *info;
    client_make(&client);
    OK(JetOSSnapshotPrepare(&id, JET_bitContinueAfterThaw | JET_bitExplicitPrepare));
    OK(JetOSSnapshotPrepareInstance(id, client.instance, JET_bitNil));
    freeze(&client, id);
    OK(JetOSSnapshotThaw(id, JET_bitNil));
    OK(JetOSSnapshotGetFreezeInfoW(id, &count, &info, JET_bitNil));
    assert_int_equal(count, 1);
    OK(JetFreeBuffer((char *)info));
    OK(JetOSSnapshotTruncateLog(id, JET_bitAllDatabasesSnapshot));
    OK(JetOSSnapshotTruncateLogInstance(id, client.instance, JET_bitAllDatabasesSnapshot));
    OK(JetOSSnapshotEnd(id, JET_bitNil));
    client_end(&client);
    look(database_name);
}

/* ---- recovery and termination ---- */

/* Database and checkpoint are lost; the logs have everything. */
static void a_database_is_recovered_to_another_path(void **state)
{
    struct client client;
    WCHAR old_name[TEXT_MAX], new_name[TEXT_MAX];
    JET_RSTMAP_W map = {.szDatabaseName = old_name, .szNewDatabaseName = new_name};
    JET_RSTINFO_W info = {.cbStruct = sizeof info, .rgrstmap = &map, .crstmap = 1};
    memcpy(old_name, wide(database_name), sizeof old_name);
    memcpy(new_name, wide("moved.edb"), sizeof new_name);
    client_make(&client);
    client_end(&client);
    OK(os_file_remove(database_name));
    OK(os_file_remove("client/edb.chk"));
    instance_create(&client.instance);
    OK(JetInit3W(&client.instance, &info, JET_bitNil));
    OK(JetBeginSession(client.instance, &client.sesid, NULL, NULL));
    client_look(&client, "moved.edb");
    client_end(&client);
    assert_false(exists(database_name));
}

static void every_way_to_end_ends(void **state)
{
    static const JET_GRBIT ways[] = {JET_bitNil, JET_bitTermComplete, JET_bitTermAbrupt, JET_bitTermStopBackup};
    struct client client;
    client_make(&client);
    client_end(&client);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        client_start(&client);
        OK(JetTerm2(client.instance, ways[i]));
    }
    client_start(&client);
    assert_int_equal(JetTerm2(client.instance, JET_bitTermDirty), JET_errDirtyShutdown);
    look(database_name);
}

static void a_stopped_service_takes_no_new_sessions(void **state)
{
    struct client client;
    JET_SESID sesid;
    client_make(&client);
    OK(JetStopServiceInstance2(client.instance, JET_bitStopServiceBackgroundUserTasks));
    OK(JetStopServiceInstance2(client.instance, JET_bitStopServiceQuiesceCaches));
    OK(JetBeginSession(client.instance, &sesid, NULL, NULL));
    OK(JetEndSession(sesid, JET_bitNil));
    OK(JetStopServiceInstance2(client.instance, JET_bitStopServiceBackgroundUserTasks | JET_bitStopServiceResume));
    OK(JetStopServiceInstance(client.instance));
    assert_int_equal(JetBeginSession(client.instance, &sesid, NULL, NULL), JET_errClientRequestToStopJetService);
    client_end(&client);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_live_database_is_streamed),
        IN_FOLDER(a_backup_may_end_after_one_read),
        IN_FOLDER(a_stop_without_a_backup_succeeds),
        IN_FOLDER(a_backup_is_restored_to_its_place),
        IN_FOLDER(a_backup_is_restored_to_another_folder),
        IN_FOLDER(what_a_callback_returns_is_not_heeded),
        IN_FOLDER(the_forms_of_old_do_the_same),
        IN_FOLDER(a_snapshot_is_taken),
        IN_FOLDER(a_snapshot_is_aborted),
        IN_FOLDER(a_snapshot_goes_on_after_the_thaw_and_truncates),
        IN_FOLDER(a_database_is_recovered_to_another_path),
        IN_FOLDER(every_way_to_end_ends),
        IN_FOLDER(a_stopped_service_takes_no_new_sessions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
