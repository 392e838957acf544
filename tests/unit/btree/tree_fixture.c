/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tree_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "format/node.h"
#include "format/space.h"
#include "log/log_startup.h"
#include "log/log_stream.h"
#include "support/temp_folder.h"

static void log_open(struct tree_fixture *fixture, uint16_t segments)
{
    static unsigned streams;
    struct log_startup startup;
    const char *root = temp_folder_root(fixture->folder);
    fixture->log_config = log_config_default(root, root);
    fixture->log_config.segments = segments ? segments : 256;
    fixture->log_config.page_size = fixture->db->page_size;
    fixture->log_config.base_name[2] = (char)('a' + (streams++ % 26)); /* a test may have one log after another */
    assert_int_equal(log_startup_look(&fixture->log_config, 0, NULL, &startup), JET_errSuccess);
    assert_int_equal(log_stream_open(&fixture->log_config, &startup.resume, NULL, &fixture->log), JET_errSuccess);
    cache_set_log(fixture->cache, fixture->log);
}

void tree_fixture_begin(struct tree_fixture *fixture, struct temp_folder *folder,
                        const struct tree_fixture_options *options)
{
    const struct cache_config config = {.page_size = options->page_size,
                                        .frames_min = options->frames ? options->frames : 256,
                                        .frames_max = options->frames ? options->frames : 256};
    const struct database_new new = {
        .path = temp_folder_path(folder, "tree.edb"), .dbid = 1, .pages = TREE_FIXTURE_PAGES, .overwrite = true};

    *fixture = (struct tree_fixture){.folder = folder};
    assert_int_equal(cache_new(&config, &fixture->cache), JET_errSuccess);
    assert_int_equal(database_create(fixture->cache, &new, &fixture->db), JET_errSuccess);
    if (options->is_logged)
        log_open(fixture, options->log_segments);
    fixture->actor = (struct btree_actor){
        .log = fixture->log,
        .procid = 1,
        .trx_begin0 = 4,
        .level = 1,
        .extension_pages = options->extension ? options->extension : 32,
    };
    assert_int_equal(tree_create_database_root(fixture->db, &fixture->actor, TREE_FIXTURE_PAGES), JET_errSuccess);
    assert_int_equal(tree_open(fixture->db, BTREE_DATABASE_FDP, BTREE_DATABASE_OBJID, &fixture->root), JET_errSuccess);
}

void tree_fixture_end(struct tree_fixture *fixture)
{
    tree_close(fixture->root);
    database_close(fixture->db);
    cache_free(fixture->cache);
    log_stream_close(fixture->log);
}

struct tree *tree_fixture_create(struct tree_fixture *fixture, struct tree *parent, uint32_t page_flags, uint32_t pages)
{
    struct tree_new options = {.page_flags = page_flags, .pages = pages};
    struct tree *tree = NULL;
    pgno_t fdp;
    assert_int_equal(database_next_objid(fixture->db, &options.objid), JET_errSuccess);
    assert_int_equal(tree_create(parent, &fixture->actor, &options, &fdp), JET_errSuccess);
    assert_int_equal(tree_open(fixture->db, fdp, options.objid, &tree), JET_errSuccess);
    return tree;
}

/* ---- checking ---- */

struct check {
    struct tree_fixture *fixture;
    struct tree *tree;
    uint8_t *seen; /* by page: how often */
    size_t pages;
    pgno_t last_leaf; /* the one before, in order */
    int leaf_level;
    size_t live;
    uint32_t flags; /* of space trees or not */
    pgno_t root;
};

static struct frame *hold(struct check *check, pgno_t pgno)
{
    struct frame *frame = NULL;
    struct page_problem problem = {0, ""};
    assert_int_equal(page_get(check->fixture->db, pgno, PAGE_SHARED, &frame), JET_errSuccess);
    if (page_check_tags(frame->page, check->fixture->db->page_size, &problem) < JET_errSuccess ||
        page_check_flags(frame->page, &problem) < JET_errSuccess ||
        node_check_page(frame->page, check->fixture->db->page_size, &problem) < JET_errSuccess)
        fail_msg("page %u: tag %u: %s", (unsigned)pgno, problem.tag, problem.text);
    assert_int_equal(le32_get(page_header(frame->page)->objid), check->tree->objid);
    assert_int_equal(page_flags(frame->page) & PAGE_FLAG_EMPTY, 0);
    assert_int_equal((page_flags(frame->page) & PAGE_FLAG_ROOT) != 0, pgno == check->root);
    assert_int_equal(page_flags(frame->page) & PAGE_FLAG_SPACE_TREE, check->flags);
    assert_int_equal(le16_get(page_header(frame->page)->uncommitted_size), 0);
    assert_true(pgno < check->pages);
    assert_int_equal(check->seen[pgno]++, 0);
    return frame;
}

static size_t bookmark_of(const struct check *check, const struct node *node, uint8_t *buffer)
{
    size_t size;
    assert_int_equal(node_key_copy(node, buffer, 16384, &size), JET_errSuccess);
    if (check->tree->page_flags & PAGE_FLAG_NON_UNIQUE && !check->flags) {
        memcpy(buffer + size, node->data, node->data_size);
        size += node->data_size;
    }
    return size;
}

static int compare(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return order ? order : (a_size > b_size) - (a_size < b_size);
}

struct bound {
    const uint8_t *bytes; /* NULL: none */
    size_t size;
};

static void check_leaf(struct check *check, const struct frame *frame, struct bound low, struct bound high, int level)
{
    uint8_t *key = malloc(65536);
    struct node node;
    assert_int_equal(le32_get(page_header(frame->page)->pgno_prev), check->last_leaf);
    if (check->last_leaf) {
        struct frame *left = NULL;
        assert_int_equal(page_get(check->fixture->db, check->last_leaf, PAGE_SHARED, &left), JET_errSuccess);
        assert_int_equal(le32_get(page_header(left->page)->pgno_next), frame->pgno);
        page_put(left, PAGE_SHARED);
    }
    check->last_leaf = frame->pgno;
    assert_true(check->leaf_level < 0 || check->leaf_level == level);
    check->leaf_level = level;
    assert_true(frame->pgno == check->root || page_tag_count(frame->page) > 1);
    for (unsigned tag = 1; tag < page_tag_count(frame->page); tag++) {
        assert_int_equal(node_decode(frame->page, check->fixture->db->page_size, tag, &node), JET_errSuccess);
        check->live += !(node.flags & NODE_FLAG_DELETED);
        size_t size = bookmark_of(check, &node, key);
        assert_true(!low.bytes || compare(low.bytes, low.size, key, size) <= 0);
        assert_true(!high.bytes || compare(key, size, high.bytes, high.size) < 0);
    }
    free(key);
}

static void check_page(struct check *check, pgno_t pgno, struct bound low, struct bound high, int level)
{
    struct frame *frame = hold(check, pgno);
    size_t page_size = check->fixture->db->page_size;
    assert_true(level < 10);
    if (page_flags(frame->page) & PAGE_FLAG_LEAF) {
        check_leaf(check, frame, low, high, level);
        page_put(frame, PAGE_SHARED);
        return;
    }
    uint8_t *page = malloc(page_size), *keys[2] = {malloc(16384), malloc(16384)};
    memcpy(page, frame->page, page_size);
    page_put(frame, PAGE_SHARED);
    assert_int_equal(le32_get(page_header(page)->pgno_prev), 0);
    assert_int_equal(le32_get(page_header(page)->pgno_next), 0);
    for (unsigned tag = 1; tag < page_tag_count(page); tag++) {
        struct node node;
        pgno_t child;
        struct frame *child_frame = NULL;
        bool is_last = tag + 1 == page_tag_count(page);
        size_t size;
        uint8_t *key = keys[tag % 2]; /* the one before bounds the child on the left */
        assert_int_equal(node_decode(page, page_size, tag, &node), JET_errSuccess);
        assert_int_equal(node_child(&node, &child), JET_errSuccess);
        assert_int_equal(node_key_copy(&node, key, 16384, &size), JET_errSuccess);
        struct bound next = is_last ? high : (struct bound){key, size};
        if (is_last) {
            assert_int_equal(size, high.bytes ? high.size : 0);
            assert_true(!high.bytes || memcmp(key, high.bytes, size) == 0);
        }
        assert_int_equal(page_get(check->fixture->db, child, PAGE_SHARED, &child_frame), JET_errSuccess);
        assert_int_equal((page_flags(child_frame->page) & PAGE_FLAG_LEAF) != 0,
                         (page_flags(page) & PAGE_FLAG_PARENT_OF_LEAF) != 0);
        page_put(child_frame, PAGE_SHARED);
        check_page(check, child, low, next, level + 1);
        low = next;
    }
    free(keys[0]);
    free(keys[1]);
    free(page);
}

static void check_tree(struct check *check, pgno_t root, uint32_t space_flag)
{
    struct bound none = {NULL, 0};
    check->root = root;
    check->flags = space_flag;
    check->last_leaf = 0;
    check->leaf_level = -1;
    check_page(check, root, none, none, 0);
    if (check->last_leaf) {
        struct frame *last = NULL;
        assert_int_equal(page_get(check->fixture->db, check->last_leaf, PAGE_SHARED, &last), JET_errSuccess);
        assert_int_equal(le32_get(page_header(last->page)->pgno_next), 0);
        page_put(last, PAGE_SHARED);
    }
}

static struct space_header header_of(struct tree_fixture *fixture, struct tree *tree)
{
    struct frame *frame = NULL;
    struct space_header header = {0};
    const uint8_t *bytes;
    size_t size;
    unsigned flags;
    assert_int_equal(page_get(fixture->db, tree->fdp, PAGE_SHARED, &frame), JET_errSuccess);
    assert_int_equal(page_tag_get(frame->page, fixture->db->page_size, 0, &bytes, &size, &flags), JET_errSuccess);
    assert_int_equal(space_header_decode(bytes, size, &header), JET_errSuccess);
    page_put(frame, PAGE_SHARED);
    return header;
}

/* All extents of a space tree, in order; for free(). */
static struct space_run *extents(struct tree_fixture *fixture, struct tree *tree, enum space_tree which,
                                 size_t *ret_count)
{
    struct space_header header = header_of(fixture, tree);
    struct space_run *runs = calloc(100000, sizeof *runs);
    pgno_t pgno = header.pgno_owned + (which == SPACE_AVAILABLE);
    size_t count = 0;
    for (bool is_leaf = false; !is_leaf;) {
        struct frame *frame = NULL;
        struct node node;
        assert_int_equal(page_get(fixture->db, pgno, PAGE_SHARED, &frame), JET_errSuccess);
        is_leaf = page_flags(frame->page) & PAGE_FLAG_LEAF;
        if (!is_leaf) {
            assert_int_equal(node_decode(frame->page, fixture->db->page_size, 1, &node), JET_errSuccess);
            assert_int_equal(node_child(&node, &pgno), JET_errSuccess);
        }
        page_put(frame, PAGE_SHARED);
    }
    while (pgno) {
        struct frame *frame = NULL;
        assert_int_equal(page_get(fixture->db, pgno, PAGE_SHARED, &frame), JET_errSuccess);
        for (unsigned tag = 1; tag < page_tag_count(frame->page); tag++) {
            struct node node;
            struct space_extent extent;
            assert_int_equal(node_decode(frame->page, fixture->db->page_size, tag, &node), JET_errSuccess);
            assert_int_equal(space_extent_decode(&node, which, &extent), JET_errSuccess);
            if (!(node.flags & NODE_FLAG_DELETED))
                runs[count++] = (struct space_run){extent.pgno_last - extent.count_pages + 1, extent.count_pages};
        }
        pgno = le32_get(page_header(frame->page)->pgno_next);
        page_put(frame, PAGE_SHARED);
    }
    *ret_count = count;
    return runs;
}

uint64_t tree_fixture_return_extents(struct tree_fixture *fixture, struct tree *tree)
{
    pgno_t last = 0;
    uint32_t pages;
    uint64_t sum = 0;
    do {
        assert_int_equal(space_return_extent(tree, &fixture->actor, &last, &pages), JET_errSuccess);
        sum += pages;
    } while (pages > 0);
    return sum;
}

struct space_run *tree_fixture_owned(struct tree_fixture *fixture, struct tree *tree, size_t *ret_count)
{
    struct space_header header = header_of(fixture, tree);
    if (header.flags & SPACE_FLAG_MULTIPLE)
        return extents(fixture, tree, SPACE_OWNED, ret_count);
    struct space_run *run = calloc(1, sizeof *run);
    *run = (struct space_run){tree->fdp, header.count_pages};
    *ret_count = 1;
    return run;
}

static void mark(struct check *check, const struct space_run *runs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (pgno_t pgno = runs[i].first; pgno < runs[i].first + runs[i].count; pgno++) {
            assert_true(pgno < check->pages);
            if (check->seen[pgno]++ != 0)
                fail_msg("page %u is used twice", (unsigned)pgno);
        }
}

/* The split buffer is available, too. */
static void mark_buffer(struct check *check, pgno_t root)
{
    struct frame *frame = NULL;
    struct space_extent reserve[2];
    const uint8_t *bytes;
    size_t size;
    unsigned flags;
    assert_int_equal(page_get(check->fixture->db, root, PAGE_SHARED, &frame), JET_errSuccess);
    assert_int_equal(page_tag_get(frame->page, check->fixture->db->page_size, 0, &bytes, &size, &flags),
                     JET_errSuccess);
    assert_int_equal(space_split_buffer_decode(bytes, size, SPACE_AVAILABLE, reserve), JET_errSuccess);
    page_put(frame, PAGE_SHARED);
    for (unsigned i = 0; i < 2; i++) {
        const struct space_run run = {reserve[i].pgno_last - reserve[i].count_pages + 1, reserve[i].count_pages};
        mark(check, &run, run.count > 0);
    }
}

static void check_space(struct check *check, const struct space_run *children, size_t child_count)
{
    struct tree_fixture *fixture = check->fixture;
    struct space_header header = header_of(fixture, check->tree);
    size_t owned_count, available_count = 0;
    struct space_run *owned = tree_fixture_owned(fixture, check->tree, &owned_count), *available = NULL;
    if (header.flags & SPACE_FLAG_MULTIPLE) {
        check_tree(check, header.pgno_owned, PAGE_FLAG_SPACE_TREE);
        check_tree(check, header.pgno_owned + 1, PAGE_FLAG_SPACE_TREE);
        available = extents(fixture, check->tree, SPACE_AVAILABLE, &available_count);
    } else {
        available = calloc(SPACE_MASK_PAGES_MAX, sizeof *available);
        for (unsigned i = 0; i < SPACE_MASK_PAGES_MAX; i++)
            if (header.mask_available >> i & 1)
                available[available_count++] = (struct space_run){check->tree->fdp + 1 + i, 1};
    }
    mark(check, available, available_count);
    mark(check, children, child_count);
    assert_int_equal(check->tree->reserve_count, 0);
    if (header.flags & SPACE_FLAG_MULTIPLE)
        mark_buffer(check, header.pgno_owned + 1);
    for (size_t i = 0; i < owned_count; i++)
        for (pgno_t pgno = owned[i].first; pgno < owned[i].first + owned[i].count; pgno++)
            if (check->seen[pgno]-- != 1)
                fail_msg("page %u is owned and not used", (unsigned)pgno);
    for (size_t pgno = 0; pgno < check->pages; pgno++)
        if (check->seen[pgno] != 0)
            fail_msg("page %u is used and not owned", (unsigned)pgno);
    free(owned);
    free(available);
}

size_t tree_fixture_check(struct tree_fixture *fixture, struct tree *tree, const struct space_run *children,
                          size_t child_count)
{
    struct check check = {.fixture = fixture, .tree = tree};
    check.pages = database_last_page(fixture->db) + (size_t)1;
    check.seen = calloc(check.pages, 1);
    check_tree(&check, tree->fdp, 0);
    size_t live = check.live;
    check_space(&check, children, child_count);
    free(check.seen);
    return live;
}

/* ---- pages ---- */

uint8_t *tree_fixture_image(struct tree_fixture *fixture, size_t *ret_count)
{
    size_t page_size = fixture->db->page_size, count = database_last_page(fixture->db);
    uint8_t *image = calloc(count, page_size);
    for (size_t i = 0; i < count; i++) {
        struct frame *frame;
        jet_err err = page_get(fixture->db, (pgno_t)(i + 1), PAGE_SHARED, &frame);
        if (err == JET_errPageNotInitialized)
            continue;
        assert_int_equal(err, JET_errSuccess);
        memcpy(image + i * page_size, frame->page, page_size);
        page_put(frame, PAGE_SHARED);
    }
    *ret_count = count;
    return image;
}

/* The page with everything zero that says nothing. */
static void normalise(uint8_t *page, const uint8_t *from, size_t page_size)
{
    struct page_header_disk *header = (void *)page;
    size_t header_size = page_header_size(page_size);
    unsigned count = page_tag_count(from);
    memset(page, 0, page_size);
    memcpy(page, from, header_size);
    memset(page, 0, 8);
    if (page_is_large(page_size))
        memset(page + 40, 0, 28); /* checksums and number: set when it is written */
    header->flags = le32_make(page_flags(from) & ~(uint32_t)(PAGE_FLAG_FLUSH_TYPE | PAGE_FLAG_NEW_CHECKSUM));
    memcpy(page + page_size - count * (size_t)PAGE_TAG_SIZE, from + page_size - count * (size_t)PAGE_TAG_SIZE,
           count * (size_t)PAGE_TAG_SIZE);
    for (unsigned tag = 0; tag < count; tag++) {
        const uint8_t *bytes;
        size_t size;
        unsigned flags;
        assert_int_equal(page_tag_get(from, page_size, tag, &bytes, &size, &flags), JET_errSuccess);
        memcpy(page + (bytes - from), bytes, size);
    }
}

bool tree_fixture_same_page(const uint8_t *a, const uint8_t *b, size_t page_size)
{
    bool a_is_zero = page_is_zero(a, page_size), b_is_zero = page_is_zero(b, page_size);
    if (a_is_zero || b_is_zero)
        return a_is_zero == b_is_zero;
    uint8_t *one = malloc(page_size), *two = malloc(page_size);
    normalise(one, a, page_size);
    normalise(two, b, page_size);
    bool is_same = memcmp(one, two, page_size) == 0;
    free(one);
    free(two);
    return is_same;
}

uint32_t tree_fixture_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}
