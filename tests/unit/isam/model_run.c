/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isam/deep.h"
#include "isam/engine_database.h"
#include "isam/session.h"
#include "isam/table_cursor.h"
#include "isam/transaction.h"
#include "model_run.h"
#include "support/finding_list.h"
#include "support/temp_folder.h"

uint32_t run_random_below(struct run *run, uint32_t limit)
{
    run->random = run->random * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(run->random >> 8) * limit >> 24);
}

struct model *run_now(struct run *run)
{
    return &run->states[run->level];
}

/* ---- the engine ---- */

void run_begin_level(struct run *run)
{
    assert_ok(transaction_begin(run->session, false));
    run->states[run->level + 1] = run->states[run->level];
    run->level++;
}

void run_commit_level(struct run *run)
{
    assert_ok(transaction_commit(run->session, 0, NULL));
    run->states[run->level - 1] = run->states[run->level];
    run->level--;
}

void run_rollback_level(struct run *run)
{
    assert_ok(transaction_rollback(run->session, false));
    run->level--;
}

void run_open_database(struct run *run)
{
    assert_ok(session_begin(run->instance.engine, &run->session));
    assert_ok(engine_database_attach(run->session, run->path, false, 0));
    assert_ok(engine_database_open(run->session, run->path, &(struct engine_database_open_options){0}, &run->dbid));
}

static void check_file(struct run *run)
{
    struct finding_list findings = {0};
    const struct finding_listener listener = finding_list_listener(&findings);
    const struct deep_options options = {0};
    struct database_file *file = NULL;
    struct deep_counts counts;
    assert_ok(database_file_open(run->path, &listener, &file));
    const jet_err err = deep_verify(file, &options, &listener, &counts);
    for (size_t i = 0; i < findings.count && i < FINDING_LIST_MAX; i++)
        print_error("finding %d at %u: %d\n", (int)findings.list[i].kind, (unsigned)findings.list[i].where,
                    (int)findings.list[i].err);
    database_file_close(file);
    assert_ok(err);
    assert_int_equal(counts.damages, 0);
    if (!run->has_crashed)
        assert_int_equal(counts.warnings, 0);
}

void run_end_clean(struct run *run)
{
    engine_database_close(run->session, run->dbid);
    session_end(run->session);
    instance_stop(&run->instance);
    check_file(run);
}

void run_reopen(struct run *run)
{
    while (run->level > 0)
        run_commit_level(run);
    if (run_random_below(run, 2) == 0) {
        run_end_clean(run);
        instance_start(&run->instance);
    } else {
        engine_database_close(run->session, run->dbid);
        session_end(run->session);
        instance_crash(&run->instance);
        run->has_crashed = true;
        instance_start_recovering(&run->instance);
        check_file(run);
    }
    run_open_database(run);
}

/* ---- names and values ---- */

const char *run_table_name(const struct model_table *table)
{
    static char name[32];
    (void)snprintf(name, sizeof name, "Table %u", table->name);
    return name;
}

const char *run_column_name(unsigned number)
{
    static char name[32];
    (void)snprintf(name, sizeof name, "c%u", number);
    return name;
}

struct model_value run_random_value(struct run *run, const struct model_kind *kind)
{
    uint32_t range = kind->size_max - kind->size_min + 1;
    if (kind->is_long && range > 3000 && run_random_below(run, 4) != 0)
        range = 3000;
    return (struct model_value){run->random, kind->size_min + run_random_below(run, range)};
}

struct table_cursor *run_cursor_open(struct run *run, const struct model_table *table)
{
    struct table_cursor *cursor;
    assert_ok(table_cursor_open(run->session, run->dbid, run_table_name(table), 0, &cursor));
    return cursor;
}

const char *run_index_name(unsigned number)
{
    static char name[32];
    (void)snprintf(name, sizeof name, "i%u", number);
    return name;
}

jet_err run_set_index(struct table_cursor *cursor, unsigned name)
{
    const struct table_set_index set = {.name = run_index_name(name)};
    return table_cursor_set_index(cursor, &set);
}
