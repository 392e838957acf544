/* SPDX-License-Identifier: MIT */
/* defragment.h - space that tables do not need goes back to the database while others work.
 *
 * A pass goes through the trees of all tables: leaves that fit on one page are merged (btree/cleanup.h), and extents
 * that are not used any more go from indexes and long values to their table, and from tables to the database. The file
 * stays as long as it is: who wants it shorter (engine_database.h) has pages moved away from its end in the same steps.
 *
 *      defragment_start() --> a thread, one for each database --> as many passes as were asked for --> done()
 *      defragment_stop()  --> ends it, in the middle of a pass if need be
 *
 * All of it happens in short steps, each a transaction of its own that is committed lazily: a crash or a stop loses at
 * most that. Whoever reads or changes rows waits no longer than for the merge of a page. Whoever deletes a table or an
 * index waits for the step that works in it, and is never told that it is in use.
 *
 * Locks. Those of database_worker.h. LOCK_RANK_DEFRAGMENT_STEP: from opening the table of a step to closing it;
 * ddl_table_delete() looks for users under it. Inside it, while a tree is worked in, the clean-up's tree lock.
 */
#ifndef COLDSTREAM_ISAM_DEFRAGMENT_H
#define COLDSTREAM_ISAM_DEFRAGMENT_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"

struct defragmenters; /* of an engine */
struct engine;
struct session;

struct defragment_options {
    uint32_t passes_max;  /* 0: until it is stopped, at most one an hour when there is nothing to do */
    uint32_t seconds_max; /* 0: no limit */
    /* Called once, by the thread, with no lock held, when it will do nothing more, whatever the reason; not if it was
     * stopped before. NULL: nobody listens. */
    void (*done)(void (*listener)(void), unsigned dbid);
    void (*listener)(void);
};

struct defragment_result {
    uint32_t passes; /* whole ones */
    uint32_t seconds;
};

/* JET_wrnDefragAlreadyRunning, also as long as `done` of the last one has not come back; JET_errOutOfThreads,
 * JET_errOutOfMemory. Somebody holds the database. */
MUST_CHECK jet_err defragment_start(struct engine *engine, unsigned dbid, const struct defragment_options *options);

/* JET_wrnDefragNotRunning: there is none, or it had ended by itself. Waits for the end of a step, not of the pass, and
 * for `done`, unless that is who calls. */
MUST_CHECK jet_err defragment_stop(struct engine *engine, unsigned dbid, struct defragment_result *ret_result);

/* The same for who takes the database away, maybe with a lock held: does not wait for `done`, which has no part in the
 * database. */
void defragment_leave(struct engine *engine, unsigned dbid);

/* One table, in the caller's thread. Errors of table_open(). The session has no transaction. */
MUST_CHECK jet_err defragment_table(struct session *session, unsigned dbid, const char *name);

/* Pages behind page `limit` move forward, and extents there go back to the database, in the caller's thread;
 * `*ret_moved`: how many pages did. Nothing moves if a root is there, which cannot. What finds no room stays. */
MUST_CHECK jet_err defragment_vacate(struct engine *engine, unsigned dbid, pgno_t limit, uint64_t *ret_moved);

/* No table is opened for a step between these two. */
void defragment_hold(struct engine *engine);
void defragment_release(struct engine *engine);

/* ---- of the engine ---- */

MUST_CHECK jet_err defragmenters_new(struct defragmenters **ret_defragmenters);
void defragmenters_free(struct defragmenters *defragmenters); /* takes NULL; no thread runs */
void defragmenters_stop(struct engine *engine);               /* those of all databases */

#endif
