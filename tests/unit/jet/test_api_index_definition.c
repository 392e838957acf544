/* SPDX-License-Identifier: MIT */
/* Indexes that are made, deleted and asked about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "index_things.h"

/* ---- making and deleting ---- */

static void an_index_is_made_alone(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    struct other other;
    things_fill(fixture, &things);
    other_begin(fixture, &other);
    OK(JetBeginTransaction(other.sesid));
    things_insert(other.sesid, &other.things, 7, "d", NULL);
    assert_int_equal(CREATE(sesid, things.tableid, "more", "+id\0", JET_bitNil), JET_errWriteConflict);
    OK(JetCommitTransaction(other.sesid, JET_bitNil));
    OK(JetBeginTransaction(sesid));
    OK(CREATE(sesid, things.tableid, "more", "-id\0", JET_bitNil));
    OK(JetBeginTransaction(other.sesid));
    assert_int_equal(JetSetCurrentIndex(other.sesid, other.things.tableid, "more"), JET_errIndexNotFound);
    assert_int_equal(things_try_insert(other.sesid, &other.things, 8, "d", NULL), JET_errWriteConflict);
    things_insert(sesid, &things, 9, "d", NULL);
    things_expect_all(sesid, &things, "more", REST(9, 7, 6, 5, 4, 3, 2, 1));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    /* Its snapshot is from before: it keeps the index up to date, but does not see it. */
    assert_int_equal(JetSetCurrentIndex(other.sesid, other.things.tableid, "more"), JET_errIndexNotFound);
    things_insert(other.sesid, &other.things, 8, "d", NULL);
    OK(JetCommitTransaction(other.sesid, JET_bitNil));
    things_expect_all(other.sesid, &other.things, "more", REST(9, 8, 7, 6, 5, 4, 3, 2, 1));
    other_end(&other);
}

static void an_index_whose_making_is_rolled_back_is_left(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    char name[JET_cbNameMost + 1];
    things_fill(fixture, &things);
    OK(JetBeginTransaction(sesid));
    OK(CREATE(sesid, things.tableid, "more", "-id\0", JET_bitNil));
    OK(JetSetCurrentIndex(sesid, things.tableid, "more"));
    OK(JetRollback(sesid, JET_bitNil));
    OK(JetGetCurrentIndex(sesid, things.tableid, name, sizeof name));
    assert_string_equal(name, "by_id");
    OK(JetMove(sesid, things.tableid, JET_MoveFirst, JET_bitNil));
    things_expect_rest(sesid, &things, REST(1, 2, 3, 4, 5, 6));
    OK(CREATE(sesid, things.tableid, "more", "-id\0", JET_bitNil));
    things_expect_all(sesid, &things, "more", REST(6, 5, 4, 3, 2, 1));
}

static void an_index_is_deleted_when_nobody_uses_it(void **state)
{
    struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    struct other other;
    things_fill(fixture, &things);
    other_begin(fixture, &other);
    OK(JetSetCurrentIndex(other.sesid, other.things.tableid, "names"));
    assert_int_equal(JetDeleteIndex(sesid, things.tableid, "names"), JET_errIndexInUse);
    OK(JetSetCurrentIndex(other.sesid, other.things.tableid, NULL));
    assert_int_equal(JetDeleteIndex(sesid, things.tableid, "nothing"), JET_errIndexNotFound);
    assert_int_equal(JetDeleteIndex(sesid, things.tableid, "by_id"), JET_errIndexMustStay);
    assert_int_equal(JetDeleteColumn(sesid, things.tableid, "name"), JET_errColumnInUse);
    OK(JetBeginTransaction(other.sesid));
    OK(JetBeginTransaction(sesid));
    OK(JetDeleteIndex(sesid, things.tableid, "names"));
    assert_int_equal(JetSetCurrentIndex(sesid, things.tableid, "names"), JET_errIndexNotFound);
    things_insert(sesid, &things, 7, "d", NULL);             /* without an entry */
    things_insert(other.sesid, &other.things, 8, "d", NULL); /* with one: it may be there to stay */
    OK(JetRollback(sesid, JET_bitNil));
    OK(JetCommitTransaction(other.sesid, JET_bitNil));
    things_expect_all(sesid, &things, "names", REST(5, 2, 4, 1, 6, 3, 8));
    OK(JetSetCurrentIndex(sesid, things.tableid, NULL));
    OK(JetDeleteIndex(sesid, things.tableid, "names"));
    OK(JetDeleteColumn(sesid, things.tableid, "name"));
    other_end(&other);
    OK(JetCloseDatabase(sesid, fixture->dbid, JET_bitNil));
    OK(JetDetachDatabase(sesid, fixture->file)); /* nothing of the index keeps it */
    OK(JetAttachDatabase(sesid, fixture->file, JET_bitNil));
    OK(JetOpenDatabase(sesid, fixture->file, NULL, &fixture->dbid, JET_bitNil));
}

static void an_index_and_its_table_go_in_one_transaction(void **state)
{
    struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    for (unsigned i = 0; i < 2; i++) {
        things_fill(fixture, &things);
        OK(JetBeginTransaction(sesid));
        OK(CREATE(sesid, things.tableid, "short-lived", "+id\0", JET_bitNil));
        OK(JetDeleteIndex(sesid, things.tableid, "short-lived"));
        OK(JetDeleteIndex(sesid, things.tableid, "names"));
        OK(JetCloseTable(sesid, things.tableid));
        OK(JetDeleteTable(sesid, fixture->dbid, "things"));
        OK(JetRollback(sesid, JET_bitNil));
        api_things_open(fixture, sesid, fixture->dbid, &things);
        things_expect_all(sesid, &things, "names", REST(5, 2, 4, 1, 6, 3));
        OK(JetCloseTable(sesid, things.tableid));
        OK(JetBeginTransaction(sesid));
        api_things_open(fixture, sesid, fixture->dbid, &things);
        OK(JetDeleteIndex(sesid, things.tableid, "names"));
        OK(JetCloseTable(sesid, things.tableid));
        OK(JetDeleteTable(sesid, fixture->dbid, "things"));
        OK(JetCommitTransaction(sesid, JET_bitNil));
    }
    OK(JetCloseDatabase(sesid, fixture->dbid, JET_bitNil));
    OK(JetDetachDatabase(sesid, fixture->file));
    OK(JetAttachDatabase(sesid, fixture->file, JET_bitNil));
    OK(JetOpenDatabase(sesid, fixture->file, NULL, &fixture->dbid, JET_bitNil));
}

static void an_index_that_cannot_be_is_refused(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    JET_COLUMNDEF counter = {
        .cbStruct = sizeof counter, .coltyp = JET_coltypLong, .grbit = JET_bitColumnEscrowUpdate | JET_bitColumnFixed};
    const int32_t zero = 0;
    JET_COLUMNID id;
    things_fill(fixture, &things);
    OK(JetAddColumn(sesid, things.tableid, "counter", &counter, &zero, sizeof zero, &id));
    (void)api_column_add(sesid, things.tableid, "more tags", JET_coltypLong,
                         JET_bitColumnTagged | JET_bitColumnMultiValued);
    assert_int_equal(CREATE(sesid, things.tableid, "x", "+counter\0", JET_bitNil), JET_errCannotIndex);
    assert_int_equal(CREATE(sesid, things.tableid, "x", "+nothing\0", JET_bitNil), JET_errColumnNotFound);
    assert_int_equal(CREATE(sesid, things.tableid, "NAMES", "+id\0", JET_bitNil), JET_errIndexDuplicate);
    assert_int_equal(CREATE(sesid, things.tableid, "x", "+id\0", JET_bitIndexPrimary), JET_errIndexHasPrimary);
    assert_int_equal(
        CREATE(sesid, things.tableid, "x", "+tags\0+more tags\0", JET_bitIndexCrossProduct | JET_bitIndexNestedTable),
        JET_errInvalidGrbit);
    assert_int_equal(CREATE(sesid, things.tableid, "x", "+tags\0", JET_bitIndexEmpty), JET_errInvalidGrbit);
    OK(CREATE(sesid, things.tableid, "both tags", "+tags\0+more tags\0", JET_bitNil));
    OK(CREATE(sesid, things.tableid, "one tag", "+tags\0", JET_bitIndexCrossProduct));
    assert_int_equal(JetCreateIndex(sesid, things.tableid, "x", JET_bitNil, "+id\0", 5, 10), JET_errDensityInvalid);
    OK(JetBeginTransaction2(sesid, JET_bitTransactionReadOnly));
    assert_int_equal(CREATE(sesid, things.tableid, "x", "+id\0", JET_bitNil), JET_errTransReadOnly);
    assert_int_equal(JetDeleteIndex(sesid, things.tableid, "names"), JET_errTransReadOnly);
    OK(JetCommitTransaction(sesid, JET_bitNil));
}

/* ---- what there is ---- */

static void an_index_can_be_asked_about(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    uint32_t number;
    uint16_t small;
    WCHAR locale[85];
    things_fill(fixture, &things);
    OK(JetGetTableIndexInfo(sesid, things.tableid, NULL, &number, sizeof number, JET_IdxInfoCount));
    assert_int_equal(number, 2);
    OK(JetGetIndexInfo(sesid, fixture->dbid, "things", "names", &number, sizeof number, JET_IdxInfoSpaceAlloc));
    assert_int_equal(number, 80);
    OK(JetGetTableIndexInfo(sesid, things.tableid, "names", &small, sizeof small, JET_IdxInfoKeyMost));
    assert_int_equal(small, 255);
    OK(JetGetTableIndexInfo(sesid, things.tableid, "names", &small, sizeof small, JET_IdxInfoVarSegMac));
    assert_int_equal(small, 255);
    OK(JetGetTableIndexInfo(sesid, things.tableid, "names", &number, sizeof number, JET_IdxInfoLCID));
    assert_int_equal(number, 0x409);
    OK(JetGetTableIndexInfo(sesid, things.tableid, "names", &number, sizeof number, JET_IdxInfoSpaceOwned));
    assert_true(number >= 1);
    OK(JetGetTableIndexInfo(sesid, things.tableid, "names", &number, sizeof number, JET_IdxInfoSpaceAvailable));
    OK(JetGetTableIndexInfo(sesid, things.tableid, "names", locale, sizeof locale, JET_IdxInfoLocaleName));
    assert_memory_equal(locale, u"en-US", sizeof u"en-US");
    assert_int_equal(JetGetTableIndexInfo(sesid, things.tableid, "no", &number, sizeof number, JET_IdxInfoSpaceAlloc),
                     JET_errIndexNotFound);
    assert_int_equal(JetGetTableIndexInfo(sesid, things.tableid, "names", &number, 1, JET_IdxInfoSpaceAlloc),
                     JET_errInvalidBufferSize);
    assert_int_equal(JetGetTableIndexInfo(sesid, things.tableid, "names", &number, sizeof number, 99),
                     JET_errInvalidParameter);
    assert_int_equal(JetGetTableIndexInfo(sesid, things.tableid, "names", &number, sizeof number, JET_IdxInfoList),
                     JET_wrnBufferTruncated);
}

static void indexes_are_made_with_their_table(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    WCHAR table[] = u"wide", id[] = u"id", size[] = u"size", primary[] = u"ids", second[] = u"sizes";
    WCHAR id_key[] = u"+id\0", size_key[] = u"-size\0";
    JET_COLUMNCREATE_W columns[] = {
        {.cbStruct = sizeof columns[0], .szColumnName = id,   .coltyp = JET_coltypLong},
        {.cbStruct = sizeof columns[0], .szColumnName = size, .coltyp = JET_coltypLong},
    };
    JET_INDEXCREATE3_W indexes[] = {
        {.cbStruct = sizeof indexes[0],
         .szIndexName = primary,
         .szKey = id_key,
         .cbKey = sizeof id_key,
         .grbit = JET_bitIndexPrimary,
         .ulDensity = 90},
        {.cbStruct = sizeof indexes[0],
         .szIndexName = second,
         .szKey = size_key,
         .cbKey = sizeof size_key,
         .ulDensity = 90    },
    };
    JET_TABLECREATE4_W create = {.cbStruct = sizeof create,
                                 .szTableName = table,
                                 .ulPages = 1,
                                 .ulDensity = 90,
                                 .rgcolumncreate = columns,
                                 .cColumns = COUNT_OF(columns),
                                 .rgindexcreate = indexes,
                                 .cIndexes = COUNT_OF(indexes)};
    OK(JetCreateTableColumnIndex4W(sesid, fixture->dbid, &create));
    assert_int_equal(create.cCreated, 1 + COUNT_OF(columns) + COUNT_OF(indexes));
    const struct api_things things = {.tableid = create.tableid, .id = columns[0].columnid};
    OK(JetBeginTransaction(sesid));
    for (int32_t i = 1; i <= 3; i++) {
        OK(JetPrepareUpdate(sesid, create.tableid, JET_prepInsert));
        OK(JetSetColumn(sesid, create.tableid, columns[0].columnid, &i, sizeof i, JET_bitNil, NULL));
        OK(JetSetColumn(sesid, create.tableid, columns[1].columnid, &i, sizeof i, JET_bitNil, NULL));
        OK(JetUpdate(sesid, create.tableid, NULL, 0, NULL));
    }
    OK(JetCommitTransaction(sesid, JET_bitNil));
    things_expect_all(sesid, &things, "sizes", REST(3, 2, 1));
}

/* More entries than one batch of the builder holds, in an order that is not the table's. */
static void many_records_get_their_entries(void **state)
{
    enum { RECORDS = 3000 };
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    uint32_t count = 0;
    char name[16];
    api_things_create(fixture, &things);
    OK(JetBeginTransaction(sesid));
    for (int i = 0; i < RECORDS; i++) {
        snprintf(name, sizeof name, "%05d", i * 7919 % RECORDS);
        things_insert(sesid, &things, i, name, NULL);
    }
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(CREATE(sesid, things.tableid, "names", "+name\0", JET_bitIndexUnique));
    OK(JetSetCurrentIndex(sesid, things.tableid, "names"));
    OK(JetIndexRecordCount(sesid, things.tableid, &count, 0));
    assert_int_equal(count, RECORDS);
    for (int i = 0; i < RECORDS; i += 97) {
        snprintf(name, sizeof name, "%05d", i * 7919 % RECORDS);
        OK(things_seek_name(sesid, &things, name, JET_bitSeekEQ));
        assert_int_equal(api_things_id(sesid, &things), i);
    }
}

/* Records with a name in one range and a tag in another: by bookmarks, in the order of the primary index, each once. */

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, api_fixture_setup, api_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(an_index_is_made_alone),
        WITH_FIXTURE(an_index_whose_making_is_rolled_back_is_left),
        WITH_FIXTURE(an_index_is_deleted_when_nobody_uses_it),
        WITH_FIXTURE(an_index_and_its_table_go_in_one_transaction),
        WITH_FIXTURE(an_index_that_cannot_be_is_refused),
        WITH_FIXTURE(an_index_can_be_asked_about),
        WITH_FIXTURE(indexes_are_made_with_their_table),
        WITH_FIXTURE(many_records_get_their_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
