/* SPDX-License-Identifier: MIT */
/* backup.c - the streaming backup of one instance: states, order of calls, refusals, the stop, how it ends.
 *
 * Clients pull: begin, attach info, open, read ..., close, log info, read logs, truncate, end. JetBackupInstance, the
 * command line and the D-Bus service are clients of these same calls (see run.c); none of them has a way round.
 *
 *      IDLE --begin(full)---------> DATABASES --log info--> LOGS --end--> IDLE
 *      IDLE --begin(incremental)--> INCREMENTAL ------------------end--> IDLE
 *      IDLE --begin surrogate-----> SURROGATE -----------end surrogate--> IDLE
 *
 * Rules.
 *   1. Every entry point passes backup_enter(), which consults backup_rules[]. Nobody else compares states.
 *   2. The order of the tests is part of the contract: does a local backup run; was it stopped; are the arguments
 *      usable; may the call come now; is the file slot as it must be.
 *   3. backup_stop() may come from any thread at any time, also in a signal handler; it takes no lock. After it,
 *      calls marked in the table return JET_errBackupAbortByServer; close and end work. A call that has passed the
 *      gate runs to its end. begin and end clear the stop: one that comes before begin is forgotten (backup-api 3.2).
 *   4. Tear-down: an error of a call that ends the whole backup. It does what end does for a failed backup, and the
 *      call returns its own error.
 *   5. end returns success however the backup went; how it went is backup_last_outcome() (backup-api 3.5).
 *
 * The stop is one word, the event. An atomic flag beside it could disagree with it when a stop meets the begin that
 * clears it; the event's look is one load, with acquire order.
 *
 * Locks. b->lock guards everything but `state`, `stop` and what is fixed at creation, and serialises the calls. It is
 * held across the source's reads: those are the calls that are to wait for each other. `state` is written under the
 * lock and read by everybody, so that a refused call needs no lock.
 */
#include "backup/backup.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "backup/backup_internal.h"

enum backup_state {
    BACKUP_IDLE,
    BACKUP_DATABASES,   /* full backup, databases */
    BACKUP_LOGS,        /* full backup, logs */
    BACKUP_INCREMENTAL, /* logs */
    BACKUP_SURROGATE,   /* somewhere else; the instance is occupied */
    BACKUP_STATE_COUNT,
};

enum backup_call {
    BACKUP_CALL_BEGIN,
    BACKUP_CALL_ATTACH_INFO,
    BACKUP_CALL_OPEN,
    BACKUP_CALL_OPEN_DATABASE, /* what open turned out to be */
    BACKUP_CALL_OPEN_LOG,
    BACKUP_CALL_OPEN_STRANGER,
    BACKUP_CALL_READ,
    BACKUP_CALL_CLOSE,
    BACKUP_CALL_LOG_INFO,
    BACKUP_CALL_TRUNCATE,
    BACKUP_CALL_END,
};

#define IN(state) (1u << BACKUP_##state)

#define OK     JET_errSuccess
#define NONE   JET_errNoBackup                  /* -520 */
#define SEQ    JET_errInvalidBackupSequence     /* -521 */
#define BUSY   JET_errBackupInProgress          /* -505 */
#define BUSY_S JET_errSurrogateBackupInProgress /* -617 */
#define NO_DB  JET_errDatabaseNotFound          /* -1203 */
#define GONE   JET_errMissingFileToBackup       /* -569 */
#define SLOT   JET_errOutOfMemory               /* -1011 */
#define BAD    JET_errInvalidParameter          /* -1003 */

#define IN_LOGS  (IN(LOGS) | IN(INCREMENTAL))
#define ANYWHERE (IN(DATABASES) | IN_LOGS)

/* clang-format off */
/* backup-api 2.4, row by row. */
static const struct backup_rule {
    jet_err answer[BACKUP_STATE_COUNT]; /* OK: the call goes on */
    bool stop_refuses;                  /* JET_errBackupAbortByServer after a stop */
    jet_err file_open;                  /* answer while a file is open */
    jet_err file_closed;                /* answer while none is */
    unsigned torn_down_in;              /* states in which an error of the call ends the backup */
} backup_rules[] = {
    /* call                        no     full:      full:  incre-  surro-    stop     file  file    tear-down
                                   backup databases  logs   mental  gate      refuses  open  closed  in        */
    [BACKUP_CALL_BEGIN]         = {{OK,   BUSY,      BUSY,  BUSY,   BUSY_S},  false,   OK,   OK,     0},
    [BACKUP_CALL_ATTACH_INFO]   = {{NONE, OK,        OK,    SEQ,    NONE},    true,    OK,   OK,     ANYWHERE},
    [BACKUP_CALL_OPEN]          = {{NONE, OK,        OK,    OK,     NONE},    true,    SLOT, OK,     0},
    [BACKUP_CALL_OPEN_DATABASE] = {{NONE, OK,        SEQ,   SEQ,    NONE},    false,   OK,   OK,     IN_LOGS},
    [BACKUP_CALL_OPEN_LOG]      = {{NONE, NO_DB,     OK,    OK,     NONE},    false,   OK,   OK,     IN_LOGS},
    [BACKUP_CALL_OPEN_STRANGER] = {{NONE, NO_DB,     GONE,  GONE,   NONE},    false,   OK,   OK,     IN_LOGS},
    [BACKUP_CALL_READ]          = {{NONE, OK,        OK,    OK,     NONE},    true,    OK,   BAD,    IN_LOGS},
    [BACKUP_CALL_CLOSE]         = {{NONE, OK,        OK,    OK,     NONE},    false,   OK,   BAD,    0},
    [BACKUP_CALL_LOG_INFO]      = {{NONE, OK,        OK,    OK,     NONE},    true,    SEQ,  OK,     ANYWHERE},
    [BACKUP_CALL_TRUNCATE]      = {{NONE, SEQ,       OK,    OK,     NONE},    true,    SEQ,  OK,     0},
    [BACKUP_CALL_END]           = {{NONE, OK,        OK,    OK,     OK},      false,   OK,   OK,     0},
};

/* What a normal end records, by the state that it meets (backup-api 7.1, step 1). */
static const struct backup_end_rule {
    enum backup_outcome local;     /* JetEndExternalBackupInstance2 */
    enum backup_outcome surrogate; /* JetEndSurrogateBackup */
} backup_end_rules[BACKUP_STATE_COUNT] = {
    [BACKUP_DATABASES]   = {BACKUP_OUTCOME_ABORTED_BY_CALLER, BACKUP_OUTCOME_FAILED},
    [BACKUP_LOGS]        = {BACKUP_OUTCOME_NORMAL,            BACKUP_OUTCOME_FAILED},
    [BACKUP_INCREMENTAL] = {BACKUP_OUTCOME_NORMAL,            BACKUP_OUTCOME_FAILED},
    [BACKUP_SURROGATE]   = {BACKUP_OUTCOME_FAILED,            BACKUP_OUTCOME_NORMAL},
};
/* clang-format on */

struct backup {
    /* fixed at creation */
    struct backup_file_reader reader;
    struct os_mutex *lock;

    /* Set: a stop is in force. Set by backup_stop() on any thread, reset by begin and end, looked at by
     * backup_refusal(), by the source between repetitions of a read, and by a sink that waits. */
    struct os_event *stop;
    /* enum backup_state. Written under the lock, read by anybody; sequentially consistent, nothing depends on more. */
    atomic_int state;

    struct finding_listener listener; /* of the next backup */

    /* of the running backup */
    struct backup_terms terms;
    struct backup_file file;
    bool logs_prepared;
    jet_err prepare_error; /* given again by each later list call (backup-api 5.3) */
    struct backup_log_info log_info;
    size_t log_count;
    bool *log_copied; /* by index in the source's list: read to the end */
    bool truncated;

    /* of the backup that ended last */
    enum backup_outcome outcome;
    jet_err outcome_error;
};

/* ---- the gate ---- */

static enum backup_state backup_state(struct backup *b)
{
    return (enum backup_state)atomic_load(&b->state);
}

/* The tests that come before all others, and need no lock: who occupies the instance, and was it stopped. */
static jet_err backup_refusal(struct backup *b, const struct backup_rule *rule)
{
    jet_err answer = rule->answer[backup_state(b)];
    if (answer == JET_errNoBackup || answer == JET_errBackupInProgress || answer == JET_errSurrogateBackupInProgress)
        return answer;
    if (rule->stop_refuses && os_event_wait(b->stop, 0))
        return JET_errBackupAbortByServer;
    return JET_errSuccess;
}

/* Takes the lock and says whether the call may go on; if not, the lock is not held. `arguments`: what is wrong with
 * the caller's arguments, or success. The stop is looked at twice: before the lock, so that nobody queues for a
 * refusal, and under it, so that a call that queued behind another is refused all the same. */
static jet_err backup_enter(struct backup *b, enum backup_call call, jet_err arguments)
{
    const struct backup_rule *rule = &backup_rules[call];
    jet_err err = backup_refusal(b, rule);
    if (err < JET_errSuccess)
        return err;
    os_mutex_lock(b->lock);
    err = backup_refusal(b, rule);
    if (err >= JET_errSuccess)
        err = arguments;
    if (err >= JET_errSuccess)
        err = rule->answer[backup_state(b)];
    if (err >= JET_errSuccess)
        err = b->file.kind == BACKUP_FILE_NONE ? rule->file_closed : rule->file_open;
    if (err < JET_errSuccess)
        os_mutex_unlock(b->lock);
    return err;
}

static void backup_leave(struct backup *b)
{
    os_mutex_unlock(b->lock);
}

static jet_err argument_given(const void *pointer)
{
    return pointer ? JET_errSuccess : JET_errInvalidParameter;
}

/* ---- end and tear-down ---- */

static void close_file(struct backup *b, enum backup_close how)
{
    if (b->file.kind == BACKUP_FILE_NONE)
        return;
    b->reader.source->ops->close(b->reader.source, how);
    b->file = (struct backup_file){.kind = BACKUP_FILE_NONE};
}

/* Under the lock only: a stop of the backup that somebody begins meanwhile must not be lost. */
static void clear_stop_locked(struct backup *b)
{
    os_event_reset(b->stop);
}

/* For an end that met no backup. If one was begun since, the stop is that one's. */
static void clear_stop_if_idle(struct backup *b)
{
    os_mutex_lock(b->lock);
    if (backup_state(b) == BACKUP_IDLE)
        clear_stop_locked(b);
    os_mutex_unlock(b->lock);
}

/* Steps 2 to 10 of backup-api 7.1; the only way back to idle. */
static void finish_backup(struct backup *b, uint32_t bits, enum backup_outcome outcome, jet_err err)
{
    bool is_normal = outcome == BACKUP_OUTCOME_NORMAL;
    struct backup_ending ending = {
        .outcome = outcome,
        .err = err,
        .logs_only = b->terms.incremental,
        .truncated = (bits & BACKUP_BIT_TRUNCATE_DONE) != 0 || (b->truncated && !b->terms.surrogate),
        .stamp = is_normal && !(bits & BACKUP_BIT_NO_HEADER_UPDATE),
        .surrogate = b->terms.surrogate,
        .copy_first = b->log_info.copy_first,
        .copy_end = b->log_info.copy_end,
    };
    close_file(b, BACKUP_CLOSE_INCOMPLETE);
    b->reader.source->ops->end(b->reader.source, &ending);
    free(b->log_copied);
    b->log_copied = NULL;
    b->outcome = outcome;
    b->outcome_error = err;
    atomic_store(&b->state, BACKUP_IDLE);
    clear_stop_locked(b); /* at the very end (backup-api 3.2) */
}

/* A call failed with `err`: ends the backup if the table says so. Being stopped in the middle of a call is no
 * failure. */
static void tear_down(struct backup *b, enum backup_call call, jet_err err)
{
    bool is_fatal = (backup_rules[call].torn_down_in & (1u << backup_state(b))) != 0;
    if (is_fatal && err != JET_errBackupAbortByServer)
        finish_backup(b, 0, BACKUP_OUTCOME_FAILED, err);
}

/* The lists: only running out of memory ends the backup. */
static void tear_down_list(struct backup *b, enum backup_call call, jet_err err)
{
    if (err == JET_errOutOfMemory)
        tear_down(b, call, err);
}

static enum backup_outcome outcome_of_end(struct backup *b, uint32_t bits, enum backup_outcome by_rule,
                                          jet_err *ret_err)
{
    if (by_rule == BACKUP_OUTCOME_FAILED) {
        /* The end of the wrong kind: it is recorded as what a begin would have been told. */
        *ret_err = backup_rules[BACKUP_CALL_BEGIN].answer[backup_state(b)];
        return BACKUP_OUTCOME_FAILED;
    }
    if (!(bits & BACKUP_BIT_END_ABORT) && os_event_wait(b->stop, 0))
        by_rule = BACKUP_OUTCOME_ABORTED_BY_SERVER;
    else if (bits & BACKUP_BIT_END_ABORT)
        by_rule = BACKUP_OUTCOME_ABORTED_BY_CALLER;
    *ret_err = by_rule == BACKUP_OUTCOME_ABORTED_BY_SERVER   ? JET_errBackupAbortByServer
               : by_rule == BACKUP_OUTCOME_ABORTED_BY_CALLER ? JET_errBackupAbortByCaller
                                                             : JET_errSuccess;
    return by_rule;
}

static jet_err end_backup(struct backup *b, uint32_t bits, enum backup_outcome (*rule)(enum backup_state state))
{
    bool normal = (bits & BACKUP_BIT_END_NORMAL) != 0;
    bool abort = (bits & BACKUP_BIT_END_ABORT) != 0;
    if (normal == abort)
        return JET_errInvalidParameter; /* before any look at the state */
    jet_err err = backup_enter(b, BACKUP_CALL_END, JET_errSuccess);
    if (err < JET_errSuccess) {
        clear_stop_if_idle(b);
        return err;
    }
    jet_err outcome_error;
    enum backup_outcome outcome = outcome_of_end(b, bits, rule(backup_state(b)), &outcome_error);
    finish_backup(b, bits, outcome, outcome_error);
    backup_leave(b);
    return JET_errSuccess;
}

static enum backup_outcome local_end_rule(enum backup_state state)
{
    return backup_end_rules[state].local;
}

static enum backup_outcome surrogate_end_rule(enum backup_state state)
{
    return backup_end_rules[state].surrogate;
}

jet_err backup_end(struct backup *b, uint32_t bits)
{
    return end_backup(b, bits, local_end_rule);
}

jet_err backup_end_surrogate(struct backup *b, uint32_t bits)
{
    return end_backup(b, bits, surrogate_end_rule);
}

void backup_end_by_server(struct backup *b)
{
    if (backup_enter(b, BACKUP_CALL_END, JET_errSuccess) >= JET_errSuccess) {
        finish_backup(b, 0, BACKUP_OUTCOME_ABORTED_BY_SERVER, JET_errBackupAbortByServer);
        backup_leave(b);
    } else {
        clear_stop_if_idle(b);
    }
}

enum backup_outcome backup_last_outcome(struct backup *b, jet_err *ret_err)
{
    os_mutex_lock(b->lock);
    enum backup_outcome outcome = b->outcome;
    if (ret_err)
        *ret_err = b->outcome_error;
    os_mutex_unlock(b->lock);
    return outcome;
}

/* ---- begin ---- */

static jet_err ask(struct backup *b, enum backup_condition condition, const struct backup_terms *terms)
{
    return b->reader.source->ops->condition(b->reader.source, condition, terms);
}

/* Checks 2 to 10 of backup-api 2.3, in their order. */
static jet_err check_terms(struct backup *b, uint32_t bits, const struct backup_terms *terms)
{
    const uint32_t known = BACKUP_BIT_INCREMENTAL | BACKUP_BIT_INTERNAL_COPY;
    jet_err err = ask(b, BACKUP_CONDITION_LOGGING, terms);
    if (err >= JET_errSuccess && (bits & ~known) != 0)
        err = JET_errInvalidGrbit;
    if (err >= JET_errSuccess)
        err = ask(b, BACKUP_CONDITION_CIRCULAR, terms);
    if (err >= JET_errSuccess && terms->internal_copy && (terms->surrogate || terms->incremental))
        err = JET_errInvalidGrbit;
    if (err >= JET_errSuccess)
        err = ask(b, BACKUP_CONDITION_LOG_SPACE, terms);
    return err;
}

/* Occupies the instance; a failure leaves it as it was. */
static jet_err occupy(struct backup *b, const struct backup_terms *terms, enum backup_state state)
{
    jet_err err = backup_enter(b, BACKUP_CALL_BEGIN, JET_errSuccess);
    if (err < JET_errSuccess)
        return err; /* a stop in force stays */
    clear_stop_locked(b);
    b->terms = *terms;
    b->terms.found = b->listener;
    b->logs_prepared = false;
    b->prepare_error = JET_errSuccess;
    b->log_info = (struct backup_log_info){0};
    b->truncated = false;
    atomic_store(&b->state, (int)state);
    err = b->reader.source->ops->begin(b->reader.source, &b->terms);
    if (err < JET_errSuccess) {
        atomic_store(&b->state, BACKUP_IDLE);
        clear_stop_locked(b);
    }
    backup_leave(b);
    return err;
}

static struct backup_terms terms_make(struct backup *b, uint32_t bits)
{
    return (struct backup_terms){
        .incremental = (bits & BACKUP_BIT_INCREMENTAL) != 0,
        .internal_copy = (bits & BACKUP_BIT_INTERNAL_COPY) != 0,
        .keep_going = b->reader.keep_going,
        .stop = b->stop,
    };
}

jet_err backup_begin(struct backup *b, uint32_t bits)
{
    struct backup_terms terms = terms_make(b, bits);
    jet_err err = ask(b, BACKUP_CONDITION_ALLOWED, &terms);
    if (err >= JET_errSuccess)
        err = check_terms(b, bits, &terms);
    if (err < JET_errSuccess)
        return err;
    return occupy(b, &terms, terms.incremental ? BACKUP_INCREMENTAL : BACKUP_DATABASES);
}

jet_err backup_begin_surrogate(struct backup *b, lgen_t first, lgen_t last, uint32_t bits)
{
    bits &= ~(uint32_t)BACKUP_BIT_SURROGATE; /* this call means it anyway */
    struct backup_terms terms = terms_make(b, bits);
    terms.surrogate = true;
    terms.first_generation = first;
    terms.last_generation = last;
    jet_err err = ask(b, BACKUP_CONDITION_ALLOWED, &terms);
    if (err >= JET_errSuccess && first > last)
        err = JET_errInvalidParameter;
    if (err >= JET_errSuccess)
        err = ask(b, BACKUP_CONDITION_SURROGATE_RANGE, &terms);
    if (err >= JET_errSuccess)
        err = check_terms(b, bits, &terms);
    if (err < JET_errSuccess)
        return err;
    return occupy(b, &terms, BACKUP_SURROGATE);
}

/* ---- lists ---- */

jet_err backup_get_attach_info(struct backup *b, struct backup_list *ret_list)
{
    jet_err err = backup_enter(b, BACKUP_CALL_ATTACH_INFO, argument_given(ret_list));
    if (err < JET_errSuccess)
        return err;
    struct backup_list list;
    err = b->reader.source->ops->databases(b->reader.source, &list);
    if (err >= JET_errSuccess)
        *ret_list = list;
    else
        tear_down_list(b, BACKUP_CALL_ATTACH_INFO, err);
    backup_leave(b);
    return err;
}

/* The marks of truncation's check: one for each file of the log list. */
static jet_err make_marks(struct backup *b)
{
    struct backup_list list;
    jet_err err = b->reader.source->ops->logs(b->reader.source, &list);
    if (err < JET_errSuccess)
        return err;
    b->log_copied = calloc(list.count + 1, sizeof *b->log_copied); /* not 0 bytes */
    if (!b->log_copied)
        return JET_errOutOfMemory;
    b->log_count = list.count;
    return JET_errSuccess;
}

/* The first list of logs fixes what the backup is about (backup-api 5.3). */
static jet_err prepare_logs(struct backup *b)
{
    if (b->logs_prepared)
        return b->prepare_error;
    jet_err err = b->reader.source->ops->prepare_logs(b->reader.source, &b->log_info);
    if (err == JET_errLogWriteFail)
        return err; /* the log could not be rolled: the client may try again */
    b->logs_prepared = true;
    if (err >= JET_errSuccess)
        err = make_marks(b);
    b->prepare_error = err;
    return err;
}

/* Both lists of logs. The state moves on when a list was given. */
static jet_err list_logs(struct backup *b, bool deletable, struct backup_list *ret_list)
{
    struct backup_source *source = b->reader.source;
    jet_err err = prepare_logs(b);
    if (err >= JET_errSuccess)
        err = deletable ? source->ops->deletable_logs(source, ret_list) : source->ops->logs(source, ret_list);
    if (err < JET_errSuccess) {
        tear_down_list(b, BACKUP_CALL_LOG_INFO, err);
        return err;
    }
    if (!b->terms.incremental)
        atomic_store(&b->state, BACKUP_LOGS);
    return JET_errSuccess;
}

jet_err backup_get_log_info(struct backup *b, struct backup_list *ret_list, struct backup_log_info *ret_info)
{
    jet_err err = backup_enter(b, BACKUP_CALL_LOG_INFO, argument_given(ret_list));
    if (err < JET_errSuccess)
        return err;
    struct backup_list list;
    err = list_logs(b, false, &list);
    if (err >= JET_errSuccess) {
        *ret_list = list;
        if (ret_info)
            *ret_info = b->log_info;
    }
    backup_leave(b);
    return err;
}

jet_err backup_get_truncate_info(struct backup *b, struct backup_list *ret_list)
{
    jet_err err = backup_enter(b, BACKUP_CALL_LOG_INFO, argument_given(ret_list));
    if (err < JET_errSuccess)
        return err;
    struct backup_list list;
    err = list_logs(b, true, &list);
    if (err >= JET_errSuccess)
        *ret_list = list;
    backup_leave(b);
    return err;
}

/* Every log of the list was read to the end. The reference engine compares sums, which reading one log twice
 * defeats. */
static bool all_logs_copied(const struct backup *b)
{
    for (size_t i = 0; i < b->log_count; i++) {
        if (!b->log_copied[i])
            return false;
    }
    return true;
}

jet_err backup_truncate(struct backup *b)
{
    jet_err err = backup_enter(b, BACKUP_CALL_TRUNCATE, JET_errSuccess);
    if (err < JET_errSuccess)
        return err;
    if (!b->log_copied) {
        err = JET_errInvalidBackupSequence; /* no list was taken */
    } else if (!all_logs_copied(b)) {
        err = JET_errLogFileNotCopied;
    } else {
        b->truncated = true;
        err = b->reader.source->ops->truncate(b->reader.source);
    }
    backup_leave(b);
    return err;
}

/* ---- open, read, close ---- */

static jet_err open_arguments(const struct backup *b, const char *path, uint64_t first_byte, const uint64_t *ret_size)
{
    uint64_t page_size = b->reader.source->page_size;
    bool usable = path && path[0] && ret_size && first_byte % page_size == 0;
    return usable && (first_byte == 0 || first_byte >= 3 * page_size) ? JET_errSuccess : JET_errInvalidParameter;
}

static enum backup_call open_call(enum backup_file_kind kind)
{
    switch (kind) {
    case BACKUP_FILE_DATABASE: return BACKUP_CALL_OPEN_DATABASE;
    case BACKUP_FILE_LOG:
    case BACKUP_FILE_CHECKPOINT: return BACKUP_CALL_OPEN_LOG;
    case BACKUP_FILE_NONE: break;
    }
    return BACKUP_CALL_OPEN_STRANGER;
}

jet_err backup_open(struct backup *b, const char *path, uint64_t first_byte, uint64_t *ret_size)
{
    jet_err err = backup_enter(b, BACKUP_CALL_OPEN, open_arguments(b, path, first_byte, ret_size));
    if (err < JET_errSuccess)
        return err;
    struct backup_file_id id;
    err = b->reader.source->ops->find(b->reader.source, path, &id);
    if (err >= JET_errSuccess) {
        enum backup_call call = open_call(id.kind);
        err = backup_rules[call].answer[backup_state(b)];
        if (err >= JET_errSuccess)
            err = backup_file_open(&b->reader, &id, first_byte, &b->file);
        if (err < JET_errSuccess)
            tear_down(b, call, err);
    }
    if (err >= JET_errSuccess)
        *ret_size = b->file.size;
    backup_leave(b);
    return err;
}

jet_err backup_open_file_info(struct backup *b, struct backup_open_file *ret_info)
{
    os_mutex_lock(b->lock);
    jet_err err = b->file.kind == BACKUP_FILE_NONE ? JET_errInvalidParameter : JET_errSuccess;
    if (err >= JET_errSuccess)
        *ret_info = (struct backup_open_file){
            .kind = b->file.kind,
            .database = b->file.kind == BACKUP_FILE_DATABASE ? &b->file.database : NULL,
            .counts = &b->file.counts,
            .generation = b->file.generation,
        };
    os_mutex_unlock(b->lock);
    return err;
}

static jet_err read_arguments(const void *buffer, const size_t *ret_actual)
{
    bool usable = buffer && ret_actual && (uintptr_t)buffer % BACKUP_BUFFER_ALIGNMENT == 0;
    return usable ? JET_errSuccess : JET_errInvalidParameter;
}

/* A read failed. A database leaves the backup, which goes on; a log takes the backup with it. */
static void read_failed(struct backup *b, jet_err err)
{
    if (err == JET_errBackupAbortByServer)
        return; /* seen between repetitions: the file stays open */
    tear_down(b, BACKUP_CALL_READ, err);
    close_file(b, BACKUP_CLOSE_FAILED);
}

jet_err backup_read(struct backup *b, void *buffer, size_t size, size_t *ret_actual)
{
    jet_err err = backup_enter(b, BACKUP_CALL_READ, read_arguments(buffer, ret_actual));
    if (err < JET_errSuccess)
        return err;
    err = backup_file_check_size(&b->file, b->reader.source->page_size, size);
    if (err >= JET_errSuccess) {
        err = backup_file_read(&b->reader, &b->file, buffer, size, ret_actual);
        if (err < JET_errSuccess)
            read_failed(b, err);
    }
    backup_leave(b);
    return err;
}

jet_err backup_close(struct backup *b)
{
    jet_err err = backup_enter(b, BACKUP_CALL_CLOSE, JET_errSuccess);
    if (err < JET_errSuccess)
        return err;
    bool copied = backup_file_is_copied(&b->file);
    if (copied && b->file.kind != BACKUP_FILE_DATABASE)
        b->log_copied[b->file.index] = true;
    close_file(b, copied ? BACKUP_CLOSE_COPIED : BACKUP_CLOSE_INCOMPLETE);
    backup_leave(b);
    return JET_errSuccess;
}

/* ---- the stop ---- */

void backup_stop(struct backup *b)
{
    os_event_set(b->stop);
}

struct os_event *backup_stop_event(struct backup *b)
{
    return b->stop;
}

/* ---- creation ---- */

void backup_listen(struct backup *b, const struct finding_listener *listener)
{
    os_mutex_lock(b->lock);
    b->listener = *listener;
    os_mutex_unlock(b->lock);
}

jet_err backup_new(struct backup_source *source, bool keep_going, struct backup **ret_backup)
{
    jet_err err = JET_errOutOfMemory;
    struct backup *b = calloc(1, sizeof *b);
    if (!b)
        goto fail;
    err = os_event_new(&b->stop);
    if (err < JET_errSuccess)
        goto fail;
    err = os_mutex_new(LOCK_RANK_BACKUP_STREAM, &b->lock);
    if (err < JET_errSuccess)
        goto fail;
    b->reader = (struct backup_file_reader){source, keep_going};
    atomic_init(&b->state, BACKUP_IDLE);
    *ret_backup = b;
    return JET_errSuccess;
fail:
    backup_free(b);
    return err;
}

void backup_free(struct backup *b)
{
    if (!b)
        return;
    if (b->reader.source) {
        backup_end_by_server(b);
        b->reader.source->ops->free(b->reader.source);
    }
    os_mutex_free(b->lock);
    os_event_free(b->stop);
    free(b);
}
