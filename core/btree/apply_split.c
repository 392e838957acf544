/* SPDX-License-Identifier: MIT */
/* apply_split.c - one page becomes two. See apply.h.
 *
 * Both halves are written from scratch, node after node, each compressed with the prefix of its new page. So the result
 * depends on the nodes alone, not on where they lay, and a redo from the before image comes out the same.
 */
#include <stdlib.h>

#include "base/corrupt.h"
#include "btree/apply.h"
#include "btree/node_at.h"

struct split_job {
    const struct logrec_split *split;
    const struct apply_pending *pending;
    const void *before;
    size_t page_size;
    unsigned count; /* lines, the pending one among them */
    uint8_t key[2 * (NODE_KEY_PART_MAX + 1)];
    uint8_t bytes[PAGE_SIZE_MAX];
};

/* Line i of both pages together, with its whole key in job->key. */
static jet_err line_get(struct split_job *job, unsigned line, struct node *ret_node)
{
    const unsigned oper = job->pending->oper, at = job->split->iline_oper;
    const bool is_pending = oper != LOGREC_SPLIT_NONE && line == at;
    size_t size;

    if (is_pending && oper == LOGREC_SPLIT_INSERT) {
        *ret_node = (struct node){
            .flags = job->pending->flags_add, .suffix = job->pending->key.bytes, .suffix_size = job->pending->key.size};
    } else {
        node_at(job->before, job->page_size, line + 1 - (oper == LOGREC_SPLIT_INSERT && line > at), ret_node);
    }
    if (is_pending) {
        ret_node->data = job->pending->data.bytes;
        ret_node->data_size = job->pending->data.size;
        ret_node->flags |= job->pending->flags_add;
        if (oper == LOGREC_SPLIT_FLAG_INSERT_REPLACE)
            ret_node->flags &= ~(unsigned)NODE_FLAG_DELETED;
    }
    if (ret_node->data_size == 0 || node_key_copy(ret_node, job->key, sizeof job->key, &size) < JET_errSuccess)
        return CORRUPT(JET_errLogCorrupted);
    ret_node->suffix = job->key;
    ret_node->suffix_size = size;
    ret_node->prefix_size = 0;
    ret_node->flags &= NODE_FLAG_VERSION | NODE_FLAG_DELETED;
    return JET_errSuccess;
}

static jet_err line_put(struct split_job *job, unsigned line, void *page)
{
    struct node node;
    size_t size;
    jet_err err = line_get(job, line, &node);
    if (err < JET_errSuccess)
        return err;
    node.prefix_size = apply_prefix_size(page, job->page_size, job->key, node.suffix_size);
    if (node.prefix_size > 0) {
        node.flags |= NODE_FLAG_COMPRESSED;
        node.suffix += node.prefix_size;
        node.suffix_size -= node.prefix_size;
    }
    if (node_encode(&node, job->bytes, sizeof job->bytes, &size) < JET_errSuccess ||
        page_insert(page, job->page_size, page_tag_count(page), node.flags, job->bytes, size) < JET_errSuccess)
        return CORRUPT(JET_errLogCorrupted);
    return JET_errSuccess;
}

static jet_err lines_put(struct split_job *job, unsigned from, unsigned to, void *page)
{
    jet_err err = JET_errSuccess;
    for (unsigned line = from; line < to && err >= JET_errSuccess; line++)
        err = line_put(job, line, page);
    return err;
}

/* Formats a half with its tag 0. */
static jet_err half_begin(const struct split_job *job, void *page, pgno_t pgno, uint32_t flags, const void *header,
                          size_t size)
{
    page_init(page, job->page_size, flags, pgno, job->split->objid, job->split->head.dbtime);
    return apply_external_header(page, job->page_size, header, size);
}

/* The page that was split keeps the lines before the split; a root keeps its space header and one node. */
static jet_err source_write(struct split_job *job, void *page)
{
    const struct logrec_split *split = job->split;
    const bool is_vertical = split->split == LOGREC_SPLIT_VERTICAL;
    size_t size = split->new_prefix.size;
    const uint8_t *header =
        is_vertical ? external_header_at(job->before, job->page_size, &size) : split->new_prefix.bytes;
    jet_err err = half_begin(job, page, split->head.pgno, split->split_flags, header, size);
    if (err < JET_errSuccess)
        return err;
    if (is_vertical) {
        const le32 child = le32_make(split->pgno_new);
        const struct apply_node node = {
            .data = {child.b, sizeof child}
        };
        return apply_insert(page, job->page_size, 0, &node);
    }
    if (split->split_flags & PAGE_FLAG_LEAF) {
        apply_prev(page, le32_get(page_header(job->before)->pgno_prev));
        apply_next(page, split->pgno_new);
    }
    return lines_put(job, 0, split->iline_split, page);
}

static jet_err fresh_write(struct split_job *job, void *page)
{
    const struct logrec_split *split = job->split;
    struct node node;
    size_t size = 0;
    jet_err err = JET_errSuccess;

    if (split->new_iline_prefix >= 0) {
        err = line_get(job, (unsigned)split->new_iline_prefix, &node);
        size = node.suffix_size;
    }
    if (err >= JET_errSuccess)
        err = half_begin(job, page, split->pgno_new, split->new_flags, job->key, size);
    if (err < JET_errSuccess)
        return err;
    if (split->split != LOGREC_SPLIT_VERTICAL && split->new_flags & PAGE_FLAG_LEAF) {
        apply_prev(page, split->head.pgno);
        apply_next(page, split->pgno_right);
    }
    return lines_put(job, split->iline_split, job->count, page);
}

/* Do the numbers of the record go together, and with the page? */
static bool is_sane(const struct split_job *job)
{
    const struct logrec_split *split = job->split;
    const bool is_vertical = split->split == LOGREC_SPLIT_VERTICAL;

    return split->oper == job->pending->oper && (job->before || apply_split_moves_nothing(split)) &&
           (!job->before || job->count == page_tag_count(job->before) - 1u + (split->oper == LOGREC_SPLIT_INSERT)) &&
           (split->oper == LOGREC_SPLIT_NONE || split->iline_oper < job->count) &&
           (is_vertical ? split->iline_split == 0 && split->oper == LOGREC_SPLIT_NONE
                        : split->iline_split > 0 && split->iline_split < job->count) &&
           split->new_iline_prefix < (int32_t)job->count &&
           (job->before || split->new_iline_prefix < 0 || split->new_iline_prefix == split->iline_oper) &&
           !(split->new_flags & PAGE_FLAG_ROOT) && is_vertical == ((split->split_flags & PAGE_FLAG_ROOT) != 0);
}

jet_err apply_split(const struct logrec_split *split, const struct apply_pending *pending, const void *before,
                    size_t page_size, void *source, void *fresh)
{
    struct split_job *job = malloc(sizeof *job);
    if (!job)
        return JET_errOutOfMemory;
    job->split = split;
    job->pending = pending;
    job->before = before;
    job->page_size = page_size;
    job->count = split->count_lines;
    jet_err err = is_sane(job) ? JET_errSuccess : CORRUPT(JET_errLogCorrupted);
    if (err >= JET_errSuccess && fresh)
        err = fresh_write(job, fresh);
    if (err >= JET_errSuccess && source && before)
        err = source_write(job, source);
    free(job);
    return err;
}

jet_err apply_separator(void *page, size_t page_size, unsigned line, struct logrec_span separator, pgno_t pgno_split,
                        pgno_t pgno_new)
{
    const le32 to_split = le32_make(pgno_split), to_new = le32_make(pgno_new);
    const size_t prefix = apply_prefix_size(page, page_size, separator.bytes, separator.size);
    const struct apply_node node = {
        .prefix_size = prefix,
        .suffix = {separator.bytes + prefix, separator.size - prefix},
        .data = {to_split.b,               sizeof to_split        },
    };
    if (line + 1 >= page_tag_count(page) || child_at(page, page_size, line + 1) != pgno_split)
        return CORRUPT(JET_errLogCorrupted);
    jet_err err = apply_replace(page, page_size, line, 0, 0, &to_new, sizeof to_new);
    if (err >= JET_errSuccess)
        err = apply_insert(page, page_size, line, &node);
    return err;
}
