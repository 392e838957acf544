/* SPDX-License-Identifier: MIT */
/* dbheader.h - the header of a database file, and its shadow copy.
 *
 *      offset 0          header          one page
 *      offset page size  shadow header   one page, the same bytes in a file that was closed well
 *
 * 748 bytes are defined, the rest of the page is zero; the checksum (XOR-32) covers the whole page. The page size
 * stands in the header, so finding a header means trying the five sizes: dbheader_select() does that on the first
 * DBHEADER_PREFIX_SIZE bytes of a file, and picks the copy to believe. The rule: a copy is valid if its checksum
 * matches over the size that it names; the primary wins if valid, else the shadow. Times are not compared.
 *
 * What a header says about its file has three levels, each its own function:
 *      dbheader_select()        are there bytes of a header?              checksum, page size
 *      dbheader_check()         a database of a format that we know?      magic, type, version
 *      dbheader_check_attach()  may it be attached as it is?              state, page size of the instance
 * dbheader_select() includes the second for the copy that it picks.
 */
#ifndef COLDSTREAM_FORMAT_DBHEADER_H
#define COLDSTREAM_FORMAT_DBHEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byteorder.h"
#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "format/stamp.h"

struct dbheader_disk {
    le32 checksum;                                /* +0    XOR-32 of the page */
    le32 magic;                                   /* +4    DBHEADER_MAGIC */
    le32 version;                                 /* +8    DBHEADER_VERSION */
    le32 attrib;                                  /* +12   0 = database */
    le64 dbtime;                                  /* +16   highest page dbtime, as of the last write that recorded it */
    struct signature_disk signature;              /* +24   of the database */
    le32 state;                                   /* +52   enum dbheader_state */
    struct lgpos_disk lgpos_consistent;           /* +56   last clean detach; an attach does not clear it */
    struct logtime_disk logtime_consistent;       /* +64 */
    struct logtime_disk logtime_attach;           /* +72 */
    struct lgpos_disk lgpos_attach;               /* +80 */
    struct logtime_disk logtime_detach;           /* +88   0 while attached */
    struct lgpos_disk lgpos_detach;               /* +96   0 while attached */
    le32 dbid;                                    /* +104  in the instance that had it attached, 1 to 6 */
    struct signature_disk log_signature;          /* +108  of the log stream; zero if not logged */
    struct bkinfo_disk backup_full_prev;          /* +136 */
    struct bkinfo_disk backup_incremental_prev;   /* +160 */
    struct bkinfo_disk backup_full_current;       /* +184  set in a backup copy that was not recovered yet */
    le32 flags;                                   /* +208  byte 0 and 3; 0 in every file seen */
    le32 objid_last;                              /* +212 */
    le32 os_major;                                /* +216  Windows version at the last attach */
    le32 os_minor;                                /* +220 */
    le32 os_build;                                /* +224 */
    le32 os_service_pack;                         /* +228 */
    le32 update_major;                            /* +232  second number of the format version */
    le32 page_size;                               /* +236  0 = 4096 */
    le32 repair_count;                            /* +240 */
    struct logtime_disk logtime_repair;           /* +244 */
    uint8_t reserved_252[28];                     /* +252 */
    le64 dbtime_last_scrub;                       /* +280 */
    struct logtime_disk logtime_scrub;            /* +288 */
    le32 generation_min_required;                 /* +296  lowest generation that recovery needs; 0 if clean */
    le32 generation_max_required;                 /* +300 */
    le32 upgrade_obsolete[3];                     /* +304 */
    struct bkinfo_disk backup_snapshot_current;   /* +316 */
    le32 create_version;                          /* +340 */
    le32 create_update_major;                     /* +344 */
    struct logtime_disk logtime_generation_max;   /* +348  creation time of generation_max_committed; 0 if clean */
    le32 backup_type_full_prev;                   /* +356  enum dbheader_backup_type */
    le32 backup_type_incremental_prev;            /* +360 */
    le32 repair_count_old;                        /* +364 */
    le32 ecc_fix_success;                         /* +368  corrected bit errors */
    struct logtime_disk logtime_ecc_fix_success;  /* +372 */
    le32 ecc_fix_success_old;                     /* +380  before the last repair */
    le32 ecc_fix_fail;                            /* +384  pages that could not be corrected */
    struct logtime_disk logtime_ecc_fix_fail;     /* +388 */
    le32 ecc_fix_fail_old;                        /* +396 */
    le32 bad_checksum;                            /* +400  pages with a bad checksum */
    struct logtime_disk logtime_bad_checksum;     /* +404 */
    le32 bad_checksum_old;                        /* +412 */
    le32 generation_max_committed;                /* +416  highest that may hold operations of it; 0 if clean */
    struct bkinfo_disk backup_copy_prev;          /* +420 */
    struct bkinfo_disk backup_differential_prev;  /* +444 */
    le32 backup_type_copy_prev;                   /* +468 */
    le32 backup_type_differential_prev;           /* +472 */
    le32 reseed_count;                            /* +476 */
    struct logtime_disk logtime_reseed;           /* +480 */
    le32 reseed_count_old;                        /* +488 */
    le32 page_patch_count;                        /* +492 */
    struct logtime_disk logtime_page_patch;       /* +496 */
    le32 page_patch_count_old;                    /* +504 */
    le64 sort_version;                            /* +508  all ones = see table MSysLocales */
    struct logtime_disk logtime_scan_prev;        /* +516 */
    struct logtime_disk logtime_scan_start;       /* +524 */
    le32 pgno_scan_highest_continuous;            /* +532 */
    le32 generation_recovering;                   /* +536 */
    le32 extend_count;                            /* +540 */
    struct logtime_disk logtime_last_extend;      /* +544 */
    le32 shrink_count;                            /* +552 */
    struct logtime_disk logtime_last_shrink;      /* +556 */
    struct logtime_disk logtime_last_reattach;    /* +564 */
    struct lgpos_disk lgpos_last_reattach;        /* +572 */
    le32 trim_count;                              /* +580 */
    struct signature_disk header_signature;       /* +584  new at every write of the header */
    struct signature_disk flush_map_signature;    /* +612 */
    le32 generation_min_consistent;               /* +640  0 if clean */
    le32 update_minor;                            /* +644  third number of the format version */
    le32 engine_version_attach;                   /* +648  newest engine format that attached it; information only */
    le32 pgno_scan_highest;                       /* +652 */
    struct lgpos_disk lgpos_last_resize;          /* +656  kept from 1568,110,240 on */
    uint8_t reserved_664[3];                      /* +664 */
    le32 filetype;                                /* +667  enum dbheader_filetype; unaligned */
    uint8_t reserved_671;                         /* +671 */
    struct logtime_disk logtime_max_required;     /* +672  kept from 1568,150,320 on */
    le32 generation_pre_redo_min_consistent;      /* +680 */
    le32 generation_pre_redo_min_required;        /* +684 */
    struct signature_disk revert_signature;       /* +688 */
    le32 revert_count;                            /* +716 */
    struct logtime_disk logtime_revert_from;      /* +720 */
    struct logtime_disk logtime_revert_to;        /* +728 */
    le32 revert_page_count;                       /* +736 */
    struct lgpos_disk lgpos_commit_before_revert; /* +740 */
};
_Static_assert(sizeof(struct dbheader_disk) == 748, "file format");
_Static_assert(offsetof(struct dbheader_disk, signature) == 24, "file format");
_Static_assert(offsetof(struct dbheader_disk, state) == 52, "file format");
_Static_assert(offsetof(struct dbheader_disk, dbid) == 104, "file format");
_Static_assert(offsetof(struct dbheader_disk, backup_full_current) == 184, "file format");
_Static_assert(offsetof(struct dbheader_disk, page_size) == 236, "file format");
_Static_assert(offsetof(struct dbheader_disk, dbtime_last_scrub) == 280, "file format");
_Static_assert(offsetof(struct dbheader_disk, backup_snapshot_current) == 316, "file format");
_Static_assert(offsetof(struct dbheader_disk, generation_max_committed) == 416, "file format");
_Static_assert(offsetof(struct dbheader_disk, sort_version) == 508, "file format");
_Static_assert(offsetof(struct dbheader_disk, header_signature) == 584, "file format");
_Static_assert(offsetof(struct dbheader_disk, update_minor) == 644, "file format");
_Static_assert(offsetof(struct dbheader_disk, filetype) == 667, "file format");
_Static_assert(offsetof(struct dbheader_disk, logtime_max_required) == 672, "file format");
_Static_assert(offsetof(struct dbheader_disk, lgpos_commit_before_revert) == 740, "file format");

#define DBHEADER_MAGIC 0x89ABCDEFu

enum {
    DBHEADER_VERSION = 0x620,         /* 1568, the only one there is */
    DBHEADER_UPDATE_MAJOR_WRITE = 20, /* what we create: 1568,20,0 */
    DBHEADER_UPDATE_MAJOR_MAX = 300,  /* newest that we read */
    DBHEADER_UPDATE_MAJOR_LARGE = 17, /* oldest that may have 16 and 32 KiB pages */
    DBHEADER_PREFIX_SIZE = 2 * 32768, /* bytes from the start of a file that hold both copies at any page size */
    DBHEADER_BYTE_COUNT = 748,
};

enum dbheader_state {
    DBHEADER_JUST_CREATED = 1, /* creation was not finished */
    DBHEADER_DIRTY = 2,        /* attached, or needs recovery */
    DBHEADER_CLEAN = 3,        /* consistent on its own */
    DBHEADER_BEING_CONVERTED = 4,
    DBHEADER_FORCE_DETACH = 5, /* obsolete */
    DBHEADER_RESEED = 6,       /* incremental reseed in progress */
    DBHEADER_DIRTY_AND_PATCHED = 7,
    DBHEADER_REVERT = 8, /* revert in progress */
};

enum dbheader_filetype {
    DBHEADER_FILETYPE_UNKNOWN = 0,
    DBHEADER_FILETYPE_DATABASE = 1,
    DBHEADER_FILETYPE_STREAMING = 2,
    DBHEADER_FILETYPE_LOG = 3,
    DBHEADER_FILETYPE_CHECKPOINT = 4,
    DBHEADER_FILETYPE_TEMPORARY = 5,
    DBHEADER_FILETYPE_TRACE = 6,
    DBHEADER_FILETYPE_FLUSH_MAP = 7,
    DBHEADER_FILETYPE_CACHED = 8,
    DBHEADER_FILETYPE_CACHING = 9,
    DBHEADER_FILETYPE_REVERT_SNAPSHOT = 10,
    DBHEADER_FILETYPE_REVERT_CHECKPOINT = 11,
};

enum dbheader_backup_type {
    DBHEADER_BACKUP_NORMAL = 0,
    DBHEADER_BACKUP_OS_SNAPSHOT = 1,
    DBHEADER_BACKUP_SNAPSHOT = 2,
    DBHEADER_BACKUP_SURROGATE = 3,
};

/* Names as Windows' tools print them ("Clean Shutdown"); "unknown" for a number that is not in the list. */
const char *dbheader_state_name(uint32_t state);
const char *dbheader_filetype_name(uint32_t filetype);
const char *dbheader_backup_type_name(uint32_t type);

/* False for a state that does not exist, and for those in which every engine refuses the database: recovery does not
 * help. */
bool dbheader_state_is_attachable(uint32_t state);

/* Page size in bytes that the header names; may be anything in a header that is not verified. */
uint32_t dbheader_page_size(const struct dbheader_disk *header);

/* Verifies one copy whose page size is known: `header` points to page_size bytes. JET_errReadVerifyFailure: checksum;
 * JET_errPageSizeMismatch: the copy names another page size; else what dbheader_check() says. */
MUST_CHECK jet_err dbheader_verify(const void *header, size_t page_size);

/* Is it a database of a format that we read? JET_errInvalidDatabaseVersion: magic, version, or large pages in a format
 * that had none; JET_errDatabaseCorrupted: another kind of file, or an impossible page size. */
MUST_CHECK jet_err dbheader_check(const struct dbheader_disk *header);

/* Sets the checksum of a header page: the last step before a write. */
void dbheader_seal(void *header, size_t page_size);

enum dbheader_copy_state {
    DBHEADER_COPY_VALID,
    DBHEADER_COPY_BAD_CHECKSUM, /* or the page size it names is not the one over which its checksum matches */
    DBHEADER_COPY_BAD_MAGIC,    /* no header at all: the magic is not there */
    DBHEADER_COPY_ABSENT,       /* the file ends before it does */
};

enum dbheader_which {
    DBHEADER_PRIMARY,
    DBHEADER_SHADOW,
    DBHEADER_COPIES,
};

struct dbheader_selection {
    size_t page_size;         /* of the file; 0 if no copy is valid */
    enum dbheader_which used; /* the copy that wins; meaningful if header is set */
    enum dbheader_copy_state copies[DBHEADER_COPIES];
    bool copies_differ;                 /* both are valid, and not the same bytes */
    bool has_magic;                     /* some copy carries the magic: it is, or was, such a file */
    const struct dbheader_disk *header; /* the winner, borrowed from the prefix; NULL if there is none */
};

/* Finds the header in the first bytes of a file: DBHEADER_PREFIX_SIZE of them, or the whole file if that is shorter.
 * `*ret_selection` is always written. Codes:
 *      JET_errSuccess                  `header` is verified, with the guarantees of dbheader_verify()
 *      JET_errReadVerifyFailure        neither copy is valid, but one carries the magic: a damaged database
 *      JET_errDatabaseCorrupted        neither is valid, and no magic: not a database; or a valid header of another kind
 *                                      of file, with the magic (flush map ...) or without (log, checkpoint)
 *      JET_errInvalidDatabaseVersion   a valid header of a format that we do not read
 * In the last two cases `header` may be set. */
MUST_CHECK jet_err dbheader_select(const void *prefix, size_t prefix_size, struct dbheader_selection *ret_selection);

/* May the database be attached without recovery? `page_size`: the instance's, 0 = any. The codes an attach reports:
 *      JET_errInvalidDatabaseVersion, JET_errDatabaseCorrupted    as dbheader_check(); for a file without a valid copy:
 *                                                                 the first if the magic is right, else the second
 *      JET_errPageSizeMismatch
 *      JET_errDatabaseDirtyShutdown, JET_errSoftRecoveryOnBackupDatabase
 *      JET_errDatabaseIncompleteUpgrade, JET_errDatabaseIncompleteIncrementalReseed, JET_errDatabaseIncompleteRevert
 *      JET_errDatabaseCorrupted                                   a state that does not exist */
MUST_CHECK jet_err dbheader_check_attach(const struct dbheader_selection *selection, size_t page_size);

#endif
