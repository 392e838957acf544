/* SPDX-License-Identifier: MIT */
/* temp_folder.h - a folder of its own for each test, gone afterwards.
 *
 *      cmocka_unit_test_setup_teardown(some_test, temp_folder_setup, temp_folder_teardown)
 *
 * The test then finds its `struct temp_folder *` in *state. Include <cmocka.h> with what it needs before this.
 */
#ifndef COLDSTREAM_TESTS_TEMP_FOLDER_H
#define COLDSTREAM_TESTS_TEMP_FOLDER_H

#include <stddef.h>

struct temp_folder;

/* cmocka fixtures. Teardown removes the folder with everything in it, without following links. */
int temp_folder_setup(void **state);
int temp_folder_teardown(void **state);

/* The folder itself, and the path of `name` in it. Both live until teardown. */
const char *temp_folder_root(const struct temp_folder *folder);
const char *temp_folder_path(struct temp_folder *folder, const char *name);

/* Makes a file with these bytes and returns its path; the name must be free. */
const char *temp_folder_write(struct temp_folder *folder, const char *name, const void *bytes, size_t size);

/* Skips the test where nobody may read a file that is open for writing (Windows). Before anything is started. */
void temp_folder_need_reading_in_use(struct temp_folder *folder);

/* Reads a whole file by its path; for free(). The test fails if it cannot be read. */
void *temp_file_read(const char *path, size_t *ret_size);

/* Removes a file, or a folder with everything in it. */
void temp_tree_remove(const char *path);

#endif
