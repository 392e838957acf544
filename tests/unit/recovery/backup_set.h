/* SPDX-License-Identifier: MIT */
/* backup_set.h - a backup made by hand: what the streaming calls leave of an instance, from the files of one that has
 * crashed.
 *
 * The database is as it was on disk when the instance ended, dirty; its header is stamped and the trailer appended as
 * backup-api.md 4.3 and 4.7 say. The logs are the closed ones.
 */
#ifndef COLDSTREAM_TESTS_BACKUP_SET_H
#define COLDSTREAM_TESTS_BACKUP_SET_H

#include "base/types.h"
#include "format/dbheader.h"
#include "format/patchpage.h"

struct engine;

/* Closes the current log and begins another; durable. Returns the generation that was closed. */
lgen_t backup_set_roll(struct engine *engine);

/* Copies a file; the target must not be there. */
void backup_set_copy_file(const char *from, const char *to);

/* Copies the closed logs low .. high of one folder into another. */
void backup_set_copy_logs(const char *from, const char *to, lgen_t low, lgen_t high);

/* Makes the copy of a database in `folder`, which is there, and its .pat file: the name is that of `database`. */
void backup_set_copy_database(const char *database, const char *folder, lgen_t low, lgen_t high);

/* Header and trailer of a copy, to be looked at or changed: `change` gets both (the trailer is the last page). */
void backup_set_change(const char *copy, void (*change)(struct dbheader_disk *header, struct patchpage_disk *trailer));

/* The header of a database file. */
void backup_set_header(const char *database, struct dbheader_disk *ret_header);

#endif
