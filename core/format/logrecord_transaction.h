/* SPDX-License-Identifier: MIT */
/* logrecord_transaction.h - log records of transactions and macros, of the stream itself, and of backups.
 *
 * A macro binds the records of one structure change: between MacroBegin and MacroCommit of a session the records with
 * the macro's database time are collected, and applied together at MacroCommit.
 *
 * See logrecord.h for what decoders guarantee.
 */
#ifndef COLDSTREAM_FORMAT_LOGRECORD_TRANSACTION_H
#define COLDSTREAM_FORMAT_LOGRECORD_TRANSACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byteorder.h"
#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "format/logrecord_type.h"
#include "format/stamp.h"

/* ---- Begin, Begin0 ---- */

struct logrec_begin_disk {
    uint8_t type;   /* +0 */
    le16 procid;    /* +1 */
    uint8_t levels; /* +3  bits 0-3: level begun from; bits 4-7: number of levels */
    le32 trx;       /* +4  Begin0: trxBegin0; Begin ends before it */
};
_Static_assert(sizeof(struct logrec_begin_disk) == 8, "file format");

struct logrec_begin {
    uint8_t type; /* LOGREC_BEGIN, LOGREC_BEGIN0 */
    uint16_t procid;
    unsigned level_from;  /* 0 to 15; Begin0: 0 */
    unsigned level_count; /* 1 to 15 */
    uint32_t trx_begin0;  /* Begin0; else 0 */
};

/* Guarantees also what the struct says of the levels. */
MUST_CHECK jet_err logrec_begin_decode(const void *bytes, size_t size, struct logrec_begin *ret_begin);

/* Returns the bytes of the record: 4 or 8. */
size_t logrec_begin_encode(const struct logrec_begin *begin, struct logrec_begin_disk *ret_disk);

/* ---- Commit, Commit0, Rollback ---- */

struct logrec_commit_disk {
    uint8_t type;  /* +0 */
    le16 procid;   /* +1 */
    uint8_t level; /* +3  Commit: level committed to; Rollback: number of levels rolled back */
    le32 trx;      /* +4  Commit0: trxCommit0, given while the record is placed; the others end before it */
};
_Static_assert(sizeof(struct logrec_commit_disk) == 8, "file format");

struct logrec_commit {
    uint8_t type; /* LOGREC_COMMIT, LOGREC_COMMIT0, LOGREC_ROLLBACK */
    uint16_t procid;
    uint8_t level;        /* committed to (Commit0: 0), or number of levels rolled back */
    uint32_t trx_commit0; /* Commit0; else 0 */
};

MUST_CHECK jet_err logrec_commit_decode(const void *bytes, size_t size, struct logrec_commit *ret_commit);

/* Returns the bytes of the record: 4 or 8. */
size_t logrec_commit_encode(const struct logrec_commit *commit, struct logrec_commit_disk *ret_disk);

/* ---- Refresh: a transaction at level 0 takes a new trxBegin0 ---- */

struct logrec_refresh_disk {
    uint8_t type;    /* +0 */
    le16 procid;     /* +1 */
    le32 trx_begin0; /* +3 */
};
_Static_assert(sizeof(struct logrec_refresh_disk) == 7, "file format");

struct logrec_refresh {
    uint16_t procid;
    uint32_t trx_begin0;
};

MUST_CHECK jet_err logrec_refresh_decode(const void *bytes, size_t size, struct logrec_refresh *ret_refresh);
void logrec_refresh_encode(const struct logrec_refresh *refresh, struct logrec_refresh_disk *ret_disk);

/* ---- MacroBegin, MacroCommit, MacroAbort ---- */

struct logrec_macro_disk {
    uint8_t type; /* +0 */
    le16 procid;  /* +1 */
    le64 dbtime;  /* +3  of all records of the macro */
};
_Static_assert(sizeof(struct logrec_macro_disk) == 11, "file format");

struct logrec_macro {
    uint8_t type; /* LOGREC_MACRO_BEGIN, LOGREC_MACRO_COMMIT, LOGREC_MACRO_ABORT */
    uint16_t procid;
    dbtime_t dbtime;
};

MUST_CHECK jet_err logrec_macro_decode(const void *bytes, size_t size, struct logrec_macro *ret_macro);
void logrec_macro_encode(const struct logrec_macro *macro, struct logrec_macro_disk *ret_disk);

/* ---- MacroInfo, MacroInfo2: pages that a macro touched; for tools ---- */

struct logrec_macro_info2_disk {
    struct logrec_ignored_disk head; /* +0 */
    uint8_t dbid;                    /* +5 */
    le32 count;                      /* +6   pages */
};
_Static_assert(sizeof(struct logrec_macro_info2_disk) == 10, "file format");

struct logrec_macro_info {
    uint8_t type;      /* LOGREC_MACRO_INFO: only of database 1; LOGREC_MACRO_INFO2 */
    uint8_t dbid;      /* MacroInfo: 1 */
    const le32 *pages; /* page numbers; borrowed */
    size_t count;
};

/* Guarantees also: `pages` has `count` numbers. */
MUST_CHECK jet_err logrec_macro_info_decode(const void *bytes, size_t size, struct logrec_macro_info *ret_info);

/* Returns the bytes before the list: 5 or 10. */
size_t logrec_macro_info_encode(const struct logrec_macro_info *info, struct logrec_macro_info2_disk *ret_disk);

/* ---- CommitCtx: data of the application beside a commit ---- */

struct logrec_commit_ctx_disk {
    struct logrec_ignored_disk head; /* +0 */
    le16 procid;                     /* +5 */
    uint8_t flags;                   /* +7  absent before logs of 8.4000.4.8 */
};
_Static_assert(sizeof(struct logrec_commit_ctx_disk) == 8, "file format");

/* ---- fillers: NOP, NOP2, FragmentBegin, Fragment ---- */

/* NOP2: `size` bytes in all, of which these five and zeros. */
void logrec_nop2_encode(size_t size, struct logrec_ignored_disk *ret_disk);

struct logrec_fragment_begin_disk {
    uint8_t type;    /* +0 */
    le32 total_size; /* +1  of the whole record */
    le16 size;       /* +5  bytes of it that follow here */
};
_Static_assert(sizeof(struct logrec_fragment_begin_disk) == 7, "file format");

struct logrec_fragment_disk {
    uint8_t type; /* +0 */
    le16 size;    /* +1  bytes of the record that follow here */
};
_Static_assert(sizeof(struct logrec_fragment_disk) == 3, "file format");

struct logrec_fragment {
    bool is_first;
    size_t total_size; /* FragmentBegin; else 0 */
    struct logrec_span piece;
};

/* FragmentBegin and Fragment, which hold a piece of a record that did not fit its segment. Guarantees also: the piece
 * is not empty; that of a FragmentBegin is shorter than the record, whose size is LOGREC_SIZE_MAX at most. */
MUST_CHECK jet_err logrec_fragment_decode(const void *bytes, size_t size, struct logrec_fragment *ret_fragment);
void logrec_fragment_begin_encode(size_t total_size, size_t size, struct logrec_fragment_begin_disk *ret_disk);
void logrec_fragment_encode(size_t size, struct logrec_fragment_disk *ret_disk);

/* ---- ForceLogRollover, Trace: notes with a text; ForceWriteLog ---- */

struct logrec_note_disk {
    uint8_t type; /* +0 */
    le16 procid;  /* +1 */
    le16 size;    /* +3  of the text */
};
_Static_assert(sizeof(struct logrec_note_disk) == 5, "file format");

struct logrec_note {
    uint8_t type; /* LOGREC_FORCE_LOG_ROLLOVER, LOGREC_TRACE */
    uint16_t procid;
    struct logrec_span text; /* no promise about its end */
};

MUST_CHECK jet_err logrec_note_decode(const void *bytes, size_t size, struct logrec_note *ret_note);
void logrec_note_encode(const struct logrec_note *note, struct logrec_note_disk *ret_disk);

struct logrec_force_write_disk {
    uint8_t type; /* +0 */
    le16 procid;  /* +1 */
};
_Static_assert(sizeof(struct logrec_force_write_disk) == 3, "file format");

void logrec_force_write_encode(uint16_t procid, struct logrec_force_write_disk *ret_disk);

/* ---- Backup2 ---- */

struct logrec_backup_disk {
    uint8_t type;            /* +0 */
    uint8_t phase;           /* +1   enum logrec_backup_phase */
    le32 kind;               /* +2   enum logrec_backup_kind */
    uint8_t scope;           /* +6   enum logrec_backup_scope */
    uint8_t dbid;            /* +7   phase "update header"; else 0 */
    struct bkinfo_disk mark; /* +8 */
    uint8_t reserved;        /* +32  zero */
    le16 path_size;          /* +33  0 */
};
_Static_assert(sizeof(struct logrec_backup_disk) == 35, "file format");
_Static_assert(offsetof(struct logrec_backup_disk, mark) == 8, "file format");

enum logrec_backup_phase {
    LOGREC_BACKUP_BEGIN = 1,
    LOGREC_BACKUP_PREPARE_LOGS = 2,
    LOGREC_BACKUP_TRUNCATE = 3,
    LOGREC_BACKUP_UPDATE_HEADER = 4,
    LOGREC_BACKUP_ABORT = 5,
    LOGREC_BACKUP_STOP = 6,
};

enum logrec_backup_kind {
    LOGREC_BACKUP_STREAMING = 0,
    LOGREC_BACKUP_OS_SNAPSHOT = 1,
    LOGREC_BACKUP_SNAPSHOT = 2,
    LOGREC_BACKUP_SURROGATE = 3,
};

enum logrec_backup_scope {
    LOGREC_BACKUP_FULL = 1,
    LOGREC_BACKUP_INCREMENTAL = 2,
    LOGREC_BACKUP_COPY = 5,
    LOGREC_BACKUP_DIFFERENTIAL = 6,
};

struct logrec_backup {
    uint8_t phase;
    uint32_t kind;
    uint8_t scope;
    uint8_t dbid;
    struct bkinfo_disk mark;
    struct logrec_span path; /* empty in logs of today */
};

MUST_CHECK jet_err logrec_backup_decode(const void *bytes, size_t size, struct logrec_backup *ret_backup);
void logrec_backup_encode(const struct logrec_backup *backup, struct logrec_backup_disk *ret_disk);

#endif
