/* SPDX-License-Identifier: MIT */
/* compiler.h - the few attributes we ask of gcc and clang. */
#ifndef COLDSTREAM_BASE_COMPILER_H
#define COLDSTREAM_BASE_COMPILER_H

/* The result says whether the call worked; ignoring it needs an explicit (void) and a reason. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* The function formats like C's printf: argument `fmt` is the format, `first` the first value (both count from 1). To
 * gcc, plain "printf" is the printf of the target's C library, which for Windows is not C's; clang knows only that
 * name. */
#if defined(__clang__)
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#else
#define PRINTF_LIKE(fmt, first) __attribute__((format(gnu_printf, fmt, first)))
#endif

/* Number of elements of an array (not of a pointer). */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
