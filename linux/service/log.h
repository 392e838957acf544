/* SPDX-License-Identifier: MIT */
/* log.h - one line for each event, to standard error, which systemd takes to the journal. Never waits: what does not
 * fit is kept in a ring in memory, and so is everything while something is frozen, as the journal may be on the frozen
 * disk. What the ring loses is counted and told.
 *
 * Lines end with "key=value" pairs. The loop's thread only. */
#ifndef COLDSTREAM_LINUX_SERVICE_LOG_H
#define COLDSTREAM_LINUX_SERVICE_LOG_H

#include <stdbool.h>

#include "base/compiler.h"

/* Numbers of syslog. */
enum log_level {
    LOG_LEVEL_ERROR = 3,
    LOG_LEVEL_WARNING = 4,
    LOG_LEVEL_NOTICE = 5,
    LOG_LEVEL_INFO = 6,
    LOG_LEVEL_DEBUG = 7
};

/* Looks at standard error once; lines above `level` are not written. */
void service_log_start(enum log_level level);
void service_log_set_level(enum log_level level);
void service_log(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

/* True: hold everything back. False: write what was held back, as far as it goes. */
void service_log_hold(bool hold);

/* Tries again what did not fit; true if something still waits. */
bool service_log_flush(void);

/* Frees the ring. */
void service_log_end(void);

#endif
