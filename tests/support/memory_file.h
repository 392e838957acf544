/* SPDX-License-Identifier: MIT */
/* memory_file.h - files that are read from memory, for programs that read a million of them.
 *
 * While bytes are shown, os_file_open() opens them, whatever the path; else it is the platform's. Files must be closed
 * before that changes. Link cs_test_memory_file: it replaces the calls.
 */
#ifndef COLDSTREAM_TESTS_MEMORY_FILE_H
#define COLDSTREAM_TESTS_MEMORY_FILE_H

#include <stddef.h>

/* The bytes are borrowed until they are hidden or others are shown. */
void memory_file_show(const void *bytes, size_t size);
void memory_file_hide(void);

#endif
