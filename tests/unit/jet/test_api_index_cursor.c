/* SPDX-License-Identifier: MIT */
/* Cursors on secondary indexes: where they are, what they retrieve, which of several indexes have in common. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "index_things.h"

/* ---- where the cursor is ---- */

static void the_current_index_is_set_by_name_and_id(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    char name[JET_cbNameMost + 1];
    WCHAR wide[JET_cbNameMost + 1];
    JET_INDEXID id = {.cbStruct = sizeof id};
    things_fill(fixture, &things);
    OK(JetGetCurrentIndex(sesid, things.tableid, name, sizeof name));
    assert_string_equal(name, "by_id");
    OK(api_things_seek(sesid, &things, 6));
    OK(JetSetCurrentIndex2(sesid, things.tableid, "NAMES", JET_bitNoMove));
    OK(JetGetCurrentIndex(sesid, things.tableid, name, sizeof name));
    assert_string_equal(name, "names");
    things_expect_rest(sesid, &things, REST(6, 3));
    assert_int_equal(JetSetCurrentIndex(sesid, things.tableid, "nothing"), JET_errIndexNotFound);
    OK(JetGetCurrentIndex(sesid, things.tableid, name, sizeof name));
    assert_string_equal(name, "names"); /* as it was */
    OK(things_seek_name(sesid, &things, "c", JET_bitSeekEQ));
    OK(JetSetCurrentIndex2(sesid, things.tableid, NULL, JET_bitNoMove));
    things_expect_rest(sesid, &things, REST(3, 4, 5, 6));
    assert_int_equal(JetSetCurrentIndex2(sesid, things.tableid, "names", JET_bitNoMove), JET_errNoCurrentRecord);
    OK(JetGetTableIndexInfo(sesid, things.tableid, "names", &id, sizeof id, JET_IdxInfoIndexId));
    OK(JetSetCurrentIndex(sesid, things.tableid, NULL));
    OK(JetSetCurrentIndex4(sesid, things.tableid, NULL, &id, JET_bitMoveFirst, 1));
    OK(JetGetCurrentIndexW(sesid, things.tableid, wide, COUNT_OF(wide)));
    assert_memory_equal(wide, u"names", sizeof u"names");
    OK(JetSetCurrentIndexW(sesid, things.tableid, u"by_id"));
    memset(id.rgbIndexId, 0xFF, sizeof id.rgbIndexId);
    assert_int_equal(JetSetCurrentIndex4(sesid, things.tableid, NULL, &id, JET_bitMoveFirst, 1), JET_errInvalidIndexId);
}

static void entries_are_bookmarks(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    uint8_t key[300], again[300], bookmark[300];
    uint32_t key_size, again_size, bookmark_size;
    things_fill(fixture, &things);
    assert_int_equal(JetGetSecondaryIndexBookmark(sesid, things.tableid, key, sizeof key, &key_size, bookmark,
                                                  sizeof bookmark, &bookmark_size, JET_bitNil),
                     JET_errNoCurrentIndex);
    OK(JetSetCurrentIndex(sesid, things.tableid, "names"));
    OK(JetMove(sesid, things.tableid, 2, JET_bitNil)); /* the second "a" */
    OK(JetGetSecondaryIndexBookmark(sesid, things.tableid, key, sizeof key, &key_size, bookmark, sizeof bookmark,
                                    &bookmark_size, JET_bitNil));
    OK(JetRetrieveKey(sesid, things.tableid, again, sizeof again, &again_size, JET_bitNil));
    assert_int_equal(again_size, key_size);
    assert_memory_equal(again, key, key_size);
    OK(JetGetBookmark(sesid, things.tableid, again, sizeof again, &again_size));
    assert_int_equal(again_size, bookmark_size);
    assert_memory_equal(again, bookmark, bookmark_size);
    assert_int_equal(JetGetSecondaryIndexBookmark(sesid, things.tableid, key, 1, &key_size, bookmark, sizeof bookmark,
                                                  &bookmark_size, JET_bitNil),
                     JET_errBufferTooSmall);
    OK(JetMove(sesid, things.tableid, JET_MoveLast, JET_bitNil));
    OK(JetGotoSecondaryIndexBookmark(sesid, things.tableid, key, key_size, bookmark, bookmark_size, JET_bitNil));
    things_expect_rest(sesid, &things, REST(4, 1, 6, 3));
    OK(JetGotoBookmark(sesid, things.tableid, bookmark, bookmark_size));
    things_expect_rest(sesid, &things, REST(4, 1, 6, 3));
    assert_int_equal(JetGotoSecondaryIndexBookmark(sesid, things.tableid, key, key_size, NULL, 0, JET_bitNil),
                     JET_errInvalidBookmark);
    OK(JetBeginTransaction(sesid));
    things_go_to(sesid, &things, 4);
    OK(things_rename(sesid, &things, "x"));
    OK(JetSetCurrentIndex(sesid, things.tableid, "names"));
    assert_int_equal(
        JetGotoSecondaryIndexBookmark(sesid, things.tableid, key, key_size, bookmark, bookmark_size, JET_bitNil),
        JET_errRecordDeleted);
    OK(JetMove(sesid, things.tableid, JET_MoveNext, JET_bitNil)); /* from where the entry was */
    assert_int_equal(api_things_id(sesid, &things), 1);
    OK(JetGotoBookmark(sesid, things.tableid, bookmark, bookmark_size));
    things_expect_rest(sesid, &things, REST(4));
    OK(JetRollback(sesid, JET_bitNil));
}

static void a_record_without_an_entry_is_before_the_first(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    uint8_t bookmark[100];
    uint32_t size;
    things_fill(fixture, &things);
    OK(CREATE(sesid, things.tableid, "named", "+name\0", JET_bitIndexIgnoreAnyNull));
    OK(api_things_seek(sesid, &things, 5));
    OK(JetGetBookmark(sesid, things.tableid, bookmark, sizeof bookmark, &size));
    OK(JetSetCurrentIndex(sesid, things.tableid, "named"));
    assert_int_equal(JetGotoBookmark(sesid, things.tableid, bookmark, size), JET_errNoCurrentRecord);
    OK(JetMove(sesid, things.tableid, JET_MoveNext, JET_bitNil));
    assert_int_equal(api_things_id(sesid, &things), 2);
}

static void changes_leave_the_cursor_where_it_was(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    things_fill(fixture, &things);
    OK(JetBeginTransaction(sesid));
    OK(JetSetCurrentIndex(sesid, things.tableid, "names"));
    OK(things_seek_name(sesid, &things, "a", JET_bitSeekEQ));
    OK(things_rename(sesid, &things, "z")); /* its entry is elsewhere now, its record is not */
    assert_int_equal(api_things_id(sesid, &things), 2);
    OK(JetMove(sesid, things.tableid, JET_MoveNext, JET_bitNil));
    assert_int_equal(api_things_id(sesid, &things), 4);
    OK(JetDelete(sesid, things.tableid));
    assert_int_equal(JetMove(sesid, things.tableid, 0, JET_bitNil), JET_errRecordDeleted);
    OK(JetMove(sesid, things.tableid, JET_MoveNext, JET_bitNil));
    things_expect_rest(sesid, &things, REST(1, 6, 3, 2));
    OK(JetCommitTransaction(sesid, JET_bitNil));
}

static void columns_come_from_the_index(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    char name[8];
    int32_t id;
    uint32_t size;
    things_fill(fixture, &things);
    OK(JetSetCurrentIndex(sesid, things.tableid, "names"));
    OK(things_seek_name(sesid, &things, "c", JET_bitSeekEQ));
    OK(JetRetrieveColumn(sesid, things.tableid, things.name, name, sizeof name, &size, JET_bitRetrieveFromIndex, NULL));
    assert_int_equal(size, 1);
    assert_int_equal(name[0], 'c');
    OK(JetRetrieveColumn(sesid, things.tableid, things.id, &id, sizeof id, NULL, JET_bitRetrieveFromPrimaryBookmark,
                         NULL));
    assert_int_equal(id, 3);
    assert_int_equal(
        JetRetrieveColumn(sesid, things.tableid, things.id, &id, sizeof id, NULL, JET_bitRetrieveFromIndex, NULL),
        JET_errColumnNotFound);
    assert_int_equal(JetRetrieveColumn(sesid, things.tableid, things.name, name, sizeof name, NULL,
                                       JET_bitRetrieveFromPrimaryBookmark, NULL),
                     JET_errColumnNotFound);
    assert_int_equal(JetRetrieveColumn(sesid, things.tableid, things.name, name, sizeof name, NULL,
                                       JET_bitRetrieveFromPrimaryBookmark | JET_bitRetrieveFromIndex, NULL),
                     JET_errInvalidGrbit);
}

/* ---- intersections ---- */

static void indexes_can_be_intersected(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    JET_TABLEID other;
    int expected = 0;
    api_things_create(fixture, &things);
    OK(CREATE(sesid, things.tableid, "names", "+name\0", JET_bitNil));
    OK(CREATE(sesid, things.tableid, "tags", "+tags\0", JET_bitNil));
    OK(JetBeginTransaction(sesid));
    for (int id = 60; id >= 1; id--) {
        const char name[] = {(char)('a' + id % 5), '\0'};
        const int tags[] = {id, id + 100, id + 1, 0};
        OK(things_try_insert(sesid, &things, id, name, tags));
        expected += id % 5 == 2 && id >= 10;
    }
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(JetDupCursor(sesid, things.tableid, &other, JET_bitNil));
    OK(JetSetCurrentIndex(sesid, things.tableid, "names"));
    OK(JetSetCurrentIndex(sesid, other, "tags"));
    OK(JetMakeKey(sesid, things.tableid, "c", 1, JET_bitNewKey));
    OK(JetSeek(sesid, things.tableid, JET_bitSeekEQ | JET_bitSetIndexRange));
    const int32_t least = 11;
    OK(JetMakeKey(sesid, other, &least, sizeof least, JET_bitNewKey));
    OK(JetSeek(sesid, other, JET_bitSeekEQ)); /* to the end of the index: everybody's second tag is there */
    JET_INDEXRANGE ranges[] = {
        {.cbStruct = sizeof ranges[0], .tableid = things.tableid, .grbit = JET_bitRecordInIndex},
        {.cbStruct = sizeof ranges[0], .tableid = other,          .grbit = JET_bitRecordInIndex},
    };
    JET_RECORDLIST list = {.cbStruct = sizeof list};
    const int32_t most = 100;
    OK(JetMakeKey(sesid, other, &most, sizeof most, JET_bitNewKey));
    OK(JetSetIndexRange(sesid, other, JET_bitRangeUpperLimit));
    OK(JetIntersectIndexes(sesid, ranges, 2, &list, JET_bitNil));
    assert_int_equal(list.cRecord, expected);
    OK(JetSetCurrentIndex(sesid, things.tableid, NULL));
    int last = 0, found = 0;
    JET_ERR err = JetMove(sesid, list.tableid, JET_MoveFirst, JET_bitNil);
    for (; err == JET_errSuccess; err = JetMove(sesid, list.tableid, JET_MoveNext, JET_bitNil), found++) {
        uint8_t bookmark[64];
        uint32_t size;
        OK(JetRetrieveColumn(sesid, list.tableid, list.columnidBookmark, bookmark, sizeof bookmark, &size, JET_bitNil,
                             NULL));
        OK(JetGotoBookmark(sesid, things.tableid, bookmark, size));
        const int id = api_things_id(sesid, &things);
        assert_true(id > last && id % 5 == 2 && id >= 10);
        last = id;
    }
    assert_int_equal(found, expected);
    OK(JetCloseTable(sesid, list.tableid));
    assert_int_equal(JetIntersectIndexes(sesid, ranges, 2, &list, JET_bitNil), JET_errInvalidParameter); /* primary */
    OK(JetSetCurrentIndex(sesid, things.tableid, "tags"));
    assert_int_equal(JetIntersectIndexes(sesid, ranges, 2, &list, JET_bitNil), JET_errInvalidParameter); /* the same */
    ranges[0].grbit = JET_bitRecordNotInIndex;
    assert_int_equal(JetIntersectIndexes(sesid, ranges, 1, &list, JET_bitNil), JET_errInvalidGrbit);
    ranges[0].grbit = JET_bitRecordInIndex;
    OK(JetSetCurrentIndex(sesid, things.tableid, "names"));
    OK(JetMakeKey(sesid, things.tableid, "e", 1, JET_bitNewKey));
    OK(JetSeek(sesid, things.tableid, JET_bitSeekEQ));
    const int32_t none = 160;
    OK(JetMakeKey(sesid, other, &none, sizeof none, JET_bitNewKey)); /* of record 60, whose name is "a" */
    OK(JetSeek(sesid, other, JET_bitSeekEQ));
    OK(JetIntersectIndexes(sesid, ranges, 2, &list, JET_bitNil));
    assert_int_equal(list.cRecord, 0);
    assert_int_equal(list.tableid, JET_tableidNil);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, api_fixture_setup, api_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(the_current_index_is_set_by_name_and_id),
        WITH_FIXTURE(entries_are_bookmarks),
        WITH_FIXTURE(a_record_without_an_entry_is_before_the_first),
        WITH_FIXTURE(changes_leave_the_cursor_where_it_was),
        WITH_FIXTURE(columns_come_from_the_index),
        WITH_FIXTURE(indexes_can_be_intersected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
