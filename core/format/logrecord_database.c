/* SPDX-License-Identifier: MIT */
/* logrecord_database.c - log records of the life of an instance, and of its databases and their files. */
#include "format/logrecord_internal.h"

/* ---- the instance ---- */

jet_err logrec_init_decode(const void *bytes, size_t size, struct logrec_init *ret_init)
{
    const struct logrec_init_disk *disk = bytes;
    const jet_err err = logrec_check(bytes, size);

    if (err < JET_errSuccess)
        return err;
    if (disk->type != LOGREC_INIT && disk->type != LOGREC_INIT2)
        return CORRUPT(JET_errLogFileCorrupt);
    *ret_init = (struct logrec_init){.type = disk->type, .dbms = &disk->dbms};
    if (disk->type == LOGREC_INIT2)
        ret_init->time = disk->time;
    return JET_errSuccess;
}

void logrec_init_encode(const struct logrec_init *init, struct logrec_init_disk *ret_disk)
{
    ret_disk->type = LOGREC_INIT2;
    ret_disk->dbms = *init->dbms;
    ret_disk->time = init->time;
}

/* The old ones, Term and RecoveryQuit, end before the time. */
static bool term_has_time(unsigned type)
{
    return type == LOGREC_TERM2 || type == LOGREC_RECOVERY_QUIT2 || type == LOGREC_RECOVERY_QUIT_KEEP;
}

bool logrec_is_clean_end(unsigned type)
{
    return type == LOGREC_TERM || type == LOGREC_RECOVERY_QUIT || term_has_time(type);
}

jet_err logrec_term_decode(const void *bytes, size_t size, struct logrec_term *ret_term)
{
    const struct logrec_term_disk *disk = bytes;
    const jet_err err = logrec_check(bytes, size);

    if (err < JET_errSuccess)
        return err;
    if (!logrec_is_clean_end(disk->type))
        return CORRUPT(JET_errLogFileCorrupt);
    *ret_term = (struct logrec_term){
        .type = disk->type,
        .lgpos = lgpos_get(disk->lgpos),
        .redo_from = lgpos_get(disk->redo_from),
        .is_hard = disk->is_hard != 0,
    };
    if (term_has_time(disk->type))
        ret_term->time = disk->time;
    return JET_errSuccess;
}

void logrec_term_encode(const struct logrec_term *term, struct logrec_term_disk *ret_disk)
{
    assert(term_has_time(term->type));
    *ret_disk = (struct logrec_term_disk){
        .type = term->type,
        .lgpos = lgpos_make(term->lgpos),
        .redo_from = lgpos_make(term->redo_from),
        .is_hard = term->is_hard,
        .time = term->time,
    };
}

void logrec_recovery_undo_encode(struct logtime_disk time, struct logrec_recovery_undo_disk *ret_disk)
{
    ret_disk->type = LOGREC_RECOVERY_UNDO2;
    ret_disk->time = time;
}

/* ---- CreateDB, CreateDBFinish ---- */

/* A path has its NUL at the end, and whole characters. */
static bool path_is_whole(struct logrec_span path, bool is_utf16)
{
    if (is_utf16)
        return path.size >= 2 && path.size % 2 == 0 && path.bytes[path.size - 2] == 0 && path.bytes[path.size - 1] == 0;
    return path.size >= 1 && path.bytes[path.size - 1] == 0;
}

jet_err logrec_create_db_decode(const void *bytes, size_t size, struct logrec_create_db *ret_create)
{
    const struct logrec_create_db_disk *disk = bytes;
    const uint8_t *at = (const uint8_t *)bytes + offsetof(struct logrec_create_db_disk, scheme);
    struct logrec_create_db create;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_CREATE_DB);

    if (err < JET_errSuccess)
        return err;
    create = (struct logrec_create_db){
        .procid = le16_get(disk->procid),
        .dbid = disk->dbid,
        .options = le32_get(disk->options),
        .count_pages_max = le32_get(disk->count_pages_max),
        .signature = disk->signature,
        .is_sparse = disk->flags & LOGREC_CREATE_DB_SPARSE,
        .path_is_utf16 = disk->flags & LOGREC_CREATE_DB_UTF16,
    };
    if (disk->flags & LOGREC_CREATE_DB_VERSION) {
        create.scheme = le16_get(disk->scheme);
        create.scheme_update = le16_get(disk->scheme_update);
        at = (const uint8_t *)bytes + sizeof *disk;
    }
    create.path = logrec_cut(&at, le16_get(disk->path_size));
    if (!path_is_whole(create.path, create.path_is_utf16))
        return CORRUPT(JET_errLogFileCorrupt);
    *ret_create = create;
    return JET_errSuccess;
}

void logrec_create_db_encode(const struct logrec_create_db *create, struct logrec_create_db_disk *ret_disk)
{
    *ret_disk = (struct logrec_create_db_disk){
        .type = LOGREC_CREATE_DB,
        .procid = le16_make(create->procid),
        .dbid = create->dbid,
        .options = le32_make(create->options),
        .count_pages_max = le32_make(create->count_pages_max),
        .signature = create->signature,
        .path_size = logrec_length(create->path.size),
        .flags = (uint8_t)(LOGREC_CREATE_DB_VERSION | (create->is_sparse ? LOGREC_CREATE_DB_SPARSE : 0) |
                           (create->path_is_utf16 ? LOGREC_CREATE_DB_UTF16 : 0)),
        .scheme = le16_make(create->scheme),
        .scheme_update = le16_make(create->scheme_update),
    };
}

jet_err logrec_create_db_finish_decode(const void *bytes, size_t size, struct logrec_create_db_finish *ret_finish)
{
    const struct logrec_create_db_finish_disk *disk = bytes;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_CREATE_DB_FINISH);

    if (err < JET_errSuccess)
        return err;
    ret_finish->procid = le16_get(disk->procid);
    ret_finish->dbid = disk->dbid;
    return JET_errSuccess;
}

void logrec_create_db_finish_encode(const struct logrec_create_db_finish *finish,
                                    struct logrec_create_db_finish_disk *ret_disk)
{
    ret_disk->type = LOGREC_CREATE_DB_FINISH;
    ret_disk->procid = le16_make(finish->procid);
    ret_disk->dbid = finish->dbid;
}

/* ---- AttachDB, DetachDB, ReAttach ---- */

jet_err logrec_attach_db_decode(const void *bytes, size_t size, struct logrec_attach_db *ret_attach)
{
    const struct logrec_attach_db_disk *disk = bytes;
    const uint8_t *at = (const uint8_t *)bytes + sizeof *disk;
    struct logrec_attach_db attach;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_ATTACH_DB);

    if (err < JET_errSuccess)
        return err;
    attach = (struct logrec_attach_db){
        .procid = le16_get(disk->procid),
        .dbid = disk->dbid,
        .count_pages_max = le32_get(disk->count_pages_max),
        .consistent = lgpos_get(disk->consistent),
        .signature = disk->signature,
        .log_signature = disk->log_signature,
        .is_sparse = disk->flags & LOGREC_ATTACH_DB_SPARSE,
        .path_is_utf16 = disk->flags & LOGREC_ATTACH_DB_UTF16,
    };
    attach.path = logrec_cut(&at, le16_get(disk->path_size));
    if (!path_is_whole(attach.path, attach.path_is_utf16))
        return CORRUPT(JET_errLogFileCorrupt);
    *ret_attach = attach;
    return JET_errSuccess;
}

void logrec_attach_db_encode(const struct logrec_attach_db *attach, struct logrec_attach_db_disk *ret_disk)
{
    *ret_disk = (struct logrec_attach_db_disk){
        .type = LOGREC_ATTACH_DB,
        .procid = le16_make(attach->procid),
        .dbid = attach->dbid,
        .count_pages_max = le32_make(attach->count_pages_max),
        .consistent = lgpos_make(attach->consistent),
        .signature = attach->signature,
        .log_signature = attach->log_signature,
        .path_size = logrec_length(attach->path.size),
        .flags = (uint8_t)((attach->is_sparse ? LOGREC_ATTACH_DB_SPARSE : 0) |
                           (attach->path_is_utf16 ? LOGREC_ATTACH_DB_UTF16 : 0)),
    };
}

jet_err logrec_detach_db_decode(const void *bytes, size_t size, struct logrec_detach_db *ret_detach)
{
    const struct logrec_detach_db_disk *disk = bytes;
    const uint8_t *at = (const uint8_t *)bytes + sizeof *disk;
    struct logrec_detach_db detach;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_DETACH_DB);

    if (err < JET_errSuccess)
        return err;
    detach = (struct logrec_detach_db){
        .procid = le16_get(disk->procid),
        .dbid = disk->dbid,
        .path_is_utf16 = disk->flags & LOGREC_DETACH_DB_UTF16,
        .path = logrec_cut(&at, le16_get(disk->path_size)),
    };
    if (!path_is_whole(detach.path, detach.path_is_utf16))
        return CORRUPT(JET_errLogFileCorrupt);
    *ret_detach = detach;
    return JET_errSuccess;
}

void logrec_detach_db_encode(const struct logrec_detach_db *detach, struct logrec_detach_db_disk *ret_disk)
{
    *ret_disk = (struct logrec_detach_db_disk){
        .type = LOGREC_DETACH_DB,
        .procid = le16_make(detach->procid),
        .dbid = detach->dbid,
        .path_size = logrec_length(detach->path.size),
        .flags = detach->path_is_utf16 ? LOGREC_DETACH_DB_UTF16 : 0,
    };
}

jet_err logrec_reattach_decode(const void *bytes, size_t size, struct logrec_reattach *ret_reattach)
{
    const struct logrec_reattach_disk *disk = bytes;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_REATTACH);

    if (err < JET_errSuccess)
        return err;
    ret_reattach->dbid = disk->dbid;
    ret_reattach->attach = lgpos_get(disk->attach);
    ret_reattach->consistent = lgpos_get(disk->consistent);
    ret_reattach->signature = disk->signature;
    return JET_errSuccess;
}

/* ---- the file ---- */

jet_err logrec_set_db_version_decode(const void *bytes, size_t size, struct logrec_set_db_version *ret_version)
{
    const struct logrec_set_db_version_disk *disk = bytes;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_SET_DB_VERSION);

    if (err < JET_errSuccess)
        return err;
    ret_version->dbid = disk->dbid;
    ret_version->version = le32_get(disk->version);
    ret_version->update_major = le32_get(disk->update_major);
    ret_version->update_minor = le32_get(disk->update_minor);
    return JET_errSuccess;
}

void logrec_set_db_version_encode(const struct logrec_set_db_version *version,
                                  struct logrec_set_db_version_disk *ret_disk)
{
    ret_disk->type = LOGREC_SET_DB_VERSION;
    ret_disk->dbid = version->dbid;
    ret_disk->version = le32_make(version->version);
    ret_disk->update_major = le32_make(version->update_major);
    ret_disk->update_minor = le32_make(version->update_minor);
}

jet_err logrec_extend_db_decode(const void *bytes, size_t size, struct logrec_extend_db *ret_extend)
{
    const struct logrec_extend_db_disk *disk = bytes;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_EXTEND_DB);

    if (err < JET_errSuccess)
        return err;
    ret_extend->dbid = disk->dbid;
    ret_extend->pgno_last = le32_get(disk->pgno_last);
    return JET_errSuccess;
}

void logrec_extend_db_encode(const struct logrec_extend_db *extend, struct logrec_extend_db_disk *ret_disk)
{
    ret_disk->head.type = LOGREC_EXTEND_DB;
    ret_disk->head.length = le32_make(sizeof *ret_disk - sizeof ret_disk->head);
    ret_disk->dbid = extend->dbid;
    ret_disk->pgno_last = le32_make(extend->pgno_last);
}

jet_err logrec_shrink_db_decode(const void *bytes, size_t size, struct logrec_shrink_db *ret_shrink)
{
    const struct logrec_shrink_db_disk *disk = bytes;
    const jet_err err = logrec_check(bytes, size);

    if (err < JET_errSuccess)
        return err;
    if (disk->type != LOGREC_SHRINK_DB && disk->type != LOGREC_SHRINK_DB2 && disk->type != LOGREC_SHRINK_DB3 &&
        disk->type != LOGREC_TRIM_DB)
        return CORRUPT(JET_errLogFileCorrupt);
    *ret_shrink = (struct logrec_shrink_db){
        .type = disk->type,
        .dbid = disk->dbid,
        .pgno = le32_get(disk->pgno),
        .count_pages = le32_get(disk->count_pages),
        .dbtime = disk->type == LOGREC_SHRINK_DB3 ? le64_get(disk->dbtime) : 0,
    };
    return JET_errSuccess;
}

size_t logrec_shrink_db_encode(const struct logrec_shrink_db *shrink, struct logrec_shrink_db_disk *ret_disk)
{
    ret_disk->type = shrink->type;
    ret_disk->dbid = shrink->dbid;
    ret_disk->pgno = le32_make(shrink->pgno);
    ret_disk->count_pages = le32_make(shrink->count_pages);
    ret_disk->dbtime = le64_make(shrink->dbtime);
    return shrink->type == LOGREC_SHRINK_DB3 ? sizeof *ret_disk : offsetof(struct logrec_shrink_db_disk, dbtime);
}

jet_err logrec_new_page_decode(const void *bytes, size_t size, struct logrec_new_page *ret_page)
{
    const struct logrec_new_page_disk *disk = bytes;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_NEW_PAGE);

    if (err < JET_errSuccess)
        return err;
    ret_page->procid = le16_get(disk->procid);
    ret_page->dbid = disk->dbid;
    ret_page->pgno = le32_get(disk->pgno);
    ret_page->objid = le32_get(disk->objid);
    ret_page->dbtime = le64_get(disk->dbtime);
    return JET_errSuccess;
}

void logrec_new_page_encode(const struct logrec_new_page *page, struct logrec_new_page_disk *ret_disk)
{
    ret_disk->type = LOGREC_NEW_PAGE;
    ret_disk->procid = le16_make(page->procid);
    ret_disk->dbid = page->dbid;
    ret_disk->pgno = le32_make(page->pgno);
    ret_disk->objid = le32_make(page->objid);
    ret_disk->dbtime = le64_make(page->dbtime);
}
