/* SPDX-License-Identifier: MIT */
/* os_console.c - messages, the width of the screen, Ctrl-C, the environment, on Win32.
 *
 * Text goes to a console as UTF-16 (what a console makes of bytes depends on its code page), and to a file or pipe as
 * the UTF-8 bytes that it is.
 *
 * Interrupts. Windows calls a control handler on a thread that it makes for the purpose.
 *   1. Ctrl-C and Ctrl-Break are answered "handled", and the program goes on to end itself.
 *   2. Closing the window, log-off and shut-down cannot be refused: the process is ended as soon as the handler returns,
 *      or after about five seconds. The handler therefore never returns; main does, and that ends the process earlier.
 *   3. Without a watcher the handler is taken out again, and Windows' default ends the process.
 *   4. A handler may run on its thread while the watcher is replaced. The lock makes sure that function and context
 *      belong together; it is not held while the function runs.
 *   5. A parent that started us with Ctrl-C switched off (CREATE_NEW_PROCESS_GROUP) meant it: Ctrl-Break still arrives.
 */
#include <stdlib.h>

#include <windows.h>

#include "os/os_console.h"
#include "os_error_internal.h"
#include "os_text.h"

enum {
    CONSOLE_PART_UNITS = 1024, /* of one WriteConsoleW */
    WIDTH_UNKNOWN = 80,
};

static void write_to_console(HANDLE console, const char *text, size_t size)
{
    wchar_t part[CONSOLE_PART_UNITS];
    while (size > 0) {
        size_t used;
        DWORD written;
        size_t units = os_text_to_wide_lossy(text, size, part, COUNT_OF(part), &used);
        if (!WriteConsoleW(console, part, (DWORD)units, &written, NULL))
            return;
        text += used;
        size -= used;
    }
}

static void write_bytes(HANDLE file, const char *text, size_t size)
{
    while (size > 0) {
        DWORD written;
        DWORD part = size < MAXLONG ? (DWORD)size : MAXLONG;
        if (!WriteFile(file, text, part, &written, NULL) || written == 0)
            return;
        text += written;
        size -= written;
    }
}

void os_console_write_stderr(const char *text, size_t size)
{
    HANDLE out = GetStdHandle(STD_ERROR_HANDLE);
    if (os_console_stderr_is_terminal())
        write_to_console(out, text, size);
    else
        write_bytes(out, text, size);
}

bool os_console_stderr_is_terminal(void)
{
    DWORD mode;
    return GetConsoleMode(GetStdHandle(STD_ERROR_HANDLE), &mode);
}

unsigned os_console_width(void)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    if (!GetConsoleScreenBufferInfo(GetStdHandle(STD_ERROR_HANDLE), &info))
        return WIDTH_UNKNOWN;
    int width = info.srWindow.Right - info.srWindow.Left + 1;
    return width > 0 ? (unsigned)width : WIDTH_UNKNOWN;
}

struct watcher {
    void (*handle)(enum os_interrupt which, void *context);
    void *context;
};

/* A lock of this file, taken alone: it has no rank. */
static SRWLOCK watcher_lock = SRWLOCK_INIT;
static struct watcher current_watcher; /* handle NULL: nobody watches, our handler is not installed */

static BOOL WINAPI on_control(DWORD event)
{
    enum os_interrupt which =
        event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT ? OS_INTERRUPT_STOP : OS_INTERRUPT_TERM;
    AcquireSRWLockShared(&watcher_lock);
    struct watcher watcher = current_watcher;
    ReleaseSRWLockShared(&watcher_lock);
    if (!watcher.handle)
        return FALSE;
    watcher.handle(which, watcher.context);
    if (which == OS_INTERRUPT_TERM)
        Sleep(INFINITE); /* rule 2 */
    return TRUE;
}

jet_err os_interrupt_watch(void (*handle)(enum os_interrupt which, void *context), void *context)
{
    jet_err err = JET_errSuccess;
    AcquireSRWLockExclusive(&watcher_lock);
    const bool is_installed = current_watcher.handle != NULL;
    const bool is_wanted = handle != NULL;
    if (is_installed != is_wanted && !SetConsoleCtrlHandler(on_control, is_wanted))
        err = os_error_from_system();
    else
        current_watcher = (struct watcher){.handle = handle, .context = context};
    ReleaseSRWLockExclusive(&watcher_lock);
    return err;
}

int os_interrupt_exit_status(enum os_interrupt which)
{
    /* What a shell on Linux reports for the signals. */
    static const int statuses[] = {
        [OS_INTERRUPT_STOP] = 128 + 2,
        [OS_INTERRUPT_TERM] = 128 + 15,
        [OS_INTERRUPT_STATUS] = 128 + 10, /* never happens here */
    };
    return statuses[which];
}

/* The value, which may be longer when it is asked for than when it was measured; NULL if unset or out of memory. */
static wchar_t *environment_get_wide(const wchar_t *name)
{
    DWORD room = GetEnvironmentVariableW(name, NULL, 0);
    while (room > 0) {
        wchar_t *value = calloc(room, sizeof *value);
        if (!value)
            return NULL;
        DWORD length = GetEnvironmentVariableW(name, value, room);
        if (length > 0 && length < room)
            return value;
        free(value);
        room = length;
    }
    return NULL;
}

char *os_environment_get(const char *name)
{
    wchar_t *wide_name = NULL;
    wchar_t *wide_value = NULL;
    char *value = NULL;
    if (os_text_to_wide(name, &wide_name) < JET_errSuccess)
        return NULL;
    wide_value = environment_get_wide(wide_name);
    free(wide_name);
    if (!wide_value)
        return NULL;
    if (os_text_from_wide(wide_value, wcslen(wide_value), &value) < JET_errSuccess)
        value = NULL;
    free(wide_value);
    return value;
}
