/* SPDX-License-Identifier: MIT */
/* os_thread.c - threads, ranked locks, processors on Win32.
 *
 * Threads are started by _beginthreadex and not by CreateThread, because they run code of any kind: the C library then
 * sets up its share of a thread (errno, the floating-point state) and takes it down again. No second thread runtime
 * such as winpthreads: we are loaded into other people's processes.
 *
 * Mutexes are SRW locks. Debug builds check the order in which they are taken; base/lock_rank.h says how.
 */
#include <process.h>
#include <stdio.h>
#include <stdlib.h>

#include "os/os_thread.h"
#include "os_error_internal.h"

struct os_thread {
    HANDLE handle;
    void (*run)(void *context);
    void *context;
};

static unsigned __stdcall thread_main(void *argument)
{
    const struct os_thread *thread = argument;
    thread->run(thread->context);
    return 0;
}

jet_err os_thread_start(void (*run)(void *context), void *context, struct os_thread **ret_thread)
{
    struct os_thread *thread = malloc(sizeof *thread);
    if (!thread)
        return os_error_from(ERROR_NOT_ENOUGH_MEMORY);
    thread->run = run;
    thread->context = context;
    thread->handle = (HANDLE)_beginthreadex(NULL, 0, thread_main, thread, 0, NULL);
    if (!thread->handle) {
        free(thread);
        return os_error_found(JET_errOutOfThreads, ERROR_MAX_THRDS_REACHED); /* it reports no Win32 number */
    }
    *ret_thread = thread;
    return JET_errSuccess;
}

void os_thread_join(struct os_thread *thread)
{
    if (!thread)
        return;
    WaitForSingleObject(thread->handle, INFINITE);
    CloseHandle(thread->handle);
    free(thread);
}

unsigned os_processor_count(void)
{
    DWORD_PTR ours = 0;
    DWORD_PTR all = 0;
    unsigned count = 0;
    if (GetProcessAffinityMask(GetCurrentProcess(), &ours, &all))
        for (; ours != 0; ours &= ours - 1)
            count++;
    if (count == 0) /* the mask is empty in a process whose threads were spread over several groups of 64 */
        count = GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
    return count > 0 ? count : 1;
}

struct os_mutex {
    SRWLOCK lock;
    struct lock_rank_held held;
};

#ifndef NDEBUG
static _Thread_local struct lock_rank_held *innermost_held;

static void rank_check(const struct os_mutex *mutex)
{
    if (lock_rank_may_take(innermost_held, mutex->held.rank))
        return;
    fprintf(stderr, "os_mutex_lock: a lock of rank %d was asked for by a thread that holds one of rank %d\n",
            (int)mutex->held.rank, (int)innermost_held->rank);
    abort();
}

static void rank_push(struct os_mutex *mutex)
{
    lock_rank_push(&innermost_held, &mutex->held);
}

static void rank_pop(struct os_mutex *mutex)
{
    if (lock_rank_pop(&innermost_held, &mutex->held))
        return;
    fprintf(stderr, "os_mutex_unlock: the thread does not hold this lock of rank %d\n", (int)mutex->held.rank);
    abort();
}
#else
static void rank_check(const struct os_mutex *mutex)
{
    (void)mutex;
}

static void rank_push(struct os_mutex *mutex)
{
    (void)mutex;
}

static void rank_pop(struct os_mutex *mutex)
{
    (void)mutex;
}
#endif

jet_err os_mutex_new(enum lock_rank rank, struct os_mutex **ret_mutex)
{
    struct os_mutex *mutex = calloc(1, sizeof *mutex);
    if (!mutex)
        return os_error_from(ERROR_NOT_ENOUGH_MEMORY);
    InitializeSRWLock(&mutex->lock);
    mutex->held.rank = rank;
    *ret_mutex = mutex;
    return JET_errSuccess;
}

void os_mutex_free(struct os_mutex *mutex)
{
    free(mutex); /* an SRWLOCK holds nothing */
}

void os_mutex_lock(struct os_mutex *mutex)
{
    rank_check(mutex);
    AcquireSRWLockExclusive(&mutex->lock);
    rank_push(mutex);
}

void os_mutex_unlock(struct os_mutex *mutex)
{
    rank_pop(mutex);
    ReleaseSRWLockExclusive(&mutex->lock);
}
