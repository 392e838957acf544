/* SPDX-License-Identifier: MIT */
/* split_plan.c - where to cut a page, what separates the halves, and which prefix each half gets.
 *
 * A plan speaks of lines: the nodes of the page in their order, with the change that waits for room already made. It is
 * made for weight: both halves get about as many bytes. Not so where nodes seem to come in ascending order, which is to
 * leave full pages: behind the last node of the tree, or of a page whose last nodes are the newest, the new page gets
 * the new node alone; between nodes, what comes behind the new one moves away. Only the new line and the one before it
 * matter for the former.
 *
 * A page's prefix is the whole key of one of its lines (or, on the page that was split, the old prefix): every other
 * line then saves what it has in common with it. Some lines are tried, spread over the half.
 */
#include "btree/split.h"

#include <stdlib.h>

#include "base/corrupt.h"

enum { PREFIX_CANDIDATES = 6 };

struct line {
    const uint8_t *key;
    size_t key_size;
    const uint8_t *data;
    size_t data_size;
    size_t size;   /* on the present page, with its tag */
    size_t common; /* bytes in common with the line before */
};

struct planning {
    const struct tree *tree;
    const void *page;
    size_t page_size;
    size_t area; /* bytes for prefix, nodes and their tags */
    struct line *lines;
    unsigned first; /* lines[0] is this one of the page: 0, unless nothing before it is of interest */
    unsigned count;
    uint8_t *keys;
    const uint8_t *old_prefix;
    size_t old_prefix_size;
};

/* What a half will look like. */
struct half {
    size_t total; /* bytes of the area */
    int32_t line; /* whose key is the prefix; -1: none */
    bool is_old;  /* the old prefix stays */
};

static size_t common_size(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    const size_t limit = a_size < b_size ? a_size : b_size;
    size_t common = 0;
    while (common < limit && a[common] == b[common])
        common++;
    return common;
}

/* Bytes of a line with its tag, if it has so much in common with the prefix. */
static size_t line_size(const struct line *line, size_t common)
{
    return PAGE_TAG_SIZE + apply_node_size(common >= NODE_PREFIX_MIN ? common : 0, line->key_size, line->data_size);
}

/* ---- the lines ---- */

static size_t keys_size(const struct planning *p, const struct node_change *change)
{
    size_t size = change ? change->bookmark->key_size : 0;
    for (unsigned tag = p->first + 1; tag < page_tag_count(p->page); tag++) {
        struct node node;
        node_at(p->page, p->page_size, tag, &node);
        size += node_key_size(&node);
    }
    return size;
}

static void line_of_node(const struct planning *p, unsigned tag, uint8_t **keys, struct line *ret_line)
{
    struct node node;
    size_t size;
    node_at(p->page, p->page_size, tag, &node);
    jet_err err = node_key_copy(&node, *keys, SIZE_MAX, &size);
    (void)err; /* keys_size() made room */
    *ret_line = (struct line){
        .key = *keys,
        .key_size = size,
        .data = node.data,
        .data_size = node.data_size,
        .size = PAGE_TAG_SIZE + apply_node_size(node.prefix_size, size, node.data_size),
    };
    *keys += size;
}

static void line_of_insert(const struct planning *p, const struct node_change *change, struct line *ret_line)
{
    const struct bookmark *b = change->bookmark;
    const size_t prefix = apply_prefix_size(p->page, p->page_size, b->key, b->key_size);
    *ret_line = (struct line){
        .key = b->key,
        .key_size = b->key_size,
        .data = change->change->data,
        .data_size = change->change->data_size,
        .size = PAGE_TAG_SIZE + apply_node_size(prefix, b->key_size, change->change->data_size),
    };
}

static bool is_insert(const struct node_change *change)
{
    return change && change->change->kind == BTREE_INSERT;
}

/* The lines from `first` on. */
static jet_err planning_begin(struct planning *p, const struct tree *tree, const void *page,
                              const struct node_change *change, unsigned first)
{
    const size_t page_size = tree->db->page_size;
    *p = (struct planning){.tree = tree, .page = page, .page_size = page_size, .first = first};
    p->area = page_size - page_header_size(page_size) - PAGE_TAG_SIZE;
    p->count = page_tag_count(page) - 1 + is_insert(change) - first;
    p->lines = calloc(p->count + 1, sizeof *p->lines);
    p->keys = malloc(keys_size(p, change) + 1);
    if (!p->lines || !p->keys)
        return JET_errOutOfMemory;
    if (!(page_flags(page) & PAGE_FLAG_ROOT))
        p->old_prefix = external_header_at(page, page_size, &p->old_prefix_size);

    uint8_t *keys = p->keys;
    for (unsigned i = 0, tag = first + 1; i < p->count; i++) {
        const bool is_changed = change && first + i == change->tag - 1;
        if (is_changed && is_insert(change))
            line_of_insert(p, change, &p->lines[i]);
        else
            line_of_node(p, tag++, &keys, &p->lines[i]);
        if (is_changed && !is_insert(change)) {
            p->lines[i].size += change->change->data_size - p->lines[i].data_size;
            p->lines[i].data = change->change->data;
            p->lines[i].data_size = change->change->data_size;
        }
        if (i > 0)
            p->lines[i].common =
                common_size(p->lines[i - 1].key, p->lines[i - 1].key_size, p->lines[i].key, p->lines[i].key_size);
    }
    return JET_errSuccess;
}

static void planning_end(struct planning *p)
{
    free(p->lines);
    free(p->keys);
}

/* ---- halves ---- */

/* Bytes of lines from .. to - 1 with the key of `prefix` (one of them) as the page's prefix. */
static size_t total_with(const struct planning *p, unsigned from, unsigned to, unsigned prefix)
{
    const struct line *lines = p->lines;
    size_t common = lines[prefix].key_size;
    size_t total = common + line_size(&lines[prefix], common);

    for (unsigned i = prefix; i-- > from;) {
        common = common < lines[i + 1].common ? common : lines[i + 1].common;
        total += line_size(&lines[i], common);
    }
    common = lines[prefix].key_size;
    for (unsigned i = prefix + 1; i < to; i++) {
        common = common < lines[i].common ? common : lines[i].common;
        total += line_size(&lines[i], common);
    }
    return total;
}

/* The shortest way to write lines from .. to - 1 on a page of their own. */
static struct half half_plan(const struct planning *p, unsigned from, unsigned to, bool may_keep_old)
{
    struct half half = {.total = 0, .line = -1};
    const unsigned count = to - from;

    for (unsigned i = from; i < to; i++)
        half.total += line_size(&p->lines[i], 0);
    for (unsigned n = 0; n < PREFIX_CANDIDATES && count > 1; n++) {
        const unsigned candidate = from + (2 * n + 1) * count / (2 * PREFIX_CANDIDATES);
        const size_t total =
            p->lines[candidate].key_size >= NODE_PREFIX_MIN && p->lines[candidate].key_size <= NODE_KEY_PART_MAX
                ? total_with(p, from, to, candidate)
                : SIZE_MAX;
        if (total < half.total)
            half = (struct half){.total = total, .line = (int32_t)candidate};
    }
    if (may_keep_old && p->old_prefix_size > 0) {
        size_t total = p->old_prefix_size;
        for (unsigned i = from; i < to; i++)
            total += p->lines[i].size;
        if (total < half.total)
            half = (struct half){.total = total, .line = -1, .is_old = true};
    }
    return half;
}

/* Cuts before line `at`, if both halves fit. */
static bool cut(const struct planning *p, unsigned at, struct half halves[2])
{
    halves[0] = half_plan(p, 0, at, true);
    if (halves[0].total > p->area)
        return false;
    halves[1] = half_plan(p, at, p->count, false);
    return halves[1].total <= p->area;
}

/* The cut nearest to the middle. */
static jet_err cut_find(const struct planning *p, unsigned *ret_at, struct half halves[2])
{
    size_t total = 0, left = 0;
    unsigned middle = 1;

    for (unsigned i = 0; i < p->count; i++)
        total += p->lines[i].size;
    for (unsigned i = 0; i + 1 < p->count && left + p->lines[i].size / 2 <= total / 2; i++) {
        left += p->lines[i].size;
        middle = i + 1;
    }
    for (unsigned distance = 0; distance < p->count; distance++) {
        if (middle > distance && cut(p, middle - distance, halves)) {
            *ret_at = middle - distance;
            return JET_errSuccess;
        }
        if (distance > 0 && middle + distance < p->count && cut(p, middle + distance, halves)) {
            *ret_at = middle + distance;
            return JET_errSuccess;
        }
    }
    return JET_errRecordTooBig;
}

/* ---- the plan ---- */

/* Bookmark of a line as one string: separators are cut from it. */
static size_t bookmark_copy(const struct planning *p, const struct line *line, uint8_t *buffer)
{
    if (line->key_size > 0)
        memcpy(buffer, line->key, line->key_size);
    if (tree_is_unique(p->tree))
        return line->key_size;
    memcpy(buffer + line->key_size, line->data, line->data_size);
    return line->key_size + line->data_size;
}

/* Leaf: the shortest string above the last line on the left and not above the first on the right. Internal page: the
 * key of the last line on the left. */
static jet_err separator_plan(const struct planning *p, unsigned at, struct split_plan *plan)
{
    const struct line *left = &p->lines[at - 1], *right = &p->lines[at];
    const size_t left_max = left->key_size + left->data_size, right_max = right->key_size + right->data_size;
    uint8_t *bytes = malloc(left_max + right_max + 1);
    size_t size;

    if (!bytes)
        return JET_errOutOfMemory;
    plan->buffer = bytes;
    if (page_is_leaf(p->page)) {
        const size_t right_size = bookmark_copy(p, right, bytes);
        const size_t left_size = bookmark_copy(p, left, bytes + right_max);
        size = common_size(bytes, right_size, bytes + right_max, left_size) + 1;
        if (size > right_size)
            return CORRUPT(JET_errNodeCorrupted); /* the lines do not ascend */
    } else {
        size = left->key_size;
        memcpy(bytes, left->key, size);
    }
    plan->split.separator = span_of(bytes, size);
    return JET_errSuccess;
}

static void pending_plan(const struct node_change *change, struct split_plan *plan)
{
    if (!change)
        return;
    plan->pending = (struct apply_pending){
        .oper = change->change->kind == BTREE_INSERT    ? LOGREC_SPLIT_INSERT
                : change->change->kind == BTREE_REPLACE ? LOGREC_SPLIT_REPLACE
                                                        : LOGREC_SPLIT_FLAG_INSERT_REPLACE,
        .flags_add = change->change->versioned ? (unsigned)NODE_FLAG_VERSION : 0,
        .key = span_of(change->bookmark->key, change->bookmark->key_size),
        .data = span_of(change->change->data, change->change->data_size),
    };
    plan->split.oper = (uint8_t)plan->pending.oper;
    plan->split.iline_oper = (uint16_t)(change->tag - 1);
}

/* Moves the bytes of a prefix that the plan names out of what will go away. */
static jet_err prefix_keep(struct split_plan *plan, const uint8_t *old, size_t old_size, const uint8_t *new,
                           size_t new_size)
{
    const size_t separator = plan->split.separator.size;
    uint8_t *bytes = realloc(plan->buffer, separator + old_size + new_size + 1);

    if (!bytes)
        return JET_errOutOfMemory;
    plan->buffer = bytes;
    if (old_size > 0)
        memcpy(bytes + separator, old, old_size);
    if (new_size > 0)
        memcpy(bytes + separator + old_size, new, new_size);
    plan->split.separator = span_of(bytes, separator);
    plan->split.old_prefix = span_of(bytes + separator, old_size);
    plan->split.new_prefix = span_of(bytes + separator + old_size, new_size);
    return JET_errSuccess;
}

/* Do the two nodes before an insert lie behind all others, one after the other? Then they are the newest of the
 * page. */
static bool continues_run(const void *page, size_t page_size, unsigned tag)
{
    struct node last, before;
    if (tag < 3)
        return false;
    node_at(page, page_size, tag - 1, &last);
    node_at(page, page_size, tag - 2, &before);
    const uint8_t *used_end =
        (const uint8_t *)page + page_header_size(page_size) + le16_get(page_header(page)->free_offset);
    const uint8_t *last_begin = last.suffix - (last.flags & NODE_FLAG_COMPRESSED ? 4 : 2);
    return last.data + last.data_size == used_end && before.data + before.data_size == last_begin;
}

/* Nothing is to move: the new page gets the new node alone. */
static bool is_append(const void *page, size_t page_size, const struct node_change *change)
{
    return is_insert(change) && change->tag == page_tag_count(page) &&
           (page_next(page) == 0 || continues_run(page, page_size, change->tag));
}

/* The new page's prefix is the new key. */
static void append_halves(const struct planning *p, struct half halves[2])
{
    const struct line *last = &p->lines[p->count - 1];
    const bool has_prefix = last->key_size >= NODE_PREFIX_MIN && last->key_size <= NODE_KEY_PART_MAX &&
                            last->key_size + line_size(last, last->key_size) <= p->area / 2;
    halves[0] = (struct half){.line = -1, .is_old = true};
    halves[1] = (struct half){.line = has_prefix ? (int32_t)p->count - 1 : -1};
}

static jet_err halves_plan(const struct planning *p, const struct node_change *change, unsigned *ret_at,
                           struct half halves[2])
{
    if (is_append(p->page, p->page_size, change)) {
        *ret_at = p->count - 1;
        append_halves(p, halves);
        return JET_errSuccess;
    }
    if (is_insert(change) && change->tag < p->count && continues_run(p->page, p->page_size, change->tag) &&
        cut(p, change->tag, halves)) {
        *ret_at = change->tag;
        return JET_errSuccess;
    }
    return cut_find(p, ret_at, halves);
}

/* The number on the page of a half's line; -1 stays. */
static int32_t line_on_page(const struct planning *p, int32_t line)
{
    return line < 0 ? line : line + (int32_t)p->first;
}

static jet_err plan_make(struct planning *p, const struct node_change *change, struct split_plan *plan)
{
    const uint32_t flags = page_flags(p->page) & ~(uint32_t)PAGE_FLAG_FLUSH_TYPE;
    struct half halves[2];
    unsigned at;

    if (p->count < 2)
        return JET_errRecordTooBig;
    plan->split.split =
        is_append(p->page, p->page_size, change) && page_next(p->page) == 0 ? LOGREC_SPLIT_APPEND : LOGREC_SPLIT_RIGHT;
    jet_err err = halves_plan(p, change, &at, halves);
    if (err >= JET_errSuccess)
        err = separator_plan(p, at, plan);
    if (err < JET_errSuccess)
        return err;
    pending_plan(change, plan);
    plan->split.iline_split = (uint16_t)(p->first + at);
    plan->split.count_lines = (uint16_t)(p->first + p->count);
    plan->split.new_flags = plan->split.split_flags = flags;
    plan->split.iline_prefix = line_on_page(p, halves[0].line);
    plan->split.new_iline_prefix = line_on_page(p, halves[1].line);
    if (halves[0].is_old)
        return prefix_keep(plan, p->old_prefix, p->old_prefix_size, p->old_prefix, p->old_prefix_size);
    if (halves[0].line < 0)
        return prefix_keep(plan, p->old_prefix, p->old_prefix_size, NULL, 0);
    const struct line *line = &p->lines[halves[0].line];
    return prefix_keep(plan, p->old_prefix, p->old_prefix_size, line->key, line->key_size);
}

jet_err split_plan_right(const struct tree *tree, const void *page, const struct node_change *change,
                         struct split_plan *ret_plan)
{
    const unsigned nodes = page_node_count(page);
    const unsigned first = is_append(page, tree->db->page_size, change) && nodes > 0 ? nodes - 1 : 0;
    struct planning p;
    *ret_plan = (struct split_plan){.pending = {.oper = LOGREC_SPLIT_NONE}};
    jet_err err = planning_begin(&p, tree, page, change, first);
    if (err >= JET_errSuccess)
        err = plan_make(&p, change, ret_plan);
    planning_end(&p);
    if (err < JET_errSuccess)
        split_plan_done(ret_plan);
    return err;
}

jet_err split_plan_vertical(const struct tree *tree, const void *page, struct split_plan *ret_plan)
{
    const uint32_t flags = page_flags(page) & ~(uint32_t)PAGE_FLAG_FLUSH_TYPE;
    const uint32_t level = page_is_leaf(page) ? (uint32_t)PAGE_FLAG_PARENT_OF_LEAF : 0;
    struct planning p;

    *ret_plan = (struct split_plan){.pending = {.oper = LOGREC_SPLIT_NONE}};
    jet_err err = planning_begin(&p, tree, page, NULL, 0);
    if (err >= JET_errSuccess) {
        const struct half half = half_plan(&p, 0, p.count, false);
        ret_plan->split.split = LOGREC_SPLIT_VERTICAL;
        ret_plan->split.count_lines = (uint16_t)p.count;
        ret_plan->split.new_flags = flags & ~(uint32_t)PAGE_FLAG_ROOT;
        ret_plan->split.split_flags = (flags & ~(uint32_t)(PAGE_FLAG_LEAF | PAGE_FLAG_PARENT_OF_LEAF)) | level;
        ret_plan->split.iline_prefix = -1;
        ret_plan->split.new_iline_prefix = half.line;
    }
    planning_end(&p);
    return err;
}

void split_plan_done(struct split_plan *plan)
{
    free(plan->buffer);
    plan->buffer = NULL;
}
