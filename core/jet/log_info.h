/* SPDX-License-Identifier: MIT */
/* log_info.h - JetGetLogFileInfo: what the header of a log file says. */
#ifndef COLDSTREAM_JET_LOG_INFO_H
#define COLDSTREAM_JET_LOG_INFO_H

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/esent.h"

/* `path` is UTF-8; nobody needs to know the log, and somebody may be writing it. `result` is JET_LOGINFOMISC, or what
 * else the level says. JET_errFileNotFound, JET_errFileAccessDenied ..., JET_errLogFileCorrupt, JET_errBadLogVersion;
 * JET_errInvalidBufferSize; JET_errInvalidParameter: no such level. */
MUST_CHECK jet_err log_info_get(const char *path, uint32_t level, void *result, uint32_t size);

#endif
