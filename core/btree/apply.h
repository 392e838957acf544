/* SPDX-License-Identifier: MIT */
/* apply.h - what log records do to pages: pure functions of bytes, the same when a change is made and when it is
 * redone.
 *
 * Each changes the content of one page and leaves its dbtime to the caller. Pages have passed the deep checks and pass
 * them afterwards. The record may be hostile: what does not fit the page is JET_errLogCorrupted, and then the page may
 * be half changed only where the function says so. A line is the number of a node on its page, from 0: tag - 1.
 */
#ifndef COLDSTREAM_BTREE_APPLY_H
#define COLDSTREAM_BTREE_APPLY_H

#include <string.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "format/logrecord.h"
#include "format/node.h"

/* ---- apply_node.c: one node ---- */

/* A new node: key = the first `prefix_size` bytes of tag 0, then `suffix`. */
struct apply_node {
    unsigned flags; /* NODE_FLAG_VERSION, NODE_FLAG_DELETED */
    size_t prefix_size;
    struct logrec_span suffix;
    struct logrec_span data;
};
MUST_CHECK jet_err apply_insert(void *page, size_t page_size, unsigned line, const struct apply_node *node);

/* Other data; flags are added and taken away. */
MUST_CHECK jet_err apply_replace(void *page, size_t page_size, unsigned line, unsigned flags_add, unsigned flags_remove,
                                 const void *data, size_t size);

MUST_CHECK jet_err apply_flags(void *page, size_t page_size, unsigned line, unsigned flags_add, unsigned flags_remove);

MUST_CHECK jet_err apply_delete(void *page, size_t page_size, unsigned line);

/* Adds to the little-endian number of `width` bytes, 4 or 8, at `offset` of the data. */
MUST_CHECK jet_err apply_delta(void *page, size_t page_size, unsigned line, unsigned flags_add, int64_t delta,
                               size_t offset, size_t width);

/* All of tag 0. */
MUST_CHECK jet_err apply_external_header(void *page, size_t page_size, const void *bytes, size_t size);

/* How many bytes of the key the page's tag 0 saves a new node; 0: it is to be stored whole. */
size_t apply_prefix_size(const void *page, size_t page_size, const uint8_t *key, size_t key_size);

/* Bytes of the page that a node with such a prefix takes, without its tag. */
static inline size_t apply_node_size(size_t prefix_size, size_t key_size, size_t data_size)
{
    return (prefix_size > 0 ? 4 : 2) + key_size - prefix_size + data_size;
}

/* ---- apply_split.c ---- */

/* What happens to a leaf while it is split; or nothing. */
struct apply_pending {
    unsigned oper;           /* enum logrec_split_oper */
    unsigned flags_add;      /* NODE_FLAG_VERSION */
    struct logrec_span key;  /* of an insert */
    struct logrec_span data; /* of all three */
};

/* Does the new page get nothing but the node that is inserted? Then `before` is not needed to make it. */
static inline bool apply_split_moves_nothing(const struct logrec_split *split)
{
    return split->oper == LOGREC_SPLIT_INSERT && split->split != LOGREC_SPLIT_VERTICAL &&
           split->iline_split == split->iline_oper && split->iline_oper + 1u == split->count_lines;
}

/* ... and the page that is "split" stays as it is, but for its link. */
static inline bool apply_split_keeps_source(const struct logrec_split *split)
{
    const struct logrec_span old = split->old_prefix, new = split->new_prefix;

    return apply_split_moves_nothing(split) &&
           (split->split == LOGREC_SPLIT_APPEND ||
            (old.size == new.size && (old.size == 0 || memcmp(old.bytes, new.bytes, old.size) == 0)));
}

/* The two halves of `before`: what stays goes to `source`, what moves to `fresh`; either may be NULL. `before` is none
 * of them, and may be NULL if the source is not made and nothing moves. They are written from scratch. */
MUST_CHECK jet_err apply_split(const struct logrec_split *split, const struct apply_pending *pending,
                               const void *before, size_t page_size, void *source, void *fresh);

/* Parent: the node at `line` led to the page that was split; now one with the separator does, and the old one leads to
 * the new page. */
MUST_CHECK jet_err apply_separator(void *page, size_t page_size, unsigned line, struct logrec_span separator,
                                   pgno_t pgno_split, pgno_t pgno_new);

/* ---- apply_merge.c ---- */

/* Parent: the node at `line` goes; if it is the last, the one before it gets its key. */
MUST_CHECK jet_err apply_child_remove(void *page, size_t page_size, unsigned line);

/* All nodes of the leaf `from` come to lie before those of its right sibling `page`. JET_errLogCorrupted also if there
 * is no room: then the page is half changed. */
MUST_CHECK jet_err apply_merge_right(void *page, size_t page_size, const void *from);

/* The page is empty and free. */
void apply_page_empty(void *page, size_t page_size);

/* The root of a tree without nodes: a leaf, with its space header. */
MUST_CHECK jet_err apply_root_empty(void *page, size_t page_size);

/* ---- apply_move.c ---- */

/* The page `page`, whose content does not count, becomes what `from` is, under the number `pgno`. */
void apply_page_move(void *page, size_t page_size, const void *from, pgno_t pgno);

/* Parent: the node at `line`, which leads to the page `from`, leads to `to`. */
MUST_CHECK jet_err apply_child_move(void *page, size_t page_size, unsigned line, pgno_t from, pgno_t to);

/* ---- apply_space.c: new trees ---- */

struct apply_fdp_pages {
    void *root;  /* NULL: not to be made */
    void *owned; /* roots of the space trees; NULL likewise, and for a tree of one extent */
    void *available;
};
MUST_CHECK jet_err apply_create_fdp(const struct logrec_create_fdp *create, size_t page_size,
                                    const struct apply_fdp_pages *pages);
MUST_CHECK jet_err apply_convert_fdp(const struct logrec_convert_fdp *convert, size_t page_size,
                                     const struct apply_fdp_pages *pages);

/* ---- any page ---- */

static inline void apply_dbtime(void *page, dbtime_t dbtime)
{
    ((struct page_header_disk *)page)->dbtime = le64_make(dbtime);
}

static inline void apply_prev(void *page, pgno_t pgno)
{
    ((struct page_header_disk *)page)->pgno_prev = le32_make(pgno);
}

static inline void apply_next(void *page, pgno_t pgno)
{
    ((struct page_header_disk *)page)->pgno_next = le32_make(pgno);
}

#endif
