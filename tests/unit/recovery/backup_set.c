/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "backup_set.h"

#include "format/checksum.h"
#include "format/logrecord.h"
#include "isam/engine.h"
#include "log/log_stream.h"
#include "os/os_file.h"
#include "support/temp_folder.h"

lgen_t backup_set_roll(struct engine *engine)
{
    static const uint8_t bytes[5] = {LOGREC_FORCE_LOG_ROLLOVER};
    const struct log_piece piece = {bytes, sizeof bytes};
    const struct log_record record = {&piece, 1};
    const struct log_append options = {.flags = LOG_APPEND_NEW_GENERATION};
    uint64_t start, end;
    assert_int_equal(log_append(engine->log, &record, 1, &options, &start, &end), JET_errSuccess);
    assert_int_equal(log_flush_to(engine->log, end), JET_errSuccess);
    return lgpos_unpack(start).generation;
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    struct os_file *file;
    assert_int_equal(os_file_open(path, OS_FILE_CREATE_NEW, &file), JET_errSuccess);
    if (size > 0)
        assert_int_equal(os_file_write(file, 0, bytes, size), JET_errSuccess);
    os_file_close(file);
}

void backup_set_copy_file(const char *from, const char *to)
{
    size_t size;
    void *bytes = temp_file_read(from, &size);
    write_file(to, bytes, size);
    free(bytes);
}

void backup_set_copy_logs(const char *from, const char *to, lgen_t low, lgen_t high)
{
    for (lgen_t generation = low; generation <= high; generation++) {
        char name[32];
        snprintf(name, sizeof name, "edb%05X.log", (unsigned)generation);
        char *source = os_path_join(from, name), *target = os_path_join(to, name);
        assert_non_null(source);
        assert_non_null(target);
        backup_set_copy_file(source, target);
        free(source);
        free(target);
    }
}

/* Both header copies and the trailer with new checksums. */
static void seal(uint8_t *bytes, size_t size)
{
    struct dbheader_disk *header = (void *)bytes;
    const size_t page_size = dbheader_page_size(header);
    struct patchpage_disk *trailer = (void *)(bytes + size - page_size);
    dbheader_seal(header, page_size);
    memcpy(bytes + page_size, bytes, page_size);
    trailer->checksum = le32_make(checksum_xor32(trailer, page_size));
}

/* The header of a copy is from before the log was closed. */
static void lower_generations(struct dbheader_disk *header, lgen_t most)
{
    if (le32_get(header->generation_max_required) > most)
        header->generation_max_required = le32_make(most);
    if (le32_get(header->generation_max_committed) <= most)
        return;
    header->generation_max_committed = le32_make(most);
    header->logtime_generation_max = (struct logtime_disk){.second = 0};
}

void backup_set_copy_database(const char *database, const char *folder, lgen_t low, lgen_t high)
{
    static const struct logtime_disk time = {.second = 1, .day = 2, .month = 3, .year = 120};
    size_t size;
    uint8_t *bytes = temp_file_read(database, &size);
    struct dbheader_disk *header = (void *)bytes;
    const size_t page_size = dbheader_page_size(header);
    bytes = realloc(bytes, size + page_size);
    assert_non_null(bytes);
    memset(bytes + size, 0, page_size);
    header = (void *)bytes;
    struct patchpage_disk *trailer = (void *)(bytes + size);
    const struct bkinfo_disk backup = {
        .lgpos = lgpos_make((struct lgpos){low, 1, 0}), .logtime = time, .generation_low = le32_make(low)};
    header->backup_full_current = backup;
    lower_generations(header, high);
    trailer->backup = backup;
    trailer->backup.generation_high = le32_make(high);
    trailer->signature = header->signature;
    trailer->log_signature = header->log_signature;
    seal(bytes, size + page_size);
    char *copy = os_path_join(folder, os_path_name(database));
    assert_non_null(copy);
    write_file(copy, bytes, size + page_size);
    strcpy(strrchr(copy, '.'), ".pat");
    write_file(copy, NULL, 0);
    free(copy);
    free(bytes);
}

void backup_set_change(const char *copy, void (*change)(struct dbheader_disk *header, struct patchpage_disk *trailer))
{
    size_t size;
    uint8_t *bytes = temp_file_read(copy, &size);
    struct dbheader_disk *header = (void *)bytes;
    change(header, (void *)(bytes + size - dbheader_page_size(header)));
    seal(bytes, size);
    assert_int_equal(os_file_remove(copy), JET_errSuccess);
    write_file(copy, bytes, size);
    free(bytes);
}

void backup_set_header(const char *database, struct dbheader_disk *ret_header)
{
    size_t size;
    uint8_t *bytes = temp_file_read(database, &size);
    memcpy(ret_header, bytes, sizeof *ret_header);
    free(bytes);
}
