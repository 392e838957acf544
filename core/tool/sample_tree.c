/* SPDX-License-Identifier: MIT */
/* sample_tree.c - a B+ tree from sorted nodes.
 *
 * Each level has one page that is being filled. When the next node does not fit, the page is closed: it gets its final
 * form and goes to the file, and the level above gets a node (separator -> page). The separator is the first key of
 * the page that follows, so it is above everything before it and not above anything behind.
 *
 * Page numbers. A leaf names its successor, so the number of the next leaf is taken when a leaf is closed. Internal
 * pages have no siblings and get a number when they are closed. A level that never closed a page when the tree is
 * finished is the top: its nodes move to the FDP. Its page must leave room for the space header that the FDP carries
 * in tag 0, and no key is compressed, because on a root none may be.
 *
 * The last node of an internal page keeps its separator, which is the one that the parent holds for that page; on the
 * right edge of the tree it is empty, which stands for infinity.
 */
#include "tool/sample_tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "format/page.h"

enum {
    FLAGS_OF_ALL_PAGES = PAGE_FLAG_NEW_RECORD | PAGE_FLAG_NEW_CHECKSUM | 1 << 15, /* flush type: first write */
};

static uint32_t flags_of_level(const struct sample_tree *t, unsigned level)
{
    static const uint32_t flags[] = {PAGE_FLAG_LEAF, PAGE_FLAG_PARENT_OF_LEAF, 0};
    return FLAGS_OF_ALL_PAGES | t->kind | flags[level < 2 ? level : 2];
}

static void page_begin(struct sample_tree *t, unsigned level)
{
    page_init(t->levels[level].page, t->file->page_size, flags_of_level(t, level), 0, t->objid,
              sample_file_next_dbtime(t->file));
}

static MUST_CHECK jet_err level_begin(struct sample_tree *t, unsigned level)
{
    assert(level < SAMPLE_TREE_LEVELS_MAX);
    t->levels[level].page = malloc(t->file->page_size);
    if (!t->levels[level].page)
        return JET_errOutOfMemory;
    page_begin(t, level);
    return JET_errSuccess;
}

jet_err sample_tree_begin(struct sample_tree *t, struct sample_file *file, struct sample_space *space, pgno_t fdp,
                          objid_t objid, uint32_t kind)
{
    *t = (struct sample_tree){.file = file, .space = space, .fdp = fdp, .objid = objid, .kind = kind};
    t->node = malloc(file->page_size);
    if (!t->node)
        return JET_errOutOfMemory;
    return level_begin(t, 0);
}

static MUST_CHECK jet_err take_page(struct sample_tree *t, pgno_t *ret_pgno)
{
    struct space_extent extent;
    jet_err err = sample_space_take(t->space, 1, &extent);
    if (err < JET_errSuccess)
        return err;
    *ret_pgno = extent.pgno_last;
    return JET_errSuccess;
}

static MUST_CHECK jet_err append(struct sample_tree *t, uint8_t *page, const struct node *node)
{
    size_t size;
    jet_err err = node_encode(node, t->node, t->file->page_size, &size);
    if (err < JET_errSuccess)
        return err;
    return page_insert(page, t->file->page_size, page_tag_count(page), 0, t->node, size);
}

/* What is left free is the difference between the tag 0 of a root and that of any other page. */
static bool has_room(const uint8_t *page, const struct node *node)
{
    size_t needed = 2 + node->suffix_size + node->data_size + PAGE_TAG_SIZE;
    return page_free_space(page) >= needed + sizeof(struct space_header_disk);
}

static MUST_CHECK jet_err add_child(struct sample_tree *t, unsigned level, pgno_t child, const uint8_t *separator,
                                    size_t size);

/* Gives the full internal page to the file, and to the level above. */
static MUST_CHECK jet_err internal_close(struct sample_tree *t, unsigned level, const uint8_t *separator, size_t size)
{
    pgno_t pgno;
    jet_err err = take_page(t, &pgno);
    if (err < JET_errSuccess)
        return err;
    err = sample_file_put(t->file, pgno, t->levels[level].page);
    if (err < JET_errSuccess)
        return err;
    t->levels[level].count_closed++;
    page_begin(t, level);
    return add_child(t, level + 1, pgno, separator, size);
}

/* The key of the last node, which is the separator that the parent shall hold. */
static MUST_CHECK jet_err last_key_copy(const struct sample_tree *t, const uint8_t *page, uint8_t *key, size_t *size)
{
    struct node last;
    jet_err err = node_decode(page, t->file->page_size, page_tag_count(page) - 1, &last);
    if (err < JET_errSuccess)
        return err;
    return node_key_copy(&last, key, SAMPLE_TREE_KEY_MAX, size);
}

static jet_err add_child(struct sample_tree *t, unsigned level, pgno_t child, const uint8_t *separator, size_t size)
{
    jet_err err = JET_errSuccess;
    if (!t->levels[level].page)
        err = level_begin(t, level);
    if (err < JET_errSuccess)
        return err;

    le32 data = le32_make(child);
    struct node node = {.suffix = separator, .suffix_size = size, .data = data.b, .data_size = sizeof data};
    if (!has_room(t->levels[level].page, &node)) {
        uint8_t key[SAMPLE_TREE_KEY_MAX];
        size_t key_size;
        err = last_key_copy(t, t->levels[level].page, key, &key_size);
        if (err < JET_errSuccess)
            return err;
        err = internal_close(t, level, key, key_size);
        if (err < JET_errSuccess)
            return err;
    }
    return append(t, t->levels[level].page, &node);
}

/* Gives the present leaf to the file. `next`: the number of the one that follows, 0 if it is the last. */
static MUST_CHECK jet_err leaf_close(struct sample_tree *t, pgno_t next, const uint8_t *separator, size_t size)
{
    struct sample_tree_level *leaves = &t->levels[0];
    struct page_header_disk *header = (struct page_header_disk *)leaves->page;
    header->pgno_next = le32_make(next);
    pgno_t pgno = t->leaf;
    jet_err err = sample_file_put(t->file, pgno, leaves->page);
    if (err < JET_errSuccess)
        return err;
    leaves->count_closed++;
    page_begin(t, 0);
    header->pgno_prev = le32_make(pgno);
    t->leaf = next;
    return add_child(t, 1, pgno, separator, size);
}

/* The separator: the key of the first node behind, with its data if keys may repeat. */
static MUST_CHECK jet_err separator_make(const struct sample_tree *t, const struct node *node, uint8_t *separator,
                                         size_t *ret_size)
{
    size_t size = node->suffix_size + (t->kind & PAGE_FLAG_NON_UNIQUE ? node->data_size : 0);
    if (size > SAMPLE_TREE_KEY_MAX)
        return JET_errKeyTooBig;
    memcpy(separator, node->suffix, node->suffix_size);
    if (size > node->suffix_size)
        memcpy(separator + node->suffix_size, node->data, node->data_size);
    *ret_size = size;
    return JET_errSuccess;
}

static MUST_CHECK jet_err leaf_split(struct sample_tree *t, const struct node *node)
{
    uint8_t separator[SAMPLE_TREE_KEY_MAX];
    size_t size;
    pgno_t next;
    jet_err err = separator_make(t, node, separator, &size);
    if (err >= JET_errSuccess && t->leaf == 0)
        err = take_page(t, &t->leaf);
    if (err >= JET_errSuccess)
        err = take_page(t, &next);
    if (err < JET_errSuccess)
        return err;
    return leaf_close(t, next, separator, size);
}

jet_err sample_tree_add(struct sample_tree *t, const struct node *node)
{
    if (!has_room(t->levels[0].page, node) && page_tag_count(t->levels[0].page) > 1) {
        jet_err err = leaf_split(t, node);
        if (err < JET_errSuccess)
            return err;
    }
    if (!has_room(t->levels[0].page, node))
        return JET_errRecordTooBig;
    return append(t, t->levels[0].page, node);
}

/* The nodes of the top page go to the FDP, behind the space header. */
static MUST_CHECK jet_err root_write(struct sample_tree *t, unsigned level)
{
    size_t page_size = t->file->page_size;
    struct space_header header = sample_space_header(t->space, t->fdp, (t->kind & PAGE_FLAG_NON_UNIQUE) != 0);
    struct space_header_disk header_disk;
    uint8_t *root = malloc(page_size);
    if (!root)
        return JET_errOutOfMemory;
    page_init(root, page_size, flags_of_level(t, level) | PAGE_FLAG_ROOT, t->fdp, t->objid,
              sample_file_next_dbtime(t->file));
    jet_err err = space_header_encode(&header, &header_disk);
    if (err >= JET_errSuccess)
        err = page_replace(root, page_size, 0, 0, &header_disk, sizeof header_disk);
    for (unsigned tag = 1; err >= JET_errSuccess && tag < page_tag_count(t->levels[level].page); tag++) {
        struct node node;
        err = node_decode(t->levels[level].page, page_size, tag, &node);
        if (err >= JET_errSuccess)
            err = append(t, root, &node);
    }
    if (err >= JET_errSuccess)
        err = sample_file_put(t->file, t->fdp, root);
    free(root);
    return err;
}

static MUST_CHECK jet_err space_root_write(struct sample_tree *t, enum space_tree which)
{
    size_t page_size = t->file->page_size;
    pgno_t pgno = t->fdp + (which == SPACE_OWNED ? 1 : 2);
    struct space_split_buffer_disk no_reserves = {0};
    uint8_t *root = malloc(page_size);
    if (!root)
        return JET_errOutOfMemory;
    page_init(root, page_size, flags_of_level(t, 0) | PAGE_FLAG_ROOT | PAGE_FLAG_SPACE_TREE, pgno, t->objid,
              sample_file_next_dbtime(t->file));
    jet_err err = page_replace(root, page_size, 0, 0, &no_reserves, sizeof no_reserves);
    for (unsigned i = 0; err >= JET_errSuccess && i < t->space->count_owned; i++) {
        struct space_extent extent = t->space->owned[i];
        if (which == SPACE_AVAILABLE && !sample_space_available(t->space, i, &extent))
            continue;
        struct space_extent_disk extent_disk;
        struct node node;
        space_extent_encode(&extent, &extent_disk, &node);
        err = append(t, root, &node);
    }
    if (err >= JET_errSuccess)
        err = sample_file_put(t->file, pgno, root);
    free(root);
    return err;
}

jet_err sample_tree_finish(struct sample_tree *t)
{
    static const uint8_t infinity[1];
    jet_err err = JET_errSuccess;
    unsigned top = 0;
    if (t->levels[0].count_closed > 0) {
        err = leaf_close(t, 0, infinity, 0);
        for (top = 1; err >= JET_errSuccess && t->levels[top].count_closed > 0; top++)
            err = internal_close(t, top, infinity, 0);
    }
    if (err >= JET_errSuccess)
        err = root_write(t, top);
    if (err >= JET_errSuccess && t->space->is_multiple)
        err = space_root_write(t, SPACE_OWNED);
    if (err >= JET_errSuccess && t->space->is_multiple)
        err = space_root_write(t, SPACE_AVAILABLE);
    return err;
}

void sample_tree_done(struct sample_tree *t)
{
    for (unsigned level = 0; level < SAMPLE_TREE_LEVELS_MAX; level++)
        free(t->levels[level].page);
    free(t->node);
    *t = (struct sample_tree){0};
}
