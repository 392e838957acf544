/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tool/progress.h"

/* What the thread told. */
struct told {
    struct os_event *told;
    unsigned count;
    uint64_t bytes_done;
    char name[32];
};

static void tell(void *context, const struct progress_state *state)
{
    struct told *told = context;
    told->count++;
    told->bytes_done = state->bytes_done;
    strncpy(told->name, state->name, sizeof told->name - 1);
    os_event_set(told->told);
}

static const struct coldstream_progress half = {
    .phase = "verify", .file = "a", .file_index = 1, .file_count = 1, .bytes_done = 512, .bytes_total = 1024};

static void progress_is_told_while_the_operation_stands_still(void **state)
{
    struct told told = {.count = 0};
    struct os_mutex *lock;
    struct progress *progress;
    assert_int_equal(os_event_new(&told.told), JET_errSuccess);
    assert_int_equal(os_mutex_new(LOCK_RANK_PROGRESS, &lock), JET_errSuccess);
    assert_int_equal(progress_new(PROGRESS_JSON, lock, tell, &told, &progress), JET_errSuccess);
    progress_begin(progress, "mail.edb");
    progress_update(progress, &half);
    assert_true(os_event_wait(told.told, 10000));
    os_event_reset(told.told);
    assert_true(os_event_wait(told.told, 10000)); /* without a further update */
    progress_end(progress);

    os_mutex_lock(lock);
    assert_true(told.count >= 2);
    assert_int_equal(told.bytes_done, 512);
    assert_string_equal(told.name, "mail.edb");
    os_mutex_unlock(lock);
    progress_free(progress);
    os_mutex_free(lock);
    os_event_free(told.told);
}

static void nothing_is_told_before_the_first_update_and_after_the_end(void **state)
{
    struct told told = {.count = 0};
    struct os_mutex *lock;
    struct progress *progress;
    assert_int_equal(os_event_new(&told.told), JET_errSuccess);
    assert_int_equal(os_mutex_new(LOCK_RANK_PROGRESS, &lock), JET_errSuccess);
    assert_int_equal(progress_new(PROGRESS_JSON, lock, tell, &told, &progress), JET_errSuccess);
    progress_begin(progress, "mail.edb");
    assert_false(os_event_wait(told.told, 1200));
    progress_end(progress);
    assert_false(os_event_wait(told.told, 1200));
    progress_free(progress);
    assert_int_equal(told.count, 0);
    os_mutex_free(lock);
    os_event_free(told.told);
}

static void freeing_does_not_wait_for_the_next_line(void **state)
{
    struct os_mutex *lock;
    assert_int_equal(os_mutex_new(LOCK_RANK_PROGRESS, &lock), JET_errSuccess);
    for (int i = 0; i < 200; i++) {
        struct progress *progress;
        assert_int_equal(progress_new(PROGRESS_LINES, lock, NULL, NULL, &progress), JET_errSuccess);
        progress_begin(progress, "mail.edb");
        progress_update(progress, &half);
        progress_free(progress);
    }
    os_mutex_free(lock);
    progress_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(progress_is_told_while_the_operation_stands_still),
        cmocka_unit_test(nothing_is_told_before_the_first_update_and_after_the_end),
        cmocka_unit_test(freeing_does_not_wait_for_the_next_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
