/* SPDX-License-Identifier: MIT */
/* logrecord_type.c - how long a log record is, and the heads that most records share.
 *
 * Sizes are data: for each type the fixed size (in the list of the header), and where its lengths lie. Three records
 * need more than that: CreateDB grows by a flag, the length of ReplaceD has a flag on top, NOP is a single byte whose
 * meaning is the reader's affair.
 */
#include <string.h>

#include "format/logrecord_internal.h"

/* ---- the list ---- */

const struct logrec_info *logrec_info(unsigned type)
{
    static const struct logrec_info list[LOGREC_TYPES] = {
#define XX(symbol, number, text, size, kind)                                                                           \
    [symbol] = {.name = (text), .fixed_size = (size), .class = LOGREC_CLASS_##kind},
        LOGREC_MAP(XX)
#undef XX
    };

    return type < LOGREC_TYPES && list[type].name ? &list[type] : NULL;
}

const char *logrec_name(unsigned type)
{
    const struct logrec_info *info = logrec_info(type);

    return info ? info->name : "unknown";
}

bool logrec_is_ignored(unsigned type)
{
    return (type >= LOGREC_MACRO_INFO && type <= LOGREC_IGNORED9) ||
           (type >= LOGREC_IGNORED10 && type <= LOGREC_IGNORED19);
}

/* ---- sizes ---- */

enum { LENGTHS_MAX = 4 };

/* Where the fixed part says how long a payload is. */
struct length_field {
    uint8_t offset;
    uint8_t width; /* 0: no more fields */
};

static const struct length_field *length_fields(unsigned type)
{
    static const struct length_field fields[LOGREC_TYPES][LENGTHS_MAX] = {
        [LOGREC_CREATE_DB] = {{40, 2}  },
        [LOGREC_ATTACH_DB] = {{72, 2}  },
        [LOGREC_DETACH_DB] = {{4, 2}   },
        [LOGREC_FULL_BACKUP] = {{1, 2}   },
        [LOGREC_INC_BACKUP] = {{1, 2}   },
        [LOGREC_TRACE] = {{3, 2}   },
        [LOGREC_SPLIT_OLD] = {{96, 2},   {98, 2}, {100, 2}},
        [LOGREC_INSERT] = {{44, 2}, {46, 2}, {48, 2}},
        [LOGREC_FLAG_INSERT] = {{44, 2},   {46, 2}},
        [LOGREC_FLAG_INSERT_REPLACE] = {{44, 2},  {46, 2}},
        [LOGREC_REPLACE] = {{44, 2}  },
        [LOGREC_REPLACE_D] = {{44, 2}        },
        [LOGREC_UNDO_INFO] = {{44, 2}, {46, 2}, {54, 2}},
        [LOGREC_DELTA] = {{44, 2},   {46, 2}},
        [LOGREC_DELTA64] = {{44, 2},   {46, 2}},
        [LOGREC_SET_EXTERNAL_HEADER] = {{44, 2}  },
        [LOGREC_UNDO] = {{44, 2},  {46, 2}},
        [LOGREC_EXT_RESTORE] = {{1, 2}  },
        [LOGREC_BACKUP] = {{3, 2}        },
        [LOGREC_EMPTY_TREE] = {{44, 2}},
        [LOGREC_PREP_COMMIT] = {{3, 4}  },
        [LOGREC_EXT_RESTORE2] = {{1, 2}  },
        [LOGREC_BACKUP2] = {{33, 2}        },
        [LOGREC_FORCE_LOG_ROLLOVER] = {{3, 2}      },
        [LOGREC_SPLIT] = {{96, 2}, {98, 2}, {100, 2}, {106, 4}},
        [LOGREC_MERGE] = {{86, 2},          {92, 4}},
        [LOGREC_SCRUB] = {{52, 2}      },
        [LOGREC_PAGE_MOVE] = {{88, 4},       {92, 4}},
        [LOGREC_FRAGMENT_BEGIN] = {{5, 2}},
        [LOGREC_FRAGMENT] = {{1, 2}  },
    };

    return fields[type];
}

static uint32_t read_length(const uint8_t *bytes, struct length_field field)
{
    const le16 *narrow = (const void *)(bytes + field.offset);
    const le32 *wide = (const void *)(bytes + field.offset);

    return field.width == 2 ? le16_get(*narrow) : le32_get(*wide);
}

/* Sum of fixed part and payloads; the fixed part is there. */
static uint64_t add_up(const uint8_t *bytes, const struct logrec_info *info)
{
    const struct length_field *fields = length_fields(bytes[0]);
    uint64_t size = info->fixed_size;

    for (unsigned i = 0; i < LENGTHS_MAX && fields[i].width > 0; i++)
        size += read_length(bytes, fields[i]);
    if (bytes[0] == LOGREC_CREATE_DB) {
        const struct logrec_create_db_disk *create = (const void *)bytes;

        if (create->flags & LOGREC_CREATE_DB_VERSION)
            size += sizeof *create - offsetof(struct logrec_create_db_disk, scheme);
    }
    if (bytes[0] == LOGREC_REPLACE_D) {
        const struct logrec_replace_disk *replace = (const void *)bytes;

        size -= le16_get(replace->size) & LOGREC_REPLACE_WIDE;
    }
    return size;
}

jet_err logrec_size_expected(const void *bytes, size_t available, size_t *ret_size)
{
    const struct logrec_ignored_disk *ignored = bytes;
    const struct logrec_info *info;
    uint64_t size;

    if (available == 0)
        return JET_errBufferTooSmall;
    info = logrec_info(logrec_type_of(bytes));
    if (!info)
        return CORRUPT(JET_errLogFileCorrupt);
    if (logrec_is_ignored(logrec_type_of(bytes))) {
        if (available < sizeof *ignored)
            return JET_errBufferTooSmall;
        size = sizeof *ignored + (uint64_t)le32_get(ignored->length);
    } else {
        if (available < info->fixed_size)
            return JET_errBufferTooSmall;
        size = add_up(bytes, info);
    }
    if (size > LOGREC_SIZE_MAX)
        return CORRUPT(JET_errLogFileCorrupt);
    *ret_size = (size_t)size;
    return JET_errSuccess;
}

jet_err logrec_size(const void *bytes, size_t available, size_t *ret_size)
{
    size_t size = 0;
    const jet_err err = logrec_size_expected(bytes, available, &size);

    if (err < JET_errSuccess || size > available)
        return CORRUPT(JET_errLogFileCorrupt);
    *ret_size = size;
    return JET_errSuccess;
}

jet_err logrec_check(const void *bytes, size_t size)
{
    size_t found = 0;
    const jet_err err = logrec_size(bytes, size, &found);

    if (err < JET_errSuccess)
        return err;
    if (found != size || size < logrec_info(logrec_type_of(bytes))->fixed_size)
        return CORRUPT(JET_errLogFileCorrupt);
    return JET_errSuccess;
}

/* ---- heads ---- */

struct logrec_page_head logrec_page_head_get(const struct logrec_page_head_disk *disk)
{
    return (struct logrec_page_head){
        .type = disk->type,
        .procid = le16_get(disk->procid),
        .dbid = disk->dbid,
        .pgno = le32_get(disk->pgno),
        .dbtime = le64_get(disk->dbtime),
        .dbtime_before = le64_get(disk->dbtime_before),
        .trx_begin0 = le32_get(disk->trx_begin0),
        .level = disk->level,
        .iline = le16_get(disk->iline),
        .flags = disk->flags,
    };
}

struct logrec_node_head logrec_node_head_get(const struct logrec_node_head_disk *disk)
{
    return (struct logrec_node_head){
        .page = logrec_page_head_get(&disk->page),
        .rceid = le32_get(disk->rceid),
        .pgno_fdp = le32_get(disk->pgno_fdp),
        .objid = le32_get(disk->objid),
    };
}

jet_err logrec_page_head_decode(const void *bytes, size_t size, struct logrec_page_head *ret_head)
{
    const jet_err err = logrec_check(bytes, size);
    enum logrec_class class;

    if (err < JET_errSuccess)
        return err;
    class = logrec_info(logrec_type_of(bytes))->class;
    if (class != LOGREC_CLASS_PAGE && class != LOGREC_CLASS_NODE)
        return CORRUPT(JET_errLogFileCorrupt);
    *ret_head = logrec_page_head_get(bytes);
    return JET_errSuccess;
}

jet_err logrec_node_head_decode(const void *bytes, size_t size, struct logrec_node_head *ret_head)
{
    const jet_err err = logrec_check(bytes, size);

    if (err < JET_errSuccess)
        return err;
    if (logrec_info(logrec_type_of(bytes))->class != LOGREC_CLASS_NODE)
        return CORRUPT(JET_errLogFileCorrupt);
    *ret_head = logrec_node_head_get(bytes);
    return JET_errSuccess;
}

void logrec_page_head_encode(const struct logrec_page_head *head, struct logrec_page_head_disk *ret_disk)
{
    *ret_disk = (struct logrec_page_head_disk){
        .type = head->type,
        .procid = le16_make(head->procid),
        .dbid = head->dbid,
        .pgno = le32_make(head->pgno),
        .dbtime = le64_make(head->dbtime),
        .dbtime_before = le64_make(head->dbtime_before),
        .trx_begin0 = le32_make(head->trx_begin0),
        .level = head->level,
        .iline = le16_make(head->iline),
        .flags = head->flags,
    };
}

void logrec_node_head_encode(const struct logrec_node_head *head, struct logrec_node_head_disk *ret_disk)
{
    logrec_page_head_encode(&head->page, &ret_disk->page);
    ret_disk->rceid = le32_make(head->rceid);
    ret_disk->pgno_fdp = le32_make(head->pgno_fdp);
    ret_disk->objid = le32_make(head->objid);
}
