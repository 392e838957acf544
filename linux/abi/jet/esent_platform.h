/* SPDX-License-Identifier: MIT */
/* esent_platform.h - what jet/esent.h asks of a platform, on Linux: functions are called as C calls them, and wide
 * text is not wchar_t, which has 32 bits here: it is what u"..." is. */
#ifndef COLDSTREAM_JET_ESENT_PLATFORM_H
#define COLDSTREAM_JET_ESENT_PLATFORM_H

#include <stdint.h>

#define JET_API

#ifdef __cplusplus
typedef char16_t WCHAR;
#else
typedef uint16_t WCHAR;
#endif

#endif
