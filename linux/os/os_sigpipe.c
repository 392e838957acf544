/* SPDX-License-Identifier: MIT */
#include "os_sigpipe.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

static sigset_t only_sigpipe(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    return set;
}

struct os_sigpipe_span os_sigpipe_begin(void)
{
    struct os_sigpipe_span span = {0};
    sigset_t sigpipe = only_sigpipe();
    sigset_t before;
    sigset_t pending;
    (void)pthread_sigmask(SIG_BLOCK, &sigpipe, &before);
    span.was_blocked = sigismember(&before, SIGPIPE) == 1;
    /* A signal that is not blocked does not stay pending: one call less on the common way. */
    if (span.was_blocked && sigpending(&pending) == 0)
        span.was_pending = sigismember(&pending, SIGPIPE) == 1;
    return span;
}

void os_sigpipe_end(struct os_sigpipe_span span, bool broken)
{
    int kept_errno = errno;
    sigset_t sigpipe = only_sigpipe();
    if (broken && !span.was_pending) {
        static const struct timespec at_once = {0};
        while (sigtimedwait(&sigpipe, NULL, &at_once) < 0 && errno == EINTR)
            ;
    }
    if (!span.was_blocked)
        (void)pthread_sigmask(SIG_UNBLOCK, &sigpipe, NULL);
    errno = kept_errno;
}
