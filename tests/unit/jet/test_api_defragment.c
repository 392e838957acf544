/* SPDX-License-Identifier: MIT */
/* JetDefragment: pages that rows do not need any more are the database's again; whoever works meanwhile is not
 * disturbed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "os/os_thread.h"
#include "support/temp_folder.h"

enum { ROWS = 3000, STAY = 150, NOTE_SIZE = 3000 };

static void fill(const struct api_fixture *fixture, struct api_things *things, int rows)
{
    static const char note[NOTE_SIZE] = "a value outside the record";
    char name[120];
    api_things_create(fixture, things);
    OK(JetCreateIndex(fixture->sesid, things->tableid, "by_name", 0, "+name\0", 7, 80));
    for (int id = 0; id < rows; id++) {
        if (id % 100 == 0)
            OK(JetBeginTransaction(fixture->sesid));
        (void)snprintf(name, sizeof name, "%05d%090d", id * 7919 % rows, id);
        OK(JetPrepareUpdate(fixture->sesid, things->tableid, JET_prepInsert));
        OK(JetSetColumn(fixture->sesid, things->tableid, things->id, &id, sizeof id, 0, NULL));
        OK(JetSetColumn(fixture->sesid, things->tableid, things->name, name, (uint32_t)strlen(name), 0, NULL));
        if (id % 5 == 0)
            OK(JetSetColumn(fixture->sesid, things->tableid, things->note, note, sizeof note, 0, NULL));
        OK(JetUpdate(fixture->sesid, things->tableid, NULL, 0, NULL));
        if (id % 100 == 99)
            OK(JetCommitTransaction(fixture->sesid, JET_bitCommitLazyFlush));
    }
}

static void thin_out(const struct api_fixture *fixture, const struct api_things *things, int rows)
{
    for (int id = 0; id < rows; id++) {
        if (id % 100 == 0)
            OK(JetBeginTransaction(fixture->sesid));
        if (id % STAY != 0) {
            OK(api_things_seek(fixture->sesid, things, id));
            OK(JetDelete(fixture->sesid, things->tableid));
        }
        if (id % 100 == 99)
            OK(JetCommitTransaction(fixture->sesid, JET_bitCommitLazyFlush));
    }
    /* What is removed from pages has to be on the disk. */
    OK(JetCommitTransaction(fixture->sesid, JET_bitWaitLastLevel0Commit));
}

static uint32_t pages_available(const struct api_fixture *fixture)
{
    uint32_t pages = 0;
    OK(JetGetDatabaseInfo(fixture->sesid, fixture->dbid, &pages, sizeof pages, JET_DbInfoSpaceAvailable));
    return pages;
}

static void check_rows(const struct api_fixture *fixture, const struct api_things *things, const char *index)
{
    int rows = 0;
    OK(JetSetCurrentIndex(fixture->sesid, things->tableid, index));
    for (JET_ERR err = JetMove(fixture->sesid, things->tableid, JET_MoveFirst, 0); err == JET_errSuccess;
         err = JetMove(fixture->sesid, things->tableid, JET_MoveNext, 0)) {
        assert_int_equal(api_things_id(fixture->sesid, things) % STAY, 0);
        rows++;
    }
    assert_int_equal(rows, ROWS / STAY);
    OK(JetSetCurrentIndex(fixture->sesid, things->tableid, NULL));
}

static struct os_event *completed;

static JET_ERR JET_API on_completed(JET_SESID sesid, JET_DBID dbid, JET_TABLEID tableid, JET_CBTYP cbtyp, void *arg1,
                                    void *arg2, void *context, JET_API_PTR unused)
{
    if (sesid == JET_sesidNil && dbid != JET_dbidNil && tableid == JET_tableidNil &&
        cbtyp == JET_cbtypOnlineDefragCompleted && !arg1 && !arg2 && !context && unused == 0)
        os_event_set(completed);
    return JET_errSuccess;
}

static void deleted_rows_give_their_pages_to_the_database(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    uint32_t passes = 1, seconds = 0;
    fill(fixture, &things, ROWS);
    const uint32_t before = pages_available(fixture);
    thin_out(fixture, &things, ROWS);
    OK(os_event_new(&completed));
    OK(JetDefragment2(fixture->sesid, fixture->dbid, NULL, &passes, &seconds, on_completed,
                      JET_bitDefragmentBatchStart));
    assert_true(os_event_wait(completed, OS_WAIT_FOREVER));
    /* It may be at its end or behind it. */
    const JET_ERR err =
        JetDefragment2(fixture->sesid, fixture->dbid, NULL, &passes, &seconds, NULL, JET_bitDefragmentBatchStop);
    assert_true(err == JET_errSuccess || err == JET_wrnDefragNotRunning);
    assert_int_equal(passes, err == JET_errSuccess);
    os_event_free(completed);
    assert_true(pages_available(fixture) > before + 200);
    check_rows(fixture, &things, "by_id");
    check_rows(fixture, &things, "by_name");
}

static void one_table_is_defragmented_at_once(void **state)
{
    struct api_fixture *fixture = *state;
    struct api_things things;
    uint32_t passes = 7, seconds = 7;
    fill(fixture, &things, ROWS);
    const uint32_t before = pages_available(fixture);
    thin_out(fixture, &things, ROWS);
    OK(JetBeginTransaction(fixture->sesid));
    assert_int_equal(JetDefragment(fixture->sesid, fixture->dbid, "things", NULL, NULL, JET_bitDefragmentBTree),
                     JET_errInTransaction);
    OK(JetRollback(fixture->sesid, 0));
    OK(JetDefragment(fixture->sesid, fixture->dbid, "things", &passes, &seconds, JET_bitDefragmentBTree));
    assert_int_equal(passes, 0);
    assert_int_equal(seconds, 0);
    const uint32_t after = pages_available(fixture);
    assert_true(after > before + 200);
    check_rows(fixture, &things, "by_id");
    check_rows(fixture, &things, "by_name");
    /* Nothing is left to do. */
    OK(JetDefragment3(fixture->sesid, fixture->file, "things", NULL, NULL, NULL, NULL, JET_bitDefragmentBTree));
    assert_int_equal(pages_available(fixture), after);
    /* The file holds it, too. */
    OK(JetCloseTable(fixture->sesid, things.tableid));
    api_fixture_restart(fixture, JET_bitTermComplete);
    assert_int_equal(pages_available(fixture), after);
    api_things_open(fixture, fixture->sesid, fixture->dbid, &things);
    check_rows(fixture, &things, "by_name");
}

static void starts_and_stops_are_told_apart(void **state)
{
    struct api_fixture *fixture = *state;
    uint32_t passes = 0, seconds = 0;
    assert_int_equal(JetDefragment(fixture->sesid, fixture->dbid, NULL, NULL, NULL, JET_bitDefragmentBatchStop),
                     JET_wrnDefragNotRunning);
    OK(JetDefragment(fixture->sesid, fixture->dbid, NULL, &passes, &seconds, JET_bitDefragmentBatchStart));
    assert_int_equal(JetDefragment(fixture->sesid, fixture->dbid, NULL, &passes, &seconds, JET_bitDefragmentBatchStart),
                     JET_wrnDefragAlreadyRunning);
    assert_int_equal(JetDefragment3(fixture->sesid, fixture->file, NULL, &passes, &seconds, NULL, NULL,
                                    JET_bitDefragmentBatchStart | JET_bitDefragmentNoPartialMerges),
                     JET_wrnDefragAlreadyRunning);
    OK(JetDefragment(fixture->sesid, fixture->dbid, NULL, NULL, NULL, JET_bitDefragmentBatchStop));
    assert_int_equal(JetDefragment(fixture->sesid, fixture->dbid, NULL, NULL, NULL, JET_bitDefragmentBatchStop),
                     JET_wrnDefragNotRunning);
    OK(JetDefragment(fixture->sesid, fixture->dbid, NULL, NULL, NULL,
                     JET_bitDefragmentBatchStart | JET_bitDefragmentAvailSpaceTreesOnly));
    /* One that runs ends with the database, or with the instance. */
    OK(JetDefragment(fixture->sesid, fixture->dbid, NULL, NULL, NULL, JET_bitDefragmentBatchStart));
    OK(JetCloseDatabase(fixture->sesid, fixture->dbid, 0));
    OK(JetDetachDatabase(fixture->sesid, fixture->file));
    OK(JetAttachDatabase(fixture->sesid, fixture->file, 0));
    OK(JetOpenDatabase(fixture->sesid, fixture->file, NULL, &fixture->dbid, 0));
    assert_int_equal(JetDefragment(fixture->sesid, fixture->dbid, NULL, NULL, NULL, JET_bitDefragmentBatchStop),
                     JET_wrnDefragNotRunning);
    OK(JetDefragment(fixture->sesid, fixture->dbid, NULL, NULL, NULL, JET_bitDefragmentBatchStart));
}

static void what_is_asked_wrongly_is_refused(void **state)
{
    struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    uint32_t passes = 0;
    assert_int_equal(JetDefragment(sesid, fixture->dbid, NULL, NULL, NULL, 0), JET_errInvalidGrbit);
    assert_int_equal(
        JetDefragment(sesid, fixture->dbid, NULL, NULL, NULL, JET_bitDefragmentBatchStart | JET_bitDefragmentBatchStop),
        JET_errInvalidGrbit);
    assert_int_equal(JetDefragment(sesid, 77, NULL, NULL, NULL, JET_bitDefragmentBatchStart), JET_errInvalidDatabaseId);
    assert_int_equal(JetDefragment(sesid, fixture->dbid, NULL, NULL, NULL, JET_bitDefragmentBTree), JET_errInvalidName);
    assert_int_equal(JetDefragment(sesid, fixture->dbid, "none", NULL, NULL, JET_bitDefragmentBTree),
                     JET_errObjectNotFound);
    assert_int_equal(JetDefragment2(sesid, fixture->dbid, "none", NULL, NULL, on_completed, JET_bitDefragmentBTree),
                     JET_errInvalidParameter);
    assert_int_equal(
        JetDefragment(sesid, fixture->dbid, "none", NULL, NULL, JET_bitDefragmentBTree | JET_bitDefragmentBatchStart),
        JET_errInvalidGrbit);
    assert_int_equal(JetDefragment(sesid, fixture->dbid, NULL, &passes, NULL,
                                   JET_bitDefragmentBTreeBatch | JET_bitDefragmentBatchStart),
                     JET_errInvalidParameter);
    OK(JetDefragment(sesid, fixture->dbid, NULL, NULL, NULL,
                     JET_bitDefragmentBTreeBatch | JET_bitDefragmentBatchStart));
    OK(JetCloseDatabase(sesid, fixture->dbid, 0));
    OK(JetDetachDatabase(sesid, fixture->file));
    OK(JetAttachDatabase(sesid, fixture->file, JET_bitDbReadOnly));
    OK(JetOpenDatabase(sesid, fixture->file, NULL, &fixture->dbid, JET_bitDbReadOnly));
    assert_int_equal(JetDefragment(sesid, fixture->dbid, NULL, NULL, NULL, JET_bitDefragmentBatchStart),
                     JET_errDatabaseFileReadOnly);
    assert_int_equal(JetDefragment3(sesid, fixture->file, "things", NULL, NULL, NULL, NULL, JET_bitDefragmentBTree),
                     JET_errDatabaseFileReadOnly);
}

/* ---- stops and the callback ---- */

static struct {
    struct os_event *entered, *answer;
    JET_SESID sesid;
    JET_DBID own, other;
    const char *path; /* of `other` */
    JET_ERR stop_own, start_own, stop_other, detach_other;
} telling;

/* Stops while others stop what it is called for. */
static JET_ERR JET_API on_completed_with_calls(JET_SESID sesid, JET_DBID dbid, JET_TABLEID tableid, JET_CBTYP cbtyp,
                                               void *arg1, void *arg2, void *context, JET_API_PTR unused)
{
    os_event_set(telling.entered);
    (void)os_event_wait(telling.answer, OS_WAIT_FOREVER);
    telling.stop_own = JetDefragment(telling.sesid, telling.own, NULL, NULL, NULL, JET_bitDefragmentBatchStop);
    telling.start_own = JetDefragment(telling.sesid, telling.own, NULL, NULL, NULL, JET_bitDefragmentBatchStart);
    telling.stop_other = JetDefragment(telling.sesid, telling.other, NULL, NULL, NULL, JET_bitDefragmentBatchStop);
    (void)JetCloseDatabase(telling.sesid, telling.other, 0);
    telling.detach_other = JetDetachDatabase(telling.sesid, telling.path);
    return JET_errSuccess;
}

static void tell_all(const struct api_fixture *fixture)
{
    uint32_t passes = 1;
    telling.path = temp_folder_path(fixture->folder, "other.edb");
    OK(os_event_new(&telling.entered));
    OK(os_event_new(&telling.answer));
    OK(JetBeginSession(fixture->instance, &telling.sesid, NULL, NULL));
    OK(JetOpenDatabase(telling.sesid, fixture->file, NULL, &telling.own, 0));
    OK(JetCreateDatabase(telling.sesid, telling.path, NULL, &telling.other, 0));
    OK(JetDefragment(telling.sesid, telling.other, NULL, NULL, NULL, JET_bitDefragmentBatchStart));
    OK(JetDefragment2(fixture->sesid, fixture->dbid, NULL, &passes, NULL, on_completed_with_calls,
                      JET_bitDefragmentBatchStart));
    assert_true(os_event_wait(telling.entered, OS_WAIT_FOREVER));
    assert_int_equal(JetDefragment(fixture->sesid, fixture->dbid, NULL, NULL, NULL, JET_bitDefragmentBatchStart),
                     JET_wrnDefragAlreadyRunning);
}

static void check_told(void)
{
    assert_int_equal(telling.stop_own, JET_wrnDefragNotRunning);
    assert_int_equal(telling.start_own, JET_wrnDefragAlreadyRunning);
    assert_int_equal(telling.stop_other, JET_errSuccess);
    assert_int_equal(telling.detach_other, JET_errSuccess);
    os_event_free(telling.entered);
    os_event_free(telling.answer);
}

static void run_stop(void *context)
{
    const struct api_fixture *fixture = context;
    JET_SESID sesid = 0;
    JET_DBID dbid = 0;
    if (JetBeginSession(fixture->instance, &sesid, NULL, NULL) >= JET_errSuccess &&
        JetOpenDatabase(sesid, fixture->file, NULL, &dbid, 0) >= JET_errSuccess)
        os_event_set(telling.answer);
    (void)JetDefragment(sesid, dbid, NULL, NULL, NULL, JET_bitDefragmentBatchStop);
}

/* Who stops it waits for the callback to come back, and keeps nobody from anything meanwhile. */
static void the_callback_may_stop_what_others_stop(void **state)
{
    struct api_fixture *fixture = *state;
    struct os_thread *thread;
    tell_all(fixture);
    OK(os_thread_start(run_stop, fixture, &thread));
    os_thread_join(thread);
    check_told();
}

/* Who detaches the database does not wait for it: there may be locks that it wants. */
static void a_detach_does_not_wait_for_the_callback(void **state)
{
    struct api_fixture *fixture = *state;
    tell_all(fixture);
    OK(JetCloseDatabase(fixture->sesid, fixture->dbid, 0));
    OK(JetCloseDatabase(telling.sesid, telling.own, 0));
    OK(JetDetachDatabase(fixture->sesid, fixture->file));
    OK(JetAttachDatabase(fixture->sesid, fixture->file, 0));
    OK(JetOpenDatabase(fixture->sesid, fixture->file, NULL, &fixture->dbid, 0));
    OK(JetOpenDatabase(telling.sesid, fixture->file, NULL, &telling.own, 0));
    os_event_set(telling.answer);
    assert_int_equal(JetDefragment(fixture->sesid, fixture->dbid, NULL, NULL, NULL, JET_bitDefragmentBatchStop),
                     JET_wrnDefragNotRunning);
    check_told();
}

static void a_detach_that_is_refused_stops_nothing(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    OK(JetDefragment(sesid, fixture->dbid, NULL, NULL, NULL, JET_bitDefragmentBatchStart));
    assert_int_equal(JetDetachDatabase(sesid, fixture->file), JET_errDatabaseInUse);
    OK(JetDefragment(sesid, fixture->dbid, NULL, NULL, NULL, JET_bitDefragmentBatchStop));
}

/* ---- while others work ---- */

enum { WORKERS = 3, ROUNDS = 12, OWN_ROWS = 60 };

struct work {
    const struct api_fixture *fixture;
    _Atomic int next_worker;
    _Atomic int unexpected;
    _Atomic int working;
};

static JET_ERR insert_one(JET_SESID sesid, const struct api_things *things, int id)
{
    static const char note[NOTE_SIZE] = "a note";
    char name[80];
    (void)snprintf(name, sizeof name, "%050d", id * 31 % 1000);
    JET_ERR err = JetPrepareUpdate(sesid, things->tableid, JET_prepInsert);
    if (err >= JET_errSuccess)
        err = JetSetColumn(sesid, things->tableid, things->id, &id, sizeof id, 0, NULL);
    if (err >= JET_errSuccess)
        err = JetSetColumn(sesid, things->tableid, things->name, name, (uint32_t)strlen(name), 0, NULL);
    if (err >= JET_errSuccess && id % 7 == 0)
        err = JetSetColumn(sesid, things->tableid, things->note, note, sizeof note, 0, NULL);
    return err < JET_errSuccess ? err : JetUpdate(sesid, things->tableid, NULL, 0, NULL);
}

/* Rows of its own come, are looked for, and go but for a few. */
static JET_ERR work_round(JET_SESID sesid, const struct api_things *things, int worker, int round)
{
    const int first = (worker * ROUNDS + round) * OWN_ROWS;
    JET_ERR err = JetBeginTransaction(sesid);
    for (int id = first; id < first + OWN_ROWS && err >= JET_errSuccess; id++)
        err = insert_one(sesid, things, id);
    if (err >= JET_errSuccess)
        err = JetCommitTransaction(sesid, JET_bitCommitLazyFlush);
    for (int id = first; id < first + OWN_ROWS && err >= JET_errSuccess; id++)
        err = api_things_seek(sesid, things, id);
    if (err >= JET_errSuccess)
        err = JetBeginTransaction(sesid);
    for (int id = first; id < first + OWN_ROWS && err >= JET_errSuccess; id++) {
        if (id % 20 == 0)
            continue;
        err = api_things_seek(sesid, things, id);
        if (err >= JET_errSuccess)
            err = JetDelete(sesid, things->tableid);
    }
    return err < JET_errSuccess ? err : JetCommitTransaction(sesid, 0);
}

/* A table with an index comes and goes, too. */
static JET_ERR table_round(JET_SESID sesid, JET_DBID dbid, int worker, int round)
{
    const JET_COLUMNDEF definition = {.cbStruct = sizeof definition, .coltyp = JET_coltypLong};
    char name[30];
    JET_TABLEID tableid = 0;
    JET_COLUMNID column = 0;
    (void)snprintf(name, sizeof name, "passing %d %d", worker, round);
    JET_ERR err = JetCreateTable(sesid, dbid, name, 1, 80, &tableid);
    if (err >= JET_errSuccess)
        err = JetAddColumn(sesid, tableid, "number", &definition, NULL, 0, &column);
    if (err >= JET_errSuccess)
        err = JetCreateIndex(sesid, tableid, "by_number", 0, "+number\0", 9, 80);
    if (err >= JET_errSuccess)
        err = JetDeleteIndex(sesid, tableid, "by_number");
    if (err >= JET_errSuccess)
        err = JetCloseTable(sesid, tableid);
    return err < JET_errSuccess ? err : JetDeleteTable(sesid, dbid, name);
}

static void run_worker(void *context)
{
    struct work *work = context;
    const int worker = atomic_fetch_add(&work->next_worker, 1);
    JET_SESID sesid = 0;
    JET_DBID dbid = 0;
    struct api_things things = {0};
    JET_COLUMNDEF definition;
    JET_ERR err = JetBeginSession(work->fixture->instance, &sesid, NULL, NULL);
    if (err >= JET_errSuccess)
        err = JetOpenDatabase(sesid, work->fixture->file, NULL, &dbid, 0);
    if (err >= JET_errSuccess)
        err = JetOpenTable(sesid, dbid, "things", NULL, 0, 0, &things.tableid);
    if (err >= JET_errSuccess)
        err = JetGetTableColumnInfo(sesid, things.tableid, "id", &definition, sizeof definition, JET_ColInfo);
    things.id = definition.columnid;
    if (err >= JET_errSuccess)
        err = JetGetTableColumnInfo(sesid, things.tableid, "name", &definition, sizeof definition, JET_ColInfo);
    things.name = definition.columnid;
    if (err >= JET_errSuccess)
        err = JetGetTableColumnInfo(sesid, things.tableid, "note", &definition, sizeof definition, JET_ColInfo);
    things.note = definition.columnid;
    for (int round = 0; round < ROUNDS && err >= JET_errSuccess; round++) {
        err = work_round(sesid, &things, worker, round);
        if (err >= JET_errSuccess)
            err = table_round(sesid, dbid, worker, round);
    }
    if (err >= JET_errSuccess)
        err = JetEndSession(sesid, 0);
    if (err < JET_errSuccess)
        atomic_store(&work->unexpected, err);
    atomic_fetch_sub(&work->working, 1);
}

static void others_work_meanwhile(void **state)
{
    const struct api_fixture *fixture = *state;
    struct work work = {.fixture = fixture, .working = WORKERS};
    struct os_thread *threads[WORKERS];
    struct api_things things;
    int rows = 0;
    api_things_create(fixture, &things);
    OK(JetCreateIndex(fixture->sesid, things.tableid, "by_name", 0, "+name\0", 7, 80));
    for (int i = 0; i < WORKERS; i++)
        OK(os_thread_start(run_worker, &work, &threads[i]));
    while (atomic_load(&work.working) > 0)
        OK(JetDefragment(fixture->sesid, fixture->dbid, "things", NULL, NULL, JET_bitDefragmentBTree));
    for (int i = 0; i < WORKERS; i++)
        os_thread_join(threads[i]);
    assert_int_equal(atomic_load(&work.unexpected), JET_errSuccess);
    OK(JetSetCurrentIndex(fixture->sesid, things.tableid, "by_name"));
    for (JET_ERR err = JetMove(fixture->sesid, things.tableid, JET_MoveFirst, 0); err == JET_errSuccess;
         err = JetMove(fixture->sesid, things.tableid, JET_MoveNext, 0)) {
        assert_int_equal(api_things_id(fixture->sesid, &things) % 20, 0);
        rows++;
    }
    assert_int_equal(rows, WORKERS * ROUNDS * OWN_ROWS / 20);
}

/* The same, by the thread, with a pass after the other. */
static void others_work_while_the_thread_does(void **state)
{
    const struct api_fixture *fixture = *state;
    struct work work = {.fixture = fixture, .working = WORKERS};
    struct os_thread *threads[WORKERS];
    struct api_things things;
    uint32_t passes = 1;
    api_things_create(fixture, &things);
    for (int i = 0; i < WORKERS; i++)
        OK(os_thread_start(run_worker, &work, &threads[i]));
    while (atomic_load(&work.working) > 0)
        assert_true(JetDefragment(fixture->sesid, fixture->dbid, NULL, &passes, NULL, JET_bitDefragmentBatchStart) >=
                    JET_errSuccess);
    for (int i = 0; i < WORKERS; i++)
        os_thread_join(threads[i]);
    assert_int_equal(atomic_load(&work.unexpected), JET_errSuccess);
}

static int setup_shrinking(void **state)
{
    OK(JetSetSystemParameter(NULL, 0, JET_paramEnableShrinkDatabase, JET_bitShrinkDatabaseOn, NULL));
    return api_fixture_setup(state);
}

/* The file grows by a table that goes at once; what others got meanwhile is behind it, or among it. */
static void grow_and_shrink(const struct api_fixture *fixture)
{
    static const uint8_t bytes[8000];
    JET_TABLEID tableid;
    uint32_t pages;
    OK(JetBeginTransaction(fixture->sesid));
    OK(JetCreateTable(fixture->sesid, fixture->dbid, "ballast", 1, 100, &tableid));
    const JET_COLUMNID column = api_column_add(fixture->sesid, tableid, "bytes", JET_coltypLongBinary, JET_bitNil);
    for (int i = 0; i < 150; i++) {
        OK(JetPrepareUpdate(fixture->sesid, tableid, JET_prepInsert));
        OK(JetSetColumn(fixture->sesid, tableid, column, bytes, sizeof bytes, 0, NULL));
        OK(JetUpdate(fixture->sesid, tableid, NULL, 0, NULL));
    }
    OK(JetCloseTable(fixture->sesid, tableid));
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
    OK(JetDeleteTable(fixture->sesid, fixture->dbid, "ballast"));
    OK(JetResizeDatabase(fixture->sesid, fixture->dbid, 0, &pages, JET_bitResizeDatabaseOnlyShrink));
}

/* Pages move under them, and the file becomes shorter behind them. */
static void others_work_while_the_file_shrinks(void **state)
{
    const struct api_fixture *fixture = *state;
    struct work work = {.fixture = fixture, .working = WORKERS};
    struct os_thread *threads[WORKERS];
    struct api_things things;
    int rows = 0;
    api_things_create(fixture, &things);
    OK(JetCreateIndex(fixture->sesid, things.tableid, "by_name", 0, "+name\0", 7, 80));
    for (int i = 0; i < WORKERS; i++)
        OK(os_thread_start(run_worker, &work, &threads[i]));
    while (atomic_load(&work.working) > 0)
        grow_and_shrink(fixture);
    for (int i = 0; i < WORKERS; i++)
        os_thread_join(threads[i]);
    assert_int_equal(atomic_load(&work.unexpected), JET_errSuccess);
    for (JET_ERR err = JetMove(fixture->sesid, things.tableid, JET_MoveFirst, 0); err == JET_errSuccess;
         err = JetMove(fixture->sesid, things.tableid, JET_MoveNext, 0))
        rows++;
    assert_int_equal(rows, WORKERS * ROUNDS * OWN_ROWS / 20);
}

/* Every fixture looks at the whole file at its end (api_fixture_teardown). */
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(deleted_rows_give_their_pages_to_the_database, api_fixture_setup,
                                        api_fixture_teardown),
        cmocka_unit_test_setup_teardown(one_table_is_defragmented_at_once, api_fixture_setup, api_fixture_teardown),
        cmocka_unit_test_setup_teardown(starts_and_stops_are_told_apart, api_fixture_setup, api_fixture_teardown),
        cmocka_unit_test_setup_teardown(what_is_asked_wrongly_is_refused, api_fixture_setup, api_fixture_teardown),
        cmocka_unit_test_setup_teardown(the_callback_may_stop_what_others_stop, api_fixture_setup,
                                        api_fixture_teardown),
        cmocka_unit_test_setup_teardown(a_detach_does_not_wait_for_the_callback, api_fixture_setup,
                                        api_fixture_teardown),
        cmocka_unit_test_setup_teardown(a_detach_that_is_refused_stops_nothing, api_fixture_setup,
                                        api_fixture_teardown),
        cmocka_unit_test_setup_teardown(others_work_meanwhile, api_fixture_setup, api_fixture_teardown),
        cmocka_unit_test_setup_teardown(others_work_while_the_thread_does, api_fixture_setup, api_fixture_teardown),
        cmocka_unit_test_setup_teardown(others_work_while_the_file_shrinks, setup_shrinking, api_fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
