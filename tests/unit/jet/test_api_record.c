/* SPDX-License-Identifier: MIT */
/* Records and cursors through the exported functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"

/* Ten records, ids 10, 20 ... 100, in one transaction. */
static void fill(const struct api_fixture *fixture, struct api_things *things)
{
    api_things_create(fixture, things);
    OK(JetBeginTransaction(fixture->sesid));
    for (int i = 10; i >= 1; i--) /* not in the order of the index */
        api_things_insert(fixture->sesid, things, i * 10, NULL);
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
}

static void records_come_in_the_order_of_the_primary_index(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    fill(fixture, &things);
    int expected = 10;
    for (JET_ERR err = JetMove(fixture->sesid, things.tableid, JET_MoveFirst, JET_bitNil); err == JET_errSuccess;
         err = JetMove(fixture->sesid, things.tableid, JET_MoveNext, JET_bitNil), expected += 10)
        assert_int_equal(api_things_id(fixture->sesid, &things), expected);
    assert_int_equal(expected, 110);
    assert_int_equal(JetMove(fixture->sesid, things.tableid, JET_MoveNext, JET_bitNil), JET_errNoCurrentRecord);
    OK(JetMove(fixture->sesid, things.tableid, JET_MovePrevious, JET_bitNil));
    assert_int_equal(api_things_id(fixture->sesid, &things), 100);
    OK(JetMove(fixture->sesid, things.tableid, -3, JET_bitNil));
    assert_int_equal(api_things_id(fixture->sesid, &things), 70);
    OK(JetMove(fixture->sesid, things.tableid, JET_MoveLast, JET_bitNil));
    assert_int_equal(api_things_id(fixture->sesid, &things), 100);
    OK(JetMove(fixture->sesid, things.tableid, 0, JET_bitNil));
}

static void an_empty_table_has_no_current_record(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    int32_t id;
    api_things_create(fixture, &things);
    assert_int_equal(JetMove(fixture->sesid, things.tableid, JET_MoveFirst, JET_bitNil), JET_errNoCurrentRecord);
    assert_int_equal(JetMove(fixture->sesid, things.tableid, JET_MoveLast, JET_bitNil), JET_errNoCurrentRecord);
    assert_int_equal(
        JetRetrieveColumn(fixture->sesid, things.tableid, things.id, &id, sizeof id, NULL, JET_bitNil, NULL),
        JET_errNoCurrentRecord);
    assert_int_equal(JetSeek(fixture->sesid, things.tableid, JET_bitSeekEQ), JET_errKeyNotMade);
}

static void seeks_find_what_is_nearest(void **state)
{
    static const struct {
        int key;
        JET_GRBIT grbit;
        JET_ERR expected;
        int found;
    } seeks[] = {
        {50,  JET_bitSeekEQ, JET_errSuccess,        50},
        {55,  JET_bitSeekEQ, JET_errRecordNotFound, 0 },
        {50,  JET_bitSeekGE, JET_errSuccess,        50},
        {55,  JET_bitSeekGE, JET_wrnSeekNotEqual,   60},
        {50,  JET_bitSeekGT, JET_errSuccess,        60},
        {50,  JET_bitSeekLE, JET_errSuccess,        50},
        {55,  JET_bitSeekLE, JET_wrnSeekNotEqual,   50},
        {50,  JET_bitSeekLT, JET_errSuccess,        40},
        {10,  JET_bitSeekLT, JET_errRecordNotFound, 0 },
        {100, JET_bitSeekGT, JET_errRecordNotFound, 0 },
    };
    const struct api_fixture *fixture = *state;
    struct api_things things;
    fill(fixture, &things);
    for (size_t i = 0; i < sizeof seeks / sizeof seeks[0]; i++) {
        int32_t key = seeks[i].key;
        OK(JetMakeKey(fixture->sesid, things.tableid, &key, sizeof key, JET_bitNewKey));
        assert_int_equal(JetSeek(fixture->sesid, things.tableid, seeks[i].grbit), seeks[i].expected);
        if (seeks[i].expected >= JET_errSuccess)
            assert_int_equal(api_things_id(fixture->sesid, &things), seeks[i].found);
    }
}

static void moves_stop_at_the_end_of_a_range(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    int32_t key = 30;
    uint32_t count = 0;
    fill(fixture, &things);
    OK(JetMakeKey(fixture->sesid, things.tableid, &key, sizeof key, JET_bitNewKey));
    OK(JetSeek(fixture->sesid, things.tableid, JET_bitSeekGE));
    key = 60;
    OK(JetMakeKey(fixture->sesid, things.tableid, &key, sizeof key, JET_bitNewKey));
    OK(JetSetIndexRange(fixture->sesid, things.tableid, JET_bitRangeUpperLimit | JET_bitRangeInclusive));
    OK(JetIndexRecordCount(fixture->sesid, things.tableid, &count, 0));
    assert_int_equal(count, 4);
    OK(JetMove(fixture->sesid, things.tableid, 3, JET_bitNil));
    assert_int_equal(api_things_id(fixture->sesid, &things), 60);
    assert_int_equal(JetMove(fixture->sesid, things.tableid, JET_MoveNext, JET_bitNil), JET_errNoCurrentRecord);
}

static void a_bookmark_leads_back_until_the_record_is_deleted(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    unsigned char bookmark[JET_cbBookmarkMost];
    uint32_t size = 0;
    fill(fixture, &things);
    OK(api_things_seek(fixture->sesid, &things, 70));
    assert_int_equal(JetGetBookmark(fixture->sesid, things.tableid, bookmark, 1, &size), JET_errBufferTooSmall);
    OK(JetGetBookmark(fixture->sesid, things.tableid, bookmark, sizeof bookmark, &size));
    OK(JetMove(fixture->sesid, things.tableid, JET_MoveFirst, JET_bitNil));
    OK(JetGotoBookmark(fixture->sesid, things.tableid, bookmark, size));
    assert_int_equal(api_things_id(fixture->sesid, &things), 70);
    OK(JetBeginTransaction(fixture->sesid));
    OK(JetDelete(fixture->sesid, things.tableid));
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
    assert_int_equal(JetGotoBookmark(fixture->sesid, things.tableid, bookmark, size), JET_errRecordDeleted);
    assert_int_equal(JetGotoBookmark(fixture->sesid, things.tableid, bookmark, 0), JET_errInvalidBookmark);
    assert_int_equal(api_things_seek(fixture->sesid, &things, 70), JET_errRecordNotFound);
}

static void the_bookmark_of_an_update_leads_to_its_record(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    unsigned char bookmark[JET_cbBookmarkMost];
    uint32_t size = 0;
    int32_t id = 5;
    fill(fixture, &things);
    OK(JetBeginTransaction(fixture->sesid));
    OK(JetPrepareUpdate(fixture->sesid, things.tableid, JET_prepInsert));
    OK(JetSetColumn(fixture->sesid, things.tableid, things.id, &id, sizeof id, JET_bitNil, NULL));
    OK(JetUpdate(fixture->sesid, things.tableid, bookmark, sizeof bookmark, &size));
    OK(JetGotoBookmark(fixture->sesid, things.tableid, bookmark, size));
    assert_int_equal(api_things_id(fixture->sesid, &things), 5);
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
}

static void values_that_are_null_or_cut_say_so(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    char buffer[4];
    uint32_t actual = 99;
    api_things_create(fixture, &things);
    OK(JetBeginTransaction(fixture->sesid));
    api_things_insert(fixture->sesid, &things, 1, "a longer name");
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
    OK(JetMove(fixture->sesid, things.tableid, JET_MoveFirst, JET_bitNil));
    assert_int_equal(JetRetrieveColumn(fixture->sesid, things.tableid, things.name, buffer, sizeof buffer, &actual,
                                       JET_bitNil, NULL),
                     JET_wrnBufferTruncated);
    assert_int_equal(actual, 13);
    assert_memory_equal(buffer, "a lo", 4);
    assert_int_equal(JetRetrieveColumn(fixture->sesid, things.tableid, things.note, buffer, sizeof buffer, &actual,
                                       JET_bitNil, NULL),
                     JET_wrnColumnNull);
    assert_int_equal(actual, 0);
    assert_int_equal(
        JetRetrieveColumn(fixture->sesid, things.tableid, 9999, buffer, sizeof buffer, &actual, JET_bitNil, NULL),
        JET_errColumnNotFound);
}

static void columns_are_set_and_retrieved_in_groups(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    int32_t id = 42;
    int32_t tags[2] = {7, 8};
    api_things_create(fixture, &things);
    JET_SETCOLUMN set[4];
    memset(set, 0, sizeof set);
    set[0] = (JET_SETCOLUMN){.columnid = things.id, .pvData = &id, .cbData = sizeof id, .itagSequence = 1};
    set[1] = (JET_SETCOLUMN){.columnid = things.tags, .pvData = &tags[0], .cbData = sizeof tags[0]};
    set[2] = (JET_SETCOLUMN){.columnid = things.tags, .pvData = &tags[1], .cbData = sizeof tags[1]};
    set[3] = (JET_SETCOLUMN){.columnid = things.name, .pvData = "", .grbit = JET_bitSetZeroLength, .itagSequence = 1};
    OK(JetBeginTransaction(fixture->sesid));
    OK(JetPrepareUpdate(fixture->sesid, things.tableid, JET_prepInsert));
    OK(JetSetColumns(fixture->sesid, things.tableid, set, 4));
    OK(JetUpdate(fixture->sesid, things.tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));

    int32_t got[3] = {0};
    char name[4];
    OK(JetMove(fixture->sesid, things.tableid, JET_MoveFirst, JET_bitNil));
    JET_RETRIEVECOLUMN get[6];
    memset(get, 0, sizeof get);
    get[0] = (JET_RETRIEVECOLUMN){.columnid = things.id, .pvData = &got[0], .cbData = 4, .itagSequence = 1};
    get[1] = (JET_RETRIEVECOLUMN){.columnid = things.tags, .pvData = &got[1], .cbData = 4, .itagSequence = 1};
    get[2] = (JET_RETRIEVECOLUMN){.columnid = things.tags, .pvData = &got[2], .cbData = 4, .itagSequence = 2};
    get[3] = (JET_RETRIEVECOLUMN){.columnid = things.tags};
    get[4] = (JET_RETRIEVECOLUMN){.columnid = things.name, .pvData = name, .cbData = sizeof name, .itagSequence = 1};
    get[5] = (JET_RETRIEVECOLUMN){.columnid = things.note, .itagSequence = 1};
    OK(JetRetrieveColumns(fixture->sesid, things.tableid, get, 6));
    assert_int_equal(got[0], 42);
    assert_int_equal(got[1], 7);
    assert_int_equal(got[2], 8);
    assert_int_equal(get[3].itagSequence, 2);
    assert_int_equal(get[4].err, JET_errSuccess);
    assert_int_equal(get[4].cbActual, 0);
    assert_int_equal(get[5].err, JET_wrnColumnNull);
}

static void a_long_value_is_written_and_read_in_pieces(void **state)
{
    enum { SIZE = 300000 };
    const struct api_fixture *fixture = *state;
    struct api_things things;
    unsigned char *bytes = malloc(SIZE);
    unsigned char *back = calloc(1, SIZE);
    uint32_t actual = 0;
    assert_true(bytes && back);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (unsigned char)(i * 31 + i / 251);
    api_things_create(fixture, &things);
    OK(JetBeginTransaction(fixture->sesid));
    api_things_insert(fixture->sesid, &things, 1, NULL);
    OK(JetMove(fixture->sesid, things.tableid, JET_MoveFirst, JET_bitNil));
    OK(JetPrepareUpdate(fixture->sesid, things.tableid, JET_prepReplace));
    OK(JetSetColumn(fixture->sesid, things.tableid, things.note, bytes, 100000, JET_bitNil, NULL));
    OK(JetSetColumn(fixture->sesid, things.tableid, things.note, bytes + 100000, SIZE - 100000, JET_bitSetAppendLV,
                    NULL));
    JET_SETINFO info = {.cbStruct = sizeof info, .ibLongValue = 1000, .itagSequence = 1};
    memset(bytes + 1000, 0xEE, 50);
    OK(JetSetColumn(fixture->sesid, things.tableid, things.note, bytes + 1000, 50, JET_bitSetOverwriteLV, &info));
    OK(JetUpdate(fixture->sesid, things.tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));

    OK(JetRetrieveColumn(fixture->sesid, things.tableid, things.note, back, SIZE, &actual, JET_bitNil, NULL));
    assert_int_equal(actual, SIZE);
    assert_memory_equal(back, bytes, SIZE);
    JET_RETINFO from = {.cbStruct = sizeof from, .ibLongValue = 250000, .itagSequence = 1};
    assert_int_equal(
        JetRetrieveColumn(fixture->sesid, things.tableid, things.note, back, 100, &actual, JET_bitNil, &from),
        JET_wrnBufferTruncated);
    assert_int_equal(actual, SIZE - 250000);
    assert_memory_equal(back, bytes + 250000, 100);
    free(bytes);
    free(back);
}

static void keys_are_unique_and_not_null_is_kept(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    int32_t id = 10;
    fill(fixture, &things);
    OK(JetBeginTransaction(fixture->sesid));
    OK(JetPrepareUpdate(fixture->sesid, things.tableid, JET_prepInsert));
    OK(JetSetColumn(fixture->sesid, things.tableid, things.id, &id, sizeof id, JET_bitNil, NULL));
    assert_int_equal(JetPrepareUpdate(fixture->sesid, things.tableid, JET_prepInsert), JET_errAlreadyPrepared);
    assert_int_equal(JetUpdate(fixture->sesid, things.tableid, NULL, 0, NULL), JET_errKeyDuplicate);
    OK(JetPrepareUpdate(fixture->sesid, things.tableid, JET_prepCancel));
    assert_int_equal(JetPrepareUpdate(fixture->sesid, things.tableid, JET_prepCancel), JET_errUpdateNotPrepared);
    assert_int_equal(JetUpdate(fixture->sesid, things.tableid, NULL, 0, NULL), JET_errUpdateNotPrepared);
    assert_int_equal(JetSetColumn(fixture->sesid, things.tableid, things.id, &id, sizeof id, JET_bitNil, NULL),
                     JET_errUpdateNotPrepared);
    OK(JetPrepareUpdate(fixture->sesid, things.tableid, JET_prepInsert));
    assert_int_equal(JetUpdate(fixture->sesid, things.tableid, NULL, 0, NULL), JET_errNullInvalid);
    OK(JetRollback(fixture->sesid, JET_bitNil));
}

static void a_duplicated_cursor_goes_its_own_way(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    JET_TABLEID second;
    fill(fixture, &things);
    OK(api_things_seek(fixture->sesid, &things, 40));
    OK(JetDupCursor(fixture->sesid, things.tableid, &second, JET_bitNil));
    OK(JetMove(fixture->sesid, second, JET_MoveLast, JET_bitNil));
    assert_int_equal(api_things_id(fixture->sesid, &things), 40);
    OK(JetCloseTable(fixture->sesid, second));
    assert_int_equal(JetCloseTable(fixture->sesid, second), JET_errInvalidTableId);
}

static void what_was_committed_is_there_after_a_dirty_end(void **state)
{
    struct api_fixture *fixture = *state;
    struct api_things things;
    fill(fixture, &things);
    OK(JetBeginTransaction(fixture->sesid));
    api_things_insert(fixture->sesid, &things, 999, "not committed");
    api_fixture_restart(fixture, JET_bitTermDirty);
    api_things_open(fixture, fixture->sesid, fixture->dbid, &things);
    for (int id = 10; id <= 100; id += 10)
        OK(api_things_seek(fixture->sesid, &things, id));
    assert_int_equal(api_things_seek(fixture->sesid, &things, 999), JET_errRecordNotFound);
}

static void what_was_committed_is_there_after_a_clean_end(void **state)
{
    struct api_fixture *fixture = *state;
    struct api_things things;
    fill(fixture, &things);
    api_fixture_restart(fixture, JET_bitTermComplete);
    api_things_open(fixture, fixture->sesid, fixture->dbid, &things);
    for (int id = 10; id <= 100; id += 10)
        OK(api_things_seek(fixture->sesid, &things, id));
}

/* Of as many as are on one page: exactly. */
static void a_position_is_that_of_its_record(void **state)
{
    enum { RECORDS = 49 };
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    api_things_create(fixture, &things);
    OK(JetBeginTransaction(sesid));
    for (int i = 0; i < RECORDS; i++)
        api_things_insert(sesid, &things, i, "n");
    OK(JetCommitTransaction(sesid, JET_bitNil));
    for (uint32_t i = 0; i < RECORDS; i++) {
        JET_RECPOS place = {.cbStruct = sizeof place, .centriesLT = i, .centriesTotal = RECORDS};
        OK(JetGotoPosition(sesid, things.tableid, &place));
        assert_int_equal(api_things_id(sesid, &things), i);
        OK(JetGetRecordPosition(sesid, things.tableid, &place, sizeof place));
        assert_int_equal(place.centriesTotal, RECORDS);
        assert_int_equal(place.centriesLT, i);
    }
}

/* Of some thousand records: so far in as was asked for, within a tenth. */
static void a_position_is_a_fraction_of_the_table(void **state)
{
    enum { RECORDS = 5000 };
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    api_things_create(fixture, &things);
    JET_RECPOS place = {.cbStruct = sizeof place, .centriesLT = 1, .centriesTotal = 2};
    assert_int_equal(JetGotoPosition(sesid, things.tableid, &place), JET_errNoCurrentRecord);
    OK(JetBeginTransaction(sesid));
    for (int i = 0; i < RECORDS; i++)
        api_things_insert(sesid, &things, i, "some name");
    OK(JetCommitTransaction(sesid, JET_bitNil));
    for (uint32_t tenth = 0; tenth <= 10; tenth++) {
        place = (JET_RECPOS){.cbStruct = sizeof place, .centriesLT = tenth, .centriesTotal = 10};
        OK(JetGotoPosition(sesid, things.tableid, &place));
        const int id = api_things_id(sesid, &things);
        assert_true(abs(id - (int)(tenth * (RECORDS / 10))) <= RECORDS / 10);
        if (tenth == 0)
            assert_int_equal(id, 0);
        if (tenth == 10)
            assert_int_equal(id, RECORDS - 1);
    }
    OK(JetBeginTransaction(sesid)); /* whoever stands where nobody is any more goes to the last one that is there */
    for (int i = RECORDS / 2; i < RECORDS; i++) {
        OK(api_things_seek(sesid, &things, i));
        OK(JetDelete(sesid, things.tableid));
    }
    OK(JetGotoPosition(sesid, things.tableid, &place));
    assert_int_equal(api_things_id(sesid, &things), RECORDS / 2 - 1);
    OK(JetRollback(sesid, JET_bitNil));
    place.centriesLT = 11;
    assert_int_equal(JetGotoPosition(sesid, things.tableid, &place), JET_errInvalidParameter);
    place.cbStruct = 4;
    assert_int_equal(JetGotoPosition(sesid, things.tableid, &place), JET_errInvalidParameter);
}

static void keys_can_be_read_ahead(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    uint8_t bytes[3][16];
    const void *keys[3] = {bytes[0], bytes[1], bytes[2]};
    uint32_t sizes[3];
    int32_t done = -1;
    fill(fixture, &things);
    for (int i = 0; i < 3; i++) {
        const int32_t id = 30 * (i + 1);
        OK(JetMakeKey(sesid, things.tableid, &id, sizeof id, JET_bitNewKey));
        OK(JetRetrieveKey(sesid, things.tableid, bytes[i], sizeof bytes[i], &sizes[i], JET_bitRetrieveCopy));
    }
    OK(JetPrereadKeys(sesid, things.tableid, keys, sizes, 3, &done, JET_bitPrereadForward));
    assert_int_equal(done, 3);
    assert_int_equal(JetPrereadKeys(sesid, things.tableid, keys, sizes, 0, &done, JET_bitPrereadForward),
                     JET_errInvalidParameter);
    assert_int_equal(done, 0);
    assert_int_equal(JetPrereadKeys(sesid, things.tableid, keys, sizes, 3, &done, JET_bitPrereadBackward),
                     JET_errInvalidParameter);
    assert_int_equal(JetPrereadKeys(sesid, things.tableid, keys, sizes, 3, &done, JET_bitNil), JET_errInvalidGrbit);
    assert_int_equal(JetPrereadKeys(sesid, things.tableid, NULL, sizes, 3, &done, JET_bitPrereadForward),
                     JET_errInvalidParameter);
    assert_int_equal(JetPrereadKeys(sesid, things.tableid, keys, NULL, 3, &done, JET_bitPrereadForward),
                     JET_errInvalidParameter);
    static const uint8_t large[256];
    keys[0] = large;
    sizes[0] = sizeof large - 1; /* as much as a key of the index can have */
    OK(JetPrereadKeys(sesid, things.tableid, keys, sizes, 3, &done, JET_bitPrereadForward));
    sizes[0] = sizeof large;
    assert_int_equal(JetPrereadKeys(sesid, things.tableid, keys, sizes, 3, &done, JET_bitPrereadForward),
                     JET_errInvalidBufferSize);
    sizes[0] = 0;
    assert_int_equal(JetPrereadKeys(sesid, things.tableid, keys, sizes, 3, &done, JET_bitPrereadForward),
                     JET_errInvalidBufferSize);
    keys[0] = NULL;
    assert_int_equal(JetPrereadKeys(sesid, things.tableid, keys, sizes, 3, &done, JET_bitPrereadForward),
                     JET_errInvalidParameter);
}

static void a_thread_knows_what_it_has_done(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    JET_THREADSTATS2 before, after;
    JET_THREADSTATS old;
    OK(JetGetThreadStats(&before, sizeof before));
    assert_int_equal(before.cbStruct, sizeof before);
    fill(fixture, &things);
    OK(JetGetThreadStats(&after, sizeof after));
    assert_true(after.cPageReferenced > before.cPageReferenced);
    assert_true(after.cPageDirtied > before.cPageDirtied);
    assert_true(after.cPageRedirtied > before.cPageRedirtied);
    assert_true(after.cLogRecord >= before.cLogRecord + 10);
    assert_true(after.cbLogRecord - before.cbLogRecord > after.cLogRecord - before.cLogRecord);
    OK(JetGetThreadStats(&old, sizeof old));
    assert_int_equal(old.cbStruct, sizeof old);
    assert_true(old.cPageReferenced >= after.cPageReferenced);
    assert_int_equal(JetGetThreadStats(&old, sizeof old - 1), JET_errInvalidBufferSize);
    assert_int_equal(JetGetThreadStats(NULL, sizeof old), JET_errInvalidBufferSize);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_position_is_that_of_its_record),
        TEST(a_position_is_a_fraction_of_the_table),
        TEST(keys_can_be_read_ahead),
        TEST(a_thread_knows_what_it_has_done),
        TEST(records_come_in_the_order_of_the_primary_index),
        TEST(an_empty_table_has_no_current_record),
        TEST(seeks_find_what_is_nearest),
        TEST(moves_stop_at_the_end_of_a_range),
        TEST(a_bookmark_leads_back_until_the_record_is_deleted),
        TEST(the_bookmark_of_an_update_leads_to_its_record),
        TEST(values_that_are_null_or_cut_say_so),
        TEST(columns_are_set_and_retrieved_in_groups),
        TEST(a_long_value_is_written_and_read_in_pieces),
        TEST(keys_are_unique_and_not_null_is_kept),
        TEST(a_duplicated_cursor_goes_its_own_way),
        TEST(what_was_committed_is_there_after_a_dirty_end),
        TEST(what_was_committed_is_there_after_a_clean_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
