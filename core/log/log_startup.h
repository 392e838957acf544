/* SPDX-License-Identifier: MIT */
/* log_startup.h - what state a log stream was left in, and where recovery has to start.
 *
 *      log_startup_look()     reads; decides NEW, CLEAN or RECOVER; changes nothing on disk
 *      log_startup_repair()   before the stream is opened: mends a torn last segment, wipes what an unfinished write left,
 *                             ends a roll-over that was cut short
 *      log_stream_open()      with `resume`, which says how things are when they are repaired
 *
 * CLEAN means: the last record closes the log, a valid checkpoint of the same stream exists, and it names that record.
 */
#ifndef COLDSTREAM_LOG_LOG_STARTUP_H
#define COLDSTREAM_LOG_LOG_STARTUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/finding.h"
#include "base/jet_err.h"
#include "format/attachlist.h"
#include "format/checkpoint.h"
#include "log/log_config.h"
#include "log/log_stream.h"

enum log_startup_kind {
    LOG_STARTUP_NEW,   /* no log at all */
    LOG_STARTUP_CLEAN, /* nothing to recover */
    LOG_STARTUP_RECOVER,
};

enum log_startup_flag {
    LOG_STARTUP_MUST_EXIST = 1 << 0,            /* no log is JET_errMissingLogFile (JET_bitLogStreamMustExist) */
    LOG_STARTUP_ALLOW_MISSING_CURRENT = 1 << 1, /* JET_bitAllowMissingCurrentLog */
    LOG_STARTUP_WITHOUT_CURRENT = 1 << 2,       /* the current log is as good as missing: it cannot be read */
};

struct log_startup {
    enum log_startup_kind kind;
    enum logname_family family; /* of the names found; LOG_STARTUP_NEW: the configured one */
    uint16_t segments;          /* of the files found; LOG_STARTUP_NEW: the configured number */
    struct log_resume resume;

    uint64_t start;         /* redo starts here */
    jet_err checkpoint_err; /* what was wrong with the checkpoint file; JET_errSuccess: `start` is its position */
    uint8_t attachments[ATTACHLIST_SIZE]; /* of the checkpoint, or of the header where redo starts */
    struct dbms_disk dbms;                /* of the same */

    uint8_t last_type;     /* of the last record that is not padding; 0: there is none */
    uint64_t last_lgpos;   /* its start */
    bool is_torn;          /* the last segment has to be mended from its shadow */
    bool has_to_roll;      /* there is no current log yet: <base>tmp.log is that of the roll-over that was cut short */
    bool has_remains;      /* segments behind the end, of a write that was never finished, have to be wiped */
    bool ends_in_fragment; /* the last record was cut off */
};

/* `ret_startup` is written on success only.
 *      JET_errMissingLogFile, JET_errLogFileCorrupt, JET_errBadLogVersion, JET_errLogFileSizeMismatch,
 *      JET_errPageSizeMismatch, JET_errFileInvalidType ...  of the last log
 *      JET_errMissingLogFile  closed logs without a current one, and <base>tmp.log is not the one that follows; the checkpoint's
 *                             generation is not there */
MUST_CHECK jet_err log_startup_look(const struct log_config *config, unsigned flags,
                                    const struct finding_listener *listener, struct log_startup *ret_startup);

/* Makes the end of the current log fit to be appended to. Does nothing if it is; after a crash in the middle, the next
 * look finds what is left to do. */
MUST_CHECK jet_err log_startup_repair(const struct log_config *config, const struct log_startup *startup);

/* Deletes all log files, reserve logs and the checkpoint file: the stream ends. The current log goes last. */
MUST_CHECK jet_err log_startup_delete(const struct log_config *config);

/* The log is to end with `generation`, because nothing can be read behind it: later files have to go, and `startup` is
 * made to resume there. With `may_delete` false, JET_errCommittedLogFilesMissing if there are any. `*ret_removed`:
 * there were. */
MUST_CHECK jet_err log_startup_cut(const struct log_config *config, lgen_t generation, bool may_delete,
                                   struct log_startup *startup, bool *ret_removed);

#endif
