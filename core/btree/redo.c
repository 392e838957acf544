/* SPDX-License-Identifier: MIT */
/* redo.c - single records applied again. See redo.h; macros are in redo_macro.c. */
#include "btree/redo.h"

#include <stdlib.h>

#include "base/corrupt.h"
#include "btree/redo_page.h"
#include "format/logdiff.h"

/* One record on its page. */
struct redo_job {
    const struct btree_redo *redo;
    const struct btree_redo_record *record;
    const struct logrec_node_head *head; /* of records of class NODE */
    void *page;
    size_t page_size;
};

bool btree_redo_handles(unsigned type)
{
    const struct logrec_info *info = logrec_info(type);
    if (!info || type == LOGREC_UNDO_INFO)
        return false;
    return info->class == LOGREC_CLASS_PAGE || info->class == LOGREC_CLASS_NODE || type == LOGREC_EXTEND_DB;
}

static unsigned version_flag(const struct redo_job *job)
{
    return job->head->page.flags & LOGREC_FLAG_VERSIONED ? (unsigned)NODE_FLAG_VERSION : 0;
}

static unsigned line_of(const struct redo_job *job)
{
    return job->head->page.iline;
}

/* ---- class NODE ---- */

static jet_err redo_insert(const struct redo_job *job)
{
    struct logrec_insert insert;
    size_t size;
    jet_err err = logrec_insert_decode(job->record->bytes, job->record->size, &insert);
    if (err < JET_errSuccess)
        return err;
    const uint8_t *prefix = external_header_at(job->page, job->page_size, &size);
    if (insert.prefix.size > size ||
        (insert.prefix.size > 0 && memcmp(prefix, insert.prefix.bytes, insert.prefix.size) != 0))
        return CORRUPT(JET_errLogCorrupted);
    const struct apply_node node = {
        .flags = version_flag(job), .prefix_size = insert.prefix.size, .suffix = insert.suffix, .data = insert.data};
    return apply_insert(job->page, job->page_size, line_of(job), &node);
}

static jet_err redo_flag_insert_replace(const struct redo_job *job)
{
    struct logrec_flag_insert_replace insert;
    jet_err err = logrec_flag_insert_replace_decode(job->record->bytes, job->record->size, &insert);
    if (err >= JET_errSuccess)
        err = redo_tell_before(job->redo, job->head, job->page, line_of(job));
    if (err < JET_errSuccess)
        return err;
    return apply_replace(job->page, job->page_size, line_of(job), version_flag(job), NODE_FLAG_DELETED,
                         insert.data.bytes, insert.data.size);
}

/* The new data of a ReplaceD, in `buffer`. */
static jet_err difference_apply(const struct logrec_replace *replace, const struct node *node, uint8_t *buffer,
                                struct logrec_span *ret_data)
{
    if (replace->new_size > PAGE_SIZE_MAX)
        return CORRUPT(JET_errLogCorrupted);
    *ret_data = (struct logrec_span){buffer, replace->new_size};
    return logdiff_apply(replace->data.bytes, replace->data.size, replace->is_wide, node->data, node->data_size, buffer,
                         replace->new_size);
}

static jet_err redo_replace(const struct redo_job *job)
{
    struct logrec_replace replace;
    struct node node;
    uint8_t buffer[PAGE_SIZE_MAX];
    jet_err err = logrec_replace_decode(job->record->bytes, job->record->size, &replace);
    if (err >= JET_errSuccess)
        err = redo_tell_before(job->redo, job->head, job->page, line_of(job));
    if (err < JET_errSuccess)
        return err;
    node_at(job->page, job->page_size, line_of(job) + 1, &node);
    if (node.data_size != replace.old_size)
        return CORRUPT(JET_errLogCorrupted);
    struct logrec_span data = replace.data;
    if (replace.head.page.type == LOGREC_REPLACE_D)
        err = difference_apply(&replace, &node, buffer, &data);
    if (err < JET_errSuccess)
        return err;
    return apply_replace(job->page, job->page_size, line_of(job), version_flag(job), 0, data.bytes, data.size);
}

static jet_err redo_flag_delete(const struct redo_job *job)
{
    jet_err err = redo_tell_before(job->redo, job->head, job->page, line_of(job));
    if (err < JET_errSuccess)
        return err;
    return apply_flags(job->page, job->page_size, line_of(job), version_flag(job) | NODE_FLAG_DELETED, 0);
}

static jet_err redo_delta(const struct redo_job *job)
{
    struct logrec_delta delta;
    jet_err err = logrec_delta_decode(job->record->bytes, job->record->size, &delta);
    if (err < JET_errSuccess)
        return err;
    const size_t width = delta.head.page.type == LOGREC_DELTA64 ? 8 : 4;
    return apply_delta(job->page, job->page_size, line_of(job), version_flag(job), delta.delta, delta.offset, width);
}

static jet_err redo_external_header(const struct redo_job *job)
{
    struct logrec_external_header header;
    jet_err err = logrec_external_header_decode(job->record->bytes, job->record->size, &header);
    return err < JET_errSuccess ? err
                                : apply_external_header(job->page, job->page_size, header.data.bytes, header.data.size);
}

static jet_err redo_undo(const struct redo_job *job)
{
    struct btree_redo_undo how = {.data = NULL};
    struct logrec_undo undo;
    const unsigned line = line_of(job);
    jet_err err = logrec_undo_decode(job->record->bytes, job->record->size, &undo);
    if (err >= JET_errSuccess && job->redo->undo)
        err = job->redo->undo(job->redo->context, &undo, &how);
    if (err < JET_errSuccess)
        return err;
    switch (undo.oper) {
    case LOGREC_OPER_INSERT: return apply_flags(job->page, job->page_size, line, NODE_FLAG_DELETED, 0);
    case LOGREC_OPER_FLAG_DELETE: return apply_flags(job->page, job->page_size, line, 0, NODE_FLAG_DELETED);
    case LOGREC_OPER_REPLACE: return apply_replace(job->page, job->page_size, line, 0, 0, how.data, how.data_size);
    case LOGREC_OPER_DELTA:
    case LOGREC_OPER_DELTA64:
        return apply_delta(job->page, job->page_size, line, 0, how.delta, how.delta_offset,
                           undo.oper == LOGREC_OPER_DELTA64 ? 8 : 4);
    default: return CORRUPT(JET_errLogCorrupted);
    }
}

static jet_err redo_on_page(const struct redo_job *job)
{
    switch (job->head->page.type) {
    case LOGREC_INSERT: return redo_insert(job);
    case LOGREC_FLAG_INSERT:
        return apply_flags(job->page, job->page_size, line_of(job), version_flag(job), NODE_FLAG_DELETED);
    case LOGREC_FLAG_INSERT_REPLACE: return redo_flag_insert_replace(job);
    case LOGREC_FLAG_DELETE: return redo_flag_delete(job);
    case LOGREC_REPLACE:
    case LOGREC_REPLACE_D: return redo_replace(job);
    case LOGREC_DELETE: return apply_delete(job->page, job->page_size, line_of(job));
    case LOGREC_DELTA:
    case LOGREC_DELTA64: return redo_delta(job);
    case LOGREC_SET_EXTERNAL_HEADER: return redo_external_header(job);
    case LOGREC_UNDO: return redo_undo(job);
    case LOGREC_SCRUB: return JET_errSuccess; /* bytes that no node uses: only the database time counts */
    default: return JET_errFeatureNotAvailable;
    }
}

static jet_err redo_node_record(const struct btree_redo *redo, const struct btree_redo_record *record, bool *ret_redone)
{
    struct logrec_node_head head;
    struct redo_page page;
    jet_err err = logrec_node_head_decode(record->bytes, record->size, &head);
    if (err < JET_errSuccess)
        return err;
    redo_raise(redo, &head.page);
    err = redo_page_hold(redo, head.page.pgno, head.page.dbtime, head.page.dbtime_before, &page);
    if (err < JET_errSuccess || !page.frame)
        return err;
    const struct redo_job job = {
        .redo = redo, .record = record, .head = &head, .page = page.frame->page, .page_size = redo->db->page_size};
    err = redo_on_page(&job);
    if (err >= JET_errSuccess) {
        redo_page_finish(&page, head.page.dbtime, record);
        *ret_redone = true;
    }
    redo_page_put(&page);
    return err;
}

/* ---- new trees ---- */

enum { ROOT, OWNED, AVAILABLE, FDP_PAGES };

static void *content(const struct redo_page *page)
{
    return page->frame ? page->frame->page : NULL;
}

static struct apply_fdp_pages contents(const struct redo_page pages[FDP_PAGES])
{
    return (struct apply_fdp_pages){content(&pages[ROOT]), content(&pages[OWNED]), content(&pages[AVAILABLE])};
}

static void fdp_finish(struct redo_page pages[FDP_PAGES], dbtime_t dbtime, const struct btree_redo_record *record,
                       bool is_applied, bool *ret_redone)
{
    for (unsigned i = 0; i < FDP_PAGES; i++) {
        if (is_applied && pages[i].frame) {
            redo_page_finish(&pages[i], dbtime, record);
            *ret_redone = true;
        }
        redo_page_put(&pages[i]);
    }
}

static jet_err redo_create(const struct btree_redo *redo, const struct btree_redo_record *record, bool *ret_redone)
{
    struct redo_page pages[FDP_PAGES] = {{.frame = NULL}};
    struct logrec_create_fdp create;
    jet_err err = logrec_create_fdp_decode(record->bytes, record->size, &create);
    if (err < JET_errSuccess)
        return err;
    redo_raise(redo, &create.head);
    database_raise_objid(redo->db, create.objid);
    err = redo_page_hold_new(redo, create.head.pgno, create.head.dbtime, &pages[ROOT]);
    if (err >= JET_errSuccess && create.head.type == LOGREC_CREATE_MULTIPLE_FDP) {
        err = redo_page_hold_new(redo, create.pgno_owned, create.head.dbtime, &pages[OWNED]);
        if (err >= JET_errSuccess)
            err = redo_page_hold_new(redo, create.pgno_available, create.head.dbtime, &pages[AVAILABLE]);
    }
    const struct apply_fdp_pages to = contents(pages);
    if (err >= JET_errSuccess)
        err = apply_create_fdp(&create, redo->db->page_size, &to);
    fdp_finish(pages, create.head.dbtime, record, err >= JET_errSuccess, ret_redone);
    return err;
}

static jet_err redo_convert(const struct btree_redo *redo, const struct btree_redo_record *record, bool *ret_redone)
{
    struct redo_page pages[FDP_PAGES] = {{.frame = NULL}};
    struct logrec_convert_fdp convert;
    jet_err err = logrec_convert_fdp_decode(record->bytes, record->size, &convert);
    if (err < JET_errSuccess)
        return err;
    redo_raise(redo, &convert.head);
    err = redo_page_hold(redo, convert.head.pgno, convert.head.dbtime, convert.head.dbtime_before, &pages[ROOT]);
    if (err >= JET_errSuccess)
        err = redo_page_hold_new(redo, convert.pgno_owned, convert.head.dbtime, &pages[OWNED]);
    if (err >= JET_errSuccess)
        err = redo_page_hold_new(redo, convert.pgno_available, convert.head.dbtime, &pages[AVAILABLE]);
    const struct apply_fdp_pages to = contents(pages);
    if (err >= JET_errSuccess)
        err = apply_convert_fdp(&convert, redo->db->page_size, &to);
    fdp_finish(pages, convert.head.dbtime, record, err >= JET_errSuccess, ret_redone);
    return err;
}

/* ---- a tree that became empty ---- */

static jet_err redo_empty_page(const struct btree_redo *redo, const struct btree_redo_record *record, dbtime_t dbtime,
                               const struct logrec_empty_page_disk *entry, bool *ret_redone)
{
    struct redo_page page;
    jet_err err = redo_page_hold(redo, le32_get(entry->pgno), dbtime, le64_get(entry->dbtime_before), &page);
    if (err < JET_errSuccess || !page.frame)
        return err;
    apply_page_empty(page.frame->page, redo->db->page_size);
    redo_page_finish(&page, dbtime, record);
    redo_page_put(&page);
    *ret_redone = true;
    return JET_errSuccess;
}

static jet_err redo_empty_tree(const struct btree_redo *redo, const struct btree_redo_record *record, bool *ret_redone)
{
    struct logrec_empty_tree empty;
    struct redo_page root;
    jet_err err = logrec_empty_tree_decode(record->bytes, record->size, &empty);
    if (err < JET_errSuccess)
        return err;
    const struct logrec_page_head *head = &empty.head.page;
    redo_raise(redo, head);
    for (size_t i = 0; i < empty.count && err >= JET_errSuccess; i++)
        err = redo_empty_page(redo, record, head->dbtime, &empty.pages[i], ret_redone);
    if (err >= JET_errSuccess)
        err = redo_page_hold(redo, head->pgno, head->dbtime, head->dbtime_before, &root);
    if (err < JET_errSuccess || !root.frame)
        return err;
    err = apply_root_empty(root.frame->page, redo->db->page_size);
    if (err >= JET_errSuccess) {
        redo_page_finish(&root, head->dbtime, record);
        *ret_redone = true;
    }
    redo_page_put(&root);
    return err;
}

static jet_err redo_extend(const struct btree_redo *redo, const struct btree_redo_record *record)
{
    struct logrec_extend_db extend;
    jet_err err = logrec_extend_db_decode(record->bytes, record->size, &extend);
    return err < JET_errSuccess ? err : database_extend(redo->db, extend.pgno_last);
}

jet_err btree_redo(const struct btree_redo *redo, const struct btree_redo_record *record, bool *ret_redone)
{
    bool is_redone = false;
    jet_err err;
    if (record->size == 0 || !btree_redo_handles(record->bytes[0]))
        return CORRUPT(JET_errLogFileCorrupt);
    switch (record->bytes[0]) {
    case LOGREC_EXTEND_DB: err = redo_extend(redo, record); break;
    case LOGREC_CREATE_SINGLE_FDP:
    case LOGREC_CREATE_MULTIPLE_FDP: err = redo_create(redo, record, &is_redone); break;
    case LOGREC_EMPTY_TREE: err = redo_empty_tree(redo, record, &is_redone); break;
    case LOGREC_CONVERT_FDP: err = redo_convert(redo, record, &is_redone); break;
    case LOGREC_SPLIT:
    case LOGREC_MERGE: err = CORRUPT(JET_errLogCorrupted); break; /* only in macros */
    case LOGREC_PAGE_MOVE: err = redo_page_move(redo, record, &is_redone); break;
    default: err = redo_node_record(redo, record, &is_redone);
    }
    if (err >= JET_errSuccess && ret_redone)
        *ret_redone = is_redone;
    return err;
}
