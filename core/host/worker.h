/* SPDX-License-Identifier: MIT */
/* worker.h - the thread of one object of host.h, with a queue of what it is to do and an alarm.
 *
 * Jobs run one after another. Whenever none is left, and whenever it was woken or the alarm went off, the thread looks
 * round: what has changed, what is due? A machine that sleeps does not stretch the alarm. */
#ifndef COLDSTREAM_HOST_WORKER_H
#define COLDSTREAM_HOST_WORKER_H

#include "host/host.h"

struct worker;

/* One call that was asked for: what, with which arguments, and its answer, made beforehand. */
struct job {
    struct job *next;
    void (*run)(void *owner, struct job *job); /* fills `answer`; worker_answer() follows by itself */
    struct host_call call;                     /* `done` NULL: nobody wants to know */
    struct host_answer *answer;
    uint32_t number, most;
    uint64_t offset, length;
    char *path; /* owned */
};

/* A job with its answer, and a copy of `path` (NULL: none). NULL: no memory; then whoever asked has been answered
 * so. */
MUST_CHECK struct job *job_new(void (*run)(void *owner, struct job *job), const struct host_call *call,
                               const char *path);

/* Gives the answer, and frees the job. */
void job_answer(struct job *job);

/* The same with an error, at once. */
void job_refuse(struct job *job, jet_err err, enum host_reason reason);

struct worker_hooks {
    void *owner;
    /* Returns when to look again at the latest, microseconds of host_now_us(); 0: only when woken. */
    uint64_t (*look)(void *owner);
};

/* JET_errOutOfThreads, JET_errOutOfMemory. */
MUST_CHECK jet_err worker_start(const struct worker_hooks *hooks, struct worker **ret_worker);

/* Any thread. The job belongs to the worker, and is answered in any case. */
void worker_queue(struct worker *worker, struct job *job);

/* Any thread, with any lock held: has it look round. */
void worker_wake(struct worker *worker);

/* From a job: it is the last one. Its answer is the last thing that the thread does; what is queued behind it is
 * refused with JET_errTermInProgress before that. */
void worker_finish(struct worker *worker);

/* Joins a thread whose last job was answered, or that never had one (then it ends now). Takes NULL. */
void worker_free(struct worker *worker);

#endif
