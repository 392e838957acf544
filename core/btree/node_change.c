/* SPDX-License-Identifier: MIT */
/* node_change.c - the record of each kind of change, and its effect. See node_change.h. */
#include "btree/node_change.h"

#include "base/corrupt.h"
#include "btree/apply.h"
#include "format/logdiff.h"

enum {
    DIFFERENCE_WORTH = 32, /* shorter data is logged whole */
    DIFFERENCE_MAX = 1024,
};

static size_t page_size_of(const struct node_change *c)
{
    return c->tree->db->page_size;
}

static unsigned flags_added(const struct btree_change *change)
{
    return change->versioned ? (unsigned)NODE_FLAG_VERSION : 0;
}

/* Insert at the end of the last leaf: the page is to keep some bytes for updates. */
static size_t spare(const struct node_change *c)
{
    const uint32_t bytes = atomic_load_explicit(&c->tree->append_spare, memory_order_relaxed);
    if (bytes == 0 || c->tag != page_tag_count(c->leaf->page) || c->tag == 1 || page_next(c->leaf->page) != 0)
        return 0;
    return bytes;
}

bool node_change_fits(const struct node_change *c)
{
    const void *page = c->leaf->page;
    const size_t room = page_free_space(page);
    struct node node;

    switch (c->change->kind) {
    case BTREE_INSERT: {
        const size_t prefix = apply_prefix_size(page, page_size_of(c), c->bookmark->key, c->bookmark->key_size);
        const size_t size = apply_node_size(prefix, c->bookmark->key_size, c->change->data_size);
        return size + PAGE_TAG_SIZE + spare(c) <= room && page_tag_count(page) < PAGE_TAGS_MAX;
    }
    case BTREE_REPLACE:
    case BTREE_FLAG_INSERT_REPLACE:
    case BTREE_UNDO_REPLACE:
        node_at(page, page_size_of(c), c->tag, &node);
        return c->change->data_size <= node.data_size || c->change->data_size - node.data_size <= room;
    default: return true;
    }
}

static struct logrec_node_head head_of(const struct node_change *c, uint8_t type, dbtime_t dbtime)
{
    struct logrec_node_head head =
        change_node_head(c->tree, c->actor, type, c->leaf, dbtime, c->tag - 1, c->change->rceid);
    if (c->change->versioned)
        head.page.flags |= LOGREC_FLAG_VERSIONED;
    return head;
}

static struct logrec_span key_span(const struct node_change *c)
{
    return span_of(c->bookmark->key, c->bookmark->key_size);
}

/* Data of the bookmark as records hold it: only in non-unique trees. */
static struct logrec_span bookmark_data_span(const struct node_change *c)
{
    return tree_is_unique(c->tree) ? span_of(NULL, 0) : span_of(c->bookmark->data, c->bookmark->data_size);
}

static struct logrec_span data_span(const struct node_change *c)
{
    return span_of(c->change->data, c->change->data_size);
}

static jet_err do_insert(const struct node_change *c, dbtime_t dbtime, struct change_place *place)
{
    void *page = c->leaf->page;
    const size_t prefix = apply_prefix_size(page, page_size_of(c), c->bookmark->key, c->bookmark->key_size);
    const struct logrec_insert insert = {
        .head = head_of(c, LOGREC_INSERT, dbtime),
        .prefix = span_of(c->bookmark->key, prefix),
        .suffix = span_of(c->bookmark->key + prefix, c->bookmark->key_size - prefix),
        .data = data_span(c),
    };
    struct logrec_insert_disk disk;
    logrec_insert_encode(&insert, &disk);
    const struct log_piece pieces[4] = {
        {&disk, sizeof disk},
        piece_of(insert.prefix), piece_of(insert.suffix), piece_of(insert.data)
    };
    jet_err err = change_append_pieces(c->actor, pieces, place);
    if (err < JET_errSuccess)
        return err;
    const struct apply_node node = {
        .flags = flags_added(c->change), .prefix_size = prefix, .suffix = insert.suffix, .data = insert.data};
    return apply_insert(page, page_size_of(c), c->tag - 1, &node);
}

static jet_err do_flag_insert(const struct node_change *c, dbtime_t dbtime, struct change_place *place)
{
    struct node node;
    node_at(c->leaf->page, page_size_of(c), c->tag, &node);
    const struct logrec_flag_insert insert = {
        .head = head_of(c, LOGREC_FLAG_INSERT, dbtime),
        .key = key_span(c),
        .data = span_of(node.data, node.data_size),
    };
    struct logrec_flag_insert_disk disk;
    logrec_flag_insert_encode(&insert, &disk);
    const struct log_piece pieces[4] = {
        {&disk, sizeof disk},
        piece_of(insert.key), piece_of(insert.data)
    };
    jet_err err = change_append_pieces(c->actor, pieces, place);
    if (err < JET_errSuccess)
        return err;
    return apply_flags(c->leaf->page, page_size_of(c), c->tag - 1, flags_added(c->change), NODE_FLAG_DELETED);
}

static jet_err do_flag_insert_replace(const struct node_change *c, dbtime_t dbtime, struct change_place *place)
{
    const struct logrec_flag_insert_replace insert = {
        .head = head_of(c, LOGREC_FLAG_INSERT_REPLACE, dbtime),
        .rceid_replace = c->change->rceid_replace,
        .key = key_span(c),
        .data = data_span(c),
    };
    struct logrec_flag_insert_replace_disk disk;
    logrec_flag_insert_replace_encode(&insert, &disk);
    const struct log_piece pieces[4] = {
        {&disk, sizeof disk},
        piece_of(insert.key), piece_of(insert.data)
    };
    jet_err err = change_append_pieces(c->actor, pieces, place);
    if (err < JET_errSuccess)
        return err;
    return apply_replace(c->leaf->page, page_size_of(c), c->tag - 1, flags_added(c->change), NODE_FLAG_DELETED,
                         c->change->data, c->change->data_size);
}

/* Logs what differs, if that is shorter. */
static void difference_use(const struct node_change *c, const struct node *node, uint8_t buffer[DIFFERENCE_MAX],
                           struct logrec_replace *replace)
{
    const bool is_wide = page_is_large(page_size_of(c));
    size_t size;
    if (c->change->data_size < DIFFERENCE_WORTH || node->data_size < DIFFERENCE_WORTH ||
        !logdiff_make(node->data, node->data_size, c->change->data, c->change->data_size, is_wide, buffer,
                      DIFFERENCE_MAX, &size))
        return;
    replace->head.page.type = LOGREC_REPLACE_D;
    replace->is_wide = is_wide;
    replace->data = span_of(buffer, size);
}

static jet_err do_replace(const struct node_change *c, dbtime_t dbtime, struct change_place *place)
{
    struct node node;
    node_at(c->leaf->page, page_size_of(c), c->tag, &node);
    struct logrec_replace replace = {
        .head = head_of(c, LOGREC_REPLACE, dbtime),
        .old_size = (uint16_t)node.data_size,
        .new_size = (uint16_t)c->change->data_size,
        .data = data_span(c),
    };
    uint8_t difference[DIFFERENCE_MAX];
    difference_use(c, &node, difference, &replace);
    struct logrec_replace_disk disk;
    logrec_replace_encode(&replace, &disk);
    const struct log_piece pieces[4] = {
        {&disk, sizeof disk},
        piece_of(replace.data)
    };
    jet_err err = change_append_pieces(c->actor, pieces, place);
    if (err < JET_errSuccess)
        return err;
    return apply_replace(c->leaf->page, page_size_of(c), c->tag - 1, flags_added(c->change), 0, c->change->data,
                         c->change->data_size);
}

/* FlagDelete and Delete: nothing but a head. */
static jet_err do_head_only(const struct node_change *c, uint8_t type, dbtime_t dbtime, struct change_place *place)
{
    const struct logrec_node_head head = head_of(c, type, dbtime);
    struct logrec_node_head_disk disk;
    logrec_node_head_encode(&head, &disk);
    const struct log_piece pieces[4] = {
        {&disk, sizeof disk}
    };
    jet_err err = change_append_pieces(c->actor, pieces, place);
    if (err < JET_errSuccess)
        return err;
    if (type == LOGREC_DELETE)
        return apply_delete(c->leaf->page, page_size_of(c), c->tag - 1);
    return apply_flags(c->leaf->page, page_size_of(c), c->tag - 1, flags_added(c->change) | NODE_FLAG_DELETED, 0);
}

static jet_err do_delta(const struct node_change *c, dbtime_t dbtime, struct change_place *place)
{
    const struct logrec_delta delta = {
        .head = head_of(c, c->change->delta_width == 8 ? LOGREC_DELTA64 : LOGREC_DELTA, dbtime),
        .delta = c->change->delta,
        .offset = c->change->delta_offset,
        .key = key_span(c),
        .bookmark = bookmark_data_span(c),
    };
    union logrec_delta_any_disk disk;
    const size_t size = logrec_delta_encode(&delta, &disk);
    const struct log_piece pieces[4] = {
        {&disk, size},
        piece_of(delta.key), piece_of(delta.bookmark)
    };
    jet_err err = change_append_pieces(c->actor, pieces, place);
    if (err < JET_errSuccess)
        return err;
    return apply_delta(c->leaf->page, page_size_of(c), c->tag - 1, flags_added(c->change), c->change->delta,
                       c->change->delta_offset, c->change->delta_width);
}

static jet_err apply_undo(const struct node_change *c)
{
    void *page = c->leaf->page;
    const unsigned line = c->tag - 1;

    switch (c->change->kind) {
    case BTREE_UNDO_INSERT: return apply_flags(page, page_size_of(c), line, NODE_FLAG_DELETED, 0);
    case BTREE_UNDO_FLAG_DELETE: return apply_flags(page, page_size_of(c), line, 0, NODE_FLAG_DELETED);
    case BTREE_UNDO_REPLACE:
        return apply_replace(page, page_size_of(c), line, 0, 0, c->change->data, c->change->data_size);
    default:
        return apply_delta(page, page_size_of(c), line, 0, c->change->delta, c->change->delta_offset,
                           c->change->delta_width);
    }
}

static jet_err do_undo(const struct node_change *c, dbtime_t dbtime, struct change_place *place)
{
    const struct logrec_undo undo = {
        .head = head_of(c, LOGREC_UNDO, dbtime),
        .oper = c->change->undo_oper,
        .level = c->change->undo_level,
        .key = key_span(c),
        .bookmark = bookmark_data_span(c),
    };
    struct logrec_undo_disk disk;
    logrec_undo_encode(&undo, &disk);
    const struct log_piece pieces[4] = {
        {&disk, sizeof disk},
        piece_of(undo.key), piece_of(undo.bookmark)
    };
    jet_err err = change_append_pieces(c->actor, pieces, place);
    return err < JET_errSuccess ? err : apply_undo(c);
}

jet_err node_change_do(const struct node_change *c, struct change_place *ret_place)
{
    jet_err err;

    *ret_place = (struct change_place){0, 0};
    if (c->change->kind == BTREE_NOTHING)
        return JET_errSuccess;
    const dbtime_t dbtime = database_next_dbtime(c->tree->db);
    switch (c->change->kind) {
    case BTREE_INSERT: err = do_insert(c, dbtime, ret_place); break;
    case BTREE_FLAG_INSERT: err = do_flag_insert(c, dbtime, ret_place); break;
    case BTREE_FLAG_INSERT_REPLACE: err = do_flag_insert_replace(c, dbtime, ret_place); break;
    case BTREE_REPLACE: err = do_replace(c, dbtime, ret_place); break;
    case BTREE_FLAG_DELETE: err = do_head_only(c, LOGREC_FLAG_DELETE, dbtime, ret_place); break;
    case BTREE_DELETE: err = do_head_only(c, LOGREC_DELETE, dbtime, ret_place); break;
    case BTREE_DELTA: err = do_delta(c, dbtime, ret_place); break;
    default: err = do_undo(c, dbtime, ret_place); break;
    }
    if (err >= JET_errSuccess)
        change_finish(c->leaf, c->actor, dbtime, ret_place);
    return err;
}

static void record_insert(const struct node_change *c, const struct logrec_node_head *head, size_t prefix,
                          struct node_change_record *record)
{
    const struct logrec_insert insert = {
        .head = *head,
        .prefix = span_of(c->bookmark->key, prefix),
        .suffix = span_of(c->bookmark->key + prefix, c->bookmark->key_size - prefix),
        .data = data_span(c),
    };
    logrec_insert_encode(&insert, &record->fixed.insert);
    record->pieces[0] = (struct log_piece){&record->fixed.insert, sizeof record->fixed.insert};
    record->pieces[1] = piece_of(insert.prefix);
    record->pieces[2] = piece_of(insert.suffix);
    record->pieces[3] = piece_of(insert.data);
}

static void record_flag_insert(const struct node_change *c, const struct logrec_node_head *head,
                               struct node_change_record *record)
{
    const struct logrec_flag_insert_replace insert = {
        .head = *head, .rceid_replace = c->change->rceid_replace, .key = key_span(c), .data = data_span(c)};
    logrec_flag_insert_replace_encode(&insert, &record->fixed.flag_insert);
    record->pieces[0] = (struct log_piece){&record->fixed.flag_insert, sizeof record->fixed.flag_insert};
    record->pieces[1] = piece_of(insert.key);
    record->pieces[2] = piece_of(insert.data);
}

static void record_replace(const struct node_change *c, const struct logrec_node_head *head, size_t old_size,
                           struct node_change_record *record)
{
    const struct logrec_replace replace = {
        .head = *head,
        .old_size = (uint16_t)old_size,
        .new_size = (uint16_t)c->change->data_size,
        .data = data_span(c),
    };
    logrec_replace_encode(&replace, &record->fixed.replace);
    record->pieces[0] = (struct log_piece){&record->fixed.replace, sizeof record->fixed.replace};
    record->pieces[1] = piece_of(replace.data);
}

void node_change_record(const struct node_change *c, pgno_t pgno, unsigned line, size_t prefix_size, dbtime_t dbtime,
                        size_t old_size, struct node_change_record *ret_record)
{
    struct logrec_node_head head = head_of(c, LOGREC_INSERT, dbtime);
    unsigned count = 0;

    head.page.pgno = pgno;
    head.page.iline = (uint16_t)line;
    head.page.dbtime_before = LOGREC_DBTIME_NIL;
    memset(ret_record->pieces, 0, sizeof ret_record->pieces);
    if (c->change->kind == BTREE_INSERT) {
        record_insert(c, &head, prefix_size, ret_record);
    } else if (c->change->kind == BTREE_FLAG_INSERT_REPLACE) {
        head.page.type = LOGREC_FLAG_INSERT_REPLACE;
        record_flag_insert(c, &head, ret_record);
    } else {
        head.page.type = LOGREC_REPLACE;
        record_replace(c, &head, old_size, ret_record);
    }
    for (unsigned i = 0; i < 4; i++)
        if (ret_record->pieces[i].size > 0)
            ret_record->pieces[count++] = ret_record->pieces[i];
    ret_record->count = count;
}
