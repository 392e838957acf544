/* SPDX-License-Identifier: MIT */
/* Tests of base/lock_rank.h: a thread's list of held locks. */
#include "base/lock_rank.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void the_first_lock_may_have_any_rank(void **state)
{
    assert_true(lock_rank_may_take(NULL, LOCK_RANK_BACKUP_STREAM));
    assert_true(lock_rank_may_take(NULL, LOCK_RANK_LEAF));
}

static void only_a_lower_rank_may_follow(void **state)
{
    struct lock_rank_held *innermost = NULL;
    struct lock_rank_held queue = {.rank = LOCK_RANK_VERIFY_QUEUE};
    lock_rank_push(&innermost, &queue);
    assert_true(lock_rank_may_take(innermost, LOCK_RANK_PROGRESS));
    assert_false(lock_rank_may_take(innermost, LOCK_RANK_VERIFY_QUEUE));
    assert_false(lock_rank_may_take(innermost, LOCK_RANK_BACKUP_OCCUPY));
}

static void the_lowest_held_rank_counts_in_whatever_order_locks_are_given_back(void **state)
{
    struct lock_rank_held *innermost = NULL;
    struct lock_rank_held stream = {.rank = LOCK_RANK_BACKUP_STREAM};
    struct lock_rank_held queue = {.rank = LOCK_RANK_VERIFY_QUEUE};
    struct lock_rank_held progress = {.rank = LOCK_RANK_PROGRESS};
    lock_rank_push(&innermost, &stream);
    lock_rank_push(&innermost, &queue);
    lock_rank_push(&innermost, &progress);
    assert_true(lock_rank_pop(&innermost, &stream)); /* the outermost first */
    assert_false(lock_rank_may_take(innermost, LOCK_RANK_PROGRESS));
    assert_true(lock_rank_pop(&innermost, &progress));
    assert_true(lock_rank_may_take(innermost, LOCK_RANK_PROGRESS));
    assert_false(lock_rank_may_take(innermost, LOCK_RANK_VERIFY_QUEUE));
    assert_true(lock_rank_pop(&innermost, &queue));
    assert_null(innermost);
}

static void a_lock_that_is_not_held_cannot_be_given_back(void **state)
{
    struct lock_rank_held *innermost = NULL;
    struct lock_rank_held queue = {.rank = LOCK_RANK_VERIFY_QUEUE};
    struct lock_rank_held other = {.rank = LOCK_RANK_VERIFY_QUEUE};
    assert_false(lock_rank_pop(&innermost, &queue));
    lock_rank_push(&innermost, &queue);
    assert_false(lock_rank_pop(&innermost, &other));
    assert_true(lock_rank_pop(&innermost, &queue));
    assert_false(lock_rank_pop(&innermost, &queue));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_lock_may_have_any_rank),
        cmocka_unit_test(only_a_lower_rank_may_follow),
        cmocka_unit_test(the_lowest_held_rank_counts_in_whatever_order_locks_are_given_back),
        cmocka_unit_test(a_lock_that_is_not_held_cannot_be_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
