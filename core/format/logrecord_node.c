/* SPDX-License-Identifier: MIT */
/* logrecord_node.c - log records that change one node. */
#include "format/logrecord_internal.h"

/* ---- Insert ---- */

jet_err logrec_insert_decode(const void *bytes, size_t size, struct logrec_insert *ret_insert)
{
    const struct logrec_insert_disk *disk = bytes;
    const uint8_t *at = (const uint8_t *)bytes + sizeof *disk;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_INSERT);

    if (err < JET_errSuccess)
        return err;
    ret_insert->head = logrec_node_head_get(&disk->head);
    ret_insert->prefix = logrec_cut(&at, le16_get(disk->prefix_size));
    ret_insert->suffix = logrec_cut(&at, le16_get(disk->suffix_size));
    ret_insert->data = logrec_cut(&at, le16_get(disk->data_size));
    return JET_errSuccess;
}

void logrec_insert_encode(const struct logrec_insert *insert, struct logrec_insert_disk *ret_disk)
{
    assert(insert->head.page.type == LOGREC_INSERT);
    logrec_node_head_encode(&insert->head, &ret_disk->head);
    ret_disk->suffix_size = logrec_length(insert->suffix.size);
    ret_disk->prefix_size = logrec_length(insert->prefix.size);
    ret_disk->data_size = logrec_length(insert->data.size);
}

/* ---- FlagInsert, FlagInsertAndReplaceData ---- */

jet_err logrec_flag_insert_decode(const void *bytes, size_t size, struct logrec_flag_insert *ret_insert)
{
    const struct logrec_flag_insert_disk *disk = bytes;
    const uint8_t *at = (const uint8_t *)bytes + sizeof *disk;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_FLAG_INSERT);

    if (err < JET_errSuccess)
        return err;
    ret_insert->head = logrec_node_head_get(&disk->head);
    ret_insert->key = logrec_cut(&at, le16_get(disk->key_size));
    ret_insert->data = logrec_cut(&at, le16_get(disk->data_size));
    return JET_errSuccess;
}

void logrec_flag_insert_encode(const struct logrec_flag_insert *insert, struct logrec_flag_insert_disk *ret_disk)
{
    assert(insert->head.page.type == LOGREC_FLAG_INSERT);
    logrec_node_head_encode(&insert->head, &ret_disk->head);
    ret_disk->key_size = logrec_length(insert->key.size);
    ret_disk->data_size = logrec_length(insert->data.size);
}

jet_err logrec_flag_insert_replace_decode(const void *bytes, size_t size, struct logrec_flag_insert_replace *ret_insert)
{
    const struct logrec_flag_insert_replace_disk *disk = bytes;
    const uint8_t *at = (const uint8_t *)bytes + sizeof *disk;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_FLAG_INSERT_REPLACE);

    if (err < JET_errSuccess)
        return err;
    ret_insert->head = logrec_node_head_get(&disk->head);
    ret_insert->rceid_replace = le32_get(disk->rceid_replace);
    ret_insert->key = logrec_cut(&at, le16_get(disk->key_size));
    ret_insert->data = logrec_cut(&at, le16_get(disk->data_size));
    return JET_errSuccess;
}

void logrec_flag_insert_replace_encode(const struct logrec_flag_insert_replace *insert,
                                       struct logrec_flag_insert_replace_disk *ret_disk)
{
    assert(insert->head.page.type == LOGREC_FLAG_INSERT_REPLACE);
    logrec_node_head_encode(&insert->head, &ret_disk->head);
    ret_disk->key_size = logrec_length(insert->key.size);
    ret_disk->data_size = logrec_length(insert->data.size);
    ret_disk->rceid_replace = le32_make(insert->rceid_replace);
}

/* ---- Replace, ReplaceD ---- */

jet_err logrec_replace_decode(const void *bytes, size_t size, struct logrec_replace *ret_replace)
{
    const struct logrec_replace_disk *disk = bytes;
    const uint8_t *at = (const uint8_t *)bytes + sizeof *disk;
    const jet_err err = logrec_check(bytes, size);
    bool is_difference;

    if (err < JET_errSuccess)
        return err;
    is_difference = disk->head.page.type == LOGREC_REPLACE_D;
    if (!is_difference && (disk->head.page.type != LOGREC_REPLACE || le16_get(disk->size) != le16_get(disk->new_size)))
        return CORRUPT(JET_errLogFileCorrupt);
    ret_replace->head = logrec_node_head_get(&disk->head);
    ret_replace->old_size = le16_get(disk->old_size);
    ret_replace->new_size = le16_get(disk->new_size);
    ret_replace->is_wide = is_difference && le16_get(disk->size) & LOGREC_REPLACE_WIDE;
    ret_replace->data = logrec_cut(&at, size - sizeof *disk);
    return JET_errSuccess;
}

void logrec_replace_encode(const struct logrec_replace *replace, struct logrec_replace_disk *ret_disk)
{
    const bool is_difference = replace->head.page.type == LOGREC_REPLACE_D;

    assert(is_difference ? replace->data.size < LOGREC_REPLACE_WIDE
                         : replace->head.page.type == LOGREC_REPLACE && replace->data.size == replace->new_size);
    logrec_node_head_encode(&replace->head, &ret_disk->head);
    ret_disk->size =
        logrec_length(replace->data.size + (is_difference && replace->is_wide ? (size_t)LOGREC_REPLACE_WIDE : 0));
    ret_disk->old_size = le16_make(replace->old_size);
    ret_disk->new_size = le16_make(replace->new_size);
}

/* ---- UndoInfo, Undo ---- */

jet_err logrec_undo_info_decode(const void *bytes, size_t size, struct logrec_undo_info *ret_info)
{
    const struct logrec_undo_info_disk *disk = bytes;
    const uint8_t *at = (const uint8_t *)bytes + sizeof *disk;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_UNDO_INFO);

    if (err < JET_errSuccess)
        return err;
    ret_info->head = logrec_node_head_get(&disk->head);
    ret_info->oper = le16_get(disk->oper);
    ret_info->size_max = (int16_t)le16_get(disk->size_max);
    ret_info->size_delta = (int16_t)le16_get(disk->size_delta);
    ret_info->key = logrec_cut(&at, le16_get(disk->key_size));
    ret_info->bookmark = logrec_cut(&at, le16_get(disk->bookmark_size));
    ret_info->data = logrec_cut(&at, le16_get(disk->data_size));
    return JET_errSuccess;
}

void logrec_undo_info_encode(const struct logrec_undo_info *info, struct logrec_undo_info_disk *ret_disk)
{
    assert(info->head.page.type == LOGREC_UNDO_INFO);
    logrec_node_head_encode(&info->head, &ret_disk->head);
    ret_disk->key_size = logrec_length(info->key.size);
    ret_disk->bookmark_size = logrec_length(info->bookmark.size);
    ret_disk->oper = le16_make(info->oper);
    ret_disk->size_max = le16_make((uint16_t)info->size_max);
    ret_disk->size_delta = le16_make((uint16_t)info->size_delta);
    ret_disk->data_size = logrec_length(info->data.size);
}

jet_err logrec_undo_decode(const void *bytes, size_t size, struct logrec_undo *ret_undo)
{
    const struct logrec_undo_disk *disk = bytes;
    const uint8_t *at = (const uint8_t *)bytes + sizeof *disk;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_UNDO);

    if (err < JET_errSuccess)
        return err;
    ret_undo->head = logrec_node_head_get(&disk->head);
    ret_undo->oper = le16_get(disk->oper);
    ret_undo->level = disk->level;
    ret_undo->key = logrec_cut(&at, le16_get(disk->key_size));
    ret_undo->bookmark = logrec_cut(&at, le16_get(disk->bookmark_size));
    return JET_errSuccess;
}

void logrec_undo_encode(const struct logrec_undo *undo, struct logrec_undo_disk *ret_disk)
{
    assert(undo->head.page.type == LOGREC_UNDO);
    logrec_node_head_encode(&undo->head, &ret_disk->head);
    ret_disk->key_size = logrec_length(undo->key.size);
    ret_disk->bookmark_size = logrec_length(undo->bookmark.size);
    ret_disk->oper = le16_make(undo->oper);
    ret_disk->level = undo->level;
}

/* ---- Delta, Delta64 ---- */

jet_err logrec_delta_decode(const void *bytes, size_t size, struct logrec_delta *ret_delta)
{
    const union logrec_delta_any_disk *disk = bytes;
    const uint8_t *at = bytes;
    const jet_err err = logrec_check(bytes, size);

    if (err < JET_errSuccess)
        return err;
    if (logrec_type_of(bytes) == LOGREC_DELTA) {
        ret_delta->delta = (int32_t)le32_get(disk->delta.delta);
        ret_delta->offset = le16_get(disk->delta.offset);
        at += sizeof disk->delta;
    } else if (logrec_type_of(bytes) == LOGREC_DELTA64) {
        ret_delta->delta = (int64_t)le64_get(disk->delta64.delta);
        ret_delta->offset = le16_get(disk->delta64.offset);
        at += sizeof disk->delta64;
    } else {
        return CORRUPT(JET_errLogFileCorrupt);
    }
    ret_delta->head = logrec_node_head_get(&disk->delta.head);
    ret_delta->key = logrec_cut(&at, le16_get(disk->delta.key_size));
    ret_delta->bookmark = logrec_cut(&at, le16_get(disk->delta.bookmark_size));
    return JET_errSuccess;
}

size_t logrec_delta_encode(const struct logrec_delta *delta, union logrec_delta_any_disk *ret_disk)
{
    const bool is_64 = delta->head.page.type == LOGREC_DELTA64;

    assert(is_64 || (delta->head.page.type == LOGREC_DELTA && delta->delta == (int32_t)delta->delta));
    logrec_node_head_encode(&delta->head, &ret_disk->delta.head);
    ret_disk->delta.key_size = logrec_length(delta->key.size);
    ret_disk->delta.bookmark_size = logrec_length(delta->bookmark.size);
    if (is_64) {
        ret_disk->delta64.delta = le64_make((uint64_t)delta->delta);
        ret_disk->delta64.offset = le16_make(delta->offset);
        return sizeof ret_disk->delta64;
    }
    ret_disk->delta.delta = le32_make((uint32_t)delta->delta);
    ret_disk->delta.offset = le16_make(delta->offset);
    return sizeof ret_disk->delta;
}

/* ---- SetExternalHeader, Scrub ---- */

jet_err logrec_external_header_decode(const void *bytes, size_t size, struct logrec_external_header *ret_header)
{
    const struct logrec_external_header_disk *disk = bytes;
    const uint8_t *at = (const uint8_t *)bytes + sizeof *disk;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_SET_EXTERNAL_HEADER);

    if (err < JET_errSuccess)
        return err;
    ret_header->head = logrec_node_head_get(&disk->head);
    ret_header->data = logrec_cut(&at, le16_get(disk->data_size));
    return JET_errSuccess;
}

void logrec_external_header_encode(const struct logrec_external_header *header,
                                   struct logrec_external_header_disk *ret_disk)
{
    assert(header->head.page.type == LOGREC_SET_EXTERNAL_HEADER);
    logrec_node_head_encode(&header->head, &ret_disk->head);
    ret_disk->data_size = logrec_length(header->data.size);
}

jet_err logrec_scrub_decode(const void *bytes, size_t size, struct logrec_scrub *ret_scrub)
{
    const struct logrec_scrub_disk *disk = bytes;
    const uint8_t *at = (const uint8_t *)bytes + sizeof *disk;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_SCRUB);

    if (err < JET_errSuccess)
        return err;
    if (le32_get(disk->count) > le16_get(disk->data_size))
        return CORRUPT(JET_errLogFileCorrupt);
    ret_scrub->head = logrec_node_head_get(&disk->head);
    ret_scrub->flags = le32_get(disk->flags);
    ret_scrub->count = le32_get(disk->count);
    ret_scrub->data = logrec_cut(&at, le16_get(disk->data_size));
    return JET_errSuccess;
}
