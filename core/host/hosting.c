/* SPDX-License-Identifier: MIT */
/* hosting.c - see hosting.h.
 *
 * One lock guards the list of freezes, what was told of the instances, and the backups; it is not held while anything
 * lasts. The hosting's own thread is rung by every change and tells the listener. A freeze that is over stays in the
 * list until somebody asks for its thaw: that one must learn that it was too late. */
#include "host/hosting.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "host/instance_use.h"
#include "os/os_alarm.h"
#include "os/os_thread.h"
#include "os/os_word.h"

enum { ALIVE_MS = 1000, TIMEOUT_MIN_MS = 1000, TIMEOUT_MAX_MS = 600000 };

struct hosted {
    struct hosting *hosting;
    struct host_instance *host; /* NULL: it could not even be begun */
    const char *label;          /* the configuration's */
    /* guarded by the hosting's lock */
    enum host_instance_state told;
    struct hosted_backup backup;
};

struct freeze {
    struct freeze *next;
    struct host_freeze *host;
    const void *owner;
    uint32_t count;
    bool is_released; /* guarded by lock */
};

struct hosting {
    const struct config *config;
    struct hosting_listener listener;
    struct os_alarm *alarm;
    struct os_event *opened;
    struct os_thread *thread;
    atomic_bool is_ending;
    struct hosted *hosted;
    size_t count;
    struct os_mutex *lock;
    /* guarded by lock */
    struct freeze *freezes;
    bool was_late; /* a freeze that is forgotten had ended by itself */
    uint32_t active_backups;
};

/* ---- waiting for the answers of host.h ---- */

/* Lies with who waits, and is gone as soon as that one has seen the answer: so it is a word, of which who wakes needs
 * only the address, and no event. */
struct waiting {
    _Atomic uint32_t is_answered;
    struct host_answer *answer; /* written before */
};

static void answered(void *context, struct host_answer *answer)
{
    struct waiting *waiting = context;
    waiting->answer = answer;
    atomic_store(&waiting->is_answered, 1);
    os_word_wake_all(&waiting->is_answered);
}

/* The error of the answer; `*ret_count` may be NULL. */
static jet_err waiting_end(struct waiting *waiting, uint32_t *ret_count)
{
    while (atomic_load(&waiting->is_answered) == 0)
        os_word_wait(&waiting->is_answered, 0, OS_WAIT_FOREVER);
    const jet_err err = waiting->answer->err;
    if (ret_count)
        *ret_count = waiting->answer->count;
    host_answer_free(waiting->answer);
    return err;
}

static jet_err fail(struct hosting_failure *failure, jet_err err, const char *name, const char *text)
{
    *failure = (struct hosting_failure){err, name, text};
    return err;
}

static jet_err no_such_instance(struct hosting_failure *failure)
{
    return fail(failure, JET_errInvalidInstance, "NoSuchInstance", "there is no instance of this label");
}

/* ---- the thread that tells ---- */

static bool is_settled(enum host_instance_state state)
{
    return state != HOST_INSTANCE_RECOVERING;
}

/* One change that was not told yet; false: there is none. */
static bool tell_instance(struct hosting *hosting)
{
    struct hosted *changed = NULL;
    enum host_instance_state state = HOST_INSTANCE_CLOSED;
    bool all_settled = true;
    os_mutex_lock(hosting->lock);
    for (size_t i = 0; i < hosting->count && !changed; i++) {
        struct hosted *hosted = &hosting->hosted[i];
        state = hosted->host ? host_instance_state(hosted->host) : HOST_INSTANCE_FAILED;
        if (state == HOST_INSTANCE_FROZEN)
            state = HOST_INSTANCE_RUNNING; /* freezes are told by themselves */
        all_settled = all_settled && is_settled(state);
        if (state != hosted->told) {
            hosted->told = state;
            changed = hosted;
        }
    }
    os_mutex_unlock(hosting->lock);
    if (changed && hosting->listener.instance_changed) {
        struct host_instance_info info;
        jet_err err = JET_errOutOfMemory; /* of one that could not even be begun */
        if (changed->host && host_instance_info_get(changed->host, &info) >= JET_errSuccess) {
            err = info.error;
            host_instance_info_done(&info);
        }
        hosting->listener.instance_changed(hosting->listener.context, changed->label, state, err);
    }
    if (!changed && all_settled)
        os_event_set(hosting->opened);
    return changed != NULL;
}

/* True: the caller tells that it is over. */
static bool release_locked(struct freeze *freeze)
{
    const bool is_first = !freeze->is_released;
    freeze->is_released = true;
    return is_first;
}

static void tell_released(struct hosting *hosting, uint32_t count, jet_err err)
{
    if (hosting->listener.released)
        hosting->listener.released(hosting->listener.context);
    if (hosting->listener.thawed)
        hosting->listener.thawed(hosting->listener.context, count, err);
}

/* One freeze that its deadline has ended; false: there is none. */
static bool tell_freeze(struct hosting *hosting)
{
    bool is_found = false;
    uint32_t count = 0;
    os_mutex_lock(hosting->lock);
    for (struct freeze *freeze = hosting->freezes; freeze && !is_found; freeze = freeze->next) {
        count = freeze->count;
        is_found = host_freeze_state(freeze->host) == HOST_FREEZE_TIMED_OUT && release_locked(freeze);
    }
    os_mutex_unlock(hosting->lock);
    if (is_found)
        tell_released(hosting, count, JET_errOSSnapshotTimeOut);
    return is_found;
}

static void run(void *context)
{
    struct hosting *hosting = context;
    for (;;) {
        while (tell_instance(hosting) || tell_freeze(hosting))
            ;
        if (atomic_load(&hosting->is_ending))
            return;
        os_alarm_wait(hosting->alarm, 0);
    }
}

static void instance_changed(void *context, struct host_instance *instance)
{
    struct hosting *hosting = context;
    (void)instance;
    os_alarm_ring(hosting->alarm);
}

static void freeze_changed(void *context, struct host_freeze *freeze)
{
    struct hosting *hosting = context;
    (void)freeze;
    os_alarm_ring(hosting->alarm);
}

/* ---- opening ---- */

static void open_one(struct hosting *hosting, const struct config_instance *config, struct hosted *hosted)
{
    const struct host_instance_listener listener = {hosting, instance_changed};
    const struct host_instance_config order = {
        .label = config->label,
        .system_path = config->system_path,
        .log_path = config->log_path,
        .temporary_path = config->temporary_path,
        .base_name = config->base_name,
        .databases = (const char *const *)config->databases,
        .database_count = config->count_databases,
        .is_circular = config->circular_logging,
        .make_missing = config->make_missing,
        .log_file_kib = config->log_file_kib,
    };
    *hosted = (struct hosted){.hosting = hosting, .label = config->label, .told = HOST_INSTANCE_RECOVERING};
    if (host_instance_open(&order, &listener, &hosted->host) < JET_errSuccess)
        hosted->host = NULL; /* told as failed */
}

static void open_all(struct hosting *hosting)
{
    struct hosted *hosted = hosting->hosted;
    for (const struct config_instance *config = hosting->config->instances; config; config = config->next)
        open_one(hosting, config, hosted++);
}

static void hosting_free(struct hosting *hosting)
{
    os_alarm_free(hosting->alarm);
    os_event_free(hosting->opened);
    os_mutex_free(hosting->lock);
    free(hosting->hosted);
    free(hosting);
}

static jet_err hosting_make(const struct config *config, const struct hosting_listener *listener,
                            struct hosting **ret_hosting)
{
    struct hosting *hosting = calloc(1, sizeof *hosting);
    if (!hosting)
        return JET_errOutOfMemory;
    hosting->config = config;
    hosting->listener = *listener;
    for (const struct config_instance *instance = config->instances; instance; instance = instance->next)
        hosting->count++;
    hosting->hosted = calloc(hosting->count + 1, sizeof *hosting->hosted);
    jet_err err = hosting->hosted ? os_alarm_new(&hosting->alarm) : JET_errOutOfMemory;
    if (err >= JET_errSuccess)
        err = os_event_new(&hosting->opened);
    if (err >= JET_errSuccess)
        err = os_mutex_new(LOCK_RANK_HOSTING, &hosting->lock);
    if (err < JET_errSuccess) {
        hosting_free(hosting);
        return err;
    }
    *ret_hosting = hosting;
    return JET_errSuccess;
}

jet_err hosting_open(const struct config *config, const struct hosting_listener *listener, struct hosting **ret_hosting)
{
    struct hosting *hosting;
    jet_err err = host_process_configure(config->max_instances, config->page_size, config->cache_pages_max);
    if (err >= JET_errSuccess)
        err = hosting_make(config, listener, &hosting);
    if (err < JET_errSuccess)
        return err;
    open_all(hosting);
    err = os_thread_start(run, hosting, &hosting->thread);
    if (err < JET_errSuccess) {
        hosting_close(hosting, NULL, NULL);
        return err;
    }
    *ret_hosting = hosting;
    return JET_errSuccess;
}

bool hosting_wait_opened(struct hosting *hosting, int64_t timeout_ms)
{
    return os_event_wait(hosting->opened, timeout_ms);
}

size_t hosting_count(const struct hosting *hosting)
{
    return hosting->count;
}

const struct config *hosting_config(const struct hosting *hosting)
{
    return hosting->config;
}

struct hosted *hosting_at(struct hosting *hosting, size_t index)
{
    return &hosting->hosted[index];
}

struct hosted *hosting_find(struct hosting *hosting, const char *label)
{
    for (size_t i = 0; i < hosting->count; i++)
        if (strcmp(hosting->hosted[i].label, label) == 0)
            return &hosting->hosted[i];
    return NULL;
}

struct host_instance *hosted_instance(struct hosted *hosted)
{
    return hosted->host;
}

const char *hosted_label(const struct hosted *hosted)
{
    return hosted->label;
}

static enum host_instance_state hosted_state(const struct hosted *hosted)
{
    return hosted->host ? host_instance_state(hosted->host) : HOST_INSTANCE_FAILED;
}

/* ---- backups ---- */

bool hosted_backup_begin(struct hosted *hosted, JET_INSTANCE handle)
{
    struct hosting *hosting = hosted->hosting;
    os_mutex_lock(hosting->lock);
    const bool is_room = hosting->active_backups < hosting->config->max_backups;
    if (is_room) {
        hosting->active_backups++;
        hosted->backup = (struct hosted_backup){.is_there = true, .handle = handle, .phase = "begun"};
    }
    os_mutex_unlock(hosting->lock);
    if (is_room && hosting->listener.backup_begun)
        hosting->listener.backup_begun(hosting->listener.context, hosted->label);
    return is_room;
}

void hosted_backup_note(struct hosted *hosted, const struct hosted_backup *backup)
{
    struct hosted_backup *to = &hosted->backup;
    os_mutex_lock(hosted->hosting->lock);
    to->phase = to->is_stopped ? "stopped" : backup->phase;
    to->bytes_done = backup->bytes_done;
    to->bytes_total = backup->bytes_total;
    to->files_done = backup->files_done;
    os_mutex_unlock(hosted->hosting->lock);
}

void hosted_backup_get(struct hosted *hosted, struct hosted_backup *ret_backup)
{
    os_mutex_lock(hosted->hosting->lock);
    *ret_backup = hosted->backup;
    os_mutex_unlock(hosted->hosting->lock);
}

void hosted_backup_end(struct hosted *hosted, jet_err err, const char *reason)
{
    struct hosting *hosting = hosted->hosting;
    os_mutex_lock(hosting->lock);
    hosting->active_backups--;
    hosted->backup = (struct hosted_backup){.is_there = false};
    os_mutex_unlock(hosting->lock);
    if (hosting->listener.backup_ended)
        hosting->listener.backup_ended(hosting->listener.context, hosted->label, err, reason);
}

uint32_t hosting_active_backups(struct hosting *hosting)
{
    os_mutex_lock(hosting->lock);
    const uint32_t count = hosting->active_backups;
    os_mutex_unlock(hosting->lock);
    return count;
}

/* The engine's stop takes the process's lock for some instructions, which is of a lower rank: so the backup cannot end
 * meanwhile. */
static uint32_t stop_one_locked(struct hosted *hosted, const char *reason)
{
    struct hosted_backup *backup = &hosted->backup;
    if (!backup->is_there)
        return 0;
    const bool is_first = !backup->is_stopped;
    if (is_first) {
        const size_t length = strlen(reason) < sizeof backup->reason ? strlen(reason) : sizeof backup->reason - 1;
        memcpy(backup->reason, reason, length);
        backup->reason[length] = '\0';
        backup->is_stopped = true;
        backup->phase = "stopped";
    }
    jet_err_ignore(JetStopBackupInstance(backup->handle)); /* fails only if it does not run: nothing to stop */
    return is_first;
}

jet_err hosting_stop_backups(struct hosting *hosting, const char *label, const char *reason, uint32_t *ret_count,
                             struct hosting_failure *failure)
{
    struct hosted *one = *label ? hosting_find(hosting, label) : NULL;
    uint32_t count = 0;
    if (*label && !one)
        return no_such_instance(failure);
    if (one && hosted_state(one) != HOST_INSTANCE_RUNNING && hosted_state(one) != HOST_INSTANCE_FROZEN)
        return fail(failure, JET_errInvalidParameter, "", "the instance does not run");
    os_mutex_lock(hosting->lock);
    for (size_t i = 0; i < hosting->count; i++)
        if (!one || one == &hosting->hosted[i])
            count += stop_one_locked(&hosting->hosted[i], reason);
    os_mutex_unlock(hosting->lock);
    *ret_count = count;
    return JET_errSuccess;
}

/* ---- freezes ---- */

static void freeze_end(struct freeze *freeze)
{
    struct waiting waiting = {.answer = NULL};
    const struct host_call call = {&waiting, answered};
    host_freeze_close(freeze->host, &call);
    (void)waiting_end(&waiting, NULL);
    host_freeze_free(freeze->host);
    free(freeze);
}

/* Takes the first one for which `is_meant` out of the list; NULL: there is none. */
static struct freeze *freeze_take(struct hosting *hosting,
                                  bool (*is_meant)(const struct freeze *freeze, const void *owner), const void *owner)
{
    os_mutex_lock(hosting->lock);
    struct freeze **at = &hosting->freezes;
    while (*at && !is_meant(*at, owner))
        at = &(*at)->next;
    struct freeze *freeze = *at;
    if (freeze)
        *at = freeze->next;
    os_mutex_unlock(hosting->lock);
    return freeze;
}

static void freeze_drop(struct hosting *hosting, struct freeze *freeze, jet_err err)
{
    const uint32_t count = freeze->count;
    const bool is_told = !release_locked(freeze); /* nobody else has it any more */
    freeze_end(freeze);
    if (!is_told)
        tell_released(hosting, count, err);
}

static bool is_late_of_nobody(const struct freeze *freeze, const void *owner)
{
    (void)owner;
    return !freeze->owner && host_freeze_state(freeze->host) == HOST_FREEZE_TIMED_OUT;
}

/* Those that nobody has thawed in time are many if nobody ever thaws. */
static void forget_late(struct hosting *hosting)
{
    struct freeze *freeze;
    while ((freeze = freeze_take(hosting, is_late_of_nobody, NULL)) != NULL) {
        freeze_drop(hosting, freeze, JET_errOSSnapshotTimeOut);
        os_mutex_lock(hosting->lock);
        hosting->was_late = true;
        os_mutex_unlock(hosting->lock);
    }
}

/* An instance that does not run writes nothing: "all" does not mean it. */
static bool is_meant_by_all(const struct hosted *hosted)
{
    const enum host_instance_state state = hosted_state(hosted);
    return state != HOST_INSTANCE_FAILED && state != HOST_INSTANCE_CLOSED;
}

static void add_once(struct host_instance **instances, size_t *count, struct host_instance *instance)
{
    for (size_t i = 0; i < *count; i++)
        if (instances[i] == instance)
            return;
    instances[(*count)++] = instance;
}

static jet_err choose(struct hosting *hosting, const char *const *labels, uint32_t label_count,
                      struct host_instance **instances, size_t *ret_count, struct hosting_failure *failure)
{
    *ret_count = 0;
    for (uint32_t i = 0; i < label_count; i++) {
        const struct hosted *hosted = hosting_find(hosting, labels[i]);
        if (!hosted)
            return no_such_instance(failure);
        if (!hosted->host)
            return fail(failure, JET_errOSSnapshotNotAllowed, "", "an instance does not run");
        add_once(instances, ret_count, hosted->host);
    }
    for (size_t i = 0; label_count == 0 && i < hosting->count; i++)
        if (is_meant_by_all(&hosting->hosted[i]))
            add_once(instances, ret_count, hosting->hosted[i].host);
    return JET_errSuccess;
}

static jet_err freeze_begin(struct hosting *hosting, struct host_instance *const *instances, size_t count,
                            const struct host_freeze_options *options, struct freeze *freeze)
{
    const struct host_freeze_listener listener = {hosting, freeze_changed};
    struct waiting waiting = {.answer = NULL};
    const struct host_call frozen = {&waiting, answered};
    jet_err err = host_freeze_begin(instances, count, options, &listener, &frozen, &freeze->host);
    if (err < JET_errSuccess)
        return err; /* without an answer */
    return waiting_end(&waiting, &freeze->count);
}

static void freeze_add(struct hosting *hosting, struct freeze *freeze)
{
    os_mutex_lock(hosting->lock);
    freeze->next = hosting->freezes;
    hosting->freezes = freeze;
    os_mutex_unlock(hosting->lock);
    os_alarm_ring(hosting->alarm); /* its deadline may have come already */
}

static jet_err freeze_chosen(struct hosting *hosting, const void *owner, struct host_instance *const *instances,
                             size_t count, const struct host_freeze_options *options, struct hosting_failure *failure)
{
    struct freeze *freeze = calloc(1, sizeof *freeze);
    if (!freeze)
        return fail(failure, JET_errOutOfMemory, "", "");
    freeze->owner = owner;
    if (hosting->listener.freezing)
        hosting->listener.freezing(hosting->listener.context);
    jet_err err = freeze_begin(hosting, instances, count, options, freeze);
    if (err >= JET_errSuccess) {
        if (hosting->listener.frozen)
            hosting->listener.frozen(hosting->listener.context, freeze->count, options->timeout_ms);
        freeze_add(hosting, freeze);
        return JET_errSuccess;
    }
    if (freeze->host)
        freeze_end(freeze);
    else
        free(freeze);
    if (hosting->listener.released)
        hosting->listener.released(hosting->listener.context);
    return fail(failure, err, "", err == JET_errOSSnapshotInvalidSequence ? "there is a freeze" : "");
}

jet_err hosting_freeze(struct hosting *hosting, const void *owner, const char *const *labels, uint32_t count,
                       uint32_t timeout_ms, bool is_copy, struct hosting_failure *failure)
{
    const struct host_freeze_options options = {
        .timeout_ms = timeout_ms > 0 ? timeout_ms : hosting->config->freeze_timeout_ms,
        .grbit = is_copy ? JET_bitCopySnapshot : 0,
    };
    size_t chosen = 0;
    if (options.timeout_ms < TIMEOUT_MIN_MS || options.timeout_ms > TIMEOUT_MAX_MS)
        return fail(failure, JET_errInvalidParameter, "InvalidArgs", "the time-out must be 1 to 600 seconds");
    struct host_instance **instances = calloc(hosting->count + 1, sizeof(struct host_instance *));
    if (!instances)
        return fail(failure, JET_errOutOfMemory, "", "");
    forget_late(hosting);
    jet_err err = choose(hosting, labels, count, instances, &chosen, failure);
    if (err >= JET_errSuccess && chosen > 0)
        err = freeze_chosen(hosting, owner, instances, chosen, &options, failure);
    free(instances);
    return err;
}

static bool is_meant_by_thaw(const struct freeze *freeze, const void *owner)
{
    return !freeze->owner || freeze->owner == owner;
}

static jet_err thaw_one(struct hosting *hosting, struct freeze *freeze, uint32_t *count)
{
    struct waiting waiting = {.answer = NULL};
    const struct host_call call = {&waiting, answered};
    host_freeze_thaw(freeze->host, &call);
    const jet_err err = waiting_end(&waiting, NULL);
    if (err >= JET_errSuccess)
        *count += freeze->count;
    freeze_drop(hosting, freeze, err);
    return err;
}

jet_err hosting_thaw(struct hosting *hosting, const void *owner, uint32_t *ret_count, struct hosting_failure *failure)
{
    struct freeze *freeze;
    uint32_t count = 0;
    jet_err err = JET_errSuccess;
    os_mutex_lock(hosting->lock);
    bool is_late = hosting->was_late;
    hosting->was_late = false;
    os_mutex_unlock(hosting->lock);
    while ((freeze = freeze_take(hosting, is_meant_by_thaw, owner)) != NULL) {
        const jet_err one = thaw_one(hosting, freeze, &count);
        is_late = is_late || one == JET_errOSSnapshotTimeOut;
        err = err < JET_errSuccess ? err : one;
    }
    if (is_late)
        return fail(failure, JET_errOSSnapshotTimeOut, "", "the freeze had ended by its deadline");
    if (err < JET_errSuccess)
        return fail(failure, err, "", "");
    *ret_count = count;
    return JET_errSuccess;
}

static bool is_owned(const struct freeze *freeze, const void *owner)
{
    return freeze->owner == owner;
}

void hosting_abort_owned(struct hosting *hosting, const void *owner)
{
    struct freeze *freeze;
    while ((freeze = freeze_take(hosting, is_owned, owner)) != NULL)
        freeze_drop(hosting, freeze, JET_errOSSnapshotInvalidSequence);
}

void hosting_keep(struct hosting *hosting, const void *owner)
{
    os_mutex_lock(hosting->lock);
    for (struct freeze *freeze = hosting->freezes; freeze; freeze = freeze->next)
        if (freeze->owner == owner)
            freeze->owner = NULL;
    os_mutex_unlock(hosting->lock);
}

uint64_t hosting_thaws_in_ms(struct hosting *hosting)
{
    uint64_t first_us = 0;
    os_mutex_lock(hosting->lock);
    for (const struct freeze *freeze = hosting->freezes; freeze; freeze = freeze->next) {
        const uint64_t deadline_us = host_freeze_deadline_us(freeze->host);
        if (deadline_us > 0 && (first_us == 0 || deadline_us < first_us))
            first_us = deadline_us;
    }
    os_mutex_unlock(hosting->lock);
    const uint64_t now_us = host_now_us();
    if (first_us == 0)
        return 0;
    return first_us > now_us ? (first_us - now_us) / 1000 + 1 : 1;
}

/* ---- the end ---- */

static bool is_any(const struct freeze *freeze, const void *owner)
{
    (void)freeze;
    (void)owner;
    return true;
}

static void close_instances(struct hosting *hosting, struct waiting *waitings)
{
    for (size_t i = 0; i < hosting->count; i++) {
        const struct host_call call = {&waitings[i], answered};
        if (hosting->hosted[i].host)
            host_instance_close(hosting->hosted[i].host, &call);
    }
}

static void wait_for_closed(struct hosting *hosting, struct waiting *waitings, void (*alive)(void *context),
                            void *context)
{
    for (size_t i = 0; i < hosting->count; i++) {
        if (!hosting->hosted[i].host)
            continue;
        while (atomic_load(&waitings[i].is_answered) == 0) {
            os_word_wait(&waitings[i].is_answered, 0, ALIVE_MS);
            if (alive && atomic_load(&waitings[i].is_answered) == 0)
                alive(context);
        }
        (void)waiting_end(&waitings[i], NULL); /* a failure is in the log, and recovery mends it */
        host_instance_free(hosting->hosted[i].host);
    }
}

/* All end at once, each in its thread. Without memory for their answers nothing is ended: recovery is for that. */
static void end_instances(struct hosting *hosting, void (*alive)(void *context), void *context)
{
    struct waiting *waitings = calloc(hosting->count + 1, sizeof *waitings);
    if (waitings) {
        close_instances(hosting, waitings);
        wait_for_closed(hosting, waitings, alive, context);
    }
    free(waitings);
}

void hosting_close(struct hosting *hosting, void (*alive)(void *context), void *context)
{
    struct freeze *freeze;
    if (!hosting)
        return;
    while ((freeze = freeze_take(hosting, is_any, NULL)) != NULL)
        freeze_drop(hosting, freeze, JET_errOSSnapshotInvalidSequence);
    atomic_store(&hosting->is_ending, true);
    os_alarm_ring(hosting->alarm);
    os_thread_join(hosting->thread);
    end_instances(hosting, alive, context);
    hosting_free(hosting);
}
