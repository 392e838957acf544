/* SPDX-License-Identifier: MIT */
/* freeze.c - one OS snapshot over several instances.
 *
 *      FREEZING --frozen--> FROZEN --thaw--> THAWED --truncate--> TRUNCATED --end--> ENDED
 *          \--failed--> ENDED  |  \--thaw, without the continue bit--> ENDED            abort, from anywhere --> ENDED
 *                              \--deadline--> TIMED_OUT --end, abort--> ENDED
 *
 * The worker makes all calls of the engine. State TIMED_OUT is entered before the engine is told to go on: that may
 * have to wait for a frozen disk, and a late thaw is answered meanwhile.
 *
 * What is done, and in which order, is jet/freezer.h's, as it is for the VSS writer: gates, stop and release, the
 * engine's snapshot. The states here are what others are told of it. */
#include <stdlib.h>

#include "host/host.h"
#include "host/instance_use.h"
#include "host/worker.h"
#include "jet/freezer.h"
#include "jet/instance_status.h"
#include "os/os_thread.h"
#include "os/os_word.h"

enum {
    TIMEOUT_MS_MAX = 600000,
    ENGINE_LATER_MS = 10000, /* the engine's own time-out behind ours: for when this process hangs */
};

struct freeze_member {
    struct host_instance *instance;
    bool is_lent; /* the instance is ours */
    bool is_frozen;
};

struct host_freeze {
    struct host_freeze_options options;
    struct host_freeze_listener listener;
    struct worker *worker;
    /* the worker's, once it is begun */
    struct freezer *freezer;
    struct freeze_member *members;
    JET_INSTANCE *handles; /* of the members */
    size_t count;
    struct os_mutex *lock;
    /* guarded by lock */
    enum host_freeze_state state;
    uint64_t deadline_us; /* FROZEN; else 0 */
};

static void set_state(struct host_freeze *f, enum host_freeze_state state)
{
    os_mutex_lock(f->lock);
    f->state = state;
    if (state != HOST_FREEZE_FROZEN)
        f->deadline_us = 0;
    os_mutex_unlock(f->lock);
    if (f->listener.changed)
        f->listener.changed(f->listener.context, f);
}

enum host_freeze_state host_freeze_state(struct host_freeze *f)
{
    os_mutex_lock(f->lock);
    const enum host_freeze_state state = f->state;
    os_mutex_unlock(f->lock);
    return state;
}

uint64_t host_freeze_deadline_us(struct host_freeze *f)
{
    os_mutex_lock(f->lock);
    const uint64_t deadline_us = f->deadline_us;
    os_mutex_unlock(f->lock);
    return deadline_us;
}

/* ---- the instances ---- */

/* What was taken is given back; the snapshot of the instances is over. */
static void members_return(struct host_freeze *f)
{
    for (size_t i = 0; i < f->count; i++) {
        struct freeze_member *member = &f->members[i];
        if (member->is_lent)
            instance_take_back_from_freeze(member->instance);
        member->is_lent = false;
    }
}

/* They write again. */
static void members_thawed(struct host_freeze *f)
{
    for (size_t i = 0; i < f->count; i++) {
        struct freeze_member *member = &f->members[i];
        if (member->is_frozen)
            instance_set_frozen(member->instance, false);
        member->is_frozen = false;
    }
}

static jet_err members_borrow(struct host_freeze *f)
{
    jet_err err = JET_errSuccess;
    for (size_t i = 0; i < f->count && err >= JET_errSuccess; i++) {
        err = instance_lend_to_freeze(f->members[i].instance, f, &f->handles[i]);
        f->members[i].is_lent = err >= JET_errSuccess;
    }
    return err;
}

/* Those of the backups that were released: so that after the thaw another can begin at once. */
static void members_wait_for_backups(struct host_freeze *f, uint64_t until_us)
{
    for (size_t i = 0; i < f->count; i++)
        instance_wait_for_backup(f->members[i].instance, until_us);
}

/* ---- freezing ---- */

/* The time-out is the process's, and is read when a freeze begins: whoever else freezes finds it as it was. One of ours
 * at a time; outside all locks of the engine. */
static jet_err engine_freeze_alone(struct host_freeze *f)
{
    JET_API_PTR before = 0;
    jet_err err = JetGetSystemParameterA(0, 0, JET_paramOSSnapshotTimeout, &before, NULL, 0);
    if (err >= JET_errSuccess)
        err =
            JetSetSystemParameterA(NULL, 0, JET_paramOSSnapshotTimeout, f->options.timeout_ms + ENGINE_LATER_MS, NULL);
    if (err < JET_errSuccess)
        return err;
    err = freezer_freeze(f->freezer);
    jet_err_ignore(JetSetSystemParameterA(NULL, 0, JET_paramOSSnapshotTimeout, before, NULL)); /* it was a good value */
    return err;
}

/* A lock that needs nobody to make it: it is the process's. */
static jet_err engine_freeze(struct host_freeze *f)
{
    static _Atomic uint32_t in_use;
    while (atomic_exchange(&in_use, 1) != 0)
        os_word_wait(&in_use, 1, OS_WAIT_FOREVER);
    jet_err err = engine_freeze_alone(f);
    atomic_store(&in_use, 0);
    os_word_wake_all(&in_use);
    return err;
}

static jet_err freeze_all(struct host_freeze *f)
{
    const uint64_t until_us = host_now_us() + (uint64_t)f->options.release_ms * 1000;
    jet_err err = freezer_prepare_backup(f->freezer, f->handles, f->count);
    if (err >= JET_errSuccess)
        err = freezer_prepare_snapshot(f->freezer, f->options.grbit, f->options.release_ms);
    if (err >= JET_errSuccess)
        members_wait_for_backups(f, until_us);
    if (err >= JET_errSuccess)
        err = engine_freeze(f);
    if (err < JET_errSuccess)
        (void)freezer_abort(f->freezer); /* no other thread has it: it is over now */
    return err;
}

static void note_frozen(struct host_freeze *f)
{
    os_mutex_lock(f->lock);
    f->deadline_us = host_now_us() + (uint64_t)f->options.timeout_ms * 1000;
    os_mutex_unlock(f->lock);
    for (size_t i = 0; i < f->count; i++) {
        f->members[i].is_frozen = true;
        instance_set_frozen(f->members[i].instance, true);
    }
    set_state(f, HOST_FREEZE_FROZEN);
}

static void freeze_run(void *owner, struct job *job)
{
    struct host_freeze *f = owner;
    job->answer->err = freeze_all(f);
    if (job->answer->err >= JET_errSuccess) {
        note_frozen(f);
        job->answer->count = (uint32_t)f->count;
        return;
    }
    members_return(f);
    set_state(f, HOST_FREEZE_ENDED);
}

/* ---- the end of a freeze ---- */

static void over(struct host_freeze *f, enum host_freeze_state state)
{
    members_thawed(f);
    members_return(f);
    set_state(f, state);
}

/* The deadline: first everybody may know, then the engine goes on. */
static void time_out(struct host_freeze *f)
{
    set_state(f, HOST_FREEZE_TIMED_OUT);
    (void)freezer_abort(f->freezer);
    members_thawed(f);
    members_return(f);
}

static uint64_t look(void *owner)
{
    struct host_freeze *f = owner;
    const uint64_t deadline_us = host_freeze_deadline_us(f);
    if (deadline_us == 0 || host_now_us() < deadline_us)
        return deadline_us;
    time_out(f);
    return 0;
}

/* Without the continue bit the engine ends the session behind the thaw. */
static void thaw_run(void *owner, struct job *job)
{
    struct host_freeze *f = owner;
    const enum host_freeze_state state = host_freeze_state(f);
    const bool continues = (f->options.grbit & JET_bitContinueAfterThaw) != 0;
    if (state != HOST_FREEZE_FROZEN) {
        job->answer->err = state == HOST_FREEZE_TIMED_OUT ? JET_errOSSnapshotTimeOut : JET_errOSSnapshotInvalidSequence;
        return;
    }
    job->answer->err = freezer_thaw(f->freezer);
    if (job->answer->err < JET_errSuccess) {
        /* The engine's own time-out was first. */
        over(f, job->answer->err == JET_errOSSnapshotTimeOut ? HOST_FREEZE_TIMED_OUT : HOST_FREEZE_ENDED);
        return;
    }
    job->answer->count = (uint32_t)f->count;
    if (continues) {
        members_thawed(f);
        set_state(f, HOST_FREEZE_THAWED);
        return;
    }
    over(f, HOST_FREEZE_ENDED);
}

void host_freeze_thaw(struct host_freeze *f, const struct host_call *call)
{
    struct job *job = job_new(thaw_run, call, NULL);
    if (!job)
        return;
    if (host_freeze_state(f) == HOST_FREEZE_TIMED_OUT)
        job_refuse(job, JET_errOSSnapshotTimeOut, HOST_REASON_NONE);
    else
        worker_queue(f->worker, job);
}

/* False: it has ended already. */
static bool abort_now(struct host_freeze *f)
{
    const enum host_freeze_state state = host_freeze_state(f);
    if (state == HOST_FREEZE_ENDED)
        return false;
    (void)freezer_abort(f->freezer);
    over(f, HOST_FREEZE_ENDED);
    return true;
}

static void abort_run(void *owner, struct job *job)
{
    if (!abort_now(owner))
        job->answer->err = JET_errOSSnapshotInvalidSequence;
}

void host_freeze_abort(struct host_freeze *f, const struct host_call *call)
{
    struct job *job = job_new(abort_run, call, NULL);
    if (job)
        worker_queue(f->worker, job);
}

static uint64_t oldest_generations(const struct host_freeze *f)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < f->count; i++) {
        struct instance_status status;
        if (instance_status_init(&status, f->handles[i]) < JET_errSuccess)
            continue;
        sum += status.first_generation;
        instance_status_done(&status);
    }
    return sum;
}

static bool is_open(enum host_freeze_state state)
{
    return state == HOST_FREEZE_THAWED || state == HOST_FREEZE_TRUNCATED;
}

/* All are tried; the first error is told. */
static jet_err truncate_all(struct host_freeze *f)
{
    jet_err first = JET_errSuccess;
    for (size_t i = 0; i < f->count; i++) {
        jet_err err = freezer_truncate(f->freezer, f->handles[i]);
        if (first >= JET_errSuccess)
            first = err;
    }
    return first;
}

static void truncate_run(void *owner, struct job *job)
{
    struct host_freeze *f = owner;
    if (!is_open(host_freeze_state(f))) {
        job->answer->err = JET_errOSSnapshotInvalidSequence;
        return;
    }
    const uint64_t before = oldest_generations(f);
    job->answer->err = truncate_all(f);
    if (job->answer->err < JET_errSuccess)
        return;
    const uint64_t after = oldest_generations(f);
    job->answer->count = after > before ? (uint32_t)(after - before) : 0;
    set_state(f, HOST_FREEZE_TRUNCATED);
}

void host_freeze_truncate_log(struct host_freeze *f, const struct host_call *call)
{
    struct job *job = job_new(truncate_run, call, NULL);
    if (job)
        worker_queue(f->worker, job);
}

static void end_run(void *owner, struct job *job)
{
    struct host_freeze *f = owner;
    const enum host_freeze_state state = host_freeze_state(f);
    if (job->number == JET_bitAbortSnapshot && state != HOST_FREEZE_ENDED) {
        (void)abort_now(f);
        return;
    }
    if (!is_open(state)) {
        job->answer->err = JET_errOSSnapshotInvalidSequence;
        return;
    }
    job->answer->err = freezer_end(f->freezer, job->number);
    if (job->answer->err == JET_errInvalidGrbit)
        return;
    members_return(f);
    set_state(f, HOST_FREEZE_ENDED);
}

void host_freeze_end(struct host_freeze *f, uint32_t grbit, const struct host_call *call)
{
    struct job *job = job_new(end_run, call, NULL);
    if (!job)
        return;
    job->number = grbit;
    worker_queue(f->worker, job);
}

/* ---- life ---- */

static void close_run(void *owner, struct job *job)
{
    struct host_freeze *f = owner;
    (void)job;
    (void)abort_now(f);
    worker_finish(f->worker);
}

void host_freeze_close(struct host_freeze *f, const struct host_call *call)
{
    struct job *job = job_new(close_run, call, NULL);
    if (job)
        worker_queue(f->worker, job);
}

void host_freeze_free(struct host_freeze *f)
{
    if (!f)
        return;
    worker_free(f->worker);
    freezer_free(f->freezer);
    os_mutex_free(f->lock);
    free(f->handles);
    free(f->members);
    free(f);
}

static jet_err freeze_make(struct host_instance *const *instances, size_t count,
                           const struct host_freeze_options *options, const struct host_freeze_listener *listener,
                           struct host_freeze **ret_freeze)
{
    static const struct freezer_limits no_limits; /* the worker has deadlines */
    jet_err err = JET_errOutOfMemory;
    struct host_freeze *f = calloc(1, sizeof *f);
    if (!f)
        return err;
    f->options = *options;
    if (f->options.release_ms == 0)
        f->options.release_ms = HOST_RELEASE_MS;
    if (listener)
        f->listener = *listener;
    f->members = calloc(count + 1, sizeof *f->members);
    f->handles = calloc(count + 1, sizeof *f->handles);
    if (!f->members || !f->handles)
        goto fail;
    f->count = count;
    for (size_t i = 0; i < count; i++)
        f->members[i].instance = instances[i];
    err = freezer_new(freezer_process_engine(), &no_limits, &f->freezer);
    if (err < JET_errSuccess)
        goto fail;
    err = os_mutex_new(LOCK_RANK_LEAF, &f->lock);
    if (err < JET_errSuccess)
        goto fail;
    const struct worker_hooks hooks = {f, look};
    err = worker_start(&hooks, &f->worker);
    if (err < JET_errSuccess)
        goto fail;
    *ret_freeze = f;
    return JET_errSuccess;
fail:
    host_freeze_free(f);
    return err;
}

jet_err host_freeze_begin(struct host_instance *const *instances, size_t count,
                          const struct host_freeze_options *options, const struct host_freeze_listener *listener,
                          const struct host_call *frozen, struct host_freeze **ret_freeze)
{
    static const struct host_call nobody;
    struct host_freeze *f;
    if (options->timeout_ms == 0 || options->timeout_ms > TIMEOUT_MS_MAX || count == 0)
        return JET_errInvalidParameter;
    struct job *job = job_new(freeze_run, &nobody, NULL);
    if (!job)
        return JET_errOutOfMemory;
    jet_err err = freeze_make(instances, count, options, listener, &f);
    if (err < JET_errSuccess) {
        job_answer(job);
        return err;
    }
    job->call = *frozen;
    *ret_freeze = f;
    err = members_borrow(f);
    if (err < JET_errSuccess) {
        members_return(f);
        set_state(f, HOST_FREEZE_ENDED);
        job_refuse(job, err, HOST_REASON_NONE);
        return JET_errSuccess;
    }
    worker_queue(f->worker, job);
    return JET_errSuccess;
}
