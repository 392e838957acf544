/* SPDX-License-Identifier: MIT */
/* logrecord_tree.c - log records that change the shape of trees. */
#include "format/logrecord_internal.h"

/* ---- Split2 ---- */

jet_err logrec_split_decode(const void *bytes, size_t size, struct logrec_split *ret_split)
{
    const struct logrec_split_disk *disk = bytes;
    const uint8_t *at = (const uint8_t *)bytes + sizeof *disk;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_SPLIT);

    if (err < JET_errSuccess)
        return err;
    *ret_split = (struct logrec_split){
        .head = logrec_page_head_get(&disk->head),
        .pgno_new = le32_get(disk->pgno_new),
        .pgno_right = le32_get(disk->pgno_right),
        .right_before = le64_get(disk->right_before),
        .pgno_parent = le32_get(disk->pgno_parent),
        .parent_before = le64_get(disk->parent_before),
        .pgno_fdp = le32_get(disk->pgno_fdp),
        .objid = le32_get(disk->objid),
        .split = disk->split,
        .oper = disk->oper,
        .iline_oper = le16_get(disk->iline_oper),
        .iline_split = le16_get(disk->iline_split),
        .count_lines = le16_get(disk->count_lines),
        .new_flags = le32_get(disk->new_flags),
        .split_flags = le32_get(disk->split_flags),
        .uncommitted = (int16_t)le16_get(disk->uncommitted),
        .new_uncommitted = (int16_t)le16_get(disk->new_uncommitted),
        .iline_prefix = (int32_t)le32_get(disk->iline_prefix),
        .new_iline_prefix = (int32_t)le32_get(disk->new_iline_prefix),
        .flags = le32_get(disk->flags),
    };
    ret_split->separator = logrec_cut(&at, le16_get(disk->separator_size));
    ret_split->old_prefix = logrec_cut(&at, le16_get(disk->old_prefix_size));
    ret_split->new_prefix = logrec_cut(&at, le16_get(disk->new_prefix_size));
    ret_split->image = logrec_cut(&at, le32_get(disk->image_size));
    return JET_errSuccess;
}

void logrec_split_encode(const struct logrec_split *split, struct logrec_split_disk *ret_disk)
{
    assert(split->head.type == LOGREC_SPLIT && split->image.size <= UINT16_MAX);
    *ret_disk = (struct logrec_split_disk){
        .pgno_new = le32_make(split->pgno_new),
        .pgno_right = le32_make(split->pgno_right),
        .right_before = le64_make(split->right_before),
        .pgno_parent = le32_make(split->pgno_parent),
        .parent_before = le64_make(split->parent_before),
        .pgno_fdp = le32_make(split->pgno_fdp),
        .objid = le32_make(split->objid),
        .split = split->split,
        .oper = split->oper,
        .iline_oper = le16_make(split->iline_oper),
        .iline_split = le16_make(split->iline_split),
        .count_lines = le16_make(split->count_lines),
        .new_flags = le32_make(split->new_flags),
        .split_flags = le32_make(split->split_flags),
        .uncommitted = le16_make((uint16_t)split->uncommitted),
        .new_uncommitted = le16_make((uint16_t)split->new_uncommitted),
        .iline_prefix = le32_make((uint32_t)split->iline_prefix),
        .new_iline_prefix = le32_make((uint32_t)split->new_iline_prefix),
        .old_prefix_size = logrec_length(split->old_prefix.size),
        .new_prefix_size = logrec_length(split->new_prefix.size),
        .separator_size = logrec_length(split->separator.size),
        .flags = le32_make(split->flags),
        .image_size = le32_make((uint32_t)split->image.size),
    };
    logrec_page_head_encode(&split->head, &ret_disk->head);
}

/* ---- Merge2 ---- */

jet_err logrec_merge_decode(const void *bytes, size_t size, struct logrec_merge *ret_merge)
{
    const struct logrec_merge_disk *disk = bytes;
    const uint8_t *at = (const uint8_t *)bytes + sizeof *disk;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_MERGE);

    if (err < JET_errSuccess)
        return err;
    *ret_merge = (struct logrec_merge){
        .head = logrec_page_head_get(&disk->head),
        .pgno_right = le32_get(disk->pgno_right),
        .right_before = le64_get(disk->right_before),
        .pgno_left = le32_get(disk->pgno_left),
        .left_before = le64_get(disk->left_before),
        .pgno_parent = le32_get(disk->pgno_parent),
        .parent_before = le64_get(disk->parent_before),
        .pgno_fdp = le32_get(disk->pgno_fdp),
        .objid = le32_get(disk->objid),
        .size_total = le16_get(disk->size_total),
        .size_reserved = le16_get(disk->size_reserved),
        .uncommitted = le16_get(disk->uncommitted),
        .iline_merge = le16_get(disk->iline_merge),
        .actions = disk->actions,
        .merge = disk->merge,
        .flags = le32_get(disk->flags),
    };
    ret_merge->separator = logrec_cut(&at, le16_get(disk->separator_size));
    ret_merge->image = logrec_cut(&at, le32_get(disk->image_size));
    return JET_errSuccess;
}

void logrec_merge_encode(const struct logrec_merge *merge, struct logrec_merge_disk *ret_disk)
{
    assert(merge->head.type == LOGREC_MERGE && merge->image.size <= UINT16_MAX);
    *ret_disk = (struct logrec_merge_disk){
        .pgno_right = le32_make(merge->pgno_right),
        .right_before = le64_make(merge->right_before),
        .pgno_left = le32_make(merge->pgno_left),
        .left_before = le64_make(merge->left_before),
        .pgno_parent = le32_make(merge->pgno_parent),
        .parent_before = le64_make(merge->parent_before),
        .pgno_fdp = le32_make(merge->pgno_fdp),
        .objid = le32_make(merge->objid),
        .size_total = le16_make(merge->size_total),
        .size_reserved = le16_make(merge->size_reserved),
        .uncommitted = le16_make(merge->uncommitted),
        .iline_merge = le16_make(merge->iline_merge),
        .actions = merge->actions,
        .merge = merge->merge,
        .separator_size = logrec_length(merge->separator.size),
        .flags = le32_make(merge->flags),
        .image_size = le32_make((uint32_t)merge->image.size),
    };
    logrec_page_head_encode(&merge->head, &ret_disk->head);
}

/* ---- PageMove, RootPageMove ---- */

jet_err logrec_page_move_decode(const void *bytes, size_t size, struct logrec_page_move *ret_move)
{
    const struct logrec_page_move_disk *disk = bytes;
    const uint8_t *at = (const uint8_t *)bytes + sizeof *disk;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_PAGE_MOVE);

    if (err < JET_errSuccess)
        return err;
    *ret_move = (struct logrec_page_move){
        .head = logrec_page_head_get(&disk->head),
        .pgno_to = le32_get(disk->pgno_to),
        .pgno_left = le32_get(disk->pgno_left),
        .pgno_right = le32_get(disk->pgno_right),
        .pgno_parent = le32_get(disk->pgno_parent),
        .left_before = le64_get(disk->left_before),
        .right_before = le64_get(disk->right_before),
        .parent_before = le64_get(disk->parent_before),
        .pgno_fdp = le32_get(disk->pgno_fdp),
        .objid = le32_get(disk->objid),
        .iline_parent = (int32_t)le32_get(disk->iline_parent),
        .flags = le32_get(disk->flags),
    };
    ret_move->front = logrec_cut(&at, le32_get(disk->front_size));
    ret_move->back = logrec_cut(&at, le32_get(disk->back_size));
    return JET_errSuccess;
}

void logrec_page_move_encode(const struct logrec_page_move *move, struct logrec_page_move_disk *ret_disk)
{
    assert(move->head.type == LOGREC_PAGE_MOVE);
    *ret_disk = (struct logrec_page_move_disk){
        .pgno_to = le32_make(move->pgno_to),
        .pgno_left = le32_make(move->pgno_left),
        .pgno_right = le32_make(move->pgno_right),
        .pgno_parent = le32_make(move->pgno_parent),
        .left_before = le64_make(move->left_before),
        .right_before = le64_make(move->right_before),
        .parent_before = le64_make(move->parent_before),
        .pgno_fdp = le32_make(move->pgno_fdp),
        .objid = le32_make(move->objid),
        .iline_parent = le32_make((uint32_t)move->iline_parent),
        .flags = le32_make(move->flags),
        .front_size = le32_make((uint32_t)move->front.size),
        .back_size = le32_make((uint32_t)move->back.size),
    };
    logrec_page_head_encode(&move->head, &ret_disk->head);
}

jet_err logrec_root_page_move_decode(const void *bytes, size_t size, struct logrec_root_page_move *ret_move)
{
    const struct logrec_root_page_move_disk *disk = bytes;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_ROOT_PAGE_MOVE);

    if (err < JET_errSuccess)
        return err;
    *ret_move = (struct logrec_root_page_move){
        .procid = le16_get(disk->procid),
        .dbid = disk->dbid,
        .objid = le32_get(disk->objid),
        .dbtime = le64_get(disk->dbtime),
    };
    return JET_errSuccess;
}

/* ---- new trees ---- */

jet_err logrec_create_fdp_decode(const void *bytes, size_t size, struct logrec_create_fdp *ret_create)
{
    const union logrec_create_fdp_disk *disk = bytes;
    const jet_err err = logrec_check(bytes, size);

    if (err < JET_errSuccess)
        return err;
    if (logrec_type_of(bytes) == LOGREC_CREATE_SINGLE_FDP)
        *ret_create = (struct logrec_create_fdp){
            .objid = le32_get(disk->single.objid),
            .pgno_parent = le32_get(disk->single.pgno_parent),
            .count_primary = le32_get(disk->single.count_primary),
            .page_flags = le32_get(disk->single.page_flags),
        };
    else if (logrec_type_of(bytes) == LOGREC_CREATE_MULTIPLE_FDP)
        *ret_create = (struct logrec_create_fdp){
            .objid = le32_get(disk->multiple.objid),
            .pgno_owned = le32_get(disk->multiple.pgno_owned),
            .pgno_available = le32_get(disk->multiple.pgno_available),
            .pgno_parent = le32_get(disk->multiple.pgno_parent),
            .count_primary = le32_get(disk->multiple.count_primary),
            .page_flags = le32_get(disk->multiple.page_flags),
        };
    else
        return CORRUPT(JET_errLogFileCorrupt);
    ret_create->head = logrec_page_head_get(&disk->single.head);
    return JET_errSuccess;
}

size_t logrec_create_fdp_encode(const struct logrec_create_fdp *create, union logrec_create_fdp_disk *ret_disk)
{
    assert(create->head.type == LOGREC_CREATE_SINGLE_FDP || create->head.type == LOGREC_CREATE_MULTIPLE_FDP);
    logrec_page_head_encode(&create->head, &ret_disk->single.head);
    if (create->head.type == LOGREC_CREATE_SINGLE_FDP) {
        ret_disk->single.objid = le32_make(create->objid);
        ret_disk->single.pgno_parent = le32_make(create->pgno_parent);
        ret_disk->single.count_primary = le32_make(create->count_primary);
        ret_disk->single.page_flags = le32_make(create->page_flags);
        return sizeof ret_disk->single;
    }
    ret_disk->multiple.objid = le32_make(create->objid);
    ret_disk->multiple.pgno_owned = le32_make(create->pgno_owned);
    ret_disk->multiple.pgno_available = le32_make(create->pgno_available);
    ret_disk->multiple.pgno_parent = le32_make(create->pgno_parent);
    ret_disk->multiple.count_primary = le32_make(create->count_primary);
    ret_disk->multiple.page_flags = le32_make(create->page_flags);
    return sizeof ret_disk->multiple;
}

jet_err logrec_convert_fdp_decode(const void *bytes, size_t size, struct logrec_convert_fdp *ret_convert)
{
    const struct logrec_convert_fdp_disk *disk = bytes;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_CONVERT_FDP);

    if (err < JET_errSuccess)
        return err;
    *ret_convert = (struct logrec_convert_fdp){
        .head = logrec_page_head_get(&disk->head),
        .objid = le32_get(disk->objid),
        .pgno_owned = le32_get(disk->pgno_owned),
        .pgno_available = le32_get(disk->pgno_available),
        .pgno_parent = le32_get(disk->pgno_parent),
        .pgno_secondary = le32_get(disk->pgno_secondary),
        .count_primary = le32_get(disk->count_primary),
        .count_secondary = le32_get(disk->count_secondary),
        .mask_available = le32_get(disk->mask_available),
        .page_flags = le32_get(disk->page_flags),
    };
    return JET_errSuccess;
}

void logrec_convert_fdp_encode(const struct logrec_convert_fdp *convert, struct logrec_convert_fdp_disk *ret_disk)
{
    assert(convert->head.type == LOGREC_CONVERT_FDP);
    *ret_disk = (struct logrec_convert_fdp_disk){
        .objid = le32_make(convert->objid),
        .pgno_owned = le32_make(convert->pgno_owned),
        .pgno_available = le32_make(convert->pgno_available),
        .pgno_parent = le32_make(convert->pgno_parent),
        .pgno_secondary = le32_make(convert->pgno_secondary),
        .count_primary = le32_make(convert->count_primary),
        .count_secondary = le32_make(convert->count_secondary),
        .mask_available = le32_make(convert->mask_available),
        .page_flags = le32_make(convert->page_flags),
    };
    logrec_page_head_encode(&convert->head, &ret_disk->head);
}

/* ---- EmptyTree ---- */

jet_err logrec_empty_tree_decode(const void *bytes, size_t size, struct logrec_empty_tree *ret_empty)
{
    const struct logrec_empty_tree_disk *disk = bytes;
    const jet_err err = logrec_check_type(bytes, size, LOGREC_EMPTY_TREE);

    if (err < JET_errSuccess)
        return err;
    if (le16_get(disk->list_size) % sizeof(struct logrec_empty_page_disk) != 0)
        return CORRUPT(JET_errLogFileCorrupt);
    ret_empty->head = logrec_node_head_get(&disk->head);
    ret_empty->pages = (const void *)((const uint8_t *)bytes + sizeof *disk);
    ret_empty->count = le16_get(disk->list_size) / sizeof(struct logrec_empty_page_disk);
    return JET_errSuccess;
}

void logrec_empty_tree_encode(const struct logrec_empty_tree *empty, struct logrec_empty_tree_disk *ret_disk)
{
    assert(empty->head.page.type == LOGREC_EMPTY_TREE && empty->count <= LOGREC_EMPTY_TREE_MAX);
    logrec_node_head_encode(&empty->head, &ret_disk->head);
    ret_disk->list_size = logrec_length(empty->count * sizeof(struct logrec_empty_page_disk));
}
