/* SPDX-License-Identifier: MIT */
/* redo_versions.c - the versions that redo has to rebuild, so that undo can take back what was never committed.
 *
 *      Insert, FlagInsert, Delta     everything is in the record: the version is made, whether or not the page needed the record
 *      Replace, FlagDelete           what is needed is on the page: made when the page is redone, just before it changes. If the
 *                                    page has the change already, it was written, and an UndoInfo with the image must follow
 *      UndoInfo                      the image, for a version that was made or could not be
 *      Undo                          the version's end
 */
#include <stdlib.h>
#include <string.h>

#include "isam/session.h"
#include "isam/version.h"
#include "recovery/redo_versions.h"

static struct version_redo version_of(const struct redo_target *target, const struct logrec_node_head *head,
                                      enum version_kind kind)
{
    return (struct version_redo){
        .kind = kind,
        .rceid = head->rceid,
        .level = head->page.level,
        .db = target->database->db,
        .fdp = head->pgno_fdp,
        .objid = head->objid,
        .is_unique = head->page.flags & LOGREC_FLAG_UNIQUE,
        .pgno = head->page.pgno,
    };
}

static void set_bookmark(struct version_redo *version, struct logrec_span key, struct logrec_span data)
{
    version->key = key.bytes;
    version->key_size = key.size;
    if (version->is_unique)
        return;
    version->data = data.bytes;
    version->data_size = data.size;
}

static bool is_versioned(const struct logrec_node_head *head)
{
    return head->page.flags & LOGREC_FLAG_VERSIONED;
}

/* ---- what is on the page ---- */

static struct logrec_span span(const uint8_t *bytes, size_t size)
{
    return (struct logrec_span){.bytes = bytes, .size = size};
}

static jet_err make_from_page(const struct redo_target *target, const struct btree_redo_before *before,
                              enum version_kind kind, uint32_t rceid)
{
    struct version_redo version = version_of(target, before->head, kind);
    version.rceid = rceid;
    version.is_unique = before->is_unique;
    set_bookmark(&version, span(before->node.key, before->node.key_size),
                 span(before->node.data, before->node.data_size));
    if (kind == VERSION_REPLACE) {
        version.before = before->node.data;
        version.before_size = before->node.data_size;
    }
    return version_redo_create(target->session, &version);
}

jet_err redo_versions_before(void *context, const struct btree_redo_before *before)
{
    struct redo_target *target = context;
    struct logrec_flag_insert_replace insert;
    if (!is_versioned(before->head))
        return JET_errSuccess;
    switch (before->head->page.type) {
    case LOGREC_REPLACE:
    case LOGREC_REPLACE_D: return make_from_page(target, before, VERSION_REPLACE, before->head->rceid);
    case LOGREC_FLAG_DELETE: return make_from_page(target, before, VERSION_FLAG_DELETE, before->head->rceid);
    case LOGREC_FLAG_INSERT_REPLACE: break;
    default: return JET_errSuccess;
    }
    jet_err err = logrec_flag_insert_replace_decode(target->bytes, target->size, &insert);
    return err < JET_errSuccess ? err : make_from_page(target, before, VERSION_REPLACE, insert.rceid_replace);
}

/* ---- what is in the record ---- */

static jet_err make_insert(const struct redo_target *target, const struct logrec_insert *insert)
{
    struct version_redo version = version_of(target, &insert->head, VERSION_INSERT);
    const size_t size = insert->prefix.size + insert->suffix.size;
    uint8_t *key = malloc(size + 1);
    if (!key)
        return JET_errOutOfMemory;
    if (insert->prefix.size > 0)
        memcpy(key, insert->prefix.bytes, insert->prefix.size);
    if (insert->suffix.size > 0)
        memcpy(key + insert->prefix.size, insert->suffix.bytes, insert->suffix.size);
    set_bookmark(&version, span(key, size), insert->data);
    jet_err err = version_redo_create(target->session, &version);
    free(key);
    return err;
}

static jet_err from_insert(const struct redo_target *target)
{
    struct logrec_insert insert;
    jet_err err = logrec_insert_decode(target->bytes, target->size, &insert);
    if (err < JET_errSuccess || !is_versioned(&insert.head))
        return err;
    return make_insert(target, &insert);
}

static jet_err from_flag_insert(const struct redo_target *target)
{
    struct logrec_flag_insert insert;
    jet_err err = logrec_flag_insert_decode(target->bytes, target->size, &insert);
    if (err < JET_errSuccess || !is_versioned(&insert.head))
        return err;
    struct version_redo version = version_of(target, &insert.head, VERSION_INSERT);
    set_bookmark(&version, insert.key, insert.data);
    return version_redo_create(target->session, &version);
}

static jet_err from_flag_insert_replace(const struct redo_target *target)
{
    struct logrec_flag_insert_replace insert;
    jet_err err = logrec_flag_insert_replace_decode(target->bytes, target->size, &insert);
    if (err < JET_errSuccess || !is_versioned(&insert.head))
        return err;
    struct version_redo version = version_of(target, &insert.head, VERSION_INSERT);
    set_bookmark(&version, insert.key, insert.data);
    return version_redo_create(target->session, &version);
}

static jet_err from_delta(const struct redo_target *target)
{
    struct logrec_delta delta;
    jet_err err = logrec_delta_decode(target->bytes, target->size, &delta);
    if (err < JET_errSuccess || !is_versioned(&delta.head))
        return err;
    struct version_redo version =
        version_of(target, &delta.head, delta.head.page.type == LOGREC_DELTA ? VERSION_DELTA : VERSION_DELTA64);
    set_bookmark(&version, delta.key, delta.bookmark);
    version.delta = delta.delta;
    version.delta_offset = delta.offset;
    return version_redo_create(target->session, &version);
}

/* The replace half of FlagInsertAndReplaceData comes from the page: later, so that it is the newer one. */
jet_err redo_versions_of_record(const struct redo_target *target)
{
    if (target->session->level == 0)
        return JET_errSuccess;
    switch (target->bytes[0]) {
    case LOGREC_INSERT: return from_insert(target);
    case LOGREC_FLAG_INSERT: return from_flag_insert(target);
    case LOGREC_FLAG_INSERT_REPLACE: return from_flag_insert_replace(target);
    case LOGREC_DELTA:
    case LOGREC_DELTA64: return from_delta(target);
    default: return JET_errSuccess;
    }
}

/* ---- UndoInfo and Undo ---- */

/* It may come behind the end of its transaction; then nobody needs it any more. */
jet_err redo_versions_undo_info(const struct redo_target *target)
{
    struct logrec_undo_info info;
    jet_err err = logrec_undo_info_decode(target->bytes, target->size, &info);
    if (err < JET_errSuccess)
        return err;
    if (target->session->level == 0 || target->session->trx_begin0 != info.head.page.trx_begin0)
        return JET_errSuccess;
    if (info.oper != LOGREC_OPER_REPLACE && info.oper != LOGREC_OPER_FLAG_DELETE)
        return JET_errLogCorrupted;
    struct version_redo version =
        version_of(target, &info.head, info.oper == LOGREC_OPER_REPLACE ? VERSION_REPLACE : VERSION_FLAG_DELETE);
    set_bookmark(&version, info.key, info.bookmark);
    if (version.kind == VERSION_REPLACE) {
        version.before = info.data.bytes;
        version.before_size = info.data.size;
    }
    return version_redo_undo_info(target->session, &version);
}

/* The numbers of `oper` are those of the kinds. */
static struct version_redo undone_version(const struct redo_target *target, const struct logrec_undo *undo)
{
    struct version_redo version = version_of(target, &undo->head, (enum version_kind)undo->oper);
    version.level = undo->level;
    set_bookmark(&version, undo->key, undo->bookmark);
    return version;
}

jet_err redo_versions_undo(void *context, const struct logrec_undo *undo, struct btree_redo_undo *ret_undo)
{
    struct redo_target *target = context;
    struct version_redo version = undone_version(target, undo);
    jet_err err = version_redo_undo(target->session, &version);
    if (err < JET_errSuccess)
        return err;
    *ret_undo = (struct btree_redo_undo){
        .data = version.before,
        .data_size = version.before_size,
        .delta = -version.delta,
        .delta_offset = version.delta_offset,
    };
    return JET_errSuccess;
}

jet_err redo_versions_undone(const struct redo_target *target)
{
    struct logrec_undo undo;
    jet_err err = logrec_undo_decode(target->bytes, target->size, &undo);
    if (err < JET_errSuccess)
        return err;
    const struct version_redo version = undone_version(target, &undo);
    if (target->session->level > 0)
        version_redo_undone(target->session, &version);
    return JET_errSuccess;
}
