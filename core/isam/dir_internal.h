/* SPDX-License-Identifier: MIT */
/* dir_internal.h - the inside of a cursor, and what dir.c and dir_change.c share. */
#ifndef COLDSTREAM_ISAM_DIR_INTERNAL_H
#define COLDSTREAM_ISAM_DIR_INTERNAL_H

#include "btree/position.h"
#include "btree/tree.h"
#include "format/node.h"
#include "format/page.h"
#include "isam/dir.h"
#include "isam/version_internal.h"

struct dir_cursor {
    struct session *session;
    struct tree *tree;
    enum dir_place place;
    struct bookmark bookmark; /* of DIR_ON and DIR_BETWEEN; points into buffer */
    uint8_t *buffer;
    size_t capacity;
    bool has_hint;
    struct btree_hint hint; /* where the node of the bookmark was last seen */
    bool is_latched;        /* `position` holds a latch, and `view` is what is there */
    /* The view is of the node of the hint, as this transaction sees it: still true if the page is in memory as it was
     * then. */
    bool has_view;
    uint32_t view_begin0; /* the transaction's snapshot */
    struct dir_view view;
    struct version_image image;     /* data that is not the page's */
    struct btree_position position; /* last: it is not initialised */
};

static inline bool dir_is_unique(const struct tree *tree)
{
    return (tree->page_flags & PAGE_FLAG_NON_UNIQUE) == 0;
}

/* The version store's name for a node of `tree`. */
static inline void dir_version_key(const struct tree *tree, const struct bookmark *bookmark,
                                   struct version_key *ret_key)
{
    bool is_unique = dir_is_unique(tree);
    *ret_key = (struct version_key){
        .db = tree->db,
        .fdp = tree->fdp,
        .objid = tree->objid,
        .is_unique = is_unique,
        .key = bookmark->key,
        .key_size = bookmark->key_size,
        .data = is_unique ? NULL : bookmark->data,
        .data_size = is_unique ? 0 : bookmark->data_size,
    };
}

#endif
