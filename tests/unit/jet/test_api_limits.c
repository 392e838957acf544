/* SPDX-License-Identifier: MIT */
/* What happens at limits: of a database's size, of the version store, of a record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"
#include "os/os_word.h"
#include "support/temp_folder.h"

enum { NAME_SIZE = 200, LIMIT = 700 };

/* One record in a transaction; what the first call says that fails. */
static JET_ERR insert(JET_SESID sesid, const struct api_things *things, int id, size_t note_size)
{
    static uint8_t note[60000];
    char name[NAME_SIZE];
    int32_t number = id;
    memset(name, 'n', sizeof name);
    memset(note, id, sizeof note);
    OK(JetBeginTransaction(sesid));
    OK(JetPrepareUpdate(sesid, things->tableid, JET_prepInsert));
    OK(JetSetColumn(sesid, things->tableid, things->id, &number, sizeof number, JET_bitNil, NULL));
    OK(JetSetColumn(sesid, things->tableid, things->name, name, sizeof name, JET_bitNil, NULL));
    JET_ERR err = note_size > 0
                      ? JetSetColumn(sesid, things->tableid, things->note, note, (uint32_t)note_size, JET_bitNil, NULL)
                      : JET_errSuccess;
    if (err >= JET_errSuccess)
        err = JetUpdate(sesid, things->tableid, NULL, 0, NULL);
    if (err >= JET_errSuccess)
        err = JetCommitTransaction(sesid, JET_bitCommitLazyFlush);
    else
        OK(JetRollback(sesid, JET_bitNil));
    return err;
}

/* Inserts from `first` on until that fails; returns the id that could not be had. */
static int fill(const struct api_fixture *fixture, const struct api_things *things, int first, size_t note_size,
                JET_ERR *ret_err)
{
    int id = first;
    while ((*ret_err = insert(fixture->sesid, things, id, note_size)) >= JET_errSuccess)
        id++;
    return id;
}

static uint32_t size_now(const struct api_fixture *fixture)
{
    uint32_t pages;
    OK(JetGetDatabaseInfo(fixture->sesid, fixture->dbid, &pages, sizeof pages, JET_DbInfoFilesize));
    return pages - 2; /* the headers */
}

static void a_database_grows_to_its_limit_and_no_further(void **state)
{
    struct api_fixture *fixture = *state;
    struct api_things things;
    JET_ERR err;
    OK(JetCloseDatabase(fixture->sesid, fixture->dbid, JET_bitNil));
    OK(JetDetachDatabase(fixture->sesid, fixture->file));
    OK(JetCreateDatabase2(fixture->sesid, fixture->file, LIMIT, &fixture->dbid, JET_bitDbOverwriteExisting));
    api_things_create(fixture, &things);
    int end = fill(fixture, &things, 1, 20000, &err);
    assert_int_equal(err, JET_errOutOfDatabaseSpace);
    end = fill(fixture, &things, end, 0, &err); /* small ones until the last page is full */
    assert_int_equal(err, JET_errOutOfDatabaseSpace);
    assert_int_equal(size_now(fixture), LIMIT);
    OK(api_things_seek(fixture->sesid, &things, end - 1));
    assert_int_equal(api_things_seek(fixture->sesid, &things, end), JET_errRecordNotFound);

    /* The limit is that of the attach, not of the file. */
    OK(JetCloseTable(fixture->sesid, things.tableid));
    OK(JetCloseDatabase(fixture->sesid, fixture->dbid, JET_bitNil));
    OK(JetDetachDatabase(fixture->sesid, fixture->file));
    OK(JetAttachDatabase2(fixture->sesid, fixture->file, LIMIT + 100, JET_bitNil));
    OK(JetOpenDatabase(fixture->sesid, fixture->file, NULL, &fixture->dbid, JET_bitNil));
    api_things_open(fixture, fixture->sesid, fixture->dbid, &things);
    end = fill(fixture, &things, end, 20000, &err);
    assert_int_equal(err, JET_errOutOfDatabaseSpace);
    assert_in_range(size_now(fixture), LIMIT + 50, LIMIT + 100);
    assert_int_equal(JetGrowDatabase(fixture->sesid, fixture->dbid, 200, NULL), JET_errOutOfDatabaseSpace);
    OK(JetCloseTable(fixture->sesid, things.tableid));
    OK(JetCloseDatabase(fixture->sesid, fixture->dbid, JET_bitNil));
    OK(JetDetachDatabase(fixture->sesid, fixture->file));
    OK(JetAttachDatabase(fixture->sesid, fixture->file, JET_bitNil));
    OK(JetOpenDatabase(fixture->sesid, fixture->file, NULL, &fixture->dbid, JET_bitNil));
    api_things_open(fixture, fixture->sesid, fixture->dbid, &things);
    for (int i = 0; i < 50; i++)
        OK(insert(fixture->sesid, &things, end + i, 20000));
    assert_true(size_now(fixture) > LIMIT + 100);
}

/* A long value that cannot be had leaves the update with the one that it had. */
static void a_value_for_which_there_is_no_room_replaces_nothing(void **state)
{
    static uint8_t first[20000] = {1}, too_large[LIMIT * 4096], found[sizeof first];
    struct api_fixture *fixture = *state;
    struct api_things things;
    const int32_t id = 1;
    uint32_t size;
    OK(JetCloseDatabase(fixture->sesid, fixture->dbid, JET_bitNil));
    OK(JetDetachDatabase(fixture->sesid, fixture->file));
    OK(JetCreateDatabase2(fixture->sesid, fixture->file, LIMIT, &fixture->dbid, JET_bitDbOverwriteExisting));
    api_things_create(fixture, &things);
    OK(JetBeginTransaction(fixture->sesid));
    OK(JetPrepareUpdate(fixture->sesid, things.tableid, JET_prepInsert));
    OK(JetSetColumn(fixture->sesid, things.tableid, things.id, &id, sizeof id, JET_bitNil, NULL));
    OK(JetSetColumn(fixture->sesid, things.tableid, things.note, first, sizeof first, JET_bitNil, NULL));
    assert_int_equal(
        JetSetColumn(fixture->sesid, things.tableid, things.note, too_large, sizeof too_large, JET_bitNil, NULL),
        JET_errOutOfDatabaseSpace);
    OK(JetUpdate(fixture->sesid, things.tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
    OK(api_things_seek(fixture->sesid, &things, id));
    OK(JetRetrieveColumn(fixture->sesid, things.tableid, things.note, found, sizeof found, &size, JET_bitNil, NULL));
    assert_int_equal(size, sizeof first);
    assert_memory_equal(found, first, sizeof first);
    /* The end of the test runs the whole check over the file. */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)

/* ---- the version store ---- */

enum { VERSION_UNITS = 4, OVERRUN_RECORDS = 16, OVERRUN_ROUNDS = 3000 };

/* Each change keeps what was before, and its lazy commit holds that up for some milliseconds. */
static JET_ERR change(JET_SESID sesid, const struct api_things *things, int id, int round)
{
    uint8_t note[900];
    memset(note, round, sizeof note);
    OK(JetBeginTransaction(sesid));
    OK(api_things_seek(sesid, things, id));
    JET_ERR err = JetPrepareUpdate(sesid, things->tableid, JET_prepReplace); /* asks for room already */
    if (err >= JET_errSuccess) {
        OK(JetSetColumn(sesid, things->tableid, things->note, note, sizeof note, JET_bitSetIntrinsicLV, NULL));
        err = JetUpdate(sesid, things->tableid, NULL, 0, NULL);
    }
    if (err >= JET_errSuccess)
        err = JetCommitTransaction(sesid, JET_bitCommitLazyFlush);
    else
        OK(JetRollback(sesid, JET_bitNil));
    return err;
}

static void versions_fixture_begin(struct api_fixture *fixture, struct temp_folder *folder)
{
    *fixture = (struct api_fixture){.folder = folder, .file = temp_folder_path(folder, "versions.edb")};
    fixture->instance = api_instance_create(folder, "versions");
    OK(JetSetSystemParameter(&fixture->instance, 0, JET_paramMaxVerPages, VERSION_UNITS, NULL));
    OK(JetInit(&fixture->instance));
    OK(JetBeginSession(fixture->instance, &fixture->sesid, NULL, NULL));
    OK(JetCreateDatabase(fixture->sesid, fixture->file, NULL, &fixture->dbid, JET_bitNil));
}

static void short_transactions_never_fill_the_version_store(void **state)
{
    struct api_fixture fixture;
    struct api_things things;
    versions_fixture_begin(&fixture, *state);
    api_things_create(&fixture, &things);
    for (int i = 0; i < OVERRUN_RECORDS; i++)
        OK(insert(fixture.sesid, &things, i, 0));
    for (int round = 0; round < OVERRUN_ROUNDS; round++)
        OK(change(fixture.sesid, &things, round % OVERRUN_RECORDS, round));
    OK(JetTerm2(fixture.instance, JET_bitTermComplete));
}

static void an_old_snapshot_does(void **state)
{
    struct api_fixture fixture;
    struct api_things things;
    JET_SESID reader;
    JET_ERR err = JET_errSuccess;
    versions_fixture_begin(&fixture, *state);
    api_things_create(&fixture, &things);
    for (int i = 0; i < OVERRUN_RECORDS; i++)
        OK(insert(fixture.sesid, &things, i, 0));
    OK(JetBeginSession(fixture.instance, &reader, NULL, NULL));
    OK(JetBeginTransaction(reader));
    for (int round = 0; round < OVERRUN_ROUNDS && err >= JET_errSuccess; round++)
        err = change(fixture.sesid, &things, round % OVERRUN_RECORDS, round);
    assert_int_equal(err, JET_errVersionStoreOutOfMemory);
    OK(JetCommitTransaction(reader, JET_bitNil));
    OK(change(fixture.sesid, &things, 1, 1));
    OK(JetTerm2(fixture.instance, JET_bitTermComplete));
}

/* ---- logs since the checkpoint ---- */

enum { TOO_DEEP = 32, DEPTH_BYTES = 256 * 1024, DEPTH_ROUNDS = 400, PATIENCE = 500 };

/* One transaction holds the checkpoint where it began; then neither it nor others may log much more. */
static void a_transaction_that_is_open_too_long_stops_work_until_it_ends(void **state)
{
    struct api_fixture fixture = {.folder = *state, .file = temp_folder_path(*state, "deep.edb")};
    struct api_things things, late;
    JET_SESID other;
    JET_DBID dbid;
    JET_ERR err = JET_errSuccess;
    _Atomic uint32_t nobody = 0;
    int id = 1;
    fixture.instance = api_instance_create(fixture.folder, "deep");
    OK(JetSetSystemParameter(&fixture.instance, 0, JET_paramCheckpointTooDeep, TOO_DEEP, NULL));
    OK(JetSetSystemParameter(&fixture.instance, 0, JET_paramCheckpointDepthMax, DEPTH_BYTES, NULL));
    OK(JetInit(&fixture.instance));
    OK(JetBeginSession(fixture.instance, &fixture.sesid, NULL, NULL));
    OK(JetCreateDatabase(fixture.sesid, fixture.file, NULL, &fixture.dbid, JET_bitNil));
    api_things_create(&fixture, &things);
    OK(JetBeginSession(fixture.instance, &other, NULL, NULL));
    OK(JetOpenDatabase(other, fixture.file, NULL, &dbid, JET_bitNil));
    api_things_open(&fixture, other, dbid, &late);
    OK(JetBeginTransaction(other));
    api_things_insert(other, &late, 0, "held");

    for (; id < DEPTH_ROUNDS && err >= JET_errSuccess; id++)
        err = insert(fixture.sesid, &things, id, 20000);
    assert_int_equal(err, JET_errCheckpointDepthTooDeep);
    OK(JetPrepareUpdate(other, late.tableid, JET_prepInsert));
    int32_t number = DEPTH_ROUNDS;
    OK(JetSetColumn(other, late.tableid, late.id, &number, sizeof number, JET_bitNil, NULL));
    err = JetUpdate(other, late.tableid, NULL, 0, NULL);
    assert_true(err == JET_errTransactionTooLong || err == JET_errCheckpointDepthTooDeep);
    OK(JetRollback(other, JET_bitNil));

    /* The checkpoint moves on, and so does work. */
    err = JET_errCheckpointDepthTooDeep;
    for (unsigned i = 0; i < PATIENCE && err == JET_errCheckpointDepthTooDeep; i++) {
        os_word_wait(&nobody, 0, 10);
        err = insert(fixture.sesid, &things, id, 0);
    }
    OK(err);
    OK(JetTerm2(fixture.instance, JET_bitTermComplete));
    assert_true(api_file_is_sound(fixture.file));
}

#define TEST_IN_FOLDER(name) cmocka_unit_test_setup_teardown(name, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_database_grows_to_its_limit_and_no_further),
        TEST(a_value_for_which_there_is_no_room_replaces_nothing),
        TEST_IN_FOLDER(short_transactions_never_fill_the_version_store),
        TEST_IN_FOLDER(an_old_snapshot_does),
        TEST_IN_FOLDER(a_transaction_that_is_open_too_long_stops_work_until_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
