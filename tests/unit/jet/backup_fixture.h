/* SPDX-License-Identifier: MIT */
/* backup_fixture.h - a running instance for tests of the streaming backup: not circular, small logs, one database.
 *
 * Include <cmocka.h> with what it needs before this.
 */
#ifndef TESTS_BACKUP_FIXTURE_H
#define TESTS_BACKUP_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "api_fixture.h"
#include "format/dbheader.h"

enum { BACKUP_BUFFER = 65536, BACKUP_PAGE = 4096, BACKUP_LIST = 8192 };

struct backup_fixture {
    struct api_fixture api; /* first; "test.edb" */
    struct api_things things;
    void *buffer; /* BACKUP_BUFFER bytes, aligned */
    bool is_circular;
    /* results of the last call */
    JET_HANDLE file;
    uint32_t low, high, actual;
};

int backup_fixture_setup(void **state);
int backup_fixture_teardown(void **state);

/* Stops (with these bits) and starts; session, database and table are open again. */
void backup_fixture_restart(struct backup_fixture *fixture, JET_GRBIT term_grbit);

/* Small committed changes of the record `id`, until the log of that generation is the current one. */
void backup_fixture_write_to(struct backup_fixture *fixture, int id, uint32_t generation);

/* "edb00005.log" in the folder, and whether it is there. */
const char *backup_fixture_log(struct backup_fixture *fixture, uint32_t generation);
bool backup_fixture_has_log(struct backup_fixture *fixture, uint32_t generation);

/* The current generation. */
uint32_t backup_fixture_generation(struct backup_fixture *fixture);

/* The header on disk of a database that nobody has open. */
void backup_fixture_header(const char *path, struct dbheader_disk *ret_header);

/* Lists, as text in the last of some static buffers: paths one after another, each with its NUL, and one NUL more. */
typedef JET_ERR JET_API backup_list_call(JET_INSTANCE instance, char *list, uint32_t size, uint32_t *actual);
const char *backup_list_of(struct backup_fixture *fixture, backup_list_call *call);
unsigned backup_list_count(const char *list);

/* Opens, reads to the end, closes; the number of bytes. `ret_bytes` (NULL: not wanted) for free(). */
uint64_t backup_copy_file(struct backup_fixture *fixture, const char *path, uint8_t **ret_bytes);

#endif
