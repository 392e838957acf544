/* SPDX-License-Identifier: MIT */
/* redo_pages.c - records that change pages: alone, or bound together by a macro.
 *
 * Between MacroBegin and MacroCommit of a session, records with the macro's dbtime are collected; at MacroCommit they
 * are applied together. Other records may lie in between, and a macro may reach over generations: the records are
 * copies. What is not committed when its run ends has no effect.
 */
#include <stdlib.h>
#include <string.h>

#include "isam/session.h"
#include "recovery/redo_versions.h"

enum { MACRO_RECORDS_MAX = 4096 }; /* far more than a split of the deepest tree has */

struct redo_macro {
    struct redo_macro *next;
    uint16_t procid;
    dbtime_t dbtime;
    uint8_t dbid; /* of its records; 0: none yet */
    struct btree_redo_record *records;
    unsigned count, capacity;
};

/* ---- macros ---- */

static struct redo_macro **macro_find(struct recovery *recovery, uint16_t procid, dbtime_t dbtime)
{
    struct redo_macro **link = &recovery->macros;
    while (*link && ((*link)->procid != procid || (*link)->dbtime != dbtime))
        link = &(*link)->next;
    return link;
}

static void macro_drop(struct redo_macro **link)
{
    struct redo_macro *macro = *link;
    *link = macro->next;
    for (unsigned i = 0; i < macro->count; i++)
        free((void *)(uintptr_t)macro->records[i].bytes);
    free(macro->records);
    free(macro);
}

void redo_macros_forget(struct recovery *recovery)
{
    while (recovery->macros)
        macro_drop(&recovery->macros);
}

static jet_err macro_begin(struct recovery *recovery, const struct logrec_macro *begin)
{
    struct redo_macro *macro = calloc(1, sizeof *macro);
    if (!macro)
        return JET_errOutOfMemory;
    macro->procid = begin->procid;
    macro->dbtime = begin->dbtime;
    macro->next = recovery->macros;
    recovery->macros = macro;
    return JET_errSuccess;
}

static jet_err macro_grow(struct redo_macro *macro)
{
    if (macro->count < macro->capacity)
        return JET_errSuccess;
    const unsigned wanted = macro->capacity ? macro->capacity * 2 : 8;
    if (wanted > MACRO_RECORDS_MAX)
        return JET_errLogCorrupted;
    struct btree_redo_record *grown = realloc(macro->records, wanted * sizeof *grown);
    if (!grown)
        return JET_errOutOfMemory;
    macro->records = grown;
    macro->capacity = wanted;
    return JET_errSuccess;
}

/* Where redo of a page begins on behalf of this session. */
static uint64_t begin0_of(const struct session *session)
{
    return session->level > 0 ? atomic_load(&session->lgpos_begin0) : 0;
}

static jet_err macro_add(struct recovery *recovery, struct redo_macro *macro, const struct logrec_page_head *head,
                         const struct session *session)
{
    if (macro->dbid != 0 && macro->dbid != head->dbid)
        return JET_errLogCorrupted;
    jet_err err = macro_grow(macro);
    if (err < JET_errSuccess)
        return err;
    uint8_t *bytes = malloc(recovery->record.size);
    if (!bytes)
        return JET_errOutOfMemory;
    memcpy(bytes, recovery->record.bytes, recovery->record.size);
    macro->dbid = head->dbid;
    macro->records[macro->count++] = (struct btree_redo_record){
        .bytes = bytes,
        .size = recovery->record.size,
        .lgpos = recovery->record.lgpos,
        .lgpos_end = recovery->record.lgpos_end,
        .begin0 = begin0_of(session),
    };
    return JET_errSuccess;
}

/* ---- applying ---- */

static jet_err page_missing(void *context, pgno_t pgno, jet_err err)
{
    const struct redo_target *target = context;
    return redo_missing_add(&target->database->missing, pgno, err);
}

static struct btree_redo redo_of(const struct recovery *recovery, struct redo_target *target)
{
    return (struct btree_redo){
        .db = target->database->db,
        .is_required = recovery->generation <= target->database->max_required,
        .context = target,
        .before = redo_versions_before,
        .missing = page_missing,
        .undo = redo_versions_undo,
    };
}

/* The leaf operation is the last record of a macro that makes a version. */
static jet_err macro_versions(const struct redo_macro *macro, struct redo_target *target)
{
    for (unsigned i = 0; i < macro->count; i++) {
        target->bytes = macro->records[i].bytes;
        target->size = macro->records[i].size;
        jet_err err = redo_versions_of_record(target);
        if (err < JET_errSuccess)
            return err;
    }
    return JET_errSuccess;
}

static jet_err macro_apply(struct recovery *recovery, const struct redo_macro *macro)
{
    struct redo_target target = {
        .database = attach_find(recovery, macro->dbid),
        .session = session_redo_find(recovery->engine, macro->procid),
    };
    if (macro->count == 0 || !target.database || !target.session)
        return JET_errSuccess;
    jet_err err = macro_versions(macro, &target);
    if (err < JET_errSuccess)
        return err;
    const struct btree_redo redo = redo_of(recovery, &target);
    return btree_redo_macro(&redo, macro->records, macro->count, NULL);
}

/* A macro of before the session's first Begin0 was not collected, and is not known. */
jet_err redo_macro_record(struct recovery *recovery)
{
    struct logrec_macro macro;
    jet_err err = logrec_macro_decode(recovery->record.bytes, recovery->record.size, &macro);
    if (err < JET_errSuccess)
        return err;
    if (macro.type == LOGREC_MACRO_BEGIN)
        return macro_begin(recovery, &macro);
    struct redo_macro **link = macro_find(recovery, macro.procid, macro.dbtime);
    if (!*link)
        return JET_errSuccess;
    if (macro.type == LOGREC_MACRO_COMMIT)
        err = macro_apply(recovery, *link);
    macro_drop(link);
    return err;
}

static jet_err apply(struct recovery *recovery, struct redo_target *target)
{
    const struct btree_redo redo = redo_of(recovery, target);
    const struct btree_redo_record record = {
        .bytes = target->bytes,
        .size = target->size,
        .lgpos = recovery->record.lgpos,
        .lgpos_end = recovery->record.lgpos_end,
        .begin0 = begin0_of(target->session),
    };
    if (!btree_redo_handles(target->bytes[0]))
        return JET_errFeatureNotAvailable;
    jet_err err = redo_versions_of_record(target);
    if (err == JET_errSuccess)
        err = btree_redo(&redo, &record, NULL);
    if (err == JET_errSuccess && target->bytes[0] == LOGREC_UNDO)
        err = redo_versions_undone(target);
    return err;
}

/* What a record of nobody says about how far the counters have come. */
static void learn_counters(struct redo_database *database, const struct logrec_page_head *head, const uint8_t *bytes,
                           size_t size)
{
    struct logrec_node_head node;
    if (head->dbtime < LOGREC_DBTIME_REVERTED)
        database_raise_dbtime(database->db, head->dbtime);
    if (logrec_node_head_decode(bytes, size, &node) == JET_errSuccess)
        database_raise_objid(database->db, node.objid);
}

jet_err redo_page_record(struct recovery *recovery)
{
    const uint8_t *bytes = recovery->record.bytes;
    const size_t size = recovery->record.size;
    struct logrec_page_head head;
    if (bytes[0] == LOGREC_NEW_PAGE)
        return JET_errFeatureNotAvailable;
    jet_err err = logrec_page_head_decode(bytes, size, &head);
    if (err < JET_errSuccess)
        return err;
    struct redo_target target = {
        .database = attach_find(recovery, head.dbid),
        .session = session_redo_find(recovery->engine, head.procid),
        .bytes = bytes,
        .size = size,
    };
    if (!target.database)
        return JET_errSuccess;
    if (!target.session) {
        learn_counters(target.database, &head, bytes, size);
        return JET_errSuccess;
    }
    if (bytes[0] == LOGREC_UNDO_INFO)
        return redo_versions_undo_info(&target);
    struct redo_macro *macro = *macro_find(recovery, head.procid, head.dbtime);
    return macro ? macro_add(recovery, macro, &head, target.session) : apply(recovery, &target);
}
