/* SPDX-License-Identifier: MIT */
#include "isam/row.h"

#include <assert.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/corrupt.h"
#include "btree/tree.h"
#include "isam/dir.h"
#include "isam/index_keys.h"
#include "isam/transaction.h"

/* One change of one record. */
struct statement {
    struct session *session;
    struct table *table;
    struct bookmark bookmark; /* of the record */
    bool is_nested;           /* in a transaction of its own */
};

static jet_err decode(const struct table *table, const struct row_image *image, struct record *ret_record)
{
    return record_decode(image->bytes, image->size, table->db->page_size, ret_record);
}

static bool has_secondary(const struct table *table)
{
    return table->index_count > (table_primary_index(table) ? 1u : 0u);
}

static jet_err statement_begin(struct statement *statement)
{
    statement->is_nested = has_secondary(statement->table);
    return statement->is_nested ? transaction_begin_nested(statement->session) : JET_errSuccess;
}

static jet_err statement_end(struct statement *statement, jet_err err)
{
    return statement->is_nested ? transaction_end_nested(statement->session, err) : err;
}

/* ---- entries of indexes ---- */

static struct bookmark entry_of(const struct statement *statement, const uint8_t *key, size_t key_size)
{
    return (struct bookmark){
        .key = key,
        .key_size = key_size,
        .data = statement->bookmark.key,
        .data_size = statement->bookmark.key_size,
    };
}

static jet_err entry_insert(const struct statement *statement, const struct index *index, const uint8_t *key,
                            size_t key_size)
{
    const struct bookmark node = entry_of(statement, key, key_size);

    return dir_insert(statement->session, index->tree, &node, 0);
}

/* The record is there and changed already, so its entry must be. */
static jet_err entry_delete(const struct statement *statement, const struct index *index, const uint8_t *key,
                            size_t key_size)
{
    const struct bookmark node = entry_of(statement, key, key_size);
    jet_err err = dir_delete(statement->session, index->tree, &node, 0);

    return err == JET_errRecordDeleted ? CORRUPT(JET_errSecondaryIndexCorrupted) : err;
}

static jet_err change_one(const struct statement *statement, const struct index *index, const struct record *before,
                          const struct record *after)
{
    struct index_key old, new; /* big: not worth filling with zeros */
    jet_err err = JET_errSuccess;

    old.has_entry = new.has_entry = false;
    if (before)
        err = index_key_make(statement->session, statement->table, index, before, 1, &old);
    if (err >= JET_errSuccess && after)
        err = index_key_make(statement->session, statement->table, index, after, 1, &new);
    if (err < JET_errSuccess)
        return err;
    if (old.has_entry && new.has_entry && old.size == new.size &&memcmp(old.bytes, new.bytes, old.size) == 0)
        return JET_errSuccess;
    if (old.has_entry)
        err = entry_delete(statement, index, old.bytes, old.size);
    if (err >= JET_errSuccess && new.has_entry)
        err = entry_insert(statement, index, new.bytes, new.size);
    return err;
}

/* Both are sorted: what only the first has goes, what only the second has comes. Deletions first, so that a unique key
 * may pass from one value of the record to another. */
static jet_err change_keys(const struct statement *statement, const struct index *index, const struct index_keys *old,
                           const struct index_keys *new, bool deletes)
{
    const struct index_keys *ours = deletes ? old : new, *theirs = deletes ? new : old;
    jet_err err = JET_errSuccess;

    for (size_t i = 0, k = 0; i < ours->count && err >= JET_errSuccess; i++) {
        while (k < theirs->count && index_keys_compare(&theirs->list[k], &ours->list[i]) < 0)
            k++;
        if (k < theirs->count && index_keys_compare(&theirs->list[k], &ours->list[i]) == 0)
            continue;
        err = deletes ? entry_delete(statement, index, ours->list[i].bytes, ours->list[i].size)
                      : entry_insert(statement, index, ours->list[i].bytes, ours->list[i].size);
    }
    return err;
}

static jet_err change_several(const struct statement *statement, const struct index *index, const struct record *before,
                              const struct record *after)
{
    struct index_keys old = {.count = 0}, new = {.count = 0};
    jet_err err = JET_errSuccess;

    if (before)
        err = index_keys_make(statement->session, statement->table, index, before, &old);
    if (err >= JET_errSuccess && after)
        err = index_keys_make(statement->session, statement->table, index, after, &new);
    if (err >= JET_errSuccess)
        err = change_keys(statement, index, &old, &new, true);
    if (err >= JET_errSuccess)
        err = change_keys(statement, index, &old, &new, false);
    index_keys_free(&old);
    index_keys_free(&new);
    return err;
}

/* An index whose keys cannot be made is not touched where nothing in it changes. */
static jet_err stays_as_it_is(const struct table *table, const struct index *index, const struct record *before,
                              const struct record *after, bool *ret_stays)
{
    *ret_stays = false;
    if (!text_order_is_lost(&index->order) || !before || !after)
        return JET_errSuccess;
    return index_values_are_same(table, index, before, after, ret_stays);
}

static jet_err change_index(const struct statement *statement, const struct index *index, const struct record *before,
                            const struct record *after)
{
    bool stays;
    jet_err err = stays_as_it_is(statement->table, index, before, after, &stays);

    if (err < JET_errSuccess || stays)
        return err;
    return index_has_several_keys(index) ? change_several(statement, index, before, after)
                                         : change_one(statement, index, before, after);
}

/* Entries that the record had in all indexes and will have; either may be NULL. Whoever makes an index must not meet
 * records that it does not see: as long as it is not committed, others have to wait. */
static jet_err indexes_change(const struct statement *statement, const struct record *before,
                              const struct record *after)
{
    const struct session *session = statement->session;
    jet_err err = JET_errSuccess;

    for (size_t i = 0; i < statement->table->index_count && err >= JET_errSuccess; i++) {
        const struct index *index = statement->table->indexes[i];

        if (!index_is_maintained(index, session))
            continue;
        err = index->owner && index->owner != session ? JET_errWriteConflict
                                                      : change_index(statement, index, before, after);
    }
    return err;
}

/* ---- the three statements ---- */

/* Records of a table without a primary index are numbered in the order in which they come. */
static jet_err number_key(struct table *table, struct index_key *ret_key)
{
    const uint32_t number = atomic_fetch_add(&table->record_number_last, 1) + 1;
    const be32 disk = be32_make(number);

    if (number == 0)
        return JET_errOutOfSequentialIndexValues;
    memcpy(ret_key->bytes, &disk, sizeof disk);
    ret_key->size = sizeof disk;
    ret_key->has_entry = true;
    return JET_errSuccess;
}

static jet_err primary_key(struct session *session, struct table *table, const struct record *record,
                           struct index_key *ret_key)
{
    const struct index *primary = table_primary_index(table);

    if (!primary)
        return number_key(table, ret_key);
    jet_err err = index_key_make(session, table, primary, record, 1, ret_key);
    if (err >= JET_errSuccess && !ret_key->has_entry)
        err = JET_errNullKeyDisallowed;
    return err;
}

jet_err row_insert(struct session *session, struct table *table, const struct row_image *image,
                   struct index_key *ret_key)
{
    struct statement statement = {.session = session, .table = table};
    struct record record;
    jet_err err = decode(table, image, &record);

    if (err >= JET_errSuccess)
        err = primary_key(session, table, &record, ret_key);
    if (err < JET_errSuccess)
        return err;
    statement.bookmark = (struct bookmark){
        .key = ret_key->bytes, .key_size = ret_key->size, .data = image->bytes, .data_size = image->size};
    err = statement_begin(&statement);
    if (err < JET_errSuccess)
        return err;
    err = dir_insert(session, table->tree, &statement.bookmark, 0);
    if (err >= JET_errSuccess)
        err = indexes_change(&statement, NULL, &record);
    return statement_end(&statement, err);
}

jet_err row_insert_unversioned(struct session *session, struct table *table, const struct row_image *image,
                               struct index_key *ret_key)
{
    struct record record;
    jet_err err = decode(table, image, &record);

    assert(!has_secondary(table));
    if (err >= JET_errSuccess)
        err = primary_key(session, table, &record, ret_key);
    if (err < JET_errSuccess)
        return err;
    const struct bookmark node = {
        .key = ret_key->bytes, .key_size = ret_key->size, .data = image->bytes, .data_size = image->size};
    return dir_insert(session, table->tree, &node, DIR_UNVERSIONED);
}

static jet_err check_primary_key(struct session *session, struct table *table, const struct bookmark *bookmark,
                                 const struct record *before, const struct record *after)
{
    const struct index *primary = table_primary_index(table);
    struct index_key key;
    bool stays;

    if (!primary)
        return JET_errSuccess;
    jet_err err = stays_as_it_is(table, primary, before, after, &stays);
    if (err < JET_errSuccess || stays)
        return err;
    err = index_key_make(session, table, primary, after, 1, &key);
    if (err < JET_errSuccess)
        return err;
    return key.size == bookmark->key_size && memcmp(key.bytes, bookmark->key, key.size) == 0
               ? JET_errSuccess
               : JET_errRecordPrimaryChanged;
}

jet_err row_replace(struct session *session, struct table *table, const uint8_t *key, size_t key_size,
                    const struct row_image *before, const struct row_image *after)
{
    struct statement statement = {
        .session = session, .table = table, .bookmark = {.key = key, .key_size = key_size}
    };
    struct record old, new;
    jet_err err = decode(table, before, &old);

    if (err >= JET_errSuccess)
        err = decode(table, after, &new);
    if (err >= JET_errSuccess)
        err = check_primary_key(session, table, &statement.bookmark, &old, &new);
    if (err >= JET_errSuccess)
        err = statement_begin(&statement);
    if (err < JET_errSuccess)
        return err;
    err = dir_replace(session, table->tree, &statement.bookmark, after->bytes, after->size, 0);
    if (err >= JET_errSuccess)
        err = indexes_change(&statement, &old, &new);
    return statement_end(&statement, err);
}

jet_err row_delete(struct session *session, struct table *table, const uint8_t *key, size_t key_size,
                   const struct row_image *before)
{
    struct statement statement = {
        .session = session, .table = table, .bookmark = {.key = key, .key_size = key_size}
    };
    struct record old;
    jet_err err = decode(table, before, &old);

    if (err >= JET_errSuccess)
        err = statement_begin(&statement);
    if (err < JET_errSuccess)
        return err;
    err = dir_delete(session, table->tree, &statement.bookmark, 0);
    if (err >= JET_errSuccess)
        err = indexes_change(&statement, &old, NULL);
    return statement_end(&statement, err);
}
