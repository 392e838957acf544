/* SPDX-License-Identifier: MIT */
/* inspect.h - looking into files without changing them: header, single pages, the catalogue of tables.
 *
 * Layouts are those of format/: a caller decodes the bytes it gets with format/page.h, format/dbheader.h and so on.
 */
#ifndef COLDSTREAM_JET_INSPECT_H
#define COLDSTREAM_JET_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/finding.h"
#include "base/types.h"
#include "format/stamp.h"

/* What a file is, by its content, not by its name. */
enum inspect_kind {
    INSPECT_DATABASE,
    INSPECT_LOG,
    INSPECT_CHECKPOINT,
    INSPECT_SET, /* folder with a manifest */
    INSPECT_TAR,
    INSPECT_FOLDER, /* any other folder */
    INSPECT_UNKNOWN,
};

/* JET_errFileNotFound, JET_errFileAccessDenied, JET_errInvalidPath (socket, device ...) and I/O errors, reported to the
 * listener. A file that is none of these kinds, an empty one for instance, is INSPECT_UNKNOWN and no error. */
MUST_CHECK jet_err inspect_path_kind(const char *path, const struct finding_listener *listener,
                                     enum inspect_kind *ret_kind);

/* The text of the manifest of a set (INSPECT_SET) or tar (INSPECT_TAR), UTF-8 with a NUL, for free(). */
MUST_CHECK jet_err inspect_manifest_read(const char *path, const struct finding_listener *listener, char **ret_json);

struct inspect_database;

/* What is known of an open database file. */
struct inspect_database_info {
    uint32_t page_size;
    uint64_t file_size;
    pgno_t file_pages, last_page;
    bool last_page_known;
    bool first_copy_valid, second_copy_valid;
    const struct dbheader_disk *header; /* format/dbheader.h */
};

MUST_CHECK jet_err inspect_database_open(const char *path, const struct finding_listener *listener,
                                         struct inspect_database **ret_database);
void inspect_database_close(struct inspect_database *database); /* takes NULL */
void inspect_database_info(const struct inspect_database *database, struct inspect_database_info *ret_info);

/* One page as it is on disk (not mended), page_size bytes. Verification is the caller's (format/page.h). pgno 1 to
 * file_pages, else JET_errFileIOBeyondEOF; -1 and 0 are the header copies. I/O errors are reported to the listener. */
MUST_CHECK jet_err inspect_database_read_page(struct inspect_database *database, int64_t pgno, void *buffer,
                                              const struct finding_listener *listener);

/* The records of one log file of format 8, whatever its name. Records are decoded with format/logrecord.h. */
struct inspect_log;

struct inspect_log_record {
    const uint8_t *bytes; /* NULL: the log has ended. Fragments put together; valid until the next call */
    size_t size;
    struct lgpos lgpos; /* where it begins */
};

/* Damage in segments is reported here, and ends the records that can be read. JET_errBadLogVersion: format 7; codes of
 * the header, and of reading. */
MUST_CHECK jet_err inspect_log_open(const char *path, const struct finding_listener *listener,
                                    struct inspect_log **ret_log);
void inspect_log_close(struct inspect_log *log); /* takes NULL */

/* The next record; padding is skipped. JET_errLogFileCorrupt: here is damage; it stays there. */
MUST_CHECK jet_err inspect_log_next(struct inspect_log *log, struct inspect_log_record *ret_record);

/* The catalogue. Names are UTF-8. */
struct inspect_column {
    char *name;
    uint32_t id;
    uint32_t type;      /* coltyp, 1 .. 18; 0: deleted column */
    uint32_t size;      /* declared maximum, bytes; 0: no limit */
    uint32_t flags;     /* enum inspect_column_flag, and others */
    uint32_t code_page; /* text columns */
};

enum { INSPECT_KEY_SEGMENTS_MAX = 16 };

struct inspect_key_segment {
    uint32_t column; /* id */
    bool descending;
};

struct inspect_index {
    char *name;
    objid_t id;
    pgno_t fdp;     /* the primary index: that of its table */
    uint32_t flags; /* enum inspect_index_flag, and others */
    uint32_t density;
    struct inspect_key_segment keys[INSPECT_KEY_SEGMENTS_MAX];
    size_t key_count;
    char *locale; /* "en-US"; NULL: none is named */
};

/* The flags that people ask about; the low half of inspect_index.flags. */
enum inspect_index_flag {
    INSPECT_INDEX_UNIQUE = 0x0001,
    INSPECT_INDEX_PRIMARY = 0x0020,
    INSPECT_INDEX_MULTI_VALUED = 0x0080,
    INSPECT_INDEX_LOCALIZED_TEXT = 0x0400,
};

enum inspect_column_flag {
    INSPECT_COLUMN_NOT_NULL = 0x1,
    INSPECT_COLUMN_VERSION = 0x2,
    INSPECT_COLUMN_AUTO_INCREMENT = 0x4,
    INSPECT_COLUMN_MULTI_VALUED = 0x8,
    INSPECT_COLUMN_DEFAULT = 0x10,
    INSPECT_COLUMN_ESCROW = 0x20,
    INSPECT_COLUMN_COMPRESSED = 0x1000,
    INSPECT_COLUMN_ENCRYPTED = 0x2000,
};

#define INSPECT_TABLE_SYSTEM 0x80000000u

enum inspect_table_flag {
    INSPECT_TABLE_FIXED_DDL = 0x40000000,
    INSPECT_TABLE_TEMPLATE = 0x20000000,
    INSPECT_TABLE_DERIVED = 0x10000000,
};

struct inspect_table {
    char *name;
    objid_t id;
    pgno_t fdp;
    uint32_t flags; /* INSPECT_TABLE_SYSTEM, enum inspect_table_flag, and others */
    uint32_t initial_pages, density;
    pgno_t long_value_fdp; /* 0: none */
    struct inspect_column *columns;
    size_t column_count;
    struct inspect_index *indexes;
    size_t index_count;
};

struct inspect_catalog {
    struct inspect_table *tables; /* in order of objid */
    size_t table_count;
};

/* Reads MSysObjects, or, when that cannot be read, its shadow. What is wrong with the first is reported in any case;
 * JET_errCatalogCorrupted, JET_errReadVerifyFailure ... only if neither can be read. */
MUST_CHECK jet_err inspect_catalog_read(struct inspect_database *database, const struct finding_listener *listener,
                                        struct inspect_catalog *ret_catalog);
void inspect_catalog_done(struct inspect_catalog *catalog);

/* "Long", "LongText" ...; "deleted" for 0, "?" for an unknown number. */
const char *inspect_column_type_name(uint32_t type);

#endif
