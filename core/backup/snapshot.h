/* SPDX-License-Identifier: MIT */
/* snapshot.h - sessions of OS snapshots: what the family of JetOSSnapshotPrepare calls, for all instances of a process.
 *
 *      prepare --> prepared --freeze--> frozen --thaw--> open --truncate--> truncated --end--> gone
 *                     |  \                 \                                  abort, from anywhere --> gone
 *                     |   freeze fails      the time-out
 *                     |    \--> failed       \--> timed out
 *                     end
 *
 * A session has members: instances that it freezes together. An instance is in one session at most. What is done to an
 * instance, and which instances there are, is the host's; the machine knows when. Sessions without
 * SNAPSHOT_BIT_CONTINUE_AFTER_THAW end by themselves behind the thaw.
 *
 * A freeze has a time-out, for which a thread waits: who froze and vanished is thawed. Whether thaw or time-out came
 * first is decided once, under the lock, and everybody is told the same.
 *
 * THREADS. Any call by any thread at any time. Calls for one session wait for each other, and never for a frozen
 * session to be thawed. The lock is not held while the host works.
 */
#ifndef COLDSTREAM_BACKUP_SNAPSHOT_H
#define COLDSTREAM_BACKUP_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

struct snapshots;
struct snapshot_session;

/* Values are those of the API (JET_bit...Snapshot). */
enum {
    SNAPSHOT_BIT_INCREMENTAL = 0x1, /* of prepare */
    SNAPSHOT_BIT_COPY = 0x2,
    SNAPSHOT_BIT_CONTINUE_AFTER_THAW = 0x4,
    SNAPSHOT_BIT_EXPLICIT_PREPARE = 0x8,
    SNAPSHOT_BIT_ALL_DATABASES = 0x1, /* of truncate */
    SNAPSHOT_BIT_ABORT = 0x1,         /* of end */
};

/* The numbers under which administrators know what happens. */
enum snapshot_event {
    SNAPSHOT_EVENT_FREEZE_START = 2001,
    SNAPSHOT_EVENT_FREEZE_FAILED = 2002, /* `err` */
    SNAPSHOT_EVENT_FREEZE_STOP = 2003,
    SNAPSHOT_EVENT_TIMED_OUT = 2004,
    SNAPSHOT_EVENT_FULL = 2005,
    SNAPSHOT_EVENT_END = 2006,
    SNAPSHOT_EVENT_ABORT = 2007,
    SNAPSHOT_EVENT_INCREMENTAL = 2008,
    SNAPSHOT_EVENT_COPY = 2009,
    SNAPSHOT_EVENT_DIFFERENTIAL = 2010,
};

/* An instance as a session sees it: lies in the instance, zeroed but for `instance`. */
struct snapshot_member {
    void *instance;                   /* the host's */
    struct snapshot_session *session; /* NULL: none; the machine's, as what follows */
    bool is_occupied;
};

struct snapshot_kind {
    bool is_incremental;
    bool is_copy;
};

/* What the machine asks of whoever has the instances. `context` is the host's own. None of these may call the machine.
 * A member stays as long as it is in a session: an instance that goes leaves first (snapshots_leave()), or, once it is
 * occupied, waits until it is vacated. Those that take an instance are called without a lock, one after another for
 * each instance, and freeze, thaw for several instances at once. All that are held are frozen next, and either fail or
 * are thawed. */
struct snapshot_host {
    void *context;
    /* Calls `visit` for every instance that is initialised. The machine's lock is held, and may be taken before the
     * host's. */
    void (*each)(void *context, void (*visit)(void *visit_context, struct snapshot_member *member),
                 void *visit_context);
    bool (*is_started)(void *context);    /* is any instance initialised? */
    int64_t (*timeout_ms)(void *context); /* of a freeze that begins */
    bool (*is_free)(
        const struct snapshot_member *member); /* no backup occupies it, and one is allowed; under the lock */
    /* The life of a member, step by step. */
    void (*join)(struct snapshot_member *member, const struct snapshot_kind *kind);
    jet_err (*occupy)(
        struct snapshot_member *member); /* JET_errOSSnapshotNotAllowed: a backup runs, or none is allowed */
    void (*hold)(
        struct snapshot_member *member); /* it will be frozen: who would write waits, so that others are frozen soon */
    jet_err (*freeze)(struct snapshot_member *member);
    jet_err (*thaw)(struct snapshot_member *member);
    jet_err (*truncate)(struct snapshot_member *member, bool all_databases);
    void (*stamp)(struct snapshot_member *member);
    void (*part)(struct snapshot_member *member); /* it leaves the session */
    void (*vacate)(void *instance);               /* undoes occupy */
    /* NULL: nobody listens. */
    void (*event)(void *context, enum snapshot_event event, uint64_t id, jet_err err);
};

/* The table of sessions. The host is copied. JET_errOutOfMemory. */
MUST_CHECK jet_err snapshots_new(const struct snapshot_host *host, struct snapshots **ret_snapshots);

/* No session exists any more. Takes NULL. */
void snapshots_free(struct snapshots *snapshots);

/* JetOSSnapshotPrepare. Without the explicit bit, claims every instance that is in no session. JET_errInvalidGrbit,
 * JET_errNotInitialized, JET_errOutOfMemory. */
MUST_CHECK jet_err snapshots_prepare(struct snapshots *snapshots, uint32_t bits, uint64_t *ret_id);

/* In all calls with an id, after the bits: JET_errOSSnapshotInvalidSnapId, then JET_errOSSnapshotInvalidSequence. */

/* JetOSSnapshotPrepareInstance; the caller keeps the instance. JET_errOSSnapshotNotAllowed: it is in a session or
 * busy. */
MUST_CHECK jet_err snapshots_prepare_instance(struct snapshots *snapshots, uint64_t id, struct snapshot_member *member,
                                              uint32_t bits);

/* JetOSSnapshotFreeze. On failure nothing is frozen, nobody is a member any more, and the session can only be ended.
 * JET_errOSSnapshotNotAllowed, JET_errNotInitialized (no instance at all), JET_errOutOfThreads, JET_errOutOfMemory; the
 * host's. */
MUST_CHECK jet_err snapshots_freeze(struct snapshots *snapshots, uint64_t id, uint32_t bits);

/* JetOSSnapshotThaw. JET_errOSSnapshotTimeOut: it had thawed by itself, and is no backup. */
MUST_CHECK jet_err snapshots_thaw(struct snapshots *snapshots, uint64_t id, uint32_t bits);

/* JetOSSnapshotTruncateLog, JetOSSnapshotTruncateLogInstance (`only`; it must be a member: JET_errInvalidParameter). */
MUST_CHECK jet_err snapshots_truncate(struct snapshots *snapshots, uint64_t id, const struct snapshot_member *only,
                                      uint32_t bits);

/* JetOSSnapshotEnd, JetOSSnapshotAbort. A frozen session is thawed by an abort. */
MUST_CHECK jet_err snapshots_end(struct snapshots *snapshots, uint64_t id, uint32_t bits);
MUST_CHECK jet_err snapshots_abort(struct snapshots *snapshots, uint64_t id, uint32_t bits);

/* JetOSSnapshotGetFreezeInfo: calls `visit` for each member; an error ends it. The lock is held. */
MUST_CHECK jet_err snapshots_members(struct snapshots *snapshots, uint64_t id,
                                     jet_err (*visit)(void *context, struct snapshot_member *member), void *context);

/* The instance is going to stop, and is not occupied any more: a session that has not frozen it yet does without. When
 * this returns nobody touches the instance any more. */
void snapshots_leave(struct snapshots *snapshots, struct snapshot_member *member);

#endif
