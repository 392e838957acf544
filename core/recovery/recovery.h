/* SPDX-License-Identifier: MIT */
/* recovery.h - the map of this folder: from files as a crash left them to an engine that works, and back.
 *
 *   startup.h       engine_start(), engine_stop(): what JetInit and JetTerm come down to
 *   restore.h       a backup becomes databases again
 *   checkpoint.h    how much of the log the next recovery would have to read, kept small while the engine runs
 *   attachments.h   the list of attached databases, for log headers and checkpoints
 *   marks.h         the records that begin and end a run
 *   backup_record.h what a backup leaves in the log and in headers
 *   freeze.h        a running engine stands still for a snapshot
 *   backup_copy.h   the copy of a backup becomes a database that can be replayed
 *   log_settings.h  settings of the engine as settings of its log
 *
 * Within: recovery_internal.h says which file does what of a recovery.
 */
#ifndef COLDSTREAM_RECOVERY_RECOVERY_H
#define COLDSTREAM_RECOVERY_RECOVERY_H

#include "recovery/attachments.h"
#include "recovery/backup_copy.h"
#include "recovery/backup_record.h"
#include "recovery/checkpoint.h"
#include "recovery/freeze.h"
#include "recovery/log_settings.h"
#include "recovery/marks.h"
#include "recovery/restore.h"
#include "recovery/startup.h"

#endif
