/* SPDX-License-Identifier: MIT */
#include "os_patience.h"

enum { PAUSE_FIRST_MS = 5, PAUSE_MOST_MS = 200 };

bool os_patience_again(struct os_patience *patience)
{
    const DWORD kept = GetLastError();
    const ULONGLONG now = GetTickCount64();
    if (patience->until == 0) {
        patience->until = now + patience->limit_ms;
        patience->pause_ms = PAUSE_FIRST_MS;
    }
    const bool is_left = now < patience->until;
    if (is_left)
        Sleep(patience->pause_ms);
    if (patience->pause_ms < PAUSE_MOST_MS)
        patience->pause_ms *= 2;
    SetLastError(kept);
    return is_left;
}

bool os_patience_is_in_use(DWORD error)
{
    return error == ERROR_SHARING_VIOLATION || error == ERROR_LOCK_VIOLATION || error == ERROR_USER_MAPPED_FILE ||
           error == ERROR_DELETE_PENDING;
}
