/* SPDX-License-Identifier: MIT */
/* tills.c - a shop with several tills: what an ESENT program looks like that never pauses.
 *
 *      tills FOLDER COUNT [LABEL]      makes or opens FOLDER/shop.edb; each of COUNT threads sells until SIGTERM or SIGINT. With LABEL,
 *                                      the backup service may back it up and freeze it meanwhile, under that name
 *      tills FOLDER                    how many each till has sold; fails if one of a till's sales is missing
 *
 * A sale is a record with the number of the till and that of the sale, from 1 without a gap, in a transaction of its
 * own. Once it is committed the line "TILL NUMBER" is printed, with one write: what a reader of this output has seen
 * must never be lost.
 */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <coldstream_writer.h>
#include <esent.h>

enum { TILLS_MAX = 64 };

struct sale_key {
    uint32_t till, number;
};

static void check(JET_ERR err, const char *what)
{
    if (err >= JET_errSuccess)
        return;
    (void)fprintf(stderr, "tills: %s: %ld\n", what, (long)err);
    exit(1);
}
#define CHECK(call) check(call, #call)

static JET_INSTANCE instance;
static char database[1024];
static volatile bool is_closing;

struct session {
    JET_SESID sesid;
    JET_DBID dbid;
    JET_TABLEID table;
    JET_COLUMNID till, number, goods;
};

static JET_COLUMNID add_column(const struct session *session, const char *name, JET_COLTYP type, JET_GRBIT grbit)
{
    const JET_COLUMNDEF column = {.cbStruct = sizeof column, .coltyp = type, .grbit = grbit};
    JET_COLUMNID id;
    CHECK(JetAddColumn(session->sesid, session->table, name, &column, NULL, 0, &id));
    return id;
}

static void create_shop(struct session *session)
{
    static const char key[] = "+till\0+number\0";
    CHECK(JetCreateDatabase(session->sesid, database, NULL, &session->dbid, 0));
    CHECK(JetBeginTransaction(session->sesid));
    CHECK(JetCreateTableA(session->sesid, session->dbid, "sales", 16, 80, &session->table));
    (void)add_column(session, "till", JET_coltypUnsignedLong, JET_bitColumnFixed | JET_bitColumnNotNULL);
    (void)add_column(session, "number", JET_coltypUnsignedLong, JET_bitColumnFixed | JET_bitColumnNotNULL);
    (void)add_column(session, "goods", JET_coltypLongBinary, JET_bitColumnTagged);
    CHECK(JetCreateIndexA(session->sesid, session->table, "primary", JET_bitIndexPrimary, key, sizeof key, 80));
    CHECK(JetCommitTransaction(session->sesid, 0));
    CHECK(JetCloseTable(session->sesid, session->table));
    CHECK(JetCloseDatabase(session->sesid, session->dbid, 0));
}

static JET_COLUMNID find_column(const struct session *session, const char *name)
{
    JET_COLUMNDEF column = {.cbStruct = sizeof column};
    CHECK(JetGetTableColumnInfoA(session->sesid, session->table, name, &column, sizeof column, JET_ColInfo));
    return column.columnid;
}

static void open_session(struct session *session)
{
    CHECK(JetBeginSession(instance, &session->sesid, NULL, NULL));
    CHECK(JetOpenDatabase(session->sesid, database, NULL, &session->dbid, 0));
    CHECK(JetOpenTable(session->sesid, session->dbid, "sales", NULL, 0, 0, &session->table));
    session->till = find_column(session, "till");
    session->number = find_column(session, "number");
    session->goods = find_column(session, "goods");
}

static void close_session(const struct session *session)
{
    CHECK(JetCloseTable(session->sesid, session->table));
    CHECK(JetEndSession(session->sesid, 0));
}

static struct sale_key read_key(const struct session *session)
{
    struct sale_key key;
    CHECK(JetRetrieveColumn(session->sesid, session->table, session->till, &key.till, sizeof key.till, NULL, 0, NULL));
    CHECK(JetRetrieveColumn(session->sesid, session->table, session->number, &key.number, sizeof key.number, NULL, 0,
                            NULL));
    return key;
}

static void start(const char *folder)
{
    struct session session;
    (void)snprintf(database, sizeof database, "%s/shop.edb", folder);
    CHECK(JetCreateInstance(&instance, "tills"));
    CHECK(JetSetSystemParameter(&instance, 0, JET_paramSystemPath, 0, folder));
    CHECK(JetSetSystemParameter(&instance, 0, JET_paramLogFilePath, 0, folder));
    CHECK(JetSetSystemParameter(&instance, 0, JET_paramTempPath, 0, folder));
    CHECK(JetSetSystemParameter(&instance, 0, JET_paramLogFileSize, 256, NULL));
    /* Enough for what others sell while one till is not given a processor in the middle of a transaction. */
    CHECK(JetSetSystemParameter(&instance, 0, JET_paramMaxVerPages, 2048, NULL));
    CHECK(JetInit(&instance));
    CHECK(JetBeginSession(instance, &session.sesid, NULL, NULL));
    const JET_ERR err = JetAttachDatabase(session.sesid, database, 0);
    if (err == JET_errFileNotFound)
        create_shop(&session);
    else
        check(err, "JetAttachDatabase");
    CHECK(JetEndSession(session.sesid, 0));
}

/* Calls what is wanted with each sale, in the order of tills and numbers. */
static void for_each_sale(void (*found)(struct sale_key key))
{
    struct session session;
    open_session(&session);
    JET_ERR err = JetMove(session.sesid, session.table, JET_MoveFirst, 0);
    while (err != JET_errNoCurrentRecord) {
        check(err, "JetMove");
        found(read_key(&session));
        err = JetMove(session.sesid, session.table, JET_MoveNext, 0);
    }
    close_session(&session);
}

static uint32_t sold[TILLS_MAX + 1]; /* by each till; the tills begin with 1 */

static void count_sale(struct sale_key key)
{
    if (key.till == 0 || key.till > TILLS_MAX || key.number != sold[key.till] + 1) {
        (void)fprintf(stderr, "tills: sale %u of till %u follows sale %u\n", (unsigned)key.number, (unsigned)key.till,
                      key.till <= TILLS_MAX ? (unsigned)sold[key.till] : 0);
        exit(1);
    }
    sold[key.till] = key.number;
}

static void sell(const struct session *session, struct sale_key key)
{
    unsigned char goods[300];
    char line[32];
    memset(goods, (int)('a' + key.number % 26), sizeof goods);
    CHECK(JetBeginTransaction(session->sesid));
    CHECK(JetPrepareUpdate(session->sesid, session->table, JET_prepInsert));
    CHECK(JetSetColumn(session->sesid, session->table, session->till, &key.till, sizeof key.till, 0, NULL));
    CHECK(JetSetColumn(session->sesid, session->table, session->number, &key.number, sizeof key.number, 0, NULL));
    CHECK(JetSetColumn(session->sesid, session->table, session->goods, goods, sizeof goods, 0, NULL));
    CHECK(JetUpdate(session->sesid, session->table, NULL, 0, NULL));
    CHECK(JetCommitTransaction(session->sesid, 0));
    const int length = snprintf(line, sizeof line, "%u %u\n", (unsigned)key.till, (unsigned)key.number);
    if (write(STDOUT_FILENO, line, (size_t)length) != length)
        exit(1);
}

static void *till(void *context)
{
    struct session session;
    struct sale_key key = *(const struct sale_key *)context;
    open_session(&session);
    while (!is_closing) {
        key.number++;
        sell(&session, key);
        (void)usleep(2000);
    }
    close_session(&session);
    return NULL;
}

static void sell_until_told(unsigned count, const sigset_t *signals)
{
    pthread_t threads[TILLS_MAX];
    struct sale_key last[TILLS_MAX];
    int number = 0;
    for (unsigned i = 0; i < count; i++) {
        last[i] = (struct sale_key){i + 1, sold[i + 1]};
        check(pthread_create(&threads[i], NULL, till, &last[i]) ? JET_errOutOfMemory : JET_errSuccess,
              "pthread_create");
    }
    (void)sigwait(signals, &number);
    is_closing = true;
    for (unsigned i = 0; i < count; i++)
        (void)pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
    sigset_t signals;
    struct cs_writer *writer = NULL;
    const int count = argc > 2 ? atoi(argv[2]) : 0;
    if (argc < 2 || argc > 4 || count < 0 || count > TILLS_MAX) {
        (void)fprintf(stderr, "usage: tills FOLDER [COUNT [LABEL]]\n");
        return 2;
    }
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before any thread is there */
    start(argv[1]);
    for_each_sale(count_sale);
    if (argc == 4)
        CHECK(cs_writer_register(instance, argv[3], NULL, &writer));
    if (argc > 2)
        sell_until_told((unsigned)count, &signals);
    for (unsigned i = 1; argc == 2 && i <= TILLS_MAX; i++) {
        if (sold[i] > 0)
            (void)printf("%u %u\n", i, (unsigned)sold[i]);
    }
    /* A backup that runs ends before its time, by itself. */
    CHECK(JetTerm2(instance, JET_bitTermComplete | JET_bitTermStopBackup));
    CHECK(cs_writer_unregister(writer));
    return 0;
}
