/* SPDX-License-Identifier: MIT */
/* dbheader_state.h - what becomes of a database header when its database is attached, moves on, and is detached.
 *
 * The one place that knows which fields change together (database-file.md 2.5, transaction-log.md 5.6). Pure functions
 * on the header in memory: whoever calls them writes it (storage/database.h).
 *
 *      just created --dbheader_set_created()--> dirty --dbheader_set_clean()--> clean
 *                                               ^                                 |
 *                                               +------dbheader_set_attached()----+
 *
 *      copy of a backup --dbheader_set_restoring()--> dirty --dbheader_set_clean(), dbheader_forget_backups()--> clean
 *
 * Positions in a header belong to the stream that its log signature names.
 */
#ifndef COLDSTREAM_FORMAT_DBHEADER_STATE_H
#define COLDSTREAM_FORMAT_DBHEADER_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/types.h"
#include "format/dbheader.h"
#include "format/stamp.h"

/* An attach, or the end of a creation. */
struct dbheader_attach {
    struct lgpos lgpos; /* of the AttachDB or CreateDB record; zero: not logged */
    struct logtime_disk now;
    struct logtime_disk generation_created;     /* of the generation of `lgpos` */
    const struct signature_disk *log_signature; /* of the stream; NULL: not logged */
    uint8_t dbid;
};

/* A clean database is attached: dirty, all generations that of `lgpos`, nothing of another stream is kept. A database
 * that is attached without logging gets `*unlogged_signature` as its own, so that no old log can be applied to it. */
void dbheader_set_attached(struct dbheader_disk *header, const struct dbheader_attach *attach,
                           const struct signature_disk *unlogged_signature);

/* A database whose creation is finished becomes an ordinary attached one, with the system tables that every database
 * has. Pages of generations behind that of `lgpos` may be in the file already: a number that is higher stays. */
void dbheader_set_created(struct dbheader_disk *header, const struct dbheader_attach *attach);

/* Detached, or shut down: everything is in the file. `lgpos`: of the DetachDB or ShutDownMark record; zero: not
 * logged. */
void dbheader_set_clean(struct dbheader_disk *header, struct lgpos lgpos, struct logtime_disk now);

/* The file becomes shorter, as the record at `lgpos` says; zero: not logged. Formats that keep the place of the last
 * change of the size get it. */
void dbheader_set_shrunk(struct dbheader_disk *header, struct lgpos lgpos, struct logtime_disk now);

/* The checkpoint has moved: no log below these generations is needed. Never lowers a number, and does nothing to a
 * header whose database is not dirty. True if something changed. */
bool dbheader_raise_min_required(struct dbheader_disk *header, lgen_t min_required);

/* A backup of the database, as its header remembers it. */
struct dbheader_backup {
    enum dbheader_backup_type type; /* a surrogate's counts as an OS snapshot */
    bool is_logs_only;              /* incremental, differential */
    bool is_truncating;             /* full, incremental: logs that it has may be deleted; else copy, differential */
    struct bkinfo_disk info;
};

/* A backup has been made; also in redo, any number of times. A backup that truncates logs makes older ones of the same
 * family worthless. False, and nothing happens, if a later backup of that kind is known already. */
bool dbheader_set_backup(struct dbheader_disk *header, const struct dbheader_backup *backup);

/* A streamed copy, dirty as it was when it was made, is going to be replayed: it needs all logs up to `high`, whatever
 * its header knew when it was copied. */
void dbheader_set_restoring(struct dbheader_disk *header, lgen_t high);

/* A restored database is not the one that was backed up: the next backup has to be a full one. */
void dbheader_forget_backups(struct dbheader_disk *header);

/* Recovery takes hold of a dirty database at `generation`; 0: it lets go. */
void dbheader_set_recovering(struct dbheader_disk *header, lgen_t generation);

#endif
