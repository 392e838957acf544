/* SPDX-License-Identifier: MIT */
/* catalog.c - reads MSysObjects.
 *
 * The catalogue describes its own columns, but one must know them to read it; so they are listed here, with the
 * places that all engines give them. Columns that are absent in a record are null: the catalogue's columns have no
 * defaults.
 */
#include "isam/catalog.h"

#include <stdlib.h>

#include "base/byteorder.h"
#include "base/corrupt.h"
#include "btree/btree.h"
#include "isam/record.h"

/* Fixed columns: id, and offset in the record. Types: Long, but TYPE is a Short. */
enum {
    COLUMN_OBJID_TABLE = 1,
    COLUMN_TYPE = 2,
    COLUMN_ID = 3,
    COLUMN_COLTYP_OR_FDP = 4,
    COLUMN_SPACE_USAGE = 5,
    COLUMN_FLAGS = 6,
    COLUMN_PAGES_OR_LOCALE = 7,
    OFFSET_OBJID_TABLE = 4,
    OFFSET_TYPE = 8,
    OFFSET_ID = 10,
    OFFSET_COLTYP_OR_FDP = 14,
    OFFSET_SPACE_USAGE = 18,
    OFFSET_FLAGS = 22,
    OFFSET_PAGES_OR_LOCALE = 26,
    COLUMN_NAME = 128,
    COLUMN_KEY_FIELD_IDS = 132,
    COLUMN_LOCALE_NAME = 261,
};

struct key_segment_disk {
    uint8_t flags;    /* +0  KEY_SEGMENT_... */
    uint8_t reserved; /* +1 */
    le16 column;      /* +2 */
};
_Static_assert(sizeof(struct key_segment_disk) == 4, "file format");

enum { KEY_SEGMENT_DESCENDING = 0x40 };

static const struct {
    pgno_t fdp;
    objid_t objid;
} copies[] = {
    [CATALOG_PRIMARY] = {4,  2},
    [CATALOG_SHADOW] = {24, 3},
};

struct catalog_scan {
    struct btree_scan *nodes;
    struct btree_entry entry; /* the last one */
    size_t page_size;
};

jet_err catalog_scan_open(struct database_file *file, enum catalog_copy copy, const struct finding_listener *listener,
                          struct catalog_scan **ret_scan)
{
    const struct database_file_info *info = database_file_info(file);
    struct catalog_scan *scan = calloc(1, sizeof *scan);
    if (!scan)
        return finding_report_error(listener, FINDING_FILE, info->path, JET_errOutOfMemory, NULL);
    scan->page_size = info->page_size;
    jet_err err = btree_scan_open(file, copies[copy].fdp, copies[copy].objid, listener, &scan->nodes);
    if (err < JET_errSuccess)
        goto fail;
    *ret_scan = scan;
    return JET_errSuccess;
fail:
    catalog_scan_close(scan);
    return err;
}

void catalog_scan_close(struct catalog_scan *scan)
{
    if (!scan)
        return;
    btree_scan_close(scan->nodes);
    free(scan);
}

jet_err catalog_scan_report(const struct catalog_scan *scan, const char *text)
{
    return btree_scan_report(scan->nodes, &scan->entry, JET_errCatalogCorrupted, text);
}

/* ---- one record ---- */

/* A fixed column that may not be null, 2 or 4 bytes. */
static jet_err get_number(const struct record *record, unsigned column, size_t offset, size_t size,
                          uint32_t *ret_number)
{
    struct record_value value;
    jet_err err = record_get_fixed(record, column, offset, size, &value);
    if (err < JET_errSuccess)
        return err;
    if (value.state != RECORD_VALUE)
        return CORRUPT(JET_errCatalogCorrupted);
    if (size == sizeof(le16))
        *ret_number = le16_get(*(const le16 *)(const void *)value.bytes);
    else
        *ret_number = le32_get(*(const le32 *)(const void *)value.bytes);
    return JET_errSuccess;
}

static jet_err get_numbers(const struct record *record, struct catalog_record *ret_record)
{
    uint32_t kind;
    const struct {
        unsigned column;
        size_t offset, size;
        uint32_t *number;
    } numbers[] = {
        {COLUMN_OBJID_TABLE,     OFFSET_OBJID_TABLE,     sizeof(le32), &ret_record->table          },
        {COLUMN_TYPE,            OFFSET_TYPE,            sizeof(le16), &kind                       },
        {COLUMN_ID,              OFFSET_ID,              sizeof(le32), &ret_record->id             },
        {COLUMN_COLTYP_OR_FDP,   OFFSET_COLTYP_OR_FDP,   sizeof(le32), &ret_record->fdp            },
        {COLUMN_SPACE_USAGE,     OFFSET_SPACE_USAGE,     sizeof(le32), &ret_record->space_usage    },
        {COLUMN_FLAGS,           OFFSET_FLAGS,           sizeof(le32), &ret_record->flags          },
        {COLUMN_PAGES_OR_LOCALE, OFFSET_PAGES_OR_LOCALE, sizeof(le32), &ret_record->pages_or_locale},
    };
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        jet_err err = get_number(record, numbers[i].column, numbers[i].offset, numbers[i].size, numbers[i].number);
        if (err < JET_errSuccess)
            return err;
    }
    if (kind < CATALOG_TABLE || kind > CATALOG_CALLBACK)
        return CORRUPT(JET_errCatalogCorrupted);
    ret_record->kind = (enum catalog_kind)kind;
    return JET_errSuccess;
}

static struct catalog_bytes get_bytes(const struct record *record, unsigned column)
{
    struct record_value value;
    record_get_variable(record, column, &value);
    if (value.state != RECORD_VALUE)
        return (struct catalog_bytes){NULL, 0};
    return (struct catalog_bytes){value.bytes, value.size};
}

/* The locale is for people; one that is not stored plainly is left out. */
static jet_err get_locale_name(const struct record *record, struct catalog_bytes *ret_name)
{
    struct record_value value;
    jet_err err = record_get_tagged(record, COLUMN_LOCALE_NAME, &value);
    if (err < JET_errSuccess)
        return err;
    bool is_plain = value.state == RECORD_VALUE && (value.tagged_flags & ~(unsigned)RECORD_TAGGED_LONG_VALUE) == 0;
    *ret_name = is_plain ? (struct catalog_bytes){value.bytes, value.size} : (struct catalog_bytes){NULL, 0};
    return JET_errSuccess;
}

static jet_err decode_record(const struct record *record, struct catalog_record *ret_record)
{
    jet_err err = get_numbers(record, ret_record);
    if (err < JET_errSuccess)
        return err;
    ret_record->name = get_bytes(record, COLUMN_NAME);
    if (!ret_record->name.bytes)
        return CORRUPT(JET_errCatalogCorrupted);
    if (ret_record->kind != CATALOG_INDEX)
        return JET_errSuccess;
    ret_record->key_columns = get_bytes(record, COLUMN_KEY_FIELD_IDS);
    if (ret_record->key_columns.size % sizeof(struct key_segment_disk) != 0 ||
        catalog_key_segment_count(ret_record) > CATALOG_KEY_SEGMENTS_MAX)
        return CORRUPT(JET_errCatalogCorrupted);
    return get_locale_name(record, &ret_record->locale_name);
}

jet_err catalog_scan_next(struct catalog_scan *scan, struct catalog_record *ret_record)
{
    struct record record;
    struct catalog_record found = {0};
    jet_err err = btree_scan_next(scan->nodes, &scan->entry);
    if (err < JET_errSuccess)
        return err;
    if (scan->entry.data) {
        err = record_decode(scan->entry.data, scan->entry.data_size, scan->page_size, &record);
        if (err == JET_errSuccess)
            err = decode_record(&record, &found);
        if (err < JET_errSuccess)
            return catalog_scan_report(scan, "damaged record of the catalogue");
    }
    *ret_record = found;
    return JET_errSuccess;
}

size_t catalog_key_segment_count(const struct catalog_record *record)
{
    return record->key_columns.size / sizeof(struct key_segment_disk);
}

struct catalog_key_segment catalog_key_segment(const struct catalog_record *record, size_t i)
{
    const struct key_segment_disk *disk = (const void *)record->key_columns.bytes;
    return (struct catalog_key_segment){le16_get(disk[i].column), (disk[i].flags & KEY_SEGMENT_DESCENDING) != 0};
}
