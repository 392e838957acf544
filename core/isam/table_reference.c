/* SPDX-License-Identifier: MIT */
#include "isam/table_reference.h"

#include <stdlib.h>
#include <string.h>

#include "isam/table_cursor_internal.h"

jet_err table_reference_make(struct table_cursor *cursor, const struct column *column, uint32_t itag, lid_t lid,
                             uint8_t ret_bytes[COLUMN_REFERENCE_SIZE_MAX], size_t *ret_size)
{
    const struct bookmark *at = dir_bookmark(cursor->dir);
    struct dbheader_disk header;

    database_header_get(cursor->table->db, &header);
    const struct column_reference reference = {
        .itag = itag,
        .lid = lid,
        .signature = header.signature,
        .bookmark = at->key,
        .bookmark_size = at->key_size,
        .name = column->name,
        .name_size = strlen(column->name),
    };
    return column_reference_encode(&reference, ret_bytes, ret_size);
}

/* ---- following them ---- */

/* The table's latch is held. */
static jet_err check_schema(const struct table_cursor *cursor, const struct column_reference *reference)
{
    char name[COLUMN_REFERENCE_NAME_MAX + 1];
    const struct index *primary = table_primary_index(cursor->table);

    if (reference->bookmark_size > (primary ? primary->key_most : sizeof(uint32_t)))
        return JET_errInvalidColumnReference;
    memcpy(name, reference->name, reference->name_size);
    name[reference->name_size] = '\0';
    const struct column *column = table_column_by_name(cursor->table, cursor->session, name);
    return column && column_type_is_long(column->type) ? JET_errSuccess : JET_errStaleColumnReference;
}

static bool is_of_database(struct database *db, const struct column_reference *reference)
{
    struct dbheader_disk header;

    database_header_get(db, &header);
    return memcmp(&header.signature, &reference->signature, offsetof(struct signature_disk, computer_name)) == 0;
}

/* The values that it leads to; whether it is still there is not looked at. */
static jet_err follow(struct table_cursor *cursor, const void *bytes, size_t size, lid_t *ret_lid,
                      struct long_values **ret_values)
{
    struct column_reference reference;
    struct table *table = cursor->table;
    jet_err err = column_reference_decode(bytes, size, &reference);

    if (err < JET_errSuccess)
        return err;
    latch_shared(&table->latch);
    err = check_schema(cursor, &reference);
    latch_unlock_shared(&table->latch);
    if (err < JET_errSuccess)
        return err;
    if (!is_of_database(table->db, &reference) || !atomic_load(&table->has_long_values))
        return JET_errStaleColumnReference;
    if (reference.lid > atomic_load(&table->long_values.lid_last))
        return JET_errInvalidColumnReference;
    *ret_lid = reference.lid;
    *ret_values = &table->long_values;
    return JET_errSuccess;
}

static jet_err read_value(struct session *session, struct long_values *values, lid_t lid,
                          const struct table_reference_read *read, size_t *ret_available)
{
    struct lv_extent extent;
    size_t done = 0;
    jet_err err = lv_measure(session, values, lid, read->measures_only, &extent);

    if (err == JET_errRecordDeleted)
        return JET_errStaleColumnReference;
    if (err < JET_errSuccess)
        return err;
    const uint32_t left = read->offset < extent.size ? extent.size - read->offset : 0;
    *ret_available = read->measures_only ? (size_t)extent.stored : left;
    if (!read->measures_only && read->size > 0)
        err = lv_read(session, values, lid, read->offset, read->buffer, read->size, &done);
    if (err < JET_errSuccess || read->measures_only)
        return err;
    return *ret_available > read->size ? JET_wrnBufferTruncated : JET_errSuccess;
}

jet_err table_reference_read(struct table_cursor *cursor, const struct table_reference_read *read,
                             size_t *ret_available)
{
    struct long_values *values;
    lid_t lid;
    jet_err err = cursor_update(cursor) ? JET_errInvalidOperation : JET_errSuccess;

    if (err >= JET_errSuccess)
        err = follow(cursor, read->reference, read->reference_size, &lid, &values);
    return err < JET_errSuccess ? err : read_value(cursor->session, values, lid, read, ret_available);
}

/* ---- reading ahead ---- */

struct wanted {
    struct long_values *values;
    lid_t *list;
    size_t count;
};

static jet_err follow_all(struct table_cursor *cursor, const struct table_reference_preread *preread,
                          struct wanted *wanted)
{
    for (size_t i = 0; i < preread->count; i++) {
        jet_err err =
            follow(cursor, preread->references[i], preread->sizes[i], &wanted->list[wanted->count], &wanted->values);

        if (err >= JET_errSuccess)
            wanted->count++;
        else if (err != JET_errStaleColumnReference)
            return err;
    }
    return JET_errSuccess;
}

static jet_err read_ahead_all(const struct wanted *wanted, const struct table_reference_preread *preread,
                              uint32_t *ret_done)
{
    uint32_t pages_left = preread->pages_max;

    for (size_t i = 0; i < wanted->count && pages_left > 0; i++) {
        const uint32_t most = preread->first_page_only ? 1 : pages_left;
        uint32_t pages = 0;
        jet_err err = lv_read_ahead(wanted->values, wanted->list[i], most, &pages);

        if (err < JET_errSuccess)
            return err;
        pages_left -= pages < pages_left ? pages : pages_left;
        ++*ret_done;
    }
    return JET_errSuccess;
}

jet_err table_reference_preread(struct table_cursor *cursor, const struct table_reference_preread *preread,
                                uint32_t *ret_done)
{
    struct wanted wanted = {.count = 0};

    *ret_done = 0;
    if (cursor_update(cursor))
        return JET_errInvalidOperation;
    wanted.list = calloc(preread->count + 1, sizeof *wanted.list);
    if (!wanted.list)
        return JET_errOutOfMemory;
    jet_err err = follow_all(cursor, preread, &wanted);
    if (err >= JET_errSuccess)
        err = read_ahead_all(&wanted, preread, ret_done);
    free(wanted.list);
    return err;
}
