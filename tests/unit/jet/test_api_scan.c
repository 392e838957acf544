/* SPDX-License-Identifier: MIT */
/* JetDatabaseScan: every page is looked at while others work, and damage is told. The system's log is replaced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "os/os_event_log.h"
#include "os/os_thread.h"
#include "support/temp_folder.h"

enum { EVENT_DAMAGED = 474, PATIENCE_MS = 60000 };

static _Atomic unsigned damaged;

void __wrap_os_event_log_write(const char *source, enum os_event_severity severity, unsigned id, const char *text);
void __wrap_os_event_log_write(const char *source, enum os_event_severity severity, unsigned id, const char *text)
{
    (void)source;
    (void)severity;
    (void)text;
    if (id == EVENT_DAMAGED)
        atomic_fetch_add(&damaged, 1);
}

static struct {
    struct os_event *came;
    JET_SESID sesid;
    JET_DBID dbid;
    int64_t seconds;
    int32_t pages;
} told;

static JET_ERR JET_API on_completed(JET_SESID sesid, JET_DBID dbid, JET_TABLEID tableid, JET_CBTYP cbtyp, void *arg1,
                                    void *arg2, void *context, JET_API_PTR unused)
{
    (void)context;
    (void)unused;
    if (tableid == JET_tableidNil && cbtyp == JET_cbtypScanCompleted) {
        told.sesid = sesid;
        told.dbid = dbid;
        told.seconds = *(const int64_t *)arg1;
        told.pages = *(const int32_t *)arg2;
    }
    os_event_set(told.came);
    return JET_errSuccess;
}

static int setup(void **state)
{
    memset(&told, 0, sizeof told);
    atomic_store(&damaged, 0);
    return os_event_new(&told.came) < JET_errSuccess ? -1 : api_fixture_setup(state);
}

static int teardown(void **state)
{
    const int result = api_fixture_teardown(state);
    os_event_free(told.came);
    return result;
}

static void fill(const struct api_fixture *f)
{
    struct api_things things;
    static const char note[3000] = "outside the record";
    api_things_create(f, &things);
    OK(JetBeginTransaction(f->sesid));
    for (int32_t id = 0; id < 500; id++) {
        OK(JetPrepareUpdate(f->sesid, things.tableid, JET_prepInsert));
        OK(JetSetColumn(f->sesid, things.tableid, things.id, &id, sizeof id, JET_bitNil, NULL));
        OK(JetSetColumn(f->sesid, things.tableid, things.note, note, sizeof note, JET_bitNil, NULL));
        OK(JetUpdate(f->sesid, things.tableid, NULL, 0, NULL));
    }
    OK(JetCommitTransaction(f->sesid, JET_bitNil));
    OK(JetCloseTable(f->sesid, things.tableid));
}

static JET_ERR start(const struct api_fixture *f, uint32_t sleep_ms)
{
    return JetDatabaseScan(f->sesid, f->dbid, NULL, sleep_ms, on_completed, JET_bitDatabaseScanBatchStart);
}

static JET_ERR stop(const struct api_fixture *f)
{
    return JetDatabaseScan(f->sesid, f->dbid, NULL, 0, NULL, JET_bitDatabaseScanBatchStop);
}

static void test_every_page_is_looked_at(void **state)
{
    const struct api_fixture *f = *state;
    uint32_t owned;
    fill(f);
    OK(JetGetDatabaseInfo(f->sesid, f->dbid, &owned, sizeof owned, JET_DbInfoSpaceOwned));
    OK(start(f, 0));
    assert_true(os_event_wait(told.came, PATIENCE_MS));
    assert_int_equal(told.sesid, f->sesid);
    assert_int_equal(told.dbid, f->dbid);
    assert_int_equal(told.pages, owned);
    assert_true(told.seconds >= 0 && told.seconds < PATIENCE_MS / 1000);
    assert_int_equal(atomic_load(&damaged), 0);
    OK(stop(f)); /* after its end, too */
    os_event_reset(told.came);
    OK(start(f, 0));
    assert_true(os_event_wait(told.came, PATIENCE_MS));
}

/* A page on the disk that nobody reads. */
static void test_damage_is_told(void **state)
{
    struct api_fixture *f = *state;
    uint8_t bytes[256];
    fill(f);
    OK(JetCloseDatabase(f->sesid, f->dbid, JET_bitNil));
    OK(JetDetachDatabase(f->sesid, f->file));
    FILE *file = fopen(f->file, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, -4096L * 40, SEEK_END), 0);
    assert_int_equal(fread(bytes, 1, sizeof bytes, file), sizeof bytes);
    for (size_t i = 100; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)~bytes[i];
    assert_int_equal(fseek(file, -4096L * 40, SEEK_END), 0);
    assert_int_equal(fwrite(bytes, 1, sizeof bytes, file), sizeof bytes);
    assert_int_equal(fclose(file), 0);

    OK(JetAttachDatabase(f->sesid, f->file, JET_bitNil));
    OK(JetOpenDatabase(f->sesid, f->file, NULL, &f->dbid, JET_bitNil));
    OK(start(f, 0));
    assert_true(os_event_wait(told.came, PATIENCE_MS));
    assert_int_equal(atomic_load(&damaged), 1);
    assert_true(told.pages > 200); /* it went on */

    for (size_t i = 100; i < sizeof bytes; i++) /* for the look at the file that ends each test */
        bytes[i] = (uint8_t)~bytes[i];
    OK(JetCloseDatabase(f->sesid, f->dbid, JET_bitNil));
    OK(JetDetachDatabase(f->sesid, f->file));
    file = fopen(f->file, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, -4096L * 40, SEEK_END), 0);
    assert_int_equal(fwrite(bytes, 1, sizeof bytes, file), sizeof bytes);
    assert_int_equal(fclose(file), 0);
}

static void test_one_at_a_time_and_it_can_be_stopped(void **state)
{
    const struct api_fixture *f = *state;
    fill(f);
    OK(start(f, 60000)); /* pauses for longer than anybody waits */
    assert_int_equal(start(f, 0), JET_errDatabaseAlreadyRunningMaintenance);
    OK(stop(f));
    assert_false(os_event_wait(told.came, 0)); /* who was stopped tells nothing */
    OK(start(f, 60000));
    OK(JetCloseDatabase(f->sesid, f->dbid, JET_bitNil));
    OK(JetDetachDatabase(f->sesid, f->file)); /* which stops it */
    assert_false(os_event_wait(told.came, 0));
}

static void test_its_time_may_be_limited(void **state)
{
    const struct api_fixture *f = *state;
    uint32_t seconds = 1;
    fill(f);
    OK(JetDatabaseScan(f->sesid, f->dbid, &seconds, 60000, on_completed, JET_bitDatabaseScanBatchStart));
    JET_ERR err = JET_errDatabaseAlreadyRunningMaintenance;
    for (int i = 0; i < 600 && err == JET_errDatabaseAlreadyRunningMaintenance; i++) {
        os_event_wait(told.came, 100);
        err = start(f, 0);
    }
    OK(err);
    OK(stop(f));
}

static int setup_shrinking(void **state)
{
    OK(JetSetSystemParameter(NULL, 0, JET_paramEnableShrinkDatabase, JET_bitShrinkDatabaseOn, NULL));
    return setup(state);
}

/* What it has not come to yet is not there any more. */
static void test_the_file_becomes_shorter_meanwhile(void **state)
{
    const struct api_fixture *f = *state;
    const uint32_t large = 3000; /* many runs of 128 pages */
    uint32_t actual, owned;
    fill(f);
    OK(JetResizeDatabase(f->sesid, f->dbid, large, &actual, JET_bitNil));
    assert_true(actual >= large);
    OK(start(f, 2000));
    assert_false(os_event_wait(told.came, 1000)); /* it is at its first pages */
    OK(JetResizeDatabase(f->sesid, f->dbid, 0, &actual, JET_bitResizeDatabaseOnlyShrink));
    assert_true(actual < large / 2);
    assert_true(os_event_wait(told.came, PATIENCE_MS));
    OK(JetGetDatabaseInfo(f->sesid, f->dbid, &owned, sizeof owned, JET_DbInfoSpaceOwned));
    assert_int_equal(told.pages, owned);
    assert_int_equal(atomic_load(&damaged), 0);
}

/* It goes on by itself until the instance ends. */
static void test_a_scan_that_goes_on(void **state)
{
    struct api_fixture *f = *state;
    uint32_t seconds = 0;
    OK(JetDatabaseScan(f->sesid, f->dbid, &seconds, 0, NULL, JET_bitDatabaseScanBatchStartContinuous));
    assert_int_equal(start(f, 0), JET_errDatabaseAlreadyRunningMaintenance);
    api_fixture_restart(f, JET_bitTermComplete);
    OK(start(f, 0));
    assert_true(os_event_wait(told.came, PATIENCE_MS));
}

static void test_wrong_questions(void **state)
{
    struct api_fixture *f = *state;
    uint32_t seconds = 5;
    const JET_GRBIT continuous = JET_bitDatabaseScanBatchStartContinuous;
#define SCAN(seconds, sleep, callback, grbit) JetDatabaseScan(f->sesid, f->dbid, seconds, sleep, callback, grbit)
    assert_int_equal(SCAN(NULL, 0, NULL, JET_bitNil), JET_errInvalidGrbit);
    assert_int_equal(SCAN(NULL, 0, NULL, JET_bitDatabaseScanBatchStart | JET_bitDatabaseScanBatchStop),
                     JET_errInvalidGrbit);
    assert_int_equal(SCAN(NULL, 0, NULL, JET_bitDatabaseScanBatchStart | continuous), JET_errInvalidGrbit);
    assert_int_equal(SCAN(&seconds, 0, NULL, continuous), JET_errInvalidParameter);
    assert_int_equal(SCAN(NULL, 1, NULL, continuous), JET_errInvalidParameter);
    assert_int_equal(SCAN(NULL, 0, on_completed, continuous), JET_errInvalidParameter);
    assert_int_equal(JetDatabaseScan(0, f->dbid, NULL, 0, NULL, JET_bitDatabaseScanBatchStop), JET_errInvalidSesid);
    assert_int_equal(JetDatabaseScan(f->sesid, f->dbid + 1, NULL, 0, NULL, JET_bitDatabaseScanBatchStart),
                     JET_errInvalidDatabaseId);
    OK(JetBeginTransaction2(f->sesid, JET_bitTransactionReadOnly));
    assert_int_equal(start(f, 0), JET_errTransReadOnly);
    OK(JetRollback(f->sesid, JET_bitNil));
    OK(stop(f)); /* nothing runs */
    OK(JetCloseDatabase(f->sesid, f->dbid, JET_bitNil));
    OK(JetDetachDatabase(f->sesid, f->file));
    OK(JetAttachDatabase(f->sesid, f->file, JET_bitDbReadOnly));
    OK(JetOpenDatabase(f->sesid, f->file, NULL, &f->dbid, JET_bitDbReadOnly));
    assert_int_equal(start(f, 0), JET_errDatabaseFileReadOnly);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_every_page_is_looked_at),
        T(test_damage_is_told),
        T(test_one_at_a_time_and_it_can_be_stopped),
        T(test_its_time_may_be_limited),
        T(test_a_scan_that_goes_on),
        T(test_wrong_questions),
        cmocka_unit_test_setup_teardown(test_the_file_becomes_shorter_meanwhile, setup_shrinking, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
