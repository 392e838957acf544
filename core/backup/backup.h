/* SPDX-License-Identifier: MIT */
/* backup.h - the streaming backup of one instance, and the front door of this folder.
 *
 *   backup.h        the machine: begin, lists, open, read, close, end, stop - what the family of
 *                   JetBeginExternalBackupInstance calls, with its states and errors; and who else occupies the instance
 *   source.h        where the bytes come from
 *   sink.h          where a pumped backup goes: a folder, a tar stream
 *   local_backup.h  a running instance into a folder: JetBackupInstance
 *   run.h           the pump: drives the machine from begin to end into a sink and writes the manifest
 *   manifest.h      what a backup set says about itself
 *   set_reader.h    the members of a set, one after another, from a folder or a tar
 *   set_verify.h    reads a set, verifies each member as it passes, and judges the whole by the manifest
 *   member_scan.h   one member as its bytes pass
 *   restore.h       the same reading, and writes files
 *   snapshot.h      sessions of OS snapshots, over all instances
 *
 * Every client pulls through the same calls; none has a way round. The contract is the table in backup.c.
 *
 * THREADS. backup_stop() may be called at any time from any thread, and on Linux from a signal handler; it takes no
 * lock, waits for nothing and always returns at once. All other calls serialise on a lock of the machine, which is
 * held while the source reads and while findings are reported: a listener must not call the machine. A call that is
 * refused because no backup runs or because of a stop is refused without waiting for that lock.
 */
#ifndef COLDSTREAM_BACKUP_BACKUP_H
#define COLDSTREAM_BACKUP_BACKUP_H

#include "backup/source.h"
#include "os/os_thread.h"

struct backup;

/* Bits of begin and end; values are those of the API (JET_bitBackup...). */
enum {
    BACKUP_BIT_INCREMENTAL = 0x1,
    BACKUP_BIT_SURROGATE = 0x20,
    BACKUP_BIT_INTERNAL_COPY = 0x40,
    BACKUP_BIT_END_NORMAL = 0x1,
    BACKUP_BIT_END_ABORT = 0x2,
    BACKUP_BIT_TRUNCATE_DONE = 0x100,
    BACKUP_BIT_NO_HEADER_UPDATE = 0x200,
};

enum { BACKUP_BUFFER_ALIGNMENT = 4096 };

/* The machine owns the source from success on. `keep_going`: damage is reported and passed on instead of ending the
 * file (not part of the JET API; the command line's --keep-going). */
MUST_CHECK jet_err backup_new(struct backup_source *source, bool keep_going, struct backup **ret_backup);

/* Who is told, from the next begin on, what is found in the files. Nobody before the first call. */
void backup_listen(struct backup *b, const struct finding_listener *listener);

/* Ends a running backup as aborted by the server first; takes NULL. */
void backup_free(struct backup *b);

/* The unit of sizes and offsets, in bytes; fixed. */
uint32_t backup_page_size(const struct backup *b);

/* JetBeginExternalBackupInstance. JET_errInvalidGrbit for the surrogate bit (backup-api 12, no. 23). */
MUST_CHECK jet_err backup_begin(struct backup *b, uint32_t bits);

/* JetBeginSurrogateBackup, JetEndSurrogateBackup. */
MUST_CHECK jet_err backup_begin_surrogate(struct backup *b, lgen_t first, lgen_t last, uint32_t bits);
MUST_CHECK jet_err backup_end_surrogate(struct backup *b, uint32_t bits);

/* JetGetAttachInfoInstance, JetGetLogInfoInstance2, JetGetTruncateLogInfoInstance. The list and what is known of the
 * logs (nothing before the first list of logs) are given to `take` while the machine is locked, and are valid so long:
 * it must not call the machine. Its error is the result; JET_errOutOfMemory ends the backup. */
enum backup_list_kind {
    BACKUP_LIST_DATABASES,
    BACKUP_LIST_LOGS,
    BACKUP_LIST_DELETABLE_LOGS,
};
struct backup_list_taker {
    jet_err (*take)(void *context, const struct backup_list *list, const struct backup_log_info *info);
    void *context;
};
MUST_CHECK jet_err backup_take_list(struct backup *b, enum backup_list_kind kind,
                                    const struct backup_list_taker *taker);

/* The same for who alone may end the backup: the lists, and `ret_info->reason` (`ret_info` may be NULL), live until
 * then. */
MUST_CHECK jet_err backup_get_attach_info(struct backup *b, struct backup_list *ret_list);
MUST_CHECK jet_err backup_get_log_info(struct backup *b, struct backup_list *ret_list,
                                       struct backup_log_info *ret_info);
MUST_CHECK jet_err backup_get_truncate_info(struct backup *b, struct backup_list *ret_list);

/* JetOpenFileSectionInstance; `first_byte` 0 is JetOpenFileInstance. One file can be open at a time. `*ret_size` is
 * what reads from the start of the file to its end give in all, in bytes. */
MUST_CHECK jet_err backup_open(struct backup *b, const char *path, uint64_t first_byte, uint64_t *ret_size);

/* What the open file is; borrowed from open to close. Not a call of the JET API: run.c puts it into the manifest.
 * Nothing is refused after a stop. JET_errInvalidParameter if no file is open. */
struct backup_open_file {
    enum backup_file_kind kind;
    const struct backup_database_view *database; /* NULL: not a database */
    const struct database_page_counts *counts;   /* of the pages read so far; zero if it is not a database */
    lgen_t generation;                           /* logs, else 0 */
};
MUST_CHECK jet_err backup_open_file_info(struct backup *b, struct backup_open_file *ret_info);

/* JetReadFileInstance. `buffer` is aligned to BACKUP_BUFFER_ALIGNMENT; `size` obeys backup-api 4.4: a multiple of the
 * page size, first read of a database at least 3 pages, of a log at least 2. 0 bytes: end of the file. This is the
 * only function that yields bytes of a backup. */
MUST_CHECK jet_err backup_read(struct backup *b, void *buffer, size_t size, size_t *ret_actual);

/* JetCloseFileInstance. */
MUST_CHECK jet_err backup_close(struct backup *b);

/* JetTruncateLogInstance. */
MUST_CHECK jet_err backup_truncate(struct backup *b);

/* JetEndExternalBackupInstance2. */
MUST_CHECK jet_err backup_end(struct backup *b, uint32_t bits);

/* What a termination does with a backup that runs: ends it as aborted by the server, whatever its state. Waits for a
 * call under way. */
void backup_end_by_server(struct backup *b);

/* JetStopBackupInstance: the one stop routine. Does not end the backup: further streaming calls give
 * JET_errBackupAbortByServer, close and end work. */
void backup_stop(struct backup *b);

/* What every freeze, every service that shuts down and every guardian of a vanished client uses: the stop, after which
 * the instance is free however the client behaves (backup-api 3.8).
 *      JET_errSuccess            no backup occupies the instance any more, and none will: begin is JET_errBackupNotAllowedYet
 *                                until backup_open_gate(), which the caller owes on every path. The client of a backup that
 *                                was released goes on being told what it would have been told after a plain stop.
 *      JET_errBackupInProgress   a call was still inside when `timeout_ms` had passed: the backup is stopped, and no more;
 *                                the gate is open
 * An OS snapshot that occupies the instance is not touched. May be called by any number of threads. */
MUST_CHECK jet_err backup_stop_and_release(struct backup *b, int64_t timeout_ms);
void backup_open_gate(struct backup *b);

/* The same promise before there is time to wait: no begin from now on until backup_open_gate(), and the backup that
 * runs is stopped. It goes on occupying the instance; so does one whose begin was inside, which may even have missed
 * the stop. */
void backup_close_gate(struct backup *b);

/* What a read would be refused with before anything else is looked at: JET_errNoBackup, JET_errBackupAbortByServer
 * (stopped, or released), or JET_errSuccess. For a client that waits for something else than the machine. */
MUST_CHECK jet_err backup_refused_error(struct backup *b);

/* ---- who occupies the instance ---- */

enum backup_occupant {
    BACKUP_OCCUPANT_NONE,
    BACKUP_OCCUPANT_STREAMING,
    BACKUP_OCCUPANT_SURROGATE,
    BACKUP_OCCUPANT_SNAPSHOT,
};
enum backup_occupant backup_occupant(struct backup *b);

/* What a begin, an attach or a complete termination is told: JET_errSuccess, JET_errBackupInProgress,
 * JET_errSurrogateBackupInProgress. */
MUST_CHECK jet_err backup_occupied_error(struct backup *b);

/* An OS snapshot, from its freeze to its end (backup-api 2.5): every streaming call is JET_errNoBackup meanwhile, begin
 * and attach JET_errBackupInProgress. Clears a stop, at both ends. Nothing is logged or held back here; that is the
 * snapshot's. JET_errBackupNotAllowedYet, JET_errBackupInProgress, JET_errSurrogateBackupInProgress. */
MUST_CHECK jet_err backup_occupy_for_snapshot(struct backup *b);
void backup_vacate_snapshot(struct backup *b);

/* Returns when no snapshot occupies the instance; for a termination that has seen to it that none comes. */
void backup_wait_for_snapshot(struct backup *b);

/* False: begin and snapshots are refused with JET_errBackupNotAllowedYet from now on; for a termination. True at
 * first. */
void backup_allow(struct backup *b, bool allowed);

/* Set while a stop is in force: what a sink that waits for a slow reader waits on besides. */
struct os_event *backup_stop_event(struct backup *b);

/* How the last ended backup ended; `*ret_err` (may be NULL) is the error of BACKUP_OUTCOME_FAILED, else the code of
 * the outcome. */
enum backup_outcome backup_last_outcome(struct backup *b, jet_err *ret_err);

#endif
