/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../bus/bus_path.h"
#include "jet/instance_start.h"
#include "jet/instance_status.h"
#include "os/os_thread.h"
#include "os/os_word.h"
#include "writer_internal.h"

enum { LEAVE_MS = 5000, WORKS = 0, LEAVING = 1, GONE = 2 };

/* Made by the first registration, and kept. */
static struct writer_process *_Atomic the_process;
/* One registration comes or goes at a time: the thread starts with the first and ends with the last. */
static pthread_mutex_t registration = PTHREAD_MUTEX_INITIALIZER;

static bool is_ours(const struct writer_process *process)
{
    return process->pid == getpid();
}

/* ---- what the instance and the engine tell ---- */

static void changed_run(struct bus_job *job)
{
    struct cs_writer *writer = (struct cs_writer *)(void *)((char *)job - offsetof(struct cs_writer, changed_job));
    atomic_store(&writer->is_change_posted, false);
    writer_instance_changed(writer);
}

static void instance_changed(void *context, struct host_instance *instance)
{
    struct cs_writer *writer = context;
    (void)instance;
    if (!atomic_exchange(&writer->is_change_posted, true))
        bus_loop_post(writer->process->loop, &writer->changed_job);
}

static void go_run(struct bus_job *job)
{
    writer_let_go((struct cs_writer *)(void *)((char *)job - offsetof(struct cs_writer, go_job)));
}

/* False: it has not been done with in time. */
static bool leave(struct cs_writer *writer)
{
    const uint64_t until_us = host_now_us() + (uint64_t)LEAVE_MS * 1000;
    uint32_t gone = WORKS;
    if (atomic_compare_exchange_strong(&writer->gone, &gone, LEAVING))
        bus_loop_post(writer->process->loop, &writer->go_job);
    while ((gone = atomic_load(&writer->gone)) != GONE && host_now_us() < until_us)
        os_word_wait(&writer->gone, gone, LEAVE_MS);
    return atomic_load(&writer->gone) == GONE;
}

static struct cs_writer *find_locked(const struct writer_process *process, JET_INSTANCE instance)
{
    struct cs_writer *writer = process->writers;
    while (writer && writer->instance != instance)
        writer = writer->next;
    return writer;
}

/* An instance stops. The application does not unregister it meanwhile: that is its business, as with every handle. */
static struct cs_writer *find(JET_INSTANCE instance)
{
    struct writer_process *process = atomic_load(&the_process);
    if (!process || !is_ours(process))
        return NULL;
    os_mutex_lock(process->lock);
    struct cs_writer *writer = find_locked(process, instance);
    os_mutex_unlock(process->lock);
    return writer;
}

static void let_go(JET_INSTANCE instance)
{
    struct cs_writer *writer = find(instance);
    if (!writer)
        return;
    (void)leave(writer); /* or the stop goes on all the same: nothing that is left can do harm to it */
    writer_set_state(writer, CS_WRITER_ENDED, "the instance was terminated");
}

static void add_run(struct bus_job *job)
{
    struct cs_writer *writer = (struct cs_writer *)(void *)((char *)job - offsetof(struct cs_writer, add_job));
    writer->next_listed = writer->process->listed;
    writer->process->listed = writer;
    writer->is_leaving = writer->is_host_closing = false;
    writer->told_state = host_instance_state(writer->host);
    writer_set_state(writer, CS_WRITER_PENDING, writer->process->trouble);
    writer_announce(writer);
}

/* Becomes a writer of a running instance, or stays what it was. */
static jet_err enter(struct cs_writer *writer)
{
    const struct host_instance_listener listener = {writer, instance_changed};
    jet_err err = host_instance_adopt(writer->instance, writer->label, &listener, &writer->host);
    if (err < JET_errSuccess)
        return err;
    atomic_store(&writer->gone, WORKS);
    bus_loop_post(writer->process->loop, &writer->add_job);
    return JET_errSuccess;
}

/* The stop was refused. What cannot be taken up again stays ended. */
static void go_on(JET_INSTANCE instance)
{
    struct cs_writer *writer = find(instance);
    if (writer && atomic_load(&writer->gone) == GONE)
        jet_err_ignore(enter(writer));
}

/* ---- the process ---- */

static jet_err process_make(struct writer_process **ret_process)
{
    static const struct instance_stop_watch watch = {let_go, go_on};
    struct writer_process *process = calloc(1, sizeof *process);
    if (!process)
        return JET_errOutOfMemory;
    process->pid = getpid();
    jet_err err = os_mutex_new(LOCK_RANK_LEAF, &process->lock);
    if (err < JET_errSuccess) {
        free(process);
        return err;
    }
    atomic_store(&the_process, process);
    instance_stop_watch_set(&watch);
    *ret_process = process;
    return JET_errSuccess;
}

static jet_err thread_start(struct writer_process *process)
{
    jet_err err = bus_loop_new(&process->loop);
    if (err < JET_errSuccess)
        return err;
    err = os_thread_start(writer_thread_run, process, &process->thread);
    if (err < JET_errSuccess) {
        bus_loop_free(process->loop);
        process->loop = NULL;
    }
    return err;
}

static void thread_end(struct writer_process *process)
{
    bus_loop_quit(process->loop);
    os_thread_join(process->thread);
    bus_loop_free(process->loop);
    process->thread = NULL;
    process->loop = NULL;
    free(process->address);
    process->address = NULL;
}

/* The bus of the process is that of the first registration. */
static jet_err address_take(struct writer_process *process, const char *address)
{
    if (process->thread)
        return (!address && !process->address) ||
                       (address && process->address && strcmp(address, process->address) == 0)
                   ? JET_errSuccess
                   : JET_errInvalidParameter;
    free(process->address);
    process->address = address ? strdup(address) : NULL;
    return address && !process->address ? JET_errOutOfMemory : JET_errSuccess;
}

/* ---- registrations ---- */

static void writer_free(struct cs_writer *writer)
{
    free(writer->label);
    free(writer);
}

static jet_err writer_new(struct writer_process *process, JET_INSTANCE instance, const char *label,
                          struct cs_writer **ret_writer)
{
    struct cs_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return JET_errOutOfMemory;
    writer->process = process;
    writer->instance = instance;
    writer->add_job.run = add_run;
    writer->go_job.run = go_run;
    writer->changed_job.run = changed_run;
    writer->label = strdup(label);
    if (!writer->label) {
        writer_free(writer);
        return JET_errOutOfMemory;
    }
    *ret_writer = writer;
    return JET_errSuccess;
}

static jet_err list_add(struct writer_process *process, struct cs_writer *writer)
{
    os_mutex_lock(process->lock);
    const bool is_there = find_locked(process, writer->instance) != NULL;
    if (!is_there) {
        (void)snprintf(writer->path, sizeof writer->path, BUS_WRITER_FOLDER "%u", ++process->last_number);
        writer->next = process->writers;
        process->writers = writer;
    }
    os_mutex_unlock(process->lock);
    return is_there ? JET_errInvalidParameter : JET_errSuccess;
}

static void list_remove(struct writer_process *process, struct cs_writer *writer)
{
    os_mutex_lock(process->lock);
    struct cs_writer **link = &process->writers;
    while (*link != writer)
        link = &(*link)->next;
    *link = writer->next;
    os_mutex_unlock(process->lock);
}

static jet_err register_in(struct writer_process *process, JET_INSTANCE instance, const char *label,
                           const char *address, struct cs_writer **ret_writer)
{
    struct cs_writer *writer;
    jet_err err = address_take(process, address);
    if (err >= JET_errSuccess)
        err = writer_new(process, instance, label, &writer);
    if (err < JET_errSuccess)
        return err;
    err = list_add(process, writer);
    if (err < JET_errSuccess) {
        writer_free(writer);
        return err;
    }
    if (!process->thread)
        err = thread_start(process);
    if (err >= JET_errSuccess)
        err = enter(writer);
    if (err < JET_errSuccess) {
        list_remove(process, writer);
        if (process->thread && !process->writers)
            thread_end(process);
        writer_free(writer);
        return err;
    }
    *ret_writer = writer;
    return JET_errSuccess;
}

JET_ERR cs_writer_register(JET_INSTANCE instance, const char *label, const struct cs_writer_options *options,
                           struct cs_writer **ret_writer)
{
    JET_INSTANCE handle;
    if (!label || !bus_label_is_valid(label) || !ret_writer || (options && options->cbStruct != sizeof *options))
        return JET_errInvalidParameter;
    struct writer_process *process = atomic_load(&the_process);
    if (process && !is_ours(process))
        return JET_errInvalidParameter; /* the locks may be held by threads that are not in this process */
    jet_err err = instance_very_handle(instance, &handle); /* in the one-instance mode any would do */
    if (err < JET_errSuccess)
        return err;
    (void)pthread_mutex_lock(&registration);
    process = atomic_load(&the_process);
    if (!process)
        err = process_make(&process);
    if (err >= JET_errSuccess)
        err = register_in(process, handle, label, options ? options->bus_address : NULL, ret_writer);
    (void)pthread_mutex_unlock(&registration);
    return err;
}

JET_ERR cs_writer_unregister(struct cs_writer *writer)
{
    if (!writer)
        return JET_errSuccess;
    struct writer_process *process = writer->process;
    if (!is_ours(process))
        return JET_errSuccess; /* the locks may be held by threads that are not in this process */
    (void)pthread_mutex_lock(&registration);
    if (leave(writer)) {
        list_remove(process, writer);
        writer_free(writer);
        if (!process->writers)
            thread_end(process);
    } /* else it is in the hands of its threads, and stays there */
    (void)pthread_mutex_unlock(&registration);
    return JET_errSuccess;
}

enum cs_writer_state cs_writer_state(struct cs_writer *writer)
{
    if (!is_ours(writer->process))
        return CS_WRITER_ENDED;
    os_mutex_lock(writer->process->lock);
    const enum cs_writer_state state = writer->state;
    os_mutex_unlock(writer->process->lock);
    return state;
}

void cs_writer_error(struct cs_writer *writer, char *text, uint32_t size)
{
    if (!text || size == 0)
        return;
    text[0] = '\0';
    if (!is_ours(writer->process))
        return;
    os_mutex_lock(writer->process->lock);
    (void)snprintf(text, size, "%s", writer->error);
    os_mutex_unlock(writer->process->lock);
}
