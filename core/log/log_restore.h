/* SPDX-License-Identifier: MIT */
/* log_restore.h - the logs of a backup set, and whether they and those that exist are one stream.
 *
 *      set's folder         low ... high
 *      log folder                 ...... high  high+1 ... current       what exists may overlap the set, and must continue it
 *
 * A restore replays the set from its own folder, then goes on with what exists behind it. Before anything is written
 * every header is looked at: what exists and does not fit is an error, never something to be put out of the way.
 */
#ifndef COLDSTREAM_LOG_LOG_RESTORE_H
#define COLDSTREAM_LOG_LOG_RESTORE_H

#include "base/compiler.h"
#include "base/finding.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "format/logheader.h"
#include "log/log_config.h"
#include "log/log_startup.h"

struct log_restore {
    const char *folder; /* of the set's logs */
    lgen_t low, high;   /* the set */
    /* The closed logs of an instance that runs, instead of what is in the log folder, which has to be without logs:
     * behind the set they are replayed up to `target_last`. NULL: no such instance. */
    const char *target_folder;
    lgen_t target_last;
};

/* The lowest and highest closed generation in `folder`: of the family of `config`, or of the other one, which `config`
 * then gets. Both 0: there are none. Errors of reading the folder. */
MUST_CHECK jet_err log_restore_range(struct log_config *config, const char *folder, lgen_t *ret_low, lgen_t *ret_high);

/* The header of a closed log in `folder`, verified. JET_errFileNotFound, and those of logheader_verify(). */
MUST_CHECK jet_err log_restore_header(const struct log_config *config, const char *folder, lgen_t generation,
                                      struct logheader_disk *ret_header);

/* Are they one stream? (backup-api.md 9.3.) Nothing is changed. `config` has the family of the set.
 *      JET_errFileNotFound                     a generation of the set is missing
 *      JET_errLogFileCorrupt, JET_errPageSizeMismatch, JET_errLogFileSizeMismatch, JET_errBadLogVersion ...  one of its headers
 *      JET_errBadLogSignature                  it has not the signature of the first
 *      JET_errGivenLogFileIsNotContiguous      it does not continue the one before
 *      JET_errExistingLogFileHasBadSignature   of a log that exists
 *      JET_errExistingLogFileIsNotContiguous   it does not continue the one before, is not the one of the set, ends before the
 *                                              set does, or one below the set is missing
 *      JET_errMissingRestoreLogFiles, JET_errMissingCurrentLogFiles   one is missing: within the set, above it */
MUST_CHECK jet_err log_restore_check(const struct log_config *config, const struct log_restore *restore);

/* Deletes what the set's folder has besides the set: other generations, a current log. Does nothing if it is the log
 * folder. */
MUST_CHECK jet_err log_restore_tidy(const struct log_config *config, const struct log_restore *restore);

/* What log_startup_look() is to an ordinary start: where replay begins, and where writing goes on behind its end. The
 * checkpoint file is not asked; it is to be removed before anything is replayed. */
MUST_CHECK jet_err log_restore_look(const struct log_config *config, const struct log_restore *restore,
                                    const struct finding_listener *listener, struct log_startup *ret_startup);

/* A checkpoint of before says nothing of a restored database. Nothing to do if there is none. */
MUST_CHECK jet_err log_restore_forget_checkpoint(const struct log_config *config);

#endif
