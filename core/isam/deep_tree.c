/* SPDX-License-Identifier: MIT */
/* deep_tree.c - one tree from its root down, every page of it once.
 *
 * A page is entered as used before it is read, so no page is looked at twice in a whole check, whatever the pages say;
 * with the limit to the depth that is why every walk ends. Each level has a page of its own and the separators that
 * bound it:
 *
 *      every bookmark below a node of an internal page  <  the node's key  <=  every bookmark below the next node
 *
 * The last node of an internal page stands for everything up to the bound of the page; its key is that bound (empty
 * where there is none, at the right edge). In trees with non-unique keys a bookmark is key and data, one behind the
 * other.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isam/deep_internal.h"

/* Bytes of a separator; NULL: there is none, the tree is open to that side. */
struct bound {
    const uint8_t *bytes;
    size_t size;
};

struct walk {
    struct deep *d;
    size_t tree; /* its number */
    pgno_t root;
    objid_t objid;
    uint32_t kind_flags; /* that every page has */
    enum deep_use use;
    deep_visit *visit;
    void *context;
    struct deep_walk_result *result;
    unsigned leaf_depth; /* of the first leaf; 0: none was met */
    pgno_t leaf;         /* the last one */
    pgno_t leaf_next;    /* what it says is to its right */
    bool leaf_is_known;  /* the leaf before was read */
    bool is_again;       /* the tree was walked before: pages are entered, and nothing is to be said */
    uint64_t pages_left; /* then; so that it ends, even if somebody changes the file meanwhile */
};

/* Flags that say what kind of tree a page is of. */
static const uint32_t kind_mask = PAGE_FLAG_SPACE_TREE | PAGE_FLAG_INDEX | PAGE_FLAG_LONG_VALUE | PAGE_FLAG_NON_UNIQUE |
                                  PAGE_FLAG_SLV_AVAIL | PAGE_FLAG_SLV_OWNER;

/* ---- reports ---- */

static void tree_problem(struct walk *w, enum finding_kind kind, enum deep_scope scope, jet_err err, pgno_t pgno,
                         const char *text)
{
    char name[DEEP_NAME_SIZE];
    const bool is_space = w->use == DEEP_USE_SPACE;
    w->result->is_whole = false;
    if (w->is_again)
        return;
    deep_report(w->d, kind, scope, err, pgno, "%s%s: %s", is_space ? "space of " : "",
                deep_tree_name(w->d, &w->d->trees[w->tree], name), text);
}

static void page_problem(struct walk *w, pgno_t pgno, jet_err err, const char *text)
{
    tree_problem(w, FINDING_PAGE_STRUCTURE, DEEP_WITHIN_PAGE, err, pgno, text);
}

static void link_problem(struct walk *w, pgno_t pgno, jet_err err, const char *text)
{
    tree_problem(w, FINDING_TREE, DEEP_BETWEEN, err, pgno, text);
}

bool deep_page_claim(struct deep *d, size_t tree, enum deep_use use, pgno_t pgno)
{
    const uint32_t before = d->uses[pgno];
    if (before == 0) {
        d->uses[pgno] = (uint32_t)(tree << DEEP_USE_BITS) | use;
        return true;
    }
    char now[DEEP_NAME_SIZE], then[DEEP_NAME_SIZE];
    static const char *const uses[] = {
        [DEEP_USE_TREE] = "a page of",
        [DEEP_USE_SPACE] = "a page of the space of",
        [DEEP_USE_AVAILABLE] = "available to",
    };
    const bool is_space = use == DEEP_USE_AVAILABLE || before % (1u << DEEP_USE_BITS) == DEEP_USE_AVAILABLE;
    deep_report(d, is_space ? FINDING_SPACE : FINDING_TREE, DEEP_BETWEEN,
                is_space ? JET_errSPAvailExtCorrupted : JET_errBadParentPageLink, pgno,
                "it is %s %s, and %s %s as well", uses[before % (1u << DEEP_USE_BITS)],
                deep_tree_name(d, &d->trees[before >> DEEP_USE_BITS], then), uses[use],
                deep_tree_name(d, &d->trees[tree], now));
    return false;
}

/* ---- one page by itself ---- */

static bool page_was_written(const void *page)
{
    return page_flags(page) != 0 || le64_get(page_header(page)->checksum) != 0;
}

static jet_err level_buffers(struct deep *d, unsigned level)
{
    if (!d->pages[level])
        d->pages[level] = malloc(d->page_size);
    for (unsigned i = level; i <= level + 1; i++) {
        if (!d->bounds[i])
            d->bounds[i] = malloc((size_t)2 * (DEEP_KEY_MAX + PAGE_SIZE_MAX));
        if (!d->bounds[i])
            return JET_errOutOfMemory;
    }
    return d->pages[level] ? JET_errSuccess : JET_errOutOfMemory;
}

/* Flags and header of a page that its tree names. */
static bool page_belongs(struct walk *w, pgno_t pgno, const void *page)
{
    const struct page_header_disk *header = page_header(page);
    const uint32_t flags = page_flags(page);
    struct page_problem problem;
    if (flags & PAGE_FLAG_EMPTY) {
        link_problem(w, pgno, JET_errBadEmptyPage, "an emptied page is in use");
        return false;
    }
    jet_err err = page_check_flags(page, &problem);
    if (err < JET_errSuccess)
        page_problem(w, pgno, err, problem.text);
    else if (le32_get(header->objid) != w->objid)
        link_problem(w, pgno, JET_errBadParentPageLink, "the page belongs to another tree");
    else if (!(flags & PAGE_FLAG_ROOT) == (pgno == w->root))
        link_problem(w, pgno, JET_errDatabaseCorrupted,
                     pgno == w->root ? "the page is no root" : "the page is the root of a tree");
    else if ((flags & kind_mask) != w->kind_flags)
        link_problem(w, pgno, JET_errDatabaseCorrupted, "the page is of another kind of tree");
    else
        return true;
    return false;
}

/* What does not keep anybody from reading the page. */
static void check_header(struct walk *w, pgno_t pgno, const void *page)
{
    const struct page_header_disk *header = page_header(page);
    if (!(page_flags(page) & PAGE_FLAG_NEW_CHECKSUM) && !w->d->has_old_checksums)
        page_problem(w, pgno, JET_errDatabaseCorrupted, "a checksum of a scheme that this format has no more");
    if (!w->d->is_clean || w->is_again)
        return;
    if (le64_get(header->dbtime) > w->d->dbtime_last)
        deep_report(w->d, FINDING_TREE, DEEP_BETWEEN, JET_errDbTimeCorrupted, pgno,
                    "the page is of database time %" PRIu64 ", the database of %" PRIu64, le64_get(header->dbtime),
                    w->d->dbtime_last);
    if (le16_get(header->uncommitted_size) != 0)
        page_problem(w, pgno, JET_errBadLineCount, "space is kept for a rollback that cannot come any more");
}

/* Tags and nodes. */
static bool page_is_sound(struct walk *w, pgno_t pgno, const void *page)
{
    struct page_problem problem;
    char text[160];
    jet_err err = page_check_tags(page, w->d->page_size, &problem);
    if (err == JET_errSuccess)
        err = node_check_page(page, w->d->page_size, &problem);
    if (err == JET_errSuccess)
        return true;
    (void)snprintf(text, sizeof text, "tag %u: %s", problem.tag, problem.text);
    page_problem(w, pgno, err, text);
    return false;
}

/* Reads a page of the tree into the buffer of its level; `*ret_is_usable` is false if it cannot be looked into. */
static jet_err load_page(struct walk *w, pgno_t pgno, unsigned level, bool *ret_is_usable)
{
    static const struct database_read_retry once = {.reads = 1};
    static const struct finding_listener nobody = {0};
    struct deep *d = w->d;
    *ret_is_usable = false;
    jet_err err = level_buffers(d, level);
    if (err < JET_errSuccess)
        return err;
    uint8_t *page = d->pages[level];
    err = database_file_read_pages(d->file, pgno, 1, page, &once, &nobody, NULL);
    if (err == JET_errReadVerifyFailure || err == JET_errReadPgnoVerifyFailure) {
        w->result->is_whole = false; /* reported as a page */
        return JET_errSuccess;
    }
    if (err < JET_errSuccess)
        return finding_report_error(d->listener, FINDING_FILE, d->info->path, err, NULL);
    if (!page_was_written(page)) {
        link_problem(w, pgno, JET_errPageNotInitialized, "the page was never written");
        return JET_errSuccess;
    }
    if (!page_belongs(w, pgno, page))
        return JET_errSuccess;
    check_header(w, pgno, page);
    *ret_is_usable = page_is_sound(w, pgno, page);
    return w->is_again ? JET_errSuccess : deep_page_done(d);
}

/* ---- bounds ---- */

static int compare(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    const size_t common = a_size < b_size ? a_size : b_size;
    const int order = common > 0 ? memcmp(a, b, common) : 0;
    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

/* The key of a node, and behind it, where bookmarks have it, the data. Returns its size. */
static size_t copy_bookmark(const struct walk *w, const struct node *node, bool is_leaf, uint8_t *to)
{
    size_t size;
    if (node_key_copy(node, to, DEEP_KEY_MAX, &size) < JET_errSuccess)
        return 0; /* cannot be: both parts have their greatest length at most */
    if (is_leaf && w->kind_flags & PAGE_FLAG_NON_UNIQUE && !(w->kind_flags & PAGE_FLAG_SPACE_TREE)) {
        memcpy(to + size, node->data, node->data_size);
        size += node->data_size;
    }
    return size;
}

/* Is the node inside the bounds of its page? */
static void check_bounds(struct walk *w, pgno_t pgno, const struct node *node, bool is_leaf, const struct bound *low,
                         const struct bound *high)
{
    const size_t size = copy_bookmark(w, node, is_leaf, w->d->key);
    if (low->bytes) {
        const int order = compare(w->d->key, size, low->bytes, low->size);
        if (order < 0 || (order == 0 && !is_leaf))
            link_problem(w, pgno, JET_errBadParentPageLink, "a node below the separator in the parent page");
    }
    if (high->bytes && compare(w->d->key, size, high->bytes, high->size) >= 0)
        link_problem(w, pgno, JET_errBadParentPageLink, "a node above the separator in the parent page");
}

/* ---- leaves ---- */

static void check_leaf_links(struct walk *w, pgno_t pgno, const struct page_header_disk *header)
{
    const pgno_t prev = le32_get(header->pgno_prev);
    if (w->leaf_is_known && prev != w->leaf)
        link_problem(w, pgno, JET_errBadPageLink,
                     w->leaf == 0 ? "the first leaf has a left sibling" : "it does not name the leaf to its left");
    if (w->leaf_is_known && w->leaf != 0 && w->leaf_next != pgno)
        link_problem(w, w->leaf, JET_errBadPageLink, "it does not name the leaf to its right");
    w->leaf = pgno;
    w->leaf_next = le32_get(header->pgno_next);
    w->leaf_is_known = true;
}

static jet_err visit_node(struct walk *w, pgno_t pgno, const struct node *node)
{
    struct deep_node view = {
        .key = w->d->key,
        .data = node->data,
        .data_size = node->data_size,
        .pgno = pgno,
    };
    if (node->flags & NODE_FLAG_DELETED) {
        w->result->deleted++;
        return JET_errSuccess;
    }
    if (!w->visit)
        return JET_errSuccess;
    if (node_key_copy(node, w->d->key, DEEP_KEY_MAX, &view.key_size) < JET_errSuccess)
        return JET_errSuccess; /* cannot be */
    return w->visit(w->context, &view);
}

static jet_err walk_leaf(struct walk *w, pgno_t pgno, const uint8_t *page, unsigned level, const struct bound *low,
                         const struct bound *high)
{
    const unsigned first = page_first_node(page), count = page_tag_count(page);
    struct node node;
    jet_err err = JET_errSuccess;
    if (w->leaf_depth == 0)
        w->leaf_depth = level + 1;
    else if (w->leaf_depth != level + 1)
        link_problem(w, pgno, JET_errBadParentPageLink, "a leaf that is not as deep as the first");
    check_leaf_links(w, pgno, page_header(page));
    if (first == count && pgno != w->root)
        link_problem(w, pgno, JET_errBadEmptyPage, "a leaf without nodes");
    for (unsigned tag = first; err == JET_errSuccess && tag < count; tag++) {
        if (node_decode(page, w->d->page_size, tag, &node) < JET_errSuccess)
            return JET_errSuccess; /* cannot be: the page is sound */
        if (tag == first || tag + 1 == count)
            check_bounds(w, pgno, &node, true, low, high);
        err = visit_node(w, pgno, &node);
    }
    return err;
}

/* ---- internal pages ---- */

static jet_err walk_page(struct walk *w, pgno_t pgno, unsigned level, const struct bound *low,
                         const struct bound *high);

static void check_internal(struct walk *w, pgno_t pgno, const uint8_t *page)
{
    const struct page_header_disk *header = page_header(page);
    if (le32_get(header->pgno_prev) != 0 || le32_get(header->pgno_next) != 0)
        link_problem(w, pgno, JET_errBadPageLink, "an internal page has a sibling");
    if (page_first_node(page) == page_tag_count(page))
        link_problem(w, pgno, JET_errBadParentPageLink, "an internal page without nodes");
}

/* The key of the last node is the bound of the page. */
static void check_last_separator(struct walk *w, pgno_t pgno, const uint8_t *key, size_t size, const struct bound *high)
{
    if (high->bytes ? compare(key, size, high->bytes, high->size) != 0 : size > 0)
        link_problem(w, pgno, JET_errBadParentPageLink,
                     "the key of its last node is not the separator in the parent page");
}

/* Is the child a leaf exactly if its parent says so? Known once the child was read. */
static void check_child_kind(struct walk *w, const uint8_t *page, pgno_t child, unsigned child_level)
{
    const bool should_be = page_flags(page) & PAGE_FLAG_PARENT_OF_LEAF;
    const bool is = page_flags(w->d->pages[child_level]) & PAGE_FLAG_LEAF;
    if (should_be != is)
        link_problem(w, child, JET_errBadParentPageLink,
                     is ? "a leaf below a page whose children are none" : "no leaf below a parent of leaves");
}

/* The two bounds of a level's children take turns in its buffer. */
static uint8_t *bound_buffer(struct walk *w, unsigned level, unsigned turn)
{
    return w->d->bounds[level + 1] + (size_t)(turn % 2) * (DEEP_KEY_MAX + PAGE_SIZE_MAX);
}

static jet_err walk_internal(struct walk *w, pgno_t pgno, unsigned level, const struct bound *low,
                             const struct bound *high)
{
    const uint8_t *page = w->d->pages[level];
    const unsigned count = page_tag_count(page);
    struct bound child_low = *low;
    jet_err err = JET_errSuccess;
    check_internal(w, pgno, page);
    for (unsigned tag = page_first_node(page); err == JET_errSuccess && tag < count; tag++) {
        const bool is_last = tag + 1 == count;
        struct node node;
        pgno_t child;
        if (node_decode(page, w->d->page_size, tag, &node) < JET_errSuccess ||
            node_child(&node, &child) < JET_errSuccess)
            return JET_errSuccess; /* cannot be: the page is sound */
        uint8_t *separator = bound_buffer(w, level, tag);
        struct bound child_high = {separator, copy_bookmark(w, &node, false, separator)};
        if (is_last)
            check_last_separator(w, pgno, separator, child_high.size, high);
        else
            check_bounds(w, pgno, &node, false, low, high);
        err = walk_page(w, child, level + 1, &child_low, is_last ? high : &child_high);
        child_low = child_high;
    }
    return err;
}

/* A page that cannot be looked into: what is below it, and beside it, is not known. */
static void skip_page(struct walk *w)
{
    w->result->is_whole = false;
    w->leaf_is_known = false;
}

/* Tag 0 of the root. */
static void copy_head(struct walk *w, const uint8_t *page)
{
    const uint8_t *bytes;
    size_t size;
    unsigned flags;
    if (page_tag_get(page, w->d->page_size, 0, &bytes, &size, &flags) < JET_errSuccess)
        return;
    if (size > sizeof w->result->head)
        return;
    if (size > 0)
        memcpy(w->result->head, bytes, size);
    w->result->head_size = size;
}

static bool enter_page(struct walk *w, pgno_t pgno)
{
    if (!w->is_again)
        return deep_page_claim(w->d, w->tree, w->use, pgno);
    if (w->pages_left == 0)
        return false;
    w->pages_left--;
    return true;
}

static jet_err walk_page(struct walk *w, pgno_t pgno, unsigned level, const struct bound *low, const struct bound *high)
{
    bool is_usable;
    if (level == DEEP_DEPTH_MAX) {
        link_problem(w, pgno, JET_errBadParentPageLink, "the tree is too deep");
        skip_page(w);
        return JET_errSuccess;
    }
    if (pgno == 0 || pgno > w->d->last_page) {
        link_problem(w, pgno, JET_errBadParentPageLink, "the page is not part of the database");
        skip_page(w);
        return JET_errSuccess;
    }
    if (!enter_page(w, pgno)) {
        skip_page(w);
        return JET_errSuccess;
    }
    w->result->pages++;
    jet_err err = load_page(w, pgno, level, &is_usable);
    if (err < JET_errSuccess)
        return err;
    if (!is_usable) {
        skip_page(w);
        return JET_errSuccess;
    }
    const uint8_t *page = w->d->pages[level];
    if (level == 0)
        copy_head(w, page);
    else
        check_child_kind(w, w->d->pages[level - 1], pgno, level);
    if (page_flags(page) & PAGE_FLAG_LEAF)
        return walk_leaf(w, pgno, page, level, low, high);
    return walk_internal(w, pgno, level, low, high);
}

/* ---- the tree ---- */

jet_err deep_tree_walk(struct deep *d, size_t tree, pgno_t root, uint32_t space_flag, deep_visit *visit, void *context,
                       struct deep_walk_result *ret_result)
{
    const struct bound open = {NULL, 0};
    struct walk w = {
        .d = d,
        .tree = tree,
        .root = root,
        .objid = d->trees[tree].objid,
        .kind_flags = d->trees[tree].page_flags | space_flag,
        .use = space_flag ? DEEP_USE_SPACE : DEEP_USE_TREE,
        .visit = visit,
        .context = context,
        .result = ret_result,
        .leaf_is_known = true,
    };
    *ret_result = (struct deep_walk_result){.is_whole = true, .head_size = SIZE_MAX};
    jet_err err = walk_page(&w, root, 0, &open, &open);
    if (err < JET_errSuccess)
        return err;
    if (w.leaf_is_known && w.leaf != 0 && w.leaf_next != 0)
        link_problem(&w, w.leaf, JET_errBadPageLink, "the last leaf has a right sibling");
    return JET_errSuccess;
}

jet_err deep_tree_walk_again(struct deep *d, size_t tree, deep_visit *visit, void *context)
{
    const struct bound open = {NULL, 0};
    struct deep_walk_result result = {.is_whole = true, .head_size = SIZE_MAX};
    struct walk w = {
        .d = d,
        .tree = tree,
        .root = d->trees[tree].fdp,
        .objid = d->trees[tree].objid,
        .kind_flags = d->trees[tree].page_flags,
        .use = DEEP_USE_TREE,
        .visit = visit,
        .context = context,
        .result = &result,
        .leaf_is_known = true,
        .is_again = true,
        .pages_left = d->last_page,
    };
    return walk_page(&w, w.root, 0, &open, &open);
}
