/* SPDX-License-Identifier: MIT */
/* esent_platform.h - what jet/esent.h asks of a platform, on Windows: the callee takes its arguments off the stack
 * (this makes a difference on x86 only), and wide text is what <windows.h> says that it is. */
#ifndef COLDSTREAM_JET_ESENT_PLATFORM_H
#define COLDSTREAM_JET_ESENT_PLATFORM_H

#include <stddef.h>

#define JET_API __stdcall

typedef wchar_t WCHAR; /* in C the same as uint16_t */

#endif
