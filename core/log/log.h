/* SPDX-License-Identifier: MIT */
/* log.h - the map of this folder: the write-ahead log, as files.
 *
 *   log_file.h   one log file, read segment by segment and verified
 *   log_set.h    the log files, checkpoint and reserve logs of one folder, as a sequence of generations
 */
#ifndef COLDSTREAM_LOG_LOG_H
#define COLDSTREAM_LOG_LOG_H

#include "log/log_file.h"
#include "log/log_set.h"

#endif
