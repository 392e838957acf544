/* SPDX-License-Identifier: MIT */
/* set_verify.h - reads a backup set from end to end and judges it; with a consumer, the same reading writes files
 * (restore.h).
 *
 * Sound means: exactly the members that the manifest names, each of the size and digest that it says; every page and
 * log segment right by its own checksum, or recorded in the manifest as bad when the backup was made; the state
 * complete.
 */
#ifndef COLDSTREAM_BACKUP_SET_VERIFY_H
#define COLDSTREAM_BACKUP_SET_VERIFY_H

#include "backup/manifest.h"
#include "backup/member_scan.h"
#include "backup/set_reader.h"

/* Takes what passes. Not told that the set is sound: that is what set_verify() returns. */
struct set_consumer;
struct set_consumer_ops {
    /* Only if the manifest comes first: a look before anything is written. */
    jet_err (*expect)(struct set_consumer *consumer, const struct manifest *manifest);
    jet_err (*begin_file)(struct set_consumer *consumer, const char *name, uint64_t size);
    jet_err (*data)(struct set_consumer *consumer, const void *bytes, size_t size);
    jet_err (*end_file)(struct set_consumer *consumer, jet_err status); /* for every begun file */
};
struct set_consumer {
    const struct set_consumer_ops *ops;
};

struct set_verify_options {
    bool allow_damage;     /* damage that the manifest records does not make the set unsound */
    struct os_event *stop; /* looked at between pieces; NULL: none */
    struct finding_listener found;
    struct set_consumer *consumer; /* NULL: none */
    /* Called after each piece of a member, and once for each whole member; both may be NULL. */
    void (*progress)(void *context, const char *name, unsigned index, uint64_t bytes_done);
    void (*file)(void *context, const char *name, const struct scan_result *result);
    void *context;
};

struct set_verify_result {
    struct manifest manifest; /* empty if none was met; manifest_done() by the caller in any case */
    char digest[MANIFEST_DIGEST_TEXT_SIZE];
    uint64_t bytes; /* of the members */
};

/* The codes, each with a FINDING_ERROR or FINDING_DAMAGE that says more:
 *      JET_errReadVerifyFailure            damage: a digest, a page, a segment, the manifest
 *      JET_errRestoreOfNonBackupDatabase   no manifest, or one of a stopped or failed backup
 *      JET_errMissingFileToBackup          a member is missing
 *      JET_errFileInvalidType              no set: a member that does not belong, an unknown manifest
 *      and those of set_reader.h. `*ret_result` is always written. */
MUST_CHECK jet_err set_verify(struct set_reader *reader, const struct set_verify_options *options,
                              struct set_verify_result *ret_result);

/* The text of the manifest of a set, a folder or a tar file, NUL-terminated, for free(). Nothing else is read of a
 * folder. */
MUST_CHECK jet_err set_manifest_read(const char *path, const struct finding_listener *listener, char **ret_text);

#endif
