/* SPDX-License-Identifier: MIT */
/* api_fixture.h - an instance with a session and an empty database in a temporary folder, for tests of the API.
 *
 *      cmocka_unit_test_setup_teardown(some_test, api_fixture_setup, api_fixture_teardown)
 *
 * The test finds its `struct api_fixture *` in *state. Include <cmocka.h> with what it needs before this.
 */
#ifndef TESTS_API_FIXTURE_H
#define TESTS_API_FIXTURE_H

#include <stdbool.h>

#include "jet/esent.h"

struct temp_folder;

struct api_fixture {
    struct temp_folder *folder;
    JET_INSTANCE instance;
    JET_SESID sesid;
    JET_DBID dbid;
    const char *file; /* of the database */
};

int api_fixture_setup(void **state);
int api_fixture_teardown(void **state);

/* The result must be success. */
#define OK(call) assert_int_equal((call), JET_errSuccess)

/* An instance whose files are in the folder; it is not initialised. */
JET_INSTANCE api_instance_create(struct temp_folder *folder, const char *name);

/* Is a database that is not attached clean, and does it pass the whole check? No file is as good; what is wrong is
 * printed. Pages that nobody owns are allowed: a crash may leave some. */
bool api_file_is_sound(const char *path);

/* JetTerm2, which must succeed; a dirty one says so. */
void api_term(JET_INSTANCE instance, JET_GRBIT grbit);

/* Ends and starts the instance: a session, and the database attached and open again. */
void api_fixture_restart(struct api_fixture *fixture, JET_GRBIT term_grbit);

/* A column of the type; the table is open for it. */
JET_COLUMNID api_column_add(JET_SESID sesid, JET_TABLEID tableid, const char *name, JET_COLTYP type, JET_GRBIT grbit);

/* "things": id (long, primary index "by_id"), name (binary), note (long binary), tags (long, multi-valued). */
struct api_things {
    JET_TABLEID tableid;
    JET_COLUMNID id, name, note, tags;
};
void api_things_create(const struct api_fixture *fixture, struct api_things *things);
void api_things_open(const struct api_fixture *fixture, JET_SESID sesid, JET_DBID dbid, struct api_things *things);

/* Inserts a record; the caller has a transaction. `name` may be NULL. */
void api_things_insert(JET_SESID sesid, const struct api_things *things, int id, const char *name);

/* Onto the record with this id: JetSeek's result. */
JET_ERR api_things_seek(JET_SESID sesid, const struct api_things *things, int id);

/* The id of the current record. */
int api_things_id(JET_SESID sesid, const struct api_things *things);

#endif
