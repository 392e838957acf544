/* SPDX-License-Identifier: MIT */
/* redo.h - log records that change pages, applied again.
 *
 * Each page of a record is looked at on its own: its database time says whether it has the change (then it is left
 * alone), is exactly what the record expects (then the change is applied), or neither (JET_errDbTimeTooOld,
 * JET_errDbTimeTooNew: database and log do not belong together). Applying is done by the same functions that made the
 * change, so the bytes come out the same.
 *
 * Versions are the caller's: what they need from a page is handed out by the callbacks just before the page changes,
 * with the page latched. Records of a macro are collected by the caller and come together.
 *
 * One thread. The database's counters (dbtime, objid) are raised to what the records name.
 */
#ifndef COLDSTREAM_BTREE_REDO_H
#define COLDSTREAM_BTREE_REDO_H

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "btree/tree.h"
#include "format/logrecord.h"

/* A node that a record changes, as it was before. */
struct btree_redo_before {
    const struct logrec_node_head *head; /* Replace, ReplaceD, FlagDelete, FlagInsertAndReplaceData */
    struct btree_node_view node;
    bool is_unique; /* bookmark = key; else key and data */
};

/* What reverses a version, as the version store knows it. */
struct btree_redo_undo {
    const uint8_t *data; /* replace: the data before */
    size_t data_size;
    int64_t delta; /* delta: what is to be added, that is, the negative of the version's */
    uint16_t delta_offset;
};

struct btree_redo {
    struct database *db;
    /* The generation that is read is not above the header's highest required one: pages may have any age. Behind it no
     * page can be newer than the record (JET_errDbTimeBeyondMaxRequired). */
    bool is_required;
    void *context;
    /* NULL: nobody wants to know. */
    jet_err (*before)(void *context, const struct btree_redo_before *before);
    /* A page that the record is to change is not in the file, or was never written, and may have any age.
     * JET_errSuccess: it goes further on, together with the end of the file, so that nothing has to be done to it.
     * NULL: that is damage. */
    jet_err (*missing)(void *context, pgno_t pgno, jet_err err);
    /* Undo: called only if the page needs it. */
    jet_err (*undo)(void *context, const struct logrec_undo *undo, struct btree_redo_undo *ret_undo);
};

struct btree_redo_record {
    const uint8_t *bytes; /* one whole record */
    size_t size;
    uint64_t lgpos; /* packed; start and end of the record */
    uint64_t lgpos_end;
    uint64_t begin0; /* of its transaction; 0: `lgpos` counts */
};

/* Is it a record for btree_redo()? All of classes PAGE and NODE but UndoInfo (which changes no page), and ExtendDB.
 * Those of splits and merges come in macros. */
bool btree_redo_handles(unsigned type);

/* One record outside a macro. `ret_redone` (may be NULL): its page was changed. JET_errDbTimeTooOld,
 * JET_errDbTimeTooNew, JET_errDbTimeBeyondMaxRequired, JET_errLogFileCorrupt, JET_errLogCorrupted (the record does not
 * fit the page), JET_errFeatureNotAvailable (a kind of record that is not replayed: moves of roots); errors of pages;
 * what the callbacks return. */
MUST_CHECK jet_err btree_redo(const struct btree_redo *redo, const struct btree_redo_record *record, bool *ret_redone);

/* The records between MacroBegin and MacroCommit, in their order. Also JET_errDatabaseBufferDependenciesCorrupted: a
 * page that lost nodes was written before the page that got them, and the record has no image. */
MUST_CHECK jet_err btree_redo_macro(const struct btree_redo *redo, const struct btree_redo_record *records,
                                    unsigned count, bool *ret_redone);

#endif
