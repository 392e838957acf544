/* SPDX-License-Identifier: MIT */
/* deep_internal.h - what the files of the deep check share.
 *
 *      deep.c               the order of the checks; reports
 *      deep_tree.c          one tree, page by page
 *      deep_space.c         extents of one tree, and the account of all pages
 *      deep_schema.c        records of the catalogue -> tables, columns, indexes, trees
 *      deep_catalog.c       the catalogue against its copy, and against the trees
 *      deep_records.c       the records of one table
 *      deep_values.c        the values of one record
 *      deep_keys.c          values -> keys
 *      deep_indexes.c       entries of one table's indexes
 *      deep_index_search.c  which of them are wrong
 *      deep_long_values.c   long values of one table
 *
 * Damage is reported and never returned: functions that return a jet_err do so for what ends the whole check (no
 * memory, no disk, cancelled). Whoever finds that something is incomplete says so in `is_whole` of the tree, and
 * comparisons that need it whole are left out: one damaged page gives one finding, not a thousand.
 */
#ifndef COLDSTREAM_ISAM_DEEP_INTERNAL_H
#define COLDSTREAM_ISAM_DEEP_INTERNAL_H

#include <stddef.h>

#include "format/node.h"
#include "format/page.h"
#include "format/space.h"
#include "isam/deep.h"
#include "isam/record.h"
#include "isam/text_order.h"

enum {
    DEEP_DEPTH_MAX = 16,
    DEEP_KEY_MAX = 2 * NODE_KEY_PART_MAX,
    DEEP_SEGMENTS_MAX = 16, /* of an index's key */
    DEEP_INDEX_KEY_MAX = 2000,
    DEEP_TUPLE_MAX = 255, /* characters of a tuple */
    DEEP_TUPLES_MAX = 0xFFFF,
    DEEP_START_SIZE = 4096, /* no key needs more of a value */
    DEEP_SCRATCH_SIZE = 128 * 1024,
    DEEP_ROOT_FDP = 1,
    DEEP_CATALOG_FDP = 4,
    DEEP_SHADOW_FDP = 24,
    DEEP_ROOT_OBJID = 1,
    DEEP_CATALOG_OBJID = 2,
    DEEP_SHADOW_OBJID = 3,
};

/* ---- trees ---- */

enum deep_tree_kind {
    DEEP_TREE_ROOT,
    DEEP_TREE_TABLE,
    DEEP_TREE_INDEX,
    DEEP_TREE_LONG_VALUES,
};

struct deep_extent {
    pgno_t first, last;
};

struct deep_extents {
    struct deep_extent *list; /* ascending, disjoint */
    size_t count, room;
};

struct deep_tree {
    pgno_t fdp;
    objid_t objid;
    enum deep_tree_kind kind;
    uint32_t page_flags; /* PAGE_FLAG_INDEX, PAGE_FLAG_NON_UNIQUE, PAGE_FLAG_LONG_VALUE */
    pgno_t pgno_parent;  /* FDP of the tree that its space comes from */
    size_t parent;       /* the same as a number of a tree */
    unsigned level;      /* 0 root, 1 tables, 2 what belongs to tables */
    size_t table, index; /* in the schema; meaningful for those kinds that have them */
    bool is_walked;
    bool is_whole;       /* every page was read and understood */
    bool space_is_whole; /* the same for its extents */
    bool has_row;        /* in MSysObjids */
    struct deep_extents owned, available;
};

/* ---- the catalogue in memory ---- */

struct deep_stored {
    size_t key, key_size; /* offsets in the bytes */
    size_t data, data_size;
    pgno_t pgno;
};

/* Nodes of a tree, copied. */
struct deep_store {
    struct deep_stored *list;
    size_t count, room;
    uint8_t *bytes;
    size_t size, bytes_room;
};

struct deep_bytes {
    const uint8_t *bytes; /* NULL: absent or null */
    size_t size;
};

struct deep_column {
    uint32_t id;
    uint32_t type; /* 0: deleted */
    uint32_t size; /* maximum in bytes, 0: no limit; fixed columns: their size */
    uint32_t flags;
    uint32_t code_page;
    size_t offset; /* of a fixed column, in the record */
    struct deep_bytes default_value;
};

enum deep_column_flag {
    DEEP_COLUMN_NOT_NULL = 0x1,
    DEEP_COLUMN_AUTO_INCREMENT = 0x4,
    DEEP_COLUMN_MULTI_VALUED = 0x8,
    DEEP_COLUMN_USER_DEFAULT = 0x80,
    DEEP_COLUMN_ENCRYPTED = 0x2000,
};

enum deep_column_type {
    DEEP_TYPE_DELETED = 0,
    DEEP_TYPE_BIT = 1,
    DEEP_TYPE_UNSIGNED_BYTE = 2,
    DEEP_TYPE_SHORT = 3,
    DEEP_TYPE_LONG = 4,
    DEEP_TYPE_CURRENCY = 5,
    DEEP_TYPE_SINGLE = 6,
    DEEP_TYPE_DOUBLE = 7,
    DEEP_TYPE_DATE_TIME = 8,
    DEEP_TYPE_BINARY = 9,
    DEEP_TYPE_TEXT = 10,
    DEEP_TYPE_LONG_BINARY = 11,
    DEEP_TYPE_LONG_TEXT = 12,
    DEEP_TYPE_SLV = 13,
    DEEP_TYPE_UNSIGNED_LONG = 14,
    DEEP_TYPE_LONG_LONG = 15,
    DEEP_TYPE_GUID = 16,
    DEEP_TYPE_UNSIGNED_SHORT = 17,
    DEEP_TYPE_UNSIGNED_LONG_LONG = 18,
};

enum { DEEP_CODE_PAGE_UNICODE = 1200 };

enum deep_index_flag {
    DEEP_INDEX_UNIQUE = 0x0001,
    DEEP_INDEX_ALLOW_ALL_NULLS = 0x0002,
    DEEP_INDEX_ALLOW_FIRST_NULL = 0x0004,
    DEEP_INDEX_ALLOW_SOME_NULLS = 0x0008,
    DEEP_INDEX_PRIMARY = 0x0020,
    DEEP_INDEX_MULTI_VALUED = 0x0080,
    DEEP_INDEX_TEMPLATE = 0x0100,
    DEEP_INDEX_DERIVED = 0x0200,
    DEEP_INDEX_LOCALIZED = 0x0400,
    DEEP_INDEX_NULLS_HIGH = 0x0800,
    DEEP_INDEX_CROSS_PRODUCT = 0x2000,
    DEEP_INDEX_NESTED_TABLE = 0x8000,
    DEEP_INDEX_DOT_NET_GUID = 0x2 << 16,
    DEEP_INDEX_DEFERRED_POPULATE = 0x4 << 16,
};

struct deep_segment {
    uint32_t column;
    bool is_descending;
};

/* Only records where the column is null are in the index, or only others. */
struct deep_condition {
    unsigned column;
    bool must_be_null;
};

/* Pieces of the value of the first column, in characters. */
struct deep_tuples {
    size_t length_min, length_max; /* 0: none */
    size_t count_max, step, start;
};

struct deep_index {
    objid_t objid;
    pgno_t fdp;
    uint32_t flags;
    size_t key_most;
    struct deep_segment segments[DEEP_SEGMENTS_MAX];
    size_t segment_count;
    struct deep_condition conditions[DEEP_SEGMENTS_MAX];
    size_t condition_count;
    struct deep_tuples tuples;
    struct text_order order; /* of Unicode text in the key */
    struct deep_bytes name;
    size_t tree;          /* of a secondary index */
    const char *unjudged; /* why its entries cannot be predicted; NULL: they can */
};

enum deep_table_flag {
    DEEP_TABLE_TEMPLATE = 0x20000000,
    DEEP_TABLE_DERIVED = 0x10000000,
};

struct deep_table {
    objid_t objid;
    pgno_t fdp;
    uint32_t flags;
    struct deep_bytes name;
    uint32_t chunk_size;               /* of long values */
    size_t first_column, column_count; /* ascending ids */
    size_t first_index, index_count;
    size_t tree;             /* its own */
    size_t long_values_tree; /* SIZE_MAX: none */
};

struct deep_schema {
    struct deep_table *tables;
    struct deep_column *columns;
    struct deep_index *indexes;
    size_t table_count, table_room, column_count, column_room, index_count, index_room;
};

/* ---- the check ---- */

/* What a page is used for, and by which tree: DEEP_USE(tree number, use); 0: nobody named it. */
enum deep_use {
    DEEP_USE_TREE = 1,
    DEEP_USE_SPACE = 2,
    DEEP_USE_AVAILABLE = 3,
    DEEP_USE_BITS = 2,
};

struct deep {
    struct database_file *file;
    const struct database_file_info *info;
    const struct deep_options *options;
    const struct finding_listener *listener;
    struct deep_counts *counts;
    size_t page_size;
    pgno_t last_page; /* that can be looked at */
    bool is_clean;
    objid_t objid_last;
    dbtime_t dbtime_last;
    uint32_t update_major;  /* of the format */
    bool has_old_checksums; /* a format in which pages may still have the XOR-32 scheme */

    uint32_t *uses;   /* by page */
    uint32_t *owners; /* number of a tree + 1; by page */
    struct deep_tree *trees;
    size_t tree_count, tree_room;
    struct deep_objid {
        objid_t objid;
        size_t tree;
    } * by_objid; /* all trees, ascending; NULL until they are all known */
    struct deep_store catalog, shadow;
    const struct deep_store *used; /* the one that the schema is made of */
    struct deep_schema schema;

    uint8_t *pages[DEEP_DEPTH_MAX]; /* one for each level of the walk */
    uint8_t *bounds[DEEP_DEPTH_MAX + 1];
    uint8_t *key;     /* of the node at hand; with data behind it in a non-unique tree */
    uint8_t *scratch; /* DEEP_SCRATCH_SIZE bytes for a decompressed value */
    uint8_t *starts;  /* the first DEEP_START_SIZE bytes of each decompressed value of a key */
    uint64_t pages_done;

    unsigned searches; /* deep_index_search() calls so far */
    jet_err first_damage;
    uint64_t findings;
};

/* ---- deep.c ---- */

/* Is the finding one of a page alone, or of things that do not fit together? The latter recovery may mend. */
enum deep_scope {
    DEEP_WITHIN_PAGE,
    DEEP_BETWEEN,
    DEEP_WARNING,
    DEEP_NOTE,
};

/* pgno 0: of the whole file. */
PRINTF_LIKE(6, 7)
void deep_report(struct deep *d, enum finding_kind kind, enum deep_scope scope, jet_err err, pgno_t pgno,
                 const char *format, ...);

/* "table Messages", "index ByName of table Messages"; also for a table's catalogue entry. */
enum { DEEP_NAME_SIZE = 300 };
const char *deep_tree_name(const struct deep *d, const struct deep_tree *tree, char text[DEEP_NAME_SIZE]);

/* Makes room for `more` more elements; `*list` may move. */
MUST_CHECK jet_err deep_grow(void **list, size_t count, size_t *room, size_t more, size_t element_size);

/* Progress, and whether to stop: JET_errBackupAbortByServer. For each page. */
MUST_CHECK jet_err deep_page_done(struct deep *d);

/* ---- deep_tree.c ---- */

/* A node that is not deleted. Borrowed for the call. */
struct deep_node {
    const uint8_t *key;
    size_t key_size;
    const uint8_t *data;
    size_t data_size;
    pgno_t pgno;
};

typedef jet_err deep_visit(void *context, const struct deep_node *node);

struct deep_walk_result {
    bool is_whole;
    uint8_t head[SPACE_HEADER_SIZE_MAX]; /* tag 0 of the root */
    size_t head_size;                    /* SIZE_MAX: not known */
    uint64_t pages;
    uint64_t deleted;
};

/* Walks the tree whose root is page `root`: that of the tree itself, or, with PAGE_FLAG_SPACE_TREE in `space_flag`, one
 * of its space trees. Every page of it is entered as used. `visit`: NULL if nobody wants the nodes. */
MUST_CHECK jet_err deep_tree_walk(struct deep *d, size_t tree, pgno_t root, uint32_t space_flag, deep_visit *visit,
                                  void *context, struct deep_walk_result *ret_result);

/* Visits the nodes of a tree that was found whole once more, and says nothing. */
MUST_CHECK jet_err deep_tree_walk_again(struct deep *d, size_t tree, deep_visit *visit, void *context);

/* Enters a page as used; false: somebody else uses it, which was reported. `pgno` is legal. */
bool deep_page_claim(struct deep *d, size_t tree, enum deep_use use, pgno_t pgno);

/* ---- deep_space.c ---- */

/* Looks at the space of a tree that was walked; sets its extents and space_is_whole. */
MUST_CHECK jet_err deep_space_of_tree(struct deep *d, size_t tree, const struct deep_walk_result *walked);

/* When all trees were walked: every page is owned and used once. */
MUST_CHECK jet_err deep_space_account(struct deep *d);

/* Walks a tree, then its space. */
MUST_CHECK jet_err deep_tree_and_space(struct deep *d, size_t tree, deep_visit *visit, void *context);

/* ---- deep_schema.c, deep_catalog.c ---- */

MUST_CHECK jet_err deep_tree_add(struct deep *d, const struct deep_tree *tree, size_t *ret_tree);

/* Fills the schema, and the list of trees behind the three that every database has. */
MUST_CHECK jet_err deep_schema_make(struct deep *d, const struct deep_store *store);

MUST_CHECK jet_err deep_store_add(struct deep_store *store, const struct deep_node *node);
void deep_store_node(const struct deep_store *store, size_t i, struct deep_node *ret_node);

/* Reads both copies, compares them, makes the schema, and checks ids and root pages. */
MUST_CHECK jet_err deep_catalog(struct deep *d);

/* A row of MSysObjids. */
void deep_objids_row(struct deep *d, const struct deep_node *node, objid_t objid, objid_t table, uint32_t kind);
void deep_objids_end(struct deep *d, pgno_t pgno);

/* ---- deep_values.c ---- */

struct deep_value {
    const uint8_t *bytes;
    size_t size;
    bool is_separated;
    bool is_compressed;
    bool is_encrypted;
};

/* Number of values in the bytes of a tagged column, SIZE_MAX if they are damaged; and the i-th of them. */
size_t deep_value_count(const struct record_value *value);
void deep_value_get(const struct record_value *value, size_t i, struct deep_value *ret_value);

/* Bytes of a type of one size; 0: it has none. */
size_t deep_type_size(uint32_t type);
static inline bool deep_type_is_long(uint32_t type)
{
    return type == DEEP_TYPE_LONG_BINARY || type == DEEP_TYPE_LONG_TEXT;
}

/* NULL: the table has no such column. */
const struct deep_column *deep_column_find(const struct deep *d, const struct deep_table *table, uint32_t id);

/* ---- deep_keys.c ---- */

struct deep_key {
    uint8_t bytes[DEEP_INDEX_KEY_MAX];
    size_t size;
    size_t known; /* bytes at the start that are right for sure; = size unless there is Unicode text */
    bool is_known;
};

enum deep_key_verdict {
    DEEP_KEY_ENTRY,    /* the record has an entry in the index */
    DEEP_KEY_NO_ENTRY, /* by the rules for nulls */
    DEEP_KEY_NO_MORE,  /* no piece of the value is left */
    DEEP_KEY_UNJUDGED, /* it cannot be said */
};

/* The values of the columns of a key, as they count: defaults are in. */
struct deep_key_values {
    struct deep_segment_value {
        const struct deep_column *column;
        bool is_null;
        bool is_unreadable; /* a value that lies elsewhere, or cannot be decoded */
        bool is_cut;        /* decompressed, and longer than what there is of it */
        const uint8_t *bytes;
        size_t size;
    } list[DEEP_SEGMENTS_MAX];
};

enum deep_key_verdict deep_key_make(const struct deep_index *index, const struct deep_key_values *values,
                                    struct deep_key *ret_key);

/* ---- deep_records.c, deep_indexes.c, deep_index_search.c, deep_long_values.c ---- */

/* Records, indexes and long values of one table. */
MUST_CHECK jet_err deep_table_check(struct deep *d, size_t table);

/* Visits the records of a table that was found whole once more. */
MUST_CHECK jet_err deep_records_again(struct deep *d, const struct deep_table *table, deep_visit *visit, void *context);

/* A sum that does not depend on the order of what went in. */
struct deep_digest {
    uint64_t count;
    uint64_t low, high;
};

/* Of (key, bookmark); one of the two halves that go into a digest. */
uint64_t deep_entry_hash(const uint8_t *key, size_t key_size, const uint8_t *bookmark, size_t bookmark_size);

void deep_digest_add(struct deep_digest *digest, const uint8_t *key, size_t key_size, const uint8_t *bookmark,
                     size_t bookmark_size);

struct deep_expected_index {
    struct deep_digest entries;   /* (key, bookmark) */
    struct deep_digest bookmarks; /* bookmark alone */
    bool keys_are_unknown;        /* of some records */
    bool is_unjudged;             /* even the bookmarks are not known */
};

struct deep_references {
    uint64_t *lids;
    size_t count, room;
};

/* The record's entries in all secondary indexes of the table. `expected`: one for each index. */
void deep_indexes_expect(struct deep *d, const struct deep_table *table, const struct record *record,
                         const struct deep_node *node, struct deep_expected_index *expected);

/* One record's entries in one index. `take` is told each, its key NULL where keys are not known. False: it cannot be
 * said which entries there should be. */
typedef void deep_take_entry(void *context, const struct deep_key *key, const struct deep_node *node);

bool deep_index_entries(struct deep *d, const struct deep_table *table, const struct deep_index *index,
                        const struct record *record, const struct deep_node *node, deep_take_entry *take,
                        void *context);

/* An index that is not what the records make it: names the entries and records concerned, some of them. */
MUST_CHECK jet_err deep_index_search(struct deep *d, const struct deep_table *table, const struct deep_index *index,
                                     bool keys_are_known, jet_err code);

/* Compares them. */
MUST_CHECK jet_err deep_indexes_check(struct deep *d, const struct deep_table *table,
                                      const struct deep_expected_index *expected, bool table_is_whole);

/* ---- deep_choice.c ---- */

/* Begins as {0}: the first values of all columns, the first piece. */
struct deep_choice {
    size_t which[DEEP_SEGMENTS_MAX];
    size_t counts
        [DEEP_SEGMENTS_MAX]; /* values that take their turn: deep_record_key() writes them; 0: the column does not vary */
    size_t piece;
};

/* Do all values of the column count? `has_been`: those of one before it do. */
bool deep_choice_varies(const struct deep_index *index, const struct deep_column *column, size_t segment,
                        bool has_been);

/* The next values; the first piece of them. False: those were the last. */
bool deep_choice_next(struct deep_choice *choice, const struct deep_index *index);

/* May the record have more keys than one? */
bool deep_choice_is_several(const struct deep_choice *choice, const struct deep_index *index);

/* The piece of the value, in its place. DEEP_KEY_ENTRY; DEEP_KEY_NO_MORE; DEEP_KEY_UNJUDGED. */
enum deep_key_verdict deep_choice_cut(const struct deep_choice *choice, const struct deep_index *index,
                                      struct deep_segment_value *value);

/* The key that the record has in an index, from the values chosen. */
enum deep_key_verdict deep_record_key(struct deep *d, const struct deep_table *table, const struct deep_index *index,
                                      const struct record *record, struct deep_choice *choice,
                                      struct deep_key *ret_key);

MUST_CHECK jet_err deep_long_values_check(struct deep *d, const struct deep_table *table,
                                          struct deep_references *references, bool table_is_whole);

#endif
