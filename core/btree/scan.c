/* SPDX-License-Identifier: MIT */
/* scan.c - walks the leaves of a tree from left to right.
 *
 *      FDP --first child--> ... --first child--> leftmost leaf --next--> leaf --next--> ... --> 0
 *                                                             <--prev--      <--prev--
 *
 * Why every scan ends, on any bytes:
 *   1. the way down has a depth limit;
 *   2. a leaf is entered from the left only, and its left link must name the leaf that the scan comes from (none for
 *      the first). A leaf that was visited has another left neighbour, so a path that leads back is noticed at once.
 * Why the entries of a page can be believed no further than they are checked: the page's checksum says that somebody
 * wrote it, not what. node_decode() checks bounds node by node; the order of keys is checked here, across pages too.
 *
 * Pages behind the end of the database verify as anything (storage says why), so links there are refused.
 */
#include "btree/scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/corrupt.h"
#include "format/node.h"
#include "format/page.h"

enum {
    SCAN_DEPTH_MAX = 16, /* a tree of 4 KiB pages with two nodes on each is not deeper in the largest file */
    SCAN_KEY_MAX = 2 * NODE_KEY_PART_MAX,
};

struct btree_scan {
    struct database_file *file;
    const struct finding_listener *listener;
    size_t page_size;
    pgno_t fdp, last_page;
    objid_t objid;
    uint8_t *page; /* the one at hand */
    pgno_t pgno;   /* its number */
    unsigned tag;  /* next node to look at */
    bool has_key;  /* a node was met */
    uint8_t *key;  /* of the last node */
    size_t key_size;
    uint8_t *key_before; /* of the node before that */
    size_t key_before_size;
};

/* ---- damage ---- */

static jet_err report_page(const struct btree_scan *scan, pgno_t pgno, jet_err err, const char *text)
{
    const struct finding finding = {
        .kind = FINDING_PAGE_STRUCTURE,
        .severity = FINDING_DAMAGE,
        .err = err,
        .file = database_file_info(scan->file)->path,
        .place = FINDING_AT_PAGE,
        .where = pgno,
        .detail = text,
    };
    finding_report(scan->listener, &finding);
    return CORRUPT(err);
}

jet_err btree_scan_report(const struct btree_scan *scan, const struct btree_entry *entry, jet_err err, const char *text)
{
    return report_page(scan, entry->pgno, err, text);
}

/* ---- pages ---- */

static bool page_is_zero_header(const void *page)
{
    return page_flags(page) == 0 && le64_get(page_header(page)->checksum) == 0;
}

/* What every page of the tree must be. */
static jet_err check_page(const struct btree_scan *scan)
{
    uint32_t flags = page_flags(scan->page);
    if (page_is_zero_header(scan->page))
        return report_page(scan, scan->pgno, JET_errPageNotInitialized, "a page of a tree was never written");
    if (flags & PAGE_FLAG_EMPTY)
        return report_page(scan, scan->pgno, JET_errBadEmptyPage, "an emptied page is in use");
    if (le32_get(page_header(scan->page)->objid) != scan->objid)
        return report_page(scan, scan->pgno, JET_errBadParentPageLink, "the page belongs to another tree");
    if ((flags & PAGE_FLAG_SPACE_TREE) || !(flags & PAGE_FLAG_ROOT) == (scan->pgno == scan->fdp))
        return report_page(scan, scan->pgno, JET_errBadParentPageLink, "a page of another kind was expected here");
    return JET_errSuccess;
}

static jet_err load_page(struct btree_scan *scan, pgno_t pgno)
{
    static const struct database_read_retry once_more = {.reads = 2};
    if (pgno == 0 || pgno > scan->last_page)
        return report_page(scan, scan->pgno, JET_errBadPageLink, "it names a page outside of the database");
    scan->pgno = pgno;
    jet_err err = database_file_read_pages(scan->file, pgno, 1, scan->page, &once_more, scan->listener, NULL);
    if (err < JET_errSuccess)
        return err;
    scan->tag = page_first_node(scan->page);
    return check_page(scan);
}

static jet_err first_child(const struct btree_scan *scan, pgno_t *ret_child)
{
    struct node node;
    jet_err err = node_decode(scan->page, scan->page_size, scan->tag, &node);
    if (err == JET_errSuccess)
        err = node_child(&node, ret_child);
    return err < JET_errSuccess ? report_page(scan, scan->pgno, err, "damaged node") : JET_errSuccess;
}

static jet_err descend(struct btree_scan *scan)
{
    jet_err err = load_page(scan, scan->fdp);
    for (unsigned depth = 1; err == JET_errSuccess && !(page_flags(scan->page) & PAGE_FLAG_LEAF); depth++) {
        pgno_t child;
        if (depth == SCAN_DEPTH_MAX)
            return report_page(scan, scan->pgno, JET_errBadParentPageLink, "the tree is too deep");
        err = first_child(scan, &child);
        if (err == JET_errSuccess)
            err = load_page(scan, child);
    }
    if (err < JET_errSuccess)
        return err;
    if (le32_get(page_header(scan->page)->pgno_prev) != 0)
        return report_page(scan, scan->pgno, JET_errBadPageLink, "the first leaf has a left sibling");
    return JET_errSuccess;
}

static jet_err load_right_sibling(struct btree_scan *scan, pgno_t right)
{
    pgno_t left = scan->pgno;
    jet_err err = load_page(scan, right);
    if (err < JET_errSuccess)
        return err;
    if (!(page_flags(scan->page) & PAGE_FLAG_LEAF) || le32_get(page_header(scan->page)->pgno_prev) != left)
        return report_page(scan, right, JET_errBadPageLink, "it is not the right sibling of the leaf before");
    return JET_errSuccess;
}

/* ---- nodes ---- */

static int compare_with_key_before(const struct btree_scan *scan)
{
    size_t common = scan->key_size < scan->key_before_size ? scan->key_size : scan->key_before_size;
    int order = memcmp(scan->key, scan->key_before, common);
    return order != 0 ? order : (scan->key_size > common) - (scan->key_before_size > common);
}

/* Makes the node's key the present one; it must come behind the last. */
static jet_err take_key(struct btree_scan *scan, const struct node *node)
{
    uint8_t *spare = scan->key_before;
    scan->key_before = scan->key;
    scan->key_before_size = scan->key_size;
    scan->key = spare;
    jet_err err = node_key_copy(node, scan->key, SCAN_KEY_MAX, &scan->key_size);
    if (err < JET_errSuccess)
        return report_page(scan, scan->pgno, err, "damaged key");
    bool is_first = !scan->has_key;
    scan->has_key = true;
    if (is_first)
        return JET_errSuccess;
    int order = compare_with_key_before(scan);
    bool may_repeat = page_flags(scan->page) & PAGE_FLAG_NON_UNIQUE;
    if (order < 0 || (order == 0 && !may_repeat))
        return report_page(scan, scan->pgno, JET_errBadParentPageLink, "nodes are not in order");
    return JET_errSuccess;
}

/* The next node on this leaf, deleted or not; `*ret_on_page` is false if there is none. */
static jet_err next_on_page(struct btree_scan *scan, struct node *ret_node, bool *ret_on_page)
{
    *ret_on_page = scan->tag < page_tag_count(scan->page);
    if (!*ret_on_page)
        return JET_errSuccess;
    jet_err err = node_decode(scan->page, scan->page_size, scan->tag++, ret_node);
    return err < JET_errSuccess ? report_page(scan, scan->pgno, err, "damaged node") : JET_errSuccess;
}

static void fill_entry(const struct btree_scan *scan, const struct node *node, struct btree_entry *ret_entry)
{
    *ret_entry = (struct btree_entry){
        .key = scan->key,
        .key_size = scan->key_size,
        .data = node->data,
        .data_size = node->data_size,
        .pgno = scan->pgno,
    };
}

/* The next node of the tree, deleted or not, its key taken; `*ret_found` is false behind the last. */
static jet_err next_node(struct btree_scan *scan, struct node *ret_node, bool *ret_found)
{
    jet_err err = next_on_page(scan, ret_node, ret_found);
    while (err == JET_errSuccess && !*ret_found) {
        pgno_t right = le32_get(page_header(scan->page)->pgno_next);
        if (right == 0)
            return JET_errSuccess;
        err = load_right_sibling(scan, right);
        if (err == JET_errSuccess)
            err = next_on_page(scan, ret_node, ret_found);
    }
    return err < JET_errSuccess ? err : take_key(scan, ret_node);
}

/* ---- the scan ---- */

jet_err btree_scan_next(struct btree_scan *scan, struct btree_entry *ret_entry)
{
    struct node node;
    bool found;
    jet_err err;
    do {
        err = next_node(scan, &node, &found);
    } while (err == JET_errSuccess && found && (node.flags & NODE_FLAG_DELETED));
    if (err < JET_errSuccess)
        return err;
    if (found)
        fill_entry(scan, &node, ret_entry);
    else
        *ret_entry = (struct btree_entry){.pgno = scan->pgno};
    return JET_errSuccess;
}

jet_err btree_scan_open(struct database_file *file, pgno_t fdp, objid_t objid, const struct finding_listener *listener,
                        struct btree_scan **ret_scan)
{
    const struct database_file_info *info = database_file_info(file);
    jet_err err = JET_errOutOfMemory;
    struct btree_scan *scan = calloc(1, sizeof *scan);
    if (!scan)
        goto fail;
    scan->file = file;
    scan->listener = listener;
    scan->page_size = info->page_size;
    scan->fdp = fdp;
    scan->objid = objid;
    scan->last_page = info->last_page < info->file_pages ? info->last_page : info->file_pages;
    scan->page = malloc(scan->page_size);
    scan->key = malloc(SCAN_KEY_MAX);
    scan->key_before = malloc(SCAN_KEY_MAX);
    if (!scan->page || !scan->key || !scan->key_before)
        goto fail;
    err = descend(scan);
    if (err < JET_errSuccess)
        goto fail;
    *ret_scan = scan;
    return JET_errSuccess;
fail:
    btree_scan_close(scan);
    if (err == JET_errOutOfMemory)
        finding_report_error(listener, FINDING_FILE, info->path, err, NULL);
    return err;
}

void btree_scan_close(struct btree_scan *scan)
{
    if (!scan)
        return;
    free(scan->key_before);
    free(scan->key);
    free(scan->page);
    free(scan);
}
