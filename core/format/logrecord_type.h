/* SPDX-License-Identifier: MIT */
/* logrecord_type.h - the list of log record types, their sizes, and the heads that most of them share. See
 * logrecord.h. */
#ifndef COLDSTREAM_FORMAT_LOGRECORD_TYPE_H
#define COLDSTREAM_FORMAT_LOGRECORD_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byteorder.h"
#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"

/* What the fixed part begins with, and who is concerned. */
enum logrec_class {
    LOGREC_CLASS_FILLER,      /* the stream itself: padding, fragments, checksums */
    LOGREC_CLASS_TRANSACTION, /* session at +1 */
    LOGREC_CLASS_INSTANCE,    /* start and end of the engine */
    LOGREC_CLASS_DATABASE,    /* a database as a whole, or its file */
    LOGREC_CLASS_PAGE,        /* begins with struct logrec_page_head_disk */
    LOGREC_CLASS_NODE,        /* begins with struct logrec_node_head_disk */
    LOGREC_CLASS_MARKER,      /* backup, notes, checks: nothing to redo in pages */
    LOGREC_CLASS_OBSOLETE,    /* of old engines: has a size, is never replayed */
};

/* All types that exist: symbol, number, name, bytes of the fixed part, class. Absent numbers (28, 40, 41, 43, 44, 47,
 * 56) never occur in logs that can be replayed. Types 67 to 75 and 82 to 91, the ignored family, have their length at
 * +1; the fixed part is what the record holds at least. */
/* clang-format off */
#define LOGREC_MAP(XX)                                                                                                 \
    XX(LOGREC_NOP,                      0,   "NOP",                      1,   FILLER)                                  \
    XX(LOGREC_INIT,                     1,   "Init",                     568, INSTANCE)                                \
    XX(LOGREC_TERM,                     2,   "Term",                     18,  INSTANCE)                                \
    XX(LOGREC_MS,                       3,   "MS",                       9,   OBSOLETE)                                \
    XX(LOGREC_END,                      4,   "End",                      1,   OBSOLETE)                                \
    XX(LOGREC_BEGIN,                    5,   "Begin",                    4,   TRANSACTION)                             \
    XX(LOGREC_COMMIT,                   6,   "Commit",                   4,   TRANSACTION)                             \
    XX(LOGREC_ROLLBACK,                 7,   "Rollback",                 4,   TRANSACTION)                             \
    XX(LOGREC_BEGIN0,                   8,   "Begin0",                   8,   TRANSACTION)                             \
    XX(LOGREC_COMMIT0,                  9,   "Commit0",                  8,   TRANSACTION)                             \
    XX(LOGREC_REFRESH,                  10,  "Refresh",                  7,   TRANSACTION)                             \
    XX(LOGREC_MACRO_BEGIN,              11,  "MacroBegin",               11,  TRANSACTION)                             \
    XX(LOGREC_MACRO_COMMIT,             12,  "MacroCommit",              11,  TRANSACTION)                             \
    XX(LOGREC_MACRO_ABORT,              13,  "MacroAbort",               11,  TRANSACTION)                             \
    XX(LOGREC_CREATE_DB,                14,  "CreateDB",                 43,  DATABASE)                                \
    XX(LOGREC_ATTACH_DB,                15,  "AttachDB",                 75,  DATABASE)                                \
    XX(LOGREC_DETACH_DB,                16,  "DetachDB",                 7,   DATABASE)                                \
    XX(LOGREC_RECOVERY_UNDO,            17,  "RecoveryUndo",             1,   INSTANCE)                                \
    XX(LOGREC_RECOVERY_QUIT,            18,  "RecoveryQuit",             18,  INSTANCE)                                \
    XX(LOGREC_FULL_BACKUP,              19,  "FullBackup",               3,   MARKER)                                  \
    XX(LOGREC_INC_BACKUP,               20,  "IncBackup",                3,   MARKER)                                  \
    XX(LOGREC_JET_OP,                   21,  "JetOp",                    4,   MARKER)                                  \
    XX(LOGREC_TRACE,                    22,  "Trace",                    5,   MARKER)                                  \
    XX(LOGREC_SHUT_DOWN_MARK,           23,  "ShutDownMark",             1,   INSTANCE)                                \
    XX(LOGREC_CREATE_MULTIPLE_FDP,      24,  "CreateMultipleExtentFDP",  56,  PAGE)                                    \
    XX(LOGREC_CREATE_SINGLE_FDP,        25,  "CreateSingleExtentFDP",    48,  PAGE)                                    \
    XX(LOGREC_CONVERT_FDP_OLD,          26,  "ConvertFDP",               60,  OBSOLETE)                                \
    XX(LOGREC_SPLIT_OLD,                27,  "Split",                    102, OBSOLETE)                                \
    XX(LOGREC_INSERT,                   29,  "Insert",                   50,  NODE)                                    \
    XX(LOGREC_FLAG_INSERT,              30,  "FlagInsert",               48,  NODE)                                    \
    XX(LOGREC_FLAG_INSERT_REPLACE,      31,  "FlagInsertAndReplaceData", 52,  NODE)                                    \
    XX(LOGREC_FLAG_DELETE,              32,  "FlagDelete",               44,  NODE)                                    \
    XX(LOGREC_REPLACE,                  33,  "Replace",                  50,  NODE)                                    \
    XX(LOGREC_REPLACE_D,                34,  "ReplaceD",                 50,  NODE)                                    \
    XX(LOGREC_DELETE,                   35,  "Delete",                   44,  NODE)                                    \
    XX(LOGREC_UNDO_INFO,                36,  "UndoInfo",                 56,  NODE)                                    \
    XX(LOGREC_DELTA,                    37,  "Delta",                    54,  NODE)                                    \
    XX(LOGREC_SET_EXTERNAL_HEADER,      38,  "SetExternalHeader",        46,  NODE)                                    \
    XX(LOGREC_UNDO,                     39,  "Undo",                     51,  NODE)                                    \
    XX(LOGREC_CHECKSUM,                 42,  "Checksum",                 22,  FILLER)                                  \
    XX(LOGREC_EXT_RESTORE,              45,  "ExtRestore",               3,   MARKER)                                  \
    XX(LOGREC_BACKUP,                   46,  "Backup",                   5,   MARKER)                                  \
    XX(LOGREC_EMPTY_TREE,               48,  "EmptyTree",                46,  NODE)                                    \
    XX(LOGREC_INIT2,                    49,  "Init2",                    576, INSTANCE)                                \
    XX(LOGREC_TERM2,                    50,  "Term2",                    26,  INSTANCE)                                \
    XX(LOGREC_RECOVERY_UNDO2,           51,  "RecoveryUndo2",            9,   INSTANCE)                                \
    XX(LOGREC_RECOVERY_QUIT2,           52,  "RecoveryQuit2",            26,  INSTANCE)                                \
    XX(LOGREC_BEGIN_DT,                 53,  "BeginDT",                  8,   OBSOLETE)                                \
    XX(LOGREC_PREP_COMMIT,              54,  "PrepCommit",               7,   OBSOLETE)                                \
    XX(LOGREC_PREP_ROLLBACK,            55,  "PrepRollback",             3,   OBSOLETE)                                \
    XX(LOGREC_FORCE_WRITE_LOG,          57,  "ForceWriteLog",            3,   MARKER)                                  \
    XX(LOGREC_CONVERT_FDP,              58,  "ConvertFDP2",              68,  PAGE)                                    \
    XX(LOGREC_EXT_RESTORE2,             59,  "ExtRestore2",              3,   MARKER)                                  \
    XX(LOGREC_BACKUP2,                  60,  "Backup2",                  35,  MARKER)                                  \
    XX(LOGREC_FORCE_LOG_ROLLOVER,       61,  "ForceLogRollover",         5,   MARKER)                                  \
    XX(LOGREC_SPLIT,                    62,  "Split2",                   110, PAGE)                                    \
    XX(LOGREC_MERGE,                    63,  "Merge2",                   96,  PAGE)                                    \
    XX(LOGREC_SCRUB,                    64,  "Scrub",                    54,  NODE)                                    \
    XX(LOGREC_PAGE_MOVE,                65,  "PageMove",                 96,  PAGE)                                    \
    XX(LOGREC_PAGE_PATCH_REQUEST,       66,  "PagePatchRequest",         46,  MARKER)                                  \
    XX(LOGREC_MACRO_INFO,               67,  "MacroInfo",                5,   MARKER)                                  \
    XX(LOGREC_EXTEND_DB,                68,  "ExtendDB",                 10,  DATABASE)                                \
    XX(LOGREC_COMMIT_CTX,               69,  "CommitCtx",                7,   MARKER)                                  \
    XX(LOGREC_SCAN_CHECK,               70,  "ScanCheck",                44,  MARKER)                                  \
    XX(LOGREC_NOP2,                     71,  "NOP2",                     5,   FILLER)                                  \
    XX(LOGREC_REATTACH,                 72,  "ReAttach",                 50,  DATABASE)                                \
    XX(LOGREC_MACRO_INFO2,              73,  "MacroInfo2",               10,  MARKER)                                  \
    XX(LOGREC_FREE_FDP,                 74,  "FreeFDP",                  15,  MARKER)                                  \
    XX(LOGREC_IGNORED9,                 75,  "Ignored9",                 5,   MARKER)                                  \
    XX(LOGREC_FRAGMENT_BEGIN,           76,  "FragmentBegin",            7,   FILLER)                                  \
    XX(LOGREC_FRAGMENT,                 77,  "Fragment",                 3,   FILLER)                                  \
    XX(LOGREC_SHRINK_DB,                78,  "ShrinkDB",                 10,  DATABASE)                                \
    XX(LOGREC_CREATE_DB_FINISH,         79,  "CreateDBFinish",           4,   DATABASE)                                \
    XX(LOGREC_RECOVERY_QUIT_KEEP,       80,  "RecoveryQuitKeepAttachments", 26, INSTANCE)                              \
    XX(LOGREC_TRIM_DB,                  81,  "TrimDB",                   10,  DATABASE)                                \
    XX(LOGREC_IGNORED10,                82,  "Ignored10",                5,   MARKER)                                  \
    XX(LOGREC_IGNORED11,                83,  "Ignored11",                5,   MARKER)                                  \
    XX(LOGREC_IGNORED12,                84,  "Ignored12",                5,   MARKER)                                  \
    XX(LOGREC_IGNORED13,                85,  "Ignored13",                5,   MARKER)                                  \
    XX(LOGREC_IGNORED14,                86,  "Ignored14",                5,   MARKER)                                  \
    XX(LOGREC_IGNORED15,                87,  "Ignored15",                5,   MARKER)                                  \
    XX(LOGREC_IGNORED16,                88,  "Ignored16",                5,   MARKER)                                  \
    XX(LOGREC_IGNORED17,                89,  "Ignored17",                5,   MARKER)                                  \
    XX(LOGREC_IGNORED18,                90,  "Ignored18",                5,   MARKER)                                  \
    XX(LOGREC_IGNORED19,                91,  "Ignored19",                5,   MARKER)                                  \
    XX(LOGREC_SET_DB_VERSION,           92,  "SetDbVersion",             14,  DATABASE)                                \
    XX(LOGREC_DELTA64,                  93,  "Delta64",                  58,  NODE)                                    \
    XX(LOGREC_SHRINK_DB2,               94,  "ShrinkDB2",                10,  DATABASE)                                \
    XX(LOGREC_NEW_PAGE,                 95,  "NewPage",                  20,  TRANSACTION)                             \
    XX(LOGREC_ROOT_PAGE_MOVE,           96,  "RootPageMove",             16,  DATABASE)                                \
    XX(LOGREC_SIGNAL_ATTACH_DB,         97,  "SignalAttachDb",           2,   MARKER)                                  \
    XX(LOGREC_SCAN_CHECK2,              98,  "ScanCheck2",               27,  MARKER)                                  \
    XX(LOGREC_SHRINK_DB3,               99,  "ShrinkDB3",                18,  DATABASE)                                \
    XX(LOGREC_EXTENT_FREED,             100, "ExtentFreed",              11,  MARKER)                                  \
    XX(LOGREC_EXTENT_FREED2,            101, "ExtentFreed2",             19,  MARKER)
/* clang-format on */

enum logrec_type {
#define XX(symbol, number, name, size, class) symbol = (number),
    LOGREC_MAP(XX)
#undef XX
        LOGREC_TYPES = 102, /* from here on: unknown */
};

/* Longer than any record can be: a generation has 65535 segments at most. */
enum { LOGREC_SIZE_MAX = 65535 * 4096 };

struct logrec_info {
    const char *name; /* as the engine's own tools say it */
    uint16_t fixed_size;
    enum logrec_class class;
};

/* NULL: there is no such type. */
const struct logrec_info *logrec_info(unsigned type);

/* The name, or "unknown". */
const char *logrec_name(unsigned type);

/* The ignored family: a u32 at +1 says how many bytes follow it, and skipping the record is harmless. */
bool logrec_is_ignored(unsigned type);

/* The bytes that the record at `bytes` takes, fixed part and payloads; 1 to LOGREC_SIZE_MAX, and never more than the
 * `available` bytes. JET_errLogFileCorrupt: no such type, or it does not fit. */
MUST_CHECK jet_err logrec_size(const void *bytes, size_t available, size_t *ret_size);

/* The same, for the first piece of a record: the record itself may be longer than what is available.
 * JET_errBufferTooSmall: not even the lengths are there; JET_errLogFileCorrupt. */
MUST_CHECK jet_err logrec_size_expected(const void *bytes, size_t available, size_t *ret_size);

/* ---- payloads ---- */

struct logrec_span {
    const uint8_t *bytes; /* borrowed; meaningless if size is 0 */
    size_t size;
};

/* ---- numbers with a meaning ---- */

#define LOGREC_DBTIME_NIL      UINT64_C(0xFFFFFFFFFFFFFFFF)
#define LOGREC_DBTIME_INVALID  UINT64_C(0xFFFFFFFFFFFFFFFE)
#define LOGREC_DBTIME_SHRUNK   UINT64_C(0xFFFFFFFFFFFFFFFD)
#define LOGREC_DBTIME_REVERTED UINT64_C(0xFFFFFFFFFFFFFFFC)

enum {
    LOGREC_DBTIME_FIRST = 0x40, /* of a new database */
    LOGREC_PROCID_NIL = 0xFFFF,
    LOGREC_PROCID_CLEANUP = 0xFFFC, /* version clean-up */
    LOGREC_PROCID_CLEANUP_CALLBACK = 0xFFFB,
};

/* ---- the head of records that change a page ---- */

struct logrec_page_head_disk {
    uint8_t type;       /* +0 */
    le16 procid;        /* +1   session */
    uint8_t dbid;       /* +3 */
    le32 pgno;          /* +4 */
    le64 dbtime;        /* +8   the page gets it */
    le64 dbtime_before; /* +16  the page has it; nil where the page's content does not matter */
    le32 trx_begin0;    /* +24  of the transaction */
    uint8_t level;      /* +28  of the session, 1 and up */
    le16 iline;         /* +29  index of the node on the page */
    uint8_t flags;      /* +31  enum logrec_flag */
};
_Static_assert(sizeof(struct logrec_page_head_disk) == 32, "file format");
_Static_assert(offsetof(struct logrec_page_head_disk, dbtime) == 8, "file format");
_Static_assert(offsetof(struct logrec_page_head_disk, iline) == 29, "file format");

enum logrec_flag {
    LOGREC_FLAG_VERSIONED = 1 << 0, /* a version exists: can be undone */
    LOGREC_FLAG_UNIQUE = 1 << 2,    /* the tree has unique keys */
    LOGREC_FLAG_SPACE = 1 << 3,     /* the tree is one of owned or available extents */
    LOGREC_FLAG_PROXY = 1 << 4,     /* on behalf of another session, by an index build that runs beside it */
    LOGREC_FLAG_SYSTEM = 1 << 5,    /* a task of the engine itself */
};

struct logrec_page_head {
    uint8_t type; /* enum logrec_type */
    uint16_t procid;
    uint8_t dbid;
    pgno_t pgno;
    dbtime_t dbtime;
    dbtime_t dbtime_before;
    uint32_t trx_begin0;
    uint8_t level;
    uint16_t iline;
    uint8_t flags; /* enum logrec_flag */
};

struct logrec_node_head_disk {
    struct logrec_page_head_disk page; /* +0 */
    le32 rceid;                        /* +32  identity of the version, 0 if there is none */
    le32 pgno_fdp;                     /* +36  root of the tree */
    le32 objid;                        /* +40 */
};
_Static_assert(sizeof(struct logrec_node_head_disk) == 44, "file format");

struct logrec_node_head {
    struct logrec_page_head page;
    uint32_t rceid;
    pgno_t pgno_fdp;
    objid_t objid;
};

/* The head of any record of class PAGE or NODE: what redo decides by. */
MUST_CHECK jet_err logrec_page_head_decode(const void *bytes, size_t size, struct logrec_page_head *ret_head);
void logrec_page_head_encode(const struct logrec_page_head *head, struct logrec_page_head_disk *ret_disk);

/* The head of any record of class NODE; FlagDelete and Delete are nothing else. */
MUST_CHECK jet_err logrec_node_head_decode(const void *bytes, size_t size, struct logrec_node_head *ret_head);
void logrec_node_head_encode(const struct logrec_node_head *head, struct logrec_node_head_disk *ret_disk);

/* Start of the ignored family. */
struct logrec_ignored_disk {
    uint8_t type; /* +0 */
    le32 length;  /* +1  bytes that follow */
};
_Static_assert(sizeof(struct logrec_ignored_disk) == 5, "file format");

#endif
