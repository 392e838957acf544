/* SPDX-License-Identifier: MIT */
/* marks.h - the records that begin and end a run of the engine. Each is durable when its function returns. */
#ifndef COLDSTREAM_RECOVERY_MARKS_H
#define COLDSTREAM_RECOVERY_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "log/log_stream.h"

/* Init2: the first record of a run. `*ret_lgpos`: its start, as for all. */
MUST_CHECK jet_err mark_init(struct log_stream *log, uint64_t *ret_lgpos);

/* ShutDownMark: every page is in its file. */
MUST_CHECK jet_err mark_shut_down(struct log_stream *log, uint64_t *ret_lgpos);

/* RecoveryUndo2: redo is over. */
MUST_CHECK jet_err mark_recovery_undo(struct log_stream *log, uint64_t *ret_lgpos);

/* The last record of a run. */
struct mark_end {
    uint8_t type;       /* LOGREC_TERM2 or LOGREC_RECOVERY_QUIT2 */
    uint64_t lgpos;     /* of this run's Init2, or RecoveryUndo2 */
    uint64_t redo_from; /* 0: no recovery */
    bool is_hard;       /* recovery after a restore */
};
MUST_CHECK jet_err mark_end(struct log_stream *log, const struct mark_end *end, uint64_t *ret_lgpos);

#endif
