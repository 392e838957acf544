/* SPDX-License-Identifier: MIT */
/* esent_platform.h - what jet/esent.h asks of a platform, on Linux: functions are called as C calls them. */
#ifndef COLDSTREAM_JET_ESENT_PLATFORM_H
#define COLDSTREAM_JET_ESENT_PLATFORM_H

#define JET_API

#endif
