/* SPDX-License-Identifier: MIT */
/* lent_rows.c - an application that writes rows all the time and lends its instance to the service.
 *
 *      lent_rows FOLDER LABEL BUS_ADDRESS      makes or opens FOLDER/rows.edb; three threads insert rows until SIGTERM, which ends it cleanly
 *      lent_rows FOLDER                        how many rows each thread has left in FOLDER/rows.edb, which is clean; a gap is an error
 *
 * Each line tells one event, with one write: "row THREAD NUMBER" (its commit has returned, and is durable),
 * "registered", "pending". */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <coldstream_writer.h>
#include <esent.h>

enum { THREADS = 3 };

static JET_INSTANCE instance;
static char database[600];
static atomic_bool is_over;

static void must(JET_ERR err, const char *what)
{
    if (err >= JET_errSuccess)
        return;
    (void)fprintf(stderr, "lent_rows: %s: %ld\n", what, (long)err);
    exit(1);
}

static void say(const char *format, unsigned long a, unsigned long b)
{
    char line[100];
    const int size = snprintf(line, sizeof line, format, a, b);
    if (write(STDOUT_FILENO, line, (size_t)size) != size)
        atomic_store(&is_over, true); /* nobody listens */
}

static void open_instance(const char *folder)
{
    char path[600];
    must(JetCreateInstanceA(&instance, "rows"), "create");
    must(JetSetSystemParameterA(&instance, 0, JET_paramSystemPath, 0, folder), "system path");
    must(JetSetSystemParameterA(&instance, 0, JET_paramLogFilePath, 0, folder), "log path");
    (void)snprintf(path, sizeof path, "%s/tmp.edb", folder);
    must(JetSetSystemParameterA(&instance, 0, JET_paramTempPath, 0, path), "temporary");
    must(JetSetSystemParameterA(&instance, 0, JET_paramLogFileSize, 128, NULL), "log size");
    must(JetInit(&instance), "init");
    (void)snprintf(database, sizeof database, "%s/rows.edb", folder);
}

static JET_TABLEID open_table(JET_SESID sesid, JET_COLUMNID *ret_column)
{
    JET_DBID dbid;
    JET_TABLEID tableid;
    JET_COLUMNDEF column = {.cbStruct = sizeof column};
    must(JetOpenDatabaseA(sesid, database, NULL, &dbid, 0), "open");
    must(JetOpenTableA(sesid, dbid, "rows", NULL, 0, 0, &tableid), "table");
    must(JetGetTableColumnInfoA(sesid, tableid, "key", &column, sizeof column, JET_ColInfo), "column");
    *ret_column = column.columnid;
    return tableid;
}

static void make_database(JET_SESID sesid)
{
    static const char key[] = "+key\0";
    const JET_COLUMNDEF definition = {
        .cbStruct = sizeof definition, .coltyp = JET_coltypBinary, .grbit = JET_bitColumnNotNULL};
    JET_COLUMNDEF padding = {.cbStruct = sizeof padding, .coltyp = JET_coltypLongBinary};
    JET_DBID dbid;
    JET_TABLEID tableid;
    JET_COLUMNID column;
    must(JetCreateDatabase2A(sesid, database, 768, &dbid, 0), "database"); /* 3 MiB: more than a pipe takes */
    must(JetBeginTransaction(sesid), "begin");
    must(JetCreateTableA(sesid, dbid, "rows", 16, 90, &tableid), "table");
    must(JetAddColumnA(sesid, tableid, "key", &definition, NULL, 0, &column), "column");
    must(JetAddColumnA(sesid, tableid, "padding", &padding, NULL, 0, &column), "column");
    must(JetCreateIndexA(sesid, tableid, "by_key", JET_bitIndexPrimary, key, sizeof key, 90), "index");
    must(JetCommitTransaction(sesid, 0), "commit");
    must(JetCloseTable(sesid, tableid), "close"); /* who makes a table has it alone */
}

static void attach(JET_SESID sesid, int may_make)
{
    const JET_ERR err = JetAttachDatabaseA(sesid, database, 0);
    if (err == JET_errFileNotFound && may_make)
        make_database(sesid);
    else
        must(err, "attach");
}

/* The thread, and the number from 1 on, both with the high byte first: in the order of the index. */
static void key_of(uint32_t thread, uint32_t number, uint8_t key[5])
{
    key[0] = (uint8_t)thread;
    for (unsigned i = 0; i < 4; i++)
        key[1 + i] = (uint8_t)(number >> (24 - 8 * i));
}

static JET_ERR seek(JET_SESID sesid, JET_TABLEID tableid, uint32_t thread, uint32_t number)
{
    uint8_t key[5];
    key_of(thread, number, key);
    must(JetMakeKey(sesid, tableid, key, sizeof key, JET_bitNewKey), "key");
    return JetSeek(sesid, tableid, JET_bitSeekEQ);
}

static uint32_t count_rows(JET_SESID sesid, JET_TABLEID tableid, uint32_t thread)
{
    uint32_t count = 0;
    while (seek(sesid, tableid, thread, count + 1) == JET_errSuccess)
        count++;
    for (uint32_t beyond = 2; beyond < 50; beyond++)
        if (seek(sesid, tableid, thread, count + beyond) == JET_errSuccess)
            must(-1, "a row is missing");
    return count;
}

static void *write_rows(void *context)
{
    const uint32_t thread = (uint32_t)(uintptr_t)context;
    JET_SESID sesid;
    JET_COLUMNID column;
    must(JetBeginSessionA(instance, &sesid, NULL, NULL), "session");
    const JET_TABLEID tableid = open_table(sesid, &column);
    for (uint32_t number = count_rows(sesid, tableid, thread) + 1; !atomic_load(&is_over); number++) {
        uint8_t key[5];
        key_of(thread, number, key);
        must(JetBeginTransaction(sesid), "begin");
        must(JetPrepareUpdate(sesid, tableid, JET_prepInsert), "insert");
        must(JetSetColumn(sesid, tableid, column, key, sizeof key, 0, NULL), "set");
        must(JetUpdate(sesid, tableid, NULL, 0, NULL), "update");
        must(JetCommitTransaction(sesid, 0), "commit");
        say("row %lu %lu\n", thread, number);
    }
    must(JetEndSession(sesid, 0), "end");
    return NULL;
}

static int check(const char *folder)
{
    JET_SESID sesid;
    JET_COLUMNID column;
    open_instance(folder);
    must(JetBeginSessionA(instance, &sesid, NULL, NULL), "session");
    attach(sesid, 0);
    const JET_TABLEID tableid = open_table(sesid, &column);
    for (uint32_t thread = 0; thread < THREADS; thread++)
        say("rows %lu %lu\n", thread, count_rows(sesid, tableid, thread));
    must(JetTerm(instance), "term");
    return 0;
}

/* Tells of the registration as it comes and goes, until a signal to end. */
static void wait_for_end(struct cs_writer *writer, const sigset_t *signals)
{
    const struct timespec moment = {.tv_nsec = 10 * 1000 * 1000};
    enum cs_writer_state told = CS_WRITER_ENDED;
    while (!atomic_load(&is_over) && sigtimedwait(signals, NULL, &moment) < 0) {
        const enum cs_writer_state state = cs_writer_state(writer);
        if (state != told)
            say(state == CS_WRITER_REGISTERED ? "registered\n" : "pending\n", 0, 0);
        told = state;
    }
    atomic_store(&is_over, true);
}

int main(int argc, char **argv)
{
    struct cs_writer *writer;
    pthread_t threads[THREADS];
    sigset_t signals;
    JET_SESID sesid;
    if (argc == 2)
        return check(argv[1]);
    if (argc != 4)
        return 2;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    open_instance(argv[1]);
    must(JetBeginSessionA(instance, &sesid, NULL, NULL), "session");
    attach(sesid, 1);
    const struct cs_writer_options options = {sizeof options, argv[3]};
    must(cs_writer_register(instance, argv[2], &options, &writer), "register");
    for (uintptr_t i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, write_rows, (void *)i) != 0)
            must(-1, "thread");
    wait_for_end(writer, &signals);
    for (unsigned i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    must(JetTerm(instance), "term");
    must(cs_writer_unregister(writer), "unregister");
    return 0;
}
