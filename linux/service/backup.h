/* SPDX-License-Identifier: MIT */
/* backup.h - the objects .../backup/<n>: one streaming backup, of an instance of ours or of a registered one. */
#ifndef COLDSTREAM_LINUX_SERVICE_BACKUP_H
#define COLDSTREAM_LINUX_SERVICE_BACKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "../bus/bus_loop.h"
#include "../host/host.h"
#include "../bus/bus_names.h"
#include "object.h"

struct call;
struct instance;
struct peer;
struct service;

struct backup {
    struct object object;
    struct backup *next;
    struct service *service;
    struct instance *instance; /* held until the end */
    struct call *begin;        /* the call that wants it, until it has begun */
    uint32_t number;
    uint32_t grbit;
    bool wants_progress;
    char label[BUS_LABEL_MAX + 1]; /* the client's own word for it, for the log */
    bool is_closing;
    bool is_counted;             /* among those that are running */
    struct host_backup *host;    /* NULL: the instance's writer has it */
    struct host_call close_call; /* made at the start: the end must not fail for want of memory */
    struct bus_job stopped;      /* from the host's threads, once */
    struct bus_job end;
    /* What is known of it: of the host's, asked for when needed; of a writer's, kept here. */
    struct host_backup_progress known;
    uint64_t max_rate;        /* for a writer: said with each file */
    const char *transport;    /* "pipe" or "socket" */
    uint32_t idle_timeout_ms; /* for a writer: watched by the service */
    uint64_t last_use_ns;
    uint64_t told_bytes; /* by the last signal Progress */
    bool was_stopped;
};

/* Instance.BeginBackup: answers the call. */
void served_backup_begin(struct call *call, struct instance *instance, DBusMessageIter *args);

/* It ends now: stopped and ended as aborted, unless it has ended; `code` is told. The object is gone at once. */
void served_backup_close(struct backup *backup, jet_err code);

/* Its owner is gone. */
void served_backup_peer_is_gone(struct service *service, struct peer *peer);

struct backup *served_backup_find(const struct service *service, uint32_t number); /* on the bus; else NULL */

/* Its writer says so. */
void served_backup_writer_progress(struct backup *backup, uint64_t done, uint64_t total, const char *file);
void served_backup_writer_stopped(struct backup *backup, const char *reason);

/* a(ayt) */
void served_backup_put_files(struct bus_put *put, const struct host_file *files, size_t count);

#endif
