/* SPDX-License-Identifier: MIT */
/* Changes of the schema: what is refused, what is undone, and what other sessions see of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../recovery/instance.h"
#include "base/compiler.h"
#include "isam/ddl.h"
#include "isam/engine_database.h"
#include "isam/session.h"
#include "isam/table_cursor.h"
#include "isam/transaction.h"
#include "support/temp_folder.h"

struct world {
    struct instance instance;
    struct session *session, *other;
    unsigned dbid;
};

static void world_begin(struct world *world, void **state)
{
    const struct engine_database_new options = {.path = temp_folder_path(*state, "ddl.edb")};
    instance_init(&world->instance, *state);
    instance_start(&world->instance);
    assert_int_equal(session_begin(world->instance.engine, &world->session), JET_errSuccess);
    assert_int_equal(session_begin(world->instance.engine, &world->other), JET_errSuccess);
    assert_int_equal(engine_database_create(world->session, &options, &world->dbid), JET_errSuccess);
}

static void world_end(struct world *world)
{
    engine_database_close(world->session, world->dbid);
    session_end(world->session);
    session_end(world->other);
    instance_stop(&world->instance);
}

static struct table *make_table(struct world *world, const char *name)
{
    const struct ddl_table definition = {.name = name};
    struct table *table;
    assert_int_equal(ddl_table_create(world->session, world->dbid, &definition, &table), JET_errSuccess);
    return table;
}

static jet_err add(struct world *world, struct table *table, const char *name, uint32_t type, uint32_t flags)
{
    const struct ddl_column definition = {.name = name, .type = type, .flags = flags};
    uint32_t id;
    return ddl_column_add(world->session, table, &definition, &id);
}

static jet_err open_as(struct world *world, struct session *session, const char *name)
{
    struct table *table;
    jet_err err = table_open(session, world->dbid, name, &table);
    if (err >= JET_errSuccess)
        table_close(table);
    return err;
}

static void names_are_plain_text_without_some_signs(void **state)
{
    static const char *const bad[] = {"", " a", "a!", "a.b", "[a", "a]", "a\tb", "\xC3\xA4"};
    char longest[TABLE_NAME_MAX + 2];
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(ddl_check_name(bad[i]), JET_errInvalidName);
    memset(longest, 'x', sizeof longest);
    longest[TABLE_NAME_MAX + 1] = '\0';
    assert_int_equal(ddl_check_name(longest), JET_errInvalidName);
    longest[TABLE_NAME_MAX] = '\0';
    assert_int_equal(ddl_check_name(longest), JET_errSuccess);
    assert_int_equal(ddl_check_name("Table of 1 thing (or 2)"), JET_errSuccess);
    assert_int_equal(ddl_check_name(NULL), JET_errInvalidName);
    (void)state;
}

static void a_table_name_is_taken_whatever_its_case(void **state)
{
    struct world world;
    struct table *table;
    const struct ddl_table again = {.name = "PEOPLE"}, dense = {.name = "dense", .density = 19};
    world_begin(&world, state);
    table_close(make_table(&world, "People"));
    assert_int_equal(ddl_table_create(world.session, world.dbid, &again, &table), JET_errTableDuplicate);
    assert_int_equal(ddl_table_create(world.session, world.dbid, &dense, &table), JET_errDensityInvalid);
    assert_int_equal(open_as(&world, world.session, "pEOPLE"), JET_errSuccess);
    table_close(make_table(&world, "Places"));
    assert_int_equal(ddl_table_rename(world.session, world.dbid, "Places", "people"), JET_errTableDuplicate);
    assert_int_equal(ddl_table_rename(world.session, world.dbid, "People", "PEOPLE"), JET_errSuccess);
    assert_int_equal(ddl_table_rename(world.session, world.dbid, "Nobody", "x"), JET_errObjectNotFound);
    assert_int_equal(ddl_table_delete(world.session, world.dbid, "MSysObjects"), JET_errCannotDeleteSystemTable);
    assert_int_equal(ddl_table_delete(world.session, world.dbid, "people"), JET_errSuccess);
    assert_int_equal(ddl_table_delete(world.session, world.dbid, "people"), JET_errObjectNotFound);
    world_end(&world);
}

static void columns_that_cannot_be_are_refused(void **state)
{
    struct world world;
    world_begin(&world, state);
    struct table *table = make_table(&world, "t");
    assert_int_equal(add(&world, table, "a", COLUMN_LONG, 0), JET_errSuccess);
    assert_int_equal(add(&world, table, "A", COLUMN_TEXT, 0), JET_errColumnDuplicate);
    assert_int_equal(add(&world, table, "b", COLUMN_NIL, 0), JET_errInvalidColumnType);
    assert_int_equal(add(&world, table, "b", COLUMN_SLV, 0), JET_errInvalidColumnType);
    assert_int_equal(add(&world, table, "b", COLUMN_TYPES, 0), JET_errInvalidColumnType);
    assert_int_equal(add(&world, table, "b", COLUMN_TEXT, COLUMN_AUTO_INCREMENT), JET_errInvalidGrbit);
    assert_int_equal(add(&world, table, "b", COLUMN_CURRENCY, COLUMN_VERSION), JET_errInvalidGrbit);
    assert_int_equal(add(&world, table, "b", COLUMN_LONG, COLUMN_ESCROW), JET_errInvalidGrbit);
    assert_int_equal(add(&world, table, "b", COLUMN_LONG, COLUMN_MULTI_VALUED), JET_errMultiValuedColumnMustBeTagged);
    assert_int_equal(add(&world, table, "b", COLUMN_LONG, COLUMN_AUTO_INCREMENT), JET_errSuccess);
    assert_int_equal(add(&world, table, "c", COLUMN_LONG, COLUMN_AUTO_INCREMENT), JET_errColumnRedundant);
    const struct ddl_column greek = {.name = "d", .type = COLUMN_TEXT, .code_page = 1253};
    const struct ddl_column fixed = {.name = "d", .type = COLUMN_LONG_BINARY, .place = DDL_COLUMN_FIXED};
    const struct ddl_column short_default = {
        .name = "d", .type = COLUMN_LONG, .default_value = "xy", .default_size = 2};
    uint8_t big[TABLE_DEFAULT_MAX + 1] = {0};
    const struct ddl_column big_default = {
        .name = "d", .type = COLUMN_LONG_BINARY, .default_value = big, .default_size = sizeof big};
    uint32_t id;
    assert_int_equal(ddl_column_add(world.session, table, &greek, &id), JET_errInvalidCodePage);
    assert_int_equal(ddl_column_add(world.session, table, &fixed, &id), JET_errInvalidGrbit);
    assert_int_equal(ddl_column_add(world.session, table, &short_default, &id), JET_errInvalidBufferSize);
    assert_int_equal(ddl_column_add(world.session, table, &big_default, &id), JET_errDefaultValueTooBig);
    table_close(table);
    world_end(&world);
}

static void there_are_127_fixed_and_128_variable_columns(void **state)
{
    struct world world;
    char name[16];
    world_begin(&world, state);
    struct table *table = make_table(&world, "wide");
    for (unsigned i = 0; i < 127 + 128; i++) {
        (void)snprintf(name, sizeof name, "c%u", i);
        assert_int_equal(add(&world, table, name, i < 127 ? COLUMN_UNSIGNED_BYTE : COLUMN_BINARY, 0), JET_errSuccess);
    }
    assert_int_equal(add(&world, table, "more", COLUMN_BIT, 0), JET_errTooManyColumns);
    assert_int_equal(add(&world, table, "more", COLUMN_TEXT, 0), JET_errTooManyColumns);
    assert_int_equal(add(&world, table, "more", COLUMN_LONG_TEXT, 0), JET_errSuccess);
    assert_int_equal(ddl_column_delete(world.session, table, "c126"), JET_errSuccess);
    assert_int_equal(add(&world, table, "again", COLUMN_BIT, 0), JET_errTooManyColumns); /* its id is used up */
    table_close(table);
    world_end(&world);
}

static void fixed_columns_must_fit_into_a_record(void **state)
{
    struct world world;
    char name[16];
    jet_err err = JET_errSuccess;
    uint32_t id;
    unsigned i;
    world_begin(&world, state);
    struct table *table = make_table(&world, "long");
    for (i = 0; i < 30 && err == JET_errSuccess; i++) {
        (void)snprintf(name, sizeof name, "c%u", i);
        const struct ddl_column definition = {.name = name, .type = COLUMN_BINARY, .place = DDL_COLUMN_FIXED};
        err = ddl_column_add(world.session, table, &definition, &id);
    }
    assert_int_equal(err, JET_errRecordTooBig);
    assert_int_equal(i, 15); /* 14 of 255 bytes */
    table_close(table);
    world_end(&world);
}

static jet_err index_on(struct world *world, struct table *table, const char *name, const char *column)
{
    latch_shared(&table->latch);
    const struct column *found = table_column_by_name(table, world->session, column);
    const struct index_segment segment = {found ? found->id : 99, false};
    latch_unlock_shared(&table->latch);
    const struct ddl_index definition = {
        .name = name, .flags = INDEX_PRIMARY, .segments = &segment, .segment_count = 1};
    return ddl_index_create(world->session, table, &definition);
}

static void a_primary_index_has_its_rules(void **state)
{
    struct world world;
    struct table_cursor *cursor;
    world_begin(&world, state);
    struct table *table = make_table(&world, "t");
    assert_int_equal(add(&world, table, "a", COLUMN_LONG, 0), JET_errSuccess);
    assert_int_equal(index_on(&world, table, "i", "none"), JET_errColumnNotFound);
    assert_int_equal(index_on(&world, table, "i!", "a"), JET_errInvalidName);
    assert_int_equal(index_on(&world, table, "i", "a"), JET_errSuccess);
    assert_int_equal(index_on(&world, table, "I", "a"), JET_errIndexDuplicate);
    assert_int_equal(index_on(&world, table, "j", "a"), JET_errIndexHasPrimary);
    assert_int_equal(ddl_column_delete(world.session, table, "a"), JET_errColumnInUse);
    assert_int_equal(ddl_index_delete(world.session, table, "i"), JET_errIndexMustStay);
    assert_int_equal(ddl_index_delete(world.session, table, "k"), JET_errIndexNotFound);
    table_close(table);

    table = make_table(&world, "full");
    assert_int_equal(add(&world, table, "a", COLUMN_LONG, 0), JET_errSuccess);
    assert_int_equal(table_cursor_adopt(world.session, table, 0, &cursor), JET_errSuccess);
    assert_int_equal(transaction_begin(world.session, false), JET_errSuccess);
    assert_int_equal(table_cursor_prepare(cursor, TABLE_PREPARE_INSERT), JET_errSuccess);
    assert_int_equal(table_cursor_update(cursor, NULL, NULL), JET_errSuccess);
    assert_int_equal(transaction_commit(world.session, 0, NULL), JET_errSuccess);
    assert_int_equal(index_on(&world, table, "i", "a"), JET_errTableNotEmpty);
    assert_int_equal(ddl_table_delete(world.session, world.dbid, "full"), JET_errTableInUse);
    table_cursor_close(cursor);
    world_end(&world);
}

static void others_see_a_change_when_it_is_committed(void **state)
{
    struct world world;
    world_begin(&world, state);
    struct table *kept = make_table(&world, "kept");
    assert_int_equal(transaction_begin(world.session, false), JET_errSuccess);
    table_close(make_table(&world, "new"));
    assert_int_equal(add(&world, kept, "a", COLUMN_LONG, 0), JET_errSuccess);
    assert_int_equal(open_as(&world, world.other, "new"), JET_errObjectNotFound);
    assert_non_null(table_column_by_name(kept, world.session, "a"));
    assert_null(table_column_by_name(kept, world.other, "a"));
    const struct ddl_column definition = {.name = "b", .type = COLUMN_LONG};
    uint32_t id;
    assert_int_equal(ddl_column_add(world.other, kept, &definition, &id), JET_errWriteConflict);
    assert_int_equal(transaction_commit(world.session, 0, NULL), JET_errSuccess);
    assert_int_equal(open_as(&world, world.other, "new"), JET_errSuccess);
    assert_non_null(table_column_by_name(kept, world.other, "a"));
    assert_int_equal(ddl_column_add(world.other, kept, &definition, &id), JET_errSuccess);
    table_close(kept);
    world_end(&world);
}

static void a_rollback_undoes_every_change(void **state)
{
    struct world world;
    world_begin(&world, state);
    struct table *table = make_table(&world, "t");
    table_close(make_table(&world, "gone"));
    assert_int_equal(add(&world, table, "a", COLUMN_LONG, 0), JET_errSuccess);
    assert_int_equal(transaction_begin(world.session, false), JET_errSuccess);
    assert_int_equal(add(&world, table, "b", COLUMN_LONG_TEXT, 0), JET_errSuccess);
    assert_int_equal(ddl_column_rename(world.session, table, "a", "c"), JET_errSuccess);
    assert_int_equal(index_on(&world, table, "i", "c"), JET_errSuccess);
    assert_int_equal(ddl_table_rename(world.session, world.dbid, "t", "u"), JET_errSuccess);
    assert_int_equal(ddl_table_delete(world.session, world.dbid, "gone"), JET_errSuccess);
    assert_int_equal(open_as(&world, world.other, "gone"), JET_errTableLocked);
    table_close(make_table(&world, "gone"));
    assert_int_equal(transaction_rollback(world.session, true), JET_errSuccess);

    assert_null(table_column_by_name(table, world.session, "b"));
    assert_null(table_column_by_name(table, world.session, "c"));
    assert_non_null(table_column_by_name(table, world.session, "a"));
    assert_null(table_primary_index(table));
    assert_string_equal(table->name, "t");
    assert_int_equal(open_as(&world, world.other, "t"), JET_errSuccess);
    assert_int_equal(open_as(&world, world.other, "u"), JET_errObjectNotFound);
    assert_int_equal(open_as(&world, world.other, "gone"), JET_errSuccess);
    table_close(table);
    world_end(&world);
}

static void read_only_transactions_change_no_schema(void **state)
{
    struct world world;
    struct table *table;
    const struct ddl_table definition = {.name = "t"};
    world_begin(&world, state);
    assert_int_equal(transaction_begin(world.session, true), JET_errSuccess);
    assert_int_equal(ddl_table_create(world.session, world.dbid, &definition, &table), JET_errTransReadOnly);
    assert_int_equal(transaction_rollback(world.session, true), JET_errSuccess);
    world_end(&world);
}

struct names {
    char text[256];
};

static jet_err collect(void *context, const char *name, objid_t objid, uint32_t flags)
{
    struct names *names = context;
    const size_t used = strlen(names->text);
    (void)snprintf(names->text + used, sizeof names->text - used, "%s%s ", name, flags & TABLE_FLAG_SYSTEM ? "*" : "");
    return objid > 0 ? JET_errSuccess : JET_errCatalogCorrupted;
}

static void tables_are_listed_by_name(void **state)
{
    struct world world;
    struct names names = {""};
    world_begin(&world, state);
    table_close(make_table(&world, "zebra"));
    table_close(make_table(&world, "Ant"));
    assert_int_equal(ddl_tables(world.session, world.dbid, collect, &names), JET_errSuccess);
    assert_string_equal(names.text, "Ant MSysLocales* MSysObjects* MSysObjectsShadow* MSysObjids* zebra ");
    assert_int_equal(open_as(&world, world.session, "MSysObjids"), JET_errSuccess);
    assert_int_equal(open_as(&world, world.session, "MSysObjects"), JET_errSuccess);
    world_end(&world);
}

/* The deleted table's trees go when its transaction is durable, which a lazy commit does not wait for. */
static void a_database_can_be_detached_right_after_a_table_was_deleted(void **state)
{
    struct world world;
    world_begin(&world, state);
    struct table *table = make_table(&world, "t");
    assert_int_equal(add(&world, table, "a", COLUMN_LONG_BINARY, 0), JET_errSuccess);
    table_close(table);
    assert_int_equal(transaction_begin(world.session, false), JET_errSuccess);
    assert_int_equal(ddl_table_delete(world.session, world.dbid, "t"), JET_errSuccess);
    assert_int_equal(transaction_commit(world.session, TRANSACTION_COMMIT_LAZY, NULL), JET_errSuccess);
    engine_database_close(world.session, world.dbid);
    assert_int_equal(engine_database_detach(world.session, NULL), JET_errSuccess);
    session_end(world.session);
    session_end(world.other);
    instance_stop(&world.instance);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_plain_text_without_some_signs),
        IN_FOLDER(a_table_name_is_taken_whatever_its_case),
        IN_FOLDER(columns_that_cannot_be_are_refused),
        IN_FOLDER(there_are_127_fixed_and_128_variable_columns),
        IN_FOLDER(fixed_columns_must_fit_into_a_record),
        IN_FOLDER(a_primary_index_has_its_rules),
        IN_FOLDER(others_see_a_change_when_it_is_committed),
        IN_FOLDER(a_rollback_undoes_every_change),
        IN_FOLDER(read_only_transactions_change_no_schema),
        IN_FOLDER(tables_are_listed_by_name),
        IN_FOLDER(a_database_can_be_detached_right_after_a_table_was_deleted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
