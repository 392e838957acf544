/* SPDX-License-Identifier: MIT */
#include "host/worker.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "host/answer.h"
#include "host/instance_use.h"
#include "os/os_alarm.h"
#include "os/os_thread.h"

struct worker {
    struct worker_hooks hooks;
    struct os_thread *thread;
    struct os_alarm *alarm; /* rung: there is a job, or something to look at */
    struct os_mutex *lock;
    struct job *first, **last; /* guarded by lock */
    bool is_closed;            /* guarded by lock: the last job has run */
    bool is_finishing;         /* the thread's own */
    atomic_bool is_abandoned;  /* by worker_free(): the thread ends as soon as it has nothing to do */
};

/* ---- jobs ---- */

/* What is answered when there is no memory for an answer; nobody owns it. */
static struct host_call no_call;

struct job *job_new(void (*run)(void *owner, struct job *job), const struct host_call *call, const char *path)
{
    struct job *job = calloc(1, sizeof *job);
    if (!job)
        goto fail;
    job->answer = answer_new();
    if (!job->answer || !text_copy(path, &job->path))
        goto fail;
    job->run = run;
    job->call = call ? *call : no_call;
    return job;
fail:
    if (job) {
        host_answer_free(job->answer);
        free(job->path);
        free(job);
    }
    if (call)
        answer_give(answer_no_memory(), call);
    return NULL;
}

void job_answer(struct job *job)
{
    struct host_answer *answer = job->answer;
    const struct host_call call = job->call;
    free(job->path);
    free(job);
    if (call.done)
        answer_give(answer, &call);
    else
        host_answer_free(answer);
}

void job_refuse(struct job *job, jet_err err, enum host_reason reason)
{
    answer_fail(job->answer, err, reason);
    job_answer(job);
}

/* ---- the thread ---- */

static struct job *job_take(struct worker *worker)
{
    os_mutex_lock(worker->lock);
    struct job *job = worker->first;
    if (job) {
        worker->first = job->next;
        if (!worker->first)
            worker->last = &worker->first;
    }
    os_mutex_unlock(worker->lock);
    return job;
}

/* Nothing is queued behind the last job any more: worker_queue() sees it closed. */
static void close_queue(struct worker *worker)
{
    struct job *job;
    os_mutex_lock(worker->lock);
    worker->is_closed = true;
    os_mutex_unlock(worker->lock);
    while ((job = job_take(worker)) != NULL)
        job_refuse(job, JET_errTermInProgress, HOST_REASON_NONE);
}

static void run_job(struct worker *worker, struct job *job)
{
    job->run(worker->hooks.owner, job);
    if (worker->is_finishing)
        close_queue(worker);
    job_answer(job); /* of the last one: from here on the owner may wait for this thread */
}

static void thread_run(void *context)
{
    struct worker *worker = context;
    while (!worker->is_finishing) {
        struct job *job = job_take(worker);
        if (job) {
            run_job(worker, job);
            continue;
        }
        if (atomic_load(&worker->is_abandoned))
            return;
        os_alarm_wait(worker->alarm, worker->hooks.look(worker->hooks.owner));
    }
}

void worker_wake(struct worker *worker)
{
    os_alarm_ring(worker->alarm);
}

void worker_queue(struct worker *worker, struct job *job)
{
    os_mutex_lock(worker->lock);
    const bool is_closed = worker->is_closed;
    if (!is_closed) {
        job->next = NULL;
        *worker->last = job;
        worker->last = &job->next;
    }
    os_mutex_unlock(worker->lock);
    if (is_closed)
        job_refuse(job, JET_errTermInProgress, HOST_REASON_NONE);
    else
        worker_wake(worker);
}

void worker_finish(struct worker *worker)
{
    worker->is_finishing = true;
}

/* ---- creation ---- */

jet_err worker_start(const struct worker_hooks *hooks, struct worker **ret_worker)
{
    jet_err err = JET_errOutOfMemory;
    struct worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return err;
    worker->hooks = *hooks;
    worker->last = &worker->first;
    err = os_alarm_new(&worker->alarm);
    if (err < JET_errSuccess)
        goto fail;
    err = os_mutex_new(LOCK_RANK_LEAF, &worker->lock);
    if (err < JET_errSuccess)
        goto fail;
    *ret_worker = worker; /* the thread may look round before this returns */
    err = os_thread_start(thread_run, worker, &worker->thread);
    if (err < JET_errSuccess)
        goto fail;
    return JET_errSuccess;
fail:
    worker_free(worker);
    *ret_worker = NULL;
    return err;
}

void worker_free(struct worker *worker)
{
    if (!worker)
        return;
    if (worker->thread) {
        atomic_store(&worker->is_abandoned, true);
        worker_wake(worker);
        os_thread_join(worker->thread);
    }
    os_mutex_free(worker->lock);
    os_alarm_free(worker->alarm);
    free(worker);
}
