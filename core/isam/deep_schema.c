/* SPDX-License-Identifier: MIT */
/* deep_schema.c - the records of the catalogue as tables, columns, indexes and trees.
 *
 * Unlike catalog.c, which shows people what is there, this reads every column that says something about other bytes.
 * The records come in the order (table, kind, id), so what belongs to a table follows its table record, and columns
 * follow each other by id. What cannot be used is reported and left out.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "isam/deep_internal.h"

enum {
    KIND_TABLE = 1,
    KIND_COLUMN = 2,
    KIND_INDEX = 3,
    KIND_LONG_VALUES = 4,
    KIND_CALLBACK = 5,
};

/* Fixed columns of the catalogue: number, place in the record, size. */
enum catalog_number {
    NUMBER_TABLE,
    NUMBER_KIND,
    NUMBER_ID,
    NUMBER_COLTYP_OR_FDP,
    NUMBER_SPACE_USAGE,
    NUMBER_FLAGS,
    NUMBER_PAGES_OR_LOCALE,
    NUMBER_RECORD_OFFSET,
    NUMBER_SORT_FLAGS,
    NUMBER_KEY_MOST,
    NUMBER_CHUNK_MAX,
    NUMBER_COUNT,
};

static const struct {
    unsigned column;
    size_t offset, size;
    bool may_be_null;
} numbers[NUMBER_COUNT] = {
    [NUMBER_TABLE] = {1,  4,  4, false},
    [NUMBER_KIND] = {2,  8,  2, false},
    [NUMBER_ID] = {3,  10, 4, false},
    [NUMBER_COLTYP_OR_FDP] = {4,  14, 4, false},
    [NUMBER_SPACE_USAGE] = {5,  18, 4, false},
    [NUMBER_FLAGS] = {6,  22, 4, false},
    [NUMBER_PAGES_OR_LOCALE] = {7,  26, 4, false},
    [NUMBER_RECORD_OFFSET] = {9,  31, 2, true },
    [NUMBER_SORT_FLAGS] = {10, 33, 4, true },
    [NUMBER_KEY_MOST] = {11, 37, 2, true },
    [NUMBER_CHUNK_MAX] = {12, 39, 4, true },
};

enum {
    COLUMN_NAME = 128,
    COLUMN_DEFAULT_VALUE = 131,
    COLUMN_KEY_FIELD_IDS = 132,
    COLUMN_VAR_SEG_MAC = 133,
    COLUMN_CONDITIONAL_COLUMNS = 134,
    COLUMN_TUPLE_LIMITS = 135,
    COLUMN_SORT_VERSION = 136,
    COLUMN_SORT_ID = 137,
    COLUMN_LOCALE_NAME = 261,
    KEY_MOST_DEFAULT = 255,
    RECORD_HEAD_SIZE = 4,
};

/* One record of the catalogue. */
struct entry {
    struct record record;
    struct deep_node node;
    uint32_t number[NUMBER_COUNT];
    bool is_null[NUMBER_COUNT];
    struct deep_bytes name;
};

struct key_segment_disk {
    uint8_t flags;    /* +0 */
    uint8_t reserved; /* +1 */
    le16 column;      /* +2 */
};
_Static_assert(sizeof(struct key_segment_disk) == 4, "file format");

enum { KEY_SEGMENT_MUST_BE_NULL = 0x20, KEY_SEGMENT_DESCENDING = 0x40, KEY_SEGMENT_TEMPLATE = 0x80 };

struct maker {
    struct deep *d;
    size_t table; /* the last one; SIZE_MAX: none yet */
};

static void entry_problem(struct deep *d, const struct deep_node *node, const char *text)
{
    deep_report(d, FINDING_CATALOG_CONTENT, DEEP_WITHIN_PAGE, JET_errCatalogCorrupted, node->pgno, "%s", text);
}

/* The same for what does not fit other records. */
static void entry_conflict(struct deep *d, const struct deep_node *node, const char *text)
{
    deep_report(d, FINDING_CATALOG_CONTENT, DEEP_BETWEEN, JET_errCatalogCorrupted, node->pgno, "%s", text);
}

/* ---- one record ---- */

static bool read_number(struct entry *e, enum catalog_number which)
{
    struct record_value value;
    if (record_get_fixed(&e->record, numbers[which].column, numbers[which].offset, numbers[which].size, &value) <
        JET_errSuccess)
        return false;
    e->is_null[which] = value.state != RECORD_VALUE;
    if (e->is_null[which])
        return numbers[which].may_be_null;
    e->number[which] = numbers[which].size == sizeof(le16) ? le16_get(*(const le16 *)(const void *)value.bytes)
                                                           : le32_get(*(const le32 *)(const void *)value.bytes);
    return true;
}

static struct deep_bytes variable(const struct entry *e, unsigned column)
{
    struct record_value value;
    record_get_variable(&e->record, column, &value);
    if (value.state != RECORD_VALUE)
        return (struct deep_bytes){NULL, 0};
    return (struct deep_bytes){value.bytes, value.size};
}

static bool read_entry(const struct deep *d, const struct deep_node *node, struct entry *e)
{
    *e = (struct entry){.node = *node};
    if (record_decode(node->data, node->data_size, d->page_size, &e->record) < JET_errSuccess)
        return false;
    for (unsigned i = 0; i < NUMBER_COUNT; i++) {
        if (!read_number(e, (enum catalog_number)i))
            return false;
    }
    e->name = variable(e, COLUMN_NAME);
    return e->name.bytes != NULL && e->number[NUMBER_KIND] >= KIND_TABLE && e->number[NUMBER_KIND] <= KIND_CALLBACK;
}

/* ---- tables ---- */

static uint32_t default_chunk_size(size_t page_size)
{
    return (uint32_t)page_size - (page_is_large(page_size) ? 122 : 82);
}

static jet_err add_table_tree(struct deep *d, const struct deep_table *table, size_t number, size_t *ret_tree)
{
    const struct deep_tree tree = {
        .fdp = table->fdp,
        .objid = table->objid,
        .kind = DEEP_TREE_TABLE,
        .pgno_parent = DEEP_ROOT_FDP,
        .parent = 0,
        .level = 1,
        .table = number,
    };
    for (size_t i = 1; i < d->tree_count && i < 3; i++) { /* the catalogue and its copy are there already */
        if (d->trees[i].fdp == table->fdp && d->trees[i].objid == table->objid) {
            d->trees[i].table = number;
            *ret_tree = i;
            return JET_errSuccess;
        }
    }
    return deep_tree_add(d, &tree, ret_tree);
}

static jet_err add_table(struct maker *m, const struct entry *e)
{
    struct deep *d = m->d;
    struct deep_schema *s = &d->schema;
    struct deep_table table = {
        .objid = e->number[NUMBER_ID],
        .fdp = e->number[NUMBER_COLTYP_OR_FDP],
        .flags = e->number[NUMBER_FLAGS],
        .name = e->name,
        .chunk_size = e->is_null[NUMBER_CHUNK_MAX] ? default_chunk_size(d->page_size) : e->number[NUMBER_CHUNK_MAX],
        .first_column = s->column_count,
        .first_index = s->index_count,
        .long_values_tree = SIZE_MAX,
    };
    if (e->number[NUMBER_TABLE] != table.objid)
        entry_problem(d, &e->node, "a table with two ids");
    if (table.chunk_size == 0 || table.chunk_size > default_chunk_size(d->page_size))
        entry_problem(d, &e->node, "long values in chunks of a size that no page holds");
    void *list = s->tables;
    jet_err err = deep_grow(&list, s->table_count, &s->table_room, 1, sizeof table);
    if (err < JET_errSuccess)
        return err;
    s->tables = list;
    err = add_table_tree(d, &table, s->table_count, &table.tree);
    if (err < JET_errSuccess)
        return err;
    m->table = s->table_count;
    s->tables[s->table_count++] = table;
    return JET_errSuccess;
}

/* ---- columns ---- */

/* The engine gives all fixed columns of its catalogue the same place; the real ones follow each other. */
static size_t column_offset(const struct deep *d, const struct deep_table *table, const struct entry *e)
{
    if (table->objid != DEEP_CATALOG_OBJID && table->objid != DEEP_SHADOW_OBJID)
        return e->number[NUMBER_RECORD_OFFSET];
    if (table->column_count == 0)
        return RECORD_HEAD_SIZE;
    const struct deep_column *last = &d->schema.columns[d->schema.column_count - 1];
    return last->offset + last->size;
}

static void check_column(struct deep *d, const struct entry *e, const struct deep_table *table,
                         const struct deep_column *column)
{
    const bool is_fixed = column->id <= RECORD_FIXED_LAST, is_tagged = column->id >= RECORD_TAGGED_FIRST;
    const uint32_t type = column->type;
    if (column->id == 0 || column->id > UINT16_MAX)
        entry_problem(d, &e->node, "a column with an id that none can have");
    else if (type > DEEP_TYPE_UNSIGNED_LONG_LONG || type == DEEP_TYPE_SLV)
        entry_problem(d, &e->node, "a column of a type that does not exist");
    else if (deep_type_is_long(type) && !is_tagged)
        entry_problem(d, &e->node, "a column of a long type that is not tagged");
    else if (!is_fixed && !is_tagged && type != DEEP_TYPE_BINARY && type != DEEP_TYPE_TEXT && type != DEEP_TYPE_DELETED)
        entry_problem(d, &e->node, "a variable column of a type of one size");
    else if (type != DEEP_TYPE_DELETED && deep_type_size(type) > 0 && column->size != deep_type_size(type))
        entry_problem(d, &e->node, "a column has not the size of its type");
    else if (is_fixed && e->is_null[NUMBER_RECORD_OFFSET])
        entry_problem(d, &e->node, "a fixed column without a place in the record");
    else if (table->column_count > 0 && d->schema.columns[d->schema.column_count - 1].id >= column->id)
        entry_conflict(d, &e->node, "the columns of a table are not in order");
}

static jet_err add_column(struct maker *m, const struct entry *e)
{
    struct deep *d = m->d;
    struct deep_schema *s = &d->schema;
    struct deep_table *table = &s->tables[m->table];
    struct deep_column column = {
        .id = e->number[NUMBER_ID],
        .type = e->number[NUMBER_COLTYP_OR_FDP],
        .size = e->number[NUMBER_SPACE_USAGE],
        .flags = e->number[NUMBER_FLAGS],
        .code_page = e->number[NUMBER_PAGES_OR_LOCALE],
        .default_value = variable(e, COLUMN_DEFAULT_VALUE),
    };
    if (column.id <= RECORD_FIXED_LAST)
        column.offset = column_offset(d, table, e);
    check_column(d, e, table, &column);
    void *list = s->columns;
    jet_err err = deep_grow(&list, s->column_count, &s->column_room, 1, sizeof column);
    if (err < JET_errSuccess)
        return err;
    s->columns = list;
    s->columns[s->column_count++] = column;
    table->column_count++;
    return JET_errSuccess;
}

/* ---- indexes ---- */

static void read_segments(struct deep *d, const struct entry *e, struct deep_index *index)
{
    const struct deep_bytes ids = variable(e, COLUMN_KEY_FIELD_IDS);
    const struct key_segment_disk *disk = (const void *)ids.bytes;
    if (!ids.bytes || ids.size == 0 || ids.size % sizeof *disk != 0 || ids.size / sizeof *disk > DEEP_SEGMENTS_MAX) {
        entry_problem(d, &e->node, "an index with damaged key columns");
        index->unjudged = "its key columns are not known";
        return;
    }
    index->segment_count = ids.size / sizeof *disk;
    for (size_t i = 0; i < index->segment_count; i++) {
        index->segments[i] = (struct deep_segment){
            .column = le16_get(disk[i].column),
            .is_descending = disk[i].flags & KEY_SEGMENT_DESCENDING,
        };
        if (disk[i].flags & KEY_SEGMENT_TEMPLATE)
            index->unjudged = "columns of a template table";
    }
}

static void read_conditions(struct deep *d, const struct entry *e, struct deep_index *index)
{
    const struct deep_bytes ids = variable(e, COLUMN_CONDITIONAL_COLUMNS);
    const struct key_segment_disk *disk = (const void *)ids.bytes;
    if (ids.size % sizeof *disk != 0 || ids.size / sizeof *disk > DEEP_SEGMENTS_MAX) {
        entry_problem(d, &e->node, "an index with damaged conditions");
        index->unjudged = "its conditions are not known";
        return;
    }
    index->condition_count = ids.bytes ? ids.size / sizeof *disk : 0;
    for (size_t i = 0; i < index->condition_count; i++) {
        index->conditions[i] = (struct deep_condition){.column = le16_get(disk[i].column),
                                                       .must_be_null = disk[i].flags & KEY_SEGMENT_MUST_BE_NULL};
        if (disk[i].flags & KEY_SEGMENT_TEMPLATE)
            index->unjudged = "columns of a template table";
    }
}

/* Three numbers in old files, else five. */
static void read_tuples(struct deep *d, const struct entry *e, struct deep_index *index)
{
    const struct deep_bytes limits = variable(e, COLUMN_TUPLE_LIMITS);
    const le32 *disk = (const void *)limits.bytes;
    if (!limits.bytes)
        return;
    if (limits.size != 3 * sizeof *disk && limits.size != 5 * sizeof *disk) {
        entry_problem(d, &e->node, "an index with damaged limits of its tuples");
        index->unjudged = "limits of its tuples are not known";
        return;
    }
    const bool is_old = limits.size == 3 * sizeof *disk;
    index->tuples = (struct deep_tuples){
        .length_min = le32_get(disk[0]),
        .length_max = le32_get(disk[1]),
        .count_max = le32_get(disk[2]),
        .step = is_old ? 1 : le32_get(disk[3]),
        .start = is_old ? 0 : le32_get(disk[4]),
    };
    if (index->tuples.length_min == 0 || index->tuples.length_min > index->tuples.length_max ||
        index->tuples.length_max > DEEP_TUPLE_MAX || index->tuples.count_max == 0 ||
        index->tuples.count_max > DEEP_TUPLES_MAX || index->tuples.step == 0 || index->tuples.step > DEEP_TUPLES_MAX ||
        index->tuples.start > DEEP_TUPLES_MAX) {
        entry_problem(d, &e->node, "an index with limits of its tuples that cannot be");
        index->tuples = (struct deep_tuples){0};
        index->unjudged = "limits of its tuples are not known";
    }
}

/* UTF-16 of ASCII; anything else is no language. */
static void read_locale(const struct entry *e, char ret_locale[OS_COLLATION_NAME_SIZE])
{
    struct record_value value;
    size_t length = 0;
    if (record_get_tagged(&e->record, COLUMN_LOCALE_NAME, &value) == JET_errSuccess && value.state == RECORD_VALUE)
        for (; length < value.size / 2 && length < OS_COLLATION_NAME_SIZE - 1; length++)
            ret_locale[length] = value.bytes[2 * length + 1] == 0 ? (char)value.bytes[2 * length] : '?';
    ret_locale[length] = '\0';
}

static jet_err read_order(const struct entry *e, struct deep_index *index)
{
    const struct deep_bytes bytes = variable(e, COLUMN_SORT_VERSION), id = variable(e, COLUMN_SORT_ID);
    const bool is_known = bytes.size == TEXT_ORDER_VERSION_SIZE && id.size == TEXT_ORDER_ID_SIZE;
    struct os_collation_version version;
    char locale[OS_COLLATION_NAME_SIZE];
    if (!(index->flags & DEEP_INDEX_LOCALIZED))
        return JET_errSuccess;
    if (is_known)
        text_order_version_get(bytes.bytes, id.bytes, &version);
    read_locale(e, locale);
    return text_order_load(&index->order, locale, e->number[NUMBER_SORT_FLAGS], is_known ? &version : NULL);
}

static const char *why_unjudged(const struct entry *e, const struct deep_table *table, const struct deep_index *index)
{
    if (index->unjudged)
        return index->unjudged;
    if (table->flags & DEEP_TABLE_DERIVED || index->flags & (DEEP_INDEX_TEMPLATE | DEEP_INDEX_DERIVED))
        return "columns of a template table";
    if (variable(e, COLUMN_VAR_SEG_MAC).bytes)
        return "key columns that are cut one by one";
    if (index->flags & (uint32_t)DEEP_INDEX_DEFERRED_POPULATE)
        return "an index that is not filled yet";
    return NULL;
}

/* Page flags of the tree of a secondary index. */
static jet_err add_index_tree(struct deep *d, struct deep_index *index, size_t table, size_t number)
{
    const struct deep_table *t = &d->schema.tables[table];
    const struct deep_tree tree = {
        .fdp = index->fdp,
        .objid = index->objid,
        .kind = DEEP_TREE_INDEX,
        .page_flags = PAGE_FLAG_INDEX | (index->flags & DEEP_INDEX_UNIQUE ? 0u : (uint32_t)PAGE_FLAG_NON_UNIQUE),
        .pgno_parent = t->fdp,
        .parent = t->tree,
        .level = 2,
        .table = table,
        .index = number,
    };
    return deep_tree_add(d, &tree, &index->tree);
}

static jet_err add_index(struct maker *m, const struct entry *e)
{
    struct deep *d = m->d;
    struct deep_schema *s = &d->schema;
    struct deep_table *table = &s->tables[m->table];
    struct deep_index index = {
        .objid = e->number[NUMBER_ID],
        .fdp = e->number[NUMBER_COLTYP_OR_FDP],
        .flags = e->number[NUMBER_FLAGS],
        .key_most = e->is_null[NUMBER_KEY_MOST] ? KEY_MOST_DEFAULT : e->number[NUMBER_KEY_MOST],
        .name = e->name,
    };
    read_segments(d, e, &index);
    read_conditions(d, e, &index);
    read_tuples(d, e, &index);
    index.unjudged = why_unjudged(e, table, &index);
    if (index.key_most > DEEP_INDEX_KEY_MAX) {
        entry_problem(d, &e->node, "an index with keys longer than any can be");
        index.unjudged = "its keys are too long";
    }
    if (index.flags & DEEP_INDEX_PRIMARY && (index.fdp != table->fdp || index.objid != table->objid))
        entry_conflict(d, &e->node, "a primary index that is not where its table is");
    void *list = s->indexes;
    jet_err err = deep_grow(&list, s->index_count, &s->index_room, 1, sizeof index);
    if (err < JET_errSuccess)
        return err;
    s->indexes = list;
    err = read_order(e, &index);
    if (err < JET_errSuccess)
        return err;
    if (!(index.flags & DEEP_INDEX_PRIMARY)) {
        err = add_index_tree(d, &index, m->table, s->index_count);
        if (err < JET_errSuccess) {
            text_order_close(&index.order);
            return err;
        }
    }
    s->indexes[s->index_count++] = index;
    s->tables[m->table].index_count++;
    return JET_errSuccess;
}

static jet_err add_long_values(struct maker *m, const struct entry *e)
{
    struct deep_table *table = &m->d->schema.tables[m->table];
    const struct deep_tree tree = {
        .fdp = e->number[NUMBER_COLTYP_OR_FDP],
        .objid = e->number[NUMBER_ID],
        .kind = DEEP_TREE_LONG_VALUES,
        .page_flags = PAGE_FLAG_LONG_VALUE,
        .pgno_parent = table->fdp,
        .parent = table->tree,
        .level = 2,
        .table = m->table,
    };
    if (table->long_values_tree != SIZE_MAX) {
        entry_conflict(m->d, &e->node, "a table with two trees of long values");
        return JET_errSuccess;
    }
    return deep_tree_add(m->d, &tree, &table->long_values_tree);
}

/* ---- all of them ---- */

/* Table, kind and id, as the key of the record must have them. */
static void check_entry_key(struct deep *d, const struct entry *e)
{
    const uint32_t table = e->number[NUMBER_TABLE] ^ 0x80000000u, id = e->number[NUMBER_ID] ^ 0x80000000u;
    const uint32_t kind = e->number[NUMBER_KIND] ^ 0x8000u;
    const be32 table_be = be32_make(table), id_be = be32_make(id);
    uint8_t key[13] = {0x7F, 0, 0, 0, 0, 0x7F, (uint8_t)(kind >> 8), (uint8_t)kind, 0x7F};
    memcpy(key + 1, table_be.b, sizeof table_be);
    memcpy(key + 9, id_be.b, sizeof id_be);
    if (e->node.key_size != sizeof key || memcmp(e->node.key, key, sizeof key) != 0)
        entry_problem(d, &e->node, "the key of a record is not what its columns say");
}

static jet_err add_entry(struct maker *m, const struct entry *e)
{
    const uint32_t kind = e->number[NUMBER_KIND];
    check_entry_key(m->d, e);
    if (kind == KIND_TABLE)
        return add_table(m, e);
    if (m->table == SIZE_MAX || m->d->schema.tables[m->table].objid != e->number[NUMBER_TABLE]) {
        entry_conflict(m->d, &e->node, "a record of a table that the catalogue does not have");
        return JET_errSuccess;
    }
    switch (kind) {
    case KIND_COLUMN: return add_column(m, e);
    case KIND_INDEX: return add_index(m, e);
    case KIND_LONG_VALUES: return add_long_values(m, e);
    default: return JET_errSuccess; /* callbacks have nothing of their own */
    }
}

jet_err deep_schema_make(struct deep *d, const struct deep_store *store)
{
    struct maker m = {.d = d, .table = SIZE_MAX};
    jet_err err = JET_errSuccess;
    for (size_t i = 0; err == JET_errSuccess && i < store->count; i++) {
        struct deep_node node;
        struct entry e;
        deep_store_node(store, i, &node);
        if (read_entry(d, &node, &e))
            err = add_entry(&m, &e);
        else
            entry_problem(d, &node, "a damaged record of the catalogue");
    }
    return err;
}
