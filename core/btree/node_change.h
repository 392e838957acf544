/* SPDX-License-Identifier: MIT */
/* node_change.h - one change of one node on a leaf that is latched exclusively. Private to btree/. */
#ifndef COLDSTREAM_BTREE_NODE_CHANGE_H
#define COLDSTREAM_BTREE_NODE_CHANGE_H

#include "btree/change_log.h"
#include "btree/modify.h"

/* What is to be done, and where. */
struct node_change {
    struct tree *tree;
    const struct btree_actor *actor;
    const struct bookmark *bookmark;
    const struct btree_change *change;
    struct frame *leaf;
    unsigned tag; /* of the node, or where it would be */
};

/* Is there room on the page? */
bool node_change_fits(const struct node_change *change);

/* Logs it and does it. On an error nothing has changed. */
MUST_CHECK jet_err node_change_do(const struct node_change *change, struct change_place *ret_place);

/* The record of a change that ends a split: Insert, FlagInsertAndReplaceData or Replace, as bytes. The node is at
 * `line` of page `pgno` then, and gets `prefix_size` bytes of its key from there. `buffer` is grown. */
struct node_change_record {
    union {
        struct logrec_insert_disk insert;
        struct logrec_flag_insert_replace_disk flag_insert;
        struct logrec_replace_disk replace;
    } fixed;
    struct log_piece pieces[4];
    unsigned count;
};
void node_change_record(const struct node_change *c, pgno_t pgno, unsigned line, size_t prefix_size, dbtime_t dbtime,
                        size_t old_size, struct node_change_record *ret_record);

#endif
