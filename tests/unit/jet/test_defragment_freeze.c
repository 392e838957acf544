/* SPDX-License-Identifier: MIT */
/* Defragmenting when a freeze comes in the middle of a step: the thread waits for room in the log with nothing in its
 * hands, and whoever reads the same table does not notice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "btree/cleanup.h"
#include "btree/space.h"
#include "log/log_stream_internal.h"
#include "os/os_thread.h"
#include "os/os_word.h"

/* With large pages one step logs several times what there is room for in a fixture's log of 128 KiB. */
enum { ROWS = 8000, STAY = 5, LEAVES_BEFORE = 3, PAGE_SIZE = 32 << 10 };

static struct {
    struct os_event *in_step, *goes_on, *waits_or_ended;
    struct log_stream *_Atomic log;
    _Atomic unsigned leaves;
    atomic_bool has_waited, has_waited_inside;
} seen;

/* The thread is between entering a tree and leaving it: there it has latches. */
static _Thread_local bool is_inside;

jet_err __real_btree_defragment_leaf(struct tree *tree, const struct btree_actor *actor, struct btree_walk *walk,
                                     bool *ret_freed);
jet_err __wrap_btree_defragment_leaf(struct tree *tree, const struct btree_actor *actor, struct btree_walk *walk,
                                     bool *ret_freed);
jet_err __real_space_return_extent(struct tree *tree, const struct btree_actor *actor, pgno_t *last,
                                   uint32_t *ret_pages);
jet_err __wrap_space_return_extent(struct tree *tree, const struct btree_actor *actor, pgno_t *last,
                                   uint32_t *ret_pages);
void __real_os_word_wait(_Atomic uint32_t *word, uint32_t expected, int64_t timeout_ms);
void __wrap_os_word_wait(_Atomic uint32_t *word, uint32_t expected, int64_t timeout_ms);

/* Merges in one step, and the step is in its middle: now the freeze may come. */
jet_err __wrap_btree_defragment_leaf(struct tree *tree, const struct btree_actor *actor, struct btree_walk *walk,
                                     bool *ret_freed)
{
    is_inside = true;
    const jet_err err = __real_btree_defragment_leaf(tree, actor, walk, ret_freed);
    is_inside = false;
    if (*ret_freed && atomic_fetch_add(&seen.leaves, 1) + 1 == LEAVES_BEFORE) {
        atomic_store(&seen.log, actor->log);
        os_event_set(seen.in_step);
        (void)os_event_wait(seen.goes_on, OS_WAIT_FOREVER);
    }
    return err;
}

jet_err __wrap_space_return_extent(struct tree *tree, const struct btree_actor *actor, pgno_t *last,
                                   uint32_t *ret_pages)
{
    is_inside = true;
    const jet_err err = __real_space_return_extent(tree, actor, last, ret_pages);
    is_inside = false;
    return err;
}

static _Thread_local bool is_main;

void __wrap_os_word_wait(_Atomic uint32_t *word, uint32_t expected, int64_t timeout_ms)
{
    struct log_stream *log = atomic_load(&seen.log);
    if (log && word == &log->progress && log_is_frozen(log) && timeout_ms == OS_WAIT_FOREVER && !is_main) {
        atomic_store(&seen.has_waited, true);
        if (is_inside)
            atomic_store(&seen.has_waited_inside, true);
        os_event_set(seen.waits_or_ended);
    }
    __real_os_word_wait(word, expected, timeout_ms);
}

static JET_ERR JET_API on_completed(JET_SESID sesid, JET_DBID dbid, JET_TABLEID tableid, JET_CBTYP cbtyp, void *arg1,
                                    void *arg2, void *context, JET_API_PTR unused)
{
    os_event_set(seen.waits_or_ended);
    return JET_errSuccess;
}

static void fill_and_thin_out(const struct api_fixture *fixture, struct api_things *things)
{
    char name[120];
    api_things_create(fixture, things);
    for (int id = 0; id < ROWS; id++) {
        if (id % 100 == 0)
            OK(JetBeginTransaction(fixture->sesid));
        (void)snprintf(name, sizeof name, "%0100d", id * 7919 % ROWS);
        api_things_insert(fixture->sesid, things, id, name);
        if (id % 100 == 99)
            OK(JetCommitTransaction(fixture->sesid, JET_bitCommitLazyFlush));
    }
    for (int id = 0; id < ROWS; id++) {
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

static int count_rows(const struct api_fixture *fixture, const struct api_things *things)
{
    int rows = 0;
    for (JET_ERR err = JetMove(fixture->sesid, things->tableid, JET_MoveFirst, 0); err == JET_errSuccess;
         err = JetMove(fixture->sesid, things->tableid, JET_MoveNext, 0))
        rows++;
    return rows;
}

static void freeze(JET_OSSNAPID *ret_id)
{
    uint32_t count = 0;
    JET_INSTANCE_INFO_W *infos = NULL;
    OK(JetOSSnapshotPrepare(ret_id, 0));
    OK(JetOSSnapshotFreezeW(*ret_id, &count, &infos, 0));
    OK(JetFreeBuffer((char *)infos));
}

static void readers_of_a_frozen_instance_go_on(void **state)
{
    const struct api_fixture *fixture = *state;
    struct api_things things;
    JET_OSSNAPID snapshot = 0;
    uint32_t passes = 1;
    int rows = 0;
    is_main = true;
    OK(os_event_new(&seen.in_step));
    OK(os_event_new(&seen.goes_on));
    OK(os_event_new(&seen.waits_or_ended));
    fill_and_thin_out(fixture, &things);
    OK(JetDefragment2(fixture->sesid, fixture->dbid, NULL, &passes, NULL, on_completed, JET_bitDefragmentBatchStart));
    assert_true(os_event_wait(seen.in_step, OS_WAIT_FOREVER));
    freeze(&snapshot);
    os_event_set(seen.goes_on);
    assert_true(os_event_wait(seen.waits_or_ended, OS_WAIT_FOREVER));
    const unsigned merged = atomic_load(&seen.leaves);
    if (!atomic_load(&seen.has_waited_inside))
        rows = count_rows(fixture, &things); /* else it would not come back */
    OK(JetOSSnapshotThaw(snapshot, 0));
    assert_true(atomic_load(&seen.has_waited));
    assert_false(atomic_load(&seen.has_waited_inside));
    assert_int_equal(rows, ROWS / STAY);
    assert_true(merged > LEAVES_BEFORE);
    /* Then it goes on. */
    const JET_ERR err = JetDefragment(fixture->sesid, fixture->dbid, NULL, NULL, NULL, JET_bitDefragmentBatchStop);
    assert_true(err >= JET_errSuccess);
    assert_int_equal(count_rows(fixture, &things), ROWS / STAY);
    api_term(fixture->instance, JET_bitTermComplete);
    ((struct api_fixture *)*state)->instance = 0;
    os_event_free(seen.in_step);
    os_event_free(seen.goes_on);
    os_event_free(seen.waits_or_ended);
}

static int setup(void **state)
{
    OK(JetSetSystemParameter(NULL, 0, JET_paramDatabasePageSize, PAGE_SIZE, NULL));
    return api_fixture_setup(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(readers_of_a_frozen_instance_go_on, setup, api_fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
