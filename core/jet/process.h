/* SPDX-License-Identifier: MIT */
/* process.h - the instances of this process, and who is inside them.
 *
 *      mode        none --JetInit without an instance, or a call without one--> one instance --+
 *                   ^  \--JetCreateInstance, JetEnableMultiInstance-----------> many instances |
 *                   +------------------- the last instance is gone ----------------------------+
 *
 *      instance    CREATED --start--> STARTING --> RUNNING --stop--> STOPPING --> gone
 *                     ^--------failed----+            ^----refused-------+
 *                  CREATED --restore--> RESTORING --> CREATED, or gone if it was made for that
 *
 * Rules.
 *   1. With one instance, every call means that one, whatever handle it names. With many, a handle that is not known is
 *      JET_errInvalidParameter.
 *   2. A call that names an instance is counted in `inside` from instance_enter() to instance_leave(); a call that names
 *      a session claims the session's handle (handle.h). Whoever stops the instance first closes the door (STOPPING), then
 *      waits for both; so nothing an entry point has in its hands can go away.
 *   3. The parameters of an instance, the list of instances and the list of sessions of each are guarded by the process's
 *      lock, which is held for some instructions only, never while files are opened or clients called.
 */
#ifndef COLDSTREAM_JET_PROCESS_H
#define COLDSTREAM_JET_PROCESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "backup/snapshot.h"
#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/esent.h"
#include "jet/event_log.h"
#include "jet/param.h"
#include "recovery/freeze.h"

struct backup;
struct engine;
struct jet_session;

enum process_mode {
    PROCESS_NO_MODE,
    PROCESS_ONE_INSTANCE,
    PROCESS_MANY_INSTANCES,
};

enum instance_state {
    INSTANCE_CREATED,
    INSTANCE_STARTING,
    INSTANCE_RESTORING,
    INSTANCE_RUNNING,
    INSTANCE_STOPPING,
};

#define INSTANCE_INSIDE_CLOSED 0x80000000u

/* Who is told when a streaming backup is stopped (jet/instance_backup.h); `rung` NULL: nobody. */
struct instance_backup_watch {
    void (*rung)(void *context);
    void *context;
};

struct instance {
    JET_INSTANCE handle;
    char *name;               /* UTF-8, may be "" */
    char *display_name;       /* UTF-8, may be "" */
    struct param_set params;  /* guarded by the process's lock */
    _Atomic uint32_t state;   /* enum instance_state; written under the lock, read by everybody */
    _Atomic uint32_t inside;  /* calls that are inside, and INSTANCE_INSIDE_CLOSED once somebody waits for the last */
    _Atomic bool is_refusing; /* JetStopServiceInstance: new work gets JET_errClientRequestToStopJetService */
    struct engine *engine;    /* RUNNING and STOPPING */
    struct backup *backup;    /* backup/backup.h; from the start until the instance is freed */
    struct instance_backup_watch backup_watch;     /* guarded by the lock */
    struct snapshot_member snapshot;               /* backup/snapshot.h */
    struct freeze freeze;                          /* of the snapshot whose session has it */
    struct event_log events;                       /* from the start on */
    JET_PFNDURABLECOMMITCALLBACK durable_callback; /* from the start on; NULL: nobody wants to know */
    struct jet_session *sessions;                  /* guarded by the lock */
    struct instance *next;                         /* guarded by the lock */
};

struct process {
    struct os_mutex *lock;
    enum process_mode mode;
    struct param_set params; /* of the process, and what new instances begin with */
    bool are_params_final;   /* JetEnableMultiInstance was called */
    struct instance *instances;
    struct snapshots *snapshots; /* jet/snapshot_host.h; NULL until they are asked for, and then kept */
};

/* The process, locked. JET_errOutOfMemory, when it is asked for the first time. */
MUST_CHECK jet_err process_lock(struct process **ret_process);
void process_unlock(struct process *process);

/* Locks the process that somebody has already. */
void process_relock(struct process *process);

/* --- with the lock held ---------------------------------------------------------------------------------------------- */

/* The instance that a call means: rule 1. JET_errInvalidParameter. */
MUST_CHECK jet_err instance_find(struct process *process, JET_INSTANCE handle, struct instance **ret_instance);

/* A new instance in state CREATED; names may be NULL. JET_errInstanceNameInUse, JET_errTooManyInstances,
 * JET_errOutOfMemory. */
MUST_CHECK jet_err instance_new(struct process *process, const char *name, const char *display_name,
                                struct instance **ret_instance);

/* Takes an instance without engine and sessions out of the process and frees it. */
void instance_free(struct process *process, struct instance *instance);

unsigned process_instance_count(const struct process *process);

/* Is an instance running, starting, restoring or stopping? */
static inline bool instance_is_started(const struct instance *instance)
{
    return atomic_load(&instance->state) != INSTANCE_CREATED;
}

/* May it be started, or restore? JET_errInitInProgress, JET_errRestoreInProgress, JET_errAlreadyInitialized. */
MUST_CHECK jet_err instance_check_idle(const struct instance *instance);

/* --- without the lock ------------------------------------------------------------------------------------------------ */

/* For a call that names an instance: it is running and stays until instance_leave(). JET_errInvalidParameter,
 * JET_errNotInitialized, JET_errInitInProgress, JET_errRestoreInProgress, JET_errTermInProgress,
 * JET_errClientRequestToStopJetService, and engine_state()'s. */
MUST_CHECK jet_err instance_enter(JET_INSTANCE handle, struct instance **ret_instance);

/* The same for calls that work after JetStopServiceInstance and on an engine that failed. */
MUST_CHECK jet_err instance_enter_anyway(JET_INSTANCE handle, struct instance **ret_instance);
void instance_leave(struct instance *instance);

/* For calls that name no instance at all: there must be one, in the mode for it. JET_errRunningInMultiInstanceMode,
 * JET_errInvalidParameter; instance_enter()'s. */
MUST_CHECK jet_err instance_enter_only(struct instance **ret_instance);

/* May a session of this instance, which the caller has claimed, do something now? The same errors. */
MUST_CHECK jet_err instance_check(const struct instance *instance);

/* Sleeps until nobody is inside; the state is STOPPING. instance_reopen() takes that back, before the state is set. */
void instance_drain(struct instance *instance);
void instance_reopen(struct instance *instance);

#endif
