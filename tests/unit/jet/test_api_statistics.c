/* SPDX-License-Identifier: MIT */
/* JetComputeStats and where its numbers are seen; calls about counting that are refused as ESENT refuses them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"

struct numbers {
    uint32_t entries, keys, pages;
};

static uint32_t number(JET_SESID sesid, JET_TABLEID list, JET_COLUMNID column)
{
    uint32_t value = 0;
    OK(JetRetrieveColumn(sesid, list, column, &value, sizeof value, NULL, JET_bitNil, NULL));
    return value;
}

static struct numbers numbers_of(JET_SESID sesid, JET_TABLEID tableid, const char *index)
{
    JET_INDEXLIST list = {.cbStruct = sizeof list};
    OK(JetGetTableIndexInfo(sesid, tableid, index, &list, sizeof list, JET_IdxInfo));
    OK(JetMove(sesid, list.tableid, JET_MoveFirst, JET_bitNil));
    const struct numbers numbers = {number(sesid, list.tableid, list.columnidcEntry),
                                    number(sesid, list.tableid, list.columnidcKey),
                                    number(sesid, list.tableid, list.columnidcPage)};
    OK(JetCloseTable(sesid, list.tableid));
    return numbers;
}

static void fill(const struct api_fixture *fixture, struct api_things *things, int count)
{
    static const char key[] = "+name\0";
    char name[120];
    api_things_create(fixture, things);
    OK(JetCreateIndex(fixture->sesid, things->tableid, "names", JET_bitNil, key, sizeof key, 80));
    OK(JetBeginTransaction(fixture->sesid));
    for (int i = 0; i < count; i++) {
        (void)snprintf(name, sizeof name, "%0100d", i / 2);
        api_things_insert(fixture->sesid, things, i, name);
    }
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
}

static void expect_numbers(JET_SESID sesid, JET_TABLEID tableid)
{
    struct numbers names = numbers_of(sesid, tableid, "names"), ids = numbers_of(sesid, tableid, "by_id");
    JET_OBJECTINFO info = {.cbStruct = sizeof info};
    assert_int_equal(names.entries, 1000);
    assert_int_equal(names.keys, 500);
    assert_true(names.pages > 1);
    assert_int_equal(ids.entries, 1000);
    assert_int_equal(ids.keys, 1000);
    assert_true(ids.pages > 1);
    OK(JetGetTableInfo(sesid, tableid, &info, sizeof info, JET_TblInfo));
    assert_int_equal(info.cRecord, 1000);
    assert_int_equal(info.cPage, ids.pages);
}

static void test_numbers_are_as_of_the_last_count(void **state)
{
    struct api_fixture *fixture = *state;
    struct api_things things;
    fill(fixture, &things, 1000);
    assert_int_equal(numbers_of(fixture->sesid, things.tableid, "names").entries, 0);
    OK(api_things_seek(fixture->sesid, &things, 17));
    OK(JetComputeStats(fixture->sesid, things.tableid));
    assert_int_equal(api_things_id(fixture->sesid, &things), 17); /* where it was */
    expect_numbers(fixture->sesid, things.tableid);
    OK(JetDelete(fixture->sesid, things.tableid));
    expect_numbers(fixture->sesid, things.tableid);
    api_fixture_restart(fixture, JET_bitTermDirty);
    api_things_open(fixture, fixture->sesid, fixture->dbid, &things);
    expect_numbers(fixture->sesid, things.tableid);
    OK(JetComputeStats(fixture->sesid, things.tableid));
    assert_int_equal(numbers_of(fixture->sesid, things.tableid, "by_id").entries, 999);
}

static void test_who_may_not_count(void **state)
{
    struct api_fixture *fixture = *state;
    struct api_things things;
    JET_TABLEID reader;
    const int32_t one = 1;
    JET_INDEX_COLUMN condition = {.pv = (void *)(uintptr_t)&one, .cb = sizeof one};
    fill(fixture, &things, 10);
    condition.columnid = things.id;
    OK(JetSetCursorFilter(fixture->sesid, things.tableid, &condition, 1, JET_bitNil));
    assert_int_equal(JetComputeStats(fixture->sesid, things.tableid), JET_errFilteredMoveNotSupported);
    OK(JetCloseTable(fixture->sesid, things.tableid));
    OK(JetOpenTable(fixture->sesid, fixture->dbid, "things", NULL, 0, JET_bitTableReadOnly, &reader));
    assert_int_equal(JetComputeStats(fixture->sesid, reader), JET_errPermissionDenied);
    assert_int_equal(JetComputeStats(fixture->sesid, 0x777), JET_errInvalidTableId);
}

static void test_counters_are_gone(void **state)
{
    const struct api_fixture *fixture = *state;
    int32_t value;
    assert_int_equal(JetGetCounter(fixture->sesid, 1, &value), JET_errFeatureNotAvailable);
    assert_int_equal(JetResetCounter(fixture->sesid, 1), JET_errFeatureNotAvailable);
    assert_int_equal(JetResetCounter(0x777, 1), JET_errInvalidSesid);
}

static void test_a_session(void **state)
{
    const struct api_fixture *fixture = *state;
    JET_SESSIONINFO info;
    OK(JetBeginTransaction(fixture->sesid));
    OK(JetBeginTransaction(fixture->sesid));
    OK(JetGetSessionInfo(fixture->sesid, &info, sizeof info, JET_SessionInfo));
    assert_int_equal(info.ulTrxLevel, 2);
    assert_int_equal(info.ulFlags, 0);
    OK(JetRollback(fixture->sesid, JET_bitRollbackAll));
    OK(JetGetSessionInfo(fixture->sesid, &info, sizeof info, JET_SessionInfo));
    assert_int_equal(info.ulTrxLevel, 0);
    assert_int_equal(JetGetSessionInfo(fixture->sesid, &info, sizeof info - 1, JET_SessionInfo), JET_errBufferTooSmall);
    assert_int_equal(JetGetSessionInfo(fixture->sesid, &info, sizeof info, 1), JET_errInvalidParameter);
}

static void test_a_table_is_deleted_by_the_newer_call(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    fill(fixture, &things, 1);
    OK(JetCloseTable(fixture->sesid, things.tableid));
    assert_int_equal(JetDeleteTable2(fixture->sesid, fixture->dbid, "things", 1), JET_errInvalidGrbit);
    OK(JetDeleteTable2(fixture->sesid, fixture->dbid, "things", JET_bitNil));
    assert_int_equal(JetDeleteTable2W(fixture->sesid, fixture->dbid, u"things", JET_bitNil), JET_errObjectNotFound);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(test_numbers_are_as_of_the_last_count),
        T(test_who_may_not_count),
        T(test_counters_are_gone),
        T(test_a_session),
        T(test_a_table_is_deleted_by_the_newer_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
