/* SPDX-License-Identifier: MIT */
/* logrecord_database.h - log records of the life of an instance, and of its databases and their files.
 *
 * Paths are bytes of the log: UTF-16 (little-endian) or single bytes, with the terminating NUL. The three records with
 * a path say UTF-16 by different bits; here it is a bool.
 *
 * See logrecord.h for what decoders guarantee.
 */
#ifndef COLDSTREAM_FORMAT_LOGRECORD_DATABASE_H
#define COLDSTREAM_FORMAT_LOGRECORD_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byteorder.h"
#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "format/logrecord_type.h"
#include "format/stamp.h"

/* ---- Init2: the first record of every run; Init lacks the time ---- */

struct logrec_init_disk {
    uint8_t type;             /* +0 */
    struct dbms_disk dbms;    /* +1 */
    struct logtime_disk time; /* +568 Init ends before it */
};
_Static_assert(sizeof(struct logrec_init_disk) == 576, "file format");
_Static_assert(offsetof(struct logrec_init_disk, time) == 568, "file format");

struct logrec_init {
    uint8_t type;                 /* LOGREC_INIT, LOGREC_INIT2 */
    const struct dbms_disk *dbms; /* borrowed */
    struct logtime_disk time;     /* zero in Init */
};

MUST_CHECK jet_err logrec_init_decode(const void *bytes, size_t size, struct logrec_init *ret_init);

/* Writes Init2; `type` is not looked at. */
void logrec_init_encode(const struct logrec_init *init, struct logrec_init_disk *ret_disk);

/* ---- Term2, RecoveryQuit2, RecoveryQuitKeepAttachments; Term and RecoveryQuit lack the time ---- */

struct logrec_term_disk {
    uint8_t type;                /* +0 */
    struct lgpos_disk lgpos;     /* +1   where the Init2 of this run lies */
    struct lgpos_disk redo_from; /* +9 */
    uint8_t is_hard;             /* +17 */
    struct logtime_disk time;    /* +18 */
};
_Static_assert(sizeof(struct logrec_term_disk) == 26, "file format");

struct logrec_term {
    uint8_t type; /* any of the five; written are LOGREC_TERM2, LOGREC_RECOVERY_QUIT2, LOGREC_RECOVERY_QUIT_KEEP */
    struct lgpos lgpos;
    struct lgpos redo_from;
    bool is_hard;
    struct logtime_disk time; /* zero in Term and RecoveryQuit */
};

MUST_CHECK jet_err logrec_term_decode(const void *bytes, size_t size, struct logrec_term *ret_term);
void logrec_term_encode(const struct logrec_term *term, struct logrec_term_disk *ret_disk);

/* Is a log clean whose last record (fillers aside) is of this type? */
bool logrec_is_clean_end(unsigned type);

/* ---- RecoveryUndo2; ShutDownMark and RecoveryUndo are their type alone ---- */

struct logrec_recovery_undo_disk {
    uint8_t type;             /* +0 */
    struct logtime_disk time; /* +1  RecoveryUndo ends before it */
};
_Static_assert(sizeof(struct logrec_recovery_undo_disk) == 9, "file format");

void logrec_recovery_undo_encode(struct logtime_disk time, struct logrec_recovery_undo_disk *ret_disk);

/* ---- CreateDB ---- */

struct logrec_create_db_disk {
    uint8_t type;                    /* +0 */
    le16 procid;                     /* +1 */
    uint8_t dbid;                    /* +3 */
    le32 options;                    /* +4   grbit of the call that created it */
    le32 count_pages_max;            /* +8   0 = no limit */
    struct signature_disk signature; /* +12  of the database */
    le16 path_size;                  /* +40  with its NUL */
    uint8_t flags;                   /* +42  enum logrec_create_db_flag */
    le16 scheme;                     /* +43  only with LOGREC_CREATE_DB_VERSION: what the creation logs */
    le16 scheme_update;              /* +45  likewise */
};
_Static_assert(sizeof(struct logrec_create_db_disk) == 47, "file format");
_Static_assert(offsetof(struct logrec_create_db_disk, path_size) == 40, "file format");

enum logrec_create_db_flag {
    LOGREC_CREATE_DB_VERSION = 1 << 2,
    LOGREC_CREATE_DB_UTF16 = 1 << 3,
    LOGREC_CREATE_DB_SPARSE = 1 << 4,
};

enum {
    LOGREC_CREATE_DB_SCHEME = 2,     /* everything that follows is logged; CreateDBFinish ends it */
    LOGREC_CREATE_DB_SCHEME_OLD = 1, /* Windows 7: the first pages are not logged */
};

struct logrec_create_db {
    uint16_t procid;
    uint8_t dbid;
    uint32_t options;
    uint32_t count_pages_max;
    struct signature_disk signature;
    uint16_t scheme; /* 0 if the record does not say */
    uint16_t scheme_update;
    bool is_sparse;
    bool path_is_utf16;
    struct logrec_span path; /* with its NUL */
};

/* Guarantees also: the path ends with a NUL, and has whole characters if it is UTF-16. */
MUST_CHECK jet_err logrec_create_db_decode(const void *bytes, size_t size, struct logrec_create_db *ret_create);

/* Always with the scheme. */
void logrec_create_db_encode(const struct logrec_create_db *create, struct logrec_create_db_disk *ret_disk);

/* ---- CreateDBFinish ---- */

struct logrec_create_db_finish_disk {
    uint8_t type; /* +0 */
    le16 procid;  /* +1 */
    uint8_t dbid; /* +3 */
};
_Static_assert(sizeof(struct logrec_create_db_finish_disk) == 4, "file format");

struct logrec_create_db_finish {
    uint16_t procid;
    uint8_t dbid;
};

MUST_CHECK jet_err logrec_create_db_finish_decode(const void *bytes, size_t size,
                                                  struct logrec_create_db_finish *ret_finish);
void logrec_create_db_finish_encode(const struct logrec_create_db_finish *finish,
                                    struct logrec_create_db_finish_disk *ret_disk);

/* ---- AttachDB ---- */

struct logrec_attach_db_disk {
    uint8_t type;                        /* +0 */
    le16 procid;                         /* +1 */
    uint8_t dbid;                        /* +3 */
    le32 count_pages_max;                /* +4   0 = no limit */
    struct lgpos_disk consistent;        /* +8   last consistent position, from the header before the attach */
    struct signature_disk signature;     /* +16  of the database */
    struct signature_disk log_signature; /* +44  in the header before the attach: may be that of another stream */
    le16 path_size;                      /* +72  with its NUL */
    uint8_t flags;                       /* +74  enum logrec_attach_db_flag */
};
_Static_assert(sizeof(struct logrec_attach_db_disk) == 75, "file format");
_Static_assert(offsetof(struct logrec_attach_db_disk, path_size) == 72, "file format");

enum logrec_attach_db_flag {
    LOGREC_ATTACH_DB_UTF16 = 1 << 3,
    LOGREC_ATTACH_DB_SPARSE = 1 << 4,
};

struct logrec_attach_db {
    uint16_t procid;
    uint8_t dbid;
    uint32_t count_pages_max;
    struct lgpos consistent;
    struct signature_disk signature;
    struct signature_disk log_signature;
    bool is_sparse;
    bool path_is_utf16;
    struct logrec_span path; /* with its NUL */
};

/* Guarantees also: the path ends with a NUL, and has whole characters if it is UTF-16. */
MUST_CHECK jet_err logrec_attach_db_decode(const void *bytes, size_t size, struct logrec_attach_db *ret_attach);
void logrec_attach_db_encode(const struct logrec_attach_db *attach, struct logrec_attach_db_disk *ret_disk);

/* ---- DetachDB ---- */

struct logrec_detach_db_disk {
    uint8_t type;   /* +0 */
    le16 procid;    /* +1 */
    uint8_t dbid;   /* +3 */
    le16 path_size; /* +4  with its NUL */
    uint8_t flags;  /* +6  LOGREC_DETACH_DB_UTF16 */
};
_Static_assert(sizeof(struct logrec_detach_db_disk) == 7, "file format");

enum { LOGREC_DETACH_DB_UTF16 = 1 << 4 };

struct logrec_detach_db {
    uint16_t procid;
    uint8_t dbid;
    bool path_is_utf16;
    struct logrec_span path; /* with its NUL */
};

/* Guarantees also: the path ends with a NUL, and has whole characters if it is UTF-16. */
MUST_CHECK jet_err logrec_detach_db_decode(const void *bytes, size_t size, struct logrec_detach_db *ret_detach);
void logrec_detach_db_encode(const struct logrec_detach_db *detach, struct logrec_detach_db_disk *ret_disk);

/* ---- ReAttach: a database that stayed attached is used again ---- */

struct logrec_reattach_disk {
    struct logrec_ignored_disk head; /* +0 */
    uint8_t dbid;                    /* +5 */
    struct lgpos_disk attach;        /* +6 */
    struct lgpos_disk consistent;    /* +14 */
    struct signature_disk signature; /* +22  of the database */
};
_Static_assert(sizeof(struct logrec_reattach_disk) == 50, "file format");

struct logrec_reattach {
    uint8_t dbid;
    struct lgpos attach;
    struct lgpos consistent;
    struct signature_disk signature;
};

MUST_CHECK jet_err logrec_reattach_decode(const void *bytes, size_t size, struct logrec_reattach *ret_reattach);

/* ---- SetDbVersion ---- */

struct logrec_set_db_version_disk {
    uint8_t type;      /* +0 */
    uint8_t dbid;      /* +1 */
    le32 version;      /* +2 */
    le32 update_major; /* +6 */
    le32 update_minor; /* +10 */
};
_Static_assert(sizeof(struct logrec_set_db_version_disk) == 14, "file format");

struct logrec_set_db_version {
    uint8_t dbid;
    uint32_t version, update_major, update_minor;
};

MUST_CHECK jet_err logrec_set_db_version_decode(const void *bytes, size_t size,
                                                struct logrec_set_db_version *ret_version);
void logrec_set_db_version_encode(const struct logrec_set_db_version *version,
                                  struct logrec_set_db_version_disk *ret_disk);

/* ---- ExtendDB: before the file grows ---- */

struct logrec_extend_db_disk {
    struct logrec_ignored_disk head; /* +0 */
    uint8_t dbid;                    /* +5 */
    le32 pgno_last;                  /* +6  of the file as it will be */
};
_Static_assert(sizeof(struct logrec_extend_db_disk) == 10, "file format");

struct logrec_extend_db {
    uint8_t dbid;
    pgno_t pgno_last;
};

MUST_CHECK jet_err logrec_extend_db_decode(const void *bytes, size_t size, struct logrec_extend_db *ret_extend);
void logrec_extend_db_encode(const struct logrec_extend_db *extend, struct logrec_extend_db_disk *ret_disk);

/* ---- ShrinkDB, ShrinkDB2, ShrinkDB3, TrimDB ---- */

struct logrec_shrink_db_disk {
    uint8_t type;     /* +0 */
    uint8_t dbid;     /* +1 */
    le32 pgno;        /* +2   ShrinkDB: last page that stays; TrimDB: first page of the range */
    le32 count_pages; /* +6   cut, or in the range */
    le64 dbtime;      /* +10  only in ShrinkDB3 */
};
_Static_assert(sizeof(struct logrec_shrink_db_disk) == 18, "file format");

struct logrec_shrink_db {
    uint8_t type; /* LOGREC_SHRINK_DB, LOGREC_SHRINK_DB2, LOGREC_SHRINK_DB3, LOGREC_TRIM_DB */
    uint8_t dbid;
    pgno_t pgno;
    uint32_t count_pages;
    dbtime_t dbtime; /* 0 but in ShrinkDB3 */
};

MUST_CHECK jet_err logrec_shrink_db_decode(const void *bytes, size_t size, struct logrec_shrink_db *ret_shrink);

/* How many bytes of `ret_disk` the record has: those without a dbtime are shorter. */
size_t logrec_shrink_db_encode(const struct logrec_shrink_db *shrink, struct logrec_shrink_db_disk *ret_disk);

/* The oldest updates (log header) of engines that know ShrinkDB2, and ShrinkDB3; all of major 8 know ShrinkDB. */
enum {
    LOGREC_SHRINK_DB2_UPDATE_MAJOR = 30,
    LOGREC_SHRINK_DB3_UPDATE_MAJOR = 70,
};

/* ---- NewPage: a page was stamped for an operation that did not come ---- */

struct logrec_new_page_disk {
    uint8_t type; /* +0 */
    le16 procid;  /* +1 */
    uint8_t dbid; /* +3 */
    le32 pgno;    /* +4 */
    le32 objid;   /* +8 */
    le64 dbtime;  /* +12 */
};
_Static_assert(sizeof(struct logrec_new_page_disk) == 20, "file format");

struct logrec_new_page {
    uint16_t procid;
    uint8_t dbid;
    pgno_t pgno;
    objid_t objid;
    dbtime_t dbtime;
};

MUST_CHECK jet_err logrec_new_page_decode(const void *bytes, size_t size, struct logrec_new_page *ret_page);
void logrec_new_page_encode(const struct logrec_new_page *page, struct logrec_new_page_disk *ret_disk);

/* ---- for tools: FreeFDP, ExtentFreed, ExtentFreed2 ---- */

struct logrec_free_fdp_disk {
    struct logrec_ignored_disk head; /* +0 */
    uint8_t dbid;                    /* +5 */
    le32 pgno_fdp;                   /* +6 */
    le32 trx_committed;              /* +10 */
    uint8_t kind;                    /* +14  1 table, 2 index */
};
_Static_assert(sizeof(struct logrec_free_fdp_disk) == 15, "file format");

struct logrec_extent_freed_disk {
    uint8_t type;     /* +0 */
    uint8_t dbid;     /* +1 */
    le32 pgno_first;  /* +2 */
    le32 count_pages; /* +6 */
    uint8_t flags;    /* +10  1 root of a tree, 2 empty page */
    le64 dbtime;      /* +11  only in ExtentFreed2 */
};
_Static_assert(sizeof(struct logrec_extent_freed_disk) == 19, "file format");

#endif
