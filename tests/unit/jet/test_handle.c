/* SPDX-License-Identifier: MIT */
/* Tests of jet/handle.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "jet/handle.h"
#include "os/os_thread.h"

static int objects[4];

static void a_handle_finds_its_object_until_it_is_closed(void **state)
{
    uintptr_t handle;
    assert_int_equal(handle_new(HANDLE_SESSION, &objects[0], 77, &handle), JET_errSuccess);
    assert_ptr_equal(handle_object(handle, HANDLE_SESSION), &objects[0]);
    assert_int_equal(handle_owner(handle, HANDLE_SESSION), 77);
    assert_null(handle_object(handle, HANDLE_TABLE));
    handle_free(handle);
    assert_null(handle_object(handle, HANDLE_SESSION));
}

static void made_up_handles_find_nothing(void **state)
{
    static const uintptr_t made_up[] = {0, 1, 2, 3, 4096, UINTPTR_MAX, UINTPTR_MAX - 1, UINTPTR_MAX / 2};
    for (size_t i = 0; i < sizeof made_up / sizeof made_up[0]; i++) {
        void *object;
        for (int kind = HANDLE_INSTANCE; kind <= HANDLE_TABLE; kind++) {
            assert_null(handle_object(made_up[i], (enum handle_kind)kind));
            assert_int_equal(handle_claim(made_up[i], (enum handle_kind)kind, &object), HANDLE_ABSENT);
        }
    }
}

static void the_number_of_a_closed_handle_does_not_come_back_soon(void **state)
{
    uintptr_t first;
    uintptr_t handle;
    assert_int_equal(handle_new(HANDLE_TABLE, &objects[1], 1, &first), JET_errSuccess);
    handle_free(first);
    for (int i = 0; i < 100000; i++) {
        assert_int_equal(handle_new(HANDLE_TABLE, &objects[1], 1, &handle), JET_errSuccess);
        assert_true(handle != first && handle != 0 && handle != UINTPTR_MAX);
        handle_free(handle);
    }
    assert_null(handle_object(first, HANDLE_TABLE));
}

static void thousands_of_handles_are_told_apart(void **state)
{
    enum { MANY = 5000 };
    uintptr_t *handles = calloc(MANY, sizeof *handles);
    int *numbers = calloc(MANY, sizeof *numbers);
    assert_true(handles && numbers);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(handle_new(HANDLE_TABLE, &numbers[i], 1, &handles[i]), JET_errSuccess);
    for (int i = 0; i < MANY; i++)
        assert_ptr_equal(handle_object(handles[i], HANDLE_TABLE), &numbers[i]);
    for (int i = 0; i < MANY; i++)
        handle_free(handles[i]);
    free(numbers);
    free(handles);
}

static void a_claim_excludes_others(void **state)
{
    uintptr_t handle;
    void *object = NULL;
    assert_int_equal(handle_new(HANDLE_SESSION, &objects[2], 1, &handle), JET_errSuccess);
    assert_int_equal(handle_claim(handle, HANDLE_SESSION, &object), HANDLE_CLAIMED);
    assert_ptr_equal(object, &objects[2]);
    assert_int_equal(handle_claim(handle, HANDLE_SESSION, &object), HANDLE_BUSY);
    handle_release(handle);
    assert_int_equal(handle_claim(handle, HANDLE_SESSION, &object), HANDLE_CLAIMED);
    handle_free(handle);
    assert_int_equal(handle_claim(handle, HANDLE_SESSION, &object), HANDLE_ABSENT);
}

enum { ROUNDS = 20000 };

struct shared {
    uintptr_t handle;
    int count; /* guarded by the claim */
};

static void count_up(void *context)
{
    struct shared *shared = context;
    for (int i = 0; i < ROUNDS; i++) {
        void *object;
        if (handle_claim_wait(shared->handle, HANDLE_SESSION, &object) != HANDLE_CLAIMED)
            return;
        shared->count++;
        handle_release(shared->handle);
    }
}

static void whoever_waits_for_a_claim_gets_it(void **state)
{
    struct shared shared = {.count = 0};
    struct os_thread *threads[4];
    assert_int_equal(handle_new(HANDLE_SESSION, &shared, 1, &shared.handle), JET_errSuccess);
    for (int i = 0; i < 4; i++)
        assert_int_equal(os_thread_start(count_up, &shared, &threads[i]), JET_errSuccess);
    for (int i = 0; i < 4; i++)
        os_thread_join(threads[i]);
    assert_int_equal(shared.count, 4 * ROUNDS);
    handle_free(shared.handle);
}

static void open_and_close(void *context)
{
    _Atomic int *failures = context;
    for (int i = 0; i < ROUNDS; i++) {
        uintptr_t handle;
        if (handle_new(HANDLE_TABLE, &handle, 1, &handle) < JET_errSuccess ||
            handle_object(handle, HANDLE_TABLE) != &handle)
            atomic_fetch_add(failures, 1);
        handle_free(handle);
    }
}

static void many_threads_open_and_close_at_once(void **state)
{
    _Atomic int failures = 0;
    struct os_thread *threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(os_thread_start(open_and_close, &failures, &threads[i]), JET_errSuccess);
    for (int i = 0; i < 4; i++)
        os_thread_join(threads[i]);
    assert_int_equal(atomic_load(&failures), 0);
}

static void wait_until_closed(void *context)
{
    const uintptr_t *handle = context;
    void *object;
    if (handle_claim_wait(*handle, HANDLE_SESSION, &object) == HANDLE_CLAIMED)
        handle_release(*handle);
}

static void closing_wakes_those_who_wait(void **state)
{
    uintptr_t handle;
    void *object;
    struct os_thread *thread;
    assert_int_equal(handle_new(HANDLE_SESSION, &objects[3], 1, &handle), JET_errSuccess);
    assert_int_equal(handle_claim(handle, HANDLE_SESSION, &object), HANDLE_CLAIMED);
    assert_int_equal(os_thread_start(wait_until_closed, &handle, &thread), JET_errSuccess);
    handle_free(handle);
    os_thread_join(thread);
    assert_null(handle_object(handle, HANDLE_SESSION));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_up_handles_find_nothing),
        cmocka_unit_test(a_handle_finds_its_object_until_it_is_closed),
        cmocka_unit_test(the_number_of_a_closed_handle_does_not_come_back_soon),
        cmocka_unit_test(thousands_of_handles_are_told_apart),
        cmocka_unit_test(a_claim_excludes_others),
        cmocka_unit_test(whoever_waits_for_a_claim_gets_it),
        cmocka_unit_test(many_threads_open_and_close_at_once),
        cmocka_unit_test(closing_wakes_those_who_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
