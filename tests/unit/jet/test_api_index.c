/* SPDX-License-Identifier: MIT */
/* Secondary indexes through the exported functions: which records are in them, in which order, for whom. What a test
 * leaves on disk passes the whole check (api_fixture.h), which makes all keys again; here it is about what programs
 * see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "index_things.h"

/* ---- order ---- */

static void entries_come_in_the_order_of_the_index(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    things_fill(fixture, &things);
    OK(CREATE(sesid, things.tableid, "names down", "-name\0", JET_bitNil));
    OK(CREATE(sesid, things.tableid, "names, ids down", "+name\0-id\0", JET_bitNil));
    OK(CREATE(sesid, things.tableid, "nulls high", "+name\0", JET_bitIndexSortNullsHigh));
    things_expect_all(sesid, &things, "names", REST(5, 2, 4, 1, 6, 3));
    things_expect_all(sesid, &things, "names down", REST(3, 1, 6, 2, 4, 5));
    things_expect_all(sesid, &things, "names, ids down", REST(5, 4, 2, 6, 1, 3));
    things_expect_all(sesid, &things, "nulls high", REST(2, 4, 1, 6, 3, 5));
    things_expect_all(sesid, &things, "by_id", REST(1, 2, 3, 4, 5, 6));
    things_expect_all(sesid, &things, "", REST(1, 2, 3, 4, 5, 6));
}

static void moves_go_both_ways_and_to_other_keys(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    things_fill(fixture, &things);
    OK(JetSetCurrentIndex(sesid, things.tableid, "names"));
    OK(JetMove(sesid, things.tableid, JET_MoveLast, JET_bitNil));
    assert_int_equal(api_things_id(sesid, &things), 3);
    OK(JetMove(sesid, things.tableid, -2, JET_bitNil));
    assert_int_equal(api_things_id(sesid, &things), 1);
    OK(JetMove(sesid, things.tableid, JET_MovePrevious, JET_bitMoveKeyNE));
    assert_int_equal(api_things_id(sesid, &things), 4);
    OK(JetMove(sesid, things.tableid, JET_MovePrevious, JET_bitMoveKeyNE));
    assert_int_equal(api_things_id(sesid, &things), 5);
    assert_int_equal(JetMove(sesid, things.tableid, JET_MovePrevious, JET_bitMoveKeyNE), JET_errNoCurrentRecord);
    OK(JetMove(sesid, things.tableid, JET_MoveNext, JET_bitMoveKeyNE));
    OK(JetMove(sesid, things.tableid, 2, JET_bitMoveKeyNE));
    assert_int_equal(api_things_id(sesid, &things), 1);
    OK(JetMove(sesid, things.tableid, JET_MoveNext, JET_bitMoveKeyNE));
    assert_int_equal(api_things_id(sesid, &things), 3);
    assert_int_equal(JetMove(sesid, things.tableid, JET_MoveNext, JET_bitMoveKeyNE), JET_errNoCurrentRecord);
    assert_int_equal(JetMove(sesid, things.tableid, 0, JET_bitNil), JET_errNoCurrentRecord);
    OK(JetMove(sesid, things.tableid, JET_MovePrevious, JET_bitNil));
    assert_int_equal(api_things_id(sesid, &things), 3);
}

static void seeks_find_the_first_of_equal_keys_or_the_last_below(void **state)
{
    static const struct {
        const char *name;
        JET_GRBIT grbit;
        JET_ERR err;
        int id;
    } seeks[] = {
        {"a",  JET_bitSeekEQ,                          JET_errSuccess,        2},
        {"a",  JET_bitSeekEQ | JET_bitCheckUniqueness, JET_errSuccess,        2},
        {"c",  JET_bitSeekEQ | JET_bitCheckUniqueness, JET_wrnUniqueKey,      3},
        {"aa", JET_bitSeekEQ,                          JET_errRecordNotFound, 0},
        {"a",  JET_bitSeekGE,                          JET_errSuccess,        2},
        {"aa", JET_bitSeekGE,                          JET_wrnSeekNotEqual,   1},
        {"a",  JET_bitSeekGT,                          JET_errSuccess,        1},
        {"b",  JET_bitSeekLE,                          JET_errSuccess,        1},
        {"bb", JET_bitSeekLE,                          JET_wrnSeekNotEqual,   6},
        {"b",  JET_bitSeekLT,                          JET_errSuccess,        4},
        {"c",  JET_bitSeekGT,                          JET_errRecordNotFound, 0},
    };
    const struct api_fixture *fixture = *state;
    struct api_things things;
    things_fill(fixture, &things);
    OK(JetSetCurrentIndex(fixture->sesid, things.tableid, "names"));
    for (size_t i = 0; i < COUNT_OF(seeks); i++) {
        assert_int_equal(things_seek_name(fixture->sesid, &things, seeks[i].name, seeks[i].grbit), seeks[i].err);
        if (seeks[i].err >= JET_errSuccess)
            assert_int_equal(api_things_id(fixture->sesid, &things), seeks[i].id);
    }
    assert_int_equal(things_seek_name(fixture->sesid, &things, "bb", JET_bitSeekEQ), JET_errRecordNotFound);
    OK(JetMove(fixture->sesid, things.tableid, JET_MoveNext, JET_bitNil)); /* from where it would be */
    assert_int_equal(api_things_id(fixture->sesid, &things), 3);
}

static void a_range_ends_moves_and_counts(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    uint32_t count = 0;
    JET_RECPOS position = {.cbStruct = sizeof position};
    things_fill(fixture, &things);
    OK(CREATE(sesid, things.tableid, "both", "+name\0+id\0", JET_bitNil));
    OK(JetSetCurrentIndex(sesid, things.tableid, "names"));
    OK(things_seek_name(sesid, &things, "a", JET_bitSeekEQ));
    OK(JetGetRecordPosition(sesid, things.tableid, &position, sizeof position));
    assert_int_equal(position.centriesLT, 1);
    assert_int_equal(position.centriesTotal, 6);
    OK(JetMakeKey(sesid, things.tableid, "b", 1, JET_bitNewKey));
    OK(JetSetIndexRange(sesid, things.tableid, JET_bitRangeUpperLimit | JET_bitRangeInclusive));
    OK(JetIndexRecordCount(sesid, things.tableid, &count, 0));
    assert_int_equal(count, 4);
    things_expect_rest(sesid, &things, REST(2, 4, 1, 6));
    OK(things_seek_name(sesid, &things, "b", JET_bitSeekEQ | JET_bitSetIndexRange));
    things_expect_rest(sesid, &things, REST(1, 6));
    OK(JetSetCurrentIndex(sesid, things.tableid, "both"));
    OK(JetMakeKey(sesid, things.tableid, "b", 1, JET_bitNewKey | JET_bitFullColumnStartLimit));
    assert_int_equal(JetSeek(sesid, things.tableid, JET_bitSeekGE), JET_wrnSeekNotEqual);
    OK(JetMakeKey(sesid, things.tableid, "b", 1, JET_bitNewKey | JET_bitFullColumnEndLimit));
    OK(JetSetIndexRange(sesid, things.tableid, JET_bitRangeUpperLimit));
    OK(JetIndexRecordCount(sesid, things.tableid, &count, 0));
    assert_int_equal(count, 2);
    things_expect_rest(sesid, &things, REST(1, 6));
}

/* ---- which records are in it ---- */

static void nulls_are_in_it_or_not_as_the_index_says(void **state)
{
    static const struct {
        const char *name;
        JET_GRBIT grbit;
        int ids[6];
    } indexes[] = {
        {"all",      JET_bitNil,                                           {3, 4, 2, 1, IDS_END}},
        {"some",     JET_bitIndexIgnoreNull,                               {4, 2, 1, IDS_END}   },
        {"first",    JET_bitIndexIgnoreFirstNull,                          {3, 2, 1, IDS_END}   },
        {"no first", JET_bitIndexIgnoreNull | JET_bitIndexIgnoreFirstNull, {2, 1, IDS_END}      },
        {"none",     JET_bitIndexIgnoreAnyNull,                            {1, IDS_END}         },
    };
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    api_things_create(fixture, &things);
    for (size_t i = 0; i < COUNT_OF(indexes); i++)
        OK(CREATE(sesid, things.tableid, indexes[i].name, "+name\0+tags\0", indexes[i].grbit));
    OK(JetBeginTransaction(sesid));
    things_insert(sesid, &things, 1, "name", TAGS(1));
    things_insert(sesid, &things, 2, "name", NULL);
    things_insert(sesid, &things, 3, NULL, NULL);
    things_insert(sesid, &things, 4, NULL, TAGS(1));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    for (size_t i = 0; i < COUNT_OF(indexes); i++)
        things_expect_all(sesid, &things, indexes[i].name, indexes[i].ids);
    assert_int_equal(CREATE(sesid, things.tableid, "refused", "+name\0+tags\0", JET_bitIndexDisallowNull),
                     JET_errNullKeyDisallowed);
    assert_int_equal(JetSetCurrentIndex(sesid, things.tableid, "refused"), JET_errIndexNotFound);
    OK(JetBeginTransaction(sesid));
    for (int id = 2; id <= 4; id++) {
        things_go_to(sesid, &things, id);
        OK(JetDelete(sesid, things.tableid));
    }
    OK(CREATE(sesid, things.tableid, "refused", "+name\0+tags\0", JET_bitIndexDisallowNull));
    assert_int_equal(things_try_insert(sesid, &things, 5, "name", NULL), JET_errNullKeyDisallowed);
    OK(JetCommitTransaction(sesid, JET_bitNil));
    things_expect_all(sesid, &things, "refused", REST(1));
    things_expect_all(sesid, &things, "all", REST(1));
}

static void conditions_leave_records_out(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    char with[] = "with tags", without[] = "without tags", key[] = "+name\0", column[] = "tags", nowhere[] = "nowhere";
    JET_CONDITIONALCOLUMN condition = {
        .cbStruct = sizeof condition, .szColumnName = column, .grbit = JET_bitIndexColumnMustBeNonNull};
    JET_INDEXCREATE create = {.cbStruct = sizeof create,
                              .szIndexName = with,
                              .szKey = key,
                              .cbKey = sizeof key,
                              .ulDensity = 80,
                              .rgconditionalcolumn = &condition,
                              .cConditionalColumn = 1};
    api_things_create(fixture, &things);
    OK(JetCreateIndex2(sesid, things.tableid, &create, 1));
    OK(JetBeginTransaction(sesid));
    things_insert(sesid, &things, 1, "b", TAGS(7, 8));
    things_insert(sesid, &things, 2, "a", NULL);
    things_insert(sesid, &things, 3, "a", TAGS(7));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    condition.grbit = JET_bitIndexColumnMustBeNull;
    create.szIndexName = without;
    OK(JetCreateIndex2(sesid, things.tableid, &create, 1));
    things_expect_all(sesid, &things, "with tags", REST(3, 1));
    things_expect_all(sesid, &things, "without tags", REST(2));
    OK(JetBeginTransaction(sesid));
    things_go_to(sesid, &things, 2);
    OK(JetPrepareUpdate(sesid, things.tableid, JET_prepReplace));
    things_set_tag(sesid, &things, 1);
    OK(JetUpdate(sesid, things.tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    api_fixture_restart(*state, JET_bitTermComplete); /* conditions are read from the catalogue again */
    api_things_open(fixture, fixture->sesid, fixture->dbid, &things);
    things_expect_all(fixture->sesid, &things, "with tags", REST(2, 3, 1));
    things_expect_all(fixture->sesid, &things, "without tags", (const int[]){IDS_END});
    OK(JetSetCurrentIndex(fixture->sesid, things.tableid, NULL));
    assert_int_equal(JetDeleteColumn(fixture->sesid, things.tableid, "tags"), JET_errColumnInUse);
    condition.szColumnName = nowhere;
    assert_int_equal(JetCreateIndex2(fixture->sesid, things.tableid, &create, 1), JET_errColumnNotFound);
    condition.szColumnName = column;
    condition.grbit = 0;
    assert_int_equal(JetCreateIndex2(fixture->sesid, things.tableid, &create, 1), JET_errInvalidGrbit);
}

/* ---- several values ---- */

static int value_of_entry(JET_SESID sesid, const struct api_things *things, uint32_t *ret_itag)
{
    int32_t value = 0;
    JET_RETINFO info = {.cbStruct = sizeof info, .itagSequence = 1};
    OK(JetRetrieveColumn(sesid, things->tableid, things->tags, &value, sizeof value, NULL,
                         JET_bitRetrieveFromIndex | JET_bitRetrieveTag, &info));
    *ret_itag = info.itagSequence;
    return value;
}

static void each_value_of_a_column_has_an_entry(void **state)
{
    static const struct {
        int id, value;
        uint32_t itag;
    } entries[] = {
        {2, 5,  1},
        {1, 10, 2},
        {2, 20, 2},
        {1, 30, 1},
    };
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    uint32_t itag;
    api_things_create(fixture, &things);
    OK(JetBeginTransaction(sesid));
    things_insert(sesid, &things, 1, "x", TAGS(30, 10));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(CREATE(sesid, things.tableid, "tags", "+tags\0", JET_bitIndexIgnoreAnyNull));
    OK(JetBeginTransaction(sesid));
    things_insert(sesid, &things, 2, "x", TAGS(5, 20, 5)); /* equal values have one entry */
    things_insert(sesid, &things, 3, "x", NULL);
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(JetSetCurrentIndex(sesid, things.tableid, "tags"));
    for (size_t i = 0; i < COUNT_OF(entries); i++) {
        assert_int_equal(api_things_id(sesid, &things), entries[i].id);
        assert_int_equal(value_of_entry(sesid, &things, &itag), entries[i].value);
        assert_int_equal(itag, entries[i].itag);
        assert_int_equal(JetMove(sesid, things.tableid, JET_MoveNext, JET_bitNil),
                         i + 1 < COUNT_OF(entries) ? JET_errSuccess : JET_errNoCurrentRecord);
    }
    things_go_to(sesid, &things, 2);
    OK(JetSetCurrentIndex3(sesid, things.tableid, "tags", JET_bitNoMove, 2));
    assert_int_equal(value_of_entry(sesid, &things, &itag), 20);
    things_go_to(sesid, &things, 2);
    assert_int_equal(JetSetCurrentIndex3(sesid, things.tableid, "tags", JET_bitNoMove, 4), JET_errBadItagSequence);
    OK(JetBeginTransaction(sesid));
    things_go_to(sesid, &things, 2);
    OK(JetPrepareUpdate(sesid, things.tableid, JET_prepReplace));
    things_set_tag(sesid, &things, 15);
    JET_SETINFO first = {.cbStruct = sizeof first, .itagSequence = 1};
    OK(JetSetColumn(sesid, things.tableid, things.tags, NULL, 0, JET_bitNil, &first)); /* the second 5 stays */
    OK(JetUpdate(sesid, things.tableid, NULL, 0, NULL));
    things_expect_all(sesid, &things, "tags", REST(2, 1, 2, 2, 1));
    OK(JetRollback(sesid, JET_bitNil));
    things_expect_all(sesid, &things, "tags", REST(2, 1, 2, 1));
    OK(JetBeginTransaction(sesid));
    things_go_to(sesid, &things, 1);
    OK(JetDelete(sesid, things.tableid));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    things_expect_all(sesid, &things, "tags", REST(2, 2));
}

/* ---- unique ---- */

static void a_unique_key_is_taken_once(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    things_fill(fixture, &things);
    assert_int_equal(CREATE(sesid, things.tableid, "unique", "+name\0", JET_bitIndexUnique), JET_errKeyDuplicate);
    OK(CREATE(sesid, things.tableid, "pairs", "+name\0+id\0", JET_bitIndexUnique));
    OK(JetBeginTransaction(sesid));
    for (int id = 4; id <= 6; id++) {
        things_go_to(sesid, &things, id);
        OK(JetDelete(sesid, things.tableid));
    }
    OK(CREATE(sesid, things.tableid, "unique", "+name\0", JET_bitIndexUnique));
    assert_int_equal(things_try_insert(sesid, &things, 7, "a", NULL), JET_errKeyDuplicate);
    things_go_to(sesid, &things, 1);
    assert_int_equal(things_rename(sesid, &things, "a"), JET_errKeyDuplicate);
    things_expect_all(sesid, &things, "unique", REST(2, 1, 3)); /* nothing of a statement that failed remains */
    things_expect_all(sesid, &things, "names", REST(2, 1, 3));
    things_go_to(sesid, &things, 2);
    OK(JetDelete(sesid, things.tableid));
    things_insert(sesid, &things, 7, "a", NULL); /* the key is free in the same transaction */
    things_expect_all(sesid, &things, "unique", REST(7, 1, 3));
    OK(JetRollback(sesid, JET_bitNil));
    things_expect_all(sesid, &things, "names", REST(5, 2, 4, 1, 6, 3));
    assert_int_equal(JetSetCurrentIndex(sesid, things.tableid, "unique"), JET_errIndexNotFound);
}

static void a_unique_key_that_another_has_not_committed_is_a_conflict(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    struct other other;
    api_things_create(fixture, &things);
    OK(CREATE(sesid, things.tableid, "unique", "+name\0", JET_bitIndexUnique));
    other_begin(fixture, &other);
    OK(JetBeginTransaction(sesid));
    OK(JetBeginTransaction(other.sesid));
    things_insert(sesid, &things, 1, "a", NULL);
    assert_int_equal(things_try_insert(other.sesid, &other.things, 2, "a", NULL), JET_errWriteConflict);
    OK(JetCommitTransaction(sesid, JET_bitNil));
    assert_int_equal(things_try_insert(other.sesid, &other.things, 2, "a", NULL), JET_errWriteConflict);
    OK(JetRollback(other.sesid, JET_bitNil));
    OK(JetBeginTransaction(other.sesid));
    assert_int_equal(things_try_insert(other.sesid, &other.things, 2, "a", NULL), JET_errKeyDuplicate);
    things_insert(other.sesid, &other.things, 2, "b", NULL);
    OK(JetCommitTransaction(other.sesid, JET_bitNil));
    things_expect_all(sesid, &things, "unique", REST(1, 2));
    other_end(&other);
}

/* ---- snapshots ---- */

static void others_see_old_entries_until_the_commit(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    struct other early, late;
    things_fill(fixture, &things);
    other_begin(fixture, &early);
    other_begin(fixture, &late);
    OK(JetBeginTransaction(early.sesid));
    OK(JetBeginTransaction(sesid));
    things_go_to(sesid, &things, 3);
    OK(things_rename(sesid, &things, "0"));
    things_go_to(sesid, &things, 2);
    OK(JetDelete(sesid, things.tableid));
    things_insert(sesid, &things, 7, "z", NULL);
    things_expect_all(sesid, &things, "names", REST(5, 3, 4, 1, 6, 7));
    things_expect_all(early.sesid, &early.things, "names", REST(5, 2, 4, 1, 6, 3));
    things_expect_all(late.sesid, &late.things, "names", REST(5, 2, 4, 1, 6, 3));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    things_expect_all(early.sesid, &early.things, "names", REST(5, 2, 4, 1, 6, 3));
    assert_int_equal(things_seek_name(early.sesid, &early.things, "c", JET_bitSeekEQ), JET_errSuccess);
    assert_int_equal(things_seek_name(early.sesid, &early.things, "z", JET_bitSeekEQ), JET_errRecordNotFound);
    things_expect_all(late.sesid, &late.things, "names", REST(5, 3, 4, 1, 6, 7));
    OK(JetCommitTransaction(early.sesid, JET_bitNil));
    things_expect_all(early.sesid, &early.things, "names", REST(5, 3, 4, 1, 6, 7));
    other_end(&early);
    other_end(&late);
}

static void a_rollback_takes_entries_back(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    things_fill(fixture, &things);
    OK(JetBeginTransaction(sesid));
    things_insert(sesid, &things, 7, "z", NULL);
    OK(JetBeginTransaction(sesid));
    things_go_to(sesid, &things, 7);
    OK(things_rename(sesid, &things, "0"));
    things_go_to(sesid, &things, 6);
    OK(JetDelete(sesid, things.tableid));
    things_expect_all(sesid, &things, "names", REST(5, 7, 2, 4, 1, 3));
    OK(JetRollback(sesid, JET_bitNil));
    things_expect_all(sesid, &things, "names", REST(5, 2, 4, 1, 6, 3, 7));
    OK(JetRollback(sesid, JET_bitNil));
    things_expect_all(sesid, &things, "names", REST(5, 2, 4, 1, 6, 3));
}

/* ---- long keys, and keys from elsewhere ---- */

static void keys_are_cut_where_the_index_says(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    char whole[] = "whole", long_key[] = "+note\0";
    uint8_t note[600];
    uint32_t size;
    JET_INDEXCREATE create = {.cbStruct = sizeof create,
                              .szIndexName = whole,
                              .szKey = long_key,
                              .cbKey = sizeof long_key,
                              .grbit = JET_bitIndexKeyMost,
                              .ulDensity = 80,
                              .cbKeyMost = 1000};
    api_things_create(fixture, &things);
    OK(JetCreateIndex2(sesid, things.tableid, &create, 1));
    OK(CREATE(sesid, things.tableid, "cut", "+note\0", JET_bitNil));
    OK(JetBeginTransaction(sesid));
    memset(note, 'n', sizeof note);
    for (int32_t id = 1; id <= 3; id++) { /* the last byte descends */
        note[sizeof note - 1] = (uint8_t)('9' - id);
        OK(JetPrepareUpdate(sesid, things.tableid, JET_prepInsert));
        OK(JetSetColumn(sesid, things.tableid, things.id, &id, sizeof id, JET_bitNil, NULL));
        OK(JetSetColumn(sesid, things.tableid, things.note, note, sizeof note, JET_bitSetSeparateLV, NULL));
        OK(JetUpdate(sesid, things.tableid, NULL, 0, NULL));
    }
    OK(JetCommitTransaction(sesid, JET_bitNil));
    things_expect_all(sesid, &things, "whole", REST(3, 2, 1));
    things_expect_all(sesid, &things, "cut", REST(1, 2, 3)); /* equal keys, by bookmark */
    OK(JetMove(sesid, things.tableid, JET_MoveFirst, JET_bitNil));
    assert_int_equal(JetRetrieveKey(sesid, things.tableid, NULL, 0, &size, JET_bitNil), JET_wrnBufferTruncated);
    assert_int_equal(size, 255);
    assert_int_equal(CREATE(sesid, things.tableid, "never cut", "+note\0", JET_bitIndexDisallowTruncation),
                     JET_errKeyTruncated);
    create.cbKeyMost = 1001;
    assert_int_equal(JetCreateIndex2(sesid, things.tableid, &create, 1), JET_errIndexInvalidDef);
}

/* A long value grows where it lies if nothing refers to it but the record; but then its old key must still be found. */
static void a_long_value_in_an_index_can_be_appended_to(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    uint8_t note[20], key[300];
    uint32_t before, after;
    const int32_t id = 1;
    api_things_create(fixture, &things);
    OK(CREATE(sesid, things.tableid, "notes", "+note\0", JET_bitNil));
    memset(note, 'n', sizeof note);
    OK(JetBeginTransaction(sesid));
    OK(JetPrepareUpdate(sesid, things.tableid, JET_prepInsert));
    OK(JetSetColumn(sesid, things.tableid, things.id, &id, sizeof id, JET_bitNil, NULL));
    OK(JetSetColumn(sesid, things.tableid, things.note, note, sizeof note, JET_bitSetSeparateLV, NULL));
    OK(JetUpdate(sesid, things.tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(JetSetCurrentIndex(sesid, things.tableid, "notes"));
    OK(JetRetrieveKey(sesid, things.tableid, key, sizeof key, &before, JET_bitNil));
    for (unsigned i = 0; i < 3; i++) {
        OK(JetBeginTransaction(sesid));
        OK(JetPrepareUpdate(sesid, things.tableid, JET_prepReplace));
        OK(JetSetColumn(sesid, things.tableid, things.note, note, sizeof note, JET_bitSetAppendLV, NULL));
        OK(JetUpdate(sesid, things.tableid, NULL, 0, NULL));
        OK(i == 1 ? JetRollback(sesid, JET_bitNil) : JetCommitTransaction(sesid, JET_bitNil));
    }
    things_expect_all(sesid, &things, "notes", REST(1));
    OK(JetMove(sesid, things.tableid, JET_MoveFirst, JET_bitNil));
    OK(JetRetrieveKey(sesid, things.tableid, key, sizeof key, &after, JET_bitNil));
    assert_int_equal(before, 1 + 3 * 9);
    assert_int_equal(after, 1 + 8 * 9); /* 60 bytes */
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, api_fixture_setup, api_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(entries_come_in_the_order_of_the_index),
        WITH_FIXTURE(moves_go_both_ways_and_to_other_keys),
        WITH_FIXTURE(seeks_find_the_first_of_equal_keys_or_the_last_below),
        WITH_FIXTURE(a_range_ends_moves_and_counts),
        WITH_FIXTURE(nulls_are_in_it_or_not_as_the_index_says),
        WITH_FIXTURE(conditions_leave_records_out),
        WITH_FIXTURE(each_value_of_a_column_has_an_entry),
        WITH_FIXTURE(a_unique_key_is_taken_once),
        WITH_FIXTURE(a_unique_key_that_another_has_not_committed_is_a_conflict),
        WITH_FIXTURE(others_see_old_entries_until_the_commit),
        WITH_FIXTURE(a_rollback_takes_entries_back),
        WITH_FIXTURE(keys_are_cut_where_the_index_says),
        WITH_FIXTURE(a_long_value_in_an_index_can_be_appended_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
