/* SPDX-License-Identifier: MIT */
/* os_word.h - sleeping until a word of memory changes (futex, WaitOnAddress): what latches and queues are built on.
 *
 * A thread that finds in the word that it must wait passes the value it saw. If the word still has it, the thread
 * sleeps; the look and the falling asleep are one step for whoever changes the word and then wakes. A wait may also end
 * for no reason at all: every caller looks again. The functions are no fences: the word's own atomic accesses order
 * memory.
 */
#ifndef COLDSTREAM_OS_WORD_H
#define COLDSTREAM_OS_WORD_H

#include <stdatomic.h>
#include <stdint.h>

/* Sleeps while `*word` is `expected`, no longer than `timeout_ms` (OS_WAIT_FOREVER of os_thread.h: no limit). */
void os_word_wait(_Atomic uint32_t *word, uint32_t expected, int64_t timeout_ms);

/* Wakes one thread, or all, that sleep on the word. Nothing at its address is read or written: it may be gone. */
void os_word_wake_one(_Atomic uint32_t *word);
void os_word_wake_all(_Atomic uint32_t *word);

#endif
