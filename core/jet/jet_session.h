/* SPDX-License-Identifier: MIT */
/* jet_session.h - a session as the API knows it: the engine's session and what a client has opened with it.
 *
 * Entry points begin with jet_session_enter() and end with jet_session_leave(); in between nobody else is inside this
 * session, and the instance cannot go away.
 *
 * A transaction belongs to the thread that began it, or to the context that JetSetSessionContext gave the session:
 * begin, commit and rollback by anybody else are JET_errSessionSharingViolation. A thread is known by the address of a
 * variable of its own.
 */
#ifndef COLDSTREAM_JET_JET_SESSION_H
#define COLDSTREAM_JET_JET_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "isam/engine.h"
#include "jet/esent.h"
#include "jet/process.h"

struct jet_table;
struct session;

/* A database that the session has opened; index is the dbid. */
struct jet_opened {
    unsigned count; /* JetOpenDatabase, JetCreateDatabase; JetCloseDatabase takes one away */
    bool is_read_only;
};

struct jet_session {
    JET_SESID handle;
    struct instance *instance;
    struct session *session; /* isam/ */
    struct jet_opened opened[ENGINE_DATABASES];
    struct jet_table *tables; /* open cursors, newest first */
    struct jet_table *recent; /* one of them: whom the last call named; NULL: it is closed */

    bool has_context;  /* JetSetSessionContext */
    uintptr_t context; /* its value */
    uintptr_t context_thread;
    uintptr_t transaction_owner; /* context or thread that began the transaction */

    /* jet/session_parameter.h */
    uint32_t commit_default;
    uint32_t correlation_id;
    uint32_t cache_priority;
    uint32_t context_has_customer_data;
    uint32_t context_needs_callback;
    JET_OPERATIONCONTEXT operation_context;
    struct session_bytes {
        void *bytes; /* owned; NULL: none */
        uint32_t size;
    } commit_context;

    bool is_held_by_stop;                /* instance_stop() has the claim */
    struct jet_session *next, *previous; /* of the instance; guarded by the process's lock */
};

/* Claims the session. JET_errInvalidSesid; JET_errSessionSharingViolation: somebody is inside; instance_check()'s. */
MUST_CHECK jet_err jet_session_enter(JET_SESID handle, struct jet_session **ret_session);

/* The same for calls that only give something back: they work after JetStopServiceInstance and on a failed engine. */
MUST_CHECK jet_err jet_session_enter_anyway(JET_SESID handle, struct jet_session **ret_session);
void jet_session_leave(struct jet_session *session);

/* A new session. isam/session.h's errors. */
MUST_CHECK jet_err jet_session_new(struct instance *instance, JET_SESID *ret_handle);

/* Rolls back, closes all that is open, and frees the session, which is claimed and in no callback. */
void jet_session_end(struct jet_session *session);

/* Commits, or rolls back, a level or all, and tells the tables that the session has open. JET_errIllegalOperation: the
 * level was there before the callback in which this is. */
MUST_CHECK jet_err jet_session_commit(struct jet_session *session, unsigned flags, uint64_t *ret_lgpos);
MUST_CHECK jet_err jet_session_rollback(struct jet_session *session, bool all);

/* A function of the application runs inside a call: the thread may call in again with the same session, which the outer
 * call keeps claimed. What would take away what that call works with is JET_errIllegalOperation: the end of the
 * session, of its transaction at that level, of a database it has open, of the table. On the stack of who calls the
 * function. */
struct jet_callback {
    struct jet_session *session;
    JET_TABLEID tableid;
    unsigned level; /* of the session when it began */
    const struct jet_callback *outer;
    enum jet_callback_reads {
        JET_CALLBACK_READS_AS_ASKED,
        JET_CALLBACK_READS_COPY,   /* what it reads of the table is of the prepared update, */
        JET_CALLBACK_READS_RECORD, /* or of the record, as is what the caller reads */
    } reads;
};
void jet_callback_begin(struct jet_callback *callback, struct jet_session *session, JET_TABLEID tableid);
void jet_callback_end(const struct jet_callback *callback);

/* The innermost function of the session that runs on this thread; NULL: none. */
const struct jet_callback *jet_callback_of_session(JET_SESID sesid);

/* Is it one that was called for this table? */
bool jet_callback_is_on_table(JET_TABLEID tableid);

/* Does this thread run one at all? */
bool jet_callback_is_running(void);

/* The identity of the calling thread. */
uintptr_t jet_thread_id(void);

/* The calling thread, or the session's context, has begun a transaction: it is the one that may end it. */
void jet_session_own(struct jet_session *session);

/* May this thread begin, commit or roll back here? JET_errSessionSharingViolation. */
MUST_CHECK jet_err jet_session_check_owner(const struct jet_session *session);

/* As jet_session_enter(), for a database that the session has opened: JET_errInvalidDatabaseId. */
MUST_CHECK jet_err jet_session_enter_database(JET_SESID sesid, JET_DBID dbid, struct jet_session **ret_session);

/* A parameter of the session's instance that is a number, as it is now. The caller has not locked the process. */
MUST_CHECK jet_err jet_session_param(const struct jet_session *session, uint32_t id, uintptr_t *ret_value);

/* The database that the session has opened under this id. JET_errInvalidDatabaseId. */
MUST_CHECK jet_err jet_session_database(struct jet_session *session, JET_DBID dbid, struct jet_opened **ret_opened);

#endif
