/* SPDX-License-Identifier: MIT */
/* manifest_internal.h - what manifest.c, manifest_encode.c and manifest_decode.c share: the words, and the seal. */
#ifndef COLDSTREAM_BACKUP_MANIFEST_INTERNAL_H
#define COLDSTREAM_BACKUP_MANIFEST_INTERNAL_H

#include "backup/manifest.h"

#define MANIFEST_FORMAT "coldstream-backup-set"
enum { MANIFEST_FORMAT_VERSION = 1 };

/* The last line: MANIFEST_SEAL_BEGIN, 32 hex digits, MANIFEST_SEAL_END. */
#define MANIFEST_SEAL_BEGIN "\"manifest_xxh3_128\": \""
#define MANIFEST_SEAL_END   "\"}\n"
enum { MANIFEST_SEAL_SIZE = sizeof MANIFEST_SEAL_BEGIN - 1 + 32 + sizeof MANIFEST_SEAL_END - 1 };

/* Writes the last line for the bytes before it, without a NUL. */
void manifest_make_seal(const void *bytes, size_t size, char seal[MANIFEST_SEAL_SIZE]);

/* The 32 digits of a seal, as a string. */
void manifest_seal_digest(const char seal[MANIFEST_SEAL_SIZE], char digest[MANIFEST_DIGEST_TEXT_SIZE]);

/* The words of an enum, by value. */
struct manifest_words {
    const char *const *names;
    size_t count;
};
extern const struct manifest_words manifest_state_words;
extern const struct manifest_words manifest_role_words;
extern const struct manifest_words manifest_place_words;

/* One more damage of this file, zeroed. NULL: no memory. */
MUST_CHECK struct manifest_damage *manifest_new_damage(struct manifest *manifest, struct manifest_file *file);

/* No two files have the same name: JET_errFileAlreadyExists. */
MUST_CHECK jet_err manifest_check_distinct(const struct manifest *manifest);

#endif
