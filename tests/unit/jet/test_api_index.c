/* SPDX-License-Identifier: MIT */
/* Secondary indexes through the exported functions. What a test leaves on disk passes the whole check (api_fixture.h), which makes
 * all keys again; here it is about what programs see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"

#define END (-1)

/* ---- helpers ---- */

static JET_ERR create_index(JET_SESID sesid, JET_TABLEID tableid, const char *name, const char *key, uint32_t key_size,
                            JET_GRBIT grbit)
{
    return JetCreateIndex(sesid, tableid, name, grbit, key, key_size, 80);
}

/* The key as the API wants it: each column with its sign and a NUL, and one more NUL. */
#define CREATE(sesid, tableid, name, key, grbit) create_index(sesid, tableid, name, key, sizeof(key), grbit)

/* The ids of the records in the order of the current index, as far as the cursor goes. */
static void expect_rest(JET_SESID sesid, const struct api_things *things, const int *ids)
{
    JET_ERR err = JET_errSuccess;
    for (; *ids != END; ids++) {
        assert_int_equal(err, JET_errSuccess);
        assert_int_equal(api_things_id(sesid, things), *ids);
        err = JetMove(sesid, things->tableid, JET_MoveNext, JET_bitNil);
    }
    assert_int_equal(err, JET_errNoCurrentRecord);
}

#define REST(...) ((const int[]){__VA_ARGS__, END})

static void expect_all(JET_SESID sesid, const struct api_things *things, const char *index, const int *ids)
{
    OK(JetSetCurrentIndex(sesid, things->tableid, index));
    const JET_ERR err = JetMove(sesid, things->tableid, JET_MoveFirst, JET_bitNil);
    if (*ids == END) {
        assert_int_equal(err, JET_errNoCurrentRecord);
        return;
    }
    assert_int_equal(err, JET_errSuccess);
    expect_rest(sesid, things, ids);
}

static void set_tag(JET_SESID sesid, const struct api_things *things, int tag)
{
    const int32_t value = tag;
    JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = 0};
    OK(JetSetColumn(sesid, things->tableid, things->tags, &value, sizeof value, JET_bitNil, &info));
}

/* A record with a name and tags (up to the first 0); the caller has a transaction. */
static JET_ERR try_insert(JET_SESID sesid, const struct api_things *things, int id, const char *name, const int *tags)
{
    const int32_t number = id;
    OK(JetPrepareUpdate(sesid, things->tableid, JET_prepInsert));
    OK(JetSetColumn(sesid, things->tableid, things->id, &number, sizeof number, JET_bitNil, NULL));
    if (name)
        OK(JetSetColumn(sesid, things->tableid, things->name, name, (uint32_t)strlen(name),
                        name[0] ? JET_bitNil : JET_bitSetZeroLength, NULL));
    for (; tags && *tags != 0; tags++)
        set_tag(sesid, things, *tags);
    const JET_ERR err = JetUpdate(sesid, things->tableid, NULL, 0, NULL);
    if (err < JET_errSuccess)
        OK(JetPrepareUpdate(sesid, things->tableid, JET_prepCancel));
    return err;
}

static void insert(JET_SESID sesid, const struct api_things *things, int id, const char *name, const int *tags)
{
    assert_int_equal(try_insert(sesid, things, id, name, tags), JET_errSuccess);
}

#define TAGS(...) ((const int[]){__VA_ARGS__, 0})

static JET_ERR rename_thing(JET_SESID sesid, const struct api_things *things, const char *name)
{
    OK(JetPrepareUpdate(sesid, things->tableid, JET_prepReplace));
    OK(JetSetColumn(sesid, things->tableid, things->name, name, name ? (uint32_t)strlen(name) : 0, JET_bitNil, NULL));
    const JET_ERR err = JetUpdate(sesid, things->tableid, NULL, 0, NULL);
    if (err < JET_errSuccess)
        OK(JetPrepareUpdate(sesid, things->tableid, JET_prepCancel));
    return err;
}

static JET_ERR seek_name(JET_SESID sesid, const struct api_things *things, const char *name, JET_GRBIT grbit)
{
    OK(JetMakeKey(sesid, things->tableid, name, (uint32_t)strlen(name), JET_bitNewKey));
    return JetSeek(sesid, things->tableid, grbit);
}

/* Onto the record with the id, by the primary index. */
static void go_to(JET_SESID sesid, const struct api_things *things, int id)
{
    OK(JetSetCurrentIndex(sesid, things->tableid, NULL));
    OK(api_things_seek(sesid, things, id));
}

/* Names b, a, c, a, none, b for the ids 1 to 6, and an index on them that may have equal keys. */
static void fill(const struct api_fixture *fixture, struct api_things *things)
{
    static const char *const names[] = {"b", "a", "c", "a", NULL, "b"};
    api_things_create(fixture, things);
    OK(JetBeginTransaction(fixture->sesid));
    for (unsigned i = 0; i < COUNT_OF(names); i++)
        insert(fixture->sesid, things, (int)i + 1, names[i], NULL);
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
    OK(CREATE(fixture->sesid, things->tableid, "names", "+name\0", JET_bitNil));
}

/* A second session with a cursor of its own. */
struct other {
    JET_SESID sesid;
    struct api_things things;
};

static void other_begin(const struct api_fixture *fixture, struct other *other)
{
    JET_DBID dbid;
    OK(JetBeginSession(fixture->instance, &other->sesid, NULL, NULL));
    OK(JetOpenDatabase(other->sesid, fixture->file, NULL, &dbid, JET_bitNil));
    api_things_open(fixture, other->sesid, dbid, &other->things);
}

static void other_end(struct other *other)
{
    OK(JetEndSession(other->sesid, JET_bitNil));
}

/* ---- order ---- */

static void entries_come_in_the_order_of_the_index(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    fill(fixture, &things);
    OK(CREATE(sesid, things.tableid, "names down", "-name\0", JET_bitNil));
    OK(CREATE(sesid, things.tableid, "names, ids down", "+name\0-id\0", JET_bitNil));
    OK(CREATE(sesid, things.tableid, "nulls high", "+name\0", JET_bitIndexSortNullsHigh));
    expect_all(sesid, &things, "names", REST(5, 2, 4, 1, 6, 3));
    expect_all(sesid, &things, "names down", REST(3, 1, 6, 2, 4, 5));
    expect_all(sesid, &things, "names, ids down", REST(5, 4, 2, 6, 1, 3));
    expect_all(sesid, &things, "nulls high", REST(2, 4, 1, 6, 3, 5));
    expect_all(sesid, &things, "by_id", REST(1, 2, 3, 4, 5, 6));
    expect_all(sesid, &things, "", REST(1, 2, 3, 4, 5, 6));
}

static void moves_go_both_ways_and_to_other_keys(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    fill(fixture, &things);
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
    fill(fixture, &things);
    OK(JetSetCurrentIndex(fixture->sesid, things.tableid, "names"));
    for (size_t i = 0; i < COUNT_OF(seeks); i++) {
        assert_int_equal(seek_name(fixture->sesid, &things, seeks[i].name, seeks[i].grbit), seeks[i].err);
        if (seeks[i].err >= JET_errSuccess)
            assert_int_equal(api_things_id(fixture->sesid, &things), seeks[i].id);
    }
    assert_int_equal(seek_name(fixture->sesid, &things, "bb", JET_bitSeekEQ), JET_errRecordNotFound);
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
    fill(fixture, &things);
    OK(CREATE(sesid, things.tableid, "both", "+name\0+id\0", JET_bitNil));
    OK(JetSetCurrentIndex(sesid, things.tableid, "names"));
    OK(seek_name(sesid, &things, "a", JET_bitSeekEQ));
    OK(JetGetRecordPosition(sesid, things.tableid, &position, sizeof position));
    assert_int_equal(position.centriesLT, 1);
    assert_int_equal(position.centriesTotal, 6);
    OK(JetMakeKey(sesid, things.tableid, "b", 1, JET_bitNewKey));
    OK(JetSetIndexRange(sesid, things.tableid, JET_bitRangeUpperLimit | JET_bitRangeInclusive));
    OK(JetIndexRecordCount(sesid, things.tableid, &count, 0));
    assert_int_equal(count, 4);
    expect_rest(sesid, &things, REST(2, 4, 1, 6));
    OK(seek_name(sesid, &things, "b", JET_bitSeekEQ | JET_bitSetIndexRange));
    expect_rest(sesid, &things, REST(1, 6));
    OK(JetSetCurrentIndex(sesid, things.tableid, "both"));
    OK(JetMakeKey(sesid, things.tableid, "b", 1, JET_bitNewKey | JET_bitFullColumnStartLimit));
    assert_int_equal(JetSeek(sesid, things.tableid, JET_bitSeekGE), JET_wrnSeekNotEqual);
    OK(JetMakeKey(sesid, things.tableid, "b", 1, JET_bitNewKey | JET_bitFullColumnEndLimit));
    OK(JetSetIndexRange(sesid, things.tableid, JET_bitRangeUpperLimit));
    OK(JetIndexRecordCount(sesid, things.tableid, &count, 0));
    assert_int_equal(count, 2);
    expect_rest(sesid, &things, REST(1, 6));
}

/* ---- which records are in it ---- */

static void nulls_are_in_it_or_not_as_the_index_says(void **state)
{
    static const struct {
        const char *name;
        JET_GRBIT grbit;
        int ids[6];
    } indexes[] = {
        {"all",      JET_bitNil,                                           {3, 4, 2, 1, END}},
        {"some",     JET_bitIndexIgnoreNull,                               {4, 2, 1, END}   },
        {"first",    JET_bitIndexIgnoreFirstNull,                          {3, 2, 1, END}   },
        {"no first", JET_bitIndexIgnoreNull | JET_bitIndexIgnoreFirstNull, {2, 1, END}      },
        {"none",     JET_bitIndexIgnoreAnyNull,                            {1, END}         },
    };
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    api_things_create(fixture, &things);
    for (size_t i = 0; i < COUNT_OF(indexes); i++)
        OK(CREATE(sesid, things.tableid, indexes[i].name, "+name\0+tags\0", indexes[i].grbit));
    OK(JetBeginTransaction(sesid));
    insert(sesid, &things, 1, "name", TAGS(1));
    insert(sesid, &things, 2, "name", NULL);
    insert(sesid, &things, 3, NULL, NULL);
    insert(sesid, &things, 4, NULL, TAGS(1));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    for (size_t i = 0; i < COUNT_OF(indexes); i++)
        expect_all(sesid, &things, indexes[i].name, indexes[i].ids);
    assert_int_equal(CREATE(sesid, things.tableid, "refused", "+name\0+tags\0", JET_bitIndexDisallowNull),
                     JET_errNullKeyDisallowed);
    assert_int_equal(JetSetCurrentIndex(sesid, things.tableid, "refused"), JET_errIndexNotFound);
    OK(JetBeginTransaction(sesid));
    for (int id = 2; id <= 4; id++) {
        go_to(sesid, &things, id);
        OK(JetDelete(sesid, things.tableid));
    }
    OK(CREATE(sesid, things.tableid, "refused", "+name\0+tags\0", JET_bitIndexDisallowNull));
    assert_int_equal(try_insert(sesid, &things, 5, "name", NULL), JET_errNullKeyDisallowed);
    OK(JetCommitTransaction(sesid, JET_bitNil));
    expect_all(sesid, &things, "refused", REST(1));
    expect_all(sesid, &things, "all", REST(1));
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
    insert(sesid, &things, 1, "b", TAGS(7, 8));
    insert(sesid, &things, 2, "a", NULL);
    insert(sesid, &things, 3, "a", TAGS(7));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    condition.grbit = JET_bitIndexColumnMustBeNull;
    create.szIndexName = without;
    OK(JetCreateIndex2(sesid, things.tableid, &create, 1));
    expect_all(sesid, &things, "with tags", REST(3, 1));
    expect_all(sesid, &things, "without tags", REST(2));
    OK(JetBeginTransaction(sesid));
    go_to(sesid, &things, 2);
    OK(JetPrepareUpdate(sesid, things.tableid, JET_prepReplace));
    set_tag(sesid, &things, 1);
    OK(JetUpdate(sesid, things.tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    api_fixture_restart(*state, JET_bitTermComplete); /* conditions are read from the catalogue again */
    api_things_open(fixture, fixture->sesid, fixture->dbid, &things);
    expect_all(fixture->sesid, &things, "with tags", REST(2, 3, 1));
    expect_all(fixture->sesid, &things, "without tags", (const int[]){END});
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
    insert(sesid, &things, 1, "x", TAGS(30, 10));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(CREATE(sesid, things.tableid, "tags", "+tags\0", JET_bitIndexIgnoreAnyNull));
    OK(JetBeginTransaction(sesid));
    insert(sesid, &things, 2, "x", TAGS(5, 20, 5)); /* equal values have one entry */
    insert(sesid, &things, 3, "x", NULL);
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(JetSetCurrentIndex(sesid, things.tableid, "tags"));
    for (size_t i = 0; i < COUNT_OF(entries); i++) {
        assert_int_equal(api_things_id(sesid, &things), entries[i].id);
        assert_int_equal(value_of_entry(sesid, &things, &itag), entries[i].value);
        assert_int_equal(itag, entries[i].itag);
        assert_int_equal(JetMove(sesid, things.tableid, JET_MoveNext, JET_bitNil),
                         i + 1 < COUNT_OF(entries) ? JET_errSuccess : JET_errNoCurrentRecord);
    }
    go_to(sesid, &things, 2);
    OK(JetSetCurrentIndex3(sesid, things.tableid, "tags", JET_bitNoMove, 2));
    assert_int_equal(value_of_entry(sesid, &things, &itag), 20);
    go_to(sesid, &things, 2);
    assert_int_equal(JetSetCurrentIndex3(sesid, things.tableid, "tags", JET_bitNoMove, 4), JET_errBadItagSequence);
    OK(JetBeginTransaction(sesid));
    go_to(sesid, &things, 2);
    OK(JetPrepareUpdate(sesid, things.tableid, JET_prepReplace));
    set_tag(sesid, &things, 15);
    JET_SETINFO first = {.cbStruct = sizeof first, .itagSequence = 1};
    OK(JetSetColumn(sesid, things.tableid, things.tags, NULL, 0, JET_bitNil, &first)); /* the second 5 stays */
    OK(JetUpdate(sesid, things.tableid, NULL, 0, NULL));
    expect_all(sesid, &things, "tags", REST(2, 1, 2, 2, 1));
    OK(JetRollback(sesid, JET_bitNil));
    expect_all(sesid, &things, "tags", REST(2, 1, 2, 1));
    OK(JetBeginTransaction(sesid));
    go_to(sesid, &things, 1);
    OK(JetDelete(sesid, things.tableid));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    expect_all(sesid, &things, "tags", REST(2, 2));
}

/* ---- unique ---- */

static void a_unique_key_is_taken_once(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    fill(fixture, &things);
    assert_int_equal(CREATE(sesid, things.tableid, "unique", "+name\0", JET_bitIndexUnique), JET_errKeyDuplicate);
    OK(CREATE(sesid, things.tableid, "pairs", "+name\0+id\0", JET_bitIndexUnique));
    OK(JetBeginTransaction(sesid));
    for (int id = 4; id <= 6; id++) {
        go_to(sesid, &things, id);
        OK(JetDelete(sesid, things.tableid));
    }
    OK(CREATE(sesid, things.tableid, "unique", "+name\0", JET_bitIndexUnique));
    assert_int_equal(try_insert(sesid, &things, 7, "a", NULL), JET_errKeyDuplicate);
    go_to(sesid, &things, 1);
    assert_int_equal(rename_thing(sesid, &things, "a"), JET_errKeyDuplicate);
    expect_all(sesid, &things, "unique", REST(2, 1, 3)); /* nothing of a statement that failed remains */
    expect_all(sesid, &things, "names", REST(2, 1, 3));
    go_to(sesid, &things, 2);
    OK(JetDelete(sesid, things.tableid));
    insert(sesid, &things, 7, "a", NULL); /* the key is free in the same transaction */
    expect_all(sesid, &things, "unique", REST(7, 1, 3));
    OK(JetRollback(sesid, JET_bitNil));
    expect_all(sesid, &things, "names", REST(5, 2, 4, 1, 6, 3));
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
    insert(sesid, &things, 1, "a", NULL);
    assert_int_equal(try_insert(other.sesid, &other.things, 2, "a", NULL), JET_errWriteConflict);
    OK(JetCommitTransaction(sesid, JET_bitNil));
    assert_int_equal(try_insert(other.sesid, &other.things, 2, "a", NULL), JET_errWriteConflict);
    OK(JetRollback(other.sesid, JET_bitNil));
    OK(JetBeginTransaction(other.sesid));
    assert_int_equal(try_insert(other.sesid, &other.things, 2, "a", NULL), JET_errKeyDuplicate);
    insert(other.sesid, &other.things, 2, "b", NULL);
    OK(JetCommitTransaction(other.sesid, JET_bitNil));
    expect_all(sesid, &things, "unique", REST(1, 2));
    other_end(&other);
}

/* ---- snapshots ---- */

static void others_see_old_entries_until_the_commit(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    struct other early, late;
    fill(fixture, &things);
    other_begin(fixture, &early);
    other_begin(fixture, &late);
    OK(JetBeginTransaction(early.sesid));
    OK(JetBeginTransaction(sesid));
    go_to(sesid, &things, 3);
    OK(rename_thing(sesid, &things, "0"));
    go_to(sesid, &things, 2);
    OK(JetDelete(sesid, things.tableid));
    insert(sesid, &things, 7, "z", NULL);
    expect_all(sesid, &things, "names", REST(5, 3, 4, 1, 6, 7));
    expect_all(early.sesid, &early.things, "names", REST(5, 2, 4, 1, 6, 3));
    expect_all(late.sesid, &late.things, "names", REST(5, 2, 4, 1, 6, 3));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    expect_all(early.sesid, &early.things, "names", REST(5, 2, 4, 1, 6, 3));
    assert_int_equal(seek_name(early.sesid, &early.things, "c", JET_bitSeekEQ), JET_errSuccess);
    assert_int_equal(seek_name(early.sesid, &early.things, "z", JET_bitSeekEQ), JET_errRecordNotFound);
    expect_all(late.sesid, &late.things, "names", REST(5, 3, 4, 1, 6, 7));
    OK(JetCommitTransaction(early.sesid, JET_bitNil));
    expect_all(early.sesid, &early.things, "names", REST(5, 3, 4, 1, 6, 7));
    other_end(&early);
    other_end(&late);
}

static void a_rollback_takes_entries_back(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    fill(fixture, &things);
    OK(JetBeginTransaction(sesid));
    insert(sesid, &things, 7, "z", NULL);
    OK(JetBeginTransaction(sesid));
    go_to(sesid, &things, 7);
    OK(rename_thing(sesid, &things, "0"));
    go_to(sesid, &things, 6);
    OK(JetDelete(sesid, things.tableid));
    expect_all(sesid, &things, "names", REST(5, 7, 2, 4, 1, 3));
    OK(JetRollback(sesid, JET_bitNil));
    expect_all(sesid, &things, "names", REST(5, 2, 4, 1, 6, 3, 7));
    OK(JetRollback(sesid, JET_bitNil));
    expect_all(sesid, &things, "names", REST(5, 2, 4, 1, 6, 3));
}

/* ---- making and deleting ---- */

static void an_index_is_made_alone(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    struct other other;
    fill(fixture, &things);
    other_begin(fixture, &other);
    OK(JetBeginTransaction(other.sesid));
    insert(other.sesid, &other.things, 7, "d", NULL);
    assert_int_equal(CREATE(sesid, things.tableid, "more", "+id\0", JET_bitNil), JET_errWriteConflict);
    OK(JetCommitTransaction(other.sesid, JET_bitNil));
    OK(JetBeginTransaction(sesid));
    OK(CREATE(sesid, things.tableid, "more", "-id\0", JET_bitNil));
    OK(JetBeginTransaction(other.sesid));
    assert_int_equal(JetSetCurrentIndex(other.sesid, other.things.tableid, "more"), JET_errIndexNotFound);
    assert_int_equal(try_insert(other.sesid, &other.things, 8, "d", NULL), JET_errWriteConflict);
    insert(sesid, &things, 9, "d", NULL);
    expect_all(sesid, &things, "more", REST(9, 7, 6, 5, 4, 3, 2, 1));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    /* Its snapshot is from before: it keeps the index up to date, but does not see it. */
    assert_int_equal(JetSetCurrentIndex(other.sesid, other.things.tableid, "more"), JET_errIndexNotFound);
    insert(other.sesid, &other.things, 8, "d", NULL);
    OK(JetCommitTransaction(other.sesid, JET_bitNil));
    expect_all(other.sesid, &other.things, "more", REST(9, 8, 7, 6, 5, 4, 3, 2, 1));
    other_end(&other);
}

static void an_index_whose_making_is_rolled_back_is_left(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    char name[JET_cbNameMost + 1];
    fill(fixture, &things);
    OK(JetBeginTransaction(sesid));
    OK(CREATE(sesid, things.tableid, "more", "-id\0", JET_bitNil));
    OK(JetSetCurrentIndex(sesid, things.tableid, "more"));
    OK(JetRollback(sesid, JET_bitNil));
    OK(JetGetCurrentIndex(sesid, things.tableid, name, sizeof name));
    assert_string_equal(name, "by_id");
    OK(JetMove(sesid, things.tableid, JET_MoveFirst, JET_bitNil));
    expect_rest(sesid, &things, REST(1, 2, 3, 4, 5, 6));
    OK(CREATE(sesid, things.tableid, "more", "-id\0", JET_bitNil));
    expect_all(sesid, &things, "more", REST(6, 5, 4, 3, 2, 1));
}

static void an_index_is_deleted_when_nobody_uses_it(void **state)
{
    struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    struct other other;
    fill(fixture, &things);
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
    insert(sesid, &things, 7, "d", NULL);             /* without an entry */
    insert(other.sesid, &other.things, 8, "d", NULL); /* with one: it may be there to stay */
    OK(JetRollback(sesid, JET_bitNil));
    OK(JetCommitTransaction(other.sesid, JET_bitNil));
    expect_all(sesid, &things, "names", REST(5, 2, 4, 1, 6, 3, 8));
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
        fill(fixture, &things);
        OK(JetBeginTransaction(sesid));
        OK(CREATE(sesid, things.tableid, "short-lived", "+id\0", JET_bitNil));
        OK(JetDeleteIndex(sesid, things.tableid, "short-lived"));
        OK(JetDeleteIndex(sesid, things.tableid, "names"));
        OK(JetCloseTable(sesid, things.tableid));
        OK(JetDeleteTable(sesid, fixture->dbid, "things"));
        OK(JetRollback(sesid, JET_bitNil));
        api_things_open(fixture, sesid, fixture->dbid, &things);
        expect_all(sesid, &things, "names", REST(5, 2, 4, 1, 6, 3));
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
    fill(fixture, &things);
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
    expect_all(sesid, &things, "whole", REST(3, 2, 1));
    expect_all(sesid, &things, "cut", REST(1, 2, 3)); /* equal keys, by bookmark */
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
    expect_all(sesid, &things, "notes", REST(1));
    OK(JetMove(sesid, things.tableid, JET_MoveFirst, JET_bitNil));
    OK(JetRetrieveKey(sesid, things.tableid, key, sizeof key, &after, JET_bitNil));
    assert_int_equal(before, 1 + 3 * 9);
    assert_int_equal(after, 1 + 8 * 9); /* 60 bytes */
}

/* ---- where the cursor is ---- */

static void the_current_index_is_set_by_name_and_id(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    char name[JET_cbNameMost + 1];
    WCHAR wide[JET_cbNameMost + 1];
    JET_INDEXID id = {.cbStruct = sizeof id};
    fill(fixture, &things);
    OK(JetGetCurrentIndex(sesid, things.tableid, name, sizeof name));
    assert_string_equal(name, "by_id");
    OK(api_things_seek(sesid, &things, 6));
    OK(JetSetCurrentIndex2(sesid, things.tableid, "NAMES", JET_bitNoMove));
    OK(JetGetCurrentIndex(sesid, things.tableid, name, sizeof name));
    assert_string_equal(name, "names");
    expect_rest(sesid, &things, REST(6, 3));
    assert_int_equal(JetSetCurrentIndex(sesid, things.tableid, "nothing"), JET_errIndexNotFound);
    OK(JetGetCurrentIndex(sesid, things.tableid, name, sizeof name));
    assert_string_equal(name, "names"); /* as it was */
    OK(seek_name(sesid, &things, "c", JET_bitSeekEQ));
    OK(JetSetCurrentIndex2(sesid, things.tableid, NULL, JET_bitNoMove));
    expect_rest(sesid, &things, REST(3, 4, 5, 6));
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
    fill(fixture, &things);
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
    expect_rest(sesid, &things, REST(4, 1, 6, 3));
    OK(JetGotoBookmark(sesid, things.tableid, bookmark, bookmark_size));
    expect_rest(sesid, &things, REST(4, 1, 6, 3));
    assert_int_equal(JetGotoSecondaryIndexBookmark(sesid, things.tableid, key, key_size, NULL, 0, JET_bitNil),
                     JET_errInvalidBookmark);
    OK(JetBeginTransaction(sesid));
    go_to(sesid, &things, 4);
    OK(rename_thing(sesid, &things, "x"));
    OK(JetSetCurrentIndex(sesid, things.tableid, "names"));
    assert_int_equal(
        JetGotoSecondaryIndexBookmark(sesid, things.tableid, key, key_size, bookmark, bookmark_size, JET_bitNil),
        JET_errRecordDeleted);
    OK(JetMove(sesid, things.tableid, JET_MoveNext, JET_bitNil)); /* from where the entry was */
    assert_int_equal(api_things_id(sesid, &things), 1);
    OK(JetGotoBookmark(sesid, things.tableid, bookmark, bookmark_size));
    expect_rest(sesid, &things, REST(4));
    OK(JetRollback(sesid, JET_bitNil));
}

static void a_record_without_an_entry_is_before_the_first(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    uint8_t bookmark[100];
    uint32_t size;
    fill(fixture, &things);
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
    fill(fixture, &things);
    OK(JetBeginTransaction(sesid));
    OK(JetSetCurrentIndex(sesid, things.tableid, "names"));
    OK(seek_name(sesid, &things, "a", JET_bitSeekEQ));
    OK(rename_thing(sesid, &things, "z")); /* its entry is elsewhere now, its record is not */
    assert_int_equal(api_things_id(sesid, &things), 2);
    OK(JetMove(sesid, things.tableid, JET_MoveNext, JET_bitNil));
    assert_int_equal(api_things_id(sesid, &things), 4);
    OK(JetDelete(sesid, things.tableid));
    assert_int_equal(JetMove(sesid, things.tableid, 0, JET_bitNil), JET_errRecordDeleted);
    OK(JetMove(sesid, things.tableid, JET_MoveNext, JET_bitNil));
    expect_rest(sesid, &things, REST(1, 6, 3, 2));
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
    fill(fixture, &things);
    OK(JetSetCurrentIndex(sesid, things.tableid, "names"));
    OK(seek_name(sesid, &things, "c", JET_bitSeekEQ));
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

/* ---- what there is ---- */

static void an_index_can_be_asked_about(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    uint32_t number;
    uint16_t small;
    WCHAR locale[85];
    fill(fixture, &things);
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
    expect_all(sesid, &things, "sizes", REST(3, 2, 1));
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
        insert(sesid, &things, i, name, NULL);
    }
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(CREATE(sesid, things.tableid, "names", "+name\0", JET_bitIndexUnique));
    OK(JetSetCurrentIndex(sesid, things.tableid, "names"));
    OK(JetIndexRecordCount(sesid, things.tableid, &count, 0));
    assert_int_equal(count, RECORDS);
    for (int i = 0; i < RECORDS; i += 97) {
        snprintf(name, sizeof name, "%05d", i * 7919 % RECORDS);
        OK(seek_name(sesid, &things, name, JET_bitSeekEQ));
        assert_int_equal(api_things_id(sesid, &things), i);
    }
}

/* Records with a name in one range and a tag in another: by bookmarks, in the order of the primary index, each once. */
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
        OK(try_insert(sesid, &things, id, name, tags));
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
        WITH_FIXTURE(indexes_can_be_intersected),
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
        WITH_FIXTURE(an_index_is_made_alone),
        WITH_FIXTURE(an_index_whose_making_is_rolled_back_is_left),
        WITH_FIXTURE(an_index_is_deleted_when_nobody_uses_it),
        WITH_FIXTURE(an_index_and_its_table_go_in_one_transaction),
        WITH_FIXTURE(an_index_that_cannot_be_is_refused),
        WITH_FIXTURE(keys_are_cut_where_the_index_says),
        WITH_FIXTURE(a_long_value_in_an_index_can_be_appended_to),
        WITH_FIXTURE(the_current_index_is_set_by_name_and_id),
        WITH_FIXTURE(entries_are_bookmarks),
        WITH_FIXTURE(a_record_without_an_entry_is_before_the_first),
        WITH_FIXTURE(changes_leave_the_cursor_where_it_was),
        WITH_FIXTURE(columns_come_from_the_index),
        WITH_FIXTURE(an_index_can_be_asked_about),
        WITH_FIXTURE(indexes_are_made_with_their_table),
        WITH_FIXTURE(many_records_get_their_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
