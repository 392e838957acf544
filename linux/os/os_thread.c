/* SPDX-License-Identifier: MIT */
/* os_thread.c - threads, ranked locks, processors.
 *
 * Threads start with every asynchronous signal blocked. We live in other people's processes: their handlers must not
 * run on our threads, and the calls our threads make must not be interrupted. In our own tool it leaves the main thread
 * to take Ctrl-C.
 *
 * Lock ranks (base/lock_rank.h) are checked in debug builds, that is when NDEBUG is not defined.
 */
#include "os/os_thread.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "os_error_internal.h"

struct os_thread {
    pthread_t id;
    void (*run)(void *context);
    void *context;
};

static void *thread_main(void *argument)
{
    const struct os_thread *thread = argument;
    thread->run(thread->context);
    return NULL;
}

static void block_signals(sigset_t *ret_before)
{
    /* A blocked fault ends the process without anybody's handler: leave those that our own instructions can raise. */
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
    sigset_t all;
    sigfillset(&all);
    for (size_t i = 0; i < COUNT_OF(faults); i++)
        sigdelset(&all, faults[i]);
    (void)pthread_sigmask(SIG_SETMASK, &all, ret_before);
}

jet_err os_thread_start(void (*run)(void *context), void *context, struct os_thread **ret_thread)
{
    sigset_t before;
    struct os_thread *thread = malloc(sizeof *thread);
    if (!thread)
        return os_error_from(ENOMEM);
    thread->run = run;
    thread->context = context;
    block_signals(&before);
    int number = pthread_create(&thread->id, NULL, thread_main, thread);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (number != 0) {
        free(thread);
        return os_error_found(JET_errOutOfThreads, number);
    }
    *ret_thread = thread;
    return JET_errSuccess;
}

void os_thread_join(struct os_thread *thread)
{
    if (!thread)
        return;
    (void)pthread_join(thread->id, NULL);
    free(thread);
}

unsigned os_processor_count(void)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        return (unsigned)CPU_COUNT(&allowed);
    long online = sysconf(_SC_NPROCESSORS_ONLN); /* more processors than a cpu_set_t holds */
    return online > 0 ? (unsigned)online : 1;
}

#ifdef NDEBUG
enum { RANKS_ARE_CHECKED = 0 };
#else
enum { RANKS_ARE_CHECKED = 1 };
#endif

struct os_mutex {
    pthread_mutex_t lock;
    struct lock_rank_held held;
};

static _Thread_local struct lock_rank_held *innermost_held;

static void rank_check(const struct os_mutex *mutex)
{
    if (lock_rank_may_take(innermost_held, mutex->held.rank))
        return;
    fprintf(stderr, "os_mutex_lock: a lock of rank %d was asked for by a thread that holds one of rank %d\n",
            (int)mutex->held.rank, (int)innermost_held->rank);
    abort();
}

static void rank_pop(const struct os_mutex *mutex)
{
    if (lock_rank_pop(&innermost_held, &mutex->held))
        return;
    fprintf(stderr, "os_mutex_unlock: the thread does not hold this lock of rank %d\n", (int)mutex->held.rank);
    abort();
}

jet_err os_mutex_new(enum lock_rank rank, struct os_mutex **ret_mutex)
{
    struct os_mutex *mutex = calloc(1, sizeof *mutex);
    if (!mutex)
        return os_error_from(ENOMEM);
    int number = pthread_mutex_init(&mutex->lock, NULL);
    if (number != 0) {
        free(mutex);
        return os_error_from(number);
    }
    mutex->held.rank = rank;
    *ret_mutex = mutex;
    return JET_errSuccess;
}

void os_mutex_free(struct os_mutex *mutex)
{
    if (!mutex)
        return;
    (void)pthread_mutex_destroy(&mutex->lock);
    free(mutex);
}

void os_mutex_lock(struct os_mutex *mutex)
{
    if (RANKS_ARE_CHECKED)
        rank_check(mutex);
    (void)pthread_mutex_lock(&mutex->lock); /* a plain mutex that exists cannot fail */
    if (RANKS_ARE_CHECKED)
        lock_rank_push(&innermost_held, &mutex->held);
}

void os_mutex_unlock(struct os_mutex *mutex)
{
    if (RANKS_ARE_CHECKED)
        rank_pop(mutex);
    (void)pthread_mutex_unlock(&mutex->lock);
}
