/* SPDX-License-Identifier: MIT */
/* index_things.h - "things" (api_fixture.h) with secondary indexes. Include <cmocka.h> with what it needs before this.
 *
 * A test fails here if anything is not as it says, but for what returns JET_ERR. */
#ifndef TESTS_INDEX_THINGS_H
#define TESTS_INDEX_THINGS_H

#include <stdint.h>

#include "api_fixture.h"

JET_ERR things_create_index(JET_SESID sesid, JET_TABLEID tableid, const char *name, const char *key, uint32_t key_size,
                            JET_GRBIT grbit);

/* The key as the API wants it: each column with its sign and a NUL, and one more NUL. */
#define CREATE(sesid, tableid, name, key, grbit) things_create_index(sesid, tableid, name, key, sizeof(key), grbit)

/* Names b, a, c, a, none, b for the ids 1 to 6, and an index "names" on them that may have equal keys. */
void things_fill(const struct api_fixture *fixture, struct api_things *things);

/* ---- records ---- */

/* A record with a name and tags (up to the first 0), either may be NULL; the caller has a transaction. */
JET_ERR things_try_insert(JET_SESID sesid, const struct api_things *things, int id, const char *name, const int *tags);
void things_insert(JET_SESID sesid, const struct api_things *things, int id, const char *name, const int *tags);

#define TAGS(...) ((const int[]){__VA_ARGS__, 0})

/* One more value, in an update that is prepared. */
void things_set_tag(JET_SESID sesid, const struct api_things *things, int tag);

/* Of the current record; NULL: it has none. */
JET_ERR things_rename(JET_SESID sesid, const struct api_things *things, const char *name);

/* ---- cursors ---- */

JET_ERR things_seek_name(JET_SESID sesid, const struct api_things *things, const char *name, JET_GRBIT grbit);

/* Onto the record with the id, by the primary index. */
void things_go_to(JET_SESID sesid, const struct api_things *things, int id);

enum { IDS_END = -1 };

#define REST(...) ((const int[]){__VA_ARGS__, IDS_END})

/* The ids of the records in the order of the current index, as far as the cursor goes. */
void things_expect_rest(JET_SESID sesid, const struct api_things *things, const int *ids);

/* All that are in the index. */
void things_expect_all(JET_SESID sesid, const struct api_things *things, const char *index, const int *ids);

/* A second session with a cursor of its own. */
struct other {
    JET_SESID sesid;
    struct api_things things;
};
void other_begin(const struct api_fixture *fixture, struct other *other);
void other_end(struct other *other);

#endif
