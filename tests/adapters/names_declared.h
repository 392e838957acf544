/* SPDX-License-Identifier: MIT */
/* names_declared.h - the functions that esent.h declares, for a file that cannot include it. */
#ifndef TESTS_NAMES_DECLARED_H
#define TESTS_NAMES_DECLARED_H

#include <stddef.h>

extern void (*const names_declared[])(void);
extern const size_t names_declared_count;

#endif
