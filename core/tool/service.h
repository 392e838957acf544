/* SPDX-License-Identifier: MIT */
/* service.h - what the command line asks of a service that hosts running instances, whatever lies between the two:
 * D-Bus on Linux (linux/client), a named pipe on Windows (windows/client).
 *
 * Every call waits for its answer, and leaves early with JET_errBackupAbortByServer when `stop` is set (Ctrl-C); not so
 * the thaw, and what ends a backup, which are short. A call that fails describes why in `failure`, for a person and as
 * the exit status of the process; its code is the nearest that there is. One thread uses a service.
 */
#ifndef COLDSTREAM_TOOL_SERVICE_H
#define COLDSTREAM_TOOL_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/sender.h"
#include "os/os_thread.h"
#include "tool/exit_status.h"

enum { SERVICE_TEXT_SIZE = 64, SERVICE_REASON_SIZE = 512 };

/* A backup that is under way. */
struct service_backup {
    bool is_there;
    char phase[SERVICE_TEXT_SIZE]; /* "begun", "databases", "logs", "truncated", "stopped" */
    uint64_t bytes_done, bytes_total;
    uint32_t files_done;
    bool has_owner; /* else the service does not say whose it is */
    uint32_t owner_uid;
};

struct service_last_backup {
    uint64_t time_us; /* since 1970, UTC; 0: there was none */
    uint32_t first_generation, last_generation;
};

struct service_instance {
    char label[SERVICE_TEXT_SIZE + 1];
    char state[SERVICE_TEXT_SIZE]; /* "closed", "recovering", "running", "frozen", "failed" */
    char kind[SERVICE_TEXT_SIZE];  /* "configured", "registered" */
    jet_err err;                   /* of "failed" */
    char *system_path, *log_path;
    char base_name[SERVICE_TEXT_SIZE];
    bool is_circular;
    struct sender_file *databases; /* their paths are ours */
    size_t database_count;
    uint32_t first_generation, current_generation;
    struct service_last_backup last_full, last_incremental;
    struct service_backup backup;
};
void service_instance_done(struct service_instance *instance); /* takes a zeroed one */

struct service_status {
    char version[SERVICE_TEXT_SIZE];
    char state[SERVICE_TEXT_SIZE]; /* "starting", "running", "frozen", "stopping" */
    uint32_t active_backups;
    bool is_frozen;
    uint64_t thaws_in_ms; /* if it is frozen: until the deadline */
    struct service_instance *instances;
    size_t instance_count;
};
void service_status_done(struct service_status *status);

struct service_freeze_request {
    char *const *labels; /* borrowed */
    size_t label_count;  /* 0: everything */
    uint32_t timeout_ms;
    bool is_detached; /* outlives this process */
    bool is_copy;     /* not to be recorded as a backup */
};

struct service_backup_request {
    const char *label;
    bool is_incremental;
    bool is_copy;      /* not to be recorded */
    uint64_t max_rate; /* bytes a second; 0: any */
};

struct service;

struct service_ops {
    /* All instances, or the one with this label (NULL: all). The caller calls service_status_done(), on failure,
     * too. */
    jet_err (*status)(struct service *service, const char *label, struct service_status *ret_status);
    /* `label` NULL: of all instances. How many backups were stopped. */
    jet_err (*stop_backups)(struct service *service, const char *label, const char *reason, uint32_t *ret_count);
    jet_err (*freeze)(struct service *service, const struct service_freeze_request *request);
    /* All that is detached, and what this process froze. How many instances. */
    jet_err (*thaw)(struct service *service, uint32_t *ret_count);
    /* A backup of this instance: begins with the sender's begin. Valid until the service is freed; one at a time. */
    struct sender (*backup)(struct service *service, const struct service_backup_request *request);
    void (*free)(struct service *service);
};

/* Why the last call failed. */
struct service_failure {
    enum exit_status status;
    char text[SERVICE_REASON_SIZE];
};

/* Embedded first in every service. */
struct service {
    const struct service_ops *ops;
    struct os_event *stop; /* borrowed */
    struct service_failure failure;
};

/* Names of errors that have no code of JET's, and what the process says to each: "NoSuchInstance", "AccessDenied" ...
 * The nearest code; JET_errInternalError for a name that is none of them. */
jet_err service_error_named(const char *name, enum exit_status *ret_status);

/* What a platform has. */
struct service_door {
    /* `address`: of the bus, or NULL for the usual one. On failure `*ret_failure` says why. */
    jet_err (*open)(const char *address, struct os_event *stop, struct service **ret_service,
                    struct service_failure *ret_failure);
    /* Makes `to`, which is not there, share the contents of `from` as they are now: JET_errFeatureNotAvailable where
     * file systems cannot. */
    jet_err (*clone_file)(const char *from, const char *to);
};

#endif
