/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "index_things.h"

JET_ERR things_create_index(JET_SESID sesid, JET_TABLEID tableid, const char *name, const char *key, uint32_t key_size,
                            JET_GRBIT grbit)
{
    return JetCreateIndex(sesid, tableid, name, grbit, key, key_size, 80);
}

void things_expect_rest(JET_SESID sesid, const struct api_things *things, const int *ids)
{
    JET_ERR err = JET_errSuccess;
    for (; *ids != IDS_END; ids++) {
        assert_int_equal(err, JET_errSuccess);
        assert_int_equal(api_things_id(sesid, things), *ids);
        err = JetMove(sesid, things->tableid, JET_MoveNext, JET_bitNil);
    }
    assert_int_equal(err, JET_errNoCurrentRecord);
}

void things_expect_all(JET_SESID sesid, const struct api_things *things, const char *index, const int *ids)
{
    OK(JetSetCurrentIndex(sesid, things->tableid, index));
    const JET_ERR err = JetMove(sesid, things->tableid, JET_MoveFirst, JET_bitNil);
    if (*ids == IDS_END) {
        assert_int_equal(err, JET_errNoCurrentRecord);
        return;
    }
    assert_int_equal(err, JET_errSuccess);
    things_expect_rest(sesid, things, ids);
}

void things_set_tag(JET_SESID sesid, const struct api_things *things, int tag)
{
    const int32_t value = tag;
    JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = 0};
    OK(JetSetColumn(sesid, things->tableid, things->tags, &value, sizeof value, JET_bitNil, &info));
}

JET_ERR things_try_insert(JET_SESID sesid, const struct api_things *things, int id, const char *name, const int *tags)
{
    const int32_t number = id;
    OK(JetPrepareUpdate(sesid, things->tableid, JET_prepInsert));
    OK(JetSetColumn(sesid, things->tableid, things->id, &number, sizeof number, JET_bitNil, NULL));
    if (name)
        OK(JetSetColumn(sesid, things->tableid, things->name, name, (uint32_t)strlen(name),
                        name[0] ? JET_bitNil : JET_bitSetZeroLength, NULL));
    for (; tags && *tags != 0; tags++)
        things_set_tag(sesid, things, *tags);
    const JET_ERR err = JetUpdate(sesid, things->tableid, NULL, 0, NULL);
    if (err < JET_errSuccess)
        OK(JetPrepareUpdate(sesid, things->tableid, JET_prepCancel));
    return err;
}

void things_insert(JET_SESID sesid, const struct api_things *things, int id, const char *name, const int *tags)
{
    assert_int_equal(things_try_insert(sesid, things, id, name, tags), JET_errSuccess);
}

JET_ERR things_rename(JET_SESID sesid, const struct api_things *things, const char *name)
{
    OK(JetPrepareUpdate(sesid, things->tableid, JET_prepReplace));
    OK(JetSetColumn(sesid, things->tableid, things->name, name, name ? (uint32_t)strlen(name) : 0, JET_bitNil, NULL));
    const JET_ERR err = JetUpdate(sesid, things->tableid, NULL, 0, NULL);
    if (err < JET_errSuccess)
        OK(JetPrepareUpdate(sesid, things->tableid, JET_prepCancel));
    return err;
}

JET_ERR things_seek_name(JET_SESID sesid, const struct api_things *things, const char *name, JET_GRBIT grbit)
{
    OK(JetMakeKey(sesid, things->tableid, name, (uint32_t)strlen(name), JET_bitNewKey));
    return JetSeek(sesid, things->tableid, grbit);
}

void things_go_to(JET_SESID sesid, const struct api_things *things, int id)
{
    OK(JetSetCurrentIndex(sesid, things->tableid, NULL));
    OK(api_things_seek(sesid, things, id));
}

void things_fill(const struct api_fixture *fixture, struct api_things *things)
{
    static const char *const names[] = {"b", "a", "c", "a", NULL, "b"};
    api_things_create(fixture, things);
    OK(JetBeginTransaction(fixture->sesid));
    for (unsigned i = 0; i < COUNT_OF(names); i++)
        things_insert(fixture->sesid, things, (int)i + 1, names[i], NULL);
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
    OK(CREATE(fixture->sesid, things->tableid, "names", "+name\0", JET_bitNil));
}

void other_begin(const struct api_fixture *fixture, struct other *other)
{
    JET_DBID dbid;
    OK(JetBeginSession(fixture->instance, &other->sesid, NULL, NULL));
    OK(JetOpenDatabase(other->sesid, fixture->file, NULL, &dbid, JET_bitNil));
    api_things_open(fixture, other->sesid, dbid, &other->things);
}

void other_end(struct other *other)
{
    OK(JetEndSession(other->sesid, JET_bitNil));
}
