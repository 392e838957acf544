/* SPDX-License-Identifier: MIT */
/* os_clock.c - time and chance on Win32.
 *
 * Randomness is BCryptGenRandom's: the documented way, part of every Windows we run on. RtlGenRandom would save an
 * import, but its declaration is reached only by an internal name (SystemFunction036) that Microsoft warns may change.
 */
#include <windows.h>
#include <bcrypt.h>

#include "os/os_clock.h"
#include "os_error_internal.h"

uint64_t os_clock_monotonic_ns(void)
{
    const uint64_t ns_per_s = 1000000000;
    LARGE_INTEGER ticks;
    LARGE_INTEGER ticks_per_s;
    QueryPerformanceCounter(&ticks); /* neither can fail since Windows XP */
    QueryPerformanceFrequency(&ticks_per_s);
    uint64_t now = (uint64_t)ticks.QuadPart;
    uint64_t per_s = (uint64_t)ticks_per_s.QuadPart;
    return now / per_s * ns_per_s + now % per_s * ns_per_s / per_s; /* in two parts: now * 1e9 would overflow */
}

/* The performance counter counts sleep. */
uint64_t os_clock_boot_us(void)
{
    return os_clock_monotonic_ns() / 1000;
}

int64_t os_clock_wall_ms(void)
{
    const int64_t unix_epoch_ms = 11644473600000; /* since 1601 */
    FILETIME time;                                /* 100 ns since 1601 */
    GetSystemTimePreciseAsFileTime(&time);
    uint64_t ticks = (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
    return (int64_t)(ticks / 10000) - unix_epoch_ms;
}

jet_err os_random_bytes(void *buffer, size_t size)
{
    unsigned char *bytes = buffer;
    while (size > 0) {
        ULONG part = size < MAXLONG ? (ULONG)size : MAXLONG;
        NTSTATUS status = BCryptGenRandom(NULL, bytes, part, BCRYPT_USE_SYSTEM_PREFERRED_RNG);
        if (status < 0)
            return os_error_from(ERROR_GEN_FAILURE); /* an NTSTATUS is no Win32 error number */
        bytes += part;
        size -= part;
    }
    return JET_errSuccess;
}
