/* SPDX-License-Identifier: MIT */
/* logrecord_node.h - log records that change one node, and the versions behind them.
 *
 * All begin with the node head. FlagDelete (sets the delete flag) and Delete (removes the node, by clean-up) are
 * nothing else: logrec_node_head_decode(). The bookmark of a node is its key, in non-unique trees with its data.
 *
 * See logrecord.h for what decoders guarantee.
 */
#ifndef COLDSTREAM_FORMAT_LOGRECORD_NODE_H
#define COLDSTREAM_FORMAT_LOGRECORD_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byteorder.h"
#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "format/logrecord_type.h"

/* ---- Insert ---- */

struct logrec_insert_disk {
    struct logrec_node_head_disk head; /* +0 */
    le16 suffix_size;                  /* +44 */
    le16 prefix_size;                  /* +46 */
    le16 data_size;                    /* +48 */
};
_Static_assert(sizeof(struct logrec_insert_disk) == 50, "file format");

struct logrec_insert {
    struct logrec_node_head head;
    struct logrec_span
        prefix; /* the part of the key that the page's tag 0 has; empty: the node is stored with all of it */
    struct logrec_span suffix; /* the rest: key = prefix + suffix */
    struct logrec_span data;
};

MUST_CHECK jet_err logrec_insert_decode(const void *bytes, size_t size, struct logrec_insert *ret_insert);
void logrec_insert_encode(const struct logrec_insert *insert, struct logrec_insert_disk *ret_disk);

/* ---- FlagInsert: a flag-deleted node with this key and data lives again ---- */

struct logrec_flag_insert_disk {
    struct logrec_node_head_disk head; /* +0 */
    le16 key_size;                     /* +44 */
    le16 data_size;                    /* +46 */
};
_Static_assert(sizeof(struct logrec_flag_insert_disk) == 48, "file format");

struct logrec_flag_insert {
    struct logrec_node_head head;
    struct logrec_span key;
    struct logrec_span data;
};

MUST_CHECK jet_err logrec_flag_insert_decode(const void *bytes, size_t size, struct logrec_flag_insert *ret_insert);
void logrec_flag_insert_encode(const struct logrec_flag_insert *insert, struct logrec_flag_insert_disk *ret_disk);

/* ---- FlagInsertAndReplaceData: a flag-deleted node with this key lives again, with this data ---- */

struct logrec_flag_insert_replace_disk {
    struct logrec_node_head_disk head; /* +0   rceid: of the version for the insert */
    le16 key_size;                     /* +44 */
    le16 data_size;                    /* +46 */
    le32 rceid_replace;                /* +48  of the version for the replace */
};
_Static_assert(sizeof(struct logrec_flag_insert_replace_disk) == 52, "file format");

struct logrec_flag_insert_replace {
    struct logrec_node_head head;
    uint32_t rceid_replace;
    struct logrec_span key;
    struct logrec_span data;
};

MUST_CHECK jet_err logrec_flag_insert_replace_decode(const void *bytes, size_t size,
                                                     struct logrec_flag_insert_replace *ret_insert);
void logrec_flag_insert_replace_encode(const struct logrec_flag_insert_replace *insert,
                                       struct logrec_flag_insert_replace_disk *ret_disk);

/* ---- Replace, ReplaceD; the old data is in UndoInfo, if anywhere ---- */

struct logrec_replace_disk {
    struct logrec_node_head_disk head; /* +0 */
    le16 size;                         /* +44  of what follows; bit 15: it is a difference in the wide form */
    le16 old_size;                     /* +46 */
    le16 new_size;                     /* +48 */
};
_Static_assert(sizeof(struct logrec_replace_disk) == 50, "file format");

enum { LOGREC_REPLACE_WIDE = 1 << 15 };

struct logrec_replace {
    struct logrec_node_head head; /* type: LOGREC_REPLACE, LOGREC_REPLACE_D */
    uint16_t old_size;            /* of the data of the node, before */
    uint16_t new_size;            /* and after */
    bool is_wide;                 /* ReplaceD: form of the difference; else false */
    struct logrec_span data;      /* Replace: the new data; ReplaceD: the difference, see logdiff.h */
};

/* Guarantees also: the data of a Replace has `new_size` bytes. */
MUST_CHECK jet_err logrec_replace_decode(const void *bytes, size_t size, struct logrec_replace *ret_replace);
void logrec_replace_encode(const struct logrec_replace *replace, struct logrec_replace_disk *ret_disk);

/* ---- versions: UndoInfo, Undo ---- */

enum logrec_oper {
    LOGREC_OPER_INSERT = 1,
    LOGREC_OPER_REPLACE = 2,
    LOGREC_OPER_FLAG_DELETE = 3,
    LOGREC_OPER_DELTA = 4,
    LOGREC_OPER_DELTA64 = 9,
};

struct logrec_undo_info_disk {
    struct logrec_node_head_disk head; /* +0   dbtime and dbtime_before nil, iline 0 */
    le16 key_size;                     /* +44 */
    le16 bookmark_size;                /* +46 */
    le16 oper;                         /* +48  enum logrec_oper */
    le16 size_max;                     /* +50  i16 */
    le16 size_delta;                   /* +52  i16 */
    le16 data_size;                    /* +54 */
};
_Static_assert(sizeof(struct logrec_undo_info_disk) == 56, "file format");

struct logrec_undo_info {
    struct logrec_node_head head;
    uint16_t oper;      /* enum logrec_oper: replace or flag-delete */
    int16_t size_max;   /* replace: the largest size that the data had in the transaction */
    int16_t size_delta; /* replace: bytes by which the data grew */
    struct logrec_span key;
    struct logrec_span bookmark; /* data of the bookmark; empty in unique trees */
    struct logrec_span data;     /* replace: the data before; else empty */
};

MUST_CHECK jet_err logrec_undo_info_decode(const void *bytes, size_t size, struct logrec_undo_info *ret_info);
void logrec_undo_info_encode(const struct logrec_undo_info *info, struct logrec_undo_info_disk *ret_disk);

struct logrec_undo_disk {
    struct logrec_node_head_disk head; /* +0 */
    le16 key_size;                     /* +44 */
    le16 bookmark_size;                /* +46 */
    le16 oper;                         /* +48  enum logrec_oper */
    uint8_t level;                     /* +50 */
};
_Static_assert(sizeof(struct logrec_undo_disk) == 51, "file format");

struct logrec_undo {
    struct logrec_node_head head;
    uint16_t oper; /* enum logrec_oper */
    uint8_t level; /* of the version that is reversed */
    struct logrec_span key;
    struct logrec_span bookmark; /* data of the bookmark; empty in unique trees */
};

MUST_CHECK jet_err logrec_undo_decode(const void *bytes, size_t size, struct logrec_undo *ret_undo);
void logrec_undo_encode(const struct logrec_undo *undo, struct logrec_undo_disk *ret_disk);

/* ---- Delta, Delta64: adds to a number in the data ---- */

struct logrec_delta_disk {
    struct logrec_node_head_disk head; /* +0 */
    le16 key_size;                     /* +44 */
    le16 bookmark_size;                /* +46 */
    le32 delta;                        /* +48  i32 */
    le16 offset;                       /* +52  of the number */
};
_Static_assert(sizeof(struct logrec_delta_disk) == 54, "file format");

struct logrec_delta64_disk {
    struct logrec_node_head_disk head; /* +0 */
    le16 key_size;                     /* +44 */
    le16 bookmark_size;                /* +46 */
    le64 delta;                        /* +48  i64 */
    le16 offset;                       /* +56  of the number */
};
_Static_assert(sizeof(struct logrec_delta64_disk) == 58, "file format");

union logrec_delta_any_disk {
    struct logrec_delta_disk delta;
    struct logrec_delta64_disk delta64;
};

struct logrec_delta {
    struct logrec_node_head head; /* type: LOGREC_DELTA, LOGREC_DELTA64: the number has 4 or 8 bytes */
    int64_t delta;                /* in Delta it fits 32 bits */
    uint16_t offset;
    struct logrec_span key;
    struct logrec_span bookmark; /* data of the bookmark; empty in unique trees */
};

MUST_CHECK jet_err logrec_delta_decode(const void *bytes, size_t size, struct logrec_delta *ret_delta);

/* Returns the bytes of the fixed part: 54 or 58. */
size_t logrec_delta_encode(const struct logrec_delta *delta, union logrec_delta_any_disk *ret_disk);

/* ---- SetExternalHeader: all of tag 0 ---- */

struct logrec_external_header_disk {
    struct logrec_node_head_disk head; /* +0 */
    le16 data_size;                    /* +44 */
};
_Static_assert(sizeof(struct logrec_external_header_disk) == 46, "file format");

struct logrec_external_header {
    struct logrec_node_head head;
    struct logrec_span data;
};

MUST_CHECK jet_err logrec_external_header_decode(const void *bytes, size_t size,
                                                 struct logrec_external_header *ret_header);
void logrec_external_header_encode(const struct logrec_external_header *header,
                                   struct logrec_external_header_disk *ret_disk);

/* ---- Scrub: overwrites what was deleted ---- */

struct logrec_scrub_disk {
    struct logrec_node_head_disk head; /* +0 */
    le32 flags;                        /* +44  LOGREC_SCRUB_UNUSED */
    le32 count;                        /* +48  nodes that have a byte */
    le16 data_size;                    /* +52 */
};
_Static_assert(sizeof(struct logrec_scrub_disk) == 54, "file format");

enum { LOGREC_SCRUB_UNUSED = 1 << 0 }; /* the page is not in use */

struct logrec_scrub {
    struct logrec_node_head head;
    uint32_t flags;
    uint32_t count;
    struct logrec_span data; /* a byte for each node (0 nothing, 1 data, 2 long value), then a filler */
};

/* Guarantees also: `count` is not above the bytes of `data`. */
MUST_CHECK jet_err logrec_scrub_decode(const void *bytes, size_t size, struct logrec_scrub *ret_scrub);

#endif
