/* SPDX-License-Identifier: MIT */
/* log.h - the map of this folder: the write-ahead log.
 *
 *   log_file.h     one log file, read segment by segment and verified: for backups
 *   log_set.h      the log files, checkpoint and reserve logs of one folder, as a sequence of generations
 *   log_config.h   where a stream lies and how it is written
 *   log_startup.h  what state it was left in, and where recovery has to start
 *   log_restore.h  the logs of a backup set, and how they join those that exist
 *   log_reader.h   its records, one after another
 *   log_stream.h   its writing end: append, group commit, roll-over, checkpoint file, circular logging
 *   log_time.h     the time and signatures, as headers have them
 */
#ifndef COLDSTREAM_LOG_LOG_H
#define COLDSTREAM_LOG_LOG_H

#include "log/log_config.h"
#include "log/log_file.h"
#include "log/log_reader.h"
#include "log/log_restore.h"
#include "log/log_set.h"
#include "log/log_startup.h"
#include "log/log_stream.h"
#include "log/log_time.h"

#endif
