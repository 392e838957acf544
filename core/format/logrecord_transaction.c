/* SPDX-License-Identifier: MIT */
/* logrecord_transaction.c - log records of transactions and macros, of the stream itself, and of backups. */
#include "format/logrecord_internal.h"

enum { LEVEL_MAX = 15 }; /* what a nibble can say */

/* ---- transactions ---- */

jet_err logrec_begin_decode(const void *bytes, size_t size, struct logrec_begin *ret_begin)
{
    const struct logrec_begin_disk *disk = bytes;
    struct logrec_begin begin;
    const jet_err err = logrec_check(bytes, size);

    if (err < JET_errSuccess)
        return err;
    if (disk->type != LOGREC_BEGIN && disk->type != LOGREC_BEGIN0)
        return CORRUPT(JET_errLogFileCorrupt);
    begin = (struct logrec_begin){
        .type = disk->type,
        .procid = le16_get(disk->procid),
        .level_from = disk->levels & LEVEL_MAX,
        .level_count = disk->levels >> 4,
        .trx_begin0 = disk->type == LOGREC_BEGIN0 ? le32_get(disk->trx) : 0,
    };
    if (begin.level_count == 0 || (begin.type == LOGREC_BEGIN0) != (begin.level_from == 0))
        return CORRUPT(JET_errLogFileCorrupt);
    *ret_begin = begin;
    return JET_errSuccess;
}

size_t logrec_begin_encode(const struct logrec_begin *begin, struct logrec_begin_disk *ret_disk)
{
    assert(begin->level_from <= LEVEL_MAX && begin->level_count > 0 && begin->level_count <= LEVEL_MAX);
    assert(begin->type == LOGREC_BEGIN || begin->type == LOGREC_BEGIN0);
    *ret_disk = (struct logrec_begin_disk){
        .type = begin->type,
        .procid = le16_make(begin->procid),
        .levels = (uint8_t)(begin->level_from | begin->level_count << 4),
        .trx = le32_make(begin->trx_begin0),
    };
    return begin->type == LOGREC_BEGIN0 ? sizeof *ret_disk : offsetof(struct logrec_begin_disk, trx);
}

jet_err logrec_commit_decode(const void *bytes, size_t size, struct logrec_commit *ret_commit)
{
    const struct logrec_commit_disk *disk = bytes;
    const jet_err err = logrec_check(bytes, size);

    if (err < JET_errSuccess)
        return err;
    if (disk->type != LOGREC_COMMIT && disk->type != LOGREC_COMMIT0 && disk->type != LOGREC_ROLLBACK)
        return CORRUPT(JET_errLogFileCorrupt);
    *ret_commit = (struct logrec_commit){
        .type = disk->type,
        .procid = le16_get(disk->procid),
        .level = disk->level,
        .trx_commit0 = disk->type == LOGREC_COMMIT0 ? le32_get(disk->trx) : 0,
    };
    return JET_errSuccess;
}

size_t logrec_commit_encode(const struct logrec_commit *commit, struct logrec_commit_disk *ret_disk)
{
    assert(commit->type == LOGREC_COMMIT || commit->type == LOGREC_COMMIT0 || commit->type == LOGREC_ROLLBACK);
    *ret_disk = (struct logrec_commit_disk){
        .type = commit->type,
        .procid = le16_make(commit->procid),
        .level = commit->level,
        .trx = le32_make(commit->trx_commit0),
    };
    return commit->type == LOGREC_COMMIT0 ? sizeof *ret_disk : offsetof(struct logrec_commit_disk, trx);
}

jet_err logrec_refresh_decode(const void *bytes, size_t size, struct logrec_refresh *ret_refresh)
{
    const struct logrec_refresh_disk *disk = bytes;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_REFRESH);

    if (err < JET_errSuccess)
        return err;
    ret_refresh->procid = le16_get(disk->procid);
    ret_refresh->trx_begin0 = le32_get(disk->trx_begin0);
    return JET_errSuccess;
}

void logrec_refresh_encode(const struct logrec_refresh *refresh, struct logrec_refresh_disk *ret_disk)
{
    ret_disk->type = LOGREC_REFRESH;
    ret_disk->procid = le16_make(refresh->procid);
    ret_disk->trx_begin0 = le32_make(refresh->trx_begin0);
}

/* ---- macros ---- */

jet_err logrec_macro_decode(const void *bytes, size_t size, struct logrec_macro *ret_macro)
{
    const struct logrec_macro_disk *disk = bytes;
    const jet_err err = logrec_check(bytes, size);

    if (err < JET_errSuccess)
        return err;
    if (disk->type != LOGREC_MACRO_BEGIN && disk->type != LOGREC_MACRO_COMMIT && disk->type != LOGREC_MACRO_ABORT)
        return CORRUPT(JET_errLogFileCorrupt);
    ret_macro->type = disk->type;
    ret_macro->procid = le16_get(disk->procid);
    ret_macro->dbtime = le64_get(disk->dbtime);
    return JET_errSuccess;
}

void logrec_macro_encode(const struct logrec_macro *macro, struct logrec_macro_disk *ret_disk)
{
    assert(macro->type >= LOGREC_MACRO_BEGIN && macro->type <= LOGREC_MACRO_ABORT);
    ret_disk->type = macro->type;
    ret_disk->procid = le16_make(macro->procid);
    ret_disk->dbtime = le64_make(macro->dbtime);
}

jet_err logrec_macro_info_decode(const void *bytes, size_t size, struct logrec_macro_info *ret_info)
{
    const struct logrec_macro_info2_disk *disk = bytes;
    const uint8_t *at = bytes;
    const jet_err err = logrec_check(bytes, size);

    if (err < JET_errSuccess)
        return err;
    if (logrec_type_of(bytes) == LOGREC_MACRO_INFO) {
        at += sizeof disk->head;
        size -= sizeof disk->head;
    } else if (logrec_type_of(bytes) == LOGREC_MACRO_INFO2) {
        at += sizeof *disk;
        size -= sizeof *disk;
        if (le32_get(disk->count) != size / sizeof(le32))
            return CORRUPT(JET_errLogFileCorrupt);
    } else {
        return CORRUPT(JET_errLogFileCorrupt);
    }
    if (size % sizeof(le32) != 0)
        return CORRUPT(JET_errLogFileCorrupt);
    ret_info->type = logrec_type_of(bytes);
    ret_info->dbid = ret_info->type == LOGREC_MACRO_INFO ? 1 : disk->dbid;
    ret_info->pages = (const void *)at;
    ret_info->count = size / sizeof(le32);
    return JET_errSuccess;
}

size_t logrec_macro_info_encode(const struct logrec_macro_info *info, struct logrec_macro_info2_disk *ret_disk)
{
    const size_t list_size = info->count * sizeof(le32);
    const size_t fixed_size = info->type == LOGREC_MACRO_INFO ? sizeof ret_disk->head : sizeof *ret_disk;

    assert(info->type == LOGREC_MACRO_INFO2 || (info->type == LOGREC_MACRO_INFO && info->dbid == 1));
    assert(info->count < LOGREC_SIZE_MAX / sizeof(le32));
    *ret_disk = (struct logrec_macro_info2_disk){
        .head = {.type = info->type, .length = le32_make((uint32_t)(fixed_size - sizeof ret_disk->head + list_size))},
        .dbid = info->dbid,
        .count = le32_make((uint32_t)info->count),
    };
    return fixed_size;
}

/* ---- fillers ---- */

void logrec_nop2_encode(size_t size, struct logrec_ignored_disk *ret_disk)
{
    assert(size >= sizeof *ret_disk && size <= LOGREC_SIZE_MAX);
    ret_disk->type = LOGREC_NOP2;
    ret_disk->length = le32_make((uint32_t)(size - sizeof *ret_disk));
}

jet_err logrec_fragment_decode(const void *bytes, size_t size, struct logrec_fragment *ret_fragment)
{
    const struct logrec_fragment_begin_disk *begin = bytes;
    struct logrec_fragment fragment = {0};
    const uint8_t *at = bytes;
    const jet_err err = logrec_check(bytes, size);

    if (err < JET_errSuccess)
        return err;
    if (logrec_type_of(bytes) == LOGREC_FRAGMENT_BEGIN) {
        fragment.is_first = true;
        fragment.total_size = le32_get(begin->total_size);
        at += sizeof *begin;
        size -= sizeof *begin;
        if (fragment.total_size <= size || fragment.total_size > LOGREC_SIZE_MAX)
            return CORRUPT(JET_errLogFileCorrupt);
    } else if (logrec_type_of(bytes) == LOGREC_FRAGMENT) {
        at += sizeof(struct logrec_fragment_disk);
        size -= sizeof(struct logrec_fragment_disk);
    } else {
        return CORRUPT(JET_errLogFileCorrupt);
    }
    if (size == 0)
        return CORRUPT(JET_errLogFileCorrupt);
    fragment.piece = logrec_cut(&at, size);
    *ret_fragment = fragment;
    return JET_errSuccess;
}

void logrec_fragment_begin_encode(size_t total_size, size_t size, struct logrec_fragment_begin_disk *ret_disk)
{
    assert(total_size <= LOGREC_SIZE_MAX && size > 0 && size < total_size);
    ret_disk->type = LOGREC_FRAGMENT_BEGIN;
    ret_disk->total_size = le32_make((uint32_t)total_size);
    ret_disk->size = logrec_length(size);
}

void logrec_fragment_encode(size_t size, struct logrec_fragment_disk *ret_disk)
{
    assert(size > 0);
    ret_disk->type = LOGREC_FRAGMENT;
    ret_disk->size = logrec_length(size);
}

/* ---- notes and backups ---- */

jet_err logrec_note_decode(const void *bytes, size_t size, struct logrec_note *ret_note)
{
    const struct logrec_note_disk *disk = bytes;
    const uint8_t *at = (const uint8_t *)bytes + sizeof *disk;
    const jet_err err = logrec_check(bytes, size);

    if (err < JET_errSuccess)
        return err;
    if (disk->type != LOGREC_FORCE_LOG_ROLLOVER && disk->type != LOGREC_TRACE)
        return CORRUPT(JET_errLogFileCorrupt);
    ret_note->type = disk->type;
    ret_note->procid = le16_get(disk->procid);
    ret_note->text = logrec_cut(&at, le16_get(disk->size));
    return JET_errSuccess;
}

void logrec_note_encode(const struct logrec_note *note, struct logrec_note_disk *ret_disk)
{
    assert(note->type == LOGREC_FORCE_LOG_ROLLOVER || note->type == LOGREC_TRACE);
    ret_disk->type = note->type;
    ret_disk->procid = le16_make(note->procid);
    ret_disk->size = logrec_length(note->text.size);
}

void logrec_force_write_encode(uint16_t procid, struct logrec_force_write_disk *ret_disk)
{
    ret_disk->type = LOGREC_FORCE_WRITE_LOG;
    ret_disk->procid = le16_make(procid);
}

jet_err logrec_backup_decode(const void *bytes, size_t size, struct logrec_backup *ret_backup)
{
    const struct logrec_backup_disk *disk = bytes;
    const uint8_t *at = (const uint8_t *)bytes + sizeof *disk;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_BACKUP2);

    if (err < JET_errSuccess)
        return err;
    *ret_backup = (struct logrec_backup){
        .phase = disk->phase,
        .kind = le32_get(disk->kind),
        .scope = disk->scope,
        .dbid = disk->dbid,
        .mark = disk->mark,
    };
    ret_backup->path = logrec_cut(&at, le16_get(disk->path_size));
    return JET_errSuccess;
}

void logrec_backup_encode(const struct logrec_backup *backup, struct logrec_backup_disk *ret_disk)
{
    *ret_disk = (struct logrec_backup_disk){
        .type = LOGREC_BACKUP2,
        .phase = backup->phase,
        .kind = le32_make(backup->kind),
        .scope = backup->scope,
        .dbid = backup->dbid,
        .mark = backup->mark,
        .path_size = logrec_length(backup->path.size),
    };
}
