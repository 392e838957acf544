/* SPDX-License-Identifier: MIT */
/* log_config.h - where a log stream lies and how it is written.
 *
 * Made once, when an instance starts, from its parameters; the strings must outlive whoever was given the structure
 * (the stream and the reader copy what they keep). Sizes of log files are counted in segments of 4096 bytes.
 */
#ifndef COLDSTREAM_LOG_LOG_CONFIG_H
#define COLDSTREAM_LOG_LOG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/types.h"
#include "format/logname.h"
#include "format/stamp.h"

enum {
    LOG_SEGMENTS_MIN = 16,                     /* 64 KiB: JET_paramLogFileSize 64 */
    LOG_SEGMENTS_DEFAULT = 1280,               /* 5 MiB */
    LOG_SEGMENTS_MAX = 8192,                   /* 32 MiB */
    LOG_BUFFER_SEGMENTS_MIN = 64,              /* what the writer takes, even if less is asked for */
    LOG_RESERVE_COUNT_DEFAULT = 2,             /* reserve logs */
    LOG_GENERATION_LAST = 0x7FFFF800,          /* of ordinary work: JET_errLogSequenceEnd */
    LOG_GENERATION_LAST_RECOVERY = 0x7FFFFA00, /* of recovery and of shutting down */
    LOG_UPDATE_MAJOR = 5,                      /* version 8.4000.5.14 */
    LOG_UPDATE_MINOR = 14,
    LOG_ENGINE_VERSION = 8620, /* engine format version that belongs to it */
};

struct log_config {
    const char *log_folder;    /* JET_paramLogFilePath */
    const char *system_folder; /* JET_paramSystemPath: the checkpoint file */
    char base_name[LOGNAME_BASE_SIZE + 1];
    enum logname_family family; /* of names that are made; readers are told which they found */
    bool has_short_names;       /* five digits as long as they suffice (JET_bitEightDotThreeSoftCompat) */
    bool is_circular;           /* JET_paramCircularLog */
    uint16_t segments;          /* of a log file, header included: LOG_SEGMENTS_MIN to 65535 */
    uint16_t buffer_segments;   /* raised to LOG_BUFFER_SEGMENTS_MIN, cut to the data area of a file */
    uint32_t page_size;         /* of the databases */
    unsigned reserve_count;     /* reserve logs to keep */
    bool is_prepared_late;  /* the next log is made when it is needed, not before (JET_paramLogFileCreateAsynch off) */
    lgen_t generation_last; /* from here on log_state() is JET_errLogSequenceEnd; 0: LOG_GENERATION_LAST */
    uint32_t update_major, update_minor; /* of new logs; 0, 0: LOG_UPDATE_MAJOR, LOG_UPDATE_MINOR */
    struct dbms_disk dbms;               /* for headers, checkpoint, Init2 */
};

/* The defaults of an instance: base name "edb", .log, short names, 5 MiB, 4096-byte pages. Folders are borrowed. */
struct log_config log_config_default(const char *log_folder, const char *system_folder);

#endif
