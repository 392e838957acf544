/* SPDX-License-Identifier: MIT */
/* freezer.h - one freeze of several instances of this process, in the steps in which whoever makes a snapshot announces
 * it: the machine of the VSS writer and of the freezes of the Linux service.
 *
 *      IDLE --prepare backup--> PREPARED --prepare snapshot--> READY --freeze--> FROZEN --thaw--> THAWED --end--> IDLE
 *               ^____________________|                                              |    truncate: THAWED
 *                 chosen anew                                                       \--thaw, if nothing is to follow--> IDLE
 *
 *      An abort, at any time and by any thread, and every step that fails but a truncate or a refused one --> IDLE
 *
 * What holds in which state:
 *      PREPARED   the chosen instances begin no streaming backup (their gate is closed), those that ran are stopped: their
 *                 clients have until the next step to end them
 *      READY      no streaming backup occupies them, whatever its client does; the engine has a snapshot session
 *      FROZEN     they write nothing, unless the engine's own time-out (JET_paramOSSnapshotTimeout) was first: the thaw tells
 *      THAWED     they write again, and begin backups only after the end; the session may delete logs, and must be ended
 *      IDLE       nothing is held: no gate, no session
 *
 * LOCKS. One lock, a leaf, guards the state; it is held for some instructions, never while the core works. One step
 * runs at a time: another that comes meanwhile is refused as out of sequence. An abort that comes meanwhile leaves a
 * flag, which the running step finds when the core lets go of it; that step then undoes everything and fails.
 *
 * LIMITS. Whoever announces a snapshot may vanish: a state that lasts too long is ended by freezer_expire(), which
 * somebody has to call when freezer_due_ns() has come.
 *
 * What the steps do to instances and engine is a table, so that tests see every order of calls;
 * freezer_process_engine() is the one of this process. */
#ifndef COLDSTREAM_JET_FREEZER_H
#define COLDSTREAM_JET_FREEZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/esent.h"

struct freezer;

enum freezer_state {
    FREEZER_IDLE,
    FREEZER_PREPARED,
    FREEZER_READY,
    FREEZER_FROZEN,
    FREEZER_THAWED,
};

/* Called with nothing locked, one at a time for each freezer. */
struct freezer_engine {
    /* Stops the backup of the instance and lets none begin any more; waits for nobody. */
    jet_err (*close_gate)(JET_INSTANCE handle);
    /* Nothing if the instance is gone. */
    void (*open_gate)(JET_INSTANCE handle);
    /* With the gate closed: after success no streaming backup occupies the instance. Waits for calls inside, never for
     * a client. */
    jet_err (*release)(JET_INSTANCE handle, int64_t timeout_ms);
    /* JetOSSnapshot... */
    jet_err (*prepare)(JET_GRBIT grbit, JET_OSSNAPID *ret_id); /* explicit: nobody is in it */
    jet_err (*prepare_instance)(JET_OSSNAPID id, JET_INSTANCE handle);
    jet_err (*freeze)(JET_OSSNAPID id);
    jet_err (*thaw)(JET_OSSNAPID id);
    jet_err (*truncate)(JET_OSSNAPID id, JET_INSTANCE handle); /* all databases of the instance are in the snapshot */
    jet_err (*end)(JET_OSSNAPID id, JET_GRBIT grbit);
    void (*abort)(JET_OSSNAPID id);
};

const struct freezer_engine *freezer_process_engine(void);

/* In milliseconds; 0: for ever. */
struct freezer_limits {
    uint32_t until_thaw_ms; /* in each of PREPARED, READY, FROZEN */
    uint32_t until_end_ms;  /* in THAWED */
};

/* The table and the limits are copied. JET_errOutOfMemory. */
MUST_CHECK jet_err freezer_new(const struct freezer_engine *engine, const struct freezer_limits *limits,
                               struct freezer **ret_freezer);

/* Whatever it holds is given back first. No step runs. Takes NULL. */
void freezer_free(struct freezer *f);

/* ---- the steps ----
 *
 * Each is JET_errOSSnapshotInvalidSequence in a state that is not in front of its arrow in the picture, or while another one
 * runs: then nothing has happened. Else, an error means that it is IDLE now, and JET_errOSSnapshotNotAllowed also that an
 * abort came. */

/* The choice is made, or made anew; `count` may be 0: then the steps find nothing to do. Every instance is named by the
 * handle that instance_very_handle() (instance_status.h) gives. JET_errOSSnapshotNotAllowed: one of them does not run;
 * JET_errOutOfMemory. */
MUST_CHECK jet_err freezer_prepare_backup(struct freezer *f, const JET_INSTANCE *handles, size_t count);

/* `grbit`: JET_bitIncrementalSnapshot, JET_bitCopySnapshot, JET_bitContinueAfterThaw (without which the thaw is the
 * end). Calls inside streaming backups may take `release_ms` to come out, all of them together.
 * JET_errOSSnapshotNotAllowed: one did not, or an instance is in another snapshot or does not run;
 * JetOSSnapshotPrepare's errors. */
MUST_CHECK jet_err freezer_prepare_snapshot(struct freezer *f, JET_GRBIT grbit, uint32_t release_ms);

/* The errors of JetOSSnapshotFreeze. */
MUST_CHECK jet_err freezer_freeze(struct freezer *f);

/* JET_errOSSnapshotTimeOut: it had thawed by itself, and is no snapshot. */
MUST_CHECK jet_err freezer_thaw(struct freezer *f);

/* Deletes the logs of one instance of the choice that the snapshot has made superfluous. An error changes nothing. */
MUST_CHECK jet_err freezer_truncate(struct freezer *f, JET_INSTANCE handle);

/* With 0 the headers tell of the snapshot as of a backup, with JET_bitAbortSnapshot they do not. JET_errInvalidGrbit:
 * nothing has happened. */
MUST_CHECK jet_err freezer_end(struct freezer *f, JET_GRBIT grbit);

/* Thaws; nothing is stamped, nothing deleted any more. False: a step runs, and will undo everything when it comes
 * back. */
bool freezer_abort(struct freezer *f);

/* ---- looking ---- */

enum freezer_state freezer_state(struct freezer *f);

/* When the state is over by its limit, on the clock of os_clock_monotonic_ns(); 0: never. */
uint64_t freezer_due_ns(struct freezer *f);

/* At `now_ns`: an abort, and true, if it is over. */
bool freezer_expire(struct freezer *f, uint64_t now_ns);

#endif
