/* SPDX-License-Identifier: MIT */
/* Functions that are called for the changes of a table, what they may do, and local storage of cursors and tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"
#include "os/os_thread.h"

/* ---- what is called, in which order ---- */

struct call {
    JET_CBTYP event;
    JET_TABLEID tableid;
    const void *context;
};

static struct {
    struct call calls[32];
    unsigned count;
    JET_ERR answer;                         /* to every call */
    void (*inside)(JET_SESID, JET_TABLEID); /* what it does */
    JET_DBID dbid;
} seen;

static JET_ERR JET_API note(JET_SESID sesid, JET_DBID dbid, JET_TABLEID tableid, JET_CBTYP cbtyp, void *arg1,
                            void *arg2, void *context, JET_API_PTR unused)
{
    assert_null(arg1);
    assert_null(arg2);
    assert_int_equal(unused, 0);
    seen.dbid = dbid;
    assert_true(seen.count < COUNT_OF(seen.calls));
    seen.calls[seen.count++] = (struct call){cbtyp, tableid, context};
    if (seen.inside)
        seen.inside(sesid, tableid);
    return seen.answer;
}

static void forget(void)
{
    memset(&seen, 0, sizeof seen);
}

static void expect_events(const JET_CBTYP *events, unsigned count)
{
    assert_int_equal(seen.count, count);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(seen.calls[i].event, events[i]);
    seen.count = 0;
}

#define EVENTS(...) expect_events((const JET_CBTYP[]){__VA_ARGS__}, COUNT_OF(((const JET_CBTYP[]){__VA_ARGS__})))

static const JET_CBTYP all = JET_cbtypBeforeInsert | JET_cbtypAfterInsert | JET_cbtypBeforeReplace |
                             JET_cbtypAfterReplace | JET_cbtypBeforeDelete | JET_cbtypAfterDelete;

static JET_HANDLE open_with(const struct api_fixture *fixture, struct api_things *things, JET_CBTYP events)
{
    JET_HANDLE handle;
    api_things_create(fixture, things);
    forget();
    OK(JetRegisterCallback(fixture->sesid, things->tableid, events, note, &seen, &handle));
    return handle;
}

static JET_ERR prepare_and_write(const struct api_fixture *fixture, const struct api_things *things, int32_t id,
                                 uint32_t prep)
{
    OK(JetPrepareUpdate(fixture->sesid, things->tableid, prep));
    if (prep != JET_prepReplace)
        OK(JetSetColumn(fixture->sesid, things->tableid, things->id, &id, sizeof id, JET_bitNil, NULL));
    const JET_ERR err = JetUpdate(fixture->sesid, things->tableid, NULL, 0, NULL);
    if (err < JET_errSuccess)
        OK(JetPrepareUpdate(fixture->sesid, things->tableid, JET_prepCancel));
    return err;
}

static void begin_and_commit(JET_SESID sesid, JET_TABLEID tableid)
{
    (void)tableid;
    OK(JetBeginTransaction(sesid));
    OK(JetCommitTransaction(sesid, JET_bitNil));
}

static void use_session(void *sesid)
{
    begin_and_commit(*(JET_SESID *)sesid, 0);
}

/* Whichever thread used the session before. */
static void test_transactions_may_be_begun_inside(void **state)
{
    struct api_fixture *fixture = *state;
    struct api_things things;
    struct os_thread *thread;
    (void)open_with(fixture, &things, JET_cbtypBeforeInsert | JET_cbtypBeforeDelete);
    seen.inside = begin_and_commit;
    OK(os_thread_start(use_session, &fixture->sesid, &thread));
    os_thread_join(thread);
    OK(prepare_and_write(fixture, &things, 1, JET_prepInsert));
    OK(api_things_seek(fixture->sesid, &things, 1));
    OK(os_thread_start(use_session, &fixture->sesid, &thread));
    os_thread_join(thread);
    OK(JetDelete(fixture->sesid, things.tableid));
    assert_int_equal(seen.count, 2);
}

static void test_changes_are_told_before_and_after(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    JET_HANDLE handle = open_with(fixture, &things, all);
    for (int in_transaction = 0; in_transaction < 2; in_transaction++) {
        if (in_transaction)
            OK(JetBeginTransaction(fixture->sesid));
        OK(prepare_and_write(fixture, &things, 1, JET_prepInsert));
        EVENTS(JET_cbtypBeforeInsert, JET_cbtypAfterInsert);
        OK(api_things_seek(fixture->sesid, &things, 1));
        OK(prepare_and_write(fixture, &things, 1, JET_prepReplace));
        EVENTS(JET_cbtypBeforeReplace, JET_cbtypAfterReplace);
        OK(prepare_and_write(fixture, &things, 2, JET_prepInsertCopyDeleteOriginal));
        EVENTS(JET_cbtypBeforeDelete, JET_cbtypBeforeInsert, JET_cbtypAfterDelete, JET_cbtypAfterInsert);
        OK(api_things_seek(fixture->sesid, &things, 2));
        OK(JetDelete(fixture->sesid, things.tableid));
        EVENTS(JET_cbtypBeforeDelete, JET_cbtypAfterDelete);
        assert_int_equal(seen.calls[0].tableid, things.tableid);
        assert_ptr_equal(seen.calls[0].context, &seen);
        assert_int_equal(seen.dbid, fixture->dbid);
        if (in_transaction)
            OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
    }
    OK(JetUnregisterCallback(fixture->sesid, things.tableid, all, handle));
    OK(prepare_and_write(fixture, &things, 3, JET_prepInsert));
    assert_int_equal(seen.count, 0);
    assert_int_equal(JetUnregisterCallback(fixture->sesid, things.tableid, all, handle), JET_errInvalidParameter);
}

/* Before: the change does not happen. After: it has. */
static void test_an_error_before_a_change_refuses_it(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    (void)open_with(fixture, &things, all);
    seen.answer = JET_errCallbackFailed;
    assert_int_equal(prepare_and_write(fixture, &things, 1, JET_prepInsert), JET_errCallbackFailed);
    EVENTS(JET_cbtypBeforeInsert);
    seen.answer = JET_errSuccess;
    OK(prepare_and_write(fixture, &things, 1, JET_prepInsert));
    OK(api_things_seek(fixture->sesid, &things, 1));
    seen.count = 0;
    seen.answer = JET_errCallbackFailed;
    assert_int_equal(JetDelete(fixture->sesid, things.tableid), JET_errCallbackFailed);
    EVENTS(JET_cbtypBeforeDelete);
    seen.answer = JET_errSuccess;
    OK(api_things_seek(fixture->sesid, &things, 1));
}

static void test_what_comes_after_a_change_cannot_refuse_it(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    (void)open_with(fixture, &things, JET_cbtypAfterInsert | JET_cbtypAfterDelete);
    seen.answer = JET_errCallbackFailed;
    OK(prepare_and_write(fixture, &things, 1, JET_prepInsert));
    OK(api_things_seek(fixture->sesid, &things, 1));
    OK(JetDelete(fixture->sesid, things.tableid));
    EVENTS(JET_cbtypAfterInsert, JET_cbtypAfterDelete);
}

static void test_the_newest_comes_first_and_an_error_ends_the_row(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    JET_HANDLE second;
    int other;
    (void)open_with(fixture, &things, JET_cbtypBeforeInsert);
    OK(JetRegisterCallback(fixture->sesid, things.tableid, JET_cbtypBeforeInsert | JET_cbtypBeforeDelete, note, &other,
                           &second));
    OK(prepare_and_write(fixture, &things, 1, JET_prepInsert));
    assert_int_equal(seen.count, 2);
    assert_ptr_equal(seen.calls[0].context, &other);
    assert_ptr_equal(seen.calls[1].context, &seen);
    seen.count = 0;
    seen.answer = JET_errCallbackFailed;
    assert_int_equal(prepare_and_write(fixture, &things, 2, JET_prepInsert), JET_errCallbackFailed);
    assert_int_equal(seen.count, 1);
}

/* ---- what may be done inside ---- */

static struct {
    struct api_things things; /* the table that is changed */
    struct api_things log;    /* another cursor */
    JET_DBID dbid;
    JET_ERR results[16];
} inside;

static void name_it(JET_SESID sesid, JET_TABLEID tableid)
{
    OK(JetSetColumn(sesid, tableid, inside.things.name, "named", 5, JET_bitNil, NULL));
}

static void test_columns_can_be_set_before_an_insert(void **state)
{
    const struct api_fixture *fixture = *state;
    char name[8];
    uint32_t size;
    (void)open_with(fixture, &inside.things, JET_cbtypBeforeInsert);
    seen.inside = name_it;
    OK(prepare_and_write(fixture, &inside.things, 1, JET_prepInsert));
    OK(api_things_seek(fixture->sesid, &inside.things, 1));
    OK(JetRetrieveColumn(fixture->sesid, inside.things.tableid, inside.things.name, name, sizeof name, &size,
                         JET_bitNil, NULL));
    assert_int_equal(size, 5);
    assert_memory_equal(name, "named", 5);
}

static void write_log(JET_SESID sesid, JET_TABLEID tableid)
{
    const int32_t id = 77;
    (void)tableid;
    OK(JetPrepareUpdate(sesid, inside.log.tableid, JET_prepInsert));
    OK(JetSetColumn(sesid, inside.log.tableid, inside.log.id, &id, sizeof id, JET_bitNil, NULL));
    OK(JetUpdate(sesid, inside.log.tableid, NULL, 0, NULL));
}

static void create_log(const struct api_fixture *fixture)
{
    static const char key[] = "+id\0";
    OK(JetCreateTable(fixture->sesid, fixture->dbid, "log", 0, 80, &inside.log.tableid));
    inside.log.id = api_column_add(fixture->sesid, inside.log.tableid, "id", JET_coltypLong, JET_bitNil);
    OK(JetCreateIndex(fixture->sesid, inside.log.tableid, "by_id", JET_bitIndexPrimary, key, sizeof key, 80));
}

/* What the function wrote elsewhere is of the same transaction as the change, even if the session was in none. */
static void test_what_was_written_inside_goes_with_the_change(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    create_log(fixture);
    (void)open_with(fixture, &things, JET_cbtypBeforeInsert);
    seen.inside = write_log;
    OK(prepare_and_write(fixture, &things, 1, JET_prepInsert));
    OK(api_things_seek(fixture->sesid, &inside.log, 77));
    OK(JetDelete(fixture->sesid, inside.log.tableid));
    assert_int_equal(prepare_and_write(fixture, &things, 1, JET_prepInsert), JET_errKeyDuplicate);
    assert_int_equal(api_things_seek(fixture->sesid, &inside.log, 77), JET_errRecordNotFound);
    seen.answer = JET_errCallbackFailed;
    assert_int_equal(prepare_and_write(fixture, &things, 2, JET_prepInsert), JET_errCallbackFailed);
    assert_int_equal(api_things_seek(fixture->sesid, &inside.log, 77), JET_errRecordNotFound);
}

static void try_everything(JET_SESID sesid, JET_TABLEID tableid)
{
    unsigned at = 0;
    int32_t id;
    inside.results[at++] = JetMove(sesid, tableid, JET_MoveFirst, JET_bitNil);
    inside.results[at++] = JetCloseTable(sesid, tableid);
    inside.results[at++] = JetPrepareUpdate(sesid, tableid, JET_prepCancel);
    inside.results[at++] = JetUpdate(sesid, tableid, NULL, 0, NULL);
    inside.results[at++] = JetDelete(sesid, tableid);
    inside.results[at++] = JetEndSession(sesid, JET_bitNil);
    inside.results[at++] = JetCloseDatabase(sesid, inside.dbid, JET_bitNil);
    inside.results[at++] = JetRollback(sesid, JET_bitNil);
    inside.results[at++] = JetCommitTransaction(sesid, JET_bitNil);
    inside.results[at++] = JetTerm(0);
    inside.results[at++] = JET_errIllegalOperation; /* the last of these */
    OK(JetRetrieveColumn(sesid, tableid, inside.things.id, &id, sizeof id, NULL, JET_bitRetrieveCopy, NULL));
    assert_int_equal(id, 1);
    OK(JetBeginTransaction(sesid)); /* what is begun inside may end there */
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(JetBeginTransaction(sesid));
    OK(JetRollback(sesid, JET_bitNil));
}

static void test_what_the_outer_call_needs_cannot_be_taken_away(void **state)
{
    const struct api_fixture *fixture = *state;
    (void)open_with(fixture, &inside.things, JET_cbtypBeforeInsert);
    inside.dbid = fixture->dbid;
    memset(inside.results, 0, sizeof inside.results);
    seen.inside = try_everything;
    OK(JetBeginTransaction(fixture->sesid));
    OK(prepare_and_write(fixture, &inside.things, 1, JET_prepInsert));
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
    for (unsigned i = 0; i < 11; i++)
        assert_int_equal(inside.results[i], JET_errIllegalOperation);
    seen.inside = NULL;
    OK(api_things_seek(fixture->sesid, &inside.things, 1));
}

static void test_what_cannot_be_registered(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    JET_HANDLE handle;
    api_things_create(fixture, &things);
    assert_int_equal(JetRegisterCallback(fixture->sesid, things.tableid, JET_cbtypNull, note, NULL, &handle),
                     JET_errInvalidParameter);
    assert_int_equal(JetRegisterCallback(fixture->sesid, things.tableid, all, NULL, NULL, &handle),
                     JET_errInvalidParameter);
    assert_int_equal(JetRegisterCallback(fixture->sesid, things.tableid, all, note, NULL, NULL),
                     JET_errInvalidParameter);
    assert_int_equal(JetUnregisterCallback(fixture->sesid, things.tableid, all, 1), JET_errInvalidParameter);
}

/* ---- local storage ---- */

static struct {
    JET_CBTYP event;
    void *value;
    unsigned count;
} released;

static JET_ERR JET_API release(JET_SESID sesid, JET_DBID dbid, JET_TABLEID tableid, JET_CBTYP cbtyp, void *arg1,
                               void *arg2, void *context, JET_API_PTR unused)
{
    assert_int_equal(sesid, JET_sesidNil);
    assert_int_equal(dbid, JET_dbidNil);
    assert_int_equal(tableid, JET_tableidNil);
    assert_null(arg2);
    assert_null(context);
    assert_int_equal(unused, 0);
    released.event = cbtyp;
    released.value = arg1;
    released.count++;
    return JET_errSuccess;
}

/* It has to be known before the instance starts. */
static void restart_with_runtime_callback(struct api_fixture *fixture)
{
    memset(&released, 0, sizeof released);
    api_term(fixture->instance, JET_bitTermComplete);
    fixture->instance = api_instance_create(fixture->folder, "test");
    OK(JetSetSystemParameter(&fixture->instance, 0, JET_paramRuntimeCallback, (JET_API_PTR)release, NULL));
    OK(JetInit(&fixture->instance));
    OK(JetBeginSession(fixture->instance, &fixture->sesid, NULL, NULL));
    OK(JetAttachDatabase(fixture->sesid, fixture->file, JET_bitNil));
    OK(JetOpenDatabase(fixture->sesid, fixture->file, NULL, &fixture->dbid, JET_bitNil));
}

static void test_local_storage_of_a_cursor(void **state)
{
    struct api_fixture *fixture = *state;
    struct api_things things;
    JET_LS ls;
    api_things_create(fixture, &things);
    assert_int_equal(JetSetLS(fixture->sesid, things.tableid, 8, JET_bitLSCursor), JET_errLSCallbackNotSpecified);
    restart_with_runtime_callback(fixture);
    const JET_SESID sesid = fixture->sesid;
    api_things_open(fixture, sesid, fixture->dbid, &things);
    assert_int_equal(JetGetLS(sesid, things.tableid, &ls, JET_bitLSCursor), JET_errLSNotSet);
    OK(JetSetLS(sesid, things.tableid, 8, JET_bitLSCursor));
    assert_int_equal(JetSetLS(sesid, things.tableid, 9, JET_bitLSCursor), JET_errLSAlreadySet);
    OK(JetGetLS(sesid, things.tableid, &ls, JET_bitLSCursor));
    assert_int_equal(ls, 8);
    OK(JetGetLS(sesid, things.tableid, &ls, JET_bitLSCursor | JET_bitLSReset));
    assert_int_equal(ls, 8);
    OK(JetGetLS(sesid, things.tableid, &ls, JET_bitLSCursor | JET_bitLSReset)); /* sic */
    assert_true(ls == JET_LSNil);
    OK(JetSetLS(sesid, things.tableid, 9, JET_bitNil)); /* the cursor's */
    OK(JetSetLS(sesid, things.tableid, 0, JET_bitLSReset));
    OK(JetSetLS(sesid, things.tableid, 10, JET_bitNil));
    assert_int_equal(JetSetLS(sesid, things.tableid, 10, JET_bitLSCursor | JET_bitLSTable), JET_errInvalidGrbit);
    assert_int_equal(JetGetLS(sesid, things.tableid, &ls, JET_bitLSCursor | JET_bitLSTable), JET_errInvalidGrbit);
    assert_int_equal(released.count, 0);
    OK(JetCloseTable(sesid, things.tableid));
    assert_int_equal(released.count, 1);
    assert_int_equal(released.event, JET_cbtypFreeCursorLS);
    assert_ptr_equal(released.value, (void *)10);
}

/* All cursors on the table see the same one, and it goes when the database does. */
static void test_local_storage_of_a_table(void **state)
{
    struct api_fixture *fixture = *state;
    struct api_things things, again;
    JET_LS ls;
    restart_with_runtime_callback(fixture);
    const JET_SESID sesid = fixture->sesid;
    api_things_create(fixture, &things);
    OK(JetCloseTable(sesid, things.tableid));
    api_things_open(fixture, sesid, fixture->dbid, &things);
    api_things_open(fixture, sesid, fixture->dbid, &again);
    OK(JetSetLS(sesid, things.tableid, 8, JET_bitLSTable));
    assert_int_equal(JetSetLS(sesid, again.tableid, 9, JET_bitLSTable), JET_errLSAlreadySet);
    assert_int_equal(JetGetLS(sesid, again.tableid, &ls, JET_bitLSCursor), JET_errLSNotSet);
    OK(JetGetLS(sesid, again.tableid, &ls, JET_bitLSTable));
    assert_int_equal(ls, 8);
    OK(JetGetLS(sesid, again.tableid, &ls, JET_bitLSTable | JET_bitLSReset));
    assert_int_equal(JetGetLS(sesid, again.tableid, &ls, JET_bitLSTable), JET_errLSNotSet);
    OK(JetSetLS(sesid, again.tableid, 11, JET_bitLSTable));
    OK(JetCloseTable(sesid, things.tableid));
    OK(JetCloseTable(sesid, again.tableid));
    assert_int_equal(released.count, 0);
    OK(JetCloseDatabase(sesid, fixture->dbid, JET_bitNil));
    OK(JetDetachDatabase(sesid, fixture->file));
    assert_int_equal(released.count, 1);
    assert_int_equal(released.event, JET_cbtypFreeTableLS);
    assert_ptr_equal(released.value, (void *)11);
    OK(JetAttachDatabase(sesid, fixture->file, JET_bitNil));
    OK(JetOpenDatabase(sesid, fixture->file, NULL, &fixture->dbid, JET_bitNil));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(test_changes_are_told_before_and_after),
        T(test_transactions_may_be_begun_inside),
        T(test_an_error_before_a_change_refuses_it),
        T(test_what_comes_after_a_change_cannot_refuse_it),
        T(test_the_newest_comes_first_and_an_error_ends_the_row),
        T(test_columns_can_be_set_before_an_insert),
        T(test_what_was_written_inside_goes_with_the_change),
        T(test_what_the_outer_call_needs_cannot_be_taken_away),
        T(test_what_cannot_be_registered),
        T(test_local_storage_of_a_cursor),
        T(test_local_storage_of_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
