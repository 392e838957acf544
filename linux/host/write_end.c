/* SPDX-License-Identifier: MIT */
#include "write_end.h"

#include <pthread.h>
#include <unistd.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* a leaf: only descriptors are opened and closed under it */
static struct write_end *ends_open;

static void before_fork(void)
{
    (void)pthread_mutex_lock(&lock);
}

static void after_fork(void)
{
    (void)pthread_mutex_unlock(&lock);
}

/* The pumps are the parent's: nobody uses their ends here. */
static void after_fork_in_child(void)
{
    for (struct write_end *end = ends_open; end; end = end->next) {
        (void)close(end->fd);
        end->fd = -1;
    }
    ends_open = NULL;
    (void)pthread_mutex_unlock(&lock);
}

/* Without memory for it, forks are as they would be without this file. */
static void watch_forks(void)
{
    (void)pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

int write_end_open(struct write_end *end, int (*open_ends)(int ends[2]), int *ret_reader)
{
    int ends[2];
    (void)pthread_once(&once, watch_forks);
    (void)pthread_mutex_lock(&lock);
    const int failed = open_ends(ends);
    if (!failed) {
        *end = (struct write_end){.fd = ends[1], .next = ends_open};
        ends_open = end;
        *ret_reader = ends[0];
    }
    (void)pthread_mutex_unlock(&lock);
    return failed;
}

void write_end_close(struct write_end *end)
{
    if (end->fd < 0)
        return;
    (void)pthread_mutex_lock(&lock);
    for (struct write_end **link = &ends_open; *link; link = &(*link)->next) {
        if (*link != end)
            continue;
        *link = end->next;
        break;
    }
    (void)close(end->fd);
    end->fd = -1;
    (void)pthread_mutex_unlock(&lock);
}
