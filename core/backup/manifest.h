/* SPDX-License-Identifier: MIT */
/* manifest.h - what a backup set says about itself: coldstream-manifest.json, its last member.
 *
 * JSON, UTF-8. The last line is a member of the object too, and holds the XXH3-128 of all bytes before it, in its only
 * legal spelling; so every byte of the file is covered, and a manifest that was cut or changed is not one:
 *
 *      {
 *       "format": "coldstream-backup-set",
 *       ...
 *       "files": [ ... ],
 *      "manifest_xxh3_128": "0123456789abcdef0123456789abcdef"}
 *
 * That digest is also the identity of the set. It is no signature: it protects from accidents, not from forgers, so
 * the decoder takes every value as hostile and says below what it guarantees. Members it does not know are ignored; a
 * change that old readers must not ignore raises format_version.
 */
#ifndef COLDSTREAM_BACKUP_MANIFEST_H
#define COLDSTREAM_BACKUP_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backup/source.h"
#include "base/compiler.h"
#include "base/finding.h"

#define MANIFEST_NAME "coldstream-manifest.json"

enum {
    MANIFEST_SIZE_MAX = 32 << 20, /* bytes */
    MANIFEST_FILES_MAX = 1 << 16,
    MANIFEST_DAMAGES_MAX = 1 << 16, /* runs of damaged pages in one set; more are not worth keeping */
    MANIFEST_NAME_MAX = 255,        /* bytes of a file name */
    MANIFEST_DIGEST_SIZE = 16,
    MANIFEST_DIGEST_TEXT_SIZE = 33,
};

/* Whether the set may be restored. */
enum manifest_state {
    MANIFEST_COMPLETE, /* everything is there and sound */
    MANIFEST_DAMAGED,  /* everything is there; damage was passed on and is listed (keep_going) */
    MANIFEST_STOPPED,  /* not whole: the backup was stopped */
    MANIFEST_FAILED,   /* not whole: the backup failed */
};

/* A run of pages (or segments) with the same finding. */
struct manifest_damage {
    enum finding_kind kind;
    enum finding_severity severity; /* FINDING_DAMAGE: it was passed on. Not FINDING_ERROR */
    enum finding_place place;
    uint64_t first;
    uint64_t count;
    bool has_values; /* of the first */
    uint64_t expected, found;
    uint32_t bit; /* mended bit of the first */
};

struct manifest_file {
    char *name;
    enum backup_file_kind role; /* not BACKUP_FILE_NONE */
    uint64_t size;              /* bytes */
    uint8_t digest[MANIFEST_DIGEST_SIZE];
    /* databases */
    uint32_t page_size;
    pgno_t last_page; /* last page that the database owns; those behind it need not verify */
    uint64_t dbtime;
    uint32_t state; /* enum dbheader_state */
    struct signature_disk signature;
    lgen_t required_first, required_last; /* generations that recovery needs; 0: none */
    /* logs */
    lgen_t generation;
    /* What was found in it, mended, or passed on. */
    struct manifest_damage *damages;
    size_t damage_count;
};

struct manifest {
    enum manifest_state state;
    bool incremental;
    int64_t created_unix_ms;
    char tool_version[32];
    char base_name[4]; /* of the logs; "" if there are none */
    struct signature_disk log_signature;
    lgen_t first_generation, last_generation; /* 0: no logs */
    bool recoverable;                         /* every database is clean or has the logs it needs */
    char *reason;                             /* why not, in words; NULL if it is */
    struct manifest_file *files;
    size_t file_count;
    size_t file_room;
    size_t damage_count; /* of all files */
};

/* Zeroed is empty and done. */
void manifest_done(struct manifest *manifest);

/* Is it a name that a member may have? Not "", ".", "..", nor the manifest's own name; no separator, colon, control
 * or wildcard character, no trailing dot or space, no device name of Windows, valid UTF-8, at most MANIFEST_NAME_MAX
 * bytes: a set made anywhere can be restored anywhere. JET_errInvalidName. */
MUST_CHECK jet_err manifest_check_name(const char *name);

/* The order of names for which two that some file system takes for one are equal: without the case of ASCII letters. */
int manifest_compare_names(const char *a, const char *b);

/* Adds a file, all zero but for name and role; borrowed until the next is added. JET_errInvalidName,
 * JET_errOutOfMemory. */
MUST_CHECK jet_err manifest_add_file(struct manifest *manifest, const char *name, enum backup_file_kind role,
                                     struct manifest_file **ret_file);

/* Forgets the last file again. */
void manifest_remove_last(struct manifest *manifest);

/* Replaces the reason. */
MUST_CHECK jet_err manifest_set_reason(struct manifest *manifest, const char *reason);

/* Notes a finding of the last file; neighbours are joined. JET_errDatabaseCorrupted: more than MANIFEST_DAMAGES_MAX
 * runs. */
MUST_CHECK jet_err manifest_add_damage(struct manifest *manifest, const struct finding *finding);

/* "complete", "damaged", "stopped", "failed"; "database", "log", "checkpoint". */
const char *manifest_state_name(enum manifest_state state);
const char *manifest_role_name(enum backup_file_kind role);

/* The text, for free(), and its digest (lower-case hex). JET_errFileAlreadyExists: two files have the same name. */
MUST_CHECK jet_err manifest_encode(const struct manifest *manifest, char **ret_text, size_t *ret_size,
                                   char digest[MANIFEST_DIGEST_TEXT_SIZE]);

/* The inverse; the caller calls manifest_done(). `detail` says what is wrong, static. JET_errReadVerifyFailure: the
 * digest is not right, or there is none; JET_errFileInvalidType: not a manifest that we know. Guarantees on success,
 * besides types and lengths:
 *   1. every name passed manifest_check_name(), and no two are the same name;
 *   2. at most MANIFEST_FILES_MAX files, MANIFEST_DAMAGES_MAX damages; sizes and their sum are at most INT64_MAX;
 *   3. a database has a legal page size; its last page is at most PGNO_MAX; runs of damage do not overflow;
 *   4. a complete set lists no damage that was passed on. */
MUST_CHECK jet_err manifest_decode(const char *text, size_t size, struct manifest *ret_manifest,
                                   char digest[MANIFEST_DIGEST_TEXT_SIZE], const char **ret_detail);

/* Lower-case hex of a digest, NUL-terminated. */
void manifest_format_digest(const uint8_t digest[MANIFEST_DIGEST_SIZE], char text[MANIFEST_DIGEST_TEXT_SIZE]);

#endif
