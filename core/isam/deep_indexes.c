/* SPDX-License-Identifier: MIT */
/* deep_indexes.c - are the entries of a table's indexes those that its records give?
 *
 * For each index two sums are kept while the records are read, and made again from the entries: of a hash of (key,
 * bookmark) and of a hash of the bookmark alone, each 128 bits wide. Sums do not depend on the order, so nothing is
 * sorted or kept; that two different sets have the same sum by accident does not happen, and nobody gains by making it
 * happen. Where keys cannot be made (Unicode text, values that lie elsewhere) the bookmarks alone are compared.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "format/compressed.h"
#include "isam/deep_internal.h"

enum { KEYS_MAX = 1024 }; /* of one record in one index; with more it is left unjudged */

/* ---- digests ---- */

static uint64_t mix(uint64_t x)
{
    x ^= x >> 30;
    x *= UINT64_C(0xBF58476D1CE4E5B9);
    x ^= x >> 27;
    x *= UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

struct hash {
    uint64_t a, b;
};

static void hash_word(struct hash *hash, uint64_t word)
{
    hash->a = mix(hash->a ^ word);
    hash->b = mix(hash->b + word * UINT64_C(0x9E3779B97F4A7C15));
}

static void hash_bytes(struct hash *hash, const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    hash_word(hash, size);
    for (; size - at >= sizeof(le64); at += sizeof(le64))
        hash_word(hash, le64_get(*(const le64 *)(const void *)(bytes + at)));
    le64 last = {{0}};
    if (at < size) {
        memcpy(last.b, bytes + at, size - at);
        hash_word(hash, le64_get(last));
    }
}

static struct hash hash_entry(const uint8_t *key, size_t key_size, const uint8_t *bookmark, size_t bookmark_size)
{
    struct hash hash = {UINT64_C(0x243F6A8885A308D3), UINT64_C(0x13198A2E03707344)};
    hash_bytes(&hash, key, key_size);
    hash_bytes(&hash, bookmark, bookmark_size);
    return hash;
}

uint64_t deep_entry_hash(const uint8_t *key, size_t key_size, const uint8_t *bookmark, size_t bookmark_size)
{
    return hash_entry(key, key_size, bookmark, bookmark_size).a;
}

void deep_digest_add(struct deep_digest *digest, const uint8_t *key, size_t key_size, const uint8_t *bookmark,
                     size_t bookmark_size)
{
    const struct hash hash = hash_entry(key, key_size, bookmark, bookmark_size);
    digest->count++;
    digest->low += hash.a;
    digest->high += hash.b;
}

static bool digest_is_equal(const struct deep_digest *a, const struct deep_digest *b)
{
    return a->count == b->count && a->low == b->low && a->high == b->high;
}

/* ---- the values of a key ---- */

/* A compressed value: as much of it as a key can need. */
static void decompress(struct deep *d, size_t slot, struct deep_segment_value *value)
{
    uint8_t *start = d->starts + slot * DEEP_START_SIZE;
    size_t size;
    value->is_unreadable = true;
    if (compressed_decode(value->bytes, value->size, d->scratch, DEEP_SCRATCH_SIZE, &size) < JET_errSuccess)
        return;
    value->size = size < DEEP_START_SIZE ? size : DEEP_START_SIZE;
    value->is_cut = size > DEEP_START_SIZE;
    if (value->size > 0)
        memcpy(start, d->scratch, value->size);
    value->bytes = start;
    value->is_unreadable = false;
}

/* One of the values of a tagged column. False: it cannot be judged. */
static bool take_tagged(struct deep *d, const struct record_value *stored, size_t slot, size_t which,
                        struct deep_segment_value *value, size_t *ret_count)
{
    struct deep_value one;
    *ret_count = deep_value_count(stored);
    if (*ret_count == SIZE_MAX)
        return false; /* damaged, which was reported */
    value->is_null = which > 0 && which >= *ret_count;
    if (value->is_null)
        return true;
    deep_value_get(stored, which, &one);
    value->bytes = one.bytes;
    value->size = one.size;
    value->is_unreadable = one.is_separated || one.is_encrypted;
    if (one.is_compressed && !value->is_unreadable)
        decompress(d, slot, value);
    return true;
}

static bool take_default(struct deep_segment_value *value)
{
    if (value->column->flags & DEEP_COLUMN_USER_DEFAULT)
        return false;
    value->is_null = !value->column->default_value.bytes;
    value->bytes = value->column->default_value.bytes;
    value->size = value->column->default_value.size;
    return true;
}

static jet_err get_stored(const struct record *record, const struct deep_column *column, struct record_value *ret_value)
{
    if (column->id >= RECORD_TAGGED_FIRST)
        return record_get_tagged(record, column->id, ret_value);
    if (column->id <= RECORD_FIXED_LAST)
        return record_get_fixed(record, column->id, column->offset, column->size, ret_value);
    record_get_variable(record, column->id, ret_value);
    return JET_errSuccess;
}

/* False: it cannot be judged. */
static bool take_value(struct deep *d, const struct record *record, size_t slot, size_t which,
                       struct deep_segment_value *value, size_t *ret_count)
{
    struct record_value stored;
    const struct deep_column *column = value->column;
    *ret_count = 1;
    if (get_stored(record, column, &stored) < JET_errSuccess)
        return false;
    if (stored.state == RECORD_NULL || (stored.state == RECORD_ABSENT && which > 0)) {
        value->is_null = true;
        return true;
    }
    if (stored.state == RECORD_ABSENT) {
        if (!take_default(value))
            return false;
    } else if (column->id >= RECORD_TAGGED_FIRST) {
        if (!take_tagged(d, &stored, slot, which, value, ret_count))
            return false;
    } else {
        value->bytes = stored.bytes;
        value->size = stored.size;
    }
    const size_t size = deep_type_size(column->type);
    return value->is_null || size == 0 || value->size == size;
}

/* DEEP_KEY_ENTRY: all conditions hold. */
static enum deep_key_verdict judge_conditions(struct deep *d, const struct deep_table *table,
                                              const struct deep_index *index, const struct record *record)
{
    enum deep_key_verdict verdict = DEEP_KEY_ENTRY;
    for (size_t i = 0; i < index->condition_count; i++) {
        struct deep_segment_value value = {.column = deep_column_find(d, table, index->conditions[i].column)};
        size_t ignored;
        if (!value.column || value.column->type == DEEP_TYPE_DELETED || !take_value(d, record, 0, 0, &value, &ignored))
            return DEEP_KEY_UNJUDGED;
        if (value.is_null != index->conditions[i].must_be_null)
            verdict = DEEP_KEY_NO_ENTRY;
    }
    return verdict;
}

/* The value of one segment, as it was chosen. */
static enum deep_key_verdict take_segment(struct deep *d, const struct deep_index *index, const struct record *record,
                                          size_t i, struct deep_choice *choice, bool *has_several,
                                          struct deep_segment_value *value)
{
    size_t count;
    const bool varies = deep_choice_varies(index, value->column, i, *has_several);
    *has_several |= varies;
    if (!take_value(d, record, i, varies ? choice->which[i] : 0, value, &count))
        return DEEP_KEY_UNJUDGED;
    choice->counts[i] = varies ? count : 0;
    return i == 0 && index->tuples.length_max > 0 ? deep_choice_cut(choice, index, value) : DEEP_KEY_ENTRY;
}

enum deep_key_verdict deep_record_key(struct deep *d, const struct deep_table *table, const struct deep_index *index,
                                      const struct record *record, struct deep_choice *choice, struct deep_key *ret_key)
{
    struct deep_key_values values = {0};
    enum deep_key_verdict verdict = judge_conditions(d, table, index, record);
    bool has_several = false;
    for (size_t i = 0; i < index->segment_count && verdict == DEEP_KEY_ENTRY; i++) {
        values.list[i].column = deep_column_find(d, table, index->segments[i].column);
        if (!values.list[i].column || values.list[i].column->type == DEEP_TYPE_DELETED)
            return DEEP_KEY_UNJUDGED;
        verdict = take_segment(d, index, record, i, choice, &has_several, &values.list[i]);
    }
    return verdict == DEEP_KEY_ENTRY ? deep_key_make(index, &values, ret_key) : verdict;
}

/* ---- what the records give ---- */

struct entries {
    struct deep *d;
    const struct deep_table *table;
    const struct deep_index *index;
    const struct record *record;
    const struct deep_node *node;
    deep_take_entry *take;
    void *context;
    uint64_t seen[KEYS_MAX]; /* hashes: equal keys of a record are one entry */
    size_t seen_count;
};

/* False: too many. */
static bool entry_take(struct entries *e, const struct deep_key *key)
{
    const uint64_t hash = deep_entry_hash(key->bytes, key->size, NULL, 0);
    for (size_t k = 0; k < e->seen_count; k++)
        if (e->seen[k] == hash)
            return true;
    if (e->seen_count == KEYS_MAX)
        return false;
    e->seen[e->seen_count++] = hash;
    e->take(e->context, key, e->node);
    return true;
}

/* All pieces of the values that were chosen; without tuples that is one. */
static bool pieces_take(struct entries *e, struct deep_choice *choice)
{
    struct deep_key key;
    do {
        const enum deep_key_verdict verdict = deep_record_key(e->d, e->table, e->index, e->record, choice, &key);
        if (verdict == DEEP_KEY_NO_MORE)
            return true;
        if (verdict == DEEP_KEY_UNJUDGED || (verdict == DEEP_KEY_ENTRY && !key.is_known))
            return false;
        if (verdict == DEEP_KEY_ENTRY && !entry_take(e, &key))
            return false;
        choice->piece++;
    } while (e->index->tuples.length_max > 0);
    return true;
}

static bool several_entries(struct entries *e)
{
    struct deep_choice choice = {0};
    do
        if (!pieces_take(e, &choice))
            return false;
    while (deep_choice_next(&choice, e->index));
    return true;
}

bool deep_index_entries(struct deep *d, const struct deep_table *table, const struct deep_index *index,
                        const struct record *record, const struct deep_node *node, deep_take_entry *take, void *context)
{
    struct deep_key key;
    struct deep_choice choice = {0};
    enum deep_key_verdict verdict = judge_conditions(d, table, index, record);
    if (verdict != DEEP_KEY_ENTRY)
        return verdict == DEEP_KEY_NO_ENTRY;
    verdict = deep_record_key(d, table, index, record, &choice, &key);
    if (verdict == DEEP_KEY_UNJUDGED)
        return false;
    if (deep_choice_is_several(&choice, index)) {
        struct entries entries = {d, table, index, record, node, take, context, .seen_count = 0};
        return several_entries(&entries);
    }
    if (verdict == DEEP_KEY_ENTRY)
        take(context, key.is_known ? &key : NULL, node);
    return true;
}

static void expect_entry(void *context, const struct deep_key *key, const struct deep_node *node)
{
    struct deep_expected_index *expected = context;
    deep_digest_add(&expected->bookmarks, NULL, 0, node->key, node->key_size);
    if (key)
        deep_digest_add(&expected->entries, key->bytes, key->size, node->key, node->key_size);
    else
        expected->keys_are_unknown = true;
}

void deep_indexes_expect(struct deep *d, const struct deep_table *table, const struct record *record,
                         const struct deep_node *node, struct deep_expected_index *expected)
{
    for (size_t i = 0; i < table->index_count; i++) {
        const struct deep_index *index = &d->schema.indexes[table->first_index + i];
        if (index->flags & DEEP_INDEX_PRIMARY || index->unjudged || expected[i].is_unjudged)
            continue;
        if (!deep_index_entries(d, table, index, record, node, expect_entry, &expected[i]))
            expected[i].is_unjudged = true;
    }
}

/* ---- what the entries are ---- */

struct entries_found {
    struct deep *d;
    struct deep_expected_index found;
};

static jet_err visit_entry(void *context, const struct deep_node *node)
{
    struct entries_found *f = context;
    deep_digest_add(&f->found.entries, node->key, node->key_size, node->data, node->data_size);
    deep_digest_add(&f->found.bookmarks, NULL, 0, node->data, node->data_size);
    f->d->counts->index_entries++;
    return JET_errSuccess;
}

static jet_err difference_code(const struct deep_table *table)
{
    return table->objid == DEEP_CATALOG_OBJID ? JET_errCatalogCorrupted : JET_errSecondaryIndexCorrupted;
}

static void report_difference(struct deep *d, const struct deep_tree *tree, jet_err err,
                              const struct deep_expected_index *expected, const struct deep_expected_index *found)
{
    char name[DEEP_NAME_SIZE];
    const char *of = deep_tree_name(d, tree, name);
    if (expected->bookmarks.count != found->bookmarks.count)
        deep_report(d, FINDING_INDEX, DEEP_BETWEEN, err, tree->fdp,
                    "%s: the records give %" PRIu64 " entries, and it has %" PRIu64, of, expected->bookmarks.count,
                    found->bookmarks.count);
    else if (!digest_is_equal(&expected->bookmarks, &found->bookmarks))
        deep_report(d, FINDING_INDEX, DEEP_BETWEEN, err, tree->fdp,
                    "%s: entries lead to other records than those that have them", of);
    else
        deep_report(d, FINDING_INDEX, DEEP_BETWEEN, err, tree->fdp, "%s: keys are not those of the records", of);
}

static bool is_as_expected(const struct deep_expected_index *expected, const struct deep_expected_index *found)
{
    return digest_is_equal(&expected->bookmarks, &found->bookmarks) &&
           (expected->keys_are_unknown || digest_is_equal(&expected->entries, &found->entries));
}

static jet_err check_index(struct deep *d, const struct deep_table *table, const struct deep_index *index,
                           const struct deep_expected_index *expected, bool table_is_whole)
{
    struct entries_found f = {.d = d};
    char name[DEEP_NAME_SIZE];
    jet_err err = deep_tree_and_space(d, index->tree, visit_entry, &f);
    if (err < JET_errSuccess)
        return err;
    const struct deep_tree *tree = &d->trees[index->tree];
    if (index->unjudged || expected->is_unjudged) {
        deep_report(d, FINDING_UNJUDGED, DEEP_NOTE, JET_errSuccess, tree->fdp,
                    "%s: its entries were not compared with the records (%s)", deep_tree_name(d, tree, name),
                    index->unjudged ? index->unjudged : "values that cannot be read");
        return JET_errSuccess;
    }
    if (expected->keys_are_unknown && index->order.state != TEXT_ORDER_NONE && index->order.state != TEXT_ORDER_CURRENT)
        deep_report(d, FINDING_UNJUDGED, DEEP_NOTE, JET_errSuccess, tree->fdp,
                    "%s: its keys were not compared with the records (an order of text that is not made here)",
                    deep_tree_name(d, tree, name));
    if (!table_is_whole || !tree->is_whole || is_as_expected(expected, &f.found))
        return JET_errSuccess;
    report_difference(d, tree, difference_code(table), expected, &f.found);
    return deep_index_search(d, table, index, !expected->keys_are_unknown, difference_code(table));
}

jet_err deep_indexes_check(struct deep *d, const struct deep_table *table, const struct deep_expected_index *expected,
                           bool table_is_whole)
{
    jet_err err = JET_errSuccess;
    for (size_t i = 0; err == JET_errSuccess && i < table->index_count; i++) {
        const struct deep_index *index = &d->schema.indexes[table->first_index + i];
        if (!(index->flags & DEEP_INDEX_PRIMARY))
            err = check_index(d, table, index, &expected[i], table_is_whole);
    }
    return err;
}
