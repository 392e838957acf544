/* SPDX-License-Identifier: MIT */
/* Sessions and transactions through the exported functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "os/os_thread.h"

static void transactions_nest_to_seven_levels(void **state)
{
    const struct api_fixture *fixture = *state;
    for (int level = 0; level < 7; level++)
        OK(JetBeginTransaction(fixture->sesid));
    assert_int_equal(JetBeginTransaction(fixture->sesid), JET_errTransTooDeep);
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
    OK(JetRollback(fixture->sesid, JET_bitRollbackAll));
    assert_int_equal(JetRollback(fixture->sesid, JET_bitNil), JET_errNotInTransaction);
    assert_int_equal(JetCommitTransaction(fixture->sesid, JET_bitNil), JET_errNotInTransaction);
}

/* What a statement needs for itself is not taken from the user's levels. */
static void the_deepest_level_can_change_what_any_can(void **state)
{
    static const uint8_t note[5000] = {1};
    static const char key[] = "+name\0";
    const struct api_fixture *fixture = *state;
    struct api_things things;
    const int32_t id = 1;
    api_things_create(fixture, &things);
    for (int level = 0; level < 7; level++)
        OK(JetBeginTransaction(fixture->sesid));
    OK(JetCreateIndex(fixture->sesid, things.tableid, "by_name", JET_bitNil, key, sizeof key, 80));
    OK(JetPrepareUpdate(fixture->sesid, things.tableid, JET_prepInsert));
    OK(JetSetColumn(fixture->sesid, things.tableid, things.id, &id, sizeof id, JET_bitNil, NULL));
    OK(JetSetColumn(fixture->sesid, things.tableid, things.note, note, sizeof note, JET_bitNil, NULL));
    OK(JetUpdate(fixture->sesid, things.tableid, NULL, 0, NULL));
    OK(api_things_seek(fixture->sesid, &things, 1));
    OK(JetDelete(fixture->sesid, things.tableid));
    assert_int_equal(JetBeginTransaction(fixture->sesid), JET_errTransTooDeep);
    for (int level = 0; level < 7; level++)
        OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
}

static void flags_of_a_commit_are_checked(void **state)
{
    const struct api_fixture *fixture = *state;
    OK(JetBeginTransaction(fixture->sesid));
    assert_int_equal(JetCommitTransaction(fixture->sesid, 0x4000), JET_errInvalidGrbit);
    assert_int_equal(JetCommitTransaction(fixture->sesid, JET_bitWaitLastLevel0Commit | JET_bitCommitLazyFlush),
                     JET_errInvalidGrbit);
    OK(JetCommitTransaction(fixture->sesid, JET_bitCommitLazyFlush));
    OK(JetCommitTransaction(fixture->sesid, JET_bitWaitLastLevel0Commit));
    OK(JetCommitTransaction(fixture->sesid, JET_bitWaitAllLevel0Commit));
    for (int i = 0; i < 10; i++)
        OK(JetCommitTransaction(fixture->sesid, JET_bitForceNewLog));
}

static void the_level_can_be_asked_for(void **state)
{
    const struct api_fixture *fixture = *state;
    JET_API_PTR level = 99;
    uint32_t level32 = 99;
    uint32_t actual = 0;
    OK(JetBeginTransaction(fixture->sesid));
    OK(JetBeginTransaction(fixture->sesid));
    OK(JetGetSystemParameter(0, fixture->sesid, JET_paramTransactionLevel, &level, NULL, 0));
    assert_int_equal(level, 2);
    OK(JetGetSessionParameter(fixture->sesid, JET_sesparamTransactionLevel, &level32, sizeof level32, &actual));
    assert_int_equal(level32, 2);
    assert_int_equal(actual, 4);
    OK(JetRollback(fixture->sesid, JET_bitRollbackAll));
}

static void parameters_of_a_session_come_back(void **state)
{
    const struct api_fixture *fixture = *state;
    uint32_t number = JET_bitCommitLazyFlush;
    uint32_t back = 0;
    JET_OPERATIONCONTEXT context = {1, 2, 3, 4, 5};
    JET_OPERATIONCONTEXT context_back;
    OK(JetSetSessionParameter(fixture->sesid, JET_sesparamCommitDefault, &number, sizeof number));
    OK(JetGetSessionParameter(fixture->sesid, JET_sesparamCommitDefault, &back, sizeof back, NULL));
    assert_int_equal(back, number);
    OK(JetSetSessionParameter(fixture->sesid, JET_sesparamOperationContext, &context, sizeof context));
    OK(JetGetSessionParameter(fixture->sesid, JET_sesparamOperationContext, &context_back, sizeof context_back, NULL));
    assert_memory_equal(&context, &context_back, sizeof context);
    assert_int_equal(JetSetSessionParameter(fixture->sesid, 4096, &number, sizeof number), JET_errInvalidSesparamId);
    assert_int_equal(JetSetSessionParameter(fixture->sesid, JET_sesparamCommitDefault, &number, 3),
                     JET_errInvalidBufferSize);
    assert_int_equal(JetSetSessionParameter(fixture->sesid, JET_sesparamCommitDefault, NULL, 4),
                     JET_errInvalidParameter);
    assert_int_equal(JetSetSessionParameter(fixture->sesid, JET_sesparamTransactionLevel, &number, 4),
                     JET_errFeatureNotAvailable);
    assert_int_equal(JetGetSessionParameter(fixture->sesid, JET_sesparamCommitDefault, &back, 3, NULL),
                     JET_errInvalidBufferSize);
    assert_int_equal(JetGetSessionParameter(fixture->sesid, JET_sesparamCommitDefault, NULL, 0, NULL),
                     JET_errInvalidParameter);
    number = 1001;
    assert_int_equal(JetSetSessionParameter(fixture->sesid, JET_sesparamCachePriority, &number, sizeof number),
                     JET_errInvalidParameter);
}

static void a_session_begins_as_the_work_of_nobody(void **state)
{
    const struct api_fixture *fixture = *state;
    JET_OPERATIONCONTEXT context = {1, 2, 3, 4, 5};
    OK(JetGetSessionParameter(fixture->sesid, JET_sesparamOperationContext, &context, sizeof context, NULL));
    assert_true(context.ulUserID == 0x80000000);
    assert_int_equal(context.nOperationID, 0);
    assert_int_equal(context.fFlags, 0);
}

static void a_commit_has_a_context_of_any_size(void **state)
{
    enum { MOST = 30000 };
    static uint8_t bytes[MOST + 1];
    static uint8_t back[MOST + 1];
    const struct api_fixture *fixture = *state;
    const uint32_t id = JET_sesparamCommitGenericContext;
    uint32_t size = 99;
    memset(bytes, 'x', sizeof bytes);
    OK(JetGetSessionParameter(fixture->sesid, id, NULL, 0, &size));
    assert_int_equal(size, 0);
    OK(JetSetSessionParameter(fixture->sesid, id, bytes, MOST));
    assert_int_equal(JetGetSessionParameter(fixture->sesid, id, back, 3, &size), JET_errBufferTooSmall);
    assert_int_equal(size, MOST);
    OK(JetGetSessionParameter(fixture->sesid, id, back, sizeof back, &size));
    assert_memory_equal(bytes, back, MOST);
    assert_int_equal(JetSetSessionParameter(fixture->sesid, id, bytes, MOST + 1), JET_errInvalidBufferSize);
    OK(JetGetSessionParameter(fixture->sesid, id, NULL, 0, &size));
    assert_int_equal(size, 0);
    OK(JetSetSessionParameter(fixture->sesid, id, bytes, 3));
    OK(JetSetSessionParameter(fixture->sesid, id, NULL, 0));
    OK(JetGetSessionParameter(fixture->sesid, id, NULL, 0, &size));
    assert_int_equal(size, 0);
    OK(JetSetSessionParameter(fixture->sesid, id, bytes, 7)); /* ends with the session */
}

static void being_idle_says_what_is_left_to_do(void **state)
{
    const struct api_fixture *fixture = *state;
    const JET_SESID sesid = fixture->sesid;
    struct api_things things;
    api_things_create(fixture, &things);
    assert_int_equal(JetIdle(sesid, JET_bitNil), JET_wrnNoIdleActivity);
    assert_int_equal(JetIdle(sesid, JET_bitIdleCompact), JET_wrnNoIdleActivity);
    assert_int_equal(JetIdle(sesid, JET_bitIdleCompact | JET_bitIdleCompactAsync), JET_wrnNoIdleActivity);
    OK(JetIdle(sesid, JET_bitIdleStatus));
    OK(JetIdle(sesid, JET_bitIdleWaitForAsyncActivity));
    OK(JetBeginTransaction(sesid));
    api_things_insert(sesid, &things, 1, "one");
    assert_int_equal(JetIdle(sesid, JET_bitIdleWaitForAsyncActivity), JET_wrnRemainingVersions);
    OK(JetCommitTransaction(sesid, JET_bitNil));
    OK(JetIdle(sesid, JET_bitIdleWaitForAsyncActivity));
    assert_int_equal(JetIdle(sesid, JET_bitIdleCompactAsync), JET_errInvalidGrbit);
    assert_int_equal(JetIdle(sesid, JET_bitIdleFlushBuffers), JET_errInvalidGrbit);
    assert_int_equal(JetIdle(sesid, 0x10000), JET_errInvalidGrbit);
}

static _Atomic int64_t durable_id;
static struct os_event *durable_changed;

static JET_ERR JET_API note_durable(JET_INSTANCE instance, JET_COMMIT_ID *id, JET_GRBIT grbit)
{
    (void)instance;
    (void)grbit;
    atomic_store(&durable_id, id->commitId);
    os_event_set(durable_changed);
    return JET_errSuccess;
}

/* Whoever asks for less than those before him gets it. */
static void a_lazy_commit_is_durable_by_when_it_was_asked_for(void **state)
{
    struct api_fixture *fixture = *state;
    struct api_things things;
    JET_COMMIT_ID late;
    JET_COMMIT_ID soon;
    assert_int_equal(os_event_new(&durable_changed), JET_errSuccess);
    api_term(fixture->instance, JET_bitNil);
    fixture->instance = api_instance_create(fixture->folder, "test");
    OK(JetSetSystemParameter(&fixture->instance, 0, JET_paramDurableCommitCallback, (JET_API_PTR)note_durable, NULL));
    OK(JetInit(&fixture->instance));
    OK(JetBeginSession(fixture->instance, &fixture->sesid, NULL, NULL));
    OK(JetAttachDatabase(fixture->sesid, fixture->file, JET_bitNil));
    OK(JetOpenDatabase(fixture->sesid, fixture->file, NULL, &fixture->dbid, JET_bitNil));
    api_things_create(fixture, &things);
    OK(JetBeginTransaction(fixture->sesid));
    api_things_insert(fixture->sesid, &things, 1, NULL);
    OK(JetCommitTransaction2(fixture->sesid, JET_bitCommitLazyFlush, 3600 * 1000, &late));
    OK(JetBeginTransaction(fixture->sesid));
    api_things_insert(fixture->sesid, &things, 2, NULL);
    OK(JetCommitTransaction2(fixture->sesid, JET_bitCommitLazyFlush, 1, &soon));
    assert_true(soon.commitId > late.commitId);
    for (int i = 0; i < 600 && atomic_load(&durable_id) <= soon.commitId; i++) {
        (void)os_event_wait(durable_changed, 100); /* the test fails if it takes a minute */
        os_event_reset(durable_changed);
    }
    assert_true(atomic_load(&durable_id) > soon.commitId);
    api_fixture_restart(fixture, JET_bitNil);
    os_event_free(durable_changed);
}

static void a_snapshot_does_not_move_and_a_late_writer_conflicts(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things mine;
    struct api_things other;
    JET_SESID sesid;
    JET_DBID dbid;
    api_things_create(fixture, &mine);
    OK(JetBeginTransaction(fixture->sesid));
    api_things_insert(fixture->sesid, &mine, 1, "one");
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));

    OK(JetDupSession(fixture->sesid, &sesid));
    OK(JetOpenDatabase(sesid, fixture->file, NULL, &dbid, JET_bitNil));
    api_things_open(fixture, sesid, dbid, &other);
    OK(JetBeginTransaction(sesid));
    OK(api_things_seek(sesid, &other, 1));

    OK(JetBeginTransaction(fixture->sesid));
    OK(api_things_seek(fixture->sesid, &mine, 1));
    OK(JetPrepareUpdate(fixture->sesid, mine.tableid, JET_prepReplace));
    OK(JetSetColumn(fixture->sesid, mine.tableid, mine.name, "uno", 3, JET_bitNil, NULL));
    OK(JetUpdate(fixture->sesid, mine.tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));

    char name[8] = "";
    OK(JetRetrieveColumn(sesid, other.tableid, other.name, name, sizeof name, NULL, JET_bitNil, NULL));
    assert_string_equal(name, "one");
    assert_int_equal(JetPrepareUpdate(sesid, other.tableid, JET_prepReplace), JET_errWriteConflict);
    OK(JetRollback(sesid, JET_bitNil));
    memset(name, 0, sizeof name);
    OK(api_things_seek(sesid, &other, 1));
    OK(JetRetrieveColumn(sesid, other.tableid, other.name, name, sizeof name, NULL, JET_bitNil, NULL));
    assert_string_equal(name, "uno");
    OK(JetEndSession(sesid, JET_bitNil));
}

static void a_rollback_takes_back_what_was_done_and_closes_what_was_opened(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    JET_TABLEID second;
    api_things_create(fixture, &things);
    OK(JetBeginTransaction(fixture->sesid));
    api_things_insert(fixture->sesid, &things, 7, "seven");
    OK(JetOpenTable(fixture->sesid, fixture->dbid, "things", NULL, 0, JET_bitNil, &second));
    OK(JetMove(fixture->sesid, second, JET_MoveFirst, JET_bitNil));
    OK(JetRollback(fixture->sesid, JET_bitNil));
    assert_int_equal(JetMove(fixture->sesid, second, JET_MoveFirst, JET_bitNil), JET_errInvalidTableId);
    assert_int_equal(api_things_seek(fixture->sesid, &things, 7), JET_errRecordNotFound);
}

static void changes_need_a_transaction_that_may_write(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    api_things_create(fixture, &things);
    OK(JetBeginTransaction2(fixture->sesid, JET_bitTransactionReadOnly));
    assert_int_equal(JetPrepareUpdate(fixture->sesid, things.tableid, JET_prepInsert), JET_errTransReadOnly);
    OK(JetRollback(fixture->sesid, JET_bitNil));
}

/* Each statement is then a transaction of its own. */
static void changes_without_a_transaction_are_committed_at_once(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    uint8_t big[20000], read[20000];
    uint32_t actual;
    memset(big, 'b', sizeof big);
    api_things_create(fixture, &things);
    api_things_insert(fixture->sesid, &things, 1, "one");
    OK(JetBeginTransaction(fixture->sesid));                              /* for the long values */
    OK(JetPrepareUpdate(fixture->sesid, things.tableid, JET_prepInsert)); /* dropped, with its long value */
    OK(JetSetColumn(fixture->sesid, things.tableid, things.note, big, sizeof big, JET_bitNil, NULL));
    OK(JetPrepareUpdate(fixture->sesid, things.tableid, JET_prepCancel));
    OK(api_things_seek(fixture->sesid, &things, 1));
    OK(JetPrepareUpdate(fixture->sesid, things.tableid, JET_prepReplace));
    OK(JetSetColumn(fixture->sesid, things.tableid, things.note, big, sizeof big, JET_bitNil, NULL));
    OK(JetSetColumn(fixture->sesid, things.tableid, things.note, "end", 3, JET_bitSetAppendLV, NULL));
    OK(JetUpdate(fixture->sesid, things.tableid, NULL, 0, NULL));
    OK(JetPrepareUpdate(fixture->sesid, things.tableid, JET_prepInsertCopy));
    const int32_t two = 2;
    OK(JetSetColumn(fixture->sesid, things.tableid, things.id, &two, sizeof two, JET_bitNil, NULL));
    OK(JetUpdate(fixture->sesid, things.tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
    OK(JetDelete(fixture->sesid, things.tableid)); /* record 1 */
    assert_int_equal(api_things_seek(fixture->sesid, &things, 1), JET_errRecordNotFound);
    OK(api_things_seek(fixture->sesid, &things, 2));
    assert_int_equal(JetPrepareUpdate(fixture->sesid, things.tableid, JET_prepReadOnlyCopy), JET_errNotInTransaction);
    assert_int_equal(JetGetLock(fixture->sesid, things.tableid, JET_bitReadLock), JET_errNotInTransaction);
    assert_int_equal(
        JetRetrieveColumn(fixture->sesid, things.tableid, things.note, read, sizeof read, &actual, JET_bitNil, NULL),
        JET_wrnBufferTruncated);
    assert_int_equal(actual, sizeof big + 3);
    assert_memory_equal(read, big, sizeof big);
}

static void without_a_transaction_a_replace_sees_what_came_between(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things, other;
    api_things_create(fixture, &things);
    api_things_insert(fixture->sesid, &things, 1, "one");
    OK(JetCloseTable(fixture->sesid, things.tableid)); /* made, it is open alone */
    api_things_open(fixture, fixture->sesid, fixture->dbid, &things);
    api_things_open(fixture, fixture->sesid, fixture->dbid, &other);
    OK(api_things_seek(fixture->sesid, &things, 1));
    OK(JetPrepareUpdate(fixture->sesid, things.tableid, JET_prepReplace));
    OK(JetSetColumn(fixture->sesid, things.tableid, things.name, "mine", 4, JET_bitNil, NULL));
    OK(api_things_seek(fixture->sesid, &other, 1));
    OK(JetPrepareUpdate(fixture->sesid, other.tableid, JET_prepReplace));
    OK(JetSetColumn(fixture->sesid, other.tableid, other.name, "theirs", 6, JET_bitNil, NULL));
    OK(JetUpdate(fixture->sesid, other.tableid, NULL, 0, NULL));
    assert_int_equal(JetUpdate(fixture->sesid, things.tableid, NULL, 0, NULL), JET_errWriteConflict);
    OK(JetPrepareUpdate(fixture->sesid, things.tableid, JET_prepCancel));
}

/* What was prepared outside takes part in a transaction that is begun later, and goes with the long values it got
 * there. */
static void an_update_from_before_a_transaction_goes_with_its_long_values(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    uint8_t big[20000] = {1};
    const int32_t id = 5;
    api_things_create(fixture, &things);
    OK(JetPrepareUpdate(fixture->sesid, things.tableid, JET_prepInsert));
    OK(JetSetColumn(fixture->sesid, things.tableid, things.id, &id, sizeof id, JET_bitNil, NULL));
    OK(JetBeginTransaction(fixture->sesid));
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil)); /* did nothing to it */
    OK(JetBeginTransaction(fixture->sesid));
    OK(JetSetColumn(fixture->sesid, things.tableid, things.note, big, sizeof big, JET_bitNil, NULL));
    OK(JetRollback(fixture->sesid, JET_bitNil));
    assert_int_equal(JetUpdate(fixture->sesid, things.tableid, NULL, 0, NULL), JET_errUpdateNotPrepared);
}

struct intruder {
    JET_SESID sesid;
    JET_ERR begin, commit, rollback;
};

static void intrude(void *context)
{
    struct intruder *intruder = context;
    intruder->begin = JetBeginTransaction(intruder->sesid);
    intruder->commit = JetCommitTransaction(intruder->sesid, JET_bitNil);
    intruder->rollback = JetRollback(intruder->sesid, JET_bitNil);
}

static void run_intruder(struct intruder *intruder)
{
    struct os_thread *thread;
    OK(os_thread_start(intrude, intruder, &thread));
    os_thread_join(thread);
}

static void another_thread_may_not_touch_a_transaction_but_with_a_context(void **state)
{
    const struct api_fixture *fixture = *state;
    struct intruder intruder = {.sesid = fixture->sesid};
    OK(JetBeginTransaction(fixture->sesid));
    run_intruder(&intruder);
    assert_int_equal(intruder.begin, JET_errSessionSharingViolation);
    assert_int_equal(intruder.commit, JET_errSessionSharingViolation);
    assert_int_equal(intruder.rollback, JET_errSessionSharingViolation);
    OK(JetRollback(fixture->sesid, JET_bitNil));

    OK(JetSetSessionContext(fixture->sesid, 4711));
    assert_int_equal(JetSetSessionContext(fixture->sesid, 4712), JET_errSessionContextAlreadySet);
    OK(JetBeginTransaction(fixture->sesid));
    run_intruder(&intruder);
    assert_int_equal(intruder.begin, JET_errSuccess);
    assert_int_equal(intruder.commit, JET_errSuccess);
    assert_int_equal(intruder.rollback, JET_errSuccess);
    OK(JetResetSessionContext(fixture->sesid));
    assert_int_equal(JetResetSessionContext(fixture->sesid), JET_errSessionContextNotSetByThisThread);
}

static void handles_of_other_sessions_are_refused(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    JET_SESID sesid;
    api_things_create(fixture, &things);
    OK(JetDupSession(fixture->sesid, &sesid));
    assert_int_equal(JetMove(sesid, things.tableid, JET_MoveFirst, JET_bitNil), JET_errSesidTableIdMismatch);
    assert_int_equal(JetMove(fixture->sesid, sesid, JET_MoveFirst, JET_bitNil), JET_errInvalidTableId);
    assert_int_equal(JetCloseDatabase(sesid, fixture->dbid, JET_bitNil), JET_errInvalidDatabaseId);
    OK(JetEndSession(sesid, JET_bitNil));
    assert_int_equal(JetEndSession(sesid, JET_bitNil), JET_errInvalidSesid);
}

enum { HAMMERS = 4, BLOWS = 3000 };

struct hammer {
    JET_SESID sesid;
    _Atomic int refused;
    _Atomic int worked;
};

static void hammer_session(void *context)
{
    struct hammer *hammer = context;
    for (int i = 0; i < BLOWS; i++) {
        uint32_t version;
        JET_ERR err = JetGetVersion(hammer->sesid, &version);
        atomic_fetch_add(err == JET_errSessionSharingViolation ? &hammer->refused : &hammer->worked, 1);
        if (err != JET_errSuccess && err != JET_errSessionSharingViolation)
            return;
    }
}

static void threads_inside_one_session_at_once_are_told_apart(void **state)
{
    const struct api_fixture *fixture = *state;
    struct hammer hammer = {.sesid = fixture->sesid};
    struct os_thread *threads[HAMMERS];
    for (int i = 0; i < HAMMERS; i++)
        OK(os_thread_start(hammer_session, &hammer, &threads[i]));
    for (int i = 0; i < HAMMERS; i++)
        os_thread_join(threads[i]);
    assert_int_equal(atomic_load(&hammer.refused) + atomic_load(&hammer.worked), HAMMERS * BLOWS);
    assert_true(atomic_load(&hammer.worked) > 0);
}

struct worker {
    JET_INSTANCE instance;
    _Atomic bool is_working;
    JET_ERR last;
};

static void work_until_refused(void *context)
{
    struct worker *worker = context;
    JET_SESID sesid;
    do {
        worker->last = JetBeginSession(worker->instance, &sesid, NULL, NULL);
        if (worker->last >= JET_errSuccess)
            worker->last = JetBeginTransaction(sesid);
        if (worker->last >= JET_errSuccess)
            worker->last = JetRollback(sesid, JET_bitNil);
        if (worker->last >= JET_errSuccess)
            worker->last = JetEndSession(sesid, JET_bitNil);
        atomic_store(&worker->is_working, true);
    } while (worker->last >= JET_errSuccess);
}

static void an_instance_ends_under_the_hands_of_its_sessions(void **state)
{
    struct api_fixture *fixture = *state;
    struct worker workers[HAMMERS];
    struct os_thread *threads[HAMMERS];
    for (int i = 0; i < HAMMERS; i++) {
        workers[i] = (struct worker){.instance = fixture->instance};
        OK(os_thread_start(work_until_refused, &workers[i], &threads[i]));
    }
    for (int i = 0; i < HAMMERS; i++)
        while (!atomic_load(&workers[i].is_working))
            continue;
    OK(JetTerm2(fixture->instance, JET_bitTermAbrupt));
    fixture->instance = 0;
    for (int i = 0; i < HAMMERS; i++) {
        os_thread_join(threads[i]);
        /* The last: the thread that ends the instance has the session in its hands just then. */
        assert_true(workers[i].last == JET_errTermInProgress || workers[i].last == JET_errInvalidParameter ||
                    workers[i].last == JET_errInvalidSesid || workers[i].last == JET_errSessionSharingViolation);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(transactions_nest_to_seven_levels),
        TEST(the_deepest_level_can_change_what_any_can),
        TEST(flags_of_a_commit_are_checked),
        TEST(the_level_can_be_asked_for),
        TEST(parameters_of_a_session_come_back),
        TEST(a_session_begins_as_the_work_of_nobody),
        TEST(a_commit_has_a_context_of_any_size),
        TEST(a_lazy_commit_is_durable_by_when_it_was_asked_for),
        TEST(being_idle_says_what_is_left_to_do),
        TEST(a_snapshot_does_not_move_and_a_late_writer_conflicts),
        TEST(a_rollback_takes_back_what_was_done_and_closes_what_was_opened),
        TEST(changes_need_a_transaction_that_may_write),
        TEST(changes_without_a_transaction_are_committed_at_once),
        TEST(without_a_transaction_a_replace_sees_what_came_between),
        TEST(an_update_from_before_a_transaction_goes_with_its_long_values),
        TEST(another_thread_may_not_touch_a_transaction_but_with_a_context),
        TEST(handles_of_other_sessions_are_refused),
        TEST(threads_inside_one_session_at_once_are_told_apart),
        TEST(an_instance_ends_under_the_hands_of_its_sessions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
