/* SPDX-License-Identifier: MIT */
/* writer_internal.h - the parts of a process that has registered writers.
 *
 *   writer.c             the functions of the application; the list of writers
 *   writer_connection.c  the thread, its connection, whom it trusts, the registration
 *   writer_calls.c       what the service asks: the interface Writer over linux/host
 *
 * Who may touch what. `lock` guards the list of writers and what the application asks for: state, error. Everything
 * else belongs to the thread, once it runs; other threads post jobs to its loop. Answers of linux/host are posted,
 * too. */
#ifndef COLDSTREAM_LINUX_WRITER_INTERNAL_H
#define COLDSTREAM_LINUX_WRITER_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <dbus/dbus.h>

#include "../host/host.h"
#include "../bus/bus_loop.h"
#include "../bus/bus_names.h"
#include "jet/coldstream_writer.h"

enum { WRITER_PATH_SIZE = sizeof BUS_WRITER_FOLDER + 12, WRITER_ERROR_SIZE = 256 };

struct os_mutex;
struct os_thread;

/* One of the service's backups of a writer. */
struct writer_backup {
    struct writer_backup *next;
    struct cs_writer *writer;
    uint32_t number; /* the service's */
    struct host_backup *backup;
    bool is_closing;
    uint64_t told_bytes;        /* by the last Progress */
    struct bus_job stopped_job; /* posted once at most, by the listener */
    char reason[128];           /* written in front of that */
    atomic_bool is_stop_posted;
};

struct writer_freeze {
    struct writer_freeze *next;
    struct cs_writer *writer;
    uint32_t number, grbit;
    struct host_freeze *freeze; /* NULL: only prepared */
    bool is_closing;
    bool is_forgotten; /* whoever asked for it has gone */
};

struct cs_writer {
    struct cs_writer *next; /* of the process; guarded by lock */
    struct writer_process *process;
    JET_INSTANCE instance; /* the very handle */
    char *label;
    char path[WRITER_PATH_SIZE];
    enum cs_writer_state state;    /* guarded by lock */
    char error[WRITER_ERROR_SIZE]; /* likewise */
    /* 0: works; 1: let_go is under way; 2: nothing of linux/host is left, and the thread is through with it. Slept
     * on. */
    _Atomic uint32_t gone;
    /* jobs, each posted by one thread at a time */
    struct bus_job add_job, go_job, changed_job;
    atomic_bool is_change_posted;
    /* the thread's */
    struct cs_writer *next_listed;
    struct host_instance *host;
    bool is_leaving; /* it is to be let go, or is */
    bool is_host_closing;
    enum host_instance_state told_state;
    char *service_path; /* what the service calls it; NULL: it does not know it */
    DBusPendingCall *registering;
    struct bus_timer retry;
    struct writer_backup *backups;
    struct writer_freeze *freezes;
};

struct writer_process {
    pid_t pid; /* in a child of fork() nothing here works */
    struct os_mutex *lock;
    struct cs_writer *writers; /* guarded by lock */
    unsigned last_number;      /* of objects; guarded by lock */
    char *address;             /* NULL: the system bus. Fixed by the first registration */
    struct os_thread *thread;
    struct bus_loop *loop;
    /* the thread's */
    struct cs_writer *listed;   /* that it serves */
    DBusConnection *connection; /* NULL: none */
    uint64_t connection_number;
    bool is_lost; /* the connection is gone, and not thrown away yet */
    char *owner;  /* unique name of the service; NULL: none */
    bool is_owner_trusted;
    char trouble[WRITER_ERROR_SIZE]; /* what is in the way of every registration; "": nothing */
    struct bus_timer connect_timer, progress_timer;
    uint64_t connect_delay_ns;
    unsigned pending; /* calls to linux/host that are not answered */
};

/* ---- writer_connection.c ---- */

/* The thread, from start to bus_loop_quit(). */
void writer_thread_run(void *context);

/* Anew: the service learns of the writer, or what has changed. */
void writer_announce(struct cs_writer *writer);
void writer_withdraw(struct cs_writer *writer);

void writer_set_state(struct cs_writer *writer, enum cs_writer_state state, const char *error);

/* A signal of the writer's object, to the service alone. NULL if there is no service; else writer_signal_send(). */
DBusMessage *writer_signal_new(const struct cs_writer *writer, const char *name);
void writer_send(struct writer_process *process, DBusMessage *message); /* takes the reference */

/* ---- writer_calls.c ---- */

/* A call of the trusted service to the writer. */
void writer_call(struct cs_writer *writer, DBusMessage *call);

/* The service is another one now: its backups are ended, and the snapshots that nothing is frozen for. Freezes stay
 * until their deadline, or until the new one aborts them. */
void writer_forget_client(struct cs_writer *writer);

/* Ends everything that is done with the instance. When nothing is left, `gone` is 2. */
void writer_let_go(struct cs_writer *writer);

/* In the thread: what the listener of the instance saw. */
void writer_instance_changed(struct cs_writer *writer);

/* 4 times a second while there are backups. */
void writer_tell_progress(struct cs_writer *writer);

#endif
