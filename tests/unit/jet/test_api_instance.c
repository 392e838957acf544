/* SPDX-License-Identifier: MIT */
/* Instances and parameters through the exported functions, as clients use them; no database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jet/esent.h"
#include "jet/text.h"
#include "os/os_file.h"
#include "support/temp_folder.h"

/* Every test begins and ends without an instance: the mode is open then. */
static void assert_no_instance(void)
{
    uint32_t count = 7;
    JET_INSTANCE_INFO *infos;
    assert_int_equal(JetGetInstanceInfo(&count, &infos), JET_errSuccess);
    assert_int_equal(count, 0);
    assert_non_null(infos); /* an empty block, in the narrow form */
    assert_int_equal(JetFreeBuffer((char *)infos), JET_errSuccess);
}

static JET_INSTANCE create(const char *name)
{
    JET_INSTANCE instance = 0;
    assert_int_equal(JetCreateInstance(&instance, name), JET_errSuccess);
    assert_true(instance != 0 && instance != JET_instanceNil);
    return instance;
}

/* An instance with all its files in the test's folder. */
static JET_INSTANCE start(struct temp_folder *folder, const char *name)
{
    JET_INSTANCE instance = create(name);
    const char *path = temp_folder_path(folder, name);
    char temporary[32];
    snprintf(temporary, sizeof temporary, "%s-tmp.edb", name);
    assert_int_equal(JetSetSystemParameter(&instance, 0, JET_paramCreatePathIfNotExist, 1, NULL), JET_errSuccess);
    assert_int_equal(JetSetSystemParameter(&instance, 0, JET_paramSystemPath, 0, path), JET_errSuccess);
    assert_int_equal(JetSetSystemParameter(&instance, 0, JET_paramLogFilePath, 0, path), JET_errSuccess);
    assert_int_equal(JetSetSystemParameter(&instance, 0, JET_paramTempPath, 0, temp_folder_path(folder, temporary)),
                     JET_errSuccess);
    assert_int_equal(JetSetSystemParameter(&instance, 0, JET_paramLogFileSize, 128, NULL), JET_errSuccess);
    assert_int_equal(JetInit(&instance), JET_errSuccess);
    return instance;
}

static uintptr_t number_of(JET_INSTANCE instance, uint32_t id)
{
    JET_API_PTR number = 0;
    assert_int_equal(JetGetSystemParameter(instance, 0, id, &number, NULL, 0), JET_errSuccess);
    return number;
}

static void an_instance_is_created_and_ended_without_being_started(void **state)
{
    JET_INSTANCE instance = create("one");
    JET_INSTANCE other;
    JET_SESID sesid;
    assert_int_equal(JetCreateInstance(&other, "one"), JET_errInstanceNameInUse);
    assert_int_equal(JetBeginSession(instance, &sesid, NULL, NULL), JET_errNotInitialized);
    assert_int_equal(JetTerm(instance), JET_errSuccess);
    assert_int_equal(JetTerm(instance), JET_errInvalidParameter);
    assert_no_instance();
}

static void handles_that_nobody_gave_out_are_refused(void **state)
{
    JET_INSTANCE instance = create("handles");
    JET_SESID sesid;
    assert_int_equal(JetBeginSession(instance + 4, &sesid, NULL, NULL), JET_errInvalidParameter);
    assert_int_equal(JetBeginSession(0, &sesid, NULL, NULL), JET_errInvalidParameter);
    assert_int_equal(JetBeginSession(JET_instanceNil, &sesid, NULL, NULL), JET_errInvalidParameter);
    assert_int_equal(JetBeginTransaction(instance), JET_errInvalidSesid);
    assert_int_equal(JetBeginTransaction(JET_sesidNil), JET_errInvalidSesid);
    assert_int_equal(JetTerm(instance), JET_errSuccess);
}

static void there_are_no_more_instances_than_allowed(void **state)
{
    JET_INSTANCE instances[2];
    JET_INSTANCE third;
    assert_int_equal(JetSetSystemParameter(NULL, 0, JET_paramMaxInstances, 2, NULL), JET_errSuccess);
    instances[0] = create("a");
    instances[1] = create("b");
    assert_int_equal(JetCreateInstance(&third, "c"), JET_errTooManyInstances);
    assert_int_equal(JetSetSystemParameter(NULL, 0, JET_paramMaxInstances, 16, NULL), JET_errAlreadyInitialized);
    assert_int_equal(JetTerm(instances[0]), JET_errSuccess);
    assert_int_equal(JetTerm(instances[1]), JET_errSuccess);
    assert_int_equal(JetSetSystemParameter(NULL, 0, JET_paramMaxInstances, 16, NULL), JET_errSuccess);
}

static void parameters_of_an_instance_are_its_own(void **state)
{
    JET_INSTANCE a = create("a");
    JET_INSTANCE b = create("b");
    assert_int_equal(JetSetSystemParameter(&a, 0, JET_paramMaxSessions, 33, NULL), JET_errSuccess);
    assert_int_equal(number_of(a, JET_paramMaxSessions), 33);
    assert_int_equal(number_of(b, JET_paramMaxSessions), 16);
    assert_int_equal(number_of(0, JET_paramMaxSessions), 16);
    assert_int_equal(JetTerm(a), JET_errSuccess);
    assert_int_equal(JetTerm(b), JET_errSuccess);
}

static void what_is_set_without_an_instance_is_what_new_ones_begin_with(void **state)
{
    assert_int_equal(JetSetSystemParameter(NULL, 0, JET_paramMaxVerPages, 99, NULL), JET_errSuccess);
    JET_INSTANCE instance = create("heir");
    assert_int_equal(number_of(instance, JET_paramMaxVerPages), 99);
    assert_int_equal(JetTerm(instance), JET_errSuccess);
    assert_int_equal(JetSetSystemParameter(NULL, 0, JET_paramMaxVerPages, 64, NULL), JET_errSuccess);
}

static void texts_come_back_in_both_forms(void **state)
{
    static const WCHAR wide[] = {'e', 0x20AC, 0};
    JET_INSTANCE instance = create("texts");
    WCHAR wide_back[8];
    char back[64];
    assert_int_equal(JetSetSystemParameterW(&instance, 0, JET_paramEventSource, 0, wide), JET_errSuccess);
    assert_int_equal(JetGetSystemParameterW(instance, 0, JET_paramEventSource, NULL, wide_back, sizeof wide_back),
                     JET_errSuccess);
    assert_memory_equal(wide_back, wide, sizeof wide);
    assert_int_equal(JetGetSystemParameterW(instance, 0, JET_paramEventSource, NULL, wide_back, 4),
                     JET_errBufferTooSmall);
    assert_int_equal(JetSetSystemParameterA(&instance, 0, JET_paramBaseName, 0, "xyz"), JET_errSuccess);
    assert_int_equal(JetGetSystemParameterA(instance, 0, JET_paramBaseName, NULL, back, sizeof back), JET_errSuccess);
    assert_string_equal(back, "xyz");
    assert_int_equal(JetTerm(instance), JET_errSuccess);
}

static void errors_are_put_into_words(void **state)
{
    JET_API_PTR code = (JET_API_PTR)JET_errOutOfMemory;
    char text[128];
    assert_int_equal(
        JetGetSystemParameter(JET_instanceNil, JET_sesidNil, JET_paramErrorToString, &code, text, sizeof text),
        JET_errSuccess);
    assert_string_equal(text, "JET_errOutOfMemory, out of memory");
}

static void errors_are_sorted(void **state)
{
    JET_ERR err = JET_errOutOfMemory;
    JET_ERRINFOBASIC_W info;
    assert_int_equal(JetGetErrorInfoW(&err, &info, sizeof info, JET_ErrorInfoSpecificErr, JET_bitNil), JET_errSuccess);
    assert_int_equal(info.errValue, JET_errOutOfMemory);
    assert_int_equal(info.errcatMostSpecific, JET_errcatMemory);
    const unsigned char chain[8] = {JET_errcatError, JET_errcatOperation, JET_errcatResource, JET_errcatMemory};
    assert_memory_equal(info.rgCategoricalHierarchy, chain, sizeof chain);
    err = JET_errKeyDuplicate;
    assert_int_equal(JetGetErrorInfoW(&err, &info, sizeof info, JET_ErrorInfoSpecificErr, JET_bitNil), JET_errSuccess);
    assert_int_equal(info.errcatMostSpecific, JET_errcatState);
    assert_int_equal(JetGetErrorInfoW(&err, &info, sizeof info - 1, JET_ErrorInfoSpecificErr, JET_bitNil),
                     JET_errInvalidParameter);
    assert_int_equal(JetGetErrorInfoW(&err, &info, sizeof info, 9, JET_bitNil), JET_errInvalidParameter);
}

static void a_running_instance_does_what_it_is_for_and_no_more_is_set(void **state)
{
    JET_INSTANCE instance = start(*state, "run");
    uint32_t count;
    JET_INSTANCE_INFO *infos;
    assert_int_equal(JetInit(&instance), JET_errAlreadyInitialized);
    assert_int_equal(JetSetSystemParameter(&instance, 0, JET_paramLogFileSize, 256, NULL), JET_errAlreadyInitialized);
    assert_int_equal(JetSetSystemParameter(&instance, 0, JET_paramBaseName, 0, "abc"), JET_errAlreadyInitialized);
    assert_int_equal(JetSetSystemParameter(NULL, 0, JET_paramDatabasePageSize, 8192, NULL), JET_errAlreadyInitialized);
    assert_int_equal(JetSetSystemParameter(&instance, 0, JET_paramCheckpointDepthMax, 1 << 20, NULL), JET_errSuccess);
    assert_int_equal(JetGetInstanceInfo(&count, &infos), JET_errSuccess);
    assert_int_equal(count, 1);
    assert_true(infos[0].hInstanceId == instance);
    assert_string_equal(infos[0].szInstanceName, "run");
    assert_int_equal(infos[0].cDatabases, 0);
    assert_int_equal(JetFreeBuffer((char *)infos), JET_errSuccess);
    assert_int_equal(JetTerm(instance), JET_errSuccess);
    assert_no_instance();
}

static void two_instances_do_not_share_a_folder_and_the_second_is_gone(void **state)
{
    struct temp_folder *folder = *state;
    JET_INSTANCE first = start(folder, "shared");
    JET_INSTANCE second = create("second");
    assert_int_equal(JetSetSystemParameter(&second, 0, JET_paramSystemPath, 0, temp_folder_path(folder, "shared")),
                     JET_errSuccess);
    JET_INSTANCE failed = second;
    assert_int_equal(JetInit(&failed), JET_errSystemPathInUse);
    assert_true(failed == 0);
    assert_int_equal(JetTerm(second), JET_errInvalidParameter);
    assert_int_equal(JetTerm(first), JET_errSuccess);
    assert_no_instance();
}

static void instances_without_logs_may_share_a_folder_but_not_a_temporary_database(void **state)
{
    struct temp_folder *folder = *state;
    JET_INSTANCE first = start(folder, "shared");
    const char *path = temp_folder_path(folder, "shared");
    for (int tables = 0; tables <= 1; tables++) {
        JET_INSTANCE second = create("second");
        assert_int_equal(JetSetSystemParameter(&second, 0, JET_paramRecovery, 0, "off"), JET_errSuccess);
        assert_int_equal(JetSetSystemParameter(&second, 0, JET_paramSystemPath, 0, path), JET_errSuccess);
        assert_int_equal(JetSetSystemParameter(&second, 0, JET_paramLogFilePath, 0, path), JET_errSuccess);
        assert_int_equal(
            JetSetSystemParameter(&second, 0, JET_paramTempPath, 0, temp_folder_path(folder, "shared-tmp.edb")),
            JET_errSuccess);
        assert_int_equal(JetSetSystemParameter(&second, 0, JET_paramMaxTemporaryTables, (JET_API_PTR)tables, NULL),
                         JET_errSuccess);
        assert_int_equal(JetInit(&second), tables == 0 ? JET_errSuccess : JET_errTempPathInUse);
        if (tables == 0)
            assert_int_equal(JetTerm(second), JET_errSuccess);
    }
    assert_int_equal(JetTerm(first), JET_errSuccess);
    assert_no_instance();
}

static void a_folder_may_end_in_the_separator_of_windows(void **state)
{
    struct temp_folder *folder = *state;
    JET_INSTANCE instance = create("separator");
    char path[1024];
    char back[1024];
    (void)snprintf(path, sizeof path, "%s\\", temp_folder_path(folder, "ends"));
    assert_int_equal(JetSetSystemParameter(&instance, 0, JET_paramSystemPath, 0, path), JET_errSuccess);
    assert_int_equal(JetSetSystemParameter(&instance, 0, JET_paramLogFilePath, 0, path), JET_errSuccess);
    assert_int_equal(JetSetSystemParameter(&instance, 0, JET_paramTempPath, 0, path), JET_errSuccess);
    assert_int_equal(JetSetSystemParameter(&instance, 0, JET_paramCreatePathIfNotExist, 1, NULL), JET_errSuccess);
    assert_int_equal(JetGetSystemParameter(instance, 0, JET_paramSystemPath, NULL, back, sizeof back), JET_errSuccess);
    char last = back[strlen(back) - 1];
#ifdef _WIN32
    assert_int_equal(last, '\\');
#else
    assert_int_equal(last, '/');
    assert_int_not_equal(back[strlen(back) - 2], '\\');
#endif
    assert_int_equal(JetInit(&instance), JET_errSuccess);
    assert_int_equal(JetTerm(instance), JET_errSuccess); /* nobody else may open its log before */
    size_t size;
    free(temp_file_read(temp_folder_path(folder, "ends/edb.log"), &size));
    assert_true(size > 0);
}

static void no_folder_is_the_one_of_the_process(void **state)
{
    JET_INSTANCE instance = create("nowhere");
    (void)state;
    assert_int_equal(JetSetSystemParameter(&instance, 0, JET_paramRecovery, 0, "off"), JET_errSuccess);
    assert_int_equal(JetSetSystemParameter(&instance, 0, JET_paramMaxTemporaryTables, 0, NULL), JET_errSuccess);
    assert_int_equal(JetSetSystemParameter(&instance, 0, JET_paramSystemPath, 0, ""), JET_errSuccess);
    assert_int_equal(JetSetSystemParameter(&instance, 0, JET_paramLogFilePath, 0, ""), JET_errSuccess);
    assert_int_equal(JetInit(&instance), JET_errSuccess);
    assert_int_equal(JetTerm(instance), JET_errSuccess);
}

static void the_cache_is_as_large_as_it_is_told_within_its_limits(void **state)
{
    JET_API_PTR size = 0;
    (void)state;
    assert_int_equal(JetGetSystemParameter(0, 0, JET_paramCacheSize, &size, NULL, 0), JET_errSuccess);
    assert_true(size >= 1);
    assert_int_equal(JetSetSystemParameter(NULL, 0, JET_paramCacheSizeMin, 3000, NULL), JET_errSuccess);
    assert_int_equal(JetGetSystemParameter(0, 0, JET_paramCacheSize, &size, NULL, 0), JET_errSuccess);
    assert_int_equal(size, 3000);
    assert_int_equal(JetSetSystemParameter(NULL, 0, JET_paramCacheSize, 5000, NULL), JET_errSuccess);
    assert_int_equal(JetGetSystemParameter(0, 0, JET_paramCacheSize, &size, NULL, 0), JET_errSuccess);
    assert_int_equal(size, 5000);
    assert_int_equal(JetSetSystemParameter(NULL, 0, JET_paramCacheSizeMax, 4000, NULL), JET_errSuccess);
    assert_int_equal(JetGetSystemParameter(0, 0, JET_paramCacheSize, &size, NULL, 0), JET_errSuccess);
    assert_int_equal(size, 4000);
    assert_int_equal(JetSetSystemParameter(NULL, 0, JET_paramCacheSizeMax, 2000000000, NULL), JET_errSuccess);
    assert_int_equal(JetSetSystemParameter(NULL, 0, JET_paramCacheSizeMin, 1, NULL), JET_errSuccess);
}

static void a_database_of_another_instance_is_told_from_one_of_another_process(void **state)
{
    struct temp_folder *folder = *state;
    JET_INSTANCE first = start(folder, "first"), second = start(folder, "second");
    const char *path = temp_folder_path(folder, "shared.edb");
    JET_SESID owner, other;
    JET_DBID dbid;
    struct os_file *file = NULL;
    assert_int_equal(JetBeginSession(first, &owner, NULL, NULL), JET_errSuccess);
    assert_int_equal(JetBeginSession(second, &other, NULL, NULL), JET_errSuccess);
    assert_int_equal(JetCreateDatabase(owner, path, NULL, &dbid, JET_bitNil), JET_errSuccess);
    assert_int_equal(JetAttachDatabase(other, path, JET_bitNil), JET_errDatabaseSharingViolation);
    assert_int_equal(JetAttachDatabase(other, path, JET_bitDbReadOnly), JET_errDatabaseSharingViolation);
    assert_int_equal(JetCreateDatabase(other, path, NULL, &dbid, JET_bitNil), JET_errDatabaseSharingViolation);
    assert_int_equal(JetCreateDatabase(other, path, NULL, &dbid, JET_bitDbOverwriteExisting),
                     JET_errDatabaseSharingViolation);
    assert_int_equal(JetTerm(first), JET_errSuccess);
    /* Whoever else has the file open for writing is a stranger. */
    assert_int_equal(os_file_open(path, OS_FILE_READ_WRITE, &file), JET_errSuccess);
    assert_int_equal(os_file_lock(file, OS_FILE_SHARE_NOBODY), JET_errSuccess);
    assert_int_equal(JetAttachDatabase(other, path, JET_bitNil), JET_errFileAccessDenied);
    os_file_close(file);
    assert_int_equal(JetAttachDatabase(other, path, JET_bitNil), JET_errSuccess);
    assert_int_equal(JetTerm(second), JET_errSuccess);
    assert_no_instance();
}

static void after_stop_service_new_work_is_refused_for_good_and_old_is_given_back(void **state)
{
    JET_INSTANCE instance = start(*state, "stop");
    JET_SESID sesid;
    JET_SESID other;
    assert_int_equal(JetBeginSession(instance, &sesid, NULL, NULL), JET_errSuccess);
    assert_int_equal(JetStopServiceInstance2(instance, JET_bitStopServiceQuiesceCaches), JET_errSuccess);
    assert_int_equal(JetBeginTransaction(sesid), JET_errSuccess);
    assert_int_equal(JetRollback(sesid, JET_bitNil), JET_errSuccess);
    assert_int_equal(JetStopServiceInstance(instance), JET_errSuccess);
    assert_int_equal(JetBeginSession(instance, &other, NULL, NULL), JET_errClientRequestToStopJetService);
    assert_int_equal(JetBeginTransaction(sesid), JET_errClientRequestToStopJetService);
    assert_int_equal(JetStopServiceInstance2(instance, JET_bitStopServiceResume), JET_errClientRequestToStopJetService);
    assert_int_equal(JetStopServiceInstance2(instance, JET_bitStopServiceStopAndEmitLog | JET_bitStopServiceResume),
                     JET_errInvalidGrbit);
    assert_int_equal(JetBeginTransaction(sesid), JET_errClientRequestToStopJetService);
    assert_int_equal(JetEndSession(sesid, JET_bitNil), JET_errSuccess);
    assert_int_equal(JetTerm(instance), JET_errSuccess);
}

static void a_complete_end_waits_for_transactions_and_an_abrupt_one_does_not(void **state)
{
    JET_INSTANCE instance = start(*state, "term");
    JET_SESID sesid;
    assert_int_equal(JetBeginSession(instance, &sesid, NULL, NULL), JET_errSuccess);
    assert_int_equal(JetBeginTransaction(sesid), JET_errSuccess);
    assert_int_equal(JetTerm2(instance, JET_bitTermComplete), JET_errTooManyActiveUsers);
    assert_int_equal(JetRollback(sesid, JET_bitNil), JET_errSuccess);
    assert_int_equal(JetBeginTransaction(sesid), JET_errSuccess);
    assert_int_equal(JetTerm2(instance, JET_bitTermComplete | JET_bitTermAbrupt), JET_errInvalidGrbit);
    assert_int_equal(JetTerm2(instance, JET_bitTermAbrupt), JET_errSuccess);
    assert_int_equal(JetBeginTransaction(sesid), JET_errInvalidSesid);
    assert_no_instance();
}

static void the_only_instance_is_meant_by_every_handle(void **state)
{
    struct temp_folder *folder = *state;
    JET_INSTANCE instance = 0;
    JET_INSTANCE other;
    JET_SESID sesid;
    const char *path = temp_folder_root(folder);
    assert_int_equal(JetSetSystemParameter(NULL, 0, JET_paramSystemPath, 0, path), JET_errSuccess);
    assert_int_equal(JetSetSystemParameter(NULL, 0, JET_paramLogFilePath, 0, path), JET_errSuccess);
    assert_int_equal(JetSetSystemParameter(NULL, 0, JET_paramTempPath, 0, temp_folder_path(folder, "t.edb")),
                     JET_errSuccess);
    assert_int_equal(JetInit(&instance), JET_errSuccess);
    assert_int_equal(JetCreateInstance(&other, "x"), JET_errRunningInOneInstanceMode);
    assert_int_equal(JetEnableMultiInstance(NULL, 0, NULL), JET_errRunningInOneInstanceMode);
    assert_int_equal(JetInit(&other), JET_errAlreadyInitialized);
    assert_int_equal(JetBeginSession(0, &sesid, NULL, NULL), JET_errSuccess);
    assert_int_equal(JetEndSession(sesid, JET_bitNil), JET_errSuccess);
    assert_int_equal(JetSetSystemParameter(NULL, 0, JET_paramLogFileSize, 256, NULL), JET_errAlreadyInitialized);
    assert_int_equal(JetTerm(0), JET_errSuccess);
    assert_no_instance();
}

static void many_instances_are_asked_for_with_parameters_once(void **state)
{
    JET_SETSYSPARAM params[2] = {
        {JET_paramMaxSessions, 20,  NULL, 0},
        {JET_paramMaxCursors,  500, NULL, 0}
    };
    uint32_t done = 0;
    assert_int_equal(JetEnableMultiInstance(params, 2, &done), JET_errSuccess);
    assert_int_equal(done, 2);
    assert_int_equal(JetEnableMultiInstance(params, 2, &done), JET_errSystemParamsAlreadySet);
    assert_int_equal(JetInit(NULL), JET_errRunningInMultiInstanceMode);
    JET_INSTANCE instance = create("multi");
    assert_int_equal(number_of(instance, JET_paramMaxCursors), 500);
    assert_int_equal(JetTerm(instance), JET_errSuccess);
    assert_int_equal(JetStopService(), JET_errInvalidParameter);
}

static void the_version_is_one_that_has_every_call(void **state)
{
    JET_INSTANCE instance = start(*state, "version");
    JET_SESID sesid;
    uint32_t version = 0;
    assert_int_equal(JetBeginSession(instance, &sesid, NULL, NULL), JET_errSuccess);
    assert_int_equal(JetGetVersion(sesid, &version), JET_errSuccess);
    assert_int_equal((version >> 8) & 0xFFFF, 19041);
    assert_int_equal(JetEndSession(sesid, JET_bitNil), JET_errSuccess);
    assert_int_equal(JetTerm(instance), JET_errSuccess);
}

static void a_call_that_is_not_built_says_so(void **state)
{
    assert_int_equal(JetSnapshotStop(0, JET_bitNil), JET_wrnNyi); /* and never will be */
}

#define WITH_FOLDER(name) cmocka_unit_test_setup_teardown(name, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_instance_is_created_and_ended_without_being_started),
        cmocka_unit_test(handles_that_nobody_gave_out_are_refused),
        cmocka_unit_test(there_are_no_more_instances_than_allowed),
        cmocka_unit_test(parameters_of_an_instance_are_its_own),
        cmocka_unit_test(what_is_set_without_an_instance_is_what_new_ones_begin_with),
        cmocka_unit_test(texts_come_back_in_both_forms),
        cmocka_unit_test(errors_are_put_into_words),
        cmocka_unit_test(errors_are_sorted),
        WITH_FOLDER(a_running_instance_does_what_it_is_for_and_no_more_is_set),
        WITH_FOLDER(two_instances_do_not_share_a_folder_and_the_second_is_gone),
        WITH_FOLDER(instances_without_logs_may_share_a_folder_but_not_a_temporary_database),
        WITH_FOLDER(a_folder_may_end_in_the_separator_of_windows),
        cmocka_unit_test(no_folder_is_the_one_of_the_process),
        cmocka_unit_test(the_cache_is_as_large_as_it_is_told_within_its_limits),
        WITH_FOLDER(a_database_of_another_instance_is_told_from_one_of_another_process),
        WITH_FOLDER(after_stop_service_new_work_is_refused_for_good_and_old_is_given_back),
        WITH_FOLDER(a_complete_end_waits_for_transactions_and_an_abrupt_one_does_not),
        WITH_FOLDER(the_only_instance_is_meant_by_every_handle),
        cmocka_unit_test(many_instances_are_asked_for_with_parameters_once),
        WITH_FOLDER(the_version_is_one_that_has_every_call),
        cmocka_unit_test(a_call_that_is_not_built_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
