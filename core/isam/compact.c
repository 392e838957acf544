/* SPDX-License-Identifier: MIT */
/* compact.c - see compact.h. A row is read and written column by column, as an application would do it: so the rules
 * about what a record may hold are not here a second time. Only those that hold for new rows do not count
 * (table_cursor_copies_rows). */
#include "isam/compact.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "btree/space.h"
#include "btree/tree.h"
#include "isam/ddl.h"
#include "isam/session.h"
#include "isam/table_cursor.h"
#include "isam/transaction.h"

enum {
    ROWS_PER_TRANSACTION = 200,
    BYTES_PER_TRANSACTION = 4 << 20,
    PIECE = 64 << 10, /* of a long value */
};

/* A column, there and here. */
struct column_pair {
    struct column from; /* a copy, with pointers into the open table */
    uint32_t to;
};

struct copy {
    const struct compact_job *job;
    struct table_cursor *from, *to;
    struct column_pair *columns;
    size_t column_count;
    uint8_t *piece;
    uint32_t done, total; /* pages */
    uint64_t bytes;       /* in the open transaction */
    unsigned rows;
};

/* ---- definitions ---- */

static jet_err columns_list(struct copy *copy)
{
    struct table *table = table_cursor_table(copy->from);
    jet_err err = JET_errSuccess;

    latch_shared(&table->latch);
    copy->columns = calloc(table->column_count + 1, sizeof *copy->columns);
    if (!copy->columns)
        err = JET_errOutOfMemory;
    for (size_t i = 0; err >= JET_errSuccess && i < table->column_count; i++)
        if (column_is_visible(table->columns[i], copy->job->session))
            copy->columns[copy->column_count++].from = *table->columns[i];
    latch_unlock_shared(&table->latch);
    return err;
}

static jet_err columns_make(struct copy *copy, struct table *table)
{
    jet_err err = JET_errSuccess;

    for (size_t i = 0; i < copy->column_count && err >= JET_errSuccess; i++) {
        const struct ddl_column definition = ddl_column_of(&copy->columns[i].from);

        err = ddl_column_add(copy->job->session, table, &definition, &copy->columns[i].to);
    }
    return err;
}

/* The number here of a column there; 0: there is none. */
static uint32_t column_to(const struct copy *copy, uint32_t from)
{
    for (size_t i = 0; i < copy->column_count; i++)
        if (copy->columns[i].from.id == from)
            return copy->columns[i].to;
    return 0;
}

static jet_err index_make(const struct copy *copy, struct table *table, const struct index *index)
{
    struct index_segment segments[TABLE_KEY_SEGMENTS_MAX];
    struct index_condition conditions[TABLE_KEY_SEGMENTS_MAX];
    const struct ddl_index definition = {
        .name = index->name,
        .flags = index->flags,
        .density = index->density,
        .segments = segments,
        .segment_count = index->segment_count,
        .conditions = conditions,
        .condition_count = index->condition_count,
        .key_most = index->key_most,
        .segment_max = index->tuples.length_max == 0 ? index->segment_max : 0,
        .has_tuples = index->tuples.length_max != 0,
        .tuples = index->tuples,
        .sort_flags = index->sort_flags,
        .locale = index->locale,
    };

    for (unsigned i = 0; i < index->segment_count; i++)
        segments[i] =
            (struct index_segment){column_to(copy, index->segments[i].column), index->segments[i].is_descending};
    for (unsigned i = 0; i < index->condition_count; i++)
        conditions[i] =
            (struct index_condition){column_to(copy, index->conditions[i].column), index->conditions[i].must_be_null};
    return ddl_index_create(copy->job->session, table, &definition);
}

/* Nobody else has the source open for changes: its indexes stay while they are looked at. */
static jet_err indexes_make(const struct copy *copy, struct table *table, bool primary)
{
    const struct table *from = table_cursor_table(copy->from);
    jet_err err = JET_errSuccess;

    for (size_t i = 0; i < from->index_count && err >= JET_errSuccess; i++) {
        const struct index *index = from->indexes[i];

        if (index_is_visible(index, copy->job->session) && primary == ((index->flags & INDEX_PRIMARY) != 0))
            err = index_make(copy, table, index);
    }
    return err;
}

/* One with a schema that is fixed has to have all that belongs to it at once. */
static jet_err table_make(struct copy *copy, const char *name)
{
    const struct table *from = table_cursor_table(copy->from);
    const bool is_fixed = (from->flags & TABLE_FLAG_FIXED_DDL) != 0;
    const struct ddl_table definition = {.name = name, .density = from->density, .flags = from->flags};
    struct table *table;
    jet_err err = ddl_table_create(copy->job->session, copy->job->to, &definition, &table);

    if (err < JET_errSuccess)
        return err;
    err = columns_make(copy, table);
    if (err >= JET_errSuccess)
        err = indexes_make(copy, table, true);
    if (err >= JET_errSuccess && is_fixed)
        err = indexes_make(copy, table, false);
    if (err >= JET_errSuccess && is_fixed)
        ddl_table_fix(table);
    table_close(table);
    return err;
}

/* `make` in a transaction of its own. */
static jet_err in_transaction(struct copy *copy, const char *name, jet_err (*make)(struct copy *, const char *))
{
    struct session *session = copy->job->session;
    jet_err err = transaction_begin(session, false);

    if (err < JET_errSuccess)
        return err;
    err = make(copy, name);
    if (err >= JET_errSuccess)
        return transaction_commit(session, TRANSACTION_COMMIT_LAZY, NULL);
    jet_err_ignore(transaction_rollback(session, false)); /* the first error counts */
    return err;
}

static jet_err indexes_make_later(struct copy *copy, const char *name)
{
    struct table *table = table_cursor_table(copy->to);

    (void)name;
    return table->flags & TABLE_FLAG_FIXED_DDL ? JET_errSuccess : indexes_make(copy, table, false);
}

/* ---- values ---- */

static jet_err piece_read(struct copy *copy, const struct column_pair *pair, unsigned flags, unsigned itag,
                          uint32_t offset, struct table_retrieve *ret_retrieve)
{
    *ret_retrieve = (struct table_retrieve){
        .column = pair->from.id,
        .flags = flags,
        .buffer = copy->piece,
        .size = PIECE,
        .offset = offset,
        .itag = itag,
    };
    return table_cursor_retrieve(copy->from, ret_retrieve);
}

static jet_err piece_write(struct copy *copy, const struct column_pair *pair, unsigned flags, unsigned itag,
                           uint32_t size)
{
    const struct table_set set = {
        .column = pair->to,
        .flags = flags | (size == 0 ? (unsigned)TABLE_SET_ZERO_LENGTH : 0u),
        .data = copy->piece,
        .size = size,
        .itag = itag,
    };

    copy->bytes += size;
    return table_cursor_set(copy->to, &set);
}

/* The itag-th value, of which the first piece has been read. */
static jet_err value_copy(struct copy *copy, const struct column_pair *pair, unsigned itag,
                          const struct table_retrieve *first)
{
    const uint32_t total = first->actual;
    uint32_t at = total < PIECE ? total : PIECE;
    jet_err err = piece_write(copy, pair, 0, itag, at);

    while (at < total && err >= JET_errSuccess) {
        struct table_retrieve retrieve;

        err = piece_read(copy, pair, 0, itag, at, &retrieve);
        const uint32_t size = retrieve.actual < PIECE ? retrieve.actual : PIECE;
        if (err >= JET_errSuccess)
            err = piece_write(copy, pair, TABLE_SET_APPEND, itag, size);
        at += size;
    }
    return err;
}

/* A value that is only the column's default stays that; a null in its place is written. */
static jet_err default_copy(struct copy *copy, const struct column_pair *pair, bool is_null, bool *ret_done)
{
    const struct table_set null = {.column = pair->to, .itag = 1};
    struct table_retrieve retrieve;

    *ret_done = true;
    if (is_null)
        return table_cursor_set(copy->to, &null);
    jet_err err = piece_read(copy, pair, TABLE_RETRIEVE_IGNORE_DEFAULT, 1, 0, &retrieve);
    *ret_done = err == JET_wrnColumnNull;
    return err;
}

static jet_err column_copy(struct copy *copy, const struct column_pair *pair)
{
    const struct table_set null = {.column = pair->to, .itag = 1};
    struct table_retrieve retrieve;
    bool done = false;
    jet_err err = piece_read(copy, pair, 0, 1, 0, &retrieve);

    if (err == JET_wrnColumnNull && column_is_computed(&pair->from))
        return retrieve.is_computed ? JET_errSuccess : table_cursor_set(copy->to, &null);
    if (err >= JET_errSuccess && pair->from.default_value)
        err = default_copy(copy, pair, err == JET_wrnColumnNull, &done);
    if (err < JET_errSuccess || done)
        return err;
    for (unsigned itag = 1; err >= JET_errSuccess; itag++) {
        err = piece_read(copy, pair, 0, itag, 0, &retrieve);
        if (err < JET_errSuccess || err == JET_wrnColumnNull)
            break;
        err = value_copy(copy, pair, itag, &retrieve);
        if (!column_is_tagged(&pair->from))
            break;
    }
    return err;
}

/* ---- rows ---- */

static jet_err tell(const struct copy *copy)
{
    return copy->job->progress ? copy->job->progress(copy->job->context, copy->done, copy->total) : JET_errSuccess;
}

static jet_err rows_commit(struct copy *copy)
{
    struct session *session = copy->job->session;

    if (session->level == 0)
        return JET_errSuccess;
    copy->rows = 0;
    copy->bytes = 0;
    jet_err err = table_cursor_committing(copy->to);
    if (err >= JET_errSuccess)
        err = transaction_commit(session, TRANSACTION_COMMIT_LAZY, NULL);
    if (err < JET_errSuccess)
        return err;
    table_cursor_committed(copy->to, session->level);
    return tell(copy);
}

static jet_err row_copy(struct copy *copy)
{
    struct session *session = copy->job->session;
    jet_err err = session->level == 0 ? transaction_begin(session, false) : JET_errSuccess;

    if (err >= JET_errSuccess)
        err = table_cursor_prepare(copy->to, TABLE_PREPARE_INSERT);
    for (size_t i = 0; i < copy->column_count && err >= JET_errSuccess; i++)
        err = column_copy(copy, &copy->columns[i]);
    if (err >= JET_errSuccess)
        err = table_cursor_update(copy->to, NULL, NULL);
    if (err >= JET_errSuccess && (++copy->rows == ROWS_PER_TRANSACTION || copy->bytes >= BYTES_PER_TRANSACTION))
        err = rows_commit(copy);
    return err;
}

static jet_err rows_copy(struct copy *copy)
{
    struct session *session = copy->job->session;
    jet_err err = table_cursor_move(copy->from, INT32_MIN, 0);

    while (err >= JET_errSuccess) {
        err = row_copy(copy);
        if (err >= JET_errSuccess)
            err = table_cursor_move(copy->from, 1, 0);
    }
    if (err == JET_errNoCurrentRecord)
        err = rows_commit(copy);
    if (err >= JET_errSuccess)
        return err;
    table_cursor_close(copy->to); /* its update goes before its transaction */
    copy->to = NULL;
    if (session->level > 0)
        jet_err_ignore(transaction_rollback(session, false)); /* the first error counts */
    return err;
}

/* ---- tables ---- */

static jet_err pages_used(struct tree *tree, uint64_t *sum)
{
    struct space_usage usage;
    jet_err err = space_usage(tree, &usage);

    if (err >= JET_errSuccess)
        *sum += usage.owned - usage.available;
    return err;
}

static jet_err table_copy_open(struct copy *copy, const char *name)
{
    struct session *session = copy->job->session;
    uint64_t pages = copy->done;
    jet_err err = columns_list(copy);

    if (err >= JET_errSuccess)
        err = in_transaction(copy, name, table_make);
    if (err >= JET_errSuccess)
        err = table_cursor_open(session, copy->job->to, name, 0, &copy->to);
    if (err >= JET_errSuccess) {
        table_cursor_copies_rows(copy->to);
        err = rows_copy(copy);
    }
    if (err >= JET_errSuccess)
        err = in_transaction(copy, name, indexes_make_later);
    /* What its indexes and long values use is the table's own. */
    if (err >= JET_errSuccess)
        err = pages_used(table_cursor_table(copy->from)->tree, &pages);
    if (err < JET_errSuccess)
        return err;
    copy->done = pages < copy->total ? (uint32_t)pages : copy->total;
    return tell(copy);
}

static jet_err table_copy(struct copy *copy, const char *name)
{
    jet_err err = table_cursor_open(copy->job->session, copy->job->from, name, TABLE_OPEN_READ_ONLY, &copy->from);

    if (err < JET_errSuccess)
        return err;
    err = table_copy_open(copy, name);
    table_cursor_close(copy->to);
    table_cursor_close(copy->from);
    free(copy->columns);
    copy->from = copy->to = NULL;
    copy->columns = NULL;
    copy->column_count = 0;
    return err;
}

struct name_list {
    char (*names)[TABLE_NAME_MAX + 1];
    size_t count;
};

static jet_err name_add(void *context, const char *name, objid_t objid, uint32_t flags)
{
    struct name_list *list = context;

    (void)objid;
    if (flags & TABLE_FLAG_SYSTEM)
        return JET_errSuccess;
    if (flags & (TABLE_FLAG_DERIVED | TABLE_FLAG_TEMPLATE))
        return JET_errFeatureNotAvailable;
    void *names = array_grow(list->names, list->count, sizeof *list->names);
    if (!names)
        return JET_errOutOfMemory;
    list->names = names;
    memcpy(list->names[list->count++], name, strlen(name) + 1);
    return JET_errSuccess;
}

static jet_err pages_total(const struct compact_job *job, uint32_t *ret_total)
{
    struct tree *root;
    uint64_t pages = 0;
    jet_err err =
        tree_open(job->session->engine->databases[job->from].db, BTREE_DATABASE_FDP, BTREE_DATABASE_OBJID, &root);

    if (err < JET_errSuccess)
        return err;
    err = pages_used(root, &pages);
    tree_close(root);
    *ret_total = (uint32_t)pages;
    return err;
}

jet_err compact_tables(const struct compact_job *job)
{
    struct copy copy = {.job = job};
    struct name_list list = {0};
    jet_err err = pages_total(job, &copy.total);

    if (err >= JET_errSuccess)
        err = ddl_tables(job->session, job->from, name_add, &list);
    copy.piece = malloc(PIECE);
    if (err >= JET_errSuccess && !copy.piece)
        err = JET_errOutOfMemory;
    if (err >= JET_errSuccess)
        err = tell(&copy);
    for (size_t i = 0; i < list.count && err >= JET_errSuccess; i++)
        err = table_copy(&copy, list.names[i]);
    free(copy.piece);
    free(list.names);
    return err;
}
