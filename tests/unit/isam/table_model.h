/* SPDX-License-Identifier: MIT */
/* table_model.h - what tables should hold: a picture of a database in plain arrays, for random tests.
 *
 * A state has a few tables, each with a few columns and rows, and can be copied as a whole: that is how transactions
 * are played back. Values are not kept; byte i of the value (seed, size) is a function of seed and i, so that a value
 * can be cut and extended.
 *
 * Tables come in flavours by the kind of their primary index; the number of a row (`key`) tells where it is in the
 * order.
 */
#ifndef COLDSTREAM_TESTS_TABLE_MODEL_H
#define COLDSTREAM_TESTS_TABLE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isam/ddl.h"

enum {
    MODEL_TABLES = 3,
    MODEL_COLUMNS = 8,
    MODEL_ROWS = 48,
    MODEL_KEYS = 80,
    MODEL_VALUES = 4,
    MODEL_INDEXES = 3,
    MODEL_SEGMENTS = 2,
    MODEL_VALUE_SIZE_MAX = 60000,
};

enum model_flavour {
    MODEL_BY_LONG,       /* primary index on a Long column */
    MODEL_BY_TEXT,       /* ... on a Text column, descending, and a Long one */
    MODEL_WITHOUT_INDEX, /* rows in the order of their insertion */
};

struct model_value {
    uint32_t seed;
    uint32_t size;
};

struct model_cell {
    unsigned count; /* 0: null */
    struct model_value values[MODEL_VALUES];
};

struct model_row {
    uint32_t key;
    struct model_cell cells[MODEL_COLUMNS];
};

struct model_column {
    bool exists;
    unsigned kind; /* of model_kinds */
    uint32_t id;
    unsigned name;
    struct model_value default_value; /* size 0: none */
};

/* A secondary index on some columns of its table. */
struct model_index {
    bool exists;
    unsigned name;
    bool is_unique; /* then it has one column, which is no multi-valued one */
    unsigned slots[MODEL_SEGMENTS];
    bool is_descending[MODEL_SEGMENTS];
    unsigned segment_count;
    bool has_condition, must_be_null;
    unsigned condition; /* slot */
    uint32_t null_flags;
};

struct model_table {
    bool exists;
    enum model_flavour flavour;
    unsigned name;
    uint32_t key_columns[2]; /* ids */
    struct model_column columns[MODEL_COLUMNS];
    struct model_index indexes[MODEL_INDEXES];
    struct model_row rows[MODEL_ROWS]; /* ascending by key */
    unsigned row_count;
};

struct model {
    unsigned names; /* given out so far */
    struct model_table tables[MODEL_TABLES];
};

/* What a column may be. */
struct model_kind {
    uint32_t type;
    uint32_t flags;
    enum ddl_column_place place;
    uint32_t size_min, size_max;
    bool is_long;
    bool has_default;
};
extern const struct model_kind model_kinds[];
extern const unsigned model_kind_count;

uint8_t model_byte(uint32_t seed, uint32_t i);
void model_value_make(const struct model_value *value, uint8_t *bytes);
bool model_value_is(const struct model_value *value, const uint8_t *bytes, size_t size);

/* The row with that key; NULL: none. */
struct model_row *model_row_find(struct model_table *table, uint32_t key);

/* How many entries the row has in the index, if no two of its values give the same key. */
unsigned model_index_entries(const struct model_table *table, const struct model_index *index,
                             const struct model_row *row);

/* Is the column in the index, be it as a condition? */
bool model_index_has(const struct model_index *index, unsigned slot);

/* Has another row of the table the value of `row` in a unique index? */
bool model_index_is_taken(const struct model_table *table, const struct model_index *index,
                          const struct model_row *row);

/* A new row between its neighbours, with the defaults of all columns. */
struct model_row *model_row_add(struct model_table *table, uint32_t key);
void model_row_remove(struct model_table *table, struct model_row *row);

#endif
