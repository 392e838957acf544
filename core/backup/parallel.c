/* SPDX-License-Identifier: MIT */
#include "backup/parallel.h"

#include <stdatomic.h>

#include "os/os_thread.h"

struct work {
    void (*run)(void *context, size_t index);
    void *context;
    size_t count;
    atomic_size_t next;
};

static void take_turns(void *context)
{
    struct work *work = context;
    size_t index;
    while ((index = atomic_fetch_add(&work->next, 1)) < work->count)
        work->run(work->context, index);
}

void parallel_run(size_t count, void (*run)(void *context, size_t index), void *context)
{
    struct work work = {.run = run, .context = context, .count = count};
    struct os_thread *threads[PARALLEL_THREADS_MAX - 1];
    size_t started = 0;
    while (started + 1 < count && started < PARALLEL_THREADS_MAX - 1 &&
           os_thread_start(take_turns, &work, &threads[started]) == JET_errSuccess)
        started++;
    take_turns(&work);
    while (started > 0)
        os_thread_join(threads[--started]);
}
