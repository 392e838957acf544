/* SPDX-License-Identifier: MIT */
/* os_console.h - the person at the keyboard: messages, the width of the screen, Ctrl-C. */
#ifndef COLDSTREAM_OS_CONSOLE_H
#define COLDSTREAM_OS_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/jet_err.h"

/* Writes UTF-8 text to standard error (to a Windows console as UTF-16). Errors are ignored: there is nowhere to report
 * them. Waits for a reader that is slow; on Linux no longer than until a watched interrupt asks the program to end:
 * what nobody reads is then dropped. */
void os_console_write_stderr(const char *text, size_t size);

bool os_console_stderr_is_terminal(void);

/* Columns of the terminal on standard error, 80 if unknown. */
unsigned os_console_width(void);

/* What a person or the system can ask of a running command. */
enum os_interrupt {
    OS_INTERRUPT_STOP,   /* SIGINT, Ctrl-C, Ctrl-Break: number 2 */
    OS_INTERRUPT_TERM,   /* SIGTERM, SIGHUP; closing the console window, log-off, shut-down: number 15 */
    OS_INTERRUPT_STATUS, /* SIGUSR1; nothing on Windows */
};

/* From now on `handle(which, context)` is called for each interrupt, in a signal handler (Linux) or another thread
 * (Windows): it may only do what is safe in both, such as storing an atomic and os_event_set(). A call replaces the
 * handler before; NULL brings back what was before the first, normally the default, which ends the process. A second
 * interrupt calls the handler like the first. A signal that was ignored when watching began (nohup) stays ignored.
 *
 * For the main thread of a program. On Windows, and in a process with threads that os/ did not start, a call of the old
 * handler may be under way on another thread when this returns: let `context` live as long as the process. */
MUST_CHECK jet_err os_interrupt_watch(void (*handle)(enum os_interrupt which, void *context), void *context);

/* The exit status of a process ended by this interrupt: 128 + its number. */
int os_interrupt_exit_status(enum os_interrupt which);

/* The value of an environment variable as UTF-8, a new string for free(); NULL if it is not set or empty. */
MUST_CHECK char *os_environment_get(const char *name);

#endif
