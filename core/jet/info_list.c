/* SPDX-License-Identifier: MIT */
/* info_list.c - what is listed is copied out of the schema first, so that nothing of it is held while the table is
 * written. */
#include "jet/info_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isam/ddl.h"
#include "jet/definition.h"
#include "jet/jet_table.h"
#include "jet/text_language.h"
#include "jet/text.h"

enum { LIST_COLUMNS_MAX = 16, NAME_SIZE = 256 };

/* ---- the table of an answer ---- */

struct list {
    struct jet_session *session;
    struct table_cursor *cursor;
    bool is_wide;
    JET_COLUMNID columns[LIST_COLUMNS_MAX];
    uint32_t rows;
};

static jet_err list_begin(struct jet_session *session, const uint8_t *types, size_t count, bool is_wide,
                          struct list *ret_list)
{
    struct temporary_column columns[LIST_COLUMNS_MAX];
    const struct temporary_definition definition = {
        .columns = columns, .column_count = count, .flags = TEMPORARY_SCROLLABLE};
    for (size_t i = 0; i < count; i++)
        columns[i] = (struct temporary_column){.type = types[i], .code_page = is_wide ? 1200 : 1252};
    *ret_list = (struct list){.session = session, .is_wide = is_wide};
    return temporary_open(session->session, &definition, ret_list->columns, &ret_list->cursor);
}

static jet_err row_begin(struct list *list)
{
    return table_cursor_prepare(list->cursor, TABLE_PREPARE_INSERT);
}

static jet_err row_end(struct list *list)
{
    list->rows++;
    return table_cursor_update(list->cursor, NULL, NULL);
}

static jet_err put_bytes(struct list *list, unsigned column, const void *bytes, size_t size)
{
    const struct table_set set = {.column = list->columns[column], .data = bytes, .size = size, .itag = 1};
    return table_cursor_set(list->cursor, &set);
}

static jet_err put_long(struct list *list, unsigned column, uint32_t number)
{
    return put_bytes(list, column, &number, sizeof number);
}

static jet_err put_short(struct list *list, unsigned column, uint16_t number)
{
    return put_bytes(list, column, &number, sizeof number);
}

/* Without its NUL. */
static jet_err put_text(struct list *list, unsigned column, const char *text)
{
    WCHAR wide[NAME_SIZE];
    char narrow[2 * NAME_SIZE];
    size_t size = 0;
    jet_err err =
        list->is_wide ? text_to_w(text, wide, sizeof wide, &size) : text_to_a(text, narrow, sizeof narrow, &size);
    if (err < JET_errSuccess)
        return err;
    return list->is_wide ? put_bytes(list, column, wide, size - sizeof(WCHAR))
                         : put_bytes(list, column, narrow, size - 1);
}

/* It becomes the client's, who can only read it. Or it goes, if `err` says so. */
static jet_err list_end(struct list *list, jet_err err, JET_TABLEID *ret_tableid)
{
    if (err >= JET_errSuccess)
        temporary_seal(list->cursor);
    if (err >= JET_errSuccess)
        err = table_cursor_move(list->cursor, JET_MoveFirst, 0);
    if (err < JET_errSuccess && err != JET_errNoCurrentRecord) {
        table_cursor_close(list->cursor);
        return err;
    }
    return jet_table_new(list->session, list->cursor, ret_tableid);
}

/* ---- tables ---- */

enum {
    OBJECT_CONTAINER,
    OBJECT_NAME,
    OBJECT_TYPE,
    OBJECT_CREATED,
    OBJECT_UPDATED,
    OBJECT_RECORDS,
    OBJECT_PAGES,
    OBJECT_GRBIT,
    OBJECT_FLAGS,
    OBJECT_COLUMNS
};

static const uint8_t object_types[OBJECT_COLUMNS] = {
    [OBJECT_CONTAINER] = COLUMN_TEXT,    [OBJECT_NAME] = COLUMN_TEXT,         [OBJECT_TYPE] = COLUMN_LONG,
    [OBJECT_CREATED] = COLUMN_DATE_TIME, [OBJECT_UPDATED] = COLUMN_DATE_TIME, [OBJECT_RECORDS] = COLUMN_LONG,
    [OBJECT_PAGES] = COLUMN_LONG,        [OBJECT_GRBIT] = COLUMN_LONG,        [OBJECT_FLAGS] = COLUMN_LONG,
};

struct object_names {
    struct object_name {
        char name[NAME_SIZE];
        uint32_t flags;
    } * items;
    size_t count, room;
};

static jet_err object_take(void *context, const char *name, objid_t objid, uint32_t flags)
{
    struct object_names *names = context;
    (void)objid;
    if (names->count == names->room) {
        const size_t room = names->room ? 2 * names->room : 32;
        void *grown = realloc(names->items, room * sizeof *names->items);
        if (!grown)
            return JET_errOutOfMemory;
        names->items = grown;
        names->room = room;
    }
    struct object_name *item = &names->items[names->count++];
    snprintf(item->name, sizeof item->name, "%s", name);
    item->flags = flags;
    return JET_errSuccess;
}

static jet_err object_put(struct list *list, const struct object_name *object, JET_GRBIT grbit)
{
    jet_err err = row_begin(list);
    if (err >= JET_errSuccess)
        err = put_text(list, OBJECT_CONTAINER, "Tables");
    if (err >= JET_errSuccess)
        err = put_text(list, OBJECT_NAME, object->name);
    if (err >= JET_errSuccess)
        err = put_long(list, OBJECT_TYPE, JET_objtypTable);
    if (err >= JET_errSuccess)
        err = put_long(list, OBJECT_RECORDS, 0);
    if (err >= JET_errSuccess)
        err = put_long(list, OBJECT_PAGES, 0);
    if (err >= JET_errSuccess)
        err = put_long(list, OBJECT_GRBIT, grbit);
    if (err >= JET_errSuccess)
        err = put_long(list, OBJECT_FLAGS, object->flags);
    return err < JET_errSuccess ? err : row_end(list);
}

static jet_err objects_list(struct jet_session *session, const struct object_names *names, JET_GRBIT grbit,
                            bool is_wide, void *result)
{
    struct list list;
    JET_OBJECTLIST answer = {.cbStruct = sizeof answer};
    jet_err err = list_begin(session, object_types, OBJECT_COLUMNS, is_wide, &list);
    if (err < JET_errSuccess)
        return err;
    for (size_t i = 0; i < names->count && err >= JET_errSuccess; i++)
        err = object_put(&list, &names->items[i], grbit);
    err = list_end(&list, err, &answer.tableid);
    if (err < JET_errSuccess)
        return err;
    answer.cRecord = list.rows;
    answer.columnidcontainername = list.columns[OBJECT_CONTAINER];
    answer.columnidobjectname = list.columns[OBJECT_NAME];
    answer.columnidobjtyp = list.columns[OBJECT_TYPE];
    answer.columniddtCreate = list.columns[OBJECT_CREATED];
    answer.columniddtUpdate = list.columns[OBJECT_UPDATED];
    answer.columnidgrbit = list.columns[OBJECT_GRBIT];
    answer.columnidflags = list.columns[OBJECT_FLAGS];
    answer.columnidcRecord = list.columns[OBJECT_RECORDS];
    answer.columnidcPage = list.columns[OBJECT_PAGES];
    memcpy(result, &answer, sizeof answer);
    return JET_errSuccess;
}

jet_err info_list_objects(JET_SESID sesid, JET_DBID dbid, JET_OBJTYP type, bool is_wide, void *result, uint32_t size)
{
    struct jet_session *session;
    struct object_names names = {0};
    if (!result || size < sizeof(JET_OBJECTLIST))
        return JET_errInvalidParameter;
    jet_err err = jet_session_enter_database(sesid, dbid, &session);
    if (err < JET_errSuccess)
        return err;
    if (type == JET_objtypTable || type == JET_objtypNil)
        err = ddl_tables(session->session, dbid, object_take, &names);
    if (err >= JET_errSuccess)
        err = objects_list(session, &names,
                           JET_bitTableInfoBookmark | JET_bitTableInfoRollback |
                               (session->opened[dbid].is_read_only ? 0 : JET_bitTableInfoUpdatable),
                           is_wide, result);
    free(names.items);
    jet_session_leave(session);
    return err;
}

/* ---- what is listed of a table ---- */

/* A table while it is looked at. */
struct subject {
    struct jet_session *session;
    struct jet_table *open; /* NULL: it was opened for this */
    struct table *table;
};

static jet_err subject_enter(JET_SESID sesid, const struct info_table *from, struct subject *ret_subject)
{
    *ret_subject = (struct subject){0};
    jet_err err;
    if (from->tableid != JET_tableidNil) {
        err = jet_table_enter(sesid, from->tableid, &ret_subject->open);
        if (err < JET_errSuccess)
            return err;
        ret_subject->session = ret_subject->open->session;
        ret_subject->table = table_cursor_table(ret_subject->open->cursor);
        return JET_errSuccess;
    }
    if (!from->name)
        return JET_errInvalidParameter;
    err = jet_session_enter_database(sesid, from->dbid, &ret_subject->session);
    if (err < JET_errSuccess)
        return err;
    err = table_open(ret_subject->session->session, from->dbid, from->name, &ret_subject->table);
    if (err < JET_errSuccess)
        jet_session_leave(ret_subject->session);
    return err;
}

static void subject_leave(const struct subject *subject)
{
    if (!subject->open)
        table_close(subject->table);
    jet_session_leave(subject->session);
}

/* ---- columns ---- */

enum {
    COLUMN_ORDER,
    COLUMN_NAME,
    COLUMN_ID,
    COLUMN_COLTYP,
    COLUMN_COUNTRY,
    COLUMN_LANGID,
    COLUMN_CP,
    COLUMN_COLLATE,
    COLUMN_SIZE,
    COLUMN_GRBIT,
    COLUMN_DEFAULT_VALUE,
    COLUMN_BASE_TABLE,
    COLUMN_BASE_NAME,
    COLUMN_COLUMNS
};

static const uint8_t column_types[COLUMN_COLUMNS] = {
    [COLUMN_ORDER] = COLUMN_LONG,
    [COLUMN_NAME] = COLUMN_TEXT,
    [COLUMN_ID] = COLUMN_LONG,
    [COLUMN_COLTYP] = COLUMN_LONG,
    [COLUMN_COUNTRY] = COLUMN_SHORT,
    [COLUMN_LANGID] = COLUMN_SHORT,
    [COLUMN_CP] = COLUMN_SHORT,
    [COLUMN_COLLATE] = COLUMN_SHORT,
    [COLUMN_SIZE] = COLUMN_LONG,
    [COLUMN_GRBIT] = COLUMN_LONG,
    [COLUMN_DEFAULT_VALUE] = COLUMN_LONG_BINARY,
    [COLUMN_BASE_TABLE] = COLUMN_TEXT,
    [COLUMN_BASE_NAME] = COLUMN_TEXT,
};

enum { COUNTRY = 1, LANGID_EN_US = 0x409 };

struct column_copy {
    char name[NAME_SIZE];
    uint32_t id, type, code_page, size_max;
    JET_GRBIT grbit;
    uint8_t default_value[TABLE_DEFAULT_MAX];
    size_t default_size;
};

static void column_copy_fill(const struct column *column, bool is_updatable, struct column_copy *copy)
{
    snprintf(copy->name, sizeof copy->name, "%s", column->name);
    copy->id = column->id;
    copy->type = column->type;
    copy->code_page = column_type_is_text(column->type) ? column->code_page : 0;
    copy->size_max = column->size_max;
    copy->grbit = definition_column_grbit(column, is_updatable);
    if (column->default_value && column->default_size <= sizeof copy->default_value) {
        memcpy(copy->default_value, column->default_value, column->default_size);
        copy->default_size = column->default_size;
    }
}

/* By name, or by number. */
static jet_err columns_copy(const struct subject *subject, bool by_id, char *ret_table, struct column_copy **ret_copies,
                            size_t *ret_count)
{
    const struct session *session = subject->session->session;
    struct table *table = subject->table;
    const bool is_updatable = subject->open && jet_table_is_updatable(subject->open);
    size_t count = 0;
    latch_shared(&table->latch);
    struct column_copy *copies = calloc(table->column_count + 1, sizeof *copies);
    for (size_t i = 0; copies && i < table->column_count; i++) {
        const struct column *column = by_id ? table->columns[i] : table->by_name[i];
        if (column_is_visible(column, session))
            column_copy_fill(column, is_updatable, &copies[count++]);
    }
    snprintf(ret_table, NAME_SIZE, "%s", table->name);
    latch_unlock_shared(&table->latch);
    *ret_copies = copies;
    *ret_count = count;
    return copies ? JET_errSuccess : JET_errOutOfMemory;
}

static jet_err column_put_rest(struct list *list, const struct column_copy *column, const char *table)
{
    jet_err err = put_long(list, COLUMN_COLTYP, column->type);
    if (err >= JET_errSuccess)
        err = put_short(list, COLUMN_COUNTRY, COUNTRY);
    if (err >= JET_errSuccess)
        err = put_short(list, COLUMN_LANGID, LANGID_EN_US);
    if (err >= JET_errSuccess)
        err = put_short(list, COLUMN_CP, (uint16_t)column->code_page);
    if (err >= JET_errSuccess)
        err = put_short(list, COLUMN_COLLATE, 0);
    if (err >= JET_errSuccess)
        err = put_long(list, COLUMN_SIZE, column->size_max);
    if (err >= JET_errSuccess)
        err = put_long(list, COLUMN_GRBIT, column->grbit);
    if (err >= JET_errSuccess && column->default_size > 0)
        err = put_bytes(list, COLUMN_DEFAULT_VALUE, column->default_value, column->default_size);
    if (err >= JET_errSuccess)
        err = put_text(list, COLUMN_BASE_TABLE, table);
    return err < JET_errSuccess ? err : put_text(list, COLUMN_BASE_NAME, column->name);
}

static jet_err column_put(struct list *list, const struct column_copy *column, const char *table, JET_GRBIT grbit)
{
    jet_err err = row_begin(list);
    if (err >= JET_errSuccess && (grbit & JET_ColInfoGrbitSortByColumnid) != 0)
        err = put_long(list, COLUMN_ORDER, column->id);
    if (err >= JET_errSuccess)
        err = put_text(list, COLUMN_NAME, column->name);
    if (err >= JET_errSuccess)
        err = put_long(list, COLUMN_ID, column->id);
    if (err >= JET_errSuccess && (grbit & JET_ColInfoGrbitMinimalInfo) == 0)
        err = column_put_rest(list, column, table);
    return err < JET_errSuccess ? err : row_end(list);
}

static void columns_answer(const struct list *list, JET_COLUMNLIST *answer)
{
    answer->cRecord = list->rows;
    answer->columnidPresentationOrder = list->columns[COLUMN_ORDER];
    answer->columnidcolumnname = list->columns[COLUMN_NAME];
    answer->columnidcolumnid = list->columns[COLUMN_ID];
    answer->columnidcoltyp = list->columns[COLUMN_COLTYP];
    answer->columnidCountry = list->columns[COLUMN_COUNTRY];
    answer->columnidLangid = list->columns[COLUMN_LANGID];
    answer->columnidCp = list->columns[COLUMN_CP];
    answer->columnidCollate = list->columns[COLUMN_COLLATE];
    answer->columnidcbMax = list->columns[COLUMN_SIZE];
    answer->columnidgrbit = list->columns[COLUMN_GRBIT];
    answer->columnidDefault = list->columns[COLUMN_DEFAULT_VALUE];
    answer->columnidBaseTableName = list->columns[COLUMN_BASE_TABLE];
    answer->columnidBaseColumnName = list->columns[COLUMN_BASE_NAME];
    answer->columnidDefinitionName = list->columns[COLUMN_NAME];
}

static jet_err columns_list(const struct subject *subject, JET_GRBIT grbit, bool is_wide, void *result)
{
    char table[NAME_SIZE];
    struct column_copy *copies;
    size_t count;
    struct list list;
    JET_COLUMNLIST answer = {.cbStruct = sizeof answer};
    jet_err err = columns_copy(subject, (grbit & JET_ColInfoGrbitSortByColumnid) != 0, table, &copies, &count);
    if (err >= JET_errSuccess)
        err = list_begin(subject->session, column_types, COLUMN_COLUMNS, is_wide, &list);
    if (err >= JET_errSuccess) {
        for (size_t i = 0; i < count && err >= JET_errSuccess; i++)
            err = column_put(&list, &copies[i], table, grbit);
        err = list_end(&list, err, &answer.tableid);
    }
    free(copies);
    if (err < JET_errSuccess)
        return err;
    columns_answer(&list, &answer);
    memcpy(result, &answer, sizeof answer);
    return JET_errSuccess;
}

jet_err info_list_columns(JET_SESID sesid, const struct info_table *table, JET_GRBIT grbit, bool is_wide, void *result,
                          uint32_t size)
{
    struct subject subject;
    if (!result || size < sizeof(JET_COLUMNLIST))
        return JET_errInvalidParameter;
    jet_err err = subject_enter(sesid, table, &subject);
    if (err < JET_errSuccess)
        return err;
    err = columns_list(&subject, grbit, is_wide, result);
    subject_leave(&subject);
    return err;
}

/* ---- indexes ---- */

enum {
    INDEX_NAME,
    INDEX_GRBIT,
    INDEX_KEYS,
    INDEX_ENTRIES,
    INDEX_PAGES,
    INDEX_COLUMN_COUNT,
    INDEX_COLUMN_AT,
    INDEX_COLUMN_ID,
    INDEX_COLUMN_TYPE,
    INDEX_COUNTRY,
    INDEX_LANGID,
    INDEX_CP,
    INDEX_COLLATE,
    INDEX_COLUMN_GRBIT,
    INDEX_COLUMN_NAME,
    INDEX_MAP_FLAGS,
    INDEX_COLUMNS
};

static const uint8_t index_types[INDEX_COLUMNS] = {
    [INDEX_NAME] = COLUMN_TEXT,      [INDEX_GRBIT] = COLUMN_LONG,        [INDEX_KEYS] = COLUMN_LONG,
    [INDEX_ENTRIES] = COLUMN_LONG,   [INDEX_PAGES] = COLUMN_LONG,        [INDEX_COLUMN_COUNT] = COLUMN_LONG,
    [INDEX_COLUMN_AT] = COLUMN_LONG, [INDEX_COLUMN_ID] = COLUMN_LONG,    [INDEX_COLUMN_TYPE] = COLUMN_LONG,
    [INDEX_COUNTRY] = COLUMN_SHORT,  [INDEX_LANGID] = COLUMN_SHORT,      [INDEX_CP] = COLUMN_SHORT,
    [INDEX_COLLATE] = COLUMN_SHORT,  [INDEX_COLUMN_GRBIT] = COLUMN_LONG, [INDEX_COLUMN_NAME] = COLUMN_TEXT,
    [INDEX_MAP_FLAGS] = COLUMN_LONG,
};

struct index_copy {
    char name[NAME_SIZE];
    JET_GRBIT grbit;
    uint32_t sort_flags;
    uint16_t langid;
    struct index_statistics statistics; /* of the last JetComputeStats */
    unsigned segment_count;
    struct segment_copy {
        char name[NAME_SIZE];
        uint32_t id, type, code_page;
        bool is_descending;
    } segments[TABLE_KEY_SEGMENTS_MAX];
};

static void index_copy_fill(const struct table *table, const struct session *session, const struct index *index,
                            struct index_copy *copy)
{
    snprintf(copy->name, sizeof copy->name, "%s", index->name);
    copy->grbit = definition_index_grbit(index);
    copy->sort_flags = index->sort_flags;
    copy->langid = (uint16_t)language_to_lcid(index->locale);
    copy->statistics = index->flags & INDEX_PRIMARY ? table->statistics : index->statistics;
    copy->segment_count = index->segment_count;
    for (unsigned i = 0; i < index->segment_count; i++) {
        struct segment_copy *segment = &copy->segments[i];
        const struct column *column = table_column_by_id(table, session, index->segments[i].column);
        segment->id = index->segments[i].column;
        segment->is_descending = index->segments[i].is_descending;
        if (!column)
            continue;
        snprintf(segment->name, sizeof segment->name, "%s", column->name);
        segment->type = column->type;
        segment->code_page = column_type_is_text(column->type) ? column->code_page : 0;
    }
}

static int compare_indexes(const void *a, const void *b)
{
    return table_name_compare(((const struct index_copy *)a)->name, ((const struct index_copy *)b)->name);
}

static jet_err indexes_copy(const struct subject *subject, const char *name, struct index_copy **ret_copies,
                            size_t *ret_count)
{
    const struct session *session = subject->session->session;
    struct table *table = subject->table;
    const bool all = !name || name[0] == '\0';
    size_t count = 0;
    latch_shared(&table->latch);
    const struct index *one = all ? NULL : table_index_by_name(table, session, name);
    struct index_copy *copies = calloc(table->index_count + 1, sizeof *copies);
    for (size_t i = 0; copies && i < table->index_count; i++)
        if (all ? index_is_visible(table->indexes[i], session) : table->indexes[i] == one)
            index_copy_fill(table, session, table->indexes[i], &copies[count++]);
    latch_unlock_shared(&table->latch);
    *ret_copies = copies;
    *ret_count = count;
    if (!copies)
        return JET_errOutOfMemory;
    qsort(copies, count, sizeof *copies, compare_indexes);
    return all || count > 0 ? JET_errSuccess : JET_errIndexNotFound;
}

static jet_err segment_put(struct list *list, const struct segment_copy *segment)
{
    jet_err err = put_long(list, INDEX_COLUMN_ID, segment->id);
    if (err >= JET_errSuccess)
        err = put_long(list, INDEX_COLUMN_TYPE, segment->type);
    if (err >= JET_errSuccess)
        err = put_short(list, INDEX_CP, (uint16_t)segment->code_page);
    if (err >= JET_errSuccess)
        err = put_long(list, INDEX_COLUMN_GRBIT, segment->is_descending ? JET_bitKeyDescending : JET_bitKeyAscending);
    return err < JET_errSuccess ? err : put_text(list, INDEX_COLUMN_NAME, segment->name);
}

static jet_err index_put(struct list *list, const struct index_copy *index, unsigned at)
{
    const struct {
        unsigned column;
        uint32_t number;
    } longs[] = {
        {INDEX_GRBIT,        index->grbit             },
        {INDEX_KEYS,         index->statistics.keys   },
        {INDEX_ENTRIES,      index->statistics.entries},
        {INDEX_PAGES,        index->statistics.pages  },
        {INDEX_COLUMN_COUNT, index->segment_count     },
        {INDEX_COLUMN_AT,    at                       },
        {INDEX_MAP_FLAGS,    index->sort_flags        },
    };
    jet_err err = row_begin(list);
    if (err >= JET_errSuccess)
        err = put_text(list, INDEX_NAME, index->name);
    for (size_t i = 0; i < COUNT_OF(longs) && err >= JET_errSuccess; i++)
        err = put_long(list, longs[i].column, longs[i].number);
    if (err >= JET_errSuccess)
        err = put_short(list, INDEX_COUNTRY, COUNTRY);
    if (err >= JET_errSuccess)
        err = put_short(list, INDEX_LANGID, index->langid);
    if (err >= JET_errSuccess)
        err = put_short(list, INDEX_COLLATE, 0);
    if (err >= JET_errSuccess)
        err = segment_put(list, &index->segments[at]);
    return err < JET_errSuccess ? err : row_end(list);
}

static jet_err indexes_put(struct list *list, const struct index_copy *copies, size_t count)
{
    jet_err err = JET_errSuccess;
    for (size_t i = 0; i < count; i++)
        for (unsigned at = 0; at < copies[i].segment_count && err >= JET_errSuccess; at++)
            err = index_put(list, &copies[i], at);
    return err;
}

static void indexes_answer(const struct list *list, JET_INDEXLIST *answer)
{
    answer->cRecord = list->rows;
    answer->columnidindexname = list->columns[INDEX_NAME];
    answer->columnidgrbitIndex = list->columns[INDEX_GRBIT];
    answer->columnidcKey = list->columns[INDEX_KEYS];
    answer->columnidcEntry = list->columns[INDEX_ENTRIES];
    answer->columnidcPage = list->columns[INDEX_PAGES];
    answer->columnidcColumn = list->columns[INDEX_COLUMN_COUNT];
    answer->columnidiColumn = list->columns[INDEX_COLUMN_AT];
    answer->columnidcolumnid = list->columns[INDEX_COLUMN_ID];
    answer->columnidcoltyp = list->columns[INDEX_COLUMN_TYPE];
    answer->columnidCountry = list->columns[INDEX_COUNTRY];
    answer->columnidLangid = list->columns[INDEX_LANGID];
    answer->columnidCp = list->columns[INDEX_CP];
    answer->columnidCollate = list->columns[INDEX_COLLATE];
    answer->columnidgrbitColumn = list->columns[INDEX_COLUMN_GRBIT];
    answer->columnidcolumnname = list->columns[INDEX_COLUMN_NAME];
    answer->columnidLCMapFlags = list->columns[INDEX_MAP_FLAGS];
}

static jet_err indexes_list(const struct subject *subject, const char *name, bool is_wide, void *result, size_t size)
{
    struct index_copy *copies;
    size_t count;
    struct list list;
    JET_INDEXLIST answer = {.cbStruct = (uint32_t)size};
    jet_err err = indexes_copy(subject, name, &copies, &count);
    if (err >= JET_errSuccess)
        err = list_begin(subject->session, index_types, INDEX_COLUMNS, is_wide, &list);
    if (err >= JET_errSuccess)
        err = list_end(&list, indexes_put(&list, copies, count), &answer.tableid);
    free(copies);
    if (err < JET_errSuccess)
        return err;
    indexes_answer(&list, &answer);
    memcpy(result, &answer, size);
    return JET_errSuccess;
}

jet_err info_list_indexes(JET_SESID sesid, const struct info_table *table, const char *index, bool is_wide,
                          void *result, uint32_t size)
{
    const uint32_t oldest = sizeof(JET_INDEXLIST) - sizeof(JET_COLUMNID);
    struct subject subject;
    if (!result || size < oldest)
        return JET_wrnBufferTruncated;
    jet_err err = subject_enter(sesid, table, &subject);
    if (err < JET_errSuccess)
        return err;
    err = indexes_list(&subject, index, is_wide, result, size < sizeof(JET_INDEXLIST) ? oldest : sizeof(JET_INDEXLIST));
    subject_leave(&subject);
    return err;
}
