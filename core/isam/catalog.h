/* SPDX-License-Identifier: MIT */
/* catalog.h - the catalogue: which tables, columns, indexes and long-value trees a database has.
 *
 * It is a table itself, MSysObjects, at a fixed place, with a copy, MSysObjectsShadow. Its records come in the order of
 * (table, kind, id): each table record is followed by its columns, its indexes, and its long-value tree.
 */
#ifndef COLDSTREAM_ISAM_CATALOG_H
#define COLDSTREAM_ISAM_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "isam/record_edit.h"
#include "storage/database_file.h"

struct catalog_scan;

enum catalog_copy {
    CATALOG_PRIMARY,
    CATALOG_SHADOW,
};

enum catalog_kind {
    CATALOG_TABLE = 1,
    CATALOG_COLUMN = 2,
    CATALOG_INDEX = 3,
    CATALOG_LONG_VALUES = 4,
    CATALOG_CALLBACK = 5,
};

/* Bytes in a record, borrowed until the next one; NULL: the column is absent or null. */
struct catalog_bytes {
    const uint8_t *bytes;
    size_t size;
};

struct catalog_record {
    objid_t table; /* that it belongs to */
    enum catalog_kind kind;
    uint32_t id; /* of the column; or objid of table, index, long-value tree */
    union {
        pgno_t fdp;           /* root page */
        uint32_t column_type; /* columns: 1 to 18; 0: deleted column */
    };
    uint32_t space_usage; /* columns: maximum size in bytes, 0 = no limit; else density in percent */
    uint32_t flags;
    uint32_t pages_or_locale;         /* table: initial pages; column: code page; index: LCID of old files */
    struct catalog_bytes name;        /* code page 1252 */
    struct catalog_bytes key_columns; /* index: catalog_key_segment() */
    struct catalog_bytes locale_name; /* index: UTF-16 */

    /* Behind the name, what only some records have; 0 and NULL where it is absent or null. */
    bool has_record_offset;
    uint16_t record_offset; /* fixed column: place in the record */
    uint32_t sort_flags;    /* index: LCMapFlags */
    uint16_t key_most;      /* index: longest key; 0: 255 */
    uint32_t chunk_size;    /* table: bytes of a chunk of its long values; 0: the default of the page size */
    struct catalog_bytes default_value;  /* column */
    struct catalog_bytes callback;       /* column: what makes its default */
    struct catalog_bytes callback_data;  /* column: what that is given; decoded only if it is in the record */
    struct catalog_bytes segment_limits; /* index: VarSegMac */
    struct catalog_bytes conditions;     /* index: ConditionalColumns */
    struct catalog_bytes tuple_limits;   /* index */
    struct catalog_bytes statistics;     /* table and index: CATALOG_STATISTICS_SIZE bytes; decoded only */
    struct catalog_bytes sort_version;   /* index over Unicode text: TEXT_ORDER_VERSION_SIZE bytes */
    struct catalog_bytes sort_id;        /* likewise: TEXT_ORDER_ID_SIZE bytes */
};

/* One column of an index's key. */
struct catalog_key_segment {
    unsigned column;
    bool is_descending;
};

enum {
    CATALOG_KEY_SEGMENTS_MAX = 16,
    CATALOG_KEY_COLUMNS_SIZE = 4 * CATALOG_KEY_SEGMENTS_MAX, /* of conditions, too */
    CATALOG_STATISTICS_SIZE = 20,
};

/* A column that decides whether a record is in an index. */
struct catalog_condition {
    unsigned column;
    bool must_be_null; /* else it must not */
};

/* The file must outlive the scan. Errors of btree_scan_open(); reported. */
MUST_CHECK jet_err catalog_scan_open(struct database_file *file, enum catalog_copy copy,
                                     const struct finding_listener *listener, struct catalog_scan **ret_scan);

/* Takes NULL. */
void catalog_scan_close(struct catalog_scan *scan);

/* The next record; kind 0 behind the last. Errors of btree_scan_next(), and JET_errCatalogCorrupted for a record that
 * does not decode; reported. Guarantees: kind is one of the above; every record has a name; key_columns and
 * conditions hold at most CATALOG_KEY_SEGMENTS_MAX whole segments each. */
MUST_CHECK jet_err catalog_scan_next(struct catalog_scan *scan, struct catalog_record *ret_record);

/* Reports that the record that was got last does not fit those before: JET_errCatalogCorrupted, which it returns. */
jet_err catalog_scan_report(const struct catalog_scan *scan, const char *text);

/* ---- one record, of whatever tree ---- */

enum {
    CATALOG_KEY_SIZE = 13, /* of a record: table, kind, id */
    CATALOG_KEY_TABLE_SIZE = 5,
    CATALOG_KEY_KIND_SIZE = 8,
};

/* The data of a node of the catalogue. Borrowed. JET_errDatabaseCorrupted, JET_errCatalogCorrupted; not reported. */
MUST_CHECK jet_err catalog_record_decode(const uint8_t *bytes, size_t size, size_t page_size,
                                         struct catalog_record *ret_record);

/* Puts what a record says into an empty one, with the columns that the engine would store for that kind. `locale_name`
 * is stored as it is. JET_errRecordTooBig. */
MUST_CHECK jet_err catalog_record_encode(const struct catalog_record *record, struct record_edit *edit);

/* Changes of a record that exists. */
MUST_CHECK jet_err catalog_record_set_name(struct record_edit *edit, const char *name);
MUST_CHECK jet_err catalog_record_set_sort_version(struct record_edit *edit, const struct catalog_bytes *version,
                                                   const struct catalog_bytes *id);
MUST_CHECK jet_err catalog_record_set_statistics(struct record_edit *edit, const void *bytes, size_t size);
MUST_CHECK jet_err catalog_record_set_type(struct record_edit *edit, uint32_t column_type);
MUST_CHECK jet_err catalog_record_set_space_usage(struct record_edit *edit, uint32_t space_usage);
MUST_CHECK jet_err catalog_record_set_flags(struct record_edit *edit, uint32_t flags);
MUST_CHECK jet_err catalog_record_set_default(struct record_edit *edit, const void *bytes, size_t size);

/* Its key. The first CATALOG_KEY_TABLE_SIZE bytes are the same for all records of a table, the first
 * CATALOG_KEY_KIND_SIZE for all of one kind. */
void catalog_key_make(objid_t table, enum catalog_kind kind, uint32_t id, uint8_t ret_key[CATALOG_KEY_SIZE]);

/* The table that a key belongs to. JET_errCatalogCorrupted. */
MUST_CHECK jet_err catalog_key_table(const uint8_t *key, size_t size, objid_t *ret_table);

/* Number of segments in key_columns, and the i-th. */
size_t catalog_key_segment_count(const struct catalog_record *record);
struct catalog_key_segment catalog_key_segment(const struct catalog_record *record, size_t i);

/* Likewise of conditions, of which there are CATALOG_KEY_SEGMENTS_MAX at most. */
size_t catalog_condition_count(const struct catalog_record *record);
struct catalog_condition catalog_condition(const struct catalog_record *record, size_t i);
size_t catalog_conditions_make(const struct catalog_condition *conditions, size_t count,
                               uint8_t ret_bytes[CATALOG_KEY_COLUMNS_SIZE]);

/* The bytes of key_columns for some segments; returns their size. */
size_t catalog_key_columns_make(const struct catalog_key_segment *segments, size_t count,
                                uint8_t ret_bytes[CATALOG_KEY_COLUMNS_SIZE]);

#endif
