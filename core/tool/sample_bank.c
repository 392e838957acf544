/* SPDX-License-Identifier: MIT */
#include "tool/sample_bank.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os_file.h"
#include "os/os_thread.h"

enum { VERSION_PAGES = 2048, PADDING_MAX = 300, LOG_KIB = 128, CHECKPOINT_DEPTH = 4 * LOG_KIB * 1024 };

struct teller {
    struct sample_bank *bank;
    unsigned number;
    struct os_thread *thread;
    _Atomic uint32_t noted; /* the commit of this number has returned */
};

struct sample_bank {
    JET_INSTANCE instance;
    bool is_running; /* the instance */
    char *file;
    struct os_event *never; /* what is waited for when time has to pass */
    _Atomic bool is_closing;
    _Atomic jet_err failure;
    struct teller tellers[SAMPLE_BANK_TELLERS];
};

/* Every table has a key and a value, both long, and padding. */
enum bank_table { ACCOUNTS, TELLERS, JOURNAL, TABLES };
static const char *const table_names[TABLES] = {"accounts", "tellers", "journal"};

/* A session with its own cursors. The columns have the same ids in each table. */
struct desk {
    JET_SESID sesid;
    JET_DBID dbid;
    JET_TABLEID table[TABLES];
    JET_COLUMNID key, value, padding;
};

static jet_err parameter(JET_INSTANCE *instance, uint32_t id, JET_API_PTR number, const char *text)
{
    return JetSetSystemParameterA(instance, 0, id, number, text);
}

static jet_err instance_paths(JET_INSTANCE *instance, const char *folder)
{
    char *temporary = os_path_join(folder, "tmp.edb");
    if (!temporary)
        return JET_errOutOfMemory;
    jet_err err = parameter(instance, JET_paramSystemPath, 0, folder);
    if (err >= JET_errSuccess)
        err = parameter(instance, JET_paramLogFilePath, 0, folder);
    if (err >= JET_errSuccess)
        err = parameter(instance, JET_paramTempPath, 0, temporary);
    if (err >= JET_errSuccess)
        err = parameter(instance, JET_paramNoInformationEvent, 1, NULL);
    free(temporary);
    return err;
}

jet_err sample_bank_instance_new(const char *name, const char *folder, JET_INSTANCE *ret_instance)
{
    jet_err err = JetCreateInstanceA(ret_instance, name);
    if (err < JET_errSuccess)
        return err;
    err = instance_paths(ret_instance, folder);
    if (err < JET_errSuccess)
        (void)JetTerm2(*ret_instance, JET_bitTermComplete);
    return err;
}

/* ---- the schema ---- */

static jet_err table_make(struct desk *desk, enum bank_table table)
{
    static const char index[] = "+key\0";
    static const JET_COLUMNDEF number = {.cbStruct = sizeof number, .coltyp = JET_coltypLong};
    static const JET_COLUMNDEF bytes = {.cbStruct = sizeof bytes, .coltyp = JET_coltypBinary};
    JET_TABLEID *id = &desk->table[table];
    jet_err err = JetCreateTableA(desk->sesid, desk->dbid, table_names[table], 1, 100, id);
    if (err >= JET_errSuccess)
        err = JetAddColumnA(desk->sesid, *id, "key", &number, NULL, 0, &desk->key);
    if (err >= JET_errSuccess)
        err = JetAddColumnA(desk->sesid, *id, "value", &number, NULL, 0, &desk->value);
    if (err >= JET_errSuccess)
        err = JetAddColumnA(desk->sesid, *id, "padding", &bytes, NULL, 0, &desk->padding);
    if (err >= JET_errSuccess)
        err = JetCreateIndexA(desk->sesid, *id, "by_key", JET_bitIndexPrimary | JET_bitIndexUnique, index, sizeof index,
                              100);
    return err;
}

static jet_err column_find(const struct desk *desk, const char *name, JET_COLUMNID *ret_column)
{
    JET_COLUMNDEF definition = {.cbStruct = sizeof definition};
    jet_err err =
        JetGetTableColumnInfoA(desk->sesid, desk->table[ACCOUNTS], name, &definition, sizeof definition, JET_ColInfo);
    *ret_column = definition.columnid;
    return err;
}

static jet_err desk_open(JET_INSTANCE instance, const char *file, JET_GRBIT grbit, struct desk *desk)
{
    jet_err err = JetBeginSessionA(instance, &desk->sesid, NULL, NULL);
    if (err >= JET_errSuccess)
        err = JetOpenDatabaseA(desk->sesid, file, NULL, &desk->dbid, grbit);
    for (unsigned i = 0; i < TABLES && err >= JET_errSuccess; i++)
        err = JetOpenTableA(desk->sesid, desk->dbid, table_names[i], NULL, 0, JET_bitNil, &desk->table[i]);
    if (err >= JET_errSuccess)
        err = column_find(desk, "key", &desk->key);
    if (err >= JET_errSuccess)
        err = column_find(desk, "value", &desk->value);
    if (err >= JET_errSuccess)
        err = column_find(desk, "padding", &desk->padding);
    return err;
}

/* ---- rows ---- */

static jet_err row_insert(const struct desk *desk, enum bank_table table, int32_t key, int32_t value)
{
    static const uint8_t padding[PADDING_MAX];
    /* one size for each key, so that rows of many sizes lie side by side */
    const uint32_t size = 1 + (uint32_t)key * 7919 % (PADDING_MAX - 1);
    const JET_TABLEID id = desk->table[table];
    jet_err err = JetPrepareUpdate(desk->sesid, id, JET_prepInsert);
    if (err >= JET_errSuccess)
        err = JetSetColumn(desk->sesid, id, desk->key, &key, sizeof key, JET_bitNil, NULL);
    if (err >= JET_errSuccess)
        err = JetSetColumn(desk->sesid, id, desk->value, &value, sizeof value, JET_bitNil, NULL);
    if (err >= JET_errSuccess)
        err = JetSetColumn(desk->sesid, id, desk->padding, padding, size, JET_bitNil, NULL);
    return err < JET_errSuccess ? err : JetUpdate(desk->sesid, id, NULL, 0, NULL);
}

static jet_err row_seek(const struct desk *desk, enum bank_table table, int32_t key)
{
    jet_err err = JetMakeKey(desk->sesid, desk->table[table], &key, sizeof key, JET_bitNewKey);
    return err < JET_errSuccess ? err : JetSeek(desk->sesid, desk->table[table], JET_bitSeekEQ);
}

static jet_err row_value(const struct desk *desk, enum bank_table table, int32_t *ret_value)
{
    *ret_value = 0;
    return JetRetrieveColumn(desk->sesid, desk->table[table], desk->value, ret_value, sizeof *ret_value, NULL,
                             JET_bitNil, NULL);
}

static jet_err row_add(const struct desk *desk, enum bank_table table, int32_t key, int32_t amount)
{
    int32_t value;
    const JET_TABLEID id = desk->table[table];
    jet_err err = row_seek(desk, table, key);
    if (err >= JET_errSuccess)
        err = JetPrepareUpdate(desk->sesid, id, JET_prepReplace);
    if (err >= JET_errSuccess)
        err = row_value(desk, table, &value);
    if (err < JET_errSuccess)
        return err;
    value += amount;
    err = JetSetColumn(desk->sesid, id, desk->value, &value, sizeof value, JET_bitNil, NULL);
    return err < JET_errSuccess ? err : JetUpdate(desk->sesid, id, NULL, 0, NULL);
}

static jet_err row_delete(const struct desk *desk, enum bank_table table, int32_t key)
{
    jet_err err = row_seek(desk, table, key);
    return err < JET_errSuccess ? err : JetDelete(desk->sesid, desk->table[table]);
}

/* Keys of the journal: the teller, and a number that comes around after twice the rows that there are. */
static int32_t journal_key(unsigned teller, uint32_t number)
{
    return (int32_t)(teller * 1000 + number % (2 * SAMPLE_BANK_JOURNAL));
}

/* ---- tellers ---- */

static jet_err work(const struct desk *desk, unsigned teller, uint32_t number, uint32_t random)
{
    const int32_t from = (int32_t)(random >> 8) % SAMPLE_BANK_ACCOUNTS;
    const int32_t to = (from + 1 + (int32_t)(random >> 20) % (SAMPLE_BANK_ACCOUNTS - 1)) % SAMPLE_BANK_ACCOUNTS;
    const int32_t amount = (int32_t)(random >> 28);
    jet_err err = row_add(desk, ACCOUNTS, from, -amount);
    if (err >= JET_errSuccess)
        err = row_add(desk, ACCOUNTS, to, amount);
    if (err >= JET_errSuccess)
        err = row_add(desk, TELLERS, (int32_t)teller, 1);
    if (err >= JET_errSuccess)
        err = row_insert(desk, JOURNAL, journal_key(teller, number), (int32_t)number);
    if (err >= JET_errSuccess && number > SAMPLE_BANK_JOURNAL)
        err = row_delete(desk, JOURNAL, journal_key(teller, number - SAMPLE_BANK_JOURNAL));
    return err;
}

static jet_err transaction(const struct desk *desk, unsigned teller, uint32_t number, uint32_t random)
{
    jet_err err = JetBeginTransaction(desk->sesid);
    if (err < JET_errSuccess)
        return err;
    err = work(desk, teller, number, random);
    if (err >= JET_errSuccess)
        err = JetCommitTransaction(desk->sesid, JET_bitNil);
    if (err >= JET_errSuccess)
        return err;
    const jet_err undone = JetRollback(desk->sesid, JET_bitNil);
    return undone < JET_errSuccess ? undone : err;
}

static void tell(void *context)
{
    struct teller *teller = context;
    struct sample_bank *bank = teller->bank;
    struct desk desk;
    jet_err err = desk_open(bank->instance, bank->file, JET_bitNil, &desk);
    uint32_t random = teller->number + 1;
    uint32_t number = 1;
    while (err >= JET_errSuccess && !atomic_load(&bank->is_closing)) {
        random = random * 1664525 + 1013904223;
        err = transaction(&desk, teller->number, number, random);
        if (err == JET_errWriteConflict)
            err = JET_errSuccess;
        else if (err >= JET_errSuccess)
            atomic_store(&teller->noted, number++);
    }
    if (err >= JET_errSuccess)
        err = JetEndSession(desk.sesid, JET_bitNil);
    jet_err none = JET_errSuccess;
    if (err < JET_errSuccess)
        (void)atomic_compare_exchange_strong(&bank->failure, &none, err);
}

/* ---- the bank ---- */

static jet_err rows_make(const struct desk *desk)
{
    jet_err err = JetBeginTransaction(desk->sesid);
    for (int32_t i = 0; i < SAMPLE_BANK_ACCOUNTS && err >= JET_errSuccess; i++)
        err = row_insert(desk, ACCOUNTS, i, SAMPLE_BANK_OPENING);
    for (int32_t i = 0; i < SAMPLE_BANK_TELLERS && err >= JET_errSuccess; i++)
        err = row_insert(desk, TELLERS, i, 0);
    return err < JET_errSuccess ? err : JetCommitTransaction(desk->sesid, JET_bitNil);
}

static jet_err database_make(const struct sample_bank *bank)
{
    struct desk desk;
    jet_err err = JetBeginSessionA(bank->instance, &desk.sesid, NULL, NULL);
    if (err >= JET_errSuccess)
        err = JetCreateDatabaseA(desk.sesid, bank->file, NULL, &desk.dbid, JET_bitNil);
    for (unsigned i = 0; i < TABLES && err >= JET_errSuccess; i++)
        err = table_make(&desk, (enum bank_table)i);
    if (err >= JET_errSuccess)
        err = rows_make(&desk);
    /* The session stays until the end of the instance, and with it the database's attachment. */
    for (unsigned i = 0; i < TABLES && err >= JET_errSuccess; i++)
        err = JetCloseTable(desk.sesid, desk.table[i]);
    return err;
}

static jet_err instance_start(struct sample_bank *bank, const struct sample_bank_config *config)
{
    jet_err err = sample_bank_instance_new(config->name, config->folder, &bank->instance);
    if (err < JET_errSuccess)
        return err;
    bank->is_running = true;
    err = parameter(&bank->instance, JET_paramLogFileSize, LOG_KIB, NULL);
    if (err >= JET_errSuccess)
        err = parameter(&bank->instance, JET_paramCircularLog, config->is_circular, NULL);
    if (err >= JET_errSuccess)
        err = parameter(&bank->instance, JET_paramCheckpointDepthMax, CHECKPOINT_DEPTH, NULL);
    /* Enough for what the others commit while one teller is not given a processor in the middle of a transaction. */
    if (err >= JET_errSuccess)
        err = parameter(&bank->instance, JET_paramMaxVerPages, VERSION_PAGES, NULL);
    return err < JET_errSuccess ? err : JetInit(&bank->instance);
}

static jet_err tellers_start(struct sample_bank *bank)
{
    jet_err err = JET_errSuccess;
    for (unsigned i = 0; i < SAMPLE_BANK_TELLERS && err >= JET_errSuccess; i++) {
        bank->tellers[i].bank = bank;
        bank->tellers[i].number = i;
        err = os_thread_start(tell, &bank->tellers[i], &bank->tellers[i].thread);
    }
    return err;
}

/* Everything that has been started ends. */
static jet_err bank_end(struct sample_bank *bank)
{
    atomic_store(&bank->is_closing, true);
    for (unsigned i = 0; i < SAMPLE_BANK_TELLERS; i++)
        if (bank->tellers[i].thread)
            os_thread_join(bank->tellers[i].thread);
    jet_err err = atomic_load(&bank->failure);
    if (bank->is_running) {
        const jet_err ended = JetTerm2(bank->instance, JET_bitTermComplete);
        if (err >= JET_errSuccess)
            err = ended;
    }
    os_event_free(bank->never);
    free(bank->file);
    free(bank);
    return err;
}

jet_err sample_bank_open(const struct sample_bank_config *config, struct sample_bank **ret_bank)
{
    struct sample_bank *bank = calloc(1, sizeof *bank);
    if (!bank)
        return JET_errOutOfMemory;
    bank->file = os_path_join(config->folder, "bank.edb");
    jet_err err = bank->file ? os_event_new(&bank->never) : JET_errOutOfMemory;
    if (err >= JET_errSuccess)
        err = instance_start(bank, config);
    if (err >= JET_errSuccess)
        err = database_make(bank);
    if (err >= JET_errSuccess)
        err = tellers_start(bank);
    if (err < JET_errSuccess)
        (void)bank_end(bank);
    else
        *ret_bank = bank;
    return err;
}

jet_err sample_bank_close(struct sample_bank *bank)
{
    return bank_end(bank);
}

JET_INSTANCE sample_bank_instance(const struct sample_bank *bank)
{
    return bank->instance;
}

const char *sample_bank_file(const struct sample_bank *bank)
{
    return bank->file;
}

struct sample_bank_numbers sample_bank_noted(struct sample_bank *bank)
{
    struct sample_bank_numbers numbers;
    for (unsigned i = 0; i < SAMPLE_BANK_TELLERS; i++)
        numbers.of[i] = atomic_load(&bank->tellers[i].noted);
    return numbers;
}

uint64_t sample_bank_transactions(struct sample_bank *bank)
{
    const struct sample_bank_numbers noted = sample_bank_noted(bank);
    uint64_t sum = 0;
    for (unsigned i = 0; i < SAMPLE_BANK_TELLERS; i++)
        sum += noted.of[i];
    return sum;
}

jet_err sample_bank_failure(struct sample_bank *bank)
{
    return atomic_load(&bank->failure);
}

jet_err sample_bank_goes_on(struct sample_bank *bank)
{
    const struct sample_bank_numbers before = sample_bank_noted(bank);
    for (unsigned i = 0; i < SAMPLE_BANK_TELLERS; i++)
        while (atomic_load(&bank->tellers[i].noted) == before.of[i]) {
            const jet_err err = sample_bank_failure(bank);
            if (err < JET_errSuccess)
                return err;
            (void)os_event_wait(bank->never, 1);
        }
    return JET_errSuccess;
}

/* ---- a copy is looked at ---- */

static PRINTF_LIKE(2, 3) void complain(struct sample_bank_verdict *verdict, const char *format, ...)
{
    va_list values;
    if (!verdict->is_right)
        return; /* the first problem is the one to tell */
    verdict->is_right = false;
    va_start(values, format);
    vsnprintf(verdict->problem, sizeof verdict->problem, format, values);
    va_end(values);
}

static void complain_of_error(struct sample_bank_verdict *verdict, const char *what, jet_err err)
{
    if (err < JET_errSuccess)
        complain(verdict, "%s: %s", what, jet_err_text(err));
}

/* Adds up a table's values. */
static jet_err sum_up(const struct desk *desk, enum bank_table table, uint32_t *ret_rows, int64_t *ret_sum)
{
    int32_t value;
    *ret_rows = 0;
    *ret_sum = 0;
    jet_err err = JetMove(desk->sesid, desk->table[table], JET_MoveFirst, JET_bitNil);
    while (err >= JET_errSuccess) {
        err = row_value(desk, table, &value);
        if (err < JET_errSuccess)
            return err;
        *ret_sum += value;
        ++*ret_rows;
        err = JetMove(desk->sesid, desk->table[table], JET_MoveNext, JET_bitNil);
    }
    return err == JET_errNoCurrentRecord ? JET_errSuccess : err;
}

static void check_accounts(const struct desk *desk, struct sample_bank_verdict *verdict)
{
    uint32_t rows;
    int64_t sum;
    complain_of_error(verdict, "reading the accounts", sum_up(desk, ACCOUNTS, &rows, &sum));
    if (verdict->is_right && (rows != SAMPLE_BANK_ACCOUNTS || sum != SAMPLE_BANK_ACCOUNTS * SAMPLE_BANK_OPENING))
        complain(verdict, "%lu accounts hold %lld in all", (unsigned long)rows, (long long)sum);
}

/* The last rows of a teller are there. */
static void check_journal(const struct desk *desk, unsigned teller, struct sample_bank_verdict *verdict)
{
    const uint32_t last = verdict->last.of[teller];
    int32_t value;
    for (uint32_t number = last > SAMPLE_BANK_JOURNAL ? last - SAMPLE_BANK_JOURNAL + 1 : 1;
         number <= last && verdict->is_right; number++)
        if (row_seek(desk, JOURNAL, journal_key(teller, number)) < JET_errSuccess ||
            row_value(desk, JOURNAL, &value) < JET_errSuccess || (uint32_t)value != number)
            complain(verdict, "the journal lacks row %lu of teller %u, whose last is %lu", (unsigned long)number,
                     teller, (unsigned long)last);
}

static void check_teller(const struct desk *desk, unsigned teller, uint32_t at_least,
                         struct sample_bank_verdict *verdict)
{
    int32_t number = 0;
    jet_err err = row_seek(desk, TELLERS, (int32_t)teller);
    if (err >= JET_errSuccess)
        err = row_value(desk, TELLERS, &number);
    complain_of_error(verdict, "reading a teller's row", err);
    verdict->last.of[teller] = (uint32_t)number;
    if ((uint32_t)number < at_least)
        complain(verdict, "teller %u noted the commit of number %lu, and %ld is the last there", teller,
                 (unsigned long)at_least, (long)number);
    check_journal(desk, teller, verdict);
}

/* Every row of the journal was found; there are no others. */
static void check_journal_rows(const struct desk *desk, struct sample_bank_verdict *verdict)
{
    uint32_t rows, expected = 0;
    int64_t sum;
    for (unsigned i = 0; i < SAMPLE_BANK_TELLERS; i++)
        expected += verdict->last.of[i] < SAMPLE_BANK_JOURNAL ? verdict->last.of[i] : SAMPLE_BANK_JOURNAL;
    complain_of_error(verdict, "reading the journal", sum_up(desk, JOURNAL, &rows, &sum));
    if (verdict->is_right && rows != expected)
        complain(verdict, "the journal has %lu rows instead of %lu", (unsigned long)rows, (unsigned long)expected);
}

static void check_desk(const struct desk *desk, const struct sample_bank_numbers *at_least,
                       struct sample_bank_verdict *verdict)
{
    check_accounts(desk, verdict);
    for (unsigned i = 0; i < SAMPLE_BANK_TELLERS; i++)
        check_teller(desk, i, at_least->of[i], verdict);
    check_journal_rows(desk, verdict);
}

/* Without a log: the copy is clean, and nothing is written. */
static jet_err look(JET_INSTANCE *instance, const char *file, struct desk *desk)
{
    JET_SESID sesid;
    jet_err err = parameter(instance, JET_paramRecovery, 0, "off");
    if (err >= JET_errSuccess)
        err = JetInit(instance);
    if (err >= JET_errSuccess)
        err = JetBeginSessionA(*instance, &sesid, NULL, NULL);
    if (err >= JET_errSuccess)
        err = JetAttachDatabaseA(sesid, file, JET_bitDbReadOnly);
    return err < JET_errSuccess ? err : desk_open(*instance, file, JET_bitDbReadOnly, desk);
}

void sample_bank_check(const char *folder, const char *file, const struct sample_bank_numbers *at_least,
                       struct sample_bank_verdict *ret_verdict)
{
    JET_INSTANCE instance;
    struct desk desk;
    *ret_verdict = (struct sample_bank_verdict){.is_right = true};
    jet_err err = sample_bank_instance_new("look", folder, &instance);
    if (err < JET_errSuccess) {
        complain_of_error(ret_verdict, "an instance to look with", err);
        return;
    }
    err = look(&instance, file, &desk);
    complain_of_error(ret_verdict, file, err);
    if (err >= JET_errSuccess)
        check_desk(&desk, at_least, ret_verdict);
    err = JetTerm2(instance, JET_bitTermComplete);
    complain_of_error(ret_verdict, "the end of the look", err);
}
