/* SPDX-License-Identifier: MIT */
/* engine_database_shrink.c - the end of a database file that nobody uses is cut off.
 *
 * Rules.
 *   1. Before the file is cut, all pages are in it. Redo that begins before the cut then finds pages missing whose changes, and all
 *      that came from them to other pages, nobody needs any more (btree/redo.h, `missing`).
 *   2. Before the file is cut, its header requires the generation of the ShrinkDB record: no recovery ends before that.
 *   3. Nobody gets space of the database between the change of the space trees and the cut.
 *
 * What is in use in the last extent moves forward first, if there is room (isam/defragment.h); others work meanwhile.
 * That ends with the first extent that cannot be emptied.
 */
#include "btree/space.h"
#include "format/dbheader_state.h"
#include "isam/defragment.h"
#include "isam/engine_database_internal.h"
#include "isam/session.h"
#include "isam/transaction.h"
#include "isam/version.h"
#include "log/log_stream.h"

struct shrink {
    struct engine *engine;
    struct database *db;
};

static void set_shrunk(struct dbheader_disk *header, void *context)
{
    const struct dbheader_attach *place = context;

    dbheader_set_shrunk(header, place->lgpos, place->now);
}

/* Log, header, file. */
static jet_err cut_file(struct engine *engine, struct database *db, pgno_t last)
{
    uint64_t start = 0;
    jet_err err = engine->log ? database_log_shrink(engine->log, db, last, &start) : JET_errSuccess;

    if (err < JET_errSuccess)
        return err;
    struct dbheader_attach place = database_log_place(engine, db->dbid, start);
    if (engine->log)
        err = database_require_generation(db, place.lgpos.generation, &place.generation_created);
    if (err >= JET_errSuccess)
        err = database_header_update(db, set_shrunk, &place);
    return err < JET_errSuccess ? err : database_shrink(db, last);
}

static jet_err cut(void *context, pgno_t last)
{
    const struct shrink *shrink = context;

    if (last >= database_last_page(shrink->db))
        return JET_errSuccess;
    jet_err err = database_flush(shrink->db);
    return err < JET_errSuccess ? err : cut_file(shrink->engine, shrink->db, last);
}

/* In a transaction of its own; space is never undone. */
static jet_err give_up(struct session *own, struct database *db, struct tree *root, pgno_t pages)
{
    struct shrink shrink = {own->engine, db};
    const struct space_cut cutting = {.context = &shrink, .cut = cut};
    struct btree_actor actor;
    jet_err err = transaction_begin(own, false);

    if (err < JET_errSuccess)
        return err;
    err = transaction_actor(own, db, &actor);
    if (err >= JET_errSuccess)
        err = space_cut_database(root, &actor, pages, &cutting);
    if (err >= JET_errSuccess)
        return transaction_commit(own, 0, NULL);
    jet_err_ignore(transaction_rollback(own, false)); /* the first error counts */
    return err;
}

/* What was deleted gives its pages back when it is cleaned up, and that takes only what is durable. */
static jet_err shrink_locked(struct engine *engine, struct database *db, pgno_t pages)
{
    struct session *own;
    jet_err err = engine->attach_refusal;

    if (err >= JET_errSuccess && engine->log)
        err = log_flush_to(engine->log, log_tip(engine->log));
    if (err >= JET_errSuccess)
        err = version_clean(engine);
    if (err >= JET_errSuccess)
        err = session_begin_system(engine, SESSION_PROCID_NONE, &own);
    if (err < JET_errSuccess)
        return err;
    err = give_up(own, db, engine->databases[db->dbid].schemas->root, pages);
    session_end(own);
    return err;
}

static jet_err cut_free(struct engine *engine, struct database *db, pgno_t pages)
{
    engine_attach_begin(engine);
    jet_err err = shrink_locked(engine, db, pages);
    engine_attach_end(engine);
    return err;
}

/* The last extent, if it may go; false: what is left stays. */
static jet_err vacate_last(struct engine *engine, struct database *db, pgno_t pages, bool *ret_moved)
{
    struct space_run last;
    uint64_t moved;
    jet_err err = space_last_extent(engine->databases[db->dbid].schemas->root, &last);

    *ret_moved = false;
    if (err < JET_errSuccess || last.first <= pages || last.first == BTREE_DATABASE_FDP)
        return err;
    err = defragment_vacate(engine, db->dbid, last.first - 1, &moved);
    *ret_moved = moved > 0;
    return err;
}

static jet_err shrink_file(struct engine *engine, struct database *db, pgno_t pages)
{
    bool goes_on = true;
    jet_err err = cut_free(engine, db, pages);

    while (err >= JET_errSuccess && goes_on) {
        const pgno_t before = database_last_page(db);

        err = vacate_last(engine, db, pages, &goes_on);
        if (err >= JET_errSuccess && goes_on)
            err = cut_free(engine, db, pages);
        goes_on = goes_on && database_last_page(db) < before;
    }
    return err;
}

jet_err engine_database_shrink(struct session *session, unsigned dbid, pgno_t pages, pgno_t *ret_pages)
{
    struct engine *engine = session->engine;
    struct database *db = engine_database_hold(engine, dbid);

    if (!db)
        return JET_errInvalidDatabaseId;
    jet_err err = db->is_read_only ? JET_errDatabaseFileReadOnly : shrink_file(engine, db, pages);
    if (err >= JET_errSuccess)
        *ret_pages = database_last_page(db);
    engine_database_release(engine, dbid);
    return err;
}
