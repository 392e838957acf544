/* SPDX-License-Identifier: MIT */
/* A shrink that a crash ends between its two halves: the space trees have given the extents up, and no record says that
 * the file is shorter. Links in front of the function that writes the record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "isam/engine_database_internal.h"
#include "os/os_file.h"

static bool is_lost;

jet_err __real_database_log_shrink(struct log_stream *log, struct database *db, pgno_t last, uint64_t *ret_start);
jet_err __wrap_database_log_shrink(struct log_stream *log, struct database *db, pgno_t last, uint64_t *ret_start);

jet_err __wrap_database_log_shrink(struct log_stream *log, struct database *db, pgno_t last, uint64_t *ret_start)
{
    return is_lost ? JET_errDiskIO : __real_database_log_shrink(log, db, last, ret_start);
}

static int setup(void **state)
{
    is_lost = false;
    OK(JetSetSystemParameter(NULL, 0, JET_paramEnableShrinkDatabase, JET_bitShrinkDatabaseOn, NULL));
    return api_fixture_setup(state);
}

static uint64_t size_of(const char *path)
{
    struct os_path_info info;
    OK(os_path_stat(path, &info));
    return info.size_bytes;
}

/* What a table had that is gone. */
static void leave_room(JET_SESID sesid, JET_DBID dbid)
{
    static const uint8_t bytes[8192] = {1};
    JET_TABLEID tableid;
    OK(JetBeginTransaction(sesid));
    OK(JetCreateTable(sesid, dbid, "ballast", 1, 100, &tableid));
    const JET_COLUMNID column = api_column_add(sesid, tableid, "bytes", JET_coltypLongBinary, JET_bitNil);
    for (int i = 0; i < 512; i++) {
        OK(JetPrepareUpdate(sesid, tableid, JET_prepInsert));
        OK(JetSetColumn(sesid, tableid, column, bytes, sizeof bytes, 0, NULL));
        OK(JetUpdate(sesid, tableid, NULL, 0, NULL));
    }
    OK(JetCloseTable(sesid, tableid));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(JetDeleteTable(sesid, dbid, "ballast"));
}

static JET_ERR shrink(const struct api_fixture *fixture, uint32_t pages)
{
    uint32_t actual;
    return JetResizeDatabase(fixture->sesid, fixture->dbid, pages, &actual, JET_bitResizeDatabaseOnlyShrink);
}

/* The next recovery may begin as early as this one, and needs the pages again. */
static void recovery_cuts_no_further_than_a_record_says(void **state)
{
    struct api_fixture *fixture = *state;
    leave_room(fixture->sesid, fixture->dbid);
    OK(shrink(fixture, (uint32_t)(size_of(fixture->file) / 4096) - 400));
    const uint64_t size = size_of(fixture->file);
    is_lost = true;
    assert_int_equal(shrink(fixture, 0), JET_errDiskIO);
    is_lost = false;
    api_fixture_restart(fixture, JET_bitTermAbrupt | JET_bitTermDirty);
    assert_int_equal(size_of(fixture->file), size);
    OK(shrink(fixture, 0));
    assert_true(size_of(fixture->file) < size);
    leave_room(fixture->sesid, fixture->dbid);
    api_fixture_restart(fixture, JET_bitTermComplete);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(recovery_cuts_no_further_than_a_record_says, setup, api_fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
