/* SPDX-License-Identifier: MIT */
#include "freeze_bank.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os_file.h"
#include "os/os_thread.h"

enum { ACCOUNTS = 60, OPENING_BALANCE = 1000, FIRST_TELLER = 1000, NOTE_SIZE = 700 };

/* A session of the bank with its cursors. */
struct desk {
    JET_SESID sesid;
    JET_DBID dbids[BANK_BRANCHES_MAX];
    JET_TABLEID tables[BANK_BRANCHES_MAX];
    JET_COLUMNID balances[BANK_BRANCHES_MAX], notes[BANK_BRANCHES_MAX];
};

void bank_must(JET_ERR err, const char *what)
{
    if (err >= JET_errSuccess)
        return;
    (void)fprintf(stderr, "%s: %d\n", what, (int)err);
    exit(1);
}

/* ---- making ---- */

static JET_INSTANCE instance_create(const struct bank_options *options, const char *name, const char *folder)
{
    JET_INSTANCE instance = 0;
    char *temporary = os_path_join(folder, "tmp.edb");
    bank_must(JetCreateInstance(&instance, name), name);
    bank_must(JetSetSystemParameter(&instance, 0, JET_paramSystemPath, 0, folder), "system path");
    bank_must(JetSetSystemParameter(&instance, 0, JET_paramLogFilePath, 0, folder), "log path");
    bank_must(JetSetSystemParameter(&instance, 0, JET_paramTempPath, 0, temporary), "temporary path");
    bank_must(JetSetSystemParameter(&instance, 0, JET_paramLogFileSize, options->log_kib, NULL), "log size");
    bank_must(JetSetSystemParameter(&instance, 0, JET_paramCircularLog, options->is_circular, NULL), "circular");
    bank_must(JetSetSystemParameter(&instance, 0, JET_paramCheckpointDepthMax, 256 << 10, NULL), "depth");
    bank_must(JetSetSystemParameter(&instance, 0, JET_paramNoInformationEvent, 1, NULL), "events");
    /* Enough for what others commit while one teller is not given a processor in the middle of a transaction. */
    bank_must(JetSetSystemParameter(&instance, 0, JET_paramMaxVerPages, 2048, NULL), "versions");
    free(temporary);
    return instance;
}

static JET_COLUMNID column_add(JET_SESID sesid, JET_TABLEID table, const char *name, JET_COLTYP type)
{
    const JET_COLUMNDEF definition = {.cbStruct = sizeof definition, .coltyp = type, .cp = 1252};
    JET_COLUMNID id = 0;
    bank_must(JetAddColumn(sesid, table, name, &definition, NULL, 0, &id), name);
    return id;
}

static void row_insert(JET_SESID sesid, JET_TABLEID table, JET_COLUMNID id_column, JET_COLUMNID balance_column,
                       int32_t id, int32_t balance)
{
    bank_must(JetPrepareUpdate(sesid, table, JET_prepInsert), "insert");
    bank_must(JetSetColumn(sesid, table, id_column, &id, sizeof id, JET_bitNil, NULL), "id");
    bank_must(JetSetColumn(sesid, table, balance_column, &balance, sizeof balance, JET_bitNil, NULL), "balance");
    bank_must(JetUpdate(sesid, table, NULL, 0, NULL), "update");
}

static void branch_create(JET_SESID sesid, const char *path)
{
    static const char key[] = "+id\0";
    JET_TABLEID table;
    JET_DBID dbid;
    bank_must(JetCreateDatabase(sesid, path, NULL, &dbid, JET_bitNil), path);
    bank_must(JetBeginTransaction(sesid), "begin");
    bank_must(JetCreateTable(sesid, dbid, "accounts", 4, 80, &table), "accounts");
    const JET_COLUMNID id = column_add(sesid, table, "id", JET_coltypLong);
    const JET_COLUMNID balance = column_add(sesid, table, "balance", JET_coltypLong);
    (void)column_add(sesid, table, "note", JET_coltypLongBinary);
    bank_must(JetCreateIndex(sesid, table, "by_id", JET_bitIndexPrimary, key, sizeof key, 80), "index");
    for (int32_t i = 0; i < ACCOUNTS; i++)
        row_insert(sesid, table, id, balance, i, OPENING_BALANCE);
    for (int32_t i = 0; i < BANK_TELLERS_MAX; i++)
        row_insert(sesid, table, id, balance, FIRST_TELLER + i, 0);
    bank_must(JetCommitTransaction(sesid, JET_bitNil), "commit");
    bank_must(JetCloseTable(sesid, table), "close");
    bank_must(JetCloseDatabase(sesid, dbid, JET_bitNil), "close");
}

static char *branch_path(const char *folder, unsigned i)
{
    char name[] = "branch0.edb";
    name[6] = (char)('0' + i);
    return os_path_join(folder, name);
}

void bank_open(struct bank *bank, const struct bank_options *options)
{
    JET_SESID sesid;
    *bank = (struct bank){.options = *options, .instance = instance_create(options, options->name, options->folder)};
    bank_must(JetInit(&bank->instance), "init");
    bank_must(JetBeginSession(bank->instance, &sesid, NULL, NULL), "session");
    for (unsigned i = 0; i < options->branches; i++) {
        bank->paths[i] = branch_path(options->folder, i);
        branch_create(sesid, bank->paths[i]);
    }
    bank_must(JetEndSession(sesid, JET_bitNil), "session");
}

void bank_close(struct bank *bank)
{
    bank_must(JetTerm2(bank->instance, JET_bitTermComplete), "term");
    for (unsigned i = 0; i < bank->options.branches; i++)
        free(bank->paths[i]);
}

/* ---- working ---- */

static JET_COLUMNID column_find(JET_SESID sesid, JET_TABLEID table, const char *name)
{
    JET_COLUMNDEF definition = {.cbStruct = sizeof definition};
    bank_must(JetGetTableColumnInfo(sesid, table, name, &definition, sizeof definition, JET_ColInfo), name);
    return definition.columnid;
}

static void desk_open(struct desk *desk, JET_INSTANCE instance, char *const paths[], unsigned branches)
{
    bank_must(JetBeginSession(instance, &desk->sesid, NULL, NULL), "session");
    for (unsigned i = 0; i < branches; i++) {
        bank_must(JetOpenDatabase(desk->sesid, paths[i], NULL, &desk->dbids[i], JET_bitNil), paths[i]);
        bank_must(JetOpenTable(desk->sesid, desk->dbids[i], "accounts", NULL, 0, JET_bitNil, &desk->tables[i]),
                  "table");
        desk->balances[i] = column_find(desk->sesid, desk->tables[i], "balance");
        desk->notes[i] = column_find(desk->sesid, desk->tables[i], "note");
    }
}

static int32_t balance_get(const struct desk *desk, unsigned branch)
{
    int32_t balance = 0;
    bank_must(JetRetrieveColumn(desk->sesid, desk->tables[branch], desk->balances[branch], &balance, sizeof balance,
                                NULL, JET_bitNil, NULL),
              "balance");
    return balance;
}

/* Adds to a row, or gives it a value; and a note whose size changes, so that pages split and files grow. */
static JET_ERR row_change(const struct desk *desk, unsigned branch, int32_t id, bool adds, int32_t amount,
                          uint32_t noise)
{
    static const uint8_t text[NOTE_SIZE];
    const JET_TABLEID table = desk->tables[branch];
    bank_must(JetMakeKey(desk->sesid, table, &id, sizeof id, JET_bitNewKey), "key");
    bank_must(JetSeek(desk->sesid, table, JET_bitSeekEQ), "seek");
    JET_ERR err = JetPrepareUpdate(desk->sesid, table, JET_prepReplace);
    if (err < JET_errSuccess)
        return err;
    const int32_t balance = adds ? balance_get(desk, branch) + amount : amount;
    err = JetSetColumn(desk->sesid, table, desk->balances[branch], &balance, sizeof balance, JET_bitNil, NULL);
    if (err >= JET_errSuccess)
        err = JetSetColumn(desk->sesid, table, desk->notes[branch], text, noise % NOTE_SIZE, JET_bitNil, NULL);
    return err < JET_errSuccess ? err : JetUpdate(desk->sesid, table, NULL, 0, NULL);
}

static JET_ERR transfer(const struct teller *teller, const struct desk *desk, uint32_t random, unsigned number)
{
    const unsigned branches = teller->bank->options.branches;
    const unsigned from = random % branches, to = (random >> 4) % branches;
    const int32_t amount = (int32_t)(random >> 8) % 50;
    const int32_t payer = (int32_t)(random >> 14) % ACCOUNTS, payee = (int32_t)(random >> 20) % ACCOUNTS;
    bank_must(JetBeginTransaction(desk->sesid), "begin");
    JET_ERR err = row_change(desk, from, payer, true, -amount, random >> 3);
    if (err >= JET_errSuccess)
        err = row_change(desk, to, payee, true, amount, random >> 9);
    if (err >= JET_errSuccess)
        err = row_change(desk, 0, FIRST_TELLER + (int32_t)teller->number, false, (int32_t)number, random >> 13);
    if (err >= JET_errSuccess)
        return JetCommitTransaction(desk->sesid, JET_bitNil);
    bank_must(JetRollback(desk->sesid, JET_bitNil), "rollback");
    return err;
}

static void work(void *context)
{
    struct teller *teller = context;
    struct bank *bank = teller->bank;
    struct desk desk;
    uint32_t random = 77 + teller->number;
    desk_open(&desk, bank->instance, bank->paths, bank->options.branches);
    while (!atomic_load(&bank->is_closing)) {
        const unsigned number = atomic_load(&teller->committed) + 1;
        random = random * 1664525u + 1013904223u;
        atomic_store(&teller->tried, number);
        JET_ERR err = transfer(teller, &desk, random, number);
        if (err == JET_errWriteConflict)
            continue;
        bank_must(err, "transfer");
        atomic_store(&teller->committed, number);
    }
    bank_must(JetEndSession(desk.sesid, JET_bitNil), "session");
}

void bank_begin(struct bank *bank)
{
    atomic_store(&bank->is_closing, false);
    for (unsigned i = 0; i < bank->options.tellers; i++) {
        bank->tellers[i].bank = bank;
        bank->tellers[i].number = i;
        bank_must(os_thread_start(work, &bank->tellers[i], &bank->tellers[i].thread), "thread");
    }
}

void bank_end(struct bank *bank)
{
    atomic_store(&bank->is_closing, true);
    for (unsigned i = 0; i < bank->options.tellers; i++)
        os_thread_join(bank->tellers[i].thread);
}

/* ---- looking ---- */

static void wrong(const char *folder, const char *what, long found, long expected)
{
    (void)fprintf(stderr, "%s: %s is %ld, not %ld\n", folder, what, found, expected);
    exit(1);
}

static void check_tellers(const struct bank *bank, const struct desk *desk, const char *folder,
                          const struct bank_bounds *bounds)
{
    for (unsigned i = 0; i < bank->options.tellers; i++) {
        const int32_t id = FIRST_TELLER + (int32_t)i;
        bank_must(JetMakeKey(desk->sesid, desk->tables[0], &id, sizeof id, JET_bitNewKey), "key");
        bank_must(JetSeek(desk->sesid, desk->tables[0], JET_bitSeekEQ), "seek");
        const int32_t last = balance_get(desk, 0);
        if (last < (int32_t)bounds->low[i])
            wrong(folder, "a commit is lost: the last one", last, (long)bounds->low[i]);
        if (last > (int32_t)bounds->high[i])
            wrong(folder, "a commit comes from nowhere: the last one", last, (long)bounds->high[i]);
    }
}

static long total_of(const struct desk *desk, unsigned branches)
{
    long total = 0;
    for (unsigned i = 0; i < branches; i++) {
        JET_ERR err = JetMove(desk->sesid, desk->tables[i], JET_MoveFirst, JET_bitNil);
        for (int row = 0; row < ACCOUNTS; row++) { /* tellers come behind the accounts */
            bank_must(err, "move");
            total += balance_get(desk, i);
            err = JetMove(desk->sesid, desk->tables[i], JET_MoveNext, JET_bitNil);
        }
    }
    return total;
}

void bank_check_copy(const struct bank *bank, const char *folder, const struct bank_bounds *bounds)
{
    const unsigned branches = bank->options.branches;
    const long expected = (long)branches * ACCOUNTS * OPENING_BALANCE;
    JET_RSTMAP_A maps[BANK_BRANCHES_MAX];
    char *paths[BANK_BRANCHES_MAX];
    struct desk desk;
    JET_SESID sesid;
    for (unsigned i = 0; i < branches; i++) {
        paths[i] = branch_path(folder, i);
        maps[i] = (JET_RSTMAP_A){.szDatabaseName = bank->paths[i], .szNewDatabaseName = paths[i]};
    }
    JET_RSTINFO_A info = {.cbStruct = sizeof info, .rgrstmap = maps, .crstmap = (int32_t)branches};
    JET_INSTANCE instance = instance_create(&bank->options, folder, folder);
    bank_must(JetInit3A(&instance, &info, JET_bitNil), "recovery of the copy");
    bank_must(JetBeginSession(instance, &sesid, NULL, NULL), "session");
    for (unsigned i = 0; i < branches; i++)
        bank_must(JetAttachDatabase(sesid, paths[i], JET_bitNil), "attach");
    desk_open(&desk, instance, paths, branches);
    check_tellers(bank, &desk, folder, bounds);
    const long total = total_of(&desk, branches);
    if (total != expected)
        wrong(folder, "the total", total, expected);
    bank_must(JetTerm2(instance, JET_bitTermComplete), "term");
    for (unsigned i = 0; i < branches; i++)
        free(paths[i]);
}
