/* SPDX-License-Identifier: MIT */
/* Updates and their long values over the ends of transactions. The end of each test runs the whole check over the
 * file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"

enum {
    BIG = 20000,  /* bytes of a value that never fits a record */
    SMALL = 1000, /* of one that lies in the record if there is room */
    TAGS_MAX = 2000,
};

static const uint8_t big[BIG] = {1, 2, 3};

static JET_ERR set_note(JET_SESID sesid, const struct api_things *things, uint32_t size, JET_GRBIT grbit)
{
    return JetSetColumn(sesid, things->tableid, things->note, big, size, grbit, NULL);
}

static void set_id(JET_SESID sesid, const struct api_things *things, int32_t id)
{
    OK(JetSetColumn(sesid, things->tableid, things->id, &id, sizeof id, JET_bitNil, NULL));
}

static JET_ERR update(JET_SESID sesid, const struct api_things *things)
{
    return JetUpdate(sesid, things->tableid, NULL, 0, NULL);
}

static void prepare(JET_SESID sesid, const struct api_things *things, uint32_t prep)
{
    OK(JetPrepareUpdate(sesid, things->tableid, prep));
}

/* Record 1, named "one", of a table with an index of names; with a long value outside it, or without. */
static void fill(const struct api_fixture *fixture, struct api_things *things, bool has_note)
{
    static const char key[] = "+name\0";
    api_things_create(fixture, things);
    OK(JetCloseTable(fixture->sesid, things->tableid)); /* made, it is open alone */
    api_things_open(fixture, fixture->sesid, fixture->dbid, things);
    OK(JetCreateIndex(fixture->sesid, things->tableid, "by_name", JET_bitNil, key, sizeof key, 80));
    OK(JetBeginTransaction(fixture->sesid));
    api_things_insert(fixture->sesid, things, 1, "one");
    OK(api_things_seek(fixture->sesid, things, 1));
    if (has_note) {
        prepare(fixture->sesid, things, JET_prepReplace);
        OK(set_note(fixture->sesid, things, BIG, JET_bitNil));
        OK(update(fixture->sesid, things));
    }
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
}

/* Another session gives record 1 another name. */
static void rename_elsewhere(const struct api_fixture *fixture, JET_SESID other, const char *name)
{
    struct api_things things;
    api_things_open(fixture, other, fixture->dbid, &things);
    OK(api_things_seek(other, &things, 1));
    prepare(other, &things, JET_prepReplace);
    OK(JetSetColumn(other, things.tableid, things.name, name, (uint32_t)strlen(name), JET_bitNil, NULL));
    OK(update(other, &things));
    OK(JetCloseTable(other, things.tableid));
}

static void what_was_prepared_outside_is_compared_though_long_values_came_inside(void **state)
{
    static const uint32_t preps[] = {JET_prepReplace, JET_prepReplaceNoLock, JET_prepInsertCopyDeleteOriginal,
                                     JET_prepInsertCopyReplaceOriginal};
    static const char *const names[] = {"two", "three", "four", "five"};
    const struct api_fixture *fixture = *state;
    JET_SESID sesid = fixture->sesid, other;
    JET_DBID dbid;
    struct api_things things;
    fill(fixture, &things, false);
    OK(JetBeginSession(fixture->instance, &other, NULL, NULL));
    OK(JetOpenDatabase(other, fixture->file, NULL, &dbid, JET_bitNil));
    for (size_t i = 0; i < sizeof preps / sizeof *preps; i++) {
        OK(api_things_seek(sesid, &things, 1));
        prepare(sesid, &things, preps[i]);
        rename_elsewhere(fixture, other, names[i]);
        OK(JetBeginTransaction(sesid));
        OK(set_note(sesid, &things, BIG, JET_bitNil));
        assert_int_equal(update(sesid, &things), JET_errWriteConflict);
        OK(JetRollback(sesid, JET_bitNil));
        assert_int_equal(update(sesid, &things), JET_errUpdateNotPrepared);
    }
    OK(JetEndSession(other, JET_bitNil));
}

/* What a level did to the long values of an update is undone with it, and so the update cannot be. What it had from the
 * levels before nobody needs then. */
static void a_level_that_changed_long_values_takes_the_update_with_it(void **state)
{
    static const JET_GRBIT changes[] = {JET_bitNil, JET_bitSetAppendLV, JET_bitSetOverwriteLV, JET_bitSetSizeLV};
    const struct api_fixture *fixture = *state;
    JET_SESID sesid = fixture->sesid;
    struct api_things things;
    fill(fixture, &things, true);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        OK(JetBeginTransaction(sesid));
        prepare(sesid, &things, JET_prepInsert);
        set_id(sesid, &things, 2);
        OK(set_note(sesid, &things, 5000, JET_bitNil));
        OK(JetBeginTransaction(sesid));
        OK(set_note(sesid, &things, 6000, changes[i]));
        OK(JetRollback(sesid, JET_bitNil));
        assert_int_equal(update(sesid, &things), JET_errUpdateNotPrepared);
        OK(JetCommitTransaction(sesid, JET_bitNil));
    }
    assert_int_equal(api_things_seek(sesid, &things, 2), JET_errRecordNotFound);
}

/* A level that did nothing to the long values does not. */
static void an_update_outlasts_a_level_that_left_its_long_values_alone(void **state)
{
    const struct api_fixture *fixture = *state;
    JET_SESID sesid = fixture->sesid;
    struct api_things things;
    fill(fixture, &things, true);
    OK(JetBeginTransaction(sesid));
    prepare(sesid, &things, JET_prepInsert);
    set_id(sesid, &things, 2);
    OK(JetBeginTransaction(sesid));
    OK(set_note(sesid, &things, 5000, JET_bitNil));
    OK(set_note(sesid, &things, 6000, JET_bitNil));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(JetBeginTransaction(sesid));
    OK(JetRollback(sesid, JET_bitNil));
    OK(update(sesid, &things));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(api_things_seek(sesid, &things, 2));
}

static void long_values_outside_the_record_need_a_transaction(void **state)
{
    const struct api_fixture *fixture = *state;
    JET_SESID sesid = fixture->sesid;
    struct api_things things;
    fill(fixture, &things, true);
    assert_int_equal(JetPrepareUpdate(sesid, things.tableid, JET_prepInsertCopy), JET_errNotInTransaction);
    assert_int_equal(JetPrepareUpdate(sesid, things.tableid, JET_prepInsertCopyDeleteOriginal),
                     JET_errNotInTransaction);
    prepare(sesid, &things, JET_prepReplace);
    assert_int_equal(set_note(sesid, &things, BIG, JET_bitNil), JET_errNotInTransaction);
    assert_int_equal(set_note(sesid, &things, 10, JET_bitSetSeparateLV), JET_errNotInTransaction);
    assert_int_equal(set_note(sesid, &things, 10, JET_bitSetAppendLV), JET_errNotInTransaction);
    assert_int_equal(set_note(sesid, &things, 10, JET_bitSetOverwriteLV), JET_errNotInTransaction);
    assert_int_equal(set_note(sesid, &things, 10, JET_bitSetSizeLV), JET_errNotInTransaction);
    OK(set_note(sesid, &things, SMALL, JET_bitNil)); /* in the record: the other one goes with the update */
    OK(update(sesid, &things));
    prepare(sesid, &things, JET_prepInsertCopy);
    set_id(sesid, &things, 2);
    OK(update(sesid, &things));
    OK(api_things_seek(sesid, &things, 2));
}

/* Neither may a value move out of the record to make room. */
static void a_record_makes_no_room_without_a_transaction(void **state)
{
    const struct api_fixture *fixture = *state;
    JET_SESID sesid = fixture->sesid;
    struct api_things things;
    JET_ERR err = JET_errSuccess;
    JET_SETINFO further = {.cbStruct = sizeof further};
    fill(fixture, &things, false);
    prepare(sesid, &things, JET_prepReplace);
    OK(set_note(sesid, &things, SMALL, JET_bitNil));
    for (int32_t tag = 0; tag < TAGS_MAX && err == JET_errSuccess; tag++)
        err = JetSetColumn(sesid, things.tableid, things.tags, &tag, sizeof tag, JET_bitNil, &further);
    assert_int_equal(err, JET_errNotInTransaction);
    OK(JetBeginTransaction(sesid));
    OK(JetSetColumn(sesid, things.tableid, things.tags, &err, sizeof err, JET_bitNil, &further));
    OK(update(sesid, &things));
    OK(JetCommitTransaction(sesid, JET_bitNil));
}

static void a_commit_drops_what_was_not_written_with_its_long_values(void **state)
{
    const struct api_fixture *fixture = *state;
    JET_SESID sesid = fixture->sesid;
    struct api_things things;
    fill(fixture, &things, true);
    OK(JetBeginTransaction(sesid));
    prepare(sesid, &things, JET_prepInsert);
    set_id(sesid, &things, 2);
    OK(set_note(sesid, &things, BIG, JET_bitNil));
    OK(JetCommitTransaction(sesid, JET_bitWaitLastLevel0Commit)); /* commits nothing */
    OK(set_note(sesid, &things, 10, JET_bitSetAppendLV));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    assert_int_equal(update(sesid, &things), JET_errUpdateNotPrepared);
    OK(JetBeginTransaction(sesid)); /* a value that was appended to is as it was */
    OK(api_things_seek(sesid, &things, 1));
    prepare(sesid, &things, JET_prepReplace);
    OK(set_note(sesid, &things, BIG, JET_bitSetAppendLV));
    OK(JetCommitTransaction(sesid, JET_bitNil));
    uint32_t actual = 0;
    assert_int_equal(JetRetrieveColumn(sesid, things.tableid, things.note, NULL, 0, &actual, JET_bitNil, NULL),
                     JET_wrnBufferTruncated);
    assert_int_equal(actual, BIG);
    OK(JetBeginTransaction(sesid)); /* nor is one more that is referred to than there are records */
    prepare(sesid, &things, JET_prepInsertCopy);
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(JetDelete(sesid, things.tableid));
}

/* Another cursor of the session gives record 1 another name, and no long value. */
static void rename_beside(JET_SESID sesid, const struct api_things *beside)
{
    OK(api_things_seek(sesid, beside, 1));
    prepare(sesid, beside, JET_prepReplace);
    OK(JetSetColumn(sesid, beside->tableid, beside->name, "two", 3, JET_bitNil, NULL));
    OK(set_note(sesid, beside, 0, JET_bitNil));
    OK(update(sesid, beside));
}

/* It deletes the record, and makes it again under another name. */
static void remake_beside(JET_SESID sesid, const struct api_things *beside)
{
    OK(api_things_seek(sesid, beside, 1));
    OK(JetDelete(sesid, beside->tableid));
    api_things_insert(sesid, beside, 1, "two");
}

/* No lock keeps a session from itself: entries of indexes and long values would follow from a record that is no
 * more. */
static void a_session_does_not_overwrite_itself(void **state)
{
    static const uint32_t preparations[] = {JET_prepReplace, JET_prepReplaceNoLock, JET_prepInsertCopyDeleteOriginal,
                                            JET_prepInsertCopyReplaceOriginal};
    struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things, beside;
    fill(fixture, &things, true);
    api_things_open(fixture, sesid, fixture->dbid, &beside);
    for (unsigned i = 0; i < 2 * COUNT_OF(preparations); i++) {
        OK(JetBeginTransaction(sesid));
        OK(api_things_seek(sesid, &things, 1));
        prepare(sesid, &things, preparations[i / 2]);
        (i % 2 ? remake_beside : rename_beside)(sesid, &beside);
        set_id(sesid, &things, i / 2 < 2 ? 1 : 2);
        assert_int_equal(update(sesid, &things), JET_errSessionWriteConflict);
        OK(JetPrepareUpdate(sesid, things.tableid, JET_prepCancel));
        if (i + 1 < 2 * COUNT_OF(preparations))
            OK(JetRollback(sesid, JET_bitNil));
        else
            OK(JetCommitTransaction(sesid, JET_bitNil));
    }
}

/* What was taken back, and what was done to other records, is no conflict. */
static void a_session_goes_on_beside_itself(void **state)
{
    struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things, beside;
    fill(fixture, &things, true);
    api_things_open(fixture, sesid, fixture->dbid, &beside);
    OK(JetBeginTransaction(sesid));
    OK(api_things_seek(sesid, &things, 1));
    prepare(sesid, &things, JET_prepReplace);
    OK(JetBeginTransaction(sesid));
    rename_beside(sesid, &beside);
    OK(JetRollback(sesid, JET_bitNil));
    api_things_insert(sesid, &beside, 2, "two");
    OK(JetSetColumn(sesid, things.tableid, things.name, "three", 5, JET_bitNil, NULL));
    OK(update(sesid, &things));
    OK(JetCommitTransaction(sesid, JET_bitNil));
}

/* A record that is being copied cannot go before it is known whether its long values have a second owner. */
static void a_record_that_is_copied_stays_until_the_copy_is_there_or_not(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things, theirs;
    JET_SESID other;
    JET_DBID dbid;
    fill(fixture, &things, true);
    OK(JetBeginSession(fixture->instance, &other, NULL, NULL));
    OK(JetOpenDatabase(other, fixture->file, NULL, &dbid, JET_bitNil));
    api_things_open(fixture, other, dbid, &theirs);
    OK(JetBeginTransaction(sesid));
    OK(api_things_seek(sesid, &things, 1));
    prepare(sesid, &things, JET_prepInsertCopy);
    OK(JetBeginTransaction(other));
    OK(api_things_seek(other, &theirs, 1));
    assert_int_equal(JetDelete(other, theirs.tableid), JET_errWriteConflict);
    prepare(other, &theirs, JET_prepInsertCopy); /* two may copy it */
    set_id(other, &theirs, 3);
    OK(update(other, &theirs));
    OK(JetCommitTransaction(other, JET_bitNil));
    OK(JetRollback(sesid, JET_bitNil));
    OK(JetBeginTransaction(other));
    OK(api_things_seek(other, &theirs, 1));
    OK(JetDelete(other, theirs.tableid));
    OK(JetCommitTransaction(other, JET_bitNil));
    OK(JetEndSession(other, JET_bitNil));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_prepared_outside_is_compared_though_long_values_came_inside),
        TEST(a_level_that_changed_long_values_takes_the_update_with_it),
        TEST(an_update_outlasts_a_level_that_left_its_long_values_alone),
        TEST(long_values_outside_the_record_need_a_transaction),
        TEST(a_record_makes_no_room_without_a_transaction),
        TEST(a_commit_drops_what_was_not_written_with_its_long_values),
        TEST(a_session_does_not_overwrite_itself),
        TEST(a_session_goes_on_beside_itself),
        TEST(a_record_that_is_copied_stays_until_the_copy_is_there_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
