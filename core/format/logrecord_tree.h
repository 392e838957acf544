/* SPDX-License-Identifier: MIT */
/* logrecord_tree.h - log records that change the shape of trees: splits, merges, moves, new and emptied trees.
 *
 * Splits and merges come in macros, from the root down, one record for each level that changes. Where a record names a
 * page and the page's database time before, the page number 0 means that there is no such page.
 *
 * See logrecord.h for what decoders guarantee.
 */
#ifndef COLDSTREAM_FORMAT_LOGRECORD_TREE_H
#define COLDSTREAM_FORMAT_LOGRECORD_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byteorder.h"
#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "format/logrecord_type.h"

/* ---- Split2 ---- */

struct logrec_split_disk {
    struct logrec_page_head_disk head; /* +0   the page that is split */
    le32 pgno_new;                     /* +32  0: only a separator is inserted at this level */
    le32 pgno_right;                   /* +36  right sibling as it was */
    le64 right_before;                 /* +40 */
    le32 pgno_parent;                  /* +48  0: a root */
    le64 parent_before;                /* +52 */
    le32 pgno_fdp;                     /* +60 */
    le32 objid;                        /* +64 */
    uint8_t split;                     /* +68  enum logrec_split_type */
    uint8_t oper;                      /* +69  enum logrec_split_oper */
    le16 iline_oper;                   /* +70  place of the pending operation, counted over both pages */
    le16 iline_split;                  /* +72  first node that moves */
    le16 count_lines;                  /* +74  nodes, the one that is inserted among them */
    le32 new_flags;                    /* +76  enum page_flag, of the new page */
    le32 split_flags;                  /* +80  enum page_flag, of the split page afterwards */
    le16 uncommitted;                  /* +84  i16: uncommitted free bytes of the split page afterwards */
    le16 new_uncommitted;              /* +86  i16: of the new page */
    le32 iline_prefix;                 /* +88  i32: node whose key gives the split page's new prefix, -1 none */
    le32 new_iline_prefix;             /* +92  i32: likewise for the new page */
    le16 old_prefix_size;              /* +96 */
    le16 new_prefix_size;              /* +98 */
    le16 separator_size;               /* +100 */
    le32 flags;                        /* +102 enum logrec_image_flag */
    le32 image_size;                   /* +106 */
};
_Static_assert(sizeof(struct logrec_split_disk) == 110, "file format");
_Static_assert(offsetof(struct logrec_split_disk, parent_before) == 52, "file format");
_Static_assert(offsetof(struct logrec_split_disk, split) == 68, "file format");
_Static_assert(offsetof(struct logrec_split_disk, uncommitted) == 84, "file format");
_Static_assert(offsetof(struct logrec_split_disk, flags) == 102, "file format");

enum logrec_split_type {
    LOGREC_SPLIT_VERTICAL = 0, /* with a new page: all nodes of the root move to it */
    LOGREC_SPLIT_RIGHT = 1,
    LOGREC_SPLIT_APPEND = 2,
};

/* What happens at the leaf once there is room. */
enum logrec_split_oper {
    LOGREC_SPLIT_NONE = 0,
    LOGREC_SPLIT_INSERT = 1,
    LOGREC_SPLIT_REPLACE = 2,
    LOGREC_SPLIT_FLAG_INSERT_REPLACE = 3,
};

/* How a before image is packed; page_image.h unpacks it. */
enum logrec_image_flag {
    LOGREC_IMAGE_DEHYDRATED = 1 << 0,
    LOGREC_IMAGE_COMPRESSED = 1 << 1,
};

struct logrec_split {
    struct logrec_page_head head;
    pgno_t pgno_new;
    pgno_t pgno_right;
    dbtime_t right_before;
    pgno_t pgno_parent;
    dbtime_t parent_before;
    pgno_t pgno_fdp;
    objid_t objid;
    uint8_t split; /* enum logrec_split_type */
    uint8_t oper;  /* enum logrec_split_oper */
    uint16_t iline_oper;
    uint16_t iline_split;
    uint16_t count_lines;
    uint32_t new_flags;   /* enum page_flag, of the new page */
    uint32_t split_flags; /* enum page_flag, of the split page afterwards */
    int16_t uncommitted;
    int16_t new_uncommitted;
    int32_t iline_prefix;          /* -1: none */
    int32_t new_iline_prefix;      /* -1: none */
    uint32_t flags;                /* enum logrec_image_flag */
    struct logrec_span separator;  /* key for the parent */
    struct logrec_span old_prefix; /* of the split page */
    struct logrec_span new_prefix; /* of the split page */
    struct logrec_span image;      /* of the split page before nodes moved, with its new database time */
};

MUST_CHECK jet_err logrec_split_decode(const void *bytes, size_t size, struct logrec_split *ret_split);
void logrec_split_encode(const struct logrec_split *split, struct logrec_split_disk *ret_disk);

/* ---- Merge2 ---- */

struct logrec_merge_disk {
    struct logrec_page_head_disk head; /* +0   the page that is emptied or merged */
    le32 pgno_right;                   /* +32 */
    le64 right_before;                 /* +36 */
    le32 pgno_left;                    /* +44 */
    le64 left_before;                  /* +48 */
    le32 pgno_parent;                  /* +56 */
    le64 parent_before;                /* +60 */
    le32 pgno_fdp;                     /* +68 */
    le32 objid;                        /* +72 */
    le16 size_total;                   /* +76  of the nodes that move */
    le16 size_reserved;                /* +78  of those: kept for rollbacks */
    le16 uncommitted;                  /* +80  uncommitted free bytes of the destination */
    le16 iline_merge;                  /* +82  first node that moves */
    uint8_t actions;                   /* +84  enum logrec_merge_action */
    uint8_t merge;                     /* +85  enum logrec_merge_type */
    le16 separator_size;               /* +86 */
    le32 flags;                        /* +88  enum logrec_image_flag */
    le32 image_size;                   /* +92 */
};
_Static_assert(sizeof(struct logrec_merge_disk) == 96, "file format");
_Static_assert(offsetof(struct logrec_merge_disk, parent_before) == 60, "file format");
_Static_assert(offsetof(struct logrec_merge_disk, size_total) == 76, "file format");
_Static_assert(offsetof(struct logrec_merge_disk, separator_size) == 86, "file format");

enum logrec_merge_action {
    LOGREC_MERGE_KEY_CHANGED = 1 << 0,  /* the separator gets another key */
    LOGREC_MERGE_NODE_DELETED = 1 << 1, /* the separator goes */
    LOGREC_MERGE_PAGE_EMPTIED = 1 << 2, /* the page is emptied and freed */
};

enum logrec_merge_type {
    LOGREC_MERGE_NONE = 0,
    LOGREC_MERGE_EMPTY_PAGE = 1,
    LOGREC_MERGE_FULL_RIGHT = 2,
    LOGREC_MERGE_PARTIAL_RIGHT = 3,
    LOGREC_MERGE_EMPTY_TREE = 4,
    LOGREC_MERGE_FULL_LEFT = 5,
    LOGREC_MERGE_PARTIAL_LEFT = 6,
    LOGREC_MERGE_PAGE_MOVE = 7,
};

struct logrec_merge {
    struct logrec_page_head head;
    pgno_t pgno_right;
    dbtime_t right_before;
    pgno_t pgno_left;
    dbtime_t left_before;
    pgno_t pgno_parent;
    dbtime_t parent_before;
    pgno_t pgno_fdp;
    objid_t objid;
    uint16_t size_total;
    uint16_t size_reserved;
    uint16_t uncommitted;
    uint16_t iline_merge;
    uint8_t actions; /* enum logrec_merge_action */
    uint8_t merge;   /* enum logrec_merge_type */
    uint32_t flags;  /* enum logrec_image_flag */
    struct logrec_span separator;
    struct logrec_span image; /* of the merged page before nodes moved, with its new database time */
};

MUST_CHECK jet_err logrec_merge_decode(const void *bytes, size_t size, struct logrec_merge *ret_merge);
void logrec_merge_encode(const struct logrec_merge *merge, struct logrec_merge_disk *ret_disk);

/* ---- PageMove: a page gets another number ---- */

struct logrec_page_move_disk {
    struct logrec_page_head_disk head; /* +0   the page that moves */
    le32 pgno_to;                      /* +32 */
    le32 pgno_left;                    /* +36 */
    le32 pgno_right;                   /* +40 */
    le32 pgno_parent;                  /* +44 */
    le64 left_before;                  /* +48 */
    le64 right_before;                 /* +56 */
    le64 parent_before;                /* +64 */
    le32 pgno_fdp;                     /* +72 */
    le32 objid;                        /* +76 */
    le32 iline_parent;                 /* +80  i32 */
    le32 flags;                        /* +84  enum logrec_page_move_flag */
    le32 front_size;                   /* +88  header and data */
    le32 back_size;                    /* +92  tags */
};
_Static_assert(sizeof(struct logrec_page_move_disk) == 96, "file format");
_Static_assert(offsetof(struct logrec_page_move_disk, pgno_fdp) == 72, "file format");

enum logrec_page_move_flag {
    LOGREC_PAGE_MOVE_ROOT = 1 << 0,
    LOGREC_PAGE_MOVE_OWNED_ROOT = 1 << 1,     /* root of OE */
    LOGREC_PAGE_MOVE_AVAILABLE_ROOT = 1 << 2, /* root of AE */
};

struct logrec_page_move {
    struct logrec_page_head head;
    pgno_t pgno_to;
    pgno_t pgno_left, pgno_right, pgno_parent;
    dbtime_t left_before, right_before, parent_before;
    pgno_t pgno_fdp;
    objid_t objid;
    int32_t iline_parent;
    uint32_t flags;           /* enum logrec_page_move_flag */
    struct logrec_span front; /* the reorganised page without its free middle: up to there, */
    struct logrec_span back;  /* and from there on */
};

MUST_CHECK jet_err logrec_page_move_decode(const void *bytes, size_t size, struct logrec_page_move *ret_move);

/* Front and back come behind it. */
void logrec_page_move_encode(const struct logrec_page_move *move, struct logrec_page_move_disk *ret_disk);

/* ---- RootPageMove: mark within a macro ---- */

struct logrec_root_page_move_disk {
    uint8_t type; /* +0 */
    le64 dbtime;  /* +1  afterwards */
    uint8_t dbid; /* +9 */
    le32 objid;   /* +10 */
    le16 procid;  /* +14 */
};
_Static_assert(sizeof(struct logrec_root_page_move_disk) == 16, "file format");

struct logrec_root_page_move {
    uint16_t procid;
    uint8_t dbid;
    objid_t objid;
    dbtime_t dbtime;
};

MUST_CHECK jet_err logrec_root_page_move_decode(const void *bytes, size_t size, struct logrec_root_page_move *ret_move);

/* ---- new trees: CreateSingleExtentFDP, CreateMultipleExtentFDP ---- */

struct logrec_create_single_fdp_disk {
    struct logrec_page_head_disk head; /* +0   the root; dbtime_before nil */
    le32 objid;                        /* +32 */
    le32 pgno_parent;                  /* +36  FDP of the tree that the space comes from */
    le32 count_primary;                /* +40  pages */
    le32 page_flags;                   /* +44  enum page_flag */
};
_Static_assert(sizeof(struct logrec_create_single_fdp_disk) == 48, "file format");

struct logrec_create_multiple_fdp_disk {
    struct logrec_page_head_disk head; /* +0 */
    le32 objid;                        /* +32 */
    le32 pgno_owned;                   /* +36  root of OE */
    le32 pgno_available;               /* +40  root of AE */
    le32 pgno_parent;                  /* +44 */
    le32 count_primary;                /* +48  pages */
    le32 page_flags;                   /* +52  enum page_flag */
};
_Static_assert(sizeof(struct logrec_create_multiple_fdp_disk) == 56, "file format");

union logrec_create_fdp_disk {
    struct logrec_create_single_fdp_disk single;
    struct logrec_create_multiple_fdp_disk multiple;
};

struct logrec_create_fdp {
    struct logrec_page_head head; /* type: LOGREC_CREATE_SINGLE_FDP, LOGREC_CREATE_MULTIPLE_FDP */
    objid_t objid;
    pgno_t pgno_owned;     /* multiple; else 0 */
    pgno_t pgno_available; /* multiple; else 0 */
    pgno_t pgno_parent;
    uint32_t count_primary;
    uint32_t page_flags; /* enum page_flag */
};

MUST_CHECK jet_err logrec_create_fdp_decode(const void *bytes, size_t size, struct logrec_create_fdp *ret_create);

/* Returns the bytes of the record: 48 or 56. */
size_t logrec_create_fdp_encode(const struct logrec_create_fdp *create, union logrec_create_fdp_disk *ret_disk);

/* ---- ConvertFDP2: a tree of one extent gets trees of extents ---- */

struct logrec_convert_fdp_disk {
    struct logrec_page_head_disk head; /* +0   the root */
    le32 objid;                        /* +32 */
    le32 pgno_owned;                   /* +36  root of OE */
    le32 pgno_available;               /* +40  root of AE */
    le32 pgno_parent;                  /* +44 */
    le32 pgno_secondary;               /* +48  first page of the secondary extent */
    le32 count_primary;                /* +52  pages */
    le32 count_secondary;              /* +56  pages */
    le32 mask_available;               /* +60  of the space header as it was */
    le32 page_flags;                   /* +64  enum page_flag */
};
_Static_assert(sizeof(struct logrec_convert_fdp_disk) == 68, "file format");

struct logrec_convert_fdp {
    struct logrec_page_head head;
    objid_t objid;
    pgno_t pgno_owned;
    pgno_t pgno_available;
    pgno_t pgno_parent;
    pgno_t pgno_secondary;
    uint32_t count_primary;
    uint32_t count_secondary;
    uint32_t mask_available; /* bit i: page FDP + 1 + i */
    uint32_t page_flags;     /* enum page_flag */
};

MUST_CHECK jet_err logrec_convert_fdp_decode(const void *bytes, size_t size, struct logrec_convert_fdp *ret_convert);
void logrec_convert_fdp_encode(const struct logrec_convert_fdp *convert, struct logrec_convert_fdp_disk *ret_disk);

/* ---- EmptyTree: all pages of a tree at once ---- */

struct logrec_empty_page_disk {
    le64 dbtime_before; /* +0 */
    le32 pgno;          /* +8 */
    le32 page_flags;    /* +12  enum page_flag */
};
_Static_assert(sizeof(struct logrec_empty_page_disk) == 16, "file format");

struct logrec_empty_tree_disk {
    struct logrec_node_head_disk head; /* +0   the root */
    le16 list_size;                    /* +44  bytes of the list */
};
_Static_assert(sizeof(struct logrec_empty_tree_disk) == 46, "file format");

struct logrec_empty_tree {
    struct logrec_node_head head;
    const struct logrec_empty_page_disk *pages; /* borrowed; each becomes empty with the record's database time */
    size_t count;                               /* LOGREC_EMPTY_TREE_MAX at most */
};

enum { LOGREC_EMPTY_TREE_MAX = 65535 / 16 };

/* Guarantees also: `pages` has `count` whole entries. */
MUST_CHECK jet_err logrec_empty_tree_decode(const void *bytes, size_t size, struct logrec_empty_tree *ret_empty);
void logrec_empty_tree_encode(const struct logrec_empty_tree *empty, struct logrec_empty_tree_disk *ret_disk);

#endif
