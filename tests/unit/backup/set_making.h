/* SPDX-License-Identifier: MIT */
/* set_making.h - backup sets for tests: of real files, into a folder or a tar file. Include <cmocka.h> with what it
 * needs before this. */
#ifndef COLDSTREAM_TESTS_SET_MAKING_H
#define COLDSTREAM_TESTS_SET_MAKING_H

#include "backup/restore.h"
#include "backup/run.h"
#include "support/finding_list.h"
#include "support/temp_folder.h"

/* A folder `name` with "a.edb" (4 KiB pages), "b.edb" (32 KiB pages) and "c.edb" (16 KiB pages), small and whole.
 * Returns its path. */
const char *make_source_folder(struct temp_folder *folder, const char *name);

struct making {
    bool keep_going;
    bool keep_partial;
    struct finding_list found;
    struct backup_run_result result;
};

/* Backs `source` up. `making` may be NULL. */
jet_err make_set_folder(const char *source, const char *set, struct making *making);
jet_err make_set_tar(const char *source, const char *tar, struct making *making);

/* Verifies or restores a folder or tar file. `found` may be NULL. */
jet_err verify_set(const char *path, struct finding_list *found);
jet_err restore_set(const char *path, const char *folder, bool allow_damage, struct finding_list *found);

/* Both folders hold the same files with the same bytes. */
void assert_same_files(const char *folder_a, const char *folder_b);

size_t count_files(const char *folder);
bool path_exists(const char *path);

/* Flips one bit of a file. */
void flip_bit(const char *path, uint64_t bit);

/* "parent/name", gone with the temporary folder's strings: for free(). */
char *joined(const char *parent, const char *name);

#endif
