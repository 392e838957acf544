/* SPDX-License-Identifier: MIT */
/* restore_internal.h - what the two kinds of restore share: the logs, the places of databases, the progress. */
#ifndef COLDSTREAM_RECOVERY_RESTORE_INTERNAL_H
#define COLDSTREAM_RECOVERY_RESTORE_INTERNAL_H

#include <stdbool.h>

#include "log/log_restore.h"
#include "recovery/backup_copy.h"
#include "recovery/restore.h"

struct restore_run {
    const struct engine_config *config;
    const struct restore_listener *listener;
    struct log_config log; /* with the family of the backup's logs */
    struct log_restore logs;
    struct backup_copy_terms terms; /* of every copy */

    /* Progress is counted in generations; a copy is worth some. */
    lgen_t expected;
    unsigned copies, copies_done, copy_worth;
    unsigned permille; /* of the logs */
    unsigned percent;  /* told last */

    jet_err (*place)(void *context, const char *path, const char **ret_path);
    void *context; /* of `place` */
};

/* With `logs` and `log.family` set: checks the logs, fills in `terms`. */
MUST_CHECK jet_err restore_run_prepare(struct restore_run *run);

/* Everything has been checked: what the backup's folder has besides the logs of the backup goes. */
MUST_CHECK jet_err restore_run_tidy(const struct restore_run *run);

/* Tell of it. */
void restore_run_begin(struct restore_run *run);
void restore_run_copied(struct restore_run *run);
void restore_run_complete(struct restore_run *run);

/* So many databases will be copied. */
void restore_run_expect_copies(struct restore_run *run, unsigned copies);

/* engine_restore() with `place`; tells of progress. */
MUST_CHECK jet_err restore_run_replay(struct restore_run *run);

#endif
