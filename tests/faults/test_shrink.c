/* SPDX-License-Identifier: MIT */
/* test_shrink.c - files that become shorter, on machines that fail (crash_driver.h): `test_shrink PAGE_SIZE
 * circular|linear`.
 *
 * Tables come, lose half of their rows, and go; the first only gets and loses its rows, so that its root stays at the
 * start of the file, and its other pages move forward. Between that, the end of the file is cut off, and others make it
 * grow again. So pages there have one life after another, and redo begins before, between and behind them. Each
 * operation is a transaction; what is found after a crash must be the tables after one of them, in a file that passes
 * the whole check.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crash_driver.h"
#include "disk_image.h"
#include "isam/deep.h"
#include "jet/esent.h"
#include "os/os_file.h"
#include "problem.h"

enum {
    CASES = 400,
    TABLES = 3,
    LASTING = 0, /* the table that is only emptied */
    ROWS = 60,
    OPERATIONS = 40,
    BLOB_PAGES = 4, /* of a row, about */
    LOG_KIB = 64,
    CACHE_PAGES = 200,
    NEAR_KIB = 256, /* how far the checkpoint is behind: in circular logs */
    FAR_KIB = 16384,
    EXTENSION_PAGES = 16,
};

enum kind { MAKE, THIN_OUT, DROP, SHRINK };

struct operation {
    enum kind kind;
    unsigned table;
};

/* What a table holds: rows of this stamp; 0: it is not there. */
struct table {
    uint32_t stamp;
    uint32_t is_thin; /* only rows with even keys */
};

static struct {
    const char *folder;
    char *file;
    uint32_t page_size;
    bool is_circular;
    JET_INSTANCE instance;
    JET_SESID sesid;
    JET_DBID dbid;
    unsigned cuts;                               /* how often a file became shorter */
    struct table states[OPERATIONS + 1][TABLES]; /* of the last load */
} test;

/* ---- start and end ---- */

static bool set_process(void)
{
    static bool is_set;
    if (is_set)
        return true;
    TRY(JetSetSystemParameterA(NULL, 0, JET_paramDatabasePageSize, test.page_size, NULL));
    TRY(JetSetSystemParameterA(NULL, 0, JET_paramCacheSizeMin, CACHE_PAGES, NULL));
    TRY(JetSetSystemParameterA(NULL, 0, JET_paramCacheSizeMax, CACHE_PAGES, NULL));
    is_set = true;
    return true;
}

static bool start(void)
{
    const JET_API_PTR depth = (JET_API_PTR)(test.is_circular ? NEAR_KIB : FAR_KIB) * 1024;
    char temporary[1000];
    JET_INSTANCE *instance = &test.instance;
    (void)snprintf(temporary, sizeof temporary, "%s/temporary.tmp", test.folder);
    if (!set_process())
        return false;
    TRY(JetCreateInstanceA(instance, "shrink"));
    TRY(JetSetSystemParameterA(instance, 0, JET_paramSystemPath, 0, test.folder));
    TRY(JetSetSystemParameterA(instance, 0, JET_paramLogFilePath, 0, test.folder));
    TRY(JetSetSystemParameterA(instance, 0, JET_paramTempPath, 0, temporary));
    TRY(JetSetSystemParameterA(instance, 0, JET_paramLogFileSize, LOG_KIB, NULL));
    TRY(JetSetSystemParameterA(instance, 0, JET_paramCircularLog, test.is_circular, NULL));
    TRY(JetSetSystemParameterA(instance, 0, JET_paramCheckpointDepthMax, depth, NULL));
    TRY(JetSetSystemParameterA(instance, 0, JET_paramDbExtensionSize, EXTENSION_PAGES, NULL));
    TRY(JetSetSystemParameterA(instance, 0, JET_paramEnableShrinkDatabase, JET_bitShrinkDatabaseOn, NULL));
    TRY(JetInit(instance));
    TRY(JetBeginSessionA(test.instance, &test.sesid, NULL, NULL));
    return true;
}

static bool stop(bool abruptly)
{
    const JET_INSTANCE instance = test.instance;
    test.instance = 0;
    TRY(JetTerm2(instance, abruptly ? JET_bitTermAbrupt : JET_bitTermComplete));
    return true;
}

static bool attach(void)
{
    TRY(JetAttachDatabaseA(test.sesid, test.file, 0));
    TRY(JetOpenDatabaseA(test.sesid, test.file, NULL, &test.dbid, 0));
    return true;
}

/* ---- operations ---- */

static void table_name(unsigned table, char name[8])
{
    (void)snprintf(name, 8, "t%u", table);
}

/* Of one byte, mostly: to the checksums of the format such sectors are all alike (format/block_sum.h). */
static size_t row_bytes(uint32_t stamp, uint32_t key, uint8_t *bytes)
{
    struct disk_random random = {.state = (uint64_t)stamp * ROWS + key};
    const size_t most = (size_t)BLOB_PAGES * 2 * test.page_size;
    const size_t size = 8 + (size_t)disk_random_below(&random, most - 8);
    memset(bytes, (int)disk_random_next(&random), size);
    memcpy(bytes, &stamp, sizeof stamp);
    memcpy(bytes + 4, &key, sizeof key);
    return size;
}

static bool add_column(JET_TABLEID table, const char *name, JET_COLTYP type, JET_COLUMNID *ret_id)
{
    const JET_COLUMNDEF definition = {.cbStruct = sizeof definition, .coltyp = type};
    TRY(JetAddColumnA(test.sesid, table, name, &definition, NULL, 0, ret_id));
    return true;
}

static bool column_id(JET_TABLEID table, const char *name, JET_COLUMNID *ret_id)
{
    JET_COLUMNDEF definition = {.cbStruct = sizeof definition};
    TRY(JetGetTableColumnInfoA(test.sesid, table, name, &definition, sizeof definition, JET_ColInfo));
    *ret_id = definition.columnid;
    return true;
}

static bool make_table(const char *name)
{
    JET_TABLEID table;
    JET_COLUMNID ignored;
    TRY(JetCreateTableA(test.sesid, test.dbid, name, 1, 80, &table));
    if (!add_column(table, "key", JET_coltypLong, &ignored) ||
        !add_column(table, "blob", JET_coltypLongBinary, &ignored))
        return false;
    TRY(JetCloseTable(test.sesid, table));
    return true;
}

static bool fill(const char *name, uint32_t stamp)
{
    static uint8_t bytes[2 * BLOB_PAGES * 32768];
    JET_TABLEID table;
    JET_COLUMNID key_column, blob_column;
    TRY(JetOpenTableA(test.sesid, test.dbid, name, NULL, 0, 0, &table));
    if (!column_id(table, "key", &key_column) || !column_id(table, "blob", &blob_column))
        return false;
    for (uint32_t key = 0; key < ROWS; key++) {
        const size_t size = row_bytes(stamp, key, bytes);
        TRY(JetPrepareUpdate(test.sesid, table, JET_prepInsert));
        TRY(JetSetColumn(test.sesid, table, key_column, &key, sizeof key, 0, NULL));
        TRY(JetSetColumn(test.sesid, table, blob_column, bytes, (uint32_t)size, 0, NULL));
        TRY(JetUpdate(test.sesid, table, NULL, 0, NULL));
    }
    TRY(JetCloseTable(test.sesid, table));
    return true;
}

static bool get_column(JET_TABLEID table, const char *name, void *bytes, size_t room, size_t *ret_size)
{
    JET_COLUMNID id;
    uint32_t size = 0;
    if (!column_id(table, name, &id))
        return false;
    TRY(JetRetrieveColumn(test.sesid, table, id, bytes, (uint32_t)room, &size, 0, NULL));
    *ret_size = size;
    return true;
}

static bool delete_rows(const char *name, bool all)
{
    JET_TABLEID table;
    uint32_t key = 0;
    size_t size;
    TRY(JetOpenTableA(test.sesid, test.dbid, name, NULL, 0, 0, &table));
    JET_ERR err = JetMove(test.sesid, table, (int32_t)JET_MoveFirst, 0);
    while (err >= JET_errSuccess) {
        if (!get_column(table, "key", &key, sizeof key, &size))
            return false;
        if (all || key % 2 == 1)
            TRY(JetDelete(test.sesid, table));
        err = JetMove(test.sesid, table, JET_MoveNext, 0);
    }
    TRY(JetCloseTable(test.sesid, table));
    return err == JET_errNoCurrentRecord || problem_none(err, "JetMove");
}

static bool shrink(void)
{
    struct os_path_info before, info;
    uint32_t pages = 0;
    TRY(os_path_stat(test.file, &before));
    TRY(JetResizeDatabase(test.sesid, test.dbid, 0, &pages, JET_bitResizeDatabaseOnlyShrink));
    TRY(os_path_stat(test.file, &info));
    test.cuts += info.size_bytes < before.size_bytes;
    return info.size_bytes == (uint64_t)pages * test.page_size ||
           problem_set("the file has %llu bytes, and ought to have %u pages", (unsigned long long)info.size_bytes,
                       pages);
}

static bool carry_out(const struct operation *operation, uint32_t number)
{
    char name[8];
    bool is_done = true;
    table_name(operation->table, name);
    if (operation->kind == SHRINK)
        return shrink();
    TRY(JetBeginTransaction(test.sesid));
    switch (operation->kind) {
    case MAKE: is_done = (operation->table == LASTING || make_table(name)) && fill(name, number); break;
    case THIN_OUT: is_done = delete_rows(name, false); break;
    case DROP:
        if (operation->table == LASTING)
            is_done = delete_rows(name, true);
        else
            TRY(JetDeleteTableA(test.sesid, test.dbid, name));
        break;
    case SHRINK: break;
    }
    if (!is_done)
        return false;
    TRY(JetCommitTransaction(test.sesid, 0));
    return true;
}

/* ---- the load ---- */

/* And what the tables are after it. */
static struct operation choose(struct disk_random *random, struct table state[TABLES], uint32_t number,
                               enum kind before)
{
    struct operation operation = {.table = (unsigned)disk_random_below(random, TABLES)};
    struct table *table = &state[operation.table];
    if (before == DROP) {
        operation.kind = SHRINK;
    } else if (table->stamp == 0) {
        operation.kind = MAKE;
        *table = (struct table){.stamp = number};
    } else if (!table->is_thin && disk_random_below(random, 4) > 0) {
        operation.kind = THIN_OUT;
        table->is_thin = true;
    } else {
        operation.kind = DROP;
        *table = (struct table){.stamp = 0};
    }
    return operation;
}

static bool work(struct disk_random *random)
{
    struct operation operation = {.kind = SHRINK};
    test.cuts = 0;
    for (uint32_t number = 1; number <= OPERATIONS; number++) {
        memcpy(test.states[number], test.states[number - 1], sizeof test.states[number]);
        operation = choose(random, test.states[number], number, operation.kind);
        crash_mark(CRASH_ASKED, number);
        if (!carry_out(&operation, number))
            return false;
        if (operation.kind != SHRINK)
            crash_mark(CRASH_PROMISED, number);
    }
    return test.cuts > 0 || problem_set("the file never became shorter");
}

static void give_up(void)
{
    char before[PROBLEM_SIZE];
    problem_copy(before);
    if (test.instance != 0)
        (void)stop(true);
    (void)problem_set("%s", before);
}

/* All trees of the table that lasts are there from now on. */
static bool prepare_tables(void)
{
    char name[8];
    table_name(LASTING, name);
    TRY(JetCreateDatabaseA(test.sesid, test.file, NULL, &test.dbid, 0));
    TRY(JetBeginTransaction(test.sesid));
    if (!make_table(name) || !fill(name, 1) || !delete_rows(name, true))
        return false;
    TRY(JetCommitTransaction(test.sesid, 0));
    return true;
}

static bool prepare(void *context)
{
    (void)context;
    if (start() && prepare_tables())
        return stop(false);
    give_up();
    return false;
}

static bool run(void *context, uint64_t seed)
{
    struct disk_random random = {.state = seed};
    (void)context;
    if (start() && attach() && work(&random))
        return stop(false);
    give_up();
    return false;
}

/* ---- looking ---- */

static bool read_row(JET_TABLEID table, struct table *found, uint64_t *keys)
{
    static uint8_t is[2 * BLOB_PAGES * 32768], ought[2 * BLOB_PAGES * 32768];
    uint32_t key = 0;
    size_t size;
    if (!get_column(table, "key", &key, sizeof key, &size) || !get_column(table, "blob", is, sizeof is, &size))
        return false;
    memcpy(&found->stamp, is, sizeof found->stamp);
    if (key >= ROWS || size != row_bytes(found->stamp, key, ought) || memcmp(is, ought, size) != 0)
        return problem_set("row %u with stamp %u has other bytes", key, found->stamp);
    *keys |= UINT64_C(1) << key;
    return true;
}

static bool read_table(unsigned number, struct table *found)
{
    const uint64_t all = (UINT64_C(1) << ROWS) - 1, even = all & UINT64_C(0x5555555555555555);
    char name[8];
    JET_TABLEID table;
    uint64_t keys = 0;
    table_name(number, name);
    *found = (struct table){.stamp = 0};
    JET_ERR err = JetOpenTableA(test.sesid, test.dbid, name, NULL, 0, JET_bitTableReadOnly, &table);
    if (err == JET_errObjectNotFound)
        return true;
    if (!problem_none(err, "JetOpenTable"))
        return false;
    err = JetMove(test.sesid, table, (int32_t)JET_MoveFirst, 0);
    while (err >= JET_errSuccess) {
        if (!read_row(table, found, &keys))
            return false;
        err = JetMove(test.sesid, table, JET_MoveNext, 0);
    }
    TRY(JetCloseTable(test.sesid, table));
    found->is_thin = keys == even;
    return (number == LASTING && keys == 0) || keys == all || keys == even ||
           problem_set("table %u has the rows %llx", number, (unsigned long long)keys);
}

static bool look(uint32_t low, uint32_t high)
{
    struct table found[TABLES];
    for (unsigned i = 0; i < TABLES; i++)
        if (!read_table(i, &found[i]))
            return false;
    for (uint32_t state = low; state <= high; state++)
        if (memcmp(found, test.states[state], sizeof found) == 0)
            return true;
    return problem_set("the tables are as after none of the operations %u to %u", low, high);
}

/* The first damage is the one to tell. Pages that nobody owns are warnings: a crash may leave some. */
static void note_damage(void *context, const struct finding *finding)
{
    bool *has_damage = context;
    char text[PROBLEM_SIZE - 20];
    if (finding->severity < FINDING_DAMAGE || *has_damage)
        return;
    *has_damage = true;
    (void)problem_set("deep: %s", finding_describe(finding, text, sizeof text));
}

static bool verify(void)
{
    struct database_file *file;
    struct deep_counts counts;
    const struct deep_options options = {.jobs = 1};
    bool has_damage = false;
    const struct finding_listener listener = {.report = note_damage, .context = &has_damage};
    TRY(database_file_open(test.file, &listener, &file));
    jet_err err = deep_verify(file, &options, &listener, &counts);
    database_file_close(file);
    return !has_damage && problem_none(err, "deep_verify");
}

static bool check(void *context, uint32_t low, uint32_t high, bool abruptly)
{
    (void)context;
    bool is_good = start() && attach() && look(low, high);
    if (!is_good)
        give_up();
    return is_good && stop(abruptly) && (abruptly || verify());
}

int main(int argc, char **argv)
{
    char *folder;
    if (argc != 3 || os_folder_create_temporary("coldstream-shrink-", &folder) < JET_errSuccess) {
        fprintf(stderr, "usage: test_shrink PAGE_SIZE circular|linear\n");
        return 2;
    }
    test.folder = folder;
    test.file = os_path_join(folder, "test.edb");
    test.page_size = (uint32_t)strtoul(argv[1], NULL, 10);
    test.is_circular = strcmp(argv[2], "circular") == 0;
    const struct crash_subject subject = {.folder = folder,
                                          .page_size = test.page_size,
                                          .cases = CASES,
                                          .prepare = prepare,
                                          .run = run,
                                          .check = check,
                                          .problem = problem_text};
    int status = test.file ? crash_drive(&subject) : 2;
    if (os_folder_remove(folder) < JET_errSuccess)
        status = 2;
    free(test.file);
    free(folder);
    return status;
}
