/* SPDX-License-Identifier: MIT */
/* hosting.h - the instances of a configuration, opened together and asked by many threads that may wait: the service of
 * Windows, whose clients have a thread each (session.h). What never may wait uses host.h directly.
 *
 * Any thread may call these functions; hosting_close() is the last, and nothing else runs then. */
#ifndef COLDSTREAM_HOST_HOSTING_H
#define COLDSTREAM_HOST_HOSTING_H

#include "config/config.h"
#include "host/host.h"

struct hosting;

/* What a service tells administrators. Any may be NULL. */
struct hosting_listener {
    void *context;
    /* Between these nothing must be written that a frozen volume may keep waiting: before the first byte is held, and
     * when all goes on. By whoever asks, or by the hosting's own thread; each `freezing` is followed by one
     * `released`. */
    void (*freezing)(void *context);
    void (*released)(void *context);
    /* By the hosting's own thread, which may wait, or by whoever asks. */
    void (*instance_changed)(void *context, const char *label, enum host_instance_state state, jet_err err);
    void (*frozen)(void *context, uint32_t count, uint32_t timeout_ms);
    void (*thawed)(void *context, uint32_t count, jet_err err); /* JET_errOSSnapshotTimeOut: by its deadline */
    void (*backup_begun)(void *context, const char *label);
    /* JET_errSuccess: whole; JET_errBackupAbortByServer: stopped, `reason` says why; others: failed, or its client gave
     * up */
    void (*backup_ended)(void *context, const char *label, jet_err err, const char *reason);
};

/* Begins to open all instances of the configuration, which stays until the end. JET_errOutOfMemory,
 * JET_errOutOfThreads, and the errors of host_process_configure(). */
MUST_CHECK jet_err hosting_open(const struct config *config, const struct hosting_listener *listener,
                                struct hosting **ret_hosting);

/* True: no instance is being opened any more: each runs or has failed. */
bool hosting_wait_opened(struct hosting *hosting, int64_t timeout_ms);

size_t hosting_count(const struct hosting *hosting);

/* Ends all freezes and all instances cleanly, and frees. `alive` is called about once a second meanwhile. Takes
 * NULL. */
void hosting_close(struct hosting *hosting, void (*alive)(void *context), void *context);

/* ---- what clients ask ---- */

/* Why something failed. */
struct hosting_failure {
    jet_err err;
    const char *name; /* as in service_error_named() of tool/service.h; "": the code says all */
    const char *text; /* words; "": none */
};

/* Stops the backups of all instances (`label` ""), or of one. How many. */
MUST_CHECK jet_err hosting_stop_backups(struct hosting *hosting, const char *label, const char *reason,
                                        uint32_t *ret_count, struct hosting_failure *failure);

/* Freezes the named instances, or all that run. `owner` is who may thaw it; it ends with hosting_abort_owned(), too. */
MUST_CHECK jet_err hosting_freeze(struct hosting *hosting, const void *owner, const char *const *labels, uint32_t count,
                                  uint32_t timeout_ms, bool is_copy, struct hosting_failure *failure);

/* Thaws what nobody owns, and what `owner` does. How many instances. JET_errOSSnapshotTimeOut: a freeze had ended by
 * itself. */
MUST_CHECK jet_err hosting_thaw(struct hosting *hosting, const void *owner, uint32_t *ret_count,
                                struct hosting_failure *failure);

/* The freezes of the owner are nobody's from now on: whoever thaws, or their deadlines, end them. */
void hosting_keep(struct hosting *hosting, const void *owner);

/* Whoever owned freezes is gone. */
void hosting_abort_owned(struct hosting *hosting, const void *owner);

/* When the next freeze thaws by itself, in milliseconds; 0: nothing is frozen. */
uint64_t hosting_thaws_in_ms(struct hosting *hosting);

/* ---- backups ---- */

struct hosted; /* one instance of the configuration; lives as long as the hosting */

struct hosted *hosting_find(struct hosting *hosting, const char *label); /* NULL: there is none */
struct hosted *hosting_at(struct hosting *hosting, size_t index);
struct host_instance *hosted_instance(struct hosted *hosted);
const char *hosted_label(const struct hosted *hosted);

/* What is to be seen of the backup that is under way. */
struct hosted_backup {
    bool is_there;
    bool is_stopped;
    JET_INSTANCE handle;
    const char *phase; /* "begun", "databases", "logs", "truncated", "stopped" */
    uint64_t bytes_done, bytes_total;
    uint32_t files_done;
    char reason[128]; /* of the stop */
};

/* A backup has begun. False: there are too many (max_backups). */
MUST_CHECK bool hosted_backup_begin(struct hosted *hosted, JET_INSTANCE handle);
/* What is new of it; the stop is nobody's to change. */
void hosted_backup_note(struct hosted *hosted, const struct hosted_backup *backup);
void hosted_backup_end(struct hosted *hosted, jet_err err, const char *reason);
void hosted_backup_get(struct hosted *hosted, struct hosted_backup *ret_backup);

uint32_t hosting_active_backups(struct hosting *hosting);
const struct config *hosting_config(const struct hosting *hosting);

#endif
