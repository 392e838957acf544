/* SPDX-License-Identifier: MIT */
/* The manifest of a backup set. By the first byte: even, the rest is the file; odd, the rest gets a right seal first,
 * or nothing behind the seal would ever be reached. What is accepted must survive being written and read again. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "backup/manifest_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_names(const struct manifest *manifest)
{
    for (size_t i = 0; i < manifest->file_count; i++) {
        if (manifest_check_name(manifest->files[i].name) < JET_errSuccess)
            abort();
    }
}

static void check_again(const struct manifest *manifest)
{
    char digest[MANIFEST_DIGEST_TEXT_SIZE];
    struct manifest again;
    const char *detail;
    char *text;
    size_t size;
    if (manifest_encode(manifest, &text, &size, digest) < JET_errSuccess)
        abort();
    if (size <= MANIFEST_SIZE_MAX && manifest_decode(text, size, &again, digest, &detail) < JET_errSuccess)
        abort();
    if (again.file_count != manifest->file_count || again.damage_count != manifest->damage_count)
        abort();
    manifest_done(&again);
    free(text);
}

static void decode(const char *text, size_t size)
{
    char digest[MANIFEST_DIGEST_TEXT_SIZE];
    struct manifest manifest;
    const char *detail;
    if (manifest_decode(text, size, &manifest, digest, &detail) < JET_errSuccess)
        return;
    check_names(&manifest);
    check_again(&manifest);
    manifest_done(&manifest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    char *text = malloc(size - 1 + MANIFEST_SEAL_SIZE);
    if (!text)
        abort();
    memcpy(text, data + 1, size - 1);
    if (data[0] & 1) {
        manifest_make_seal(text, size - 1, text + size - 1);
        decode(text, size - 1 + MANIFEST_SEAL_SIZE);
    } else {
        decode(text, size - 1);
    }
    free(text);
    return 0;
}
