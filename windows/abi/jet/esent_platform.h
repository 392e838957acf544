/* SPDX-License-Identifier: MIT */
/* esent_platform.h - what jet/esent.h asks of a platform, on Windows: the callee takes its arguments off the stack (this
 * makes a difference on x86 only). */
#ifndef COLDSTREAM_JET_ESENT_PLATFORM_H
#define COLDSTREAM_JET_ESENT_PLATFORM_H

#define JET_API __stdcall

#endif
