/* SPDX-License-Identifier: MIT */
/* Commits that hold the checkpoint: each as long as it is not durable, and none shorter when there are too many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "isam/commit_hold.h"

static void add(struct commit_holds *holds, uint64_t begin0, uint64_t end, uint64_t durable)
{
    commit_holds_add(holds, (struct commit_hold){begin0, end}, durable);
}

static void each_holds_until_it_is_durable(void **state)
{
    struct commit_holds holds = {.count = 0};
    (void)state;
    assert_true(commit_holds_oldest(&holds, 0) == UINT64_MAX);
    add(&holds, 10, 50, 40);
    add(&holds, 20, 45, 40);
    assert_true(commit_holds_oldest(&holds, 40) == 10);
    assert_true(commit_holds_oldest(&holds, 45) == 10);
    add(&holds, 30, 60, 45);
    assert_true(commit_holds_oldest(&holds, 50) == 30);
    assert_true(commit_holds_oldest(&holds, 60) == UINT64_MAX);
    assert_int_equal(holds.count, 0);
}

static void what_is_durable_holds_nothing(void **state)
{
    struct commit_holds holds = {.count = 0};
    (void)state;
    add(&holds, 10, 40, 40);
    assert_int_equal(holds.count, 0);
}

static void those_that_are_durable_make_room(void **state)
{
    struct commit_holds holds = {.count = 0};
    (void)state;
    for (unsigned i = 0; i < COMMIT_HOLDS_MAX; i++)
        add(&holds, i, 100 + i, 0);
    add(&holds, 90, 300, 110);
    assert_int_equal(holds.count, COMMIT_HOLDS_MAX - 10);
    assert_true(commit_holds_oldest(&holds, 110) == 11);
    assert_true(commit_holds_oldest(&holds, 299) == 90);
}

static void too_many_share_a_place(void **state)
{
    struct commit_holds holds = {.count = 0};
    (void)state;
    for (unsigned i = 0; i < COMMIT_HOLDS_MAX; i++)
        add(&holds, 1000 + i, 2000 + i, 0);
    add(&holds, 500, 2500, 0);
    add(&holds, 1500, 2400, 0);
    assert_int_equal(holds.count, COMMIT_HOLDS_MAX);
    assert_true(commit_holds_oldest(&holds, 0) == 500);
    assert_true(commit_holds_oldest(&holds, 2499) == 500); /* longer than 2400 had to */
    assert_true(commit_holds_oldest(&holds, 2500) == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_holds_until_it_is_durable),
        cmocka_unit_test(what_is_durable_holds_nothing),
        cmocka_unit_test(those_that_are_durable_make_room),
        cmocka_unit_test(too_many_share_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
