/* SPDX-License-Identifier: MIT */
/* guests.c - a guest book: what a small ESENT program looks like.
 *
 *      guests FOLDER NAME [NOTE]     NAME was here
 *      guests FOLDER                 who was here, and how often
 *      guests FOLDER --copy TO       a backup of the book while it is open; TO is a folder that is empty
 *
 * The same file is compiled against mingw-w64's esent.h (x86_64-w64-mingw32-gcc guests.c -lesent) and against ours
 * (cc guests.c $(pkg-config --cflags --libs esent)). mingw-w64's header lacks some
 * constants, which are given below, and the bare names of two functions, so that these are called with their A.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>
#endif

#include <esent.h>

#ifndef JET_prepInsert
#define JET_prepInsert       0
#define JET_prepReplace      2
#define JET_bitNewKey        0x00000001
#define JET_bitSeekEQ        0x00000001
#define JET_bitIndexPrimary  0x00000002
#define JET_bitColumnNotNULL 0x00000004
#define JET_bitTermComplete  0x00000001
#define JET_bitBackupAtomic  0x00000004
#endif

static void check(JET_ERR err, const char *what)
{
    if (err >= JET_errSuccess)
        return;
    fprintf(stderr, "%s failed: %ld\n", what, (long)err);
    exit(1);
}
#define CHECK(call) check(call, #call)

static JET_INSTANCE instance;
static JET_SESID sesid;
static JET_DBID dbid;
static JET_TABLEID tableid;
static JET_COLUMNID name_column, visits_column, note_column;

static JET_COLUMNID add_column(const char *name, JET_COLTYP type, JET_GRBIT grbit)
{
    JET_COLUMNDEF column;
    JET_COLUMNID columnid;
    memset(&column, 0, sizeof column);
    column.cbStruct = sizeof column;
    column.coltyp = type;
    column.cp = 1252;
    column.grbit = grbit;
    CHECK(JetAddColumn(sesid, tableid, name, &column, NULL, 0, &columnid));
    return columnid;
}

static void create_book(const char *file)
{
    static const char key[] = "+name\0";
    CHECK(JetCreateDatabase(sesid, file, NULL, &dbid, 0));
    CHECK(JetBeginTransaction(sesid));
    CHECK(JetCreateTableA(sesid, dbid, "guests", 16, 80, &tableid));
    name_column = add_column("name", JET_coltypBinary, JET_bitColumnNotNULL);
    visits_column = add_column("visits", JET_coltypLong, JET_bitColumnNotNULL);
    note_column = add_column("note", JET_coltypLongText, 0);
    CHECK(JetCreateIndex(sesid, tableid, "by_name", JET_bitIndexPrimary, key, sizeof key, 80));
    CHECK(JetCommitTransaction(sesid, 0));
}

static JET_COLUMNID find_column(const char *name)
{
    JET_COLUMNDEF column;
    memset(&column, 0, sizeof column);
    column.cbStruct = sizeof column;
    CHECK(JetGetTableColumnInfoA(sesid, tableid, name, &column, sizeof column, JET_ColInfo));
    return column.columnid;
}

static void open_book(const char *file)
{
    JET_ERR err = JetAttachDatabase(sesid, file, 0);
    if (err == JET_errFileNotFound) {
        create_book(file);
        return;
    }
    check(err, "JetAttachDatabase");
    CHECK(JetOpenDatabase(sesid, file, NULL, &dbid, 0));
    CHECK(JetOpenTable(sesid, dbid, "guests", NULL, 0, 0, &tableid));
    name_column = find_column("name");
    visits_column = find_column("visits");
    note_column = find_column("note");
}

static void welcome(const char *name, const char *note)
{
    int visits = 0;
    CHECK(JetBeginTransaction(sesid));
    CHECK(JetMakeKey(sesid, tableid, name, (JET_GRBIT)strlen(name), JET_bitNewKey));
    if (JetSeek(sesid, tableid, JET_bitSeekEQ) == JET_errSuccess) {
        CHECK(JetRetrieveColumn(sesid, tableid, visits_column, &visits, sizeof visits, NULL, 0, NULL));
        CHECK(JetPrepareUpdate(sesid, tableid, JET_prepReplace));
    } else {
        CHECK(JetPrepareUpdate(sesid, tableid, JET_prepInsert));
        CHECK(JetSetColumn(sesid, tableid, name_column, name, (JET_GRBIT)strlen(name), 0, NULL));
    }
    visits++;
    CHECK(JetSetColumn(sesid, tableid, visits_column, &visits, sizeof visits, 0, NULL));
    if (note)
        CHECK(JetSetColumn(sesid, tableid, note_column, note, (JET_GRBIT)strlen(note), 0, NULL));
    CHECK(JetUpdate(sesid, tableid, NULL, 0, NULL));
    CHECK(JetCommitTransaction(sesid, 0));
}

static void list(void)
{
    JET_ERR err;
    for (err = JetMove(sesid, tableid, JET_MoveFirst, 0); err >= JET_errSuccess;
         err = JetMove(sesid, tableid, JET_MoveNext, 0)) {
        char name[256], note[256];
        int visits;
        JET_RETRIEVECOLUMN columns[3];
        memset(columns, 0, sizeof columns);
        columns[0].columnid = name_column;
        columns[0].pvData = name;
        columns[0].cbData = sizeof name;
        columns[1].columnid = visits_column;
        columns[1].pvData = &visits;
        columns[1].cbData = sizeof visits;
        columns[2].columnid = note_column;
        columns[2].pvData = note;
        columns[2].cbData = sizeof note;
        columns[0].itagSequence = columns[1].itagSequence = columns[2].itagSequence = 1;
        CHECK(JetRetrieveColumns(sesid, tableid, columns, 3));
        printf("%.*s %d", (int)columns[0].cbActual, name, visits);
        if (columns[2].err != JET_wrnColumnNull)
            printf(" \"%.*s\"", (int)columns[2].cbActual, note);
        printf("\n");
    }
    if (err != JET_errNoCurrentRecord)
        check(err, "JetMove");
}

static void visit(int argc, char **argv)
{
    if (argc > 3 && strcmp(argv[2], "--copy") == 0)
        CHECK(JetBackupInstance(instance, argv[3], JET_bitBackupAtomic, NULL));
    else if (argc > 2)
        welcome(argv[2], argc > 3 ? argv[3] : NULL);
    else
        list();
}

int main(int argc, char **argv)
{
    char file[1024];
    if (argc < 2 || strlen(argv[1]) > sizeof file - 16) {
        fprintf(stderr, "usage: guests FOLDER [NAME [NOTE] | --copy TO]\n");
        return 2;
    }
    snprintf(file, sizeof file, "%s/guests.edb", argv[1]);
    CHECK(JetCreateInstance(&instance, "guests"));
    CHECK(JetSetSystemParameter(&instance, 0, JET_paramSystemPath, 0, argv[1]));
    CHECK(JetSetSystemParameter(&instance, 0, JET_paramLogFilePath, 0, argv[1]));
    CHECK(JetSetSystemParameter(&instance, 0, JET_paramTempPath, 0, argv[1]));
    CHECK(JetSetSystemParameter(&instance, 0, JET_paramLogFileSize, 256, NULL));
    CHECK(JetSetSystemParameter(&instance, 0, JET_paramCircularLog, 1, NULL));
    CHECK(JetInit(&instance));
    CHECK(JetBeginSession(instance, &sesid, NULL, NULL));
    open_book(file);
    visit(argc, argv);
    CHECK(JetCloseTable(sesid, tableid));
    CHECK(JetCloseDatabase(sesid, dbid, 0));
    CHECK(JetEndSession(sesid, 0));
    CHECK(JetTerm2(instance, JET_bitTermComplete));
    return 0;
}
