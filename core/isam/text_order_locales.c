/* SPDX-License-Identifier: MIT */
/* text_order_count.c - rows of MSysLocales.
 *
 *      key     "LocaleName=en-US,SortID=00000001-57ee-1e5c-00b4-d0000bb1e11e,Ver=6020f0006020f", UTF-16 with its NUL
 *      value   how many indexes were made in that order, roughly; changed by deltas, so that two sessions may make indexes at
 *              once, and told to nobody: it only must not be zero as long as there is one
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "btree/tree.h"
#include "isam/dir.h"
#include "isam/index_key.h"
#include "isam/record_edit.h"
#include "isam/row.h"
#include "isam/schema_cache_internal.h"
#include "isam/session.h"
#include "isam/text_order.h"
#include "isam/transaction.h"

enum {
    COLUMN_TYPE = 1,
    COLUMN_VALUE = 2,
    COLUMN_KEY = 128,
    TYPE_VALUE = 2,
    KEY_TEXT_SIZE = OS_COLLATION_NAME_SIZE + 90,
};
#define LOCALES_TABLE "MSysLocales"

struct locale_key {
    uint8_t wide[2 * KEY_TEXT_SIZE];
    size_t size;
};

static void key_text(const char *locale, const struct os_collation_version *version, struct locale_key *ret_key)
{
    const uint8_t *id = version->id;
    const uint64_t number = (uint64_t)version->order << 32 | version->defined;
    char text[KEY_TEXT_SIZE];

    snprintf(text, sizeof text,
             "LocaleName=%.*s,SortID=%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x,Ver=%" PRIx64,
             OS_COLLATION_NAME_SIZE - 1, locale, id[3], id[2], id[1], id[0], id[5], id[4], id[7], id[6], id[8], id[9],
             id[10], id[11], id[12], id[13], id[14], id[15], number);
    const size_t length = strlen(text) + 1;
    memset(ret_key->wide, 0, sizeof ret_key->wide);
    for (size_t i = 0; i < length; i++)
        ret_key->wide[2 * i] = (uint8_t)text[i];
    ret_key->size = 2 * length;
}

/* Is it the table that the engine makes? Of others nothing is known. */
static const struct column *value_column(const struct table *table)
{
    const struct index *primary = table_primary_index(table);
    const struct column *value = NULL;

    if (!primary || primary->segment_count != 1 || primary->segments[0].column != COLUMN_KEY)
        return NULL;
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i]->id == COLUMN_VALUE && table->columns[i]->type == COLUMN_LONG)
            value = table->columns[i];
    return value;
}

/* The latch is held. */
static jet_err row_put(struct session *session, struct table *table, const struct locale_key *key,
                       struct record_edit *edit)
{
    static const uint8_t type = TYPE_VALUE;
    const le32 first = le32_make(1);
    struct index_key ignored;

    record_edit_begin(edit, &table->layout, table->db->page_size, table->record_size_max);
    jet_err err = record_edit_fixed(edit, COLUMN_TYPE, &type);
    if (err >= JET_errSuccess)
        err = record_edit_fixed(edit, COLUMN_VALUE, &first);
    if (err >= JET_errSuccess)
        err = record_edit_variable(edit, COLUMN_KEY, key->wide, key->size);
    if (err < JET_errSuccess)
        return err;
    const struct row_image image = {edit->bytes, edit->size};
    return row_insert(session, table, &image, &ignored);
}

/* For everybody, at once: a row that counts an index that is not there after all does no harm. */
static jet_err row_make(struct session *session, struct table *table, const struct locale_key *key)
{
    struct record_edit *edit = malloc(sizeof *edit);
    struct session *own;
    jet_err err = edit ? session_begin_system(session->engine, SESSION_PROCID_NONE, &own) : JET_errOutOfMemory;

    if (err < JET_errSuccess) {
        free(edit);
        return err;
    }
    err = transaction_begin(own, false);
    if (err >= JET_errSuccess) {
        latch_shared(&table->latch);
        err = row_put(own, table, key, edit);
        latch_unlock_shared(&table->latch);
        if (err >= JET_errSuccess)
            err = transaction_commit(own, TRANSACTION_COMMIT_LAZY, NULL);
        else
            jet_err_ignore(transaction_rollback(own, false)); /* the first error counts */
    }
    session_end(own);
    free(edit);
    return err == JET_errKeyDuplicate ? JET_errSuccess : err; /* somebody else was faster */
}

static jet_err node_key(const struct table *table, const struct locale_key *key, uint8_t *buffer,
                        struct keynorm *ret_key)
{
    const struct index *primary = table_primary_index(table);
    const struct keynorm_column column = index_key_column(table, primary, 0);

    index_key_begin(primary, buffer, ret_key);
    return keynorm_add(ret_key, &column, key->wide, key->size);
}

static jet_err count_in(struct session *session, struct table *table, const struct locale_key *key,
                        const struct column *value)
{
    uint8_t buffer[KEYNORM_LIMIT_MAX + 1];
    struct keynorm node;
    jet_err err = node_key(table, key, buffer, &node);

    if (err < JET_errSuccess)
        return err;
    const struct bookmark bookmark = {.key = node.bytes, .key_size = node.size};
    return dir_delta(session, table->tree, &bookmark, value->record_offset, sizeof(uint32_t), 1, NULL);
}

static jet_err count_row(struct session *session, struct table *table, const struct locale_key *key)
{
    latch_shared(&table->latch);
    const struct column *value = value_column(table);
    jet_err err = value ? count_in(session, table, key, value) : JET_errSuccess;
    latch_unlock_shared(&table->latch);
    return err;
}

jet_err text_order_count(struct session *session, struct schema_cache *cache, const char *locale,
                         const struct os_collation_version *version)
{
    struct locale_key key;
    struct table *table;
    jet_err err = table_open(session, cache->dbid, LOCALES_TABLE, &table);

    if (err < JET_errSuccess)
        return err == JET_errObjectNotFound ? JET_errSuccess : err;
    key_text(locale, version, &key);
    err = count_row(session, table, &key);
    if (err == JET_errRecordDeleted)
        err = row_make(session, table, &key);
    table_close(table);
    return err == JET_errWriteConflict ? JET_errSuccess
                                       : err; /* a row newer than the session's snapshot: it is there */
}
