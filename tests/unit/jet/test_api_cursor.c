/* SPDX-License-Identifier: MIT */
/* Where a cursor is when nobody has moved it, and what becomes of a prepared update when somebody does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"

static void insert(JET_SESID sesid, const struct api_things *things, int id, const char *name)
{
    OK(JetBeginTransaction(sesid));
    api_things_insert(sesid, things, id, name);
    OK(JetCommitTransaction(sesid, JET_bitNil));
}

/* ---- the first record ---- */

static void who_has_not_moved_is_on_the_record_that_was_first_when_asked(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    api_things_create(fixture, &things);
    insert(sesid, &things, 3, NULL);
    insert(sesid, &things, 1, NULL);
    insert(sesid, &things, 2, NULL);
    assert_int_equal(api_things_id(sesid, &things), 1);
    insert(sesid, &things, 0, NULL);
    assert_int_equal(api_things_id(sesid, &things), 1);
}

static void a_cursor_begins_on_the_first_record_however_it_was_made(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    struct api_things again;
    api_things_create(fixture, &things);
    for (int id = 1; id <= 3; id++)
        insert(sesid, &things, id, id == 1 ? "z" : "a");
    OK(JetCreateIndex(sesid, things.tableid, "names", JET_bitNil, "+name\0", 7, 80));
    api_things_open(fixture, sesid, fixture->dbid, &again);
    assert_int_equal(api_things_id(sesid, &again), 1);
    OK(JetSetCurrentIndex(sesid, again.tableid, "names"));
    assert_int_equal(api_things_id(sesid, &again), 2);
    OK(JetMove(sesid, again.tableid, JET_MoveLast, JET_bitNil));
    const struct api_things moved = again;
    OK(JetDupCursor(sesid, moved.tableid, &again.tableid, JET_bitNil));
    assert_int_equal(api_things_id(sesid, &again), 1);
    assert_int_equal(api_things_id(sesid, &moved), 1);
    OK(JetSetCurrentIndex(sesid, moved.tableid, NULL));
    OK(JetMove(sesid, moved.tableid, JET_MoveNext, JET_bitNil)); /* from the first one */
    assert_int_equal(api_things_id(sesid, &moved), 2);
}

static void every_question_finds_the_record_that_is_due(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    struct api_things fresh;
    uint8_t bytes[64];
    uint32_t size;
    uint32_t count = 0;
    JET_RECPOS position = {.cbStruct = sizeof position};
    JET_RECSIZE record_size = {0};
    api_things_create(fixture, &things);
    for (int id = 1; id <= 3; id++)
        insert(sesid, &things, id, "x");
    OK(JetCreateIndex(sesid, things.tableid, "names", JET_bitNil, "+name\0", 7, 80));
    api_things_open(fixture, sesid, fixture->dbid, &fresh);
    const JET_TABLEID tableid = fresh.tableid;
    OK(JetIndexRecordCount(sesid, tableid, &count, 0));
    assert_int_equal(count, 3);
    OK(JetSetCurrentIndex(sesid, tableid, NULL));
    OK(JetGetBookmark(sesid, tableid, bytes, sizeof bytes, &size));
    OK(JetSetCurrentIndex(sesid, tableid, NULL));
    OK(JetRetrieveKey(sesid, tableid, bytes, sizeof bytes, &size, JET_bitNil));
    OK(JetSetCurrentIndex(sesid, tableid, "names"));
    OK(JetGetSecondaryIndexBookmark(sesid, tableid, bytes, sizeof bytes, &size, bytes, sizeof bytes, &size,
                                    JET_bitNil));
    OK(JetSetCurrentIndex(sesid, tableid, "names"));
    OK(JetGetRecordPosition(sesid, tableid, &position, sizeof position));
    assert_int_equal(position.centriesLT, 0);
    OK(JetSetCurrentIndex(sesid, tableid, "names"));
    OK(JetGetRecordSize(sesid, tableid, &record_size, JET_bitNil));
    OK(JetSetCurrentIndex(sesid, tableid, "names"));
    OK(JetMakeKey(sesid, tableid, "y", 1, JET_bitNewKey));
    OK(JetSetIndexRange(sesid, tableid, JET_bitRangeUpperLimit));
    OK(JetSetCurrentIndex(sesid, tableid, "names"));
    OK(JetPrepareUpdate(sesid, tableid, JET_prepReplace));
    OK(JetPrepareUpdate(sesid, tableid, JET_prepCancel));
    OK(JetSetCurrentIndex(sesid, tableid, "names"));
    OK(JetDelete(sesid, tableid));
    OK(JetMove(sesid, tableid, JET_MoveFirst, JET_bitNil));
    assert_int_equal(api_things_id(sesid, &fresh), 2);
}

static void an_empty_table_has_no_record_to_be_on(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    uint8_t bytes[64];
    uint32_t size;
    uint32_t count = 7;
    uint64_t count64 = 7;
    JET_RECPOS position = {.cbStruct = sizeof position};
    api_things_create(fixture, &things);
    OK(JetIndexRecordCount(sesid, things.tableid, &count, 0));
    assert_int_equal(count, 0);
    OK(JetIndexRecordCount2(sesid, things.tableid, &count64, 0));
    assert_int_equal(count64, 0);
    assert_int_equal(JetGetBookmark(sesid, things.tableid, bytes, sizeof bytes, &size), JET_errNoCurrentRecord);
    assert_int_equal(JetGetRecordPosition(sesid, things.tableid, &position, sizeof position), JET_errNoCurrentRecord);
    assert_int_equal(JetMove(sesid, things.tableid, 0, JET_bitNil), JET_errNoCurrentRecord);
    assert_int_equal(JetPrepareUpdate(sesid, things.tableid, JET_prepReplace), JET_errNoCurrentRecord);
    insert(sesid, &things, 1, NULL); /* still due */
    assert_int_equal(api_things_id(sesid, &things), 1);
    OK(JetDelete(sesid, things.tableid));
    OK(JetSetCurrentIndex(sesid, things.tableid, NULL));
    assert_int_equal(JetMove(sesid, things.tableid, JET_MoveNext, JET_bitNil), JET_errNoCurrentRecord);
    insert(sesid, &things, 2, NULL); /* behind the last now, whatever comes */
    assert_int_equal(JetMove(sesid, things.tableid, 0, JET_bitNil), JET_errNoCurrentRecord);
    assert_int_equal(JetIndexRecordCount(sesid, things.tableid, &count, 0), JET_errNoCurrentRecord);
    OK(JetMove(sesid, things.tableid, JET_MovePrevious, JET_bitNil));
    assert_int_equal(api_things_id(sesid, &things), 2);
}

/* ---- a prepared update ---- */

static void prepare(JET_SESID sesid, const struct api_things *things)
{
    OK(JetPrepareUpdate(sesid, things->tableid, JET_prepReplace));
    OK(JetSetColumn(sesid, things->tableid, things->name, "new", 3, JET_bitNil, NULL));
}

static void expect_dropped(JET_SESID sesid, const struct api_things *things)
{
    assert_int_equal(JetUpdate(sesid, things->tableid, NULL, 0, NULL), JET_errUpdateNotPrepared);
}

static void who_moves_drops_what_he_prepared(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    uint8_t bookmark[64];
    uint32_t size;
    JET_RECPOS position = {sizeof position, 0, 1, 2};
    api_things_create(fixture, &things);
    for (int id = 1; id <= 3; id++)
        insert(sesid, &things, id, "x");
    OK(JetGetBookmark(sesid, things.tableid, bookmark, sizeof bookmark, &size));
    prepare(sesid, &things);
    OK(JetMove(sesid, things.tableid, JET_MoveNext, JET_bitNil));
    expect_dropped(sesid, &things);
    prepare(sesid, &things);
    OK(JetMove(sesid, things.tableid, 0, JET_bitNil));
    expect_dropped(sesid, &things);
    prepare(sesid, &things);
    OK(api_things_seek(sesid, &things, 2));
    expect_dropped(sesid, &things);
    prepare(sesid, &things);
    OK(JetGotoBookmark(sesid, things.tableid, bookmark, size));
    expect_dropped(sesid, &things);
    prepare(sesid, &things);
    OK(JetGotoPosition(sesid, things.tableid, &position));
    expect_dropped(sesid, &things);
    prepare(sesid, &things);
    OK(JetSetCurrentIndex2(sesid, things.tableid, NULL, JET_bitNoMove)); /* no move */
    OK(JetSetCurrentIndex(sesid, things.tableid, NULL));
    expect_dropped(sesid, &things);
    prepare(sesid, &things);
    OK(JetDelete(sesid, things.tableid));
    expect_dropped(sesid, &things);
}

static void a_record_that_its_copy_replaces_is_not_deleted_twice(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    api_things_create(fixture, &things);
    insert(sesid, &things, 1, "x");
    OK(JetPrepareUpdate(sesid, things.tableid, JET_prepInsertCopyDeleteOriginal));
    assert_int_equal(JetDelete(sesid, things.tableid), JET_errAlreadyPrepared);
    OK(JetUpdate(sesid, things.tableid, NULL, 0, NULL));
}

static int32_t number_of(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID column)
{
    int32_t number = 0;
    OK(JetMove(sesid, tableid, JET_MoveLast, JET_bitNil));
    OK(JetRetrieveColumn(sesid, tableid, column, &number, sizeof number, NULL, JET_bitNil, NULL));
    return number;
}

static void only_a_copy_that_stands_for_the_original_keeps_its_number(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    JET_TABLEID tableid;
    OK(JetCreateTable(sesid, fixture->dbid, "numbered", 1, 80, &tableid));
    const JET_COLUMNID number = api_column_add(sesid, tableid, "number", JET_coltypLong, JET_bitColumnAutoincrement);
    OK(JetPrepareUpdate(sesid, tableid, JET_prepInsert));
    OK(JetUpdate(sesid, tableid, NULL, 0, NULL));
    assert_int_equal(number_of(sesid, tableid, number), 1);
    OK(JetPrepareUpdate(sesid, tableid, JET_prepInsertCopy));
    OK(JetUpdate(sesid, tableid, NULL, 0, NULL));
    assert_int_equal(number_of(sesid, tableid, number), 2);
    OK(JetPrepareUpdate(sesid, tableid, JET_prepInsertCopyDeleteOriginal));
    OK(JetUpdate(sesid, tableid, NULL, 0, NULL));
    assert_int_equal(number_of(sesid, tableid, number), 3);
    OK(JetPrepareUpdate(sesid, tableid, JET_prepInsertCopyReplaceOriginal));
    OK(JetUpdate(sesid, tableid, NULL, 0, NULL));
    assert_int_equal(number_of(sesid, tableid, number), 3);
}

/* ---- who else ---- */

static void a_record_that_another_is_changing_says_so(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    struct api_things others;
    JET_SESID other;
    JET_DBID dbid;
    api_things_create(fixture, &things);
    insert(sesid, &things, 1, "x");
    OK(JetBeginSession(fixture->instance, &other, NULL, NULL));
    OK(JetOpenDatabase(other, fixture->file, NULL, &dbid, JET_bitNil));
    api_things_open(fixture, other, dbid, &others);
    assert_int_equal(JetGetCursorInfo(other, others.tableid, NULL, 0, 0), JET_errNoCurrentRecord); /* not moved */
    OK(JetMove(other, others.tableid, JET_MoveFirst, JET_bitNil));
    OK(JetGetCursorInfo(other, others.tableid, NULL, 0, 0));
    OK(JetMove(sesid, things.tableid, JET_MoveFirst, JET_bitNil));
    OK(JetBeginTransaction(sesid));
    OK(JetPrepareUpdate(sesid, things.tableid, JET_prepReplace));
    OK(JetSetColumn(sesid, things.tableid, things.name, "new", 3, JET_bitNil, NULL));
    OK(JetUpdate(sesid, things.tableid, NULL, 0, NULL));
    OK(JetGetCursorInfo(sesid, things.tableid, NULL, 0, 0)); /* it is my own change */
    assert_int_equal(JetGetCursorInfo(other, others.tableid, NULL, 0, 0), JET_errWriteConflict);
    OK(JetBeginTransaction(other));
    assert_int_equal(JetGetCursorInfo(other, others.tableid, NULL, 0, 0), JET_errWriteConflict);
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(JetGetCursorInfo(other, others.tableid, NULL, 0, 0));
    OK(JetEndSession(other, JET_bitNil));
}

/* ---- sizes ---- */

static void the_id_of_a_separated_value_is_no_data(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    const int32_t id = 1;
    const uint8_t bytes[64] = {1};
    struct api_things things;
    JET_RECSIZE size = {0};
    api_things_create(fixture, &things);
    OK(JetBeginTransaction(sesid));
    OK(JetPrepareUpdate(sesid, things.tableid, JET_prepInsert));
    OK(JetSetColumn(sesid, things.tableid, things.id, &id, sizeof id, JET_bitNil, NULL));
    OK(JetSetColumn(sesid, things.tableid, things.note, bytes, sizeof bytes, JET_bitSetSeparateLV, NULL));
    OK(JetGetRecordSize(sesid, things.tableid, &size, JET_bitRecordSizeInCopyBuffer));
    assert_int_equal(size.cbData, sizeof id);
    assert_int_equal(size.cbLongValueData, sizeof bytes);
    OK(JetSetColumn(sesid, things.tableid, things.note, bytes, sizeof bytes, JET_bitSetIntrinsicLV, NULL));
    OK(JetGetRecordSize(sesid, things.tableid, &size, JET_bitRecordSizeInCopyBuffer));
    assert_int_equal(size.cbData, sizeof id + sizeof bytes);
    assert_int_equal(size.cbLongValueData, 0);
    OK(JetPrepareUpdate(sesid, things.tableid, JET_prepCancel));
    OK(JetRollback(sesid, JET_bitNil));
}

/* ---- seeks ---- */

static void a_range_of_equal_keys_is_set_unless_there_is_one_only(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    const JET_GRBIT grbit = JET_bitSeekEQ | JET_bitSetIndexRange | JET_bitCheckUniqueness;
    struct api_things things;
    api_things_create(fixture, &things);
    insert(sesid, &things, 1, "a");
    insert(sesid, &things, 2, "b");
    insert(sesid, &things, 3, "b");
    insert(sesid, &things, 4, "c");
    OK(JetCreateIndex(sesid, things.tableid, "names", JET_bitNil, "+name\0", 7, 80));
    OK(JetSetCurrentIndex(sesid, things.tableid, "names"));
    OK(JetMakeKey(sesid, things.tableid, "b", 1, JET_bitNewKey));
    OK(JetSeek(sesid, things.tableid, grbit));
    OK(JetMove(sesid, things.tableid, JET_MoveNext, JET_bitNil));
    assert_int_equal(JetMove(sesid, things.tableid, JET_MoveNext, JET_bitNil), JET_errNoCurrentRecord);
    OK(JetMakeKey(sesid, things.tableid, "a", 1, JET_bitNewKey));
    assert_int_equal(JetSeek(sesid, things.tableid, grbit), JET_wrnUniqueKey);
    OK(JetMove(sesid, things.tableid, JET_MoveNext, JET_bitNil));
    assert_int_equal(api_things_id(sesid, &things), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_has_not_moved_is_on_the_record_that_was_first_when_asked),
        TEST(a_cursor_begins_on_the_first_record_however_it_was_made),
        TEST(every_question_finds_the_record_that_is_due),
        TEST(an_empty_table_has_no_record_to_be_on),
        TEST(who_moves_drops_what_he_prepared),
        TEST(a_record_that_its_copy_replaces_is_not_deleted_twice),
        TEST(only_a_copy_that_stands_for_the_original_keeps_its_number),
        TEST(a_record_that_another_is_changing_says_so),
        TEST(the_id_of_a_separated_value_is_no_data),
        TEST(a_range_of_equal_keys_is_set_unless_there_is_one_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
