/* SPDX-License-Identifier: MIT */
/* journal.h - says one line to the system's journal, and never waits for anybody. */
#ifndef COLDSTREAM_LINUX_HOOK_JOURNAL_H
#define COLDSTREAM_LINUX_HOOK_JOURNAL_H

enum journal_priority { JOURNAL_ERROR = 3, JOURNAL_WARNING = 4, JOURNAL_INFO = 6 };

/* A line without line feed, under 1 KiB. What nobody takes at once is dropped. Also to standard error, if that is a
 * terminal, a pipe or a socket that takes it at once: never into a file, which may lie on what is being frozen. */
void journal_say(enum journal_priority priority, const char *line);

#endif
