/* SPDX-License-Identifier: MIT */
#include "btree/walk.h"

#include "base/corrupt.h"

struct target walk_target(const struct tree *tree, const struct btree_walk *walk)
{
    const struct target first = {.kind = TARGET_FIRST};
    return walk->has_begun ? tree_target(tree, &walk->bookmark) : first;
}

jet_err walk_to(const struct tree *tree, const void *leaf, struct btree_walk *walk)
{
    struct btree_node_view view;

    walk->has_ended = page_node_count(leaf) == 0;
    if (walk->has_ended)
        return JET_errSuccess;
    jet_err err = node_view(leaf, tree->db->page_size, 1, walk->bytes, &view);
    if (err < JET_errSuccess)
        return err;
    if (view.key_size > BTREE_KEY_MAX)
        return CORRUPT(JET_errNodeCorrupted);
    memmove(walk->bytes, view.key, view.key_size);
    walk->bookmark = (struct bookmark){.key = walk->bytes, .key_size = view.key_size};
    if (tree_is_unique(tree))
        return JET_errSuccess;
    if (view.data_size > sizeof walk->bytes - view.key_size)
        return CORRUPT(JET_errNodeCorrupted);
    memcpy(walk->bytes + view.key_size, view.data, view.data_size);
    walk->bookmark.data = walk->bytes + view.key_size;
    walk->bookmark.data_size = view.data_size;
    return JET_errSuccess;
}

void walk_go_on(struct btree_walk *walk, const struct btree_walk *next)
{
    walk->has_begun = true;
    walk->has_ended = next->has_ended;
    if (next->has_ended)
        return;
    memcpy(walk->bytes, next->bytes, next->bookmark.key_size + next->bookmark.data_size);
    walk->bookmark = next->bookmark;
    walk->bookmark.key = walk->bytes;
    if (next->bookmark.data)
        walk->bookmark.data = walk->bytes + next->bookmark.key_size;
}
