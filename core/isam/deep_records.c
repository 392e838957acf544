/* SPDX-License-Identifier: MIT */
/* deep_records.c - the records of one table, and with them its indexes and long values.
 *
 * A record is checked against the columns of its table. Columns that the catalogue does not know are not looked at:
 * they were deleted, and their bytes stay. The catalogue and its copy are tables like others, but for being in memory.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "isam/deep_internal.h"

enum {
    CLASS_COLUMNS = 128,
    RECORD_HEAD_SIZE = 4,
    TAGGED_FLAGS_KNOWN = 0x7F,
    NUMBERED_KEY_SIZE = 4, /* of a table without a primary index */
    BINARY_MAX = 255,      /* bytes of a Binary or Text without a limit of its own */
};

struct table_check {
    struct deep *d;
    const struct deep_table *table;
    const struct deep_column *fixed[CLASS_COLUMNS];    /* by id */
    const struct deep_column *variable[CLASS_COLUMNS]; /* by id - 128 */
    const struct deep_index *primary;                  /* NULL: records are numbered */
    struct deep_expected_index *expected;
    struct deep_references references;
    bool is_opaque; /* records of columns that are described elsewhere */
    bool is_objids;
};

static void record_problem(struct table_check *c, const struct deep_node *node, const char *text, uint32_t column)
{
    char name[DEEP_NAME_SIZE], where[40] = "";
    if (column > 0)
        (void)snprintf(where, sizeof where, ", column %" PRIu32, column);
    deep_report(c->d, FINDING_RECORD, DEEP_WITHIN_PAGE, JET_errDatabaseCorrupted, node->pgno, "%s%s: %s",
                deep_tree_name(c->d, &c->d->trees[c->table->tree], name), where, text);
}

/* ---- columns ---- */

static void check_fixed(struct table_check *c, const struct record *record, const struct deep_node *node)
{
    const struct deep_column *last = record->fixed_last > 0 ? c->fixed[record->fixed_last] : NULL;
    if (record->fixed_last == 0
            ? record->null_bits != RECORD_HEAD_SIZE
            : last && last->type != DEEP_TYPE_DELETED && record->null_bits != last->offset + last->size)
        record_problem(c, node, "the fixed columns do not end where they should", record->fixed_last);
    for (unsigned id = 1; id <= record->fixed_last; id++) {
        struct record_value value;
        const struct deep_column *column = c->fixed[id];
        if (!column || column->type == DEEP_TYPE_DELETED)
            continue;
        if (record_get_fixed(record, id, column->offset, column->size, &value) < JET_errSuccess)
            record_problem(c, node, "it does not lie among the fixed columns", id);
        else if (value.state == RECORD_NULL && column->flags & DEEP_COLUMN_NOT_NULL)
            record_problem(c, node, "it is null and must not be", id);
    }
}

static void check_variable(struct table_check *c, const struct record *record, const struct deep_node *node)
{
    for (unsigned id = RECORD_VARIABLE_FIRST; id <= record->variable_last; id++) {
        struct record_value value;
        const struct deep_column *column = c->variable[id - RECORD_VARIABLE_FIRST];
        if (!column || column->type == DEEP_TYPE_DELETED)
            continue;
        record_get_variable(record, id, &value);
        if (value.state == RECORD_NULL && column->flags & DEEP_COLUMN_NOT_NULL)
            record_problem(c, node, "it is null and must not be", id);
        if (value.state == RECORD_VALUE && value.size > (column->size > 0 ? column->size : BINARY_MAX))
            record_problem(c, node, "a value longer than the column allows", id);
    }
}

static jet_err add_reference(struct deep_references *references, uint64_t lid)
{
    void *list = references->lids;
    jet_err err = deep_grow(&list, references->count, &references->room, 1, sizeof lid);
    if (err < JET_errSuccess)
        return err;
    references->lids = list;
    references->lids[references->count++] = lid;
    return JET_errSuccess;
}

static jet_err take_reference(struct table_check *c, const struct deep_node *node, unsigned id,
                              const struct deep_value *value)
{
    if (value->size == sizeof(le32))
        return add_reference(&c->references, le32_get(*(const le32 *)(const void *)value->bytes));
    if (value->size == sizeof(le64))
        return add_reference(&c->references, le64_get(*(const le64 *)(const void *)value->bytes));
    record_problem(c, node, "the id of a long value has a size that none has", id);
    return JET_errSuccess;
}

/* The size of a value that lies in the record. */
static void check_size(struct table_check *c, const struct deep_node *node, const struct deep_column *column,
                       const struct deep_value *value)
{
    const size_t size = deep_type_size(column->type);
    const bool is_limited = !deep_type_is_long(column->type);
    const size_t max = column->size > 0 ? column->size : is_limited ? BINARY_MAX : SIZE_MAX;
    if (value->is_encrypted || value->is_compressed)
        return;
    if (size > 0 ? value->size != size : value->size > max)
        record_problem(c, node, "a value of a size that the column does not have", column->id);
}

static jet_err check_tagged_value(struct table_check *c, const struct deep_node *node, unsigned id,
                                  const struct record_value *stored)
{
    const struct deep_column *column = deep_column_find(c->d, c->table, id);
    const size_t count = deep_value_count(stored);
    jet_err err = JET_errSuccess;
    if (count == SIZE_MAX || stored->tagged_flags & ~(unsigned)TAGGED_FLAGS_KNOWN) {
        record_problem(c, node, "a damaged value", id);
        return JET_errSuccess;
    }
    for (size_t i = 0; err == JET_errSuccess && i < count; i++) {
        struct deep_value value;
        deep_value_get(stored, i, &value);
        if (column && value.is_separated && column->type != DEEP_TYPE_DELETED && !deep_type_is_long(column->type))
            record_problem(c, node, "a value of a type of limited size that lies elsewhere", id);
        else if (value.is_separated)
            err = take_reference(c, node, id, &value);
        else if (column && column->type != DEEP_TYPE_DELETED)
            check_size(c, node, column, &value);
    }
    return err;
}

static jet_err check_tagged(struct table_check *c, const struct record *record, const struct deep_node *node)
{
    uint32_t before = 0;
    for (unsigned i = 0; i < record->tagged_count; i++) {
        struct record_value value;
        unsigned id;
        const bool is_derived = record_tagged_is_derived(record, i);
        if (record_get_tagged_at(record, i, &id, &value) < JET_errSuccess) {
            record_problem(c, node, "a damaged value", id);
            continue;
        }
        const uint32_t order = id + (is_derived ? 0 : 0x10000); /* those of the template table come first */
        if (id < RECORD_TAGGED_FIRST || order <= before)
            record_problem(c, node, "the tagged columns are not in order", id);
        before = order;
        if (value.state != RECORD_VALUE)
            continue;
        jet_err err = check_tagged_value(c, node, id, &value);
        if (err < JET_errSuccess)
            return err;
    }
    return JET_errSuccess;
}

/* ---- the primary key ---- */

static void key_problem(struct table_check *c, const struct deep_node *node, const char *text)
{
    char name[DEEP_NAME_SIZE];
    const bool is_catalog = c->table->objid == DEEP_CATALOG_OBJID || c->table->objid == DEEP_SHADOW_OBJID;
    deep_report(c->d, FINDING_INDEX, DEEP_WITHIN_PAGE,
                is_catalog ? JET_errCatalogCorrupted : JET_errPrimaryIndexCorrupted, node->pgno, "%s: %s",
                deep_tree_name(c->d, &c->d->trees[c->table->tree], name), text);
}

static void check_primary_key(struct table_check *c, const struct record *record, const struct deep_node *node)
{
    struct deep_key key;
    struct deep_choice first = {0};
    if (!c->primary) {
        if (node->key_size != NUMBERED_KEY_SIZE)
            key_problem(c, node, "the key of a record is not a number");
        return;
    }
    if (c->primary->unjudged)
        return;
    switch (deep_record_key(c->d, c->table, c->primary, record, &first, &key)) {
    case DEEP_KEY_NO_MORE:
    case DEEP_KEY_UNJUDGED: break;
    case DEEP_KEY_NO_ENTRY: key_problem(c, node, "a column of the primary key is null and must not be"); break;
    case DEEP_KEY_ENTRY:
        if (key.is_known ? node->key_size != key.size : node->key_size < key.known)
            key_problem(c, node, "the key of a record is not that of its columns");
        else if (memcmp(node->key, key.bytes, key.known) != 0)
            key_problem(c, node, "the key of a record is not that of its columns");
        break;
    }
}

/* ---- MSysObjids ---- */

static uint32_t tagged_number(const struct record *record, unsigned column, size_t size)
{
    struct record_value value;
    if (record_get_tagged(record, column, &value) < JET_errSuccess || value.state != RECORD_VALUE || value.size != size)
        return 0;
    return size == sizeof(le16) ? le16_get(*(const le16 *)(const void *)value.bytes)
                                : le32_get(*(const le32 *)(const void *)value.bytes);
}

static void check_objids_row(struct table_check *c, const struct record *record, const struct deep_node *node)
{
    enum { COLUMN_OBJID = 256, COLUMN_TABLE = 257, COLUMN_KIND = 258 };
    deep_objids_row(c->d, node, tagged_number(record, COLUMN_OBJID, sizeof(le32)),
                    tagged_number(record, COLUMN_TABLE, sizeof(le32)),
                    tagged_number(record, COLUMN_KIND, sizeof(le16)));
}

/* ---- one record ---- */

static jet_err visit_record(void *context, const struct deep_node *node)
{
    struct table_check *c = context;
    struct record record;
    c->d->counts->records++;
    if (c->is_opaque)
        return JET_errSuccess;
    if (record_decode(node->data, node->data_size, c->d->page_size, &record) < JET_errSuccess) {
        record_problem(c, node, "its parts do not fit it", 0);
        return JET_errSuccess;
    }
    check_fixed(c, &record, node);
    check_variable(c, &record, node);
    jet_err err = check_tagged(c, &record, node);
    check_primary_key(c, &record, node);
    deep_indexes_expect(c->d, c->table, &record, node, c->expected);
    if (c->is_objids)
        check_objids_row(c, &record, node);
    return err;
}

/* ---- the table ---- */

static void sort_columns(struct table_check *c)
{
    const struct deep_column *columns = c->d->schema.columns + c->table->first_column;
    for (size_t i = 0; i < c->table->column_count; i++) {
        const struct deep_column *column = &columns[i];
        if (column->id <= RECORD_FIXED_LAST)
            c->fixed[column->id] = column;
        else if (column->id <= RECORD_VARIABLE_LAST)
            c->variable[column->id - RECORD_VARIABLE_FIRST] = column;
    }
}

static jet_err begin_table(struct table_check *c)
{
    static const char objids[] = "MSysObjids";
    const struct deep_table *table = c->table;
    c->expected = calloc(table->index_count + 1, sizeof *c->expected);
    if (!c->expected)
        return JET_errOutOfMemory;
    sort_columns(c);
    c->is_opaque = table->flags & DEEP_TABLE_DERIVED;
    c->is_objids = table->name.size == sizeof objids - 1 && memcmp(table->name.bytes, objids, sizeof objids - 1) == 0;
    for (size_t i = 0; i < table->index_count; i++) {
        const struct deep_index *index = &c->d->schema.indexes[table->first_index + i];
        if (index->flags & DEEP_INDEX_PRIMARY)
            c->primary = index;
    }
    return JET_errSuccess;
}

static void note_opaque(struct table_check *c)
{
    char name[DEEP_NAME_SIZE];
    if (c->is_opaque)
        deep_report(c->d, FINDING_UNJUDGED, DEEP_NOTE, JET_errSuccess, c->table->fdp,
                    "%s: its records were not looked into, because a template table describes them",
                    deep_tree_name(c->d, &c->d->trees[c->table->tree], name));
}

/* The catalogue and its copy were read before; NULL for other tables. */
static const struct deep_store *store_of(const struct deep *d, const struct deep_table *table)
{
    if (table->tree == 1)
        return &d->catalog;
    return table->tree == 2 ? &d->shadow : NULL;
}

jet_err deep_records_again(struct deep *d, const struct deep_table *table, deep_visit *visit, void *context)
{
    const struct deep_store *store = store_of(d, table);
    jet_err err = JET_errSuccess;
    if (!store)
        return deep_tree_walk_again(d, table->tree, visit, context);
    for (size_t i = 0; err == JET_errSuccess && i < store->count; i++) {
        struct deep_node node;
        deep_store_node(store, i, &node);
        err = visit(context, &node);
    }
    return err;
}

jet_err deep_table_check(struct deep *d, size_t table)
{
    struct table_check c = {.d = d, .table = &d->schema.tables[table]};
    jet_err err = begin_table(&c);
    if (err < JET_errSuccess)
        goto done;
    note_opaque(&c);
    err = store_of(d, c.table) ? deep_records_again(d, c.table, visit_record, &c)
                               : deep_tree_and_space(d, c.table->tree, visit_record, &c);
    if (err < JET_errSuccess)
        goto done;
    const bool is_whole = d->trees[c.table->tree].is_whole && !c.is_opaque;
    if (c.is_objids && is_whole)
        deep_objids_end(d, c.table->fdp);
    err = deep_long_values_check(d, c.table, &c.references, is_whole);
    if (err == JET_errSuccess)
        err = deep_indexes_check(d, c.table, c.expected, is_whole);
done:
    free(c.references.lids);
    free(c.expected);
    return err;
}
