/* SPDX-License-Identifier: MIT */
/* crash_copy.h - all files of a running instance at one moment, as an instance of their own: what a crash would leave.
 *
 * The program links with --wrap for os_file_write, os_file_allocate and os_path_rename_new: files change only while no
 * copy is being made. Writes can also be made to fail.
 */
#ifndef COLDSTREAM_TESTS_CRASH_COPY_H
#define COLDSTREAM_TESTS_CRASH_COPY_H

#include "instance.h"

/* Around each test. Zero: it worked, as cmocka has it. */
int crash_copy_begin(void);
void crash_copy_end(void);

struct crash_copy {
    char *root;
    char *database_path;
    struct instance instance; /* not started; finds the database by a map */
    struct recovery_map map;
};

/* Copies log, checkpoint and the database test.edb, which is at `database_path`, from the folder `from`. */
void crash_copy_make(struct crash_copy *copy, const struct instance *instance, const char *from,
                     const char *database_path);
void crash_copy_done(struct crash_copy *copy);

/* Removes a file of the copy. */
void crash_copy_lose(const struct crash_copy *copy, const char *name);

/* All writes but the next `count` fail; below zero: none does. */
void crash_copy_limit_writes(int count);

/* Of the headers of databases that are written from now on (each is two copies) the one with this number fails, from 0
 * on; no other does. */
void crash_copy_fail_header(int number);

#endif
