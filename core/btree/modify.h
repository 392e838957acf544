/* SPDX-License-Identifier: MIT */
/* modify.h - changing one node: found, decided about, logged, applied; with splits and merges as they are needed.
 *
 *      btree_modify() -> leaf latched exclusively -> decide() -> log -> page -> done() -> latch given back
 *                             ^                         |
 *                             +--- split, revoke() <----+  the node does not fit
 *
 * `decide` sees the node as it is, or that there is none, says what is to be done, and may make versions: between
 * decide and done nobody else can look at the node. Whatever fails after decide said success, revoke is called; then
 * the change will be decided again (the page was split), or btree_modify() returns the error.
 */
#ifndef COLDSTREAM_BTREE_MODIFY_H
#define COLDSTREAM_BTREE_MODIFY_H

#include "btree/actor.h"
#include "btree/tree.h"

enum btree_change_kind {
    BTREE_NOTHING,             /* done() is called all the same */
    BTREE_INSERT,              /* there is no such node */
    BTREE_FLAG_INSERT,         /* there is, flag-deleted, and with this data: it lives again */
    BTREE_FLAG_INSERT_REPLACE, /* ... with other data (unique trees) */
    BTREE_REPLACE,             /* other data (unique trees) */
    BTREE_FLAG_DELETE,
    BTREE_DELETE, /* the node goes; on the last node of a page, with the page (where the tree cannot do without that page, it
                     stays, with the node flag-deleted) */
    BTREE_DELTA, /* adds to a number in the data */
    /* What takes back a change; logged as Undo. */
    BTREE_UNDO_INSERT,      /* the node becomes flag-deleted */
    BTREE_UNDO_REPLACE,     /* the data was `data` */
    BTREE_UNDO_FLAG_DELETE, /* the node lives again */
    BTREE_UNDO_DELTA,       /* `delta` is what to add */
};

struct btree_change {
    enum btree_change_kind kind;
    const void *data; /* new data; stays valid until done() or revoke() */
    size_t data_size;
    bool versioned;         /* a version was made: the node is marked, the record says so */
    uint32_t rceid;         /* of the version; 0: none */
    uint32_t rceid_replace; /* FLAG_INSERT_REPLACE: of the second one */
    uint16_t undo_oper;     /* UNDO_...: enum logrec_oper */
    uint8_t undo_level;     /* UNDO_...: level of the version */
    int64_t delta;
    uint16_t delta_offset;
    uint8_t delta_width; /* 4 or 8 */
};

struct btree_done {
    struct frame *leaf;   /* page of the node, latched exclusively; NULL: it went with its page */
    unsigned tag;         /* of the node; 0: it is gone */
    uint64_t lgpos_start; /* of the record; 0: not logged */
    uint64_t lgpos_end;
};

struct btree_modify {
    void *context;
    /* `existing` NULL: there is no node with this bookmark; `leaf`: the page where it is or would be. An error ends the
     * call, without revoke. */
    jet_err (*decide)(void *context, const struct btree_node_view *existing, pgno_t leaf,
                      struct btree_change *ret_change);
    void (*revoke)(void *context);                              /* may be NULL */
    void (*done)(void *context, const struct btree_done *done); /* may be NULL */
};

/* JET_errKeyTooBig (BTREE_KEY_MAX, or more than a page can hold), JET_errRecordTooBig; errors of `decide`, space,
 * pages, log. After an error nothing has changed (though a page may have been split). The tree may not be held by a
 * position of the same thread. */
MUST_CHECK jet_err btree_modify(struct tree *tree, const struct btree_actor *actor, const struct bookmark *bookmark,
                                const struct btree_modify *modify);

/* The same for one change that is known beforehand. JET_errKeyDuplicate: INSERT, and the node is there;
 * JET_errRecordNotFound: it is not. */
MUST_CHECK jet_err btree_change(struct tree *tree, const struct btree_actor *actor, const struct bookmark *bookmark,
                                const struct btree_change *change);

#endif
