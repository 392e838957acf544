/* SPDX-License-Identifier: MIT */
/* parallel.h - the same work on many things that do not depend on each other, most of it waiting for the disk. */
#ifndef COLDSTREAM_BACKUP_PARALLEL_H
#define COLDSTREAM_BACKUP_PARALLEL_H

#include <stddef.h>

/* Calls run(context, 0) to run(context, count - 1), in any order, by up to PARALLEL_THREADS_MAX threads; returns when
 * all have returned. The caller is one of them: threads that cannot be had make it slower, and no more. */
enum { PARALLEL_THREADS_MAX = 24 };
void parallel_run(size_t count, void (*run)(void *context, size_t index), void *context);

#endif
