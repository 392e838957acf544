/* SPDX-License-Identifier: MIT */
/* write_rows.c - writes a database through the JET API and says what is in it, for comparison with other readers.
 *
 *      write_rows FOLDER PAGE_SIZE SEED ROWS [--crash | --crash-when FILE | BACKUP]
 *
 * Makes FOLDER/rows.edb with one table, "kinds", of one column of each type that libesedb and impacket read, and some
 * secondary indexes, closes it cleanly, and prints one line for each row: the columns in their order, separated by
 * tabs; numbers in decimal, floating point and dates as the 16 or 8 hexadecimal digits of their bits, binary values as
 * hexadecimal digits, text as it is (only ASCII letters are used), null as an empty field. Fixed columns are never
 * null: both readers show the bytes of a null one. With --crash it is not closed but left as a failure would leave it,
 * with a transaction open; with --crash-when not before the engine has made FILE: until then there are more rows. With
 * BACKUP, a folder, the instance is backed up into it before it ends.
 *
 * Some rows are written twice, by an update, and some are deleted again, so that what is read was changed in place.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jet/esent.h"

enum {
    VALUE_MAX = 1000, /* of a long value: longer ones leave the record, where the readers do not follow */
    COLUMNS_MAX = 24,
};

struct column {
    const char *name;
    JET_COLTYP type;
    JET_GRBIT grbit;
    unsigned code_page; /* text */
    uint32_t size;      /* of fixed ones; most bytes of others */
    JET_COLUMNID id;
};

/* clang-format off */
static struct column columns[] = {
    {"Id",            JET_coltypLong,             JET_bitColumnFixed | JET_bitColumnNotNULL, 0,    4,   0},
    {"Bit",           JET_coltypBit,              JET_bitColumnFixed,                        0,    1,   0},
    {"UnsignedByte",  JET_coltypUnsignedByte,     JET_bitColumnFixed,                        0,    1,   0},
    {"Short",         JET_coltypShort,            JET_bitColumnFixed,                        0,    2,   0},
    {"Long",          JET_coltypLong,             JET_bitColumnFixed,                        0,    4,   0},
    {"Currency",      JET_coltypCurrency,         JET_bitColumnFixed,                        0,    8,   0},
    {"IEEESingle",    JET_coltypIEEESingle,       JET_bitColumnFixed,                        0,    4,   0},
    {"IEEEDouble",    JET_coltypIEEEDouble,       JET_bitColumnFixed,                        0,    8,   0},
    {"DateTime",      JET_coltypDateTime,         JET_bitColumnFixed,                        0,    8,   0},
    {"UnsignedLong",  JET_coltypUnsignedLong,     JET_bitColumnFixed,                        0,    4,   0},
    {"LongLong",      JET_coltypLongLong,         JET_bitColumnFixed,                        0,    8,   0},
    {"GUID",          JET_coltypGUID,             JET_bitColumnFixed,                        0,    16,  0},
    {"UnsignedShort", JET_coltypUnsignedShort,    JET_bitColumnFixed,                        0,    2,   0},
    {"FixedBinary",   JET_coltypBinary,           JET_bitColumnFixed,                        0,    20,  0},
    {"Binary",        JET_coltypBinary,           0,                                         0,    255, 0},
    {"Ascii",         JET_coltypText,             0,                                         1252, 255, 0},
    {"Unicode",       JET_coltypText,             0,                                         1200, 254, 0},
    {"TaggedBinary",  JET_coltypBinary,           JET_bitColumnTagged,                       0,    255, 0},
    {"TaggedAscii",   JET_coltypText,             JET_bitColumnTagged,                       1252, 255, 0},
    {"TaggedLong",    JET_coltypLong,             JET_bitColumnTagged,                       0,    4,   0},
    {"LongBinary",    JET_coltypLongBinary,       0,                                         0,    VALUE_MAX, 0},
    {"LongAscii",     JET_coltypLongText,         0,                                         1252, VALUE_MAX, 0},
    {"LongUnicode",   JET_coltypLongText,         0,                                         1200, VALUE_MAX, 0},
};
/* clang-format on */

enum { COLUMN_COUNT = sizeof columns / sizeof *columns };

static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((random_state >> 33) % limit);
}

static void check(JET_ERR err, const char *what)
{
    if (err >= JET_errSuccess)
        return;
    fprintf(stderr, "write_rows: %s: %ld\n", what, (long)err);
    exit(1);
}

/* ---- values ---- */

struct value {
    bool is_null;
    uint32_t size;
    uint8_t bytes[VALUE_MAX];
};

static bool is_text(const struct column *column)
{
    return column->type == JET_coltypText || column->type == JET_coltypLongText;
}

static bool has_any_size(const struct column *column)
{
    return is_text(column) || column->type == JET_coltypLongBinary ||
           (column->type == JET_coltypBinary && !(column->grbit & JET_bitColumnFixed));
}

/* Neither reader tells an empty value from null, so none is written. */
static void value_make(const struct column *column, struct value *ret_value)
{
    const uint32_t unit = is_text(column) && column->code_page == 1200 ? 2 : 1;

    ret_value->is_null = !(column->grbit & JET_bitColumnFixed) && random_below(4) == 0;
    ret_value->size = has_any_size(column) ? unit * (1 + random_below(column->size / unit)) : column->size;
    for (uint32_t i = 0; i < ret_value->size; i += unit) {
        ret_value->bytes[i] = is_text(column) ? (uint8_t)('A' + random_below(26)) : (uint8_t)random_below(256);
        if (unit == 2)
            ret_value->bytes[i + 1] = 0;
    }
    if (column->type == JET_coltypBit)
        ret_value->bytes[0] = random_below(2) ? 0xFF : 0;
    /* Small numbers of days and of halves: no infinities, and nothing that a reader rounds. */
    if (column->type == JET_coltypIEEEDouble || column->type == JET_coltypDateTime) {
        const double number = (double)random_below(80000) / 2;

        memcpy(ret_value->bytes, &number, sizeof number);
    }
    if (column->type == JET_coltypIEEESingle) {
        const float number = (float)random_below(80000) / 2;

        memcpy(ret_value->bytes, &number, sizeof number);
    }
}

static uint64_t little_endian(const struct value *value)
{
    uint64_t number = 0;

    for (uint32_t i = value->size; i > 0; i--)
        number = number << 8 | value->bytes[i - 1];
    return number;
}

static void print_bytes(const struct column *column, const struct value *value)
{
    const uint32_t unit = is_text(column) && column->code_page == 1200 ? 2 : 1;

    for (uint32_t i = 0; i < value->size; i += unit)
        printf(is_text(column) ? "%c" : "%02x", value->bytes[i]);
}

static void print_value(const struct column *column, const struct value *value)
{
    if (value->is_null)
        return;
    const uint64_t number = little_endian(value);
    switch (column->type) {
    case JET_coltypBit: printf("%d", value->bytes[0] != 0); break;
    case JET_coltypShort: printf("%d", (int16_t)number); break;
    case JET_coltypLong: printf("%" PRId32, (int32_t)number); break;
    case JET_coltypCurrency:
    case JET_coltypLongLong: printf("%" PRId64, (int64_t)number); break;
    case JET_coltypUnsignedByte:
    case JET_coltypUnsignedShort:
    case JET_coltypUnsignedLong: printf("%" PRIu64, number); break;
    case JET_coltypIEEESingle: printf("%08" PRIx64, number); break;
    case JET_coltypIEEEDouble:
    case JET_coltypDateTime: printf("%016" PRIx64, number); break;
    default: print_bytes(column, value); break;
    }
}

/* ---- the table ---- */

struct target {
    JET_INSTANCE instance;
    JET_SESID session;
    JET_DBID database;
    JET_TABLEID table;
};

static void open_instance(struct target *target, const char *folder, JET_API_PTR page_size)
{
    check(JetSetSystemParameterA(NULL, 0, JET_paramDatabasePageSize, page_size, NULL), "page size");
    check(JetCreateInstanceA(&target->instance, "write_rows"), "JetCreateInstance");
    check(JetSetSystemParameterA(&target->instance, 0, JET_paramSystemPath, 0, folder), "system path");
    check(JetSetSystemParameterA(&target->instance, 0, JET_paramLogFilePath, 0, folder), "log path");
    check(JetSetSystemParameterA(&target->instance, 0, JET_paramTempPath, 0, folder), "temporary path");
    check(JetSetSystemParameterA(&target->instance, 0, JET_paramLogFileSize, 256, NULL), "log file size");
    /* Pages are written while it runs, as in a longer one. */
    check(JetSetSystemParameterA(&target->instance, 0, JET_paramCheckpointDepthMax, 256 * 1024, NULL), "depth");
    check(JetInit(&target->instance), "JetInit");
    check(JetBeginSessionA(target->instance, &target->session, NULL, NULL), "JetBeginSession");
}

#define INDEX(name, key, grbit)                                                                                        \
    {                                                                                                                  \
        name, key, sizeof(key), grbit                                                                                  \
    }

static void make_indexes(const struct target *target)
{
    static const struct {
        const char *name, *key;
        uint32_t key_size;
        JET_GRBIT grbit;
    } indexes[] = {
        INDEX("primary", "+Id\0", JET_bitIndexPrimary),
        INDEX("by text", "+Ascii\0-Long\0", JET_bitNil),
        INDEX("by GUID", "-GUID\0+Id\0", JET_bitIndexUnique),
        INDEX("by long value", "+LongBinary\0", JET_bitIndexIgnoreAnyNull),
    };

    for (size_t i = 0; i < sizeof indexes / sizeof *indexes; i++)
        check(JetCreateIndexA(target->session, target->table, indexes[i].name, indexes[i].grbit, indexes[i].key,
                              indexes[i].key_size, 80),
              indexes[i].name);
}

static void make_table(struct target *target, const char *folder)
{
    char path[1024];

    snprintf(path, sizeof path, "%srows.edb", folder);
    check(JetCreateDatabaseA(target->session, path, NULL, &target->database, 0), "JetCreateDatabase");
    check(JetBeginTransaction(target->session), "JetBeginTransaction");
    check(JetCreateTableA(target->session, target->database, "kinds", 4, 80, &target->table), "JetCreateTable");
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        const JET_COLUMNDEF definition = {
            .cbStruct = sizeof definition,
            .coltyp = columns[i].type,
            .cp = (unsigned short)columns[i].code_page,
            .cbMax = has_any_size(&columns[i]) || columns[i].type == JET_coltypBinary ? columns[i].size : 0,
            .grbit = columns[i].grbit,
        };
        check(JetAddColumnA(target->session, target->table, columns[i].name, &definition, NULL, 0, &columns[i].id),
              columns[i].name);
    }
    make_indexes(target);
    check(JetCommitTransaction(target->session, 0), "JetCommitTransaction");
}

static void set_values(const struct target *target, uint32_t id, struct value values[COLUMN_COUNT])
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        value_make(&columns[i], &values[i]);
        if (i == 0)
            memcpy(values[0].bytes, &id, sizeof id);
        check(JetSetColumn(target->session, target->table, columns[i].id, values[i].is_null ? NULL : values[i].bytes,
                           values[i].is_null ? 0 : values[i].size, 0, NULL),
              columns[i].name);
    }
}

static void change_row(const struct target *target, uint32_t id, JET_GRBIT prepare, struct value values[COLUMN_COUNT])
{
    check(JetPrepareUpdate(target->session, target->table, prepare), "JetPrepareUpdate");
    set_values(target, id, values);
    check(JetUpdate(target->session, target->table, NULL, 0, NULL), "JetUpdate");
}

static void seek_row(const struct target *target, uint32_t id)
{
    check(JetMakeKey(target->session, target->table, &id, sizeof id, JET_bitNewKey), "JetMakeKey");
    check(JetSeek(target->session, target->table, JET_bitSeekEQ), "JetSeek");
}

static void write_row(const struct target *target, uint32_t id)
{
    static struct value values[COLUMN_COUNT];
    const uint32_t fate = random_below(8);

    check(JetBeginTransaction(target->session), "JetBeginTransaction");
    change_row(target, id, JET_prepInsert, values);
    check(JetCommitTransaction(target->session, JET_bitCommitLazyFlush), "JetCommitTransaction");
    check(JetBeginTransaction(target->session), "JetBeginTransaction");
    if (fate <= 1) {
        seek_row(target, id);
        if (fate == 1)
            check(JetDelete(target->session, target->table), "JetDelete");
        else
            change_row(target, id, JET_prepReplace, values);
    }
    check(JetCommitTransaction(target->session, JET_bitCommitLazyFlush), "JetCommitTransaction");
    if (fate == 1)
        return;
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if (i > 0)
            putchar('\t');
        print_value(&columns[i], &values[i]);
    }
    putchar('\n');
}

/* Everything that was printed is in the log; one row more is not to be seen by anybody. */
static void crash(const struct target *target)
{
    static struct value values[COLUMN_COUNT];

    check(JetCommitTransaction(target->session, JET_bitWaitLastLevel0Commit), "JetCommitTransaction");
    check(JetBeginTransaction(target->session), "JetBeginTransaction");
    change_row(target, 2000000, JET_prepInsert, values);
    const JET_ERR err = JetTerm2(target->instance, JET_bitTermDirty);
    check(err == JET_errDirtyShutdown ? JET_errSuccess : err, "JetTerm2");
}

static bool is_there(const char *path)
{
    FILE *file = fopen(path, "rb");

    return file && fclose(file) == 0;
}

/* Ids jump about, so that pages are split in the middle too. */
static void write_rows(const struct target *target, uint32_t rows, const char *until)
{
    enum { ROWS_MAX = 1000003 }; /* then the ids come again */
    uint32_t count = 0;

    for (; count < rows || (until && count < ROWS_MAX && !is_there(until)); count++)
        write_row(target, count * 7919 % ROWS_MAX);
    check(count < ROWS_MAX ? JET_errSuccess : JET_errFileNotFound, "what was to end it did not come");
}

int main(int argc, char **argv)
{
    struct target target;
    const char *ending = argc > 5 ? argv[5] : "";
    const bool waits = strcmp(ending, "--crash-when") == 0;

    if (argc != (waits ? 7 : 6) && argc != 5) {
        fputs("usage: write_rows FOLDER/ PAGE_SIZE SEED ROWS [--crash | --crash-when FILE | BACKUP]\n", stderr);
        return 2;
    }
    random_state = strtoull(argv[3], NULL, 10);
    open_instance(&target, argv[1], strtoul(argv[2], NULL, 10));
    make_table(&target, argv[1]);
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        printf(i + 1 < COLUMN_COUNT ? "%s\t" : "%s\n", columns[i].name);
    write_rows(&target, (uint32_t)strtoul(argv[4], NULL, 10), waits ? argv[6] : NULL);
    if (waits || strcmp(ending, "--crash") == 0) {
        crash(&target);
        return 0;
    }
    if (argc == 6)
        check(JetBackupInstanceA(target.instance, ending, 0, NULL), "JetBackupInstance");
    check(JetCloseTable(target.session, target.table), "JetCloseTable");
    check(JetEndSession(target.session, 0), "JetEndSession");
    check(JetTerm2(target.instance, JET_bitTermComplete), "JetTerm2");
    return 0;
}
