/* SPDX-License-Identifier: MIT */
/* os_word.c - sleeping on a word of memory: WaitOnAddress, of Windows 8 and later. The last error is kept, because a
 * latch may be taken between a failed call and the look at its error. */
#include <windows.h>

#include "os/os_word.h"

_Static_assert(sizeof(_Atomic uint32_t) == sizeof(uint32_t), "Windows compares four bytes");

/* Windows' prototypes know no _Atomic. */
static void *plain_address(_Atomic uint32_t *word)
{
    return (void *)(uintptr_t)word;
}

void os_word_wait(_Atomic uint32_t *word, uint32_t expected, int64_t timeout_ms)
{
    DWORD kept = GetLastError();
    DWORD limit = timeout_ms < 0 ? INFINITE : timeout_ms < INT32_MAX ? (DWORD)timeout_ms : INT32_MAX;
    (void)WaitOnAddress(plain_address(word), &expected, sizeof expected, limit);
    SetLastError(kept);
}

void os_word_wake_one(_Atomic uint32_t *word)
{
    WakeByAddressSingle(plain_address(word));
}

void os_word_wake_all(_Atomic uint32_t *word)
{
    WakeByAddressAll(plain_address(word));
}
