/* SPDX-License-Identifier: MIT */
/* catalog_record.c - the records of MSysObjects.
 *
 * The catalogue describes its own columns, but one must know them to read it; so they are listed here, with the
 * places that all engines give them. Columns that are absent in a record are null: the catalogue's columns have no
 * defaults.
 */
#include <string.h>

#include "base/byteorder.h"
#include "base/corrupt.h"
#include "isam/catalog.h"
#include "isam/record.h"
#include "isam/text_order.h"

/* Fixed columns: id, and offset in the record. Types: Long, but TYPE is a Short. */
enum {
    COLUMN_OBJID_TABLE = 1,
    COLUMN_TYPE = 2,
    COLUMN_ID = 3,
    COLUMN_COLTYP_OR_FDP = 4,
    COLUMN_SPACE_USAGE = 5,
    COLUMN_FLAGS = 6,
    COLUMN_PAGES_OR_LOCALE = 7,
    COLUMN_ROOT_FLAG = 8,
    COLUMN_RECORD_OFFSET = 9,
    COLUMN_SORT_FLAGS = 10,
    COLUMN_KEY_MOST = 11,
    COLUMN_CHUNK_SIZE = 12,
    FIXED_COLUMNS = 12,
    COLUMN_NAME = 128,
    COLUMN_STATISTICS = 129,
    COLUMN_CALLBACK = 130, /* of a column; of a table the template */
    COLUMN_DEFAULT_VALUE = 131,
    COLUMN_KEY_FIELD_IDS = 132,
    COLUMN_SEGMENT_LIMITS = 133,
    COLUMN_CONDITIONS = 134,
    COLUMN_TUPLE_LIMITS = 135,
    COLUMN_SORT_VERSION = 136,
    COLUMN_SORT_ID = 137,
    COLUMN_CALLBACK_DATA = 256,
    COLUMN_LOCALE_NAME = 261,
};

static const struct {
    uint8_t offset, size;
} fixed_places[FIXED_COLUMNS + 1] = {
    [COLUMN_OBJID_TABLE] = {4,  4},
      [COLUMN_TYPE] = {8,  2},
      [COLUMN_ID] = {10, 4},
    [COLUMN_COLTYP_OR_FDP] = {14, 4},
      [COLUMN_SPACE_USAGE] = {18, 4},
      [COLUMN_FLAGS] = {22, 4},
    [COLUMN_PAGES_OR_LOCALE] = {26, 4},
      [COLUMN_ROOT_FLAG] = {30, 1},
      [COLUMN_RECORD_OFFSET] = {31, 2},
    [COLUMN_SORT_FLAGS] = {33, 4},
      [COLUMN_KEY_MOST] = {37, 2},
      [COLUMN_CHUNK_SIZE] = {39, 4},
};

struct key_segment_disk {
    uint8_t flags;    /* +0  KEY_SEGMENT_... */
    uint8_t reserved; /* +1 */
    le16 column;      /* +2 */
};
_Static_assert(sizeof(struct key_segment_disk) == 4, "file format");

enum { KEY_SEGMENT_MUST_BE_NULL = 0x20, KEY_SEGMENT_DESCENDING = 0x40 };

/* ---- decoding ---- */

/* A fixed column of 2 or 4 bytes. False: absent or null. */
static jet_err find_number(const struct record *record, unsigned column, uint32_t *ret_number, bool *ret_found)
{
    struct record_value value;
    jet_err err = record_get_fixed(record, column, fixed_places[column].offset, fixed_places[column].size, &value);
    if (err < JET_errSuccess)
        return err;
    *ret_found = value.state == RECORD_VALUE;
    if (!*ret_found)
        *ret_number = 0;
    else if (fixed_places[column].size == sizeof(le16))
        *ret_number = le16_get(*(const le16 *)(const void *)value.bytes);
    else
        *ret_number = le32_get(*(const le32 *)(const void *)value.bytes);
    return JET_errSuccess;
}

static jet_err get_numbers(const struct record *record, struct catalog_record *ret_record)
{
    uint32_t kind = 0;
    uint32_t *const numbers[] = {&ret_record->table,
                                 &kind,
                                 &ret_record->id,
                                 &ret_record->fdp,
                                 &ret_record->space_usage,
                                 &ret_record->flags,
                                 &ret_record->pages_or_locale};
    for (unsigned i = 0; i < COUNT_OF(numbers); i++) {
        bool found;
        jet_err err = find_number(record, COLUMN_OBJID_TABLE + i, numbers[i], &found);
        if (err < JET_errSuccess)
            return err;
        if (!found)
            return CORRUPT(JET_errCatalogCorrupted);
    }
    if (kind < CATALOG_TABLE || kind > CATALOG_CALLBACK)
        return CORRUPT(JET_errCatalogCorrupted);
    ret_record->kind = (enum catalog_kind)kind;
    return JET_errSuccess;
}

static jet_err get_further_numbers(const struct record *record, struct catalog_record *ret_record)
{
    uint32_t offset = 0, key_most = 0;
    bool found;
    jet_err err = find_number(record, COLUMN_RECORD_OFFSET, &offset, &ret_record->has_record_offset);
    if (err == JET_errSuccess)
        err = find_number(record, COLUMN_SORT_FLAGS, &ret_record->sort_flags, &found);
    if (err == JET_errSuccess)
        err = find_number(record, COLUMN_KEY_MOST, &key_most, &found);
    if (err == JET_errSuccess)
        err = find_number(record, COLUMN_CHUNK_SIZE, &ret_record->chunk_size, &found);
    ret_record->record_offset = (uint16_t)offset;
    ret_record->key_most = (uint16_t)key_most;
    return err;
}

static struct catalog_bytes get_bytes(const struct record *record, unsigned column)
{
    struct record_value value;
    record_get_variable(record, column, &value);
    if (value.state != RECORD_VALUE)
        return (struct catalog_bytes){NULL, 0};
    return (struct catalog_bytes){value.bytes, value.size};
}

/* `*ret_plain`: absent, or stored as it is; else it is given as absent. */
static jet_err get_tagged(const struct record *record, unsigned column, struct catalog_bytes *ret_bytes,
                          bool *ret_plain)
{
    struct record_value value;
    jet_err err = record_get_tagged(record, column, &value);
    if (err < JET_errSuccess)
        return err;
    *ret_plain = value.state != RECORD_VALUE || (value.tagged_flags & ~(unsigned)RECORD_TAGGED_LONG_VALUE) == 0;
    *ret_bytes = value.state == RECORD_VALUE && *ret_plain ? (struct catalog_bytes){value.bytes, value.size}
                                                           : (struct catalog_bytes){NULL, 0};
    return JET_errSuccess;
}

/* A function whose data lies outside the record cannot be called: it counts as one that is not known. */
static jet_err decode_column(const struct record *record, struct catalog_record *ret_record)
{
    bool is_plain;
    jet_err err = get_tagged(record, COLUMN_CALLBACK_DATA, &ret_record->callback_data, &is_plain);
    if (err >= JET_errSuccess && is_plain)
        ret_record->callback = get_bytes(record, COLUMN_CALLBACK);
    return err;
}

static jet_err decode_index(const struct record *record, struct catalog_record *ret_record)
{
    ret_record->key_columns = get_bytes(record, COLUMN_KEY_FIELD_IDS);
    ret_record->segment_limits = get_bytes(record, COLUMN_SEGMENT_LIMITS);
    ret_record->conditions = get_bytes(record, COLUMN_CONDITIONS);
    ret_record->tuple_limits = get_bytes(record, COLUMN_TUPLE_LIMITS);
    if (ret_record->key_columns.size % sizeof(struct key_segment_disk) != 0 ||
        ret_record->conditions.size % sizeof(struct key_segment_disk) != 0 ||
        catalog_key_segment_count(ret_record) > CATALOG_KEY_SEGMENTS_MAX ||
        catalog_condition_count(ret_record) > CATALOG_KEY_SEGMENTS_MAX)
        return CORRUPT(JET_errCatalogCorrupted);
    ret_record->sort_version = get_bytes(record, COLUMN_SORT_VERSION);
    ret_record->sort_id = get_bytes(record, COLUMN_SORT_ID);
    bool ignored; /* nobody stores it otherwise */
    return get_tagged(record, COLUMN_LOCALE_NAME, &ret_record->locale_name, &ignored);
}

jet_err catalog_record_decode(const uint8_t *bytes, size_t size, size_t page_size, struct catalog_record *ret_record)
{
    struct record record;
    struct catalog_record found = {0};
    jet_err err = record_decode(bytes, size, page_size, &record);
    if (err == JET_errSuccess)
        err = get_numbers(&record, &found);
    if (err == JET_errSuccess)
        err = get_further_numbers(&record, &found);
    if (err < JET_errSuccess)
        return err;
    found.name = get_bytes(&record, COLUMN_NAME);
    found.default_value = get_bytes(&record, COLUMN_DEFAULT_VALUE);
    found.statistics = get_bytes(&record, COLUMN_STATISTICS);
    if (!found.name.bytes)
        return CORRUPT(JET_errCatalogCorrupted);
    if (found.kind == CATALOG_INDEX)
        err = decode_index(&record, &found);
    else if (found.kind == CATALOG_COLUMN)
        err = decode_column(&record, &found);
    if (err == JET_errSuccess)
        *ret_record = found;
    return err;
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

size_t catalog_condition_count(const struct catalog_record *record)
{
    return record->conditions.size / sizeof(struct key_segment_disk);
}

struct catalog_condition catalog_condition(const struct catalog_record *record, size_t i)
{
    const struct key_segment_disk *disk = (const void *)record->conditions.bytes;
    return (struct catalog_condition){le16_get(disk[i].column), (disk[i].flags & KEY_SEGMENT_MUST_BE_NULL) != 0};
}

/* ---- encoding ---- */

static jet_err put_number(struct record_edit *edit, unsigned column, uint32_t number)
{
    const le32 disk = le32_make(number); /* the low bytes come first: a shorter column takes those */
    return record_edit_fixed(edit, column, &disk);
}

static jet_err put_bytes(struct record_edit *edit, unsigned column, const struct catalog_bytes *bytes)
{
    return bytes->bytes ? record_edit_variable(edit, column, bytes->bytes, bytes->size) : JET_errSuccess;
}

static jet_err put_numbers(const struct catalog_record *record, struct record_edit *edit)
{
    const uint32_t numbers[] = {record->table, record->kind,           record->id, record->fdp, record->space_usage,
                                record->flags, record->pages_or_locale};
    jet_err err = JET_errSuccess;
    for (unsigned i = 0; i < COUNT_OF(numbers) && err == JET_errSuccess; i++)
        err = put_number(edit, COLUMN_OBJID_TABLE + i, numbers[i]);
    return err;
}

static jet_err put_index(const struct catalog_record *record, struct record_edit *edit)
{
    const struct record_tagged_image locale = {
        .flags = RECORD_TAGGED_LONG_VALUE, .bytes = record->locale_name.bytes, .size = record->locale_name.size};
    jet_err err = put_number(edit, COLUMN_SORT_FLAGS, record->sort_flags);
    if (err == JET_errSuccess && record->key_most > 0)
        err = put_number(edit, COLUMN_KEY_MOST, record->key_most);
    if (err == JET_errSuccess)
        err = put_bytes(edit, COLUMN_KEY_FIELD_IDS, &record->key_columns);
    if (err == JET_errSuccess)
        err = put_bytes(edit, COLUMN_SEGMENT_LIMITS, &record->segment_limits);
    if (err == JET_errSuccess)
        err = put_bytes(edit, COLUMN_CONDITIONS, &record->conditions);
    if (err == JET_errSuccess)
        err = put_bytes(edit, COLUMN_TUPLE_LIMITS, &record->tuple_limits);
    if (err == JET_errSuccess)
        err = put_bytes(edit, COLUMN_SORT_VERSION, &record->sort_version);
    if (err == JET_errSuccess)
        err = put_bytes(edit, COLUMN_SORT_ID, &record->sort_id);
    if (err == JET_errSuccess && locale.bytes)
        err = record_edit_tagged(edit, COLUMN_LOCALE_NAME, &locale);
    return err;
}

static jet_err put_callback(const struct catalog_record *record, struct record_edit *edit)
{
    const struct record_tagged_image data = {
        .flags = RECORD_TAGGED_LONG_VALUE, .bytes = record->callback_data.bytes, .size = record->callback_data.size};
    jet_err err = put_bytes(edit, COLUMN_CALLBACK, &record->callback);
    return err < JET_errSuccess || !data.bytes ? err : record_edit_tagged(edit, COLUMN_CALLBACK_DATA, &data);
}

jet_err catalog_record_encode(const struct catalog_record *record, struct record_edit *edit)
{
    static const uint8_t yes = 0xFF;
    jet_err err = put_numbers(record, edit);
    if (err == JET_errSuccess && record->kind == CATALOG_TABLE)
        err = record_edit_fixed(edit, COLUMN_ROOT_FLAG, &yes);
    if (err == JET_errSuccess && record->has_record_offset)
        err = put_number(edit, COLUMN_RECORD_OFFSET, record->record_offset);
    if (err == JET_errSuccess && record->chunk_size > 0)
        err = put_number(edit, COLUMN_CHUNK_SIZE, record->chunk_size);
    if (err == JET_errSuccess)
        err = put_bytes(edit, COLUMN_NAME, &record->name);
    if (err == JET_errSuccess && record->kind == CATALOG_COLUMN)
        err = put_callback(record, edit);
    if (err == JET_errSuccess)
        err = put_bytes(edit, COLUMN_DEFAULT_VALUE, &record->default_value);
    if (err == JET_errSuccess && record->kind == CATALOG_INDEX)
        err = put_index(record, edit);
    return err;
}

jet_err catalog_record_set_name(struct record_edit *edit, const char *name)
{
    return record_edit_variable(edit, COLUMN_NAME, name, strlen(name));
}

jet_err catalog_record_set_sort_version(struct record_edit *edit, const struct catalog_bytes *version,
                                        const struct catalog_bytes *id)
{
    jet_err err = put_bytes(edit, COLUMN_SORT_VERSION, version);
    return err < JET_errSuccess ? err : put_bytes(edit, COLUMN_SORT_ID, id);
}

jet_err catalog_record_set_statistics(struct record_edit *edit, const void *bytes, size_t size)
{
    return record_edit_variable(edit, COLUMN_STATISTICS, bytes, size);
}

jet_err catalog_record_set_type(struct record_edit *edit, uint32_t column_type)
{
    return put_number(edit, COLUMN_COLTYP_OR_FDP, column_type);
}

jet_err catalog_record_set_space_usage(struct record_edit *edit, uint32_t space_usage)
{
    return put_number(edit, COLUMN_SPACE_USAGE, space_usage);
}

jet_err catalog_record_set_flags(struct record_edit *edit, uint32_t flags)
{
    return put_number(edit, COLUMN_FLAGS, flags);
}

jet_err catalog_record_set_default(struct record_edit *edit, const void *bytes, size_t size)
{
    return record_edit_variable(edit, COLUMN_DEFAULT_VALUE, bytes, size);
}

size_t catalog_key_columns_make(const struct catalog_key_segment *segments, size_t count,
                                uint8_t ret_bytes[CATALOG_KEY_COLUMNS_SIZE])
{
    struct key_segment_disk *disk = (void *)ret_bytes;
    for (size_t i = 0; i < count; i++) {
        disk[i] = (struct key_segment_disk){
            .flags = segments[i].is_descending ? KEY_SEGMENT_DESCENDING : 0,
            .column = le16_make((uint16_t)segments[i].column),
        };
    }
    return count * sizeof *disk;
}

size_t catalog_conditions_make(const struct catalog_condition *conditions, size_t count,
                               uint8_t ret_bytes[CATALOG_KEY_COLUMNS_SIZE])
{
    struct key_segment_disk *disk = (void *)ret_bytes;
    for (size_t i = 0; i < count; i++) {
        disk[i] = (struct key_segment_disk){
            .flags = conditions[i].must_be_null ? KEY_SEGMENT_MUST_BE_NULL : 0,
            .column = le16_make((uint16_t)conditions[i].column),
        };
    }
    return count * sizeof *disk;
}

/* ---- keys ---- */

enum { KEY_VALUE_FOLLOWS = 0x7F };

/* A number as a segment: big-endian, the sign inverted. Returns what lies behind it. */
static uint8_t *put_segment(uint8_t *to, uint32_t number, unsigned size)
{
    *to++ = KEY_VALUE_FOLLOWS;
    for (unsigned i = 0; i < size; i++)
        to[i] = (uint8_t)(number >> 8 * (size - 1 - i));
    to[0] ^= 0x80;
    return to + size;
}

void catalog_key_make(objid_t table, enum catalog_kind kind, uint32_t id, uint8_t ret_key[CATALOG_KEY_SIZE])
{
    uint8_t *end = put_segment(ret_key, table, sizeof table);
    end = put_segment(end, kind, sizeof(uint16_t));
    (void)put_segment(end, id, sizeof id);
}

jet_err catalog_key_table(const uint8_t *key, size_t size, objid_t *ret_table)
{
    if (size < CATALOG_KEY_TABLE_SIZE || key[0] != KEY_VALUE_FOLLOWS)
        return CORRUPT(JET_errCatalogCorrupted);
    *ret_table = be32_get(*(const be32 *)(const void *)(key + 1)) ^ 0x80000000u;
    return JET_errSuccess;
}
