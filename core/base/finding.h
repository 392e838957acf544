/* SPDX-License-Identifier: MIT */
/* finding.h - one thing that somebody has to be told about a file: damage, a warning, or why the work ended.
 *
 * The core never prints and never logs. Whoever meets damage or must give up describes it once, as a finding, to the
 * listener it was given, and returns a JET code; the level that decides (command line, service, event log) words and
 * counts it. A finding names the file and, where there is one, the page or segment.
 */
#ifndef COLDSTREAM_BASE_FINDING_H
#define COLDSTREAM_BASE_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/jet_err.h"

enum finding_severity {
    FINDING_NOTE,    /* good to know, nothing is wrong */
    FINDING_WARNING, /* nothing is lost, but somebody should act: a mended bit, log files that are not there */
    FINDING_DAMAGE,  /* data is damaged */
    FINDING_ERROR,   /* the operation ends because of this */
};

/* (kind, name in JSON, words). The words are followed by what the fields below say. */
#define FINDING_KIND_MAP(XX)                                                                                           \
    XX(FINDING_PAGE_CHECKSUM, "page-checksum", "bad checksum")                                                         \
    XX(FINDING_PAGE_CORRECTABLE, "page-correctable", "one flipped bit, which the checksum can mend")                   \
    XX(FINDING_PAGE_NUMBER, "page-number", "the page belongs to another place")                                        \
    XX(FINDING_PAGE_FOREIGN, "page-foreign", "unverifiable page behind the end of the database")                       \
    XX(FINDING_PAGE_STRUCTURE, "page-structure", "the page is damaged although its checksum is right")                 \
    XX(FINDING_HEADER_COPY, "header-copy", "one of the two header copies is damaged")                                  \
    XX(FINDING_HEADER_DIFFER, "header-differ", "the two header copies are both whole but differ; the first counts")    \
    XX(FINDING_HEADER, "header", "damaged header")                                                                     \
    XX(FINDING_DATABASE_STATE, "database-state", "a state in which no engine attaches a database")                     \
    XX(FINDING_DATABASE_END, "database-end",                                                                           \
       "where the database ends cannot be found out; the end of the file is taken")                                    \
    XX(FINDING_CATALOG, "catalog", "the catalogue of tables cannot be read")                                           \
    XX(FINDING_TREE, "tree", "the pages of a tree do not fit each other")                                              \
    XX(FINDING_SPACE, "space", "the account of used and free pages is wrong")                                          \
    XX(FINDING_CATALOG_CONTENT, "catalog-content", "the catalogue is wrong")                                           \
    XX(FINDING_RECORD, "record", "damaged record")                                                                     \
    XX(FINDING_INDEX, "index", "an index does not fit its table")                                                      \
    XX(FINDING_LONG_VALUE, "long-value", "damaged long value")                                                         \
    XX(FINDING_UNJUDGED, "unjudged", "not everything was checked")                                                     \
    XX(FINDING_FILE_SIZE, "file-size", "wrong file size")                                                              \
    XX(FINDING_FILE_TYPE, "file-type", "not a file of the expected kind")                                              \
    XX(FINDING_LOG_SEGMENT, "log-segment", "bad checksum of a log segment")                                            \
    XX(FINDING_LOG_SEGMENT_CORRECTABLE, "log-segment-correctable",                                                     \
       "one flipped bit in a log segment, which the checksum can mend")                                                \
    XX(FINDING_LOG_TORN, "log-torn", "the last write to the log was cut short; its shadow copy is whole")              \
    XX(FINDING_LOG_UNVERIFIED, "log-unverified", "log of an older format, only its header was checked")                \
    XX(FINDING_LOG_SEQUENCE, "log-sequence", "log files do not follow each other")                                     \
    XX(FINDING_LOGS_MISSING, "logs-missing", "log files that recovery needs are not there")                            \
    XX(FINDING_CHECKPOINT, "checkpoint", "damaged checkpoint file")                                                    \
    XX(FINDING_DIGEST, "digest", "content differs from what the manifest says")                                        \
    XX(FINDING_MEMBER, "member", "member of the backup set missing, double or unexpected")                             \
    XX(FINDING_MANIFEST, "manifest", "unusable manifest")                                                              \
    XX(FINDING_SET_STATE, "set-state", "the backup set is not whole")                                                  \
    XX(FINDING_ARCHIVE, "archive", "unusable tar archive")                                                             \
    XX(FINDING_SERVICE, "service", "the service refuses")                                                              \
    XX(FINDING_STOPPED, "stopped", "stopped")                                                                          \
    XX(FINDING_FILE, "file", "the file cannot be used")

enum finding_kind {
#define XX(kind, name, words) kind,
    FINDING_KIND_MAP(XX)
#undef XX
};

/* What `where` counts. */
enum finding_place {
    FINDING_WHOLE_FILE,
    FINDING_AT_PAGE,    /* where = page number */
    FINDING_AT_COPY,    /* where = 0 first, 1 second copy of a header */
    FINDING_AT_SEGMENT, /* where = log segment index */
    FINDING_AT_OFFSET,  /* where = byte offset */
};

struct finding {
    enum finding_kind kind;
    enum finding_severity severity;
    jet_err err;         /* the JET code that describes it, or JET_errSuccess for a note */
    const char *file;    /* path or member name as the user knows it; borrowed for the call; never NULL */
    const char *archive; /* of which `file` is a member: path, or "standard input"; borrowed; NULL: `file` is a path */
    enum finding_place place;
    uint64_t where;
    bool has_values; /* `expected` and `found` mean something: checksums as stored and as computed, sizes ... */
    uint64_t expected;
    uint64_t found;
    uint32_t bit; /* *_CORRECTABLE: number of the flipped bit, from bit 0 of the first byte of the page or segment */
    const char *detail; /* more words: a system error, what to do next; borrowed; NULL if there are none */
};

/* Where findings go. `report` may be called from several threads at once only if the function that takes the listener
 * says so. A zeroed listener ignores everything. */
struct finding_listener {
    void (*report)(void *context, const struct finding *finding);
    void *context;
};

void finding_report(const struct finding_listener *listener, const struct finding *finding);

/* Reports why a whole file cannot be used: a finding of severity FINDING_ERROR. `detail`: NULL or "" if there is none.
 * Returns `err`. */
jet_err finding_report_error(const struct finding_listener *listener, enum finding_kind kind, const char *file,
                             jet_err err, const char *detail);

/* "page-checksum": stable, for machines. */
const char *finding_kind_name(enum finding_kind kind);

/* "note", "warning", "damage", "error". */
const char *finding_severity_name(enum finding_severity severity);

/* One line without a line feed, in words, behind the name of the archive if there is one: `mail.edb: page 17: bad
 * checksum, expected 0x..., found 0x... (detail) [JET_errReadVerifyFailure, -1018]`. Cut to `size` with its NUL.
 * Returns `text`. */
const char *finding_describe(const struct finding *finding, char *text, size_t size);

#endif
