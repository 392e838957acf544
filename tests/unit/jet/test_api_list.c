/* SPDX-License-Identifier: MIT */
/* Answers that are temporary tables: which rows are in them, in which order, and what they say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"

/* ---- reading a row ---- */

static uint32_t number(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID column)
{
    uint32_t value = 0;
    OK(JetRetrieveColumn(sesid, tableid, column, &value, sizeof value, NULL, JET_bitNil, NULL));
    return value;
}

static void expect_text(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID column, const char *text)
{
    char read[256];
    uint32_t actual = 0;
    OK(JetRetrieveColumn(sesid, tableid, column, read, sizeof read, &actual, JET_bitNil, NULL));
    assert_int_equal(actual, strlen(text));
    assert_memory_equal(read, text, actual);
}

static void expect_wide(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID column, const WCHAR *text, size_t length)
{
    WCHAR read[256];
    uint32_t actual = 0;
    OK(JetRetrieveColumn(sesid, tableid, column, read, sizeof read, &actual, JET_bitNil, NULL));
    assert_int_equal(actual, length * sizeof(WCHAR));
    assert_memory_equal(read, text, actual);
}

static bool next(JET_SESID sesid, JET_TABLEID tableid)
{
    const JET_ERR err = JetMove(sesid, tableid, JET_MoveNext, JET_bitNil);
    assert_true(err == JET_errSuccess || err == JET_errNoCurrentRecord);
    return err == JET_errSuccess;
}

/* ---- tables ---- */

static void tables_are_listed_by_name(void **state)
{
    static const char *const names[] = {"apples", "Bananas", "cherries"};
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    JET_OBJECTLIST list = {0};
    JET_TABLEID tableid;
    size_t own = 0, all = 0;
    for (size_t i = COUNT_OF(names); i-- > 0;) {
        OK(JetCreateTable(sesid, fixture->dbid, names[i], 1, 100, &tableid));
        OK(JetCloseTable(sesid, tableid));
    }
    OK(JetGetObjectInfo(sesid, fixture->dbid, JET_objtypTable, NULL, NULL, &list, sizeof list, JET_ObjInfoListNoStats));
    do {
        all++;
        assert_int_equal(number(sesid, list.tableid, list.columnidobjtyp), JET_objtypTable);
        expect_text(sesid, list.tableid, list.columnidcontainername, "Tables");
        if ((number(sesid, list.tableid, list.columnidflags) & JET_bitObjectSystem) == 0)
            expect_text(sesid, list.tableid, list.columnidobjectname, names[own++]);
    } while (next(sesid, list.tableid));
    assert_int_equal(own, COUNT_OF(names));
    assert_int_equal(all, list.cRecord);
    OK(JetMove(sesid, list.tableid, JET_MoveLast, JET_bitNil)); /* in both directions */
    OK(JetMove(sesid, list.tableid, JET_MovePrevious, JET_bitNil));
    assert_int_equal(JetPrepareUpdate(sesid, list.tableid, JET_prepInsert), JET_errIllegalOperation);
    assert_int_equal(JetDelete(sesid, list.tableid), JET_errIllegalOperation);
    OK(JetCloseTable(sesid, list.tableid));
    OK(JetGetObjectInfoW(sesid, fixture->dbid, JET_objtypNil, NULL, NULL, &list, sizeof list, JET_ObjInfoList));
    OK(JetMove(sesid, list.tableid, JET_MoveFirst, JET_bitNil));
    expect_wide(sesid, list.tableid, list.columnidobjectname, u"apples", 6);
    OK(JetCloseTable(sesid, list.tableid));
    OK(JetGetObjectInfo(sesid, fixture->dbid, JET_objtypNil + 9, NULL, NULL, &list, sizeof list, JET_ObjInfoList));
    assert_int_equal(list.cRecord, 0); /* of other kinds there are none */
    OK(JetCloseTable(sesid, list.tableid));
    assert_int_equal(
        JetGetObjectInfo(sesid, fixture->dbid, JET_objtypTable, NULL, NULL, &list, sizeof list - 1, JET_ObjInfoList),
        JET_errInvalidParameter);
}

/* ---- columns ---- */

static void columns_are_listed_by_name_or_number(void **state)
{
    static const char *const by_name[] = {"id", "name", "note", "tags"};
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    JET_COLUMNLIST list = {0};
    api_things_create(fixture, &things);
    const JET_COLUMNID ids[] = {things.id, things.name, things.note, things.tags};
    OK(JetGetTableColumnInfo(sesid, things.tableid, NULL, &list, sizeof list, JET_ColInfoList));
    assert_int_equal(list.cRecord, COUNT_OF(by_name));
    for (size_t i = 0; i < COUNT_OF(by_name); i++) {
        expect_text(sesid, list.tableid, list.columnidcolumnname, by_name[i]);
        expect_text(sesid, list.tableid, list.columnidBaseColumnName, by_name[i]);
        expect_text(sesid, list.tableid, list.columnidBaseTableName, "things");
        assert_int_equal(number(sesid, list.tableid, list.columnidcolumnid), ids[i]);
        assert_int_equal(next(sesid, list.tableid), i + 1 < COUNT_OF(by_name));
    }
    OK(JetMove(sesid, list.tableid, JET_MoveFirst, JET_bitNil));
    assert_int_equal(number(sesid, list.tableid, list.columnidcoltyp), JET_coltypLong);
    assert_int_equal(number(sesid, list.tableid, list.columnidcbMax), 4);
    assert_int_equal(number(sesid, list.tableid, list.columnidgrbit),
                     JET_bitColumnFixed | JET_bitColumnNotNULL | JET_bitColumnUpdatable);
    OK(JetCloseTable(sesid, list.tableid));
    OK(JetGetColumnInfoW(sesid, fixture->dbid, u"things", NULL, &list, sizeof list, JET_ColInfoListSortColumnid));
    for (size_t i = 0; i < COUNT_OF(by_name); i++) {
        assert_int_equal(number(sesid, list.tableid, list.columnidPresentationOrder),
                         number(sesid, list.tableid, list.columnidcolumnid));
        if (i == 0)
            expect_wide(sesid, list.tableid, list.columnidcolumnname, u"id", 2);
        assert_int_equal(next(sesid, list.tableid), i + 1 < COUNT_OF(by_name));
    }
    OK(JetCloseTable(sesid, list.tableid));
    OK(JetGetTableColumnInfo(sesid, things.tableid, NULL, &list, sizeof list,
                             JET_ColInfoList | JET_ColInfoGrbitMinimalInfo));
    assert_int_equal(JetRetrieveColumn(sesid, list.tableid, list.columnidcoltyp, NULL, 0, NULL, JET_bitNil, NULL),
                     JET_wrnColumnNull);
    OK(JetCloseTable(sesid, list.tableid));
    assert_int_equal(JetGetColumnInfo(sesid, fixture->dbid, "nothing", NULL, &list, sizeof list, JET_ColInfoList),
                     JET_errObjectNotFound);
    assert_int_equal(JetGetTableColumnInfo(sesid, things.tableid, NULL, &list, sizeof list - 1, JET_ColInfoList),
                     JET_errInvalidParameter);
}

static void a_column_has_its_default_in_the_list(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    JET_COLUMNDEF definition = {.cbStruct = sizeof definition, .coltyp = JET_coltypLong};
    const uint32_t seven = 7;
    JET_COLUMNLIST list = {0};
    JET_TABLEID tableid;
    JET_COLUMNID id;
    OK(JetCreateTable(sesid, fixture->dbid, "defaults", 1, 100, &tableid));
    OK(JetAddColumn(sesid, tableid, "seven", &definition, &seven, sizeof seven, &id));
    OK(JetGetTableColumnInfo(sesid, tableid, NULL, &list, sizeof list, JET_ColInfoList));
    assert_int_equal(number(sesid, list.tableid, list.columnidDefault), 7);
    OK(JetCloseTable(sesid, list.tableid));
}

/* ---- indexes ---- */

static void indexes_are_listed_with_the_columns_of_their_keys(void **state)
{
    static const char key[] = "-name\0+id\0";
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    JET_INDEXLIST list = {0};
    api_things_create(fixture, &things);
    OK(JetCreateIndex(sesid, things.tableid, "a_name", JET_bitIndexUnique | JET_bitIndexIgnoreNull, key, sizeof key,
                      80));
    OK(JetGetTableIndexInfo(sesid, things.tableid, NULL, &list, sizeof list, JET_IdxInfoList));
    assert_int_equal(list.cRecord, 3);
    expect_text(sesid, list.tableid, list.columnidindexname, "a_name");
    expect_text(sesid, list.tableid, list.columnidcolumnname, "name");
    assert_int_equal(number(sesid, list.tableid, list.columnidgrbitColumn), JET_bitKeyDescending);
    assert_int_equal(number(sesid, list.tableid, list.columnidgrbitIndex), JET_bitIndexUnique | JET_bitIndexIgnoreNull);
    assert_int_equal(number(sesid, list.tableid, list.columnidcColumn), 2);
    assert_true(next(sesid, list.tableid));
    assert_int_equal(number(sesid, list.tableid, list.columnidiColumn), 1);
    assert_int_equal(number(sesid, list.tableid, list.columnidcolumnid), things.id);
    assert_true(next(sesid, list.tableid));
    expect_text(sesid, list.tableid, list.columnidindexname, "by_id");
    assert_int_equal(number(sesid, list.tableid, list.columnidgrbitIndex), JET_bitIndexUnique | JET_bitIndexPrimary);
    assert_false(next(sesid, list.tableid));
    OK(JetCloseTable(sesid, list.tableid));
    OK(JetGetIndexInfoW(sesid, fixture->dbid, u"things", u"by_id", &list, sizeof list, JET_IdxInfo));
    assert_int_equal(list.cRecord, 1);
    expect_wide(sesid, list.tableid, list.columnidindexname, u"by_id", 5);
    OK(JetCloseTable(sesid, list.tableid));
    assert_int_equal(JetGetTableIndexInfo(sesid, things.tableid, "none", &list, sizeof list, JET_IdxInfo),
                     JET_errIndexNotFound);
    assert_int_equal(JetGetTableIndexInfo(sesid, things.tableid, NULL, &list, 20, JET_IdxInfo), JET_wrnBufferTruncated);
}

/* ---- transactions ---- */

static void a_list_can_be_made_in_a_transaction_that_only_reads(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    JET_COLUMNLIST list = {0};
    api_things_create(fixture, &things);
    OK(JetBeginTransaction2(sesid, JET_bitTransactionReadOnly));
    OK(JetGetTableColumnInfo(sesid, things.tableid, NULL, &list, sizeof list, JET_ColInfoList));
    expect_text(sesid, list.tableid, list.columnidcolumnname, "id");
    assert_int_equal(JetPrepareUpdate(sesid, things.tableid, JET_prepInsert), JET_errTransReadOnly);
    OK(JetCommitTransaction(sesid, JET_bitNil));
    expect_text(sesid, list.tableid, list.columnidcolumnname, "id");
    OK(JetCloseTable(sesid, list.tableid));
    OK(JetBeginTransaction2(sesid, JET_bitTransactionReadOnly));
    OK(JetGetTableColumnInfo(sesid, things.tableid, NULL, &list, sizeof list, JET_ColInfoList));
    OK(JetRollback(sesid, JET_bitNil));
    assert_int_equal(JetMove(sesid, list.tableid, JET_MoveFirst, JET_bitNil), JET_errInvalidTableId);
}

/* ---- an index as it would be made again ---- */

static void an_index_is_described_for_making_it_again(void **state)
{
    static const char key[] = "+name\0-id\0";
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    JET_CONDITIONALCOLUMN condition = {sizeof condition, (char *)(uintptr_t) "note", JET_bitIndexColumnMustBeNull};
    JET_INDEXCREATE2 index = {
        .cbStruct = sizeof index,
        .szIndexName = (char *)(uintptr_t) "both",
        .szKey = (char *)(uintptr_t)key,
        .cbKey = sizeof key,
        .grbit = JET_bitIndexUnique | JET_bitIndexIgnoreAnyNull,
        .ulDensity = 70,
        .rgconditionalcolumn = &condition,
        .cConditionalColumn = 1,
    };
    union {
        JET_INDEXCREATE_A a;
        JET_INDEXCREATE2_A a2;
        JET_INDEXCREATE3_A a3;
        JET_INDEXCREATE3_W w3;
        uint8_t bytes[1024];
    } got;
    api_things_create(fixture, &things);
    OK(JetCreateIndex3(sesid, things.tableid, (JET_INDEXCREATE2 *)&index, 1));
    OK(JetGetTableIndexInfo(sesid, things.tableid, "both", &got, sizeof got, JET_IdxInfoCreateIndex3));
    assert_int_equal(got.a3.cbStruct, sizeof got.a3);
    assert_string_equal(got.a3.szIndexName, "both");
    assert_int_equal(got.a3.cbKey, sizeof key);
    assert_memory_equal(got.a3.szKey, key, sizeof key);
    assert_int_equal(got.a3.grbit & JET_bitIndexUnique, JET_bitIndexUnique);
    assert_int_equal(got.a3.ulDensity, 70);
    assert_int_equal(got.a3.pSpacehints->ulInitialDensity, 70);
    assert_int_equal(got.a3.cbKeyMost, 255);
    assert_int_equal(got.a3.cbVarSegMac, 255);
    assert_int_equal(got.a3.cConditionalColumn, 1);
    assert_string_equal(got.a3.rgconditionalcolumn[0].szColumnName, "note");
    assert_int_equal(got.a3.rgconditionalcolumn[0].grbit, JET_bitIndexColumnMustBeNull);
    OK(JetDeleteIndex(sesid, things.tableid, "both"));
    OK(JetGetTableIndexInfoW(sesid, things.tableid, u"by_id", &got, sizeof got, JET_IdxInfoCreateIndex3));
    assert_memory_equal(got.w3.szIndexName, u"by_id", sizeof u"by_id");
    assert_int_equal(got.w3.cbKey, sizeof u"+id\0");
    assert_memory_equal(got.w3.szKey, u"+id\0", sizeof u"+id\0");
    OK(JetGetIndexInfo(sesid, fixture->dbid, "things", "by_id", &got, sizeof got, JET_IdxInfoCreateIndex));
    assert_int_equal(got.a.cbStruct, sizeof got.a);
    assert_int_equal(got.a.pidxunicode->lcid, 1033);
    assert_int_equal(JetGetIndexInfo(sesid, fixture->dbid, "things", "none", &got, sizeof got, JET_IdxInfoCreateIndex2),
                     JET_errIndexNotFound);
    assert_int_equal(
        JetGetIndexInfo(sesid, fixture->dbid, "things", "by_id", &got, sizeof got, JET_IdxInfoSysTabCursor),
        JET_errFeatureNotAvailable);
}

/* Everything that points into the buffer is in it, however small that is; else the call says so. */
static void a_description_fits_its_buffer_or_is_an_error(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    union {
        JET_INDEXCREATE3_W w3;
        uint8_t bytes[512];
    } got;
    bool fitted = false;
    api_things_create(fixture, &things);
    for (uint32_t size = 0; size <= sizeof got; size++) {
        memset(&got, 0xAA, sizeof got);
        const JET_ERR err = JetGetTableIndexInfoW(sesid, things.tableid, u"by_id", &got, size, JET_IdxInfoCreateIndex3);
        for (size_t i = size; i < sizeof got; i++)
            assert_int_equal(got.bytes[i], 0xAA);
        fitted |= err == JET_errSuccess;
        if (size < sizeof got.w3)
            assert_int_equal(err, JET_errInvalidBufferSize);
        else
            assert_int_equal(err, fitted ? JET_errSuccess : JET_errBufferTooSmall);
    }
    assert_true(fitted);
}

static void an_index_has_the_density_of_its_table_unless_it_has_its_own(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    JET_TABLEID tableid;
    uint32_t density = 0;
    OK(JetCreateTable(sesid, fixture->dbid, "dense", 1, 100, &tableid));
    (void)api_column_add(sesid, tableid, "id", JET_coltypLong, JET_bitNil);
    OK(JetCreateIndex(sesid, tableid, "a", JET_bitNil, "+id\0", 5, 0));
    OK(JetCreateIndex(sesid, tableid, "b", JET_bitNil, "+id\0", 5, 50));
    OK(JetGetTableIndexInfo(sesid, tableid, "a", &density, sizeof density, JET_IdxInfoSpaceAlloc));
    assert_int_equal(density, 100);
    OK(JetGetTableIndexInfo(sesid, tableid, "b", &density, sizeof density, JET_IdxInfoSpaceAlloc));
    assert_int_equal(density, 50);
}

static void a_column_can_be_updated_if_its_cursor_can(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    JET_COLUMNDEF column;
    JET_TABLEID reader;
    api_things_create(fixture, &things);
    OK(JetGetTableColumnInfo(sesid, things.tableid, "name", &column, sizeof column, JET_ColInfo));
    assert_int_equal(column.grbit & JET_bitColumnUpdatable, JET_bitColumnUpdatable);
    OK(JetCloseTable(sesid, things.tableid));
    OK(JetOpenTable(sesid, fixture->dbid, "things", NULL, 0, JET_bitTableReadOnly, &reader));
    OK(JetGetTableColumnInfo(sesid, reader, "name", &column, sizeof column, JET_ColInfo));
    assert_int_equal(column.grbit & JET_bitColumnUpdatable, 0);
    OK(JetGetColumnInfo(sesid, fixture->dbid, "things", "name", &column, sizeof column, JET_ColInfo));
    assert_int_equal(column.grbit & JET_bitColumnUpdatable, 0);
}

/* What the session's transaction has made is in it, what another one's has made is not. */
static void a_list_is_what_the_session_sees(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    JET_SESID other;
    JET_DBID dbid;
    JET_OBJECTLIST before = {0}, mine = {0}, theirs = {0};
    JET_TABLEID tableid;
    OK(JetBeginSession(fixture->instance, &other, NULL, NULL));
    OK(JetOpenDatabase(other, fixture->file, NULL, &dbid, JET_bitNil));
    OK(JetGetObjectInfo(sesid, fixture->dbid, JET_objtypTable, NULL, NULL, &before, sizeof before, JET_ObjInfoList));
    OK(JetBeginTransaction(sesid));
    OK(JetCreateTable(sesid, fixture->dbid, "mine", 1, 100, &tableid));
    OK(JetGetObjectInfo(sesid, fixture->dbid, JET_objtypTable, NULL, NULL, &mine, sizeof mine, JET_ObjInfoList));
    OK(JetGetObjectInfo(other, dbid, JET_objtypTable, NULL, NULL, &theirs, sizeof theirs, JET_ObjInfoList));
    assert_int_equal(mine.cRecord, before.cRecord + 1);
    assert_int_equal(theirs.cRecord, before.cRecord);
    OK(JetRollback(sesid, JET_bitNil));
    OK(JetEndSession(other, JET_bitNil));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tables_are_listed_by_name),
        TEST(columns_are_listed_by_name_or_number),
        TEST(a_column_has_its_default_in_the_list),
        TEST(indexes_are_listed_with_the_columns_of_their_keys),
        TEST(a_list_can_be_made_in_a_transaction_that_only_reads),
        TEST(an_index_is_described_for_making_it_again),
        TEST(a_description_fits_its_buffer_or_is_an_error),
        TEST(an_index_has_the_density_of_its_table_unless_it_has_its_own),
        TEST(a_column_can_be_updated_if_its_cursor_can),
        TEST(a_list_is_what_the_session_sees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
