/* SPDX-License-Identifier: MIT */
/* index_info.h - what there is to know about an index: JetGetTableIndexInfo and JetGetIndexInfo, but for the levels
 * that answer with a temporary table. */
#ifndef COLDSTREAM_JET_INDEX_INFO_H
#define COLDSTREAM_JET_INDEX_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "isam/table.h"
#include "jet/esent.h"
#include "os/os_collation.h"

/* What is in JET_INDEXID.rgbIndexId. */
struct index_id {
    uint32_t magic;        /* INDEX_ID_MAGIC */
    uint32_t table, index; /* object ids */
};
enum { INDEX_ID_MAGIC = 0x58444E49 };
_Static_assert(sizeof(struct index_id) <= sizeof((JET_INDEXID){0}.rgbIndexId), "it must fit");

/* An index, copied out of the schema. */
struct index_description {
    uint32_t count; /* of indexes that the session sees; the rest is about the one that was asked for */
    struct index_id id;
    uint32_t density;
    uint16_t key_most, segment_max;
    uint32_t space_owned, space_available;
    char locale[256];
    struct os_collation_version order; /* what its keys were made by; zeros without Unicode text */
    uint32_t sort_flags;
    char name[JET_cbNameMost + 1];
    JET_GRBIT grbit;
    struct index_description_column {
        char name[JET_cbNameMost + 1];
        bool is_descending, must_be_null;
    } segments[JET_ccolKeyMost], conditions[JET_ccolKeyMost];
    unsigned segment_count, condition_count;
    struct index_tuples tuples; /* length_max 0: none */
};

/* `name` NULL or "": the primary index. Of an open table, or of one that is named. `for_count`: only the count is
 * wanted, and there need not be such an index. JET_errIndexNotFound. */
MUST_CHECK jet_err index_describe(JET_SESID sesid, JET_TABLEID tableid, const char *name, bool for_count,
                                  struct index_description *ret_index);
MUST_CHECK jet_err index_describe_named(JET_SESID sesid, JET_DBID dbid, const char *table, const char *name,
                                        bool for_count, struct index_description *ret_index);

/* Levels without text. JET_errInvalidBufferSize; JET_errInvalidParameter: no such level. */
MUST_CHECK jet_err index_level(const struct index_description *index, uint32_t level, void *result, uint32_t size);

#endif
