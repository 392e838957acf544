/* SPDX-License-Identifier: MIT */
/* Tests of storage/latch.h: who gets in, who waits, and that nobody waits for ever. */
#include "storage/latch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "os/os_thread.h"

enum { THREADS = 4, ROUNDS = 20000 };

static struct os_thread *start(void (*run)(void *context), void *context)
{
    struct os_thread *thread = NULL;
    assert_int_equal(os_thread_start(run, context, &thread), JET_errSuccess);
    return thread;
}

static void shared_use_admits_others_and_exclusive_use_nobody(void **state)
{
    struct latch latch;
    latch_init(&latch);
    assert_true(latch_try_shared(&latch));
    assert_true(latch_try_shared(&latch));
    assert_false(latch_try_exclusive(&latch));
    latch_unlock_shared(&latch);
    assert_false(latch_try_exclusive(&latch));
    latch_unlock_shared(&latch);
    assert_false(latch_is_held(&latch));
    assert_true(latch_try_exclusive(&latch));
    assert_true(latch_is_exclusive(&latch));
    assert_false(latch_try_shared(&latch));
    assert_false(latch_try_exclusive(&latch));
    latch_unlock_exclusive(&latch);
    assert_false(latch_is_held(&latch));
}

static void the_only_sharer_can_become_exclusive_and_back(void **state)
{
    struct latch latch;
    latch_init(&latch);
    latch_shared(&latch);
    latch_shared(&latch);
    assert_false(latch_try_upgrade(&latch));
    latch_unlock_shared(&latch);
    assert_true(latch_try_upgrade(&latch));
    assert_true(latch_is_exclusive(&latch));
    latch_downgrade(&latch);
    assert_false(latch_is_exclusive(&latch));
    assert_true(latch_try_shared(&latch));
    latch_unlock_shared(&latch);
    latch_unlock_shared(&latch);
    assert_false(latch_is_held(&latch));
}

/* Two numbers that are the same outside of exclusive use. */
struct pair {
    struct latch latch;
    uint64_t first, second;
    uint64_t torn; /* times they were not; under the exclusive latch */
};

static void change_run(void *context)
{
    struct pair *pair = context;
    for (unsigned i = 0; i < ROUNDS; i++) {
        latch_exclusive(&pair->latch);
        pair->first++;
        pair->second++;
        latch_unlock_exclusive(&pair->latch);
    }
}

static void look_run(void *context)
{
    struct pair *pair = context;
    uint64_t torn = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        latch_shared(&pair->latch);
        torn += pair->first != pair->second;
        if (i % 16 == 0 && latch_try_upgrade(&pair->latch)) {
            pair->first++;
            pair->second++;
            latch_downgrade(&pair->latch);
        }
        latch_unlock_shared(&pair->latch);
    }
    latch_exclusive(&pair->latch);
    pair->torn += torn;
    latch_unlock_exclusive(&pair->latch);
}

static void nobody_sees_a_change_half_done(void **state)
{
    struct pair pair = {.first = 0};
    struct os_thread *threads[2 * THREADS];
    latch_init(&pair.latch);
    for (unsigned i = 0; i < 2 * THREADS; i++)
        threads[i] = start(i % 2 ? look_run : change_run, &pair);
    for (unsigned i = 0; i < 2 * THREADS; i++)
        os_thread_join(threads[i]);
    assert_int_equal(pair.torn, 0);
    assert_int_equal(pair.first, pair.second);
    assert_in_range(pair.first, THREADS * ROUNDS, UINT32_MAX);
    assert_false(latch_is_held(&pair.latch));
}

static void exclusive_run(void *context)
{
    struct latch *latch = context;
    latch_exclusive(latch);
    latch_unlock_exclusive(latch);
}

/* The thread that holds the latch comes again while another waits for exclusive use: it must not wait for itself. */
static void who_holds_it_shared_may_come_again(void **state)
{
    struct latch latch;
    latch_init(&latch);
    latch_shared(&latch);
    struct os_thread *waiter = start(exclusive_run, &latch);
    while (!(atomic_load(&latch.word) & (uint32_t)LATCH_EXCLUSIVE_WANTED))
        ;
    latch_shared(&latch);
    latch_unlock_shared(&latch);
    latch_unlock_shared(&latch);
    os_thread_join(waiter);
    assert_false(latch_is_held(&latch));
}

struct named {
    struct latch latch;
    _Atomic uint64_t identity;
    _Atomic uint32_t came, lost;
};

static void named_run(void *context)
{
    struct named *named = context;
    atomic_fetch_add(&named->came, 1);
    if (latch_shared_while(&named->latch, &named->identity, 1))
        latch_unlock_shared(&named->latch);
    else
        atomic_fetch_add(&named->lost, 1);
}

static void who_waits_for_something_that_is_gone_gives_up(void **state)
{
    struct named named = {.identity = 1};
    struct os_thread *threads[THREADS];
    latch_init(&named.latch);
    assert_true(latch_exclusive_while(&named.latch, &named.identity, 1));
    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = start(named_run, &named);
    while (atomic_load(&named.came) < THREADS || !(atomic_load(&named.latch.word) & (uint32_t)LATCH_SLEEPERS))
        ;
    atomic_store(&named.identity, 2);
    latch_wake_sleepers(&named.latch);
    for (unsigned i = 0; i < THREADS; i++)
        os_thread_join(threads[i]); /* although the latch is never given back */
    assert_int_equal(named.lost, THREADS);
    assert_true(latch_is_exclusive(&named.latch));
    assert_false(latch_exclusive_while(&named.latch, &named.identity, 1));
    latch_unlock_exclusive(&named.latch);
    assert_true(latch_exclusive_while(&named.latch, &named.identity, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shared_use_admits_others_and_exclusive_use_nobody),
        cmocka_unit_test(the_only_sharer_can_become_exclusive_and_back),
        cmocka_unit_test(nobody_sees_a_change_half_done),
        cmocka_unit_test(who_holds_it_shared_may_come_again),
        cmocka_unit_test(who_waits_for_something_that_is_gone_gives_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
