/* SPDX-License-Identifier: MIT */
/* text_order_locales.c - rows of MSysLocales.
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
#include "isam/text_order_locales.h"
#include "isam/transaction.h"

enum {
    COLUMN_TYPE = 1,
    COLUMN_VALUE = 2,
    COLUMN_KEY = 128,
    TYPE_VALUE = 2,
    KEY_TEXT_SIZE = OS_COLLATION_NAME_SIZE + 90,
    ID_TEXT_SIZE = 37,
};
#define NAME_PREFIX    "LocaleName="
#define ID_PREFIX      ",SortID="
#define VERSION_PREFIX ",Ver="
#define LOCALES_TABLE  "MSysLocales"

struct locale_key {
    uint8_t wide[2 * KEY_TEXT_SIZE];
    size_t size;
};

/* In a GUID's text the first three numbers are not as they are stored. */
static const uint8_t id_order[TEXT_ORDER_ID_SIZE] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

static bool has_dash_before(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

static void id_put(const uint8_t *id, char ret_text[ID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    char *to = ret_text;

    for (size_t i = 0; i < TEXT_ORDER_ID_SIZE; i++) {
        if (has_dash_before(i))
            *to++ = '-';
        *to++ = digits[id[id_order[i]] >> 4];
        *to++ = digits[id[id_order[i]] & 15];
    }
    *to = '\0';
}

/* -1: it is no hexadecimal digit. */
static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool id_get(const char *text, uint8_t *ret_id)
{
    for (size_t i = 0; i < TEXT_ORDER_ID_SIZE; i++) {
        if (has_dash_before(i) && *text++ != '-')
            return false;
        const int high = digit_of(text[0]);
        const int low = high < 0 ? -1 : digit_of(text[1]);
        if (low < 0)
            return false;
        ret_id[id_order[i]] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    return true;
}

static void key_text(const char *locale, const struct os_collation_version *version, struct locale_key *ret_key)
{
    const uint64_t number = (uint64_t)version->order << 32 | version->defined;
    char text[KEY_TEXT_SIZE], id[ID_TEXT_SIZE];

    id_put(version->id, id);
    snprintf(text, sizeof text, NAME_PREFIX "%.*s" ID_PREFIX "%s" VERSION_PREFIX "%" PRIx64, OS_COLLATION_NAME_SIZE - 1,
             locale, id, number);
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

/* ---- reading them ---- */

/* False: it says something else. The text is changed. */
static bool key_parse(char *text, const char **ret_locale, struct os_collation_version *ret_version)
{
    char *id = strstr(text, ID_PREFIX);
    const char *version = id ? strstr(id, VERSION_PREFIX) : NULL;
    uint64_t number = 0;

    if (strncmp(text, NAME_PREFIX, strlen(NAME_PREFIX)) != 0 || !version ||
        !id_get(id + strlen(ID_PREFIX), ret_version->id))
        return false;
    for (version += strlen(VERSION_PREFIX); digit_of(*version) >= 0; version++)
        number = number << 4 | (uint64_t)digit_of(*version);
    *id = '\0';
    *ret_locale = text + strlen(NAME_PREFIX);
    ret_version->order = (uint32_t)(number >> 32);
    ret_version->defined = (uint32_t)number;
    return true;
}

/* The key of a row that counts something, as text. False: it is another row. */
static bool row_text(const struct record *record, const struct column *value, char ret_text[KEY_TEXT_SIZE])
{
    struct record_value count, key;

    if (record_get_fixed(record, COLUMN_VALUE, value->record_offset, sizeof(le32), &count) < JET_errSuccess ||
        count.state != RECORD_VALUE || le32_get(*(const le32 *)(const void *)count.bytes) == 0)
        return false;
    record_get_variable(record, COLUMN_KEY, &key);
    if (key.state != RECORD_VALUE || key.size >= 2 * (size_t)KEY_TEXT_SIZE)
        return false;
    for (size_t i = 0; i < key.size / 2; i++)
        ret_text[i] = key.bytes[2 * i + 1] == 0 ? (char)key.bytes[2 * i] : '?';
    ret_text[key.size / 2] = '\0';
    return true;
}

static jet_err row_visit(const struct table *table, const struct column *value, struct dir_cursor *dir,
                         text_order_visit *visit, void *context)
{
    struct os_collation_version version;
    struct record record;
    struct dir_view view;
    char text[KEY_TEXT_SIZE];
    const char *locale;
    jet_err err = dir_get(dir, &view);

    if (err >= JET_errSuccess)
        err = record_decode(view.data, view.data_size, table->db->page_size, &record);
    if (err < JET_errSuccess || !row_text(&record, value, text) || !key_parse(text, &locale, &version))
        return err;
    return visit(context, locale, &version);
}

static jet_err rows_visit(struct session *session, const struct table *table, const struct column *value,
                          text_order_visit *visit, void *context)
{
    struct dir_cursor *dir;
    jet_err err = dir_open(session, table->tree, &dir);

    if (err < JET_errSuccess)
        return err;
    err = dir_move(dir, DIR_FIRST);
    while (err >= JET_errSuccess) {
        err = row_visit(table, value, dir, visit, context);
        if (err >= JET_errSuccess)
            err = dir_move(dir, DIR_NEXT);
    }
    dir_close(dir);
    return err == JET_errNoCurrentRecord ? JET_errSuccess : err;
}

jet_err text_order_locales(struct session *session, struct schema_cache *cache, text_order_visit *visit, void *context)
{
    struct table *table;
    jet_err err = table_open(session, cache->dbid, LOCALES_TABLE, &table);

    if (err < JET_errSuccess)
        return err;
    latch_shared(&table->latch);
    const struct column *value = value_column(table);
    err = value ? rows_visit(session, table, value, visit, context) : JET_errObjectNotFound;
    latch_unlock_shared(&table->latch);
    table_close(table);
    return err;
}
