/* SPDX-License-Identifier: MIT */
/* os_word.c - sleeping on a word of memory: the futex. There is no wrapper in the C library. errno is kept, because a
 * latch may be taken between a failed call and the look at its error. */
#include "os/os_word.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(_Atomic uint32_t) == sizeof(uint32_t), "the kernel compares four bytes");

void os_word_wait(_Atomic uint32_t *word, uint32_t expected, int64_t timeout_ms)
{
    int kept_errno = errno;
    struct timespec limit = {.tv_sec = (time_t)(timeout_ms / 1000), .tv_nsec = (long)(timeout_ms % 1000) * 1000000};
    (void)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, timeout_ms < 0 ? NULL : &limit, NULL, 0);
    errno = kept_errno;
}

static void wake(_Atomic uint32_t *word, int count)
{
    int kept_errno = errno;
    (void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
    errno = kept_errno;
}

void os_word_wake_one(_Atomic uint32_t *word)
{
    wake(word, 1);
}

void os_word_wake_all(_Atomic uint32_t *word)
{
    wake(word, INT_MAX);
}
