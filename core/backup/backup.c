/* SPDX-License-Identifier: MIT */
/* backup.c - the streaming backup of one instance: states, order of calls, refusals, the stop, how it ends.
 *
 * Clients pull: begin, attach info, open, read ..., close, log info, read logs, truncate, end. JetBackupInstance, the
 * command line and the D-Bus service are clients of these same calls (see run.c); none of them has a way round.
 *
 *      IDLE --begin(full)---------> DATABASES --log info--> LOGS --end--> IDLE
 *      IDLE --begin(incremental)--> INCREMENTAL ------------------end--> IDLE
 *      IDLE --begin surrogate-----> SURROGATE -----------end surrogate--> IDLE
 *      IDLE --occupy--------------> SNAPSHOT ------------------vacate---> IDLE
 *      any of the first four --stop and release--> IDLE, with a tombstone --end, begin--> IDLE
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
 *   6. A tombstone is what the client of a released backup meets: the answers of a stopped one, until its end, or until a
 *      begin or a termination removes it. It says nothing about who occupies the instance: a snapshot may, or nobody.
 *
 * The stop is one word, the event. An atomic flag beside it could disagree with it when a stop meets the begin that
 * clears it; the event's look is one load, with acquire order.
 *
 * Locks. b->lock guards everything but atomics, `stop` and what is fixed at creation, and serialises the calls. It is
 * held across the source's reads: those are the calls that are to wait for each other. `state` is written under the
 * lock and read by everybody, so that a refused call needs no lock. `inside` counts those who hold the lock or wait for
 * it: whoever releases a backup can wait for them with a limit, which a mutex has not.
 */
#include "backup/backup.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "backup/backup_internal.h"
#include "os/os_word.h"

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
#define STOP   JET_errBackupAbortByServer       /* -801 */

#define IN_LOGS  (IN(LOGS) | IN(INCREMENTAL))
#define ANYWHERE (IN(DATABASES) | IN_LOGS)

/* clang-format off */
/* backup-api 2.4, row by row; 2.5 and 3.8 for the last three columns. */
const struct backup_rule backup_rules[] = {
    /* call                        no     full:      full:  incre-  surro-  snap-  tomb-  ... of a    stop     file  file    tear-down
                                   backup databases  logs   mental  gate    shot   stone  surrogate   refuses  open  closed  in        */
    [BACKUP_CALL_BEGIN]         = {{OK,   BUSY,      BUSY,  BUSY,   BUSY_S, BUSY,  OK,    OK},        false,   OK,   OK,     0},
    [BACKUP_CALL_ATTACH_INFO]   = {{NONE, OK,        OK,    SEQ,    NONE,   NONE,  STOP,  NONE},      true,    OK,   OK,     ANYWHERE},
    [BACKUP_CALL_OPEN]          = {{NONE, OK,        OK,    OK,     NONE,   NONE,  STOP,  NONE},      true,    SLOT, OK,     0},
    [BACKUP_CALL_OPEN_DATABASE] = {{NONE, OK,        SEQ,   SEQ,    NONE,   NONE,  STOP,  NONE},      false,   OK,   OK,     IN_LOGS},
    [BACKUP_CALL_OPEN_LOG]      = {{NONE, NO_DB,     OK,    OK,     NONE,   NONE,  STOP,  NONE},      false,   OK,   OK,     IN_LOGS},
    [BACKUP_CALL_OPEN_STRANGER] = {{NONE, NO_DB,     GONE,  GONE,   NONE,   NONE,  STOP,  NONE},      false,   OK,   OK,     IN_LOGS},
    [BACKUP_CALL_READ]          = {{NONE, OK,        OK,    OK,     NONE,   NONE,  STOP,  NONE},      true,    OK,   BAD,    IN_LOGS},
    [BACKUP_CALL_CLOSE]         = {{NONE, OK,        OK,    OK,     NONE,   NONE,  OK,    NONE},      false,   OK,   BAD,    0},
    [BACKUP_CALL_LOG_INFO]      = {{NONE, OK,        OK,    OK,     NONE,   NONE,  STOP,  NONE},      true,    SEQ,  OK,     ANYWHERE},
    [BACKUP_CALL_TRUNCATE]      = {{NONE, SEQ,       OK,    OK,     NONE,   NONE,  STOP,  NONE},      true,    SEQ,  OK,     0},
    [BACKUP_CALL_END]           = {{NONE, OK,        OK,    OK,     OK,     NONE,  OK,    OK},        false,   OK,   OK,     0},
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

/* ---- the gate ---- */

enum backup_state backup_state(struct backup *b)
{
    return (enum backup_state)(atomic_load(&b->state) & OCCUPANT_MASK);
}

enum backup_state backup_tombstone(struct backup *b)
{
    return (enum backup_state)(atomic_load(&b->state) >> TOMBSTONE_SHIFT);
}

/* The lock is held. Whoever waits for the instance looks again. */
void backup_set_state(struct backup *b, enum backup_state occupant, enum backup_state tomb)
{
    atomic_store(&b->state, (uint32_t)occupant | (uint32_t)tomb << TOMBSTONE_SHIFT);
    os_word_wake_all(&b->state);
}

/* The column of the table for a call: the tombstone, if it is still there, but for begin in an instance that is
 * occupied. */
static enum backup_state backup_column(struct backup *b, enum backup_call call)
{
    const uint32_t word = atomic_load(&b->state);
    const enum backup_state occupant = (enum backup_state)(word & OCCUPANT_MASK);
    const enum backup_state tomb = (enum backup_state)(word >> TOMBSTONE_SHIFT);
    if (tomb == BACKUP_IDLE || (call == BACKUP_CALL_BEGIN && occupant != BACKUP_IDLE))
        return occupant;
    return tomb;
}

static bool is_tombstone(enum backup_state column)
{
    return column == BACKUP_RELEASED || column == BACKUP_RELEASED_SURROGATE;
}

/* The tests that come before all others, and need no lock: who occupies the instance, and was it stopped. */
static jet_err backup_refusal(struct backup *b, enum backup_call call)
{
    const struct backup_rule *rule = &backup_rules[call];
    jet_err answer = rule->answer[backup_column(b, call)];
    if (answer == JET_errNoBackup || answer == JET_errBackupInProgress || answer == JET_errSurrogateBackupInProgress ||
        answer == JET_errBackupAbortByServer)
        return answer;
    if (rule->stop_refuses && os_event_wait(b->stop, 0))
        return JET_errBackupAbortByServer;
    return JET_errSuccess;
}

/* Lets somebody pass who waits for the calls inside: a crowd of short calls could keep him out for ever. */
void backup_lock_inside(struct backup *b)
{
    uint32_t releasing;
    while ((releasing = atomic_load(&b->releasing)) > 0)
        os_word_wait(&b->releasing, releasing, OS_WAIT_FOREVER);
    atomic_fetch_add(&b->inside, 1);
    os_mutex_lock(b->lock);
}

void backup_unlock_inside(struct backup *b)
{
    os_mutex_unlock(b->lock);
    if (atomic_fetch_sub(&b->inside, 1) == 1 && atomic_load(&b->releasing) > 0)
        os_word_wake_all(&b->inside);
}

/* Takes the lock and says whether the call may go on; if not, the lock is not held. `arguments`: what is wrong with
 * the caller's arguments, or success. The stop is looked at twice: before the lock, so that nobody queues for a
 * refusal, and under it, so that a call that queued behind another is refused all the same. */
jet_err backup_enter(struct backup *b, enum backup_call call, jet_err arguments)
{
    const struct backup_rule *rule = &backup_rules[call];
    jet_err err = backup_refusal(b, call);
    if (err < JET_errSuccess)
        return err;
    backup_lock_inside(b);
    const enum backup_state column = backup_column(b, call);
    err = backup_refusal(b, call);
    if (err >= JET_errSuccess)
        err = arguments;
    if (err >= JET_errSuccess)
        err = rule->answer[column];
    if (err >= JET_errSuccess && !is_tombstone(column)) /* whose file was closed already */
        err = b->file.kind == BACKUP_FILE_NONE ? rule->file_closed : rule->file_open;
    if (err < JET_errSuccess)
        backup_unlock_inside(b);
    return err;
}

void backup_leave(struct backup *b)
{
    backup_unlock_inside(b);
}

/* ---- end and tear-down ---- */

void backup_close_file(struct backup *b, enum backup_close how)
{
    if (b->file.kind == BACKUP_FILE_NONE)
        return;
    b->reader.source->ops->close(b->reader.source, how);
    b->file = (struct backup_file){.kind = BACKUP_FILE_NONE};
}

/* Under the lock only: a stop of the backup that somebody begins meanwhile must not be lost. */
void backup_clear_stop(struct backup *b)
{
    os_event_reset(b->stop);
}

/* For an end that met no backup. If one was begun since, the stop is that one's. */
static void clear_stop_if_idle(struct backup *b)
{
    backup_lock_inside(b);
    if (backup_state(b) == BACKUP_IDLE)
        backup_clear_stop(b);
    backup_unlock_inside(b);
}

/* Nobody occupies the instance any more. */
void backup_vacate(struct backup *b, enum backup_state tomb)
{
    b->reader.source->ops->occupy(b->reader.source, JET_errSuccess);
    backup_set_state(b, BACKUP_IDLE, tomb);
}

/* Steps 2 to 10 of backup-api 7.1; the only way from a backup back to idle. `tomb`: what it leaves behind. */
static void finish_with_tombstone(struct backup *b, uint32_t bits, enum backup_outcome outcome, jet_err err,
                                  enum backup_state tomb)
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
    backup_close_file(b, BACKUP_CLOSE_INCOMPLETE);
    b->reader.source->ops->end(b->reader.source, &ending);
    free(b->log_copied);
    b->log_copied = NULL;
    b->outcome = outcome;
    b->outcome_error = err;
    backup_vacate(b, tomb);
    backup_clear_stop(b); /* at the very end (backup-api 3.2) */
}

static void finish_backup(struct backup *b, uint32_t bits, enum backup_outcome outcome, jet_err err)
{
    finish_with_tombstone(b, bits, outcome, err, BACKUP_IDLE);
}

/* The client of a released backup has ended it, or a termination does: nothing is left to do. */
static void remove_tombstone(struct backup *b)
{
    backup_set_state(b, backup_state(b), BACKUP_IDLE);
    if (backup_state(b) == BACKUP_IDLE)
        backup_clear_stop(b);
}

/* A call failed with `err`: ends the backup if the table says so. Being stopped in the middle of a call is no
 * failure. */
void backup_tear_down(struct backup *b, enum backup_call call, jet_err err)
{
    bool is_fatal = (backup_rules[call].torn_down_in & (1u << backup_state(b))) != 0;
    if (is_fatal && err != JET_errBackupAbortByServer)
        finish_backup(b, 0, BACKUP_OUTCOME_FAILED, err);
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
    if (backup_tombstone(b) != BACKUP_IDLE) {
        remove_tombstone(b);
    } else {
        jet_err outcome_error;
        enum backup_outcome outcome = outcome_of_end(b, bits, rule(backup_state(b)), &outcome_error);
        finish_backup(b, bits, outcome, outcome_error);
    }
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

/* A surrogate backup counts as failed, whoever ends it. */
void backup_end_as_server(struct backup *b, enum backup_state tomb)
{
    if (backup_state(b) == BACKUP_SURROGATE)
        finish_with_tombstone(b, 0, BACKUP_OUTCOME_FAILED, JET_errSurrogateBackupInProgress, tomb);
    else
        finish_with_tombstone(b, 0, BACKUP_OUTCOME_ABORTED_BY_SERVER, JET_errBackupAbortByServer, tomb);
}

void backup_end_by_server(struct backup *b)
{
    if (backup_enter(b, BACKUP_CALL_END, JET_errSuccess) >= JET_errSuccess) {
        if (backup_tombstone(b) != BACKUP_IDLE)
            remove_tombstone(b);
        else
            backup_end_as_server(b, BACKUP_IDLE);
        backup_leave(b);
    } else {
        clear_stop_if_idle(b);
    }
}

enum backup_outcome backup_last_outcome(struct backup *b, jet_err *ret_err)
{
    backup_lock_inside(b);
    enum backup_outcome outcome = b->outcome;
    if (ret_err)
        *ret_err = b->outcome_error;
    backup_unlock_inside(b);
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

/* Check 1: begin is allowed in this instance, and nobody has closed the gate. */
static jet_err check_allowed(struct backup *b)
{
    return atomic_load(&b->allowed) && atomic_load(&b->gates) == 0 ? JET_errSuccess : JET_errBackupNotAllowedYet;
}

/* Occupies the instance; a failure leaves it as it was. */
static jet_err occupy(struct backup *b, const struct backup_terms *terms, enum backup_state state)
{
    jet_err err = backup_enter(b, BACKUP_CALL_BEGIN, JET_errSuccess);
    if (err < JET_errSuccess)
        return err;         /* a stop in force stays */
    err = check_allowed(b); /* it may have changed before the lock was had, and counts under it */
    if (err < JET_errSuccess) {
        backup_leave(b);
        return err;
    }
    const enum backup_state tomb = backup_tombstone(b);
    backup_clear_stop(b);
    b->terms = *terms;
    b->terms.found = b->listener;
    b->logs_prepared = false;
    b->prepare_error = JET_errSuccess;
    b->log_info = (struct backup_log_info){0};
    b->truncated = false;
    backup_set_state(b, state, BACKUP_IDLE);
    b->reader.source->ops->occupy(b->reader.source, backup_rules[BACKUP_CALL_BEGIN].answer[state]);
    err = b->reader.source->ops->begin(b->reader.source, &b->terms);
    if (err < JET_errSuccess) {
        backup_vacate(b, tomb);
        backup_clear_stop(b);
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
    jet_err err = check_allowed(b);
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
    jet_err err = check_allowed(b);
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

/* ---- the stop ---- */

void backup_stop(struct backup *b)
{
    os_event_set(b->stop);
}

struct os_event *backup_stop_event(struct backup *b)
{
    return b->stop;
}

jet_err backup_refused_error(struct backup *b)
{
    return backup_refusal(b, BACKUP_CALL_READ);
}

/* ---- creation ---- */

void backup_listen(struct backup *b, const struct finding_listener *listener)
{
    backup_lock_inside(b);
    b->listener = *listener;
    backup_unlock_inside(b);
}

uint32_t backup_page_size(const struct backup *b)
{
    return b->reader.source->page_size;
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
    atomic_init(&b->allowed, true);
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
