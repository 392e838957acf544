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

/* JET_errFileNotFound, JET_errFileAccessDenied, JET_errInvalidPath (socket, device ...) and I/O errors, reported to the listener. */
MUST_CHECK jet_err inspect_path_kind(const char *path, const struct finding_listener *listener,
                                     enum inspect_kind *ret_kind);

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

/* One page as it is on disk (not mended), page_size bytes. Verification is the caller's (format/page.h). pgno 1 .. file_pages; -1 and 0 are the header copies. */
MUST_CHECK jet_err inspect_database_read_page(struct inspect_database *database, int64_t pgno, void *buffer);

/* The catalogue. Names are UTF-8. */
struct inspect_column {
    char *name;
    uint32_t id;
    uint32_t type;      /* coltyp, 1 .. 18; 0: deleted column */
    uint32_t size;      /* declared maximum, bytes; 0: no limit */
    uint32_t flags;     /* database-file.md 6.7 */
    uint32_t code_page; /* text columns */
};

struct inspect_index {
    char *name;
    uint32_t id; /* objid */
    pgno_t fdp;
    uint32_t flags; /* database-file.md 6.8 */
    uint32_t density;
};

struct inspect_table {
    char *name;
    objid_t id;
    pgno_t fdp;
    uint32_t flags; /* database-file.md 6.6 */
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

/* Reads MSysObjects. JET_errCatalogCorrupted, JET_errReadVerifyFailure ...: reported with the page; the shadow catalogue is used when the first cannot be read (and that is reported as
 * a warning). */
MUST_CHECK jet_err inspect_catalog_read(struct inspect_database *database, const struct finding_listener *listener,
                                        struct inspect_catalog *ret_catalog);
void inspect_catalog_done(struct inspect_catalog *catalog);

/* "Long", "LongText" ...; "?" for an unknown number. */
const char *inspect_column_type_name(uint32_t type);

#endif
