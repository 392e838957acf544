/* SPDX-License-Identifier: MIT */
/* os_console.c - messages, the width of the screen, signals as interrupts, the environment.
 *
 * Handle and context must reach the signal handler as a pair: a handler that ran with the new function and the old
 * context would be the worst of bugs. So a pair lies in a watcher that never changes, and one pointer to it is
 * published. A handler may be running on another thread while the pointer is replaced; watchers are therefore never
 * freed, but kept in a list and used again when the same pair is watched again.
 *
 * Rules.
 *   1. The dispositions that the process had before the first watch come back when nobody watches.
 *   2. A signal that was ignored then (nohup, a background job of a script) stays ignored: it is not ours to wake up.
 *   3. Handlers stay installed (no SA_RESETHAND): what a second Ctrl-C means is for the watcher to say.
 *   4. System calls go on after a handler (SA_RESTART); who must be woken waits for an event that the handler sets.
 *
 * Watching is for the main thread of a program; two threads that watch at once are not supported.
 */
#include "os/os_console.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "os_error_internal.h"
#include "os_sigpipe.h"

enum { WIDTH_UNKNOWN = 80 };

/* A pipe that poll() calls writable takes this much without blocking. */
enum { MESSAGE_PIECE_MAX = PIPE_BUF, MESSAGE_WAIT_MS = 100 };

/* Set by the signal handler, cleared when watching begins; sequentially consistent, nothing depends on more. */
static atomic_bool stop_was_asked;

/* Waits until standard error takes bytes. False: a stop was asked for and nobody reads; messages must not hold it
 * up. */
static bool wait_for_reader(void)
{
    for (;;) {
        const bool stopping = atomic_load(&stop_was_asked);
        struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
        if (poll(&out, 1, stopping ? 0 : MESSAGE_WAIT_MS) > 0)
            return true; /* also if it is broken: write() says so */
        if (stopping)
            return false;
    }
}

void os_console_write_stderr(const char *text, size_t size)
{
    bool broken = false;
    struct os_sigpipe_span span = os_sigpipe_begin();
    while (size > 0 && wait_for_reader()) {
        ssize_t put = write(STDERR_FILENO, text, size < MESSAGE_PIECE_MAX ? size : MESSAGE_PIECE_MAX);
        if (put >= 0) {
            text += put;
            size -= (size_t)put;
        } else if (errno != EINTR && errno != EAGAIN) {
            broken = errno == EPIPE;
            break;
        }
    }
    os_sigpipe_end(span, broken);
}

bool os_console_stderr_is_terminal(void)
{
    return isatty(STDERR_FILENO) == 1;
}

unsigned os_console_width(void)
{
    struct winsize window;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0)
        return WIDTH_UNKNOWN;
    return window.ws_col;
}

struct watcher {
    void (*handle)(enum os_interrupt which, void *context);
    void *context;
    struct watcher *next; /* in all_watchers; not for the signal handler */
};

/* Written by os_interrupt_watch(), read by the signal handler on any thread; sequentially consistent, so a handler that
 * sees the pointer sees the pair. */
static struct watcher *_Atomic current_watcher;
static struct watcher *all_watchers;

_Static_assert(ATOMIC_POINTER_LOCK_FREE == 2, "the signal handler reads current_watcher");

/* Also the list of what is watched. */
static struct {
    int number;
    enum os_interrupt which;
    struct sigaction before; /* while anything is watched */
} signals[] = {
    {.number = SIGINT,  .which = OS_INTERRUPT_STOP  },
    {.number = SIGTERM, .which = OS_INTERRUPT_TERM  },
    {.number = SIGHUP,  .which = OS_INTERRUPT_TERM  },
    {.number = SIGUSR1, .which = OS_INTERRUPT_STATUS},
};

static void on_signal(int number)
{
    int kept_errno = errno;
    const struct watcher *watcher = atomic_load(&current_watcher);
    for (size_t i = 0; watcher && i < COUNT_OF(signals); i++) {
        if (signals[i].number != number)
            continue;
        if (signals[i].which != OS_INTERRUPT_STATUS)
            atomic_store(&stop_was_asked, true);
        watcher->handle(signals[i].which, watcher->context);
    }
    errno = kept_errno;
}

static void handlers_restore(size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)sigaction(signals[i].number, &signals[i].before, NULL); /* took it before, takes it again */
}

static jet_err handlers_install(void)
{
    struct sigaction ours = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&ours.sa_mask);
    for (size_t i = 0; i < COUNT_OF(signals); i++) {
        int failed = sigaction(signals[i].number, NULL, &signals[i].before);
        if (failed == 0 && signals[i].before.sa_handler != SIG_IGN)
            failed = sigaction(signals[i].number, &ours, NULL);
        if (failed != 0) {
            jet_err err = os_error_from(errno);
            handlers_restore(i);
            return err;
        }
    }
    return JET_errSuccess;
}

static struct watcher *watcher_for(void (*handle)(enum os_interrupt which, void *context), void *context)
{
    struct watcher *watcher = all_watchers;
    while (watcher && (watcher->handle != handle || watcher->context != context))
        watcher = watcher->next;
    if (watcher)
        return watcher;
    watcher = malloc(sizeof *watcher);
    if (!watcher)
        return NULL;
    *watcher = (struct watcher){.handle = handle, .context = context, .next = all_watchers};
    all_watchers = watcher;
    return watcher;
}

jet_err os_interrupt_watch(void (*handle)(enum os_interrupt which, void *context), void *context)
{
    const bool watching = atomic_load(&current_watcher) != NULL;
    if (!handle) {
        if (watching)
            handlers_restore(COUNT_OF(signals)); /* first: no signal may find the handler without a watcher */
        atomic_store(&current_watcher, NULL);
        return JET_errSuccess;
    }
    struct watcher *watcher = watcher_for(handle, context);
    if (!watcher)
        return os_error_from(ENOMEM);
    if (!watching)
        atomic_store(&stop_was_asked, false);
    struct watcher *before = atomic_exchange(&current_watcher, watcher);
    jet_err err = watching ? JET_errSuccess : handlers_install();
    if (err < JET_errSuccess)
        atomic_store(&current_watcher, before);
    return err;
}

int os_interrupt_exit_status(enum os_interrupt which)
{
    static const int numbers[] = {
        [OS_INTERRUPT_STOP] = SIGINT, [OS_INTERRUPT_TERM] = SIGTERM, [OS_INTERRUPT_STATUS] = SIGUSR1};
    return 128 + numbers[which];
}

char *os_environment_get(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] != '\0' ? strdup(value) : NULL;
}
