/* SPDX-License-Identifier: MIT */
/* restore.h - a backup set becomes files again: set_verify.h with a consumer that writes. */
#ifndef COLDSTREAM_BACKUP_RESTORE_H
#define COLDSTREAM_BACKUP_RESTORE_H

#include "backup/set_verify.h"

/* Where files lie until the whole set has proved sound, in the target folder. */
#define RESTORE_STAGING_NAME "coldstream-restore.partial"

/* Reads and verifies the set of `reader` and writes its files (not its manifest) into `folder`, which is made if it
 * is missing. Files get their names, all of them, only when the whole set is sound and every byte is on stable
 * storage. JET_errFileAlreadyExists: a name is taken, or another restore is under way. Nothing is left after a
 * failure. options->consumer is not looked at. `*ret_result` is always written, as by set_verify(). */
MUST_CHECK jet_err set_restore(struct set_reader *reader, const char *folder, const struct set_verify_options *options,
                               struct set_verify_result *ret_result);

#endif
