/* SPDX-License-Identifier: MIT */
/* A backup set in a tar, read and verified. By the first byte: even, the rest is the tar; odd, the rest is
 *
 *      size of a member (u16), its bytes, the manifest without its last line
 *
 * and the tar around them, and the manifest's seal, are made here, so that the judgement of the whole is reached. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backup/manifest_internal.h"
#include "backup/set_reader_internal.h"
#include "backup/set_verify.h"
#include "support/memory_file.h"

enum { BLOCK = 512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void verify(const void *tar, size_t size)
{
    const struct set_reader_origin origin = {.name = "fuzz", .path = "fuzz"};
    struct set_verify_options options = {.allow_damage = false};
    struct set_verify_result result;
    struct set_reader *reader;
    memory_file_show(tar, size);
    for (unsigned pass = 0; pass < 2; pass++) {
        options.allow_damage = pass != 0;
        if (set_reader_open_tar(&origin, &reader) < JET_errSuccess)
            break;
        jet_err err = set_verify(reader, &options, &result);
        if (err >= JET_errSuccess && result.digest[0] == '\0')
            abort(); /* a set without a manifest is none */
        manifest_done(&result.manifest);
        set_reader_close(reader);
    }
    memory_file_hide();
}

/* Appends a ustar member; returns its end. */
static uint8_t *add_member(uint8_t *at, const char *name, const void *bytes, size_t size)
{
    unsigned sum = 0;
    memset(at, 0, BLOCK);
    (void)snprintf((char *)at, 100, "%s", name);
    memcpy(at + 100, "0000600", 8);
    memcpy(at + 108, "0000000", 8);
    memcpy(at + 116, "0000000", 8);
    (void)snprintf((char *)at + 124, 12, "%011o", (unsigned)size);
    memcpy(at + 136, "00000000000", 12);
    memset(at + 148, ' ', 8);
    at[156] = '0';
    memcpy(at + 257, "ustar\00000", 8);
    for (size_t i = 0; i < BLOCK; i++)
        sum += at[i];
    (void)snprintf((char *)at + 148, 8, "%06o", sum);
    at += BLOCK;
    memcpy(at, bytes, size);
    memset(at + size, 0, BLOCK);
    return at + (size + BLOCK - 1) / BLOCK * BLOCK;
}

static void verify_made(const uint8_t *data, size_t size)
{
    if (size < 2)
        return;
    size_t member_size = (size_t)data[0] | (size_t)data[1] << 8;
    data += 2;
    size -= 2;
    if (member_size > size)
        member_size = size;
    const uint8_t *body = data + member_size;
    size_t body_size = size - member_size;
    char *manifest = malloc(body_size + MANIFEST_SEAL_SIZE);
    uint8_t *tar = malloc(size + MANIFEST_SEAL_SIZE + 16 * BLOCK);
    if (!manifest || !tar)
        abort();
    memcpy(manifest, body, body_size);
    manifest_make_seal(manifest, body_size, manifest + body_size);
    uint8_t *end = add_member(tar, "a.edb", data, member_size);
    end = add_member(end, MANIFEST_NAME, manifest, body_size + MANIFEST_SEAL_SIZE);
    memset(end, 0, 2 * BLOCK);
    verify(tar, (size_t)(end - tar) + 2 * BLOCK);
    free(tar);
    free(manifest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] & 1)
        verify_made(data + 1, size - 1);
    else
        verify(data + 1, size - 1);
    return 0;
}
