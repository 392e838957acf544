/* SPDX-License-Identifier: MIT */
/* catalog.h - the catalogue: which tables, columns, indexes and long-value trees a database has.
 *
 * It is a table itself, MSysObjects, at a fixed place, with a copy, MSysObjectsShadow. Its records come in the order of
 * (table, kind, id): each table record is followed by its columns, its indexes, and its long-value tree.
 */
#ifndef COLDSTREAM_ISAM_CATALOG_H
#define COLDSTREAM_ISAM_CATALOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
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
};

/* One column of an index's key. */
struct catalog_key_segment {
    unsigned column;
    bool is_descending;
};

enum { CATALOG_KEY_SEGMENTS_MAX = 16 };

/* The file must outlive the scan. Errors of btree_scan_open(); reported. */
MUST_CHECK jet_err catalog_scan_open(struct database_file *file, enum catalog_copy copy,
                                     const struct finding_listener *listener, struct catalog_scan **ret_scan);

/* Takes NULL. */
void catalog_scan_close(struct catalog_scan *scan);

/* The next record; kind 0 behind the last. Errors of btree_scan_next(), and JET_errCatalogCorrupted for a record that
 * does not decode; reported. Guarantees: kind is one of the above; every record has a name; key_columns holds at most
 * CATALOG_KEY_SEGMENTS_MAX whole segments. */
MUST_CHECK jet_err catalog_scan_next(struct catalog_scan *scan, struct catalog_record *ret_record);

/* Reports that the record that was got last does not fit those before: JET_errCatalogCorrupted, which it returns. */
jet_err catalog_scan_report(const struct catalog_scan *scan, const char *text);

/* Number of segments in key_columns, and the i-th. */
size_t catalog_key_segment_count(const struct catalog_record *record);
struct catalog_key_segment catalog_key_segment(const struct catalog_record *record, size_t i);

#endif
