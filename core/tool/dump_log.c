/* SPDX-License-Identifier: MIT */
/* dump_log.c - the records of a log file.
 *
 * A line is where the record begins, its name, and then what it says:
 *
 *      0x1A,1,28 Insert: session 0x64, database 1, page 51, dbtime 0x201 -> 0x205, ...
 *
 * What a record has besides its heads is shown by a function of its family; a record without one has its bytes shown.
 */
#include "tool/dump_log.h"

#include <inttypes.h>
#include <stdio.h>

#include "format/logrecord.h"
#include "jet/inspect.h"
#include "tool/info.h"
#include "tool/json_line.h"

enum { DATA_SHOWN = 16 }; /* bytes of data for a person */

/* ---- parts ---- */

/* Data may be long: a person sees the start of it. */
static void show_data(struct sheet *sheet, const char *key, const char *label, struct logrec_span data)
{
    if (data.size == 0)
        return;
    sheet_bytes(sheet, NULL, label, data.bytes, data.size < DATA_SHOWN ? data.size : DATA_SHOWN);
    if (data.size > DATA_SHOWN)
        sheet_note(sheet, "...", "%zu bytes", data.size);
    sheet_bytes(sheet, key, NULL, data.bytes, data.size);
}

static void show_key(struct sheet *sheet, const char *key, const char *label, struct logrec_span span)
{
    if (span.size > 0)
        sheet_bytes(sheet, key, label, span.bytes, span.size);
}

/* A page and its database time before; a page that is none is left out. */
static void show_page(struct sheet *sheet, const char *key, const char *label, pgno_t pgno, dbtime_t before)
{
    char before_key[32];
    if (pgno == 0)
        return;
    snprintf(before_key, sizeof before_key, "%s_before", key);
    sheet_u64(sheet, key, label, pgno);
    sheet_hex(sheet, before_key, "at", before);
}

static void show_dbtimes(struct sheet *sheet, dbtime_t before, dbtime_t dbtime)
{
    sheet_hex(sheet, "dbtime_before", NULL, before);
    sheet_hex(sheet, "dbtime", NULL, dbtime);
    if (dbtime == LOGREC_DBTIME_NIL)
        return;
    if (before == LOGREC_DBTIME_NIL)
        sheet_note(sheet, "dbtime", "nil -> 0x%" PRIx64, dbtime);
    else
        sheet_note(sheet, "dbtime", "0x%" PRIx64 " -> 0x%" PRIx64, before, dbtime);
}

static void show_session(struct sheet *sheet, uint16_t procid)
{
    sheet_hex(sheet, "session", "session", procid);
}

static void show_head(struct sheet *sheet, const struct logrec_page_head *head)
{
    show_session(sheet, head->procid);
    sheet_u64(sheet, "dbid", "database", head->dbid);
    sheet_u64(sheet, "pgno", "page", head->pgno);
    show_dbtimes(sheet, head->dbtime_before, head->dbtime);
    sheet_hex(sheet, "trx_begin0", "transaction", head->trx_begin0);
    sheet_u64(sheet, "level", "level", head->level);
    sheet_u64(sheet, "line", "line", head->iline);
    sheet_bool(sheet, "versioned", "versioned", head->flags & LOGREC_FLAG_VERSIONED);
    sheet_bool(sheet, "space", "space", head->flags & LOGREC_FLAG_SPACE);
}

static void show_tree(struct sheet *sheet, pgno_t pgno_fdp, objid_t objid)
{
    sheet_u64(sheet, "fdp", "root", pgno_fdp);
    sheet_u64(sheet, "objid", "objid", objid);
}

static void show_node_head(struct sheet *sheet, const struct logrec_node_head *head)
{
    show_head(sheet, &head->page);
    show_tree(sheet, head->pgno_fdp, head->objid);
    sheet_hex(sheet, "rceid", "rceid", head->rceid);
}

static void show_lgpos(struct sheet *sheet, const char *key, const char *label, struct lgpos lgpos)
{
    info_lgpos(sheet, key, label, lgpos_make(lgpos));
}

/* ---- families: each returns what its decoder says ---- */

static jet_err show_begin(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_begin begin;
    jet_err err = logrec_begin_decode(bytes, size, &begin);
    if (err < JET_errSuccess)
        return err;
    show_session(sheet, begin.procid);
    sheet_u64(sheet, "level_from", "from level", begin.level_from);
    sheet_u64(sheet, "level_count", "levels", begin.level_count);
    if (begin.type == LOGREC_BEGIN0)
        sheet_hex(sheet, "trx_begin0", "transaction", begin.trx_begin0);
    return JET_errSuccess;
}

static jet_err show_commit(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_commit commit;
    jet_err err = logrec_commit_decode(bytes, size, &commit);
    if (err < JET_errSuccess)
        return err;
    show_session(sheet, commit.procid);
    if (commit.type == LOGREC_ROLLBACK)
        sheet_u64(sheet, "level_count", "levels", commit.level);
    else
        sheet_u64(sheet, "level_to", "to level", commit.level);
    if (commit.type == LOGREC_COMMIT0)
        sheet_hex(sheet, "trx_commit0", "committed as", commit.trx_commit0);
    return JET_errSuccess;
}

static jet_err show_macro(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_macro macro;
    jet_err err = logrec_macro_decode(bytes, size, &macro);
    if (err < JET_errSuccess)
        return err;
    show_session(sheet, macro.procid);
    sheet_hex(sheet, "dbtime", "dbtime", macro.dbtime);
    return JET_errSuccess;
}

static jet_err show_node(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_node_head head;
    jet_err err = logrec_node_head_decode(bytes, size, &head);
    if (err >= JET_errSuccess)
        show_node_head(sheet, &head);
    return err;
}

static jet_err show_insert(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_insert insert;
    jet_err err = logrec_insert_decode(bytes, size, &insert);
    if (err < JET_errSuccess)
        return err;
    show_node_head(sheet, &insert.head);
    show_key(sheet, "prefix", "prefix", insert.prefix);
    show_key(sheet, "key", "key", insert.suffix);
    show_data(sheet, "data", "data", insert.data);
    return JET_errSuccess;
}

static jet_err show_flag_insert(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_flag_insert insert;
    jet_err err = logrec_flag_insert_decode(bytes, size, &insert);
    if (err < JET_errSuccess)
        return err;
    show_node_head(sheet, &insert.head);
    show_key(sheet, "key", "key", insert.key);
    show_data(sheet, "data", "data", insert.data);
    return JET_errSuccess;
}

static jet_err show_flag_insert_replace(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_flag_insert_replace insert;
    jet_err err = logrec_flag_insert_replace_decode(bytes, size, &insert);
    if (err < JET_errSuccess)
        return err;
    show_node_head(sheet, &insert.head);
    sheet_hex(sheet, "rceid_replace", "of the replace", insert.rceid_replace);
    show_key(sheet, "key", "key", insert.key);
    show_data(sheet, "data", "data", insert.data);
    return JET_errSuccess;
}

static jet_err show_replace(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_replace replace;
    jet_err err = logrec_replace_decode(bytes, size, &replace);
    if (err < JET_errSuccess)
        return err;
    show_node_head(sheet, &replace.head);
    sheet_u64(sheet, "old_size", "old size", replace.old_size);
    sheet_u64(sheet, "new_size", "new size", replace.new_size);
    if (replace.head.page.type == LOGREC_REPLACE_D)
        show_data(sheet, "difference", "difference", replace.data);
    else
        show_data(sheet, "data", "data", replace.data);
    return JET_errSuccess;
}

static jet_err show_undo_info(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_undo_info info;
    jet_err err = logrec_undo_info_decode(bytes, size, &info);
    if (err < JET_errSuccess)
        return err;
    show_node_head(sheet, &info.head);
    sheet_u64(sheet, "oper", "operation", info.oper);
    show_key(sheet, "key", "key", info.key);
    show_key(sheet, "bookmark", "bookmark data", info.bookmark);
    show_data(sheet, "data", "data before", info.data);
    return JET_errSuccess;
}

static jet_err show_undo(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_undo undo;
    jet_err err = logrec_undo_decode(bytes, size, &undo);
    if (err < JET_errSuccess)
        return err;
    show_node_head(sheet, &undo.head);
    sheet_u64(sheet, "oper", "operation", undo.oper);
    sheet_u64(sheet, "version_level", "of level", undo.level);
    show_key(sheet, "key", "key", undo.key);
    show_key(sheet, "bookmark", "bookmark data", undo.bookmark);
    return JET_errSuccess;
}

static jet_err show_delta(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    char text[32];
    struct logrec_delta delta;
    jet_err err = logrec_delta_decode(bytes, size, &delta);
    if (err < JET_errSuccess)
        return err;
    show_node_head(sheet, &delta.head);
    snprintf(text, sizeof text, "%+" PRId64, delta.delta);
    sheet_text(sheet, "delta", "delta", text);
    sheet_u64(sheet, "offset", "at offset", delta.offset);
    show_key(sheet, "key", "key", delta.key);
    show_key(sheet, "bookmark", "bookmark data", delta.bookmark);
    return JET_errSuccess;
}

static jet_err show_external_header(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_external_header header;
    jet_err err = logrec_external_header_decode(bytes, size, &header);
    if (err < JET_errSuccess)
        return err;
    show_node_head(sheet, &header.head);
    show_data(sheet, "data", "data", header.data);
    return JET_errSuccess;
}

static jet_err show_split(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    static const char *const types[] = {"vertical", "right", "append"};
    struct logrec_split split;
    jet_err err = logrec_split_decode(bytes, size, &split);
    if (err < JET_errSuccess)
        return err;
    show_head(sheet, &split.head);
    show_tree(sheet, split.pgno_fdp, split.objid);
    sheet_text(sheet, "split", "split", split.split < COUNT_OF(types) ? types[split.split] : "?");
    sheet_u64(sheet, "oper", "operation", split.oper);
    sheet_u64(sheet, "new_page", "new page", split.pgno_new);
    show_page(sheet, "right_page", "right page", split.pgno_right, split.right_before);
    show_page(sheet, "parent_page", "parent page", split.pgno_parent, split.parent_before);
    sheet_u64(sheet, "oper_line", "operation line", split.iline_oper);
    sheet_u64(sheet, "split_line", "split line", split.iline_split);
    sheet_u64(sheet, "lines", "of lines", split.count_lines);
    show_key(sheet, "separator", "separator", split.separator);
    show_key(sheet, "old_prefix", "old prefix", split.old_prefix);
    show_key(sheet, "new_prefix", "new prefix", split.new_prefix);
    sheet_u64(sheet, "image_size", "image", split.image.size);
    sheet_bool(sheet, "image_dehydrated", "dehydrated", split.flags & LOGREC_IMAGE_DEHYDRATED);
    sheet_bool(sheet, "image_compressed", "compressed", split.flags & LOGREC_IMAGE_COMPRESSED);
    return JET_errSuccess;
}

static jet_err show_merge(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    static const char *const types[] = {"none",       "empty page", "full right",   "partial right",
                                        "empty tree", "full left",  "partial left", "page move"};
    struct logrec_merge merge;
    jet_err err = logrec_merge_decode(bytes, size, &merge);
    if (err < JET_errSuccess)
        return err;
    show_head(sheet, &merge.head);
    show_tree(sheet, merge.pgno_fdp, merge.objid);
    sheet_text(sheet, "merge", "merge", merge.merge < COUNT_OF(types) ? types[merge.merge] : "?");
    show_page(sheet, "left_page", "left page", merge.pgno_left, merge.left_before);
    show_page(sheet, "right_page", "right page", merge.pgno_right, merge.right_before);
    show_page(sheet, "parent_page", "parent page", merge.pgno_parent, merge.parent_before);
    sheet_u64(sheet, "merge_line", "merge line", merge.iline_merge);
    sheet_bool(sheet, "key_changed", "separator changed", merge.actions & LOGREC_MERGE_KEY_CHANGED);
    sheet_bool(sheet, "node_deleted", "separator deleted", merge.actions & LOGREC_MERGE_NODE_DELETED);
    sheet_bool(sheet, "page_emptied", "page emptied", merge.actions & LOGREC_MERGE_PAGE_EMPTIED);
    show_key(sheet, "separator", "separator", merge.separator);
    sheet_u64(sheet, "image_size", "image", merge.image.size);
    return JET_errSuccess;
}

static jet_err show_page_move(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_page_move move;
    jet_err err = logrec_page_move_decode(bytes, size, &move);
    if (err < JET_errSuccess)
        return err;
    show_head(sheet, &move.head);
    show_tree(sheet, move.pgno_fdp, move.objid);
    sheet_u64(sheet, "new_page", "new page", move.pgno_to);
    show_page(sheet, "left_page", "left page", move.pgno_left, move.left_before);
    show_page(sheet, "right_page", "right page", move.pgno_right, move.right_before);
    show_page(sheet, "parent_page", "parent page", move.pgno_parent, move.parent_before);
    if (move.pgno_parent != 0)
        sheet_u64(sheet, "parent_line", "parent line", (uint32_t)move.iline_parent);
    sheet_bool(sheet, "root", "root", move.flags & LOGREC_PAGE_MOVE_ROOT);
    sheet_bool(sheet, "owned_root", "root of owned extents", move.flags & LOGREC_PAGE_MOVE_OWNED_ROOT);
    sheet_bool(sheet, "available_root", "root of available extents", move.flags & LOGREC_PAGE_MOVE_AVAILABLE_ROOT);
    sheet_u64(sheet, "image_size", "image", move.front.size + move.back.size);
    return JET_errSuccess;
}

static jet_err show_create_fdp(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_create_fdp create;
    jet_err err = logrec_create_fdp_decode(bytes, size, &create);
    if (err < JET_errSuccess)
        return err;
    show_head(sheet, &create.head);
    sheet_u64(sheet, "objid", "objid", create.objid);
    sheet_u64(sheet, "parent_fdp", "parent", create.pgno_parent);
    sheet_u64(sheet, "primary_pages", "pages", create.count_primary);
    if (create.head.type == LOGREC_CREATE_MULTIPLE_FDP)
        sheet_u64(sheet, "owned_extents_root", "owned extents at page", create.pgno_owned);
    sheet_hex(sheet, "page_flags", "page flags", create.page_flags);
    return JET_errSuccess;
}

static jet_err show_convert_fdp(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_convert_fdp convert;
    jet_err err = logrec_convert_fdp_decode(bytes, size, &convert);
    if (err < JET_errSuccess)
        return err;
    show_head(sheet, &convert.head);
    sheet_u64(sheet, "objid", "objid", convert.objid);
    sheet_u64(sheet, "owned_extents_root", "owned extents at page", convert.pgno_owned);
    sheet_u64(sheet, "primary_pages", "pages", convert.count_primary);
    sheet_u64(sheet, "secondary_first", "second extent at page", convert.pgno_secondary);
    sheet_u64(sheet, "secondary_pages", "with pages", convert.count_secondary);
    sheet_hex(sheet, "available_mask", "available", convert.mask_available);
    return JET_errSuccess;
}

static jet_err show_empty_tree(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_empty_tree empty;
    jet_err err = logrec_empty_tree_decode(bytes, size, &empty);
    if (err < JET_errSuccess)
        return err;
    show_node_head(sheet, &empty.head);
    sheet_u64(sheet, "pages", "pages", empty.count);
    return JET_errSuccess;
}

static jet_err show_init(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_init init;
    jet_err err = logrec_init_decode(bytes, size, &init);
    if (err >= JET_errSuccess)
        info_logtime(sheet, "at", "at", init.time);
    return err;
}

static jet_err show_term(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_term term;
    jet_err err = logrec_term_decode(bytes, size, &term);
    if (err < JET_errSuccess)
        return err;
    info_logtime(sheet, "at", "at", term.time);
    show_lgpos(sheet, "init", "begun at", term.lgpos);
    show_lgpos(sheet, "redo_from", "redo from", term.redo_from);
    sheet_bool(sheet, "hard", "hard", term.is_hard);
    return JET_errSuccess;
}

static void show_db_path(struct sheet *sheet, struct logrec_span path, bool is_utf16)
{
    char name[INFO_NAME_SIZE];
    sheet_path(sheet, "path", "path", info_name(path.bytes, path.size, is_utf16, name));
}

static jet_err show_create_db(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_create_db create;
    jet_err err = logrec_create_db_decode(bytes, size, &create);
    if (err < JET_errSuccess)
        return err;
    show_session(sheet, create.procid);
    sheet_u64(sheet, "dbid", "database", create.dbid);
    show_db_path(sheet, create.path, create.path_is_utf16);
    sheet_u64(sheet, "scheme", "scheme", create.scheme);
    info_signature(sheet, "signature", "signature", &create.signature);
    return JET_errSuccess;
}

static jet_err show_attach_db(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_attach_db attach;
    jet_err err = logrec_attach_db_decode(bytes, size, &attach);
    if (err < JET_errSuccess)
        return err;
    show_session(sheet, attach.procid);
    sheet_u64(sheet, "dbid", "database", attach.dbid);
    show_db_path(sheet, attach.path, attach.path_is_utf16);
    show_lgpos(sheet, "consistent", "consistent at", attach.consistent);
    info_signature(sheet, "signature", "signature", &attach.signature);
    return JET_errSuccess;
}

static jet_err show_detach_db(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_detach_db detach;
    jet_err err = logrec_detach_db_decode(bytes, size, &detach);
    if (err < JET_errSuccess)
        return err;
    show_session(sheet, detach.procid);
    sheet_u64(sheet, "dbid", "database", detach.dbid);
    show_db_path(sheet, detach.path, detach.path_is_utf16);
    return JET_errSuccess;
}

static jet_err show_create_db_finish(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_create_db_finish finish;
    jet_err err = logrec_create_db_finish_decode(bytes, size, &finish);
    if (err < JET_errSuccess)
        return err;
    show_session(sheet, finish.procid);
    sheet_u64(sheet, "dbid", "database", finish.dbid);
    return JET_errSuccess;
}

static jet_err show_set_db_version(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    char text[48];
    struct logrec_set_db_version version;
    jet_err err = logrec_set_db_version_decode(bytes, size, &version);
    if (err < JET_errSuccess)
        return err;
    snprintf(text, sizeof text, "%" PRIu32 ",%" PRIu32 ",%" PRIu32, version.version, version.update_major,
             version.update_minor);
    sheet_u64(sheet, "dbid", "database", version.dbid);
    sheet_text(sheet, "version", "version", text);
    return JET_errSuccess;
}

static jet_err show_extend_db(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_extend_db extend;
    jet_err err = logrec_extend_db_decode(bytes, size, &extend);
    if (err < JET_errSuccess)
        return err;
    sheet_u64(sheet, "dbid", "database", extend.dbid);
    sheet_u64(sheet, "last_page", "last page", extend.pgno_last);
    return JET_errSuccess;
}

static jet_err show_shrink_db(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_shrink_db shrink;
    jet_err err = logrec_shrink_db_decode(bytes, size, &shrink);
    if (err < JET_errSuccess)
        return err;
    sheet_u64(sheet, "dbid", "database", shrink.dbid);
    sheet_u64(sheet, "pgno", "page", shrink.pgno);
    sheet_u64(sheet, "pages", "pages", shrink.count_pages);
    return JET_errSuccess;
}

static jet_err show_new_page(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    struct logrec_new_page page;
    jet_err err = logrec_new_page_decode(bytes, size, &page);
    if (err < JET_errSuccess)
        return err;
    show_session(sheet, page.procid);
    sheet_u64(sheet, "dbid", "database", page.dbid);
    sheet_u64(sheet, "pgno", "page", page.pgno);
    sheet_hex(sheet, "dbtime", "dbtime", page.dbtime);
    sheet_u64(sheet, "objid", "objid", page.objid);
    return JET_errSuccess;
}

static jet_err show_backup(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    static const char *const phases[] = {"?", "begin", "prepare logs", "truncate", "update header", "abort", "stop"};
    struct logrec_backup backup;
    jet_err err = logrec_backup_decode(bytes, size, &backup);
    if (err < JET_errSuccess)
        return err;
    sheet_text(sheet, "phase", "", backup.phase < COUNT_OF(phases) ? phases[backup.phase] : "?");
    sheet_u64(sheet, "kind", "kind", backup.kind);
    sheet_u64(sheet, "scope", "scope", backup.scope);
    sheet_u64(sheet, "dbid", "database", backup.dbid);
    info_lgpos(sheet, "mark", "mark", backup.mark.lgpos);
    info_logtime(sheet, "mark_time", "at", backup.mark.logtime);
    sheet_u64(sheet, "generation_low", "generations from", le32_get(backup.mark.generation_low));
    sheet_u64(sheet, "generation_high", "to", le32_get(backup.mark.generation_high));
    return JET_errSuccess;
}

static jet_err show_note(struct sheet *sheet, const uint8_t *bytes, size_t size)
{
    char text[256];
    struct logrec_note note;
    jet_err err = logrec_note_decode(bytes, size, &note);
    if (err < JET_errSuccess)
        return err;
    show_session(sheet, note.procid);
    snprintf(text, sizeof text, "%.*s", (int)(note.text.size < sizeof text ? note.text.size : sizeof text - 1),
             (const char *)note.text.bytes);
    sheet_text(sheet, "text", "", text);
    return JET_errSuccess;
}

/* ---- a record ---- */

typedef jet_err show_record(struct sheet *sheet, const uint8_t *bytes, size_t size);

static show_record *const shows[LOGREC_TYPES] = {
    [LOGREC_INIT] = show_init,
    [LOGREC_TERM] = show_term,
    [LOGREC_BEGIN] = show_begin,
    [LOGREC_COMMIT] = show_commit,
    [LOGREC_ROLLBACK] = show_commit,
    [LOGREC_BEGIN0] = show_begin,
    [LOGREC_COMMIT0] = show_commit,
    [LOGREC_MACRO_BEGIN] = show_macro,
    [LOGREC_MACRO_COMMIT] = show_macro,
    [LOGREC_MACRO_ABORT] = show_macro,
    [LOGREC_CREATE_DB] = show_create_db,
    [LOGREC_ATTACH_DB] = show_attach_db,
    [LOGREC_DETACH_DB] = show_detach_db,
    [LOGREC_RECOVERY_QUIT] = show_term,
    [LOGREC_TRACE] = show_note,
    [LOGREC_CREATE_MULTIPLE_FDP] = show_create_fdp,
    [LOGREC_CREATE_SINGLE_FDP] = show_create_fdp,
    [LOGREC_INSERT] = show_insert,
    [LOGREC_FLAG_INSERT] = show_flag_insert,
    [LOGREC_FLAG_INSERT_REPLACE] = show_flag_insert_replace,
    [LOGREC_FLAG_DELETE] = show_node,
    [LOGREC_REPLACE] = show_replace,
    [LOGREC_REPLACE_D] = show_replace,
    [LOGREC_DELETE] = show_node,
    [LOGREC_UNDO_INFO] = show_undo_info,
    [LOGREC_DELTA] = show_delta,
    [LOGREC_SET_EXTERNAL_HEADER] = show_external_header,
    [LOGREC_UNDO] = show_undo,
    [LOGREC_EMPTY_TREE] = show_empty_tree,
    [LOGREC_INIT2] = show_init,
    [LOGREC_TERM2] = show_term,
    [LOGREC_RECOVERY_QUIT2] = show_term,
    [LOGREC_CONVERT_FDP] = show_convert_fdp,
    [LOGREC_BACKUP2] = show_backup,
    [LOGREC_FORCE_LOG_ROLLOVER] = show_note,
    [LOGREC_SPLIT] = show_split,
    [LOGREC_MERGE] = show_merge,
    [LOGREC_SCRUB] = show_node,
    [LOGREC_PAGE_MOVE] = show_page_move,
    [LOGREC_EXTEND_DB] = show_extend_db,
    [LOGREC_SHRINK_DB] = show_shrink_db,
    [LOGREC_CREATE_DB_FINISH] = show_create_db_finish,
    [LOGREC_RECOVERY_QUIT_KEEP] = show_term,
    [LOGREC_TRIM_DB] = show_shrink_db,
    [LOGREC_SET_DB_VERSION] = show_set_db_version,
    [LOGREC_DELTA64] = show_delta,
    [LOGREC_SHRINK_DB2] = show_shrink_db,
    [LOGREC_NEW_PAGE] = show_new_page,
    [LOGREC_SHRINK_DB3] = show_shrink_db,
};

static void show_values(struct sheet *sheet, const struct inspect_log_record *record)
{
    show_record *show = shows[record->bytes[0]];
    jet_err err = JET_errSuccess;
    if (show)
        err = show(sheet, record->bytes, record->size);
    if (err < JET_errSuccess)
        sheet_text(sheet, "problem", "", jet_err_text(err));
    if (!show || err < JET_errSuccess)
        show_data(sheet, "bytes", "bytes", (struct logrec_span){record->bytes, record->size});
}

static void write_line(struct output *out, const struct inspect_log_record *record, const char *lgpos)
{
    char title[LGPOS_TEXT_SIZE + 64];
    struct sheet sheet;
    sheet_begin(&sheet, NULL, out, NULL);
    snprintf(title, sizeof title, "%s %s", lgpos, logrec_name(record->bytes[0]));
    sheet_row_begin(&sheet, "records", title);
    show_values(&sheet, record);
    sheet_row_end(&sheet);
}

static void write_json(struct report *report, const struct inspect_log_record *record, const char *lgpos)
{
    json_t *object = json_line_new("record");
    struct sheet sheet;
    sheet_begin(&sheet, NULL, NULL, object);
    sheet_text(&sheet, "lgpos", NULL, lgpos);
    sheet_text(&sheet, "name", NULL, logrec_name(record->bytes[0]));
    sheet_u64(&sheet, "size", NULL, record->size);
    show_values(&sheet, record);
    report_json(report, object);
}

jet_err dump_log(struct report *report, struct output *out, const char *path)
{
    struct finding_listener listener = report_listener(report);
    struct inspect_log *log = NULL;
    struct inspect_log_record record;
    jet_err err = inspect_log_open(path, &listener, &log);
    if (err < JET_errSuccess)
        return err;
    while ((err = inspect_log_next(log, &record)) == JET_errSuccess && record.bytes) {
        char lgpos[LGPOS_TEXT_SIZE];
        lgpos_format(record.lgpos, lgpos);
        if (report->settings.is_json)
            write_json(report, &record, lgpos);
        else
            write_line(out, &record, lgpos);
    }
    inspect_log_close(log);
    return err;
}
