/* SPDX-License-Identifier: MIT */
/* backup_copy.h - the copy of a database in a streaming backup becomes a database that can be replayed.
 *
 *      header       dirty, "current full backup": first generation, no last one     --> with the last one of the set
 *      pages ...    each as of some moment while the backup ran
 *      trailer      the last generation that the pages need                         --> zeros
 *
 * First everything is checked, then both header copies are written, then the trailer is wiped: whatever stays behind
 * after a crash can be patched again.
 */
#ifndef COLDSTREAM_RECOVERY_BACKUP_COPY_H
#define COLDSTREAM_RECOVERY_BACKUP_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "format/dbheader.h"

struct backup_copy_terms {
    uint32_t page_size;
    struct signature_disk log_signature; /* of the logs that are to be replayed */
    lgen_t low, high;                    /* which those are. `high` 0: not known, no range is looked at */
};

/* Whether the file can be restored with these logs. Nothing is changed. In this order:
 *      JET_errFileNotFound, JET_errDatabaseCorrupted (no header, or no database), JET_errInvalidDatabaseVersion,
 *      JET_errPageSizeMismatch
 *      JET_errRestoreOfNonBackupDatabase    not a copy of a backup
 *      JET_errBadPatchPage                  it has no trailer
 *      JET_errDatabasePatchFileMismatch     header, trailer and logs are not of one backup
 *      JET_errStartingRestoreLogTooHigh     it needs logs before `low`
 *      JET_errEndingRestoreLogTooLow        it needs logs behind `high` */
MUST_CHECK jet_err backup_copy_check(const char *path, const struct backup_copy_terms *terms);

/* Checks, and makes it a dirty database that needs all generations up to `high` (or those that the trailer names).
 * Durable on success. A copy that was patched before is patched again. */
MUST_CHECK jet_err backup_copy_patch(const char *path, const struct backup_copy_terms *terms);

/* Is this the header of a copy that nobody has patched yet? */
bool backup_copy_is_unpatched(const struct dbheader_disk *header);

#endif
