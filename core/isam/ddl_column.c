/* SPDX-License-Identifier: MIT */
/* ddl_column.c - columns come, go, and are named.
 *
 * Ids are never used again, because old records may still hold bytes of a column that is gone: its record stays in the
 * catalogue, without a type and under a name that nobody can ask for. A new fixed column lies behind all others.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/keynorm.h"
#include "isam/column_function.h"
#include "isam/ddl_internal.h"
#include "isam/session.h"
#include "isam/table_build.h"
#include "isam/transaction.h"

/* What a statement on one column of a table needs to be taken back. */
struct column_change {
    struct table *table;
    struct column *column;
    char *name;             /* renamed: the other name */
    uint8_t *default_value; /* another default: the other one */
    uint16_t default_size;
    uint32_t flags;
};

static void change_dispose(void *context)
{
    struct column_change *change = context;

    free(change->name);
    free(change->default_value);
    free(change);
}

static void change_end(const struct column_change *change)
{
    jet_err_ignore(table_lay_out(change->table)); /* columns that did fit still do */
    latch_unlock_exclusive(&change->table->latch);
}

/* Registers the change, or frees it. */
static jet_err change_register(struct session *session, const struct transaction_action *action,
                               struct column_change *change)
{
    jet_err err = transaction_on_end(session, action, change);

    if (err < JET_errSuccess)
        change_dispose(change);
    return err;
}

/* ---- what may be asked for ---- */

enum {
    SHORT_SIZE_MAX = 255,
    SPECIAL = COLUMN_VERSION | COLUMN_AUTO_INCREMENT,
    COLUMN_FLAGS_KNOWN = COLUMN_NOT_NULL | SPECIAL | COLUMN_MULTI_VALUED | COLUMN_ESCROW | COLUMN_FINALIZE |
                         COLUMN_DELETE_ON_ZERO | COLUMN_COMPRESSED | COLUMN_USER_DEFINED_DEFAULT,
};

static bool is_text_or_binary(enum column_type type)
{
    return type == COLUMN_TEXT || type == COLUMN_BINARY || column_type_is_long(type);
}

static jet_err check_type(const struct ddl_column *definition)
{
    const bool is_known = definition->type > COLUMN_NIL && definition->type < COLUMN_TYPES;

    if (!is_known || definition->type == COLUMN_SLV)
        return JET_errInvalidColumnType;
    if (!column_type_is_text((enum column_type)definition->type))
        return JET_errSuccess;
    switch (definition->code_page) {
    case 0:
    case 1252:
    case KEYNORM_CODE_PAGE_UNICODE: return JET_errSuccess;
    default: return JET_errInvalidCodePage;
    }
}

static jet_err check_numbers(const struct ddl_column *definition)
{
    const uint32_t type = definition->type, flags = definition->flags;
    const bool is_wide = type == COLUMN_CURRENCY || type == COLUMN_LONG_LONG || type == COLUMN_UNSIGNED_LONG_LONG;
    const bool is_long = type == COLUMN_LONG || type == COLUMN_UNSIGNED_LONG;

    if ((flags & SPECIAL) == SPECIAL || ((flags & SPECIAL) && (flags & COLUMN_ESCROW)))
        return JET_errInvalidGrbit;
    if ((flags & COLUMN_AUTO_INCREMENT) && !is_long && !is_wide)
        return JET_errInvalidGrbit;
    if ((flags & COLUMN_VERSION) && type != COLUMN_LONG)
        return JET_errInvalidGrbit;
    if ((flags & COLUMN_ESCROW) && ((type != COLUMN_LONG && type != COLUMN_LONG_LONG) || definition->default_size == 0))
        return JET_errInvalidGrbit;
    if ((flags & (COLUMN_FINALIZE | COLUMN_DELETE_ON_ZERO)) && !(flags & COLUMN_ESCROW))
        return JET_errInvalidGrbit;
    if ((flags & SPECIAL) && definition->default_size > 0)
        return JET_errInvalidGrbit;
    return (flags & (SPECIAL | COLUMN_ESCROW)) && definition->place == DDL_COLUMN_TAGGED ? JET_errInvalidGrbit
                                                                                         : JET_errSuccess;
}

/* Only what is tagged need not be in the record: nothing that is computed is stored. */
static jet_err check_function(const struct ddl_column *definition, bool is_tagged)
{
    const uint32_t others = COLUMN_NOT_NULL | SPECIAL | COLUMN_ESCROW | COLUMN_FINALIZE | COLUMN_DELETE_ON_ZERO;

    if (!(definition->flags & COLUMN_USER_DEFINED_DEFAULT))
        return JET_errSuccess;
    if (!is_tagged || (definition->flags & others) || definition->default_size > 0)
        return JET_errInvalidGrbit;
    return definition->function_name && strlen(definition->function_name) <= COLUMN_FUNCTION_NAME_MAX
               ? JET_errSuccess
               : JET_errInvalidParameter;
}

static jet_err check_flags(const struct ddl_column *definition)
{
    const bool is_long = column_type_is_long((enum column_type)definition->type);
    const bool is_tagged = is_long || definition->place == DDL_COLUMN_TAGGED;

    if (definition->flags & ~(uint32_t)COLUMN_FLAGS_KNOWN)
        return JET_errInvalidGrbit;
    if (is_long && definition->place == DDL_COLUMN_FIXED)
        return JET_errInvalidGrbit;
    if ((definition->flags & COLUMN_COMPRESSED) && !is_long)
        return JET_errInvalidGrbit;
    if ((definition->flags & COLUMN_MULTI_VALUED) && !is_tagged)
        return JET_errMultiValuedColumnMustBeTagged;
    jet_err err = check_function(definition, is_tagged);
    return err < JET_errSuccess ? err : check_numbers(definition);
}

/* ---- default values ---- */

/* Fixed text and binary are as long as the column, padded as their code page has it. */
static void pad(const struct column *column, uint8_t *value, size_t from)
{
    const bool is_wide = column->code_page == KEYNORM_CODE_PAGE_UNICODE;

    for (size_t i = from; i < column->size_max; i++) {
        if (column->type == COLUMN_BINARY)
            value[i] = 0;
        else
            value[i] = !is_wide || (i - from) % 2 == 0 ? ' ' : 0;
    }
}

static jet_err check_default(const struct column *column, size_t size)
{
    const uint32_t exact = column_type_size(column->type);

    if (size > TABLE_DEFAULT_MAX)
        return JET_errDefaultValueTooBig;
    if (exact != 0 && size != exact)
        return JET_errInvalidBufferSize;
    return exact == 0 && column->size_max != 0 && size > column->size_max ? JET_errColumnTooBig : JET_errSuccess;
}

/* `*ret_value`: new bytes. */
static jet_err default_make(const struct column *column, const void *value, size_t size, uint8_t **ret_value,
                            uint16_t *ret_size)
{
    const bool is_padded = column_is_fixed(column) && is_text_or_binary(column->type);
    const size_t whole = is_padded ? column->size_max : size;
    jet_err err = check_default(column, size);

    if (err < JET_errSuccess)
        return err;
    uint8_t *bytes = malloc(whole + 1);
    if (!bytes)
        return JET_errOutOfMemory;
    memcpy(bytes, value, size);
    if (is_padded)
        pad(column, bytes, size);
    if (column->type == COLUMN_BIT)
        bytes[0] = bytes[0] ? 0xFF : 0;
    *ret_value = bytes;
    *ret_size = (uint16_t)whole;
    return JET_errSuccess;
}

/* ---- add ---- */

static jet_err choose_id(const struct table *table, const struct ddl_column *definition, struct column *column)
{
    const bool is_short = definition->type == COLUMN_TEXT || definition->type == COLUMN_BINARY;
    uint32_t first = RECORD_FIXED_FIRST, last = RECORD_FIXED_LAST;

    if (definition->place == DDL_COLUMN_TAGGED || column_type_is_long(column->type)) {
        first = RECORD_TAGGED_FIRST;
        last = TABLE_TAGGED_LAST;
    } else if (definition->place == DDL_COLUMN_AUTOMATIC && is_short) {
        first = RECORD_VARIABLE_FIRST;
        last = RECORD_VARIABLE_LAST;
    }
    column->id = table_column_id_last(table, first, last) + 1;
    return column->id > last ? JET_errTooManyColumns : JET_errSuccess;
}

/* Is less given than was asked for? */
static bool is_cut(const struct ddl_column *definition)
{
    return (definition->type == COLUMN_TEXT || definition->type == COLUMN_BINARY) &&
           definition->size_max > SHORT_SIZE_MAX;
}

static uint32_t choose_size(const struct ddl_column *definition)
{
    const uint32_t exact = column_type_size((enum column_type)definition->type);

    if (exact != 0)
        return exact;
    if (column_type_is_long((enum column_type)definition->type))
        return definition->size_max;
    return definition->size_max == 0 || is_cut(definition) ? SHORT_SIZE_MAX : definition->size_max;
}

/* Does a record with all fixed columns still fit? */
static jet_err choose_offset(const struct table *table, struct column *column)
{
    const size_t offset = table_fixed_end(table);

    if (!column_is_fixed(column))
        return JET_errSuccess;
    if (offset + column->size_max + (column->id + 7) / 8 > table->record_size_max)
        return JET_errRecordTooBig;
    column->record_offset = (uint16_t)offset;
    return JET_errSuccess;
}

static jet_err column_make(const struct table *table, const struct ddl_column *definition, struct column **ret_column)
{
    struct column *column = calloc(1, sizeof *column);

    if (!column)
        return JET_errOutOfMemory;
    column->type = (enum column_type)definition->type;
    column->flags = definition->flags;
    column->size_max = choose_size(definition);
    if (column_type_is_text(column->type))
        column->code_page = definition->code_page ? (uint16_t)definition->code_page : 1252;
    jet_err err = table_name_copy(definition->name, strlen(definition->name), &column->name);
    if (err >= JET_errSuccess)
        err = choose_id(table, definition, column);
    if (err >= JET_errSuccess)
        err = choose_offset(table, column);
    if (err >= JET_errSuccess && definition->default_size > 0) {
        column->flags |= COLUMN_DEFAULT;
        err = default_make(column, definition->default_value, definition->default_size, &column->default_value,
                           &column->default_size);
    }
    if (err >= JET_errSuccess && column_is_computed(column))
        err = column_function_new(definition->function_name, strlen(definition->function_name),
                                  definition->function_data, definition->function_data_size, &column->function);
    if (err < JET_errSuccess) {
        column_free(column);
        return err;
    }
    *ret_column = column;
    return JET_errSuccess;
}

static jet_err describe(struct session *session, const struct table *table, const struct column *column)
{
    const struct column_function *function = column->function;
    const struct catalog_record record = {
        .table = table->objid,
        .kind = CATALOG_COLUMN,
        .id = column->id,
        .column_type = (uint32_t)column->type,
        .space_usage = column->size_max,
        .flags = column->flags,
        .pages_or_locale = column->code_page,
        .name = {(const uint8_t *)column->name,                     strlen(column->name)                 },
        .has_record_offset = column_is_fixed(column),
        .record_offset = column->record_offset,
        .default_value = {column->default_value,                             column->default_size                 },
        .callback = {function ? (const uint8_t *)function->name : NULL, function ? strlen(function->name) : 0},
        .callback_data = {function ? function->data : NULL,                  function ? function->data_size : 0   },
    };
    jet_err err = ddl_catalog_insert(session, schema_cache_of_table(table), &record);

    return err == JET_errKeyDuplicate ? JET_errColumnDuplicate : err;
}

static void added_commit(struct session *session, void *context)
{
    const struct column_change *change = context;

    (void)session;
    latch_exclusive(&change->table->latch);
    change->column->owner = NULL;
    change_end(change);
}

static jet_err added_rollback(struct session *session, void *context)
{
    const struct column_change *change = context;

    (void)session;
    latch_exclusive(&change->table->latch);
    table_column_remove(change->table, change->column);
    change_end(change);
    return JET_errSuccess;
}

static const struct transaction_action added_action = {
    .committed = added_commit, .rollback = added_rollback, .dispose = change_dispose};

/* The column joins the others, or is freed. */
static jet_err column_join(struct session *session, struct table *table, struct column *column)
{
    struct column_change *change = calloc(1, sizeof *change);

    if (!change) {
        column_free(column);
        return JET_errOutOfMemory;
    }
    *change = (struct column_change){.table = table, .column = column};
    column->owner = session;
    latch_exclusive(&table->latch);
    jet_err err = table_column_put(table, column);
    if (err >= JET_errSuccess) {
        table_name_put(table, column);
        err = table_lay_out(table);
        if (err < JET_errSuccess)
            table_column_remove(table, column);
    }
    latch_unlock_exclusive(&table->latch);
    if (err < JET_errSuccess) {
        change_dispose(change);
        return err;
    }
    err = transaction_on_end(session, &added_action, change);
    if (err < JET_errSuccess) {
        jet_err_ignore(added_rollback(session, change)); /* cannot fail */
        change_dispose(change);
    }
    return err;
}

/* The table as it is now: may it have such a column? */
static jet_err check_table(struct table *table, const struct session *session, const struct ddl_column *definition)
{
    if (table->flags & TABLE_FLAG_FIXED_DDL)
        return JET_errFixedDDL;
    if (table_column_by_name(table, session, definition->name))
        return JET_errColumnDuplicate;
    if (((definition->flags & COLUMN_AUTO_INCREMENT) && table->auto_increment) ||
        ((definition->flags & COLUMN_VERSION) && table->version))
        return JET_errColumnRedundant;
    return ddl_check_alone(table, session);
}

/* With the first long column the table gets its tree of long values: nobody can want it before, and everybody who sees
 * the column sees the tree's record, too. (A table of another engine may have such columns, and no tree yet.) */
static bool is_first_long(const struct table *table, const struct column *column)
{
    bool is_first = column_type_is_long(column->type) && !atomic_load(&table->has_long_values);

    for (size_t i = 0; i < table->column_count; i++)
        is_first &= !column_type_is_long(table->columns[i]->type);
    return is_first;
}

static jet_err add_in_transaction(struct session *session, struct table *table, const struct ddl_column *definition,
                                  uint32_t *ret_id)
{
    struct column *column = NULL;
    bool is_first = false;

    latch_shared(&table->latch);
    jet_err err = check_table(table, session, definition);
    if (err >= JET_errSuccess)
        err = column_make(table, definition, &column);
    if (err >= JET_errSuccess)
        is_first = is_first_long(table, column);
    latch_unlock_shared(&table->latch);
    if (err < JET_errSuccess)
        return err;
    *ret_id = column->id;
    err = describe(session, table, column);
    if (err >= JET_errSuccess && is_first)
        err = ddl_long_values_create(session, table);
    if (err < JET_errSuccess) {
        column_free(column);
        return err;
    }
    return column_join(session, table, column);
}

jet_err ddl_column_add(struct session *session, struct table *table, const struct ddl_column *definition,
                       uint32_t *ret_id)
{
    uint32_t id = 0;
    jet_err err = ddl_check_name(definition->name);

    if (err >= JET_errSuccess)
        err = check_type(definition);
    if (err >= JET_errSuccess)
        err = check_flags(definition);
    if (err >= JET_errSuccess)
        err = ddl_begin(session, table->db);
    if (err < JET_errSuccess)
        return err;
    err = ddl_end(session, add_in_transaction(session, table, definition, &id));
    if (err < JET_errSuccess)
        return err;
    *ret_id = id;
    return is_cut(definition) ? JET_wrnColumnMaxTruncated : JET_errSuccess;
}

/* ---- a column that is there ---- */

static jet_err find(struct table *table, const struct session *session, const char *name, struct column **ret_column)
{
    jet_err err = table->flags & TABLE_FLAG_FIXED_DDL ? JET_errFixedDDL : JET_errSuccess;

    latch_shared(&table->latch);
    struct column *column = table_column_by_name(table, session, name);
    if (err >= JET_errSuccess && !column)
        err = JET_errColumnNotFound;
    if (err >= JET_errSuccess)
        err = ddl_check_alone(table, session);
    latch_unlock_shared(&table->latch);
    if (err >= JET_errSuccess)
        *ret_column = column;
    return err;
}

static jet_err change_new(struct table *table, struct column *column, struct column_change **ret_change)
{
    struct column_change *change = calloc(1, sizeof *change);

    if (!change)
        return JET_errOutOfMemory;
    *change = (struct column_change){.table = table, .column = column};
    *ret_change = change;
    return JET_errSuccess;
}

static struct ddl_place place_of(const struct table *table, const struct column *column)
{
    return (struct ddl_place){table->objid, CATALOG_COLUMN, column->id};
}

/* ---- delete ---- */

static bool is_in_index(struct table *table, const struct session *session, const struct column *column)
{
    latch_shared(&table->latch);
    const bool found = table_column_is_indexed(table, session, column->id);
    latch_unlock_shared(&table->latch);
    return found;
}

static void deleted_set(const struct column_change *change, const struct session *by)
{
    latch_exclusive(&change->table->latch);
    change->column->deleted_by = by;
    change_end(change);
}

static void deleted_commit(struct session *session, void *context)
{
    const struct column_change *change = context;

    (void)session;
    latch_exclusive(&change->table->latch);
    change->column->type = COLUMN_NIL;
    change->column->deleted_by = NULL;
    change_end(change);
}

static jet_err deleted_rollback(struct session *session, void *context)
{
    (void)session;
    deleted_set(context, NULL);
    return JET_errSuccess;
}

static const struct transaction_action deleted_action = {
    .committed = deleted_commit, .rollback = deleted_rollback, .dispose = change_dispose};

/* No name of a user's column is like that one: it has the id in it, and the table's. */
static jet_err edit_deleted(struct record_edit *record, void *context)
{
    const struct column_change *change = context;
    char name[TABLE_NAME_MAX + 1];

    (void)snprintf(name, sizeof name, "JetStub_%" PRIu32 "_%" PRIu32, change->table->objid, change->column->id);
    jet_err err = catalog_record_set_name(record, name);
    if (err >= JET_errSuccess)
        err = catalog_record_set_type(record, COLUMN_NIL);
    if (err >= JET_errSuccess)
        err = catalog_record_set_flags(record, 0);
    return err < JET_errSuccess ? err : catalog_record_set_default(record, NULL, 0);
}

static jet_err delete_in_transaction(struct session *session, struct table *table, const char *name)
{
    struct column *column;
    struct column_change *change;
    jet_err err = find(table, session, name, &column);

    if (err >= JET_errSuccess && is_in_index(table, session, column))
        err = JET_errColumnInUse;
    if (err >= JET_errSuccess)
        err = change_new(table, column, &change);
    if (err < JET_errSuccess)
        return err;
    const struct ddl_place place = place_of(table, column);
    err = ddl_catalog_edit(session, schema_cache_of_table(table), &place, edit_deleted, change);
    if (err < JET_errSuccess) {
        change_dispose(change);
        return err;
    }
    err = change_register(session, &deleted_action, change);
    if (err >= JET_errSuccess)
        deleted_set(change, session);
    return err;
}

jet_err ddl_column_delete(struct session *session, struct table *table, const char *name)
{
    jet_err err = ddl_begin(session, table->db);

    return err < JET_errSuccess ? err : ddl_end(session, delete_in_transaction(session, table, name));
}

/* ---- rename ---- */

static void names_swap(struct column_change *change)
{
    char *name = change->name;

    latch_exclusive(&change->table->latch);
    change->name = change->column->name;
    change->column->name = name;
    table_names_sort(change->table);
    change_end(change);
}

static jet_err renamed_rollback(struct session *session, void *context)
{
    (void)session;
    names_swap(context);
    return JET_errSuccess;
}

static const struct transaction_action renamed_action = {.rollback = renamed_rollback, .dispose = change_dispose};

static jet_err edit_name(struct record_edit *record, void *context)
{
    const struct column_change *change = context;

    return catalog_record_set_name(record, change->name);
}

static bool is_taken(struct table *table, const struct session *session, const struct column *column, const char *name)
{
    latch_shared(&table->latch);
    const struct column *other = table_column_by_name(table, session, name);
    latch_unlock_shared(&table->latch);
    return other && other != column;
}

static jet_err rename_in_transaction(struct session *session, struct table *table, const char *name,
                                     const char *new_name)
{
    struct column *column;
    struct column_change *change;
    jet_err err = find(table, session, name, &column);

    if (err >= JET_errSuccess && is_taken(table, session, column, new_name))
        err = JET_errColumnDuplicate;
    if (err >= JET_errSuccess)
        err = change_new(table, column, &change);
    if (err < JET_errSuccess)
        return err;
    const struct ddl_place place = place_of(table, column);
    err = table_name_copy(new_name, strlen(new_name), &change->name);
    if (err >= JET_errSuccess)
        err = ddl_catalog_edit(session, schema_cache_of_table(table), &place, edit_name, change);
    if (err < JET_errSuccess) {
        change_dispose(change);
        return err;
    }
    err = change_register(session, &renamed_action, change);
    if (err >= JET_errSuccess)
        names_swap(change);
    return err;
}

jet_err ddl_column_rename(struct session *session, struct table *table, const char *name, const char *new_name)
{
    jet_err err = ddl_check_name(new_name);

    if (err >= JET_errSuccess)
        err = ddl_begin(session, table->db);
    return err < JET_errSuccess ? err : ddl_end(session, rename_in_transaction(session, table, name, new_name));
}

/* ---- another default ---- */

static void defaults_swap(struct column_change *change)
{
    struct column *column = change->column;
    const struct column_change other = *change;

    latch_exclusive(&change->table->latch);
    change->default_value = column->default_value;
    change->default_size = column->default_size;
    change->flags = column->flags;
    column->default_value = other.default_value;
    column->default_size = other.default_size;
    column->flags = other.flags;
    change_end(change);
}

static jet_err defaults_rollback(struct session *session, void *context)
{
    (void)session;
    defaults_swap(context);
    return JET_errSuccess;
}

static const struct transaction_action default_action = {.rollback = defaults_rollback, .dispose = change_dispose};

static jet_err edit_default(struct record_edit *record, void *context)
{
    const struct column_change *change = context;
    jet_err err = catalog_record_set_flags(record, change->flags);

    return err < JET_errSuccess ? err : catalog_record_set_default(record, change->default_value, change->default_size);
}

static jet_err default_in_transaction(struct session *session, struct table *table, const char *name, const void *value,
                                      size_t size)
{
    struct column *column;
    struct column_change *change;
    jet_err err = find(table, session, name, &column);

    if (err >= JET_errSuccess && (column->flags & (SPECIAL | COLUMN_USER_DEFINED_DEFAULT)))
        err = JET_errInvalidOperation;
    if (err >= JET_errSuccess && is_in_index(table, session, column))
        err = JET_errColumnInUse; /* records that have the default have it in their keys */
    if (err >= JET_errSuccess)
        err = change_new(table, column, &change);
    if (err < JET_errSuccess)
        return err;
    const struct ddl_place place = place_of(table, column);
    change->flags = column->flags | COLUMN_DEFAULT;
    err = size == 0 ? JET_errNullInvalid
                    : default_make(column, value, size, &change->default_value, &change->default_size);
    if (err >= JET_errSuccess)
        err = ddl_catalog_edit(session, schema_cache_of_table(table), &place, edit_default, change);
    if (err < JET_errSuccess) {
        change_dispose(change);
        return err;
    }
    err = change_register(session, &default_action, change);
    if (err >= JET_errSuccess)
        defaults_swap(change);
    return err;
}

jet_err ddl_column_set_default(struct session *session, struct table *table, const char *name, const void *value,
                               size_t size)
{
    jet_err err = ddl_begin(session, table->db);

    return err < JET_errSuccess ? err : ddl_end(session, default_in_transaction(session, table, name, value, size));
}
