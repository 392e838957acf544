/* SPDX-License-Identifier: MIT */
/* corpus_rows.c - reads and changes a database of any origin through the JET API, for comparison with other readers.
 *
 *      corpus_rows dump FOLDER/ DATABASE           every row of every table; every index is walked
 *      corpus_rows apply FOLDER/ DATABASE SCRIPT   carries out what of the script the database does not hold yet
 *
 * The database is attached where it lies; logs and checkpoint are in FOLDER. Both modes recover first what an earlier
 * run has left, and end cleanly.
 *
 * The dump: lines of fields separated by tabs.
 *
 *      table NAME
 *      column TYPE CODE-PAGE ID NAME       in the order of their ids
 *      row PLACE=HEX[,HEX...] ...          values by place of the column, in hexadecimal digits; null ones are left out
 *      index NAME ENTRIES                  the index was walked
 *
 * What is looked at of an index: keys ascend; forwards, backwards and counted it has as many entries; each leads to a
 * record, and unless its flags leave out nulls each record has one; entries are found by their key and by their
 * bookmark.
 *
 * The script: a line is a word and its fields, separated by tabs; values are hexadecimal digits, `-` is null.
 *
 *      begin NUMBER            a transaction; left out if the database has seen this number
 *      create NAME             a table of our own: id, number, name, blob; two indexes beside the primary one
 *      index NAME COLUMN       over one column of the table; rows where it is null are left out
 *      table NAME
 *      seek INDEX HEX ...      onto the only record with these first segments
 *      insert NAME=HEX ...     NAME of a column; after a seek: replace, delete
 *      replace NAME=HEX ...
 *      delete
 *      commit, rollback
 *
 * The number is kept in a table of our own, "applied", that every transaction changes. When a commit has returned
 * "committed NUMBER" is printed. Tables are opened outside transactions: a rollback would close them.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jet/esent.h"

enum {
    COLUMNS_MAX = 66000,
    NAME_ROOM = 256,
    KEY_ROOM = 4096,
    VALUE_ROOM = 1 << 20,
    LINE_ROOM = 1 << 20,
    FIELDS_MAX = 64,
    PROBE_EVERY = 7, /* entries of which one is looked for again */
};

static struct {
    JET_INSTANCE instance;
    JET_SESID session;
    JET_DBID database;
} jet;

static unsigned line_number; /* of the script */

static _Noreturn __attribute__((format(printf, 1, 2))) void fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)fflush(stdout);
    fputs("corpus_rows: ", stderr);
    if (line_number > 0)
        fprintf(stderr, "line %u of the script: ", line_number);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static void check(JET_ERR err, const char *what)
{
    if (err < JET_errSuccess)
        fail("%s: %ld", what, (long)err);
}

#define MUST(call) check(call, #call)

static void *must_allocate(void *old, size_t size)
{
    void *memory = realloc(old, size);

    if (!memory)
        fail("out of memory");
    return memory;
}

/* ---- the instance ---- */

static void start(const char *folder, const char *path, bool is_read_only)
{
    uint32_t page_size = 0;

    MUST(JetGetDatabaseFileInfoA(path, &page_size, sizeof page_size, JET_DbInfoPageSize));
    MUST(JetSetSystemParameterA(NULL, 0, JET_paramDatabasePageSize, page_size, NULL));
    MUST(JetCreateInstanceA(&jet.instance, "corpus_rows"));
    MUST(JetSetSystemParameterA(&jet.instance, 0, JET_paramSystemPath, 0, folder));
    MUST(JetSetSystemParameterA(&jet.instance, 0, JET_paramLogFilePath, 0, folder));
    MUST(JetSetSystemParameterA(&jet.instance, 0, JET_paramTempPath, 0, folder));
    MUST(JetSetSystemParameterA(&jet.instance, 0, JET_paramLogFileSize, 1024, NULL));
    /* Pages are written while it runs, as in a longer one. */
    MUST(JetSetSystemParameterA(&jet.instance, 0, JET_paramCheckpointDepthMax, 1024 * 1024, NULL));
    MUST(JetSetSystemParameterA(&jet.instance, 0, JET_paramMaxVerPages, 4096, NULL));
    MUST(JetInit(&jet.instance));
    MUST(JetBeginSessionA(jet.instance, &jet.session, NULL, NULL));
    MUST(JetAttachDatabaseA(jet.session, path, is_read_only ? JET_bitDbReadOnly : 0));
    MUST(JetOpenDatabaseA(jet.session, path, NULL, &jet.database, is_read_only ? JET_bitDbReadOnly : 0));
}

static void end(void)
{
    MUST(JetEndSession(jet.session, 0));
    MUST(JetTerm2(jet.instance, JET_bitTermComplete));
}

static JET_TABLEID open_table(const char *name, JET_GRBIT grbit)
{
    JET_TABLEID table = 0;
    const JET_ERR err = JetOpenTableA(jet.session, jet.database, name, NULL, 0, grbit, &table);

    if (err < JET_errSuccess)
        fail("table %s: %ld", name, (long)err);
    return table;
}

/* A text of a row of an information list, with its end. */
static void list_text(JET_TABLEID list, JET_COLUMNID column, char ret_text[NAME_ROOM])
{
    uint32_t size = 0;

    MUST(JetRetrieveColumn(jet.session, list, column, ret_text, NAME_ROOM - 1, &size, 0, NULL));
    ret_text[size] = '\0';
}

static uint32_t list_number(JET_TABLEID list, JET_COLUMNID column)
{
    uint32_t number = 0;

    MUST(JetRetrieveColumn(jet.session, list, column, &number, sizeof number, NULL, 0, NULL));
    return number;
}

/* ---- bytes ---- */

struct bytes {
    uint8_t *at;
    size_t size;
};

static struct bytes bytes_copy(const void *from, size_t size)
{
    struct bytes bytes = {must_allocate(NULL, size + 1), size};

    memcpy(bytes.at, from, size);
    return bytes;
}

static int bytes_compare(const void *left, const void *right)
{
    const struct bytes *a = left, *b = right;
    const int order = memcmp(a->at, b->at, a->size < b->size ? a->size : b->size);

    return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

struct bytes_list {
    struct bytes *item;
    size_t count, room;
};

static void list_add(struct bytes_list *list, struct bytes bytes)
{
    if (list->count == list->room) {
        list->room = 2 * list->room + 64;
        list->item = must_allocate(list->item, list->room * sizeof *list->item);
    }
    list->item[list->count++] = bytes;
}

static void list_done(struct bytes_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->item[i].at);
    free(list->item);
}

static void print_hex(const uint8_t *at, size_t size)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        putchar(digits[at[i] >> 4]);
        putchar(digits[at[i] & 15]);
    }
}

/* ---- the rows of a table ---- */

struct column {
    JET_COLUMNID id;
    uint32_t type, code_page;
    char name[NAME_ROOM];
};

static struct column *columns;
static size_t column_count;

static int by_id(const void *left, const void *right)
{
    const struct column *a = left, *b = right;

    return (a->id > b->id) - (a->id < b->id);
}

static void read_columns(JET_TABLEID table)
{
    JET_COLUMNLIST list = {.cbStruct = sizeof list};

    column_count = 0;
    MUST(JetGetTableColumnInfoA(jet.session, table, NULL, &list, sizeof list, JET_ColInfoList));
    for (JET_ERR err = JetMove(jet.session, list.tableid, JET_MoveFirst, 0); err == JET_errSuccess;
         err = JetMove(jet.session, list.tableid, JET_MoveNext, 0)) {
        if (column_count == COLUMNS_MAX)
            fail("too many columns");
        struct column *column = &columns[column_count++];
        list_text(list.tableid, list.columnidcolumnname, column->name);
        column->id = list_number(list.tableid, list.columnidcolumnid);
        column->type = list_number(list.tableid, list.columnidcoltyp);
        column->code_page = list_number(list.tableid, list.columnidCp) & 0xFFFF;
    }
    MUST(JetCloseTable(jet.session, list.tableid));
    qsort(columns, column_count, sizeof *columns, by_id);
    for (size_t i = 0; i < column_count; i++)
        printf("column\t%" PRIu32 "\t%" PRIu32 "\t%" PRIu32 "\t%s\n", columns[i].type, columns[i].code_page,
               columns[i].id, columns[i].name);
}

/* A value as a whole; false: it is null. Long ones come in pieces, the pieces of a size that divides nothing. */
static bool read_value(JET_TABLEID table, JET_COLUMNID column, uint32_t itag, struct bytes *ret_value)
{
    static uint8_t room[VALUE_ROOM];
    JET_RETINFO info = {.cbStruct = sizeof info, .itagSequence = itag};
    size_t have = 0;

    for (;;) {
        uint32_t actual = 0;
        const uint32_t piece = have == 0 ? 1000 : 4097;
        info.ibLongValue = (uint32_t)have;
        if (have + piece > sizeof room)
            fail("a value is too long for this program");
        const JET_ERR err = JetRetrieveColumn(jet.session, table, column, room + have, piece, &actual, 0, &info);
        if (err == JET_wrnColumnNull)
            return false;
        check(err, "JetRetrieveColumn");
        if (err != JET_wrnBufferTruncated) {
            *ret_value = (struct bytes){room, have + actual};
            return true;
        }
        have += piece;
    }
}

static void print_column(JET_TABLEID table, size_t place)
{
    struct bytes value;

    for (uint32_t itag = 1; read_value(table, columns[place].id, itag, &value); itag++) {
        if (itag == 1)
            printf("\t%zu=", place);
        else
            putchar(',');
        print_hex(value.at, value.size);
        /* A column of one value gives it for every itag. */
        if (columns[place].id < 256)
            break;
    }
}

static void add_bookmark(JET_TABLEID table, struct bytes_list *bookmarks)
{
    uint8_t room[KEY_ROOM];
    uint32_t size = 0;

    MUST(JetGetBookmark(jet.session, table, room, sizeof room, &size));
    list_add(bookmarks, bytes_copy(room, size));
}

/* All rows, and their bookmarks, ascending. */
static struct bytes_list dump_rows(JET_TABLEID table)
{
    struct bytes_list bookmarks = {0};
    JET_ERR err = JetMove(jet.session, table, JET_MoveFirst, 0);

    for (; err == JET_errSuccess; err = JetMove(jet.session, table, JET_MoveNext, 0)) {
        fputs("row", stdout);
        for (size_t i = 0; i < column_count; i++)
            print_column(table, i);
        putchar('\n');
        add_bookmark(table, &bookmarks);
    }
    if (err != JET_errNoCurrentRecord)
        check(err, "moving through a table");
    qsort(bookmarks.item, bookmarks.count, sizeof *bookmarks.item, bytes_compare);
    return bookmarks;
}

/* ---- the indexes of a table ---- */

struct index {
    char name[NAME_ROOM];
    uint32_t grbit;
};

static struct bytes entry_key(JET_TABLEID table)
{
    static uint8_t room[KEY_ROOM];
    uint32_t size = 0;

    MUST(JetRetrieveKey(jet.session, table, room, sizeof room, &size, 0));
    return (struct bytes){room, size};
}

/* The entry the cursor is on is found by its key; and by its bookmarks, which lead to itself. */
static void probe_entry(JET_TABLEID table, const struct index *index)
{
    struct bytes key = entry_key(table);
    uint8_t first[KEY_ROOM], second[KEY_ROOM], bookmark[KEY_ROOM];
    uint32_t first_size = 0, second_size = 0, bookmark_size = 0;

    key = bytes_copy(key.at, key.size);
    MUST(JetGetBookmark(jet.session, table, bookmark, sizeof bookmark, &bookmark_size));
    if (!(index->grbit & JET_bitIndexPrimary)) {
        MUST(JetGetSecondaryIndexBookmark(jet.session, table, first, sizeof first, &first_size, second, sizeof second,
                                          &second_size, 0));
        if (second_size != bookmark_size || memcmp(second, bookmark, second_size) != 0)
            fail("index %s: the two bookmarks of an entry differ", index->name);
    }
    MUST(JetMakeKey(jet.session, table, key.at, (uint32_t)key.size, JET_bitNormalizedKey));
    MUST(JetSeek(jet.session, table, JET_bitSeekEQ));
    if (index->grbit & JET_bitIndexPrimary)
        MUST(JetGotoBookmark(jet.session, table, bookmark, bookmark_size));
    else
        MUST(JetGotoSecondaryIndexBookmark(jet.session, table, first, first_size, second, second_size, 0));
    const struct bytes again = entry_key(table);
    if (bytes_compare(&again, &key) != 0)
        fail("index %s: a bookmark leads to another entry", index->name);
    free(key.at);
}

static size_t walk_forwards(JET_TABLEID table, const struct index *index, struct bytes_list *bookmarks)
{
    struct bytes last = {NULL, 0};
    JET_ERR err = JetMove(jet.session, table, JET_MoveFirst, 0);

    for (; err == JET_errSuccess; err = JetMove(jet.session, table, JET_MoveNext, 0)) {
        const struct bytes key = entry_key(table);
        if (last.at && bytes_compare(&last, &key) > 0)
            fail("index %s: entry %zu is out of order", index->name, bookmarks->count);
        free(last.at);
        last = bytes_copy(key.at, key.size);
        add_bookmark(table, bookmarks);
        if (bookmarks->count % PROBE_EVERY == 0)
            probe_entry(table, index);
    }
    free(last.at);
    if (err != JET_errNoCurrentRecord)
        check(err, "moving through an index");
    return bookmarks->count;
}

static size_t walk_backwards(JET_TABLEID table)
{
    size_t count = 0;
    JET_ERR err = JetMove(jet.session, table, JET_MoveLast, 0);

    for (; err == JET_errSuccess; err = JetMove(jet.session, table, JET_MovePrevious, 0))
        count++;
    if (err != JET_errNoCurrentRecord)
        check(err, "moving backwards");
    return count;
}

static size_t count_entries(JET_TABLEID table)
{
    uint32_t count = 0;

    if (JetMove(jet.session, table, JET_MoveFirst, 0) == JET_errNoCurrentRecord)
        return 0;
    MUST(JetIndexRecordCount(jet.session, table, &count, UINT32_MAX));
    return count;
}

/* Every entry leads to a row. How many rows have one is returned. */
static size_t rows_of_entries(struct bytes_list *entries, const struct bytes_list *rows, const struct index *index)
{
    size_t distinct = 0;

    qsort(entries->item, entries->count, sizeof *entries->item, bytes_compare);
    for (size_t i = 0; i < entries->count; i++) {
        if (!bsearch(&entries->item[i], rows->item, rows->count, sizeof *rows->item, bytes_compare))
            fail("index %s: an entry leads to no row", index->name);
        distinct += i == 0 || bytes_compare(&entries->item[i - 1], &entries->item[i]) != 0;
    }
    return distinct;
}

static void walk_index(JET_TABLEID table, const struct index *index, const struct bytes_list *rows)
{
    const uint32_t partial = JET_bitIndexIgnoreNull | JET_bitIndexIgnoreAnyNull | JET_bitIndexIgnoreFirstNull;
    struct bytes_list entries = {0};

    MUST(JetSetCurrentIndexA(jet.session, table, index->name));
    const size_t forwards = walk_forwards(table, index, &entries);
    const size_t backwards = walk_backwards(table);
    const size_t counted = count_entries(table);
    if (forwards != backwards || forwards != counted)
        fail("index %s: %zu entries forwards, %zu backwards, %zu counted", index->name, forwards, backwards, counted);
    const size_t distinct = rows_of_entries(&entries, rows, index);
    if (!(index->grbit & partial) && distinct != rows->count)
        fail("index %s has entries for %zu of %zu rows", index->name, distinct, rows->count);
    printf("index\t%s\t%zu\n", index->name, forwards);
    list_done(&entries);
}

static void dump_indexes(JET_TABLEID table, const struct bytes_list *rows)
{
    enum { INDEXES_MAX = 64 };
    static struct index indexes[INDEXES_MAX];
    size_t count = 0;
    JET_INDEXLIST list = {.cbStruct = sizeof list};

    MUST(JetGetTableIndexInfoA(jet.session, table, NULL, &list, sizeof list, JET_IdxInfoList));
    for (JET_ERR err = JetMove(jet.session, list.tableid, JET_MoveFirst, 0); err == JET_errSuccess;
         err = JetMove(jet.session, list.tableid, JET_MoveNext, 0)) {
        /* One row for each segment. */
        if (list_number(list.tableid, list.columnidiColumn) != 0)
            continue;
        if (count == INDEXES_MAX)
            fail("too many indexes");
        list_text(list.tableid, list.columnidindexname, indexes[count].name);
        indexes[count++].grbit = list_number(list.tableid, list.columnidgrbitIndex);
    }
    MUST(JetCloseTable(jet.session, list.tableid));
    for (size_t i = 0; i < count; i++)
        walk_index(table, &indexes[i], rows);
}

static void dump_table(const char *name)
{
    const JET_TABLEID table = open_table(name, JET_bitTableReadOnly);

    printf("table\t%s\n", name);
    read_columns(table);
    struct bytes_list rows = dump_rows(table);
    dump_indexes(table, &rows);
    list_done(&rows);
    MUST(JetCloseTable(jet.session, table));
}

static void dump(void)
{
    struct bytes_list names = {0};
    JET_OBJECTLIST list = {.cbStruct = sizeof list};

    MUST(JetGetObjectInfoA(jet.session, jet.database, JET_objtypTable, NULL, NULL, &list, sizeof list,
                           JET_ObjInfoListNoStats));
    for (JET_ERR err = JetMove(jet.session, list.tableid, JET_MoveFirst, 0); err == JET_errSuccess;
         err = JetMove(jet.session, list.tableid, JET_MoveNext, 0)) {
        char name[NAME_ROOM];
        list_text(list.tableid, list.columnidobjectname, name);
        list_add(&names, bytes_copy(name, strlen(name) + 1));
    }
    MUST(JetCloseTable(jet.session, list.tableid));
    columns = must_allocate(NULL, COLUMNS_MAX * sizeof *columns);
    for (size_t i = 0; i < names.count; i++)
        dump_table((const char *)names.item[i].at);
    free(columns);
    list_done(&names);
}

/* ---- the script ---- */

struct line {
    char *field[FIELDS_MAX];
    size_t count;
};

static bool read_line(FILE *script, struct line *ret_line)
{
    static char room[LINE_ROOM];

    if (!fgets(room, sizeof room, script))
        return false;
    line_number++;
    room[strcspn(room, "\n")] = '\0';
    ret_line->count = 0;
    for (char *at = room; at; ret_line->count++) {
        if (ret_line->count == FIELDS_MAX)
            fail("a line has too many fields");
        ret_line->field[ret_line->count] = at;
        at = strchr(at, '\t');
        if (at)
            *at++ = '\0';
    }
    return true;
}

/* In place. */
static size_t hex_decode(char *digits)
{
    size_t size = 0;

    for (; digits[2 * size]; size++) {
        const char pair[3] = {digits[2 * size], digits[2 * size + 1], '\0'};
        digits[size] = (char)strtoul(pair, NULL, 16);
    }
    return size;
}

static void set_columns(JET_TABLEID table, char **field, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *value = strchr(field[i], '=');
        JET_COLUMNDEF definition = {.cbStruct = sizeof definition};
        if (!value)
            fail("no value: %s", field[i]);
        *value++ = '\0';
        MUST(JetGetTableColumnInfoA(jet.session, table, field[i], &definition, sizeof definition, JET_ColInfo));
        const bool is_null = strcmp(value, "-") == 0;
        const size_t size = is_null ? 0 : hex_decode(value);
        MUST(JetSetColumn(jet.session, table, definition.columnid, is_null ? NULL : value, (uint32_t)size,
                          is_null || size > 0 ? 0 : JET_bitSetZeroLength, NULL));
    }
}

static void update(JET_TABLEID table, JET_GRBIT prepare, char **field, size_t count)
{
    MUST(JetPrepareUpdate(jet.session, table, prepare));
    set_columns(table, field, count);
    MUST(JetUpdate(jet.session, table, NULL, 0, NULL));
}

static void seek(JET_TABLEID table, const struct line *line)
{
    uint32_t count = 0;

    MUST(JetSetCurrentIndexA(jet.session, table, line->field[1]));
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 2; i < line->count; i++) {
            static char digits[LINE_ROOM];
            memcpy(digits, line->field[i], strlen(line->field[i]) + 1);
            const size_t size = hex_decode(digits);
            const JET_GRBIT limit = pass == 0 ? JET_bitFullColumnStartLimit : JET_bitFullColumnEndLimit;
            MUST(JetMakeKey(jet.session, table, digits, (uint32_t)size,
                            (i == 2 ? JET_bitNewKey : 0) | (i + 1 == line->count ? limit : 0)));
        }
        if (pass == 0)
            MUST(JetSeek(jet.session, table, JET_bitSeekGE));
        else
            MUST(JetSetIndexRange(jet.session, table, JET_bitRangeUpperLimit | JET_bitRangeInclusive));
    }
    MUST(JetIndexRecordCount(jet.session, table, &count, 2));
    if (count != 1)
        fail("a seek finds several records");
    MUST(JetSetIndexRange(jet.session, table, JET_bitRangeRemove));
}

/* "applied": one record with one number. */
static JET_TABLEID open_applied(JET_COLUMNID *ret_column, uint32_t *ret_number)
{
    const JET_COLUMNDEF number = {
        .cbStruct = sizeof number, .coltyp = JET_coltypUnsignedLong, .grbit = JET_bitColumnFixed};
    JET_TABLEID table = 0;
    JET_COLUMNDEF found = {.cbStruct = sizeof found};

    if (JetOpenTableA(jet.session, jet.database, "applied", NULL, 0, 0, &table) == JET_errObjectNotFound) {
        const uint32_t none = 0;
        MUST(JetBeginTransaction(jet.session));
        MUST(JetCreateTableA(jet.session, jet.database, "applied", 1, 80, &table));
        MUST(JetAddColumnA(jet.session, table, "number", &number, NULL, 0, &found.columnid));
        MUST(JetPrepareUpdate(jet.session, table, JET_prepInsert));
        MUST(JetSetColumn(jet.session, table, found.columnid, &none, sizeof none, 0, NULL));
        MUST(JetUpdate(jet.session, table, NULL, 0, NULL));
        MUST(JetCommitTransaction(jet.session, 0));
        MUST(JetCloseTable(jet.session, table));
        table = open_table("applied", 0);
    }
    MUST(JetGetTableColumnInfoA(jet.session, table, "number", &found, sizeof found, JET_ColInfo));
    MUST(JetMove(jet.session, table, JET_MoveFirst, 0));
    MUST(JetRetrieveColumn(jet.session, table, found.columnid, ret_number, sizeof *ret_number, NULL, 0, NULL));
    *ret_column = found.columnid;
    return table;
}

static void create_table(const char *name)
{
    static const struct {
        const char *name;
        JET_COLTYP type;
        JET_GRBIT grbit;
    } own_columns[] = {
        {"id",     JET_coltypLong,       JET_bitColumnNotNULL},
        {"number", JET_coltypLongLong,   JET_bitColumnFixed  },
        {"name",   JET_coltypText,       0                   },
        {"blob",   JET_coltypLongBinary, 0                   },
    };
    JET_TABLEID table = 0;

    MUST(JetCreateTableA(jet.session, jet.database, name, 4, 90, &table));
    for (size_t i = 0; i < sizeof own_columns / sizeof *own_columns; i++) {
        const JET_COLUMNDEF definition = {
            .cbStruct = sizeof definition,
            .coltyp = own_columns[i].type,
            .cp = 1252,
            .grbit = own_columns[i].grbit,
        };
        JET_COLUMNID id;
        MUST(JetAddColumnA(jet.session, table, own_columns[i].name, &definition, NULL, 0, &id));
    }
    MUST(JetCreateIndexA(jet.session, table, "by id", JET_bitIndexPrimary, "+id\0", sizeof "+id\0", 90));
    MUST(JetCreateIndexA(jet.session, table, "by name", 0, "+name\0-id\0", sizeof "+name\0-id\0", 80));
    MUST(JetCreateIndexA(jet.session, table, "by blob", JET_bitIndexIgnoreAnyNull, "+blob\0-number\0",
                         sizeof "+blob\0-number\0", 80));
    MUST(JetCloseTable(jet.session, table));
}

static void create_index(JET_TABLEID table, const struct line *line)
{
    char key[NAME_ROOM] = {0};

    const int length = snprintf(key, sizeof key - 1, "+%s", line->field[2]);
    MUST(JetCreateIndexA(jet.session, table, line->field[1], JET_bitIndexIgnoreAnyNull, key, (uint32_t)length + 2, 90));
}

/* What a line does to the open table. */
static void apply_line(JET_TABLEID table, struct line *line)
{
    const char *word = line->field[0];

    if (strcmp(word, "seek") == 0)
        seek(table, line);
    else if (strcmp(word, "create") == 0)
        create_table(line->field[1]);
    else if (strcmp(word, "index") == 0)
        create_index(table, line);
    else if (strcmp(word, "rollback") == 0)
        MUST(JetRollback(jet.session, 0));
    else if (strcmp(word, "insert") == 0)
        update(table, JET_prepInsert, line->field + 1, line->count - 1);
    else if (strcmp(word, "replace") == 0)
        update(table, JET_prepReplace, line->field + 1, line->count - 1);
    else if (strcmp(word, "delete") == 0)
        MUST(JetDelete(jet.session, table));
    else
        fail("unknown word %s", word);
}

static void commit(JET_TABLEID applied, JET_COLUMNID column, uint32_t number)
{
    MUST(JetPrepareUpdate(jet.session, applied, JET_prepReplace));
    MUST(JetSetColumn(jet.session, applied, column, &number, sizeof number, 0, NULL));
    MUST(JetUpdate(jet.session, applied, NULL, 0, NULL));
    MUST(JetCommitTransaction(jet.session, 0));
    printf("committed %" PRIu32 "\n", number);
    (void)fflush(stdout);
}

static void apply(const char *script_path)
{
    struct line line;
    JET_COLUMNID column = 0;
    uint32_t done = 0, number = 0;
    JET_TABLEID table = JET_tableidNil;
    FILE *script = fopen(script_path, "r");

    if (!script)
        fail("%s cannot be opened", script_path);
    const JET_TABLEID applied = open_applied(&column, &done);
    printf("applied %" PRIu32 "\n", done);
    (void)fflush(stdout);
    while (read_line(script, &line)) {
        if (strcmp(line.field[0], "begin") == 0) {
            number = (uint32_t)strtoul(line.field[1], NULL, 10);
            if (number > done)
                MUST(JetBeginTransaction(jet.session));
        } else if (strcmp(line.field[0], "table") == 0) {
            if (table != JET_tableidNil)
                MUST(JetCloseTable(jet.session, table));
            table = open_table(line.field[1], 0);
        } else if (number > done && strcmp(line.field[0], "commit") == 0) {
            commit(applied, column, number);
        } else if (number > done) {
            apply_line(table, &line);
        }
    }
    (void)fclose(script);
}

int main(int argc, char **argv)
{
    const bool dumps = argc == 4 && strcmp(argv[1], "dump") == 0;

    if (!dumps && (argc != 5 || strcmp(argv[1], "apply") != 0)) {
        fputs("usage: corpus_rows dump FOLDER/ DATABASE | apply FOLDER/ DATABASE SCRIPT\n", stderr);
        return 2;
    }
    start(argv[2], argv[3], false);
    if (dumps)
        dump();
    else
        apply(argv[4]);
    end();
    return 0;
}
