/* SPDX-License-Identifier: MIT */
/* backup.c - one streaming backup: the calls of the API in a worker, and a pump for the open file.
 *
 * Stops. Whoever stops the backup, by whatever door, ends in the engine's own stop, which rings the watch of the
 * instance (jet/instance_backup.h): it rings two bells, the pump's and the worker's. The pump asks the engine whether
 * the stop is in force and ends; the worker tells the listener. Nothing of that waits for a call that the worker is in.
 *
 * Who may touch what. The worker alone: the engine's calls but reads, the lists, `pump`. The lock: `seen` and the stops
 * that wait for the pump. Atomic: what the pump counts, when something happened last. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host.h"
#include "host/answer.h"
#include "host/file_list.h"
#include "host/instance_use.h"
#include "host/worker.h"
#include "jet/instance_backup.h"
#include "os/os_file.h"
#include "os/os_thread.h"
#include "pump.h"

enum { IDLE_TIMEOUT_MS = 600000, IDLE_AGAIN_US = 5000000 };

/* What there is of it in the engine. Once it is not TIED the engine is not called for it any more: the next backup
 * there is somebody else's. */
enum tie {
    TIED,
    RELEASED, /* stopped and released: its client is told what one of a stopped backup is */
    GONE,     /* the instance has ended */
};

struct host_backup {
    struct host_instance *instance;
    struct instance_streamer streamer;  /* what the instance knows of it */
    struct host_backup_options options; /* transport and rate are guarded by the lock */
    struct host_backup_listener listener;
    _Atomic JET_INSTANCE handle; /* written by the worker at begin */
    struct worker *worker;
    int pump_bell;               /* eventfd */
    atomic_bool was_rung;        /* by the engine; the worker is to look whether there was a stop */
    atomic_int tie;              /* enum tie */
    _Atomic(const char *) cause; /* of a stop that is not one of the calls here; NULL: not known */
    _Atomic uint64_t moved_us;   /* when a call came or went, or a byte moved */
    _Atomic uint64_t bytes_done;
    /* the worker's */
    bool is_begun; /* and not ended: there is a backup of ours in the engine */
    bool is_told;  /* the listener knows of the stop */
    struct file_list databases, logs;
    struct pump *pump;
    uint32_t file; /* number of the open file; of the last one if none is open */
    JET_HANDLE file_handle;
    struct os_mutex *lock;
    /* guarded by lock */
    struct host_backup_progress seen; /* but bytes_done */
    bool is_stopping;                 /* somebody wants it stopped, perhaps before it has begun */
    bool is_moving;                   /* the pump may move bytes */
    struct job *stops;                /* that are answered when it does not */
};

/* ---- what is seen from outside ---- */

static void note_activity(struct host_backup *b)
{
    atomic_store(&b->moved_us, host_now_us());
}

static void set_phase(struct host_backup *b, enum host_backup_phase phase)
{
    os_mutex_lock(b->lock);
    if (b->seen.phase < HOST_BACKUP_STOPPED || phase == HOST_BACKUP_ENDED)
        b->seen.phase = phase;
    os_mutex_unlock(b->lock);
}

static void set_file(struct host_backup *b, const char *path)
{
    const size_t length = strlen(path);
    const size_t room = sizeof b->seen.file - 1;
    os_mutex_lock(b->lock);
    (void)strcpy(b->seen.file, length > room ? path + length - room : path);
    os_mutex_unlock(b->lock);
}

void host_backup_progress_get(struct host_backup *b, struct host_backup_progress *ret_progress)
{
    os_mutex_lock(b->lock);
    *ret_progress = b->seen;
    os_mutex_unlock(b->lock);
    ret_progress->bytes_done = atomic_load(&b->bytes_done);
}

/* Text for people: cut where it is too long, between two characters. */
static void reason_set_locked(struct host_backup *b, const char *reason)
{
    const size_t room = sizeof b->seen.reason - 1;
    size_t length = strlen(reason);
    if (b->seen.reason[0] != '\0')
        return; /* the first counts */
    if (length > room)
        for (length = room; length > 0 && ((unsigned char)reason[length] & 0xC0u) == 0x80u;)
            length--;
    memcpy(b->seen.reason, reason, length);
    b->seen.reason[length] = '\0';
}

/* ---- the stop ---- */

static void ring_pump(struct host_backup *b)
{
    (void)eventfd_write(b->pump_bell, 1);
}

/* The process's lock is held: events only. */
static void rung_by_engine(void *context)
{
    struct host_backup *b = context;
    atomic_store(&b->was_rung, true);
    ring_pump(b);
    worker_wake(b->worker);
}

static bool is_tied(struct host_backup *b)
{
    return atomic_load(&b->tie) == TIED;
}

/* For a backup that has begun: the engine moves no byte of it any more. */
static bool engine_refuses(struct host_backup *b)
{
    struct instance_backup_view view;
    return !is_tied(b) || instance_backup_look(b->handle, &view) < JET_errSuccess || view.refusal < JET_errSuccess;
}

/* And is that a stop? Of an instance that ends, the engine knows no backup. */
static bool is_stopped_by_server(struct host_backup *b)
{
    struct instance_backup_view view;
    return !is_tied(b) || instance_backup_look(b->handle, &view) < JET_errSuccess ||
           view.refusal == JET_errBackupAbortByServer;
}

/* For the pump; the bell is emptied first, so that a stop behind the look rings again. */
static jet_err pump_judge(void *context)
{
    struct host_backup *b = context;
    eventfd_t count;
    (void)eventfd_read(b->pump_bell, &count);
    return engine_refuses(b) ? JET_errBackupAbortByServer : JET_errSuccess;
}

static void pump_moved(void *context, uint64_t bytes)
{
    struct host_backup *b = context;
    atomic_fetch_add(&b->bytes_done, bytes);
    note_activity(b);
}

static void answer_stops(struct job *stops)
{
    while (stops) {
        struct job *job = stops;
        stops = job->next;
        job_answer(job);
    }
}

static void pump_ended(void *context)
{
    struct host_backup *b = context;
    os_mutex_lock(b->lock);
    struct job *stops = b->stops;
    b->stops = NULL;
    b->is_moving = false;
    os_mutex_unlock(b->lock);
    answer_stops(stops);
    worker_wake(b->worker);
}

/* The listener is told once. */
static void tell_stopped(struct host_backup *b, const char *reason)
{
    char told[sizeof b->seen.reason];
    if (b->is_told)
        return;
    b->is_told = true;
    os_mutex_lock(b->lock);
    reason_set_locked(b, reason);
    b->seen.phase = HOST_BACKUP_STOPPED;
    memcpy(told, b->seen.reason, sizeof told);
    os_mutex_unlock(b->lock);
    if (b->listener.stopped)
        b->listener.stopped(b->listener.context, b, told, JET_errBackupAbortByServer);
}

/* It was stopped, and is released: another may begin, while its client sleeps. What the client is told from here on is
 * told here. The pump leaves first: the engine's handles of files are all alike. */
static void untie(struct host_backup *b)
{
    int tied = TIED;
    if (!atomic_compare_exchange_strong(&b->tie, &tied, RELEASED))
        return;
    ring_pump(b);
    if (b->pump)
        pump_join(b->pump);
    jet_err_ignore(instance_backup_watch(b->handle, NULL)); /* or it is gone with the instance */
    jet_err_ignore(JetEndExternalBackupInstance2(b->handle, JET_bitBackupEndAbort)); /* takes the tombstone away */
    instance_take_back_from_backup(b->instance, &b->streamer);
}

/* Has it been stopped by somebody, since the last look? */
static void look_for_stop(struct host_backup *b)
{
    struct instance_backup_view view = {false, JET_errSuccess};
    if (!b->is_begun || !atomic_exchange(&b->was_rung, false) || !engine_refuses(b))
        return;
    if (is_tied(b) && instance_backup_look(b->handle, &view) >= JET_errSuccess && !view.is_streaming)
        untie(b); /* so that who is told can begin another at once */
    const char *cause = atomic_load(&b->cause);
    tell_stopped(b, cause ? cause : "stopped by the instance");
}

void host_backup_stop(struct host_backup *b, const char *reason, const struct host_call *call)
{
    struct job *job = job_new(NULL, call, NULL);
    struct instance_backup_view view = {false, JET_errNoBackup};
    os_mutex_lock(b->lock);
    const bool is_over = b->seen.phase == HOST_BACKUP_ENDED;
    const bool is_first = !is_over && b->seen.phase != HOST_BACKUP_STOPPED && !b->is_stopping;
    if (is_first) {
        b->is_stopping = true;
        reason_set_locked(b, reason && *reason ? reason : "stopped");
    }
    os_mutex_unlock(b->lock);
    if (!is_over && is_tied(b) && instance_backup_look(b->handle, &view) >= JET_errSuccess)
        jet_err_ignore(JetStopBackupInstance(b->handle)); /* fails only if there is no instance: nothing to stop */
    if (!job)
        return;
    job->answer->count = is_first;
    os_mutex_lock(b->lock);
    const bool waits = b->is_moving;
    if (waits) {
        job->next = b->stops;
        b->stops = job;
    }
    os_mutex_unlock(b->lock);
    if (!waits)
        job_answer(job);
}

/* Nobody does anything with it: what it holds in the engine goes, and its client is told what one of a stopped backup
 * is. */
static void end_idle(struct host_backup *b)
{
    atomic_store(&b->cause, "idle for too long");
    const bool is_released = instance_backup_stop_and_release(b->handle, HOST_RELEASE_MS) >= JET_errSuccess;
    look_for_stop(b);
    if (is_released)
        instance_backup_open_gate(b->handle);
}

static uint64_t look(void *owner)
{
    struct host_backup *b = owner;
    look_for_stop(b);
    if (!b->is_begun || !is_tied(b)) /* one that was stopped still occupies the instance */
        return 0;
    const uint64_t due_us = atomic_load(&b->moved_us) + (uint64_t)b->options.idle_timeout_ms * 1000;
    if (host_now_us() < due_us)
        return due_us;
    end_idle(b);
    return is_tied(b) ? host_now_us() + IDLE_AGAIN_US : 0; /* a call is inside */
}

static void note_cause(void *context, const char *cause)
{
    struct host_backup *b = context;
    atomic_store(&b->cause, cause);
}

static void note_gone(void *context)
{
    struct host_backup *b = context;
    int tied = TIED;
    (void)atomic_compare_exchange_strong(&b->tie, &tied, GONE);
    rung_by_engine(b);
}

static void stop_for_instance(void *context, const char *reason, const struct host_call *call)
{
    host_backup_stop(context, reason, call);
}

/* ---- calls ---- */

/* May the call go to the engine? Its own answers come from there. */
static jet_err call_begin(struct host_backup *b)
{
    note_activity(b);
    if (!b->is_begun)
        return JET_errNoBackup;
    switch ((enum tie)atomic_load(&b->tie)) {
    case RELEASED: return JET_errBackupAbortByServer;
    case GONE: return JET_errTermInProgress;
    default: return JET_errSuccess;
    }
}

static void begin_failed(struct host_backup *b)
{
    jet_err_ignore(instance_backup_watch(b->handle, NULL)); /* or it is gone with the instance */
    instance_take_back_from_backup(b->instance, &b->streamer);
    set_phase(b, HOST_BACKUP_ENDED);
}

static void begin_run(void *owner, struct job *job)
{
    struct host_backup *b = owner;
    const struct instance_backup_watch watch = {rung_by_engine, b};
    JET_INSTANCE handle = 0;
    jet_err err = instance_lend_to_backup(b->instance, &b->streamer, &handle, &job->answer->reason);
    atomic_store(&b->handle, handle);
    if (err < JET_errSuccess) {
        job->answer->err = err;
        set_phase(b, HOST_BACKUP_ENDED);
        return;
    }
    err = instance_backup_watch(b->handle, &watch);
    if (err >= JET_errSuccess)
        err = JetBeginExternalBackupInstance(b->handle, b->options.grbit);
    if (err < JET_errSuccess) {
        job->answer->err = err;
        begin_failed(b);
        return;
    }
    b->is_begun = true;
    note_activity(b);
    os_mutex_lock(b->lock);
    const bool is_stopping = b->is_stopping;
    os_mutex_unlock(b->lock);
    if (is_stopping) /* that one came before the engine could see it, which forgets it */
        jet_err_ignore(JetStopBackupInstance(b->handle));
    host_instance_refresh(b->instance);
}

/* ---- lists ---- */

static void note_lists(struct host_backup *b, const JET_LOGINFO_A *info)
{
    os_mutex_lock(b->lock);
    b->seen.bytes_total = file_list_bytes(&b->databases) + file_list_bytes(&b->logs);
    if (info) {
        b->seen.first_generation = info->ulGenLow;
        b->seen.last_generation = info->ulGenHigh;
    }
    os_mutex_unlock(b->lock);
    set_phase(b, info ? HOST_BACKUP_LOGS : HOST_BACKUP_DATABASES);
}

static jet_err take_databases(struct host_backup *b)
{
    jet_err err = file_list_databases(b->handle, &b->databases);
    if (err >= JET_errSuccess && !b->logs.is_known)
        note_lists(b, NULL);
    return err;
}

/* The part of the list that was asked for. */
static void answer_list(struct job *job, const struct file_list *list)
{
    struct host_answer *answer = job->answer;
    const size_t first = job->number < list->count ? job->number : list->count;
    const size_t count = list->count - first < job->most ? list->count - first : job->most;
    answer->files = calloc(count + 1, sizeof *answer->files);
    if (!answer->files) {
        answer->err = JET_errOutOfMemory;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        answer->files[i].size_bytes = list->files[first + i].size_bytes;
        if (!text_copy(list->files[first + i].path, &answer->files[i].path)) {
            answer->err = JET_errOutOfMemory;
            return; /* what is there is freed with the answer */
        }
        answer->file_count++;
    }
    answer->total = (uint32_t)list->count;
}

static void attach_info_run(void *owner, struct job *job)
{
    struct host_backup *b = owner;
    job->answer->err = call_begin(b);
    if (job->answer->err >= JET_errSuccess)
        job->answer->err = take_databases(b);
    if (job->answer->err >= JET_errSuccess)
        answer_list(job, &b->databases);
}

static void log_info_run(void *owner, struct job *job)
{
    struct host_backup *b = owner;
    JET_LOGINFO_A info = {.cbSize = sizeof info};
    job->answer->err = call_begin(b);
    if (job->answer->err >= JET_errSuccess)
        job->answer->err = file_list_logs(b->handle, &info, &b->logs);
    if (job->answer->err < JET_errSuccess)
        return;
    note_activity(b); /* it may have taken long */
    note_lists(b, &info);
    answer_list(job, &b->logs);
    job->answer->first_generation = info.ulGenLow;
    job->answer->last_generation = info.ulGenHigh;
}

static void truncate_info_run(void *owner, struct job *job)
{
    struct host_backup *b = owner;
    struct file_list list = {NULL, 0, false};
    job->answer->err = call_begin(b);
    if (job->answer->err >= JET_errSuccess)
        job->answer->err = file_list_superfluous(b->handle, &list);
    if (job->answer->err >= JET_errSuccess)
        answer_list(job, &list);
    file_list_free(&list);
}

static void list_queue(struct host_backup *b, void (*run)(void *owner, struct job *job), uint32_t first, uint32_t most,
                       const struct host_call *call)
{
    struct job *job = job_new(run, call, NULL);
    if (!job)
        return;
    job->number = first;
    job->most = most;
    worker_queue(b->worker, job);
}

void host_backup_get_attach_info(struct host_backup *b, uint32_t first, uint32_t most, const struct host_call *call)
{
    list_queue(b, attach_info_run, first, most, call);
}

void host_backup_get_log_info(struct host_backup *b, uint32_t first, uint32_t most, const struct host_call *call)
{
    list_queue(b, log_info_run, first, most, call);
}

void host_backup_get_truncate_info(struct host_backup *b, uint32_t first, uint32_t most, const struct host_call *call)
{
    list_queue(b, truncate_info_run, first, most, call);
}

/* ---- files ---- */

/* Only what a list has given, so that nobody learns of other files, and a slip does not end the backup. */
static jet_err check_listed(struct host_backup *b, const char *path)
{
    const bool is_full = (b->options.grbit & JET_bitBackupIncremental) == 0;
    if (!file_list_has(&b->logs, path) && !file_list_has(&b->databases, path) && is_full && !b->databases.is_known) {
        jet_err err = take_databases(b);
        if (err < JET_errSuccess)
            return err;
    }
    return file_list_has(&b->logs, path) || file_list_has(&b->databases, path) ? JET_errSuccess : JET_errFileNotFound;
}

static jet_err engine_open(struct host_backup *b, const struct job *job, uint64_t *ret_size)
{
    uint32_t low = 0;
    int32_t high = 0;
    jet_err err = JetOpenFileSectionInstanceA(b->handle, job->path, &b->file_handle, 0, 1, job->offset, &low, &high);
    if (err < JET_errSuccess)
        return err;
    const uint64_t size = (uint64_t)(uint32_t)high << 32 | low;
    const uint64_t left = size > job->offset ? size - job->offset : 0;
    *ret_size = job->length > 0 && job->length < left ? job->length : left;
    return JET_errSuccess;
}

static jet_err pump_make(struct host_backup *b, uint64_t size, int *ret_fd)
{
    struct pump_order order = {
        .owner = {b, pump_judge, pump_moved, pump_ended},
        .instance = b->handle,
        .file = b->file_handle,
        .size = size,
        .bell = b->pump_bell,
    };
    os_mutex_lock(b->lock);
    order.max_rate = b->options.max_rate;
    order.transport = b->options.transport;
    b->is_moving = true;
    os_mutex_unlock(b->lock);
    jet_err err = pump_start(&order, &b->pump, ret_fd);
    if (err < JET_errSuccess)
        pump_ended(b);
    return err;
}

static void close_fd(int fd)
{
    (void)close(fd);
}

static void open_run(void *owner, struct job *job)
{
    struct host_backup *b = owner;
    struct host_answer *answer = job->answer;
    uint64_t size = 0;
    answer->err = call_begin(b);
    if (answer->err >= JET_errSuccess && b->pump) {
        answer->err = engine_refuses(b) ? JET_errBackupAbortByServer : JET_errOutOfMemory;
        answer->reason = answer->err == JET_errOutOfMemory ? HOST_REASON_LIMIT : HOST_REASON_NONE;
    }
    if (answer->err >= JET_errSuccess && engine_refuses(b))
        answer->err = JET_errBackupAbortByServer;
    if (answer->err >= JET_errSuccess)
        answer->err = check_listed(b, job->path);
    if (answer->err >= JET_errSuccess)
        answer->err = engine_open(b, job, &size);
    if (answer->err < JET_errSuccess)
        return;
    answer->err = pump_make(b, size, &answer->fd);
    if (answer->err < JET_errSuccess) {
        jet_err_ignore(JetCloseFileInstance(b->handle, b->file_handle)); /* the first error counts */
        return;
    }
    answer->close_fd = close_fd;
    answer->file = ++b->file;
    answer->bytes = size;
    set_file(b, job->path);
}

void host_backup_set_stream(struct host_backup *b, enum host_transport transport, uint64_t max_rate)
{
    os_mutex_lock(b->lock);
    b->options.transport = transport;
    b->options.max_rate = max_rate;
    os_mutex_unlock(b->lock);
}

void host_backup_open_file(struct host_backup *b, const char *path, uint64_t offset, uint64_t length,
                           const struct host_call *call)
{
    struct job *job = job_new(open_run, call, path);
    if (!job)
        return;
    job->offset = offset;
    job->length = length;
    worker_queue(b->worker, job);
}

/* Ends the stream where it is; waits for a call of the engine that the pump is in, and for nobody else. The engine's
 * error of the close is told if nothing else was wrong. */
static void file_close(struct host_backup *b, struct pump_result *ret_result)
{
    pump_cancel(b->pump);
    ring_pump(b);
    pump_free(b->pump, ret_result);
    b->pump = NULL;
    jet_err err = is_tied(b) ? JetCloseFileInstance(b->handle, b->file_handle) : JET_errSuccess;
    /* A damaged file was closed by the read that met it. */
    if (ret_result->status >= JET_errSuccess && err < JET_errSuccess)
        ret_result->status = err;
    /* Once it is released, the engine says that there is no backup. */
    const bool knows_nothing = ret_result->status >= JET_errSuccess || ret_result->status == JET_errNoBackup;
    if (knows_nothing && !ret_result->is_whole && is_stopped_by_server(b))
        ret_result->status = JET_errBackupAbortByServer;
    os_mutex_lock(b->lock);
    b->seen.file[0] = '\0';
    if (ret_result->status >= JET_errSuccess && ret_result->is_whole)
        b->seen.files_done++;
    os_mutex_unlock(b->lock);
}

static void close_file_run(void *owner, struct job *job)
{
    struct host_backup *b = owner;
    struct host_answer *answer = job->answer;
    struct pump_result result;
    note_activity(b);
    if (!b->pump || job->number != b->file) {
        answer_fail(answer, JET_errInvalidParameter, HOST_REASON_NO_SUCH_FILE);
        return;
    }
    file_close(b, &result);
    answer->bytes = result.bytes;
    answer->crc32c = result.crc32c;
    answer->status = result.status;
}

void host_backup_close_file(struct host_backup *b, uint32_t file, const struct host_call *call)
{
    struct job *job = job_new(close_file_run, call, NULL);
    if (!job)
        return;
    job->number = file;
    worker_queue(b->worker, job);
}

/* ---- truncation and end ---- */

/* How many there are to remove is known from the list; asking for one before its time would change the state of the
 * backup. */
static void truncate_run(void *owner, struct job *job)
{
    struct host_backup *b = owner;
    struct file_list list = {NULL, 0, false};
    jet_err err = call_begin(b);
    if (err >= JET_errSuccess && b->logs.is_known)
        err = file_list_superfluous(b->handle, &list);
    if (err >= JET_errSuccess)
        err = JetTruncateLogInstance(b->handle);
    job->answer->err = err;
    if (err >= JET_errSuccess) {
        job->answer->count = (uint32_t)list.count;
        set_phase(b, HOST_BACKUP_TRUNCATED);
    }
    file_list_free(&list);
}

void host_backup_truncate_log(struct host_backup *b, const struct host_call *call)
{
    struct job *job = job_new(truncate_run, call, NULL);
    if (job)
        worker_queue(b->worker, job);
}

/* The engine has nothing of ours any more. Of an instance that ends, or that is only given up, the watch goes too: it
 * is in the engine until then, and rings. Once released, the watch may be the next one's. */
static void ended(struct host_backup *b)
{
    b->is_begun = false;
    set_phase(b, HOST_BACKUP_ENDED);
    if (atomic_load(&b->tie) != RELEASED)
        jet_err_ignore(instance_backup_watch(b->handle, NULL)); /* or it is gone with the instance */
    instance_take_back_from_backup(b->instance, &b->streamer);
}

static void end_run(void *owner, struct job *job)
{
    struct host_backup *b = owner;
    struct pump_result result;
    note_activity(b);
    if (!b->is_begun) {
        job->answer->err = JET_errNoBackup;
        return;
    }
    if (b->pump)
        file_close(b, &result);
    look_for_stop(b);
    jet_err err = is_tied(b) ? JetEndExternalBackupInstance2(b->handle, job->number) : JET_errSuccess;
    job->answer->err = err;
    if (err >= JET_errSuccess || err == JET_errNoBackup)
        ended(b);
}

void host_backup_end(struct host_backup *b, uint32_t grbit, const struct host_call *call)
{
    struct job *job = job_new(end_run, call, NULL);
    if (!job)
        return;
    job->number = grbit;
    worker_queue(b->worker, job);
}

/* The client is gone: released as a freeze would, and the tombstone is taken away for it. */
static void abandon(struct host_backup *b)
{
    struct pump_result result;
    b->is_told = true; /* nobody is there to be told */
    const bool is_released =
        is_tied(b) && instance_backup_stop_and_release(b->handle, HOST_RELEASE_MS) >= JET_errSuccess;
    if (b->pump)
        file_close(b, &result);
    untie(b);
    if (is_released)
        instance_backup_open_gate(b->handle);
    ended(b);
}

static void close_run(void *owner, struct job *job)
{
    struct host_backup *b = owner;
    (void)job;
    if (b->is_begun)
        abandon(b);
    worker_finish(b->worker);
}

void host_backup_close(struct host_backup *b, const struct host_call *call)
{
    struct job *job = job_new(close_run, call, NULL);
    if (job)
        worker_queue(b->worker, job);
}

/* ---- life ---- */

void host_backup_free(struct host_backup *b)
{
    if (!b)
        return;
    worker_free(b->worker);
    file_list_free(&b->databases);
    file_list_free(&b->logs);
    if (b->pump_bell >= 0)
        (void)close(b->pump_bell);
    os_mutex_free(b->lock);
    free(b);
}

static jet_err backup_make(struct host_instance *instance, const struct host_backup_options *options,
                           const struct host_backup_listener *listener, struct host_backup **ret_backup)
{
    jet_err err = JET_errOutOfMemory;
    struct host_backup *b = calloc(1, sizeof *b);
    if (!b)
        return err;
    b->instance = instance;
    b->streamer = (struct instance_streamer){b, note_cause, note_gone, stop_for_instance};
    b->options = *options;
    if (b->options.idle_timeout_ms == 0)
        b->options.idle_timeout_ms = IDLE_TIMEOUT_MS;
    if (listener)
        b->listener = *listener;
    b->seen.grbit = options->grbit;
    b->seen.started_us = host_now_us();
    b->pump_bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (b->pump_bell < 0)
        goto fail;
    err = os_mutex_new(LOCK_RANK_LEAF, &b->lock);
    if (err < JET_errSuccess)
        goto fail;
    const struct worker_hooks hooks = {b, look};
    err = worker_start(&hooks, &b->worker);
    if (err < JET_errSuccess)
        goto fail;
    *ret_backup = b;
    return JET_errSuccess;
fail:
    host_backup_free(b);
    return err;
}

jet_err host_backup_begin(struct host_instance *instance, const struct host_backup_options *options,
                          const struct host_backup_listener *listener, const struct host_call *begun,
                          struct host_backup **ret_backup)
{
    static const struct host_call nobody;
    struct host_backup *b;
    struct job *job = job_new(begin_run, &nobody, NULL);
    if (!job)
        return JET_errOutOfMemory;
    jet_err err = backup_make(instance, options, listener, &b);
    if (err < JET_errSuccess) {
        job_answer(job);
        return err;
    }
    job->call = *begun;
    *ret_backup = b;
    worker_queue(b->worker, job);
    return JET_errSuccess;
}
